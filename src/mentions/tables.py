"""Tables in files, read and written a batch of rows at a time: CSV, JSON Lines, Parquet and Arrow.

CSV and JSON Lines are read row by row, so that a row that cannot be read is known by its number and costs no other;
Parquet and Arrow by pyarrow. This module knows nothing of mentions.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic_core import from_json

from .records import LONGEST, RecordError, csv_rows

_ROWS = 1000
"""Rows of a chunk: enough to be worth sending to a process, few enough that an interruption loses little."""
_CHARACTERS = 1_000_000

Kind = Literal["csv", "jsonl", "parquet", "arrow"]
_KINDS: dict[str, tuple[Kind, str]] = {
    "csv": ("csv", ","),
    "tsv": ("csv", "\t"),
    "jsonl": ("jsonl", ""),
    "ndjson": ("jsonl", ""),
    "parquet": ("parquet", ""),
    "arrow": ("arrow", ""),
    "feather": ("arrow", ""),
}
_COMPRESSIONS = {"gz": "gzip", "zst": "zstd", "bz2": "bz2"}


class TableError(ValueError):
    """A table that cannot be used as a whole; the message says where and how to mend it."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a table is written in a file: ``compression`` is that of the file around a text format."""

    kind: Kind
    compression: str | None
    delimiter: str
    """Between the fields of CSV."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be read. ``row`` counts rows of data from 1; ``line`` lines of a text file from 1."""

    row: int
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a table, one after another.

    ``batch`` holds those that could be read: the id as text, then the columns of texts in the order asked for. Where no
    id was asked for it is the number of the row, from 1.
    """

    rows: int
    """How many there are, with those rejected."""
    batch: pa.RecordBatch
    rejects: tuple[Reject, ...]
    part: float | None
    """How much of the table has been read after these rows, from 0 to 1; ``None`` where that cannot be told."""

    def __reduce__(self) -> tuple[Callable[..., Chunk], tuple[object, ...]]:
        """Pickled with its own rows only: arrays that are slices would take all that they are cut from along."""
        texts = self.batch.schema.names[1:]
        return _unpickled, (self.rows, self.batch.serialize().to_pybytes(), texts, self.rejects, self.part)


def _unpickled(rows: int, batch: bytes, texts: list[str], rejects: tuple[Reject, ...], part: float | None) -> Chunk:
    return Chunk(rows, pa.ipc.read_record_batch(pa.py_buffer(batch), schema_of(texts)), rejects, part)


def format_of(name: str, delimiter: str | None = None) -> Format:
    """The format that a file's name ends with, such as ``.csv.gz`` or ``.parquet``.

    Raises:
        TableError: if it is none that is known.
    """
    *_, before, last = ["", *name.lower().split(".")] if "." in name else ["", "", name.lower()]
    compression = _COMPRESSIONS.get(last)
    kind, usual = _KINDS.get(before if compression else last, (None, ""))
    if kind is None:
        raise TableError(
            f"{name}: no known format; the name must end with one of .{', .'.join(_KINDS)}, "
            f"text formats also with .{', .'.join(_COMPRESSIONS)} behind it"
        )
    if compression and kind in ("parquet", "arrow"):
        raise TableError(f"{name}: {kind} compresses inside the file; give it without .{last}")
    if delimiter is not None and (kind != "csv" or len(delimiter) != 1 or delimiter in '"\r\n'):
        raise TableError(f"{name}: the delimiter {delimiter!r} is for CSV, and one character that is no quote")
    return Format(kind, compression, delimiter or usual)


# -- reading -----------------------------------------------------------------------------------------------------------


def schema_of(texts: Sequence[str]) -> pa.Schema:
    """The schema of the batches of :func:`read`."""
    return pa.schema([("", pa.string()), *((name, pa.string()) for name in texts)])


def read(source: Path | BinaryIO, form: Format, *, texts: Sequence[str], id: str | None = None) -> Iterator[Chunk]:
    """The table in ``source``, a file or a stream, about a thousand rows at a time; cut alike at every reading.

    Args:
        source: A path, or an open binary stream, for CSV and JSON Lines only.
        form: Its format.
        texts: The columns of texts.
        id: The column of ids, if there is one.

    Raises:
        TableError: if the file is cut off or damaged, a column is missing or of a wrong type, or a quote never ends.
        OSError: if it cannot be opened or read.
    """
    name = str(source) if isinstance(source, Path) else "standard input"
    with _told(name):
        if form.kind in ("parquet", "arrow"):
            if not isinstance(source, Path):
                raise TableError(f"{form.kind} needs a file that can be searched; give its path")
            batches = _parquet(source, texts, id) if form.kind == "parquet" else _arrow(source, texts, id)
            yield from _checked(batches, texts, id)
            return
        with _opened(source, form.compression) as (stream, part):
            if form.kind == "csv":
                yield from _csv(stream, part, form.delimiter, texts, id)
            else:
                yield from _jsonl(stream, part, texts, id)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Names the table in its errors. Faults that pyarrow finds are some; those of the system stay as they are."""
    try:
        yield
    except TableError as error:
        raise TableError(f"{name}: {error}") from error.__cause__
    except pa.ArrowException as error:
        raise TableError(f"{name}: damaged or cut off ({error}); write or fetch the file again") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise TableError(f"{name}: damaged or cut off ({error}); write or fetch the file again") from error


