"""The commands as a person meets them: each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.cli import COMMANDS

ROOT = Path(__file__).parents[1]
HEAVY = ("aiohttp", "xmlschema", "faker", "pytest_bdd", "pytest", "jinja2", "lxml", "rich")
ARGV = "import sys; from conformance.cli import main; sys.argv[0] = 'conformance'; "


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What a fresh interpreter makes of this."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_there_and_loads_nothing_heavy(command: str) -> None:
    """``--help`` of each command answers, and imports no library that only work needs."""
    code = f"{ARGV}import atexit; atexit.register(lambda: print('LOADED', *sys.modules)); main()"
    done = python(code, *filter(None, [command]), "--help")
    shown, _, loaded = done.stdout.partition("LOADED")
    assert done.returncode == 0, done.stderr
    assert "Usage: conformance" in shown
    assert not set(HEAVY) & set(loaded.split())


def test_a_command_that_does_not_exist_is_wrong_use() -> None:
    """Status 2 and one sentence."""
    done = python(f"{ARGV}main()", "jugde")
    assert done.returncode == 2
    assert "No such command 'jugde'" in done.stderr
