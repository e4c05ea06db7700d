"""SEC: hostile input. It is sent only where that is allowed; afterwards the suite checks what it could damage.

The first half of the module makes requests and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from urllib.parse import quote

import msgspec

from conformance.client.exchange import Exchange, beginning_of_body, searched_text
from conformance.client.parsing.document import ExportPage, parse_export
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import ShipNotice, encode_like_shipstation, export_parameters, notice_xml
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding, shorten
from conformance.probes.connection import (
    ACTIONS,
    BAD_WINDOW,
    MAX_SEARCHED_ORDERS,
    NO_CREDENTIALS,
    ask_for_window_with,
    ask_once,
    order_data,
    quickly_answered_window,
    unauthenticated_exchanges,
)
from conformance.probes.shipment_update.fresh_ground import (
    Ground,
    attempted,
    is_changed,
    proved,
    require_fresh_ground,
    tried_on,
)
from conformance.probes.shipment_update.notify import (
    HOSTILE,
    CaseOf,
    DebatableNotification,
    InvalidNotification,
    lines_by_sku,
    notice_for,
    order_with,
    require_working,
    result_of,
    two_lines,
)
from conformance.probes.shipment_update.rejected_notifications import BODIES, notify_with_credentials, send_body
from conformance.probes.side_by_side import Case, RecordOf
from conformance.survey.pages import export_problem
from conformance.survey.survey import Survey
from mockstore.orders.model import Order

FILES = ("file:///etc/passwd", "file:///c:/windows/win.ini")
FILE_CONTENT = re.compile(r"root:[^:]*:0:|\[fonts\]|\[extensions\]|localhost\.localdomain")
"""Matches texts that are in :data:`FILES`."""
BOMB = "An entity bomb"
LOAD = "excessive bodies"
MAX_REFUSAL_S = 10
"""The refusal of an entity bomb may take at most this many seconds."""

VALUES: dict[str, str | bytes] = {
    "quotes": "' OR '1'='1' -- \"",
    "SQL": "1; DROP TABLE orders; --",
    "an SQL UNION": "1' UNION SELECT user, password FROM users -- ",
    "a path": "../../../../etc/passwd",
    "shell commands": "$(id); `id` | id",
    "a NUL character": "1\0",
    "line breaks": "1\r\nSet-Cookie: a=b",
    "a single percent sign": "%",
    "8000 characters": "w" * 8000,
    "bytes that are not UTF-8": b"\xff\xfe\xc0",
}
"""Name of a hostile value in scenarios → the value. No reader of dates accepts one of them: PHP reads nines as 9999."""
TRIMMED_VALUES = ("line breaks", "a NUL character")
"""Values that a store may cut off from an order number. It then finds the order."""
QUANTITIES: dict[str, str | None] = {
    **{value: value for value in ("0", "-1", "1.5", "many", "100000000000000000000")},
    "empty": "",
    "left out": None,
}
"""Name of an invalid quantity of an item in scenarios → the text that is sent; None leaves the element out."""
MAX_REPEATED_CHARACTERS = 1000
"""A request may have only one value that is longer than this."""
BOUNDS_OF_WINDOW = ("start_date", "end_date")
UNREADABLE_BOUND = "not-a-date"
"""A harmless bound that no store can read."""
PARAMETERS = (*BOUNDS_OF_WINDOW, "page", "action")
_TEXT_TOGETHER = ("quotes", "shell commands", "a single percent sign")
_PATH_TOGETHER = ("a path", "a NUL character")
_SQL_TOGETHER = ("quotes", "SQL", "an SQL UNION", "shell commands", "a single percent sign")
TOGETHER: dict[str, tuple[tuple[str, ...], ...]] = {
    **dict.fromkeys((*BOUNDS_OF_WINDOW, "page"), (_SQL_TOGETHER, _PATH_TOGETHER)),
    "action": ((*_SQL_TOGETHER[:-1], "a path", "line breaks", "a NUL character", _SQL_TOGETHER[-1]),),
    "order_number": (("a path", "shell commands"),),
    "tracking_number": (_TEXT_TOGETHER, _PATH_TOGETHER),
}
"""Parameter → groups of values that one request has in this parameter, one after the other, to save requests.

