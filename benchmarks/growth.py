"""Measures whether a page costs more if it is further on, or in a larger store."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

from benchmarks.client import Client
from benchmarks.processes import mockstore
from benchmarks.tables import Effort, Result, number, ratio

PLACES = (
    ("page 1 of 10³ orders", 10**3, 1),
    ("page 1 of 10⁶ orders", 10**6, 1),
    ("page 9,992 of 10⁶ orders", 10**6, 9_992),
    ("page 1 of 10⁹ orders", 10**9, 1),
    ("page 10,000 of 10⁹ orders", 10**9, 10_000),
    ("page 9,999,992 of 10⁹ orders", 10**9, 9_999_992),
)
PAGES = 8


def measure(effort: Effort) -> Result:
    """Measure the CPU time of the first pages that a store exports, after one that warms it up."""
    result = Result(
        "The first eight pages that a store exports, 100 orders each",
        ("from", "CPU ms per page", "÷ page 1 of 10³"),
    )
    used: dict[str, list[float]] = defaultdict(list)
    for _ in range(effort.of(8)):
        for name, orders, first in PLACES:
            with mockstore("--orders", str(orders), "--no-specimens") as store:
                client = Client(store.port)
                client.page(first)
                before = store.cpu()
                for page in range(first + 1, first + 1 + PAGES):
                    assert client.page(page).count(b"<Order>") > 80
                used[name].append((store.cpu() - before) / PAGES)
    for name, seconds in used.items():
        result.rows.append((name, number(median(seconds) * 1000), ratio(seconds, used[PLACES[0][0]])))
    return result
