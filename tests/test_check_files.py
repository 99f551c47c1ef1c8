"""``mentions check`` on files and trees: which texts it reads, where it says mentions stand, in which format."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from mentions import Moderator
from mentions.cli.app import app
from mentions.documents import passages
from mentions.page import page

REFUSAL = "Les bénéficiaires de la CMU ne sont pas acceptés au cabinet."
ACCEPTANCE = "CMU acceptés"
NO_SUBJECT = "Cabinet ouvert du lundi au vendredi."


pytestmark = pytest.mark.usefixtures("one_moderator")


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["check", *args])


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def headings(result: Result) -> list[str]:
    return [line for line in result.stdout.splitlines() if line and not line.startswith(" ")]


# -- which texts -------------------------------------------------------------------------------------------------------


def test_trees_and_files_are_read_in_their_order(tmp_path: Path) -> None:
    single = write(tmp_path, "z.rst", ACCEPTANCE)
    for name, text in {
        "b.md": NO_SUBJECT,
        "a/c.HTML": f"<p>{REFUSAL}</p>",
        "a/b.txt": NO_SUBJECT,
        "a/c.py": REFUSAL,
        "a/d.csv": f"t\n{REFUSAL}",
        ".git/e.txt": REFUSAL,
    }.items():
        write(tmp_path / "tree", name, text)
    result = run("--paths", single, str(tmp_path / "tree"))
    assert result.exit_code == 1
    assert headings(result) == [
        f"{single} : apparemment neutre",
        f"{tmp_path}/tree/a/b.txt : rien à redire.".replace("/", os.sep),
        f"{tmp_path}/tree/a/c.HTML : refus explicite".replace("/", os.sep),
        f"{tmp_path}/tree/b.md : rien à redire.".replace("/", os.sep),
    ]


def test_a_hidden_folder_that_is_named_is_read(tmp_path: Path) -> None:
    write(tmp_path, ".hidden/a.txt", REFUSAL)
    assert run("--paths", str(tmp_path / ".hidden")).exit_code == 1


def test_a_folder_without_a_file_to_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, "empty/a.py", REFUSAL)
    text = write(tmp_path, "b.txt", REFUSAL)
    result = run("--paths", str(tmp_path / "empty"), text)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{tmp_path / 'empty'} : aucun fichier .htm, ")
    assert f"{text} : refus explicite" in result.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("--paths",),
        ("a", "b"),
        ("--field", "x", "text"),
        ("--json", "--format", "sarif", "text"),
        ("--fail-on", "neutral", "text"),
    ],
)
def test_misuse(args: tuple[str, ...]) -> None:
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr


@pytest.mark.parametrize(
    ("text", "level", "status"),
    [
        (REFUSAL, "explicit_refusal", 1),
        (ACCEPTANCE, "explicit_refusal", 0),
        (ACCEPTANCE, "apparently_neutral", 1),
        (NO_SUBJECT, "apparently_neutral", 0),
    ],
)
def test_fail_on_sets_the_status_and_hides_nothing(text: str, level: str, status: int) -> None:
    result = run("--fail-on", level, text)
    assert result.exit_code == status
    assert result.stdout == run(text).stdout


# -- fields and columns ------------------------------------------------------------------------------------------------


def records(folder: Path) -> list[str]:
    rows = io.StringIO()
    csv.writer(rows).writerows([["id", "bio"], ["1", NO_SUBJECT], ["2", f'Dit "oui".\r\n{REFUSAL}']])
    nested = {"profiles": [{"bio": NO_SUBJECT}, {"bio": None}, {"x": {"bio": f"\t{REFUSAL}"}}], "other": ACCEPTANCE}
    lines = [{"bio": NO_SUBJECT}, {"none": 1}, {"bio": f"é\n{REFUSAL}"}]
    return [
        write(folder, "a.csv", rows.getvalue()),
        write(folder, "b.json", json.dumps(nested, indent=1)),
        write(folder, "c.jsonl", "\n".join(map(json.dumps, lines))),
    ]


def test_records_are_texts_of_their_own_and_mentions_stand_where_the_file_has_them(tmp_path: Path) -> None:
    files = records(tmp_path)
    answers = [
        json.loads(line) for line in run("--json", "--field", "bio", "--paths", str(tmp_path)).stdout.splitlines()
    ]
    refusals = [answer for answer in answers if answer["mentions"]]
    assert [answer["file"] for answer in answers] == [name for name in files for _ in range(2)]
    assert [answer["line"] for answer in refusals] == [3, 11, 3]
    for answer in refusals:
        (place,) = answer["places"]
        assert place["line"] == place["end_line"]
        line = Path(answer["file"]).read_bytes().decode().split("\n")[place["line"] - 1]
        start, end = place["columns"]
        written = line[start - 1 : end - 1]
        assert (json.loads(f'"{written}"') if "\\u" in written else written) == REFUSAL


def test_people_are_shown_the_line_of_the_record(tmp_path: Path) -> None:
    result = run("--field", "bio", "-f", records(tmp_path)[0])
    assert headings(result) == [
        f"{tmp_path / 'a.csv'}:2 : rien à redire.",
        f"{tmp_path / 'a.csv'}:3 : refus explicite",
    ]
    assert "\n  4:1  refus explicite (E1)" in result.stdout


def test_without_a_field_a_file_is_one_text(tmp_path: Path) -> None:
    result = run("-f", records(tmp_path)[0])
    assert headings(result) == [f"{tmp_path / 'a.csv'} : refus explicite"]
    assert "\n  4:1  refus explicite (E1)" in result.stdout


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.csv", "id,text\n1,x\n", "line 1: no column 'bio'; the header has 'id', 'text'"),
        ("a.csv", 'bio\n"x"y\n', "line 2: not CSV"),
        ("a.csv", "bio\nx,y\n", "line 2: 2 cells"),
        ("a.jsonl", '{"bio": "x"}\n{"bio": \n', "line 2: not JSON"),
        ("a.jsonl", '\n{"bio": 3}\n', "line 2: field 'bio' is 3; only strings and null"),
        ("a.jsonl", '{"boi": "x"}\n', "line 1: no record has a field 'bio'"),
        ("a.json", '{\n"bio": "x",\n}', "line 3: not JSON"),
        ("a.json", '{"a": 1, "b": []}', "line 1: no record has a field 'bio'"),
        ("a.json", "[" * 100_000, "line 1: JSON nested too deeply"),
    ],
)
def test_records_that_cannot_be_read_do_not_keep_others_from_it(
    tmp_path: Path, name: str, content: str, fault: str
) -> None:
    bad = write(tmp_path, name, content)
    good = write(tmp_path, "good.jsonl", json.dumps({"bio": REFUSAL}))
    result = run("--field", "bio", "--paths", bad, good)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{bad}: {fault}")
    assert result.stderr.count("\n") == 1
    assert f"{good}:1 : refus explicite" in result.stdout


PRINTED = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(PRINTED, PRINTED), min_size=1, max_size=4), st.sampled_from([",", ";", "\t"]))
def test_each_character_of_a_cell_is_found_in_the_file(rows: Sequence[tuple[str, str]], delimiter: str) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([("a", "b"), *rows])
    for text, passage in zip((b for _, b in rows), passages(written.getvalue(), "x.csv", "b"), strict=True):
        spans = list(zip(passage.origin, passage.origin[1:], strict=False))
        assert passage.text == text == "".join(written.getvalue()[start] for start, _ in spans)
        assert all(
            written.getvalue()[start:end] in (char, char * 2) for (start, end), char in zip(spans, text, strict=True)
        )


@given(st.lists(PRINTED, min_size=1, max_size=4), st.booleans(), st.sampled_from([None, 2]))
def test_each_character_of_a_json_string_is_found_in_the_file(
    texts: Sequence[str], ascii_only: bool, indent: int | None
) -> None:
    content = json.dumps([{"k": [text], "b": text} for text in texts], ensure_ascii=ascii_only, indent=indent)
    for text, passage in zip(texts, passages(content, "x.json", "b"), strict=True):
        spans = zip(passage.origin, passage.origin[1:], strict=False)
        assert passage.text == text
        assert [json.loads(f'"{content[start:end]}"') for start, end in spans] == list(text)


def test_a_lone_surrogate_in_json_is_a_character() -> None:
    content = json.dumps({"b": "\ud800a\udc00\U0001f600"})
    (passage,) = passages(content, "x.jsonl", "b")
    assert passage.text == "\ud800a\udc00\U0001f600"
    assert [content[i] for i in passage.origin] == ["\\", "a", "\\", "\\", '"']


@pytest.mark.parametrize(("name", "content"), [("x.json", "[]"), ("x.jsonl", ""), ("x.csv", "b\n")])
def test_where_there_is_no_record_there_is_no_text(name: str, content: str) -> None:
    assert list(passages(content, name, "b")) == []


# -- formats -----------------------------------------------------------------------------------------------------------


def test_sarif_is_whole_and_valid_and_tells_what_was_not_read(
    tmp_path: Path, valid_sarif: Callable[[str], dict[str, Any]]
) -> None:
    write(tmp_path, "a.txt", f"Bonjour.\n{REFUSAL} {ACCEPTANCE}\nTiers payant.")
    write(tmp_path, "b.txt", b"\xff")
    result = run("--format", "sarif", "--lang", "en", "--paths", str(tmp_path))
    found = valid_sarif(result.stdout)
    assert result.exit_code == 2
    assert [r["level"] for r in found["results"]] == ["error", "warning"]
    assert found["results"][0]["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 2,
        "endLine": 2,
        "startColumn": 1,
        "endColumn": len(REFUSAL) + 1,
    }
    assert not found["invocations"][0]["executionSuccessful"]
    assert "b.txt: byte 0" in found["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert "b.txt: byte 0" in result.stderr


def test_github_gives_nothing_but_commands(tmp_path: Path) -> None:
    name = write(tmp_path, "a.txt", f"Bonjour.\n\n::error::x {REFUSAL}\n\n{ACCEPTANCE}")
    missing = str(tmp_path / "b\n::error::c")
    result = run("--format", "github", "--paths", name, missing, "--lang", "en")
    refusal, acceptance, fault = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (2, "")
    assert refusal.startswith("::error title=explicit refusal (E1),file=")
    assert ",line=3,endLine=3,col=" in refusal
    assert acceptance.startswith("::warning title=apparently neutral (S1),file=")
    assert fault.startswith("::error::")
    assert "\\n" in fault


def test_html_is_the_page_of_all_texts(tmp_path: Path, moderator: Moderator) -> None:
    names = [write(tmp_path, "a.txt", REFUSAL), write(tmp_path, "b.txt", NO_SUBJECT)]
    result = run("--format", "html", "--lang", "en", "--paths", *names, str(tmp_path / "none.txt"))
    assert (result.exit_code, "no such file" in result.stderr) == (2, True)
    reports = [(names[0], moderator.check(REFUSAL)), (names[1], moderator.check(NO_SUBJECT))]
    assert result.stdout == page(reports, "en") + "\n"


def test_what_html_needs_is_told_before_a_text_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    page_module = sys.modules["mentions.page"]
    monkeypatch.setattr(page_module, "_environment", page_module._environment.__wrapped__)  # not the one that is kept
    result = run("--format", "html", REFUSAL)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == 'the page needs jinja2: pip install "mentions[html]"\n'


def test_output_goes_to_a_file_only_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out" / "a.sarif"
    assert run("--format", "sarif", "-o", str(target), REFUSAL).exit_code == 1
    assert run("--format", "sarif", REFUSAL).stdout == target.read_text(encoding="utf-8")
    assert [path.name for path in target.parent.iterdir()] == ["a.sarif"]
    blocked = run("-o", str(target / "b"), REFUSAL)
    assert (blocked.exit_code, blocked.stdout) == (2, "")
    assert "cannot be written" in blocked.stderr


def test_output_to_what_is_no_file_does_not_replace_it(tmp_path: Path) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("named pipes are a POSIX matter")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        assert run("-o", str(pipe), NO_SUBJECT).exit_code == 0
        assert reader.communicate(timeout=60)[0] == "Texte : rien à redire.\n"
    assert not pipe.is_file()


def test_output_through_a_link_leaves_the_link(tmp_path: Path) -> None:
    link = tmp_path / "link"
    try:
        link.symlink_to(tmp_path / "target.txt")
    except OSError:
        pytest.skip("links are not allowed here")
    assert run("-o", str(link), NO_SUBJECT).exit_code == 0
    assert link.is_symlink()
    assert (tmp_path / "target.txt").read_text(encoding="utf-8") == "Texte : rien à redire.\n"


def test_the_shell_completes_options_and_values() -> None:
    def completed(words: str) -> list[str]:
        env = os.environ | {
            "_MENTIONS_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split())),
        }
        code = "from mentions.cli import main; main()"
        done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, timeout=120, check=False)
        return done.stdout.decode().split()

    assert completed("mentions check --fail-on ") == ["apparently_neutral", "explicit_refusal"]
    assert {"check", "test"} <= set(completed("mentions "))


def test_the_pre_commit_hook_names_a_command_that_is_there() -> None:
    hook = (Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert "entry: mentions check --paths\n" in hook
    assert "--paths" in run("--help").stdout
