"""From a report to what is done: accept, look again, ask to reword, remove or escalate.

What is done stands in a file (``data/policy.toml`` by default), as cases read from top to bottom. Nothing is stored here
and no clock is read: the caller gives the time and the earlier records, and keeps the record of each decision.

Source: decisions 2018-270 §24–§26 and 2018-269 §125–§126 and §137.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, get_args

from pydantic import Field, model_validator

from .decision import Action, Decision, Fact, MentionRecord, PolicyInfo, Record, StatementOfReasons, in_order
from .fingerprint import reappeared
from .model import Authority, Category, FieldName, Frozen, Language, Mention, Report
from .profile import ProfileReport
from .rulefile import Filled, Identifier, parse

_SHIPPED = Path(__file__).resolve().parent / "data" / "policy.toml"


class PolicyError(ValueError):
    """A policy file cannot be used. ``problems`` has one line for each fault: file, case, field, mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(["the policy cannot be used:", *(f"- {problem}" for problem in self.problems)]))


class Ground(Frozen):
    """A law on which a measure rests, for mentions of the categories that it speaks of."""

    id: Identifier
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    text_fr: Filled
    text_en: Filled
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]


class PolicyCase(Frozen):
    """What is done about mentions of a category, and why."""

    id: Identifier
    category: Category
    authorities: Annotated[tuple[Authority, ...] | None, Field(min_length=1)] = None
    """The authorities it answers for; ``None`` for all, and for a text without any mention."""
    seen: Annotated[int, Field(ge=0)] = 0
    """In how many earlier decisions, at least, this same mention was objected to."""
    objections: Annotated[int, Field(ge=0)] = 0
    """How many earlier decisions on this profile, at least, objected to any mention."""
    action: Action
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]
    reason_fr: Filled
    reason_en: Filled

    def answers(self, category: Category, authority: Authority | None, seen: int, objections: int) -> bool:
        """Whether the case speaks of such a mention; ``authority`` is ``None`` for a text without any."""
        return (
            self.category is category
            and (self.authorities is None or authority in self.authorities)
            and self.seen <= seen
            and self.objections <= objections
        )


