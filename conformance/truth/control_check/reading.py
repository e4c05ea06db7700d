"""The checks of an adapter that change nothing: token, facts, lists, orders, and several orders at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from conformance.core.json_errors import NOT_JSON
from conformance.core.times import parse_http_date, rfc3339
from conformance.truth.control import MAY_BE_ABSENT
from conformance.truth.control_batch import MAX_BODY_BYTES, ORDERS_PER_CALL
from conformance.truth.control_check.calls import NO_CONTENT, Answer, Calls, CheckStopped, outcome_of, path_of
from conformance.truth.control_check.messages import fact_misfits, moment_of
from conformance.truth.control_check.problems import Problem
from conformance.truth.control_forms import (
    FoundOrders,
    OrderList,
    joined,
    members_of,
    objects_in,
    without_positions,
)
from conformance.truth.control_messages import facts_of, order_message, without_nulls
from conformance.truth.lacks import is_lacking
from mockstore.orders.model import Order
from mockstore.shop.facts import CAPABILITIES, StoreFacts

SAMPLED_ORDERS = 20
"""The number of the shop's orders that a check reads."""
NO_SUCH_ORDER = "no-such-order-ct"
YEAR, DAY = timedelta(days=365), timedelta(days=1)
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
"""No shop has an order from this day."""
MAX_AHEAD = timedelta(minutes=5)
"""So far a time may lie in the future, because clocks differ."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An order in a list."""

    number: str
    modified_at: datetime


