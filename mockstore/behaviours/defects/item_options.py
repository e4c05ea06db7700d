"""Defects of chosen options: which are exported, on which line, and their texts."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_lines,
    edit_options,
    edit_order,
    filter_orders,
    is_adjustment,
    lines_of,
    options_of,
    text_of,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import option
from mockstore.orders.model import Item, Order
from mockstore.shop.shop import Shop


def _edit_texts(behaviour: Behaviour, spell: Callable[[str], str], *names: str) -> Behaviour:
    """Edit the texts of options."""
    return edit_options(
        behaviour,
        lambda options, item: [each | {name: spell(text_of(each, name)) for name in names} for each in options],
    )


# ---------------------------------------------------------------- OPT-1: readable words


@defect("options-never-sent", "Options are not exported.", "OPT-1")
def options_never_sent(behaviour: Behaviour) -> Behaviour:
    return edit_options(behaviour, lambda options, item: [])


@defect(
    "options-under-internal-names",
    "Options are exported under internal names: color_name, not Color.",
    "OPT-1",
    seen="Craft",
)
def options_under_internal_names(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda name: f"opt_{sum(name.encode())}_name", "Name")


@defect(
    "brackets-of-options-cut-off",
    "What stands in brackets at the end of an option's value is cut off, like the surcharge that the shop shows there.",
    "OPT-1",
)
def brackets_of_options_cut_off(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: re.sub(r"(?<=\S)\s*[(\[][^()\[\]]*[)\]]$", "", value), "Value")


@defect("options-as-ids", "Names and values of options are exported as ids, like 12: 47.", "OPT-1", seen="Craft")
def options_as_ids(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda name: str(sum(name.encode()) % 1000), "Name", "Value")


@defect("option-values-as-ids", "An option's value is the id of the choice.", "OPT-1")
def option_values_as_ids(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: str(sum(value.encode()) % 1000), "Value")


@defect("option-name-and-value-swapped", "Name and Value of an option are swapped.", "OPT-1")
def option_name_and_value_swapped(behaviour: Behaviour) -> Behaviour:
    return edit_options(
        behaviour,
        lambda options, item: [each | {"Name": each["Value"], "Value": each["Name"]} for each in options],
    )


@defect("options-in-name", "Options are only in brackets after the product's name.", "OPT-1")
def options_in_name(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        chosen = ", ".join(f"{each.name}: {each.value}" for each in item.options)
        return line | {"Name": f"{item.name} ({chosen})"[:200], "Options": None} if chosen else line

    return edit_lines(behaviour, change)


@defect("options-joined", "All options of a line are one option with a list as value.", "OPT-1")
def options_joined(behaviour: Behaviour) -> Behaviour:
    def joined(options: list[Fields], item: Item) -> list[Fields]:
        value = ", ".join(f"{each.name}: {each.value}" for each in item.options)
        return [{"Name": "Options", "Value": value[:100]}] if options else []

    return edit_options(behaviour, joined)


@defect("first-option-only", "Of several options, only the first is exported.", "OPT-1")
def first_option_only(behaviour: Behaviour) -> Behaviour:
    return edit_options(behaviour, lambda options, item: options[:1])


@defect("options-by-name", "Of two options with one name, only the last is exported.", "OPT-1")
def options_by_name(behaviour: Behaviour) -> Behaviour:
    return edit_options(
        behaviour, lambda options, item: list({text_of(each, "Name"): each for each in options}.values())
    )


@defect("option-zero-dropped", "An option with the value 0 is not exported: PHP considers 0 empty.", "OPT-1")
def option_zero_dropped(behaviour: Behaviour) -> Behaviour:
    return edit_options(
        behaviour, lambda options, item: [each for each in options if text_of(each, "Value") not in ("", "0")]
    )


@defect("option-value-with-surcharge", "An option's value includes its price: L (+5.00).", "OPT-1")
def option_value_with_surcharge(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: f"{value[:80]} (+5.00)", "Value")


@defect("option-cut-at-7", "Option values are cut at 7 characters.", "OPT-1 OPT-4 ORD-13")
def option_cut_at_7(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: value[:7].strip(), "Value")


@defect("options-not-chosen-too", "A value that was not chosen is exported beside the chosen one.", "OPT-1")
def options_not_chosen_too(behaviour: Behaviour) -> Behaviour:
    return edit_options(
        behaviour,
        lambda options, item: (options + [each | {"Value": "Extra large"} for each in options[:1]])[:10],
    )


# ---------------------------------------------------------------- OPT-2, OPT-3: no options, and too many


@defect("option-of-nothing", "A line without options has an option with an empty name and value.", "OPT-2 ORD-17")
def option_of_nothing(behaviour: Behaviour) -> Behaviour:
    return edit_options(behaviour, lambda options, item: options or [{"Name": "", "Value": ""}])


@defect("option-says-none", "A line without options has an option with the value none.", "OPT-2")
def option_says_none(behaviour: Behaviour) -> Behaviour:
    return edit_options(behaviour, lambda options, item: options or [{"Name": "Options", "Value": "none"}])


@defect(
    "options-pile-up",
    "A line also has the options of all previous lines.",
    "ITM-11",
)
def options_pile_up(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        pile: list[Fields] = []
        for line in lines_of(fields):
            if not is_adjustment(line):
                pile += options_of(line)
                line["Options"] = {"Option": [dict(each) for each in pile[-10:]]} if pile else None

    return edit_order(behaviour, change)


@defect("options-over-ten", "More than ten options are exported for a line.", "OPT-3 ORD-17")
def options_over_ten(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        goods = [line for line in lines_of(fields) if not is_adjustment(line)]
        for line, item in zip(goods, order.items, strict=True):
            if len(item.options) > 10:
                line["Options"] = {"Option": [option(chosen, shop) for chosen in item.options]}

    return edit_order(behaviour, change)


@defect("eleven-options-spoil-order", "An order that has a line with more than ten options is not exported.", "OPT-1")
def eleven_options_spoil_order(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: all(len(item.options) <= 10 for item in order.items))


# ---------------------------------------------------------------- OPT-4: special characters


@defect("options-escaped-twice", "Names and values of options are escaped twice.", "OPT-4 ORD-1 ORD-13 ORD-14")
def options_escaped_twice(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, html.escape, "Name", "Value")


@defect("options-without-tags", "Text that looks like a tag is removed from options.", "OPT-4 ORD-13")
def options_without_tags(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: re.sub(r"<[^>]*>", "", value), "Name", "Value")


@defect("options-in-ascii", "Non-ASCII letters in options become question marks.", "OPT-4 ORD-13")
def options_in_ascii(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: value.encode("ascii", "replace").decode(), "Name", "Value")


# ---------------------------------------------------------------- separators inside a text


@defect("options-split-at-colons", "Options are kept as name:value; what is after a second colon is lost.", "OPT-1")
def options_split_at_colons(behaviour: Behaviour) -> Behaviour:
    def split(options: list[Fields], item: Item) -> list[Fields]:
        pairs = [f"{text_of(each, 'Name')}:{text_of(each, 'Value')}".split(":") for each in options]
        return [
            each | {"Name": pair[0].strip(), "Value": pair[1].strip()}
            for each, pair in zip(options, pairs, strict=True)
        ]

    return edit_options(behaviour, split)


@defect(
    "option-values-end-at-commas", "Options are kept as a list with commas: a value ends at its first comma.", "OPT-1"
)
def option_values_end_at_commas(behaviour: Behaviour) -> Behaviour:
    return _edit_texts(behaviour, lambda value: value.partition(",")[0].rstrip(), "Value")
