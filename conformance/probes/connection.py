"""CON: connection and authentication.

The first half of the module makes requests and returns evidence. The second half judges the evidence.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from conformance.checks.compare import is_same_text
from conformance.checks.findings import at
from conformance.client.exchange import Exchange, beginning_of_body, searched_text
from conformance.client.parsing.document import (
    NOT_WELL_FORMED,
    ExportPage,
    encoding_problem,
    has_xml_content_type,
    parse_export,
    stated_pages,
)
from conformance.client.parsing.malformed import find_fault
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import (
    MINUTE,
    NO_COMPRESSION,
    UNREADABLE,
    Credentials,
    Scheme,
    ShipStation,
    Window,
    encode_like_shipstation,
    export_parameters,
    format_bound,
    percent_encode,
)
from conformance.contract.schemas import violations
from conformance.core.errors import NotExercised, NotRecorded
from conformance.core.finding import Finding, shorten
from conformance.probes.order_changes import RepeatedRequest
from conformance.survey.pages import NO_ORDERS, export_problem
from conformance.survey.survey import Survey

Parameters = list[tuple[str, str]]

NO_CREDENTIALS = "no credentials"
LATER_PAGE = "no credentials for page 2"
BY_POST = "no credentials, by POST"
FORWARDED = "no credentials, in the name of the store's own machine"
OWN_MACHINE = (
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Real-IP", "127.0.0.1"),
    ("Client-IP", "127.0.0.1"),
    ("Forwarded", "for=127.0.0.1"),
)
"""Headers by which a proxy says where a request comes from. Anybody can write them."""
RESPELT: dict[str, tuple[str, str]] = {
    "no credentials, with action=EXPORT": ("action", "EXPORT"),
    "no credentials, with Action=export": ("Action", "export"),
}
"""Name of a request without credentials whose action is spelled in another way → name and value of the action.

A store may take it for an unknown action, and answer it as such.
"""
WAYS: dict[str, Callable[[str, str], tuple[str | None, str | None]]] = {
    "a wrong password": lambda name, password: (name, f"not-{password}"[:40]),
    "the password in another letter case": lambda name, password: (name, password.swapcase()),
    "an empty password": lambda name, password: (name, ""),
    "the password without its last character": lambda name, password: (name, password[:-1]),
    "the password, a colon and more": lambda name, password: (name, f"{password}:x"),
    "no password": lambda name, password: (name, None),
    "an empty user name": lambda name, password: ("", password),
    "another user name": lambda name, password: (f"{name}-other", password),
    "the password and a space": lambda name, password: (name, f"{password} "),
    "the password 0": lambda name, password: (name, "0"),
    "no user name": lambda name, password: (None, password),
    "the password, a NUL character and more": lambda name, password: (name, f"{password}\0x"),
    "a space and the password": lambda name, password: (name, f" {password}"),
    "the password and a line break": lambda name, password: (name, f"{password}\r\n"),
    "a list in place of the password": lambda name, password: (name, "x"),
    "lists in place of user name and password": lambda name, password: ("x", "x"),
}
"""Name of a way in which credentials are wrong → the wrong user name and password; None leaves a half out."""
LISTS: dict[str, tuple[str, ...]] = {
    "a list in place of the password": ("SS-Password",),
    "lists in place of user name and password": ("SS-UserName", "SS-Password"),
}
"""The ways of :data:`WAYS` in which parameters of the URL are lists → these parameters. PHP's strcmp of a list and a
text is null, which equals 0."""
_OF_COMPARISON = (
    "the password in another letter case",
    "the password without its last character",
    "the password, a colon and more",
)
_OF_READING = (
    *("a wrong password", "an empty password", "no password"),
    *("an empty user name", "another user name"),
)
_OF_BASIC = (
    *("the password and a space", "the password 0"),
    *("a space and the password", "the password and a line break"),
)
MALFORMED_FOR_SOME = (
    *("the password and a line break", "the password, a NUL character and more in the query of the URL"),
    FORWARDED,
)
"""Requests that a proxy or a framework may refuse as malformed: RFC 7617 forbids control characters in credentials, and
a proxy need not take a client's word for where its request comes from."""


