"""Corpora of labelled cases: reading them, checking them with a moderator, and the score by functionality.

A corpus is a file of cases or a folder of such files (:mod:`mentions.casefile`). Cases are grouped by *functionality*,
one thing that the library has to get right, so that a weakness has a name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from .casefile import (
    FUNCTIONALITIES,
    SUFFIXES,
    Case,
    CorpusError,
    ExpectedMention,
    Functionality,
    Names,
    PlacedCase,
    cases_of,
    functionalities_of,
)
from .loading import load_rules
from .model import Category, Mention, Report
from .ruleset import RuleSet

__all__ = [
    "OBJECTIONS",
    "Case",
    "CaseResult",
    "Checker",
    "Confusion",
    "CorpusError",
    "ExpectedMention",
    "Functionality",
    "Pair",
    "PlacedCase",
    "Read",
    "Score",
    "Share",
    "check_case",
    "explained",
    "load",
    "read_cases",
    "read_functionalities",
    "score",
]

Pair = tuple[str, Category]
"""A subject's id and the category of what is said of it."""


class Checker(Protocol):
    """What checks a text: a :class:`mentions.Moderator`."""

    def check(self, text: str) -> Report:
        """The report on ``text``."""


# -- reading -----------------------------------------------------------------------------------------------------------


class Read(NamedTuple):
    """What was read of corpora: every sound case, and one line for each fault: file, line, field, mend."""

    cases: tuple[PlacedCase, ...]
    problems: tuple[str, ...]


def load(paths: Iterable[str | Path], rules: Iterable[RuleSet] = ()) -> Read:
    """The cases of files (``.jsonl``, ``.toml``, ``.csv``), or of all such files in folders, by file name and line.

    A fault does not keep the other cases from being read. A case's functionality must be in the
    ``functionalities.toml`` of the path's folder or of the nearest one above it; where there is none, any name will do.
    Cases may name the subjects of the newest shipped rules, and those of ``rules``. Ids are unique over all paths. A
    ``pair`` is not looked up: it may lie in another file.
    """
    subjects = frozenset(file.subject.id for known in (load_rules(), *rules) for file in known.subjects)
    problems: list[str] = []
    seen: dict[str, str] = {}
    done: set[Path] = set()
    cases: list[PlacedCase] = []
    for path in paths:
        root = Path(path)
        names = Names(_known_functionalities(root, problems), subjects)
        for file in _case_files(root, problems):
            if file.resolve() not in done:  # a file and its folder may both be named
                done.add(file.resolve())
                cases += cases_of(file, names, seen, problems)
    return Read(tuple(cases), tuple(dict.fromkeys(problems)))


def read_cases(path: str | Path, rules: Iterable[RuleSet] = ()) -> tuple[Case, ...]:
    """The cases of a file or folder, as :func:`load` reads them, where all of them are sound.

    Raises:
        CorpusError: with every fault of every file: its line, its field and the mend.
    """
    read = load([path], rules)
    if read.problems:
        raise CorpusError(read.problems)
    return tuple(placed.case for placed in read.cases)


def read_functionalities(path: str | Path) -> tuple[Functionality, ...]:
    """The functionalities of a ``functionalities.toml``, in the file's order.

    Raises:
        CorpusError: with every fault of the file and its mend.
    """
    problems: list[str] = []
    found = functionalities_of(Path(path), problems)
    if problems:
        raise CorpusError(problems)
    return found


def _known_functionalities(root: Path, problems: list[str]) -> frozenset[str] | None:
    """The ids that cases below ``root`` may use; ``None`` where nothing says so, or where it cannot be read."""
    folder = root.absolute()
    file = next((f for base in (folder, *folder.parents) if (f := base / FUNCTIONALITIES).is_file()), None)
    found = () if file is None else functionalities_of(file, problems)
    return frozenset(functionality.id for functionality in found) or None


def _case_files(root: Path, problems: list[str]) -> list[Path]:
    named = ".jsonl, .toml or .csv"
    if root.is_dir():
        found = (f for f in root.rglob("*") if f.suffix in SUFFIXES and f.name != FUNCTIONALITIES)
        files = sorted(file for file in found if file.is_file())
        if not files:
            problems.append(f"{root}: no {named} file in this folder; add one, or give another folder")
        return files
    if root.suffix not in SUFFIXES:
        problems.append(f"{root}: neither a folder nor a {named} file; give one of them")
        return []
    return [root]


# -- checking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What was expected of a case and what a moderator said."""

    case: Case
    observed: Category
    observed_pairs: frozenset[Pair]
    mentions: tuple[Mention, ...] = ()
    """The mentions that were seen, each with the steps that led to it."""

    @property
    def expected(self) -> Category:
        """The category that the text should have."""
        return self.case.category

    @property
    def expected_pairs(self) -> frozenset[Pair]:
        """Each subject with each category that the text should have for it."""
        return frozenset((subject, mention.category) for mention in self.case.mentions for subject in mention.subjects)

    @property
    def ok(self) -> bool:
        """Whether the category of the text is right."""
        return self.observed is self.expected


