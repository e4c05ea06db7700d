"""TOML that users write is read, or refused in words."""

from __future__ import annotations

import pytest

from conformance.core.toml_text import parse_toml
from conformance.truth.worksheet.form import WorksheetError, sheet_of


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 5000, "a = ["])
def test_a_text_that_cannot_be_read_is_a_value_error(text: str) -> None:
    """Also if it nests too deep or has a number that Python refuses."""
    with pytest.raises(ValueError, match=r"nested|digits|Invalid|Unclosed"):
        parse_toml(text)


@pytest.mark.parametrize(
    "line",
    [
        'total = "1E+999999999"',
        "total = inf",
        'total = "NaN"',
        "placed_at = 0001-01-01T00:00:00+14:00",
        "placed_at = 9999-12-31T23:59:59-14:00",
        "item = [{ quantity = 1000000000000000 }]",
        'item = [{ weight = "99999999999999999999 kg" }]',
    ],
)
def test_a_worksheet_with_numbers_that_no_shop_has_is_refused(line: str) -> None:
    """The message names the line."""
    with pytest.raises(WorksheetError, match="has mistakes"):
        sheet_of(f'[[order]]\nmarker = "CT-PLAIN-1"\nplaced = true\n{line}\n', "worksheet.toml")
