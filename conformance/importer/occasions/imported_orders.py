"""Occasions: orders of every kind, from stores of every kind, and the same order again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any, Literal

from conformance.client.shipstation import MINUTE
from conformance.importer.evidence import OccasionEvidence, Read
from conformance.importer.importer_run import DAY, HOUR, ImporterRun, succeeded
from conformance.importer.program import (
    together,
)
from conformance.importer.stores import (
    StoreConfig,
    at,
    base_of,
    hard_cases,
)
from mockstore.behaviours.variants import variants
from mockstore.orders.draft import Draft
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import StoreFacts
from mockstore.shop.versions import VERSIONS
from mockstore.traffic.faults import Fault

HARD = (-2 * DAY, 8 * DAY)
"""The window of the hard cases, wide enough that a wrong time zone loses none of them."""


async def hard(scene: ImporterRun) -> OccasionEvidence:
    """An import of an order for each hard case."""
    return await scene.imports(StoreConfig(unit="lbs"), hard_cases, *HARD)


NEW_NOTE = "Changed: please leave it at the door."


async def changed(scene: ImporterRun) -> OccasionEvidence:
    """Two imports of one window; between them an order is changed, and keeps lying in it."""
    async with scene.store(StoreConfig(), at(HOUR, 2 * HOUR, 3 * HOUR)) as stand:
        base, memory = base_of(stand.now), scene.memory()
        bounds = base, base + 5 * HOUR
        first = succeeded(await scene.program.pull(stand, *bounds, memory))
        number = next(iter(stand.orders))
        status = next(each.name for each in stand.facts.statuses if each.maps_to == "on_hold")
        stand.change(number, status=status, customer_notes=NEW_NOTE, modified_at=base + 4 * HOUR)
        second = succeeded(await scene.program.pull(stand, *bounds, memory))
        return scene.leaves(stand, (first, second), changed=number)


async def on_two_pages(scene: ImporterRun, fault: str) -> OccasionEvidence:
    """An import in which orders come on two pages."""
    kind: Literal["duplicate-page", "order-changes"] = (
        "duplicate-page" if fault.startswith("a page") else "order-changes"
    )
    moments = (HOUR + number * MINUTE for number in range(8))
    async with scene.store(StoreConfig(page_size=3), at(*moments)) as stand:
        stand.script(Fault(kind, action="export", page=2))
        before, end = stand.orders, stand.now + 2 * MINUTE
        pull = await scene.program.pull(stand, base_of(stand.now), end, scene.memory())
        changed = next((number for number, order in stand.orders.items() if order != before[number]), "")
        return scene.leaves(stand, (pull,), changed=changed)


ELSEWHERE = (
    "redirect-first",
    *("notified-", "unknown-", "too-much", "malformed-", "refusal-", "odd-pages", "backwards-", "end-exclusive"),
    "past-the-end-",
    "options-of-one-name-joined",
)
"""Variants of answers that an import doesn't meet, or that have a scenario of their own; of values, those whose lines
can't be told from others any more."""

LEFT_OUT = ("lines-200", "length-", "season-", "status-")
"""Hard cases that say nothing more in another form."""

MIXED = ("weight-in-",)
"""Hard cases in a unit that isn't the store's: they say in one store what the next one says otherwise."""


def telling_cases(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    """The hard cases, without those that say nothing more where the form is another."""
    return [each.draft for each in specimens(known, base_of(now)) if not each.name.startswith(LEFT_OUT + MIXED)]


FORMS = {"the document": "xml_form", "the values": "values", "the answer": "answers"}


def forms(of: str) -> tuple[str, ...]:
    """The variants of a module."""
    return tuple(
        name
        for name, variant in variants().items()
        if variant.change.__module__.endswith(FORMS[of]) and not name.startswith(ELSEWHERE)
    )


async def _of_each(
    scene: ImporterRun, names: Iterable[str], work: Callable[[str], Coroutine[Any, Any, OccasionEvidence]]
) -> Read:
    """All of them, or one after the other where only one store can be there at a time."""
    listed = list(names)
    if scene.access.port:
        return {name: (await together([work(name)]))[0] for name in listed}
    return dict(zip(listed, await together([work(name) for name in listed]), strict=True))


async def written_otherwise(scene: ImporterRun, of: str) -> Read:
    """An import from a store of each variant of that kind, and from one that is none."""

    async def one(name: str) -> OccasionEvidence:
        kind = StoreConfig(variants=(name,) if name else (), unit="lbs")
        return await scene.imports(kind, telling_cases, *HARD)

    return await _of_each(scene, ("", *forms(of)), one)


def plain_cases(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    """A few hard cases that every store can write, the real add-on included (it breaks at ``]]>``)."""
    wanted = (
        "plain",
        "gift",
        "discount-coupon",
        "us-state",
        "weight-",
        "option",
        "locations",
        "lines-5",
        "notes-lines",
    )
    return [
        each.draft
        for each in specimens(known, base_of(now))
        if each.name.startswith(wanted) and not each.name.startswith(MIXED) and not each.name.endswith("special")
    ]


async def every_version(scene: ImporterRun) -> Read:
    """An import from a store of each version, each with its own unit, zone, currency and statuses."""

    async def one(name: str) -> OccasionEvidence:
        kind = StoreConfig() if name else StoreConfig(unit="lbs")
        return await scene.imports(kind, plain_cases, *HARD, version=name or scene.version)

    return await _of_each(scene, ("", *(each for each in VERSIONS if each != scene.version)), one)


ADDON = StoreConfig(profile="addon-1.0.12", timezone="UTC", unit="lbs")


async def real_addon(scene: ImporterRun) -> Read:
    """An import from a store with the real add-on, and from the reference."""

    async def one(name: str) -> OccasionEvidence:
        return await scene.imports(ADDON if name else StoreConfig(unit="lbs"), plain_cases, *HARD)

    return await _of_each(scene, ("", "addon-1.0.12"), one)


def one_without_address(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    """Plain orders, and before the last of them one without a shipping address."""
    return [
        each.draft
        for each in specimens(known, base_of(now))
        if each.name in ("plain-1", "plain-2", "no-shipping-address", "both-notes")
    ]


async def without_address(scene: ImporterRun) -> OccasionEvidence:
    """An import from a store that exports an order without a shipping address, as the real add-on does."""
    return await scene.imports(ADDON, one_without_address, *HARD)
