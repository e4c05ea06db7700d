"""ORD: requirements that need more evidence than one exported order.

The first half of the module selects evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from conformance.checks import order
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.fields import cannot_tell
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.time_window import WindowsAskedTwice
from conformance.survey.pages import UnreadableWindow
from conformance.survey.survey import Survey
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts

MAY_BE_LEFT_OUT: dict[str, Callable[[Order], bool]] = {
    "a shipping address": lambda stored: stored.customer.shipping is None,
    "lines": lambda stored: not stored.items and stored.customer.shipping is not None,
}
"""Name of a thing in scenarios → True if a stored order lacks it. An export may leave such orders out."""


class ExportBesideRecords(msgspec.Struct, frozen=True):
    """Every exported order, and the store's own records of those that are known."""

    orders: tuple[ExportedOrder, ...]
    pairs: tuple[Pair, ...]
    facts: StoreFacts


class OrdersWithout(msgspec.Struct, frozen=True):
    """Orders that an export may leave out: those that were exported, and unreadable windows with only such orders."""

    what: str
    exported: tuple[Pair, ...]
    unreadable: tuple[tuple[Order, UnreadableWindow], ...]


def export_beside_records(survey: Survey) -> ExportBesideRecords:
    """Return every exported order, with the store's own record of it if there is one.

    Raises:
        NotExercised: if no order was exported.
    """
    survey.exported.require_orders()
    return ExportBesideRecords(survey.exported.distinct_orders, survey.pairs, survey.facts)


def orders_without(survey: Survey, what: str) -> OrdersWithout:
    """Return the store's orders that lack the thing ``what``. An export may leave them out.

    Raises:
        NotExercised: if the store holds no such order, or if no export can be read.
    """
    lacks_it = MAY_BE_LEFT_OUT[what]
    if not any(map(lacks_it, survey.known_orders)):
        raise NotExercised(f"the store holds no order without {what} in the requested windows")
    survey.exported.require_readable()
    unreadable = []
    for window in survey.exported.unreadable_windows:
        held = [stored for stored in survey.known_orders if stored.order_number in window.order_numbers]
        if held and all(map(lacks_it, held)):
            unreadable.append((held[0], window))
    return OrdersWithout(what, tuple(pair for pair in survey.pairs if lacks_it(pair.truth)), tuple(unreadable))


# ---------------------------------------------------------------------- judging


def same_order_id_both_times(twice: WindowsAskedTwice) -> Iterator[Finding]:
    """ORD-2: an order keeps its OrderID from export to export.

    Raises:
        NotExercised: if no order was exported.
    """
    return _same_both_times(twice, "OrderID")


def same_order_number_both_times(twice: WindowsAskedTwice) -> Iterator[Finding]:
    """ORD-3: an order keeps its OrderNumber from export to export.

    Raises:
        NotExercised: if no order was exported.
    """
    return _same_both_times(twice, "OrderNumber")


def _same_both_times(twice: WindowsAskedTwice, name: str) -> Iterator[Finding]:
    twice.require_orders()
    for each in twice.pages:
        yield from order.value_stays(each.first.orders, each.second.orders, name)


def last_modified_not_before_order_date(export: ExportBesideRecords) -> Iterator[Finding]:
    """ORD-6: LastModified isn't before OrderDate.

    If the store's record shows that LastModified is right, OrderDate is wrong. ORD-5 reports that.
    """
    right = {id(pair.exported) for pair in export.pairs if not list(order.last_modified_matches(pair))}
    for exported in export.orders:
        if id(exported) not in right:
            yield from order.modified_after_placed(exported)


SUMMED_FIELDS = ("discounts", "tax", "shipping_amount", "items.unit_price", "items.quantity")
"""Fields of the store's record that the sum of an order consists of."""


def amounts_add_up(export: ExportBesideRecords) -> Iterator[Finding]:
    """ORD-9: lines, adjustments, shipping and tax add up to OrderTotal.

    An order is not judged if a line that isn't shippable is missing: a store may leave out such lines (ITM-1).

    Raises:
        NotExercised: if the store declares that it lacks a part of the sum, or if no order has lines and amounts.
    """
    if lacking := [field for field in SUMMED_FIELDS if cannot_tell(export.facts, field)]:
        raise NotExercised(f"the store declares that it lacks {lacking[0]}")
    incomplete = {id(pair.exported) for pair in export.pairs if any(not item.shippable for item in pair.lines.missing)}
    judged = [each for each in export.orders if id(each) not in incomplete and order.has_amounts(each)]
    if not judged:
        raise NotExercised("no exported order that was read has lines and amounts: fix ORD-1 first")
    for exported in judged:
        yield from order.adds_up(exported)


def no_invented_address(orders: OrdersWithout) -> Iterator[Finding]:
    """ORD-15: an order without a shipping address is exported with its billing address, or not at all."""
    for pair in orders.exported:
        yield from order.no_invented_address(pair)


def others_are_exported(orders: OrdersWithout) -> Iterator[Finding]:
    """ORD-15, ORD-16: an order that may be left out doesn't prevent the export of others."""
    for stored, window in orders.unreadable:
        yield Finding(
            message=f"An order without {orders.what} prevents the export of other orders.",
            order=stored.order_number,
            expected="the order left out, the others exported",
            actual=window.reason,
            exchange=window.page.exchange.number,
        )
