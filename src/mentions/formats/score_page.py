"""The score on a corpus as one HTML page that needs nothing else: no script, no font, no image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple


class Table(NamedTuple):
    """A table with its title; the first cell of a row names it."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


_HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums }}
th, td {{ padding: .2rem .8rem; border-bottom: 1px solid #8884; text-align: right }}
th:first-child {{ text-align: left }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
"""


def score_page(
    title: str, tables: Iterable[Table], failures: Iterable[tuple[str, str]], problems: Iterable[str]
) -> str:
    """The page; ``failures`` are a heading and what is said of it each, ``problems`` say what could not be read."""
    parts = [_HEAD.format(title=escape(title))]
    parts += [f"<p><strong>{escape(text)}</strong></p>\n" for text in problems]
    for shown in tables:
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in shown.header)
        parts.append(f"<h2>{escape(shown.title)}</h2>\n<table>\n<tr>{head}</tr>\n")
        for name, *cells in shown.rows:
            data = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            parts.append(f'<tr><th scope="row">{escape(name)}</th>{data}</tr>\n')
        parts.append("</table>\n")
    told = [f"<h3>{escape(heading)}</h3>\n<pre>{escape(details)}</pre>\n" for heading, details in failures]
    return "".join([*parts, "<h2>Failures</h2>\n" if told else "", *told, "</html>"])
