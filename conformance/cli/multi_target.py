"""``conformance run --targets``: judges several endpoints at the same time, each with a report of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Literal, get_args, get_origin

import click
import msgspec
from click import UsageError

from conformance.cli import github
from conformance.cli.baseline_file import baseline_from
from conformance.cli.credentials import hide
from conformance.cli.run_options import RunOptions
from conformance.core.errors import ConformanceError, describe_fault
from conformance.core.exit_status import INCOMPLETE
from conformance.core.files import read_small_file
from conformance.core.interrupts import abandonable, force_no_longer, ignored, stop_reason, waking
from conformance.core.toml_text import parse_toml
from mockstore.shop.suggestions import did_you_mean

if TYPE_CHECKING:
    from conformance.report.baseline import Baseline
    from conformance.report.overview import OverviewRow
    from conformance.runner.settings import RunSettings

TARGET_OPTIONS = (
    *("name", "url", "username", "password_env", "password_file", "store_version", "ca_file"),
    *("control", "control_token_env", "control_token_file", "worksheet"),
    *("cscart_api", "cscart_user", "cscart_key_env", "cscart_key_file", "shipped_status"),
    *("allow_writes", "allow_hostile", "scope", "level", "baseline", "window", "only"),
    *("timeout", "max_orders", "max_requests", "rate"),
)
"""Keys of a target, with the meaning of the options of the same names. The command line gives the defaults."""

_TYPES: dict[str, object] = {field.name: field.type for field in msgspec.structs.fields(RunOptions)}


@dataclass(frozen=True)
class PlannedRun:
    """One target of the list, ready to be judged."""

    settings: RunSettings
    baseline: Baseline | None
    folder: Path
    allow_stale: bool


def read_targets(path: Path, defaults: RunOptions) -> dict[str, RunOptions]:
    """Return name → options for each ``[[target]]`` of a file.

    Raises:
        click.UsageError: the file cannot be read, or a target is wrong; its name is given.
    """
    try:
        tables = parse_toml(read_small_file(path)).get("target", [])
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the file of targets {path} can't be read: {getattr(error, 'strerror', None) or error}"
        ) from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{path} has no target: write [[target]], and below it name, url and username")
    found: dict[str, RunOptions] = {}
    for number, table in enumerate(tables, start=1):
        name = table.get("name", "")
        if not isinstance(name, str) or not re.fullmatch(r"[\w][\w. -]*", name):
            raise UsageError(f"target {number} of {path} needs a name of letters, digits, spaces, dots and dashes")
        if name.casefold() in (other.casefold() for other in found):
            raise UsageError(f"two targets of {path} are named {name}; the name is also that of the report folder")
        found[name] = msgspec.structs.replace(defaults, **_options(table, f"target {name} of {path}"))
    return found


def _options(table: Mapping[str, object], what: str) -> dict[str, object]:
    """Return the options in a target's table, checked."""
    options = {key.replace("-", "_"): value for key, value in table.items()}
    for key, value in options.items():
        if key not in TARGET_OPTIONS:
            hint = did_you_mean(key, TARGET_OPTIONS, otherwise=f" The options are {', '.join(TARGET_OPTIONS)}.")
            raise UsageError(f"{what} has an option that doesn't exist: {key}.{hint}")
        if key != "name":
            options[key] = _value(key, value, what)
    if "url" not in options:
        raise UsageError(f"{what} has no url")
    del options["name"]
    return options


def _value(key: str, value: object, what: str) -> object:
    choices = get_args(_TYPES[key]) if get_origin(_TYPES[key]) is Literal else ()
    if choices and value not in choices:
        raise UsageError(f"{what}: {key} is one of {', '.join(choices)}, not {value!r}")
    listed = [value] if _TYPES[key] == tuple[str, ...] and not isinstance(value, list) else value
    try:
        return msgspec.convert(listed, _TYPES[key])
    except msgspec.ValidationError as error:
        raise UsageError(f"{what}: {value!r} can't be its {key}: {error}") from None


def judge_targets(options: RunOptions) -> int:
    """Judge the targets of ``--targets``, and return the worst exit status.

    Raises:
        click.UsageError: the list or a target is wrong.
    """
    from conformance.report import overview

    base = Path(options.report_dir)
    planned = {
        name: _plan(name, each, base) for name, each in read_targets(Path(options.targets or ""), options).items()
    }
    with ignored():  # judging can be stopped, but the overview is written
        with github.commands_off():
            rows = _judge_all(planned, options.jobs)
        github.publish({row.name: row.report for row in rows if row.report is not None})
        try:
            (base / "overview.json").write_bytes(overview.as_json(rows))
            (base / "index.html").write_text(overview.as_html(rows), encoding="utf-8")
        except OSError as error:
            raise UsageError(f"the overview can't be written to {base}: {error.strerror}") from None
        with abandonable():
            click.echo(f"Overview: {base / 'index.html'}")
        force_no_longer()
        return overview.worst_status(rows)


def _plan(name: str, options: RunOptions, base: Path) -> PlannedRun:
    folder = base / name
    try:
        settings = msgspec.structs.replace(options, report_dir=str(folder)).settings()
        return PlannedRun(settings, baseline_from(options.baseline), folder, options.allow_stale)
    except (UsageError, ConformanceError) as error:
        message = error.format_message() if isinstance(error, UsageError) else str(error)
        raise UsageError(f"target {name}: {message}") from None


def _judge_all(planned: Mapping[str, PlannedRun], jobs: int) -> list[OverviewRow]:
    """Judge the targets, ``jobs`` at the same time. If the run is stopped, each that was begun ends with a report."""
    from conformance.report.overview import OverviewRow
    from conformance.report.wording import one_line

    inbox: SimpleQueue[Future[OverviewRow] | None] = SimpleQueue()
    """Gets each future that is done, and None when the run is stopped. A signal handler may write to it."""
    with ThreadPoolExecutor(jobs) as pool:
        futures = {name: pool.submit(judge_one, name, each) for name, each in planned.items()}
        for future in futures.values():
            future.add_done_callback(inbox.put)
        shown = iter(futures.items())
        with waking(lambda: inbox.put(None)):
            waiting = next(shown, None)
            while waiting is not None:
                name, future = waiting
                if future.done():
                    if not future.cancelled():
                        with abandonable():
                            click.echo(one_line(f"{name}: {future.result().headline}"))
                    waiting = next(shown, None)
                elif inbox.get() is None:
                    for each in futures.values():
                        each.cancel()
    stopped = f"not started: {stop_reason()}"
    return [
        OverviewRow(name, None, stopped, INCOMPLETE) if future.cancelled() else future.result()
        for name, future in futures.items()
    ]


def judge_one(name: str, planned: PlannedRun) -> OverviewRow:
    """Judge one target in a process of its own, and write its report."""
    from conformance.report import views
    from conformance.report.overview import OverviewRow
    from conformance.report.wording import headline
    from conformance.runner.run import run
    from conformance.runner.workers import run_in_one_worker

    try:
        report = run(
            planned.settings, baseline=planned.baseline, allow_stale=planned.allow_stale, judge=run_in_one_worker
        )
    except (ConformanceError, OSError) as error:
        return OverviewRow(name, None, hide(str(error)))
    except Exception as error:
        return OverviewRow(name, None, hide(describe_fault(error)))
    try:
        views.write(report, planned.folder, planned.settings.level)
    except views.UnwritableReport as error:
        return OverviewRow(name, None, f"{headline(report)}; {hide(str(error))}")
    return OverviewRow(name, report)
