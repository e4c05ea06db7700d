"""SEC: hostile input. Sent only where that is allowed; what it could harm is looked at afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from urllib.parse import quote

from conformance.client.exchange import Exchange
from conformance.client.parsing.document import parse_export
from conformance.client.shipstation import ShipNotice, encode_like_shipstation, export_parameters
from conformance.core.finding import Finding, shorten
from conformance.probes.connection import ACTIONS, NO_WINDOW, asked, order_data, quick, unauthenticated
from conformance.probes.shipment_update.notify import held, notice_for, order_with, require_working, two_lines
from conformance.probes.shipment_update.rejected_notifications import BODIES, bad_body
from conformance.survey.pages import export_problem
from conformance.survey.survey import Survey

FILES = ("file:///etc/passwd", "file:///c:/windows/win.ini")
SECRETS = re.compile(r"root:[^:]*:0:|\[fonts\]|\[extensions\]|localhost\.localdomain")
SECONDS = 10
"""How long a refusal of an entity bomb may take."""

VALUES: dict[str, str | bytes] = {
    "quotes": "' OR '1'='1' -- \"",
    "SQL": "1; DROP TABLE orders; --",
    "a union": "1' UNION SELECT user, password FROM users -- ",
    "a path": "../../../../etc/passwd",
    "shell": "$(id); `id` | id",
    "a NUL": "1\0",
    "line ends": "1\r\nSet-Cookie: a=b",
    "a percent sign alone": "%",
    "8000 characters": "9" * 8000,
    "no UTF-8": b"\xff\xfe\xc0",
}
LONG = 1000
"""Characters of a value from which on a request has room for one."""
PARAMETERS = ("start_date", "end_date", "page", "action")

_TRACES = re.compile(
    r"Traceback \(most recent call|\bat [\w.$]+\([\w.]+\.java:\d+\)|Stack trace:|#\d+ /[\w/.-]+\.php|"
    r"(?:Fatal|Parse) error:|(?:Warning|Notice|Deprecated): .{0,200} on line \d+|"
    r"(?<![\w/])/(?:var|home|usr|srv|opt|app|etc)/[\w./-]+\.(?:php|py|rb|js|ts|inc|tpl)\b|"
    r"[A-Z]:\\[\w\\.-]+\.(?:php|cs|aspx)|SQLSTATE\[|You have an error in your SQL syntax|"
    r"\bSELECT\b.{1,200}\bFROM\b|\bINSERT INTO\b|\bUPDATE\b.{1,80}\bSET\b",
    re.IGNORECASE | re.DOTALL,
)


def encode(value: str | bytes) -> str:
    """A hostile value as it goes into a URL."""
    return quote(value, safe="")


def parameter(survey: Survey, name: str, kind: str) -> Iterator[Finding]:
    """SEC-4: a hostile value in a parameter gives 4xx or an honest answer, never 5xx or other orders."""
    window = quick(survey)
    exchange = hostile_get(survey, dict(export_parameters(window, 1)), name, VALUES[kind])
    if exchange.status is None or exchange.status >= 500:
        yield Finding(
            message=f"{kind} in {name} makes the store fail.",
            expected="status 4xx, or an honest answer",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
        return
    came = set(parse_export(exchange).order_numbers)
    # what a right request gets, too, is WIN-2's matter
    if came and (others := came - set(survey.shipstation.export(window).order_numbers)):
        yield Finding(
            message=f"{kind} in {name} gives orders that aren't of the window.",
            order=sorted(others)[0],
            xpath="/Orders/Order",
            expected="no other orders",
            actual=f"{len(others)} orders",
            exchange=exchange.number,
        )


def hostile_get(survey: Survey, parameters: dict[str, str], name: str, value: str | bytes) -> Exchange:
    """A GET with one parameter hostile, encoded as a client would."""
    given = {key: encode_like_shipstation(text) for key, text in parameters.items()} | {name: encode(value)}
    return survey.shipstation.get(list(given.items()), encode=str)


def order_number(survey: Survey, kind: str) -> Iterator[Finding]:
    """SEC-4: a hostile order number in a notification touches no order."""
    value = VALUES[kind]
    require_working(survey)
    order = survey.cached("hostile target", lambda: order_with(survey, "hostile", two_lines).stored)
    before = held(survey, order.order_number)
    method, url, headers, body = survey.shipstation.request_for(notice_for(survey, order, "hostile", None))
    number = encode(order.order_number.encode() + value if isinstance(value, bytes) else f"{order.order_number}{value}")
    url = url.replace(f"order_number={encode_like_shipstation(order.order_number)}&", f"order_number={number}&")
    body = body.replace(f">{order.order_number}<".encode(), b">0<").replace(f">{order.order_id}<".encode(), b">0<")
    exchange = survey.shipstation.session.send(method, url, headers, body)
    if exchange.status is None or exchange.status >= 500:
        yield Finding(
            message=f"{kind} in order_number makes the store fail.",
            expected="status 4xx",
            actual=exchange.outcome,
            exchange=exchange.number,
        )
    after = held(survey, order.order_number)
    if after.shipments != before.shipments and kind not in ("line ends", "a NUL"):
        yield Finding(
            message=f"{kind} behind an order number ships the order.",
            order=order.order_number,
            xpath=None,
            expected="no change",
            actual="a shipment",
            exchange=exchange.number,
        )


def notice_parameters(survey: Survey, kind: str) -> Iterator[Finding]:
    """SEC-4: hostile values in what a notification says of its parcel don't make the store fail."""
    require_working(survey)
    order = order_with(survey, "hostileparcel", two_lines).stored
    notice = notice_for(survey, order, "hostileparcel", None, carrier="", service="", tracking_number="")
    method, url, headers, body = survey.shipstation.request_for(notice)
    names = ("carrier", "service", "tracking_number") if len(VALUES[kind]) < LONG else ("tracking_number",)
    for name in names:
        url = re.sub(rf"(?<=[?&]{name}=)(?=&|$)", encode(VALUES[kind]), url)
    exchange = survey.shipstation.session.send(method, url, headers, body)
    if exchange.status is None or exchange.status >= 500:
        yield Finding(
            message=f"{kind} for carrier, service and tracking number makes the store fail.",
            order=order.order_number,
            expected="status 2xx or 4xx",
            actual=exchange.outcome,
            exchange=exchange.number,
        )


