"""``conformance importer --dry-run``: prints one call of each command, with its files and requests."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

import click

from conformance.core.exit_status import CONFORMING, FAILED
from conformance.report.wording import visible

if TYPE_CHECKING:
    from conformance.runner.importer_dry_run import ShownRequest, TriedCall
    from conformance.runner.importer_settings import ImporterSettings

MAX_LINES = 60
"""Lines of a file or body that are shown."""


def dry_run(settings: ImporterSettings) -> int:
    """Call each command once, print what happened, and return the exit status: 0 if the suite could read it all."""
    from conformance.runner.importer_dry_run import try_importer

    calls = try_importer(settings)
    failed = [call for call in calls if call.problem]
    click.echo(visible(_verdict(calls, failed, has_ship_command=settings.ship_command is not None)))
    for call in calls:
        click.echo(visible(_shown(call, settings.password_variable)))
    return FAILED if failed else CONFORMING


def _verdict(calls: tuple[TriedCall, ...], failed: list[TriedCall], *, has_ship_command: bool) -> str:
    if failed:
        return f"NOT READY: {failed[0].option}: {failed[0].problem}"
    judged = "Each command was called once" if len(calls) > 1 else "The command was called once"
    more = "" if has_ship_command else " Notifications need a --ship-command."
    return f"READY: {judged}, and the suite can read what it did. Nothing was judged.{more}"


def _shown(call: TriedCall, password_variable: str) -> str:
    parts = [call.option, _indented(shlex.join(call.words)), f"  environment: {password_variable} has the password"]
    if call.understood:
        parts.append(f"  as the suite reads it\n{_indented(call.understood, 4)}")
    parts += [_request(each) for each in call.requests] or ["  it sent no request"]
    parts += [f"  {{{name}}}\n{_indented(_pretty(text), 4)}" for name, text in call.files.items()]
    return "\n" + "\n".join(parts)


def _request(request: ShownRequest) -> str:
    line = f"  {request.line} → {request.status}"
    return f"{line}\n{_indented(request.body, 4)}" if request.body.strip() else line


def _pretty(text: str) -> str:
    """Return JSON with a line for each member, and other texts as they are."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _indented(text: str, spaces: int = 2) -> str:
    lines = text.splitlines() or ["(empty)"]
    cut = [*lines[:MAX_LINES], f"… ({len(lines) - MAX_LINES} more lines)"] if len(lines) > MAX_LINES else lines
    return "\n".join(" " * spaces + line for line in cut)
