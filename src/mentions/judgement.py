"""From what matched to the answer: the rule of the highest rank, then the surest words.

A table and nothing else: what is said has been read before, and here no text is looked at. The ranks stand in the rule
files, where a lawyer can read them; source of their order: 2018-269 §76 (what is said decides), §104 and §111 (a status
is never named without a label).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .reading import Match
from .rulefile import Rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rule that answers, and the tokens (``start`` to ``end``, exclusive) that decided."""

    rule: Rule
    start: int
    end: int


def judge(matches: Sequence[Match]) -> Verdict | None:
    """The verdict on one statement; ``None`` where no rule answers."""
    if not matches:
        return None
    best = max(matches, key=lambda m: (m.rule.rank, m.start - m.end, -m.start))
    return Verdict(best.rule, best.start, best.end)
