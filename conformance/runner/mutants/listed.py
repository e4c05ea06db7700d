"""The mutants that the suite does not find, as ``survivors.toml`` lists them, each with a reason."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

Kind = Literal["equivalent", "allowed", "open"]
"""``equivalent``: no request can tell the mutant from the reference. ``allowed``: the contract, or a ruling, allows it.
``open``: the suite should find it, and does not yet."""


class Survivors(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants that are not found for one reason."""

    kind: Kind
    reason: str
    mutants: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    survivors: tuple[Survivors, ...]


@dataclass(frozen=True)
class Listed:
    """All listed mutants, in the order of the file."""

    groups: tuple[Survivors, ...]

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """Mutant → its kind."""
        return {mutant: group.kind for group in self.groups for mutant in group.mutants}

    def repeated(self) -> list[str]:
        """Return the mutants that are listed twice."""
        counted = Counter(mutant for group in self.groups for mutant in group.mutants)
        return [mutant for mutant, number in counted.items() if number > 1]

    def unknown(self, mutants: Iterable[str]) -> list[str]:
        """Return the listed mutants that are not among these."""
        return sorted(self.kinds.keys() - set(mutants))


@cache
def listed() -> Listed:
    """Return the mutants in ``survivors.toml``."""
    text = files("conformance.runner.mutants").joinpath("survivors.toml").read_text(encoding="utf-8")
    return Listed(msgspec.convert(tomllib.loads(text), _File).survivors)
