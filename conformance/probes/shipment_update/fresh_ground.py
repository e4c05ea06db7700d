"""Refusals on fresh ground: a store may refuse anything about an order that is shipped, for a reason of its own.

So refusals are tried on an order made for them, and then a correct notification with the same tracking number must be
recorded for this order. If the order changes, or the correct notification isn't recorded, each refusal is tried again
on an order of its own, with a correct notification of its own after it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace

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
from conformance.probes.side_by_side import Case, Existing, RecordOf, Turn, carry_out, outcome
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.model import Order

Attempt = Callable[[Survey, str, Order, str], tuple[ShipNotice, Exchange, str]]
"""Sends a notification of this kind, about this order, with this tracking number.

Returns the notification, the exchange, and the words that describe the notification.
"""
NumberOf = Callable[[Survey, str, Order], str]
"""Returns the order number that a notification of this kind names. No order may have this number."""


FIRST_DIGITS = 1_000_000_000
"""Order numbers of digits only are from here up to twice as much: far from other orders, and integers of 32 bits."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """The refusals of a requirement, and how to try each kind.

    Without ``number_of``, the notifications name the order that is made for them.
    """

    name: str
    kinds: tuple[str, ...]
    attempt: Attempt
    number_of: NumberOf | None = None


Results = dict[str, dict[str, Any]]
"""Name of a ground → kind of notification → its result, or the reason for none."""


def tried_on(*grounds: Ground) -> CaseOf:
    """Return the case that tries the refusals of all these requirements on one order, as long as that shows enough.

    If the order changes, or the correct notification after all refusals isn't recorded, each requirement gets an order,
    and then, if it is at fault, each refusal.
    """
    return lambda survey: _on_one_order(survey, grounds)


def attempted(survey: Survey, name: str, kind: str, case: str) -> InvalidNotification:
    """Return the result of one kind of notification of a ground, which is tried in a case.

    Raises:
        NotExercised: if a notification of this kind can't be sent here.
    """
    result: InvalidNotification = outcome(result_of(survey, case)[name][kind])
    return result


def _on_one_order(survey: Survey, grounds: Sequence[Ground]) -> Case[Results]:
    name = "".join(ground.name for ground in grounds)
    order = yield from order_for_refusals(survey, name, grounds)
    results: Results = {}
    for ground in grounds:
        results[ground.name] = yield from _attempts(survey, ground, ground.kinds, order, name)
    after: Order = yield RecordOf(order)
    results = {each: _with_record(results[each], after) for each in results}
    sent = [made for each in results.values() for made in each.values() if isinstance(made, InvalidNotification)]
    if not sent:
        return results
    if not any(map(is_changed, sent)):
        proof = yield from notify(survey, order, _proof(survey, order, name))
        if proof.exchange.succeeded and proof.added:
            return results
    if len(grounds) > 1:
        apart = carry_out(survey, {ground.name: _on_one_order(survey, (ground,)) for ground in grounds})
        return {name: outcome(each)[name] for name, each in apart.items()}
    (ground,) = grounds
    alone = {kind: _on_own_order(survey, ground, kind) for kind in ground.kinds}
    return {ground.name: carry_out(survey, alone)}


def order_for_refusals(survey: Survey, name: str, grounds: Sequence[Ground]) -> Case[Order]:
    """Return an order for refusals; with a number of digits only, if notifications name numbers that resemble it.

    Not every store takes such a number from the suite. Then it is the number that the store has given.
    """
    if gives_texts(survey) and any(ground.number_of is not None for ground in grounds):
        seed = int.from_bytes(f"{survey.run_id} {name}".encode(), "big")
        digits = str(FIRST_DIGITS + seed % 999_999_937)
        with suppress(NotExercised, TruthUnavailable):
            numbered: Order = yield order_with(f"{name}digits", two_lines, order_number=digits)
            return numbered
    order: Order = yield order_with(name, two_lines)
    return order


def gives_texts(survey: Survey) -> bool:
    """True if the store has given an order a number that is not an integer."""
    numbers = (made.stored.order_number for made in survey.specimens.values() if not made.draft.order_number)
    return any(not number.isdecimal() for number in numbers)


def keeps_texts(survey: Survey) -> bool:
    """True if the store has taken an order number that is not an integer."""
    return any(not number.isdecimal() for number in survey.specimen_names)


def _attempts(
    survey: Survey, ground: Ground, kinds: Collection[str], order: Order, name: str
) -> Case[dict[str, InvalidNotification | NotExercised]]:
    """Send notifications of these kinds about an order. The tracking number of all is made from ``name``."""
    used: set[str] = set()
    if ground.number_of is not None:
        used = yield Existing(tuple(ground.number_of(survey, kind, order) for kind in kinds))
    made: dict[str, InvalidNotification | NotExercised] = {}
    for kind in kinds:
        if ground.number_of is not None and (number := ground.number_of(survey, kind, order)) in used:
            made[kind] = NotExercised(f"the store has an order with the number {number}, which should be unknown")
            continue
        try:
            notice, exchange, what = ground.attempt(survey, kind, order, tracking_number(survey, name))
        except NotExercised as why:
            made[kind] = why.with_traceback(None)  # it would keep the survey alive
        else:
            made[kind] = InvalidNotification(notice, order, exchange, order, survey.facts, what)
            if len(made) == 1:
                yield Turn()  # for a valid request: the store may take a body that it left unread for the next request
    return made


def _with_record(
    made: Mapping[str, InvalidNotification | NotExercised], after: Order
) -> dict[str, InvalidNotification | NotExercised]:
    """Return the results with the order as it is after all of them."""
    return {
        kind: replace(each, after=after) if isinstance(each, InvalidNotification) else each
        for kind, each in made.items()
    }


def is_changed(result: InvalidNotification) -> bool:
    """True if the order's status or shipments are no longer as before the notification."""
    before, after = result.before, result.after
    return (before.status, before.shipments) != (after.status, after.shipments)


def _on_own_order(survey: Survey, ground: Ground, kind: str) -> Case[InvalidNotification]:
    name = f"{ground.name}{ground.kinds.index(kind)}"
    order = yield from order_for_refusals(survey, name, (ground,))
    made = yield from _attempts(survey, ground, (kind,), order, name)
    after: Order = yield RecordOf(order)
    result: InvalidNotification = outcome(_with_record(made, after)[kind])
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
