"""The importer as a program: the suite runs a command for each import and each shipment."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import stat
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from conformance.core.errors import TargetError
from conformance.core.times import rfc3339
from conformance.importer.command import CommandTemplate
from conformance.importer.mapping import FieldMapping
from conformance.importer.process import MAX_OUTPUT_BYTES, RUN_VARIABLE, NotStarted, ProcessResult, run_command
from conformance.importer.result import (
    MAX_RESULT_BYTES,
    BadResult,
    ImportedOrder,
    ImportResult,
    parse_json,
    read_result,
)
from conformance.importer.stores import RunningStore, exported_status
from mockstore.orders.model import Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.requests import LoggedRequest

Done = TypeVar("Done")

DEFAULT_ZONE = "America/New_York"
"""The importer's time zone in scenarios that are not about time zones: neither UTC nor the store's."""

REPLY_TIMEOUT_S = 10.0
"""Value of {timeout} in scenarios in which every reply comes."""

MAX_SHOWN_OUTPUT_CHARS = 300
"""Most characters of an importer's output in a report: its end, which usually states the cause."""

OWN_VARIABLES = "CONFORMANCE_"
"""Names of variables that begin like this are for the suite, and hold its credentials. No importer inherits them."""

SHIPMENT_FIELDS = (
    *("tracking_number", "carrier", "service", "cost", "notes", "items", "ship_date"),
    *("order_number", "order_id"),
)
"""Fields of a shipment for which there are placeholders."""


class ImporterError(TargetError):
    """The importer failed. The message says how, and quotes its last output."""


class CallFailed(ImporterError):
    """A call failed, although the store worked: an importer that can be called at all deviates."""


@dataclass(frozen=True)
class ImportCall:
    """A call of the import command, ready to be made."""

    words: tuple[str, ...]
    files: dict[str, Path]
    """The file of each placeholder that stands for one. The suite has written all but the result."""
    window: tuple[datetime, datetime]


@dataclass(frozen=True)
class ShipmentCall:
    """A call of the ship command, ready to be made, with the files that the suite has written for it."""

    words: tuple[str, ...]
    files: dict[str, Path]


@dataclass(frozen=True)
class Pull:
    """One import: the window that was to be imported, the result, and the requests made during it.

    ``cut_short`` is True if the suite ended the importer before it exited.
    """

    start: datetime
    end: datetime
    result: ImportResult | None
    requests: tuple[LoggedRequest, ...]
    process: ProcessResult
    cut_short: bool = False

    @property
    def failed(self) -> bool:
        """True if the importer reports a failure."""
        return self.process.status != 0 or bool(self.result and self.result.problem)

    @property
    def orders(self) -> tuple[ImportedOrder, ...]:
        """Return the orders that the importer reports."""
        return self.result.orders if self.result else ()

    @property
    def messages(self) -> str:
        """Return all that the importer reports besides the orders."""
        problem = self.result.problem if self.result else ""
        return "\n".join(filter(None, (problem, self.process.error, "" if self.result else self.process.printed)))


@dataclass(frozen=True)
class ShipCall:
    """One call of the ship command, and the requests that it made."""

    requests: tuple[LoggedRequest, ...]
    process: ProcessResult


@dataclass
class StateFolder:
    """The folder in which an importer keeps data from call to call (``state``), with the files of the single calls."""

    folder: Path
    files: int = 0
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.state.mkdir(parents=True)

    def new_file(self, name: str) -> Path:
        """Return the path for a new file."""
        self.files += 1
        return self.folder / f"{self.files}-{name}"


