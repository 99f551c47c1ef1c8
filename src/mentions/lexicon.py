"""Word classes: which words of a statement mean « accepter », « payer », « apporter »…, as the word files list them.

Forms are runs of words in folded spelling. The longest run wins; between single words, a word given whole wins over one
given by its beginning (``accept*``), and a longer beginning over a shorter one, so that a file can make an exception of
one word without touching the rule for its kin.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
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
_CACHE_LIMIT = 5_000
_FORM_WORD = re.compile(r"\(?[^\s()]+\)?")


_Words = tuple[tuple[frozenset[str], tuple[str, ...]], ...]
"""A form: for each of its words the whole words and the beginnings that it may be; both empty: any word."""
_Forms = list[tuple[_Words, str]]
"""Forms, each with its class."""


class _Branch:
    """Forms of which some words have been read already, by the next one; a branch grows when a text first gets there."""

    def __init__(self, forms: _Forms, read: int) -> None:
        self._read = read
        self._classes = frozenset(owner for words, owner in forms if len(words) == read)
        self._whole: dict[str, _Forms] = defaultdict(list)
        self._beginnings: dict[str, _Forms] = defaultdict(list)
        self._any: _Forms = []
        for form in forms:
            if len(form[0]) > read:
                whole, beginnings = form[0][read]
                for word in whole:
                    self._whole[word].append(form)
                for beginning in beginnings:
                    self._beginnings[beginning].append(form)
                if not whole and not beginnings:
                    self._any.append(form)
        self._lengths = sorted({len(b) for b in self._beginnings})
        self._grown: dict[str, _Branch] = {}

    def fitting(self, words: Sequence[str | None], at: int) -> list[tuple[int, frozenset[str]]]:
        """The sizes and classes of the forms whose words those at ``at`` are."""
        found = [(self._read, self._classes)] if self._classes else []
        word = words[at + self._read] if at + self._read < len(words) else None
        if word is None:
            return found
        if word in self._whole:
            found += self._next(word, self._whole[word]).fitting(words, at)
        for length in self._lengths:
            if length <= len(word) and (beginning := word[:length]) in self._beginnings:
                found += self._next(f"{beginning}*", self._beginnings[beginning]).fitting(words, at)
        if self._any:
            found += self._next(_ANY, self._any).fitting(words, at)
        return found

    def _next(self, key: str, forms: _Forms) -> _Branch:
        branch = self._grown.get(key)
        if branch is None:
            branch = self._grown[key] = _Branch(forms, self._read + 1)
        return branch


class _Runs:
    """Forms of several words, as written, by their first word or its beginning."""

    def __init__(self) -> None:
        self.forms: dict[str, list[str]] = defaultdict(list)
        """Each form behind its class and a blank: there are many, and strings are what garbage is not looked for in."""
        self._grown: dict[str, _Branch] = {}

    def warm_up(self) -> None:
        """Spell every form out now."""
        for first in list(self.forms):
            self.branch(first)

    def branch(self, first: str) -> _Branch | None:
        """The forms filed under ``first``, spelt out when it first comes up."""
        if first not in self.forms:
            return None
        branch = self._grown.get(first)
        if branch is None:
            owned = (entry.split(" ", 1) for entry in self.forms[first])
            forms = ((words, owner) for owner, form in owned for words in _expand(form, owner))
            own = [f for f in forms if len(f[0]) > 1 and (first in f[0][0][0] or first in f[0][0][1])]
            branch = self._grown[first] = _Branch(own, 1)
        return branch


class _Index:
    """Forms of some classes, looked up by their first word. Of ``overlay`` classes, a word has all that fit it."""

    def __init__(self, classes: Iterable[WordClass], *, overlay: bool) -> None:
        self.whole: dict[str, frozenset[str]] = {}
        self.beginnings: dict[str, frozenset[str]] = {}
        self._by_word, self._by_beginning = _Runs(), _Runs()
        runs: list[str] = []
        for word_class in classes:
            own = frozenset([word_class.id])  # one set for all the words that no other class has
            for form in word_class.forms:
                words = form.split()
                if len(words) > 1:
                    runs.append(form)
                single, first = _places(form, words, word_class.id)
                for word in single:
                    for option in _options(word):
                        known, key = (self.beginnings, option[:-1]) if option[-1] == "*" else (self.whole, option)
                        known[key] = known[key] | own if key in known else own
                for word in first:
                    for option in _options(word):
                        if option.endswith("*"):
                            self._by_beginning.forms[option[:-1]].append(f"{word_class.id} {form}")
                        else:
                            self._by_word.forms[option].append(f"{word_class.id} {form}")
        # Words of forms that have several, without those given by their beginning.
        every = set(" ".join(runs).replace("(", " ").replace(")", " ").replace("/", " ").split())
        self.vocabulary = frozenset(word for word in every if word[-1] != "*" and word != _ANY)
        self._lengths = sorted({len(b) for b in self.beginnings}, reverse=True)
        self._run_lengths = sorted({len(b) for b in self._by_beginning.forms})
        self._classes = self._all_classes if overlay else self._classes_of_longest
        # Per index, and bounded: texts bring in new words for ever.
        self._beginning_with = lru_cache(_CACHE_LIMIT)(self._look_up)

    def warm_up(self) -> None:
        """Spell every form out now."""
        self._by_word.warm_up()
        self._by_beginning.warm_up()

    def _look_up(self, word: str) -> tuple[frozenset[str], list[_Branch]]:
        """The classes of the word by itself, and the forms of several words that it begins."""
        starts = (self._by_beginning.branch(word[:n]) for n in self._run_lengths if n <= len(word))
        branches = (self._by_word.branch(word), *starts)
        return self._classes(word), [branch for branch in branches if branch is not None]

    def _classes_of_longest(self, word: str) -> frozenset[str]:
        """The classes of the word where a form is just that; else those of the longest beginning it has."""
        classes = self.whole.get(word)
        if classes is None:
            for length in self._lengths:
                if length <= len(word) and (classes := self.beginnings.get(word[:length])) is not None:
                    break
        return classes or frozenset()

    def _all_classes(self, word: str) -> frozenset[str]:
        """The classes of the word and of all beginnings it has."""
        return self.whole.get(word, frozenset[str]()).union(*(self.beginnings.get(word[:n], ()) for n in self._lengths))

    def single(self, word: str) -> frozenset[str]:
        """The classes of the word by itself."""
        return self._beginning_with(word)[0]

    def longest(self, words: Sequence[str | None], at: int) -> tuple[int, frozenset[str]]:
        """How many words the longest form at ``at`` takes (at least one), and its classes."""
        word = words[at]
        if word is None:
            return 1, frozenset()
        classes, branches = self._beginning_with(word)
        best = 1
        for branch in branches:
            for size, found in branch.fitting(words, at):
                if size >= best:
                    classes = found if size > best else classes | found
                    best = size
        return best, classes

    def every(self, words: Sequence[str | None], at: int) -> frozenset[str]:
        """The classes of all forms at ``at``, of whatever length."""
        word = words[at]
        if word is None:
            return frozenset()
        classes, branches = self._beginning_with(word)
        for branch in branches:
            for _, found in branch.fitting(words, at):
                classes |= found
        return classes


class Lexicon:
    """The word classes of a rule set, ready to be looked up. Built once, used by many threads.

    Cue classes cut a text into runs: each word belongs to one form only. Overlay classes (people, places, times, topics)
    only add their label to the words they cover, whatever run those stand in.
    """

    def __init__(self, classes: Iterable[WordClass]) -> None:
        classes = list(classes)
        self.polar: frozenset[str] = frozenset(c.id for c in classes if c.polar)
        self.barriers: frozenset[str] = frozenset(c.id for c in classes if c.barrier)
        self._cues = _Index((c for c in classes if not c.overlay), overlay=False)
        self._ordinary = frozenset(form for c in classes if c.id == ORDINARY for form in c.forms)
        self._overlays = _Index((c for c in classes if c.overlay and c.id != ORDINARY), overlay=True)
        self._spelling = lru_cache(_CACHE_LIMIT)(self._nearest)
        self._pieces = lru_cache(_CACHE_LIMIT)(self._split)

    def warm_up(self) -> None:
        """Prepare now what the first forms and the first misspelt word would ask for."""
        for index in (self._cues, self._overlays):
            index.warm_up()
        _ = self._by_sound, self._by_length, self._long_beginnings

    @cached_property
    def _listed(self) -> list[str]:
        return sorted({*self._cues.whole, *self._overlays.whole, *self._cues.vocabulary, *self._overlays.vocabulary})

    @cached_property
    def _by_sound(self) -> dict[str, str]:
        """The first of the longer words of each sound."""
        words = [word for word in self._listed if len(word) > 4]
        return dict(zip(reversed(_sounds(words)), reversed(words), strict=True))

    @cached_property
    def _by_length(self) -> dict[tuple[str, int], list[str]]:
        """The longer words by their first letter and their length."""
        words: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in self._listed:
            if len(word) > 4:
                words[word[0], len(word)].append(word)
        return words

    @cached_property
    def _long_beginnings(self) -> dict[str, list[str]]:
        """The longer beginnings by their first letter."""
        beginnings: dict[str, list[str]] = defaultdict(list)
        for beginning in sorted(b for b in self._cues.beginnings if len(b) > 5):
            beginnings[beginning[0]].append(beginning)
        return beginnings

    def lists(self, word: str) -> bool:
        """Whether a file lists the single word in some class."""
        return bool(self._cues.single(word) or self._overlays.single(word))

    def knows(self, word: str) -> bool:
        """Whether some form, of however many words, has this word: then it is no misspelling."""
        return word in self._ordinary or word in self._cues.vocabulary or word in self._overlays.vocabulary

    def runs(self, words: Sequence[str | None]) -> list[tuple[int, int, frozenset[str]]]:
        """``words`` cut into runs ``(start, end, classes)``; ``None`` stands for what is not a word and breaks a run."""
        added = [self._overlays.every(words, at) for at in range(len(words))]
        out: list[tuple[int, int, frozenset[str]]] = []
        at = 0
        while at < len(words):
            size, classes = self._cues.longest(words, at)
            for overlaid in added[at : at + size]:
                if overlaid:
                    classes |= overlaid
            out.append((at, at + size, classes))
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
            for known in self._by_length.get((word[0], length), ()):
                if _slip(word, known):
                    return known
        for beginning in self._long_beginnings.get(word[0], ()):
            size = len(beginning)
            if size - 1 <= len(word) <= size + 5:
                if any(_slip(word[:cut], beginning) for cut in (size - 1, size, size + 1)):
                    return beginning
        return None

    def split(self, word: str, known: frozenset[str], *, ends_clause: bool = True) -> list[str] | None:
        """``word`` as words run together (« pasde », « nousneprenonsplus »), or ``None``.

        ``known``: further words; ``ends_clause``: no article or preposition may stand last.
        """
        if not 5 <= len(word) <= 60 or not word.isalpha():
            return None
        return self._pieces(word, known, ends_clause)

    def _split(self, word: str, known: frozenset[str], ends_clause: bool) -> list[str] | None:
        best: list[list[str] | None] = [None] * (len(word) + 1)
        best[0] = []
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                head = best[start]
                piece = word[start:end]
                if head is None or len(head) >= 9:
                    continue
                if len(piece) == 1 and head and piece not in "ay" and not (piece == "n" and head[-1] in _BEGINS_CLAUSE):
                    continue
                if not (piece in known or (len(piece) > 3 and (self.lists(piece) or self.knows(piece)))):
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
        ] not in (_NO_ENDINGS if ends_clause else ()):
            cue = any(len(p) > 3 and (self._cues.single(p) or self.knows(p)) for p in pieces)
            return pieces if cue else None
        return None


_ELISIONS = frozenset(["l", "d", "j", "n", "s", "m", "t", "qu"])
_BEGINS_CLAUSE = frozenset(["on", "nous", "je", "vous", "ne", "non", "pas", "plus", "sans", "aucun", "aucune", "ni"])
"""What people run together: an article or a negation with its word; most other words made of words are words."""
_SOUNDS = [
    (re.compile(pattern, re.MULTILINE), sound)
    for pattern, sound in (
        ("ph", "f"), ("qu?|k", "c"), ("c(?=[eiy])|ss|sc(?=[ei])", "s"), ("ti(?=on)", "si"), ("z", "s"), ("y", "i"), ("h", ""),
        ("e?au", "o"), ("ai|ei", "e"), ("[ae]n|[ae]m(?=[bp])", "an"), ("im(?=[bp])", "in"), (r"(.)\1+", r"\1"), (r"(?:e[srzt]?|ee?s?|ent|[sxt])$", ""),
    )
]  # fmt: skip


def _sound(word: str) -> str:
    """A rough key of how a French word sounds; words of the same key are spellings of one another."""
    return _sounds([word])[0]


def _sounds(words: Iterable[str]) -> list[str]:
    """The keys of many words, each pattern applied to all of them at once."""
    text = "\n".join(words)
    for pattern, sound in _SOUNDS:
        text = pattern.sub(sound, text)
    return text.split("\n")


def _slip(word: str, known: str) -> bool:
    """Whether ``word`` is ``known`` with one letter missing, one more, or two neighbours swapped."""
    if word[0] != known[0]:
        return False
    if len(word) == len(known):
        return word != known and OSA.distance(word, known, score_cutoff=1) == 1 and sorted(word) == sorted(known)
    return (
        abs(len(word) - len(known)) == 1 and len(known) > 5 and Levenshtein.distance(word, known, score_cutoff=1) == 1
    )


def _places(form: str, words: Sequence[str], owner: str) -> tuple[Sequence[str], Sequence[str]]:
    """The words that can be the whole of a form, and those that can be the first of several."""
    if "(" not in form and ")" not in form and words:
        return (words, ()) if len(words) == 1 else ((), words[:1])
    parts = _parts(form, owner)
    needed = [i for i, part in enumerate(parts) if part[0] != "("]
    single = parts if not needed else [parts[needed[0]]] if len(needed) == 1 else []
    first = parts[: needed[0] + 1] if needed else parts
    several = first if len(parts) > 1 else []
    return [part.strip("()") for part in single], [part.strip("()") for part in several]


def _options(word: str) -> Iterable[str]:
    """What a word of a form may be: several words, or beginnings with an asterisk; nothing where it may be any."""
    return () if word == _ANY else word.split("/") if len(word) > 1 else (word,)


def _parts(form: str, owner: str) -> list[str]:
    parts = _FORM_WORD.findall(form)
    if not parts or any(p.count("(") != p.count(")") for p in parts):
        raise RulesError([f"class {owner}: form {form!r}: parentheses hold one word each: « (bien) » or « (le/la) »"])
    return parts


def _expand(form: str, owner: str) -> Iterable[_Words]:
    """The rows of words that a form stands for: each with and without those that may be left out."""
    choices: list[tuple[tuple[frozenset[str], tuple[str, ...]] | None, ...]] = []
    for part in _parts(form, owner):
        options = _options(part.strip("()"))
        word = (
            frozenset(o for o in options if not o.endswith("*")),
            tuple(o[:-1] for o in options if o.endswith("*")),
        )
        choices.append((word, None) if part.startswith("(") else (word,))
    for chosen in product(*choices):
        words = tuple(w for w in chosen if w is not None)
        if words and (words[0][0] or words[0][1]):
            yield words
