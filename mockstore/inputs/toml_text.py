"""Parses TOML that users write."""

from __future__ import annotations

import tomllib
from typing import Any


def parse_toml(text: str) -> dict[str, Any]:
    """Return the table that a TOML text holds.

    Raises:
        ValueError: if it isn't valid TOML, nests too deep, or has a number of too many digits.
    """
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("its values are nested too deep") from None
