"""Parses TOML that users write: the function of the mock store."""

from __future__ import annotations

from mockstore.inputs.toml_text import parse_toml

__all__ = ["parse_toml"]
