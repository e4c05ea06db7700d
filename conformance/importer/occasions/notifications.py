"""Occasions of the feature *Notifications*: the importer notifies the store of a shipment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal

import msgspec

from conformance.core.errors import NotExercised
from conformance.importer.evidence import BookedNotification, NotificationEvidence, Notifications
from conformance.importer.harness import DAY, HANG_S, SHORT_TIMEOUT_S, ImporterRun, require_success
from conformance.importer.occasions.hard_shipments import PARCELS, orders_of_parcels
from conformance.importer.program import (
    REPLY_TIMEOUT_S,
    CallFailed,
    ImporterError,
    ShipCall,
    how_it_failed,
    last_output,
)
from conformance.importer.stores import RunningStore, StoreConfig, base_time
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.faults import Fault

PLAIN_SERVICE = "FedEx Ground"

SPECIAL_SERVICE = "Parcel+ Home & Evening 100%"
"""A service with characters that mean something else in a URL or in XML if they are not escaped."""

EVERY_REPLY = 99
"""``times`` of a fault that is meant for every reply as long as a call lasts."""

FAULTY_REPLIES = {
    "status 500": Fault("status", action="shipnotify", status=500),
    "status 503": Fault("status", action="shipnotify", status=503),
    "status 429": Fault("status", action="shipnotify", status=429, headers={"Retry-After": "1"}),
    "no reply": Fault("hang", action="shipnotify", seconds=HANG_S),
    "a connection reset": Fault("reset", action="shipnotify"),
    "a connection reset after booking": Fault("reset", action="shipnotify", after_booking=True),
}
"""Name of a failing reply to a notification in scenarios → the fault that makes it happen."""

FAULTY_REPLIES |= {
    f"{name} on every try": msgspec.structs.replace(FAULTY_REPLIES[name], times=EVERY_REPLY)
    for name in ("status 503", "no reply", "a connection reset")
}

ACCEPTING_REPLIES = {"status 200": "", "status 201": "notified-201", "status 204": "notified-204"}
"""Name of an accepting reply to a notification in scenarios → the variant of the store that gives it."""


async def notify(run: ImporterRun) -> NotificationEvidence:
    """Notify the store of a shipment."""
    return await _notify(run)


async def notify_special_service(run: ImporterRun) -> NotificationEvidence:
    """Notify the store of a shipment whose service has special characters.

    Raises:
        NotExercised: if the importer fails, since it may accept the carrier's services only.
    """
    try:
        return await _notify(run, service=SPECIAL_SERVICE)
    except ImporterError as error:
        raise NotExercised(f"the importer does not accept a service like {SPECIAL_SERVICE!r}: {error}") from None


async def notify_with_reply(run: ImporterRun, reply: str) -> NotificationEvidence:
    """Notify the store of a shipment; the first reply is this one."""
    if reply in FAULTY_REPLIES:
        return await _notify(run, fault=FAULTY_REPLIES[reply])
    return await _notify(run, variant=ACCEPTING_REPLIES[reply])


async def _notify(
    run: ImporterRun, *, fault: Fault | None = None, variant: str = "", service: str = PLAIN_SERVICE
) -> NotificationEvidence:
    """Import an order, notify the store of its shipment, and import again.

    A ship command that fails is called once more, as a person would do. The import afterwards lets an
    importer send the notifications that it has kept.
    """
    config = StoreConfig(variants=(variant,) if variant else ())
    async with run.store(config, _two_orders) as store:
        base, state = base_time(store.now), run.new_state()
        window = base - DAY, base + 8 * DAY
        require_success(await run.importer.pull(store, *window, state))
        number = store.numbers_by_case["plain-2"]
        shipment = parcel_with_everything(store.orders[number], service)
        store.script(*([fault] if fault else []))
        timeout_s = SHORT_TIMEOUT_S if fault else REPLY_TIMEOUT_S
        with _calling(stays_bad=fault is not None and fault.times == EVERY_REPLY):
            calls = [await run.importer.ship(store, number, shipment, state, timeout_s=timeout_s)]
        store.script()
        first = calls[0].process
        if first.status != 0:
            if not fault and not calls[0].requests:
                raise CallFailed(
                    f"the ship command {how_it_failed(first)}, although the store worked{last_output(first)}"
                )
            calls.append(await run.importer.ship(store, number, shipment, state))
        await run.importer.pull(store, *window, state)
        if not any(call.requests for call in calls):
            raise CallFailed(f"the ship command sent no request{last_output(calls[-1].process)}")
        return _evidence(run, store, number, shipment, calls)


@contextmanager
def _calling(*, stays_bad: bool) -> Iterator[None]:
    """Tell what a failed call of the ship command means.

    Raises:
        NotExercised: the call failed while the store stays bad: an importer may try again for longer than the suite
            waits.
        CallFailed: it failed although the store works again.
    """
    try:
        yield
    except CallFailed as failed:
        if stays_bad:
            raise NotExercised(f"the store stayed bad, and {failed}") from None
        raise


def _evidence(
    run: ImporterRun, store: RunningStore, number: str, shipment: Shipment, calls: list[ShipCall], what: str = ""
) -> NotificationEvidence:
    """Return the evidence of one parcel: the notifications of its calls, and later ones of its order."""
    own = {each.number for call in calls for each in call.requests}
    return NotificationEvidence(
        access=store.access,
        facts=store.facts,
        requests=tuple(
            each
            for each in store.settled_requests
            if each.action == "shipnotify" and (each.number in own or each.parameter("order_number") == number)
        ),
        store_number=store.number,
        ship_calls=tuple(calls),
        shipment=shipment,
        shipped_order=number,
        order_id=store.orders[number].order_id,
        shipment_fields=run.importer.shipment_fields,
        what=what,
    )


async def notify_hard_parcels(run: ImporterRun) -> Notifications:
    """Import the orders of several parcels, notify the store of each parcel, and import again."""
    async with run.store(StoreConfig(), orders_of_parcels) as store:
        base, state = base_time(store.now), run.new_state()
        window = base - DAY, base + 8 * DAY
        require_success(await run.importer.pull(store, *window, state))
        numbers = store.numbers_by_case
        told = [
            (parcel, number, await run.importer.ship(store, number, parcel.told(), state, zone=parcel.zone))
            for place, parcel in enumerate(PARCELS, start=1)
            if (number := numbers[f"parcel-{place}"])
        ]
        await run.importer.pull(store, *window, state)
        return Notifications(
            parcels=tuple(
                _evidence(run, store, number, parcel.told(), [call], parcel.what) for parcel, number, call in told
            )
        )


async def notify_two_parcels_while_bad(run: ImporterRun) -> Notifications:
    """Notify a store that stays bad of the parcels of two orders, and import again once it works.

    A ship command that fails is called once more then.
    """
    async with run.store(StoreConfig(), _two_orders) as store:
        base, state = base_time(store.now), run.new_state()
        window = base - DAY, base + 8 * DAY
        require_success(await run.importer.pull(store, *window, state))
        store.script(FAULTY_REPLIES["status 503 on every try"])
        calls: dict[str, list[ShipCall]] = {}
        parcels = {}
        for place, number in enumerate(store.orders, start=1):
            parcel = parcel_with_everything(store.orders[number], PLAIN_SERVICE)
            parcels[number] = msgspec.structs.replace(parcel, tracking_number=f"{parcel.tracking_number}{place}")
            with _calling(stays_bad=True):
                calls[number] = [await run.importer.ship(store, number, parcels[number], state)]
        store.script()
        for number, made in calls.items():
            if made[0].process.status != 0:
                made.append(await run.importer.ship(store, number, parcels[number], state))
        await run.importer.pull(store, *window, state)
        return Notifications(
            parcels=tuple(
                _evidence(run, store, number, parcels[number], made, "one of two while the store was bad")
                for number, made in calls.items()
            )
        )


async def notify_real_addon(run: ImporterRun) -> BookedNotification:
    """Notify a store with the real add-on of a shipment. That store reads the query of a notification."""
    config = StoreConfig(profile="addon-1.0.12", timezone="UTC", weight_unit="lbs")
    async with run.store(config, _two_orders) as store:
        base, state = base_time(store.now), run.new_state()
        window = base - DAY, base + 8 * DAY
        require_success(await run.importer.pull(store, *window, state))
        number = store.numbers_by_case["plain-2"]
        shipment = parcel_with_everything(store.orders[number], PLAIN_SERVICE)
        calls = [await run.importer.ship(store, number, shipment, state)]
        await run.importer.pull(store, *window, state)
        evidence = _evidence(run, store, number, shipment, calls)
        return BookedNotification(notification=evidence, booked=store.orders[number].shipments)


async def mark_as_shipped(run: ImporterRun) -> NotificationEvidence:
    """Notify the store that an order was shipped without a label: no tracking number, carrier, service or items.

    Raises:
        NotExercised: if the importer fails, since it may know no such shipments.
    """
    async with run.store(StoreConfig(), _two_orders) as store:
        base, state = base_time(store.now), run.new_state()
        window = base - DAY, base + 8 * DAY
        require_success(await run.importer.pull(store, *window, state))
        number = store.numbers_by_case["plain-2"]
        shipment = Shipment(shipped_on=date(2026, 3, 4))
        call = await run.importer.ship(store, number, shipment, state)
        if call.process.status != 0 or not call.requests:
            raise NotExercised("the importer does not send a notification without a tracking number")
        return _evidence(run, store, number, shipment, [call])


def _two_orders(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    return [each.draft for each in specimens(known, base_time(now)) if each.name in ("plain-1", "plain-2")]


def parcel_with_everything(order: Order, service: str) -> Shipment:
    """Return a parcel with all items of the order."""
    return Shipment(
        "794644790132",
        "FedEx",
        service,
        Decimal("7.45"),
        "Left with love & <care>.",
        date(2026, 3, 4),
        tuple(ShippedItem(item.sku, item.quantity, item.line_id) for item in order.items),
    )
