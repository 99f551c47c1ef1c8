"""SARIF, JUnit XML, GitHub annotations and the page of scores: each by the schema or the reader it is made for."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentions.formats.finding import Finding, Region
from mentions.formats.github import annotation, problem
from mentions.formats.junit import Outcome, junit
from mentions.formats.sarif import sarif
from mentions.formats.score_page import Table, score_page

ANY_TEXT = st.text(st.characters())  # lone surrogates too
HOSTILE = "x\n::set-output name=a::b\r\n::error::%0A,line=1:2%\x00\ud800"


def finding(text: str = "CMU refusée.", file: str | None = "a.txt", region: Region | None = None) -> Finding:
    return Finding("refusal", "refus explicite (E1)", "error", text, file, region)


Sarif = Callable[[str], dict[str, Any]]
Junit = Callable[[str], ElementTree.Element]


@given(text=ANY_TEXT, name=st.binary())
def test_sarif_follows_its_schema_whatever_the_texts(valid_sarif: Sarif, text: str, name: bytes) -> None:
    regions = [None, Region(1, 1), Region(1, 2, (3, 4))]
    log = sarif([finding(text, f"a/{os.fsdecode(name)}", region) for region in regions], [text], "1.0")
    assert log.isascii()
    assert [result["message"]["text"] for result in valid_sarif(log)["results"]] == [text] * 3


def test_sarif_says_where_and_by_which_rule(valid_sarif: Sarif) -> None:
    other = Finding("form", "apparemment neutre (S6)", "warning", "CMU ?", None, None)
    run = valid_sarif(
        sarif([finding(file="profils/é 1.txt", region=Region(2, 3, (4, 5))), other, finding()], [], "1.0")
    )
    first, second, third = run["results"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "profils/%C3%A9%201.txt"}
    assert place["region"] == {"startLine": 2, "startColumn": 4, "endLine": 3, "endColumn": 5}
    assert "locations" not in second
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in (first, second, third)] == ["refusal", "form", "refusal"]
    assert [result["level"] for result in (first, second)] == ["error", "warning"]


def test_sarif_tells_that_not_everything_was_read(valid_sarif: Sarif) -> None:
    def ran(*problems: str) -> Any:
        return valid_sarif(sarif([], problems, "1.0"))["invocations"][0]

    assert ran()["executionSuccessful"]
    assert not ran("a.txt: missing")["executionSuccessful"]
    assert ran("a.txt: missing")["toolExecutionNotifications"][0]["message"]["text"] == "a.txt: missing"


@given(text=ANY_TEXT, name=ANY_TEXT)
def test_junit_follows_its_schema_whatever_the_texts(valid_junit: Junit, text: str, name: str) -> None:
    report = junit([Outcome(name, text, 0.25, None, ""), Outcome(name, text, 0.5, text, text)], [text])
    suite, faults = valid_junit(report)
    assert (suite.get("tests"), suite.get("failures"), suite.get("time")) == ("2", "1", "0.750")
    assert faults.get("errors") == "1"


def commands(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it."""
    match = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line, re.DOTALL)
    assert match, line
    properties = dict(pair.split("=", 1) for pair in (match[2] or "").split(",") if pair)

    def read(text: str) -> str:
        for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, char)
        return text

    return match[1], {key: read(value) for key, value in properties.items()}, read(match[3])


@given(ANY_TEXT, ANY_TEXT)
def test_no_text_or_name_begins_a_command_or_adds_a_property(text: str, name: str) -> None:
    for said, file in ((text, name), (text + HOSTILE, name + HOSTILE)):
        line = annotation(finding(said, file, Region(1, 1, (2, 3))))
        assert not re.search("[\r\n]", line)
        level, properties, message = commands(line)
        assert (level, message) == ("error", said)
        assert properties == {
            "title": "refus explicite (E1)",
            "file": file,
            "line": "1",
            "endLine": "1",
            "col": "2",
            "endColumn": "3",
        }
        assert commands(problem(said)) == ("error", {}, said)


def test_columns_are_left_out_over_several_lines() -> None:
    _, properties, _ = commands(annotation(finding(region=Region(1, 2, (3, 4)))))
    assert properties == {"title": "refus explicite (E1)", "file": "a.txt", "line": "1", "endLine": "2"}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "</pre><img src=x onerror=y>", "a & b < c"])
def test_the_page_shows_texts_and_runs_none(text: str) -> None:
    page = score_page(text, [Table(text, ["a", text], [[text, "1"]])], [(text, text)], [text])
    parser = Tags()
    parser.feed(page)
    assert parser.text.count(text) == 8
    assert not {"script", "img"} & set(parser.tags)
