"""Likely causes: which findings they recognise, and that the texts that they look for exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.checks import order, weight
from conformance.checks.hints import HINTS, hint_for
from conformance.contract.requirements import requirements
from conformance.core.finding import Finding
from tests.support.judged import MUG, one_line, pair

CONFORMANCE = Path(__file__).parents[1] / "conformance"


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
        ("WIN-11", finding(message="The order isn't exported in the window of the change."), "doesn't set the time"),
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
