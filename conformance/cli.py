"""The command line of the suite. Parses words, and hands over; imports what is heavy only where it is used."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from conformance import __version__

if TYPE_CHECKING:
    from conformance.report.model import Report
    from conformance.settings import RunSettings, Secret, Target

WRONG_USE = 2
DEFAULT_DIR = "conformance-report"
EXIT_STATUSES = """
\b
Exit status:
  0  every MUST requirement in scope was judged and conforms
  1  a MUST requirement deviates (beyond the baseline)
  2  wrong use, or a fault of the suite itself
  3  incomplete: the target couldn't be reached, or something in scope couldn't be judged
"""


class Stop(click.ClickException):
    """Wrong use: one sentence, status 2."""

    exit_code = WRONG_USE

    def show(self, file: Any = None) -> None:
        """Print the sentence."""
        click.echo(f"conformance: {self.format_message()}", err=True)


def configured() -> dict[str, Any]:
    """Options from ``conformance.toml``, or the table ``[tool.conformance]`` of ``pyproject.toml``.

    Raises:
        Stop: where the file can't be read.
    """
    for name, path in (("conformance.toml", ()), ("pyproject.toml", ("tool", "conformance"))):
        file = Path(name)
        if not file.is_file():
            continue
        try:
            table: Any = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            if path:
                continue
            raise Stop(f"{name} can't be read: {error}") from None
        for key in path:
            table = table.get(key, {})
        if table:
            return {key.replace("-", "_"): value for key, value in table.items()}
    return {}


class Configured(click.Command):
    """A command whose options may also stand in the configuration file."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the file first; an option that doesn't exist is wrong use."""
        if "--help" not in args:
            found = configured()
            names = {parameter.name for parameter in self.params}
            if unknown := sorted(found.keys() - names):
                raise Stop(f"the configuration file has an option that doesn't exist: {', '.join(unknown)}")
            extra["default_map"] = found
        return super().make_context(info_name, args, parent, **extra)


@click.group(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "auto_envvar_prefix": "CONFORMANCE",
        "max_content_width": 100,
    }
)
@click.version_option(__version__, prog_name="conformance")
def main() -> None:
    """Judge a ShipStation-CS-Cart integration against its contract, and against what the store holds."""


