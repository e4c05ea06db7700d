"""Pages of a hundred orders: the mock store against servers that do less, and one that does the same."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from statistics import median

from benchmarks import peers
from benchmarks.asking import Client
from benchmarks.processes import Absent, Server, mockstore
from benchmarks.tables import Effort, Result, number, ratio

ORDERS = 100
ASKED, FRESH, WHOLE, TEMPLATE = "asked before", "computed afresh", "bare aiohttp", "Mockoon"


def measure(effort: Effort) -> Result:
    """CPU time a page, of whole servers, in rounds that alternate between them."""
    result = Result(
        "A page of 100 orders over HTTP",
        ("server", "KB", "CPU ms a page", "orders/s a core", "of bare aiohttp's MB/s", "of Mockoon's orders/s"),
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
            (WHOLE, peers.bare(page)),
            (TEMPLATE, peers.mockoon(ORDERS, round(lines))),
        ):
            try:
                servers[name] = stack.enter_context(peer)
            except Absent as absent:
                result.notes.append(f"{name} is left out: {absent}.")
        clients = {name: Client(server.port) for name, server in servers.items()}
        sizes = {name: len(known.page(1)) for name, known in clients.items()}
        unseen = iter(range(2, 10_000))
        for _ in range(effort.rounds):
            for name, server in servers.items():
                times = effort.of(20 if name == TEMPLATE else 1000)
                used[name].append(_cpu(server, clients[name], [1] * times))
            used[ASKED].append(_cpu(store, client, [1] * effort.of(1000)))
            used[FRESH].append(_cpu(store, client, [next(unseen) for _ in range(effort.of(300))]))
    sizes |= {ASKED: len(page), FRESH: len(page)}
    for name in (*servers, ASKED, FRESH):
        seconds = used[name]
        shown = f"**mock store, {name}**" if name in (ASKED, FRESH) else name
        speed = [sizes[name] / each for each in seconds]
        row = [shown, f"{sizes[name] / 1000:.0f}", number(median(seconds) * 1000)]
        row.append(f"{ORDERS / median(seconds):,.0f}")
        row.append(ratio(speed, [sizes[WHOLE] / each for each in used[WHOLE]]))
        row.append(ratio(used[TEMPLATE], seconds) if TEMPLATE in used else "–")
        result.rows.append(row)
    return result


def _cpu(server: Server, client: Client, pages: list[int]) -> float:
    """Seconds of CPU time that a server takes for a page, of these."""
    before = server.cpu()
    for page in pages:
        client.page(page)
    return (server.cpu() - before) / len(pages)
