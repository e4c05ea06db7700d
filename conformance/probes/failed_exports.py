"""CON-12, CON-7: valid requests for orders that the store does not answer with a document.

The first half of the module returns the failed requests as evidence. The second half judges the evidence.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import msgspec

from conformance.client.exchange import Exchange
from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import FailedExport, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding
from conformance.probes.connection import ExportReplies, replies_are_well_formed
from conformance.probes.missing_orders import StoreOrders
from conformance.survey.pages import NO_ORDERS, require_document
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

MAX_NAMED_ORDERS = 5
"""A finding names at most this many orders."""


class FailedWindow(msgspec.Struct, frozen=True):
    """A window of the survey that the store did not answer, with the numbers of its orders, as far as they are known.

    ``answered_in_parts``: the store answered each smaller window that the suite requested in its place.
    """

    window: Window
    exchange: Exchange
    order_numbers: tuple[str, ...]
    answered_in_parts: bool
    number: int = 1
    """The page that failed. Page 1 states that there is this page."""
    orders_before: int = 0
    """The number of orders on the pages before it."""
    orders_of_parts: int = 0
    """The number of orders on the pages of the smaller windows."""

    @property
    def is_beyond_last_order(self) -> bool:
        """True if the pages before the failed one have all orders of the window."""
        return self.number > 1 and 0 < self.orders_of_parts <= self.orders_before


class AnswersToWindows(StoreOrders, frozen=True):
    """The survey's windows that failed, the smallest ones, and the numbers of orders on the pages that were answered.

    ``orders`` are those of all windows.
    """

    failed: tuple[FailedWindow, ...] = ()
    answered: tuple[int, ...] = ()


class OtherFailedExports(msgspec.Struct, frozen=True):
    """The requests of other scenarios that the store did not answer. ``orders`` is the number of orders that came."""

    failed: tuple[FailedExport, ...]
    orders: int


class OtherUnreadableExports(msgspec.Struct, frozen=True):
    """The whole replies to requests for orders of other scenarios that are not Orders documents."""

    unreadable: tuple[ExportPage, ...]


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
        FailedWindow(
            each.window, each.page.exchange, each.order_numbers, answered_in_parts=False, number=each.page_number
        )
        for each in exported.unreadable_windows
        if each.page.exchange.has_failed
    ]
    unreadable = {each.window for each in exported.unreadable_windows}
    divided = {each.window for each in exported.divided_windows}
    failed += [
        FailedWindow(
            *(each.window, each.page.exchange, each.order_numbers),
            answered_in_parts=True,
            number=each.page_number,
            orders_before=each.orders_before,
            orders_of_parts=len(exported.numbers_within(each.window)),
        )
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


def ask_for_readable_orders_in_other_scenarios(survey: Survey) -> OtherUnreadableExports:
    """Return the replies to requests for orders of scenarios before this one that are not Orders documents.

    A store whose empty document can't be read is reported by CON-1, one that compresses every reply by CON-7.

    Raises:
        NotExercised: if the empty document of the store can't be read, or if no window has an order.
    """
    require_test_connection(survey)
    with contextlib.suppress(NotRecorded):
        require_document(survey.empty_export, "an export without orders")
    survey.exported.require_orders()
    reported = {page.exchange.number for page in survey.exported.failed_pages}
    return OtherUnreadableExports(
        tuple(
            page
            for page in survey.shipstation.unreadable_exports
            if page.exchange.number not in reported and not page.exchange.has_gzip_bytes
        )
    )


# ---------------------------------------------------------------------- judging


def every_window_is_answered(answers: AnswersToWindows) -> Iterator[Finding]:
    """CON-12: every valid request for orders is answered with its document, whatever its orders are."""
    in_parts = [each for each in answers.failed if each.answered_in_parts]
    for failed in answers.failed:
        if not failed.answered_in_parts:
            yield _finding(failed, f"{_what(failed)} fails.")
    fewest = min((len(each.order_numbers) for each in in_parts if each.number == 1), default=0)
    most = max(answers.answered, default=0)
    is_size = 0 < most < fewest
    for failed in in_parts:
        cause = ""
        if failed.is_beyond_last_order:
            cause = (
                f" The pages before it have all {failed.orders_before} orders that come in the parts, so page 1 states "
                "too many pages. Perhaps it counts orders that are not exported, like those without a shipping address."
            )
        elif failed.number == 1 and is_size:
            cause = f" Every request for {fewest} orders or more fails, and none for {most} or fewer."
        yield _finding(failed, f"{_what(failed)} fails, although requests for its parts are answered.{cause}")


def _what(failed: FailedWindow) -> str:
    return f"Page {failed.number}, which page 1 states," if failed.number > 1 else "A request for orders"


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


def every_other_reply_is_well_formed(others: OtherUnreadableExports) -> Iterator[Finding]:
    """CON-7: every whole reply with orders of the other scenarios is well-formed XML, too."""
    yield from replies_are_well_formed(ExportReplies((), None, others.unreadable))


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
