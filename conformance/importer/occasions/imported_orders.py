"""Occasions of the feature *Imported orders*: orders of every kind, from stores of every kind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import ImportEvidence, ImportsByStore, ImportsOfChange
from conformance.importer.harness import DAY, HOUR, ImporterRun, by_exported_number, require_success
from conformance.importer.program import Pull, run_together
from conformance.importer.stores import (
    StoreConfig,
    base_time,
    covering_drafts,
    made_once,
    plain_orders_at,
    specimen_drafts,
)
from mockstore.behaviours.variants import variants
from mockstore.orders.draft import Draft
from mockstore.orders.specimens import SpecimenMaker, specimens
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Status
from mockstore.shop.versions import VERSIONS
from mockstore.traffic.faults import Fault

WIDE_WINDOW = (-2 * DAY, 8 * DAY)
"""A window around all specimens, wide enough that a wrong time zone loses none of them."""

PLAIN_STORE = StoreConfig(weight_unit="lbs")
ADDON_STORE = StoreConfig(profile="addon-1.0.12", timezone="UTC", weight_unit="lbs")

NEW_NOTE = "Changed: please leave it at the door."

LATER_IN_THE_MINUTE = timedelta(seconds=20)
"""Between two changes of an order. Exports have minutes only, so both changes have the same time there."""

EVENTS = {
    "page 2 repeats page 1": Fault("duplicate-page", action="export", page=2),
    "an order changes before page 2": Fault("order-changes", action="export", page=2),
}
"""Name of an event during an import in scenarios → the fault that makes it happen."""


async def import_hard_cases(run: ImporterRun) -> ImportEvidence:
    """Import one order for each hard case."""
    return await run.import_once(PLAIN_STORE, specimen_drafts, *WIDE_WINDOW)


SIMILAR_STATUSES = (
    Status("Processed", "paid"),
    Status("Complete", "shipped", shipped=True),
    Status("Open", "unpaid"),
    Status("On hold", "on_hold"),
    Status("Canceled", "cancelled"),
    *(Status(name) for name in ("Processed by hand", "Process", "Unprocessed", "Incomplete", "Hold", "Opened")),
)
"""Statuses with a mapping, and others without one that contain, begin with or resemble them."""


async def import_similar_statuses(run: ImporterRun) -> ImportEvidence:
    """Import one order of each status from a store whose statuses resemble each other."""
    return await run.import_once(StoreConfig(statuses=SIMILAR_STATUSES), _one_of_each_status, *WIDE_WINDOW)


def _one_of_each_status(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    make = SpecimenMaker(known, base_time(now))
    return [make.draft(f"similar-{place}", status=status.name) for place, status in enumerate(known.statuses, start=1)]


CHANGES = {
    "noted": "its status and its note",
    "edited": "its lines",
    "mapped": "its status, which had no meaning before",
}
"""Name of an order that changes between two imports → what changes."""
KEPT = 3
"""So many orders stay as they are. They come first, and fill a page, so that a page of known orders is not the last.

