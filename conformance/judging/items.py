"""ITM, IMG, OPT, LOC: the lines of an order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import unquote, urlsplit, urlunsplit

from conformance.judging.compare import is_special, normal, same_but_spoilt, same_money, same_text
from conformance.judging.finding import Finding, about, at
from conformance.judging.pairing import NAME_LIMIT, SKU_LIMITS, Pair
from conformance.reading.order import ExportedOrder, Line
from mockstore.orders.model import Item

OPTION_LIMIT = 10


def having(predicate: Callable[[Item], bool]) -> Callable[[Pair], bool]:
    """Whether an order has a line like this."""
    return lambda pair: any(predicate(item) for item in pair.truth.items)


has_lines = having(lambda item: True)
has_sku = having(lambda item: bool(item.sku.strip()))
has_no_sku = having(lambda item: not item.sku.strip())
has_free_line = having(lambda item: item.unit_price == 0)
has_image = having(lambda item: 0 < len(item.image_url) <= 500)
has_no_image = having(lambda item: not item.image_url)
has_options = having(lambda item: bool(item.options))
has_no_options = having(lambda item: not item.options)
has_location = having(lambda item: bool(item.location.strip()))


def has_many_lines(pair: Pair) -> bool:
    """Whether the order has as many lines as the contract's hard case."""
    return len(pair.truth.items) >= 200


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


def has_special_options(pair: Pair) -> bool:
    """Whether an option has special characters."""
    return any(
        is_special(normal(text))
        for item in pair.truth.items
        for option in item.options
        for text in (option.name, option.value)
    )


def each_once(pair: Pair) -> Iterator[Finding]:
    """ITM-1: every line of the order arrives, once."""
    yield from _missing(pair, [item for item in pair.lines.missing if item.unit_price != 0])
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


def free_lines(pair: Pair) -> Iterator[Finding]:
    """ITM-6: a free line arrives."""
    yield from _missing(pair, [item for item in pair.lines.missing if item.unit_price == 0])


def whole(pair: Pair) -> Iterator[Finding]:
    """ITM-10: orders of many lines arrive whole."""
    yield from _missing(pair, list(pair.lines.missing[:3]))


def twins_apart(pair: Pair) -> Iterator[Finding]:
    """ITM-7: two lines of one SKU with different options stay two lines."""
    skus = [item.sku for item in pair.truth.items]
    yield from _missing(pair, [item for item in pair.lines.missing if skus.count(item.sku) > 1])


def _missing(pair: Pair, items: list[Item]) -> Iterator[Finding]:
    for item in items:
        yield about(
            pair.exported,
            "A line of the order doesn't arrive.",
            f"{item.sku or '(no SKU)'} {item.name} × {item.quantity}, {item.unit_price} each",
            f"{len(pair.exported.lines)} of {len(pair.truth.items)} lines",
            f"{pair.exported.xpath}/Items",
        )


def sku(pair: Pair) -> Iterator[Finding]:
    """ITM-2: SKU is the product's (the chosen variant's) code, special characters included."""
    yield from swapless(
        pair,
        "SKU",
        lambda item: item.sku,
        lambda item, text: not item.sku.strip() or same_text(item.sku, text, *SKU_LIMITS),
    )


def name(pair: Pair) -> Iterator[Finding]:
    """ITM-3: Name is the product's name at the time of the order."""
    yield from swapless(
        pair, "Name", lambda item: item.name, lambda item, text: same_but_spoilt(item.name, text, NAME_LIMIT)
    )


def location(pair: Pair) -> Iterator[Finding]:
    """LOC-1: Location is the product's place in the warehouse."""
    yield from swapless(
        pair,
        "Location",
        lambda item: item.location,
        lambda item, text: not item.location.strip() or same_but_spoilt(item.location, text, 100),
    )


def own_location(pair: Pair) -> Iterator[Finding]:
    """LOC-2: each line has its own Location; a product without one has none."""
    places = {item.location for item in pair.truth.items if item.location.strip()}
    for line, item in pair.lines.matched:
        value = line["Location"]
        if not item.location.strip() and value.filled:
            yield at(value, pair.exported, "The product has no location.", "(nothing)")
        elif value.filled and normal(value.text) in places - {item.location}:
            yield at(value, pair.exported, "It is another line's location.", item.location)


def swapless(
    pair: Pair, element: str, own: Callable[[Item], str], right: Callable[[Item, str], bool]
) -> Iterator[Finding]:
    """A value of each line is the line's own; another line's value is ITM-11's matter or LOC-2's."""
    for line, item in pair.lines.matched:
        value = line[element]
        if not right(item, value.text) and not _is_anothers(pair, item, own, value.text):
            yield at(value, pair.exported, f"{element} isn't the line's.", own(item) or "(nothing)")


