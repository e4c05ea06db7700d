"""The calls of the control protocol for several orders at once, which a store may offer (capability ``batch``).

A call that fails is not sent again in this run: the suite makes single calls instead, which give the same verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import msgspec

from conformance.client.exchange import Exchange
from conformance.core.finding import shorten
from conformance.core.json_errors import NOT_JSON
from conformance.truth.control_forms import CreatedOrder, Refusal
from conformance.truth.control_messages import (
    batch_orders,
    batch_results,
    created_number,
    unknown_remarks,
)
from conformance.truth.source import AccessRefused, BatchRefused, OrderRefused, TruthUnavailable, unreadable_reply
from mockstore.orders.draft import Draft

CREATE, LOOK_UP, REMOVE = "/orders/batch", "/orders/lookup", "/orders/remove"
ORDERS_PER_CALL = 500
"""The protocol allows so many orders in one call."""
DRAFTS_PER_CALL = 200
"""A store that needs a tenth of a second for an order makes so many before the request times out."""
MAX_BODY_BYTES = 900_000
"""Many web servers accept bodies up to 1 MB."""
MAX_REASON_CHARS = 500

Reply = TypeVar("Reply")
Each = TypeVar("Each")


def parts(every: Sequence[Each], size: int) -> Iterator[Sequence[Each]]:
    """Yield the members of a sequence in their order, at most ``size`` together."""
    for start in range(0, len(every), size):
        yield every[start : start + size]


class BatchCalls:
    """The batch calls of one store.

    ``post`` sends a call and raises TruthUnavailable unless it succeeds. ``remark`` gets what is wrong with a call.
    """

    def __init__(self, post: Callable[[str, bytes], Exchange], remark: Callable[[str], None]) -> None:
        self._post, self._remark = post, remark
        self._failed: set[str] = set()

    def works(self, path: str) -> bool:
        """True unless this call failed before."""
        return path not in self._failed

    def create(self, drafts: Sequence[Draft]) -> list[str | TruthUnavailable]:
        """Make orders. Return the number of each, or the error if that failed.

        Raises:
            BatchRefused: if the call failed.
        """
        body = b'{"orders":[' + b",".join(map(msgspec.json.encode, drafts)) + b"]}"
        if len(body) > MAX_BODY_BYTES and len(drafts) > 1:
            half = len(drafts) // 2
            return [*self.create(drafts[:half]), *self.create(drafts[half:])]
        results = self._call(CREATE, body, lambda reply: batch_results(reply, len(drafts)))
        if isinstance(results, TruthUnavailable):
            raise BatchRefused(str(results))
        for result in results:
            form = Refusal if isinstance(result, dict) and "error" in result else CreatedOrder
            for remark in unknown_remarks(result, form):
                self._remark(f"a result of POST {CREATE} is wrong in part: {remark}")
        return [_number_in(result) for result in results]

    def look_up(self, numbers: Sequence[str]) -> list[bytes] | None:
        """Return the messages of orders; ``null`` for an unknown number; None if the call failed."""
        body = msgspec.json.encode({"order_numbers": numbers})
        found = self._call(LOOK_UP, body, lambda reply: batch_orders(reply, len(numbers)))
        return None if isinstance(found, TruthUnavailable) else found

    def remove(self, numbers: Sequence[str]) -> list[bool]:
        """Delete orders. Return True for each that the store deleted; False if it is not known to be gone."""
        body = msgspec.json.encode({"order_numbers": numbers})
        results = self._call(REMOVE, body, lambda reply: batch_results(reply, len(numbers)))
        return [False] * len(numbers) if isinstance(results, TruthUnavailable) else [each is True for each in results]

    def _call(self, path: str, body: bytes, read: Callable[[bytes], Reply]) -> Reply | TruthUnavailable:
        """Send a call and return what ``read`` finds in the reply. Return the error, and remember it, if that fails."""
        try:
            exchange = self._post(path, body)
            try:
                return read(exchange.body)
            except NOT_JSON as error:
                raise unreadable_reply(exchange, error) from None
        except AccessRefused:
            raise
        except TruthUnavailable as problem:
            self._failed.add(path)
            why = shorten(str(problem), MAX_REASON_CHARS)
            self._remark(f"the store offers the capability batch, but POST {path} doesn't work: {why}")
            return problem


def _number_in(result: object) -> str | TruthUnavailable:
    """Return the number of an order that was made, or the reason why it was not."""
    if isinstance(result, dict) and "error" in result:
        where = f"{result['path']}: " if result.get("path") else ""
        return OrderRefused(f"the store refused the order: {where}{shorten(str(result['error']), MAX_REASON_CHARS)}")
    try:
        return created_number(result)
    except NOT_JSON as error:
        return TruthUnavailable(f"a result of POST {CREATE} can't be read: {error}")
