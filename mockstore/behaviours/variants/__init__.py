"""Variants: behaviours that conform in another way, each made by replacing a step or two of another behaviour.

The suite must never report a deviation for them.
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
    """Another way to conform, and what it does differently."""

    id: str
    sentence: str
    change: Change


_FOUND: dict[str, Variant] = {}


def variant(id: str, sentence: str) -> Callable[[Change], Change]:  # noqa: A002
    """Register a variant: a function that returns a behaviour with a step or two replaced."""

    def register(change: Change) -> Change:
        assert id not in _FOUND, f"two variants are called {id}"
        _FOUND[id] = Variant(id, sentence, change)
        return change

    return register


@cache
def variants() -> dict[str, Variant]:
    """Return every variant by its id."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return dict(sorted(_FOUND.items()))
