"""What the formats show: a finding, its place in a file, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Region:
    """A place in a file. Lines and columns count from 1, columns in characters."""

    line: int
    end_line: int
    columns: tuple[int, int] | None = None
    """That of the first character in ``line``, and that after the last in ``end_line``; ``None`` for whole lines."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to object to. ``message`` holds no control characters but line feeds."""

    rule: str
    """A stable id: that of the rule that answered, or of the functionality that failed."""
    title: str
    level: Level
    message: str
    file: str | None
    """The path as it was given; ``None`` for a text that stands in no file."""
    region: Region | None
