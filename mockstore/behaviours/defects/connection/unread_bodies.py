"""Defects of kept connections: a notification is refused before its body is read, and the body is read as a request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from mockstore.behaviours.defects import defect
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Refusal, Request
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


@dataclass(slots=True)
class _Connections:
    """The connection of the request that is answered now, and the connections with an unread body."""

    current: int = 0
    with_unread_body: set[int] = field(default_factory=set)

    def begin(self, request: Request) -> None:
        """Note whose request is answered.

        Raises:
            Refusal: if an unread body comes before the request.
        """
        self.current = request.connection
        if self.current in self.with_unread_body:
            self.with_unread_body.remove(self.current)
            raise Refusal(400, "This is not a request.")

    @contextmanager
    def reading(self, *, has_body: bool = True) -> Iterator[None]:
        """Do a step of the answer. If it refuses a request that has a body, the body is not read."""
        try:
            yield
        except Refusal:
            if has_body:
                self.with_unread_body.add(self.current)
            raise


def _noting_connections(behaviour: Behaviour) -> tuple[Behaviour, _Connections]:
    connections = _Connections()

    def authenticate(request: Request, shop: Shop) -> None:
        connections.begin(request)
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate), connections


@defect(
    "body-of-refused-login-left-unread",
    "The body of a notification with wrong credentials isn't read, so the next request of the connection fails.",
    "SHP-1",
)
def body_of_refused_login_left_unread(behaviour: Behaviour) -> Behaviour:
    connections = _Connections()

    def authenticate(request: Request, shop: Shop) -> None:
        connections.begin(request)
        with connections.reading(has_body=request.method == "POST"):
            behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@defect(
    "body-for-unknown-order-left-unread",
    "The body of a notification for an unknown order isn't read, so the next request of the connection fails.",
    "SHP-9",
)
def body_for_unknown_order_left_unread(behaviour: Behaviour) -> Behaviour:
    noting, connections = _noting_connections(behaviour)

    def find_order(store: Store, notice: Notice) -> Order:
        with connections.reading():
            return behaviour.find_order(store, notice)

    return replace(noting, find_order=find_order)


@defect(
    "rest-of-malformed-body-left-unread",
    "A malformed body is read up to its fault, so the next request of the connection fails.",
    "SEC-2 SEC-3 SHP-10",
)
def rest_of_malformed_body_left_unread(behaviour: Behaviour) -> Behaviour:
    noting, connections = _noting_connections(behaviour)

    def read_notice(request: Request) -> Notice:
        with connections.reading(has_body=bool(request.body)):
            return behaviour.read_notice(request)

    return replace(noting, read_notice=read_notice)