class ReadingCheck:
    """Checks the calls that read. ``now`` is the present."""

    def __init__(self, calls: Calls, now: datetime) -> None:
        self._calls, self._now = calls, now
        self.facts = StoreFacts()

    def run(self) -> None:
        """Make all checks.

        Raises:
            CheckStopped: the adapter can't be used at all.
        """
        self._check_store()
        found = self._check_lists()
        orders = self._check_orders(found)
        with self._calls.results.check("calls with a wrong token, and without one, are refused"):
            self._calls.must_be_refused("GET", "/store")
            self._calls.must_be_refused("GET", "/orders", query=_query(LONG_AGO, LONG_AGO + DAY))
            for number in [*orders][:1]:
                self._calls.must_be_refused("GET", path_of(number))
            if "batch" in self.facts.capabilities:
                self._calls.must_be_refused("POST", "/orders/lookup", {"order_numbers": [NO_SUCH_ORDER]})
        with self._calls.results.check("an unknown order number is answered with 404"):
            self._calls.has_status(
                self._calls.send("GET", path_of(NO_SUCH_ORDER)), 404, why="there is no order with this number"
            )
        if "batch" in self.facts.capabilities:
            self._check_lookup(orders)
        if "journal" in self.facts.capabilities:
            with self._calls.results.check("GET /journal lists requests (capability journal)"):
                self._check_journal()

    # ------------------------------------------------------------------ the store

    def _check_store(self) -> None:
        with self._calls.results.check("GET /store tells facts that can be used"):
            answer = self._calls.send("GET", "/store")
            if answer.was_refused:
                advice = "Check the token here (--control-token-env), and how the adapter compares it."
                self._calls.fault(answer, "status 200 to the right token", outcome_of(answer), advice)
            elif self._calls.has_status(answer, 200):
                self._calls.has_form(answer, StoreFacts)
            if not answer.succeeded or not isinstance(answer.content, dict):
                raise CheckStopped
            content = without_nulls(answer.content)
            self.facts, _ = facts_of(content)
            for each in fact_misfits(answer.members, CAPABILITIES):
                note = not each.is_fault
                self._calls.fault(answer, each.expected, each.found, each.advice, path=each.path, note=note)
            self._check_clock(answer)

    def _check_clock(self, answer: Answer) -> None:
        """Add a note if the clock of the shop's server is wrong, or that of this computer."""
        shop = parse_http_date(answer.exchange.header("Date"))
        if shop is not None and abs(shop - self._now) > MAX_AHEAD:
            self._calls.fault(
                answer,
                f"the present, {rfc3339(self._now)}",
                rfc3339(shop),
                "Set the clocks right.",
                path="Date",
                note=True,
            )

    # ------------------------------------------------------------------ lists

    def orders_modified(
        self, start: datetime, end: datetime, *, seen: list[Answer] | None = None
    ) -> list[Listed] | None:
        """Return the orders that the adapter lists for a period; None if the list can't be used."""
        answer = self._calls.send("GET", "/orders", query=_query(start, end))
        if seen is not None:
            seen.append(answer)
        if not self._calls.has_status(answer, 200) or not self._calls.has_form(answer, OrderList):
            return None
        found = []
        for place, row in enumerate(_rows(answer.members.get("orders"))):
            moment = moment_of(row.get("modified_at"))
            if moment is None or not isinstance(row.get("order_number"), str):
                continue
            found.append(Listed(str(row["order_number"]), moment))
            if not start <= moment.replace(microsecond=0) <= end:
                self._calls.fault(
                    answer,
                    f"only orders modified from {rfc3339(start)} to {rfc3339(end)}",
                    f"order {row['order_number']}, modified at {row['modified_at']}",
                    "Select by the time of the last change, in UTC, both ends included.",
                    path=f"orders[{place}].modified_at",
                )
        return found

    def _check_lists(self) -> list[Listed]:
        """Check the list of orders, and return the orders of the last year, or of the last eleven years."""
        results = self._calls.results
        with results.check("GET /orders lists the orders of a period"):
            self.orders_modified(LONG_AGO, LONG_AGO + DAY)
            end, seen = self._now + DAY, list[Answer]()
            start = end - YEAR
            found = self.orders_modified(start, end, seen=seen)
            if found is not None and not found:
                start = end - 11 * YEAR
                found = self.orders_modified(start, end, seen=seen)
            if found is None:
                raise CheckStopped
            self._check_numbers(seen[-1], found)
            self._check_times(seen[-1], found)
        if not found:
            results.skip("a list is complete", "the shop has no orders from the last eleven years")
            return []
        with results.check("a list is complete, and both ends of its period count"):
            self._check_halves(seen[-1], found, start, end)
            self._check_ends(found)
        return found

    def _check_numbers(self, answer: Answer, found: Sequence[Listed]) -> None:
        seen: set[str] = set()
        for place, each in enumerate(found):
            if each.number in seen:
                self._calls.fault(
                    answer,
                    "each order once",
                    f"order {each.number} again",
                    "List each order once, with its last change.",
                    path=f"orders[{place}].order_number",
                )
            seen.add(each.number)

    def _check_times(self, answer: Answer, found: Sequence[Listed]) -> None:
        """Add a fault if orders were modified in the future."""
        latest = max(found, key=lambda each: each.modified_at, default=None)
        now = max(self._now, answer.now)
        if latest is not None and latest.modified_at > now + MAX_AHEAD:
            self._calls.fault(
                answer,
                f"no time after the present, {rfc3339(now)}",
                f"order {latest.number}, modified at {rfc3339(latest.modified_at)}",
                f"Convert times to UTC.{self.zone_hint(latest.modified_at - now, at_most=True)}",
                path="orders[].modified_at",
            )

    def zone_hint(self, difference: timedelta, *, at_most: bool = False) -> str:
        """Return a sentence if times may be local ones of the shop's zone that were sent as UTC; "" if not.

        They are if a time is wrong by the offset of the zone, or, with ``at_most``, by that much or less.
        """
        offset = self._now.astimezone(ZoneInfo(self.facts.timezone)).utcoffset() or timedelta(0)
        hour = timedelta(hours=1)  # between winter and summer
        fits = difference <= offset + hour if at_most else abs(abs(difference) - abs(offset)) <= hour
        return f" They look like times of {self.facts.timezone} that were sent as UTC." if offset and fits else ""

    def _check_halves(self, answer: Answer, found: list[Listed], start: datetime, end: datetime) -> None:
        """Check that the lists of two parts of a period together have no more orders than that of the whole."""
        times = sorted(each.modified_at.replace(microsecond=0) for each in found)
        middle = times[len(times) // 2]
        first, second = self.orders_modified(start, middle), self.orders_modified(middle, end)
        if first is None or second is None:
            return
        whole = {each.number for each in found}
        parts = {each.number: each for each in (*first, *second)}
        begun = self._now - MAX_AHEAD  # orders that are modified meanwhile move
        more = [each for number, each in parts.items() if number not in whole and each.modified_at < begun]
        less = [each for each in found if each.number not in parts and each.modified_at < begun]
        if more:
            self._calls.fault(
                answer,
                f"every order from {rfc3339(start)} to {rfc3339(end)}",
                f"{len(found)} orders, but the two halves of this period have {len(more)} more, like {more[0].number}",
                "List all orders of a period at once: there are no pages, and no limit.",
                path="orders",
            )
        if less:
            self._calls.fault(
                answer,
                f"each of these orders also in the list from or to {rfc3339(middle)}",
                f"order {less[0].number} is in neither",
                "Include both ends of the period.",
                path="orders",
            )

    def _check_ends(self, found: Sequence[Listed]) -> None:
        """Check that an order is listed in the period that begins and ends with its change."""
        oldest, seen = min(found, key=lambda each: each.modified_at), list[Answer]()
        start = oldest.modified_at.replace(microsecond=0)
        end = start if start == oldest.modified_at else start + timedelta(seconds=1)
        listed = self.orders_modified(start, end, seen=seen)
        if listed is not None and oldest.number not in {each.number for each in listed}:
            self._calls.fault(
                seen[-1],
                f"order {oldest.number} in the list from {rfc3339(start)} to {rfc3339(end)}",
                f"{len(listed)} other orders",
                "Include both ends of the period, and compare times in UTC.",
                path="orders",
            )

    # ------------------------------------------------------------------ orders

    def _check_orders(self, found: Sequence[Listed]) -> dict[str, object]:
        """Check some of the shop's orders, and return those that can be used: number → message."""
        title = "GET /orders/{order_number} tells an order as the protocol says"
        if not found:
            self._calls.results.skip(title, "the shop has no orders from the last eleven years")
            return {}
        orders: dict[str, object] = {}
        absent: dict[str, frozenset[str]] = {}
        with self._calls.results.check(title):
            for each in sample(found):
                answer = self._calls.send("GET", path_of(each.number))
                if not self._calls.has_status(answer, 200):
                    continue
                if self.check_order(answer, answer.content, each.number):
                    orders[each.number] = answer.content
                    self._compare_times(answer, each)
                note_absent(answer.content, absent)
            self._note_missing(absent)
        return orders

    def check_order(self, answer: Answer, content: object, number: str, path: str = "") -> bool:
        """True if a message tells the order with this number, and can be used; what is wrong is added."""
        good = (
            self._calls.fits(answer, content, Order, path)
            if content is not NO_CONTENT
            else self._calls.has_form(answer, Order)
        )
        if not isinstance(content, dict):
            return False
        if good and content["order_number"] != number:
            where = joined(path, "order_number")
            self._calls.fault(
                answer,
                f"order {number}",
                f"order {content['order_number']}",
                "Find an order by the number that GET /orders lists.",
                path=where,
            )
            good = False
        names = [status.name for status in self.facts.statuses]
        status = content.get("status")
        if names and isinstance(status, str) and status not in names:
            self._calls.fault(
                answer,
                f"one of the statuses in GET /store: {', '.join(names)}",
                repr(status),
                "Name this status in GET /store, or send its name as it is there.",
                path=joined(path, "status"),
            )
            good = False
        self._check_moments(answer, content, path)
        self._check_lines(answer, content, path)
        return good and self._can_be_read(answer, content, path)

    def _can_be_read(self, answer: Answer, content: object, path: str) -> bool:
        """True if a run can read the order; else it is a fault."""
        try:
            order_message(msgspec.json.encode(content))
        except NOT_JSON as error:
            advice = "Send the order as the protocol says."
            self._calls.fault(answer, "an order that can be read", str(error), advice, path=path)
            return False
        return True

    def _check_moments(self, answer: Answer, content: Mapping[str, object], path: str) -> None:
        placed, modified = (moment_of(content.get(name)) for name in ("placed_at", "modified_at"))
        now = max(self._now, answer.now)
        for name, moment in (("placed_at", placed), ("modified_at", modified)):
            if moment is not None and moment > now + MAX_AHEAD:
                self._calls.fault(
                    answer,
                    f"no time after the present, {rfc3339(now)}",
                    str(content[name]),
                    f"Convert times to UTC.{self.zone_hint(moment - now, at_most=True)}",
                    path=joined(path, name),
                )
        if placed and modified and placed.replace(microsecond=0) > modified:
            self._calls.fault(
                answer,
                "placed_at before modified_at",
                f"{content['placed_at']} and {content['modified_at']}",
                "Send both in the same zone; an order that was never changed was last modified when it was placed.",
                path=joined(path, "placed_at"),
                note=True,
            )

    def _check_lines(self, answer: Answer, content: Mapping[str, object], path: str) -> None:
        ids = [row.get("line_id") for row in _rows(content.get("items"))]
        for place, line_id in enumerate(ids):
            if line_id and line_id in ids[:place]:
                self._calls.fault(
                    answer,
                    "an id that no other line of the order has",
                    repr(line_id),
                    "Send the id of the line, not of the product: shipments name it.",
                    path=joined(path, f"items[{place}].line_id"),
                    note=True,
                )

    def _compare_times(self, answer: Answer, listed: Listed) -> None:
        """Check that list and order tell the same time of the last change, unless the order was changed meanwhile."""
        moment = moment_of(answer.members.get("modified_at"))
        if moment is None or moment.replace(microsecond=0) == listed.modified_at.replace(microsecond=0):
            return
        if moment < self._now - MAX_AHEAD:
            self._calls.fault(
                answer,
                f"{rfc3339(listed.modified_at)}, as GET /orders lists it",
                str(answer.members["modified_at"]),
                f"Send the time of the last change in both.{self.zone_hint(moment - listed.modified_at)}",
                path="modified_at",
            )

    def _note_missing(self, absent: Mapping[str, frozenset[str]]) -> None:
        fields = [
            joined(place, name)
            for place, names in absent.items()
            for name in sorted(names)
            if name not in MAY_BE_ABSENT
            and not is_lacking(self.facts, joined(place, name))
            and not members_of_place(place)[name].is_needed
        ]
        if fields:
            self._calls.results.add(
                Problem(
                    call="GET /orders/{order_number}",
                    expected=f"the members {', '.join(fields)} in some order",
                    found=f"none of the {SAMPLED_ORDERS} orders that were read has them",
                    advice='Send them, also if they are empty; if the shop can\'t store one, name it in "lacks".',
                    is_fault=False,
                )
            )

    # ------------------------------------------------------------------ several orders at once

    def _check_lookup(self, orders: Mapping[str, object]) -> None:
        results = self._calls.results
        with results.check("POST /orders/lookup tells several orders at once (capability batch)"):
            numbers = [*list(orders)[:3], NO_SUCH_ORDER, *list(orders)[3:5]]
            answer = self._calls.send("POST", "/orders/lookup", {"order_numbers": numbers})
            if self._calls.has_status(answer, 200):
                self.check_found(answer, numbers, orders)
        with results.check(f"POST /orders/lookup takes {ORDERS_PER_CALL} numbers, and a body of 900 kB"):
            unknown = [f"{NO_SUCH_ORDER}-{place}" for place in range(ORDERS_PER_CALL)]
            answer = self._calls.send("POST", "/orders/lookup", {"order_numbers": unknown}, padded_to=MAX_BODY_BYTES)
            if answer.status != 200:
                self._calls.fault(
                    answer,
                    f"status 200 to {ORDERS_PER_CALL} numbers in 900 kB",
                    outcome_of(answer),
                    "Allow larger bodies: in the web server, in PHP (post_max_size), in Express (json({limit})).",
                )
            else:
                self.check_found(answer, unknown, {})

    def check_found(self, answer: Answer, numbers: Sequence[str], known: Mapping[str, object]) -> list[object]:
        """Return the orders in a reply to a lookup, and check them: those of ``known``, and null for all others."""
        found = answer.members.get("orders")
        if not isinstance(found, list):
            self._calls.has_form(answer, FoundOrders)
            return []
        if len(found) != len(numbers):
            self._calls.fault(
                answer,
                f"{len(numbers)} results for {len(numbers)} numbers",
                f"{len(found)} results",
                "Answer each number at its place, with null if there is no such order.",
                path="orders",
            )
            return []
        for place, (number, order) in enumerate(zip(numbers, found, strict=True)):
            where = f"orders[{place}]"
            if number not in known:
                if order is not None:
                    self._calls.fault(answer, "null: no order has this number", "an order", "Send null.", path=where)
            elif order is None:
                self._calls.fault(answer, f"order {number}", "null", "Find it as GET /orders/… does.", path=where)
            elif self.check_order(answer, order, number, where):
                self._compare_single(answer, order, known[number], where)
        return found

    def _compare_single(self, answer: Answer, order: object, single: object, path: str) -> None:
        """Check that a lookup tells the same as the call for one order, unless the order was changed meanwhile."""
        one, other = without_nulls(single), without_nulls(order)
        if (
            not isinstance(one, dict)
            or not isinstance(other, dict)
            or one.get("modified_at") != other.get("modified_at")
        ):
            return
        for name in sorted(one.keys() | other.keys()):
            if one.get(name) != other.get(name):
                self._calls.fault(
                    answer,
                    "the same as GET /orders/{order_number}",
                    "something else",
                    "Use the same code for both.",
                    path=joined(path, name),
                )

    def _check_journal(self) -> None:
        answer = self._calls.send("GET", "/journal", query={"after": "0"})
        if self._calls.has_status(answer, 200) and not isinstance(answer.members.get("requests"), list):
            self._calls.fault(
                answer, 'an object with a list "requests"', outcome_of(answer), "Send the requests, oldest first."
            )


def sample(found: Sequence[Listed]) -> list[Listed]:
    """Return some of the orders: the newest, the oldest, and others from between."""
    ordered = sorted(found, key=lambda each: (each.modified_at, each.number), reverse=True)
    if len(ordered) <= SAMPLED_ORDERS:
        return ordered
    newest, rest = ordered[: SAMPLED_ORDERS // 2], ordered[SAMPLED_ORDERS // 2 :]
    count = SAMPLED_ORDERS - len(newest)
    places = sorted({round(place * (len(rest) - 1) / (count - 1)) for place in range(count)})
    return [*newest, *(rest[place] for place in places)]


def note_absent(content: object, absent: dict[str, frozenset[str]]) -> None:
    """Keep in ``absent``, for each kind of object, the members that none of its objects has, this order's included."""
    for path, each, form in objects_in(content, Order):
        place = without_positions(path)
        missing = frozenset(members_of(form).keys() - each.keys())
        absent[place] = absent.get(place, missing) & missing


def members_of_place(place: str) -> Mapping[str, Any]:
    """Return the members of a kind of object in an order, like ``customer.billing``."""
    form: type = Order
    for name in filter(None, place.split(".")):
        form = members_of(form)[name].form or form
    return members_of(form)


def _query(start: datetime, end: datetime) -> dict[str, str]:
    return {"modified_from": rfc3339(start), "modified_to": rfc3339(end)}


def _rows(value: object) -> Iterator[Mapping[str, object]]:
    """Yield the objects in a list."""
    yield from (each for each in value if isinstance(each, dict)) if isinstance(value, list) else ()
