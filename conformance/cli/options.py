"""The options that commands share, in groups by what they are about."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

DEFAULT_DIR = "conformance-report"
MAX_DEFAULT_JOBS = 4

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]


class FiniteRange(click.FloatRange):
    """A number in a range; nan and inf, which Python reads as numbers, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        number = super().convert(value, param, ctx)
        return number if math.isfinite(number) else self.fail(f"{value!r} is not a number.", param, ctx)


def default_jobs() -> int:
    """Return how many jobs run at the same time by default: one per processor core, at most four."""
    return min(MAX_DEFAULT_JOBS, os.cpu_count() or 1)


def group(*options: Decorator) -> Callable[[Command], Command]:
    """Return several options as one decorator; ``--help`` shows them in this order."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def file_option(name: str, help_text: str, metavar: str = "FILE") -> Decorator:
    """Return an option that names a file."""
    return click.option(name, metavar=metavar, type=click.Path(dir_okay=False), help=help_text)


def jobs_option(help_text: str) -> Decorator:
    """Return the option ``--jobs`` with its usual default."""
    return click.option(
        "--jobs",
        type=click.IntRange(1, 64),
        default=default_jobs,
        help=f"{help_text} [default: one per core, at most {MAX_DEFAULT_JOBS}]",
    )


ca_file = file_option("--ca-file", "File with further trusted certificates (PEM).")
"""Certificates for HTTPS."""

timeout = click.option(
    "--timeout",
    metavar="SECONDS",
    type=FiniteRange(0.1, 600),
    default=30.0,
    show_default=True,
    help="Time limit for each request.",
)
"""How long a request may take."""

endpoint = group(
    file_option("--targets", "TOML file with several endpoints, each a table [[target]] with name, url, username …"),
    click.option("--username", help="User name of the add-on."),
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
        help="CS-Cart version. With URL: the shop's own, any text; it only labels the report (a notice names one that "
        "the suite doesn't know). Without URL: one to judge, repeatable. [default: all 26]",
    ),
    ca_file,
)
"""The endpoint to judge, and the credentials for it."""

control_token = group(
    click.option(
        "--control-token-env",
        metavar="NAME",
        help="Environment variable with the token of the control protocol (default: CONFORMANCE_CONTROL_TOKEN).",
    ),
    file_option("--control-token-file", "File with the token of the control protocol in its first line."),
)
"""The token of the control protocol."""

writable_truth = group(
    click.option("--control", metavar="URL", help="Learn what the store holds from its control protocol."),
    control_token,
    click.option("--cscart-api", metavar="URL", help="Learn what the store holds from CS-Cart's REST API."),
    click.option("--cscart-user", metavar="EMAIL", help="Administrator of the shop to whom the API key belongs."),
    click.option(
        "--cscart-key-env",
        metavar="NAME",
        help="Environment variable with the API key (default: CONFORMANCE_CSCART_KEY).",
    ),
    file_option("--cscart-key-file", "File with the API key in its first line."),
)
"""The sources of truth through which orders can be deleted."""

truth = group(
    writable_truth,
    file_option("--worksheet", "Learn what the store holds from a form (see 'conformance worksheet')."),
    click.option(
        "--shipped-status",
        multiple=True,
        metavar="NAME",
        help="Status that shipped orders get (repeatable). CS-Cart's REST API does not state it.",
    ),
)
"""The source of truth: where the suite learns what the store holds. At most one."""

permission = group(
    click.option(
        "--allow-writes", is_flag=True, help="Allow the suite to create orders, change them and delete them again."
    ),
    click.option("--allow-hostile", is_flag=True, help="Allow hostile input in requests, also without --allow-writes."),
)
"""The changes that the suite may make in a store."""

deadline = click.option(
    "--deadline",
    metavar="SECONDS",
    type=FiniteRange(1, 604_800),
    help="Time limit for the whole run. What was judged by then is reported, with exit status 3. [default: none]",
)
"""The time limit of a run."""

bounds = group(
    timeout,
    deadline,
    click.option(
        "--window",
        metavar="FROM..TO",
        help="Judge orders modified in this time window (RFC 3339, UTC). [default: recent orders]",
    ),
    click.option(
        "--max-orders",
        type=click.IntRange(1, 10_000),
        default=40,
        show_default=True,
        help="Largest number of the store's own orders to judge.",
    ),
    click.option(
        "--max-requests",
        type=click.IntRange(1),
        default=5000,
        show_default=True,
        help="Largest number of requests.",
    ),
    click.option(
        "--rate",
        metavar="N",
        type=FiniteRange(0),
        default=0.0,
        help="Largest number of requests per second. [default: no limit]",
    ),
)
"""The limits of requests to a store."""

watching = group(
    click.option("--watch", is_flag=True, help="Judge again when files change, until Ctrl-C."),
    click.option(
        "--watch-dir",
        metavar="DIR",
        multiple=True,
        type=click.Path(file_okay=False),
        help="Folder to watch (repeatable). [default: the current folder]",
    ),
    click.option(
        "--watch-delay",
        metavar="SECONDS",
        type=FiniteRange(0, 600),
        default=1.0,
        show_default=True,
        help="Time that the shop needs to take up a change.",
    ),
)
"""Repeated runs, while people work on the shop."""

scope = click.option(
    "--scope",
    type=click.Choice(["observation", "truth", "full"]),
    default="full",
    show_default=True,
    help="What must be judged for the run to be complete.",
)
"""The extent to which a store is judged."""

judging = group(
    click.option(
        "--only",
        multiple=True,
        metavar="ID|FEATURE",
        help="Judge only these requirements or features (repeatable).",
    ),
    click.option(
        "--scenario",
        multiple=True,
        metavar="TEXT",
        help="Judge only scenarios whose name contains TEXT, as reports and 'conformance explain ID' show it "
        "(repeatable). Their requirements are judged in part.",
    ),
    click.option(
        "--failed",
        is_flag=True,
        help="Judge only what failed the last run whose report is in --report-dir; everything if nothing did.",
    ),
    click.option(
        "--level",
        type=click.Choice(["must", "should"]),
        default="must",
        show_default=True,
        help="Lowest level whose deviations fail the run.",
    ),
    file_option(
        "--baseline",
        "File with what is accepted, each with a reason: known deviations, and requirements that can't be exercised.",
    ),
    click.option(
        "--allow-stale",
        is_flag=True,
        help="Don't report stale entries of the baseline, and don't fail because of them.",
    ),
)
"""The requirements that are judged, and the deviations that fail a run, for a store or an importer."""

embedded = group(
    click.option("--seed", type=int, default=1, show_default=True, help="Seed of the orders in embedded stores."),
    jobs_option("Processes for embedded stores, or targets judged at the same time."),
    click.option(
        "--defect",
        multiple=True,
        metavar="NAME",
        help="Judge embedded stores that have this defect (repeatable).",
    ),
    click.option(
        "--variant", multiple=True, metavar="NAME", help="Judge embedded stores of this variant (repeatable)."
    ),
    click.option(
        "--profile",
        default="reference",
        show_default=True,
        help="Judge embedded stores that imitate this version of the add-on.",
    ),
)
"""The mock stores that a run without URL starts."""

report_dir = click.option(
    "--report-dir",
    metavar="DIR",
    default=DEFAULT_DIR,
    show_default=True,
    type=click.Path(file_okay=False),
    help="Folder for the report.",
)
"""The folder of a report."""

quiet = click.option("-q", "--quiet", is_flag=True, help="Print only the verdict, in one line.")
"""Print less."""

report = group(
    report_dir,
    click.option(
        "--record/--no-record",
        default=True,
        show_default=True,
        help="Record every exchange in the report folder, for 'conformance recheck'.",
    ),
    file_option("--har", "Write every exchange to this HAR file, without credentials."),
    click.option(
        "--redact",
        is_flag=True,
        help="Replace names, streets, phones and e-mails by pseudonyms in reports and recordings.",
    ),
    click.option("--durations", is_flag=True, help="Print how long each part took, and the slowest requirements."),
    quiet,
    click.option("-v", "--verbose", is_flag=True, help="Print each scenario and each exchange."),
)
"""The output of a run."""
