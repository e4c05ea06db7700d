"""SHP-1 to SHP-7, SHP-15, SHP-22: what is recorded of a parcel that holds a whole order, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.client.parsing.order import ExportedOrder
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.changed_orders import export_around
from conformance.probes.shipment_update.notify import (
    COST,
    NOTES,
    SERVICE,
    NotificationResult,
    accepted,
    alike,
    as_sent,
    counted,
    described,
    expected_count,
    full_shipment,
    has_shipped_status,
    held,
    notice_for,
    notify,
    one_line,
    order_with,
    require_fields,
    require_working,
    shipped_status,
    tracking,
)
from conformance.probes.shipment_update.partial_shipments import parcels
from conformance.probes.time_window import require_last_change
from conformance.survey.pages import export_problem
from conformance.survey.survey import Survey
from mockstore.orders.model import Shipment
from mockstore.orders.specimens import text_of_length


def ships_the_order(survey: Survey) -> Iterator[Finding]:
    """SHP-1: a valid notification is answered 2xx, and the order has the store's shipped status."""
    story = full_shipment(survey)
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)


def recorded(survey: Survey) -> tuple[NotificationResult, Shipment]:
    """The shipment that the whole notification added.

    Raises:
        NotExercised: where it added none (which is SHP-1's and SHP-2's matter).
    """
    story = full_shipment(survey)
    if not story.exchange.succeeded:
        raise NotExercised("the notification was refused (SHP-1)")
    return story, shipment_of(story)


def shipment_of(story: NotificationResult) -> Shipment:
    """The shipment that a notification added.

    Raises:
        NotExercised: where it added none (SHP-2).
    """
    found = story.ours or story.new
    if not found:
        raise NotExercised("no shipment was recorded (SHP-2)")
    return found[0]


def special(survey: Survey, name: str, **changes: object) -> NotificationResult:
    """An order of one line, notified with something special.

    Raises:
        NotExercised: where right notifications are refused, too.
    """
    require_working(survey)
    order = order_with(survey, name, one_line).stored
    return notify(survey, order, notice_for(survey, order, name, as_sent(order), **changes))


TRACKING = (
    "capital letters",
    "letters of both cases",
    "digits that begin with zeros",
    "50 characters",
    "letters and signs",
)


def tracking_number(survey: Survey, kind: str) -> str:
    """A tracking number of one kind, of this run's own."""
    own = tracking(survey, kind.replace(" ", ""))
    digits = str(int(own.encode().hex(), 16))
    return {
        "capital letters": own,
        "letters of both cases": f"Jd{own.lower()[2:8]}{own[8:16]}xY",
        "digits that begin with zeros": f"00{digits[-18:]}",
        "50 characters": f"{own[:18]}{digits}{digits}"[:50],
        "letters and signs": f"{own[:16]}+{own[16:20]}&A%2B/1",
    }[kind]