What one of them breaks is broken by the group, too: quotes come first, and a single percent sign last. A store may
refuse order and tracking numbers that are longer than 50 characters, so their groups are shorter. What an action is
compared with are a few words.
"""

_TRACES = re.compile(
    r"Traceback \(most recent call|\bat [\w.$]+\([\w.]+\.java:\d+\)|Stack trace:|#\d+ /[\w/.-]+\.php|"
    r"(?:Fatal|Parse) error:|(?:Warning|Notice|Deprecated): .{0,200} on line \d+|"
    r"(?<![\w/])/(?:var|home|usr|srv|opt|app|etc)/[\w./-]+\.(?:php|py|rb|js|ts|inc|tpl)\b|"
    r"[A-Z]:\\[\w\\.-]+\.(?:php|cs|aspx)|SQLSTATE\[|You have an error in your SQL syntax|"
    r"\bSELECT\b.{1,200}\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.{1,80}\bSET\b",
    re.IGNORECASE | re.DOTALL,
)


@cache
def _large_body() -> bytes:
    filling = 32 * [b"x" * (1024 * 1024)]  # joined at once: each copy takes time
    head, tail = b"<?xml version='1.0'?><ShipNotice><NotesToCustomer>", b"</NotesToCustomer></ShipNotice>"
    return b"".join([head, *filling, tail])


@cache
def _deep_body() -> bytes:
    return b"<?xml version='1.0'?><ShipNotice>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</ShipNotice>"


LOADS: dict[str, Callable[[ShipNotice], bytes]] = {
    "a body of 32 MB": lambda notice: _large_body(),
    "10,000 nested elements": lambda notice: _deep_body(),
}
"""Name of an excessive body in scenarios → the function that returns it."""


# ---------------------------------------------------------------------- evidence


class HostileParameter(msgspec.Struct, frozen=True):
    """The reply to an export request with hostile values in one parameter; ``kind`` names them.

    ``others`` are the numbers of the orders in the reply that the correct request doesn't get, nor one with a harmless
    bound that can't be read.
    """

    name: str
    kind: str
    exchange: Exchange
    others: tuple[str, ...]


class HostileParameters(msgspec.Struct, frozen=True):
    """The replies to export requests with a hostile value, in one parameter after the other."""

    replies: tuple[HostileParameter, ...]


class HostileParcel(msgspec.Struct, frozen=True):
    """The reply to a notification with a hostile value for carrier, service and tracking number."""

    kind: str
    order: Order
    exchange: Exchange


class ErrorReplies(msgspec.Struct, frozen=True):
    """Replies to requests that can't be answered."""

    exchanges: tuple[Exchange, ...]


class EntityNotifications(msgspec.Struct, frozen=True):
    """Notifications that refer to files of the store: kind, file, and result of each."""

    notifications: tuple[tuple[str, str, InvalidNotification], ...]


class Overload(msgspec.Struct, frozen=True):
    """The reply to an excessive body, and the next export.

    ``doubt`` says why its refusal proves nothing, if that is so.
    """

    what: str
    exchange: Exchange
    afterwards: ExportPage
    doubt: str = ""


class AnonymousNotification(msgspec.Struct, frozen=True):
    """The reply to a notification without credentials; ``exported`` are orders of the store, to look for in it."""

    order: Order
    exchange: Exchange
    exported: tuple[ExportedOrder, ...]


# ---------------------------------------------------------------------- requests


def percent_encoded(value: str | bytes) -> str:
    """Return a hostile value as it goes into a URL."""
    return quote(value, safe="")


def together(name: str, value: str) -> tuple[str, ...]:
    """Return the values that the same request has in a parameter, in their order."""
    return next((group for group in TOGETHER[name] if value in group), (value,))


def _text_of(values: tuple[str, ...]) -> str | bytes:
    if len(values) == 1:
        return VALUES[values[0]]
    return " ".join(str(VALUES[value]) for value in values)


def _in_words(values: tuple[str, ...]) -> str:
    return ", ".join(values[:-1]) + (" and " if len(values) > 1 else "") + values[-1]


def put_into_each_parameter(survey: Survey, value: str) -> HostileParameters:
    """Ask for orders with a hostile value in each parameter, one after the other."""

    def ask(name: str) -> HostileParameter:
        values = together(name, value)
        return survey.cached(("hostile", name, values), lambda: _put_into(survey, name, values))

    return HostileParameters(tuple(map(ask, PARAMETERS)))


