"""The journal: the latest requests to a store and the beginnings of its replies."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from typing import TypeAlias

import msgspec
from aiohttp import web

from mockstore.inputs.text import is_decoded, spelled

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "ss-auth-user", "ss-auth-pw", "cookie", "set-cookie"}
)
"""Headers whose values are masked, in lower case."""
MAX_BODY_CHARS = 20_000
"""Most characters of a body that are kept."""


MAX_SHARED_BYTES = 64_000_000
"""Most memory for the beginnings of replies that are not kept whole."""

MAX_SHARED_HEADERS = 500
"""Most sets of headers that are looked for again. Requests of one client have mostly the same headers."""


@dataclass(frozen=True, kw_only=True)
class JournalSize:
    """How much a journal keeps: entries, bytes of each reply, and characters of all entries together.

    The oldest entries are dropped first. The beginning of a reply shows its kind, and the number of pages that it
    states.
    """

    entries: int = 2_000
    reply_bytes: int = 1_000
    kept_chars: int = 20_000_000


FOR_PEOPLE = JournalSize(entries=10_000, reply_bytes=2_000, kept_chars=40_000_000)
"""The size of a journal that people read in the web console."""


class JournalEntry(msgspec.Struct, frozen=True):
    """One request and its reply. Credentials are masked, except for the scheme of Authorization.

    ``fault`` is the kind of the fault that changed the reply, ``peer`` the client's address and port,
    ``reply`` the beginning of the reply. ``spelled`` is true if target or headers contain bytes that are not
    UTF-8: then these texts have ``\\xff`` in place of each such byte, and two backslashes in place of one.
    ``body_unread`` is true if the store refused the request before it read the body.
    """

    number: int
    time: datetime
    method: str
    target: str
    headers: dict[str, str]
    body: str
    status: int
    fault: str = ""
    peer: str = ""
    reply: str = ""
    spelled: bool = False
    body_unread: bool = False


def mask_header(name: str, value: str) -> str:
    """Return a header's value as it may be logged: for credentials, only the scheme."""
    known = name.lower()
    if known not in SECRET_HEADERS:
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} …" if blank and known.endswith("authorization") else "…"


_ENCODINGS = re.compile(r"utf-?8|utf-?16(-?[bl]e)?|(us-)?ascii|iso-?8859-?\d+|windows-?125\d|koi8-?[ru]", re.IGNORECASE)
"""The encodings that a body may declare. Python knows others that take minutes, or decode to lone surrogates."""

_DECLARED = re.compile(rb"""\A<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})["']""")


def read_text(body: bytes, limit: int) -> str:
    """Return the beginning of a body as text, in the encoding that it declares, or else UTF-8."""
    if not body:
        return ""
    beginning = body[:limit]
    declared = _DECLARED.match(body)
    if beginning.isascii() and (declared is None or b"16" not in declared[1]):  # the same in all encodings but UTF-16
        return beginning.decode()
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else declared[1].decode() if declared else "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        encoding = "utf-8"
    try:
        return body[: limit * 4].decode(encoding, "replace")[:limit]
    except LookupError:  # such as ISO-8859-99
        return body[: limit * 4].decode("utf-8", "replace")[:limit]


def beginning_of(body: bytes, limit: int) -> bytes:
    """Return so much of a body that :func:`read_text` finds ``limit`` characters in it, if it has so many."""
    beginning = body[:limit]
    return beginning if beginning.isascii() else body[: limit * 4]


class _Beginnings:
    """The beginnings of replies that are not kept whole, each at its own place in one piece of memory.

    A piece of memory for each would lie where the next large reply goes, so that each reply would need new memory:
    that costs more than all the rest of a journal.
    """

    def __init__(self, size: JournalSize) -> None:
        self._entries, self._bytes = size.entries, size.reply_bytes
        self._fits = self._entries * self._bytes <= MAX_SHARED_BYTES
        self._memory: mmap | None = None

    def keep(self, number: int, reply: bytes) -> bytes | None:
        """Return what an entry keeps itself; None if it is kept here, until all entries are newer."""
        if len(reply) <= self._bytes or not self._fits:
            return reply[: self._bytes]
        if self._memory is None:
            self._memory = mmap(-1, self._entries * self._bytes, flags=MAP_PRIVATE | MAP_ANONYMOUS)
        start = number % self._entries * self._bytes
        self._memory[start : start + self._bytes] = memoryview(reply)[: self._bytes]
        return None

    def read(self, number: int) -> bytes:
        """Return what is kept here."""
        start = number % self._entries * self._bytes
        return self._memory[start : start + self._bytes] if self._memory is not None else b""


HeaderPairs: TypeAlias = tuple[tuple[str, str], ...]


