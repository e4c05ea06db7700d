"""A mock store for Python tests: with the pytest fixture ``mock_store``, or as a context manager.

def test_my_importer(mock_store):
    mock_store.add_order(order_number="A-1", status="Processed")
    imported = my_importer.pull(mock_store.url, mock_store.username, mock_store.password)
    mock_store.assert_imported(imported)
    mock_store.assert_conforms()

Without pytest: ``with running_store("4.3.4", orders=20) as store``, or ``async with`` the same. The store runs in a
thread of its own, so that it also answers while a test blocks or while the test's event loop is busy.
"""

from __future__ import annotations

from mockstore.orders.draft import InvalidField
from mockstore.orders.model import Order
from mockstore.testing.running import RecordedShipment, RunningStore, StoreClock, StoreFactory, running_store
from mockstore.traffic.faults import Fault
from mockstore.traffic.faults import Kind as FaultKind
from mockstore.traffic.journal import JournalEntry

__all__ = [
    "Fault",
    "FaultKind",
    "InvalidField",
    "JournalEntry",
    "Order",
    "RecordedShipment",
    "RunningStore",
    "StoreClock",
    "StoreFactory",
    "running_store",
]
