"""Defects of conversions: two different values become the same, or a correct form of a notification is misread."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_notice, edit_notice_items
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal, Request
from mockstore.orders.model import Order
from mockstore.store.store import Store

SUNDAY = 6

# ---------------------------------------------------------------- numbers of orders


def _find_alike(behaviour: Behaviour, is_alike: Callable[[str, str], bool]) -> Behaviour:
    """Find the order of an earlier notification if its number counts as the one that is asked for."""
    known: dict[str, None] = {}

    def find_order(store: Store, notice: Notice) -> Order:
        number = next((each for each in known if is_alike(each, notice.order_number)), notice.order_number)
        order = behaviour.find_order(store, replace(notice, order_number=number))
        known.setdefault(order.order_number)
        return order

    return replace(behaviour, find_order=find_order)


@defect(
    "order-found-in-any-case", "Of orders whose numbers differ in letter case, the first gets every parcel.", "SHP-14"
)
def order_found_in_any_case(behaviour: Behaviour) -> Behaviour:
    return _find_alike(behaviour, lambda known, number: known.casefold() == number.casefold())


@defect(
    "order-found-by-value", "Numbers of orders are compared as numbers: zeros before the digits do not count.", "SHP-14"
)
def order_found_by_value(behaviour: Behaviour) -> Behaviour:
    return _find_alike(
        behaviour, lambda known, number: known.isdecimal() and number.isdecimal() and int(known) == int(number)
    )


@defect("order-found-by-float", "Numbers of orders are compared as floats: the last of 20 digits is lost.", "SHP-14")
def order_found_by_float(behaviour: Behaviour) -> Behaviour:
    return _find_alike(
        behaviour,
        lambda known, number: (
            (known.isdecimal() and number.isdecimal())
            and len(known) == len(number) > 15
            and float(known) == float(number)
        ),
    )


@defect("order-found-by-wildcard", "The number of an order is looked up by LIKE: _ matches any character.", "SHP-14")
def order_found_by_wildcard(behaviour: Behaviour) -> Behaviour:
    return _find_alike(
        behaviour, lambda known, number: re.fullmatch(re.escape(number).replace("_", "."), known) is not None
    )


@defect("order-found-loosely", "Numbers of orders are compared with == of PHP: 0E1 is 0E2.", "SHP-14")
def order_found_loosely(behaviour: Behaviour) -> Behaviour:
    return _find_alike(behaviour, lambda known, number: bool(_ZERO.fullmatch(known) and _ZERO.fullmatch(number)))


_ZERO = re.compile("0+[eE][0-9]+")

# ---------------------------------------------------------------- tracking numbers


def _recognise_by(behaviour: Behaviour, key_of: Callable[[str], str]) -> Behaviour:
    """Take a notification for repeated if this key of its tracking number is that of an earlier one."""

    def repetition_key(notice: Notice) -> str | None:
        key = behaviour.repetition_key(notice)
        return key if key is None else key_of(key)

    return replace(behaviour, repetition_key=repetition_key)


@defect(
    "repeated-by-float", "Tracking numbers of digits are compared as floats: 22 digits alike count as one.", "SHP-10"
)
def repeated_by_float(behaviour: Behaviour) -> Behaviour:
    return _recognise_by(behaviour, lambda number: f"{float(number):.15e}" if number.isdecimal() else number)


@defect("repeated-by-value", "Zeros before a tracking number of digits do not count when it is compared.", "SHP-10")
def repeated_by_value(behaviour: Behaviour) -> Behaviour:
    return _recognise_by(behaviour, lambda number: number.lstrip("0") if number.isdecimal() else number)


@defect("repeated-loosely", "Tracking numbers are compared with == of PHP: 0E1 is 0E2.", "SHP-10")
def repeated_loosely(behaviour: Behaviour) -> Behaviour:
    return _recognise_by(behaviour, lambda number: "0" if _ZERO.fullmatch(number) else number)


@defect("repeated-by-end", "Only the last 12 characters of tracking numbers are compared.", "SHP-10")
def repeated_by_end(behaviour: Behaviour) -> Behaviour:
    return _recognise_by(behaviour, lambda number: number[-12:])


@defect("repeated-by-40-characters", "Only 40 characters of tracking numbers are compared.", "SHP-10")
def repeated_by_40_characters(behaviour: Behaviour) -> Behaviour:
    return _recognise_by(behaviour, lambda number: number[:40])


def _repeated_if(behaviour: Behaviour, is_alike: Callable[[str, str], bool]) -> Behaviour:
    """Drop a parcel if its tracking number counts as one that the order has."""

    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments} - {""}
        if notice.tracking_number not in known and any(is_alike(each, notice.tracking_number) for each in known):
            raise Refusal(200, "")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("repeated-by-beginning", "A tracking number that begins with an earlier one counts as that one.", "SHP-10")
def repeated_by_beginning(behaviour: Behaviour) -> Behaviour:
    return _repeated_if(behaviour, lambda known, number: bool(number) and number.startswith(known))


@defect("repeated-by-wildcard", "Tracking numbers are looked up by LIKE: _ matches any character.", "SHP-10")
def repeated_by_wildcard(behaviour: Behaviour) -> Behaviour:
    return _repeated_if(
        behaviour, lambda known, number: re.fullmatch(re.escape(number).replace("_", "."), known) is not None
    )


# ---------------------------------------------------------------- values


def _edit_day(behaviour: Behaviour, change: Callable[[date, date], date]) -> Behaviour:
    """Change the day of a parcel, by the store's present day."""
    days: dict[str, date] = {}

    def find_order(store: Store, notice: Notice) -> Order:
        days["today"] = store.clock.now().date()
        return behaviour.find_order(store, notice)

    def read(notice: Notice, parcel: Parcel) -> Notice:
        day = notice.ship_date
        return notice if day is None else replace(notice, ship_date=change(day, days["today"]))

    return replace(
        behaviour,
        find_order=find_order,
        record=lambda notice, parcel: behaviour.record(read(notice, parcel), parcel),
    )


