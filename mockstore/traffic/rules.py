"""The rules for an importer's requests: those requirements IMP-* that requests alone can break.

Each rule is a function from requests to breaches. ``mockstore serve --watch`` prints the breaches
while they happen. The suite judges importers by the same rules.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from lxml import etree

from mockstore.traffic.journal import MAX_BODY_CHARS
from mockstore.traffic.requests import BOUND_FORMAT, LoggedRequest, polls, read_bound

MAX_REFUSALS = 5
"""Most refusals in a row within :data:`LOOP_INTERVAL` that do not count as a tight loop."""

LOOP_INTERVAL = timedelta(seconds=10)
"""Time in which repeated requests count as a tight loop."""

MAX_REPETITIONS = 3
"""Most times that a page may arrive within :data:`LOOP_INTERVAL`."""

CONTENT_CODINGS = ("gzip", "deflate", "br", "zstd", "*")
"""Values of Accept-Encoding that allow a compressed reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A breach of a rule by a request."""

    requirement: str
    number: int
    sentence: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True)
class ImporterAccess:
    """The settings that the importer was given: the store's URL and the credentials."""

    url: str
    username: str = ""
    password: str = ""


_DECLARATION = re.compile(r"\A\ufeff?<\?xml[^>]*\?>")
"""The XML declaration. It is removed because the encoding that it states no longer applies to decoded text."""

Rule = Callable[[Sequence[LoggedRequest], ImporterAccess], Iterator[Breach]]


MIN_MASKED_CHARS = 6
"""A shorter password also occurs by chance: it is masked only where it stands alone."""

CONTRACT_PARAMETERS = frozenset(
    {"dispatch", "action", "start_date", "end_date", "page", "order_number", "carrier", "service", "tracking_number"}
)
"""The parameters of the contract. Their values are no credentials, whatever the password is."""


def hide_password(text: str, given: ImporterAccess) -> str:
    """Return a text of a request with the password replaced by ``…``."""
    for form in (*_forms(given.password), *_forms(_basic(given))):
        if len(given.password) >= MIN_MASKED_CHARS:
            text = text.replace(form, "…")
        else:
            text = re.sub(rf"(?<![\w%]){re.escape(form)}(?![\w%])", "…", text)
    return text


def _basic(given: ImporterAccess) -> str:
    """Return the credentials as in a Basic Authorization header; "" if there are none."""
    pair = f"{given.username}:{given.password}"
    return b64encode(pair.encode()).decode() if given.username or given.password else ""


def _forms(secret: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((secret, quote(secret, safe=""), quote_plus(secret)))) if secret else ()


