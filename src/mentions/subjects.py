"""Where a text names a subject, and where the same letters mean something else.

A subject is found by its acronym (letters together or set apart, look-alike letters already folded), by its long name
(exactly, or misspelt within what rapidfuzz calls near), or by a pattern of its own. What the same letters mean elsewhere
(« corps et ame », « CMU 300 kg ») is decided by the exceptions of the subject files, and by general observations: an
acronym that the text itself spells out as something else (« Ambulances de la Côte Sauvage (A.C.S.) ») is that thing, also
further down, unless words of rights stand with it; letters within a name (« ACS Mandelieu ») are a part of it; and what is
said of statuses alone (« CMU acceptée ») makes them one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, groupby, pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from .characters import prints
from .gate import Hooks, acronym, anchored, joined, of_pattern, parted, set_apart, spaced
from .model import SubjectKind, Written
from .normalize import Folded, shown
from .rulefile import LookAlike, SubjectFile, SubjectTable

if TYPE_CHECKING:
    from rapidfuzz.distance import Editops

_MARK = "\ua66e"  # stands for the subject in an exception's window: a letter, so that \\b works, and never folded text
_WINDOW = 160  # folded characters on each side that an exception may look at
_NEAR = 60  # of them, what may stand right before it
_SEPARATOR = r"[^a-z0-9]{0,8}"
_WORD = re.compile(r"[a-z0-9]+")
_COMPOUND = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_STOP = re.compile(r"[.:;!?\n]")
_ROW = re.compile(r"(?<![a-z0-9])[a-z](?:(?:[^a-z0-9']{1,4}| ' ?)[a-z0-9](?![a-z0-9'])){5,}")
_WORD_OF_ONE_LETTER = re.compile(r"\s[ay]\s(?:[a-z]{2}|[cdjlmnst]')")
_NO_LETTERS = bytes(code for code in range(256) if not chr(code).isascii() or not chr(code).isalnum())
_MOST_WRONG = 0.4  # of the letters of a word, where it is misspelt
_ACRONYM = 5  # letters of the longest; they are set apart alike, names also by their words
_NAME = 9  # words of the longest that an acronym stands for
_LONG = 6  # letters of a name; an acronym has no more, in the plural and doubled
_SMALL = 2  # letters of a word that may be any other
_DRAWLED = re.compile(r"(.)\1\1")
# It begins with a mark, so that it is searched fast; what stands before is asked behind it.
_EMPHASIS = re.compile(
    r"[*_](?:(?:(?<=[a-z][*_])|(?<![a-z0-9*_][*_]))[*_]{0,2}(?=[a-z])|(?<=[a-z][*_])[*_]{0,2}(?![a-z0-9*_]))"
)
_SHORT = 64  # letters up to which rapidfuzz finds the best part of all
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
_LINKS = _SMALL_WORDS | {"pour", "par", "chez", "dans"}
_INTRODUCES = _LINKS | {"comme", "signifie", "veut", "dire"}
_EDGE_OF_NO_NAME = _SMALL_WORDS | {
    "pas",
    "pa",
    "plus",
    "ni",
    "sans",
    "pour",
    "avec",
    "par",
    "sous",
    "que",
    "qui",
    "ou",
    "non",
}
_RUNS_INTO = r"(?:(?<![a-z0-9])[adl]|de|des|les|la|le|pas|aux|en|et|ni|sans|non|ou|plus|patiente?s?|clients?|dossiers?|cartes?)\Z"
_RUNS_ON_WITH = r"(?:ne|ni|non|pas|ici|refus|accept|ok|svp|merci|interdit|exclu|et|ou|au|aux|dans|chez|pour|desole|bien|seul|sur|uniq|ce\b)"
"""What people run together with an acronym: « pasdeCMU », « cmunonacceptée »; not « McMurdo »."""
_BEFORE_NAME = ("", "de", "la", "le", "du", "pas", "pasde", "pasle", "pasla")
"""What people run together with a name: « pasdetierspayant »; or nothing."""
_OPENERS = r"\.?\"?\s*(?:(?P<aside>\(|\[|=|,? ou\b|\bsoit\b|, )|:|-|,|\"|\bpour\b)\s*\"?"
"""What opens the words that an acronym stands for; behind an aside they may have the letters of another language."""
_NAME_OPENERS = r" [a-z]+(?: [a-z]+)? ?(?P<aside>\()"  # « ACS Handball (association culturelle et sportive) »
_INTRODUCED = r"(?:\s*[(\[=:\",-]|\s(?:ou|soit|dite?s?))\s*(?:(?:ou|soit|dite?s?|alias|sigle|en abrege|les?|la|une?|notre|nos|ici)\s|l')*\"?$"
"""What stands between words and their acronym: « agents communautaires de santé, les ACS »."""
_TELLS = re.compile(
    r"(?:rendez|rdv|(?:lun|mar|mercre|jeu|vendre|same)dis?\b|dimanche|matin|midi|apres|soir\b|uniquement|seul|exclusi|accept|refus"
    r"|sans\b|avec\b|merci|svp|carte|mutuelle|supplement|contact|appel|muni|autres?\b|aucun|cas\b|sur\b|selon|sous\b|certain|chaque"
    r"|mois\b|semaine|devis|compl|sauf|mais\b|mon\b|mes\b|moi\b|ce\b|ca\b|cela|ces\b|c\b|se\b|sont|est\b|etait|non\b|oui\b|pas\b|plus\b|ici\b"
    r"|impossib|possib|ferme|simple|copie|original|avance|montr|exig|envoy|ecri|e?mail|sera|si\b|sa\b|son\b|ses\b|cmu|acs\b|css\b|ame\b)"
)
"""Words that tell patients something, and so spell nothing out: « CMU : consultation mardi uniquement »."""
_RIGHTS = r"(?:cmu|ame|acs|css|c2s|puma)"
_OF = r"(?:\s+(?:de|d|du|a|l|la|les|en|sous|par|et|ou|au))*[\s'/,]*$"
_STATUS_BEFORE = (
    r"(?:patient\w*|beneficiaires?|titulaires?|assure\w*|attestations?|cartes?|droits?|dossiers?|familles?|personnes?|gens"
    r"|refus\w*|accept\w*|pas|plus|aucun\w*|sans|ni|relev\w+|beneficie\w*|regimes?|statuts?|couvert\w*|affilie\w*|la|les|sous|en|cmu|ame|acs|css|c2s)"
    + _OF
)
_STATUS_AFTER = r"[^.;\n]{0,30}\b(?:accept\w*|refus\w*|bienven\w*|caisse|prise?s?)\b|\W{0,3}(?:non|pas|refus\w*|accept\w*|ok|oui|exclu\w*|bienven\w*|interdit\w*|s'abstenir|[:=→✅❌🚫⛔✗✘✖✔]|(?:et|ou|ni|/|,) ?(?:la |l')?(?:cmu|ame|acs|css|c2s))"
_HOLDER_BEFORE = (
    r"(?:\b(?:patiente?s?|beneficiaires?|titulaires?|allocataires?|assure\w*|attestations?|cartes?|droits?|familles?|personnes?"
    r"|relev\w+|beneficie\w*|affilie\w*|couvert\w*|ayant|detenteurs?|porteurs?|mutuelles?|vitale|tiers payant)"
    + _OF
    + rf"|\b{_RIGHTS}\W{{1,3}}(?:(?:et|ou|ni|de|la|l|les|d)[\s'])*$|(?:^|[.!?;:,\n(-])\s*(?:pas|plus|aucun\w*) (?:de |d'|la |l')?$"
    r"|\b(?:sauf|hors|pour|sous|quant a|cote) (?:les? |la |l')?$)"
)
_HOLDER_AFTER = (
    rf"\W{{1,3}}(?:(?:et|ou|ni|la|l|les)[\s'])*{_RIGHTS}\b| (?:doivent|peuvent|sont (?:pries|invites)|(?:y |ne )?(?:passe|marche)\b)|, celle "
    r"|\s?[:=?] ?(?:non|oui|ok|refus)\b|\s?[:=]?\s?[✅❌🚫⛔✗✘✖✔]"
)
"""Words of rights beside letters that the text has spelt out as something else."""
_SAID_BEFORE = (
    r"\b(?:pren(?:d|ds|ons|ez|dre|nent)|accept(?:e|es|ons|ez|er|ent)|refus(?:e|es|ons|ez|er|ent)|recoi(?:s|t)|recevons|pratiqu(?:e|ons)"
    r"|travaill(?:e|ons|ent)(?: (?:pas|plus|jamais|toujours))? avec)(?: (?:pas|plus|que|aussi|bien|egalement|toujours|jamais|en charge))*"
    r" (?:la |l'|d'|de )$|\b(?:(?:vous avez|avez-vous) (?:la |l')|(?:vous etes|etes-vous) (?:sous |en |a la |a l'))$"
)
_ANSWER_BEFORE = r"(?:^|[.;:!?,\n(•>|-]\s*|\b(?:ici|chez (?:nous|moi)),? )(?:(?:la|les|et|ou|mais|ni|patients?) |l')*$"
_ANSWER_AFTER = (
    r"(?: (?:(?:y )?(?:est|sont|sera|n'(?:y )?est|ne sera|ne sont) )?(?:(?:pas|plus|non|jamais|toujours|bien) )?|\s?[:=,] ?(?:non )?)"
    r"(?:(?:accept|refus)(?:ee?s|ee)|recus|(?:la )?bienvenues?|admises?|exclues?|comprises?|incluses?|prises?(?! d))\b"
)
"""What is said of a status alone, whatever else the letters may mean: « nous prenons la CSS », « …, ACS acceptée »."""
_GOES_ON = (
    r"(?:accept|refus|non|oui|pas|plus|tiers|cart|compl|base|bien|attest|merci|patient|consult|sur|uniq|seul|possib|imposs|interd"
    r"|exclu|sans|avec|pour|grat|dr\b|doct|mme|mada|mons|cabin|pris|prat|jamais|hors|sauf|aucun|nous|les?\b|une?\b|des?\b|cette|elle"
    r"|vous|votre|vos|tout|tous|rdv|rend|tarif|honor|depas|paie|pay|regl|cheq|espe|mutu|sect|secu|conv|ald|puma|hor|acces|park|tel|appel|contact"
    r"|lun|mar|merc|jeu|ven|sam|dim|demand|fourn|appor|presen|benef|titul|assure|delai|urgen|visite|soins?\b|droit|just|aide|couv|prot"
    r"|egal|aussi|donc|mais|car\b|selon|notre|nos\b|mon\b|mes\b|je\b|on\b|il\b|ils\b|pens|desol|ferm|ouver|lang|dispo|deplac|dom|langues|site"
    r"|sous|bulle|quel|est|sont|\w+ez\b)"
)
"""What a sentence may go on with behind a status, capital and all; any other capital makes the letters a part of a name."""
_MOST_CAPITALS = 0.5  # of the words around, where a capital still tells a name
_CALLED_BEFORE = (
    r"\b(?:sarl|sas|eurl|societe|entreprise|agence|club|licencies?|amicale|ecole|college|lycee|taxis?|ambulances?|garage|laboratoires?"
    r"|institut|studio|compagnie|troupe|reseau|editions?|revue|serveur|console|erreur|norme|marque|gamme|polices?|fontes?|etiquette|stade"
    r"|gymnase|quai|batiments?|bat|halls?|entrees?|escaliers?|immeubles?|blocs?|salles?|portes?|etages?|parkings?|residences?|ailes?"
    r"|stationnement|tours?|campus|station|pavillon|certification) $"
)
_CALLED_AFTER = (
    r" (?:sarl|sasu?|eurl|consult(?:ants?|ing)|conseils?|solutions?|automation|automobiles?|informatique|securite(?! sociale)|electricite"
    r"|habitat|energie|architectes?|nettoyage|web|studio|formation|football|handball|rugby|basket\w*|cyclisme|natation|athletisme|judo"
    r"|tennis|veterans|nano|applied|omega|catalysis|chem|biol|synth|serif|sans serif|typewriter|bright|arena)\b"
)
"""What makes letters the name of a firm, a club, a journal, a place; said of a status only where it is also taken or not."""
_TAKEN_AFTER = r" (?:(?:est|sont|non|pas|n'est pas|ne sont pas) )?(?:accept|bienven|pris|refuse(?:e|s|es)?\b(?! de))"


@dataclass(frozen=True, slots=True)
class Named:
    """A subject named in folded text; ``start`` and ``end`` are folded indices."""

    id: str
    kind: SubjectKind
    start: int
    end: int
    written: Written


class _LookAlike(NamedTuple):
    """An exception; its expressions are compiled when a text asks for them."""

    expression: str
    unless_expression: str | None
    case: Literal["any", "small", "undecided"]

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.expression)

    @property
    def unless(self) -> re.Pattern[str] | None:
        return None if self.unless_expression is None else _compiled(self.unless_expression)


@dataclass(frozen=True, slots=True, eq=False)
class _Acronym:
    letters: str
    subject: SubjectTable
    expression: str
    head: int
    """How many letters must be set apart alike; the rest (« -C ») may be joined in its own way."""

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.expression)


@dataclass(frozen=True, slots=True, eq=False)
class _Fixed:
    """A name, a pattern or a spelt-out form, and the hook that it holds."""

    subject: SubjectTable
    expression: str
    how: Written
    hook: str | None

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.expression)


class _Beside(NamedTuple):
    """The bare letters of what is named, and what stands before and behind them."""

    letters: str
    left: str
    near: str
    """The end of ``left``, for what must stand right before the letters."""
    right: str

    @classmethod
    def of(cls, folded: Folded, named: Named) -> _Beside:
        text = folded.text
        left = text[max(0, named.start - _WINDOW) : named.start]
        return cls(_letters(text[named.start : named.end]), left, left[-_NEAR:], text[named.end : named.end + _WINDOW])

    @property
    def window(self) -> str:
        return f"{self.left}{_MARK}{self.right}"


class _Run(NamedTuple):
    """The letters of an acronym where the text alone, without its capitals and accents, lets them be one."""

    start: int
    end: int
    separators: list[str]
    tail_apart: bool
    """« CMU c »: only a capital makes the last letter a part of it."""
    behind_letter: bool
    """« pasdeAME »: only capitals part it from the word before."""
    in_capitals: bool
    """« AM.E »: only capitals tell it from « am.e »."""


@dataclass(frozen=True, slots=True, eq=False)
class _Name:
    """A long name without its blanks, how near a row of letters must come to it, and where its words lie."""

    letters: str
    heard: str
    cutoff: float
    words: tuple[tuple[int, int], ...]

    def word_for_word(self, row: str) -> bool:
        """Whether each word of the name is in the row, misspelt; not another in its place (« santé obligatoire »)."""
        from rapidfuzz.distance import Levenshtein

        edits = Levenshtein.editops(self.letters, row)
        return all(_wrong(edits, start, end) <= _MOST_WRONG * (end - start) for start, end in self.words)


class _Near:
    """The long names of a subject, misspelt: rows of words around an anchor that rapidfuzz calls near to one."""

    def __init__(self, table: SubjectTable) -> None:
        self.table = table
        self._names = [_name(name) for name in table.names]
        self._others = [(name.letters, name.heard) for name in map(_name, table.not_names)]
        self._exact = {name.letters for name in self._names}.difference(letters for letters, _ in self._others)
        self._reach = max(len(name.split()) for name in table.names) + 1
        self._least = min(name.cutoff for name in self._names) / 100
        self._longest = max(len(name.letters) for name in self._names)
        # No row of more or fewer letters than these can be so near, whatever they are.
        self._most = self._longest * (2 - self._least) / self._least
        self._fewest = min(len(name.letters) for name in self._names) * self._least / (2 - self._least)
        self._parts = [(name.letters, name.heard, 100 * (3 - 200 / name.cutoff) - 0.01) for name in self._names]
        self._span = int(self._most) + 5 * (self._reach + 2)

    def names_one(self, text: str) -> bool:
        """Whether anything is near to a name, at any place of any anchor."""
        return any(self._at(text, m.start()) is not None for anchor in self.each for m in anchor.finditer(text))

    @cached_property
    def each(self) -> list[re.Pattern[str]]:
        return [re.compile(_loose(anchor)) for anchor in self.table.anchors]

    @cached_property
    def anywhere(self) -> re.Pattern[str]:
        return re.compile("|".join(map(_loose, self.table.anchors)))

    def named(self, text: str) -> Iterator[Named]:
        """What is near to a name, at one anchor after the other."""
        end = 0
        for anchor in self.anywhere.finditer(text):
            if anchor.start() >= end and (named := self._at(text, anchor.start())) is not None:
                yield named
                if _letters(text[named.start : named.end]) in self._exact:
                    end = named.end  # what other anchors in a name find is the same

    def _at(self, text: str, place: int) -> Named | None:
        """The words around an anchor at ``place`` that are nearest to a name; ``None`` where none are near."""
        from rapidfuzz import fuzz  # not for a text whose gate holds no hook of a name

        if not self._possible(text, place):
            return None
        words = list(_WORD.finditer(text, max(0, place - self._span), place + self._span))
        index = next(i for i, word in enumerate(words) if word.end() > place)
        rows = list(self._rows(words, index))
        best = next((row for row in rows if row[2] in self._exact), None)  # nothing is nearer
        nearest = 0.0
        for row in rows if best is None else ():
            letters = row[2]
            score, heard = 0.0, _heard(letters)
            for name in self._names:
                least = max(name.cutoff, nearest)
                of_name = max(
                    fuzz.ratio(letters, name.letters, score_cutoff=least),
                    fuzz.ratio(heard, name.heard, score_cutoff=least),
                )
                if of_name > score:
                    score, likest = of_name, name
            if score > nearest and likest.word_for_word(letters):
                others = (
                    fuzz.ratio(*pair) for other, sound in self._others for pair in ((letters, other), (heard, sound))
                )
                if max(others, default=0.0) < score:
                    best, nearest = row, score
        if best is None:
            return None
        return Named(self.table.id, self.table.kind, words[best[0]].start(), words[best[1]].end(), "misspelt")

    def _rows(self, words: Sequence[re.Match[str]], index: int) -> Iterator[tuple[int, int, str]]:
        """The rows of words that may be a name misspelt, around that at ``index``: the first, the last, their letters."""
        begin = index
        count = len(words[index].group())
        while begin > max(0, index - self._reach) and count <= self._most:
            if words[begin].start() - words[begin - 1].end() > 4:
                break
            begin -= 1
            count += len(words[begin].group())
        for first in range(begin, min(index + 2, len(words))):
            if words[first].group() in _EDGE_OF_NO_NAME:
                continue
            letters = ""
            for last in range(first, min(first + self._reach + 1, len(words))):
                if last > first and words[last].start() - words[last - 1].end() > 4:
                    break
                word = words[last].group()
                letters += word
                if len(letters) > self._most:
                    break
                if last >= index and len(letters) >= self._fewest and word not in _EDGE_OF_NO_NAME:
                    yield first, last, letters

    def _possible(self, text: str, place: int) -> bool:
        """Whether a name is, at least in part, near to something among the letters around ``place``.

        A row that is near to a name, by a ratio of c, has at most (2 - c) / c times its letters, and at worst all of them
        and others besides: so a stretch of the name's own length still agrees by 2 - (2 - c) / c.
        """
        from rapidfuzz import fuzz

        most = int(self._most)
        word = _WORD.match(text, place, place + self._span)
        end = word.end() if word is not None else place
        if end - place > most:
            return False
        before = _letters(text[max(0, place - self._span) : place])[-most:]
        around = before + text[place:end] + _letters(text[end : end + self._span])[:most]
        heard = _heard(around)
        return any(
            len(name) > _SHORT
            or fuzz.partial_ratio(name, around, score_cutoff=part)
            or fuzz.partial_ratio(sound, heard, score_cutoff=part)
            for name, sound, part in self._parts
        )


Way = _Fixed | _Acronym | _Near | re.Pattern[str]
"""How a subject may be found."""
_NOWHERE: frozenset[Way] = frozenset()


class SubjectFinder:
    """Finds the subjects of a rule set in folded text. Built once, used by many threads."""

    def __init__(self, files: Sequence[SubjectFile]) -> None:
        self._files = files
        self._tables = [file.subject for file in files]
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
        self._fixed = [f for table in self._tables for f in _fixed(table)]
        self._near = [_Near(t) for t in self._tables if t.anchors and t.names]
        self._hooks = Hooks(self._hooked())
        near = [(near, *anchored(near.table.anchors, near.table.names)) for near in self._near]
        self._behind = Hooks((way, hook) for way, hook, _ in near if hook)
        self._before = Hooks((way, hook) for way, _, hook in near if hook)

    def warm_up(self) -> None:
        """Compile every pattern now, and import what compares misspelt names."""
        from rapidfuzz import fuzz  # noqa: F401

        patterns = [*(form.pattern for form in self._fixed), *(acronym.pattern for acronym in self._acronyms)]
        patterns += [pattern for near in self._near for pattern in (near.anywhere, *near.each)]
        for exceptions in self._exceptions.values():
            patterns += [pattern for e in exceptions for pattern in (e.pattern, e.unless) if pattern is not None]

    # -- the gate --------------------------------------------------------------------------------------------------

    def _hooked(self) -> Iterator[tuple[Way, str | None]]:
        """Every way in which ``find`` finds a subject but for misspelt names, with the hook that a text must hold for it."""
        for letters in self._acronyms:
            yield letters, _hook_of(letters)
        yield _ROW, of_pattern(_ROW.pattern)
        for form in self._fixed:
            yield form, form.hook

    def _ways(self, seen: str) -> Iterator[Way]:
        """The ways in which a text may name a subject; long names, whatever is emphasized inside their words."""
        yield from self._hooked_in(seen)
        if (closed := _closed(seen)) is not seen:
            yield from (way for way in self._hooked_in(closed) if isinstance(way, _Fixed | _Near))

    def _hooked_in(self, seen: str) -> Iterator[Way]:
        yield from self._hooks.ways(seen)
        yield from self._behind.ways(seen)
        yield from self._before.ways(seen[::-1])

    def might_name(self, text: str) -> bool:
        """Whether ``text`` may name a subject. Never ``False`` for a text in which ``find`` finds one, folded."""
        return bool(self.ways(text))

    def ways(self, text: str) -> frozenset[Way]:
        """The ways in which ``text`` may name a subject; none at all where none of them leads to anything."""
        seen = shown(text)
        closed = _closed(seen)
        if not (self._holds_hook(seen) or (closed is not seen and self._holds_hook(closed))):
            return _NOWHERE
        ways = dict.fromkeys(self._ways(seen))  # in order: the cheapest to follow come first
        if any(self._leads(way, text, seen) for way in ways):
            return frozenset(ways)
        names = [way for way in ways if isinstance(way, _Fixed | _Near)] if closed is not seen else []
        return frozenset(ways) if any(self._leads(name, closed, closed) for name in names) else _NOWHERE

    def _holds_hook(self, seen: str) -> bool:
        return self._hooks.any_in(seen) or self._behind.any_in(seen) or self._before.any_in(seen[::-1])

    def _leads(self, way: Way, text: str, seen: str) -> bool:
        """Whether the way leads to something in the text as it is seen."""
        if isinstance(way, _Near):
            return way.names_one(seen)
        if isinstance(way, _Acronym):
            return any(
                not run.behind_letter or shown(text, cased=True)[run.start : run.end].isupper()
                for run in self._runs(seen, way)
            )
        if isinstance(way, _Fixed):
            return way.pattern.search(seen) is not None
        return next(self._spaced_out(seen), None) is not None

    # -- the search ------------------------------------------------------------------------------------------------

    def find(self, folded: Folded, ways: frozenset[Way] | None = None) -> list[Named]:
        """The subjects named in ``folded``, in order, never overlapping; ``ways``, where they are known already."""
        if ways is None:
            ways = frozenset(self._ways(shown(folded.original)))
        found: list[Named] = []
        taken = _Taken()
        for candidate in self._candidates(folded, ways):
            if taken.free(candidate.start, candidate.end):
                taken.add(candidate.start, candidate.end)
                found.append(candidate)
        return sorted(self._without_look_alikes(folded, found), key=lambda named: named.start)

    def _candidates(self, folded: Folded, ways: frozenset[Way]) -> Iterator[Named]:
        """From the surest to the least sure; what comes first takes the place."""
        text = folded.text
        exact = [
            Named(
                form.subject.id,
                form.subject.kind,
                m.start(),
                m.end(),
                form.how if folded_as_written(folded, m.start(), m.end()) else "disguised",
            )
            for form in self._fixed
            if form in ways
            for m in form.pattern.finditer(text)
        ]
        yield from sorted(exact, key=lambda named: named.start - named.end)
        if _ROW in ways:
            yield from self._spaced_out(text)
        for letters in self._acronyms:
            if letters in ways:
                yield from self._acronym(folded, letters)
        for near in self._near:
            if near in ways:
                yield from near.named(text)
        if (closed := _closed(text)) is not text:
            yield from self._emphasized(text, closed, ways)

    def _emphasized(self, text: str, closed: str, ways: frozenset[Way]) -> Iterator[Named]:
        """Long names with marks of emphasis inside their words: « **A**ide **m**édicale de l'**É**tat »."""
        marks = [mark.span() for mark in _EMPHASIS.finditer(text)]
        gone = [0, *accumulate(end - start for start, end in marks)]  # before each mark, and behind the last
        cuts = [start - before for (start, _), before in zip(marks, gone, strict=False)]

        def opened(place: int) -> int:
            return place + gone[bisect_right(cuts, place)]

        exact = ((f.subject, m.start(), m.end()) for f in self._fixed if f in ways for m in f.pattern.finditer(closed))
        near = ((n.table, m.start, m.end) for n in self._near if n in ways for m in n.named(closed))
        for table, start, end in (*exact, *near):
            yield Named(table.id, table.kind, opened(start), opened(end - 1) + 1, "disguised")

    def _acronym(self, folded: Folded, acronym: _Acronym) -> Iterator[Named]:
        table = acronym.subject
        for run in self._runs(folded.text, acronym):
            start, end = run.start, run.end
            if run.tail_apart and not folded.written(end - 1, end).isupper():
                continue
            if run.in_capitals and not folded.written(start, end).isupper():
                continue
            if run.behind_letter:
                capitals = [folded.shape(i).isupper() for i in range(start - 1, end) if folded.text[i].isalpha()]
                if capitals[0] or not all(capitals[1:]):
                    continue
            if not table.accents and not "".join(run.separators).strip() and folded.accented(start, end):
                continue  # « âme »; but « Â.M.E. » is no word
            plain = folded_as_written(folded, start, end) and "".join(run.separators).strip(" .-") == ""
            yield Named(table.id, table.kind, start, end, "as_written" if plain else "disguised")

    def _runs(self, text: str, acronym: _Acronym) -> Iterator[_Run]:
        """Where the letters stand; a row that they are not may hold them further on (« laame », « a m a m e »)."""
        place = 0
        while (match := acronym.pattern.search(text, place)) is not None:
            start, end = match.start(), match.end()
            place = start + 1
            separators = [separator or "" for separator in match.groups()]
            letters = re.sub(r"[^a-z0-9]", "", match.group())
            apart, joined_ = separators[: acronym.head - 1], separators[acronym.head - 1 :]
            partly = _partly_dotted(text, start, end, apart)
            if not _same_letters(letters, acronym.letters) or not (partly or _alike(apart)):
                continue
            lone = (
                joined_ != []
                and joined_[0] not in ("", *apart)
                and joined_[0].strip() == ""
                and re.match(r"\s*(?:[^\s\w']|$)", text[end : end + 8]) is None
            )  # « la CMU c'est »: a lone small c is a word of its own
            behind_letter = False
            if not any(apart):
                grown = _grown(text, start, end, acronym.subject)
                if grown is None:
                    continue
                start, end, behind_letter = grown
            elif not partly and _runs_on(text, start, end, separators[0]):
                continue
            place = end
            yield _Run(start, end, separators, lone, behind_letter, partly and not acronym.subject.glued)

    def _spaced_out(self, text: str) -> Iterator[Named]:
        """Names inside a row of single letters: « t.i.e.r.s p.a.y.a.n.t », « P A S  D E  C M U »."""
        for row in _ROW.finditer(text):
            places = [i for i in range(row.start(), row.end()) if text[i].isalnum()]
            compact = "".join(text[i] for i in places)
            for name, table in self._compact:
                at = compact.find(name)
                while at >= 0:
                    held = places[at : at + len(name)]
                    gaps = {text[i + 1 : j] for i, j in pairwise(held)}
                    if len(gaps) == 1 or len(name) > _ACRONYM:
                        yield Named(table.id, table.kind, held[0], held[-1] + 1, "disguised")
                    at = compact.find(name, at + len(name))

    # -- what the same letters mean elsewhere ------------------------------------------------------------------------

    @cached_property
    def _exceptions(self) -> dict[str, list[_LookAlike]]:
        return {file.subject.id: [_look_alike(e) for e in file.exception] for file in self._files}

    def _without_look_alikes(self, folded: Folded, found: Iterable[Named]) -> Iterator[Named]:
        """Drop what means something else here; a text that used letters so once means them so again, unless it says not."""
        elsewhere: set[str] = set()
        spelt_out: set[str] = set()
        bare: list[tuple[Named, _Beside]] = []
        for named in found:
            by = _Beside.of(folded, named)
            if named.id not in self._with_acronym:
                if not self._means_else(folded, named, by):
                    yield named
            elif len(by.letters) > _LONG or _answered(by):
                yield named
            elif _spelt_out(by):
                spelt_out.add(by.letters)
            elif _compiled(_SAID_BEFORE).search(by.near):
                yield named
            elif self._means_else(folded, named, by) or _part_of_a_name(folded, named, by):
                elsewhere.add(folded.written(named.start, named.end))
            else:
                bare.append((named, by))

        @cache
        def in_capitals(letters: str) -> bool:
            return _defined_elsewhere(folded, letters)

        for named, by in bare:
            if by.letters in spelt_out:
                if _compiled(_HOLDER_BEFORE).search(by.near) or _compiled(_HOLDER_AFTER).match(by.right):
                    yield named
            elif (
                _compiled(_STATUS_BEFORE).search(by.near)
                or _compiled(_STATUS_AFTER).match(by.right)
                or self._vouched_for(named, by)
                or not (folded.written(named.start, named.end) in elsewhere or in_capitals(by.letters))
            ):
                yield named

    def _means_else(self, folded: Folded, named: Named, by: _Beside) -> bool:
        window = by.window
        return any(
            exception.pattern.search(window) is not None
            and not (exception.unless is not None and exception.unless.search(window))
            for exception in self._exceptions[named.id]
            if _holds(exception, folded, named)
        )

    def _vouched_for(self, named: Named, by: _Beside) -> bool:
        """Whether what no exception holds against stands here: « ACS, l'aide à la complémentaire »."""
        window = by.window
        return any(e.unless is not None and e.unless.search(window) for e in self._exceptions[named.id])


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


