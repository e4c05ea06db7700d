"""Defects of shipments that hold a part of an order: items, quantities and completeness."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_notice, edit_notice_items, edit_parcel, edit_shipment, set_shipment_fields
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order, ShippedItem


@defect("items-not-recorded", "The items of a parcel are not stored.", "SHP-7 SHP-8")
def items_not_recorded(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, items=())


@defect("items-counted-as-one", "Each item of a parcel is stored with the quantity 1.", "SHP-7 SHP-8 SHP-17")
def items_counted_as_one(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, items=tuple(msgspec.structs.replace(item, quantity=1) for item in shipment.items)
        ),
    )


@defect("first-item-only", "Only the first item of a parcel is read.", "SHP-7 SHP-17")
def first_item_only(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(behaviour, lambda parcel, order, notice: replace(parcel, items=parcel.items[:1]))


@defect(
    "items-ignored",
    "Items are ignored: every parcel is recorded with everything that is not shipped yet.",
    "SHP-7 SHP-8",
)
def items_ignored(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, items=()))


@defect("part-ships-all", "Every notification makes the order shipped, even if it ships only a part.", "SHP-8")
def part_ships_all(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(behaviour, lambda parcel, order, notice: replace(parcel, completes=True))


@defect("part-of-line-ships-it", "A line counts as shipped as soon as one unit of it is shipped.", "SHP-8")
def part_of_line_ships_it(behaviour: Behaviour) -> Behaviour:
    def touched(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        lines = {item.line_id for items in (parcel.items, *(s.items for s in order.shipments)) for item in items}
        return replace(parcel, completes=all(line.line_id in lines for line in order.items if line.shippable))

    return edit_parcel(behaviour, touched)


@defect("free-lines-not-waited-for", "The order becomes shipped although a free line is not shipped.", "SHP-8")
def free_lines_not_waited_for(behaviour: Behaviour) -> Behaviour:
    def without_free_lines(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        for item in parcel.items:
            left[item.line_id] -= item.quantity
        waiting = (line for line in order.items if line.shippable and line.unit_price)
        return replace(parcel, completes=bool(parcel.items) and all(left[line.line_id] <= 0 for line in waiting))

    return edit_parcel(behaviour, without_free_lines)


@defect(
    "one-whole-line-ships-order", "An order becomes shipped as soon as one of its lines is completely shipped.", "SHP-8"
)
def one_whole_line_ships_order(behaviour: Behaviour) -> Behaviour:
    def complete(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        whole = any(left[item.line_id] == item.quantity for item in parcel.items)
        return replace(parcel, completes=parcel.completes or whole)

    return edit_parcel(behaviour, complete)


@defect(
    "parts-never-complete",
    "Only a parcel with the whole order makes it shipped, not the last of several parcels.",
    "SHP-8",
)
def parts_never_complete(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(
        behaviour,
        lambda parcel, order, notice: replace(
            parcel, completes=parcel.completes and (not order.shipments or not notice.items)
        ),
    )


@defect("no-items-refused", "A notification without items is refused.", "SHP-17")
def no_items_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not notice.items:
            raise Refusal(400, "Items are missing.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("no-items-ship-nothing", "A notification without items ships nothing.", "SHP-17", seen="CS-Cart")
def no_items_ship_nothing(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(behaviour, lambda parcel, order, notice: parcel if notice.items else Parcel((), False))


@defect(
    "no-items-ship-all-again", "A notification without items records all lines, even those already shipped.", "SHP-17"
)
def no_items_ship_all_again(behaviour: Behaviour) -> Behaviour:
    def everything(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        lines = tuple(ShippedItem(line.sku, line.quantity, line.line_id) for line in order.items)
        return parcel if notice.items else Parcel(lines, True)

    return edit_parcel(behaviour, everything)


def _parcel_matched_by_sku(order: Order, notice: Notice, lines: Callable[[list[str]], list[str]]) -> Parcel:
    """Return a parcel whose items are matched by SKU alone, on the lines that ``lines`` chooses."""
    found: dict[str, int] = defaultdict(int)
    left = unshipped(order)
    for item in notice.items:
        same = [line.line_id for line in order.items if line.sku.strip()[:50].rstrip() == item.sku[:50].rstrip()]
        for line_id in lines(same):
            found[line_id] = min(found[line_id] + item.quantity, left[line_id])
    shipped = tuple(
        ShippedItem(line.sku, found[line.line_id], line.line_id) for line in order.items if found[line.line_id]
    )
    return Parcel(
        shipped,
        bool(shipped) and all(left[line.line_id] <= found[line.line_id] for line in order.items if line.shippable),
    )


@defect(
    "twin-lines-collapse",
    "Of two lines with one SKU, only the first is ever shipped.",
    "SHP-18",
    seen="CS-Cart",
)
def twin_lines_collapse(behaviour: Behaviour) -> Behaviour:
    return _match_twins(behaviour, lambda same: same[:1])


@defect("twin-lines-booked-both", "A quantity is recorded on every line that has the SKU.", "SHP-18")
def twin_lines_booked_both(behaviour: Behaviour) -> Behaviour:
    return _match_twins(behaviour, lambda same: same)


def _match_twins(behaviour: Behaviour, lines: Callable[[list[str]], list[str]]) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        skus = [line.sku for line in order.items]
        twins = len({*skus}) < len(skus) and bool(notice.items)
        return _parcel_matched_by_sku(order, notice, lines) if twins else behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "twin-lines-last-first",
    "LineItemID is ignored: quantities are recorded on the last line with the SKU, then on the one before.",
    "SHP-18",
)
def twin_lines_last_first(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        turned = msgspec.structs.replace(order, items=order.items[::-1])
        unnamed = tuple(replace(item, line_item_id="") for item in notice.items)
        return behaviour.pack(turned, replace(notice, items=unnamed))

    return replace(behaviour, pack=pack)


@defect(
    "items-kept-by-sku",
    "A parcel's items are stored by SKU: of two items with one SKU, only the last is kept.",
    "SHP-18",
)
def items_kept_by_sku(behaviour: Behaviour) -> Behaviour:
    return edit_notice(
        behaviour, lambda notice: replace(notice, items=tuple({item.sku: item for item in notice.items}.values()))
    )


@defect(
    "line-id-ignored",
    "LineItemID is ignored: quantities are recorded on the first line with the SKU, then on the next.",
    "SHP-18",
)
def line_id_ignored(behaviour: Behaviour) -> Behaviour:
    return edit_notice_items(behaviour, lambda item: replace(item, line_item_id=""))


@defect("more-than-ordered-booked", "A quantity above the ordered one is recorded.", "SHP-19")
def more_than_ordered_booked(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        parcel = behaviour.pack(order, notice)
        wanted: dict[str, int] = defaultdict(int)
        for item in notice.items:
            wanted[item.line_item_id] += item.quantity if item.line_item_id else 0
        items = tuple(
            msgspec.structs.replace(item, quantity=wanted.get(item.line_id, item.quantity)) for item in parcel.items
        )
        return replace(parcel, items=items)

    return replace(behaviour, pack=pack)
