"""``conformance selfcheck``: the proof that the suite finds defects and mutants, and accepts variants."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click import UsageError

from conformance.cli.options import jobs_option
from conformance.core.interrupts import ignored
from mockstore.shop.suggestions import did_you_mean

if TYPE_CHECKING:
    from conformance.runner.selfcheck import Matrix


@click.command(short_help="Prove that the suite finds defects and mutants, and accepts variants.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@jobs_option("Processes.")
@click.option("--mutants", is_flag=True, help="Judge mutants of the reference instead; NAME is a module or a function.")
@click.option(
    "--sample",
    metavar="PERCENT",
    type=click.IntRange(1, 100),
    help="With --mutants: judge about this share of them, always the same.",
)
@click.option(
    "--page",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write a Markdown page: all defects and variants (docs/defects.md), or the mutation score.",
)
@click.option("--declared", is_flag=True, help="With --page: write what is declared, without judging.")
def selfcheck(
    names: tuple[str, ...], jobs: int, page: str | None, *, mutants: bool, sample: int | None, declared: bool
) -> None:
    """Prove that the suite finds every defect and accepts every variant of the mock store, or those named.

    Exit status 1 if the requirements that a defect violates are not exactly those that deviate, if a variant
    deviates, or if a requirement has no defect that violates it.

    With --mutants, change the code of the reference in one place at a time, and judge each of these stores.
    A NAME is shipment or shipment.pack. Exit status 1 if the mutants that are not found are not exactly those
    listed with a reason.

    If the run is stopped, what was judged by then is printed; exit status 3 unless it is 1 already.
    """
    if sample is not None and not mutants:
        raise UsageError("--sample needs --mutants")
    check_page(names, page, declared=declared, sample=sample)
    (judge_mutants if mutants else judge_behaviours)(names, jobs, page, declared=declared, sample=sample)


def judge_behaviours(
    names: tuple[str, ...], jobs: int, page: str | None, *, declared: bool, sample: int | None
) -> None:
    """Judge defects and variants, and exit."""
    from conformance.runner import selfcheck as proof

    check_names(names)
    if declared:
        write_page(page or "", proof.declared_page())
        return
    with ignored():  # judging can be stopped, but what was judged is printed
        matrix = proof.selfcheck(names, jobs=jobs, watch=show_progress)
        show_matrix(matrix)
    if page and not matrix.unjudged:
        write_page(page, proof.page(matrix))
    sys.exit(0 if matrix.is_right else 1)


def show_matrix(matrix: Matrix) -> None:
    """Print what is wrong, and how many are right."""
    from conformance.runner import selfcheck as proof

    for line in proof.as_text(matrix):
        click.echo(line)
    found = sum(row.is_right for row in matrix.defects)
    accepted = sum(row.is_right for row in matrix.variants)
    click.echo(
        f"{found} of {len(matrix.defects)} defects found exactly, "
        f"{accepted} of {len(matrix.variants)} variants accepted"
    )


def judge_mutants(names: tuple[str, ...], jobs: int, page: str | None, *, declared: bool, sample: int | None) -> None:
    """Judge mutants, and exit."""
    from conformance.runner.mutants import score
    from conformance.runner.mutants.generate import all_mutants, chosen_mutants
    from conformance.runner.mutants.listed import listed

    known = listed()
    if gone := known.unknown(mutant.id for mutant in all_mutants()):
        raise UsageError(f"survivors.toml lists mutants that no longer exist: {'; '.join(gone)}")
    if declared:
        write_page(page or "", score.page(all_mutants(), known))
        return
    wanted = chosen_mutants(names)
    if not wanted:
        raise UsageError(f"no module or function with mutants is called {' or '.join(map(repr, names))}")
    if sample is not None:
        wanted = score.sample(wanted, known, sample)
    from conformance.runner.mutants.judge import judge_all
    from conformance.runner.selfcheck import JUDGED_VERSION, NOT_JUDGED

    with ignored():  # judging can be stopped, but what was judged is printed
        comparison = score.compare(judge_all(wanted, version=JUDGED_VERSION, jobs=jobs, watch=show_progress), known)
        for line in score.as_text(comparison):
            click.echo(line)
        if unjudged := len(wanted) - comparison.judged:
            click.echo(NOT_JUDGED.format(unjudged))
        click.echo(f"{comparison.found} of {comparison.judged} mutants found")
    if page and comparison.is_right and not unjudged:
        write_page(page, score.page(all_mutants(), known))
    sys.exit(0 if comparison.is_right else 1)


def show_progress(done: int, total: int) -> None:
    """Show in a terminal how many stores are judged."""
    if sys.stderr.isatty():
        click.echo(f"\r{done} of {total} judged", err=True, nl=done == total)


def check_names(names: tuple[str, ...]) -> None:
    """Check that each name is a defect or variant.

    Raises:
        click.UsageError: a name is neither.
    """
    from mockstore.behaviours.defects import defects
    from mockstore.behaviours.variants import variants

    known = [*defects(), *variants()]
    for name in names:
        if name not in known:
            raise UsageError(f"no defect or variant is called {name!r}.{did_you_mean(name, known)}")


def check_page(names: tuple[str, ...], page: str | None, *, declared: bool, sample: int | None) -> None:
    """Check before judging that the page may be written.

    Raises:
        click.UsageError: it may not.
    """
    if declared and not page:
        raise UsageError("--declared needs --page FILE")
    if names and page:
        raise UsageError(
            f"{page} is about all, and would lose those that are not named: leave out the names"
            + ("" if declared else ", or use --declared --page without names, which judges nothing")
        )
    if sample is not None and page:
        raise UsageError(f"{page} tells the score of all mutants: leave out --sample")
    if page and not Path(page).parent.is_dir():
        raise UsageError(f"--page {page} can't be written: there is no folder {Path(page).parent}")


def write_page(page: str, text: str) -> None:
    """Write the page.

    Raises:
        click.UsageError: it cannot be written.
    """
    try:
        Path(page).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--page {page} can't be written: {error.strerror}") from None
