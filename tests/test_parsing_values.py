"""Single values: what ShipStation would read in them, and what it could not."""

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
    """12 or 24 hours, with seconds or without, the marker apart or glued on; always UTC."""
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
def test_what_names_no_time(text: str) -> None:
    """Another format, a day or minute that there isn't, .NET's zero, or a marker that contradicts the hour."""
    assert parse_moment(text) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)), st.booleans(), st.booleans(), st.booleans())  # noqa: DTZ001 -- given its zone below
def test_every_time_survives_every_form(value: datetime, half: bool, seconds: bool, glued: bool) -> None:
    """Written in any form, it is read as the same time, to the minute or second that was written."""
    value = value.replace(microsecond=0, second=value.second if seconds else 0, tzinfo=UTC)
    clock = "%I:%M" if half else "%H:%M"
    text = value.strftime(f"%m/%d/%Y {clock}{':%S' if seconds else ''}")
    if half:
        text += ("" if glued else " ") + ("AM" if value.hour < 12 else "PM")
    assert parse_moment(text) == value
    assert has_seconds(text) == seconds


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\s*\d{1,4}[/.-]\d{1,3}/\d{1,4} \d{1,3}:\d{1,3}.{0,6}")))
def test_no_text_makes_a_parser_fail(text: str) -> None:
    """Whatever stands in an element, it is a value or none."""
    read = parse_moment(text)
    assert read is None or (read.tzinfo is UTC and read.year >= 1000)
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
    """As ``xs:decimal`` has it."""
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
    ],
)
def test_what_is_no_plain_decimal(text: str) -> None:
    """No thousands mark, decimal comma, currency, exponent, or digits of other scripts."""
    assert parse_decimal(text) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_every_decimal_survives(value: Decimal) -> None:
    """Written plainly, it is read as it was."""
    assert parse_decimal(f"{value:f}") == value


@pytest.mark.parametrize(("text", "value"), [("5", 0), ("5.", 0), ("5.0", 1), (" 0.125 ", 3), ("-1.50", 2)])
def test_places_counts_the_decimals_as_written(text: str, value: int) -> None:
    """They say how exact a weight is meant to be."""
    assert decimal_places(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("2", 2), (" +7 ", 7), ("-1", -1), ("2.0", None), ("", None), ("two", None), ("1e2", None), ("9" * 5000, None)],
)
def test_a_whole_number(text: str, value: int | None) -> None:
    """``2.0`` is none, and neither is a row of digits too long to be one."""
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
    """As ``xs:boolean`` has it; an empty element is neither."""
    assert parse_boolean(text) is value