def errors_are_silent(survey: Survey) -> Iterator[Finding]:
    """SEC-5: error replies show no stack trace, file path or query."""
    window = quick(survey)
    replies = [*unauthenticated(survey).values()]
    right = dict(export_parameters(window, 1))
    replies += [
        asked(survey, NO_WINDOW),
        asked(survey, [*ACTIONS["an unknown action"], *export_parameters(window, 1)[1:]]),
        asked(survey, list((right | {"end_date": "not-a-date"}).items())),
        asked(survey, list((right | {"end_date": "99/99/9999 99:99", "page": "abc"}).items())),
    ]
    replies += [reading.exchange for reading in survey.exported.failed_pages]
    yield from _telling(replies)


def refusals_are_silent(survey: Survey) -> Iterator[Finding]:
    """SEC-5: refused notifications show no stack trace, file path or query."""
    yield from _telling([bad_body(survey, kind).exchange for kind in BODIES])


def _telling(replies: list[Exchange]) -> Iterator[Finding]:
    """The first of these replies that shows something of the store's inside."""
    for exchange in replies:
        text = exchange.body[:200_000].decode("utf-8", "replace")
        if parse_export(exchange).is_orders:
            continue
        if found := _TRACES.search(text):
            yield Finding(
                message="An error reply shows the store's inside.",
                expected="a sentence, and nothing of files, code or queries",
                actual=shorten(" ".join(text[max(0, found.start() - 20) : found.end() + 60].split())),
                exchange=exchange.number,
            )
            return


def external_entities(survey: Survey) -> Iterator[Finding]:
    """SEC-1: external entities in a notification are not resolved, nor are other files included."""
    require_working(survey)
    kinds = (("An external entity", entity_body), ("XInclude", include_body))
    for number, (what, url, write) in enumerate((what, url, write) for what, write in kinds for url in FILES):
        order = order_with(survey, f"entity{number}", two_lines).stored
        notice = notice_for(survey, order, f"entity{number}", None, carrier="UPS", service="")
        exchange = survey.shipstation.notify(notice, body=write(notice, url))
        after = held(survey, order.order_number)
        said = " ".join(
            [
                exchange.body.decode("utf-8", "replace"),
                *(f"{s.notes} {s.service} {s.carrier}" for s in after.shipments),
            ]
        )
        if found := SECRETS.search(said):
            yield Finding(
                message=f"{what} in a notification is resolved: the store reads its own files for anyone.",
                order=order.order_number,
                expected=f"nothing of {url}",
                actual=shorten(said[max(0, found.start() - 10) : found.end() + 40]),
                exchange=exchange.number,
            )


