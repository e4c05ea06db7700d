"""A correct importer, written by the contract alone: standard library only, no code of this project.

    correct.py pull --url URL --user NAME --since TIME --until TIME --result FILE --state DIR [--statuses FILE]
    correct.py ship --url URL --user NAME --shipment FILE --state DIR

The password is in STORE_PASSWORD. The state folder has the imported orders in ``orders.json``, the
end of the last successful window in ``open.json``, and unanswered notifications in ``outbox.json``.
"""

import argparse
import base64
import gzip
import http.client
import json
import os
import re
import sys
import zlib
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, urljoin, urlsplit
from xml.etree import ElementTree

UNITS = {
    **dict.fromkeys(("pound", "pounds", "lb", "lbs"), "lbs"),
    **dict.fromkeys(("ounce", "ounces", "oz"), "oz"),
    **dict.fromkeys(("gram", "grams", "gm", "g", "gms"), "g"),
}
MOMENT = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2,4}) +(\d{1,2}):(\d{2})(?::(\d{2}))? ?([AaPp][Mm])?")


MAX_REDIRECTS = 5


class Failed(Exception):
    """A request failed."""


class Refused(Failed):
    """The store refused user name or password."""


class Shop:
    """The store: its URL, user name and password, and one connection to it."""

    def __init__(self, url, user, password, timeout):
        self.parts = urlsplit(url)
        self.timeout = timeout
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {token}", "Accept": "text/xml", "Accept-Encoding": "gzip, deflate"}
        self.connection = None

    def target(self, parameters):
        own = [self.parts.query] if self.parts.query else []
        more = [f"{name}={quote(value, safe='')}" for name, value in parameters]
        return (self.parts.path or "/") + "?" + "&".join(own + more)

    def ask(self, method, parameters, body=None):
        """Return the reply and its body.

        Raises Failed if there is none.
        """
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/xml; charset=utf-8"
        if self.connection is None:
            kind = http.client.HTTPSConnection if self.parts.scheme == "https" else http.client.HTTPConnection
            self.connection = kind(self.parts.netloc, timeout=self.timeout)
        target = self.target(parameters)
        try:
            for _ in range(MAX_REDIRECTS):
                self.connection.request(method, target, body, headers)
                reply = self.connection.getresponse()
                came = self.unpacked(reply, reply.read())
                target = self.redirected(method, reply, target)
                if target is None:
                    return reply, came
            raise Failed("the store redirects again and again")
        except (OSError, http.client.HTTPException, EOFError, zlib.error) as error:
            self.connection.close()
            self.connection = None
            raise Failed(f"{method} {self.parts.netloc}: {type(error).__name__}: {error}") from None

    def redirected(self, method, reply, target):
        """Return the target to which a reply redirects a GET within the store; None if it does not."""
        if method != "GET" or reply.status not in (301, 302, 303, 307, 308):
            return None
        to = urlsplit(urljoin(f"{self.parts.scheme}://{self.parts.netloc}{target}", reply.headers.get("Location", "")))
        if (to.scheme, to.netloc) != (self.parts.scheme, self.parts.netloc):
            return None
        return (to.path or "/") + (f"?{to.query}" if to.query else "")

    @staticmethod
    def unpacked(reply, body):
        coding = reply.headers.get("Content-Encoding", "").lower()
        if coding == "gzip":
            return gzip.decompress(body)
        return zlib.decompress(body) if coding == "deflate" else body


# ---------------------------------------------------------------------- parsing


def bound(moment):
    return moment.astimezone(UTC).strftime("%m/%d/%Y %H:%M")


def text(element, path):
    found = element.find(path)
    return "" if found is None else "".join(found.itertext()).strip()


