"""``conformance selfcheck``: the proof that the suite finds defects and accepts variants."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from click import UsageError

from conformance.cli.options import jobs_option
from mockstore.shop.suggestions import did_you_mean


@click.command(short_help="Prove that the suite finds defects and accepts variants.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@jobs_option("Processes.")
@click.option(
    "--page",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Write all defects and variants as a Markdown page (docs/defects.md).",
)
@click.option("--declared", is_flag=True, help="With --page: write what is declared, without judging.")
def selfcheck(names: tuple[str, ...], jobs: int, page: str | None, declared: bool) -> None:
    """Prove that the suite finds every defect and accepts every variant of the mock store, or those named.

    Exit status 1 if the requirements that a defect violates are not exactly those that deviate, if a variant
    deviates, or if a requirement has no defect that violates it.
    """
    from conformance.runner import selfcheck as proof

    check_names(names)
    check_page(names, page, declared=declared)
    if declared:
        write_page(page or "", proof.declared_page())
        return

    def watch(done: int, total: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {total} judged", err=True, nl=done == total)

    matrix = proof.selfcheck(names, jobs=jobs, watch=watch)
    for line in proof.as_text(matrix):
        click.echo(line)
    found = sum(row.is_right for row in matrix.defects)
    accepted = sum(row.is_right for row in matrix.variants)
    click.echo(
        f"{found} of {len(matrix.defects)} defects found exactly, "
        f"{accepted} of {len(matrix.variants)} variants accepted"
    )
    if page:
        write_page(page, proof.page(matrix))
    sys.exit(0 if matrix.is_right else 1)


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


def check_page(names: tuple[str, ...], page: str | None, *, declared: bool) -> None:
    """Check before judging that the page may be written.

    Raises:
        click.UsageError: it may not.
    """
    if declared and not page:
        raise UsageError("--declared needs --page FILE")
    if names and page:
        raise UsageError(
            f"{page} lists all defects and variants, and would lose those that are not named: leave out the names"
            + ("" if declared else ", or use --declared --page without names, which judges nothing")
        )
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
