"""Compare the lines of an imported order with the store's, and the weights. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import UnsetType

from conformance.checks.compare import MAX_WEIGHT_ROUNDING_G, half_of_last_decimal, is_same_text, normalized
from conformance.checks.item_images import is_same_image
from conformance.checks.item_options import MAX_OPTIONS
from conformance.checks.line_matching import LineForm, LineKey, LineMarks, match_line_places
from conformance.checks.weight import in_grams, options_in_grams
from conformance.contract.fields import ITEM, OPTION
from conformance.contract.weight_units import known_unit
from conformance.importer.field_check import FieldCheck, check_amount, check_text
from conformance.importer.result import ImportedItem, ImportedOrder, ImportedWeight
from mockstore.orders.model import Item, Order

WIRE_ROUNDING_G = Decimal("2.2680")
"""Half of the coarsest step in which an export states weights: 0.01 lb."""

COMPUTING_ROUNDING_G = Decimal("0.001")

SHOWN_WEIGHT = Decimal("0.0001")
"""Precision of an expected weight in a report, in the unit that the importer reported."""


def check_lines(order: ImportedOrder, stored: Order) -> Iterator[FieldCheck]:
    """Compare the total weight, and each line with the store's line that it matches."""
    weights = [_item_grams(item) + options_in_grams(item) for item in stored.items]
    total = sum((item.quantity * grams for item, grams in zip(stored.items, weights, strict=True)), Decimal(0))
    pieces = sum(item.quantity for item in stored.items)
    yield _check_weight("weight", [total], order.weight, roundings=pieces, own_roundings=pieces)
    if isinstance(order.items, UnsetType):
        return
    goods = [line for line in order.items if not line.is_adjustment]
    match = match_line_places(goods, stored.items, IMPORTED_LINES).of(goods, stored.items)
    missing = ", ".join(item.sku or item.name for item in match.missing[:3])
    yield FieldCheck(
        "items",
        f"{len(stored.items)} lines",
        f"{len(goods)} lines{f'; without {missing}' if missing else ''}",
        is_right=(not match.missing and not match.surplus) or _differ_in_missing_skus(match.missing, match.surplus),
    )
    for line, item in match.matched:
        yield from _check_line(line, item)


def _differ_in_missing_skus(missing: Sequence[Item], surplus: Sequence[ImportedItem]) -> bool:
    """True if the lines that found no partner are those without a SKU, and the importer reports nothing else of them.

    A store may export a text of its own in place of such a SKU. Then nothing but the quantity tells the lines.
    """
    if len(missing) != len(surplus) or any(item.sku.strip() for item in missing):
        return False
    if any(_stated(line.name) is not None or _stated(line.line_id) is not None for line in surplus):
        return False
    units = sorted(item.quantity for item in missing)
    return all(isinstance(line.quantity, UnsetType) for line in surplus) or units == sorted(
        line.quantity for line in surplus if not isinstance(line.quantity, UnsetType)
    )


def _check_line(line: ImportedItem, item: Item) -> Iterator[FieldCheck]:
    place = item.line_id or item.sku
    if item.sku.strip():  # a store without a SKU may export a text of its own instead
        yield check_text("items.sku", item.sku, line.sku, place=place)
    yield check_text("items.name", item.name, line.name, place=place)
    quantity = None if isinstance(line.quantity, UnsetType) else f"{line.quantity.normalize():f}"
    yield FieldCheck(
        "items.quantity", str(item.quantity), quantity, is_right=line.quantity == item.quantity, place=place
    )
    price = check_amount("items.unit_price", item.unit_price, line.unit_price, place)
    full_price = check_amount("items.unit_price", item.unit_price + item.discount, line.unit_price, place)
    yield full_price if full_price.is_right else price
    grams = _item_grams(item)
    yield _check_weight("items.weight", [grams, grams + options_in_grams(item)], line.weight, place=place)
    if len(item.image_url) <= ITEM["ImageUrl"].limits[0] or line.image_url:
        url = None if isinstance(line.image_url, UnsetType) else line.image_url
        right = url is not None and is_same_image(item.image_url, url)
        yield FieldCheck("items.image_url", item.image_url, url, is_right=right, place=place)
    yield check_text("items.location", item.location, line.location, place=place)
    yield _check_options(line, item, place)


