"""Rule sets: which files make a version, what it inherits, and the digest that names its content.

Only the subject files are read at once: a text that names no subject needs no more. Word classes, statements and
rewordings are read when the first statement has to be judged, or by :meth:`RuleSet.validate`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from .rulefile import (
    FileT,
    RewordingFile,
    RewordingTable,
    Rule,
    RulesError,
    RuleSetFile,
    StatementFile,
    SubjectFile,
    WordClass,
    WordFile,
    parse,
)

NEWEST = "2019-11"
"""The version that answers unless another is asked for."""

_PACKAGE = Path(__file__).resolve().parent


def rules_folder() -> Path:
    """The folder of the shipped rules: the repository's own in a checkout or an editable install, else the package's.

    A checkout comes first: an editable install can hold a stale copy of the package data.
    """
    repository = _PACKAGE.parent.parent
    if (repository / "pyproject.toml").is_file() and (repository / "rules").is_dir():
        return repository / "rules"
    return _PACKAGE / "rules"


@dataclass(frozen=True)
class RuleSet:
    """One version of the rules, with all that it inherits."""

    version: str
    digest: str
    folders: tuple[Path, ...]
    """From the oldest ancestor to this version's own folder."""
    subjects: tuple[SubjectFile, ...]

    def _files(self, folder: str, kind: type[FileT], problems: list[str]) -> list[tuple[Path, FileT]]:
        found: list[tuple[Path, FileT]] = []
        for base in self.folders:
            for path in sorted((base / folder).glob("*.toml")):
                table = parse(path, path.read_bytes(), kind, problems)
                if table is not None:
                    found.append((path, table))
        return found

    @cached_property
    def words(self) -> tuple[WordClass, ...]:
        """The word classes; a class named again in an heir gains that file's forms.

        Raises:
            RulesError: if a file is malformed.
        """
        problems: list[str] = []
        classes: dict[str, WordClass] = {}
        for path, table in self._files("words", WordFile, problems):
            for word in table.class_:
                known = classes.get(word.id)
                if known is not None and _kind(known) != _kind(word):
                    problems.append(
                        f"{path}: class {word.id}: field polar, overlay or barrier: differs from where the class began; "
                        "write the same, or choose another id"
                    )
                classes[word.id] = (
                    word if known is None else known.model_copy(update={"forms": known.forms + word.forms})
                )
        _raise(problems)
        return tuple(classes.values())

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The statement rules, in the order of their files.

        Raises:
            RulesError: if a file is malformed or two rules have the same id.
        """
        problems: list[str] = []
        rules: dict[str, Rule] = {}
        for path, table in self._files("statements", StatementFile, problems):
            for rule in table.rule:
                if rule.id in rules:
                    problems.append(
                        f"{path}: rule {rule.id}: field id: used twice; an id is never used again, choose another"
                    )
                rules[rule.id] = rule
        _raise(problems)
        return tuple(rules.values())

    @cached_property
    def rewordings(self) -> dict[str, RewordingTable]:
        """The rewording for each code that has one; the newest version's file wins.

        Raises:
            RulesError: if a file is malformed or none is there.
        """
        problems: list[str] = []
        by_code: dict[str, RewordingTable] = {}
        for base in self.folders:
            path = base / "rewordings.toml"
            if not path.is_file():
                continue
            table = parse(path, path.read_bytes(), RewordingFile, problems)
            for rewording in table.rewording if table else ():
                by_code.update(dict.fromkeys(rewording.codes, rewording))
        if not by_code and not problems:
            problems.append(f"{self.folders[-1]}: no rewordings.toml; add one, or `extends` a shipped version")
        _raise(problems)
        return by_code

    def validate(self) -> RuleSet:
        """Read every file now.

        Raises:
            RulesError: with the faults of all files, not of the first only.
        """
        problems: list[str] = []
        for part in ("words", "rules", "rewordings"):
            try:
                getattr(self, part)
            except RulesError as error:
                problems.extend(error.problems)
        _raise(problems)
        return self


def _kind(word: WordClass) -> tuple[bool, bool, bool]:
    return word.polar, word.overlay, word.barrier


def _raise(problems: Iterable[str]) -> None:
    problems = list(problems)
    if problems:
        raise RulesError(problems)


def versions() -> tuple[str, ...]:
    """The shipped versions, oldest first."""
    return tuple(sorted(path.parent.name for path in rules_folder().glob("*/ruleset.toml")))


def load_rules(source: str | Path | None = None) -> RuleSet:
    """Rules by version (``"2018-11"``), from a folder of one's own (a path), or the newest (``None``).

    A folder holds a ``ruleset.toml`` and may ``extends`` a shipped version or another folder.

    Raises:
        RulesError: if the version or a file does not exist or is malformed; each fault is listed with its mend.
    """
    if source is None:
        return _shipped(NEWEST)
    if isinstance(source, str) and source in versions():
        return _shipped(source)
    path = Path(source)
    if not path.is_dir():
        raise RulesError([f"{source}: no such version or folder; shipped versions are {', '.join(versions())}"])
    return _load(path).validate()


@cache
def _shipped(version: str) -> RuleSet:
    return _load(rules_folder() / version)


def _lineage(folder: Path, problems: list[str]) -> tuple[str, list[Path]]:
    """The version named in ``folder`` and the folders that it rests on, oldest first."""
    lineage: list[Path] = []
    version = ""
    current: Path | None = folder
    while current is not None:
        path = current / "ruleset.toml"
        if current.resolve() in (known.resolve() for known in lineage):
            problems.append(f"{path}: field extends: goes round in a circle; break it")
            break
        if not path.is_file():
            problems.append(f"{path}: no such file; a folder of rules needs a ruleset.toml")
            break
        lineage.insert(0, current)
        table = parse(path, path.read_bytes(), RuleSetFile, problems)
        if table is None:
            break
        version = version or table.ruleset.version
        parent = table.ruleset.extends
        if parent is None:
            break
        beside, shipped = current / parent, rules_folder() / parent
        current = (
            beside if beside.is_dir() else current.parent / parent if (current.parent / parent).is_dir() else shipped
        )
        if not current.is_dir():
            problems.append(
                f"{path}: field extends: {parent!r} is neither a folder nor a shipped version ({', '.join(versions())})"
            )
            break
    return version, lineage


def _load(folder: Path) -> RuleSet:
    problems: list[str] = []
    version, lineage = _lineage(folder, problems)
    digest = hashlib.sha256()
    subjects: dict[str, SubjectFile] = {}
    exceptions: set[str] = set()
    for base in lineage:
        for path in sorted(base.rglob("*.toml")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(base).as_posix()}\0{len(content)}\0".encode() + content)
            if path.parent.name != "subjects":
                continue
            table = parse(path, content, SubjectFile, problems)
            if table is None:
                continue
            if table.subject.id in subjects:
                problems.append(f"{path}: subject {table.subject.id}: field id: used twice; choose another")
            for exception in table.exception:
                if exception.id in exceptions:
                    problems.append(f"{path}: exception {exception.id}: field id: used twice; choose another")
                exceptions.add(exception.id)
            subjects[table.subject.id] = table
    if not subjects and not problems:
        problems.append(f"{folder}: names no subject; add subjects/*.toml, or `extends` a shipped version")
    _raise(problems)
    return RuleSet(version, digest.hexdigest(), tuple(lineage), tuple(subjects.values()))
