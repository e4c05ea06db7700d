"""Notifies as ShipStation does: makes an order, sends the notification, and reads the order before and after it.

A notification identifies lines by the SKU and LineItemID of the export. Each notification is a case of its own order
(:mod:`conformance.probes.side_by_side`), so that few calls of the control protocol make and read all orders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from conformance.checks.compare import is_same_text
from conformance.checks.matching import Pair
from conformance.client.exchange import Exchange, beginning_of_body
from conformance.client.parsing.order import ExportedLine
from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.probes.order_changes import export_around
from conformance.probes.side_by_side import Case, NewOrder, RecordOf, SideBySide, carry_out, outcome
from conformance.survey.survey import Survey
from mockstore.orders.draft import Draft
from mockstore.orders.model import Item, Order, Shipment
from mockstore.orders.specimens import SEVERAL_LINES, SpecimenMaker
from mockstore.shop.facts import StoreFacts

NOTES = f'Your parcel is on its way: <b>enjoy</b> & "unwrap" it, that\'s it. Grüße, 東京 🎁\n{SEVERAL_LINES}'
SERVICE = "Ground & Home"
COST = "12.34"
CUSTOMER_NOTES = "Please ring twice."
INTERNAL_NOTES = "Pays late: never tell."
"""The order's own notes, which a notification sends back. The buyer must not see the staff's notes."""

REFUSES_ALL = "the store refuses even a correct notification: fix SHP-1 first"
MIN_PLAIN_LINES = 20
"""If at least this many exported lines have a LineItemID in the same way, all lines are taken to have it."""
MAX_PLAIN_SKU = 50
"""A longer SKU may be cut."""
SKU_LIMITS = (50, 100)
"""It may be cut at either."""

# ---------------------------------------------------------------------- evidence


class NotificationResult(msgspec.Struct, frozen=True):
    """One notification: the order before it, the reply, the order after it.

    ``what`` describes the notification if it isn't a plain one, as in "A notification {what} is refused".
    """

    notice: ShipNotice
    before: Order
    exchange: Exchange
    after: Order
    facts: StoreFacts
    what: str = ""

    @property
    def added(self) -> tuple[Shipment, ...]:
        """The shipments that the notification added."""
        return self.after.shipments[len(self.before.shipments) :]

    @property
    def with_its_number(self) -> tuple[Shipment, ...]:
        """The shipments with the notification's tracking number."""
        wanted = normalized_code(self.notice.tracking_number)
        return tuple(
            shipment for shipment in self.after.shipments if normalized_code(shipment.tracking_number) == wanted
        )

    @property
    def is_shipped(self) -> bool:
        """True if the order has the store's shipped status after the notification.

        Raises:
            NotExercised: if the suite doesn't know which status means shipped.
        """
        return self.after.status in shipped_statuses(self.facts)

    def finding(self, message: str, expected: str, actual: str) -> Finding:
        """Return a finding about the notification's result."""
        return Finding(
            message=message,
            order=self.before.order_number,
            expected=shorten(expected),
            actual=shorten(actual) or "(nothing)",
            exchange=self.exchange.number,
        )


class ValidNotification(NotificationResult, frozen=True):
    """A notification that the store has to accept and to book."""


class InvalidNotification(NotificationResult, frozen=True):
    """A notification that must not change the order. ``doubt`` says why its refusal proves nothing, if that is so.

    ``lost`` is a correct notification with the same tracking number that the store didn't record after this one,
    although it recorded one with another tracking number.
    """

    doubt: str = ""
    lost: ValidNotification | None = None


class DebatableNotification(NotificationResult, frozen=True):
    """A notification that the store may refuse, or book in part."""


def normalized_code(text: str) -> str:
    """Return a text in the form in which carriers and tracking numbers are compared: lower case, without spaces."""
    return "".join(text.split()).casefold()


def shipped_statuses(facts: StoreFacts) -> frozenset[str]:
    """Return the statuses that mean shipped in this store.

    Raises:
        NotExercised: if the store's facts don't tell.
    """
    found = {s.name for s in facts.statuses if s.shipped} or {s.name for s in facts.statuses if s.maps_to == "shipped"}
    if not found:
        raise NotExercised("the suite doesn't know which status means shipped: name it with --shipped-status NAME")
    return frozenset(found)


# ---------------------------------------------------------------------- requests


def tracking_number(survey: Survey, name: str) -> str:
    """Return a tracking number of this run. It differs from all others in its first characters."""
    digest = blake2b(f"{survey.run_id} {name}".encode(), digest_size=8).hexdigest().upper()
    return f"1Z{digest[:4]}{name.upper()[:12]}{digest[4:]}"


