"""Run ``conformance importer`` for tests, each in its own process, and read the report."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support import warm

ROOT = Path(__file__).parents[2]
IMPORTERS = Path(__file__).parents[1] / "importers"
PULL = (
    "pull --url {url} --user {username} --since {start} --until {end} --result {result} --state {state} "
    "--statuses {statuses} --timeout {timeout}"
)
SHIP = "ship --url {url} --user {username} --shipment {shipment} --state {state} --timeout {timeout}"


@dataclass(frozen=True)
class Run:
    """The exit status, the output and the report of a run."""

    status: int
    printed: str
    report: dict[str, Any]

    def verdicts(self, *which: str) -> set[str]:
        """Return the requirements with one of these verdicts."""
        return {each["requirement"] for each in self.report["results"] if each["verdict"] in which}

    @property
    def reasons(self) -> str:
        """Return the reasons of all results."""
        return "\n".join(each["reason"] for each in self.report["results"])


def conformance_importer(folder: Path, *words: str, timeout: float = 300, **variables: str) -> Run:
    """Run the command in a folder; its report is written to a folder below."""
    report = folder / "report"
    done = warm.run(
        "conformance",
        ["importer", "--report-dir", str(report), *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        timeout=timeout,
    )
    found = report / "report.json"
    content = json.loads(found.read_text(encoding="utf-8")) if found.exists() else {}
    return Run(done.returncode, done.stdout + done.stderr, content)


def commands(program: str, *, ships: bool = True) -> list[str]:
    """Return the options that call an importer of tests/importers."""
    start = f"{sys.executable} -E -s {IMPORTERS}/{program}"
    return ["--import-command", f"{start} {PULL}", *(["--ship-command", f"{start} {SHIP}"] if ships else [])]


def only(*names: str) -> list[str]:
    """Return the options that judge only these requirements."""
    return [word for name in names for word in ("--only", name)]
