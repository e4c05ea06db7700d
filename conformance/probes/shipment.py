"""SHP: notifications of shipments, and what the store recorded of them.

Each story makes orders of its own, notifies as ShipStation does, and reads back what the
store holds. What a notification says of lines is what the export said of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2b

import msgspec

from conformance.exchange import Exchange
from conformance.judging.compare import same_money, same_text
from conformance.judging.finding import Finding, shorten
from conformance.judging.pairing import Pair
from conformance.probes.change import export_around
from conformance.probes.window import require_last_change
from conformance.shipstation import ShipNotice, ShippedLine
from conformance.survey import Made, NotExercised, Survey, problem_of
from conformance.truth.source import doesnt_tell, lacks
from mockstore.control.specimens import LINES, SpecimenMaker
from mockstore.orders.model import Discount, Item, Option, Order, Shipment

NOTES = f'Your parcel is on its way: <b>enjoy</b> & "unwrap" it. Grüße, 東京 🎁\n{LINES}'
SERVICE = "Ground & Home"
COST = "12.34"


@dataclass(frozen=True)
class Story:
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
        wanted = self.notice.tracking_number
        return tuple(shipment for shipment in self.after.shipments if _key(shipment.tracking_number) == _key(wanted))


def _key(text: str) -> str:
    return "".join(text.split()).casefold()


def held(survey: Survey, number: str) -> Order:
    """The order as the store holds it now."""
    order = survey.truth.order(number)
    if order is None:
        raise NotExercised(f"{survey.source} has no order {number} any more")
    return order


def tracking(survey: Survey, name: str) -> str:
    """A tracking number of this run's own, unlike any other from its first characters on."""
    digest = blake2b(f"{survey.run} {name}".encode(), digest_size=8).hexdigest().upper()
    return f"1Z{digest[:4]}{name.upper()[:12]}{digest[4:]}"


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
        ship_date=(survey.now - timedelta(days=1)).date(),
        label_created=survey.now,
        items=None if lines is None else tuple(lines),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def tell(survey: Survey, order: Order, notice: ShipNotice) -> Story:
    """Send a notification, and read back."""
    exchange = survey.sender.notify(notice)
    return Story(notice, order, exchange, held(survey, order.order_number))


def order_with(
    survey: Survey, name: str, build: Callable[[SpecimenMaker], tuple[Item, ...]], **changes: object
) -> Made:
    """A new order with these lines."""
    return survey.new_order(name, lambda make: msgspec.structs.replace(make.draft(name, *build(make)), **changes))


def as_exported(survey: Survey, order: Order) -> list[ShippedLine]:
    """The order's lines as the export names them: what ShipStation would send back.

    Where the order isn't exported, as the store names them.
    """
    exported = export_around(survey, order).exported
    if exported is None:
        return [ShippedLine(item.sku, item.quantity, item.line_id, item.name) for item in order.items]
    found = []
    for line, item in Pair(exported, order, survey.facts).lines.matched:
        found.append(
            ShippedLine(
                line["SKU"].text.strip() or item.sku,
                item.quantity,
                line["LineItemID"].text.strip(),
                item.name,
            )
        )
    return found


def two_lines(make: SpecimenMaker) -> tuple[Item, ...]:
    """Two plain lines."""
    return make.item(1, quantity=2), make.item(2)


def whole(survey: Survey) -> Story:
    """An order of two lines shipped in one parcel; told once, for all who look at it."""

    def make() -> Story:
        order = order_with(survey, "whole", two_lines).held
        return tell(survey, order, notice_for(survey, order, "whole", as_exported(survey, order)))

    return survey.once("whole shipment", make)


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


def accepted(story: Story) -> Iterator[Finding]:
    """The notification was answered 2xx."""
    if not story.exchange.succeeded:
        yield Finding(
            "A valid notification isn't answered 2xx.",
            story.before.order_number,
            expected="status 2xx",
            actual=f"{story.exchange.outcome}: {shorten(story.exchange.body[:200].decode('utf-8', 'replace'))}",
            exchange=story.exchange.number,
        )


def has_shipped_status(survey: Survey, story: Story) -> Iterator[Finding]:
    """The order has the store's shipped status."""
    wanted = shipped_status(survey)
    if story.after.status not in wanted:
        yield _wrong(
            story,
            "The order doesn't have the shipped status.",
            " or ".join(sorted(wanted)),
            story.after.status,
        )


