"""``mentions test --update``: copies of corpus files in which the cases that failed bear the observed labels."""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import tomlkit

from ..casefile import PlacedCase
from ..corpus import CaseResult
from ..files import write_whole
from ..records import json_lines, table


def write_copies(results: Iterable[tuple[PlacedCase, CaseResult]], folder: Path) -> list[Path]:
    """Write to ``folder`` a copy of each file that holds a case answered wrongly; the files written.

    They lie there as the files do below their nearest common folder. All that is right stays as it is, letter by letter.

    Raises:
        OSError: if a file cannot be read or written.
    """
    wrong: dict[Path, dict[str, CaseResult]] = {}
    files: dict[Path, Path] = {}
    for placed, result in results:
        files[placed.file] = placed.file.resolve()
        if not result.ok:
            wrong.setdefault(placed.file, {})[placed.case.id] = result
    if not wrong:
        return []
    common = os.path.commonpath([file.parent for file in files.values()])
    written: list[Path] = []
    for file, failed in wrong.items():
        target = folder / files[file].relative_to(common)
        content = file.read_bytes().decode("utf-8")
        mark = "\ufeff" if content.startswith("\ufeff") else ""
        write_whole(target, mark + _WRITERS[file.suffix](content.removeprefix(mark), failed))
        written.append(target)
    return written


def _labels(result: CaseResult) -> dict[str, Any]:
    """The fields to write; mentions only where the case labels them."""
    labels: dict[str, Any] = {"category": result.observed.value}
    if result.case.labels_mentions:
        labels["mentions"] = [
            {"text": m.text, "subjects": list(dict.fromkeys(s.id for s in m.subjects)), "codes": [m.code]}
            for m in result.mentions
        ]
    return labels


def _in_json_lines(content: str, failed: Mapping[str, CaseResult]) -> str:
    lines = content.split("\n")
    for number, _, line in json_lines(content):
        fields = json.loads(line)
        result = failed.get(fields["id"])
        if result is not None:
            end = "\r" if line.endswith("\r") else ""
            lines[number - 1] = json.dumps(fields | _labels(result), ensure_ascii=False) + end
    return "\n".join(lines)


def _in_toml(content: str, failed: Mapping[str, CaseResult]) -> str:
    document = tomlkit.parse(content)
    for case in document["case"]:
        result = failed.get(case["id"])
        if result is not None:
            case.update(_labels(result))
    return tomlkit.dumps(document)


def _in_csv(content: str, failed: Mapping[str, CaseResult]) -> str:
    rows = table(content)
    name = rows.column("id")
    parts: list[str] = []
    copied = 0
    for row in rows.rows:
        result = failed.get(row.cells[name])
        if result is None:
            continue
        labels = _labels(result)
        if "mentions" in labels:
            labels["mentions"] = json.dumps(labels["mentions"], ensure_ascii=False)
        whole = content[row.start : row.end]
        line = io.StringIO()
        writer = csv.writer(line, delimiter=rows.delimiter, lineterminator=whole[len(whole.rstrip("\r\n")) :])
        writer.writerow([labels.get(column, cell) for column, cell in zip(rows.header, row.cells, strict=True)])
        parts += [content[copied : row.start], line.getvalue()]
        copied = row.end
    return "".join([*parts, content[copied:]])


_WRITERS = {".jsonl": _in_json_lines, ".toml": _in_toml, ".csv": _in_csv}
