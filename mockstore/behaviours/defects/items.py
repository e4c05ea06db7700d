"""Defects of the lines of an order: which are exported, and their values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count, pairwise
from unicodedata import normalize

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    OrderList,
    all_orders,
    edit_line_text,
    edit_lines,
    edit_order,
    edit_order_after_change,
    fail_on,
    is_adjustment,
    lines_of,
    options_of,
    set_line_element,
    text_of,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields, OrderSelection, RequestedWindow
from mockstore.endpoint.presentation import money
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Item, Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


def _replace_lines(behaviour: Behaviour, change: Callable[[list[Fields], Order], list[Fields]]) -> Behaviour:
    """Replace the lines of each order that are not adjustments."""

    def rearranged(fields: Fields, order: Order, shop: Shop) -> None:
        lines = lines_of(fields)
        goods, rest = (
            [line for line in lines if not is_adjustment(line)],
            [line for line in lines if is_adjustment(line)],
        )
        lines[:] = change(goods, order) + rest

    return edit_order(behaviour, rearranged)


def _remove_lines(behaviour: Behaviour, gone: Callable[[Item], bool]) -> Behaviour:
    return edit_lines(behaviour, lambda line, item, order: None if gone(item) else line)


def _add_units(line: Fields, merged: Fields) -> None:
    """Add the units of a line that is merged into another."""
    line["Quantity"] = str(int(text_of(line, "Quantity")) + int(text_of(merged, "Quantity")))


def _merge_lines(behaviour: Behaviour, key: Callable[[Fields], object]) -> Behaviour:
    """Export lines of one key as one line, with the sum of their quantities."""

    def merged(goods: list[Fields], order: Order) -> list[Fields]:
        found: dict[object, Fields] = {}
        for line in goods:
            first = found.setdefault(key(line), line)
            if first is not line:
                _add_units(first, line)
        return list(found.values())

    return _replace_lines(behaviour, merged)


def _product(line: Fields) -> object:
    """Return what a line has in common with the others of its SKU; a line without a SKU has nothing."""
    return text_of(line, "SKU") or id(line)


@defect("sku-is-a-number", "A SKU of digits is converted to a number: 00123 is 123.", "ITM-2 ITM-11")
def sku_is_a_number(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "SKU", lambda sku: str(int(sku)) if sku.isascii() and sku.isdigit() else sku)


# ---------------------------------------------------------------- ITM-1: every line, once


@defect("last-line-lost", "The last of several lines is not exported: a loop ends too early.", "ITM-1 ORD-9")
def last_line_lost(behaviour: Behaviour) -> Behaviour:
    return _replace_lines(behaviour, lambda goods, order: goods[:-1] if len(goods) > 1 else goods)


@defect(
    "last-line-is-copy",
    "The last line is a copy of the previous line: a reference is left over from a foreach loop.",
    "ITM-1 ITM-8 ORD-9",
)
def last_line_is_copy(behaviour: Behaviour) -> Behaviour:
    return _replace_lines(behaviour, lambda goods, order: goods[:-1] + (goods[-2:-1] or goods[-1:]))


@defect(
    "line-doubled-by-join",
    "A line is exported once for each of its options, because of a JOIN.",
    "ITM-1 ITM-8 ORD-9",
)
def line_doubled_by_join(behaviour: Behaviour) -> Behaviour:
    return _replace_lines(
        behaviour, lambda goods, order: [dict(line) for line in goods for _ in options_of(line) or [line]]
    )


@defect(
    "parent-order-too",
    "If an order is split among vendors, both the parent order and the vendor's order are exported.",
    "ITM-1 PAG-2",
    seen="CS-Cart marketplace",
)
def parent_order_too(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        return OrderList([each for order in all_orders(behaviour.select(store, window)) for each in _family(order)])

    return replace(behaviour, select=select)


def _family(order: Order) -> Sequence[Order]:
    if len(order.items) != 3 or order.discounts or len(order.order_number) > 48:
        return (order,)
    child = {"order_id": f"{order.order_id}-1", "order_number": f"{order.order_number}-1"}
    return order, msgspec.structs.replace(order, **child)


@defect("shipping-is-a-line", "The price of shipping is exported as a line as well.", "ITM-1 ORD-9")
def shipping_is_a_line(behaviour: Behaviour) -> Behaviour:
    def with_shipping(goods: list[Fields], order: Order) -> list[Fields]:
        line: Fields = {"LineItemID": "ship", "SKU": "SHIPPING", "Name": order.shipping_method or "Shipping"}
        return [*goods, line | {"Quantity": "1", "UnitPrice": money(order.shipping_amount)}]

    return _replace_lines(behaviour, with_shipping)


@defect("parts-beside-bundle", "The parts of a product with options are exported as free lines beside it.", "ITM-1")
def parts_beside_bundle(behaviour: Behaviour) -> Behaviour:
    def with_parts(goods: list[Fields], order: Order) -> list[Fields]:
        return [each for line in goods for each in (line, *_parts(line))]

    return _replace_lines(behaviour, with_parts)


def _parts(line: Fields) -> list[Fields]:
    return [
        {
            "LineItemID": f"{text_of(line, 'LineItemID')}-{number}",
            "SKU": f"{text_of(line, 'SKU')[:40]}-PART{number}",
            "Name": text_of(option, "Value"),
            "Quantity": text_of(line, "Quantity"),
            "UnitPrice": "0.00",
        }
        for number, option in enumerate(options_of(line)[:2], start=1)
    ]


# ---------------------------------------------------------------- ITM-6, ITM-7, ITM-9, ITM-10: special lines


@defect("free-line-left-out", "A free line is not exported: `if (price)` is false for 0.", "ITM-6")
def free_line_left_out(behaviour: Behaviour) -> Behaviour:
    return _remove_lines(behaviour, lambda item: item.unit_price == 0)


@defect(
    "free-line-hides-order",
    "An order with a free line is not exported.",
    "ITM-6",
    seen="Magento",
)
def free_line_hides_order(behaviour: Behaviour) -> Behaviour:
    return replace(
        behaviour,
        is_exportable=lambda order: behaviour.is_exportable(order) and all(item.unit_price > 0 for item in order.items),
    )


@defect(
    "lines-grouped-by-sku",
    "Of two lines with one SKU, only one is exported: the query has GROUP BY SKU.",
    "ITM-7 ORD-9",
)
def lines_grouped_by_sku(behaviour: Behaviour) -> Behaviour:
    return _replace_lines(behaviour, lambda goods, order: list({_product(line): line for line in goods}.values()))


@defect(
    "lines-summed-by-sku",
    "Two lines with one SKU are exported as one, with the sum of their quantities.",
    "ITM-7 ORD-9",
)
def lines_summed_by_sku(behaviour: Behaviour) -> Behaviour:
    return _merge_lines(behaviour, _product)


@defect("line-without-sku-left-out", "A line whose product has no SKU is not exported.", "ITM-1 ITM-9 ORD-9")
def line_without_sku_left_out(behaviour: Behaviour) -> Behaviour:
    return _remove_lines(behaviour, lambda item: not item.sku.strip())


@defect("line-without-sku-hides-order", "An order with a product without a SKU is not exported.", "ITM-9 WIN-1")
def line_without_sku_hides_order(behaviour: Behaviour) -> Behaviour:
    return replace(
        behaviour,
        is_exportable=lambda order: behaviour.is_exportable(order) and all(item.sku.strip() for item in order.items),
    )


@defect("lines-limited", "Only 50 lines of an order are exported: the query has LIMIT 50.", "ITM-1 ITM-10 ORD-9")
def lines_limited(behaviour: Behaviour) -> Behaviour:
    return _replace_lines(behaviour, lambda goods, order: goods[:50])


@defect("many-lines-exhaust-memory", "An order with 200 lines exceeds the script's memory limit.", "CON-12 ITM-10")
def many_lines_exhaust_memory(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: len(order.items) >= 200)


# ---------------------------------------------------------------- ITM-2, ITM-3: code and name


@defect("sku-of-parent", "SKU is the SKU of the main product, not of the chosen variant.", "ITM-2")
def sku_of_parent(behaviour: Behaviour) -> Behaviour:
    def parent(item: Item) -> str | None:
        return item.sku.rpartition("-")[0] or item.sku

    return set_line_element(behaviour, "SKU", parent, of=lambda item: bool(item.options))


@defect("sku-is-product-id", "SKU is the product's id in the database.", "ITM-2")
def sku_is_product_id(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "SKU", lambda item: str(sum(item.name.encode()) % 900 + 100))


@defect("sku-stripped-of-special-characters", "A SKU keeps only letters, digits and hyphens.", "ITM-2 ORD-13")
def sku_stripped_of_special_characters(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "SKU", lambda sku: re.sub(r"[^A-Za-z0-9-]", "", sku))


@defect("sku-upper-cased", "SKU is in upper case.", "ITM-2 ORD-13")
def sku_upper_cased(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "SKU", str.upper)


@defect("sku-cut-at-20", "SKU is cut at 20 characters.", "ITM-2")
def sku_cut_at_20(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "SKU", lambda sku: sku[:20])


@defect("sku-always-empty", "SKU is always empty.", "ITM-2")
def sku_always_empty(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "SKU", lambda item: "")


@defect("name-of-today", "Name is the current name in the catalogue, in the shop's own language.", "ITM-3")
def name_of_today(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Name", lambda item: f"Neu: Artikel {sum(item.name.encode()) % 97}")


@defect("name-is-sku", "Name is the SKU.", "ITM-3 ITM-11")
def name_is_sku(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Name", lambda item: item.sku[:50] or "item")


@defect("name-cut-at-36", "Name is cut at 36 characters.", "ITM-3 ORD-13")
def name_cut_at_36(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Name", lambda name: name[:36])


@defect("name-empty-where-changed", "Name is empty for a product that was renamed after the order.", "ITM-3 ORD-17")
def name_empty_where_changed(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Name", lambda item: "", of=lambda item: item.sku.endswith("2"))


# ---------------------------------------------------------------- ITM-4: quantity


@defect("quantity-has-decimals", "Quantity has the decimals of the database: 2.0000.", "ITM-4 ORD-1")
def quantity_has_decimals(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Quantity", lambda quantity: f"{quantity}.0000")


@defect("quantity-has-thousands-mark", "Quantity has a thousands separator: 99,999.", "ITM-4 ORD-1")
def quantity_has_thousands_mark(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Quantity", lambda quantity: f"{int(quantity):,}")


@defect("quantity-is-line-number", "Quantity is the number of the line.", "ITM-4 ORD-9")
def quantity_is_line_number(behaviour: Behaviour) -> Behaviour:
    def numbered(goods: list[Fields], order: Order) -> list[Fields]:
        return [line | {"Quantity": str(number)} for number, line in enumerate(goods, start=1)]

    return _replace_lines(behaviour, numbered)


@defect("quantity-always-one", "Quantity is always 1.", "ITM-4 ORD-9")
def quantity_always_one(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Quantity", lambda item: "1")


@defect(
    "quantity-still-open", "Quantity is the quantity not shipped yet, not the quantity ordered.", "ITM-4 ORD-9 ORD-17"
)
def quantity_still_open(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        return line | {"Quantity": str(unshipped(order)[item.line_id])}

    return edit_lines(behaviour, change)


@defect("quantity-capped", "Quantity is at most 999.", "ITM-4 ORD-9")
def quantity_capped(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "Quantity", lambda item: str(min(item.quantity, 999)))


# ---------------------------------------------------------------- ITM-5: price


@defect("price-is-line-total", "UnitPrice is the price of all units of the line.", "ITM-5 ORD-9")
def price_is_line_total(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: money(item.unit_price * item.quantity))


@defect("price-with-tax", "UnitPrice includes tax that the store adds to the order again.", "ITM-5 ORD-9")
def price_with_tax(behaviour: Behaviour) -> Behaviour:
    return set_line_element(
        behaviour,
        "UnitPrice",
        lambda item: money(item.unit_price * Decimal("1.19")),
        of=lambda item: item.unit_price < 1_000_000,
    )


@defect("price-in-cents", "UnitPrice is in cents.", "ITM-5 ORD-9")
def price_in_cents(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: str(int(item.unit_price * 100)))


@defect("price-rounded", "UnitPrice is rounded to whole units of the currency.", "ITM-5 ORD-9")
def price_rounded(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: str(round(item.unit_price)))


@defect("price-with-decimal-comma", "UnitPrice has a decimal comma.", "ITM-5 ORD-1")
def price_with_decimal_comma(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "UnitPrice", lambda price: price.replace(".", ","))


@defect("price-of-today", "UnitPrice is the current price in the catalogue.", "ITM-5 ITM-11 ORD-9")
def price_of_today(behaviour: Behaviour) -> Behaviour:
    return set_line_element(
        behaviour,
        "UnitPrice",
        lambda item: money(item.unit_price * Decimal("1.07")),
        of=lambda item: item.sku.endswith("2"),
    )


@defect(
    "price-in-shop-currency",
    "UnitPrice is in the shop's currency, also if the order has another currency.",
    "ITM-5 ORD-9",
)
def price_in_shop_currency(behaviour: Behaviour) -> Behaviour:
    def converted(fields: Fields, order: Order, shop: Shop) -> None:
        if order.currency != shop.currency:
            for line in lines_of(fields):
                if not is_adjustment(line):
                    line["UnitPrice"] = money(Decimal(text_of(line, "UnitPrice")) * Decimal("1.17"))

    return edit_order(behaviour, converted)


# ---------------------------------------------------------------- ITM-8: LineItemID


@defect("line-id-missing", "No line has a LineItemID.", "ITM-8")
def line_id_missing(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "LineItemID", lambda item: None)


@defect(
    "line-id-is-product", "LineItemID is the id of the product: two lines with one product have the same id.", "ITM-8"
)
def line_id_is_product(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "LineItemID", lambda item: f"p{sum(item.sku.encode())}-{len(item.name)}")


@defect(
    "line-id-is-counted",
    "LineItemID is a running number of exported lines, which differs from export to export.",
    "SHP-18",
)
def line_id_is_counted(behaviour: Behaviour) -> Behaviour:
    number = count(900_000)
    return set_line_element(behaviour, "LineItemID", lambda item: str(next(number)))


# ---------------------------------------------------------------- ITM-11: each line's own values


@defect(
    "values-of-line-before",
    "A line without an image, location or options has those of the previous line.",
    "ITM-11 LOC-2",
)
def values_of_line_before(behaviour: Behaviour) -> Behaviour:
    def leaked(goods: list[Fields], order: Order) -> list[Fields]:
        for before, line in pairwise(goods):
            for name in ("ImageUrl", "Location", "Options"):
                line[name] = line.get(name) or before.get(name)
        return goods

    return _replace_lines(behaviour, leaked)


@defect(
    "names-out-of-step", "Each line has the name of another line: two lists are sorted differently.", "ITM-11 ITM-3"
)
def names_out_of_step(behaviour: Behaviour) -> Behaviour:
    return _sort_element(behaviour, "Name")


@defect(
    "prices-out-of-step", "Each line has the price of another line: two lists are sorted differently.", "ITM-11 ORD-9"
)
def prices_out_of_step(behaviour: Behaviour) -> Behaviour:
    return _sort_element(behaviour, "UnitPrice")


@defect(
    "options-out-of-step",
    "Each line has the options of another line: two lists are sorted differently.",
    "ITM-11 WGT-2",
)
def options_out_of_step(behaviour: Behaviour) -> Behaviour:
    return _sort_element(behaviour, "Options")


@defect("sku-of-first-line", "Every line has the SKU of the first line.", "ITM-11 ITM-2")
def sku_of_first_line(behaviour: Behaviour) -> Behaviour:
    return _replace_lines(
        behaviour, lambda goods, order: [line | {"SKU": text_of(goods[0], "SKU") or line["SKU"]} for line in goods]
    )


def _sort_element(behaviour: Behaviour, name: str) -> Behaviour:
    def shifted(goods: list[Fields], order: Order) -> list[Fields]:
        values = [line.get(name) for line in goods]
        return [line | {name: value} for line, value in zip(goods, values[1:] + values[:1], strict=True)]

    return _replace_lines(behaviour, shifted)


# ---------------------------------------------------------------- lines and orders with the same SKU


def _option_texts(line: Fields, *names: str) -> tuple[str, ...]:
    return tuple(text_of(option, name) for option in options_of(line) for name in names)


@defect(
    "lines-merged-by-option-values",
    "Lines with one SKU, one price and the same values of options are merged: Front: Red and Back: Red.",
    "ITM-7",
)
def lines_merged_by_option_values(behaviour: Behaviour) -> Behaviour:
    return _merge_lines(
        behaviour,
        lambda line: (_product(line), text_of(line, "UnitPrice"), *_option_texts(line, "Value")),
    )


@defect(
    "lines-merged-by-option-names",
    "Lines with one SKU, one price and the same names of options are merged: Front: Red and Front: Blue.",
    "ITM-7",
)
def lines_merged_by_option_names(behaviour: Behaviour) -> Behaviour:
    return _merge_lines(
        behaviour,
        lambda line: (_product(line), text_of(line, "UnitPrice"), *_option_texts(line, "Name")),
    )


@defect(
    "lines-merged-whatever-they-cost",
    "Lines with one SKU and the same options are merged, also if they have different prices.",
    "ITM-7 ORD-9",
)
def lines_merged_whatever_they_cost(behaviour: Behaviour) -> Behaviour:
    return _merge_lines(behaviour, lambda line: (_product(line), *_option_texts(line, "Name", "Value")))


@defect(
    "free-line-merged",
    "A free line is merged with a line of the same SKU that is paid for.",
    "ITM-6 ORD-9",
)
def free_line_merged(behaviour: Behaviour) -> Behaviour:
    def merged(goods: list[Fields], order: Order) -> list[Fields]:
        kept: list[Fields] = []
        for line in goods:
            is_free = Decimal(text_of(line, "UnitPrice") or 0) == 0
            paid = next((each for each in kept if is_free and _product(each) == _product(line)), None)
            if paid is None:
                kept.append(line)
            else:
                _add_units(paid, line)
        return kept

    return _replace_lines(behaviour, merged)


@defect(
    "options-of-line-with-same-sku",
    "A line without options has those of the previous line with the same SKU.",
    "ITM-11",
)
def options_of_line_with_same_sku(behaviour: Behaviour) -> Behaviour:
    def leaked(goods: list[Fields], order: Order) -> list[Fields]:
        known: dict[object, list[Fields]] = {}
        for line in goods:
            known[_product(line)] = options = options_of(line) or known.get(_product(line), [])
            line["Options"] = {"Option": options} if options else None
        return goods

    return _replace_lines(behaviour, leaked)


@defect(
    "values-of-line-with-same-sku",
    "A line has name, image and location of the first line with the same SKU.",
    "IMG-1 ITM-3 ITM-11 LOC-1 LOC-2",
)
def values_of_line_with_same_sku(behaviour: Behaviour) -> Behaviour:
    return _of_first_line(behaviour, "Name", "ImageUrl", "Location")


@defect("price-of-line-with-same-sku", "A line has the price of the first line with the same SKU.", "ITM-11 ORD-9")
def price_of_line_with_same_sku(behaviour: Behaviour) -> Behaviour:
    return _of_first_line(behaviour, "UnitPrice")


@defect("weight-of-line-with-same-sku", "A line has the weight of the first line with the same SKU.", "WGT-3")
def weight_of_line_with_same_sku(behaviour: Behaviour) -> Behaviour:
    return _of_first_line(behaviour, "Weight")


def _of_first_line(behaviour: Behaviour, *names: str) -> Behaviour:
    """Give each line these elements of the order's first line with the same SKU."""

    def same(goods: list[Fields], order: Order) -> list[Fields]:
        first: dict[object, Fields] = {}
        for line in goods:
            before = first.setdefault(_product(line), line)
            for name in names:
                line[name] = before.get(name)
        return goods

    return _replace_lines(behaviour, same)


