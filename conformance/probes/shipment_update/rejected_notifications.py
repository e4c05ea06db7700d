"""SHP-11 to SHP-14, SHP-20, CON-4: notifications to refuse, and the order that a number means."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from conformance.client.exchange import Exchange
from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.connection import wrong
from conformance.probes.shipment_update.notify import (
    COST,
    SERVICE,
    NotificationResult,
    accepted,
    as_exported,
    as_sent,
    held,
    notice_for,
    notify,
    order_with,
    require_working,
    tracking,
    two_lines,
)
from conformance.survey.survey import Survey
from mockstore.orders.model import Order


def target(survey: Survey) -> Order:
    """The order that bad notices name; none of them may change it."""
    return survey.cached("target of bad notices", lambda: order_with(survey, "target", two_lines).stored)


UNKNOWN = ("a number that no order has", "the beginning of an order's number", "an order's number and letters")


def unknown_number(survey: Survey, kind: str) -> str:
    """A number that no order has.

    Raises:
        NotExercised: where one has it.
    """
    near = target(survey).order_number
    number = {UNKNOWN[0]: f"0{survey.run_id}0999999999", UNKNOWN[1]: near[:-1], UNKNOWN[2]: f"{near}abc"}[kind]
    if not number or survey.truth.order(number) is not None:
        raise NotExercised(f"the order number that was to be unknown ({number or 'empty'}) is known")
    return number


def unknown_order(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-11: an unknown order is answered with an error (not 2xx), and no other is shipped in its place."""
    number = unknown_number(survey, kind)
    before = held(survey, target(survey).order_number)
    lines = (ShippedLine("PLAIN-1", 1),)
    name = f"nobody{UNKNOWN.index(kind)}"
    notice = ShipNotice(number, number, tracking(survey, name), "UPS", SERVICE, COST, items=lines)
    exchange = survey.shipstation.notify(notice)
    if exchange.succeeded:
        yield Finding(
            message="A notification for an unknown order is answered as a success: ShipStation believes it stored.",
            order=number,
            expected="status 4xx, like 404",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    yield from unchanged(survey, before, exchange, f"A notification for the unknown order {number} changed another.")


BODIES: dict[str, bytes] = {
    "an empty body": b"",
    "text that isn't XML": b"tracking=1Z",
    "XML cut off in the middle": b"<?xml version='1.0'?><ShipNotice><OrderNumber>1</Order",
    "XML of another kind": b"<?xml version='1.0'?><Orders></Orders>",
    "JSON": b'{"OrderNumber": "1"}',
}


def bad_body(survey: Survey, kind: str) -> NotificationResult:
    """A notification with a body that is none, told once."""

    def send() -> NotificationResult:
        before = held(survey, target(survey).order_number)
        notice = notice_for(survey, before, f"bad{list(BODIES).index(kind)}", None)
        exchange = survey.shipstation.notify(notice, body=BODIES[kind])
        return NotificationResult(notice, before, exchange, held(survey, before.order_number))

    return survey.cached(("bad body", kind), send)


def malformed(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-12: a malformed or empty body is answered with 4xx and changes nothing."""
    require_working(survey)
    story = bad_body(survey, kind)
    if not story.exchange.refused:
        yield story.wrong(f"A notification with {kind} isn't refused.", "status 4xx", story.exchange.outcome)
    yield from _same(story, f"A notification with {kind} changed the order.")


def unchanged(survey: Survey, before: Order, exchange: Exchange, message: str) -> Iterator[Finding]:
    """The order is as it was."""
    notice = ShipNotice(before.order_number)
    yield from _same(NotificationResult(notice, before, exchange, held(survey, before.order_number)), message)


def _same(story: NotificationResult, message: str) -> Iterator[Finding]:
    before, after = story.before, story.after
    if (before.status, before.shipments) != (after.status, after.shipments):
        yield story.wrong(message, _state(before), _state(after))


def _state(order: Order) -> str:
    numbers = ", ".join(shipment.tracking_number or "(no number)" for shipment in order.shipments)
    return f"status {order.status}, shipments: {numbers or 'none'}"


BY_GET = "no credentials, by GET"


def unauthenticated(survey: Survey, kind: str) -> Iterator[Finding]:
    """CON-4: a notification with a wrong or missing password is refused and changes nothing."""
    require_working(survey)
    order = target(survey)
    before = held(survey, order.order_number)
    notice = notice_for(survey, order, f"anon{len(kind)}", as_sent(order))
    right = survey.shipstation.credentials
    if kind == "no credentials":
        exchange = survey.shipstation.notify(notice, anonymous=True)
    elif kind == BY_GET:
        exchange = survey.shipstation.notify(notice, anonymous=True, method="GET")
    else:
        exchange = survey.shipstation.notify(notice, credentials=wrong(right, kind))
    # what a store says to a method that nobody notifies with is SHP-20's matter, as long as it does nothing
    if exchange.succeeded and kind != BY_GET:
        yield Finding(
            message=f"A notification with {kind} is answered as a success.",
            order=order.order_number,
            expected="status 401 or 403",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    yield from unchanged(survey, before, exchange, f"A notification with {kind} changed the order.")


def unknown_item(survey: Survey) -> Iterator[Finding]:
    """SHP-13: an item the order doesn't hold doesn't lose the tracking number or fail inside."""
    require_working(survey)
    order = order_with(survey, "stranger", two_lines).stored
    lines = [ShippedLine(f"NOT-IN-{survey.run_id}", 1, "", "Not of this order")]
    story = notify(survey, order, notice_for(survey, order, "stranger", lines))
    yield from _kept_or_refused(story, "an item the order doesn't hold")
    mixed = order_with(survey, "mixed", two_lines).stored
    story = notify(survey, mixed, notice_for(survey, mixed, "mixed", [*as_exported(survey, mixed), *lines]))
    yield from _kept_or_refused(story, "an item the order doesn't hold among its own")


def _kept_or_refused(story: NotificationResult, what: str) -> Iterator[Finding]:
    if story.exchange.refused:
        return
    if not story.exchange.succeeded:
        yield story.wrong(f"A notification with {what} fails.", "status 2xx or 4xx", story.exchange.outcome)
    elif not story.new:
        yield story.wrong(
            f"The tracking number of a notification with {what} is lost.", story.notice.tracking_number, ""
        )


def numbered(survey: Survey) -> Order:
    """An order whose number isn't its id.

    Raises:
        NotExercised: where the store gives every order one for both.
    """

    def make() -> Order:
        number = f"CT-{survey.run_id}-14"
        return survey.new_order(
            "number", lambda make: msgspec.structs.replace(make.draft("number"), order_number=number)
        ).stored

    order = survey.cached("an order with another number", make)
    if order.order_number == order.order_id or not order.order_id:
        raise NotExercised("the store gives every order the same OrderNumber and OrderID")
    return order


def by_number(survey: Survey) -> Iterator[Finding]:
    """SHP-14: the order is found by OrderNumber also where that isn't the OrderID."""
    require_working(survey)
    order = numbered(survey)
    before = held(survey, order.order_number)
    story = notify(survey, before, notice_for(survey, order, "number", as_exported(survey, order)))
    yield from accepted(story)
    if story.exchange.succeeded and not story.new:
        yield story.wrong("The shipment isn't recorded on the order of that number.", story.notice.tracking_number, "")


SIGNS = "A+B&C 50%2F"
"""What is something else where it is decoded once too often, or not at all."""


def by_number_with_signs(survey: Survey) -> Iterator[Finding]:
    """SHP-14: the number is the one that the export said, whatever characters are in it."""
    require_working(survey)
    number = f"{survey.run_id} {SIGNS}"
    order = survey.new_order(
        "signs", lambda make: msgspec.structs.replace(make.draft("signs"), order_number=number)
    ).stored
    if SIGNS not in order.order_number:
        raise NotExercised("the store chose another number")
    story = notify(survey, order, notice_for(survey, order, "signs", as_exported(survey, order)))
    yield from accepted(story)
    if story.exchange.succeeded and not story.new:
        yield story.wrong("The shipment isn't recorded on the order of that number.", story.notice.tracking_number, "")


def not_another_order(survey: Survey) -> Iterator[Finding]:
    """SHP-14: and not on another order whose OrderID is that number."""
    first = numbered(survey)
    if survey.truth.order(first.order_id) is not None:
        raise NotExercised("the number that was to be another order's is taken")
    second = survey.new_order(
        "twin", lambda make: msgspec.structs.replace(make.draft("twin"), order_number=first.order_id)
    ).stored
    if second.order_number != first.order_id:
        raise NotExercised("the store chose another number")
    before = held(survey, first.order_number)
    story = notify(survey, second, notice_for(survey, second, "twin", as_exported(survey, second)))
    if held(survey, first.order_number).shipments != before.shipments:
        yield story.wrong(
            "The shipment is recorded on another order, whose OrderID is that number.",
            second.order_number,
            first.order_number,
        )


def by_get(survey: Survey) -> Iterator[Finding]:
    """SHP-20: shipnotify by GET is refused."""
    require_working(survey)
    order = target(survey)
    before = held(survey, order.order_number)
    exchange = survey.shipstation.notify(notice_for(survey, order, "byget", None), method="GET")
    if exchange.succeeded:
        yield Finding(
            message="shipnotify by GET is answered as a success.",
            order=order.order_number,
            expected="status 4xx, like 405",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    yield from unchanged(survey, before, exchange, "shipnotify by GET changed the order.")
