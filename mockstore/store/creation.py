"""Creates and replaces orders: the one way of the control protocol, the web console, and tests in Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import count

import msgspec

from mockstore.orders.draft import Draft, InvalidField, make_order
from mockstore.orders.model import Item, Order
from mockstore.shop.shop import Shop
from mockstore.store.errors import OrderChanged
from mockstore.store.statuses import current_statuses
from mockstore.store.store import OrderExists, Store


def create_order(store: Store, draft: Draft) -> Order:
    """Add the order that a draft describes, and return it as the store holds it.

    The order may have any status that the store has now. :func:`mockstore.orders.json_form.read_draft` reads a draft.

    Raises:
        InvalidField: the store cannot accept a field.
        LedgerError: the order could not be stored.
    """
    (created,) = create_orders(store, [draft])
    if isinstance(created, InvalidField):
        raise created
    return created


def create_orders(store: Store, drafts: Iterable[Draft | InvalidField]) -> list[Order | InvalidField]:
    """Add the orders that drafts describe, in one transaction. Return each order, or why it was refused.

    An error in place of a draft means that the draft could not be read. It is returned.

    Raises:
        LedgerError: the orders could not be stored. Then none is added.
    """
    shop = msgspec.structs.replace(store.shop, statuses=current_statuses(store))
    now = store.clock.now()
    wanted = [_wanted(draft, shop, now) for draft in drafts]
    added = iter(store.create_all([order for order in wanted if isinstance(order, Order)]))
    return [_accepted(next(added)) if isinstance(order, Order) else order for order in wanted]


def _wanted(draft: Draft | InvalidField, shop: Shop, now: datetime) -> Order | InvalidField:
    try:
        return draft if isinstance(draft, InvalidField) else make_order(draft, shop, now)
    except InvalidField as wrong:
        return wrong


def _accepted(added: Order | OrderExists) -> Order | InvalidField:
    if isinstance(added, OrderExists):
        return InvalidField("order_number", "is in use: another order has this number")
    return added


def replace_order(store: Store, found: Order, draft: Draft) -> Order:
    """Replace an order by the one that a draft describes, and return it. Number, id and shipments stay.

    ``found`` is the order as the caller read it. If the draft changes the order and not its time of modification,
    the order is modified now.

    Raises:
        InvalidField: the store cannot accept a field.
        NoSuchOrder: the order was deleted meanwhile.
        OrderChanged: the stored order differs from ``found``.
        LedgerError: the order could not be stored.
    """
    shop = msgspec.structs.replace(store.shop, statuses=current_statuses(store))
    now = store.clock.now()
    draft = msgspec.structs.replace(draft, items=_with_line_ids(draft.items))
    wanted = msgspec.structs.replace(
        make_order(draft, shop, now),
        order_number=found.order_number,
        order_id=found.order_id,
        shipments=found.shipments,
    )
    if wanted != found and wanted.modified_at == found.modified_at:
        wanted = msgspec.structs.replace(wanted, modified_at=now)
    with store.transaction() as work:
        if work.order(found.order_number) != found:
            raise OrderChanged(f"Order {found.order_number} was changed by someone else meanwhile.")
        if wanted != found:
            work.write(wanted)
    return wanted


def _with_line_ids(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return lines that all have an id: a line without one gets a number that no other line has."""
    used = {item.line_id for item in items}
    free = (str(number) for number in count(1) if str(number) not in used)
    return tuple(item if item.line_id else msgspec.structs.replace(item, line_id=next(free)) for item in items)
