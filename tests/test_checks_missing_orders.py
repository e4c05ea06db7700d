"""Which property explains a missing order, and which scenario reports it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from conformance.checks.missing_orders import CUSTOM_STATUS, OTHER_STATUS, MissingOrder, explain
from conformance.checks.order_properties import OrderProperty
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.missing_orders import (
    StoreOrders,
    none_missing_because_of_property,
    none_missing_because_of_status,
    none_missing_without_explanation,
)
from mockstore.orders.model import Discount, Order
from tests.support.judged import FACTS, LAMP, MUG, ORDER, order


def never(held: Order) -> bool:
    """No order is placed before its window."""
    return False


def numbered(*orders: Order) -> tuple[Order, ...]:
    """The orders, each with a number of its own."""
    return tuple(
        msgspec.structs.replace(each, order_number=str(n), order_id=str(n)) for n, each in enumerate(orders, start=1)
    )


SCENARIOS = {
    "the gift flag": "GIF-1",
    "a discount": "DIS-1",
    "long notes": "NOT-5",
    CUSTOM_STATUS: "STA-3",
}
"""How the features name a property → the requirement whose scenario is about it."""


def blamed(missing: Sequence[Order], known: Sequence[Order]) -> list[tuple[str, ...]]:
    """For each missing order the requirements that answer for it."""
    return [reporting(order, cause) for order, cause in explain(missing, known, FACTS, never)]


def reporting(order: Order, cause: OrderProperty | None) -> tuple[str, ...]:
    """The requirements whose scenarios report a missing order."""
    found = [name for group, name in SCENARIOS.items() if judged(none_missing_because_of_property, order, cause, group)]
    found += ["WIN-7"] if judged(none_missing_because_of_status, order, cause) else []
    return (*found, *(["WIN-1"] if judged(none_missing_without_explanation, order, cause) else []))


def judged(
    judge: Callable[[StoreOrders], Iterator[Finding]],
    order: Order,
    cause: OrderProperty | None,
    group: str = "",
    excused: frozenset[str] = frozenset(),
) -> list[Finding]:
    """What a Then finds of one missing order among the orders of a group."""
    try:
        return list(judge(StoreOrders(group, (order,), (MissingOrder(order, cause),), excused)))
    except NotExercised:  # the order is missing for another reason, and no other has the property
        return []


PLAIN = [ORDER] * 6


def test_a_property_that_all_missing_orders_share_explains_them() -> None:
    """All gifts are missing, and no other order: GIF-1."""
    known = numbered(*PLAIN, order(gift=True), order(gift=True))
    assert blamed(known[6:], known) == [("GIF-1",), ("GIF-1",)]


def test_a_property_of_an_exported_order_explains_nothing() -> None:
    """One gift was exported, so another gift is missing for another reason."""
    known = numbered(*PLAIN, order(gift=True), order(gift=True))
    assert blamed(known[7:], known) == [("WIN-1",)]


def test_a_status_of_the_merchant_is_reported_twice() -> None:
    """STA-3 is about the merchant's statuses, WIN-7 about all."""
    known = numbered(*PLAIN, order(status="Zoll"))
    assert blamed(known[6:], known) == [("STA-3", "WIN-7")]


def test_long_notes_explain_missing_orders() -> None:
    """NOT-5: notes that are too long in characters, or in bytes."""
    ascii_only, many_bytes = order(customer_notes="n" * 1001), order(customer_notes="ä" * 900)
    known = numbered(*PLAIN, order(customer_notes="ä"), ascii_only, order(customer_notes="ä" * 1001), many_bytes)
    assert blamed(known[7:], known) == [("NOT-5",)] * 3
    assert blamed(known[8:], known) == [("NOT-5",)] * 2
    assert blamed(known[7:8], known) == [("WIN-1",)]


def test_long_notes_of_one_kind_are_enough() -> None:
    """NOT-5: the customer's long notes break the export, the staff's don't."""
    known = numbered(
        *PLAIN, order(customer_notes="ä"), order(customer_notes="ä" * 900), order(internal_notes="ä" * 900)
    )
    assert blamed(known[7:8], known) == [("NOT-5",)]


def test_the_cause_of_most_losses_explains_the_rest() -> None:
    """One gift is among many missing orders that share no property."""
    known = numbered(*PLAIN, order(gift=True), *PLAIN)
    assert blamed(known[2:9], known) == [("WIN-1",)] * 7


def test_a_date_explains_more_than_the_properties_of_old_orders() -> None:
    """All orders before a day are missing. That many of them are gifts, or have discounts, does not explain it."""
    sale = (Discount("Sale", Decimal(1)),)
    old = [
        order(modified_at=ORDER.modified_at - timedelta(days=30), gift=number % 2 == 0, discounts=sale * (number % 3))
        for number in range(12)
    ]
    known = numbered(*old, *PLAIN)
    assert blamed(known[:12], known) == [("WIN-1",)] * 12
    ((_, cause), *_) = explain(known[:12], known, FACTS, never)
    assert cause is not None
    assert cause.name == f"a last change before {ORDER.modified_at:%m/%d/%Y %H:%M} UTC"


def test_orders_without_lines_or_address_do_not_count() -> None:
    """A store may leave them out."""
    known = numbered(*PLAIN, order(items=(), gift=True), order(gift=True))
    assert blamed(known[7:], known) == [("GIF-1",)]


def test_a_finding_names_the_shared_property() -> None:
    """It also names the order, and what the store answered."""
    known = numbered(*PLAIN, order(discounts=(Discount("Sale", Decimal(1)),)), order(items=(MUG, LAMP)))
    ((missing, cause),) = explain(known[6:7], known, FACTS, never)
    finding = MissingOrder(missing, cause, "status 500").finding()
    assert finding.order == "7"
    assert "every order with a discount" in finding.message.lower()
    assert finding.actual == "status 500"
    assert reporting(missing, cause) == ("DIS-1",)


def test_an_excused_order_is_not_reported() -> None:
    """Another requirement reports it, unless a property explains the loss."""
    (first, *_) = numbered(*PLAIN)
    assert judged(none_missing_without_explanation, first, None)
    assert not judged(none_missing_without_explanation, first, None, excused=frozenset((first.order_number,)))


def test_a_status_of_the_shop_is_reported_once() -> None:
    """WIN-7 reports it; STA-3 is about the merchant's statuses."""
    known = numbered(*PLAIN, order(status="Complete"))
    ((_, cause),) = explain(known[6:], known, FACTS, never)
    assert cause is not None
    assert cause.group == OTHER_STATUS


def test_a_property_of_which_no_order_came_is_not_judged() -> None:
    """Nothing shows that such orders are exported, and nothing that they are missing because of the property."""
    gift, other = numbered(order(gift=True), order(gift=True, status="Complete"))
    lost = MissingOrder(gift)
    with pytest.raises(NotExercised, match="no order with the gift flag came"):
        list(none_missing_because_of_property(StoreOrders("the gift flag", (gift,), (lost,), frozenset())))
    came = StoreOrders("the gift flag", (gift, other), (lost,), frozenset(), frozenset({other.order_number}))
    assert list(none_missing_because_of_property(came)) == []
    with pytest.raises(NotExercised, match="no order with the status Processed came"):
        list(none_missing_because_of_status(came))
    complete = StoreOrders("", (gift, other), (MissingOrder(other),), frozenset(), frozenset({gift.order_number}))
    with pytest.raises(NotExercised, match="no order with the status Complete came"):
        list(none_missing_because_of_status(complete))
