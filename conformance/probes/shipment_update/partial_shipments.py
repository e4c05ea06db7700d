"""SHP-8, SHP-10, SHP-16 to SHP-19, SHP-23: orders in several parcels, and what makes an order complete."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.shipment_update.notify import (
    NotificationResult,
    accepted,
    as_exported,
    counted,
    described,
    expected_count,
    full_shipment,
    has_shipped_status,
    notice_for,
    notify,
    one_line,
    order_with,
    require_fields,
    require_shipping,
    require_working,
    shipped_status,
    two_lines,
)
from conformance.survey.survey import Survey
from mockstore.orders.model import Discount, Item, Option
from mockstore.orders.specimens import SpecimenMaker


def parcels(survey: Survey) -> tuple[NotificationResult, NotificationResult]:
    """An order of two lines in two parcels, one after the other."""

    def make() -> tuple[NotificationResult, NotificationResult]:
        order = order_with(survey, "parcels", two_lines).stored
        lines = as_exported(survey, order)
        first = notify(survey, order, notice_for(survey, order, "parcel1", lines[:1]))
        second = notify(survey, first.after, notice_for(survey, order, "parcel2", lines[1:]))
        return first, second

    return survey.cached("two parcels", make)


def require_parcels(survey: Survey) -> None:
    """What comes of several parcels can be judged only where each is recorded.

    Raises:
        NotExercised: where the second of two isn't.
    """
    require_shipping(survey)
    if any(two_shipments(survey)):
        raise NotExercised("the second parcel of an order isn't a shipment of its own (SHP-10)")


def require_completing(survey: Survey) -> None:
    """Whether something special completes an order can be judged only where two plain parcels do.

    Raises:
        NotExercised: where they don't.
    """
    require_parcels(survey)
    if any(partly(survey)):
        raise NotExercised("parts of an order don't make it shipped as they should (SHP-8)")


def partly(survey: Survey) -> Iterator[Finding]:
    """SHP-8: a partial shipment does not make the order shipped; the one that completes it does.

    A status for partly shipped orders is the store's own matter.
    """
    require_parcels(survey)
    first, second = parcels(survey)
    if first.after.status in shipped_status(survey):
        yield first.wrong("A partial shipment made the order shipped.", first.before.status, first.after.status)
    yield from has_shipped_status(survey, second)


def partly_of_a_line(survey: Survey) -> Iterator[Finding]:
    """SHP-8: part of a line's quantity doesn't make the order shipped either; the rest does."""
    require_parcels(survey)
    order = order_with(survey, "units", lambda make: (make.item(1, quantity=3),)).stored
    line = as_exported(survey, order)[0]
    first = notify(survey, order, notice_for(survey, order, "units1", [replace(line, quantity=1)]))
    second = notify(survey, first.after, notice_for(survey, order, "units2", [replace(line, quantity=2)]))
    for story in (first, second):
        if not story.exchange.succeeded:
            yield story.wrong("A parcel with a part of a line is refused.", "status 2xx", story.exchange.outcome)
            return
    if first.after.status in shipped_status(survey):
        yield first.wrong("One of three units made the order shipped.", first.before.status, first.after.status)
    yield from has_shipped_status(survey, second)


def free_line_counts(survey: Survey) -> Iterator[Finding]:
    """SHP-8: a line that costs nothing belongs to the order as any other."""
    require_completing(survey)

    def lines(make: SpecimenMaker) -> tuple[Item, ...]:
        return make.item(1), make.item(2, unit_price=Decimal(0), name="Free sample")

    order = order_with(survey, "sample", lines).stored
    paid = [line for line, item in zip(as_exported(survey, order), order.items, strict=True) if item.unit_price]
    first = notify(survey, order, notice_for(survey, order, "sample1", paid))
    if first.exchange.succeeded and first.after.status in shipped_status(survey):
        yield first.wrong(
            "The order is shipped though a line that costs nothing isn't.", first.before.status, first.after.status
        )


def two_shipments(survey: Survey) -> Iterator[Finding]:
    """SHP-10: two parcels of one order are two shipments."""
    require_working(survey)
    first, second = parcels(survey)
    for story in (first, second):
        yield from accepted(story)
    if first.exchange.succeeded and second.exchange.succeeded:
        wanted = [first.notice.tracking_number, second.notice.tracking_number]
        found = [shipment.tracking_number for shipment in second.after.shipments]
        if len(found) < 2 or (len({*found}) < 2 and not second.ours and any(found)):
            yield second.wrong("Two parcels aren't two shipments.", ", ".join(wanted), ", ".join(found))


def adjustments_dont_hinder(survey: Survey) -> Iterator[Finding]:
    """SHP-16: adjustment and non-shippable lines don't keep an order from being shipped."""
    require_shipping(survey)

    def lines(make: SpecimenMaker) -> tuple[Item, ...]:
        return make.item(1), make.item(2, shippable=False, weight=None, name="Handbook (PDF)")

    order = order_with(survey, "adjusted", lines, discounts=(Discount("Coupon", Decimal("1.00"), "ONE"),)).stored
    if not any(not item.shippable for item in order.items) and not order.discounts:
        raise NotExercised("the store holds neither discounts nor lines that aren't shipped")
    goods = [item.sku for item in order.items if item.shippable]
    sent = [line for line in as_exported(survey, order) if line.sku in goods]
    story = notify(survey, order, notice_for(survey, order, "adjusted", sent))
    if not story.exchange.succeeded:
        yield story.wrong(
            "A parcel with all that can be shipped is refused where an order holds more.",
            "status 2xx",
            story.exchange.outcome,
        )
        return
    yield from has_shipped_status(survey, story)


