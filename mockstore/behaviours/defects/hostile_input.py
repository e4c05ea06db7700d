"""Defects with hostile input: crashes, unsafe parsing, and errors that reveal internals."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from lxml import etree

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_parcel, edit_refusal, is_login_refusal, postpone_login
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, OrderSelection, Parcel, Refusal, Request, RequestedWindow, SimulatedCrash
from mockstore.endpoint.shipment import parse_body
from mockstore.orders.model import Order, ShippedItem
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

TRACE = (
    "PHP Fatal error:  Uncaught Exception in /var/www/shop/app/addons/shipstation/func.php:212\n"
    "Stack trace:\n#0 /var/www/shop/app/functions/fn.database.php(63): db_query('SELECT * FROM ?:orders WHERE …')"
)


def _replace_parser(
    behaviour: Behaviour, parse: Callable[[bytes], etree._Element], when: Callable[[bytes], bool]
) -> Behaviour:
    """Read bodies for which ``when`` is true with another parser, and continue with its result."""

    def read_notice(request: Request) -> Notice:
        if not when(request.body):
            return behaviour.read_notice(request)
        root = parse(request.body)
        return behaviour.read_notice(replace(request, body=etree.tostring(root)))

    return replace(behaviour, read_notice=read_notice)


def _parse_everything(body: bytes) -> etree._Element:
    """Parse XML with all its unsafe features."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise Refusal(400, "The body is not well-formed XML.") from None


# ---------------------------------------------------------------- SEC-1, SEC-2, SEC-3: bodies


@defect("entities-resolved", "External entities are resolved: a notification can read the store's files.", "SEC-1")
def entities_resolved(behaviour: Behaviour) -> Behaviour:
    return _replace_parser(behaviour, _parse_everything, lambda body: b"<!DOCTYPE" in body and b"SYSTEM" in body)


@defect("files-included", "XInclude is processed: a notification can include the store's files.", "SEC-1")
def files_included(behaviour: Behaviour) -> Behaviour:
    def included(body: bytes) -> etree._Element:
        root = parse_body(body)
        root.getroottree().xinclude()
        return root

    return _replace_parser(behaviour, included, lambda body: b"XInclude" in body)


@defect("bomb-accepted", "A document with an entity bomb is answered 200; its entities are not expanded.", "SEC-2")
def bomb_accepted(behaviour: Behaviour) -> Behaviour:
    return _answer_entity_bombs(behaviour, lambda: Refusal(200, ""))


@defect("bomb-hurts", "An entity bomb crashes the process: the next request fails.", "SEC-2")
def bomb_hurts(behaviour: Behaviour) -> Behaviour:
    dead = []

    def hurt() -> Refusal:
        dead.append(True)
        return Refusal(500, "Something failed in the store.")

    def read_action(request: Request) -> str:
        if dead:
            dead.clear()
            raise SimulatedCrash
        return behaviour.read_action(request)

    return replace(_answer_entity_bombs(behaviour, hurt), read_action=read_action)


def _answer_entity_bombs(behaviour: Behaviour, answer: Callable[[], Refusal]) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if b"<!ENTITY b9" in request.body:
            raise answer()
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect("large-body-taken", "There is no limit to the size of a body: 32 MB are accepted as a ShipNotice.", "SEC-3")
def large_body_taken(behaviour: Behaviour) -> Behaviour:
    lenient = replace(behaviour, body_limit=64 * 1024 * 1024)

    def parse(body: bytes) -> etree._Element:
        return etree.fromstring(b"<ShipNotice/>")

    return _replace_parser(lenient, parse, lambda body: len(body) > behaviour.body_limit)


