"""Labelled cases as they stand in files: their schema, and reading them from JSON Lines, TOML and CSV.

``docs/ci.md`` describes the three forms, which hold the same fields; :func:`json_schemas` has their schemas. Faults are
told with their file, line, field and mend, and do not keep the sound cases from being read.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from .model import Category, Frozen
from .records import RecordError, json_lines, table
from .rulefile import Code, Filled, Identifier

FUNCTIONALITIES = "functionalities.toml"
"""The file that names the functionalities of the cases beside and below it; it holds no case."""


class CorpusError(ValueError):
    """Cases cannot be used. ``problems`` has one line for each fault: file, line, field, mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 fault in the corpus" if count == 1 else f"{count} faults in the corpus"
        super().__init__("\n".join([f"{head}:", *(f"- {problem}" for problem in self.problems)]))


class ExpectedMention(Frozen):
    """A statement that names subjects: the words of the case that make it, and every code that is right for it."""

    text: Filled
    subjects: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]

    @property
    def category(self) -> Category:
        """The category of its codes; reading sees to it that they agree."""
        return max(Category.of_code(code) for code in self.codes)


class Case(Frozen):
    """A text and what has to be said of it.

    ``mentions`` holds all of them in text order, the neutral ones too; where it is left out, only the category counts.
    ``pair`` is the id of the case that this one contrasts with.
    """

    id: Filled
    functionality: Identifier
    text: str
    category: Category
    mentions: tuple[ExpectedMention, ...] = ()
    pair: Filled | None = None
    note: Filled | None = None

    @property
    def labels_mentions(self) -> bool:
        """Whether ``mentions`` was given, were it empty."""
        return "mentions" in self.model_fields_set


class CaseFile(Frozen):
    """A corpus in TOML: ``[[case]]`` tables."""

    case: Annotated[tuple[Case, ...], Field(min_length=1)]


class Functionality(Frozen):
    """One thing that the library has to get right; families group them."""

    id: Identifier
    family: Annotated[str, Field(pattern=r"^[a-z]+(?:_[a-z]+)*$")]
    description: Filled


class _FunctionalityFile(Frozen):
    functionality: Annotated[tuple[Functionality, ...], Field(min_length=1)]


class PlacedCase(NamedTuple):
    """A case and where it stands; ``line`` counts from 1."""

    case: Case
    file: Path
    line: int


class Names(NamedTuple):
    """What cases may name: functionalities, ``None`` for any, and ids of subjects."""

    functionalities: frozenset[str] | None
    subjects: frozenset[str]


class _Raw(NamedTuple):
    """A case as its file gives it: its first line from 1, its place as messages name it, its fields."""

    line: int
    place: str
    fields: dict[str, Any]


def json_schemas() -> dict[str, dict[str, Any]]:
    """The published JSON Schemas: of a case, which a line of JSON Lines holds, and of a file of cases in TOML."""
    models: dict[str, type[BaseModel]] = {"case": Case, "case-file": CaseFile}
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {name: draft | model.model_json_schema() for name, model in models.items()}


def cases_of(file: Path, names: Names, seen: dict[str, str], problems: list[str]) -> list[PlacedCase]:
    """The sound cases of ``file``; its faults are added to ``problems``.

    ``seen`` are the ids read already with their places, to which those of the file are added.
    """
    content = read_utf8(file, problems)
    if content is None:
        return []
    found: list[PlacedCase] = []
    before = len(problems)
    try:
        for raw in _raw_cases(file, content, problems):
            faults = list(_id_faults(raw, seen))
            try:
                case = Case.model_validate(raw.fields)
            except ValidationError as error:
                faults += _schema_faults(error)
            else:
                faults += _label_faults(case, names)
                if not faults:
                    found.append(PlacedCase(case, file, raw.line))
            problems.extend(f"{raw.place}: {fault}" for fault in faults)
    except RecordError as error:
        problems.append(f"{file}: {error}")
    if not found and len(problems) == before:
        problems.append(f"{file}: holds no case; add one, or leave the file out")
    return found


