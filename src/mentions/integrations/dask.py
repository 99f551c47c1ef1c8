"""Dask: a data frame of texts to one of mentions, partition by partition."""

from __future__ import annotations

from collections.abc import Sequence

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa

from ..moderator import Moderator, shared
from .arrow import SCHEMA, mention_batch


def mention_frame(
    frame: dd.DataFrame, *, texts: Sequence[str], id: str | None = None, moderator: Moderator | None = None
) -> dd.DataFrame:
    """The mentions in the columns ``texts``, with the columns of :data:`mentions.integrations.arrow.SCHEMA`.

    Workers get the version of the rules, or the folder of own rules, which they must find at the same path. The columns
    of the result are of pandas' Arrow types.

    Args:
        frame: Any Dask data frame.
        texts: Names of the columns to check.
        id: Name of the column that says whose texts they are.
        moderator: What checks; that of :func:`mentions.check` by default.
    """
    wanted = list(dict.fromkeys([*texts, *(() if id is None else (id,))]))
    made: dd.DataFrame = frame[wanted].map_partitions(
        _mentions, texts=list(texts), id=id, moderator=moderator or shared(), meta=_frame(SCHEMA.empty_table())
    )
    return made


def _mentions(part: pd.DataFrame, *, texts: Sequence[str], id: str | None, moderator: Moderator) -> pd.DataFrame:
    batches = pa.Table.from_pandas(part, preserve_index=False).to_batches()
    found = [mention_batch(batch, texts=texts, id=id, moderator=moderator) for batch in batches]
    return _frame(pa.Table.from_batches(found, SCHEMA))


def _frame(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas(types_mapper=pd.ArrowDtype)
