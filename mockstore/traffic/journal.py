"""The journal: the latest requests to a store and the beginnings of its replies."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from aiohttp import web

from mockstore.inputs.text import is_decoded, spelled

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "ss-auth-user", "ss-auth-pw", "cookie", "set-cookie"}
)
"""Headers whose values are masked, in lower case."""
MAX_BODY_CHARS = 20_000
"""Most characters of a body that are kept."""


@dataclass(frozen=True, kw_only=True)
class JournalSize:
    """How much a journal keeps: entries, characters of each reply, and characters of all entries together.

    The oldest entries are dropped first. The beginning of a reply shows its kind, and the number of pages that it
    states.
    """

    entries: int = 2_000
    reply_chars: int = 1_000
    kept_chars: int = 20_000_000


FOR_PEOPLE = JournalSize(entries=10_000, reply_chars=4_000, kept_chars=40_000_000)
"""The size of a journal that people read in the web console."""


def ignore(entry: JournalEntry) -> None:
    """Do nothing with an entry: the listener of a journal that has no other."""


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

    @property
    def size(self) -> int:
        """Return how many characters the entry has."""
        headers = sum(len(name) + len(value) for name, value in self.headers.items())
        return len(self.target) + headers + len(self.body) + len(self.reply)


def mask_header(name: str, value: str) -> str:
    """Return a header's value as it may be logged: for credentials, only the scheme."""
    if name.lower() not in SECRET_HEADERS:
        return value
    scheme, blank, _ = value.partition(" ")
    return f"{scheme} …" if blank and name.lower().endswith("authorization") else "…"


_ENCODINGS = re.compile(r"utf-?8|utf-?16(-?[bl]e)?|(us-)?ascii|iso-?8859-?\d+|windows-?125\d|koi8-?[ru]", re.IGNORECASE)
"""The encodings that a body may declare. Python knows others that take minutes, or decode to lone surrogates."""

_DECLARED = re.compile(rb"""\A<\?xml[^>]*?encoding\s*=\s*["']([\w.-]{1,40})["']""")


def read_text(body: bytes, limit: int) -> str:
    """Return the beginning of a body as text, in the encoding that it declares, or else UTF-8."""
    declared = _DECLARED.match(body)
    encoding = "utf-16" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else declared[1].decode() if declared else "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        encoding = "utf-8"
    try:
        return body[: limit * 4].decode(encoding, "replace")[:limit]
    except LookupError:  # such as ISO-8859-99
        return body[: limit * 4].decode("utf-8", "replace")[:limit]


class Journal:
    """The latest requests. It counts the requests that it had to drop, and calls ``listener`` with each new one."""

    def __init__(
        self,
        size: JournalSize = JournalSize(),
        listener: Callable[[JournalEntry], None] = ignore,
    ) -> None:
        self._size = size
        self.epoch = 0
        """How often the journal was cleared: then numbers begin again."""
        self._entries: deque[JournalEntry] = deque()
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
        shown = {str(name): mask_header(name, value) for name, value in headers.items()}
        is_spelled = not all(map(is_decoded, (target, *shown, *shown.values())))
        if is_spelled:
            target, shown = spelled(target), {spelled(name): spelled(value) for name, value in shown.items()}
        sent, came = read_text(body or b"", MAX_BODY_CHARS), read_text(reply, self._size.reply_chars)
        entry = JournalEntry(
            self._number, time, method, target, shown, sent, status, fault, peer, came, is_spelled, body is None
        )
        self._keep(entry)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)
        self._listener(entry)

    def _keep(self, entry: JournalEntry) -> None:
        """Keep an entry, and drop the oldest ones if there are too many, or if they are too long."""
        self._entries.append(entry)
        self._kept_chars += entry.size
        size = self._size
        while len(self._entries) > size.entries or (self._kept_chars > size.kept_chars and len(self._entries) > 1):
            self._kept_chars -= self._entries.popleft().size

    async def arrival(self) -> None:
        """Wait for the next request."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        await waiting

    def after(self, number: int) -> tuple[int, list[JournalEntry]]:
        """Return how many entries after ``number`` were dropped, and the entries that are left."""
        kept = [entry for entry in self._entries if entry.number > number]
        return max(0, self._number - number - len(kept)), kept

    @property
    def latest(self) -> int:
        """Return the number of the latest request; 0 before the first."""
        return self._number

    def clear(self) -> None:
        """Remove all entries, and number from 1 again."""
        self.epoch += 1
        self._entries.clear()
        self._number = self._kept_chars = 0


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
