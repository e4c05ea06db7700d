"""IMP-5 to IMP-9: what was imported, beside what the store holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from conformance.checks.compare import is_same_text
from conformance.contract.fields import ORDER
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.checks.lost_orders import held_back, lost
from conformance.importer.compare import TOPICS, Check, finding, topic
from conformance.importer.evidence import OccasionEvidence, Read
from conformance.importer.occasions.imported_orders import NEW_NOTE
from conformance.importer.program import meanings_of
from mockstore.orders.model import Order
from mockstore.traffic.requests import polls
from mockstore.traffic.rules import bounds_in_agreed_format

# ---------------------------------------------------------------------- IMP-5


def arrives(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-5: every order of the window is imported."""
    yield from lost(evidence, "The order was exported, and not imported.")


def all_pages_arrive(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-5: the orders of every page are imported."""
    if not all(poll.whole for poll in polls(evidence.requests)):
        raise NotExercised("not every page was asked for: that is IMP-3")
    yield from lost(evidence, "The order came on a page that was asked for, and isn't imported.")


def right(evidence: OccasionEvidence, part: str) -> Iterator[Finding]:
    """IMP-5: what was imported of a part of the orders is what the store holds."""
    fields = [field for field in evidence.compared.reported if topic(field) == part]
    if not fields:
        raise NotExercised(f"the importer reports nothing of {part} ({', '.join(TOPICS[part])})")
    for number, check in evidence.compared.wrong():
        if topic(check.field) == part:
            yield finding(number, check)


# ---------------------------------------------------------------------- IMP-6


def once(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-6: no order stands twice among what was imported."""
    for pull in evidence.pulls:
        counted = Counter(order.number or order.id for order in pull.orders)
        for number, count in counted.items():
            if count > 1:
                yield Finding(
                    message="An order was imported more than once.",
                    order=number,
                    expected="once",
                    actual=f"{count} times",
                )


def updated(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-6: an order that was changed is what it is now."""
    yield from once(evidence)
    if not evidence.changed:
        raise NotExercised("the page before which an order changes was never asked for: that is IMP-3")
    came = {order.number or order.id: order for order in evidence.pulls[-1].orders}
    held = evidence.held[evidence.changed]
    if evidence.changed not in evidence.expected():
        raise NotExercised("the importer asked for another time than that of the order: that is IMP-2")
    order = came.get(held.order_number) or came.get(held.order_id)
    if order is None:
        yield Finding(
            message="An order that was changed isn't among what was imported then.",
            order=evidence.changed,
            expected="the order as it is now",
            actual="(missing)",
        )
        return
    fields = ("status", "customer_notes", "modified_at")
    checks = [check for check in evidence.compared.orders[held.order_number] if check.field in fields]
    reported = [check for check in checks if check.actual is not None]
    if not reported:
        raise NotExercised(f"the importer reports none of {', '.join(fields)}, by which a change could be seen")
    wrong_anyway = {check.field for number, check in evidence.compared.wrong() if number != held.order_number}
    for check in reported:
        stale = not check.right and (check.field != "customer_notes" or NEW_NOTE not in (check.actual or ""))
        if stale and check.field not in wrong_anyway:
            yield finding(evidence.changed, check, f"The order was changed, and its {check.field} wasn't updated.")


# ---------------------------------------------------------------------- IMP-7


def alike(read: Read, what: str) -> Iterator[Finding]:
    """IMP-7: what one form brings in right, every other brings in right: the same field of the same case."""
    base = read[""]
    if isinstance(base, BaseException):
        raise base
    cases = _cases(base)
    wrong_anyway = {(cases[number], check.field) for number, check in base.compared.wrong()}
    known = base.compared.reported
    for name, came in read.items():
        if not name:
            continue
        shown = f"{what} {name}"
        if isinstance(came, BaseException):
            yield Finding(
                message=f"Of {shown} nothing could be imported.", expected="imported alike", actual=shorten(str(came))
            )
            continue
        for order in came.expected().values():
            if not came.has(order) and not held_back(came, order) and _was_there(base, order):
                yield Finding(
                    message=f"Of {shown} an order is missing.",
                    order=order.order_number,
                    expected="imported",
                    actual="(missing)",
                )
        cases = _cases(came)
        for number, check in came.compared.wrong(known):
            anyway = check.field not in known or (cases[number], check.field) in wrong_anyway
            if not anyway and not _unsaid(name, check, came, number):
                yield finding(number, check, f"Of {shown} it isn't imported as the store holds it.")


def _cases(evidence: OccasionEvidence) -> dict[str, str]:
    """Order number → the case that the order is, by which it is found in another store."""
    return {order.order_number: order.customer.email for order in evidence.held.values()}


def _was_there(base: OccasionEvidence, order: Order) -> bool:
    """Whether the same order was imported where nothing was special."""
    mail = order.customer.email
    return any(each.customer.email == mail and base.has(each) for each in base.held.values())


UNSAID = {
    "addon-1.0.12": frozenset(
        {
            "payment_method",
            "items.location",
            "gift",
            "gift_message",
            "discounts",
            "discounts.coupon",
            "currency",
            "tax",
            "items.weight",
            "weight",
            "customer.shipping.company",
            "customer.phone",
            "customer.billing.phone",
            "customer.shipping.phone",
            "items.unit_price",
        }
    )
}
"""What a store's add-on doesn't tell, or tells otherwise than it is: not the importer's matter."""


ELEMENTS = {
    row.record: (path,)
    for path, row in ORDER.items()
    if row.record and row.kind in ("text", "email", "phone", "state", "code")
} | {"customer.phone": ("Customer/BillTo/Phone", "Customer/ShipTo/Phone")}
"""Where an export says what an importer reports."""


def _unsaid(name: str, check: Check, evidence: OccasionEvidence, number: str) -> bool:
    """Whether the importer reports just what the store's export says, which isn't all that the store holds."""
    if check.field in UNSAID.get(name, ()):
        return True
    stated = evidence.stated.get(number, {})
    return bool(stated) and any(
        is_same_text(stated.get(element, ""), check.actual or "") for element in ELEMENTS.get(check.field, ())
    )


# ---------------------------------------------------------------------- IMP-8, IMP-9, IMP-10


def left_out(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-8: an order without a shipping address is left out and said so; the others arrive."""
    if any(bounds_in_agreed_format(evidence.requests, evidence.given)):
        raise NotExercised("the window isn't asked for as agreed, and was read as another: that is IMP-2")
    pull = evidence.pulls[-1]
    told = {each.order_number.strip() for each in pull.result.left_out} if pull.result else set()
    said = f"{pull.ended.error}\n{'' if pull.result is None else pull.result.problem}"
    for number, order in evidence.held.items():
        names = {number, order.order_number, order.order_id} - {""}
        if order.customer.shipping is not None:
            if not evidence.has(order):
                yield Finding(
                    message="The order has a shipping address, and isn't imported beside one that has none.",
                    order=number,
                    expected="imported",
                    actual="(missing)",
                )
        elif evidence.has(order):
            yield Finding(
                message="An order without a shipping address was imported.",
                order=number,
                expected="left out",
                actual="imported",
            )
        elif not names & told and not any(_mentions(said, name) for name in names):
            yield Finding(
                message="An order without a shipping address was left out, and nothing was said of it.",
                order=number,
                expected="its number in left_out of the result, or on standard error",
                actual=shorten(said.strip()) or "(nothing)",
            )


def _mentions(said: str, number: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(number)}(?![\w-])", said) is not None


SYNONYMS = {
    "awaitingpayment": "unpaid",
    "awaitingshipment": "paid",
    "canceled": "cancelled",
    "onhold": "on_hold",
}


def _state(text: str) -> str:
    plain = "".join(char for char in text.casefold() if char.isalpha())
    return SYNONYMS.get(plain, plain)


def mapped(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-9: statuses are mapped as configured; of an unmapped one it is said that it is.

    What was read wrongly is IMP-5's matter, and not that of what it is mapped to.
    """
    meanings = meanings_of(evidence.facts)
    misread = {number for number, check in evidence.compared.wrong() if check.field == "status"}
    imported = [(order, evidence.held.get(order.number)) for order in evidence.imported.values()]
    if not any(isinstance(order.state, str) for order, _ in imported):
        raise NotExercised("the importer reports no state, to which it mapped the store's status")
    for order, held in imported:
        if held is None or held.order_number in misread or not (isinstance(order.state, str) or order.state is None):
            continue
        meaning = meanings.get(held.status)
        came = order.state or ""
        if meaning is None and came.strip():
            yield Finding(
                message=f"The status {held.status!r} has no mapping, and was guessed.",
                order=held.order_number,
                xpath="state",
                expected="no state",
                actual=came,
            )
        elif meaning is not None and _state(came) != _state(meaning):
            yield Finding(
                message=f"The status {held.status!r} isn't mapped as configured.",
                order=held.order_number,
                xpath="state",
                expected=meaning,
                actual=came,
            )
    pull = evidence.pulls[-1]
    reported = {each.strip().casefold() for each in pull.result.unmapped_statuses} if pull.result else set()
    exported = {order.status for order in evidence.expected().values() if order.order_number not in misread}
    for status in sorted(exported - meanings.keys()):
        if status.casefold() not in reported and status.casefold() not in pull.ended.error.casefold():
            yield Finding(
                message=f"The status {status!r} has no mapping, and nothing was said of it.",
                expected="its name in unmapped_statuses of the result, or on standard error",
                actual=shorten(pull.ended.error.strip()) or "(nothing)",
            )
