"""Checks of the feature *Notifications*: IMP-12 and IMP-13."""

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
from conformance.importer.checks.breaches import obeys
from conformance.importer.evidence import NotificationEvidence
from mockstore.orders.model import ShippedItem
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import notified_once, parse_notice

PARTS = ("tracking number", "carrier", "service", "cost", "notes", "items")
"""Names of the parts of a shipment in scenarios."""


def body_is_valid(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-12: the body of each notification is valid against ``shipnotice.xsd``."""
    for request, root in _bodies(evidence):
        for violation in notice_violations(root):
            yield Finding(
                message=f"{violation.element}: {violation.rule}",
                order=evidence.shipped_order,
                xpath=violation.xpath,
                expected=violation.rule,
                actual=violation.value,
                exchange=evidence.offset + request.number,
            )


def carries(evidence: NotificationEvidence, part: str) -> Iterator[Finding]:
    """IMP-12: each notification carries this part of the shipment, with the value that the importer got."""
    name = part.replace(" ", "_")
    if name not in evidence.shipment_fields:
        raise NotExercised(f"the ship command has no {{{name}}} and no {{shipment}}, so the importer can't know it")
    shipment = evidence.shipment
    bodies = list(_bodies(evidence))
    if not bodies:
        raise NotExercised("no notification has a ShipNotice as its body")
    for request, root in bodies:
        exchange = evidence.offset + request.number
        if name == "items":
            yield from _check_items(evidence, root, shipment.items, exchange)
        elif name == "cost":
            cost = root.findtext("ShippingCost")
            if not is_same_amount(shipment.cost or Decimal(0), parse_decimal(cost or "")):
                yield _wrong_element(evidence, "ShippingCost", str(shipment.cost), cost, exchange)
        else:
            field = BY_RECORD[f"shipments.{name}"]
            told, written = str(getattr(shipment, name)), root.findtext(field.element) or ""
            in_query = request.parameter(name) if name != "notes" else ""
            is_same = is_same_text(told, written, *field.limits) or _equal_in_any_case(told, written)
            # a value in the query need not be in the body as well
            is_in_query_only = not written.strip() and _equal_in_any_case(told, in_query)
            if not is_same and not is_in_query_only:
                yield _wrong_element(evidence, field.element, told, written, exchange)


def accepted_is_not_sent_again(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-13: a notification answered with success is not sent again."""
    _require_accepted(evidence)
    yield from obeys(notified_once, requirement="IMP-13")(evidence)


def sent_again_until_accepted(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-13: a notification is sent again until it is answered with success."""
    notifications = evidence.requests
    if not notifications:
        raise NotExercised("no notification was sent")
    if not any(each.failed for each in notifications):
        raise NotExercised("every notification was answered with success")
    _require_accepted(evidence)
    if not any(each.succeeded for each in notifications):
        times = len(notifications)
        yield Finding(
            message="A notification that was answered with an error, or not at all, was not sent again.",
            order=evidence.shipped_order,
            expected="sent again with the next call or import at the latest",
            actual=f"sent {times} time{'s' if times > 1 else ''}; the ship command ended with status "
            f"{evidence.ship_calls[-1].process.status}",
            exchange=evidence.offset + notifications[-1].number,
        )


def _require_accepted(evidence: NotificationEvidence) -> None:
    """Return if the store refused no notification because of its content.

    Raises:
        NotExercised: if it did. Retries can only be judged by notifications that the store accepts.
    """
    refused = [each for each in evidence.requests if 400 <= each.entry.status < 500 and not each.entry.fault]
    if refused:
        raise NotExercised(f"the store refuses the notification (status {refused[0].entry.status}): see IMP-12")


def _bodies(evidence: NotificationEvidence) -> Iterator[tuple[LoggedRequest, etree._Element]]:
    for each in evidence.requests:
        if (root := parse_notice(each)) is not None:
            yield each, root


def _equal_in_any_case(one: str, other: str) -> bool:
    return normalized(one).casefold() == normalized(other).casefold()


def _wrong_element(
    evidence: NotificationEvidence, element: str, expected: str, actual: str | None, exchange: int
) -> Finding:
    return Finding(
        message=f"{element} is not the value that the importer was given.",
        order=evidence.shipped_order,
        xpath=f"/ShipNotice/{element}",
        expected=shorten(expected),
        actual=shorten(actual or "(missing)"),
        exchange=exchange,
    )


def _check_items(
    evidence: NotificationEvidence, root: etree._Element, items: tuple[ShippedItem, ...], exchange: int
) -> Iterator[Finding]:
    """Compare the items: each item of the parcel, by LineItemID or SKU, with its quantity; and no other."""
    written = [
        ((line.findtext("LineItemID") or "").strip(), (line.findtext("SKU") or "").strip(), line.findtext("Quantity"))
        for line in root.iterfind("Items/Item")
    ]
    left = list(written)
    for item in items:
        line = next(
            (line for line in left if (line[0] == item.line_id and item.line_id) or (line[1] == item.sku and item.sku)),
            None,
        )
        if line is None or parse_decimal(line[2] or "") != item.quantity:
            expected = ", ".join(f"{each.quantity} × {each.sku}" for each in items)
            actual = ", ".join(f"{quantity} × {sku or line_id}" for line_id, sku, quantity in written)
            yield _wrong_element(evidence, "Items", expected, actual, exchange)
            return
        left.remove(line)
    if left:
        yield _wrong_element(evidence, "Items", f"{len(items)} items", f"{len(written)} items", exchange)
