"""Checks of the feature *Notifications*: IMP-12 and IMP-13."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from lxml import etree

from conformance.checks.compare import is_same_amount, normalized
from conformance.client.parsing.values import parse_decimal
from conformance.contract.fields import BY_RECORD
from conformance.contract.schemas import notice_violations
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.checks.breaches import obeys
from conformance.importer.evidence import BookedNotification, NotificationEvidence, Notifications, Visit
from conformance.importer.program import how_it_failed, last_output
from mockstore.orders.model import ShippedItem
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import notified_once, parse_notice

PARTS = ("tracking number", "carrier", "service", "cost", "notes", "items", "ship date")
"""Names of the parts of a shipment in scenarios."""


def body_is_valid(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-12: the body of each notification is valid against ``shipnotice.xsd``."""
    for request, root in _bodies(evidence):
        yield from _violations(root, evidence.shipped_order, evidence.offset + request.number)


def _violations(root: etree._Element, order: str, exchange: int) -> Iterator[Finding]:
    for violation in notice_violations(root):
        yield Finding(
            message=f"{violation.element}: {violation.rule}",
            order=order,
            xpath=violation.xpath,
            expected=violation.rule,
            actual=violation.value,
            exchange=exchange,
        )


def every_body_is_valid(visit: Visit) -> Iterator[Finding]:
    """IMP-12: the body of each notification to a store is valid against ``shipnotice.xsd``."""
    for request in visit.requests:
        if request.action == "shipnotify" and (root := parse_notice(request)) is not None:
            yield from _violations(root, request.parameter("order_number"), visit.offset + request.number)


def carries(evidence: NotificationEvidence, part: str) -> Iterator[Finding]:
    """IMP-12: each notification carries this part of the shipment, with the value that the importer got."""
    _require_told(evidence, part)
    bodies = list(_bodies(evidence))
    if not bodies:
        raise NotExercised("no notification has a ShipNotice as its body")
    for request, root in bodies:
        yield from _check_part(evidence, part, request, root)


