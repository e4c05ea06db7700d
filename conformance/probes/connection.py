"""CON: connection and authentication."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace

from conformance.client.exchange import Exchange
from conformance.client.parsing.document import ExportPage, encoding_problem, has_xml_content_type, parse_export
from conformance.client.shipstation import (
    MINUTE,
    Credentials,
    Window,
    encode_like_shipstation,
    export_parameters,
    format_bound,
    percent_encode,
)
from conformance.contract.schemas import violations
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding, shorten
from conformance.survey.pages import export_problem
from conformance.survey.survey import Survey

LATER_PAGE = "no credentials for page 2"
BY_POST = "no credentials, by POST"
KINDS = (
    "a wrong password",
    "the password in another case",
    "an empty password",
    "the password and a blank",
    "the password without its last character",
    "the password 0",
    "another user's name",
    "a token in place of a password",
    "a wrong password in SS-AUTH headers",
)
NO_BASIC = KINDS[-2:]
"""What is no Basic authentication, and to some stores none at all."""


def wrong(right: Credentials, kind: str) -> Credentials:
    """Credentials that are wrong in one way.

    Raises:
        NotExercised: where this way leads to the right ones.
    """
    name, password = right.username, right.password
    found = {
        "a wrong password": Credentials(name, f"not-{password}"[:40]),
        "the password in another case": Credentials(name, password.swapcase()),
        "an empty password": Credentials(name, ""),
        "the password and a blank": Credentials(name, f"{password} "),
        "the password without its last character": Credentials(name, password[:-1]),
        "the password 0": Credentials(name, "0"),
        "another user's name": Credentials(f"{name}-other", password),
        "a token in place of a password": Credentials("", "not-a-token", way="Bearer"),
        "a wrong password in SS-AUTH headers": Credentials(name, f"not-{password}"[:40], way="SS-AUTH"),
    }[kind]
    if found == right:
        raise NotExercised(f"with these credentials, {kind} is the right one")
    return replace(found, kind=kind)


def window_to_ask(survey: Survey) -> Window:
    """A window that the store answers with right credentials; with orders in it where there are some.

    Raises:
        NotExercised: where right credentials are refused, too.
    """
    for window in survey.stable_windows:
        if survey.first_page(window).is_orders:
            return window
    if survey.empty_export.is_orders:
        return survey.other_empty_window(3 * MINUTE)
    raise NotExercised(f"a right request fails, too: {survey.empty_export.exchange.outcome}")


def quick(survey: Survey) -> Window:
    """The window of :func:`window_to_ask`, or the empty one where that is enough."""
    if survey.empty_export.is_orders:
        return survey.other_empty_window(4 * MINUTE)
    return window_to_ask(survey)


def unauthenticated(survey: Survey) -> dict[str, Exchange]:
    """What was answered to each kind of wrong or missing credentials."""

    def ask() -> dict[str, Exchange]:
        window = window_to_ask(survey)
        right = survey.shipstation.credentials
        found: dict[str, Exchange] = {}
        by_post = (BY_POST,) if survey.may_write else ()
        for kind in ("no credentials", LATER_PAGE, *by_post, *KINDS):
            # of recorded traffic only some kinds may be known
            with contextlib.suppress(NotExercised, NotRecorded):
                given = wrong(right, kind) if kind in KINDS else None
                page = 2 if kind == LATER_PAGE else 1
                found[kind] = survey.shipstation.get(
                    export_parameters(window, page),
                    credentials=given,
                    anonymous=given is None,
                    method="POST" if kind == BY_POST else "GET",
                )
        return found

    return survey.cached("unauthenticated", ask)


def order_data(exchange: Exchange, survey: Survey) -> str | None:
    """What of an order is in a reply that must hold none; None if nothing is."""
    text = exchange.body.decode("utf-8", "replace")
    if "<Order>" in text or "<OrderNumber" in text:
        return "an Order element"
    for order in survey.exported.distinct_orders[:20]:
        for name in ("Customer/BillTo/Email", "Customer/ShipTo/Address1"):
            value = order[name].text.strip()
            if len(value) > 7 and value in text:
                return f"{name} of order {order.label}"
    return None


def refused(survey: Survey, kind: str) -> Iterator[Finding]:
    """CON-2, CON-3: no order data and no success."""
    exchange = unauthenticated(survey).get(kind)
    none = unauthenticated(survey).get("no credentials")
    if kind in NO_BASIC and none is not None and none.succeeded:
        raise NotExercised("a request without credentials is answered, too (CON-3)")
    if kind == BY_POST and not survey.may_write:
        raise NotExercised("nothing is posted to a store that may not be changed: run with --allow-writes")
    if exchange is None:
        raise NotExercised(f"with these credentials, {kind} is the right one, or was not recorded")
    # what a shop answers to a method that nobody asks with is its own matter, as long as it is no export
    in_vain = kind == BY_POST and not parse_export(exchange).is_orders
    if (leaked := order_data(exchange, survey)) is not None or (exchange.succeeded and not in_vain):
        yield Finding(
            message=f"A request with {kind} {f'gets order data: {leaked}' if leaked else 'is answered as a success'}.",
            expected="status 401 or 403",
            actual=f"{exchange.outcome}: {shorten(exchange.body[:120].decode('utf-8', 'replace'))}",
            exchange=exchange.number,
        )


def refused_properly(survey: Survey) -> Iterator[Finding]:
    """CON-5: the refusal is 401 with a challenge, or 403."""
    for kind, exchange in unauthenticated(survey).items():
        if kind == BY_POST or (exchange.succeeded and parse_export(exchange).is_orders):
            continue  # let in: that is CON-2's matter, there is no refusal to look at
        challenged = exchange.status == 401 and bool(exchange.header("WWW-Authenticate"))
        if not challenged and exchange.status != 403:
            lacking = " without WWW-Authenticate" if exchange.status == 401 else ""
            yield Finding(
                message=f"The refusal of {kind} isn't 401 with a challenge, nor 403.",
                expected="401 with WWW-Authenticate, or 403",
                actual=exchange.outcome + lacking,
                exchange=exchange.number,
            )


def nothing_leaks(survey: Survey) -> Iterator[Finding]:
    """SEC-6: nothing of an order is in a reply to a request that wasn't authenticated."""
    for kind, exchange in unauthenticated(survey).items():
        if leaked := order_data(exchange, survey):
            yield Finding(
                message=f"The reply to a request with {kind} holds order data.",
                expected="nothing of an order",
                actual=leaked,
                exchange=exchange.number,
            )


