"""``conformance importer``: judges a program that plays ShipStation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance.cli import options
from conformance.cli.baseline_file import baseline_from
from conformance.cli.config_file import Configured
from conformance.cli.github import commands_off
from conformance.cli.importer_options import ImporterOptions
from conformance.cli.output import check_writable, finish
from conformance.cli.progress import Progress
from conformance.core.interrupts import ignored, set_deadline

EPILOG = """
\b
Placeholders in the commands, which are not run by a shell:
  both    {url} {username}
          {state}            a folder, kept from call to call of a scenario
          {timeout}          seconds to wait for a reply, like 10
  import  {start} {end}      UTC, like 2026-11-01T09:30:00Z
          {result}           the file to write the result to
          {statuses}         a JSON file, like {"Processed": "paid"}
  ship    {order_number} {order_id} {tracking_number} {carrier} {service}
          {cost}             like 7.45
          {notes}            any text
          {ship_date}        like 2026-03-04
          {items}            a JSON file, like
                             [{"sku": "TEE", "quantity": 2, "line_id": "1"}]
          {shipment}         a JSON file with all of these values
\b
Exit status:
  0  every MUST requirement was judged and conforms
  1  a MUST requirement deviates (beyond the baseline)
  2  wrong use, or a scenario ended with an error of the importer or the suite
  3  incomplete: something could not be judged (no --ship-command, or fields
     that the importer does not report), a signal stopped the run, or
     its deadline was reached
\b
Options may also be set in CONFORMANCE_IMPORTER_… variables, in the table
[importer] of conformance.toml, or in [tool.conformance.importer] of
pyproject.toml. docs/importer.md describes the placeholders and the form of
the result, with examples.
"""


@click.command(cls=Configured, epilog=EPILOG, short_help="Judge a program that plays ShipStation.")
@click.option("--import-command", metavar="COMMAND", help="Command that imports the orders of a time window.")
@click.option("--ship-command", metavar="COMMAND", help="Command that notifies the store of a shipment.")
@click.option(
    "--password-env",
    metavar="NAME",
    default="STORE_PASSWORD",
    show_default=True,
    help="Environment variable from which the commands read the password. With --attach, set it yourself.",
)
@click.option("--attach", is_flag=True, help="The importer is a service that polls the store by itself.")
@click.option(
    "--port", default=8090, show_default=True, type=click.IntRange(1, 65535), help="With --attach: the store's port."
)
@click.option(
    "--username", metavar="NAME", default="ship-user", show_default=True, help="With --attach: the user name."
)
@click.option("--results-url", metavar="URL", help="With --attach: where the service reports what it imported.")
@click.option(
    "--mapping", metavar="FILE", type=click.Path(dir_okay=False), help="The field names of your program (TOML)."
)
@click.option("--store-version", multiple=True, metavar="V", help="CS-Cart version (repeatable). [default: the newest]")
@options.judging
@click.option(
    "--dry-run",
    is_flag=True,
    help="Call each command once, show the files, the requests and what the suite reads from them, and judge nothing.",
)
@options.report_dir
@click.option(
    "--limit",
    metavar="SECONDS",
    type=options.FiniteRange(1, 86_400),
    help="Time limit of a call; a command that runs longer is killed. With --attach: how long to wait for a poll. "
    "[default: 30; with --attach 300]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Number of calls at the same time, each to another store. "
    "[default: one for each core, at most 4, if {state} is used; else 1]",
)
@options.deadline
@options.quiet
@click.option("-v", "--verbose", is_flag=True, help="Print each scenario as it begins.")
def importer(**params: Any) -> None:
    """Judge a program that plays ShipStation.

    Starts mock stores, runs your program against each, checks the requests it makes, and compares the orders it
    imported with those in the store.
    """
    given = ImporterOptions.of(params)
    if given.deadline:
        set_deadline(given.deadline)
    settings = given.settings()
    if given.dry_run:
        from conformance.cli.importer_dry_run import dry_run

        sys.exit(dry_run(settings))
    folder = Path(given.report_dir)
    check_writable(folder)
    known = baseline_from(given.baseline, "importer")
    if given.attach:
        url = f"http://127.0.0.1:{settings.port}/?dispatch=shipstation"
        click.echo(f"Waiting for an importer at {url}, user name {settings.username} …", err=True)
    with ignored():  # judging can be stopped, but its report is written
        with commands_off(), Progress(quiet=given.quiet, verbose=given.verbose) as watch:
            from conformance.runner.importer_run import run

            report = run(settings, watch, baseline=known, allow_stale=given.allow_stale)
        sys.exit(finish(report, folder, level=settings.level, quiet=given.quiet))
