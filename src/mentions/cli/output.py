"""Where output goes: to standard output, or into a file that appears whole."""

from pathlib import Path

from ..files import write_whole
from .terminal import say, shown


def deliver(content: str, output: str | None) -> bool:
    """Show ``content``, or put it in the file ``output``; whether that went well. Failure is told on standard error."""
    if output is None:
        if content:
            say(content)
        return True
    try:
        write_whole(Path(output), content + "\n")
    except OSError as error:
        say(shown(f"{output}: cannot be written ({error.strerror or error}); choose another place"), to_stderr=True)
        return False
    return True
