"""Write the table of look-alike letters, ``src/mentions/lookalikes.py``, from Unicode's confusables data.

``python docs/lookalikes/generate.py`` merges ``confusables.txt``, an excerpt of the data that stands beside this script,
with what is added to it by hand in ``additions.toml``. ``python docs/lookalikes/generate.py PATH`` first takes the excerpt
anew, from a whole ``confusables.txt`` as https://www.unicode.org/Public/security/latest/ has it. A test compares the
table that stands in the repository with a fresh one.
"""

from __future__ import annotations

import re
import sys
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
EXCERPT = HERE / "confusables.txt"
ADDITIONS = HERE / "additions.toml"
TABLE = HERE.parent.parent / "src" / "mentions" / "lookalikes.py"

_ENTRY = re.compile(r"([0-9A-F]+) ;\t([0-9A-F ]+) ;\tMA\t")
_HEADER = re.compile(r"# (Date|Version|©)[: ]")
_RIGHT_TO_LEFT = [(0x590, 0x8FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFF), (0x10800, 0x10FFF), (0x1E800, 0x1EFFF)]
"""What turns the order of letters round, so that no word is written with it."""
_OF_OLD = unicodedata.ucd_3_2_0
"""The characters of 2002, which every Python knows alike: the table must not depend on the Python that makes it."""

_NOTE = "# An excerpt: only the lines that docs/lookalikes/generate.py uses, as they stand in the data. Licence: LICENSE.txt"


def excerpt(data: str) -> str:
    """The head of Unicode's data and the lines of it that the table is made from."""
    lines = data.removeprefix("\ufeff").splitlines()
    head = [line for line in lines if _HEADER.match(line)]
    return "\n".join([*head, _NOTE, *(line for line in lines if _read(line) is not None)]) + "\n"


def table(data: str, additions: str) -> str:
    """The module with the table, from the data and what is added to it by hand.

    Raises:
        ValueError: if the data has no version or date, or a group of additions says what it must not.
    """
    seen = dict(filter(None, map(_read, data.splitlines())))
    by_hand: dict[str, str] = {}
    for group in tomllib.loads(additions)["group"]:
        for letter, char in _pairs(group):
            if char in by_hand:
                raise ValueError(f"additions.toml: {char!r} is both {by_hand[char]!r} and {letter!r}")
            by_hand[char] = letter
    by_letter: dict[str, list[str]] = {}
    for char, letter in sorted((seen | by_hand).items()):
        by_letter.setdefault(letter, []).append(char)
    rows = [f"    {_quoted(letter)}: {_quoted(''.join(chars))}," for letter, chars in sorted(by_letter.items())]
    return _MODULE.format(version=_noted(data, "Version"), date=_noted(data, "Date"), rows="\n".join(rows))


def _pairs(group: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Letter and character of a group of additions."""
    letters = group.get("letters")
    if not isinstance(letters, dict) or not group.get("reason"):
        raise ValueError(f"additions.toml: a group needs a reason and letters: {group}")
    for letter, chars in letters.items():
        for char in chars:
            if char.isascii():
                raise ValueError(f"additions.toml: {char!r} is a character of its own, not a look-alike of {letter!r}")
            yield letter, char


def _read(line: str) -> tuple[str, str] | None:
    """The character of a line of the data, and the character of ASCII that a reader sees; ``None`` for other lines."""
    entry = _ENTRY.match(line)
    if entry is None:
        return None
    char = chr(int(entry[1], 16))
    if char.isascii() or any(first <= ord(char) <= last for first, last in _RIGHT_TO_LEFT):
        return None
    if _OF_OLD.category(char)[0] in "PSMZ":  # « × », « │ », « ¿ » mean something by themselves, or nothing
        return None
    plain = _OF_OLD.normalize("NFKC", char).lower()
    if plain.isascii() and plain.isalnum():
        return None  # « ℳ » and « Ｍ » have a plain form
    looks = [chr(int(code, 16)) for code in entry[2].split()]
    bare = "".join(c for c in looks if not _OF_OLD.combining(c))
    if bare == "rn":  # how the data writes m
        bare = "m"
    return (char, bare.lower()) if len(bare) == 1 and bare.isascii() else None


def _noted(data: str, what: str) -> str:
    found = re.search(rf"^# {what}: (\S+?),?(?:\s|$)", data, re.MULTILINE)
    if found is None:
        raise ValueError(f"confusables.txt: no line « # {what}: … » at its head")
    return found[1]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_MODULE = '''\
"""Characters that look like a Latin letter, a figure or a sign of ASCII, by what a reader sees.

Made by ``docs/lookalikes/generate.py``: change what stands there, not this. From the confusables data of Unicode Technical
Standard #39, version {version} of {date}, © Unicode, Inc., Unicode License v3 (``docs/lookalikes/LICENSE.txt``), kept to
single characters without a plain form of their own (NFKC), and from ``docs/lookalikes/additions.toml``.
"""

LOOKALIKES: dict[str, str] = {{
{rows}
}}
'''


def main(arguments: Iterable[str]) -> None:
    """Take the excerpt anew where a path is given, and write the table."""
    for path in arguments:
        EXCERPT.write_text(excerpt(Path(path).read_text(encoding="utf-8")), encoding="utf-8")
    made = table(EXCERPT.read_text(encoding="utf-8"), ADDITIONS.read_text(encoding="utf-8"))
    TABLE.write_text(made, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
