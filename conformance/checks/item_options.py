"""OPT: the options that the customer chose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.compare import CUT_SLACK_CHARS, is_same_but_damaged, is_same_text, is_special, normalized
from conformance.checks.findings import about, at
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder, Part
from conformance.contract.fields import OPTION
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Option

MAX_OPTIONS = 10
"""Options that the contract allows on a line. If a line has more, any ten of them have to arrive."""
NAME_LIMITS, VALUE_LIMITS = OPTION["Name"].limits, OPTION["Value"].limits


def has_options(pair: Pair) -> bool:
    """True if a line of the order has options."""
    return any(item.options for item in pair.truth.items)


def has_no_options(pair: Pair) -> bool:
    """True if a line of the order has no options."""
    return any(not item.options for item in pair.truth.items)


def has_special_options(pair: Pair) -> bool:
    """True if an option has special characters."""
    return any(
        is_special(normalized(text))
        for item in pair.truth.items
        for option in item.options
        for text in (option.name, option.value)
    )


def has_exported_options(order: ExportedOrder) -> bool:
    """True if a line of the export has options."""
    return any(line.options for line in order.lines)


def is_option(exported: Part, chosen: Option) -> bool:
    """True if an exported option is the chosen one, even if its special characters are damaged."""
    return is_same_but_damaged(chosen.name, exported["Name"].text, *NAME_LIMITS) and is_same_but_damaged(
        chosen.value, exported["Value"].text, *VALUE_LIMITS
    )


def _is_undamaged(exported: Part, chosen: Option) -> bool:
    return is_same_text(chosen.name, exported["Name"].text, *NAME_LIMITS) and is_same_text(
        chosen.value, exported["Value"].text, *VALUE_LIMITS
    )


def is_joined_option(exported: Part, chosen: Option, item: Item) -> bool:
    """True if an exported option joins the chosen value with others of the same name: ``Engraving: Anna, Ben``."""
    return (
        sum(option.name == chosen.name for option in item.options) > 1
        and is_same_text(chosen.name, exported["Name"].text, *NAME_LIMITS)
        and (
            normalized(chosen.value) in normalized(exported["Value"].text)
            or any(len(exported["Value"].text) >= limit - CUT_SLACK_CHARS for limit in VALUE_LIMITS)
        )
    )


def has_all_options(line: ExportedLine, item: Item) -> bool:
    """True if the chosen options of a line arrived, or ten of them."""
    found = sum(_arrives(chosen, line.options) for chosen in item.options)
    return found >= min(len(item.options), MAX_OPTIONS)


def has_no_other_option(line: ExportedLine, item: Item) -> bool:
    """True if a line has no option besides the chosen ones."""
    return all(_is_own(exported, item) for exported in line.options)


def options_of_other_lines(pair: Pair, line: ExportedLine, item: Item) -> list[Part]:
    """Return the options of a line that aren't its own but another line's."""
    foreign = [exported for exported in line.options if not _is_own(exported, item)]
    others = [option for other in pair.truth.items if other is not item for option in other.options] if foreign else []
    return [exported for exported in foreign if any(is_option(exported, other) for other in others)]


def _is_exact(exported: Part, chosen: Option) -> bool:
    return exported["Value"].text == chosen.value and exported["Name"].text == chosen.name


LIKENESS = (_is_exact, _is_undamaged, is_option)
"""True if an exported option is the chosen one. Fast comparisons come first, so that few options need the slow one."""


def _is_own(exported: Part, item: Item) -> bool:
    """True if an exported option is one of a line's own."""
    return any(is_alike(exported, chosen) for is_alike in LIKENESS for chosen in item.options)


def _arrives(chosen: Option, exported: Sequence[Part]) -> bool:
    """True if a chosen option is among exported ones."""
    return any(is_alike(each, chosen) for is_alike in LIKENESS for each in exported)


def options_match(pair: Pair) -> Iterator[Finding]:
    """OPT-1: each chosen option arrives with the name and value that people see, and without a second value.

    Of more than ten options, any ten have to arrive. ITM-11 reports an option that arrives on another line.
    """
    astray = [exported for line, item in pair.lines.matched for exported in options_of_other_lines(pair, line, item)]
    for line, item in pair.lines.matched:
        lost = [
            chosen
            for chosen in item.options
            if not _arrives(chosen, (*line.options, *astray))
            and not any(is_joined_option(exported, chosen, item) for exported in (*line.options, *astray))
        ]
        for chosen in lost[: len(lost) - max(0, len(item.options) - MAX_OPTIONS)] if lost else ():
            yield about(
                pair.exported,
                "A chosen option doesn't arrive as people read it.",
                f"{chosen.name}: {chosen.value}",
                shown_options(line.options) or "no Option",
                f"{line.xpath}/Options",
            )
        foreign = {id(exported) for exported in options_of_other_lines(pair, line, item)}
        for exported in _values_not_chosen(line, item) if has_all_options(line, item) else ():
            if id(exported) in foreign:
                continue
            yield about(
                pair.exported,
                "An option has a second value, which the customer didn't choose.",
                ", ".join(f"{chosen.name}: {chosen.value}" for chosen in item.options),
                shown_options([exported]),
                exported.xpath,
            )


def _values_not_chosen(line: ExportedLine, item: Item) -> list[Part]:
    """Return the options of a line that have the name of a chosen option, but a value that wasn't chosen."""
    return [
        exported
        for exported in line.options
        if any(is_same_text(chosen.name, exported["Name"].text, *NAME_LIMITS) for chosen in item.options)
        and not _is_own(exported, item)
    ]


def shown_options(options: Sequence[Part]) -> str:
    """Return exported options as a finding shows them."""
    return ", ".join(f"{option['Name'].text}: {option['Value'].text}" for option in options)


def no_option_invented(pair: Pair) -> Iterator[Finding]:
    """OPT-2: a line without options has no Option. ITM-11 reports another line's options."""
    for line, item in pair.lines.matched:
        if not item.options and len(options_of_other_lines(pair, line, item)) < len(line.options):
            yield about(
                pair.exported,
                "There is an Option, but the line has no options.",
                "no Option",
                shown_options(line.options),
                line.options[0].xpath,
            )


def at_most_ten_options(order: ExportedOrder) -> Iterator[Finding]:
    """OPT-3: no line has more than 10 options."""
    for line in order.lines:
        if len(line.options) > MAX_OPTIONS:
            yield about(
                order,
                "The line has too many options.",
                f"at most {MAX_OPTIONS}",
                str(len(line.options)),
                f"{line.xpath}/Options",
            )


def option_texts_as_typed(pair: Pair) -> Iterator[Finding]:
    """OPT-4: special characters in names and values of options are preserved. The options may be in any sequence."""
    for line, item in pair.lines.matched:
        for chosen in item.options:
            if any(_is_undamaged(exported, chosen) for exported in line.options):
                continue
            damaged = next((exported for exported in line.options if is_option(exported, chosen)), None)
            if damaged is None:
                continue
            for element, expected, limits in (
                ("Name", chosen.name, NAME_LIMITS),
                ("Value", chosen.value, VALUE_LIMITS),
            ):
                value = damaged[element]
                if is_special(normalized(expected)) and not is_same_text(expected, value.text, *limits):
                    yield at(value, pair.exported, "The option's special characters are damaged.", expected)