def _wrong(story: Story, message: str, expected: str, actual: str) -> Finding:
    return Finding(
        message,
        story.before.order_number,
        None,
        shorten(expected),
        shorten(actual) or "(nothing)",
        story.exchange.number,
    )


def ships_the_order(survey: Survey) -> Iterator[Finding]:
    """SHP-1: a valid notification is answered 2xx, and the order has the store's shipped status."""
    story = whole(survey)
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)


def recorded(survey: Survey) -> tuple[Story, Shipment]:
    """The shipment that the whole notification added.

    Raises:
        NotExercised: where it added none (which is SHP-1's and SHP-2's matter).
    """
    story = whole(survey)
    if not story.exchange.succeeded:
        raise NotExercised("the notification was refused (SHP-1)")
    found = story.ours or story.new
    if not found:
        raise NotExercised("no shipment was recorded (SHP-2)")
    return story, found[0]


def tracking_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-2: the tracking number is recorded as sent."""
    story = whole(survey)
    if not story.exchange.succeeded:
        raise NotExercised("the notification was refused (SHP-1)")
    numbers = [shipment.tracking_number for shipment in story.new or story.after.shipments]
    if story.notice.tracking_number not in numbers:
        yield _wrong(
            story,
            "The tracking number isn't recorded as sent.",
            story.notice.tracking_number,
            ", ".join(numbers),
        )


CARRIERS = ("UPS", "USPS", "Bring Parcels AS & Co")


def carrier_recorded(survey: Survey, carrier: str) -> Iterator[Finding]:
    """SHP-3: the carrier is recorded; one that the store doesn't know is kept, not dropped."""
    if carrier == "UPS":
        story, shipment = recorded(survey)
    else:
        name = f"carrier{CARRIERS.index(carrier)}"
        order = order_with(survey, name, lambda make: (make.item(1),)).held
        story = tell(survey, order, notice_for(survey, order, name, as_sent(order), carrier=carrier))
        if not story.exchange.succeeded or not story.new:
            if next(iter(accepted(whole(survey))), None) is None and not story.exchange.succeeded:
                yield _wrong(
                    story,
                    "A notification with this carrier is refused.",
                    "status 2xx",
                    story.exchange.outcome,
                )
                return
            raise NotExercised("no shipment was recorded (SHP-1, SHP-2)")
        shipment = (story.ours or story.new)[0]
    if _key(shipment.carrier) != _key(carrier):
        yield _wrong(story, "The carrier isn't recorded.", carrier, shipment.carrier)


def as_sent(order: Order) -> list[ShippedLine]:
    """The order's lines as the store names them, each without LineItemID: by SKU alone."""
    return [ShippedLine(item.sku, item.quantity, "", item.name) for item in order.items]


def lacking(survey: Survey, *names: str) -> None:
    """Don't judge what the store says it can't keep, or the source of truth can't tell.

    Raises:
        NotExercised: where it is so.
    """
    for name in names:
        if lacks(survey.facts, f"shipments.{name}"):
            raise NotExercised(doesnt_tell(survey.truth, f"a shipment's {name}"))


def service_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-4: the service is recorded."""
    lacking(survey, "service")
    story, shipment = recorded(survey)
    if not same_text(SERVICE, shipment.service, 50):
        yield _wrong(story, "The service isn't recorded.", SERVICE, shipment.service)


def cost_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-5: the carrier's fee is recorded."""
    lacking(survey, "cost")
    story, shipment = recorded(survey)
    if not same_money(Decimal(COST), shipment.cost):
        yield _wrong(
            story,
            "The carrier's fee isn't recorded.",
            COST,
            "" if shipment.cost is None else str(shipment.cost),
        )


def notes_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-6: NotesToCustomer is recorded as written."""
    lacking(survey, "notes")
    story, shipment = recorded(survey)
    if not same_text(NOTES, shipment.notes, 1000):
        yield _wrong(story, "The notes to the buyer aren't recorded as written.", NOTES, shipment.notes)


def day_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-22: ShipDate is recorded as the day sent, in every time zone."""
    lacking(survey, "shipped_on")
    story, shipment = recorded(survey)
    sent: date | None = story.notice.ship_date
    if sent is not None and shipment.shipped_on != sent:
        yield _wrong(
            story,
            "ShipDate isn't recorded as the day sent.",
            sent.isoformat(),
            str(shipment.shipped_on or ""),
        )


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


