"""ORD: the order as a whole. Each kind of finding with an export spoilt so, each tolerance beside its neighbour."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conformance.checks import order as judge
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from mockstore.orders.model import Address, Order
from tests.support.judged import (
    BERLIN,
    EXCHANGE,
    FACTS,
    MUG,
    ORDER,
    adjustment,
    customer,
    discounted,
    document,
    edited,
    element_of,
    exported,
    found,
    one_line,
    order,
    pair,
    worked,
)


def places(findings: Any) -> list[str | None]:
    """Where the findings are."""
    return [each[0] for each in found(findings)]


def several(*edits: dict[str, str | None]) -> list[ExportedOrder]:
    """Orders 1001, 1002 … with these edits, of one document."""
    made = [
        edited(element_of(order(order_number=str(1001 + n), order_id=str(77 + n))), each)
        for n, each in enumerate(edits)
    ]
    return list(document(*made).orders)


def test_a_right_export_has_no_finding() -> None:
    """Every judge of this family lets the plain order pass."""
    right, alone = pair(), exported()
    for check in (
        judge.number_matches,
        judge.order_date_matches,
        judge.last_modified_matches,
        judge.total_matches,
        judge.tax_and_shipping_match,
        judge.shipping_method_matches,
        judge.payment_method_matches,
        judge.currency_matches,
        judge.texts_as_typed,
    ):
        assert not found(check(right)), check
    for wire in (
        judge.id_present,
        judge.number_present,
        judge.dates_valid,
        judge.modified_after_placed,
        judge.total_is_decimal,
        judge.adds_up,
        judge.values_fit,
    ):
        assert not found(wire(alone)), wire


@pytest.mark.parametrize(("name", "text"), [("Gift", ""), ("OrderTotal", "1,234.50"), ("OrderDate", "2026-03-10")])
def test_the_schema_is_asked(name: str, text: str) -> None:
    """ORD-1 finds what orders.xsd refuses, and names order, element and value."""
    reading = document(element_of(ORDER), edited(element_of(order(order_number="1002")), {name: text}))
    (finding,) = judge.schema_valid([reading])
    assert (finding.order, finding.xpath, finding.actual) == ("1002", f"/Orders/Order[2]/{name}", text)
    assert finding.exchange == EXCHANGE


def test_the_strict_schema_says_only_what_the_other_does_not() -> None:
    """ORD-17 finds a clock time that no clock shows, and leaves to ORD-1 what is ORD-1's."""
    odd = document(edited(element_of(ORDER), {"OrderDate": "03/10/2026 21:56 PM"}))
    assert [finding.xpath for finding in judge.strictly_valid([odd])] == ["/Orders/Order[1]/OrderDate"]
    assert not list(judge.schema_valid([odd]))
    invalid = document(edited(element_of(ORDER), {"Gift": ""}))
    assert not list(judge.strictly_valid([invalid]))


@pytest.mark.parametrize("text", ["", "  ", "x" * 51, None])
def test_id_and_number_have_1_to_50_characters(text: str | None) -> None:
    """ORD-2, ORD-3: neither none nor too many."""
    assert places(judge.id_present(exported(edits={"OrderID": text}))) == ["OrderID"]
    assert places(judge.number_present(exported(edits={"OrderNumber": text}))) == ["OrderNumber"]


def test_two_orders_share_no_id() -> None:
    """ORD-2: the second is found; the same order twice is another matter."""
    shared = several({}, {"OrderID": "77"})
    assert [finding.order for finding in judge.unique(shared, "OrderID")] == ["1002"]
    assert not list(judge.unique([*several({}), *several({})], "OrderID"))


def test_an_id_stays_what_it_was() -> None:
    """ORD-2: from export to export."""
    (finding,) = judge.stable(several({}, {}), several({}, {"OrderID": "x"}), "OrderID")
    assert (finding.expected, finding.actual) == ("78", "x")
    assert not list(judge.stable(several({}, {}), several({}, {}), "OrderID"))


