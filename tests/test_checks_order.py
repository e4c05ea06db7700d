"""ORD: the order as a whole. Each finding is tested beside what is still accepted."""

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
    """Every check of the feature accepts the plain order."""
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
def test_a_document_that_the_schema_refuses_is_found(name: str, text: str) -> None:
    """ORD-1 names order, element and value."""
    reading = document(element_of(ORDER), edited(element_of(order(order_number="1002")), {name: text}))
    (finding,) = judge.schema_valid([reading])
    assert (finding.order, finding.xpath, finding.actual) == ("1002", f"/Orders/Order[2]/{name}", text)
    assert finding.exchange == EXCHANGE


def test_the_strict_schema_reports_only_its_own_rules() -> None:
    """ORD-17 finds a time that no clock shows; ORD-1 reports the rest."""
    odd = document(edited(element_of(ORDER), {"OrderDate": "03/10/2026 21:56 PM"}))
    assert [finding.xpath for finding in judge.strictly_valid([odd])] == ["/Orders/Order[1]/OrderDate"]
    assert not list(judge.schema_valid([odd]))
    invalid = document(edited(element_of(ORDER), {"Gift": ""}))
    assert not list(judge.strictly_valid([invalid]))


@pytest.mark.parametrize("text", ["", "  ", "x" * 51, None])
def test_id_and_number_have_1_to_50_characters(text: str | None) -> None:
    """ORD-2, ORD-3: an empty id and one of 51 characters are found."""
    assert places(judge.id_present(exported(edits={"OrderID": text}))) == ["OrderID"]
    assert places(judge.number_present(exported(edits={"OrderNumber": text}))) == ["OrderNumber"]


def test_two_orders_share_no_id() -> None:
    """ORD-2: the second order is found; PAG-2 reports an order that comes twice."""
    shared = several({}, {"OrderID": "77"})
    assert [finding.order for finding in judge.order_ids_unique(shared)] == ["1002"]
    assert not list(judge.order_ids_unique([*several({}), *several({})]))


def test_an_id_stays_the_same() -> None:
    """ORD-2: from export to export."""
    (finding,) = judge.value_stays(several({}, {}), several({}, {"OrderID": "x"}), "OrderID")
    assert (finding.expected, finding.actual) == ("78", "x")
    assert not list(judge.value_stays(several({}, {}), several({}, {}), "OrderID"))


@pytest.mark.parametrize("shared", ["", "1", None])
def test_an_id_that_identifies_nothing_is_not_used(shared: str | None) -> None:
    """ORD-3: orders aren't compared by ids that are missing, or that all orders share."""
    first, second = (several({"OrderID": shared}, {"OrderID": shared}) for _ in range(2))
    assert not list(judge.value_stays(first, second, "OrderNumber"))


def test_the_number_is_the_one_that_people_see() -> None:
    """ORD-3: the id, and a number with a prefix, are found."""
    for text in ("77", "#1001"):
        assert places(judge.number_matches(pair(edits={"OrderNumber": text}))) == ["OrderNumber"]


@pytest.mark.parametrize("text", ["", "00/00/0000 00:00", "25/03/2026 10:00", "2026-03-10T08:00:00Z", "03/10/2026"])
def test_a_date_is_a_real_time(text: str) -> None:
    """ORD-4: an impossible date and an unreadable text are found."""
    assert places(judge.dates_valid(exported(edits={"OrderDate": text}))) == ["OrderDate"]


@pytest.mark.parametrize("text", ["3/10/2026 8:00", "03/10/2026 08:00:20", "03/10/2026 08:00 AM", "03/10/2026 8:00AM"])
def test_forms_of_a_time_pass(text: str) -> None:
    """ORD-5: 12 or 24 hours, with or without seconds and leading zeros."""
    assert not found(judge.order_date_matches(pair(edits={"OrderDate": text})))


@pytest.mark.parametrize(
    "text", ["03/10/2026 09:00", "03/10/2026 04:00", "03/10/2026 08:03", "03/10/2026 00:00", "03/10/2026 09:30"]
)
def test_another_time_is_found(text: str) -> None:
    """ORD-5: the shop's zone, months for minutes, midnight, the time of the last change."""
    assert places(judge.order_date_matches(pair(edits={"OrderDate": text}))) == ["OrderDate"]


def test_another_last_modified_is_found() -> None:
    """ORD-6: the order date in its place is found."""
    (finding,) = found(judge.last_modified_matches(pair(edits={"LastModified": "03/10/2026 08:00"})))
    assert finding[1:] == ("03/10/2026 09:30 UTC", "03/10/2026 08:00")


