"""A small store endpoint, written from the contract alone.

It speaks the export and the shipment notification of a custom store, and the control protocol by which a
test learns what the store holds. Nothing here comes from, or is used by, the rest of the repository: it is
the second reading against which the suite's judgement is checked. Standard library only.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import contextlib
import gzip
import hashlib
import hmac
import html
import json
import os
import random
import re
import socket
import struct
import sys
import threading
import time
import unicodedata
import zlib
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.parsers import expat
from zoneinfo import ZoneInfo

Json = dict[str, Any]

NOTICE_LIMIT = 1 << 20
CONTROL_LIMIT = 8 << 20
SEVERAL_LIMIT = 500
LINGER_BYTES = 48 << 20
LINGER_SECONDS = 4.0
MAX_DEPTH = 24
CENT = Decimal("0.01")
GRAMS_PER_UNIT = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "oz": Decimal("28.349523125"),
    "lb": Decimal("453.59237"),
}
STATUSES: list[Json] = [
    {"name": "Open", "maps_to": "unpaid"},
    {"name": "Paid", "maps_to": "paid"},
    {"name": "Dispatched", "maps_to": "shipped", "shipped": True},
    {"name": "Delivered", "maps_to": "shipped"},
    {"name": "Cancelled", "maps_to": "cancelled"},
    {"name": "On hold", "maps_to": "on_hold"},
    {"name": "Maßanfertigung läuft", "maps_to": None},
    {"name": "Готов к выдаче", "maps_to": None},
]
MAPS_TO: dict[str, str | None] = {entry["name"]: entry["maps_to"] for entry in STATUSES}
SHIPPED_STATUS = "Dispatched"
LACKABLE = {
    "gift": ("gift", "gift_message"),
    "customer_notes": ("customer_notes",),
    "internal_notes": ("internal_notes",),
}
# fmt: off
STATE_CODES: dict[str, dict[str, str]] = {
    "US": {
        "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA",
        "colorado": "CO", "connecticut": "CT", "delaware": "DE", "district of columbia": "DC",
        "florida": "FL", "georgia": "GA", "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN",
        "iowa": "IA", "kansas": "KS", "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD",
        "massachusetts": "MA", "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO",
        "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ",
        "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH",
        "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC",
        "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
        "virginia": "VA", "washington": "WA", "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY",
        "puerto rico": "PR", "guam": "GU", "american samoa": "AS", "us virgin islands": "VI",
        "virgin islands": "VI", "northern mariana islands": "MP", "armed forces americas": "AA",
        "armed forces europe": "AE", "armed forces pacific": "AP",
    },
    "CA": {
        "alberta": "AB", "british columbia": "BC", "manitoba": "MB", "new brunswick": "NB",
        "newfoundland and labrador": "NL", "newfoundland": "NL", "nova scotia": "NS", "ontario": "ON",
        "northwest territories": "NT", "nunavut": "NU", "prince edward island": "PE", "quebec": "QC",
        "saskatchewan": "SK", "yukon": "YT",
    },
}
# fmt: on


# --- what the store keeps ---------------------------------------------------------------------------------


@dataclass
class Weight:
    """A weight with the unit in which the merchant keeps it."""

    value: Decimal
    unit: str

    def grams(self) -> Decimal:
        """The same weight in grams, exact."""
        return self.value * GRAMS_PER_UNIT[self.unit]


@dataclass
class Address:
    """A postal address as the customer typed it."""

    name: str = ""
    company: str = ""
    phone: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


@dataclass
class Choice:
    """One chosen option of a line."""

    name: str
    value: str
    weight: Weight | None = None


@dataclass
class Line:
    """One line of an order: a product, how many of it, and what it was like at the time."""

    line_id: str
    sku: str
    name: str
    quantity: int
    unit_price: Decimal
    weight: Weight | None = None
    image_url: str = ""
    location: str = ""
    options: list[Choice] = field(default_factory=list)
    shippable: bool = True
    discount: Decimal = Decimal("0.00")
    upc: str = ""


@dataclass
class Reduction:
    """A discount on the whole order, with its coupon where there was one."""

    name: str
    amount: Decimal
    coupon: str | None = None


@dataclass
class Parcel:
    """One shipment, and what is in it by line."""

    tracking_number: str = ""
    carrier: str = ""
    service: str = ""
    cost: Decimal | None = None
    notes: str = ""
    shipped_on: date | None = None
    items: list[tuple[str, int]] = field(default_factory=list)
    key: str = ""
    """The tracking number as it was sent, by which a repeat is known."""


@dataclass
class Order:
    """An order as the store holds it; all times are UTC and whole seconds."""

    order_number: str
    order_id: str
    status: str
    placed_at: datetime
    modified_at: datetime
    currency: str
    email: str
    billing: Address
    shipping: Address | None
    customer_code: str | None = None
    phone: str = ""
    account: dict[str, str] | None = None
    shipping_method: str = ""
    payment_method: str = ""
    total: Decimal = Decimal("0.00")
    tax: Decimal = Decimal("0.00")
    shipping_amount: Decimal = Decimal("0.00")
    discounts: list[Reduction] = field(default_factory=list)
    gift: bool = False
    gift_message: str = ""
    customer_notes: str = ""
    internal_notes: str = ""
    weight: Weight | None = None
    items: list[Line] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    dimensions: tuple[int, int, int] | None = None

    def left(self) -> dict[str, int]:
        """How many pieces of each line are still to be shipped."""
        rest = {line.line_id: line.quantity for line in self.items}
        for parcel in self.parcels:
            for line_id, quantity in parcel.items:
                rest[line_id] = max(0, rest[line_id] - quantity)
        return rest


@dataclass(frozen=True)
class Settings:
    """What the command line decides."""

    username: str
    password: str
    control_token: str | None = None
    orders_per_page: int = 20
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Berlin"))
    weight_unit: str = "kg"
    style: str = "a"
    seed: int = 7
    lacks: frozenset[str] = frozenset()
    queued: bool = False
    batch: bool = False
    breaks: frozenset[str] = frozenset()

    def broken(self, name: str) -> bool:
        """Whether the named break is switched on; a name that is not in the table is a mistake of ours."""
        if name not in BREAKS:
            raise KeyError(name)
        return name in self.breaks


class RefusedError(Exception):
    """A request that gets an answer other than success."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


class WrongFieldError(Exception):
    """A field of a control request that can't be taken, with its path."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message


def utc_now() -> datetime:
    """The time, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def to_minute(moment: datetime) -> datetime:
    """The minute a moment belongs to."""
    return moment.replace(second=0, microsecond=0)


def rfc3339(moment: datetime) -> str:
    """A time as the control protocol writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- text and numbers of the export -----------------------------------------------------------------------


class Plain(str):
    """A value that holds no free text: a number, a time, a flag."""

    __slots__ = ()


Content = str | list["Node"]


@dataclass
class Node:
    """An element to be written."""

    tag: str
    content: Content


def xml_chars(text: str) -> str:
    """The text without the characters that XML 1.0 forbids, and with one kind of line break."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def continues(char: str) -> bool:
    """Whether this code point belongs to the character before it."""
    return char in "\u200d\ufe0e\ufe0f" or unicodedata.combining(char) > 0


def cut(text: str, limit: int, ellipsis: str = "") -> str:
    """The text at no more than `limit` code points, without blanks at its ends, between two characters."""
    text = xml_chars(text).strip()
    if len(text) <= limit:
        return text
    end = limit - len(ellipsis)
    start = end
    while start - end < 3 - len(ellipsis) and continues(text[end]):
        end -= 1
    return text[:end].rstrip() + ellipsis


def decimal_text(value: Decimal, trimmed: bool) -> Plain:
    """A plain decimal with at most two decimals."""
    text = format(value.quantize(CENT, ROUND_HALF_UP), "f")
    if text == "-0.00":
        text = "0.00"
    if trimmed:
        text = text.rstrip("0").rstrip(".")
    return Plain(text)


def state_code(state: str, country: str) -> str | None:
    """The two-letter code of a US state or Canadian province given by name or code, if there is one."""
    codes = STATE_CODES[country]
    folded = unicodedata.normalize("NFKD", state).encode("ascii", "ignore").decode().strip()
    if folded.upper() in codes.values():
        return folded.upper()
    return codes.get(folded.lower().replace(".", ""))


def stamp_text(moment: datetime, settings: Settings) -> Plain:
    """A time of the export: 12-hour with seconds in style a, 24-hour to the minute in style b."""
    zone = settings.timezone if settings.broken("local-dates") else UTC
    if settings.broken("wall-clock"):
        moment = moment.astimezone(settings.timezone).replace(fold=0).astimezone(UTC)
    local = moment.astimezone(zone)
    day = f"{local.month:02}/{local.day:02}/{local.year:04}"
    if settings.style == "b":
        return Plain(f"{day} {local.hour:02}:{local.minute:02}")
    half = "AM" if local.hour < 12 else "PM"
    return Plain(f"{day} {local.hour % 12 or 12}:{local.minute:02}:{local.second:02} {half}")


# --- an order as an element -------------------------------------------------------------------------------


