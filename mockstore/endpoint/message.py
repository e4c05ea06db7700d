"""The values that the steps of an answer pass on: request, reply, refusal, window, page, notification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from mockstore.errors import MockStoreError
from mockstore.orders.model import Order, ShippedItem

Fields = dict[str, "str | Fields | list[Fields] | None"]
"""The children of an element in order: a text, an element, a repeated element, or None for no element."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, independent of aiohttp. Header names are lower case.

    ``target`` is the path and query as they were sent, with nothing decoded. ``connection`` tells the connections of a
    client apart.
    """

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    target: str = ""
    connection: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(MockStoreError):
    """A step refuses the request: the status and the sentence of the reply."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})


class SimulatedCrash(MockStoreError):
    """A defect lets a step crash on purpose. Unlike other failures it is not logged."""


NO_DATE = ""
"""The Date header of a reply that is sent without one. aiohttp adds the header to every reply that lacks it."""


@dataclass(frozen=True, slots=True)
class RequestedWindow:
    """A time window in UTC, to the second. Both ends are included."""

    start: datetime
    end: datetime


class OrderSelection(Protocol):
    """Orders in a fixed sequence, of which any part can be read."""

    def __len__(self) -> int: ...

    def slice(self, offset: int, limit: int) -> Sequence[Order]:
        """Return at most ``limit`` orders, from ``offset`` on."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an export: its orders, its number, and the number of pages."""

    orders: Sequence[Order]
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Document:
    """The content of an export before it becomes XML. ``pages`` is None for no such attribute."""

    orders: Sequence[Fields]
    pages: str | None


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """One Item of a ShipNotice."""

    sku: str
    quantity: int
    line_item_id: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A shipment notification, made of query and body."""

    order_number: str
    order_id: str = ""
    tracking_number: str = ""
    carrier: str = ""
    service: str = ""
    cost: Decimal | None = None
    notes: str = ""
    ship_date: date | None = None
    items: tuple[NoticeItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """The parcel of a notification: the items that it ships, and whether it completes the order."""

    items: tuple[ShippedItem, ...]
    completes: bool
