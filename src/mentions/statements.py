"""What belongs together: lines, sentences, clauses, headings over their items, sentences that follow up on another.

A statement is the tokens that are judged together and the span that they take in the text. It is a sentence, or one
clause of it where clauses name subjects and say something of each, or a heading with the list that it governs.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .lexicon import Lexicon
from .normalize import Folded
from .polarity import mark
from .subjects import Named
from .tokens import Token, tokenize

# It begins with a mark, so that it is searched fast; what may not stand before is asked behind it.
_END = re.compile(r"[.!?…](?<![.!?…]{2})(?:[.!?…]*[\"')\]]*(?=\s)|(?<=[.!?])[.!?]*(?=[a-z]{3})(?<=[!?]))")
_ABBREVIATIONS = frozenset(
    [
        "dr",
        "drs",
        "pr",
        "prs",
        "m",
        "mm",
        "mme",
        "mlle",
        "mr",
        "st",
        "ste",
        "bd",
        "av",
        "pl",
        "tel",
        "ex",
        "art",
        "arts",
        "al",
        "cf",
        "env",
        "nb",
        "n",
        "p",
        "pp",
        "att",
        "attest",
        "benef",
        "beneficiaire",
        "pat",
        "sect",
        "hon",
        "conv",
        "resp",
        "vs",
        "med",
        "medic",
        "spe",
        "spec",
        "i",
        "e",
        "a",
        "c",
    ]
)
_SHORTENED = frozenset(["rdv", "compl", "cab", "no", "min", "max", "ts", "tt", "mut", "sec", "prev", "secret", "etc"])
"""Abbreviations that are words or end a sentence too: a capital behind them begins another."""
_LETTERED = re.compile(
    r"\b(?:entree|bat|batiment|escalier|hall|etage|porte|bloc|aile|vitamine|hepatite|groupe|niveau|zone|ligne|tour) [a-z]\Z"
)
_BULLET = re.compile(
    r"[ \t]*(?:[•*➜→>\-]+(?=[ \t]*\S)|(?=[✓✔✅☑✗✘❌✖])|(?:o|\(?(?:\d{1,2}|[a-z])[.)°/])(?=[ \t]+\S))[ \t]*|[ \t]{2,}(?=\S)"
)
_DOTTED = re.compile(r"(?<![a-z0-9])[a-z]\.[a-z]\Z")  # « P.A.S. de CMU »
_CONTINUES = re.compile(r"[ \t]*(?:[=:)]|-+>)")
_NEGATES = re.compile(r"[ \t]*(?:ne\b|n['’])")  # « tiers payant⏎n'est pas pratiqué »
_DANGLES = re.compile(r"\b(?:de|d['’]|du|des|la|les|l['’]|aux|au|avec|sans|ne|sous|ni|vos|nos|notre|votre) *\Z")
"""A word at the end of a line that only the next line can complete."""
_SECOND_HALVES = frozenset(
    ["pas", "plus", "jamais", "guere", "point", "aucun", "aucune", "nullement", "aucunement", "que", "qu"]
)
_HEADING_WORDS = 12
_FOLLOW_UNITS = 3
_TOPIC = 6  # tokens of a subject with its article, set at the head of a contrast
_OF_WHOM = frozenset(["les", "des", "de", "la", "l", "d", "a", "pour", "nos", "vos"])
_SOLID = re.compile(r"\S")
_ALNUM = string.ascii_lowercase + string.digits
_EDGES = " \t\n|*_#"  # blanks, the bars of table cells, marks of emphasis and of headings belong to no sentence
_SHORT_LINE = 65  # characters that nobody breaks a line for
_LONGEST = 1200  # folded characters of one sentence

PREDICATES = frozenset([
    "accept", "refuse", "refuse_fixed", "accept_fixed", "pay", "deposit", "supplement", "away", "ask_paper", "contact",
    "uncovered", "yes", "no", "doing", "free", "conduct", "language", "slot", "STATUS-", "ENT-", "book-", "quota", "able-",
    "delegate", "aimed", "sorry",
])  # fmt: skip
"""The labels that say something of a subject; a clause with one of them can stand by itself."""
_HEADED = (
    "pay", "deposit", "supplement", "away", "ask_paper", "paper", "contact", "uncovered", "yes", "book", "slot", "delegate", "quota",
    "means", "tariff", "accept_fixed", "doing", "aimed",
)  # fmt: skip
"""What a heading may say for the items below it."""
_ITEM = (
    "accept", "refuse", "refuse_fixed", "accept_fixed", "pay", "away", "contact", "yes", "no", "STATUS-", "ENT-", "book-", "conduct",
    "slot", "uncovered", "ask_paper", "free", "supplement", "deposit", "shut", "quit", "negated",
)  # fmt: skip
"""What makes an item of a list speak for itself."""
_STRONG = (
    "accept",
    "refuse",
    "refuse_fixed",
    "accept_fixed",
    "pay",
    "away",
    "contact",
    "yes",
    "no",
    "STATUS-",
    "ENT-",
    "book-",
)


@dataclass(slots=True)
class Unit:
    """A sentence or a list item: a stretch of one line. ``start`` and ``end`` are folded indices."""

    start: int
    end: int
    line: int
    bullet: bool
    paragraph: int
    subjects: list[Named] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)


@dataclass(slots=True)
class Statement:
    """Tokens judged together, and the folded span that the mention takes."""

    tokens: list[Token]
    start: int
    end: int
    unit: int
    follow: Iterable[tuple[list[Token], int]] = ()
    """Sentences that may follow up on it: their tokens, and where each ends. Cut into words as they are asked for."""
    block: tuple[int, int] | None = None
    """The span of the heading and list it is part of, where the heading speaks for it."""

    @property
    def subjects(self) -> list[Named]:
        """The subjects named in it, in order."""
        return [t.subject for t in self.tokens if t.subject is not None]


def statements(folded: Folded, named: Sequence[Named], lexicon: Lexicon) -> list[Statement]:
    """The statements of a text, in order; only what is near a subject is tokenized."""
    units = _units(folded, named)
    places = [i for i, unit in enumerate(units) if unit.subjects]
    reader = _Reader(folded, units, lexicon)
    out: list[Statement] = []
    for at in places:
        out.extend(reader.unit(at))
    return _blocks(out)


class _Reader:
    def __init__(self, folded: Folded, units: list[Unit], lexicon: Lexicon) -> None:
        self._folded, self._units, self._lexicon = folded, units, lexicon

    def tokens(self, at: int) -> list[Token]:
        unit = self._units[at]
        if not unit.tokens and unit.start < unit.end:
            unit.tokens = tokenize(self._folded, unit.start, unit.end, unit.subjects, self._lexicon)
            mark(unit.tokens, self._lexicon.polar)
        return unit.tokens

    def unit(self, at: int) -> Iterator[Statement]:
        unit = self._units[at]
        tokens = self.tokens(at)
        parts = list(_groups(tokens))
        heading = self._heading(at)
        for n, (included, first, last) in enumerate(parts):
            start = unit.start if n == 0 else tokens[first].start
            end = unit.end if n == len(parts) - 1 else tokens[last - 1].end
            statement = Statement(included, start, end, at)
            if heading is not None and not _has(_own(included), *_ITEM):
                head = self.tokens(heading)
                status = any(t.has("STATUS") for t in included)
                said = (
                    "accept",
                    "refuse",
                    "refuse_fixed",
                    "no",
                    "doing-",
                    "able-",
                    "except",
                    "negated",
                    "nominal",
                    "quit",
                    "shut",
                )
                if _has(head, *said, *(_HEADED if status else ())):
                    statement.tokens = [*_dropped_subjects(head), *included]
                    if status or _has(head, *said):
                        statement.block = (self._units[heading].start, self._units[self._last_item(at)].end)
            if n == len(parts) - 1:
                statement.follow = self._follow(at)
            yield statement

    def _heading(self, at: int) -> int | None:
        """The unit that heads the list in which the unit stands, if it is in one."""
        unit = self._units[at]
        j = at - 1
        while j >= 0 and self._units[j].line == unit.line:
            j -= 1
        if at - 1 >= 0 and j != at - 1 and not unit.bullet:
            return None  # a later sentence of its line
        seen = 0
        while j >= 0 and seen < 40:
            other = self._units[j]
            text = self._folded.text[other.start : other.end].rstrip(" *_\"'")
            blank_between = other.paragraph != unit.paragraph
            if text.endswith(":") and not other.subjects and (unit.bullet or not blank_between):
                return j
            if not other.bullet:
                if not unit.bullet or other.line == unit.line:
                    return None
                short = len(text.split()) <= _HEADING_WORDS
                return j if short and not text.endswith((".", "!")) and not other.subjects else None
            j -= 1
            seen += 1
        return None

    def _last_item(self, at: int) -> int:
        unit = self._units[at]
        last = at
        for j in range(at + 1, min(at + 40, len(self._units))):
            other = self._units[j]
            if other.paragraph != unit.paragraph or other.bullet != unit.bullet:
                break
            tokens = self.tokens(j)
            if _has(_own(tokens), *_STRONG) or self._folded.text[other.start : other.end].rstrip().endswith(":"):
                break
            last = j
        return last

    def _follow(self, at: int) -> Iterator[tuple[list[Token], int]]:
        """The sentences behind the unit that name no subject and may still speak of it."""
        unit = self._units[at]
        bare = len(unit.subjects) == 1 and not unit.bullet and merely_names(self.tokens(at))
        line = unit.line
        for j in range(at + 1, min(at + 1 + _FOLLOW_UNITS, len(self._units))):
            other = self._units[j]
            asked = self._folded.text[unit.start : unit.end].rstrip().endswith("?")
            far = (
                other.paragraph != unit.paragraph
                or (other.bullet and other.line != unit.line and not asked)
                or other.line > line + 1
            )
            if bare and not other.subjects and other.line <= unit.line + (4 if other.bullet else 2):
                far = False  # a heading of its own: « <h3>Tiers payant</h3><p>Non.</p> »
            if other.subjects or far:
                break
            line = other.line
            yield self.tokens(j), other.end


def merely_names(tokens: Sequence[Token]) -> bool:
    """Whether nothing is said but a subject and whose it is: « CMU », « Patients AME », « Bénéficiaires de la C2S 👇 »."""
    return all(
        t.subject is not None
        or t.has("stop", "comma", "patient")
        or t.word in _OF_WHOM
        or (not t.word[0].isalnum() and t.labels <= {"quote"})
        for t in tokens
    )


def _own(tokens: Sequence[Token]) -> list[Token]:
    return [t for t in tokens if not t.has("bullet")]


def _has(tokens: Sequence[Token], *labels: str) -> bool:
    return any(not token.labels.isdisjoint(labels) for token in tokens)


def _dropped_subjects(tokens: Sequence[Token]) -> list[Token]:
    return [t for t in tokens if t.subject is None]


# -- lines and sentences -----------------------------------------------------------------------------------------------


def _units(folded: Folded, named: Sequence[Named]) -> list[Unit]:
    text = folded.text
    held = [(n.start, n.end) for n in named]
    units: list[Unit] = []
    paragraph = 0
    for line, (start, end) in enumerate(_lines(folded, held)):
        part = text[start:end]
        if not part.strip():
            paragraph += 1
            continue
        bullet = _BULLET.match(part)
        if bullet is not None and _inside(held, start + len(bullet.group().rstrip()) - 1):
            bullet = None  # « A. M. E refusée »: a letter of the subject
        is_bullet = bullet is not None and not (len(bullet.group()) > 1 and bullet.group().isspace() and paragraph == 0)
        begin = start + (bullet.end() if bullet else 0)
        begin = end - len(text[begin:end].lstrip())
        for a, b in _sentences(folded, begin, end, held):
            units.append(Unit(a, b, line, is_bullet, paragraph))
    starts = [unit.start for unit in units]
    for one in named:
        at = bisect_right(starts, one.start) - 1
        if at >= 0 and one.start < units[at].end:
            units[at].subjects.append(one)
    return units


def _inside(held: Sequence[tuple[int, int]], place: int) -> bool:
    if not held or not held[0][0] <= place < held[-1][1]:
        return False
    i = bisect_left(held, (place + 1, 0)) - 1
    return held[i][0] <= place < held[i][1]


def _lines(folded: Folded, held: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Lines, but for a break inside a subject or before what can only continue (« = refus »)."""
    text = folded.text
    start = 0
    for match in re.finditer("\n", text):
        place = match.start()
        if _inside(held, place) or (_CONTINUES.match(text, place + 1) and text[max(start, place - 80) : place].strip()):
            continue
        if _NEGATES.match(text, place + 1) and not _capital(folded, place + 1, len(text)) and text[start:place].strip():
            continue
        if _wrapped(folded, start, place) or _dangles(text, start, place):
            continue
        yield start, place
        start = place + 1
    yield start, len(text)


