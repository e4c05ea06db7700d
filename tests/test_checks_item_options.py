"""OPT: which options arrive, how they read, and on which line."""

from __future__ import annotations

import msgspec
import pytest
from lxml import etree

from conformance.checks import item_options, items
from mockstore.orders.model import Item, Option, Order
from tests.support.judged import LAMP, MUG, exported, found, one_line, order, pair, worked

FIRST = "Items/Item[1]/Options"
SIZE, COLOUR = Option("Size", "Large"), Option("Colour", "Red")
BOTH = one_line(MUG, options=(SIZE, COLOUR))


def chosen(place: int, *given: tuple[str, str]):  # type: ignore[no-untyped-def]
    """Puts these options, and no others, to a line."""

    def put(element: etree._Element) -> None:
        line = element.findall("Items/Item")[place - 1]
        for old in line.findall("Options"):
            line.remove(old)
        if given:
            added = etree.SubElement(line, "Options")
            for name, value in given:
                option = etree.SubElement(added, "Option")
                etree.SubElement(option, "Name").text = name
                etree.SubElement(option, "Value").text = value

    return put


def test_options_may_stand_in_any_order() -> None:
    """An option is recognised by name and value, not by its place."""
    judged = worked(BOTH, chosen(1, ("Colour", "Red"), ("Size", "Large")))
    assert (
        found(
            [
                *item_options.options_match(judged),
                *item_options.option_texts_as_typed(judged),
                *items.no_value_of_another_line(judged),
            ]
        )
        == []
    )


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ((("Text", "Anna"), ("Text", "Ben")), []),
        ((("Text", "Anna, Ben"),), []),
        ((("Text", "Ben"),), ["Text: Anna"]),
        ((("Text", "Anna"),), ["Text: Ben"]),
    ],
)
def test_options_of_one_name_are_several_or_one_that_names_all(
    given: tuple[tuple[str, str], ...], lacks: list[str]
) -> None:
    """OPT-1: of two engravings, neither may replace the other."""
    judged = worked(one_line(MUG, options=(Option("Text", "Anna"), Option("Text", "Ben"))), chosen(1, *given))
    shown = ", ".join(f"{name}: {value}" for name, value in given)
    assert found(item_options.options_match(judged)) == [(FIRST, each, shown) for each in lacks]


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ((), ["Size: Large", "Colour: Red"]),
        ((("Size", "Large"),), ["Colour: Red"]),
        ((("12", "47"), ("Colour", "Red")), ["Size: Large"]),
        ((("Size", "47"), ("Colour", "Red")), ["Size: Large"]),
        ((("Large", "Size"), ("Colour", "Red")), ["Size: Large"]),
        ((("Options", "Size: Large, Colour: Red"),), ["Size: Large", "Colour: Red"]),
        ((("Size", "Lar"), ("Colour", "Red")), ["Size: Large"]),
    ],
)
def test_an_option_that_does_not_arrive_as_people_read_it_is_found(
    given: tuple[tuple[str, str], ...], lacks: list[str]
) -> None:
    """OPT-1: a missing option, ids, swapped, joined or cut texts; each chosen option has one finding."""
    judged = worked(BOTH, chosen(1, *given))
    shown = ", ".join(f"{name}: {value}" for name, value in given) or "no Option"
    assert found(item_options.options_match(judged)) == [(FIRST, each, shown) for each in lacks]


def test_a_value_that_was_not_chosen_is_found() -> None:
    """OPT-1: with a second value under the same name, the wrong thing would be packed."""
    judged = worked(BOTH, chosen(1, ("Size", "Large"), ("Colour", "Red"), ("Colour", "Blue")))
    assert found(item_options.options_match(judged)) == [
        (f"{FIRST}/Option[3]", "Size: Large, Colour: Red", "Colour: Blue")
    ]


def test_an_additional_option_is_accepted() -> None:
    """A store may add options of its own to a line that has options."""
    assert (
        found(
            item_options.options_match(
                worked(BOTH, chosen(1, ("Size", "Large"), ("Colour", "Red"), ("Gift box", "No")))
            )
        )
        == []
    )


def test_several_values_of_one_name_may_be_chosen() -> None:
    """The customer may tick two values of one option."""
    held = one_line(MUG, options=(Option("Extras", "Lid"), Option("Extras", "Spoon")))
    assert found(item_options.options_match(pair(held))) == []


