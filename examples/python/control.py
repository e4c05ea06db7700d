"""The store control protocol for a shop: a test build offers it so that the suite knows what the shop holds.

It is JSON over HTTP with a bearer token of its own. Never offer it in production: everyone with the
token can create orders.
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

MAX_BATCH = 500
CHANGEABLE = ("status", "modified_at", "customer_notes", "internal_notes")
DEFAULTS: dict[str, Any] = {
    "currency": "USD", "shipping_method": "", "payment_method": "", "total": "0", "tax": "0",
    "shipping_amount": "0", "gift": False, "gift_message": "", "customer_notes": "", "internal_notes": "",
    "weight": None,
}  # fmt: skip


class RejectedCall(Exception):
    """A call that is rejected: status, path of the wrong field, reason."""

    def __init__(self, status: int, path: str, why: str) -> None:
        super().__init__(why)
        self.status, self.reply = status, {"path": path, "error": why}


def answer(shop: Shop, token: str, method: str, target: str, headers: Message, body: bytes) -> tuple[int, bytes]:
    """Answer a call: return the status and the JSON of the reply."""
    try:
        if not hmac.compare_digest(headers.get("Authorization", "").encode(), f"Bearer {token}".encode()):
            raise RejectedCall(401, "", "the token is wrong")
        with shop.lock:
            status, reply = route(shop, method, target, body)
    except RejectedCall as wrong:
        status, reply = wrong.status, wrong.reply
    return status, b"" if reply is None else json.dumps(reply).encode()


def route(shop: Shop, method: str, target: str, body: bytes) -> tuple[int, Any]:
    """Find the call and carry it out."""
    parts = urlsplit(target)
    path = parts.path.removeprefix("/control/v1")
    if (method, path) == ("GET", "/store"):
        return 200, facts()
    if (method, path) == ("GET", "/orders"):
        return 200, listed(shop, {name: values[-1] for name, values in parse_qs(parts.query).items()})
    if (method, path) == ("POST", "/orders"):
        return 201, create(shop, read(body))
    if (method, path) == ("POST", "/orders/batch"):
        return 200, {"results": [created_or_error(shop, draft) for draft in several(body, "orders")]}
    if (method, path) == ("POST", "/orders/lookup"):
        return 200, {"orders": [shop.orders.get(number) for number in several(body, "order_numbers")]}
    if (method, path) == ("POST", "/orders/remove"):
        removed = [shop.orders.pop(number, None) for number in several(body, "order_numbers")]
        return 200, {"results": [order is not None for order in removed]}
    number = unquote(path.removeprefix("/orders/"))
    if not path.startswith("/orders/") or number not in shop.orders:
        raise RejectedCall(404, "", "there is no such order")
    if method == "GET":
        return 200, shop.orders[number]
    if method == "PATCH":
        return 200, change(shop, number, read(body))
    if method == "DELETE":
        del shop.orders[number]
        return 204, None
    raise RejectedCall(405, "", "use GET, PATCH or DELETE")


def read(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        raise RejectedCall(422, "", "the body is not JSON") from None
    if not isinstance(content, dict):
        raise RejectedCall(422, "", "the body is not a JSON object")
    return content


def several(body: bytes, name: str) -> list[Any]:
    """Return the list of a call for several orders, which may have up to 500."""
    found = read(body).get(name)
    if not isinstance(found, list) or len(found) > MAX_BATCH:
        raise RejectedCall(422, name, f"must be a list of up to {MAX_BATCH}")
    return found


def created_or_error(shop: Shop, draft: Any) -> dict[str, str]:
    """Create an order of a batch, or return why it is rejected."""
    try:
        if not isinstance(draft, dict):
            raise RejectedCall(422, "", "the order is not a JSON object")
        return create(shop, draft)
    except RejectedCall as wrong:
        return wrong.reply


def facts() -> dict[str, Any]:
    """Return the facts that the shop states about itself."""
    from store import PER_PAGE, STATUSES

    return {
        "name": "Example shop", "platform": "example", "version": "1", "timezone": "UTC", "currency": "USD",
        "weight_unit": "kg", "statuses": STATUSES, "orders_per_page": PER_PAGE,
        "capabilities": ["read", "create", "update", "delete", "batch"], "lacks": [],
    }  # fmt: skip


def listed(shop: Shop, query: dict[str, str]) -> dict[str, Any]:
    """Return the orders that an export of this period must contain."""
    start, end = (time_of(query.get(name, ""), name) for name in ("modified_from", "modified_to"))
    orders = shop.modified_in(start, end)
    return {"orders": [{name: order[name] for name in ("order_number", "modified_at")} for order in orders]}


def create(shop: Shop, draft: dict[str, Any]) -> dict[str, str]:
    """Create an order from a draft. The shop chooses the id, and the number if the draft has none."""
    from store import now

    order = DEFAULTS | {name: value for name, value in draft.items() if value is not None}
    order["status"] = known_status(order.get("status") or "Processed")
    if not isinstance(order.get("customer"), dict) or not isinstance(order["customer"].get("billing"), dict):
        raise RejectedCall(422, "customer", "must be a customer with a billing address")
    for name in ("total", "tax", "shipping_amount"):
        try:
            order[name] = str(Decimal(str(order[name])))
        except InvalidOperation:
            raise RejectedCall(422, name, "must be a decimal as text") from None
    order["items"] = [{"line_id": str(place), **item} for place, item in enumerate(order.get("items") or [], start=1)]
    for place, item in enumerate(order["items"]):
        item["line_id"] = item["line_id"] or str(place + 1)
        if not isinstance(item.get("quantity"), int) or item["quantity"] < 1:
            raise RejectedCall(422, f"items[{place}].quantity", "must be a whole number from 1 on")
    shop.last += 1
    order["order_number"] = order["order_number"] if order.get("order_number") else f"EX-{shop.last}"
    order["order_id"] = str(shop.last + 500_000)
    order["placed_at"] = utc(order.get("placed_at") or now(), "placed_at")
    order["modified_at"] = utc(order.get("modified_at") or order["placed_at"], "modified_at")
    order["discounts"], order["shipments"] = order.get("discounts") or [], order.get("shipments") or []
    shop.orders[order["order_number"]] = order
    return {"order_number": order["order_number"], "order_id": order["order_id"]}


def change(shop: Shop, number: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change fields of an order. Without ``modified_at`` the order is modified now."""
    from store import now

    if unknown := sorted(fields.keys() - set(CHANGEABLE)):
        raise RejectedCall(422, unknown[0], f"must be one of {', '.join(CHANGEABLE)}")
    if "status" in fields:
        known_status(fields["status"])
    fields["modified_at"] = utc(fields.get("modified_at") or now(), "modified_at")
    shop.orders[number].update(fields)
    return shop.orders[number]


def known_status(name: Any) -> str:
    """Return the name of a status that the shop has."""
    from store import STATUSES

    known = [str(status["name"]) for status in STATUSES]
    if name not in known:
        raise RejectedCall(422, "status", f"must be one of {', '.join(known)}")
    return str(name)


def time_of(text: str, path: str) -> Any:
    from store import moment

    try:
        return moment(text)
    except ValueError:
        raise RejectedCall(422, path, "must be a time like 2026-11-01T09:30:00Z") from None


def utc(text: str, path: str) -> str:
    """Return the time in UTC, to the second."""
    return re.sub(r"\..*", "", f"{time_of(text, path):%Y-%m-%dT%H:%M:%S}") + "Z"