def _dangles(text: str, start: int, place: int) -> bool:
    end = text[place - 1 : place]  # most lines end with a mark, which tells faster than the expression
    return (end.isalpha() or end in " '’") and _DANGLES.search(text, max(start, place - 12), place) is not None


def _wrapped(folded: Folded, start: int, place: int) -> bool:
    """Whether a long line was broken in the middle of a sentence."""
    if place - start <= _SHORT_LINE:
        return False
    text = folded.text
    line = text[max(start, place - 200) : place].rstrip()
    following = text[place + 1 : place + 40].lstrip(" ")
    broken = len(line) > _SHORT_LINE and line[-1:].isalpha() and following[:1].isalpha()
    return broken and not _BULLET.match(text, place + 1) and not _capital(folded, place + 1, len(text))


def _sentences(folded: Folded, start: int, end: int, held: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    text = folded.text
    begin = start
    for match in _END.finditer(text, start, end):
        stop = match.end()
        if _inside(held, match.start()) or _SOLID.search(text, stop, end) is None:
            continue
        mark_ = match.group()
        if mark_.startswith("....") or _open_parenthesis(text, begin, match.start()):
            continue
        if mark_ == "." and text[stop : stop + 2].lstrip()[:1] in ("?", "!"):
            continue  # « Recevez-vous des A. C. S. ? »
        if mark_ == "." and _abbreviates(folded, match.start(), stop, held):
            continue
        if mark_.startswith("..") and text[stop : stop + 9].lstrip()[:1].islower() and not _capital(folded, stop, end):
            continue
        yield from _bounded(folded, begin, stop, held)
        begin = stop
    yield from _bounded(folded, begin, end, held)


def _bounded(folded: Folded, start: int, end: int, held: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The sentence, or pieces of it where it is longer than any a person writes: so that time stays linear."""
    text = folded.text
    out: list[tuple[int, int]] = []
    while end - start > _LONGEST:
        cut = max(text.rfind(mark, start + _LONGEST // 2, start + _LONGEST) for mark in (",", " ")) + 1
        cut = cut if cut > 0 else start + _LONGEST
        while (_inside(held, cut - 1) and _inside(held, cut)) or (
            cut < end and folded.starts[cut - 1] == folded.starts[cut]
        ):
            cut += 1  # « œ » is one character of the text and two folded
        out += _trimmed(text, start, min(cut, end))
        start = cut
    return out + _trimmed(text, start, end)


def _open_parenthesis(text: str, begin: int, place: int) -> bool:
    """Whether ``place`` lies inside parentheses that are closed later: what ends there is no sentence of its own."""
    begin = max(begin, place - 300)
    if text.find("(", begin, place) < 0:
        return False
    part = text[begin:place]
    return part.count("(") > part.count(")") and ")" in text[place : place + 300].split("\n", 1)[0]


def _trimmed(text: str, start: int, end: int) -> list[tuple[int, int]]:
    begun = text[start:end].lstrip(_EDGES)
    first = end - len(begun)
    return [(first, first + len(begun.rstrip(_EDGES)))] if begun else []


def _capital(folded: Folded, start: int, end: int) -> bool:
    """Whether what follows begins like a sentence: with a capital, a figure or a sign."""
    for i in range(start, end):
        char = folded.shape(i)
        if char.isalnum():
            return char.isupper() or char.isdigit()
        if not char.isspace() and char not in "\"'«“(<&":
            return True
    return True


def _abbreviates(folded: Folded, dot: int, stop: int, held: Sequence[tuple[int, int]]) -> bool:
    text = folded.text
    if text[stop : stop + 4].lstrip()[:1] in (":", "=", ",", ";", ")", "→", "-"):
        return True
    part = text[max(0, dot - 14) : dot]
    before = part[len(part.rstrip(_ALNUM)) :]
    behind = bisect_left(held, (dot, 0))
    if any(
        text[b:dot] in ("", " ") and b <= dot and not text[a:b].isalnum()
        for a, b in held[max(0, behind - 2) : behind + 1]
    ):
        return not _capital(folded, stop, len(text))  # « C.M.U. acceptée »
    dotted = text[dot - 2 : dot - 1] == "." and _DOTTED.search(text, max(0, dot - 14), dot) is not None
    if dotted and text[stop : stop + 2].lstrip()[:1] == "(":
        return True  # « D.U. (Bobigny, 2017) »
    if dotted or before in _SHORTENED:
        return not _capital(folded, stop, len(text))
    # « M. Durand », not « 17 h. » nor « entrée B. »
    initial = len(before) == 1 and folded.shape(dot - 1).isupper() and not _LETTERED.search(text, max(0, dot - 14), dot)
    return before in _ABBREVIATIONS or (initial and _capital(folded, stop, len(text)))


# -- clauses -----------------------------------------------------------------------------------------------------------


_PARTING = frozenset(["comma", "semicolon", "open", "close", "bar", "dash", "dots"])
_CUTTING = _PARTING | {"slash", "yes", "no", "contrast", "stop", "bang", "question"}
"""The labels of what may part clauses; « yes » and « no » are those of ticks."""
_JOINTS = ("et", "ou", "puis")


@dataclass(slots=True)
class _Clause:
    first: int
    last: int
    tokens: list[Token]
    named: bool
    said: bool
    opened_by: str

    @property
    def foreign(self) -> bool:
        """Whether it says something of other things (« chèques refusés »)."""
        if self.named or not _has(self.tokens, "other_object") or _has(self.tokens, "pronoun_back", "colon"):
            return False  # behind a colon a list begins, which the subject may be part of
        if _elliptic(self):
            return False
        return _has(self.tokens, "accept", "refuse", "refuse_fixed", "yes", "no", "pay", "doing", "negated", "nominal")

    @property
    def excepts(self) -> bool:
        return _has(self.tokens, "STATUS^", "ENT^", "including")


def _groups(tokens: list[Token]) -> Iterator[tuple[list[Token], int, int]]:
    """The tokens that say one thing, with the stretch of the sentence that they take."""
    clauses = _clauses(tokens)
    named = [i for i, c in enumerate(clauses) if c.named]
    if (
        len(named) <= 1
        and not any(c.foreign or c.opened_by in ("semicolon", "bar") for c in clauses)
        and not _turns(clauses)
    ):
        yield tokens, 0, len(tokens)
        return
    # Each group is a run of clauses; `heart` is where its subject clauses lie.
    groups: list[list[int]] = []
    for i in named:
        if groups:
            previous = groups[-1]
            between = range(previous[-1] + 1, i)
            before_said = any(clauses[k].said for k in previous)
            said_between = any(clauses[k].said and not clauses[k].foreign for k in between)
            if _joins(clauses, previous, i, before_said, said_between):
                previous.extend([*between, i])
                continue
            previous.extend(between)
        groups.append([i] if groups else [*range(i), i])
    if groups:
        groups[-1].extend(range(groups[-1][-1] + 1, len(clauses)))
    for group in groups:
        heart = [k for k in group if clauses[k].named]
        own = any(clauses[k].said for k in heart)
        later = [k for k in group if k > heart[0]]
        taken: list[Token] = []
        for k in group:
            clause = clauses[k]
            if not clause.named:
                if (
                    clause.foreign
                    and k < heart[0]
                    and clauses[heart[0]].tokens[0].word in ("le", "la", "les", "l", "nos", "notre")
                ):
                    continue
                if k < heart[0] and clauses[heart[0]].tokens[0].word in ("pas", "non", "jamais", "aucun", "aucune"):
                    taken.extend(tokens[clause.first : clause.last])
                    continue
                if clause.foreign and (own or any(clauses[m].said and not clauses[m].foreign for m in later)):
                    continue
                if _apart(clauses, k, heart, own):
                    continue
                if (
                    k < heart[0]
                    and own
                    and clause.said
                    and not _has(clause.tokens, "condition", "because", "including", "except")
                    and (not _head(clause) or clauses[heart[0]].opened_by == "contrast")
                ):
                    continue
            taken.extend(tokens[clause.first : clause.last])
        yield taken, clauses[group[0]].first, clauses[group[-1]].last


def _turns(clauses: list[_Clause]) -> bool:
    """Whether the only clause with a subject sets itself against one that says something of other things.

    « Je ne prends pas d'urgences mais je prends la CMU », « Pas de parking, CMU acceptée ».
    """
    at = next((i for i, clause in enumerate(clauses) if clause.named), 0)
    clause = clauses[at]
    opened = clause.opened_by == "contrast" or (clause.opened_by == "comma" and at == 1)
    return at > 0 and opened and clause.said and not clause.excepts and clauses[at - 1].said


def _apart(clauses: list[_Clause], k: int, heart: list[int], own: bool) -> bool:
    """Whether a semicolon or a bar parts the clause from what is said of the subject."""
    if k < heart[0]:
        parted = any(clauses[m].opened_by in ("semicolon", "bar") for m in range(k + 1, heart[0] + 1))
        return parted and (clauses[k].said or _has(clauses[k].tokens, "negated", "nominal", "career", "study"))
    parted = any(clauses[m].opened_by in ("semicolon", "bar") for m in range(heart[-1] + 1, k + 1))
    said = (
        own
        or any(_has(clauses[m].tokens, "means", "coin") for m in heart)
        or any(clauses[m].said for m in range(heart[-1] + 1, k))
    )
    return parted and said and clauses[k].said and not _has(clauses[k].tokens, "pronoun_back")


def _head(clause: _Clause) -> bool:
    """Whether the clause is but the beginning of a sentence whose middle was set apart (« ne reçoit pas, hélas, »)."""
    return _has(clause.tokens, "accept-", "able-", "doing-") and not _has(clause.tokens, "other_object")


def _joins(clauses: list[_Clause], previous: list[int], i: int, before_said: bool, said_between: bool) -> bool:
    clause = clauses[i]
    status_before = any(_has(clauses[k].tokens, "STATUS") for k in previous)
    only_ent = not _has(clause.tokens, "STATUS")
    if clause.opened_by == "comma" and clauses[previous[-1]].tokens[0].word == "sans":
        return True  # « Sans carte Vitale, pas de tiers payant »: a condition and what hangs on it
    if clause.opened_by == "semicolon" and (before_said or said_between) and clause.said:
        return False
    if clause.opened_by == "contrast" and not clause.excepts:
        return False
    if clause.excepts and not (clause.said and _has(clause.tokens, "accept", "refuse", "doing", "contact")):
        return True
    if not before_said:
        return not said_between
    if not clause.said:
        until = next((k for k in range(i + 1, len(clauses)) if clauses[k].named), len(clauses))
        later_said = any(c.said for c in clauses[i + 1 : until])
        return not later_said or clause.opened_by not in ("semicolon", "contrast")
    if _elliptic(clause) and not status_before:
        return True
    return (
        status_before
        and only_ent
        and clause.opened_by in ("comma", "open", "and")
        and not _has(clause.tokens, "accept", "refuse", "doing", "yes", "no", "ENT-")
    )


def _elliptic(clause: _Clause) -> bool:
    """« …, pas pour l'ACS »: a negation with a preposition and no verb speaks of what stands before."""
    words = [t.word for t in clause.tokens[:4]]
    return (
        bool(words)
        and any(w in ("pas", "non", "jamais", "aucun", "aucune") for w in words[:2])
        and any(w in ("pour", "aux", "avec", "en") for w in words[:4])
    )


def _clauses(tokens: list[Token]) -> list[_Clause]:
    cuts: list[tuple[int, int, str]] = []  # (end of the clause before, start of the next, what parts them)
    for i, token in enumerate(tokens):
        if token.labels.isdisjoint(_CUTTING) and token.word not in _JOINTS:
            continue
        if parting := token.labels & _PARTING:
            cuts.append((i, i + 1, next(iter(parting))))
        elif token.has("slash") and _spaced(tokens, i) and not (tokens[i - 1].subject and tokens[i + 1].word == "non"):
            cuts.append((i, i + 1, "bar"))
        elif _tick(token) and 0 < i < len(tokens) - 1 and (_tick(tokens[0]) or _tick(tokens[-1])):
            place = i if _tick(tokens[0]) else i + 1
            cuts.append((place, place, "bar"))  # « ✅ carte Vitale ❌ CMU », « carte Vitale ✅ CMU ❌ »
        elif token.has("contrast") and i and not _within_negation(tokens, i):
            if not _contrasts_topic(tokens, i, cuts):
                cuts.append((i, i, "contrast"))
        elif token.has("stop", "bang", "question") and i + 1 < len(tokens):
            cuts.append((i + 1, i + 1, "stop"))
        elif token.word in _JOINTS and 0 < i < len(tokens) - 1 and _both_say(tokens, i):
            cuts.append((i, i, "and"))
    out: list[_Clause] = []
    start, opened = 0, ""
    for end, nxt, by in [*cuts, (len(tokens), len(tokens), "")]:
        part = tokens[start:end]
        if part:
            said = any(t.has_of(PREDICATES) and not t.has("including") for t in part) or _labels(part)
            out.append(_Clause(start, end, part, _has(part, "SUBJECT"), said, opened))
        start, opened = nxt, by
    for before, after in pairwise(out):
        before.last = after.first
    if out:
        out[0].first = 0
        out[-1].last = len(tokens)
    return out


def _tick(token: Token) -> bool:
    """Whether the token is a mark such as « ✅ », which says yes or no of an item."""
    return not token.word[0].isalnum() and token.has("yes", "no")


def _within_negation(tokens: list[Token], at: int) -> bool:
    """« ne pourrons toutefois pas », « ne souhaite en revanche plus »: an adverb between the halves of a negation."""
    behind = tokens[at + 1].word if at + 1 < len(tokens) else ""
    return behind in _SECOND_HALVES and any(token.word in ("ne", "n") for token in tokens[max(at - 3, 0) : at])


def _contrasts_topic(tokens: list[Token], at: int, cuts: list[tuple[int, int, str]]) -> bool:
    """« …, l'AME en revanche jamais »: whether the contrast stands behind the subject that it sets apart.

    The clause then begins at the subject, whose cut is told so; a comma before the contrast parts nothing.
    """
    comma = len(cuts) > 1 and cuts[-1][1] == at and cuts[-1][2] == "comma"
    before = cuts[:-1] if comma else cuts
    if not before:
        return False
    topic = tokens[before[-1][1] : at]
    if len(topic) > _TOPIC or not _has(topic, "SUBJECT") or _has(topic, *PREDICATES):
        return False
    if comma:
        cuts.pop()
    cuts[-1] = (*cuts[-1][:2], "contrast")
    return True


def _labels(part: list[Token]) -> bool:
    """Whether the part is a label with what it says: « AME : le mardi »."""
    return any(
        token.subject is not None and part[i + 1].has("colon", "equals", "arrow") and i + 2 < len(part)
        for i, token in enumerate(part[:-1])
    )


def _spaced(tokens: list[Token], i: int) -> bool:
    return 0 < i < len(tokens) - 1 and tokens[i - 1].end < tokens[i].start and tokens[i].end < tokens[i + 1].start


def _both_say(tokens: list[Token], i: int) -> bool:
    """Whether « et » joins two clauses that each name a subject and say something of it."""
    stop = next(
        (k for k in range(i + 1, len(tokens)) if tokens[k].has("comma", "semicolon", "open", "contrast")), len(tokens)
    )
    start = next(
        (
            k + 1
            for k in range(i - 1, -1, -1)
            if tokens[k].has("comma", "semicolon", "close", "contrast", "stop", "colon")
        ),
        0,
    )
    left, right = tokens[start:i], tokens[i + 1 : stop]
    return all(
        _has(side, "SUBJECT")
        and _has(side, "accept", "refuse", "refuse_fixed", "yes", "no", "away", "contact", "pay", "doing")
        for side in (left, right)
    )


# -- lists -------------------------------------------------------------------------------------------------------------


def _blocks(found: list[Statement]) -> list[Statement]:
    """Items of one list that the heading speaks for are one statement."""
    out: list[Statement] = []
    for statement in found:
        previous = out[-1] if out else None
        if (
            statement.block is not None
            and previous is not None
            and previous.block is not None
            and previous.block[0] == statement.block[0]
        ):
            known = {id(t) for t in previous.tokens}
            previous.tokens.extend(t for t in statement.tokens if id(t) not in known)
            previous.end = max(previous.end, statement.block[1])
            previous.follow = ()
            continue
        if statement.block is not None:
            statement.start, statement.end = statement.block[0], max(statement.end, statement.block[1])
            statement.follow = ()
        out.append(statement)
    return out
