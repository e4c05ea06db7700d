"""The inputs of the suite."""

from __future__ import annotations

import asyncio
import gzip
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache, partial
from io import StringIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

import click
import msgspec
from rich.console import Console

from conformance.checks.hints import hint_for
from conformance.checks.matching import pair_orders
from conformance.cli import config_file, multi_target
from conformance.cli.run_options import RunOptions
from conformance.client.exchange import Exchange, Headers, Masked
from conformance.client.http import HttpSession, Limits
from conformance.client.parsing.document import encoding_problem, has_xml_content_type, parse_export
from conformance.client.parsing.order import ExportedOrder
from conformance.client.recording.har import UnreadableHar, read_har
from conformance.client.recording.har_traffic import har_traffic
from conformance.client.recording.replay import ReplaySession
from conformance.client.recording.tape import FORMAT, Header, Tape, TapeWriter, UnreadableTape
from conformance.client.recording.traffic import TrafficSession, UnreadableTraffic, read_traffic
from conformance.client.session import EventLoop, Session, redirect_of, requested_wait_s
from conformance.contract.requirements import requirements
from conformance.core.errors import ConformanceError, Inconclusive
from conformance.core.finding import Finding
from conformance.importer.compare import compare_orders, finding_of
from conformance.importer.mapping import FieldMapping, WrongMapping, read_mapping
from conformance.importer.result import BadResult, parse_json, read_result
from conformance.report import baseline as baselines
from conformance.report import diff, terminal, views
from conformance.report.baseline import BaselineError
from conformance.report.model import Report
from conformance.report.views import UnreadableReport
from conformance.runner.build_report import exchange_record
from conformance.runner.check_control import CheckSettings, check_in
from conformance.runner.redaction import Pseudonyms
from conformance.suite.then import ALL_TOGETHER, PER_ORDER
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.settings import ControlAccess, Secret
from conformance.truth.source import Truth, TruthUnavailable
from conformance.truth.worksheet.form import WorksheetError, read_form
from conformance.truth.worksheet.source import WorksheetTruth
from mockstore.cli.settings_file import settings_for
from mockstore.control.routes import BASE_PATH, Control
from mockstore.orders.draft import Draft
from mockstore.rest.access import RestAccess
from mockstore.rest.api import Api, RestRequest
from mockstore.shop.facts import store_facts
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import Store
from mockstore.traffic.faults import Faults
from mockstore.traffic.journal import Journal
from tests.fuzz import suite_inputs
from tests.fuzz.mock_surfaces import command_line, invoked
from tests.fuzz.mutate import damaged_json
from tests.fuzz.suite_inputs import CALLS, NOW, SEPARATOR
from tests.fuzz.surface import Fault, Feed, Surface
from tests.support.judged import LAMP, ORDER, one_line
from tests.support.store_in_thread import EMAIL, KEY, basic
from tests.support.store_in_thread import ROOT as ACCOUNT

URL = "http://shop.example/?dispatch=shipstation&action=export"
MAX_FINDINGS = 5_000
"""Most findings that the orders of one reply can lead to: the measure of work, in place of a clock."""
MAX_PROBLEM_CHARS = 1_000
"""Most characters of a text about what is wrong with an adapter."""
MAX_REQUESTS = 400
"""Most requests that a source of truth sends for what is asked of it here."""


