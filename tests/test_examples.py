"""The example shops of docs/control-protocol.md, judged by the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conformance.report import views
from conformance.runner.check_control import CheckSettings, check_adapter
from conformance.truth.settings import ControlAccess, Secret
from tests.support.broken_control import broken_control
from tests.support.control_schema import problems
from tests.support.processes import PASSWORD, ROOT, TOKEN, USERNAME, conformance, free_port, process
from tests.support.scripted import Asked

EXAMPLES = ROOT / "examples"


def check(url: str) -> None:
    """Check the protocol of a shop: nothing is wrong, and every call and reply is as the schema describes it."""
    misfit: list[str] = []

    def look(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        body = json.loads(asked.body) if asked.body else None
        misfit.extend(problems(asked.method, asked.path, body, status, content))
        return status, content

    with broken_control(None, look, base=url, batch=True) as server:
        results = check_adapter(CheckSettings(access=ControlAccess(server.place, Secret(TOKEN)), allow_writes=True))
    assert not results.faults
    assert not results.notes
    assert not misfit, misfit[:5]


def judge(port: int, folder: Path) -> None:
    """Judge a shop with writes: all requirements are judged and conform, and no order is left behind."""
    place = f"http://127.0.0.1:{port}"
    check(f"{place}/control/v1")
    done = conformance(
        *("run", f"{place}/shipstation", "--username", USERNAME, "--control", f"{place}/control/v1"),
        *("--allow-writes", "--report-dir", str(folder), "--quiet"),
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = views.read(folder)
    assert report.summary.must_judged == report.summary.must_in_scope
    assert not [result for result in report.results if result.verdict in ("deviates", "error")]
    assert not [notice for notice in report.notices if "could not delete" in notice]


def test_the_python_shop_conforms(tmp_path: Path) -> None:
    """It runs in a process of its own, with the standard library only."""
    port = free_port()
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(EXAMPLES / 'python')!r})"]
    command[-1] += f"; sys.argv = ['store', '--port', '{port}']; import store; store.main()"
    with process(command, f"http://127.0.0.1:{port}/", STORE_PASSWORD=PASSWORD, CONTROL_TOKEN=TOKEN):
        judge(port, tmp_path)


def has_php() -> bool:
    """True if PHP 8 with dom is installed."""
    php = shutil.which("php")
    if php is None:
        return False
    done = subprocess.run(
        [php, "-r", "exit(PHP_MAJOR_VERSION >= 8 && class_exists('DOMDocument') ? 0 : 1);"], check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(not has_php(), reason="PHP 8 with dom isn't installed (apt-get install php-cli php-xml)")
def test_the_php_shop_conforms(tmp_path: Path) -> None:
    """It runs under PHP's own server."""
    port = free_port()
    command = ["php", "-S", f"127.0.0.1:{port}", str(EXAMPLES / "php" / "store.php")]
    secrets = {"STORE_PASSWORD": PASSWORD, "CONTROL_TOKEN": TOKEN, "STORE_FILE": str(tmp_path / "orders.json")}
    with process(command, f"http://127.0.0.1:{port}/", **secrets):
        judge(port, tmp_path / "report")


def has_node() -> bool:
    """True if Node 18 or later is installed."""
    node = shutil.which("node")
    if node is None:
        return False
    return (
        subprocess.run(
            [node, "-e", "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)"], check=False
        ).returncode
        == 0
    )


@pytest.mark.skipif(not has_node(), reason="Node 18 or later isn't installed (apt-get install nodejs)")
def test_the_node_shop_conforms(tmp_path: Path) -> None:
    """It runs with Node's standard library only."""
    port = free_port()
    command = ["node", str(EXAMPLES / "node" / "store.mjs"), "--port", str(port)]
    with process(command, f"http://127.0.0.1:{port}/", STORE_PASSWORD=PASSWORD, CONTROL_TOKEN=TOKEN):
        judge(port, tmp_path / "report")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(
            ("node", "--test", str(EXAMPLES / "node")),
            marks=pytest.mark.skipif(
                not has_node(), reason="Node 18 or later isn't installed (apt-get install nodejs)"
            ),
            id="node",
        ),
        pytest.param(
            ("php", str(EXAMPLES / "php" / "importer_test.php")),
            marks=pytest.mark.skipif(not has_php(), reason="PHP 8 with dom isn't installed"),
            id="php",
        ),
    ],
)
def test_the_examples_of_tests_in_other_languages_pass(command: tuple[str, ...]) -> None:
    """They start a mock store, test a small importer, and leave no store behind."""
    environment = {**os.environ, "MOCKSTORE": f"{sys.executable} -m mockstore", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
