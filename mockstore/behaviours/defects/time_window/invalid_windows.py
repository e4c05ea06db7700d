"""Defects of windows that are missing, unreadable or reversed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_window
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.export import read_bound
from mockstore.endpoint.message import OrderSelection, Refusal, Request, RequestedWindow
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@defect("start-after-end-swapped", "The bounds of a window that starts after its end are swapped.", "WIN-9")
def start_after_end_swapped(behaviour: Behaviour) -> Behaviour:
    return edit_window(
        behaviour,
        lambda window, shop: RequestedWindow(min(window.start, window.end), max(window.start, window.end)),
    )


@defect("start-after-end-500", "A window that starts after its end is answered 500.", "WIN-9")
def start_after_end_500(behaviour: Behaviour) -> Behaviour:
    def checked(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        if window.start > window.end:
            raise Refusal(500, "Something failed in the store.")
        return window

    return edit_window(behaviour, checked)


@defect("missing-start-means-always", "A missing start_date is read as 1970.", "WIN-10")
def missing_start_means_always(behaviour: Behaviour) -> Behaviour:
    return _set_missing_bound(behaviour, "start_date", "01/01/1970 00:00")


@defect("missing-end-means-now", "A missing end_date is read as now.", "WIN-10")
def missing_end_means_now(behaviour: Behaviour) -> Behaviour:
    return _set_missing_bound(behaviour, "end_date", "12/31/9998 23:59")


def _set_missing_bound(behaviour: Behaviour, name: str, stands_for: str) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        given = {key: value for key, value in request.query.items() if key != name or value}
        return behaviour.read_window(replace(request, query={name: stands_for} | given), shop)

    return replace(behaviour, read_window=read_window)


@defect(
    "unreadable-date-is-1970",
    "An unreadable date is read as the beginning of 1970.",
    "CON-9 WIN-10",
)
def unreadable_date_is_1970(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            return RequestedWindow(EPOCH, EPOCH)

    return replace(behaviour, read_window=read_window)


@defect(
    "unreadable-date-gives-everything",
    "An unreadable date is ignored, so that all orders are exported.",
    "CON-9 WIN-10",
)
def unreadable_date_gives_everything(behaviour: Behaviour) -> Behaviour:
    def bound(request: Request, name: str, otherwise: datetime) -> datetime:
        try:
            return read_bound(request.query.get(name), name)
        except Refusal:
            return otherwise

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            last = datetime.max.replace(tzinfo=UTC, microsecond=0)
            return RequestedWindow(bound(request, "start_date", EPOCH), bound(request, "end_date", last))

    return replace(behaviour, read_window=read_window)


@defect("unreadable-date-500", "An unreadable date is answered 500.", "WIN-10 SEC-4")
def unreadable_date_500(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            raise Refusal(500, "Something failed in the store.") from None

    return replace(behaviour, read_window=read_window)


@defect("unreadable-end-means-now", "An end_date that can't be read is read as now.", "WIN-10", seen="CS-Cart 2.2.1")
def unreadable_end_means_now(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        start = read_bound(request.query.get("start_date"), "start_date")
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            return RequestedWindow(start, datetime.max.replace(tzinfo=UTC, microsecond=0))

    return replace(behaviour, read_window=read_window)


@defect("start-after-end-gives-everything", "A window that starts after its end gives all orders.", "WIN-9")
def start_after_end_gives_everything(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        return behaviour.select(store, window) if window.start <= window.end else store.window(None, None)

    return replace(behaviour, select=select)


@defect("date-rolled-over", "An impossible date is rolled over: month 13 is the next January.", "WIN-10")
def date_rolled_over(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        given = request.query.get("end_date", "")
        if not given.startswith("13/"):
            return behaviour.read_window(request, shop)
        start = read_bound(request.query.get("start_date"), "start_date")
        return RequestedWindow(start, datetime(int(given[6:10]) + 1, 2, 14, tzinfo=UTC))

    return replace(behaviour, read_window=read_window)


@defect("missing-dates-mean-today", "If a date is missing, the orders of the last day are exported.", "WIN-10")
def missing_dates_mean_today(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if window.start != window.end:
            return behaviour.select(store, window)
        return store.window(store.clock.now() - timedelta(days=1), None)

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if all(request.query.get(name) for name in ("start_date", "end_date")):
            return behaviour.read_window(request, shop)
        never = datetime.max.replace(tzinfo=UTC)
        return RequestedWindow(never, never)

    return replace(behaviour, select=select, read_window=read_window)


@defect(
    "dates-only-where-slashes-are-encoded",
    "A date with slashes that are not percent-encoded is refused.",
    "CON-10",
)
def dates_only_where_slashes_are_encoded(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if request.target.partition("start_date=")[2].partition("&")[0].count("/"):
            raise Refusal(400, "start_date is not a date.")
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)
