"""The stores that an importer is sent to: of which kind, with which orders, and what they were asked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from mockstore.behaviours.registry import build_behaviour
from mockstore.orders.draft import Draft, make_order
from mockstore.orders.model import Order
from mockstore.orders.specimens import SEASONS, SpecimenMaker, specimens
from mockstore.server.embedded import EmbeddedStore, start
from mockstore.shop.embedded_shops import shop_of
from mockstore.shop.facts import StoreFacts, store_facts
from mockstore.traffic.faults import Fault, FaultScript
from mockstore.traffic.requests import LoggedRequest, completed_requests, logged_requests
from mockstore.traffic.rules import ImporterAccess

ALL_ON_ONE = 250
"""Orders on a page, where paging isn't what is looked at."""


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """What a store is like."""

    profile: str = "reference"
    variants: tuple[str, ...] = ()
    page_size: int = ALL_ON_ONE
    timezone: str = ""
    unit: str = ""
    more_query: str = ""
    password: str = ""


OrderFactory = Callable[[StoreFacts, datetime], Iterable[Draft]]
"""The orders that a store is given: of what it says of itself, and of the present."""


@dataclass(frozen=True, slots=True)
class AccessMode:
    """How stores are entered: the importer is told, and one that runs by itself is told once.

    ``at_once`` is for one that runs by itself: every order was modified just now, since it chooses the
    windows; and has a number that no store before had, since it remembers them.
    """

    username: str
    password: str
    port: int = 0
    at_once: bool = False


class RunningStore:
    """A store that answers, and all that is to be known of it."""

    def __init__(
        self, store: EmbeddedStore, given: ImporterAccess, now: datetime, kind: StoreConfig = StoreConfig()
    ) -> None:
        self._store, self.given, self._opened, self._serial, self._kind = store, given, now, "", kind

    @classmethod
    def of_service(cls, store: EmbeddedStore, given: ImporterAccess, now: datetime, kind: StoreConfig) -> RunningStore:
        """One for an importer that comes by itself."""
        stand = cls(store, given, now, kind)
        stand._serial = secrets.token_hex(4)
        return stand

    @property
    def now(self) -> datetime:
        """The present: for an importer that comes by itself the minute of the latest order, in which windows end."""
        if not self._serial:
            return self._opened
        latest = max((order.modified_at for order in self.orders.values()), default=self._opened)
        return latest.replace(second=0, microsecond=0)

    def fitted(self, draft: Draft, place: int) -> Draft:
        """The order as this importer has to be given it."""
        if not self._serial:
            return draft
        now = this_minute()
        number = f"{self._serial}-{place}"
        return msgspec.structs.replace(
            draft, order_number=number, placed_at=now - timedelta(minutes=2), modified_at=now
        )

    @property
    def facts(self) -> StoreFacts:
        """What it says of itself."""
        return store_facts(self._store.shop)

    @property
    def orders(self) -> dict[str, Order]:
        """What it holds, by number."""
        return {order.order_number: order for order in self._store.store.orders()}

    @property
    def stated(self) -> dict[str, dict[str, str]]:
        """What its exports say of each order, element by element, lines apart: it may be less than it holds."""
        present = build_behaviour(self._kind.profile, (), self._kind.variants).present
        orders = self._store.store.orders()
        return {order.order_number: dict(_texts(present(order, self._store.shop))) for order in orders}

    @property
    def asked(self) -> tuple[LoggedRequest, ...]:
        """What it was asked so far."""
        return logged_requests(self._store.journal.after(0)[1])

    @property
    def asked_for_good(self) -> tuple[LoggedRequest, ...]:
        """What it was asked so far, without the poll that an importer which comes by itself has just begun."""
        return completed_requests(self.asked) if self._serial else self.asked

    @property
    def latest(self) -> int:
        """The number of the latest request."""
        return self._store.journal.latest

    async def arrival(self) -> None:
        """Come back with the next request."""
        await self._store.journal.arrival()

    def script(self, *faults: Fault) -> None:
        """What the next replies do instead of arriving whole; nothing: arrive."""
        self._store.faults.script(FaultScript(faults))

    def add(self, *drafts: Draft) -> list[str]:
        """More orders; their numbers."""
        shop, store = self._store.shop, self._store.store
        many = len(self.orders)
        fitted = [self.fitted(draft, place) for place, draft in enumerate(drafts, start=many + 1)]
        return [store.create(make_order(draft, shop, self._opened)).order_number for draft in fitted]

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order, as staff would."""
        if self._serial:
            fields["modified_at"] = this_minute()
        self._store.store.change(number, **fields)

    async def close(self) -> None:
        """End it."""
        await self._store.stop()


def _texts(fields: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for name, content in fields.items():
        if isinstance(content, str):
            yield above + name, content
        elif isinstance(content, dict):
            yield from _texts(content, f"{above}{name}/")


def this_minute() -> datetime:
    """Its first second: in every window that ends now, and in every one that begins now."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


async def opened(version: str, kind: StoreConfig, stock: OrderFactory, access: AccessMode) -> RunningStore:
    """A store of that version and kind, with those orders, that answers."""
    shop = shop_of(version)
    shop = msgspec.structs.replace(
        shop,
        orders_per_page=kind.page_size,
        timezone=kind.timezone or shop.timezone,
        weight_unit=kind.unit or shop.weight_unit,
        username=access.username,
        password=kind.password or access.password,
    )
    now = datetime.now(UTC).replace(microsecond=0)
    store = await start(shop, build_behaviour(kind.profile, (), kind.variants), count=0, port=access.port)
    given = ImporterAccess(store.url + kind.more_query, access.username, shop.password)
    stand = (RunningStore.of_service if access.at_once else RunningStore)(store, given, now, kind)
    drafts = [stand.fitted(draft, place) for place, draft in enumerate(stock(store_facts(store.shop), now), start=1)]
    store.store.add_initial_orders(make_order(draft, store.shop, now) for draft in drafts)
    return stand


# ---------------------------------------------------------------------- orders to give them


def base_of(now: datetime) -> datetime:
    """When the hard cases begin: nine days ago, on the hour; the last was changed six days later."""
    return (now - timedelta(days=9)).replace(minute=0, second=0, microsecond=0)


def hard_cases(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    """An order for each hard case, but those of other seasons."""
    seasons = {f"season-{name}" for name in SEASONS}
    return [each.draft for each in specimens(known, base_of(now)) if each.name not in seasons]


def at(*moments: timedelta) -> OrderFactory:
    """A plain order at each of these times after :func:`base_of`."""

    def stock(known: StoreFacts, now: datetime) -> Iterable[Draft]:
        make = SpecimenMaker(known, base_of(now))
        return [
            make.draft(f"plain-{number}", moment=base_of(now) + moment)
            for number, moment in enumerate(moments, start=1)
        ]

    return stock


def plain(known: StoreFacts, moment: datetime, name: str) -> Draft:
    """One plain order of that time."""
    return SpecimenMaker(known, moment).draft(name, moment=moment)
