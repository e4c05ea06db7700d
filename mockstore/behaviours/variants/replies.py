"""Variants of replies: paging, windows, refusals, notifications."""

from __future__ import annotations

import gzip
from base64 import b64decode
from dataclasses import replace
from datetime import timedelta

import msgspec

from mockstore.behaviours.patch import all_orders, edit_shipment
from mockstore.behaviours.variants import variant
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import (
    NO_DATE,
    Notice,
    OrderSelection,
    Page,
    Parcel,
    Refusal,
    Reply,
    Request,
    RequestedWindow,
)
from mockstore.inputs import moments
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop


@variant("pages-when-several", "`pages` is on every page, but only if there are several pages.")
def pages_when_several(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, state_pages=lambda page: str(page.pages) if page.pages > 1 else None)


@variant("pages-on-first-only", "`pages` is on page 1 only, and only if there are several pages, as in CS-Cart.")
def pages_on_first_only(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, state_pages=lambda page: str(page.pages) if page.pages > 1 and page.number == 1 else None)


@variant("no-pages-of-nothing", "`pages` of an empty document is 0.")
def no_pages_of_nothing(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, state_pages=lambda page: str(page.pages) if page.orders or page.number > 1 else "0")


@variant("pages-cut-by-lines", "A page holds whole orders with so many lines together as others hold orders.")
def pages_cut_by_lines(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        pages: list[list[Order]] = [[]]
        lines = 0
        for order in all_orders(selection):
            lines += max(1, len(order.items))
            if pages[-1] and lines > shop.orders_per_page:
                pages.append([])
                lines = max(1, len(order.items))
            pages[-1].append(order)
        if number > len(pages):
            return replace(behaviour.paginate(selection, number, shop), pages=len(pages))
        return Page(pages[number - 1], number, len(pages))

    return replace(behaviour, paginate=paginate)


@variant("past-the-end-404", "A page after the last one is answered 404.")
def past_the_end_404(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        if number > page.pages:
            raise Refusal(404, "There is no such page.")
        return page

    return replace(behaviour, paginate=paginate)


@variant("odd-pages-400", "A page parameter that is not a number from 1 on is refused.")
def odd_pages_400(behaviour: Behaviour) -> Behaviour:
    def read_page(request: Request) -> int:
        page = request.query.get("page", "")
        if not (page.isascii() and page.isdigit() and 0 < len(page) < 10) or int(page) < 1:
            raise Refusal(400, "page must be a number from 1 on.")
        return behaviour.read_page(request)

    return replace(behaviour, read_page=read_page)


@variant("nines-are-year-9999", "A bound of a dozen nines or more is read as the end of time, as PHP reads it.")
def nines_are_year_9999(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        read = {
            name: "12/31/9998 23:59" if len(value) >= 12 and not value.strip("9") else value
            for name, value in request.query.items()
        }
        return behaviour.read_window(replace(request, query=read), shop)

    return replace(behaviour, read_window=read_window)


@variant("credentials-in-query", "SS-UserName and SS-Password in the query are accepted, too.")
def credentials_in_query(behaviour: Behaviour) -> Behaviour:
    def authenticate(request: Request, shop: Shop) -> None:
        if (request.query.get("SS-UserName"), request.query.get("SS-Password")) != (shop.username, shop.password):
            behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("end-exclusive", "The minute of end_date is not part of the window; the next window begins with it.")
def end_exclusive(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        window = behaviour.read_window(request, shop)
        return RequestedWindow(window.start, moments.added(window.end, -timedelta(minutes=1)))

    return replace(behaviour, read_window=read_window)


@variant(
    "end-is-an-instant", "An order of 21:09:00 is in a window that ends at 21:09, and one of 21:09:30 in the next."
)
def end_is_an_instant(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        window = behaviour.read_window(request, shop)
        return RequestedWindow(window.start, moments.added(window.end, -timedelta(seconds=59)))

    return replace(behaviour, read_window=read_window)


@variant("backwards-400", "A window that starts after its end is refused.")
def backwards_400(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        window = behaviour.read_window(request, shop)
        if window.start > window.end:
            raise Refusal(400, "start_date lies after end_date.")
        return window

    return replace(behaviour, read_window=read_window)


@variant("refusal-403", "Wrong credentials are answered 403.")
def refusal_403(behaviour: Behaviour) -> Behaviour:
    def refuse(refusal: Refusal) -> Reply:
        return behaviour.refuse(Refusal(403, str(refusal)) if refusal.status == 401 else refusal)

    return replace(behaviour, refuse=refuse)


@variant("unreadable-credentials-400", "Basic credentials that are not base64 or not UTF-8 are answered 400.")
def unreadable_credentials_400(behaviour: Behaviour) -> Behaviour:
    def authenticate(request: Request, shop: Shop) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            if scheme.lower() == "basic":
                b64decode(token.strip(), validate=True).decode()
        except ValueError:
            raise Refusal(400, "The credentials can't be read.") from None
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("other-spellings-of-action-refused", "An action is known only in small letters: EXPORT is answered 400.")
def other_spellings_of_action_refused(behaviour: Behaviour) -> Behaviour:
    def authenticate(request: Request, shop: Shop) -> None:
        action = request.query.get("action", "")
        if action != action.lower() or not action:
            raise Refusal(400, "The action is missing or unknown.")
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("refusal-empty", "Refusals have no body.")
def refusal_empty(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, refuse=lambda refusal: replace(behaviour.refuse(refusal), body=b""))


@variant("refusal-json", "Refusals are JSON.")
def refusal_json(behaviour: Behaviour) -> Behaviour:
    def refuse(refusal: Refusal) -> Reply:
        reply = behaviour.refuse(refusal)
        body = msgspec.json.encode({"error": str(refusal)})
        return replace(reply, body=body, headers={**reply.headers, "Content-Type": "application/json"})

    return replace(behaviour, refuse=refuse)


def _compress(behaviour: Behaviour, *, coding: str = "gzip", always: bool = False) -> Behaviour:
    """Compress replies by gzip, if the client accepts that or ``always``. ``coding`` is its name in the header."""

    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        if not always and "gzip" not in request.headers.get("accept-encoding", ""):
            return reply
        return replace(reply, body=gzip.compress(reply.body, 1), headers={**reply.headers, "Content-Encoding": coding})

    return replace(behaviour, send=send)


@variant("gzip", "Replies are compressed if the client accepts that.")
def compressed(behaviour: Behaviour) -> Behaviour:
    return _compress(behaviour)


@variant("gzip-by-old-name", "Compressed replies have the content coding x-gzip, the old name of gzip.")
def gzip_by_old_name(behaviour: Behaviour) -> Behaviour:
    return _compress(behaviour, coding="x-gzip")


@variant("gzip-always", "Replies are compressed, whatever the client accepts.")
def compressed_always(behaviour: Behaviour) -> Behaviour:
    return _compress(behaviour, always=True)


def _set_headers(behaviour: Behaviour, headers: dict[str, str]) -> Behaviour:
    """Send replies with these headers, too."""

    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        return replace(reply, headers={**reply.headers, **headers})

    return replace(behaviour, send=send)


@variant("extra-headers", "Replies have further headers.")
def extra_headers(behaviour: Behaviour) -> Behaviour:
    more = {"Plugin-Version": "2.0.0", "X-Powered-By": "PHP/8.3", "Set-Cookie": "sid=1; HttpOnly", "Vary": "*"}
    return _set_headers(behaviour, more)


@variant("no-date", "Replies have no Date header, as those of a server without a clock.")
def no_date(behaviour: Behaviour) -> Behaviour:
    return _set_headers(behaviour, {"Date": NO_DATE})


@variant("cache-private", "Caching is forbidden with other header values.")
def cache_private(behaviour: Behaviour) -> Behaviour:
    words = "private, no-cache, must-revalidate, max-age=0"
    return _set_headers(behaviour, {"Cache-Control": words, "Pragma": "no-cache"})


def set_acknowledgement(behaviour: Behaviour, status: int, body: bytes = b"") -> Behaviour:
    """Answer notifications with another success."""

    def acknowledge(notice: Notice, order: Order) -> Reply:
        return replace(behaviour.acknowledge(notice, order), status=status, body=body)

    return replace(behaviour, acknowledge=acknowledge)


@variant("notified-201", "A notification is answered 201 with a short text.")
def notified_201(behaviour: Behaviour) -> Behaviour:
    return set_acknowledgement(behaviour, 201, b"created\n")


@variant("notified-204", "A notification is answered 204.")
def notified_204(behaviour: Behaviour) -> Behaviour:
    return set_acknowledgement(behaviour, 204)


@variant("unknown-order-400", "An unknown order is answered 400.")
def unknown_order_400(behaviour: Behaviour) -> Behaviour:
    return _set_unknown_order_status(behaviour, 400)


@variant("unknown-order-422", "An unknown order is answered 422.")
def unknown_order_422(behaviour: Behaviour) -> Behaviour:
    return _set_unknown_order_status(behaviour, 422)


def _set_unknown_order_status(behaviour: Behaviour, status: int) -> Behaviour:
    def refuse(refusal: Refusal) -> Reply:
        return behaviour.refuse(Refusal(status, str(refusal)) if refusal.status == 404 else refusal)

    return replace(behaviour, refuse=refuse)


@variant("too-much-refused", "A notification of more units than are left to ship is refused.")
def too_much_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        parcel = behaviour.pack(order, notice)
        wanted, packed = sum(item.quantity for item in notice.items), sum(item.quantity for item in parcel.items)
        known = {item.sku.strip()[:50] for item in order.items}
        repeated = any(shipment.tracking_number == notice.tracking_number for shipment in order.shipments)
        if wanted > packed and all(item.sku[:50] in known for item in notice.items) and not repeated:
            raise Refusal(422, "That is more than is left to ship.")
        return parcel

    return replace(behaviour, pack=pack)


@variant("unknown-items-refused", "A notification with an item that is not in the order is refused.")
def unknown_items_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        known = {item.sku.strip()[:50].rstrip() for item in order.items}
        if any(item.sku[:50].rstrip() not in known for item in notice.items):
            raise Refusal(422, "The order has no such item.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@variant("malformed-422", "A malformed notification is answered 422.")
def malformed_422(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        try:
            return behaviour.read_notice(request)
        except Refusal as refusal:
            raise Refusal(422 if refusal.status == 400 else refusal.status, str(refusal)) from None

    return replace(behaviour, read_notice=read_notice)


@variant("carriers-lower-case", "The carrier is stored in lower case, as in the shop's list of carriers.")
def carriers_lower_case(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour, lambda shipment: msgspec.structs.replace(shipment, carrier=shipment.carrier.lower())
    )


@variant("partly-shipped-has-a-status", "A partly shipped order gets another status.")
def partly_shipped_has_a_status(behaviour: Behaviour) -> Behaviour:
    def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
        waiting = next(status.name for status in shop.statuses if status.maps_to == "on_hold")
        after = behaviour.status_after(order, parcel, shop)
        return after or (waiting if order.status != shop.shipped_status else None)

    return replace(behaviour, status_after=status_after)


@variant("redirect-first", "The URL redirects to /index.php before credentials are checked.")
def redirect_first(behaviour: Behaviour) -> Behaviour:
    def authenticate(request: Request, shop: Shop) -> None:
        path, _, query = request.target.partition("?")
        if path == "/":
            raise Refusal(308, "Moved.", {"Location": f"/index.php?{query}"})
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("redirect-exports", "The URL redirects exports to /index.php by 301, before credentials are checked.")
def redirect_exports(behaviour: Behaviour) -> Behaviour:
    def authenticate(request: Request, shop: Shop) -> None:
        path, _, query = request.target.partition("?")
        if path == "/" and request.method == "GET":
            raise Refusal(301, "Moved.", {"Location": f"/index.php?{query}"})
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("chunked", "Replies are sent in chunks, without their length.")
def chunked(behaviour: Behaviour) -> Behaviour:
    return _set_headers(behaviour, {"Transfer-Encoding": "chunked"})
