"""The traffic of the add-on in a HAR file, without the other requests of the programs that wrote the file.

A HAR file doesn't tell which credentials were right. They are right if the add-on accepted them, and wrong if it always
refused them and accepted others. An exchange whose credentials may be either is left out, so that nobody is accused.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import SplitResult, parse_qsl, unquote, urldefrag, urljoin, urlsplit

from conformance.client.exchange import Exchange, Headers, Masked
from conformance.client.recording.har import (
    Har,
    HarEntry,
    UnreadableHar,
    headers_of,
    moment_of,
    readable,
    reply_body,
    request_body,
)
from conformance.client.recording.traffic import ACTIONS, Traffic, base_of, traffic_of
from conformance.core.masking import MASK, credentials_in, mask_url

HOME_PAGES = ("/", "/index.php")
"""Paths of the add-on that the shop's home page has, too."""
ADDED = "Authorization"
"""The header that a request gets if its credentials are elsewhere, or hidden."""
REFUSALS = (401, 403)
"""Statuses of a reply to wrong credentials."""
FOREIGN = "not the add-on's"
NO_REPLY = "without a reply"
NO_BODY = "without the whole body of the reply"
ELSEWHERE = "redirected to another address of the add-on"
UNCERTAIN = 'refused, perhaps rightly (write "(wrong)" behind credentials that were wrong)'
HIDDEN = (
    "exchanges show no credentials, perhaps because the program that wrote the file hides them: those that were not "
    "refused are judged as if their credentials were right"
)
PROXIES = re.compile("mitmproxy|charles|fiddler|conformance", re.IGNORECASE)
"""Programs that write each request as it was sent. Browsers leave out credentials, and hide the refusal before them."""
_SCHEME = re.compile(r"([A-Za-z]{1,20}) +(.+)", re.DOTALL)
_NOTE = re.compile(r"\s*\(([^()]+)\)\s*$")
_REMOVED = re.compile(r"[\W_]*|.*(?:redact|mask|hidden|removed|filtered|xxxx).*", re.IGNORECASE | re.DOTALL)
"""What programs put in the place of a secret."""


@dataclass(frozen=True)
class Given:
    """The credentials of a request, in each place that may have them. ``note`` says what was wrong with them."""

    authorization: str | None = None
    user: str | None = None
    password: str | None = None
    in_query: tuple[tuple[str, str], ...] = ()
    in_address: str = ""
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """True if the request shows no credentials."""
        return self == Given()

    @property
    def is_only_in_query(self) -> bool:
        """True if they are parameters of the URL, and nothing else."""
        return bool(self.in_query) and self == Given(in_query=self.in_query)

    @cached_property
    def basic(self) -> tuple[str, str] | None:
        """User name and password of Basic authentication, if they can be read."""
        found = _SCHEME.fullmatch(self.authorization or "")
        if found is None or found[1].lower() != "basic":
            return None
        try:
            name, mark, password = b64decode(found[2].strip(), validate=True).decode().partition(":")
        except ValueError:
            return None
        return (name, password) if mark else None

    @property
    def is_removed(self) -> bool:
        """True if a program has replaced them: other credentials may look the same."""
        if self.authorization is not None:
            scheme = _SCHEME.fullmatch(self.authorization)
            return self.basic is None and (scheme is None or scheme[1].lower() == "basic")
        return self.user is not None and _REMOVED.fullmatch(self.password or self.user) is not None

    def secrets(self) -> Iterator[str]:
        """Yield each secret."""
        yield from (value for _, value in self.in_query)
        yield from (self.password or "", unquote(self.in_address.partition(":")[2]))
        yield self.basic[1] if self.basic else (self.authorization or "").rpartition(" ")[2]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield each pair of user name and password."""
        if self.basic:
            yield self.basic
        if self.user is not None and self.password is not None:
            yield self.user, self.password


@dataclass(frozen=True)
class Endpoint:
    """An address of the add-on: host and port, path, and the parameters that neither ShipStation nor a login adds."""

    host: str
    path: str
    parameters: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.parameters)
        return f"{self.host}{self.path}{'?' if query else ''}{query}"


@dataclass(frozen=True)
class _Recorded:
    """An exchange of the add-on in the file. If it can't be judged, ``left_out`` says why."""

    endpoint: Endpoint
    given: Given
    exchange: Exchange
    left_out: str = ""

    @property
    def is_refused(self) -> bool:
        return self.exchange.status in REFUSALS