class Form(msgspec.Struct, frozen=True):
    """A form that carries credentials, and the ways in which they are wrong in it, for exports and for notifications.

    All ways are tried for both actions in Basic authentication, which every store takes. For notifications, SS-AUTH
    headers are tried in the ways in which halves of a pair are read. What is read is compared as in the other form.
    """

    scheme: Scheme
    for_exports: tuple[str, ...]
    for_notifications: tuple[str, ...]


_BASIC = (*_OF_READING, *_OF_COMPARISON, *_OF_BASIC)
_IN_QUERY = (
    *(*_OF_READING, *_OF_COMPARISON, "the password and a space", "no user name"),
    *("the password, a NUL character and more", *LISTS),
)
FORMS: dict[str, Form] = {
    "": Form("Basic", _BASIC, _BASIC),
    " in the add-on's SS-AUTH headers": Form(
        "SS-AUTH",
        (*_OF_READING, *_OF_COMPARISON, "no user name"),
        ("a wrong password", "no password", "an empty user name"),
    ),
    " in the query of the URL": Form("query", _IN_QUERY, _IN_QUERY),
}
"""End of the name of wrong credentials → the form that carries them, and the ways in which they are wrong.

Probes of exports and of notifications take their wrong credentials from here.
"""
BEARER = "a bearer token instead of a password"
MIXED = "a right user name and a right password of two wrong pairs, in two forms"
RECONNECTED = "a wrong password on a new connection"
BAD_HEADERS = tuple(f"credentials in {how}" for how in UNREADABLE)
"""Basic credentials that can't be read."""
PAIRS: dict[str, tuple[str, Scheme]] = {
    f"{way}{end}": (way, form.scheme)
    for end, form in FORMS.items()
    for way in dict.fromkeys((*form.for_exports, *form.for_notifications))
}
_OF_EXPORTS = tuple(f"{way}{end}" for end, form in FORMS.items() for way in form.for_exports)
WRONG_CREDENTIALS = (*_OF_EXPORTS, *BAD_HEADERS, BEARER, MIXED, RECONNECTED)
WRONG_FOR_NOTIFICATIONS = (
    *(f"{way}{end}" for end, form in FORMS.items() for way in form.for_notifications),
    *(BAD_HEADERS[1], BEARER),
)
"""Names of wrong credentials of notifications in scenarios; none depends on what the store takes for exports."""
FORM_NAMES = {"SS-AUTH": "SS-AUTH headers", "query": "the query of the URL"}
WITHOUT = (NO_CREDENTIALS, LATER_PAGE, BY_POST, FORWARDED, *RESPELT)
CREDENTIALS = (*WITHOUT, *WRONG_CREDENTIALS)
"""Names of missing and wrong credentials in scenarios."""
NOT_BASIC = frozenset((BEARER, *(kind for kind, (_, scheme) in PAIRS.items() if scheme != "Basic")))
"""Credentials that aren't Basic authentication. Some stores ignore them, as if there were none."""
OF_ANY_STORE = frozenset((BEARER, "a wrong password in the add-on's SS-AUTH headers"))
"""Such credentials that are sent even to stores that don't take this form."""

ACTIONS: dict[str, Parameters] = {"an unknown action": [("action", "nonsense")], "no action": []}
"""Name of a missing or unknown action in scenarios → the parameter that is sent."""

BAD_WINDOW = [("action", "export"), ("start_date", "not-a-date"), ("end_date", "neither-this"), ("page", "1")]

BOUNDS: dict[str, dict[str, str | None]] = {
    "no start_date": {"start_date": None},
    "no end_date": {"end_date": None},
    "an empty start_date": {"start_date": ""},
    "an end_date that is not a date": {"end_date": "not-a-date"},
    "an end_date in month 13": {"end_date": "13/45/2026 25:61"},
}
"""Name of missing or unreadable bounds in scenarios → the value that is sent; None leaves the parameter out."""

Respell = Callable[[ShipStation, Parameters], Exchange]
SPELLINGS: dict[str, Respell] = {
    "parameters in another order, header names in small letters": lambda shipstation, given: shipstation.get(
        given[::-1], small_names=True
    ),
    "spaces as %20, slashes not encoded": lambda shipstation, given: shipstation.get(given, encode=percent_encode),
    "percent-encoding in lower case, and of letters": lambda shipstation, given: shipstation.get(
        given, encode=_encode_in_lower_case
    ),
}
"""Name of another spelling of a request in scenarios → the function that sends it in this spelling."""

