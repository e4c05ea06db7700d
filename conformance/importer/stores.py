"""Start the mock stores that an importer is sent to, fill them with orders, and read the requests that they got."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import msgspec

from conformance.contract.fields import ORDER
from mockstore.behaviours.registry import build_behaviour
from mockstore.orders.covering import AFTER_SPECIMENS, covering_orders
from mockstore.orders.draft import Draft, make_order
from mockstore.orders.model import Order
from mockstore.orders.specimens import EMAIL_SUFFIX, SEASONS, SpecimenMaker, specimens
from mockstore.server.embedded import EmbeddedStore, start
from mockstore.shop.embedded_shops import shop_of
from mockstore.shop.facts import StoreFacts, store_facts
from mockstore.shop.shop import Shop, Status
from mockstore.traffic.faults import Fault, FaultScript
from mockstore.traffic.requests import LoggedRequest, completed_requests, logged_requests
from mockstore.traffic.rules import ImporterAccess

ALL_ON_ONE_PAGE = 250
"""Page size for scenarios that are not about paging."""


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """The settings of a mock store. An empty value keeps the default of the shop."""

    profile: str = "reference"
    variants: tuple[str, ...] = ()
    page_size: int = ALL_ON_ONE_PAGE
    timezone: str = ""
    weight_unit: str = ""
    more_query: str = ""
    """The part of the query of the store's URL after ``dispatch=shipstation``."""
    password: str = ""
    statuses: tuple[Status, ...] = ()


def exported_status(name: str) -> str:
    """Return the name of a status as the mock store exports it: cut if it is too long."""
    return name[: ORDER["OrderStatus"].limits[0]].strip()


OrderFactory = Callable[[StoreFacts, datetime], Iterable[Draft]]
"""Makes a store's orders from the facts of the store and the present time."""


@dataclass(frozen=True, slots=True)
class StoreLogin:
    """User name, password and port (0: any) of every store of a run.

    ``for_service`` is True if the importer is a service. It chooses its own windows and keeps the
    orders of earlier stores, so each order is modified in the present minute and has a new number.
    """

    username: str
    password: str
    port: int = 0
    for_service: bool = False


class RunningStore:
    """A mock store that answers requests."""

    def __init__(
        self,
        store: EmbeddedStore,
        access: ImporterAccess,
        started_at: datetime,
        config: StoreConfig,
        *,
        for_service: bool = False,
    ) -> None:
        self.access = access
        self.number = 0
        """Its number among the stores of the run."""
        self.has_right_password = True
        """False if the importer is given a wrong password for this store."""
        self.is_foreign = False
        """True if the importer was never given this store: another one redirects to it."""
        self._store, self._started_at, self._config = store, started_at, config
        self._number_prefix = secrets.token_hex(4) if for_service else ""

    @property
    def _for_service(self) -> bool:
        return bool(self._number_prefix)

    @property
    def now(self) -> datetime:
        """Return the present time; for a service the minute of the latest order, in which its windows end."""
        if not self._for_service:
            return self._started_at
        latest = max((order.modified_at for order in self.orders.values()), default=self._started_at)
        return latest.replace(second=0, microsecond=0)

    def adapted(self, draft: Draft, place: int) -> Draft:
        """Return the order as this importer needs it: for a service modified now, with a new number."""
        if not self._for_service:
            return draft
        now = this_minute()
        return msgspec.structs.replace(
            draft,
            order_number=f"{self._number_prefix}-{place}",
            placed_at=now - timedelta(minutes=2),
            modified_at=now,
        )

    @property
    def facts(self) -> StoreFacts:
        """Return the facts of the store, its statuses among them."""
        return store_facts(self._store.shop)

    @property
    def orders(self) -> dict[str, Order]:
        """Return the orders that the store holds, by number."""
        return {order.order_number: order for order in self._store.store.orders()}

    @property
    def status_meanings(self) -> dict[str, str]:
        """Return the meaning of each status that has one, by the name with which the store exports it."""
        order = next(iter(self._store.store.orders()), None)
        found = {}
        for status in self.facts.statuses:
            name = exported_status(status.name)
            if order is not None:
                changed = msgspec.structs.replace(order, status=status.name)
                name = str(self._present(changed, self._store.shop).get("OrderStatus", name))
            if status.maps_to:
                found[name] = status.maps_to
        return found

    @property
    def _present(self) -> Callable[[Order, Shop], Mapping[str, object]]:
        return build_behaviour(self._config.profile, (), self._config.variants).present

    @property
    def exported_texts(self) -> dict[str, dict[str, str]]:
        """Return for each order number the texts that the export has, by element path, without the lines.

        The export may state less than the store holds.
        """
        present, orders = self._present, self._store.store.orders()
        return {order.order_number: dict(_texts(present(order, self._store.shop))) for order in orders}

    @property
    def logged(self) -> tuple[LoggedRequest, ...]:
        """Return everything that was sent so far."""
        return logged_requests(self._store.journal.after(0)[1])

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """Return all requests so far that are to be judged."""
        return tuple(each for each in self.logged if not each.is_probe)

    @property
    def settled_requests(self) -> tuple[LoggedRequest, ...]:
        """Return all requests so far, without a poll that a service has just begun."""
        return completed_requests(self.requests) if self._for_service else self.requests

    @property
    def last_request(self) -> int:
        """Return the number of the latest request."""
        return self._store.journal.latest

    async def next_request(self) -> None:
        """Wait for the next request."""
        await self._store.journal.arrival()

    def script(self, *faults: Fault) -> None:
        """Set the faults of the next replies; without arguments, remove those that are left."""
        self._store.faults.script(FaultScript(faults))

    def add_orders(self, *drafts: Draft) -> list[str]:
        """Add orders, and return their numbers."""
        shop, store = self._store.shop, self._store.store
        adapted = [self.adapted(draft, place) for place, draft in enumerate(drafts, start=len(self.orders) + 1)]
        return [store.create(make_order(draft, shop, self._started_at)).order_number for draft in adapted]

    @property
    def numbers_by_case(self) -> dict[str, str]:
        """Return the number of each order, by the name of its draft."""
        return {
            each.customer.email.removesuffix(EMAIL_SUFFIX).partition("-")[2]: number
            for number, each in self.orders.items()
        }

    def edit_order(self, number: str, draft: Draft, modified_at: datetime) -> None:
        """Give an order the customer, status, lines and totals of a draft, as shop staff would."""
        edited = make_order(draft, self._store.shop, self._started_at)
        self.change_order(
            number,
            customer=edited.customer,
            status=edited.status,
            items=edited.items,
            total=edited.total,
            weight=edited.weight,
            modified_at=modified_at,
        )

    def change_order(self, number: str, **fields: object) -> None:
        """Change an order, as shop staff would."""
        if self._for_service:
            fields["modified_at"] = this_minute()
        self._store.store.change(number, **fields)

    async def close(self) -> None:
        """Stop the store."""
        await self._store.stop()


