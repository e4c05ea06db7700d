"""Keeps the bodies of replies for a whole run: the first ones in memory, the others in a temporary file.

Reports, later checks and a recheck read them back. The file has no name, so nothing of it is left, not even after
kill -9.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO

from conformance.core.errors import TooManyBytes

MAX_REPLY_BYTES = 64 * 1024 * 1024
"""A reply that is longer is not kept, and counts as no reply."""
MAX_BYTES_IN_MEMORY = 16 * 1024 * 1024
"""Bodies beyond this many bytes in all go to the file."""
MAX_BYTES_OF_RUN = 2 * 1024**3
"""The bodies of one process may have this many bytes in all. More requests are not sent then."""


@dataclass(frozen=True, slots=True)
class FiledBody:
    """A body in a temporary file."""

    _file: IO[bytes] = field(repr=False, compare=False)
    start: int
    size: int

    def __len__(self) -> int:
        """Return the number of bytes."""
        return self.size

    def read(self, size: int | None = None) -> bytes:
        """Return the body, or its first ``size`` bytes."""
        self._file.seek(self.start)
        return self._file.read(self.size if size is None else min(size, self.size))


Body = bytes | FiledBody
"""A body, or the place where it is kept."""


def read_body(body: Body, size: int | None = None) -> bytes:
    """Return a body, or its first ``size`` bytes."""
    if isinstance(body, FiledBody):
        return body.read(size)
    return body if size is None else body[:size]


class BodyStore:
    """The bodies of all replies that a process got. It keeps each body once.

    ``max_in_memory`` and ``max_of_run`` are in bytes.
    """

    def __init__(self, max_in_memory: int = MAX_BYTES_IN_MEMORY, max_of_run: int = MAX_BYTES_OF_RUN) -> None:
        self._left_in_memory, self._left_of_run = max_in_memory, max_of_run
        self._max_of_run = max_of_run
        self._in_memory: dict[bytes, bytes] = {}
        self._filed: dict[bytes, FiledBody] = {}
        self._file: IO[bytes] | None = None
        self._end = 0

    def close(self) -> None:
        """Delete the file."""
        if self._file is not None:
            self._file.close()

    def require_room(self) -> None:
        """Go on only if the run may receive more.

        Raises:
            TooManyBytes: if the replies so far have as many bytes as a run may receive.
        """
        if self._left_of_run <= 0:
            raise TooManyBytes(
                f"the replies of this run have {self._max_of_run // 1024**2:,} MB in all, and the suite receives no "
                "more: judge a smaller --window, or fewer requirements with --only"
            )

    def receive(self, body: Body) -> Body:
        """Keep a body that a target sent; it counts for the limit of the run.

        Raises:
            TooManyBytes: if the temporary folder is full.
        """
        self.count(len(body))
        return self.keep(body)

    def count(self, size: int) -> None:
        """Count bytes that a target sent for the limit of the run."""
        self._left_of_run -= size

    def keep(self, body: Body) -> Body:
        """Keep a body for the whole run, and return it or the place where it is kept.

        Raises:
            TooManyBytes: if the temporary folder is full.
        """
        if isinstance(body, FiledBody):
            return body
        if (known := self._in_memory.get(body)) is not None:
            return known
        if len(body) <= self._left_in_memory:
            self._left_in_memory -= len(body)
            self._in_memory[body] = body
            return body
        digest = sha256(body).digest()
        if (filed := self._filed.get(digest)) is None:
            filed = self._filed[digest] = self._write(body)
        return filed

    def _write(self, body: bytes) -> FiledBody:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="conformance-")  # noqa: SIM115 -- open for the whole run
            self._file.seek(self._end)
            self._file.write(body)
            self._file.flush()
        except OSError as error:
            self._left_of_run = 0
            raise TooManyBytes(
                f"the replies of this run can't be kept in {tempfile.gettempdir()} ({error.strerror}): free some space "
                "there, or set TMPDIR"
            ) from None
        filed = FiledBody(self._file, self._end, len(body))
        self._end += len(body)
        return filed
