"""The ids of payment methods: CS-Cart's orders hold an id, and its name only beside it."""

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
"""The methods of CS-Cart's demo shop, with its ids; PayPal's is ours."""

BEYOND = 13
"""The first id that a merchant's own methods get."""


def payment_id(name: str) -> str:
    """The id of the method of that name: always the same; none has none."""
    if not name:
        return ""
    return str(PAYMENT_IDS.get(name) or BEYOND + zlib.crc32(name.encode("utf-8", "replace")) % 87)
