"""Ways to get parcels wrong: parts of an order, repeats, and what makes an order complete."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import SECOND, kept, noticed, packed, recorded
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.store.store import Store

# ---------------------------------------------------------------- SHP-7, SHP-8: items, and parts of an order


@defect("items-not-recorded", "Which items a parcel holds isn't kept.", "SHP-7 SHP-8")
def items_not_recorded(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, items=())


@defect("items-counted-as-one", "Each item of a parcel is kept with the quantity 1.", "SHP-7 SHP-8")
def items_counted_as_one(behaviour: Behaviour) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, items=tuple(msgspec.structs.replace(item, quantity=1) for item in shipment.items)
        ),
    )


@defect("first-item-only", "Of a parcel's items, only the first is read.", "SHP-7")
def first_item_only(behaviour: Behaviour) -> Behaviour:
    return packed(behaviour, lambda parcel, order, notice: replace(parcel, items=parcel.items[:1]))


@defect("items-ignored", "Items are ignored: every parcel holds all that is left.", "SHP-7 SHP-8")
def items_ignored(behaviour: Behaviour) -> Behaviour:
    return noticed(behaviour, lambda notice: replace(notice, items=()))


@defect("part-ships-all", "Any notification makes the order shipped, also one of a part.", "SHP-8")
def part_ships_all(behaviour: Behaviour) -> Behaviour:
    return packed(behaviour, lambda parcel, order, notice: replace(parcel, completes=True))


@defect("part-of-line-ships-it", "A line counts as shipped as soon as one unit of it is.", "SHP-8")
def part_of_line_ships_it(behaviour: Behaviour) -> Behaviour:
    def touched(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        lines = {item.line_id for items in (parcel.items, *(s.items for s in order.shipments)) for item in items}
        return replace(parcel, completes=all(line.line_id in lines for line in order.items if line.shippable))

    return packed(behaviour, touched)


@defect("free-lines-not-waited-for", "A line that costs nothing needn't be shipped.", "SHP-8")
def free_lines_not_waited_for(behaviour: Behaviour) -> Behaviour:
    def dear_ones(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        for item in parcel.items:
            left[item.line_id] -= item.quantity
        waiting = (line for line in order.items if line.shippable and line.unit_price)
        return replace(parcel, completes=bool(parcel.items) and all(left[line.line_id] <= 0 for line in waiting))

    return packed(behaviour, dear_ones)


@defect("one-whole-line-ships-order", "An order counts as shipped as soon as one of its lines is.", "SHP-8")
def one_whole_line_ships_order(behaviour: Behaviour) -> Behaviour:
    def complete(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        whole = any(left[item.line_id] == item.quantity for item in parcel.items)
        return replace(parcel, completes=parcel.completes or whole)

    return packed(behaviour, complete)


@defect("parts-never-complete", "Only a parcel that holds all of an order makes it shipped.", "SHP-8")
def parts_never_complete(behaviour: Behaviour) -> Behaviour:
    return packed(
        behaviour,
        lambda parcel, order, notice: replace(
            parcel, completes=parcel.completes and (not order.shipments or not notice.items)
        ),
    )


# ---------------------------------------------------------------- SHP-9, SHP-10, SHP-21: again, and again


@defect(
    "retry-books-twice",
    "A notification sent again books its items a second time.",
    "SHP-9",
    seen="WooCommerce, CS-Cart",
)
def retry_books_twice(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, repetition_key=lambda notice: None)


@defect(
    "retry-compared-with-last",
    "A repeated notification is known only while no other parcel came between.",
    "SHP-9",
)
def retry_compared_with_last(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.shipments and order.shipments[-1].tracking_number == shipment.tracking_number:
            return
        behaviour.book(store, order, shipment, status, None)

    return replace(behaviour, book=book)


def _retried(behaviour: Behaviour, refusal: Refusal, when: Callable[[Order], bool] = lambda order: True) -> Behaviour:
    """A repeated notification is refused."""

    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments} - {""}
        if notice.tracking_number in known and when(order):
            raise Refusal(refusal.status, str(refusal))
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("retry-409", "A repeated notification is answered 409.", "SHP-9")
def retry_409(behaviour: Behaviour) -> Behaviour:
    return _retried(behaviour, Refusal(409, "That parcel is known already."))


@defect("retry-500", "A repeated notification meets a unique index, and fails inside.", "SHP-9")
def retry_500(behaviour: Behaviour) -> Behaviour:
    return _retried(behaviour, Refusal(500, "Something failed in the store."))


@defect(
    "retry-of-shipped-404", "Repeated for a shipped order, a notification is answered 404.", "SHP-9", seen="CS-Cart"
)
def retry_of_shipped_404(behaviour: Behaviour) -> Behaviour:
    return _retried(
        behaviour, Refusal(404, "All shipped"), lambda order: not any(left > 0 for left in unshipped(order).values())
    )


@defect("retry-undoes-status", "A repeated notification gives a shipped order another status back.", "SHP-9")
def retry_undoes_status(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        if order.status == store.shop.shipped_status and key in {each.tracking_number for each in order.shipments}:
            store.change(order.order_number, status=next(each.name for each in store.shop.statuses))

    return replace(behaviour, book=book)


@defect(
    "parcel-known-everywhere", "A tracking number is booked once in the whole store: the second order is lost.", "SHP-9"
)
def parcel_known_everywhere(behaviour: Behaviour) -> Behaviour:
    owner: dict[str, str] = {}

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if owner.setdefault(shipment.tracking_number or order.order_id, order.order_id) == order.order_id:
            behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


@defect("one-parcel-an-order", "An order has one shipment: the second is taken for the first.", "SHP-10")
def one_parcel_an_order(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, repetition_key=lambda notice: "1")


@defect("one-number-an-order", "An order has one tracking number: each parcel gets the first's.", "SHP-10")
def one_number_an_order(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.shipments:
            shipment = msgspec.structs.replace(shipment, tracking_number=order.shipments[0].tracking_number)
        behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


@defect("second-parcel-refused", "An order that has a shipment takes no other.", "SHP-10")
def second_parcel_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments}
        if known and notice.tracking_number not in known:
            raise Refusal(422, "The order has a shipment already.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("race-books-twice", "Looked up, then booked, with no lock between: at one moment, both book.", "SHP-21")
def race_books_twice(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if key and any(known.tracking_number == key for known in order.shipments):
            return
        time.sleep(0.05)  # the gap that is always there, wide enough to be met
        store.book(order.order_number, shipment, status=status, key=None)

    return replace(behaviour, concurrent=True, book=book)


@defect("race-loses-parcels", "While one notification is booked, others are answered 200 and dropped.", "SHP-21")
def race_loses_parcels(behaviour: Behaviour) -> Behaviour:
    busy: set[str] = set()

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.order_id not in busy:
            busy.add(order.order_id)
            time.sleep(0.05)
            behaviour.book(store, order, shipment, status, key)
            busy.discard(order.order_id)

    return replace(behaviour, concurrent=True, book=book)


# ---------------------------------------------------------------- SHP-15 to SHP-19, SHP-23: what a parcel means


@defect("shipment-is-no-change", "A shipment doesn't count as a change: the order isn't exported again.", "SHP-15")
def shipment_is_no_change(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        store.book(order.order_number, shipment, status=status, key=key, modifies=False)

    return replace(behaviour, book=book)


@defect("shipment-changes-other-day", "The shipment is dated back to the order's day, and so is its change.", "SHP-15")
def shipment_changes_other_day(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        store.change(order.order_number, modified_at=order.placed_at - SECOND)

    return replace(behaviour, book=book)


def _waits_for(behaviour: Behaviour, waits: Callable[[Order, Notice, dict[str, int]], bool]) -> Behaviour:
    """The order isn't shipped while this is so; what is left of each line after the parcel is handed to it."""

    def incomplete(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        for item in parcel.items:
            left[item.line_id] -= item.quantity
        return replace(parcel, completes=parcel.completes and not waits(order, notice, left))

    return packed(behaviour, incomplete)


@defect(
    "downloads-waited-for",
    "Lines that aren't shipped are counted: the order never becomes shipped.",
    "SHP-16",
    seen="WooCommerce",
)
def downloads_waited_for(behaviour: Behaviour) -> Behaviour:
    return _waits_for(behaviour, lambda order, notice, left: any(count > 0 for count in left.values()))


@defect("discounts-waited-for", "A discount's line counts as one to be shipped.", "SHP-16")
def discounts_waited_for(behaviour: Behaviour) -> Behaviour:
    return _waits_for(behaviour, lambda order, notice, left: bool(order.discounts))


@defect("no-items-refused", "A notification without items is refused.", "SHP-17")
def no_items_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not notice.items:
            raise Refusal(400, "Items are missing.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("no-items-ship-nothing", "A notification without items ships nothing.", "SHP-17", seen="CS-Cart")
def no_items_ship_nothing(behaviour: Behaviour) -> Behaviour:
    return packed(behaviour, lambda parcel, order, notice: parcel if notice.items else Parcel((), False))


@defect("no-items-ship-all-again", "A notification without items books all lines, shipped before or not.", "SHP-17")
def no_items_ship_all_again(behaviour: Behaviour) -> Behaviour:
    def everything(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        lines = tuple(ShippedItem(line.sku, line.quantity, line.line_id) for line in order.items)
        return parcel if notice.items else Parcel(lines, True)

    return packed(behaviour, everything)


def _by_sku(order: Order, notice: Notice, lines: Callable[[list[str]], list[str]]) -> Parcel:
    """A parcel whose items are matched by SKU alone, on some of the lines that have it."""
    found: dict[str, int] = defaultdict(int)
    for item in notice.items:
        same = [line.line_id for line in order.items if line.sku.strip()[:50].rstrip() == item.sku[:50].rstrip()]
        for line_id in lines(same):
            found[line_id] += item.quantity
    shipped = tuple(
        ShippedItem(line.sku, found[line.line_id], line.line_id) for line in order.items if found[line.line_id]
    )
    left = unshipped(order)
    return Parcel(
        shipped,
        bool(shipped) and all(left[line.line_id] <= found[line.line_id] for line in order.items if line.shippable),
    )


@defect(
    "twin-lines-collapse",
    "Two lines of one SKU collapse into one: only the first is ever credited.",
    "SHP-18",
    seen="CS-Cart",
)
def twin_lines_collapse(behaviour: Behaviour) -> Behaviour:
    return _twins(behaviour, lambda same: same[:1])


@defect("twin-lines-booked-both", "A quantity is booked on every line that has the SKU.", "SHP-18")
def twin_lines_booked_both(behaviour: Behaviour) -> Behaviour:
    return _twins(behaviour, lambda same: same)


def _twins(behaviour: Behaviour, lines: Callable[[list[str]], list[str]]) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        skus = [line.sku for line in order.items]
        twins = len({*skus}) < len(skus) and bool(notice.items)
        return _by_sku(order, notice, lines) if twins else behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("twin-lines-last-first", "LineItemID is ignored: quantities fill the last line of a SKU first.", "SHP-18")
def twin_lines_last_first(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        turned = msgspec.structs.replace(order, items=order.items[::-1])
        unnamed = tuple(replace(item, line_item_id="") for item in notice.items)
        return behaviour.pack(turned, replace(notice, items=unnamed))

    return replace(behaviour, pack=pack)


@defect(
    "items-kept-by-sku", "A parcel's items are kept by SKU: of two lines that share it, the last is read.", "SHP-18"
)
def items_kept_by_sku(behaviour: Behaviour) -> Behaviour:
    return noticed(
        behaviour, lambda notice: replace(notice, items=tuple({item.sku: item for item in notice.items}.values()))
    )


@defect("line-id-ignored", "LineItemID is ignored: quantities fill the lines of a SKU one after the other.", "SHP-18")
def line_id_ignored(behaviour: Behaviour) -> Behaviour:
    return noticed(
        behaviour,
        lambda notice: replace(notice, items=tuple(replace(item, line_item_id="") for item in notice.items)),
    )


@defect("more-than-ordered-booked", "More than was ordered is booked as it comes.", "SHP-19")
def more_than_ordered_booked(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        parcel = behaviour.pack(order, notice)
        wanted = {item.line_item_id: item.quantity for item in notice.items if item.line_item_id}
        items = tuple(
            msgspec.structs.replace(item, quantity=wanted.get(item.line_id, item.quantity)) for item in parcel.items
        )
        return replace(parcel, items=items)

    return replace(behaviour, pack=pack)


@defect("no-tracking-404", "Without a tracking number there is no shipment: 404.", "SHP-23", seen="CS-Cart")
def no_tracking_404(behaviour: Behaviour) -> Behaviour:
    return _untracked(behaviour, Refusal(404, "The tracking number is missing."))


@defect("no-tracking-ignored", "A notification without a tracking number is answered 200, and nothing done.", "SHP-23")
def no_tracking_ignored(behaviour: Behaviour) -> Behaviour:
    return _untracked(behaviour, Refusal(200, ""))


def _untracked(behaviour: Behaviour, refusal: Refusal) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not notice.tracking_number:
            raise Refusal(refusal.status, str(refusal))
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)
