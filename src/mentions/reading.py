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
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

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


_PASSABLE = "passable"


class _Places:
    """Where the tokens of a statement, framed by « < » and « > », have which label: as the bits of integers."""

    def __init__(self, tokens: Sequence[Token], barriers: frozenset[str]) -> None:
        self.size = len(tokens) + 2
        self.of: dict[str, int] = {"<": 1, ">": 1 << self.size - 1, _PASSABLE: 0}
        of = self.of
        for i, token in enumerate(tokens):
            bit = 2 << i
            for label in token.labels:
                of[label] = of.get(label, 0) | bit
            if barriers.isdisjoint(token.labels):
                of[_PASSABLE] |= bit


class _Pattern:
    """A row of elements, compiled for spaCy; it is tried only on statements that it fits."""

    def __init__(self, text: str, owner: str, known: frozenset[str]) -> None:
        self.text = text
        self.spec: list[dict[str, Any]] = []
        self.needs: list[frozenset[str]] = []
        self._elements: list[tuple[str, tuple[str, ...]]] = []
        """How often each may stand (``""``: once, ``"?"``, ``"*"``), and the labels one of which it asks for; none: any."""
        self._longest = 0
        for part in text.split():
            match = _ELEMENT.fullmatch(part)
            if match is None:
                raise RulesError([f"rule {owner}: pattern {text!r}: {part!r} is no element; see docs/writing-rules.md"])
            if match["gap"]:
                gap = {"MORPH": {"INTERSECTS": [f"L={_PASSABLE}"]}} if match["gap"] == ".." else {}
                self._elements.append(("*", (_PASSABLE,) if gap else ()))
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
            self._elements.append((match["optional"] or "", tuple(labels)))
            if match["optional"]:
                element["OP"] = "?"
            else:
                self.needs.append(frozenset(labels))
            self.spec.append(element)
            self._longest += 1
        if not self.needs:
            raise RulesError([f"rule {owner}: pattern {text!r}: needs at least one element that is not optional"])
        self._matcher: Matcher | None = None

    def fits(self, places: _Places) -> bool:
        """Whether the elements follow one another somewhere, however long the gaps.

        All places are followed at once: each bit of ``reached`` is one behind which the elements so far can end.
        """
        of = places.of
        reached = (1 << places.size) - 1
        for often, labels in self._elements:
            there = 0
            for label in labels:
                there |= of.get(label, 0)
            if not often:
                reached = (reached & there) << 1
                if not reached:
                    return False
            elif often == "?":
                reached |= (reached & there) << 1
            elif labels:  # adding carries each bit to the end of the row of ones that it stands in
                reached |= ((reached & there) + there) ^ there
            else:
                reached |= (2 << places.size) - (reached & -reached)
        return True

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


class _Fitting(NamedTuple):
    """What a statement may match: the patterns that it fits, by the number of their rule."""

    places: _Places
    rules: Mapping[int, Iterable[_Pattern]]
    doc: Doc


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
        asked = Counter(label for compiled in self._compiled for p in compiled.patterns for n in p.needs for label in n)
        self._by_label: dict[str, list[tuple[int, _Pattern]]] = defaultdict(list)
        """The patterns of rules, with the number of the rule, by the labels one of which the rarest of their needs has."""
        for number, compiled in enumerate(self._compiled):
            for pattern in compiled.patterns:
                for label in min(pattern.needs, key=lambda need: sum(asked[label] for label in need)):
                    self._by_label[label].append((number, pattern))
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
        fitting = self._fitting(tokens)
        return [match for number in sorted(fitting.rules) for match in self._of_rule(number, fitting)]

    def foremost(self, tokens: Sequence[Token]) -> list[Match]:
        """Those of the matches whose rules have the highest rank: all that a verdict needs, for less."""
        # Patterns see labels and nothing else, so statements with the same labels (« CMU refusée ») are matched once.
        key = tuple(frozenset(token.labels) for token in tokens)
        found = self._seen.get(key)
        if found is None:
            found = self._foremost(tokens)
            if len(self._seen) < _SEEN:
                self._seen[key] = found
        return found

    def _foremost(self, tokens: Sequence[Token]) -> list[Match]:
        def rank(number: int) -> int:
            return self._compiled[number].rule.rank

        fitting = self._fitting(tokens)
        for _, numbers in groupby(sorted(sorted(fitting.rules), key=rank, reverse=True), key=rank):
            if found := [match for number in numbers for match in self._of_rule(number, fitting)]:
                return found
        return []

    def _fitting(self, tokens: Sequence[Token]) -> _Fitting:
        about = "status" if any(t.has("STATUS") for t in tokens) else "entitlement"
        places = _Places(tokens, self._barriers)
        rules: dict[int, set[_Pattern]] = defaultdict(set)
        for label in places.of.keys() & self._by_label.keys():
            for number, pattern in self._by_label[label]:
                if self._compiled[number].rule.about in ("any", about) and pattern.fits(places):
                    rules[number].add(pattern)
        return _Fitting(places, rules, self._doc(tokens))

    def _of_rule(self, number: int, fitting: _Fitting) -> Iterator[Match]:
        """The matches of a rule that no exception overlaps."""
        doc, places = fitting.doc, fitting.places
        compiled = self._compiled[number]
        spans = [span for pattern in fitting.rules[number] for span in pattern.spans(doc)]
        barred: list[tuple[int, int]] = []
        for anywhere, pattern in compiled.exceptions if spans else ():
            if pattern.fits(places):
                exempted = pattern.spans(doc)
                barred.extend([(0, places.size)] if anywhere and exempted else exempted)
        for start, end in spans:
            if not any(s < end and start < e for s, e in barred):
                yield Match(compiled.rule, max(0, start - 1), min(places.size - 2, end - 1))

    def _doc(self, tokens: Sequence[Token]) -> Doc:
        from spacy.tokens import Doc

        features = ["L=" + _spell("<")]
        for token in tokens:
            values = [_spell(label) for label in token.labels]
            if self._barriers.isdisjoint(token.labels):
                values.append(_PASSABLE)
            # Sorted, as spaCy keeps them: a row that it knows already is not read again.
            features.append("L=" + ",".join(sorted(values)) if values else "L=none")
        features.append("L=" + _spell(">"))
        return Doc(self._vocab, words=["x"] * len(features), morphs=features)