def moment(written):
    """Return a time in UTC. Hours count to 12 or to 24; AM or PM beside a 24-hour time is ignored."""
    found = MOMENT.fullmatch(written.strip())
    if not found:
        return None
    month, day, year, hour, minute = map(int, found.groups()[:5])
    marker = (found[7] or "").upper()
    if marker == "PM" and hour < 12:
        hour += 12
    elif marker == "AM" and hour == 12:
        hour = 0
    year += 2000 if year < 100 else 0
    return datetime(year, month, day, hour, minute, int(found[6] or 0), tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def truth(written):
    return written.lower() in ("true", "1")


def weight(element, unit):
    value = text(element, "Weight")
    return {"value": value, "unit": UNITS.get(unit.lower(), unit)} if value and unit else None


def address(element):
    names = ("name", "company", "phone", "address1", "address2", "city", "state", "postal_code", "country")
    tags = ("Name", "Company", "Phone", "Address1", "Address2", "City", "State", "PostalCode", "Country")
    return {name: text(element, tag) for name, tag in zip(names, tags, strict=True)}


def line(element):
    unit = text(element, "WeightUnits")
    return {
        "line_id": text(element, "LineItemID"),
        "sku": text(element, "SKU"),
        "name": text(element, "Name"),
        "quantity": text(element, "Quantity"),
        "unit_price": text(element, "UnitPrice"),
        "weight": weight(element, unit),
        "image_url": text(element, "ImageUrl"),
        "location": text(element, "Location"),
        "options": [
            {"name": text(each, "Name"), "value": text(each, "Value"), "weight": weight(each, unit)}
            for each in element.iterfind("Options/Option")
        ],
    }


GRAMS = {"lbs": Decimal("453.59237"), "oz": Decimal("28.349523125"), "g": Decimal(1)}


def total_weight(lines):
    total = Decimal(0)
    for each in lines:
        for part in (each, *each["options"]):
            if part["weight"]:
                total += int(each["quantity"]) * Decimal(part["weight"]["value"]) * GRAMS[part["weight"]["unit"]]
    return {"value": str(total), "unit": "g"}


def order(element):
    lines, discounts = [], []
    for each in element.iterfind("Items/Item"):
        if truth(text(each, "Adjustment")):
            amount = abs(Decimal(text(each, "UnitPrice")) * int(text(each, "Quantity") or 1))
            discounts.append({"name": text(each, "Name"), "coupon": text(each, "SKU"), "amount": str(amount)})
        else:
            lines.append(line(each))
    billing, shipping = address(element.find("Customer/BillTo")), address(element.find("Customer/ShipTo"))
    return {
        "order_number": text(element, "OrderNumber"),
        "order_id": text(element, "OrderID"),
        "status": text(element, "OrderStatus"),
        "placed_at": moment(text(element, "OrderDate")),
        "modified_at": moment(text(element, "LastModified")),
        "currency": text(element, "CurrencyCode") or None,
        "customer": {
            "code": text(element, "Customer/CustomerCode"),
            "email": text(element, "Customer/BillTo/Email"),
            "phone": billing["phone"] or shipping["phone"],
            "billing": billing,
            "shipping": shipping,
        },
        "shipping_method": text(element, "ShippingMethod"),
        "payment_method": text(element, "PaymentMethod"),
        "total": text(element, "OrderTotal"),
        "tax": text(element, "TaxAmount") or "0",
        "shipping_amount": text(element, "ShippingAmount") or "0",
        "discounts": discounts,
        "gift": truth(text(element, "Gift")),
        "gift_message": text(element, "GiftMessage"),
        "customer_notes": text(element, "CustomerNotes"),
        "internal_notes": text(element, "InternalNotes"),
        "weight": total_weight(lines),
        "items": lines,
    }


def has_address(made):
    shipping = made["customer"]["shipping"]
    return bool(shipping["name"] and shipping["address1"] and shipping["city"])


def document(reply, body):
    """Return the orders of a reply.

    Raises Refused or Failed if the reply has none.
    """
    if reply.status in (401, 403):
        raise Refused(f"the store refused user name or password (status {reply.status})")
    if not 200 <= reply.status < 300:
        raise Failed(f"the store answered with status {reply.status}")
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        said = body[:200].decode("utf-8", "replace").strip()
        if "denied" in said.lower():
            raise Refused(f"the store refused user name or password: {said}") from None
        raise Failed(f"the reply is no XML: {error}; it begins with {said[:80]!r}") from None
    if root.tag != "Orders":
        raise Failed(f"the reply is no Orders document, but {root.tag}")
    return root


def window(shop, since, until):
    """Return every order of a window, page by page."""
    page, pages, found = 1, 1, []
    while page <= pages:
        reply, body = shop.ask(
            "GET",
            [("action", "export"), ("start_date", bound(since)), ("end_date", bound(until)), ("page", str(page))],
        )
        root = document(reply, body)
        if page == 1:
            pages = int(root.get("pages") or 1)
        found += root.iterfind("Order")
        page += 1
    return found


# ---------------------------------------------------------------------- importing


def load(folder, name, otherwise):
    path = Path(folder, name) if folder else None
    return json.loads(path.read_text()) if path and path.exists() else otherwise


def save(folder, name, value):
    if folder:
        Path(folder, name).write_text(json.dumps(value))


def add(held, made):
    """Add an order, or update it."""
    held[made["order_number"]] = made


def state_of(status, meanings):
    """Return the meaning of a status, None if it has none."""
    known = {name.lower(): meaning for name, meaning in meanings.items()}
    return meanings.get(status) or known.get(status.lower())


def leave_out(made, left):
    left.append({"order_number": made["order_number"], "reason": "it has no shipping address"})


def imported(elements, held, meanings, left, unmapped):
    for element in elements:
        made = order(element)
        if not has_address(made):
            leave_out(made, left)
            continue
        made["state"] = state_of(made["status"], meanings)
        if made["state"] is None and made["status"] not in unmapped:
            unmapped.append(made["status"])
        add(held, made)


def values(held):
    return list(held.values())


def open_since(options, since):
    """Return the start of the next window: the end of the last one that succeeded."""
    still = load(options.state, "open.json", None)
    return min(since, datetime.fromisoformat(still)) if still else since


def pull(options, shop):
    held, left, unmapped, problem = load(options.state, "orders.json", {}), [], [], ""
    meanings = json.loads(Path(options.statuses).read_text()) if options.statuses else {}
    since = open_since(options, options.since)
    status = 0
    try:
        imported(window(shop, since, options.until), held, meanings, left, unmapped)
        save(options.state, "open.json", options.until.isoformat())
    except Failed as error:
        problem = "refused" if isinstance(error, Refused) else str(error)
        print(error, file=sys.stderr)
        status = 3
    save(options.state, "orders.json", held)
    for each in left:
        print(f"order {each['order_number']} is left out: {each['reason']}", file=sys.stderr)
    for each in unmapped:
        print(f"the status {each!r} has no mapping", file=sys.stderr)
    result = {"orders": values(held), "left_out": left, "unmapped_statuses": unmapped, "problem": problem}
    Path(options.result).write_text(json.dumps(result))
    return max(status, flush(options, shop))


# ---------------------------------------------------------------------- notifications


def day(iso):
    return datetime.fromisoformat(iso).strftime("%m/%d/%Y")


def notice(shipment):
    root = ElementTree.Element("ShipNotice")

    def put(parent, name, value):
        ElementTree.SubElement(parent, name).text = str(value)

    put(root, "OrderID", shipment["order_id"])
    put(root, "OrderNumber", shipment["order_number"])
    put(root, "NotesToCustomer", shipment["notes"])
    put(root, "ShipDate", day(shipment["shipped_on"]))
    put(root, "Carrier", shipment["carrier"])
    put(root, "Service", shipment["service"])
    put(root, "TrackingNumber", shipment["tracking_number"])
    if shipment["cost"] is not None:
        put(root, "ShippingCost", shipment["cost"])
    items = ElementTree.SubElement(root, "Items")
    for each in shipment["items"]:
        item = ElementTree.SubElement(items, "Item")
        put(item, "SKU", each["sku"])
        put(item, "Quantity", each["quantity"])
        put(item, "LineItemID", each["line_id"])
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def query(shipment):
    return [
        ("action", "shipnotify"),
        ("order_number", shipment["order_number"]),
        ("carrier", shipment["carrier"]),
        ("service", shipment["service"]),
        ("tracking_number", shipment["tracking_number"]),
    ]


def answered(reply):
    return 200 <= reply.status < 300


def send(shop, shipment):
    """Notify the store, and return True if it accepted the notification."""
    try:
        reply, _ = shop.ask("POST", query(shipment), notice(shipment))
    except Failed as error:
        print(f"notification of {shipment['tracking_number']} failed: {error}", file=sys.stderr)
        return False
    if not answered(reply):
        print(f"notification of {shipment['tracking_number']} failed: status {reply.status}", file=sys.stderr)
    return answered(reply)


def flush(options, shop):
    """Send the notifications that the store has not accepted yet."""
    waiting = load(options.state, "outbox.json", [])
    left = [each for each in waiting if not send(shop, each)]
    save(options.state, "outbox.json", left)
    return 4 if left else 0


def ship(options, shop):
    shipment = json.loads(Path(options.shipment).read_text())
    waiting = load(options.state, "outbox.json", [])
    if shipment not in waiting:
        waiting.append(shipment)
    save(options.state, "outbox.json", waiting)
    return flush(options, shop)


def arguments(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=("pull", "ship"))
    parser.add_argument("--url", required=True)
    parser.add_argument("--user", required=True)
    for name in ("--since", "--until"):
        parser.add_argument(name, type=datetime.fromisoformat)
    for name in ("--result", "--state", "--statuses", "--shipment"):
        parser.add_argument(name)
    parser.add_argument("--timeout", type=float, default=30)
    return parser.parse_args(words)


def main(words):
    options = arguments(words)
    shop = Shop(options.url, options.user, os.environ["STORE_PASSWORD"], options.timeout)
    return (pull if options.action == "pull" else ship)(options, shop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
