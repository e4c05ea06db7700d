"""A request to try: an export of the orders that were modified last."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mockstore.store.store import Store


@dataclass(frozen=True)
class HeldOrders:
    """How many orders a store has, and when the first and the last of them was modified; no times if it has none."""

    count: int
    first: datetime | None = None
    last: datetime | None = None

    @property
    def described(self) -> str:
        """Return this in words."""
        if self.first is None or self.last is None:
            return "none"
        return f"{self.count:,}, modified from {self.first:%Y-%m-%d %H:%M} to {self.last:%Y-%m-%d %H:%M} UTC"


def held_orders(store: Store) -> HeldOrders:
    """Return which orders a store has."""
    view = store.window(None, None)
    if not len(view):
        return HeldOrders(0)
    first, last = (view.slice(place, 1)[0].modified_at for place in (0, len(view) - 1))
    return HeldOrders(len(view), first, last)


def example_window(store: Store, held: HeldOrders) -> tuple[str, str]:
    """Return the bounds of the last week."""
    last = held.last or store.clock.now()
    start, end = (
        moment.astimezone(UTC).strftime("%m/%d/%Y %H:%M")
        for moment in (last - timedelta(days=7), last + timedelta(days=1))
    )
    return start, end


def example_query(store: Store, held: HeldOrders) -> str:
    """Return the query of an export of the last week, to append to the add-on's URL."""
    start, end = (bound.replace(" ", "+") for bound in example_window(store, held))
    return f"action=export&start_date={start}&end_date={end}&page=1"


def example_command(url: str, query: str, *, username: str, shell_password: str, ca_file: str = "") -> str:
    """Return a curl command in two lines. ``shell_password`` is what stands for the password in a shell."""
    ca = f"--cacert {shlex.quote(ca_file)} " if ca_file else ""
    return f'curl {ca}-u "{shlex.quote(username)}:{shell_password}" \\\n  "{url}&{query}"'
