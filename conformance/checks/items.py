"""ITM: the lines of an order, and the values of each line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_FLOOR, ROUND_HALF_UP

from conformance.checks.compare import CUT_SLACK_CHARS, is_same_amount, is_same_but_damaged, is_same_text, normalized
from conformance.checks.findings import about, at
from conformance.checks.item_options import options_of_other_lines, shown_options
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder, Value
from conformance.contract.fields import ITEM
from conformance.core.finding import Finding
from mockstore.orders.model import Item

MANY_LINES = 200
"""An order with at least this many lines is one of the contract's hard cases."""
MAX_QUANTITY = 99999


def is_free(item: Item) -> bool:
    """True if a line costs nothing."""
    return item.unit_price == 0


def is_without_sku(item: Item) -> bool:
    """True if a line's product has no SKU."""
    return not item.sku.strip()


def has_line_with(predicate: Callable[[Item], bool]) -> Callable[[Pair], bool]:
    """Return a predicate of orders: True if ``predicate`` is true for one of the order's lines."""

    def holds(pair: Pair) -> bool:
        return any(predicate(item) for item in pair.truth.items)

    return holds


has_lines = has_line_with(lambda item: True)
has_sku = has_line_with(lambda item: not is_without_sku(item))


def has_several_lines(pair: Pair) -> bool:
    """True if the order has more than one line."""
    return len(pair.truth.items) > 1


def no_surplus_line(pair: Pair) -> Iterator[Finding]:
    """ITM-1: every exported line is a line of the order, and no line is exported twice."""
    for line in pair.lines.surplus:
        price = line["UnitPrice"].decimal
        if price is None or price >= 0:  # a negative line is a discount that isn't marked as one (DIS-1)
            yield about(
                pair.exported,
                "There is a line that the order doesn't have, or a line comes twice.",
                f"{len(pair.truth.items)} lines",
                f"{line['SKU'].text} {line['Name'].text} × {line['Quantity'].text}",
                line.xpath,
            )


def sku_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-2: SKU is the code of the product or of the chosen variant, special characters included."""
    yield from line_value_matches(
        pair,
        "SKU",
        lambda item: item.sku,
        lambda item, text: is_without_sku(item) or is_same_text(item.sku, text, *ITEM["SKU"].limits),
    )


def name_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-3: Name is the product's name at the time of the order. The line's options may follow it."""
    yield from line_value_matches(
        pair,
        "Name",
        lambda item: item.name,
        lambda item, text: (
            is_same_but_damaged(item.name, text, *ITEM["Name"].limits) or has_options_after_name(item, text)
        ),
    )


def has_options_after_name(item: Item, text: str) -> bool:
    """True if a text is the name of a line's product, followed by the line's options: ``T-shirt Colour: Red``."""
    name, whole = normalized(item.name), normalized(text)
    if not item.options or not name or not whole.startswith(name):
        return False
    rest = whole[len(name) :]
    is_cut = any(len(text) >= limit - CUT_SLACK_CHARS for limit in ITEM["Name"].limits)
    return is_cut or all(normalized(option.value) in rest for option in item.options)


def line_value_matches(
    pair: Pair, element: str, own: Callable[[Item], str], is_right: Callable[[Item, str], bool]
) -> Iterator[Finding]:
    """Check that each line has its own value. ITM-11 or LOC-2 reports a value of another line."""
    for line, item in pair.lines.matched:
        value = line[element]
        if not is_right(item, value.text) and not is_of_another_line(pair, item, own, value.text):
            yield at(value, pair.exported, f"{element} isn't the value of this line.", own(item) or "(nothing)")


def is_of_another_line(pair: Pair, item: Item, own: Callable[[Item], str], text: str) -> bool:
    """True if a text is another line's value and not the line's own."""
    others = {normalized(own(other)) for other in pair.truth.items if other is not item}
    return bool(normalized(text)) and normalized(text) in others and normalized(text) != normalized(own(item))


