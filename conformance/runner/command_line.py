"""Returns the command that judges the same target in the same way, for reports. It holds no secret. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.known_secrets import with_masked_urls
from conformance.runner.settings import EmbeddedTarget, RecordedTarget, RunSettings, TrafficTarget, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess, TruthAccess, WorksheetAccess

RUN_OPTIONS = {
    "--scope": "scope",
    "--level": "level",
    "--timeout": "timeout_s",
    "--max-orders": "max_orders",
    "--max-requests": "max_requests",
    "--rate": "rate",
    "--seed": "seed",
    "--redact": "redact",
}
"""Option of ``conformance run`` → its field in the settings, if the setting is the option's value."""
UNKNOWN_USER = "EMAIL"
"""Stands for the owner of the API key in a redacted report."""


def command_of_run(settings: RunSettings) -> tuple[str, ...]:
    """Return the words of the command that judges the same target again.

    They leave out ``--only``, and the version of embedded stores.
    """
    target = settings.targets[0]
    words: list[str] = []
    match target.original if isinstance(target, RecordedTarget) else target:
        case TrafficTarget(folder=folder):
            return ("conformance", "recheck", folder)
        case UrlTarget() as endpoint:
            words += _words_of_url(with_masked_urls(endpoint), redact=settings.redact)
        case EmbeddedTarget() as store:
            words += _repeated("--defect", store.defects)
            words += _repeated("--variant", store.variants)
            words += _set({"--profile": (store.profile, EmbeddedTarget("").profile)})
    usual = RunSettings(())
    words += _set({name: (getattr(settings, field), getattr(usual, field)) for name, field in RUN_OPTIONS.items()})
    if settings.window_start is not None and settings.window_end is not None:
        words += ["--window", f"{settings.window_start.isoformat()}..{settings.window_end.isoformat()}"]
    return ("conformance", "run", *words)


def _words_of_url(target: UrlTarget, *, redact: bool) -> Iterator[str]:
    yield from (target.url, "--username", target.username)
    yield from _set({"--store-version": (target.version, "unknown")})
    yield from options_of_truth(target.truth, redact=redact)
    yield from _set(
        {
            "--allow-writes": (target.allow_writes, False),
            "--allow-hostile": (target.allow_hostile, False),
            "--ca-file": (target.ca_file, ""),
        }
    )


def options_of_truth(access: TruthAccess | None, *, redact: bool = False) -> Iterator[str]:
    """Yield the options that name a source of truth, without its secrets."""
    match access:
        case ControlAccess(url=url):
            yield from ("--control", url)
        case CsCartAccess(url=url, user=user, shipped=shipped):
            yield from ("--cscart-api", url, "--cscart-user", UNKNOWN_USER if redact else user)
            yield from _repeated("--shipped-status", shipped)
        case WorksheetAccess(file=file):
            yield from ("--worksheet", file)


def command_of_importer(settings: ImporterSettings) -> tuple[str, ...]:
    """Return the words of the command that judges the same importer again, without ``--only`` and the version."""
    words: list[str] = []
    if settings.import_command is None:
        words += ["--attach", "--port", str(settings.port), "--username", settings.username]
        words += _set({"--results-url": (settings.results_url, "")})
    else:
        words += ["--import-command", _one_word(settings.import_command.words)]
    if settings.ship_command is not None:
        words += ["--ship-command", _one_word(settings.ship_command.words)]
    words += _set(
        {
            "--password-env": (settings.password_variable, ImporterSettings.password_variable),
            "--mapping": (settings.mapping_file, ""),
            "--limit": (settings.limit_s, settings.usual_limit_s),
            "--level": (settings.level, ImporterSettings.level),
        }
    )
    return ("conformance", "importer", *words)


def _one_word(words: Sequence[str]) -> str:
    """Return a command as the value of an option. No shell reads it, so placeholders need no quotes."""
    return " ".join(word if _PLAIN.fullmatch(word) else shlex.quote(word) for word in words)


_PLAIN = re.compile(r"[\w{}@%+=:,./-]+", re.ASCII)


def _set(options: Mapping[str, tuple[object, object]]) -> Iterator[str]:
    """Yield the options whose value (the first of the pair) is not the usual one (the second)."""
    for option, (value, usual) in options.items():
        if value == usual:
            continue
        yield option
        if value is not True:
            yield f"{value:g}" if isinstance(value, float) else str(value)


def _repeated(option: str, values: tuple[str, ...]) -> Iterator[str]:
    for value in values:
        yield from (option, value)
