"""``conformance importer``: options and errors. What is heavy is imported when it is needed."""

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
    from conformance.importer.command import Template
    from conformance.runner.importer_settings import ImporterSettings

PLACES = """
\b
In the commands, words in braces are filled in; no shell reads them:
  both    {url} {username} {state} {timeout}
  import  {start} {end} {result} {statuses}
  ship    {order_number} {order_id} {tracking_number} {carrier} {service}
          {cost} {notes} {ship_date} {items} {shipment}
\b
Exit status:
  0  every MUST requirement was judged and conforms
  1  a MUST requirement deviates (beyond the baseline)
  2  wrong use, or a scenario in which the importer failed or the suite did
  3  incomplete: something could not be judged (no --ship-command, or fields
     that aren't reported)
\b
Options may also stand in CONFORMANCE_IMPORTER_… variables, in the table
[importer] of conformance.toml, or in [tool.conformance.importer] of
pyproject.toml. docs/importer.md has the form of the result, and examples.
"""


@click.command(cls=Configured, epilog=PLACES, short_help="Judge a program that plays ShipStation.")
@click.option("--import-command", metavar="COMMAND", help="What imports the orders of a window.")
@click.option("--ship-command", metavar="COMMAND", help="What tells the store of a shipment.")
@click.option(
    "--password-env",
    metavar="NAME",
    default="STORE_PASSWORD",
    show_default=True,
    help="Environment variable in which the commands get the password; with --attach, in which it is.",
)
@click.option("--attach", is_flag=True, help="The importer is a service, and comes to the store by itself.")
@click.option(
    "--port", default=8090, show_default=True, type=click.IntRange(1, 65535), help="With --attach: the store's port."
)
@click.option(
    "--username", metavar="NAME", default="ship-user", show_default=True, help="With --attach: the user name."
)
@click.option("--results-url", metavar="URL", help="With --attach: where the service tells what it imported.")
@click.option(
    "--mapping", metavar="FILE", type=click.Path(dir_okay=False), help="How your program calls the fields (TOML)."
)
@click.option("--store-version", multiple=True, metavar="V", help="CS-Cart version (repeatable). [default: the newest]")
@options.judging
@options.report_dir
@click.option(
    "--limit",
    metavar="SECONDS",
    type=click.FloatRange(1, 86_400),
    help="For each call; a command that takes longer is ended. With --attach, for each poll to come. "
    "[default: 30; with --attach 300]",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Calls at the same time, to different stores. [default: one a core if {state} is used, else 1]",
)
@options.quiet
@click.option("-v", "--verbose", is_flag=True, help="Name each scenario as it begins.")
def importer(**given: Any) -> None:
    """Start mock stores of every kind, send a program that plays ShipStation to them, and judge it.

    It is judged by the requests that it makes, and by what it says it imported.
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
    """The run that the options ask for.

    Raises:
        Stop: where they can't be used.
    """
    from conformance.importer.command import IMPORT_WORDS, SHIP_WORDS, WrongCommand, template
    from conformance.importer.mapping import WrongMapping, read_mapping
    from conformance.runner.importer_settings import ImporterSettings
    from conformance.runner.settings import Selection
    from conformance.truth.settings import Secret
    from mockstore.shop.versions import LATEST, UnknownVersion, version

    attach = given["attach"]
    if attach and given["import_command"]:
        raise UsageError("--attach waits for an importer, and --import-command calls one: give one of them")
    if not attach and not given["import_command"]:
        raise UsageError(
            "which importer? Give --import-command 'PROGRAM … {url} … {result}', or --attach (see --help); "
            "in conformance.toml they stand in [importer]"
        )
    if given["results_url"] and not attach:
        raise UsageError("--results-url is for --attach: a command leaves its result in {result}, or prints it")
    if attach and not os.environ.get(given["password_env"]):
        raise UsageError(f"--attach needs the store's password in the environment variable {given['password_env']}")
    if attach:
        check_port(given["port"])
    if given["results_url"]:
        checked_url(given["results_url"], "the results' URL")
    try:
        importing = shipping = None
        if not attach:
            importing = template("--import-command", given["import_command"], IMPORT_WORDS, ("url",))
        if given["ship_command"]:
            shipping = template(
                "--ship-command",
                given["ship_command"],
                SHIP_WORDS,
                ("url",),
                ("order_number", "shipment"),
                ("tracking_number", "shipment"),
            )
        mapping = read_mapping(Path(given["mapping"])) if given["mapping"] else None
        versions = tuple(version(name).name for name in dict.fromkeys(given["store_version"])) or (LATEST,)
    except (WrongCommand, WrongMapping, UnknownVersion) as error:
        raise UsageError(str(error)) from None
    return ImporterSettings(
        importing=importing,
        shown=shlex.join(importing.words) if importing else "an importer that attached",
        versions=versions,
        shipping=shipping,
        password_variable=given["password_env"],
        mapping=mapping,
        level=given["level"],
        selection=Selection(selected(given["only"], "importer")),
        limit_s=given["limit"] or (300.0 if attach else 30.0),
        at_once=1 if importing is None else given["jobs"] or jobs_for(importing),
        username=given["username"] if attach else "conformance-importer",
        password=Secret(os.environ[given["password_env"]]) if attach else Secret(),
        port=given["port"] if attach else 0,
        results=given["results_url"] or "",
    )


def check_port(port: int) -> None:
    """Find out before the run that a store can listen there.

    Raises:
        Stop: where it can't.
    """
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise UsageError(
                f"the store can't listen at port {port}: {error.strerror}; choose another with --port"
            ) from None


def jobs_for(importing: Template) -> int:
    """How many calls at the same time an importer bears: with a memory of its own, one."""
    return min(4, os.cpu_count() or 1) if importing.names("state") else 1