BAD_REQUEST = 400
MAX_EXAMINED_REPLIES = 40
"""The cause is searched in this many replies that are not documents, at most."""
MAX_TYPED_PAGES = 40
"""The content type of this many pages is checked, at most."""
MAX_SEARCHED_ORDERS = 20
"""The suite searches for this many exported orders, at most, in a reply that must not contain order data."""
NO_ORDERS_REQUESTED = "no window with orders could be exported, so the replies had no orders to show"


def _encode_in_lower_case(text: str) -> str:
    return encode_like_shipstation(text).replace("%2F", "%2f").replace("%3A", "%3a").replace("x", "%78")


# ---------------------------------------------------------------------- evidence


class EmptyWindow(msgspec.Struct, frozen=True):
    """The reply to an export over a window in which no order was modified."""

    window: Window
    page: ExportPage


class UnauthenticatedReply(msgspec.Struct, frozen=True):
    """The reply to a request without the right credentials.

    ``exported`` are orders of the store, to look for in the reply. ``doubt`` says why a refusal proves nothing, if that
    is so.
    """

    kind: str
    exchange: Exchange
    exported: tuple[ExportedOrder, ...]
    doubt: str = ""

    @property
    def is_export(self) -> bool:
        """True if the reply is a success with an Orders document."""
        return parse_export(self.exchange).is_orders

    @property
    def leaked(self) -> str | None:
        """The part of an order that is in the reply; None if there is no such part."""
        return order_data(self.exchange, self.exported)


class UnauthenticatedReplies(msgspec.Struct, frozen=True):
    """The replies to requests without the right credentials. ``in_window`` is the number of orders requested."""

    replies: tuple[UnauthenticatedReply, ...]
    in_window: int


class UnusualRequest(msgspec.Struct, frozen=True):
    """The reply to a request that differs from a correct one in one thing, named ``kind``.

    ``doubt`` says why a refusal proves nothing, if that is so.
    """

    kind: str
    exchange: Exchange
    doubt: str = ""


class ExportReplies(msgspec.Struct, frozen=True):
    """The replies to the survey's requests for orders: pages, an empty window, and replies that are not documents.

    ``empty`` is None if recorded traffic has no empty window.
    """

    pages: tuple[ExportPage, ...]
    empty: ExportPage | None
    unreadable: tuple[ExportPage, ...]


class UncompressedRequests(msgspec.Struct, frozen=True):
    """Replies to requests that accept no compression.

    ``again`` are those to requests that were made before, and accepted compression then. ``once`` are the others.
    """

    again: tuple[Exchange, ...]
    once: tuple[Exchange, ...]


class RespeltRequest(msgspec.Struct, frozen=True):
    """The reply to a request in another spelling, and the reply to the usual one."""

    kind: str
    page: ExportPage
    usual: ExportPage


class WaysIn(msgspec.Struct, frozen=True):
    """The ways to connect to a store, as far as its replies show them."""

    takes_ss_auth: bool
    takes_query: bool | None
    """None if the suite may not send a password in a URL."""
    addon_version: str
    is_https: bool


# ---------------------------------------------------------------------- requests


def wrong_credentials(right: Credentials, kind: str) -> Credentials:
    """Return credentials that are wrong in one way.

    Raises:
        NotExercised: if the changed credentials are the same as the right ones.
    """
    name, password = right.username or "", right.password or ""
    if kind == BEARER:
        return Credentials("", "not-a-token", kind, "Bearer")
    if kind in BAD_HEADERS:
        return Credentials(name, password, kind, unreadable=kind.removeprefix("credentials in "))
    if kind == MIXED:
        beside = Credentials(*WAYS["another user name"](name, password), kind, "SS-AUTH")
        return Credentials(*WAYS["a wrong password"](name, password), kind, beside=beside)
    way, scheme = PAIRS["a wrong password" if kind == RECONNECTED else kind]
    found = Credentials(*WAYS[way](name, password), kind, scheme, as_lists=LISTS.get(way, ()))
    if (found.username, found.password) == (name, password):
        raise NotExercised(f"{kind} is the same as the right credentials")
    return found