class Presenter:
    """Turns orders into elements, in one of the two styles."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.terse = settings.style == "a"

    def order(self, order: Order) -> Node:
        """The Order element."""
        settings = self.settings
        currency = "EUR" if settings.broken("default-currency") else order.currency
        revision = f"-{order.modified_at:%y%m%d%H%M}" if settings.broken("revision-as-id") else ""
        parts = {
            "OrderID": Plain(order.order_id + revision),
            "OrderNumber": cut(order.order_number, 50),
            "OrderDate": stamp_text(order.placed_at, settings),
            "OrderStatus": cut(order.status, 50),
            "LastModified": stamp_text(order.modified_at, settings),
            "ShippingMethod": cut(order.shipping_method, 100),
            "PaymentMethod": cut(order.payment_method, 50),
            "CurrencyCode": Plain(currency),
            "OrderTotal": self.number(order.total),
            "TaxAmount": self.number(order.tax),
            "ShippingAmount": self.number(order.shipping_amount),
            **self.notes(order),
            **self.gift(order),
        }
        nodes = [Node(tag, text) for tag, text in parts.items() if text or not self.terse]
        nodes += [self.customer(order), Node("Items", self.lines(order))]
        if settings.broken("gift-empty-element") and not order.gift:
            nodes = [node for node in nodes if node.tag != "Gift"] + [Node("Gift", "")]
        if order.dimensions and self.terse:
            sizes = zip(("Length", "Width", "Height"), order.dimensions, strict=True)
            inner = [Node("DimensionUnits", "Centimeter"), *(Node(tag, Plain(size)) for tag, size in sizes)]
            nodes.append(Node("Dimensions", inner))
        if self.terse:
            nodes.sort(key=lambda node: (isinstance(node.content, str), node.tag[::-1]))
        return Node("Order", nodes)

    def number(self, value: Decimal) -> Plain:
        """An amount or a weight."""
        return decimal_text(value, self.terse)

    def note(self, text: str) -> str:
        """A note of at most 1000 characters."""
        settings = self.settings
        if settings.broken("crlf"):
            text = text.replace("\r\n", " ").replace("\n", " ")
        if settings.broken("html-entities"):
            text = html.escape(text, quote=True)
        return cut(text, 1000, "" if self.terse else "…")

    def notes(self, order: Order) -> dict[str, str]:
        """What the customer wrote and what the staff wrote, apart."""
        customer = order.customer_notes
        if self.settings.broken("staff-notes-to-customer") and order.internal_notes:
            customer = f"{customer}\n{order.internal_notes}".strip()
        return {"CustomerNotes": self.note(customer), "InternalNotes": self.note(order.internal_notes)}

    def gift(self, order: Order) -> dict[str, str]:
        """The gift flag, and the message only with it."""
        if "gift" in self.settings.lacks:
            return {}
        if order.gift:
            message = self.note(order.gift_message)
            return {"Gift": Plain("true"), **({"GiftMessage": message} if message else {})}
        return {} if self.terse else {"Gift": Plain("false")}

    def customer(self, order: Order) -> Node:
        """The Customer element with both addresses."""
        bill_to, ship_to = self.bill_to(order), self.ship_to(order)
        code = Node("CustomerCode", customer_code(order))
        if self.terse:
            return Node("Customer", [ship_to, bill_to, code])
        return Node("Customer", [code, bill_to, ship_to])

    def bill_to(self, order: Order) -> Node:
        """Who pays. The recipient's name, the company or the e-mail address stands in for a missing name."""
        bill, ship = order.billing, order.shipping or Address()
        names = [bill.name, ship.name, bill.company, ship.company, order.email, "Guest"]
        if self.settings.broken("guest-name-empty"):
            names = [bill.name, ""]
        parts = [
            ("Name", cut(first_text(*names), 100)),
            ("Company", cut(bill.company, 100)),
            ("Phone", cut(first_text(bill.phone, order.phone, (order.account or {}).get("phone", "")), 50)),
            ("Email", cut(order.email, 100)),
        ]
        if self.terse and bill.country:
            parts += self.address_parts(bill)
        return Node("BillTo", [Node(tag, text) for tag, text in parts if text or tag == "Name"])

    def ship_to(self, order: Order) -> Node:
        """Where the goods go: the shipping address, line by line."""
        address = order.shipping or Address()
        if self.settings.broken("billing-as-shipto"):
            address = order.billing
        account_phone = (order.account or {}).get("phone", "")
        name = first_text(address.name, address.company, order.billing.name, order.email, "Guest")
        phone = first_text(address.phone, order.billing.phone, order.phone, account_phone)
        parts = [
            ("Name", cut(name, 100)),
            ("Company", cut(address.company, 100)),
            *self.address_parts(address),
            ("Phone", cut(phone, 50)),
        ]
        required = {"Name", "Address1", "City", "PostalCode", "Country"}
        return Node("ShipTo", [Node(tag, text) for tag, text in parts if text or tag in required])

    @staticmethod
    def address_parts(address: Address) -> list[tuple[str, str]]:
        """The lines of an address below name and company."""
        state = address.state
        if address.country in STATE_CODES:
            state = state_code(state, address.country) or state
        return [
            ("Address1", cut(address.address1, 200)),
            ("Address2", cut(address.address2, 200)),
            ("City", cut(address.city, 100)),
            ("State", cut(state, 100)),
            ("PostalCode", cut(address.postal_code, 50)),
            ("Country", Plain(address.country)),
        ]

    def lines(self, order: Order) -> list[Node]:
        """The products and the adjustments."""
        products = [self.line(line) for line in order.items]
        if self.settings.broken("unit-of-first-line"):
            units = [node for product in products for node in product.content if node.tag == "WeightUnits"]
            for node in units:
                node.content = units[0].content
        adjustments = self.adjustments(order)
        return adjustments + products if self.terse else products + adjustments

    def line(self, line: Line) -> Node:
        """One product line."""
        nodes = [
            Node("LineItemID", cut(line.line_id, 50)),
            Node("SKU", self.sku(line)),
            Node("Name", cut(line.name, 200)),
            Node("Quantity", Plain(line.quantity)),
            Node("UnitPrice", self.number(line.unit_price)),
            *self.weights(line),
        ]
        if line.image_url.startswith(("http://", "https://")) and len(line.image_url) <= 500:
            nodes.append(Node("ImageUrl", xml_chars(line.image_url)))
        if line.location:
            nodes.append(Node("Location", cut(line.location, 100)))
        if line.upc and self.terse:
            nodes.append(Node("UPC", Plain(line.upc)))
        if not self.terse:
            nodes.append(Node("Adjustment", Plain("false")))
        return Node("Item", nodes[::-1] if self.terse else nodes)

    def sku(self, line: Line) -> str:
        """The SKU as exported; a missing one is visible."""
        return cut(line.sku, 50) or ("" if self.terse else "NO-SKU")

    def weights(self, line: Line) -> list[Node]:
        """Weight, unit and options: the options' weights are in the line's unit."""
        factor, label = self.unit(line)
        grams = line.weight.grams() if line.weight else Decimal(0)
        if self.settings.broken("line-weight"):
            grams *= line.quantity
        known = line.weight is not None or any(choice.weight for choice in line.options)
        nodes: list[Node] = []
        if known or not self.terse:
            nodes = [Node("Weight", self.number(grams / factor)), Node("WeightUnits", Plain(label))]
        chosen = [choice for choice in line.options if choice.name.strip() and choice.value.strip()][:10]
        if self.settings.broken("first-option-only"):
            chosen = chosen[:1]
        if self.settings.broken("zero-is-empty"):
            chosen = [choice for choice in chosen if choice.value != "0"]
        if chosen:
            nodes.append(Node("Options", [self.option(choice, factor) for choice in chosen]))
        return nodes

    def option(self, choice: Choice, factor: Decimal) -> Node:
        """One Option."""
        parts = [Node("Name", cut(choice.name, 100)), Node("Value", cut(choice.value, 100))]
        if choice.weight:
            parts.append(Node("Weight", self.number(choice.weight.grams() / factor)))
        return Node("Option", parts[::-1] if self.terse else parts)

    def unit(self, line: Line) -> tuple[Decimal, str]:
        """The unit in which a line's weight is sent: grams in one of it, and its spelling."""
        own = line.weight or next((choice.weight for choice in line.options if choice.weight), None)
        unit = own.unit if own else "g"
        if self.settings.broken("kilograms-as-grams") and unit == "kg":
            return GRAMS_PER_UNIT["kg"], "gm"
        if unit == "kg":
            unit = "g"
            if not self.terse and own:
                unit = "oz" if own.grams() < 1000 else "lb"
        names = {"g": "gm", "oz": "oz", "lb": "lb"} if self.terse else FULL_UNITS
        return GRAMS_PER_UNIT[unit], names[unit]

    def adjustments(self, order: Order) -> list[Node]:
        """The discounts as negative lines: one each in style a, all in one in style b."""
        real = [entry for entry in order.discounts if entry.amount > 0]
        if not real and self.settings.broken("zero-adjustment"):
            return [self.adjustment("Discount", "", Decimal(0), 1)]
        labels = [f"{entry.coupon}: {entry.name}" if entry.coupon else entry.name for entry in real]
        together = "; ".join(labels)
        if not self.terse and len(real) > 1 and len(together) <= 200:
            total = sum((entry.amount for entry in real), Decimal(0))
            return [self.adjustment(together, "DISCOUNT", total, 1)]
        pairs = enumerate(zip(real, labels, strict=True), 1)
        return [self.adjustment(label, entry.coupon or "", entry.amount, n) for n, (entry, label) in pairs]

    def adjustment(self, name: str, sku: str, amount: Decimal, position: int) -> Node:
        """One adjustment line."""
        price = amount if self.settings.broken("positive-discount") else -amount
        return Node(
            "Item",
            [
                Node("Adjustment", Plain("true")),
                Node("LineItemID", f"adj-{position}"),
                Node("SKU", cut(sku, 50)),
                Node("Name", cut(name, 200) or "Discount"),
                Node("Quantity", Plain("1")),
                Node("UnitPrice", self.number(price)),
            ],
        )


FULL_UNITS = {"g": "Grams", "oz": "Ounces", "lb": "Pounds"}


def first_text(*candidates: str) -> str:
    """The first that is more than blanks."""
    return next((text.strip() for text in candidates if text.strip()), "")


def customer_code(order: Order) -> str:
    """The account's code; a guest's is derived from the e-mail address, so it stays the same."""
    if order.customer_code:
        return cut(order.customer_code, 50)
    known_by = order.email.strip().lower() or order.order_number
    return "guest-" + hashlib.sha256(known_by.encode("utf-8", "replace")).hexdigest()[:16]


# --- writing XML ------------------------------------------------------------------------------------------