def har_traffic(har: Har) -> Mapping[str, Traffic]:
    """Return the traffic of each address of the add-on in a HAR file, by the name of its host.

    Raises:
        UnreadableHar: the file has no such traffic that can be judged, or an exchange of it is damaged.
    """
    addresses = [_split(har.url(number)) for number in range(len(har.entries))]
    endpoints = {_endpoint(address) for address in addresses if address is not None and _names_endpoint(address)}
    numbers = [
        number
        for number, address in enumerate(addresses)
        if address is not None and (endpoint := _endpoint(address)) in endpoints and _is_meant(address, endpoint)
    ]
    recorded = [_recorded(har, number, entry, endpoints) for number, entry in _in_order(har, numbers)]
    is_exact = PROXIES.search(har.creator) is not None
    judged = {
        endpoint: _with_kinds([each for each in recorded if each.endpoint == endpoint], is_exact=is_exact)
        for endpoint in endpoints
    }
    reasons = Counter(each.left_out for group in judged.values() for each in group if each.left_out)
    reasons[FOREIGN] = len(har.entries) - len(recorded)
    summary = _summary(har, reasons)
    names = _names([endpoint for endpoint, group in judged.items() if any(not each.left_out for each in group)])
    if not names:
        raise UnreadableHar(f"{har.path} has no exchange of the add-on that can be judged. {summary}")
    return {name: _traffic(judged[endpoint], summary) for name, endpoint in sorted(names.items())}


def _traffic(group: Sequence[_Recorded], summary: str) -> Traffic:
    exchanges = tuple(each.exchange for each in group if not each.left_out)
    notices = [summary] if summary else []
    if any(each.given.is_empty and dict(each.exchange.request_headers).get(ADDED) for each in group):
        notices.append(HIDDEN)
    return replace(
        traffic_of(exchanges),
        notices=tuple(notices),
        secrets=frozenset(secret for each in group for secret in each.given.secrets() if secret),
        pairs=frozenset(pair for each in group for pair in each.given.pairs()),
    )


def _summary(har: Har, reasons: Counter[str]) -> str:
    """Return in one line what is not judged; empty if everything is."""
    left_out = [f"{count} {reason}" for reason, count in sorted(reasons.items()) if count]
    if not left_out:
        return ""
    return (
        f"{sum(reasons.values())} of {len(har.entries)} exchanges in {har.path} are not judged: {', '.join(left_out)}"
    )


def _names(endpoints: Sequence[Endpoint]) -> dict[str, Endpoint]:
    """Return a name for each endpoint: its host, or its whole address if its host has several."""
    hosts = Counter(endpoint.host for endpoint in endpoints)
    return {each.host if hosts[each.host] == 1 else str(each): each for each in endpoints}


def _in_order(har: Har, numbers: Sequence[int]) -> list[tuple[int, HarEntry]]:
    """Return entries in the order in which they were sent, or as the file has them if one doesn't tell its time."""
    entries = [(number, har.entry(number)) for number in numbers]
    moments = [moment_of(entry) for _, entry in entries]
    if None in moments:
        return entries
    order = sorted(range(len(entries)), key=lambda place: moments[place] or datetime.max.replace(tzinfo=UTC))
    return [entries[place] for place in order]


def _split(url: str) -> SplitResult | None:
    try:
        address = urlsplit(url)
        return address if address.scheme in ("http", "https") and address.hostname and address.port != 0 else None
    except ValueError:
        return None


def _query(address: SplitResult) -> dict[str, str]:
    return dict(parse_qsl(address.query, keep_blank_values=True))


def _names_endpoint(address: SplitResult) -> bool:
    """True if only ShipStation sends such a request."""
    query = _query(address)
    action = query.get("action", "").strip().lower()
    return action in ACTIONS and ("start_date" if action == "export" else "order_number") in query


def _is_meant(address: SplitResult, endpoint: Endpoint) -> bool:
    """True if a request to the address of the add-on is for the add-on, and not for the home page of the shop."""
    return "action" in _query(address) or bool(endpoint.parameters) or endpoint.path not in HOME_PAGES


def _endpoint(address: SplitResult) -> Endpoint:
    base = urlsplit(base_of(address.geturl()))
    ports = {"http": ":80", "https": ":443"}
    host = base.netloc.lower().removesuffix(ports.get(base.scheme, ""))
    return Endpoint(host, base.path or "/", tuple(sorted(parse_qsl(base.query, keep_blank_values=True))))


