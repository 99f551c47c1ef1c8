"""``mentions check``: texts to what each mention in them is, why, and what to write instead."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from .. import __version__
from ..documents import RECORD_SUFFIXES, TEXT_SUFFIXES, Passage, files_below, has_records, passages, whole
from ..formats.finding import Finding
from ..formats.github import annotation, problem
from ..formats.sarif import sarif
from ..model import Category, Mention, Report
from ..page import page
from ..records import RecordError
from ..rulefile import RulesError
from .output import deliver
from .places import Lines, Places
from .terminal import Lang, Paint, block, lines_of, moderator_of, painter, say, shown, standard_input


class Format(StrEnum):
    """How what was found is given."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    HTML = "html"


class FailOn(StrEnum):
    """The least grave category that makes the exit status 1."""

    APPARENTLY_NEUTRAL = "apparently_neutral"
    EXPLICIT_REFUSAL = "explicit_refusal"


@dataclass(frozen=True, slots=True)
class _Words:
    """What human output says in one language."""

    heading: str
    unnamed: str
    clear: str
    quote: str
    sources: str
    instead: str
    remove: str
    suggestion: str
    rewritten: str
    empty: str
    stdin: str
    missing: str
    folder: str
    no_files: str
    unreadable: str
    not_utf8: str


_WORDS = {
    Lang.FR: _Words(
        heading="{name} : {verdict}",
        unnamed="Texte",
        clear="rien à redire.",
        quote="« {} »",
        sources="Décisions : {}",
        instead="À la place : {}",
        remove="À retirer",
        suggestion="Suggestion : {}",
        rewritten="Texte réécrit :",
        empty="(vide)",
        stdin="entrée standard",
        missing="{name} : fichier introuvable ; vérifiez le chemin",
        folder="{name} : c'est un dossier ; nommez un fichier, ou écrivez --paths au lieu de --file",
        no_files="{name} : aucun fichier {suffixes} dans ce dossier ; nommez-en un autre",
        unreadable="{name} : lecture impossible ({why}) ; vérifiez les droits d'accès et le support",
        not_utf8="{name} : l'octet {offset} (0x{byte:02X}, compté à partir de 0) n'est pas de l'UTF-8 ; "
        "enregistrez le texte en UTF-8",
    ),
    Lang.EN: _Words(
        heading="{name}: {verdict}",
        unnamed="Text",
        clear="nothing to object to.",
        quote="“{}”",
        sources="Decisions: {}",
        instead="Instead: {}",
        remove="To be removed",
        suggestion="Suggestion: {}",
        rewritten="Rewritten text:",
        empty="(empty)",
        stdin="standard input",
        missing="{name}: no such file; check the path",
        folder="{name}: is a folder; name a file, or write --paths in place of --file",
        no_files="{name}: no file {suffixes} in this folder; name another",
        unreadable="{name}: cannot be read ({why}); check its permissions and its disk",
        not_utf8="{name}: byte {offset} (0x{byte:02X}, counted from 0) is not UTF-8; save the text as UTF-8",
    ),
}


class _UnreadableError(Exception):
    """A file or standard input that cannot be read as UTF-8; its message says where and how to mend it."""


def _read(file: str | None, words: _Words) -> str:
    """The text of ``file``, or of standard input for ``None``: line ends as they are, without a byte order mark.

    Raises:
        _UnreadableError: if it cannot be opened or is not UTF-8.
    """
    name = words.stdin if file is None else file
    try:
        content = standard_input() if file is None else Path(file).read_bytes()
    except FileNotFoundError:
        raise _UnreadableError(words.missing.format(name=name)) from None
    except OSError as error:
        # Windows calls an opened folder a lack of permission, so the error's type does not tell.
        if file is not None and os.path.isdir(file):
            raise _UnreadableError(words.folder.format(name=name)) from None
        raise _UnreadableError(words.unreadable.format(name=name, why=error.strerror or error)) from None
    try:
        # Not « utf-8-sig »: it counts the bytes of errors from after the mark.
        return content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        byte = content[error.start]
        raise _UnreadableError(words.not_utf8.format(name=name, offset=error.start, byte=byte)) from None


class _Checked(NamedTuple):
    """A text that was checked: its file, ``None`` for none, and the places of its mentions there."""

    file: str | None
    report: Report
    places: Places


def _as_json(checked: _Checked, rewritten: str) -> str:
    """One line of JSON, in ASCII: a lone surrogate has no UTF-8, but it has an escape."""
    answer = {"file": checked.file, **checked.report.model_dump(mode="json"), "rewritten": rewritten}
    if checked.file is not None:
        answer["line"] = checked.places.line
        answer["places"] = [asdict(checked.places.region(mention)) for mention in checked.report.mentions]
    return json.dumps(answer, ensure_ascii=True)


