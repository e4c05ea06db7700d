"""What failing orders share: the simplest property that all of them have and no passing order has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from conformance.checks.order_properties import CONTENTS, PLAIN_TEXT, TEXTS, traits_of
from conformance.checks.shared_property import JudgedOrder, explain
from conformance.core.finding import Finding, SharedProperty
from mockstore.orders.model import Address, Item, Order
from tests.support.judged import BOSTON, FACTS, LAMP, MUG, ORDER, customer, discounted, one_line, order

ADDRESS2 = "/Orders/Order[3]/Customer/ShipTo/Address2"
CITY = "/Orders/Order[3]/Customer/ShipTo/City"
THREE_LINES = (LAMP, MUG, replace(LAMP, sku="L2"))
TOTAL = "/Orders/Order[2]/OrderTotal"


def shipped_to(**changes: str) -> Order:
    """The plain order with these fields of its shipping address."""
    return customer(shipping=replace(BOSTON, **changes))


def numbered(orders: Iterable[Order]) -> list[Order]:
    """The orders, each with a number, an hour and an e-mail address of its own."""
    return [
        replace(
            each,
            order_number=str(1000 + n),
            order_id=str(n),
            modified_at=each.modified_at + timedelta(hours=n % 2, minutes=n),
            customer=replace(each.customer, email=f"{n}@shop.example"),
        )
        for n, each in enumerate(orders)
    ]


def shared_by(
    failing: Sequence[Order], passing: Sequence[Order], xpath: str = ADDRESS2, requirement: str = "CUS-4"
) -> list[SharedProperty]:
    """What the failing orders share, if each fails at this place."""
    orders = numbered([*failing, *passing])
    findings = [Finding(message="wrong", order=each.order_number, xpath=xpath) for each in orders[: len(failing)]]
    return shared(findings, orders, requirement)


def shared(findings: Sequence[Finding], orders: Iterable[Order], requirement: str = "CUS-4") -> list[SharedProperty]:
    """What the orders of these findings share."""
    judged = [JudgedOrder(labels=(each.order_number,), order=each) for each in orders]
    return list(explain(requirement, findings, judged, FACTS)[1])


def names(found: Iterable[SharedProperty]) -> list[str]:
    """The names of the properties."""
    return [each.name for each in found]


WITHOUT = [shipped_to(address2="", city=city) for city in ("Boston", "Salem", "Lynn", "Quincy", "Lowell", "Natick")] * 3
WITH = [shipped_to(address2=line, city=city) for line, city in (("Apt 2", "Lynn"), ("Floor 3", "Salem"))] * 3


def test_the_property_and_both_numbers_are_told() -> None:
    """All failing orders have a second address line, and no other order has one."""
    assert shared_by(WITH, WITHOUT) == [
        SharedProperty(name="a second address line in the shipping address", failing=6, others=18)
    ]


def test_each_finding_names_the_property_of_its_order() -> None:
    """The views put it under the sentence by that name."""
    orders = numbered([*WITH, *WITHOUT])
    findings = [Finding(message="wrong", order=each.order_number, xpath=ADDRESS2) for each in orders[:6]]
    judged = [JudgedOrder(labels=("", each.order_number), order=each) for each in orders]
    told, _ = explain("CUS-4", findings, judged, FACTS)
    assert {each.shared for each in told} == {"a second address line in the shipping address"}


def test_a_property_that_a_passing_order_has_too_is_not_told() -> None:
    """A statement is made only if it is true of every judged order."""
    assert shared_by(WITH, [*WITHOUT, WITH[0]]) == []


def test_few_orders_prove_nothing() -> None:
    """One failing order has every property of its own; with few others nearly everything fits."""
    assert shared_by(WITH[:1], WITHOUT) == []
    assert shared_by(WITH, WITHOUT[:4]) == []


def test_every_judged_order_may_fail() -> None:
    """Then there is no property, and that is said."""
    assert shared_by(WITH, []) == [SharedProperty(name="", failing=6, others=0)]


@pytest.mark.parametrize(
    ("failing", "passing", "xpath", "requirement", "name"),
    [
        (order(total=Decimal("1004.50")), order(total=Decimal("999.99")), TOTAL, "ORD-7", "a total of more than 1,000"),
        (order(currency="JPY"), order(), TOTAL, "ORD-7", "the currency JPY"),
        (shipped_to(city="Köln"), shipped_to(city="Bonn"), CITY, "CUS-4", "characters beyond ASCII in the city"),
        (shipped_to(city="Y" * 101), shipped_to(city="Y" * 100), CITY, "CUS-4", "more than 100 characters in the city"),
        (
            one_line(LAMP, quantity=2),
            one_line(LAMP),
            "/Orders/Order[1]/Items/Item[1]/Quantity",
            "ITM-4",
            "several units",
        ),
        (
            order(items=(LAMP, MUG, LAMP)),
            order(items=(LAMP, MUG, replace(LAMP, sku="L2"))),
            "/Orders/Order[1]/Items",
            "ITM-7",
            "the same SKU",
        ),
        (discounted(("A", "5", "x1")), discounted(("A", "5", "X1")), "", "DIS-4", "a coupon with lower-case letters"),
        (order(gift=True), order(), "/Orders/Order[1]/Gift", "GIF-1", "the gift flag"),
        (order(), order(gift=True), "/Orders/Order[1]/Gift", "GIF-2", "no gift flag"),
        (
            one_line(MUG, discount=Decimal(1)),
            order(items=(replace(MUG, quantity=1, discount=Decimal(1)), MUG)),
            "/Orders/Order[1]",
            "ORD-9",
            "a line with several units and a discount",
        ),
    ],
)
def test_properties_of_all_parts_of_an_order_are_known(
    failing: Order, passing: Order, xpath: str, requirement: str, name: str
) -> None:
    """The property of the field that the findings are about comes first."""
    others = [passing, shipped_to(address2=""), order(status="Zoll"), passing, order(customer_notes="Hi")]
    if name == "several units":
        others = [passing] * 5
    if name == "no gift flag":
        others = [passing] * 5
    (found,) = names(shared_by([failing] * 3, others * 3, xpath, requirement))
    assert name in found


def test_two_properties_together_are_found() -> None:
    """An interaction: only orders with both properties fail."""
    kinds = [
        order(gift=gift, customer_notes=notes, status=status)
        for gift in (True, False)
        for notes in ("Hello", "")
        for status in ("Processed", "Complete", "Zoll", "Open", "Failed")
    ]
    failing = [each for each in kinds if each.gift and each.customer_notes]
    passing = [each for each in kinds if not (each.gift and each.customer_notes)]
    found = names(shared_by(failing, passing, "/Orders/Order[1]/CustomerNotes", "NOT-1"))
    assert found == ["notes of the customer and the gift flag"]


def test_two_orders_do_not_prove_an_interaction() -> None:
    """Two orders nearly always share some pair of properties by chance."""
    some = [order(gift=True, customer_notes="a"), order(gift=True, customer_notes="b", status="Zoll")]
    others = [
        order(gift=True),
        order(customer_notes="c"),
        order(),
        order(status="Zoll"),
        order(status="Zoll", gift=True),
    ]
    assert shared_by(some, others * 2, "/Orders/Order[1]/CustomerNotes", "NOT-1") == []


def test_several_causes_at_one_element_explain_a_part_each() -> None:
    """Orders that fail for two reasons: each property is told with the number of orders that it explains."""
    kinds = [
        order(total=total, currency=currency, status=status, payment_method=method, tax=tax)
        for total in (Decimal("20.50"), Decimal(0), Decimal("1500.00"))
        for tax in (Decimal("1.90"), Decimal(0))
        for currency in ("EUR", "JPY")
        for status in ("Processed", "Complete", "Zoll")
        for method in ("Card", "Cash")
    ]
    failing = [each for each in kinds if not each.total or (each.total > 1000 and each.currency == "EUR")]
    passing = [each for each in kinds if each not in failing]
    assert shared_by(failing, passing, TOTAL, "ORD-7") == [
        SharedProperty(name="a total of 0", failing=24, others=36, among=36),
    ]


def test_what_only_failing_orders_happen_to_have_is_no_cause() -> None:
    """Where most orders fail, a month or a status may occur only among them."""
    kinds = [order(total=Decimal(n), status=("Zoll", "Processed")[n % 3 == 0]) for n in range(40)]
    failing = [each for each in kinds if each.total != 3 * int(each.total / 3) or each.total > 20]
    passing = [each for each in kinds if each not in failing]
    assert shared_by(failing, passing, "/Orders/Order[1]/TaxAmount", "ORD-8") == []


def test_findings_at_several_elements_are_explained_by_element() -> None:
    """Two bugs in one requirement have a property each, and the statement names the element."""
    kinds = [
        shipped_to(address2=line, city=city) for line in ("", "Apt 2") for city in ("Köln", "Zürich", "Bonn", "Kiel")
    ]
    orders = numbered(kinds * 3)
    findings = []
    for each in orders:
        assert each.customer.shipping is not None
        if each.customer.shipping.address2:
            findings.append(Finding(message="wrong", order=each.order_number, xpath=ADDRESS2))
        if not each.customer.shipping.city.isascii():
            findings.append(Finding(message="wrong", order=each.order_number, xpath=CITY))
    found = {each.place: (each.name, each.failing, each.others) for each in shared(findings, orders)}
    assert found["Customer/ShipTo/Address2"] == ("a second address line in the shipping address", 12, 12)
    name, failing, others = found["Customer/ShipTo/City"]
    assert name.endswith("in the city of the shipping address")
    assert (failing, others) == (12, 12)


def test_findings_of_several_messages_at_one_element_are_explained_by_message() -> None:
    """The statement then says of how many failing orders it speaks."""
    orders = numbered(
        [order(status="Zoll"), order(status="Open"), order(), order(gift=True), order(tax=Decimal(3))] * 4
    )
    findings = [
        Finding(
            message=f"Every order with the status {each.status} is missing.", order=each.order_number, xpath="/Orders"
        )
        for each in orders
        if each.status != ORDER.status
    ]
    assert shared(findings, orders, "WIN-7") == [
        SharedProperty(name="the status Zoll", failing=4, others=16, among=8),
        SharedProperty(name="the status Open", failing=4, others=16, among=8),
    ]


def test_a_finding_about_no_known_order_is_left_alone() -> None:
    """It cannot be said of an order that the store's record lacks."""
    orders = numbered([*WITH, *WITHOUT])
    findings = [Finding(message="wrong", order=number, xpath=ADDRESS2) for number in ("1000", "unknown")]
    assert shared(findings, orders) == []


