"""Simulates ShipStation: requests exports and sends shipment notifications as ShipStation does."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from lxml import etree

from conformance.client.exchange import Exchange, Headers, Masked
from conformance.client.http import CHUNKED, EXPECT
from conformance.client.parsing.document import ExportPage, parse_export, stated_pages
from conformance.client.session import Request, RequestSender

MINUTE = timedelta(minutes=1)
"""The precision of times in requests and exports."""


Scheme = Literal["Basic", "Bearer", "SS-AUTH", "query"]
"""The form in which a request carries credentials: ShipStation uses Basic. Some stores take others, too."""


UNREADABLE: dict[str, Callable[[str], bytes]] = {
    "base64 that breaks off": lambda pair: (token := _in_base64(pair))[: min(9, len(token) - 3)],
    "bytes that are not UTF-8": lambda pair: b64encode(pair[:-1].encode() + b"\xff"),
}
"""Name of a form of Basic credentials that can't be read → what it makes of user name, colon and password."""


def _in_base64(text: str) -> bytes:
    return b64encode(text.encode())


COMPRESSION, NO_COMPRESSION = "gzip, deflate", "identity"
"""Values of Accept-Encoding: requests usually accept compressed replies. Some do not."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The add-on's user name and password. If they are wrong on purpose, ``kind`` says how.

    A half that is None is left out. ``beside`` is a second pair in the same request, in another form. ``unreadable`` is
    a key of :data:`UNREADABLE`: the form that a Basic header has then. ``as_lists`` are the parameters of the URL that
    are sent as lists of one value, as PHP and Node read ``name[]=value``.
    """

    username: str | None
    password: str | None = field(repr=False)
    kind: str = field(default="", compare=False)
    scheme: Scheme = "Basic"
    beside: Credentials | None = None
    unreadable: str = ""
    as_lists: tuple[str, ...] = ()

    def headers(self) -> Headers:
        """Return the headers that carry the credentials."""
        shown = f"… ({self.kind})" if self.kind else "…"
        beside = self.beside.headers() if self.beside is not None else ()
        match self.scheme:
            case "SS-AUTH":
                halves = (("SS-AUTH-USER", self.username), ("SS-AUTH-PW", self.password))
                return (*((name, Masked(half, shown)) for name, half in halves if half is not None), *beside)
            case "Bearer":
                return (("Authorization", Masked(f"Bearer {self.password}", f"Bearer {shown}")), *beside)
            case "query":
                return beside
            case "Basic":
                pair = ":".join(half for half in (self.username, self.password) if half is not None)
                token = UNREADABLE.get(self.unreadable, _in_base64)(pair).decode()
                return (("Authorization", Masked(f"Basic {token}", f"Basic {shown}")), *beside)

    def parameters(self) -> list[tuple[str, str]]:
        """Return the parameters of the URL that carry the credentials."""
        halves = (("SS-UserName", self.username), ("SS-Password", self.password))
        sent = [(name, half) for name, half in halves if half is not None and self.scheme == "query"]
        return [(f"{name}%5B%5D" if name in self.as_lists else name, half) for name, half in sent]


@dataclass(frozen=True, slots=True)
class Window:
    """A time window of an export: both bounds to the minute, in UTC."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{format_bound(self.start)} to {format_bound(self.end)}"

    def holds(self, moment: datetime) -> bool:
        """True if a moment is in the window. The whole minute of the end counts."""
        return self.start <= moment < self.end + MINUTE

    def encloses(self, other: Window) -> bool:
        """True if this window contains all of another one."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class FailedExport:
    """A valid request for a page of a window that was not answered with a whole reply of status 2xx."""

    window: Window
    number: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """An Item of a notification."""

    sku: str
    quantity: int
    line_item_id: str = ""
    name: str = ""
    upc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """The address to which a parcel was sent, as ShipStation knows it. A field that is None leaves its element out."""

    name: str
    company: str | None
    address1: str
    address2: str | None
    city: str
    state: str | None
    postal_code: str
    country: str