ITEMLESS = ("no Items element", "an empty Items element")


def without_items(survey: Survey, kind: str) -> Iterator[Finding]:
    """SHP-17: a notification without items ships what is left."""
    require_shipping(survey)
    name = f"itemless{ITEMLESS.index(kind)}"
    order = order_with(survey, name, two_lines).stored
    story = notify(survey, order, notice_for(survey, order, name, None if kind == ITEMLESS[0] else ()))
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)


def what_is_left(survey: Survey) -> Iterator[Finding]:
    """SHP-17: after a parcel with part of the order, the rest."""
    require_fields(survey, "items")
    require_completing(survey)
    order = order_with(survey, "rest", two_lines).stored
    first = notify(survey, order, notice_for(survey, order, "rest1", as_exported(survey, order)[:1]))
    story = notify(survey, first.after, notice_for(survey, order, "rest2", None))
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)
        found = counted(order, story.after.shipments)
        if any(found[item.line_id or item.sku] > item.quantity for item in order.items):
            yield story.wrong(
                "More than what was left is recorded.", described(expected_count(order.items)), described(found)
            )


def tee_twins(make: SpecimenMaker) -> tuple[Item, ...]:
    """Two lines of one SKU, told apart by their options: one red, three blue."""
    return (
        make.item(1, sku="TEE", name="T-shirt", quantity=1, options=(Option("Colour", "Red"),)),
        make.item(2, sku="TEE", name="T-shirt", quantity=3, options=(Option("Colour", "Blue"),)),
    )


