"""SARIF 2.1.0, the format in which code scanning takes the findings of a tool."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .finding import Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(findings: Iterable[Finding], problems: Sequence[str], version: str) -> str:
    """A SARIF log of one run, in ASCII; ``problems`` say what could not be read, ``version`` is that of the package."""
    results: list[dict[str, Any]] = []
    places: dict[str, int] = {}
    rules: list[dict[str, Any]] = []
    for finding in findings:
        if finding.rule not in places:
            places[finding.rule] = len(rules)
            rules.append({"id": finding.rule, "shortDescription": {"text": finding.title}})
        results.append(_result(finding, places[finding.rule]))
    run = {
        "tool": {"driver": {"name": "mentions", "version": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "invocations": [
            {
                "executionSuccessful": not problems,
                "toolExecutionNotifications": [{"level": "error", "message": {"text": text}} for text in problems],
            }
        ],
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.level,
        "message": {"text": finding.message},
    }
    if finding.file is not None:
        place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
        if finding.region is not None:
            region = finding.region
            place["region"] = {"startLine": region.line, "endLine": region.end_line}
            if region.columns is not None:
                place["region"] |= {"startColumn": region.columns[0], "endColumn": region.columns[1]}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(file: str) -> str:
    """A reference relative to the place of the run, as code scanning takes it; absolute for an absolute path."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