def test_random_failures_share_nothing() -> None:
    """Orders that fail for no reason have nothing in common: no statement is made."""
    orders = numbered(
        order(
            gift=n % 2 == 0, customer_notes="Hi" * (n % 3), status=("Zoll", "Processed")[n % 5 == 0], tax=Decimal(n % 4)
        )
        for n in range(60)
    )
    for start in range(20):
        failing = {(start * 7 + step * step * 11) % 60 for step in range(1, 8)}
        findings = [Finding(message="wrong", order=orders[n].order_number, xpath=TOTAL) for n in sorted(failing)]
        assert shared(findings, orders, "ORD-7") == []


def test_the_same_orders_give_the_same_property_in_any_sequence() -> None:
    """The search is deterministic."""
    orders = numbered([*WITH, *WITHOUT])
    findings = [Finding(message="wrong", order=each.order_number, xpath=ADDRESS2) for each in orders[:6]]
    assert shared(findings[::-1], orders[::-1]) == shared(findings, orders)


def test_no_property_of_contents_holds_for_a_plain_text() -> None:
    """The search skips plain texts, so nothing may be missed by that."""
    plain = ("Apt 2", "Berlin", "St. Mary", "x", "Room 12 B")
    assert all(PLAIN_TEXT.fullmatch(text) for text in plain)
    assert not [name for name, holds in CONTENTS for text in plain if holds(text)]


def test_a_long_text_costs_no_time() -> None:
    """Its test for plainness does not go back and forth in the text."""
    assert PLAIN_TEXT.fullmatch("word " * 50_000 + "!") is None


def test_every_text_of_the_table_can_be_read() -> None:
    """Each names a field of the record; an order without optional data has the opposites."""
    bare = order(items=(Item(),), customer=replace(ORDER.customer, shipping=None, billing=Address()))
    held = {trait.name for trait in traits_of(bare)}
    assert {"no shipping address", "no company in the billing address", "no line with a location"} <= held
    assert len({text.present for text in TEXTS}) == len({text.record for text in TEXTS})
