"""Call an importer once, without judging it, and collect what a person needs to see whether the two fit together."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from conformance.core.errors import NotExercised
from conformance.core.guardian import temporary_folder
from conformance.core.interrupts import interruptible
from conformance.importer.compare import Comparison, compare_orders
from conformance.importer.harness import HOUR, ImporterRun, require_success
from conformance.importer.occasions.notifications import PLAIN_SERVICE, parcel_with_everything
from conformance.importer.process import RUN_VARIABLE, descendants_ended
from conformance.importer.program import ImporterError, ImporterProgram, StateFolder
from conformance.importer.stores import RunningStore, StoreConfig, StoreLogin, base_time, plain_orders_at
from conformance.runner.importer_settings import ImporterSettings
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import hide_password

MAX_FILE_CHARS = 4_000
"""Characters of a file that are shown."""


@dataclass(frozen=True)
class ShownRequest:
    """A request of the importer: its line, its body, and the status that the store answered."""

    line: str
    body: str
    status: int


@dataclass(frozen=True)
class TriedCall:
    """A call of a command: what the suite gave, what it got, and what it makes of that."""

    option: str
    """``--import-command`` or ``--ship-command``."""
    words: tuple[str, ...]
    files: dict[str, str]
    """Placeholder → content of its file, as far as it is shown; without files that do not exist."""
    requests: tuple[ShownRequest, ...]
    understood: str
    """What the suite read from the result, in a sentence or more; "" if there is a problem."""
    problem: str = ""
    """Why the call can't be judged; "" if it can."""


def try_importer(settings: ImporterSettings) -> tuple[TriedCall, ...]:
    """Call the import command, and the ship command if there is one, against a store of three plain orders.

    The calls end with the run, with all their processes; their folder is deleted.
    """
    mark = secrets.token_hex(16)
    with (
        temporary_folder("conformance-importer-", f"{RUN_VARIABLE}={mark}") as folder,
        descendants_ended(mark),
        interruptible(),
    ):
        return asyncio.run(_try(settings, mark, folder))


async def _try(settings: ImporterSettings, mark: str, folder: Path) -> tuple[TriedCall, ...]:
    program = ImporterProgram(
        settings.import_command,
        settings.ship_command,
        settings.password_variable,
        settings.mapping,
        mark,
        settings.limit_s,
    )
    login = StoreLogin(settings.username, secrets.token_urlsafe(12))

    def new_state() -> StateFolder:
        return StateFolder(Path(tempfile.mkdtemp(dir=folder)))

    run = ImporterRun(program, settings.versions[0], login, new_state, asyncio.Semaphore(1))
    async with run.store(StoreConfig(), plain_orders_at(HOUR, 2 * HOUR, 3 * HOUR)) as store:
        state = new_state()
        calls = [await _try_import(program, store, state)]
        if settings.ship_command is not None and not calls[0].problem:
            calls.append(await _try_ship(program, store, state))
        return tuple(calls)


async def _try_import(program: ImporterProgram, store: RunningStore, state: StateFolder) -> TriedCall:
    base = base_time(store.now)
    call = program.import_call(store, base, base + 4 * HOUR, state)
    understood = problem = ""
    try:
        pull = require_success(await program.make_import(call, store))
        understood = _read(compare_orders(pull.orders, store.orders), len(pull.orders), len(store.orders))
    except (ImporterError, NotExercised) as error:
        problem = str(error)
    return TriedCall("--import-command", call.words, _contents(call.files), _requests(store, 0), understood, problem)


async def _try_ship(program: ImporterProgram, store: RunningStore, state: StateFolder) -> TriedCall:
    before = store.last_request
    number = next(iter(store.orders))
    call = program.ship_call(store, number, parcel_with_everything(store.orders[number], PLAIN_SERVICE), state)
    understood = problem = ""
    try:
        made = await program.make_shipment(call, store)
        booked = len(store.orders[number].shipments)
        if made.process.status:
            problem = f"the ship command ended with status {made.process.status}: {made.process.printed or 'no output'}"
        elif not made.requests:
            problem = "the ship command reports success, but sent no request"
        elif not booked:
            problem = f"the store booked no shipment of order {number}: see the status of the request"
        understood = "" if problem else f"The store booked the shipment of order {number}."
    except ImporterError as error:
        problem = str(error)
    return TriedCall("--ship-command", call.words, _contents(call.files), _requests(store, before), understood, problem)


def _read(comparison: Comparison, imported: int, stored: int) -> str:
    """Return what the suite read from a result, and how that compares with the store."""
    lines = [f"{imported} {'order was' if imported == 1 else 'orders were'} read; the window has {stored}."]
    if not comparison.orders:
        lines.append("None of them has the number or id of an order of the store.")
    else:
        lines.append(f"Fields that are reported: {', '.join(sorted(comparison.reported)) or 'none'}.")
        lines += [
            f"Order {number}: {check.path} is {check.actual or '(missing)'}, in the store {check.expected}."
            for number, check in comparison.wrong()
        ] or ["Each reported field is as in the store."]
    return "\n".join(lines)


def _requests(store: RunningStore, before: int) -> tuple[ShownRequest, ...]:
    return tuple(_shown(each, store) for each in store.requests if each.number > before)


def _shown(request: LoggedRequest, store: RunningStore) -> ShownRequest:
    entry, hide = request.entry, store.access
    return ShownRequest(
        f"{entry.method} {hide_password(entry.target, hide)}", hide_password(entry.body, hide), entry.status
    )


def _contents(files: dict[str, Path]) -> dict[str, str]:
    """Return the beginning of each file that is there."""
    found = {}
    for name, path in files.items():
        with contextlib.suppress(OSError):
            if path.is_file():
                with path.open(encoding="utf-8", errors="replace") as file:
                    found[name] = file.read(MAX_FILE_CHARS + 1)
    return found
