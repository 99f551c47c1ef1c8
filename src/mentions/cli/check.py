"""``mentions check``: texts to what each mention in them is, why, and what to write instead."""

import json
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ..model import Category, Mention, Report
from ..rulefile import RulesError
from .terminal import NEWLINE, Lang, Paint, block, lines_of, moderator_of, painter, say, shown, standard_input


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
        folder="{name} : c'est un dossier ; nommez un fichier",
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
        folder="{name}: is a folder; name a file",
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


def _as_json(file: str | None, report: Report, rewritten: str) -> str:
    """One line of JSON, in ASCII: a lone surrogate has no UTF-8, but it has an escape."""
    return json.dumps({"file": file, **report.model_dump(mode="json"), "rewritten": rewritten}, ensure_ascii=True)


def _for_people(file: str | None, report: Report, rewritten: str, lang: Lang, paint: Paint) -> list[str]:
    """The lines that show ``report``: a single one where there is no mention at all."""
    words = _WORDS[lang]
    objected = report.category is not Category.NEUTRAL
    name = paint(words.unnamed if file is None else shown(file), "name")
    verdict = report.category.label(lang.value) if objected else words.clear
    output = [words.heading.format(name=name, verdict=verdict)]
    places = _Places(report.text)
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


def _neutral(mention: Mention, places: "_Places", lang: Lang, paint: Paint) -> str:
    quoted = _WORDS[lang].quote.format(" ".join(line.strip() for line in lines_of(mention.text)))
    return f"  {places.of(mention)}  {_verdict(mention, lang, paint)} {quoted}"


def _objection(mention: Mention, places: "_Places", lang: Lang, paint: Paint) -> Iterator[str]:
    words = _WORDS[lang]
    yield f"  {places.of(mention)}  {_verdict(mention, lang, paint)}"
    yield from (f"    {line}" for line in places.around(mention))
    yield block(words.quote.format(mention.text), "    ")
    yield block(mention.reason(lang.value), "    ")
    yield block(words.sources.format(", ".join(mention.paragraphs)), "    ")
    rewording = mention.rewording
    instead = rewording is not None and rewording.text
    yield block(words.instead.format(instead) if instead else words.remove, "    ")
    if rewording is not None and rewording.offer:
        yield block(words.suggestion.format(rewording.offer), "    ")


def _verdict(mention: Mention, lang: Lang, paint: Paint) -> str:
    return paint(f"{mention.category.label(lang.value)} ({mention.code})", mention.category.value)


class _Places:
    """Lines and columns of a text. Both count from 1; columns count characters, as Python indices do."""

    _MARGIN = 60
    """How many characters of a line are shown on either side of a mention."""

    def __init__(self, text: str) -> None:
        ends = [(m.start(), m.end()) for m in NEWLINE.finditer(text)]
        self._text = text
        self._starts = [0, *(end for _, end in ends)]
        self._ends = [*(start for start, _ in ends), len(text)]

    def _line(self, index: int) -> int:
        return bisect_right(self._starts, index) - 1

    def _place(self, index: int) -> str:
        line = self._line(index)
        return f"{line + 1}:{index - self._starts[line] + 1}"

    def of(self, mention: Mention) -> str:
        """``line:column``, and that of its last character too where the mention goes over several lines."""
        last = max(mention.start, mention.end - 1)
        first_place = self._place(mention.start)
        return first_place if self._line(mention.start) == self._line(last) else f"{first_place}-{self._place(last)}"

    def around(self, mention: Mention) -> list[str]:
        """The lines of the mention, numbered, shortened far from it; none where they hold nothing else."""
        first, last = self._line(mention.start), self._line(max(mention.start, mention.end - 1))
        start, end = self._starts[first], self._ends[last]
        if not (self._text[start : mention.start] + self._text[mention.end : end]).strip():
            return []
        cut_start, cut_end = max(start, mention.start - self._MARGIN), min(end, mention.end + self._MARGIN)
        numbered: list[str] = []
        for line in range(first, last + 1):
            part = shown(self._text[max(self._starts[line], cut_start) : min(self._ends[line], cut_end)])
            before = "…" if line == first and cut_start > start else ""
            after = "…" if line == last and cut_end < end else ""
            numbered.append(f"{line + 1} | {before}{part}{after}")
        return numbered


def _check(sources: Sequence[tuple[str | None, str | None]], rules: str | None, as_json: bool, lang: Lang) -> int:
    """The exit status for ``sources``, each a file's name (``None`` for none) and a text (``None`` to read it).

    Raises:
        RulesError: if the rules cannot be used.
    """
    moderator = moderator_of(rules)
    paint = painter()
    status = 0
    previous: int | None = None  # how many lines the text before took; short ones need no gap between them
    for file, given in sources:
        try:
            text = _read(file, _WORDS[lang]) if given is None else given
        except _UnreadableError as error:
            say(shown(str(error)), to_stderr=True)
            status = 2
            continue
        report = moderator.check(text)
        rewritten = report.rewrite()
        if report.category is not Category.NEUTRAL:
            status = max(status, 1)
        if as_json:
            say(_as_json(file, report, rewritten))
            continue
        output = _for_people(file, report, rewritten, lang, paint)
        gap = "\n" if previous is not None and max(previous, len(output)) > 1 else ""
        previous = len(output)
        say(gap + "\n".join(output))
    return status


def check(
    text: Annotated[
        str | None,
        typer.Argument(
            metavar="TEXT",
            help="The text. Standard input is read for “-”, or where there is neither text nor file. "
            "Write -- before a text that begins with a dash.",
            show_default=False,
        ),
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-f", metavar="PATH", help="A file in UTF-8; may be given several times."),
    ] = None,
    rules: Annotated[
        str | None,
        typer.Option(metavar="VERSION_OR_FOLDER", help="Which rules answer; the newest shipped ones by default."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per text, one per line.")] = False,
    lang: Annotated[Lang, typer.Option(help="The language of what is shown to people.")] = Lang.FR,
) -> None:
    """Check texts: what each mention is, why, and what to write instead.

    Exit status: 0 nothing to object to, 1 something found that is not neutral, 2 misuse or unreadable input.
    """
    if text is not None and file:
        raise typer.BadParameter("give a text or files, not both; write --file before every file", param_hint="TEXT")
    sources: list[tuple[str | None, str | None]] = [(name, None) for name in file or ()]
    if not sources:
        sources = [(None, None if text == "-" else text)]
    try:
        status = _check(sources, rules, as_json, lang)
    except RulesError as error:
        say("\n".join(lines_of(str(error))), to_stderr=True)
        status = 2
    raise typer.Exit(status)
