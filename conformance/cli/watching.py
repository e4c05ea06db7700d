"""``conformance run --watch``: judges again when files change."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click

from conformance.core.interrupts import stop_reason

POLL_MS = 300
"""Time between looks at whether the run was stopped."""
RELOAD_LIMIT_S = 10.0
"""Time for a shop that restarts to listen again."""
MAX_NAMED = 3
"""Changed files that are named."""

Changes = Iterator[frozenset[str]]
"""The files that have changed since the last look; empty if none has. It goes on until the run is stopped."""


def open_watch(folders: Sequence[Path], written: Sequence[Path]) -> Changes:
    """Return the changes in these folders, except in files that the suite itself writes. It watches from now on.

    Raises:
        click.UsageError: watchfiles is not installed, or a folder cannot be watched.
    """
    try:
        from watchfiles import DefaultFilter, watch
    except ImportError:
        raise click.UsageError(
            "--watch needs the package watchfiles: install it beside the suite (pip install watchfiles)"
        ) from None
    own = [path.resolve() for path in written]
    for folder in folders:
        if not folder.is_dir():
            raise click.UsageError(f"there is no folder {folder} (--watch-dir)")
        if any(folder.resolve().is_relative_to(path) for path in own):
            raise click.UsageError(f"--watch-dir {folder} is in the report folder, where each run changes files")
    seen = watch(
        *(
            folder.resolve() for folder in folders
        ),  # paths of changes begin with it, and are compared with resolved ones
        watch_filter=DefaultFilter(ignore_paths=own),
        rust_timeout=POLL_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    )
    changes = (frozenset(path for _, path in each) for each in seen)
    next(changes)  # the first look begins the watch
    return changes


def judge_on_changes(judge: Callable[[], int], changes: Changes, settle: Callable[[], None]) -> int:
    """Judge, and judge again whenever files change, until the run is stopped. Return the last exit status.

    ``settle`` waits until the shop has taken up a change. What changes while the suite judges leads to one more run: it
    may be an edit. If that run changes the same files, the shop writes them, and they are not watched any more. If it
    changes others, they lead to no further run.
    """
    ours: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()
    while True:
        before = edited
        status = judge()
        during = _all_until_quiet(changes)
        if writes := (before & during) - ours:
            click.echo(f"Not watched any more, because judging changes it: {_named(writes)}", err=True)
            ours |= writes
        edited = frozenset() if before else during - ours
        if not edited and not stop_reason():
            click.echo("Waiting for a change. Ctrl-C ends this.", err=True)
        changed = edited or _next(changes, ours)
        if stop_reason():
            return status
        click.echo(f"\nChanged: {_named(changed)}. Judging again.", err=True)
        settle()


def _all_until_quiet(changes: Changes) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    while new := next(changes, frozenset()):
        found |= new
    return found


def _next(changes: Changes, ours: frozenset[str]) -> frozenset[str]:
    for new in changes:
        if new - ours or stop_reason():
            return new - ours
    return frozenset()


def _named(paths: frozenset[str]) -> str:
    from conformance.report.wording import one_line

    names = sorted(one_line(Path(path).name) for path in paths)
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more


def wait_for_shop(url: str, delay_s: float) -> None:
    """Wait until the shop has noticed a change, and listens again if it restarts for it."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    until = time.monotonic() + delay_s
    limit = until + RELOAD_LIMIT_S
    while not stop_reason() and time.monotonic() < limit:
        if time.monotonic() >= until and _listens(address):
            return
        time.sleep(0.05)


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True
