"""Why orders don't arrive: what the missing ones have in common, and the others have not.

A missing order is one finding of one requirement. If all orders with some property are
missing, the property's requirement is at fault; what no property explains is WIN-1's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from conformance.checks.notes import LIMIT, has_note_over_limit
from conformance.checks.statuses import is_custom_status
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Order
from mockstore.shop.facts import StoreFacts

_BREAKING = re.compile(r"<|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
"""What unescaped text breaks a document with."""

MAX_COINCIDENCE = 0.01
"""How likely it may be, at most, that all orders with a property are missing by chance, for it to explain them."""

PlacedBefore = Callable[[Order], bool]
"""Whether an order was placed before the window in which it was modified begins."""


@dataclass(frozen=True)
class OrderProperty:
    """Something that an order can have, and the requirements that are about its arriving."""

    name: str
    requirements: tuple[str, ...]
    holds: Callable[[Order], bool]


def _some(predicate: Callable[[Item], bool]) -> Callable[[Order], bool]:
    return lambda order: any(predicate(item) for item in order.items)


def _texts(order: Order) -> str:
    customer = order.customer
    addresses = [customer.billing, *filter(None, (customer.shipping,))]
    return " ".join(
        [
            *(f"{each.name} {each.company} {each.address1} {each.address2} {each.city}" for each in addresses),
            *(f"{item.name} {item.sku} {item.location}" for item in order.items),
            *(f"{option.name} {option.value}" for item in order.items for option in item.options),
            order.customer_notes,
            order.internal_notes,
            order.gift_message,
            order.shipping_method,
            order.payment_method,
            order.status,
        ]
    )


def _is_bare(order: Order) -> bool:
    customer = order.customer
    return not any(
        (
            customer.phone,
            customer.billing.phone,
            customer.billing.company,
            order.customer_notes,
            order.internal_notes,
        )
    ) and all(not item.image_url and not item.options for item in order.items)


def _is_wide(note: str) -> bool:
    """Whether a note may be cut inside a character by who counts bytes."""
    return len(note.encode()) > LIMIT and not note.isascii()


ORDER_PROPERTIES = (
    OrderProperty("a line that is free", ("ITM-6",), _some(lambda item: item.unit_price == 0)),
    OrderProperty("200 lines", ("ITM-10",), lambda order: len(order.items) >= 200),
    OrderProperty("a product without SKU", ("ITM-9", "WIN-1"), _some(lambda item: not item.sku.strip())),
    OrderProperty("hardly anything optional", ("ORD-16",), _is_bare),
    OrderProperty("a product without image", ("IMG-3",), _some(lambda item: not item.image_url)),
    OrderProperty("a product without weight", ("ORD-16",), _some(lambda item: item.weight is None)),
    OrderProperty("a product without location", ("ORD-16",), _some(lambda item: not item.location)),
    OrderProperty("no billing name", ("CUS-7",), lambda order: not order.customer.billing.name.strip()),
    OrderProperty(
        "no phone in the order",
        ("ORD-16",),
        lambda order: not order.customer.phone and not order.customer.billing.phone,
    ),
    OrderProperty("a gift message", ("GIF-3",), lambda order: bool(order.gift_message)),
    OrderProperty("the gift flag", ("GIF-1",), lambda order: order.gift),
    OrderProperty("a coupon", ("DIS-4",), lambda order: any(discount.coupon for discount in order.discounts)),
    OrderProperty("a discount", ("DIS-1",), lambda order: bool(order.discounts)),
    OrderProperty("more than ten options on a line", ("OPT-1",), _some(lambda item: len(item.options) > 10)),
    OrderProperty("']]>' in a text", ("ORD-13",), lambda order: "]]>" in _texts(order)),
    OrderProperty("& or < in a text", ("ORD-13",), lambda order: _BREAKING.search(_texts(order)) is not None),
    OrderProperty(
        "control characters in a text",
        ("ORD-13",),
        lambda order: any(ord(c) < 32 and c not in "\t\n\r" for c in _texts(order)),
    ),
    OrderProperty(
        "letters like é or ß in a text",
        ("ORD-13",),
        lambda order: any(0x80 <= ord(c) <= 0xFF for c in _texts(order)),
    ),
    OrderProperty(
        "characters beyond the basic plane",
        ("ORD-13",),
        lambda order: any(ord(c) > 0xFFFF for c in _texts(order)),
    ),
    OrderProperty("characters beyond ASCII", ("ORD-13",), lambda order: not _texts(order).isascii()),
    OrderProperty("notes over 1000 characters", ("NOT-5",), has_note_over_limit),
    OrderProperty("notes of over 1000 bytes by the customer", ("NOT-5",), lambda order: _is_wide(order.customer_notes)),
    OrderProperty("notes of over 1000 bytes by the staff", ("NOT-5",), lambda order: _is_wide(order.internal_notes)),
    OrderProperty("an order number that isn't its id", ("ORD-3",), lambda order: order.order_number != order.order_id),
    OrderProperty("no line to ship", ("ORD-16",), lambda order: not any(item.shippable for item in order.items)),
)


def properties(known: Iterable[Order], facts: StoreFacts, late: PlacedBefore) -> list[OrderProperty]:
    """Every property that any of the orders could have."""
    found = list(ORDER_PROPERTIES)
    found.append(OrderProperty("an order date before the window", ("WIN-3",), late))
    for status in sorted({order.status for order in known}):
        requirements = ("STA-3", "WIN-7") if is_custom_status(status, facts) else ("WIN-7",)
        found.append(OrderProperty(f"the status {status}", requirements, _in_status(status)))
    return found


def _in_status(status: str) -> Callable[[Order], bool]:
    return lambda order: order.status == status


def explain(
    missing: Sequence[Order], known: Sequence[Order], facts: StoreFacts, late: PlacedBefore
) -> list[tuple[Order, OrderProperty | None]]:
    """Each missing order with the property that explains it: all that have it are missing.

    The rarest explanation that covers most is taken first; where most have none, none has.
    """
    if not missing:
        return []
    known = [order for order in known if order.customer.shipping is not None and order.items]
    lost = {order.order_number for order in missing}
    explanations = []
    for each in properties(known, facts, late):
        holders = {order.order_number for order in known if each.holds(order)}
        if holders and holders <= lost and len(holders) < len(known):
            explanations.append((each, holders))
    while explanations:
        # where many are missing anyhow, a few may share a property by chance
        covered = set[str]().union(*(holders for _, holders in explanations))
        rate = len(lost - covered) / max(1, len(known) - len(covered))
        telling = [(each, holders) for each, holders in explanations if rate ** len(holders) < MAX_COINCIDENCE]
        if len(telling) == len(explanations):
            break
        explanations = telling
    explained: dict[str, OrderProperty] = {}
    while True:
        best = max(explanations, key=lambda found: len(found[1] - explained.keys()), default=None)
        if best is None or not best[1] - explained.keys():
            break
        for number in best[1] - explained.keys():
            explained[number] = best[0]
    if len(explained) * 2 < len(lost):  # what most are missing for explains the few that share something, too
        explained.clear()
    return [(order, explained.get(order.order_number)) for order in missing]


def findings(
    requirement: str,
    missing: Sequence[Order],
    known: Sequence[Order],
    facts: StoreFacts,
    why: dict[str, str],
    late: PlacedBefore,
    excused: frozenset[str] = frozenset(),
) -> list[Finding]:
    """The missing orders that are this requirement's matter.

    ``excused`` are those that another requirement answers for where nothing explains them.
    """
    found = []
    for order, explanation in explain(missing, known, facts, late):
        if explanation is None and order.order_number in excused:
            continue
        ids = explanation.requirements if explanation else ("WIN-1",)
        if requirement in ids:
            reason = why.get(order.order_number, "")
            common = f" Missing is every order with {explanation.name}." if explanation else ""
            found.append(
                Finding(
                    message=f"The order isn't exported.{common}",
                    order=order.order_number,
                    xpath="/Orders/Order",
                    expected=f"the order, modified {order.modified_at:%m/%d/%Y %H:%M} UTC, status {order.status}",
                    actual=reason or "no such order in the window",
                )
            )
    return found
