"""Tests of importers that can't be judged: each such scenario gets an error in plain words, and the others go on."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from conformance.importer import process
from conformance.importer.program import end_of, how_it_failed, read_result_file
from conformance.importer.result import BadResult
from tests.support.importing import ROOT, commands, conformance_importer, only
from tests.support.runs import started


def script(text: str, *words: str) -> str:
    """Return a command that runs this Python code."""
    return shlex.join([sys.executable, "-I", "-c", text, "{url}", *words])


ASK = (
    "import sys, os, base64, urllib.request as u; url, *more = sys.argv[1:]; "
    "token = base64.b64encode(('conformance-importer:' + os.environ['STORE_PASSWORD']).encode()).decode(); "
    "u.urlopen(u.Request(url + '&action=export&start_date=01/01/2026+00:00&end_date=12/31/2036+00:00&page=1', "
    "headers={'Authorization': 'Basic ' + token})).read(); "
)

BAD = {
    "not there": ("/nowhere/importer {url}", "there is no program '/nowhere/importer'"),
    "fails": (script("import sys; print('no such table: orders', file=sys.stderr); sys.exit(7)"), "status 7"),
    "says why it fails": (script("raise SystemExit('no such table: orders')"), "no such table: orders"),
    "asks for nothing": (script("print('[]')"), "reports success, but sent no request"),
    "prints nothing": (script(ASK), "the result is empty"),
    "prints nonsense": (script(ASK + "print('3 orders imported')"), "it begins with '3 orders imported'"),
    "prints another kind of JSON": (script(ASK + "print('42')"), "neither an object nor a list"),
    "names an unknown field": (
        script(ASK + 'print(\'[{"order_number": "1", "ordertotal": 5}]\')'),
        "an unknown field 'ordertotal'",
    ),
    "gives a field of another kind": (
        script(ASK + 'print(\'[{"order_number": "1", "items": 5}]\')'),
        "doesn't fit at orders[0].items",
    ),
    "gives orders without a number": (script(ASK + 'print(\'[{"total": "5.00"}]\')'), "orders[0] has no order_number"),
    "prints without end": (script(ASK + "print('[' + ' ' * 40_000_000)"), "it printed more than 32 MB"),
    "nests without end": (script(ASK + "print('[' * 200_000)"), "the result is not JSON"),
    "leaves no file": (script(ASK, "{result}"), "it wrote no result to {result}"),
    "leaves a pipe": (script(ASK + "os.mkfifo(more[0])", "{result}"), "{result} is a named pipe, not a regular file"),
}


NOT_STARTED = {
    "not there": ("/nowhere/importer", "there is no program '/nowhere/importer'"),
    "a folder": ("/", "it is a folder"),
    "not executable": ("{folder}/plain", "it isn't executable: run chmod +x, or name the program that runs it"),
    "without a first line": ("{folder}/bare", "its first line doesn't name the program that runs it"),
}


@pytest.mark.parametrize("name", NOT_STARTED)
def test_a_command_that_cannot_start_is_explained(name: str, tmp_path: Path) -> None:
    """The message says what to do, not only the system's error."""
    (tmp_path / "bare").write_text("print(1)", encoding="utf-8")
    (tmp_path / "bare").chmod(0o755)
    (tmp_path / "plain").write_text("print(1)", encoding="utf-8")
    program, said = NOT_STARTED[name]
    with pytest.raises(process.NotStarted, match=re.escape(said)):
        asyncio.run(process.run_command([program.format(folder=tmp_path)], os.environ, 5))


def test_the_last_output_is_cut_at_its_start() -> None:
    """Whole lines are kept, among them the last one, which usually has the cause; a signal is named."""
    output = "one more line\n" * 500 + "no such table: orders"
    assert end_of(output).startswith("… one more line\n")
    assert end_of(output).endswith("\nno such table: orders")
    assert len(end_of(output)) <= 310
    assert end_of("x" * 500).count("x") == 300
    assert how_it_failed(process.ProcessResult(-6, b"", "")) == "was ended by signal SIGABRT"
    assert how_it_failed(process.ProcessResult(7, b"", "")) == "ended with status 7"


