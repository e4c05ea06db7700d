"""Ways to get a shipment's notification wrong: which order, what is recorded, what it does to the status."""

from __future__ import annotations

import html
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec
from lxml import etree

from mockstore.changes import SECOND, kept, noticed, packed, recorded
from mockstore.defects import defect
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Broken, Notice, NoticeItem, Parcel, Refusal, Reply, Request
from mockstore.endpoint.shipment import read_date, unshipped
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.shop import Shop
from mockstore.store import Store


def _respelt(behaviour: Behaviour, field: str, spell: Callable[[str], str]) -> Behaviour:
    """A text of each shipment is kept otherwise."""
    return recorded(
        behaviour, lambda shipment: msgspec.structs.replace(shipment, **{field: spell(getattr(shipment, field))})
    )


def _found_by(behaviour: Behaviour, find: Callable[[Store, Notice], Order | None]) -> Behaviour:
    """The order is what this finds, before it is looked up as it should be."""
    return replace(
        behaviour, find_order=lambda store, notice: find(store, notice) or behaviour.find_order(store, notice)
    )


def _acknowledged(behaviour: Behaviour, status: int, sentence: str) -> Behaviour:
    return replace(behaviour, acknowledge=lambda notice, order: Reply(status, sentence.encode()))


# ---------------------------------------------------------------- SHP-1: accepted, and shipped


@defect("booked-but-500", "The shipment is booked; then a mail to the buyer fails, and the answer is 500.", "SHP-1")
def booked_but_500(behaviour: Behaviour) -> Behaviour:
    return _acknowledged(behaviour, 500, "Something failed in the store.")


@defect("booked-but-redirected", "After booking, the answer leads to the shop's order page.", "SHP-1")
def booked_but_redirected(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, acknowledge=lambda notice, order: Reply(302, b"", {"Location": "/admin.php"}))


@defect("status-never-changes", "A shipment is kept, but the order's status stays.", "SHP-1")
def status_never_changes(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, status_after=lambda order, parcel, shop: None)


@defect("status-paid-when-shipped", "A shipped order gets the status of a paid one.", "SHP-1")
def status_paid_when_shipped(behaviour: Behaviour) -> Behaviour:
    def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
        status = behaviour.status_after(order, parcel, shop)
        return status and next(each.name for each in shop.statuses if each.maps_to == "paid")

    return replace(behaviour, status_after=status_after)


@defect("shipped-by-second-notice", "Only the second notification of an order makes it shipped.", "SHP-1")
def shipped_by_second_notice(behaviour: Behaviour) -> Behaviour:
    def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
        return behaviour.status_after(order, parcel, shop) if order.shipments else None

    return replace(behaviour, status_after=status_after)


# ---------------------------------------------------------------- SHP-2 to SHP-6, SHP-22: what is recorded


@defect("tracking-lost", "The tracking number isn't kept.", "SHP-2")
def tracking_lost(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, tracking_number="")


@defect("tracking-upper-cased", "The tracking number is kept in upper case.", "SHP-2")
def tracking_upper_cased(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "tracking_number", str.upper)


@defect("tracking-without-zeros", "Zeros at the beginning of a tracking number are lost.", "SHP-2")
def tracking_without_zeros(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "tracking_number", lambda number: number.lstrip("0"))


@defect("tracking-as-number", "A tracking number of digits becomes a float: 3.4043416109402E+17.", "SHP-2")
def tracking_as_number(behaviour: Behaviour) -> Behaviour:
    return _respelt(
        behaviour, "tracking_number", lambda number: f"{float(number):.13E}" if number.isdecimal() else number
    )


@defect("tracking-cut-at-20", "The tracking number is cut at 20 characters.", "SHP-2")
def tracking_cut_at_20(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "tracking_number", lambda number: number[:20])


@defect("tracking-cut-at-32", "The tracking number is cut at 32 characters.", "SHP-2")
def tracking_cut_at_32(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "tracking_number", lambda number: number[:32])


@defect(
    "carrier-from-fixed-list",
    "The carrier is looked up in a fixed list, and any other is dropped.",
    "SHP-3",
    seen="Magento, CS-Cart",
)
def carrier_from_fixed_list(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "carrier", lambda name: name if name.lower() in ("ups", "usps", "fedex", "dhl") else "")


