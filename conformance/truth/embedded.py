"""Truth from a store in this very process: what the control protocol would say, without HTTP between.

Only for stores that the run started itself. What goes in and comes out is what goes over the
wire elsewhere: drafts and orders, not the store's inner state.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from conformance.truth.source import Mention, Refused, TruthProblem
from mockstore.control.messages import Change, Draft, StoreFacts, Wrong, facts, order_of
from mockstore.orders.errors import LedgerFault, NoSuchOrder, OrderExists
from mockstore.orders.model import Order
from mockstore.store import Store


class EmbeddedTruth:
    """A store that was started for this run."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def facts(self) -> StoreFacts:
        """What the store says of itself."""
        return facts(self._store.shop)

    def mentions(self, start: datetime, end: datetime) -> tuple[Mention, ...]:
        """The orders modified in a stretch of time, oldest first."""
        view = self._store.window(start, end)
        found = (Mention(order.order_number, order.modified_at) for order in view.slice(0, len(view)))
        return tuple(sorted(found, key=lambda mention: (mention.modified_at, mention.order_number)))

    def order(self, number: str) -> Order | None:
        """The order as the store holds it."""
        return self._store.find(number)

    def create(self, draft: Draft) -> str:
        """Make an order."""
        try:
            wanted = order_of(draft, self._store.shop, self._store.clock.now())
            return self._store.create(wanted).order_number
        except (Wrong, OrderExists) as wrong:
            raise Refused(f"the store can't hold it: {wrong}") from None
        except LedgerFault as fault:
            raise TruthProblem(str(fault)) from None

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order."""
        known = {status.name for status in self._store.shop.statuses}
        if fields.keys() - set(Change.__struct_fields__) or fields.get("status", self._first) not in known:
            raise Refused(f"the store can't change it: {', '.join(fields)}")
        try:
            self._store.change(number, **fields)
        except NoSuchOrder:
            raise Refused(f"the store can't change it: there is no order {number}") from None
        except LedgerFault as fault:
            raise TruthProblem(str(fault)) from None

    @property
    def _first(self) -> str:
        return self._store.shop.statuses[0].name

    def delete(self, number: str) -> bool:
        """Take an order back."""
        self._store.delete(number)
        return True
