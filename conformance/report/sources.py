"""The sources of requirements in words, for reports: ``S12 G`` and the like."""

from __future__ import annotations

import re
from collections.abc import Iterator

HELP_PAGE = "Help page"

HELP_PAGE_SENTENCES: dict[str, str] = {
    "S1": "ShipStation imports orders automatically",
    "S2": "ShipStation notifies the store of each shipment as soon as its label exists",
    "S3": "an active CS-Cart account is needed",
    "S4": "the ShipStation add-on is uploaded to CS-Cart",
    "S5": "the user name and password of CS-Cart are needed",
    "S6": "26 versions of CS-Cart are supported",
    "S7": "an order must have a shipping address",
    "S8": "the user name and password entered in the add-on authenticate the connection",
    "S9": "the merchant chooses the statuses that mean paid, shipped and cancelled",
    "S10": "the credentials and the store's URL are entered in ShipStation",
    "S11": "a store may have custom statuses, and each is mapped to a ShipStation status",
    "S12": "ShipStation imports the customer's e-mail address",
    "S13": "ShipStation imports the customer's phone number",
    "S14": "ShipStation imports the shipping method that the customer chose at checkout",
    "S15": "ShipStation imports the payment method with which the order was paid",
    "S16": "ShipStation imports the discounts and coupons of the order",
    "S17": "ShipStation can tell whether an order is a gift",
    "S18": "ShipStation imports internal notes",
    "S19": "ShipStation imports the notes that the customer wrote",
    "S20": "ShipStation imports the total weight of the order",
    "S21": "ShipStation imports the weight of each line",
    "S22": "ShipStation imports an image URL for each line",
    "S23": "ShipStation imports the options of each line, like colour or size",
    "S24": "ShipStation imports a product location for each line",
    "S25": "the status update has tracking number, carrier, service and the carrier's fee",
    "S26": "the status update has the notes to the buyer",
    "S27": "the status update has item information",
    "S28": "ShipStation can report shipments only of products with SKUs",
}
"""The sentences of ShipStation's help page on CS-Cart. The feature files quote them, and a test compares the two."""

OTHER_SOURCES: dict[str, str] = {
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
    """Return one line for each source; an unknown code stays as it is."""
    lines = []
    for code in _codes(source):
        if code in HELP_PAGE_SENTENCES:
            lines.append(f"{HELP_PAGE} ({code}): {HELP_PAGE_SENTENCES[code]}")
        elif code:
            lines.append(OTHER_SOURCES.get(code, code))
    return tuple(lines)
