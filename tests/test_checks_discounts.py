"""DIS: that discounts arrive, their sign and sum, their coupons, and how often they count."""

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
    """Whatever was taken off."""
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
    """DIS-1: none at all, or a negative line that isn't marked."""
    assert [each[2] for each in found(judge.discount_is_adjustment(adjusted(ONE)))] == ["no adjustment"]
    unmarked = pair(ONE, {"Items/Item[3]/Adjustment": "false"})
    assert [each[2] for each in found(judge.discount_is_adjustment(unmarked))] == ["a negative line without Adjustment"]


@pytest.mark.parametrize(("price", "right"), [("-5.00", True), ("-0.01", True), ("5.00", False), ("0.00", False)])
def test_an_adjustment_is_below_zero(price: str, right: bool) -> None:
    """DIS-2: nothing is no discount."""
    assert (not found(judge.adjustments_negative(exported(ONE, {"Items/Item[3]/UnitPrice": price})))) is right


def test_a_price_that_is_no_number_is_the_schemas_matter() -> None:
    """DIS-2, DIS-3: a decimal comma is one finding."""
    comma = pair(ONE, {"Items/Item[3]/UnitPrice": "-5,00"})
    assert not found(judge.adjustments_negative(comma.exported))
    assert not found(judge.adjustments_sum_up(comma))


@pytest.mark.parametrize("price", ["-15", "-4.99", "-10.00", "-0.05"])
def test_another_sum_is_found(price: str) -> None:
    """DIS-3: per cent, a cent off, twice, cents for units; of several discounts by DIS-6, too."""
    assert len(found(judge.adjustments_sum_up(adjusted(ONE, ("Sale", price))))) == 1
    assert len(found(judge.all_discounts_arrive(adjusted(TWO, ("Coupons TEN-A TEN-B", price))))) == 1


def test_a_negative_quantity_is_below_zero_too() -> None:
    """DIS-2 alone: a positive price by a negative quantity takes off what it should."""
    shown = pair(ONE, {"Items/Item[3]/Quantity": "-1", "Items/Item[3]/UnitPrice": "5.00"})
    assert found(judge.adjustments_negative(shown.exported))
    assert not found(judge.adjustments_sum_up(shown))
    assert not found(adds_up(shown.exported))


def test_a_sum_counts_quantities() -> None:
    """DIS-3: three times 5.00 isn't 5.00."""
    assert found(judge.adjustments_sum_up(pair(ONE, {"Items/Item[3]/Quantity": "3"})))


def test_several_discounts_may_be_one_line() -> None:
    """DIS-6: that names all the coupons (DIS-4)."""
    one = adjusted(TWO, ("Coupons ten-a, ten-b", "-2.00"))
    assert not found(judge.all_discounts_arrive(one))
    assert not found(judge.coupon_recognisable(one))
    unnamed = adjusted(TWO, ("Coupon TEN-A", "-2.00"))
    assert [each[1] for each in found(judge.coupon_recognisable(unnamed))] == ["TEN-B in an adjustment's Name or SKU"]


def test_a_lost_discount_is_one_cause() -> None:
    """DIS-6 alone: not the sum's (DIS-3), not the coupon's (DIS-4)."""
    first = adjusted(TWO, ("Coupon TEN-A", "-1.25"))
    assert [each[2] for each in found(judge.all_discounts_arrive(first))] == ["-1.25: without TEN-B"]
    assert not found(judge.adjustments_sum_up(first))
    assert not found(judge.coupon_recognisable(first))
    assert judge.missing_discounts(adjusted(THREE, ("SUN&MOON", "-0.01"))) == (THREE.discounts[0], THREE.discounts[2])
    assert not judge.missing_discounts(pair(THREE))


@pytest.mark.parametrize("name", ["AUTUMN5", "Coupon autumn5 (5 %)", "Coupon: AUTUMN5"])
def test_a_coupon_is_recognised(name: str) -> None:
    """DIS-4: in any case, with anything around it."""
    assert not found(judge.coupon_recognisable(adjusted(COUPON, (name, "-5.00"))))


@pytest.mark.parametrize("name", ["Discount", "Coupon", "17", ""])
def test_a_coupon_without_its_code_is_found(name: str) -> None:
    """DIS-4: its kind, an id, nothing."""
    assert len(found(judge.coupon_recognisable(adjusted(COUPON, (name, "-5.00"))))) == 1


def test_a_spoilt_code_can_be_recognised() -> None:
    """DIS-4: that it is spoilt is another matter."""
    held = discounted(("Sun", "5.00", "SUN&MOON"))
    assert not found(judge.coupon_recognisable(adjusted(held, ("SUN&amp;MOON", "-5.00"))))


@pytest.mark.parametrize("price", ["0.00", "-1.00", "-0.01"])
def test_no_discount_is_invented(price: str) -> None:
    """DIS-5: not even of nothing."""
    assert judge.has_no_discount(pair())
    assert len(found(judge.no_adjustment_invented(adjusted(ORDER, ("Discount", price))))) == 1


def test_a_line_discount_may_be_an_adjustment_beside_the_full_price() -> None:
    """DIS-7: what counts is what was charged."""
    assert not found(judge.charged_once(adjusted(REDUCED, ("Products", "-3.00"), price="9.50")))
    full = adjusted(BOTH, ("AUTUMN5", "-5.00"), ("Products", "-3.00"), price="9.50")
    assert not found(judge.charged_once(full))
    assert not found(judge.adjustments_sum_up(full))


@pytest.mark.parametrize(
    ("price", "off"), [("8.00", "-3.00"), ("9.50", ""), ("6.50", ""), ("9.50", "-1.50"), ("6.50", "-3.00")]
)
def test_a_line_discount_counts_once(price: str, off: str) -> None:
    """DIS-7: twice, never, twice off the price, for one unit of two, three times."""
    shown = adjusted(REDUCED, *([("Products", off)] if off else []), price=price)
    assert len(found(judge.charged_once(shown))) == 1
    assert found(adds_up(shown.exported))


def test_what_else_is_wrong_is_not_charged_to_line_discounts() -> None:
    """DIS-7: a price that is another's (ITM-5), a discount of the order that is lost (DIS-1) or wrong (DIS-3)."""
    assert not found(judge.charged_once(adjusted(REDUCED, price="16.00")))
    assert not found(judge.charged_once(adjusted(BOTH)))
    assert not found(judge.charged_once(adjusted(BOTH, ("AUTUMN5", "-1.00"))))


def test_what_is_looked_at() -> None:
    """Orders with discounts of either kind, coupons, several."""
    assert judge.has_order_discount(pair(ONE))
    assert not judge.has_order_discount(pair(REDUCED))
    assert judge.has_line_discount(pair(BOTH))
    assert judge.has_coupon(pair(COUPON))
    assert not judge.has_coupon(pair(ONE))
    assert judge.has_several_discounts(pair(TWO))
    assert not judge.has_several_discounts(pair(ONE))
    assert judge.has_adjustment(exported(ONE))
    assert not judge.has_adjustment(exported())