def _put_into(survey: Survey, name: str, values: tuple[str, ...]) -> HostileParameter:
    window = quickly_answered_window(survey)
    right = {key: encode_like_shipstation(text) for key, text in export_parameters(window, 1)}
    exchange = survey.shipstation.get(list((right | {name: percent_encoded(_text_of(values))}).items()), encode=str)
    came: set[str] = set() if _failed(exchange) else set(parse_export(exchange).order_numbers)
    # WIN-2 reports wrong orders that the correct request gets, too
    others = came - set(survey.shipstation.export(window).order_numbers) if came else set()
    if others and name in BOUNDS_OF_WINDOW:
        # WIN-10 reports a store that ignores a bound which it can't read, or reads it as another time
        unreadable = dict(export_parameters(window, 1)) | {name: UNREADABLE_BOUND}
        others -= set(parse_export(ask_once(survey, list(unreadable.items()))).order_numbers)
    return HostileParameter(name, _in_words(values), exchange, tuple(sorted(others)))


def _firsts(name: str) -> tuple[str, ...]:
    """Return the first value of each request that has hostile values in a parameter."""
    return tuple(dict.fromkeys(together(name, value)[0] for value in VALUES))


def _failed(exchange: Exchange) -> bool:
    return exchange.status is None or exchange.status >= 500


def append_to_order_number(survey: Survey, value: str) -> InvalidNotification:
    """Notify of an order with a hostile value after its number. The body names no order."""
    require_working(survey)
    return attempted(survey, "hostile", together("order_number", value)[0], "hostile")


def _append_to_order_number(survey: Survey, kind: str, order: Order, tracking: str) -> tuple[ShipNotice, Exchange, str]:
    notice = notice_for(survey, order, "", None, tracking_number=tracking)
    method, url, headers, body = survey.shipstation.request_for(notice)
    values, own = together("order_number", kind), order.order_number
    hostile = _text_of(values)
    number = percent_encoded(own.encode() + hostile if isinstance(hostile, bytes) else f"{own}{hostile}")
    url = url.replace(f"order_number={encode_like_shipstation(own)}&", f"order_number={number}&")
    body = body.replace(f">{own}<".encode(), b">0<").replace(f">{order.order_id}<".encode(), b">0<")
    return notice, survey.shipstation.session.send(method, url, headers, body), _in_words(values)


def put_into_carrier_service_and_tracking_number(survey: Survey, value: str) -> HostileParcel:
    """Notify of a parcel with a hostile value for carrier, service and tracking number."""
    require_working(survey)
    first = together("tracking_number", value)[0]
    result: HostileParcel = result_of(survey, f"hostile parcel with {first}")
    return result


def _hostile_parcel(value: str) -> CaseOf:
    def case(survey: Survey) -> Case[HostileParcel]:
        order = yield order_with(f"hostileparcel{list(VALUES).index(value)}", two_lines)
        notice = notice_for(survey, order, "", None, carrier="", service="", tracking_number="")
        method, url, headers, body = survey.shipstation.request_for(notice)
        values = together("tracking_number", value)
        text = _text_of(values)
        is_short = len(text) < MAX_REPEATED_CHARACTERS
        for name in ("carrier", "service", "tracking_number") if is_short else ("tracking_number",):
            url = re.sub(rf"(?<=[?&]{name}=)(?=&|$)", percent_encoded(text), url)
        return HostileParcel(_in_words(values), order, survey.shipstation.session.send(method, url, headers, body))

    return case


def notify_of_quantity(survey: Survey, quantity: str) -> DebatableNotification:
    """Notify of an item whose quantity is not a whole number from 1 on."""
    require_working(survey)
    result: DebatableNotification = result_of(survey, f"quantity {quantity}")
    return result


def _quantity(quantity: str) -> CaseOf:
    def case(survey: Survey) -> Case[DebatableNotification]:
        name = f"quantity{list(QUANTITIES).index(quantity)}"
        order = yield order_with(name, two_lines)
        lines = lines_by_sku(order)[:1]
        notice, value = notice_for(survey, order, name, lines), QUANTITIES[quantity]
        right = f"<Quantity>{lines[0].quantity}</Quantity>"
        body = notice_xml(notice).decode().replace(right, "" if value is None else f"<Quantity>{value}</Quantity>")
        exchange = survey.shipstation.notify(notice, body=body.encode())
        after = yield RecordOf(order, (exchange,))
        return DebatableNotification(notice, order, exchange, after, survey.facts, f"whose quantity is {quantity}")

    return case


