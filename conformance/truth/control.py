"""The source of truth that uses the store control protocol: JSON over HTTP with a bearer token.

Replies are read leniently: unknown fields are ignored, null counts as a missing field, and a decimal may be a number in
place of a string.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import quote, quote_plus

import msgspec

from conformance.client.exchange import Exchange, Headers, Masked, beginning_of_body
from conformance.client.session import RequestSender
from conformance.contract.weight_units import known_unit
from conformance.core.errors import Inconclusive
from conformance.core.times import rfc3339
from conformance.truth.source import (
    ORDERS_AT_ONCE,
    OrderRef,
    OrderRefused,
    TruthUnavailable,
    delete_one_by_one,
    look_up,
    unreadable_reply,
)
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts

Message = TypeVar("Message")


class _ListedOrder(msgspec.Struct):
    order_number: str
    modified_at: datetime


class _OrderList(msgspec.Struct):
    orders: tuple[_ListedOrder, ...]


class _Created(msgspec.Struct):
    order_number: str


class ControlTruth:
    """A store that offers the control protocol."""

    name = "the control protocol"
    alternative_source = ""

    def __init__(self, url: str, token: str, session: RequestSender) -> None:
        self._url, self._token, self._session = url.rstrip("/"), token, session
        self._facts: StoreFacts | None = None

    @property
    def facts(self) -> StoreFacts:
        """The reply to ``GET /store``, requested once."""
        if self._facts is None:
            self._facts = decode(self._ask("GET", "/store"), StoreFacts)
        return self._facts

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """Return the orders that ``GET /orders`` lists for a period."""
        query = f"?modified_from={quote_plus(rfc3339(start))}&modified_to={quote_plus(rfc3339(end))}"
        listed = decode(self._ask("GET", f"/orders{query}"), _OrderList)
        found = (OrderRef(each.order_number, in_utc(each.modified_at)) for each in listed.orders)
        return tuple(
            sorted(
                (order for order in found if start <= order.modified_at <= end),
                key=lambda order: (order.modified_at, order.order_number),
            )
        )

    def order(self, number: str) -> Order | None:
        """Return the order of ``GET /orders/{n}``; None for status 404."""
        exchange = self._ask("GET", f"/orders/{quote(number, safe='')}", allow=(404,))
        return None if exchange.status == 404 else order_of(exchange)

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Return the orders of ``GET /orders/{n}``, several at the same time. A failed request is sent again alone."""
        found: list[Order | TruthUnavailable | None] = []
        for some, replies in self._together("GET", numbers):
            for number, exchange in zip(some, replies, strict=True):
                try:
                    found.append(order_of(exchange) if exchange.succeeded else look_up(self, number))
                except TruthUnavailable as error:
                    found.append(error)
        return found

    def create(self, draft: Draft) -> str:
        """Make an order with ``POST /orders``."""
        exchange = self._ask("POST", "/orders", msgspec.json.encode(draft), allow=range(400, 500))
        if not exchange.succeeded:
            raise OrderRefused(f"the store refused the order: {exchange.outcome}: {beginning_of_body(exchange)}")
        return decode(exchange, _Created).order_number

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order with ``PATCH /orders/{n}``."""
        body = msgspec.json.encode(fields)
        exchange = self._ask("PATCH", f"/orders/{quote(number, safe='')}", body, allow=range(400, 500))
        if not exchange.succeeded:
            raise OrderRefused(f"the store refused the change: {exchange.outcome}: {beginning_of_body(exchange)}")

    def delete(self, number: str) -> bool:
        """Delete an order with ``DELETE /orders/{n}``."""
        exchange = self._ask("DELETE", f"/orders/{quote(number, safe='')}", allow=range(400, 600))
        return exchange.succeeded or exchange.status == 404

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Delete orders with ``DELETE /orders/{n}``, several at the same time. A failed request is sent again alone."""
        left: list[str] = []
        try:
            for some, replies in self._together("DELETE", numbers):
                gone = [exchange.succeeded or exchange.status == 404 for exchange in replies]
                left += [number for number, done in zip(some, gone, strict=True) if not done]
        except Inconclusive:
            left = list(numbers)
        return delete_one_by_one(self, left)

    def _together(self, method: str, numbers: Sequence[str]) -> Iterator[tuple[Sequence[str], list[Exchange]]]:
        for start in range(0, len(numbers), ORDERS_AT_ONCE):
            some = numbers[start : start + ORDERS_AT_ONCE]
            requests = [(method, f"{self._url}/orders/{quote(each, safe='')}", self._headers(), b"") for each in some]
            yield some, self._session.send_together(requests)

    def _headers(self) -> Headers:
        return (("Authorization", Masked(f"Bearer {self._token}", "Bearer …")), ("Accept", "application/json"))

    def _ask(self, method: str, path: str, body: bytes = b"", allow: range | tuple[int, ...] = ()) -> Exchange:
        headers = self._headers()
        if body:
            headers = (*headers, ("Content-Type", "application/json"))
        exchange = self._session.send(method, self._url + path, headers, body)
        if exchange.succeeded or (exchange.status in allow and exchange.status not in (401, 403)):
            return exchange
        if exchange.status in (401, 403):
            raise TruthUnavailable(
                f"the control protocol refused the token ({exchange.outcome}): check --control-token-env"
            )
        raise TruthUnavailable(
            f"{method} {self._url}{path} failed: {exchange.outcome}: {beginning_of_body(exchange)}".rstrip(": ")
        )


def in_utc(moment: datetime) -> datetime:
    """Return a time in UTC; one without a zone counts as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def decode(exchange: Exchange, form: type[Message]) -> Message:
    """Return a reply's JSON as a message of the protocol.

    Raises:
        TruthUnavailable: if the reply isn't such a message.
    """
    try:
        return msgspec.convert(without_nulls(msgspec.json.decode(exchange.body)), form, strict=False)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise unreadable_reply(exchange, error) from None


def order_of(exchange: Exchange) -> Order:
    """Return the order in a reply, with times in UTC. ``order_id``, ``currency`` and ``status`` may be missing.

    Raises:
        TruthUnavailable: if the reply isn't an order.
    """
    try:
        return _order_in(exchange.body)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise unreadable_reply(exchange, error) from None


@lru_cache(maxsize=1024)
def _order_in(body: bytes) -> Order:
    content = without_nulls(msgspec.json.decode(body))
    if isinstance(content, dict):
        content.setdefault("order_id", "")
        content.setdefault("currency", "")
        content.setdefault("status", "")
        content = with_units(content)
    order = msgspec.convert(content, Order, strict=False)
    return msgspec.structs.replace(order, placed_at=in_utc(order.placed_at), modified_at=in_utc(order.modified_at))


def without_nulls(value: object) -> object:
    """Return the same JSON without members that are null."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


def with_units(value: object) -> object:
    """Return the same JSON with each unit of weight in the spelling of the model; unknown units stay as they are."""
    if isinstance(value, dict):
        changed = {name: with_units(member) for name, member in value.items()}
        if isinstance(unit := changed.get("unit"), str):
            known = known_unit(unit)
            changed["unit"] = unit if known is None else known.name
        return changed
    if isinstance(value, list):
        return [with_units(member) for member in value]
    return value