def empty_window(survey: Survey) -> Iterator[Finding]:
    """CON-1: an export over an empty window is a valid, empty Orders document (Test Connection)."""
    reading = survey.empty_export
    number = reading.exchange.number
    if (trouble := export_problem(reading)) is not None:
        yield Finding(
            message="Test Connection fails.",
            expected="2xx and an empty Orders document",
            actual=trouble,
            exchange=number,
        )
        return
    if reading.orders:
        yield Finding(
            message=f"An empty window ({format_bound(survey.limits.empty_window.start)}) gives orders.",
            xpath="/Orders/Order",
            expected="no Order",
            actual=f"{len(reading.orders)} orders",
            exchange=number,
        )
        return
    assert reading.root is not None
    for violation in violations(reading.root):
        yield Finding(
            message="The empty document isn't valid.",
            order=None,
            xpath=violation.xpath,
            expected=violation.rule,
            actual=violation.value,
            exchange=number,
        )


def well_formed(survey: Survey) -> Iterator[Finding]:
    """CON-7: a reply that carries orders is well-formed XML with an XML content type."""
    for reading in survey.exported.failed_pages:
        if reading.exchange.succeeded and not reading.is_orders:
            yield Finding(
                message="A reply to an export is no Orders document.",
                expected="well-formed XML, its element Orders",
                actual=f"{export_problem(reading)}: {shorten(reading.exchange.body[:120].decode('utf-8', 'replace'))}",
                exchange=reading.exchange.number,
            )
            break
    for reading in (*survey.exported.valid_pages[:40], survey.empty_export):
        exchange = reading.exchange
        if reading.is_orders and not has_xml_content_type(exchange):
            yield Finding(
                message="The content type isn't XML's.",
                expected="text/xml or application/xml",
                actual=exchange.header("Content-Type") or "(none)",
                exchange=exchange.number,
            )
            break
    for reading in survey.exported.valid_pages:
        wrong_encoding = encoding_problem(reading.exchange)
        if reading.has_wrong_encoding:
            wrong_encoding = "the declaration names a one-byte encoding, but the bytes are UTF-8"
        if wrong_encoding is not None:
            yield Finding(
                message="The declared encoding isn't true.",
                expected="bytes in the encoding that the reply names",
                actual=wrong_encoding,
                exchange=reading.exchange.number,
            )
            break


def not_cacheable(survey: Survey) -> Iterator[Finding]:
    """CON-8: replies with order data forbid caching."""
    for reading in survey.exported.valid_pages:
        exchange = reading.exchange
        if not reading.orders:
            continue
        control = exchange.header("Cache-Control").lower()
        forbids = re.search(r"no-store|no-cache|private|max-age=0\b", control) or (
            not control
            and ("no-cache" in exchange.header("Pragma").lower() or exchange.header("Expires") in ("0", "-1"))
        )
        if not forbids or exchange.header("Age").strip() not in ("", "0"):
            yield Finding(
                message="A cache may keep this reply, and answer with yesterday's orders.",
                expected="Cache-Control: no-store",
                actual=f"Cache-Control: {control or '(none)'}"
                + (f", Age: {exchange.header('Age')}" if exchange.header("Age") else ""),
                exchange=exchange.number,
            )
            return


