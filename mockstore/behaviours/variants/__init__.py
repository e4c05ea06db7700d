"""Variants: other ways to be right, each one step of the reference behaviour replaced.

What the suite must never report as a deviation. One module a family of freedoms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from mockstore.endpoint.behaviour import Behaviour

Change = Callable[[Behaviour], Behaviour]


@dataclass(frozen=True)
class Variant:
    """One other way to be right, and the sentence of the contract that allows it."""

    id: str
    sentence: str
    change: Change


_FOUND: dict[str, Variant] = {}


def variant(id: str, sentence: str) -> Callable[[Change], Change]:  # noqa: A002
    """Register a variant: a function from a behaviour to one with a step or two replaced."""

    def register(change: Change) -> Change:
        assert id not in _FOUND, f"two variants are called {id}"
        _FOUND[id] = Variant(id, sentence, change)
        return change

    return register


@cache
def variants() -> dict[str, Variant]:
    """Every variant by its id."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_FOUND.items()))
