"""Hooks: what a text must hold for something longer to be found in it, asked for all at once.

A hook is a plain regular expression, made from what it stands for (a name, an acronym, a pattern) so that it holds
wherever that is found, and perhaps elsewhere. Hooks are matched by the regular expressions of Rust, which pydantic brings
along: they ask for hundreds of texts in one pass, at a cost that does not grow with their number, and in linear time.
They build their automaton as texts need it, so hooks count little: « some blanks », not « one to five », keeps it small.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import combinations, pairwise
from typing import Generic, TypeVar

from pydantic_core import SchemaError, SchemaValidator, core_schema

_FREQUENT = " esaitnruoldcmp.',-v0qf1b2gh"
"""Characters of French texts, the most frequent first; any other is rarer."""
_GROUP = 8
_ALNUM = "[a-z0-9]"
_OTHER = r"[\x00-/:-`\x7b-\x7f]"
"""What is no letter or figure in ASCII, which is all that hooks are looked for in (:func:`mentions.normalize.shown`)."""
_ANY = r"[\x00-\x7f]"
_EDGE = f"(?:^|{_OTHER})", f"(?:{_OTHER}|$)"
_SMALL = 3
"""Letters of the words of a name that say too little by themselves (« de », « une »)."""
_PASSED = 5
"""Letters of words that may stand between two words of a misspelt name, pieces of one that was cut in two among them."""
_OPENING = 5
"""Letters of a word of a name three of which must be there."""
WayT = TypeVar("WayT")


def joined(words: Sequence[str]) -> str:
    """Two neighbouring words, the two longest, with other characters or nothing between; or the only word."""
    at = max(range(max(len(words) - 1, 1)), key=lambda i: len("".join(words[i : i + 2])))
    return f"{_OTHER}*".join(map(_literal, words[at : at + 2]))


def spaced(words: Sequence[str]) -> str:
    """All the words, with other characters between: for words so short that two of them say too little."""
    return f"{_OTHER}+".join(map(_literal, words))


def acronym(letters: str, suffixes: Sequence[str]) -> str:
    """The letters at the end of a word, the last of them repeated or not, a suffix between."""
    ending = f"(?:{'|'.join(map(_literal, suffixes))})?" if suffixes else ""
    return f"{letters}{letters[-1]}*{ending}{_EDGE[1]}"


def set_apart(letters: str, *, open_ended: bool = False) -> str:
    """The three rarest neighbours among the letters, repeated or not, apart from one another and all others.

    ``open_ended``: the last of the letters may run on into a word.
    """
    at = min(range(max(len(letters) - 2, 1)), key=lambda i: sum(map(_frequency, letters[i : i + 3])))
    row = f"{_OTHER}+".join(f"{letter}+" for letter in letters[at : at + 3])
    return f"{_EDGE[0]}{row}{'' if open_ended and at + 3 >= len(letters) else _EDGE[1]}"


def parted(letters: str, marks: str) -> str:
    """Two neighbours among ``letters`` with nothing but some of the marks between."""
    between = f"[{_literal(marks)}]+"
    return "|".join(f"{a}{between}{b}" for a, b in pairwise(letters))


# -- names, perhaps misspelt -------------------------------------------------------------------------------------------


def anchored(anchors: Iterable[str], names: Iterable[str]) -> tuple[str, str]:
    """Hooks of what is near to one of the names and holds an anchor: one for a text, one for it read backwards.

    Such a text has the anchor, and behind it or before it letters of another word of the name. What is before it is behind
    it where all is read backwards: so no hook has to remember words that an anchor may follow. Where a name has no other
    word, or the anchor is of none of the names, the anchor alone is the hook.

    Args:
        anchors: words, or parts of words.
        names: each several words.
    """
    anchors = set(anchors)
    words = [name.split() for name in names]
    backwards = [[word[::-1] for word in reversed(name)] for name in words]
    behind: list[str] = []
    before: list[str] = []
    for anchor in sorted(a for a in anchors if not any(other in a for other in anchors - {a})):
        ways = _beside(anchor, words), _beside(anchor[::-1], backwards)
        if any(ways) and not any(_alone(anchor, name) for name in words):
            behind += filter(None, ways[:1])
            before += filter(None, ways[1:])
        else:
            behind.append(_apart(anchor))
    return "|".join(behind), "|".join(before)


def _beside(anchor: str, names: Iterable[Sequence[str]]) -> str:
    """The anchor, and behind it three of the first letters of a word that follows in a name; "" where none does."""
    openings: set[str] = set()
    rest = 0
    for words in names:
        if own := _places(anchor, words):
            rest = max(rest, len(words[own[-1]]) - len(anchor.rsplit(maxsplit=1)[-1]) + 1)
            for word in words[own[-1] + 1 :]:
                if len(word) > _SMALL:
                    openings.update(f"{_ANY}?".join(map(_literal, three)) for three in combinations(word[:_OPENING], 3))
    if not openings:
        return ""
    to_next_word = f"{_ALNUM}*(?:{_OTHER}+{_ALNUM}{{1,{_PASSED}}})*{_OTHER}+"
    return f"{_apart(anchor)}(?:{_ALNUM}{{0,{rest}}}|{to_next_word}){_ALNUM}?(?:{'|'.join(sorted(openings))})"


def _apart(anchor: str) -> str:
    return f"{_OTHER}*".join(map(_literal, anchor.split()))


def _alone(anchor: str, words: Sequence[str]) -> bool:
    """Whether the name says nothing beside the anchor."""
    own = _places(anchor, words)
    return bool(own) and all(len(word) <= _SMALL for word in (*words[: own[0]], *words[own[-1] + 1 :]))


def _places(anchor: str, words: Sequence[str]) -> list[int]:
    """Which words of a name the anchor stands for, perhaps misspelt; none if it is from elsewhere."""
    return sorted({place for part in anchor.split() if (place := _place(part, words)) is not None})


def _place(part: str, words: Sequence[str]) -> int | None:
    shared = [_shared(part, word) for word in words]
    most = max(shared)
    return shared.index(most) if most else None


@lru_cache(1_000)
def _shared(part: str, word: str) -> int:
    """How many letters in a row the two have in common, if that is half of the part or more; else 0."""
    least = max(1, (len(part) - 1) // 2) + 1
    if not any(part[i : i + least] in word for i in range(len(part) - least + 1)):
        return 0  # as it is with most words
    size = len(part)
    while not any(part[i : i + size] in word for i in range(len(part) - size + 1)):
        size -= 1
    return size


# -- patterns ----------------------------------------------------------------------------------------------------------

_PIECE = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\\\]])*\]|\(\?<?[=!]|.", re.DOTALL)
_SET_OPERATION = re.compile(r"(?<!^)\[|&&|--|~~")
_BOUNDARY = r"(?:^|[^a-z0-9]|(?-u:\b))"
"""What stands for the boundary that a pattern begins with: at least where Python, which knows more letters, sees one."""
_WIDE = {
    **dict.fromkeys([r"\b", r"\B", r"\A", r"\Z", "^", "$"], ""),
    **{r"\w": "[a-zA-Z0-9_]", r"\W": "[^a-z0-9_]", r"\d": "[0-9A-Z]"},
}
"""What in Rust matches at least what Python finds. A capital stands for letters and figures that no ASCII sign stands for."""
_NARROW = {r"\w": "[a-z0-9_]", r"\W": "[^a-zA-Z0-9_]", r"\D": "[^0-9A-Z]"}
"""What matches at most that: for what a set leaves out."""


def of_pattern(pattern: str) -> str | None:
    """``pattern`` without most of what it asks of its surroundings; ``None`` where it has something that Rust does not know."""
    out: list[str] = []
    open_ = 0  # parentheses of a look ahead or behind, which is left out
    for piece in _PIECE.findall(pattern):
        if open_ or (piece[:2] == "(?" and len(piece) > 2):
            open_ += (piece[0] == "(") - (piece == ")")
        elif out or piece != r"\b":
            out.append(_in_rust(piece))
        else:
            out.append(_BOUNDARY)
    hook = f"(?:{''.join(out)})"
    try:
        _holds([hook])
    except SchemaError:
        return None
    return hook


def _in_rust(piece: str, table: Mapping[str, str] = _WIDE) -> str:
    """A piece of a pattern for Rust."""
    if piece[0] == "[":
        if _SET_OPERATION.search(piece):
            return _ANY
        inside = _NARROW if piece[1] == "^" else _WIDE
        return re.sub(r"\\.", lambda sign: _in_rust(sign.group(), inside), piece)
    if piece[0] == "\\" and not piece[1].isalnum():
        return _literal(piece[1])
    return table.get(piece, piece)


@lru_cache(1_000)
def _literal(text: str) -> str:
    """``text`` as a regular expression of Rust, which knows no backslash before a blank."""
    return re.sub(r"[^a-z0-9 ]", lambda sign: rf"\x{{{ord(sign.group()):x}}}", text)


def _frequency(char: str) -> int:
    return len(_FREQUENT) - _FREQUENT.index(char) if char in _FREQUENT else 0


class Hooks(Generic[WayT]):
    """Ways to find something, each with the hook that a text must hold for it; ``None``: it may be in any text."""

    def __init__(self, ways: Iterable[tuple[WayT, str | None]]) -> None:
        ways = list(ways)
        self._always = [way for way, hook in ways if hook is None]
        self._ways = [(way, hook) for way, hook in ways if hook is not None]
        self.any_in = (lambda text: True) if self._always else _holds(hook for _, hook in self._ways)
        """Whether a text holds the hook of one of the ways."""

    def ways(self, text: str) -> Iterator[WayT]:
        """The ways whose hook ``text`` holds."""
        yield from self._always
        if self._always or self.any_in(text):
            for holds, members in self._groups:
                if holds(text):
                    yield from (way for way, holds_own in members if holds_own(text))

    @cached_property
    def _groups(self) -> list[tuple[_Asked, list[tuple[WayT, _Asked]]]]:
        rows = [self._ways[i : i + _GROUP] for i in range(0, len(self._ways), _GROUP)]
        return [(_holds(hook for _, hook in row), [(way, _holds([hook])) for way, hook in row]) for row in rows]


_Asked = Callable[[str], bool]


def _holds(hooks: Iterable[str]) -> _Asked:
    """What tells whether a text holds one of several hooks."""
    pattern = "|".join(dict.fromkeys(hooks)) or r"[^\s\S]"
    return SchemaValidator(core_schema.str_schema(pattern=pattern)).isinstance_python
