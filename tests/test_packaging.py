"""What ``pip install`` installs: two commands that work in an empty folder, with nothing but the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from lxml import etree

ROOT = Path(__file__).parents[1]
FEATURES = {path.name for path in (ROOT / "features").rglob("*.feature")}


def ran(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the installed wheel in an otherwise empty folder."""
    return subprocess.run(
        [sys.executable, "-P", "-m", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_wheel_holds_the_contract_and_no_tests(installed: Path) -> None:
    """The wheel has every feature file and schema, and neither tests nor documentation."""
    contract = installed / "conformance" / "_contract"
    assert {path.name for path in contract.rglob("*.feature")} == FEATURES
    assert {path.name for path in contract.rglob("*.xsd")} == {path.name for path in (ROOT / "schemas").glob("*.xsd")}
    assert {path.name for path in installed.iterdir() if "dist-info" not in path.name} == {"conformance", "mockstore"}


def test_the_types_are_for_users_too(installed: Path) -> None:
    """A py.typed in each package makes type checkers use the annotations (PEP 561)."""
    assert {path.parent.name for path in installed.rglob("py.typed")} == {"conformance", "mockstore"}


def test_both_commands_are_declared(installed: Path) -> None:
    """The commands have the names that the README uses."""
    (entry_points,) = installed.glob("*.dist-info/entry_points.txt")
    text = entry_points.read_text(encoding="utf-8")
    assert "conformance = conformance.__main__:main" in text
    assert "mockstore = mockstore.cli.main:main" in text


def test_a_run_needs_nothing_else(installed: Path, tmp_path: Path) -> None:
    """Features, schemas and tables are found inside the wheel, by worker processes, too."""
    done = ran(
        installed, tmp_path, "conformance", "run", "--store-version", "4.0.1", "--store-version", "4.6.3", "--jobs", "2"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "conformance-report" / "report.json").is_file()
    suites = etree.parse(tmp_path / "conformance-report" / "junit.xml").getroot()
    times = [float(case.get("time", "")) for case in suites.iter("testcase")]
    assert len([time for time in times if time > 0]) > len(times) / 4


def test_orders_can_be_printed(installed: Path, tmp_path: Path) -> None:
    """``mockstore orders`` works with the wheel alone."""
    done = ran(installed, tmp_path, "mockstore", "orders", "--count", "2", "--format", "xml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("<OrderNumber>") == 2
