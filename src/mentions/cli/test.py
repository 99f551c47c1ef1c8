"""``mentions test``: corpora of labelled cases to the score, each failure with the steps that led to it."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from rich.progress import track

from .. import __version__
from ..corpus import OBJECTIONS, CaseResult, Confusion, PlacedCase, Score, Share, check_case, explained, load, score
from ..formats.finding import Finding, Region
from ..formats.github import annotation, problem
from ..formats.junit import Outcome, junit
from ..formats.sarif import sarif
from ..formats.score_page import Table, score_page
from ..model import Category, RulesInfo
from ..moderator import Moderator
from ..rulefile import RulesError
from .output import deliver
from .terminal import block, lines_of, moderator_of, say, shown


class Format(StrEnum):
    """How the score is given."""

    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    GITHUB = "github"
    SARIF = "sarif"
    HTML = "html"


class _Ran(NamedTuple):
    """A case that was checked, and how long that took."""

    placed: PlacedCase
    result: CaseResult
    seconds: float

    @property
    def place(self) -> str:
        return f"{self.placed.file}:{self.placed.line}"

    @property
    def verdict(self) -> str:
        return f"expected {self.result.expected.value}, observed {self.result.observed.value}"

    @property
    def details(self) -> str:
        """What is known of it, safe to show."""
        return "\n".join(shown(line) for line in explained(self.result))


class _Run(NamedTuple):
    """All that was checked, and what could not be read."""

    ran: list[_Ran]
    score: Score
    rules: RulesInfo
    problems: Sequence[str]

    @property
    def failures(self) -> list[_Ran]:
        return [ran for ran in self.ran if not ran.result.ok]

    @property
    def headline(self) -> str:
        right = self.score.category
        return f"{right.cases} cases, {right.right} right ({_percent(right)}), rules {self.rules.version}"


def _checked(cases: Sequence[PlacedCase], moderator: Moderator) -> Iterator[_Ran]:
    """Each case checked, with a bar on a terminal."""
    on_terminal = sys.stderr is not None and sys.stderr.isatty()
    bar = track(cases, "cases", console=Console(stderr=True), transient=True, disable=not on_terminal)
    for placed in bar:
        began = time.perf_counter()
        result = check_case(placed.case, moderator)
        yield _Ran(placed, result, time.perf_counter() - began)


# -- what is shown -----------------------------------------------------------------------------------------------------


def _percent(share: Share) -> str:
    return "–" if share.rate is None else f"{100 * share.rate:.1f} %"


def _measures(name: str, right: Share, precision: Share, recall: Share) -> list[str]:
    counts = [str(right.cases), str(right.right), str(right.cases - right.right)]
    return [name, *counts, _percent(precision), _percent(recall)]


def _tables(found: Score) -> Iterator[Table]:
    """The score by category and by functionality, and the confusion table."""
    header = ["cases", "right", "wrong", "precision", "recall"]
    whole = found.confusion
    yield Table(
        "By category",
        ["category", *header],
        [_measures(c.value, whole.recall(c), whole.precision(c), whole.recall(c)) for c in Category],
    )
    yield Table(
        "By functionality (precision and recall of objections)",
        ["functionality", *header],
        [
            _measures(name, c.right, c.precision(*OBJECTIONS), c.recall(*OBJECTIONS))
            for name, c in sorted(found.by_functionality.items())
        ],
    )
    yield Table(
        "Confusion (rows: expected, columns: observed)",
        ["category", *(c.value for c in Category)],
        [[e.value, *(str(whole.count([e], [o])) for o in Category)] for e in Category],
    )


def _as_text(run: _Run) -> str:
    parts = [run.headline]
    for shown_table in _tables(run.score):
        rows = [shown_table.header, *shown_table.rows]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        parts += ["", shown_table.title]
        for name, *cells in rows:
            right = (f"{cell:>{width}}" for cell, width in zip(cells, widths[1:], strict=True))
            parts.append("  ".join([f"  {name:<{widths[0]}}", *right]))
    for ran in run.failures:
        parts += ["", shown(f"{ran.place}  {ran.placed.case.id} ({ran.placed.case.functionality})")]
        parts.append(block(ran.details, "  "))
    return "\n".join(parts)


def _rates(right: Share, precision: Share, recall: Share) -> dict[str, Any]:
    wrong = right.cases - right.right
    counts = {"cases": right.cases, "right": right.right, "wrong": wrong}
    return counts | {"precision": precision.rate, "recall": recall.rate}


def _of_functionality(confusion: Confusion) -> dict[str, Any]:
    return _rates(confusion.right, confusion.precision(*OBJECTIONS), confusion.recall(*OBJECTIONS))


def _as_json(run: _Run) -> str:
    whole = run.score.confusion
    answer = {
        "rules": run.rules.model_dump(),
        **_of_functionality(whole),
        "categories": {c.value: _rates(whole.recall(c), whole.precision(c), whole.recall(c)) for c in Category},
        "functionalities": {name: _of_functionality(c) for name, c in sorted(run.score.by_functionality.items())},
        "confusion": {e.value: {o.value: whole.count([e], [o]) for o in Category} for e in Category},
        "failures": [
            {
                "file": str(ran.placed.file),
                "line": ran.placed.line,
                "case": ran.placed.case.model_dump(mode="json", exclude_unset=True),
                "observed": ran.result.observed.value,
                "mentions": [m.model_dump(mode="json") for m in ran.result.mentions],
            }
            for ran in run.failures
        ],
        "problems": list(run.problems),
    }
    return json.dumps(answer, indent=1)


def _findings(run: _Run) -> Iterator[Finding]:
    for ran in run.failures:
        line = ran.placed.line
        functionality = ran.placed.case.functionality
        message = f"{ran.placed.case.id}: {ran.details}"
        yield Finding(functionality, functionality, "error", message, str(ran.placed.file), Region(line, line))


def _outcomes(run: _Run) -> list[Outcome]:
    return [
        Outcome(
            ran.placed.case.functionality,
            ran.placed.case.id,
            ran.seconds,
            None if ran.result.ok else ran.verdict,
            f"{ran.place}\n{ran.details}",
        )
        for ran in run.ran
    ]


def _formatted(run: _Run, wanted: Format) -> str:
    match wanted:
        case Format.TEXT:
            return _as_text(run)
        case Format.JSON:
            return _as_json(run)
        case Format.JUNIT:
            return junit(_outcomes(run), run.problems)
        case Format.GITHUB:
            return "\n".join([*map(problem, run.problems), *map(annotation, _findings(run))])
        case Format.SARIF:
            return sarif(_findings(run), run.problems, __version__)
        case Format.HTML:
            failures = ((f"{ran.place} {ran.placed.case.id}", ran.details) for ran in run.failures)
            return score_page(run.headline, _tables(run.score), failures, run.problems)


# -- the command -------------------------------------------------------------------------------------------------------


def _test(
    corpora: Sequence[str],
    rules: str | None,
    fail_under: float,
    wanted: Format,
    output: str | None,
    copies: Path | None,
) -> int:
    """The exit status.

    Raises:
        RulesError: if the rules cannot be used.
    """
    moderator = moderator_of(rules)
    read = load(corpora, [moderator.rules])
    problems = [shown(line) for line in read.problems]
    if wanted is not Format.GITHUB:  # where they are annotations
        for line in problems:
            say(line, to_stderr=True)
    ran = list(_checked(read.cases, moderator))
    found = score(r.result for r in ran)
    whole = deliver(_formatted(_Run(ran, found, moderator.rules.info, problems), wanted), output)
    if copies is not None and problems:
        say(f"{shown(str(copies))}: no copy is written of a corpus with faults; mend them first", to_stderr=True)
    elif copies is not None:
        whole = _update(ran, copies) and whole
    if problems or not whole:
        return 2
    return int(found.category.right * 100 < fail_under * found.category.cases)


def _update(ran: Sequence[_Ran], folder: Path) -> bool:
    """Write the copies; whether that went well."""
    from .relabel import write_copies

    try:
        written = write_copies(((r.placed, r.result) for r in ran), folder)
    except OSError as error:
        say(shown(f"{folder}: copies cannot be written ({error.strerror or error})"), to_stderr=True)
        return False
    for file in written:
        say(shown(f"{file}: written with the observed labels; compare it before you use it"), to_stderr=True)
    return True


def _free(folder: Path | None) -> Path | None:
    """``folder``, where nothing stands in it that a copy could overwrite."""
    if folder is not None and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter("exists and is not an empty folder; name a new one, so that no file is lost")
    return folder


def test(
    corpora: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS…", help="Files of cases (.jsonl, .toml, .csv), or folders of them."),
    ],
    rules: Annotated[
        str | None,
        typer.Option(metavar="VERSION_OR_FOLDER", help="Which rules answer; the newest shipped ones by default."),
    ] = None,
    fail_under: Annotated[
        float, typer.Option(min=0, max=100, metavar="PERCENT", help="The least share of right cases that passes.")
    ] = 100,
    form: Annotated[Format, typer.Option("--format", help="How the score is given.")] = Format.TEXT,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="PATH", help="A file for it, in place of standard output.")
    ] = None,
    update: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            callback=_free,
            help="Write there a copy of each file with a failure, bearing the observed labels.",
        ),
    ] = None,
) -> None:
    """Check corpora of labelled cases: how many are answered rightly, and why the others are not.

    Exit status: 0 enough cases are right, 1 too few are, 2 misuse or unreadable input.
    """
    try:
        status = _test(corpora, rules, fail_under, form, output, update)
    except RulesError as error:
        say("\n".join(lines_of(str(error))), to_stderr=True)
        status = 2
    raise typer.Exit(status)
