"""``/api/orders``: list, read, create, update, delete."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from mockstore.orders.model import Address, Customer, Item, Order
from mockstore.orders.totals import with_total_and_weight
from mockstore.orders.virtual import SHIPPING_METHODS
from mockstore.rest.access import ApiAccount
from mockstore.rest.message import FieldReader, NoSuchRow, RestError, RestReply, Row, page_of
from mockstore.rest.numbers import PAYMENTS, SHIPPING_IDS, user_id
from mockstore.rest.presentation import full_order, letter_of, listed_order, split_name
from mockstore.rest.products import make_line
from mockstore.rest.shipments import Shipments
from mockstore.store.statuses import lettered_statuses
from mockstore.store.store import Store

MAX_SEARCHED_ORDERS = 20_000
"""Most orders that a list sorts and searches. Larger stores are listed only as a whole, last change first."""

STATUS_PRIVILEGE = "change_order_status"

SORT_KEYS: dict[str, Callable[[Order], object]] = {
    "date": lambda order: (order.placed_at, _by_id(order)),
    "order_id": lambda order: _by_id(order),
    "status": lambda order: (order.status, _by_id(order)),
    "total": lambda order: (order.total, _by_id(order)),
    "email": lambda order: (order.customer.email, _by_id(order)),
    "customer": lambda order: (split_name(order.customer.billing.name)[::-1], _by_id(order)),
}


def _by_id(order: Order) -> tuple[int, str]:
    return len(order.order_id), order.order_id


class _Newest:
    """The orders by their last change, newest first. They are read page by page."""

    def __init__(self, store: Store) -> None:
        self._view = store.window(None, None)

    def __len__(self) -> int:
        return len(self._view)

    def __getitem__(self, place: slice) -> list[Order]:
        start, stop, _ = place.indices(len(self))
        return list(self._view.slice(len(self) - stop, stop - start))[::-1]


class Orders:
    """The orders of a store."""

    def __init__(self, store: Store, shipments: Shipments) -> None:
        self._store, self._shipments = store, shipments

    def page(self, params: Row, size: int) -> tuple[list[Row], Row]:
        """Return a page of orders.

        Raises:
            RestError: 400, the store has too many orders for the filter or sequence.
        """
        known = lettered_statuses(self._store)
        sort_by, sequence = params.get("sort_by", "date"), params.get("sort_order", "desc")
        if sort_by not in SORT_KEYS:
            sort_by = "date"
        params = {
            **params,
            "include_incompleted": False,
            "sort_order": "asc" if sequence == "asc" else "desc",
            "sort_by": sort_by,
            "sort_order_rev": "desc" if sequence == "asc" else "asc",
        }
        asked = {name: params[name] for name in ("status", "user_id", "company_id", "email") if params.get(name)}
        orders: list[Order] | _Newest
        if len(self._store.window(None, None)) > MAX_SEARCHED_ORDERS:
            if asked or (sort_by, sequence) != ("date", "desc"):
                raise RestError(
                    400, f"stores of more than {MAX_SEARCHED_ORDERS:,} orders are listed only as a whole and by date"
                )
            orders = _Newest(self._store)
        else:
            letters = {status.name: status.letter for status in known}
            orders = [order for order in self._store.orders() if _matches(order, asked, letters)]
            orders.sort(key=SORT_KEYS[sort_by], reverse=sequence != "asc")  # type: ignore[arg-type]
        version = self._store.version
        return page_of(
            orders,  # type: ignore[arg-type]
            lambda order: listed_order(order, letter_of(order.status, known), version),
            params,
            size,
        )

    def find(self, number: str) -> Order:
        """Return the order with that id.

        Raises:
            RestError: 404, there is no such order.
        """
        order = self._store.find_by_id(number)
        if order is None:
            raise NoSuchRow
        return order

    def read(self, number: str) -> Row:
        """Return an order."""
        order = self.find(number)
        letter = letter_of(order.status, lettered_statuses(self._store))
        return full_order(order, self._store, letter, self._shipments.numbers(order))

    # ------------------------------------------------------------------ changing

    def create(self, fields: FieldReader) -> RestReply:
        """Create an order.

        Raises:
            RestError: 400, a field is missing or wrong.
        """
        known, shop, now = self._store.version, self._store.shop, self._store.clock.now()
        customer = self._customer(fields)
        fields.need("payment_id")
        if known.rest_order_shipping != "optional":
            fields.need("shipping_id")
        if known.rest_order_products:
            fields.need("products")
        items = self._items(fields)
        method = self._shipping(fields)
        placed = now
        if known.rest_timestamps and fields.has("timestamp"):
            placed = fields.moment("timestamp")
        names_known = {status.letter: status.name for status in lettered_statuses(self._store)}
        order = with_total_and_weight(
            Order(
                order_number="",
                order_id="",
                status=names_known.get("O", shop.statuses[0].name),
                placed_at=placed,
                modified_at=now,
                currency=shop.currency,
                customer=customer,
                shipping_method=method,
                payment_method=self._payment(fields),
                shipping_amount=_price(method),
                customer_notes=fields.text("notes") if known.rest_customer_notes else "",
                internal_notes=fields.text("details") if known.rest_staff_notes else "",
                items=items,
            )
        )
        return RestReply(201, {"order_id": int(self._store.create(order).order_id)})

    def update(self, number: str, fields: FieldReader, account: ApiAccount) -> RestReply:
        """Change an order: status, notes, methods, products, customer.

        Raises:
            RestError: 404, there is no such order; 403, the privilege is missing; 400, a field is wrong.
        """
        order = self.find(number)
        known = self._store.version
        changes: dict[str, object] = {}
        if fields.has("status"):
            if known.rest_status_privilege and not account.may(STATUS_PRIVILEGE):
                raise RestError(403)
            changes["status"] = self._status(fields)
        if fields.has("notes"):
            changes["customer_notes"] = fields.text("notes")
        if fields.has("details"):
            changes["internal_notes"] = fields.text("details")
        if fields.has("payment_id"):
            changes["payment_method"] = self._payment(fields)
        if fields.has("shipping_id") or fields.has("shipping_ids"):
            method = self._shipping(fields)
            changes |= {"shipping_method": method, "shipping_amount": _price(method)}
        if fields.has("products"):
            changes |= {"items": self._items(fields), "discounts": (), "tax": Decimal(0)}
        if fields.has("user_data"):
            changes["customer"] = _buyer(fields.inner("user_data"), order.customer, known.phone_limit)
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            changed = msgspec.structs.replace(held, **changes, modified_at=self._store.clock.now())
            if changes.keys() & {"items", "shipping_method"}:
                changed = with_total_and_weight(changed)
            work.write(changed)
        return RestReply(200, {"order_id": number})  # the text of the URL, as CS-Cart replies

    def delete(self, number: str, account: ApiAccount) -> None:
        """Delete an order.

        Raises:
            RestError: 404, there is no such order; 403, the version allows it to the root administrator only.
        """
        if not (account.root or self._store.version.rest_any_admin):
            raise RestError(403)
        self._store.delete(self.find(number).order_number)

    # ------------------------------------------------------------------ reading fields

    def _customer(self, fields: FieldReader) -> Customer:
        wanted = fields.text("user_id", "0")
        if wanted != "0":
            found = next((each for each in self._store.orders() if user_id(each.customer) == wanted), None)
            if found is None:
                raise fields.wrong("user_id", "is not a user of this shop")
            return found.customer
        fields.need("user_data")
        data = fields.inner("user_data")
        data.need("email")
        return _buyer(data, Customer(), self._store.version.phone_limit)

    def _items(self, fields: FieldReader) -> tuple[Item, ...]:
        products = fields.inner("products")
        items = []
        for place, number in enumerate(products.sent):
            line = products.inner(number)
            product = line.text("product_id", number)
            amount = line.number("amount", 1, least=1)
            items.append(make_line(product, line.inner("product_options"), amount, place, self._store))
        return tuple(items)

    def _shipping(self, fields: FieldReader) -> str:
        names_known = {str(number): name for name, number in SHIPPING_IDS.items()}
        rule = self._store.version.rest_order_shipping
        name = "shipping_id" if fields.has("shipping_id") and rule != "optional" else "shipping_ids"
        if not fields.has(name):
            return next(iter(SHIPPING_METHODS))
        value = fields.sent[name]
        if isinstance(value, dict | list) and (rule == "grouped" or name == "shipping_ids"):
            group = fields.inner(name)
            wanted = group.text(next(iter(group.sent), ""))
        else:
            wanted = fields.text(name)
        if wanted not in names_known:
            raise fields.wrong(name, "is not a shipping method of this shop")
        return names_known[wanted]

    def _payment(self, fields: FieldReader) -> str:
        wanted = fields.text("payment_id")
        if wanted not in PAYMENTS:
            raise fields.wrong("payment_id", "is not a payment method of this shop")
        return PAYMENTS[wanted]

    def _status(self, fields: FieldReader) -> str:
        letter = fields.text("status")
        name = next((status.name for status in lettered_statuses(self._store) if status.letter == letter), None)
        if name is None:
            raise fields.wrong("status", "is not a status of this shop")
        return name


def _matches(order: Order, asked: Row, letters: dict[str, str]) -> bool:
    return (
        ("status" not in asked or letters.get(order.status) in asked["status"])
        and asked.get("user_id") in (None, user_id(order.customer))
        and asked.get("company_id") in (None, "1")
        and asked.get("email", "").casefold() in ("", order.customer.email.casefold())
    )


def _price(method: str) -> Decimal:
    return Decimal(SHIPPING_METHODS.get(method, 0)).scaleb(-2)


def _buyer(data: FieldReader, before: Customer, phone_limit: int) -> Customer:
    """Return the customer: the fields that were sent replace those before."""
    billing = _address(data, "b_", before.billing, phone_limit)
    company = data.text("company", before.billing.company)
    billing = msgspec.structs.replace(billing, company=company)
    sent = any(name.startswith("s_") for name in data.sent)
    shipping = _address(data, "s_", before.shipping or Address(), phone_limit) if sent else before.shipping
    if not sent and before.shipping is None:
        shipping = billing
    if sent and shipping is not None:
        shipping = msgspec.structs.replace(shipping, company=company)
    return msgspec.structs.replace(
        before,
        email=data.text("email", before.email),
        phone=data.text("phone", before.phone)[:phone_limit],
        billing=billing,
        shipping=shipping,
    )


def _address(data: FieldReader, prefix: str, before: Address, phone_limit: int) -> Address:
    first, last = split_name(before.name)
    first, last = data.text(f"{prefix}firstname", first), data.text(f"{prefix}lastname", last)
    return Address(
        name=f"{first} {last}" if last else first,
        company=before.company,
        phone=data.text(f"{prefix}phone", before.phone)[:phone_limit],
        address1=data.text(f"{prefix}address", before.address1),
        address2=data.text(f"{prefix}address_2", before.address2),
        city=data.text(f"{prefix}city", before.city),
        state=data.text(f"{prefix}state", before.state),
        postal_code=data.text(f"{prefix}zipcode", before.postal_code),
        country=data.text(f"{prefix}country", before.country),
    )