def exchange_of(raw: bytes, number: int = 1, method: str = "GET", url: str = URL) -> Exchange:
    """Return the exchange with this reply, read as aiohttp reads a reply, but without its checks."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
    parts = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    status = int(parts[1]) if len(parts) > 1 and parts[1].isascii() and parts[1].isdigit() else None
    return Exchange(
        number=number,
        method=method,
        url=url,
        request_headers=(("Authorization", Masked("Basic c2hpcA==", "Basic …")),),
        request_body=b"",
        status=status,
        reason=parts[2] if len(parts) > 2 else "",
        reply_headers=tuple((name.strip(), value.strip()) for name, _, value in pairs),
        reply_body=body,
        duration_ms=1.0,
        error=None if status is not None else "the reply is not HTTP",
    )


# ---------------------------------------------------------------------- replies to an export


@cache
def checks() -> tuple[tuple[str, Callable[[Any], Any], object], ...]:
    """Return every check of exported orders with what it takes: the type of its first parameter."""
    listed = {**PER_ORDER, **ALL_TOGETHER}
    return tuple((sentence, check, next(iter(get_type_hints(check).values()))) for sentence, check in listed.items())


def judged(exchange: Exchange) -> str:
    """Read a reply and judge its orders by every check, as a run does; return what it was."""
    page = parse_export(exchange)
    encoding_problem(exchange)
    has_xml_content_type(exchange)
    with suppress(ConformanceError):
        redirect_of(exchange)
    requested_wait_s(exchange, 2.0)
    pairs, unmatched = pair_orders(page.orders, suite_inputs.orders(), store_facts(suite_inputs.shop().shop))
    given: dict[object, Sequence[object]] = {ExportedOrder: page.orders}
    found: list[Finding] = []
    for _, check, wanted in checks():
        name = str(wanted)
        if "ExportPage" in name:
            found += check([page])
        elif "Sequence" in name:
            found += check(page.orders if "ExportedOrder" in name else pairs) or ()
        else:
            for each in given.get(wanted, pairs):
                found += check(each) or ()
    if len(found) > MAX_FINDINGS:
        raise Fault(f"more than {MAX_FINDINGS} findings of one reply")
    for each in found:
        hint_for("CUS-4", each)
        assert each.message
        repr(each)
    shown(exchange)
    if page.problem:
        return "not readable" if exchange.error is None else "no reply"
    return "orders" if pairs or unmatched else "no orders"


def shown(exchange: Exchange) -> None:
    """Show an exchange as reports do, with and without personal data."""
    for each in (exchange, Pseudonyms([exchange]).exchange(exchange)):
        record = exchange_record(each, "4.6.3")
        text = views.as_text(record)
        text.encode("utf-8", "backslashreplace")
        views._encodable(msgspec.to_builtins(record))


@contextmanager
def judging() -> Iterator[Feed]:
    """Judge each input as a reply to an export."""
    yield lambda data: judged(exchange_of(data))


# ---------------------------------------------------------------------- replies over a socket


class Impatient(HttpSession):
    """A session that does not wait before a retry."""

    async def _pause(self, seconds: float) -> None:
        """Return at once."""


@contextmanager
def client() -> Iterator[Feed]:
    """Send each input as an endpoint's reply over a socket: the suite requests, records and judges it."""
    loop = EventLoop()
    current = b""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(current)
            await writer.drain()
        writer.close()

    server = loop.run(asyncio.start_server(answer, "127.0.0.1", 0))
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/?dispatch=shipstation"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tape.jsonl.gz"
        tape = TapeWriter(path, Header(FORMAT, "0", url, "ship-user"))
        session = Impatient(loop, Limits(timeout_s=10, max_requests=10**9), observer=tape)
        sent = 0

        def feed(data: bytes) -> str:
            nonlocal current, sent
            current = data
            session._waited, session._overloaded = 0.0, ""
            session.exchanges.clear()
            try:
                got = session.send("GET", url, (("Authorization", Masked("Basic x", "Basic …")),))
            except Inconclusive as error:
                return type(error).__name__
            finally:
                sent += len(session.exchanges)
            return f"status {got.status // 100}xx, {judged(got)}" if got.status else judged(got)

        try:
            yield feed
            tape.close()
            if len(Tape(path).exchanges) != sent:
                raise Fault(f"the recording has not all of {sent} exchanges")
        finally:
            session.close()
            server.close()
            loop.close()


# ---------------------------------------------------------------------- sources of truth


class Scripted(Session):
    """A session that gets the right replies from a function, and one that was damaged."""

    def __init__(self, loop: EventLoop, right: Callable[[str, str, bytes], bytes]) -> None:
        super().__init__(loop)
        self._right, self._which, self._damage = right, -1, b""
        self.sent = 0

    def damage(self, data: bytes) -> None:
        """Take the input: which reply is replaced, and how."""
        first, _, self._damage = data.partition(b"\n")
        which, *how = first.split(b" ")
        self._which = int(which)
        self._seed = int(how[1]) if how[0] == b"change" else None
        self.sent = 0
        self._waited, self._overloaded = 0.0, ""
        self.exchanges.clear()

    async def _pause(self, seconds: float) -> None:
        """Return at once."""

    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        self.sent += 1
        if self.sent > MAX_REQUESTS:
            raise Fault(f"more than {MAX_REQUESTS} requests")
        raw = self._right(method, url, body)
        if (self.sent - 1) % CALLS == self._which:
            head, blank, own = raw.partition(b"\r\n\r\n")
            if self._seed is None:
                raw = self._damage
            else:
                content = msgspec.json.decode(own) if own.strip() else None
                raw = head + blank + damaged_json(Random(self._seed), content)
        return exchange_of(raw, self.sent, method, url)


