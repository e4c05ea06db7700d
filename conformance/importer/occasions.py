"""Occasions: what is done with an importer, scene by scene. Each leaves evidence; none judges."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

import msgspec

from conformance.core.errors import NotExercised
from conformance.importer.attached import Attached
from conformance.importer.evidence import OccasionEvidence, evidence
from conformance.importer.program import (
    ImporterError,
    Memory,
    Program,
    Pull,
    ShipCall,
    how_ended,
    last,
    refused_often,
    together,
)
from conformance.importer.stores import (
    AccessMode,
    OrderFactory,
    RunningStore,
    StoreConfig,
    at,
    base_of,
    hard_cases,
    opened,
    plain,
)
from mockstore.behaviours.variants import variants
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.orders.specimens import EMAIL_SUFFIX, specimens
from mockstore.shop.facts import StoreFacts
from mockstore.shop.versions import VERSIONS
from mockstore.traffic.faults import Fault
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import LOOP_INTERVAL

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOON = 100
"""Refusals after which an importer is ended: it would go on for ever."""

SPECIAL_PASSWORD = "p:w%20d&+#/=\"'\\~"
"""ASCII only: how others are encoded in Basic authentication isn't settled (RFC 7617)."""

PATIENCE_S = 1.0
"""Seconds that the importer is told to wait for a reply, where one doesn't come."""

HANGS_S = 1.4
"""Seconds after which a reply that doesn't come is broken off: longer than the importer was told to wait."""


class ImporterRun:
    """What occasions need: the importer, a version, and folders for what the importer keeps."""

    def __init__(
        self, program: Program | Attached, version: str, access: AccessMode, memory: Callable[[], Memory]
    ) -> None:
        self.program, self.version, self.access, self.memory = program, version, access, memory

    @asynccontextmanager
    async def store(self, kind: StoreConfig, stock: OrderFactory, version: str = "") -> AsyncIterator[RunningStore]:
        """A store, for as long as it is needed."""
        stand = await opened(version or self.version, kind, stock, self.access)
        try:
            yield stand
        finally:
            await stand.close()

    def leaves(self, stand: RunningStore, *args: Any, **more: Any) -> OccasionEvidence:
        """The evidence of an occasion."""
        program = self.program
        return evidence(stand, *args, bounded=program.bounded, offered=program.offered, **more)

    async def imports(
        self,
        kind: StoreConfig,
        stock: OrderFactory,
        start: timedelta,
        end: timedelta,
        version: str = "",
        *,
        check: Callable[[Pull], Pull] | None = None,
        **how: Any,
    ) -> OccasionEvidence:
        """One pull that has to succeed, or to pass another check."""
        async with self.store(kind, stock, version) as stand:
            base = base_of(stand.now)
            pull = await self.program.pull(stand, base + start, base + end, self.memory(), **how)
            (check or succeeded)(pull)
            return self.leaves(stand, (pull,), by_id=kind.profile != "reference", stating=bool(kind.variants))


def require_accepted(requests: Iterable[LoggedRequest]) -> None:
    """What the store refuses for what it is says nothing of what else an importer does.

    Raises:
        NotExercised: where a request of these was refused, though nothing was wrong with the store.
    """
    for each in requests:
        status = each.entry.status
        if 400 <= status < 500 and not each.entry.fault:
            said = " ".join(each.entry.reply.split())[:200]
            raise NotExercised(
                f"the store refused the request {each.shown} with status {status}{f' ({said})' if said else ''}: "
                f"that is {'IMP-1' if each.refused else 'IMP-12' if each.action == 'shipnotify' else 'IMP-2'}"
            )


def succeeded(pull: Pull) -> Pull:
    """A pull that had no reason to fail.

    Raises:
        ImporterFault: where it did.
        NotExercised: where the store refused what it asked for.
    """
    if pull.failed:
        require_accepted(pull.requests)
    if not pull.failed and not pull.requests:
        raise ImporterError(f"the import command says success, and asked the store for nothing{last(pull.ended)}")
    if pull.failed:
        problem = f" ({pull.result.problem})" if pull.result and pull.result.problem else ""
        raise ImporterError(
            f"the import command {how_ended(pull.ended)}{problem}, though nothing was wrong{last(pull.ended)}"
        )
    return pull


def asked(pull: Pull) -> Pull:
    """A pull that asked for something: its requests can be judged, whatever came of it.

    Raises:
        ImporterFault: where it asked for nothing.
    """
    return pull if pull.requests else succeeded(pull)


# ---------------------------------------------------------------------- imports

HARD = (-2 * DAY, 8 * DAY)
"""The window of the hard cases, wide enough that a wrong time zone loses none of them."""


async def hard(scene: ImporterRun) -> OccasionEvidence:
    """An import of an order for each hard case."""
    return await scene.imports(StoreConfig(unit="lbs"), hard_cases, *HARD)