@pytest.mark.parametrize(
    ("text", "right"), [("09:30", True), ("09:30:59", True), ("09:31", False), ("09:30:58", False)]
)
def test_last_modified_is_cut_and_not_rounded_up(text: str, right: bool) -> None:
    """ORD-6: 09:30:59 is 09:30. ORD-5 accepts an OrderDate of 09:31 for it, too."""
    held = order(modified_at=datetime(2026, 3, 10, 9, 30, 59, tzinfo=UTC))
    assert (not found(judge.last_modified_matches(pair(held, {"LastModified": f"03/10/2026 {text}"})))) is right
    placed = order(placed_at=datetime(2026, 3, 10, 9, 30, 59, tzinfo=UTC))
    assert not found(judge.order_date_matches(pair(placed, {"OrderDate": "03/10/2026 09:31"})))


def test_nothing_is_modified_before_it_was_placed() -> None:
    """ORD-6, judged without the store's record; the same minute is right."""
    early = {"LastModified": "03/10/2026 07:59"}
    assert places(judge.modified_after_placed(exported(edits=early))) == ["LastModified"]
    assert not found(judge.modified_after_placed(exported(edits={"LastModified": "03/10/2026 08:00"})))


@pytest.mark.parametrize("text", ["1,234.50", "70,80", "$70.80", "70.80 EUR", "1.0E+25", "", "NaN"])
def test_a_total_is_a_plain_decimal(text: str) -> None:
    """ORD-7: thousands separators, commas, currency signs and powers are found."""
    damaged = {"OrderTotal": text}
    assert places(judge.total_is_decimal(exported(edits=damaged))) == ["OrderTotal"]
    assert not found(judge.total_matches(pair(edits=damaged)))  # once is enough


@pytest.mark.parametrize("text", ["70.8", "70.8000", "+70.80", "70.800000000000001"])
def test_decimals_of_a_total_do_not_matter(text: str) -> None:
    """ORD-7: the amount is compared, not its text."""
    assert not found(judge.total_matches(pair(edits={"OrderTotal": text})))


@pytest.mark.parametrize("text", ["64.00", "68.90", "70", "7080", "70.79"])
def test_another_total_is_found(text: str) -> None:
    """ORD-7: the sum of the lines, without tax, in whole units, in cents, a cent off."""
    assert places(judge.total_matches(pair(edits={"OrderTotal": text}))) == ["OrderTotal"]


@pytest.mark.parametrize("text", ["0", "", None, "4.90", "19.00", "1,90"])
def test_another_tax_is_found(text: str | None) -> None:
    """ORD-8: an empty tax, that of shipping, a rate, a comma."""
    assert places(judge.tax_and_shipping_match(pair(edits={"TaxAmount": text}))) == ["TaxAmount"]


@pytest.mark.parametrize("text", ["0", "0.00", "", None])
def test_a_tax_of_0_may_be_left_out(text: str | None) -> None:
    """ORD-8: 0, an empty element and no element are the same."""
    held = order(tax=Decimal(0), total=Decimal("68.90"))
    assert not found(judge.tax_and_shipping_match(pair(held, {"TaxAmount": text})))


def test_an_invented_tax_is_found() -> None:
    """ORD-8: the order has no tax."""
    held = order(tax=Decimal(0))
    assert places(judge.tax_and_shipping_match(pair(held, {"TaxAmount": "0.01"}))) == ["TaxAmount"]


def test_sums_add_up_with_tax_on_top_or_included() -> None:
    """ORD-9: 64.00 + 4.90, with 1.90 or without."""
    assert not found(judge.adds_up(exported(edits={"OrderTotal": "68.90"})))
    for text in ("64.00", "66.70", "72.70", "70.85"):
        assert places(judge.adds_up(exported(edits={"OrderTotal": text}))) == ["OrderTotal"]


def test_adjustments_are_subtracted_whatever_their_sign() -> None:
    """ORD-9: DIS-2 reports the sign; a missing adjustment is found here."""
    held = discounted(("Sale", "5.00", ""))
    right = worked(held).exported
    assert not found(judge.adds_up(right))
    positive = edited(right.element, {"Items/Item[3]/UnitPrice": "5.00"})
    assert not found(judge.adds_up(document(positive).orders[0]))
    assert places(judge.adds_up(exported(edits={"OrderTotal": "65.80"}))) == ["OrderTotal"]


