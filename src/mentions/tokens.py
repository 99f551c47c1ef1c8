"""Folded text cut into tokens: words in their classes, subjects, and the marks that structure a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .lexicon import Lexicon
from .normalize import Folded
from .subjects import Named

FUNCTION_WORDS = frozenset(
    [
        "a",
        "ai",
        "as",
        "au",
        "aux",
        "avec",
        "c",
        "ce",
        "ces",
        "cet",
        "cette",
        "chez",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "elle",
        "elles",
        "en",
        "est",
        "et",
        "etes",
        "il",
        "ils",
        "j",
        "je",
        "l",
        "la",
        "le",
        "les",
        "leur",
        "leurs",
        "lui",
        "m",
        "ma",
        "me",
        "mes",
        "mon",
        "n",
        "ne",
        "ni",
        "nos",
        "notre",
        "nous",
        "on",
        "ou",
        "par",
        "pas",
        "plus",
        "pour",
        "qu",
        "que",
        "qui",
        "s",
        "sa",
        "se",
        "ses",
        "si",
        "son",
        "sont",
        "sous",
        "sur",
        "t",
        "jamais",
        "aucun",
        "aucune",
        "tous",
        "tout",
        "toute",
        "toutes",
        "tu",
        "un",
        "une",
        "va",
        "vos",
        "votre",
        "vous",
        "y",
        "y'a",
        "ca",
        "sans",
        "non",
    ]
)

_LEXEME = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?)(?P<hour>\s?h(?:\d\d)?\b)?|(?P<word>[^\W\d_]+)"
    r"|(?P<dots>\.{2,}|(?:\.\s){3,})|(?P<dash>-+>|(?<=\s)-+(?=\s)|-{2,}>?|(?<=\s)-(?=\S)|=+>?)|(?P<mark>[,;:()\[\]/|•→!?.\"*+])|(?P<other>[^\s\w])"
)
_MARKS = {
    ",": "comma", ";": "semicolon", ":": "colon", "(": "open", ")": "close", "[": "open", "]": "close", "/": "slash",
    "|": "bar", "•": "bullet", "→": "arrow", "!": "bang", "?": "question", ".": "stop", '"': "quote", "*": "star", "+": "plus",
}  # fmt: skip
NUMBERS = frozenset(
    [
        "deux",
        "trois",
        "quatre",
        "cinq",
        "six",
        "sept",
        "huit",
        "neuf",
        "dix",
        "douze",
        "quinze",
        "vingt",
        "trente",
        "quarante",
        "cinquante",
        "cent",
    ]
)
# It begins with the mark, which is rare, so that it is searched fast; what stands before is asked behind it.
_STRAY = re.compile(r"[*_~`](?<=[a-z][*_~`])[*_~`]{0,2}(?=[a-z])")
_SPELT = ("non", "oui", "pas")
_SILENT = frozenset(["quote", "star"])
_RESPELT = frozenset(["respelt"])
_ROW = re.compile(r"(?<![a-z0-9])[a-z](?:([ .*_/-]{1,3})[a-z](?![a-z0-9'])){2,}")
_LEET = str.maketrans("043157$€@!", "oaeistseai")
_LEET_SIGN = re.compile(f"[{''.join(map(chr, _LEET))}]")
_MIXED = re.compile(r"(?=\w*[a-z])(?=\w*[0-9])[a-z0-9]{4,}")


@dataclass(slots=True)
class Token:
    """A word or run of words, a subject, or a mark. ``start`` and ``end`` are folded indices."""

    start: int
    end: int
    word: str
    labels: set[str] = field(default_factory=set)
    subject: Named | None = None
    sign: int = 0
    """For words that a negation turns round: 1 affirmed, -1 denied, 0 neither (« ne … que »)."""

    def has(self, *labels: str) -> bool:
        """Whether the token has one of the labels."""
        return not self.labels.isdisjoint(labels)

    def has_of(self, labels: frozenset[str]) -> bool:
        """Whether the token has one of many labels, which this asks faster than :meth:`has`."""
        return not self.labels.isdisjoint(labels)


def tokenize(folded: Folded, start: int, end: int, subjects: Sequence[Named], lexicon: Lexicon) -> list[Token]:
    """The tokens of ``folded.text[start:end]``; ``subjects`` are those that lie in it, in order."""
    pieces: list[Token] = []
    position = start
    for named in subjects:
        pieces.extend(_lexemes(folded, position, named.start, lexicon))
        label = "STATUS" if named.kind == "status" else "ENT"
        pieces.append(Token(named.start, named.end, named.id, {label, "SUBJECT", f"#{named.id}"}, named))
        position = named.end
        if (
            folded.text[position : position + 1] == "."
            and "." in folded.text[named.start : named.end]
            and folded.text[position + 1 : end].strip()
        ):
            position += 1  # the last dot of « C.M.U. » ends no sentence
    pieces.extend(_lexemes(folded, position, end, lexicon))
    return _classify(pieces, lexicon)


def _lexemes(folded: Folded, start: int, end: int, lexicon: Lexicon) -> list[Token]:
    tokens = _raw_lexemes(folded.text, start, end, lexicon)
    for token in tokens:
        if "respelt" in token.labels and _is_name(folded, token, start):
            token.word = folded.text[token.start : token.end]
            token.labels.discard("respelt")
    return tokens


def _is_name(folded: Folded, token: Token, start: int) -> bool:
    """Whether a word is capitalised inside its sentence: a name (« Dr Perret ») is no misspelling."""
    if token.start == start or token.end - token.start < 2:
        return False
    return folded.shape(token.start).isupper() and folded.shape(token.start + 1).islower()


def _raw_lexemes(text: str, start: int, end: int, lexicon: Lexicon) -> list[Token]:
    part = text[start:end]
    if _STRAY.search(part):
        # « ref**u**sée »: markdown inside a word. Blanks would split it, so the letters close up and keep their places.
        return _closed_up(part, start, lexicon)
    out: list[Token] = []
    position = 0
    for row in _ROW.finditer(part):
        places = [i for i in range(row.start(), row.end()) if part[i].isalpha()]
        word = "".join(part[i] for i in places)
        if len(word) == 3 and word not in _SPELT:
            continue  # initials
        out.extend(_plain(part, position, row.start(), start, lexicon))
        out.extend(_words(word, start + row.start(), start + row.end(), lexicon))
        position = row.end()
    out.extend(_plain(part, position, len(part), start, lexicon))
    return out


def _closed_up(part: str, start: int, lexicon: Lexicon) -> list[Token]:
    places = [i for i in range(len(part)) if part[i] not in "*_~`" or not (0 < i < len(part) - 1)]
    closed = "".join(part[i] for i in places)
    out = []
    for token in _plain(closed, 0, len(closed), 0, lexicon):
        token.start, token.end = start + places[token.start], start + places[token.end - 1] + 1
        out.append(token)
    return out


def _plain(part: str, begin: int, stop: int, offset: int, lexicon: Lexicon) -> list[Token]:
    out: list[Token] = []
    for match in _LEXEME.finditer(part, begin, stop):
        first, last = match.span()
        start, end = offset + first, offset + last
        written = match.group()
        kind = match.lastgroup
        if kind == "word":
            if written in FUNCTION_WORDS or lexicon.lists(written):
                out.append(Token(start, end, written, set()))
            else:
                out.extend(_words(written, start, end, lexicon))
        elif kind == "hour":
            out.append(Token(start, end, "#h"))
        elif kind == "number":
            mixed = _MIXED.match(part, first, stop)
            out.append(Token(start, end, "zero" if written == "0" else "#" if mixed is None else written))
        elif kind == "dash":
            labels = {"equals"} if written[0] == "=" else {"arrow"} if written.endswith(">") else {"dash"}
            out.append(Token(start, end, written, labels))
        elif kind == "dots":
            out.append(Token(start, end, written, {"dots"}))
        elif kind == "mark":
            spaced = written == "*" and part[first - 1 : first] == " " == part[last : last + 1]
            out.append(Token(start, end, written, {"bullet" if spaced else _MARKS[written]}))
        else:
            out.append(Token(start, end, written))
    return _leet(out, part, offset, lexicon) if _LEET_SIGN.search(part) else out


def _leet(tokens: list[Token], part: str, offset: int, lexicon: Lexicon) -> list[Token]:
    """« r3fusé », « acc€pte »: a sign or digit between letters, where the letters it stands for make a listed word."""
    out: list[Token] = []
    at = 0
    while at < len(tokens):
        stop = at + 1
        while stop < len(tokens) and tokens[stop].start == tokens[stop - 1].end and stop - at < 7:
            stop += 1
        if stop - at > 1:
            raw = part[tokens[at].start - offset : tokens[stop - 1].end - offset]
            word = raw.translate(_LEET)
            letters = sum(c.isalpha() for c in raw)
            if word.isalpha() and word != raw and letters * 2 >= len(raw) and len(raw) > 3 and lexicon.lists(word):
                out.append(Token(tokens[at].start, tokens[stop - 1].end, word))
                at = stop
                continue
        out.append(tokens[at])
        at += 1
    return out


def _words(word: str, start: int, end: int, lexicon: Lexicon) -> list[Token]:
    """One token for a word that is known; for one that is not, the words run together in it or the one it misspells."""
    if word in FUNCTION_WORDS or lexicon.lists(word) or lexicon.knows(word):
        return [Token(start, end, word)]
    if word in ("nest", "nont"):  # « nest plus pris »: the commonest lost apostrophe, too short to be split below
        return [Token(start, start + 1, "n"), Token(start + 1, end, word[1:])]
    pieces = lexicon.split(word, FUNCTION_WORDS)
    if pieces is not None:
        out, at = [], start
        for piece in pieces:
            stop = min(at + len(piece), end) if end - start == len(word) else end
            out.append(Token(at, max(stop, at + 1), piece))
            at = stop if end - start == len(word) else at
        return out
    nearest = lexicon.respelt(word)
    return [Token(start, end, nearest or word, {"respelt"} if nearest else set())]


def _classify(pieces: list[Token], lexicon: Lexicon) -> list[Token]:
    """Join the pieces that together are a form of the lexicon, and give every token its classes."""
    # Hyphens inside words and quotation marks do not break a run (« rendez-vous », « non - merci »).
    solid = [p for p in pieces if (p.labels.isdisjoint(_SILENT) if p.labels else p.word not in ("'", "-"))]
    words = [None if p.labels and p.labels != _RESPELT else "#" if p.word in NUMBERS else p.word for p in solid]
    out: list[Token] = []
    for first, last, classes in lexicon.runs(words):
        token = solid[first]
        if last - first > 1:
            respelt = {"respelt"} if any("respelt" in p.labels for p in solid[first:last]) else set[str]()
            token = Token(token.start, solid[last - 1].end, " ".join(p.word for p in solid[first:last]), respelt)
        token.labels |= classes
        if (
            (token.word in ("#", "zero") or token.word in NUMBERS)
            and last < len(solid)
            and solid[last].word in ("€", "e", "eur", "euro", "euros", "balles")
        ):
            extra = last + 1 < len(solid) and solid[last + 1].word == "de"
            if solid[last].word != "e" or extra or (first > 0 and solid[first - 1].has("plus")):
                token.labels.add("amount")
        if last - first == 1 and token.word in FUNCTION_WORDS:
            token.labels.add(f"={token.word}")
        out.append(token)
    return out
