"""Measures the validation of exports: XSD 1.0 by lxml, and XSD 1.1 by xmlschema."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median

from benchmarks.tables import Effort, Result, number, ratio


def measure(effort: Effort) -> Result:
    """Measure the CPU time per order of what the suite does with each document."""
    from conformance.client.exchange import Exchange
    from conformance.client.parsing.document import parse_export
    from conformance.contract.schemas import strict_violations, violations
    from mockstore.endpoint.behaviour import REFERENCE
    from mockstore.endpoint.message import Document
    from mockstore.shop.shop import Shop
    from mockstore.store.store import Store

    store = Store(Shop("4.3.6"), count=100)
    presented = [REFERENCE.present(order, store.shop) for order in store.orders() if REFERENCE.is_exportable(order)]
    body = REFERENCE.serialise(Document(presented, "1"))
    exchange = Exchange(
        number=1,
        method="GET",
        url="http://127.0.0.1/",
        request_headers=(),
        request_body=b"",
        status=200,
        reason="OK",
        reply_headers=(("Content-Type", "text/xml"),),
        reply_body=body,
        duration_ms=1.0,
    )
    root = parse_export(exchange).root
    assert root is not None
    parts: dict[str, Callable[[], object]] = {
        "parsing": lambda: parse_export(exchange),
        "orders.xsd (lxml)": lambda: violations(root),
        "orders-strict.xsd (lxml, facets tightened)": lambda: strict_violations(root),
    }
    if effort.share == 1:
        parts["orders-strict.xsd (xmlschema, XSD 1.1)"] = lambda: strict_violations(root, authority=True)
    used: dict[str, list[float]] = defaultdict(list)
    for work in parts.values():
        work()  # schemas are compiled once
    for _ in range(effort.rounds):
        for name, work in parts.items():
            times = 1 if "xmlschema" in name else effort.of(20)
            before = time.process_time()
            for _ in range(times):
                work()
            used[name].append((time.process_time() - before) / times / len(presented))
    result = Result("Validating an order", ("what", "CPU ms per order", "÷ parsing"))
    for name, seconds in used.items():
        result.rows.append((name, number(median(seconds) * 1000), ratio(seconds, used["parsing"])))
    return result
