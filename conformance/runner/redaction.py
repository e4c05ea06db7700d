"""Replaces personal data in a report by pseudonyms: names, companies, streets, phones and e-mail addresses.

The suite judges the real values; the evidence is redacted afterwards. Pseudonyms are numbered by first
appearance: one value has one pseudonym in every view and recording of a run. The value cannot be found
from its pseudonym. The people in orders that the suite created are invented and stay as they are, so that the
recorded requests are still the same when the recording is judged again. A value of fewer than four
characters is replaced only if it is a whole field.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus

from conformance.client.encoding import decoded, encoding_of
from conformance.client.exchange import Exchange
from conformance.contract.fields import ORDER
from conformance.core.finding import Finding
from conformance.core.json_errors import NOT_JSON
from conformance.core.verdict import Outcome
from mockstore.orders.specimens import is_of_specimen

PSEUDONYM_FORMS = {
    "name": "Person {}",
    "company": "Company {}",
    "phone": "+1 555 01{:05}",
    "email": "person-{}@redacted.example",
    "address1": "Street {}",
    "address2": "Address line {}",
}
"""Field of the store's record → the form of its pseudonyms."""
FIELD_BY_ELEMENT = {
    row.name: field
    for path, row in ORDER.items()
    if path.startswith("Customer/") and (field := row.record.rpartition(".")[2]) in PSEUDONYM_FORMS
}
"""Element of BillTo and ShipTo → the field that it carries."""
MIN_SEARCHED_CHARS = 4
"""Shorter values are not searched for inside texts, where they can occur by chance."""
MIN_CUT_CHARS = 15
"""A shorter beginning of a long value may be a value of its own."""
MAX_REQUEST_BYTES = 1_000_000
"""Longer requests are hostile input of the suite (SEC-3) and hold no personal data."""
MAX_REPLY_BYTES = 8_000_000
"""Longer replies are left out; a recording would leave them out, too."""
PERSON_MEMBERS = ("billing", "shipping", "account", "customer")
"""Members of the record's JSON that describe a person. Elsewhere, ``name`` is the name of a product or a status."""
CSCART_MEMBERS = {"email": "email"} | {
    f"{place}{name}": field
    for place in ("", "b_", "s_")
    for name, field in {
        "firstname": "name",
        "lastname": "name",
        "phone": "phone",
        "address": "address1",
        "address_2": "address2",
        "company": "company",
    }.items()
}
"""Members of CS-Cart's REST API that describe a person, wherever they occur → field of the store's record."""

