"""Reads the values of options that are more than text or numbers: a time, statuses, faults."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

import click

from mockstore.inputs import moments
from mockstore.shop.shop import STATUS_MEANINGS, Status

MEANINGS = (*STATUS_MEANINGS, "none")
"""The meanings that a status of ``--status`` can have."""


EARLIEST_CLOCK = datetime(1000, 1, 1, tzinfo=UTC)
"""The first time of ``--clock``: the orders before it need room in the calendar."""


class FaultText(NamedTuple):
    """A fault as it was typed, and its parts by name. :mod:`mockstore.cli.serve` checks the values."""

    typed: str
    parts: dict[str, str]


def read_moment(context: click.Context, option: click.Parameter, text: str | None) -> datetime | None:
    """Read an RFC 3339 time. A time without a zone is in UTC.

    Raises:
        BadParameter: the text is not a time, or a store cannot have orders of up to ten years before it.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time: write it like 2026-03-29T00:59:00Z.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not EARLIEST_CLOCK <= moment <= moments.LATEST:
        limits = f"{EARLIEST_CLOCK:%Y-%m-%d} to {moments.LATEST:%Y-%m-%d}"
        raise click.BadParameter(f"{text!r} is outside of the store's calendar: it is from {limits}.")
    return moment


def read_statuses(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> tuple[Status, ...]:
    """Read each ``NAME=MEANING``.

    Raises:
        BadParameter: a text has another form.
    """
    statuses = []
    for text in texts:
        name, _, meaning = text.rpartition("=")
        if not name.strip() or meaning not in MEANINGS:
            known = f"{', '.join(MEANINGS[:-1])} or {MEANINGS[-1]}"
            raise click.BadParameter(f"{text!r} is not a status: write NAME=MEANING. MEANING is {known}.")
        statuses.append(Status(name.strip(), None if meaning == "none" else meaning))
    return tuple(statuses)


def read_faults(context: click.Context, option: click.Parameter, texts: tuple[str, ...]) -> tuple[FaultText, ...]:
    """Split each ``KIND[,NAME=VALUE]…`` into its parts.

    Raises:
        BadParameter: a text has another form.
    """
    faults = []
    for text in texts:
        kind, *rest = text.split(",")
        parts = {"kind": kind.strip()}
        for part in rest:
            name, equals, value = part.partition("=")
            if not equals:
                raise click.BadParameter(
                    f"{text!r} is not a fault: write KIND,NAME=VALUE, like cut,times=2,action=export."
                )
            parts[name.strip().replace("-", "_")] = value.strip()
        faults.append(FaultText(text, parts))
    return tuple(faults)


def without_credentials(text: str) -> str:
    """Return a value with ``…`` in place of the user name and the password of a URL."""
    return re.sub(r"(?<=://)[^/]*@", "…@", text)
