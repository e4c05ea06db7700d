"""Occasions: the store told of a shipment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from conformance.core.errors import NotExercised
from conformance.importer.evidence import OccasionEvidence
from conformance.importer.importer_run import DAY, HANGS_S, PATIENCE_S, ImporterRun, succeeded
from conformance.importer.program import (
    ImporterError,
    ShipCall,
    how_ended,
    last,
)
from conformance.importer.stores import (
    RunningStore,
    StoreConfig,
    base_of,
)
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.orders.specimens import EMAIL_SUFFIX, specimens
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.faults import Fault

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
