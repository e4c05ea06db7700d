"""Starts the endpoint of ``tests/independent`` in a process of its own, for tests that judge it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM), *_LOGIN, *arguments],
        env={**os.environ, "SHOP_PASSWORD": PASSWORD, "SHOP_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        places = json.loads(process.stdout.readline())
        yield Running(places["url"], places["control"])
    finally:
        process.kill()
        process.communicate()


_LOGIN = ("--username", USERNAME, "--password-env", "SHOP_PASSWORD", "--control-token-env", "SHOP_TOKEN")


@contextmanager
def all_running(*each: tuple[str, ...]) -> Iterator[list[Running]]:
    """Run several endpoints at once until the block ends."""
    with ExitStack() as stack:
        yield [stack.enter_context(running(*arguments)) for arguments in each]


def breaks() -> dict[str, frozenset[str]]:
    """Return each way to break the endpoint, with the requirements that then deviate."""
    spec = importlib.util.spec_from_file_location("independent_store_program", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {name: frozenset(ids) for name, (_, ids) in module.BREAKS.items()}
