"""Folded text, and the way back to the text as given.

Folding makes what a reader sees the same, the same: ``C&#77;U``, ``С<b>М</b>U`` (Cyrillic), ``ＣＭＵ`` and
``C\u200bM\u200bU`` all fold to ``cmu``. Every folded character keeps the start and the end of what it was read from,
so that a span of folded text is a span of the original whatever was dropped, merged or spelt out in between.

Two things are kept on purpose. Accents are dropped from the folded text but stay readable through
:meth:`Folded.accented`, since « âme » (soul) is not « AME ». Signs that carry meaning (✅, ❌, €) are left as they are.
"""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from unidecode import unidecode

from .characters import IGNORABLE
from .lookalikes import LOOKALIKES

_INLINE_TAGS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "meta",
        "link",
        "nobr",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
        "img",
    ]
)
_BLOCK_TAGS = frozenset(
    [
        "legend",
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_CELL_TAGS = frozenset(["td", "th", "caption", "option", "label", "select", "input", "button", "textarea", "optgroup"])

HTML_TAGS = _INLINE_TAGS | _BLOCK_TAGS | _CELL_TAGS | {"script", "style"}
"""The names that make ``<name …>`` a tag; any other such stretch is text in angle brackets."""

_MARKUP = (
    r"<!--|</?(?P<tag>[a-zA-Z][a-zA-Z0-9]*)\b[^<>]*>"
    r"|&lt;/?(?:b|i|em|strong|span|mark|small|sub|sup)&gt;|&amp;(?:#[0-9]{1,7}|nbsp|shy|[a-zA-Z](?:acute|grave|circ|cedil|uml)|[lr][sd]quo|[nm]dash);|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});?"
    r"|\[(?=[^\[\]\n]{1,80}\]\((?:[#/]|https?:|www\.|mailto:|tel:|\)))|\]\((?:(?:[#/]|https?:|www\.|mailto:|tel:)[^()\s]{0,200})?\)"
    r"|\[/?(?i:b|i|center|color|size|font)(?:=[^\[\]\n]{1,40})?\]"
)
_UNPLAIN = re.compile(r"[^ -~]")
_SPECIAL = re.compile(_MARKUP)
_ENDS = {
    "!": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
}

_QUOTES = dict.fromkeys("«»“”„‟″‹›", '"') | dict.fromkeys("’‘‛′ʼʹˈ´`＇", "'")
_BULLETS = dict.fromkeys("•‣▪▫●○◦■□◆◇♦⁃∙➢➤❖✦★☆", "•")
_ARROWS = dict.fromkeys("→➔➜➝➞➡⇒⇨►▶▸»", "→")
_ARROWS.pop("»")
_SIGNS = {
    "…": "...",
    "−": "-",
    "⁄": "/",
    "∕": "/",
    "｜": "|",
    "\u00ad": "",
    "\u2028": "\n",
    "\u2029": "\n",
    "\x85": "\n",
    "\u2800": " ",  # braille without a dot
}
_BY_LOOK = {char: letter for letter, chars in LOOKALIKES.items() for char in chars}
_TABLE: dict[str, str] = {**_BY_LOOK, **_QUOTES, **_BULLETS, **_ARROWS, **_SIGNS}
_TABLE_LIMIT = 20_000
_FEW = 40
"""Different characters that are replaced one after the other, each in a pass over the text."""
_ACCENTS = frozenset("\u0300\u0301\u0302\u0303\u0308\u030a\u0327")


def _fold_char(char: str) -> str:
    """What one character outside ASCII folds to: a letter, several, a sign, or nothing."""
    category = unicodedata.category(char)
    if category == "Cs":
        return "\ufffd"
    if category in ("Mn", "Me", "Mc", "Cf", "Cc", "Co") or IGNORABLE.match(char):
        return ""
    if category == "Zs":
        return " "
    if category == "Pd":
        return "-"
    compatible = unicodedata.normalize("NFKC", char)
    if category in ("So", "No", "Sm", "Sk") and len(compatible) > 1:
        # « № », « ½ », « ™ »: words and fractions that nobody wrote; but « ⒞ », « 🄫 » are a letter in a frame.
        letters = [c for c in compatible if c.isalnum()]
        if len(letters) != 1:
            return char
        compatible = letters[0]
    stripped = "".join(c for c in unicodedata.normalize("NFD", compatible) if not unicodedata.combining(c))
    seen = "".join(_BY_LOOK.get(c, c) for c in stripped).lower()
    if seen.isascii():
        return seen if seen.strip() else " "
    if category[0] == "L":
        latin = unidecode(seen).lower()
        if latin.isascii() and latin.isalpha():
            return latin
    return char


def _folded(char: str) -> str:
    out = _TABLE.get(char)
    if out is None:
        out = _fold_char(char)
        if len(_TABLE) < _TABLE_LIMIT:
            _TABLE[char] = out
    return out


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text with, for each of its characters, the start and end index of its origin in ``original``."""

    original: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The indices in the original of the folded span ``start:end`` (not empty)."""
        return self.starts[start], self.ends[end - 1]

    def written(self, start: int, end: int) -> str:
        """The original of the folded span, composed (NFC)."""
        a, b = self.span(start, end)
        return unicodedata.normalize("NFC", _decoded(self.original[a:b]))

    def shape(self, at: int) -> str:
        """The character behind a folded index as a reader takes it, with its case: decoded, and in its plain form."""
        char = self.original[self.starts[at] : self.ends[at]]
        return char if char.isascii() and len(char) == 1 else unicodedata.normalize("NFKC", _decoded(char))[:1]

    def accented(self, start: int, end: int) -> bool:
        """Whether a Latin letter of the folded span was written with an accent (not merely struck or underlined).

        What only looks like a letter has none: « ǟ » and « Ё » are disguises whatever stands on them.
        """
        parts = ((char, *unicodedata.normalize("NFD", char)) for char in self.written(start, end))
        return any(_BY_LOOK.keys().isdisjoint(part) and not _ACCENTS.isdisjoint(part) for part in parts)


def fold(text: str) -> Folded:
    """Fold ``text``; linear in its length, for any code points. Source of the need: decision 2018-270 §24–§25."""
    marked_up = "<" in text or "&" in text or "]" in text
    if not marked_up and (folded := _one_for_one(text)) is not None:
        return Folded(text, folded, range(len(text)), range(1, len(text) + 1))
    out: list[str] = []
    starts = array("l")
    ends = array("l")

    def emit(folded: str, start: int, end: int) -> None:
        out.append(folded)
        starts.extend([start] * len(folded))
        ends.extend([end] * len(folded))

    def alike(folded: str, start: int, end: int) -> None:
        out.append(folded)
        starts.extend(range(start, end))
        ends.extend(range(start + 1, end + 1))

    def plain(start: int, end: int) -> None:
        if start == end:
            return
        folded = _one_for_one(text[start:end])
        if folded is not None:
            alike(folded, start, end)
            return
        for match in _UNPLAIN.finditer(text, start, end):
            at = match.start()
            alike(text[start:at].lower(), start, at)
            emit(_plain_or_folded(match.group()), at, at + 1)
            start = at + 1
        alike(text[start:end].lower(), start, end)

    missing: set[str] = set()

    def after(kind: str, start: int) -> int:
        """Where the comment or script that opens before ``start`` ends; ``start`` itself where it never does."""
        if kind in missing:
            return start
        end = _ENDS[kind].search(text, start)
        if end is None:
            missing.add(kind)  # asked once: a text of openings alone must not be searched to its end at each
            return start
        return end.end()

    position = 0
    while (match := _SPECIAL.search(text, position)) is not None:
        start, end = match.span()
        plain(position, start)
        part = match.group()
        if part == "<!--":
            end = after("!", end)
        elif part[0] == "<":
            tag = match["tag"].lower()
            if (laid_out := _laid_out(tag, opens=part[1] != "/")) is not None:
                emit(laid_out, start, end)
            elif tag in _ENDS:
                end = after(tag, end) if part[1] != "/" else end
            else:  # « <CMU refusée> » is no tag: read on behind its first sign
                end = start + 1
                plain(start, end)
        elif part[0] in "[]" or _escaped_tag(part):
            pass  # « [b]C[/b]MU » as forums write bold, « [C](#)MU » as markdown writes links: nothing stands for it
        else:
            decoded = _decoded(part)
            if decoded == part:
                plain(start, end)
            else:
                for char in decoded:
                    emit(_plain_or_folded(char), start, end)
        position = end
    plain(position, len(text))
    return Folded(text, "".join(out), starts, ends)


def _one_for_one(text: str) -> str | None:
    """``text``, whose markup stands for itself, folded where each of its characters folds to just one; else ``None``."""
    chars = set(_UNPLAIN.findall(text))
    if len(chars) > _FEW:
        return None
    out = text
    for char in chars:
        folded = _plain_or_folded(char)
        if len(folded) != 1:
            return None
        out = out.replace(char, folded)
    return out.encode().lower().decode()  # as bytes, where only the letters of ASCII have a case


def _escaped_tag(part: str) -> bool:
    """« &lt;b&gt; »: a tag that was escaped as if it were text."""
    return part.startswith("&lt;") and part.endswith("&gt;")


def _decoded(entity: str) -> str:
    """The characters of an entity, also where it was escaped twice (« &amp;eacute; »)."""
    return html.unescape(html.unescape(entity))


def _laid_out(tag: str, *, opens: bool) -> str | None:
    """What a tag puts between words; ``None`` for what is no tag and for those that hide what they hold."""
    if tag in _INLINE_TAGS:
        return ""
    if tag in _BLOCK_TAGS:
        return "\n• " if tag == "li" and opens else "\n"
    if tag in _CELL_TAGS:
        return " | " if tag in ("td", "th", "option") and not opens else " "
    return None


def _plain_or_folded(char: str) -> str:
    if char in "\n\r\x0b\x0c":
        return "\n"
    if char == "\t":
        return " "
    if not char.isascii():
        return _folded(char)
    return char.lower() if char.isprintable() else ""


# -- folded text alone -------------------------------------------------------------------------------------------------

_SIGN, _LETTER = "\x01", "Z"
"""What stands in :func:`shown` for signs and for letters that no fold brings back to ASCII; folded text holds neither."""
_BEYOND = "mentions.beyond-latin"
"""How encoding treats characters beyond Latin-1, by the name that it asks for."""
_PIECE_LIMIT = 4_000
_LONG = "\x02"  # another that folded text does not hold: marks a character that folds to several

_PIECES: dict[str, str | None] = {}
_TAG_OR_ENTITY = re.compile(f"({_MARKUP.replace('(?P<tag>', '(?:')})")
_TAG_NAME = re.compile(r"</?([a-zA-Z0-9]+)")


def in_ascii(folded: str) -> str:
    """Folded text as :func:`shown` gives it, character by character."""
    if folded.isascii():
        return folded
    return "".join(c if c.isascii() else _LETTER if c.isalnum() else _SIGN for c in folded)


@lru_cache(_TABLE_LIMIT)
def _in_case(char: str) -> str:
    """What a character folds to, in the case it is written in, and in Latin-1."""
    folded = _plain_or_folded(char)
    if folded.isascii():
        return folded.upper() if char.isupper() else folded
    return "".join(c if c < "\u0100" else "¼" if c.isalnum() else "¤" for c in folded)


_LATIN = [_in_case(chr(code)) for code in range(256)]
_DROPPED = bytes(code for code, folded in enumerate(_LATIN) if not folded)
_CASED = list(map(in_ascii, _LATIN))
_LOWERED = [in_ascii(folded.lower()) for folded in _LATIN]


_TYPESET = [(sign, _in_case(sign)) for sign in "’–€•…“"]
"""Signs so common that replacing them first costs less than telling each of them while encoding."""


def _table(folded: Iterable[str]) -> bytes:
    return "".join(one if len(one) == 1 else _LONG for one in folded).encode("ascii")


_CASED_TABLE, _LOWERED_TABLE = _table(_CASED), _table(_LOWERED)


def shown(text: str, *, cased: bool = False) -> str:
    """``fold(text).text`` without the way back, at a small part of its cost; ``cased`` keeps capitals.

    Two characters stand for all beyond ASCII that folding leaves as they are: one for letters and digits, one for signs.
    """
    if "<" in text or "&" in text or "]" in text:
        bare = _unmarked(text)
        if bare is None:
            return _shown_at_length(text, cased=cased)
        text = bare
    for sign, folded in _TYPESET:
        if sign in text:
            text = text.replace(sign, folded)
    raw = text.encode("latin-1", _BEYOND)
    out = raw.translate(_CASED_TABLE if cased else _LOWERED_TABLE, _DROPPED).decode("ascii")
    return "".join(map((_CASED if cased else _LOWERED).__getitem__, raw)) if _LONG in out else out


def _unmarked(text: str) -> str | None:
    """``text`` with its tags laid out and its entities decoded; ``None`` where a piece hides what follows or is no tag."""
    pieces = _TAG_OR_ENTITY.split(text)
    for i in range(1, len(pieces), 2):
        part = pieces[i]
        try:
            bare = _PIECES[part]
        except KeyError:
            bare = _piece(part)
            if len(_PIECES) < _PIECE_LIMIT and len(part) < 40:
                _PIECES[part] = bare
        if bare is None:
            return None
        pieces[i] = bare
    return "".join(pieces)


def _piece(part: str) -> str | None:
    if part[0] in "[]" or _escaped_tag(part):
        return ""
    if part[0] == "&":
        return _decoded(part)
    tag = _TAG_NAME.match(part)
    laid_out = _laid_out(tag[1].lower(), opens=part[1] != "/") if tag is not None else None
    return laid_out.replace("•", "¤") if laid_out is not None else None


def _beyond_latin(error: UnicodeError) -> tuple[str, int]:
    """What stands in Latin-1 for a row of characters beyond it."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(map(_in_case, error.object[error.start : error.end])), error.end


codecs.register_error(_BEYOND, _beyond_latin)


def _shown_at_length(text: str, *, cased: bool) -> str:
    folded = fold(text)
    out = in_ascii(folded.text)
    if cased:
        return "".join(c.upper() if folded.written(i, i + 1).isupper() else c for i, c in enumerate(out))
    return out
