"""The exceptions of the mock store: one base class, and one table of all."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import walk_packages

import mockstore
from mockstore import errors


def exceptions() -> set[type[Exception]]:
    """Every exception class that a module of the mock store defines."""
    modules = [import_module(module.name) for module in walk_packages(mockstore.__path__, "mockstore.")
               if not module.name.endswith("__main__")]  # fmt: skip
    return {
        each
        for module in modules
        for _, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, Exception) and each.__module__ == module.__name__
    }


def test_every_exception_derives_from_one_base_class() -> None:
    """A caller can catch all errors of the mock store at once."""
    assert not [each for each in exceptions() if not issubclass(each, errors.MockStoreError)]


def test_the_table_of_errors_names_every_exception() -> None:
    """The docstring of ``mockstore.errors`` says where each of them is raised."""
    assert errors.__doc__ is not None
    assert not [each.__name__ for each in exceptions() - {errors.MockStoreError} if each.__name__ not in errors.__doc__]
