"""The ids of what the store knows by name: CS-Cart has numbers for everything."""

from __future__ import annotations

import zlib

from mockstore.behaviours.profiles.payments import PAYMENT_IDS, payment_id
from mockstore.orders.model import Customer, Item
from mockstore.orders.virtual import SHIPPING_METHODS

SHIPPING_IDS = {name: number for number, name in enumerate(SHIPPING_METHODS, start=1)}
"""The methods that can be chosen."""
PAYMENTS = {str(number): name for name, number in PAYMENT_IDS.items()}
"""The same of payment."""

__all__ = ["PAYMENTS", "SHIPPING_IDS", "item_id", "option_id", "payment_id", "shipping_id", "user_id", "variant_id"]


def _numbered(text: str, least: int, room: int) -> str:
    return str(least + zlib.crc32(text.encode("utf-8", "replace")) % room)


def shipping_id(name: str) -> str:
    """The id of a shipping method; one that is gone keeps the id that it had."""
    return str(SHIPPING_IDS.get(name) or _numbered(name, 1000, 9000))


def user_id(customer: Customer) -> str:
    """The id of a customer's account; guests have 0."""
    code = customer.code or ""
    return code if code.isascii() and code.isdigit() else _numbered(code, 10**6, 10**6) if code else "0"


def item_id(item: Item) -> str:
    """The id of an order's line."""
    return item.line_id if item.line_id.isascii() and item.line_id.isdigit() else _numbered(item.line_id, 1, 2**32)


def option_id(name: str) -> str:
    """The id of an option."""
    return _numbered(name, 1000, 9000)


def variant_id(name: str, value: str) -> str:
    """The id of an option's value."""
    return _numbered(f"{name};{value}", 10_000, 90_000)
