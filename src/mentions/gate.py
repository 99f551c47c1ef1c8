"""Hooks: what a text must hold for something longer to be found in it, asked for all at once.

A hook is a plain regular expression, made from what it stands for (a name, an acronym, a pattern) so that it holds
wherever that is found, and perhaps elsewhere. Hooks are matched by the regular expressions of Rust, which pydantic brings
along: they ask for hundreds of texts in one pass, at a cost that does not grow with their number, and in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import pairwise
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Generic, TypeVar

from pydantic_core import SchemaValidator, core_schema

_FREQUENT = " esaitnruoldcmp.',-v0qf1b2gh"
"""Characters of French texts, the most frequent first; any other is rarer."""
_MOST_TEXTS = 32
"""Of a pattern: more are not spelt out."""
_GROUP = 8
_OTHER = r"[\x00-/:-`\x7b-\xff]"
"""What is no letter or figure, in Latin-1."""
_EDGE = f"(?:^|{_OTHER})", f"(?:{_OTHER}|$)"
WayT = TypeVar("WayT")


def joined(words: Sequence[str]) -> str:
    """Two neighbouring words, the two longest, with at most four other characters between; or the only word."""
    at = max(range(max(len(words) - 1, 1)), key=lambda i: len("".join(words[i : i + 2])))
    return f"{_OTHER}{{0,4}}".join(map(_literal, words[at : at + 2]))


def acronym(letters: str, suffixes: Sequence[str]) -> str:
    """The letters at the end of a word, the last of them up to three times, a suffix between."""
    ending = f"(?:{'|'.join(map(_literal, suffixes))})?" if suffixes else ""
    return f"{letters}{letters[-1]}{{0,2}}{ending}{_EDGE[1]}"


def set_apart(letters: str, *, open_ended: bool = False) -> str:
    """The three rarest neighbours among the letters, each up to three times, apart from one another and all others.

    ``open_ended``: the last of the letters may run on into a word.
    """
    at = min(range(max(len(letters) - 2, 1)), key=lambda i: sum(map(_frequency, letters[i : i + 3])))
    row = f"{_OTHER}{{1,5}}".join(f"{letter}{{1,3}}" for letter in letters[at : at + 3])
    return f"{_EDGE[0]}{row}{'' if open_ended and at + 3 >= len(letters) else _EDGE[1]}"


def parted(letters: str, marks: str) -> str:
    """Two neighbours among ``letters`` with nothing but some of the marks between."""
    between = f"[{_literal(marks)}]{{1,5}}"
    return "|".join(f"{a}{between}{b}" for a, b in pairwise(letters))


def of_pattern(pattern: str) -> str | None:
    """Texts one of which all that ``pattern`` matches must hold; ``None`` where it asks for no text in particular."""
    best = max(_required(parser.parse(pattern)), key=_worth, default=None)
    return "|".join(map(_literal, sorted(best))) if best else None


def _literal(text: str) -> str:
    """``text`` as a regular expression of Rust, which knows no backslash before a blank."""
    return re.sub(r"[^a-z0-9 ]", lambda sign: rf"\x{{{ord(sign.group()):x}}}", text)


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
    """Ways to find something, each with the hook that a text must hold for it; ``None``: it may be in any text."""

    def __init__(self, ways: Iterable[tuple[WayT, str | None]]) -> None:
        ways = list(ways)
        self._always = [way for way, hook in ways if hook is None]
        self._ways = [(way, hook) for way, hook in ways if hook is not None]
        self._some = _Holds(hook for _, hook in self._ways)

    def ways(self, text: str) -> Iterator[WayT]:
        """The ways whose hook ``text`` holds."""
        yield from self._always
        if self._some.holds(text):
            for group, members in self._groups:
                if group.holds(text):
                    yield from (way for way, hook in members if hook.holds(text))

    @cached_property
    def _groups(self) -> list[tuple[_Holds, list[tuple[WayT, _Holds]]]]:
        rows = [self._ways[i : i + _GROUP] for i in range(0, len(self._ways), _GROUP)]
        return [(_Holds(hook for _, hook in row), [(way, _Holds([hook])) for way, hook in row]) for row in rows]


class _Holds:
    """One of several hooks."""

    def __init__(self, hooks: Iterable[str]) -> None:
        pattern = "|".join(dict.fromkeys(hooks)) or r"[^\s\S]"
        self.holds = SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
