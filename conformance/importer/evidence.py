"""What is judged of an importer after an occasion: the store's orders, the pulls, and the requests. Frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from conformance.client.shipstation import MINUTE
from conformance.importer.compare import Comparison, compare_orders
from conformance.importer.program import Pull, ShipCall
from conformance.importer.result import ImportedOrder
from mockstore.orders.model import Order, Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.requests import LoggedRequest, polls
from mockstore.traffic.rules import ImporterAccess


@dataclass(frozen=True, kw_only=True)
class OccasionEvidence:
    """What one occasion left behind."""

    access: ImporterAccess
    facts: StoreFacts
    held: dict[str, Order]
    """The store's orders, by the number under which the export has them."""
    requests: tuple[LoggedRequest, ...]
    pulls: tuple[Pull, ...] = ()
    ship_calls: tuple[ShipCall, ...] = ()
    shipment: Shipment | None = None
    shipped_order: str = ""
    """Number of the order of which the importer notified the store."""
    changed_order: str = ""
    """Number of the order that was changed between the imports, or while one was running."""
    trouble: str = ""
    """The trouble that the importer met, in the words of the scenario."""
    exported_texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each order number the texts that the export has, by element path; only if variants change them."""
    takes_window: bool = True
    """True if the importer is told which window to import."""
    shipment_fields: frozenset[str] = frozenset()
    """The shipment fields that the importer is told."""
    offset: int = 0
    """Add this to the number of a request to get its number within the whole run."""

    @property
    def notifications(self) -> tuple[LoggedRequest, ...]:
        """Return the shipment notifications."""
        return tuple(each for each in self.requests if each.action == "shipnotify")

    @property
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
        return {
            number: order
            for number, order in self.held.items()
            if order.customer.shipping is not None and start <= order.modified_at < end + MINUTE
        }

    @cached_property
    def comparison(self) -> Comparison:
        """Return the comparison of the imported orders with those of the store."""
        return compare_orders(self.imported.values(), self.held)

    def has(self, order: Order) -> bool:
        """True if the order was imported."""
        return any(name in (order.order_number, order.order_id) for name in self.imported)


EvidenceByStore = dict[str, OccasionEvidence | BaseException]
"""The evidence of an import from each of several stores, or why there is none. The plain store has the name ""."""
