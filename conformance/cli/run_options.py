"""The options of ``conformance run`` as a typed value, and the settings of the run that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from click import UsageError

from conformance.cli.credentials import check_url, read_secret, warn_of_unhidden
from conformance.cli.selection import selection_of
from conformance.client.recording import FOLDER as RECORDING
from conformance.core.files import read_small_file
from conformance.core.model import Scope
from conformance.runner.settings import EmbeddedTarget, RunSettings, TargetSettings, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess, TruthAccess, WorksheetAccess

ONLY_WITH_URL = (
    *("username", "password_env", "password_file", "control", "worksheet", "cscart_api", "cscart_user"),
    *("shipped_status", "allow_writes", "allow_hostile", "ca_file", "watch", "watch_dir"),
)
"""Options that make no sense for embedded stores."""


class TruthOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options that name a source of truth. :mod:`conformance.cli.options` describes them."""

    control: str | None
    control_token_env: str | None
    control_token_file: str | None
    worksheet: str | None
    cscart_api: str | None
    cscart_user: str | None
    cscart_key_env: str | None
    cscart_key_file: str | None
    shipped_status: tuple[str, ...]


class RunOptions(TruthOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every option of ``conformance run``, as click parsed it. :mod:`conformance.cli.options` describes them."""

    url: str | None
    targets: str | None
    username: str | None
    password_env: str | None
    password_file: str | None
    store_version: tuple[str, ...]
    ca_file: str | None
    allow_writes: bool
    allow_hostile: bool
    timeout: float
    deadline: float | None
    window: str | None
    max_orders: int
    max_requests: int
    rate: float
    scope: Scope
    only: tuple[str, ...]
    scenario: tuple[str, ...]
    failed: bool
    level: Literal["must", "should"]
    baseline: str | None
    allow_stale: bool
    seed: int
    jobs: int
    defect: tuple[str, ...]
    variant: tuple[str, ...]
    profile: str
    report_dir: str
    record: bool
    har: str | None
    redact: bool
    durations: bool
    watch: bool
    watch_dir: tuple[str, ...]
    watch_delay: float
    quiet: bool
    verbose: bool

    @classmethod
    def of(cls, params: Mapping[str, object]) -> RunOptions:
        """Return the parameters of a click command as options."""
        return msgspec.convert(params, cls)

    def settings(self) -> RunSettings:
        """Return the settings of the run that the options describe.

        Raises:
            click.UsageError: options contradict each other, or name something that does not exist.
        """
        start, end = parse_window(self.window)
        return RunSettings(
            targets=(url_target(self),) if self.url else embedded_targets(self),
            scope=self.scope,
            level=self.level,
            selection=selection_of(self, "store"),
            seed=self.seed,
            timeout_s=self.timeout,
            max_requests=self.max_requests,
            max_orders=self.max_orders,
            rate=self.rate,
            window_start=start,
            window_end=end,
            jobs=self.jobs,
            record=str(Path(self.report_dir) / RECORDING) if self.record else "",
            redact=self.redact,
            trace=self.verbose and not self.quiet,
        )


def url_target(options: RunOptions) -> UrlTarget:
    """Return the endpoint at a URL as a target.

    Raises:
        click.UsageError: an option is missing, wrong or meant for embedded stores.
    """
    url = check_url(options.url or "", "the endpoint's URL")
    if len(options.store_version) > 1:
        raise UsageError("an endpoint has one version: give --store-version once")
    if options.defect or options.variant or options.profile != "reference":
        raise UsageError("--defect, --variant and --profile are for embedded stores: leave out the URL")
    if not options.username:
        raise UsageError("the user name is missing: give --username (and the password in CONFORMANCE_PASSWORD)")
    password = read_secret(
        options.password_env, options.password_file, "CONFORMANCE_PASSWORD", "password", url, options.username
    )
    truth = truth_access(options)
    if options.allow_writes and not isinstance(truth, ControlAccess | CsCartAccess):
        raise UsageError(
            "--allow-writes needs --control or --cscart-api: without them, orders could not be created and deleted"
        )
    if options.ca_file:
        check_certificates(options.ca_file)
    target = UrlTarget(
        url=url,
        username=options.username,
        password=password,
        version=options.store_version[0] if options.store_version else "unknown",
        truth=truth,
        allow_writes=options.allow_writes,
        allow_hostile=options.allow_hostile,
        ca_file=options.ca_file or "",
    )
    warn_of_unhidden(target)
    return target


def check_certificates(file: str) -> None:
    """Check before the run that a file holds certificates.

    Raises:
        click.UsageError: it does not.
    """
    import ssl

    if not Path(file).is_file():
        raise UsageError(f"there is no file {file} (--ca-file)")
    try:
        ssl.create_default_context(cafile=file)
    except (ssl.SSLError, OSError):
        raise UsageError(f"{file} holds no certificates in PEM form (--ca-file)") from None


def truth_access(options: TruthOptions) -> TruthAccess | None:
    """Return the source of truth that the options name, or None.

    Raises:
        click.UsageError: the options name several sources, or one that cannot be used.
    """
    if len([each for each in (options.control, options.cscart_api, options.worksheet) if each]) > 1:
        raise UsageError("--control, --cscart-api and --worksheet are sources of the same truth: give one of them")
    if options.worksheet:
        return worksheet_access(Path(options.worksheet))
    if options.cscart_api:
        return cscart_access(options.cscart_api, options)
    if options.cscart_user or options.shipped_status:
        name = "--cscart-user" if options.cscart_user else "--shipped-status"
        raise UsageError(f"{name} needs --cscart-api URL")
    if not options.control:
        return None
    token = read_secret(
        options.control_token_env, options.control_token_file, "CONFORMANCE_CONTROL_TOKEN", "control token"
    )
    return ControlAccess(check_url(options.control, "the control protocol's URL"), token)


def worksheet_access(path: Path) -> WorksheetAccess:
    """Return a completed worksheet as the source of truth.

    Raises:
        WorksheetError: the form has mistakes; each is named with its line.
        click.UsageError: the form has no order.
    """
    from conformance.truth.worksheet.form import read_form

    if not read_form(path).entries:
        raise UsageError(f"{path} has no order with placed = true: set it for each order that you placed in the shop")
    return WorksheetAccess(str(path), read_small_file(path))


def cscart_access(url: str, options: TruthOptions) -> TruthAccess:
    """Return CS-Cart's REST API as the source of truth.

    Raises:
        click.UsageError: URL, user or key is missing or wrong.
    """
    if not options.cscart_user:
        raise UsageError(
            "the owner of the API key is missing: give --cscart-user (and the key in CONFORMANCE_CSCART_KEY)"
        )
    key = read_secret(options.cscart_key_env, options.cscart_key_file, "CONFORMANCE_CSCART_KEY", "API key")
    return CsCartAccess(check_url(url, "the REST API's URL"), options.cscart_user, key, options.shipped_status)


def embedded_targets(options: RunOptions) -> tuple[TargetSettings, ...]:
    """Return an embedded store for each version.

    Raises:
        click.UsageError: a version, defect, variant or profile does not exist, or an option needs a URL.
    """
    from mockstore.behaviours.registry import UnknownBehaviour, build_behaviour
    from mockstore.shop.versions import VERSIONS, UnknownVersion, version

    for name in ONLY_WITH_URL:
        if getattr(options, name):
            raise UsageError(f"--{name.replace('_', '-')} is for your own endpoint: give its URL, too")
    try:
        versions = [version(name).name for name in dict.fromkeys(options.store_version)] or list(VERSIONS)
        build_behaviour(options.profile, options.defect, options.variant)
    except (UnknownVersion, UnknownBehaviour) as error:
        raise UsageError(str(error)) from None
    return tuple(EmbeddedTarget(name, options.defect, options.variant, options.profile) for name in versions)


def parse_window(text: str | None) -> tuple[datetime | None, datetime | None]:
    """Return begin and end of ``--window`` in UTC.

    Raises:
        click.UsageError: the text is not two times, the earlier first.
    """
    if not text:
        return None, None
    try:
        start, end = (datetime.fromisoformat(part.strip()) for part in text.split(".."))
    except ValueError:
        raise UsageError(
            f"--window must be FROM..TO, like 2026-11-01T00:00Z..2026-11-02T00:00Z, not {text!r}"
        ) from None
    start, end = (
        moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC) for moment in (start, end)
    )
    if start >= end:
        raise UsageError("--window ends before it begins")
    return start, end
