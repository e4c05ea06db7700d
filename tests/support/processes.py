"""Run a mock store in one process, and the ``conformance`` command in another."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support import warm

ROOT = Path(__file__).parents[2]
PASSWORD, TOKEN, USERNAME = "s3cret-Pass", "control-t0ken", "ship-user"
CODE = "import sys; from {0}.cli.main import main; sys.argv[0] = '{0}'; main()"

MEASURED_CODE = (
    """
import atexit, os, pathlib
def write_peak():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    peak = next(line.split()[1] for line in lines if line.startswith("VmHWM"))
    pathlib.Path(os.environ["PEAK_FILE"]).write_text(peak)
atexit.register(write_peak)
"""
    + CODE
)
"""The same, and at the end the process writes the most memory that it had, in kB, to the file ``PEAK_FILE``.

``os.wait4`` would count the memory of the test process, too, if that is larger.
"""


@dataclass(frozen=True)
class Served:
    """The URL of a running store, and of its control protocol."""

    url: str
    control: str


def free_port() -> int:
    """Return a port at which nothing listens."""
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a child process: the packages of this repository, and the credentials."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("CONFORMANCE_")},
        "PYTHONPATH": str(ROOT),
        "CONFORMANCE_PASSWORD": PASSWORD,
        "CONFORMANCE_CONTROL_TOKEN": TOKEN,
        **more,
    }


def wait_for(url: str, process: subprocess.Popen[bytes] | warm.WarmProcess) -> None:
    """Wait until a server answers at the URL."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended at once"
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as error:
            error.close()
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"nothing answers at {url}")


@contextmanager
def process(command: list[str], url: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server process until the block ends; it answers when the block begins."""
    child = subprocess.Popen(
        command, env=environment(**more), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(url, child)
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def mock_store(*options: str) -> Iterator[Served]:
    """Run a mock store with the control protocol until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    words = [
        *("serve", "--port", str(port), "--control", "--username", USERNAME),
        *("--password-env", "CONFORMANCE_PASSWORD", "--control-token-env", "CONFORMANCE_CONTROL_TOKEN", *options),
    ]
    child = warm.start("mockstore", words, env=environment(), cwd=ROOT, prints=False)
    try:
        wait_for(url, child)
        yield Served(f"{url}?dispatch=shipstation", f"{url}control/v1")
    finally:
        child.terminate()
        child.close()


def conformance(*arguments: str, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own (:mod:`tests.support.warm`)."""
    return run_with(environment(**more), *arguments, timeout=timeout)


def run_with(env: dict[str, str], *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run the command with exactly this environment."""
    return warm.run("conformance", arguments, env=env, cwd=ROOT, timeout=timeout)
