"""The sources of requirements, in words."""

from __future__ import annotations

import re

import pytest

from conformance.contract.paths import FEATURES
from conformance.report.sources import HELP_PAGE_SENTENCES, describe


def test_every_sentence_of_the_help_page_has_words() -> None:
    """Each sentence of the help page, S1 to S28, has words."""
    assert list(HELP_PAGE_SENTENCES) == [f"S{n}" for n in range(1, 29)]


def test_the_features_quote_the_help_page_alike() -> None:
    """Each sentence of the help page has the same words in every feature file and in the reports."""
    text = " ".join(path.read_text(encoding="utf-8") for path in FEATURES.glob("*/*.feature"))
    quoted = re.findall(r'(S\d+) "([^"]+)"', " ".join(text.split()))
    assert len(quoted) > 50
    assert not [(code, words) for code, words in quoted if HELP_PAGE_SENTENCES[code] != words]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("S12", ("Help page (S12): ShipStation imports the customer's e-mail address",)),
        (
            "S17 G",
            ("Help page (S17): ShipStation can tell whether an order is a gift", "Custom Store Development Guide"),
        ),
        ("X, B", ("Published XML schema", "A bug that real plug-ins shipped")),
        ("", ()),
        ("RFC9110", ("RFC9110",)),
    ],
)
def test_codes_become_sentences(source: str, said: tuple[str, ...]) -> None:
    """Each source becomes a line; an unknown source is shown as it is, and without a source there is no line."""
    assert describe(source) == said


def test_a_range_is_spelled_out() -> None:
    """A range such as S25–S27 is spelled out, and each sentence is listed once."""
    assert [line.split(":")[0] for line in describe("S25–S27 S26 G")] == [
        "Help page (S25)",
        "Help page (S26)",
        "Help page (S27)",
        "Custom Store Development Guide",
    ]