@dataclass(frozen=True, slots=True)
class ShipNotice:
    """A shipment notification. ``cost`` is a decimal number as text. A field that is None leaves its element out.

    ``notes`` are for the buyer (NotesToCustomer). ``customer_notes`` and ``internal_notes`` are the order's own notes,
    sent back to the store. If ``omits_empty``, the body has no element for an empty number, carrier or service. If
    ``shows_empty``, it has an element for each note and custom field that is empty, as ShipStation's own example has.
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
    omits_empty: bool = False
    notify_customer: str | None = None
    customer_code: str = ""
    custom_fields: tuple[str, str, str] = ("", "", "")
    recipient: Recipient | None = None
    shows_empty: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """How a notification is sent. An empty value is the usual way.

    ``sending`` is one of :data:`SENDINGS`, ``spelling`` one of :data:`SPELLINGS`. All mean the same.
    """

    sending: str = ""
    spelling: str = ""

    def may_be_refused(self, exchange: Exchange) -> bool:
        """True if a reply may refuse this form, so that the request is sent again in the usual one.

        A server may refuse any expectation with 417. ShipStation sends no chunked bodies, and some servers cannot pass
        them on.
        """
        if self.sending == EXPECTING:
            return exchange.status == EXPECTATION_FAILED
        return self.sending == IN_CHUNKS and not exchange.succeeded


EXPECTING, IN_CHUNKS, SMALL_NAMES = "Expect: 100-continue", "a chunked body", "header names in small letters"
WITH_CHARSET, QUERY_BACKWARDS, BODY_BACKWARDS = "a charset", "the query backwards", "the body's elements backwards"
SENDINGS = ("", EXPECTING, IN_CHUNKS, SMALL_NAMES)
SPELLINGS = ("", WITH_CHARSET, QUERY_BACKWARDS, BODY_BACKWARDS)
USUAL_FORM = RequestForm()
EXPECTATION_FAILED = 417


def format_bound(moment: datetime) -> str:
    """Return a bound of a window in the form of the guide: MM/dd/yyyy HH:mm."""
    return f"{moment.month:02}/{moment.day:02}/{moment.year:04} {moment.hour:02}:{moment.minute:02}"


@lru_cache(maxsize=512)
def encode_like_shipstation(text: str) -> str:
    """Encode a value of a query as ShipStation does: a space as ``+``, other special characters with ``%``."""
    return quote_plus(text)


def percent_encode(text: str) -> str:
    """Encode a value of a query in the other allowed way: a space as ``%20``, slashes and colons unchanged."""
    return quote(text, safe="/:")


MAX_UNREADABLE = 40
"""At most this many replies that are not documents are kept."""


class ShipStation:
    """Builds the requests for one endpoint, sends them, and parses exports."""

    def __init__(self, url: str, credentials: Credentials, session: RequestSender) -> None:
        self.url, self.credentials, self.session = url, credentials, session
        self.failed_exports: list[FailedExport] = []
        """The failed replies to valid requests for orders: with the right credentials, for pages that page 1 states."""
        self.unreadable_exports: list[ExportPage] = []
        """The whole replies of status 2xx to such requests that are not Orders documents; the first ones."""
        self._stated_pages: dict[Window, int] = {}

    def request_url(
        self, parameters: list[tuple[str, str]], encode: Callable[[str], str] = encode_like_shipstation
    ) -> str:
        """Return the endpoint's URL with these parameters added to its query."""
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
        encode: Callable[[str], str] = encode_like_shipstation,
        method: str = "GET",
        small_names: bool = False,
        accepts: str = COMPRESSION,
    ) -> Exchange:
        """Send a request with these parameters. Another ``method`` than GET tests whether the store refuses it."""
        login = None if anonymous else credentials or self.credentials
        url = self.request_url([*parameters, *(login.parameters() if login is not None else ())], encode)
        accepted = (("Accept-Encoding", accepts), *headers)
        sent = (*(login.headers() if login is not None else ()), *accepted)
        return self.session.send(method, url, in_small_letters(sent) if small_names else sent)

    def export(
        self,
        window: Window,
        page: int | str | None = 1,
        *,
        credentials: Credentials | None = None,
        headers: Headers = (),
        anonymous: bool = False,
        accepts: str = COMPRESSION,
    ) -> ExportPage:
        """Request a page of the orders of a window."""
        exchange = self.get(
            export_parameters(window, page),
            credentials=credentials,
            headers=headers,
            anonymous=anonymous,
            accepts=accepts,
        )
        found = parse_export(exchange)
        if isinstance(page, int) and window.start <= window.end and not (credentials or headers or anonymous):
            self._note(window, page, found)
        return found

    def export_together(self, windows: Sequence[Window]) -> list[ExportPage]:
        """Request the first pages of several windows at the same moment.

        A store may refuse that, so a failed reply doesn't count among :attr:`failed_exports`.
        """
        headers = (*self.credentials.headers(), ("Accept-Encoding", COMPRESSION))
        extra = self.credentials.parameters()
        requests: list[Request] = [
            ("GET", self.request_url([*export_parameters(window, 1), *extra]), headers, b"") for window in windows
        ]
        found = [parse_export(exchange) for exchange in self.session.send_together(requests)]
        for window, page in zip(windows, found, strict=True):
            self._note_unreadable(window, page)
        return found

    def _note(self, window: Window, number: int, page: ExportPage) -> None:
        """Keep the reply if the request was valid, and the reply failed or is no document."""
        if number == 1 and page.is_orders:
            self._stated_pages[window] = stated_pages(page) or 1
        if not 1 <= number <= max(1, self._stated_pages.get(window, 1)):
            return
        if page.exchange.has_failed:
            self.failed_exports.append(FailedExport(window, number, page.exchange))
        self._note_unreadable(window, page)

    def _note_unreadable(self, window: Window, page: ExportPage) -> None:
        """Keep a whole reply of status 2xx that is no document. A store may find nothing between equal bounds."""
        is_whole = page.exchange.succeeded and not page.exchange.has_failed
        has_room = len(self.unreadable_exports) < MAX_UNREADABLE
        if has_room and is_whole and not page.is_orders and window.start < window.end:
            self.unreadable_exports.append(page)

    def request_for(
        self,
        notice: ShipNotice,
        *,
        body: bytes | None = None,
        credentials: Credentials | None = None,
        anonymous: bool = False,
        method: str = "POST",
        form: RequestForm = USUAL_FORM,
    ) -> tuple[str, str, Headers, bytes]:
        """Return the request that sends a notification."""
        login = None if anonymous else credentials or self.credentials
        parameters = [
            ("action", "shipnotify"),
            ("order_number", notice.order_number),
            ("carrier", notice.carrier),
            ("service", notice.service),
            ("tracking_number", notice.tracking_number),
            *(login.parameters() if login is not None else ()),
        ]
        encode: Callable[[str], str] = encode_like_shipstation
        if form.spelling == QUERY_BACKWARDS:
            parameters, encode = parameters[::-1], percent_encode
        charset = "; charset=utf-8" if form.spelling == WITH_CHARSET else ""
        content_type = (("Content-Type", f"text/xml{charset}"),) if method == "POST" else ()
        content = notice_xml(notice, backwards=form.spelling == BODY_BACKWARDS) if body is None else body
        headers = (*(login.headers() if login is not None else ()), *content_type, *_SENT_WITH.get(form.sending, ()))
        if form.sending == SMALL_NAMES:
            headers = in_small_letters(headers)
        return method, self.request_url(parameters, encode), headers, content if method == "POST" else b""

    def notify(
        self,
        notice: ShipNotice,
        *,
        body: bytes | None = None,
        credentials: Credentials | None = None,
        anonymous: bool = False,
        method: str = "POST",
    ) -> Exchange:
        """Send a notification."""
        return self.session.send(
            *self.request_for(notice, body=body, credentials=credentials, anonymous=anonymous, method=method)
        )

    def notify_in_form(self, notice: ShipNotice, form: RequestForm) -> Exchange:
        """Send a notification in a form; if the server may refuse that form, and does, in the usual one, too."""
        exchange = self.session.send(*self.request_for(notice, form=form))
        return self.notify(notice) if form.may_be_refused(exchange) else exchange

    def notify_together(self, notices: list[ShipNotice]) -> list[Exchange]:
        """Send several notifications at the same moment."""
        return self.session.send_together([self.request_for(notice) for notice in notices])


