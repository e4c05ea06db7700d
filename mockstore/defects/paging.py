"""Ways to get paging wrong: what ``pages`` says, and what a page holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from mockstore.changes import Listed, listed
from mockstore.defects import defect
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Page, Request, Selection, Window
from mockstore.orders.model import Order
from mockstore.shop import Shop
from mockstore.store import Store


def _stated(behaviour: Behaviour, state: Callable[[Page, str | None], str | None]) -> Behaviour:
    return replace(behaviour, state_pages=lambda page: state(page, behaviour.state_pages(page)))


def _asked(behaviour: Behaviour, change: Callable[[str | None], str | None]) -> Behaviour:
    """The page is taken to be another one."""

    def read_page(request: Request) -> int:
        changed = change(request.query.get("page"))
        rest = {name: value for name, value in request.query.items() if name != "page"}
        return behaviour.read_page(replace(request, query=rest if changed is None else rest | {"page": changed}))

    return replace(behaviour, read_page=read_page)


def _past_end(behaviour: Behaviour, instead: Callable[[Selection, Page, Shop], Page]) -> Behaviour:
    """What stands on a page after the last."""

    def paginate(selection: Selection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        return instead(selection, page, shop) if number > page.pages else page

    return replace(behaviour, paginate=paginate)


# ---------------------------------------------------------------- pages


@defect("pages-missing", "`pages` is never stated.", "PAG-1")
def pages_missing(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: None)


@defect(
    "pages-missing-on-first",
    "`pages` is missing on the first page: all past it is lost.",
    "PAG-1",
    seen="several",
)
def pages_missing_on_first(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: None if page.number == 1 else pages)


@defect("pages-rounded-down", "`pages` is rounded down: the last page, not full, is never asked for.", "PAG-1 PAG-2")
def pages_rounded_down(behaviour: Behaviour) -> Behaviour:
    return _recounted(behaviour, lambda found, size: max(1, found // size))


@defect("pages-always-one", "`pages` is 1, however many there are.", "PAG-1 PAG-2")
def pages_always_one(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: "1")


@defect("pages-counts-orders", "`pages` is the number of orders, not of pages.", "PAG-1")
def pages_counts_orders(behaviour: Behaviour) -> Behaviour:
    return _recounted(behaviour, lambda found, size: max(1, found))


def _recounted(behaviour: Behaviour, count: Callable[[int, int], int]) -> Behaviour:
    def paginate(selection: Selection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        return replace(page, pages=count(len(selection), shop.orders_per_page))

    return replace(behaviour, paginate=paginate)


@defect("pages-counts-down", "`pages` is how many pages are left, another number on each.", "PAG-6")
def pages_counts_down(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: str(max(0, page.pages - page.number + 1)))


@defect("pages-is-page-number", "`pages` on a later page is that page's number.", "PAG-6")
def pages_is_page_number(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: pages if page.number == 1 else str(page.number))


@defect("pages-with-decimals", "`pages` has decimals.", "CON-1 ORD-1 PAG-6")
def pages_with_decimals(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: f"{page.pages}.0")


@defect("pages-empty", "`pages` is an empty attribute where there is one page.", "CON-1 ORD-1 PAG-6")
def pages_empty(behaviour: Behaviour) -> Behaviour:
    return _stated(behaviour, lambda page, pages: "" if page.pages == 1 else pages)


# ---------------------------------------------------------------- what a page holds


@defect(
    "pages-without-order",
    "There is no ORDER BY under the LIMIT: every request cuts its pages from another sequence.",
    "PAG-2 PAG-3",
    seen="CS-Cart",
)
def pages_without_order(behaviour: Behaviour) -> Behaviour:
    asked = 0

    def paginate(selection: Selection, number: int, shop: Shop) -> Page:
        nonlocal asked
        asked += 1
        orders = list(listed(selection))
        turn = asked * 7 % max(1, len(orders))
        return behaviour.paginate(Listed(orders[turn:] + orders[:turn]), number, shop)

    return replace(behaviour, paginate=paginate)


@defect(
    "page-again-other-orders",
    "Whoever asks for a window anew gets it sorted the other way round.",
    "PAG-3",
)
def page_again_other_orders(behaviour: Behaviour) -> Behaviour:
    walks: dict[Window, int] = {}

    def select(store: Store, window: Window) -> Selection:
        orders = list(listed(behaviour.select(store, window)))
        return _Walked(orders, lambda first: _walk(window, first))

    def _walk(window: Window, first: bool) -> bool:
        walks[window] = walks.get(window, 0) + first
        return walks[window] % 2 == 0

    return replace(behaviour, select=select)


@dataclass(frozen=True, slots=True)
class _Walked:
    orders: list[Order]
    turned: Callable[[bool], bool]

    def __len__(self) -> int:
        return len(self.orders)

    def slice(self, offset: int, limit: int) -> list[Order]:
        orders = self.orders[::-1] if self.turned(offset == 0) else self.orders
        return orders[offset : offset + limit]
