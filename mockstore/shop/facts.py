"""What a store says of itself: version, zone, currency, weight unit, statuses, and what may be asked of it."""

from __future__ import annotations

import msgspec

from mockstore.shop.shop import Shop, Status

CAPABILITIES = ("read", "create", "update", "delete", "journal", "faults", "reset", "clock")


class StoreFacts(msgspec.Struct, frozen=True):
    """What ``GET /store`` says. ``lacks`` names fields that the store can't keep."""

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


def store_facts(shop: Shop, lacks: tuple[str, ...] = ()) -> StoreFacts:
    """What this shop says of itself."""
    return StoreFacts(
        shop.name,
        "CS-Cart",
        shop.version,
        shop.timezone,
        shop.currency,
        shop.weight_unit,
        shop.statuses,
        shop.orders_per_page,
        CAPABILITIES,
        lacks,
    )
