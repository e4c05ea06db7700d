"""Refusals on fresh ground: a store may refuse anything about an order that is shipped, for a reason of its own.

So the refusals of a requirement are tried on an order made for them. They share the order as long as none changes it;
after a change, the next one gets a new order. In the end, a correct notification must still be recorded for the order.
Otherwise its refusals prove nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from conformance.core.errors import NotExercised
from conformance.probes.shipment_update.notify import (
    InvalidNotification,
    lines_as_exported,
    notice_for,
    notify,
    order_with,
    two_lines,
)
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

Attempt = Callable[[str, Order], InvalidNotification]
"""Sends a notification of this kind, about this order."""


def attempted(survey: Survey, name: str, kinds: Collection[str], kind: str, attempt: Attempt) -> InvalidNotification:
    """Return the result of one kind of notification. All kinds are sent when the first is asked for.

    Raises:
        NotExercised: if a notification of this kind can't be sent here.
    """
    results = survey.cached(("on fresh ground", name), lambda: _attempt_all(survey, name, kinds, attempt))
    if isinstance(result := results[kind], NotExercised):
        raise result.with_traceback(None)
    return result


def _attempt_all(
    survey: Survey, name: str, kinds: Collection[str], attempt: Attempt
) -> dict[str, InvalidNotification | NotExercised]:
    results: dict[str, InvalidNotification | NotExercised] = {}
    ground: Order | None = None
    on_ground: dict[str, InvalidNotification] = {}
    for number, kind in enumerate(kinds):
        if ground is None:
            ground, on_ground = order_with(survey, f"{name}{number}", two_lines).stored, {}
        try:
            result = attempt(kind, ground)
        except NotExercised as why:
            results[kind] = why
            continue
        results[kind] = on_ground[kind] = result
        if (result.before.status, result.before.shipments) != (result.after.status, result.after.shipments):
            ground = None  # the order could be changed until now, so the refusals before this one are proved
    if ground is not None and on_ground:
        doubt = doubt_about(survey, ground, name)
        results |= {kind: replace(result, doubt=doubt) for kind, result in on_ground.items()}
    return results


def doubt_about(survey: Survey, order: Order, name: str) -> str:
    """Return why refusals about an order prove nothing; empty if a correct notification is recorded after them."""
    proof = notify(survey, order, notice_for(survey, order, f"{name}proof", lines_as_exported(survey, order)))
    if not proof.exchange.succeeded:
        return "the store refuses even a correct notification for the same order, so its refusal proves nothing"
    if not proof.added:
        return "a correct notification for the same order isn't recorded (SHP-2), so a refusal proves nothing"
    return ""


def require_fresh_ground(result: InvalidNotification) -> None:
    """Go on only if the refusal of a notification proves something.

    Raises:
        NotExercised: if the store refuses a correct notification for the order, too.
    """
    if result.doubt:
        raise NotExercised(result.doubt)
