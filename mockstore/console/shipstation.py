"""The page *Play ShipStation*: exports a window and sends notifications, as ShipStation does, and shows the replies."""

from __future__ import annotations

import asyncio
import ssl
import time
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from mockstore.console.forms import NOT_XML, Form
from mockstore.console.orders import order_path
from mockstore.console.visits import Answer, Inside, Page, Shown, Visit, get, post
from mockstore.orders.model import Order
from mockstore.store.example_request import example_window, held_orders
from mockstore.traffic.journal import read_text
from mockstore.traffic.requests import BOUND_FORMAT, read_bound

PATH = "/console/shipstation"
USER_AGENT = "mockstore-console (plays ShipStation)"
PATIENCE_S = 30
MAX_REPLY_BYTES = 50_000_000
"""Most bytes of a reply after it was unpacked."""
MAX_SHOWN_CHARS = 20_000
MAX_LISTED_ORDERS = 500
OFFERED_ORDERS = 50
MAX_TIMES = 5
MAX_LINES = 100
CONTENTS = (
    ("all", "every line in full"),
    ("some", "the quantities below"),
    ("none", "no items, as “Mark as shipped” sends"),
)

LABELS = {
    "start": "From",
    "end": "To",
    "page": "Page",
    "order_number": "Order number",
    "tracking_number": "Tracking number",
    "carrier": "Carrier",
    "service": "Service",
    "contents": "The parcel holds",
    "times": "Send it",
    "notes": "Notes to the customer",
}


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What an export holds: the number of pages, and the orders by number and status."""

    pages: str
    orders: tuple[tuple[str, str], ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class Played:
    """A request that was sent, and its reply. ``failure`` says why there is none."""

    method: str
    target: str
    sent: str = ""
    failure: str = ""
    status: int = 0
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    size: int = 0
    seconds: float = 0.0
    number: int | None = None
    """The number of the request in the journal."""
    exported: Exported | None = None


def read_export(body: bytes) -> Exported | None:
    """Return what an export holds; None if it cannot be read."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag != "Orders":
        return None
    orders = root.findall("Order")
    listed = tuple(
        ((order.findtext("OrderNumber") or "").strip(), (order.findtext("OrderStatus") or "").strip())
        for order in orders[:MAX_LISTED_ORDERS]
    )
    return Exported(pages=root.get("pages", "not stated"), orders=listed, count=len(orders))


async def play(visit: Visit, method: str, query: Mapping[str, str], body: str = "") -> Played:
    """Send a request to the store, over HTTP like any client, and return its reply."""
    inside, request = visit.inside, visit.request
    target = f"/?dispatch=shipstation&{urlencode(query)}"
    login = b64encode(f"{inside.store.shop.username}:{inside.store.shop.password}".encode()).decode()
    headers = {"User-Agent": USER_AGENT, "Authorization": f"Basic {login}", "Accept-Encoding": "gzip"}
    if body:
        headers["Content-Type"] = "application/xml"
    before, begun = inside.journal.latest, time.perf_counter()
    assert request.transport is not None
    address, port, *_ = request.transport.get_extra_info("sockname")  # not Host: a tunnel has another port
    place = f"{request.scheme}://[{address}]:{port}" if ":" in address else f"{request.scheme}://{address}:{port}"
    try:
        reply = await asyncio.to_thread(exchange, place, method, target, headers, body.encode())
    except TimeoutError:
        return Played(method=method, target=target, sent=body, failure=f"No reply came within {PATIENCE_S} seconds.")
    except (HTTPException, OSError, ValueError, zlib.error) as error:
        return Played(method=method, target=target, sent=body, failure=f"The reply broke off: {error}.")
    seconds = time.perf_counter() - begun
    _, arrived = inside.journal.after(before)
    return Played(
        method=method,
        target=target,
        sent=body,
        status=reply.status,
        reason=reply.reason,
        headers=reply.headers,
        text=read_text(reply.body, MAX_SHOWN_CHARS),
        size=len(reply.body),
        seconds=seconds,
        number=next((entry.number for entry in arrived if entry.target == target), None),
        exported=read_export(reply.body) if query["action"] == "export" else None,
    )