def _texts(fields: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for name, content in fields.items():
        if isinstance(content, str):
            yield above + name, content
        elif isinstance(content, dict):
            yield from _texts(content, f"{above}{name}/")


def this_minute() -> datetime:
    """Return the first second of this minute: it lies in each window that ends now, and in each that starts now."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


async def open_store(version: str, config: StoreConfig, orders: OrderFactory, login: StoreLogin) -> RunningStore:
    """Start a store of a CS-Cart version, with these settings and orders."""
    shop = shop_of(version)
    shop = msgspec.structs.replace(
        shop,
        orders_per_page=config.page_size,
        timezone=config.timezone or shop.timezone,
        weight_unit=config.weight_unit or shop.weight_unit,
        username=login.username,
        password=config.password or login.password,
        statuses=config.statuses or shop.statuses,
    )
    now = datetime.now(UTC).replace(microsecond=0)
    store = await start(shop, build_behaviour(config.profile, (), config.variants), count=0, port=login.port)
    access = ImporterAccess(store.url + config.more_query, login.username, shop.password)
    running = RunningStore(store, access, now, config, for_service=login.for_service)
    drafts = [running.adapted(draft, place) for place, draft in enumerate(orders(store_facts(store.shop), now), 1)]
    store.store.add_initial_orders(make_order(draft, store.shop, now) for draft in drafts)
    return running


# ---------------------------------------------------------------------- orders


def base_time(now: datetime) -> datetime:
    """Return the time of the first specimen order: nine days ago, on the hour. The last one is six days later."""
    return (now - timedelta(days=9)).replace(minute=0, second=0, microsecond=0)


def made_once(drafts: Callable[[StoreFacts, datetime], Iterable[Draft]]) -> OrderFactory:
    """Return the factory of these drafts, which it makes once for all stores with equal facts within an hour.

    ``drafts`` takes the facts and :func:`base_time`. Most stores of a run have equal facts.
    """
    made = lru_cache(maxsize=4)(lambda known, base: tuple(drafts(known, base)))
    return lambda known, now: made(known, base_time(now))


def covering_drafts(known: StoreFacts, base: datetime) -> list[Draft]:
    """Return the orders of the covering array."""
    return [each.draft for each in covering_orders(known, base + AFTER_SPECIMENS)]


@made_once
def specimen_drafts(known: StoreFacts, base: datetime) -> Iterable[Draft]:
    """Return the specimens, apart from those that differ only by season, and the orders of the covering array."""
    seasons = {f"season-{name}" for name in SEASONS}
    singles = [each.draft for each in specimens(known, base) if each.name not in seasons]
    return [*singles, *covering_drafts(known, base)]


def plain_orders_at(*offsets: timedelta) -> OrderFactory:
    """Return a factory of one plain order at each of these offsets from :func:`base_time`."""

    def drafts(known: StoreFacts, now: datetime) -> Iterable[Draft]:
        make = SpecimenMaker(known, base_time(now))
        return [
            make.draft(f"plain-{number}", moment=base_time(now) + offset)
            for number, offset in enumerate(offsets, start=1)
        ]

    return drafts


def plain_draft(known: StoreFacts, moment: datetime, name: str) -> Draft:
    """Return one plain order, placed and modified at that time."""
    return SpecimenMaker(known, moment).draft(name, moment=moment)


def without_address(draft: Draft) -> Draft:
    """Return the order without a shipping address."""
    return msgspec.structs.replace(draft, customer=msgspec.structs.replace(draft.customer, shipping=None))