def _findings(checked: _Checked, lang: Lang) -> Iterator[Finding]:
    """What there is to object to, for other tools."""
    words = _WORDS[lang]
    for mention in checked.report.mentions:
        if mention.category is Category.NEUTRAL:
            continue
        said = [words.quote.format(mention.text), mention.reason(lang.value), *_advice(mention, words)]
        yield Finding(
            rule=mention.rule.partition("@")[0],
            title=f"{mention.category.label(lang.value)} ({mention.code})",
            level="error" if mention.category is Category.EXPLICIT_REFUSAL else "warning",
            message="\n".join(line for part in said for line in lines_of(part)),
            file=checked.file,
            region=None if checked.file is None else checked.places.region(mention),
        )


def _for_people(
    name: str | None, report: Report, rewritten: str, lang: Lang, paint: Paint, places: Places | None = None
) -> list[str]:
    """The lines that show ``report``: a single one where there is no mention at all.

    ``places`` are those of the file in which the text stands; where it is none, those in the text itself.
    """
    words = _WORDS[lang]
    places = places or Places(whole(report.text), Lines(report.text))
    objected = report.category is not Category.NEUTRAL
    name = paint(words.unnamed if name is None else shown(name), "name")
    verdict = report.category.label(lang.value) if objected else words.clear
    output = [words.heading.format(name=name, verdict=verdict)]
    after_objection = False
    for mention in report.mentions:
        neutral = mention.category is Category.NEUTRAL
        if after_objection or not neutral:
            output.append("")
        after_objection = not neutral
        if neutral:
            output.append(_neutral(mention, places, lang, paint))
        else:
            output += _objection(mention, places, lang, paint)
    if objected:
        output += ["", "  " + words.rewritten, block(rewritten.rstrip("\r\n") or words.empty, "    ")]
    return output


def _neutral(mention: Mention, places: Places, lang: Lang, paint: Paint) -> str:
    quoted = _WORDS[lang].quote.format(" ".join(line.strip() for line in lines_of(mention.text)))
    return f"  {places.of(mention)}  {_verdict(mention, lang, paint)} {quoted}"


def _objection(mention: Mention, places: Places, lang: Lang, paint: Paint) -> Iterator[str]:
    words = _WORDS[lang]
    yield f"  {places.of(mention)}  {_verdict(mention, lang, paint)}"
    yield from (f"    {line}" for line in places.around(mention))
    yield block(words.quote.format(mention.text), "    ")
    yield block(mention.reason(lang.value), "    ")
    yield from (block(line, "    ") for line in _advice(mention, words))


def _advice(mention: Mention, words: _Words) -> Iterator[str]:
    """The paragraphs, and what to write instead."""
    yield words.sources.format(", ".join(mention.paragraphs))
    rewording = mention.rewording
    instead = rewording is not None and rewording.text
    yield words.instead.format(instead) if instead else words.remove
    if rewording is not None and rewording.offer:
        yield words.suggestion.format(rewording.offer)


def _verdict(mention: Mention, lang: Lang, paint: Paint) -> str:
    return paint(f"{mention.category.label(lang.value)} ({mention.code})", mention.category.value)


class _Job(NamedTuple):
    """What is asked for: a text (``None`` for standard input) where there are no files."""

    text: str | None
    files: Sequence[str]
    walk: bool
    """Whether a folder among the files stands for those in it."""
    field: str | None
    rules: str | None
    fail_on: Category
    form: Format
    output: str | None
    lang: Lang


