"""Tests of whole runs on importers: a correct one, and many broken ones with one mistake each."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import cast

import pytest

from conformance.importer.program import ImporterError, StateFolder
from conformance.importer.service import MAX_MISSED_STORES, ImporterService
from conformance.importer.stores import RunningStore
from mockstore.traffic.journal import JournalEntry
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import ImporterAccess
from tests.support.importing import IMPORTERS, Run, commands, conformance_importer, only


def broken_importers() -> ModuleType:
    """Return the module of broken importers. It imports the correct one from its own folder."""
    sys.path.insert(0, str(IMPORTERS))
    try:
        spec = importlib.util.spec_from_file_location("broken", IMPORTERS / "broken.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(IMPORTERS))


BROKEN = broken_importers().BROKEN
IDS = {f"IMP-{number}" for number in range(1, 15)}


def test_importers_share_no_code_with_the_project() -> None:
    """They import only the standard library and each other."""
    names = {
        name.split(".")[0]
        for path in IMPORTERS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names - sys.stdlib_module_names == {path.stem for path in IMPORTERS.glob("*.py")} - {"service"}


def test_the_correct_importer_conforms_in_requests_and_notifications(tmp_path: Path) -> None:
    """None of its requests is reported."""
    run = conformance_importer(tmp_path, *commands("correct.py"), *only("Requests", "Notifications", "IMP-8"))
    assert run.status == 0, run.printed
    assert run.report["role"] == "importer"
    assert run.verdicts("conforms") == {"IMP-1", "IMP-2", "IMP-8", "IMP-12", "IMP-13", "IMP-14"}


@pytest.mark.slow
def test_the_correct_importer_conforms_in_everything(tmp_path: Path) -> None:
    """Every requirement is judged, and conforms."""
    run = conformance_importer(tmp_path, *commands("correct.py"))
    assert run.status == 0, run.printed
    assert run.verdicts("conforms") == IDS


def test_every_requirement_is_broken_by_an_importer() -> None:
    """Otherwise a check could be missing without notice."""
    assert {name for _, caught_by, _ in BROKEN.values() for name in caught_by} == IDS


QUICK = {"no-paging", "local-time", "silent-without-address", "no-cost"}
WHOLE = {"credentials-in-url", "minute-left-out", "window-lost", "told-once-only"}
"""Judged by all requirements in CI: their mistakes show in requests, where another requirement could report them."""


FIRST = {caught_by: name for name, (_, caught_by, _) in reversed(BROKEN.items())}
FIRST[frozenset({"IMP-7"})] = "no-afternoon"
"""For each set of requirements, the first importer that breaks exactly these."""


def how_long(name: str) -> tuple[pytest.MarkDecorator, ...]:
    """Return the marks of a broken importer's test. CI runs one importer for each set of requirements."""
    if name in QUICK:
        return ()
    return (pytest.mark.slow,) if name in FIRST.values() else (pytest.mark.long,)


@pytest.mark.parametrize("name", [pytest.param(name, marks=how_long(name)) for name in sorted(BROKEN)])
def test_a_broken_importer_is_caught(name: str, tmp_path: Path) -> None:
    """The requirements that it declares deviate, with a request, an order or an expected value as evidence."""
    _, caught_by, _ = BROKEN[name]
    run = conformance_importer(tmp_path, *commands(f"broken.py {name}"), *only(*caught_by))
    assert run.status == (0 if caught_by == {"IMP-14"} else 1), run.printed
    assert run.verdicts("deviates") == caught_by, run.printed
    evidence = [each for result in run.report["results"] for each in result["evidence"]]
    assert any(each["exchange"] or each["order"] or each["expected"] for each in evidence)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.slow if name in WHOLE else pytest.mark.long) for name in sorted(BROKEN)],
)
def test_a_broken_importer_is_caught_by_exactly_what_it_declares(name: str, tmp_path: Path) -> None:
    """Of all requirements exactly those that it declares deviate, and no scenario ends with an error."""
    _, caught_by, _ = BROKEN[name]
    run = conformance_importer(tmp_path, "--jobs", "1", *commands(f"broken.py {name}"))
    assert run.verdicts("deviates") == caught_by, run.printed
    assert not run.verdicts("error"), run.reasons


def test_the_report_hides_the_password(tmp_path: Path) -> None:
    """A URL with a password in it is evidence, but the report does not show the password."""
    run = conformance_importer(tmp_path, *commands("broken.py credentials-in-url", ships=False), *only("IMP-1"))
    assert "auth_pass=…" in (tmp_path / "report" / "report.json").read_text(encoding="utf-8")
    assert run.verdicts("deviates") == {"IMP-1"}


def test_without_a_ship_command_notifications_are_not_exercised(tmp_path: Path) -> None:
    """The run is incomplete, and names the missing option."""
    run = conformance_importer(tmp_path, *commands("correct.py", ships=False), *only("IMP-12", "IMP-13"))
    assert run.status == 3
    assert run.verdicts("not-exercised") == {"IMP-12", "IMP-13"}
    assert "--ship-command" in run.reasons


