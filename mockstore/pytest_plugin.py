"""The pytest plug-in of the mock store: the fixtures ``mock_store`` and ``mock_store_factory``.

Every pytest run of an environment imports this module if the package is installed there. So it imports nothing but
pytest, and loads the store when a test uses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockstore.testing import RunningStore, StoreFactory

MARKER = (
    "mock_store(version, orders=…, seed=…, profile=…, defects=…, variants=…, …): "
    "the store that the fixture mock_store runs for this test; the arguments are those of mock_store_factory"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker ``mock_store``."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def mock_store_factory() -> Iterator[StoreFactory]:
    """Return a function that runs a mock store until the test ends; a test can run several.

    Its arguments are those of :func:`mockstore.testing.running_store`: the CS-Cart version, and ``orders``, ``seed``,
    ``profile``, ``defects``, ``variants``, ``faults``, ``now`` …
    """
    from mockstore.testing import running_store

    with ExitStack() as running:

        def run(version: str | None = None, **options: Any) -> RunningStore:
            named = options if version is None else {"version": version, **options}
            return running.enter_context(running_store(**named))

        yield run


@pytest.fixture
def mock_store(request: pytest.FixtureRequest, mock_store_factory: StoreFactory) -> RunningStore:
    """Return a mock store that runs until the test ends: see :class:`mockstore.testing.RunningStore`.

    ``@pytest.mark.mock_store("4.3.4", orders=5)`` chooses another store.
    """
    marker = request.node.get_closest_marker("mock_store")
    return mock_store_factory(*marker.args, **marker.kwargs) if marker else mock_store_factory()
