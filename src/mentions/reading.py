"""The spaCy layer: a ``Doc`` over the tokens of a statement, and the rules' patterns matched on it.

This is the only module of the core that imports spaCy, and only when a statement has to be judged. There is no trained
model and no French pipeline: tokens come from the folded text, and what a pattern sees of a token is its labels (word
classes with their polarity, subjects, marks), carried as morphological features. The words themselves never enter spaCy's
string store, which would keep each one for ever; labels are a closed set.

A pattern is written as a row of elements: ``accept-`` (the class, denied), ``pay|deposit`` (either), ``paper?`` (or
nothing), ``..`` (up to six tokens that are no barrier), ``..12`` (up to twelve), ``...12`` (barriers too), ``=pas`` (that
function word), ``#cmu`` (that subject), ``<`` and ``>`` (the statement's ends).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .lexicon import Lexicon
from .rulefile import Rule, RulesError
from .tokens import FUNCTION_WORDS, Token

if TYPE_CHECKING:
    from spacy.matcher import Matcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

_ELEMENT = re.compile(r"(?P<gap>\.\.\.?)(?P<size>\d{1,2})?|(?P<labels>[A-Za-z_|^+~<>#=-]+)(?P<optional>\?)?")
_STRUCTURE = frozenset(
    [
        "STATUS",
        "STATUS-",
        "STATUS^",
        "STATUSni",
        "STATUSnone",
        "ENT",
        "ENT-",
        "ENT^",
        "ENTni",
        "ENTnone",
        "SUBJECT",
        "<",
        ">",
        "comma",
        "semicolon",
        "colon",
        "open",
        "close",
        "slash",
        "bar",
        "bullet",
        "arrow",
        "bang",
        "question",
        "stop",
        "dash",
        "equals",
        "dots",
        "amount",
        "plus",
        "respelt",
        "nominal",
        "negated",
        "restricted",
    ]
)


_SEEN = 4_000
"""Rows of labels whose matches are remembered."""


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern found in a statement: token indices ``start`` to ``end`` (exclusive)."""

    rule: Rule
    start: int
    end: int


class _Pattern:
    """A row of elements, compiled for spaCy; it is tried only on statements that hold all it needs."""

    def __init__(self, text: str, owner: str, known: frozenset[str]) -> None:
        self.text = text
        self.spec: list[dict[str, Any]] = []
        self.needs: list[frozenset[str]] = []
        self._longest = 0
        for part in text.split():
            match = _ELEMENT.fullmatch(part)
            if match is None:
                raise RulesError([f"rule {owner}: pattern {text!r}: {part!r} is no element; see docs/writing-rules.md"])
            if match["gap"]:
                gap = {"MORPH": {"INTERSECTS": ["L=passable"]}} if match["gap"] == ".." else {}
                # spaCy spells « {0,6} » out as six optional tokens, whose ways to match multiply; so a gap is open here
                # and its size is held by the length of the whole match.
                self.spec.append({**gap, "OP": "*"})
                self._longest += int(match["size"] or 6)
                continue
            labels = match["labels"].split("|")
            for label in labels:
                if label not in known:
                    raise RulesError(
                        [
                            f"rule {owner}: pattern {text!r}: {label!r} is no word class, subject or mark; list it in words/*.toml"
                        ]
                    )
            element: dict[str, Any] = {"MORPH": {"INTERSECTS": [f"L={_spell(label)}" for label in labels]}}
            if match["optional"]:
                element["OP"] = "?"
            else:
                self.needs.append(frozenset(labels))
            self.spec.append(element)
            self._longest += 1
        if not self.needs:
            raise RulesError([f"rule {owner}: pattern {text!r}: needs at least one element that is not optional"])
        self._matcher: Matcher | None = None

    def possible(self, labels: frozenset[str]) -> bool:
        return all(not need.isdisjoint(labels) for need in self.needs)

    def spans(self, doc: Doc) -> list[tuple[int, int]]:
        """Where the pattern matches: token indices, the end exclusive."""
        return [(start, end) for _, start, end in self.matcher(doc.vocab)(doc) if end - start <= self._longest]

    def matcher(self, vocab: Vocab) -> Matcher:
        """The spaCy matcher of this pattern, made at its first use."""
        if self._matcher is None:
            from spacy.matcher import Matcher

            matcher = Matcher(vocab)
            matcher.add("p", [self.spec])
            self._matcher = matcher
        return self._matcher


