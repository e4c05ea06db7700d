"""``conformance list`` and ``conformance explain``: the requirements."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import click

from conformance.cli.selection import check_selection

if TYPE_CHECKING:
    from conformance.core.model import Role


@click.command("list", short_help="List every requirement.")
@click.option("--level", type=click.Choice(["must", "should", "info"]), help="List only this level.")
@click.option(
    "--role",
    type=click.Choice(["store", "importer"]),
    default="store",
    show_default=True,
    help="List the requirements of this side.",
)
def list_requirements(level: str | None, role: Role) -> None:
    """List every requirement: id, level, what judging it needs, and its sentence."""
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


@click.command(short_help="Show a requirement, its scenarios and its defects.")
@click.argument("id")
def explain(id: str) -> None:  # noqa: A002
    """Show a requirement: its source, its scenarios, and the defects that violate it."""
    from conformance.cli.explain import explanation
    from conformance.contract.requirements import requirements

    check_selection((id,), "store", "importer")
    every = [*requirements("store"), *requirements("importer")]
    if id.upper() not in {each.id for each in every}:
        word = id.casefold()  # the name or abbreviation of a feature
        ids = [each.id for each in every if word in (each.id.partition("-")[0].casefold(), each.feature.casefold())]
        raise click.UsageError(f"{id} names several requirements: explain one of {', '.join(ids)}")
    click.echo(explanation(id.upper()))
