"""badge.json and badge.svg."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from conformance.report import badge
from conformance.report.model import Report
from tests.support.reports import REQUIREMENTS, clean, hostile, mixed, report, result


def known() -> Report:
    return report([result(r.id, "deviates", known="x") if r.id == "CUS-1" else result(r.id) for r in REQUIREMENTS])


@pytest.mark.parametrize(
    ("of", "said", "colour"),
    [
        (clean(), "conforms 10/10", "brightgreen"),
        (mixed(), "2 of 10 deviate", "red"),
        (known(), "passes, 1 known", "yellowgreen"),
        (report([result("CON-1")]), "incomplete, 1/10 judged", "yellow"),
        (report([result("CON-1", "error")]), "error", "lightgrey"),
    ],
)
def test_the_verdict_as_a_badge(of: Report, said: str, colour: str) -> None:
    """badge.json has the schema of shields.io's endpoint, and is green only if the run is."""
    content = json.loads(badge.endpoint(of))
    assert content["schemaVersion"] == 1
    assert (content["message"], content["color"]) == (said, colour)
    assert set(content) == {"schemaVersion", "label", "message", "color", "isError"}


@pytest.mark.parametrize("of", [clean(), mixed(), hostile()])
def test_the_svg_is_well_formed_and_needs_nothing(of: Report) -> None:
    """The SVG is well-formed XML without script, and loads nothing."""
    root = etree.fromstring(badge.svg(of).encode())
    assert root.get("width")
    assert {etree.QName(node).localname for node in root.iter()} == {
        "svg",
        "title",
        "clipPath",
        "rect",
        "g",
        "text",
    }
    assert "href" not in badge.svg(of)
