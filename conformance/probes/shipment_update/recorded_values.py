"""SHP-1 to SHP-7, SHP-15, SHP-22: the recorded values of a parcel with a whole order, and the export after it.

The first half of the module notifies and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.fields import SHIP_NOTICE
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.order_changes import export_of_changes, require_readable
from conformance.probes.paging import loses_orders_on_pages
from conformance.probes.prepared_orders import with_rich_texts
from conformance.probes.shipment_update.kinds_of_orders import PART_KINDS, SHIPPED_BY_STAFF, WHOLE_KINDS, order_for
from conformance.probes.shipment_update.notify import (
    COST,
    NOTES,
    PLAIN,
    SERVICE,
    CaseOf,
    ValidNotification,
    carried_out,
    expected_units,
    has_shipped_status,
    in_words,
    is_accepted,
    lines_as_exported,
    misnamed_items,
    normalized_code,
    notice_for,
    notify,
    notify_of_whole_order,
    one_line,
    order_with,
    require_accepted,
    require_working,
    result_of,
    shipment_of,
    shipped_statuses,
    tracking_number,
    units_by_line,
)
from conformance.probes.side_by_side import Case, outcome
from conformance.probes.time_window import ExportAround, require_last_change
from conformance.survey.pages import export_problem
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.orders.specimens import SpecimenMaker, text_of_length

PLAIN_NUMBER = "capital letters"
TRACKING_NUMBERS = (
    PLAIN_NUMBER,
    "capital and small letters",
    "digits with leading zeros",
    "50 characters",
    "letters and punctuation",
)
"""Names of the forms of tracking numbers in scenarios."""
PLAIN_CARRIER = "UPS"
CARRIERS = (PLAIN_CARRIER, "USPS", "Bring Parcels AS & Co", "Österreichische Post")
HIGH_COST = "1234.50"
COSTS = (COST, HIGH_COST)
LONG_SERVICE = "Päckchen International & Économique – Priority"
SERVICES = (SERVICE, LONG_SERVICE)
PLAIN_NOTES = "special characters"
LONG_NOTES = "1000 characters"
NOTES_TO_CUSTOMER = {PLAIN_NOTES: NOTES, LONG_NOTES: text_of_length(1000, "Thank you! ")}
"""Name of the notes to the buyer in scenarios → the notes."""
DAY_LIKE_A_MONTH = "a day before the 13th"
SHIP_DATES = ("a day after the 12th", DAY_LIKE_A_MONTH)


class ExportAfterShipment(msgspec.Struct, frozen=True):
    """A shipped order in the window of the update.

    ``others`` are other exported orders with their records. They show how the export spells statuses. ``rich`` are
    orders with many special texts, which were shipped in the same minutes: their export beside what it has to show.
    ``missing`` is a parcel that was recorded on an order to which staff had given the shipped status before, if the
    export lacks the order.
    """

    notification: ValidNotification
    now: Order
    export: ExportAround
    others: tuple[Pair, ...]
    rich: tuple[Pair, ...] = ()
    missing: ValidNotification | None = None


# ---------------------------------------------------------------------- requests


def _whole_order_accepted(survey: Survey) -> ValidNotification:
    result = notify_of_whole_order(survey)
    require_accepted(result)
    return result


def _one_line(name: str, what: str, changes: Callable[[Survey], Mapping[str, object]]) -> CaseOf:
    """Return the case of an order of one line, and a notification with special values."""

    def case(survey: Survey) -> Case[ValidNotification]:
        order = yield order_with(name, one_line)
        notice = notice_for(survey, order, name, lines_as_exported(survey, order), **changes(survey))
        return (yield from notify(survey, order, notice, what))

    return case


def _rich_line(name: str, case_name: str, changes: Callable[[Survey], Mapping[str, object]], place: int) -> CaseOf:
    """Return the same case for an order with many special texts, and without notes to the buyer.

    A store may add notes to the buyer to the customer's notes. The order is of the kind that the case has.
    """

    def case(survey: Survey) -> Case[ValidNotification]:
        def build(make: SpecimenMaker) -> Draft:
            return with_rich_texts(survey, make.draft(name, *one_line(make)), place)

        order = yield from order_for(survey, case_name, build)
        given = {"notes": "", **changes(survey)}
        notice = notice_for(survey, order, name, lines_as_exported(survey, order), **given)
        return (yield from notify(survey, order, notice, "with special values"))

    return case


def _special(survey: Survey, name: str) -> ValidNotification:
    """Return the result of a parcel with one special value.

    Some special values share a parcel. If the store doesn't record it, each value is tried in a parcel of its own, so
    that it is clear which one is at fault.
    """
    require_working(survey)
    shared: ValidNotification = result_of(survey, SHARED[name])
    if name not in APART or (shared.exchange.succeeded and shared.added):
        return shared
    apart = survey.cached("special values apart", lambda: carried_out(survey, APART))
    result: ValidNotification = outcome(apart[name])
    return result


def number_of_form(survey: Survey, form: str) -> str:
    """Return a tracking number of this form, which no other run uses."""
    own = tracking_number(survey, form.replace(" ", ""))
    digits = str(int(own.encode().hex(), 16))
    return {
        PLAIN_NUMBER: own,
        "capital and small letters": f"Jd{own.lower()[2:8]}{own[8:16]}xY",
        "digits with leading zeros": f"00{digits[-18:]}",
        "50 characters": f"{own[:18]}{digits}{digits}"[:50],
        "letters and punctuation": f"{own[:16]}+{own[16:20]}&A%2B/1",
    }[form]


def notify_of_tracking_number(survey: Survey, form: str) -> ValidNotification:
    """Notify of a parcel with a tracking number of one form."""
    if form == PLAIN_NUMBER:
        return _whole_order_accepted(survey)
    return _special(survey, f"tracking{TRACKING_NUMBERS.index(form)}")


def notify_of_carrier(survey: Survey, carrier: str) -> ValidNotification:
    """Notify of a parcel with a carrier that the store knows or doesn't know."""
    if carrier == PLAIN_CARRIER:
        return _whole_order_accepted(survey)
    return _special(survey, f"carrier{CARRIERS.index(carrier)}")