def read_utf8(path: Path, problems: list[str]) -> str | None:
    """The content of a file, without a byte order mark; ``None`` after its fault has been added to ``problems``."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.append(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8")
    except OSError as error:
        problems.append(f"{path}: cannot be read ({error.strerror}); look at the path and at its permissions")
    return None


def functionalities_of(path: Path, problems: list[str]) -> tuple[Functionality, ...]:
    """The functionalities of a ``functionalities.toml``; its faults are added to ``problems``."""
    content = read_utf8(path, problems)
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


# -- the three forms ---------------------------------------------------------------------------------------------------


def _raw_cases(file: Path, content: str, problems: list[str]) -> Iterator[_Raw]:
    return _FORMS[file.suffix](file, content, problems)


def _of_json_lines(file: Path, content: str, problems: list[str]) -> Iterator[_Raw]:
    for number, _, line in json_lines(content):
        place = f"{file}: line {number}"
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            problems.append(
                f"{place}: not JSON: {error.msg} at column {error.colno}; write one whole object on each line"
            )
            continue
        if isinstance(fields, dict):
            yield _Raw(number, place, fields)
        else:
            problems.append(f'{place}: not an object; write {{"id": …, "functionality": …, "text": …, …}}')


_CASE_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*case[ \t]*\]\]", re.MULTILINE)


def _of_toml(file: Path, content: str, problems: list[str]) -> Iterator[_Raw]:
    try:
        whole = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{file}: not TOML: {error}")
        return
    problems.extend(
        f"{file}: field {key}: unknown key; remove it, or look for a misspelling" for key in whole if key != "case"
    )
    cases = whole.get("case", [])
    if not isinstance(cases, list):
        problems.append(f"{file}: field case: not a list of tables; write [[case]] before each case")
        return
    # tomllib tells no lines. Where cases are written otherwise, or « [[case]] » stands in a text, they go by number.
    lines = [content.count("\n", 0, match.start()) + 1 for match in _CASE_HEADER.finditer(content)]
    told = len(lines) == len(cases)
    for number, fields in enumerate(cases):
        line = lines[number] if told else 1
        place = f"{file}: line {line}" if told else f"{file}: case {number + 1}"
        if isinstance(fields, dict):
            yield _Raw(line, place, fields)
        else:
            problems.append(f"{place}: not a table; write [[case]] before each case")


def _of_csv(file: Path, content: str, problems: list[str]) -> Iterator[_Raw]:
    """Each row; an empty cell of a field that may be left out leaves it out, ``mentions`` is JSON."""
    rows = table(content)
    columns = {
        name: f"column {name!r} is missing; add it"
        for name, field in Case.model_fields.items()
        if field.is_required() and name not in rows.header
    } | {
        name: f"column {name!r} is unknown; remove it, or look for a misspelling"
        for name in rows.header
        if name not in Case.model_fields
    }
    if columns:
        problems.extend(f"{file}: line 1: {fault}" for fault in columns.values())
        return
    for row in rows.rows:
        place = f"{file}: line {row.line}"
        cells = zip(rows.header, row.cells, strict=True)
        fields: dict[str, Any] = {name: cell for name, cell in cells if cell or Case.model_fields[name].is_required()}
        if "mentions" in fields:
            try:
                fields["mentions"] = json.loads(fields["mentions"])
            except json.JSONDecodeError as error:
                problems.append(
                    f"{place}: column 'mentions': not JSON: {error.msg} at character {error.pos}; "
                    "write a list as in JSON Lines, or leave the cell empty"
                )
                continue
        yield _Raw(row.line, place, fields)


_FORMS = {".jsonl": _of_json_lines, ".toml": _of_toml, ".csv": _of_csv}
SUFFIXES = frozenset(_FORMS)
"""How the names of files of cases end."""


# -- faults ------------------------------------------------------------------------------------------------------------


def _id_faults(raw: _Raw, seen: dict[str, str]) -> Iterator[str]:
    name = raw.fields.get("id")
    if isinstance(name, str) and seen.setdefault(name, raw.place) != raw.place:
        yield f"field id: {name!r} is used already in {seen[name]}; choose another"


def _label_faults(case: Case, names: Names) -> Iterator[str]:
    """Labels that do not hold together, though each is well formed."""
    if names.functionalities is not None and case.functionality not in names.functionalities:
        yield (
            f"field functionality: {case.functionality!r} is not in {FUNCTIONALITIES}; "
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
        for place, subject in enumerate(mention.subjects):
            if subject not in names.subjects:
                yield (
                    f"field mentions[{number}].subjects[{place}]: {subject!r} is no subject of the rules; "
                    f"write one of {', '.join(sorted(names.subjects))}"
                )
        if len({Category.of_code(code) for code in mention.codes}) > 1:
            yield (
                f"field mentions[{number}].codes: {', '.join(mention.codes)} are of different categories; "
                "keep those of one category"
            )
    if not case.labels_mentions:
        return
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
