"""The texts that stand in files of other kinds, and where each of their characters stands there.

A file is one text, whatever it is called, unless a field is named: then ``.json``, ``.jsonl`` and ``.csv`` files hold one
text for each value of that field. HTML and Markdown need nothing here: the library reads through their marks.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from json.decoder import scanstring  # type: ignore[attr-defined]
from json.scanner import py_make_scanner  # type: ignore[attr-defined]
from pathlib import Path
from typing import Any

from .records import RecordError, Table, json_lines, table

TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".html", ".htm"})
RECORD_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".csv"})


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a file. ``origin`` has the index, in the file's content, of each of its characters and of its end."""

    text: str
    origin: Sequence[int]


def whole(content: str) -> Passage:
    """All of ``content`` as one text."""
    return Passage(content, range(len(content) + 1))


def has_records(file: str) -> bool:
    """Whether a file of this name can hold a text in each of its records."""
    return Path(file).suffix.lower() in RECORD_SUFFIXES


def files_below(folder: str, suffixes: frozenset[str]) -> tuple[list[str], list[OSError]]:
    """The files in ``folder`` and the folders in it that bear one of ``suffixes``, by name, without hidden ones.

    The second list holds what kept folders from being looked into.
    """
    errors: list[OSError] = []
    found: list[str] = []
    for inner, folders, files in os.walk(folder, onerror=errors.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            os.path.join(inner, name)
            for name in files
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in suffixes
        ]
    return sorted(found), errors


def passages(content: str, file: str, field: str) -> Iterator[Passage]:
    """The texts in ``content``, that of a file of records of this name, in their order.

    Raises:
        RecordError: while they are read: where the records are malformed, the value of ``field`` is neither a string nor
            null, or no record has the field.
    """
    suffix = Path(file).suffix.lower()
    if suffix == ".csv":
        return _of_csv(content, table(content), field)
    return _of_json([(1, 0, content)] if suffix == ".json" else json_lines(content), field)


# -- CSV -----------------------------------------------------------------------------------------------------------------


def _of_csv(content: str, rows: Table, field: str) -> Iterator[Passage]:
    column = rows.column(field)
    for row in rows.rows:
        start = row.start
        for cell in row.cells[:column]:
            start += _width(content, start, cell) + len(rows.delimiter)
        text = row.cells[column]
        if content.startswith('"', start):
            yield Passage(text, _in_quotes(text, start + 1))
        else:
            yield Passage(text, range(start, start + len(text) + 1))


def _width(content: str, start: int, cell: str) -> int:
    """How many characters a cell takes in the file; quotes inside quotes are doubled there."""
    return len(cell) + cell.count('"') + 2 if content.startswith('"', start) else len(cell)


def _in_quotes(text: str, start: int) -> list[int]:
    origin = [start]
    for char in text:
        start += 2 if char == '"' else 1
        origin.append(start)
    return origin


# -- JSON ----------------------------------------------------------------------------------------------------------------


class _Placed(str):
    """A string of a JSON document, and the index there of the first character after its quote."""

    start: int
    __slots__ = ("start",)


class _Decoder(json.JSONDecoder):
    """Decodes a document, strings with their place, and keeps every value of ``field``, at any depth, in ``found``.

    ``records`` counts the objects that were read.
    """

    def __init__(self, field: str) -> None:
        super().__init__(object_pairs_hook=self._keep)
        self._field = field
        self.found: list[Any] = []
        self.records = 0
        self.parse_string = self._placed
        # The scanner in C takes no other way of reading strings.
        self.scan_once = py_make_scanner(self)

    def _keep(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.records += 1
        self.found += [value for name, value in pairs if name == self._field]
        return dict(pairs)

    @staticmethod
    def _placed(document: str, start: int, strict: bool = True) -> tuple[str, int]:
        value, end = scanstring(document, start, strict)
        placed = _Placed(value)
        placed.start = start
        return placed, end


# One character of a JSON string, as it may be written: a pair of surrogates, an escape, or itself.
_WRITTEN = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)


def _of_json(documents: Iterable[tuple[int, int, str]], field: str) -> Iterator[Passage]:
    records = with_field = 0
    for line, begin, document in documents:
        decoder = _Decoder(field)
        try:
            decoder.decode(document)
        except json.JSONDecodeError as error:
            why = f"not JSON: {error.msg} at column {error.colno}; mend it there"
            raise RecordError(line + error.lineno - 1, why) from None
        except RecursionError:
            raise RecordError(line, "JSON nested too deeply; flatten it") from None
        records += decoder.records
        with_field += len(decoder.found)
        for value in decoder.found:
            if value is not None and not isinstance(value, _Placed):
                raise RecordError(line, f"field {field!r} is {value!r}; only strings and null hold texts")
        for text in sorted((v for v in decoder.found if v is not None), key=lambda v: v.start):
            characters = islice(_WRITTEN.finditer(document, text.start), len(text))
            yield Passage(str(text), [begin + text.start, *(begin + written.end() for written in characters)])
    if records and not with_field:
        raise RecordError(1, f"no record has a field {field!r}; look for a misspelling")
