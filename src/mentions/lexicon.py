"""Word classes: which words of a statement mean « accepter », « payer », « apporter »…, as the word files list them.

Forms are runs of words in folded spelling. The longest run wins; between single words, a word given whole wins over one
given by its beginning (``accept*``), and a longer beginning over a shorter one, so that a file can make an exception of
one word without touching the rule for its kin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from rapidfuzz.distance import OSA, Levenshtein

from .rulefile import RulesError, WordClass

_NO_ENDINGS = frozenset(
    [
        "ne",
        "n",
        "se",
        "s",
        "le",
        "les",
        "la",
        "l",
        "me",
        "m",
        "te",
        "t",
        "ce",
        "c",
        "de",
        "d",
        "des",
        "du",
        "un",
        "une",
        "a",
        "et",
        "ou",
        "y",
        "en",
        "ni",
        "ma",
        "ta",
        "sa",
        "es",
        "est",
        "ai",
        "as",
        "ait",
        "aient",
        "ont",
        "ons",
        "ions",
    ]
)
"""Words that end other words (« opticienne ») rather than a row of words run together."""
ORDINARY = "ordinary"
"""The class of words that are never read as a misspelling of others; it labels nothing."""
_ANY = "_"
_CACHE_LIMIT = 20_000
_FORM_WORD = re.compile(r"\(?[^\s()]+\)?")


_Words = tuple[tuple[frozenset[str], tuple[str, ...]], ...]
"""A form: for each of its words the whole words and the beginnings that it may be; both empty: any word."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A form of several words: what each may be."""

    words: _Words
    classes: frozenset[str]

    def fits(self, words: Sequence[str | None], at: int) -> bool:
        if at + len(self.words) > len(words):
            return False
        for offset, (whole, beginnings) in enumerate(self.words):
            word = words[at + offset]
            if word is None:
                return False
            if (whole or beginnings) and word not in whole and not word.startswith(beginnings or ("\0",)):
                return False
        return True


class _Bucket:
    """Forms with one first word, by their second."""

    def __init__(self) -> None:
        self._whole: dict[str, list[_Entry]] = {}
        self._open: list[_Entry] = []

    def add(self, entry: _Entry) -> None:
        whole, beginnings = entry.words[1]
        if beginnings or not whole:
            self._open.append(entry)
        else:
            for word in whole:
                self._whole.setdefault(word, []).append(entry)

    def before(self, following: str) -> Iterator[_Entry]:
        yield from self._whole.get(following, ())
        yield from self._open


class _Index:
    """Forms of some classes, looked up by their first word."""

    def __init__(self, classes: Iterable[WordClass]) -> None:
        self.whole: dict[str, set[str]] = {}
        self.beginnings: dict[str, set[str]] = {}
        runs: dict[_Words, set[str]] = {}
        for word_class in classes:
            for form in word_class.forms:
                for words in _expand(form, word_class.id):
                    if len(words) > 1:
                        runs.setdefault(words, set()).add(word_class.id)
                        continue
                    for word in words[0][0]:
                        self.whole.setdefault(word, set()).add(word_class.id)
                    for beginning in words[0][1]:
                        self.beginnings.setdefault(beginning, set()).add(word_class.id)
        self.vocabulary = frozenset(w for words in runs for whole, _ in words for w in whole)
        self._lengths = sorted({len(b) for b in self.beginnings}, reverse=True)
        self._by_word: dict[str, _Bucket] = {}
        self._by_beginning: dict[str, _Bucket] = {}
        for words, ids in sorted(runs.items(), key=lambda item: -len(item[0])):
            entry = _Entry(words, frozenset(ids))
            for word in words[0][0]:
                self._by_word.setdefault(word, _Bucket()).add(entry)
            for beginning in words[0][1]:
                self._by_beginning.setdefault(beginning, _Bucket()).add(entry)
        self._run_lengths = sorted({len(b) for b in self._by_beginning})
        # Per index, and bounded: texts bring in new words for ever.
        self.single = lru_cache(_CACHE_LIMIT)(self._look_up)
        self._singles = lru_cache(_CACHE_LIMIT)(self._look_up_all)

    def _look_up(self, word: str) -> frozenset[str]:
        """The classes of the word where a form is just that; else those of the longest beginning it has."""
        classes = self.whole.get(word)
        if classes is None:
            for length in self._lengths:
                if length <= len(word) and (classes := self.beginnings.get(word[:length])) is not None:
                    break
        return frozenset(classes or ())

    def _look_up_all(self, word: str) -> frozenset[str]:
        """The classes of the word and of all beginnings it has."""
        return frozenset(self.whole.get(word, ())).union(*(self.beginnings.get(word[:n], ()) for n in self._lengths))

    def longest(self, words: Sequence[str | None], at: int) -> tuple[int, frozenset[str]]:
        """How many words the longest form at ``at`` takes (at least one), and its classes."""
        word = words[at]
        if word is None:
            return 1, frozenset()
        size, classes = 1, self.single(word)
        for entry in self._starting_at(words, at):
            if len(entry.words) >= size and entry.fits(words, at):
                classes = entry.classes if len(entry.words) > size else classes | entry.classes
                size = len(entry.words)
        return size, classes

    def every(self, words: Sequence[str | None], at: int) -> frozenset[str]:
        """The classes of all forms at ``at``, of whatever length."""
        word = words[at]
        if word is None:
            return frozenset()
        return self._singles(word).union(*(e.classes for e in self._starting_at(words, at) if e.fits(words, at)))

    def _starting_at(self, words: Sequence[str | None], at: int) -> Iterator[_Entry]:
        """The forms of several words that the first two words at ``at``, the first not ``None``, can begin."""
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else None
        if word is None or following is None:
            return
        if word in self._by_word:
            yield from self._by_word[word].before(following)
        for length in self._run_lengths:
            if length > len(word):
                break
            if (bucket := self._by_beginning.get(word[:length])) is not None:
                yield from bucket.before(following)


