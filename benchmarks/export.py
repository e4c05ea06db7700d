"""A page of a hundred orders: the mock store beside servers that do less, and one that does the same."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from statistics import median

from benchmarks import peers
from benchmarks.client import Client
from benchmarks.processes import NotAvailable, Server, mockstore
from benchmarks.tables import Effort, Result, number, ratio

ORDERS = 100
REPEATED, FIRST_TIME = "page requested before", "page computed"
AIOHTTP, MOCKOON, WIREMOCK = "bare aiohttp", "Mockoon", "WireMock"
PAGES_PER_ROUND = {MOCKOON: 20, WIREMOCK: 200}
WARM_UP = {MOCKOON: 20, WIREMOCK: 600}
"""Pages before the first round: Java and Node compile what is executed often."""


def measure(effort: Effort) -> Result:
    """Measure the CPU time of whole servers for one page, in rounds that alternate between them."""
    result = Result(
        "A page of 100 orders over HTTP",
        (
            *("server", "KB", "CPU ms per page", "orders/s per core", "MB/s ÷ bare aiohttp"),
            *("orders/s ÷ Mockoon", "orders/s ÷ WireMock"),
        ),
    )
    used: dict[str, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        store = stack.enter_context(mockstore("--orders", "1000000", "--no-specimens"))
        client = Client(store.port)
        page = client.page(1)
        lines = page.count(b"<LineItemID>") / page.count(b"<Order>")
        servers: dict[str, Server] = {}
        for name, peer in (
            ("nginx, a file", peers.nginx(page)),
            (AIOHTTP, peers.bare(page)),
            (MOCKOON, peers.mockoon(ORDERS, round(lines))),
            (WIREMOCK, peers.wiremock(ORDERS, round(lines))),
        ):
            try:
                servers[name] = stack.enter_context(peer)
            except NotAvailable as error:
                result.notes.append(f"{name} is left out: {error}.")
        clients = {name: Client(server.port) for name, server in servers.items()}
        sizes = {name: len(each.page(1)) for name, each in clients.items()}
        for name, pages in WARM_UP.items():
            if name in servers:
                _cpu(servers[name], clients[name], [1] * effort.of(pages))
        other_pages = iter(range(2, 10_000))
        for _ in range(effort.rounds):
            for name, server in servers.items():
                times = effort.of(PAGES_PER_ROUND.get(name, 1000))
                used[name].append(_cpu(server, clients[name], [1] * times))
            used[REPEATED].append(_cpu(store, client, [1] * effort.of(1000)))
            used[FIRST_TIME].append(_cpu(store, client, [next(other_pages) for _ in range(effort.of(300))]))
    sizes |= {REPEATED: len(page), FIRST_TIME: len(page)}
    for name in (*servers, REPEATED, FIRST_TIME):
        seconds = used[name]
        shown = f"**mock store, {name}**" if name in (REPEATED, FIRST_TIME) else name
        speed = [sizes[name] / each for each in seconds]
        row = [shown, f"{sizes[name] / 1000:.0f}", number(median(seconds) * 1000)]
        row.append(f"{ORDERS / median(seconds):,.0f}")
        row.append(ratio(speed, [sizes[AIOHTTP] / each for each in used[AIOHTTP]]))
        row += [ratio(used[peer], seconds) if peer in used else "–" for peer in (MOCKOON, WIREMOCK)]
        result.rows.append(row)
    return result


def _cpu(server: Server, client: Client, pages: list[int]) -> float:
    """Return the CPU time in seconds that a server takes for one of these pages, on average."""
    before = server.cpu()
    for page in pages:
        client.page(page)
    return (server.cpu() - before) / len(pages)
