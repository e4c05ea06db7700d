"""CON-12: valid requests for orders that the store does not answer with a document.

The first half of the module returns the failed requests as evidence. The second half judges the evidence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.client.exchange import Exchange
from conformance.client.shipstation import FailedExport, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding
from conformance.probes.missing_orders import StoreOrders
from conformance.survey.pages import NO_ORDERS
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

MAX_NAMED_ORDERS = 5
"""A finding names at most this many orders."""


@dataclass(frozen=True)
class FailedWindow:
    """A window of the survey that the store did not answer, with the numbers of its orders, as far as they are known.

    ``answered_in_parts``: the store answered each smaller window that the suite requested in its place.
    """

    window: Window
    exchange: Exchange
    order_numbers: tuple[str, ...]
    answered_in_parts: bool


@dataclass(frozen=True)
class AnswersToWindows(StoreOrders):
    """The survey's windows that failed, the smallest ones, and the numbers of orders on the pages that were answered.

    ``orders`` are those of all windows.
    """

    failed: tuple[FailedWindow, ...] = ()
    answered: tuple[int, ...] = ()


@dataclass(frozen=True)
class OtherFailedExports:
    """The requests of other scenarios that the store did not answer. ``orders`` is the number of orders that came."""

    failed: tuple[FailedExport, ...]
    orders: int


# ---------------------------------------------------------------------- requests


def require_test_connection(survey: Survey) -> None:
    """Go on only if the store answers an export without orders.

    Raises:
        NotExercised: if it doesn't, which CON-1 reports. A recording need not have such an export.
    """
    try:
        empty = survey.empty_export.exchange
    except NotRecorded:
        return
    if empty.has_failed:
        raise NotExercised(f"the store doesn't answer even an export without orders, fix CON-1 first: {empty.outcome}")


def ask_for_every_window(survey: Survey) -> AnswersToWindows:
    """Ask for all orders of the survey's windows, and in smaller windows where a request fails.

    Raises:
        NotExercised: if the store doesn't answer even an export without orders, or if no window has an order.
    """
    require_test_connection(survey)
    exported = survey.exported
    failed = [
        FailedWindow(each.window, each.page.exchange, each.order_numbers, answered_in_parts=False)
        for each in exported.unreadable_windows
        if each.page.exchange.has_failed
    ]
    unreadable = {each.window for each in exported.unreadable_windows}
    divided = {each.window for each in exported.divided_windows}
    failed += [
        FailedWindow(each.window, each.page.exchange, each.order_numbers, answered_in_parts=True)
        for each in exported.divided_windows
        # of a window that fails because of one of its parts, only that part is named
        if each.page.exchange.has_failed and not any(part in unreadable or part in divided for part in each.parts)
    ]
    if not failed and not exported.distinct_orders:
        raise NotExercised(NO_ORDERS)
    orders: tuple[Order, ...] = survey.known_orders if survey.has_truth else ()
    sizes = tuple(len(page.orders) for page in exported.valid_pages)
    return AnswersToWindows("", orders, (), frozenset(), frozenset(), tuple(failed), sizes)


def refuses_equal_bounds(failed: FailedExport) -> bool:
    """True if a store refuses by 4xx a window that begins where it ends. A store may find nothing in such a window."""
    status = failed.exchange.status or 0
    return failed.window.start == failed.window.end and 400 <= status < 500


def ask_for_orders_in_other_scenarios(survey: Survey) -> OtherFailedExports:
    """Return what failed of the requests for orders that scenarios before this one have made.

    Raises:
        NotExercised: if the store doesn't answer even an export without orders, or if no window has an order.
    """
    require_test_connection(survey)
    reported = {page.exchange.number for page in survey.exported.failed_pages}
    failed = [
        each
        for each in survey.shipstation.failed_exports
        if each.exchange.number not in reported and not refuses_equal_bounds(each)
    ]
    if not failed and not survey.exported.distinct_orders:
        raise NotExercised(NO_ORDERS)
    return OtherFailedExports(tuple(failed), len(survey.exported.distinct_orders))


# ---------------------------------------------------------------------- judging


def every_window_is_answered(answers: AnswersToWindows) -> Iterator[Finding]:
    """CON-12: every valid request for orders is answered with its document, whatever its orders are."""
    in_parts = [each for each in answers.failed if each.answered_in_parts]
    for failed in answers.failed:
        if not failed.answered_in_parts:
            yield _finding(failed, "A request for orders fails.")
    if not in_parts:
        return
    fewest = min(len(each.order_numbers) for each in in_parts)
    most = max(answers.answered, default=0)
    is_size = 0 < most < fewest
    for failed in in_parts:
        size = f" Every request for {fewest} orders or more fails, and none for {most} or fewer." if is_size else ""
        yield _finding(failed, f"A request for orders fails, although requests for its parts are answered.{size}")


def every_other_request_is_answered(others: OtherFailedExports) -> Iterator[Finding]:
    """CON-12: every valid request for orders of the other scenarios is answered with its document."""
    for failed in others.failed:
        page = f", page {failed.number}" if failed.number > 1 else ""
        yield Finding(
            message="A request for orders fails.",
            expected=f"the orders of {failed.window}{page}",
            actual=failed.exchange.outcome if failed.exchange.error is None else failed.exchange.error,
            exchange=failed.exchange.number,
        )


def _finding(failed: FailedWindow, message: str) -> Finding:
    numbers = failed.order_numbers
    named = ", ".join(numbers[:MAX_NAMED_ORDERS]) + (", …" if len(numbers) > MAX_NAMED_ORDERS else "")
    count = f"{len(numbers)} order{'s' if len(numbers) != 1 else ''}"
    which = f" ({count}: {named})" if numbers else ""
    return Finding(
        message=message,
        order=numbers[0] if len(numbers) == 1 else None,
        expected=f"the orders of {failed.window}{which}",
        actual=failed.exchange.outcome if failed.exchange.error is None else failed.exchange.error,
        exchange=failed.exchange.number,
    )