def takes_form(survey: Survey, scheme: Scheme) -> bool:
    """True if the store takes the right user name and password in this form. It is asked only once.

    Web servers log URLs, so the suite sends a password in a URL only to a shop that it may change, a test shop.
    """
    if scheme == "query" and not survey.may_write:
        return False
    right = replace(survey.shipstation.credentials, scheme=scheme)
    return survey.cached(
        ("takes", scheme), lambda: survey.shipstation.export(quickly_answered_window(survey), credentials=right)
    ).is_orders


def answered_window(survey: Survey) -> Window:
    """Return a window that the store exports with the right credentials, if possible one with orders.

    If no whole window of the survey can be read, it is a part of one.

    Raises:
        NotExercised: if the store refuses the right credentials, too.
    """
    without_orders: list[Window] = []
    is_unreadable = False
    for window in survey.stable_windows:
        page = survey.first_page(window)
        if page.orders:
            return window
        if page.is_orders:
            without_orders.append(window)
        is_unreadable |= not page.is_orders
    with contextlib.suppress(NotRecorded):  # recorded traffic may not have the parts
        for each in survey.exported.pages if is_unreadable else ():
            if each.number == 1 and each.page.orders:
                return each.window
    for window in without_orders:
        return window
    if survey.empty_export.is_orders:
        return survey.other_empty_window(3 * MINUTE)
    outcome = survey.empty_export.exchange.outcome
    raise NotExercised(f"the store doesn't answer even a correct request, fix CON-1 first: {outcome}")


def window_to_refuse(survey: Survey) -> tuple[Window, str]:
    """Return a window for a request that must be refused, and why a refusal proves nothing; empty if it proves a lot.

    A store that refuses correct requests, too, can still answer one that it must refuse.
    """
    try:
        return answered_window(survey), ""
    except NotExercised as why:
        windows = survey.stable_windows
        return windows[0] if windows else survey.other_empty_window(3 * MINUTE), str(why)


def quickly_answered_window(survey: Survey) -> Window:
    """Return an empty window, or that of :func:`answered_window` if the store doesn't export an empty window."""
    if survey.empty_export.is_orders:
        return survey.other_empty_window(4 * MINUTE)
    return answered_window(survey)


def ask_for_empty_window(survey: Survey) -> EmptyWindow:
    """Ask for the orders of an empty window, as Test Connection does."""
    return EmptyWindow(survey.limits.empty_window, survey.empty_export)


def ask_for_orders_with(survey: Survey, credentials: str) -> UnauthenticatedReply:
    """Ask for orders with missing or wrong credentials.

    Raises:
        NotExercised: if these credentials are right, if the store accepts requests without any or doesn't take them in
            this form, or if the suite may not send the request.
    """
    if credentials == BY_POST and not survey.may_write:
        raise NotExercised("the suite sends POST requests only with --allow-writes")
    doubt = ""
    if credentials in WITHOUT:
        window, doubt = window_to_refuse(survey)
    else:
        window = answered_window(survey)
    if credentials in NOT_BASIC:
        with contextlib.suppress(NotRecorded):
            if _unauthenticated(survey, window, NO_CREDENTIALS).succeeded:
                raise NotExercised("the store answers requests without credentials: fix CON-3 first")
    exchange = _unauthenticated(survey, window, credentials)
    return UnauthenticatedReply(credentials, exchange, _exported(survey), doubt)


def ask_without_right_credentials(survey: Survey) -> UnauthenticatedReplies:
    """Ask for orders with every kind of missing or wrong credentials."""
    exchanges = unauthenticated_exchanges(survey)
    exported = _exported(survey)
    window = answered_window(survey)
    is_empty = window == survey.other_empty_window(3 * MINUTE)
    return UnauthenticatedReplies(
        tuple(UnauthenticatedReply(kind, exchange, exported) for kind, exchange in exchanges.items()),
        in_window=0 if is_empty else len(survey.first_page(window).orders),
    )


def unauthenticated_exchanges(survey: Survey) -> dict[str, Exchange]:
    """Return the replies to every kind of missing or wrong credentials.

    Raises:
        NotExercised: if the store refuses the right credentials, too.
    """
    window = answered_window(survey)
    found: dict[str, Exchange] = {}
    for kind in CREDENTIALS:
        if kind != BY_POST or survey.may_write:
            # recorded traffic may hold only some of them
            with contextlib.suppress(NotExercised, NotRecorded):
                found[kind] = _unauthenticated(survey, window, kind)
    return found


