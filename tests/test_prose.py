"""Real prose, of varied kinds, in which no status and no entitlement is named: nothing is found in it."""

from __future__ import annotations

import prose
import pytest

from mentions import Moderator

SIZES = {"encyclopedia": 24_000, "messages": 800, "conversations": 100, "news": 8}
"""At least so many different sentences of each kind."""


@pytest.mark.parametrize("kind", prose.KINDS)
def test_prose_that_names_no_subject_holds_no_mention(moderator: Moderator, kind: str) -> None:
    texts = prose.texts(kind)
    sentences = dict.fromkeys(sentence for text in texts for sentence in prose.sentences(text))
    assert len(sentences) >= SIZES[kind], f"{kind}: {len(sentences)} sentences, which is not what docs/testing.md says"
    assert [text for text in (*sentences, *texts) if moderator.check(text).mentions] == []
