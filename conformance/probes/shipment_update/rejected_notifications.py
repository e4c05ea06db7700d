"""SHP-11 to SHP-14, SHP-20, CON-4: notifications that the store must refuse, and how it finds an order by its number.

The first half of the module notifies and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from conformance.client.exchange import Exchange
from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.connection import NO_CREDENTIALS, PAIRS, WRONG_FOR_NOTIFICATIONS, wrong_credentials
from conformance.probes.shipment_update.fresh_ground import (
    Ground,
    attempted,
    is_changed,
    keeps_texts,
    require_fresh_ground,
    tried_on,
)
from conformance.probes.shipment_update.notify import (
    COST,
    PLAIN,
    REGARDLESS,
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
    notify_of_whole_order,
    order_with,
    require_working,
    result_of,
    two_lines,
)
from conformance.probes.side_by_side import Case, Existing, NewOrder, RecordOf
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

BY_GET = "no credentials, by GET"
OF_RECORDED = "a wrong password, for a parcel that is recorded"
_OF_NEW_PARCEL = (NO_CREDENTIALS, BY_GET, *WRONG_FOR_NOTIFICATIONS)
CREDENTIALS = (*_OF_NEW_PARCEL, OF_RECORDED)
"""Names of missing and wrong credentials of a notification in scenarios, in each form that a store may take."""
NUMBERS: dict[str, Callable[[str], str]] = {
    "a number that no order has": lambda unused: unused,
    "the beginning of an order number": lambda own: own[:-1],
    "an order number, a hyphen and a letter": lambda own: f"{own}-B",
    "an order number behind a zero": lambda own: f"0{own}",
    "an order number and .0": lambda own: f"{own}.0",
    "an order number with sign and exponent": lambda own: f"+{own}e0",
}
"""Name of a number of an unknown order in scenarios → what it is made of: the number of an order, or an unused one.

Conversions to numbers read the last ones as that order's: up to the first letter, as integers, and as decimal numbers.
"""
UNUSED = next(iter(NUMBERS))
OF_SAME_VALUE = tuple(NUMBERS)[-3:]
"""Numbers with the value of an order's number. They may name that order in a store whose order numbers are integers."""
BODIES: dict[str, bytes] = {
    "text that isn't XML": b"tracking=1Z",
    "an empty body": b"",
    "XML cut off in the middle": b"<?xml version='1.0'?><ShipNotice><OrderNumber>1</Order",
    "another XML document": b"<?xml version='1.0'?><Orders></Orders>",
    "JSON": b'{"OrderNumber": "1"}',
}
"""Name of a body that is not a notification in scenarios → the body."""
REFUSED_CASE = "a refusal"
"""The case of what must be refused: unknown orders, bad bodies, wrong credentials, and notifications by GET.

Its name makes it the first of a round, so that other cases can send a valid request after each of these four.
"""
BODIES_CASE = "bad bodies alone"
LOGIN_REFUSED = (401, 403)
UNKNOWN_ITEM = "items of the order and one that is not in it"
SPECIAL_NUMBER = "A+B&C 50%2F"
"""Part of an order number. It changes if it is decoded twice, or not at all."""


class NotificationOfNamesake(msgspec.Struct, frozen=True):
    """A notification of an order whose number is the id of another order, and that other order before and after."""

    notification: ValidNotification
    other_before: Order
    other_after: Order


# ---------------------------------------------------------------------- requests


def unknown_number(survey: Survey, kind: str, order: Order) -> str:
    """Return a number that no order should have; most kinds resemble the number of an order."""
    return NUMBERS[kind](_unused_number(survey) if kind == UNUSED else order.order_number)


def _unused_number(survey: Survey) -> str:
    return f"0{survey.run_id}0999999999"


