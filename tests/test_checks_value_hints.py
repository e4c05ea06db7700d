"""Likely causes that the values of a finding show."""

from __future__ import annotations

import pytest

from conformance.checks.hints import hint_for
from conformance.checks.value_hints import MISSING, VALUE_HINTS, value_hint_for
from conformance.client.parsing.order import Value
from conformance.core.finding import Finding

PHONE = "/Orders/Order[1]/Customer/BillTo/Phone"
NOTES = "/Orders/Order[1]/CustomerNotes"
PRICE = "/Orders/Order[3]/Items/Item[2]/UnitPrice"
CASES = (
    ("CUS-4", "/Orders/Order[35]/Customer/ShipTo/Address2", "Apt 2", MISSING, "Address2 is not sent: fill it from"),
    ("CUS-4", "/Orders/Order[35]/Customer/ShipTo/Address2", "Apt 2", "", "fill it from customer.shipping.address2"),
    ("NOT-4", NOTES, "a <b>c</b>", "a c", "as if it were HTML"),
    ("ORD-13", NOTES, "a\nb", "a b", "line breaks are removed"),
    ("CUS-2", PHONE, "+49 30 901820", "4930901820", "all but the digits"),
    ("NOT-1", NOTES, "Please ring twice", "Please ring", "ends after 11 characters"),
    ("NOT-1", NOTES, "Größe", "Gre", "letters beyond ASCII"),
    ("CUS-7", "/Orders/Order[1]/Customer/BillTo/Name", "Ann Lee", "ANN LEE", "upper and lower case"),
    ("ITM-5", PRICE, "11", "1100", "is it in cents?"),
    ("ITM-5", PRICE, "11", "0.11", "divided twice"),
    ("ITM-5", PRICE, "11", "-11.00", "the sign"),
)


def finding(expected: str | None, actual: str | None, xpath: str | None) -> Finding:
    return Finding(message="wrong", expected=expected, actual=actual, xpath=xpath)


@pytest.mark.parametrize(("requirement", "xpath", "expected", "actual", "cause"), CASES)
def test_the_cause_shows_in_the_values(requirement: str, xpath: str, expected: str, actual: str, cause: str) -> None:
    """The hint names the change, also through the one function for all hints."""
    seen = finding(expected, actual, xpath)
    assert cause in (value_hint_for(requirement, seen) or "")
    assert hint_for(requirement, seen)


def test_every_cause_is_tried() -> None:
    """Each row of the table has a case."""
    assert len({value_hint_for(*(case[0], finding(case[2], case[3], case[1]))) for case in CASES}) == len(VALUE_HINTS)


def test_a_missing_element_is_shown_so() -> None:
    """The text that stands for a missing element is that of the exported order."""
    assert Value("", "/Orders", present=False).shown == MISSING


@pytest.mark.parametrize(
    ("requirement", "seen"),
    [
        ("CUS-7", finding("Ann Lee", "Bob Ray", "/Orders/Order[1]/Customer/BillTo/Name")),
        ("NOT-1", finding("Yes", "Y", NOTES)),
        ("CUS-4", finding("Apt 2", "", None)),
        ("CUS-4", finding("Apt 2", None, "/Orders/Order[1]/Customer/ShipTo/Address2")),
        ("SHP-1", finding("status 2xx", "", "/Orders/Order[1]/OrderStatus")),
        ("CON-7", finding("a document", "", "/Orders")),
        ("ITM-5", finding("0", "0", PRICE)),
    ],
)
def test_other_values_show_no_cause(requirement: str, seen: Finding) -> None:
    """No hint is made up for other values, other requirements, or what is no value of the record."""
    assert value_hint_for(requirement, seen) is None