def _closed(text: str) -> str:
    """The text without marks of emphasis beside letters; the very same where there are none."""
    return _EMPHASIS.sub("", text) if "*" in text or "_" in text else text


def _loose(anchor: str) -> str:
    return r"\W{1,3}".join(map(re.escape, anchor.split()))


def _acronym(acronym: str, table: SubjectTable) -> _Acronym:
    head = acronym.index("-") if "-" in acronym else len(acronym)
    letters = acronym.replace("-", "")
    # A pattern that begins with a letter is searched fast, hence the first of them stands before the choice.
    runs = [rf"{letters[0]}{{0,5}}", *(rf"{letter}{{1,6}}" for letter in letters[1:])]
    pattern = f"({_SEPARATOR})".join(runs[:head])
    if head < len(letters):
        pattern += (
            "".join(rf"([ .\-_/*=|+~·•\x01]{{0,4}}){run}" for run in runs[head:])
            + r"(?![a-z0-9']|[^a-z0-9\s][a-z0-9](?![a-z0-9]))"
        )
    # Letters together come first: in « css sont » the row of letters must not reach for the next word.
    return _Acronym(letters, table, rf"{letters[0]}(?:{letters[1:]}(?![a-z0-9])|{pattern})", head)


def _fixed(table: SubjectTable) -> Iterator[_Fixed]:
    for name in table.names:
        gap, words = "[^a-z0-9]{0,4}", name.split()
        first, rest = re.escape(words[0][0]), [words[0][1:], *words[1:]]
        # What may stand before the first letter is asked behind it: a pattern that begins with a letter is searched fast.
        after = "|".join(rf"(?<=\b{before}{first})" for before in _BEFORE_NAME)
        expression = rf"{first}(?:{after}){gap.join(map(re.escape, rest))}\b"
        yield _Fixed(table, expression, "as_written", joined(words))
    for pattern in table.patterns:
        yield _Fixed(table, pattern, "as_written", of_pattern(pattern))
    for form in table.spelled:
        gap, words = r"[\W_]{1,3}", form.split()
        expression = rf"\b{gap.join(map(re.escape, words))}\b"
        yield _Fixed(table, expression, "disguised", spaced(words))
    for form in table.leet:
        gap, words = r"[\W_]{0,2}", form.split()
        expression = rf"(?<![\w.]){gap.join(map(re.escape, words))}(?!\w)"
        yield _Fixed(table, expression, "disguised", of_pattern(expression))