class _Compiled:
    def __init__(self, rule: Rule, known: frozenset[str]) -> None:
        self.rule = rule
        self.patterns = [_Pattern(p, rule.id, known) for p in rule.patterns]
        self.exceptions = [(e.anywhere, _Pattern(p, rule.id, known)) for e in rule.exceptions for p in e.patterns]


def _spell(label: str) -> str:
    """A label as a feature value: spaCy keeps ``|``, ``,`` and ``=`` for itself."""
    return label.replace("=", "word:")


class Reader:
    """The rules of a set, compiled; finds what a statement matches. Built once; matching is read-only."""

    def __init__(
        self, rules: Iterable[Rule], lexicon: Lexicon, classes: Iterable[str], subjects: Iterable[str]
    ) -> None:
        known = set(_STRUCTURE) | {f"={word}" for word in FUNCTION_WORDS} | {f"#{subject}" for subject in subjects}
        for name in classes:
            known.add(name)
            if name in lexicon.polar:
                known |= {name + sign for sign in "+-~"}
        problems: list[str] = []
        self._compiled: list[_Compiled] = []
        for rule in rules:
            try:
                self._compiled.append(_Compiled(rule, frozenset(known)))
            except RulesError as error:
                problems.extend(error.problems)
        if problems:
            raise RulesError(problems)
        self._barriers = lexicon.barriers
        self._seen: dict[tuple[frozenset[str], ...], list[Match]] = {}

    @cached_property
    def _vocab(self) -> Vocab:
        from spacy.vocab import Vocab

        return Vocab()

    def warm_up(self) -> None:
        """Import spaCy and compile every pattern now."""
        for compiled in self._compiled:
            for pattern in (*compiled.patterns, *(p for _, p in compiled.exceptions)):
                pattern.matcher(self._vocab)

    def matches(self, tokens: Sequence[Token]) -> list[Match]:
        """What the tokens match, exceptions taken into account; indices are those of ``tokens``."""
        # Patterns see labels and nothing else, so statements with the same labels (« CMU refusée ») are matched once.
        key = tuple(frozenset(token.labels) for token in tokens)
        found = self._seen.get(key)
        if found is None:
            found = self._matches(tokens)
            if len(self._seen) < _SEEN:
                self._seen[key] = found
        return found

    def _matches(self, tokens: Sequence[Token]) -> list[Match]:

        status = any(t.has("STATUS") for t in tokens)
        labels: set[str] = {"<", ">"}
        for token in tokens:
            labels |= token.labels
        present = frozenset(labels)
        doc: Doc | None = None
        found: list[Match] = []
        for compiled in self._compiled:
            if compiled.rule.about != "any" and (compiled.rule.about == "status") != status:
                continue
            spans: list[tuple[int, int]] = []
            for pattern in compiled.patterns:
                if pattern.possible(present):
                    if doc is None:
                        doc = self._doc(tokens)
                    spans.extend(pattern.spans(doc))
            if not spans or doc is None:
                continue
            barred: list[tuple[int, int]] = []
            for anywhere, pattern in compiled.exceptions:
                if pattern.possible(present):
                    exempted = pattern.spans(doc)
                    barred.extend([(0, len(doc))] if anywhere and exempted else exempted)
            for start, end in spans:
                if not any(s < end and start < e for s, e in barred):
                    found.append(Match(compiled.rule, max(0, start - 1), min(len(tokens), end - 1)))
        return found

    def _doc(self, tokens: Sequence[Token]) -> Doc:
        from spacy.tokens import Doc

        features = ["L=" + _spell("<")]
        for token in tokens:
            values = sorted(_spell(label) for label in token.labels)
            if self._barriers.isdisjoint(token.labels):
                values.append("passable")
            features.append("L=" + ",".join(values) if values else "L=none")
        features.append("L=" + _spell(">"))
        return Doc(self._vocab, words=["x"] * len(features), morphs=features)
