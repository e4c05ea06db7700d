"""The program that ends what a killed run left: its processes, and its temporary folder.

It runs as a file, apart from the package, and imports little: it starts within some milliseconds.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

KILL_LIMIT_S = 5.0
"""Time to kill processes that start others."""
KILL_INTERVAL_S = 0.01


def main(lifeline: int, folder: Path, mark: str) -> None:
    """Wait until the run ends. If it did not say so, end its processes, and delete its folder."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if os.read(lifeline, 1):
        return
    until = time.monotonic() + KILL_LIMIT_S
    while mark and kill_marked(mark) and time.monotonic() < until:
        time.sleep(KILL_INTERVAL_S)
    delete_folder(folder)


def kill_marked(mark: str) -> int:
    """Kill the processes that have ``mark`` (``NAME=value``) in their environment, and return how many there were.

    Works only where there is /proc.
    """
    found = 0
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (place / "environ").read_bytes().split(b"\0") and int(place.name) != os.getpid():
                os.kill(int(place.name), signal.SIGKILL)
                found += 1
    return found


def delete_folder(folder: Path) -> None:
    """Delete a folder with everything in it, also what its owner may not write to, as far as possible."""

    def make_writable(action: Callable[..., object], path: str, _error: object) -> None:
        with contextlib.suppress(OSError):
            for each in (Path(path).parent, Path(path)):
                if not each.is_symlink():
                    each.chmod(0o700)
            action(path)

    shutil.rmtree(folder, onerror=make_writable)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