def _hook_of(name: _Acronym) -> str:
    """Together and whole, each letter doubled, one of them tripled, set apart, or with marks of emphasis between."""
    head, whole = name.letters[: name.head], name.letters
    doubled = "".join(letter * 2 for letter in head)
    drawled = (
        "".join(f"{c}{{3,6}}" if i == at else f"{c}{{1,6}}" for i, c in enumerate(head)) for at in range(len(head))
    )
    together = head if name.subject.glued or head != whole else acronym(whole, name.subject.suffixes)
    return "|".join([together, doubled, *drawled, set_apart(head, open_ended=head != whole), parted(head, "*_~`.")])


_compiled = cache(re.compile)


def _look_alike(exception: LookAlike) -> _LookAlike:
    def ready(pattern: str) -> str:
        return pattern.replace("{s}", _MARK)

    unless = ready(rf"(?<![a-z0-9])(?:{exception.except_})") if exception.except_ else None
    return _LookAlike(ready(exception.pattern), unless, exception.case)


def _grown(text: str, start: int, end: int, table: SubjectTable) -> tuple[int, int, bool] | None:
    """The whole word around bare letters, a plural or « CMUistes », and whether capitals must part it from what is before.

    Letters inside another word are none.
    """
    before = start > 0 and text[start - 1].isalnum()
    after = end < len(text) and text[end].isalnum()
    if after:
        for suffix in table.suffixes:
            stop = end + len(suffix)
            if text.startswith(suffix, end) and not (stop < len(text) and text[stop].isalnum()):
                end, after = stop, False
                break
    if table.glued:
        if (before and text[start - 1].isdigit()) or (after and (text[end].isdigit() or text.startswith("p ", end))):
            return None
        if after and text[end] == "p" and not text.startswith(("pa", "pr", "po", "pe"), end):
            return None
        apart = (not before or _compiled(_RUNS_INTO).search(text, 0, start)) and (
            not after or _compiled(_RUNS_ON_WITH).match(text, end)
        )
        return (start, end, False) if apart else None
    return None if after else (start, end, before)


