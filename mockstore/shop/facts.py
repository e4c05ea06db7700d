"""The facts that a store states about itself: version, zone, currency, weight unit, statuses, and its capabilities."""

from __future__ import annotations

import msgspec

from mockstore.shop.shop import Shop, Status

CAPABILITIES = ("read", "create", "update", "delete", "batch", "journal", "faults", "reset", "clock")


class StoreFacts(msgspec.Struct, frozen=True):
    """The answer to ``GET /store``. ``lacks`` names fields of orders that the store cannot keep."""

    name: str = ""
    platform: str = ""
    version: str = ""
    timezone: str = "UTC"
    currency: str = ""
    weight_unit: str = ""
    statuses: tuple[Status, ...] = ()
    orders_per_page: int | None = None
    capabilities: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def store_facts(shop: Shop, lacks: tuple[str, ...] = (), capabilities: tuple[str, ...] = CAPABILITIES) -> StoreFacts:
    """Return the facts of a shop."""
    return StoreFacts(
        shop.name,
        "CS-Cart",
        shop.version,
        shop.timezone,
        shop.currency,
        shop.weight_unit,
        shop.statuses,
        shop.orders_per_page,
        capabilities,
        lacks,
    )