NO_WINDOW = [("action", "export"), ("start_date", "not-a-date"), ("end_date", "neither-this"), ("page", "1")]


def asked(survey: Survey, parameters: list[tuple[str, str]]) -> Exchange:
    """A request with these parameters, made once: several requirements look at its reply."""
    return survey.cached(("asked", *parameters), lambda: survey.shipstation.get(parameters))


ACTIONS = {"an unknown action": [("action", "nonsense")], "no action": []}


def unknown_action(survey: Survey, kind: str) -> Iterator[Finding]:
    """CON-6: an unknown or missing action is refused with 4xx."""
    window = quick(survey)
    exchange = asked(survey, [*ACTIONS[kind], *export_parameters(window, 1)[1:]])
    if not exchange.refused:
        yield Finding(
            message=f"A request with {kind} isn't refused.",
            expected="status 4xx",
            actual=exchange.outcome,
            exchange=exchange.number,
        )


def bad_window(survey: Survey) -> Iterator[Finding]:
    """CON-9: a window that is none is not answered 2xx."""
    quick(survey)
    exchange = asked(survey, NO_WINDOW)
    if exchange.succeeded:
        yield Finding(
            message="A request that can't be answered is answered as a success.",
            expected="status 4xx",
            actual=f"{exchange.outcome}: {shorten(exchange.body[:120].decode('utf-8', 'replace'))}",
            exchange=exchange.number,
        )


def missing_bound(survey: Survey, kind: str) -> Iterator[Finding]:
    """WIN-10: a missing or unreadable date is refused with 4xx."""
    window = quick(survey)
    given = dict(export_parameters(window, 1))
    match kind:
        case "no start_date":
            del given["start_date"]
        case "no end_date":
            del given["end_date"]
        case "an empty start_date":
            given["start_date"] = ""
        case "an end_date in month 13":
            given["end_date"] = "13/45/2026 25:61"
        case _:
            given["end_date"] = "not-a-date"
    exchange = asked(survey, list(given.items()))
    if not exchange.refused:
        yield Finding(
            message=f"A request with {kind} isn't refused.",
            expected="status 4xx",
            actual=exchange.outcome,
            exchange=exchange.number,
        )


SPELLINGS = ("parameters in another order", "blanks as %20, slashes as they are", "lower-case percent signs")


def spelt_otherwise(survey: Survey, kind: str) -> Iterator[Finding]:
    """CON-10: parameters in any order and encoded either way mean the same."""
    survey.stability.require_repeatable_pages()
    window = window_to_ask(survey)
    right = survey.first_page(window)
    if not right.is_orders:
        raise NotExercised(f"the request as ShipStation spells it fails, too: {export_problem(right)}")
    parameters = export_parameters(window, 1)
    match kind:
        case "parameters in another order":
            exchange = survey.shipstation.get(list(reversed(parameters)))
        case "lower-case percent signs":
            exchange = survey.shipstation.get(
                parameters,
                encode=lambda text: encode_like_shipstation(text).replace("%2F", "%2f").replace("%3A", "%3a"),
            )
        case _:
            exchange = survey.shipstation.get(parameters, encode=percent_encode)
    reading: ExportPage = parse_export(exchange)
    if reading.is_orders and sorted(reading.order_numbers) != sorted(right.order_numbers):
        right = survey.shipstation.export(window)  # what was made since may stand there now (WIN-2)
    if sorted(reading.order_numbers) != sorted(right.order_numbers) or not reading.is_orders:
        yield Finding(
            message=f"The same request with {kind} is answered otherwise.",
            expected=f"{len(right.orders)} orders as before (exchange {right.exchange.number})",
            actual=export_problem(reading) or f"{len(reading.orders)} orders, others",
            exchange=exchange.number,
        )


def ways_in(survey: Survey) -> Iterator[str]:
    """CON-11: which credentials it takes besides Basic, the add-on's version, whether the URL is HTTPS."""
    shipstation = survey.shipstation
    pair = (("SS-AUTH-USER", shipstation.credentials.username), ("SS-AUTH-PW", shipstation.credentials.password))
    reading = shipstation.export(quick(survey), anonymous=True, headers=pair)
    yield f"SS-AUTH-USER / SS-AUTH-PW headers: {'taken' if reading.is_orders else 'not taken'}"
    version = survey.empty_export.exchange.header("Plugin-Version")
    yield f"add-on version: {version or 'not stated'}"
    yield f"HTTPS: {'yes' if shipstation.url.lower().startswith('https:') else 'no'}"
