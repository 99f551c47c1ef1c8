"""The numbered paragraphs of the decisions 2018-269 and 2018-270, as published, for those who quote them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


def paragraph(source: str) -> str | None:
    """What a decision says in a paragraph named as in ``Mention.paragraphs``: ``"2018-269 §77"``.

    French, as the Défenseur des droits published it on 22 November 2018; list items begin with a dash on a line of
    their own. ``None`` for a source that is not a paragraph of these two decisions.
    """
    decision, _, number = source.partition(" §")
    return _decisions().get(decision, {}).get(number)


@cache
def _decisions() -> dict[str, dict[str, str]]:
    return tomllib.loads((files(__package__) / "decisions.toml").read_text(encoding="utf-8"))
