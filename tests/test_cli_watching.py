"""``conformance run --watch``: when it judges again, and when not."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

import click
import pytest

from conformance.cli import watching
from conformance.cli.watching import judge_on_changes, open_watch, wait_for_shop
from tests.support.processes import CODE, USERNAME, environment, free_port, mock_store

QUIET: frozenset[str] = frozenset()


def rounds(monkeypatch: pytest.MonkeyPatch, *looks: Collection[str]) -> tuple[int, list[str]]:
    """Return how often the suite judges if it sees these changes, then is stopped, and what it says.

    An empty look ends the look after a run; the next one that isn't empty is a change while nothing is judged.
    """
    said: list[str] = []
    left = [frozenset(look) for look in looks]
    judged = 0

    def changes() -> Iterator[frozenset[str]]:
        while True:
            yield left.pop(0) if left else QUIET

    def judge() -> int:
        nonlocal judged
        judged += 1
        return 1

    monkeypatch.setattr(watching, "stop_reason", lambda: "" if left else "SIGINT (Ctrl-C) stopped the run")
    monkeypatch.setattr(click, "echo", lambda text, err: said.append(text.strip()))
    assert judge_on_changes(judge, changes(), lambda: None) == 1
    return judged, said


def test_a_change_judges_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each edit leads to one more run, and is named."""
    judged, said = rounds(monkeypatch, QUIET, {"/shop/a.py"}, QUIET, QUIET, {"/shop/b.py"}, QUIET, QUIET)
    assert judged == 3
    assert "Changed: a.py. Judging again." in said
    assert "Changed: b.py. Judging again." in said


def test_an_edit_while_the_suite_judges_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """It leads to a run of its own."""
    assert rounds(monkeypatch, {"/shop/a.py"}, QUIET, QUIET, QUIET)[0] == 2


def test_a_file_that_the_shop_writes_does_not_judge_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What each run changes is not watched any more; then an edit is again one run."""
    log = {"/shop/orders.db"}
    judged, said = rounds(monkeypatch, log, QUIET, log, QUIET, log, log, QUIET, {"/shop/a.py"}, log, QUIET, QUIET)
    assert judged == 3
    assert "Not watched any more, because judging changes it: orders.db" in said


def test_new_files_of_each_run_do_not_judge_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that follows changes during a run is followed by none of its own."""
    assert rounds(monkeypatch, {"/shop/1.log"}, QUIET, {"/shop/2.log"}, QUIET, QUIET, QUIET)[0] == 2


def test_folders_are_checked(tmp_path: Path) -> None:
    """A folder that is missing, or in the report folder, is refused."""
    with pytest.raises(click.UsageError, match="there is no folder"):
        open_watch([tmp_path / "missing"], [])
    with pytest.raises(click.UsageError, match="is in the report folder"):
        open_watch([tmp_path], [tmp_path])


def test_without_watchfiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to install."""
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    with pytest.raises(click.UsageError, match="pip install watchfiles"):
        open_watch([tmp_path], [])


def test_a_shop_that_does_not_come_back_is_judged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run then says that it is not reachable."""
    monkeypatch.setattr(watching, "RELOAD_LIMIT_S", 0.1)
    wait_for_shop(f"http://127.0.0.1:{free_port()}/", 0.0)


def test_a_real_run(tmp_path: Path) -> None:
    """The suite judges, waits, judges again after an edit, and Ctrl-C ends it. Its own report is no change."""
    with mock_store("--orders", "40") as store:
        command = [sys.executable, "-c", CODE.format("conformance"), "run", store.url, "--username", USERNAME]
        command += ["--scope", "observation", "--only", "CON-1", "--quiet", "--watch", "--watch-delay", "0"]
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment(PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            lines = iter(process.stdout)
            assert next(lines).startswith("CONFORMS: 1 of 1")
            assert next(lines) == "Waiting for a change. Ctrl-C ends this.\n"
            (tmp_path / "shop.py").write_text("print('repaired')\n", encoding="utf-8")
            assert next(lines) == "\n"
            assert next(lines) == "Changed: shop.py. Judging again.\n"
            assert next(lines).startswith("CONFORMS: 1 of 1")
            assert next(lines) == "Waiting for a change. Ctrl-C ends this.\n"
            process.send_signal(signal.SIGINT)
            assert next(lines) == "conformance: SIGINT (Ctrl-C) stopped the run\n"
            assert process.wait(timeout=30) == 3
