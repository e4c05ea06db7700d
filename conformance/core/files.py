"""Reads small files that the user names: a file without end, such as ``/dev/zero``, must not fill the memory."""

from __future__ import annotations

import errno
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024


def read_small_file(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises:
        OSError: it can't be read, or has more than :data:`MAX_BYTES`.
        UnicodeDecodeError: it isn't UTF-8.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"it has more than {MAX_BYTES // 1024**2} MB", str(path))
    return content.decode("utf-8-sig")
