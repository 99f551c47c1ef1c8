"""Labelled cases: reading them, checking them with a moderator, and the score by functionality.

A corpus is JSON Lines, one case a line; ``corpus/README.md`` describes the format. Cases are grouped by
*functionality*, one thing that the library has to get right, so that a weakness has a name.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from .model import Category, Report
from .rulefile import Code, Filled, Identifier

SubjectId = Literal["cmu", "cmu-c", "acs", "ame", "css", "puma", "tiers-payant", "carte-vitale"]
Pair = tuple[str, Category]
"""A subject's id and the category of what is said of it."""

_FUNCTIONALITIES = "functionalities.toml"


class CorpusError(ValueError):
    """Cases cannot be used. ``problems`` has one line for each fault: file, line, field, mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 fault in the corpus" if count == 1 else f"{count} faults in the corpus"
        super().__init__("\n".join([f"{head}:", *(f"- {problem}" for problem in self.problems)]))


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExpectedMention(_Record):
    """A statement that names subjects: the words of the case that make it, and every code that is right for it."""

    text: Filled
    subjects: Annotated[tuple[SubjectId, ...], Field(min_length=1)]
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]

    @property
    def category(self) -> Category:
        """The category of its codes; :func:`read_cases` sees to it that they agree."""
        return max(Category.of_code(code) for code in self.codes)


class Case(_Record):
    """A text and what has to be said of it. ``mentions`` holds all of them in text order, the neutral ones too.

    ``pair`` is the id of the case that this one contrasts with.
    """

    id: Filled
    functionality: Identifier
    text: str
    category: Category
    mentions: tuple[ExpectedMention, ...]
    pair: Filled | None = None
    note: Filled | None = None


class Functionality(_Record):
    """One thing that the library has to get right; families group them."""

    id: Identifier
    family: Annotated[str, Field(pattern=r"^[a-z]+(?:_[a-z]+)*$")]
    description: Filled


class _FunctionalityFile(_Record):
    functionality: Annotated[tuple[Functionality, ...], Field(min_length=1)]


class Checker(Protocol):
    """What checks a text: a :class:`mentions.Moderator`."""

    def check(self, text: str) -> Report:
        """The report on ``text``."""


# -- reading -----------------------------------------------------------------------------------------------------------


def read_cases(path: str | Path) -> tuple[Case, ...]:
    """The cases of a ``.jsonl`` file, or of all such files in a folder and the folders in it, by file name and line.

    A case's functionality must be in the ``functionalities.toml`` of the folder or of the nearest one above it; where
    there is none, any name will do. A ``pair`` is not looked up: it may lie in another file.

    Raises:
        CorpusError: with every fault of every file: its line, its field and the mend.
    """
    root = Path(path)
    problems: list[str] = []
    known = _known_functionalities(root, problems)
    seen: dict[str, str] = {}
    cases: list[Case] = []
    for file in _case_files(root, problems):
        for place, raw in _objects(file, problems):
            problems.extend(f"{place}: {fault}" for fault in _id_faults(raw, place, seen))
            try:
                case = Case.model_validate(raw)
            except ValidationError as error:
                problems.extend(f"{place}: {fault}" for fault in _schema_faults(error))
                continue
            problems.extend(f"{place}: {fault}" for fault in _label_faults(case, known))
            cases.append(case)
    if problems:
        raise CorpusError(problems)
    return tuple(cases)


def read_functionalities(path: str | Path) -> tuple[Functionality, ...]:
    """The functionalities of a ``functionalities.toml``, in the file's order.

    Raises:
        CorpusError: with every fault of the file and its mend.
    """
    problems: list[str] = []
    found = _parse_functionalities(Path(path), problems)
    if problems:
        raise CorpusError(problems)
    return found


def _parse_functionalities(path: Path, problems: list[str]) -> tuple[Functionality, ...]:
    content = _content(path, problems)
    if content is None:
        return ()
    try:
        found = _FunctionalityFile.model_validate(tomllib.loads(content)).functionality
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path}: not TOML: {error}")
        return ()
    except ValidationError as error:
        problems.extend(f"{path}: {fault}" for fault in _schema_faults(error))
        return ()
    ids = [functionality.id for functionality in found]
    problems.extend(
        f"{path}: field functionality[{number}].id: {name!r} is used twice; choose another"
        for number, name in enumerate(ids)
        if name in ids[:number]
    )
    return found


def _known_functionalities(root: Path, problems: list[str]) -> frozenset[str] | None:
    """The ids that cases below ``root`` may use; ``None`` where nothing says so, or where it cannot be read."""
    folder = root.absolute()
    file = next((f for base in (folder, *folder.parents) if (f := base / _FUNCTIONALITIES).is_file()), None)
    found = () if file is None else _parse_functionalities(file, problems)
    return frozenset(functionality.id for functionality in found) or None


def _case_files(root: Path, problems: list[str]) -> list[Path]:
    if root.is_dir():
        files = sorted(file for file in root.rglob("*.jsonl") if file.is_file())
        if not files:
            problems.append(f"{root}: no .jsonl file in this folder; add one, or give another folder")
        return files
    if root.suffix != ".jsonl":
        problems.append(f"{root}: neither a folder nor a .jsonl file; give one of them")
        return []
    return [root]


def _content(path: Path, problems: list[str]) -> str | None:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8")
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); look at the path and at its permissions")
    return None


def _objects(path: Path, problems: list[str]) -> Iterator[tuple[str, dict[str, object]]]:
    """Each line's place, for messages, and its object; empty lines are passed over."""
    # Not splitlines: a text may hold U+2028 and others at which it would cut the line.
    for number, line in enumerate((_content(path, problems) or "").split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}: line {number}"
        try:
            raw = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(
                f"{place}: not JSON: {error.msg} at column {error.colno}; write one whole object on each line"
            )
            continue
        if isinstance(raw, dict):
            yield place, raw
        else:
            problems.append(f'{place}: not an object; write {{"id": …, "functionality": …, "text": …, …}}')


