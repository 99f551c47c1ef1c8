"""Annotations of GitHub Actions: workflow commands, one a line.

Nothing that a text or a file name holds can begin a command of its own or add a property: what the runner reads as
syntax is escaped as the runner's own toolkit does.
"""

from __future__ import annotations

from .finding import Finding, Level


def annotation(finding: Finding) -> str:
    """The command that shows ``finding`` at its place in a pull request."""
    properties: dict[str, str | int] = {"title": finding.title}
    if finding.file is not None:
        properties["file"] = finding.file
    if finding.region is not None:
        region = finding.region
        properties |= {"line": region.line, "endLine": region.end_line}
        # The runner refuses columns where a finding goes over several lines.
        if region.columns is not None and region.line == region.end_line:
            properties |= {"col": region.columns[0], "endColumn": region.columns[1]}
    return _command(finding.level, properties, finding.message)


def problem(message: str) -> str:
    """The command that shows something that went wrong, such as a file that cannot be read."""
    return _command("error", {}, message)


def _command(level: Level, properties: dict[str, str | int], message: str) -> str:
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{level}{' ' if listed else ''}{listed}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
