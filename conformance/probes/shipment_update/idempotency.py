"""SHP-9, SHP-21: the same notification again, later and at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.shipment_update.notify import (
    NotificationResult,
    alike,
    as_exported,
    as_sent,
    counted,
    described,
    full_shipment,
    held,
    notice_for,
    notify,
    one_line,
    order_with,
    shipped_status,
    wait_until_booked,
)
from conformance.probes.shipment_update.partial_shipments import parcels, require_parcels
from conformance.survey.survey import Survey


def repeated(survey: Survey) -> tuple[NotificationResult, NotificationResult, NotificationResult]:
    """One notification, sent again at once, and once more after another parcel."""

    def make() -> tuple[NotificationResult, NotificationResult, NotificationResult]:
        order = order_with(survey, "again", lambda make: (make.item(1, quantity=4),)).stored
        line = as_exported(survey, order)[0]
        notice = notice_for(survey, order, "again", [replace(line, quantity=2)])
        first = notify(survey, order, notice)
        second = notify(survey, first.after, notice)
        other = notify(survey, second.after, notice_for(survey, order, "between", [replace(line, quantity=1)]))
        return first, second, notify(survey, other.after, notice)

    return survey.cached("a notification three times", make)


def once_only(survey: Survey) -> Iterator[Finding]:
    """SHP-9: the same notification again is answered 2xx and recorded once."""
    first, *retries = repeated(survey)
    order = first.before
    if not first.exchange.succeeded:
        raise NotExercised("the notification was refused the first time (SHP-1)")
    for attempt, story in zip(("second", "third"), retries, strict=True):
        if not story.exchange.succeeded:
            yield story.wrong(
                f"The same notification is refused the {attempt} time.", "status 2xx", story.exchange.outcome
            )
        if len(story.after.shipments) > len(story.before.shipments):
            yield story.wrong(
                f"The same notification is recorded a {attempt} time.",
                f"{len(story.before.shipments)} shipments",
                f"{len(story.after.shipments)} shipments",
            )
            return
        if (was := counted(order, story.before.shipments)) != (now := counted(order, story.after.shipments)):
            yield story.wrong("The same notification books its items again.", described(was), described(now))
            return


def once_only_whole(survey: Survey) -> Iterator[Finding]:
    """SHP-9: also where the order was complete with it."""
    story = full_shipment(survey)
    if not story.exchange.succeeded:
        raise NotExercised("the notification was refused the first time (SHP-1)")
    again = notify(survey, story.after, story.notice)
    if not again.exchange.succeeded:
        yield again.wrong("The same notification is refused the second time.", "status 2xx", again.exchange.outcome)
    if again.new:
        yield again.wrong(
            "The same notification is recorded a second time.", "1 shipment", f"{len(again.after.shipments)} shipments"
        )
    yield from _stays_shipped(survey, again)


def _stays_shipped(survey: Survey, again: NotificationResult) -> Iterator[Finding]:
    shipped = shipped_status(survey)
    if again.before.status in shipped and again.after.status not in shipped:
        yield again.wrong(
            "The same notification, sent again, takes the shipped status away.",
            again.before.status,
            again.after.status,
        )


def once_only_late(survey: Survey) -> Iterator[Finding]:
    """SHP-9: also the first parcel of an order that later ones have completed: it stays complete."""
    first, second = parcels(survey)
    if not first.exchange.succeeded or not second.exchange.succeeded:
        raise NotExercised("the store refuses parcels of part of an order (SHP-10)")
    yield from _stays_shipped(survey, notify(survey, held(survey, first.before.order_number), first.notice))


def one_parcel_two_orders(survey: Survey) -> Iterator[Finding]:
    """SHP-9: what is sent again is told by order and tracking number: one parcel may hold two orders."""
    first, *_ = repeated(survey)
    if not first.exchange.succeeded or not first.new:
        raise NotExercised("the parcel wasn't recorded on the first order (SHP-1, SHP-2)")
    order = order_with(survey, "shared", one_line).stored
    notice = notice_for(survey, order, "shared", as_sent(order), tracking_number=first.notice.tracking_number)
    story = notify(survey, order, notice)
    if story.exchange.succeeded and not story.new:
        yield story.wrong(
            "The parcel of another order, with the same tracking number, is lost.", notice.tracking_number, ""
        )


TOGETHER = 4


def at_once(survey: Survey) -> Iterator[Finding]:
    """SHP-21: notifications sent at the same moment are each recorded once; refused, they may be sent again.

    Where repeats one after the other are booked twice (SHP-9), each is sent but once.
    """
    require_parcels(survey)
    order = order_with(survey, "atonce", lambda make: (make.item(1, quantity=10),)).stored
    line = as_exported(survey, order)[0]
    notices = [notice_for(survey, order, f"atonce{n}", [replace(line, quantity=1)]) for n in range(TOGETHER)]
    retried_well = not any(once_only(survey))
    twice = [notice for notice in notices for _ in range(2 if retried_well else 1)]
    exchanges = survey.shipstation.notify_together(twice)
    failed = [place for place, exchange in enumerate(exchanges) if not exchange.succeeded]
    again = [survey.shipstation.notify(twice[place]) for place in failed]
    after = wait_until_booked(survey, order, [*exchanges, *again], lambda now: len(now.shipments) >= len(notices))
    story = NotificationResult(notices[0], order, (again or exchanges)[-1], after)
    found = Counter(alike(shipment.tracking_number) for shipment in after.shipments)
    if len(after.shipments) != len(notices) or any(count > 1 for number, count in found.items() if number):
        yield story.wrong(
            "Notifications sent at the same moment aren't each recorded once.",
            f"{len(notices)} shipments, each once",
            described(found),
        )
