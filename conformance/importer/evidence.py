"""The evidence of an occasion: the store's orders, the importer's requests, and what it imported. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypedDict

from conformance.client.shipstation import MINUTE
from conformance.importer.compare import Comparison, compare_orders
from conformance.importer.program import Pull, ShipCall
from conformance.importer.result import ImportedOrder
from mockstore.orders.model import Order, Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import ImporterAccess


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The evidence of every occasion: the requests, and the store that they went to."""

    access: ImporterAccess
    facts: StoreFacts
    requests: tuple[LoggedRequest, ...]
    store_number: int
    """The store's number among those of the run."""
    offset: int = 0
    """Add this to the number of a request to get its number within the whole run."""


@dataclass(frozen=True, kw_only=True)
class Visit(Evidence):
    """All requests to one store, until it closed."""

    logged: tuple[LoggedRequest, ...]
    """Everything that was sent, also what is not judged."""
    has_right_password: bool = True
    """False if the importer was given a wrong password on purpose."""


@dataclass(frozen=True, kw_only=True)
class Visits:
    """All requests to all stores so far."""

    stores: tuple[Visit, ...]


class ImportFields(TypedDict):
    """The fields of :class:`ImportEvidence`, to build one of its subclasses."""

    access: ImporterAccess
    facts: StoreFacts
    requests: tuple[LoggedRequest, ...]
    store_number: int
    stored: dict[str, Order]
    pulls: tuple[Pull, ...]
    takes_window: bool


@dataclass(frozen=True, kw_only=True)
class ImportEvidence(Evidence):
    """One or more imports from a store."""

    stored: dict[str, Order]
    """The store's orders, by the number under which the export has them."""
    pulls: tuple[Pull, ...]
    takes_window: bool
    """True if the importer is told which window to import."""
    exported_texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each order number the texts that the export has, by element path; only if variants change them."""

    @cached_property
    def imported(self) -> dict[str, ImportedOrder]:
        """Return what is imported after all pulls, by number (or by id, if there is no number)."""
        return {order.number or order.id: order for pull in self.pulls for order in pull.orders}

    @property
    def failed(self) -> bool:
        """True if the last pull failed."""
        return bool(self.pulls) and self.pulls[-1].failed

    def expected(self) -> dict[str, Order]:
        """Return the orders that should be imported: with a shipping address, and within the time requested.

        Orders outside of that time are missing because of the windows, which other requirements judge.
        """
        windows = polls(self.requests)
        if not windows:
            return {}
        start, end = min(poll.start for poll in windows), max(poll.end for poll in windows)
        return self._with_address(start, end + MINUTE)

    def expected_by_command(self) -> dict[str, Order]:
        """Return the orders that should be imported by the windows that the commands were given.

        If the importer chooses its windows, they are those of :meth:`expected`.
        """
        if not self.takes_window or not self.pulls:
            return self.expected()
        return self._with_address(min(pull.start for pull in self.pulls), max(pull.end for pull in self.pulls))

    def _with_address(self, start: datetime, end: datetime) -> dict[str, Order]:
        return {
            number: order
            for number, order in self.stored.items()
            if order.customer.shipping is not None and start <= order.modified_at < end
        }

    def was_requested(self, order: Order) -> bool:
        """True if a request asked for the time in which the order was modified."""
        return any(poll.start <= order.modified_at < poll.end + MINUTE for poll in polls(self.requests))

    @cached_property
    def comparison(self) -> Comparison:
        """Return the comparison of the imported orders with those of the store."""
        return compare_orders(self.imported.values(), self.stored)

    def has(self, order: Order) -> bool:
        """True if the order was imported."""
        return order.order_number in self.imported or order.order_id in self.imported


@dataclass(frozen=True, kw_only=True)
class ConsecutiveImports(ImportEvidence):
    """Imports of consecutive windows."""


@dataclass(frozen=True, kw_only=True)
class ImportsOfChange(ImportEvidence):
    """Imports in which an order comes on two pages, or orders change during or between the imports."""

    changes: dict[str, str]
    """The numbers of the orders that changed → what changed, in words."""


@dataclass(frozen=True, kw_only=True)
class ImportsInTrouble(ImportEvidence):
    """An import that met trouble, and one afterwards."""

    trouble: str
    """The trouble in the words of the scenario."""


@dataclass(frozen=True, kw_only=True)
class RedirectedImports(ImportsInTrouble):
    """An import that was redirected to another host, and one afterwards."""

    elsewhere: tuple[LoggedRequest, ...]
    """The requests to the other host."""


@dataclass(frozen=True, kw_only=True)
class RefusedImport(ImportEvidence):
    """An import with a wrong password. A service makes it without a pull."""


@dataclass(frozen=True, kw_only=True)
class ImportsByStore:
    """Imports of the same orders from a plain store and from others. A failed import is an exception."""

    kind: str
    """The difference of the other stores: variant, profile or version."""
    plain: ImportEvidence | BaseException
    others: dict[str, ImportEvidence | BaseException]


@dataclass(frozen=True, kw_only=True)
class NotificationEvidence(Evidence):
    """The notification of a shipment. ``requests`` has the notifications only."""

    ship_calls: tuple[ShipCall, ...]
    shipment: Shipment
    shipped_order: str
    """The number of the shipped order."""
    order_id: str
    """Its id."""
    shipment_fields: frozenset[str]
    """The fields of the shipment that the importer is told."""
    what: str = ""
    """What is hard about the parcel; "" for a plain one."""


@dataclass(frozen=True, kw_only=True)
class Notifications:
    """The notifications of several parcels, each of another order."""

    parcels: tuple[NotificationEvidence, ...]


@dataclass(frozen=True, kw_only=True)
class BookedNotification:
    """A notification, and the shipments that the store then has of its order."""

    notification: NotificationEvidence
    booked: tuple[Shipment, ...]
