"""Import every module of both packages, to check that everything they import is installed.

``python -m tests.support.every_module`` ends with status 1 and a line for each module that can't be imported.
Outside a source checkout, run the file itself: ``python -P tests/support/every_module.py``.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator

PACKAGES = ("conformance", "mockstore")
BY_PYTEST_ONLY = ("conformance.suite.test_store", "conformance.suite.test_importer")
"""Modules that bind the feature files on import, which pytest-bdd allows only during a pytest run."""


def modules() -> Iterator[str]:
    """Yield the name of each module, except those that run a program or need pytest."""
    for package in PACKAGES:
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if not found.name.endswith(".__main__") and found.name not in BY_PYTEST_ONLY:
                yield found.name


def main() -> int:
    """Import them all; return the exit status."""
    status = 0
    for name in modules():
        try:
            importlib.import_module(name)
        except Exception as error:  # after any error, the next module is tried too
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
