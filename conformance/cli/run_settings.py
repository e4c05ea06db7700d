"""From options to what a run is asked to do."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance.cli.credentials import checked_url, secret
from conformance.cli.errors import UsageError
from conformance.cli.selection import selected
from conformance.client.recording import FOLDER as RECORDING
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection, TargetSettings, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess, TruthAccess, WorksheetAccess


def settings_of(options: dict[str, Any]) -> RunSettings:
    """The run that the options ask for.

    Raises:
        Stop: where they don't fit together, or name what isn't there.
    """
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
        record=str(Path(options["report_dir"]) / RECORDING) if options["record"] else "",
        redact=options["redact"],
        trace=options["verbose"] and not options["quiet"],
    )


def url_target(options: dict[str, Any]) -> TargetSettings:
    """The endpoint at a URL."""
    url = checked_url(options["url"], "the endpoint's URL")
    if len(options["store_version"]) > 1:
        raise UsageError("one URL is one version: give --store-version once")
    if any(options[name] for name in ("defect", "variant")) or options["profile"] != "reference":
        raise UsageError("--defect, --variant and --profile are for the embedded store: leave the URL out")
    if not options["username"]:
        raise UsageError("which user name? Give --username (and the password in CONFORMANCE_PASSWORD)")
    password = secret(
        options["password_env"],
        options["password_file"],
        "CONFORMANCE_PASSWORD",
        "password",
        url,
        options["username"],
    )
    truth = truth_access(options)
    if options["allow_writes"] and not isinstance(truth, ControlAccess | CsCartAccess):
        raise UsageError(
            "--allow-writes needs --control or --cscart-api: orders can only be made where they can be taken back"
        )
    if options["ca_file"] and not Path(options["ca_file"]).is_file():
        raise UsageError(f"there is no file {options['ca_file']} (--ca-file)")
    if options["ca_file"]:
        check_certificates(options["ca_file"])
    return UrlTarget(
        url=url,
        username=options["username"],
        password=password,
        version=(options["store_version"] or ("unknown",))[0],
        truth=truth,
        allow_writes=options["allow_writes"],
        allow_hostile=options["allow_hostile"],
        ca_file=options["ca_file"] or "",
    )


def check_certificates(file: str) -> None:
    """Find out before the run whether a file holds certificates.

    Raises:
        Stop: where it doesn't.
    """
    import ssl

    try:
        ssl.create_default_context(cafile=file)
    except (ssl.SSLError, OSError):
        raise UsageError(f"{file} holds no certificates in PEM form (--ca-file)") from None


def truth_access(options: dict[str, Any]) -> TruthAccess | None:
    """Who says what the store holds; None where nobody does.

    Raises:
        Stop: where it can't be asked.
    """
    if options["worksheet"] and (options["control"] or options["cscart_api"]):
        raise UsageError("--worksheet says what the store holds, and so does the other: give one")
    if options["worksheet"]:
        return worksheet_access(Path(options["worksheet"]))
    if options["cscart_api"]:
        return cscart_access(options)
    for name in ("cscart_user", "shipped_status"):
        if options[name]:
            raise UsageError(f"--{name.replace('_', '-')} belongs to --cscart-api: which URL?")
    if not options["control"]:
        return None
    token = secret(
        options["control_token_env"], options["control_token_file"], "CONFORMANCE_CONTROL_TOKEN", "control token"
    )
    return ControlAccess(checked_url(options["control"], "the control protocol's URL"), token)


def worksheet_access(path: Path) -> WorksheetAccess:
    """A form that was filled in.

    Raises:
        Stop: naming its mistakes, each with its line.
    """
    from conformance.truth.worksheet.form import WorksheetError, read_form

    try:
        sheet = read_form(path)
    except WorksheetError as error:
        raise UsageError(str(error)) from None
    if not sheet.entries:
        raise UsageError(f"no order of {path} is placed yet: set placed = true where one stands in the shop")
    return WorksheetAccess(str(path), path.read_text(encoding="utf-8"))


def cscart_access(options: dict[str, Any]) -> TruthAccess:
    """CS-Cart's REST API.

    Raises:
        Stop: where it can't be asked.
    """
    if options["control"]:
        raise UsageError("--control and --cscart-api are two sources of one truth: give one of them")
    if not options["cscart_user"]:
        raise UsageError("whose API key is it? Give --cscart-user (and the key in CONFORMANCE_CSCART_KEY)")
    key = secret(options["cscart_key_env"], options["cscart_key_file"], "CONFORMANCE_CSCART_KEY", "API key")
    url = checked_url(options["cscart_api"], "the REST API's URL")
    return CsCartAccess(url, options["cscart_user"], key, options["shipped_status"])


def embedded_targets(options: dict[str, Any]) -> tuple[TargetSettings, ...]:
    """The embedded store, in each version asked for."""
    from mockstore.behaviours.registry import UnknownBehaviour, build_behaviour
    from mockstore.shop.versions import VERSIONS, UnknownVersion, version

    for name in (
        "username",
        "password_env",
        "password_file",
        "control",
        "worksheet",
        "cscart_api",
        "cscart_user",
        "shipped_status",
        "allow_writes",
        "allow_hostile",
        "ca_file",
    ):
        if options[name]:
            raise UsageError(f"--{name.replace('_', '-')} is for an endpoint of yours: which URL?")
    try:
        versions = [version(name).name for name in dict.fromkeys(options["store_version"])] or list(VERSIONS)
        build_behaviour(options["profile"], options["defect"], options["variant"])
    except (UnknownVersion, UnknownBehaviour) as error:
        raise UsageError(str(error)) from None
    return tuple(
        EmbeddedTarget(name, tuple(options["defect"]), tuple(options["variant"]), options["profile"])
        for name in versions
    )


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
        raise UsageError(f"--window is FROM..TO, like 2026-11-01T00:00Z..2026-11-02T00:00Z, not {text!r}") from None
    start, end = (
        moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC) for moment in (start, end)
    )
    if start >= end:
        raise UsageError("--window ends before it begins")
    return start, end
