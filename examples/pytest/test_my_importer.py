"""The tests of the importer: run them with ``pytest examples/pytest``, or with ``-n 4`` in four processes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing

import my_importer
import pytest

from mockstore.testing import FaultKind, RunningStore, StoreFactory, running_store

SINCE, UNTIL = my_importer.ALWAYS


@pytest.fixture
def importer(mock_store: RunningStore) -> Iterator[my_importer.Importer]:
    """The importer, with the credentials of the test's store."""
    store = mock_store.url, mock_store.username, mock_store.password
    with closing(my_importer.Importer(*store)) as made:
        yield made


@pytest.mark.mock_store(orders=12, orders_per_page=5)
def test_every_order_of_every_page_is_imported(mock_store: RunningStore, importer: my_importer.Importer) -> None:
    mock_store.add_order(order_number="A-1", items=[{"sku": "TEE", "quantity": 2, "unit_price": "9.95"}])
    imported = importer.pull(SINCE, UNTIL)
    assert "A-1" in imported
    mock_store.assert_imported(imported)
    mock_store.assert_conforms()


def test_only_what_changed_is_imported_again(mock_store: RunningStore, importer: my_importer.Importer) -> None:
    first = importer.pull(SINCE, mock_store.clock.now())
    mock_store.clock.advance(hours=1)
    mock_store.change_order(first[0], status="Complete")
    assert importer.pull(mock_store.order(first[0]).modified_at, mock_store.clock.now()) == first[:1]


@pytest.mark.parametrize("kind", ["status", "cut", "reset"])
def test_a_page_that_fails_is_requested_again(
    kind: FaultKind, mock_store: RunningStore, importer: my_importer.Importer
) -> None:
    with mock_store.fault(kind, action="export", page=1):
        imported = importer.pull(SINCE, UNTIL)
    mock_store.assert_imported(imported)
    assert mock_store.requests[0].fault == kind


def test_a_shipment_is_recorded(mock_store: RunningStore, importer: my_importer.Importer) -> None:
    order = mock_store.add_order(status="Processed")
    importer.ship(order.order_number, "1Z999", "UPS")
    (recorded,) = mock_store.shipments
    assert (recorded.order_number, recorded.shipment.tracking_number) == (order.order_number, "1Z999")
    assert mock_store.order(order.order_number).status == "Complete"
    mock_store.assert_conforms()


@pytest.mark.parametrize("version", ["4.3.4", "4.4.1", "4.6.3"])
def test_every_version_is_understood(version: str, mock_store_factory: StoreFactory) -> None:
    store = mock_store_factory(version, orders=20, seed=7)
    store.assert_imported(my_importer.pull(store.url, store.username, store.password))


def test_asyncio_code(mock_store: RunningStore) -> None:
    """With pytest-asyncio or anyio, an ``async def`` test takes the same fixture."""
    imported = asyncio.run(my_importer.pull_async(mock_store.url, mock_store.username, mock_store.password))
    mock_store.assert_imported(imported)


def test_asyncio_code_without_fixtures() -> None:
    """A store within a coroutine."""

    async def imported() -> None:
        async with running_store(orders=5) as store:
            store.assert_imported(await my_importer.pull_async(store.url, store.username, store.password))

    asyncio.run(imported())