def _notify_of_freight(survey: Survey) -> ValidNotification:
    """Notify of an expensive parcel by a service with a long name, shipped on a day like a month; made once."""
    return _special(survey, "freight")


def day_like_a_month(now: datetime) -> date:
    """Return a day of the last weeks that is another date if day and month are swapped."""
    day = (now - timedelta(days=1)).date()
    while day.day > 12 or day.day == day.month:
        day -= timedelta(days=1)
    return day


def _freight_accepted(survey: Survey) -> ValidNotification:
    result = _notify_of_freight(survey)
    if not result.exchange.succeeded:
        raise NotExercised(
            f"the store refuses a parcel with a fee of {HIGH_COST}, shipped before the 13th: fix SHP-22 first"
        )
    return result


def notify_of_service(survey: Survey, service: str) -> ValidNotification:
    """Notify of a parcel by a service with a short or a long name."""
    return _whole_order_accepted(survey) if service == SERVICE else _freight_accepted(survey)


def notify_of_fee(survey: Survey, amount: str) -> ValidNotification:
    """Notify of a parcel with a small or a large fee."""
    return _whole_order_accepted(survey) if amount == COST else _freight_accepted(survey)


def notify_of_shipping_day(survey: Survey, day: str) -> ValidNotification:
    """Notify of a parcel shipped on a day that can or can't be read as a month."""
    return _notify_of_freight(survey) if day == DAY_LIKE_A_MONTH else _whole_order_accepted(survey)


def notify_with_notes(survey: Survey, text: str) -> ValidNotification:
    """Notify of a parcel with notes to the buyer."""
    if text == PLAIN_NOTES:
        return _whole_order_accepted(survey)
    return _special(survey, "longnotes")


def _with_number(form: str) -> Callable[[Survey], Mapping[str, object]]:
    return lambda survey: {"tracking_number": number_of_form(survey, form)}


def _with_carrier(carrier: str) -> Callable[[Survey], Mapping[str, object]]:
    return lambda survey: {"carrier": carrier}


def _with_notes(survey: Survey) -> Mapping[str, object]:
    return {"notes": NOTES_TO_CUSTOMER[LONG_NOTES]}


_NUMBERS = {f"tracking{place}": form for place, form in enumerate(TRACKING_NUMBERS) if place}
_CARRIERS = {f"carrier{place}": carrier for place, carrier in enumerate(CARRIERS) if place}
_OTHERS = [*_CARRIERS, "longnotes"]
"""The special values that share a parcel with a special tracking number."""


def _both(*changes: Callable[[Survey], Mapping[str, object]]) -> Callable[[Survey], Mapping[str, object]]:
    return lambda survey: {name: value for change in changes for name, value in change(survey).items()}


