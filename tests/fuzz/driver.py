"""``make fuzz``: gives a million damaged inputs to both programs, and prints what failed.

``python -m tests.fuzz`` runs the surfaces; ``replay SURFACE FILE…`` gives kept inputs to a surface again.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import click

from tests.fuzz import campaign
from tests.fuzz.campaign import MAX_GROWTH_MB, Found, Tally
from tests.fuzz.surface import Surface
from tests.fuzz.surfaces import SURFACES

MILLION = 1_000_000
PIECE = 10_000
"""Most inputs that one process gets before it is replaced."""


@click.group(invoke_without_command=True)
@click.option("--count", default=MILLION, show_default=True, help="Inputs in all; each surface has a share.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same inputs.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option("--only", multiple=True, help="A surface, or the beginning of its name (repeatable).")
@click.option("--keep", default="fuzz-faults", show_default=True, help="Folder for inputs that fail.")
@click.pass_context
def main(context: click.Context, count: int, seed: int, jobs: int, only: tuple[str, ...], keep: str) -> None:
    """Give damaged inputs to every surface of both programs. Exit status 1 if any has a fault."""
    if context.invoked_subcommand:
        return
    began = time.monotonic()
    chosen = [each for each in SURFACES if not only or each.name.startswith(only)]
    if not chosen:
        raise click.UsageError(f"no surface of that name; there are {', '.join(each.name for each in SURFACES)}")
    shares = sum(each.share for each in (chosen if only else SURFACES))
    tallies = {each.name: Tally() for each in chosen}
    pieces = []
    for each in chosen:
        wanted = max(1, round(count * each.share / shares))
        piece = min(PIECE, max(each.batch, wanted // (4 * jobs)))
        pieces += [(each.name, seed, range(at, min(at + piece, wanted))) for at in range(0, wanted, piece)]
    # a process of its own for each piece: what one leaves in memory does not count against the next
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        waiting = [pool.submit(run_piece, *piece) for piece in pieces]
        for done, future in enumerate(as_completed(waiting), start=1):
            name, told = future.result()
            tallies[name].add(told)
            click.echo(f"\r{done}/{len(pieces)} {name:<30}", nl=False, err=True)
    click.echo("\r" + " " * 60 + "\r", nl=False, err=True)
    faults = report(tallies, Path(keep))
    click.echo(f"{time.monotonic() - began:.0f} s with {jobs} processes, seed {seed}")
    sys.exit(1 if faults else 0)


def run_piece(name: str, seed: int, numbers: range) -> tuple[str, Tally]:
    """Run a part of a surface's inputs, in a process of its own."""
    return name, campaign.run(surface_named(name), seed, numbers)


def report(tallies: dict[str, Tally], folder: Path) -> int:
    """Print the table, keep the failing inputs, and return the number of faults."""
    total = Tally()
    click.echo(f"{'surface':<30}{'inputs':>10}{'CPU s':>8}{'faults':>8}{'+MB':>6}  outcomes")
    for name, told in tallies.items():
        if told.growth_mb > MAX_GROWTH_MB:
            told.kinds["memory grows"] += 1
            told.found.append(Found("memory grows", (), f"the memory grew by {told.growth_mb:.0f} MB"))
        outcomes = ", ".join(f"{outcome} {number}" for outcome, number in told.outcomes.most_common(7))
        click.echo(row(name, told) + f"  {outcomes}")
        total.add(told)
    click.echo(row("in all", total))
    for name, told in tallies.items():
        for number, found in enumerate(told.found, start=1):
            place, command = campaign.keep(surface_named(name), found, folder, number)
            click.echo(f"\n{name}: {found.kind} ({told.kinds[found.kind]} times)\n  {place}\n  {command}")
    return sum(sum(told.kinds.values()) for told in tallies.values())


def row(name: str, told: Tally) -> str:
    """Return the figures of a line of the table."""
    faults = sum(told.kinds.values())
    return f"{name:<30}{told.inputs:>10,}{told.seconds:>8.0f}{faults:>8,}{told.growth_mb:>6.0f}"


def surface_named(name: str) -> Surface:
    """Return a surface."""
    return next(each for each in SURFACES if each.name == name)


@main.command()
@click.argument("name", type=click.Choice([each.name for each in SURFACES]))
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay(name: str, files: tuple[Path, ...]) -> None:
    """Give the inputs in FILES, one after the other, to a surface. A fault ends it with its traceback."""
    with surface_named(name).open() as feed:
        for file in files:
            with campaign.limited():
                click.echo(f"{file}: {feed(file.read_bytes())}")
