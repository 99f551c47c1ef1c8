"""``mentions test``: the score in each format, the exit status, the copies with the observed labels."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import tomlkit
from typer.testing import CliRunner, Result

from mentions import Category
from mentions.cli.app import app
from mentions.corpus import read_cases

Sarif = Callable[[str], dict[str, Any]]
Junit = Callable[[str], ElementTree.Element]


def case(name: str, text: str, category: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "functionality": more.pop("functionality", "refusal"),
        "text": text,
        "category": category,
    } | more


RIGHT = case("right", "CMU refusée.", "explicit_refusal")
CLEAN = case("clean", "Bonjour.", "neutral", functionality="silence", mentions=[])
WRONG = case(
    "wrong",
    "CMU acceptée.",
    "explicit_refusal",
    mentions=[{"text": "CMU acceptée.", "subjects": ["cmu"], "codes": ["E1"]}],
)
UNSEEN = case("unseen", "Bienvenue <b>\x1b[31m", "apparently_neutral", functionality="silence")


pytestmark = pytest.mark.usefixtures("one_moderator")


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["test", *args])


def write(folder: Path, name: str, *cases: object) -> str:
    path = folder / name
    path.write_text("".join(f"{json.dumps(c, ensure_ascii=False)}\n" for c in cases), encoding="utf-8")
    return str(path)


@pytest.fixture
def mixed(tmp_path: Path) -> str:
    return write(tmp_path, "a.jsonl", RIGHT, CLEAN, WRONG, UNSEEN)


# -- the score ---------------------------------------------------------------------------------------------------------


def test_the_score_is_given_for_people(mixed: str) -> None:
    result = run(mixed)
    assert result.exit_code == 1
    assert result.stderr == ""
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "4 cases, 2 right (50.0 %), rules 2019-11"
    assert "neutral 1 1 0 50.0 % 100.0 %" in lines
    assert "apparently_neutral 1 0 1 0.0 % 0.0 %" in lines
    assert "explicit_refusal 2 1 1 100.0 % 50.0 %" in lines
    assert "refusal 2 1 1 100.0 % 100.0 %" in lines
    assert "silence 2 1 1 – 0.0 %" in lines
    assert "explicit_refusal 0 1 1" in lines
    assert f"{mixed}:3 wrong (refusal)" in lines
    assert "expected explicit_refusal, observed apparently_neutral" in lines
    assert "expected: 'CMU acceptée.' cmu E1" in lines
    assert "observed: 'CMU acceptée.' cmu S1" in lines
    assert "subject cmu (as written): 'CMU'" in lines
    assert "category apparently_neutral" in lines
    assert "\x1b" not in result.stdout


def test_the_score_is_given_as_json(mixed: str) -> None:
    answer = json.loads(run("--format", "json", mixed).stdout)
    assert answer["rules"]["version"] == "2019-11"
    assert {k: answer[k] for k in ("cases", "right", "wrong")} == {"cases": 4, "right": 2, "wrong": 2}
    assert answer["categories"]["explicit_refusal"] == {
        "cases": 2,
        "right": 1,
        "wrong": 1,
        "precision": 1.0,
        "recall": 0.5,
    }
    assert answer["functionalities"]["silence"]["precision"] is None
    assert answer["confusion"]["explicit_refusal"] == {
        "neutral": 0,
        "apparently_neutral": 1,
        "explicit_refusal": 1,
    }
    assert [failure["case"]["id"] for failure in answer["failures"]] == ["wrong", "unseen"]
    assert answer["failures"][0]["case"] == WRONG
    assert answer["failures"][0]["mentions"][0]["steps"]


def test_the_other_formats_hold_the_failures(mixed: str, valid_sarif: Sarif, valid_junit: Junit) -> None:
    cases = list(valid_junit(run("--format", "junit", mixed).stdout).iter("testcase"))
    assert [c.get("name") for c in cases if c.find("failure") is not None] == ["wrong", "unseen"]
    assert len(cases) == 4

    results = valid_sarif(run("--format", "sarif", mixed).stdout)["results"]
    regions = [result["locations"][0]["physicalLocation"]["region"] for result in results]
    assert [result["ruleId"] for result in results] == ["refusal", "silence"]
    assert regions == [{"startLine": 3, "endLine": 3}, {"startLine": 4, "endLine": 4}]

    commands = run("--format", "github", mixed).stdout.splitlines()
    assert [line.partition(" ")[0] for line in commands] == ["::error", "::error"]
    assert "line=3" in commands[0]

    page = run("--format", "html", mixed).stdout
    assert "4 cases, 2 right (50.0 %)" in page
    assert "Bienvenue &lt;b&gt;" in page
    assert "<b>" not in page


@pytest.mark.parametrize(("percent", "status"), [("50", 0), ("50.1", 1), ("0", 0), ("100", 1)])
def test_fail_under(mixed: str, percent: str, status: int) -> None:
    assert run("--fail-under", percent, mixed).exit_code == status


def test_a_corpus_that_is_all_right_passes(tmp_path: Path) -> None:
    assert run(write(tmp_path, "a.jsonl", RIGHT, CLEAN)).exit_code == 0


def test_rules_by_version(tmp_path: Path) -> None:
    text = case("css", "C2S refusée.", "explicit_refusal")
    name = write(tmp_path, "a.jsonl", text)
    assert run(name).exit_code == 0
    assert run("--rules", "2018-11", name).exit_code == 1
    assert run("--rules", "1999-01", name).exit_code == 2


# -- what cannot be read -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["text", "json", "junit", "sarif", "html"])
def test_faults_are_told_and_the_other_cases_checked(
    tmp_path: Path, form: str, valid_sarif: Sarif, valid_junit: Junit
) -> None:
    good = write(tmp_path, "good.jsonl", RIGHT)
    bad = tmp_path / "bad.jsonl"
    bad.write_text("{\n", encoding="utf-8")
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"\xe9")
    result = run("--format", form, str(bad), str(latin), str(tmp_path / "none"), good)
    assert result.exit_code == 2
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == [
        str(bad),
        str(latin),
        str(tmp_path / "none"),
    ]
    if form == "junit":
        assert len(list(valid_junit(result.stdout).iter("error"))) == 3
    elif form == "sarif":
        assert len(valid_sarif(result.stdout)["invocations"][0]["toolExecutionNotifications"]) == 3
    elif form == "json":
        assert json.loads(result.stdout)["cases"] == 1
        assert len(json.loads(result.stdout)["problems"]) == 3
    else:
        assert "1 cases, 1 right" in result.stdout


def test_faults_are_annotations_in_github(tmp_path: Path) -> None:
    result = run("--format", "github", str(tmp_path / "none\n::error::x"))
    assert (result.exit_code, result.stderr) == (2, "")
    assert result.stdout.count("\n") == 1
    assert result.stdout.startswith("::error::")


@pytest.mark.parametrize("args", [(), ("--fail-under", "101", "a"), ("--format", "xml", "a")])
def test_misuse(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


def test_no_progress_off_a_terminal(tmp_path: Path) -> None:
    mixed = write(tmp_path, "a.jsonl", CLEAN, UNSEEN)
    done = subprocess.run(
        [sys.executable, "-m", "mentions.cli", "test", mixed],
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | {"FORCE_COLOR": "1", "TERM": "xterm"},
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"\x1b" not in done.stdout


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    mixed = write(tmp_path, "a.jsonl", CLEAN, UNSEEN)
    pty = pytest.importorskip("pty", reason="pseudo-terminals are a POSIX matter")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "mentions.cli", "test", mixed],
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm"},
    ) as child:
        os.close(theirs)
        parts: list[bytes] = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:  # Linux ends a pseudo-terminal whose other side is closed with an error
            pass
        assert child.wait(timeout=120) == 1
    os.close(ours)
    assert b"cases" in b"".join(parts)


# -- files -------------------------------------------------------------------------------------------------------------


def test_output_goes_to_a_file(tmp_path: Path, mixed: str, valid_junit: Junit) -> None:
    target = tmp_path / "out" / "score.xml"
    result = run("--format", "junit", "--output", str(target), mixed)
    assert (result.exit_code, result.stdout) == (1, "")
    assert valid_junit(target.read_text(encoding="utf-8")).tag == "testsuites"
    assert [path.name for path in target.parent.iterdir()] == ["score.xml"]


TOML = """# the head
[[case]]
id = "toml-right"        # right
functionality = "refusal"
text = "CMU refusée."
category = "explicit_refusal"

