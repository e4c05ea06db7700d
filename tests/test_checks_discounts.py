"""DIS: discounts arrive with the right sign, sum and coupons, and count once."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from conformance.checks import discounts as judge
from conformance.checks.matching import Pair
from conformance.checks.order import adds_up
from mockstore.orders.model import Order
from tests.support.judged import LAMP, MUG, ORDER, adjustment, discounted, exported, found, order, pair, worked

ONE = discounted(("Sale", "5.00", ""))
COUPON = discounted(("Coupon", "5.00", "AUTUMN5"))
TWO = discounted(("Coupon", "1.25", "TEN-A"), ("Coupon", "0.75", "TEN-B"))
THREE = discounted(("Loyalty", "3.33", ""), ("Sun & Moon", "0.01", "SUN&MOON"), ("Bulk", "1.00", ""))
REDUCED = order(
    items=(msgspec.structs.replace(MUG, unit_price=Decimal("8.00"), discount=Decimal("1.50")), LAMP),
    total=Decimal("67.80"),
)
"""Two mugs, 1.50 off each: 3.00 off the lines, none off the order."""
BOTH = msgspec.structs.replace(REDUCED, discounts=COUPON.discounts, total=Decimal("62.80"))


def adjusted(held: Order, *shown: tuple[str, str], price: str = "") -> Pair:
    """The order beside an export with these adjustments, name and price, and this price of a mug."""
    bare = msgspec.structs.replace(held, discounts=())
    edits = {"Items/Item[1]/UnitPrice": price} if price else {}
    made = worked(bare, *(adjustment(name, amount) for name, amount in shown), edits=edits)
    return Pair(made.exported, held, made.facts)


def test_a_right_export_has_no_finding() -> None:
    """Every check of the feature accepts every kind of discount."""
    for held in (ONE, COUPON, TWO, THREE, REDUCED, BOTH):
        for check in (
            judge.adjustments_sum_up,
            judge.coupon_recognisable,
            judge.all_discounts_arrive,
            judge.charged_once,
        ):
            assert not found(check(pair(held))), check
        assert not found(judge.adjustments_negative(exported(held)))
    assert not found(judge.discount_is_adjustment(pair(ONE)))
    assert not found(judge.no_adjustment_invented(pair()))


def test_a_discount_is_an_adjustment() -> None:
    """DIS-1: no adjustment, and a negative line without Adjustment, are found."""
    assert [each[2] for each in found(judge.discount_is_adjustment(adjusted(ONE)))] == ["no adjustment"]
    unmarked = pair(ONE, {"Items/Item[3]/Adjustment": "false"})
    assert [each[2] for each in found(judge.discount_is_adjustment(unmarked))] == ["a negative line without Adjustment"]


@pytest.mark.parametrize(("price", "right"), [("-5.00", True), ("-0.01", True), ("5.00", False), ("0.00", False)])
def test_an_adjustment_is_negative(price: str, right: bool) -> None:
    """DIS-2: 0 isn't a discount."""
    assert (not found(judge.adjustments_negative(exported(ONE, {"Items/Item[3]/UnitPrice": price})))) is right


def test_a_price_that_is_not_a_number_is_reported_once() -> None:
    """DIS-2, DIS-3: ORD-1 reports a decimal comma."""
    comma = pair(ONE, {"Items/Item[3]/UnitPrice": "-5,00"})
    assert not found(judge.adjustments_negative(comma.exported))
    assert not found(judge.adjustments_sum_up(comma))


@pytest.mark.parametrize("price", ["-15", "-4.99", "-10.00", "-0.05"])
def test_another_sum_is_found(price: str) -> None:
    """DIS-3: a percentage, a cent off, twice the sum, cents as units; DIS-6 reports it for several discounts."""
    assert len(found(judge.adjustments_sum_up(adjusted(ONE, ("Sale", price))))) == 1
    assert len(found(judge.all_discounts_arrive(adjusted(TWO, ("Coupons TEN-A TEN-B", price))))) == 1


def test_a_negative_quantity_takes_off_too() -> None:
    """DIS-2 alone reports a positive price with a negative quantity: the sum is right."""
    shown = pair(ONE, {"Items/Item[3]/Quantity": "-1", "Items/Item[3]/UnitPrice": "5.00"})
    assert found(judge.adjustments_negative(shown.exported))
    assert not found(judge.adjustments_sum_up(shown))
    assert not found(adds_up(shown.exported))


