"""Notifying as ShipStation does: an order made for it, the notice, and what the store holds before and after.

What a notice says of lines is what the export said of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

import msgspec

from conformance.checks.matching import Pair
from conformance.client.exchange import Exchange
from conformance.client.parsing.order import ExportedLine
from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.contract.fields import cannot_tell
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.probes.changed_orders import export_around
from conformance.survey.specimens import CreatedOrder
from conformance.survey.survey import Survey
from conformance.truth.source import cannot_tell_reason
from mockstore.orders.model import Item, Order, Shipment
from mockstore.orders.specimens import SEVERAL_LINES, SpecimenMaker

NOTES = f'Your parcel is on its way: <b>enjoy</b> & "unwrap" it, that\'s it. Grüße, 東京 🎁\n{SEVERAL_LINES}'
SERVICE = "Ground & Home"
COST = "12.34"
CUSTOMER_NOTES = "Please ring twice."
INTERNAL_NOTES = "Pays late: never tell."
"""What stands in the order and goes back with the notice; the buyer must not see the staff's."""


@dataclass(frozen=True)
class NotificationResult:
    """One notification: the order before it, the reply, the order after it."""

    notice: ShipNotice
    before: Order
    exchange: Exchange
    after: Order

    @property
    def new(self) -> tuple[Shipment, ...]:
        """The shipments that the notification added."""
        return self.after.shipments[len(self.before.shipments) :]

    @property
    def ours(self) -> tuple[Shipment, ...]:
        """The shipments with the notification's tracking number."""
        wanted = alike(self.notice.tracking_number)
        return tuple(shipment for shipment in self.after.shipments if alike(shipment.tracking_number) == wanted)

    def wrong(self, message: str, expected: str, actual: str) -> Finding:
        """A finding about what came of it."""
        return Finding(
            message=message,
            order=self.before.order_number,
            xpath=None,
            expected=shorten(expected),
            actual=shorten(actual) or "(nothing)",
            exchange=self.exchange.number,
        )


def alike(text: str) -> str:
    """Text as carriers and parcels compare: without blanks and letter case."""
    return "".join(text.split()).casefold()


def held(survey: Survey, number: str) -> Order:
    """The order as the store holds it now.

    Raises:
        NotExercised: where it has none of that number any more.
    """
    order = survey.truth.order(number)
    if order is None:
        raise NotExercised(f"{survey.truth_name} has no order {number} any more")
    return order


def tracking(survey: Survey, name: str) -> str:
    """A tracking number of this run's own, unlike any other from its first characters on."""
    digest = blake2b(f"{survey.run_id} {name}".encode(), digest_size=8).hexdigest().upper()
    return f"1Z{digest[:4]}{name.upper()[:12]}{digest[4:]}"


def sure_day(now: datetime) -> date:
    """A day of the last weeks that can't be read with day and month swapped."""
    day = (now - timedelta(days=1)).date()
    return day if day.day > 12 else day.replace(day=1) - timedelta(days=1)


