"""The page *Traffic*: each request with its reply, live, and the requirements for importers that it breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote_plus, urlencode

from aiohttp import web

from mockstore.console.forms import Form
from mockstore.console.rendering import render
from mockstore.console.streams import STREAMS, EventStream
from mockstore.console.visits import Answer, Inside, Page, PageNotFound, Sent, Shown, Visit, get, post
from mockstore.inputs.numbers import read_whole
from mockstore.traffic.journal import MAX_BODY_CHARS, Journal, JournalEntry
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import Breach, ImporterAccess, hide_password

ROWS = 100
"""Rows of a page."""
MAX_ROWS_PER_EVENT = 50
"""Most rows that a page gets at a time. It tells how many more there were."""
MAX_SEARCHED = 500
"""Most requests that are searched for a page with filters at a time."""
TICK_S = 0.5
"""Least time between two events for one page."""
MAX_WAIT_S = 2.0
"""Time for judging before a page is shown."""
JUDGING_S = 0.02
"""Time for judging between two events. What is not judged then is shown without a verdict, which follows."""
CHUNK = 250
"""Requests that are searched before the store may answer again."""
MAX_QUERY_CHARS = 200

KINDS = (("", "all"), ("export", "exports"), ("shipnotify", "notifications"), ("other", "others"))
RESULTS = (("", "all"), ("success", "success (2xx)"), ("failure", "failure (other)"), ("fault", "with a fault"))
ANY = "any"
PATH = "/console/traffic"


@dataclass(frozen=True)
class Filters:
    """Which requests are shown."""

    text: str = ""
    kind: str = ""
    result: str = ""
    breaks: str = ""

    @classmethod
    def read(cls, query: Form) -> Filters:
        """Return the filters of a query; those that make no sense are left out."""

        def known(name: str, options: Sequence[tuple[str, str]]) -> str:
            return value if (value := query.value(name)) in dict(options) else ""

        text = query.value("q").strip()[:MAX_QUERY_CHARS]
        return cls(text, known("kind", KINDS), known("result", RESULTS), query.value("breaks")[:MAX_QUERY_CHARS])

    @property
    def query(self) -> str:
        """Return the filters as a query."""
        values = {"q": self.text, "kind": self.kind, "result": self.result, "breaks": self.breaks}
        return urlencode({name: value for name, value in values.items() if value})

    def match(self, row: Row) -> bool:
        """True if a request is shown."""
        entry = row.request.entry
        is_success = 200 <= entry.status < 300
        return (
            (not self.kind or self.kind == row.kind)
            and (
                not self.result
                or {"success": is_success, "failure": not is_success}.get(self.result, bool(entry.fault))
            )
            and (not self.breaks or any(self.breaks in (ANY, breach.requirement) for breach in row.breaches))
            and (not self.text or row.has(self.text.casefold()))
        )


@dataclass(frozen=True)
class Row:
    """A request, as the page shows it."""

    request: LoggedRequest
    breaches: tuple[Breach, ...]
    given: ImporterAccess

    @property
    def number(self) -> int:
        """Return the request's number."""
        return self.request.number

    @property
    def entry(self) -> JournalEntry:
        """Return the request's entry in the journal."""
        return self.request.entry

    @cached_property
    def kind(self) -> str:
        """Return the kind of the request: export, shipnotify or other."""
        known = self.request.is_for_addon and self.request.action in ("export", "shipnotify")
        return self.request.action if known else "other"

    @property
    def title(self) -> str:
        """Return the kind in words."""
        return {"export": "Export", "shipnotify": "Notification"}.get(self.kind, self.entry.method)

    @property
    def detail(self) -> str:
        """Return what was requested: the window and the page of an export, the order of a notification, or the URL."""
        asked = self.request
        if self.kind == "export":
            start, end = (asked.parameter(name) or "(none)" for name in ("start_date", "end_date"))
            pages = f" of {asked.stated_pages}" if asked.stated_pages else ""
            text = f"{start} – {end}, page {asked.parameter('page') or '1'}{pages}"
        elif self.kind == "shipnotify":
            number, tracking = (asked.parameter(name) or "(none)" for name in ("order_number", "tracking_number"))
            text = f"order {number}, tracking number {tracking}"
        else:
            text = self.entry.target
        return self.hidden(text)

    @property
    def tone(self) -> str:
        """Return how the reply is shown."""
        if self.entry.fault:
            return "fault"
        return "ok" if self.entry.status < 400 else "refused" if self.entry.status < 500 else "failed"

    def hidden(self, text: str) -> str:
        """Return a text of the request without the password."""
        return hide_password(text, self.given)

    def has(self, text: str) -> bool:
        """True if a part of the request or of its reply has the text, which is casefolded."""
        entry = self.entry
        parts = [entry.method, unquote_plus(entry.target), str(entry.status), entry.fault, entry.peer]
        parts += [f"{name}: {value}" for name, value in entry.headers.items()]
        parts += [f"{breach.requirement} {breach.sentence}" for breach in self.breaches]
        return any(text in part.casefold() for part in (*parts, entry.body, entry.reply))