def expected_count(order: Order, lines: Sequence[Item]) -> Counter[str]:
    """The count that these lines, shipped whole, should give."""
    return +Counter({(item.line_id or item.sku): item.quantity for item in lines})


def described(count: Counter[str]) -> str:
    """A count for a person to read."""
    return ", ".join(f"{quantity} × {line}" for line, quantity in sorted(count.items())) or "nothing"


def items_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-7: the shipped items and quantities are recorded."""
    lacking(survey, "items")
    story, _ = recorded(survey)
    wanted, found = expected_count(story.before, story.before.items), counted(story.before, story.new)
    if wanted != found:
        yield _wrong(story, "The shipped items aren't recorded.", described(wanted), described(found))


def exported_as_shipped(survey: Survey) -> Iterator[Finding]:
    """SHP-15: after it, the order is exported in the window of the update with its shipped status."""
    story = whole(survey)
    wanted = shipped_status(survey)
    if story.after.status not in wanted:
        raise NotExercised("the notification didn't make the order shipped (SHP-1)")
    require_last_change(survey)
    around = export_around(survey, story.after)
    reading, exported = around.reading, around.exported
    around.require_document()
    if exported is None or story.after.modified_at <= story.before.modified_at:
        yield Finding(
            "The shipped order isn't exported in the window of the update.",
            story.after.order_number,
            "/Orders/Order",
            f"the order, modified {story.after.modified_at:%m/%d/%Y %H:%M} UTC",
            problem_of(reading) or f"{len(reading.orders)} orders, not this one",
            reading.exchange.number,
        )
    elif exported["OrderStatus"].text.strip().casefold() not in {status.casefold() for status in wanted}:
        yield Finding(
            "The export doesn't show the shipped status.",
            story.after.order_number,
            exported["OrderStatus"].xpath,
            story.after.status,
            exported["OrderStatus"].text,
            reading.exchange.number,
        )


def parcels(survey: Survey) -> tuple[Story, Story]:
    """An order of two lines in two parcels, one after the other."""

    def make() -> tuple[Story, Story]:
        order = order_with(survey, "parcels", two_lines).held
        lines = as_exported(survey, order)
        first = tell(survey, order, notice_for(survey, order, "parcel1", lines[:1]))
        second = tell(survey, first.after, notice_for(survey, order, "parcel2", lines[1:]))
        return first, second

    return survey.once("two parcels", make)


def partly(survey: Survey) -> Iterator[Finding]:
    """SHP-8: a partial shipment does not make the order shipped; the one that completes it does."""
    first, second = parcels(survey)
    if not first.exchange.succeeded or not second.exchange.succeeded:
        raise NotExercised("the store refuses parcels of part of an order (SHP-10)")
    if first.after.status in shipped_status(survey):
        yield _wrong(first, "A partial shipment made the order shipped.", first.before.status, first.after.status)
    elif first.before.status != first.after.status:
        pass  # a status for partly shipped orders is the store's own matter
    yield from has_shipped_status(survey, second)


def partly_of_a_line(survey: Survey) -> Iterator[Finding]:
    """SHP-8: part of a line's quantity doesn't make the order shipped either; the rest does."""
    order = order_with(survey, "units", lambda make: (make.item(1, quantity=3),)).held
    line = as_exported(survey, order)[0]
    first = tell(survey, order, notice_for(survey, order, "units1", [replace(line, quantity=1)]))
    second = tell(survey, first.after, notice_for(survey, order, "units2", [replace(line, quantity=2)]))
    if not first.exchange.succeeded or not second.exchange.succeeded:
        raise NotExercised("the store refuses parcels of part of a line (SHP-10)")
    if first.after.status in shipped_status(survey):
        yield _wrong(first, "One of three units made the order shipped.", first.before.status, first.after.status)
    yield from has_shipped_status(survey, second)


def two_shipments(survey: Survey) -> Iterator[Finding]:
    """SHP-10: two parcels of one order are two shipments."""
    first, second = parcels(survey)
    for story in (first, second):
        yield from accepted(story)
    if first.exchange.succeeded and second.exchange.succeeded:
        wanted = [first.notice.tracking_number, second.notice.tracking_number]
        found = [shipment.tracking_number for shipment in second.after.shipments]
        if len(found) < 2 or (len({*found}) < 2 and not second.ours):
            yield _wrong(second, "Two parcels aren't two shipments.", ", ".join(wanted), ", ".join(found))


def repeated(survey: Survey) -> tuple[Story, Story, Story]:
    """One notification, sent again at once, and once more after another parcel."""

    def make() -> tuple[Story, Story, Story]:
        order = order_with(survey, "again", lambda make: (make.item(1, quantity=4),)).held
        line = as_exported(survey, order)[0]
        notice = notice_for(survey, order, "again", [replace(line, quantity=2)])
        first = tell(survey, order, notice)
        second = tell(survey, first.after, notice)
        other = tell(survey, second.after, notice_for(survey, order, "between", [replace(line, quantity=1)]))
        return first, second, tell(survey, other.after, notice)

    return survey.once("a notification three times", make)


def once_only(survey: Survey) -> Iterator[Finding]:
    """SHP-9: the same notification again is answered 2xx and recorded once."""
    first, *retries = repeated(survey)
    order = first.before
    if not first.exchange.succeeded:
        raise NotExercised("the notification was refused the first time (SHP-1)")
    for attempt, story in zip(("second", "third"), retries, strict=True):
        if not story.exchange.succeeded:
            yield _wrong(
                story,
                f"The same notification is refused the {attempt} time.",
                "status 2xx",
                story.exchange.outcome,
            )
        if len(story.after.shipments) > len(story.before.shipments):
            yield _wrong(
                story,
                f"The same notification is recorded a {attempt} time.",
                f"{len(story.before.shipments)} shipments",
                f"{len(story.after.shipments)} shipments",
            )
            return
        if (was := counted(order, story.before.shipments)) != (now := counted(order, story.after.shipments)):
            yield _wrong(story, "The same notification books its items again.", described(was), described(now))
            return


def one_parcel_two_orders(survey: Survey) -> Iterator[Finding]:
    """SHP-9: what is sent again is told by order and tracking number: one parcel may hold two orders."""
    first, *_ = repeated(survey)
    if not first.exchange.succeeded or not first.new:
        raise NotExercised("the parcel wasn't recorded on the first order (SHP-1, SHP-2)")
    order = order_with(survey, "shared", lambda make: (make.item(1),)).held
    notice = notice_for(survey, order, "shared", as_sent(order), tracking_number=first.notice.tracking_number)
    story = tell(survey, order, notice)
    if story.exchange.succeeded and not story.new:
        yield _wrong(
            story,
            "The parcel of another order, with the same tracking number, is lost.",
            notice.tracking_number,
            "",
        )


def once_only_whole(survey: Survey) -> Iterator[Finding]:
    """SHP-9: also where the order was complete with it."""
    story = whole(survey)
    if not story.exchange.succeeded:
        raise NotExercised("the notification was refused the first time (SHP-1)")
    again = tell(survey, story.after, story.notice)
    if not again.exchange.succeeded:
        yield _wrong(again, "The same notification is refused the second time.", "status 2xx", again.exchange.outcome)
    if again.new:
        yield _wrong(
            again,
            "The same notification is recorded a second time.",
            "1 shipment",
            f"{len(again.after.shipments)} shipments",
        )


def unknown_order(survey: Survey) -> Iterator[Finding]:
    """SHP-11: an unknown order is answered with an error (not 2xx)."""
    number = f"0{survey.run}0999999999"
    if survey.truth.order(number) is not None:
        raise NotExercised("the order number that was to be unknown is known")
    exchange = survey.sender.notify(
        ShipNotice(
            number,
            number,
            tracking(survey, "nobody"),
            "UPS",
            SERVICE,
            COST,
            items=(ShippedLine("PLAIN-1", 1),),
        )
    )
    if exchange.succeeded:
        yield Finding(
            "A notification for an unknown order is answered as a success: ShipStation believes it stored.",
            number,
            expected="status 4xx, like 404",
            actual=exchange.outcome,
            exchange=exchange.number,
        )


BODIES: dict[str, bytes] = {
    "an empty body": b"",
    "text that isn't XML": b"tracking=1Z",
    "XML cut off in the middle": b"<?xml version='1.0'?><ShipNotice><OrderNumber>1</Order",
    "XML of another kind": b"<?xml version='1.0'?><Orders></Orders>",
    "JSON": b'{"OrderNumber": "1"}',
}


def _target(survey: Survey) -> Order:
    def make() -> Order:
        return order_with(survey, "target", two_lines).held

    return survey.once("target of bad notices", make)


def malformed(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-12: a malformed or empty body is answered with 4xx and changes nothing."""
    require_working(survey)
    order = _target(survey)
    before = held(survey, order.order_number)
    notice = notice_for(survey, order, f"bad{list(BODIES).index(kind)}", None)
    exchange = survey.sender.notify(notice, body=BODIES[kind])
    if not exchange.refused:
        yield Finding(
            f"A notification with {kind} isn't refused.",
            order.order_number,
            expected="status 4xx",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    yield from unchanged(survey, before, exchange, f"A notification with {kind} changed the order.")


def require_working(survey: Survey) -> None:
    """A refusal counts only where the same, put right, succeeds.

    Raises:
        NotExercised: where right notifications are refused, too.
    """
    if not whole(survey).exchange.succeeded:
        raise NotExercised("a right notification is refused, too (SHP-1): a refusal says nothing")


def unchanged(survey: Survey, before: Order, exchange: Exchange, message: str) -> Iterator[Finding]:
    """The order is as it was."""
    after = held(survey, before.order_number)
    for name in ("status", "shipments"):
        if getattr(before, name) != getattr(after, name):
            shown = [
                order.status
                if name == "status"
                else ", ".join(s.tracking_number or "(no number)" for s in order.shipments)
                for order in (before, after)
            ]
            yield Finding(
                message,
                before.order_number,
                None,
                f"{name}: {shown[0] or 'none'}",
                f"{name}: {shown[1]}",
                exchange.number,
            )


def unauthenticated(survey: Survey, kind: str) -> Iterator[Finding]:
    """CON-4: a notification with a wrong or missing password is refused and changes nothing."""
    from conformance.probes.connection import wrong

    require_working(survey)
    order = _target(survey)
    before = held(survey, order.order_number)
    notice = notice_for(survey, order, f"anon{len(kind)}", as_sent(order))
    right = survey.sender.credentials
    if kind == "no credentials":
        exchange = survey.sender.notify(notice, anonymous=True)
    else:
        exchange = survey.sender.notify(notice, credentials=wrong(right, kind))
    if exchange.succeeded:
        yield Finding(
            f"A notification with {kind} is answered as a success.",
            order.order_number,
            expected="status 401 or 403",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    yield from unchanged(survey, before, exchange, f"A notification with {kind} changed the order.")


def unknown_item(survey: Survey) -> Iterator[Finding]:
    """SHP-13: an item the order doesn't hold doesn't lose the tracking number or fail inside."""
    order = order_with(survey, "stranger", two_lines).held
    lines = [ShippedLine(f"NOT-IN-{survey.run}", 1, "", "Not of this order")]
    story = tell(survey, order, notice_for(survey, order, "stranger", lines))
    yield from _kept_or_refused(story, "an item the order doesn't hold")
    mixed = order_with(survey, "mixed", two_lines).held
    story = tell(survey, mixed, notice_for(survey, mixed, "mixed", [*as_exported(survey, mixed), *lines]))
    yield from _kept_or_refused(story, "an item the order doesn't hold among its own")


def _kept_or_refused(story: Story, what: str) -> Iterator[Finding]:
    if story.exchange.refused:
        return
    if not story.exchange.succeeded:
        yield _wrong(story, f"A notification with {what} fails.", "status 2xx or 4xx", story.exchange.outcome)
    elif not story.ours and not any(shipment.tracking_number for shipment in story.new):
        yield _wrong(
            story,
            f"The tracking number of a notification with {what} is lost.",
            story.notice.tracking_number,
            "",
        )


def numbered(survey: Survey) -> Order:
    """An order whose number isn't its id.

    Raises:
        NotExercised: where the store gives every order one for both.
    """

    def make() -> Order:
        number = f"CT-{survey.run}-14"
        return survey.new_order(
            "number", lambda make: msgspec.structs.replace(make.draft("number"), order_number=number)
        ).held

    order = survey.once("an order with another number", make)
    if order.order_number == order.order_id or not order.order_id:
        raise NotExercised("the store gives every order the same OrderNumber and OrderID")
    return order


def by_number(survey: Survey) -> Iterator[Finding]:
    """SHP-14: the order is found by OrderNumber also where that isn't the OrderID."""
    order = numbered(survey)
    before = held(survey, order.order_number)
    story = tell(survey, before, notice_for(survey, order, "number", as_exported(survey, order)))
    yield from accepted(story)
    if story.exchange.succeeded and not story.new:
        yield _wrong(
            story,
            "The shipment isn't recorded on the order of that number.",
            story.notice.tracking_number,
            "",
        )


def not_another_order(survey: Survey) -> Iterator[Finding]:
    """SHP-14: and not on another order whose OrderID is that number."""
    first = numbered(survey)
    if survey.truth.order(first.order_id) is not None:
        raise NotExercised("the number that was to be another order's is taken")
    second = survey.new_order(
        "twin", lambda make: msgspec.structs.replace(make.draft("twin"), order_number=first.order_id)
    ).held
    if second.order_number != first.order_id:
        raise NotExercised("the store chose another number")
    before = held(survey, first.order_number)
    story = tell(survey, second, notice_for(survey, second, "twin", as_exported(survey, second)))
    if held(survey, first.order_number).shipments != before.shipments:
        yield _wrong(
            story,
            "The shipment is recorded on another order, whose OrderID is that number.",
            second.order_number,
            first.order_number,
        )


def adjustments_dont_hinder(survey: Survey) -> Iterator[Finding]:
    """SHP-16: adjustment and non-shippable lines don't keep an order from being shipped."""

    def lines(make: SpecimenMaker) -> tuple[Item, ...]:
        return make.item(1), make.item(2, shippable=False, weight=None, name="Handbook (PDF)")

    order = order_with(survey, "adjusted", lines, discounts=(Discount("Coupon", Decimal("1.00"), "ONE"),)).held
    if not any(not item.shippable for item in order.items) and not order.discounts:
        raise NotExercised("the store holds neither discounts nor lines that aren't shipped")
    goods = [item.sku for item in order.items if item.shippable]
    sent = [line for line in as_exported(survey, order) if line.sku in goods]
    story = tell(survey, order, notice_for(survey, order, "adjusted", sent))
    if not story.exchange.succeeded:
        raise NotExercised("the notification was refused (SHP-1)")
    yield from has_shipped_status(survey, story)


ITEMLESS = ("no Items element", "an empty Items element")


def without_items(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-17: a notification without items ships what is left."""
    name = f"itemless{ITEMLESS.index(kind)}"
    order = order_with(survey, name, two_lines).held
    story = tell(survey, order, notice_for(survey, order, name, None if kind == ITEMLESS[0] else ()))
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)


def what_is_left(survey: Survey) -> Iterator[Finding]:
    """SHP-17: after a parcel with part of the order, the rest."""
    lacking(survey, "items")
    order = order_with(survey, "rest", two_lines).held
    first = tell(survey, order, notice_for(survey, order, "rest1", as_exported(survey, order)[:1]))
    if not first.exchange.succeeded:
        raise NotExercised("the store refuses parcels of part of an order (SHP-10)")
    story = tell(survey, first.after, notice_for(survey, order, "rest2", None))
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)
        found = counted(order, story.after.shipments)
        if any(found[item.line_id or item.sku] > item.quantity for item in order.items):
            yield _wrong(
                story,
                "More than what was left is recorded.",
                described(expected_count(order, order.items)),
                described(found),
            )


def twins(survey: Survey) -> Iterator[Finding]:
    """SHP-18: the same SKU on two lines: quantities are booked on the right lines by LineItemID."""

    def lines(make: SpecimenMaker) -> tuple[Item, ...]:
        return (
            make.item(1, sku="TEE", name="T-shirt", quantity=1, options=(Option("Colour", "Red"),)),
            make.item(2, sku="TEE", name="T-shirt", quantity=3, options=(Option("Colour", "Blue"),)),
        )

    order = order_with(survey, "twins", lines).held
    if len({item.line_id for item in order.items}) < 2:
        raise NotExercised("the store doesn't hold two lines of one SKU apart")
    sent = as_exported(survey, order)
    by_quantity = {line.quantity: line for line in sent}
    if len(by_quantity) < 2:
        raise NotExercised("the export doesn't hold two lines of one SKU apart (ITM-7)")
    red, blue = by_quantity[1], by_quantity[3]
    first = tell(survey, order, notice_for(survey, order, "twins1", [blue]))
    second = tell(survey, first.after, notice_for(survey, order, "twins2", [red]))
    for story in (first, second):
        if not story.exchange.succeeded:
            yield _wrong(
                story,
                "A parcel with one of two lines of one SKU is refused.",
                "status 2xx",
                story.exchange.outcome,
            )
            return
    if blue.line_item_id and red.line_item_id and "items" not in survey.facts.lacks:
        lines_booked = {item.line_id for shipment in first.new for item in shipment.items if item.line_id}
        right = next(item for item in order.items if item.quantity == 3)
        found = counted(order, first.new)
        if lines_booked and found != Counter({right.line_id: 3}):
            yield _wrong(
                first,
                "The quantity is booked on another line of the same SKU.",
                f"3 × {right.line_id}",
                described(found),
            )
            return
    yield from has_shipped_status(survey, second)


def too_much(survey: Survey) -> Iterator[Finding]:
    """SHP-19: more than was ordered isn't recorded silently."""
    lacking(survey, "items")
    order = order_with(survey, "toomuch", two_lines).held
    lines = [replace(line, quantity=line.quantity + 5) for line in as_exported(survey, order)]
    story = tell(survey, order, notice_for(survey, order, "toomuch", lines))
    if not story.exchange.succeeded:
        return
    found = counted(order, story.after.shipments)
    for item in order.items:
        if found[item.line_id or item.sku] > item.quantity:
            yield _wrong(
                story,
                "More than was ordered is recorded.",
                f"an error, or at most {item.quantity} × {item.sku}",
                described(found),
            )
            return


def by_get(survey: Survey) -> Iterator[Finding]:
    """SHP-20: shipnotify by GET is refused."""
    require_working(survey)
    order = _target(survey)
    before = held(survey, order.order_number)
    exchange = survey.sender.notify(notice_for(survey, order, "byget", None), method="GET")
    if exchange.succeeded:
        yield Finding(
            "shipnotify by GET is answered as a success.",
            order.order_number,
            expected="status 4xx, like 405",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    yield from unchanged(survey, before, exchange, "shipnotify by GET changed the order.")


TOGETHER = 4


def at_once(survey: Survey) -> Iterator[Finding]:
    """SHP-21: notifications sent at the same moment are each recorded once."""
    order = order_with(survey, "atonce", lambda make: (make.item(1, quantity=10),)).held
    line = as_exported(survey, order)[0]
    notices = [notice_for(survey, order, f"atonce{n}", [replace(line, quantity=1)]) for n in range(TOGETHER)]
    retried_well = not any(once_only(survey))
    twice = [notice for notice in notices for _ in range(2 if retried_well else 1)]
    exchanges = survey.sender.notify_together(twice)
    failed = [exchange for exchange in exchanges if not exchange.succeeded]
    again = [survey.sender.notify(twice[exchanges.index(exchange)]) for exchange in failed]
    after = held(survey, order.order_number)
    story = Story(notices[0], order, (again or exchanges)[-1], after)
    found = Counter(_key(shipment.tracking_number) for shipment in after.shipments)
    wanted = Counter(_key(notice.tracking_number) for notice in notices)
    if len(after.shipments) != len(wanted) or len(found) != len(wanted):
        yield _wrong(
            story,
            "Notifications sent at the same moment aren't each recorded once.",
            f"{len(wanted)} shipments, each once",
            described(found),
        )


def without_tracking(survey: Survey) -> Iterator[Finding]:
    """SHP-23: a notification without a tracking number is accepted and the order shipped."""
    order = order_with(survey, "untracked", lambda make: (make.item(1),)).held
    notice = notice_for(
        survey, order, "", as_exported(survey, order), tracking_number="", carrier="", service="", cost=None
    )
    story = tell(survey, order, notice)
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)
