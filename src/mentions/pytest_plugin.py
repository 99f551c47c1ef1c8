"""A pytest plugin: each case of a corpus is a test item. It does nothing unless corpora are named.

They are named on the command line (``--mentions-corpus PATH``, several times) or in the configuration file
(``mentions_corpus = …``). As pytest loads this module wherever the package is installed, it imports the rest when needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .corpus import Case, CaseResult
    from .moderator import Moderator

_corpora = pytest.StashKey[tuple[Path, ...]]()
_moderator = pytest.StashKey["Moderator"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command line and of the configuration file."""
    group = parser.getgroup("mentions", "corpora of labelled cases")
    group.addoption(
        "--mentions-corpus",
        action="append",
        default=[],
        metavar="PATH",
        help="run the cases of this file or folder (.jsonl, .toml, .csv), each as a test",
    )
    group.addoption(
        "--mentions-rules", metavar="VERSION_OR_FOLDER", help="the rules that answer; the newest shipped by default"
    )
    parser.addini("mentions_corpus", "corpora of labelled cases to run", type="paths", default=[])
    parser.addini("mentions_rules", "the rules that answer: a version, or a folder", default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Have the corpora collected, unless what is to be run already leads into them or to them."""
    named = [config.invocation_params.dir / path for path in config.getoption("mentions_corpus")]
    corpora = tuple(path.resolve() for path in named or config.getini("mentions_corpus"))
    config.stash[_corpora] = corpora
    given = [(config.invocation_params.dir / arg.partition("::")[0]).resolve() for arg in config.args]
    for corpus in corpora:
        if not corpus.exists():
            raise pytest.UsageError(f"mentions corpus {corpus}: no such file or folder; check the path")
        if not any(path == corpus or path in corpus.parents or corpus in path.parents for path in given):
            config.args.append(str(corpus))
    if corpora:
        config.stash[_moderator] = _of_rules(config.getoption("mentions_rules") or config.getini("mentions_rules"))


def _of_rules(rules: str | None) -> Moderator:
    from .loading import load_rules
    from .moderator import Moderator
    from .rulefile import RulesError

    try:
        return Moderator(load_rules(rules))
    except (RulesError, OSError) as error:
        raise pytest.UsageError(f"mentions rules {rules}: {error}") from None


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> CorpusFile | None:
    """Collect the files of cases of the corpora that were named."""
    corpora = parent.config.stash[_corpora]
    path = file_path.resolve()
    if not any(path == corpus or corpus in path.parents for corpus in corpora):
        return None
    from .casefile import FUNCTIONALITIES, SUFFIXES

    if path.suffix not in SUFFIXES or path.name == FUNCTIONALITIES:
        return None
    found: CorpusFile = CorpusFile.from_parent(parent, path=file_path)
    return found


class CorpusFile(pytest.File):
    """A file of cases."""

    def collect(self) -> Iterator[CaseItem]:
        """Give an item for each case.

        Raises:
            CollectError: with every fault of the file, its line and its mend.
        """
        from .corpus import load

        read = load([self.path], [self.config.stash[_moderator].rules])
        if read.problems:
            raise self.CollectError("\n".join(read.problems))
        for placed in read.cases:
            yield CaseItem.from_parent(self, name=placed.case.id, case=placed.case, line=placed.line)


class CaseFailed(Exception):
    """The category of a case is wrong."""

    def __init__(self, result: CaseResult) -> None:
        self.result = result
        super().__init__(f"expected {result.expected.value}, observed {result.observed.value}")


class CaseItem(pytest.Item):
    """A case: right where the text is given the category that it is labelled with."""

    def __init__(self, *, case: Case, line: int, **others: Any) -> None:
        super().__init__(**others)
        self.case, self.line = case, line
        self.extra_keyword_matches.add(case.functionality)  # « -k » finds cases by functionality
        self.user_properties.append(("functionality", case.functionality))

    def runtest(self) -> None:
        """Check the text.

        Raises:
            CaseFailed: if its category is wrong.
        """
        from .corpus import check_case

        result = check_case(self.case, self.config.stash[_moderator])
        if not result.ok:
            raise CaseFailed(result)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *args: Any, **kwargs: Any) -> Any:
        """What was expected, what came, and the steps that led there."""
        from .corpus import explained

        if isinstance(excinfo.value, CaseFailed):
            return "\n".join([f"{self.path}:{self.line}", *explained(excinfo.value.result)])
        return super().repr_failure(excinfo, *args, **kwargs)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands, with the line as pytest counts: from 0."""
        return self.path, self.line - 1, f"{self.case.functionality}: {self.name}"
