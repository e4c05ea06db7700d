"""Starts endpoints of ``tests/independent`` in a process of their own, for tests that judge them."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "independent" / "store.py"
USERNAME, PASSWORD, TOKEN = "ship", "s3cret", "t0ken"


@dataclass(frozen=True)
class Running:
    """A running endpoint: the URL of the endpoint, and of its control protocol."""

    url: str
    control: str


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    """Run the endpoint with these arguments until the block ends."""
    with all_running(arguments) as (place,):
        yield place


SERVE = """
import json, sys
from threading import Thread
from store import Server, read_arguments

servers = [Server(*read_arguments(arguments)) for arguments in json.loads(sys.argv[1])]
print(json.dumps([server.base for server in servers]), flush=True)
for server in servers:
    Thread(target=server.serve_forever, args=(0.2,)).start()
"""
"""Runs an endpoint for each list of arguments, and prints their addresses."""


@contextmanager
def all_running(*each: tuple[str, ...]) -> Iterator[list[Running]]:
    """Run several endpoints in one process until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, json.dumps([(*_LOGIN, *arguments) for arguments in each])],
        env={**os.environ, "SHOP_PASSWORD": PASSWORD, "SHOP_TOKEN": TOKEN, "PYTHONPATH": str(PROGRAM.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        bases = json.loads(process.stdout.readline())
        yield [Running(f"{base}/?dispatch=shipstation", f"{base}/control/v1") for base in bases]
    finally:
        process.kill()
        process.communicate()


_LOGIN = ("--username", USERNAME, "--password-env", "SHOP_PASSWORD", "--control-token-env", "SHOP_TOKEN")


def breaks() -> dict[str, frozenset[str]]:
    """Return each way to break the endpoint, with the requirements that then deviate."""
    spec = importlib.util.spec_from_file_location("independent_store_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {name: frozenset(ids) for name, (_, ids) in module.BREAKS.items()}
