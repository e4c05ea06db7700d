"""The behaviour of a store: a frozen set of plain functions, one for each step of an answer.

:data:`REFERENCE` meets every requirement. A profile, a variant or a defect replaces one step or
two with ``dataclasses.replace``. No step checks whether it belongs to one of them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from mockstore.endpoint import authentication, export, presentation, shipment, xml
from mockstore.endpoint.fast_writer import writer_of
from mockstore.endpoint.images import make_picture
from mockstore.endpoint.message import (
    Document,
    Fields,
    Notice,
    OrderSelection,
    Page,
    Parcel,
    Refusal,
    Reply,
    Request,
    RequestedWindow,
    SimulatedCrash,
)
from mockstore.inputs.failures import in_one_line
from mockstore.orders.model import Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import LedgerError, OrderChanged, Store

T = TypeVar("T")

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 4 * 1024 * 1024
"""Most bytes of a request's body; a larger one is answered 413 (SEC-3)."""

MAX_ATTEMPTS = 20
"""Most attempts to record a notification while other processes keep changing its order."""

FAST_WRITER_STEPS = export.is_exportable, presentation.present, xml.serialise
"""The steps that :mod:`mockstore.endpoint.fast_writer` does in one. It is used if none of them is replaced."""

XML_HEADERS = {"Content-Type": xml.CONTENT_TYPE, "Cache-Control": "no-store"}


def refuse(refusal: Refusal) -> Reply:
    """Return the reply to a refused request: its status and one sentence, no internals (SEC-5, CON-9)."""
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return Reply(refusal.status, (str(refusal) + "\n").encode(), headers | refusal.headers)


def fail(error: Exception) -> Refusal:
    """Return the refusal for a step that failed. The reply does not state the reason (CON-9, SEC-5); the log does."""
    if not isinstance(error, SimulatedCrash):
        log.error("A step of the answer failed: %s", in_one_line(error))
    return Refusal(500, "Something failed in the store.")


def show_picture(slug: str) -> Reply:
    """Return the picture of a product (IMG-4)."""
    return Reply(200, make_picture(slug), {"Content-Type": "image/png", "Cache-Control": "max-age=86400"})


def state_pages(page: Page) -> str | None:
    """Return the number of pages, which every page states (PAG-1, PAG-6)."""
    return str(min(page.pages, 32767))


def send(body: bytes, request: Request) -> Reply:
    """Return the reply to an export (CON-7, CON-8)."""
    return Reply(200, body, XML_HEADERS)


def acknowledge(notice: Notice, order: Order) -> Reply:
    """Return the reply to a notification (SHP-1)."""
    return Reply(200, b"", {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"})


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The steps of an answer, in the order in which they are called.

    ``concurrent`` lets requests be answered at the same time in threads, as PHP answers them, and
    not one after the other.
    """

    body_limit: int = MAX_BODY_BYTES
    concurrent: bool = False
    show_picture: Callable[[str], Reply] = show_picture

    authenticate: Callable[[Request, Shop], None] = authentication.authenticate
    read_action: Callable[[Request], str] = export.read_action
    fail: Callable[[Exception], Refusal] = fail
    refuse: Callable[[Refusal], Reply] = refuse

    read_window: Callable[[Request, Shop], RequestedWindow] = export.read_window
    select: Callable[[Store, RequestedWindow], OrderSelection] = export.select
    read_page: Callable[[Request], int] = export.read_page
    paginate: Callable[[OrderSelection, int, Shop], Page] = export.paginate
    is_exportable: Callable[[Order], bool] = export.is_exportable
    after_export: Callable[[Store, Page], None] = lambda store, page: None
    present: Callable[[Order, Shop], Fields] = presentation.present
    state_pages: Callable[[Page], str | None] = state_pages
    serialise: Callable[[Document], bytes] = xml.serialise
    send: Callable[[bytes, Request], Reply] = send

    read_notice: Callable[[Request], Notice] = shipment.read_notice
    find_order: Callable[[Store, Notice], Order] = shipment.find_order
    pack: Callable[[Order, Notice], Parcel] = shipment.pack
    record: Callable[[Notice, Parcel], Shipment] = shipment.record
    status_after: Callable[[Order, Parcel, Shop], str | None] = shipment.status_after
    repetition_key: Callable[[Notice], str | None] = shipment.repetition_key
    book: Callable[[Store, Order, Shipment, str | None, str | None], None] = shipment.book
    acknowledge: Callable[[Notice, Order], Reply] = acknowledge

    def answer(self, request: Request, store: Store) -> Reply:
        """Return the reply to any request at the endpoint's URL.

        Raises:
            LedgerError: the store's records cannot be read or written.
        """
        refused = self.refusal(request, store)
        return self.answer_admitted(request, store) if refused is None else refused

    def refusal(self, request: Request, store: Store) -> Reply | None:
        """Return the reply to a request that is refused before its body is read; None for any other request.

        Raises:
            LedgerError: the store's records cannot be read or written.
        """

        def check() -> None:
            self.authenticate(request, store.shop)

        return self._safely(check)

    def answer_admitted(self, request: Request, store: Store) -> Reply:
        """Return the reply to a request that :meth:`refusal` did not refuse.

        Raises:
            LedgerError: the store's records cannot be read or written.
        """

        def act() -> Reply:
            if self.read_action(request) == "export":
                return self.export(request, store)
            return self.shipnotify(request, store)

        return self._safely(act)

    def _safely(self, step: Callable[[], T]) -> T | Reply:
        """Return what a step returns, or the reply to its failure."""
        try:
            return step()
        except Refusal as refusal:
            return self.refuse(refusal)
        except LedgerError:
            raise
        except Exception as error:  # the client gets an answer to every failure
            return self.refuse(self.fail(error))

    def export(self, request: Request, store: Store) -> Reply:
        """Return a page of the orders of a window.

        Raises:
            Refusal: the request cannot be answered.
        """
        shop = store.shop
        selection = self.select(store, self.read_window(request, shop))
        page = self.paginate(selection, self.read_page(request), shop)
        reply = self.send(self.write(page, store), request)
        self.after_export(store, page)
        return reply

    def write(self, page: Page, store: Store) -> bytes:
        """Return a page as a document; with the fast writer if its three steps are those of the reference."""
        steps = self.is_exportable, self.present, self.serialise
        if all(step is right for step, right in zip(steps, FAST_WRITER_STEPS, strict=True)):
            return writer_of(store).document(page.orders, self.state_pages(page))
        fields = [self.present(order, store.shop) for order in page.orders if self.is_exportable(order)]
        return self.serialise(Document(fields, self.state_pages(page)))

    def shipnotify(self, request: Request, store: Store) -> Reply:
        """Record a shipment notification, and return the reply.

        Raises:
            Refusal: the notification cannot be recorded.
            LedgerError: it could not be stored, or other processes keep changing the order.
        """
        notice = self.read_notice(request)
        for attempt in count(1):
            order = self.find_order(store, notice)
            parcel = self.pack(order, notice)
            status = self.status_after(order, parcel, store.shop)
            try:
                self.book(store, order, self.record(notice, parcel), status, self.repetition_key(notice))
                break
            except OrderChanged:
                if attempt == MAX_ATTEMPTS:
                    raise
        return self.acknowledge(notice, order)


REFERENCE = Behaviour()
