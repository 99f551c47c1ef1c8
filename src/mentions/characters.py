"""Which characters a reader sees: whatever shows a text to people writes the others out."""

from __future__ import annotations

import re
import unicodedata

IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that Unicode says to ignore in display though Python calls them printable: fillers and variation selectors."""


def prints(text: str) -> bool:
    """Whether every character of ``text`` leaves a mark or a space; controls, line ends and bidi overrides do not."""
    if IGNORABLE.search(text):
        return False
    return text.isprintable() or all(c.isprintable() or unicodedata.category(c) == "Zs" for c in text)
