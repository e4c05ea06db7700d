"""Parsing single values as ShipStation does."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.client.parsing.values import (
    decimal_places,
    has_seconds,
    parse_boolean,
    parse_decimal,
    parse_integer,
    parse_moment,
)

EVENING = datetime(2019, 10, 18, 21, 56, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10/18/2019 21:56", EVENING),
        ("10/18/2019 09:56 PM", EVENING),
        ("10/18/2019 9:56 pm", EVENING),
        ("10/18/2019 9:56PM", EVENING),
        ("10/18/2019 21:56 PM", EVENING),
        ("10/18/2019 21:56PM", EVENING),
        ("10/18/19 21:56", EVENING),
        ("  10/18/2019   21:56\n", EVENING),
        ("10/18/2019 21:56:07", EVENING.replace(second=7)),
        ("10/18/2019 09:56:07 PM", EVENING.replace(second=7)),
        ("10/18/2019 21:56:07.123", EVENING.replace(second=7)),
        ("1/2/2020 3:04", datetime(2020, 1, 2, 3, 4, tzinfo=UTC)),
        ("02/29/2024 00:00", datetime(2024, 2, 29, tzinfo=UTC)),
        ("01/02/2020 12:00 AM", datetime(2020, 1, 2, 0, 0, tzinfo=UTC)),
        ("01/02/2020 12:00 PM", datetime(2020, 1, 2, 12, 0, tzinfo=UTC)),
        ("01/02/2020 00:30 AM", datetime(2020, 1, 2, 0, 30, tzinfo=UTC)),
        ("01/02/2020 11:59 AM", datetime(2020, 1, 2, 11, 59, tzinfo=UTC)),
    ],
)
def test_a_time_in_every_conforming_form(text: str, value: datetime) -> None:
    """A 12-hour or 24-hour clock, with or without seconds, with or without a space before AM or PM; always UTC."""
    assert parse_moment(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "0",
        "18/10/2019 21:56",
        "10-18-2019 21:56",
        "2019-10-18T21:56:00Z",
        "2019-10-18 21:56",
        "18.10.2019 21:56",
        "10/18/2019",
        "10/18/201921:56",
        "10/18/2019 24:00",
        "10/18/2019 21:60",
        "10/18/2019 21:56:60",
        "02/30/2019 10:00",
        "02/29/2023 10:00",
        "00/00/0000 00:00",
        "01/01/0000 00:00",
        "01/01/0001 12:00 AM",
        "10/18/2019 21:56 AM",
        "10/18/2019 00:30 PM",
        "10/18/2019 9:56 XM",
        "10/18/2019 21:56 +0200",
        "10/18/2019 21:56 UTC",
        "October 18, 2019 21:56",
        "1571435760",
        "١٠/١٨/٢٠١٩ ٢١:٥٦",
    ],
)
def test_a_text_that_is_no_time(text: str) -> None:
    """Another format, a day or minute that doesn't exist, the year 1, or AM and PM that contradict the hour."""
    assert parse_moment(text) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)), st.booleans(), st.booleans(), st.booleans())  # noqa: DTZ001 -- given its zone below
def test_a_time_is_the_same_in_every_form(
    value: datetime, twelve_hours: bool, seconds: bool, without_blank: bool
) -> None:
    """Written in any form, it is parsed as the same time, to the minute or second."""
    value = value.replace(microsecond=0, second=value.second if seconds else 0, tzinfo=UTC)
    clock = "%I:%M" if twelve_hours else "%H:%M"
    text = value.strftime(f"%m/%d/%Y {clock}{':%S' if seconds else ''}")
    if twelve_hours:
        text += ("" if without_blank else " ") + ("AM" if value.hour < 12 else "PM")
    assert parse_moment(text) == value
    assert has_seconds(text) == seconds


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\s*\d{1,4}[/.-]\d{1,3}/\d{1,4} \d{1,3}:\d{1,3}.{0,6}")))
def test_no_text_makes_a_parser_fail(text: str) -> None:
    """Any text gives a value or None."""
    moment = parse_moment(text)
    assert moment is None or (moment.tzinfo is UTC and moment.year >= 1000)
    number = parse_decimal(text)
    assert number is None or number.is_finite()
    whole = parse_integer(text)
    assert whole is None or number == whole
    assert parse_boolean(text) in (True, False, None)
    assert decimal_places(text) >= 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("5.00", "5"),
        (" 12.50\n", "12.5"),
        ("-3", "-3"),
        ("+3", "3"),
        (".5", ".5"),
        ("5.", "5"),
    ],
)
def test_a_plain_decimal(text: str, value: str) -> None:
    """The forms of ``xs:decimal``."""
    assert parse_decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,50",
        "1,234.50",
        "1 234",
        "$5",
        "5 USD",
        "1e3",
        "NaN",
        "Infinity",
        "-",
        ".",
        "--1",
        "0x1",
        "٥",
        "1.2.3",
        "5\n5",
        "9" * 101,
    ],
    ids=repr,
)
def test_a_text_that_is_no_plain_decimal(text: str) -> None:
    """Refused are thousands separators, decimal commas, currencies, exponents, other scripts and very long numbers."""
    assert parse_decimal(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_every_plain_decimal_is_parsed(value: Decimal) -> None:
    """The value is exact."""
    assert parse_decimal(f"{value:f}") == value


@pytest.mark.parametrize(("text", "value"), [("5", 0), ("5.", 0), ("5.0", 1), (" 0.125 ", 3), ("-1.50", 2)])
def test_decimal_places_are_counted_as_written(text: str, value: int) -> None:
    """They show the precision of a weight."""
    assert decimal_places(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), (" +7 ", 7), ("-1", -1), ("2.0", None), ("", None), ("two", None), ("1e2", None), ("9" * 5000, None)],
)
def test_a_whole_number(text: str, value: int | None) -> None:
    """``2.0`` is none, and neither are thousands of digits."""
    assert parse_integer(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("1", True),
        (" false ", False),
        ("0", False),
        ("", None),
        ("True", None),
        ("yes", None),
        ("2", None),
    ],
)
def test_a_boolean(text: str, value: bool | None) -> None:
    """The forms of ``xs:boolean``; an empty element is none."""
    assert parse_boolean(text) is value
