"""The command line ``mentions``: an adapter that reads texts, has them checked, and shows what was found.

The exit status is 0 where there is nothing to object to, 1 where something was found that is not neutral, and 2 for
misuse, rules that cannot be used and input that cannot be read. Human output never sends the control or invisible
characters of a text to the terminal: they are written out, as ``\\x1b`` or ``\\u202e``; ``--json`` gives texts exactly.
"""

# Annotations are not postponed here: typer reads those of the commands, and they name typer, imported in a function.
import errno
import io
import json
import os
import re
import sys
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from . import __version__
from .model import Category, Mention, Report
from .moderator import Moderator
from .rulefile import RulesError
from .ruleset import load_rules, versions

if TYPE_CHECKING:
    import typer

Paint = Callable[[str, str], str]
"""A text and the name of a style (a key of ``_STYLES``) to the text as the terminal takes it."""


class Lang(StrEnum):
    """The languages of human output."""

    FR = "fr"
    EN = "en"


@dataclass(frozen=True, slots=True)
class _Words:
    """What human output says in one language."""

    categories: dict[Category, str]
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
        categories={
            Category.EXPLICIT_REFUSAL: "refus explicite",
            Category.APPARENTLY_NEUTRAL: "apparemment neutre",
            Category.NEUTRAL: "neutre",
        },
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
        categories={
            Category.EXPLICIT_REFUSAL: "explicit refusal",
            Category.APPARENTLY_NEUTRAL: "apparently neutral",
            Category.NEUTRAL: "neutral",
        },
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


# -- characters --------------------------------------------------------------------------------------------------------

_NEWLINE = re.compile(r"\r\n|\r|\n")

# Characters that Unicode says to ignore in display though Python calls them printable: fillers and variation selectors.
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")


