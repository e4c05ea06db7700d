"""``pytest --pyargs conformance``: the suite under plain pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from tests.support.independent_store import PASSWORD, TOKEN, USERNAME, running

PLUGIN = [] if entry_points(group="pytest11", name="conformance") else ["-p", "conformance.pytest_plugin"]
"""Options that load the plug-in if the package is not installed."""


def pytest_run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in an empty folder."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--pyargs", "conformance", *PLUGIN, *words],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTEST_DISABLE_PLUGIN_AUTOLOAD"},
            "CONFORMANCE_PASSWORD": PASSWORD,
            "CONFORMANCE_CONTROL_TOKEN": TOKEN,
            **({"PYTHONPATH": str(Path(__file__).parents[1])} if PLUGIN else {}),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_endpoint_is_judged(tmp_path: Path) -> None:
    """Scenarios are pytest's items, the verdict is one line, and the exit status is that of the suite."""
    with running("--break", "positive-discount") as where:
        done = pytest_run(
            tmp_path,
            *("--conformance-url", where.url, "--conformance-username", USERNAME),
            *("--conformance-control", where.control, "--conformance-allow-writes"),
            *("--conformance-report-dir", str(tmp_path / "report")),
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "DIS-2 deviates" in done.stdout
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert {each["requirement"] for each in report["results"] if each["verdict"] == "deviates"} == {"DIS-2", "ORD-17"}
    assert PASSWORD not in done.stdout + done.stderr


def test_wrong_use_is_one_sentence(tmp_path: Path) -> None:
    """A wrong option is one sentence without a traceback."""
    done = pytest_run(tmp_path, "--conformance-url", "ftp://shop.example/", "--conformance-username", "x")
    assert done.returncode == 4
    assert "Traceback" not in done.stdout + done.stderr
    assert "ftp" in done.stdout + done.stderr
