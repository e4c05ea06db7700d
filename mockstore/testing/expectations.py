"""Tells what an importer did wrong, from the requests that it sent: pure functions that return a message, or ""."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import unescape
from itertools import chain

from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import RequestedWindow
from mockstore.store.store import Store
from mockstore.traffic.requests import LoggedRequest, Poll, polls
from mockstore.traffic.rules import (
    DEFERRED_RULES,
    IMMEDIATE_RULES,
    SINGLE_REQUEST_RULES,
    Breach,
    ImporterAccess,
    hide_password,
    no_gap_between_windows,
    uncovered_times,
)

MAX_LISTED = 10
"""Most orders, or breaches of one requirement, that a message lists."""

_NUMBER = re.compile(r"<OrderNumber>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*?))\s*</OrderNumber>", re.DOTALL)

Window = tuple[datetime, datetime]


def exported_numbers(request: LoggedRequest) -> list[str]:
    """Return the numbers of the orders in the reply to a request, as far as the client got it."""
    if not request.succeeded:
        return []
    return [(cdata or unescape(text)).strip() for cdata, text in _NUMBER.findall(request.entry.reply)]


def held_orders(store: Store, behaviour: Behaviour, requests: Sequence[LoggedRequest]) -> dict[Window, list[str]]:
    """Return the orders that an export of each requested window would have now."""
    found = {}
    for poll in polls(requests):
        selection = behaviour.select(store, RequestedWindow(poll.start, poll.end))
        orders = selection.slice(0, len(selection))
        found[poll.start, poll.end] = [order.order_number for order in orders if behaviour.is_exportable(order)]
    return found


def import_problems(
    requests: Sequence[LoggedRequest],
    imported: Sequence[str],
    held: dict[Window, list[str]],
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """Return what is wrong with an import; "" if it is complete. ``held`` is what the requested windows would have."""
    asked = polls(requests)
    if not asked:
        return "The importer requested no export, so that nothing can have been imported."
    exported = list(dict.fromkeys(chain.from_iterable(map(exported_numbers, requests))))
    lines = [*_incomplete(asked, held, set(exported)), *_uncovered(requests, since, until)]
    for text, numbers in (
        ("exported, but not imported", [each for each in exported if each not in set(imported)]),
        ("imported, but in no export", sorted(set(imported) - set(exported))),
        ("imported more than once", sorted(number for number, count in Counter(imported).items() if count > 1)),
    ):
        if numbers:
            lines.append(f"{_orders(len(numbers))} {text}: {_listed(numbers)}")
    if not lines:
        return ""
    seen = f"{_orders(len(exported))} exported in {len(asked)} window{'' if len(asked) == 1 else 's'}"
    return "\n  ".join((f"The import is not what it has to be ({seen}, {len(set(imported))} imported):", *lines))


def _incomplete(asked: Sequence[Poll], held: dict[Window, list[str]], exported: set[str]) -> Iterator[str]:
    """Yield a line for each window that the importer did not get completely."""
    for poll in asked:
        if poll.is_complete:
            continue
        absent = [each for each in held.get((poll.start, poll.end), []) if each not in exported]
        pages = f" of {poll.pages} pages" if poll.pages else ""
        got = sorted({each.page for each in poll.requests if not each.failed})
        shown = f"page{'' if len(got) == 1 else 's'} {_listed(list(map(str, got)))}" if got else "no page"
        rest = f"; without {_orders(len(absent))} {_listed(absent)}" if absent else ""
        yield f"of the window {_times(poll.start, poll.end)}, only {shown}{pages} arrived{rest}"


def _uncovered(requests: Sequence[LoggedRequest], since: datetime | None, until: datetime | None) -> Iterator[str]:
    if since is None and until is None:
        return
    for hole in uncovered_times(requests, since, until):
        yield f"the time {_times(hole.start, hole.end)} was never requested, or never answered"


def _times(start: datetime, end: datetime) -> str:
    return f"{start:%m/%d/%Y %H:%M} to {end:%m/%d/%Y %H:%M}"


def _orders(count: int) -> str:
    return f"{count} order{'' if count == 1 else 's'}"


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MAX_LISTED
    return ", ".join(names[:MAX_LISTED]) + (f" and {rest} more" if rest > 0 else "")


def breaches(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """Yield each breach of a rule by the requests of an importer that has ended."""
    for rule in SINGLE_REQUEST_RULES:
        for each in requests:
            yield from rule((each,), given)
    for rule in (*IMMEDIATE_RULES, *DEFERRED_RULES, no_gap_between_windows):
        yield from rule(requests, given)


def broken_requirements(requests: Sequence[LoggedRequest], given: ImporterAccess, ignored: frozenset[str]) -> str:
    """Return which requirements the requests break, where and why; "" if they break none."""
    if not requests:
        return "The importer sent no request to the add-on's URL, so that nothing can be judged."
    found: dict[str, list[Breach]] = {}
    for breach in breaches(requests, given):
        if breach.requirement not in ignored:
            found.setdefault(breach.requirement, []).append(breach)
    if not found:
        return ""
    shown = {each.number: hide_password(f"{each.shown} → {each.entry.status}", given) for each in requests}
    lines = [f"The importer broke {', '.join(sorted(found))} ('conformance explain ID' tells more):"]
    for requirement in sorted(found):
        for breach in found[requirement][:MAX_LISTED]:
            actual = hide_password(breach.actual, given)
            lines += [
                f"  {requirement}: {breach.sentence}",
                f"    request {breach.number}: {shown.get(breach.number, '')}",
                f"    expected {breach.expected}, got {actual}",
            ]
        if (rest := len(found[requirement]) - MAX_LISTED) > 0:
            lines.append(f"  {requirement}: and {rest} more")
    return "\n".join(lines)