def credentials_in_header(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-1: every request has Basic credentials in its header."""
    for each in requests:
        scheme = each.header("authorization").partition(" ")[0]
        if scheme.lower() != "basic":
            came = f"Authorization: {scheme} …" if scheme else "no Authorization header"
            yield Breach(
                requirement="IMP-1",
                number=each.number,
                sentence="The request has no Basic credentials.",
                expected="Authorization: Basic …",
                actual=came,
            )


def no_credentials_in_url(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-1: neither password nor user name is in a URL, because logs keep URLs."""
    own = parse_qsl(urlsplit(given.url).query, keep_blank_values=True)
    secrets = {given.username, given.password, f"{given.username}:{given.password}", _basic(given)} - {""}
    for each in requests:
        values = [value for name, value in each.parameters if name.lower() not in CONTRACT_PARAMETERS]
        values = [value for value in values if value not in {mine for _, mine in own}]
        target = each.entry.target
        if secrets.intersection((*values, *_userinfo(target))):
            yield Breach(
                requirement="IMP-1",
                number=each.number,
                sentence="The URL contains credentials, and logs keep URLs.",
                expected="credentials in the Authorization header only",
                actual=hide_password(unquote(target), given),
            )


def _userinfo(target: str) -> tuple[str, ...]:
    """Return user name and password of a target that is a whole URL."""
    found = re.match(r"[a-z][a-z0-9+.-]*://([^/?#]*)@", target, re.IGNORECASE)
    return tuple(map(unquote, found[1].split(":", 1))) if found else ()


def bounds_in_agreed_format(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-2: the bounds of a window have the format MM/dd/yyyy HH:mm."""
    for each in requests:
        if each.action != "export":
            continue
        for name in ("start_date", "end_date"):
            if not BOUND_FORMAT.fullmatch(each.parameter(name)) or read_bound(each.parameter(name)) is None:
                yield Breach(
                    requirement="IMP-2",
                    number=each.number,
                    sentence=f"{name} has another format, or is not a date.",
                    expected="MM/dd/yyyy HH:mm, like 03/23/2026 21:09",
                    actual=each.parameter(name) or "(none)",
                )


def query_kept(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-2: every request contains the query of the store's URL."""
    own = parse_qsl(urlsplit(given.url).query, keep_blank_values=True)
    for each in requests:
        if lost := [pair for pair in own if pair not in each.parameters]:
            yield Breach(
                requirement="IMP-2",
                number=each.number,
                sentence="The request lacks the query of the store's URL.",
                expected="&".join(f"{name}={value}" for name, value in lost),
                actual=hide_password(each.entry.target, given),
            )


def method_and_action(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-2, IMP-12: an export is requested by GET, a notification is sent by POST; there are no other actions."""
    for each in requests:
        if each.action == "shipnotify" and each.entry.method != "POST":
            yield Breach(
                requirement="IMP-12",
                number=each.number,
                sentence="A notification is not sent by POST.",
                expected="POST",
                actual=each.entry.method,
            )
        elif each.action == "export" and each.entry.method != "GET":
            yield Breach(
                requirement="IMP-2",
                number=each.number,
                sentence="An export is not requested by GET.",
                expected="GET",
                actual=each.entry.method,
            )
        elif each.action not in ("export", "shipnotify"):
            yield Breach(
                requirement="IMP-2",
                number=each.number,
                sentence="The action is missing or unknown.",
                expected="action=export or shipnotify",
                actual=each.action or "(none)",
            )


def pages_in_bounds(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-3: every requested page is a number from 1 to the last page."""
    for poll in polls(requests):
        for each in poll.requests:
            if each.page < 1:
                yield Breach(
                    requirement="IMP-3",
                    number=each.number,
                    sentence="The page is not a page number.",
                    expected="a number from 1 on",
                    actual=each.parameter("page"),
                )
            elif poll.pages is not None and each.page > poll.pages:
                yield Breach(
                    requirement="IMP-3",
                    number=each.number,
                    sentence="A page after the last one is requested.",
                    expected=f"{poll.pages} page{'s' if poll.pages > 1 else ''}, as page 1 stated",
                    actual=f"page {each.page}",
                )


def every_page_requested(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-3: every page of a window is requested, unless a page before it failed."""
    for poll in polls(requests):
        if poll.pages is None or poll.has_failed_page:
            continue
        asked_for = {each.page for each in poll.requests}
        if missing := [page for page in range(1, poll.pages + 1) if page not in asked_for]:
            yield Breach(
                requirement="IMP-3",
                number=poll.requests[-1].number,
                sentence="Not every page of the window was requested.",
                expected=f"pages 1 to {poll.pages}",
                actual=f"without page {', '.join(map(str, missing[:10]))}",
            )


@dataclass(frozen=True, slots=True)
class UncoveredTime:
    """A period that was never requested, or whose orders never arrived completely."""

    start: datetime
    end: datetime


def uncovered_times(
    requests: Sequence[LoggedRequest], since: datetime | None = None, until: datetime | None = None
) -> tuple[UncoveredTime, ...]:
    """Return the periods from ``since`` (or the earliest bound) to ``until`` (or the latest) that no poll covers."""
    asked_for = polls(requests)
    if not asked_for:
        return (UncoveredTime(since, until),) if since and until and since < until else ()
    reached = since or min(poll.start for poll in asked_for)
    last = until or max(poll.end for poll in asked_for)
    found: list[UncoveredTime] = []
    # pages that were never requested are reported by IMP-3
    for poll in sorted((poll for poll in asked_for if not poll.has_failed_page), key=lambda poll: poll.start):
        if poll.start > reached and reached < last:
            found.append(UncoveredTime(reached, min(poll.start, last)))
        reached = max(reached, poll.end)
    if reached < last:
        found.append(UncoveredTime(reached, last))
    return tuple(found)


def gaps_between_windows(
    requests: Sequence[LoggedRequest], since: datetime | None = None, until: datetime | None = None
) -> Iterator[tuple[UncoveredTime, Breach]]:
    """Yield the periods between windows that were never requested or never answered, from ``since`` to ``until``."""
    for hole in uncovered_times(requests, since, until):
        after = [each for each in requests if each.window and each.window[0] >= hole.end]
        yield (
            hole,
            Breach(
                requirement="IMP-4",
                number=(after or requests)[0 if after else -1].number,
                sentence="The time between two windows was never requested, or never answered.",
                expected="each window begins where the last answered window ended",
                actual=f"nothing from {hole.start:%m/%d/%Y %H:%M} to {hole.end:%m/%d/%Y %H:%M}",
            ),
        )


def no_gap_between_windows(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-4: successive windows leave no time between them; a failed window is requested again."""
    for _, breach in gaps_between_windows(requests):
        yield breach


def refusals_respected(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-10: a refused request is not repeated in a tight loop."""
    row: list[LoggedRequest] = []
    for each in requests:
        row = [*row, each] if each.refused else []
        recent = [one for one in row if each.entry.time - one.entry.time < LOOP_INTERVAL]
        if len(recent) > MAX_REFUSALS:
            yield Breach(
                requirement="IMP-10",
                number=each.number,
                sentence="A refused request is repeated in a tight loop.",
                expected=f"at most {MAX_REFUSALS} tries within {LOOP_INTERVAL.seconds} seconds",
                actual=f"{len(recent)} within {(each.entry.time - recent[0].entry.time).total_seconds():.1f} s",
            )
            return


def notice_agrees_with_query(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-12: query and body of a notification name the same order, tracking number, carrier and service."""
    pairs = (
        ("order_number", "OrderNumber"),
        ("tracking_number", "TrackingNumber"),
        ("carrier", "Carrier"),
        ("service", "Service"),
    )
    for each in requests:
        if each.action != "shipnotify" or each.entry.method != "POST":
            continue
        if not each.parameter("order_number").strip():
            yield Breach(
                requirement="IMP-12",
                number=each.number,
                sentence="The query names no order.",
                expected="order_number=…",
                actual=each.entry.target,
            )
        if each.entry.body_unread:
            continue
        root = parse_notice(each)
        if root is None:
            if len(each.entry.body) >= MAX_BODY_CHARS:  # the journal has only its beginning
                continue
            yield Breach(
                requirement="IMP-12",
                number=each.number,
                sentence=f"The body is not a ShipNotice: {notice_problem(each)}.",
                expected="<ShipNotice>…</ShipNotice>",
                actual=each.entry.body[:200] or "(empty)",
            )
            continue
        for parameter, element in pairs:
            said, written = each.parameter(parameter).strip(), (root.findtext(element) or "").strip()
            if said != written and (said and written):
                yield Breach(
                    requirement="IMP-12",
                    number=each.number,
                    sentence=f"Query and body name different {element}s.",
                    expected=f"{parameter}={said}",
                    actual=written,
                )


def parse_notice(each: LoggedRequest) -> etree._Element | None:
    """Return the body of a notification; None if it is not a ShipNotice."""
    try:
        root = _parsed(each.entry.body)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root.tag == "ShipNotice" else None


def _parsed(body: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(_DECLARATION.sub("", body).encode(), parser)


_FORM = re.compile(r"\s*[\w%.+\[\]-]+=[^<]*(?:&|\Z)")
"""The beginning of a body that is encoded like a form."""


def notice_problem(each: LoggedRequest) -> str:
    """Return why the body of a notification is not a ShipNotice, and where; "" if it is one."""
    body = each.entry.body
    if not body.strip():
        return "it is empty"
    if body[0].isspace() and body.lstrip().startswith("<?xml"):
        return "there is white space before the XML declaration"
    if _FORM.match(body):
        return "it is encoded like a form"
    if body.lstrip()[0] in "{[":
        return "it is JSON"
    try:
        root = _parsed(body)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        return f"it is not well-formed XML, line {line}, column {column}: {error.msg.partition(', line')[0]}"
    except ValueError as error:
        return f"it is not XML: {error}"
    name = etree.QName(root)
    if name.localname == "ShipNotice" and name.namespace:
        return f"its root has the namespace {name.namespace!r}"
    return "" if root.tag == "ShipNotice" else f"its root is {name.localname}"


def notified_once(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-13: a notification that was answered with success is not sent again."""
    answered: dict[tuple[str, str], LoggedRequest] = {}
    for each in requests:
        if each.action != "shipnotify" or not each.parameter("tracking_number"):
            continue
        key = each.parameter("order_number"), each.parameter("tracking_number")
        if before := answered.get(key):
            yield Breach(
                requirement="IMP-13",
                number=each.number,
                sentence="A notification is sent again although it was answered with success.",
                expected="no repetition after 2xx",
                actual=f"order {key[0]}, tracking number {key[1]}, answered {before.entry.status} before",
            )
        if each.succeeded:
            answered[key] = each


def compressed_replies(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-14: the importer accepts compressed exports."""
    for each in requests:
        accepted = each.header("accept-encoding").lower()
        if each.action == "export" and not any(coding in accepted for coding in CONTENT_CODINGS):
            yield Breach(
                requirement="IMP-14",
                number=each.number,
                sentence="The request does not accept compressed replies.",
                expected="Accept-Encoding: gzip",
                actual=f"Accept-Encoding: {accepted}" if accepted else "no Accept-Encoding header",
            )
            return


MIN_PAGES_FOR_CONNECTION_RULE = 5
"""Least number of pages that shows whether connections are reused: fewer may be requested at the same time."""


def connection_kept(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-14: the pages of a window are requested over fewer connections than pages."""
    for poll in polls(requests):
        peers = [each.entry.peer for each in poll.requests if each.succeeded and each.entry.peer]
        if len(peers) >= MIN_PAGES_FOR_CONNECTION_RULE and len(set(peers)) == len(peers):
            yield Breach(
                requirement="IMP-14",
                number=poll.requests[-1].number,
                sentence="Every page was requested over a new connection.",
                expected="one connection, reused",
                actual=f"{len(peers)} requests over {len(peers)} connections",
            )
            return


def pages_not_repeated(requests: Sequence[LoggedRequest], given: ImporterAccess) -> Iterator[Breach]:
    """IMP-14: a page that arrived is not requested again at once."""
    for poll in polls(requests):
        for page in {each.page for each in poll.requests}:
            came = [each for each in poll.requests if each.page == page and each.succeeded]
            close = [each for each in came if came[-1].entry.time - each.entry.time < LOOP_INTERVAL]
            if len(close) > MAX_REPETITIONS:
                yield Breach(
                    requirement="IMP-14",
                    number=close[-1].number,
                    sentence="The same page is requested again and again although it arrived.",
                    expected="polls some minutes apart",
                    actual=f"{len(close)} times within {LOOP_INTERVAL.seconds} seconds",
                )
                return


SINGLE_REQUEST_RULES: tuple[Rule, ...] = (
    credentials_in_header,
    no_credentials_in_url,
    method_and_action,
    bounds_in_agreed_format,
    query_kept,
    notice_agrees_with_query,
    compressed_replies,
)
"""Rules of a single request."""

IMMEDIATE_RULES: tuple[Rule, ...] = (
    pages_in_bounds,
    refusals_respected,
    notified_once,
    connection_kept,
    pages_not_repeated,
)
"""Rules for a sequence of requests whose breaches later requests cannot undo."""

DEFERRED_RULES: tuple[Rule, ...] = (every_page_requested,)
"""Rules that apply only when the importer has gone on to another window: later requests may undo a breach."""
