"""The log of the web server: one line for each fault, and few lines for a flood of client faults.

aiohttp logs a traceback for each request that is not HTTP, for each body that breaks off, and the like.
Those are faults of clients.
"""

from __future__ import annotations

import logging
import time
import zlib
from asyncio import IncompleteReadError
from collections.abc import Callable

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from mockstore.inputs.failures import in_one_line

CLIENT_FAULTS = (
    HttpProcessingError,
    web.RequestPayloadError,
    ConnectionError,
    TimeoutError,
    IncompleteReadError,
    zlib.error,
)
"""Exceptions that a client causes."""
MAX_LINES = 10
"""Most lines about client faults within :data:`PERIOD_S`."""
PERIOD_S = 60.0


class OneLine(logging.Filter):
    """Makes one line of each record. Of the lines about client faults, it drops those beyond :data:`MAX_LINES`."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now, self._begun, self._count = now, now(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten a record. True if it is to be logged."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        is_client_fault = isinstance(error, CLIENT_FAULTS)
        dropped = self._dropped_before() if is_client_fault else 0
        more = f" ({dropped:,} more client faults were not logged.)" if dropped else ""
        what = "A client's request is not HTTP, or broke off" if is_client_fault else "A request failed"
        record.msg, record.args = "%s: %s%s", (what, in_one_line(error), more)
        record.exc_info = record.exc_text = None
        return not is_client_fault or self._count <= MAX_LINES

    def _dropped_before(self) -> int:
        """Count a client fault, and return how many were dropped in the period that it ends; 0 if it ends none."""
        now, dropped = self._now(), 0
        if now - self._begun >= PERIOD_S:
            dropped = max(0, self._count - MAX_LINES)
            self._begun, self._count = now, 0
        self._count += 1
        return dropped


def server_log() -> logging.Logger:
    """Return the logger to give to aiohttp."""
    log = logging.getLogger("mockstore.server.http")
    if not any(isinstance(each, OneLine) for each in log.filters):
        log.addFilter(OneLine())
    return log