@dataclass(frozen=True)
class ImporterProgram:
    """An importer that the suite calls for each import and each shipment.

    ``run_mark`` marks its processes. ``slots`` limits how many calls are made at the same time.
    """

    import_command: CommandTemplate | None
    ship_command: CommandTemplate | None
    password_variable: str
    mapping: FieldMapping | None
    run_mark: str
    limit_s: float = 30.0
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    @property
    def takes_window(self) -> bool:
        """True if the import command is told which window to import."""
        return self.import_command is not None and self.import_command.has_any("start", "end")

    @property
    def takes_timeout(self) -> bool:
        """True if the import command is told how long to wait for a reply."""
        return self.import_command is not None and self.import_command.has_any("timeout")

    @property
    def shipment_fields(self) -> frozenset[str]:
        """Return the shipment fields for which the ship command has placeholders."""
        command = self.ship_command
        return frozenset(name for name in SHIPMENT_FIELDS if command is not None and command.has_any(name, "shipment"))

    async def pull(
        self,
        store: RunningStore,
        start: datetime,
        end: datetime,
        state: StateFolder,
        *,
        zone: str = DEFAULT_ZONE,
        password: str | None = None,
        timeout_s: float = REPLY_TIMEOUT_S,
        until: Callable[[], Awaitable[None]] | None = None,
    ) -> Pull:
        """Call the importer for the orders modified from ``start`` to ``end``, and end it when ``until`` returns.

        Raises:
            ImporterError: if it can't be started, does not end, or reports success without a result.
        """
        call = self.import_call(store, start, end, state, timeout_s=timeout_s)
        return await self.make_import(call, store, zone=zone, password=password, until=until)

    async def make_import(
        self,
        call: ImportCall,
        store: RunningStore,
        *,
        zone: str = DEFAULT_ZONE,
        password: str | None = None,
        until: Callable[[], Awaitable[None]] | None = None,
    ) -> Pull:
        """Make a call of the import command, as :meth:`pull`.

        Raises:
            ImporterError: as :meth:`pull`.
        """
        before = store.last_request
        process = await self._run(call.words, store, zone, password, until)
        cut_short = process.status is None and until is not None
        if process.status is None and not cut_short:
            raise CallFailed(
                f"the import command did not end within {self.limit_s:g} s and was killed{last_output(process)}"
            )
        requests = tuple(each for each in store.requests if each.number > before)
        try:
            result = self._result(call.files.get("result"), process)
        except BadResult as bad:
            if process.status == 0:
                raise CallFailed(f"the import command reports success, but {bad}{last_output(process)}") from None
            result = None
        return Pull(*call.window, result, requests, process, cut_short)

    async def ship(
        self,
        store: RunningStore,
        number: str,
        shipment: Shipment,
        state: StateFolder,
        *,
        timeout_s: float = REPLY_TIMEOUT_S,
        zone: str = DEFAULT_ZONE,
    ) -> ShipCall:
        """Call the importer to notify the store of a shipment.

        Raises:
            ImporterError: if it can't be started, or does not end.
        """
        call = self.ship_call(store, number, shipment, state, timeout_s=timeout_s)
        return await self.make_shipment(call, store, zone)

    async def make_shipment(self, call: ShipmentCall, store: RunningStore, zone: str = DEFAULT_ZONE) -> ShipCall:
        """Make a call of the ship command, as :meth:`ship`.

        Raises:
            ImporterError: as :meth:`ship`.
        """
        before = store.last_request
        process = await self._run(call.words, store, zone, None, None)
        if process.status is None:
            raise CallFailed(
                f"the ship command did not end within {self.limit_s:g} s and was killed{last_output(process)}"
            )
        return ShipCall(tuple(each for each in store.requests if each.number > before), process)

    def import_call(
        self,
        store: RunningStore,
        start: datetime,
        end: datetime,
        state: StateFolder,
        *,
        timeout_s: float = REPLY_TIMEOUT_S,
    ) -> ImportCall:
        """Return the call for the orders modified from ``start`` to ``end``, and write its files."""
        assert self.import_command is not None
        files = {"result": state.new_file("result.json"), "statuses": state.new_file("statuses.json")}
        files["statuses"].write_text(json.dumps(store.status_meanings), encoding="utf-8")
        values = {
            "url": store.access.url,
            "username": store.access.username,
            "start": rfc3339(start),
            "end": rfc3339(end),
            "state": str(state.state),
            "timeout": f"{timeout_s:g}",
        }
        return ImportCall(*_filled(self.import_command, values, files), (start, end))

    def ship_call(
        self,
        store: RunningStore,
        number: str,
        shipment: Shipment,
        state: StateFolder,
        *,
        timeout_s: float = REPLY_TIMEOUT_S,
    ) -> ShipmentCall:
        """Return the call that notifies the store of a shipment, and write its files."""
        assert self.ship_command is not None
        files = {"items": state.new_file("items.json"), "shipment": state.new_file("shipment.json")}
        order = {"order_number": number, "order_id": store.orders[number].order_id}
        files["items"].write_bytes(msgspec.json.encode(shipment.items))
        files["shipment"].write_bytes(msgspec.json.encode({**order, **msgspec.to_builtins(shipment)}))
        values = {
            "url": store.access.url,
            "username": store.access.username,
            **order,
            "tracking_number": shipment.tracking_number,
            "carrier": shipment.carrier,
            "service": shipment.service,
            "cost": "" if shipment.cost is None else str(shipment.cost),
            "notes": shipment.notes,
            "ship_date": shipment.shipped_on.isoformat() if shipment.shipped_on else "",
            "state": str(state.state),
            "timeout": f"{timeout_s:g}",
        }
        return ShipmentCall(*_filled(self.ship_command, values, files))

    async def _run(
        self,
        words: tuple[str, ...],
        store: RunningStore,
        zone: str,
        password: str | None,
        until: Callable[[], Awaitable[None]] | None,
    ) -> ProcessResult:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(OWN_VARIABLES)},
            self.password_variable: store.access.password if password is None else password,
            "TZ": zone,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            RUN_VARIABLE: self.run_mark,
        }
        try:
            async with self.slots:
                return await run_command(words, environment, self.limit_s, until)
        except NotStarted as why:
            raise ImporterError(str(why)) from None

    def _result(self, file: Path | None, process: ProcessResult) -> ImportResult:
        if file is not None:
            data = read_result_file(file)
        elif process.overflow:
            raise BadResult(f"it printed more than {MAX_OUTPUT_BYTES // 1_000_000} MB")
        else:
            data = process.output
        content = parse_json(data)
        try:
            return read_result(self.mapping.apply(content) if self.mapping else content)
        except RecursionError:
            raise BadResult("the result is nested too deeply") from None


