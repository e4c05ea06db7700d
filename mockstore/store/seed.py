"""Furnishing a store with the specimens: an order for each hard case."""

from __future__ import annotations

from datetime import timedelta

from mockstore.orders.draft import make_order
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import store_facts
from mockstore.store.store import Store

SPECIMEN_AGE = timedelta(days=9)
"""How long before the store's present the specimens begin; the last is changed six days later."""


def add_specimens(store: Store) -> None:
    """Put the specimens among the store's orders, on whole hours some days ago.

    Raises:
        LedgerError: where they could not be stored.
    """
    now = store.clock.now()
    base = (now - SPECIMEN_AGE).replace(minute=0, second=0, microsecond=0)
    made = specimens(store_facts(store.shop), base, "specimen")
    store.add_all(make_order(specimen.draft, store.shop, now) for specimen in made)
