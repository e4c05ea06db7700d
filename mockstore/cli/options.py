"""Values that options take: a moment, statuses of the shop, faults."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import click

from mockstore.shop.shop import Status

MEANINGS = ("unpaid", "paid", "shipped", "cancelled", "on_hold", "none")


class FaultText(NamedTuple):
    """A fault as it was written, and its parts; what they mean is the fault's own matter."""

    written: str
    parts: dict[str, str]


def moment(context: click.Context, option: click.Parameter, text: str | None) -> datetime | None:
    """An RFC 3339 time; without a zone it is UTC.

    Raises:
        BadParameter: where it is none.
    """
    if text is None:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no time: write it like 2026-03-29T00:59:00Z.") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def statuses(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> tuple[Status, ...]:
    """Each ``NAME=MEANING``; which one shipped orders get is decided over all of them.

    Raises:
        BadParameter: where one is none.
    """
    read = []
    for text in texts:
        name, _, meaning = text.rpartition("=")
        if not name.strip() or meaning not in MEANINGS:
            known = f"{', '.join(MEANINGS[:-1])} or {MEANINGS[-1]}"
            raise click.BadParameter(f"{text!r} is no status: write NAME=MEANING, MEANING being {known}.")
        read.append(Status(name.strip(), None if meaning == "none" else meaning))
    return tuple(read)


def faults(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> tuple[FaultText, ...]:
    """Each ``KIND[,NAME=VALUE]…``, in parts.

    Raises:
        BadParameter: where one isn't made so.
    """
    read = []
    for text in texts:
        kind, *rest = text.split(",")
        parts = {"kind": kind.strip()}
        for part in rest:
            name, equals, given = part.partition("=")
            if not equals:
                raise click.BadParameter(
                    f"{text!r} is no fault: write KIND,NAME=VALUE, like cut,times=2,action=export."
                )
            parts[name.strip().replace("-", "_")] = given.strip()
        read.append(FaultText(text, parts))
    return tuple(read)