def ask_for_what_cannot_be_answered(survey: Survey) -> ErrorReplies:
    """Send requests that can't be answered: without the right credentials, without an action or a window."""
    window = quickly_answered_window(survey)
    replies = [*unauthenticated_exchanges(survey).values()]
    right = dict(export_parameters(window, 1))
    replies += [
        ask_once(survey, BAD_WINDOW),
        ask_once(survey, [*ACTIONS["an unknown action"], *export_parameters(window, 1)[1:]]),
        ask_once(survey, list((right | {"end_date": "not-a-date"}).items())),
        ask_for_window_with(survey, "an end_date in month 13").exchange,
    ]
    replies += [page.exchange for page in survey.exported.failed_pages]
    return ErrorReplies(tuple(replies))


def notify_of_what_cannot_be_recorded(survey: Survey) -> ErrorReplies:
    """Send notifications with bodies that are not notifications."""
    return ErrorReplies(tuple(send_body(survey, kind).exchange for kind in BODIES))


def notify_with_external_entities(survey: Survey) -> EntityNotifications:
    """Send notifications whose notes and service stand for a file, by an external entity and by XInclude."""
    require_working(survey)
    found = ((what, url, result_of(survey, f"{what}: {url}")) for what in ENTITIES for url in FILES)
    return EntityNotifications(tuple(found))


def _entity(what: str, url: str) -> CaseOf:
    def case(survey: Survey) -> Case[InvalidNotification]:
        name = f"entity{list(ENTITIES).index(what)}{FILES.index(url)}"
        order = yield order_with(name, two_lines)
        notice = notice_for(survey, order, name, None, carrier="UPS", service="")
        exchange = survey.shipstation.notify(notice, body=ENTITIES[what](notice, url))
        after = yield RecordOf(order)
        return InvalidNotification(notice, order, exchange, after, survey.facts, what)

    return case


def _file_notice(notice: ShipNotice, before: str, reference: str) -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<ShipNotice><OrderNumber>{notice.order_number}</OrderNumber>'
        f"<OrderID>{notice.order_id}</OrderID><NotesToCustomer>{reference}</NotesToCustomer>"
        f"<Carrier>UPS</Carrier><Service>{reference}</Service>"
        f"<TrackingNumber>{notice.tracking_number}</TrackingNumber></ShipNotice>"
    ).encode()


def entity_body(notice: ShipNotice, url: str) -> bytes:
    """Return a notification whose notes and service are an entity that stands for a file."""
    return _file_notice(notice, f'<!DOCTYPE ShipNotice [<!ENTITY leak SYSTEM "{url}">]>', "&leak;")


def include_body(notice: ShipNotice, url: str) -> bytes:
    """Return a notification whose notes and service include a file."""
    include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{url}" parse="text"/>'
    return _file_notice(notice, "", include)


def entity_bomb() -> str:
    """Return a document type whose last entity would grow to three billion characters."""
    levels = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE ShipNotice [<!ENTITY b0 "bang">{levels}]>'


ENTITIES: dict[str, Callable[[ShipNotice, str], bytes]] = {
    "An external entity": entity_body,
    "XInclude": include_body,
}
"""The ways to refer to a file of the store in a notification → the function that writes the body."""


def notify_with_entity_bomb(survey: Survey) -> Overload:
    """Send a notification with an entity bomb, and then ask for an export."""
    require_working(survey)
    result: Overload = result_of(survey, LOAD)[BOMB]
    return result


def _bomb_body(notice: ShipNotice) -> bytes:
    return (
        f'<?xml version="1.0"?>{entity_bomb()}<ShipNotice><OrderNumber>{notice.order_number}</OrderNumber>'
        f"<OrderID>{notice.order_id}</OrderID><NotesToCustomer>&b9;</NotesToCustomer></ShipNotice>"
    ).encode()