_SPECIAL = {
    **{name: _with_number(form) for name, form in _NUMBERS.items()},
    **{name: _with_carrier(carrier) for name, carrier in _CARRIERS.items()},
    "longnotes": _with_notes,
}
APART = {
    **{name: _one_line(name, f"with a tracking number of {form}", _SPECIAL[name]) for name, form in _NUMBERS.items()},
    **{name: _one_line(name, "with this carrier", _SPECIAL[name]) for name in _CARRIERS},
    "longnotes": _one_line("longnotes", f"with notes of {LONG_NOTES}", _with_notes),
}
"""Name of a special value → the case of a parcel in which nothing else is special."""
SHARED = {
    "freight": "freight",
    **{name: f"{number} {other}" for number, other in zip(_NUMBERS, _OTHERS, strict=True) for name in (number, other)},
}
"""Name of a special value → the name of the case in which it is tried first."""
PLAIN |= {
    "freight": _one_line(
        "freight",
        f"with a fee of {HIGH_COST}, shipped before the 13th,",
        lambda survey: {"service": LONG_SERVICE, "cost": HIGH_COST, "ship_date": day_like_a_month(survey.now)},
    ),
    **{
        f"{number} {other}": _rich_line(
            f"{number}{other}", f"{number} {other}", _both(_SPECIAL[number], _SPECIAL[other]), place
        )
        for place, (number, other) in enumerate(zip(_NUMBERS, _OTHERS, strict=True))
    },
}
_RICH = tuple(f"{number} {other}" for number, other in zip(_NUMBERS, _OTHERS, strict=True) if other != "longnotes")
"""The cases of orders with many special texts that get no notes to the buyer."""


class OrdersOfManyKinds(msgspec.Struct, frozen=True):
    """The parcels of orders of many kinds that the store accepted, and those that it refused for the order's kind.

    ``ships_discounted``: an order with a coupon and a download is shipped when its goods are (SHP-16).
    """

    accepted: tuple[ValidNotification, ...]
    refused: tuple[ValidNotification, ...]
    ships_discounted: bool = True


def notify_of_orders_of_many_kinds(survey: Survey) -> OrdersOfManyKinds:
    """Notify of parcels with whole orders of each kind, and of parcels with a part of orders of each kind.

    Most of these parcels have other special values, too. Such a parcel counts as refused for the kind of its order only
    if its special values are accepted in parcels of plain orders.
    """
    require_working(survey)
    found: list[ValidNotification] = []
    refused: list[ValidNotification] = []
    for name in WHOLE_KINDS:
        with contextlib.suppress(NotExercised, TruthUnavailable):
            result: ValidNotification = result_of(survey, name)
            values = [value for value, case in SHARED.items() if case == name]
            if result.exchange.succeeded:
                found.append(result)
            elif values and all(_special(survey, value).exchange.succeeded for value in values):
                refused.append(result)
    for name in PART_KINDS:
        with contextlib.suppress(NotExercised, TruthUnavailable):
            found += [each for each in _parts(result_of(survey, name)) if each.exchange.succeeded and each.added]
    return OrdersOfManyKinds(tuple(found), tuple(refused), _ships_discounted(survey))


def _ships_discounted(survey: Survey) -> bool:
    """True unless SHP-16 reports that an order with a coupon and a download isn't shipped."""
    with contextlib.suppress(NotExercised, TruthUnavailable):
        adjusted: ValidNotification = result_of(survey, "adjusted")
        return not adjusted.exchange.succeeded or adjusted.is_shipped
    return True


def _parts(result: Any) -> list[ValidNotification]:
    """Return the parcel with a part of an order, of the result of a case."""
    if result is None:
        return []
    if isinstance(result, ValidNotification):
        return [result]
    return [result[0] if isinstance(result, tuple) else result.first]


