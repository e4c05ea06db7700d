"""Measures the validation of exports: XSD 1.0 by lxml, and XSD 1.1 by xmlschema."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from statistics import median

from benchmarks.tables import Effort, Result, number, ratio

XMLSCHEMA = "orders-strict.xsd (xmlschema, XSD 1.1)"


class Documents:
    """A page of orders, and what is done with it: ``parts`` has a function for each, by name."""

    def __init__(self) -> None:
        from lxml import etree

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
        self.orders = len(presented)
        self.parts: dict[str, Callable[[], object]] = {
            "lxml": lambda: etree.fromstring(body),
            "reading": lambda: parse_export(exchange),
            "orders.xsd": lambda: violations(root),
            "orders-strict.xsd": lambda: strict_violations(root),
        }
        self.by_xmlschema: Callable[[], object] = lambda: strict_violations(root, authority=True)


def measure(effort: Effort) -> Result:
    """Measure the CPU time per order of what the suite does with each document."""
    documents = Documents()
    names = {
        "lxml": "lxml, parsing only",
        "reading": "parsing, with limits and places",
        "orders.xsd": "orders.xsd (lxml)",
        "orders-strict.xsd": "orders-strict.xsd (lxml, facets tightened)",
    }
    parts = {names[name]: work for name, work in documents.parts.items()}
    if effort.share == 1:
        parts[XMLSCHEMA] = documents.by_xmlschema
    used: dict[str, list[float]] = defaultdict(list)
    for work in parts.values():
        work()  # schemas are compiled once
    for _ in range(effort.rounds):
        for name, work in parts.items():
            times = 1 if name == XMLSCHEMA else effort.of(20)
            before = time.process_time()
            for _ in range(times):
                work()
            used[name].append((time.process_time() - before) / times / documents.orders)
    result = Result("Validating an order", ("what", "CPU ms per order", "÷ lxml"))
    for name, seconds in used.items():
        result.rows.append((name, number(median(seconds) * 1000), ratio(seconds, used[names["lxml"]])))
    return result
