"""Behaviours by name: a profile, with variants and defects put in the place of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Protocol

from mockstore.behaviours.defects import Change, defects
from mockstore.behaviours.variants import variants
from mockstore.endpoint.behaviour import REFERENCE, Behaviour
from mockstore.shop.suggestions import did_you_mean


class UnknownBehaviour(ValueError):
    """No profile, variant or defect of that name; the sentence names the nearest."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        hint = did_you_mean(name, known, otherwise=f" 'mockstore {kind}s' lists them.")
        super().__init__(f"there is no {kind} {name!r}.{hint}")


class _Changing(Protocol):
    @property
    def change(self) -> Change: ...


@cache
def profiles() -> dict[str, Behaviour]:
    """Every profile by its name; the reference first."""
    from mockstore.behaviours.profiles.addon import ADDONS

    return {"reference": REFERENCE, **ADDONS}


def behaviour(profile: str = "reference", defects_: Iterable[str] = (), variants_: Iterable[str] = ()) -> Behaviour:
    """The behaviour that these names make together: defects over variants over a profile.

    Raises:
        UnknownBehaviour: where a name is none.
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
