"""Sends the calls of the control protocol for a check, and adds what is wrong with a reply as such."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from urllib.parse import quote, urlencode

import msgspec

from conformance.client.exchange import Exchange, Headers, Masked, beginning_of_body
from conformance.client.session import RequestSender, redirect_of
from conformance.core.errors import ConformanceError
from conformance.core.json_errors import NOT_JSON
from conformance.core.times import parse_http_date
from conformance.truth.control_check.messages import misfits
from conformance.truth.control_check.problems import Problem, Results
from conformance.truth.control_forms import Refusal
from conformance.truth.source import TruthUnavailable, require_readable_size

RIGHT, WRONG, NONE = "the right token", "a wrong token", "no token"
NO_CONTENT = object()
"""Stands for a body that is not JSON."""


class CheckStopped(ConformanceError):
    """The adapter answers so that nothing else can be checked; the results say why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A call and its reply. ``content`` is the JSON of the body, or NO_CONTENT."""

    call: str
    exchange: Exchange
    content: object

    @property
    def status(self) -> int | None:
        """The status; None without a reply."""
        return self.exchange.status

    @property
    def members(self) -> Mapping[str, object]:
        """The members of the object that was sent; none if it is no object."""
        return self.content if isinstance(self.content, dict) else {}

    @property
    def now(self) -> datetime:
        """The time of the reply, by the store's clock if it sends it."""
        return parse_http_date(self.exchange.header("Date")) or datetime.now(UTC)

    @property
    def was_refused(self) -> bool:
        """True if the reply refuses the token."""
        return self.status in (401, 403)

    @property
    def succeeded(self) -> bool:
        """True if the status is 2xx."""
        return self.exchange.succeeded


class Calls:
    """Calls to one adapter. ``results`` gets what is wrong with the replies."""

    def __init__(self, url: str, token: str, session: RequestSender, results: Results) -> None:
        self._url, self._token, self._session = url.rstrip("/"), token, session
        self.results = results

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, str] = MappingProxyType({}),
        token: str = RIGHT,
        padded_to: int = 0,
    ) -> Answer:
        """Send a call. ``padded_to`` is the length to which spaces fill the body."""
        content = b"" if body is None else msgspec.json.encode(body)
        headers: Headers = (("Accept", "application/json"),)
        if token != NONE:
            secret = self._token if token == RIGHT else f"wrong-{len(self._token)}"
            headers = (("Authorization", Masked(f"Bearer {secret}", "Bearer …")), *headers)
        if content:
            headers = (*headers, ("Content-Type", "application/json"))
        target = f"{path}?{urlencode(query)}" if query else path
        exchange = self._session.send(method, self._url + target, headers, content.ljust(padded_to))
        shown = path if len(path) <= MAX_SHOWN_PATH else f"{path[:MAX_SHOWN_PATH]}…"
        return Answer(call=f"{method} {shown}", exchange=exchange, content=_content(exchange))

    def fault(
        self, answer: Answer, expected: str, found: str, advice: str, *, path: str = "", note: bool = False
    ) -> None:
        """Add what is wrong with a reply."""
        self.results.add(
            Problem(call=answer.call, path=path, expected=expected, found=found, advice=advice, is_fault=not note)
        )

    def has_status(self, answer: Answer, *wanted: int, why: str = "") -> bool:
        """True if a reply has one of these statuses; else it is a fault."""
        if answer.status in wanted:
            return True
        expected = f"status {' or '.join(map(str, wanted))}{f' ({why})' if why else ''}"
        self.fault(answer, expected, outcome_of(answer), _advice_for(answer))
        return False

    def has_form(self, answer: Answer, form: type) -> bool:
        """True if the body fits a form, notes aside; what doesn't fit is added."""
        if answer.content is NO_CONTENT:
            found = beginning_of_body(answer.exchange, 60) or "nothing"
            self.fault(answer, "JSON", found, "Send JSON in UTF-8, without a byte order mark or other text around it.")
            return False
        return self.fits(answer, answer.content, form)

    def fits(self, answer: Answer, value: object, form: type, path: str = "") -> bool:
        """True if a value in a body fits a form, notes aside; what doesn't fit is added."""
        good = True
        for each in misfits(value, form, path):
            self.fault(answer, each.expected, each.found, each.advice, path=each.path, note=not each.is_fault)
            good = good and not each.is_fault
        return good

    def is_refusal(self, answer: Answer, what: str, field: str) -> None:
        """Check that a reply refuses a call because of a field. ``what`` is wrong with the field.

        The suite sends no wrong field, so an adapter that takes one is usable; one that breaks down may be not.
        """
        expected = f"status 422: {what}"
        if answer.succeeded:
            advice = "Refuse it with status 422, and change nothing: else mistakes in drafts stay unseen."
            self.fault(answer, expected, outcome_of(answer), advice, note=True)
        elif answer.status is None or not 400 <= answer.status < 500:
            self.fault(answer, expected, outcome_of(answer), _advice_for(answer))
        elif answer.status != 422:
            self.fault(answer, expected, outcome_of(answer), "Send 422 with error and path.", note=True)
        elif self.fits(answer, {} if answer.content is NO_CONTENT else answer.content, Refusal):
            self.names_field(answer, str(answer.members.get("path") or ""), field)

    def names_field(self, answer: Answer, path: str, field: str, where: str = "path") -> None:
        """Add a note unless the path in a refusal names the field."""
        if field not in path:
            found = repr(path) if path else "no path"
            self.fault(answer, f"a path that names {field}", found, "Name the field in path.", path=where, note=True)

    def must_be_refused(
        self, method: str, path: str, body: object = None, query: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Send a call with a wrong token and without one; each that isn't refused is a fault."""
        for token in (WRONG, NONE):
            answer = self.send(method, path, body, token=token, query=query)
            if not answer.was_refused:
                advice = "Compare the token before anything else, and answer 401 to any other."
                was_read = answer.succeeded or answer.status == 422
                self.fault(answer, f"status 401 to {token}", outcome_of(answer), advice, note=not was_read)


MAX_SHOWN_PATH = 100


def path_of(number: str) -> str:
    """Return the path of an order."""
    return f"/orders/{quote(number, safe='')}"


def outcome_of(answer: Answer) -> str:
    """Return the reply in a few words, with the beginning of its body if it failed."""
    said = beginning_of_body(answer.exchange, 150) if not answer.succeeded else ""
    return f"{answer.exchange.outcome}{f': {said}' if said else ''}"


def _content(exchange: Exchange) -> object:
    try:
        require_readable_size(exchange)
        return msgspec.json.decode(exchange.body)
    except (*NOT_JSON, TruthUnavailable):
        return NO_CONTENT


def _advice_for(answer: Answer) -> str:
    """Return what to do about a reply with a wrong status."""
    if answer.status is None:
        return "Find out why there is no reply."
    if redirect_of(answer.exchange) is not None:
        return "Give the URL to which it redirects."
    if answer.was_refused:
        return "Answer calls with the right token."
    if answer.status >= 500:
        return "Look into the shop's error log."
    if answer.status == 404:
        return "Answer this call, or correct the URL: it ends before /store."
    return "Answer as the protocol says."