def quantity_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-4: Quantity is the quantity ordered. ITM-7 reports two lines that were merged into one."""
    for line, item in pair.lines.matched:
        value = line["Quantity"]
        merged = [other.quantity for other in pair.lines.missing if not is_without_sku(item) and other.sku == item.sku]
        right = {item.quantity, item.quantity + sum(merged)}
        if value.decimal is not None and value.decimal not in right:
            yield at(value, pair.exported, "Quantity isn't what was ordered.", str(item.quantity))


def quantity_is_whole(order: ExportedOrder) -> Iterator[Finding]:
    """ITM-4: Quantity is a whole number from 1 to 99999."""
    for line in order.lines:
        value = line["Quantity"]
        number = value.decimal
        if number is None or "." in value.text or not 1 <= number <= MAX_QUANTITY:
            yield at(value, order, f"Quantity isn't a whole number from 1 to {MAX_QUANTITY}.", f"1 to {MAX_QUANTITY}")


def unit_price_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-5: UnitPrice is the price of one unit, before or after the line's own discount."""
    if not crossed_prices(pair):
        for line, item in pair.lines.matched:
            if not _is_price(item, line["UnitPrice"]):
                yield at(
                    line["UnitPrice"], pair.exported, "UnitPrice isn't the price of one unit.", str(item.unit_price)
                )


def _is_price(item: Item, value: Value) -> bool:
    return any(is_same_amount(price, value.decimal) for price in (item.unit_price, item.unit_price + item.discount))


def crossed_prices(pair: Pair) -> list[tuple[ExportedLine, Item]]:
    """Return the lines with a wrong price if each wrong price is the price of another line; otherwise none.

    A single wrong price may be that of another line by chance. If all are, the lines were mixed up.
    """
    wrong = [(line, item) for line, item in pair.lines.matched if not _is_price(item, line["UnitPrice"])]
    if not all(_is_price_of_another_line(pair, line, item) for line, item in wrong):
        return []
    for miscalculated in (_is_price_of_all_units, _is_rounded_to_whole):
        if all(miscalculated(line, item) for line, item in wrong):
            return []
    return wrong


def _is_price_of_all_units(line: ExportedLine, item: Item) -> bool:
    return is_same_amount(item.unit_price * item.quantity, line["UnitPrice"].decimal)


def _is_rounded_to_whole(line: ExportedLine, item: Item) -> bool:
    wholes = (item.unit_price.to_integral_value(rounding) for rounding in (ROUND_HALF_UP, ROUND_FLOOR))
    return any(line["UnitPrice"].decimal == whole for whole in wholes)


def _is_price_of_another_line(pair: Pair, line: ExportedLine, item: Item) -> bool:
    price = line["UnitPrice"].decimal
    if price is None:
        return False
    return any(is_same_amount(other.unit_price, price) for other in pair.truth.items if other is not item)


def line_ids_unique(order: ExportedOrder) -> Iterator[Finding]:
    """ITM-8: LineItemID is present and unique in the order."""
    seen: set[str] = set()
    for line in order.lines:
        value = line["LineItemID"]
        key = value.text.strip()
        if not key:
            yield at(value, order, "LineItemID is missing.", "an id of the line's own")
        elif key in seen:
            yield at(value, order, "Two lines have the same LineItemID.", "an id of the line's own")
        seen.add(key)


LINE_VALUES: tuple[tuple[str, Callable[[Item], str]], ...] = (
    ("SKU", lambda item: item.sku),
    ("Name", lambda item: item.name),
    ("ImageUrl", lambda item: item.image_url),
)
"""The values by which ITM-11 recognises another line: the element, and the store's value."""


def no_value_of_another_line(pair: Pair) -> Iterator[Finding]:
    """ITM-11: each line of an order has its own values and options. LOC-2 reports locations."""
    for line, item in pair.lines.matched:
        for element, own in LINE_VALUES:
            value = line[element]
            own_text = is_same_text(own(item), value.text, *ITEM[element].limits)
            if not own_text and is_of_another_line(pair, item, own, value.text):
                yield at(value, pair.exported, f"{element} has the value of another line.", own(item) or "(nothing)")
    for line, item in crossed_prices(pair):
        yield at(line["UnitPrice"], pair.exported, "UnitPrice has the value of another line.", str(item.unit_price))
    for line, item in pair.lines.matched:
        if found := options_of_other_lines(pair, line, item):
            own_options = ", ".join(f"{chosen.name}: {chosen.value}" for chosen in item.options)
            message = "The line has options of another line."
            yield about(pair.exported, message, own_options or "no Option", shown_options(found), line.xpath)