@contextmanager
def _opened(source: Path | BinaryIO, compression: str | None) -> Iterator[tuple[BinaryIO, Callable[[], float | None]]]:
    """A stream of the bytes after decompression, and how much has been read of the file, from 0 to 1."""
    raw = source.open("rb") if isinstance(source, Path) else source
    size = source.stat().st_size if isinstance(source, Path) else 0
    try:
        # Under the decompression, which reads ahead, stands the file itself: its place is what has been read.
        inner = raw if compression is None else pa.CompressedInputStream(pa.PythonFile(raw, "r"), compression)
        stream = cast(BinaryIO, inner if compression is None else io.BufferedReader(inner))
        yield stream, lambda: min(1.0, raw.tell() / size) if size else None
    finally:
        if isinstance(source, Path):
            raw.close()


class _Rows:
    """Gathers rows into chunks; a row is its number, its line, and its values: the id, then the texts."""

    def __init__(self, part: Callable[[], float | None], texts: Sequence[str]) -> None:
        self._part = part
        self._schema = schema_of(texts)
        self._clear()

    def _clear(self) -> None:
        self._good: list[tuple[int, int, list[str | None]]] = []
        self._rejects: list[Reject] = []
        self._characters = 0

    def add(self, row: int, line: int, values: list[str | None]) -> None:
        self._good.append((row, line, values))
        self._characters += sum(map(len, filter(None, values)))

    def reject(self, row: int, line: int, reason: str) -> None:
        self._rejects.append(Reject(row, line, reason))

    @property
    def full(self) -> bool:
        return len(self._good) + len(self._rejects) >= _ROWS or self._characters >= _CHARACTERS

    def chunk(self) -> Iterator[Chunk]:
        """What was gathered, if anything was."""
        rows = len(self._good) + len(self._rejects)
        if rows:
            try:
                batch = self._batch()
            except UnicodeEncodeError:
                self._drop_surrogates()
                batch = self._batch()
            yield Chunk(rows, batch, tuple(sorted(self._rejects, key=lambda r: r.row)), self._part())
            self._clear()

    def _batch(self) -> pa.RecordBatch:
        columns = zip(*(values for _, _, values in self._good), strict=True) if self._good else [[]] * len(self._schema)
        return pa.RecordBatch.from_arrays([pa.array(values, pa.string()) for values in columns], schema=self._schema)

    def _drop_surrogates(self) -> None:
        """Bytes that are no UTF-8 come as lone surrogates, which an Arrow string cannot hold."""
        good = []
        for row, line, values in self._good:
            try:
                "".join(filter(None, values)).encode()
                good.append((row, line, values))
            except UnicodeEncodeError:
                self.reject(row, line, "not UTF-8")
        self._good = good


