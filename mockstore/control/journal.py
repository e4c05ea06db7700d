"""What a store was asked: a bounded list of requests, for who wants to see them."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime

import msgspec
from aiohttp import web

SECRET_HEADERS = frozenset({"authorization", "ss-auth-pw", "cookie", "proxy-authorization"})
BODY_LIMIT = 20_000
"""Characters of a body that are kept."""


class Entry(msgspec.Struct, frozen=True):
    """One request and the status it was answered with; credentials are masked.

    ``fault`` is the kind of fault that befell the reply, ``peer`` the client's end of the connection.
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


class Journal:
    """The latest requests; says how many it had to drop."""

    def __init__(self, capacity: int = 2000) -> None:
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._number = 0

    def record(
        self,
        time: datetime,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes,
        status: int,
        fault: str = "",
        peer: str = "",
    ) -> None:
        """Add a request."""
        self._number += 1
        shown = {name: "…" if name.lower() in SECRET_HEADERS else value for name, value in headers.items()}
        text = body[:BODY_LIMIT].decode("utf-8", "replace")
        self._entries.append(Entry(self._number, time, method, target, shown, text, status, fault, peer))

    def after(self, number: int) -> tuple[int, list[Entry]]:
        """The entries after ``number``, and how many of those were dropped already."""
        kept = [entry for entry in self._entries if entry.number > number]
        return max(0, self._number - number - len(kept)), kept

    def clear(self) -> None:
        """Forget everything, the numbering included."""
        self._entries.clear()
        self._number = 0


def note(journal: Journal, time: datetime, request: web.Request, body: bytes, status: int, fault: str = "") -> None:
    """Add a request as the server has it."""
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
    )