def notice_for(
    survey: Survey, order: Order, name: str, lines: Sequence[ShippedLine] | None, **changes: object
) -> ShipNotice:
    """A notification of a parcel with these lines."""
    plain = ShipNotice(
        order_number=order.order_number,
        order_id=order.order_id,
        tracking_number=tracking(survey, name),
        carrier="UPS",
        service=SERVICE,
        cost=COST,
        notes=NOTES,
        customer_notes=order.customer_notes,
        internal_notes=order.internal_notes,
        ship_date=sure_day(survey.now),
        label_created=survey.now,
        items=None if lines is None else tuple(lines),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def notify(survey: Survey, order: Order, notice: ShipNotice) -> NotificationResult:
    """Send a notification, and read back."""
    exchange = survey.shipstation.notify(notice)
    return NotificationResult(notice, order, exchange, wait_until_booked(survey, order, [exchange]))


ACCEPTED = 202
PAUSE, LOOKS = 0.1, 60
"""Seconds between looks at an order whose notification was accepted for later, and how often it is looked at."""


def wait_until_booked(
    survey: Survey,
    before: Order,
    exchanges: Sequence[Exchange],
    done: Callable[[Order], bool] | None = None,
) -> Order:
    """The order as the store holds it once the notification is booked.

    Who answers 202 says that it will be, and is given time; how much is counted in looks, so that a recording
    comes to the same. Once an order was seen to change, the others get three times what it took.
    """
    order = held(survey, before.order_number)
    if all(exchange.status != ACCEPTED for exchange in exchanges):
        return order
    changed = done or (lambda now: (now.status, now.shipments) != (before.status, before.shipments))
    known = survey.polls_until_booked
    looks = LOOKS if known is None else 3 * known + 2
    for look in range(looks):
        if changed(order):
            survey.polls_until_booked = max(look, known or 0)
            # what else belongs to it may come a moment later: the status after the shipment
            survey.shipstation.session.wait(PAUSE)
            return held(survey, before.order_number)
        survey.shipstation.session.wait(PAUSE)
        order = held(survey, before.order_number)
    return order


def order_with(
    survey: Survey, name: str, build: Callable[[SpecimenMaker], tuple[Item, ...]], **changes: object
) -> CreatedOrder:
    """A new order with these lines."""
    return survey.new_order(name, lambda make: msgspec.structs.replace(make.draft(name, *build(make)), **changes))


def one_line(make: SpecimenMaker) -> tuple[Item, ...]:
    """One plain line."""
    return (make.item(1),)


def two_lines(make: SpecimenMaker) -> tuple[Item, ...]:
    """Two plain lines."""
    return make.item(1, quantity=2), make.item(2)


def as_exported(survey: Survey, order: Order) -> list[ShippedLine]:
    """The order's lines as the export names them: what ShipStation would send back.

    A line that isn't exported (ITM-1) goes as the store names it, so that booking is judged by itself.
    """
    exported = export_around(survey, order).exported
    came = Pair(exported, order, survey.facts).lines.matched if exported is not None else ()
    by_item = {id(item): line for line, item in came}
    return [_named(item, by_item.get(id(item))) for item in order.items]


def _named(item: Item, line: ExportedLine | None) -> ShippedLine:
    if line is None:
        return ShippedLine(item.sku, item.quantity, item.line_id, item.name)
    sku, line_id = line["SKU"].text.strip() or item.sku, line["LineItemID"].text.strip()
    return ShippedLine(sku, item.quantity, line_id, item.name)


def as_sent(order: Order) -> list[ShippedLine]:
    """The order's lines as the store names them, each without LineItemID: by SKU alone."""
    return [ShippedLine(item.sku, item.quantity, "", item.name) for item in order.items]


def full_shipment(survey: Survey) -> NotificationResult:
    """An order of two lines shipped in one parcel; told once, for all who look at it."""

    def make() -> NotificationResult:
        noted = {"customer_notes": CUSTOMER_NOTES, "internal_notes": INTERNAL_NOTES}
        keeps = {name: note for name, note in noted.items() if name not in survey.facts.lacks}
        order = order_with(survey, "whole", two_lines, **keeps).stored
        notice = notice_for(survey, order, "whole", as_exported(survey, order), internal_notes=INTERNAL_NOTES)
        return notify(survey, order, notice)

    return survey.cached("whole shipment", make)


def shipped_status(survey: Survey) -> frozenset[str]:
    """The statuses that mean shipped in this store.

    Raises:
        NotExercised: where the store doesn't say.
    """
    found = {s.name for s in survey.facts.statuses if s.shipped} or {
        s.name for s in survey.facts.statuses if s.maps_to == "shipped"
    }
    if not found:
        raise NotExercised("which of the store's statuses means shipped isn't known: say so with --shipped-status NAME")
    return frozenset(found)


def accepted(story: NotificationResult) -> Iterator[Finding]:
    """The notification was answered 2xx."""
    if not story.exchange.succeeded:
        said = shorten(story.exchange.body[:200].decode("utf-8", "replace"))
        yield story.wrong(
            "A valid notification isn't answered 2xx.", "status 2xx", f"{story.exchange.outcome}: {said}".rstrip(": ")
        )


def has_shipped_status(survey: Survey, story: NotificationResult) -> Iterator[Finding]:
    """The order has the store's shipped status."""
    wanted = shipped_status(survey)
    if story.after.status not in wanted:
        yield story.wrong("The order doesn't have the shipped status.", " or ".join(sorted(wanted)), story.after.status)


def require_working(survey: Survey) -> None:
    """What is special about a notification can be judged only where a plain one succeeds.

    Raises:
        NotExercised: where right notifications are refused, too.
    """
    if not full_shipment(survey).exchange.succeeded:
        raise NotExercised("a right notification is refused, too (SHP-1): a refusal says nothing")


def require_shipping(survey: Survey) -> None:
    """Whether something special makes an order shipped can be judged only where a plain parcel does.

    Raises:
        NotExercised: where a right notification of a whole order doesn't.
    """
    require_working(survey)
    if full_shipment(survey).after.status not in shipped_status(survey):
        raise NotExercised("a right notification of a whole order doesn't make it shipped (SHP-1)")


def counted(order: Order, shipments: Sequence[Shipment]) -> Counter[str]:
    """How many of each line are in these shipments; by SKU where the store keeps no line."""
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


def expected_count(lines: Sequence[Item]) -> Counter[str]:
    """The count that these lines, shipped whole, should give."""
    return +Counter({(item.line_id or item.sku): item.quantity for item in lines})


def described(count: Counter[str]) -> str:
    """A count for a person to read."""
    return ", ".join(f"{quantity} × {line}" for line, quantity in sorted(count.items())) or "nothing"


def require_fields(survey: Survey, *names: str) -> None:
    """Don't judge what the store says it can't keep, or the source of truth can't tell.

    Raises:
        NotExercised: where it is so.
    """
    for name in names:
        if cannot_tell(survey.facts, f"shipments.{name}"):
            raise NotExercised(cannot_tell_reason(survey.truth, f"a shipment's {name}"))