def escaped(text: str) -> str:
    """Text content without CDATA."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def in_cdata(text: str) -> str:
    """Text content in CDATA sections, however many it takes."""
    if not text or isinstance(text, Plain):
        return escaped(text)
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def write_terse(node: Node, out: list[str]) -> None:
    """Style a: escaped, on one line, empty elements short."""
    if node.content:
        out.append(f"<{node.tag}>")
        if isinstance(node.content, str):
            out.append(escaped(node.content))
        else:
            for child in node.content:
                write_terse(child, out)
        out.append(f"</{node.tag}>")
    else:
        out.append(f"<{node.tag}/>")


def write_indented(node: Node, out: list[str], depth: int = 1) -> None:
    """Style b: CDATA and indentation."""
    pad = "\t" * depth
    if isinstance(node.content, str):
        out.append(f"{pad}<{node.tag}>{in_cdata(node.content)}</{node.tag}>\n")
        return
    out.append(f"{pad}<{node.tag}>\n")
    for child in node.content:
        write_indented(child, out, depth + 1)
    out.append(f"{pad}</{node.tag}>\n")


def write_document(orders: list[Node], pages: int | None, style: str) -> tuple[bytes, str]:
    """The Orders document and its content type."""
    out: list[str] = []
    if style == "b":
        attribute = "" if pages is None else f' pages="{pages}"'
        for node in orders:
            write_indented(node, out)
        text = f'<?xml version="1.0" encoding="UTF-16" standalone="yes"?>\n<Orders{attribute}>\n'
        return (text + "".join(out) + "</Orders>\n").encode("utf-16"), "application/xml; charset=utf-16"
    attribute = "" if pages is None else f" pages='{pages}'"
    for node in orders:
        write_terse(node, out)
    text = f"<!-- order export --><Orders{attribute}><?kontor end-of-head?>{''.join(out)}</Orders>"
    return text.encode("utf-8"), "text/xml; charset=utf-8"


# --- reading a notice -------------------------------------------------------------------------------------


@dataclass
class Element:
    """An element that was read."""

    name: str
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def get(self, name: str) -> str:
        """The text of the first child of that name, without blanks around it."""
        return next((child.text.strip() for child in self.children if child.name == name), "")


def read_xml(body: bytes) -> Element:
    """The root of a document without any DTD and without deep nesting; anything else is refused."""
    top = Element("")
    stack = [top]

    def start(name: str, _attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise RefusedError(400, "The notice is nested too deep.")
        child = Element(name)
        stack[-1].children.append(child)
        stack.append(child)

    def end(_name: str) -> None:
        stack.pop()

    def data(text: str) -> None:
        stack[-1].text += text

    def refuse(*_: object) -> NoReturn:
        raise RefusedError(400, "A document type or entity is not accepted.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise RefusedError(400, "The notice is not well-formed XML.") from None
    return top.children[0]


@dataclass
class Notice:
    """A shipment notification, its values checked."""

    order_number: str
    parcel: Parcel
    items: list[tuple[str, str, int]]
    """LineItemID, SKU and quantity of each item that was named."""


def read_notice(body: bytes, query: dict[str, str]) -> Notice:
    """What the notification says; the body has the last word, the query stands in for what it lacks."""
    root = read_xml(body)
    if root.name != "ShipNotice":
        raise RefusedError(400, "The document is not a ShipNotice.")
    number = root.get("OrderNumber")
    asked = query.get("order_number", "").strip()
    if number and asked and number != asked:
        raise RefusedError(400, "Query and body name different orders.")
    parcel = Parcel(
        tracking_number=short(root.get("TrackingNumber") or query.get("tracking_number", ""), 50),
        carrier=short(root.get("Carrier") or query.get("carrier", ""), 50),
        service=short(root.get("Service") or query.get("service", ""), 50),
        cost=read_cost(root.get("ShippingCost")),
        notes=root.get("NotesToCustomer"),
        shipped_on=read_day(root.get("ShipDate")),
    )
    holder = next((child for child in root.children if child.name == "Items"), Element("Items"))
    found = [child for child in holder.children if child.name == "Item"]
    items = [(item.get("LineItemID"), item.get("SKU"), read_quantity(item.get("Quantity"))) for item in found]
    return Notice(number or asked, parcel, items)


def short(text: str, limit: int) -> str:
    """A value that has to fit its field."""
    text = text.strip()
    if len(text) > limit:
        raise RefusedError(400, f"A value is longer than {limit} characters.")
    return text


def read_cost(text: str) -> Decimal | None:
    """The carrier's fee."""
    if not text:
        return None
    if not re.fullmatch(r"[+-]?[0-9]{1,9}(\.[0-9]{0,6})?", text):
        raise RefusedError(400, "ShippingCost is not an amount.")
    return Decimal(text)


def read_day(text: str) -> date | None:
    """ShipDate: a calendar day, which no time zone moves."""
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text)
    try:
        month, day, year = (int(group) for group in match.groups()) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError:
        raise RefusedError(400, "ShipDate is not a day.") from None


def read_quantity(text: str) -> int:
    """A quantity of 1 to 99999."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) == 0:
        raise RefusedError(400, "Quantity is not a whole number from 1 to 99999.")
    return int(text)


# --- the shop ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Window:
    """A window of the export, both bounds whole minutes."""

    start: datetime
    end: datetime


class Shop:
    """The orders, and everything that changes them, under one lock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lock = threading.RLock()
        self._orders: dict[str, Order] = {}
        self._used: set[str] = set()
        self._last_id = 740_000
        self._presenter = Presenter(settings)

    def next_id(self) -> str:
        """An OrderID that was never used."""
        self._last_id += 7
        return str(self._last_id)

    def free_number(self) -> str:
        """An order number for an order that came without one."""
        position = len(self._used) + 2000
        while f"KT-{position}" in self._used:
            position += 1
        return f"KT-{position}"

    def add(self, order: Order) -> None:
        """Takes a new order in."""
        with self.lock:
            if order.order_number in self._orders:
                raise WrongFieldError("order_number", "there is an order of this number")
            if order.weight is None:
                order.weight = total_weight(order.items, self.settings.weight_unit)
            self._used.add(order.order_number)
            self._orders[order.order_number] = order

    def find(self, number: str) -> Order:
        """The order that people know by this number."""
        if number not in self._orders:
            raise RefusedError(404, "There is no such order.")
        return self._orders[number]

    def known(self, number: Any) -> Order | None:
        """The order of this number, if there is one."""
        return self._orders.get(number) if isinstance(number, str) else None

    def remove(self, number: str) -> None:
        """Forgets an order; its number stays used."""
        with self.lock:
            self.find(number)
            del self._orders[number]

    def addressed(self) -> list[Order]:
        """Every order with a shipping address, oldest change first, in an order that never wavers."""
        orders = [order for order in self._orders.values() if order.shipping is not None]
        return sorted(orders, key=lambda order: (order.modified_at, int(order.order_id)))

    def exportable(self) -> list[Order]:
        """Every order that may be exported."""
        hidden = self.settings.broken("missing-custom-status-orders")
        return [order for order in self.addressed() if not hidden or MAPS_TO[order.status] is not None]

    def in_window(self, order: Order, window: Window) -> bool:
        """Whether the order's last change lies in the window; style b leaves the end minute out."""
        start, end = window.start, window.end
        stamp = order.placed_at if self.settings.broken("window-on-created") else order.modified_at
        stamp = to_minute(stamp)
        if self.settings.broken("whole-days"):
            return start.date() <= stamp.date() <= end.date()
        return start <= stamp < end if self.settings.style == "b" else start <= stamp <= end

    def export(self, window: Window, page: int | None) -> tuple[bytes, str]:
        """One page of a window as a document; `page` None stands for one that is far past the last."""
        settings = self.settings
        with self.lock:
            chosen = [order for order in self.exportable() if self.in_window(order, window)]
            size = settings.orders_per_page
            pages = max(1, -(-len(chosen) // size))
            if page is None or page > pages:
                if settings.broken("last-page-again") and page is not None:
                    page = pages
                elif settings.style == "b":
                    raise RefusedError(404, "There is no such page.")
                else:
                    return write_document([], None, settings.style)
            if settings.broken("unstable-pages"):
                random.shuffle(chosen)
            part = chosen[(page - 1) * size : page * size]
            if settings.broken("page-after-last-time"):
                part = chosen[:size]
                for _ in range(page - 1):
                    last = part[-1].modified_at
                    part = [order for order in chosen if order.modified_at > last][:size]
            nodes = [self._presenter.order(order) for order in part]
            if settings.broken("export-touches"):
                for order in part:
                    order.modified_at = utc_now()
        stated: int | None = pages
        if settings.broken("pages-missing") or (settings.style == "a" and (page > 1 or pages == 1)):
            stated = None
        return write_document(nodes, stated, settings.style)

    def ship(self, notice: Notice) -> bool:
        """Books a notification; False: it was booked before."""
        settings = self.settings
        with self.lock:
            if not notice.order_number:
                raise RefusedError(400, "The notice names no order.")
            order = self.find(notice.order_number)
            parcel = replace(notice.parcel, key=notice.parcel.tracking_number)
            repeat = self.is_repeat(order, parcel)
            if repeat and not settings.broken("retry-books-twice"):
                return False
            if MAPS_TO[order.status] == "cancelled":
                raise RefusedError(409, "The order is cancelled.")
            self.distort(parcel)
            parcel.items = self.book(order, notice.items, heedless=repeat)
            order.parcels.append(parcel)
            if settings.broken("buyer-notes-over-customer-notes") and parcel.notes:
                order.customer_notes = parcel.notes
            complete = self.is_complete(order) or settings.broken("partial-completes")
            if complete and MAPS_TO[order.status] != "shipped":
                order.status = SHIPPED_STATUS
            order.modified_at = max(utc_now(), order.placed_at)
            return True

    @staticmethod
    def is_repeat(order: Order, parcel: Parcel) -> bool:
        """Order and tracking number are the key; without a number: nothing is left to ship."""
        if parcel.tracking_number:
            return any((known.key or known.tracking_number) == parcel.key for known in order.parcels)
        return bool(order.parcels) and not any(order.left().values())

    def is_complete(self, order: Order) -> bool:
        """Whether all that can be shipped has been."""
        left = order.left()
        dear_only = self.settings.broken("free-lines-unheeded")
        waiting = [line for line in order.items if line.shippable and (line.unit_price or not dear_only)]
        return not any(left[line.line_id] for line in waiting)

    def distort(self, parcel: Parcel) -> None:
        """What the breaks of a shipment's own fields do to it."""
        if self.settings.broken("tracking-truncated"):
            parcel.tracking_number = parcel.tracking_number[:8]
        if self.settings.broken("carrier-list") and parcel.carrier.lower() not in {"ups", "usps", "fedex"}:
            parcel.carrier = ""
        if self.settings.broken("fee-dropped"):
            parcel.cost = None
        if self.settings.broken("day-before") and parcel.shipped_on:
            parcel.shipped_on -= timedelta(days=1)

    def book(self, order: Order, named: list[tuple[str, str, int]], heedless: bool) -> list[tuple[str, int]]:
        """What of each line is in this parcel; a notice without items ships all that is left.

        Heedless booking, which only a break asks for, does not look at what was ordered.
        """
        left = order.left()
        if not named:
            return [(line_id, rest) for line_id, rest in left.items() if rest]
        if self.settings.broken("items-by-sku"):
            named = list({sku: (line_id, sku, quantity) for line_id, sku, quantity in named}.values())
        booked: dict[str, int] = {}
        for line_id, sku, quantity in named:
            over = quantity
            for line in self.candidates(order, line_id, sku):
                taken = over if heedless else min(over, left[line.line_id])
                left[line.line_id] -= taken
                over -= taken
                if taken:
                    booked[line.line_id] = booked.get(line.line_id, 0) + taken
            known = any(self.candidates(order, line_id, sku))
            if over and known and self.settings.style == "b":
                raise RefusedError(422, "More than was ordered.")
        return list(booked.items())

    def candidates(self, order: Order, line_id: str, sku: str) -> Iterable[Line]:
        """The lines an item may stand for: the one of its LineItemID, else those of its SKU."""
        shown = self._presenter.sku
        same_sku = [line for line in order.items if sku and sku in (line.sku.strip(), shown(line))]
        exact = [line for line in order.items if line_id and cut(line.line_id, 50) == line_id]
        if self.settings.broken("same-sku-collapsed"):
            return same_sku[:1] or exact
        return exact or same_sku


def total_weight(lines: list[Line], unit: str) -> Weight:
    """What the order weighs, in the store's unit."""
    grams = Decimal(0)
    for line in lines:
        pieces = [line.weight, *(choice.weight for choice in line.options)]
        grams += line.quantity * sum((weight.grams() for weight in pieces if weight), Decimal(0))
    value = grams / GRAMS_PER_UNIT[unit]
    if value != value.quantize(Decimal("0.000001")):
        value = value.quantize(Decimal("0.000001"))
    return Weight(value, unit)


# --- the control protocol ---------------------------------------------------------------------------------


def weight_json(weight: Weight | None) -> Json | None:
    """A weight of the control protocol."""
    return {"value": format(weight.value, "f"), "unit": weight.unit} if weight else None


def order_json(order: Order, lacks: frozenset[str]) -> Json:
    """An order as the control protocol shows it."""
    skus = {line.line_id: line.sku for line in order.items}
    customer: Json = {
        "code": order.customer_code,
        "email": order.email,
        "phone": order.phone,
        "billing": asdict(order.billing),
        "shipping": asdict(order.shipping) if order.shipping else None,
    }
    if order.account:
        customer["account"] = dict(order.account)
    shown: Json = {
        "order_number": order.order_number,
        "order_id": order.order_id,
        "status": order.status,
        "placed_at": rfc3339(order.placed_at),
        "modified_at": rfc3339(order.modified_at),
        "currency": order.currency,
        "customer": customer,
        "shipping_method": order.shipping_method,
        "payment_method": order.payment_method,
        "total": str(order.total),
        "tax": str(order.tax),
        "shipping_amount": str(order.shipping_amount),
        "discounts": [{**asdict(entry), "amount": str(entry.amount)} for entry in order.discounts],
        "gift": order.gift,
        "gift_message": order.gift_message,
        "customer_notes": order.customer_notes,
        "internal_notes": order.internal_notes,
        "weight": weight_json(order.weight),
        "items": [line_json(line) for line in order.items],
        "shipments": [parcel_json(parcel, skus) for parcel in order.parcels],
    }
    for lacking in lacks:
        for key in LACKABLE[lacking]:
            del shown[key]
    return shown


def line_json(line: Line) -> Json:
    """A line of the control protocol."""
    return {
        "line_id": line.line_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "weight": weight_json(line.weight),
        "image_url": line.image_url,
        "location": line.location,
        "options": [
            {"name": choice.name, "value": choice.value, "weight": weight_json(choice.weight)}
            for choice in line.options
        ],
        "shippable": line.shippable,
        "discount": str(line.discount),
    }


def parcel_json(parcel: Parcel, skus: dict[str, str]) -> Json:
    """A shipment of the control protocol."""
    return {
        "tracking_number": parcel.tracking_number,
        "carrier": parcel.carrier,
        "service": parcel.service,
        "cost": None if parcel.cost is None else format(parcel.cost, "f"),
        "notes": parcel.notes,
        "shipped_on": parcel.shipped_on.isoformat() if parcel.shipped_on else None,
        "items": [
            {"line_id": line_id, "sku": skus[line_id], "quantity": quantity} for line_id, quantity in parcel.items
        ],
    }


class Fields:
    """Reads the fields of a JSON object and knows the path of each, for the one that is wrong."""

    def __init__(self, value: Any, path: str = "") -> None:
        if not isinstance(value, dict):
            raise WrongFieldError(path or "$", "must be an object")
        self._value: Json = value
        self._path = path

    def path(self, key: str) -> str:
        """The path of a field."""
        return f"{self._path}.{key}" if self._path else key

    def wrong(self, key: str, message: str) -> NoReturn:
        """Refuses a field."""
        raise WrongFieldError(self.path(key), message)

    def has(self, key: str) -> bool:
        """Whether the field is there and not null."""
        return self._value.get(key) is not None

    def raw(self, key: str) -> Any:
        """The field as it came."""
        return self._value.get(key)

    def names(self) -> list[str]:
        """The names of all fields."""
        return list(self._value)

    def text(self, key: str, default: str | None = "", limit: int | None = None) -> str:
        """A text; without a default it must be there and not blank."""
        value = self._value.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str):
            self.wrong(key, "must be a text")
        if default is None and not value.strip():
            self.wrong(key, "must not be blank")
        if limit is not None and len(value) > limit:
            self.wrong(key, f"must not be longer than {limit}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._value.get(key, default)
        if not isinstance(value, bool):
            self.wrong(key, "must be true or false")
        return value

    def number(self, key: str, default: str | None) -> Decimal:
        """A decimal string of not more than seven digits before the point, not negative."""
        value = self._value.get(key)
        if value is None and default is not None:
            return Decimal(default)
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,7}(\.[0-9]{1,6})?", value):
            self.wrong(key, "must be a decimal string")
        return Decimal(value)

    def money(self, key: str, default: str | None = "0.00") -> Decimal:
        """An amount, shown with two decimals at least."""
        value = self.number(key, default)
        return value.quantize(CENT) if value == value.quantize(CENT) else value

    def moment(self, key: str, default: datetime) -> datetime:
        """An RFC 3339 time, in whole seconds."""
        return parse_moment(self._value[key], self.path(key)) if self.has(key) else default

    def each(self, key: str) -> list[Fields]:
        """The objects of a list."""
        value = self._value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.wrong(key, "must be a list")
        return [Fields(entry, f"{self.path(key)}[{index}]") for index, entry in enumerate(value)]

    def several(self, key: str) -> list[Any]:
        """The members of the list that a call for several orders carries."""
        value = self._value.get(key)
        if not isinstance(value, list) or len(value) > SEVERAL_LIMIT:
            self.wrong(key, f"must be a list of {SEVERAL_LIMIT} at most")
        return value

    def inner(self, key: str) -> Fields:
        """An object that must be there."""
        return Fields(self._value.get(key), self.path(key))

    def weight(self, key: str) -> Weight | None:
        """A weight, or none."""
        if not self.has(key):
            return None
        inside = self.inner(key)
        unit = inside.text("unit", None)
        if unit not in GRAMS_PER_UNIT:
            inside.wrong("unit", "must be one of " + ", ".join(GRAMS_PER_UNIT))
        return Weight(inside.number("value", None), unit)


def parse_moment(value: Any, path: str) -> datetime:
    """An RFC 3339 time with its offset."""
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC).replace(microsecond=0)
    except (TypeError, ValueError, OverflowError):
        raise WrongFieldError(path, "must be an RFC 3339 time") from None


