"""Checks of the feature *Imported orders*: IMP-5 to IMP-9."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from conformance.checks.compare import is_same_text
from conformance.contract.fields import ORDER
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.checks.lost_orders import has_unmapped_status, lost_orders
from conformance.importer.compare import ORDER_PARTS, finding_of, part_of
from conformance.importer.evidence import ImportEvidence, ImportsByStore, ImportsOfChange
from conformance.importer.field_check import FieldCheck
from conformance.importer.occasions.imported_orders import ADDON_STORE, NEW_NOTE
from conformance.importer.program import status_meanings
from conformance.importer.stores import exported_status
from mockstore.orders.model import Order
from mockstore.traffic.requests import polls
from mockstore.traffic.rules import bounds_in_agreed_format

# ---------------------------------------------------------------------- IMP-5


def every_order_imported(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-5: every order of the window is imported."""
    yield from lost_orders(
        evidence, evidence.expected_by_command(), "The store exported the order, but it was not imported."
    )


def orders_of_every_page_imported(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-5: the orders of every page are imported."""
    if not all(poll.is_complete for poll in polls(evidence.requests)):
        raise NotExercised("not every page was requested: see IMP-3")
    yield from lost_orders(
        evidence,
        evidence.expected_by_command(),
        "The order was on a page that was requested, but it was not imported.",
    )


def part_is_the_stores(evidence: ImportEvidence, part: str) -> Iterator[Finding]:
    """IMP-5: this part of the imported orders has the store's values."""
    if not any(part_of(field) == part for field in evidence.comparison.reported):
        raise NotExercised(f"the importer does not report {part} ({', '.join(ORDER_PARTS[part])})")
    for number, check in evidence.comparison.wrong():
        if part_of(check.field) == part:
            yield finding_of(number, check)


# ---------------------------------------------------------------------- IMP-6


def imported_once(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-6: each order is imported once."""
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


def changes_are_imported(evidence: ImportsOfChange) -> Iterator[Finding]:
    """IMP-6: each order that was changed has its new values, and is imported once."""
    yield from imported_once(evidence)
    if not evidence.changes:
        raise NotExercised("the order changes before page 2, which was never requested: see IMP-3")
    expected = evidence.expected()
    requested = {number: order for number, order in sorted(expected.items()) if number in evidence.changes}
    others = {number: order for number, order in expected.items() if number not in evidence.changes}
    if not requested:
        raise NotExercised("the importer requested another window than that of the order: see IMP-2")
    imported = {each.number or each.id for each in evidence.pulls[-1].orders}
    came = {n: order for n, order in requested.items() if {order.order_number, order.order_id} & imported}
    others_came = all(map(evidence.has, others.values()))
    missing = requested.keys() - came.keys() if others_came else set()
    checks = {
        number: [check for check in evidence.comparison.orders[order.order_number] if check.actual is not None]
        for number, order in came.items()
    }
    changed = {order.order_number for order in requested.values()}
    wrong_in_others = {check.field for number, check in evidence.comparison.wrong() if number not in changed}
    states = _wrong_states(evidence)
    for number in requested:
        what = f"The order was changed ({evidence.changes[number]}), but"
        if number in missing:
            yield Finding(
                message=f"{what} is not among the orders imported afterwards.",
                order=number,
                expected="the order with its new values",
                actual="(missing)",
            )
        for check in checks.get(number, ()):
            if not check.is_right and not _has_new_note(check) and check.field not in wrong_in_others:
                yield finding_of(number, check, f"{what} its {check.field} isn't the new one.")
        if number in came and number in states:
            wanted, state = states[number]
            yield Finding(
                message=f"{what} its state isn't that of the new status.",
                order=number,
                xpath="state",
                expected=wanted or "no state",
                actual=state,
            )
    if not missing and not any(checks.values()):
        raise NotExercised(
            "the importer reports no field of the changed orders, which would show the change"
            if others_came
            else "orders that did not change are missing, too: see IMP-5"
        )


def _has_new_note(check: FieldCheck) -> bool:
    """True if a note was imported with something else around it: other requirements are about notes."""
    return check.field == "customer_notes" and NEW_NOTE in check.expected and NEW_NOTE in (check.actual or "")


def _wrong_states(evidence: ImportsOfChange) -> dict[str, tuple[str, str]]:
    """Return the changed orders whose state isn't that of their status: the meaning of the status, and the state.

    None if the importer maps an order wrongly that did not change: IMP-9 reports that.
    """
    meanings = status_meanings(evidence.facts)
    states = {
        number: (meanings.get(exported_status(evidence.stored[number].status), ""), str(each.state or ""))
        for number, each in evidence.imported.items()
        if number in evidence.stored and (isinstance(each.state, str) or each.state is None)
    }
    wrong = {number: pair for number, pair in states.items() if _plain_state(pair[0]) != _plain_state(pair[1])}
    return wrong if wrong.keys() <= evidence.changes.keys() else {}


# ---------------------------------------------------------------------- IMP-7


def stores_imported_alike(imports: ImportsByStore) -> Iterator[Finding]:
    """IMP-7: what is imported correctly from a plain store is imported correctly from each other store.

    A field that is wrong from the plain store is not reported again: IMP-5 reports it.
    """
    plain = imports.plain
    if isinstance(plain, BaseException):
        raise plain
    cases = _case_by_number(plain)
    wrong_in_plain = {(cases[number], check.field) for number, check in plain.comparison.wrong()}
    judged_fields = plain.comparison.reported
    for name, evidence in imports.others.items():
        store = f"{imports.kind} {name}"
        if isinstance(evidence, BaseException):
            yield Finding(
                message=f"Nothing could be imported from the store ({store}).",
                expected="imported as from a plain store",
                actual=shorten(str(evidence)),
            )
            continue
        for order in evidence.expected().values():
            may_be_left_out = has_unmapped_status(evidence, order) or not _has_case(plain, order)
            if not evidence.has(order) and not may_be_left_out:
                yield Finding(
                    message=f"An order of the store is missing ({store}).",
                    order=order.order_number,
                    expected="imported",
                    actual="(missing)",
                )
        cases = _case_by_number(evidence)
        for number, check in evidence.comparison.wrong(judged_fields):
            is_judged = check.field in judged_fields and (cases[number], check.field) not in wrong_in_plain
            if is_judged and not _is_not_exported(name, check, evidence, number):
                yield finding_of(number, check, f"The imported {check.field} isn't the store's ({store}).")


def _case_by_number(evidence: ImportEvidence) -> dict[str, str]:
    """Return for each order number the e-mail address, which is the same for the same case in every store."""
    return {order.order_number: order.customer.email for order in evidence.stored.values()}


def _has_case(plain: ImportEvidence, order: Order) -> bool:
    """True if the order of the same case was imported from the plain store."""
    email = order.customer.email
    return any(each.customer.email == email and plain.has(each) for each in plain.stored.values())


NOT_EXPORTED = {
    ADDON_STORE.profile: frozenset(
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
"""Profile → the fields that its add-on does not export, or exports with other values than the store's."""

ELEMENTS = {
    row.record: (path,)
    for path, row in ORDER.items()
    if row.record and row.kind in ("text", "email", "phone", "state", "code")
} | {"customer.phone": ("Customer/BillTo/Phone", "Customer/ShipTo/Phone")}
"""Field of an imported order → the elements of the export that state it."""


def _is_not_exported(name: str, check: FieldCheck, evidence: ImportEvidence, number: str) -> bool:
    """True if the store does not export the field, or the importer reports the text that the store exported."""
    if check.field in NOT_EXPORTED.get(name, ()):
        return True
    texts = evidence.exported_texts.get(number, {})
    return bool(texts) and any(
        is_same_text(texts.get(element, ""), check.actual or "") for element in ELEMENTS.get(check.field, ())
    )


# ---------------------------------------------------------------------- IMP-8


def order_without_address_left_out(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-8: an order without a shipping address is left out and reported; the others are imported."""
    if any(bounds_in_agreed_format(evidence.requests, evidence.access)):
        raise NotExercised("the window bounds are not written as agreed, so the store read another window: see IMP-2")
    if not any(each.customer.shipping is None and evidence.was_requested(each) for each in evidence.stored.values()):
        raise NotExercised("the importer did not request the time of the order without a shipping address: see IMP-2")
    pull = evidence.pulls[-1]
    reported = {each.order_number.strip() for each in pull.result.left_out} if pull.result else set()
    messages = f"{pull.process.error}\n{'' if pull.result is None else pull.result.problem}"
    for number, order in evidence.stored.items():
        if not evidence.was_requested(order):  # other requirements judge the windows
            continue
        names = {number, order.order_number, order.order_id} - {""}
        if order.customer.shipping is not None:
            if not evidence.has(order):
                yield Finding(
                    message="An order with a shipping address was not imported together with an order that has none.",
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
        elif not names & reported and not any(_mentions(messages, name) for name in names):
            yield Finding(
                message="An order without a shipping address was left out without being reported.",
                order=number,
                expected="its number in left_out of the result, or on standard error",
                actual=shorten(messages.strip()) or "(nothing)",
            )


def _mentions(messages: str, number: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(number)}(?![\w-])", messages) is not None


# ---------------------------------------------------------------------- IMP-9

STATE_SYNONYMS = {
    "awaitingpayment": "unpaid",
    "awaitingshipment": "paid",
    "canceled": "cancelled",
    "onhold": "on_hold",
}


def statuses_are_mapped(evidence: ImportEvidence) -> Iterator[Finding]:
    """IMP-9: each status is mapped as configured, and a status without a mapping is reported.

    Orders whose status was imported wrongly are skipped: IMP-5 reports them.
    """
    meanings = status_meanings(evidence.facts)
    wrong_status = {number for number, check in evidence.comparison.wrong() if check.field == "status"}
    imported = [(order, evidence.stored.get(order.number)) for order in evidence.imported.values()]
    misreported = list(_reported_although_mapped(evidence, meanings))
    yield from misreported
    if misreported and not any(isinstance(order.state, str) for order, _ in imported):
        return
    if not any(isinstance(order.state, str) for order, _ in imported):
        raise NotExercised("the importer does not report the field state, which shows how it maps the store's status")
    for order, stored in imported:
        is_reported = isinstance(order.state, str) or order.state is None
        if stored is None or stored.order_number in wrong_status or not is_reported:
            continue
        meaning, state = meanings.get(exported_status(stored.status)), str(order.state or "")
        if meaning is None and state.strip():
            yield Finding(
                message=f"The status {stored.status!r} has no mapping, but the importer gave it a state.",
                order=stored.order_number,
                xpath="state",
                expected="no state",
                actual=state,
            )
        elif meaning is not None and _plain_state(state) != _plain_state(meaning):
            yield Finding(
                message=f"The status {stored.status!r} is not mapped as configured.",
                order=stored.order_number,
                xpath="state",
                expected=meaning,
                actual=state,
            )
    pull = evidence.pulls[-1]
    reported = {each.strip().casefold() for each in pull.result.unmapped_statuses} if pull.result else set()
    exported = {
        exported_status(order.status)
        for order in evidence.expected().values()
        if order.order_number not in wrong_status
    }
    for status in sorted(exported - meanings.keys()):
        if status.casefold() not in reported and status.casefold() not in pull.process.error.casefold():
            yield Finding(
                message=f"The status {status!r} has no mapping, and the importer does not report that.",
                expected="its name in unmapped_statuses of the result, or on standard error",
                actual=shorten(pull.process.error.strip()) or "(nothing)",
            )


def _reported_although_mapped(evidence: ImportEvidence, meanings: Mapping[str, str]) -> Iterator[Finding]:
    mapped = {name.casefold() for name in meanings}
    for pull in evidence.pulls:
        for name in pull.result.unmapped_statuses if pull.result else ():
            if name.strip().casefold() in mapped:
                yield Finding(
                    message=f"The status {name!r} has a mapping, but the importer reports that it has none.",
                    expected="no unmapped status of this name",
                    actual=name,
                )


def _plain_state(text: str) -> str:
    plain = "".join(char for char in text.casefold() if char.isalpha())
    return STATE_SYNONYMS.get(plain, plain)
