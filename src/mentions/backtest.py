"""Back-tests: which verdicts on labelled cases change from one set of rules to another."""

from __future__ import annotations

from collections.abc import Iterable

from .corpus import Case
from .model import Category, Frozen, Report, RulesInfo
from .moderator import Moderator


class Said(Frozen):
    """What one set of rules says of a mention; offsets are string indices into the case's text."""

    start: int
    end: int
    code: str
    subjects: tuple[str, ...]


class Verdict(Frozen):
    """What one set of rules says of a text."""

    category: Category
    mentions: tuple[Said, ...]


class ChangedCase(Frozen):
    """A case whose category or mentions differ."""

    id: str
    functionality: str
    text: str
    expected: Category
    before: Verdict
    after: Verdict


class Tally(Frozen):
    """How many cases there are, and how many of them changed."""

    cases: int = 0
    changed: int = 0
    """Those whose category or mentions differ; the counts below look at the category of the text alone."""
    flagged: int = 0
    """Neutral before, and not after."""
    released: int = 0
    """Not neutral before, and neutral after."""
    graver: int = 0
    """Apparently neutral before, an explicit refusal after."""
    milder: int = 0
    """An explicit refusal before, apparently neutral after."""
    mended: int = 0
    """Other than expected before, and as expected after."""
    broken: int = 0
    """As expected before, and other than expected after."""


class BackTest(Frozen):
    """The difference between two sets of rules on some cases: in all, by functionality, and case by case."""

    before: RulesInfo
    after: RulesInfo
    total: Tally
    functionalities: dict[str, Tally]
    changes: tuple[ChangedCase, ...]


def backtest(before: Moderator, after: Moderator, cases: Iterable[Case]) -> BackTest:
    """Check all cases by both sets of rules.

    Raises:
        RulesError: if a rule file is malformed.
    """
    by_functionality: dict[str, list[ChangedCase]] = {}
    changes: list[ChangedCase] = []
    for case in cases:
        compared = ChangedCase(
            id=case.id,
            functionality=case.functionality,
            text=case.text,
            expected=case.category,
            before=_verdict(before.check(case.text)),
            after=_verdict(after.check(case.text)),
        )
        by_functionality.setdefault(case.functionality, []).append(compared)
        if compared.before != compared.after:
            changes.append(compared)
    return BackTest(
        before=before.rules.info,
        after=after.rules.info,
        total=_tally([compared for group in by_functionality.values() for compared in group]),
        functionalities={name: _tally(group) for name, group in by_functionality.items()},
        changes=tuple(changes),
    )


def _verdict(report: Report) -> Verdict:
    return Verdict(
        category=report.category,
        mentions=tuple(
            Said(start=m.start, end=m.end, code=m.code, subjects=tuple(s.id for s in m.subjects))
            for m in report.mentions
        ),
    )


def _tally(compared: Iterable[ChangedCase]) -> Tally:
    counts = dict.fromkeys(Tally.model_fields, 0)
    for case in compared:
        old, new = case.before.category, case.after.category
        counts["cases"] += 1
        counts["changed"] += case.before != case.after
        counts["flagged"] += old is Category.NEUTRAL and new is not Category.NEUTRAL
        counts["released"] += old is not Category.NEUTRAL and new is Category.NEUTRAL
        counts["graver"] += Category.NEUTRAL < old < new
        counts["milder"] += Category.NEUTRAL < new < old
        counts["mended"] += old is not case.expected and new is case.expected
        counts["broken"] += old is case.expected and new is not case.expected
    return Tally(**counts)
