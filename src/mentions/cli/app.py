"""The commands of ``mentions``, put together.

A command is a function in a module of its own; typer reads its annotations, so they are not postponed.
"""

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from .. import __version__
from .check import check
from .rules import app as rules
from .scan import scan
from .terminal import shown, tolerate_encodings
from .test import test

# Typer does not name click's UsageError, and depending on its version carries a click of its own.
_UsageError: type[Any] = typer.BadParameter.__mro__[1]


class SafeCommand(TyperCommand):
    """A command whose usage errors do not send a text taken for an option to the terminal as it is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments; errors in them are safe to show."""
        try:
            return super().parse_args(ctx, args)
        except _UsageError as error:
            error.message = shown(error.message)
            if type(error).__name__ == "NoSuchOption":
                error.message += " (write -- before a text that begins with a dash)"
            raise


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mentions {__version__}")
        raise typer.Exit


# Plain errors and help: what typer draws with rich holds values of the call, texts among them.
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Find, sort and reword the mentions that turn patients away on booking profiles."""
    tolerate_encodings()


app.command(cls=SafeCommand)(check)
app.command(cls=SafeCommand)(scan)
app.command(cls=SafeCommand)(test)

for command in rules.registered_commands:
    command.cls = SafeCommand
app.add_typer(rules, name="rules")
