"""``pytest --pyargs conformance``: the suite under plain pytest, with the plug-in of the wheel."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.cli.plain_pytest import judged_in_full
from conformance.core.finding import Finding
from conformance.core.verdict import Outcome
from conformance.runner.results import SessionResult
from conformance.runner.timing import Durations
from tests.support.independent_store import PASSWORD, TOKEN, USERNAME, Running, running


def pytest_run(installed: Path, folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, with only the plug-ins that these tests need."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "CONFORMANCE_"))},
            "CONFORMANCE_PASSWORD": PASSWORD,
            "CONFORMANCE_CONTROL_TOKEN": TOKEN,
            "PYTHONPATH": str(installed),
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def judged(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the suite with the plug-ins that it needs, and no other."""
    plugins = ("pytest_bdd.plugin", "conformance.pytest_plugin", "xdist.plugin")
    needed = [word for name in plugins for word in ("-p", name)]
    where = [] if "." in words else ["--pyargs", "conformance"]
    return pytest_run(installed, folder, *needed, *where, *words, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")


@pytest.fixture(scope="module")
def store() -> Iterator[Running]:
    """Run a store in which DIS-2 and ORD-17 deviate."""
    with running("--break", "positive-discount") as where:
        yield where


def test_an_endpoint_is_judged(installed: Path, store: Running, tmp_path: Path) -> None:
    """Scenarios are pytest's items, the verdict is one line, and the exit status is that of the suite.

    Pytest finds the plug-in by its entry point.
    """
    done = pytest_run(
        installed,
        tmp_path,
        *("-p", "no:faker", "-p", "no:cov", "-p", "no:locust", "--pyargs", "conformance"),
        *("--conformance-url", store.url, "--conformance-username", USERNAME),
        *("--conformance-control", store.control, "--conformance-allow-writes"),
        *("--conformance-report-dir", str(tmp_path / "report")),
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "DIS-2 deviates" in done.stdout
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert {each["requirement"] for each in report["results"] if each["verdict"] == "deviates"} == {"DIS-2", "ORD-17"}
    assert PASSWORD not in done.stdout + done.stderr


def test_known_deviations_and_a_selection(installed: Path, store: Running, tmp_path: Path) -> None:
    """``-k`` takes features, ``--conformance-only`` and a baseline work as for ``conformance run``.

    A failing test of somebody else is pytest's to report: the suite's exit status does not hide it.
    """
    (tmp_path / "known.toml").write_text('[[known]]\nrequirement = "DIS-2"\nreason = "SHOP-1"\n', encoding="utf-8")
    (tmp_path / "test_own.py").write_text("def test_own_discount(): assert False\n", encoding="utf-8")
    words = (
        *("-k", "discount", "--conformance-only", "DIS", "--conformance-only", "GIF"),
        *("--conformance-url", store.url, "--conformance-username", USERNAME, "--conformance-control", store.control),
        *("--conformance-scope", "truth", "--conformance-baseline", "known.toml"),
        *("--conformance-report-dir", "report"),
    )
    done = judged(installed, tmp_path, "test_own.py", *words)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "test_own_discount" in done.stdout
    assert "DEVIATES" not in done.stdout
    report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert {each["id"].partition("-")[0] for each in report["requirements"]} == {"DIS"}
    assert report["summary"]["error"] == 0
    assert [each["known"] for each in report["results"] if each["verdict"] == "deviates"] == ["SHOP-1"]


def test_a_variable_that_sets_nothing_is_named(installed: Path, tmp_path: Path) -> None:
    """Variables are checked as for ``conformance run``."""
    words = ("-p", "pytest_bdd.plugin", "-p", "conformance.pytest_plugin", "--pyargs", "conformance")
    variables = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CONFORMANCE_RUN_SCOP": "truth"}
    done = pytest_run(installed, tmp_path, *words, **variables)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "CONFORMANCE_RUN_SCOP is named after no option. Did you mean CONFORMANCE_RUN_SCOPE" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--conformance-level", "sould"), "'--conformance-level': 'sould'"),
        (("--conformance-only", "GIF", "-k", "CUS"), "no scenario is left"),
        (("-p", "no:pytest_bdd.plugin"), "needs the plug-in of pytest-bdd"),
        (("-n", "2"), "can't be divided among the processes of pytest-xdist: run it with -n 0"),
        (("-n", "1", "-o", "addopts=", "."), "can't be divided among the processes of pytest-xdist: run it with -n 0"),
    ],
    ids=["level", "nothing selected", "no pytest-bdd", "xdist", "xdist, found in the folder"],
)
def test_wrong_use_is_one_sentence(installed: Path, tmp_path: Path, words: tuple[str, ...], message: str) -> None:
    """Wrong use is one sentence without a traceback, and exit status 2. Nothing is judged in several processes."""
    done = judged(installed, installed if "." in words else tmp_path, *words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert message in done.stdout + done.stderr


LOADED = """
import sys

def test_own():
    names = {name for name in sys.modules if name.partition('.')[0] in ('conformance', 'mockstore')}
    assert names == {'conformance', 'conformance.pytest_plugin', 'conformance.core', 'conformance.core.pytest_options'}
    assert not {'aiohttp', 'click', 'gherkin', 'lxml', 'msgspec', 'pytest_bdd', 'rich'} & sys.modules.keys()
"""


def test_nothing_is_loaded_until_it_is_used(installed: Path, tmp_path: Path) -> None:
    """In another project's run the plug-in defines no fixture, and imports nothing but its options.

    If an option is for the suite, a line says that nothing was judged.
    """
    (tmp_path / "test_own.py").write_text(LOADED, encoding="utf-8")
    words = ("-p", "conformance.pytest_plugin", "test_own.py", "--conformance-scope", "truth")
    done = pytest_run(installed, tmp_path, *words, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert done.returncode == 0, done.stdout
    assert "Nothing was judged: to run the suite, add --pyargs conformance" in done.stdout
    plugin = importlib.import_module("conformance.pytest_plugin")
    assert not [name for name, value in vars(plugin).items() if "fixture" in type(value).__name__.lower()]


def test_collecting_sends_nothing(installed: Path, tmp_path: Path) -> None:
    """``--collect-only`` lists scenarios, and opens no target."""
    done = judged(installed, tmp_path, "--collect-only", "-m", "info", "--conformance-url", "http://127.0.0.1:1/")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_store.py::" in done.stdout
    assert "conformance =" not in done.stdout


# ---------------------------------------------------------------------- requirements without some of their scenarios


def result(*outcomes: Outcome) -> SessionResult:
    return SessionResult(outcomes=outcomes, exchanges=(), requests=1, notices=(), durations=Durations())


def outcome(requirement: str, *, findings: tuple[Finding, ...] = ()) -> Outcome:
    return Outcome(requirement=requirement, scenario="One", target="4.3.4", judged=1, findings=findings)


def test_a_requirement_counts_if_all_its_scenarios_were_picked() -> None:
    """Without some of its scenarios it can't conform, so it is left out of the selection; a notice names it."""
    judged_result, selection = judged_in_full(
        result(outcome("CON-1"), outcome("CON-2")), {"CON-1": (1, 1), "CON-2": (1, 3)}
    )
    assert selection.only == ("CON-1",)
    assert [each.requirement for each in judged_result.outcomes] == ["CON-1"]
    assert "CON-2" in judged_result.notices[0]


def test_a_deviation_counts_even_if_other_scenarios_were_left_out() -> None:
    """What was found stays found."""
    wrong = outcome("CON-2", findings=(Finding(message="It let us in"),))
    judged_result, selection = judged_in_full(result(outcome("CON-1"), wrong), {"CON-1": (1, 1), "CON-2": (1, 3)})
    assert selection.only == ("CON-1", "CON-2")
    assert judged_result.outcomes[1].findings


def test_a_part_of_one_requirement_is_not_enough() -> None:
    """If only parts of requirements were picked, none of them conforms, and the run is incomplete."""
    judged_result, selection = judged_in_full(result(outcome("CON-2")), {"CON-2": (1, 3)})
    assert selection.only == ("CON-2",)
    (only,) = judged_result.outcomes
    assert (only.judged, only.reason) == (0, "pytest's options picked only 1 of its 3 scenarios")
