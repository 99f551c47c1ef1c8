"""Polars: a data frame of texts to one of mentions."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa

from ..moderator import Moderator
from .arrow import SCHEMA, mention_batch


def mention_frame(
    frame: pl.DataFrame, *, texts: Sequence[str], id: str | None = None, moderator: Moderator | None = None
) -> pl.DataFrame:
    """The mentions in the columns ``texts``, with the columns of :data:`mentions.integrations.arrow.SCHEMA`.

    Args:
        frame: Any data frame; for a lazy one, use it in ``LazyFrame.map_batches``.
        texts: Names of the columns to check.
        id: Name of the column that says whose texts they are.
        moderator: What checks; that of :func:`mentions.check` by default.

    Raises:
        TableError: if a column is missing or of a wrong type.
    """
    batches = frame.to_arrow().to_batches()
    found = [mention_batch(batch, texts=texts, id=id, moderator=moderator) for batch in batches]
    made = pl.from_arrow(pa.Table.from_batches(found, SCHEMA))
    assert isinstance(made, pl.DataFrame)  # it is a series for arrays only
    return made