@defect("day-to-come-is-today", "A ShipDate after the present day becomes the present day.", "SHP-22")
def day_to_come_is_today(behaviour: Behaviour) -> Behaviour:
    return _edit_day(behaviour, min)


@defect("old-day-is-today", "A ShipDate of more than 30 days ago becomes the present day.", "SHP-22")
def old_day_is_today(behaviour: Behaviour) -> Behaviour:
    return _edit_day(behaviour, lambda day, today: today if today - day > timedelta(days=30) else day)


@defect("sunday-becomes-monday", "A ShipDate on a Sunday becomes the day after.", "SHP-22")
def sunday_becomes_monday(behaviour: Behaviour) -> Behaviour:
    return _edit_day(behaviour, lambda day, today: day + timedelta(days=1) if day.weekday() == SUNDAY else day)


@defect("fee-cut-as-float", "The carrier's fee is multiplied by 100 as a float and cut: 4.35 becomes 4.34.", "SHP-5")
def fee_cut_as_float(behaviour: Behaviour) -> Behaviour:
    return edit_notice(
        behaviour,
        lambda notice: (
            notice if notice.cost is None else replace(notice, cost=Decimal(int(float(notice.cost) * 100)) / 100)
        ),
    )


@defect("notes-zero-lost", "Notes to the buyer that are 0 count as none.", "SHP-6")
def notes_zero_lost(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, notes="" if notice.notes == "0" else notice.notes))


@defect("service-as-number", "A service of digits is kept as a number: 02 becomes 2.", "SHP-4")
def service_as_number(behaviour: Behaviour) -> Behaviour:
    return edit_notice(
        behaviour,
        lambda notice: replace(
            notice, service=str(int(notice.service)) if notice.service.isdecimal() else notice.service
        ),
    )


def _as_number(text: str) -> str:
    """Return what a parser that makes numbers of texts leaves of one: 1.10 becomes 1.1, and 1e3 becomes 1000."""
    if text.isdecimal():
        return str(int(text))
    return f"{float(text):.15g}" if _NUMBER.fullmatch(text) else text


_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?(e[0-9]{1,2})?", re.ASCII)


@defect("service-as-decimal", "A service that looks like a decimal is kept as a number: 1.10 becomes 1.1.", "SHP-4")
def service_as_decimal(behaviour: Behaviour) -> Behaviour:
    return edit_notice(
        behaviour,
        lambda notice: notice if notice.service.isdecimal() else replace(notice, service=_as_number(notice.service)),
    )