class Policy(Frozen):
    """What is done about which mention: the content of a policy file. The first case that answers decides."""

    schema_: Annotated[int, Field(alias="schema")] = 1
    version: Filled
    ground: tuple[Ground, ...] = ()
    case: Annotated[tuple[PolicyCase, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_whole(self) -> Policy:
        faults = [*_doubles(self), *_gaps(self), *_idle_cases(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    @property
    def info(self) -> PolicyInfo:
        """Version and digest, as records keep them."""
        content = self.model_dump_json(by_alias=True)
        return PolicyInfo(version=self.version, digest=hashlib.sha256(content.encode()).hexdigest())

    def decide(
        self,
        report: Report | ProfileReport,
        history: Iterable[Record] = (),
        *,
        at: datetime,
        lang: Language = "fr",
    ) -> Decision:
        """What to do about a text or a profile: the gravest of what its mentions call for.

        Args:
            report: the answer of ``check`` or ``check_profile``.
            history: the records of the earlier decisions on this profile that were carried out, oldest first.
            at: when the decision is taken, with its time zone.
            lang: the language of the message and of the statement of reasons.

        Raises:
            HistoryError: if the records are not in the order of their times, or one is later than ``at``.
            FingerprintError: if a record holds fingerprints of another version.
            ValueError: if ``at`` is no ``datetime`` with a time zone, or there is no such language.
            TypeError: if ``history`` holds anything but records.
        """
        if lang not in _WORDS:
            raise ValueError(f"no message in {lang!r}: languages are {', '.join(map(repr, _WORDS))}")
        earlier = [record for record in in_order(history, at) if record.action.objects]
        taken = list(self._taken(report, earlier))
        nothing = self._case(Category.NEUTRAL, None, 0, len(earlier))
        gravest = max((one.case for one in taken), key=lambda case: case.action.rank, default=nothing)
        objected = [one for one in taken if one.case.action.objects]
        record = Record(
            at=at,
            action=gravest.action,
            category=report.category,
            case=gravest.id,
            objections=len(earlier),
            rules=report.rules,
            policy=self.info,
            mentions=tuple(one.record() for one in taken),
            statement=self._statement(objected, lang) if objected else None,
        )
        return Decision(action=gravest.action, message=_message(objected, lang), record=record)

    def _taken(self, report: Report | ProfileReport, earlier: list[Record]) -> Iterator[_Taken]:
        for one in report.reports.values() if isinstance(report, ProfileReport) else [report]:
            seen = Counter(m.start for record in earlier for m in reappeared(one, record.objected))
            for m in one.mentions:
                case = self._case(m.category, m.authority, seen[m.start], len(earlier))
                yield _Taken(one.field, m, seen[m.start], case)

    def _case(self, category: Category, authority: Authority | None, seen: int, objections: int) -> PolicyCase:
        return next(case for case in self.case if case.answers(category, authority, seen, objections))

    def _statement(self, objected: list[_Taken], lang: Language) -> StatementOfReasons:
        categories = {one.mention.category for one in objected}
        grounds = [g for g in self.ground if not categories.isdisjoint(g.categories)]
        return StatementOfReasons(
            language=lang,
            facts=tuple(one.fact(lang) for one in objected),
            legal_grounds=tuple(g.text_fr if lang == "fr" else g.text_en for g in grounds),
        )


# -- the file ------------------------------------------------------------------------------------------------------------


def load_policy(path: str | Path | None = None) -> Policy:
    """The policy in a TOML file, or the shipped one.

    Raises:
        PolicyError: if the file cannot be read or is malformed; each fault is listed with its mend.
    """
    return _shipped() if path is None else _load(Path(path))


@cache
def _shipped() -> Policy:
    return _load(_SHIPPED)


def _load(path: Path) -> Policy:
    problems: list[str] = []
    try:
        policy = parse(path, path.read_bytes(), Policy, problems)
    except OSError as error:
        raise PolicyError([f"{path}: cannot be read ({error.strerror or error}); check the path"]) from None
    if policy is None:
        raise PolicyError(problems)
    return policy


def _doubles(policy: Policy) -> Iterator[str]:
    for items in (policy.case, policy.ground):
        for id_, times in Counter(item.id for item in items).items():
            if times > 1:
                yield f"id {id_}: used {times} times; choose others"


def _gaps(policy: Policy) -> Iterator[str]:
    for category in Category:
        asked = [a for a in _asked(category) if not any(c.answers(category, a, 0, 0) for c in policy.case)]
        if asked:
            yield (
                f"category {category}: no case answers for {', '.join(a or 'a text without mention' for a in asked)} "
                "that was not seen before; add one without `seen` and `objections`"
            )


def _idle_cases(policy: Policy) -> Iterator[str]:
    for number, case in enumerate(policy.case):
        above = [
            next((c.id for c in policy.case[:number] if c.answers(case.category, a, case.seen, case.objections)), None)
            for a in case.authorities or _asked(case.category)
        ]
        if None not in above:
            names = ", ".join(sorted({name for name in above if name}))
            yield f"case {case.id}: never answers, since above it does {names}; move it up or remove it"


def _asked(category: Category) -> tuple[Authority | None, ...]:
    """The authorities that a category comes with; ``None`` is a text without any mention."""
    return (*get_args(Authority), *([None] if category is Category.NEUTRAL else []))


# -- what is said --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    """What messages and statements say in one language."""

    quote: str
    instead: str
    offer: str
    restrictions: dict[Action, str]


_WORDS: dict[Language, _Words] = {
    "fr": _Words(
        quote="« {} »",
        instead="À écrire à la place : {}",
        offer="Vous pouvez écrire : {}",
        restrictions={
            Action.ASK_TO_REWORD: "Il est demandé de reformuler la mention.",
            Action.REMOVE: "La mention est retirée.",
            Action.ESCALATE: "La mention est retirée et le dossier est transmis au responsable du compte.",
        },
    ),
    "en": _Words(
        quote="“{}”",
        instead="To be written instead: {}",
        offer="You may write: {}",
        restrictions={
            Action.ASK_TO_REWORD: "The practitioner is asked to reword the statement.",
            Action.REMOVE: "The statement is removed.",
            Action.ESCALATE: "The statement is removed and the matter goes to the person in charge of the account.",
        },
    ),
}


@dataclass(frozen=True, slots=True)
class _Taken:
    """A mention and the case that answers for it."""

    field: FieldName | None
    mention: Mention
    seen: int
    case: PolicyCase

    def record(self) -> MentionRecord:
        m = self.mention
        return MentionRecord(
            field=self.field,
            start=m.start,
            end=m.end,
            category=m.category,
            code=m.code,
            authority=m.authority,
            subjects=tuple(dict.fromkeys(s.id for s in m.subjects)),
            rule=m.rule,
            paragraphs=m.paragraphs,
            fingerprint=m.fingerprint,
            seen=self.seen,
            case=self.case.id,
            action=self.case.action,
        )

    def fact(self, lang: Language) -> Fact:
        m = self.mention
        return Fact(
            field=self.field,
            start=m.start,
            end=m.end,
            restriction=_WORDS[lang].restrictions[self.case.action],
            explanation=m.reason(lang),
            paragraphs=m.paragraphs,
        )

    def told(self, lang: Language) -> str:
        words, rewording = _WORDS[lang], self.mention.rewording
        lines = [words.quote.format(" ".join(self.mention.text.split())), self.mention.reason(lang)]
        if rewording is not None and rewording.text:
            lines.append(words.instead.format(rewording.text))
        elif rewording is not None and rewording.offer:
            lines.append(words.offer.format(rewording.offer))
        return "\n".join(lines)


def _message(objected: list[_Taken], lang: Language) -> str:
    """For each case, the gravest first: why, then the mentions that it answers for."""
    parts: list[str] = []
    for case in sorted({one.case.id: one.case for one in objected}.values(), key=lambda case: -case.action.rank):
        parts.append(case.reason_fr if lang == "fr" else case.reason_en)
        parts += [one.told(lang) for one in objected if one.case is case]
    return "\n\n".join(parts)