def _unauthenticated(survey: Survey, window: Window, kind: str) -> Exchange:
    """Return the reply to missing or wrong credentials. The request is sent only once."""

    def ask() -> Exchange:
        right = survey.shipstation.credentials
        if kind == MIXED or (kind in NOT_BASIC and kind not in OF_ANY_STORE):
            scheme = PAIRS[kind][1] if kind in PAIRS else "SS-AUTH"
            if not takes_form(survey, scheme):
                raise NotExercised(f"the store takes no credentials in {FORM_NAMES[scheme]}")
        if kind == RECONNECTED:  # a good request for another window (PAG-3), and then the end of its connection
            other = export_parameters(quickly_answered_window(survey), 1)
            survey.shipstation.get(other, headers=(("Connection", "close"),))
        given = wrong_credentials(right, kind) if kind in WRONG_CREDENTIALS else None
        usual_action, *others = export_parameters(window, 2 if kind == LATER_PAGE else 1)
        return survey.shipstation.get(
            [RESPELT.get(kind, usual_action), *others],
            credentials=given,
            anonymous=given is None,
            method="POST" if kind == BY_POST else "GET",
            headers=OWN_MACHINE if kind == FORWARDED else (),
        )

    return survey.cached(("unauthenticated", kind), ask)


def _exported(survey: Survey) -> tuple[ExportedOrder, ...]:
    return survey.exported.distinct_orders[:MAX_SEARCHED_ORDERS]


def ask_for_orders(survey: Survey) -> ExportReplies:
    """Ask for the orders of the survey's windows."""
    unreadable = survey.exported.failed_pages
    try:
        empty = survey.empty_export
    except NotRecorded:
        empty = None
    return ExportReplies(survey.exported.valid_pages, empty, unreadable)


def ask_without_compression(survey: Survey) -> UncompressedRequests:
    """Ask for orders again, and for a page past the last one, and accept no compression.

    Raises:
        NotExercised: if no request could be made, or recorded traffic has none that accepts no compression.
    """
    again = survey.stability.uncompressed_replies
    once = [page.exchange for _, page in survey.pages_past_end]
    found = UncompressedRequests(tuple(filter(_accepts_nothing, again)), tuple(filter(_accepts_nothing, once)))
    if not found.again or not found.once:
        raise NotExercised("no request that accepts no compression was answered twice")
    return found


def _accepts_nothing(exchange: Exchange) -> bool:
    given = {name.lower(): value for name, value in exchange.request_headers}
    return given.get("accept-encoding") == NO_COMPRESSION and exchange.succeeded


def ask_once(survey: Survey, parameters: Parameters) -> Exchange:
    """Return the reply to a request with these parameters. It is sent only once, for several scenarios."""
    return survey.cached(("asked", *parameters), lambda: survey.shipstation.get(parameters))


def ask_with_action(survey: Survey, action: str) -> UnusualRequest:
    """Send an export request with a missing or unknown action."""
    doubt = ""
    try:
        window = quickly_answered_window(survey)
    except NotExercised:
        window, doubt = window_to_refuse(survey)
    return UnusualRequest(action, ask_once(survey, [*ACTIONS[action], *export_parameters(window, 1)[1:]]), doubt)


def ask_for_bad_window(survey: Survey) -> UnusualRequest:
    """Ask for a window whose bounds are not dates."""
    quickly_answered_window(survey)
    return UnusualRequest("bounds that are no dates", ask_once(survey, BAD_WINDOW))


def ask_for_window_with(survey: Survey, bounds: str) -> UnusualRequest:
    """Ask for a window with a bound that is missing or unreadable."""
    window = quickly_answered_window(survey)
    given = dict(export_parameters(window, 1)) | BOUNDS[bounds]
    return UnusualRequest(
        bounds, ask_once(survey, [(name, value) for name, value in given.items() if value is not None])
    )


