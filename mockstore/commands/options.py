"""Values that options take: a moment, a status of the shop, a fault."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import click

from mockstore.orders.model import Status

MEANINGS = ("unpaid", "paid", "shipped", "cancelled", "on_hold", "none")


class FaultText(NamedTuple):
    """A fault as it was written, and its parts; what they mean is the fault's own matter."""

    written: str
    parts: dict[str, str]


class MomentOption(click.ParamType[datetime]):
    """An RFC 3339 time."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The moment; without a zone it is UTC."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no time: write it like 2026-03-29T00:59:00Z.", param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class StatusOption(click.ParamType[Status]):
    """``NAME=MEANING``."""

    name = "status"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Status:
        """The status; which one shipped orders get is decided over all of them."""
        if isinstance(value, Status):
            return value
        name, equals, meaning = str(value).rpartition("=")
        if not equals or not name.strip() or meaning not in MEANINGS:
            self.fail(f"{value!r} is no status: write NAME=MEANING, MEANING being {_either(MEANINGS)}.", param, ctx)
        return Status(name.strip(), None if meaning == "none" else meaning)


class FaultOption(click.ParamType[FaultText]):
    """``KIND[,NAME=VALUE]…``."""

    name = "fault"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> FaultText:
        """The parts of it."""
        if isinstance(value, FaultText):
            return value
        kind, *rest = str(value).split(",")
        parts = {"kind": kind.strip()}
        for part in rest:
            name, equals, given = part.partition("=")
            if not equals:
                self.fail(f"{value!r} is no fault: write KIND,NAME=VALUE, like cut,times=2,action=export.", param, ctx)
            parts[name.strip().replace("-", "_")] = given.strip()
        return FaultText(str(value), parts)


def _either(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]