@main.command(cls=Configured, epilog=EXIT_STATUSES)
@click.argument("url", required=False)
@click.option("--username", help="The add-on's user name.")
@click.option(
    "--password-env",
    metavar="NAME",
    help="Environment variable with the password (default: CONFORMANCE_PASSWORD).",
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="File with the password in its first line.",
)
@click.option(
    "--store-version",
    "store_version",
    multiple=True,
    metavar="V",
    help="CS-Cart version; without URL, repeatable. [default: all 26]",
)
@click.option("--control", metavar="URL", help="The store's control protocol: what the store holds.")
@click.option(
    "--control-token-env",
    metavar="NAME",
    help="Environment variable with its token (default: CONFORMANCE_CONTROL_TOKEN).",
)
@click.option(
    "--control-token-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="File with its token in the first line.",
)
@click.option("--cscart-api", metavar="URL", help="CS-Cart's REST API, in place of --control: what the store holds.")
@click.option("--cscart-user", metavar="EMAIL", help="An administrator of the shop, whose API key it is.")
@click.option(
    "--cscart-key-env",
    metavar="NAME",
    help="Environment variable with the API key (default: CONFORMANCE_CSCART_KEY).",
)
@click.option(
    "--cscart-key-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="File with the API key in its first line.",
)
@click.option(
    "--shipped-status",
    "shipped_status",
    multiple=True,
    metavar="NAME",
    help="The status of shipped orders, which --cscart-api doesn't tell (repeatable).",
)
@click.option(
    "--scope",
    type=click.Choice(["observation", "truth", "full"]),
    default="full",
    show_default=True,
    help="What has to be judged for a run to be complete.",
)
@click.option(
    "--allow-writes",
    is_flag=True,
    help="Let the suite make and change orders of its own, and take them back.",
)
@click.option(
    "--allow-hostile",
    is_flag=True,
    help="Let the suite send hostile parameters to a store that it may not change.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="ID|FEATURE",
    help="Judge only these requirements or features (repeatable).",
)
@click.option(
    "--level",
    type=click.Choice(["must", "should"]),
    default="must",
    show_default=True,
    help="Which deviations make the run fail.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Known deviations, each with a reason.",
)
@click.option("--allow-stale", is_flag=True, help="Don't fail for known deviations that are gone.")
@click.option(
    "--report-dir",
    metavar="DIR",
    default=DEFAULT_DIR,
    show_default=True,
    type=click.Path(file_okay=False),
    help="Where the report goes.",
)
@click.option(
    "--timeout",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 600),
    default=30.0,
    show_default=True,
    help="For each request.",
)
@click.option(
    "--ca-file",
    metavar="FILE",
    type=click.Path(dir_okay=False),
    help="Certificates to trust beside the system's.",
)
@click.option(
    "--window",
    metavar="FROM..TO",
    help="Judge what was modified in this time (RFC 3339, UTC) in place of what is recent.",
)
@click.option(
    "--max-orders",
    type=click.IntRange(1, 10_000),
    default=40,
    show_default=True,
    help="How many orders of the store's own are looked at.",
)
@click.option(
    "--max-requests",
    type=click.IntRange(1),
    default=5000,
    show_default=True,
    help="How many requests a run may make.",
)
@click.option("--rate", metavar="N", type=click.FloatRange(0), default=0.0, help="At most so many requests a second.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the embedded stores' orders.")
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    help="Processes for embedded stores. [default: one a core, four at most]",
)
@click.option(
    "--defect",
    multiple=True,
    metavar="NAME",
    help="Embedded stores with this defect (repeatable): see what the suite says of it.",
)
@click.option("--variant", multiple=True, metavar="NAME", help="Embedded stores of this variant (repeatable).")
@click.option(
    "--profile",
    default="reference",
    show_default=True,
    help="Embedded stores that answer like this version of the add-on.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict's first line only.")
@click.option("-v", "--verbose", is_flag=True, help="Name each scenario as it begins.")
def run(**options: Any) -> None:
    """Judge the endpoint at URL; without URL, the embedded mock store in every supported version."""
    from conformance.report import views

    settings = settings_of(options)
    folder = Path(options["report_dir"])
    check_writable(folder)
    known = baseline_of(options["baseline"])
    with progress(settings, quiet=options["quiet"], verbose=options["verbose"]) as watch:
        from conformance.run import run as run_it
        from conformance.shards import WorkerFault

        try:
            report = run_it(settings, baseline=known, allow_stale=options["allow_stale"], watch=watch)
        except WorkerFault as fault:
            raise Stop(f"a worker process failed (a fault of the suite):\n{fault}") from None
    try:
        views.write(report, folder, settings.level)
    except views.UnwritableReport as error:
        raise Stop(str(error)) from None
    show(report, folder, quiet=options["quiet"])
    sys.exit(report.summary.exit_status)


def settings_of(options: dict[str, Any]) -> RunSettings:
    """The run that the options ask for.

    Raises:
        Stop: where they don't fit together, or name what isn't there.
    """
    from conformance.settings import RunSettings, Selection

    targets = (url_target(options),) if options["url"] else embedded_targets(options)
    start, end = window_of(options["window"])
    return RunSettings(
        targets=targets,
        scope=options["scope"],
        level=options["level"],
        selection=Selection(selected(options["only"])),
        seed=options["seed"],
        timeout_s=options["timeout"],
        max_requests=options["max_requests"],
        max_orders=options["max_orders"],
        rate=options["rate"],
        window_start=start,
        window_end=end,
        jobs=options["jobs"] or min(4, os.cpu_count() or 1),
    )


