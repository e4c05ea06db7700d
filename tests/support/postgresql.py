"""Runs a private PostgreSQL cluster on a free port for one test, and removes it afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest


def _programs() -> Path:
    """Return the folder of initdb and pg_ctl. Skips the test if there is none."""
    found = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    pytest.skip("there is no PostgreSQL on this machine (apt-get install postgresql)")


def _user() -> str | None:
    """Return the user who runs the server, None for the current one. PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    pytest.skip("PostgreSQL can't run as root, and there is no other user here")


@dataclass
class Cluster:
    """A running server; ``url`` is of an empty database."""

    url: str
    folder: Path
    programs: Path
    user: str | None

    def control(self, *words: str) -> None:
        """Run ``pg_ctl``."""
        subprocess.run(
            [self.programs / "pg_ctl", "-D", self.folder / "data", "-w", "-t", "60", *words],
            user=self.user, cwd=self.folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            timeout=90, env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip

    def start(self) -> None:
        """Start the server, or start it again."""
        self.control("-l", str(self.folder / "log"), "start")

    def stop(self) -> None:
        """Stop the server at once, without waiting for its clients."""
        self.control("-m", "immediate", "stop")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Run a cluster until the block ends."""
    programs, user = _programs(), _user()
    folder = Path(mkdtemp(prefix="pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        made = Cluster(f"postgresql://shop:open@127.0.0.1:{port}/postgres", folder, programs, user)
        made.control("init", "-o", "-U shop -A trust --locale=C --encoding=UTF8 --no-sync")
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(
                f"port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\n"
            )
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
