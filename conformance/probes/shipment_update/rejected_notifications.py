"""SHP-11 to SHP-14, SHP-20, CON-4: notifications that the store must refuse, and how it finds an order by its number.

The first half of the module notifies and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from conformance.client.exchange import Exchange
from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.connection import NO_CREDENTIALS, wrong_credentials
from conformance.probes.shipment_update.fresh_ground import attempted, require_fresh_ground
from conformance.probes.shipment_update.notify import (
    COST,
    SERVICE,
    DebatableNotification,
    InvalidNotification,
    ValidNotification,
    is_accepted,
    lines_as_exported,
    lines_by_sku,
    notice_for,
    notify,
    notify_debatably,
    order_with,
    require_working,
    stored_order,
    tracking_number,
    two_lines,
)
from conformance.survey.survey import Survey
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.orders.specimens import SpecimenMaker

BY_GET = "no credentials, by GET"
CREDENTIALS = (NO_CREDENTIALS, BY_GET, "a wrong password", "an empty password", "another user name")
"""Names of missing and wrong credentials of a notification in scenarios."""
NUMBERS = ("a number that no order has", "the beginning of an order number", "an order number followed by letters")
"""Names of numbers of unknown orders in scenarios."""
BODIES: dict[str, bytes] = {
    "an empty body": b"",
    "text that isn't XML": b"tracking=1Z",
    "XML cut off in the middle": b"<?xml version='1.0'?><ShipNotice><OrderNumber>1</Order",
    "another XML document": b"<?xml version='1.0'?><Orders></Orders>",
    "JSON": b'{"OrderNumber": "1"}',
}
"""Name of a body that is not a notification in scenarios → the body."""
UNKNOWN_ITEM = "items of the order and one that is not in it"
SPECIAL_NUMBER = "A+B&C 50%2F"
"""Part of an order number. It changes if it is decoded twice, or not at all."""


@dataclass(frozen=True)
class NotificationOfNamesake:
    """A notification of an order whose number is the id of another order, and that other order before and after."""

    notification: ValidNotification
    other_before: Order
    other_after: Order


# ---------------------------------------------------------------------- requests


def _unchanged(survey: Survey, notice: ShipNotice, before: Order, exchange: Exchange, what: str) -> InvalidNotification:
    """Read the order again after an invalid notification."""
    return InvalidNotification(notice, before, exchange, stored_order(survey, before.order_number), survey.facts, what)


def unknown_number(survey: Survey, kind: str, near: str) -> str:
    """Return a number that no order has; ``near`` is the number of an order.

    Raises:
        NotExercised: if an order has this number.
    """
    number = {NUMBERS[0]: f"0{survey.run_id}0999999999", NUMBERS[1]: near[:-1], NUMBERS[2]: f"{near}abc"}[kind]
    if not number or survey.truth.order(number) is not None:
        raise NotExercised(f"the store has an order with the number {number or '(empty)'}, which should be unknown")
    return number


def notify_of_order_by(survey: Survey, number: str) -> InvalidNotification:
    """Notify of an order that the store doesn't have."""
    require_working(survey)

    def attempt(kind: str, order: Order) -> InvalidNotification:
        unknown = unknown_number(survey, kind, order.order_number)
        name = f"nobody{NUMBERS.index(kind)}"
        items = (ShippedLine("PLAIN-1", 1),)
        notice = ShipNotice(unknown, unknown, tracking_number(survey, name), "UPS", SERVICE, COST, items=items)
        exchange = survey.shipstation.notify(notice)
        return _unchanged(survey, notice, order, exchange, f"for the unknown order {unknown}")

    return attempted(survey, "nobody", NUMBERS, number, attempt)


def send_body(survey: Survey, body: str) -> InvalidNotification:
    """Send, once in a run, a notification with a body that is not a notification."""

    def attempt(kind: str, order: Order) -> InvalidNotification:
        notice = notice_for(survey, order, f"bad{list(BODIES).index(kind)}", None)
        exchange = survey.shipstation.notify(notice, body=BODIES[kind])
        return _unchanged(survey, notice, order, exchange, f"with {kind}")

    return attempted(survey, "bad", BODIES, body, attempt)


