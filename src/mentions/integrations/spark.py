"""Spark: a data frame of texts to one of mentions, and the category of a text in SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import udf
from pyspark.sql.pandas.types import from_arrow_schema

from ..moderator import Moderator, shared
from .arrow import SCHEMA, mention_batch


def mention_frame(
    frame: DataFrame, *, texts: Sequence[str], id: str | None = None, moderator: Moderator | None = None
) -> DataFrame:
    """The mentions in the columns ``texts``, with the columns of :data:`mentions.integrations.arrow.SCHEMA`.

    Executors get the version of the rules, or the folder of own rules, which they must find at the same path; rules
    whose digest differs there are an error of the task.

    Args:
        frame: Any data frame.
        texts: Names of the columns to check.
        id: Name of the column that says whose texts they are.
        moderator: What checks; that of :func:`mentions.check` by default.
    """
    moderator = moderator or shared()

    def check(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield mention_batch(batch, texts=texts, id=id, moderator=moderator)

    wanted = list(dict.fromkeys([*texts, *(() if id is None else (id,))]))
    return frame.select(*(f"`{name}`" for name in wanted)).mapInArrow(check, from_arrow_schema(SCHEMA))


def register(session: SparkSession, moderator: Moderator | None = None, *, name: str = "mentions_category") -> None:
    """Make ``name(text)`` known to SQL: the category of a text, null for null."""
    moderator = moderator or shared()

    def category(text: str | None) -> str | None:
        return None if text is None else moderator.check(text).category.value

    session.udf.register(name, udf(category, "string", useArrow=True))
