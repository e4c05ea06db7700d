"""Finds the orders of the store's record that are missing from the export: on pages, between pages, or everywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property

from conformance.checks.missing_orders import must_be_exported
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Window
from conformance.survey.pages import ExportedPages
from conformance.survey.windows import ANY_ZONE_MARGIN, floor_to_minute, is_certainly_in, is_modified_in
from mockstore.orders.model import Order


class Completeness:
    """Compares the store's record of some windows with their export.

    ``found`` are the numbers of the known orders that were exported or need not be exported. ``unmatched_exports`` are
    the exported orders that match no known order. ``is_exported_in`` requests a window and looks for an order.
    """

    def __init__(
        self,
        exported: ExportedPages,
        known_orders: Sequence[Order],
        *,
        found: Collection[str],
        unmatched_exports: Sequence[ExportedOrder],
        is_exported_in: Callable[[Window, Order], bool | None],
        max_requested: int,
        knows_modification_times: bool,
    ) -> None:
        self._exported, self._known_orders = exported, known_orders
        self._found, self._unmatched_exports = found, unmatched_exports
        self._is_exported_in, self._max_requested = is_exported_in, max_requested
        self._knows_modification_times = knows_modification_times

    @cached_property
    def missing_orders(self) -> tuple[Order, ...]:
        """The orders that every conforming store exports in the survey's windows, but this store did not."""
        left_out = {*self._found, *self._in_unreadable_windows(), *self._exported.on_edges}
        return tuple(
            order
            for order in self._known_orders
            if order.order_number not in left_out
            and must_be_exported(order)
            and any(is_certainly_in(order, window) for window in self._exported.windows)
        )

    def _in_unreadable_windows(self) -> set[str]:
        """Return the orders that may be missing because another order makes their window unreadable.

        If an order is alone in an unreadable window, the order itself is the cause.
        """
        unreadable = self._exported.unreadable_windows
        numbers = {number for each in unreadable if len(each.order_numbers) > 1 for number in each.order_numbers}
        if not self._knows_modification_times:
            windows = [
                Window(each.window.start - ANY_ZONE_MARGIN, each.window.end + ANY_ZONE_MARGIN) for each in unreadable
            ]
            numbers |= {
                order.order_number
                for order in self._known_orders
                if any(is_modified_in(order, window) for window in windows)
            }
        return numbers

    @cached_property
    def missing_on_pages(self) -> tuple[Order, ...]:
        """Missing orders of windows with several pages, if a window of two minutes around the order exports it.

        If the only page of a window is cut off, further pages are missing.
        """
        several = {each.window for each in self._exported.pages if each.number > 1 or self._is_cut_off(each.window)}
        candidates = [
            order for order in self.missing_orders if any(window.holds(order.modified_at) for window in several)
        ]
        requested = candidates[: self._max_requested]
        found = []
        for order in requested:
            minute = floor_to_minute(order.modified_at)
            if self._is_exported_in(Window(minute - MINUTE, minute + MINUTE), order):
                found.append(order)
        # if very many orders are missing, the others count as missing for the same reason as most of those requested
        return (*found, *candidates[len(requested) :]) if len(found) * 2 > len(requested) else tuple(found)

    def _is_cut_off(self, window: Window) -> bool:
        """True if all missing orders of a window are older than those that came, or all are newer."""
        inside = [order for order in self._known_orders if is_certainly_in(order, window)]
        came = [order.modified_at for order in inside if order.order_number in self._found]
        lost = [order.modified_at for order in self.missing_orders if is_certainly_in(order, window)]
        return bool(came) and len(lost) > 1 and (max(came) <= min(lost) or max(lost) <= min(came))

    @cached_property
    def lost_between_pages(self) -> tuple[Order, ...]:
        """Orders that were on no page although every page of their window was read."""
        return tuple(
            order
            for order in self.missing_on_pages
            if not any(window.holds(order.modified_at) for window in self._exported.truncated_windows)
        )

    @cached_property
    def never_exported(self) -> tuple[Order, ...]:
        """Missing orders that no window exports; none if the unmatched exported orders may be the missing ones."""
        if self._unmatched_exports and len(self._unmatched_exports) >= len(self.missing_orders):
            return ()
        return tuple(order for order in self.missing_orders if order not in self.missing_on_pages)