def _file_notice(notice: ShipNotice, before: str, reference: str) -> bytes:
    return (
        f'<?xml version="1.0"?>{before}<ShipNotice><OrderNumber>{notice.order_number}</OrderNumber>'
        f"<OrderID>{notice.order_id}</OrderID><NotesToCustomer>{reference}</NotesToCustomer>"
        f"<Carrier>UPS</Carrier><Service>{reference}</Service>"
        f"<TrackingNumber>{notice.tracking_number}</TrackingNumber></ShipNotice>"
    ).encode()


def entity_body(notice: ShipNotice, url: str) -> bytes:
    """A notification whose notes and service are an entity that stands for a file."""
    return _file_notice(notice, f'<!DOCTYPE ShipNotice [<!ENTITY leak SYSTEM "{url}">]>', "&leak;")


def include_body(notice: ShipNotice, url: str) -> bytes:
    """A notification whose notes and service include a file."""
    include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{url}" parse="text"/>'
    return _file_notice(notice, "", include)


def bomb() -> str:
    """An entity that would grow to three billion characters."""
    levels = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE ShipNotice [<!ENTITY b0 "bang">{levels}]>'


def entity_bomb(survey: Survey) -> Iterator[Finding]:
    """SEC-2: an entity bomb is refused within seconds, and the store answers afterwards."""
    require_working(survey)
    order = order_with(survey, "bomb", two_lines).stored
    notice = notice_for(survey, order, "bomb", None)
    body = (
        f'<?xml version="1.0"?>{bomb()}<ShipNotice><OrderNumber>{order.order_number}</OrderNumber>'
        f"<OrderID>{order.order_id}</OrderID><NotesToCustomer>&b9;</NotesToCustomer></ShipNotice>"
    ).encode()
    exchange = survey.shipstation.notify(notice, body=body)
    yield from _refused(exchange, "An entity bomb", survey)
    if exchange.duration_ms > SECONDS * 1000:
        yield Finding(
            message="An entity bomb keeps the store busy.",
            expected=f"a refusal within {SECONDS} s",
            actual=f"{exchange.duration_ms / 1000:.0f} s",
            exchange=exchange.number,
        )


def _refused(exchange: Exchange, what: str, survey: Survey) -> Iterator[Finding]:
    if exchange.succeeded or exchange.timed_out:
        yield Finding(
            message=f"{what} isn't refused.", expected="status 4xx", actual=exchange.outcome, exchange=exchange.number
        )
    afterwards = survey.shipstation.export(quick(survey))
    if not afterwards.is_orders:
        yield Finding(
            message=f"{what} leaves the store unable to answer.",
            expected="an export as before",
            actual=export_problem(afterwards),
            exchange=afterwards.exchange.number,
        )


BURDENS = ("a body of 32 MB", "10,000 elements inside each other")


@cache
def burden_of(kind: str) -> bytes:
    """The body of a burden: made once, since it is large."""
    if kind == BURDENS[0]:
        filling = b"x" * (32 * 1024 * 1024)
        return b"<?xml version='1.0'?><ShipNotice><NotesToCustomer>" + filling + b"</NotesToCustomer></ShipNotice>"
    return b"<?xml version='1.0'?><ShipNotice>" + b"<a>" * 10_000 + b"</a>" * 10_000 + b"</ShipNotice>"


def burden(survey: Survey, kind: str) -> Iterator[Finding]:
    """SEC-3: a body of 32 MB or nesting 10,000 deep is refused, and the store answers afterwards."""
    require_working(survey)
    order = survey.cached("burdened", lambda: order_with(survey, "burden", two_lines).stored)
    notice = notice_for(survey, order, "burden", None)
    body = burden_of(kind)
    yield from _refused(survey.shipstation.notify(notice, body=body), kind.capitalize(), survey)


def silent_without_login(survey: Survey) -> Iterator[Finding]:
    """SEC-6: nothing of an order is in a reply to a notification that wasn't authenticated."""
    require_working(survey)
    order = order_with(survey, "silent", two_lines).stored
    exchange = survey.shipstation.notify(notice_for(survey, order, "silent", None), anonymous=True)
    text = exchange.body.decode("utf-8", "replace")
    leaked = order_data(exchange, survey) or next(
        (
            value
            for value in (order.customer.email, order.customer.billing.address1)
            if len(value) > 5 and value in text
        ),
        None,
    )
    if leaked:
        yield Finding(
            message="The reply to a notification without credentials holds order data.",
            order=order.order_number,
            expected="nothing of an order",
            actual=leaked,
            exchange=exchange.number,
        )
