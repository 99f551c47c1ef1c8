"""The schema of rule files, and errors that say where they are wrong and how to mend them.

A rule file is TOML. What each key means is described in ``docs/writing-rules.md``; this module is the contract.
"""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, ValidationInfo, field_validator

from .model import Authority, Frozen, RewordingKind, SubjectKind

SCHEMA = 1
"""The newest schema of rule files that this version of the package reads."""

Code = Literal["E1", "E2", "E3", "E4", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "N1", "N2", "N3"]
Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
ClassName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(?:_[a-z]+)*$")]
Filled = Annotated[str, StringConstraints(min_length=1)]
Seen = Annotated[str, StringConstraints(pattern=r"^[ -@\[-~]+$")]
"""Folded text: ASCII without capitals. Anything else would never be found."""


HELD = "held by the tests"
"""What says of a file that its regular expressions are known to compile: to try them takes longer than all the rest."""


class RulesError(ValueError):
    """One or more rule files cannot be used. ``problems`` has one line for each fault: file, rule, field, mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 fault in the rule files" if count == 1 else f"{count} faults in the rule files"
        super().__init__("\n".join([f"{head}:", *(f"- {problem}" for problem in self.problems)]))

    def __reduce__(self) -> tuple[type["RulesError"], tuple[tuple[str, ...]]]:
        """Pickled by its problems: exceptions are told from one process to another."""
        return type(self), (self.problems,)


class _Table(Frozen):
    """Its validator is made when the first file of its kind is read, which for most kinds a clean text never asks for."""

    model_config = ConfigDict(defer_build=True)


class SubjectExample(_Table):
    """A text in which the subject is named, the span that names it, and how it is written there."""

    text: Filled
    span: Filled
    written: Literal["as_written", "disguised", "misspelt"] | None = None


class LookAlike(_Table):
    """The same letters meaning something else: an exception of a subject."""

    id: Identifier
    reason: Filled
    pattern: Filled
    except_: Annotated[str | None, Field(alias="except")] = None
    case: Literal["any", "small", "undecided"] = "any"
    """Where it holds: anywhere, where the letters are not all capitals, or also where all around is in capitals."""
    examples: Annotated[tuple[Filled, ...], Field(min_length=1)]

    @field_validator("pattern", "except_")
    @classmethod
    def _compiles(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and info.context is not HELD:
            try:
                re.compile(value.replace("{s}", "S"))
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from None
        return value


class SubjectTable(_Table):
    """How one subject is named."""

    id: Identifier
    kind: SubjectKind
    label: Filled
    full_name: Filled
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]
    acronyms: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,6}(?:-[a-z0-9])?$")], ...] = ()
    suffixes: tuple[Seen, ...] = ()
    glued: bool = False
    accents: bool = True
    leet: tuple[Seen, ...] = ()
    names: tuple[Seen, ...] = ()
    patterns: tuple[Filled, ...] = ()
    spelled: tuple[Seen, ...] = ()
    anchors: tuple[Seen, ...] = ()
    not_names: tuple[Filled, ...] = ()
    examples: Annotated[tuple[SubjectExample, ...], Field(min_length=1)]
    why: Filled | None = None
    """Why a folder adds this to what it extends; reports carry it. So too in the tables below."""

    @field_validator("patterns")
    @classmethod
    def _compile(cls, values: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        for value in values if info.context is not HELD else ():
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"not a regular expression: {value!r}: {error}") from None
            if not value.isascii() or re.compile(value).flags != re.UNICODE:
                raise ValueError(f"{value!r} is matched on folded text: write it in ASCII, without flags")
        return values


class SubjectFile(_Table):
    """``subjects/*.toml``."""

    schema_: Annotated[int, Field(alias="schema")]
    subject: SubjectTable
    exception: tuple[LookAlike, ...] = ()


class WordClass(_Table):
    """A word class: the French forms of one meaning. ``polar`` words are turned round by a negation."""

    id: ClassName
    meaning: Filled
    polar: bool = False
    overlay: bool = False
    """Whether its words keep their other classes and places in longer forms."""
    barrier: bool = False
    forms: Annotated[tuple[Filled, ...], Field(min_length=1)]
    why: Filled | None = None


class WordFile(_Table):
    """``words/*.toml``."""

    schema_: Annotated[int, Field(alias="schema")]
    class_: Annotated[tuple[WordClass, ...], Field(alias="class", min_length=1)]


class Example(_Table):
    """A text on which the rule answers, and the span of the mention where it is not the whole text."""

    text: Filled
    span: Filled | None = None


class RuleException(_Table):
    """What takes a match out of a rule's reach: where it overlaps it, or ``anywhere`` in the statement.

    ``examples`` would be read by the rule without it.
    """

    id: Identifier
    reason: Filled
    patterns: Annotated[tuple[Filled, ...], Field(min_length=1)]
    anywhere: bool = False
    examples: Annotated[tuple[Filled, ...], Field(min_length=1)]


class Rule(_Table):
    """One kind of statement."""

    id: Identifier
    version: Annotated[int, Field(ge=1)]
    code: Code
    about: Literal["status", "entitlement", "any"]
    authority: Authority
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]
    reason_fr: Filled
    reason_en: Filled
    rank: int
    """Which answer wins where several rules match: the highest."""
    patterns: Annotated[tuple[Filled, ...], Field(min_length=1)]
    exceptions: tuple[RuleException, ...] = ()
    examples: Annotated[tuple[Example, ...], Field(min_length=1)]
    silent: tuple[Filled, ...] = ()
    why: Filled | None = None


class StatementFile(_Table):
    """``statements/*.toml``."""

    schema_: Annotated[int, Field(alias="schema")]
    rule: Annotated[tuple[Rule, ...], Field(min_length=1)]


class AddedException(RuleException):
    """An exception of a rule that stands in a folder below."""

    rule: Identifier


class AddedLookAlike(LookAlike):
    """An exception of a subject that stands in a folder below."""

    subject: Identifier


class ExceptionFile(_Table):
    """``exceptions/*.toml``: what an heir takes out of the reach of inherited rules and subjects."""

    schema_: Annotated[int, Field(alias="schema")]
    exception: tuple[AddedException, ...] = ()
    look_alike: tuple[AddedLookAlike, ...] = ()


class RewordingTable(_Table):
    """One neutral wording."""

    kind: RewordingKind
    text: str
    offer: Filled | None = None
    codes: Annotated[tuple[Code, ...], Field(min_length=1)]
    source: Annotated[tuple[Filled, ...], Field(min_length=1)]
    why: Filled | None = None


class RewordingFile(_Table):
    """``rewordings.toml``."""

    schema_: Annotated[int, Field(alias="schema")]
    rewording: Annotated[tuple[RewordingTable, ...], Field(min_length=1)]


class RuleSetTable(_Table):
    """``ruleset.toml``: what a version rests on."""

    version: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}(?:[.-][a-z0-9]+)*$")]
    since: Filled
    title: Filled
    rests_on: Annotated[tuple[Filled, ...], Field(min_length=1)]
    extends: Filled | None = None


class SwitchedOff(_Table):
    """An inherited rule that an heir does without."""

    id: Identifier
    reason: Filled


class RuleSetFile(_Table):
    """``ruleset.toml``."""

    schema_: Annotated[int, Field(alias="schema")]
    ruleset: RuleSetTable
    off: tuple[SwitchedOff, ...] = ()


FOLDERS: dict[str, type[Frozen]] = {
    "subjects": SubjectFile,
    "words": WordFile,
    "statements": StatementFile,
    "exceptions": ExceptionFile,
}
"""The folders inside a folder of rules, and what their ``*.toml`` files hold."""

FILES: dict[str, type[Frozen]] = {"ruleset.toml": RuleSetFile, "rewordings.toml": RewordingFile}
"""The files that stand in a folder of rules itself."""


def json_schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of each kind of rule file, for editors: by its folder's or its own name (``subjects``, ``ruleset``)."""
    kinds = {**FOLDERS, **{name.removesuffix(".toml"): kind for name, kind in FILES.items()}}
    return {
        name: {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema(by_alias=True)}
        for name, kind in sorted(kinds.items())
    }


FileT = TypeVar("FileT", bound=BaseModel)


def parse(path: Path, content: bytes, kind: type[FileT], problems: list[str], context: object = None) -> FileT | None:
    """The file as ``kind``, or ``None`` after its faults have been added to ``problems``.

    ``context`` may be :data:`HELD`.
    """
    try:
        raw = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        problems.append(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8")
        return None
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{path}: not TOML: {error}")
        return None
    schema = raw.get("schema")
    if schema is None:
        problems.append(f"{path}: field schema: missing; write `schema = {SCHEMA}` on the first line")
        return None
    if type(schema) is not int or not 1 <= schema <= SCHEMA:
        problems.append(
            f"{path}: field schema: {schema!r} is not read by this version, which reads up to {SCHEMA}; "
            "upgrade the package `mentions`, or write the file in the older schema"
        )
        return None
    try:
        return kind.model_validate(raw, context=context)
    except ValidationError as error:
        faults = error.errors()
        places = [fault["loc"] for fault in faults]
        for fault in faults:
            # pydantic also calls a list too short whose members are faulty; their own faults say it better
            within = any(place != fault["loc"] and place[: len(fault["loc"])] == fault["loc"] for place in places)
            if not (fault["type"] == "too_short" and within):
                problems.append(_advice(path, raw, fault))
        return None


def _advice(path: Path, raw: dict[str, Any], fault: Any) -> str:
    """A schema fault as advice: where it is, what is wrong, what to write instead."""
    where: list[str] = []
    owner: str | None = None
    node: Any = raw
    for part in fault["loc"]:
        if isinstance(part, int):
            where[-1:] = [f"{where[-1]}[{part}]"] if where else [f"[{part}]"]
        else:
            where.append(str(part).rstrip("_"))
        try:
            node = node[part]
        except (KeyError, IndexError, TypeError):
            node = None
        if isinstance(node, dict) and isinstance(node.get("id"), str):
            owner = node["id"]
    table = str(fault["loc"][0]).rstrip("_") if fault["loc"] else "rule"
    place = f"{path}: " + (f"{table} {owner}: " if owner else "")
    place += f"field {'.'.join(where)}: " if where else ""
    kind = fault["type"]
    if kind == "extra_forbidden":
        return place + "unknown key; remove it, or look for a misspelling"
    if kind == "missing":
        return place + "missing; add it"
    if kind in ("literal_error", "enum"):
        return place + f"{fault['input']!r} is not possible; write one of {fault['ctx']['expected']}"
    if kind == "too_short":
        return place + "empty; give at least one"
    if kind == "string_pattern_mismatch":
        return place + f"{fault['input']!r} does not have the form {fault['ctx']['pattern']}"
    if kind == "value_error":
        return place + str(fault["ctx"]["error"])
    message = str(fault["msg"])
    return f"{place}{message[0].lower()}{message[1:]} (here: {fault['input']!r})"