def notify_with_overload(survey: Survey, load: str) -> Overload:
    """Send a notification with an excessive body, and then ask for an export."""
    require_working(survey)
    result: Overload = result_of(survey, LOAD)[load]
    return result


def _loads(survey: Survey) -> Case[dict[str, Overload]]:
    """Send an entity bomb and the excessive bodies for one order, and then a correct notification."""
    order = yield order_with("burden", two_lines)
    overloads: dict[str, Overload] = {}
    for place, (load, body) in enumerate({BOMB: _bomb_body, **LOADS}.items()):
        notice = notice_for(survey, order, f"burden{place}", None)
        overloads[load] = _overload(survey, load[0].upper() + load[1:], notice, body(notice))
    after = yield RecordOf(order)
    doubt = yield from _doubt(survey, "burden", overloads[BOMB], order, after)
    return {load: msgspec.structs.replace(overload, doubt=doubt) for load, overload in overloads.items()}


def _doubt(survey: Survey, name: str, overload: Overload, order: Order, after: Order) -> Case[str]:
    """Return why the refusal of an excessive body proves nothing; empty if a correct notification is recorded."""
    notice = notice_for(survey, order, f"{name}proof", None)
    refused = InvalidNotification(notice, order, overload.exchange, after, survey.facts)
    if is_changed(refused):
        return ""
    return (yield from proved(survey, refused, f"{name}proof")).doubt


def _overload(survey: Survey, what: str, notice: ShipNotice, body: bytes) -> Overload:
    exchange = survey.shipstation.notify(notice, body=body)
    # not as an export of ShipStation: this requirement judges whether the store still answers, and CON-12 does not
    afterwards = survey.shipstation.get(export_parameters(quickly_answered_window(survey), 1))
    return Overload(what, exchange, parse_export(afterwards))


def notify_without_credentials(survey: Survey) -> AnonymousNotification:
    """Send a valid notification without credentials."""
    sent = notify_with_credentials(survey, NO_CREDENTIALS)
    return AnonymousNotification(sent.before, sent.exchange, survey.exported.distinct_orders[:MAX_SEARCHED_ORDERS])


HOSTILE |= {
    "hostile": tried_on(Ground(name="hostile", kinds=_firsts("order_number"), attempt=_append_to_order_number)),
    **{f"hostile parcel with {value}": _hostile_parcel(value) for value in _firsts("tracking_number")},
    **{f"quantity {quantity}": _quantity(quantity) for quantity in QUANTITIES},
    **{f"{what}: {url}": _entity(what, url) for what in ENTITIES for url in FILES},
    LOAD: _loads,
}


# ---------------------------------------------------------------------- judging


def is_4xx_or_correct_orders(parameters: HostileParameters) -> Iterator[Finding]:
    """SEC-4: a hostile value in a parameter gives 4xx or correct orders, never 5xx or other orders."""
    for reply in parameters.replies:
        if _failed(reply.exchange):
            yield Finding(
                message=f"Hostile input in {reply.name} makes the store fail: {reply.kind}.",
                expected="status 4xx, or correct orders",
                actual=reply.exchange.outcome,
                exchange=reply.exchange.number,
            )
        elif reply.others:
            yield Finding(
                message=f"Hostile input in {reply.name} gives orders of other windows: {reply.kind}.",
                order=reply.others[0],
                xpath="/Orders/Order",
                expected="no other orders",
                actual=f"{len(reply.others)} orders",
                exchange=reply.exchange.number,
            )


def no_order_changes_and_the_store_does_not_fail(result: InvalidNotification) -> Iterator[Finding]:
    """SEC-4: a hostile order number in a notification changes no order.

    Raises:
        NotExercised: if the store refuses a correct notification for the order, too.
    """
    if not _failed(result.exchange) and result.after.shipments == result.before.shipments:
        require_fresh_ground(result)
    if _failed(result.exchange):
        yield Finding(
            message=f"Hostile input in order_number makes the store fail: {result.what}.",
            expected="status 4xx",
            actual=result.exchange.outcome,
            exchange=result.exchange.number,
        )
    if result.after.shipments != result.before.shipments and result.what not in TRIMMED_VALUES:
        yield result.finding(
            f"Hostile input after an order number ships the order: {result.what}.", "no change", "a shipment"
        )