def _same_letters(letters: str, acronym: str) -> bool:
    if letters == acronym:
        return True
    if any(letters == "".join(c * n for c in acronym) for n in (2, 3)):
        return True  # « CCMMUU »
    if _DRAWLED.search(letters) and _single(letters) == _single(acronym):
        return True  # « cmmmuuu »
    return letters.rstrip(acronym[-1]) == acronym.rstrip(acronym[-1]) and acronym[-1] not in "es" and len(letters) <= 6


def _single(letters: str) -> str:
    return "".join(letter for letter, _ in groupby(letters))


def _alike(separators: Sequence[str]) -> bool:
    """Whether the letters are set apart in one way: « C.M.U », « c - m - u »; not « À M. E. Durand »."""
    if not any(re.sub(r"[*_~`]", "", s) for s in separators):
        return True  # markdown inside the letters: « **A**ME »
    bare = {re.sub(r"[\s*_~`\\]", "", s) for s in separators}
    if len(bare) == 1:
        return bool(all(separators)) or not any(separators)
    return all(separators) and not any(s.isspace() for s in separators) and not any(". " in s for s in separators)


def _partly_dotted(text: str, start: int, end: int, separators: Sequence[str]) -> bool:
    """Whether some letters are set apart by a dot, others not, and all stand between blanks: « cm.u », « AM.E »."""
    if set(separators) != {"", "."}:
        return False
    return not text[max(start - 1, 0) : start].strip(" '(\n") and not text[end : end + 1].strip(" ,;:!?)\n")


