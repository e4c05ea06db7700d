"""The store control protocol on top of a shop: what a test build offers so that the suite knows the truth.

JSON over HTTP under a bearer token of its own. Never in production: who has the token makes orders.
"""

from __future__ import annotations

import hmac
import json
import re
from decimal import Decimal, InvalidOperation
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from store import Shop

CHANGEABLE = ("status", "modified_at", "customer_notes", "internal_notes")
BLANK: dict[str, Any] = {
    "currency": "USD", "shipping_method": "", "payment_method": "", "total": "0", "tax": "0",
    "shipping_amount": "0", "gift": False, "gift_message": "", "customer_notes": "", "internal_notes": "",
    "weight": None,
}  # fmt: skip


class Wrong(Exception):
    """What can't be taken: status, path of the field, why."""

    def __init__(self, status: int, path: str, why: str) -> None:
        super().__init__(why)
        self.status, self.reply = status, {"path": path, "error": why}


def answer(shop: Shop, token: str, method: str, target: str, headers: Message, body: bytes) -> tuple[int, bytes]:
    """Status and JSON of the reply."""
    try:
        if not hmac.compare_digest(headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
            raise Wrong(401, "", "the token is wrong")
        with shop.lock:
            status, reply = route(shop, method, target, body)
    except Wrong as wrong:
        status, reply = wrong.status, wrong.reply
    return status, b"" if reply is None else json.dumps(reply).encode()


def route(shop: Shop, method: str, target: str, body: bytes) -> tuple[int, Any]:
    """Which call it is."""
    parts = urlsplit(target)
    path = parts.path.removeprefix("/control/v1")
    if (method, path) == ("GET", "/store"):
        return 200, facts()
    if (method, path) == ("GET", "/orders"):
        return 200, listed(shop, {name: values[-1] for name, values in parse_qs(parts.query).items()})
    if (method, path) == ("POST", "/orders"):
        return 201, create(shop, read(body))
    number = unquote(path.removeprefix("/orders/"))
    if not path.startswith("/orders/") or number not in shop.orders:
        raise Wrong(404, "", "there is no such order")
    if method == "GET":
        return 200, shop.orders[number]
    if method == "PATCH":
        return 200, change(shop, number, read(body))
    if method == "DELETE":
        del shop.orders[number]
        return 204, None
    raise Wrong(405, "", "GET, PATCH or DELETE")


def read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        raise Wrong(422, "", "not JSON") from None
    if not isinstance(content, dict):
        raise Wrong(422, "", "not an object")
    return content


def facts() -> dict[str, Any]:
    """What the shop says of itself."""
    from store import PER_PAGE, STATUSES

    return {
        "name": "Example shop", "platform": "example", "version": "1", "timezone": "UTC", "currency": "USD",
        "weight_unit": "kg", "statuses": STATUSES, "orders_per_page": PER_PAGE,
        "capabilities": ["read", "create", "update", "delete"], "lacks": [],
    }  # fmt: skip


def listed(shop: Shop, query: dict[str, str]) -> dict[str, Any]:
    """The orders that an export of this stretch of time must hold."""
    start, end = (time_of(query.get(name, ""), name) for name in ("modified_from", "modified_to"))
    orders = shop.modified_in(start, end)
    return {"orders": [{name: order[name] for name in ("order_number", "modified_at")} for order in orders]}


def create(shop: Shop, draft: dict[str, Any]) -> dict[str, str]:
    """Make an order as the draft says; number and id are the shop's to choose."""
    from store import STATUSES, now

    order = BLANK | {name: value for name, value in draft.items() if value is not None}
    known = [status["name"] for status in STATUSES]
    order["status"] = order.get("status") or "Processed"
    if order["status"] not in known:
        raise Wrong(422, "status", f"one of {', '.join(map(str, known))}")
    if not isinstance(order.get("customer"), dict) or not isinstance(order["customer"].get("billing"), dict):
        raise Wrong(422, "customer", "a customer with a billing address")
    for name in ("total", "tax", "shipping_amount"):
        try:
            order[name] = str(Decimal(str(order[name])))
        except InvalidOperation:
            raise Wrong(422, name, "a decimal as text") from None
    order["items"] = [{"line_id": str(place), **item} for place, item in enumerate(order.get("items") or [], start=1)]
    for place, item in enumerate(order["items"]):
        item["line_id"] = item["line_id"] or str(place + 1)
        if not isinstance(item.get("quantity"), int) or item["quantity"] < 1:
            raise Wrong(422, f"items[{place}].quantity", "a whole number from 1 on")
    shop.last += 1
    order["order_number"] = order["order_number"] if order.get("order_number") else f"EX-{shop.last}"
    order["order_id"] = str(shop.last + 500_000)
    order["placed_at"] = utc(order.get("placed_at") or now(), "placed_at")
    order["modified_at"] = utc(order.get("modified_at") or order["placed_at"], "modified_at")
    order["discounts"], order["shipments"] = order.get("discounts") or [], order.get("shipments") or []
    shop.orders[order["order_number"]] = order
    return {"order_number": order["order_number"], "order_id": order["order_id"]}


def change(shop: Shop, number: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change what may be changed; without ``modified_at`` that is a change now."""
    from store import now

    if unknown := sorted(fields.keys() - set(CHANGEABLE)):
        raise Wrong(422, unknown[0], f"one of {', '.join(CHANGEABLE)}")
    fields["modified_at"] = utc(fields.get("modified_at") or now(), "modified_at")
    shop.orders[number].update(fields)
    return shop.orders[number]


def time_of(text: str, path: str) -> Any:
    from store import moment

    try:
        return moment(text)
    except ValueError:
        raise Wrong(422, path, "a time like 2026-11-01T09:30:00Z") from None


def utc(text: str, path: str) -> str:
    """The same time in UTC, to the second."""
    return re.sub(r"\..*", "", f"{time_of(text, path):%Y-%m-%dT%H:%M:%S}") + "Z"
