"""What a notification says, and how what was booked of it is counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from conformance.client.shipstation import Recipient, ShipNotice, ShippedLine, notice_xml
from conformance.contract.paths import SCHEMAS
from conformance.contract.schemas import notice_violations
from conformance.probes.shipment_update import notify as notify_module
from conformance.probes.shipment_update.notify import (
    all_cases,
    expected_units,
    in_words,
    normalized_code,
    units_by_line,
    unmistakable_day,
)
from conformance.probes.shipment_update.recorded_values import TRACKING_NUMBERS, number_of_form
from conformance.survey.limits import SurveyLimits
from conformance.survey.survey import Survey
from mockstore.orders.model import Shipment, ShippedItem
from tests.support.judged import LAMP, MUG, order

TWIN = msgspec.structs.replace(MUG, line_id="13")


@given(st.integers(0, 15 * 366 * 24))
def test_the_day_of_shipment_is_no_other_with_day_and_month_swapped(hours: int) -> None:
    """It lies in the past, lately, and has no second reading: a verdict doesn't depend on the day of a run."""
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    day = unmistakable_day(now)
    assert day.day > 12
    assert 0 < (now.date() - day).days < 20


def test_the_day_of_shipment_may_lie_in_the_month_before() -> None:
    """On the first of a year, it is the last of the year before."""
    assert unmistakable_day(datetime(2026, 1, 1, 0, 5, tzinfo=UTC)) == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ((ShippedItem("MUG", 2, "11"), ShippedItem("LAMP", 1, "12")), {"11": 2, "12": 1}),
        ((ShippedItem("MUG", 1), ShippedItem("MUG", 1)), {"11": 2}),
        ((ShippedItem("MUG", 1, "unknown"),), {"11": 1}),
        ((ShippedItem("MUG", 0, "11"),), {}),
        ((ShippedItem("STRANGER", 1),), {"STRANGER": 1}),
    ],
)
def test_shipped_items_are_counted_by_line(items: tuple[ShippedItem, ...], expected: dict[str, int]) -> None:
    """By the line's id where it is one, else by the only line of the SKU."""
    assert units_by_line(order(), [Shipment("1Z", items=items)]) == Counter(expected)


def test_of_two_lines_of_a_sku_none_is_guessed() -> None:
    """Where the store keeps no line, the SKU is all there is."""
    held = order(items=(MUG, TWIN))
    assert units_by_line(held, [Shipment("1Z", items=(ShippedItem("MUG", 3),))]) == Counter({"MUG": 3})
    assert units_by_line(held, [Shipment("1Z", items=(ShippedItem("MUG", 3, "13"),))]) == Counter({"13": 3})


def test_counts_are_shown_for_people() -> None:
    """Quantity and line; nothing is said to be that."""
    assert in_words(expected_units((MUG, LAMP))) == "2 × 11, 1 × 12"
    assert in_words(Counter()) == "nothing"


def test_carriers_are_alike_but_for_case_and_blanks() -> None:
    """UPS and u p s; not UPS and USPS."""
    assert normalized_code(" Royal Mail ") == normalized_code("ROYALMAIL")
    assert normalized_code("UPS") != normalized_code("USPS")


@pytest.mark.parametrize("kind", TRACKING_NUMBERS)
def test_tracking_numbers_are_of_every_form(kind: str) -> None:
    """Each fits its field, is made of letters and digits but for one, and is a run's own."""
    now = datetime(2026, 4, 2, tzinfo=UTC)
    first, second = (
        number_of_form(Survey(None, None, may_write=False, now=now, run_id=run, limits=SurveyLimits()), kind)  # type: ignore[arg-type]
        for run in ("a", "b")
    )
    assert first != second
    assert first.isalnum() == (kind != TRACKING_NUMBERS[4])
    assert len(first) <= 50
    told = {
        TRACKING_NUMBERS[0]: first == first.upper() and not first.isdigit(),
        TRACKING_NUMBERS[1]: first not in (first.upper(), first.lower()),
        TRACKING_NUMBERS[2]: first.isdigit() and first.startswith("00") and len(first) == 20,
        TRACKING_NUMBERS[3]: len(first) == 50,
        TRACKING_NUMBERS[4]: {*"+&%/"} < {*first},
    }
    assert told[kind]


def test_a_notice_holds_the_orders_own_notes_apart() -> None:
    """Each in its element; without any, the element is left out."""
    told = ShipNotice("1", notes="for the buyer", internal_notes="for the staff", items=(ShippedLine("MUG", 1),))
    root = etree.fromstring(notice_xml(told))
    assert root.findtext("NotesToCustomer") == "for the buyer"
    assert root.findtext("InternalNotes") == "for the staff"
    assert root.find("CustomerNotes") is None


def test_a_notice_can_have_every_element_of_the_schema() -> None:
    """Each element that the guide lists, also an empty one, is valid, in either direction."""
    where = Recipient(
        name="Ann",
        company="Lee & Co",
        address1="Weg 1",
        address2="Hof",
        city="Ulm",
        state="",
        postal_code="89073",
        country="DE",
    )
    full = ShipNotice(
        "1",
        order_id="7",
        customer_code="C-1",
        custom_fields=("a", "", "c"),
        recipient=where,
        notify_customer="",
        label_created=datetime(2026, 4, 2, tzinfo=UTC),
        ship_date=date(2026, 4, 2),
        cost="1.00",
        items=(ShippedLine("MUG", 1, "11", "Mug", "012345678905"),),
        shows_empty=True,
    )
    root = etree.fromstring(notice_xml(full))
    schema = etree.parse(str(SCHEMAS / "shipnotice.xsd")).iterfind(".//{*}element")
    assert {each.tag for each in root.iter()} == {each.get("name") for each in schema}
    assert [notice_violations(etree.fromstring(notice_xml(full, backwards=way))) for way in (False, True)] == [(), ()]
    bare = etree.fromstring(notice_xml(replace(full, recipient=replace(where, company=None, address2=None))))
    assert [each.tag for each in bare.iterfind("Recipient/*")] == [
        "Name",
        "Address1",
        "City",
        "State",
        "PostalCode",
        "Country",
    ]


def test_the_sequence_of_imports_does_not_show_in_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules add their cases when they are imported; a recording is judged again whatever was imported first."""
    import_module("conformance.suite.when")  # imports every module with cases
    cases = list(all_cases())
    for name in ("PLAIN", "REGARDLESS", "HOSTILE"):
        monkeypatch.setattr(notify_module, name, dict(reversed(getattr(notify_module, name).items())))
    assert list(all_cases()) == cases
    assert len(cases) > 20