class _Kept(msgspec.Struct, gc=False):
    """A request that is kept. Its entry is made when somebody reads it, because most requests are never read."""

    number: int
    time: datetime
    method: str
    target: str
    headers: HeaderPairs
    body: bytes | None
    status: int
    fault: str
    peer: str
    reply: bytes | None
    chars: int
    made: JournalEntry | None = None

    def entry(self, replies: _Beginnings) -> JournalEntry:
        """Return the entry."""
        if self.made is None:
            self.made = self._make(replies.read(self.number) if self.reply is None else self.reply)
            self.body, self.headers, self.reply = None, (), b""
        return self.made

    def _make(self, reply: bytes) -> JournalEntry:
        target, shown = self.target, {str(name): mask_header(name, value) for name, value in self.headers}
        is_spelled = not is_decoded("".join((target, *shown, *shown.values())))
        if is_spelled:
            target, shown = spelled(target), {spelled(name): spelled(value) for name, value in shown.items()}
        return JournalEntry(
            self.number,
            self.time,
            self.method,
            target,
            shown,
            read_text(self.body or b"", MAX_BODY_CHARS),
            self.status,
            self.fault,
            self.peer,
            read_text(reply, len(reply)),
            is_spelled,
            self.body is None,
        )


class Journal:
    """The latest requests. It counts the requests that it had to drop, and calls ``listener`` with each new one."""

    def __init__(
        self,
        size: JournalSize = JournalSize(),
        listener: Callable[[JournalEntry], None] | None = None,
    ) -> None:
        self.size = size
        self.epoch = 0
        """How often the journal was cleared: then numbers begin again."""
        self._kept: deque[_Kept] = deque()
        self._replies = _Beginnings(size)
        self._headers: dict[HeaderPairs, tuple[HeaderPairs, int]] = {}
        self._kept_chars = 0
        self._number = 0
        self._listener = listener
        self._waiting: list[asyncio.Future[None]] = []

    def record(
        self,
        time: datetime,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        status: int,
        fault: str = "",
        peer: str = "",
        reply: bytes = b"",
    ) -> None:
        """Add a request. ``body`` is None if it was not read."""
        self._number += 1
        pairs, chars = self._shared(tuple(headers.items()))
        sent = beginning_of(body, MAX_BODY_CHARS) if body else body
        came = self._replies.keep(self._number, reply)
        chars += len(target) + len(sent or b"") + min(len(reply), self.size.reply_bytes)
        kept = _Kept(self._number, time, method, target, pairs, sent, status, fault, peer, came, chars)
        self._kept.append(kept)
        self._kept_chars += chars
        self._drop()
        if self._waiting:
            self._wake()
        if self._listener is not None:
            self._listener(kept.entry(self._replies))

    def _shared(self, headers: HeaderPairs) -> tuple[HeaderPairs, int]:
        """Return the headers, and how many characters they have. Equal headers are kept once."""
        known = self._headers.get(headers)
        if known is None:
            if len(self._headers) >= MAX_SHARED_HEADERS:
                self._headers.clear()
            known = self._headers[headers] = headers, sum(len(name) + len(value) for name, value in headers)
        return known

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def _drop(self) -> None:
        """Drop the oldest entries if there are too many, or if they are too long."""
        size = self.size
        while len(self._kept) > size.entries or (self._kept_chars > size.kept_chars and len(self._kept) > 1):
            self._kept_chars -= self._kept.popleft().chars

    async def arrival(self) -> None:
        """Wait for the next request, or until the journal is cleared."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        finally:
            if waiting in self._waiting:  # nobody waits any more, and no request has come
                self._waiting.remove(waiting)

    def after(self, number: int, most: int | None = None) -> tuple[int, list[JournalEntry]]:
        """Return how many entries after ``number`` were dropped, and those that are left, or the first ``most``."""
        dropped = self._number - len(self._kept)
        first = max(0, number - dropped)
        found = islice(self._kept, first, None if most is None else first + most)
        return max(0, dropped - number), [kept.entry(self._replies) for kept in found]

    def entry(self, number: int) -> JournalEntry | None:
        """Return the entry with a number; None if it was dropped, or is still to come."""
        place = number - (self._number - len(self._kept)) - 1
        return self._kept[place].entry(self._replies) if 0 <= place < len(self._kept) else None

    @property
    def latest(self) -> int:
        """Return the number of the latest request; 0 before the first."""
        return self._number

    @property
    def count(self) -> int:
        """Return how many requests are kept."""
        return len(self._kept)

    def clear(self) -> None:
        """Remove all entries, and number from 1 again."""
        self.epoch += 1
        self._kept.clear()
        self._headers.clear()
        self._number = self._kept_chars = 0
        self._wake()


def log_request(
    journal: Journal,
    time: datetime,
    request: web.Request,
    body: bytes | None,
    status: int,
    fault: str = "",
    reply: bytes = b"",
) -> None:
    """Add a request of the web server to the journal. ``body`` is None if it was not read."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    journal.record(
        time,
        request.method,
        request.raw_path,
        request.headers,
        body,
        status,
        fault,
        f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "",
        reply,
    )
