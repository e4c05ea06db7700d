"""``conformance run --targets``: a list of endpoints, judged side by side, each with a report of its own."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.cli.errors import UsageError
from conformance.cli.run_settings import settings_of
from conformance.runner.settings import RunSettings
from mockstore.shop.suggestions import did_you_mean

if TYPE_CHECKING:
    from conformance.report.overview import OverviewRow

OPTIONS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "url": str,
    "username": str,
    "password_env": str,
    "password_file": str,
    "store_version": str,
    "ca_file": str,
    "control": str,
    "control_token_env": str,
    "control_token_file": str,
    "cscart_api": str,
    "cscart_user": str,
    "cscart_key_env": str,
    "cscart_key_file": str,
    "shipped_status": list,
    "worksheet": str,
    "allow_writes": bool,
    "allow_hostile": bool,
    "scope": str,
    "level": str,
    "baseline": str,
    "window": str,
    "only": list,
    "timeout": (int, float),
    "max_orders": int,
    "max_requests": int,
    "rate": (int, float),
}
"""What a target may say, like the options of the same names; what it doesn't say, the command line does."""
CHOICES = {"scope": ("observation", "truth", "full"), "level": ("must", "should")}


def read_targets(path: Path, given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name → options of each ``[[target]]`` of a file.

    Raises:
        Stop: where the file can't be read, or a target isn't one; it is named.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("target", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the targets {path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{path} has no target: write [[target]] and below it name, url and username")
    found: dict[str, dict[str, Any]] = {}
    for number, table in enumerate(tables, start=1):
        name = table.get("name", "")
        if not isinstance(name, str) or not re.fullmatch(r"[\w][\w. -]*", name):
            raise UsageError(f"target {number} of {path} needs a name of letters, figures, blanks, dots and dashes")
        if name.casefold() in (other.casefold() for other in found):
            raise UsageError(f"two targets of {path} are named {name}: each has a report folder of that name")
        found[name] = {**given, **_options(table, f"target {name} of {path}")}
    return found


def _options(table: dict[str, Any], what: str) -> dict[str, Any]:
    taken = {key.replace("-", "_"): value for key, value in table.items()}
    for key, value in taken.items():
        if key not in OPTIONS:
            hint = did_you_mean(key, OPTIONS, otherwise=f" Known are {', '.join(OPTIONS)}.")
            raise UsageError(f"{what} has an option that doesn't exist: {key}.{hint}")
        if not isinstance(value, OPTIONS[key]) or (isinstance(value, bool) and OPTIONS[key] is not bool):
            raise UsageError(f"{what}: {value!r} can't be its {key}")
        if key in CHOICES and value not in CHOICES[key]:
            raise UsageError(f"{what}: {key} is one of {', '.join(CHOICES[key])}, not {value!r}")
    if "url" not in taken:
        raise UsageError(f"{what} has no url")
    for key in ("store_version", "only", "shipped_status"):
        if key in taken:
            taken[key] = tuple(taken[key]) if isinstance(taken[key], list) else (taken[key],)
    return taken


def judge_several(given: dict[str, Any], baseline_of: Callable[[str | None], Any]) -> int:
    """Judge the targets of ``--targets``; the exit status is the worst of them."""
    from conformance.report import overview
    from conformance.runner.workers import interrupt

    base = Path(given["report_dir"])
    runs: dict[str, tuple[RunSettings, Any, dict[str, Any]]] = {}
    for name, options in read_targets(Path(given["targets"]), given).items():
        try:
            settings = settings_of({**options, "report_dir": str(base / name)})
            runs[name] = settings, baseline_of(options["baseline"]), options
        except UsageError as stop:
            raise UsageError(f"target {name}: {stop.format_message()}") from None
    rows: list[OverviewRow] = []
    with ThreadPoolExecutor(given["jobs"] or min(4, os.cpu_count() or 1)) as pool:
        futures: dict[str, Future[OverviewRow]] = {
            name: pool.submit(judge_one, name, settings, known, base / name, options["allow_stale"])
            for name, (settings, known, options) in runs.items()
        }
        try:
            for name, future in futures.items():
                rows.append(future.result())
                click.echo(f"{name}: {rows[-1].headline}")
        except KeyboardInterrupt:
            for future in futures.values():
                future.cancel()
            interrupt()
            done = [future.result() for future in futures.values() if not future.cancelled()]
            rows = done + [
                overview.OverviewRow(n, None, "not begun") for n, future in futures.items() if future.cancelled()
            ]
    try:
        (base / "overview.json").write_bytes(overview.as_json(rows))
        (base / "index.html").write_text(overview.as_html(rows), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the overview can't be written to {base}: {error.strerror}") from None
    click.echo(f"Overview: {base / 'index.html'}")
    return overview.worst(rows)


def judge_one(name: str, settings: RunSettings, known: Any, folder: Path, allow_stale: bool) -> OverviewRow:
    """One target in a process of its own, its report written."""
    from conformance.report import overview, views
    from conformance.runner.run import run
    from conformance.runner.workers import WorkerCrashed, run_in_one_worker

    try:
        report = run(settings, baseline=known, allow_stale=allow_stale, judge=run_in_one_worker)
        views.write(report, folder, settings.level)
    except WorkerCrashed as fault:
        return overview.OverviewRow(name, None, f"a worker process failed (a fault of the suite): {str(fault)[-300:]}")
    except (views.UnwritableReport, OSError) as error:
        return overview.OverviewRow(name, None, str(error))
    return overview.OverviewRow(name, report)