def tracking_recorded(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-2: the tracking number is recorded as sent."""
    if kind == TRACKING[0]:
        story = full_shipment(survey)
        if not story.exchange.succeeded:
            raise NotExercised("the notification was refused (SHP-1)")
    else:
        story = special(survey, f"tracking{TRACKING.index(kind)}", tracking_number=tracking_number(survey, kind))
        yield from accepted(story)
        if not story.exchange.succeeded:
            return
    numbers = [shipment.tracking_number for shipment in story.new or story.after.shipments]
    if story.notice.tracking_number not in numbers:
        yield story.wrong(
            "The tracking number isn't recorded as sent.", story.notice.tracking_number, ", ".join(numbers)
        )


CARRIERS = ("UPS", "USPS", "Bring Parcels AS & Co", "Österreichische Post")


def carrier_recorded(survey: Survey, carrier: str) -> Iterator[Finding]:
    """SHP-3: the carrier is recorded; one that the store doesn't know is kept, not dropped."""
    require_fields(survey, "carrier")
    if carrier == CARRIERS[0]:
        story, shipment = recorded(survey)
    else:
        story = special(survey, f"carrier{CARRIERS.index(carrier)}", carrier=carrier)
        if not story.exchange.succeeded:
            yield story.wrong("A notification with this carrier is refused.", "status 2xx", story.exchange.outcome)
            return
        shipment = shipment_of(story)
    if alike(shipment.carrier) != alike(carrier):
        yield story.wrong("The carrier isn't recorded.", carrier, shipment.carrier)


def service_recorded(survey: Survey, service: str) -> Iterator[Finding]:
    """SHP-4: the service is recorded."""
    require_fields(survey, "service")
    story, shipment = recorded(survey) if service == SERVICE else recorded_freight(survey)
    if not is_same_text(service, shipment.service, 50):
        yield story.wrong("The service isn't recorded.", service, shipment.service)


DEAR = "1234.50"
DEAR_SERVICE = "Päckchen International & Économique – Priority"
EARLY = "a day before the 13th"


def freight(survey: Survey) -> NotificationResult:
    """A dear parcel by a service with a long name, shipped on a day that can be read as a month; told once."""
    return survey.cached(
        "freight",
        lambda: special(survey, "freight", service=DEAR_SERVICE, cost=DEAR, ship_date=day_like_a_month(survey.now)),
    )


def day_like_a_month(now: datetime) -> date:
    """A day of the last weeks that is another one with day and month swapped."""
    day = (now - timedelta(days=1)).date()
    while day.day > 12 or day.day == day.month:
        day -= timedelta(days=1)
    return day


def recorded_freight(survey: Survey) -> tuple[NotificationResult, Shipment]:
    story = freight(survey)
    if not story.exchange.succeeded:
        raise NotExercised(f"a parcel with a fee of {DEAR}, shipped before the 13th, is refused")
    return story, shipment_of(story)


def cost_recorded(survey: Survey, cost: str) -> Iterator[Finding]:
    """SHP-5: the carrier's fee is recorded."""
    require_fields(survey, "cost")
    story, shipment = recorded(survey) if cost == COST else recorded_freight(survey)
    if not is_same_amount(Decimal(cost), shipment.cost):
        found = "" if shipment.cost is None else str(shipment.cost)
        yield story.wrong("The carrier's fee isn't recorded.", cost, found)


NOTE_KINDS = ("special characters", "1000 characters")


def notes_recorded(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-6: NotesToCustomer is recorded as written, and none but them: the staff's notes aren't the buyer's."""
    require_fields(survey, "notes")
    if kind == NOTE_KINDS[0]:
        wanted = NOTES
        story, shipment = recorded(survey)
    else:
        wanted = text_of_length(1000, "Thank you! ")
        story = special(survey, "longnotes", notes=wanted)
        yield from accepted(story)
        if not story.exchange.succeeded:
            return
        shipment = shipment_of(story)
    if not is_same_text(wanted, shipment.notes, 1000):
        yield story.wrong("The notes to the buyer aren't recorded as written.", wanted, shipment.notes)


def notes_kept(survey: Survey) -> Iterator[Finding]:
    """NOT-1: a notification takes nothing away of what the customer wrote."""
    story = full_shipment(survey)
    before, after = story.before.customer_notes, story.after.customer_notes
    if not before:
        raise NotExercised("the order that is shipped has no note of the customer")
    if normalized(before) not in normalized(after):
        yield story.wrong("A notification replaces what the customer wrote.", before, after)


def day_recorded(survey: Survey, day: str) -> Iterator[Finding]:
    """SHP-22: ShipDate is recorded as the day sent, in every time zone."""
    require_fields(survey, "shipped_on")
    if day == EARLY and not freight(survey).exchange.succeeded:
        story = freight(survey)
        yield story.wrong("A parcel shipped on such a day is refused.", "status 2xx", story.exchange.outcome)
        return
    story, shipment = recorded(survey) if day != EARLY else recorded_freight(survey)
    sent: date | None = story.notice.ship_date
    if sent is not None and shipment.shipped_on != sent:
        yield story.wrong("ShipDate isn't recorded as the day sent.", sent.isoformat(), str(shipment.shipped_on or ""))


def items_recorded(survey: Survey) -> Iterator[Finding]:
    """SHP-7: the shipped items and quantities are recorded: all of a whole order, and of a part no more than it."""
    require_fields(survey, "items")
    story, _ = recorded(survey)
    wanted, found = expected_count(story.before.items), counted(story.before, story.new)
    if wanted != found:
        yield story.wrong("The shipped items aren't recorded.", described(wanted), described(found))
        return
    first, _ = parcels(survey)
    if first.exchange.succeeded and first.new:
        wanted, found = expected_count(first.before.items[:1]), counted(first.before, first.new)
        if wanted != found:
            yield first.wrong("What is recorded isn't what the parcel holds.", described(wanted), described(found))


def exported_as_shipped(survey: Survey) -> Iterator[Finding]:
    """SHP-15: after it, the order is exported in the window of the update with its shipped status."""
    story = full_shipment(survey)
    wanted = shipped_status(survey)
    if story.after.status not in wanted:
        raise NotExercised("the notification didn't make the order shipped (SHP-1)")
    now = held(survey, story.after.order_number)
    if now.status not in wanted:
        raise NotExercised("the order was shipped, and has another status by now (SHP-9)")
    require_last_change(survey)
    around = export_around(survey, now)  # a notification that was booked once more has moved it (SHP-9)
    reading, exported = around.reading, around.exported
    around.require_document(survey)
    if exported is None or story.after.modified_at <= story.before.modified_at:
        yield Finding(
            message="The shipped order isn't exported in the window of the update.",
            order=story.after.order_number,
            xpath="/Orders/Order",
            expected=f"the order, modified {now.modified_at:%m/%d/%Y %H:%M} UTC",
            actual=export_problem(reading) or f"{len(reading.orders)} orders, not this one",
            exchange=reading.exchange.number,
        )
    elif not _shows(survey, exported, wanted | {story.after.status}):
        yield Finding(
            message="The export doesn't show the shipped status.",
            order=story.after.order_number,
            xpath=exported["OrderStatus"].xpath,
            expected=story.after.status,
            actual=exported["OrderStatus"].text,
            exchange=reading.exchange.number,
        )


def _shows(survey: Survey, exported: ExportedOrder, wanted: frozenset[str]) -> bool:
    """Whether an order shows one of these statuses, by whatever name the export has for it (STA-1)."""
    own = {status.casefold() for status in wanted}
    names = {pair.exported["OrderStatus"].text for pair in survey.pairs if pair.truth.status.casefold() in own}
    shown = exported["OrderStatus"].text.strip().casefold()
    others = {
        pair.exported["OrderStatus"].text.strip().casefold()
        for pair in survey.pairs
        if pair.truth.status.casefold() not in own
    }
    return shown in own or (shown in {name.strip().casefold() for name in names} and shown not in others)