@pytest.mark.parametrize("shared", ["", "1", None])
def test_an_id_that_identifies_nothing_accuses_no_number(shared: str | None) -> None:
    """ORD-3 isn't judged by ids that all orders share, or lack."""
    first, second = (several({"OrderID": shared}, {"OrderID": shared}) for _ in range(2))
    assert not list(judge.stable(first, second, "OrderNumber"))


def test_the_number_is_the_one_that_people_see() -> None:
    """ORD-3: not the id, not with something before it."""
    for text in ("77", "#1001"):
        assert places(judge.number_matches(pair(edits={"OrderNumber": text}))) == ["OrderNumber"]


@pytest.mark.parametrize("text", ["", "00/00/0000 00:00", "25/03/2026 10:00", "2026-03-10T08:00:00Z", "03/10/2026"])
def test_a_date_names_a_real_time(text: str) -> None:
    """ORD-4: what no calendar has, or can't be read, is found."""
    assert places(judge.dates_valid(exported(edits={"OrderDate": text}))) == ["OrderDate"]


@pytest.mark.parametrize("text", ["3/10/2026 8:00", "03/10/2026 08:00:20", "03/10/2026 08:00 AM", "03/10/2026 8:00AM"])
def test_forms_of_a_time_pass(text: str) -> None:
    """ORD-5: 12 hours or 24, seconds or none, zeros in front or none."""
    assert not found(judge.order_date_matches(pair(edits={"OrderDate": text})))


@pytest.mark.parametrize(
    "text", ["03/10/2026 09:00", "03/10/2026 04:00", "03/10/2026 08:03", "03/10/2026 00:00", "03/10/2026 09:30"]
)
def test_another_time_is_found(text: str) -> None:
    """ORD-5: the shop's zone, the month for the minute, midnight, the last change."""
    assert places(judge.order_date_matches(pair(edits={"OrderDate": text}))) == ["OrderDate"]


def test_last_modified_is_judged_alike() -> None:
    """ORD-6: the order date in its place is found."""
    (finding,) = found(judge.last_modified_matches(pair(edits={"LastModified": "03/10/2026 08:00"})))
    assert finding[1:] == ("03/10/2026 09:30 UTC", "03/10/2026 08:00")


def test_nothing_is_modified_before_it_was_placed() -> None:
    """ORD-6, from replies alone; the same minute is fine."""
    early = {"LastModified": "03/10/2026 07:59"}
    assert places(judge.modified_after_placed(exported(edits=early))) == ["LastModified"]
    assert not found(judge.modified_after_placed(exported(edits={"LastModified": "03/10/2026 08:00"})))


@pytest.mark.parametrize("text", ["1,234.50", "70,80", "$70.80", "70.80 EUR", "1.0E+25", "", "NaN"])
def test_a_total_is_a_plain_decimal(text: str) -> None:
    """ORD-7: no mark, comma, sign or power."""
    spoilt = {"OrderTotal": text}
    assert places(judge.total_is_decimal(exported(edits=spoilt))) == ["OrderTotal"]
    assert not found(judge.total_matches(pair(edits=spoilt)))  # once is enough


@pytest.mark.parametrize("text", ["70.8", "70.8000", "+70.80", "70.800000000000001"])
def test_decimals_of_a_total_do_not_matter(text: str) -> None:
    """ORD-7: the amount does."""
    assert not found(judge.total_matches(pair(edits={"OrderTotal": text})))


@pytest.mark.parametrize("text", ["64.00", "68.90", "70", "7080", "70.79"])
def test_another_total_is_found(text: str) -> None:
    """ORD-7: of the lines, without tax, in whole units, in cents, a cent off."""
    assert places(judge.total_matches(pair(edits={"OrderTotal": text}))) == ["OrderTotal"]


@pytest.mark.parametrize("text", ["0", "", None, "4.90", "19.00", "1,90"])
def test_another_tax_is_found(text: str | None) -> None:
    """ORD-8: none, the shipping's, a rate, a comma."""
    assert places(judge.tax_and_shipping_match(pair(edits={"TaxAmount": text}))) == ["TaxAmount"]