class Traffic:
    """The requests of one store, with their verdicts."""

    def __init__(self, inside: Inside) -> None:
        self.journal, self.verdicts, self.given = inside.journal, inside.verdicts, inside.importer_access

    def row(self, entry: JournalEntry) -> Row:
        """Return a request as the page shows it."""
        return Row(LoggedRequest(entry), self.verdicts.of(entry.number), self.given)

    async def matching(self, entries: Sequence[JournalEntry], filters: Filters, most: int) -> list[Row]:
        """Return the first requests that the filters let through. The store answers while they are searched."""
        found: list[Row] = []
        for place, entry in enumerate(entries):
            row = self.row(entry)
            if filters.match(row):
                found.append(row)
                if len(found) == most:
                    break
            if place % CHUNK == CHUNK - 1:
                await asyncio.sleep(0)
        return found


def run_of(request: web.Request, journal: Journal) -> str:
    """Return a name for the numbers of the journal: it differs after a restart of the store, and after a clearing."""
    return f"{request.app[STREAMS].boot}-{journal.epoch}"


async def show(visit: Visit) -> Answer:
    """Show the newest requests that the filters let through, or those before a number."""
    traffic, filters = Traffic(visit.inside), Filters.read(visit.query)
    await traffic.verdicts.catch_up(MAX_WAIT_S)
    dropped, entries = traffic.journal.after(0)
    latest, told = traffic.journal.latest, traffic.verdicts.count
    before = read_whole(visit.query.value("before"))
    if before is not None:
        entries = [entry for entry in entries if entry.number < before]
    rows = await traffic.matching(entries[::-1], filters, ROWS + 1)
    requirements = [(name, name) for name in traffic.verdicts.requirements]
    values = {
        "rows": rows[:ROWS],
        "older": rows[ROWS - 1].number if len(rows) > ROWS else None,
        "before": before,
        "filters": filters,
        "form": visit.query,
        "kinds": KINDS,
        "results": RESULTS,
        "breaks": [("", "all"), (ANY, "any broken"), *requirements],
        "latest": latest,
        "kept": traffic.journal.count,
        "dropped": dropped,
        "run": run_of(visit.request, traffic.journal),
        "told": told,
    }
    return Shown("traffic.html.j2", values)


async def show_one(visit: Visit) -> Answer:
    """Show a request with its reply."""
    traffic = Traffic(visit.inside)
    await traffic.verdicts.catch_up(MAX_WAIT_S)
    number = read_whole(visit.place["number"])
    entry = traffic.journal.entry(number) if number is not None else None
    if entry is None:
        raise PageNotFound(f"The journal has no request {visit.place['number'][:20]}: it keeps the latest ones only.")
    values = {
        "row": traffic.row(entry),
        "latest": traffic.journal.latest,
        "reply_bytes": traffic.journal.size.reply_bytes,
        "body_chars": MAX_BODY_CHARS,
    }
    return Shown("exchange.html.j2", values)


async def clear(visit: Visit) -> Answer:
    """Remove all requests."""
    visit.inside.journal.clear()
    return Sent(PATH, "The journal is empty. The next request has number 1.")


async def live(visit: Visit) -> Answer:
    """Send the new requests that the filters let through, and the older ones about which there is a new verdict."""
    stream = EventStream(visit.request)
    with suppress(ConnectionError):
        async with stream:
            async for event in _news(visit, stream):
                await stream.send("rows", event)
    return stream.response


async def _news(visit: Visit, stream: EventStream) -> AsyncIterator[dict[str, object]]:
    """Yield what a page has not seen yet, until the store ends."""
    traffic, filters = Traffic(visit.inside), Filters.read(visit.query)
    journal, verdicts = traffic.journal, traffic.verdicts
    run, after, told = (
        visit.query.value("run"),
        *(read_whole(visit.query.value(name)) or 0 for name in ("after", "told")),
    )
    while not stream.has_ended:
        await verdicts.catch_up(JUDGING_S)
        if run != (now := run_of(visit.request, journal)):
            run, after, told = now, 0, 0
            yield {"run": run, "after": 0, "told": 0, "cleared": True, "rows": "", "changed": {}, "missed": 0}
        latest, count = journal.latest, verdicts.count
        arrived = latest - after
        most = min(arrived, MAX_SEARCHED if filters.query else MAX_ROWS_PER_EVENT)
        _, entries = journal.after(latest - most, most)
        judged_again = (number for number in verdicts.since(told) if number <= latest - most)
        earlier = list(filter(None, map(journal.entry, judged_again)))
        changed = await traffic.matching(earlier[-MAX_ROWS_PER_EVENT:], filters, MAX_ROWS_PER_EVENT)
        if arrived or changed:
            found = await traffic.matching(entries[::-1], filters, most + 1)
            rows = found[:MAX_ROWS_PER_EVENT]
            yield {
                "run": run,
                "after": latest,
                "told": count,
                "cleared": False,
                "rows": "".join(map(_row_text, rows)),
                "changed": {row.number: _row_text(row) for row in changed},
                "missed": arrived - most + len(found) - len(rows),
            }
        after, told = latest, count
        if arrived or verdicts.is_behind:
            await stream.wait(TICK_S)
        elif not await stream.wait_for(journal.arrival()):
            await stream.beat()


def _row_text(row: Row) -> str:
    return render("row.html.j2", {"row": row})


PAGE = Page(
    "Traffic",
    PATH,
    (
        get(PATH, show),
        get(f"{PATH}/stream", live),
        post(f"{PATH}/clear", clear),
        get(f"{PATH}/{{number}}", show_one),
    ),
)
