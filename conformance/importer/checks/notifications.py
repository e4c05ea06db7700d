"""IMP-12: a notification is valid, agrees with its query, and carries what the importer was told of the parcel."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.client.parsing.values import parse_decimal
from conformance.contract.fields import BY_RECORD
from conformance.contract.schemas import notice_violations
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.checks.breaches import conduct
from conformance.importer.evidence import OccasionEvidence
from mockstore.orders.model import ShippedItem
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import notified_once, parse_notice


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
            field = BY_RECORD[f"shipments.{name}"]
            wanted, written = str(getattr(shipment, name)), root.findtext(field.element) or ""
            said = each.parameter(name) if name != "notes" else ""
            alike = (
                is_same_text(wanted, written, *field.limits)
                or normalized(wanted).casefold() == normalized(written).casefold()
            )
            # what the query carries need not stand in the body as well
            in_query = not written.strip() and normalized(said).casefold() == normalized(wanted).casefold()
            if not alike and not in_query:
                yield _wrong(evidence, field.element, wanted, written, number)


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


def _check_taken(evidence: OccasionEvidence) -> None:
    """A notification that the store refuses for what it is says nothing of how often it should be sent."""
    refused = [each for each in evidence.notifications if 400 <= each.entry.status < 500 and not each.entry.fault]
    if refused:
        raise NotExercised(f"the store refuses the notification (status {refused[0].entry.status}): that is IMP-12")


def not_again(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-13: what was answered with success isn't sent again."""
    _check_taken(evidence)
    yield from conduct(notified_once, requirement="IMP-13")(evidence)


def sent_again(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-13: what wasn't answered with success is sent again, until it is."""
    notes = evidence.notifications
    if not notes:
        raise NotExercised("no notification was sent")
    if not any(each.failed for each in notes):
        raise NotExercised("no notification met the trouble")
    _check_taken(evidence)
    if not any(each.succeeded for each in notes):
        ended = evidence.told[-1].ended
        yield Finding(
            message="A notification that was answered with an error, or not at all, wasn't sent again.",
            order=evidence.about,
            expected="sent again, at the next call or import at the latest",
            actual=f"sent {len(notes)} time{'s' if len(notes) > 1 else ''}; the ship command ended with status "
            f"{ended.status}",
            exchange=evidence.offset + notes[-1].number,
        )
