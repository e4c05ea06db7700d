"""What flows between the steps of an answer: request, reply, refusal, window, page, notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from mockstore.errors import MockStoreError
from mockstore.orders.model import Order, ShippedItem

Fields = dict[str, "str | Fields | list[Fields] | None"]
"""An element's children in order: text, an element, a repeated element, or None for none."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the steps see it: no framework in it. Header names are lower case.

    ``target`` is path and query as they were sent, nothing decoded.
    """

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(MockStoreError):
    """A step's answer to a request that the contract doesn't allow: a status and a sentence."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})


class SimulatedCrash(MockStoreError):
    """A step that fails inside because it is meant to: no news for a log."""


@dataclass(frozen=True, slots=True)
class RequestedWindow:
    """A stretch of time, both ends included, to the second, in UTC."""

    start: datetime
    end: datetime


class OrderSelection(Protocol):
    """Orders in a fixed sequence, of which any stretch can be had."""

    def __len__(self) -> int: ...

    def slice(self, offset: int, limit: int) -> Sequence[Order]:
        """The orders from ``offset`` on, at most ``limit``."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an export: its orders, its number and how many pages there are."""

    orders: Sequence[Order]
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Document:
    """What an export says before it is XML. ``pages`` None leaves the attribute out."""

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
    """A shipment notification, query and body together."""

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
    """What a notice means for an order: the lines it ships, and whether nothing is left then."""

    items: tuple[ShippedItem, ...]
    completes: bool
