"""Tests of what an importer reports: any form of a value is read, and unknown names are rejected."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.importer.result import BadResult, parse_json, read_result

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["orders", "order_number", "items", "weight", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_read_or_rejected_with_a_message(content: Any) -> None:
    """No other exception is raised."""
    with contextlib.suppress(BadResult):
        result = read_result(parse_json(json.dumps(content).encode()))
        assert all(order.number or order.id for order in result.orders)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_rejected_with_a_message(data: bytes) -> None:
    """A program may print anything."""
    with contextlib.suppress(BadResult):
        json.dumps(parse_json(data))


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "1e999999999"])
def test_a_number_without_end_is_rejected(number: str) -> None:
    """It is neither money nor a weight, and can't be printed."""
    with pytest.raises(BadResult, match=r"orders\[0\]\.items\[0\]\.quantity is not a usable number"):
        read_result([{"order_number": "1", "items": [{"quantity": number}]}])


def test_half_a_character_is_rejected() -> None:
    """JSON can spell a lone surrogate, which is in no Unicode text."""
    with pytest.raises(BadResult, match="a text that is not Unicode"):
        read_result(parse_json(b'[{"order_number": "1", "total": "\\ud83d"}]'))


def test_an_unknown_field_is_named_with_the_most_similar_one() -> None:
    """The message says where the field is."""
    with pytest.raises(BadResult, match=r"an unknown field 'custmer' at orders\[0\]\. Did you mean customer\?"):
        read_result([{"order_number": "1", "custmer": {}}])