@pytest.mark.parametrize("text", ["0", "0.00", "", None])
def test_no_tax_may_be_left_out(text: str | None) -> None:
    """ORD-8: 0, nothing and no element are one."""
    held = order(tax=Decimal(0), total=Decimal("68.90"))
    assert not found(judge.tax_and_shipping_match(pair(held, {"TaxAmount": text})))


def test_a_tax_where_there_is_none_is_found() -> None:
    """ORD-8: an invented amount."""
    held = order(tax=Decimal(0))
    assert places(judge.tax_and_shipping_match(pair(held, {"TaxAmount": "0.01"}))) == ["TaxAmount"]


def test_sums_add_up_with_tax_on_top_or_included() -> None:
    """ORD-9: 64.00 + 4.90, with 1.90 or without."""
    assert not found(judge.adds_up(exported(edits={"OrderTotal": "68.90"})))
    for text in ("64.00", "66.70", "72.70", "70.85"):
        assert places(judge.adds_up(exported(edits={"OrderTotal": text}))) == ["OrderTotal"]


def test_adjustments_count_off_whatever_their_sign() -> None:
    """ORD-9: the sign is DIS-2's matter; one that is missing is seen."""
    held = discounted(("Sale", "5.00", ""))
    right = worked(held).exported
    assert not found(judge.adds_up(right))
    positive = edited(right.element, {"Items/Item[3]/UnitPrice": "5.00"})
    assert not found(judge.adds_up(document(positive).orders[0]))
    assert places(judge.adds_up(exported(edits={"OrderTotal": "65.80"}))) == ["OrderTotal"]


def test_the_price_of_one_unit_may_be_rounded() -> None:
    """ORD-9: three at 3.33 cost 10.00; what is off by more than rounding is found."""
    held = one_line(quantity=3, unit_price=Decimal("3.33"))
    shown = {"OrderTotal": "16.80"}
    assert not found(judge.adds_up(exported(held, shown)))
    assert found(judge.adds_up(exported(held, {"OrderTotal": "16.95"})))
    many = one_line(quantity=99999, unit_price=Decimal("0.01"))
    assert found(judge.adds_up(exported(many, {"OrderTotal": "1100.00"})))


def test_an_order_without_lines_or_with_odd_numbers_has_no_sum() -> None:
    """ORD-9: what can't be added isn't; that is ITM's matter and the schema's."""
    assert not found(judge.adds_up(exported(order(items=()))))
    assert not found(judge.adds_up(exported(edits={"Items/Item/UnitPrice": "9,50"})))


@pytest.mark.parametrize("text", ["", "9", "DHL", "Standard"])
def test_another_shipping_method_is_found(text: str) -> None:
    """ORD-10: none, an id, the carrier alone, another."""
    assert places(judge.shipping_method_matches(pair(edits={"ShippingMethod": text}))) == ["ShippingMethod"]


@pytest.mark.parametrize("text", ["", "1", "I", "invoice_processor"])
def test_another_payment_method_is_found(text: str) -> None:
    """ORD-11: none, an id, a letter, the code's name."""
    assert places(judge.payment_method_matches(pair(edits={"PaymentMethod": text}))) == ["PaymentMethod"]


def test_methods_may_be_cut_at_their_limits() -> None:
    """ORD-10, ORD-11: at 100 and at 50, not before."""
    held = order(shipping_method="s" * 101, payment_method="p" * 51)
    assert not found(judge.shipping_method_matches(pair(held, {"ShippingMethod": "s" * 100})))
    assert not found(judge.payment_method_matches(pair(held, {"PaymentMethod": "p" * 50})))
    assert found(judge.shipping_method_matches(pair(held, {"ShippingMethod": "s" * 50})))


@pytest.mark.parametrize("text", ["", None, "USD", "€"])
def test_another_currency_is_found(text: str | None) -> None:
    """ORD-12: none, the store's default, a sign."""
    assert places(judge.currency_matches(pair(edits={"CurrencyCode": text}))) == ["CurrencyCode"]


def test_a_store_that_does_not_say_its_currency_accuses_none() -> None:
    """ORD-12: nothing is known to be wrong."""
    assert not found(judge.currency_matches(pair(order(currency=""), {"CurrencyCode": "EUR"})))
    assert not found(judge.currency_matches(pair(edits={"CurrencyCode": "eur"})))


