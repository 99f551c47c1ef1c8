"""The order of the modules, read from their imports.

Data flows one way: text, folded text, subjects, statements, code, category, report. A module therefore imports only from
those that come before it: what a stage does cannot depend on a later one, each can be read and tested knowing only what
stands above it, and no two modules import each other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "mentions"
ORDER = [
    "model",
    "characters",
    "files",
    "decisions",
    "parallel",
    "lookalikes",
    "normalize",
    "rulefile",
    "ruleset",
    "lexicon",
    "gate",
    "subjects",
    "tokens",
    "polarity",
    "statements",
    "reading",
    "loading",
    "judgement",
    "rewording",
    "fingerprint",
    "moderator",
    "records",
    "documents",
    "casefile",
    "profile",
    "decision",
    "policy",
    "notice",
    "corpus",
    "explain",
    "drafts",
    "lint",
    "backtest",
    "history",
    "page",
    "__init__",
    "formats",
    "tables",
    "integrations",
    "scan",
    "pytest_plugin",
    "cli",
]
"""From the first to the last; ``statements`` and ``reading`` stand side by side, as a test below holds."""


@dataclass(frozen=True)
class Import:
    """A module imported: inside a function, or only for type checkers, or neither."""

    name: str
    line: int
    deferred: bool = False
    typing_only: bool = False


def _imports(path: Path) -> list[Import]:
    return list(_of(ast.parse(path.read_text("utf-8")), deferred=False, typing_only=False))


def _of(node: ast.AST, *, deferred: bool, typing_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, deferred, typing_only) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (Import(name, child.lineno, deferred, typing_only) for name in _from(child))
        elif isinstance(child, ast.If) and ast.unparse(child.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            yield from _of(ast.Module(child.body, []), deferred=deferred, typing_only=True)
            yield from _of(ast.Module(child.orelse, []), deferred=deferred, typing_only=typing_only)
        else:
            inside = deferred or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _of(child, deferred=inside, typing_only=typing_only)


def _from(node: ast.ImportFrom) -> list[str]:
    if node.level == 0:
        return [node.module or ""]
    # « from .model import X » and « from . import model »; « from . import __version__ » is the package itself.
    if node.module is not None:
        return [f"mentions.{node.module}"]
    return [f"mentions.{a.name}" if a.name in ORDER else "mentions.__init__" for a in node.names]


def _own(found: Import) -> str | None:
    """The module of the package that is imported, if it is one."""
    head, _, rest = found.name.partition(".")
    return None if head != "mentions" else rest.partition(".")[0] or "__init__"


def _of_adapter(path: Path) -> list[Import]:
    """The imports of a module in a folder of adapters, without those of its neighbours there."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            node.level -= 1
            if not node.level:
                node.module = "neighbour"
    return list(_of(tree, deferred=False, typing_only=False))


MODULES = {path.stem: _imports(path) for path in PACKAGE.glob("*.py")} | {
    folder: [found for path in sorted((PACKAGE / folder).glob("*.py")) for found in _of_adapter(path)]
    for folder in ["formats", "integrations", "cli"]
}
"""The imports of each module; a folder of adapters counts as one."""


def test_every_module_has_its_place() -> None:
    assert sorted(MODULES) == sorted(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_a_module_imports_only_from_those_before_it(module: str) -> None:
    before = ORDER[: ORDER.index(module)]
    wrong = [(found.line, own) for found in MODULES[module] if (own := _own(found)) is not None and own not in before]
    assert not wrong, f"{module}.py imports {wrong}; only {before} come before it"


def test_the_readings_of_a_text_do_not_know_each_other() -> None:
    assert "reading" not in {_own(found) for found in MODULES["statements"]}
    assert "statements" not in {_own(found) for found in MODULES["reading"]}


def test_judgement_does_not_look_at_the_text() -> None:
    assert {_own(found) for found in MODULES["judgement"]} - {None} == {"reading", "rulefile"}


def _importing(package: str) -> dict[str, list[Import]]:
    found = {m: [i for i in imports if i.name.partition(".")[0] == package] for m, imports in MODULES.items()}
    return {module: imports for module, imports in found.items() if imports}


def test_only_reading_imports_spacy_and_only_when_it_is_needed() -> None:
    spacy = _importing("spacy")
    assert set(spacy) == {"reading", "integrations"}
    assert not [i for i in spacy["reading"] if not (i.deferred or i.typing_only)]
    assert [i for i in spacy["reading"] if i.deferred]


@pytest.mark.parametrize(
    ("package", "module"),
    [
        ("typer", "cli"),
        ("rich", "cli"),
        ("tomlkit", "cli"),
        ("django", "integrations"),
        ("sqlalchemy", "integrations"),
        *((package, "integrations") for package in ("dask", "duckdb", "pandas", "polars", "pyspark")),
    ],
)
def test_what_is_optional_is_imported_by_its_adapter_alone(package: str, module: str) -> None:
    assert set(_importing(package)) == {module}


@pytest.mark.parametrize("package", ["jinja2", "markupsafe"])
def test_the_page_imports_its_templates_library_only_when_it_is_needed(package: str) -> None:
    found = _importing(package)
    assert set(found) == {"page"}
    assert all(i.deferred or i.typing_only for i in found["page"])


def test_an_adapter_imports_its_own_framework_alone() -> None:
    frameworks = {"dask", "django", "duckdb", "polars", "pydantic", "pyspark", "spacy", "sqlalchemy"}
    adapters = {path.stem: _imports(path) for path in (PACKAGE / "integrations").glob("*.py")}
    of = {name: {i.name.partition(".")[0] for i in found} & frameworks for name, found in adapters.items()}
    assert of == {name: {{"spark": "pyspark"}.get(name, name)} & frameworks for name in adapters}


def test_only_the_plugin_imports_pytest() -> None:
    assert set(_importing("pytest")) == {"pytest_plugin"}


def test_pyarrow_is_imported_by_what_works_on_tables_alone() -> None:
    assert set(_importing("pyarrow")) == {"tables", "integrations", "scan"}
    tables = {"tables", "integrations", "scan"}
    eager = {
        m: [i.line for i in MODULES[m] if _own(i) in tables and not i.deferred and not i.typing_only] for m in MODULES
    }
    assert {module for module, lines in eager.items() if lines} <= tables


def test_the_reader_of_imports_sees_what_it_should(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import spacy.tokens as t, re\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from spacy import Language\nelse:\n    import json\n"
        "def f():\n    from spacy.matcher import Matcher\n    from .model import Category\n"
        "class C:\n    from . import moderator, __version__\n"
    )
    assert _imports(path) == [
        Import("spacy.tokens", 1),
        Import("re", 1),
        Import("typing", 2),
        Import("spacy", 4, typing_only=True),
        Import("json", 6),
        Import("spacy.matcher", 8, deferred=True),
        Import("mentions.model", 9, deferred=True),
        Import("mentions.moderator", 11),
        Import("mentions.__init__", 11),
    ]
