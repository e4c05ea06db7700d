"""SHP-7, SHP-8, SHP-10, SHP-16 to SHP-18, SHP-23: orders in several parcels, and the parcel that completes an order.

The first half of the module notifies and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import msgspec

from conformance.checks.compare import is_same_amount, is_same_text
from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.contract.fields import SHIP_NOTICE
from conformance.core.errors import Inconclusive, NotExercised
from conformance.core.finding import Finding
from conformance.probes.shipment_update.kinds_of_orders import draft_with, order_for
from conformance.probes.shipment_update.notify import (
    PLAIN,
    DebatableNotification,
    NotificationResult,
    ValidNotification,
    expected_units,
    has_shipped_status,
    in_words,
    is_accepted,
    lines_as_exported,
    normalized_code,
    notice_for,
    notify,
    notify_debatably,
    notify_of_whole_order,
    one_line,
    order_with,
    require_shipping,
    require_working,
    result_of,
    shipment_of,
    two_lines,
    units_by_line,
)
from conformance.probes.side_by_side import Case
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.model import Discount, Item, Option, Order, Shipment
from mockstore.orders.specimens import SpecimenMaker


class TwoParcels(msgspec.Struct, frozen=True):
    """An order in two parcels, one after the other; ``again`` is the first notification, sent again after both."""

    first: ValidNotification
    second: ValidNotification
    again: ValidNotification | None = None


class LinesOfOneSku(msgspec.Struct, frozen=True):
    """An order with two lines of one SKU, one red and three blue. First the blue line is shipped, then the red line.

    ``red_alone`` is another such order of which only the red line is shipped; None if that can't be tested.
    """

    blue: ValidNotification
    red: ValidNotification
    red_alone: ValidNotification | None


MANY_LINES = 102
"""The lines of the order that ships in two parcels: the second parcel has more than a hundred."""


# ---------------------------------------------------------------------- requests


def two_parcels(survey: Survey) -> TwoParcels:
    """Ship an order of many lines in two parcels, and notify again of the first. This is done once in a run.

    The first parcel has one line, the second has all others.
    """
    result: TwoParcels = result_of(survey, "parcels")
    return result


def _two_parcels(survey: Survey) -> Case[TwoParcels]:
    order = yield order_with("parcels", lambda make: (*two_lines(make), *map(make.item, range(3, MANY_LINES + 1))))
    lines = lines_as_exported(survey, order)
    first = yield from notify(survey, order, notice_for(survey, order, "parcel1", lines[:1]))
    second = yield from notify(survey, first.after, notice_for(survey, order, "parcel2", lines[1:]))
    if not (first.exchange.succeeded and second.exchange.succeeded):
        return TwoParcels(first, second, None)
    return TwoParcels(first, second, (yield from notify(survey, second.after, first.notice)))


def require_parcels(survey: Survey) -> None:
    """Go on only if each of two parcels is recorded.

    Raises:
        NotExercised: if they are not recorded as two shipments (SHP-10).
    """
    require_shipping(survey)
    if any(are_two_shipments(two_parcels(survey))):
        raise NotExercised("the second parcel of an order isn't recorded as a second shipment: fix SHP-10 first")


def require_completing(survey: Survey) -> None:
    """Go on only if two plain parcels complete an order.

    Raises:
        NotExercised: if the order isn't shipped after the second parcel, or is shipped before (SHP-8).
    """
    require_parcels(survey)
    if any(only_the_second_ships_the_order(two_parcels(survey))):
        raise NotExercised("two parcels don't complete an order, or the first does: fix SHP-8 first")


def require_items(survey: Survey) -> None:
    """Go on only if the items of a plain parcel are recorded, as far as the store's record tells.

    Raises:
        NotExercised: if others are recorded (SHP-7).
    """
    whole = notify_of_whole_order(survey)
    if whole.added and units_by_line(whole.before, whole.added) != expected_units(whole.before.items):
        raise NotExercised("the store doesn't record the items of a plain parcel: fix SHP-7 first")


def notify_of_two_parcels(survey: Survey) -> TwoParcels:
    """Notify of two parcels of one order."""
    require_working(survey)
    return two_parcels(survey)


def notify_of_one_line_after_the_other(survey: Survey) -> TwoParcels:
    """Notify of the two lines of an order, one after the other."""
    require_parcels(survey)
    return two_parcels(survey)


def notify_of_all_lines_except_a_free_one(survey: Survey) -> ValidNotification:
    """Notify of all lines of an order except the free one."""
    require_completing(survey)
    result: ValidNotification = result_of(survey, "sample")
    return result


def _all_but_a_free_line(survey: Survey) -> Case[ValidNotification]:
    def lines(make: SpecimenMaker) -> tuple[Item, ...]:
        return make.item(1), make.item(2, unit_price=Decimal(0), name="Free sample")

    order = yield from order_for(survey, "sample", draft_with("sample", lines))
    exported = zip(lines_as_exported(survey, order), order.items, strict=True)
    paid = [line for line, item in exported if item.unit_price]
    return (yield from notify(survey, order, notice_for(survey, order, "sample1", paid)))


def notify_of_all_that_can_be_shipped(survey: Survey) -> ValidNotification:
    """Notify of the goods of an order that also has a coupon and a download. This is done once in a run.

    Raises:
        NotExercised: if the store can hold neither of the two.
    """
    require_shipping(survey)
    result: ValidNotification = result_of(survey, "adjusted")
    return result


def _goods_beside_a_download(survey: Survey) -> Case[ValidNotification]:
    def lines(make: SpecimenMaker) -> tuple[Item, ...]:
        return make.item(1), make.item(2, shippable=False, weight=None, name="Handbook (PDF)")

    order = yield order_with("adjusted", lines, discounts=(Discount("Coupon", Decimal("1.00"), "ONE"),))
    if not any(not item.shippable for item in order.items) and not order.discounts:
        raise NotExercised("the store holds neither discounts nor lines that aren't shipped")
    goods = [item.sku for item in order.items if item.shippable]
    sent = [line for line in lines_as_exported(survey, order) if line.sku in goods]
    notice = notice_for(survey, order, "adjusted", sent)
    return (yield from notify(survey, order, notice, "of all that can be shipped"))


def notify_with_empty_items(survey: Survey) -> ValidNotification:
    """Notify of an order with an empty Items element. The store must take the whole order as shipped.

    Sequences of actions have notifications without the element.
    """
    require_shipping(survey)
    result: ValidNotification = result_of(survey, "itemless")
    return result


def _empty_items(survey: Survey) -> Case[ValidNotification]:
    order = yield order_with("itemless", two_lines)
    return (yield from notify(survey, order, notice_for(survey, order, "itemless", ()), "with an empty Items element"))


def two_lines_of_one_sku(make: SpecimenMaker) -> tuple[Item, ...]:
    """Return two lines of one SKU that differ in their options: one red, three blue."""
    return (
        make.item(1, sku="TEE", name="T-shirt", quantity=1, options=(Option("Colour", "Red"),)),
        make.item(2, sku="TEE", name="T-shirt", quantity=3, options=(Option("Colour", "Blue"),)),
    )


def notify_of_one_of_two_lines_of_one_sku(survey: Survey) -> LinesOfOneSku:
    """Notify of one of two lines of one SKU, and then of the other. Of a second order, notify only of the other line.

    Raises:
        NotExercised: if the store or its export merges the lines.
    """
    require_completing(survey)
    blue, red = result_of(survey, "twins")
    red_alone = result_of(survey, "twinsred") if blue.exchange.succeeded and red.exchange.succeeded else None
    return LinesOfOneSku(blue, red, red_alone)


def _twins_by_quantity(survey: Survey, order: Order) -> dict[int, ShippedLine]:
    if len({item.line_id for item in order.items}) < 2:
        raise NotExercised("the store merges two lines of one SKU")
    by_quantity = {line.quantity: line for line in lines_as_exported(survey, order)}
    if len(by_quantity) < 2:
        raise NotExercised("the export merges two lines of one SKU: fix ITM-7 first")
    return by_quantity


def _blue_and_then_red(survey: Survey) -> Case[tuple[ValidNotification, ValidNotification]]:
    order = yield from order_for(survey, "twins", draft_with("twins", two_lines_of_one_sku))
    twins = _twins_by_quantity(survey, order)
    blue = yield from notify(survey, order, notice_for(survey, order, "twins1", [twins[3]]))
    red = yield from notify(survey, blue.after, notice_for(survey, order, "twins2", [twins[1]]))
    return blue, red


def _red_alone(survey: Survey) -> Case[ValidNotification | None]:
    order = yield from order_for(survey, "twinsred", draft_with("twinsred", two_lines_of_one_sku))
    red, blue = (_twins_by_quantity(survey, order)[quantity] for quantity in (1, 3))
    # without ids, or with one id for both (ITM-8), a notification can't say which of the two lines it means
    if len({blue.line_item_id, red.line_item_id, ""}) < 3 or "items" in survey.facts.lacks:
        return None
    return (yield from notify(survey, order, notice_for(survey, order, "twinsred", [red])))


def notify_of_two_lines_of_one_sku_in_one_parcel(survey: Survey) -> ValidNotification:
    """Notify of both lines of one SKU in one parcel. This is done once in a run.

    Raises:
        NotExercised: if the store or its export merges the lines, or the store doesn't record other items (SHP-7).
    """
    require_completing(survey)
    require_items(survey)
    result: ValidNotification = result_of(survey, "twinsboth")
    return result


def _both_lines_of_one_sku(survey: Survey) -> Case[ValidNotification]:
    order = yield order_with("twinsboth", two_lines_of_one_sku)
    lines = lines_as_exported(survey, order)
    if len({item.line_id for item in order.items}) < 2 or len({line.quantity for line in lines}) < 2:
        raise NotExercised("the store or its export merges two lines of one SKU (ITM-7)")
    return (yield from notify(survey, order, notice_for(survey, order, "twinsboth", lines)))


def notify_without_tracking_number(survey: Survey) -> ValidNotification:
    """Notify of a parcel without tracking number, carrier, service and fee. This is done once in a run."""
    require_shipping(survey)
    result: ValidNotification = result_of(survey, "untracked")
    return result


def _untracked_parcel(survey: Survey) -> Case[ValidNotification]:
    order = yield order_with("untracked", one_line)
    lines = lines_as_exported(survey, order)
    notice = notice_for(survey, order, "", lines, tracking_number="", carrier="", service="", cost=None)
    return (yield from notify(survey, order, notice, "without a tracking number"))


def books_items_by_sku(survey: Survey) -> bool:
    """True if the store books the items of a plain parcel that only their SKUs name."""
    try:
        named: NotificationResult = result_of(survey, "bysku")
    except (Inconclusive, TruthUnavailable):
        return False
    return units_by_line(named.before, named.added) == expected_units(named.before.items)


def _named_by_sku(survey: Survey) -> Case[DebatableNotification]:
    order = yield order_with("bysku", two_lines)
    lines = [replace(line, line_item_id="") for line in lines_as_exported(survey, order)]
    return (yield from notify_debatably(survey, order, notice_for(survey, order, "bysku", lines), "by SKU alone"))


PLAIN |= {
    "parcels": _two_parcels,
    "sample": _all_but_a_free_line,
    "adjusted": _goods_beside_a_download,
    "itemless": _empty_items,
    "twins": _blue_and_then_red,
    "twinsred": _red_alone,
    "twinsboth": _both_lines_of_one_sku,
    "untracked": _untracked_parcel,
    "bysku": _named_by_sku,
}


# ---------------------------------------------------------------------- judging


def only_the_second_ships_the_order(parcels: TwoParcels) -> Iterator[Finding]:
    """SHP-8: the order is shipped only after the parcel that completes it.

    The store may have a status of its own for partly shipped orders.
    """
    first, second = parcels.first, parcels.second
    for result in (first, second):
        if refused := list(is_accepted(result)):
            yield from refused
            return
    if first.is_shipped:
        yield first.finding("A partial shipment made the order shipped.", first.before.status, first.after.status)
    yield from has_shipped_status(second)


def order_is_not_shipped_yet(result: ValidNotification) -> Iterator[Finding]:
    """SHP-8: an order isn't shipped before its free line is shipped, too."""
    if result.exchange.succeeded and result.is_shipped:
        yield result.finding(
            "The order is shipped, although its free line isn't shipped.", result.before.status, result.after.status
        )