def _runs_on(text: str, start: int, end: int, separator: str) -> bool:
    """Whether letters set apart stand in a longer row of such letters, or are the edge of a word."""
    if (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum()):
        return True
    edge = start - len(separator)
    lone = re.search(r"(?<![a-z0-9'])[a-z]\Z", text[max(edge - 2, 0) : max(edge, 0)]) is not None
    before = lone and text.startswith(separator, max(edge, 0)) and not separator.isspace()
    if separator.isspace() and _WORD_OF_ONE_LETTER.match(text, end):
        return before
    return before or re.match(rf"{re.escape(separator)}[a-z](?![a-z0-9'])", text[end : end + 8]) is not None


def _letters(text: str) -> str:
    return text.encode("ascii", "ignore").translate(None, _NO_LETTERS).decode("ascii")


_HEARD = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("ph", "f"), ("qu|k|ck", "c"), ("(?:ct|x|t|ss)i(?=on)", "si"), ("sc(?=[ei])|c(?=[ei])|ss|z", "s"), ("y|hi", "i"), ("h", ""),
        ("e?au", "o"), ("ai|ei", "e"), ("[ae]n|[ae]m(?=[bpm])", "an"), (r"(.)\1+", r"\1"),
    )
]  # fmt: skip


def _heard(letters: str) -> str:
    """A rough key of how letters sound: those who write by ear keep it (« complémantère santé solidère »)."""
    for pattern, sound in _HEARD:
        letters = pattern.sub(sound, letters)
    return letters