[[case]]
id = "toml-wrong"
functionality = "refusal"
text = '''CMU
acceptée.'''
category = "neutral" # no
mentions = []
"""
CSV = 'id;category;functionality;text;mentions\r\n"csv-right";explicit_refusal;r;"CMU ""refusée""."; \r\n'


def test_copies_bear_the_observed_labels_and_all_else_stays(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    (folder / "inner").mkdir(parents=True)
    write(folder / "inner", "a.jsonl", RIGHT, WRONG, UNSEEN)
    write(folder, "right.jsonl", CLEAN)
    (folder / "b.toml").write_text(TOML, encoding="utf-8")
    rows = CSV.replace("; \r", ";\r") + "csv-wrong;neutral;r;AME refusée.;[]\r\ncsv-short;neutral;r;AME refusée.;\r\n"
    (folder / "c.csv").write_bytes(rows.encode("utf-8-sig"))
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}

    result = run("--update", str(tmp_path / "copy"), str(folder))
    assert result.exit_code == 1
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    copies = {path.relative_to(tmp_path / "copy").as_posix(): path for path in (tmp_path / "copy").rglob("*.*")}
    assert sorted(copies) == ["b.toml", "c.csv", "inner/a.jsonl"]
    assert result.stderr.count("compare it before you use it") == 3
    assert run(str(tmp_path / "copy")).exit_code == 0

    labels = {c.id: (c.category, [m.codes for m in c.mentions]) for c in read_cases(tmp_path / "copy")}
    assert labels["wrong"] == (Category.APPARENTLY_NEUTRAL, [("S1",)])
    assert labels["unseen"] == (Category.NEUTRAL, [])
    assert labels["csv-wrong"] == (Category.EXPLICIT_REFUSAL, [("E1",)])
    assert labels["csv-short"] == (Category.EXPLICIT_REFUSAL, [])
    assert copies["inner/a.jsonl"].read_bytes().splitlines()[0] == before[folder / "inner" / "a.jsonl"].splitlines()[0]
    assert copies["b.toml"].read_text(encoding="utf-8").startswith(TOML[: TOML.index('[[case]]\nid = "toml-wrong')])
    assert tomlkit.parse(copies["b.toml"].read_text(encoding="utf-8"))["case"][1]["text"] == "CMU\nacceptée."  # type: ignore[index]
    assert copies["c.csv"].read_bytes().splitlines()[:2] == rows.encode("utf-8-sig").splitlines()[:2]


def test_copies_never_overwrite(tmp_path: Path, mixed: str) -> None:
    before = Path(mixed).read_bytes()
    result = run("--update", str(tmp_path), mixed)
    assert result.exit_code == 2
    assert "not an empty folder" in result.stderr.replace("\n", " ")
    assert Path(mixed).read_bytes() == before


def test_nothing_is_copied_where_there_are_faults(tmp_path: Path) -> None:
    result = run("--update", str(tmp_path / "copy"), write(tmp_path, "a.jsonl", WRONG, WRONG))
    assert result.exit_code == 2
    assert "mend them first" in result.stderr
    assert not (tmp_path / "copy").exists()


def test_nothing_is_copied_where_all_is_right(tmp_path: Path) -> None:
    name = write(tmp_path, "a.jsonl", RIGHT)
    assert run("--update", str(tmp_path / "copy"), name).exit_code == 0
    assert not (tmp_path / "copy").exists()
