"""The types of the domain: requirement, level, verdict, scope, role."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["must", "should", "info"]
Verdict = Literal["conforms", "deviates", "not-exercised", "error"]
Scope = Literal["observation", "truth", "full"]
Role = Literal["store", "importer"]


REQUIREMENT_ID = r"[A-Z]{3}-\d+"
"""A regular expression for the id of a requirement, like ORD-5."""


class Requirement(msgspec.Struct, frozen=True):
    """A requirement as its feature file declares it.

    ``source`` holds the codes of its sources, like ``S14 G``. ``needs`` names the needs of its scenarios.
    """

    id: str
    level: Level
    feature: str
    title: str
    source: str
    needs: str = "wire"
