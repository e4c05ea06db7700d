"""``mockstore orders``: orders on the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mockstore.behaviours.registry import UnknownBehaviour, behaviour
from mockstore.cli.errors import UsageError
from mockstore.cli.plan import ServeOptions
from mockstore.cli.tables import table
from mockstore.endpoint.message import Document
from mockstore.orders.model import Order
from mockstore.shop.shop import Clock
from mockstore.store.seed import furnish
from mockstore.store.store import Store


def printed(plan: ServeOptions, form: str) -> Iterator[str]:
    """The orders of a plan's store, piece by piece.

    Raises:
        Refused: where there is no such profile.
    """
    try:
        chosen = behaviour(plan.profile)
    except UnknownBehaviour as unknown:
        text = str(unknown)
        raise UsageError(text[0].upper() + text[1:]) from None
    store = Store(plan.shop(8080), count=plan.orders, clock=Clock(plan.clock, running=False))
    if plan.specimens:
        furnish(store)
    match form:
        case "json":
            yield from _json(store.orders())
        case "xml":
            fields = [chosen.present(order, store.shop) for order in store.orders()]
            yield chosen.serialise(Document(fields, None)).decode("utf-8", "replace")
        case _:
            yield table(HEAD, [row(order) for order in store.orders()]) + "\n"


def _json(orders: Iterator[Order]) -> Iterator[str]:
    separator = "[\n"
    for order in orders:
        yield separator + msgspec.json.encode(order).decode()
        separator = ",\n"
    yield "\n]\n" if separator != "[\n" else "[]\n"


HEAD = ("order", "modified (UTC)", "status", "customer", "to", "lines", "weight", "total")


def row(order: Order) -> tuple[str, ...]:
    """An order in a line."""
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
