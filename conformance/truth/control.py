"""The source of truth that uses the store control protocol: JSON over HTTP with a bearer token.

A store may describe some things wrongly: one fact, one order, one member of its orders. That costs only what is wrong:
the notices name it, the suite doesn't request it again, and doesn't judge by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote, quote_plus

import msgspec

from conformance.client.exchange import Exchange, Headers, Masked, beginning_of_body
from conformance.client.session import RequestSender
from conformance.contract.fields import cannot_tell, requirements_of
from conformance.core.errors import Inconclusive
from conformance.core.json_errors import NOT_JSON
from conformance.core.times import rfc3339
from conformance.truth.control_batch import (
    CREATE,
    DRAFTS_PER_CALL,
    LOOK_UP,
    ORDERS_PER_CALL,
    REMOVE,
    BatchCalls,
    parts,
)
from conformance.truth.control_forms import CreatedOrder, joined
from conformance.truth.control_messages import (
    content_of,
    created_number,
    facts_of,
    listed_orders,
    order_message,
    unknown_remarks,
)
from conformance.truth.lacks import is_lacking, unjudged_for_lack, without_lacking
from conformance.truth.source import (
    ORDERS_AT_ONCE,
    AccessRefused,
    OneByOne,
    OrderRef,
    OrderRefused,
    TruthUnavailable,
    UnreadableOrders,
    delete_one_by_one,
    listed,
    look_up,
    require_readable_size,
    unreadable_reply,
)
from conformance.truth.suite_orders import SuiteOrder, mark_of, run_began
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts

SEARCHED_YEARS = 11
MAY_BE_ABSENT = frozenset({"account", "code"})
"""Members that a store need not have: it tells the same by leaving them out."""
MAX_REMARKS = 5
"""Remarks on one kind of reply, at most."""


class ControlCalls:
    """Makes the calls of the control protocol: its URL, its token, and the session that sends them."""

    def __init__(self, url: str, token: str, session: RequestSender) -> None:
        self.url, self._token, self._session = url.rstrip("/"), token, session

    def ask_together(self, method: str, paths: Sequence[str]) -> list[Exchange]:
        """Make several calls at the same moment, whatever the replies are."""
        return self._session.send_together([(method, self.url + path, self._headers(), b"") for path in paths])

    def _headers(self) -> Headers:
        return (("Authorization", Masked(f"Bearer {self._token}", "Bearer …")), ("Accept", "application/json"))

    def ask(self, method: str, path: str, body: bytes = b"", allow: range | tuple[int, ...] = ()) -> Exchange:
        """Make a call that must succeed, or fail with an allowed status.

        Raises:
            AccessRefused: the token was refused.
            TruthUnavailable: the call failed in another way.
        """
        headers = self._headers()
        if body:
            headers = (*headers, ("Content-Type", "application/json"))
        exchange = self._session.send(method, self.url + path, headers, body)
        require_readable_size(exchange)
        if exchange.succeeded or (exchange.status in allow and exchange.status not in (401, 403)):
            return exchange
        if exchange.status in (401, 403):
            raise AccessRefused(
                f"the control protocol refused the token ({exchange.outcome}): check --control-token-env"
            )
        raise TruthUnavailable(
            f"{method} {self.url}{path} failed: {exchange.outcome}: {beginning_of_body(exchange)}".rstrip(": ")
        )


class ControlTruth(OneByOne):
    """A store that offers the control protocol."""

    name = "the control protocol"
    alternative_source = ""

    def __init__(self, url: str, token: str, session: RequestSender) -> None:
        self._calls = ControlCalls(url, token, session)
        self._ask = self._calls.ask
        self._facts: StoreFacts | None = None
        self._remarks: dict[str, None] = {}
        """Notices on the facts and on lists of orders, in their sequence."""
        self._unreadable = UnreadableOrders()
        self._unknown_members: dict[str, str] = {}
        """Path of a member that the protocol doesn't have → the first order with it, and what the member may mean."""
        self._strange: dict[str, str] = {}
        """Kind of object that had an unknown member which resembles no missing one → that, in words."""
        self._absent: dict[str, frozenset[str]] = {}
        """Kind of object → its members that no order told so far, not even as null."""
        self._untold: dict[str, str] = {}
        """Field that the messages of orders don't tell → why."""
        self._unknown: dict[str, str] = {}
        self._batch = BatchCalls(partial(self._ask, "POST"), self._remarks.setdefault)

    @property
    def facts(self) -> StoreFacts:
        """The reply to ``GET /store``, requested once."""
        if self._facts is None:
            exchange = self._ask("GET", "/store")
            try:
                self._facts, remarks = facts_of(content_of(exchange.body))
            except NOT_JSON as error:
                raise unreadable_reply(exchange, error) from None
            self._remark("GET /store", remarks)
            for requirement, field in unjudged_for_lack(self._facts).items():
                self._unknown.setdefault(requirement, f"the store declares that it lacks {field}")
        return self._facts

    @property
    def notices(self) -> Sequence[str]:
        """What the store told wrongly so far."""
        found = [*self._remarks, *self._unreadable.notices, *self._untold.values()]
        if self._unknown_members:
            members = (f"{path} ({note})" for path, note in self._unknown_members.items())
            found.append(
                f"orders of {self.name} have members that the protocol doesn't have, and the suite ignores them: "
                f"{listed(members)}"
            )
        if fields := [field for field, _ in self._never_told() if field not in self._untold]:
            found.append(
                f"no order of {self.name} that was read has these members: {listed(fields)}. Orders count as having "
                'none of this; if the shop can\'t store it, GET /store names it in "lacks"'
            )
        if found:
            found.append(f"'conformance check-control {self._calls.url}' names everything that {self.name} does wrong")
        return found

    @property
    def unknown(self) -> dict[str, str]:
        """Requirement → why it can't be judged: the orders that were read so far don't tell a field.

        A field that no order told is judged as empty. But if these orders have unknown members in its place, the
        field may be one of them.
        """
        found = dict(self._unknown)
        if not self._strange:
            return found
        for field, place in self._never_told():
            if why := self._strange.get(place):
                for requirement in requirements_of(field):
                    found.setdefault(requirement, f"no order has {field}, but {why}, so the suite can't judge by it")
        return found

    def _never_told(self) -> Iterator[tuple[str, str]]:
        """Yield each field that no order told so far, and that the store can keep, with its kind of object."""
        for place, names in self._absent.items():
            for name in sorted(names):
                field = joined(place, name)
                if name not in MAY_BE_ABSENT and not is_lacking(self.facts, field):
                    yield field, place

    def _remark(self, request: str, remarks: Sequence[str]) -> None:
        for remark in remarks[:MAX_REMARKS]:
            self._remarks[f"the reply to {request} of {self.name} is wrong in part: {remark}"] = None
        if len(remarks) > MAX_REMARKS:
            more = len(remarks) - MAX_REMARKS
            self._remarks[f"the reply to {request} of {self.name} has {more} more mistakes of this kind"] = None

    def _leave_unjudged(self, field: str, why: str) -> None:
        for requirement in requirements_of(field):
            self._unknown.setdefault(requirement, f"{why}, so the suite can't judge by it")

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """Return the orders that ``GET /orders`` lists for a period. An entry that can't be read is left out."""
        query = f"?modified_from={quote_plus(rfc3339(start))}&modified_to={quote_plus(rfc3339(end))}"
        exchange = self._ask("GET", f"/orders{query}")
        try:
            found, remarks = listed_orders(content_of(exchange.body))
        except NOT_JSON as error:
            raise unreadable_reply(exchange, error) from None
        self._remark("GET /orders", remarks)
        return tuple(
            sorted(
                (order for order in found if start <= order.modified_at <= end),
                key=lambda order: (order.modified_at, order.order_number),
            )
        )

    def order(self, number: str) -> Order | None:
        """Return the order of ``GET /orders/{n}``; None for status 404.

        Raises:
            TruthUnavailable: if the order can't be read. The next call raises it again without a request.
        """
        self._unreadable.check(number)
        try:
            exchange = self._ask("GET", self._path_of(number), allow=(404,))
            return None if exchange.status == 404 else self._order_of(exchange, number)
        except AccessRefused:
            raise
        except TruthUnavailable as error:
            self._unreadable.add(number, error)
            raise

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Return several orders: with one call if the store offers that, else with several at the same time."""
        found: list[Order | TruthUnavailable | None] = []
        for some in parts(numbers, ORDERS_PER_CALL):
            messages = self._batch.look_up(some) if len(some) > 1 and self._has_batch(LOOK_UP) else None
            if messages is None:
                found += self._orders_of_single_calls(some)
            else:
                found += [self._order_or_error(*each) for each in zip(messages, some, strict=True)]
        return found

    def _order_or_error(self, message: bytes, number: str) -> Order | TruthUnavailable | None:
        """Return an order of a reply to a batch call; None for ``null``."""
        if message == b"null":
            return None
        try:
            self._unreadable.check(number)
            return self._order_in(message, number)
        except TruthUnavailable as error:
            self._unreadable.add(number, error)
            return error
        except NOT_JSON as error:
            problem = TruthUnavailable(f"order {number} in the reply to POST {LOOK_UP} can't be read: {error}")
            self._unreadable.add(number, problem)
            return problem

    def _orders_of_single_calls(self, numbers: Sequence[str]) -> Iterator[Order | TruthUnavailable | None]:
        """Yield the orders of ``GET /orders/{n}``. A failed request is sent again alone."""
        for some, replies in self._together("GET", numbers):
            for number, exchange in zip(some, replies, strict=True):
                try:
                    yield self._order_of(exchange, number) if exchange.succeeded else look_up(self, number)
                except TruthUnavailable as error:
                    self._unreadable.add(number, error)
                    yield error

    def _has_batch(self, path: str) -> bool:
        """True if the store offers batch calls, and this one hasn't failed."""
        return self._facts is not None and "batch" in self._facts.capabilities and self._batch.works(path)

    def _order_of(self, exchange: Exchange, number: str) -> Order:
        """Return the order in a reply to ``GET /orders/{n}``.

        Raises:
            TruthUnavailable: if the reply isn't this order.
        """
        try:
            return self._order_in(exchange.body, number)
        except NOT_JSON as error:
            raise unreadable_reply(exchange, error) from None

    def _order_in(self, body: bytes, number: str) -> Order:
        """Return the order in a message, and remember which of its members are unknown or missing.

        Raises:
            ValueError: if the message isn't this order (and the other exceptions in :data:`NOT_JSON`).
        """
        message = order_message(body)
        order = message.order
        if number.strip() not in (order.order_number.strip(), order.order_id.strip()):
            raise ValueError(f"it is order {order.order_number!r}")
        for path, meant in message.unknown.items():
            self._unknown_members.setdefault(path, f"order {number}{f'; probably {meant}' if meant else ''}")
            if not meant:
                has = f"order {number} of {self.name} has {path}, which the protocol doesn't have"
                self._strange.setdefault(path.rpartition(".")[0], has)
        for place, names in message.absent.items():
            self._absent[place] = self._absent.get(place, names) & names
        for field, misspelt in message.untold.items():
            if field not in self._untold and not cannot_tell(self.facts, field):
                has = f"; it has {misspelt}, which the protocol doesn't have" if misspelt else ""
                why = f"order {number} of {self.name} has no {field}{has}"
                self._untold[field] = f"{why}: {field} is not judged"
                self._leave_unjudged(field, why)
        return order

    def create(self, draft: Draft) -> str:
        """Make an order with ``POST /orders``."""
        exchange = self._ask(
            "POST", "/orders", msgspec.json.encode(without_lacking(draft, self.facts)), allow=range(400, 500)
        )
        if not exchange.succeeded:
            raise OrderRefused(f"the store refused the order: {exchange.outcome}: {beginning_of_body(exchange)}")
        try:
            content = content_of(exchange.body)
            number = created_number(content)
        except NOT_JSON as error:
            raise unreadable_reply(exchange, error) from None
        self._remark("POST /orders", unknown_remarks(content, CreatedOrder))
        self._note_own(number)
        return number

    def _note_own(self, number: str) -> None:
        self._unreadable.forget(number)
        self._unreadable.leave_out(number)

    @property
    def orders_per_call(self) -> int:
        """The number of orders that one call makes, at most."""
        return DRAFTS_PER_CALL if self._has_batch(CREATE) else 1

    def create_several(self, drafts: Sequence[Draft]) -> list[str | TruthUnavailable]:
        """Make orders with ``POST /orders/batch``, or a single order with ``POST /orders``.

        Raises:
            BatchRefused: if the batch call failed. The next orders are made one by one.
        """
        if len(drafts) == 1:
            return super().create_several(drafts)
        made = self._batch.create([without_lacking(draft, self.facts) for draft in drafts])
        for number in made:
            if isinstance(number, str):
                self._note_own(number)
        return made

    def made_from(self, drafts: Sequence[Draft]) -> list[str]:
        """Return the numbers of the orders that the store made from some of these drafts, as far as it lists them."""
        times = [draft.modified_at for draft in drafts if draft.modified_at is not None]
        marks = {mark for draft in drafts if (mark := mark_of(draft.customer))}
        if not times:
            return []
        listed_numbers = [ref.order_number for ref in self.modified_between(min(times), max(times))]
        return [
            number
            for number, order in zip(listed_numbers, self.orders(listed_numbers), strict=True)
            if isinstance(order, Order) and mark_of(order.customer) in marks
        ]

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order with ``PATCH /orders/{n}``."""
        body = msgspec.json.encode(fields)
        exchange = self._ask("PATCH", self._path_of(number), body, allow=range(400, 500))
        if not exchange.succeeded:
            raise OrderRefused(f"the store refused the change: {exchange.outcome}: {beginning_of_body(exchange)}")

    def delete(self, number: str) -> bool:
        """Delete an order with ``DELETE /orders/{n}``."""
        exchange = self._ask("DELETE", self._path_of(number), allow=range(400, 600))
        return exchange.succeeded or exchange.status == 404

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Delete orders: with one call if the store offers that, else with several at the same time.

        What such a call doesn't delete is deleted alone.
        """
        left: list[str] = []
        try:
            if len(numbers) > 1 and self._has_batch(REMOVE):
                for few in parts(numbers, ORDERS_PER_CALL):
                    gone = self._batch.remove(few) if self._has_batch(REMOVE) else [False] * len(few)
                    left += [number for number, done in zip(few, gone, strict=True) if not done]
                numbers, left = left, []
            for some, replies in self._together("DELETE", numbers):
                gone = [exchange.succeeded or exchange.status == 404 for exchange in replies]
                left += [number for number, done in zip(some, gone, strict=True) if not done]
        except (Inconclusive, TruthUnavailable):
            left = list(numbers)
        return delete_one_by_one(self, left)

    # ------------------------------------------------------------------ orders of earlier runs

    def suite_orders(self, now: datetime) -> Iterator[SuiteOrder]:
        """Look up every order of the last eleven years, and yield those that runs of the suite made.

        Specimens are modified up to ten years before their run.
        """
        seen: set[str] = set()
        for year in range(SEARCHED_YEARS):
            end = now + timedelta(days=2) - timedelta(days=366 * year)
            numbers = [each.order_number for each in self.modified_between(end - timedelta(days=366), end)]
            new = [number for number in dict.fromkeys(numbers) if number not in seen]
            seen.update(new)
            for order in self.orders(new):
                if isinstance(order, Order) and (began := run_began(mark_of(order.customer), now)):
                    customer = order.customer
                    yield SuiteOrder(
                        number=order.order_number,
                        email=customer.email.strip(),
                        name=customer.billing.name or (customer.shipping.name if customer.shipping else ""),
                        modified_at=order.modified_at,
                        run_began=began,
                    )

    def adopt(self, number: str) -> None:
        """Do nothing: an order of another run is deleted like one's own."""

    def holds(self, number: str) -> bool:
        """True if the store has the order."""
        return self._ask("GET", self._path_of(number), allow=(404,)).status != 404

    def _together(self, method: str, numbers: Sequence[str]) -> Iterator[tuple[Sequence[str], list[Exchange]]]:
        for start in range(0, len(numbers), ORDERS_AT_ONCE):
            some = numbers[start : start + ORDERS_AT_ONCE]
            yield some, self._calls.ask_together(method, [self._path_of(each) for each in some])

    @staticmethod
    def _path_of(number: str) -> str:
        return f"/orders/{quote(number, safe='')}"