One more comes last. If it is missing, too, the importer doesn't get the last page.
"""


def _orders_before_changes(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    base = base_time(now)
    make = SpecimenMaker(known, base)
    two_lines = make.item(1, quantity=2), make.item(2)
    unmapped = next(status.name for status in known.statuses if not status.maps_to)
    for place in range(1, KEPT + 1):
        yield make.draft(f"kept-{place}", *two_lines, moment=base + HOUR + place * MINUTE)
    later = base + 2 * HOUR
    yield make.draft("noted", moment=later)
    yield make.draft("edited", *two_lines, moment=later)
    yield make.draft("mapped", status=unmapped, moment=later)
    yield make.draft("kept-last", moment=base + 4 * HOUR + 30 * MINUTE)


def _edited_orders(known: StoreFacts, base: datetime) -> dict[str, Draft]:
    """Return what staff make of orders: one line of two with another quantity, and an order with a usual status."""
    make = SpecimenMaker(known, base)
    return {"edited": make.draft("edited", make.item(1, quantity=5)), "mapped": make.draft("mapped")}


async def import_around_change(run: ImporterRun) -> ImportsOfChange:
    """Import a window twice. In between, some of its orders are changed, and stay in the window.

    A program that takes a window imports it once more. Before that, the order with the note is changed again in the
    same minute: its note is deleted, and it has its first status.
    """
    async with run.store(StoreConfig(page_size=KEPT), _orders_before_changes) as store:
        base, state = base_time(store.now), run.new_state()
        window, changed_at = (base, base + 5 * HOUR), base + 4 * HOUR
        first = require_success(await run.importer.pull(store, *window, state))
        numbers = store.numbers_by_case
        noted = numbers["noted"]
        before = store.orders[noted].status
        on_hold = next(each.name for each in store.facts.statuses if each.maps_to == "on_hold")
        store.change_order(noted, status=on_hold, customer_notes=NEW_NOTE, modified_at=changed_at)
        for name, draft in _edited_orders(store.facts, base).items():
            store.edit_order(numbers[name], draft, changed_at)
        pulls = [first, require_success(await run.importer.pull(store, *window, state))]
        if run.importer.takes_window:
            again = changed_at + LATER_IN_THE_MINUTE
            store.change_order(noted, status=before, customer_notes="", modified_at=again)
            pulls.append(require_success(await run.importer.pull(store, *window, state)))
        changes = {numbers[name]: what for name, what in CHANGES.items()}
        return ImportsOfChange(**run.imports(store, *pulls), changes=changes)


async def import_during(run: ImporterRun, event: str) -> ImportsOfChange:
    """Import while something happens that makes orders come on two pages."""
    offsets = (HOUR + number * MINUTE for number in range(8))
    async with run.store(StoreConfig(page_size=3), plain_orders_at(*offsets)) as store:
        store.script(EVENTS[event])
        before, end = store.orders, store.now + 2 * MINUTE
        state = run.new_state()
        pull = await run.importer.pull(store, base_time(store.now), end, state)
        changes = {number: "its time" for number, order in store.orders.items() if order != before[number]}
        pulls = [pull]
        if run.importer.takes_window and not _got_last_page_late(pull):
            pulls.append(await run.importer.pull(store, base_time(store.now), end + MINUTE, state))
        return ImportsOfChange(**run.imports(store, *pulls), changes=changes)


def _got_last_page_late(pull: Pull) -> bool:
    """True if the importer requested the last page after page 2, so that it got the new version of a changed order.

    An importer that reads pages backwards gets the new version with the next poll.
    """
    pages = [each.page for each in pull.requests]
    return 2 in pages and max(pages) in pages[pages.index(2) + 1 :]


async def import_without_address(run: ImporterRun) -> ImportEvidence:
    """Import from a store that exports an order without a shipping address, as the real add-on does."""
    return await run.import_once(ADDON_STORE, _one_without_address, *WIDE_WINDOW)


ADDRESSED = "no-shipping-address"
"""The order that has no shipping address, or gets one between two imports."""


async def import_around_address(run: ImporterRun) -> ImportsOfChange:
    """Import a window twice from a store that exports an order without a shipping address. In between, it gets one."""
    async with run.store(ADDON_STORE, _one_without_address) as store:
        base, state = base_time(store.now), run.new_state()
        window = base + WIDE_WINDOW[0], base + WIDE_WINDOW[1]
        first = require_success(await run.importer.pull(store, *window, state))
        number = store.numbers_by_case[ADDRESSED]
        store.edit_order(number, SpecimenMaker(store.facts, base).draft(ADDRESSED), base + 4 * HOUR)
        second = require_success(await run.importer.pull(store, *window, state))
        evidence = ImportsOfChange(
            **run.imports(store, first, second),
            changes={store.orders[number].order_id: "its shipping address, which was missing before"},
        )
        return replace(evidence, stored=by_exported_number(evidence.stored))


def _one_without_address(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    names = ("plain-1", "plain-2", ADDRESSED, "both-notes")
    return [each.draft for each in specimens(known, base_time(now)) if each.name in names]


# ---------------------------------------------------------------------- stores of every kind

FORM_MODULES = {"the document": "xml_form", "the values": "values", "the reply": "replies"}
"""Part that a store writes differently, as named in scenarios → the module of these variants."""

SKIPPED_VARIANTS = (
    # an importer can't read the store's values from these forms
    *("coupons-in-custom-fields", "names-with-options", "downloads-left-out", "options-sorted"),
    # an import never gets these replies, or another scenario tests them
    "redirect-",
    *("notified-", "unknown-", "too-much", "malformed-", "refusal-", "odd-pages", "backwards-", "end-exclusive"),
    "past-the-end-",
    # RFC 9110 lets an importer that doesn't know the old name fail
    "gzip-by-old-name",
    # the lines of these orders can't be told apart
    "options-of-one-name-joined",
)
"""Beginnings of the names of variants that these scenarios do not use."""

SAME_IN_EVERY_FORM = ("lines-200", "length-", "season-", "status-")
"""Beginnings of the names of specimens that test nothing new in another form."""

EVERYWHERE = (
    *("plain", "gift", "discount-coupon", "us-state", "weight-", "option", "locations", "lines-5", "notes-lines"),
)
"""Beginnings of the names of specimens that every store can export; the real add-on can't write ``]]>``."""


