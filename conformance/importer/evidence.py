"""What an occasion leaves to be judged: the store's orders, the pulls, and the requests. Frozen; no store behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from conformance.client.shipstation import MINUTE
from conformance.importer.compare import Compared, compared
from conformance.importer.program import Pull, ShipCall
from conformance.importer.result import ImportedOrder
from conformance.importer.stores import RunningStore
from mockstore.orders.model import Order, Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import ImporterAccess


@dataclass(frozen=True)
class OccasionEvidence:
    """An occasion, after it is over."""

    given: ImporterAccess
    facts: StoreFacts
    held: dict[str, Order]
    """The store's orders, by the number that the export gives them."""
    requests: tuple[LoggedRequest, ...]
    pulls: tuple[Pull, ...] = ()
    told: tuple[ShipCall, ...] = ()
    shipment: Shipment | None = None
    stated: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the exports say of each order, by the store's number."""
    about: str = ""
    changed: str = ""
    """The number of the order that was changed meanwhile."""
    bounded: bool = True
    """Whether the importer is told which window to import."""
    offered: frozenset[str] = frozenset()
    """What the importer was told of the shipment."""
    offset: int = 0
    """What is added to a request's number to make it one of the whole run."""

    @property
    def exports(self) -> tuple[LoggedRequest, ...]:
        """The requests for orders."""
        return tuple(each for each in self.requests if each.action == "export")

    @property
    def notifications(self) -> tuple[LoggedRequest, ...]:
        """The notifications."""
        return tuple(each for each in self.requests if each.action == "shipnotify")

    @property
    def imported(self) -> dict[str, ImportedOrder]:
        """What is imported after all pulls, by number (or id, where it has no number); the latest counts."""
        return {order.number or order.id: order for pull in self.pulls for order in pull.orders}

    @property
    def failed(self) -> bool:
        """Whether the last pull failed."""
        return bool(self.pulls) and self.pulls[-1].failed

    def expected(self) -> dict[str, Order]:
        """The orders that can be shipped, and lie in the time that was asked for from beginning to end.

        What lies outside of it is a matter of the windows, and not of what becomes of their orders.
        """
        asked_for = polls(self.requests)
        if not asked_for:
            return {}
        start, end = min(poll.start for poll in asked_for), max(poll.end for poll in asked_for)
        return {
            number: order
            for number, order in self.held.items()
            if order.customer.shipping is not None and start <= order.modified_at < end + MINUTE
        }

    @cached_property
    def compared(self) -> Compared:
        """What was imported beside what the store holds."""
        return compared(self.imported.values(), self.held)

    def has(self, order: Order) -> bool:
        """Whether an order was imported."""
        return any(name in (order.order_number, order.order_id) for name in self.imported)


Read = dict[str, OccasionEvidence | BaseException]
"""The evidence of an import from each of several stores, or why there is none."""


def evidence(
    stand: RunningStore,
    pulls: Iterable[Pull] = (),
    told: Iterable[ShipCall] = (),
    *,
    shipment: Shipment | None = None,
    about: str = "",
    changed: str = "",
    by_id: bool = False,
    bounded: bool = True,
    offered: frozenset[str] = frozenset(),
    stating: bool = False,
) -> OccasionEvidence:
    """All that is to be judged of a store and what was done with it."""
    orders = stand.orders
    held = {order.order_id: order for order in orders.values()} if by_id else orders
    return OccasionEvidence(
        stand.given,
        stand.facts,
        held,
        stand.asked_for_good,
        tuple(pulls),
        tuple(told),
        shipment,
        stand.stated if stating else {},
        about,
        changed,
        bounded=bounded,
        offered=offered,
    )
