"""Real prose, of varied kinds, in which no status and no entitlement is named: nothing is found in it."""

from __future__ import annotations

import prose
import pytest

from mentions import Moderator

SIZES = {"encyclopedia": 24_000, "messages": 800, "conversations": 100, "news": 8}
"""At least so many different sentences of each kind."""
KNOWN_FAILURES = {
    "encyclopedia": [
        "Malgré le climat polaire",  # « McMurdo »
        "La Cour pénale internationale est une juridiction",  # « universelle, complémentaire »
    ]
}
"""How the sentences begin in which something is found as yet: what mends one takes it out."""


@pytest.mark.parametrize("kind", prose.KINDS)
def test_prose_that_names_no_subject_holds_no_mention(moderator: Moderator, kind: str) -> None:
    texts = prose.texts(kind)
    sentences = dict.fromkeys(sentence for text in texts for sentence in prose.sentences(text))
    assert len(sentences) >= SIZES[kind], f"{kind}: {len(sentences)} sentences, which is not what docs/testing.md says"
    found = [text for text in sentences if moderator.check(text).mentions]
    known = tuple(KNOWN_FAILURES.get(kind, []))
    assert [text for text in found if not text.startswith(known)] == []
    assert len(found) == len(known), "mended: take it out of KNOWN_FAILURES"
    assert [text for text in texts if moderator.check(text).mentions and not any(s in text for s in found)] == []
