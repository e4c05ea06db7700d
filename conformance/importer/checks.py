"""From evidence to findings: what an importer's requests and its result break. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from conformance.checks.compare import is_same_text
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.importer.compare import TOPICS, Check, finding, topic
from conformance.importer.evidence import OccasionEvidence
from conformance.importer.occasions import NEW_NOTE, SOON, Read, require_accepted
from conformance.importer.program import end_of, meanings_of
from mockstore.orders.model import Order
from mockstore.traffic.requests import Poll, polls
from mockstore.traffic.rules import Breach, Rule, bounds_in_agreed_format, no_gap_between_windows, notified_once

Judge = Callable[[OccasionEvidence], Iterator[Finding]]


def of_breach(breach: Breach, evidence: OccasionEvidence) -> Finding:
    """A breach of a rule, for the report."""
    return Finding(
        message=breach.sentence,
        expected=shorten(breach.expected),
        actual=shorten(breach.actual),
        exchange=evidence.offset + breach.number,
    )


def conduct(*rules: Rule, requirement: str) -> Judge:
    """What the requests break of these rules, as far as that is a matter of this requirement."""

    def judge(evidence: OccasionEvidence) -> Iterator[Finding]:
        for rule in rules:
            for breach in rule(evidence.requests, evidence.given):
                if breach.requirement == requirement:
                    yield of_breach(breach, evidence)

    return judge


# ---------------------------------------------------------------------- IMP-1, IMP-2


def let_in(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-1: a password with special characters arrives as it is."""
    for each in evidence.requests:
        if each.refused:
            yield Finding(
                message="User name and password didn't arrive as they were given.",
                expected="Basic authentication with the password, character for character",
                actual=f"status {each.entry.status}",
                exchange=evidence.offset + each.number,
            )
            return


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%m/%d/%Y %H:%M}"