def ask_again_with(survey: Survey, spelling: str) -> RespeltRequest:
    """Send a request again in another spelling: for page 2, if the window has several pages.

    Whether a request for page 1 means page 1 doesn't show that the page is read.

    Raises:
        NotExercised: if the usual request fails, or gets another reply each time.
    """
    survey.stability.require_repeatable_pages()
    window = answered_window(survey)
    usual = survey.first_page(window)
    if not usual.is_orders:
        raise NotExercised(f"the request in ShipStation's own spelling fails: {export_problem(usual)}")
    number = 1
    if (stated_pages(usual) or 1) > 1 and (second := survey.page(window, 2)).orders:
        usual, number = second, 2
    page = parse_export(SPELLINGS[spelling](survey.shipstation, export_parameters(window, number)))
    if page.is_orders and not page.has_same_orders(usual):
        usual = survey.shipstation.export(window, number)  # the suite may have made orders since then (WIN-2)
    return RespeltRequest(spelling, page, usual)


def ask_with_ss_auth_headers(survey: Survey) -> WaysIn:
    """Ask for orders with the right credentials in SS-AUTH headers, and read the add-on's version and the URL."""
    takes_pair = takes_form(survey, "SS-AUTH")
    version = survey.empty_export.exchange.header("Plugin-Version")
    in_query = takes_form(survey, "query") if survey.may_write else None
    return WaysIn(takes_pair, in_query, version, survey.shipstation.url.lower().startswith("https:"))


# ---------------------------------------------------------------------- judging


def order_data(exchange: Exchange, exported: tuple[ExportedOrder, ...]) -> str | None:
    """Return the part of an order that a reply contains; None if the reply contains no order data."""
    text = searched_text(exchange)
    if "<Order>" in text or "<OrderNumber" in text:
        return "an Order element"
    for order in exported:
        for name in ("Customer/BillTo/Email", "Customer/ShipTo/Address1"):
            value = order[name].text.strip()
            if len(value) > 7 and value in text:
                return f"{name} of order {order.label}"
    return None


def beginning_of(exchange: Exchange) -> str:
    """Return the outcome of an exchange and the beginning of its body."""
    return f"{exchange.outcome}: {shorten(beginning_of_body(exchange, 120))}"


def is_valid_and_empty(empty: EmptyWindow) -> Iterator[Finding]:
    """CON-1: an export over an empty window is a valid, empty Orders document (Test Connection)."""
    page = empty.page
    number = page.exchange.number
    if (trouble := export_problem(page)) is not None:
        yield Finding(
            message="Test Connection fails.",
            expected="2xx and an empty Orders document",
            actual=trouble,
            exchange=number,
        )
        return
    if page.orders:
        yield Finding(
            message=f"The export of an empty window ({format_bound(empty.window.start)}) holds orders.",
            xpath="/Orders/Order",
            expected="no Order",
            actual=f"{len(page.orders)} orders",
            exchange=number,
        )
        return
    for violation in page.document.judged(violations) or ():
        yield Finding(
            message="The empty document isn't valid.",
            xpath=violation.xpath,
            expected=violation.rule,
            actual=violation.value,
            exchange=number,
        )


def gets_no_order_data_and_no_2xx(reply: UnauthenticatedReply) -> Iterator[Finding]:
    """CON-2, CON-3: a request without the right credentials gets no order data and no success.

    Raises:
        NotExercised: if it is refused, like a correct request.
    """
    exchange, leaked = reply.exchange, reply.leaked
    # ShipStation exports only with GET, so any reply to a POST is accepted unless it is an export
    is_harmless = (reply.kind == BY_POST and not reply.is_export) or reply.kind in RESPELT
    if leaked is not None or (exchange.succeeded and not is_harmless):
        got = f"gets order data: {leaked}" if leaked else "is answered as a success"
        yield Finding(
            message=f"A request with {reply.kind} {got}.",
            expected="status 401 or 403",
            actual=beginning_of(exchange),
            exchange=exchange.number,
        )
    elif reply.doubt:
        raise NotExercised(reply.doubt)


