"""What a rule author would want to know of rules that can be used, but do not do what they seem to say.

Faults that keep rules from being used are no lints: loading tells them (:class:`mentions.RulesError`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from .drafts import UNFILLED
from .judgement import judge
from .moderator import Moderator, Reading
from .normalize import fold
from .reading import Match
from .rulefile import FOLDERS, AddedException, LookAlike, Rule, RuleException, RuleSetFile, SubjectFile, SubjectTable
from .ruleset import Entry, RuleSet, is_own
from .subjects import SubjectFinder

Lint = Literal[
    "pattern-unused",
    "pattern-duplicate",
    "pattern-shadowed",
    "exception-idle",
    "example-wrong",
    "example-span",
    "id-reused",
    "version-not-raised",
    "reason-missing",
    "draft-unfilled",
    "file-not-read",
]


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing to look at: where it is, what it is, and how to mend it."""

    lint: Lint
    place: str
    """The file and the id: ``own/statements/queue.toml: rule own-queue``."""
    message: str

    def __str__(self) -> str:
        """The whole on one line."""
        return f"{self.place}: {self.message} [{self.lint}]"


def lint(rules: RuleSet, texts: Iterable[str] = ()) -> list[Advice]:
    """Advice on the folders that are not shipped, or on all files where all are, in their order.

    A pattern counts as used if it matches an example of any rule, or one of ``texts``.

    Raises:
        RulesError: if a file is malformed.
    """
    rules.validate()
    own = any(map(is_own, rules.folders))
    entries = [entry for entry in rules.entries if not own or is_own(entry.folder)]
    moderator = Moderator(rules)
    return [
        *_subjects(rules, entries),
        *_rules(moderator, entries),
        *_patterns(moderator, entries, texts),
        *(_reasons(rules, entries) if own else ()),
        *_unfilled(rules, entries),
        *_files(rules),
    ]


def changed(old: RuleSet, new: RuleSet) -> list[Advice]:
    """Advice on what became of ``old`` in ``new``: ids given to something else, content changed under one version.

    A rule's content is all of it but its examples and reasons for its exceptions.
    """
    before = {(entry.kind, entry.id): entry.table for entry in old.entries}
    advice: list[Advice] = []
    if old.version == new.version and old.digest != new.digest:
        advice.append(
            Advice(
                "version-not-raised",
                f"{new.folders[-1] / 'ruleset.toml'}: ruleset {new.version}",
                "names other content elsewhere; give this content a version of its own",
            )
        )
    in_force = {rule.id: rule for rule in new.rules}
    for rule in old.rules:
        if rule.id in in_force:
            entry = next(e for e in new.entries if (e.kind, e.id) == ("rule", rule.id))
            advice.extend(_changed_rule(rule, in_force[rule.id], entry))
    for entry in new.entries:
        old_table, table = before.get((entry.kind, entry.id)), entry.table
        if isinstance(old_table, SubjectTable) and isinstance(table, SubjectTable):
            if (old_table.kind, old_table.full_name) != (table.kind, table.full_name):
                advice.append(
                    Advice("id-reused", _place(entry), f"was {old_table.full_name!r} before; choose another id")
                )
    return advice


def _changed_rule(old: Rule, new: Rule, entry: Entry) -> Iterator[Advice]:
    if (old.code, old.about) != (new.code, new.about):
        yield Advice(
            "id-reused",
            _place(entry),
            f"was {old.code} about {old.about} and is {new.code} about {new.about}; an id stays with what it says, choose another",
        )
    elif _content(old) != _content(new) and new.version <= old.version:
        yield Advice(
            "version-not-raised",
            _place(entry),
            f"its content changed and its version is {new.version} still; write version = {old.version + 1}",
        )


def _content(rule: Rule) -> tuple[object, ...]:
    kept = rule.model_dump(exclude={"version", "examples", "silent", "why", "exceptions"})
    return (*kept.items(), *((e.id, e.patterns, e.anywhere) for e in rule.exceptions))


def _place(entry: Entry) -> str:
    return f"{entry.path}: {entry.kind} {entry.id}"


# -- subjects ----------------------------------------------------------------------------------------------------------


def _subjects(rules: RuleSet, entries: Sequence[Entry]) -> Iterator[Advice]:
    finder = SubjectFinder(rules.subjects)
    added = {entry.id: entry for entry in entries if isinstance(entry.table, LookAlike)}
    named = {entry.id: entry for entry in entries if entry.kind == "subject"}
    for file in rules.subjects:
        entry = named.get(file.subject.id)
        if entry is not None:
            yield from _subject_examples(finder, file, _place(entry))
        for exception in file.exception:
            place = added.get(exception.id)
            if place is not None:
                yield from _look_alike(rules, finder, file, exception, _place(place))
            elif entry is not None:
                yield from _look_alike(rules, finder, file, exception, f"{entry.path}: exception {exception.id}")