def _csv(
    stream: BinaryIO, part: Callable[[], float | None], delimiter: str, texts: Sequence[str], id: str | None
) -> Iterator[Chunk]:
    lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        found = csv_rows(lines, delimiter)
        header = next(found, None)
        if header is None:
            raise TableError("empty; the first line must name the columns")
        wanted = _indices(header.cells, texts, id)
        rows = _Rows(part, texts)
        for number, row in enumerate(found, 1):
            if len(row.cells) == len(header.cells):
                rows.add(number, row.line, [str(number) if index is None else row.cells[index] for index in wanted])
            else:
                rows.reject(number, row.line, f"{len(row.cells)} fields instead of {len(header.cells)}")
            if rows.full:
                yield from rows.chunk()
        yield from rows.chunk()
    except RecordError as error:
        raise TableError(str(error)) from None
    finally:
        lines.detach()


def _indices(header: Sequence[str], texts: Sequence[str], id: str | None) -> list[int | None]:
    """Where the id and the texts stand; ``None`` for an id that was not asked for.

    Raises:
        TableError: if a column is missing or is there twice.
    """
    for wanted in (*texts, *(() if id is None else (id,))):
        count = header.count(wanted)
        if count != 1:
            listed = ", ".join(map(repr, header))
            raise TableError(f"{count or 'no'} columns called {wanted!r}; the columns are {listed}")
    return [None if id is None else header.index(id), *(header.index(text) for text in texts)]


def _jsonl(stream: BinaryIO, part: Callable[[], float | None], texts: Sequence[str], id: str | None) -> Iterator[Chunk]:
    rows = _Rows(part, texts)
    known = False
    number = line = 0
    while content := stream.readline(LONGEST + 1):
        line += 1
        if len(content) > LONGEST:
            raise TableError(f"line {line}: over {LONGEST:,} bytes; write one object on each line")
        content = content.removeprefix(b"\xef\xbb\xbf") if line == 1 else content
        if not content.strip():
            continue
        number += 1
        try:
            record = from_json(content)
            if isinstance(record, dict) and not known:
                _indices(list(record), texts, id)
                known = True
            rows.add(number, line, _values(record, number, texts, id))
        except TableError:
            raise
        except ValueError as error:
            rows.reject(number, line, str(error))
        if rows.full:
            yield from rows.chunk()
    yield from rows.chunk()


def _values(record: Any, number: int, texts: Sequence[str], id: str | None) -> list[str | None]:
    """The id and the texts of a JSON record.

    Raises:
        ValueError: if it is no object, a key is missing, or a value of the wrong type.
    """
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    for key in (*texts, *(() if id is None else (id,))):
        if key not in record:
            raise ValueError(f"no key {key!r}")
    for key in texts:
        if not isinstance(record[key], str | None):
            raise ValueError(f"{key!r} is neither a string nor null")
    own = number if id is None else record[id]
    if isinstance(own, bool) or not isinstance(own, str | int | None):
        raise ValueError(f"{id!r} is neither a string, a whole number nor null")
    return [None if own is None else str(own), *(record[key] for key in texts)]


_Batches = Iterator[tuple[pa.RecordBatch, float | None]]


def _parquet(path: Path, texts: Sequence[str], id: str | None) -> _Batches:
    with path.open("rb") as raw, pq.ParquetFile(raw) as file:
        _indices(file.schema_arrow.names, texts, id)
        columns = [*texts, *(() if id is None else (id,))]
        done = 0
        for batch in file.iter_batches(_ROWS, columns=list(dict.fromkeys(columns)), use_threads=False):
            done += batch.num_rows
            yield batch, done / file.metadata.num_rows


def _arrow(path: Path, texts: Sequence[str], id: str | None) -> _Batches:
    with path.open("rb") as raw:
        searchable = raw.read(6) == b"ARROW1"
        raw.seek(0)
        size = path.stat().st_size
        reader = pa.ipc.open_file(raw) if searchable else pa.ipc.open_stream(raw)
        wanted = [i for i in _indices(reader.schema.names, texts, id) if i is not None]
        count = reader.num_record_batches if searchable else None
        batches = (reader.get_batch(n) for n in range(count)) if count is not None else iter(reader)
        for number, batch in enumerate(batches):
            columns = batch.select(sorted(set(wanted)))
            for start in range(0, columns.num_rows, _ROWS):
                part = (number + min(1, (start + _ROWS) / columns.num_rows)) / count if count else raw.tell() / size
                yield columns.slice(start, _ROWS), part


