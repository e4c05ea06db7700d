"""How CI's workers share the tests."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.conftest import shared_out


@pytest.mark.parametrize("workers", [2, 3, 4])
@pytest.mark.parametrize(
    ("longest", "slow", "quick"), [(1, 45, 5300), (1, 2, 0), (0, 3, 1), (0, 0, 10), (1, 45, 3), (0, 0, 0)]
)
def test_workers_begin_with_slow_tests_and_none_is_lost(workers: int, longest: int, slow: int, quick: int) -> None:
    """Of equal parts, the first begins with the longest tests, and the others with slow ones."""
    kinds = [
        [f"{kind} {number}" for number in range(count)]
        for kind, count in zip("LSQ", (longest, slow, quick), strict=True)
    ]
    found = shared_out(kinds[0], kinds[1], kinds[2], workers)
    assert sorted(found) == sorted(chain.from_iterable(kinds))
    if quick > 1000:
        assert [found[len(found) * place // workers][0] for place in range(workers)] == ["L", *"S" * (workers - 1)]