def _subject_examples(finder: SubjectFinder, file: SubjectFile, place: str) -> Iterator[Advice]:
    for example in file.subject.examples:
        if not finder.might_name(example.text):
            yield Advice(
                "example-wrong",
                place,
                f"{example.text!r} does not open the gate: no form of the subject leads to it; give one that does",
            )
            continue
        folded = fold(example.text)
        found = [n for n in finder.find(folded) if n.id == file.subject.id]
        spans = [folded.original[slice(*folded.span(n.start, n.end))] for n in found]
        if spans != [example.span]:
            yield Advice("example-wrong", place, f"{example.text!r} names it in {spans}, not in {[example.span]}")
        elif example.written not in (None, found[0].written):
            yield Advice("example-wrong", place, f"{example.text!r} is read {found[0].written}, not {example.written}")


def _look_alike(
    rules: RuleSet, finder: SubjectFinder, file: SubjectFile, exception: LookAlike, place: str
) -> Iterator[Advice]:
    rest = file.model_copy(update={"exception": tuple(e for e in file.exception if e.id != exception.id)})
    without = SubjectFinder([f if f is not file else rest for f in rules.subjects])

    def names(finder: SubjectFinder, text: str) -> bool:
        return file.subject.id in (n.id for n in finder.find(fold(text)))

    for text in exception.examples:
        if names(finder, text):
            yield Advice("example-wrong", place, f"{text!r} is still read as {file.subject.id}; widen the pattern")
    if not any(names(without, text) for text in exception.examples):
        yield Advice(
            "exception-idle", place, "without it its examples are read no otherwise; take it out, or give one that is"
        )


# -- rules -------------------------------------------------------------------------------------------------------------


def _rules(moderator: Moderator, entries: Sequence[Entry]) -> Iterator[Advice]:
    added = {(e.table.rule, e.id): e for e in entries if isinstance(e.table, AddedException)}
    own = {entry.id: entry for entry in entries if entry.kind == "rule"}
    for rule in moderator.rules.rules:
        entry = own.get(rule.id)
        if entry is not None:
            yield from _examples(moderator, rule, _place(entry))
            ids = [exception.id for exception in rule.exceptions]
            for name in sorted({name for name in ids if ids.count(name) > 1}):
                yield Advice("id-reused", _place(entry), f"several exceptions are called {name!r}; choose other ids")
        for exception in rule.exceptions:
            place = added.get((rule.id, exception.id), entry)
            if place is not None:
                where = f"{place.path}: rule {rule.id}, exception {exception.id}"
                yield from _exception(moderator, rule, exception, where)


def _examples(moderator: Moderator, rule: Rule, place: str) -> Iterator[Advice]:
    for example in rule.examples:
        mentions = moderator.check(example.text).mentions
        spans = [m.text for m in mentions if m.rule == f"{rule.id}@{rule.version}"]
        if not spans:
            others = ", ".join(m.rule for m in mentions) or "no rule"
            yield Advice(
                "example-wrong",
                place,
                f"{example.text!r} is answered by {others}; mend a pattern, the rank or the example",
            )
        elif example.span is None and spans != [example.text]:
            yield Advice("example-span", place, f"{example.text!r} has no span; write span = {spans[0]!r}")
        elif example.span is not None and spans != [example.span]:
            yield Advice(
                "example-span", place, f"{example.text!r}: the mention is {spans[0]!r}; write that as its span"
            )
    for text in rule.silent:
        if found := moderator.check(text).mentions:
            yield Advice("example-wrong", place, f"{text!r} is not silent: {found[0].rule} answers it")


def _exception(moderator: Moderator, rule: Rule, exception: RuleException, place: str) -> Iterator[Advice]:
    rest = tuple(e for e in rule.exceptions if e.id != exception.id)
    without = moderator.reader_of([rule.model_copy(update={"exceptions": rest})])
    for text in exception.examples:
        readings = list(moderator.readings(text))
        if any(r.verdict is not None and r.verdict.rule.id == rule.id for r in readings):
            yield Advice("example-wrong", place, f"{text!r} is answered by {rule.id} all the same; widen its patterns")
        elif not any(_would_answer(reading, rule, without.matches(reading.tokens)) for reading in readings):
            yield Advice(
                "exception-idle",
                place,
                f"{text!r} is answered no otherwise without it; take it out, or give another text",
            )


def _would_answer(reading: Reading, rule: Rule, matches: Sequence[Match]) -> bool:
    verdict = judge([*(m for m in reading.matches if m.rule.id != rule.id), *matches])
    return verdict is not None and verdict.rule.id == rule.id


# -- patterns ----------------------------------------------------------------------------------------------------------


