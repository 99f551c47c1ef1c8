"""The Arrow function and what stands on it: the same mentions as ``check_many``, wherever they are found."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow", reason='needs pyarrow: pip install "mentions[arrow]"')

from mentions import Moderator  # noqa: E402
from mentions.corpus import Case  # noqa: E402
from mentions.integrations.arrow import SCHEMA, categories, mention_batch  # noqa: E402
from mentions.tables import TableError  # noqa: E402


@pytest.fixture(scope="module")
def profiles(cases: tuple[Case, ...]) -> dict[str, list[Any]]:
    texts = [case.text for case in cases[::25]]
    return {"key": list(range(len(texts) + 1)), "about": [*texts, None]}


@pytest.fixture(scope="module")
def expected(profiles: dict[str, list[Any]], moderator: Moderator) -> list[dict[str, Any]]:
    reports = moderator.check_many(profiles["about"][:-1])
    return [
        {
            "id": str(key),
            "field": "about",
            "start": m.start,
            "end": m.end,
            "text": m.text,
            "category": m.category.value,
            "code": m.code,
            "authority": m.authority,
            "subjects": list(dict.fromkeys(s.id for s in m.subjects)),
            "rule": m.rule,
            "paragraphs": list(m.paragraphs),
            "rewording": None if m.rewording is None else m.rewording.kind,
            "fingerprint": m.fingerprint,
            "rules_version": report.rules.version,
        }
        for key, report in zip(profiles["key"], reports, strict=False)
        for m in report.mentions
    ]


def test_a_batch_has_what_check_many_says(
    profiles: dict[str, list[Any]], expected: list[dict[str, Any]], moderator: Moderator
) -> None:
    found = mention_batch(pa.record_batch(profiles), texts=["about"], id="key", moderator=moderator)
    assert found.schema == SCHEMA
    assert found.to_pylist() == expected
    assert len(expected) > 20


def test_several_columns_are_told_apart_and_ids_are_not_needed() -> None:
    batch = pa.record_batch({"a": ["Pas de CMU", None], "b": ["ouvert", "CMU acceptée"]})
    found = mention_batch(batch, texts=["b", "a"]).to_pylist()
    assert [(m["id"], m["field"], m["code"]) for m in found] == [(None, "a", "E1"), (None, "b", "S1")]


def test_an_empty_batch_has_the_schema_too() -> None:
    empty = pa.schema([("a", pa.string())]).empty_table()
    assert mention_batch(pa.RecordBatch.from_pylist([], schema=empty.schema), texts=["a"]).schema == SCHEMA


def test_wrong_columns_are_told() -> None:
    batch = pa.record_batch({"a": ["Pas de CMU"], "n": [1]})
    with pytest.raises(TableError, match="no columns called 'b'; the columns are 'a', 'n'"):
        mention_batch(batch, texts=["b"])
    with pytest.raises(TableError, match="column 'n' is of the type int64; texts must be strings"):
        mention_batch(batch, texts=["n"])


def test_categories_of_texts(moderator: Moderator) -> None:
    texts = pa.array(["Pas de CMU", None, "ouvert"])
    assert categories(texts, moderator).to_pylist() == ["explicit_refusal", None, "neutral"]


def test_polars(profiles: dict[str, list[Any]], expected: list[dict[str, Any]], moderator: Moderator) -> None:
    pl = pytest.importorskip("polars", reason='needs Polars: pip install "mentions[polars]"')
    from mentions.integrations.polars import mention_frame

    check = partial(mention_frame, texts=["about"], id="key", moderator=moderator)
    frame = pl.DataFrame(profiles)
    assert check(frame).to_dicts() == expected
    lazy = frame.lazy().map_batches(check, schema=check(frame.head(0)).schema)
    assert lazy.filter(pl.col("code") == "E1").collect().to_dicts() == [m for m in expected if m["code"] == "E1"]


def test_duckdb(profiles: dict[str, list[Any]], expected: list[dict[str, Any]], moderator: Moderator) -> None:
    duckdb = pytest.importorskip("duckdb", reason='needs DuckDB: pip install "mentions[duckdb]"')
    from mentions.integrations.duckdb import mention_reader, register

    connection = duckdb.connect()
    connection.register("profiles", pa.table(profiles))
    options: dict[str, Any] = {"texts": ["about"], "id": "key", "moderator": moderator}
    relation = connection.sql("SELECT * FROM profiles ORDER BY key")
    assert mention_reader(relation, **options).read_all().to_pylist() == expected
    register(connection, moderator)
    refusals = connection.sql("SELECT key FROM profiles WHERE mentions_category(about) = 'explicit_refusal'").fetchall()
    assert {str(key) for (key,) in refusals} == {m["id"] for m in expected if m["category"] == "explicit_refusal"}
    assert connection.sql("SELECT mentions_category(NULL)").fetchall() == [(None,)]


def test_dask_in_processes(
    profiles: dict[str, list[Any]], expected: list[dict[str, Any]], moderator: Moderator
) -> None:
    dd = pytest.importorskip("dask.dataframe", reason='needs Dask: pip install "mentions[dask]"')
    from mentions.integrations.dask import mention_frame

    frame = dd.from_pandas(pa.table(profiles).to_pandas(), npartitions=2)
    found = mention_frame(frame, texts=["about"], id="key", moderator=moderator)
    made = found.compute(scheduler="processes", num_workers=2)
    assert list(found.columns) == SCHEMA.names
    assert pa.Table.from_pandas(made, SCHEMA, preserve_index=False).to_pylist() == expected