def _recorded(har: Har, number: int, entry: HarEntry, endpoints: set[Endpoint]) -> _Recorded:
    """Return an exchange of the add-on as it is judged, without its credentials.

    Raises:
        UnreadableHar: a body is damaged.
    """
    response, address = entry.response, urlsplit(urldefrag(entry.request.url)[0])
    request_headers = headers_of(entry.request.headers)
    left_out, body = "", None
    try:
        sent = request_body(entry.request.post_data)
        if response is None or response.status < 100:
            left_out = NO_REPLY
        elif (body := reply_body(response)) is None:
            left_out = NO_BODY
    except ValueError as error:
        raise har.damaged(number, error) from None
    reply_headers = headers_of(response.headers) if response else ()
    location = readable(response.redirect_url or "") if response else ""
    if location and all(name.lower() != "location" for name, _ in reply_headers):
        reply_headers = (*reply_headers, ("Location", location))
    exchange = Exchange(
        number=number + 1,
        method=entry.request.method.upper(),
        url=address.geturl(),
        request_headers=request_headers,
        request_body=sent,
        status=response.status if response and response.status >= 100 else None,
        reason=readable(response.status_text or "") if response else "",
        reply_headers=reply_headers,
        reply_body=body or b"",
        duration_ms=max(0.0, entry.time or 0.0),
    )
    here = _endpoint(address)
    there = _split(urljoin(exchange.url, exchange.header("Location"))) if exchange.is_redirect else None
    if there is not None and _endpoint(there._replace(query=there.query or address.query)) in endpoints - {here}:
        left_out = left_out or ELSEWHERE
    given = _given(request_headers, address)
    masked = replace(
        exchange, url=readable(mask_url(exchange.url)), request_headers=_masked(request_headers, given, given.note)
    )
    return _Recorded(here, given, masked, left_out)


def _given(headers: Headers, address: SplitResult) -> Given:
    found = {name.lower(): value for name, value in headers}
    note = _NOTE.search(found.get("authorization", found.get("ss-auth-user", "")))

    def value(name: str) -> str | None:
        return _NOTE.sub("", found[name]) if name in found else None

    return Given(
        authorization=value("authorization"),
        user=value("ss-auth-user"),
        password=value("ss-auth-pw"),
        in_query=tuple(sorted(credentials_in(address.geturl()).items())),
        in_address=address.netloc.rpartition("@")[0],
        note=note[1] if note else "",
    )


def _with_kinds(group: Sequence[_Recorded], *, is_exact: bool) -> list[_Recorded]:
    """Return the exchanges of an endpoint, with what is known about their credentials in their headers."""
    accepted = {each.given for each in group if not (each.is_refused or each.given.is_empty or each.left_out)}
    shows_some = any(not each.given.is_empty for each in group)
    return [each if each.left_out else _with_kind(each, accepted, shows_some, is_exact=is_exact) for each in group]


def _with_kind(recorded: _Recorded, accepted: set[Given], shows_some: bool, *, is_exact: bool) -> _Recorded:
    given, exchange = recorded.given, recorded.exchange
    if given.note or (given.is_empty and shows_some and (is_exact or recorded.is_refused)):
        return recorded
    if not recorded.is_refused or (given in accepted and not given.is_removed and not given.is_only_in_query):
        kind = ""
    elif given.is_empty or given.is_removed or given.is_only_in_query or not accepted:
        return replace(recorded, left_out=UNCERTAIN)
    else:
        kind = "wrong"
    headers = _masked(exchange.request_headers, given, kind)
    if not given.is_only_in_query and not {name.lower() for name, _ in headers} & {"authorization", "ss-auth-user"}:
        headers = (*headers, (ADDED, _shown(f"Basic {MASK}", kind)))
    return replace(recorded, exchange=replace(exchange, request_headers=headers))


def _masked(headers: Headers, given: Given, kind: str) -> Headers:
    """Return headers without credentials; ``kind`` says what was wrong with them."""
    scheme = _SCHEME.fullmatch(given.authorization or "")
    places = {
        "authorization": f"{scheme[1]} {MASK}" if scheme else MASK,
        "ss-auth-user": MASK,
        "ss-auth-pw": MASK,
    }
    return tuple(
        (name, _shown(places[name.lower()], kind) if name.lower() in places else value) for name, value in headers
    )


def _shown(text: str, kind: str) -> Masked:
    text = f"{text} ({kind})" if kind else text
    return Masked(text, text)
