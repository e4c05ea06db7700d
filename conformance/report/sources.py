"""Where a requirement comes from, in words: ``S12 G`` and the like, as the feature files write them."""

from __future__ import annotations

import re
from collections.abc import Iterator

HELP_PAGE = "Help page"

SENTENCES: dict[str, str] = {
    "S1": "orders are imported automatically",
    "S2": "the store is told of each shipment as soon as a label exists",
    "S3": "an active account",
    "S4": "the add-on is installed",
    "S5": "user name and password",
    "S6": "the 26 supported versions",
    "S7": "an order must contain a shipping address",
    "S8": "the add-on's own user name and password authenticate the connection",
    "S9": "the statuses Paid, Shipped and Cancelled are chosen",
    "S10": "credentials and store URL are entered in ShipStation",
    "S11": "custom statuses, each mapped to a ShipStation status",
    "S12": "customer e-mail",
    "S13": "customer phone",
    "S14": "shipping method chosen at checkout",
    "S15": "payment method",
    "S16": "discounts and coupons",
    "S17": "gift",
    "S18": "internal notes",
    "S19": "customer notes",
    "S20": "total weight of the order",
    "S21": "weight of each line",
    "S22": "image URL of each line",
    "S23": "options of each line",
    "S24": "product location of each line",
    "S25": "status update with tracking number, carrier, service and carrier fee",
    "S26": "the update carries notes to the buyer",
    "S27": "the update carries item information",
    "S28": "shipments can be reported only for products that have SKUs",
}

OTHERS: dict[str, str] = {
    "G": "Custom Store Development Guide",
    "X": "Published XML schema",
    "A": "Behaviour of the CS-Cart add-on",
    "B": "A bug that real plug-ins shipped",
}

_RANGE = re.compile(r"S(\d+)\s*[–-]\s*S(\d+)")


def _codes(source: str) -> Iterator[str]:
    spread = _RANGE.sub(lambda m: " ".join(f"S{n}" for n in range(int(m[1]), int(m[2]) + 1)), source)
    yield from dict.fromkeys(re.split(r"[\s,]+", spread.strip()))


def describe(source: str) -> tuple[str, ...]:
    """One line a source; a code that the table doesn't hold stands as it is, none is no line."""
    lines = []
    for code in _codes(source):
        if code in SENTENCES:
            lines.append(f"{HELP_PAGE} ({code}): {SENTENCES[code]}")
        elif code:
            lines.append(OTHERS.get(code, code))
    return tuple(lines)