def _patterns(moderator: Moderator, entries: Sequence[Entry], texts: Iterable[str]) -> Iterator[Advice]:
    places = {entry.id: _place(entry) for entry in entries if entry.kind == "rule"}
    ranked = sorted(moderator.rules.rules, key=lambda rule: -rule.rank)
    own = [rule for rule in moderator.rules.rules if rule.id in places]
    for rule in own:
        for number, pattern in enumerate(rule.patterns):
            yield from _needless(rule, number, pattern, ranked, places[rule.id])
    # Each pattern as a rule of its own, so that the reader tells which of them match.
    single = {f"{rule.id} {number}": (rule, pattern) for rule in own for number, pattern in enumerate(rule.patterns)}
    reader = moderator.reader_of(
        rule.model_copy(update={"id": name, "patterns": (pattern,), "exceptions": ()})
        for name, (rule, pattern) in single.items()
    )
    used: set[str] = set()
    for text in (*_all_examples(moderator.rules), *texts):
        for reading in moderator.readings(text):
            for row in (reading.alone, reading.tokens):
                used.update(match.rule.id for match in reader.matches(row))
    for name, (rule, pattern) in single.items():
        if name not in used:
            yield Advice(
                "pattern-unused", places[rule.id], f"pattern {pattern!r} matches no example; give one, or take it out"
            )


def _all_examples(rules: RuleSet) -> Iterator[str]:
    for rule in rules.rules:
        yield from (example.text for example in rule.examples)
        yield from (text for exception in rule.exceptions for text in exception.examples)


def _needless(rule: Rule, number: int, pattern: str, ranked: Sequence[Rule], place: str) -> Iterator[Advice]:
    """A pattern that changes no answer, since whatever it matches another one answers already."""
    for other_number, other in enumerate(rule.patterns):
        if other.split() == pattern.split() and other_number < number:
            yield Advice("pattern-duplicate", place, f"pattern {pattern!r} stands here twice; take one out")
            return
        if other.split() != pattern.split() and _covers(other, pattern):
            yield Advice(
                "pattern-shadowed", place, f"pattern {pattern!r} matches only where {other!r} does; take it out"
            )
            return
    for higher in ranked:
        if higher.rank > rule.rank and higher.about in ("any", rule.about) and not higher.exceptions:
            for other in higher.patterns:
                if _covers(other, pattern):
                    yield Advice(
                        "pattern-shadowed",
                        place,
                        f"pattern {pattern!r} never answers: {other!r} of {higher.id} matches there too, at a higher rank",
                    )
                    return


def _covers(wide: str, narrow: str) -> bool:
    """Whether ``wide`` matches wherever ``narrow`` does, as their elements show: the one is part of the other.

    The gaps of a pattern share their sizes, so a part that holds one must hold all of them.
    """
    part, whole = wide.split(), narrow.split()
    for at in range(len(whole) - len(part) + 1):
        if whole[at : at + len(part)] == part:
            around = [*whole[:at], *whole[at + len(part) :]]
            if not any(map(_is_gap, part)) or not any(map(_is_gap, around)):
                return True
    return False


def _is_gap(element: str) -> bool:
    return element.startswith("..")


# -- reasons and files -------------------------------------------------------------------------------------------------


def _reasons(rules: RuleSet, entries: Sequence[Entry]) -> Iterator[Advice]:
    for entry in entries:
        if entry.folder != rules.folders[0] and entry.why is None:
            yield Advice("reason-missing", _place(entry), "does not say why it is added; write why: reports carry it")


def _unfilled(rules: RuleSet, entries: Sequence[Entry]) -> Iterator[Advice]:
    """What a draft left for the author to write, and still stands."""
    tables: list[tuple[str, BaseModel]] = [(_place(entry), entry.table) for entry in entries]
    for folder, head in zip(rules.folders, rules.heads, strict=True):
        tables += [(f"{folder / 'ruleset.toml'}: {table}", part) for table, part in _parts(head)]
    for place, table in tables:
        fields = [
            name for name, value in table if value == UNFILLED or (isinstance(value, tuple) and UNFILLED in value)
        ]
        if fields:
            yield Advice(
                "draft-unfilled", place, f"{UNFILLED!r} still stands in {', '.join(fields)}; write what is meant"
            )


def _parts(head: RuleSetFile) -> Iterator[tuple[str, BaseModel]]:
    yield "ruleset", head.ruleset
    yield from ((f"off {off.id}", off) for off in head.off)


def _files(rules: RuleSet) -> Iterator[Advice]:
    for folder in rules.folders:
        for name in FOLDERS:
            for path in sorted((folder / name).glob("*")):
                if path.suffix not in (".toml", ".md"):
                    yield Advice("file-not-read", str(path), "rule files end in .toml; rename it, or move it elsewhere")
