"""The types of the domain: requirement, level, verdict, scope, role."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["must", "should", "info"]
Verdict = Literal["conforms", "deviates", "not-exercised", "error"]
Scope = Literal["observation", "truth", "full"]
Role = Literal["store", "importer"]


class Requirement(msgspec.Struct, frozen=True):
    """A requirement as its feature file declares it; ``source`` is the sentence or section that it is from."""

    id: str
    level: Level
    feature: str
    title: str
    source: str
    needs: str = "wire"