async def import_forms(run: ImporterRun, part: str) -> ImportsByStore:
    """Import from a plain store, and from one for each variant that writes this part differently."""

    async def import_one(variant: str) -> ImportEvidence:
        config = StoreConfig(variants=(variant,) if variant else (), weight_unit="lbs")
        return await run.import_once(config, _cases_for_forms, *WIDE_WINDOW)

    return await _import_each(run, "variant", variants_that_write_differently(part), import_one)


def variants_that_write_differently(part: str) -> tuple[str, ...]:
    """Return the variants of the store that write this part in another form."""
    return tuple(
        name
        for name, variant in variants().items()
        if variant.change.__module__.endswith(f".{FORM_MODULES[part]}") and not name.startswith(SKIPPED_VARIANTS)
    )


async def import_every_version(run: ImporterRun) -> ImportsByStore:
    """Import from a store of each version, each with its own unit, zone, currency and statuses."""

    async def import_one(version: str) -> ImportEvidence:
        config = StoreConfig() if version else PLAIN_STORE
        return await run.import_once(config, _cases_for_every_store, *WIDE_WINDOW, version=version)

    others = (each for each in VERSIONS if each != run.version)
    return await _import_each(run, "version", others, import_one)


async def import_redirected(run: ImporterRun) -> ImportEvidence:
    """Import from a store whose URL redirects to another path of the store."""
    offsets = (HOUR, 2 * HOUR, 3 * HOUR)
    return await run.import_once(StoreConfig(variants=("redirect-exports",)), plain_orders_at(*offsets), *WIDE_WINDOW)


async def import_real_addon(run: ImporterRun) -> ImportsByStore:
    """Import from a plain store, and from one with the real add-on."""

    async def import_one(profile: str) -> ImportEvidence:
        return await run.import_once(ADDON_STORE if profile else PLAIN_STORE, _cases_for_every_store, *WIDE_WINDOW)

    return await _import_each(run, "profile", [ADDON_STORE.profile], import_one)


async def _import_each(
    run: ImporterRun, kind: str, names: Iterable[str], import_one: Callable[[str], Awaitable[ImportEvidence]]
) -> ImportsByStore:
    """Import from the plain store ("") and the others at the same time, or in turn if they need the same port."""
    listed = ["", *names]
    if run.login.port:
        results = [(await run_together([import_one(name)]))[0] for name in listed]
    else:
        results = await run_together([import_one(name) for name in listed])
    return ImportsByStore(kind=kind, plain=results[0], others=dict(zip(listed[1:], results[1:], strict=True)))


ONE_IN_FORM = 4
"""One of so many orders of the covering array is imported in each form."""


@made_once
def _cases_for_forms(known: StoreFacts, base: datetime) -> Iterable[Draft]:
    singles = [each.draft for each in specimens(known, base) if not each.name.startswith(SAME_IN_EVERY_FORM)]
    return [*singles, *_in_own_unit(known, covering_drafts(known, base))[::ONE_IN_FORM]]


def _in_own_unit(known: StoreFacts, drafts: Iterable[Draft]) -> list[Draft]:
    """Return the orders that have no weight in another unit than the store's: stores export those differently."""
    return [
        draft
        for draft in drafts
        if all(item.weight is None or item.weight.unit == known.weight_unit for item in draft.items)
    ]


@made_once
def _cases_for_every_store(known: StoreFacts, base: datetime) -> Iterable[Draft]:
    return [each.draft for each in specimens(known, base) if each.name.startswith(EVERYWHERE)]
