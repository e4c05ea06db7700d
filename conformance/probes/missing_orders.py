"""Selects orders that the store holds in the survey's windows, and finds those that are missing from the export.

Many features have such a scenario: ``Given the store's orders with a coupon``, ``Then none of the orders is missing
because of this property``. :mod:`conformance.checks.missing_orders` explains why an order is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import msgspec

from conformance.checks.missing_orders import (
    CUSTOM_STATUS,
    OTHER_STATUS,
    MissingOrder,
    explain,
    properties,
)
from conformance.checks.order_properties import EXPLAINING
from conformance.client.shipstation import MINUTE
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.time_window import usual_shift
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

GROUPS = (*dict.fromkeys(each.group for each in EXPLAINING if each.group), CUSTOM_STATUS)
"""The properties of the store's orders that may follow "with" in a sentence."""


class StoreOrders(msgspec.Struct, frozen=True):
    """Orders that the store holds in the survey's windows, with those that are missing from the export.

    ``group`` is the property by which they were chosen; empty for all orders. ``excused`` are the numbers of orders in
    windows that can't be read, which CON-7 or CON-12 reports. ``arrived`` are the numbers of all orders that came.
    """

    group: str
    orders: tuple[Order, ...]
    missing: tuple[MissingOrder, ...]
    excused: frozenset[str]
    arrived: frozenset[str] = frozenset()


def store_orders(survey: Survey) -> StoreOrders:
    """Return all orders that the store holds in the survey's windows.

    Raises:
        NotExercised: if there are none, if no export can be read, or if exporting changes the orders.
    """
    return _chosen(survey, "", survey.known_orders)


def store_orders_with(survey: Survey, group: str) -> StoreOrders:
    """Return the orders in the survey's windows that have one of the properties of a group.

    Raises:
        NotExercised: as :func:`store_orders`.
    """
    known = survey.known_orders
    wanted = [each for each in properties(known, survey.facts, _is_placed_before(survey)) if each.group == group]
    return _chosen(survey, group, tuple(order for order in known if any(each.holds(order) for each in wanted)))


def _chosen(survey: Survey, group: str, orders: tuple[Order, ...]) -> StoreOrders:
    if not orders:
        what = f"order with {group}" if group else "order"
        raise NotExercised(f"the store holds no {what} in the requested windows")
    survey.stability.require_unchanged_by_export()
    survey.exported.require_readable()
    known = {order.order_number: order for order in orders}
    numbers = known.keys()
    excused = frozenset(number for window in survey.exported.unreadable_windows for number in window.order_numbers)
    missing = tuple(each for each in missing_orders(survey) if each.order.order_number in numbers)
    if missing and survey.exported.unreadable_windows and (shift := usual_shift(survey)):
        excused |= {number for number in numbers if not _was_read(survey, known[number], shift)}
    return StoreOrders(group, orders, missing, excused, survey.arrived)


def missing_orders(survey: Survey) -> tuple[MissingOrder, ...]:
    """Return the orders that no window exports, each with the property that explains its loss."""

    def find() -> tuple[MissingOrder, ...]:
        missing = survey.completeness.never_exported
        if missing and (shift := usual_shift(survey)):
            # WIN-4 reports an order that is outside of the window only because the store reads it in another time zone
            reach = abs(shift) + timedelta(hours=1)
            missing = tuple(
                order
                for order in missing
                if any(window.start + reach < order.modified_at < window.end - reach for window in survey.windows)
            )
        explained = explain(missing, survey.known_orders, survey.facts, _is_placed_before(survey))
        replies = survey.exported.failures_by_order
        return tuple(MissingOrder(order, why, replies.get(order.order_number, "")) for order, why in explained)

    return survey.cached("missing orders", find)


def _was_read(survey: Survey, order: Order, shift: timedelta) -> bool:
    """True if a window that was read certainly has an order, if the store reads windows with this difference to UTC."""
    moved, hour = order.modified_at + shift, timedelta(hours=1)  # the difference may be another one in summer
    read = {each.window for each in survey.exported.pages}
    return any(window.start + hour < moved < window.end - hour for window in read)


def _is_placed_before(survey: Survey) -> Callable[[Order], bool]:
    """Return the predicate for orders that were placed before the window in which they were modified."""

    def is_placed_before(order: Order) -> bool:
        return any(
            order.placed_at < window.start <= order.modified_at <= window.end + MINUTE for window in survey.windows
        )

    return is_placed_before


# ---------------------------------------------------------------------- judging


def none_missing_because_of_property(orders: StoreOrders) -> Iterator[Finding]:
    """No order is missing because of the property by which the orders were chosen.

    Raises:
        NotExercised: if no order with the property came, and none is missing because of it.
    """
    found = [each for each in orders.missing if each.cause is not None and each.cause.group == orders.group]
    yield from (each.finding() for each in found)
    if not found and not any(order.order_number in orders.arrived for order in orders.orders):
        raise NotExercised(f"no order with {orders.group} came, and the reason isn't this property")


def none_missing_because_of_status(orders: StoreOrders) -> Iterator[Finding]:
    """WIN-7: no order is missing because of its status, even if the merchant added the status.

    Raises:
        NotExercised: if no order with some status came, and none is missing because of it.
    """
    groups = (CUSTOM_STATUS, OTHER_STATUS)
    found = [each for each in orders.missing if each.cause is not None and each.cause.group in groups]
    yield from (each.finding() for each in found)
    came = {order.status for order in orders.orders if order.order_number in orders.arrived}
    lost = sorted({each.order.status for each in orders.missing} - came)
    if lost and not found:
        raise NotExercised(f"no order with the status {lost[0]} came, but others are missing, too: fix WIN-1 first")


def none_missing_without_explanation(orders: StoreOrders) -> Iterator[Finding]:
    """WIN-1: no order is missing for a reason that no other MUST reports.

    Raises:
        NotExercised: if no order came, and other requirements report why.
    """
    found = [each for each in orders.missing if _is_unreported(each, orders.excused)]
    yield from (each.finding() for each in found)
    if not found and not any(order.order_number in orders.arrived for order in orders.orders):
        raise NotExercised("none of the store's orders came, for reasons that other rules report")


def _is_unreported(missing: MissingOrder, excused: frozenset[str]) -> bool:
    """True if no other MUST reports why the order is missing."""
    return missing.order.order_number not in excused if missing.cause is None else not missing.cause.is_must