def url_target(options: dict[str, Any]) -> Target:
    """The endpoint at a URL."""
    from conformance.settings import Secret, UrlTarget

    url = checked_url(options["url"], "the endpoint's URL")
    if len(options["store_version"]) > 1:
        raise Stop("one URL is one version: give --store-version once")
    if any(options[name] for name in ("defect", "variant")) or options["profile"] != "reference":
        raise Stop("--defect, --variant and --profile are for the embedded store: leave the URL out")
    if not options["username"]:
        raise Stop("which user name? Give --username (and the password in CONFORMANCE_PASSWORD)")
    password = secret(
        options["password_env"],
        options["password_file"],
        "CONFORMANCE_PASSWORD",
        "password",
        url,
        options["username"],
    )
    control, token = options["control"] or "", Secret()
    if control:
        checked_url(control, "the control protocol's URL")
        token = secret(
            options["control_token_env"],
            options["control_token_file"],
            "CONFORMANCE_CONTROL_TOKEN",
            "control token",
        )
    api, key = options["cscart_api"] or "", Secret()
    if api:
        if control:
            raise Stop("--control and --cscart-api are two sources of one truth: give one of them")
        checked_url(api, "the REST API's URL")
        if not options["cscart_user"]:
            raise Stop("whose API key is it? Give --cscart-user (and the key in CONFORMANCE_CSCART_KEY)")
        key = secret(options["cscart_key_env"], options["cscart_key_file"], "CONFORMANCE_CSCART_KEY", "API key")
    elif wrong := [name for name in ("cscart_user", "shipped_status") if options[name]]:
        raise Stop(f"--{wrong[0].replace('_', '-')} belongs to --cscart-api: which URL?")
    if options["allow_writes"] and not (control or api):
        raise Stop(
            "--allow-writes needs --control or --cscart-api: orders can only be made where they can be taken back"
        )
    if options["ca_file"] and not Path(options["ca_file"]).is_file():
        raise Stop(f"there is no file {options['ca_file']} (--ca-file)")
    return UrlTarget(
        url=url,
        username=options["username"],
        password=password,
        version=(options["store_version"] or ("unknown",))[0],
        control=control,
        control_token=token,
        cscart_api=api,
        cscart_user=options["cscart_user"] or "",
        cscart_key=key,
        shipped_statuses=options["shipped_status"],
        allow_writes=options["allow_writes"],
        allow_hostile=options["allow_hostile"],
        ca_file=options["ca_file"] or "",
    )


def checked_url(url: str, what: str) -> str:
    """A URL that can be asked.

    Raises:
        Stop: where it is none, or has credentials in it.
    """
    parts = urlsplit(url)
    try:
        _ = parts.port
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise Stop(f"{what} is no http or https URL: {re.sub('//[^/@]*@', '//…@', url)}")
    if parts.username is not None or parts.password is not None:
        raise Stop(f"{what} has credentials in it: give --username, and the password in an environment variable")
    return url


def secret(
    variable: str | None, file: str | None, default: str, what: str, url: str = "", username: str = ""
) -> Secret:
    """A password or token: from a file, the environment, netrc, or asked for.

    Raises:
        Stop: where there is none.
    """
    from conformance.settings import Secret

    if variable and file:
        raise Stop(f"the {what} can't come from a variable and from a file at once")
    if file:
        try:
            return Secret(Path(file).read_text(encoding="utf-8").split("\n")[0].rstrip("\r"))
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"the file {file} with the {what} can't be read: {error}") from None
    if (value := os.environ.get(variable or default)) is not None:
        return Secret(value)
    if variable:
        raise Stop(f"the environment has no variable {variable} with the {what}")
    if url and (found := from_netrc(urlsplit(url).hostname or "", username)) is not None:
        return Secret(found)
    if sys.stdin.isatty():
        return Secret(click.prompt(f"The {what}", hide_input=True, default="", show_default=False, err=True))
    raise Stop(f"no {what}: put it into the environment variable {default}, or name another or a file")


def from_netrc(host: str, username: str) -> str | None:
    """The password that the user's netrc has for a host and user name."""
    import netrc

    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return None
    return found[2] if found and found[0] == username else None