LEFT_TO_THE_STORE = {"status", "order_number", "modified_at", "placed_at"}
WANTED = one_line(LAMP)
DRAFT = Draft(**{name: getattr(WANTED, name) for name in Draft.__struct_fields__ if name not in LEFT_TO_THE_STORE})


def asked(truth: Truth, session: Scripted) -> str:
    """Ask a source of truth everything that a run asks; it may refuse with its own errors only."""
    numbers = [order.order_number for order in suite_inputs.orders()[:4]]
    made: list[str] = []
    failed: set[str] = set()
    steps: tuple[Callable[[], object], ...] = (
        lambda: truth.facts,
        lambda: truth.modified_between(NOW.replace(month=1), NOW),
        lambda: truth.orders(numbers),
        lambda: truth.order(numbers[-1]),
        lambda: made.append(truth.create(DRAFT)),
        lambda: truth.change((made or numbers)[0], customer_notes="changed"),
        lambda: truth.order((made or numbers)[0]),
        lambda: truth.notices,
        lambda: truth.unknown,
        lambda: truth.delete((made or numbers)[0]),
    )
    for step in steps:
        try:
            step()
        except (TruthUnavailable, Inconclusive) as error:
            failed.add(type(error).__name__)
    assert all(isinstance(number, str) for number in truth.delete_all(made))
    return ", ".join(sorted(failed)) or "answered"