@defect("deep-body-taken", "There is no limit to the nesting of elements.", "SEC-3")
def deep_body_taken(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if request.body.count(b"<a>") > 5000:
            raise Refusal(200, "")
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


# ---------------------------------------------------------------- SEC-4: parameters


def _crash_on_characters(behaviour: Behaviour, *hurts: str, of: tuple[str, ...]) -> Behaviour:
    """Let the store crash on characters in a parameter."""

    def read_action(request: Request) -> str:
        if any(mark in request.query.get(name, "") for name in of for mark in hurts):
            raise SimulatedCrash
        return behaviour.read_action(request)

    return replace(behaviour, read_action=read_action)


@defect("quotes-break-query", "A quote in a parameter breaks the SQL and is answered 500.", "SEC-4")
def quotes_break_query(behaviour: Behaviour) -> Behaviour:
    return _crash_on_characters(behaviour, "'", of=("start_date", "page", "order_number"))


@defect("quote-in-order-number", "A quote in the order number breaks the SQL and is answered 500.", "SEC-4")
def quote_in_order_number(behaviour: Behaviour) -> Behaviour:
    return _crash_on_characters(behaviour, "'", of=("order_number",))


@defect("quote-in-tracking-number", "A quote in the tracking number breaks the SQL and is answered 500.", "SEC-4")
def quote_in_tracking_number(behaviour: Behaviour) -> Behaviour:
    return _crash_on_characters(behaviour, "'", of=("tracking_number", "carrier", "service"))


@defect("nul-breaks-query", "A NUL in a parameter is answered 500.", "SEC-4")
def nul_breaks_query(behaviour: Behaviour) -> Behaviour:
    return _crash_on_characters(behaviour, "\0", of=("start_date", "page", "action", "order_number"))


@defect("long-parameter-500", "A parameter of 8000 characters is answered 500.", "SEC-4")
def long_parameter_500(behaviour: Behaviour) -> Behaviour:
    return _crash_on_characters(behaviour, "w" * 4000, of=("start_date", "page", "action", "order_number"))


@defect("bytes-beyond-utf-8-500", "A parameter that is not valid UTF-8 is answered 500.", "SEC-4")
def bytes_beyond_utf_8_500(behaviour: Behaviour) -> Behaviour:
    return _crash_on_characters(behaviour, "\ufffd", "\udcff", of=("start_date", "page", "action", "order_number"))


@defect("quantity-cast-to-int-500", "A quantity in a notification that is not a whole number is answered 500.", "SEC-4")
def quantity_cast_to_int_500(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        for text in re.findall(rb"<Quantity>(.*?)</Quantity>", request.body):
            try:
                int(text)
            except ValueError:
                raise SimulatedCrash from None
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect(
    "negative-quantity-recorded", "A negative quantity in a notification is recorded, as goods taken back.", "SEC-4"
)
def negative_quantity_recorded(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        body = request.body.replace(b"<Quantity>-", b"<Quantity>")
        notice = behaviour.read_notice(replace(request, body=body))
        if body == request.body:
            return notice
        return replace(notice, items=tuple(replace(item, quantity=-item.quantity) for item in notice.items))

    def change(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        returned = (
            ShippedItem(line.sku, item.quantity, line.line_id)
            for item in notice.items
            for line in order.items
            if item.quantity < 0 and line.sku == item.sku
        )
        return replace(parcel, items=(*parcel.items, *returned))

    return edit_parcel(replace(behaviour, read_notice=read_notice), change)


@defect("page-in-sql", "The page is put into SQL unescaped: OR '1'='1' gives every order.", "SEC-4")
def page_in_sql(behaviour: Behaviour) -> Behaviour:
    asked: list[str] = []

    def read_action(request: Request) -> str:
        asked[:] = [request.query.get("page", "")]
        return behaviour.read_action(request)

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        injected = asked and "OR '1'='1'" in asked[0]
        return store.window(None, None) if injected else behaviour.select(store, window)

    return replace(behaviour, read_action=read_action, select=select)


@defect("start-date-in-sql", "The start date is put into SQL unescaped: OR '1'='1' gives every order.", "SEC-4")
def start_date_in_sql(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if "OR '1'='1'" in request.query.get("start_date", ""):
            return RequestedWindow(datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC, microsecond=0))
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)


@defect("order-number-in-sql", "The order number is put into SQL unescaped, so that SQL in it is executed.", "SEC-4")
def order_number_in_sql(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        before, quote, _ = notice.order_number.partition("'")
        return behaviour.find_order(store, replace(notice, order_number=before if quote else notice.order_number))

    return replace(behaviour, find_order=find_order)


@defect("order-number-with-wildcards", "The order number is looked up by LIKE: % matches any order.", "SEC-4")
def order_number_with_wildcards(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        return behaviour.find_order(store, replace(notice, order_number=notice.order_number.rstrip("%")))

    return replace(behaviour, find_order=find_order)


# ---------------------------------------------------------------- SEC-5, SEC-6: error messages


def _edit_refusal_text(behaviour: Behaviour, sentence: str, which: Callable[[Refusal], bool]) -> Behaviour:
    return edit_refusal(
        behaviour,
        lambda refusal: Refusal(refusal.status, sentence, refusal.headers) if which(refusal) else refusal,
    )


@defect("error-shows-trace", "An error message shows the file and line of the failure.", "SEC-5")
def error_shows_trace(behaviour: Behaviour) -> Behaviour:
    return _edit_refusal_text(behaviour, TRACE, lambda refusal: not is_login_refusal(refusal))


@defect("error-shows-query", "An error message shows the failed SQL.", "SEC-5")
def error_shows_query(behaviour: Behaviour) -> Behaviour:
    query = "You have an error in your SQL syntax near 'BETWEEN 0 AND' at line 1: SELECT order_id FROM cscart_orders"
    return _edit_refusal_text(behaviour, query, lambda refusal: not is_login_refusal(refusal))


@defect("refusal-shows-trace", "The refusal of credentials shows the file and line of the code.", "SEC-5")
def refusal_shows_trace(behaviour: Behaviour) -> Behaviour:
    return _edit_refusal_text(behaviour, TRACE, is_login_refusal)


@defect("notice-error-shows-trace", "The refusal of a malformed notification shows the parser's stack trace.", "SEC-5")
def notice_error_shows_trace(behaviour: Behaviour) -> Behaviour:
    return _edit_refusal_text(behaviour, TRACE, lambda refusal: "XML" in str(refusal))


@defect(
    "refusal-shows-buyer", "The refusal of a notification without credentials names the buyer of the order.", "SEC-6"
)
def refusal_shows_buyer(behaviour: Behaviour) -> Behaviour:
    lenient, pending = postpone_login(behaviour, "shipnotify")

    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        if pending.refusal is not None:
            raise Refusal(401, f"No shipment for {order.customer.email}: wrong password.", pending.refusal.headers)
        return order

    return replace(lenient, find_order=find_order)
