"""Builds behaviours by name: a profile, with variants and defects applied to its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol

from mockstore.behaviours.defects import Change, defects
from mockstore.behaviours.variants import variants
from mockstore.endpoint.behaviour import REFERENCE, Behaviour
from mockstore.errors import MockStoreError
from mockstore.shop.suggestions import did_you_mean


class UnknownBehaviour(MockStoreError, ValueError):
    """There is no profile, variant or defect with that name. The message suggests similar names."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        hint = did_you_mean(name, known, otherwise=f" 'mockstore {kind}s' lists them.")
        super().__init__(f"There is no {kind} {name!r}.{hint}")


class _Changing(Protocol):
    @property
    def change(self) -> Change: ...


@cache
def profiles() -> dict[str, Behaviour]:
    """Return every profile by its name, the reference first."""
    from mockstore.behaviours.profiles.addon import ADDONS

    return {"reference": REFERENCE, **ADDONS}


def build_behaviour(
    profile: str = "reference", defects_: Iterable[str] = (), variants_: Iterable[str] = ()
) -> Behaviour:
    """Return the behaviour of a profile, with the variants and then the defects applied to it.

    Raises:
        UnknownBehaviour: there is no profile, variant or defect with one of the names.
    """
    chosen = REFERENCE
    if profile != "reference":
        if profile not in profiles():
            raise UnknownBehaviour("profile", profile, profiles())
        chosen = profiles()[profile]
    kinds: tuple[tuple[str, Iterable[str], Mapping[str, _Changing]], ...] = (
        ("variant", variants_, variants() if variants_ else {}),
        ("defect", defects_, defects() if defects_ else {}),
    )
    for kind, names, known in kinds:
        for name in names:
            if name not in known:
                raise UnknownBehaviour(kind, name, known)
            chosen = known[name].change(chosen)
    return chosen