@defect("name-of-first-order", "Name is the name that the SKU had in the first order.", "ITM-3 ITM-11")
def name_of_first_order(behaviour: Behaviour) -> Behaviour:
    return _of_first_order(behaviour, "Name")


@defect(
    "price-of-first-order", "UnitPrice is the price that the SKU had in the first order.", "DIS-7 ITM-5 ITM-11 ORD-9"
)
def price_of_first_order(behaviour: Behaviour) -> Behaviour:
    return _of_first_order(behaviour, "UnitPrice")


@defect("image-of-first-order", "ImageUrl is the image that the SKU had in the first order.", "IMG-1 ITM-11")
def image_of_first_order(behaviour: Behaviour) -> Behaviour:
    return _of_first_order(behaviour, "ImageUrl")


def _of_first_order(behaviour: Behaviour, name: str) -> Behaviour:
    """Give each line an element that its SKU has in the first order that is exported."""
    known: dict[str, str] = {}

    def change(line: Fields, item: Item, order: Order) -> Fields:
        return line | {name: known.setdefault(item.sku, text_of(line, name))} if item.sku else line

    return edit_lines(behaviour, change)


@defect("free-line-has-list-price", "A price of 0 counts as missing, and is 9.99.", "ITM-5 ORD-9")
def free_line_has_list_price(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: "9.99", of=lambda item: not item.unit_price)


@defect("names-end-at-bars", "Names of products end at a bar, behind which a variant's name is kept.", "ORD-13")
def names_end_at_bars(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Name", lambda name: name.partition(" | ")[0])


@defect(
    "edit-joins-lines-of-one-sku",
    "An edit by staff saves the lines anew by SKU: of two lines with one SKU only the last is left.",
    "ITM-1",
)
def edit_joins_lines_of_one_sku(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        lines = lines_of(fields)
        kept = {id(line) if is_adjustment(line) else text_of(line, "SKU") or id(line): line for line in lines}
        lines[:] = kept.values()

    return edit_order_after_change(behaviour, change)


@defect(
    "names-from-the-search-index",
    "The names of lines are those of the search index, in which ² is 2 and ™ is TM.",
    "ORD-13",
)
def names_from_the_search_index(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Name", lambda name: normalize("NFKC", name))
