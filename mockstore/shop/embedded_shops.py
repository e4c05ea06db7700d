"""A shop for each version: settings as varied as real shops', the same for everyone who asks."""

from __future__ import annotations

from mockstore.shop.shop import Shop
from mockstore.shop.versions import VERSIONS

TIMEZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Europe/London",
    "Australia/Sydney",
    "America/St_Johns",
)
UNITS = ("lbs", "kg", "g", "oz")
CURRENCIES = ("USD", "EUR", "GBP")
PAGE_SIZES = (20, 25, 50)


def shop_of(version: str, *, seed: int = 1) -> Shop:
    """The shop that the embedded store of a version is: zone, unit, currency and page size go with it."""
    place = VERSIONS.index(version) if version in VERSIONS else 0
    return Shop(
        version=version,
        name=f"Mock CS-Cart {version}",
        timezone=TIMEZONES[place % len(TIMEZONES)],
        weight_unit=UNITS[place % len(UNITS)],
        currency=CURRENCIES[place % len(CURRENCIES)],
        orders_per_page=PAGE_SIZES[place % len(PAGE_SIZES)],
        seed=seed,
    )