@dataclass(frozen=True, slots=True)
class Share:
    """How many of some cases are right."""

    right: int
    cases: int

    @property
    def rate(self) -> float | None:
        """From 0 to 1; ``None`` where there is no case."""
        return self.right / self.cases if self.cases else None


@dataclass(frozen=True, slots=True)
class Confusion:
    """How many cases of each expected category were given each category."""

    counts: Mapping[tuple[Category, Category], int]
    """By expected and observed category; those that did not occur may be missing."""

    def count(self, expected: Iterable[Category] = Category, observed: Iterable[Category] = Category) -> int:
        """The cases that were expected in, and given, one of these categories."""
        given = tuple(observed)
        return sum(self.counts.get((e, o), 0) for e in expected for o in given)

    @property
    def right(self) -> Share:
        """All cases: those whose category is right."""
        return Share(sum(self.counts.get((c, c), 0) for c in Category), self.count())

    def precision(self, *categories: Category) -> Share:
        """Cases given one of ``categories``: those that should have one of them."""
        return Share(self.count(categories, categories), self.count(observed=categories))

    def recall(self, *categories: Category) -> Share:
        """Cases that should have one of ``categories``: those given one of them."""
        return Share(self.count(categories, categories), self.count(expected=categories))


OBJECTIONS = (Category.APPARENTLY_NEUTRAL, Category.EXPLICIT_REFUSAL)
"""The categories of texts that are objected to."""


@dataclass(frozen=True, slots=True)
class Score:
    """How a moderator did on a corpus."""

    confusion: Confusion
    """All cases."""
    by_functionality: dict[str, Confusion]
    """The cases of each functionality that has any."""
    silence: Share
    """Cases that name no subject: those in which no mention is seen."""
    pair_f1: float | None
    """F1 of the pairs of subject and category over all cases, from 0 to 1; ``None`` where there is no pair."""

    @property
    def functionalities(self) -> dict[str, Share]:
        """For each functionality that has cases: those whose category is right."""
        return {name: confusion.right for name, confusion in self.by_functionality.items()}

    @property
    def category(self) -> Share:
        """All cases: those whose category is right."""
        return self.confusion.right

    @property
    def refusals(self) -> Share:
        """Cases that are explicit refusals: those seen as such."""
        return self.confusion.recall(Category.EXPLICIT_REFUSAL)

    @property
    def non_neutral(self) -> Share:
        """Cases that are not neutral: those not taken for neutral, whichever of the two categories was given."""
        return self.confusion.recall(*OBJECTIONS)


def check_case(case: Case, moderator: Checker) -> CaseResult:
    """What ``moderator`` says of the case's text, beside what is expected."""
    report = moderator.check(case.text)
    pairs = frozenset((subject.id, mention.category) for mention in report.mentions for subject in mention.subjects)
    return CaseResult(case, report.category, pairs, report.mentions)


def explained(result: CaseResult) -> Iterator[str]:
    """What was expected, what came, and the steps that led there, line by line; texts stand as Python writes them."""
    yield f"expected {result.expected.value}, observed {result.observed.value}"
    yield f"text: {result.case.text!r}"
    for wanted in result.case.mentions:
        yield f"expected: {wanted.text!r} {' '.join(wanted.subjects)} {' or '.join(wanted.codes)}"
    for seen in result.mentions:
        yield f"observed: {seen.text!r} {' '.join(dict.fromkeys(s.id for s in seen.subjects))} {seen.code}"
        for step in seen.steps:
            how = "" if step.how is None else f" ({step.how.replace('_', ' ')})"
            yield f"  {step.kind} {step.value}{how}{'' if step.text is None else f': {step.text!r}'}"
    if not result.mentions:
        yield "observed: no mention"


def score(results: Iterable[CaseResult]) -> Score:
    """The shares of right answers, over all results and for each functionality.

    Subjects are counted only in cases that label their mentions.
    """
    results = tuple(results)
    labelled = [r for r in results if r.case.labels_mentions]
    common = sum(len(r.expected_pairs & r.observed_pairs) for r in labelled)
    named = sum(len(r.expected_pairs) + len(r.observed_pairs) for r in labelled)
    silent = [not r.observed_pairs for r in labelled if not r.case.mentions]
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(result.case.functionality, []).append(result)
    return Score(
        confusion=_confusion(results),
        by_functionality={name: _confusion(group) for name, group in groups.items()},
        silence=Share(sum(silent), len(silent)),
        pair_f1=2 * common / named if named else None,
    )


def _confusion(results: Iterable[CaseResult]) -> Confusion:
    return Confusion(Counter((r.expected, r.observed) for r in results))
