"""Traffic of a real shop that somebody recorded: a folder of ``NAME.request`` and ``NAME.reply`` files.

The suite sends other requests than those that were recorded. So a request gets the recorded reply to a request with the
same meaning: the same action, window, page and kind of credentials. No reply is used twice. All replies of one meaning
were recorded between the same two notifications, so that a change by a notification doesn't count as a deviation.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from conformance.client.bodies import MAX_REPLY_BYTES, BodyStore
from conformance.client.exchange import Exchange, Headers, Masked
from conformance.client.parsing.document import parse_export
from conformance.client.parsing.limits import ReplyTooLarge
from conformance.client.session import EventLoop, Session
from conformance.client.shipstation import Window
from conformance.core.errors import ConformanceError, NotRecorded
from conformance.core.files import read_bounded
from conformance.core.masking import SHIPSTATION_PARAMETERS, is_credential
from conformance.core.times import is_searchable

MAX_TRAFFIC_BYTES = 512 * 1024**2
"""The bodies of recorded traffic have at most this many bytes in all: they are kept in memory."""
PARAMETERS = ("action", "start_date", "end_date", "page")
ACTIONS = ("export", "shipnotify")


class UnreadableTraffic(ConformanceError):
    """A file of the folder can't be read as a message; the error's text names the file."""


Meaning = tuple[str, str, tuple[tuple[str, str], ...], str]
"""Method, action, the other parameters, kind of credentials."""


def meaning_of(method: str, url: str, headers: Headers) -> Meaning:
    """Return the meaning of a request. It is the same for every spelling of the request."""
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    kind = credentials_kind(headers, query)
    action = query.pop("action", "").strip().lower()
    query.setdefault("page", "1")
    if action and action not in ACTIONS:
        return method, "(unknown)", (), kind
    return method, action, tuple(sorted(each for each in query.items() if not is_credential(each[0]))), kind


def credentials_kind(headers: Headers, query: Iterable[str] = ()) -> str:
    """Return the kind of a request's credentials: where they are, ``none``, ``right``, or the kind of mistake."""
    shown = {name.lower(): value.shown if isinstance(value, Masked) else value for name, value in headers}
    basic, pair = shown.get("authorization"), shown.get("ss-auth-user")
    if basic is None and pair is None:
        return "in the query" if any(map(is_credential, query)) else "none"
    note = re.search(r"\((.+)\)\s*$", basic or pair or "")
    if basic is None and note is None:
        return "by header"
    return "right" if note is None else "a wrong password" if note[1] == "wrong" else note[1]


@dataclass(frozen=True)
class Traffic:
    """Exchanges, and the windows that were requested with the right credentials.

    ``secrets`` and ``pairs`` (of user name and password) are the credentials that the exchanges showed.
    ``empty_window`` is the first window whose reply is a document without orders. If there is none, it is the first
    window of minutes, as Test Connection requests it, whose reply is no document. ``windows`` are the others.
    """

    url: str
    exchanges: tuple[Exchange, ...]
    empty_window: Window | None
    windows: tuple[Window, ...]
    notices: tuple[str, ...] = ()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    pairs: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)


def has_traffic(folder: Path) -> bool:
    """True if a folder has recorded traffic."""
    return any(folder.glob("*.request"))


def read_traffic(folder: Path) -> Traffic:
    """Read the traffic in a folder, in the order of its file names.

    Raises:
        UnreadableTraffic: if a file isn't a message.
    """
    return traffic_of(tuple(_exchanges(folder)))


def traffic_of(exchanges: tuple[Exchange, ...]) -> Traffic:
    """Return exchanges with the windows that they requested."""
    contents: dict[Window, _Content] = {}
    for exchange in sorted(exchanges, key=lambda exchange: exchange.is_redirect):
        query = dict(parse_qsl(urlsplit(exchange.url).query))
        window = _window(query)
        if (
            window is None
            or query.get("action", "").lower() != "export"
            or credentials_kind(exchange.request_headers, query) != "right"
        ):
            continue
        contents.setdefault(window, _content(exchange))
    without = (window for window, content in contents.items() if content == "no orders")
    of_minutes = (
        window
        for window, content in contents.items()
        if content == "no document" and window.end - window.start <= MAX_TEST_WINDOW
    )
    empty_window = next(without, None) or next(of_minutes, None)
    windows = tuple(window for window in contents if window != empty_window)
    return Traffic(base_of(exchanges[0].url) if exchanges else "", exchanges, empty_window, windows)


