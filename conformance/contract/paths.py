"""Finds the feature files and the schemas: beside the packages in a checkout, otherwise inside the wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def _folder(name: str) -> Path:
    installed = _PACKAGE / "_contract" / name
    return installed if installed.is_dir() else _PACKAGE.parent / name


FEATURES = _folder("features")
SCHEMAS = _folder("schemas")
