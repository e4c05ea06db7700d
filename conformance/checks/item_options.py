"""OPT: the options that the customer chose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.compare import is_same_text, is_special, normalized, same_apart_from_damage
from conformance.checks.findings import about, at
from conformance.checks.items import has_line_with
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder, Part
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Option

MAX_OPTIONS = 10
"""Options of a line that the contract has room for: the first of more are judged."""
LENGTH = 100

has_options = has_line_with(lambda item: bool(item.options))
has_no_options = has_line_with(lambda item: not item.options)


def has_special_options(pair: Pair) -> bool:
    """Whether an option has special characters."""
    return any(
        is_special(normalized(text))
        for item in pair.truth.items
        for option in item.options
        for text in (option.name, option.value)
    )


def states_options(order: ExportedOrder) -> bool:
    """Whether a line of the export has options."""
    return any(line.options for line in order.lines)


def is_option(came: Part, chosen: Option) -> bool:
    """Whether an exported option is this one, be it with its special characters spoilt."""
    return same_apart_from_damage(chosen.name, came["Name"].text, LENGTH) and same_apart_from_damage(
        chosen.value, came["Value"].text, LENGTH
    )


def shares_an_option(came: Part, chosen: Option, item: Item) -> bool:
    """Whether an exported option has this one's value among those of its name: ``Engraving: Anna, Ben``."""
    return (
        sum(option.name == chosen.name for option in item.options) > 1
        and is_same_text(chosen.name, came["Name"].text, LENGTH)
        and normalized(chosen.value) in normalized(came["Value"].text)
    )


def has_all_options(line: ExportedLine, item: Item) -> bool:
    """Whether each chosen option of a line arrived, as far as the contract has room."""
    return all(any(is_option(came, chosen) for came in line.options) for chosen in item.options[:MAX_OPTIONS])


def has_no_other_option(line: ExportedLine, item: Item) -> bool:
    """Whether a line has no option besides the chosen ones."""
    return all(any(is_option(came, chosen) for chosen in item.options) for came in line.options)


def options_of_other_lines(pair: Pair, line: ExportedLine, item: Item) -> list[Part]:
    """A line's options that are none of its own, but another line's."""
    others = [option for other in pair.truth.items if other is not item for option in other.options]
    return [
        came
        for came in line.options
        if not any(is_option(came, chosen) for chosen in item.options)
        and any(is_option(came, other) for other in others)
    ]


def no_option_of_another_line(pair: Pair) -> Iterator[Finding]:
    """ITM-11: no line shows the options of another."""
    for line, item in pair.lines.matched:
        if found := options_of_other_lines(pair, line, item):
            own = ", ".join(f"{chosen.name}: {chosen.value}" for chosen in item.options)
            yield about(
                pair.exported, "They are another line's options.", own or "no Option", _listed(found), line.xpath
            )


def options_match(pair: Pair) -> Iterator[Finding]:
    """OPT-1: each chosen option arrives as Name and Value, as people read them, and none that wasn't chosen.

    One that stands on another line in its place is ITM-11's matter.
    """
    astray = [came for line, item in pair.lines.matched for came in options_of_other_lines(pair, line, item)]
    for line, item in pair.lines.matched:
        shown = _listed(line.options)
        for chosen in item.options[:MAX_OPTIONS]:
            if not any(
                is_option(came, chosen) or shares_an_option(came, chosen, item) for came in (*line.options, *astray)
            ):
                yield about(
                    pair.exported,
                    "A chosen option doesn't arrive as people read it.",
                    f"{chosen.name}: {chosen.value}",
                    shown or "no Option",
                    f"{line.xpath}/Options",
                )
        foreign = {id(came) for came in options_of_other_lines(pair, line, item)}
        for came in _contradicting(line, item) if has_all_options(line, item) else ():
            if id(came) in foreign:
                continue
            yield about(
                pair.exported,
                "An option has a value, too, that the customer didn't choose.",
                ", ".join(f"{chosen.name}: {chosen.value}" for chosen in item.options),
                f"{came['Name'].text}: {came['Value'].text}",
                came.xpath,
            )


def _contradicting(line: ExportedLine, item: Item) -> list[Part]:
    """Options of a line under a name that was chosen, with a value that wasn't."""
    return [
        came
        for came in line.options
        if any(is_same_text(chosen.name, came["Name"].text, LENGTH) for chosen in item.options)
        and not any(is_option(came, chosen) for chosen in item.options)
    ]


def _listed(options: Sequence[Part]) -> str:
    return ", ".join(f"{option['Name'].text}: {option['Value'].text}" for option in options)


def no_option_invented(pair: Pair) -> Iterator[Finding]:
    """OPT-2: a line without options has no Option; another line's are ITM-11's matter."""
    for line, item in pair.lines.matched:
        if not item.options and len(options_of_other_lines(pair, line, item)) < len(line.options):
            yield about(
                pair.exported, "The line has no options.", "no Option", _listed(line.options), line.options[0].xpath
            )


def at_most_ten_options(order: ExportedOrder) -> Iterator[Finding]:
    """OPT-3: not more than 10 options a line."""
    for line in order.lines:
        if len(line.options) > MAX_OPTIONS:
            yield about(
                order, "The line has too many options.", "at most 10", str(len(line.options)), f"{line.xpath}/Options"
            )


def option_texts_as_typed(pair: Pair) -> Iterator[Finding]:
    """OPT-4: names and values of options with special characters survive, wherever on the line they stand."""
    for line, item in pair.lines.matched:
        for chosen in item.options[:MAX_OPTIONS]:
            came = next((came for came in line.options if _is_right(came, chosen)), None)
            spoilt = next((came for came in line.options if is_option(came, chosen)), None)
            if came is not None or spoilt is None:
                continue
            for element, expected in (("Name", chosen.name), ("Value", chosen.value)):
                value = spoilt[element]
                if is_special(normalized(expected)) and not is_same_text(expected, value.text, LENGTH):
                    yield at(value, pair.exported, "The option's text is spoilt.", expected)


def _is_right(came: Part, chosen: Option) -> bool:
    return is_same_text(chosen.name, came["Name"].text, LENGTH) and is_same_text(
        chosen.value, came["Value"].text, LENGTH
    )