def are_two_shipments(parcels: TwoParcels) -> Iterator[Finding]:
    """SHP-10: two parcels of one order are two shipments."""
    first, second = parcels.first, parcels.second
    yield from is_accepted(first)
    yield from is_accepted(second)
    if first.exchange.succeeded and second.exchange.succeeded:
        wanted = [first.notice.tracking_number, second.notice.tracking_number]
        found = [shipment.tracking_number for shipment in second.after.shipments]
        if len(found) < 2 or (len({*found}) < 2 and not second.with_its_number and any(found)):
            yield second.finding("Two parcels aren't two shipments.", ", ".join(wanted), ", ".join(found))


SAME_VALUES: dict[str, Callable[[ShipNotice, Shipment], bool]] = {
    "carrier": lambda sent, kept: normalized_code(kept.carrier) == normalized_code(sent.carrier),
    "service": lambda sent, kept: is_same_text(sent.service, kept.service, *SHIP_NOTICE["Service"].limits),
    "fee": lambda sent, kept: is_same_amount(Decimal(sent.cost or "0"), kept.cost),
    "notes to the buyer": lambda sent, kept: is_same_text(
        sent.notes, kept.notes, *SHIP_NOTICE["NotesToCustomer"].limits
    ),
}
"""Values that both parcels of an order have → whether a shipment has what the notification said."""