def embedded_targets(options: dict[str, Any]) -> tuple[Target, ...]:
    """The embedded store, in each version asked for."""
    from conformance.settings import EmbeddedTarget
    from mockstore.behaviours import UnknownBehaviour, behaviour
    from mockstore.versions import VERSIONS, UnknownVersion, version

    for name in (
        "username",
        "password_env",
        "password_file",
        "control",
        "cscart_api",
        "cscart_user",
        "shipped_status",
        "allow_writes",
        "allow_hostile",
        "ca_file",
    ):
        if options[name]:
            raise Stop(f"--{name.replace('_', '-')} is for an endpoint of yours: which URL?")
    try:
        versions = [version(name).name for name in dict.fromkeys(options["store_version"])] or list(VERSIONS)
        behaviour(options["profile"], options["defect"], options["variant"])
    except (UnknownVersion, UnknownBehaviour) as error:
        raise Stop(str(error)) from None
    return tuple(
        EmbeddedTarget(name, tuple(options["defect"]), tuple(options["variant"]), options["profile"])
        for name in versions
    )


def selected(only: tuple[str, ...]) -> tuple[str, ...]:
    """What ``--only`` names.

    Raises:
        Stop: where nothing is called so: a selection that matches nothing is wrong use.
    """
    if not only:
        return ()
    from conformance.catalogue import requirements

    known = {name for each in requirements() for name in (each.id, each.id.partition("-")[0], each.feature)}
    folded = {name.casefold() for name in known}
    for word in only:
        if word.casefold() not in folded:
            from difflib import get_close_matches

            near = get_close_matches(word.upper(), known, 3, 0.5)
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            raise Stop(f"no requirement or feature is called {word!r}.{hint} 'conformance list' has all.")
    return only


def window_of(text: str | None) -> tuple[datetime | None, datetime | None]:
    """The bounds of ``--window``.

    Raises:
        Stop: where it isn't two times, one after the other.
    """
    if not text:
        return None, None
    try:
        start, end = (datetime.fromisoformat(part.strip()) for part in text.split(".."))
    except ValueError:
        raise Stop(f"--window is FROM..TO, like 2026-11-01T00:00Z..2026-11-02T00:00Z, not {text!r}") from None
    start, end = (
        moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC) for moment in (start, end)
    )
    if start >= end:
        raise Stop("--window ends before it begins")
    return start, end


