"""Furnishing a store with the specimens: an order for each hard case."""

from __future__ import annotations

from datetime import timedelta

from mockstore.orders.draft import order_of
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import store_facts
from mockstore.store.store import Store

BEFORE = timedelta(days=9)
"""How long before the store's present the specimens begin; the last is changed six days later."""


def furnish(store: Store) -> None:
    """Put the specimens among the store's orders, on whole hours some days ago.

    Raises:
        LedgerError: where they could not be stored.
    """
    now = store.clock.now()
    base = (now - BEFORE).replace(minute=0, second=0, microsecond=0)
    made = specimens(store_facts(store.shop), base, "specimen")
    store.add_all(order_of(specimen.draft, store.shop, now) for specimen in made)