@defect("carrier-unknown-is-custom", "A carrier that isn't in the list is kept as `custom`.", "SHP-3")
def carrier_unknown_is_custom(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "carrier", lambda name: name if name.lower() in ("ups", "usps") else "custom")


@defect("carrier-always-first", "Every shipment is the first carrier's.", "SHP-3")
def carrier_always_first(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, carrier="UPS")


@defect(
    "carrier-ends-at-ampersand", "Carrier and service are read from a query that was decoded too soon.", "SHP-3 SHP-4"
)
def carrier_ends_at_ampersand(behaviour: Behaviour) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, carrier=shipment.carrier.partition("&")[0], service=shipment.service.partition("&")[0]
        ),
    )


@defect("carrier-and-service-swapped", "Carrier and service are swapped.", "SHP-3 SHP-4")
def carrier_and_service_swapped(behaviour: Behaviour) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, carrier=shipment.service, service=shipment.carrier),
    )


@defect("service-lost", "The service isn't kept.", "SHP-4", seen="CS-Cart")
def service_lost(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, service="")


@defect("service-as-code", "The service is kept as a code made of it.", "SHP-4")
def service_as_code(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "service", lambda name: re.sub(r"[^a-z]+", "_", name.lower()))


@defect("service-with-carrier", "The carrier stands before the service.", "SHP-4")
def service_with_carrier(behaviour: Behaviour) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, service=f"{shipment.carrier} {shipment.service}"),
    )


@defect("cost-lost", "The carrier's fee isn't kept.", "SHP-5", seen="CS-Cart")
def cost_lost(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, cost=None)


def _costing(behaviour: Behaviour, change: Callable[[Decimal], Decimal]) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, cost=None if shipment.cost is None else change(shipment.cost)
        ),
    )


@defect("cost-rounded", "The carrier's fee is kept as a whole number.", "SHP-5")
def cost_rounded(behaviour: Behaviour) -> Behaviour:
    return _costing(behaviour, lambda cost: cost.quantize(Decimal(1), ROUND_HALF_UP))


@defect("cost-in-cents", "The carrier's fee is kept in cents.", "SHP-5")
def cost_in_cents(behaviour: Behaviour) -> Behaviour:
    return _costing(behaviour, lambda cost: cost * 100)


@defect("notes-lost", "NotesToCustomer aren't kept.", "SHP-6")
def notes_lost(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, notes="")


@defect("notes-escaped", "NotesToCustomer are kept escaped for HTML.", "SHP-6")
def notes_escaped(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "notes", html.escape)


@defect("buyer-notes-without-tags", "What looks like a tag is cut out of NotesToCustomer.", "SHP-6")
def notes_without_tags(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "notes", lambda notes: re.sub(r"<[^>]*>", "", notes))


@defect("notes-in-one-line", "Line breaks in NotesToCustomer become blanks.", "SHP-6")
def notes_in_one_line(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "notes", lambda notes: " ".join(notes.split()))


@defect("notes-end-at-emoji", "The database takes three bytes a character: notes end where an emoji stands.", "SHP-6")
def notes_end_at_emoji(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "notes", lambda notes: re.split(r"[\U00010000-\U0010ffff]", notes)[0].strip())


@defect("buyer-notes-cut-at-255", "NotesToCustomer are cut at 255 characters.", "SHP-6")
def notes_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "notes", lambda notes: notes[:255])


@defect("notes-with-internal", "The staff's own notes go to the buyer with NotesToCustomer.", "SHP-6")
def notes_with_internal(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        inner = etree.fromstring(request.body).findtext("InternalNotes") or ""
        return replace(notice, notes=f"{notice.notes}\n{inner}".strip())

    return replace(behaviour, read_notice=read_notice)


@defect("notes-with-tracking", "The tracking number is put behind NotesToCustomer.", "SHP-6")
def notes_with_tracking(behaviour: Behaviour) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, notes=f"{shipment.notes}\n{shipment.tracking_number}"),
    )


@defect("notice-read-as-latin-1", "The notification's UTF-8 is read as ISO-8859-1.", "SHP-6")
def notice_read_as_latin_1(behaviour: Behaviour) -> Behaviour:
    return _respelt(behaviour, "notes", lambda notes: notes.encode().decode("latin-1"))


