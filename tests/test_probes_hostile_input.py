"""SEC-4: which hostile values one request has together."""

from __future__ import annotations

import pytest

from conformance.probes.hostile_input import MAX_REPEATED_CHARACTERS, PARAMETERS, TOGETHER, VALUES, together

MAX_NUMBER_CHARS = 50
"""A store may refuse longer order numbers and tracking numbers."""


@pytest.mark.parametrize("name", TOGETHER)
def test_each_value_is_sent_once_in_each_parameter(name: str) -> None:
    """Alone or in one group. What a group leaves out of sight of a parser would not be tested."""
    sent = {together(name, value) for value in VALUES}
    assert sorted(value for values in sent for value in values) == sorted(VALUES)
    for values in sent:
        assert len(values) == 1 or all(len(VALUES[value]) < MAX_REPEATED_CHARACTERS for value in values)


def test_a_group_breaks_what_each_of_its_values_breaks() -> None:
    """A quote must come first to end a text in SQL, and a percent sign alone must come last."""
    assert set(TOGETHER) == {*PARAMETERS, "order_number", "tracking_number"}
    for groups in TOGETHER.values():
        for group in groups:
            assert "quotes" not in group[1:]
            assert "a single percent sign" not in group[:-1]


@pytest.mark.parametrize("name", ["order_number", "tracking_number"])
def test_numbers_are_not_refused_for_their_length(name: str) -> None:
    """So that the refusal is one of the characters."""
    own = "123456" if name == "order_number" else ""
    for group in TOGETHER[name]:
        assert len(" ".join([own, *(str(VALUES[value]) for value in group)])) <= MAX_NUMBER_CHARS
