"""Rule sets: which files make a version, what it inherits, and the digest that names its content.

Only the subject files are read at once: a text that names no subject needs no more. Word classes, statements and
rewordings are read when the first statement has to be judged, or by :meth:`RuleSet.validate`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from .model import RuleChange, RulesInfo
from .rulefile import (
    FILES,
    FOLDERS,
    HELD,
    AddedException,
    AddedLookAlike,
    ExceptionFile,
    FileT,
    LookAlike,
    RewordingFile,
    RewordingTable,
    Rule,
    RuleException,
    RulesError,
    RuleSetFile,
    StatementFile,
    SubjectFile,
    SubjectTable,
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


def is_own(folder: Path) -> bool:
    """Whether a folder of rules is not shipped."""
    return folder.resolve().parent != rules_folder().resolve()


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of a rule file, and where it stands."""

    kind: Literal["subject", "word", "rule", "exception", "rewording"]
    id: str
    table: SubjectTable | WordClass | Rule | AddedException | AddedLookAlike | RewordingTable
    path: Path

    @property
    def folder(self) -> Path:
        """The folder of rules that it belongs to."""
        return self.path.parent if self.path.name in FILES else self.path.parent.parent

    @property
    def why(self) -> str | None:
        """The reason that its author gives for it."""
        return self.table.reason if isinstance(self.table, RuleException | LookAlike) else self.table.why


