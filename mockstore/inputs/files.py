"""Reads files that the user names, up to a limit, and writes files as a whole.

A file without end, like ``/dev/zero``, must not fill the memory, and a full disk must not leave a part of a file.
"""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024
"""A file that people write has at most this many bytes."""
MAX_EVIDENCE_BYTES = 512 * 1024 * 1024
"""A file that programs write, like a report or a HAR file, has at most this many bytes."""


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Return the content of a file.

    Raises:
        OSError: it can't be read, or has more than ``max_bytes``.
    """
    with path.open("rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise OSError(errno.EFBIG, f"it has more than {max_bytes // 1024**2} MB", str(path))
    return content


def write_whole(path: Path, content: bytes) -> None:
    """Write a file completely or not at all.

    Raises:
        OSError: it can't be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def read_small_file(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        OSError: it can't be read, or has more than :data:`MAX_BYTES`.
        UnicodeDecodeError: it isn't UTF-8.
    """
    return read_bounded(path, MAX_BYTES).decode("utf-8-sig")
