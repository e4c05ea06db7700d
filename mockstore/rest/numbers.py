"""The numbers by which CS-Cart identifies methods, customers, lines and options. The store itself has only names."""

from __future__ import annotations

import zlib

from mockstore.behaviours.profiles.payments import PAYMENT_IDS, payment_id
from mockstore.orders.model import Customer, Item
from mockstore.orders.virtual import SHIPPING_METHODS

SHIPPING_IDS = {name: number for number, name in enumerate(SHIPPING_METHODS, start=1)}
"""The shipping methods that can be chosen, by name."""
PAYMENTS = {str(number): name for name, number in PAYMENT_IDS.items()}
"""The payment methods that can be chosen, by id."""

__all__ = ["PAYMENTS", "SHIPPING_IDS", "item_id", "option_id", "payment_id", "shipping_id", "user_id", "variant_id"]


def _numbered(text: str, least: int, room: int) -> str:
    return str(least + zlib.crc32(text.encode("utf-8", "replace")) % room)


def shipping_id(name: str) -> str:
    """Return the id of a shipping method; a method that no longer exists keeps its id."""
    return str(SHIPPING_IDS.get(name) or _numbered(name, 1000, 9000))


def user_id(customer: Customer) -> str:
    """Return the id of a customer's account; 0 for guests."""
    code = customer.code or ""
    return code if code.isascii() and code.isdigit() else _numbered(code, 10**6, 10**6) if code else "0"


def item_id(item: Item) -> str:
    """Return the id of an order's line."""
    return item.line_id if item.line_id.isascii() and item.line_id.isdigit() else _numbered(item.line_id, 1, 2**32)


def option_id(name: str) -> str:
    """Return the id of an option."""
    return _numbered(name, 1000, 9000)


def variant_id(name: str, value: str) -> str:
    """Return the id of an option's value."""
    return _numbered(f"{name};{value}", 10_000, 90_000)