@dataclass(frozen=True)
class RuleSet:
    """One version of the rules, with all that it inherits."""

    version: str
    digest: str
    folders: tuple[Path, ...]
    """From the oldest ancestor to this version's own folder."""
    subjects: tuple[SubjectFile, ...]
    subject_paths: tuple[Path, ...]
    """The file of each of ``subjects``."""
    heads: tuple[RuleSetFile, ...]
    """The ``ruleset.toml`` of each folder."""
    exceptions: tuple[tuple[Path, ExceptionFile], ...]
    """What heirs take out of the reach of inherited rules and subjects, and the files that say so."""

    def _files(self, folder: str, kind: type[FileT], problems: list[str]) -> list[tuple[Path, FileT]]:
        found: list[tuple[Path, FileT]] = []
        for base in self.folders:
            for path in sorted((base / folder).glob("*.toml")):
                table = parse(path, path.read_bytes(), kind, problems)
                if table is not None:
                    found.append((path, table))
        return found

    @cached_property
    def _word_files(self) -> tuple[list[tuple[Path, WordFile]], list[str]]:
        problems: list[str] = []
        return self._files("words", WordFile, problems), problems

    @cached_property
    def _statement_files(self) -> tuple[list[tuple[Path, StatementFile]], list[str]]:
        problems: list[str] = []
        return self._files("statements", StatementFile, problems), problems

    @cached_property
    def words(self) -> tuple[WordClass, ...]:
        """The word classes; a class named again in an heir gains that file's forms.

        Raises:
            RulesError: if a file is malformed.
        """
        files, faults = self._word_files
        problems = list(faults)
        classes: dict[str, WordClass] = {}
        for path, table in files:
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
        """The statement rules that are in force, in the order of their files, with the exceptions that heirs add.

        Raises:
            RulesError: if a file is malformed, two rules have the same id, or one that is not there is spoken of.
        """
        files, faults = self._statement_files
        problems = list(faults)
        rules: dict[str, Rule] = {}
        for path, table in files:
            for rule in table.rule:
                if rule.id in rules:
                    problems.append(
                        f"{path}: rule {rule.id}: field id: used twice; an id is never used again, choose another"
                    )
                rules[rule.id] = rule
        if not faults:  # else a rule may seem to be missing whose file is broken
            for folder, head in zip(self.folders, self.heads, strict=True):
                self._switch_off(folder, head, rules, problems)
                self._except(folder, rules, problems)
        _raise(problems)
        return tuple(rules.values())

    def _switch_off(self, folder: Path, head: RuleSetFile, rules: dict[str, Rule], problems: list[str]) -> None:
        own = {rule.id for path, file in self._statement_files[0] if path.parent.parent == folder for rule in file.rule}
        for off in head.off:
            place = f"{folder / 'ruleset.toml'}: off {off.id}: field id: "
            if off.id in own:
                problems.append(f"{place}is a rule of this folder; take it out of its file instead")
            elif rules.pop(off.id, None) is None:
                problems.append(f"{place}no rule in force has this id; `mentions rules list` shows those that are")

    def _except(self, folder: Path, rules: dict[str, Rule], problems: list[str]) -> None:
        for path, added in (
            (path, e) for path, f in self.exceptions if path.parent.parent == folder for e in f.exception
        ):
            rule = rules.get(added.rule)
            place = f"{path}: exception {added.id}: field "
            if rule is None:
                problems.append(
                    f"{place}rule: {added.rule!r} is no rule in force; `mentions rules list` shows those that are"
                )
            elif added.id in (known.id for known in rule.exceptions):
                problems.append(f"{place}id: used twice; choose another")
            else:
                rules[rule.id] = rule.model_copy(update={"exceptions": (*rule.exceptions, added)})

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """All that the files hold, each with its file: subjects, word classes, rules, added exceptions, rewordings.

        A rule that an heir switches off is among them.
        """
        return (
            *(
                Entry("subject", file.subject.id, file.subject, path)
                for file, path in zip(self.subjects, self.subject_paths, strict=True)
            ),
            *(Entry("word", table.id, table, path) for path, file in self._word_files[0] for table in file.class_),
            *(Entry("rule", table.id, table, path) for path, file in self._statement_files[0] for table in file.rule),
            *(Entry("exception", e.id, e, path) for path, file in self.exceptions for e in file.look_alike),
            *(Entry("exception", e.id, e, path) for path, file in self.exceptions for e in file.exception),
            *(
                Entry("rewording", table.kind, table, path)
                for path, file in self._rewording_files[0]
                for table in file.rewording
            ),
        )

    @cached_property
    def changes(self) -> tuple[RuleChange, ...]:
        """What folders of one's own add to what they extend, or switch off there; nothing for the shipped versions.

        Where an addition gives no reason of its own, it is the title of its folder's version.
        """
        changes: list[RuleChange] = []
        for folder, head in list(zip(self.folders, self.heads, strict=True))[1:]:
            if is_own(folder):
                changes.extend(
                    RuleChange(kind=entry.kind, id=entry.id, reason=entry.why or head.ruleset.title)
                    for entry in self.entries
                    if entry.folder == folder
                )
                changes.extend(RuleChange(kind="off", id=off.id, reason=off.reason) for off in head.off)
        return tuple(changes)

    @property
    def info(self) -> RulesInfo:
        """What reports carry of these rules."""
        return RulesInfo(version=self.version, digest=self.digest, changes=self.changes)

    @cached_property
    def _rewording_files(self) -> tuple[list[tuple[Path, RewordingFile]], list[str]]:
        problems: list[str] = []
        paths = [path for base in self.folders if (path := base / "rewordings.toml").is_file()]
        tables = [(path, parse(path, path.read_bytes(), RewordingFile, problems)) for path in paths]
        return [(path, table) for path, table in tables if table is not None], problems

    @cached_property
    def rewordings(self) -> dict[str, RewordingTable]:
        """The rewording for each code that has one; the newest version's file wins.

        Raises:
            RulesError: if a file is malformed or none is there.
        """
        files, faults = self._rewording_files
        problems = list(faults)
        by_code: dict[str, RewordingTable] = {}
        for _, table in files:
            for rewording in table.rewording:
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