def _is_anothers(pair: Pair, item: Item, own: Callable[[Item], str], text: str) -> bool:
    others = {normal(own(other)) for other in pair.truth.items if other is not item}
    return bool(normal(text)) and normal(text) in others and normal(text) != normal(own(item))


def quantity(pair: Pair) -> Iterator[Finding]:
    """ITM-4: Quantity is the quantity ordered."""
    for line, item in pair.lines.matched:
        value = line["Quantity"]
        if value.decimal is not None and value.decimal != item.quantity:
            yield at(value, pair.exported, "Quantity isn't what was ordered.", str(item.quantity))


def quantity_whole(order: ExportedOrder) -> Iterator[Finding]:
    """ITM-4: Quantity is a whole number from 1 to 99999."""
    for line in order.lines:
        value = line["Quantity"]
        number = value.decimal
        if number is None or "." in value.text or not 1 <= number <= 99999:
            yield at(value, order, "Quantity is no whole number from 1 to 99999.", "1 to 99999")


def unit_price(pair: Pair) -> Iterator[Finding]:
    """ITM-5: UnitPrice is the price of one unit, before or after the line's own discount."""
    for line, item in pair.lines.matched:
        value = line["UnitPrice"]
        right = (item.unit_price, item.unit_price + item.discount)
        if not any(same_money(price, value.decimal) for price in right) and not _price_of_another(pair, line, item):
            yield at(value, pair.exported, "UnitPrice isn't the price of one unit.", str(item.unit_price))


def _price_of_another(pair: Pair, line: Line, item: Item) -> bool:
    price = line["UnitPrice"].decimal
    if price is None or same_money(item.unit_price * item.quantity, price):
        return False
    return any(
        same_money(other.unit_price, price) for other in pair.truth.items if other is not item and other.unit_price
    )


def line_ids(order: ExportedOrder) -> Iterator[Finding]:
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


def skuless(pair: Pair) -> Iterator[Finding]:
    """ITM-9: a product without SKU still arrives, and the lack is visible."""
    yield from _missing(pair, [item for item in pair.lines.missing if not item.sku.strip()])
    codes = {normal(item.sku) for item in pair.truth.items if item.sku.strip()}
    for line, item in pair.lines.matched:
        if not item.sku.strip() and normal(line["SKU"].text) in codes:
            yield at(
                line["SKU"],
                pair.exported,
                "The product has no SKU, and shows another's.",
                "an empty SKU, or a placeholder",
            )


def own_values(pair: Pair) -> Iterator[Finding]:
    """ITM-11: a multi-line order keeps each line's own values."""
    elements: tuple[tuple[str, Callable[[Item], str], tuple[int, ...]], ...] = (
        ("SKU", lambda each: each.sku, SKU_LIMITS),
        ("Name", lambda each: each.name, (NAME_LIMIT,)),
        ("ImageUrl", lambda each: each.image_url, (500,)),
    )
    for line, item in pair.lines.matched:
        for element, own, limits in elements:
            value = line[element]
            if not same_text(own(item), value.text, *limits) and _is_anothers(pair, item, own, value.text):
                yield at(value, pair.exported, f"It is another line's {element}.", own(item) or "(nothing)")
        price = line["UnitPrice"]
        right = (item.unit_price, item.unit_price + item.discount)
        if not any(same_money(each, price.decimal) for each in right) and _price_of_another(pair, line, item):
            yield at(price, pair.exported, "It is another line's UnitPrice.", str(item.unit_price))
        own_options = {(normal(option.name), normal(option.value)) for option in item.options}
        came = {(normal(option["Name"].text), normal(option["Value"].text)) for option in line.options}
        for other in pair.truth.items:
            others = {(normal(option.name), normal(option.value)) for option in other.options}
            if other is not item and came and came != own_options and came == others:
                yield about(
                    pair.exported,
                    "They are another line's options.",
                    str(sorted(own_options)),
                    str(sorted(came)),
                    line.xpath,
                )
                break


def image(pair: Pair) -> Iterator[Finding]:
    """IMG-1: ImageUrl is the line's product image; http and https of one picture are the same."""
    for line, item in pair.lines.matched:
        value = line["ImageUrl"]
        if not item.image_url or (len(item.image_url) > 500 and not value.filled):
            continue
        if same_url(item.image_url, value.text) or (value.filled and not is_absolute(value.text)):
            continue
        if not _is_anothers(pair, item, lambda each: each.image_url, value.text):
            yield at(value, pair.exported, "ImageUrl isn't the product's image.", item.image_url)


