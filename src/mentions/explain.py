"""Why a text is flagged, and why not: which stage let it go, which rules matched, which was outranked.

The answer is read off the stages themselves: each is run again with something taken away (an exception, a rule's
exceptions), and what then comes out otherwise is the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from .model import Frozen, Report, Written
from .moderator import Moderator, Reading
from .normalize import Folded, fold
from .reading import Match
from .rulefile import RuleException, SubjectFile
from .subjects import Named, SubjectFinder

Stage = Literal["gate", "subjects", "look_alikes", "rules", "answered"]
Outcome = Literal["answers", "outranked", "exception"]


class LetGo(Frozen):
    """Letters of a subject that mean something else here. ``exception`` is ``None`` where no listed one says so.

    Then the text itself spells them out as something else, or used them so before.
    """

    subject: str
    start: int
    end: int
    text: str
    exception: str | None
    reason: str | None


class NamedSubject(Frozen):
    """A subject that was read, and how it is written."""

    subject: str
    start: int
    end: int
    text: str
    written: Written


class TriedRule(Frozen):
    """A rule whose patterns match a statement: it answers, is outranked, or an exception of its own takes it back."""

    rule: str
    code: str
    rank: int
    outcome: Outcome
    start: int
    end: int
    text: str
    """The words that it matches."""
    exception: str | None = None
    reason: str | None = None
    """Why the exception is there."""


class ReadStatement(Frozen):
    """A statement, and the rules whose patterns match it, by rank."""

    start: int
    end: int
    text: str
    rules: tuple[TriedRule, ...]


class Explanation(Frozen):
    """What became of a text, stage by stage. All offsets are string indices into it.

    ``stage`` is the last stage that it came to: ``gate`` (no letters of any subject), ``subjects`` (none is named),
    ``look_alikes`` (letters of one, which mean something else), ``rules`` (named, but no rule matches) or ``answered``.
    """

    stage: Stage
    named: tuple[NamedSubject, ...]
    let_go: tuple[LetGo, ...]
    statements: tuple[ReadStatement, ...]
    report: Report


def explain(moderator: Moderator, text: str) -> Explanation:
    """Why ``moderator`` says what it says of ``text``, or nothing.

    Raises:
        TypeError: if ``text`` is not a ``str``.
        RulesError: if a rule file is malformed.
    """
    report = moderator.check(text)
    files = moderator.rules.subjects
    finder = SubjectFinder(files)
    folded = fold(text)
    named = finder.find(folded)
    spans = [folded.span(n.start, n.end) for n in named]
    let_go = tuple(_let_go(files, text, spans)) if finder.might_name(text) else ()
    statements = tuple(_statement(moderator, folded, reading) for reading in moderator.readings(text)) if named else ()
    stage: Stage
    if report.mentions:
        stage = "answered"
    elif named:
        stage = "rules"
    elif let_go:
        stage = "look_alikes"
    else:
        stage = "subjects" if finder.might_name(text) else "gate"
    return Explanation(
        stage=stage,
        named=tuple(
            NamedSubject(subject=n.id, start=start, end=end, text=text[start:end], written=n.written)
            for n, (start, end) in zip(named, spans, strict=True)
        ),
        let_go=let_go,
        statements=statements,
        report=report,
    )


# -- subjects ----------------------------------------------------------------------------------------------------------


def _let_go(files: Sequence[SubjectFile], text: str, named: Sequence[tuple[int, int]]) -> Iterator[LetGo]:
    """Where letters of a subject stand that is not among ``named``, in text order."""
    bare = [file.model_copy(update={"exception": ()}) for file in files]
    finder = SubjectFinder(bare)
    by_id = {file.subject.id: file for file in files}
    folded = fold(text)
    found: list[LetGo] = []
    for candidate in finder.find(folded):
        start, end = folded.span(candidate.start, candidate.end)
        if not _overlaps((start, end), named):
            for exception in by_id[candidate.id].exception:
                alone = by_id[candidate.id].model_copy(update={"exception": (exception,)})
                others = [file for file in bare if file.subject.id != candidate.id]
                if not _holds(SubjectFinder([alone, *others]).find(folded), candidate):
                    found.append(_gone(text, candidate.id, start, end, exception.id, exception.reason))
                    break
            else:
                found.append(_gone(text, candidate.id, start, end))
    seen = [*named, *((gone.start, gone.end) for gone in found)]
    # Letters that name a subject where they stand alone, though not with what stands around them.
    for piece in re.finditer(r"\S+", text):
        alone_folded = fold(piece.group())
        for candidate in finder.find(alone_folded):
            start, end = (piece.start() + index for index in alone_folded.span(candidate.start, candidate.end))
            if not _overlaps((start, end), seen):
                found.append(_gone(text, candidate.id, start, end))
    return iter(sorted(found, key=lambda gone: gone.start))


def _gone(text: str, subject: str, start: int, end: int, name: str | None = None, reason: str | None = None) -> LetGo:
    return LetGo(subject=subject, start=start, end=end, text=text[start:end], exception=name, reason=reason)


def _overlaps(span: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _holds(found: Sequence[Named], wanted: Named) -> bool:
    return any(n.id == wanted.id and n.start < wanted.end and wanted.start < n.end for n in found)


# -- rules -------------------------------------------------------------------------------------------------------------


def _statement(moderator: Moderator, folded: Folded, reading: Reading) -> ReadStatement:
    answering = reading.verdict.rule.id if reading.verdict is not None else None
    tried: dict[str, TriedRule] = {}
    for match in sorted(reading.matches, key=lambda m: m.end - m.start):
        outcome: Outcome = "answers" if match.rule.id == answering else "outranked"
        tried.setdefault(match.rule.id, _tried(folded, reading, match, outcome))
    others = [rule for rule in moderator.rules.rules if rule.exceptions and rule.id not in tried]
    bare = moderator.reader_of(rule.model_copy(update={"exceptions": ()}) for rule in others)
    for match in bare.matches(reading.tokens):
        if match.rule.id not in tried:
            tried[match.rule.id] = _taken_back(moderator, folded, reading, match)
    return ReadStatement(
        start=reading.start,
        end=reading.end,
        text=folded.original[reading.start : reading.end],
        rules=tuple(sorted(tried.values(), key=lambda rule: (-rule.rank, rule.outcome != "answers"))),
    )


def _taken_back(moderator: Moderator, folded: Folded, reading: Reading, match: Match) -> TriedRule:
    """A rule whose ``match`` an exception of its own takes away: the first that does so by itself."""
    rule = next(rule for rule in moderator.rules.rules if rule.id == match.rule.id)

    def spares(exception: RuleException) -> bool:
        alone = moderator.reader_of([rule.model_copy(update={"exceptions": (exception,)})])
        return (match.start, match.end) in ((m.start, m.end) for m in alone.matches(reading.tokens))

    return _tried(folded, reading, match, "exception", next(e for e in rule.exceptions if not spares(e)))


def _tried(
    folded: Folded, reading: Reading, match: Match, outcome: Outcome, exception: RuleException | None = None
) -> TriedRule:
    matched = reading.tokens[match.start : match.end]
    start, end = folded.span(min(t.start for t in matched), max(t.end for t in matched)) if matched else (0, 0)
    return TriedRule(
        rule=f"{match.rule.id}@{match.rule.version}",
        code=match.rule.code,
        rank=match.rule.rank,
        outcome=outcome,
        start=start,
        end=end,
        text=folded.original[start:end],
        exception=exception.id if exception is not None else None,
        reason=exception.reason if exception is not None else None,
    )
