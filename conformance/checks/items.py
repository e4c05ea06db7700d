"""ITM, LOC: the lines of an order, and what each says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.checks.compare import is_same_amount, is_same_text, normalized, same_apart_from_damage
from conformance.checks.findings import about, at
from conformance.checks.line_matching import NAME_LIMIT, SKU_LIMITS
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder, Value
from conformance.core.finding import Finding
from mockstore.orders.model import Item

MANY_LINES = 200
"""Lines of an order: the contract's hard case."""


def has_line_with(predicate: Callable[[Item], bool]) -> Callable[[Pair], bool]:
    """Whether an order has a line like this."""
    return lambda pair: any(predicate(item) for item in pair.truth.items)


has_lines = has_line_with(lambda item: True)
has_sku = has_line_with(lambda item: bool(item.sku.strip()))
has_no_sku = has_line_with(lambda item: not item.sku.strip())
has_free_line = has_line_with(lambda item: item.unit_price == 0)
has_location = has_line_with(lambda item: bool(item.location.strip()))


def has_many_lines(pair: Pair) -> bool:
    """Whether the order has as many lines as the contract's hard case."""
    return len(pair.truth.items) >= MANY_LINES


def has_several_lines(pair: Pair) -> bool:
    """Whether the order has more than one line."""
    return len(pair.truth.items) > 1


def has_twins(pair: Pair) -> bool:
    """Whether two lines share a SKU, with different options."""
    chosen: dict[str, set[object]] = {}
    for item in pair.truth.items:
        if item.sku.strip():
            chosen.setdefault(item.sku, set()).add(item.options)
    return any(len(options) > 1 for options in chosen.values())


def no_surplus_line(pair: Pair) -> Iterator[Finding]:
    """ITM-1: no line comes twice, and none that the order doesn't hold."""
    for line in pair.lines.surplus:
        price = line["UnitPrice"].decimal
        if price is None or price >= 0:
            yield about(
                pair.exported,
                "There is a line that the order doesn't hold, or holds once.",
                f"{len(pair.truth.items)} lines",
                f"{line['SKU'].text} {line['Name'].text} × {line['Quantity'].text}",
                line.xpath,
            )


def sku_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-2: SKU is the product's (the chosen variant's) code, special characters included."""
    yield from own_value_matches(
        pair,
        "SKU",
        lambda item: item.sku,
        lambda item, text: not item.sku.strip() or is_same_text(item.sku, text, *SKU_LIMITS),
    )


def name_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-3: Name is the product's name at the time of the order."""
    yield from own_value_matches(
        pair, "Name", lambda item: item.name, lambda item, text: same_apart_from_damage(item.name, text, NAME_LIMIT)
    )


def location_matches(pair: Pair) -> Iterator[Finding]:
    """LOC-1: Location is the product's place in the warehouse."""
    yield from own_value_matches(
        pair,
        "Location",
        lambda item: item.location,
        lambda item, text: not item.location.strip() or same_apart_from_damage(item.location, text, 100),
    )


def own_location(pair: Pair) -> Iterator[Finding]:
    """LOC-2: each line has its own Location; a product without one has none."""
    for line, item in pair.lines.matched:
        value = line["Location"]
        if not item.location.strip() and value.filled:
            yield at(value, pair.exported, "The product has no location.", "(nothing)")
        elif value.filled and is_of_another_line(pair, item, lambda each: each.location, value.text):
            yield at(value, pair.exported, "It is another line's location.", item.location)


def own_value_matches(
    pair: Pair, element: str, own: Callable[[Item], str], right: Callable[[Item, str], bool]
) -> Iterator[Finding]:
    """A value of each line is the line's own; another line's value is ITM-11's matter or LOC-2's."""
    for line, item in pair.lines.matched:
        value = line[element]
        if not right(item, value.text) and not is_of_another_line(pair, item, own, value.text):
            yield at(value, pair.exported, f"{element} isn't the line's.", own(item) or "(nothing)")


def is_of_another_line(pair: Pair, item: Item, own: Callable[[Item], str], text: str) -> bool:
    """Whether a text is another line's value, and not the line's own."""
    others = {normalized(own(other)) for other in pair.truth.items if other is not item}
    return bool(normalized(text)) and normalized(text) in others and normalized(text) != normalized(own(item))


def quantity_matches(pair: Pair) -> Iterator[Finding]:
    """ITM-4: Quantity is the quantity ordered; that of lines drawn together is ITM-7's matter."""
    for line, item in pair.lines.matched:
        value = line["Quantity"]
        drawn = [other.quantity for other in pair.lines.missing if item.sku.strip() and other.sku == item.sku]
        right = {item.quantity, item.quantity + sum(drawn)}
        if value.decimal is not None and value.decimal not in right:
            yield at(value, pair.exported, "Quantity isn't what was ordered.", str(item.quantity))


def quantity_is_whole(order: ExportedOrder) -> Iterator[Finding]:
    """ITM-4: Quantity is a whole number from 1 to 99999."""
    for line in order.lines:
        value = line["Quantity"]
        number = value.decimal
        if number is None or "." in value.text or not 1 <= number <= 99999:
            yield at(value, order, "Quantity is no whole number from 1 to 99999.", "1 to 99999")


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
    """The lines with a wrong price, where each of those is another line's; else none.

    One wrong price may be another line's by chance; all of them are so only where lines are crossed.
    """
    wrong = [(line, item) for line, item in pair.lines.matched if not _is_price(item, line["UnitPrice"])]
    return wrong if all(_price_of_another(pair, line, item) for line, item in wrong) else []


def _price_of_another(pair: Pair, line: ExportedLine, item: Item) -> bool:
    price = line["UnitPrice"].decimal
    if price is None or is_same_amount(item.unit_price * item.quantity, price):
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


LINE_VALUES: tuple[tuple[str, Callable[[Item], str], tuple[int, ...]], ...] = (
    ("SKU", lambda each: each.sku, SKU_LIMITS),
    ("Name", lambda each: each.name, (NAME_LIMIT,)),
    ("ImageUrl", lambda each: each.image_url, (500,)),
)
"""What each line says of its own: element, the store's value, the limits at which it may be cut."""


def no_value_of_another_line(pair: Pair) -> Iterator[Finding]:
    """ITM-11: a multi-line order keeps each line's own values; LOC-2 has the locations."""
    for line, item in pair.lines.matched:
        for element, own, limits in LINE_VALUES:
            value = line[element]
            if not is_same_text(own(item), value.text, *limits) and is_of_another_line(pair, item, own, value.text):
                yield at(value, pair.exported, f"It is another line's {element}.", own(item) or "(nothing)")
    for line, item in crossed_prices(pair):
        yield at(line["UnitPrice"], pair.exported, "It is another line's UnitPrice.", str(item.unit_price))