def _shown(text: str) -> str:
    """``text`` on one line, with every character that does not print written out; no-break spaces are spaces."""
    if text.isprintable() and not _IGNORABLE.search(text):
        return text
    return "".join(c if _prints(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def _prints(char: str) -> bool:
    return (char.isprintable() or unicodedata.category(char) == "Zs") and not _IGNORABLE.match(char)


def _lines(text: str) -> list[str]:
    """The lines of ``text`` (ended by LF, CRLF or CR), each safe to show."""
    return [_shown(line) for line in _NEWLINE.split(text)]


def _block(text: str, indent: str) -> str:
    return "\n".join(indent + line for line in _lines(text))


# -- input -------------------------------------------------------------------------------------------------------------


class _UnreadableError(Exception):
    """A file or standard input that cannot be read as UTF-8; its message says where and how to mend it."""


def _read(file: str | None, words: _Words) -> str:
    """The text of ``file``, or of standard input for ``None``: line ends as they are, without a byte order mark.

    Raises:
        _UnreadableError: if it cannot be opened or is not UTF-8.
    """
    name = words.stdin if file is None else file
    try:
        content = _standard_input() if file is None else Path(file).read_bytes()
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


def _standard_input() -> bytes:
    if sys.stdin is None:  # closed before the program began
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdin.buffer.read()


# -- output ------------------------------------------------------------------------------------------------------------

_STYLES = {
    "name": "1",
    Category.EXPLICIT_REFUSAL.value: "1;31",
    Category.APPARENTLY_NEUTRAL.value: "33",
    Category.NEUTRAL.value: "32",
}

# What writing to a pipe says when its reader has left; Windows says « invalid argument ».
_READER_LEFT = frozenset({errno.EPIPE, errno.EINVAL} if os.name == "nt" else {errno.EPIPE})


def _tolerate_encodings() -> None:
    """A terminal that lacks a character is shown its number instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _print(text: str, *, to_stderr: bool = False) -> None:
    """Write a line at once.

    Where the reader has left (``| head``) the work goes on unheard, so that the exit status is that of all the texts.

    Raises:
        SystemExit: with 2, if it cannot be written for another reason, such as a full disk.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        # What is still buffered must not fail again when the interpreter closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if error.errno not in _READER_LEFT:
            if not to_stderr:
                _print(f"standard output: {error.strerror or error}; nothing more is written", to_stderr=True)
            raise SystemExit(2) from None


def _painter() -> Paint:
    return _painted if _has_colours() else lambda text, style: text


def _painted(text: str, style: str) -> str:
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"


def _has_colours() -> bool:
    """Whether standard output is a terminal that takes colour sequences, and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or sys.stdout is None or not sys.stdout.isatty():
        return False
    from rich.console import Console

    # « windows » is the old console, which shows the sequences instead of following them.
    return Console(file=sys.stdout).color_system not in (None, "windows")


def _as_json(file: str | None, report: Report, rewritten: str) -> str:
    """One line of JSON, in ASCII: a lone surrogate has no UTF-8, but it has an escape."""
    return json.dumps({"file": file, **report.model_dump(mode="json"), "rewritten": rewritten}, ensure_ascii=True)


def _for_people(file: str | None, report: Report, rewritten: str, lang: Lang, paint: Paint) -> list[str]:
    """The lines that show ``report``: a single one where there is no mention at all."""
    words = _WORDS[lang]
    objected = report.category is not Category.NEUTRAL
    name = paint(words.unnamed if file is None else _shown(file), "name")
    verdict = words.categories[report.category] if objected else words.clear
    shown = [words.heading.format(name=name, verdict=verdict)]
    places = _Places(report.text)
    after_objection = False
    for mention in report.mentions:
        neutral = mention.category is Category.NEUTRAL
        if after_objection or not neutral:
            shown.append("")
        after_objection = not neutral
        if neutral:
            shown.append(_neutral(mention, places, words, paint))
        else:
            shown += _objection(mention, places, lang, paint)
    if objected:
        shown += ["", "  " + words.rewritten, _block(rewritten.rstrip("\r\n") or words.empty, "    ")]
    return shown


def _neutral(mention: Mention, places: "_Places", words: _Words, paint: Paint) -> str:
    quoted = words.quote.format(" ".join(line.strip() for line in _lines(mention.text)))
    return f"  {places.of(mention)}  {_verdict(mention, words, paint)} {quoted}"


def _objection(mention: Mention, places: "_Places", lang: Lang, paint: Paint) -> Iterator[str]:
    words = _WORDS[lang]
    yield f"  {places.of(mention)}  {_verdict(mention, words, paint)}"
    yield from (f"    {line}" for line in places.around(mention))
    yield _block(words.quote.format(mention.text), "    ")
    yield _block(mention.reason(lang.value), "    ")
    yield _block(words.sources.format(", ".join(mention.paragraphs)), "    ")
    rewording = mention.rewording
    instead = rewording is not None and rewording.text
    yield _block(words.instead.format(instead) if instead else words.remove, "    ")
    if rewording is not None and rewording.offer:
        yield _block(words.suggestion.format(rewording.offer), "    ")


def _verdict(mention: Mention, words: _Words, paint: Paint) -> str:
    return paint(f"{words.categories[mention.category]} ({mention.code})", mention.category.value)


class _Places:
    """Lines and columns of a text. Both count from 1; columns count characters, as Python indices do."""

    _MARGIN = 60
    """How many characters of a line are shown on either side of a mention."""

    def __init__(self, text: str) -> None:
        ends = [(m.start(), m.end()) for m in _NEWLINE.finditer(text)]
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
            part = _shown(self._text[max(self._starts[line], cut_start) : min(self._ends[line], cut_end)])
            before = "…" if line == first and cut_start > start else ""
            after = "…" if line == last and cut_end < end else ""
            numbered.append(f"{line + 1} | {before}{part}{after}")
        return numbered


# -- commands ----------------------------------------------------------------------------------------------------------


def _moderator(rules: str | None) -> Moderator:
    try:
        loaded = load_rules(rules)
    except OSError as error:
        name = "the shipped rules" if rules is None else rules
        raise RulesError(
            [f"{name}: cannot be read ({error.strerror or error}); check the path and its rights"]
        ) from None
    moderator = Moderator(loaded)
    if rules is not None and rules not in versions():
        # Faults in one's own rules come out whatever the texts name.
        moderator.warm_up()
    return moderator


def _check(sources: Sequence[tuple[str | None, str | None]], rules: str | None, as_json: bool, lang: Lang) -> int:
    """The exit status for ``sources``, each a file's name (``None`` for none) and a text (``None`` to read it).

    Raises:
        RulesError: if the rules cannot be used.
    """
    moderator = _moderator(rules)
    paint = _painter()
    status = 0
    previous: int | None = None  # how many lines the text before took; short ones need no gap between them
    for file, given in sources:
        try:
            text = _read(file, _WORDS[lang]) if given is None else given
        except _UnreadableError as error:
            _print(_shown(str(error)), to_stderr=True)
            status = 2
            continue
        report = moderator.check(text)
        rewritten = report.rewrite()
        if report.category is not Category.NEUTRAL:
            status = max(status, 1)
        if as_json:
            _print(_as_json(file, report, rewritten))
            continue
        shown = _for_people(file, report, rewritten, lang, paint)
        gap = "\n" if previous is not None and max(previous, len(shown)) > 1 else ""
        previous = len(shown)
        _print(gap + "\n".join(shown))
    return status


def build_app() -> "typer.Typer":
    """The command line as a typer application, to be called or tested.

    Raises:
        ImportError: if typer is not installed (extra ``cli``).
    """
    import typer
    from typer.core import TyperCommand

    # Typer does not name click's UsageError, and depending on its version carries a click of its own.
    usage_error: type[Any] = typer.BadParameter.__mro__[1]

    class SafeCommand(TyperCommand):
        """A command whose usage errors do not send a text taken for an option to the terminal as it is."""

        def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
            try:
                return super().parse_args(ctx, args)
            except usage_error as error:
                error.message = _shown(error.message)
                if type(error).__name__ == "NoSuchOption":
                    error.message += " (write -- before a text that begins with a dash)"
                raise

    # Plain errors and help: what typer draws with rich holds values of the call, texts among them.
    app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

    def show_version(wanted: bool) -> None:
        if wanted:
            typer.echo(f"mentions {__version__}")
            raise typer.Exit

    @app.callback()
    def root(
        version: Annotated[
            bool, typer.Option("--version", help="Show the version and exit.", callback=show_version, is_eager=True)
        ] = False,
    ) -> None:
        """Find, sort and reword the mentions that turn patients away on booking profiles."""
        _tolerate_encodings()

    @app.command(cls=SafeCommand)
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
            raise typer.BadParameter(
                "give a text or files, not both; write --file before every file", param_hint="TEXT"
            )
        sources: list[tuple[str | None, str | None]] = [(name, None) for name in file or ()]
        if not sources:
            sources = [(None, None if text == "-" else text)]
        try:
            status = _check(sources, rules, as_json, lang)
        except RulesError as error:
            _print("\n".join(_lines(str(error))), to_stderr=True)
            status = 2
        raise typer.Exit(status)

    return app


def main() -> None:
    """Run the command line with the arguments of the process.

    Raises:
        SystemExit: always, with the exit status.
    """
    try:
        app = build_app()
    except ImportError:
        print('mentions: the command line needs typer: pip install "mentions[cli]"', file=sys.stderr)
        raise SystemExit(2) from None
    # On Windows click would expand « * », « ~ » and « %NAME% » in a text as if it were a path.
    app(prog_name="mentions", windows_expand_args=False)


if __name__ == "__main__":
    main()
