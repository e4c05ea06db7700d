"""Reads the orders that a survey knows: the store's own records of the orders in the survey's windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import Window
from conformance.core.times import is_searchable
from conformance.survey.record import StoreRecord
from conformance.survey.specimens import CreatedOrder
from conformance.survey.windows import is_modified_in
from conformance.truth.source import OrderRef, TruthUnavailable
from mockstore.orders.model import Order


def recorded_orders(
    record: StoreRecord, windows: Iterable[Window], specimens: Iterable[CreatedOrder], max_orders: int
) -> tuple[Order, ...]:
    """Return the orders that were modified in the windows, as the store's record says.

    The suite looks up at most ``max_orders`` orders that aren't specimens. An order that was modified between the list
    and the look-up is left out, and so is an order that can't be read.

    Raises:
        TruthUnavailable: if none of the orders can be read.
    """
    made = {specimen.stored.order_number: specimen.stored for specimen in specimens}
    found: dict[str, Order | None] = {}
    to_look_up: dict[str, OrderRef] = {}
    for window in windows:
        found |= {number: order for number, order in made.items() if is_modified_in(order, window)}
        for ref in record.modified_in(window):
            number = ref.order_number
            if number not in found and number not in made and len(to_look_up) < max_orders:
                to_look_up[number] = ref
                found[number] = None
    looked_up = record.truth.orders(list(to_look_up)) if to_look_up else []
    errors = [order for order in looked_up if isinstance(order, TruthUnavailable)]
    if errors and len(errors) == len(looked_up):
        raise errors[0]
    for ref, order in zip(to_look_up.values(), looked_up, strict=True):
        if isinstance(order, Order) and order.modified_at == ref.modified_at:
            found[ref.order_number] = order
    return tuple(order for order in found.values() if order is not None)


def orders_of_exports(
    record: StoreRecord,
    windows: Sequence[Window],
    specimens: Sequence[CreatedOrder],
    exported: Iterable[ExportedOrder],
    max_orders: int,
) -> Iterator[Order]:
    """Yield the specimens in the windows, and the store's own records of the exported orders.

    This is for a record without modification times. The time of the last change is taken from the export. An order that
    can't be read is left out.

    Raises:
        TruthUnavailable: if none of the orders can be read.
    """
    for specimen in specimens:
        if any(is_modified_in(specimen.stored, window) for window in windows):
            yield specimen.stored
    made = {specimen.stored.order_number for specimen in specimens}
    errors: list[TruthUnavailable] = []
    readable = False
    for each in islice((order for order in exported if order.number not in made), max_orders):
        try:
            found = (record.truth.order(key) for key in dict.fromkeys((each.number, each.id)))
            order = next(filter(None, found), None)
        except TruthUnavailable as error:
            errors.append(error)
            continue
        readable = True
        if order is not None:
            modified = each["LastModified"].moment
            if modified is None or not is_searchable(modified):
                modified = order.placed_at
            yield msgspec.structs.replace(order, modified_at=max(modified, order.placed_at))
    if errors and not readable:
        raise errors[0]
