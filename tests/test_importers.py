"""Tests of whole runs on importers: a correct one, and many broken ones with one mistake each."""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest

from conformance.importer.program import ImporterError, StateFolder
from conformance.importer.service import MAX_MISSED_STORES, ImporterService
from conformance.importer.stores import RunningStore
from mockstore.traffic.journal import JournalEntry
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import ImporterAccess
from tests.support.importer_table import conformance_importer_in_forks, verdicts_on
from tests.support.importing import IMPORTERS, ROOT, Run, commands, conformance_importer, only


def load(name: str) -> ModuleType:
    """Return a module of tests/importers. It imports the correct importer from its own folder."""
    sys.path.insert(0, str(IMPORTERS))
    try:
        spec = importlib.util.spec_from_file_location(name, IMPORTERS / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(IMPORTERS))


BROKEN = load("broken").BROKEN
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
    assert names - sys.stdlib_module_names == {path.stem for path in IMPORTERS.glob("*.py")} - {"service", "table"}


def test_the_page_of_broken_importers_is_true() -> None:
    """docs/broken-importers.md is what table.py prints; there are at least 120."""
    page = (ROOT / "docs" / "broken-importers.md").read_text(encoding="utf-8")
    assert page == load("table").page(), "renew it: python tests/importers/table.py > docs/broken-importers.md"
    assert len(BROKEN) >= 120


def test_the_correct_importer_conforms_in_requests_and_notifications(tmp_path: Path) -> None:
    """None of its requests is reported."""
    run = conformance_importer(tmp_path, *commands("correct.py"), *only("Requests", "Notifications", "IMP-8"))
    assert run.status == 0, run.printed
    assert run.report["role"] == "importer"
    assert run.verdicts("conforms") == {"IMP-1", "IMP-2", "IMP-8", "IMP-12", "IMP-13", "IMP-14"}


@pytest.mark.slow
def test_the_correct_importer_conforms_in_everything(tmp_path: Path) -> None:
    """Every requirement is judged, and conforms."""
    run = conformance_importer_in_forks(tmp_path, *commands("correct.py"))
    assert run.status == 0, run.printed
    assert run.verdicts("conforms") == IDS


def test_every_requirement_is_broken_by_an_importer() -> None:
    """Otherwise a check could be missing without notice."""
    assert {name for _, caught_by, _ in BROKEN.values() for name in caught_by} == IDS


QUICK = ("no-paging", "local-time", "silent-without-address", "no-cost")
"""Judged with the command itself, for the evidence in its report."""


@pytest.mark.parametrize("name", QUICK)
def test_a_broken_importer_is_caught_with_evidence(name: str, tmp_path: Path) -> None:
    """The requirements that it declares deviate, with a request, an order or an expected value as evidence."""
    _, caught_by, _ = BROKEN[name]
    run = conformance_importer_in_forks(tmp_path, *commands(f"broken.py {name}"), *only(*caught_by))
    assert run.status == 1, run.printed
    assert run.verdicts("deviates") == caught_by, run.printed
    evidence = [each for result in run.report["results"] for each in result["evidence"]]
    assert any(each["exchange"] or each["order"] or each["expected"] for each in evidence)


ROWS = 8
"""Importers that one test judges."""


def rows(of: Iterable[str]) -> list[Any]:
    """Return the importers in groups, each with a name for its test."""
    listed = sorted(of)
    groups = [listed[start : start + ROWS] for start in range(0, len(listed), ROWS)]
    return [pytest.param(group, id=f"{group[0]} to {group[-1]}") for group in groups]


def groups_by_requirement() -> list[Any]:
    """Return the importers in groups that the same requirements catch."""
    by_set: dict[frozenset[str], list[str]] = {}
    for name, (_, caught_by, _) in BROKEN.items():
        by_set.setdefault(caught_by, []).append(name)
    return [group for names in by_set.values() for group in rows(names)]


def judged(programs: Iterable[str], *only: str) -> dict[str, dict[str, str]]:
    """Return the verdicts on importers, of these requirements or of all."""
    return {program: verdicts_on(program, *only) for program in programs}


def deviating(verdicts: dict[str, str]) -> set[str]:
    """Return the requirements that deviate. Errors are returned with their reasons, so that no comparison holds."""
    return {
        name if verdict == "deviates" else f"{name} {verdict}"
        for name, verdict in verdicts.items()
        if verdict.startswith(("deviates", "error"))
    }


@pytest.mark.slow
@pytest.mark.parametrize("names", groups_by_requirement())
def test_a_broken_importer_is_caught(names: list[str]) -> None:
    """All requirements that it declares deviate."""
    caught_by = BROKEN[names[0]][1]
    # requests of other scenarios count as well for these: a store that fails shows what a repeated request is like
    more = ("Trouble", "IMP-13") if caught_by <= {"IMP-1", "IMP-2"} else ()
    found = judged([f"broken.py {name}" for name in names], *caught_by, *more)
    assert {program: deviating(verdicts) for program, verdicts in found.items()} == {
        f"broken.py {name}": set(caught_by) for name in names
    }


WHOLE = {
    "credentials-in-url",
    "minute-left-out",
    "window-lost",
    "told-once-only",
    "query-lost-on-page-2",
    "whole-order",
}
"""Judged by all requirements in CI: their mistakes show in requests, where another requirement could report them."""


@pytest.mark.parametrize(
    "names",
    [
        *(pytest.param(*each.values, id=f"in CI, {each.id}", marks=pytest.mark.slow) for each in rows(WHOLE)),
        *(pytest.param(*each.values, id=each.id, marks=pytest.mark.long) for each in rows(BROKEN.keys() - WHOLE)),
    ],
)
def test_a_broken_importer_is_caught_by_exactly_what_it_declares(names: list[str]) -> None:
    """Of all requirements exactly those that it declares deviate, and no scenario ends with an error."""
    found = judged([f"broken.py {name}" for name in names])
    assert {program: deviating(verdicts) for program, verdicts in found.items()} == {
        f"broken.py {name}": set(BROKEN[name][1]) for name in names
    }


HABITS = load("habits").HABITS
FEW_FIELDS = "reports-few-fields"
ABRUPT = {"tests-the-connection", "requests-an-old-window"}
"""Their extra request may meet status 429, and the next one follows at once: that is a SHOULD (IMP-14)."""
PARALLEL = "reads-pages-at-once"
"""Each of its pages comes over a connection of its own: that is a SHOULD (IMP-14)."""
MIXES = (
    "tests-the-connection,reads-backwards,names-items-by-sku,reports-changes-only",
    "asks-with-head-first,looks-back-an-hour,reads-pages-at-once,writes-no-order-id,service-in-query-only",
)
"""Habits that CI judges together. Alone they are judged in the long tests."""


@pytest.mark.parametrize(
    "habits",
    [
        *(pytest.param(each, marks=pytest.mark.slow) for each in MIXES),
        *(pytest.param(each, marks=pytest.mark.long) for each in HABITS),
    ],
)
def test_a_correct_importer_with_habits_of_its_own_is_not_accused(habits: str) -> None:
    """No MUST deviates."""
    (verdicts,) = judged([f"habits.py {habits}"]).values()
    allowed = {"IMP-14"} if {*habits.split(",")} & {*ABRUPT, PARALLEL} else set()
    assert deviating(verdicts) <= allowed
    if habits != FEW_FIELDS:
        assert {name for name, verdict in verdicts.items() if verdict == "conforms"} >= IDS - allowed


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