def read_status(fields: Fields, key: str, default: str | None) -> str:
    """The name of a status of this store."""
    status = fields.text(key, default)
    if status not in MAPS_TO:
        fields.wrong(key, "must be one of the store's statuses")
    return status


def read_address(fields: Fields, complete: bool) -> Address:
    """An address; a complete one can be shipped to."""
    address = Address(**{key: fields.text(key) for key in asdict(Address())})
    address.country = address.country.strip().upper()
    if complete:
        for key in ("address1", "city"):
            fields.text(key, None)
    if (complete or address.country) and not re.fullmatch("[A-Z]{2}", address.country):
        fields.wrong("country", "must be an ISO 3166-1 code of two letters")
    if complete and address.country in STATE_CODES and not state_code(address.state, address.country):
        fields.wrong("state", "must be a state or province of the country")
    return address


def optional_address(customer: Fields, key: str, complete: bool) -> Address | None:
    """One of a customer's addresses, or none."""
    return read_address(customer.inner(key), complete) if customer.has(key) else None


def read_line(fields: Fields, position: int) -> Line:
    """A line of a new order."""
    quantity = fields.raw("quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= 99999:
        fields.wrong("quantity", "must be a whole number from 1 to 99999")
    return Line(
        line_id=fields.text("line_id", f"{position}", limit=50),
        sku=fields.text("sku"),
        name=fields.text("name", None),
        quantity=quantity,
        unit_price=fields.money("unit_price", None),
        weight=fields.weight("weight"),
        image_url=fields.text("image_url"),
        location=fields.text("location"),
        options=[
            Choice(entry.text("name"), entry.text("value"), entry.weight("weight")) for entry in fields.each("options")
        ],
        shippable=fields.flag("shippable", True),
        discount=fields.money("discount"),
    )


def read_parcel(fields: Fields, lines: list[Line]) -> Parcel:
    """A shipment that a new order already has."""
    known = {line.line_id for line in lines}
    items: list[tuple[str, int]] = []
    for entry in fields.each("items"):
        if entry.text("line_id") not in known:
            entry.wrong("line_id", "must be a line of the order")
        quantity = entry.raw("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            entry.wrong("quantity", "must be a whole number above 0")
        items.append((entry.text("line_id"), quantity))
    try:
        day = date.fromisoformat(fields.text("shipped_on")) if fields.has("shipped_on") else None
    except ValueError:
        fields.wrong("shipped_on", "must be a day")
    return Parcel(
        tracking_number=fields.text("tracking_number"),
        carrier=fields.text("carrier"),
        service=fields.text("service"),
        cost=fields.money("cost") if fields.has("cost") else None,
        notes=fields.text("notes"),
        shipped_on=day,
        items=items,
    )


def read_order(fields: Fields, shop: Shop) -> Order:
    """A new order of the control protocol."""
    number = fields.text("order_number", "", limit=50).strip() or shop.free_number()
    if not re.fullmatch("[\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+", number):
        fields.wrong("order_number", "must hold no control characters")
    now = utc_now()
    placed = fields.moment("placed_at", min(now, fields.moment("modified_at", now)))
    modified = fields.moment("modified_at", max(now, placed))
    if modified < placed:
        fields.wrong("modified_at", "must not be before placed_at")
    currency = fields.text("currency", "EUR")
    if not re.fullmatch("[A-Z]{3}", currency):
        fields.wrong("currency", "must be an ISO 4217 code")
    customer = fields.inner("customer")
    account = customer.inner("account") if customer.has("account") else None
    lines = [read_line(entry, position) for position, entry in enumerate(fields.each("items"), 1)]
    if len({line.line_id for line in lines}) < len(lines):
        fields.wrong("items", "must have a line_id each of their own")
    discounts = [
        Reduction(entry.text("name"), entry.money("amount", None), entry.text("coupon") or None)
        for entry in fields.each("discounts")
    ]
    order = Order(
        order_number=number,
        order_id=shop.next_id(),
        status=read_status(fields, "status", "Paid"),
        placed_at=placed,
        modified_at=modified,
        currency=currency,
        email=customer.text("email"),
        billing=optional_address(customer, "billing", complete=False) or Address(),
        shipping=optional_address(customer, "shipping", complete=True),
        customer_code=customer.text("code") or None,
        phone=customer.text("phone"),
        account={"email": account.text("email"), "phone": account.text("phone")} if account else None,
        shipping_method=fields.text("shipping_method"),
        payment_method=fields.text("payment_method"),
        tax=fields.money("tax"),
        shipping_amount=fields.money("shipping_amount"),
        discounts=discounts,
        gift=fields.flag("gift", False),
        gift_message=fields.text("gift_message"),
        customer_notes=fields.text("customer_notes"),
        internal_notes=fields.text("internal_notes"),
        weight=fields.weight("weight"),
        items=lines,
        parcels=[read_parcel(entry, lines) for entry in fields.each("shipments")],
    )
    order.total = fields.money("total", str(charged(order)))
    forget_lacking(order, shop.settings.lacks)
    return order


def charged(order: Order) -> Decimal:
    """Lines less discounts, with shipping and tax: the total where none is given."""
    goods = sum((line.quantity * line.unit_price for line in order.items), Decimal("0.00"))
    taken_off = sum((entry.amount for entry in order.discounts), Decimal(0))
    return max(Decimal("0.00"), goods - taken_off + order.shipping_amount + order.tax)


def forget_lacking(order: Order, lacks: frozenset[str]) -> None:
    """Drops what the store says it can't keep."""
    if "gift" in lacks:
        order.gift, order.gift_message = False, ""
    if "customer_notes" in lacks:
        order.customer_notes = ""
    if "internal_notes" in lacks:
        order.internal_notes = ""


def make_several(shop: Shop, fields: Fields) -> Json:
    """New orders; one that can't be taken keeps none of the others away."""
    results: list[Json] = []
    for entry in fields.several("orders"):
        try:
            with shop.lock:
                order = read_order(Fields(entry), shop)
                shop.add(order)
        except WrongFieldError as wrong:
            results.append({"error": wrong.message, "path": wrong.path})
        else:
            results.append({"order_number": order.order_number, "order_id": order.order_id})
    return {"results": results}


def look_up_several(shop: Shop, fields: Fields) -> Json:
    """The orders of these numbers; null for one that there isn't."""
    with shop.lock:
        found = [shop.known(number) for number in fields.several("order_numbers")]
        return {"orders": [order and order_json(order, shop.settings.lacks) for order in found]}


def remove_several(shop: Shop, fields: Fields) -> Json:
    """Forgets orders; says of each whether there was one."""
    gone: list[bool] = []
    with shop.lock:
        for number in fields.several("order_numbers"):
            gone.append(shop.known(number) is not None)
            if gone[-1]:
                shop.remove(number)
    return {"results": gone}


SEVERAL: dict[str, Callable[[Shop, Fields], Json]] = {
    "orders/batch": make_several,
    "orders/lookup": look_up_several,
    "orders/remove": remove_several,
}


def patch_order(shop: Shop, number: str, fields: Fields) -> Json:
    """Changes an order; a patch without a time is a change now."""
    known = {"status", "modified_at", "customer_notes", "internal_notes"}
    for name in fields.names():
        if name not in known:
            fields.wrong(name, "can't be changed")
    with shop.lock:
        order = shop.find(number)
        status = read_status(fields, "status", order.status)
        modified = fields.moment("modified_at", max(utc_now(), order.placed_at))
        if modified < order.placed_at:
            fields.wrong("modified_at", "must not be before the order was placed")
        customer_notes = fields.text("customer_notes", order.customer_notes)
        internal_notes = fields.text("internal_notes", order.internal_notes)
        order.status, order.modified_at = status, modified
        order.customer_notes, order.internal_notes = customer_notes, internal_notes
        forget_lacking(order, shop.settings.lacks)
        return order_json(order, shop.settings.lacks)


# --- HTTP -------------------------------------------------------------------------------------------------


TRACE = """Traceback (most recent call last):
  File "/srv/shop/app/addons/shipstation/store.py", line 88, in export
    rows = db.execute("SELECT * FROM cscart_orders WHERE timestamp >= ? AND timestamp <= ?", window)"""


@dataclass
class Reply:
    """An answer that is ready to be sent."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    is_export: bool = False


class BodyTooLargeError(Exception):
    """The request's body is over the limit; what is left of it has not been read."""


class Handler(BaseHTTPRequestHandler):
    """Takes requests apart and puts answers together; knows the routes and nothing of orders."""

    protocol_version = "HTTP/1.1"
    server_version = "kontor"
    sys_version = ""
    error_message_format = "The request can't be read.\n"
    error_content_type = "text/plain; charset=utf-8"
    timeout = 60
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Every HTTP method ends in `_serve`, which knows those that are allowed."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
        """Nothing is logged."""

    def handle_expect_100(self) -> bool:
        """Asks for the body only if it may come."""
        length = self.headers.get("Content-Length", "")
        if len(length) < 8:
            super().handle_expect_100()
            self.wfile.flush()  # a client that waits for this sends nothing before it arrives
        return True

    def _serve(self) -> None:
        """Answers one request, whatever happens."""
        self._body_read = False
        linger = False
        try:
            reply = self._route()
            self._read_body(CONTROL_LIMIT)
        except RefusedError as refused:
            reply = self._refusal(refused)
            linger = not self._skip_body()
        except BodyTooLargeError:
            reply = Reply(413, b"The body is too large.\n")
            linger = True
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            return
        except Exception as failure:
            print(f"internal error: {type(failure).__name__}", file=sys.stderr, flush=True)
            reply = Reply(500, b"Internal error.\n")
            linger = True
        try:
            self._send(reply, linger)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _refusal(self, refused: RefusedError) -> Reply:
        """The answer to a request that is refused."""
        message = refused.message
        if self.server.settings.broken("trace-in-errors"):
            message = f"{TRACE}\nRefused: {message}"
        return Reply(refused.status, f"{message}\n".encode(), headers=refused.headers)

    def _skip_body(self) -> bool:
        """Reads over a body that nobody asked for; False: it is too large for that."""
        try:
            self._read_body(NOTICE_LIMIT)
        except (BodyTooLargeError, RefusedError, OSError):
            return False
        return True

    def _send(self, reply: Reply, linger: bool) -> None:
        """Sends the answer, compressed or in chunks as style and client have it."""
        body, headers = reply.body, dict(reply.headers)
        headers.setdefault("Cache-Control", "no-store")
        chunked = False
        if reply.is_export and len(body) > 900 and self.server.settings.broken("breaks-off"):
            self._send_in_part(reply, headers)
            return
        if reply.is_export:
            chunked = self.server.settings.style == "b" and self.request_version == "HTTP/1.1"
            if self.server.settings.style == "a" and accepts_gzip(self.headers.get("Accept-Encoding", "")):
                body = gzip.compress(body, 5)
                headers |= {"Content-Encoding": "gzip"}
            headers |= {"Vary": "Accept-Encoding"}
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body:
            self.send_header("Content-Type", reply.content_type)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        if linger:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(in_chunks(body) if chunked else body)
        self.wfile.flush()
        if linger:
            self._linger()

    def _send_in_part(self, reply: Reply, headers: dict[str, str]) -> None:
        """Announces the whole answer, and closes the connection before its end."""
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body[:-100])
        self.wfile.flush()
        self.close_connection = True

    def _linger(self) -> None:
        """Lets a client that is still sending see the answer before the connection goes."""
        self.close_connection = True
        deadline, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(0.5)
            while left > 0 and time.monotonic() < deadline:
                piece = self.connection.recv(1 << 16)
                if not piece:
                    return
                left -= len(piece)
        except OSError:
            return

    def _read_body(self, limit: int) -> bytes:
        """The request's body, once."""
        if self._body_read:
            return b""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            body = self._read_chunks(limit)
        else:
            length = self.headers.get("Content-Length", "0").strip()
            if not re.fullmatch("[0-9]{1,12}", length):
                raise RefusedError(400, "The length of the body is not a number.")
            if int(length) > limit:
                raise BodyTooLargeError
            body = self.rfile.read(int(length))
        self._body_read = True
        return body

    def _read_chunks(self, limit: int) -> bytes:
        """A body that comes in chunks."""
        parts: list[bytes] = []
        total = 0
        while True:
            size = self.rfile.readline(64).split(b";")[0].strip()
            if not re.fullmatch(b"[0-9A-Fa-f]{1,8}", size):
                raise RefusedError(400, "The body's chunks can't be read.")
            total += int(size, 16)
            if total > limit:
                raise BodyTooLargeError
            if int(size, 16) == 0:
                while self.rfile.readline(1024).strip():
                    pass
                return b"".join(parts)
            parts.append(self.rfile.read(int(size, 16)))
            self.rfile.readline(64)

    def _route(self) -> Reply:
        """Finds who answers."""
        split = urlsplit(self.path)
        if split.path.startswith("/control/v1/"):
            return self._control(split.path.removeprefix("/control/v1/"), split.query)
        if split.path.startswith("/pictures/"):
            return self._picture(split.path.removeprefix("/pictures/"))
        if split.path not in ("/", "/index.php"):
            raise RefusedError(404, "There is nothing here.")
        query = read_query(split.query)
        if query.get("dispatch") != "shipstation":
            raise RefusedError(404, "There is nothing here.")
        return self._endpoint(query)

    def _endpoint(self, query: dict[str, str]) -> Reply:
        """The two actions that ShipStation knows."""
        settings = self.server.settings
        action = query.get("action", "").lower()
        if self.command == "GET" and action == "shipnotify" and settings.broken("get-books"):
            named = [query.get(name, "") for name in ("tracking_number", "carrier", "service")]
            self.server.shop.ship(Notice(query.get("order_number", ""), Parcel(*named), []))
            return Reply(200)
        if not (action == "shipnotify" and settings.broken("open-shipnotify")):
            self._authenticate()
        if any(re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value) for value in query.values()):
            raise RefusedError(400, "A parameter holds control characters.")
        if action == "export":
            self._allow("GET")
            return self._export(query)
        if action == "shipnotify":
            self._allow("POST")
            return self._shipnotify(query)
        raise RefusedError(400, "There is no such action.")

    def _authenticate(self) -> None:
        """Lets through who has the user name and the password."""
        settings = self.server.settings
        scheme, _, coded = self.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(coded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except (binascii.Error, ValueError):
            given = b""
        wanted = f"{settings.username}:{settings.password}".encode()
        if not hmac.compare_digest(given, wanted):
            challenge = {"WWW-Authenticate": 'Basic realm="Kontor orders", charset="UTF-8"'}
            raise RefusedError(401, "User name and password are needed.", challenge)

    def _allow(self, *methods: str) -> None:
        """Refuses any other method."""
        if self.command not in methods:
            raise RefusedError(405, "This method is not allowed here.", {"Allow": ", ".join(methods)})

    def _export(self, query: dict[str, str]) -> Reply:
        """One page of a window."""
        settings = self.server.settings
        try:
            window = read_window(query, settings)
        except RefusedError:
            if not settings.broken("bad-window-ok"):
                raise
            body, content_type = write_document([], None, settings.style)
        else:
            body, content_type = self.server.shop.export(window, read_page(query.get("page"), settings.style))
        headers = {"Cache-Control": "public, max-age=86400"} if settings.broken("cacheable") else {}
        return Reply(200, body, content_type, headers, is_export=True)

    def _shipnotify(self, query: dict[str, str]) -> Reply:
        """One notification."""
        settings = self.server.settings
        notice = read_notice(self._read_body(NOTICE_LIMIT), query)
        if settings.queued:
            self.server.shop.find(notice.order_number)
            threading.Timer(0.05, self.server.ship_later, [notice]).start()
            return Reply(202)
        try:
            new = self.server.shop.ship(notice)
        except RefusedError as refused:
            if refused.status == 404 and settings.broken("ok-on-unknown-order"):
                return Reply(200)
            raise
        if settings.style == "b":
            return Reply(204)
        return Reply(201 if new else 200)

    def _picture(self, name: str) -> Reply:
        """A product's picture, for anyone."""
        self._allow("GET", "HEAD")
        if name not in PICTURES:
            raise RefusedError(404, "There is no such picture.")
        colour = hashlib.sha256(name.encode()).digest()[:3]
        headers = {"Cache-Control": "max-age=600"}
        if name.endswith(".svg"):
            return Reply(200, svg_picture(colour), "image/svg+xml", headers)
        return Reply(200, png_picture(colour), "image/png", headers)

    def _control(self, path: str, query: str) -> Reply:
        """The control protocol, for the bearer of its token."""
        token = self.server.settings.control_token
        if token is None:
            raise RefusedError(404, "There is nothing here.")
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode("latin-1", "replace"), f"Bearer {token}".encode()):
            raise RefusedError(401, "The token is needed.", {"WWW-Authenticate": "Bearer"})
        try:
            return self._controlled(path, query)
        except WrongFieldError as wrong:
            return json_reply(422, {"error": wrong.message, "path": wrong.path})
        except RefusedError as refused:
            return json_reply(refused.status, {"error": refused.message})

    def _controlled(self, path: str, query: str) -> Reply:
        """The calls of the control protocol."""
        shop = self.server.shop
        if path == "store":
            self._allow("GET")
            return json_reply(200, store_json(self.server.settings))
        if path == "orders":
            self._allow("GET", "POST")
            if self.command == "POST":
                with shop.lock:
                    order = read_order(self._read_json(), shop)
                    shop.add(order)
                return json_reply(201, {"order_number": order.order_number, "order_id": order.order_id})
            return json_reply(200, list_json(shop, read_query(query)))
        if self.server.settings.batch and path in SEVERAL:
            self._allow("POST")
            return json_reply(200, SEVERAL[path](shop, self._read_json()))
        head, _, number = path.partition("/")
        if head != "orders" or "/" in number:
            raise RefusedError(404, "There is nothing here.")
        number = unquote(number)
        self._allow("GET", "PATCH", "DELETE")
        if self.command == "DELETE":
            shop.remove(number)
            return Reply(204)
        if self.command == "PATCH":
            return json_reply(200, patch_order(shop, number, self._read_json()))
        with shop.lock:
            return json_reply(200, order_json(shop.find(number), self.server.settings.lacks))

    def _read_json(self) -> Fields:
        """The object in the body."""
        try:
            return Fields(json.loads(self._read_body(CONTROL_LIMIT)))
        except (ValueError, RecursionError):
            raise RefusedError(400, "The body is not JSON.") from None


