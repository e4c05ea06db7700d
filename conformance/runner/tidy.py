"""Finds and deletes the orders that earlier runs left in a store: a run that was killed could not delete them."""

from __future__ import annotations

import contextlib
import shlex
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from conformance.client.http import HttpSession, Limits
from conformance.client.session import EventLoop
from conformance.core.errors import Inconclusive
from conformance.core.interrupts import deferred
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.settings import ControlAccess, CsCartAccess, TruthAccess
from conformance.truth.source import TruthUnavailable
from conformance.truth.suite_orders import SuiteOrder

MAX_REQUESTS = 1_000_000
OLDER_THAN = timedelta(hours=1)
"""A run that began earlier has ended."""

WritableSource = ControlTruth | CsCartTruth
"""A source of truth that can delete orders."""


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """The orders in a store that runs of the suite made. The runs of ``recent`` orders may still be going on."""

    old: tuple[SuiteOrder, ...]
    recent: tuple[SuiteOrder, ...]


@contextlib.contextmanager
def open_source(
    access: ControlAccess | CsCartAccess, *, timeout_s: float, ca_file: str | None
) -> Iterator[WritableSource]:
    """Open a source of truth outside of a run, and close it at the end."""
    with open_session(timeout_s, ca_file) as session:
        if isinstance(access, ControlAccess):
            yield ControlTruth(access.url, access.token.value, session)
        else:
            yield CsCartTruth(access.url, access.user, access.key.value, session)


@contextlib.contextmanager
def open_session(timeout_s: float, ca_file: str | None) -> Iterator[HttpSession]:
    """Open a session outside of a run, and close it at the end."""
    tls = ssl.create_default_context(cafile=ca_file) if ca_file else None
    loop = EventLoop()
    with contextlib.closing(loop):
        session = HttpSession(loop, Limits(timeout_s, MAX_REQUESTS), tls=tls)
        with contextlib.closing(session):
            yield session


def find_leftovers(source: WritableSource, now: datetime, older_than: timedelta) -> Leftovers:
    """Return the orders that runs of the suite made, oldest run first.

    Raises:
        TruthUnavailable: if the source can't be used.
    """
    _ = source.facts  # a wrong URL or token is found with one request
    found = sorted(source.suite_orders(now), key=lambda order: (order.run_began, len(order.number), order.number))
    latest = now - older_than
    return Leftovers(
        old=tuple(order for order in found if order.run_began <= latest),
        recent=tuple(order for order in found if order.run_began > latest),
    )


def why_not_deletable(source: WritableSource) -> str:
    """Return why the source can't delete orders; "" if it can."""
    if "delete" in source.facts.capabilities:
        return ""
    can = ", ".join(source.facts.capabilities) or "nothing"
    return f"{source.name} can't delete orders (its capabilities are: {can}), so delete them in the shop"


def delete_orders(source: WritableSource, orders: Sequence[SuiteOrder]) -> Iterator[tuple[SuiteOrder, str]]:
    """Delete orders one after the other, and yield each with the reason why it is still there; "" if it is gone."""
    for order in orders:
        with contextlib.suppress(TruthUnavailable, Inconclusive):
            source.adopt(order.number)
    for order in orders:
        with deferred():
            problem = _problem_of_deleting(source, order.number)
        yield order, problem


def _problem_of_deleting(source: WritableSource, number: str) -> str:
    try:
        if not source.delete(number):
            return "the store refused to delete it"
        return "the store replied that it deleted the order, but still has it" if source.holds(number) else ""
    except (TruthUnavailable, Inconclusive) as error:
        return str(error)


def tidy_command(access: TruthAccess | None) -> str:
    """Return the command that shows the orders of earlier runs, without credentials; "" if no command can."""
    match access:
        case ControlAccess():
            return f"conformance tidy --control {shlex.quote(access.url)}"
        case CsCartAccess():
            return f"conformance tidy --cscart-api {shlex.quote(access.url)} --cscart-user {shlex.quote(access.user)}"
        case _:
            return ""
