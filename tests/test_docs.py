"""The documentation runs: its examples print what it shows, and its links lead somewhere.

Every ``python`` block of a document runs in order, all in one namespace and one scratch folder. A ``text`` block directly
after it holds what it prints. In a ``console`` block, what follows a line ``$ command`` is what that command prints in the
scratch folder. A block under ``<!-- file: PATH -->`` is first written to that path of the scratch folder. A ``python``
block under ``<!-- not run: reason -->`` is left out.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mentions import load_rules, versions

ROOT = Path(__file__).parent.parent
WITH_CODE = [path for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if path.is_file()]
WITH_LINKS = [*WITH_CODE, *sorted((ROOT / "rules").glob("*.md")), *sorted((ROOT / "corpus").glob("*.md"))]

EXAMPLES = {
    "ci.md": 4,
    "how-a-text-is-read.md": 4,
    "integrations.md": 4,
    "lookalikes.md": 1,
    "moderation.md": 4,
    "moderators-page.md": 2,
    "scanning.md": 3,
    "writing-rules.md": 4,
}
"""At least so many blocks of these documents run."""

_BLOCK = re.compile(
    r"^(?:<!--[ ]*(?P<mark>file|not[ ]run):[ ]*(?P<value>.+?)[ ]*-->\n+)?^```(?P<kind>\w*)[^\n]*\n(?P<body>.*?)^```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    kind: str
    body: str
    line: int
    file: str | None
    skipped: bool
    output: str | None
    """What the ``text`` block directly after it holds."""


def blocks(markdown: str) -> Iterator[Block]:
    found = list(_BLOCK.finditer(markdown))
    for match, following in zip(found, [*found[1:], None], strict=False):
        shown = None
        if following is not None and following["kind"] == "text" and following["mark"] is None:
            between = markdown[match.end() : following.start()]
            shown = following["body"] if not between.strip() else None
        yield Block(
            kind=match["kind"],
            body=match["body"],
            line=markdown.count("\n", 0, match.start("body")) + 1,
            file=match["value"] if match["mark"] == "file" else None,
            skipped=match["mark"] == "not run",
            output=shown,
        )


def write(block: Block, folder: Path) -> None:
    target = (folder / str(block.file)).resolve()
    assert target.is_relative_to(folder.resolve()), f"line {block.line}: {block.file} lies outside the scratch folder"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(block.body, encoding="utf-8")


def run(path: Path, folder: Path) -> int:
    """Run the blocks of a document; how many ran."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    ran = 0
    with contextlib.chdir(folder):
        for block in blocks(path.read_text(encoding="utf-8")):
            if block.file is not None:
                write(block, folder)
            if block.kind == "console":
                run_commands(block, f"{path.name}, line {block.line}")
                ran += 1
            if block.kind != "python" or block.skipped:
                continue
            # The empty lines make tracebacks name the document's own line.
            code = compile("\n" * (block.line - 1) + block.body, str(path), "exec", dont_inherit=True)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(code, namespace)
            ran += 1
            if block.output is not None:
                assert printed.getvalue().rstrip("\n") == block.output.rstrip("\n"), f"{path.name}, line {block.line}"
    return ran


