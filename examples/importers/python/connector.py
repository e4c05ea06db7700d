"""Import the orders of a store, and notify it of shipments. Needs requests and xmltodict.

    connector.py pull --url URL --user NAME --since TIME --until TIME --state DIR --statuses FILE --result FILE
    connector.py ship --url URL --user NAME --shipment FILE --state DIR

The password is in the environment variable STORE_PASSWORD. The state folder has

- ``orders.json``: the orders by their number,
- ``window.json``: the end of the last window that was imported completely,
- ``outbox.json``: the notifications that the store has not accepted yet,
- ``accepted.json``: the notifications that the store has accepted.
"""

import argparse
import json
import os
import re
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.parsers.expat import ExpatError

import requests
import xmltodict

CALL_LIMIT_S = 20
"""A call of this program sends no request after this time."""
ATTEMPTS = 4
FIRST_PAUSE_S = 0.5
MAX_REDIRECTS = 5

GRAMS = {
    **dict.fromkeys(("pound", "pounds", "lb", "lbs"), Decimal("453.59237")),
    **dict.fromkeys(("ounce", "ounces", "oz"), Decimal("28.349523125")),
    **dict.fromkeys(("gram", "grams", "gm", "gms", "g"), Decimal(1)),
}
TIME = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?")
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Failed(Exception):
    """The store did not do what was asked. The next call tries again."""


class TryAgain(Failed):
    """The same request may succeed after a pause of so many seconds."""

    def __init__(self, message, pause=None):
        super().__init__(message)
        self.pause = pause


class Refused(Failed):
    """The store refused user name or password. A person has to correct them."""


# ---------------------------------------------------------------------- requests


class Store:
    """The store at a URL, with one session for all requests."""

    def __init__(self, url, user, password, timeout):
        self.url = url
        self.timeout = timeout
        self.give_up_at = time.monotonic() + CALL_LIMIT_S
        self.session = requests.Session()
        self.session.auth = (user.encode(), password.encode())  # as text, requests would send them in Latin-1

    def request(self, method, params, read, body=None):
        """Return what ``read`` makes of the reply. Trouble that may pass is waited for."""
        pause = FIRST_PAUSE_S
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return read(self.send(method, params, body))
            except TryAgain as trouble:
                wait = pause if trouble.pause is None else trouble.pause
                if attempt == ATTEMPTS or time.monotonic() + wait > self.give_up_at:
                    raise
                print(f"{trouble}; next attempt in {wait:g} s", file=sys.stderr)
                time.sleep(wait)
                pause *= 2
        raise AssertionError

    def send(self, method, params, body):
        """Return the body of a successful reply."""
        url = self.url
        headers = {"Content-Type": "application/xml; charset=utf-8"} if body else {}
        for _ in range(MAX_REDIRECTS):
            try:
                reply = self.session.request(
                    method, url, params=params, data=body, headers=headers, timeout=self.timeout, allow_redirects=False
                )
            except requests.RequestException as error:
                raise TryAgain(f"the store did not answer: {error}") from None
            if reply.status_code not in (301, 302, 303, 307, 308):
                return accepted(reply)
            target = urljoin(reply.url, reply.headers.get("Location", ""))
            if urlsplit(target)[:2] != urlsplit(self.url)[:2]:
                raise TryAgain(f"the store redirects to another server, which must not see the password: {target}")
            if method == "POST" and reply.status_code not in (307, 308):
                raise Failed(f"the store redirects a notification with status {reply.status_code}")
            url, params = target, None  # the target has the parameters
        raise TryAgain("the store redirects again and again")


def accepted(reply):
    status = reply.status_code
    if status in (401, 403):
        raise Refused(f"the store refused user name or password (status {status})")
    if status == 429 or status >= 500:
        pause = reply.headers.get("Retry-After", "")
        raise TryAgain(f"the store answered with status {status}", int(pause) if pause.isdigit() else None)
    if not 200 <= status < 300:
        raise Failed(f"the store answered with status {status}")
    return reply.content  # bytes: the XML itself says which encoding it has


def read_orders(content):
    """Return the number of pages and the orders of a document."""
    try:
        root = xmltodict.parse(content, force_list=("Order", "Item", "Option"))
    except (ExpatError, ValueError, LookupError) as error:
        if b"denied" in content[:500].lower():
            raise Refused("the store refused user name or password") from None
        raise TryAgain(f"the reply is not XML: {error}") from None
    if "Orders" not in root:
        raise TryAgain(f"the reply is not an Orders document, but {', '.join(root)}")
    orders = root["Orders"] or {}  # an element without content is None
    return int(orders.get("@pages") or 1), orders.get("Order") or []


