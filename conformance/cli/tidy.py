"""``conformance tidy``: shows and deletes the orders that earlier runs left in a store."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import options
from conformance.cli.credentials import hide
from conformance.cli.run_options import TruthOptions, check_certificates, truth_access
from conformance.core.exit_status import CONFORMING, INCOMPLETE
from conformance.core.interrupts import at_once
from conformance.core.times import rfc3339
from conformance.truth.settings import ControlAccess, CsCartAccess

if TYPE_CHECKING:
    from conformance.truth.suite_orders import SuiteOrder

EXIT_STATUSES = """
\b
Exit status:
  0  no order of an earlier run is left in the store
  2  wrong use, or the store can't be searched
  3  orders of earlier runs are left in the store
"""
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Age(click.ParamType):  # type: ignore[type-arg]
    """An age like 30s, 10m, 2h or 1d; 0 needs no unit."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return the age."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"(\d{1,6})([smhd])", str(value), re.ASCII)
        if str(value) == "0":
            return timedelta(0)
        if found is None:
            self.fail(f"{value!r} is not an age: write it like 30s, 10m, 2h or 1d", param, ctx)
        return timedelta(seconds=int(found[1]) * UNITS[found[2]])


@click.command(epilog=EXIT_STATUSES, short_help="Delete orders that earlier runs left in a store.")
@click.argument("url", required=False)
@options.writable_truth
@options.ca_file
@options.timeout
@click.option(
    "--older-than",
    metavar="AGE",
    type=Age(),
    default="1h",
    show_default=True,
    help="Leave alone the orders of runs that began later (30s, 10m, 2h, 1d): such a run may be going on.",
)
@click.option("--yes", is_flag=True, help="Delete the orders without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print the orders as JSON.")
def tidy(url: str | None, older_than: timedelta, yes: bool, as_json: bool, **params: Any) -> None:
    """Show the orders that earlier runs of the suite left in a store, and delete them.

    Give --control or --cscart-api as for 'conformance run'; the URL of the store itself may be left out. Without --yes
    the command asks before it deletes, and only shows the orders if nobody can answer. Only orders whose e-mail address
    has the mark of a run are deleted: ct, the time of the run in eleven hex digits, and the domain specimen.example.
    """
    from conformance.runner import tidy as leftovers

    timeout, ca_file = params.pop("timeout"), params.pop("ca_file")
    access = truth_access(TruthOptions(**params, worksheet=None, shipped_status=()))
    if not isinstance(access, ControlAccess | CsCartAccess):
        raise click.UsageError("give --control or --cscart-api: without them, orders can't be found and deleted")
    if ca_file:
        check_certificates(ca_file)
    with leftovers.open_source(access, timeout_s=timeout, ca_file=ca_file) as source:
        now = datetime.now(UTC)
        found = leftovers.find_leftovers(source, now, older_than)
        problems: dict[str, str] = {order.number: "" for order in found.recent}
        if not as_json:
            _show(found.old, found.recent)
        for notice in source.notices:
            click.echo(f"!  {_printable(notice)}", err=True)
        left = len(found.old)
        if found.old and _may_delete(len(found.old), yes=yes, asks=not as_json):
            if why := leftovers.why_not_deletable(source):
                raise click.UsageError(why)
            deleted = dict(leftovers.delete_orders(source, found.old))
            problems |= {order.number: why for order, why in deleted.items() if why}
            left = sum(map(bool, deleted.values()))
            if not as_json:
                _tell(deleted)
        elif found.old:
            problems |= {order.number: "" for order in found.old}
            if not as_json:
                click.echo("Nothing was deleted. To delete these orders, add --yes.")
    if as_json:
        click.echo(hide(_as_json((*found.old, *found.recent), problems)))
    sys.exit(INCOMPLETE if left or found.recent else CONFORMING)


def _may_delete(number: int, *, yes: bool, asks: bool) -> bool:
    if yes:
        return True
    if not asks or not sys.stdin.isatty():
        return False
    with at_once():
        return click.confirm(f"Delete {_orders(number)}?")


def _orders(number: int) -> str:
    return "this order" if number == 1 else f"these {number} orders"


def _show(old: Sequence[SuiteOrder], recent: Sequence[SuiteOrder]) -> None:
    if not old and not recent:
        click.echo("The store has no order of an earlier run.")
    if old:
        click.echo(f"Orders of earlier runs of the suite: {len(old)}\n")
        click.echo(_table(old))
    if recent:
        click.echo(
            f"Orders of runs that began only recently (--older-than): {len(recent)}. Such a run may be going on, so\n"
            "its orders are left alone. If no run is going on, add --older-than 0.\n"
        )
        click.echo(_table(recent))


def _tell(deleted: dict[SuiteOrder, str]) -> None:
    for order, why in deleted.items():
        if why:
            click.echo(f"Order {_printable(order.number)} was not deleted: {_printable(why)}", err=True)
    gone = sum(not why for why in deleted.values())
    click.echo(f"Deleted: {gone} of {len(deleted)}.")


def _table(orders: Sequence[SuiteOrder]) -> str:
    head = ("ORDER", "MODIFIED", "RUN BEGAN", "E-MAIL", "NAME")
    rows = [
        tuple(
            _printable(text)
            for text in (order.number, rfc3339(order.modified_at), rfc3339(order.run_began), order.email, order.name)
        )
        for order in orders
    ]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in (head, *rows))
    return "\n".join(f"  {line}" for line in lines) + "\n"


def _printable(text: str) -> str:
    from conformance.report.wording import one_line

    return one_line(hide(text))


def _as_json(orders: Sequence[SuiteOrder], problems: dict[str, str]) -> str:
    import json

    rows = [
        {
            "order_number": order.number,
            "email": order.email,
            "name": order.name,
            "modified_at": rfc3339(order.modified_at),
            "run_began_at": rfc3339(order.run_began),
            "deleted": order.number not in problems,
            "problem": hide(problems.get(order.number, "")),
        }
        for order in orders
    ]
    return json.dumps({"orders": rows}, indent=2)
