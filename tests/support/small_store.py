"""A store in memory, for tests of the survey: a source of truth, and the endpoint that exports what it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import msgspec
from lxml import etree

from conformance.client.exchange import Exchange, Headers
from conformance.client.shipstation import Credentials, ShipStation, Window
from conformance.survey.limits import SurveyLimits
from conformance.survey.survey import Survey
from conformance.truth.source import OneByOne, OrderRef, OrderRefused, TruthUnavailable, delete_one_by_one, look_up
from mockstore.orders.draft import Draft, make_order
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Shop
from tests.support.judged import FACTS, ORDER, element_of, exchange, order

NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)
DAY = datetime(2026, 3, 10, tzinfo=UTC)
WINDOW = Window(DAY, DAY + timedelta(hours=23, minutes=59))


def orders(*minutes: int) -> list[Order]:
    """Return plain orders, modified this many minutes after the start of :data:`WINDOW`."""
    return [
        order(
            order_number=f"{1000 + place}",
            order_id=f"{place}",
            customer=msgspec.structs.replace(ORDER.customer, email=f"c{place}@example.org"),
            placed_at=DAY + timedelta(minutes=minute),
            modified_at=DAY + timedelta(minutes=minute),
        )
        for place, minute in enumerate(minutes, start=1)
    ]


class SmallStore(OneByOne):
    """A correct store with a few orders. A test breaks it through the public attributes."""

    name = "a store in memory"
    alternative_source = ""
    notices: Sequence[str] = ()

    def __init__(self, *held: Order, page_size: int = 100, facts: StoreFacts = FACTS) -> None:
        self.held = {each.order_number: each for each in held}
        self.page_size, self.facts = page_size, facts
        self.exchanges: list[Exchange] = []
        self.requested: list[tuple[Window, int]] = []
        """The windows and page numbers that were requested."""
        self.listed: list[tuple[datetime, datetime]] = []
        """The periods whose orders were listed."""
        self.unexported: set[str] = set()
        """Orders that no export has."""
        self.lost_between_pages: set[str] = set()
        """Orders that an export of several pages doesn't have."""
        self.exports_as: Callable[[Order], Order] = lambda order: order
        self.breaking: set[str] = set()
        """Orders whose windows get status 500."""
        self.states_pages: Callable[[int], int] = lambda pages: pages
        self.refuses: Callable[[Draft], bool] = lambda draft: False
        self.keeps: Callable[[Draft], Draft] = lambda draft: draft
        """Changes a draft before the store creates the order."""
        self.forgets = False
        """True if the store loses the orders that it creates."""
        self.undeletable: set[str] = set()
        self.unknown: dict[str, str] = {}
        self.after_export: Callable[[], None] = lambda: None

    # A source of truth

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """Return the orders of a period, oldest first."""
        self.listed.append((start, end))
        found = (OrderRef(each.order_number, each.modified_at) for each in self.held.values())
        return tuple(sorted((ref for ref in found if start <= ref.modified_at <= end), key=lambda ref: ref.modified_at))

    def order(self, number: str) -> Order | None:
        """Return an order; None if there is none."""
        return self.held.get(number)

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Return several orders."""
        return [look_up(self, number) for number in numbers]

    def create(self, draft: Draft) -> str:
        """Create an order with the number of the draft, or else the next free number."""
        if self.refuses(draft):
            raise OrderRefused("the store refused the order: it is too odd")
        number = draft.order_number or f"N{len(self.held) + 1}"
        made = make_order(self.keeps(draft), Shop("4.3.6", statuses=self.facts.statuses), NOW)
        if not self.forgets:
            self.held[number] = msgspec.structs.replace(made, order_number=number, order_id=number)
        return number

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order; without a time it is modified a minute later."""
        before = self.held[number]
        fields.setdefault("modified_at", before.modified_at + timedelta(minutes=1))
        self.held[number] = msgspec.structs.replace(before, **fields)

    def delete(self, number: str) -> bool:
        """Delete an order."""
        return number not in self.undeletable and self.held.pop(number, None) is not None

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Delete orders."""
        return delete_one_by_one(self, numbers)

    # An endpoint

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Reply to an export."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        start, end = (
            datetime.strptime(query[name], "%m/%d/%Y %H:%M").replace(tzinfo=UTC) for name in ("start_date", "end_date")
        )
        window, number = Window(start, end), int(query.get("page", "1"))
        inside = sorted(
            (each for each in self.held.values() if window.holds(each.modified_at)), key=lambda each: each.modified_at
        )
        status = 500 if any(each.order_number in self.breaking for each in inside) else 200
        inside = [each for each in inside if each.order_number not in self.unexported]
        if len(inside) > self.page_size:
            inside = [each for each in inside if each.order_number not in self.lost_between_pages]
        pages = self.states_pages(-(-len(inside) // self.page_size) or 1)
        root = etree.Element("Orders", pages=str(pages))
        shown = inside[(number - 1) * self.page_size : number * self.page_size]
        root.extend(element_of(self.exports_as(each)) for each in shown)
        reply = exchange(etree.tostring(root, encoding="utf-8"), status, number=len(self.exchanges) + 1)
        self.exchanges.append(reply)
        self.requested.append((window, number))
        self.after_export()
        return reply

    def send_together(self, requests: list[tuple[str, str, Headers, bytes]]) -> list[Exchange]:
        """Reply to several exports."""
        return [self.send(*request) for request in requests]

    def wait(self, seconds: float) -> None:
        """Do nothing: the store has no work to do."""


def survey_of(
    store: SmallStore, *, knows_truth: bool = True, may_write: bool = False, limits: SurveyLimits | None = None
) -> Survey:
    """Return a survey of the store: of :data:`WINDOW`, unless the limits have other windows."""
    return Survey(
        ShipStation("http://shop.example/", Credentials("ship-user", "secret"), store),
        store if knows_truth else None,
        may_write=may_write,
        now=NOW,
        run_id="t",
        limits=limits or SurveyLimits(windows=(WINDOW,)),
    )
