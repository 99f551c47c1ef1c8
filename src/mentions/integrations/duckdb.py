"""DuckDB: a relation of texts to one of mentions, and the category of a text in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from ..moderator import Moderator
from .arrow import SCHEMA, categories, mention_batch


def mention_reader(
    relation: duckdb.DuckDBPyRelation,
    *,
    texts: Sequence[str],
    id: str | None = None,
    moderator: Moderator | None = None,
) -> pa.RecordBatchReader:
    """The mentions in the columns ``texts``, read as they are asked for; DuckDB can query the reader by its name.

    Args:
        relation: What to check; its connection cannot run another query until the reader has been read.
        texts: Names of the columns to check.
        id: Name of the column that says whose texts they are.
        moderator: What checks; that of :func:`mentions.check` by default.

    Raises:
        TableError: if a column is missing or of a wrong type, when it is read.
    """
    batches = (
        mention_batch(batch, texts=texts, id=id, moderator=moderator) for batch in relation.to_arrow_reader(4096)
    )
    return pa.RecordBatchReader.from_batches(SCHEMA, batches)


def register(
    connection: duckdb.DuckDBPyConnection, moderator: Moderator | None = None, *, name: str = "mentions_category"
) -> None:
    """Make ``name(text)`` known to SQL: the category of a text, null for null."""

    def category(texts: pa.Array) -> pa.Array:
        return categories(texts, moderator)

    create: Any = connection.create_function  # its stubs do not know functions from arrays to arrays
    create(name, category, ["VARCHAR"], "VARCHAR", type="arrow")
