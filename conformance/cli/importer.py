"""``conformance importer``: its options and errors. Modules that load slowly are imported when they are needed."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli import options
from conformance.cli.config_file import Configured
from conformance.cli.credentials import checked_url
from conformance.cli.errors import UsageError
from conformance.cli.output import show
from conformance.cli.progress import Progress
from conformance.cli.run import baseline_of, check_writable
from conformance.cli.selection import selected

if TYPE_CHECKING:
    from conformance.importer.command import CommandTemplate
    from conformance.runner.importer_settings import ImporterSettings

EPILOG = """
\b
Placeholders in the commands, which are not run by a shell:
  both    {url} {username} {state} {timeout}
  import  {start} {end} {result} {statuses}
  ship    {order_number} {order_id} {tracking_number} {carrier} {service}
          {cost} {notes} {ship_date} {items} {shipment}
\b
Exit status:
  0  every MUST requirement was judged and conforms
  1  a MUST requirement deviates (beyond the baseline)
  2  wrong use, or a scenario ended with an error of the importer or the suite
  3  incomplete: something could not be judged (no --ship-command, or fields
     that the importer does not report)
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
@options.report_dir
@click.option(
    "--limit",
    metavar="SECONDS",
    type=click.FloatRange(1, 86_400),
    help="Time limit of a call; a command that runs longer is killed. With --attach: how long to wait for a poll. "
    "[default: 30; with --attach 300]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Number of calls at the same time, each to another store. "
    "[default: one for each core, at most 4, if {state} is used; else 1]",
)
@options.quiet
@click.option("-v", "--verbose", is_flag=True, help="Print each scenario as it begins.")
def importer(**given: Any) -> None:
    """Judge a program that plays ShipStation.

    Starts mock stores, runs your program against each, checks the requests it makes, and compares the orders it
    imported with those in the store.
    """
    from conformance.report import views

    settings = settings_of(given)
    folder = Path(given["report_dir"])
    check_writable(folder)
    known = baseline_of(given["baseline"], "importer")
    if given["attach"]:
        url = f"http://127.0.0.1:{settings.port}/?dispatch=shipstation"
        click.echo(f"Waiting for an importer at {url}, user name {settings.username} …", err=True)
    from conformance.runner.importer_run import run

    with Progress(quiet=given["quiet"], verbose=given["verbose"]) as watch:
        report = run(settings, watch, baseline=known, allow_stale=given["allow_stale"])
    try:
        views.write(report, folder, settings.level)
    except views.UnwritableReport as error:
        raise UsageError(str(error)) from None
    show(report, folder, quiet=given["quiet"])
    sys.exit(report.summary.exit_status)


def settings_of(given: dict[str, Any]) -> ImporterSettings:
    """Return the settings that the options give.

    Raises:
        UsageError: if they contradict each other, or something is missing.
    """
    from conformance.importer.command import IMPORT_PLACEHOLDERS, SHIP_PLACEHOLDERS, WrongCommand, parse_command
    from conformance.importer.mapping import WrongMapping, read_mapping
    from conformance.runner.importer_settings import ImporterSettings
    from conformance.runner.settings import Selection
    from conformance.truth.settings import Secret
    from mockstore.shop.versions import LATEST, UnknownVersion, version

    attach = given["attach"]
    if attach and given["import_command"]:
        raise UsageError("give either --attach, to wait for an importer, or --import-command, to call one")
    if not attach and not given["import_command"]:
        raise UsageError(
            "which importer? Give --import-command 'PROGRAM … {url} … {result}', or --attach (see --help). "
            "In conformance.toml these options belong to the table [importer]"
        )
    if given["results_url"] and not attach:
        raise UsageError("--results-url needs --attach: a command writes its result to {result}, or prints it")
    if attach and not os.environ.get(given["password_env"]):
        raise UsageError(f"--attach needs the store's password in the environment variable {given['password_env']}")
    if attach:
        check_port(given["port"])
    if given["results_url"]:
        checked_url(given["results_url"], "the results' URL")
    try:
        import_command = ship_command = None
        if not attach:
            import_command = parse_command("--import-command", given["import_command"], IMPORT_PLACEHOLDERS, ("url",))
        if given["ship_command"]:
            ship_command = parse_command(
                "--ship-command",
                given["ship_command"],
                SHIP_PLACEHOLDERS,
                ("url",),
                ("order_number", "shipment"),
                ("tracking_number", "shipment"),
            )
        mapping = read_mapping(Path(given["mapping"])) if given["mapping"] else None
        versions = tuple(version(name).name for name in dict.fromkeys(given["store_version"])) or (LATEST,)
    except (WrongCommand, WrongMapping, UnknownVersion) as error:
        raise UsageError(str(error)) from None
    return ImporterSettings(
        import_command=import_command,
        shown=shlex.join(import_command.words) if import_command else "an importer that polls by itself",
        versions=versions,
        ship_command=ship_command,
        password_variable=given["password_env"],
        mapping=mapping,
        level=given["level"],
        selection=Selection(selected(given["only"], "importer")),
        limit_s=given["limit"] or (300.0 if attach else 30.0),
        jobs=1 if import_command is None else given["jobs"] or jobs_for(import_command),
        username=given["username"] if attach else "conformance-importer",
        password=Secret(os.environ[given["password_env"]]) if attach else Secret(),
        port=given["port"] if attach else 0,
        results_url=given["results_url"] or "",
    )


def check_port(port: int) -> None:
    """Return if a store can listen at this port.

    Raises:
        UsageError: if it can't.
    """
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"the store can't listen at port {port}: {error.strerror}. Choose another one with --port"
            ) from None


def jobs_for(import_command: CommandTemplate) -> int:
    """Return how many calls an importer can serve at the same time: one if it keeps its orders in its own place."""
    return min(4, os.cpu_count() or 1) if import_command.has_any("state") else 1
