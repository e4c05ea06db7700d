"""Defects of weights: which weights are exported, in which unit, and how exactly."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_line_text,
    edit_lines,
    edit_options,
    edit_order,
    lines_of,
    options_of,
    set_line_element,
    text_of,
)
from mockstore.endpoint import presentation
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Item, Order, Weight
from mockstore.orders.totals import converted
from mockstore.shop.shop import Shop

CENT = Decimal("0.01")


def _set_weights(
    behaviour: Behaviour, unit: str | None, value: Callable[[Weight], Decimal], step: Decimal = CENT
) -> Behaviour:
    """Set the weights of lines and options to another value and unit."""

    def format_weight(weight: Weight | None) -> str | None:
        return None if weight is None else str(value(weight).quantize(step, ROUND_HALF_UP))

    def change(line: Fields, item: Item, order: Order) -> Fields:
        if item.weight is not None:
            line |= {"Weight": format_weight(item.weight), "WeightUnits": unit}
            options = line.get("Options")
            if isinstance(options, dict):
                options["Option"] = [
                    {"Name": chosen.name[:100], "Value": chosen.value[:100], "Weight": format_weight(chosen.weight)}
                    for chosen in item.options[:10]
                ]
        return line

    return edit_lines(behaviour, change)


def _amount_in(unit: str) -> Callable[[Weight], Decimal]:
    return lambda weight: converted(weight, unit).value


@defect("unit-of-first-line", "All lines of an order have the weight unit of the first line.", "WGT-3")
def unit_of_first_line(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        lines = [line for line in lines_of(fields) if text_of(line, "WeightUnits")]
        for line in lines:
            line["WeightUnits"] = lines[0]["WeightUnits"]

    return edit_order(behaviour, change)


# ---------------------------------------------------------------- WGT-1: the weight of one unit


@defect("weight-of-all-units", "Weight is the weight of all units of the line.", "WGT-1")
def weight_of_all_units(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour,
        lambda line, item, order: (
            line | {"Weight": str(Decimal(text_of(line, "Weight")) * item.quantity)} if item.weight else line
        ),
    )


@defect("weight-left-out", "Weights are not exported.", "WGT-1 WGT-2")
def weight_left_out(behaviour: Behaviour) -> Behaviour:
    return edit_lines(behaviour, lambda line, item, order: line | {"Weight": None, "WeightUnits": None})


@defect("weight-on-first-line-only", "Only the first line of an order has a weight.", "WGT-1 WGT-2")
def weight_on_first_line_only(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour,
        lambda line, item, order: line if item is order.items[0] else line | {"Weight": None, "WeightUnits": None},
    )


@defect("weight-of-options-only", "Weight is missing if an option has a weight.", "WGT-1")
def weight_of_options_only(behaviour: Behaviour) -> Behaviour:
    return set_line_element(
        behaviour, "Weight", lambda item: None, of=lambda item: any(option.weight for option in item.options)
    )


# ---------------------------------------------------------------- WGT-2: the unit


@defect("weight-unit-left-out", "Weights have no unit.", "ORD-17 WGT-2")
def weight_unit_left_out(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "WeightUnits", lambda item: None)


@defect(
    "weight-in-kilograms",
    "Weights are in kilograms with the unit kg, which ShipStation does not know.",
    "ORD-1 ORD-17 WGT-2",
)
def weight_in_kilograms(behaviour: Behaviour) -> Behaviour:
    return _set_weights(behaviour, "kg", _amount_in("kg"), Decimal("0.0001"))


# ---------------------------------------------------------------- WGT-3: value and unit


@defect(
    "kilograms-called-grams",
    "Kilograms are exported as Grams without conversion.",
    "WGT-3",
    seen="CS-Cart",
)
def kilograms_called_grams(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        kilograms = item.weight is not None and item.weight.unit == "kg"
        return line | {"Weight": f"{item.weight.value:.2f}"} if item.weight and kilograms else line

    return edit_lines(behaviour, change)


@defect("pounds-called-grams", "Every unit except ounces is exported as Grams, pounds included.", "WGT-3")
def pounds_called_grams(behaviour: Behaviour) -> Behaviour:
    return set_line_element(
        behaviour,
        "WeightUnits",
        lambda item: "Grams",
        of=lambda item: item.weight is not None and item.weight.unit == "lbs",
    )


@defect("ounces-called-pounds", "Ounces are exported as lb.", "WGT-3 WGT-4")
def ounces_called_pounds(behaviour: Behaviour) -> Behaviour:
    return _set_weights(behaviour, "lb", _amount_in("oz"))


@defect("weight-converted-twice", "Weights are multiplied by 1000 twice to get grams.", "WGT-3 ORD-17 WGT-4")
def weight_converted_twice(behaviour: Behaviour) -> Behaviour:
    return _set_weights(behaviour, "Grams", lambda weight: _amount_in("g")(weight) * 1000)


@defect("weight-in-whole-pounds", "Weights are rounded to whole pounds.", "WGT-3")
def weight_in_whole_pounds(behaviour: Behaviour) -> Behaviour:
    return _set_weights(behaviour, "Pounds", _amount_in("lbs"), Decimal(1))


@defect("weight-cut-to-integer", "Weights in pounds are cast to int.", "WGT-3")
def weight_cut_to_integer(behaviour: Behaviour) -> Behaviour:
    return _set_weights(behaviour, "Pounds", lambda weight: Decimal(int(_amount_in("lbs")(weight))))


@defect("weight-of-first-line", "Every line has the weight of the first line.", "WGT-3")
def weight_of_first_line(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        first = order.items[0].weight
        return line | {"Weight": presentation.weight(first)} if first and item.weight else line

    return edit_lines(behaviour, change)


@defect("weight-with-its-unit", "Weight includes its unit: 0.50 lb.", "ORD-1 WGT-3")
def weight_with_its_unit(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Weight", lambda weight: f"{weight} lb")


@defect("weight-with-decimal-comma", "Weight has a decimal comma.", "ORD-1 WGT-3")
def weight_with_decimal_comma(behaviour: Behaviour) -> Behaviour:
    return edit_line_text(behaviour, "Weight", lambda weight: weight.replace(".", ","))


# ---------------------------------------------------------------- WGT-4: the whole order


@defect("option-weight-left-out", "The weights of options are not exported.", "WGT-4")
def option_weight_left_out(behaviour: Behaviour) -> Behaviour:
    return edit_options(behaviour, lambda options, item: [option | {"Weight": None} for option in options])


@defect(
    "option-weight-counted-twice", "A line's weight includes its options' weights, which are exported as well.", "WGT-4"
)
def option_weight_counted_twice(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        if item.weight is not None:
            unit = item.weight.unit
            extra = sum((converted(option.weight, unit).value for option in item.options if option.weight), Decimal(0))
            line["Weight"] = presentation.weight(Weight(item.weight.value + extra, unit))
        return line

    return edit_lines(behaviour, change)


@defect("option-weight-of-all-units", "An option's weight is multiplied by the quantity of the line.", "WGT-4")
def option_weight_of_all_units(behaviour: Behaviour) -> Behaviour:
    def change(options: list[Fields], item: Item) -> list[Fields]:
        return [
            option | {"Weight": str(Decimal(text_of(option, "Weight")) * item.quantity)}
            if text_of(option, "Weight")
            else option
            for option in options
        ]

    return edit_options(behaviour, change)


# ---------------------------------------------------------------- WGT-5: no weight


@defect("weightless-weighs-one", "A product without a weight has the weight 1.", "WGT-5 WGT-3")
def weightless_weighs_one(behaviour: Behaviour) -> Behaviour:
    return _set_missing_weight(behaviour, "1.00")


@defect("weightless-is-minus-one", "A product without a weight has the weight -1.", "ORD-17 WGT-5 WGT-3")
def weightless_is_minus_one(behaviour: Behaviour) -> Behaviour:
    return _set_missing_weight(behaviour, "-1.00")


def _set_missing_weight(behaviour: Behaviour, weight: str) -> Behaviour:
    return edit_lines(
        behaviour,
        lambda line, item, order: line if item.weight else line | {"Weight": weight, "WeightUnits": "Ounces"},
    )


@defect(
    "option-weights-need-line-weight",
    "A line without a weight of its own has no weight at all, also if its options weigh something.",
    "WGT-4",
)
def option_weights_need_line_weight(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        if item.weight is None:
            line |= {"Weight": None, "WeightUnits": None}
            for option in options_of(line):
                option["Weight"] = None
        return line

    return edit_lines(behaviour, change)


@defect(
    "option-weights-without-unit",
    "A line without a weight of its own has no unit, but the weights of its options.",
    "WGT-2",
)
def option_weights_without_unit(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour,
        lambda line, item, order: line if item.weight else line | {"Weight": None, "WeightUnits": None},
    )


@defect("weight-of-zero-is-default", "A weight of 0 counts as missing, and is 1.", "WGT-5 WGT-3")
def weight_of_zero_is_default(behaviour: Behaviour) -> Behaviour:
    return edit_lines(
        behaviour,
        lambda line, item, order: line | {"Weight": "1.00"} if item.weight and not item.weight.value else line,
    )
