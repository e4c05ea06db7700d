"""Reads the requests of the journal: action, window, page, and whether the reply arrived.

These are pure functions. They read requests as the contract defines them; they do not judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import parse_qsl

from mockstore.traffic.journal import JournalEntry

BOUND_FORMAT = re.compile(r"(\d{2})/(\d{2})/(\d{4}) (\d{2}):(\d{2})", re.ASCII)
"""A bound of a window in the format of the contract: MM/dd/yyyy HH:mm."""

_READABLE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})(?::\d{2})?", re.ASCII)

FAULTS_THAT_LOSE_THE_REPLY = frozenset({"hang", "cut", "reset", "html", "truncated", "redirect"})
"""Faults after which the client has no orders, even with status 200."""

FAULTS_THAT_MAY_LOSE_THE_REPLY = frozenset({"slow-start", "slow-body", "wrong-type"})
"""Faults after which the client may have the orders, or may have given up."""

_PAGES = re.compile(r"""<Orders\b[^>]*?\bpages\s*=\s*["']\s*(\d{1,6})\s*["']""")


def read_bound(text: str) -> datetime | None:
    """Return a bound in UTC, also if its format differs a little; None if it is not a date."""
    found = _READABLE.fullmatch(text)
    if found is None:
        return None
    month, day, year, hour, minute = map(int, found.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


_AUTHORITY = re.compile(r"\A[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


def split_target(target: str) -> tuple[str, str]:
    """Return path and query of a target, in any form. ``urlsplit`` refuses some, such as ``//[x``."""
    path, _, query = _AUTHORITY.sub("", target.partition("#")[0], count=1).partition("?")
    return path, query


@dataclass(frozen=True)
class LoggedRequest:
    """A request of the journal, with its query parsed."""

    entry: JournalEntry

    @property
    def number(self) -> int:
        """Return the request's number in the journal."""
        return self.entry.number

    @cached_property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """Return the parameters of the query, decoded."""
        return tuple(parse_qsl(split_target(self.entry.target)[1], keep_blank_values=True))

    def parameter(self, name: str) -> str:
        """Return a parameter of the query; "" if it is missing."""
        return next((value for key, value in self.parameters if key == name), "")

    def header(self, name: str) -> str:
        """Return a header; "" if it is missing."""
        return next((value for key, value in self.entry.headers.items() if key.lower() == name.lower()), "")

    @cached_property
    def is_for_addon(self) -> bool:
        """True if the URL is one of the add-on's, and not of the REST API, a picture or the like."""
        path, _ = split_target(self.entry.target)
        return path in ("/", "/index.php") or self.parameter("dispatch").lower() == "shipstation"

    @property
    def is_probe(self) -> bool:
        """True for HEAD and OPTIONS, which only ask what a request would get. No rule is about them."""
        return self.entry.method in ("HEAD", "OPTIONS")

    @cached_property
    def action(self) -> str:
        """Return the action: ``export``, ``shipnotify``, or another text."""
        return self.parameter("action").lower()

    @cached_property
    def window(self) -> tuple[datetime, datetime] | None:
        """Return the requested window; None if it can't be read."""
        start, end = (read_bound(self.parameter(name)) for name in ("start_date", "end_date"))
        return (start, end) if start and end else None

    @cached_property
    def page(self) -> int:
        """Return the requested page: 1 if none is named, 0 if the parameter is not a number."""
        text = self.parameter("page").strip()
        return 1 if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 0

    @cached_property
    def succeeded(self) -> bool:
        """True if the reply was a success and was sent completely."""
        return (
            200 <= self.entry.status < 300
            and self.entry.fault not in FAULTS_THAT_LOSE_THE_REPLY | FAULTS_THAT_MAY_LOSE_THE_REPLY
        )

    @cached_property
    def failed(self) -> bool:
        """True if the client can't have got what it requested."""
        return not 200 <= self.entry.status < 300 or self.entry.fault in FAULTS_THAT_LOSE_THE_REPLY

    @property
    def refused(self) -> bool:
        """True if user name or password were refused."""
        return self.entry.status in (401, 403)

    @property
    def pages(self) -> int | None:
        """Return the number of pages that the client knows; None if the reply does not show it or may be lost."""
        return self.stated_pages if self.succeeded else None

    @cached_property
    def stated_pages(self) -> int | None:
        """Return the number of pages that the reply states, whether or not the client got it."""
        if self.failed or "<Orders" not in self.entry.reply:
            return None
        found = _PAGES.search(self.entry.reply)
        return max(1, int(found[1])) if found else 1

    @property
    def shown(self) -> str:
        """Return the request in a few words."""
        if not self.is_for_addon:
            return self.entry.target
        if self.action == "export":
            bounds = f"{self.parameter('start_date') or '(none)'} to {self.parameter('end_date') or '(none)'}"
            return f"export, {bounds}, page {self.parameter('page') or '(none)'}"
        if self.action == "shipnotify":
            number, tracking = self.parameter("order_number"), self.parameter("tracking_number")
            return f"shipnotify, order {number or '(none)'}, tracking number {tracking or '(none)'}"
        return f"{self.entry.method} {self.action or 'without an action'}"


def logged_requests(entries: Iterable[JournalEntry]) -> tuple[LoggedRequest, ...]:
    """Return the requests of the journal."""
    return tuple(LoggedRequest(entry) for entry in entries)


@dataclass(frozen=True)
class Poll:
    """A poll: all requests for the pages of one window."""

    start: datetime
    end: datetime
    requests: tuple[LoggedRequest, ...]

    @property
    def pages(self) -> int | None:
        """Return the number of pages that page 1 stated; None if it did not arrive."""
        stated = [each.pages for each in self.requests if each.page == 1 and each.pages is not None]
        return stated[-1] if stated else None

    @property
    def has_failed_page(self) -> bool:
        """True if a requested page never arrived."""
        return any(not any(self._arrivals(each.page)) for each in self.requests)

    def _arrivals(self, page: int) -> list[bool]:
        return [not each.failed for each in self.requests if each.page == page]

    @property
    def is_complete(self) -> bool:
        """True if every page was requested and arrived."""
        last = self.pages or max((each.page for each in self.requests), default=1)
        return all(any(self._arrivals(page)) for page in range(1, last + 1))


def polls(requests: Sequence[LoggedRequest]) -> tuple[Poll, ...]:
    """Return the polls, in the order in which their windows were first requested."""
    found: dict[tuple[datetime, datetime], list[LoggedRequest]] = {}
    for each in requests:
        if each.action == "export" and each.window is not None:
            found.setdefault(each.window, []).append(each)
    return tuple(Poll(start, end, tuple(of)) for (start, end), of in found.items())


def completed_requests(requests: tuple[LoggedRequest, ...]) -> tuple[LoggedRequest, ...]:
    """Return the requests, except those of a poll that has not requested all its pages yet."""
    firsts = [place for place, each in enumerate(requests) if each.action == "export" and each.page == 1]
    if not firsts:
        return requests
    begun = requests[firsts[-1]]
    pages = {each.page for each in requests[firsts[-1] :] if each.window == begun.window}
    return requests if len(pages) >= (begun.stated_pages or 1) else requests[: firsts[-1]]
