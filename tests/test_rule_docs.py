"""What is generated from the rules is current, and the documentation builds as a site."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from mentions import load_rules
from mentions.corpus import read_cases
from mentions.decisions import paragraph, published
from mentions.rulefile import FILES, FOLDERS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COMMAND = "run python docs/generate.py"


@cache
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def generated() -> dict[str, str]:
    files: dict[str, str] = generator().generate(load_rules())
    return files


def test_generated_files_are_current() -> None:
    stored = [*(DOCS / "rules").glob("*"), *(DOCS / "schema").glob("*")]
    assert sorted(path.relative_to(DOCS).as_posix() for path in stored) == sorted(generated()), COMMAND
    stale = [name for name, content in generated().items() if (DOCS / name).read_text(encoding="utf-8") != content]
    assert stale == [], COMMAND


def test_writing_takes_pages_away_whose_rules_are_gone(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "statements-gone.md").write_text("", encoding="utf-8")
    generator().write(tmp_path)
    assert {
        path.relative_to(tmp_path).as_posix(): path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.*")
    } == generated()


def test_every_rule_has_a_page_with_its_paragraphs() -> None:
    pages = "\n".join(generated().values())
    for rule in load_rules().rules:
        assert f"\n## {rule.id}@{rule.version}\n" in pages
        for source in rule.source:
            assert f"> **{source}.** {str(paragraph(source))[:40]}" in pages


def test_every_paragraph_is_in_the_index_with_the_rules_that_cite_it() -> None:
    index = generated()["rules/paragraphs.md"]
    assert [list(decision.paragraphs) for decision in published().values()] == [
        [str(n) for n in range(1, last + 1)] for last in (137, 45)
    ]
    parts = index.split("\n## ")[1:]
    for (name, decision), part in zip(published().items(), parts, strict=False):
        rows = {
            row.split(" | ")[0].strip("| "): row
            for row in part.splitlines()
            if row.startswith("| ") and row[2].isdigit()
        }
        assert list(rows) == list(decision.paragraphs)
        for number, row in rows.items():
            citing = [rule.id for rule in load_rules().rules if f"{name} §{number}" in rule.source]
            assert [id for id in citing if f"[{id}]" not in row] == []
            if row.endswith("| – |"):
                assert not citing


def test_a_source_that_is_no_paragraph_is_told() -> None:
    rules = dataclasses.replace(load_rules())
    rules.__dict__["rules"] = tuple(r.model_copy(update={"source": ("2018-269 §138",)}) for r in load_rules().rules)
    with pytest.raises(LookupError, match="2018-269 §138: no such paragraph"):
        generator().generate(rules)


def test_quoted_mentions_stand_in_the_decisions() -> None:
    words = " ".join(text for decision in published().values() for text in decision.paragraphs.values())
    missing = [case.id for case in read_cases(ROOT / "corpus" / "decision") if _bare(case.text) not in _bare(words)]
    assert missing == []


def _bare(text: str) -> str:
    return "".join(char for char in text.replace("’", "'").lower() if char.isalnum())


# -- schemas --------------------------------------------------------------------------------------------------------------


def schema_of(path: Path) -> dict[str, object]:
    kind = path.stem if path.name in FILES else path.parent.name
    schema: dict[str, object] = json.loads((DOCS / "schema" / f"{kind}.json").read_text(encoding="utf-8"))
    return schema


def test_schemas_are_schemas_and_take_the_shipped_files() -> None:
    seen = set()
    for path in sorted((ROOT / "rules").rglob("*.toml")):
        jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), schema_of(path))
        seen.add(path.stem if path.name in FILES else path.parent.name)
    assert seen == {*FOLDERS, *(name.removesuffix(".toml") for name in FILES)} - {"exceptions"}
    for path in (DOCS / "schema").glob("*.json"):
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("exceptions", {"schema": 1, "exception": [{"rule": "a", "id": "b", "reason": "c", "patterns": ["d"]}]}),
        ("ruleset", {"schema": 1, "ruleset": {"version": "x", "since": "y", "title": "z", "rests_on": ["w"]}}),
        ("words", {"schema": 1, "class": [{"id": "a", "meaning": "b", "forms": ["c"], "polaire": True}]}),
        ("words", {"schema": 1}),
    ],
)
def test_schemas_refuse_what_loading_refuses(kind: str, content: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(
            content, schema_of(Path(f"{kind}.toml") if f"{kind}.toml" in FILES else Path(kind) / "a.toml")
        )


# -- the site -------------------------------------------------------------------------------------------------------------


@pytest.mark.site
def test_the_documentation_builds_as_a_site_without_warnings(tmp_path: Path) -> None:
    for package in ("sphinx", "myst_parser"):
        pytest.importorskip(package, reason='needs the extra: pip install "mentions[docs]"')
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(DOCS), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path).with_suffix(".md").as_posix() for path in tmp_path.rglob("*.html")}
    assert {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} <= pages