def _id_faults(raw: dict[str, object], place: str, seen: dict[str, str]) -> Iterator[str]:
    name = raw.get("id")
    if isinstance(name, str) and seen.setdefault(name, place) != place:
        yield f"field id: {name!r} is used already in {seen[name]}; choose another"


def _label_faults(case: Case, known: frozenset[str] | None) -> Iterator[str]:
    """Labels that do not hold together, though each is well formed."""
    if known is not None and case.functionality not in known:
        yield (
            f"field functionality: {case.functionality!r} is not in {_FUNCTIONALITIES}; "
            "add it there, or look for a misspelling"
        )
    after = 0
    for number, mention in enumerate(case.mentions):
        start = case.text.find(mention.text, after)
        if start < 0:
            yield (
                f"field mentions[{number}].text: {mention.text!r} does not stand in the text, or not after the mention "
                "before it; copy it letter by letter, in the order of the text"
            )
        else:
            after = start + len(mention.text)
        if len({Category.of_code(code) for code in mention.codes}) > 1:
            yield (
                f"field mentions[{number}].codes: {', '.join(mention.codes)} are of different categories; "
                "keep those of one category"
            )
    gravest = max((mention.category for mention in case.mentions), default=Category.NEUTRAL)
    if case.category is not gravest:
        yield (
            f"field category: {case.category.value!r}, but the gravest of its mentions is {gravest.value!r}; "
            "write that, or mend the codes"
        )


def _schema_faults(error: ValidationError) -> Iterator[str]:
    for fault in error.errors():
        # Pydantic also calls a list too short whose only entries are faulty; those are told by themselves.
        if fault["type"] != "too_short" or not fault["input"]:
            yield _advice(fault)


def _advice(fault: ErrorDetails) -> str:
    """A fault of the schema as advice: the field, what is wrong, what to write instead."""
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    kind = fault["type"]
    if kind == "missing":
        return f"field {where}: missing; add it"
    if kind == "extra_forbidden":
        return f"field {where}: unknown key; remove it, or look for a misspelling"
    if kind in ("literal_error", "enum"):
        return f"field {where}: {fault['input']!r} is not possible; write one of {fault['ctx']['expected']}"
    if kind in ("too_short", "string_too_short"):
        return f"field {where}: empty; give at least one {'character' if kind == 'string_too_short' else 'entry'}"
    if kind == "string_pattern_mismatch":
        return f"field {where}: {fault['input']!r} does not have the form {fault['ctx']['pattern']}"
    return f"field {where}: {fault['msg'][0].lower()}{fault['msg'][1:]} (here: {fault['input']!r})"


# -- checking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What was expected of a case and what a moderator said."""

    case: Case
    observed: Category
    observed_pairs: frozenset[Pair]

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
class Score:
    """How a moderator did on a corpus."""

    functionalities: dict[str, Share]
    """For each functionality that has cases: those whose category is right."""
    category: Share
    """All cases: those whose category is right."""
    refusals: Share
    """Cases that are explicit refusals: those seen as such."""
    non_neutral: Share
    """Cases that are not neutral: those not taken for neutral, whichever of the two categories was given."""
    silence: Share
    """Cases that name no subject: those in which no mention is seen."""
    pair_f1: float | None
    """F1 of the pairs of subject and category over all cases, from 0 to 1; ``None`` where there is no pair."""


def check_case(case: Case, moderator: Checker) -> CaseResult:
    """What ``moderator`` says of the case's text, beside what is expected."""
    report = moderator.check(case.text)
    pairs = frozenset((subject.id, mention.category) for mention in report.mentions for subject in mention.subjects)
    return CaseResult(case, report.category, pairs)


def score(results: Iterable[CaseResult]) -> Score:
    """The shares of right answers, over all results and for each functionality."""
    results = tuple(results)
    by_functionality: dict[str, list[bool]] = {}
    for result in results:
        by_functionality.setdefault(result.case.functionality, []).append(result.ok)
    common = sum(len(r.expected_pairs & r.observed_pairs) for r in results)
    named = sum(len(r.expected_pairs) + len(r.observed_pairs) for r in results)
    return Score(
        functionalities={name: _share(right) for name, right in by_functionality.items()},
        category=_share(r.ok for r in results),
        refusals=_share(r.ok for r in results if r.expected is Category.EXPLICIT_REFUSAL),
        non_neutral=_share(r.observed is not Category.NEUTRAL for r in results if r.expected is not Category.NEUTRAL),
        silence=_share(not r.observed_pairs for r in results if not r.case.mentions),
        pair_f1=2 * common / named if named else None,
    )


def _share(right: Iterable[bool]) -> Share:
    answers = list(right)
    return Share(sum(answers), len(answers))
