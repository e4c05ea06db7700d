"""SHP-9, SHP-21: the same notification, sent again later or at the same moment.

The first half of the module notifies and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import msgspec

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.shipment_update.kinds_of_orders import draft_with, order_for
from conformance.probes.shipment_update.notify import (
    PLAIN,
    NotificationResult,
    ValidNotification,
    in_words,
    is_accepted,
    lines_as_exported,
    normalized_code,
    notice_for,
    notify,
    notify_of_whole_order,
    one_line,
    order_with,
    require_shipping,
    result_of,
    shipped_statuses,
    tracking_number,
    units_by_line,
)
from conformance.probes.shipment_update.partial_shipments import require_parcels, two_parcels
from conformance.probes.side_by_side import Case, Existing, RecordOf
from conformance.survey.survey import Survey

SIMULTANEOUS_NOTIFICATIONS = 2
ATTEMPTS = ("second", "third")


class RepeatedNotification(msgspec.Struct, frozen=True):
    """A notification that was accepted, and the same one sent again."""

    first: ValidNotification
    again: tuple[ValidNotification, ...]


class SimultaneousNotifications(NotificationResult, frozen=True):
    """Several notifications of one order, each sent twice at the same moment. ``parcels`` is their number of parcels.

    ``accepted`` are the tracking numbers that were answered 2xx. If ``may_repeat``, the store records every repetition,
    which SHP-9 reports.
    """

    parcels: int = 0
    accepted: tuple[str, ...] = ()
    may_repeat: bool = False


# ---------------------------------------------------------------------- requests


def _twice(survey: Survey) -> RepeatedNotification:
    """Notify of a part of an order twice. This is done once in a run."""
    result: RepeatedNotification = result_of(survey, "again")
    return result


def _same_part_again(survey: Survey) -> Case[RepeatedNotification]:
    order = yield from order_for(survey, "again", draft_with("again", lambda make: (make.item(1, quantity=4),)))
    line = lines_as_exported(survey, order)[0]
    notice = notice_for(survey, order, "again", [replace(line, quantity=2)])
    first = yield from notify(survey, order, notice)
    return RepeatedNotification(first, ((yield from notify(survey, first.after, notice)),))


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
    return RepeatedNotification(first, (result_of(survey, "whole again"),))


def _same_whole_order_again(survey: Survey) -> Case[ValidNotification]:
    yield Existing(())  # the cases begin before the first notification
    first = notify_of_whole_order(survey)
    return (yield from notify(survey, first.after, first.notice))


def notify_again_of_first_parcel_of_shipped_order(survey: Survey) -> RepeatedNotification:
    """Notify again of the first parcel of an order that a second parcel has completed.

    Raises:
        NotExercised: if the store refuses a parcel with a part of an order.
    """
    parcels = two_parcels(survey)
    if parcels.again is None:
        raise NotExercised("the store refuses a parcel with a part of an order: fix SHP-10 first")
    return RepeatedNotification(parcels.first, (parcels.again,))


def notify_of_same_parcel_for_another_order(survey: Survey) -> ValidNotification:
    """Notify of a parcel for another order after the first notification of this parcel. One parcel may hold two orders.

    Raises:
        NotExercised: if the parcel isn't recorded on the first order.
    """
    require_shipping(survey)
    first = _twice(survey).first
    if not first.exchange.succeeded or not first.added:
        raise NotExercised("the parcel wasn't recorded on the first order: fix SHP-1 or SHP-2 first")
    result: ValidNotification = result_of(survey, "shared")
    return result


def _same_parcel_for_another_order(survey: Survey) -> Case[ValidNotification]:
    order = yield from order_for(survey, "shared", draft_with("shared", one_line))
    yield RecordOf(order)  # until the parcel is booked on the first order
    notice = notice_for(
        survey,
        order,
        "shared",
        lines_as_exported(survey, order),
        tracking_number=tracking_number(survey, "again"),
    )
    return (yield from notify(survey, order, notice, "of a parcel of two orders"))


def notify_at_the_same_moment(survey: Survey) -> SimultaneousNotifications:
    """Send several notifications of one order at the same moment, each of them twice. Send failed ones again.

    If the store records repeated notifications (SHP-9), only those that are lost count.
    """
    require_parcels(survey)
    sent: SimultaneousNotifications = result_of(survey, "atonce")
    return msgspec.structs.replace(sent, may_repeat=any(is_recorded_once(notify_of_same_parcel_again(survey))))


def _at_the_same_moment(survey: Survey) -> Case[SimultaneousNotifications]:
    order = yield order_with("atonce", lambda make: (make.item(1, quantity=10),))
    line = lines_as_exported(survey, order)[0]
    notices = [
        notice_for(survey, order, f"atonce{n}", [replace(line, quantity=1)]) for n in range(SIMULTANEOUS_NOTIFICATIONS)
    ]
    sent = [notice for notice in notices for _ in range(2)]
    exchanges = survey.shipstation.notify_together(sent)
    failed = [place for place, exchange in enumerate(exchanges) if not exchange.succeeded]
    again = [survey.shipstation.notify(sent[place]) for place in failed]
    after = yield RecordOf(order, (*exchanges, *again), lambda now: len(now.shipments) >= len(notices))
    last = (again or exchanges)[-1]
    replies = [
        *zip(sent, exchanges, strict=True),
        *((sent[place], each) for place, each in zip(failed, again, strict=True)),
    ]
    accepted = tuple(dict.fromkeys(notice.tracking_number for notice, exchange in replies if exchange.succeeded))
    return SimultaneousNotifications(
        notices[0], order, last, after, survey.facts, parcels=len(notices), accepted=accepted
    )


PLAIN |= {
    "again": _same_part_again,
    "whole again": _same_whole_order_again,
    "shared": _same_parcel_for_another_order,
    "atonce": _at_the_same_moment,
}


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
    """SHP-1: only the same order and tracking number make a repetition. One parcel may hold two orders."""
    yield from is_accepted(result)
    if result.exchange.succeeded and not (result.added and result.is_shipped):
        what = "isn't recorded on" if not result.added else "doesn't ship"
        yield result.finding(
            f"The parcel {what} a second order with the same tracking number.",
            f"{result.notice.tracking_number}, {' or '.join(sorted(shipped_statuses(result.facts)))}",
            f"{', '.join(each.tracking_number for each in result.added) or 'no shipment'}, {result.after.status}",
        )


def no_accepted_parcel_is_lost(notifications: SimultaneousNotifications) -> Iterator[Finding]:
    """SHP-2: a tracking number that was answered 2xx is recorded, also if others were sent at the same moment."""
    shipments = notifications.after.shipments
    known = {normalized_code(shipment.tracking_number) for shipment in shipments}
    lost = [number for number in notifications.accepted if normalized_code(number) not in known]
    if lost and len(shipments) < len(notifications.accepted):
        yield notifications.finding(
            "A parcel that was answered 2xx is lost, because another one of the order came at the same moment.",
            ", ".join(notifications.accepted),
            ", ".join(shipment.tracking_number for shipment in shipments),
        )


def each_is_recorded_once(notifications: SimultaneousNotifications) -> Iterator[Finding]:
    """SHP-21: notifications sent at the same moment are each recorded once. The suite sends refused ones again."""
    shipments = notifications.after.shipments
    found = Counter(normalized_code(shipment.tracking_number) for shipment in shipments)
    is_wrong = len(shipments) != notifications.parcels or any(count > 1 for number, count in found.items() if number)
    if notifications.may_repeat:
        is_wrong = len(shipments) < notifications.parcels or 0 < len(found.keys() - {""}) < notifications.parcels
    if is_wrong:
        yield notifications.finding(
            "Notifications sent at the same moment aren't each recorded once.",
            f"{notifications.parcels} shipments, each once",
            in_words(found),
        )