def every_refusal_is_proper(replies: UnauthenticatedReplies) -> Iterator[Finding]:
    """CON-5: the refusal is 401 with a challenge, or 403; of credentials that can't be read also 400."""
    for reply in replies.replies:
        exchange = reply.exchange
        if reply.kind in MALFORMED_FOR_SOME and exchange.status == BAD_REQUEST:
            continue
        if reply.kind == BY_POST or reply.kind in RESPELT or reply.is_export:
            continue  # the request was accepted, which CON-2 reports: there is no refusal to judge
        challenged = exchange.status == 401 and bool(exchange.header("WWW-Authenticate"))
        is_bad_request = reply.kind in BAD_HEADERS and exchange.status == 400
        if not challenged and exchange.status != 403 and not is_bad_request:
            lacking = " without WWW-Authenticate" if exchange.status == 401 else ""
            yield Finding(
                message=f"The refusal of {reply.kind} is neither 401 with a challenge nor 403.",
                expected="401 with WWW-Authenticate, or 403",
                actual=exchange.outcome + lacking,
                exchange=exchange.number,
            )


def replies_contain_no_order_data(replies: UnauthenticatedReplies) -> Iterator[Finding]:
    """SEC-6: a reply to a request that wasn't authenticated contains no order data.

    Raises:
        NotExercised: if the requested window has no orders, so that no reply could contain any.
    """
    leaks = [(reply, leaked) for reply in replies.replies if (leaked := reply.leaked)]
    if not leaks and not replies.in_window:
        raise NotExercised(NO_ORDERS_REQUESTED)
    for reply, leaked in leaks:
        yield Finding(
            message=f"The reply to a request with {reply.kind} holds order data.",
            expected="no order data",
            actual=leaked,
            exchange=reply.exchange.number,
        )


def is_refused_with_4xx(request: UnusualRequest) -> Iterator[Finding]:
    """CON-6, WIN-10: a request with an unknown action or an unreadable date is refused with 4xx.

    Raises:
        NotExercised: if it is refused, like a correct request.
    """
    if request.doubt and request.exchange.refused:
        raise NotExercised(request.doubt)
    if not request.exchange.refused:
        yield Finding(
            message=f"A request with {request.kind} isn't refused.",
            expected="status 4xx",
            actual=request.exchange.outcome,
            exchange=request.exchange.number,
        )


def is_not_answered_2xx(request: UnusualRequest) -> Iterator[Finding]:
    """CON-9: a request that can't be answered doesn't get status 2xx."""
    if request.exchange.succeeded:
        yield Finding(
            message="A request that can't be answered is answered as a success.",
            expected="status 4xx",
            actual=beginning_of(request.exchange),
            exchange=request.exchange.number,
        )


def _unreadable(page: ExportPage) -> tuple[Finding, str]:
    """Return the finding about a reply that is not a document, and the kind of its cause."""
    fault = find_fault(page.exchange.body) if page.is_malformed else None
    if fault is None:
        kind = page.problem or ""
        actual = f"{export_problem(page)}: {shorten(page.exchange.beginning(120).decode('utf-8', 'replace'))}"
    else:
        # the order is not the finding's: a change of the order would excuse it
        kind, place = fault.cause, f"in order {fault.order}" if fault.order else "outside of every order"
        actual = f"{NOT_WELL_FORMED}: {fault.words}, {place}: {fault.excerpt}"
    return Finding(
        message="The reply to an export isn't an Orders document.",
        expected="well-formed XML with the root element Orders",
        actual=actual,
        exchange=page.exchange.number,
    ), kind


def replies_are_well_formed(replies: ExportReplies) -> Iterator[Finding]:
    """CON-7: a reply with orders is well-formed XML with an XML content type and in the encoding that it declares."""
    seen: set[str] = set()
    for page in replies.unreadable[:MAX_EXAMINED_REPLIES]:
        if page.exchange.has_failed or page.is_orders:
            continue
        finding, kind = _unreadable(page)
        if kind not in seen:
            seen.add(kind)
            yield finding
    empty = (replies.empty,) if replies.empty is not None else ()
    for page in (*replies.pages[:MAX_TYPED_PAGES], *empty):
        if page.is_orders and not has_xml_content_type(page.exchange):
            yield Finding(
                message="The content type isn't an XML type.",
                expected="text/xml or application/xml",
                actual=page.exchange.header("Content-Type") or "(none)",
                exchange=page.exchange.number,
            )
            break
    for page in replies.pages:
        wrong_encoding = encoding_problem(page.exchange)
        if page.document.has_wrong_encoding:
            wrong_encoding = "the declaration names a one-byte encoding, but the bytes are UTF-8"
        if wrong_encoding is not None:
            yield Finding(
                message="The reply isn't in the encoding that it declares.",
                expected="bytes in the encoding that the reply names",
                actual=wrong_encoding,
                exchange=page.exchange.number,
            )
            break


