"""An error of the suite itself, wherever it happens: exit status 2, one line, a report of what was known.

A child process breaks one function of the suite, and then runs the command.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from conformance.report.summary import summarise
from conformance.runner import build_report
from conformance.runner.results import failed_result
from conformance.runner.settings import Selection
from tests.support.processes import ROOT, TOKEN, USERNAME, Served, conformance, environment, mock_store

BREAK = """
import importlib, sys
module, _, name = sys.argv[1].rpartition(":")
holder = importlib.import_module(module)
*path, last = name.split(".")
for each in path:
    holder = getattr(holder, each)
def broken(*arguments, **options):
    raise ZeroDivisionError("broken by the test")
setattr(holder, last, broken)
from conformance.cli.main import main
sys.argv[:] = ["conformance", *sys.argv[2:]]
main()
"""


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """A running store."""
    with mock_store("--orders", "40") as served:
        yield served


def broken(function: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process in which this function (``module:name``) raises an error that nobody expects."""
    return subprocess.run(
        [sys.executable, "-c", BREAK, function, *arguments],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def orders_of_suite(store: Served) -> list[str]:
    """Return the numbers of the orders that the suite made and the store still holds."""
    request = Request(f"{store.control}/orders?modified_from=2000-01-01T00:00:00Z&modified_to=2100-01-01T00:00:00Z")
    request.add_header("Authorization", f"Bearer {TOKEN}")
    with urlopen(request, timeout=20) as reply:
        return [each["order_number"] for each in json.load(reply)["orders"]]


def report_in(folder: Path) -> dict[str, Any]:
    """Return report.json."""
    report: dict[str, Any] = json.loads((folder / "report.json").read_bytes())
    return report


FEW = ("--only", "CON-1", "--only", "ORD-3", "--only", "GIF-1")
STAGES = {
    "open a target": ("conformance.runner.targets:open_url", {"error"}),
    "check a target": ("conformance.runner.preflight:unreachable_reason", {"error"}),
    "read pages": ("conformance.survey.pages:PageReader.read", {"conforms", "error"}),
    "run pytest": ("conformance.runner.session:run_pytest", {"error"}),
    "collect results": ("conformance.runner.session:_redacted_part", {"error"}),
    "make a result": ("conformance.runner.build_report:result_of", {"error"}),
    "close connections": ("conformance.client.http:HttpSession.close", {"conforms"}),
    "delete orders": ("conformance.survey.specimens:SpecimenOrders.delete_all", {"conforms"}),
}
"""Stage → function that is broken, and the verdicts that the requirements have then."""


IN_CI = ("open a target", "check a target", "run pytest", "delete orders")


@pytest.mark.parametrize(
    "stage", [pytest.param(stage, marks=() if stage in IN_CI else pytest.mark.long) for stage in STAGES]
)
def test_an_error_of_the_suite_costs_no_report_and_leaves_no_order(stage: str, store: Served, tmp_path: Path) -> None:
    """What was judged before counts; what was not has the verdict "error"; the exit status is 2."""
    function, verdicts = STAGES[stage]
    before = orders_of_suite(store)
    options = ("--username", USERNAME, "--control", store.control, "--allow-writes", "--report-dir", str(tmp_path))
    done = broken(function, "run", store.url, *options, *FEW)
    assert "Traceback" not in done.stderr
    report = report_in(tmp_path)
    said = " ".join((*report["notices"], *(each["reason"] for each in report["results"])))
    assert "ZeroDivisionError: broken by the test" in said
    assert {each["verdict"] for each in report["results"]} == verdicts
    assert done.returncode == report["summary"]["exit_status"] == 2
    assert done.stdout.startswith("ERROR: ")
    assert "ZeroDivisionError" in done.stdout
    if stage == "delete orders":
        assert "the suite may have left orders of its own" in said
    else:
        assert orders_of_suite(store) == before


@pytest.mark.parametrize(
    ("function", "missing"),
    [("conformance.report.html:render", ["report.html"]), ("conformance.report.terminal:render", [])],
    ids=["a view", "the terminal"],
)
def test_an_error_in_one_view_costs_no_other(function: str, missing: list[str], store: Served, tmp_path: Path) -> None:
    """The verdict is printed, the other views are written, and a view of an earlier run does not stay."""
    (tmp_path / "report.html").write_text("of an earlier run")
    options = ("--username", USERNAME, "--scope", "observation", "--report-dir", str(tmp_path))
    done = broken(function, "run", store.url, *options, "--only", "CON-1")
    assert done.returncode == 2
    assert done.stdout.startswith("CONFORMS: 1 of 1")
    assert len(done.stderr.splitlines()) == 1
    assert "ZeroDivisionError: broken by the test" in done.stderr
    views = ["report.json", "report.html", "report.md", "junit.xml", "badge.json", "badge.svg"]
    assert [name for name in views if not (tmp_path / name).exists()] == missing


DIES = """
import os, sys
if "conformance.runner.worker_process" in sys.orig_argv:
    import conformance.runner.session as session
    judge = session.run_session
    def dies(settings, watch):
        return os._exit(9) if settings.targets[0].version == "4.3.4" else judge(settings, watch)
    session.run_session = dies
"""


def test_a_worker_that_dies_costs_only_its_own_targets(tmp_path: Path) -> None:
    """The report has what the other process found, and an error for each requirement of the lost one."""
    (tmp_path / "sitecustomize.py").write_text(DIES)
    report_dir = tmp_path / "report"
    versions = ("--store-version", "4.3.4", "--store-version", "4.3.5", "--jobs", "2")
    done = conformance(
        *("run", *versions, "--only", "CON-1", "--report-dir", str(report_dir)), PYTHONPATH=f"{tmp_path}:{ROOT}"
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    found = {each["version"]: each for each in report_in(report_dir)["results"]}
    assert found["4.3.5"]["verdict"] == "conforms"
    assert found["4.3.4"]["verdict"] == "error"
    assert "a worker process ended (it printed nothing)" in found["4.3.4"]["reason"]


def test_a_report_that_cannot_be_built_is_built_without_its_results(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every requirement has the error then, and the number of requests is kept."""
    calls: list[object] = []

    def fails_once(*arguments: Any, **options: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError("broken by the test")
        return summarise(*arguments, **options)

    monkeypatch.setattr(build_report, "summarise", fails_once)
    selection = Selection(("CON-1", "GIF-1"))
    description = build_report.RunDescription(
        target="http://shop.example/", versions=("4.3.4",), level="must", selection=selection
    )
    result = replace(failed_result("store", ["4.3.4"], selection, "lost"), faults=(), outcomes=(), requests=7)
    report = build_report.build_report_or_fault(description, result, datetime(2026, 1, 1, tzinfo=UTC), 1.0)
    assert [(each.requirement, each.verdict) for each in report.results] == [("CON-1", "error"), ("GIF-1", "error")]
    assert "ZeroDivisionError: broken by the test" in report.results[0].reason
    assert (report.requests, report.summary.exit_status) == (7, 2)
