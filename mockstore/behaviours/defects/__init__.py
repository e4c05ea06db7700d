"""Defects: ways to be wrong, each one step of the reference behaviour replaced.

A defect says what it does, where it was seen, and which requirements must catch it: those
and no others. One module a family; importing this package imports none of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from mockstore.endpoint.behaviour import Behaviour

Change = Callable[[Behaviour], Behaviour]


@dataclass(frozen=True)
class Defect:
    """One way to be wrong. ``caught_by`` is exactly the set of requirements that deviate."""

    id: str
    sentence: str
    caught_by: frozenset[str]
    change: Change
    seen: str = ""


_FOUND: dict[str, Defect] = {}


def defect(id: str, sentence: str, caught_by: str, *, seen: str = "") -> Callable[[Change], Change]:  # noqa: A002
    """Register a defect: a function from a behaviour to one with a step or two replaced.

    ``caught_by`` are requirement ids, blanks between them; ``seen`` is where it was met in the wild.
    """

    def register(change: Change) -> Change:
        assert id not in _FOUND, f"two defects are called {id}"
        _FOUND[id] = Defect(id, sentence, frozenset(caught_by.split()), change, seen)
        return change

    return register


@cache
def defects() -> dict[str, Defect]:
    """Every defect by its id."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    return dict(sorted(_FOUND.items()))