def test_a_sum_counts_quantities() -> None:
    """DIS-3: three times 5.00 isn't 5.00."""
    assert found(judge.adjustments_sum_up(pair(ONE, {"Items/Item[3]/Quantity": "3"})))


def test_several_discounts_may_be_one_line() -> None:
    """DIS-6: one adjustment may hold the sum, if it names all coupons (DIS-4)."""
    one = adjusted(TWO, ("Coupons ten-a, ten-b", "-2.00"))
    assert not found(judge.all_discounts_arrive(one))
    assert not found(judge.coupon_recognisable(one))
    unnamed = adjusted(TWO, ("Coupon TEN-A", "-2.00"))
    assert [each[1] for each in found(judge.coupon_recognisable(unnamed))] == [
        "TEN-B in an adjustment's Name or SKU, or in CustomField1 to 3"
    ]
    in_fields = pair(TWO, {"Items/Item[3]/Name": "Discount", "CustomField2": "TEN-A", "CustomField3": "ten-b"})
    assert not found(judge.coupon_recognisable(in_fields))


def test_a_code_may_be_cut_where_several_share_a_full_text() -> None:
    """DIS-4: only at the end of a text as long as its field; elsewhere a code that begins alike is missing."""
    first, second = "A" * 48, "B" * 50
    held = discounted(("One", "1.00", first), ("Two", "2.00", second))
    both = f"Coupon: {first}, {second}"

    def judged(text: str) -> int:
        return len(found(judge.coupon_recognisable(adjusted(held, (text, "-3.00")))))

    assert judged(both[:100]) == 0
    assert judged(f"Coupon: {first}") == 1
    assert judged(f"Coupon: {first}".ljust(100, "x")) == 1


def test_a_missing_discount_is_reported_once() -> None:
    """DIS-6 reports it; DIS-3 doesn't report the sum, nor DIS-4 the coupon."""
    first = adjusted(TWO, ("Coupon TEN-A", "-1.25"))
    assert [each[2] for each in found(judge.all_discounts_arrive(first))] == ["-1.25: without TEN-B"]
    assert not found(judge.adjustments_sum_up(first))
    assert not found(judge.coupon_recognisable(first))
    assert judge.missing_discounts(adjusted(THREE, ("SUN&MOON", "-0.01"))) == (THREE.discounts[0], THREE.discounts[2])
    assert not judge.missing_discounts(pair(THREE))


@pytest.mark.parametrize("name", ["AUTUMN5", "Coupon autumn5 (5 %)", "Coupon: AUTUMN5"])
def test_a_coupon_is_recognised(name: str) -> None:
    """DIS-4: in any letter case, with any text around it."""
    assert not found(judge.coupon_recognisable(adjusted(COUPON, (name, "-5.00"))))


@pytest.mark.parametrize("name", ["Discount", "Coupon", "17", ""])
def test_a_coupon_without_its_code_is_found(name: str) -> None:
    """DIS-4: the kind of discount, an id or an empty name isn't the code."""
    assert len(found(judge.coupon_recognisable(adjusted(COUPON, (name, "-5.00"))))) == 1


def test_a_damaged_code_is_recognised() -> None:
    """DIS-4: other requirements report the damage."""
    held = discounted(("Sun", "5.00", "SUN&MOON"))
    assert not found(judge.coupon_recognisable(adjusted(held, ("SUN&amp;MOON", "-5.00"))))


@pytest.mark.parametrize("price", ["0.00", "-1.00", "-0.01"])
def test_no_discount_is_invented(price: str) -> None:
    """DIS-5: an adjustment of 0 is found, too."""
    assert judge.has_no_discount(pair())
    assert len(found(judge.no_adjustment_invented(adjusted(ORDER, ("Discount", price))))) == 1


def test_a_line_discount_may_be_an_adjustment_beside_the_full_price() -> None:
    """DIS-7: the sum must be what was charged."""
    assert not found(judge.charged_once(adjusted(REDUCED, ("Products", "-3.00"), price="9.50")))
    full = adjusted(BOTH, ("AUTUMN5", "-5.00"), ("Products", "-3.00"), price="9.50")
    assert not found(judge.charged_once(full))
    assert not found(judge.adjustments_sum_up(full))


