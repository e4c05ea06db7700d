"""The steps of an export: action, window, selection of orders, and page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from mockstore.endpoint.message import OrderSelection, Page, Refusal, Request, RequestedWindow
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

_BOUND = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2})", re.ASCII)
_METHODS = {"export": "GET", "shipnotify": "POST"}


def read_action(request: Request) -> str:
    """Return the action, ``export`` or ``shipnotify``.

    Raises:
        Refusal: the action is another one (CON-6), or its method is wrong (SHP-20).
    """
    action = request.query.get("action", "").lower()
    method = _METHODS.get(action)
    if method is None:
        raise Refusal(400, "The action is missing or unknown: it is export (GET) or shipnotify (POST).")
    if request.method != method:
        raise Refusal(405, f"The action {action} needs the method {method}.", {"Allow": method})
    return action


def read_bound(text: str | None, name: str) -> datetime:
    """Return a bound of the window in UTC (WIN-4).

    Raises:
        Refusal: it is missing or not a date (WIN-10).
    """
    shape = _BOUND.fullmatch(text.strip()) if text else None
    try:
        if shape is None:
            raise ValueError
        month, day, year, hour, minute = map(int, shape.groups())
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        raise Refusal(
            400, f"{name} is missing or not a date: write MM/dd/yyyy HH:mm in UTC, like 03/23/2026 21:09."
        ) from None


def read_window(request: Request, shop: Shop) -> RequestedWindow:
    """Return the requested window. Its last minute is included down to the last second (WIN-5, WIN-6)."""
    start = read_bound(request.query.get("start_date"), "start_date")
    end = read_bound(request.query.get("end_date"), "end_date")
    return RequestedWindow(start, end + timedelta(seconds=59))


def select(store: Store, window: RequestedWindow) -> OrderSelection:
    """Return the orders last modified in the window, of any status (WIN-1, WIN-3, WIN-7)."""
    return store.window(window.start, window.end)


def read_page(request: Request) -> int:
    """Return the requested page; the first if none is named."""
    return page_number(request.query.get("page", "1"))


def page_number(parameter: str) -> int:
    """Return the page that a parameter means; the first if it is not a page number (PAG-5)."""
    text = parameter.strip()
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
    """Return the page with that number; an empty page after the last one (PAG-4)."""
    size = shop.orders_per_page
    return Page(selection.slice((number - 1) * size, size), number, max(1, -(-len(selection) // size)))


def is_exportable(order: Order) -> bool:
    """True if the order can be shipped, so that it is exported (S7, ORD-15)."""
    return order.customer.shipping is not None
