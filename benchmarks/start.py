"""Measures the time from the command to the first reply, and the memory from then on."""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from statistics import median

from benchmarks.client import Client
from benchmarks.peers import BARE
from benchmarks.processes import MOCKSTORE, free_port, mockstore, running
from benchmarks.tables import Effort, Result, number, ratio

BARE_NAME = "bare aiohttp"


def measure(effort: Effort) -> Result:
    """Measure elapsed time and CPU time, in alternation with a server that does nothing else."""
    result = Result(
        "From the start to the first reply, a page of 100 orders",
        ("server", "seconds", "CPU seconds", "÷ bare aiohttp"),
    )
    waited: dict[str, list[float]] = defaultdict(list)
    used: dict[str, list[float]] = defaultdict(list)
    for _ in range(effort.rounds + 2):
        for name, orders in ((BARE_NAME, 0), ("mock store, 500 orders", 500), ("mock store, 10⁹ orders", 10**9)):
            port = free_port()
            if name == BARE_NAME:
                command = [sys.executable, "-c", BARE, __file__, str(port)]
            else:
                command = [*MOCKSTORE, "serve", "--port", str(port), "--orders", str(orders)]
            begun = time.perf_counter()
            with running(command, port) as server:
                Client(port).page(1)
                waited[name].append(time.perf_counter() - begun)
                used[name].append(server.cpu())
    for name, seconds in waited.items():
        row = name, number(median(seconds)), number(median(used[name])), ratio(used[name], used[BARE_NAME])
        result.rows.append(row)
    return result


def memory(effort: Effort) -> Result:
    """Measure the megabytes at rest, and after many requests of every kind."""
    requests, orders = effort.of(100_000) if effort.share == 1 else 2000, 10**6
    result = Result("Memory", ("mock store", "MB at the start", f"MB after {requests:,} requests", "highest"))
    with mockstore("--orders", str(orders)) as server:
        client = Client(server.port)
        client.page(1)
        at_start = server.memory()
        for place in range(requests):
            if place % 100 == 0:
                client.page(place // 100 + 1)
            elif place % 100 == 50:
                client.notify(str(1000 + place * 7919 % orders), f"T-{place}")
            else:
                day, minute = place % 28 + 1, place % 60
                client.page(1, f"start_date=11/{day:02}/2025+10:{minute:02}&end_date=11/{day:02}/2025+10:{minute:02}")
        row = f"{orders:,} orders", f"{at_start:.0f}", f"{server.memory():.0f}", f"{server.memory('VmHWM'):.0f}"
        result.rows.append(row)
    result.notes.append(
        "Of a hundred requests, one is for a page of all orders, one is a notification, and the others are for "
        "windows of a minute."
    )
    return result