# ---------------------------------------------------------------------- orders


def text(element, *path):
    """Return the text at a path: empty if an element of the path is missing or empty."""
    for name in path:
        element = element.get(name) if isinstance(element, dict) else None
    if isinstance(element, dict):  # an element with attributes
        element = element.get("#text")
    return (element or "").strip()


def rows(element, outer, inner):
    """Return the repeated elements, none if the outer element is empty."""
    found = element.get(outer)
    return [row for row in found.get(inner) or [] if row] if isinstance(found, dict) else []


def moment(written):
    """Return a time in RFC 3339. The store writes UTC, with 12 or with 24 hours."""
    found = TIME.fullmatch(written)
    if not found:
        return None
    month, day, year, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    half = (found[7] or "").upper()
    if half == "PM" and hour < 12:
        hour += 12
    if half == "AM" and hour == 12:
        hour = 0
    return datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=UTC).isoformat()


def is_true(written):
    return written.lower() in ("true", "1")


def weight(element, unit):
    value = text(element, "Weight")
    return {"value": value, "unit": unit} if value and unit else None


def grams(measured):
    return Decimal(measured["value"]) * GRAMS.get(measured["unit"].lower(), 0) if measured else Decimal(0)


ADDRESS = {
    "name": "Name", "company": "Company", "phone": "Phone", "address1": "Address1", "address2": "Address2",
    "city": "City", "state": "State", "postal_code": "PostalCode", "country": "Country",
}  # fmt: skip


def address(element, kind):
    return {name: text(element, "Customer", kind, tag) for name, tag in ADDRESS.items()}


def item(element):
    unit = text(element, "WeightUnits")
    return {
        "line_id": text(element, "LineItemID"),
        "sku": text(element, "SKU"),
        "name": text(element, "Name"),
        "quantity": int(text(element, "Quantity") or 1),
        "unit_price": text(element, "UnitPrice") or "0",
        "weight": weight(element, unit),
        "image_url": text(element, "ImageUrl"),
        "location": text(element, "Location"),
        "options": [
            {"name": text(each, "Name"), "value": text(each, "Value"), "weight": weight(each, unit)}
            for each in rows(element, "Options", "Option")
        ],
    }