async def few(scene: ImporterRun, kind: StoreConfig = StoreConfig(), **how: Any) -> OccasionEvidence:  # noqa: B008 - frozen
    """An import of three plain orders."""
    return await scene.imports(kind, at(HOUR, 2 * HOUR, 3 * HOUR), timedelta(0), 4 * HOUR, check=asked, **how)


async def special_password(scene: ImporterRun) -> OccasionEvidence:
    """An import from a store whose password has every character that needs care."""
    return await few(scene, StoreConfig(password=SPECIAL_PASSWORD))


async def more_query(scene: ImporterRun) -> OccasionEvidence:
    """An import from a store whose URL has more in its query."""
    return await few(scene, StoreConfig(more_query="&store_id=7&lang=de"))


async def in_zone(scene: ImporterRun, zone: str) -> OccasionEvidence:
    """An import by an importer that runs in that time zone."""
    return await few(scene, zone=zone)


async def store_in_zone(scene: ImporterRun, zone: str) -> OccasionEvidence:
    """An import from a store in that time zone."""
    return await few(scene, StoreConfig(timezone=zone))


SIZES = {
    "no order": 0,
    "one order": 1,
    "exactly one full page": 3,
    "one order more than a page": 4,
    "exactly two full pages": 6,
    "many pages": 20,
}
"""Orders of a window, where a page has three."""


async def sized(scene: ImporterRun, size: str, variant: str = "") -> OccasionEvidence:
    """An import of that many orders, three on a page."""
    moments = (HOUR + number * MINUTE for number in range(SIZES[size]))
    kind = StoreConfig(page_size=3, variants=(variant,) if variant else ())
    return await scene.imports(kind, at(*moments), timedelta(0), 2 * HOUR)


async def sized_otherwise(scene: ImporterRun, variant: str, size: str) -> OccasionEvidence:
    """The same from a store of a variant."""
    return await sized(scene, size, variant)


async def following(scene: ImporterRun, variant: str = "") -> OccasionEvidence:
    """Three imports of windows that follow each other, with orders at their edges."""
    edges = (HOUR, 2 * HOUR)
    second = timedelta(seconds=1)
    moments = [
        each for edge in edges for each in (edge - MINUTE, edge - second, edge, edge + MINUTE - second, edge + MINUTE)
    ]
    kind = StoreConfig(variants=(variant,) if variant else ())
    async with scene.store(kind, at(*sorted(moments))) as stand:
        base, memory = base_of(stand.now), scene.memory()
        bounds = [base + hours * HOUR for hours in range(4)]
        pulls = [succeeded(await scene.program.pull(stand, start, end, memory)) for start, end in pairwise(bounds)]
        return scene.leaves(stand, pulls)


# ---------------------------------------------------------------------- the same order again

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


# ---------------------------------------------------------------------- stores of every kind

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


Read = dict[str, OccasionEvidence | BaseException]


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


# ---------------------------------------------------------------------- trouble


async def refused(scene: ImporterRun) -> OccasionEvidence:
    """An import with a password that is wrong."""
    if isinstance(scene.program, Attached):
        return await locked_out(scene, scene.program)
    async with scene.store(StoreConfig(), at(HOUR)) as stand:
        base = base_of(stand.now)
        pull = await scene.program.pull(
            stand,
            base,
            base + 2 * HOUR,
            scene.memory(),
            password="not-" + stand.given.password,
            enough=lambda: refused_often(stand, SOON),
        )
        return scene.leaves(stand, (pull,))


async def locked_out(scene: ImporterRun, attached: Attached) -> OccasionEvidence:
    """The store's password changes; the importer comes by itself, and is watched for as long as a loop would show."""
    async with scene.store(StoreConfig(password="changed-" + scene.access.password), at(HOUR)) as stand:
        await attached.refusal(stand)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(refused_often(stand, SOON), LOOP_INTERVAL.total_seconds())
        return scene.leaves(stand)


LASTING = 99
"""Replies that a clock is off for: all of them."""

TROUBLE = {
    "status 500": Fault("status", status=500),
    "status 503": Fault("status", status=503),
    "status 429": Fault("status", status=429, headers={"Retry-After": "1"}),
    "no reply": Fault("hang", seconds=HANGS_S),
    "a slow first byte": Fault("slow-start", seconds=0.3),
    "a slow body": Fault("slow-body", seconds=0.3),
    "a reply cut off": Fault("cut"),
    "a connection reset": Fault("reset"),
    "HTML with status 200": Fault("html"),
    "truncated XML": Fault("truncated"),
    "a wrong content type": Fault("wrong-type"),
    "a redirect elsewhere": Fault("redirect"),
    "a clock that is off": Fault("clock-skew", seconds=86_000, times=LASTING),
}
"""What can befall a reply, as scenarios call it."""