def twins(survey: Survey) -> Iterator[Finding]:
    """SHP-18: the same SKU on two lines: quantities are booked on the right lines by LineItemID."""
    require_completing(survey)
    order = order_with(survey, "twins", tee_twins).stored
    if len({item.line_id for item in order.items}) < 2:
        raise NotExercised("the store doesn't hold two lines of one SKU apart")
    by_quantity = {line.quantity: line for line in as_exported(survey, order)}
    if len(by_quantity) < 2:
        raise NotExercised("the export doesn't hold two lines of one SKU apart (ITM-7)")
    red, blue = by_quantity[1], by_quantity[3]
    first = notify(survey, order, notice_for(survey, order, "twins1", [blue]))
    second = notify(survey, first.after, notice_for(survey, order, "twins2", [red]))
    for story in (first, second):
        if not story.exchange.succeeded:
            yield story.wrong(
                "A parcel with one of two lines of one SKU is refused.", "status 2xx", story.exchange.outcome
            )
            return
    # without ids, or with one for both (ITM-8), nothing says which of the two lines is meant
    if len({blue.line_item_id, red.line_item_id, ""}) == 3 and "items" not in survey.facts.lacks:
        other = order_with(survey, "twinsred", tee_twins).stored
        only_red = [line for line in as_exported(survey, other) if line.quantity == 1]
        for story in (first, notify(survey, other, notice_for(survey, other, "twinsred", only_red))):
            lines_booked = {item.line_id for shipment in story.new for item in shipment.items if item.line_id}
            (sent,) = story.notice.items or ()
            right = next(item for item in story.before.items if item.quantity == sent.quantity)
            found = counted(story.before, story.new)
            if lines_booked and found != Counter({right.line_id: sent.quantity}):
                yield story.wrong(
                    "The quantity is booked on another line of the same SKU.",
                    f"{sent.quantity} × {right.line_id}",
                    described(found),
                )
                return
    yield from has_shipped_status(survey, second)


def twins_in_one_parcel(survey: Survey) -> Iterator[Finding]:
    """SHP-18: both lines of one SKU in one parcel: neither takes the place of the other."""
    require_completing(survey)
    told = full_shipment(survey)
    if told.new and counted(told.before, told.new) != expected_count(told.before.items):
        raise NotExercised("what a parcel of two other lines holds isn't recorded as it should be, either (SHP-7)")
    order = order_with(survey, "twinsboth", tee_twins).stored
    lines = as_exported(survey, order)
    if len({item.line_id for item in order.items}) < 2 or len({line.quantity for line in lines}) < 2:
        raise NotExercised("the store doesn't hold two lines of one SKU apart (ITM-7)")
    story = notify(survey, order, notice_for(survey, order, "twinsboth", lines))
    yield from accepted(story)
    if not story.exchange.succeeded:
        return
    booked = sum(item.quantity for shipment in story.new for item in shipment.items)
    if booked and "items" not in survey.facts.lacks and booked != (all_of_them := sum(i.quantity for i in order.items)):
        yield story.wrong(
            "Of two lines of one SKU in a parcel, not all is recorded.",
            f"{all_of_them} × TEE",
            described(counted(order, story.new)),
        )
        return
    yield from has_shipped_status(survey, story)


def too_much(survey: Survey) -> Iterator[Finding]:
    """SHP-19: more than was ordered isn't recorded silently."""
    require_fields(survey, "items")
    require_working(survey)
    order = order_with(survey, "toomuch", two_lines).stored
    lines = [replace(line, quantity=line.quantity + 5) for line in as_exported(survey, order)]
    story = notify(survey, order, notice_for(survey, order, "toomuch", lines))
    if not story.exchange.succeeded:
        return
    found = counted(order, story.after.shipments)
    for item in order.items:
        if found[item.line_id or item.sku] > item.quantity:
            yield story.wrong(
                "More than was ordered is recorded.",
                f"an error, or at most {item.quantity} × {item.sku}",
                described(found),
            )
            return


def without_tracking(survey: Survey) -> Iterator[Finding]:
    """SHP-23: a notification without a tracking number is accepted and the order shipped."""
    require_shipping(survey)
    order = order_with(survey, "untracked", one_line).stored
    notice = notice_for(
        survey, order, "", as_exported(survey, order), tracking_number="", carrier="", service="", cost=None
    )
    story = notify(survey, order, notice)
    yield from accepted(story)
    if story.exchange.succeeded:
        yield from has_shipped_status(survey, story)
