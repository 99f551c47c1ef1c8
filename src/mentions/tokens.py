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
    r"|(?P<box>[\[(] ?[x✓✔]? ?[\])])|(?P<dots>\.{2,}|(?:\.\s){3,})|(?P<dash>-+>|>{2,}|(?<=\s)>(?=\s)|(?<=\s)-+(?=\s)|-{2,}>?|(?<=\s)-(?=\S)|=+>?)|(?P<mark>[,;:()\[\]/|•→!?.\"*+])|(?P<other>[^\s\w])"
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
_LAST_WORD, _FIRST_WORD = re.compile(r"[a-z]+\Z"), re.compile(r"[a-z]+")
_SPELT = ("non", "oui", "pas")
_NO_BREAK = frozenset(["quote", "star"])
_RESPELT = frozenset(["respelt"])
_ROW = re.compile(r"(?<![a-z0-9])[a-z](?:([ .*_/-]{1,3})[a-z](?![a-z0-9'])){2,}")
_SILENT = frozenset(["'", "-", "~", "`", "_"])
_LEET = str.maketrans("043157$€@!", "oaeistseai")
_LEET_SIGN = re.compile(f"[{''.join(map(chr, _LEET))}]")
_SHORTHAND = {
    "pa": "pas",
    "pr": "pour",
    "ns": "nous",
    "vs": "vous",
    "ds": "dans",
    "ki": "qui",
    "ke": "que",
    "dsl": "desole",
    "sf": "sauf",
    "koi": "quoi",
    "jms": "jamais",
    "ls": "les",
    "vr": "voir",
    "ts": "tous",
    "tt": "tout",
}
_MODALS = frozenset(
    [
        "doit",
        "dois",
        "doivent",
        "doive",
        "devez",
        "devons",
        "devra",
        "devrez",
        "devront",
        "devrait",
        "devraient",
        "devriez",
        "faut",
        "faudra",
        "faudrait",
        "peut",
        "peuvent",
        "pouvez",
        "pouvons",
        "pourra",
        "pourrez",
        "pourront",
        "veuillez",
        "veuille",
    ]
)
_PRONOUNS = frozenset(["nous", "vous", "me", "m", "se", "s", "le", "la", "les", "l", "lui", "leur", "en", "y"])
_SOUNDS_ER = re.compile(r"([a-z]{3,})(?:e|ee|es|ees|ez|ai|ais|ait)$")
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
        framed = _framed(folded.text, named)
        pieces.extend(_lexemes(folded, position, named.start - framed, lexicon, before_subject=True))
        label = "STATUS" if named.kind == "status" else "ENT"
        pieces.append(Token(named.start, named.end, named.id, {label, "SUBJECT", f"#{named.id}"}, named))
        position = named.end + framed
        dot = position + (folded.text[position : position + 1] == " ")
        if (
            folded.text[dot : dot + 1] == "."
            and "." in folded.text[named.start : named.end]
            and folded.text[dot + 1 : end].strip()
        ):
            position = dot + 1  # the last dot of « C.M.U. » ends no sentence
    pieces.extend(_lexemes(folded, position, end, lexicon))
    return _classify(pieces, lexicon)


def _framed(text: str, named: Named) -> bool:
    """« (C)(M)(U) », « [A] [M] [E] »: whether the brackets around a name are those of its first and last letter."""
    around = text[max(named.start - 1, 0) : named.start] + text[named.end : named.end + 1]
    return around in ("()", "[]") and around[::-1] in text[named.start : named.end].replace(" ", "")


def _lexemes(folded: Folded, start: int, end: int, lexicon: Lexicon, *, before_subject: bool = False) -> list[Token]:
    tokens = _raw_lexemes(folded.text, start, end, lexicon)
    if before_subject and tokens and tokens[-1].end == end and tokens[-1].word not in FUNCTION_WORDS:
        # « nousnacceptonspaslaCMU »: the subject's article ends what is run together with it
        pieces = lexicon.split(tokens[-1].word, FUNCTION_WORDS, ends_clause=False)
        if pieces is not None:
            tokens[-1:] = _in_places(pieces, tokens[-1].start, end)
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
        if word[:-1] in _SPELT and not lexicon.lists(word):
            word, places = word[:-1], places[:-1]  # « n o n à la CMU »
        elif len(word) == 3 and word not in _SPELT and not lexicon.lists(word):
            continue  # initials
        out.extend(_plain(part, position, row.start(), start, lexicon))
        out.extend(_words(word, start + row.start(), start + places[-1] + 1, lexicon))
        position = places[-1] + 1
        if "." in row.group() and part[position : position + 1] == ".":
            position += 1  # « P.A.S. de CMU »: the last dot ends no sentence
    out.extend(_plain(part, position, len(part), start, lexicon))
    return out


