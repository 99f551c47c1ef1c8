"""``mentions scan``: a table of profiles to a table of their mentions and a summary."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..model import Category
from ..parallel import WorkersLostError
from ..rulefile import RulesError
from .terminal import Lang, lines_of, moderator_of, say, shown

if TYPE_CHECKING:
    from ..scan import Job, Progress, Summary


@dataclass(frozen=True, slots=True)
class _Words:
    """What human output says in one language."""

    rows: str
    rejected: str
    nothing: str
    mentions: str
    came_back: str
    output: str
    unit: str
    stopped: str
    kept: str
    full: str


_WORDS = {
    Lang.FR: _Words(
        rows="Profils lus : {rows}, en {seconds:.1f} s ({rate:.0f} par seconde) ; règles {version}",
        rejected="Lignes illisibles : {count} ; voir {path}",
        nothing="Aucune mention.",
        mentions="Mentions, {category} : {mentions} ; profils dont c'est la plus grave : {profiles}",
        came_back="Mentions déjà présentes dans le relevé précédent : {count}",
        output="Relevé : {path}",
        unit="{rows} profils, {rate:.0f}/s",
        stopped="Interrompu.",
        kept="Ce qui est fait est gardé dans {path} ; la même commande avec --resume reprend là.",
        full="{name} : écriture ou lecture impossible ({why}) ; vérifiez le chemin, les droits et la place sur le disque.",
    ),
    Lang.EN: _Words(
        rows="Profiles read: {rows}, in {seconds:.1f} s ({rate:.0f} per second); rules {version}",
        rejected="Rows that cannot be read: {count}; see {path}",
        nothing="No mention.",
        mentions="Mentions, {category}: {mentions}; profiles of which it is the gravest: {profiles}",
        came_back="Mentions that the earlier report has too: {count}",
        output="Report: {path}",
        unit="{rows} profiles, {rate:.0f}/s",
        stopped="Interrupted.",
        kept="What is done is kept in {path}; the same command with --resume goes on from there.",
        full="{name}: cannot be written or read ({why}); check the path, its permissions and the space on the disk.",
    ),
}


def _for_people(summary: "Summary", job: "Job", lang: Lang) -> list[str]:
    words = _WORDS[lang]
    rate = summary.rows / summary.seconds if summary.seconds else 0.0
    version = summary.rules.version
    lines = [words.rows.format(rows=summary.rows, seconds=summary.seconds, rate=rate, version=version)]
    if summary.rejected:
        lines.append(words.rejected.format(count=summary.rejected, path=shown(str(job.rejects_path))))
    for category in sorted(summary.mentions, reverse=True):
        lines.append(
            words.mentions.format(
                mentions=summary.mentions[category],
                category=category.label(lang.value),
                profiles=summary.profiles[category],
            )
        )
    if not summary.mentions:
        lines.append(words.nothing)
    if summary.came_back is not None:
        lines.append(words.came_back.format(count=summary.came_back))
    lines.append(words.output.format(path=shown(str(job.output))))
    return lines


@contextlib.contextmanager
def _progress(words: _Words) -> "Iterator[Callable[[Progress], None]]":
    """Shows how far the scan is on standard error, where that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich import progress as rich
    from rich.console import Console

    columns = (rich.TextColumn("{task.description}"), rich.BarColumn(), rich.TaskProgressColumn())
    with rich.Progress(*columns, rich.TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        began: tuple[float, int] | None = None

        def show(progress: "Progress") -> None:
            nonlocal began
            now = bar.get_time()
            began = began or (now, progress.rows)  # what was done before a resumed scan tells nothing of its pace
            rate = (progress.rows - began[1]) / (now - began[0]) if now > began[0] else 0.0
            bar.update(
                task,
                total=None if progress.part is None else 1.0,
                completed=progress.part or 0.0,
                description=words.unit.format(rows=progress.rows, rate=rate),
            )

        yield show


@contextlib.contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM ends the work as Ctrl-C does: what is done is kept."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def scan(
    source: Annotated[
        str,
        typer.Argument(metavar="TABLE", help="A CSV, TSV, JSON Lines, Parquet or Arrow file; “-” for standard input."),
    ],
    text: Annotated[
        list[str], typer.Option("--text", "-t", metavar="COLUMN", help="A column to check; may be given several times.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="PATH", help="The table of mentions; its name says the format."),
    ],
    id: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column that says whose texts they are; else the number of the row."),
    ] = None,
    table_format: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="The table's format where its name does not say it: csv.gz …"),
    ] = None,
    delimiter: Annotated[str | None, typer.Option(help="Between the fields of the CSV table.")] = None,
    rejects: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Where rows that cannot be read are told; OUTPUT.rejects.jsonl by default."),
    ] = None,
    since_report: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="The mentions of an earlier scan, to tell which came back; needs --id."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a scan that was interrupted.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="How many processes check.")] = 1,
    rules: Annotated[
        str | None,
        typer.Option(metavar="VERSION_OR_FOLDER", help="Which rules answer; the newest shipped ones by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as one JSON object.")] = False,
    lang: Annotated[Lang, typer.Option(help="The language of what is shown to people.")] = Lang.FR,
) -> None:
    """Scan a table of profiles: a table of their mentions, and a summary.

    Exit status: 0 nothing to object to, 1 something found that is not neutral, 2 misuse or unreadable input.
    """
    try:
        from ..scan import Job, ScanError
        from ..scan import scan as run
        from ..tables import TableError
    except ImportError:
        say('mentions: scan needs pyarrow: pip install "mentions[scan]"', to_stderr=True)
        raise typer.Exit(2) from None
    words = _WORDS[lang]
    job = Job(
        source=sys.stdin.buffer if source == "-" else Path(source),
        output=output,
        texts=tuple(text),
        id=id,
        source_format=table_format,
        delimiter=delimiter,
        rejects=rejects,
        since_report=since_report,
    )
    try:
        with _terminated_like_interrupted(), _progress(words) as on_progress:
            summary = run(job, moderator=moderator_of(rules), workers=workers, resume=resume, on_progress=on_progress)
    except (TableError, ScanError, RulesError) as error:
        fault = "\n".join(lines_of(str(error)))
    except (OSError, WorkersLostError) as error:
        name = getattr(error, "filename", None) or job.output
        why = getattr(error, "strerror", None) or error
        fault = str(error) if isinstance(error, WorkersLostError) else words.full.format(name=shown(str(name)), why=why)
    except KeyboardInterrupt:
        fault = words.stopped
    else:
        say(summary.model_dump_json() if as_json else "\n".join(_for_people(summary, job, lang)))
        objected = any(category is not Category.NEUTRAL for category in summary.mentions)
        raise typer.Exit(1 if objected else 0)
    say(fault, to_stderr=True)
    if (job.partial / "state.json").exists():
        say(words.kept.format(path=shown(str(job.partial))), to_stderr=True)
    raise typer.Exit(2)
