"""A small shop with an endpoint for ShipStation that conforms. It uses only the standard library.

    STORE_PASSWORD=… CONTROL_TOKEN=… python store.py --port 8000

The URL for ShipStation is then http://127.0.0.1:8000/shipstation, the user name "ship-user". The control
protocol in control.py makes the shop testable: offer it in a test build, never in production.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import os
import re
import threading
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree
from xml.parsers import expat

import control

Order = dict[str, Any]

USERNAME = "ship-user"
PER_PAGE = 50
BODY_LIMIT = 1 << 20
STATUSES: list[dict[str, Any]] = [
    {"name": "Open", "maps_to": "unpaid"},
    {"name": "Processed", "maps_to": "paid"},
    {"name": "Complete", "maps_to": "shipped", "shipped": True},
    {"name": "Canceled", "maps_to": "cancelled"},
    {"name": "Waiting for parts", "maps_to": None},
]
SHIPPED = "Complete"
GRAMS = {"g": Decimal(1), "kg": Decimal(1000), "oz": Decimal("28.349523125"), "lbs": Decimal("453.59237")}
NAMES = Path(__file__).parents[1] / "states.tsv"
STATES = dict(line.split("\t") for line in NAMES.read_text("utf-8").splitlines())
LIMITS = {"SKU": 50, "Name": 100, "Company": 100, "Phone": 50, "Email": 100, "Address1": 200, "Address2": 200,
          "City": 100, "State": 100, "PostalCode": 50, "OrderStatus": 50, "ShippingMethod": 100,
          "PaymentMethod": 50, "CustomerNotes": 1000, "InternalNotes": 1000, "GiftMessage": 1000,
          "Location": 100, "Value": 100}  # fmt: skip


class RefusedRequest(Exception):
    """A request that is refused: status, and a sentence for the client."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Shop:
    """The orders in the form of the control protocol's JSON, and a lock, because requests come at the same time."""

    def __init__(self) -> None:
        self.orders: dict[str, Order] = {}
        self.lock = threading.RLock()
        self.last = 1000

    def modified_in(self, start: datetime, end: datetime) -> list[Order]:
        """Return the orders last modified in a period, both ends included, oldest first."""
        found = [order for order in self.orders.values() if start <= moment(order["modified_at"]) <= end]
        return sorted(found, key=lambda order: (order["modified_at"], order["order_number"]))


def moment(text: str) -> datetime:
    """Return an RFC 3339 time in UTC."""
    read = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


# --- export -------------------------------------------------------------------------------------------


