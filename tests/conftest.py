"""What several test files use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mentions import Moderator, Report
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


@pytest.fixture(scope="session")
def cases() -> tuple[Case, ...]:
    """Every labelled case, known failures too."""
    return read_cases(CORPUS)


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
