"""What a decision on a text is: the action, the message, and the record that a platform keeps of it.

Records hold no word of the text. Source: decisions 2018-270 §24–§26 and 2018-269 §125, and article 17 of Regulation (EU)
2022/2065 for the statement of reasons.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime

from .model import Authority, Category, FieldName, Frozen, Language, RulesInfo


class HistoryError(ValueError):
    """The earlier records are not in order; the message names the first that is not."""


class Action(StrEnum):
    """What is done about a text, from the mildest to the gravest."""

    ACCEPT = "accept"
    """It is published."""
    ACCEPT_AND_REVIEW = "accept_and_review"
    """It is published, and a person reads it."""
    ASK_TO_REWORD = "ask_to_reword"
    """The practitioner is asked to reword the mention; whether the text waits meanwhile is the platform's choice."""
    REMOVE = "remove"
    """The mention goes, and the practitioner is told why (2018-270 §24)."""
    ESCALATE = "escalate"
    """The mention goes, and the person in charge of the account takes over (2018-270 §26)."""

    @property
    def rank(self) -> int:
        """0 for the mildest, 4 for the gravest."""
        return list(Action).index(self)

    @property
    def objects(self) -> bool:
        """Whether the practitioner is told that a mention has to change or to go."""
        return self.rank >= Action.ASK_TO_REWORD.rank


class PolicyInfo(Frozen):
    """Which policy decided: its version and the SHA-256 of its content."""

    version: str
    digest: str


class MentionRecord(Frozen):
    """What is kept of a mention: where it stood (string indices) and what it was, without its text."""

    field: FieldName | None
    start: int
    end: int
    category: Category
    code: str
    authority: Authority
    subjects: tuple[str, ...]
    rule: str
    paragraphs: tuple[str, ...]
    fingerprint: str
    seen: int
    """In how many earlier decisions it was objected to."""
    case: str
    """The case of the policy that answered for it."""
    action: Action


class Fact(Frozen):
    """A mention that was objected to: where it stood (string indices), what is done about it, and why."""

    field: FieldName | None
    start: int
    end: int
    restriction: str
    explanation: str
    paragraphs: tuple[str, ...]


OpenPoint = Literal[
    "territorial_scope_and_duration", "notice_or_own_initiative", "automated_decision", "contractual_ground", "redress"
]


class StatementOfReasons(Frozen):
    """What article 17 (3) of Regulation (EU) 2022/2065 asks for, as far as a library can know it.

    The restrictions in ``facts`` answer point (a), the facts themselves (b), ``detected_automatically`` (c), and
    ``legal_grounds`` with the explanations in ``facts`` (d). ``to_complete`` names what only the platform knows.
    """

    language: Language
    facts: tuple[Fact, ...]
    detected_automatically: Literal[True] = True
    legal_grounds: tuple[str, ...]
    to_complete: tuple[OpenPoint, ...] = (
        "territorial_scope_and_duration",
        "notice_or_own_initiative",
        "automated_decision",
        "contractual_ground",
        "redress",
    )


class Record(Frozen):
    """What the platform keeps of a decision."""

    at: AwareDatetime
    action: Action
    category: Category
    case: str
    """The case of the policy that decided."""
    objections: int
    """How many earlier decisions on this profile objected to a mention."""
    rules: RulesInfo
    policy: PolicyInfo
    mentions: tuple[MentionRecord, ...]
    statement: StatementOfReasons | None
    """Null where nothing was objected to."""

    @property
    def objected(self) -> tuple[str, ...]:
        """The fingerprints of the mentions that were objected to."""
        return tuple(m.fingerprint for m in self.mentions if m.action.objects)


class Decision(Frozen):
    """What to do, what to tell the practitioner, and what to keep.

    ``message`` is plain text, quotes the mentions as they were written, and is empty where nothing is objected to.
    """

    action: Action
    message: str
    record: Record


def in_order(history: Iterable[Record], at: datetime) -> list[Record]:
    """The records as a list, once it is known that they come oldest first and none is later than ``at``.

    Raises:
        HistoryError: if they are not.
        ValueError: if ``at`` is no ``datetime`` with a time zone.
        TypeError: if one is no record.
    """
    if not isinstance(at, datetime) or at.utcoffset() is None:
        raise ValueError(f"at={at!r} is no time with a zone; give a datetime with one, such as datetime.timezone.utc")
    records = list(history)
    for number, record in enumerate(records):
        if not isinstance(record, Record):
            raise TypeError(f"history[{number}] is a {type(record).__name__}; give the records of earlier decisions")
        if number and record.at < records[number - 1].at:
            raise HistoryError(
                f"history[{number}] is of {record.at.isoformat()}, before history[{number - 1}] "
                f"({records[number - 1].at.isoformat()}); give the records oldest first"
            )
        if record.at > at:
            raise HistoryError(
                f"history[{number}] is of {record.at.isoformat()}, after the decision to take ({at.isoformat()}); "
                "give only earlier records"
            )
    return records
