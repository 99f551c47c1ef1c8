"""Lines of JSON Lines and rows of CSV, each with the place where it begins in its file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST = 16_000_000
"""Characters of a cell of CSV, bytes of a line of JSON in a table: more is taken for what never ends."""


class RecordError(ValueError):
    """A file of records cannot be read on. ``line`` counts from 1; ``why`` says what is wrong and how to mend it."""

    def __init__(self, line: int, why: str) -> None:
        self.line, self.why = line, why
        super().__init__(f"line {line}: {why}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of CSV: its first line, from 1, its place in the content, as string indices, and what its cells hold."""

    line: int
    start: int
    end: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file: its header, and its rows, which are read as they are asked for."""

    delimiter: str
    header: list[str]
    rows: Iterator[Row]

    def column(self, name: str) -> int:
        """The place of a column, from 0.

        Raises:
            RecordError: if there is none of that name.
        """
        if name in self.header:
            return self.header.index(name)
        raise RecordError(1, f"no column {name!r}; the header has {', '.join(map(repr, self.header)) or 'no column'}")


def json_lines(content: str) -> Iterator[tuple[int, int, str]]:
    """Each line that is not blank: its number from 1, where it begins in ``content``, and what it holds."""
    start = 0
    # Not splitlines: a text may hold U+2028 and others at which it would cut the line.
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            yield number, start, line
        start += len(line) + 1


def table(content: str) -> Table:
    """``content`` as CSV with a header; cells are parted by whichever of comma, semicolon and tab the header has most.

    Raises:
        RecordError: here for the header, and while the rows are read for a broken quote, or a row with more or fewer
            cells than the header.
    """
    delimiter = max(",;\t", key=content.partition("\n")[0].count)
    rows = csv_rows(io.StringIO(content, newline=""), delimiter)  # line ends stay as they are, inside cells too
    first = next(rows, None)
    if first is None:
        raise RecordError(1, "no header; write the names of the columns on the first line")
    twice = next((name for name in first.cells if first.cells.count(name) > 1), None)
    if twice is not None:
        raise RecordError(1, f"two columns are called {twice!r}; rename or remove one")
    return Table(delimiter, first.cells, _whole(rows, len(first.cells)))


def csv_rows(lines: Iterable[str], delimiter: str) -> Iterator[Row]:
    """The rows of CSV, the header first; empty lines are none. ``lines`` are taken as they are needed, ends and all.

    Raises:
        RecordError: while they are read, for a broken quote: nobody can tell any more where rows begin and end.
    """
    csv.field_size_limit(LONGEST)
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for line in lines:
            taken += len(line)
            yield line

    reader = csv.reader(counted(), delimiter=delimiter, strict=True)
    while True:
        line, start = reader.line_num + 1, taken
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise RecordError(
                line,
                f"not CSV: a quote is not closed or stands inside a cell ({error}); close it, and double those inside",
            ) from None
        if cells is None:
            return
        if cells:
            yield Row(line, start, taken, cells)


def _whole(rows: Iterator[Row], width: int) -> Iterator[Row]:
    for row in rows:
        if len(row.cells) != width:
            why = f"{len(row.cells)} cells, but the header has {width}; put quotes round a cell that holds a delimiter"
            raise RecordError(row.line, why)
        yield row