def order(element, meanings):
    items, discounts, total_weight = [], [], Decimal(0)
    for each in rows(element, "Items", "Item"):
        line = item(each)
        if is_true(text(each, "Adjustment")):  # a discount or coupon among the lines
            amount = abs(Decimal(line["unit_price"]) * line["quantity"])
            discounts.append({"name": line["name"], "coupon": line["sku"], "amount": str(amount)})
            continue
        items.append(line)
        total_weight += line["quantity"] * sum(map(grams, (line["weight"], *(o["weight"] for o in line["options"]))))
    billing, shipping = address(element, "BillTo"), address(element, "ShipTo")
    status = text(element, "OrderStatus")
    return {
        "order_number": text(element, "OrderNumber"),
        "order_id": text(element, "OrderID"),
        "status": status,
        "state": meanings.get(status),  # None: nobody has said what this status means
        "placed_at": moment(text(element, "OrderDate")),
        "modified_at": moment(text(element, "LastModified")),
        "currency": text(element, "CurrencyCode") or None,
        "customer": {
            "code": text(element, "Customer", "CustomerCode"),
            "email": text(element, "Customer", "BillTo", "Email"),
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
        "gift": is_true(text(element, "Gift")),
        "gift_message": text(element, "GiftMessage"),
        "customer_notes": text(element, "CustomerNotes"),
        "internal_notes": text(element, "InternalNotes"),
        "weight": {"value": str(total_weight), "unit": "g"},
        "items": items,
    }


def has_address(made):
    return all(made["customer"]["shipping"][name] for name in ("name", "address1", "city"))


# ---------------------------------------------------------------------- pull


def load(folder, name, otherwise):
    path = Path(folder, name)
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else otherwise


def save(folder, name, value):
    """Write a file so that a crash leaves the old one or the new one."""
    new = Path(folder, f"{name}.new")
    new.write_text(json.dumps(value), encoding="utf-8")
    new.replace(Path(folder, name))


def pages_of(store, since, until):
    """Yield the orders of a window, page by page."""
    page = pages = 1
    while page <= pages:
        params = {
            "action": "export",
            "start_date": since.astimezone(UTC).strftime("%m/%d/%Y %H:%M"),
            "end_date": until.astimezone(UTC).strftime("%m/%d/%Y %H:%M"),
            "page": page,
        }
        stated, orders = store.request("GET", params, read_orders)
        pages = stated if page == 1 else pages  # some stores state it on the first page only
        yield orders
        page += 1


def pull(options, store):
    orders = load(options.state, "orders.json", {})
    meanings = json.loads(Path(options.statuses).read_text(encoding="utf-8"))
    result = {"left_out": [], "unmapped_statuses": [], "problem": ""}
    # A window that failed is requested again, together with the next one.
    done_until = load(options.state, "window.json", None)
    since = min(options.since, datetime.fromisoformat(done_until)) if done_until else options.since
    try:
        for elements in pages_of(store, since, options.until):
            for made in (order(element, meanings) for element in elements):
                if not has_address(made):
                    result["left_out"].append({"order_number": made["order_number"], "reason": "no shipping address"})
                    continue
                if made["state"] is None and made["status"] not in result["unmapped_statuses"]:
                    result["unmapped_statuses"].append(made["status"])
                orders[made["order_number"]] = made  # the same order again is an update
        save(options.state, "window.json", options.until.isoformat())
    except Failed as trouble:
        result["problem"] = "refused" if isinstance(trouble, Refused) else str(trouble)
        print(trouble, file=sys.stderr)
    save(options.state, "orders.json", orders)
    Path(options.result).write_text(json.dumps({"orders": list(orders.values()), **result}), encoding="utf-8")
    if result["problem"]:
        return 1
    send_outbox(options, store)
    return 0


# ---------------------------------------------------------------------- ship


def notice(shipment):
    """Return the body of a notification. It has only the elements for which there is a value."""
    day = shipment["shipped_on"]
    fields = {
        "OrderID": shipment["order_id"],
        "OrderNumber": shipment["order_number"],
        "NotesToCustomer": shipment["notes"],
        "ShipDate": datetime.fromisoformat(day).strftime("%m/%d/%Y") if day else None,
        "Carrier": shipment["carrier"],
        "Service": shipment["service"],
        "TrackingNumber": shipment["tracking_number"],
        "ShippingCost": shipment["cost"],
    }
    content = {name: NOT_IN_XML.sub("", value) for name, value in fields.items() if value}
    content["Items"] = {
        "Item": [
            {"SKU": each["sku"], "Quantity": each["quantity"], "LineItemID": each["line_id"]}
            for each in shipment["items"]
        ]
    }
    return xmltodict.unparse({"ShipNotice": content}).encode()


def send_outbox(options, store):
    """Send the notifications that the store has not accepted yet. Return True if it has accepted all."""
    waiting, done = load(options.state, "outbox.json", []), load(options.state, "accepted.json", [])
    for shipment in list(waiting):
        names = ("order_number", "carrier", "service", "tracking_number")
        params = {"action": "shipnotify", **{name: shipment[name] for name in names}}
        try:
            store.request("POST", params, lambda _: None, notice(shipment))
        except Refused as trouble:
            print(trouble, file=sys.stderr)
            break
        except Failed as trouble:
            print(f"the notification for order {shipment['order_number']} waits: {trouble}", file=sys.stderr)
            continue
        waiting.remove(shipment)
        done.append(shipment)
        save(options.state, "accepted.json", done)
        save(options.state, "outbox.json", waiting)
    return not waiting


def ship(options, store):
    shipment = json.loads(Path(options.shipment).read_text(encoding="utf-8"))
    waiting = load(options.state, "outbox.json", [])
    if shipment not in waiting and shipment not in load(options.state, "accepted.json", []):
        save(options.state, "outbox.json", [*waiting, shipment])  # before it is sent, so that it is never lost
    return 0 if send_outbox(options, store) else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("action", choices=("pull", "ship"))
    for name in ("--since", "--until"):
        parser.add_argument(name, type=datetime.fromisoformat)
    for name in ("--url", "--user", "--state", "--statuses", "--result", "--shipment"):
        parser.add_argument(name)
    parser.add_argument("--timeout", type=float, default=30)
    options = parser.parse_args()
    store = Store(options.url, options.user, os.environ["STORE_PASSWORD"], options.timeout)
    return pull(options, store) if options.action == "pull" else ship(options, store)


if __name__ == "__main__":
    sys.exit(main())
