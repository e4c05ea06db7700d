"""Ways to be hurt by hostile input, and to say too much where something fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_refusal, is_login_refusal, postpone_login
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, OrderSelection, Refusal, Request, RequestedWindow, SimulatedCrash
from mockstore.endpoint.shipment import parse_body
from mockstore.orders.model import Order
from mockstore.store.store import Store

TRACE = (
    "PHP Fatal error:  Uncaught Exception in /var/www/shop/app/addons/shipstation/func.php:212\n"
    "Stack trace:\n#0 /var/www/shop/app/functions/fn.database.php(63): db_query('SELECT * FROM ?:orders WHERE …')"
)


def _parsed_by(
    behaviour: Behaviour, parse: Callable[[bytes], etree._Element], when: Callable[[bytes], bool]
) -> Behaviour:
    """Bodies like this are read by a parser of one's own, and go on as what it made of them."""

    def read_notice(request: Request) -> Notice:
        if not when(request.body):
            return behaviour.read_notice(request)
        root = parse(request.body)
        return behaviour.read_notice(replace(request, body=etree.tostring(root)))

    return replace(behaviour, read_notice=read_notice)


def _lenient(body: bytes) -> etree._Element:
    """XML with all that it can bring along."""
    parser = etree.XMLParser(resolve_entities=True, load_dtd=True, no_network=False)
    try:
        return etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        raise Refusal(400, "The body is not well-formed XML.") from None


# ---------------------------------------------------------------- SEC-1, SEC-2, SEC-3: bodies


@defect("entities-resolved", "External entities are resolved: the store reads its own files for anyone.", "SEC-1")
def entities_resolved(behaviour: Behaviour) -> Behaviour:
    return _parsed_by(behaviour, _lenient, lambda body: b"<!DOCTYPE" in body and b"SYSTEM" in body)


@defect("files-included", "XInclude is followed: a notification can include the store's files.", "SEC-1")
def files_included(behaviour: Behaviour) -> Behaviour:
    def included(body: bytes) -> etree._Element:
        root = parse_body(body)
        root.getroottree().xinclude()
        return root

    return _parsed_by(behaviour, included, lambda body: b"XInclude" in body)


@defect("bomb-accepted", "A document with an entity bomb is answered 200, its entities left as they are.", "SEC-2")
def bomb_accepted(behaviour: Behaviour) -> Behaviour:
    return _bombed(behaviour, lambda: Refusal(200, ""))


@defect("bomb-hurts", "An entity bomb takes the process with it: the next request fails.", "SEC-2")
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

    return replace(_bombed(behaviour, hurt), read_action=read_action)


def _bombed(behaviour: Behaviour, answer: Callable[[], Refusal]) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if b"<!ENTITY b9" in request.body:
            raise answer()
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect("large-body-taken", "There is no limit to a body: 32 MB are read, and taken for a ShipNotice.", "SEC-3")
def large_body_taken(behaviour: Behaviour) -> Behaviour:
    lenient = replace(behaviour, body_limit=64 * 1024 * 1024)

    def parse(body: bytes) -> etree._Element:
        return etree.fromstring(b"<ShipNotice/>")

    return _parsed_by(lenient, parse, lambda body: len(body) > behaviour.body_limit)