def notify_and_ask_for_window_of_update(survey: Survey) -> ExportAfterShipment:
    """Notify of a whole order, and ask for the minutes of the run, by the suite's own clock.

    Raises:
        NotExercised: if the order isn't shipped, or if the export can't show the change.
    """

    def ask() -> ExportAfterShipment:
        result = notify_of_whole_order(survey)
        if not result.is_shipped:
            raise NotExercised("the notification didn't make the order shipped: fix SHP-1 first")
        now: Order = result_of(survey, "whole again").after  # a repeated notification may have changed it again (SHP-9)
        if now.status not in shipped_statuses(survey.facts):
            raise NotExercised("the order was shipped and then got another status: fix SHP-9 first")
        require_last_change(survey)
        shipped = list(_rich_orders_shipped(survey))
        by_staff = _parcel_after_status_by_staff(survey, now.status)
        found = export_of_changes(survey, [now, *shipped, *([by_staff.after] if by_staff is not None else [])])
        export = ExportAround(found.page, found.exported.get(now.order_number))
        require_readable(survey, export)
        rich = tuple(
            Pair(exported, order, survey.facts)
            for order in shipped
            if (exported := found.exported.get(order.order_number)) is not None
        )
        missing = None if by_staff is None or by_staff.after.order_number in found.exported else by_staff
        return ExportAfterShipment(result, now, export, survey.pairs, rich, missing)

    return survey.cached_or_refused("window of the update", ask)


def _rich_orders_shipped(survey: Survey) -> Iterator[Order]:
    """Yield the orders with many special texts that a notification made shipped, as their export has to be now."""
    for name in _RICH:
        with contextlib.suppress(NotExercised, TruthUnavailable):
            result: ValidNotification = result_of(survey, name)
            if result.is_shipped:
                before, after = result.before, result.after
                notes = before.internal_notes
                if normalized(notes) in normalized(after.internal_notes):
                    notes = after.internal_notes  # a store may add text to the staff's notes in its record
                changes = {"status": after.status, "modified_at": after.modified_at, "internal_notes": notes}
                yield msgspec.structs.replace(before, **changes)


def rich_orders_exported_again(survey: Survey) -> tuple[Pair, ...]:
    """Return the orders with many special texts that were exported again after a shipment.

    Raises:
        NotExercised: if the plain order isn't shipped, or if the export can't show the change.
    """
    return notify_and_ask_for_window_of_update(survey).rich


def _parcel_after_status_by_staff(survey: Survey, status: str) -> ValidNotification | None:
    """Return the parcel that was recorded on an order that had this shipped status before; None if there is none."""
    if loses_orders_on_pages(survey):
        return None  # PAG-2 reports pages that lose orders
    with contextlib.suppress(NotExercised, TruthUnavailable):
        result: ValidNotification = result_of(survey, SHIPPED_BY_STAFF)
        if result.exchange.succeeded and result.added and result.before.status == result.after.status == status:
            return result
    return None


# ---------------------------------------------------------------------- judging


def tracking_number_is_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-2: the tracking number is recorded as sent."""
    yield from is_accepted(result)
    numbers = [shipment.tracking_number for shipment in result.added or result.after.shipments]
    if result.exchange.succeeded and result.notice.tracking_number not in numbers:
        yield result.finding(
            "The tracking number isn't recorded as sent.", result.notice.tracking_number, ", ".join(numbers)
        )


def carrier_is_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-3: the carrier is recorded, even if the store doesn't know it."""
    yield from is_accepted(result)
    if result.exchange.succeeded:
        recorded = shipment_of(result).carrier
        if normalized_code(recorded) != normalized_code(result.notice.carrier):
            yield result.finding("The carrier isn't recorded.", result.notice.carrier, recorded)


def service_is_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-4: the service is recorded."""
    recorded = shipment_of(result).service
    if not is_same_text(result.notice.service, recorded, *SHIP_NOTICE["Service"].limits):
        yield result.finding("The service isn't recorded.", result.notice.service, recorded)


def fee_is_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-5: the carrier's fee is recorded."""
    recorded, sent = shipment_of(result).cost, result.notice.cost or ""
    if not is_same_amount(Decimal(sent), recorded):
        yield result.finding("The carrier's fee isn't recorded.", sent, "" if recorded is None else str(recorded))


def notes_to_the_buyer_are_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-6: NotesToCustomer is recorded as written, without the staff's notes, which aren't for the buyer."""
    yield from is_accepted(result)
    if result.exchange.succeeded:
        recorded = shipment_of(result).notes
        if not is_same_text(result.notice.notes, recorded, *SHIP_NOTICE["NotesToCustomer"].limits):
            yield result.finding("The notes to the buyer aren't recorded as written.", result.notice.notes, recorded)


def orders_of_every_kind_are_accepted_and_shipped(orders: OrdersOfManyKinds) -> Iterator[Finding]:
    """SHP-1: a notification isn't refused because of the kind of its order, and ships a whole order of every kind."""
    for result in orders.refused:
        yield from is_accepted(result)
    for result in _whole_orders(orders):
        if orders.ships_discounted or not result.before.discounts:
            yield from has_shipped_status(result)


