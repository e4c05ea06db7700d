"""``conformance list`` and ``conformance explain``: what is asked for."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import click

from conformance.cli.errors import UsageError
from conformance.cli.selection import selected

if TYPE_CHECKING:
    from conformance.core.model import Role


@click.command("list")
@click.option("--level", type=click.Choice(["must", "should", "info"]), help="Only these.")
@click.option(
    "--role", type=click.Choice(["store", "importer"]), default="store", show_default=True, help="Whose requirements."
)
def list_requirements(level: str | None, role: Role) -> None:
    """List every requirement: id, level, what it needs, and what it says."""
    from conformance.contract.requirements import requirements

    feature = ""
    for each in requirements(role):
        if level and each.level != level:
            continue
        if each.feature != feature:
            feature = each.feature
            click.echo(f"\n{feature}")
        lead = f"  {each.id:<7} {each.level:<6} {each.needs:<15} "
        click.echo(fill(each.title, 80, initial_indent=lead, subsequent_indent=" " * len(lead)))


@click.command()
@click.argument("id")
def explain(id: str) -> None:  # noqa: A002
    """Say what a requirement asks for, where that comes from, how it is judged, and which defects break it."""
    from conformance.cli.explain import explanation
    from conformance.contract.requirements import requirements

    selected((id,), "store", "importer")
    every = [*requirements("store"), *requirements("importer")]
    if id.upper() not in {each.id for each in every}:
        word = id.casefold()  # a feature's name, or its abbreviation
        of = [each.id for each in every if word in (each.id.partition("-")[0].casefold(), each.feature.casefold())]
        raise UsageError(f"{id} is several requirements: explain one of {', '.join(of)}")
    click.echo(explanation(id.upper()))
