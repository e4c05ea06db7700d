"""Feed bytes to the mock store as if they came over a connection, without a socket and without a clock.

The whole server is used: aiohttp's parser, the routes, the add-on, the control protocol, the REST API. Only the
transport is replaced. An answer costs a fifth of a millisecond.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mockstore.rest.access import RestAccess
from mockstore.server.embedded import EmbeddedStore, start
from mockstore.shop.shop import Shop
from tests.fuzz.surface import Fault
from tests.support.store_in_thread import NOW, ROOT

MAX_TURNS = 2_000
"""Most turns of the event loop for one input: the measure of work, in place of a clock."""
LONG_S = 3_600
"""Seconds that the clock is put forward for a request without an answer, so that every time limit is reached."""
LOOKS = 4
"""How often the clock is put forward: the server looks at idle connections more than once."""
PROMISED = {503, 507}
"""The only statuses from 500 on that the mock store may answer with: its records can't be read or written."""


def is_broken(status: int, request: bytes) -> bool:
    """True if the mock store promises not to answer this request with this status.

    The REST API answers 501 for entities of CS-Cart that it does not have.
    """
    return status >= 500 and status not in PROMISED and not (status == 501 and b"/api" in request)


_HEAD = re.compile(rb"HTTP/\d\.\d (\d{3})[^\r\n]*\r\n(.*?)\r\n\r\n", re.DOTALL)
_LENGTH = re.compile(rb"(?i)content-length: *(\d+)")
_CHUNKED = re.compile(rb"(?i)transfer-encoding: *chunked")


class StillLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock moves only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1_000.0

    def time(self) -> float:
        """Return the time that was set."""
        return self.now

    @property
    def is_idle(self) -> bool:
        """True if nothing is left to do now."""
        return not self._ready  # type: ignore[attr-defined]


class Wire(asyncio.Transport):
    """The server's end of a connection: keeps what is written."""

    def __init__(self, port: int) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", port)})
        self.written = bytearray()
        self.is_closed = False

    def write(self, data: Any) -> None:
        """Keep the bytes."""
        self.written += data

    def writelines(self, list_of_data: Any) -> None:
        """Keep the bytes."""
        for data in list_of_data:
            self.written += data

    def is_closing(self) -> bool:
        """True after the server closed the connection."""
        return self.is_closed

    def close(self) -> None:
        """Note that the server closed the connection."""
        self.is_closed = True

    abort = close

    def pause_reading(self) -> None:
        """Do nothing: all bytes are there already."""

    def resume_reading(self) -> None:
        """Do nothing."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Do nothing: there is no limit."""

    def get_write_buffer_size(self) -> int:
        """Return 0: everything is sent."""
        return 0


class Complaints(logging.Handler):
    """Keeps the tracebacks that are logged."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record if it has a traceback."""
        self.last = logging.Formatter().format(record)
        if record.exc_info or "Traceback" in self.last:
            self.found.append(self.last)


@dataclass
class Connected:
    """A running store without a network."""

    loop: StillLoop
    store: EmbeddedStore
    complaints: Complaints
    console_session: tuple[str, str]
    """The cookie of a session with the web console, and the token of its forms."""
    exceptions: list[str] = field(default_factory=list)

    def send(self, data: bytes, *, must_answer: bool = True) -> str:
        """Send bytes on a new connection, and return the statuses of the replies.

        Raises:
            Fault: a reply or the log breaks a promise.
        """
        statuses, closed = self.loop.run_until_complete(self._exchange(data))
        for told in (self.complaints.found, self.exceptions):
            if told:
                first = told[0]
                told.clear()
                raise Fault(f"a traceback in the log\n{first}\n statuses {statuses}")
        for status in statuses:
            if is_broken(status, data):
                raise Fault(f"status {status}: {self.complaints.last.rpartition('(')[2]}\n{self.complaints.last}")
        if not statuses and (must_answer or not closed):
            raise Fault(f"no answer, and the connection is {'closed' if closed else 'open'}")
        return " ".join(map(str, statuses[:1])) or ("closed" if closed else "waits")

    async def _exchange(self, data: bytes) -> tuple[list[int], bool]:
        server = self.store.listening._runner.server
        assert server is not None
        protocol = server()
        wire = Wire(int(self.store.shop.base_url.rpartition(":")[2]))
        protocol.connection_made(wire)
        try:
            protocol.data_received(data)
            await self._settle()
            for _ in range(0 if wire.written else LOOKS):
                self.loop.now += LONG_S
                await self._settle()
            return read_statuses(bytes(wire.written)), wire.is_closed
        finally:
            protocol.connection_lost(None)
            await self._settle()

    async def _settle(self) -> None:
        for _ in range(MAX_TURNS):
            await asyncio.sleep(0)
            if self.loop.is_idle:
                return
        raise Fault(f"still at work after {MAX_TURNS} turns of the loop")

    def check_journal(self) -> None:
        """Read the journal, as a test suite does.

        Raises:
            Fault: it can't be read.
        """
        token = self.store.control_token
        asked = f"GET /control/v1/journal HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
        if self.send(asked.encode()) != "200":
            raise Fault("the journal can't be read any more")


def read_statuses(raw: bytes) -> list[int]:
    """Return the statuses of the replies on a connection."""
    found: list[int] = []
    at = 0
    while head := _HEAD.match(raw, at):
        found.append(int(head[1]))
        at = head.end()
        if length := _LENGTH.search(head[2]):
            at += int(length[1])
        elif _CHUNKED.search(head[2]):
            end = raw.find(b"\r\n0\r\n\r\n", at - 2)
            at = len(raw) if end < 0 else end + 7
    return found


def _console_session(store: EmbeddedStore) -> tuple[str, str]:
    keys = store.console
    assert keys is not None
    cookie = keys.open(keys.new_link("").partition("token=")[2])
    session = keys.session(cookie)
    assert session is not None
    return f"{keys.cookie_name}={cookie}", keys.form_token(session)


@contextmanager
def connected(version: str = "4.6.3") -> Iterator[Connected]:
    """Run a store with all its interfaces, and read its journal at the end."""
    loop = StillLoop()
    complaints, logger = Complaints(), logging.getLogger()
    starting = start(Shop(version), count=40, now=NOW, rest=RestAccess((ROOT,)), console_key=b"f" * 32)
    store = loop.run_until_complete(starting)
    running = Connected(loop, store, complaints, _console_session(store))
    loop.set_exception_handler(lambda _, context: running.exceptions.append(repr(context)))
    logger.addHandler(complaints)
    try:
        yield running
        running.check_journal()
    finally:
        loop.run_until_complete(store.stop())
        logger.removeHandler(complaints)
        loop.close()
