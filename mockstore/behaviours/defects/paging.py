"""Defects of paging: the ``pages`` attribute, and the orders of a page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import OrderList, all_orders, edit_body
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import OrderSelection, Page, Refusal, Reply, Request, RequestedWindow
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


def _set_pages(behaviour: Behaviour, state: Callable[[Page, str | None], str | None]) -> Behaviour:
    return replace(behaviour, state_pages=lambda page: state(page, behaviour.state_pages(page)))


def _edit_page_parameter(behaviour: Behaviour, change: Callable[[str | None], str | None]) -> Behaviour:
    """Change the page parameter before it is read."""

    def read_page(request: Request) -> int:
        changed = change(request.query.get("page"))
        rest = {name: value for name, value in request.query.items() if name != "page"}
        return behaviour.read_page(replace(request, query=rest if changed is None else rest | {"page": changed}))

    return replace(behaviour, read_page=read_page)


def _replace_page_after_last(behaviour: Behaviour, instead: Callable[[OrderSelection, Page, Shop], Page]) -> Behaviour:
    """Replace the content of a page after the last one."""

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        return instead(selection, page, shop) if number > page.pages else page

    return replace(behaviour, paginate=paginate)


# ---------------------------------------------------------------- pages


@defect("orders-with-page-attribute", "Orders has an attribute `page`, which the schema does not know.", "ORD-17")
def orders_with_page_attribute(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body.replace(b"<Orders", b'<Orders page="1"', 1))


@defect("pages-missing", "`pages` is always missing.", "PAG-1")
def pages_missing(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: None)


@defect(
    "pages-missing-on-first",
    "`pages` is missing on page 1, so that later pages are never requested.",
    "PAG-1",
    seen="several",
)
def pages_missing_on_first(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: None if page.number == 1 else pages)


@defect("pages-rounded-down", "`pages` is rounded down: a last page that is not full is never requested.", "PAG-1")
def pages_rounded_down(behaviour: Behaviour) -> Behaviour:
    return _count_pages(behaviour, lambda found, size: max(1, found // size))


@defect("pages-of-one-fewer", "`pages` is computed from one order fewer: a last page with one order is lost.", "PAG-2")
def pages_of_one_fewer(behaviour: Behaviour) -> Behaviour:
    return _count_pages(behaviour, lambda found, size: max(1, -(-(found - 1) // size)))


@defect("pages-always-one", "`pages` is always 1.", "PAG-1")
def pages_always_one(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: "1")


@defect("pages-counts-orders", "`pages` is the number of orders, not of pages.", "PAG-1")
def pages_counts_orders(behaviour: Behaviour) -> Behaviour:
    return _count_pages(behaviour, lambda found, size: max(1, found))


def _count_pages(behaviour: Behaviour, count: Callable[[int, int], int]) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        return replace(page, pages=count(len(selection), shop.orders_per_page))

    return replace(behaviour, paginate=paginate)


@defect("pages-counts-down", "`pages` is the number of pages that are left.", "PAG-6")
def pages_counts_down(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: str(max(0, page.pages - page.number + 1)))


@defect("pages-is-page-number", "`pages` of a later page is the number of that page.", "PAG-6")
def pages_is_page_number(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: pages if page.number == 1 else str(page.number))


@defect("pages-with-decimals", "`pages` has decimals.", "CON-1 ORD-1 PAG-6")
def pages_with_decimals(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: f"{page.pages}.0")


@defect("pages-empty", "`pages` is an empty attribute if there is one page.", "CON-1 ORD-1 PAG-6")
def pages_empty(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: "" if page.pages == 1 else pages)


# ---------------------------------------------------------------- the orders of a page


@defect(
    "pages-without-order",
    "The query has LIMIT without ORDER BY: each request gets the orders in another sequence.",
    "PAG-2 PAG-3",
    seen="CS-Cart",
)
def pages_without_order(behaviour: Behaviour) -> Behaviour:
    asked = 0

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        nonlocal asked
        asked += 1
        orders = list(all_orders(selection))
        turn = asked * 7 % max(1, len(orders))
        return behaviour.paginate(OrderList(orders[turn:] + orders[:turn]), number, shop)

    return replace(behaviour, paginate=paginate)


@defect(
    "page-again-other-orders",
    "A window that is requested again is sorted in reverse.",
    "PAG-3",
)
def page_again_other_orders(behaviour: Behaviour) -> Behaviour:
    readings: dict[RequestedWindow, int] = {}

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        orders = list(all_orders(behaviour.select(store, window)))
        return _ReversibleOrders(orders, lambda first: _reverses(window, first))

    def _reverses(window: RequestedWindow, first: bool) -> bool:
        readings[window] = readings.get(window, 0) + first
        return readings[window] % 2 == 0

    return replace(behaviour, select=select)


@dataclass(frozen=True, slots=True)
class _ReversibleOrders:
    orders: list[Order]
    is_reversed: Callable[[bool], bool]

    def __len__(self) -> int:
        return len(self.orders)

    def slice(self, offset: int, limit: int) -> list[Order]:
        orders = self.orders[::-1] if self.is_reversed(offset == 0) else self.orders
        return orders[offset : offset + limit]


def _cut_page(behaviour: Behaviour, position: Callable[[int, int], tuple[int, int]]) -> Behaviour:
    """Cut a page at another position: ``position`` returns offset and limit for page number and page size."""

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        offset, limit = position(number, shop.orders_per_page)
        return replace(page, orders=selection.slice(max(0, offset), limit))

    return replace(behaviour, paginate=paginate)


@defect("limit-one-too-few", "LIMIT is one too small: the last order of each full page is lost.", "PAG-2")
def limit_one_too_few(behaviour: Behaviour) -> Behaviour:
    return _cut_page(behaviour, lambda number, size: ((number - 1) * size, size - 1))


@defect(
    "limit-one-too-many", "LIMIT is one too large: each page begins with the last order of the previous page.", "PAG-2"
)
def limit_one_too_many(behaviour: Behaviour) -> Behaviour:
    return _cut_page(behaviour, lambda number, size: ((number - 1) * size, size + 1))


@defect("offset-one-too-few", "OFFSET is one too small: each page from the second on repeats an order.", "PAG-2")
def offset_one_too_few(behaviour: Behaviour) -> Behaviour:
    return _cut_page(behaviour, lambda number, size: ((number - 1) * size - 1, size))


@defect(
    "pages-counted-from-zero", "Pages are counted from 0: page 1 is the second, and the first is never sent.", "PAG-2"
)
def pages_counted_from_zero(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        size = shop.orders_per_page
        if len(selection) <= size:
            return behaviour.paginate(selection, number, shop)
        return replace(behaviour.paginate(selection, number, shop), orders=selection.slice(number * size, size))

    return replace(behaviour, paginate=paginate)


@defect(
    "page-begins-after-last-time",
    "A page begins after the modification time of the previous page's last order: orders of the same second are lost.",
    "PAG-2",
)
def page_begins_after_last_time(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        rest = sorted(all_orders(selection), key=lambda order: order.modified_at)
        shown = rest[: shop.orders_per_page]
        for _ in range(number - 1):
            rest = [order for order in rest if shown and order.modified_at > shown[-1].modified_at]
            shown = rest[: shop.orders_per_page]
        return replace(page, orders=shown)

    return replace(behaviour, paginate=paginate)


@defect(
    "order-comes-with-its-parent",
    "An order with several lines is exported twice: once by itself, and once with its parent order.",
    "PAG-2",
    seen="CS-Cart marketplace",
)
def order_comes_with_its_parent(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        twice = [order for order in page.orders for _ in range(2 if len(order.items) > 1 else 1)]
        return replace(page, orders=twice)

    return replace(behaviour, paginate=paginate)


@defect("pages-one-more-when-full", "`pages` is one too high if the last page is full.", "PAG-1")
def pages_one_more_when_full(behaviour: Behaviour) -> Behaviour:
    return _count_pages(behaviour, lambda found, size: found // size + 1)


@defect(
    "pages-counts-orders-not-exported",
    "`pages` counts orders that are not exported, too, and a page without orders is answered 404.",
    "CON-12",
)
def pages_counts_orders_not_exported(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        if number > 1 and not page.orders:
            raise Refusal(404, "There is no such page.")
        size = shop.orders_per_page
        not_exported = size - len(selection) % size + 1 if len(selection) > size else 0
        return replace(page, pages=max(1, -(-(len(selection) + not_exported) // size)))

    return replace(behaviour, paginate=paginate)


@defect("pages-of-all-orders", "`pages` counts all orders of the shop, not only those of the window.", "PAG-1 PAG-6")
def pages_of_all_orders(behaviour: Behaviour) -> Behaviour:
    whole = 0

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        nonlocal whole
        whole = len(store.window(None, None))
        return behaviour.select(store, window)

    counted = _count_pages(behaviour, lambda found, size: -(-whole // size))
    return replace(counted, select=select)


@defect("pages-negative", "`pages` is -1 if there is one page.", "ORD-17 PAG-6")
def pages_negative(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: "-1" if page.pages == 1 else pages)


@defect("pages-in-words", "`pages` contains a word: 6 pages.", "CON-1 ORD-1 PAG-6")
def pages_in_words(behaviour: Behaviour) -> Behaviour:
    return _set_pages(behaviour, lambda page, pages: f"{pages} pages")


# ---------------------------------------------------------------- pages after the last one, and invalid page numbers


@defect("past-the-end-repeats-last", "A page after the last one is the last page again.", "PAG-4")
def past_the_end_repeats_last(behaviour: Behaviour) -> Behaviour:
    return _replace_page_after_last(
        behaviour, lambda selection, page, shop: behaviour.paginate(selection, page.pages, shop)
    )


@defect("past-the-end-begins-again", "A page after the last one is the first page again.", "PAG-4")
def past_the_end_begins_again(behaviour: Behaviour) -> Behaviour:
    return _replace_page_after_last(behaviour, lambda selection, page, shop: behaviour.paginate(selection, 1, shop))


@defect("past-the-end-500", "A page after the last one is answered 500.", "PAG-4")
def past_the_end_500(behaviour: Behaviour) -> Behaviour:
    return _replace_page_after_last(behaviour, _refuse_page(Refusal(500, "Something failed in the store.")))


@defect("past-the-end-empty-body", "A page after the last one has an empty body with status 200.", "PAG-4")
def past_the_end_empty_body(behaviour: Behaviour) -> Behaviour:
    return _replace_page_after_last(behaviour, _refuse_page(Refusal(200, "")))


def _refuse_page(refusal: Refusal) -> Callable[[OrderSelection, Page, Shop], Page]:
    def instead(selection: OrderSelection, page: Page, shop: Shop) -> Page:
        raise Refusal(refusal.status, refusal.sentence)

    return instead


@defect(
    "page-0-negative-offset",
    "Page 0 and negative pages lead to a negative OFFSET and are answered 500.",
    "PAG-5",
    seen="WooCommerce",
)
def page_0_negative_offset(behaviour: Behaviour) -> Behaviour:
    def change(page: str | None) -> str | None:
        if page == "0" or (page is not None and page.startswith("-")):
            raise Refusal(500, "Something failed in the store.")
        return page

    return _edit_page_parameter(behaviour, change)


@defect("page-no-number-500", "A page that is not a number is answered 500.", "PAG-5 SEC-4")
def page_no_number_500(behaviour: Behaviour) -> Behaviour:
    def change(page: str | None) -> str | None:
        if page is not None and not page.lstrip("-").isdigit():
            raise Refusal(500, "Something failed in the store.")
        return page

    return _edit_page_parameter(behaviour, change)


@defect("page-missing-500", "A request without the page parameter is answered 500.", "PAG-5")
def page_missing_500(behaviour: Behaviour) -> Behaviour:
    def change(page: str | None) -> str | None:
        if page is None:
            raise Refusal(500, "Something failed in the store.")
        return page

    return _edit_page_parameter(behaviour, change)


@defect(
    "page-sign-ignored",
    "Signs and decimal points in a page number are ignored: -1 is page 1, 1.5 is page 15.",
    "PAG-5",
)
def page_sign_ignored(behaviour: Behaviour) -> Behaviour:
    return _edit_page_parameter(
        behaviour,
        lambda page: (
            "".join(c for c in page if c.isdigit()) if page is not None and page[:1] in "-+0123456789" else page
        ),
    )


@defect("page-0-is-empty", "Page 0 is an empty document.", "PAG-5")
def page_0_is_empty(behaviour: Behaviour) -> Behaviour:
    return _edit_page_parameter(behaviour, lambda page: "999999" if page == "0" else page)


@defect(
    "page-missing-gives-all", "A request without the page parameter gets all orders of the window at once.", "PAG-5"
)
def page_missing_gives_all(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        if number != WITHOUT_LIMIT:
            return behaviour.paginate(selection, number, shop)
        return Page(all_orders(selection), 1, 1)

    return replace(
        _edit_page_parameter(behaviour, lambda page: str(WITHOUT_LIMIT) if page is None else page), paginate=paginate
    )


WITHOUT_LIMIT = 99_999_999
"""The page number that stands for a request without page."""


@defect(
    "cache-forgets-the-page",
    "A cache ignores the page parameter: every page is the first page.",
    "CON-8 CON-10 PAG-2 PAG-4 STA-4 WIN-11",
)
def cache_forgets_the_page(behaviour: Behaviour) -> Behaviour:
    replies: dict[str, Reply] = {}

    def send(body: bytes, request: Request) -> Reply:
        rest = "&".join(part for part in request.target.split("&") if not part.startswith("page="))
        return replies.setdefault(rest, behaviour.send(body, request))

    return replace(behaviour, send=send)


@defect(
    "pages-count-guests-once",
    "`pages` counts the customers of the orders, all guests as one: the last pages are never named, and are empty.",
    "PAG-2",
)
def pages_count_guests_once(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        customers = {order.customer.code for order in all_orders(selection)}
        pages = max(1, -(-len(customers) // shop.orders_per_page))
        return Page(page.orders if number <= pages else [], number, pages)

    return replace(behaviour, paginate=paginate)


# ---------------------------------------------------------------- orders that have something in common


def _once_each(behaviour: Behaviour, key: Callable[[Order], object]) -> Behaviour:
    """Keep only the last order of those with the same key."""

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = {key(order): order for order in all_orders(behaviour.select(store, window))}
        return OrderList(sorted(found.values(), key=lambda order: order.modified_at))

    return replace(behaviour, select=select)


def _who(order: Order) -> str:
    return order.customer.code or order.customer.email


@defect(
    "one-order-of-a-customer-and-second",
    "The query groups by customer and time: of two orders of one customer in one second, only one is exported.",
    "SHP-15 WIN-1",
)
def one_order_of_a_customer_and_second(behaviour: Behaviour) -> Behaviour:
    return _once_each(behaviour, lambda order: (_who(order) or order.order_id, order.modified_at))


@defect(
    "double-clicks-left-out",
    "An order of the same customer, total and minute counts as a double click, and is left out.",
    "SHP-15 WIN-1",
)
def double_clicks_left_out(behaviour: Behaviour) -> Behaviour:
    return _once_each(
        behaviour,
        lambda order: (_who(order) or order.order_id, order.total, order.modified_at.replace(second=0)),
    )


@defect(
    "order-of-each-account-with-its-address",
    "Orders are joined with accounts by e-mail address: an order comes once for each account with its address.",
    "PAG-2",
)
def order_of_each_account_with_its_address(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        accounts: dict[str, set[str]] = {}
        for order in store.orders():
            if order.customer.code:
                accounts.setdefault(order.customer.email, set()).add(order.customer.code)
        found = all_orders(behaviour.select(store, window))
        return OrderList([order for order in found for _ in range(max(1, len(accounts.get(order.customer.email, ()))))])

    return replace(behaviour, select=select)


def _take_places(behaviour: Behaviour, rows: Callable[[Store, RequestedWindow], list[Order]]) -> Behaviour:
    """Cut pages from ``rows``, which have orders without a number among the others, and leave these out afterwards."""
    found: list[OrderList] = []

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found[:] = [OrderList(rows(store, window))]
        return OrderList([order for order in found[0].orders if order.order_number])

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        held = behaviour.paginate(found[0], number, shop).orders if page.orders else ()
        return replace(page, orders=[order for order in held if order.order_number])

    return replace(behaviour, select=select, paginate=paginate)


def _without_number(order: Order) -> Order:
    return msgspec.structs.replace(order, order_number="")


@defect(
    "deleted-orders-take-places",
    "Deleted orders are marked, and left out after LIMIT and OFFSET: where others fill the pages, the last are lost.",
    "PAG-2",
)
def deleted_orders_take_places(behaviour: Behaviour) -> Behaviour:
    def rows(store: Store, window: RequestedWindow) -> list[Order]:
        found = []
        for order in all_orders(behaviour.select(store, window)):
            found.append(order)
            number = int(order.order_number) if order.order_number.isdecimal() else 0
            # a store numbers new orders one after the other
            if number and store.find(str(number + 1)) is None and store.find(str(number + 2)) is not None:
                found.append(_without_number(order))
        return found

    return _take_places(behaviour, rows)


@defect(
    "orders-left-out-take-places",
    "Orders without a shipping address are not counted, and are left out after LIMIT and OFFSET: where others fill the "
    "pages, the last are lost.",
    "PAG-2",
)
def orders_left_out_take_places(behaviour: Behaviour) -> Behaviour:
    def rows(store: Store, window: RequestedWindow) -> list[Order]:
        found = all_orders(behaviour.select(store, window))
        return [order if order.customer.shipping else _without_number(order) for order in found]

    return _take_places(behaviour, rows)


# ---------------------------------------------------------------- ten pages and more


@defect(
    "page-numbers-compared-as-texts",
    "Whether a page is after the last one is decided by comparing texts: of ten pages, 2 to 9 are empty.",
    "PAG-2",
)
def page_numbers_compared_as_texts(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        return replace(page, orders=()) if str(number) > str(page.pages) else page

    return replace(behaviour, paginate=paginate)


@defect("first-digit-of-page", "Only the first digit of the page is read: page 10 is page 1.", "PAG-2 PAG-4")
def first_digit_of_page(behaviour: Behaviour) -> Behaviour:
    return _edit_page_parameter(behaviour, lambda page: page[:1] if page and page.isdigit() else page)


# ---------------------------------------------------------------- many lines on a page


def _lines_of_page(behaviour: Behaviour, limit: int) -> Behaviour:
    """Leave out the lines of a page after the first ``limit``."""

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page, room, kept = behaviour.paginate(selection, number, shop), limit, []
        for order in page.orders:
            kept.append(msgspec.structs.replace(order, items=order.items[:room]))
            room = max(0, room - len(order.items))
        return replace(page, orders=kept)

    return replace(behaviour, paginate=paginate)


@defect("lines-of-a-page-300", "All lines of a page are read by one query with LIMIT 300.", "ITM-1 ORD-9")
def lines_of_a_page_300(behaviour: Behaviour) -> Behaviour:
    return _lines_of_page(behaviour, 300)
