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
4. If less than half of the missing orders are explained, no explanation is used: most are missing for an
   unknown reason, and probably all are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from conformance.checks.item_images import is_without_image
from conformance.checks.item_locations import is_without_location
from conformance.checks.item_options import MAX_OPTIONS
from conformance.checks.missing_lines import FREE, ONE_OF_MANY, WITHOUT_SKU, LineProperty
from conformance.checks.notes import MAX_NOTE_CHARS, has_note_over_limit
from conformance.checks.statuses import is_custom_status
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Order
from mockstore.shop.facts import StoreFacts

_BREAKING = re.compile(r"<|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
"""Text that makes a document malformed if it isn't escaped."""

MAX_COINCIDENCE = 0.01
"""A property explains missing orders if the probability of a coincidence is lower than this."""

PlacedBefore = Callable[[Order], bool]
"""True if an order was placed before the start of the window in which it was modified."""


CUSTOM_STATUS = "a status that the merchant added"
OTHER_STATUS = "a status that the merchant did not add"
NO_SCENARIO = ""
"""The group of the properties for which there is no scenario."""


@dataclass(frozen=True, slots=True)
class OrderProperty:
    """A property of an order.

    ``group`` is the property's name in the features: ``Given the store's orders with {group}``. One scenario reports
    all properties of a group. ``is_must`` is false if only a SHOULD, or no requirement at all, is about such orders.
    Then WIN-1 reports their loss, too.
    """

    name: str
    group: str
    holds: Callable[[Order], bool]
    is_must: bool = True


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


def _of_lines(name: str, group: str, line: LineProperty) -> OrderProperty:
    """Return the property of orders that have a line with the property ``line``."""
    return OrderProperty(name, group, lambda order: any(line.holds(item, order) for item in order.items), line.is_must)


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
    """True if a note has too many bytes. Code that counts bytes may cut it inside a character."""
    return len(note.encode()) > MAX_NOTE_CHARS and not note.isascii()


ORDER_PROPERTIES = (
    _of_lines("a line that is free", "a free line", FREE),
    _of_lines("200 lines", "200 lines", ONE_OF_MANY),
    _of_lines("a product without a SKU", "a product without a SKU", WITHOUT_SKU),
    OrderProperty("hardly any optional data", "optional data missing", _is_bare),
    OrderProperty("a product without an image", "a product without an image", _some(is_without_image)),
    OrderProperty("a product without a weight", "optional data missing", _some(lambda item: item.weight is None)),
    OrderProperty("a product without a location", "optional data missing", _some(is_without_location)),
    OrderProperty("no billing name", "no billing name", lambda order: not order.customer.billing.name.strip()),
    OrderProperty(
        "no phone in the order",
        "optional data missing",
        lambda order: not order.customer.phone and not order.customer.billing.phone,
    ),
    OrderProperty("a gift message", "a gift message", lambda order: bool(order.gift_message)),
    OrderProperty("the gift flag", "the gift flag", lambda order: order.gift),
    OrderProperty("a coupon", "a coupon", lambda order: any(discount.coupon for discount in order.discounts)),
    OrderProperty("a discount", "a discount", lambda order: bool(order.discounts)),
    OrderProperty(
        "more than ten options on a line",
        "more than ten options on a line",
        _some(lambda item: len(item.options) > MAX_OPTIONS),
    ),
    OrderProperty("']]>' in a text", "special characters", lambda order: "]]>" in _texts(order)),
    OrderProperty("& or < in a text", "special characters", lambda order: _BREAKING.search(_texts(order)) is not None),
    OrderProperty(
        "control characters in a text",
        "special characters",
        lambda order: any(ord(c) < 32 and c not in "\t\n\r" for c in _texts(order)),
    ),
    OrderProperty(
        "letters like é or ß in a text",
        "special characters",
        lambda order: any(0x80 <= ord(c) <= 0xFF for c in _texts(order)),
    ),
    OrderProperty(
        "characters beyond the basic plane",
        "special characters",
        lambda order: any(ord(c) > 0xFFFF for c in _texts(order)),
    ),
    OrderProperty("characters beyond ASCII", "special characters", lambda order: not _texts(order).isascii()),
    OrderProperty("notes over 1000 characters", "long notes", has_note_over_limit),
    OrderProperty(
        "notes of over 1000 bytes by the customer", "long notes", lambda order: _is_wide(order.customer_notes)
    ),
    OrderProperty("notes of over 1000 bytes by the staff", "long notes", lambda order: _is_wide(order.internal_notes)),
    OrderProperty(
        "a number that isn't its id",
        NO_SCENARIO,
        lambda order: order.order_number != order.order_id,
        is_must=False,
    ),
    OrderProperty(
        "no line to ship", "optional data missing", lambda order: not any(item.shippable for item in order.items)
    ),
)


def properties(known: Iterable[Order], facts: StoreFacts, placed_before: PlacedBefore) -> list[OrderProperty]:
    """Return all properties that the orders may have."""
    found = list(ORDER_PROPERTIES)
    found.append(OrderProperty("an order date before the window", "an order date before the window", placed_before))
    for status in sorted({order.status for order in known}):
        group = CUSTOM_STATUS if is_custom_status(status, facts) else OTHER_STATUS
        found.append(OrderProperty(f"the status {status}", group, _in_status(status)))
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
    expected = [order for order in known if order.customer.shipping is not None and order.items]
    lost = {order.order_number for order in missing}
    candidates = _candidates(expected, lost, properties(expected, facts, placed_before))
    causes = _cover(_without_coincidences(candidates, lost, len(expected)))
    if len(causes) * 2 < len(lost):
        causes = {}
    return [(order, causes.get(order.order_number)) for order in missing]


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
