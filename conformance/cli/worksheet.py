"""``conformance worksheet``: orders to place by hand, and the form that says what was placed."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.errors import UsageError


@click.command(short_help="Write a list of orders to place by hand, and the form to fill in.")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@click.option("--force", is_flag=True, help="Write over files that are there.")
def worksheet(directory: str, force: bool) -> None:
    """Write worksheet.md and worksheet.html (orders to place, to read or print) and worksheet.toml (to fill in).

    For a shop that no program can drive: place the orders like a customer, fill in the form, and run
    'conformance run URL --worksheet worksheet.toml'.
    """
    from conformance.truth.worksheet import sheet

    folder = Path(directory)
    files = {"worksheet.md": sheet.markdown, "worksheet.html": sheet.page, "worksheet.toml": sheet.form}
    if there := [name for name in files if (folder / name).exists() and not force]:
        what = f"{', '.join(there)} {'is' if len(there) == 1 else 'are'}"
        raise UsageError(f"{what} in {folder} already: --force writes over what is there, or name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in files.items():
            (folder / name).write_text(make(), encoding="utf-8")
            click.echo(folder / name)
    except OSError as error:
        raise UsageError(f"{error.filename} can't be written: {error.strerror}") from None
