"""Finds the orders that a scenario judged, with their records, to compare the failing orders with the others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance.checks.matching import Pair, pair_orders
from conformance.checks.shared_property import JudgedOrder
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.probes.items import OrderLines
from conformance.probes.missing_orders import StoreOrders
from conformance.probes.order import ExportBesideRecords
from conformance.probes.paging import OrdersOfOneSecond, OrdersOnPages
from conformance.probes.time_window import (
    AdjoiningWindows,
    CalendarWindows,
    LateChanges,
    MinutesBeforeAndAfter,
    MinutesInSeasons,
)
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

_PLACE = re.compile(r"/Order\[(\d+)\]")


def judged_orders(survey: Survey, evidence: object) -> tuple[JudgedOrder, ...]:
    """Return the orders of some evidence that the store's record has; none for evidence of another kind.

    It requests nothing: orders whose record the survey has not read are left out.
    """
    match evidence:
        case StoreOrders():
            return tuple(_of_record(order) for order in evidence.orders)
        case OrderLines():
            return _of_pairs(survey, evidence.orders)
        case ExportBesideRecords():
            return _of_pairs(survey, evidence.pairs)
        case CalendarWindows():
            return tuple(_of_record(reply.order) for reply in evidence.replies)
        case MinutesInSeasons() | MinutesBeforeAndAfter() | LateChanges():
            return tuple(_of_record(each.order) for each in evidence.orders)
        case AdjoiningWindows():
            return tuple(_of_record(first.order) for first, _ in evidence.pairs)
        case OrdersOfOneSecond():
            return tuple(_of_record(order) for order, _ in evidence.times)
        case OrdersOnPages() if survey.knows_modification_times:
            return tuple(_of_record(order) for order in survey.known_orders)
        case tuple():
            return _of_pairs(survey, (pair for each in evidence for pair in _pairs_of(survey, each)))
        case _:
            return ()


def _pairs_of(survey: Survey, evidence: object) -> Iterable[Pair]:
    match evidence:
        case Pair():
            return (evidence,)
        case ExportedOrder():
            return _paired(survey, (evidence,))
        case ExportPage():
            return _paired(survey, evidence.orders)
        case _:
            return ()


def _paired(survey: Survey, orders: tuple[ExportedOrder, ...]) -> Iterable[Pair]:
    if not survey.knows_modification_times:
        return ()  # the record of an order would have to be requested
    return pair_orders(orders, survey.known_orders, survey.facts)[0]


def _of_record(order: Order) -> JudgedOrder:
    return JudgedOrder(labels=(order.order_number,), order=order)


def _of_pairs(survey: Survey, pairs: Iterable[Pair]) -> tuple[JudgedOrder, ...]:
    pages = {each.page.exchange.number: (each.number, len(each.page.orders)) for each in survey.exported.pages}
    return tuple(
        JudgedOrder(
            labels=(pair.exported.label, pair.truth.order_number),
            order=pair.truth,
            places=tuple(_places(pair.exported, pages)),
        )
        for pair in pairs
    )


def _places(order: ExportedOrder, pages: dict[int, tuple[int, int]]) -> Iterator[str]:
    """Yield the properties of an order that its place in the export gives it."""
    place = _PLACE.search(order.xpath)
    if place is None or order.exchange not in pages:
        return
    number, last = pages[order.exchange]
    yield "a place on page 1" if number == 1 else "a place on a page after the first"
    if place[1] == "1":
        yield "the first place on a page"
    if place[1] == str(last):
        yield "the last place on a page"
