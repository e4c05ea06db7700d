"""The ids of payment methods: an order in CS-Cart holds the id of its method."""

from __future__ import annotations

import zlib

PAYMENT_IDS = {
    "Credit card": 1,
    "Phone ordering": 2,
    "Check": 3,
    "Fax Ordering": 4,
    "Money Order": 5,
    "C.O.D.": 6,
    "Purchase Order": 7,
    "PayPal": 12,
}
"""The payment methods of CS-Cart's demo shop, with its ids. PayPal's id was chosen here."""

FIRST_OTHER_ID = 13
"""The first id of a merchant's own methods."""


def payment_id(name: str) -> str:
    """Return the id of a payment method, always the same; "" for no method."""
    if not name:
        return ""
    return str(PAYMENT_IDS.get(name) or FIRST_OTHER_ID + zlib.crc32(name.encode("utf-8", "replace")) % 87)