SPECIAL = order(
    shipping_method="DHL & Söhne",
    items=(msgspec.structs.replace(MUG, name='Becher <groß> "rot"', location="Regal Ö"),),
)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("ShippingMethod", "DHL &amp; Söhne"),
        ("ShippingMethod", "DHL & SÃ¶hne"),
        ("Items/Item/Name", "Becher &lt;groß&gt; &quot;rot&quot;"),
        ("Items/Item/Name", 'Becher  "rot"'),
        ("Items/Item/Location", "Regal ?"),
    ],
)
def test_spoilt_text_is_found_here(path: str, text: str) -> None:
    """ORD-13: at the field where it stands."""
    (place,) = places(judge.texts_as_typed(pair(SPECIAL, {path: text})))
    assert place is not None
    assert place.replace("[1]", "") == path


def test_another_text_is_the_fields_own_matter() -> None:
    """ORD-13 says nothing of a wrong method; ORD-10 does."""
    wrong = {"ShippingMethod": "UPS & Sons"}
    assert not found(judge.texts_as_typed(pair(SPECIAL, wrong)))
    assert found(judge.shipping_method_matches(pair(SPECIAL, wrong)))


def test_a_status_is_text_too() -> None:
    """ORD-13: spoilt, in whatever case; its case is STA-2's matter."""
    held = order(status="Zoll & Steuer")
    assert found(judge.texts_as_typed(pair(held, {"OrderStatus": "zoll_&amp;_steuer"})))
    assert not found(judge.texts_as_typed(pair(held, {"OrderStatus": "ZOLL & STEUER"})))


def test_a_state_abroad_is_text_too() -> None:
    """ORD-13: spoilt there, it is found."""
    held = customer(shipping=msgspec.structs.replace(BERLIN, state="Île-de-France", country="FR"))
    assert found(judge.texts_as_typed(pair(held, {"Customer/ShipTo/State": "Ã\u008ele-de-France"})))


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("CustomerNotes", 1000),
        ("OrderStatus", 50),
        ("Customer/ShipTo/City", 100),
        ("Source", 50),
        ("CustomField1", 100),
    ],
)
def test_what_is_too_long_is_found(path: str, limit: int) -> None:
    """ORD-14: one over; the limit itself passes, blanks around it don't count."""
    assert places(judge.values_fit(exported(edits={path: "x" * (limit + 1)}))) == [path]
    assert not found(judge.values_fit(exported(edits={path: f" {'ä' * limit} "})))


NOWHERE = customer(shipping=None)


def shipped_to(address: Address, held: Order = NOWHERE) -> Pair:
    """The order of nowhere, sent to this address."""
    going = msgspec.structs.replace(held, customer=msgspec.structs.replace(held.customer, shipping=address))
    return Pair(exported(going), held, FACTS)


def test_the_billing_address_may_stand_in() -> None:
    """ORD-15: for a missing shipping address."""
    assert not found(judge.no_invented_address(shipped_to(BERLIN)))


@pytest.mark.parametrize(
    "address", [Address(), Address("Shop", "", "", "1 Plaza", "", "Boston", "MA", "02116", "US"), Address(country="DE")]
)
def test_any_other_address_is_invented(address: Address) -> None:
    """ORD-15: the shop's, blank fields, a country alone."""
    assert places(judge.no_invented_address(shipped_to(address))) == ["Customer/ShipTo"]


def test_times_compare_across_midnight() -> None:
    """ORD-5: 23:59 UTC isn't the day after."""
    held = order(placed_at=datetime(2026, 3, 9, 23, 59, 10, tzinfo=UTC))
    assert not found(judge.order_date_matches(pair(held)))
    assert found(judge.order_date_matches(pair(held, {"OrderDate": "03/10/2026 23:59"})))


def test_an_adjustment_that_says_nothing_is_summed_as_nothing() -> None:
    """ORD-9: 0.00 changes no sum."""
    assert not found(judge.adds_up(worked(ORDER, adjustment("Nothing", "0.00")).exported))