def attached(folder: Path, port: int, *words: str, service: str = "", password: str = "of-the-service") -> Run:
    """Return a run on the service of tests/importers, which uses this password for the store."""
    state = folder / "state"
    state.mkdir()
    url = f"http://127.0.0.1:{port}/?dispatch=shipstation"
    of_service = [str(IMPORTERS / "service.py"), "--url", url, "--user", "ship-user", "--state", str(state)]
    process = subprocess.Popen(
        [sys.executable, "-E", "-s", *of_service, *service.split()],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"STORE_PASSWORD": password, "TZ": "Asia/Kolkata"},
        text=True,
    )
    try:
        assert process.stdout is not None
        results = process.stdout.readline().strip()
        return conformance_importer(
            folder,
            *("--attach", "--port", str(port), "--results-url", results, *words),
            timeout=900,
            STORE_PASSWORD="of-the-service",
        )
    finally:
        process.kill()
        process.communicate()


def test_a_service_that_polls_by_itself_is_judged(tmp_path: Path, unused_port: int) -> None:
    """It polls one URL, at which the stores follow each other, and reports what it imported."""
    run = attached(tmp_path, unused_port, "--limit", "60", *only("IMP-1", "IMP-8"))
    assert run.verdicts("conforms") == {"IMP-1", "IMP-8"}, run.printed
    assert "run with --import-command" in run.reasons


def test_a_broken_service_is_caught(tmp_path: Path, unused_port: int) -> None:
    """It deviates like an importer that is called."""
    run = attached(tmp_path, unused_port, *only("IMP-9"), service="--broken unknown-is-paid")
    assert run.verdicts("deviates") == {"IMP-9"}, run.printed


class RefusingStore:
    """A store that refuses a request as soon as the suite waits for it; then no further request comes."""

    access = ImporterAccess("http://127.0.0.1:8090/?dispatch=shipstation", "ship-user", "of-the-service")
    now = datetime(2026, 4, 2, tzinfo=UTC)

    def __init__(self) -> None:
        self.requests: tuple[LoggedRequest, ...] = ()

    @property
    def last_request(self) -> int:
        """The number of requests."""
        return len(self.requests)

    async def next_request(self) -> None:
        """Get the request; after that, wait for ever."""
        if self.requests:
            await asyncio.Event().wait()
        target = "/?dispatch=shipstation&action=export"
        self.requests = (LoggedRequest(JournalEntry(1, self.now, "GET", target, {}, "", 401)),)


def test_the_suite_gives_up_waiting_for_a_refused_service(tmp_path: Path) -> None:
    """The error says why, and after three stores the suite no longer waits."""
    service = ImporterService("", None, None, limit_s=0.05)

    async def pull(store: RefusingStore) -> None:
        await service.pull(cast("RunningStore", store), store.now, store.now, StateFolder(tmp_path / str(id(store))))

    stores = [RefusingStore() for _ in range(MAX_MISSED_STORES + 1)]
    for store in stores:
        with pytest.raises(ImporterError, match=r"the store refused its user name or password \(status 401\)"):
            asyncio.run(pull(store))
    assert [store.last_request for store in stores] == [1] * MAX_MISSED_STORES + [0]


@pytest.mark.long
def test_a_service_with_a_wrong_password_is_refused(tmp_path: Path, unused_port: int) -> None:
    """The report says why nothing could be judged."""
    run = attached(tmp_path, unused_port, "--limit", "30", *only("IMP-5"), password="another")
    assert run.status == 2, run.printed
    assert run.verdicts("error") == {"IMP-5"}
    assert "the store refused its user name or password (status 401)" in run.reasons


ATTACHED = {
    "": frozenset[str](),
    **{name: BROKEN[name][1] for name in ("no-paging", "never-updates", "still-escaped", "stops-without-address")},
}
"""A correct service (""), and some broken ones whose mistakes can be seen in a service."""


@pytest.mark.long
@pytest.mark.parametrize("name", ATTACHED)
def test_a_service_is_judged_in_everything(name: str, tmp_path: Path, unused_port: int) -> None:
    """It meets the same stores as an importer that is called, and the run ends by itself."""
    words = [*commands("correct.py")[2:], "--limit", "90"]
    run = attached(tmp_path, unused_port, *words, service=f"--broken {name}" if name else "")
    assert run.verdicts("deviates") == ATTACHED[name], run.printed
    assert not run.verdicts("error"), run.reasons
    assert not (run.verdicts("not-exercised") and not name), run.reasons


@pytest.fixture
def unused_port() -> int:
    """Return a port at which nothing listens."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


KNOWN = """
[[known]]
requirement = "IMP-1"
reason = "the new client sends a header; ticket 4711"

[[known]]
requirement = "IMP-2"
reason = "gone since"
"""


def test_known_deviations_and_options_from_a_file(tmp_path: Path) -> None:
    """A baseline works as for stores: it excuses known deviations, and a stale entry fails the run."""
    (tmp_path / "known.toml").write_text(KNOWN, encoding="utf-8")
    option, command = commands("broken.py credentials-in-url", ships=False)
    assert option == "--import-command"
    (tmp_path / "conformance.toml").write_text(
        f'scope = "truth"\n[importer]\nimport-command = "{command}"\n'
        'baseline = "known.toml"\nonly = ["IMP-1", "IMP-2"]\n',
        encoding="utf-8",
    )
    stale = conformance_importer(tmp_path)
    assert stale.status == 1, stale.printed
    assert [each["known"] for each in stale.report["results"] if each["verdict"] == "deviates"] == [
        "the new client sends a header; ticket 4711"
    ]
    assert "Stale baseline entry: IMP-2" in "\n".join(stale.report["notices"])
    allowed = conformance_importer(tmp_path, "--allow-stale")
    assert allowed.status == 0, allowed.printed
    assert "Stale" not in allowed.printed
