"""Adds the specimens to a store: an order for each hard case."""

from __future__ import annotations

from datetime import timedelta

from mockstore.orders.draft import make_order
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import store_facts
from mockstore.store.store import Store

SPECIMEN_AGE = timedelta(days=9)
"""Time from the modification of the first specimen to the store's present; the last is modified six days later."""


def add_specimens(store: Store) -> None:
    """Add the specimens to the store's orders, beginning at a whole hour some days ago.

    Raises:
        LedgerError: they could not be stored.
    """
    now = store.clock.now()
    base = (now - SPECIMEN_AGE).replace(minute=0, second=0, microsecond=0)
    made = specimens(store_facts(store.shop), base, "specimen")
    store.add_initial_orders(make_order(specimen.draft, store.shop, now) for specimen in made)