def read_rules(source: str | Path | None = None) -> RuleSet:
    """Rules as :func:`mentions.load_rules` takes them, their files read; what patterns name is not looked up.

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


def _lineage(folder: Path, problems: list[str]) -> list[tuple[Path, RuleSetFile]]:
    """``folder`` and the folders that it rests on, oldest first, each with its ``ruleset.toml``."""
    lineage: list[tuple[Path, RuleSetFile]] = []
    current: Path | None = folder
    while current is not None:
        path = current / "ruleset.toml"
        if current.resolve() in (known.resolve() for known, _ in lineage):
            problems.append(f"{path}: field extends: goes round in a circle; break it")
            break
        if not path.is_file():
            problems.append(f"{path}: no such file; a folder of rules needs a ruleset.toml")
            break
        table = parse(path, path.read_bytes(), RuleSetFile, problems)
        if table is None:
            break
        lineage.insert(0, (current, table))
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
    return lineage


def _load(folder: Path) -> RuleSet:
    problems: list[str] = []
    lineage = _lineage(folder, problems)
    folders = [base for base, _ in lineage]
    digest = hashlib.sha256()
    subjects: dict[str, SubjectFile] = {}
    paths: dict[str, Path] = {}
    exceptions: list[tuple[Path, ExceptionFile]] = []
    seen: set[str] = set()
    for base in folders:
        context = None if is_own(base) else HELD
        for path in _files_of(base, folders, problems):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(base).as_posix()}\0{len(content)}\0".encode() + content)
            if path.parent.name == "exceptions":
                added = parse(path, content, ExceptionFile, problems)
                if added is not None:
                    exceptions.append((path, added))
                continue
            if path.parent.name != "subjects":
                continue
            table = parse(path, content, SubjectFile, problems, context)
            if table is None:
                continue
            if table.subject.id in subjects:
                problems.append(f"{path}: subject {table.subject.id}: field id: used twice; choose another")
            for exception in table.exception:
                _new_id(exception, path, seen, problems)
            subjects[table.subject.id] = table
            paths[table.subject.id] = path
    if not subjects and not problems:
        problems.append(f"{folder}: names no subject; add subjects/*.toml, or `extends` a shipped version")
    if not problems:
        _add_look_alikes(exceptions, subjects, seen, problems)
    _raise(problems)
    heads = tuple(head for _, head in lineage)
    return RuleSet(
        version=heads[-1].ruleset.version,
        digest=digest.hexdigest(),
        folders=tuple(folders),
        subjects=tuple(subjects.values()),
        subject_paths=tuple(paths[name] for name in subjects),
        heads=heads,
        exceptions=tuple(exceptions),
    )


def _files_of(base: Path, folders: Sequence[Path], problems: list[str]) -> Iterator[Path]:
    """The TOML files of a folder, without those of another of ``folders`` that lies in it; none is passed over in silence."""
    others = [other for other in folders if other != base and other.is_relative_to(base)]
    for path in sorted(base.rglob("*.toml")):
        if any(path.is_relative_to(other) for other in others):
            continue
        known = (
            path.name in FILES if path.parent == base else path.parent.parent == base and path.parent.name in FOLDERS
        )
        if known:
            yield path
        else:
            places = ", ".join([*FILES, *(f"{name}/*.toml" for name in FOLDERS)])
            problems.append(f"{path}: no place for a rule file; a folder of rules holds {places}; move it or rename it")


def _new_id(exception: LookAlike, path: Path, seen: set[str], problems: list[str]) -> None:
    if exception.id in seen:
        problems.append(f"{path}: exception {exception.id}: field id: used twice; choose another")
    seen.add(exception.id)


def _add_look_alikes(
    files: Iterable[tuple[Path, ExceptionFile]], subjects: dict[str, SubjectFile], seen: set[str], problems: list[str]
) -> None:
    for path, file in files:
        for added in file.look_alike:
            _new_id(added, path, seen, problems)
            subject = subjects.get(added.subject)
            if subject is None:
                known = ", ".join(subjects)
                problems.append(
                    f"{path}: look_alike {added.id}: field subject: {added.subject!r} is no subject; write one of {known}"
                )
            else:
                subjects[added.subject] = subject.model_copy(update={"exception": (*subject.exception, added)})
