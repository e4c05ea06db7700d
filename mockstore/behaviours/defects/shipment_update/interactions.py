"""Defects that show only after another action on the same order: a repetition, a second parcel, a change by staff."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count, takewhile

import msgspec
from lxml import etree

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    book_if,
    edit_booked,
    edit_lines,
    edit_notice,
    edit_order,
    edit_parcel,
    element_at,
    has_goods_left,
    has_meaning,
    is_recorded,
    lines_of,
    on_repetition,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields, Notice, NoticeItem, Parcel, Refusal, Request
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Item, Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

# ---------------------------------------------------------------- repetitions


@defect("retry-of-part-ships-order", "The repetition of a partial shipment makes the order shipped.", "SHP-9")
def retry_of_part_ships_order(behaviour: Behaviour) -> Behaviour:
    return on_repetition(
        behaviour, lambda store, order, shipment: store.change(order.order_number, status=store.shop.shipped_status)
    )


def _resume(behaviour: Behaviour, meaning: str) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment) -> None:
        if has_meaning(order, store.shop, meaning):
            paid = next(status.name for status in store.shop.statuses if status.maps_to == "paid")
            store.change(order.order_number, status=paid)

    return on_repetition(behaviour, act)


@defect("retry-undoes-hold", "A repeated notification gives an order that staff put on hold its old status.", "SHP-9")
def retry_undoes_hold(behaviour: Behaviour) -> Behaviour:
    return _resume(behaviour, "on_hold")


@defect("retry-undoes-cancellation", "A repeated notification gives a cancelled order its old status.", "SHP-9")
def retry_undoes_cancellation(behaviour: Behaviour) -> Behaviour:
    return _resume(behaviour, "cancelled")


@defect(
    "retry-with-new-label-is-new",
    "A notification counts as repeated only if its LabelCreateDate is the same, too.",
    "SHP-9",
)
def retry_with_new_label_is_new(behaviour: Behaviour) -> Behaviour:
    labels: dict[str, str] = {}

    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        labels[notice.tracking_number] = etree.fromstring(request.body).findtext("LabelCreateDate") or ""
        return notice

    return replace(
        behaviour,
        read_notice=read_notice,
        repetition_key=lambda notice: f"{notice.tracking_number} {labels.get(notice.tracking_number, '')}".strip(),
    )


@defect(
    "retry-replaces-staff-notes",
    "A repeated notification writes a line into the staff's notes and loses what they wrote.",
    "SHP-9",
)
def retry_replaces_staff_notes(behaviour: Behaviour) -> Behaviour:
    return on_repetition(
        behaviour,
        lambda store, order, shipment: store.change(order.order_number, internal_notes="A parcel was sent again."),
    )


@defect("mark-as-shipped-repeated", "A notification without items is recorded again each time it is sent.", "SHP-9")
def mark_as_shipped_repeated(behaviour: Behaviour) -> Behaviour:
    times = count()
    return replace(
        behaviour,
        repetition_key=lambda notice: behaviour.repetition_key(notice) if notice.items else f"mark {next(times)}",
    )


# ---------------------------------------------------------------- second parcels


def _value_of_first_parcel(behaviour: Behaviour, name: str) -> Behaviour:
    return edit_booked(
        behaviour,
        lambda shipment, order, status: {name: getattr(order.shipments[0], name)} if order.shipments else {},
    )


def _value_told_once(behaviour: Behaviour, name: str, nothing: str | None) -> Behaviour:
    def change(shipment: Shipment, order: Order, status: str | None) -> dict[str, object]:
        is_told = any(getattr(earlier, name) == getattr(shipment, name) for earlier in order.shipments)
        return {name: nothing} if is_told else {}

    return edit_booked(behaviour, change)


@defect("equal-notes-dropped", "Notes to the buyer that an earlier parcel of the order had are dropped.", "SHP-10")
def equal_notes_dropped(behaviour: Behaviour) -> Behaviour:
    return _value_told_once(behaviour, "notes", "")


@defect("equal-fee-dropped", "A fee that an earlier parcel of the order had is dropped, as charged twice.", "SHP-10")
def equal_fee_dropped(behaviour: Behaviour) -> Behaviour:
    return _value_told_once(behaviour, "cost", None)


@defect("carrier-of-first-parcel", "Each parcel of an order gets the carrier of the first.", "SHP-10")
def carrier_of_first_parcel(behaviour: Behaviour) -> Behaviour:
    return _value_of_first_parcel(behaviour, "carrier")


@defect("service-of-first-parcel", "Each parcel of an order gets the service of the first.", "SHP-10")
def service_of_first_parcel(behaviour: Behaviour) -> Behaviour:
    return _value_of_first_parcel(behaviour, "service")


@defect("fee-of-first-parcel", "Each parcel of an order gets the carrier's fee of the first.", "SHP-10")
def fee_of_first_parcel(behaviour: Behaviour) -> Behaviour:
    return _value_of_first_parcel(behaviour, "cost")


@defect("notes-of-first-parcel", "Each parcel of an order gets the notes to the buyer of the first.", "SHP-10")
def notes_of_first_parcel(behaviour: Behaviour) -> Behaviour:
    return _value_of_first_parcel(behaviour, "notes")


@defect("day-of-first-parcel", "Each parcel of an order gets the day of the first.", "SHP-10")
def day_of_first_parcel(behaviour: Behaviour) -> Behaviour:
    return _value_of_first_parcel(behaviour, "shipped_on")


@defect("third-parcel-refused", "An order that has two shipments does not accept a third one.", "SHP-10")
def third_parcel_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments}
        if len(known) > 1 and notice.tracking_number not in known and notice.items:
            raise Refusal(422, "The order has two shipments already.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


# ---------------------------------------------------------------- items


def _named_by_sku(notice: Notice) -> set[str]:
    """Return the SKUs that a notification names without LineItemID."""
    return {item.sku for item in notice.items if not item.line_item_id}


@defect(
    "sku-alone-books-first-line",
    "Items without LineItemID are all recorded on the first line with their SKU, more than were ordered of it.",
    "SHP-18",
)
def sku_alone_books_first_line(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        parcel = behaviour.pack(order, notice)
        items = list(parcel.items)
        for sku in _named_by_sku(notice):
            of_sku = [item for item in items if item.sku == sku]
            if len(of_sku) > 1:
                first = msgspec.structs.replace(of_sku[0], quantity=sum(item.quantity for item in of_sku))
                items = [first if item is of_sku[0] else item for item in items if item not in of_sku[1:]]
        return replace(parcel, items=tuple(items))

    return replace(behaviour, pack=pack)


@defect("line-named-twice-counts-once", "If a parcel names a line twice, only the second quantity counts.", "SHP-7")
def line_named_twice_counts_once(behaviour: Behaviour) -> Behaviour:
    return edit_notice(
        behaviour,
        lambda notice: replace(
            notice, items=tuple({(item.line_item_id or id(item)): item for item in notice.items}.values())
        ),
    )


def _is_known(order: Order, sku: str) -> bool:
    return any(line.sku.strip()[:50].rstrip() == sku[:50].rstrip() for line in order.items)


@defect("items-after-unknown-lost", "Items that come after an item that is not in the order are ignored.", "SHP-7")
def items_after_unknown_lost(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        items = tuple(takewhile(lambda item: _is_known(order, item.sku), notice.items))
        if len(items) == len(notice.items):
            return behaviour.pack(order, notice)
        return behaviour.pack(order, replace(notice, items=items)) if items else Parcel((), False)

    return replace(behaviour, pack=pack)


@defect(
    "unknown-item-first-loses-parcel",
    "A parcel whose first item is not in the order is answered 200 and lost, if the order has an item of it.",
    "SHP-13",
)
def unknown_item_first_loses_parcel(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        known = [_is_known(order, item.sku) for item in notice.items]
        if any(known) and not known[0]:
            raise Refusal(200, "")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "limit-is-what-was-ordered",
    "More than is left is recorded, up to what was ordered of the line, whatever other parcels hold.",
    "SHP-19",
)
def limit_is_what_was_ordered(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        parcel, left = behaviour.pack(order, notice), unshipped(order)
        items = []
        for item in parcel.items:
            line = next(each for each in order.items if each.line_id == item.line_id)
            is_only = [each.sku for each in order.items].count(line.sku) == 1
            wanted = sum(
                each.quantity
                for each in notice.items
                if each.line_item_id == line.line_id or (is_only and each.sku == line.sku[:50].rstrip())
            )
            too_many = 0 < left[line.line_id] < wanted
            items.append(msgspec.structs.replace(item, quantity=min(wanted, line.quantity)) if too_many else item)
        return replace(parcel, items=tuple(items))

    return replace(behaviour, pack=pack)


@defect(
    "mark-after-part-ships-nothing",
    "A notification without items sets the status, but does nothing if the order has a shipment.",
    "SHP-17",
)
def mark_after_part_ships_nothing(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(
        behaviour,
        lambda parcel, order, notice: parcel if notice.items or not order.shipments else Parcel((), False),
    )


@defect(
    "long-sku-compared-whole",
    "The export cuts a SKU at 50 characters, but an item without LineItemID is only recorded if it has the whole SKU.",
    "SHP-7",
)
def long_sku_compared_whole(behaviour: Behaviour) -> Behaviour:
    def is_lost(order: Order, item: NoticeItem) -> bool:
        return not item.line_item_id and item.sku not in {line.sku.strip() for line in order.items}

    def pack(order: Order, notice: Notice) -> Parcel:
        items = tuple(item for item in notice.items if not is_lost(order, item))
        if len(items) == len(notice.items):
            return behaviour.pack(order, notice)
        return behaviour.pack(order, replace(notice, items=items)) if items else Parcel((), False)

    return replace(behaviour, pack=pack)


@defect(
    "long-sku-refused",
    "An item whose SKU was cut at 50 characters for the export is refused as unknown, if it has no LineItemID.",
    "SHP-1",
)
def long_sku_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        cut = {line.sku[:50].rstrip() for line in order.items if len(line.sku) > 50}
        known = {shipment.tracking_number for shipment in order.shipments}
        if notice.tracking_number not in known and any(
            item.sku in cut and not item.line_item_id for item in notice.items
        ):
            raise Refusal(422, "An item is not in the order.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


# ---------------------------------------------------------------- downloads


def _complete_if(behaviour: Behaviour, is_complete: Callable[[Order, dict[str, int]], bool]) -> Behaviour:
    """Decide whether a parcel completes the order, from the units of each line that are in parcels then."""

    def change(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        booked = {line.line_id: line.quantity - left[line.line_id] for line in order.items}
        for item in parcel.items:
            booked[item.line_id] += item.quantity
        return replace(parcel, completes=bool(parcel.items) and is_complete(order, booked))

    return edit_parcel(behaviour, change)


@defect(
    "pieces-counted-with-downloads",
    "An order is complete if as many pieces are recorded as can be shipped. Downloads in a parcel count, too.",
    "SHP-8",
)
def pieces_counted_with_downloads(behaviour: Behaviour) -> Behaviour:
    return _complete_if(
        behaviour,
        lambda order, booked: sum(booked.values()) >= sum(line.quantity for line in order.items if line.shippable),
    )


@defect(
    "downloads-waited-for-once-begun",
    "If a parcel had a download, the order waits for the rest of the order's downloads, too.",
    "SHP-16",
)
def downloads_waited_for_once_begun(behaviour: Behaviour) -> Behaviour:
    def complete(order: Order, booked: dict[str, int]) -> bool:
        goods = all(booked[line.line_id] >= line.quantity for line in order.items if line.shippable)
        return goods and (len(order.shipments) < 1 or all(booked[line.line_id] for line in order.items))

    return _complete_if(behaviour, complete)


@defect("parcel-with-download-refused", "A parcel that names a download is refused.", "SHP-1")
def parcel_with_download_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        downloads = {line.sku for line in order.items if not line.shippable}
        if any(item.sku in downloads for item in notice.items):
            raise Refusal(422, "A download can't be shipped.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("downloads-in-place-of-goods", "Goods beside a download in one parcel are not recorded.", "SHP-7")
def downloads_in_place_of_goods(behaviour: Behaviour) -> Behaviour:
    def change(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        downloads = {line.line_id for line in order.items if not line.shippable}
        kept = tuple(item for item in parcel.items if item.line_id in downloads)
        return Parcel(kept, False) if kept and notice.items else parcel

    return edit_parcel(behaviour, change)


# ---------------------------------------------------------------- statuses


@defect("part-of-held-order-ships-it", "A partial shipment of an order on hold makes the order shipped.", "SHP-8")
def part_of_held_order_ships_it(behaviour: Behaviour) -> Behaviour:
    def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
        status = behaviour.status_after(order, parcel, shop)
        return status or (shop.shipped_status if parcel.items and has_meaning(order, shop, "on_hold") else None)

    return replace(behaviour, status_after=status_after)


@defect(
    "third-parcel-completes-nothing",
    "An order becomes shipped only if the parcel that completes it is the first or the second.",
    "SHP-8",
)
def third_parcel_completes_nothing(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(
        behaviour,
        lambda parcel, order, notice: replace(
            parcel, completes=parcel.completes and (len(order.shipments) < 2 or not notice.items)
        ),
    )


@defect(
    "shipment-undoes-staff-notes",
    "A shipment stores the order as it was first exported, so that later notes of the staff are lost.",
    "NOT-2",
)
def shipment_undoes_staff_notes(behaviour: Behaviour) -> Behaviour:
    noted: dict[str, str] = {}

    def present(order: Order, shop: Shop) -> Fields:
        noted.setdefault(order.order_number, order.internal_notes)
        return behaviour.present(order, shop)

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        known = {each.tracking_number for each in order.shipments}
        was = noted.get(order.order_number, order.internal_notes)
        if shipment.tracking_number not in known and was != order.internal_notes:
            store.change(order.order_number, internal_notes=was)

    return replace(behaviour, present=present, book=book)


# ---------------------------------------------------------------- the export after a partial shipment


def _is_partly_shipped(order: Order, shop: Shop) -> bool:
    return bool(order.shipments) and any(units > 0 for units in unshipped(order).values())


def _edit_partly_shipped(behaviour: Behaviour, change: Callable[[Fields, Order], object]) -> Behaviour:
    def edit(fields: Fields, order: Order, shop: Shop) -> None:
        if _is_partly_shipped(order, shop):
            change(fields, order)

    return edit_order(behaviour, edit)


@defect(
    "staff-notes-gone-when-partly-shipped", "The export of a partly shipped order lacks the staff's notes.", "NOT-2"
)
def staff_notes_gone_when_partly_shipped(behaviour: Behaviour) -> Behaviour:
    return _edit_partly_shipped(behaviour, lambda fields, order: fields.update(InternalNotes=""))


@defect("message-gone-when-partly-shipped", "The export of a partly shipped order lacks the gift message.", "GIF-3")
def message_gone_when_partly_shipped(behaviour: Behaviour) -> Behaviour:
    return _edit_partly_shipped(behaviour, lambda fields, order: fields.pop("GiftMessage", None))


@defect("rest-exported-as-quantity", "The export of a partly shipped order shows what is left as Quantity.", "ITM-4")
def rest_exported_as_quantity(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        left = unshipped(order)[item.line_id]
        if order.shipments and left:
            line["Quantity"] = str(left)
        return line

    return edit_lines(behaviour, change)


@defect(
    "city-of-billing-after-shipment", "After a partial shipment, ShipTo has the city of the billing address.", "CUS-4"
)
def city_of_billing_after_shipment(behaviour: Behaviour) -> Behaviour:
    return _edit_partly_shipped(
        behaviour,
        lambda fields, order: element_at(fields, "Customer", "ShipTo").update(City=order.customer.billing.city),
    )


@defect("total-of-rest", "The export of a partly shipped order shows the total of what is left.", "ORD-7")
def total_of_rest(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order) -> None:
        left = unshipped(order)
        gone = sum((line.quantity - left[line.line_id]) * line.unit_price for line in order.items)
        fields["OrderTotal"] = f"{order.total - gone:.2f}"

    return _edit_partly_shipped(behaviour, change)


@defect("options-gone-after-shipment", "The export of a partly shipped order lacks the options.", "OPT-1")
def options_gone_after_shipment(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order) -> None:
        for line in lines_of(fields):
            line.pop("Options", None)

    return _edit_partly_shipped(behaviour, change)


@defect("part-exported-as-shipped", "The export shows a partly shipped order as shipped.", "STA-1")
def part_exported_as_shipped(behaviour: Behaviour) -> Behaviour:
    def edit(fields: Fields, order: Order, shop: Shop) -> None:
        if _is_partly_shipped(order, shop) and order.status != shop.shipped_status:
            fields["OrderStatus"] = shop.shipped_status

    return edit_order(behaviour, edit)


# ---------------------------------------------------------------- three actions


@defect(
    "parcel-of-order-shipped-by-staff-repeated",
    "If staff have marked an order as shipped, each notification of a parcel is recorded, repetitions, too.",
    "SHP-9",
)
def parcel_of_order_shipped_by_staff_repeated(behaviour: Behaviour) -> Behaviour:
    begun: set[str] = set()

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if order.status == store.shop.shipped_status and has_goods_left(order):
            begun.add(order.order_number)
        if order.order_number not in begun:
            return True
        behaviour.book(store, order, shipment, status, f"{key} {len(order.shipments)}")
        return False

    return book_if(behaviour, act)


@defect(
    "refused-for-hold-counts-as-recorded",
    "A parcel of an order on hold is refused. When it is sent again later, it counts as repeated, and is lost.",
    "SHP-2",
)
def refused_for_hold_counts_as_recorded(behaviour: Behaviour) -> Behaviour:
    refused: set[str] = set()

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if has_meaning(order, store.shop, "on_hold") and not is_recorded(order, shipment):
            refused.add(shipment.tracking_number)
            raise Refusal(409, "The order can't be shipped now.")
        return shipment.tracking_number not in refused

    return book_if(behaviour, act)


@defect(
    "repetition-on-hold-blocks-order",
    "If a notification is repeated while staff hold the order, the next parcel is answered 500.",
    "SHP-10",
)
def repetition_on_hold_blocks_order(behaviour: Behaviour) -> Behaviour:
    blocked: set[str] = set()

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if not is_recorded(order, shipment):
            if order.order_number in blocked:
                raise ValueError("A notification waits already.")
        elif has_meaning(order, store.shop, "on_hold"):
            blocked.add(order.order_number)
        return True

    return book_if(behaviour, act)


@defect(
    "repetition-ships-held-order",
    "If staff put a shipped order on hold, a repeated notification makes it shipped again.",
    "SHP-9",
)
def repetition_ships_held_order(behaviour: Behaviour) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment) -> None:
        if has_meaning(order, store.shop, "on_hold") and not has_goods_left(order):
            store.change(order.order_number, status=store.shop.shipped_status)

    return on_repetition(behaviour, act)


@defect(
    "repeated-part-counts-again",
    "A repeated parcel isn't recorded, but counted: with more parcels counted than recorded, no order is completed.",
    "SHP-8",
)
def repeated_part_counts_again(behaviour: Behaviour) -> Behaviour:
    repeated: set[str] = set()

    def change(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        if notice.tracking_number and notice.tracking_number in {each.tracking_number for each in order.shipments}:
            repeated.add(order.order_number)
        return replace(parcel, completes=False) if order.order_number in repeated and notice.items else parcel

    return edit_parcel(behaviour, change)


@defect(
    "status-of-staff-keeps-order-open",
    "If staff change the status of a partly shipped order, the parcel with the rest does not make it shipped.",
    "SHP-8",
)
def status_of_staff_keeps_order_open(behaviour: Behaviour) -> Behaviour:
    known: dict[str, str] = {}

    def change(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        first = known.setdefault(order.order_number, order.status)
        return replace(parcel, completes=False) if order.shipments and first != order.status else parcel

    return edit_parcel(behaviour, change)


@defect(
    "mark-forgets-parcels",
    "Once an order is marked as shipped without items, a repetition of an earlier parcel is recorded.",
    "SHP-9",
)
def mark_forgets_parcels(behaviour: Behaviour) -> Behaviour:
    marked: set[str] = set()

    def pack(order: Order, notice: Notice) -> Parcel:
        if not notice.items and order.shipments:
            marked.add(order.order_number)
        return behaviour.pack(order, notice)

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        is_earlier = is_recorded(order, shipment) and shipment.tracking_number != order.shipments[-1].tracking_number
        if order.order_number in marked and is_earlier:
            behaviour.book(store, order, shipment, status, f"{key} again")
            return False
        return True

    return replace(book_if(behaviour, act), pack=pack)


@defect(
    "second-parcel-restores-staff-notes",
    "A second parcel gives an order the staff's notes back that it had when the first parcel was recorded.",
    "NOT-2",
)
def second_parcel_restores_staff_notes(behaviour: Behaviour) -> Behaviour:
    noted: dict[str, str] = {}

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if is_recorded(order, shipment):
            return True
        behaviour.book(store, order, shipment, status, key)
        was = noted.setdefault(order.order_number, order.internal_notes)
        if was != order.internal_notes:
            store.change(order.order_number, internal_notes=was)
        return False

    return book_if(behaviour, act)


# ---------------------------------------------------------------- what a notification or a record leaves out


@defect(
    "missing-elements-fail",
    "A notification whose body has no TrackingNumber, Carrier or Service is answered 500.",
    "SHP-23",
)
def missing_elements_fail(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        root = etree.fromstring(request.body)
        for name in ("TrackingNumber", "Carrier", "Service"):
            if root.find(name) is None:
                raise ValueError(f"{name} is missing.")
        return notice

    return replace(behaviour, read_notice=read_notice)


@defect("notes-of-parcel-before", "A parcel without notes to the buyer gets those of the parcel before.", "SHP-10")
def notes_of_parcel_before(behaviour: Behaviour) -> Behaviour:
    def change(shipment: Shipment, order: Order, status: str | None) -> dict[str, object]:
        return {"notes": order.shipments[-1].notes} if order.shipments and not shipment.notes else {}

    return edit_booked(behaviour, change)


@defect(
    "last-unit-not-marked",
    "A notification without items records only the lines of which more than one unit is left.",
    "SHP-17",
)
def last_unit_not_marked(behaviour: Behaviour) -> Behaviour:
    def change(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        several = tuple(item for item in parcel.items if item.quantity > 1)
        return parcel if notice.items or not several else replace(parcel, items=several)

    return edit_parcel(behaviour, change)


@defect("line-id-recorded-as-sku", "A recorded item has the line's id in place of its SKU.", "SHP-7")
def line_id_recorded_as_sku(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(
        behaviour,
        lambda parcel, order, notice: replace(
            parcel, items=tuple(msgspec.structs.replace(item, sku=item.line_id) for item in parcel.items)
        ),
    )
