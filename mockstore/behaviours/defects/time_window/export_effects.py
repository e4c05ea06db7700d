"""Defects of an export that changes orders, or that is changed by an earlier export."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import MINUTE
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields, Page
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


@defect(
    "export-bumps-last-modified",
    "Marking an order as exported modifies it, so that every poll gets it again.",
    "WIN-8",
    seen="WooCommerce",
)
def export_bumps_last_modified(behaviour: Behaviour) -> Behaviour:
    def after_export(store: Store, page: Page) -> None:
        behaviour.after_export(store, page)
        for order in page.orders:
            store.change(order.order_number)

    return replace(behaviour, after_export=after_export)


@defect("exported-once-only", "An exported order is not exported again until it changes.", "WIN-8")
def exported_once_only(behaviour: Behaviour) -> Behaviour:
    seen: set[tuple[str, datetime]] = set()

    def is_exportable(order: Order) -> bool:
        return behaviour.is_exportable(order) and (order.order_id, order.modified_at) not in seen

    def after_export(store: Store, page: Page) -> None:
        behaviour.after_export(store, page)
        seen.update((order.order_id, order.modified_at) for order in page.orders)

    return replace(behaviour, is_exportable=is_exportable, after_export=after_export)


@defect(
    "exported-never-again",
    "An order that was exported once is never exported again, even when it changes.",
    "WIN-11 SHP-15",
)
def exported_never_again(behaviour: Behaviour) -> Behaviour:
    first: dict[str, datetime] = {}

    def is_exportable(order: Order) -> bool:
        return behaviour.is_exportable(order) and first.get(order.order_id, order.modified_at) == order.modified_at

    def after_export(store: Store, page: Page) -> None:
        behaviour.after_export(store, page)
        for order in page.orders:
            first.setdefault(order.order_id, order.modified_at)

    return replace(behaviour, is_exportable=is_exportable, after_export=after_export)


@defect("last-modified-is-now", "LastModified is the time of the export.", "ORD-6 WIN-8")
def last_modified_is_now(behaviour: Behaviour) -> Behaviour:
    asked = datetime.now(UTC)

    def present(order: Order, shop: Shop) -> Fields:
        nonlocal asked
        asked += MINUTE  # each export is a minute later, so that two exports differ
        fields = behaviour.present(order, shop)
        return fields | {"LastModified": f"{asked:%m/%d/%Y %H:%M}"}

    return replace(behaviour, present=present)


@defect("export-puts-on-hold", "An export changes the status of its orders, so that nobody packs them twice.", "WIN-8")
def export_puts_on_hold(behaviour: Behaviour) -> Behaviour:
    def after_export(store: Store, page: Page) -> None:
        behaviour.after_export(store, page)
        for order in page.orders:
            store.change(order.order_number, status="Awaiting call", modified_at=order.modified_at)

    return replace(behaviour, after_export=after_export)
