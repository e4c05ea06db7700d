"""What a running store tells about itself beyond the protocol: ``GET /status``."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mockstore.traffic.faults import Fault


class About(msgspec.Struct, frozen=True, kw_only=True):
    """How a store was started: its profile, its defects and its variants."""

    profile: str = "reference"
    defects: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``GET /status``. ``shipments`` are those that were recorded since the start."""

    version: str
    seed: int
    about: About
    now: datetime
    orders: int
    shipments: int
    requests: int
    coming_faults: tuple[Fault, ...]
