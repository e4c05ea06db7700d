"""What a running store tells about itself beyond the protocol: ``GET /status``."""

from __future__ import annotations

from datetime import datetime

import msgspec

from mockstore.behaviours.current import About
from mockstore.traffic.faults import Fault


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to ``GET /status``. ``shipments`` are those that were recorded since the start, ``about`` what is
    switched on now."""

    version: str
    seed: int
    about: About
    now: datetime
    orders: int
    shipments: int
    requests: int
    coming_faults: tuple[Fault, ...]