_PERSON = re.compile(r"(<(BillTo|ShipTo)\b[^>]*>)(.*?)(</\2\s*>)", re.DOTALL)
_VALUE = re.compile(rf"(<({'|'.join(FIELD_BY_ELEMENT)})\b[^>]*>)(.*?)(</\2\s*>)", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


class Pseudonyms:
    """The pseudonym of each value, learnt from exchanges in their order."""

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self._known: dict[str, str] = {}
        self._long: list[str] = []
        self._counts = dict.fromkeys(PSEUDONYM_FORMS, 0)
        self._pieces: tuple[tuple[str, str], ...] | None = None
        listed = sorted(exchanges, key=lambda each: each.number)
        for exchange in listed:
            if len(exchange.request_body) <= MAX_REQUEST_BYTES:
                self._learn(decoded(exchange.request_body), self._ours)
        for exchange in listed:
            if len(exchange.reply_body) <= MAX_REPLY_BYTES:
                self._learn(decoded(exchange.body), self.of)

    def _learn(self, text: str, of: Callable[[str, str], str]) -> None:
        if text.lstrip()[:1] in ("{", "["):
            try:
                _walk(json.loads(text), of)
            except NOT_JSON:
                return
        else:
            self._structured(text)

    def _ours(self, _: str, value: str) -> str:
        """Learn a value of an order that the suite created: it is invented, and stays."""
        if plain := value.strip():
            self._known[plain] = plain
            if len(plain) >= MIN_CUT_CHARS:
                self._long.append(plain)
        return value

    def _is_cut(self, value: str) -> bool:
        """True if a value is the beginning of a value of an order that the suite created: stores cut long ones."""
        beginning = value.rstrip(".… ")
        return len(beginning) >= MIN_CUT_CHARS and any(whole.startswith(beginning) for whole in self._long)

    def of(self, field: str, value: str) -> str:
        """Return a value with its pseudonym in its place. Blanks and the suite's own addresses stay."""
        plain = value.strip()
        if not plain or is_of_specimen(plain):
            return value
        if plain not in self._known and self._is_cut(plain):
            return value
        if plain not in self._known:
            self._counts[field] += 1
            self._known[plain] = PSEUDONYM_FORMS[field].format(self._counts[field])
            self._pieces = None
        return value.replace(plain, self._known[plain])

    def text(self, text: str) -> str:
        """Return a text with every known value replaced, however it is escaped."""
        if self._pieces is None:
            pieces = {form: name for value, name in self._known.items() for form in _forms(value) if name != value}
            self._pieces = tuple(sorted(pieces.items(), key=lambda piece: -len(piece[0])))
        for value, pseudonym in self._pieces:
            if value in text:
                text = text.replace(value, pseudonym)
        return text

    def _structured(self, text: str) -> str:
        """Return an export with the values of all people replaced, even if it is not well-formed."""

        def value(found: re.Match[str]) -> str:
            pieces = enumerate(_CDATA.split(found[3]))  # text and the contents of CDATA, in turns
            inside = "".join(piece if place % 2 else html.unescape(piece) for place, piece in pieces)
            changed = self.of(FIELD_BY_ELEMENT[found[2]], inside)
            return found[0] if changed == inside else f"{found[1]}{html.escape(changed, quote=False)}{found[4]}"

        return _PERSON.sub(lambda person: f"{person[1]}{_VALUE.sub(value, person[3])}{person[4]}", text)

    def body(self, body: bytes) -> bytes:
        """Return a body without personal data. A body that holds none stays the same, byte for byte."""
        encoding = encoding_of(body)
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            encoding = "latin-1"
            text = body.decode(encoding)
        if encoding != "utf-8":
            redacted = self.text(self._structured(text))
            return body if redacted == text else redacted.encode(encoding, "replace")
        if text.lstrip()[:1] in ("{", "["):
            try:
                content = json.loads(text)
                _walk(content, self.of)
                if content == json.loads(text):
                    return self.text(text).encode()
                return self.text(json.dumps(content, ensure_ascii=False)).encode("utf-8", "replace")
            except NOT_JSON:
                return self.text(text).encode()
        return self.text(self._structured(text)).encode()

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return an exchange without personal data."""
        return replace(
            exchange,
            url=self.text(exchange.url),
            request_body=self._request(exchange.request_body),
            reply_body=self._reply(exchange),
        )

    def _reply(self, exchange: Exchange) -> bytes:
        if (size := len(exchange.reply_body)) > MAX_REPLY_BYTES:
            return f"(a reply of {size} bytes, which is too long to be redacted)".encode()
        return self.body(exchange.body) if size else b""

    def _request(self, body: bytes) -> bytes:
        """Return a request without personal data. The suite's JSON describes its own orders, and stays as it is."""
        if body.lstrip()[:1] in (b"{", b"["):
            return body
        return self.body(body) if 0 < len(body) <= MAX_REQUEST_BYTES else body

    def outcome(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a scenario without personal data."""
        return replace(
            outcome,
            findings=tuple(self._finding(finding) for finding in outcome.findings),
            shared=tuple(replace(each, name=self.text(each.name)) for each in outcome.shared),
            notes=tuple(self.text(note) for note in outcome.notes),
            reason=self.text(outcome.reason),
            error=self.text(outcome.error),
        )

    def _finding(self, finding: Finding) -> Finding:
        step = (finding.xpath or "").rpartition("/")[2]
        person = "/BillTo/" in (finding.xpath or "") or "/ShipTo/" in (finding.xpath or "")
        field = FIELD_BY_ELEMENT.get(step) if person else None

        def value(text: str | None) -> str | None:
            if text is None:
                return None
            known = text.strip() in self._known
            return self.of(field, text) if field and (known or not text.startswith("(")) else self.text(text)

        return replace(
            finding,
            message=self.text(finding.message),
            expected=value(finding.expected),
            actual=value(finding.actual),
            shared=None if finding.shared is None else self.text(finding.shared),
        )


def _forms(value: str) -> set[str]:
    """Return a value in all forms that it may have in XML, JSON or a URL."""
    if len(value) < MIN_SEARCHED_CHARS:
        return set()
    return {
        value,
        html.escape(value, quote=False),
        html.escape(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        quote(value, safe=""),
        quote_plus(value),
    }


def _walk(value: object, of: Callable[[str, str], str], inside: bool = False) -> None:
    """Replace the fields of people in JSON, in place."""
    if isinstance(value, dict):
        for name, member in value.items():
            if inside and name in PSEUDONYM_FORMS and isinstance(member, str):
                value[name] = of(name, member)
            elif name in CSCART_MEMBERS and isinstance(member, str):
                value[name] = of(CSCART_MEMBERS[name], member)
            else:
                _walk(member, of, inside=name in PERSON_MEMBERS)
    elif isinstance(value, list):
        for member in value:
            _walk(member, of, inside=inside)
