"""Files that appear whole: written beside their place and put there when they are complete."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_place_of(path: Path) -> Iterator[Path]:
    """A new file beside ``path``, to be written, that takes its place when the block ends well and is gone when not.

    Folders that are missing are made. What is no regular file, such as ``/dev/stdout`` or a named pipe, is itself given
    to be written to, and never replaced; a link stays one.

    Raises:
        OSError: if it cannot be made or put in its place; what stood there before is untouched.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # mkstemp lets nobody else read its file
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: str) -> None:
    """Put ``content`` in a file in UTF-8, as :func:`in_place_of` does; lone surrogates are written as escapes.

    Raises:
        OSError: if it cannot be written; what stood there before is untouched.
    """
    with in_place_of(path) as beside:
        beside.write_text(content, encoding="utf-8", newline="", errors="backslashreplace")
