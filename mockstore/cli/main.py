"""The command ``mockstore``: options and errors. What a command does lies in :mod:`mockstore.cli`,
which is imported when it is asked for, so that ``--help`` loads nothing heavy.
"""

from __future__ import annotations

from datetime import datetime

import click

from mockstore.cli import options
from mockstore.cli.errors import UsageError
from mockstore.shop.shop import Status
from mockstore.shop.versions import LATEST

UNITS = ("lbs", "kg", "g", "oz")


@click.group(
    context_settings={"auto_envvar_prefix": "MOCKSTORE", "help_option_names": ["-h", "--help"]},
    epilog="Every option can be set in the environment too: --port of serve is MOCKSTORE_SERVE_PORT.",
)
@click.version_option(package_name="shipstation-cscart-conformance", message="%(version)s")
def main() -> None:
    """A mock CS-Cart store with the ShipStation add-on, in any of 26 versions."""


@main.command(short_help="Run a store.")
@click.option("--version", "version_", default=LATEST, show_default=True, help="CS-Cart version.")
@click.option("--orders", default=500, show_default=True, help="Orders that it has from the start.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same orders.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--allow-remote", is_flag=True, help="Allow a --host that other machines can reach.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--public-url", help="What image URLs begin with, where it isn't http://HOST:PORT.")
@click.option("--username", default="ship-user", show_default=True, help="The add-on's user name.")
@click.option("--password-env", metavar="NAME", help="Environment variable that holds its password.")
@click.option("--password-file", metavar="FILE", help="File that holds its password.")
@click.option("--timezone", default="America/New_York", show_default=True, help="The shop's zone.")
@click.option("--weight-unit", default="lbs", show_default=True, type=click.Choice(UNITS))
@click.option("--currency", default="USD", show_default=True, help="Three letters.")
@click.option(
    "--orders-per-page",
    default=100,
    show_default=True,
    type=click.IntRange(1, 100_000),
    help="Orders on a page.",
)
@click.option(
    "--status",
    "statuses",
    multiple=True,
    callback=options.statuses,
    metavar="NAME=MEANING",
    help="An order status: unpaid, paid, shipped, cancelled, on_hold or none. Repeat it for each; "
    "without any, CS-Cart's own. The first that means shipped is what shipped orders get.",
)
@click.option("--profile", default="reference", show_default=True, help="Whose ways: see 'mockstore profiles'.")
@click.option("--defect", "defects", multiple=True, metavar="NAME", help="See 'mockstore defects'.")
@click.option("--variant", "variants", multiple=True, metavar="NAME", help="See 'mockstore variants'.")
@click.option("--state", metavar="FILE|URL", help="Keep what is done: SQLite file, or PostgreSQL URL.")
@click.option("--control/--no-control", default=False, help="Answer the control protocol, on loopback.")
@click.option("--control-token-env", metavar="NAME", help="Environment variable that holds its token.")
@click.option("--control-token-file", metavar="FILE", help="File that holds its token.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 256),
    help="Processes that answer, as one store; not with --control, --fault or --watch.",
)
@click.option("--specimens/--no-specimens", default=True, show_default=True, help="An order for each hard case.")
@click.option("--clock", callback=options.moment, metavar="TIME", help="The store's time, like 2026-03-29T00:59:00Z.")
@click.option("--clock-runs/--clock-stands", default=None, help="Whether that time passes. [default: it stands]")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    callback=options.faults,
    metavar="KIND[,NAME=VALUE]…",
    help="What the next replies do instead of arriving whole, like status,times=2,status=503.",
)
@click.option("--watch", is_flag=True, help="Tell of each request, and of the IMP requirements that it breaks.")
@click.option("--rest-user", metavar="EMAIL", help="Answer CS-Cart's REST API, to this administrator.")
@click.option("--rest-key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--rest-key-file", metavar="FILE", help="File that holds the API key.")
def serve(
    version_: str,
    orders: int,
    seed: int,
    host: str,
    allow_remote: bool,
    port: int,
    public_url: str | None,
    username: str,
    password_env: str | None,
    password_file: str | None,
    timezone: str,
    weight_unit: str,
    currency: str,
    orders_per_page: int,
    statuses: tuple[Status, ...],
    profile: str,
    defects: tuple[str, ...],
    variants: tuple[str, ...],
    state: str | None,
    control: bool,
    control_token_env: str | None,
    control_token_file: str | None,
    workers: int,
    specimens: bool,
    clock: datetime | None,
    clock_runs: bool | None,
    faults: tuple[options.FaultText, ...],
    watch: bool,
    rest_user: str | None,
    rest_key_env: str | None,
    rest_key_file: str | None,
) -> None:
    """Run a store until it is interrupted.

    It answers at /?dispatch=shipstation as the ShipStation add-on does; with --control the
    control protocol under /control/v1, and with --rest-user CS-Cart's REST API under /api.
    """
    from mockstore.cli.plan import ServeOptions, made_secret, secret

    if not control and (control_token_env or control_token_file):
        option = "--control-token-env" if control_token_env else "--control-token-file"
        raise UsageError(f"{option} needs --control: without it there is no control protocol.")
    if not rest_user and (rest_key_env or rest_key_file):
        option = "--rest-key-env" if rest_key_env else "--rest-key-file"
        raise UsageError(f"{option} needs --rest-user: without it there is no REST API.")
    if clock is None and clock_runs is not None:
        raise UsageError(f"--clock-{'runs' if clock_runs else 'stands'} needs --clock with a time.")
    plan = ServeOptions(
        version=version_,
        orders=orders,
        seed=seed,
        host=host,
        allow_remote=allow_remote,
        port=port,
        public_url=public_url,
        username=username,
        password=secret("password", password_env, password_file),
        timezone=timezone,
        weight_unit=weight_unit,
        currency=currency,
        orders_per_page=orders_per_page,
        statuses=statuses,
        profile=profile,
        defects=defects,
        variants=variants,
        state=state,
        control_token=(secret("control-token", control_token_env, control_token_file) or made_secret())
        if control
        else None,
        workers=workers,
        specimens=specimens,
        clock=clock,
        clock_runs=bool(clock_runs),
        faults=faults,
        watch=watch,
        rest_user=rest_user,
        rest_key=(secret("rest-key", rest_key_env, rest_key_file) or made_secret()) if rest_user else None,
    )
    plan.check()
    from mockstore.cli.serve import run

    run(plan)