def _closed_up(part: str, start: int, lexicon: Lexicon) -> list[Token]:
    blanks = {i for sign in _STRAY.finditer(part) if _parts_words(part, sign, lexicon) for i in range(*sign.span())}
    places = [i for i in range(len(part)) if i in blanks or part[i] not in "*_~`" or not (0 < i < len(part) - 1)]
    closed = "".join(" " if i in blanks else part[i] for i in places)
    out = []
    for token in _plain(closed, 0, len(closed), 0, lexicon):
        token.start, token.end = start + places[token.start], start + places[token.end - 1] + 1
        out.append(token)
    return out


def _parts_words(part: str, sign: re.Match[str], lexicon: Lexicon) -> bool:
    """Whether a sign between letters stands for a blank: « allez~à~l'hôpital », « pas_de_CMU », not « ref**u**sée »."""
    before, after = (
        _LAST_WORD.search(part, max(0, sign.start() - 30), sign.start()),
        _FIRST_WORD.match(part, sign.end()),
    )
    words = [match.group() for match in (before, after) if match is not None]
    known = [word in FUNCTION_WORDS or lexicon.lists(word) or lexicon.knows(word) for word in words]
    return all(known) or (known[0] and all(len(word) > 3 for word in words))


def _plain(part: str, begin: int, stop: int, offset: int, lexicon: Lexicon) -> list[Token]:
    out: list[Token] = []
    for match in _LEXEME.finditer(part, begin, stop):
        first, last = match.span()
        start, end = offset + first, offset + last
        written = match.group()
        kind = match.lastgroup
        if kind == "word":
            word = _SHORTHAND.get(written, written)
            if word in FUNCTION_WORDS or lexicon.lists(word):
                out.append(Token(start, end, word, set()))
            else:
                out.extend(_words(word, start, end, lexicon))
        elif kind == "hour":
            out.append(Token(start, end, "#h"))
        elif kind == "number":
            mixed = _MIXED.match(part, first, stop)
            word = "zero" if written == "0" else "#" if mixed is None else written
            if written == "2" and out and out[-1].word in ("pas", "refus"):
                word = "de"  # « pas 2 CMU »
            out.append(Token(start, end, word))
        elif kind == "dash":
            labels = {"equals"} if written[0] == "=" else {"arrow"} if written.endswith(">") else {"dash"}
            out.append(Token(start, end, written, labels))
        elif kind == "box":
            out.append(Token(start, end, "☑" if written.strip("[]() ") else "☐"))
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
    word = _SHORTHAND.get(word, word)
    if word in FUNCTION_WORDS or lexicon.lists(word) or lexicon.knows(word):
        return [Token(start, end, word)]
    if word in ("nest", "nont"):  # « nest plus pris »: the commonest lost apostrophe, too short to be split below
        return [Token(start, start + 1, "n"), Token(start + 1, end, word[1:])]
    pieces = lexicon.split(word, FUNCTION_WORDS)
    if pieces is not None:
        return _in_places(pieces, start, end)
    nearest = lexicon.respelt(word)
    return [Token(start, end, nearest or word, {"respelt"} if nearest else set())]


def _in_places(pieces: Sequence[str], start: int, end: int) -> list[Token]:
    """A token for each of the words run together in ``start:end``; all have the whole, where signs stand between letters."""
    letter_by_letter = end - start == sum(map(len, pieces))
    out, at = [], start
    for piece in pieces:
        stop = min(at + len(piece), end) if letter_by_letter else end
        out.append(Token(at, max(stop, at + 1), piece))
        at = stop if letter_by_letter else at
    return out


def _without_dots(pieces: list[Token]) -> list[Token]:
    """« Pas.... de.... CMU.... »: dots behind word after word stand for blanks."""
    dots = [i for i, piece in enumerate(pieces) if "dots" in piece.labels]
    blank: set[int] = set()
    for at in range(len(dots) - 2):
        if dots[at + 1] - dots[at] <= 3 and dots[at + 2] - dots[at + 1] <= 3:
            blank.update(dots[at : at + 3])
    return [piece for i, piece in enumerate(pieces) if i not in blank] if blank else pieces


def _mend_infinitives(pieces: Sequence[Token], lexicon: Lexicon) -> None:
    """« devront réglé », « doit présentez »: behind a modal verb, what sounds like an infinitive is one."""
    for i, modal in enumerate(pieces):
        if modal.word not in _MODALS:
            continue
        at = i + 1
        while at < len(pieces) and pieces[at].word in _PRONOUNS:
            at += 1
        if at < len(pieces) and pieces[at].subject is None:
            stem = _SOUNDS_ER.match(pieces[at].word)
            if stem and lexicon.lists(f"{stem[1]}er"):
                pieces[at].word = f"{stem[1]}er"


def _classify(pieces: list[Token], lexicon: Lexicon) -> list[Token]:
    """Join the pieces that together are a form of the lexicon, and give every token its classes."""
    # Hyphens inside words and quotation marks do not break a run (« rendez-vous », « non - merci »).
    solid = [p for p in pieces if (p.labels.isdisjoint(_NO_BREAK) if p.labels else p.word not in _SILENT)]
    _mend_infinitives(solid, lexicon)
    solid = _without_dots(solid)
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
