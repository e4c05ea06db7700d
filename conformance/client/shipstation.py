"""ShipStation, simulated: asks for exports and sends notifications as the real one does.

It knows the endpoint's URL and credentials and how ShipStation spells its requests,
and hands back what came, read.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from lxml import etree

from conformance.client.exchange import Exchange, Headers, Masked
from conformance.client.parsing.document import ExportPage, parse_export
from conformance.client.session import RequestSender

MINUTE = timedelta(minutes=1)
"""The precision of times in requests and exports."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The add-on's user name and password; ``kind`` says in what they are wrong, where they are."""

    username: str
    password: str = field(repr=False)
    kind: str = field(default="", compare=False)
    way: Literal["Basic", "Bearer", "SS-AUTH"] = "Basic"
    """How they are sent; ShipStation sends none but Basic, the others are to be refused."""

    def headers(self) -> Headers:
        """The headers that carry them."""
        shown = f"… ({self.kind})" if self.kind else "…"
        match self.way:
            case "SS-AUTH":
                return ("SS-AUTH-USER", Masked(self.username, shown)), ("SS-AUTH-PW", Masked(self.password, shown))
            case "Bearer":
                return (("Authorization", Masked(f"Bearer {self.password}", f"Bearer {shown}")),)
            case _:
                token = b64encode(f"{self.username}:{self.password}".encode()).decode()
                return (("Authorization", Masked(f"Basic {token}", f"Basic {shown}")),)


@dataclass(frozen=True, slots=True)
class Window:
    """A window as it is asked for: both bounds to the minute, in UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{format_bound(self.start)} to {format_bound(self.end)}"

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in the window, its last minute included."""
        return self.start <= moment < self.end + MINUTE

    def encloses(self, other: Window) -> bool:
        """Whether all of another window lies in this one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """One Item of a notification."""

    sku: str
    quantity: int
    line_item_id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class ShipNotice:
    """A notification to send. ``cost`` is a decimal as text; None leaves an element out.

    ``notes`` are for the buyer; the other two are the order's own, sent back.
    """

    order_number: str
    order_id: str = ""
    tracking_number: str = ""
    carrier: str = ""
    service: str = ""
    cost: str | None = None
    notes: str = ""
    customer_notes: str = ""
    internal_notes: str = ""
    ship_date: date | None = None
    label_created: datetime | None = None
    items: tuple[ShippedLine, ...] | None = ()


def format_bound(moment: datetime) -> str:
    """A bound as the guide writes it."""
    return f"{moment.month:02}/{moment.day:02}/{moment.year:04} {moment.hour:02}:{moment.minute:02}"


def encode_like_shipstation(text: str) -> str:
    """Encoded as ShipStation does: blanks as plus, all else in percent signs."""
    return quote_plus(text)


def percent_encode(text: str) -> str:
    """Encoded the other way: blanks as %20, slashes and colons as they are."""
    return quote(text, safe="/:")


class ShipStation:
    """Builds requests for one endpoint and sends them over a session."""

    def __init__(self, url: str, credentials: Credentials, session: RequestSender) -> None:
        self.url, self.credentials, self.session = url, credentials, session

    def target(self, parameters: list[tuple[str, str]], encode: object = encode_like_shipstation) -> str:
        """The endpoint's URL with these parameters after the ones that it has already."""
        assert callable(encode)
        scheme, place, path, query, _ = urlsplit(self.url)
        ours = "&".join(f"{name}={encode(value)}" for name, value in parameters)
        return urlunsplit((scheme, place, path or "/", "&".join(filter(None, (query, ours))), ""))

    def get(
        self,
        parameters: list[tuple[str, str]],
        *,
        credentials: Credentials | None = None,
        headers: Headers = (),
        anonymous: bool = False,
        encode: object = encode_like_shipstation,
        method: str = "GET",
    ) -> Exchange:
        """A GET with these parameters, or another method that nothing but GET should get an answer for."""
        who = () if anonymous else (credentials or self.credentials).headers()
        asked = (("Accept-Encoding", "gzip, deflate"), *headers)
        return self.session.send(method, self.target(parameters, encode), (*who, *asked))

    def export(
        self,
        window: Window,
        page: int | str | None = 1,
        *,
        credentials: Credentials | None = None,
        headers: Headers = (),
        anonymous: bool = False,
    ) -> ExportPage:
        """A page of the orders of a window."""
        return parse_export(
            self.get(export_parameters(window, page), credentials=credentials, headers=headers, anonymous=anonymous)
        )

    def request_for(
        self,
        notice: ShipNotice,
        *,
        body: bytes | None = None,
        credentials: Credentials | None = None,
        anonymous: bool = False,
        method: str = "POST",
    ) -> tuple[str, str, Headers, bytes]:
        """The request that a notification is."""
        parameters = [
            ("action", "shipnotify"),
            ("order_number", notice.order_number),
            ("carrier", notice.carrier),
            ("service", notice.service),
            ("tracking_number", notice.tracking_number),
        ]
        who = () if anonymous else (credentials or self.credentials).headers()
        content = (("Content-Type", "text/xml"),) if method == "POST" else ()
        sent = notice_xml(notice) if body is None else body
        return method, self.target(parameters), (*who, *content), sent if method == "POST" else b""

    def notify(
        self,
        notice: ShipNotice,
        *,
        body: bytes | None = None,
        credentials: Credentials | None = None,
        anonymous: bool = False,
        method: str = "POST",
    ) -> Exchange:
        """Tell the store of a shipment."""
        return self.session.send(
            *self.request_for(notice, body=body, credentials=credentials, anonymous=anonymous, method=method)
        )

    def notify_together(self, notices: list[ShipNotice]) -> list[Exchange]:
        """Send several notifications at the same moment."""
        return self.session.send_together([self.request_for(notice) for notice in notices])


