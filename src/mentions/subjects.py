"""Where a text names a subject, and where the same letters mean something else.

A subject is found by its acronym (letters together or set apart, look-alike letters already folded), by its long name
(exactly, or misspelt within what rapidfuzz calls near), or by a pattern of its own. What the same letters mean elsewhere
(« corps et ame », « CMU 300 kg ») is decided by the exceptions of the subject files, and by one general observation: an
acronym that the text itself spells out as something else (« Ambulances de la Côte Sauvage (A.C.S.) ») is that thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from .model import SubjectKind, Written
from .normalize import Folded, fold
from .rulefile import LookAlike, SubjectFile, SubjectTable

_MARK = "\ua66e"  # stands for the subject in an exception's window: a letter, so that \\b works, and never folded text
_WINDOW = 90  # folded characters on each side that an exception may look at
_SEPARATOR = r"[^a-z0-9]{0,5}"
_WORD = re.compile(r"[a-z0-9]+")
_ROW = re.compile(r"(?<![a-z0-9])[a-z](?:[^a-z0-9']{1,4}[a-z0-9](?![a-z0-9'])){5,}")
_SMALL_WORDS = frozenset(
    [
        "de",
        "d",
        "du",
        "des",
        "la",
        "le",
        "les",
        "l",
        "et",
        "a",
        "au",
        "aux",
        "en",
        "of",
        "the",
        "for",
        "and",
        "in",
        "un",
        "une",
        "sur",
    ]
)
_OPENERS = re.compile(r"\s*(?:\(|\[|=|:|-|,|\bou\b|\bsoit\b|\")\s*")
_STATUS_BEFORE = re.compile(
    r"(?:patient\w*|beneficiaires?|titulaires?|assure\w*|attestations?|cartes?|droits?|dossiers?|familles?|personnes?|gens"
    r"|refus\w*|accept\w*|pas|plus|aucun\w*|sans|ni|relev\w+|beneficie\w*|regimes?|statuts?|couvert\w*|affilie\w*|la|les|sous|en|cmu|ame|acs|css|c2s)"
    r"(?:\s+(?:de|d|du|a|l|la|les|en|sous|par|et|ou))*[\s'/,]*$"
)
_STATUS_AFTER = re.compile(
    r"[^.;\n]{0,30}\b(?:accept\w*|refus\w*|bienven\w*|caisse|prise?s?)\b|\W{0,3}(?:non|pas|refus\w*|accept\w*|ok|oui|exclu\w*|bienven\w*|interdit\w*|s'abstenir|[:=→✅❌🚫⛔✗✘✖✔]|(?:et|ou|ni|/|,) ?(?:la |l')?(?:cmu|ame|acs|css|c2s))"
)


# Characters that clean French holds: Latin-1, punctuation, arrows, boxes and dingbats, emoji. Any other sends the text to be
# folded; so do those among them that fold to a letter or digit and that the gate's own letters do not spell out.
_PLAIN = "\x00-\xff\u0152\u0153\u2010-\u2027\u202f\u2030-\u203a\u20ac\u2190-\u21ff\u2500-\u27bf\u2b50\ufe0f\U0001f300-\U0001faff"
_SPELT = frozenset("àâäéèêëîïôöùûüçœ")
_DISGUISED = "".join(
    re.escape(char)
    for first, last in re.findall("(.)(?:-(.))?", _PLAIN, re.DOTALL)
    for char in map(chr, range(ord(first), ord(last or first) + 1))
    if not char.isascii() and char.lower() not in _SPELT and fold(char).text.isalnum() and fold(char).text.isascii()
)


@dataclass(frozen=True, slots=True)
class Named:
    """A subject named in folded text; ``start`` and ``end`` are folded indices."""

    id: str
    kind: SubjectKind
    start: int
    end: int
    written: Written


@dataclass(frozen=True, slots=True)
class _LookAlike:
    id: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    ambiguous_only: bool


@dataclass(frozen=True, slots=True)
class _Acronym:
    letters: str
    subject: SubjectTable
    pattern: re.Pattern[str]
    head: int
    """How many letters must be set apart alike; the rest (« -C ») may be joined in its own way."""


class SubjectFinder:
    """Finds the subjects of a rule set in folded text. Built once, used by many threads."""

    def __init__(self, files: Sequence[SubjectFile]) -> None:
        self._tables = [file.subject for file in files]
        self._exceptions = {file.subject.id: [_compile(e) for e in file.exception] for file in files}
        self._acronyms = sorted(
            (_acronym(a, t) for t in self._tables for a in t.acronyms), key=lambda a: -len(a.letters)
        )
        self._with_acronym = {table.id for table in self._tables if table.acronyms}
        self._compact = [
            (name, table)
            for table in self._tables
            for name in sorted(
                {n.replace(" ", "").replace("-", "") for n in (*table.names, *table.acronyms)}, key=len, reverse=True
            )
        ]
        self._fixed = [(t, re.compile(p), how) for t in self._tables for p, how in _fixed(t)]
        self._anchors = [(t, re.compile("|".join(map(_loose, t.anchors)))) for t in self._tables if t.anchors]
        self._gate = re.compile("|".join(self._gate_parts()), re.IGNORECASE)

    # -- the gate --------------------------------------------------------------------------------------------------

    def _gate_parts(self) -> Iterator[str]:
        """What a text must hold, as given, for any subject to be found in it: made from all that ``find`` looks for."""
        for acronym in self._acronyms:
            yield r"[\W_]{0,5}".join(_letter(c) + "{1,3}" for c in acronym.letters[: acronym.head])
        for table in self._tables:
            for form in (*table.spelled, *table.leet):
                yield r"[\W_]{0,3}".join("".join(map(_letter, word)) for word in form.split())
            anchored = [re.compile(_loose(anchor)) for anchor in table.anchors]
            unanchored = [name for name in table.names if not any(anchor.search(name) for anchor in anchored)]
            for anchor in (*table.anchors, *unanchored):
                yield r"[\W_]{1,3}".join("".join(map(_letter, word)) for word in anchor.split())
        yield r"\bt\.\s?p\."
        yield r"(?<![^\W_])[^\W\d_](?:[\W_]{1,4}[^\W_](?![^\W_])){5,}"
        yield f"[{_DISGUISED}]|[^{_PLAIN}]"
        yield r"&[#a-zA-Z]|<[a-zA-Z/!]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad]|[\w.]\ufe0f|\bvit\W?a\W?l"

    def might_name(self, text: str) -> bool:
        """Whether ``text``, not folded, may name a subject. Never ``False`` for a text in which ``find`` finds one."""
        return self._gate.search(text) is not None

    # -- the search ------------------------------------------------------------------------------------------------

    def find(self, folded: Folded) -> list[Named]:
        """The subjects named in ``folded``, in order, never overlapping."""
        found: list[Named] = []
        taken = _Taken()
        for candidate in self._candidates(folded):
            if taken.free(candidate.start, candidate.end):
                taken.add(candidate.start, candidate.end)
                found.append(candidate)
        return sorted(self._without_look_alikes(folded, found), key=lambda named: named.start)

    def _candidates(self, folded: Folded) -> Iterator[Named]:
        """From the surest to the least sure; what comes first takes the place."""
        text = folded.text
        exact = [
            Named(
                table.id,
                table.kind,
                m.start(),
                m.end(),
                how if folded_as_written(folded, m.start(), m.end()) else "disguised",
            )
            for table, pattern, how in self._fixed
            for m in pattern.finditer(text)
        ]
        yield from sorted(exact, key=lambda named: named.start - named.end)
        yield from self._spaced_out(text)
        for acronym in self._acronyms:
            yield from self._acronym(folded, acronym)
        yield from self._misspelt(folded)

    def _acronym(self, folded: Folded, acronym: _Acronym) -> Iterator[Named]:
        text = folded.text
        table = acronym.subject
        for match in acronym.pattern.finditer(text):
            start, end = match.start(), match.end()
            separators = [separator or "" for separator in match.groups()]
            letters = re.sub(r"[^a-z0-9]", "", match.group())
            if not _same_letters(letters, acronym.letters) or not _alike(separators[: acronym.head - 1]):
                continue
            joined = separators[acronym.head - 1 :]
            if joined and joined[0].strip() == "" and joined[0] and not folded.written(end - 1, end).isupper():
                if re.match(r"\s*(?:[^\s\w']|$)", text[end : end + 8]) is None:
                    continue  # « la CMU c'est »: a lone small c is a word of its own
            if not any(separators[: acronym.head - 1]):
                grown = self._grown(folded, start, end, table)
                if grown is None:
                    continue
                start, end = grown
            if any(separators[: acronym.head - 1]) and _runs_on(text, start, end, separators[0]):
                continue
            if not table.accents and folded.accented(start, end):
                continue
            plain = folded_as_written(folded, start, end) and "".join(separators).strip(" .-") == ""
            yield Named(table.id, table.kind, start, end, "as_written" if plain else "disguised")

    def _grown(self, folded: Folded, start: int, end: int, table: SubjectTable) -> tuple[int, int] | None:
        """The whole word around bare letters: a plural or « CMUistes »; letters inside another word are none."""
        text = folded.text
        before = start > 0 and (text[start - 1].isalnum())
        after = end < len(text) and text[end].isalnum()
        if after:
            for suffix in table.suffixes:
                stop = end + len(suffix)
                if text.startswith(suffix, end) and not (stop < len(text) and text[stop].isalnum()):
                    end, after = stop, False
                    break
        if table.glued:
            if (before and text[start - 1].isdigit()) or (
                after and (text[end].isdigit() or text.startswith("p ", end))
            ):
                return None
            if after and text[end] == "p" and not text.startswith(("pa", "pr", "po", "pe"), end):
                return None
            return start, end
        if before and not after:  # « pasdeAME »: capitals behind small letters
            shown = folded.written(start - 1, end)
            before = not (shown[:1].islower() and shown[1:].isupper())
        return None if before or after else (start, end)

    def _spaced_out(self, text: str) -> Iterator[Named]:
        """Names inside a row of single letters: « t.i.e.r.s p.a.y.a.n.t », « P A S  D E  C M U »."""
        for row in _ROW.finditer(text):
            places = [i for i in range(row.start(), row.end()) if text[i].isalnum()]
            compact = "".join(text[i] for i in places)
            for name, table in self._compact:
                at = compact.find(name)
                while at >= 0:
                    yield Named(table.id, table.kind, places[at], places[at + len(name) - 1] + 1, "disguised")
                    at = compact.find(name, at + len(name))

    def _misspelt(self, folded: Folded) -> Iterator[Named]:
        text = folded.text
        words: list[re.Match[str]] | None = None
        for table, anchors in self._anchors:
            places = [m.start() for m in anchors.finditer(text)]
            if not places:
                continue
            if words is None:
                words = list(_WORD.finditer(text))
            yield from _near(table, words, places)

    # -- what the same letters mean elsewhere ------------------------------------------------------------------------

    def _without_look_alikes(self, folded: Folded, found: Iterable[Named]) -> Iterator[Named]:
        """Drop what means something else here; a text that used letters so once means them so again, unless it says not."""
        text = folded.text
        elsewhere: set[str] = set()
        doubtful: list[tuple[Named, str]] = []
        for named in found:
            left = text[max(0, named.start - _WINDOW) : named.start]
            right = text[named.end : named.end + _WINDOW]
            letters = re.sub(r"[^a-z0-9]", "", text[named.start : named.end])
            by_name = len(letters) > 6 and named.id in self._with_acronym
            written = folded.written(named.start, named.end)
            if not by_name and self._means_else(folded, named, left, right):
                elsewhere.add(written)
            elif by_name or len(letters) > 4:
                yield named
            elif _spelt_out(letters, left, right):
                elsewhere.add(written)
            elif _STATUS_BEFORE.search(left) or _STATUS_AFTER.match(right):
                yield named
            else:
                doubtful.append((named, written))
        defined: dict[str, bool] = {}
        for named, written in doubtful:
            letters = re.sub(r"[^a-z0-9]", "", text[named.start : named.end])
            if letters not in defined:
                defined[letters] = len(letters) >= 3 and _defined_elsewhere(folded, letters)
            if written not in elsewhere and not defined[letters]:
                yield named

    def _means_else(self, folded: Folded, named: Named, left: str, right: str) -> bool:
        window = f"{left}{_MARK}{right}"
        return any(
            exception.pattern.search(window) is not None
            and not (exception.unless is not None and exception.unless.search(window))
            for exception in self._exceptions[named.id]
            if not exception.ambiguous_only or _ambiguous(folded, named)
        )


class _Taken:
    """Which folded indices a subject already holds."""

    def __init__(self) -> None:
        self._held: set[int] = set()

    def free(self, start: int, end: int) -> bool:
        return self._held.isdisjoint(range(start, end))

    def add(self, start: int, end: int) -> None:
        self._held.update(range(start, end))


def folded_as_written(folded: Folded, start: int, end: int) -> bool:
    """Whether folding did no more than drop case and accents between ``start`` and ``end``."""
    a, b = folded.span(start, end)
    written = folded.original[a:b]
    return len(written) == end - start and all(
        c.isascii() or c in "àâäéèêëîïôöùûüÿçÀÂÄÉÈÊËÎÏÔÖÙÛÜŸÇ’‑\xa0" for c in written
    )


def _letter(char: str) -> str:
    accents = {"a": "aàâä@4", "e": "eéèêë3€", "i": "iîï1!", "o": "oôö0", "u": "uùûü", "c": "cç", "s": "s5$", " ": r"\W"}
    return f"[{accents[char]}]" if char in accents else re.escape(char)


def _loose(anchor: str) -> str:
    return r"\W{1,3}".join(map(re.escape, anchor.split()))


def _acronym(acronym: str, table: SubjectTable) -> _Acronym:
    head = acronym.index("-") if "-" in acronym else len(acronym)
    letters = acronym.replace("-", "")
    runs = [f"{re.escape(c)}{{1,3}}" for c in letters]
    pattern = f"({_SEPARATOR})".join(runs[:head])
    if head < len(letters):
        pattern += "".join(rf"([ .\-_/*]{{0,4}}){run}" for run in runs[head:]) + r"(?![a-z0-9'])"
    # Letters together come first: in « css sont » the row of letters must not reach for the next word.
    return _Acronym(letters, table, re.compile(rf"{letters}(?![a-z0-9])|{pattern}"), head)


def _fixed(table: SubjectTable) -> Iterator[tuple[str, Written]]:
    for name in table.names:
        gap = "[^a-z0-9]{1,4}"
        yield rf"\b{gap.join(map(re.escape, name.split()))}\b", "as_written"
    for pattern in table.patterns:
        yield pattern, "as_written"
    for form in table.spelled:
        yield r"\b" + r"[\W_]{0,3}".join(map(re.escape, form.split())) + r"\b", "disguised"
    for form in table.leet:
        yield r"(?<![\w.])" + r"[\W_]{0,2}".join(map(re.escape, form.split())) + r"(?!\w)", "disguised"


def _compile(exception: LookAlike) -> _LookAlike:
    def ready(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern.replace("{s}", _MARK))

    unless = ready(rf"(?<![a-z0-9])(?:{exception.except_})") if exception.except_ else None
    return _LookAlike(exception.id, ready(exception.pattern), unless, exception.ambiguous_only)


def _same_letters(letters: str, acronym: str) -> bool:
    if letters == acronym:
        return True
    if any(letters == "".join(c * n for c in acronym) for n in (2, 3)):
        return True  # « CCMMUU »
    return letters.rstrip(acronym[-1]) == acronym.rstrip(acronym[-1]) and acronym[-1] not in "es" and len(letters) <= 6


def _alike(separators: Sequence[str]) -> bool:
    """Whether the letters are set apart in one way: « C.M.U », « c - m - u »; not « À M. E. Durand »."""
    if not any(re.sub(r"[*_~`]", "", s) for s in separators):
        return True  # markdown inside the letters: « **A**ME »
    bare = {re.sub(r"[\s*_~`\\]", "", s) for s in separators}
    if len(bare) == 1:
        return bool(all(separators)) or not any(separators)
    return all(separators) and not any(s.isspace() for s in separators) and not any(". " in s for s in separators)


def _runs_on(text: str, start: int, end: int, separator: str) -> bool:
    """Whether letters set apart stand in a longer row of such letters, or are the edge of a word."""
    if (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum()):
        return True
    edge = start - len(separator)
    lone = re.search(r"(?<![a-z0-9'])[a-z]\Z", text[max(edge - 2, 0) : max(edge, 0)]) is not None
    before = lone and text.startswith(separator, max(edge, 0)) and not separator.isspace()
    return before or re.match(rf"{re.escape(separator)}[a-z](?![a-z0-9'])", text[end : end + 8]) is not None


def _near(table: SubjectTable, words: Sequence[re.Match[str]], places: Iterable[int]) -> Iterator[Named]:
    """Windows of words around each anchor that are nearly a long name."""
    names = [name.replace(" ", "") for name in table.names]
    others = [name.replace(" ", "") for name in table.not_names]
    sizes = sorted({len(name.split()) for name in table.names})
    index = 0
    for place in places:
        while index < len(words) and words[index].end() <= place:
            index += 1
        best: tuple[float, int, int] | None = None
        reach = sizes[-1] + 1 if sizes else 0
        for first in range(max(0, index - reach), min(index + 2, len(words))):
            compact = ""
            for last in range(first, min(first + reach + 1, len(words))):
                if last > first and words[last].start() - words[last - 1].end() > 4:
                    break
                compact += words[last].group()
                if last < index:
                    continue
                score = max((fuzz.ratio(compact, name, score_cutoff=_cutoff(name)) for name in names), default=0.0)
                if score and (best is None or score > best[0]):
                    if max((fuzz.ratio(compact, other) for other in others), default=0.0) < score:
                        best = (score, first, last)
        if best is not None:
            yield Named(table.id, table.kind, words[best[1]].start(), words[best[2]].end(), "misspelt")


def _cutoff(name: str) -> float:
    return 88.0 if len(name) < 14 else 86.0


def _ambiguous(folded: Folded, named: Named) -> bool:
    """Whether capitals do not tell: the letters are small, or all that is around them is in capitals."""
    if not folded.written(named.start, named.end).isupper():
        return True
    around = folded.original[max(0, folded.starts[named.start] - 60) : folded.ends[named.end - 1] + 60]
    letters = [c for c in around if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _initials(words: Sequence[str], letters: str) -> bool:
    """Whether the words, small ones left out or in, begin with ``letters`` and are not the subject's own name."""
    if not words or words[0].startswith(("aide", "couv", "compl", "protec")):
        return False
    return "".join(w[0] for w in words if w not in _SMALL_WORDS) == letters and words[0] not in _SMALL_WORDS