def _dated(behaviour: Behaviour, day: Callable[[date], date]) -> Behaviour:
    return recorded(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, shipped_on=shipment.shipped_on and day(shipment.shipped_on)),
    )


@defect("ship-date-shifted", "ShipDate is taken for midnight UTC, and kept as the shop's day.", "SHP-22")
def ship_date_shifted(behaviour: Behaviour) -> Behaviour:
    return _dated(behaviour, lambda day: day - timedelta(days=1))


@defect("ship-date-is-today", "ShipDate is the day on which the notification came.", "SHP-22")
def ship_date_is_today(behaviour: Behaviour) -> Behaviour:
    return _dated(behaviour, lambda day: day + timedelta(days=1))


@defect("ship-date-of-label", "In place of ShipDate, the day on which the label was made is kept.", "SHP-22")
def ship_date_of_label(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        created = read_date(etree.fromstring(request.body).findtext("LabelCreateDate") or "")
        return replace(notice, ship_date=created or notice.ship_date)

    return replace(behaviour, read_notice=read_notice)


@defect("ship-date-day-first", "ShipDate is read as day/month/year.", "SHP-22")
def ship_date_day_first(behaviour: Behaviour) -> Behaviour:
    return _dated(
        behaviour, lambda day: day.replace(month=day.day, day=day.month) if day.day <= 12 else date(1970, 1, 1)
    )


@defect("ship-date-lost", "ShipDate isn't kept.", "SHP-22")
def ship_date_lost(behaviour: Behaviour) -> Behaviour:
    return kept(behaviour, shipped_on=None)


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


# ---------------------------------------------------------------- SHP-11 to SHP-14, SHP-20: refusals, and which order


@defect(
    "unknown-order-200",
    "An unknown order is answered 200: ShipStation believes that the shipment was stored.",
    "SHP-11",
    seen="WooCommerce, CS-Cart",
)
def unknown_order_200(behaviour: Behaviour) -> Behaviour:
    return _refusals(behaviour, lambda refusal: refusal.status == 404, 200)


def _refusals(behaviour: Behaviour, which: Callable[[Refusal], bool], status: int) -> Behaviour:
    """Refusals of notifications like this have another status."""

    def shipnotify(step: Callable[..., object]) -> Callable[..., object]:
        def tried(*arguments: object) -> object:
            try:
                return step(*arguments)
            except Refusal as refusal:
                if which(refusal):
                    raise Refusal(status, str(refusal)) from None
                raise

        return tried

    return replace(
        behaviour,
        read_notice=shipnotify(behaviour.read_notice),  # type: ignore[arg-type]
        find_order=shipnotify(behaviour.find_order),  # type: ignore[arg-type]
    )


@defect("number-read-as-integer", "(int) of the order's number: 1001-B ships the order 1001.", "SHP-11 SEC-4")
def number_read_as_integer(behaviour: Behaviour) -> Behaviour:
    def find(store: Store, notice: Notice) -> Order | None:
        digits = re.match(r"\d+", notice.order_number)
        return store.find(digits[0]) if digits and not store.find(notice.order_number) else None

    return _found_by(behaviour, find)


@defect("number-looked-up-by-like", "LIKE 'number%': the beginning of a number ships the first that fits.", "SHP-11")
def number_looked_up_by_like(behaviour: Behaviour) -> Behaviour:
    def find(store: Store, notice: Notice) -> Order | None:
        exact = store.find(notice.order_number)
        return exact or next(
            (order for order in store.orders() if order.order_number.startswith(notice.order_number)), None
        )

    return _found_by(behaviour, find)


@defect("empty-body-200", "An empty body ends in a fatal error answered 200.", "SHP-12", seen="WooCommerce")
def empty_body_200(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if not request.body.strip():
            raise Refusal(200, "")
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect("malformed-body-500", "A body that isn't XML is a failure inside.", "SHP-12")
def malformed_body_500(behaviour: Behaviour) -> Behaviour:
    return _refusals(behaviour, lambda refusal: "XML" in str(refusal), 500)


@defect("malformed-body-200", "A body that isn't XML is answered 200.", "SEC-3 SHP-12", seen="CS-Cart")
def malformed_body_200(behaviour: Behaviour) -> Behaviour:
    return _refusals(behaviour, lambda refusal: "XML" in str(refusal) or "ShipNotice" in str(refusal), 200)


def _read_from_query(behaviour: Behaviour, when: Callable[[Request], bool]) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if not when(request):
            return behaviour.read_notice(request)
        query = request.query
        return Notice(
            query.get("order_number", ""), "", query.get("tracking_number", ""), query.get("carrier", ""), items=()
        )

    return replace(behaviour, read_notice=read_notice)


@defect("empty-body-ships", "Where the body is empty, the query is enough to ship the order.", "SHP-12")
def empty_body_ships(behaviour: Behaviour) -> Behaviour:
    return _read_from_query(behaviour, lambda request: not request.body and request.method == "POST")


@defect("any-root-ships", "Whatever element the body holds, the order of the query is shipped.", "SHP-12")
def any_root_ships(behaviour: Behaviour) -> Behaviour:
    return _read_from_query(behaviour, lambda request: b"<Orders" in request.body)


@defect("cut-off-body-ships", "A body that broke off is read as far as it goes.", "SHP-12")
def cut_off_body_ships(behaviour: Behaviour) -> Behaviour:
    return _read_from_query(
        behaviour, lambda request: b"<ShipNotice" in request.body and b"</ShipNotice>" not in request.body
    )


@defect("refused-after-status", "The order's status is changed before the body is looked at, and refused.", "SHP-12")
def refused_after_status(behaviour: Behaviour) -> Behaviour:
    hasty = _read_from_query(behaviour, lambda request: b"</ShipNotice>" not in request.body)
    empty: set[str] = set()

    def read_notice(request: Request) -> Notice:
        notice = hasty.read_notice(request)
        if b"</ShipNotice>" not in request.body:
            empty.add(notice.tracking_number)
        return notice

    def acknowledge(notice: Notice, order: Order) -> Reply:
        if notice.tracking_number in empty:
            raise Refusal(400, "The body isn't a ShipNotice.")
        return behaviour.acknowledge(notice, order)

    return replace(hasty, read_notice=read_notice, acknowledge=acknowledge)


def _is_known(item: NoticeItem, order: Order) -> bool:
    return any(line.sku.strip()[:50] == item.sku[:50] for line in order.items)


@defect("unknown-item-500", "An item that the order doesn't hold is a failure inside.", "SHP-13")
def unknown_item_500(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not all(_is_known(item, order) for item in notice.items):
            raise Broken
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "unknown-item-loses-parcel", "With an item that the order doesn't hold, the parcel is dropped, and 200.", "SHP-13"
)
def unknown_item_loses_parcel(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not all(_is_known(item, order) for item in notice.items):
            raise Refusal(200, "")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "looked-up-by-id",
    "The number that the notification names is looked up as the internal id.",
    "SHP-14",
    seen="WooCommerce, Craft",
)
def looked_up_by_id(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        order = store.find_by_id(notice.order_number)
        if order is None:
            raise Refusal(404, "There is no order of that number.")
        return order

    return replace(behaviour, find_order=find_order)


@defect("looked-up-by-id-first", "A number that is another order's id ships that order.", "SHP-14")
def looked_up_by_id_first(behaviour: Behaviour) -> Behaviour:
    return _found_by(behaviour, lambda store, notice: store.find_by_id(notice.order_number))


@defect("shipnotify-by-get", "shipnotify by GET books the parcel of the query.", "SHP-20")
def shipnotify_by_get(behaviour: Behaviour) -> Behaviour:
    lenient = _read_from_query(behaviour, lambda request: request.method == "GET")

    def read_action(request: Request) -> str:
        notifies = request.query.get("action", "").lower() == "shipnotify"
        return "shipnotify" if notifies else behaviour.read_action(request)

    return replace(lenient, read_action=read_action)


@defect("shipnotify-by-get-200", "shipnotify by GET does nothing, and is answered 200.", "SHP-20", seen="CS-Cart")
def shipnotify_by_get_200(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        if request.method == "GET" and request.query.get("action", "").lower() == "shipnotify":
            raise Refusal(200, "")
        return behaviour.read_action(request)

    return replace(behaviour, read_action=read_action)


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