def export(shop: Shop, query: dict[str, str]) -> str:
    """Return a page of the orders modified in a window. The minute of end_date belongs to it."""
    start, end = bound(query, "start_date"), bound(query, "end_date") + timedelta(seconds=59)
    page = query.get("page", "1")
    if not re.fullmatch(r"[1-9]\d{0,6}", page):
        raise RefusedRequest(400, "page must be a whole number from 1 on")
    # an order without a shipping address can't be shipped, so it is not exported
    orders = [order for order in shop.modified_in(start, end) if order["customer"].get("shipping")]
    root = ElementTree.Element("Orders", pages=str(max(1, -(-len(orders) // PER_PAGE))))
    first = (int(page) - 1) * PER_PAGE
    for order in orders[first : first + PER_PAGE]:
        root.append(order_xml(order))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def bound(query: dict[str, str], name: str) -> datetime:
    """Return a bound of the window: UTC, to the minute."""
    try:
        return datetime.strptime(query.get(name, ""), "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        raise RefusedRequest(400, f"{name} must be written like 03/23/2012 21:09") from None


def order_xml(order: Order) -> ElementTree.Element:
    """Return the XML of an order. All values are the order's own, not those of today's catalogue."""
    customer = order["customer"]
    billing, shipping, account = customer["billing"], customer["shipping"], customer.get("account") or {}
    own = (customer.get("phone"), account.get("phone"))
    element = put(ElementTree.Element("Order"), {
        "OrderID": order["order_id"],
        "OrderNumber": order["order_number"],
        "OrderDate": us_date(order["placed_at"]),
        "OrderStatus": order["status"],
        "LastModified": us_date(order["modified_at"]),
        "ShippingMethod": order["shipping_method"],
        "PaymentMethod": order["payment_method"],
        "CurrencyCode": order["currency"],
        "OrderTotal": money(order["total"]),
        "TaxAmount": money(order["tax"]),
        "ShippingAmount": money(order["shipping_amount"]),
        "CustomerNotes": order["customer_notes"],
        "InternalNotes": order["internal_notes"],
        "Gift": "true" if order["gift"] else "false",
    })  # fmt: skip
    if order["gift"] and order["gift_message"]:
        put(element, {"GiftMessage": order["gift_message"]})
    buyer = put(ElementTree.SubElement(element, "Customer"), {"CustomerCode": customer_code(order)})
    put(ElementTree.SubElement(buyer, "BillTo"), {
        "Name": billing.get("name", "").strip() or shipping.get("name", ""),
        "Company": billing.get("company", ""),
        "Phone": first_of(billing.get("phone"), *own),
        "Email": customer.get("email", ""),
    })  # fmt: skip
    put(ElementTree.SubElement(buyer, "ShipTo"), {
        "Name": first_of(shipping.get("name"), shipping.get("company"), billing.get("name")),
        "Company": shipping.get("company", ""),
        "Address1": shipping.get("address1", ""),
        "Address2": shipping.get("address2", ""),
        "City": shipping.get("city", ""),
        "State": state_code(shipping),
        "PostalCode": shipping.get("postal_code", ""),
        "Country": shipping.get("country", ""),
        "Phone": first_of(shipping.get("phone"), billing.get("phone"), *own),
    })  # fmt: skip
    items = ElementTree.SubElement(element, "Items")
    for item in order["items"]:
        items.append(item_xml(item))
    for discount in filter(lambda each: float(each["amount"]) > 0, order["discounts"]):
        adjustment = {"SKU": discount.get("coupon", ""), "Name": discount["name"], "Quantity": "1"}
        adjustment |= {"UnitPrice": f"-{money(discount['amount'])}", "Adjustment": "true"}
        put(ElementTree.SubElement(items, "Item"), adjustment)
    return element


def item_xml(item: dict[str, Any]) -> ElementTree.Element:
    """Return the XML of a line. Weight and price are those of one unit."""
    image = item.get("image_url", "")
    element = put(ElementTree.Element("Item"), {
        "LineItemID": item["line_id"],
        "SKU": item.get("sku", ""),
        "Quantity": str(item["quantity"]),
        "UnitPrice": money(item.get("unit_price", "0")),
        "ImageUrl": image if len(image) <= 500 else "",
        "Location": item.get("location", ""),
        "Weight": grams(item.get("weight")),
        "WeightUnits": "Grams",
    })  # fmt: skip
    ElementTree.SubElement(element, "Name").text = clean(item.get("name", ""), 200)
    if options := item.get("options", [])[:10]:
        listed = ElementTree.SubElement(element, "Options")
        for option in options:
            values = {"Name": option["name"], "Value": option["value"], "Weight": grams(option.get("weight"))}
            put(ElementTree.SubElement(listed, "Option"), values)
    return element


def put(element: ElementTree.Element, values: dict[str, str]) -> ElementTree.Element:
    """Add elements with these texts, cut to the length of their fields."""
    for name, text in values.items():
        ElementTree.SubElement(element, name).text = clean(text.strip(), LIMITS.get(name, 500))
    return element


def clean(text: str, limit: int) -> str:
    """Return the text without characters that XML forbids, cut between characters."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)[:limit]


def us_date(text: str) -> str:
    """Return a time as ShipStation reads it: UTC, 24 hours."""
    return f"{moment(text):%m/%d/%Y %H:%M:%S}"


def money(text: str) -> str:
    """Return an amount with two decimals."""
    return str(Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP))


def grams(weight: dict[str, str] | None) -> str:
    """Return a weight in grams; 0 for no weight."""
    return money(str(Decimal(weight["value"]) * GRAMS[weight["unit"]])) if weight else "0.00"


def state_code(address: dict[str, str]) -> str:
    """Return a US or Canadian state as two letters, whether the shop stores its name or its code."""
    state = address.get("state", "")
    return STATES.get(state.strip().lower(), state) if address.get("country") in ("US", "CA") else state


def first_of(*texts: str | None) -> str:
    """Return the first text that is not blank."""
    return next((text for text in texts if text and text.strip()), "")


def customer_code(order: Order) -> str:
    """Return a code that is the same for all orders of a customer."""
    customer = order["customer"]
    return first_of(customer.get("code"), customer.get("email", "").lower(), order["order_id"])[:50]


# --- shipnotify ---------------------------------------------------------------------------------------


def shipnotify(shop: Shop, query: dict[str, str], body: bytes) -> None:
    """Record a shipment. Order and tracking number identify it, so that a repetition changes nothing."""
    notice = parse(body)
    number = query.get("order_number") or notice.findtext("OrderNumber") or ""
    tracking = query.get("tracking_number") or notice.findtext("TrackingNumber") or ""
    with shop.lock:
        order = shop.orders.get(number.strip())
        if order is None:
            raise RefusedRequest(404, "there is no such order")
        if tracking and any(parcel["tracking_number"] == tracking for parcel in order["shipments"]):
            return
        parcel_items = items_of(order, notice)
        shipped_on = us_day(notice.findtext("ShipDate") or "")
        order["shipments"].append({
            "tracking_number": tracking,
            "carrier": query.get("carrier") or notice.findtext("Carrier") or "",
            "service": query.get("service") or notice.findtext("Service") or "",
            "cost": decimal(notice.findtext("ShippingCost")),
            "notes": notice.findtext("NotesToCustomer") or "",
            "shipped_on": shipped_on,
            "items": parcel_items,
        })  # fmt: skip
        if not any(left(order, item) for item in order["items"] if item.get("shippable", True)):
            order["status"] = SHIPPED
        order["modified_at"] = now()


def parse(body: bytes) -> ElementTree.Element:
    """Return the notification. It never has a document type or deep nesting, so both are refused."""
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > 20:
            raise RefusedRequest(400, "the XML is nested too deeply")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*declaration: object) -> None:
        raise RefusedRequest(400, "a document type is not allowed")

    scan = expat.ParserCreate()
    scan.StartElementHandler, scan.EndElementHandler, scan.StartDoctypeDeclHandler = start, end, doctype
    try:
        scan.Parse(body, True)
        root = ElementTree.fromstring(body)
    except (expat.ExpatError, ElementTree.ParseError, ValueError, LookupError):
        raise RefusedRequest(400, "the body is not well-formed XML") from None
    if root.tag != "ShipNotice":
        raise RefusedRequest(400, "the body is not a ShipNotice")
    return root


def items_of(order: Order, notice: ElementTree.Element) -> list[dict[str, Any]]:
    """Return the items of the parcel: the lines that are named, or else everything that is not shipped yet."""
    named = notice.findall("Items/Item")
    if not named:
        return [shipped_item(item, left(order, item)) for item in order["items"] if left(order, item)]
    shipped: list[dict[str, Any]] = []
    for each in named:
        line, sku = (each.findtext("LineItemID") or "").strip(), (each.findtext("SKU") or "").strip()
        quantity = int(text) if (text := (each.findtext("Quantity") or "").strip()).isdecimal() else 0
        lines = [item for item in order["items"] if line and item["line_id"] == line]
        # an item is named by its SKU as the export has it, cut where it is too long
        lines = lines or [item for item in order["items"] if exported_sku(item) == sku]
        for item in lines:
            taken = sum(one["quantity"] for one in shipped if one["line_id"] == item["line_id"])
            shipped_now = min(quantity, left(order, item) - taken)
            if shipped_now > 0:
                shipped.append(shipped_item(item, shipped_now))
                quantity -= shipped_now
        if lines and quantity > 0:
            raise RefusedRequest(409, "the quantity is higher than the quantity left to ship")
    return shipped


def exported_sku(item: dict[str, Any]) -> str:
    """Return the SKU of a line as the export has it."""
    return clean(item.get("sku", "").strip(), LIMITS["SKU"]).strip()


def left(order: Order, item: dict[str, Any]) -> int:
    """Return how many units of a line are not shipped yet."""
    parcels = [one for parcel in order["shipments"] for one in parcel["items"]]
    return int(item["quantity"]) - sum(int(one["quantity"]) for one in parcels if one["line_id"] == item["line_id"])


def shipped_item(item: dict[str, Any], quantity: int) -> dict[str, Any]:
    return {"line_id": item["line_id"], "sku": item.get("sku", ""), "quantity": quantity}


def us_day(text: str) -> str | None:
    """Return a day as it was sent, without a time zone."""
    found = re.fullmatch(r"\s*(\d{1,2})/(\d{1,2})/(\d{4})\s*", text)
    return f"{found[3]}-{int(found[1]):02}-{int(found[2]):02}" if found else None


def decimal(text: str | None) -> str | None:
    return text.strip() if text and re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) else None


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"


# --- HTTP ---------------------------------------------------------------------------------------------


class Endpoint(BaseHTTPRequestHandler):
    """ShipStation's URL, and the control protocol if a token is set."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    shop = Shop()
    password = token = ""

    def handle_any(self) -> None:
        """Answer any request. An error reveals nothing about the shop's inside."""
        try:
            path = urlsplit(self.path).path
            if path.startswith("/control/v1/") and self.token:
                asked = (self.command, self.path, self.headers, self.body())
                status, reply = control.answer(self.shop, self.token, *asked)
                self.send(status, reply, "application/json")
                return
            self.send(200, self.shipstation(), "application/xml; charset=utf-8")
        except RefusedRequest as refused:
            self.close_connection = refused.status in (411, 413)  # the body was not read
            self.send(refused.status, f"{refused}\n".encode(), "text/plain; charset=utf-8")
        except Exception:
            self.log_error("failed: %s", self.path)
            self.send(500, b"The shop failed.\n", "text/plain; charset=utf-8")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    def shipstation(self) -> bytes:
        """Carry out one of the two actions."""
        given = parse_qs(urlsplit(self.path).query, keep_blank_values=True, encoding="utf-8", errors="replace")
        query = {name: values[-1] for name, values in given.items()}
        body = self.body()
        expected = "Basic " + base64.b64encode(f"{USERNAME}:{self.password}".encode()).decode()
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), expected.encode()):
            raise RefusedRequest(401, "user name or password is wrong")
        match query.get("action", ""):
            case "export":
                with self.shop.lock:
                    return export(self.shop, query).encode()
            case "shipnotify" if self.command == "POST":
                shipnotify(self.shop, query, body)
                return b""
            case "shipnotify":
                raise RefusedRequest(405, "a notification must be sent by POST")
            case _:
                raise RefusedRequest(400, "action must be export or shipnotify")

    def body(self) -> bytes:
        if "Transfer-Encoding" in self.headers:
            raise RefusedRequest(411, "the body must have a Content-Length")
        size = self.headers.get("Content-Length", "0")
        if not size.isdecimal() or int(size) > BODY_LIMIT * (8 if "/control/" in self.path else 1):
            raise RefusedRequest(413, "the body is too large")
        return self.rfile.read(int(size))

    def send(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="shop"')
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, form: str, *arguments: object) -> None:
        """Log nothing: a log of requests would contain order numbers."""


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    Endpoint.password, Endpoint.token = os.environ["STORE_PASSWORD"], os.environ.get("CONTROL_TOKEN", "")
    ThreadingHTTPServer(("127.0.0.1", port), Endpoint).serve_forever()


if __name__ == "__main__":
    main()