def notify_with_body(survey: Survey, body: str) -> InvalidNotification:
    """Send a notification with a body that is not a notification, to a store that accepts valid ones."""
    require_working(survey)
    return send_body(survey, body)


def notify_with_credentials(survey: Survey, credentials: str) -> InvalidNotification:
    """Send a valid notification with missing or wrong credentials."""
    require_working(survey)

    def attempt(kind: str, order: Order) -> InvalidNotification:
        notice = notice_for(survey, order, f"anon{CREDENTIALS.index(kind)}", lines_by_sku(order))
        right = survey.shipstation.credentials
        if kind == NO_CREDENTIALS:
            exchange = survey.shipstation.notify(notice, anonymous=True)
        elif kind == BY_GET:
            exchange = survey.shipstation.notify(notice, anonymous=True, method="GET")
        else:
            exchange = survey.shipstation.notify(notice, credentials=wrong_credentials(right, kind))
        return _unchanged(survey, notice, order, exchange, f"with {kind}")

    return attempted(survey, "anon", CREDENTIALS, credentials, attempt)


def notify_by_get(survey: Survey) -> InvalidNotification:
    """Send a valid notification by GET."""
    require_working(survey)

    def attempt(kind: str, order: Order) -> InvalidNotification:
        notice = notice_for(survey, order, "byget", None)
        exchange = survey.shipstation.notify(notice, method="GET")
        return _unchanged(survey, notice, order, exchange, kind)

    return attempted(survey, "byget", ("by GET",), "by GET", attempt)


def notify_of_items_and_unknown_one(survey: Survey) -> DebatableNotification:
    """Notify of the items of an order, and of one that the order doesn't have."""
    require_working(survey)
    unknown = ShippedLine(f"NOT-IN-{survey.run_id}", 1, "", "Not of this order")
    order = order_with(survey, "stranger", two_lines).stored
    lines = [*lines_as_exported(survey, order), unknown]
    return notify_debatably(survey, order, notice_for(survey, order, "stranger", lines), f"for {UNKNOWN_ITEM}")


def _order_with_another_number(survey: Survey) -> Order:
    """Return an order whose number isn't its id.

    Raises:
        NotExercised: if the store gives every order the same number and id.
    """

    def make() -> Order:
        return _numbered(survey, "number", f"CT-{survey.run_id}-14")

    order = survey.cached("an order with another number", make)
    if order.order_number == order.order_id or not order.order_id:
        raise NotExercised("the store gives every order the same OrderNumber and OrderID")
    return order


def _numbered(survey: Survey, name: str, number: str) -> Order:
    def build(make: SpecimenMaker) -> Draft:
        return msgspec.structs.replace(make.draft(name), order_number=number)

    return survey.new_order(name, build).stored


def notify_of_order_whose_number_is_not_its_id(survey: Survey) -> ValidNotification:
    """Notify of an order whose number isn't its id."""
    require_working(survey)
    order = _order_with_another_number(survey)
    before = stored_order(survey, order.order_number)
    return notify(survey, before, notice_for(survey, order, "number", lines_as_exported(survey, order)))


def notify_of_order_whose_number_has_special_characters(survey: Survey) -> ValidNotification:
    """Notify of an order whose number has characters with a special meaning in URLs.

    Raises:
        NotExercised: if the store chooses its numbers itself.
    """
    require_working(survey)
    order = _numbered(survey, "signs", f"{survey.run_id} {SPECIAL_NUMBER}")
    if SPECIAL_NUMBER not in order.order_number:
        raise NotExercised("the store gave the order another number than requested")
    return notify(survey, order, notice_for(survey, order, "signs", lines_as_exported(survey, order)))


def notify_of_order_whose_number_is_id_of_another(survey: Survey) -> NotificationOfNamesake:
    """Notify of an order whose number is the id of another order.

    Raises:
        NotExercised: if the store can't hold such an order.
    """
    first = _order_with_another_number(survey)
    if survey.truth.order(first.order_id) is not None:
        raise NotExercised("the store already has an order with the number that this scenario needs")
    second = _numbered(survey, "twin", first.order_id)
    if second.order_number != first.order_id:
        raise NotExercised("the store gave the order another number than requested")
    before = stored_order(survey, first.order_number)
    result = notify(survey, second, notice_for(survey, second, "twin", lines_as_exported(survey, second)))
    return NotificationOfNamesake(result, before, stored_order(survey, first.order_number))