def in_small_letters(headers: Headers) -> Headers:
    """Return the headers with their names in small letters. Names of headers have no letter case."""
    return tuple((name.lower(), value) for name, value in headers)


def export_parameters(window: Window, page: int | str | None) -> list[tuple[str, str]]:
    """Return the parameters of an export in the order in which ShipStation sends them."""
    paging = [] if page is None else [("page", str(page))]
    return [
        ("action", "export"),
        ("start_date", format_bound(window.start)),
        ("end_date", format_bound(window.end)),
        *paging,
    ]


_SENT_WITH: dict[str, Headers] = {
    EXPECTING: (EXPECT,),
    IN_CHUNKS: (CHUNKED,),
}


def notice_xml(notice: ShipNotice, *, backwards: bool = False) -> bytes:
    """Return the body of a notification, valid against ``shipnotice.xsd``. Elements may come in any order."""
    root = etree.Element("ShipNotice")

    def add(name: str, text: str | None) -> None:
        if text is not None:
            etree.SubElement(root, name).text = text

    add("OrderNumber", notice.order_number)
    nothing = "" if notice.shows_empty else None
    add("OrderID", notice.order_id or None)
    add("CustomerCode", notice.customer_code or None)
    add("CustomerNotes", notice.customer_notes or nothing)
    add("InternalNotes", notice.internal_notes or nothing)
    if notice.notes:
        etree.SubElement(root, "NotesToCustomer").text = (
            etree.CDATA(notice.notes) if "]]>" not in notice.notes else notice.notes
        )
    else:
        add("NotesToCustomer", nothing)
    add("NotifyCustomer", notice.notify_customer)
    created = notice.label_created
    add("LabelCreateDate", format_bound(created) if created else None)
    day = notice.ship_date
    add("ShipDate", f"{day.month:02}/{day.day:02}/{day.year:04}" if day else None)
    for name, value in (
        ("Carrier", notice.carrier),
        ("Service", notice.service),
        ("TrackingNumber", notice.tracking_number),
    ):
        add(name, None if notice.omits_empty and not value else value)
    add("ShippingCost", notice.cost)
    for place, text in enumerate(notice.custom_fields, start=1):
        add(f"CustomField{place}", text or nothing)
    if notice.recipient is not None:
        _add_recipient(root, notice.recipient)
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
            if line.upc:
                etree.SubElement(item, "UPC").text = line.upc
            if backwards:
                item[:] = item[::-1]
    if backwards:
        root[:] = root[::-1]
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _add_recipient(root: etree._Element, recipient: Recipient) -> None:
    """Add the Recipient, whose elements are named after the fields. There is none for the phone."""
    holder = etree.SubElement(root, "Recipient")
    for element, text in (
        ("Name", recipient.name),
        ("Company", recipient.company),
        ("Address1", recipient.address1),
        ("Address2", recipient.address2),
        ("City", recipient.city),
        ("State", recipient.state),
        ("PostalCode", recipient.postal_code),
        ("Country", recipient.country),
    ):
        if text is not None:
            etree.SubElement(holder, element).text = text
