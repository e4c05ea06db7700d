"""``conformance worksheet``: a list of orders to place by hand, and a form for what was placed."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Write a list of orders to place by hand, and a form.")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(file_okay=False))
@click.option("--force", is_flag=True, help="Overwrite existing files.")
def worksheet(directory: str, force: bool) -> None:
    """Write worksheet.md and worksheet.html (orders to place by hand), worksheet.toml (a form to complete) and
    worksheet-baseline.toml (what no worksheet can show).

    For a shop that only people can operate: place the orders like a customer, complete the form, and run
    'conformance run URL --worksheet worksheet.toml --scope truth --baseline worksheet-baseline.toml'.
    """
    from conformance.truth.worksheet import sheet

    folder = Path(directory)
    files = {
        "worksheet.md": sheet.markdown,
        "worksheet.html": sheet.page,
        "worksheet.toml": sheet.form,
        "worksheet-baseline.toml": sheet.baseline,
    }
    if there := [name for name in files if (folder / name).exists() and not force]:
        what = f"{', '.join(there)} {'is' if len(there) == 1 else 'are'}"
        raise click.UsageError(f"{what} in {folder} already: use --force to overwrite, or name another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in files.items():
            (folder / name).write_text(make(), encoding="utf-8")
            click.echo(folder / name)
    except OSError as error:
        raise click.UsageError(f"{error.filename} can't be written: {error.strerror}") from None
