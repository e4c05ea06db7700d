"""``mockstore orders``: prints orders as a table, JSON or XML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from mockstore.behaviours.registry import UnknownBehaviour, build_behaviour
from mockstore.cli.errors import UsageError
from mockstore.cli.listings import table
from mockstore.cli.serve_options import StoreOptions
from mockstore.endpoint.message import Document
from mockstore.orders.model import Order
from mockstore.shop.shop import Clock
from mockstore.store.specimens import add_specimens
from mockstore.store.store import Store


def printed_orders(options: StoreOptions, form: str) -> Iterator[str]:
    """Yield the text of all orders, piece by piece.

    Raises:
        UsageError: there is no such profile.
    """
    try:
        chosen = build_behaviour(options.profile)
    except UnknownBehaviour as unknown:
        raise UsageError(str(unknown)) from None
    store = opened_store(options)
    match form:
        case "json":
            yield from _json(store.orders())
        case "xml":
            exported = [order for order in store.orders() if chosen.is_exportable(order)]
            fields = [chosen.present(order, store.shop) for order in exported]
            yield chosen.serialise(Document(fields, None)).decode("utf-8", "replace")
        case _:
            yield table(COLUMNS, [row(order) for order in store.orders()]) + "\n"


def save_orders(options: StoreOptions, name: str) -> str:
    """Write all orders to a file for ``serve --orders-from``, and return a sentence about it.

    Raises:
        UsageError: the file cannot be written, or its name tells no form.
    """
    from mockstore.orders.order_files import UnreadableOrders, write_orders

    store = opened_store(options)
    try:
        count = write_orders(Path(name), store.orders())
    except UnreadableOrders as wrong:
        raise UsageError(f"--save {wrong}") from None
    return f"Saved {count} order{'' if count == 1 else 's'} to {name}: mockstore serve --orders-from {name} has them."


def opened_store(options: StoreOptions) -> Store:
    """Return the store that has the orders."""
    store = Store(options.shop(8080), count=options.orders, clock=Clock(options.clock, running=False))
    if options.specimens:
        add_specimens(store)
    return store


def _json(orders: Iterator[Order]) -> Iterator[str]:
    separator = "[\n"
    for order in orders:
        yield separator + msgspec.json.encode(order).decode()
        separator = ",\n"
    yield "\n]\n" if separator != "[\n" else "[]\n"


COLUMNS = ("order", "modified (UTC)", "status", "customer", "to", "lines", "weight", "total")


def row(order: Order) -> tuple[str, ...]:
    """Return an order as a row of the table."""
    customer = order.customer
    return (
        order.order_number,
        f"{order.modified_at:%Y-%m-%d %H:%M}",
        order.status,
        customer.billing.name or customer.email,
        customer.shipping.country if customer.shipping else "–",
        str(len(order.items)),
        f"{order.weight.value} {order.weight.unit}" if order.weight else "–",
        f"{order.total} {order.currency}",
    )
