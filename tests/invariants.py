"""What holds for any text: the promises of a report, of its rewriting and of the gate."""

from __future__ import annotations

import timeit
import traceback
from pathlib import Path

from mentions import Category, Moderator, Report, Step, Subject
from mentions.normalize import fold, in_ascii, shown
from mentions.rewording import rewrite
from mentions.subjects import SubjectFinder, Way

_MOST_CHECKS = 100


class EndlessRewritingError(AssertionError):
    """Rewriting checked its own result so often that it would hardly have come to an end."""


def rewritten(moderator: Moderator, report: Report) -> str:
    """``report.rewrite()`` that fails, rather than hangs, where rewriting would go on for ever."""
    left = _MOST_CHECKS

    def check(text: str) -> Report:
        nonlocal left
        left -= 1
        if left < 0:
            raise EndlessRewritingError(f"no end to the rewriting of {report.text!r}; it stands at {text!r}")
        return moderator.check(text)

    return rewrite(report, check)


def report_faults(report: Report) -> list[str]:
    """What in a report breaks a promise of its models, whatever the text."""
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


def every_way(finder: SubjectFinder) -> frozenset[Way]:
    """All ways in which a text may name a subject: what is searched where there is no gate."""
    return frozenset([*(way for way, _ in finder._hooked()), *finder._near])


class Oracle:
    """Asks of one text all that holds for any."""

    def __init__(self) -> None:
        self._ungated = Moderator()
        every = every_way(self._ungated._finder)
        self._ungated._finder.ways = lambda text: every  # type: ignore[method-assign]
        self._moderator = Moderator()  # the later one answers for reports that rewrite themselves
        self._moderator.warm_up()

    def faults(self, text: str) -> list[str]:
        """What does not hold for ``text``."""
        try:
            return self._faults(text)
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            return [f"{type(error).__name__} in {Path(frame.filename).name}, {frame.name}: {error}"]

    def seconds(self, text: str) -> float:
        """What a check of ``text`` takes, the best of three."""
        return min(timeit.repeat(lambda: self._moderator.check(text), number=1, repeat=3))

    def _faults(self, text: str) -> list[str]:
        report = self._moderator.check(text)
        faults = report_faults(report)
        if report.text != text:
            faults.append("the report is not about the text")
        if self._moderator.check(text) != report:
            faults.append("a second check answers otherwise")
        if self._ungated.check(text) != report:
            faults.append("the gate changes the answer")
        if shown(text) != in_ascii(fold(text).text):
            faults.append("the gate reads another text than folding gives")
        after = self._moderator.check(rewritten(self._moderator, report))
        if after.category is not Category.NEUTRAL:
            faults.append("the rewritten text is not neutral")
        if after.rewrite() != after.text:
            faults.append("the rewritten text is rewritten again")
        return faults