def export_parameters(window: Window, page: int | str | None) -> list[tuple[str, str]]:
    """The parameters of an export in the order in which ShipStation sends them."""
    paging = [] if page is None else [("page", str(page))]
    return [
        ("action", "export"),
        ("start_date", format_bound(window.start)),
        ("end_date", format_bound(window.end)),
        *paging,
    ]


def notice_xml(notice: ShipNotice) -> bytes:
    """The body of a notification, valid against ``shipnotice.xsd``."""
    root = etree.Element("ShipNotice")

    def add(name: str, text: str | None) -> None:
        if text is not None:
            etree.SubElement(root, name).text = text

    add("OrderNumber", notice.order_number)
    add("OrderID", notice.order_id or None)
    add("CustomerNotes", notice.customer_notes or None)
    add("InternalNotes", notice.internal_notes or None)
    if notice.notes:
        etree.SubElement(root, "NotesToCustomer").text = (
            etree.CDATA(notice.notes) if "]]>" not in notice.notes else notice.notes
        )
    created = notice.label_created
    add("LabelCreateDate", format_bound(created) if created else None)
    day = notice.ship_date
    add("ShipDate", f"{day.month:02}/{day.day:02}/{day.year:04}" if day else None)
    add("Carrier", notice.carrier)
    add("Service", notice.service)
    add("TrackingNumber", notice.tracking_number)
    add("ShippingCost", notice.cost)
    if notice.items is not None:
        items = etree.SubElement(root, "Items")
        for line in notice.items:
            item = etree.SubElement(items, "Item")
            etree.SubElement(item, "SKU").text = line.sku
            if line.name:
                etree.SubElement(item, "Name").text = line.name
            etree.SubElement(item, "Quantity").text = str(line.quantity)
            if line.line_item_id:
                etree.SubElement(item, "LineItemID").text = line.line_item_id
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def with_tracking(notice: ShipNotice, tracking_number: str) -> ShipNotice:
    """The same notification of another parcel."""
    return replace(notice, tracking_number=tracking_number)
