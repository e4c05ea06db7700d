"""Tests of mapping files."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.importer.mapping import WrongMapping, read_mapping


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('orders = "a"\n[fields]\nnumber = "x"', "there is no field 'number'"),
        ('orders = "a"\n[fields]\ntotal = "x"', "doesn't map order_number"),
        ('[fields]\norder_number = "x"\n[states]\nready = "redy"', "the state 'ready' must map to one of"),
        ("ordes = 1", "has 'ordes'"),
        ("= 1", "can't be read"),
        ("fields = 1", "must be tables"),
        ('[fields]\norder_number = "x"\n"items.sku" = "y"', "'items.sku' needs 'items' as well"),
        ('[fields]\norder_number = "x"\ncustomer = "y"\n"customer.email" = "z"', "map either 'customer' or"),
    ],
)
def test_a_wrong_mapping_is_rejected_with_a_message(text: str, said: str, tmp_path: Path) -> None:
    """The message names the file and what is wrong."""
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WrongMapping, match=said):
        read_mapping(file)
