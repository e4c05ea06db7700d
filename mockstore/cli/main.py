"""The command ``mockstore``: its subcommands and their options.

Each command imports the module that does the work when it is called, so that ``--help`` loads
nothing heavy.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from mockstore.cli import option_types
from mockstore.cli.settings_file import Configured, Program
from mockstore.inputs.text import is_decoded, spelled
from mockstore.shop.shop import GRAMS_PER_UNIT
from mockstore.shop.versions import LATEST

MOCKSTORE = Program("mockstore", ("serve",))
"""Where the settings of this program are."""

Command = TypeVar("Command", bound=Callable[..., Any])

EXAMPLE = """\
# Settings of the command 'mockstore serve'.
#
# Copy this file to mockstore.toml in the folder in which you call mockstore, and delete the # before what you set.
# In pyproject.toml the table is [tool.mockstore.serve]. 'mockstore serve --config FILE' reads another file.
# The command line counts more than an environment variable (MOCKSTORE_SERVE_PORT), a variable more than this file.
# 'mockstore config' prints each effective value and where it comes from. Passwords and tokens don't belong here.
"""

SHOP_OPTIONS = (
    click.option("--version", default=LATEST, show_default=True, help="CS-Cart version; see 'mockstore versions'."),
    click.option(
        "--seed", default=1, show_default=True, help="Seed of the orders: the same seed makes the same orders."
    ),
    click.option("--timezone", default="America/New_York", show_default=True, help="The shop's time zone."),
    click.option(
        "--weight-unit",
        default="lbs",
        show_default=True,
        type=click.Choice(tuple(GRAMS_PER_UNIT)),
        help="The shop's weight unit.",
    ),
    click.option("--currency", default="USD", show_default=True, help="The shop's currency, three letters."),
    click.option(
        "--locale",
        "locales",
        multiple=True,
        metavar="LOCALE",
        help="Take buyers from Faker in this language and country, like de_DE (repeatable). [default: a built-in mix]",
    ),
    click.option(
        "--profile",
        default="reference",
        show_default=True,
        help="Version of the add-on to imitate; see 'mockstore profiles'.",
    ),
)
"""Options of every command that has a store. Their names are fields of ``StoreOptions``."""


def shop_options(command: Command) -> Command:
    """Give a command the options of :data:`SHOP_OPTIONS`, in that order."""
    for option in reversed(SHOP_OPTIONS):
        command = option(command)
    return command


def _check_arguments() -> None:
    """End the command if an argument, or an option in the environment, is not UTF-8."""
    given = [*sys.argv[1:], *(value for name, value in os.environ.items() if name.startswith("MOCKSTORE_"))]
    if wrong := next((text for text in given if not is_decoded(text)), None):
        click.echo(f"Error: {spelled(wrong)} is not UTF-8.", err=True)
        sys.exit(2)


class Commands(click.Group):
    """A group that ends with one line and exit status 2 if its output can't be written, or an argument is not UTF-8."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line and exit; the parameters are click's."""
        _check_arguments()
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            with contextlib.suppress(OSError, ValueError):  # Python would fail again when it ends
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            with contextlib.suppress(OSError):
                place = error.filename or "the output"
                click.echo(f"mockstore: {place} can't be read or written: {error.strerror or error}", err=True)
            sys.exit(2)


@click.group(
    cls=Commands,
    context_settings={"auto_envvar_prefix": "MOCKSTORE", "help_option_names": ["-h", "--help"]},
    epilog="Every option can also be set in the environment: --port of serve is MOCKSTORE_SERVE_PORT.",
)
@click.version_option(package_name="shipstation-cscart-conformance", message="%(version)s")
def main() -> None:
    """A mock CS-Cart store with the ShipStation add-on, in any of 26 versions."""


class ConfiguredServe(Configured):
    """``mockstore serve``, which also takes its options from ``mockstore.toml``."""

    program = MOCKSTORE


@main.command(cls=ConfiguredServe, short_help="Run a store.")
@shop_options
@click.option(
    "--orders",
    type=int,
    default=None,
    help="How many orders the store makes at the start. [default: 500; with --orders-from none]",
)
@click.option(
    "--orders-from",
    metavar="FILE",
    help="Begin with the orders of this file: JSON, JSON Lines or CSV, as 'mockstore orders --save' writes them.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--allow-remote", is_flag=True, help="Allow a --host that other machines can reach. Not with --control.")
@click.option(
    "--allowed-host",
    "allowed_hosts",
    multiple=True,
    metavar="NAME",
    help="Another host name by which clients reach the store (repeatable); see docs/mockstore.md.",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0: any free port.",
)
@click.option("--public-url", help="Beginning of the image URLs. [default: http://HOST:PORT]")
@click.option("--username", default="ship-user", show_default=True, help="The add-on's user name.")
@click.option("--password-env", metavar="NAME", help="Environment variable that holds the add-on's password.")
@click.option("--password-file", metavar="FILE", help="File that holds the add-on's password.")
@click.option(
    "--orders-per-page",
    default=100,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Orders on a page of an export.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    callback=option_types.read_statuses,
    metavar="NAME=MEANING",
    help="An order status and its meaning: unpaid, paid, shipped, cancelled, on_hold or none. Repeat the option for "
    "each status. Shipped orders get the first status that means shipped. [default: CS-Cart's own statuses]",
)
@click.option(
    "--defect",
    "defects",
    multiple=True,
    metavar="NAME",
    help="A defect of the store (repeatable); see 'mockstore defects'.",
)
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME",
    help="A variant of the store (repeatable); see 'mockstore variants'.",
)
@click.option(
    "--state",
    metavar="FILE|URL",
    help="SQLite file or PostgreSQL URL that keeps all changes. [default: they are lost at the end]",
)
@click.option(
    "--control/--no-control", default=False, help="Answer the control protocol, on the loopback interface only."
)
@click.option(
    "--control-token-env", metavar="NAME", help="Environment variable that holds the token of the control protocol."
)
@click.option("--control-token-file", metavar="FILE", help="File that holds the token of the control protocol.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Number of processes that serve the store together. Not with --control, --fault or --watch.",
)
@click.option(
    "--specimens/--no-specimens",
    default=None,
    help="Add an order for each hard case. [default: they are added; with --orders-from they are not]",
)
@click.option(
    "--clock", callback=option_types.read_moment, metavar="TIME", help="The store's time, like 2026-03-29T00:59:00Z."
)
@click.option(
    "--clock-runs/--clock-stands",
    default=None,
    help="Let the clock of --clock run, or stand still. [default: it stands still]",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    callback=option_types.read_faults,
    metavar="KIND[,NAME=VALUE]…",
    help="A fault of the next replies, like cut or status,times=2,status=503 (repeatable); see docs/mockstore.md.",
)
@click.option(
    "--ready-file",
    metavar="FILE",
    help="Write URL and user name to this file, as JSON, when the store answers (for --port 0).",
)
@click.option("--json", "as_json", is_flag=True, help="Print where the store is as one line of JSON, and nothing else.")
@click.option("--watch", is_flag=True, help="Print each request, and the requirements for importers that it breaks.")
@click.option(
    "--console/--no-console",
    default=True,
    show_default=True,
    help="Show the web console to browsers at /, on the loopback interface only. Not with --workers.",
)
@click.option("--tls", is_flag=True, help="Answer over TLS, with a certificate that is made for this run.")
@click.option(
    "--tls-ca", metavar="FILE", help="Write the certificate authority to this file. [default: a temporary file]"
)
@click.option(
    "--redirect-port",
    default=0,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="With --tls, the port that redirects http to https; 0: any free port.",
)
@click.option("--rest-user", metavar="EMAIL", help="Answer CS-Cart's REST API to this administrator.")
@click.option("--rest-key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--rest-key-file", metavar="FILE", help="File that holds the API key.")
@click.option(
    "--config", metavar="FILE", help="Take options from this file. [default: mockstore.toml in the current folder]"
)
def serve(config: str | None, **params: Any) -> None:
    """Run a store until Ctrl-C.

    The store answers at /?dispatch=shipstation like the ShipStation add-on. With --control the store
    also answers the control protocol at /control/v1, and with --rest-user CS-Cart's REST API at /api.
    Browsers get the web console at /: the store prints a link that opens it.
    """
    from mockstore.cli.serve_options import ServeOptions

    has_own = params["orders_from"] is not None
    if params["orders"] is None:
        params["orders"] = 0 if has_own else 500
    if params["specimens"] is None:
        params["specimens"] = not has_own
    options = ServeOptions(**params)
    options.check()
    from mockstore.cli.serve import run

    run(options)


@main.command(short_help="Print the effective settings, and where each comes from.")
@click.option("--config", "file", metavar="FILE", help="The file to read. [default: mockstore.toml]")
@click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON.")
@click.option("--example", is_flag=True, help="Print a commented example of mockstore.toml.")
@click.pass_context
def config(context: click.Context, file: str | None, as_json: bool, example: bool) -> None:
    """Print each option of 'mockstore serve' with its value and where it comes from.

    An option comes from its environment variable, the file mockstore.toml (or pyproject.toml), or its default. Options
    of the command line count more than all of these.
    """
    from mockstore.cli.settings_table import example_file, show_settings

    if example:
        click.echo(example_file(context, MOCKSTORE, EXAMPLE), nl=False)
        return
    shown = show_settings(
        context, MOCKSTORE, command=None, as_json=as_json, secrets={}, mask=option_types.without_credentials, file=file
    )
    click.echo(shown)


@main.command(short_help="Describe a store that runs.")
@click.argument("url", default="http://127.0.0.1:8080")
@click.option(
    "--token-env",
    metavar="NAME",
    help="Environment variable with the token of the control protocol. [default: MOCKSTORE_CONTROL_TOKEN]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON.")
def status(url: str, token_env: str | None, as_json: bool) -> None:
    """Describe the store that runs at URL: its version, and what is switched on.

    With the token of the control protocol, also its profile, defects and faults, its clock, and how many orders,
    shipments and requests it has. The exit status is 2 if no mock store answers.
    """
    from mockstore.cli.status import as_text
    from mockstore.cli.status import status as status_of

    click.echo(as_text(status_of(url, token_env), as_json=as_json))


@main.command(short_help="Print a link that opens the web console.")
@click.argument("url", default="http://127.0.0.1:8080")
def console(url: str) -> None:
    """Print a link that opens the web console of a store that runs at URL, as the same user of this machine.

    A link works once, and for 12 hours. The default URL is that of 'mockstore serve' without --port.
    """
    from mockstore.cli.console_link import console_link

    click.echo(console_link(url))


@main.command(short_help="List the versions, or the differences of two.")
@click.argument("first", required=False)
@click.argument("second", required=False)
def versions(first: str | None, second: str | None) -> None:
    """List the 26 CS-Cart versions.

    With one version, list what is known about it. With two versions, list their differences. In the sources, CL
    is CS-Cart's changelog, DOC its developer documentation, and SRC the behaviour of CS-Cart's code.
    """
    from mockstore.cli import listings

    click.echo(listings.versions(first, second))


@main.command(short_help="Print orders.")
@shop_options
@click.option("--count", default=10, show_default=True, type=click.IntRange(0, 1_000_000), help="How many orders.")
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(("table", "json", "xml")),
    help="Form of the output. As in an export, xml leaves out orders without a shipping address.",
)
@click.option(
    "--clock",
    callback=option_types.read_moment,
    metavar="TIME",
    help="The store's time. The last order was changed shortly before it.",
)
@click.option("--specimens", is_flag=True, help="Add an order for each hard case.")
@click.option(
    "--save",
    "file",
    metavar="FILE",
    help="Write all that the store holds of the orders to this file, for 'serve --orders-from': .json, .jsonl or .csv.",
)
def orders(count: int, form: str, file: str | None, **params: Any) -> None:
    """Print the orders of a store, without running the store."""
    from mockstore.cli.serve_options import StoreOptions

    options = StoreOptions(orders=count, **params)
    options.check()
    from mockstore.cli.print_orders import printed_orders, save_orders

    if file is not None:
        click.echo(save_orders(options, file))
        return
    for piece in printed_orders(options, form):
        click.echo(piece, nl=False)


@main.command(short_help="List the defects.")
def defects() -> None:
    """List the defects that 'serve --defect NAME' takes, and the requirements that each of them breaks."""
    from mockstore.cli import listings

    click.echo(listings.defects())


@main.command(short_help="List the variants.")
def variants() -> None:
    """List the variants that 'serve --variant NAME' takes: stores that behave differently but conform."""
    from mockstore.cli import listings

    click.echo(listings.variants())


@main.command(short_help="List the profiles.")
def profiles() -> None:
    """List the profiles that 'serve --profile NAME' takes: the reference, and versions of the real add-on."""
    from mockstore.cli import listings

    click.echo(listings.profiles())


if __name__ == "__main__":
    main()
