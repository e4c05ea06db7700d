"""A temporary folder that is deleted whatever ends this process, and with it the processes of a run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from conformance.core import guardian_process
from conformance.core.guardian_process import delete_folder


@contextlib.contextmanager
def temporary_folder(prefix: str, mark: str = "") -> Iterator[Path]:
    """Make a folder, and delete it at the end with everything in it.

    If this process is killed, a guardian deletes it. Before, it kills the processes that have ``mark`` (``NAME=value``)
    in their environment.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    with _guardian(folder, mark):
        try:
            yield folder
        finally:
            delete_folder(folder)


@contextlib.contextmanager
def _guardian(folder: Path, mark: str) -> Iterator[None]:
    """Run a process that acts if this one is gone before the end. If none can be started, go on without it."""
    lifeline, held = os.pipe()
    try:
        guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian_process.__file__, str(lifeline), str(folder), mark],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            pass_fds=(lifeline,),
            start_new_session=True,
        )
    except OSError:
        guardian = None
    finally:
        os.close(lifeline)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.write(held, b"e")
        os.close(held)
        if guardian is not None:
            guardian.wait()
