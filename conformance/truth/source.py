"""The interface of every source of truth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from conformance.client.exchange import Exchange
from conformance.core.errors import ConformanceError, Inconclusive
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts


class TruthUnavailable(ConformanceError):
    """The source of truth failed or gave no usable reply; the message says where and how."""


class AccessRefused(TruthUnavailable):
    """The source of truth refused the credentials, so it can't be used at all."""


class OrderRefused(TruthUnavailable):
    """The store can't hold this order or change; requirements that need it are not exercised."""


@dataclass(frozen=True, slots=True)
class OrderRef:
    """The number of an order, and when it was last modified."""

    order_number: str
    modified_at: datetime


ORDERS_AT_ONCE = 6
"""The number of requests for orders that are sent at the same time. A browser opens as many connections."""


class BatchRefused(TruthUnavailable):
    """The source could not make several orders with one call; from now on it makes one with each call."""


def cannot_tell_reason(source: Truth, what: str) -> str:
    """Return a sentence: this source doesn't tell ``what``, and another source does, if there is one."""
    return f"{source.name} doesn't tell {what}{source.alternative_source}"


class Truth(Protocol):
    """A source of truth. Its methods raise :class:`TruthUnavailable`."""

    name: str
    """The source's name, as messages use it."""
    alternative_source: str
    """Advice in parentheses to use another source, for the end of a message; empty if no other source can do more."""
    is_writable: bool
    """True if orders can be made and changed through this source."""

    @property
    def notices(self) -> Sequence[str]:
        """What the source told wrongly or not at all, so far; notices for the report."""

    @property
    def unknown(self) -> Mapping[str, str]:
        """Requirement → why it can't be judged by this source, as far as that is known by now."""

    @property
    def facts(self) -> StoreFacts:
        """The facts that the store states about itself."""

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """Return the orders last modified between two times, both included, oldest first."""

    def order(self, number: str) -> Order | None:
        """Return the order as the store holds it; None for an unknown number."""

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Return several orders as :meth:`order` does. If that fails for an order, the error takes its place."""

    def create(self, draft: Draft) -> str:
        """Make an order and return its number.

        Raises:
            OrderRefused: if the store can't hold the order.
        """

    @property
    def orders_per_call(self) -> int:
        """The number of orders that :meth:`create_several` takes, at most."""

    def create_several(self, drafts: Sequence[Draft]) -> list[str | TruthUnavailable]:
        """Make orders with one call. Return the number of each, or the error if that failed.

        Raises:
            BatchRefused: if nothing is known about any of them; the store may have made some (:meth:`made_from`).
        """

    def made_from(self, drafts: Sequence[Draft]) -> list[str]:
        """Return the numbers of the orders in the store that were made from some of these drafts.

        This is for calls that got no usable reply. Orders are recognised by their e-mail addresses.
        """

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order. Without ``modified_at``, the time of the change is now.

        Raises:
            OrderRefused: if the store can't hold the change.
        """

    def delete(self, number: str) -> bool:
        """Delete an order. Returns False if the store kept it."""

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Try to delete each order, and return the numbers of those that the store kept. Never raises."""


class OneByOne(ABC):
    """The part of :class:`Truth` that makes several orders, for a source that makes one with each call."""

    is_writable = True

    @property
    def orders_per_call(self) -> int:
        """One."""
        return 1

    @abstractmethod
    def create(self, draft: Draft) -> str:
        """Make an order and return its number."""

    def create_several(self, drafts: Sequence[Draft]) -> list[str | TruthUnavailable]:
        """Make orders one after the other."""
        return [self._number_or_error(draft) for draft in drafts]

    def made_from(self, drafts: Sequence[Draft]) -> list[str]:
        """Return nothing: no call makes several orders."""
        return []

    def _number_or_error(self, draft: Draft) -> str | TruthUnavailable:
        try:
            return self.create(draft)
        except TruthUnavailable as error:
            return error


class UnreadableOrders:
    """The orders that a source could not describe. It is not asked for them again."""

    def __init__(self) -> None:
        self._why: dict[str, TruthUnavailable] = {}
        self._own: set[str] = set()

    def check(self, number: str) -> None:
        """Go on only if the order was not found unreadable before.

        Raises:
            TruthUnavailable: the error of the first time.
        """
        if (why := self._why.get(number)) is not None:
            raise why.with_traceback(None)

    def add(self, number: str, why: TruthUnavailable) -> None:
        """Remember an order that can't be read."""
        self._why.setdefault(number, why)

    def leave_out(self, number: str) -> None:
        """Leave an order out of the notice: it is a specimen, and the notices on specimens name it."""
        self._own.add(number)

    def forget(self, number: str) -> None:
        """Let the source be asked for an order again, because it was changed."""
        self._why.pop(number, None)

    @property
    def notices(self) -> tuple[str, ...]:
        """The notice that names the orders; none if every order could be read."""
        why = {number: error for number, error in self._why.items() if number not in self._own}
        if not why:
            return ()
        first = str(next(iter(why.values())))
        if len(why) == 1:
            return (f"order {next(iter(why))} is left out: {first}",)
        return (f"{len(why)} orders are left out ({listed(why)}). The reason for the first: {first}",)


MAX_LISTED = 10
"""A notice names at most this many orders."""


def listed(names: Iterable[str]) -> str:
    """Return some names for a notice; if there are many, only the first, and the number of the others."""
    every = list(names)
    more = len(every) - MAX_LISTED
    return ", ".join(every[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


MAX_MESSAGE_VALUES = 1_000_000
"""The values of a JSON message, at most. They take a hundred bytes of memory each, or more."""


def require_readable_size(exchange: Exchange) -> None:
    """Go on only if a reply has few enough values to be read as JSON.

    Raises:
        TruthUnavailable: if it has more.
    """
    body = exchange.body
    if len(body) > MAX_MESSAGE_VALUES and sum(map(body.count, (b",", b"{", b"["))) > MAX_MESSAGE_VALUES:
        raise unreadable_reply(exchange, ValueError(f"it has more than {MAX_MESSAGE_VALUES:,} values"))


def unreadable_reply(exchange: Exchange, error: Exception) -> TruthUnavailable:
    """Return the error for a reply that doesn't have the form that the protocol requires."""
    return TruthUnavailable(f"the reply to {exchange.method} {exchange.url} can't be read: {error}")


def look_up(source: Truth, number: str) -> Order | TruthUnavailable | None:
    """Return an order as the store holds it; None for an unknown number; the error if the source fails."""
    try:
        return source.order(number)
    except TruthUnavailable as error:
        return error


def delete_one_by_one(source: Truth, numbers: Sequence[str]) -> list[str]:
    """Delete orders one after the other, and return the numbers of those that the store kept."""
    left = []
    for number in numbers:
        try:
            if not source.delete(number):
                left.append(number)
        except (TruthUnavailable, Inconclusive):
            left.append(number)
    return left