def the_store_does_not_fail(parcel: HostileParcel) -> Iterator[Finding]:
    """SEC-4: hostile values for carrier, service and tracking number don't make the store fail."""
    if _failed(parcel.exchange):
        yield Finding(
            message=f"Hostile input in carrier, service and tracking number makes the store fail: {parcel.kind}.",
            order=parcel.order.order_number,
            expected="status 2xx or 4xx",
            actual=parcel.exchange.outcome,
            exchange=parcel.exchange.number,
        )


def the_store_does_not_fail_and_records_no_negative_quantity(result: DebatableNotification) -> Iterator[Finding]:
    """SEC-4: an invalid quantity may be refused or ignored. The store must not fail, nor take items back."""
    if _failed(result.exchange):
        yield result.finding(
            f"A notification {result.what} makes the store fail.", "status 2xx or 4xx", result.exchange.outcome
        )
    recorded = [item.quantity for shipment in result.added for item in shipment.items]
    if any(quantity < 0 for quantity in recorded):
        yield result.finding(
            f"A notification {result.what} is recorded with a negative quantity.",
            "no quantity below 0",
            ", ".join(map(str, recorded)),
        )


def replies_show_nothing_internal(replies: ErrorReplies) -> Iterator[Finding]:
    """SEC-5: error replies show no stack trace, file path or query."""
    for exchange in replies.exchanges:
        text = beginning_of_body(exchange, 200_000)
        if parse_export(exchange).is_orders:
            continue
        if found := _TRACES.search(text):
            yield Finding(
                message="An error reply shows internals of the store.",
                expected="a sentence without files, code or queries",
                actual=shorten(" ".join(text[max(0, found.start() - 20) : found.end() + 60].split())),
                exchange=exchange.number,
            )
            return


def entities_are_not_resolved(entities: EntityNotifications) -> Iterator[Finding]:
    """SEC-1: external entities in a notification are not resolved, nor are other files included."""
    for what, url, result in entities.notifications:
        recorded = [f"{s.notes} {s.service} {s.carrier}" for s in result.after.shipments]
        said = " ".join([searched_text(result.exchange), *recorded])
        if found := FILE_CONTENT.search(said):
            yield result.finding(
                f"{what} in a notification is resolved: the store shows its own files to anyone.",
                f"no content of {url}",
                said[max(0, found.start() - 10) : found.end() + 40],
            )


def is_refused_and_the_store_answers_afterwards(overload: Overload) -> Iterator[Finding]:
    """SEC-2, SEC-3: an excessive body is refused, and the store answers afterwards.

    Raises:
        NotExercised: if the store refuses a correct notification for the order, too.
    """
    exchange, afterwards = overload.exchange, overload.afterwards
    if exchange.succeeded or exchange.timed_out:
        yield Finding(
            message=f"{overload.what} isn't refused.",
            expected="status 4xx",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    if not afterwards.is_orders:
        yield Finding(
            message=f"{overload.what} leaves the store unable to answer.",
            expected="an export as before",
            actual=export_problem(afterwards),
            exchange=afterwards.exchange.number,
        )
    elif overload.doubt and not exchange.succeeded and not exchange.timed_out:
        raise NotExercised(overload.doubt)


def is_answered_within_seconds(overload: Overload) -> Iterator[Finding]:
    """SEC-2: an entity bomb doesn't keep the store busy."""
    if overload.exchange.duration_ms > MAX_REFUSAL_S * 1000:
        yield Finding(
            message=f"{overload.what} keeps the store busy.",
            expected=f"a refusal within {MAX_REFUSAL_S} s",
            actual=f"{overload.exchange.duration_ms / 1000:.0f} s",
            exchange=overload.exchange.number,
        )


def reply_contains_no_order_data(anonymous: AnonymousNotification) -> Iterator[Finding]:
    """SEC-6: a reply to a notification that wasn't authenticated contains no order data."""
    text = searched_text(anonymous.exchange)
    customer = anonymous.order.customer
    own = (value for value in (customer.email, customer.billing.address1) if len(value) > 5 and value in text)
    if leaked := order_data(anonymous.exchange, anonymous.exported) or next(own, None):
        yield Finding(
            message="The reply to a notification without credentials holds order data.",
            order=anonymous.order.order_number,
            expected="no order data",
            actual=leaked,
            exchange=anonymous.exchange.number,
        )