def raw_reply(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a reply as bytes."""
    lines = "".join(f"\r\n{name}: {value}" for name, value in headers.items())
    return f"HTTP/1.1 {status} OK\r\nDate: Thu, 02 Apr 2026 12:00:00 GMT{lines}\r\n\r\n".encode() + body


@contextmanager
def control_truth() -> Iterator[Feed]:
    """Use a store's control protocol, of whose replies one is damaged."""
    store = fresh_store()
    control = Control(store, "t", Journal(), Faults(), ())
    place = f"http://shop.example{BASE_PATH}"

    def right(method: str, url: str, body: bytes) -> bytes:
        answer = control.answer(method, url.removeprefix(place), {"Authorization": "Bearer t"}, body)
        return raw_reply(answer.status, answer.headers, answer.body)

    yield from _truth(right, lambda session: ControlTruth(place, "t", session))


class ScriptedAdapter(Scripted):
    """A session with the control protocol of a store, which looks at the token."""

    def __init__(self, loop: EventLoop, control: Control, place: str) -> None:
        super().__init__(loop, self._answer)
        self._control, self._place = control, place
        self._headers: dict[str, str] = {}

    def _answer(self, method: str, url: str, body: bytes) -> bytes:
        answer = self._control.answer(method, url.removeprefix(self._place), self._headers, body)
        return raw_reply(answer.status, answer.headers, answer.body)

    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        self._headers = dict(headers)
        return await super()._reply_to(method, url, headers, body)


@contextmanager
def adapter_checks() -> Iterator[Feed]:
    """Check an adapter for the control protocol, some of whose replies are damaged."""
    place = f"http://shop.example{BASE_PATH}"
    control = Control(fresh_store(), "t", Journal(), Faults(), ())
    settings = CheckSettings(access=ControlAccess(place, Secret("t")), allow_writes=True)
    with closing(EventLoop()) as loop:

        def feed(data: bytes) -> str:
            session = ScriptedAdapter(loop, control, place)
            session.damage(data)
            results = check_in(session, settings, NOW)
            for each in (*results.faults, *results.notes):
                if max(map(len, (each.path, each.expected, each.found, each.advice))) > MAX_PROBLEM_CHARS:
                    raise Fault(f"a text is too long: {each}")
            return "faults" if results.faults else "usable"

        yield feed


@contextmanager
def rest_truth() -> Iterator[Feed]:
    """Use a shop's REST API, of whose replies one is damaged."""
    api = Api(fresh_store(), RestAccess((ACCOUNT,)))
    place = "http://shop.example/api"

    def right(method: str, url: str, body: bytes) -> bytes:
        path, _, query = url.removeprefix(f"{place}/").partition("?")
        pairs = dict(part.split("=", 1) for part in query.split("&") if "=" in part)
        told = api.answer(RestRequest(method, path, pairs, body, basic(EMAIL, KEY), "", "application/json"))
        return raw_reply(told.status, told.headers, told.body)

    yield from _truth(right, lambda session: CsCartTruth(place, EMAIL, KEY, session, ("Complete",)))


def fresh_store() -> Store:
    """Return a store with few orders."""
    return Store(Shop("4.6.3"), count=12, clock=Clock(NOW, running=False))


def _truth(right: Callable[[str, str, bytes], bytes], opened: Callable[[Scripted], Truth]) -> Iterator[Feed]:
    with closing(EventLoop()) as loop:
        session = Scripted(loop, right)

        def feed(data: bytes) -> str:
            session.damage(data)
            return asked(opened(session), session)

        yield feed


# ---------------------------------------------------------------------- recordings and reports


@contextmanager
def tapes() -> Iterator[Feed]:
    """Read each input as a tape, and send its requests to it again."""
    with closing(EventLoop()) as loop, TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl.gz"

        def feed(data: bytes) -> str:
            path.write_bytes(data)
            try:
                tape = Tape(path)
            except UnreadableTape as error:
                return type(error).__name__
            session = ReplaySession(tape, loop)
            for taped in tape.exchanges:
                with suppress(ConformanceError):
                    judged(
                        session.send(
                            taped.method,
                            taped.url,
                            taped.request_headers,
                            taped.request_body.encode("utf-8", "replace"),
                        )
                    )
            return "read"

        yield feed


@contextmanager
def traffic_folders() -> Iterator[Feed]:
    """Read each input as a folder of traffic, and send its requests again."""
    with closing(EventLoop()) as loop, TemporaryDirectory() as folder:

        def feed(data: bytes) -> str:
            for old in Path(folder).iterdir():
                old.unlink()
            for place, part in enumerate(data.split(SEPARATOR)):
                (Path(folder) / f"{place // 2}.{('request', 'reply')[place % 2]}").write_bytes(part)
            try:
                traffic = read_traffic(Path(folder))
            except UnreadableTraffic as error:
                return type(error).__name__
            session = TrafficSession(traffic, loop)
            for each in traffic.exchanges:
                with suppress(ConformanceError):
                    judged(session.send(each.method, each.url, each.request_headers, each.request_body))
            return "read"

        yield feed


@contextmanager
def har_files() -> Iterator[Feed]:
    """Read each input as a HAR file, and send the add-on's requests again."""
    with closing(EventLoop()) as loop, TemporaryDirectory() as folder:
        path = Path(folder) / "traffic.har"

        def feed(data: bytes) -> str:
            path.write_bytes(data)
            try:
                found = har_traffic(read_har(path))
            except UnreadableHar as error:
                return type(error).__name__
            for traffic in found.values():
                session = TrafficSession(traffic, loop)
                for each in traffic.exchanges:
                    with suppress(ConformanceError):
                        judged(session.send(each.method, each.url, each.request_headers, each.request_body))
            return "read"

        yield feed


@contextmanager
def reports() -> Iterator[Feed]:
    """Read each input as report.json, and make everything of it: views, differences, a baseline."""
    before = msgspec.json.decode(msgspec.json.encode(suite_inputs.small_report()), type=Report)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"

        def feed(data: bytes) -> str:
            path.write_bytes(data)
            try:
                report = views.read(path)
            except UnreadableReport as error:
                return type(error).__name__
            for name, make in views.VIEWS.items():
                assert make(report, None), name
            console = Console(file=StringIO(), width=100)
            terminal.render(report, console, None)
            for old, new in ((before, report), (report, before)):
                diff.render(diff.compare(old, new), console)
            baselines.from_report(report)
            views.encode(report)
            return "read"

        yield feed


@contextmanager
def whole_runs() -> Iterator[Feed]:
    """Judge a recorded run in which replies are replaced: no requirement may get the verdict "error"."""
    from conformance.runner import run_record
    from conformance.runner.run import judge_again, run
    from conformance.runner.settings import EmbeddedTarget, RunSettings

    with TemporaryDirectory() as folder:
        recording = Path(folder) / "recording"
        run(RunSettings((EmbeddedTarget("4.3.4"),), record=str(recording)))
        record = run_record.read(Path(folder))
        (path,) = recording.glob("*.jsonl.gz")
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)

        def feed(data: bytes) -> str:
            first, _, raw = data.partition(b"\n")
            at, number = map(int, first.split())
            at = at % (len(lines) - 1) + 1
            changed = [
                *lines[:at],
                *(_with_reply(line, raw) for line in lines[at : at + number]),
                *lines[at + number :],
            ]
            path.write_bytes(gzip.compress(b"".join(changed), 1))
            report = judge_again(record)
            wrong = [each for each in report.results if each.verdict == "error"]
            if wrong:
                raise Fault(f"the verdict error\n{wrong[0].requirement}: {wrong[0].reason}")
            assert views.encode(report)
            for name, make in views.VIEWS.items():
                assert make(report, None), name
            return f"exit {report.summary.exit_status}"

        yield feed