def _wrong(edits: Editops, start: int, end: int) -> int:
    """How many letters of a word are missing or other ones, or stand in excess; letters swapped count once."""
    within = [
        edit.tag for edit in edits if start <= edit.src_pos < end and (edit.tag != "insert" or edit.src_pos > start)
    ]
    return max(len(within) - within.count("insert"), len(within) - within.count("delete"))


def _name(name: str) -> _Name:
    letters, words, end = name.replace(" ", ""), [], 0
    for word in name.split():
        end += len(word)
        if len(word) > _SMALL:
            words.append((end - len(word), end))
    return _Name(letters, _heard(letters), 88.0 if len(letters) < 14 else 86.0, tuple(words))


def _holds(exception: _LookAlike, folded: Folded, named: Named) -> bool:
    """Whether the exception is for letters written so; all around in capitals, capitals tell nothing."""
    if exception.case == "any":
        return True
    word = folded.written(named.start, named.end)
    start, end = folded.span(named.start, named.end)
    beside = folded.original[max(0, start - 12) : start] + folded.original[end : end + 12]
    # Signs without a look that all the text is strewn with tell nothing of this word.
    word = "".join(c for c in word if prints(c) or c not in beside)
    if not word.isupper():
        return word.isascii() and word.isalpha() and word[1:].islower()  # else a disguise, which no word wears
    if exception.case == "small":
        return False
    around = folded.original[max(0, folded.starts[named.start] - 60) : folded.ends[named.end - 1] + 60]
    letters = [c for c in around if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _answered(by: _Beside) -> bool:
    """Whether the answer to a status stands behind the letters: « Centre médical urbain, CMU acceptée »."""
    return bool(_compiled(_ANSWER_AFTER).match(by.right) and _compiled(_ANSWER_BEFORE).search(by.near))


def _part_of_a_name(folded: Folded, named: Named, by: _Beside) -> bool:
    """Whether the letters name a firm, a club, a place: « taxis ACS », « ACS Mandelieu », « CMU Serif »."""
    if _compiled(_CALLED_BEFORE).search(by.near):
        return not (_compiled(_TAKEN_AFTER).match(by.right) or _compiled(_HOLDER_AFTER).match(by.right))
    if by.right[:1] != " " or by.left.endswith("aux ") or _compiled(_STATUS_BEFORE).search(by.near):
        return False
    if _compiled(_CALLED_AFTER).match(by.right):
        return True
    if _compiled(_STATUS_AFTER).match(by.right) or not folded.shape(named.start).isupper():
        return False
    following = _WORD.match(folded.text, named.end + 1)
    if following is None or len(following.group()) < 3 or _compiled(_GOES_ON).match(following.group()):
        return False
    if not (folded.shape(following.start()).isupper() and folded.shape(following.start() + 1).islower()):
        return False
    around = [m.start() for m in _WORD.finditer(folded.text, max(0, named.start - _WINDOW), named.end + _WINDOW)]
    return sum(folded.shape(at).isupper() for at in around) <= _MOST_CAPITALS * len(around)


def _own(words: Sequence[str]) -> bool:
    """Whether the words are, misspelt or in part, the name of a status."""
    helps = words[0].startswith(("aide", "ade")) and not any(w.startswith("medico") for w in words)
    return helps or any(w.startswith(("couv", "compl", "protec", "solid", "cheque")) for w in words)


def _initials(words: Sequence[str], letters: str) -> bool:
    """Whether the words, small ones left out or in, begin with ``letters`` and are not a status's own name."""
    if letters not in ("".join(w[0] for w in words if w not in _LINKS), "".join(w[0] for w in words)):
        return False
    return not (words[0] in _LINKS or words[-1] in _LINKS or _own(words) or any(map(_TELLS.match, words)))


def _in_another_order(words: Sequence[str], letters: str) -> bool:
    """« sérum autologue conditionné (ACS) », « syndrome coronarien aigu (ACS) »: French words, the letters of the English."""
    full = [w for w in words if w not in _LINKS]
    if sorted(w[0] for w in full) != sorted(letters) or _own(full) or any(map(_TELLS.match, full)):
        return False
    return not any(
        w.startswith(("aide", "malad", "etat", "univers", "acquis", "aquis")) or len(w) <= _SMALL for w in full
    )


def _spelt_out(by: _Beside) -> bool:
    """Whether « X Y Z (ABC) », « ABC, x y z, » or the like stands right here."""
    if not _ACRONYM > len(by.letters) > _SMALL:
        return False
    letters = by.letters.replace("2s", "ss")
    return _spelt_out_behind(letters, by) or _spelt_out_before(letters, by)


def _spelt_out_behind(letters: str, by: _Beside) -> bool:
    opened = _compiled(_OPENERS).match(by.right)
    if not opened and not _compiled(_STATUS_AFTER).match(by.right):
        opened = _compiled(_NAME_OPENERS).match(by.right)
    if not opened:
        return False
    behind = _STOP.split(by.right[opened.end() :], 1)[0]
    for words in _in_words(behind):
        first = next((i for i, word in enumerate(words) if word not in _INTRODUCES), len(words))
        name = words[first : first + _NAME]
        if any(_initials(name[:n], letters) for n in range(len(letters), len(name) + 1)):
            return True
    aside = _WORD.findall(_compiled(r"[).;:,!?\n\]\"]").split(behind, 1)[0]) if opened["aside"] else []
    return _in_another_order(aside, letters)


def _spelt_out_before(letters: str, by: _Beside) -> bool:
    introduced = _compiled(_INTRODUCED).search(by.near)
    if not introduced:
        return False
    for words in _in_words(_STOP.split(by.left[: len(by.left) - len(by.near) + introduced.start()])[-1]):
        name = words[-_NAME:]
        full = [w for w in name if w not in _LINKS]
        if by.right[:1] == ")" and _in_another_order(full[-len(letters) :], letters):
            return True
        # « Association cardio-sportive de Dole (ACS) »: the place may follow the name
        ends = range(max(len(letters), len(name) - 3), len(name) + 1)
        if any(_initials(name[start:end], letters) for end in ends for start in range(end - len(letters) + 1)):
            return True
    return False


def _in_words(text: str) -> Iterator[list[str]]:
    """The words of a text; « sages-femmes » is two of them, or else one."""
    yield _WORD.findall(text)
    if "-" in text:
        yield _COMPOUND.findall(text)


def _defined_elsewhere(folded: Folded, letters: str) -> bool:
    """Whether capitalised words somewhere in the text have these initials (« Athlétic Club de Sallanches »)."""
    capital = [(m, folded.shape(m.start()).isupper()) for m in _WORD.finditer(folded.text)]
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