# ---------------------------------------------------------------------- judging


def order_is_unchanged(result: InvalidNotification) -> Iterator[Finding]:
    """Check that the notification changed neither status nor shipments of the order."""
    before, after = result.before, result.after
    if (before.status, before.shipments) != (after.status, after.shipments):
        yield result.finding(f"A notification {result.what} changed the order.", _state(before), _state(after))


def _state(order: Order) -> str:
    numbers = ", ".join(shipment.tracking_number or "(no number)" for shipment in order.shipments)
    return f"status {order.status}, shipments: {numbers or 'none'}"


def is_refused_and_changes_nothing(result: InvalidNotification) -> Iterator[Finding]:
    """CON-4, SHP-20: the notification is not answered 2xx and changes nothing.

    Any reply to an unauthenticated GET is accepted, as long as it changes nothing.

    Raises:
        NotExercised: if the store refuses a correct notification for the order, too.
    """
    found = list(_taken(result))
    yield from found
    if not found:
        require_fresh_ground(result)


def _taken(result: InvalidNotification) -> Iterator[Finding]:
    if result.exchange.succeeded and result.what != f"with {BY_GET}":
        unchanged = "" if any(order_is_unchanged(result)) else ", although it changes nothing"
        yield result.finding(
            f"A notification {result.what} is answered as a success{unchanged}.", "status 4xx", result.exchange.outcome
        )
    yield from order_is_unchanged(result)


def is_refused_with_4xx_and_changes_nothing(result: InvalidNotification) -> Iterator[Finding]:
    """SHP-12: a malformed or empty body is answered with 4xx and changes nothing.

    Raises:
        NotExercised: if the store refuses a correct notification for the order, too.
    """
    changes = list(order_is_unchanged(result))
    if not result.exchange.refused:
        yield result.finding(f"A notification {result.what} isn't refused.", "status 4xx", result.exchange.outcome)
    elif not changes:
        require_fresh_ground(result)
    yield from changes


def is_answered_with_an_error(result: InvalidNotification) -> Iterator[Finding]:
    """SHP-11: a notification of an unknown order is answered with an error (not 2xx), and changes no other order.

    Raises:
        NotExercised: if the store refuses a correct notification for the other order, too.
    """
    changes = list(order_is_unchanged(result))
    if not result.exchange.succeeded and not changes:
        require_fresh_ground(result)
    if result.exchange.succeeded:
        yield Finding(
            message="A notification for an unknown order is answered as a success, so ShipStation won't send it again.",
            order=result.notice.order_number,
            expected="status 4xx, like 404",
            actual=result.exchange.outcome,
            exchange=result.exchange.number,
        )
    yield from changes


def tracking_number_is_recorded_or_notification_refused(result: DebatableNotification) -> Iterator[Finding]:
    """SHP-13: a notification with an unknown item is refused with 4xx, or its tracking number is recorded."""
    if result.exchange.refused:
        return
    if not result.exchange.succeeded:
        yield result.finding(f"A notification {result.what} fails.", "status 2xx or 4xx", result.exchange.outcome)
    elif not result.added:
        yield result.finding(
            f"The tracking number of a notification {result.what} isn't recorded.", result.notice.tracking_number, ""
        )


def order_of_that_number_is_found(result: ValidNotification) -> Iterator[Finding]:
    """SHP-14: the order is found by its OrderNumber, with any characters, even if the OrderID differs."""
    yield from is_accepted(result)
    if result.exchange.succeeded and not result.added:
        yield result.finding(
            "The shipment isn't recorded on the order of that number.", result.notice.tracking_number, ""
        )


def other_order_is_unchanged(namesake: NotificationOfNamesake) -> Iterator[Finding]:
    """SHP-14: the shipment isn't recorded on another order whose OrderID is that number."""
    if namesake.other_after.shipments != namesake.other_before.shipments:
        yield namesake.notification.finding(
            "The shipment is recorded on another order, whose OrderID is that number.",
            namesake.notification.before.order_number,
            namesake.other_before.order_number,
        )