def _checked(batches: _Batches, texts: Sequence[str], id: str | None) -> Iterator[Chunk]:
    """Batches with the schema of a chunk; their rows that are no UTF-8 are rejected."""
    before = 0
    for batch, part in batches:
        made = selected(batch, texts, id, first_row=before + 1)
        rejects: list[Reject] = []
        try:
            made.validate(full=True)
        except pa.ArrowInvalid:
            good = [all(map(_readable, row)) for row in zip(*made.columns, strict=True)]
            rejects = [Reject(before + n, None, "not UTF-8") for n, ok in enumerate(good, 1) if not ok]
            made = made.filter(pa.array(good, pa.bool_()))
        yield Chunk(batch.num_rows, made, tuple(rejects), part)
        before += batch.num_rows


def selected(
    batch: pa.RecordBatch, texts: Sequence[str], id: str | None, *, first_row: int | None = None
) -> pa.RecordBatch:
    """The id as text, then the texts, with the schema :func:`schema_of`.

    Where there is no column of ids, it is the number of the row, from ``first_row``, or null where that is ``None``.

    Raises:
        TableError: if a column is missing, is there twice, or is of a wrong type.
    """
    own, *wanted = _indices(batch.schema.names, texts, id)
    if own is not None:
        ids = _as_strings(batch.column(own), id, "which cannot be an id")
    elif first_row is None:
        ids = pa.nulls(batch.num_rows, pa.string())
    else:
        ids = pa.array(map(str, range(first_row, first_row + batch.num_rows)), pa.string())
    columns = [ids]
    for name, index in zip(texts, wanted, strict=True):
        array = batch.column(cast(int, index))
        kind = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
        if not any(is_kind(kind) for is_kind in _STRINGS):
            raise TableError(f"column {name!r} is of the type {array.type}; texts must be strings")
        columns.append(_as_strings(array, name, "which is no text"))
    return pa.RecordBatch.from_arrays(columns, schema=schema_of(texts))


_STRINGS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)


def _as_strings(array: pa.Array, name: str | None, fault: str) -> pa.Array:
    try:
        return array.cast(pa.string())
    except pa.ArrowNotImplementedError:
        raise TableError(f"column {name!r} is of the type {array.type}, {fault}") from None


def _readable(value: pa.Scalar) -> bool:
    try:
        value.as_py()
    except UnicodeDecodeError:
        return False
    return True


# -- writing -----------------------------------------------------------------------------------------------------------


@contextmanager
def writing(path: Path, form: Format, schema: pa.Schema) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """A new file at ``path``; yields what writes a batch to it. In CSV, lists are written with ``; `` between.

    Raises:
        OSError: if it cannot be written.
    """
    if form.kind == "parquet":
        with path.open("wb") as raw, pq.ParquetWriter(raw, schema, compression="zstd") as writer:
            yield writer.write_batch
    elif form.kind == "arrow":
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with path.open("wb") as raw, pa.ipc.new_file(raw, schema, options=options) as ipc:
            yield ipc.write_batch
    else:
        with (
            path.open("wb") as raw,
            pa.output_stream(raw, compression=form.compression) as packed,
            io.TextIOWrapper(packed, encoding="utf-8", newline="") as lines,
        ):
            if form.kind == "jsonl":
                yield lambda batch: lines.writelines(_json_line(record) for record in batch.to_pylist())
            else:
                writer = csv.writer(lines, delimiter=form.delimiter)
                writer.writerow(schema.names)
                yield lambda batch: writer.writerows(map(_csv_value, r.values()) for r in batch.to_pylist())


def _json_line(record: dict[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _csv_value(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return "; ".join(value) if isinstance(value, list) else value
