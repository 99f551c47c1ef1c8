"""A short string that knows a statement again and cannot be read: for seeing that a removed mention came back.

A fingerprint is ``m1-<head>-<words>-<sketch>``: the version, a hash of the code and the subjects, a hash of the subjects
and the letters, and a sketch of the letters (MinHash): for each of 32 orders of all letters and pairs of letters, four
bits of the first one in the statement. Statements that share most of them agree in most places of their sketches, so a
typo or a changed word is tolerated, though the sketch keeps no word and no order of words. Pairs and single letters are
taken, not longer rows: in a mention of two words, a typo changes most rows of three.

What a disguise touches is taken out before. Letters are folded (case, accents, look-alikes, tags and invisible characters
are gone), signs and digits inside words count as the letters that they stand for, and a subject counts as one sign however
it is written. Numbers are left out, so that no telephone number is in it: those that stand by themselves, and rows of four
digits or more anywhere.

Source of the need: decisions 2018-270 §25 and 2018-269 §125 (the mention must not come back).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from hashlib import blake2b
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import Hamming

from .model import Mention, Report

VERSION = "m1"
"""What the fingerprints that this version of the package makes and reads begin with."""

LIKENESS = 0.65
"""Two statements of the same code and subjects are one where at least this share of their sketches agrees."""

_PLACES = 32
_SKETCH = struct.Struct(f"<{_PLACES}H")
_SPREAD = struct.Struct(f"<{_PLACES}I")
_CARRIES = int.from_bytes(_SPREAD.pack(*[1 << 16] * _PLACES), "little")
_REMEMBERED = 1_000
"""Pairs of letters, and words, whose places are remembered."""
_SUBJECT = "S"  # folded text has no capitals
_FORM = re.compile(rf"{VERSION}-([0-9a-f]{{8}})-([0-9a-f]{{8}})-([0-9a-f]{{{_PLACES}}})")
# It begins with a digit, so that it is searched fast; what stands before is asked behind it.
_NUMBER = re.compile(r"\d(?:(?<![^\W\d_]\d)\d*(?:[ .,:/-]*\d+)*(?![^\W\d_])|\d{3,})")
# « l », « 1 » and « ! » count as « i »: which of them was meant cannot be told.
_LETTERS = str.maketrans("0134578@$€!|l", "oieastbaseiii")


class FingerprintError(ValueError):
    """A string is no fingerprint of this version."""


@dataclass(frozen=True, slots=True)
class _Parts:
    head: str
    words: str
    sketch: str


def fingerprint(code: str, subjects: Iterable[str], text: str, named: Sequence[tuple[int, int]]) -> str:
    """The fingerprint of a statement.

    Args:
        code: what is said, such as ``E1``.
        subjects: the ids of what is named, in any order.
        text: the folded text of the statement.
        named: where in ``text`` the subjects stand, as string indices, in text order.
    """
    ids = " ".join(sorted(set(subjects)))
    words = _words(text, named)
    letters = "".join(words)
    rows = [*map(_least, words), *(_row(a[-1] + b[0]) for a, b in pairwise(words))] or [_row("")]
    sketch = reduce(_lesser, rows).to_bytes(4 * _PLACES, "little").hex()[1::8]  # the last four bits of each number
    return f"{VERSION}-{_hash(code, ids)}-{_hash(ids, letters)}-{sketch}"


@lru_cache(_REMEMBERED)
def _row(part: str) -> int:
    """Where each of the orders puts a letter or a pair of letters: numbers of 16 bits, 32 bits apart in one integer."""
    return int.from_bytes(_SPREAD.pack(*_SKETCH.unpack(blake2b(part.encode()).digest())), "little")


@lru_cache(_REMEMBERED)
def _least(word: str) -> int:
    """Where each of the orders puts the first of the letters and pairs of letters of ``word``."""
    return reduce(_lesser, map(_row, {*word, *map("".join, pairwise(word))}))


def _lesser(one: int, other: int) -> int:
    """The lesser of each two numbers of two rows, all at once: an integer takes a small part of the time of a tuple."""
    not_less = ((one | _CARRIES) - other) & _CARRIES  # the bit above each number of `one` that is not the lesser
    return one ^ ((one ^ other) & (not_less - (not_less >> 16)))


def _words(text: str, named: Sequence[tuple[int, int]]) -> list[str]:
    """The words of ``text``, each by its letters."""
    for start, end in reversed(named):
        text = f"{text[:start]}{_SUBJECT}{text[end:]}"
    words = _NUMBER.sub("", text).translate(_LETTERS).split()
    return [letters for word in words if (letters := "".join(filter(str.isalnum, word)))]


def _hash(*values: str) -> str:
    return blake2b("\n".join(values).encode(), digest_size=4).hexdigest()


def reappeared(report: Report, fingerprints: Iterable[str]) -> tuple[Mention, ...]:
    """The mentions of ``report`` that one of ``fingerprints`` knows again, in text order.

    A mention has come back if its subjects are the same, and either its letters are the same too, whatever is read in
    them now, or its code is the same and at least :data:`LIKENESS` of the sketches agrees: more than six in ten of all
    letters and pairs of letters are shared. Source: 2018-270 §25.

    Raises:
        FingerprintError: if one of ``fingerprints`` is no fingerprint of this version; then make it again from the text
            that it was made of, or read it with the version of the package that made it.
    """
    known = Known(fingerprints)
    return tuple(m for m in report.mentions if known.find(m.fingerprint))


def twins(before: Sequence[str], after: Sequence[str]) -> dict[int, int]:
    """Which fingerprints of ``after`` are which of ``before``, as indices: equal ones first, then alike ones."""
    found: dict[int, int] = {}
    same: dict[str, list[int]] = {}
    for i, one in enumerate(before):
        same.setdefault(one, []).append(i)
    for j, one in enumerate(after):
        if same.get(one):
            found[j] = same[one].pop(0)
    left = {one: rest for one, rest in same.items() if rest}
    known = Known(left)
    for j, one in enumerate(after):
        if j not in found and (twin := known.find(one)) is not None:
            found[j] = left[twin].pop(0)
            if not left[twin]:
                known.forget(twin)
    return found


class Known:
    """Fingerprints, looked for by others that may be alike, as :func:`reappeared` has it."""

    def __init__(self, fingerprints: Iterable[str]) -> None:
        """Take them.

        Raises:
            FingerprintError: if one is no fingerprint of this version.
        """
        self._words: dict[str, list[str]] = {}
        self._sketches: dict[str, dict[str, str]] = {}
        for one in fingerprints:
            parts = _parts(one)
            self._words.setdefault(parts.words, []).append(one)
            self._sketches.setdefault(parts.head, {})[one] = parts.sketch

    def find(self, one: str) -> str | None:
        """The fingerprint of the same letters, or else the most alike of the same code; ``None`` if none is alike."""
        parts = _parts(one)
        if same := self._words.get(parts.words):
            return same[0]
        found = process.extractOne(
            parts.sketch,
            self._sketches.get(parts.head, {}),
            scorer=Hamming.normalized_similarity,
            score_cutoff=LIKENESS,
        )
        return None if found is None else found[2]

    def forget(self, one: str) -> None:
        """Leave out one that was given."""
        parts = _parts(one)
        self._words[parts.words].remove(one)
        del self._sketches[parts.head][one]


def _parts(one: str) -> _Parts:
    if not isinstance(one, str):
        raise FingerprintError(f"a fingerprint is a str, not {type(one).__name__}: give `mention.fingerprint`")
    match = _FORM.fullmatch(one)
    if match is not None:
        return _Parts(*match.groups())
    version = one.partition("-")[0]
    if re.fullmatch(r"m[0-9]+", version) and version != VERSION:
        raise FingerprintError(
            f"fingerprint {one!r} is of version {version}; this package reads {VERSION}: make it again from the text, "
            "or read it with the version of `mentions` that made it"
        )
    raise FingerprintError(
        f"{one!r} is no fingerprint: give `mention.fingerprint` unchanged "
        f"({VERSION}, then 8, 8 and {_PLACES} hexadecimal digits, joined by dashes)"
    )