def _whole_orders(orders: OrdersOfManyKinds) -> Iterator[ValidNotification]:
    """Yield the accepted and recorded parcels with all units of an order."""
    for result in orders.accepted:
        named = sum(line.quantity for line in result.notice.items or ())
        if result.added and named == sum(item.quantity for item in result.before.items):
            yield result


def items_are_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-7: the shipped items and quantities of a whole order are recorded."""
    shipment_of(result)
    wanted, found = expected_units(result.before.items), units_by_line(result.before, result.added)
    if wanted != found:
        yield result.finding("The shipped items aren't recorded.", in_words(wanted), in_words(found))
    for line, sku in misnamed_items(result.before, result.added):
        yield result.finding("The SKU of a recorded item is not that of its line.", line.sku, sku)


def items_of_whole_orders_are_recorded(orders: OrdersOfManyKinds) -> Iterator[Finding]:
    """SHP-7: the same for whole orders of every kind, some of which have very many units."""
    for result in _whole_orders(orders):
        yield from items_are_recorded(result)


def ship_date_is_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-22: ShipDate is recorded as the day sent, in every time zone."""
    yield from is_accepted(result)
    if result.exchange.succeeded:
        recorded, sent = shipment_of(result).shipped_on, result.notice.ship_date
        if sent is not None and recorded != sent:
            yield result.finding("ShipDate isn't recorded as the day sent.", sent.isoformat(), str(recorded or ""))


def of_each(
    check: Callable[[ValidNotification], Iterator[Finding]],
) -> Callable[[OrdersOfManyKinds], Iterator[Finding]]:
    """Return a check of each accepted parcel."""

    def judged(orders: OrdersOfManyKinds) -> Iterator[Finding]:
        for result in orders.accepted:
            if result.added:  # SHP-2 reports a parcel that isn't recorded
                yield from check(result)

    return judged


@of_each
def notes_are_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-6: the same for a parcel that has notes to the buyer. Of one without, a store may record its own."""
    if result.notice.notes:
        yield from notes_to_the_buyer_are_recorded(result)


tracking_numbers_are_recorded = of_each(tracking_number_is_recorded)
carriers_are_recorded = of_each(carrier_is_recorded)
services_are_recorded = of_each(service_is_recorded)
fees_are_recorded = of_each(fee_is_recorded)
ship_dates_are_recorded = of_each(ship_date_is_recorded)


def is_exported_as_shipped(shipped: ExportAfterShipment) -> Iterator[Finding]:
    """SHP-15: after the notification, the window of the update exports the order with its shipped status."""
    result, page, exported = shipped.notification, shipped.export.page, shipped.export.exported
    if exported is None or result.after.modified_at <= result.before.modified_at:
        yield Finding(
            message="The shipped order isn't exported in the window of the update.",
            order=result.after.order_number,
            xpath="/Orders/Order",
            expected="the order, modified during the run",
            actual=export_problem(page) or f"{len(page.orders)} orders, not this one",
            exchange=page.exchange.number,
        )
        return
    if shipped.missing is not None:
        yield shipped.missing.finding(
            "An order that staff had given the shipped status before isn't exported in the window of its parcel.",
            "the order, modified during the run",
            f"{len(page.orders)} orders, not this one",
        )
    if not _shows(exported, shipped_statuses(result.facts) | {result.after.status}, shipped.others):
        yield Finding(
            message="The export doesn't show the shipped status.",
            order=result.after.order_number,
            xpath=exported["OrderStatus"].xpath,
            expected=result.after.status,
            actual=exported["OrderStatus"].text,
            exchange=page.exchange.number,
        )


def _shows(exported: ExportedOrder, wanted: frozenset[str], others: tuple[Pair, ...]) -> bool:
    """True if an order shows one of these statuses, or the name that the export uses for it (STA-1)."""
    own = {status.casefold() for status in wanted}
    names: dict[bool, set[str]] = {True: set(), False: set()}
    for pair in others:
        names[pair.truth.status.casefold() in own].add(pair.exported["OrderStatus"].text.strip().casefold())
    shown = exported["OrderStatus"].text.strip().casefold()
    return shown in own or (shown in names[True] and shown not in names[False])