def _filled(
    command: CommandTemplate, values: dict[str, str], files: dict[str, Path]
) -> tuple[tuple[str, ...], dict[str, Path]]:
    """Return the words of a command, and the files that it uses."""
    words = command.fill({**values, **{name: str(path) for name, path in files.items()}})
    return words, {name: path for name, path in files.items() if command.has_any(name)}


def read_result_file(path: Path) -> bytes:
    """Return what an importer wrote to its result file, or a little more than ``MAX_RESULT_BYTES`` of it.

    Raises:
        BadResult: there is no file, or it is not a regular file. The suite never waits for a pipe or a device.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            kind = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(kind):
                raise BadResult(f"{{result}} is {_KINDS.get(stat.S_IFMT(kind), 'not a file')}, not a regular file")
            return file.read(MAX_RESULT_BYTES + 1)
    except FileNotFoundError:
        raise BadResult("it wrote no result to {result}") from None
    except OSError as error:
        # open() can't open a folder, or a socket
        with contextlib.suppress(OSError):
            if kind_name := _KINDS.get(stat.S_IFMT(path.stat().st_mode)):
                raise BadResult(f"{{result}} is {kind_name}, not a regular file") from None
        raise BadResult(f"its result in {{result}} can't be read: {error.strerror or error}") from None


_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def status_meanings(facts: StoreFacts) -> dict[str, str]:
    """Return the meaning of each status of a store that has one, by the name that is exported."""
    return {exported_status(status.name): status.maps_to for status in facts.statuses if status.maps_to}


def last_output(process: ProcessResult) -> str:
    """Return the last output of a process, as the end of a sentence."""
    printed = end_of(process.printed)
    return f"; its last output: {printed}" if printed else "; it printed nothing"


def end_of(output: str) -> str:
    """Return the end of an output, from the start of a line if there is one."""
    output = output.strip()
    if len(output) <= MAX_SHOWN_OUTPUT_CHARS:
        return output
    cut = output[-MAX_SHOWN_OUTPUT_CHARS:]
    _, broken, whole = cut.partition("\n")
    return f"… {whole if broken else cut}"


def how_it_failed(process: ProcessResult) -> str:
    """Return how a command that failed ended, as the rest of a sentence."""
    if process.status is not None and process.status < 0:
        number = -process.status
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return f"was ended by signal {name}"
    return f"ended with status {process.status}" if process.status else "reports a problem"


async def wait_for_refusals(store: RunningStore, count: int) -> None:
    """Wait until the store has refused that many requests."""
    while sum(each.refused for each in store.requests) < count:
        await store.next_request()


async def run_together(work: Iterable[Awaitable[Done]]) -> list[Done | BaseException]:
    """Run all of these at the same time, and return their results; a failure is returned like a result."""
    return await asyncio.gather(*work, return_exceptions=True)
