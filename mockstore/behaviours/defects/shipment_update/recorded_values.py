"""Defects of the values that are recorded: tracking number, carrier, service, cost, notes and date."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import unquote_plus

import msgspec
from lxml import etree

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_booked, edit_shipment, set_shipment_fields
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal, Request
from mockstore.endpoint.shipment import read_date
from mockstore.orders.model import Order, Shipment
from mockstore.store.store import Store


def _edit_field(behaviour: Behaviour, field: str, spell: Callable[[str], str]) -> Behaviour:
    """Edit a text field of each shipment before it is recorded."""
    return edit_shipment(
        behaviour, lambda shipment: msgspec.structs.replace(shipment, **{field: spell(getattr(shipment, field))})
    )


@defect("tracking-lost", "The tracking number is not stored.", "SHP-2")
def tracking_lost(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, tracking_number="")


@defect("tracking-upper-cased", "The tracking number is stored in upper case.", "SHP-2")
def tracking_upper_cased(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "tracking_number", str.upper)


@defect("tracking-without-zeros", "Leading zeros of a tracking number are lost.", "SHP-2")
def tracking_without_zeros(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "tracking_number", lambda number: number.lstrip("0"))


@defect("tracking-as-number", "A tracking number of digits becomes a float: 3.4043416109402E+17.", "SHP-2")
def tracking_as_number(behaviour: Behaviour) -> Behaviour:
    return _edit_field(
        behaviour, "tracking_number", lambda number: f"{float(number):.13E}" if number.isdecimal() else number
    )


@defect("tracking-decoded-twice", "The tracking number is decoded twice: a plus becomes a space.", "SHP-2")
def tracking_decoded_twice(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "tracking_number", unquote_plus)


@defect("tracking-cut-at-20", "The tracking number is cut at 20 characters.", "SHP-2")
def tracking_cut_at_20(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "tracking_number", lambda number: number[:20])


@defect("tracking-cut-at-32", "The tracking number is cut at 32 characters.", "SHP-2")
def tracking_cut_at_32(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "tracking_number", lambda number: number[:32])


@defect(
    "carrier-from-fixed-list",
    "The carrier is looked up in a fixed list, and any other is dropped.",
    "SHP-3",
    seen="Magento, CS-Cart",
)
def carrier_from_fixed_list(behaviour: Behaviour) -> Behaviour:
    return _edit_field(
        behaviour, "carrier", lambda name: name if name.lower() in ("ups", "usps", "fedex", "dhl") else ""
    )


@defect("carrier-unknown-is-custom", "A carrier that is not in the list is stored as `custom`.", "SHP-3")
def carrier_unknown_is_custom(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "carrier", lambda name: name if name.lower() in ("ups", "usps") else "custom")


@defect("carrier-always-first", "Every shipment gets the first carrier of the list.", "SHP-3")
def carrier_always_first(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, carrier="UPS")


@defect(
    "carrier-ends-at-ampersand",
    "Carrier and service end at an ampersand: the query is decoded too early.",
    "SHP-3 SHP-4",
)
def carrier_ends_at_ampersand(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, carrier=shipment.carrier.partition("&")[0], service=shipment.service.partition("&")[0]
        ),
    )


@defect("carrier-and-service-swapped", "Carrier and service are swapped.", "SHP-3 SHP-4")
def carrier_and_service_swapped(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, carrier=shipment.service, service=shipment.carrier),
    )


@defect("service-lost", "The service is not stored.", "SHP-4", seen="CS-Cart")
def service_lost(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, service="")


@defect("service-cut-at-20", "The service is cut at 20 characters.", "SHP-4")
def service_cut_at_20(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "service", lambda name: name[:20])


@defect("carrier-and-service-in-ascii", "Non-ASCII letters are dropped from carrier and service.", "SHP-3 SHP-4")
def carrier_and_service_in_ascii(behaviour: Behaviour) -> Behaviour:
    ascii_of = _edit_field(behaviour, "service", lambda name: name.encode("ascii", "ignore").decode())
    return _edit_field(ascii_of, "carrier", lambda name: name.encode("ascii", "ignore").decode())


@defect("service-as-code", "The service is stored as a code, like ups_ground.", "SHP-4")
def service_as_code(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "service", lambda name: re.sub(r"[^a-z]+", "_", name.lower()))


@defect("service-with-carrier", "The service is stored with the carrier before it.", "SHP-4")
def service_with_carrier(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, service=f"{shipment.carrier} {shipment.service}"),
    )


@defect("cost-lost", "The carrier's fee is not stored.", "SHP-5", seen="CS-Cart")
def cost_lost(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, cost=None)


def _edit_cost(behaviour: Behaviour, change: Callable[[Decimal], Decimal]) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, cost=None if shipment.cost is None else change(shipment.cost)
        ),
    )


@defect("cost-rounded", "The carrier's fee is stored as a whole number.", "SHP-5")
def cost_rounded(behaviour: Behaviour) -> Behaviour:
    return _edit_cost(behaviour, lambda cost: cost.quantize(Decimal(1), ROUND_HALF_UP))


@defect("cost-in-cents", "The carrier's fee is stored in cents.", "SHP-5")
def cost_in_cents(behaviour: Behaviour) -> Behaviour:
    return _edit_cost(behaviour, lambda cost: cost * 100)


@defect("notes-lost", "NotesToCustomer are not stored.", "SHP-6")
def notes_lost(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, notes="")


@defect("notes-escaped", "NotesToCustomer are stored escaped for HTML.", "SHP-6")
def notes_escaped(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "notes", html.escape)


@defect("buyer-notes-without-tags", "Text that looks like a tag is removed from NotesToCustomer.", "SHP-6")
def notes_without_tags(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "notes", lambda notes: re.sub(r"<[^>]*>", "", notes))


@defect("notes-in-one-line", "Line breaks in NotesToCustomer become spaces.", "SHP-6")
def notes_in_one_line(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "notes", lambda notes: " ".join(notes.split()))


@defect(
    "notes-end-at-emoji",
    "NotesToCustomer end at an emoji: the database takes at most three bytes for a character.",
    "SHP-6",
)
def notes_end_at_emoji(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "notes", lambda notes: re.split(r"[\U00010000-\U0010ffff]", notes)[0].strip())


@defect("buyer-notes-cut-at-255", "NotesToCustomer are cut at 255 characters.", "SHP-6")
def notes_cut_at_255(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "notes", lambda notes: notes[:255])


@defect("notes-with-internal", "The staff's internal notes are stored with NotesToCustomer.", "SHP-6")
def notes_with_internal(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        inner = etree.fromstring(request.body).findtext("InternalNotes") or ""
        return replace(notice, notes=f"{notice.notes}\n{inner}".strip())

    return replace(behaviour, read_notice=read_notice)


@defect("notes-with-tracking", "The tracking number is appended to NotesToCustomer.", "SHP-6")
def notes_with_tracking(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, notes=f"{shipment.notes}\n{shipment.tracking_number}"),
    )


@defect("notice-read-as-latin-1", "A notification in UTF-8 is read as ISO-8859-1.", "SHP-6")
def notice_read_as_latin_1(behaviour: Behaviour) -> Behaviour:
    return _edit_field(behaviour, "notes", lambda notes: notes.encode().decode("latin-1"))


def _edit_ship_date(behaviour: Behaviour, day: Callable[[date], date]) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, shipped_on=shipment.shipped_on and day(shipment.shipped_on)),
    )


@defect(
    "ship-date-shifted", "ShipDate is read as midnight UTC and stored in the shop's zone, as the day before.", "SHP-22"
)
def ship_date_shifted(behaviour: Behaviour) -> Behaviour:
    return _edit_ship_date(behaviour, lambda day: day - timedelta(days=1))


@defect("ship-date-is-today", "The stored ship date is the day of the notification, the day after ShipDate.", "SHP-22")
def ship_date_is_today(behaviour: Behaviour) -> Behaviour:
    return _edit_ship_date(behaviour, lambda day: day + timedelta(days=1))


@defect("ship-date-of-label", "LabelCreateDate is stored as the ship date.", "SHP-22")
def ship_date_of_label(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        notice = behaviour.read_notice(request)
        created = read_date(etree.fromstring(request.body).findtext("LabelCreateDate") or "")
        return replace(notice, ship_date=created or notice.ship_date)

    return replace(behaviour, read_notice=read_notice)


@defect("ship-date-day-first", "ShipDate is read as day/month/year.", "SHP-22")
def ship_date_day_first(behaviour: Behaviour) -> Behaviour:
    return _edit_ship_date(
        behaviour, lambda day: day.replace(month=day.day, day=day.month) if day.day <= 12 else date(1970, 1, 1)
    )


@defect("ship-date-day-first-if-it-can", "ShipDate is read as day/month/year if that is a date.", "SHP-22")
def ship_date_day_first_if_it_can(behaviour: Behaviour) -> Behaviour:
    return _edit_ship_date(behaviour, lambda day: day.replace(month=day.day, day=day.month) if day.day <= 12 else day)


@defect("cost-above-thousand-lost", "A fee is formatted as 1,234.50 and parsed as 1.", "SHP-5")
def cost_above_thousand_lost(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(
            shipment, cost=shipment.cost and Decimal(f"{shipment.cost:,}".partition(",")[0])
        ),
    )


@defect(
    "customer-notes-replaced",
    "NotesToCustomer of a notification replace the customer's own notes.",
    "NOT-1",
)
def customer_notes_replaced(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        if shipment.notes:
            store.change(order.order_number, customer_notes=shipment.notes)

    return replace(behaviour, book=book)


@defect("ship-date-lost", "ShipDate is not stored.", "SHP-22")
def ship_date_lost(behaviour: Behaviour) -> Behaviour:
    return set_shipment_fields(behaviour, shipped_on=None)


# ---------------------------------------------------------------- values that depend on the order


@defect(
    "fee-rounded-as-the-currency-of-the-order",
    "The carrier's fee is rounded to the decimals of the order's currency: 5.10 becomes 5 for an order in JPY.",
    "SHP-5",
)
def fee_rounded_as_the_currency_of_the_order(behaviour: Behaviour) -> Behaviour:
    def change(shipment: Shipment, order: Order, status: str | None) -> dict[str, object]:
        if order.currency not in ("JPY", "KRW") or shipment.cost is None:
            return {}
        return {"cost": shipment.cost.quantize(Decimal(1), ROUND_HALF_UP)}

    return edit_booked(behaviour, change)


@defect("notes-of-gifts-dropped", "The parcel of a gift is recorded without notes to the buyer.", "SHP-6")
def notes_of_gifts_dropped(behaviour: Behaviour) -> Behaviour:
    return edit_booked(behaviour, lambda shipment, order, status: {"notes": ""} if order.gift else {})


@defect(
    "part-without-service-abroad",
    "A parcel with a part of an order that is billed to another country has no service.",
    "SHP-4",
)
def part_without_service_abroad(behaviour: Behaviour) -> Behaviour:
    def change(shipment: Shipment, order: Order, status: str | None) -> dict[str, object]:
        to = order.customer.shipping
        is_abroad = to is not None and to.country != order.customer.billing.country
        return {"service": ""} if status is None and is_abroad else {}

    return edit_booked(behaviour, change)


@defect(
    "orders-without-decimals-refuse-parcels",
    "A notification for an order in a currency without decimals is refused, because its fee has decimals.",
    "SHP-1",
)
def orders_without_decimals_refuse_parcels(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if order.currency == "JPY":
            raise Refusal(422, "The fee has decimals.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)
