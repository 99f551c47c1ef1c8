"""Hooks: what a text must hold for something longer to be found in it, looked for all at once.

Each hook hangs on one character, the rarest that it must hold in French, so that one regular expression over a few rare
characters passes over everything else. Hooks are made from what they stand for (a name, an acronym, a pattern): whatever
matches that holds the hook, while the reverse is for others to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Generic, TypeVar

_FREQUENT = " esaitnruoldcmp.',-v0qf1b2gh"
"""Characters of French texts, the most frequent first; any other is rarer."""
_MOST_TEXTS = 32
"""Of a pattern: more are not spelt out."""
WayT = TypeVar("WayT")


@dataclass(frozen=True, slots=True)
class Hook:
    """A regular expression that begins with the single character ``char``; ``offset``: how far before it the find begins."""

    char: str
    rest: str
    offset: int = 0


def literal(text: str) -> Hook:
    """The text itself."""
    return joined([text], "")


def joined(words: Sequence[str], gap: str) -> Hook:
    """Two neighbouring words with ``gap`` between them: the two longest, or the only word."""
    if len(words) > 1:
        at = max(range(len(words) - 1), key=lambda i: len(words[i]) + len(words[i + 1]))
        first, after = words[at], gap + re.escape(words[at + 1])
    else:
        at, first, after = 0, words[0], ""
    char = min(first, key=_frequency)
    place = first.index(char)
    before = f"(?<={re.escape(first[: place + 1])})" if place else ""
    return Hook(char, f"{before}{re.escape(first[place + 1 :])}{after}", place)


def acronym(letters: str, suffixes: Sequence[str]) -> Hook:
    """The letters at the end of a word, the last of them up to three times, a suffix between."""
    char = min(letters, key=_frequency)
    place = letters.index(char)
    before = f"(?<={letters[: place + 1]})" if place else ""
    after = f"{letters[place + 1 :]}{letters[-1]}{{0,2}}"
    ending = f"(?:{'|'.join(map(re.escape, suffixes))})?" if suffixes else ""
    return Hook(char, f"{before}{after}{ending}(?![a-z0-9])", place)


def set_apart(letters: str, *, open_ended: bool = False) -> Hook:
    """Three neighbours among ``letters`` (both, where there are two), each up to three times, that stand apart from all others.

    ``open_ended``: the last of the letters may run on into a word.
    """
    size = min(3, len(letters))
    at = min(range(len(letters) - size + 1), key=lambda i: _frequency(letters[i]))
    first, *others = letters[at : at + size]
    row = "".join(f"[^a-z0-9]{{1,5}}{letter}{{1,3}}" for letter in others)
    end = "" if open_ended and at + size == len(letters) else "(?![a-z0-9])"
    return Hook(first, f"(?<![a-z0-9]{first}){first}{{0,2}}{row}{end}")


def parted(letters: str, marks: str) -> list[Hook]:
    """Two neighbours among ``letters`` with nothing but some of the marks between."""
    any_mark = f"[{re.escape(marks)}]{{0,4}}"
    return [
        Hook(mark, f"(?:{'|'.join(f'(?<={a}{re.escape(mark)}){any_mark}{b}' for a, b in pairwise(letters))})")
        for mark in marks
    ]


def of_pattern(pattern: str) -> list[Hook]:
    """Hooks one of which all that ``pattern`` matches must hold; empty where the pattern asks for no text in particular."""
    best = max(_required(parser.parse(pattern)), key=_worth, default=frozenset[str]())
    return [literal(text) for text in sorted(best) if not any(other != text and other in text for other in best)]


def _frequency(char: str) -> int:
    return len(_FREQUENT) - _FREQUENT.index(char) if char in _FREQUENT else 0


def _worth(texts: frozenset[str]) -> tuple[int, int]:
    """The longer the shortest of the texts, and the rarer their letters, the better."""
    return min(map(len, texts)), -max(sum(map(_frequency, text)) for text in texts)


def _required(parsed: Iterable[tuple[Any, Any]]) -> Iterator[frozenset[str]]:
    """Sets of texts: whatever the parsed expression matches holds one text of each."""
    run = frozenset([""])
    for operator, operand in parsed:
        texts = _texts(operator, operand)
        if texts is not None and len(run) * len(texts) <= _MOST_TEXTS:
            run = frozenset(a + b for a in run for b in texts)
            continue
        if "" not in run:
            yield run
        run = frozenset([""])
        if operator is code.SUBPATTERN:
            yield from _required(operand[-1])
        elif operator in (code.MAX_REPEAT, code.MIN_REPEAT) and operand[0] > 0:
            yield from _required(operand[2])
        elif operator is code.BRANCH:
            parts = [max(_required(part), key=_worth, default=None) for part in operand[1]]
            if None not in parts:
                yield frozenset(text for part in parts if part for text in part)
    if "" not in run:
        yield run


def _texts(operator: Any, operand: Any) -> frozenset[str] | None:
    """All that one element matches, where those are a few texts."""
    if operator is code.LITERAL:
        return frozenset([chr(operand)])
    if operator is code.AT or operator in (code.ASSERT, code.ASSERT_NOT):
        return frozenset([""])
    if operator is code.IN and all(kind is code.LITERAL for kind, _ in operand):
        return frozenset(chr(value) for _, value in operand)
    if operator is code.SUBPATTERN:
        return _row(operand[-1])
    if operator is code.MAX_REPEAT and operand[:2] == (0, 1):
        texts = _row(operand[2])
        return texts and texts | {""}
    if operator is code.BRANCH:
        parts = [_row(part) for part in operand[1]]
        return None if None in parts else frozenset(text for part in parts if part for text in part)
    return None


def _row(parsed: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    out = frozenset([""])
    for operator, operand in parsed:
        texts = _texts(operator, operand)
        if texts is None or len(out) * len(texts) > _MOST_TEXTS:
            return None
        out = frozenset(a + b for a in out for b in texts)
    return out


class Hooks(Generic[WayT]):
    """Hooks looked for together; each hit names the way that hangs on it."""

    def __init__(self, hooks: Iterable[tuple[Hook, WayT]]) -> None:
        by_char: dict[str, dict[tuple[str, int], list[WayT]]] = {}
        for hook, way in hooks:
            by_char.setdefault(hook.char, {}).setdefault((hook.rest, hook.offset), []).append(way)
        self._by_char = by_char
        parts = [
            f"{re.escape(char)}(?:{'|'.join(dict.fromkeys(rest for rest, _ in rests))})"
            for char, rests in by_char.items()
        ]
        self._any = re.compile("|".join(parts) if parts else r"(?!)")
        self._each = cache(self._compiled)

    def hits(self, text: str) -> Iterator[tuple[WayT, int]]:
        """The ways whose hook ``text`` holds, and where the find would begin; in the order of the text."""
        search = self._any.search
        match = search(text)
        while match is not None:
            place = match.start()
            for rest, offset, ways in self._each(text[place]):
                if rest.match(text, place + 1):
                    for way in ways:
                        yield way, place - offset
            match = search(text, place + 1)

    def _compiled(self, char: str) -> list[tuple[re.Pattern[str], int, list[WayT]]]:
        return [(re.compile(rest), offset, ways) for (rest, offset), ways in self._by_char[char].items()]
