"""Likely causes: which findings they recognise, and that the texts that they look for exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.checks import order, weight
from conformance.checks.hints import HINTS, hint_for
from conformance.contract.requirements import requirements
from conformance.core.finding import Finding
from conformance.probes.connection import ExportReplies, replies_are_well_formed
from tests.support.judged import MUG, one_line, pair, reading

CONFORMANCE = Path(__file__).parents[1] / "conformance"


BOOKED = ", although the shipment is recorded"
SUCCESS = "A notification with a wrong password is answered as a success"


def finding(expected: str = "", actual: str = "", message: str = "") -> Finding:
    """A finding with these texts."""
    return Finding(message=message, expected=expected, actual=actual)


@pytest.mark.parametrize(
    ("requirement", "seen", "cause"),
    [
        ("ORD-5", finding("03/10/2026 08:00 UTC", "03/10/2026 09:00"), "+1 h off UTC"),
        ("ORD-13", finding("R & D", "R &amp; D"), "escaped twice"),
        ("ORD-13", finding("Größe", "GrÃ¶ÃŸe"), "read as Latin-1"),
        ("NOT-4", finding("Zoë", "Zo?"), "become ?"),
        ("ORD-7", finding("1234.50", "1,234.50"), "formatted for people"),
        ("ORD-10", finding("DHL Paket", "7"), "id of the shipping method"),
        ("WGT-3", finding("350.00", "0.35"), "kilograms are labelled as grams"),
        ("WIN-7", finding(message="The order isn't exported."), "fixed list of statuses"),
        (
            "WIN-11",
            finding(message="The order isn't exported in the window of the change.", actual="3 orders, not this one"),
            "doesn't set the time",
        ),
        ("ORD-13", finding("a ]]> b", "a"), "split it over two sections"),
        (
            "ORD-12",
            finding("USD", "EUR", "CurrencyCode isn't the order's currency. It is the shop's currency."),
            "shop's",
        ),
        ("CON-4", finding("status 4xx", "status 200", SUCCESS + ", although it changes nothing."), "answer 401"),
        ("CON-4", finding("status 4xx", "status 200", SUCCESS + "."), "before the action is read"),
        (
            "SHP-1",
            finding("status 2xx", "status 500", f"A notification isn't answered 2xx{BOOKED}."),
            "before the script fails",
        ),
        ("SHP-22", finding("2026-11-02", "2026-11-01"), "converted between time zones"),
        ("SHP-22", finding("2026-11-02", "2026-02-11"), "are swapped"),
        ("SHP-22", finding("2026-11-02", "2026-11-27"), "a later day"),
        ("DIS-2", finding("less than 0", "5.00"), "positive price"),
        ("WGT-3", finding("350", "350000"), "divide by 1000"),
        ("WGT-3", finding("1.00", "0.4536"), "pounds are labelled"),
        ("PAG-5", finding("the 3 orders of page 1, or status 4xx", "status 500"), "negative OFFSET"),
        ("SHP-3", finding("DHL", "(nothing)"), "keep the carrier that was sent"),
        ("OPT-1", finding("Size: Large", "Size: 47"), "send the names and values that people read"),
    ],
)
def test_a_known_bug_is_recognised(requirement: str, seen: Finding, cause: str) -> None:
    """The hint says what to change."""
    assert cause in (hint_for(requirement, seen) or "")


@pytest.mark.parametrize(
    ("requirement", "seen"),
    [
        ("ORD-5", finding("03/10/2026 08:00 UTC", "03/10/2026 08:07")),
        ("ORD-10", finding("DHL Paket", "UPS")),
        ("STA-3", finding("Zoll", "Open", "The merchant's status isn't exported by its own name.")),
        ("CUS-1", finding("a@b", "c@d")),
        # the evidence contradicts what the hint would say
        ("ORD-12", finding("USD", "(no such element)", "CurrencyCode isn't the order's currency.")),
        ("SHP-22", finding("2026-11-02", "(nothing)", "ShipDate isn't recorded as the day sent.")),
        ("SHP-22", finding("2026-11-02", "2025-06-01")),
        ("WIN-11", finding(message="The order isn't exported in the window of the change.", actual="status 500")),
        ("WIN-7", finding(message="The order isn't exported.", actual="status 500 Internal Server Error")),
        ("ORD-13", finding("a ]]> b é", "a ]]> b e")),
        ("ORD-13", finding("é ]]> b", "e ]]")),
        ("PAG-2", finding(message="An order is lost", actual="status 500")),
        ("SHP-16", finding("status 2xx", "status 500", "A valid notification isn't answered 2xx.")),
        ("SHP-18", finding("status 2xx", "status 404", "A parcel with one of two lines of one SKU is refused.")),
        ("DIS-2", finding("less than 0", "0.00")),
        ("OPT-1", finding("Size: 47", "Size: 47, Colour: Red")),
        ("CON-7", finding(actual="not well-formed XML: CData section not finished: <Orders>")),
    ],
)
def test_other_findings_get_no_hint(requirement: str, seen: Finding) -> None:
    """A hint is given only if the finding looks like the bug."""
    assert hint_for(requirement, seen) is None


def test_hints_recognise_the_findings_of_checks() -> None:
    """The checks write the texts that the hints look for."""
    (all_units,) = weight.weight_is_of_one_unit(pair(one_line(MUG), {"Items/Item[1]/Weight": "700"}))
    assert "multiplied by its quantity" in (hint_for("WGT-1", all_units) or "")
    blank = {f"Customer/ShipTo/{name}": "" for name in ("Name", "Address1", "City", "Country", "PostalCode")}
    (invented,) = order.no_invented_address(pair(edits=blank))
    assert "leave it out" in (hint_for("ORD-15", invented) or "")


ORDERS = "<Orders><Order><OrderNumber><![CDATA[CT-7]]></OrderNumber><Note>{}</Note></Order></Orders>"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (ORDERS.format("a & b"), "write each & of a text as &amp;"),
        (ORDERS.format("a < b"), "write each < of a text as &lt;"),
        (ORDERS.format("<b>"), "start and end tags don't match"),
        (ORDERS.format("<![CDATA[a ]]> b]]>"), "split it over two sections"),
        (ORDERS.format("<![CDATA[a \x07 b]]>"), "remove them from every text"),
        (ORDERS.format("&#7;"), "remove them from every text"),
        (ORDERS.format("&uuml;"), "names of HTML are not declared"),
        (ORDERS.format("Zoë").encode("latin-1"), "another encoding"),
        (ORDERS.format("<![CDATA[abc")[:60], "cut off"),
        (ORDERS.format("abc")[:-20], "cut off"),
        ("<br>Warning: x<?xml version='1.0'?><Orders/>", "before the document"),
        ("<Orders/>\nWarning: x", "after the document"),
        ("<!DOCTYPE html><html><head><meta></head></html>", "an HTML page"),
    ],
)
def test_a_broken_document_gets_the_hint_for_its_own_cause(body: str | bytes, cause: str) -> None:
    """The bytes at the fault decide, not the words of the parser."""
    page = reading(body)
    assert page.root is None
    (found,) = replies_are_well_formed(ExportReplies((), reading("<Orders/>"), (page,)))
    assert cause in (hint_for("CON-7", found) or "")


@pytest.mark.parametrize("phrase", sorted({hint.phrase for hint in HINTS if hint.phrase}))
def test_the_phrases_that_hints_look_for_are_written_somewhere(phrase: str) -> None:
    """If a message is reworded, the hint for it must be changed, too."""
    if phrase == "status 2":  # put together in Exchange.outcome
        return
    sources = (path for path in CONFORMANCE.rglob("*.py") if path.name != "hints.py")
    assert any(phrase in path.read_text(encoding="utf-8") for path in sources)


def test_hints_are_for_requirements_that_exist() -> None:
    """Every id stands in a feature file."""
    assert {each for hint in HINTS for each in hint.requirements} <= {each.id for each in requirements()}