class Lexicon:
    """The word classes of a rule set, ready to be looked up. Built once, used by many threads.

    Cue classes cut a text into runs: each word belongs to one form only. Overlay classes (people, places, times, topics)
    only add their label to the words they cover, whatever run those stand in.
    """

    def __init__(self, classes: Iterable[WordClass]) -> None:
        classes = list(classes)
        self.polar: frozenset[str] = frozenset(c.id for c in classes if c.polar)
        self.barriers: frozenset[str] = frozenset(c.id for c in classes if c.barrier)
        self._cues = _Index(c for c in classes if not c.overlay)
        self._ordinary = frozenset(form for c in classes if c.id == ORDINARY for form in c.forms)
        self._overlays = _Index(c for c in classes if c.overlay and c.id != ORDINARY)
        self._spelling = lru_cache(_CACHE_LIMIT)(self._nearest)
        self._by_length: dict[int, list[str]] = {}
        self._by_sound: dict[str, str] = {}
        listed = {*self._cues.whole, *self._overlays.whole, *self._cues.vocabulary, *self._overlays.vocabulary}
        for word in sorted(listed):
            self._by_length.setdefault(len(word), []).append(word)
            if len(word) > 4:
                self._by_sound.setdefault(_sound(word), word)
        self._long_beginnings = sorted(b for b in self._cues.beginnings if len(b) > 5)

    def classes_of(self, word: str) -> frozenset[str]:
        """The classes of a single word; empty where no file lists it."""
        return self._cues.single(word) | self._overlays.single(word)

    def knows(self, word: str) -> bool:
        """Whether some form, of however many words, has this word: then it is no misspelling."""
        return word in self._ordinary or word in self._cues.vocabulary or word in self._overlays.vocabulary

    def runs(self, words: Sequence[str | None]) -> list[tuple[int, int, frozenset[str]]]:
        """``words`` cut into runs ``(start, end, classes)``; ``None`` stands for what is not a word and breaks a run."""
        added: list[set[str]] = [set() for _ in words]
        for at in range(len(words)):
            added[at] |= self._overlays.every(words, at)
        out: list[tuple[int, int, frozenset[str]]] = []
        at = 0
        while at < len(words):
            size, classes = self._cues.longest(words, at)
            out.append((at, at + size, classes.union(*added[at : at + size])))
            at += size
        return out

    # -- words that no file lists ------------------------------------------------------------------------------------

    def respelt(self, word: str) -> str | None:
        """The listed word that ``word`` misspells: it sounds the same, or lacks, doubles or swaps one letter.

        A letter put for another is no such slip: too many good words differ so. Words that the class ``ordinary`` lists
        are never read as a misspelling.
        """
        if len(word) < 5 or not word.isalpha():
            return None
        return self._spelling(word)

    def _nearest(self, word: str) -> str | None:
        sounding = self._by_sound.get(_sound(word))
        if sounding is not None:
            return sounding
        for length in (len(word) + 1, len(word), len(word) - 1):
            for known in self._by_length.get(length, ()):
                if len(known) > 4 and _slip(word, known):
                    return known
        for beginning in self._long_beginnings:
            size = len(beginning)
            if beginning[0] == word[0] and size - 1 <= len(word) <= size + 5:
                if any(_slip(word[:cut], beginning) for cut in (size - 1, size, size + 1)):
                    return beginning
        return None

    def split(self, word: str, known: frozenset[str]) -> list[str] | None:
        """``word`` as words run together (« pasde », « nousneprenonsplus »), or ``None``. ``known``: further words."""
        if not 5 <= len(word) <= 60 or not word.isalpha():
            return None
        best: list[list[str] | None] = [None] * (len(word) + 1)
        best[0] = []
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                head = best[start]
                piece = word[start:end]
                if head is None or len(head) >= 9 or (len(piece) == 1 and start > 0 and piece not in "ay"):
                    continue
                if not (piece in known or (len(piece) > 3 and (self.classes_of(piece) or self.knows(piece)))):
                    continue
                current = best[end]
                if current is None or len(head) + 1 < len(current):
                    best[end] = [*head, piece]
        pieces = best[-1]
        if pieces is None or len(pieces) < 2:
            return None
        denies = pieces[0] in ("pas", "plus", "sans", "aucun", "aucune", "non", "ni") and pieces[1] in (
            "de",
            "d",
            "des",
            "la",
            "les",
        )
        if denies:
            return pieces
        article = pieces[0] in ("la", "les") or (pieces[0] in _ELISIONS and pieces[1][0] in "aeiouyh")
        if ((article and len(pieces) == 2 and len(pieces[1]) > 5) or pieces[0] in _BEGINS_CLAUSE) and pieces[
            -1
        ] not in _NO_ENDINGS:
            cue = any(len(p) > 3 and (self._cues.single(p) or self.knows(p)) for p in pieces)
            return pieces if cue else None
        return None


