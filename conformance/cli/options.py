"""Every option of ``conformance run``, by what it is about. Other commands take the groups that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

DEFAULT_DIR = "conformance-report"

Command = TypeVar("Command", bound=Callable[..., Any])


def group(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Several options as one decorator, shown by ``--help`` in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def file_option(name: str, help_text: str, metavar: str = "FILE") -> Callable[[Any], Any]:
    """An option that names a file."""
    return click.option(name, metavar=metavar, type=click.Path(dir_okay=False), help=help_text)


endpoint = group(
    file_option("--targets", "A list of endpoints in place of one URL: [[target]] with name, url, username …"),
    click.option("--username", help="The add-on's user name."),
    click.option(
        "--password-env",
        metavar="NAME",
        help="Environment variable with the password (default: CONFORMANCE_PASSWORD).",
    ),
    file_option("--password-file", "File with the password in its first line."),
    click.option(
        "--store-version",
        "store_version",
        multiple=True,
        metavar="V",
        help="CS-Cart version; without URL, repeatable. [default: all 26]",
    ),
    file_option("--ca-file", "Certificates to trust beside the system's."),
)
"""Which endpoint, and how to get in."""

truth = group(
    click.option("--control", metavar="URL", help="The store's control protocol: what the store holds."),
    click.option(
        "--control-token-env",
        metavar="NAME",
        help="Environment variable with its token (default: CONFORMANCE_CONTROL_TOKEN).",
    ),
    file_option("--control-token-file", "File with its token in the first line."),
    file_option("--worksheet", "What was placed by hand, written down: see 'conformance worksheet'."),
    click.option(
        "--cscart-api", metavar="URL", help="CS-Cart's REST API, in place of --control: what the store holds."
    ),
    click.option("--cscart-user", metavar="EMAIL", help="An administrator of the shop, whose API key it is."),
    click.option(
        "--cscart-key-env",
        metavar="NAME",
        help="Environment variable with the API key (default: CONFORMANCE_CSCART_KEY).",
    ),
    file_option("--cscart-key-file", "File with the API key in its first line."),
    click.option(
        "--shipped-status",
        multiple=True,
        metavar="NAME",
        help="The status of shipped orders, which --cscart-api doesn't tell (repeatable).",
    ),
)
"""Who says what the store holds: one of these, or nobody."""

permission = group(
    click.option(
        "--allow-writes", is_flag=True, help="Let the suite make and change orders of its own, and take them back."
    ),
    click.option(
        "--allow-hostile", is_flag=True, help="Let the suite send hostile parameters to a store that it may not change."
    ),
)
"""What the suite may do to a store."""

bounds = group(
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(0.1, 600),
        default=30.0,
        show_default=True,
        help="For each request.",
    ),
    click.option(
        "--window",
        metavar="FROM..TO",
        help="Judge what was modified in this time (RFC 3339, UTC) in place of what is recent.",
    ),
    click.option(
        "--max-orders",
        type=click.IntRange(1, 10_000),
        default=40,
        show_default=True,
        help="How many orders of the store's own are looked at.",
    ),
    click.option(
        "--max-requests",
        type=click.IntRange(1),
        default=5000,
        show_default=True,
        help="How many requests a run may make.",
    ),
    click.option(
        "--rate", metavar="N", type=click.FloatRange(0), default=0.0, help="At most so many requests a second."
    ),
)
"""How much a run may ask of a store."""

scope = click.option(
    "--scope",
    type=click.Choice(["observation", "truth", "full"]),
    default="full",
    show_default=True,
    help="What has to be judged for a run to be complete.",
)
"""How far a store can be judged."""

judging = group(
    click.option(
        "--only",
        multiple=True,
        metavar="ID|FEATURE",
        help="Judge only these requirements or features (repeatable).",
    ),
    click.option(
        "--level",
        type=click.Choice(["must", "should"]),
        default="must",
        show_default=True,
        help="Which deviations make the run fail.",
    ),
    file_option("--baseline", "Known deviations, each with a reason."),
    click.option("--allow-stale", is_flag=True, help="Don't fail for known deviations that are gone."),
)
"""What is judged, and what makes a run fail: of a store or of an importer."""

embedded = group(
    click.option("--seed", type=int, default=1, show_default=True, help="Of the embedded stores' orders."),
    click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        help="Processes for embedded stores. [default: one a core, four at most]",
    ),
    click.option(
        "--defect",
        multiple=True,
        metavar="NAME",
        help="Embedded stores with this defect (repeatable): see what the suite says of it.",
    ),
    click.option("--variant", multiple=True, metavar="NAME", help="Embedded stores of this variant (repeatable)."),
    click.option(
        "--profile",
        default="reference",
        show_default=True,
        help="Embedded stores that answer like this version of the add-on.",
    ),
)
"""Of the mock stores that a run without URL starts."""

report_dir = click.option(
    "--report-dir",
    metavar="DIR",
    default=DEFAULT_DIR,
    show_default=True,
    type=click.Path(file_okay=False),
    help="Where the report goes.",
)
"""The folder of a report."""

quiet = click.option("-q", "--quiet", is_flag=True, help="Print the verdict's first line only.")
"""Say no more than the verdict."""

report = group(
    report_dir,
    click.option(
        "--record/--no-record",
        default=True,
        show_default=True,
        help="Keep every exchange in the report folder, for 'conformance recheck'.",
    ),
    click.option(
        "--redact",
        is_flag=True,
        help="Names, streets, phones and e-mails as pseudonyms, in every view and recording.",
    ),
    click.option("--durations", is_flag=True, help="Say where the time went, and which requirements took most."),
    quiet,
    click.option("-v", "--verbose", is_flag=True, help="Name each scenario as it begins, and each exchange."),
)
"""What comes out, and where."""
