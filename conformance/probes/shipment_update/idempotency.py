"""SHP-9, SHP-21: the same notification, sent again later or at the same moment.

The first half of the module notifies and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.shipment_update.notify import (
    NotificationResult,
    ValidNotification,
    in_words,
    lines_as_exported,
    normalized_code,
    notice_for,
    notify,
    notify_of_whole_order,
    one_line,
    order_with,
    shipped_statuses,
    stored_order,
    units_by_line,
    wait_until_booked,
)
from conformance.probes.shipment_update.partial_shipments import require_parcels, two_parcels
from conformance.survey.survey import Survey

SIMULTANEOUS_NOTIFICATIONS = 3
ATTEMPTS = ("second", "third")


@dataclass(frozen=True)
class RepeatedNotification:
    """A notification that was accepted, and the same one sent again."""

    first: ValidNotification
    again: tuple[ValidNotification, ...]


@dataclass(frozen=True)
class SimultaneousNotifications(NotificationResult):
    """Several notifications of one order, sent at the same moment. ``parcels`` is their number of parcels."""

    parcels: int = 0


# ---------------------------------------------------------------------- requests


def _twice(survey: Survey) -> RepeatedNotification:
    """Notify of a part of an order twice. This is done once in a run."""

    def make() -> RepeatedNotification:
        order = order_with(survey, "again", lambda make: (make.item(1, quantity=4),)).stored
        line = lines_as_exported(survey, order)[0]
        notice = notice_for(survey, order, "again", [replace(line, quantity=2)])
        first = notify(survey, order, notice)
        return RepeatedNotification(first, (notify(survey, first.after, notice),))

    return survey.cached("a notification twice", make)


def _require_accepted_first(first: ValidNotification) -> None:
    if not first.exchange.succeeded:
        raise NotExercised("the notification was refused the first time: fix SHP-1 first")


def notify_of_same_parcel_again(survey: Survey) -> RepeatedNotification:
    """Notify of a part of an order, and again of the same part.

    Raises:
        NotExercised: if the notification is refused the first time.
    """
    repeated = _twice(survey)
    _require_accepted_first(repeated.first)
    return repeated


def notify_of_same_whole_order_again(survey: Survey) -> RepeatedNotification:
    """Notify of a whole order, and of the same whole order again.

    Raises:
        NotExercised: if the notification is refused the first time.
    """
    first = notify_of_whole_order(survey)
    _require_accepted_first(first)
    return RepeatedNotification(first, (notify(survey, first.after, first.notice),))


def notify_again_of_first_parcel_of_shipped_order(survey: Survey) -> RepeatedNotification:
    """Notify again of the first parcel of an order that a second parcel has completed.

    Raises:
        NotExercised: if the store refuses a parcel with a part of an order.
    """
    parcels = two_parcels(survey)
    first = parcels.first
    if not first.exchange.succeeded or not parcels.second.exchange.succeeded:
        raise NotExercised("the store refuses a parcel with a part of an order: fix SHP-10 first")
    now = stored_order(survey, first.before.order_number)
    return RepeatedNotification(first, (notify(survey, now, first.notice),))


def notify_of_same_parcel_for_another_order(survey: Survey) -> ValidNotification:
    """Notify of a parcel for another order after the first notification of this parcel. One parcel may hold two orders.

    Raises:
        NotExercised: if the parcel isn't recorded on the first order.
    """
    first = _twice(survey).first
    if not first.exchange.succeeded or not first.added:
        raise NotExercised("the parcel wasn't recorded on the first order: fix SHP-1 or SHP-2 first")
    order = order_with(survey, "shared", one_line).stored
    notice = notice_for(
        survey, order, "shared", lines_as_exported(survey, order), tracking_number=first.notice.tracking_number
    )
    return notify(survey, order, notice, "of a parcel of two orders")


def notify_at_the_same_moment(survey: Survey) -> SimultaneousNotifications:
    """Send several notifications of one order at the same moment, each of them twice. Send failed ones again.

    If the store records repeated notifications (SHP-9), each is sent only once.
    """
    require_parcels(survey)
    order = order_with(survey, "atonce", lambda make: (make.item(1, quantity=10),)).stored
    line = lines_as_exported(survey, order)[0]
    notices = [
        notice_for(survey, order, f"atonce{n}", [replace(line, quantity=1)]) for n in range(SIMULTANEOUS_NOTIFICATIONS)
    ]
    books_repeats = any(is_recorded_once(notify_of_same_parcel_again(survey)))
    sent = [notice for notice in notices for _ in range(1 if books_repeats else 2)]
    exchanges = survey.shipstation.notify_together(sent)
    failed = [place for place, exchange in enumerate(exchanges) if not exchange.succeeded]
    again = [survey.shipstation.notify(sent[place]) for place in failed]
    after = wait_until_booked(survey, order, [*exchanges, *again], lambda now: len(now.shipments) >= len(notices))
    last = (again or exchanges)[-1]
    return SimultaneousNotifications(notices[0], order, last, after, survey.facts, parcels=len(notices))


# ---------------------------------------------------------------------- judging


def is_recorded_once(repeated: RepeatedNotification) -> Iterator[Finding]:
    """SHP-9: the same notification, sent again, is answered 2xx and recorded once."""
    order = repeated.first.before
    for attempt, result in zip(ATTEMPTS, repeated.again, strict=False):
        before, after = result.before.shipments, result.after.shipments
        if not result.exchange.succeeded:
            yield result.finding(
                f"The same notification is refused the {attempt} time.", "status 2xx", result.exchange.outcome
            )
        if len(after) > len(before):
            yield result.finding(
                f"The same notification is recorded a {attempt} time.",
                f"{len(before)} shipments",
                f"{len(after)} shipments",
            )
            return
        if (was := units_by_line(order, before)) != (now := units_by_line(order, after)):
            yield result.finding("The same notification books its items again.", in_words(was), in_words(now))
            return


def order_stays_shipped(repeated: RepeatedNotification) -> Iterator[Finding]:
    """SHP-9: an order stays shipped after the same notification is sent again."""
    for again in repeated.again:
        shipped = shipped_statuses(again.facts)
        if again.before.status in shipped and again.after.status not in shipped:
            yield again.finding(
                "After the same notification is sent again, the order is no longer shipped.",
                again.before.status,
                again.after.status,
            )


def is_recorded_on_the_second_order_too(result: ValidNotification) -> Iterator[Finding]:
    """SHP-9: only the same order and tracking number make a repetition. One parcel may hold two orders."""
    if result.exchange.succeeded and not result.added:
        yield result.finding(
            "The parcel isn't recorded on a second order with the same tracking number.",
            result.notice.tracking_number,
            "",
        )


def each_is_recorded_once(notifications: SimultaneousNotifications) -> Iterator[Finding]:
    """SHP-21: notifications sent at the same moment are each recorded once. The suite sends refused ones again."""
    shipments = notifications.after.shipments
    found = Counter(normalized_code(shipment.tracking_number) for shipment in shipments)
    if len(shipments) != notifications.parcels or any(count > 1 for number, count in found.items() if number):
        yield notifications.finding(
            "Notifications sent at the same moment aren't each recorded once.",
            f"{notifications.parcels} shipments, each once",
            in_words(found),
        )
