"""Variants of windows: which minutes belong to them, and what happens to requests at the same moment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from mockstore.behaviours.patch import OrderList, edit_window, one_export_at_a_time
from mockstore.behaviours.variants import variant
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import OrderSelection, Refusal, RequestedWindow
from mockstore.inputs import moments
from mockstore.store.store import Store

EXPORT_TAKES_S = 0.02
"""Seconds that an export takes in a store that makes one at a time."""


@variant("start-exclusive", "The minute of start_date is not part of the window; the last window ended with it.")
def start_exclusive(behaviour: Behaviour) -> Behaviour:
    return edit_window(
        behaviour,
        lambda window, shop: RequestedWindow(moments.added(window.start, timedelta(minutes=1)), window.end),
    )


@variant("one-export-at-a-time", "While an export is made, another one is refused with 409.")
def refuses_exports_at_once(behaviour: Behaviour) -> Behaviour:
    def refuse() -> NoReturn:
        raise Refusal(409, "Another export is being made.")

    return one_export_at_a_time(behaviour, EXPORT_TAKES_S, refuse)


@variant("equal-bounds-refused", "A window whose bounds are equal is refused with 400: it begins where it ends.")
def equal_bounds_refused(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if _has_equal_bounds(window):
            raise Refusal(400, "start_date must be before end_date.")
        return behaviour.select(store, window)

    return replace(behaviour, select=select)


@variant("equal-bounds-hold-nothing", "A window whose bounds are equal holds no order, not even of that minute.")
def equal_bounds_hold_nothing(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        return OrderList([]) if _has_equal_bounds(window) else behaviour.select(store, window)

    return replace(behaviour, select=select)


def _has_equal_bounds(window: RequestedWindow) -> bool:
    return window.start <= window.end < moments.added(window.start, timedelta(minutes=1))