@defect("deep-body-taken", "Elements may be nested without end.", "SEC-3")
def deep_body_taken(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if request.body.count(b"<a>") > 5000:
            raise Refusal(200, "")
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


# ---------------------------------------------------------------- SEC-4: parameters


def _suffers(behaviour: Behaviour, *hurts: str, of: tuple[str, ...]) -> Behaviour:
    """Characters in a parameter that make the store fail."""

    def read_action(request: Request) -> str:
        if any(mark in request.query.get(name, "") for name in of for mark in hurts):
            raise SimulatedCrash
        return behaviour.read_action(request)

    return replace(behaviour, read_action=read_action)


@defect("quotes-break-query", "A quote in a parameter ends the SQL text early: 500.", "SEC-4")
def quotes_break_query(behaviour: Behaviour) -> Behaviour:
    return _suffers(behaviour, "'", of=("start_date", "page", "order_number"))


@defect("quote-in-order-number", "A quote in the order's number ends the SQL text early: 500.", "SEC-4")
def quote_in_order_number(behaviour: Behaviour) -> Behaviour:
    return _suffers(behaviour, "'", of=("order_number",))


@defect("quote-in-tracking-number", "A quote in the tracking number ends the SQL text early: 500.", "SEC-4")
def quote_in_tracking_number(behaviour: Behaviour) -> Behaviour:
    return _suffers(behaviour, "'", of=("tracking_number", "carrier", "service"))


@defect("nul-breaks-query", "A NUL in a parameter is a failure inside.", "SEC-4")
def nul_breaks_query(behaviour: Behaviour) -> Behaviour:
    return _suffers(behaviour, "\0", of=("start_date", "page", "action", "order_number"))


@defect("long-parameter-500", "A parameter of 8000 characters is a failure inside.", "SEC-4")
def long_parameter_500(behaviour: Behaviour) -> Behaviour:
    return _suffers(behaviour, "9" * 4000, of=("start_date", "page", "action", "order_number"))


@defect("bytes-beyond-utf-8-500", "Bytes that are no UTF-8 in a parameter are a failure inside.", "SEC-4")
def bytes_beyond_utf_8_500(behaviour: Behaviour) -> Behaviour:
    return _suffers(behaviour, "\ufffd", "\udcff", of=("start_date", "page", "action", "order_number"))


@defect("page-in-sql", "The page goes into the SQL as it came: OR '1'='1' gives every order.", "SEC-4")
def page_in_sql(behaviour: Behaviour) -> Behaviour:
    asked: list[str] = []

    def read_action(request: Request) -> str:
        asked[:] = [request.query.get("page", "")]
        return behaviour.read_action(request)

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        injected = asked and "OR '1'='1'" in asked[0]
        return store.window(None, None) if injected else behaviour.select(store, window)

    return replace(behaviour, read_action=read_action, select=select)


@defect(
    "order-number-in-sql", "The order's number goes into the SQL as it came: what stands behind it is run.", "SEC-4"
)
def order_number_in_sql(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        before, quote, _ = notice.order_number.partition("'")
        return behaviour.find_order(store, replace(notice, order_number=before if quote else notice.order_number))

    return replace(behaviour, find_order=find_order)


@defect("order-number-with-wildcards", "The order's number is looked up by LIKE: a % stands for any.", "SEC-4")
def order_number_with_wildcards(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        return behaviour.find_order(store, replace(notice, order_number=notice.order_number.rstrip("%")))

    return replace(behaviour, find_order=find_order)


# ---------------------------------------------------------------- SEC-5, SEC-6: what errors say


def _saying(behaviour: Behaviour, sentence: str, which: Callable[[Refusal], bool]) -> Behaviour:
    return edit_refusal(
        behaviour,
        lambda refusal: Refusal(refusal.status, sentence, refusal.headers) if which(refusal) else refusal,
    )


@defect("error-shows-trace", "An error shows where in which file it happened.", "SEC-5")
def error_shows_trace(behaviour: Behaviour) -> Behaviour:
    return _saying(behaviour, TRACE, lambda refusal: not is_login_refusal(refusal))


@defect("error-shows-query", "An error shows the SQL that failed.", "SEC-5")
def error_shows_query(behaviour: Behaviour) -> Behaviour:
    query = "You have an error in your SQL syntax near 'BETWEEN 0 AND' at line 1: SELECT order_id FROM cscart_orders"
    return _saying(behaviour, query, lambda refusal: not is_login_refusal(refusal))


@defect("refusal-shows-trace", "The refusal of credentials shows where in which file it was made.", "SEC-5")
def refusal_shows_trace(behaviour: Behaviour) -> Behaviour:
    return _saying(behaviour, TRACE, is_login_refusal)


@defect("notice-error-shows-trace", "The refusal of a malformed notification shows the parser's stack trace.", "SEC-5")
def notice_error_shows_trace(behaviour: Behaviour) -> Behaviour:
    return _saying(behaviour, TRACE, lambda refusal: "XML" in str(refusal))


@defect("refusal-shows-buyer", "Who isn't let in to notify is told whose order it would have been.", "SEC-6")
def refusal_shows_buyer(behaviour: Behaviour) -> Behaviour:
    lenient, pending = postpone_login(behaviour, "shipnotify")

    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        if pending.refusal is not None:
            raise Refusal(401, f"No shipment for {order.customer.email}: wrong password.", pending.refusal.headers)
        return order

    return replace(lenient, find_order=find_order)
