"""Defects: behaviours that break requirements, each made by replacing a step or two of another behaviour.

Each defect states what it does, where it was seen, and exactly which requirements it breaks.
Each feature file in ``features/store`` has a module or package here with the same name. The function
:func:`defects` imports these modules; importing this package does not.
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
    """A way to break requirements. ``caught_by`` is exactly the set of requirements that deviate."""

    id: str
    sentence: str
    caught_by: frozenset[str]
    change: Change
    seen: str = ""


_FOUND: dict[str, Defect] = {}


def defect(id: str, sentence: str, caught_by: str, *, seen: str = "") -> Callable[[Change], Change]:  # noqa: A002
    """Register a defect: a function that returns a behaviour with a step or two replaced.

    ``caught_by`` are requirement ids separated by spaces; ``seen`` is a real integration that has the defect.
    """

    def register(change: Change) -> Change:
        assert id not in _FOUND, f"two defects are called {id}"
        _FOUND[id] = Defect(id, sentence, frozenset(caught_by.split()), change, seen)
        return change

    return register


@cache
def defects() -> dict[str, Defect]:
    """Return every defect by its id."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
    return dict(sorted(_FOUND.items()))
