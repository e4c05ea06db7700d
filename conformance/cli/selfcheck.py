"""``conformance selfcheck``: the proof that the suite tells right from wrong."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from conformance.cli.errors import UsageError
from mockstore.shop.suggestions import did_you_mean


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes. [default: one a core, four at most]")
@click.option("--page", metavar="FILE", type=click.Path(dir_okay=False), help="Write the matrix as a Markdown page.")
def selfcheck(names: tuple[str, ...], jobs: int | None, page: str | None) -> None:
    """Prove that the suite tells right from wrong: judge every defect and variant, or those named.

    Exit status 1 where a defect isn't caught by exactly what it declares, a variant is accused, or no
    defect breaks a requirement.
    """
    from conformance.runner import selfcheck as proof
    from mockstore.behaviours.defects import defects
    from mockstore.behaviours.variants import variants

    known = {*defects(), *variants()}
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no defect or variant is called {unknown[0]!r}.{did_you_mean(unknown[0], known)}")

    if page and not Path(page).parent.is_dir():
        raise UsageError(f"--page {page} can't be written: there is no folder {Path(page).parent}")

    def watch(done: int, of: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {of} judged", err=True, nl=done == of)

    matrix = proof.selfcheck(names, jobs=jobs or min(4, os.cpu_count() or 1), watch=watch)
    for line in proof.as_text(matrix):
        click.echo(line)
    caught = sum(row.right for row in matrix.defects)
    passed = sum(row.right for row in matrix.variants)
    click.echo(
        f"{caught} of {len(matrix.defects)} defects caught exactly, "
        f"{passed} of {len(matrix.variants)} variants let pass"
    )
    if page:
        try:
            Path(page).write_text(proof.page(matrix), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--page {page} can't be written: {error.strerror}") from None
    sys.exit(0 if matrix.right else 1)
