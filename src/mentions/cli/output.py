"""Output that appears whole: on standard output, or in a file that is put in its place when it is complete."""

import os
import tempfile
from pathlib import Path

from .terminal import say, shown


def write_whole(path: Path, content: str) -> None:
    """Put ``content`` in a file in UTF-8, by way of another beside it, so that no one ever sees a part of it.

    What is no regular file, such as ``/dev/stdout`` or a named pipe, is written to and never replaced.

    Raises:
        OSError: if it cannot be written; what stood there before is untouched.
    """
    if path.exists() and not path.is_file():
        path.write_text(content, encoding="utf-8", newline="", errors="backslashreplace")
        return
    path = path.resolve()  # a link stays one
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="", errors="backslashreplace") as file:
            file.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # mkstemp lets nobody else read its file
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


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