def second_has_the_same_values(parcels: TwoParcels) -> Iterator[Finding]:
    """SHP-10: a value that the first parcel had, too, is recorded for the second parcel as well."""
    first, second = shipment_of(parcels.first), shipment_of(parcels.second)
    for name, is_right in SAME_VALUES.items():
        if is_right(parcels.first.notice, first) and not is_right(parcels.second.notice, second):
            yield parcels.second.finding(
                f"The second parcel has the same {name} as the first, and it is recorded for the first only.",
                f"the {name} of the notification, for both shipments",
                "another value for the second shipment",
            )


def items_of_the_first_are_recorded(parcels: TwoParcels) -> Iterator[Finding]:
    """SHP-7: if a parcel holds a part of an order, only the items of the parcel are recorded.

    Raises:
        NotExercised: if the first parcel isn't recorded (SHP-10).
    """
    first = parcels.first
    if not first.exchange.succeeded or not first.added:
        raise NotExercised("the first parcel of an order isn't recorded: fix SHP-10 first")
    wanted, found = expected_units(first.before.items[:1]), units_by_line(first.before, first.added)
    if wanted != found:
        yield first.finding("The recorded items aren't those of the parcel.", in_words(wanted), in_words(found))


def quantity_is_recorded_on_the_right_line(lines: LinesOfOneSku) -> Iterator[Finding]:
    """SHP-18: if two lines have the same SKU, the LineItemID decides on which line a quantity is booked."""
    for result in (lines.blue, lines.red):
        if not result.exchange.succeeded:
            yield result.finding(
                "A parcel with one of two lines of one SKU is refused.", "status 2xx", result.exchange.outcome
            )
            return
    for result in (lines.blue, lines.red_alone) if lines.red_alone is not None else ():
        booked = {item.line_id for shipment in result.added for item in shipment.items if item.line_id}
        (sent,) = result.notice.items or ()
        right = next(item for item in result.before.items if item.quantity == sent.quantity)
        found = units_by_line(result.before, result.added)
        if booked and found != Counter({right.line_id: sent.quantity}):
            yield result.finding(
                "The quantity is booked on another line of the same SKU.",
                f"{sent.quantity} × {right.line_id}",
                in_words(found),
            )
            return
    yield from has_shipped_status(lines.red)


def quantity_of_each_line_is_recorded(result: ValidNotification) -> Iterator[Finding]:
    """SHP-18: if one parcel holds two lines of the same SKU, both are recorded."""
    yield from is_accepted(result)
    if not result.exchange.succeeded:
        return
    booked = sum(item.quantity for shipment in result.added for item in shipment.items)
    ordered = sum(item.quantity for item in result.before.items)
    if booked and "items" not in result.facts.lacks and booked != ordered:
        yield result.finding(
            "Not every unit of two lines of one SKU in a parcel is recorded.",
            f"{ordered} × TEE",
            in_words(units_by_line(result.before, result.added)),
        )
        return
    yield from has_shipped_status(result)
