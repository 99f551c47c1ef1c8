"""The numbered paragraphs of the decisions 2018-269 and 2018-270, as published, for those who quote them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Published:
    """A decision of the Défenseur des droits: its title, and its paragraphs by number, from ``"1"``."""

    title: str
    paragraphs: dict[str, str]


def paragraph(source: str) -> str | None:
    """What a decision says in a paragraph named as in ``Mention.paragraphs``: ``"2018-269 §77"``.

    French, as the Défenseur des droits published it on 22 November 2018; list items begin with a dash on a line of
    their own. ``None`` for a source that is not a paragraph of these two decisions.
    """
    name, _, number = source.partition(" §")
    decision = published().get(name)
    return None if decision is None else decision.paragraphs.get(number)


@cache
def published() -> dict[str, Published]:
    """The two decisions by number, ``"2018-269"`` and ``"2018-270"``."""
    content = tomllib.loads((files(__package__) / "decisions.toml").read_text(encoding="utf-8"))
    return {name: Published(**decision) for name, decision in content.items()}