@pytest.mark.parametrize(
    ("price", "off"), [("8.00", "-3.00"), ("9.50", ""), ("6.50", ""), ("9.50", "-1.50"), ("6.50", "-3.00")]
)
def test_a_line_discount_counts_once(price: str, off: str) -> None:
    """DIS-7: taken off twice, never, for one unit of two, or three times."""
    shown = adjusted(REDUCED, *([("Products", off)] if off else []), price=price)
    assert len(found(judge.charged_once(shown))) == 1
    assert found(adds_up(shown.exported))


def test_other_wrong_amounts_are_not_reported_as_line_discounts() -> None:
    """DIS-7: ITM-5 reports a wrong price, DIS-1 a missing discount, DIS-3 a wrong sum."""
    assert not found(judge.charged_once(adjusted(REDUCED, price="16.00")))
    assert not found(judge.charged_once(adjusted(BOTH)))
    assert not found(judge.charged_once(adjusted(BOTH, ("AUTUMN5", "-1.00"))))


def test_which_orders_are_judged() -> None:
    """Each scenario looks at orders with the kind of discount that it is about."""
    assert judge.has_order_discount(pair(ONE))
    assert not judge.has_order_discount(pair(REDUCED))
    assert judge.has_line_discount(pair(BOTH))
    assert judge.has_coupon(pair(COUPON))
    assert not judge.has_coupon(pair(ONE))
    assert judge.has_several_discounts(pair(TWO))
    assert not judge.has_several_discounts(pair(ONE))
    assert judge.has_adjustment(exported(ONE))
    assert not judge.has_adjustment(exported())


FINE = discounted(("Bulk", "1.125", ""), ("Loyalty", "2.335", ""))
"""Two discounts of three decimals."""


@pytest.mark.parametrize("first", ["-1.12", "-1.13"])
def test_discounts_of_three_decimals_may_be_rounded_or_cut(first: str) -> None:
    """DIS-3, DIS-6: each of the two amounts may be half a cent away, and so may their sum."""
    came = adjusted(FINE, ("Bulk", first), ("Loyalty", "-2.34"))
    for check in (judge.adjustments_sum_up, judge.all_discounts_arrive, judge.charged_once):
        assert not found(check(came)), check
    assert found(judge.all_discounts_arrive(adjusted(FINE, ("Bulk", first), ("Loyalty", "-2.30"))))


@pytest.mark.parametrize(
    ("shown", "damaged", "missing"),
    [
        ("Sömmer-5", False, False),
        ("SÖMMER-5 for you", False, False),
        ("S&ouml;mmer-5", True, False),
        ("S?mmer-5", True, False),
        ("Smmer-5", True, False),
        ("Sommer-5", True, False),
        ("Winter-5", False, True),
        ("Discount", False, True),
    ],
)
def test_a_code_with_an_umlaut(shown: str, damaged: bool, missing: bool) -> None:
    """ORD-13 reports a code whose letters are damaged, DIS-4 a code that cannot be recognised."""
    came = adjusted(discounted(("Coupon", "5.00", "Sömmer-5")), (shown, "-5.00"))
    assert bool(found(judge.coupons_as_typed(came))) is damaged
    assert bool(found(judge.coupon_recognisable(came))) is missing
    assert judge.has_special_coupon(came)


@pytest.mark.parametrize(("length", "right"), [(60, True), (50, True), (47, True), (46, False)])
def test_a_code_longer_than_a_sku_may_be_cut(length: int, right: bool) -> None:
    """DIS-4: at 50 characters, or up to three before it."""
    code = "".join(f"{number:02}" for number in range(30))
    came = adjusted(discounted(("Coupon", "5.00", code)), (code[:length], "-5.00"))
    assert (not found(judge.coupon_recognisable(came))) is right


@pytest.mark.parametrize(("total", "right"), [("0.00", True), ("24.80", False)])
def test_an_order_paid_by_coupon_adds_up(total: str, right: bool) -> None:
    """ORD-9: a total of 0 is a total."""
    held = discounted(("Gift card", str(ORDER.total), "PAID"))
    assert (not found(adds_up(exported(held, {"OrderTotal": total})))) is right
