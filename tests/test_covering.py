"""The covering array: every combination of levels occurs in the array, and in the orders that are made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import combinations, product

import msgspec
import pytest

from conformance.checks.weight import MIN_TOTAL_TOLERANCE_G
from mockstore.inputs.numbers import MAX_AMOUNT
from mockstore.orders.covering import covering_orders, rows
from mockstore.orders.draft import MAX_QUANTITY, Draft, make_order
from mockstore.orders.factors import (
    ADDRESSES,
    AMBIGUOUS_STATES,
    FACTORS,
    IMPOSSIBLE,
    MANY_LINES,
    MAX_PHONE_CHARS,
    MILLESIMAL_CURRENCIES,
    OTHER_PHONE,
    STATE_NAMES,
    WHOLE_CURRENCIES,
    WORDS_OF_CODE,
)
from mockstore.orders.model import Account, Address, Customer, Discount, Item, Weight
from mockstore.orders.specimens import specimens
from mockstore.orders.totals import MAX_WEIGHT_DECIMALS, rounded, with_total_and_weight
from mockstore.shop.embedded_shops import shop_of
from mockstore.shop.facts import store_facts
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop
from mockstore.shop.versions import VERSIONS
from tests.support.covering_array import PAGE, combinations_to_cover, covered, page_text

BASE = datetime(2026, 3, 10, 6, tzinfo=UTC)


def _to(draft: Draft) -> Address:
    return draft.customer.shipping or Address()


def _account(draft: Draft) -> Account:
    return draft.customer.account or Account()


def _prices(draft: Draft) -> list[Decimal]:
    return [item.unit_price for item in draft.items if item.unit_price]


def _has_decimals(amount: Decimal, places: int) -> bool:
    return amount != round(amount, places - 1)


def _all_items(holds: Callable[[Item], bool]) -> Callable[[Draft], bool]:
    return lambda draft: all(map(holds, draft.items))


def _twins(draft: Draft) -> list[Item]:
    """Return the two lines of one SKU; none if the order has no such lines."""
    return [item for item in draft.items if item.line_id in ("181", "182")]


def _usual_items(draft: Draft) -> list[Item]:
    return [item for item in draft.items if item.unit_price and item not in _twins(draft)]


def _own_options(draft: Draft) -> list[tuple[tuple[str, str], ...]]:
    return [tuple((option.name, option.value) for option in item.options) for item in _twins(draft)]


def _differ(draft: Draft, place: int) -> bool:
    """True if both lines of one SKU have an option, and if only their names (0) or their values (1) differ."""
    options = _own_options(draft)
    return (
        len(options) == 2
        and all(options)
        and options[0][0][place] != options[1][0][place]
        and options[0][0][1 - place] == options[1][0][1 - place]
    )


def _discounts(draft: Draft) -> list[Discount]:
    """Return the discounts without the coupon that pays for all that is left."""
    return list(draft.discounts[:-1] if not draft.total and draft.discounts else draft.discounts)


def _options(draft: Draft) -> list[str]:
    return [option.name for option in draft.items[-1].options]


def _weight_units(draft: Draft) -> set[str]:
    return {item.weight.unit for item in draft.items if item.weight}


def _is_local_hour(draft: Draft, hour: int) -> bool:
    placed = draft.placed_at
    return placed is not None and (placed.hour, placed.minute) == (hour, 0)


def _before_clock_change(draft: Draft, minutes: int) -> bool:
    placed = draft.placed_at
    return placed is not None and placed.minute == minutes and placed.second == 0 and placed.month in (4, 10, 11)


HOLDS: dict[tuple[str, str], Callable[[Draft], bool]] = {
    ("lines", "one"): lambda draft: len(_usual_items(draft)) == 1,
    ("lines", "two"): lambda draft: len(_usual_items(draft)) == 2,
    ("lines", str(MANY_LINES)): lambda draft: len(_usual_items(draft)) == MANY_LINES,
    ("free line", "no"): _all_items(lambda item: item.unit_price > 0),
    ("free line", "yes"): lambda draft: any(not item.unit_price for item in draft.items),
    ("options", "none"): lambda draft: not _options(draft),
    ("options", "one"): lambda draft: len(_options(draft)) == 1,
    ("options", "two of one name"): lambda draft: len(_options(draft)) == 2 and len(set(_options(draft))) == 1,
    ("options", "ten"): lambda draft: len(_options(draft)) == 10,
    ("options", "eleven"): lambda draft: len(_options(draft)) == 11,
    ("options", "with weight"): lambda draft: any(option.weight for option in draft.items[-1].options),
    ("price", "usual"): lambda draft: all(10 <= price <= 30 for price in _prices(draft)),
    ("price", "0.01"): lambda draft: min(_prices(draft)) in (Decimal("0.01"), Decimal("0.02")),
    ("price", "three decimals"): lambda draft: all(_has_decimals(price, 3) for price in _prices(draft)),
    ("price", "four decimals"): lambda draft: all(_has_decimals(price, 4) for price in _prices(draft)),
    ("price", "999.99"): lambda draft: Decimal("999.99") in _prices(draft) or 1000 in _prices(draft),
    ("price", "over 1,000"): lambda draft: any(price > 1200 for price in _prices(draft)),
    **{
        ("weight unit", unit): lambda draft, unit=unit: (
            {item.weight.unit for item in draft.items if item.weight} == {unit}
        )  # type: ignore[misc]
        for unit in ("kg", "g", "lbs", "oz")
    },
    ("weight unit", "no weight"): _all_items(lambda item: item.weight is None),
    ("weight", "usual"): _all_items(lambda item: item.weight is None or item.weight.value == Decimal("1.25")),
    ("weight", "zero first"): lambda draft: draft.items[0].weight is not None and not draft.items[0].weight.value,
    ("weight", "tiny"): lambda draft: draft.items[0].weight is not None and 0 < draft.items[0].weight.value < 1,
    ("weight", "large"): _all_items(lambda item: item.weight is not None and item.weight.value > 1000),
    ("shippable", "all"): _all_items(lambda item: item.shippable),
    ("shippable", "some"): lambda draft: (
        draft.items[0].shippable and (len(_usual_items(draft)) == 1 or not all(each.shippable for each in draft.items))
    ),
    ("shippable", "none"): _all_items(lambda item: not item.shippable),
    ("image and location", "all lines"): _all_items(lambda item: bool(item.image_url and item.location)),
    ("image and location", "not on the first"): lambda draft: not draft.items[0].image_url,
    ("lines of one SKU", "none"): lambda draft: not _twins(draft),
    ("lines of one SKU", "other value"): lambda draft: _differ(draft, 1),
    ("lines of one SKU", "other option"): lambda draft: _differ(draft, 0),
    ("lines of one SKU", "option on the first"): lambda draft: [len(each) for each in _own_options(draft)] == [1, 0],
    ("lines of one SKU", "option on the second"): lambda draft: [len(each) for each in _own_options(draft)] == [0, 1],
    ("lines of one SKU", "other price, name and place"): lambda draft: (
        _own_options(draft) == [(), ()] and len({item.image_url for item in _twins(draft)}) == 2
    ),
    ("discounts", "none"): lambda draft: not _discounts(draft) and not any(item.discount for item in draft.items),
    ("discounts", "one"): lambda draft: len(_discounts(draft)) == 1 and not _discounts(draft)[0].coupon,
    ("discounts", "two of one amount"): lambda draft: (
        len({each.amount for each in _discounts(draft)}) == 1 and len(_discounts(draft)) == 2
    ),
    ("discounts", "two of one name"): lambda draft: len(_discounts(draft)) == 2,
    ("discounts", "coupon"): lambda draft: any(each.coupon for each in _discounts(draft)),
    ("discounts", "on a line"): lambda draft: any(item.discount for item in draft.items),
    ("discount amount", "usual"): lambda draft: all(
        each.amount and not _has_decimals(each.amount, 3) for each in _discounts(draft)
    ),
    ("discount amount", "0"): lambda draft: all(not each.amount for each in _discounts(draft)),
    ("discount amount", "that of shipping"): lambda draft: all(
        each.amount == draft.shipping_amount for each in _discounts(draft)
    ),
    ("discount amount", "three decimals"): lambda draft: any(
        _has_decimals(each.amount, 3) for each in _discounts(draft)
    ),
    ("shipping cost", "usual"): lambda draft: 4 < draft.shipping_amount < 6,
    ("shipping cost", "0"): lambda draft: not draft.shipping_amount,
    ("shipping cost", "three decimals"): lambda draft: _has_decimals(draft.shipping_amount, 3),
    ("shipping cost", "over 1,000"): lambda draft: draft.shipping_amount > 1000,
    ("tax", "usual"): lambda draft: 1 < draft.tax < 3,
    ("tax", "0"): lambda draft: not draft.tax,
    ("tax", "over 1,000"): lambda draft: draft.tax > 2000,
    ("tax", "that of shipping"): lambda draft: draft.tax == draft.shipping_amount,
    ("tax", "three decimals"): lambda draft: _has_decimals(draft.tax, 3),
    ("total", "to pay"): lambda draft: draft.total > 0,
    ("total", "0"): lambda draft: not draft.total,
    ("currency", "the store's"): lambda draft: draft.currency == "GBP",
    ("currency", "another"): lambda draft: draft.currency == "EUR",
    ("currency", "without decimals"): lambda draft: draft.currency in WHOLE_CURRENCIES,
    ("currency", "with three decimals"): lambda draft: draft.currency in MILLESIMAL_CURRENCIES,
    **{
        ("country", country): lambda draft, country=country: _to(draft).country == country  # type: ignore[misc]
        for country in ADDRESSES
    },
    ("state", "code"): lambda draft: _to(draft).state == ADDRESSES[_to(draft).country].state,
    ("state", "name"): lambda draft: _to(draft).state == STATE_NAMES[_to(draft).country],
    ("state", "name in capitals"): lambda draft: (
        len(_to(draft).state) > 2 and _to(draft).state == _to(draft).state.upper()
    ),
    ("state", "name in lower case"): lambda draft: (
        len(_to(draft).state) > 2 and _to(draft).state == _to(draft).state.lower()
    ),
    ("state", "code in lower case"): lambda draft: (
        len(_to(draft).state) <= 2 and _to(draft).state == _to(draft).state.lower()
    ),
    ("state", "that of another country"): lambda draft: (
        _to(draft).state in {state for state, _ in AMBIGUOUS_STATES[_to(draft).country]}
    ),
    ("addresses", "the same"): lambda draft: draft.customer.billing.address1 == _to(draft).address1,
    ("addresses", "other name"): lambda draft: draft.customer.billing.name != _to(draft).name,
    ("addresses", "other company"): lambda draft: draft.customer.billing.company != _to(draft).company,
    ("addresses", "no company, no second line"): lambda draft: not (_to(draft).company or _to(draft).address2),
    ("addresses", "second line only in billing"): lambda draft: (
        bool(draft.customer.billing.address2) and not _to(draft).address2
    ),
    ("addresses", "other country"): lambda draft: draft.customer.billing.country != _to(draft).country,
    ("names", "given"): lambda draft: bool(draft.customer.billing.name.strip() and _to(draft).name),
    ("names", "none in billing"): lambda draft: not draft.customer.billing.name,
    ("names", "blanks in billing"): lambda draft: draft.customer.billing.name.isspace(),
    ("names", "none in shipping"): lambda draft: not _to(draft).name,
    ("names", "the company's"): lambda draft: _to(draft).company in ("", _to(draft).name),
    ("phone", "none"): lambda draft: not (draft.customer.phone or draft.customer.billing.phone or _to(draft).phone),
    ("phone", "over 50"): lambda draft: len(draft.customer.phone) > MAX_PHONE_CHARS,
    ("phone", "both"): lambda draft: bool(draft.customer.billing.phone or _to(draft).phone),
    ("phone", "two"): lambda draft: draft.customer.billing.phone != _to(draft).phone,
    ("phone", "account's"): lambda draft: not draft.customer.phone and bool(_account(draft).phone),
    ("phone", "with extension"): lambda draft: not _to(draft).phone or "ext" in _to(draft).phone,
    ("missing phone", "neither"): lambda draft: bool(draft.customer.billing.phone) == bool(_to(draft).phone),
    ("missing phone", "in billing"): lambda draft: not draft.customer.billing.phone,
    ("missing phone", "in shipping"): lambda draft: not _to(draft).phone,
    ("account's phone", "none"): lambda draft: _account(draft).phone != OTHER_PHONE,
    ("account's phone", "another"): lambda draft: bool(_account(draft).phone),
    ("gift", "no"): lambda draft: not draft.gift and not draft.gift_message,
    ("gift", "yes"): lambda draft: draft.gift and not draft.gift_message,
    ("gift", "with message"): lambda draft: draft.gift and bool(draft.gift_message),
    ("notes", "none"): lambda draft: not (draft.customer_notes or draft.internal_notes),
    ("notes", "customer's"): lambda draft: bool(draft.customer_notes) and not draft.internal_notes,
    ("notes", "staff's"): lambda draft: bool(draft.internal_notes) and not draft.customer_notes,
    ("notes", "both"): lambda draft: bool(draft.internal_notes and draft.customer_notes),
    ("placed", "before the change"): lambda draft: (
        draft.placed_at is not None and draft.placed_at.date() == BASE.date()
    ),
    ("placed", "leap day, at noon"): lambda draft: (
        draft.placed_at is not None and (draft.placed_at.month, draft.placed_at.day) == (2, 29)
    ),
    ("placed", "last second of a year"): lambda draft: (
        draft.placed_at is not None
        and (draft.placed_at.month, draft.placed_at.day, draft.placed_at.second) == (12, 31, 59)
    ),
    ("placed", "first hour of a clock change"): lambda draft: _before_clock_change(draft, 40),
    ("placed", "second hour of a clock change"): lambda draft: _before_clock_change(draft, 20),
    ("placed", "midnight"): lambda draft: _is_local_hour(draft, 0),
    **{
        ("second", second): lambda draft, second=second: (
            draft.modified_at is not None  # type: ignore[misc]
            and draft.modified_at.second == int(second)
        )
        for second in ("0", "30", "59")
    },
    ("order number", "the store's choice"): lambda draft: not draft.order_number,
    ("order number", "leading zeros"): lambda draft: draft.order_number.startswith("00"),
    ("order number", "letters"): lambda draft: draft.order_number.endswith(" A/B&C"),
    ("order number", "50 characters"): lambda draft: len(draft.order_number) == 50,
    ("customer", "guest"): lambda draft: not draft.customer.code and "-mix-" in draft.customer.email,
    ("customer", "account"): lambda draft: bool(draft.customer.code) and bool(_account(draft).email),
    ("customer", "guest of other orders"): lambda draft: "-guest-again@" in draft.customer.email,
    ("customer", "account of other orders"): lambda draft: "-again" in (draft.customer.code or ""),
    ("text", "usual"): lambda draft: draft.shipping_method == "Standard",
    ("text", "0"): lambda draft: draft.shipping_method == "0",
    ("text", "leading zeros"): lambda draft: draft.shipping_method.startswith("00"),
    ("text", "formula"): lambda draft: draft.shipping_method[0] in "=-",
    ("text", "letter case"): lambda draft: draft.shipping_method.startswith("aB"),
    ("text", "two bytes, full"): lambda draft: len(draft.shipping_method) == 100 and "П" in draft.shipping_method,
    ("text", "three bytes, over"): lambda draft: len(draft.shipping_method) == 101 and "東" in draft.shipping_method,
    ("text", "four bytes, full"): lambda draft: len(draft.shipping_method) == 100 and "🎁" in draft.shipping_method,
    ("text", "four bytes, over"): lambda draft: len(draft.shipping_method) == 103,
    ("text", "markup"): lambda draft: "]]>" in draft.shipping_method,
    ("text", "markup, full"): lambda draft: len(draft.shipping_method) == 100 and "a&b<c" in draft.shipping_method,
    ("text", "escapes and separators"): lambda draft: "&#233; &amp;, a; b" in draft.shipping_method,
    ("text", "words of code"): lambda draft: draft.shipping_method in WORDS_OF_CODE,
    ("text", "forms"): lambda draft: "ı" in draft.shipping_method,
}
"""For each level, what an order with this level must have, told from the order alone."""


def test_every_combination_of_levels_is_in_the_array() -> None:
    """Every pair of levels, and every triple of the tripled factors, is in a row."""
    places = [{level: place for place, level in enumerate(factor.levels)} for factor in FACTORS]
    found = {
        combination
        for row in rows()
        for combination in covered([place[level] for place, level in zip(places, row, strict=True)], FACTORS)
    }
    assert combinations_to_cover(FACTORS) - found == set()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_orders_of_every_version_have_every_pair_of_levels(version: str) -> None:
    """Told from the drafts alone, every pair of levels occurs, and the store accepts every draft."""
    shop = shop_of(version)
    facts = store_facts(shop)
    drafts = [specimen.draft for specimen in covering_orders(facts, BASE)]
    held = [
        {key for key, holds in holds_of(facts.currency).items() if holds(draft)} | {("status", draft.status)}
        for draft in drafts
    ]
    names = {factor.name: [level for name, level in HOLDS if name == factor.name] for factor in FACTORS}
    names["status"] = list(dict.fromkeys(status.name for status in facts.statuses[:6]))
    missing = [
        (one, other)
        for first, second in combinations(names, 2)
        for one, other in product([(first, each) for each in names[first]], [(second, each) for each in names[second]])
        if frozenset({one, other}) not in IMPOSSIBLE and not any({one, other} <= each for each in held)
    ]
    assert missing == []
    assert all(make_order(draft, shop, BASE).items for draft in drafts)


def holds_of(currency: str) -> dict[tuple[str, str], Callable[[Draft], bool]]:
    """Return the table of levels for a store with this currency."""
    other = "EUR" if currency != "EUR" else "USD"
    return {
        **HOLDS,
        ("currency", "the store's"): lambda draft: draft.currency == currency,
        ("currency", "another"): lambda draft: draft.currency == other,
    }


def test_every_level_has_a_rule_in_this_test() -> None:
    """No level is left out of the proof."""
    levels = {(factor.name, level) for factor in FACTORS for level in factor.levels if factor.name != "status"}
    assert levels == set(HOLDS)


def test_no_total_is_negative() -> None:
    """A discount is never larger than what it is taken from."""
    facts = store_facts(shop_of(VERSIONS[0]))
    for specimen in covering_orders(facts, BASE):
        draft = specimen.draft
        lines = sum(item.unit_price * item.quantity for item in draft.items)
        assert sum(each.amount for each in _discounts(draft)) <= lines, specimen.name
        assert draft.total >= 0, specimen.name


def decimals_in(value: object) -> Iterator[int]:
    """Yield how many decimals each amount and weight of an order has."""
    if isinstance(value, Decimal):
        yield -int(value.as_tuple().exponent)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from decimals_in(getattr(value, name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from decimals_in(inner)


@pytest.mark.parametrize("unit", sorted(GRAMS_PER_UNIT))
def test_no_number_has_more_than_six_decimals(unit: str) -> None:
    """A strict store may refuse more. The weight of an order in several units is rounded, within WGT-4's tolerance."""
    facts = store_facts(Shop("4.6.3", weight_unit=unit))
    made = [*specimens(facts, BASE), *covering_orders(facts, BASE)]
    assert {each.name: most for each in made if (most := max(decimals_in(each.draft))) > MAX_WEIGHT_DECIMALS} == {}
    for each in made:
        sums = [
            item.quantity * weight.value * GRAMS_PER_UNIT[weight.unit]
            for item in each.draft.items
            for weight in (item.weight, *(option.weight for option in item.options))
            if weight is not None
        ]
        if (whole := each.draft.weight) is not None:
            assert abs(whole.value * GRAMS_PER_UNIT[whole.unit] - sum(sums)) < MIN_TOTAL_TOLERANCE_G, each.name


def test_a_weight_that_needs_no_rounding_stays_as_it_is_written() -> None:
    """Zeros at the end stay, and the largest weight is rounded, too."""
    assert [str(rounded(Decimal(text))) for text in ("1.50", "0", "2.1234565", "1E+3", "0.0000001")] == [
        "1.50",
        "0",
        "2.123456",
        "1E+3",
        "0.000000",
    ]
    heavy = Item(sku="A", weight=Weight(MAX_AMOUNT / 7, "lbs"), quantity=MAX_QUANTITY)
    light = Item(sku="B", weight=Weight(Decimal("0.1"), "oz"))
    draft = with_total_and_weight(Draft(customer=Customer(), items=(heavy, light)))
    assert draft.weight is not None
    assert max(decimals_in(draft.weight)) <= MAX_WEIGHT_DECIMALS


def test_the_page_shows_the_array() -> None:
    """docs/covering-array.md is what ``python -m tests.support.covering_array`` writes."""
    assert PAGE.read_text("utf-8") == page_text()