@defect("carrier-as-number", "A carrier that looks like a number is kept as one: 1e3 becomes 1000.", "SHP-3")
def carrier_as_number(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, carrier=_as_number(notice.carrier)))


@defect("notes-as-truth-value", "Notes to the buyer that are true become 1.", "SHP-6")
def notes_as_truth_value(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, notes="1") if notice.notes == "true" else notice)


@defect("notes-null-lost", "Notes to the buyer that are null count as none.", "SHP-6")
def notes_null_lost(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, notes="") if notice.notes == "null" else notice)


@defect("repeated-by-decimal", "Tracking numbers that look like decimals are compared as such: 1.10 is 1.1.", "SHP-10")
def repeated_by_decimal(behaviour: Behaviour) -> Behaviour:
    return _recognise_by(behaviour, lambda number: number.rstrip("0") if "." in number else number)


# ---------------------------------------------------------------- SKUs and quantities


def _edit_skus(behaviour: Behaviour, convert: Callable[[str], str]) -> Behaviour:
    """Change the SKUs of a notification. The ids of lines still name items."""
    return edit_notice_items(behaviour, lambda item: replace(item, sku=convert(item.sku)))


@defect("sku-of-digits-as-number", "A SKU of digits is read as a number: 0042 becomes 42.", "SHP-7")
def sku_of_digits_as_number(behaviour: Behaviour) -> Behaviour:
    return _edit_skus(behaviour, lambda sku: _as_number(sku) if sku.isdecimal() else sku)


@defect("sku-as-decimal", "A SKU that looks like a decimal is read as a number: 1.10 becomes 1.1.", "SHP-7")
def sku_as_decimal(behaviour: Behaviour) -> Behaviour:
    return _edit_skus(behaviour, lambda sku: _as_number(sku) if "." in sku else sku)


@defect("sku-as-truth-value", "The SKU true is read as a truth value: it becomes 1.", "SHP-7")
def sku_as_truth_value(behaviour: Behaviour) -> Behaviour:
    return _edit_skus(behaviour, lambda sku: "1" if sku == "true" else sku)


@defect("sku-null-lost", "The SKU null counts as none.", "SHP-7")
def sku_null_lost(behaviour: Behaviour) -> Behaviour:
    return _edit_skus(behaviour, lambda sku: "" if sku == "null" else sku)


