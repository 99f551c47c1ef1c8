"""The pytest plugin: cases as test items, with all that pytest does with those, and nothing unless it is asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from xml.etree import ElementTree

import pytest

pytest_plugins = ["pytester"]

# No text but the last names a subject, so that the rules need not be loaded for each run of pytest.
RIGHT = {"id": "right", "functionality": "refusal", "text": "Sans rendez-vous.", "category": "neutral"}
WRONG = {"id": "wrong", "functionality": "acceptance", "text": "Bienvenue.", "category": "explicit_refusal"}
CLEAN = {"id": "clean", "functionality": "silence", "text": "Bonjour.", "category": "neutral"}
ACCEPTED = {**WRONG, "text": "CMU acceptée."}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.mkdir("corpus")
    content = "\n".join(json.dumps(c, ensure_ascii=False) for c in (RIGHT, WRONG, CLEAN))
    (pytester.path / "corpus" / "a.jsonl").write_text(content, encoding="utf-8")
    (pytester.path / "corpus" / "functionalities.toml").write_text(
        "".join(
            f'[[functionality]]\nid = "{name}"\nfamily = "f"\ndescription = "d"\n'
            for name in ("refusal", "acceptance", "silence")
        ),
        encoding="utf-8",
    )
    pytester.makepyfile("def test_of_their_own(): pass")
    return pytester


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    return {name: count for name, count in result.parseoutcomes().items() if name != "warnings"}


def test_nothing_is_collected_unless_it_is_asked_for(project: pytest.Pytester) -> None:
    assert outcomes(project.runpytest(".")) == {"passed": 1}
    assert outcomes(project.runpytest()) == {"passed": 1}


def test_the_plugin_loads_no_spacy() -> None:
    code = "import sys, mentions.pytest_plugin; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False).returncode == 0


@pytest.mark.parametrize("given", [(), (".",), ("corpus",), ("corpus/a.jsonl",), ("test_nothing_here.py",)])
def test_every_case_is_one_item(project: pytest.Pytester, given: tuple[str, ...]) -> None:
    project.makepyfile(test_nothing_here="def test_one(): pass")
    result = project.runpytest("--mentions-corpus", "corpus", *given)
    own = {(): 2, (".",): 2, ("test_nothing_here.py",): 1}.get(given, 0)
    assert outcomes(result) == {"passed": own + 2, "failed": 1}


def test_a_failure_says_what_came_and_why(project: pytest.Pytester) -> None:
    (project.path / "corpus" / "a.jsonl").write_text(f"\n{json.dumps(ACCEPTED)}", encoding="utf-8")
    result = project.runpytest("--mentions-corpus=corpus", "corpus")
    result.stdout.fnmatch_lines(
        [
            "*a.jsonl:2",
            "expected explicit_refusal, observed apparently_neutral",
            "text: 'CMU acceptée.'",
            "observed: 'CMU acceptée.' cmu S1",
            "  subject cmu (as written): 'CMU'",
            "  category apparently_neutral",
        ]
    )
    result.stdout.fnmatch_lines(["FAILED corpus/a.jsonl::wrong*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_configuration_file_names_corpora(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmentions_corpus = corpus\nmentions_rules = 2018-11\n")
    assert outcomes(project.runpytest()) == {"passed": 3, "failed": 1}


@pytest.mark.parametrize(("wanted", "count"), [("right", 1), ("acceptance", 1), ("silence or refusal", 2)])
def test_k_takes_names_and_functionalities(project: pytest.Pytester, wanted: str, count: int) -> None:
    result = project.runpytest("--mentions-corpus=corpus", "--collect-only", "-q", "-k", wanted, "corpus")
    assert sum("::" in line for line in result.outlines) == count


def test_one_case_by_its_name(project: pytest.Pytester) -> None:
    result = project.runpytest("--mentions-corpus=corpus", "corpus/a.jsonl::right")
    assert outcomes(result) == {"passed": 1}


def test_junit_xml_names_cases_and_functionalities(project: pytest.Pytester) -> None:
    project.runpytest("--mentions-corpus=corpus", "--junitxml=out.xml", "-o", "junit_family=xunit1", "corpus")
    root = ElementTree.parse(project.path / "out.xml").getroot()
    cases: dict[str | None, Any] = {case.get("name"): case for case in root.iter("testcase")}
    assert sorted(map(str, cases)) == ["clean", "right", "wrong"]
    assert cases["wrong"].find("failure") is not None
    assert cases["wrong"].get("line") == "1"
    assert [p.get("value") for p in cases["right"].iter("property")] == ["refusal"]


def test_workers_share_the_cases(project: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    result = project.runpytest_subprocess("--mentions-corpus=corpus", "-n", "2")
    assert outcomes(result) == {"passed": 3, "failed": 1}


def test_a_faulty_file_is_an_error_and_the_others_are_run(project: pytest.Pytester) -> None:
    (project.path / "corpus" / "b.jsonl").write_text("{\n", encoding="utf-8")
    result = project.runpytest("--mentions-corpus=corpus", "--continue-on-collection-errors", "corpus")
    assert outcomes(result) == {"passed": 2, "failed": 1, "errors": 1}
    result.stdout.fnmatch_lines(["*b.jsonl: line 1: not JSON: *"])


def test_a_corpus_that_is_not_there_is_misuse(project: pytest.Pytester) -> None:
    result = project.runpytest("--mentions-corpus=nowhere")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*nowhere: no such file or folder*"])


def test_rules_that_are_not_there_are_misuse(project: pytest.Pytester) -> None:
    result = project.runpytest("--mentions-corpus=corpus", "--mentions-rules=1999-01")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*1999-01: no such version or folder*"])