class _Run:
    """Checks one text after the other, and gives out what was found as it goes where the format allows it."""

    def __init__(self, job: _Job) -> None:
        """Load the rules.

        Raises:
            RulesError: if the rules cannot be used.
            ImportError: if the format needs a package that is not installed.
        """
        if job.form is Format.HTML:
            page([])  # what it lacks is told before the first text
        self._job, self._words = job, _WORDS[job.lang]
        self._moderator = moderator_of(job.rules)
        self._paint: Paint = painter() if job.output is None else lambda text, style: text
        self._parts: list[str] = []
        self._findings: list[Finding] = []
        self._reports: list[tuple[str, Report]] = []
        self._problems: list[str] = []
        self._status = 0
        self._previous: int | None = None  # how many lines the text before took; short ones need no gap between them

    def check_all(self) -> int:
        """Check everything; the exit status."""
        if self._job.text is not None:
            self._check(None, None, whole(self._job.text), Lines(self._job.text))
        for file in self._files():
            try:
                self._check_file(file)
            except (_UnreadableError, RecordError) as error:
                self._fail(f"{file}: {error}" if isinstance(error, RecordError) else str(error))
        if self._job.form is Format.SARIF:
            self._put(sarif(self._findings, self._problems, __version__))
        if self._job.form is Format.HTML:
            self._put(page(self._reports, self._job.lang.value))
        if self._job.output is not None and not deliver("\n".join(self._parts), self._job.output):
            return 2
        return self._status

    def _files(self) -> Iterator[str | None]:
        """The files to read, ``None`` for standard input."""
        if not self._job.files and self._job.text is None:
            yield None
        suffixes = TEXT_SUFFIXES if self._job.field is None else TEXT_SUFFIXES | RECORD_SUFFIXES
        for file in self._job.files:
            if not (self._job.walk and os.path.isdir(file)):
                yield file
                continue
            below, errors = files_below(file, suffixes)
            yield from below
            for error in errors:
                self._fail(self._words.unreadable.format(name=error.filename, why=error.strerror))
            if not below and not errors:
                self._fail(self._words.no_files.format(name=file, suffixes=", ".join(sorted(suffixes))))

    def _check_file(self, file: str | None) -> None:
        content = _read(file, self._words)
        lines = Lines(content)
        if file is None or self._job.field is None or not has_records(file):
            self._check(file, file, whole(content), lines)
            return
        for passage in passages(content, file, self._job.field):
            self._check(file, f"{file}:{lines.place(passage.origin[0])[0]}", passage, lines)

    def _check(self, file: str | None, name: str | None, passage: Passage, lines: Lines) -> None:
        checked = _Checked(file, self._moderator.check(passage.text), Places(passage, lines))
        report, lang = checked.report, self._job.lang
        if report.category >= self._job.fail_on:
            self._status = max(self._status, 1)
        match self._job.form:
            case Format.TEXT:
                output = _for_people(name, report, report.rewrite(), lang, self._paint, checked.places)
                gap = "\n" if self._previous is not None and max(self._previous, len(output)) > 1 else ""
                self._previous = len(output)
                self._put(gap + "\n".join(output))
            case Format.JSON:
                self._put(_as_json(checked, report.rewrite()))
            case Format.GITHUB:
                for finding in _findings(checked, lang):
                    self._put(annotation(finding))
            case Format.SARIF:
                self._findings += _findings(checked, lang)
            case Format.HTML:
                self._reports.append((name or "", report))

    def _put(self, text: str) -> None:
        if self._job.output is None:
            say(text)
        else:
            self._parts.append(text)

    def _fail(self, message: str) -> None:
        self._status = 2
        self._problems.append(shown(message))
        if self._job.form is Format.GITHUB:
            self._put(problem(shown(message)))
        else:
            say(shown(message), to_stderr=True)


def check(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT|PATH",
            help="The text; with --paths, files and folders. Standard input is read for “-”, or where there is neither text nor file. "
            "Write -- before a text that begins with a dash.",
            show_default=False,
        ),
    ] = None,
    paths: Annotated[
        bool, typer.Option("--paths", help="The arguments are not a text, but files, and folders to search.")
    ] = False,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="PATH", help="A file in UTF-8; may be given several times."),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="In .json, .jsonl, .ndjson and .csv files: the field or column that holds the texts. "
            "Without it, a file is one text.",
        ),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option(metavar="VERSION_OR_FOLDER", help="Which rules answer; the newest shipped ones by default."),
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="The least grave category for which the exit status is 1.")
    ] = FailOn.APPARENTLY_NEUTRAL,
    form: Annotated[Format, typer.Option("--format", help="How what was found is given.")] = Format.TEXT,
    as_json: Annotated[
        bool, typer.Option("--json", help="The same as --format json: one JSON object per text, one per line.")
    ] = False,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="PATH", help="A file for it, in place of standard output.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="The language of what is shown to people.")] = Lang.FR,
) -> None:
    """Check texts: what each mention is, why, and what to write instead.

    Exit status: 0 nothing to object to, 1 something found as grave as --fail-on, 2 misuse or unreadable input.
    """
    given = texts or []
    files = [*(given if paths else ()), *(file or ())]
    if paths and not files:
        raise typer.BadParameter("name a file or a folder", param_hint="--paths")
    if not paths and given and file:
        raise typer.BadParameter("give a text or files, not both; write --file before every file", param_hint="TEXT")
    if not paths and len(given) > 1:
        raise typer.BadParameter("give one text, in quotes; write --paths before files and folders", param_hint="TEXT")
    if field is not None and not files:
        raise typer.BadParameter("texts have no fields; name files", param_hint="--field")
    if as_json and form not in (Format.TEXT, Format.JSON):
        raise typer.BadParameter(f"give --json or --format {form.value}, not both", param_hint="--json")
    text = given[0] if given and not paths and given[0] != "-" else None
    job = _Job(
        text, files, paths, field, rules, Category(fail_on.value), Format.JSON if as_json else form, output, lang
    )
    try:
        status = _Run(job).check_all()
    except (RulesError, ImportError) as error:
        say("\n".join(lines_of(str(error))), to_stderr=True)
        status = 2
    raise typer.Exit(status)