_Content = Literal["orders", "no orders", "no document"]
MAX_TEST_WINDOW = timedelta(minutes=10)
"""A window of Test Connection is this long, at most."""


def _content(exchange: Exchange) -> _Content:
    try:
        page = parse_export(exchange)
    except ReplyTooLarge:
        return "orders"
    return "no document" if not page.is_orders else "orders" if page.orders else "no orders"


def base_of(url: str) -> str:
    """Return the URL of the add-on in the URL of a request, without credentials."""
    parts = urlsplit(url)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if name not in SHIPSTATION_PARAMETERS and not is_credential(name)
    ]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(kept)).geturl()


def _window(query: dict[str, str]) -> Window | None:
    try:
        start, end = (datetime.strptime(query[name], "%m/%d/%Y %H:%M").replace(tzinfo=UTC) for name in PARAMETERS[1:3])
    except (KeyError, ValueError):
        return None
    return Window(start, end) if is_searchable(start) and is_searchable(end) else None


def _exchanges(folder: Path) -> Iterator[Exchange]:
    left = MAX_TRAFFIC_BYTES
    for number, path in enumerate(sorted(folder.glob("*.request")), start=1):
        exchange = _exchange(path, number)
        left -= len(exchange.request_body) + len(exchange.reply_body)
        if left < 0:
            raise UnreadableTraffic(f"the traffic in {folder} has more than {MAX_TRAFFIC_BYTES // 1024**2} MB")
        yield exchange


def _exchange(path: Path, number: int) -> Exchange:
    try:
        first, headers, body = _message(path)
        method, target, _ = first.split(" ", 2)
        reply_first, reply_headers, reply_body = _message(path.with_suffix(".reply"))
        status, _, reason = reply_first.partition(" ")[2].partition(" ")
        host = next((value for name, value in headers if name.lower() == "host"), "recorded.example")
        url = urlsplit(target if "//" in target.split("?")[0] else f"http://{host}{target}").geturl()
        return Exchange(
            number=number,
            method=method,
            url=url,
            request_headers=headers,
            request_body=body,
            status=int(status),
            reason=reason,
            reply_headers=reply_headers,
            reply_body=reply_body,
            duration_ms=0.0,
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise UnreadableTraffic(f"{path.stem} in {path.parent} can't be read: {why}") from None


def _message(path: Path) -> tuple[str, Headers, bytes]:
    """Return the first line, the headers and the body of a message. Lines may end in CR LF or LF."""
    raw = read_bounded(path, MAX_REPLY_BYTES)
    parts = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)
    first, *lines = parts[0].decode("utf-8", "replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return first, tuple((name.strip(), value.strip()) for name, _, value in pairs), parts[1] if len(parts) > 1 else b""


class TrafficSession(Session):
    """A session that gives the shop's recorded reply to a request with the same meaning."""

    def __init__(self, traffic: Traffic, loop: EventLoop, bodies: BodyStore | None = None) -> None:
        super().__init__(loop, bodies=bodies)
        self._left: dict[Meaning, deque[Exchange]] = defaultdict(deque)
        notifications_before: dict[Meaning, int] = {}
        """Meaning → the number of notifications before its first request."""
        notifications = 0
        for exchange in traffic.exchanges:
            meant = meaning_of(exchange.method, exchange.url, exchange.request_headers)
            if notifications_before.setdefault(meant, notifications) == notifications:
                self._left[meant].append(exchange)
            notifications += meant[1] == "shipnotify"

    async def _pause(self, seconds: float) -> None:
        """Return at once: a recording has nothing to wait for."""

    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        queue = self._left[meaning_of(method, url, headers)]
        if not queue:
            raise NotRecorded("the recorded traffic has no reply to this request")
        return queue.popleft()
