"""A shop's settings and its clock: everything about a store except its orders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from mockstore.inputs import moments

GRAMS_PER_UNIT = {
    "kg": Decimal(1000),
    "g": Decimal(1),
    "lbs": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
"""The weight of one unit in grams."""


STATUS_MEANINGS = ("unpaid", "paid", "shipped", "cancelled", "on_hold")
"""The meanings that an order status can have."""


class Status(msgspec.Struct, frozen=True, gc=False):
    """An order status of the shop.

    ``maps_to`` is one of :data:`STATUS_MEANINGS`, or None for a status without a meaning.
    ``shipped`` marks the status that completely shipped orders get.
    """

    name: str
    maps_to: str | None = None
    shipped: bool = False


DEFAULT_STATUSES = (
    Status("Processed", "paid"),
    Status("Complete", "shipped", shipped=True),
    Status("Open", "unpaid"),
    Status("Failed", "cancelled"),
    Status("Declined", "cancelled"),
    Status("Backordered", "on_hold"),
    Status("Canceled", "cancelled"),
    Status("Awaiting call", "on_hold"),
    Status("Wird geprüft – Zoll & Steuer, Antwort der Behörde steht aus", "on_hold"),
    Status("gift wrapping", None),
)
"""CS-Cart's default statuses, and two that a merchant added: one has a long name, the other no meaning."""


class Shop(msgspec.Struct, frozen=True):
    """The settings of one shop.

    ``timezone`` is the shop's own zone; an export must not use it. ``weight_unit`` is a key of
    :data:`GRAMS_PER_UNIT`. ``base_url`` is the beginning of image URLs and does not end with a
    slash. ``username`` and ``password`` belong to the add-on, not to the administrator. ``locales`` are those of the
    buyers, like ``de_DE``; without any, buyers come from many countries.
    """

    version: str
    name: str = "Mock CS-Cart store"
    timezone: str = "America/New_York"
    currency: str = "USD"
    weight_unit: str = "lbs"
    statuses: tuple[Status, ...] = DEFAULT_STATUSES
    orders_per_page: int = 100
    base_url: str = "http://127.0.0.1:8080"
    username: str = "ship-user"
    password: str = "ship-pass"
    seed: int = 1
    locales: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """Return the shop's time zone. The reference's export never uses it."""
        return ZoneInfo(self.timezone)

    @property
    def shipped_status(self) -> str:
        """Return the status that a completely shipped order gets."""
        return next(status.name for status in self.statuses if status.shipped)


class Clock:
    """The store's time: it runs from a given moment, or it stands still.

    It is the one mutable part of a shop, so that tests can set it. A running clock stops at
    :data:`moments.LATEST`, the last moment that the store can keep.
    """

    def __init__(self, now: datetime | None = None, *, running: bool = True) -> None:
        self._system: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.set(now or self._system(), running=running)

    def set(self, now: datetime, *, running: bool) -> None:
        """Set the time to ``now``, or to the nearest moment that the store can keep, and let it run or stand."""
        self._shown, self._running, self._at = moments.clamped(now), running, self._system()

    @property
    def is_running(self) -> bool:
        """True if the time runs, and does not stand still."""
        return self._running

    def now(self) -> datetime:
        """Return the store's time in UTC."""
        return moments.added(self._shown, self._system() - self._at) if self._running else self._shown