@main.command(short_help="List the versions, or what differs between two.")
@click.argument("first", required=False)
@click.argument("second", required=False)
def versions(first: str | None, second: str | None) -> None:
    """List the 26 CS-Cart versions.

    With one of them, list what is known of it, with sources; with two, what differs between them.
    """
    from mockstore.cli import tables

    click.echo(tables.versions(first, second))


@main.command(short_help="Print orders, for who only wants data.")
@click.option("--count", default=10, show_default=True, type=click.IntRange(0, 1_000_000), help="How many.")
@click.option("--format", "form", default="table", show_default=True, type=click.Choice(("table", "json", "xml")))
@click.option("--version", "version_", default=LATEST, show_default=True, help="CS-Cart version.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same orders.")
@click.option("--timezone", default="America/New_York", show_default=True, help="The shop's zone.")
@click.option("--weight-unit", default="lbs", show_default=True, type=click.Choice(UNITS))
@click.option("--currency", default="USD", show_default=True, help="Three letters.")
@click.option("--profile", default="reference", show_default=True, help="Whose XML: see 'mockstore profiles'.")
@click.option("--clock", callback=options.moment, metavar="TIME", help="The store's time: orders end shortly before.")
@click.option("--specimens", is_flag=True, help="The hard cases too.")
def orders(
    count: int,
    form: str,
    version_: str,
    seed: int,
    timezone: str,
    weight_unit: str,
    currency: str,
    profile: str,
    clock: datetime | None,
    specimens: bool,
) -> None:
    """Print the orders of a store that has so many."""
    from mockstore.cli.plan import ServeOptions

    plan = ServeOptions(
        version=version_,
        orders=count,
        seed=seed,
        timezone=timezone,
        weight_unit=weight_unit,
        currency=currency,
        profile=profile,
        clock=clock,
        specimens=specimens,
    )
    plan.check()
    from mockstore.cli.orders import printed

    for piece in printed(plan, form):
        click.echo(piece, nl=False)


@main.command(short_help="List the ways to be wrong.")
def defects() -> None:
    """List the defects that 'serve --defect NAME' takes, and the requirements that catch them."""
    from mockstore.cli import tables

    click.echo(tables.defects())


@main.command(short_help="List the other ways to be right.")
def variants() -> None:
    """List the variants that 'serve --variant NAME' takes."""
    from mockstore.cli import tables

    click.echo(tables.variants())


@main.command(short_help="List the add-ons that can be played.")
def profiles() -> None:
    """List the profiles that 'serve --profile NAME' takes."""
    from mockstore.cli import tables

    click.echo(tables.profiles())


if __name__ == "__main__":
    main()
