"""IMP-12: a notification is valid, agrees with its query, and carries what the importer was told of the parcel."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.client.parsing.values import parse_decimal
from conformance.contract.schemas import notice_violations
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.evidence import OccasionEvidence
from mockstore.orders.model import ShippedItem
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import parse_notice


def _bodies(evidence: OccasionEvidence) -> Iterator[tuple[LoggedRequest, etree._Element]]:
    for each in evidence.notifications:
        if (root := parse_notice(each)) is not None:
            yield each, root


def valid(evidence: OccasionEvidence) -> Iterator[Finding]:
    """The body is a ShipNotice that ``shipnotice.xsd`` takes."""
    for each, root in _bodies(evidence):
        for violation in notice_violations(root):
            yield Finding(
                message=f"{violation.element}: {violation.rule}",
                order=evidence.about,
                xpath=violation.xpath,
                expected=violation.rule,
                actual=violation.value,
                exchange=evidence.offset + each.number,
            )


TEXTS = {
    "tracking_number": ("TrackingNumber", 50),
    "carrier": ("Carrier", 50),
    "service": ("Service", 50),
    "notes": ("NotesToCustomer", 1000),
}
"""What the importer was told → the element that carries it, and its length."""


def carries(evidence: OccasionEvidence, part: str) -> Iterator[Finding]:
    """It carries this part of what the importer was told of the parcel."""
    name = part.replace(" ", "_")
    if name not in evidence.offered:
        raise NotExercised(f"the ship command takes no {{{name}}} and no {{shipment}}: the importer can't know it")
    shipment = evidence.shipment
    assert shipment is not None
    bodies = list(_bodies(evidence))
    if not bodies:
        raise NotExercised("no notification has a body that is a ShipNotice")
    for each, root in bodies:
        number = evidence.offset + each.number
        if name == "items":
            yield from _items(evidence, root, shipment.items, number)
        elif name == "cost":
            came = parse_decimal(root.findtext("ShippingCost") or "")
            if not is_same_amount(shipment.cost or Decimal(0), came):
                yield _wrong(evidence, "ShippingCost", str(shipment.cost), root.findtext("ShippingCost"), number)
        else:
            element, limit = TEXTS[name]
            wanted, written = str(getattr(shipment, name)), root.findtext(element) or ""
            said = each.parameter(name) if name != "notes" else ""
            alike = (
                is_same_text(wanted, written, limit) or normalized(wanted).casefold() == normalized(written).casefold()
            )
            # what the query carries need not stand in the body as well
            in_query = not written.strip() and normalized(said).casefold() == normalized(wanted).casefold()
            if not alike and not in_query:
                yield _wrong(evidence, element, wanted, written, number)


def _wrong(evidence: OccasionEvidence, element: str, expected: str, actual: str | None, number: int) -> Finding:
    return Finding(
        message=f"{element} isn't what the importer was told.",
        order=evidence.about,
        xpath=f"/ShipNotice/{element}",
        expected=shorten(expected),
        actual=shorten(actual or "(missing)"),
        exchange=number,
    )


def _items(
    evidence: OccasionEvidence, root: etree._Element, items: tuple[ShippedItem, ...], number: int
) -> Iterator[Finding]:
    """Every line of the parcel, by LineItemID or SKU, with its quantity; and no other."""
    came = [
        ((line.findtext("LineItemID") or "").strip(), (line.findtext("SKU") or "").strip(), line.findtext("Quantity"))
        for line in root.iterfind("Items/Item")
    ]
    wanted = [(item.line_id, item.sku, item.quantity) for item in items]
    left = list(came)
    for line_id, sku, quantity in wanted:
        found = next((line for line in left if (line[0] == line_id and line_id) or (line[1] == sku and sku)), None)
        if found is None or parse_decimal(found[2] or "") != quantity:
            yield _wrong(
                evidence,
                "Items",
                ", ".join(f"{count} × {name}" for _, name, count in wanted),
                ", ".join(f"{count} × {name or line}" for line, name, count in came),
                number,
            )
            return
        left.remove(found)
    if left:
        yield _wrong(evidence, "Items", f"{len(wanted)} items", f"{len(came)} items", number)