def _check_options(line: ImportedItem, item: Item, place: str) -> FieldCheck:
    expected = [(option.name, option.value) for option in item.options[:MAX_OPTIONS]]
    shown = ", ".join(f"{name}: {value}" for name, value in expected)
    if isinstance(line.options, UnsetType):
        return FieldCheck("items.options", shown, None, is_right=False, place=place)
    actual = [(str(each.name or ""), str(each.value or "")) for each in line.options]
    right = all(
        any(
            is_same_text(name, one, *OPTION["Name"].limits) and is_same_text(value, other, *OPTION["Value"].limits)
            for one, other in actual
        )
        for name, value in expected
    ) and len(expected) <= len(actual) <= len(item.options)
    shown_actual = ", ".join(f"{name}: {value}" for name, value in actual)
    return FieldCheck("items.options", shown, shown_actual, is_right=right, place=place)


# ---------------------------------------------------------------------- matching


def _key(line: ImportedItem) -> LineKey | None:
    sku, name, options = _stated(line.sku), _stated(line.name), _chosen(line)
    if sku is None or name is None or options is None or isinstance(line.quantity, UnsetType):
        return None
    return normalized(sku), normalized(name), f"{line.quantity.normalize():f}", options


def _marks(line: ImportedItem) -> LineMarks:
    options = _chosen(line)
    return LineMarks(
        _stated(line.line_id),
        _stated(line.sku),
        _stated(line.name),
        None if isinstance(line.quantity, UnsetType) else line.quantity,
        None if isinstance(line.unit_price, UnsetType) else line.unit_price,
        None if options is None else frozenset(options),
    )


def _stated(value: str | UnsetType) -> str | None:
    return None if isinstance(value, UnsetType) or not value.strip() else value


def _chosen(line: ImportedItem) -> tuple[tuple[str, str], ...] | None:
    if isinstance(line.options, UnsetType):
        return None
    return tuple((normalized(str(each.name or "")), normalized(str(each.value or ""))) for each in line.options)


IMPORTED_LINES: LineForm[ImportedItem] = LineForm(
    id=lambda line: _stated(line.line_id), key=_key, marks=_marks, content=lambda line: line
)


# ---------------------------------------------------------------------- weights


def _item_grams(item: Item) -> Decimal:
    """Return the weight of one piece, 0 if the store has none."""
    return in_grams(item.weight) or Decimal(0)


def _check_weight(
    name: str,
    expected_grams: list[Decimal],
    actual: ImportedWeight | UnsetType | None,
    *,
    roundings: int = 1,
    own_roundings: int = 1,
    place: str = "",
) -> FieldCheck:
    """Compare a weight, to the precision in which it is exported and reported. Without a unit it is not reported.

    ``roundings`` is the number of exported weights in it, ``own_roundings`` how often the importer rounds.
    """
    shown = f"{expected_grams[0].normalize():f} g"
    if not isinstance(actual, ImportedWeight) or not actual.unit:
        return FieldCheck(name, shown, None, is_right=actual is None and not expected_grams[0], place=place)
    reported = f"{actual.value} {actual.unit}"
    unit = known_unit(actual.unit)
    if unit is None:
        right = not actual.value and not expected_grams[0]
        return FieldCheck(name, shown, reported, is_right=right, place=place)
    shown = f"{(expected_grams[0] / unit.grams).quantize(SHOWN_WEIGHT).normalize():f} {actual.unit}"
    own_rounding = min(half_of_last_decimal(str(actual.value)) * unit.grams, MAX_WEIGHT_ROUNDING_G)
    tolerance = WIRE_ROUNDING_G * roundings + own_rounding * own_roundings + COMPUTING_ROUNDING_G
    right = any(abs(actual.value * unit.grams - each) <= tolerance for each in expected_grams)
    return FieldCheck(name, shown, reported, is_right=right, place=place)
