"""The source of truth that uses CS-Cart's own REST API: reads the orders of a real shop, and makes orders in it.

The API doesn't tell when an order was last changed (``MISSING_FIELDS``), so it can't list the orders of a window. The
suite looks up the orders that were exported. It takes the times of its own changes from the replies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from conformance.client.exchange import Exchange
from conformance.client.session import RequestSender
from conformance.core.errors import Inconclusive
from conformance.core.times import is_searchable, parse_http_date
from conformance.truth.cscart_client import MAX_LISTED_ROWS, ApiUnavailable, CsCartClient, JsonObject, api_message
from conformance.truth.cscart_drafts import (
    order_fields,
    own_products,
    product_fields,
    product_key,
    split_name,
    unsupported_parts,
)
from conformance.truth.cscart_orders import (
    MISSING_FIELDS,
    adds_up,
    order_of,
    read_rows,
    read_text,
    read_time,
    shipment_of,
    tells_options,
)
from conformance.truth.source import (
    AccessRefused,
    OneByOne,
    OrderRef,
    OrderRefused,
    TruthUnavailable,
    UnreadableOrders,
    delete_one_by_one,
    look_up,
)
from conformance.truth.suite_orders import SuiteOrder, run_began
from mockstore.orders.draft import Draft
from mockstore.orders.model import Item, Order, Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Status

MEANING_BY_LETTER = {"P": "paid", "O": "unpaid", "F": "cancelled", "D": "cancelled", "I": "cancelled"}
"""Letter of one of CS-Cart's own statuses → its meaning. A merchant may change the meaning."""