async def trouble(scene: ImporterRun, what: str, page: int) -> OccasionEvidence:
    """An import that meets trouble on a page; the store comes back, and has new orders.

    Who fails is called again for the same window and on; who says success, for the next one. Where that is the
    same window, its first order was changed meanwhile: the pages aren't those that they were.
    """
    fault = TROUBLE[what]
    moments = (HOUR + number * MINUTE for number in range(7))
    async with scene.store(StoreConfig(page_size=3), at(*moments)) as stand:
        base, memory = base_of(stand.now), scene.memory()
        stand.script(msgspec.structs.replace(fault, action="export", page=None if fault.times == LASTING else page))
        patience = PATIENCE_S if fault.kind == "hang" else 10.0
        first = await scene.program.pull(stand, base, base + 2 * HOUR, memory, timeout_s=patience)
        stand.script()
        stand.add(plain(stand.facts, base + 3 * HOUR, "after-trouble"))
        if first.failed:
            stand.change(next(iter(stand.orders)), modified_at=base + 3 * HOUR)
        start = base if first.failed else base + 2 * HOUR
        second = await scene.program.pull(stand, start, base + 4 * HOUR, memory)
        return scene.leaves(stand, (first, second), about=f"{what} on page {page}")


# ---------------------------------------------------------------------- telling of shipments


SPECIAL_SERVICE = "Parcel+ Home & Evening 100%"
"""Something else in a URL and in XML, if it is written there as it is."""


def shipment_of(order: Order, service: str) -> Shipment:
    """A parcel with everything in the order."""
    return Shipment(
        "794644790132",
        "FedEx",
        service,
        Decimal("7.45"),
        "Left with love & <care>.",
        date(2026, 3, 4),
        tuple(ShippedItem(item.sku, item.quantity, item.line_id) for item in order.items),
    )


def two_orders(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    """Two orders that can be shipped."""
    return [each.draft for each in specimens(known, base_of(now)) if each.name in ("plain-1", "plain-2")]


def order_to_ship(stand: RunningStore) -> str:
    """The number of the order of two lines."""
    return next(
        number for number, each in stand.orders.items() if each.customer.email.endswith(f"plain-2{EMAIL_SUFFIX}")
    )


async def told(
    scene: ImporterRun, faults: Iterable[Fault] = (), variant: str = "", service: str = "FedEx Ground"
) -> OccasionEvidence:
    """A shipment is told of, after an import of its order; who fails is called again, as a person would.

    Then comes the next import, with which whoever keeps notifications may send them.
    """
    program = scene.program
    kind = StoreConfig(variants=(variant,) if variant else ())
    async with scene.store(kind, two_orders) as stand:
        base, memory = base_of(stand.now), scene.memory()
        bounds = base - DAY, base + 8 * DAY
        succeeded(await program.pull(stand, *bounds, memory))
        number = order_to_ship(stand)
        shipment = shipment_of(stand.orders[number], service)
        scripted = [*faults]
        stand.script(*scripted)
        patience = PATIENCE_S if scripted else 10.0
        calls: list[ShipCall] = [await program.ship(stand, number, shipment, memory, timeout_s=patience)]
        stand.script()
        if calls[0].ended.status != 0:
            if not scripted and not calls[0].requests:
                raise ImporterError(
                    f"the ship command {how_ended(calls[0].ended)}, though nothing was wrong{last(calls[0].ended)}"
                )
            calls.append(await program.ship(stand, number, shipment, memory))
        await program.pull(stand, *bounds, memory)
        if not any(call.requests for call in calls):
            raise ImporterError(f"the ship command sent the store nothing{last(calls[-1].ended)}")
        left = scene.leaves(stand, (), calls, shipment=shipment, about=number)
        return replace(left, requests=tuple(each for each in left.requests if each.action == "shipnotify"))


async def told_specially(scene: ImporterRun) -> OccasionEvidence:
    """A shipment with a service that needs care.

    Raises:
        NotExercised: where the importer doesn't take them: it may know the carriers' services.
    """
    try:
        return await told(scene, service=SPECIAL_SERVICE)
    except ImporterError as fault:
        raise NotExercised(f"the importer doesn't take a service like {SPECIAL_SERVICE!r}: {fault}") from None


ANSWERS = {
    "status 500": Fault("status", action="shipnotify", status=500),
    "status 503": Fault("status", action="shipnotify", status=503),
    "no reply": Fault("hang", action="shipnotify", seconds=HANGS_S),
    "a connection reset": Fault("reset", action="shipnotify"),
    "a connection reset after it was booked": Fault("reset", action="shipnotify", after_booking=True),
}


async def told_in_trouble(scene: ImporterRun, what: str) -> OccasionEvidence:
    """A shipment is told of, and the first answer is none, or an error."""
    return await told(scene, (ANSWERS[what],))


async def told_and_answered(scene: ImporterRun, status: str) -> OccasionEvidence:
    """A shipment is told of, and answered with that success."""
    return await told(scene, variant={"200": "", "201": "notified-201", "204": "notified-204"}[status])