def _with_reply(line: bytes, raw: bytes) -> bytes:
    """Return a line of a tape with another reply."""
    given = exchange_of(raw)
    taped = msgspec.json.decode(line)
    encodable = views._encodable
    body = {"text": given.body.decode("utf-8", "replace")}
    taped |= {"status": given.status, "reason": given.reason, "error": given.error, "body": body}
    taped |= {"reply_headers": given.reply_headers}
    return msgspec.json.encode(encodable(taped)) + b"\n"


# ---------------------------------------------------------------------- an importer's result, files, command lines

MAPPING = FieldMapping(
    orders="orders",
    left_out="left_out",
    unmapped_statuses="unmapped_statuses",
    problem="problem",
    fields={
        "order_number": "order_number",
        "customer.email": "customer.email",
        "items": "items",
        "items.sku": "sku",
        "total": "total",
        "state": "state",
    },
    states={"paid": "paid"},
)


@contextmanager
def import_results() -> Iterator[Feed]:
    """Read each input as the result of an importer, with and without a mapping, and compare it with stored orders."""
    stored = {ORDER.order_number: ORDER}

    def feed(data: bytes) -> str:
        try:
            content = parse_json(data)
        except BadResult as error:
            return type(error).__name__
        outcome = "read"
        makers: tuple[Callable[[], object], ...] = (lambda: content, lambda: MAPPING.apply(content))
        for make in makers:
            try:
                result = read_result(make())
            except BadResult as error:
                outcome = type(error).__name__
                continue
            comparison = compare_orders(result.orders, stored)
            for number, check in comparison.wrong():
                msgspec.json.encode(views._encodable(msgspec.to_builtins(repr(finding_of(number, check)))))
        return outcome

    yield feed


THEIRS = {"data": {"rows": [{"nr": 1, "mail": "x", "lines": [{"code": "a"}]}]}}
"""An importer's JSON, for the mapping."""
FILE_ERRORS = (WrongMapping, BaselineError, WorksheetError, click.UsageError)
"""What a wrong file may raise: each ends the command with one line and exit status 2."""


@contextmanager
def option_files() -> Iterator[Feed]:
    """Read each input as the file that its first line names."""
    known = frozenset(each.id for each in requirements())
    page = parse_export(exchange_of(b"HTTP/1.1 200 OK\r\n\r\n" + suite_inputs.document(suite_inputs.orders()[:3])))
    defaults = msgspec.structs.replace(run_options(), password_env="HOME")
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)

        def read(name: str, path: Path) -> object:
            match name:
                case "mapping":
                    return read_mapping(path).apply(THEIRS)
                case "baseline":
                    return baselines.read_baseline(path, known)
                case "targets":
                    return [each.settings() for each in multi_target.read_targets(path, defaults).values()]
                case "worksheet":
                    truth = WorksheetTruth(read_form(path), lambda: iter([page.orders]))
                    return truth.facts, truth.unknown, truth.notices, truth.modified_between(NOW.replace(month=1), NOW)
                case _:
                    return run_options().settings(), settings_for(config_file.CONFORMANCE, "importer")

        def feed(data: bytes) -> str:
            name, _, text = data.partition(b"\n")
            path = Path("conformance.toml")
            path.write_bytes(text)
            try:
                read(name.decode("utf-8", "replace"), path)
            except (*FILE_ERRORS, TruthUnavailable, BadResult) as error:
                return type(error).__name__
            return "read"

        try:
            yield feed
        finally:
            os.chdir(before)