class CsCartTruth(OneByOne):
    """A shop that offers CS-Cart's REST API.

    ``shipped`` names the statuses that the add-on gives to shipped orders, because the API doesn't tell them.
    """

    name = "CS-Cart's REST API"
    alternative_source = " (use --control for that)"

    def __init__(self, url: str, email: str, key: str, session: RequestSender, shipped: tuple[str, ...] = ()) -> None:
        self._client, self._shipped = CsCartClient(url, email, key, session), shipped
        self._clock_ahead = timedelta(0)
        self._made: dict[str, datetime] = {}
        """Number of an order that this object made → when this object last changed it."""
        self._unfinished: set[str] = set()
        """Numbers of orders that were made, but not completed: the caller of :meth:`create` got an error."""
        self._products: dict[tuple[object, ...], str] = {}
        self._just_made: dict[str, Order] = {}
        self._unreadable = UnreadableOrders()
        self._remarks: list[str] = []
        self.unknown: dict[str, str] = {}

    @property
    def notices(self) -> tuple[str, ...]:
        """What the API couldn't tell so far: lists, and orders."""
        return (*self._remarks, *self._unreadable.notices)

    # ------------------------------------------------------------------ the shop

    @cached_property
    def facts(self) -> StoreFacts:
        """The shop's statuses, and its settings if the user may read them.

        Raises:
            TruthUnavailable: if the API can't be used, or a name in ``shipped`` is not one of the shop's statuses.
        """
        statuses = tuple(self._status(row) for row in self._statuses)
        known = [status.name for status in statuses]
        if unknown := [name for name in self._shipped if name not in known]:
            raise TruthUnavailable(f"the shop has no status {unknown[0]!r}; it has {', '.join(known)}")
        missing = list(MISSING_FIELDS)
        if self._zone is None:
            missing.append("shipments.shipped_on")
        if self._taxes_included:
            missing.append("tax")
        return StoreFacts(
            platform="CS-Cart",
            timezone=self._settings.get("timezone", "UTC") if self._zone else "UTC",
            weight_unit=self._settings.get("weight_symbol", ""),
            statuses=statuses,
            capabilities=("read", "create", "update", "delete"),
            lacks=tuple(missing),
        )

    def _status(self, row: JsonObject) -> Status:
        name = read_text(row, "description")
        return Status(name, MEANING_BY_LETTER.get(read_text(row, "status")), name in self._shipped)

    @cached_property
    def _statuses(self) -> tuple[JsonObject, ...]:
        return tuple(row for row in self._client.rows("statuses") if read_text(row, "type") in ("", "O"))

    @cached_property
    def _letters(self) -> dict[str, str]:
        return {read_text(row, "status"): read_text(row, "description") for row in self._statuses}

    @cached_property
    def _settings(self) -> dict[str, str]:
        return {read_text(row, "name"): read_text(row, "value") for row in self._optional("settings")}

    @cached_property
    def _zone(self) -> ZoneInfo | None:
        try:
            return ZoneInfo(self._settings["timezone"])
        except (KeyError, ValueError, ZoneInfoNotFoundError):
            return None

    @cached_property
    def _taxes_included(self) -> bool:
        """True if prices include tax, or may include it. An order's tax can't be judged then."""
        try:
            taxes = list(self._client.rows("taxes"))
        except AccessRefused:
            raise
        except TruthUnavailable:
            return True
        return any(read_text(row, "price_includes_tax") == "Y" and read_text(row, "status") != "D" for row in taxes)

    def _optional(self, entity: str) -> tuple[JsonObject, ...]:
        try:
            return tuple(self._client.rows(entity))
        except ApiUnavailable:
            return ()
        except AccessRefused:
            raise
        except TruthUnavailable as error:
            self._remarks.append(f"{self.name} doesn't tell the shop's {entity}: {error}")
            return ()

    # ------------------------------------------------------------------ reading

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """Return the orders that this object made and last changed in a period; the API can't list others by time."""
        found = (OrderRef(order, at) for order, at in self._made.items() if start <= at <= end)
        return tuple(sorted(found, key=lambda order: (order.modified_at, order.order_number)))

    def order(self, number: str) -> Order | None:
        """Return the order of ``GET /orders/{id}``; with shipments only if this object made it.

        An order whose amounts don't add up, or whose options have no names, counts as unknown: the API doesn't tell
        all payments, discounts and options.

        Raises:
            TruthUnavailable: if the order can't be read. The next call raises it again without a request.
        """
        if not (number.isascii() and number.isdigit()):
            return None
        self._unreadable.check(number)
        try:
            return self._read(number)
        except AccessRefused:
            raise
        except TruthUnavailable as error:
            self._unreadable.add(number, error)
            raise

    def _read(self, number: str) -> Order | None:
        if (made := self._just_made.pop(number, None)) is not None:
            return made
        row = self._client.one(f"orders/{number}")
        if row is None or read_text(row, "order_id") != number:
            return None
        letters = self._letters
        try:
            if number not in self._made:
                return order_of(row, letters, ()) if adds_up(row) and tells_options(row) else None
            order = order_of(row, letters, ())
            order = msgspec.structs.replace(order, shipments=tuple(self._shipments(row, order)))
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError) as error:
            raise TruthUnavailable(f"{self.name} describes order {number} wrongly: {error}") from None
        return msgspec.structs.replace(order, modified_at=max(order.placed_at, self._made[number]))

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Return orders, requested one after the other. Each takes several requests, and the API of a shop is slow."""
        return [look_up(self, number) for number in numbers]

    def _shipments(self, row: JsonObject, order: Order) -> list[Shipment]:
        ids = row.get("shipment_ids")
        if ids is None:
            found = [each for each in self._client.rows("shipments") if read_text(each, "order_id") == order.order_id]
        else:
            numbers = ids if isinstance(ids, list) else [each for each in str(ids).split(",") if each]
            found = [each for each in (self._client.one(f"shipments/{one}") for one in numbers) if each is not None]
        found.sort(key=lambda each: (len(read_text(each, "shipment_id")), read_text(each, "shipment_id")))
        return [shipment_of(each, order.items, self._zone) for each in found]

    # ------------------------------------------------------------------ changing

    def create(self, draft: Draft) -> str:
        """Make the products of an order, and place the order now, with methods and prices of the shop.

        Raises:
            OrderRefused: if the API can't hold the draft, or the shop made an order that differs from it.
        """
        if unsupported := next(unsupported_parts(draft), None):
            raise OrderRefused(f"{self.name} can't make {unsupported}{self.alternative_source}")
        products = {self._product(item): item.quantity for item in draft.items}
        fields = order_fields(draft, products, self._payment, self._shipping)
        exchange, made = self._client.send("POST", self._orders, fields)
        number = read_text(made, "order_id")
        if not number:
            raise OrderRefused(f"the shop refused the order: {exchange.outcome}: {api_message(exchange)}")
        self._made[number] = datetime.fromtimestamp(0, UTC)
        self._unreadable.forget(number)
        self._unreadable.leave_out(number)
        self._unfinished.add(number)
        try:
            self._finish(number, draft, exchange)
        except OrderRefused:
            if self.delete(number):
                self._unfinished.discard(number)
            raise
        self._unfinished.discard(number)
        return number

    def _finish(self, number: str, draft: Draft, exchange: Exchange) -> None:
        """Check that the shop's order agrees with the draft, complete it, and compare the shop's clock."""
        stored = self.order(number)
        if stored is None:
            raise OrderRefused(f"the shop replied that it made order {number}, but then had no such order")
        self._clock_ahead = stored.placed_at - _date(exchange)
        self._made[number] = stored.placed_at
        given, kept = draft.customer, stored.customer
        wanted = [item.quantity for item in draft.items]
        if sorted(wanted) != sorted(item.quantity for item in stored.items):
            raise OrderRefused("the shop made an order with other line items")
        if (given.shipping and kept.shipping and split_name(given.shipping.name) != split_name(kept.shipping.name)) or (
            given.billing.name.strip() and split_name(given.billing.name) != split_name(kept.billing.name)
        ):
            raise OrderRefused("the shop didn't keep the names")
        changes = {}
        if draft.status and draft.status != stored.status:
            changes["status"] = draft.status
        for name in ("customer_notes", "internal_notes"):
            if getattr(draft, name) != getattr(stored, name):
                changes[name] = getattr(draft, name)
        if changes:
            self.change(number, **changes)
            stored = self.order(number)
        if stored is not None:
            self._just_made[number] = stored
        for name in changes:
            if stored is None or getattr(stored, name).strip() != getattr(draft, name).strip():
                raise OrderRefused(f"the shop doesn't keep {name} over the REST API")

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order with ``PUT /orders/{id}``.

        Raises:
            OrderRefused: if the API or the shop can't make the change.
        """
        self._just_made.pop(number, None)
        if "modified_at" in fields:
            raise OrderRefused(f"{self.name} can't set the time of a change{self.alternative_source}")
        sent: JsonObject = {"notify_user": "0", "notify_department": "0", "notify_vendor": "0"}
        for name, value in fields.items():
            match name:
                case "status":
                    sent["status"] = self._letter(str(value))
                case "customer_notes":
                    sent["notes"] = value
                case "internal_notes":
                    sent["details"] = value
                case _:
                    raise OrderRefused(f"{self.name} can't change {name}{self.alternative_source}")
        exchange, _ = self._client.send("PUT", f"orders/{number}", sent)
        if not exchange.succeeded:
            raise OrderRefused(f"the shop refused the change: {exchange.outcome}: {api_message(exchange)}")
        self._made[number] = (_date(exchange) + self._clock_ahead).replace(microsecond=0)

    def _letter(self, name: str) -> str:
        for letter, known in self._letters.items():
            if known == name:
                return letter
        raise OrderRefused(f"the shop has no status {name}")

    def delete(self, number: str) -> bool:
        """Delete an order with ``DELETE /orders/{id}``. After the last order, delete the products that were made."""
        gone = self._client.delete(f"orders/{number}")
        if gone:
            self._made.pop(number, None)
        self._delete_products()
        return gone

    def _delete_products(self) -> None:
        """Delete the products that were made, if no order that was made is left."""
        if not self._made:
            for key, product in list(self._products.items()):
                if self._client.delete(f"products/{product}"):
                    del self._products[key]

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Delete orders one after the other, those with an error in their making too, and then the products."""
        left = delete_one_by_one(self, [*numbers, *sorted(self._unfinished - set(numbers))])
        with contextlib.suppress(TruthUnavailable, Inconclusive):
            self._delete_products()
        return left

    # ------------------------------------------------------------------ orders of earlier runs

    def suite_orders(self, now: datetime) -> Iterator[SuiteOrder]:
        """Read the shop's lists of orders, and yield those that runs of the suite made. It made them in its present."""
        for count, row in enumerate(self._client.rows("orders", sort_by="date", sort_order="desc"), start=1):
            if count == MAX_LISTED_ROWS:
                self._remarks.append(f"only the newest {count} orders of the shop were searched")
            email, number = read_text(row, "email").strip(), read_text(row, "order_id")
            began = run_began(email, now)
            if began is not None and number.isascii() and number.isdigit():
                yield SuiteOrder(
                    number=number,
                    email=email,
                    name=f"{read_text(row, 'firstname')} {read_text(row, 'lastname')}".strip(),
                    modified_at=read_time(row, "timestamp"),
                    run_began=began,
                )

    def adopt(self, number: str) -> None:
        """Delete an order of an earlier run, and its products, as if this object had made them.

        A product counts as one of the suite only if the suite makes products with its code and its name.
        """
        self._made.setdefault(number, datetime.fromtimestamp(0, UTC))
        row = self._client.one(f"orders/{number}") or {}
        for line in read_rows(row, "products"):
            product = read_text(line, "product_id")
            if product.isdigit() and (read_text(line, "product_code"), read_text(line, "product")) in own_products():
                self._products[number, product] = product

    def holds(self, number: str) -> bool:
        """True if the shop has the order."""
        return self._client.one(f"orders/{number}") is not None

    # ------------------------------------------------------------------ products and methods

    def _product(self, item: Item) -> str:
        key = product_key(item)
        if key not in self._products:
            unit = self._settings.get("weight_symbol", "")
            fields = product_fields(item, unit, self._category, self._company)
            exchange, made = self._client.send("POST", "products", fields)
            if not (product := read_text(made, "product_id")):
                raise OrderRefused(f"the shop refused the product {item.name!r}: {api_message(exchange)}")
            self._products[key] = product
        return self._products[key]

    @cached_property
    def _company(self) -> str:
        """The storefront that orders are placed at; empty if the shop has only one."""
        return next((read_text(row, "company_id") for row in self._optional("stores")), "")

    @property
    def _orders(self) -> str:
        return f"stores/{self._company}/orders" if self._company else "orders"

    @cached_property
    def _category(self) -> str:
        return self._first("categories", "category_id")

    @cached_property
    def _payment(self) -> str:
        return self._first("payments", "payment_id")

    @cached_property
    def _shipping(self) -> str:
        return self._first("shippings", "shipping_id")

    def _first(self, entity: str, key: str) -> str:
        active = (row for row in self._optional(entity) if read_text(row, "status") in ("", "A"))
        found = next((read_text(row, key) for row in active), "")
        if not found:
            raise OrderRefused(f"the shop has no {entity} that the REST API could use")
        return found


def _date(exchange: Exchange) -> datetime:
    """Return the time in a reply's Date header; the present time if the reply has none."""
    moment = parse_http_date(exchange.header("Date"))
    return datetime.now(UTC) if moment is None or not is_searchable(moment) else moment