@defect("sku-found-loosely", "SKUs are compared with == of PHP: 1e3 is 1000.", "SHP-7")
def sku_found_loosely(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        def found(sku: str) -> str:
            if not _NUMBER.fullmatch(sku.lower()):
                return sku
            numbers = [line.sku for line in order.items if _NUMBER.fullmatch(line.sku.lower())]
            return next((each for each in numbers if float(each) == float(sku)), sku)

        items = tuple(replace(item, sku=found(item.sku)) for item in notice.items)
        return behaviour.pack(order, replace(notice, items=items))

    return replace(behaviour, pack=pack)


def _limit_units(behaviour: Behaviour, count: Callable[[int], int]) -> Behaviour:
    """Change how many units of an item are read."""
    return edit_notice_items(behaviour, lambda item: replace(item, quantity=count(item.quantity)))


@defect("units-up-to-15-bits", "At most 32767 units of a line are recorded in a parcel.", "SHP-1 SHP-7")
def units_up_to_15_bits(behaviour: Behaviour) -> Behaviour:
    return _limit_units(behaviour, lambda units: min(units, 32767))


@defect("units-of-16-bits", "Units of a line beyond 65535 are counted from 0 again.", "SHP-1 SHP-7")
def units_of_16_bits(behaviour: Behaviour) -> Behaviour:
    return _limit_units(behaviour, lambda units: units % 65536)


# ---------------------------------------------------------------- NotifyCustomer


def _by_flag(behaviour: Behaviour, change: Callable[[Notice, str | None], Notice]) -> Behaviour:
    """Change a notification by its NotifyCustomer; None if it has none."""
    return replace(
        behaviour,
        read_notice=lambda request: change(
            behaviour.read_notice(request), etree.fromstring(request.body).findtext("NotifyCustomer")
        ),
    )


@defect("notes-without-notify-lost", "NotesToCustomer is dropped if NotifyCustomer is false.", "SHP-6")
def notes_without_notify_lost(behaviour: Behaviour) -> Behaviour:
    return _by_flag(behaviour, lambda notice, flag: replace(notice, notes="") if flag == "false" else notice)


@defect("service-lost-when-notified", "The service is dropped if NotifyCustomer is true.", "SHP-4")
def service_lost_when_notified(behaviour: Behaviour) -> Behaviour:
    return _by_flag(behaviour, lambda notice, flag: replace(notice, service="") if flag == "true" else notice)


@defect("empty-flag-refused", "A notification with an empty NotifyCustomer is refused.", "SHP-1")
def empty_flag_refused(behaviour: Behaviour) -> Behaviour:
    def check(notice: Notice, flag: str | None) -> Notice:
        if flag == "":
            raise Refusal(400, "NotifyCustomer must be true or false.")
        return notice

    return _by_flag(behaviour, check)


@defect("carrier-needed", "A parcel without carrier and service is refused.", "SHP-1 SHP-23")
def carrier_needed(behaviour: Behaviour) -> Behaviour:
    def check(notice: Notice) -> Notice:
        if not notice.carrier:
            raise Refusal(422, "The carrier is missing.")
        return notice

    return edit_notice(behaviour, check)


# ---------------------------------------------------------------- the state of the order


def _lose_first_parcel(behaviour: Behaviour, meaning: str) -> Behaviour:
    """Answer the first parcel of an order with a status of this meaning as a success, and drop it."""
    meant: dict[str, set[str]] = {}

    def find_order(store: Store, notice: Notice) -> Order:
        meant["all"] = {status.name for status in store.shop.statuses if status.maps_to == meaning}
        return behaviour.find_order(store, notice)

    def pack(order: Order, notice: Notice) -> Parcel:
        if order.status in meant["all"] and not order.shipments:
            raise Refusal(200, "")
        return behaviour.pack(order, notice)

    return replace(behaviour, find_order=find_order, pack=pack)


@defect(
    "shipped-by-hand-loses-parcel", "An order that staff gave the shipped status takes no parcel any more.", "SHP-2"
)
def shipped_by_hand_loses_parcel(behaviour: Behaviour) -> Behaviour:
    return _lose_first_parcel(behaviour, "shipped")


@defect("held-order-loses-parcel", "The first parcel of an order on hold is answered 200 and lost.", "SHP-2")
def held_order_loses_parcel(behaviour: Behaviour) -> Behaviour:
    return _lose_first_parcel(behaviour, "on_hold")


# ---------------------------------------------------------------- the form of the request


def _refuse_request(behaviour: Behaviour, when: Callable[[Request], bool], status: int) -> Behaviour:
    """Refuse notifications of some form."""

    def read_notice(request: Request) -> Notice:
        if when(request):
            raise Refusal(status, "This request cannot be read.")
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect("body-after-continue-lost", "The body of a notification with Expect: 100-continue is lost.", "SHP-1")
def body_after_continue_lost(behaviour: Behaviour) -> Behaviour:
    return _refuse_request(behaviour, lambda request: "expect" in request.headers, 400)


@defect("charset-refused", "A notification whose Content-Type has a charset is refused.", "SHP-1")
def charset_refused(behaviour: Behaviour) -> Behaviour:
    return _refuse_request(behaviour, lambda request: request.headers.get("content-type") != "text/xml", 415)


@defect("chunked-notes-lost", "Of a body in chunks, NotesToCustomer is lost.", "SHP-6")
def chunked_notes_lost(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        if "transfer-encoding" not in request.headers:
            return notice
        return replace(notice, notes="")

    return replace(behaviour, read_notice=read_notice)


@defect("elements-in-sequence", "NotesToCustomer is found only before TrackingNumber.", "SHP-6")
def elements_in_sequence(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        names = [child.tag for child in etree.fromstring(request.body)]
        after = names[names.index("TrackingNumber") :] if "TrackingNumber" in names else []
        return replace(notice, notes="") if "NotesToCustomer" in after else notice

    return replace(behaviour, read_notice=read_notice)
