"""Ways to write letters so that a filter does not see them and a reader does."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial
from string import ascii_lowercase, ascii_uppercase

Disguise = Callable[[str], list[str]]
"""From a stretch of text to what is written in the place of each of its characters."""

_BLOCKS = {
    "full width": (0xFF21, 0xFF41),
    "circled": (0x24B6, 0x24D0),
    "mathematical bold": (0x1D400, 0x1D41A),
    "mathematical sans-serif": (0x1D5A0, 0x1D5BA),
    "mathematical monospace": (0x1D670, 0x1D68A),
    "mathematical fraktur": (0x1D56C, 0x1D586),
}
"""Unicode's alphabets, by where their A and their a stand."""
_CAPITALS = {"squared": 0x1F130, "negative squared": 0x1F170, "regional indicators": 0x1F1E6}
_ALPHABETS = {
    "Cyrillic": ("ACEHIKMOPSTXYaceiopsxy", "АСЕНІКМОРЅТХУасеіорѕху"),
    "Greek": ("ABEHIKMNOPTXYZ", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖ"),
    "Cherokee": ("ACEHIJKLMPSTVWZ", "ᎪᏟᎬᎻᎥᎫᏦᏞᎷᏢᏚᎢᏙᎳᏃ"),
}
_SMALL_CAPITALS = "abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ"
_SEPARATORS = {
    "dots": ".", "dots and blanks": ". ", "blanks": " ", "hyphens": "-", "spaced hyphens": " - ", "slashes": "/", "underscores": "_",
    "stars": "*", "bars": "|", "dots and hyphens": ".-", "middle dots": "·", "bullets": "•", "commas": ",", "line breaks": "\n",
    "tabs": "\t", "pluses": "+", "apostrophes": "'", "tildes": "~", "signs": "🚫", "no-break spaces": "\u00a0", "thin spaces": "\u2009",
}  # fmt: skip
_INVISIBLE = {
    "zero-width space": "\u200b", "zero-width joiner": "\u200d", "word joiner": "\u2060", "byte-order mark": "\ufeff",
    "soft hyphen": "\u00ad", "right-to-left mark": "\u200f", "override": "\u202d", "empty tag": "<b></b>", "break": "<wbr>",
    "comment": "<!-- x -->", "soft hyphen entity": "&shy;",
}  # fmt: skip
_MARKS = {
    "variation selector": "\ufe0f",
    "underline": "\u0332",
    "strike": "\u0336",
    "circle": "\u20dd",
    "keycap": "\u20e3",
}


def _each(written: Callable[[str], str], piece: str) -> list[str]:
    return [written(char) for char in piece]


def _between(separator: str, piece: str) -> list[str]:
    """The separator between any two letters or figures that stand together."""
    following = [*piece[1:], " "]
    return [
        c + (separator if c.isalnum() and after.isalnum() else "") for c, after in zip(piece, following, strict=True)
    ]


def _letters(table: dict[str, str]) -> Disguise:
    return partial(_each, lambda char: table.get(char, char))


def _marked(mark: str) -> Disguise:
    return partial(_each, lambda char: char + mark if char.isalpha() else char)


def _alphabet(capital: int, small: int) -> dict[str, str]:
    letters = {c: chr(capital + i) for i, c in enumerate(ascii_uppercase)}
    return letters | {c: chr(small + i) for i, c in enumerate(ascii_lowercase)}


FOR_ACRONYMS: dict[str, Disguise] = {
    **{name: partial(_between, separator) for name, separator in _SEPARATORS.items()},
    **{name: _letters(_alphabet(capital, capital)) for name, capital in _CAPITALS.items()},
    "small capitals": _letters(dict(zip(_SMALL_CAPITALS[0].upper(), _SMALL_CAPITALS[1], strict=True))),
}
"""In a whole text, blanks and line breaks would mean something, and capitals begin sentences."""

FOR_TEXTS: dict[str, Disguise] = {
    "small capitals": _letters(dict(zip(*_SMALL_CAPITALS, strict=True))),
    "decomposed": partial(_each, lambda char: unicodedata.normalize("NFD", char)),
}
"""What leaves capitals as they are."""

FOR_BOTH: dict[str, Disguise] = {
    **{name: _letters(_alphabet(*places)) for name, places in _BLOCKS.items()},
    **{name: _letters(dict(zip(*letters, strict=True))) for name, letters in _ALPHABETS.items()},
    **{name: partial(_between, sign) for name, sign in _INVISIBLE.items()},
    **{name: _marked(mark) for name, mark in _MARKS.items()},
    "decimal entities": partial(_each, lambda char: f"&#{ord(char)};" if char.isalpha() else char),
    "hexadecimal entities": partial(_each, lambda char: f"&#x{ord(char):x};" if char.isalpha() else char),
}
"""For any word: each letter is still there, and in its place."""


def disguised(text: str, disguise: Disguise, spans: list[tuple[int, int]]) -> tuple[str, list[str]]:
    """The text with the stretches disguised, and what now stands in the place of each of its characters."""
    pieces = list(text)
    for start, end in spans:
        pieces[start:end] = disguise(text[start:end])
    return "".join(pieces), pieces
