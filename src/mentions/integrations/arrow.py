"""Arrow: a record batch of texts to a record batch of mentions with a fixed schema.

What works on tables elsewhere (scans, Spark, Dask, Polars, DuckDB) stands on these two functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from ..model import Mention
from ..moderator import Moderator, shared
from ..tables import selected

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("field", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("text", pa.string()),
        ("category", pa.string()),
        ("code", pa.string()),
        ("authority", pa.string()),
        ("subjects", pa.list_(pa.string())),
        ("rule", pa.string()),
        ("paragraphs", pa.list_(pa.string())),
        ("rewording", pa.string()),
        ("fingerprint", pa.string()),
        ("rules_version", pa.string()),
    ]
)
"""One row for each mention.

``id`` is that of the text's row, as text; ``field`` the column in which the text stood; ``start`` and ``end`` are Python
string indices into it. ``subjects`` are subject ids in the order of the text. ``rewording`` is its kind, null where there
is nothing to reword. The others are those of
:class:`mentions.Mention` and :class:`mentions.RulesInfo`.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A mention in a table: ``row`` counts from 0 within the batch that was checked, ``field`` names the column."""

    row: int
    field: str
    mention: Mention


def mention_batch(
    batch: pa.RecordBatch, *, texts: Sequence[str], id: str | None = None, moderator: Moderator | None = None
) -> pa.RecordBatch:
    """The mentions in the texts of ``batch``, in the order of its rows and of ``texts``; null texts have none.

    Args:
        batch: Any record batch.
        texts: Names of the columns to check, of any string type.
        id: Name of the column that says whose texts they are; cast to text. Null in the result where it is not given.
        moderator: What checks; that of :func:`mentions.check` by default.

    Returns:
        A record batch with the schema :data:`SCHEMA`.

    Raises:
        TableError: if a column is missing, is there twice, or is of a wrong type.
    """
    moderator = moderator or shared()
    made = selected(batch, texts, id)
    return as_batch(find(made, moderator), made.column(0), moderator)


def categories(texts: pa.Array, moderator: Moderator | None = None) -> pa.Array:
    """The category of each text, null for null: what SQL functions are made of."""
    check = (moderator or shared()).check
    return pa.array([None if text is None else check(text).category.value for text in texts.to_pylist()], pa.string())


def find(batch: pa.RecordBatch, moderator: Moderator) -> list[Found]:
    """The mentions in a batch of ids and texts as :func:`mentions.tables.selected` makes it, by row and by field."""
    fields = batch.schema.names[1:]
    rows = zip(*(array.to_pylist() for array in batch.columns[1:]), strict=True)
    return [
        Found(row, field, mention)
        for row, texts in enumerate(rows)
        for field, text in zip(fields, texts, strict=True)
        if text is not None
        for mention in moderator.check(text).mentions
    ]


def as_batch(found: Sequence[Found], ids: pa.Array, moderator: Moderator) -> pa.RecordBatch:
    """Mentions as a record batch with the schema :data:`SCHEMA`; ``ids`` are those of the rows checked."""
    mentions = [f.mention for f in found]
    columns: dict[str, Sequence[Any]] = {
        "field": [f.field for f in found],
        "category": [m.category.value for m in mentions],
        "subjects": [list(dict.fromkeys(s.id for s in m.subjects)) for m in mentions],
        "rewording": [m.rewording and m.rewording.kind for m in mentions],
        "rules_version": [moderator.rules.version] * len(found),
    }
    for name in ("start", "end", "text", "code", "authority", "rule", "paragraphs", "fingerprint"):
        columns[name] = [getattr(m, name) for m in mentions]
    own = ids.take(pa.array([f.row for f in found], pa.int64()))
    others = [pa.array(columns[field.name], field.type) for field in list(SCHEMA)[1:]]
    return pa.RecordBatch.from_arrays([own, *others], schema=SCHEMA)