def test_of_more_than_ten_options_any_ten_are_enough() -> None:
    """OPT-1 needs ten options, in any sequence; OPT-3 reports eleven."""
    eleven = tuple(Option(f"Option {n}", f"Value {n}") for n in range(1, 12))
    texts = [(each.name, each.value) for each in eleven]
    held = one_line(MUG, options=eleven)
    assert found(item_options.options_match(worked(held, chosen(1, *texts[:10])))) == []
    assert found(item_options.options_match(worked(held, chosen(1, *texts[:0:-1])))) == []
    assert found(item_options.options_match(pair(held))) == []
    assert [each[1] for each in found(item_options.options_match(worked(held, chosen(1, *texts[:9]))))] == [
        "Option 10: Value 10"
    ]
    assert found(item_options.at_most_ten_options(exported(held))) == [(FIRST, "at most 10", "11")]
    assert found(item_options.at_most_ten_options(worked(held, chosen(1, *texts[:10])).exported)) == []


def test_a_line_without_options_has_none() -> None:
    """OPT-2: an option "none" is found, and one without name and value."""
    for given in (("Options", "none"), ("", "")):
        judged = worked(one_line(LAMP), chosen(1, given))
        assert found(item_options.no_option_invented(judged)) == [
            (f"{FIRST}/Option[1]", "no Option", f"{given[0]}: {given[1]}")
        ]
    assert found(item_options.no_option_invented(pair(one_line(LAMP)))) == []


def two(first: Item = MUG, second: Item = LAMP) -> Order:
    """The plain order with these lines."""
    return order(items=(first, second))


def test_another_lines_options_are_reported_once() -> None:
    """ITM-11 reports them, also if a line lost its options to the other."""
    judged = worked(two(), chosen(1), chosen(2, ("Colour", "Red")))
    assert found(items.no_value_of_another_line(judged)) == [("Items/Item[2]", "no Option", "Colour: Red")]
    assert found([*item_options.options_match(judged), *item_options.no_option_invented(judged)]) == []


def test_options_that_accumulate_are_another_lines() -> None:
    """ITM-11: the second line has its own options and those of the first."""
    held = two(second=msgspec.structs.replace(LAMP, options=(Option("Colour", "Green"),)))
    judged = worked(held, chosen(2, ("Colour", "Red"), ("Colour", "Green")))
    assert found(items.no_value_of_another_line(judged)) == [("Items/Item[2]", "Colour: Green", "Colour: Red")]
    assert found(item_options.options_match(judged)) == []


def test_an_option_of_both_lines_belongs_to_both() -> None:
    """ITM-11: an option that two lines share isn't another line's."""
    held = two(second=msgspec.structs.replace(LAMP, options=MUG.options))
    assert found(items.no_value_of_another_line(pair(held))) == []


SPECIAL = one_line(MUG, options=(Option("Größe & Farbe", "Rot <dunkel>"),))


@pytest.mark.parametrize(
    ("name", "value", "damaged"),
    [
        ("Größe &amp; Farbe", "Rot <dunkel>", "Name"),
        ("Größe & Farbe", "Rot &lt;dunkel&gt;", "Value"),
        ("Gr??e & Farbe", "Rot <dunkel>", "Name"),
    ],
)
def test_damaged_options_are_found_in_any_place(name: str, value: str, damaged: str) -> None:
    """OPT-4 reports an option that can be recognised, and OPT-1 doesn't."""
    judged = worked(SPECIAL, chosen(1, ("Note", "first"), (name, value)))
    assert [place for place, _, _ in found(item_options.option_texts_as_typed(judged))] == [
        f"{FIRST}/Option[2]/{damaged}"
    ]
    assert found(item_options.options_match(judged)) == []


def test_which_orders_are_judged() -> None:
    """Each scenario looks at the orders that have what it is about."""
    assert item_options.has_options(pair())
    assert item_options.has_no_options(pair())
    assert not item_options.has_no_options(pair(one_line()))
    assert item_options.has_special_options(pair(SPECIAL))
    assert not item_options.has_special_options(pair())
    assert item_options.has_exported_options(exported())
    assert not item_options.has_exported_options(exported(one_line(LAMP)))