def send_for_unknown_order(survey: Survey, kind: str, order: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
    """Send a notification for an order that the store doesn't have.

    Raises:
        NotExercised: if the order's number can't be changed in this way, or may name the same order then.
    """
    unknown = unknown_number(survey, kind, order)
    if not unknown:
        raise NotExercised("the order's number has only one character, so its beginning is empty")
    if kind in OF_SAME_VALUE and not keeps_texts(survey):
        raise NotExercised("the store's order numbers are integers, so that another spelling may name the same order")
    notice = ShipNotice(unknown, unknown, tracking, "UPS", SERVICE, COST, items=(ShippedLine("PLAIN-1", 1),))
    return notice, survey.shipstation.notify(notice), f"for the unknown order {unknown}"


def notify_of_order_by(survey: Survey, number: str) -> InvalidNotification:
    """Notify of an order that the store doesn't have."""
    require_working(survey)
    return attempted(survey, "nobody", number, REFUSED_CASE)


def _send_bad_body(survey: Survey, kind: str, order: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
    notice = notice_for(survey, order, "", None, tracking_number=tracking)
    return notice, survey.shipstation.notify(notice, body=BODIES[kind]), f"with {kind}"


def send_body(survey: Survey, body: str) -> InvalidNotification:
    """Send, once in a run, a notification with a body that is not a notification."""
    case = REFUSED_CASE if notify_of_whole_order(survey).exchange.succeeded else BODIES_CASE
    return attempted(survey, "bad", body, case)


def notify_with_body(survey: Survey, body: str) -> InvalidNotification:
    """Send a notification with a body that is not a notification, to a store that accepts valid ones."""
    require_working(survey)
    return send_body(survey, body)


def takes_query(survey: Survey) -> bool:
    """True if the store takes the right user name and password of a notification in the query. It is asked only once.

    The notification is for an unknown order: a store that takes the credentials refuses only the order.
    """

    def ask() -> bool:
        right = replace(survey.shipstation.credentials, scheme="query")
        number = _unused_number(survey)
        return survey.shipstation.notify(ShipNotice(number, number), credentials=right).status not in LOGIN_REFUSED

    return survey.cached("takes notifications with credentials in the query", ask)


def _send_with_credentials(survey: Survey, kind: str, order: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
    notice = notice_for(survey, order, "", lines_by_sku(order), tracking_number=tracking)
    right = survey.shipstation.credentials
    if kind == NO_CREDENTIALS:
        exchange = survey.shipstation.notify(notice, anonymous=True)
    elif kind == BY_GET:
        exchange = survey.shipstation.notify(notice, anonymous=True, method="GET")
    elif kind in PAIRS and PAIRS[kind][1] == "query" and not takes_query(survey):
        raise NotExercised("the store takes no credentials of notifications in the query of the URL")
    else:
        exchange = survey.shipstation.notify(notice, credentials=wrong_credentials(right, kind))
    return notice, exchange, f"with {kind}"


def notify_with_credentials(survey: Survey, credentials: str) -> InvalidNotification:
    """Send a valid notification with missing or wrong credentials."""
    require_working(survey)
    if credentials == OF_RECORDED:
        result: InvalidNotification = result_of(survey, OF_RECORDED)
        return result
    return attempted(survey, "anon", credentials, REFUSED_CASE)


def _repeat_with_wrong_password(survey: Survey) -> Case[InvalidNotification]:
    for _ in range(2):
        yield Existing(())  # the repetition of the whole order, with the right password, comes before
    first = notify_of_whole_order(survey)
    if not any(each.tracking_number for each in first.with_its_number):
        raise NotExercised("the parcel wasn't recorded the first time: fix SHP-1 or SHP-2 first")
    before: Order = yield RecordOf(first.after)
    wrong = wrong_credentials(survey.shipstation.credentials, "a wrong password")
    exchange = survey.shipstation.notify(first.notice, credentials=wrong)
    after: Order = yield RecordOf(before, (exchange,))
    return InvalidNotification(first.notice, before, exchange, after, survey.facts, f"with {OF_RECORDED}")


def _send_by_get(survey: Survey, kind: str, order: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
    notice = notice_for(survey, order, "", None, tracking_number=tracking)
    return notice, survey.shipstation.notify(notice, method="GET"), kind


def notify_by_get(survey: Survey) -> InvalidNotification:
    """Send a valid notification by GET."""
    require_working(survey)
    return attempted(survey, "byget", "by GET", REFUSED_CASE)


def notify_of_items_and_unknown_one(survey: Survey) -> DebatableNotification:
    """Notify of the items of an order, and of one that the order doesn't have."""
    require_working(survey)
    result: DebatableNotification = result_of(survey, "stranger")
    return result


def _items_and_unknown_one(survey: Survey) -> Case[DebatableNotification]:
    unknown = ShippedLine(f"NOT-IN-{survey.run_id}", 1, "", "Not of this order")
    order = yield order_with("stranger", two_lines)
    lines = [*lines_as_exported(survey, order), unknown]
    notice = notice_for(survey, order, "stranger", lines)
    return (yield from notify_debatably(survey, order, notice, f"for {UNKNOWN_ITEM}"))


def _numbered(name: str, number: str) -> NewOrder:
    return NewOrder(lambda make: msgspec.structs.replace(make.draft(name), order_number=number))


def _require_another_number(order: Order) -> None:
    """Go on only if an order's number isn't its id.

    Raises:
        NotExercised: if the store gives every order the same number and id.
    """
    if order.order_number == order.order_id or not order.order_id:
        raise NotExercised("the store gives every order the same OrderNumber and OrderID")


def notify_of_order_whose_number_is_not_its_id(survey: Survey) -> ValidNotification:
    """Notify of an order whose number isn't its id."""
    require_working(survey)
    result: ValidNotification = result_of(survey, "number")
    return result


def _number_that_is_not_the_id(survey: Survey) -> Case[ValidNotification]:
    order = yield _numbered("number", f"CT-{survey.run_id}-14")
    _require_another_number(order)
    return (yield from notify(survey, order, notice_for(survey, order, "number", lines_as_exported(survey, order))))


def notify_of_order_whose_number_has_special_characters(survey: Survey) -> ValidNotification:
    """Notify of an order whose number has characters with a special meaning in URLs.

    Raises:
        NotExercised: if the store chooses its numbers itself.
    """
    require_working(survey)
    result: ValidNotification = result_of(survey, "signs")
    return result


def _number_with_special_characters(survey: Survey) -> Case[ValidNotification]:
    order = yield _numbered("signs", f"{survey.run_id} {SPECIAL_NUMBER}")
    if SPECIAL_NUMBER not in order.order_number:
        raise NotExercised("the store gave the order another number than requested")
    return (yield from notify(survey, order, notice_for(survey, order, "signs", lines_as_exported(survey, order))))


def notify_of_order_whose_number_is_id_of_another(survey: Survey) -> NotificationOfNamesake:
    """Notify of an order whose number is the id of another order.

    Raises:
        NotExercised: if the store can't hold such an order.
    """
    require_working(survey)
    result: NotificationOfNamesake = result_of(survey, "twin")
    return result


def _number_that_is_id_of_another(survey: Survey) -> Case[NotificationOfNamesake]:
    first = yield _numbered("namesake", f"CT-{survey.run_id}-15")
    _require_another_number(first)
    if (yield Existing((first.order_id,))):
        raise NotExercised("the store already has an order with the number that this scenario needs")
    second = yield _numbered("twin", first.order_id)
    if second.order_number != first.order_id:
        raise NotExercised("the store gave the order another number than requested")
    notice = notice_for(survey, second, "twin", lines_as_exported(survey, second))
    result = yield from notify(survey, second, notice)
    return NotificationOfNamesake(result, first, (yield RecordOf(first)))


BAD_BODIES = Ground(name="bad", kinds=tuple(BODIES), attempt=_send_bad_body)
REGARDLESS[BODIES_CASE] = tried_on(BAD_BODIES)
PLAIN |= {
    REFUSED_CASE: tried_on(
        Ground(name="nobody", kinds=tuple(NUMBERS), attempt=send_for_unknown_order, number_of=unknown_number),
        BAD_BODIES,
        Ground(name="anon", kinds=_OF_NEW_PARCEL, attempt=_send_with_credentials),
        Ground(name="byget", kinds=("by GET",), attempt=_send_by_get),
    ),
    OF_RECORDED: _repeat_with_wrong_password,
    "stranger": _items_and_unknown_one,
    "number": _number_that_is_not_the_id,
    "signs": _number_with_special_characters,
    "twin": _number_that_is_id_of_another,
}


# ---------------------------------------------------------------------- judging


def order_is_unchanged(result: InvalidNotification) -> Iterator[Finding]:
    """Check that the notification changed neither status nor shipments of the order, nor what comes after it."""
    if is_changed(result):
        yield result.finding(
            f"A notification {result.what} changed the order.", _state(result.before), _state(result.after)
        )
    elif result.lost is not None:
        number = result.notice.tracking_number
        yield result.lost.finding(
            f"After a notification {result.what}, the correct one with the same tracking number isn't recorded.",
            f"a shipment with the number {number}, as with another number",
            f"{result.lost.exchange.outcome}, and {_state(result.lost.after)}",
        )


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