_ELISIONS = frozenset(["l", "d", "j", "n", "s", "m", "t", "qu"])
_BEGINS_CLAUSE = frozenset(["on", "nous", "je", "vous", "ne", "non", "pas", "plus", "sans", "aucun", "aucune", "ni"])
"""What people run together: an article or a negation with its word; most other words made of words are words."""
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"), ("qu?|k", "c"), ("c(?=[eiy])|ss|sc(?=[ei])", "s"), ("ti(?=on)", "si"), ("z", "s"), ("y", "i"), ("h", ""),
        ("e?au", "o"), ("ai|ei", "e"), ("[ae]n|[ae]m(?=[bp])", "an"), (r"(.)\1+", r"\1"), (r"(?:e[srzt]?|ee?s?|ent|[sxt])$", ""),
    )
]  # fmt: skip


def _sound(word: str) -> str:
    """A rough key of how a French word sounds; words of the same key are spellings of one another."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _slip(word: str, known: str) -> bool:
    """Whether ``word`` is ``known`` with one letter missing, one more, or two neighbours swapped."""
    if word[0] != known[0]:
        return False
    if len(word) == len(known):
        return word != known and OSA.distance(word, known, score_cutoff=1) == 1 and sorted(word) == sorted(known)
    return (
        abs(len(word) - len(known)) == 1 and len(known) > 5 and Levenshtein.distance(word, known, score_cutoff=1) == 1
    )


def _expand(form: str, owner: str) -> Iterable[_Words]:
    parts = _FORM_WORD.findall(form)
    if not parts or any(p.count("(") != p.count(")") for p in parts):
        raise RulesError([f"class {owner}: form {form!r}: parentheses hold one word each: « (bien) » or « (le/la) »"])
    choices: list[tuple[tuple[frozenset[str], tuple[str, ...]] | None, ...]] = []
    for part in parts:
        bare = part.strip("()")
        if bare == _ANY:
            word: tuple[frozenset[str], tuple[str, ...]] = (frozenset(), ())
        else:
            options = bare.split("/") if len(bare) > 1 else [bare]
            word = (
                frozenset(o for o in options if not o.endswith("*")),
                tuple(o[:-1] for o in options if o.endswith("*")),
            )
        choices.append((word, None) if part.startswith("(") else (word,))
    for chosen in product(*choices):
        words = tuple(w for w in chosen if w is not None)
        if words and (words[0][0] or words[0][1]):
            yield words
