"""Tables: what is read comes out, and what cannot be read is told by its row."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pa = pytest.importorskip("pyarrow", reason='needs pyarrow: pip install "mentions[arrow]"')
import pyarrow.parquet as pq  # noqa: E402

from mentions.tables import Chunk, Reject, TableError, format_of, read, selected, writing  # noqa: E402

ROWS = [
    {"id": "a", "text": "Été, « CMU »\nnon"},
    {"id": "b", "text": None},
    {"id": "c", "text": ""},
    {"id": "d", "text": 'un "guillemet"\u2028; fin'},
]
SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string())])


def chunks(path: Path, **options: Any) -> list[Chunk]:
    return list(read(path, format_of(path.name), texts=["text"], **{"id": "id", **options}))


def values(found: list[Chunk]) -> list[tuple[str | None, ...]]:
    return [row for chunk in found for row in zip(*(c.to_pylist() for c in chunk.batch.columns), strict=True)]


def rejects(found: list[Chunk]) -> list[Reject]:
    return [reject for chunk in found for reject in chunk.rejects]


def write(path: Path, rows: list[dict[str, Any]], schema: Any = SCHEMA) -> Path:
    with writing(path, format_of(path.name), schema) as put:
        put(pa.RecordBatch.from_pylist(rows, schema=schema))
    return path


NAMES = [
    "t.csv",
    "t.tsv",
    "t.csv.gz",
    "t.csv.zst",
    "t.csv.bz2",
    "t.jsonl",
    "t.ndjson.gz",
    "t.parquet",
    "t.arrow",
    "t.feather",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_is_read(name: str, tmp_path: Path) -> None:
    found = chunks(write(tmp_path / name, ROWS))
    null = "" if ".csv" in name or ".tsv" in name else None  # CSV has no null
    assert values(found) == [(r["id"], null if r["text"] is None else r["text"]) for r in ROWS]
    assert rejects(found) == []
    assert found[-1].part is not None
    assert 0 < found[-1].part <= 1


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet", "t.arrow"])
def test_long_tables_come_in_pieces_and_rows_are_numbered_through(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, [{"id": None, "text": f"texte {n}"} for n in range(2500)])
    found = chunks(path, id=None)
    assert len(found) > 1
    assert values(found) == [(str(n + 1), f"texte {n}") for n in range(2500)]
    parts = [chunk.part for chunk in found]
    assert parts == sorted(parts, key=lambda part: part or 0)


def test_long_texts_make_short_pieces(tmp_path: Path) -> None:
    found = chunks(write(tmp_path / "t.csv", [{"id": str(n), "text": "x" * 600_000} for n in range(6)]))
    assert [chunk.rows for chunk in found] == [2, 2, 2]


def test_a_stream_is_read(tmp_path: Path) -> None:
    data = gzip.compress(b"id,text\na,CMU\n")
    assert values(list(read(io.BytesIO(data), format_of("csv.gz"), texts=["text"], id="id"))) == [("a", "CMU")]
    with pytest.raises(TableError, match="standard input: parquet needs a file"):
        list(read(io.BytesIO(b""), format_of("parquet"), texts=["text"]))


def test_a_piece_is_pickled_with_its_own_rows_only(tmp_path: Path) -> None:
    path = write(tmp_path / "t.arrow", [{"id": str(n), "text": "x" * 100} for n in range(5000)])
    first = chunks(path)[0]
    pickled = pickle.dumps(first)
    assert len(pickled) < 200 * first.rows
    assert pickle.loads(pickled).batch.equals(first.batch)


def test_arrow_streams_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "t.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, SCHEMA) as writer:
        writer.write_batch(pa.RecordBatch.from_pylist(ROWS, schema=SCHEMA))
    assert [id for id, _ in values(chunks(path))] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_strings_of_every_kind_are_texts(kind: Any) -> None:
    batch = pa.record_batch({"id": pa.array([7, None]), "text": pa.array(["CMU", None]).cast(kind)})
    assert selected(batch, ["text"], "id").to_pydict() == {"": ["7", None], "text": ["CMU", None]}


@pytest.mark.parametrize("column", ["id", "text"])
def test_columns_of_other_types_are_refused(column: str) -> None:
    batch = pa.record_batch({"id": ["a"], "text": ["b"], "list": pa.array([[1]])})
    texts, id = (["list"], "id") if column == "text" else (["text"], "list")
    with pytest.raises(TableError, match=r"column 'list' is of the type list<item: int64>"):
        selected(batch, texts, id)


# -- rows that cannot be read ----------------------------------------------------------------------------------------------


def test_csv_rows_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(
        b'\xef\xbb\xbfid,text,x\r\n1,"a\r\nb",\r\n\r\n2,b\r\n3,\xe9t\xe9,\r\n4,d,\xe9\r\n5,d,,\r\n6,e,\r\n'
    )
    found = chunks(path)
    assert values(found) == [("1", "a\r\nb"), ("4", "d"), ("6", "e")]
    assert rejects(found) == [
        Reject(2, 5, "2 fields instead of 3"),
        Reject(3, 6, "not UTF-8"),
        Reject(5, 8, "4 fields instead of 3"),
    ]


def test_json_lines_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [
        b'\xef\xbb\xbf{"id": 1, "text": "a"}',
        b"",
        b'{"id": 2, "text": "b"',
        b"[1]",
        b'{"id": 4}',
        b'{"id": 5, "text": 5}',
        b'{"id": true, "text": "a"}',
        b'{"id": 7, "text": "\xe9"}',
        b'{"id": 8, "text": "\\ud800"}',
        b'{"id": null, "text": null}',
    ]
    path.write_bytes(b"\n".join(lines))
    found = chunks(path)
    assert values(found) == [("1", "a"), (None, None)]
    assert [(r.row, r.line) for r in rejects(found)] == [(2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8), (8, 9)]
    assert [r.reason for r in rejects(found)][1:5] == [
        "not a JSON object",
        "no key 'text'",
        "'text' is neither a string nor null",
        "'id' is neither a string, a whole number nor null",
    ]


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_strings_that_are_no_utf8_are_rejected(name: str, tmp_path: Path) -> None:
    bad = pa.StringArray.from_buffers(3, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0"), pa.py_buffer(b"a\xffc"))
    table = pa.table({"id": ["1", "2", "3"], "text": bad})
    if name.endswith("parquet"):
        pq.write_table(table, tmp_path / name)
    else:
        with pa.OSFile(str(tmp_path / name), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    found = chunks(tmp_path / name)
    assert values(found) == [("1", "a"), ("3", "c")]
    assert rejects(found) == [Reject(2, None, "not UTF-8")]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b'{"id": 1, "text": "a"}')), max_size=12))
def test_no_line_of_json_is_lost(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("lines") / "t.jsonl"
    path.write_bytes(b"\n".join([b'{"id": 0, "text": ""}', *lines]))
    found = chunks(path)
    there = sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
    assert len(values(found)) + len(rejects(found)) == there


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_any_text_goes_through_csv_and_json(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    batch = [{"id": id, "text": text} for id, text in rows]
    for name in ("t.csv", "t.jsonl"):
        assert values(chunks(write(folder / name, batch))) == rows


# -- tables that cannot be read ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('id,text\n1,a\n2,"b\n3,c\n', r"t\.csv: line 3: not CSV: a quote is not closed"),
        ('id,text\n1,"a"b\n2,c\n', r"t\.csv: line 2: not CSV: a quote is not closed or stands inside"),
        ("", "empty; the first line must name the columns"),
        ("id;text\n1;a\n", "no columns called 'text'; the columns are 'id;text'"),
        ("id,text,text\n1,a,b\n", "2 columns called 'text'"),
    ],
)
def test_csv_that_cannot_be_read(content: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(TableError, match=fault):
        chunks(tmp_path / "t.csv")


def test_a_quote_that_never_ends_does_not_take_all_memory(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,text\n1,"' + "x\n" * 9_000_000, encoding="utf-8")
    with pytest.raises(TableError, match="line 2: not CSV: a quote is not closed"):
        chunks(tmp_path / "t.csv")


def test_a_wrong_key_of_json_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"id": 1, "texte": "a"}\n', encoding="utf-8")
    with pytest.raises(TableError, match="no columns called 'text'; the columns are 'id', 'texte'"):
        chunks(tmp_path / "t.jsonl")


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.csv.gz", "t.csv.zst", "t.jsonl.bz2"])
def test_a_file_that_is_cut_off_is_told(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / name, [{"id": str(n), "text": str(n * 7919 % 1000)} for n in range(1000)])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(TableError, match="damaged or cut off"):
        chunks(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow", "t.csv.gz"])
def test_a_file_of_another_format_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"id,text\n1,a\n" * 20)
    with pytest.raises(TableError, match="damaged or cut off"):
        chunks(tmp_path / name)


def test_a_missing_file_stays_an_error_of_the_system(tmp_path: Path) -> None:
    for name in ("t.csv", "t.jsonl.gz", "t.parquet", "t.arrow"):
        with pytest.raises(FileNotFoundError):
            chunks(tmp_path / name)


@pytest.mark.parametrize("name", ["t", "t.xlsx", "gz", "t.gz", ""])
def test_unknown_formats(name: str) -> None:
    with pytest.raises(TableError, match="no known format"):
        format_of(name)


def test_formats_and_what_does_not_go_with_them() -> None:
    assert format_of("a.b.CSV.GZ", ";").delimiter == ";"
    assert format_of("tsv").delimiter == "\t"
    with pytest.raises(TableError, match="parquet compresses inside"):
        format_of("t.parquet.gz")
    with pytest.raises(TableError, match="is for CSV"):
        format_of("t.jsonl", ";")
    with pytest.raises(TableError, match="one character"):
        format_of("t.csv", ";;")


def test_lists_and_truth_in_csv_and_json(tmp_path: Path) -> None:
    schema = pa.schema([("l", pa.list_(pa.string())), ("b", pa.bool_())])
    rows = [{"l": ["a", "b"], "b": True}, {"l": [], "b": None}]
    assert write(tmp_path / "t.csv", rows, schema).read_bytes() == b"l,b\r\na; b,true\r\n,\r\n"
    packed = bz2.decompress(write(tmp_path / "t.jsonl.bz2", rows, schema).read_bytes())
    assert [json.loads(line) for line in packed.splitlines()] == rows
