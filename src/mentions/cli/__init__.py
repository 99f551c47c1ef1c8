"""The command line ``mentions``: an adapter that reads texts, has them checked, and shows what was found.

The exit status is 0 where there is nothing to object to, 1 where something was found that is not neutral, and 2 for
misuse, rules that cannot be used and input that cannot be read. Human output never sends the control or invisible
characters of a text to the terminal: they are written out, as ``\\x1b`` or ``\\u202e``; ``--json`` gives texts exactly.
"""

import sys


def main() -> None:
    """Run the command line with the arguments of the process.

    Raises:
        SystemExit: always, with the exit status.
    """
    try:
        import typer  # noqa: F401  what is missing is said before the commands, which need it, are imported
    except ImportError:
        print('mentions: the command line needs typer: pip install "mentions[cli]"', file=sys.stderr)
        raise SystemExit(2) from None
    from .app import app

    # On Windows click would expand « * », « ~ » and « %NAME% » in a text as if it were a path.
    app(prog_name="mentions", windows_expand_args=False)