def same_url(expected: str, actual: str) -> bool:
    """Whether two URLs name the same thing: scheme, escaping, default port and fragment apart.

    A query that the store's own record hasn't (a time stamp against caches) names nothing else.
    """
    wanted, came = _bare_url(expected), _bare_url(actual)
    return came == wanted or ("?" not in wanted and came.partition("?")[0] == wanted)


def _bare_url(url: str) -> str:
    parts = urlsplit(url.strip())
    place = parts.netloc.casefold().removesuffix(":80").removesuffix(":443")
    return unquote(urlunsplit(("", place, parts.path, parts.query, "")))


def is_absolute(url: str) -> bool:
    """Whether it is an absolute http or https URL."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.hostname)


def image_absolute(order: ExportedOrder) -> Iterator[Finding]:
    """IMG-2: ImageUrl is an absolute http(s) URL of at most 500 characters."""
    for line in order.all_lines:
        value = line["ImageUrl"]
        if value.filled and (not is_absolute(value.text) or " " in value.text.strip()):
            yield at(value, order, "ImageUrl is no absolute http(s) URL.", "https://…")
        elif len(value.text.strip()) > 500:
            yield at(value, order, f"ImageUrl has {len(value.text.strip())} characters.", "at most 500 characters")


def states_image(order: ExportedOrder) -> bool:
    """Whether a line of the export has an image."""
    return any(line["ImageUrl"].filled for line in order.lines)


def no_image_invented(pair: Pair) -> Iterator[Finding]:
    """IMG-3: a product without image gives an empty or no ImageUrl.

    A picture that says so (a placeholder) is tolerated; another product's is not.
    """
    images = {item.image_url for item in pair.truth.items if item.image_url}
    for line, item in pair.lines.matched:
        value = line["ImageUrl"]
        if not item.image_url and value.filled and (value.text.strip() in images or not is_absolute(value.text)):
            yield at(value, pair.exported, "The product has no image.", "an empty ImageUrl, or none")


def options(pair: Pair) -> Iterator[Finding]:
    """OPT-1: each chosen option arrives as Name and Value, as people read them; the first ten are judged."""
    for line, item in pair.lines.matched:
        came = [(option["Name"].text, option["Value"].text) for option in line.options]
        for chosen in item.options[:OPTION_LIMIT]:
            if any(
                same_but_spoilt(chosen.name, came_name, 100) and same_but_spoilt(chosen.value, came_value, 100)
                for came_name, came_value in came
            ):
                continue
            if came and _options_of_another(pair, line, item):
                continue
            shown = ", ".join(f"{came_name}: {came_value}" for came_name, came_value in came)
            yield about(
                pair.exported,
                "A chosen option doesn't arrive as people read it.",
                f"{chosen.name}: {chosen.value}",
                shown or "no Option",
                f"{line.xpath}/Options",
            )


def _options_of_another(pair: Pair, line: Line, item: Item) -> bool:
    came = {(normal(option["Name"].text), normal(option["Value"].text)) for option in line.options}
    return any(
        came == {(normal(option.name), normal(option.value)) for option in other.options}
        for other in pair.truth.items
        if other is not item
    )


def no_option_invented(pair: Pair) -> Iterator[Finding]:
    """OPT-2: a line without options has no Option."""
    for line, item in pair.lines.matched:
        if not item.options and line.options and not _options_of_another(pair, line, item):
            yield about(
                pair.exported,
                "The line has no options.",
                "no Option",
                ", ".join(f"{option['Name'].text}: {option['Value'].text}" for option in line.options),
                line.options[0].xpath,
            )


def at_most_ten(order: ExportedOrder) -> Iterator[Finding]:
    """OPT-3: not more than 10 options a line."""
    for line in order.lines:
        if len(line.options) > OPTION_LIMIT:
            yield about(
                order,
                "The line has too many options.",
                "at most 10",
                str(len(line.options)),
                f"{line.xpath}/Options",
            )


def states_options(order: ExportedOrder) -> bool:
    """Whether a line of the export has options."""
    return any(line.options for line in order.lines)


def option_text(pair: Pair) -> Iterator[Finding]:
    """OPT-4: names and values of options with special characters survive."""
    for line, item in pair.lines.matched:
        for option, chosen in zip(line.options, item.options, strict=False):
            for element, expected in (("Name", chosen.name), ("Value", chosen.value)):
                value = option[element]
                if (
                    is_special(normal(expected))
                    and not same_text(expected, value.text, 100)
                    and same_but_spoilt(expected, value.text, 100)
                ):
                    yield at(value, pair.exported, "The option's text is spoilt.", expected)
