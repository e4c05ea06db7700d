"""The exports that the real add-on gave, and what the schemas say of them."""

from __future__ import annotations

import pytest
from lxml import etree

from conformance.client.parsing.document import parse_export
from conformance.client.parsing.values import parse_moment
from conformance.contract.schemas import strict_violations, violations
from tests.support import judged
from tests.support.recorded import Recording, recordings

EXPORTS = {each.name: each for each in recordings("addon-1.0.12") if each.body.startswith(b"<?xml")}


def document(recording: Recording) -> etree._Element:
    """The Orders element of a recorded reply."""
    return etree.fromstring(recording.body)


def test_there_are_exports() -> None:
    """Pages with orders, without, and the one after a shipment."""
    sizes = {name: len(document(each)) for name, each in EXPORTS.items()}
    assert sizes == {
        "01-test-connection-empty-window": 0,
        "02-export-page-1": 10,
        "03-export-page-2": 3,
        "04-export-page-3": 0,
        "07-export-header-credentials": 3,
        "12-export-after-shipment": 10,
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_the_published_schema_takes_what_the_add_on_sends(name: str) -> None:
    """Nothing of it breaks orders.xsd, which decides what is a MUST."""
    assert violations(document(EXPORTS[name])) == ()


@pytest.mark.parametrize("name", EXPORTS)
def test_the_strict_schema_minds_its_clock_alone(name: str) -> None:
    """``13:56 PM``, a marker glued to a 24-hour clock, wherever the hour is one that 12-hour clocks lack."""
    found = strict_violations(document(EXPORTS[name]))
    assert {violation.code for violation in found} <= {"not-a-clock-time"}
    times = [
        (element.getroottree().getpath(element), element.text or "")
        for element in document(EXPORTS[name]).iter("OrderDate", "LastModified")
    ]
    odd = [text for _, text in times if int(text.split()[1].partition(":")[0]) > 12 or " 00:" in text]
    assert sorted(violation.value for violation in found) == sorted(odd)
    assert all(parse_moment(text) is not None for text in odd), "each means but one time"


def test_refusals_are_no_documents() -> None:
    """Plain text under an XML type, from both releases."""
    refused = [
        each
        for release in ("addon-1.0.12", "addon-1.0.10")
        for each in recordings(release)
        if each.body.startswith(b"Access denied")
    ]
    assert len(refused) > 6
    for each in refused:
        reading = parse_export(judged.exchange(each.body, each.status, each.headers["Content-type"]))
        assert not reading.is_orders
        assert (reading.problem or "").startswith("not well-formed XML")
