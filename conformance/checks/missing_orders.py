"""Finds out why orders are missing: searches for properties that only missing orders have.

A missing order gives one finding, in one scenario. If all orders with some property are missing, the
scenario about that property reports them. WIN-1 reports the orders that no property explains.

How the cause is found:

1. A property is a candidate if every known order with it is missing, and some known order doesn't have it.
2. If many orders are missing anyway, a few of them may share a property by chance. The loss rate of the
   orders that no candidate covers tells how likely that is: the rate to the power of the number of orders
   with the property. Candidates for which a coincidence is too likely are dropped. That changes which
   orders are covered, so this step is repeated until no candidate is dropped.
3. The candidate that the most missing orders have explains these orders. Of the other missing orders, the
   candidate that the most of them have explains these, and so on.
   If all missing orders were changed earlier, or later, than all others, that is a candidate, too.
4. If less than half of the missing orders are explained, no explanation is used: most are missing for an
   unknown reason, and probably all are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.checks.order_properties import EXPLAINING, NO_SCENARIO, OrderProperty
from conformance.checks.statuses import is_custom_status
from conformance.core.finding import Finding
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts

MAX_COINCIDENCE = 0.01
"""A property explains missing orders if the probability of a coincidence is lower than this."""

PlacedBefore = Callable[[Order], bool]
"""True if an order was placed before the start of the window in which it was modified."""


CUSTOM_STATUS = "a status that the merchant added"
OTHER_STATUS = "a status that the merchant did not add"


@dataclass(frozen=True, slots=True)
class MissingOrder:
    """An order that the store holds and doesn't export, with the property that explains its loss.

    ``reply`` is the outcome of the failed reply in which the order should be.
    """

    order: Order
    cause: OrderProperty | None = None
    reply: str = ""

    def finding(self) -> Finding:
        """Return the finding about the order."""
        common = f" Every order with {self.cause.name} is missing." if self.cause else ""
        return Finding(
            message=f"The order isn't exported.{common}",
            order=self.order.order_number,
            xpath="/Orders/Order",
            expected=f"the order, modified {self.order.modified_at:%m/%d/%Y %H:%M} UTC, status {self.order.status}",
            actual=self.reply or "no such order in the window",
        )


def must_be_exported(order: Order) -> bool:
    """True if no store may leave the order out: it has a shipping address, and a line that is shippable."""
    return order.customer.shipping is not None and any(item.shippable for item in order.items)


def properties(known: Iterable[Order], facts: StoreFacts, placed_before: PlacedBefore) -> list[OrderProperty]:
    """Return all properties that the orders may have."""
    window = "an order date before the window"
    found = [*EXPLAINING, OrderProperty(name=window, group=window, holds=placed_before)]
    for status in sorted({order.status for order in known}):
        group = CUSTOM_STATUS if is_custom_status(status, facts) else OTHER_STATUS
        found.append(OrderProperty(name=f"the status {status}", group=group, holds=_in_status(status)))
    return found


def _in_status(status: str) -> Callable[[Order], bool]:
    return lambda order: order.status == status


Candidates = list[tuple[OrderProperty, frozenset[str]]]
"""Properties that may explain missing orders, with the numbers of the orders that have them."""


def explain(
    missing: Sequence[Order], known: Sequence[Order], facts: StoreFacts, placed_before: PlacedBefore
) -> list[tuple[Order, OrderProperty | None]]:
    """Return each missing order with the property that explains its loss; see the module's description."""
    if not missing:
        return []
    expected = [order for order in known if must_be_exported(order)]
    lost = {order.order_number for order in missing}
    possible = [*properties(expected, facts, placed_before), *_dates(expected, lost)]
    candidates = _candidates(expected, lost, possible)
    causes = _cover(_without_coincidences(candidates, lost, len(expected)))
    if len(causes) * 2 < len(lost):
        causes = {}
    return [(order, causes.get(order.order_number)) for order in missing]


def _dates(expected: Sequence[Order], lost: set[str]) -> Iterator[OrderProperty]:
    """Yield the property that all missing orders were changed earlier, or later, than all orders that came.

    It stands behind the others, which explain as many orders better.
    """
    came = [order.modified_at for order in expected if order.order_number not in lost]
    gone = [order.modified_at for order in expected if order.order_number in lost]
    if came and gone and max(gone) < (first := min(came)):
        yield _date_property(f"before {first:%m/%d/%Y %H:%M} UTC", lambda order: order.modified_at < first)
    elif came and gone and min(gone) > (last := max(came)):
        yield _date_property(f"after {last:%m/%d/%Y %H:%M} UTC", lambda order: order.modified_at > last)


def _date_property(when: str, holds: Callable[[Order], bool]) -> OrderProperty:
    return OrderProperty(name=f"a last change {when}", holds=holds, group=NO_SCENARIO, is_must=False)


def _candidates(expected: Sequence[Order], lost: set[str], known: Iterable[OrderProperty]) -> Candidates:
    """Do step 1: return the properties that only missing orders have."""
    holders = ((each, frozenset(order.order_number for order in expected if each.holds(order))) for each in known)
    return [
        (each, numbers) for each, numbers in holders if numbers and numbers <= lost and len(numbers) < len(expected)
    ]


def _without_coincidences(candidates: Candidates, lost: set[str], expected: int) -> Candidates:
    """Do step 2: return the candidates that are hardly a coincidence."""
    while candidates:
        covered = frozenset[str]().union(*(numbers for _, numbers in candidates))
        rate = len(lost - covered) / max(1, expected - len(covered))
        kept = [(each, numbers) for each, numbers in candidates if rate ** len(numbers) < MAX_COINCIDENCE]
        if len(kept) == len(candidates):
            break
        candidates = kept
    return candidates


def _cover(candidates: Candidates) -> dict[str, OrderProperty]:
    """Do step 3: return order number → the candidate that explains its loss."""
    causes: dict[str, OrderProperty] = {}
    while candidates:
        cause, numbers = max(candidates, key=lambda candidate: len(candidate[1] - causes.keys()))
        if not (explained := numbers - causes.keys()):
            break
        causes.update(dict.fromkeys(explained, cause))
    return causes
