"""Occasions of the feature *Requests*: imports of a few plain orders, which show how the importer requests them."""

from __future__ import annotations

from datetime import datetime, timedelta

from conformance.core.errors import NotExercised
from conformance.importer.evidence import ImportEvidence, Visits
from conformance.importer.harness import HOUR, ImporterRun, require_requests
from conformance.importer.program import DEFAULT_ZONE
from conformance.importer.stores import StoreConfig, base_time, plain_draft, plain_orders_at
from mockstore.orders.draft import Draft
from mockstore.shop.facts import StoreFacts

SPECIAL_PASSWORD = "p:w%20d&+#/=\"'\\~"
"""ASCII only: RFC 7617 leaves open how Basic authentication encodes other characters."""

ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Europe/Berlin", "Pacific/Auckland")
"""Time zones of importers and stores: on both sides of UTC, one of them with half an hour."""

STARTS = {
    "early in the morning in the first days of a month": (1, 5),
    "early in the afternoon in the first days of a month": (13, 5),
}
"""Name of a window's start in scenarios → hour and minute. Its day and minute have one digit, and day and month differ;
the afternoon is another hour on a 12-hour clock."""


async def requests_of_all_occasions(run: ImporterRun) -> Visits:
    """Return the requests of all occasions so far. The scenarios with this occasion come last.

    Raises:
        NotExercised: there are none.
    """
    stores = tuple(visit for visit in run.visits if visit.requests)
    if not stores:
        raise NotExercised("no other scenario was run, so there is no request to judge")
    return Visits(stores=stores)


async def import_plain_orders(run: ImporterRun) -> ImportEvidence:
    """Have three plain orders imported."""
    return await _import(run, StoreConfig())


async def import_window_from(run: ImporterRun, start: str) -> ImportEvidence:
    """Import a window of three hours that starts at one of :data:`STARTS`."""
    hour, minute = STARTS[start]

    def first(now: datetime) -> datetime:
        base = base_time(now)
        while base.day > 9 or base.day == base.month:
            base -= timedelta(days=1)
        return base.replace(hour=hour, minute=minute)

    def drafts(known: StoreFacts, now: datetime) -> list[Draft]:
        return [plain_draft(known, first(now) + hours * HOUR, f"plain-{hours}") for hours in (1, 2)]

    async with run.store(StoreConfig(), drafts) as store:
        begin = first(store.now)
        pull = await run.importer.pull(store, begin, begin + 3 * HOUR, run.new_state())
        return ImportEvidence(**run.imports(store, require_requests(pull)))


async def import_with_special_password(run: ImporterRun) -> ImportEvidence:
    """Import from a store whose password has every character that must be escaped somewhere."""
    return await _import(run, StoreConfig(password=SPECIAL_PASSWORD))


async def import_with_more_query(run: ImporterRun) -> ImportEvidence:
    """Import from a store whose URL has further query parameters."""
    return await _import(run, StoreConfig(more_query="&store_id=7&lang=de"))


async def import_in_zone(run: ImporterRun, zone: str) -> ImportEvidence:
    """Import with an importer that runs in this time zone."""
    return await _import(run, StoreConfig(), zone)


async def import_from_zone(run: ImporterRun, zone: str) -> ImportEvidence:
    """Import from a store in this time zone."""
    return await _import(run, StoreConfig(timezone=zone))


async def _import(run: ImporterRun, config: StoreConfig, zone: str = DEFAULT_ZONE) -> ImportEvidence:
    orders = plain_orders_at(HOUR, 2 * HOUR, 3 * HOUR)
    return await run.import_once(config, orders, timedelta(0), 4 * HOUR, zone=zone, require=require_requests)