def check_writable(folder: Path) -> None:
    """Find out before the run that the report can be written.

    Raises:
        Stop: where it can't.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Stop(
            f"the report folder {folder} can't be written: {error.strerror}; choose another with --report-dir"
        ) from None


def baseline_of(path: str | None) -> Any:
    """The baseline in a file, None without one.

    Raises:
        Stop: where it can't be taken.
    """
    if path is None:
        return None
    from conformance.catalogue import requirements
    from conformance.report.baseline import BaselineError, read_baseline

    try:
        return read_baseline(Path(path), {requirement.id for requirement in requirements()})
    except BaselineError as error:
        raise Stop(str(error)) from None


class progress:  # noqa: N801 -- used like a function
    """Says what is under way: on a terminal as a line that changes, in CI not at all."""

    def __init__(self, settings: RunSettings, *, quiet: bool, verbose: bool) -> None:
        self._verbose = verbose and not quiet
        self._live = sys.stderr.isatty() and not quiet and not verbose
        self._status: Any = None
        self._targets = len(settings.targets)

    def __enter__(self) -> Any:
        if self._live:
            from rich.console import Console

            self._status = Console(stderr=True).status("starting")
            self._status.start()
        return self._watch

    def _watch(self, requirement: str, scenario: str) -> None:
        if self._status is not None:
            self._status.update(f"{requirement}  {scenario.partition(', ')[2]}")
        elif self._verbose:
            click.echo(scenario, err=True)

    def __exit__(self, *error: object) -> None:
        if self._status is not None:
            self._status.stop()


def show(report: Report, folder: Path, *, quiet: bool = False) -> None:
    """Print the report for a person."""
    from rich.console import Console

    from conformance.report import terminal, wording

    if quiet:
        click.echo(wording.headline(report))
        return
    terminal.render(report, Console(highlight=False), folder)


@main.command("list")
@click.option("--level", type=click.Choice(["must", "should", "info"]), help="Only these.")
def list_requirements(level: str | None) -> None:
    """List every requirement: id, level, what it needs, and what it says."""
    from conformance.catalogue import requirements

    feature = ""
    for each in requirements():
        if level and each.level != level:
            continue
        if each.feature != feature:
            feature = each.feature
            click.echo(f"\n{feature}")
        click.echo(f"  {each.id:<7} {each.level:<6} {each.needs:<15} {each.title}")


@main.command()
@click.argument("id")
def explain(id: str) -> None:  # noqa: A002
    """Say what a requirement asks for, where that comes from, how it is judged, and which defects break it."""
    from conformance.explain import explanation

    selected((id,))
    click.echo(explanation(id.upper()))


@main.command("report")
@click.argument("directory", metavar="DIR", type=click.Path())
def report_again(directory: str) -> None:
    """Make the views of a report again from its report.json."""
    from conformance.report import views

    try:
        report = views.read(Path(directory))
        folder = Path(directory) if Path(directory).is_dir() else Path(directory).parent
        views.write(report, folder)
    except (views.UnreadableReport, views.UnwritableReport) as error:
        raise Stop(str(error)) from None
    show(report, folder)


@main.command()
@click.argument("before", type=click.Path())
@click.argument("after", type=click.Path())
def diff(before: str, after: str) -> None:
    """Say what got better or worse between two reports. Exit status 1 if something got worse."""
    from rich.console import Console

    from conformance.report import diff as diffs
    from conformance.report import views

    try:
        found = diffs.compare(views.read(Path(before)), views.read(Path(after)))
    except views.UnreadableReport as error:
        raise Stop(str(error)) from None
    diffs.render(found, Console(highlight=False))
    sys.exit(1 if found.worse else 0)


@main.command()
@click.argument("directory", metavar="DIR", type=click.Path())
def baseline(directory: str) -> None:
    """Write a baseline of a report's deviations to standard output; each needs a reason before it counts."""
    from conformance.report import views
    from conformance.report.baseline import from_report

    try:
        click.echo(from_report(views.read(Path(directory))), nl=False)
    except views.UnreadableReport as error:
        raise Stop(str(error)) from None


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--jobs", type=click.IntRange(1, 64), help="Processes. [default: one a core, four at most]")
@click.option("--page", metavar="FILE", type=click.Path(dir_okay=False), help="Write the matrix as a Markdown page.")
def selfcheck(names: tuple[str, ...], jobs: int | None, page: str | None) -> None:
    """Prove that the suite tells right from wrong: judge every defect and variant, or those named.

    Exit status 1 where a defect isn't caught by exactly what it declares, a variant is accused, or no
    defect breaks a requirement.
    """
    from conformance import selfcheck as proof
    from mockstore.defects import defects
    from mockstore.variants import variants

    known = {*defects(), *variants()}
    if unknown := [name for name in names if name not in known]:
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(unknown[0], known, 3, 0.4))
        raise Stop(f"no defect or variant is called {unknown[0]!r}." + (f" Did you mean {near}?" if near else ""))

    def watch(done: int, of: int) -> None:
        if sys.stderr.isatty():
            click.echo(f"\r{done} of {of} judged", err=True, nl=done == of)

    matrix = proof.selfcheck(names, jobs=jobs or min(4, os.cpu_count() or 1), watch=watch)
    for line in proof.as_text(matrix):
        click.echo(line)
    caught = sum(row.right for row in matrix.defects)
    passed = sum(row.right for row in matrix.variants)
    click.echo(
        f"{caught} of {len(matrix.defects)} defects caught exactly, "
        f"{passed} of {len(matrix.variants)} variants let pass"
    )
    if page:
        Path(page).write_text(proof.page(matrix), encoding="utf-8")
    sys.exit(0 if matrix.right else 1)