def run_commands(block: Block, place: str) -> None:
    """Run the commands of a ``console`` block in the current folder, with the programs of this Python's environment."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    before, *commands = re.split(r"^\$ ", block.body, flags=re.MULTILINE)
    assert commands and not before, f"{place}: begin with « $ »"
    for command in commands:
        line, _, shown = command.partition("\n")
        done = subprocess.run(
            line,
            check=False,
            shell=True,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PATH": path},
            timeout=120,
        )
        assert (done.stdout + done.stderr).rstrip("\n") == shown.rstrip("\n"), f"{place}: {line}"


@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: path.name)
def test_examples_print_what_is_shown(path: Path, tmp_path: Path) -> None:
    assert run(path, tmp_path) >= EXAMPLES.get(path.name, 0)


def test_every_block_is_seen() -> None:
    for path in WITH_CODE:
        markdown = path.read_text(encoding="utf-8")
        found = list(blocks(markdown))
        assert sum(b.kind == "python" for b in found) == len(re.findall(r"^ *```python", markdown, re.MULTILINE)), path
        assert sum(b.file is not None for b in found) == len(re.findall(r"<!-- *file:", markdown)), path
        assert sum(b.skipped for b in found) == len(re.findall(r"<!-- *not run:", markdown)), path


def links(path: Path) -> list[str]:
    prose = _BLOCK.sub("", path.read_text(encoding="utf-8"))
    return [link for link in _LINK.findall(prose) if not re.match(r"[a-z][a-z0-9+.-]*:|#", link)]


@pytest.mark.parametrize("path", WITH_LINKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(path: Path) -> None:
    missing = [link for link in links(path) if not (path.parent / link.split("#")[0]).exists()]
    assert missing == []


def test_links_are_seen() -> None:
    assert "glossary.md" in links(ROOT / "docs" / "how-a-text-is-read.md")


def test_glossary_has_every_code_subject_and_rewording() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rules = load_rules()
    terms = {rule.code for rule in rules.rules} | {file.subject.id for file in rules.subjects}
    terms |= {f"`{rewording.kind}`" for rewording in rules.rewordings.values()}
    assert [term for term in sorted(terms) if not re.search(rf"(?<![\w-]){re.escape(term)}(?![\w-])", glossary)] == []


def test_changes_tell_of_every_version_and_its_subjects() -> None:
    changes = (ROOT / "rules" / "CHANGES.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", changes, re.MULTILINE | re.DOTALL))
    assert sorted(told) == list(versions())
    before: set[str] = set()
    for version in versions():
        names = {file.subject.id for file in load_rules(version).subjects}
        assert [name for name in sorted(names - before) if f"`{name}`" not in told[version]] == []
        before = names


# -- the harness itself ----------------------------------------------------------------------------------------------------


def document(folder: Path, markdown: str) -> Path:
    path = folder / "document.md"
    path.write_text(markdown, encoding="utf-8")
    return path


def test_a_wrong_output_fails(tmp_path: Path) -> None:
    path = document(tmp_path, "```python\nprint(1)\n```\n\n```text\n2\n```\n")
    with pytest.raises(AssertionError, match="line 2"):
        run(path, tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="runs a POSIX shell")
def test_commands_print_what_is_shown(tmp_path: Path) -> None:
    assert run(document(tmp_path, "```console\n$ echo a; echo b >&2\na\nb\n$ true\n```\n"), tmp_path) == 1
    for wrong in ("$ echo a\nb\n", "$ echo a\n", "echo a\n"):
        with pytest.raises(AssertionError, match="line 2"):
            run(document(tmp_path, f"```console\n{wrong}```\n"), tmp_path)


def test_an_error_in_an_example_fails(tmp_path: Path) -> None:
    with pytest.raises(NameError):
        run(document(tmp_path, "```python\nunknown\n```\n"), tmp_path)


def test_blocks_share_names_and_files(tmp_path: Path) -> None:
    path = document(
        tmp_path,
        '<!-- file: own/a.toml -->\n```toml\nx = 1\n```\n\n```python\ny = open("own/a.toml").read()\n```\n\n'
        "```python\nprint(y)\n```\n\n```text\nx = 1\n```\n",
    )
    assert run(path, tmp_path) == 2


def test_text_further_down_is_no_output(tmp_path: Path) -> None:
    path = document(tmp_path, "```python\nprint(1)\n```\n\nElsewhere:\n\n```text\n2\n```\n")
    assert run(path, tmp_path) == 1


def test_only_a_given_reason_leaves_a_block_out(tmp_path: Path) -> None:
    path = document(tmp_path, "<!-- not run: needs a network -->\n```python\nunknown\n```\n")
    assert run(path, tmp_path) == 0


def test_files_stay_in_the_scratch_folder(tmp_path: Path) -> None:
    path = document(tmp_path, "<!-- file: ../out.toml -->\n```toml\nx = 1\n```\n")
    with pytest.raises(AssertionError, match="outside"):
        run(path, tmp_path)
    assert not (tmp_path.parent / "out.toml").exists()
