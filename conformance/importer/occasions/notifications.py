"""Occasions of the feature *Notifications*: the importer notifies the store of a shipment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from conformance.core.errors import NotExercised
from conformance.importer.evidence import NotificationEvidence
from conformance.importer.harness import DAY, HANG_S, SHORT_TIMEOUT_S, ImporterRun, require_success
from conformance.importer.program import REPLY_TIMEOUT_S, ImporterError, how_it_failed, last_output
from conformance.importer.stores import RunningStore, StoreConfig, base_time
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.orders.specimens import EMAIL_SUFFIX, specimens
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.faults import Fault

PLAIN_SERVICE = "FedEx Ground"

SPECIAL_SERVICE = "Parcel+ Home & Evening 100%"
"""A service with characters that mean something else in a URL or in XML if they are not escaped."""

FAULTY_REPLIES = {
    "status 500": Fault("status", action="shipnotify", status=500),
    "status 503": Fault("status", action="shipnotify", status=503),
    "no reply": Fault("hang", action="shipnotify", seconds=HANG_S),
    "a connection reset": Fault("reset", action="shipnotify"),
    "a connection reset after booking": Fault("reset", action="shipnotify", after_booking=True),
}
"""Name of a failing reply to a notification in scenarios → the fault that makes it happen."""

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
        number = _order_with_two_lines(store)
        shipment = parcel_with_everything(store.orders[number], service)
        store.script(*([fault] if fault else []))
        timeout_s = SHORT_TIMEOUT_S if fault else REPLY_TIMEOUT_S
        calls = [await run.importer.ship(store, number, shipment, state, timeout_s=timeout_s)]
        store.script()
        first = calls[0].process
        if first.status != 0:
            if not fault and not calls[0].requests:
                raise ImporterError(
                    f"the ship command {how_it_failed(first)}, although the store worked{last_output(first)}"
                )
            calls.append(await run.importer.ship(store, number, shipment, state))
        await run.importer.pull(store, *window, state)
        if not any(call.requests for call in calls):
            raise ImporterError(f"the ship command sent no request{last_output(calls[-1].process)}")
        return NotificationEvidence(
            access=store.access,
            facts=store.facts,
            requests=tuple(each for each in store.settled_requests if each.action == "shipnotify"),
            ship_calls=tuple(calls),
            shipment=shipment,
            shipped_order=number,
            shipment_fields=run.importer.shipment_fields,
        )


def _two_orders(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    return [each.draft for each in specimens(known, base_time(now)) if each.name in ("plain-1", "plain-2")]


def _order_with_two_lines(store: RunningStore) -> str:
    return next(
        number for number, each in store.orders.items() if each.customer.email.endswith(f"plain-2{EMAIL_SUFFIX}")
    )


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