def whole_window(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-2: the windows asked for are those that were to be imported, in UTC."""
    if not evidence.bounded:
        raise NotExercised("the import command takes no {start} and {end}: which window is right isn't known")
    for pull in evidence.pulls:
        asked_for = polls(pull.requests)
        if not asked_for:
            continue
        start, end = min(poll.start for poll in asked_for), max(poll.end for poll in asked_for)
        if start > pull.start or end < pull.end:
            off = round(((end - pull.end) if end < pull.end else (start - pull.start)).total_seconds() / 60)
            yield Finding(
                message=f"The window asked for isn't the one to be imported: it is off by {abs(off)} minutes. "
                "Bounds are UTC, whatever the importer's time zone.",
                expected=f"{_utc(pull.start)} to {_utc(pull.end)}",
                actual=f"{_utc(start)} to {_utc(end)}",
                exchange=evidence.offset + asked_for[0].requests[0].number,
            )


# ---------------------------------------------------------------------- IMP-4, IMP-11: nothing is lost


def _lost(evidence: OccasionEvidence, message: str) -> Iterator[Finding]:
    for number, order in evidence.expected().items():
        if not evidence.has(order) and not _held_back(evidence, order):
            yield Finding(message=message, order=number, expected="imported", actual="not among what was imported")


def _held_back(evidence: OccasionEvidence, order: Order) -> bool:
    """Whether an order is left out because nobody said what its status means: that is the importer's to decide."""
    return order.status not in meanings_of(evidence.facts)


def gapless(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-4: the windows leave no time out; nor do the orders at their edges get lost."""
    found = list(conduct(no_gap_between_windows, requirement="IMP-4")(evidence))
    yield from found
    if not found and not evidence.failed:
        yield from _lost(evidence, "An order at the edge of two windows was lost.")


def window_made_good(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-4: after a failed poll the next windows leave no gap."""
    if evidence.failed:
        raise NotExercised("the importer still failed after the store had come back")
    yield from conduct(no_gap_between_windows, requirement="IMP-4")(evidence)


def _paged(poll: Poll) -> bool:
    """Whether an importer that met no failure asked for every page that there was, from where it began.

    Who begins in the middle goes on where a failure was: that isn't how it pages, but what becomes of a failure.
    """
    stated = [each.stated_pages or 1 for each in poll.requests]
    pages = {each.page for each in poll.requests}
    return poll.failing or pages >= set(range(min(pages), max(stated) + 1))


def nothing_lost(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-11: when the store has come back, every order is imported."""
    if evidence.failed:
        require_accepted(evidence.pulls[-1].requests)
        yield Finding(
            message=f"The store had come back after {evidence.about}, and the importer still fails.",
            expected="the window is asked for again, and imported",
            actual=end_of(evidence.pulls[-1].said) or f"status {evidence.pulls[-1].ended.status}",
        )
        return
    if any(not _paged(poll) for poll in polls(evidence.requests)):
        raise NotExercised("not every page was asked for: that is IMP-3")
    yield from _lost(evidence, f"The order got lost by {evidence.about}.")


# ---------------------------------------------------------------------- IMP-5


def arrives(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-5: every order of the window is imported."""
    yield from _lost(evidence, "The order was exported, and not imported.")


def all_pages_arrive(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-5: the orders of every page are imported."""
    if not all(poll.whole for poll in polls(evidence.requests)):
        raise NotExercised("not every page was asked for: that is IMP-3")
    yield from _lost(evidence, "The order came on a page that was asked for, and isn't imported.")


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
            if not came.has(order) and not _held_back(came, order) and _was_there(base, order):
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
    "customer.email": ("Customer/BillTo/Email",),
    "customer.phone": ("Customer/BillTo/Phone", "Customer/ShipTo/Phone"),
    "status": ("OrderStatus",),
    "shipping_method": ("ShippingMethod",),
    "payment_method": ("PaymentMethod",),
    "customer_notes": ("CustomerNotes",),
    "internal_notes": ("InternalNotes",),
    "gift_message": ("GiftMessage",),
    "currency": ("CurrencyCode",),
    **{
        f"customer.{side}.{name}": (f"Customer/{element}/{child}",)
        for side, element in (("billing", "BillTo"), ("shipping", "ShipTo"))
        for name, child in (
            *(("name", "Name"), ("company", "Company"), ("phone", "Phone"), ("address1", "Address1")),
            *(("address2", "Address2"), ("city", "City"), ("state", "State"), ("postal_code", "PostalCode")),
            ("country", "Country"),
        )
    },
}
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


REFUSAL_WORDS = (
    *("401", "403", "unauthor", "unauthenticated", "authent", "refus", "denied", "forbidden", "credential"),
    *("password", "passwort", "user name", "username", "login", "log in", "logon"),
)


def reported_refusal(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-10: a refusal is reported as one."""
    if not evidence.pulls:
        raise NotExercised("how a service reports a refusal can't be seen: run with --import-command")
    pull = evidence.pulls[-1]
    if pull.cut_short:
        return  # it went on until it was ended: that is the other half
    said = pull.said.casefold()
    if not pull.failed:
        yield Finding(
            message="The store refused user name and password, and the importer says success.",
            expected="an exit status other than 0, or a problem in the result",
            actual="status 0, no problem",
        )
    elif not any(word in said for word in REFUSAL_WORDS):
        yield Finding(
            message="The store refused user name and password, and the importer says something else.",
            expected="words of the refusal, or the problem 'refused'",
            actual=end_of(pull.said) or "(nothing)",
        )


def no_loop(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-10: who was refused doesn't go on until somebody ends it."""
    if evidence.pulls and evidence.pulls[-1].cut_short:
        yield Finding(
            message=f"The importer asked {SOON} times and more though it was refused, and had to be ended.",
            expected="it gives up, or waits",
            actual=f"{len(evidence.requests)} requests",
        )


# ---------------------------------------------------------------------- IMP-13, IMP-14


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


RETRY_AFTER = timedelta(seconds=1)
EARLY = timedelta(milliseconds=150)
"""How much too early is no sooner than it should be: clocks and rounding."""


def waits(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-14: who is told to come back later doesn't come sooner, within one call."""
    for pull in evidence.pulls:
        for before, after in zip(pull.requests, pull.requests[1:], strict=False):
            gone = after.entry.time - before.entry.time
            if before.entry.status == 429 and gone < RETRY_AFTER - EARLY:
                yield Finding(
                    message="The store said when to come back (Retry-After), and the importer came sooner.",
                    expected=f"after {RETRY_AFTER.seconds} s",
                    actual=f"after {gone.total_seconds():.2f} s",
                    exchange=evidence.offset + after.number,
                )