def no_kept_reply_is_compressed(replies: UncompressedRequests) -> Iterator[Finding]:
    """CON-7: a client that accepts no compression doesn't get the compressed reply that was made for another one.

    A store that compresses the other replies, too, compresses all, whatever a client accepts.

    Raises:
        NotExercised: if the store compresses all replies.
    """
    if all(_is_compressed(each) for each in replies.once):
        raise NotExercised("the store compresses every reply, whatever the client accepts")
    for exchange in replies.again:
        if _is_compressed(exchange):
            yield Finding(
                message="A reply is compressed, although the request accepts no compression. The same request "
                "accepted it before, so a cache may have kept that reply.",
                expected="a reply that is not compressed, as to a request that was not made before",
                actual=f"Content-Encoding: {exchange.header('Content-Encoding') or '(none), but bytes of gzip'}",
                exchange=exchange.number,
            )
            return


def _is_compressed(exchange: Exchange) -> bool:
    declared = exchange.header("Content-Encoding").strip().lower() not in ("", "identity")
    return declared or exchange.has_gzip_bytes


def replies_forbid_caching(replies: ExportReplies) -> Iterator[Finding]:
    """CON-8: replies with order data forbid caching.

    Raises:
        NotExercised: if no reply has orders.
    """
    with_orders = [page for page in replies.pages if page.orders]
    if not with_orders:
        raise NotExercised(NO_ORDERS)
    for page in with_orders:
        exchange = page.exchange
        control = exchange.header("Cache-Control").lower()
        forbids = re.search(r"\b(?:no-store|no-cache|private|max-age=0)(?![\w-])", control) or (
            not control
            and ("no-cache" in exchange.header("Pragma").lower() or exchange.header("Expires") in ("0", "-1"))
        )
        if not forbids or exchange.header("Age").strip() not in ("", "0"):
            age = f", Age: {exchange.header('Age')}" if exchange.header("Age") else ""
            yield Finding(
                message="A cache may keep this reply and answer with yesterday's orders.",
                expected="Cache-Control: no-store",
                actual=f"Cache-Control: {control or '(none)'}{age}",
                exchange=exchange.number,
            )
            return


def reply_is_not_the_old_one(again: RepeatedRequest) -> Iterator[Finding]:
    """CON-8: the same request after a change doesn't get the old reply from a cache."""
    exported = again.exported
    if exported is not None and is_same_text(again.notes_before, exported["CustomerNotes"].text):
        yield at(
            exported["CustomerNotes"],
            exported,
            "The same request is still answered with the value before the change.",
            again.notes_after,
        )


def gets_the_same_orders(request: RespeltRequest) -> Iterator[Finding]:
    """CON-10: a request with its parameters in another sequence or encoding gets the same orders.

    Raises:
        NotExercised: if the requested window has no orders, and the other reply is one, too.
    """
    page, usual = request.page, request.usual
    if page.is_orders and not page.orders and not usual.orders:
        raise NotExercised(NO_ORDERS_REQUESTED)
    if not page.is_orders or not page.has_same_orders(usual):
        yield Finding(
            message=f"The same request with {request.kind} gets another reply.",
            expected=f"{len(usual.orders)} orders as before (exchange {usual.exchange.number})",
            actual=export_problem(page) or f"{len(page.orders)} other orders",
            exchange=page.exchange.number,
        )


# ---------------------------------------------------------------------- observing


def ways_in(ways: WaysIn) -> Iterator[str]:
    """CON-11: the accepted credentials besides Basic, the add-on's version, and whether the URL is HTTPS."""
    yield f"SS-AUTH-USER / SS-AUTH-PW headers: {'taken' if ways.takes_ss_auth else 'not taken'}"
    if ways.takes_query is not None:
        yield f"SS-UserName / SS-Password in the query: {'taken' if ways.takes_query else 'not taken'}"
    yield f"add-on version: {ways.addon_version or 'not stated'}"
    yield f"HTTPS: {'yes' if ways.is_https else 'no'}"
