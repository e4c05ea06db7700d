"""The README: what it shows is what the commands print, and what it tells to enter works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import PASSWORD, ROOT, TOKEN, USERNAME, environment, mock_store

README = (ROOT / "README.md").read_text(encoding="utf-8")
STUB = '#!/bin/sh\nexec {python} -m {name} "$@"\n'


def after(heading: str) -> list[str]:
    """Return the blocks of the section with this heading."""
    (section,) = re.findall(rf"^## {heading}\n(.*?)(?=^## )", README, re.MULTILINE | re.DOTALL)
    return [content for _, content in re.findall(r"^```(\w+)\n(.*?)^```", section, re.MULTILINE | re.DOTALL)]


def shell(folder: Path, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a block in an empty folder, with both commands on the path."""
    commands = folder / "bin"
    commands.mkdir(exist_ok=True)
    for name in ("conformance", "mockstore"):
        (commands / name).write_text(STUB.format(python=sys.executable, name=name), encoding="utf-8")
        (commands / name).chmod(0o755)
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=folder,
        env=environment(PATH=f"{commands}{os.pathsep}{os.environ['PATH']}", **variables),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_it_begins_with_installing() -> None:
    """The first section installs both commands, before any other section needs them."""
    assert re.findall(r"^## (.+)", README, re.MULTILINE)[:2] == ["Install", "See what it finds"]


def test_the_output_is_real(tmp_path: Path) -> None:
    """The command prints each line that the README shows below it, and ends with the exit status of a deviation."""
    command, shown = after("See what it finds")
    done = shell(tmp_path, command)
    assert done.returncode == 1, done.stderr
    assert [line for line in shown.splitlines() if line not in done.stdout.splitlines()] == []
    for name in ("report.html", "report.md", "junit.xml", "report.json"):
        assert (tmp_path / "conformance-report" / name).is_file()


def test_an_endpoint_is_judged_as_written(tmp_path: Path) -> None:
    """Both blocks work as they stand, with the URL and the secrets of a real shop."""
    with mock_store("--version", "4.3.4", "--orders", "60") as store:
        for block in after("Judge your own endpoint")[:2]:
            for written, real in (
                ("https://shop.example/?dispatch=shipstation", store.url),
                ("https://test.shop.example/?dispatch=shipstation", store.url),
                ("https://test.shop.example/control/v1", store.control),
                ("PASSWORD=…", f"PASSWORD={PASSWORD}"),
                ("TOKEN=…", f"TOKEN={TOKEN}"),
                ("--username ship-user", f"--username {USERNAME}"),
            ):
                block = block.replace(written, real)
            assert "…" not in block
            done = shell(tmp_path, block, CONFORMANCE_RUN_ONLY="CON-1 CUS-1 SHP-1" if "--control" in block else "")
            assert done.returncode == 0, done.stdout + done.stderr
            assert done.stdout.startswith("CONFORMS: "), done.stdout


@pytest.mark.long
def test_two_commands_without_installing(tmp_path: Path) -> None:
    """In a fresh clone, ``make conformance`` judges every version; then both commands can be called."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    commands, activate = after("Two commands without installing")
    (first,) = [line for line in commands.splitlines() if line.startswith("make conformance")]
    clean = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "PATH", "TMPDIR")}
    clean |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    script = f"{first}\n{activate}\nconformance --version\nmockstore versions 4.3.4 4.3.6\ncommand -v conformance"
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=tmp_path, env=clean, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tmp_path}/.venv/bin/conformance" in done.stdout


@pytest.mark.long
def test_it_can_be_installed_with_pip(tmp_path: Path) -> None:
    """The last line of the first block, in an environment of its own."""
    (install,) = [line for line in after("Install")[0].splitlines() if line.startswith("python3 -m pip")]
    script = f"cd {ROOT}\n{install}\ncd {tmp_path}\nconformance --version\nmockstore --help"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        env={**os.environ, "PATH": f"{tmp_path / 'venv' / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
