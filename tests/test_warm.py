"""A command in a fork of a warm process is the same as in a fresh interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.processes import CODE, environment


@pytest.mark.parametrize("words", [("list",), ("run", "--no-such-option"), ("report", "folder")])
def test_status_and_output_are_those_of_a_fresh_interpreter(words: tuple[str, ...], tmp_path: Path) -> None:
    """Also with another folder and other environment variables."""
    env = environment(COLUMNS="70")
    fresh = subprocess.run(
        [sys.executable, "-c", CODE.format("conformance"), *words],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    forked = warm.run("conformance", words, env=env, cwd=tmp_path, timeout=60)
    assert (forked.returncode, forked.stdout, forked.stderr) == (fresh.returncode, fresh.stdout, fresh.stderr)


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    """Nothing of it is left, and the error is that of ``subprocess.run``."""
    process = warm.start("mockstore", ["serve", "--port", "0"], env=environment(), cwd=tmp_path)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    assert process.stdout.readline()
    process.close(0)
    assert process.poll() == -9
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
