"""What every command shares: safe characters on the terminal, colours, standard input, the moderator for ``--rules``."""

import errno
import io
import os
import re
import sys
from collections.abc import Callable
from enum import StrEnum

from ..characters import prints
from ..loading import load_rules
from ..moderator import Moderator
from ..rulefile import RulesError
from ..ruleset import RuleSet

Paint = Callable[[str, str], str]
"""A text and the name of a style (a key of ``STYLES``) to the text as the terminal takes it."""


class Lang(StrEnum):
    """The languages of human output."""

    FR = "fr"
    EN = "en"


# -- characters --------------------------------------------------------------------------------------------------------

NEWLINE = re.compile(r"\r\n|\r|\n")


def shown(text: str) -> str:
    """``text`` on one line, with every character that does not print written out; no-break spaces are spaces."""
    if prints(text):
        return text
    return "".join(c if prints(c) else c.encode("unicode_escape").decode("ascii") for c in text)


def lines_of(text: str) -> list[str]:
    """The lines of ``text`` (ended by LF, CRLF or CR), each safe to show."""
    return [shown(line) for line in NEWLINE.split(text)]


def block(text: str, indent: str) -> str:
    """The lines of ``text``, safe to show, each after ``indent``."""
    return "\n".join(indent + line for line in lines_of(text))


# -- input and output --------------------------------------------------------------------------------------------------


def standard_input() -> bytes:
    """All of standard input.

    Raises:
        OSError: if it is closed or cannot be read.
    """
    if sys.stdin is None:  # closed before the program began
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return sys.stdin.buffer.read()


STYLES = {
    "name": "1",
    "explicit_refusal": "1;31",
    "apparently_neutral": "33",
    "neutral": "32",
}

# What writing to a pipe says when its reader has left; Windows says « invalid argument ».
_READER_LEFT = frozenset({errno.EPIPE, errno.EINVAL} if os.name == "nt" else {errno.EPIPE})


def tolerate_encodings() -> None:
    """A terminal that lacks a character is shown its number instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, *, to_stderr: bool = False) -> None:
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
                say(f"standard output: {error.strerror or error}; nothing more is written", to_stderr=True)
            raise SystemExit(2) from None


def painter() -> Paint:
    """What puts a style on a text: nothing where standard output takes no colours."""
    return _painted if _has_colours() else lambda text, style: text


def _painted(text: str, style: str) -> str:
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m"


def _has_colours() -> bool:
    """Whether standard output is a terminal that takes colour sequences, and NO_COLOR is not set."""
    if os.environ.get("NO_COLOR") or sys.stdout is None or not sys.stdout.isatty():
        return False
    from rich.console import Console

    # « windows » is the old console, which shows the sequences instead of following them.
    return Console(file=sys.stdout).color_system not in (None, "windows")


# -- rules --------------------------------------------------------------------------------------------------------------


def rules_of(rules: str | None) -> RuleSet:
    """The rules for the option ``--rules``: a version, a folder, or ``None`` for the newest.

    Raises:
        RulesError: if the rules cannot be read or used.
    """
    try:
        return load_rules(rules)
    except OSError as error:
        name = "the shipped rules" if rules is None else rules
        raise RulesError(
            [f"{name}: cannot be read ({error.strerror or error}); check the path and its rights"]
        ) from None


def moderator_of(rules: str | None) -> Moderator:
    """The moderator for the option ``--rules``, as :func:`rules_of` takes it.

    Raises:
        RulesError: if the rules cannot be read or used.
    """
    return Moderator(rules_of(rules))