@dataclass(frozen=True, kw_only=True)
class RawReply:
    """A reply as it came, with its body decoded."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


def exchange(place: str, method: str, target: str, headers: Mapping[str, str], body: bytes) -> RawReply:
    """Send one request on a new connection, and return the reply. Nothing is repeated.

    Raises:
        HTTPException, OSError, ValueError, zlib.error: there is no whole reply.
    """
    parts = urlsplit(place)
    connection = (
        HTTPSConnection(parts.netloc, timeout=PATIENCE_S, context=ssl._create_unverified_context())
        if parts.scheme == "https"
        else HTTPConnection(parts.netloc, timeout=PATIENCE_S)
    )
    try:
        connection.request(method, target, body or None, dict(headers))
        reply = connection.getresponse()
        content = reply.read()
        if reply.getheader("Content-Encoding", "").lower() == "gzip":
            content = zlib.decompressobj(wbits=31).decompress(content, MAX_REPLY_BYTES)
        return RawReply(status=reply.status, reason=reply.reason, headers=tuple(reply.getheaders()), body=content)
    finally:
        connection.close()


def make_notice(order_number: str, form: Form, items: list[tuple[str, str, str, int]]) -> str:
    """Return a ShipNotice with these items: SKU, name, line id and quantity."""
    fields = (
        ("OrderNumber", order_number),
        ("NotesToCustomer", form.value("notes")),
        ("Carrier", form.value("carrier")),
        ("Service", form.value("service")),
        ("TrackingNumber", form.value("tracking_number")),
    )
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<ShipNotice>"]
    lines += [f"  <{name}>{escape(value.strip())}</{name}>" for name, value in fields]
    lines.append("  <Items>")
    for sku, name, line, quantity in items:
        texts = (("SKU", sku), ("Name", name), ("LineItemID", line), ("Quantity", str(quantity)))
        cells = "".join(f"<{tag}>{escape(NOT_XML.sub('', text))}</{tag}>" for tag, text in texts)
        lines.append(f"    <Item>{cells}</Item>")
    return "\n".join([*lines, "  </Items>", "</ShipNotice>", ""])


def offered_orders(inside: Inside) -> list[Order]:
    """Return the orders that were modified last, the latest first."""
    view = inside.store.window(None, None)
    start = max(0, len(view) - OFFERED_ORDERS)
    return list(view.slice(start, OFFERED_ORDERS))[::-1]


def label_of(name: str) -> str:
    """Return the label of an input; that of a quantity names the line."""
    return LABELS.get(name) or f"Quantity of line {int(name.removeprefix('quantity-')) + 1}"


def _export_form(inside: Inside) -> Form:
    start, end = example_window(inside.store, held_orders(inside.store))
    return Form({"start": start, "end": end, "page": "1"})


def _notice_form(order: Order | None, number: str) -> Form:
    values = {
        "order_number": number,
        "tracking_number": "1Z999AA10123456784",
        "carrier": "UPS",
        "service": "UPS Ground",
        "contents": "all",
        "times": "1",
    }
    lines = order.items[:MAX_LINES] if order is not None else ()
    return Form(values | {f"quantity-{place}": str(item.quantity) for place, item in enumerate(lines)})


def _lines_of(form: Form) -> str:
    """Return the number of the order whose lines a form shows. The notification may have another number."""
    return (form.value("lines_of") or form.value("order_number")).strip()


def _outcome(order: Order, before: int) -> str:
    """Return what the store holds of an order after a notification; before, the order had that many shipments."""
    added = max(0, len(order.shipments) - before)
    recorded = "1 shipment" if added == 1 else f"{added or 'no'} shipments"
    return f"The store recorded {recorded}. The order {order.order_number} has the status {order.status}."


def _page(
    visit: Visit,
    *,
    export_form: Form | None = None,
    notice_form: Form | None = None,
    played: tuple[Played, ...] = (),
    before: int | None = None,
) -> Shown:
    """Return the page. ``before`` is how many shipments the order had before a notification was sent."""
    inside = visit.inside
    offered = offered_orders(inside)
    number = _lines_of(notice_form) if notice_form else visit.query.text("order")
    if not number and offered:
        number = next((order.order_number for order in offered if not order.shipments), offered[0].order_number)
    order = inside.store.find(number) if number else None
    notified = inside.store.find(notice_form.value("order_number").strip()) if notice_form else None
    notice = notice_form or _notice_form(order, number)
    export = export_form or _export_form(inside)
    values = {
        "export_form": export,
        "notice_form": notice,
        "order": order,
        "number": number,
        "lines": list(enumerate(order.items[:MAX_LINES])) if order is not None else [],
        "offered": [each.order_number for each in offered],
        "contents": CONTENTS,
        "label": label_of,
        "outcome": _outcome(notified, before) if before is not None and notified is not None else "",
        "has_recorded": before is not None and notified is not None and len(notified.shipments) > before,
        "order_path": order_path,
        "notified": notified,
        "played": played,
        "shown_chars": MAX_SHOWN_CHARS,
    }
    return Shown("shipstation.html.j2", values, status=422 if export.errors or notice.errors else 200)


async def show(visit: Visit) -> Answer:
    """Show both forms."""
    return _page(visit)


async def export(visit: Visit) -> Answer:
    """Export a page of a window."""
    form = visit.form
    for name in ("start", "end"):
        if not BOUND_FORMAT.fullmatch(form.text(name, required=True)) or read_bound(form.text(name)) is None:
            form.refuse(name, "Enter a time in UTC, like 03/23/2026 21:09.")
    page = form.whole("page", least=1, most=1_000_000, default=1)
    if form.errors:
        return _page(visit, export_form=form)
    query = {
        "action": "export",
        "start_date": form.text("start"),
        "end_date": form.text("end"),
        "page": str(page),
    }
    return _page(visit, export_form=form, played=(await play(visit, "GET", query),))


async def notify(visit: Visit) -> Answer:
    """Send a notification, as often as it is chosen."""
    form = visit.form
    number = form.text("order_number", required=True, longest=200)
    for name, longest in (("tracking_number", 200), ("carrier", 200), ("service", 200), ("notes", 2_000)):
        form.text(name, longest=longest)
    form.refuse_control_characters("order_number", "tracking_number", "carrier", "service", "notes")
    contents = form.choice("contents", dict(CONTENTS))
    times = form.whole("times", least=1, most=MAX_TIMES)
    order, shown = visit.inside.store.find(number), visit.inside.store.find(_lines_of(form))
    items = []
    for place, item in enumerate(shown.items[:MAX_LINES] if shown is not None and contents != "none" else ()):
        quantity = item.quantity
        if contents == "some":
            quantity = form.whole(f"quantity-{place}", least=0, most=99_999, default=0)
        if quantity and item.shippable:
            items.append((item.sku, item.name, item.line_id, quantity))
    if form.errors:
        return _page(visit, notice_form=form)
    query = {
        "action": "shipnotify",
        "order_number": number,
        "carrier": form.text("carrier"),
        "service": form.text("service"),
        "tracking_number": form.text("tracking_number"),
    }
    notice = make_notice(number, form, items)
    before = len(order.shipments) if order is not None else 0
    played = [await play(visit, "POST", query, notice) for _ in range(times)]
    return _page(visit, notice_form=form, played=tuple(played), before=before)


PAGE = Page(
    "Play ShipStation",
    PATH,
    (get(PATH, show), post(f"{PATH}/export", export), post(f"{PATH}/notify", notify)),
)
