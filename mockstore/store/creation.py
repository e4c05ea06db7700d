"""Creates orders: the one way of the control protocol, the web console, and tests in Python."""

from __future__ import annotations

import msgspec

from mockstore.orders.draft import Draft, InvalidField, make_order
from mockstore.orders.model import Order
from mockstore.store.statuses import current_statuses
from mockstore.store.store import OrderExists, Store


def create_order(store: Store, draft: Draft) -> Order:
    """Add the order that a draft describes, and return it as the store holds it.

    The order may have any status that the store has now. :func:`mockstore.orders.json_form.read_draft` reads a draft.

    Raises:
        InvalidField: the store cannot accept a field.
        LedgerError: the order could not be stored.
    """
    shop = msgspec.structs.replace(store.shop, statuses=current_statuses(store))
    wanted = make_order(draft, shop, store.clock.now())
    try:
        return store.create(wanted)
    except OrderExists:
        raise InvalidField("order_number", "is in use: another order has this number") from None