@pytest.mark.parametrize("name", BAD)
def test_a_command_that_cannot_be_judged_is_an_error(name: str, tmp_path: Path) -> None:
    """The message says what happened; the other scenarios are run as well."""
    command, said = BAD[name]
    run = conformance_importer(tmp_path, "--import-command", command, *only("IMP-8", "IMP-6"))
    assert run.status == 2, run.printed
    assert run.verdicts("error") == {"IMP-6", "IMP-8"}
    assert said in run.reasons
    assert "Traceback" not in run.printed


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    """The report has its last output, and none of its processes is left, even one that left its process group."""
    pids = tmp_path / "pids"
    text = (
        "import os, subprocess, sys, time; print('waiting for the moon', file=sys.stderr, flush=True); "
        "one = subprocess.Popen(['sleep', '300']); "
        "two = subprocess.Popen(['sleep', '300'], start_new_session=True); "
        f"open({str(pids)!r}, 'a').write(f'{{os.getpid()}} {{one.pid}} {{two.pid}} '); time.sleep(300)"
    )
    run = conformance_importer(tmp_path, "--limit", "1", "--import-command", script(text), *only("IMP-8"))
    assert run.verdicts("error") == {"IMP-8"}
    assert "did not end within 1 s and was killed" in run.reasons
    assert "waiting for the moon" in run.reasons
    left = [pid for pid in pids.read_text().split() if running(int(pid))]
    assert len(pids.read_text().split()) >= 3
    assert not left


DAEMON = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open({pipe!r}, "w") as told:
            told.write(str(os.getpid()))
        os.execve("/bin/sleep", ["sleep", "300"], {{}})
    os._exit(0)