def run_options() -> RunOptions:
    """Return the options of ``conformance run`` with no argument: its defaults, and what is in ``conformance.toml``."""
    from conformance.cli.run import run

    with run.make_context("run", [], auto_envvar_prefix="NOTHING") as context:
        return RunOptions.of(context.params)


_OPTIONS = {
    "--username": ("u",),
    "--password-env": ("HOME", "NOPE"),
    "--password-file": ("/dev/null", "/nonexistent"),
    "--store-version": ("4.3.4", "9.9"),
    "--control": ("http://127.0.0.1:1/control/v1", "nope"),
    "--cscart-api": ("http://127.0.0.1:1/api",),
    "--worksheet": ("/dev/null", "/nonexistent"),
    "--allow-writes": (),
    "--timeout": ("3", "0", "-1", "nan", "inf"),
    "--window": ("2026-11-01T00:00Z..2026-11-02T00:00Z", "x..y"),
    "--max-orders": ("5", "0"),
    "--rate": ("1", "nan"),
    "--scope": ("truth", "observation"),
    "--only": ("CUS-4", "NOPE"),
    "--level": ("must", "should"),
    "--baseline": ("/dev/null", "/dev/zero", "/nonexistent"),
    "--targets": ("/dev/null", "/nonexistent"),
    "--defect": ("nope",),
    "--variant": ("nope",),
    "--jobs": ("1", "0", "x"),
    "--report-dir": ("/dev/null", "/nonexistent/a/b", "/proc/x"),
    "--ca-file": ("/dev/null",),
}
_COMMANDS = (
    *("run",) * 12,
    "list",
    "explain",
    "worksheet",
    "recheck",
    "report",
    "diff",
    "baseline",
    "importer",
    "nonsense",
)


@contextmanager
def conformance_commands() -> Iterator[Feed]:
    """Call the command with the words of each input. No run is started."""
    from conformance.cli.main import main
    from conformance.runner import run as runs

    def not_run(*_: object, **__: object) -> None:
        raise click.UsageError("no run is started here")

    kept, runs.run = runs.run, not_run  # type: ignore[assignment]
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield partial(invoked, main)
        finally:
            os.chdir(before)
            runs.run = kept


SUITE_SURFACES = (
    Surface(
        name="export replies", program="conformance", share=99_850, ci=500, make=suite_inputs.export_reply, open=judging
    ),
    Surface(
        name="replies over sockets",
        program="conformance",
        share=40_000,
        ci=300,
        make=suite_inputs.http_reply,
        open=client,
    ),
    Surface(
        name="control replies",
        program="conformance",
        share=25_000,
        ci=200,
        make=suite_inputs.truth_reply,
        open=control_truth,
    ),
    Surface(
        name="adapter checks",
        program="conformance",
        share=5_000,
        ci=25,
        make=suite_inputs.truth_reply,
        open=adapter_checks,
    ),
    Surface(
        name="REST replies", program="conformance", share=20_000, ci=60, make=suite_inputs.truth_reply, open=rest_truth
    ),
    Surface(name="tapes", program="conformance", share=5_000, ci=60, make=suite_inputs.tape, open=tapes),
    Surface(
        name="traffic folders",
        program="conformance",
        share=5_000,
        ci=40,
        make=suite_inputs.traffic_folder,
        open=traffic_folders,
    ),
    Surface(name="HAR files", program="conformance", share=5_000, ci=40, make=suite_inputs.har_file, open=har_files),
    Surface(name="reports", program="conformance", share=10_000, ci=60, make=suite_inputs.report_json, open=reports),
    Surface(
        name="importer results",
        program="conformance",
        share=40_000,
        ci=500,
        make=suite_inputs.import_result,
        open=import_results,
    ),
    Surface(
        name="option files", program="conformance", share=20_000, ci=300, make=suite_inputs.toml_file, open=option_files
    ),
    Surface(
        name="conformance commands",
        program="conformance",
        share=5_000,
        ci=60,
        make=partial(command_line, commands=_COMMANDS, options=_OPTIONS),
        open=conformance_commands,
    ),
    Surface(
        name="whole runs",
        program="conformance",
        share=150,
        ci=1,
        make=suite_inputs.whole_run,
        open=whole_runs,
        batch=50,
    ),
)