def tries_are_alike(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-13: a notification that is sent again is the same message: nothing in it may tell one try from another."""
    tries = [each for each in evidence.requests if not each.entry.body_unread and not each.refused]
    if not tries:
        return
    first, *others = tries
    for each in others:
        for part, told, again in _differences(first, each):
            yield _wrong_element(
                evidence, f"{part} of a repeated notification", told, again, evidence.offset + each.number
            )


def _differences(first: LoggedRequest, again: LoggedRequest) -> Iterator[tuple[str, str, str]]:
    """Yield what differs between two tries of a notification: its name, and its values. The label's time may differ."""
    for name in ("order_number", "tracking_number", "carrier", "service"):
        if first.parameter(name) != again.parameter(name):
            yield f"{name} in the query", first.parameter(name), again.parameter(name)
    one, other = (_content(parse_notice(each)) for each in (first, again))
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield name, one.get(name, ""), other.get(name, "")


def _content(root: etree._Element | None) -> dict[str, str]:
    """Return the content of each element of a notice; nothing if there is no notice."""
    if root is None:
        return {}
    return {
        str(child.tag): etree.tostring(child, method="c14n2", strip_text=True).decode()
        if len(child)
        else (child.text or "").strip()
        for child in root
        if isinstance(child.tag, str) and child.tag != "LabelCreateDate"
    }


def each_carries(evidence: Notifications, part: str) -> Iterator[Finding]:
    """IMP-12: the notification of each of several parcels carries this part of it."""
    judged = False
    for parcel in evidence.parcels:
        _require_told(parcel, part)
        for request, root in _bodies(parcel):
            judged = True
            yield from _check_part(parcel, part, request, root)
    if not judged:
        raise NotExercised("no notification has a ShipNotice as its body")


def every_parcel_is_told(evidence: Notifications) -> Iterator[Finding]:
    """IMP-12: the store is notified of each parcel, and of the right order: by its number, in query and body."""
    for parcel in evidence.parcels:
        last = parcel.ship_calls[-1].process
        if not parcel.requests:
            yield Finding(
                message=f"The store was not notified of a parcel: {parcel.what}.",
                order=parcel.shipped_order,
                expected="a notification",
                actual=shorten(f"the ship command {how_it_failed(last)}{last_output(last)}"),
            )
        yield from names_the_order(parcel)


def names_the_order(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-12: query and body have the number of the shipped order, character for character; the id may be left out."""
    for request in evidence.requests:
        exchange = evidence.offset + request.number
        number, root = request.parameter("order_number"), parse_notice(request)
        if number.strip() != evidence.shipped_order:
            yield _wrong_element(evidence, "order_number in the query", evidence.shipped_order, number, exchange)
        if root is None:
            continue
        for element, told in (("OrderNumber", evidence.shipped_order), ("OrderID", evidence.order_id)):
            written = (root.findtext(element) or "").strip()
            if written and written != told:
                yield _wrong_element(evidence, element, told, written, exchange)


def store_books_it(evidence: BookedNotification) -> Iterator[Finding]:
    """IMP-12: a store that reads the query books the shipment with its tracking number."""
    notification = evidence.notification
    if not notification.requests:
        raise NotExercised("no notification was sent")
    told = notification.shipment.tracking_number
    if not any(each.tracking_number == told for each in evidence.booked):
        last = notification.requests[-1]
        yield Finding(
            message="A store that reads order and tracking number in the query, as the real add-on does, did not book "
            "the shipment.",
            order=notification.shipped_order,
            expected=f"order_number={notification.shipped_order} and tracking_number={told} in the query",
            actual=f"{shorten(last.entry.target)}, answered with status {last.entry.status}",
            exchange=notification.offset + last.number,
        )


def invents_nothing(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-12: a shipment without a tracking number, carrier, service and cost is told without them."""
    for request, root in _bodies(evidence):
        for element, parameter in EMPTY_PARTS.items():
            for written in ((root.findtext(element) or "").strip(), request.parameter(parameter).strip()):
                if written:
                    yield _wrong_element(evidence, element, "(empty)", written, evidence.offset + request.number)


EMPTY_PARTS = {"TrackingNumber": "tracking_number", "Carrier": "carrier", "Service": "service"}
"""Elements that an order which is marked as shipped leaves empty, and their parameters of the query."""


def _require_told(evidence: NotificationEvidence, part: str) -> None:
    name = part.replace(" ", "_")
    if name not in evidence.shipment_fields:
        raise NotExercised(f"the ship command has no {{{name}}} and no {{shipment}}, so the importer can't know it")


def _check_part(
    evidence: NotificationEvidence, part: str, request: LoggedRequest, root: etree._Element
) -> Iterator[Finding]:
    shipment, exchange = evidence.shipment, evidence.offset + request.number
    match part:
        case "items":
            yield from _check_items(evidence, root, shipment.items, exchange)
        case "cost":
            cost = root.findtext("ShippingCost")
            if not is_same_amount(shipment.cost or Decimal(0), parse_decimal(cost or "")):
                yield _wrong_element(evidence, "ShippingCost", str(shipment.cost), cost, exchange)
        case "ship date":
            told = f"{shipment.shipped_on:%m/%d/%Y}" if shipment.shipped_on else ""
            if (written := (root.findtext("ShipDate") or "").strip()) != told:
                yield _wrong_element(evidence, "ShipDate", told, written, exchange)
        case "notes":
            notes = root.findtext("NotesToCustomer") or ""
            if _lines(notes) != _lines(shipment.notes):
                yield _wrong_element(evidence, "NotesToCustomer", shipment.notes, notes, exchange)
        case "tracking number":
            yield from _check_text(evidence, "tracking_number", request, root, same=_equal)
        case _:
            yield from _check_text(evidence, part, request, root, same=_equal_in_any_case)


def _check_text(
    evidence: NotificationEvidence,
    name: str,
    request: LoggedRequest,
    root: etree._Element,
    same: Callable[[str, str], bool],
) -> Iterator[Finding]:
    """Compare a text in the body and in the query. A value in the query need not be in the body as well."""
    field = BY_RECORD[f"shipments.{name}"]
    told, written = str(getattr(evidence.shipment, name)), (root.findtext(field.element) or "").strip()
    in_query = request.parameter(name).strip()
    exchange = evidence.offset + request.number
    if written and not same(told, written):
        yield _wrong_element(evidence, field.element, told, written, exchange)
    elif in_query and not same(told, in_query):
        yield _wrong_element(evidence, f"{name} in the query", told, in_query, exchange)
    elif not written and not in_query and told.strip():
        yield _wrong_element(evidence, field.element, told, "", exchange)


def _lines(text: str) -> list[str]:
    """Return the lines of a text without the spaces around them, and without empty lines at its ends."""
    return [line.strip() for line in text.strip().splitlines()]


def _equal(one: str, other: str) -> bool:
    return normalized(one) == normalized(other)


def accepted_is_not_sent_again(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-13: a notification answered with success is not sent again."""
    _require_accepted(evidence)
    yield from obeys(notified_once, requirement="IMP-13")(evidence)


def sent_again_until_accepted(evidence: NotificationEvidence) -> Iterator[Finding]:
    """IMP-13: a notification is sent again until it is answered with success."""
    if not evidence.requests:
        raise NotExercised("no notification was sent")
    yield from each_sent_again_until_accepted(Notifications(parcels=(evidence,)))


def each_sent_again_until_accepted(evidence: Notifications) -> Iterator[Finding]:
    """IMP-13: the notification of each parcel is sent again until it is answered with success."""
    if not any(request.failed for each in evidence.parcels for request in each.requests):
        raise NotExercised("every notification was answered with success")
    for each in evidence.parcels:
        _require_accepted(each)
    for each in evidence.parcels:
        if any(request.succeeded for request in each.requests):
            continue
        times = len(each.requests)
        yield Finding(
            message="A notification that was answered with an error, or not at all, was not sent again."
            if times
            else "A notification was never sent.",
            order=each.shipped_order,
            expected="sent again with the next call or import at the latest",
            actual=f"sent {times} time{'' if times == 1 else 's'}; the ship command ended with status "
            f"{each.ship_calls[-1].process.status}",
            exchange=each.offset + each.requests[-1].number if times else None,
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
    where = f" The parcel: {evidence.what}." if evidence.what else ""
    return Finding(
        message=f"{element} is not the value that the importer was given.{where}",
        order=evidence.shipped_order,
        xpath="" if " " in element else f"/ShipNotice/{element}",
        expected=shorten(expected),
        actual=shorten(actual or "(missing)"),
        exchange=exchange,
    )


def _check_items(
    evidence: NotificationEvidence, root: etree._Element, items: tuple[ShippedItem, ...], exchange: int
) -> Iterator[Finding]:
    """Compare the items of the parcel: each line by its LineItemID, or the units of each SKU if it has none."""
    written = [
        ((line.findtext("LineItemID") or "").strip(), (line.findtext("SKU") or "").strip(), line.findtext("Quantity"))
        for line in root.iterfind("Items/Item")
    ]
    expected = ", ".join(f"{each.quantity} × {each.sku} (line {each.line_id})" for each in items)
    actual = ", ".join(f"{quantity} × {sku or '?'} (line {line or '?'})" for line, sku, quantity in written)
    told = {each.line_id: each for each in items}
    units: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for line, sku, quantity in written:
        count = parse_decimal(quantity or "")
        item = told.pop(line, None) if line else None
        if line and (item is None or count != item.quantity or (sku and sku != item.sku)):
            yield _wrong_element(evidence, "Items", expected, actual, exchange)
            return
        if item is None:
            units[sku] += int(count) if count is not None and count == int(count) else -1
    for each in told.values():
        left[each.sku] += each.quantity
    if units != left:
        yield _wrong_element(evidence, "Items", expected, actual or "(none)", exchange)