def unmistakable_day(now: datetime) -> date:
    """Return a day of the last weeks that is no date if day and month are swapped."""
    day = (now - timedelta(days=1)).date()
    return day if day.day > 12 else day.replace(day=1) - timedelta(days=1)


def notice_for(
    survey: Survey, order: Order, name: str, lines: Sequence[ShippedLine] | None, **changes: object
) -> ShipNotice:
    """Return the notification of a parcel with these lines. The tracking number is made from ``name``."""
    plain = ShipNotice(
        order_number=order.order_number,
        order_id=order.order_id,
        tracking_number=tracking_number(survey, name),
        carrier="UPS",
        service=SERVICE,
        cost=COST,
        notes=NOTES,
        customer_notes=order.customer_notes,
        internal_notes=order.internal_notes,
        ship_date=unmistakable_day(survey.now),
        label_created=survey.now,
        items=None if lines is None else tuple(lines),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def notify(
    survey: Survey,
    order: Order,
    notice: ShipNotice,
    what: str = "",
    *,
    is_booked: Callable[[Order], bool] | None = None,
) -> Case[ValidNotification]:
    """Send a notification that the store has to book, and wait until it is booked."""
    exchange = survey.shipstation.notify(notice)
    after = yield RecordOf(order, (exchange,), is_booked)
    return ValidNotification(notice, order, exchange, after, survey.facts, what)


def notify_debatably(survey: Survey, order: Order, notice: ShipNotice, what: str) -> Case[DebatableNotification]:
    """Send a notification that the store may refuse, and wait until it is booked if the store accepts it."""
    exchange = survey.shipstation.notify(notice)
    after = yield RecordOf(order, (exchange,))
    return DebatableNotification(notice, order, exchange, after, survey.facts, what)


def order_with(name: str, build: Callable[[SpecimenMaker], tuple[Item, ...]], **changes: object) -> NewOrder:
    """Return the wish for a new order with these lines.

    All these orders are of one account and go to one address: a store may not take one of them for another.
    """

    def made(make: SpecimenMaker) -> Draft:
        plain = make.draft(name, *build(make))
        customer = msgspec.structs.replace(plain.customer, code=make.family_code("ships"))
        return msgspec.structs.replace(plain, customer=customer, **changes)

    return NewOrder(made)


def one_line(make: SpecimenMaker) -> tuple[Item, ...]:
    """Return one plain line."""
    return (make.item(1),)


def two_lines(make: SpecimenMaker) -> tuple[Item, ...]:
    """Return two plain lines."""
    return make.item(1, quantity=2), make.item(2)


def exports_line_ids(survey: Survey) -> bool | None:
    """True if the export has each line's own id as its LineItemID, False if it has none; None if neither.

    Plain SKUs must be exported as they are, too: then the export of a plain order shows nothing new.
    """

    def find() -> bool | None:
        lines = [matched for pair in survey.pairs for matched in pair.lines.matched]
        plain = [(line, item) for line, item in lines if item.sku and item.line_id and len(item.sku) <= MAX_PLAIN_SKU]
        if len(plain) < MIN_PLAIN_LINES or any(line["SKU"].text.strip() != item.sku.strip() for line, item in plain):
            return None
        has = {(line["LineItemID"].text.strip() == item.line_id, line["LineItemID"].filled) for line, item in plain}
        if has == {(True, True)}:
            return True
        return False if has == {(False, False)} else None

    return survey.cached("exports line ids", find)


def lines_as_exported(survey: Survey, order: Order, exported: Pair | None = None) -> list[ShippedLine]:
    """Return the order's lines with SKU and LineItemID of the export, as ShipStation would send them back.

    If no export of the order is given, it is exported for it, unless the survey's orders show how such lines are
    exported. A line that isn't exported (ITM-1) has SKU and id of the store's record, so that booking is judged by
    itself.
    """
    has_ids = exports_line_ids(survey)
    if exported is None and has_ids is not None and all(len(item.sku) <= MAX_PLAIN_SKU for item in order.items):
        return [
            ShippedLine(item.sku, item.quantity, item.line_id if has_ids else "", item.name) for item in order.items
        ]
    if exported is None and (found := export_around(survey, order).exported) is not None:
        exported = Pair(found, order, survey.facts)
    by_item = {id(item): line for line, item in exported.lines.matched} if exported is not None else {}
    return without_repeated_ids([_shipped_line(item, by_item.get(id(item))) for item in order.items])


def without_repeated_ids(lines: Sequence[ShippedLine]) -> list[ShippedLine]:
    """Return the lines without LineItemIDs if two of them have the same: it names no line (ITM-8 reports it)."""
    ids = [line.line_item_id for line in lines if line.line_item_id]
    if len(set(ids)) == len(ids):
        return list(lines)
    return [replace(line, line_item_id="") for line in lines]


def _shipped_line(item: Item, line: ExportedLine | None) -> ShippedLine:
    if line is None:
        return ShippedLine(item.sku, item.quantity, item.line_id, item.name)
    sku, line_id = line["SKU"].text.strip() or item.sku, line["LineItemID"].text.strip()
    return ShippedLine(sku, item.quantity, line_id, item.name)


def lines_by_sku(order: Order) -> list[ShippedLine]:
    """Return the order's lines with the SKUs of the store's record, without LineItemID."""
    return [ShippedLine(item.sku, item.quantity, "", item.name) for item in order.items]


# ---------------------------------------------------------------------- notifications that are sent side by side

CaseOf = Callable[[Survey], Case[Any]]
PLAIN: dict[str, CaseOf] = {}
"""Name → case of a notification that the suite sends to every store, side by side with the others."""
HOSTILE: dict[str, CaseOf] = {}
"""The same for hostile input. It is sent after the others, because it may damage the store."""
WHOLE = "whole"
"""The case that comes first: a correct notification of a whole order."""
REGARDLESS: dict[str, CaseOf] = {}
"""The cases that are carried out, instead of the plain ones, in a store that refuses a correct notification."""


def result_of(survey: Survey, name: str) -> Any:
    """Return the result of a case. The first time, the cases that are sent side by side with it are carried out.

    Raises:
        NotExercised: if the case can't be carried out here, or the store refuses even a correct notification.
        TruthUnavailable: if an order of the case can't be made or read.
    """
    if name in HOSTILE:
        return outcome(survey.cached("hostile notifications", lambda: _begun(survey).finish(sorted(HOSTILE)))[name])
    return outcome(survey.cached("notifications", lambda: _plain_notifications(survey))[name])


def carried_out(survey: Survey, cases: Mapping[str, CaseOf]) -> dict[str, Any]:
    """Carry out cases side by side, and return the result of each, or the exception that ended it."""
    return carry_out(survey, {name: case(survey) for name, case in cases.items()})


def all_cases() -> dict[str, CaseOf]:
    """Return all cases, in the sequence in which they are begun.

    Modules add their cases when they are imported. Sorted, they don't depend on which module was imported first: a
    recording is judged again by other programs than the one that made it.
    """
    several = (dict(sorted(cases.items())) for cases in (PLAIN, REGARDLESS, HOSTILE))
    return {WHOLE: _whole_order} | {name: case for cases in several for name, case in cases.items()}


def _begun(survey: Survey) -> SideBySide:
    """Make the orders of all cases."""
    return survey.cached(
        "orders of notifications",
        lambda: SideBySide(survey, {name: case(survey) for name, case in all_cases().items()}),
    )


def _plain_notifications(survey: Survey) -> dict[str, Any]:
    try:
        require_working(survey)
    except NotExercised as why:
        results: dict[str, Any] = dict.fromkeys(PLAIN, why)
        return results | _begun(survey).finish(sorted(REGARDLESS))
    return _begun(survey).finish(sorted(PLAIN))


def notify_of_whole_order(survey: Survey) -> ValidNotification:
    """Ship an order of two lines in one parcel. This is done once in a run, for several scenarios.

    It comes before all other notifications: if the store refuses even this one, the others are not sent.
    """
    results = survey.cached("whole order", lambda: _begun(survey).finish((WHOLE,)))
    result: ValidNotification = outcome(results[WHOLE])
    return result


def _whole_order(survey: Survey) -> Case[ValidNotification]:
    noted = {"customer_notes": CUSTOMER_NOTES, "internal_notes": INTERNAL_NOTES}
    keeps = {name: note for name, note in noted.items() if name not in survey.facts.lacks}
    order = yield order_with("whole", two_lines, **keeps)
    export_around(survey, order)  # SHP-15 is about an order that was exported before
    notice = notice_for(survey, order, "whole", lines_as_exported(survey, order), internal_notes=INTERNAL_NOTES)
    return (yield from notify(survey, order, notice, is_booked=lambda now: _is_booked_whole(survey, now)))


def _is_booked_whole(survey: Survey, order: Order) -> bool:
    try:
        return bool(order.shipments) and order.status in shipped_statuses(survey.facts)
    except NotExercised:
        return bool(order.shipments)


def require_working(survey: Survey) -> None:
    """Go on only if a plain notification is accepted.

    Raises:
        NotExercised: if it is refused. Then the refusal of a special notification means nothing.
    """
    if not notify_of_whole_order(survey).exchange.succeeded:
        raise NotExercised(REFUSES_ALL)


def require_shipping(survey: Survey) -> None:
    """Go on only if a plain notification of a whole order makes the order shipped.

    Raises:
        NotExercised: if the order doesn't get the shipped status.
    """
    require_working(survey)
    if not notify_of_whole_order(survey).is_shipped:
        raise NotExercised("a correct notification of a whole order doesn't make it shipped: fix SHP-1 first")


# ---------------------------------------------------------------------- judging


def is_accepted(result: NotificationResult) -> Iterator[Finding]:
    """Check that the notification is answered 2xx."""
    if not result.exchange.succeeded:
        said = shorten(beginning_of_body(result.exchange))
        which = f" {result.what}" if result.what else ""
        booked = ", although the shipment is recorded" if result.added else ""
        yield result.finding(
            f"A valid notification{which} isn't answered 2xx{booked}.",
            "status 2xx",
            f"{result.exchange.outcome}: {said}".rstrip(": "),
        )


def has_shipped_status(result: NotificationResult) -> Iterator[Finding]:
    """Check that the order has the store's shipped status."""
    if not result.is_shipped:
        wanted = " or ".join(sorted(shipped_statuses(result.facts)))
        yield result.finding("The order doesn't have the shipped status.", wanted, result.after.status)


def is_accepted_and_shipped(result: ValidNotification) -> Iterator[Finding]:
    """SHP-1, SHP-16, SHP-17, SHP-23: the notification is answered 2xx, and the order is shipped."""
    yield from is_accepted(result)
    if result.exchange.succeeded:
        yield from has_shipped_status(result)
        yield from _records_all_goods_or_nothing(result)


def _records_all_goods_or_nothing(result: ValidNotification) -> Iterator[Finding]:
    """SHP-17: a notification without items may record the items that are left, or none, but not some of them."""
    units = units_by_line(result.before, result.added)
    goods = expected_units([item for item in result.before.items if item.shippable])
    if result.notice.items == () and units and any(units[key] != count for key, count in goods.items()):
        yield result.finding("Only some of the items that were left are recorded.", in_words(goods), in_words(units))


def require_accepted(result: NotificationResult) -> None:
    """Go on only if the notification was answered 2xx.

    Raises:
        NotExercised: if it was refused, which SHP-1 reports.
    """
    if not result.exchange.succeeded:
        raise NotExercised("the notification was refused: fix SHP-1 first")


def shipment_of(result: NotificationResult) -> Shipment:
    """Return the shipment that a notification added.

    Raises:
        NotExercised: if the notification was refused (SHP-1) or added no shipment (SHP-2).
    """
    require_accepted(result)
    found = result.with_its_number or result.added
    if not found:
        raise NotExercised("no shipment was recorded: fix SHP-2 first")
    return found[0]


def units_by_line(order: Order, shipments: Sequence[Shipment]) -> Counter[str]:
    """Return how many units of each line are in these shipments, by SKU if the store doesn't record the line."""
    known = {item.line_id for item in order.items if item.line_id}
    once = {
        sku: ids[0]
        for sku in {i.sku for i in order.items}
        if len(ids := [i.line_id for i in order.items if i.sku == sku]) == 1
    }
    found: Counter[str] = Counter()
    for shipment in shipments:
        for item in shipment.items:
            line = item.line_id if item.line_id in known else once.get(item.sku) or item.sku
            found[line] += item.quantity
    return +found


def misnamed_items(order: Order, shipments: Sequence[Shipment]) -> Iterator[tuple[Item, str]]:
    """Yield the lines whose id is recorded beside another SKU, and this SKU."""
    by_id = {item.line_id: item for item in order.items if item.line_id}
    for shipped in (item for shipment in shipments for item in shipment.items):
        line = by_id.get(shipped.line_id)
        if line is None or not shipped.sku.strip() or not line.sku.strip():
            continue
        if not is_same_text(line.sku.casefold(), shipped.sku.casefold(), *SKU_LIMITS):
            yield line, shipped.sku


def expected_units(lines: Sequence[Item]) -> Counter[str]:
    """Return how many units of each line are expected if these lines are shipped whole."""
    return +Counter({(item.line_id or item.sku): item.quantity for item in lines})


def in_words(units: Counter[str]) -> str:
    """Return a count for a person to read."""
    return ", ".join(f"{quantity} × {line}" for line, quantity in sorted(units.items())) or "nothing"
