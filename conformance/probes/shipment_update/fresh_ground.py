"""Refusals on fresh ground: a store may refuse anything about an order that is shipped, for a reason of its own.

So the refusals of a requirement are tried on an order made for them, and then a correct notification with the same
tracking number must be recorded for this order. If the order changes, or the correct notification isn't recorded, each
refusal is tried again on an order of its own, with a correct notification of its own after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any

from conformance.client.exchange import Exchange
from conformance.client.shipstation import ShipNotice
from conformance.core.errors import NotExercised
from conformance.probes.shipment_update.notify import (
    CaseOf,
    InvalidNotification,
    ValidNotification,
    lines_as_exported,
    notice_for,
    notify,
    order_with,
    result_of,
    tracking_number,
    two_lines,
)
from conformance.probes.side_by_side import Case, Existing, RecordOf, carry_out, outcome
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

Attempt = Callable[[Survey, str, Order, str], tuple[ShipNotice, Exchange, str]]
"""Sends a notification of this kind, about this order, with this tracking number.

Returns the notification, the exchange, and the words that describe the notification.
"""
NumberOf = Callable[[Survey, str, Order], str]
"""Returns the order number that a notification of this kind names. No order may have this number."""


def ground(name: str, kinds: Collection[str], attempt: Attempt, number_of: NumberOf | None = None) -> CaseOf:
    """Return the case that tries all kinds of notifications on one order: kind → result, or the reason for none."""
    return lambda survey: _all_on_one_order(survey, name, kinds, attempt, number_of)


def attempted(survey: Survey, name: str, kind: str) -> InvalidNotification:
    """Return the result of one kind of notification of a ground.

    Raises:
        NotExercised: if a notification of this kind can't be sent here.
    """
    result: InvalidNotification = outcome(result_of(survey, name)[kind])
    return result


def _all_on_one_order(
    survey: Survey, name: str, kinds: Collection[str], attempt: Attempt, number_of: NumberOf | None
) -> Case[dict[str, Any]]:
    order: Order = yield order_with(name, two_lines)
    results = yield from _attempts(survey, name, kinds, attempt, number_of, order)
    sent = [each for each in results.values() if isinstance(each, InvalidNotification)]
    if not sent:
        return results
    if not any(map(is_changed, sent)):
        proof = yield from notify(survey, order, _proof(survey, order, name))
        if proof.exchange.succeeded and proof.added:
            return results
    alone = {
        kind: _on_own_order(survey, f"{name}{place}", kind, attempt, number_of) for place, kind in enumerate(kinds)
    }
    return carry_out(survey, alone)


def _attempts(
    survey: Survey,
    name: str,
    kinds: Collection[str],
    attempt: Attempt,
    number_of: NumberOf | None,
    order: Order,
) -> Case[dict[str, Any]]:
    """Send notifications of these kinds about an order, and read the order again after the last one."""
    used: set[str] = set()
    if number_of is not None:
        used = yield Existing(tuple(number_of(survey, kind, order) for kind in kinds))
    made: dict[str, tuple[ShipNotice, Exchange, str] | NotExercised] = {}
    for kind in kinds:
        if number_of is not None and (number := number_of(survey, kind, order)) in used:
            made[kind] = NotExercised(f"the store has an order with the number {number}, which should be unknown")
            continue
        try:
            made[kind] = attempt(survey, kind, order, tracking_number(survey, name))
        except NotExercised as why:
            made[kind] = why
    after: Order = yield RecordOf(order)
    results: dict[str, Any] = {}
    for kind, each in made.items():
        if isinstance(each, NotExercised):
            results[kind] = each
        else:
            notice, exchange, what = each
            results[kind] = InvalidNotification(notice, order, exchange, after, survey.facts, what)
    return results


def is_changed(result: InvalidNotification) -> bool:
    """True if the order's status or shipments are no longer as before the notification."""
    before, after = result.before, result.after
    return (before.status, before.shipments) != (after.status, after.shipments)


def _on_own_order(
    survey: Survey, name: str, kind: str, attempt: Attempt, number_of: NumberOf | None
) -> Case[InvalidNotification]:
    order: Order = yield order_with(name, two_lines)
    results = yield from _attempts(survey, name, (kind,), attempt, number_of, order)
    result: InvalidNotification = outcome(results[kind])
    return result if is_changed(result) else (yield from proved(survey, result, name))


def proved(survey: Survey, result: InvalidNotification, name: str) -> Case[InvalidNotification]:
    """Return the result of a refused notification with what a correct one for the same order shows after it.

    If the correct one isn't recorded, another one with another tracking number shows whether the refused one is at
    fault: the store then takes the correct one for a repetition.
    """
    order = result.before
    first = yield from notify(survey, order, _proof(survey, order, name))
    if first.exchange.succeeded and first.added:
        return result
    second = yield from notify(survey, first.after, _proof(survey, order, f"{name}proof"))
    if second.exchange.succeeded and second.added and not first.added:
        return replace(result, lost=first)
    return replace(result, doubt=_doubt(second))


def _proof(survey: Survey, order: Order, name: str) -> ShipNotice:
    return notice_for(survey, order, name, lines_as_exported(survey, order))


def _doubt(proof: ValidNotification) -> str:
    """Return why refusals about an order prove nothing, from a correct notification that isn't recorded after them."""
    if not proof.exchange.succeeded:
        return "the store refuses even a correct notification for the same order, so its refusal proves nothing"
    return "a correct notification for the same order isn't recorded (SHP-2), so a refusal proves nothing"


def require_fresh_ground(result: InvalidNotification) -> None:
    """Go on only if the refusal of a notification proves something.

    Raises:
        NotExercised: if the store refuses a correct notification for the order, too.
    """
    if result.doubt:
        raise NotExercised(result.doubt)