os.wait()
time.sleep(300)
"""
"""An importer that starts a daemon, in a session of its own and with an empty environment."""


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGTERM, "midway"),
        *(
            pytest.param(number, moment, marks=pytest.mark.long)
            for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
            for moment in ("early", "midway", "late")
            if (number, moment) != (signal.SIGTERM, "midway")
        ),
    ],
)
def test_nothing_of_an_importer_outlives_a_run_that_is_stopped(
    number: signal.Signals, moment: str, tmp_path: Path
) -> None:
    """Not even a daemon. Early: before the first call. Midway: in a call. Late: while the report is written."""
    pipe, baseline = tmp_path / "pid", tmp_path / "baseline.toml"
    os.mkfifo(pipe)
    text = DAEMON if moment == "midway" else "open({pipe!r}, 'w').close(); raise SystemExit(7)"
    text = text.format(pipe=str(pipe))
    words = ["importer", "--report-dir", str(tmp_path / "report"), "--import-command", script(text), *only("IMP-8")]
    if moment == "early":
        os.mkfifo(baseline)
        words += ["--baseline", str(baseline)]
    with started(tmp_path, *words) as run:
        if moment == "early":
            with baseline.open("w", encoding="utf-8"):
                run.send(number)
        elif moment == "midway":
            daemon = int(pipe.read_text())
            run.send(number)
        else:
            (tmp_path / "report").mkdir()
            first, second = (tmp_path / "report" / f".badge.{end}.{run.process.pid}.tmp" for end in ("json", "svg"))
            os.mkfifo(first)
            os.mkfifo(second)
            pipe.read_bytes()
            first.read_bytes()
            run.send(number)
            second.read_bytes()
        status = run.end()
        assert not run.left()
        assert moment != "midway" or not running(daemon)
    assert "Traceback" not in run.printed
    if moment == "late":  # the run had its verdict: the only call failed
        assert status == 2, run.printed
    else:
        assert status == 3, run.printed
        assert f"{number.name}{' (Ctrl-C)' if number == signal.SIGINT else ''} stopped the run" in run.printed
    assert (tmp_path / "report" / "report.json").is_file()
    assert not list(run.temporary.iterdir())


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket", "device", "link to a pipe", "missing"])
def test_a_result_is_read_only_from_a_regular_file(kind: str, tmp_path: Path) -> None:
    """Reading anything else could block the run. A link to a regular file is fine."""
    place = tmp_path / "result"
    match kind:
        case "folder":
            place.mkdir()
        case "pipe":
            os.mkfifo(place)
        case "socket":
            with socket.socket(socket.AF_UNIX) as bound:
                bound.bind(str(place))
        case "device":
            place.symlink_to("/dev/zero")
        case "link to a pipe":
            os.mkfifo(tmp_path / "pipe")
            place.symlink_to(tmp_path / "pipe")
    with pytest.raises(BadResult, match="no result" if kind == "missing" else "not a regular file"):
        read_result_file(place)
    (tmp_path / "real").write_bytes(b"[]")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_result_file(tmp_path / "link") == b"[]"


def running(pid: int) -> bool:
    """True if a process runs and is no zombie. One that was just killed gets a moment to end."""
    for _ in range(50):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        if state == "Z":
            return False
        time.sleep(0.02)
    return True


WRONG_USE = {
    "no importer is given": [],
    "{utl}, which is not a placeholder. Did you mean {url}?": ["--import-command", "x {utl}"],
    "has '&&', which only a shell understands": ["--import-command", "x {url} && y"],
    "has 'TOKEN=', which only a shell understands": ["--import-command", "TOKEN=5 x {url}"],
    "needs {url}": ["--import-command", "x --since {start}"],
    "can't be read: No closing quotation": ["--import-command", "x '{url}"],
    "needs {tracking_number} or {shipment}": [
        "--import-command",
        "x {url}",
        "--ship-command",
        "y {url} {order_number}",
    ],
    "no requirement or feature is called 'IMP-99'": ["--import-command", "x {url}", "--only", "IMP-99"],
    "the mapping file /nowhere can't be read": ["--import-command", "x {url}", "--mapping", "/nowhere"],
    "give either --attach, to wait for an importer": ["--import-command", "x {url}", "--attach"],
    "--attach needs the store's password": ["--attach", "--password-env", "NOT_THERE"],
    "--results-url needs --attach": ["--import-command", "x {url}", "--results-url", "http://x/"],
    "entry 1: there is no requirement 'WIN-1'": ["--import-command", "x {url}", "--baseline", "store.toml"],
    "The baseline nowhere.toml can't be read": ["--import-command", "x {url}", "--baseline", "nowhere.toml"],
    "9.9.9": ["--import-command", "x {url}", "--store-version", "9.9.9"],
}


@pytest.mark.parametrize("said", WRONG_USE)
def test_wrong_use_is_one_sentence(said: str, tmp_path: Path) -> None:
    """The run ends with status 2, says what is wrong, and writes no report."""
    (tmp_path / "store.toml").write_text('[[known]]\nrequirement = "WIN-1"\nreason = "a store\'s"', encoding="utf-8")
    run = conformance_importer(tmp_path, *WRONG_USE[said])
    assert run.status == 2
    assert said in run.printed
    assert "Traceback" not in run.printed
    assert not run.report


MAPPING = """
orders = "data.purchases"
[fields]
order_number = "no"
"customer.email" = "buyer.mail"
"customer.shipping.name" = "buyer.to"
items = "rows"
"items.sku" = "article"
"items.quantity" = "pieces"
"""


def test_a_program_with_its_own_field_names_is_read_by_a_mapping(tmp_path: Path) -> None:
    """The fields in the mapping are judged, the others are ignored."""
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    own = tmp_path / "own.py"
    own.write_text(
        "import json, sys\n"
        f"sys.path.insert(0, {str(ROOT / 'tests' / 'importers')!r})\n"
        "import correct\n"
        "def purchase(order):\n"
        "    buyer = {'mail': order['customer']['email'], 'to': order['customer']['shipping']['name']}\n"
        "    rows = [{'article': each['sku'], 'pieces': int(each['quantity'])} for each in order['items']]\n"
        "    return {'no': order['order_number'], 'buyer': buyer, 'rows': rows, 'colour': 'blue'}\n"
        "status = correct.main(sys.argv[1:])\n"
        "place = correct.Path(sys.argv[sys.argv.index('--result') + 1])\n"
        "orders = json.loads(place.read_text())['orders']\n"
        "place.write_text(json.dumps({'data': {'purchases': [purchase(order) for order in orders]}}))\n"
        "sys.exit(status)\n",
        encoding="utf-8",
    )
    words = commands("correct.py", ships=False)[1].partition("pull ")[2]
    run = conformance_importer(
        tmp_path,
        *("--import-command", f"{sys.executable} -E -s {own} pull {words}"),
        *("--mapping", str(tmp_path / "mapping.toml")),
        *only("IMP-5"),
    )
    assert run.verdicts("conforms") == {"IMP-5"}, run.printed
    assert "the importer does not report notes" in run.reasons
