"""What a store declares that it lacks: the suite doesn't create it, and doesn't judge by it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from conformance.contract.fields import BY_RECORD, cannot_tell
from mockstore.orders.draft import Draft
from mockstore.orders.totals import with_total_and_weight
from mockstore.shop.facts import StoreFacts

NEVER_LEFT_OUT = frozenset(
    "order_number status placed_at modified_at customer customer.email customer.billing items items.line_id items.sku "
    "items.name items.quantity items.unit_price items.options.name items.options.value items.weight.value "
    "items.weight.unit items.options.weight.value items.options.weight.unit weight.value weight.unit "
    "discounts.name discounts.amount".split()
)
"""Members of a draft that are sent even if the store declares that it lacks them: an order needs them."""
JUDGED_WITHOUT = {"NOT-4": ("customer_notes", "internal_notes"), "NOT-5": ("customer_notes", "internal_notes")}
"""Requirement → fields, of which one is enough to judge the requirement."""
FURTHER_REQUIREMENTS = {
    "items.discount": ("ITM-5", "DIS-7"),
    "items.options.weight": ("WGT-4",),
    "items.shippable": ("ITM-1", "SHP-16"),
    "discounts.coupon": ("DIS-4",),
    "weight": (),
}
"""Fields that the table of fields doesn't connect with requirements."""


def is_lacking(facts: StoreFacts, field: str) -> bool:
    """True if a field, or the object that it is in, is lacking. A store without gifts has no gift messages."""
    steps = field.split(".")
    if cannot_tell(facts, field) or any(".".join(steps[:count]) in facts.lacks for count in range(1, len(steps))):
        return True
    return field == "gift_message" and "gift" in facts.lacks


def unjudged_for_lack(facts: StoreFacts) -> dict[str, str]:
    """Return requirement → the lacking field, for each requirement that can't be judged without a lacking field.

    The time of the last change is not among them: the survey finds other ways.
    """
    found: dict[str, str] = {}
    needs = {field: row.requirements for field, row in BY_RECORD.items()}
    for field, requirements in [*needs.items(), *FURTHER_REQUIREMENTS.items()]:
        if field == "modified_at" or not is_lacking(facts, field):
            continue
        for requirement in requirements:
            if all(is_lacking(facts, other) for other in JUDGED_WITHOUT.get(requirement, ())):
                found.setdefault(requirement, field)
    return found


def without_lacking(draft: Draft, facts: StoreFacts) -> Draft:
    """Return a draft without what the store declares that it lacks; its total is that of what is left."""
    if not facts.lacks:
        return draft
    content = msgspec.to_builtins(draft)
    if not list(_drop(content, "", facts)):
        return draft
    left = msgspec.convert(content, Draft, strict=False)
    sums = (draft.discounts, draft.tax, draft.shipping_amount, draft.items)
    return left if (left.discounts, left.tax, left.shipping_amount, left.items) == sums else with_total_and_weight(left)


def _drop(content: dict[str, Any], path: str, facts: StoreFacts) -> Iterator[str]:
    """Delete the lacking members of an object, in place, and yield their paths."""
    for name in list(content):
        where, value = f"{path}{name}", content[name]
        if where not in NEVER_LEFT_OUT and is_lacking(facts, where):
            del content[name]
            yield where
            continue
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(each, dict):
                yield from _drop(each, f"{where}.", facts)