def test_the_price_of_one_unit_may_be_rounded() -> None:
    """ORD-9: three at 3.33 may cost 10.00; a larger difference is found."""
    held = one_line(quantity=3, unit_price=Decimal("3.33"))
    shown = {"OrderTotal": "16.80"}
    assert not found(judge.adds_up(exported(held, shown)))
    assert found(judge.adds_up(exported(held, {"OrderTotal": "16.95"})))
    many = one_line(quantity=99999, unit_price=Decimal("0.01"))
    assert found(judge.adds_up(exported(many, {"OrderTotal": "1100.00"})))


def test_an_order_without_lines_or_with_unreadable_numbers_has_no_sum() -> None:
    """ORD-9: the ITM requirements and ORD-1 report them."""
    assert not found(judge.adds_up(exported(order(items=()))))
    assert not found(judge.adds_up(exported(edits={"Items/Item/UnitPrice": "9,50"})))


@pytest.mark.parametrize("text", ["", "9", "DHL", "Standard"])
def test_another_shipping_method_is_found(text: str) -> None:
    """ORD-10: an empty one, an id, the carrier alone, another method."""
    assert places(judge.shipping_method_matches(pair(edits={"ShippingMethod": text}))) == ["ShippingMethod"]


@pytest.mark.parametrize("text", ["", "1", "I", "invoice_processor"])
def test_another_payment_method_is_found(text: str) -> None:
    """ORD-11: an empty one, an id, a letter, the name of the program."""
    assert places(judge.payment_method_matches(pair(edits={"PaymentMethod": text}))) == ["PaymentMethod"]


def test_methods_may_be_cut_at_their_limits() -> None:
    """ORD-10, ORD-11: at 100 and at 50 characters, not before."""
    held = order(shipping_method="s" * 101, payment_method="p" * 51)
    assert not found(judge.shipping_method_matches(pair(held, {"ShippingMethod": "s" * 100})))
    assert not found(judge.payment_method_matches(pair(held, {"PaymentMethod": "p" * 50})))
    assert found(judge.shipping_method_matches(pair(held, {"ShippingMethod": "s" * 50})))


@pytest.mark.parametrize("text", ["", None, "USD", "€"])
def test_another_currency_is_found(text: str | None) -> None:
    """ORD-12: an empty one, the store's default, a sign."""
    assert places(judge.currency_matches(pair(edits={"CurrencyCode": text}))) == ["CurrencyCode"]


def test_an_unknown_currency_is_not_judged() -> None:
    """ORD-12: the store's record doesn't say the currency."""
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
def test_damaged_text_is_found(path: str, text: str) -> None:
    """ORD-13: at the field where it stands."""
    (place,) = places(judge.texts_as_typed(pair(SPECIAL, {path: text})))
    assert place is not None
    assert place.replace("[1]", "") == path


def test_another_text_is_reported_once() -> None:
    """ORD-10 reports a wrong method; ORD-13 doesn't."""
    wrong = {"ShippingMethod": "UPS & Sons"}
    assert not found(judge.texts_as_typed(pair(SPECIAL, wrong)))
    assert found(judge.shipping_method_matches(pair(SPECIAL, wrong)))


def test_a_damaged_status_is_found() -> None:
    """ORD-13: in any letter case; STA-2 reports the case."""
    held = order(status="Zoll & Steuer")
    assert found(judge.texts_as_typed(pair(held, {"OrderStatus": "zoll_&amp;_steuer"})))
    assert not found(judge.texts_as_typed(pair(held, {"OrderStatus": "ZOLL & STEUER"})))


def test_a_damaged_state_is_found() -> None:
    """ORD-13: outside of the US and Canada, a state is a text."""
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
def test_a_value_that_is_too_long_is_found(path: str, limit: int) -> None:
    """ORD-14: the limit itself is right, and spaces around a value don't count."""
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
    """ORD-15: the shop's address, empty fields, a country alone."""
    assert places(judge.no_invented_address(shipped_to(address))) == ["Customer/ShipTo"]


def test_times_compare_across_midnight() -> None:
    """ORD-5: 23:59 UTC isn't on the next day."""
    held = order(placed_at=datetime(2026, 3, 9, 23, 59, 10, tzinfo=UTC))
    assert not found(judge.order_date_matches(pair(held)))
    assert found(judge.order_date_matches(pair(held, {"OrderDate": "03/10/2026 23:59"})))


def test_an_adjustment_of_0_changes_no_sum() -> None:
    """ORD-9: 0.00 is subtracted."""
    assert not found(judge.adds_up(worked(ORDER, adjustment("Nothing", "0.00")).exported))
