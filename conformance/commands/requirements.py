"""``conformance list`` and ``conformance explain``: what is asked for."""

from __future__ import annotations

import click

from conformance.commands.selection import selected


@click.command("list")
@click.option("--level", type=click.Choice(["must", "should", "info"]), help="Only these.")
def list_requirements(level: str | None) -> None:
    """List every requirement: id, level, what it needs, and what it says."""
    from conformance.catalogue import requirements

    feature = ""
    for each in requirements():
        if level and each.level != level:
            continue
        if each.feature != feature:
            feature = each.feature
            click.echo(f"\n{feature}")
        click.echo(f"  {each.id:<7} {each.level:<6} {each.needs:<15} {each.title}")


@click.command()
@click.argument("id")
def explain(id: str) -> None:  # noqa: A002
    """Say what a requirement asks for, where that comes from, how it is judged, and which defects break it."""
    from conformance.explain import explanation

    selected((id,))
    click.echo(explanation(id.upper()))