def _spelt_out(letters: str, left: str, right: str) -> bool:
    """Whether « X Y Z (ABC) » or « ABC (X Y Z) » stands right here."""
    opened = _OPENERS.match(right)
    if opened or right[:1] == " ":
        words = _WORD.findall(right[opened.end() if opened else 0 : 80])[:9]
        if opened and any(_initials(words[:n], letters) for n in range(len(letters), len(words) + 1)):
            return True
    bare = re.sub(r"(?:\s*[(\[=:\",-]\s*|\s+(?:ou|soit|dit)\s+)$", "", left)
    if bare != left:
        words = _WORD.findall(bare)[-9:]
        # « Association cardio-sportive de Dole (ACS) »: the place may follow the name
        ends = range(max(len(letters), len(words) - 3), len(words) + 1)
        return any(_initials(words[start:end], letters) for end in ends for start in range(end - len(letters) + 1))
    return False


def _defined_elsewhere(folded: Folded, letters: str) -> bool:
    """Whether capitalised words somewhere in the text have these initials (« Athlétic Club de Sallanches »)."""
    capital = [(m, folded.original[folded.starts[m.start()]].isupper()) for m in _WORD.finditer(folded.text)]
    if sum(up for _, up in capital) > 0.6 * len(capital):
        return False
    for i, (match, upper) in enumerate(capital):
        if not upper or match.group()[0] != letters[0] or len(match.group()) < 3:
            continue
        words = [match.group()]
        for nxt, up in capital[i + 1 : i + 8]:
            if nxt.start() - match.end() > 2 or not (up or nxt.group() in _SMALL_WORDS):
                break
            words.append(nxt.group())
            match = nxt
            if _initials(words, letters) and up and all(len(w) > 2 or w in _SMALL_WORDS for w in words):
                return True
    return False
