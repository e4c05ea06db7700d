"""``conformance importer``: options and errors. What is heavy is imported when it is needed."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from conformance.importer.settings import ImporterSettings

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
  1  a MUST requirement deviates
  2  wrong use, or a scenario in which the importer failed or the suite did
  3  incomplete: something could not be judged (no --ship-command, fields that aren't reported)
\b
docs/importer.md has the form of the result, and examples.
"""


@click.command(epilog=PLACES, short_help="Judge a program that plays ShipStation.")
@click.option("--import-command", metavar="COMMAND", help="What imports the orders of a window.")
@click.option("--ship-command", metavar="COMMAND", help="What tells the store of a shipment.")
@click.option(
    "--password-env",
    metavar="NAME",
    default="STORE_PASSWORD",
    show_default=True,
    help="Environment variable in which the commands get the password.",
)
@click.option(
    "--mapping", metavar="FILE", type=click.Path(dir_okay=False), help="How your program calls the fields (TOML)."
)
@click.option("--store-version", multiple=True, metavar="V", help="CS-Cart version (repeatable). [default: the newest]")
@click.option("--only", multiple=True, metavar="ID|FEATURE", help="Judge only these (repeatable).")
@click.option(
    "--level",
    type=click.Choice(["must", "should"]),
    default="must",
    show_default=True,
    help="Which deviations make the run fail.",
)
@click.option(
    "--report-dir",
    metavar="DIR",
    default="conformance-report",
    show_default=True,
    type=click.Path(file_okay=False),
    help="Where the report goes.",
)
@click.option(
    "--limit",
    metavar="SECONDS",
    type=click.FloatRange(1, 3600),
    default=30.0,
    show_default=True,
    help="For each call; a command that takes longer is ended.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Calls at the same time, to different stores. [default: one a core if {state} is used, else 1]",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict's first line only.")
@click.option("-v", "--verbose", is_flag=True, help="Name each scenario as it begins.")
def importer(**options: Any) -> None:
    """Start mock stores of every kind, send a program that plays ShipStation to them, and judge it.

    It is judged by the requests that it makes, and by what it says it imported.
    """
    from conformance.cli import Stop, check_writable, progress, show
    from conformance.report import views

    settings = settings_of(options)
    folder = Path(options["report_dir"])
    check_writable(folder)
    from conformance.importer.run import run

    with progress(settings, quiet=options["quiet"], verbose=options["verbose"]) as watch:
        report = run(settings, watch)
    try:
        views.write(report, folder, settings.level)
    except views.UnwritableReport as error:
        raise Stop(str(error)) from None
    show(report, folder, quiet=options["quiet"])
    sys.exit(report.summary.exit_status)


def settings_of(options: dict[str, Any]) -> ImporterSettings:
    """The run that the options ask for.

    Raises:
        Stop: where they can't be used.
    """
    from conformance.cli import Stop
    from conformance.importer.command import IMPORT_WORDS, SHIP_WORDS, WrongCommand, template
    from conformance.importer.mapping import WrongMapping, read_mapping
    from conformance.importer.settings import ImporterSettings
    from conformance.settings import Selection
    from mockstore.versions import LATEST, UnknownVersion, version

    if not options["import_command"]:
        raise Stop("which importer? Give --import-command 'PROGRAM … {url} … {result}' (see --help)")
    try:
        importing = template("--import-command", options["import_command"], IMPORT_WORDS, ("url",))
        shipping = None
        if options["ship_command"]:
            shipping = template(
                "--ship-command",
                options["ship_command"],
                SHIP_WORDS,
                ("url",),
                ("order_number", "shipment"),
                ("tracking_number", "shipment"),
            )
        mapping = read_mapping(Path(options["mapping"])) if options["mapping"] else None
        versions = tuple(version(name).name for name in dict.fromkeys(options["store_version"])) or (LATEST,)
    except (WrongCommand, WrongMapping, UnknownVersion) as error:
        raise Stop(str(error)) from None
    return ImporterSettings(
        importing=importing,
        shown=Path(importing.words[0]).name,
        versions=versions,
        shipping=shipping,
        password_variable=options["password_env"],
        mapping=mapping,
        level=options["level"],
        selection=Selection(selected(options["only"])),
        limit_s=options["limit"],
        at_once=options["jobs"] or (min(4, os.cpu_count() or 1) if importing.names("state") else 1),
    )


def selected(only: tuple[str, ...]) -> tuple[str, ...]:
    """What ``--only`` names.

    Raises:
        Stop: where nothing is called so.
    """
    from difflib import get_close_matches

    from conformance.catalogue import requirements
    from conformance.cli import Stop

    known = {name for each in requirements("importer") for name in (each.id, "IMP", each.feature)} if only else set()
    for word in only:
        if word.casefold() not in {name.casefold() for name in known}:
            near = get_close_matches(word.upper(), known, 3, 0.5)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise Stop(f"no requirement or feature of the importer's side is called {word!r}.{hint}")
    return only
