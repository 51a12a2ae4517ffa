"""Trouble with the lake's own disk, told apart from trouble with a bill.

A full disk breaks the writing of the lake wherever it happens to be; the bill that was being read
is not to blame for it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.core.errors import BadBillError, UnavailableError

_FULL = "The lake's disk is full or cannot be written; nothing changed."
_OF_WRITING = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)  # bills are only read


def is_of_lake(error: Exception, folder: Path) -> bool:
    """True where an error is about the lake's disk, or about a file in `folder`, which is its.

    DuckDB tells an error of the system only in words, those of a file it failed to write included.
    """
    import duckdb

    if isinstance(error, OSError):
        return error.errno in _OF_WRITING or _is_below(error.filename, folder)
    text = str(error)
    is_io = isinstance(error, duckdb.IOException) or '"exception_type":"IO"' in text
    return is_io and (str(folder) in text or "No space left" in text)


def unavailable() -> UnavailableError:
    """The error for what `is_of_lake`."""
    return UnavailableError(_FULL)


@contextmanager
def watched(root: Path) -> Iterator[None]:
    """Say in a person's words what the system refused while a bill was loaded.

    Raises:
        UnavailableError: the lake at `root` cannot be written.
        BadBillError: a file of the bill cannot be read.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None or is_of_lake(error, root):
            raise unavailable() from error
        raise BadBillError(
            f"{error.filename} cannot be read: {error.strerror}. What stood before still stands.",
            file=str(error.filename),
        ) from error


def _is_below(file: object, folder: Path) -> bool:
    return isinstance(file, str) and Path(file).is_relative_to(folder)
