"""The shops of embedded stores: one for each version. The settings vary as in real shops, but not between runs."""

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
    """Return the shop of the embedded store of a version. Zone, unit, currency and page size depend on the version."""
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
