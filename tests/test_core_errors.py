"""The suite's exceptions: one base class, and one table that names them all."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import conformance
from conformance.core import errors

BINDING = "conformance.suite.test_"
"""The modules that bind scenarios to tests: their markers are known only to a run of the suite."""

OF_PYTEST = ("WrongUse",)
"""A cause of pytest's own error. Its module is part of every pytest run, and so imports nothing of the suite."""


def modules() -> list[str]:
    """The names of all modules of the package; ``__main__`` would run a command, and the others bind scenarios."""
    found = [module.name for module in pkgutil.walk_packages(conformance.__path__, "conformance.")]
    return [name for name in found if not name.endswith("__main__") and not name.startswith(BINDING)]


def exceptions() -> dict[str, type[Exception]]:
    """Every exception class that is defined in the package, by name."""
    return {
        name: kind
        for module in modules()
        for name, kind in inspect.getmembers(importlib.import_module(module), inspect.isclass)
        if issubclass(kind, Exception) and kind.__module__ == module and name not in OF_PYTEST
    }


def hierarchy() -> dict[str, str]:
    """Name → base class, as the docstring of ``core.errors`` draws them: two spaces for each step down."""
    drawn: dict[str, str] = {}
    path: list[str] = []
    for blanks, name in re.findall(r"^( *)\* (\w+)", errors.__doc__ or "", flags=re.MULTILINE):
        del path[len(blanks) // 2 :]
        drawn[name] = path[-1] if path else "Exception"
        path.append(name)
    return drawn


@pytest.mark.parametrize("kind", exceptions().values(), ids=exceptions())
def test_every_exception_has_the_base_class_and_its_place_in_the_hierarchy(kind: type[Exception]) -> None:
    """One ``except ConformanceError`` catches every failure that the suite reports in words."""
    assert issubclass(kind, errors.ConformanceError)
    assert hierarchy()[kind.__name__] in {base.__name__ for base in kind.__bases__}


def test_the_hierarchy_has_no_other_classes() -> None:
    """The docstring names no class that is gone."""
    assert set(hierarchy()) == set(exceptions())


def test_the_table_says_what_each_error_leads_to() -> None:
    """Every class stands in a row, but for the base class, which nobody raises."""
    table = (errors.__doc__ or "").split("=====", 1)[1]
    assert [name for name in exceptions() if not re.search(rf"\b{name}\b", table)] == ["ConformanceError"]