def accepts_gzip(header: str) -> bool:
    """Whether the client takes gzip."""
    for entry in header.lower().split(","):
        name, _, parameters = entry.partition(";")
        if name.strip() in ("gzip", "x-gzip"):
            return not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", parameters)
    return False


def in_chunks(body: bytes, size: int = 3000) -> bytes:
    """A body in HTTP chunks, whose borders fall where they like."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def read_query(query: str) -> dict[str, str]:
    """The parameters of a request; of one that comes twice, the last."""
    try:
        return dict(parse_qsl(query, keep_blank_values=True, max_num_fields=100))
    except ValueError:
        raise RefusedError(400, "Too many parameters.") from None


def read_window(query: dict[str, str], settings: Settings) -> Window:
    """The window that is asked for. One that ends before it starts: refused in style a, empty in style b."""
    window = Window(*(read_bound(query.get(name, ""), settings) for name in ("start_date", "end_date")))
    if window.start > window.end and settings.style == "a":
        raise RefusedError(400, "The window ends before it starts.")
    return window


def read_bound(text: str, settings: Settings) -> datetime:
    """A bound of the window: UTC, to the minute."""
    match = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}) ([0-9]{1,2}):([0-9]{2})", text.strip(" "))
    if not match:
        raise RefusedError(400, "start_date and end_date are needed, as MM/dd/yyyy HH:mm.")
    month, day, year, hour, minute = (int(group) for group in match.groups())
    zone = settings.timezone if settings.broken("local-time-window") else UTC
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(400, "There is no such time.") from None


def read_page(text: str | None, style: str) -> int | None:
    """The page asked for; None: past any end. Nonsense is page 1 in style a, refused in style b."""
    if text is None:
        return 1
    if re.fullmatch("0*[1-9][0-9]*", text) and len(text) < 1000:
        return int(text) if len(text) < 10 else None
    if style == "b":
        raise RefusedError(400, "The page is a number from 1.")
    return 1


def json_reply(status: int, value: Json) -> Reply:
    """An answer of the control protocol."""
    return Reply(status, json.dumps(value).encode(), "application/json")


def store_json(settings: Settings) -> Json:
    """What the store says of itself."""
    return {
        "name": "Kontor am Hafen",
        "platform": "Kontor",
        "version": "2.7",
        "timezone": str(settings.timezone),
        "currency": "EUR",
        "weight_unit": settings.weight_unit,
        "statuses": STATUSES,
        "orders_per_page": settings.orders_per_page,
        "capabilities": ["read", "create", "update", "delete", *(["batch"] if settings.batch else [])],
        "lacks": sorted(settings.lacks),
    }


def list_json(shop: Shop, query: dict[str, str]) -> Json:
    """The orders that an export of the window must hold; both ends are included."""
    # "+" of an offset arrives as a blank where the client did not encode it
    bounds = {name: query.get(name, "").replace(" ", "+") for name in ("modified_from", "modified_to")}
    first, last = (parse_moment(text, name) for name, text in bounds.items())
    with shop.lock:
        found = [
            {"order_number": order.order_number, "modified_at": rfc3339(order.modified_at)}
            for order in shop.addressed()
            if first <= order.modified_at <= last
        ]
    return {"orders": found}


def svg_picture(colour: bytes) -> bytes:
    """A square of one colour."""
    shape = f'<rect width="16" height="16" fill="#{colour.hex()}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16">{shape}</svg>'.encode()


def png_picture(colour: bytes) -> bytes:
    """A square of one colour, without a library."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + colour * 16) * 16
    head = struct.pack(">IIBBBBB", 16, 16, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


class Server(ThreadingHTTPServer):
    """The listening socket with the shop behind it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, settings: Settings) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.settings = settings
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        self.shop = Shop(settings)
        stock(self.shop, self.base)

    def ship_later(self, notice: Notice) -> None:
        """Books a notification whose sender has got an answer already."""
        with contextlib.suppress(RefusedError):
            self.shop.ship(notice)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nobody's fault."""


# --- the orders it starts with ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Product:
    """What the shop sells; weight in kilograms."""

    sku: str
    name: str
    price: str
    kilograms: str | None
    picture: str
    location: str
    options: tuple[tuple[str, str], ...] = ()
    upc: str = ""


RED_L = (("Size", "L"), ("Colour", "Rød"))
PRODUCTS = [
    Product("TEE-RED-L", "T-Shirt »Hafen«", "19.90", "0.180", "tee.svg", "A1-B2", RED_L),
    Product("TEE-BLU-S", "T-Shirt »Hafen«", "19.90", "0.165", "tee-blue.png", "A1-B3", (("Size", "S"),)),
    Product('A&B/7"', 'Bracket 7" <steel> & screws', "6.50", "0.420", "bracket.png", "Regal 9 / Fach <3>"),
    Product("ÄÖ-12", "Öllampe für Garten & Balkon", "34.00", "1.250", "lamp.svg", "Ü-4"),
    Product("茶-001", "煎茶 特上 100g", "12.00", "0.115", "tea.png", "茶棚 2", (("包装", "缶"),)),
    Product("KNIGA-7", "«Мастер и Маргарита», издание 2-е", "15.40", "0.510", "book.svg", "C7"),
    Product("MUG-😀", "Mug “Smile” 😀", "9.95", "0.335", "mug.png", "", (("Print", "it's <b>yours</b>"),)),
    Product("כוס-5", "כוס קפה ירושלים", "11.20", "0.298", "cup.svg", "ISR-1"),
    Product("ANVIL", "Blacksmith's anvil", "189.00", "32.500", "anvil.png", "FLOOR", upc="036000291452"),
    Product("STICKER", "Sticker sheet", "0.95", "0.0045", "", "Z1"),
    Product("POSTER-A2", "Poster A2, rolled", "14.00", "0.090", "", "", (("Frame", "none"),)),
    Product("CABLE-2M", "Cable 2 m", "7.77", "0.061", "cable.png", "E2", upc="012345678905"),
]
PICTURES = frozenset(product.picture for product in PRODUCTS if product.picture) | {"parcel.svg"}

# name | company | phone | address1 | address2 | city | state | postal code | country
PEOPLE_TABLE = """
Käthe Müßig | | +49 30 901820 | Torstraße 1 | Hinterhaus, 3. OG | Berlin | BE | 10119 | DE
Jörg Ångström | Ångström & Söner AB | +46 8 508 29 000 | Kungsgatan 4 | | Stockholm | | 111 43 | SE
Grace O'Neill | O'Neill "Tools" <US> | +1 415 555 0132 | 9 Market St | 4 | Oakland | California | 94103 | US
Robert Tables | | +1 212 555 0188 | 77 W 8th St | | New York | NY | 10011 | US
Anne-Sophie Tremblay | | +1 514 555 0101 | 12 rue Saint-Denis | | Montréal | Québec | H2X 3K8 | CA
William Chan | Prairie Books Ltd | +1 306 555 0170 | 5 2nd Ave N | | Saskatoon | SK | S7K 2B1 | CA
佐藤 花子 | | +81 3 3213 1111 | 千代田区丸の内1-1 | 東京ビル 5F | 千代田区 | 東京都 | 100-0005 | JP
Мария Иванова | ООО «Ромашка» | +359 2 981 1001 | бул. Витоша 10 | | София | | 1000 | BG
דנה כהן | | +972 2 531 4600 | רחוב יפו 23 | | ירושלים | | 9414219 | IL
ليلى حداد | | +971 4 316 7211 | شارع الشيخ زايد 5 | | دبي | Dubai | 00000 | AE
Ελένη Παππά | | +30 21 0321 0003 | Ερμού 18 | | Αθήνα | | 105 63 | GR
Zoë Brontë | Brontë & Daughters | +44 20 7946 0018 | 221B Baker Street | | London | | NW1 6XE | GB
João da Conceição | | +55 11 3113 9000 | Av. Paulista 1578 | cj. 12 | São Paulo | SP | 01310-200 | BR
陳大文 | | +852 2810 1111 | 中環皇后大道中 8 號 | | 香港 | | | HK
"""
PEOPLE = [[cell.strip() for cell in row.split("|")] for row in PEOPLE_TABLE.strip().splitlines()]
CURRENCY_OF = {"US": "USD", "CA": "CAD", "JP": "JPY", "GB": "GBP", "HK": "HKD", "AE": "AED", "BR": "BRL"}
METHODS = ["DHL Paket", "UPS® Express Saver <12:00>", "Abholung & Lieferung", "FedEx Ground", "佐川急便"]
PAYMENTS = ["PayPal", "Kreditkarte", "SEPA-Lastschrift", "Cash on delivery", "Bank transfer (“Vorkasse”)"]
CARRIERS = [("DHL", "Paket"), ("UPS", "Express Saver"), ("Hermes", "Päckchen S"), ("佐川急便", "飛脚宅配便")]


def make_line(product: Product, line_id: str, quantity: int, unit: str, base: str) -> Line:
    """A line of a product of the catalogue."""
    weight = None
    if product.kilograms is not None:
        value = Decimal(product.kilograms)
        if unit != "kg":
            value = (value * 1000 / GRAMS_PER_UNIT[unit]).quantize(Decimal("0.001"))
        weight = Weight(value, unit)
    return Line(
        line_id=line_id,
        sku=product.sku,
        name=product.name,
        quantity=quantity,
        unit_price=Decimal(product.price),
        weight=weight,
        image_url=f"{base}/pictures/{product.picture}" if product.picture else "",
        location=product.location,
        options=[Choice(name, value) for name, value in product.options],
        upc=product.upc,
    )


class Maker:
    """Makes the orders that the shop starts with, from one seed."""

    def __init__(self, shop: Shop, base: str) -> None:
        self.shop = shop
        self.base = base
        self.unit = shop.settings.weight_unit
        self.dice = random.Random(shop.settings.seed)
        self.now = utc_now()

    def order(self, index: int) -> Order:
        """An ordinary order, modified within the last twenty days."""
        dice = self.dice
        who = Address(*PEOPLE[index % len(PEOPLE)])
        modified = self.now - timedelta(seconds=dice.randint(600, 20 * 86400 - 3600))
        order = Order(
            order_number=f"KT-{2000 + index}",
            order_id=self.shop.next_id(),
            status=STATUSES[index % 6]["name"],
            placed_at=modified - timedelta(seconds=dice.choice([0, dice.randint(60, 9 * 86400)])),
            modified_at=modified,
            currency=CURRENCY_OF.get(who.country, "EUR"),
            email=f"kunde{index % len(PEOPLE)}@example.org",
            billing=who,
            shipping=replace(who),
            customer_code=f"C-{1000 + index % len(PEOPLE)}",
            phone=who.phone,
            shipping_method=dice.choice(METHODS),
            payment_method=dice.choice(PAYMENTS),
            shipping_amount=dice.choice([Decimal("0.00"), Decimal("4.90"), Decimal("12.50")]),
            dimensions=(30, 20, 10) if index % 9 == 0 else None,
        )
        picked = dice.sample(PRODUCTS, dice.randint(1, 4))
        order.items = [self.line(product, n, dice.randint(1, 3)) for n, product in enumerate(picked, 1)]
        return order

    def line(self, product: Product, position: int, quantity: int = 1) -> Line:
        """A line of an order."""
        return make_line(product, f"{900 + position}", quantity, self.unit, self.base)

    def goods(self, order: Order) -> Decimal:
        """What the lines cost."""
        return sum((line.quantity * line.unit_price for line in order.items), Decimal("0.00"))

    def settle(self, order: Order) -> None:
        """Makes the amounts add up: tax on top in the US and Canada, within the prices elsewhere."""
        if order.currency == "JPY":
            for line in order.items:
                line.unit_price = (line.unit_price * 150).quantize(Decimal(1))
            for entry in order.discounts:
                entry.amount = (entry.amount * 150).quantize(Decimal(1))
            order.shipping_amount = (order.shipping_amount * 150).quantize(Decimal(1))
        taken_off = sum((entry.amount for entry in order.discounts), Decimal(0))
        net = self.goods(order) - taken_off
        if order.billing.country in STATE_CODES:
            order.tax = (net * Decimal("0.07")).quantize(CENT, ROUND_HALF_UP)
            order.total = net + order.shipping_amount + order.tax
        else:
            order.total = net + order.shipping_amount
            order.tax = (order.total * 19 / 119).quantize(CENT, ROUND_HALF_UP)

    def shipped(self, order: Order) -> None:
        """Gives an order of a shipped status the parcel it must have had."""
        if MAPS_TO[order.status] != "shipped" or order.parcels:
            return
        carrier, service = self.dice.choice(CARRIERS)
        day = order.modified_at.astimezone(self.shop.settings.timezone).date()
        whole = [(line.line_id, line.quantity) for line in order.items]
        number = f"{self.dice.randrange(10**11, 10**12)}"
        order.parcels.append(Parcel(number, carrier, service, Decimal("5.15"), "Danke!", day, whole))


NASTY = 'Ring twice & leave <here>: "Tür\'s" ]]> &amp; &#39; 😀 日本 שלום\r\nSecond line\n\tthird, été'
LONG_NOTE = "Bitte vorsichtig, Glas! 🥂 é " * 60


def gift(order: Order, maker: Maker) -> None:
    """A gift with a message over two lines."""
    order.gift, order.gift_message = True, "Alles Liebe & bis bald <3 🎁\nDeine Oma"


def gift_without_message(order: Order, maker: Maker) -> None:
    """A gift that says nothing."""
    order.gift = True


def sale(order: Order, maker: Maker) -> None:
    """A discount without a coupon."""
    order.discounts = [Reduction("Herbst-Rabatt & mehr", (maker.goods(order) / 10).quantize(CENT))]


def coupon(order: Order, maker: Maker) -> None:
    """A discount by a coupon."""
    order.discounts = [Reduction("Welcome", (maker.goods(order) / 20).quantize(CENT), "WELCOME-5%")]


def coupons(order: Order, maker: Maker) -> None:
    """A sale and two coupons at once."""
    part = (maker.goods(order) / 16).quantize(CENT)
    order.discounts = [Reduction("Sale", part)]
    order.discounts += [Reduction("Freund", part, "FREUND"), Reduction("Zwei", part, "ZWEI2")]


def line_discount(order: Order, maker: Maker) -> None:
    """A discount on one line, already in its price."""
    line = order.items[0]
    line.unit_price, line.discount = line.unit_price - Decimal("0.50"), Decimal("0.50")


def nasty_notes(order: Order, maker: Maker) -> None:
    """Notes with everything that XML and HTML find hard."""
    order.customer_notes, order.internal_notes = NASTY, "INTERN: " + NASTY[::-1].replace("\n\r", "\r\n")


def long_notes(order: Order, maker: Maker) -> None:
    """Notes over a thousand characters."""
    order.customer_notes, order.internal_notes = LONG_NOTE, "Ruft oft an. " * 120


def staff_notes(order: Order, maker: Maker) -> None:
    """Notes that only the staff may see."""
    order.internal_notes = "Zahlt spät!\nNicht kulant sein."


def both_notes(order: Order, maker: Maker) -> None:
    """Notes of both kinds."""
    order.customer_notes, order.internal_notes = "Klingel defekt,\nbitte klopfen", "Stammkunde seit 2009"


def no_address(order: Order, maker: Maker) -> None:
    """An order that is not to be sent anywhere."""
    order.shipping = None


def bare_guest(order: Order, maker: Maker) -> None:
    """A guest without name, phone or company."""
    order.customer_code, order.phone, order.billing = None, "", Address()
    order.email = "gast@example.net"
    order.shipping = replace(order.shipping or Address(), company="", phone="")


def company_elsewhere(order: Order, maker: Maker) -> None:
    """Billed to a company, shipped to a person in another country, with a phone each."""
    order.shipping = Address(*PEOPLE[3])
    order.billing = Address(*PEOPLE[1])


def free_line(order: Order, maker: Maker) -> None:
    """A line that costs nothing."""
    order.items.append(replace(maker.line(PRODUCTS[9], 50), unit_price=Decimal("0.00")))


def same_sku(order: Order, maker: Maker) -> None:
    """Two lines of one SKU with different options."""
    other = maker.line(PRODUCTS[0], 2, 3)
    other.options = [Choice("Size", "L"), Choice("Colour", "Grün & Weiß")]
    order.items = [maker.line(PRODUCTS[0], 1, 2), other]
    order.status = "Paid"


def many_options(order: Order, maker: Maker) -> None:
    """A line with twelve options."""
    order.items[0].options = [Choice(f"Gravur {n}", f"Zeile „{n}“ & mehr") for n in range(1, 13)]


def option_weights(order: Order, maker: Maker) -> None:
    """Options that weigh something."""
    grams = Weight(Decimal("15"), "g")
    order.items = [maker.line(PRODUCTS[3], 1, 2), maker.line(PRODUCTS[10], 2, 1)]
    order.items[0].options = [Choice("Docht", "dick", grams), Choice("Farbe", "rot")]


def without_everything(order: Order, maker: Maker) -> None:
    """A product without SKU, image, weight and place, and an order without methods."""
    order.items.append(Line("960", "", "Einzelstück ohne Nummer", 1, Decimal("3.00")))
    order.shipping_method = order.payment_method = ""


def two_hundred_lines(order: Order, maker: Maker) -> None:
    """An order of two hundred lines."""
    order.items = [maker.line(PRODUCTS[n % len(PRODUCTS)], n, 1 + n % 3) for n in range(1, 201)]


def no_lines(order: Order, maker: Maker) -> None:
    """An order without a line."""
    order.items, order.status = [], "Open"


def long_values(order: Order, maker: Maker) -> None:
    """An SKU, a name, options and an address longer than their fields."""
    line = order.items[0]
    line.sku = "LONG-" + "0123456789" * 9
    line.name = "Sehr langer Name mit Umlauten äöü und 🎈 " * 8
    line.options = [Choice("Wunschtext " * 12, "für immer & ewig " * 10)]
    order.shipping = replace(order.shipping or Address(), company="Gesellschaft für Länge " * 7)
    order.shipping_method = "Spedition mit zwei Mann und Termin " * 5


def custom_status(order: Order, maker: Maker) -> None:
    """A status that the merchant added."""
    order.status = "Maßanfertigung läuft"


def cyrillic_status(order: Order, maker: Maker) -> None:
    """Another one, in another script."""
    order.status = "Готов к выдаче"


def download(order: Order, maker: Maker) -> None:
    """A line that can't be shipped beside one that can."""
    order.items = [
        maker.line(PRODUCTS[5], 1),
        Line("970", "PDF-1", "Kochbuch (PDF)", 1, Decimal("5.00"), shippable=False),
    ]
    order.status = "Paid"


def account_phone(order: Order, maker: Maker) -> None:
    """An order without a phone, by an account with one, and with another e-mail address."""
    order.phone, order.billing = "", replace(order.billing, phone="")
    order.shipping = replace(order.shipping or Address(), phone="")
    order.account = {"email": "konto@example.com", "phone": "+49 40 428 280"}


def half_shipped(order: Order, maker: Maker) -> None:
    """One of two lines is on its way."""
    order.items = [maker.line(PRODUCTS[8], 1, 1), maker.line(PRODUCTS[11], 2, 4)]
    order.status = "Paid"
    day = order.modified_at.date()
    order.parcels = [Parcel("H-1000200030", "GLS", "Business", Decimal("7.20"), "Teil 1", day, [("901", 1)])]


def old_but_changed(order: Order, maker: Maker) -> None:
    """Placed most of a year ago, changed lately."""
    order.placed_at = order.modified_at - timedelta(days=300, hours=5)


def foreign_currency(order: Order, maker: Maker) -> None:
    """Paid in a currency that is neither the store's nor the country's."""
    order.currency = "CHF"


def very_many(order: Order, maker: Maker) -> None:
    """The largest quantity, and a very light thing."""
    order.items = [replace(maker.line(PRODUCTS[9], 1, 99999), unit_price=Decimal("0.01"))]


def same_second(order: Order, maker: Maker) -> None:
    """Changed in the same second as another order, at the last second of a minute."""
    order.modified_at = (maker.now - timedelta(days=4)).replace(hour=23, minute=59, second=59)
    order.placed_at = min(order.placed_at, order.modified_at)


def other_images(order: Order, maker: Maker) -> None:
    """A variant with a picture of its own."""
    order.items[0].image_url = f"{maker.base}/pictures/parcel.svg"


def blanks_around(order: Order, maker: Maker) -> None:
    """Values that were typed with blanks around them."""
    ship = order.shipping or Address()
    order.shipping = replace(ship, name=f"  {ship.name} ", city=f"{ship.city}  ", phone=f" {ship.phone}")


SPECIMENS: list[Callable[[Order, Maker], None]] = [
    gift, sale, custom_status, nasty_notes, coupon, company_elsewhere, same_sku, no_address, bare_guest,
    coupons, free_line, long_notes, many_options, gift_without_message, line_discount, staff_notes,
    option_weights, without_everything, two_hundred_lines, no_lines, long_values, cyrillic_status, download,
    account_phone, half_shipped, old_but_changed, foreign_currency, very_many, same_second, same_second,
    same_second, other_images, blanks_around, both_notes,
]  # fmt: skip


def stock(shop: Shop, base: str) -> None:
    """Fills the shop: each specimen once, and ordinary orders between them, sixty in all."""
    maker = Maker(shop, base)
    for index in range(60):
        order = maker.order(index)
        if index < len(SPECIMENS):
            SPECIMENS[index](order, maker)
        elif index % 5 == 0:
            coupon(order, maker)
        elif index % 7 == 0:
            gift(order, maker)
        maker.settle(order)
        maker.shipped(order)
        forget_lacking(order, shop.settings.lacks)
        shop.add(order)


# --- start ------------------------------------------------------------------------------------------------


def from_environment(parser: argparse.ArgumentParser, name: str) -> str:
    """A secret, which never stands on a command line."""
    value = os.environ.get(name)
    if not value:
        parser.error(f"the environment has no {name}")
    return value


def read_arguments(arguments: list[str] | None) -> tuple[int, Settings]:
    """The port and the settings."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--username", required=True)
    parser.add_argument("--password-env", required=True, metavar="NAME")
    parser.add_argument("--control-token-env", metavar="NAME", help="without it there is no control protocol")
    parser.add_argument("--break", dest="breaks", action="append", default=[], choices=sorted(BREAKS))
    parser.add_argument("--orders-per-page", type=int, default=20)
    parser.add_argument("--timezone", type=ZoneInfo, default=ZoneInfo("Europe/Berlin"))
    parser.add_argument("--weight-unit", choices=sorted(GRAMS_PER_UNIT), default="kg")
    parser.add_argument("--lacks", action="append", default=[], choices=sorted(LACKABLE))
    parser.add_argument("--queued", action="store_true", help="book notifications after they are answered")
    parser.add_argument("--batch", action="store_true", help="offer the control protocol's calls for several orders")
    parser.add_argument("--style", choices=["a", "b"], default="a")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args(arguments)
    if given.orders_per_page < 1:
        parser.error("--orders-per-page is at least 1")
    token = from_environment(parser, given.control_token_env) if given.control_token_env else None
    settings = Settings(
        username=given.username,
        password=from_environment(parser, given.password_env),
        control_token=token,
        orders_per_page=given.orders_per_page,
        timezone=given.timezone,
        weight_unit=given.weight_unit,
        style=given.style,
        seed=given.seed,
        lacks=frozenset(given.lacks),
        queued=given.queued,
        batch=given.batch,
        breaks=frozenset(given.breaks),
    )
    return given.port, settings


def main(arguments: list[str] | None = None) -> None:
    """Listens until it is ended, and says where on one line of JSON."""
    server = Server(*read_arguments(arguments))
    places = {"url": f"{server.base}/?dispatch=shipstation", "control": f"{server.base}/control/v1"}
    print(json.dumps(places), flush=True)
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        server.server_close()


BREAKS: dict[str, tuple[str, set[str]]] = {
    "bad-window-ok": ("A window that can't be read gets 200 and an empty document.", {"CON-9", "WIN-10"}),
    "billing-as-shipto": ("ShipTo holds the billing address.", {"CUS-2", "CUS-4", "CUS-5", "CUS-9", "ORD-1", "ORD-17"}),
    "breaks-off": ("Of a reply with orders the end never comes.", {"CON-12"}),
    "buyer-notes-over-customer-notes": ("What is said to the buyer takes the place of CustomerNotes.", {"NOT-1"}),
    "cacheable": ("Replies with orders may be cached for a day.", {"CON-8"}),
    "carrier-list": ("A carrier that is not on a fixed list is dropped.", {"SHP-3"}),
    "crlf": ("Line breaks in notes and gift messages become blanks.", {"NOT-4", "ORD-13"}),
    "day-before": ("ShipDate is moved through time zones and lands on the day before.", {"SHP-22"}),
    "default-currency": ("CurrencyCode is always the store's default.", {"ORD-12"}),
    "export-touches": ("Exporting an order sets its LastModified to now.", {"WIN-8"}),
    "fee-dropped": ("The carrier's fee is not recorded.", {"SHP-5"}),
    "first-option-only": ("Only the first option of a line is exported.", {"OPT-1"}),
    "free-lines-unheeded": ("A line that costs nothing needn't be shipped.", {"SHP-8"}),
    "get-books": ("A notification by GET is booked, whoever sends it.", {"CON-4", "SHP-20"}),
    "gift-empty-element": ("An order that is no gift has an empty Gift element.", {"GIF-2", "ORD-1"}),
    "guest-name-empty": ("BillTo/Name is empty where the billing address has no name.", {"CUS-7", "ORD-17"}),
    # what would fit its field is longer once escaped, and loses its end
    "html-entities": ("Notes and gift messages carry HTML entities.", {"GIF-3", "NOT-1", "NOT-2", "NOT-4", "ORD-13"}),
    "items-by-sku": ("Of two items of one SKU in a parcel the last is read.", {"SHP-18"}),
    "kilograms-as-grams": ("Kilograms are labelled grams, unconverted.", {"WGT-3", "WGT-4"}),
    "last-page-again": ("A page past the last repeats the last.", {"PAG-4"}),
    "line-weight": ("Weight is that of the whole line.", {"WGT-1"}),
    "local-dates": ("OrderDate and LastModified are in the store's time zone.", {"ORD-5", "ORD-6"}),
    "local-time-window": ("Window bounds are read in the store's time zone.", {"WIN-4"}),
    "missing-custom-status-orders": ("Orders of a status without mapping are left out.", {"STA-3", "WIN-7"}),
    "ok-on-unknown-order": ("A notification for an unknown order gets 200.", {"SHP-11"}),
    "open-shipnotify": ("Notifications are taken without credentials.", {"CON-4"}),
    "page-after-last-time": ("A page begins after the time of the last order before it.", {"PAG-2"}),
    "pages-missing": ("No page states how many there are.", {"PAG-1"}),
    "partial-completes": ("The first parcel makes the order shipped.", {"SHP-8"}),
    "positive-discount": ("Adjustments have a positive price.", {"DIS-2", "ORD-17"}),
    "retry-books-twice": ("A notification that is sent again is booked again.", {"SHP-9"}),
    "revision-as-id": ("OrderID is another after each change.", {"ORD-2"}),
    "same-sku-collapsed": ("Of two lines of one SKU only the first is ever credited.", {"SHP-18"}),
    "staff-notes-to-customer": ("Staff notes are appended to CustomerNotes.", {"NOT-1", "NOT-3"}),
    "trace-in-errors": ("Error replies show a stack trace, a path and a query.", {"SEC-5"}),
    "tracking-truncated": ("Tracking numbers are cut to eight characters.", {"SHP-2"}),
    # a weight of 0 is right in any unit, but not that of the line's options
    "unit-of-first-line": ("All lines of an order have the first one's unit.", {"WGT-3", "WGT-4"}),
    "unstable-pages": ("Pages are cut from an order that changes with each request.", {"PAG-2", "PAG-3"}),
    "wall-clock": ("Of the hour that comes twice, the second is taken for the first.", {"ORD-5"}),
    "whole-days": ("The window is widened to whole days.", {"WIN-5"}),
    "window-on-created": ("The window is on the time at which an order was placed.", {"WIN-3", "WIN-12"}),
    "zero-adjustment": ("An order without a discount has an adjustment of 0.", {"DIS-2", "DIS-5", "ORD-17"}),
    "zero-is-empty": ("An option of the value 0 is dropped.", {"OPT-1"}),
}

if __name__ == "__main__":
    main()
