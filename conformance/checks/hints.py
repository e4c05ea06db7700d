"""Likely causes: if a finding looks like a bug of real integrations, a hint tells how to repair it.

A hint never decides a verdict, because it is made from a finding. A hint recognises findings by their
texts; ``tests/test_checks_hints.py`` fails if such a text is reworded.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from conformance.checks.value_hints import value_hint_for
from conformance.client.parsing.values import parse_decimal, parse_moment
from conformance.core.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A likely cause of findings of some requirements."""

    requirements: frozenset[str]
    fits: Callable[[Finding], bool]
    text: Callable[[Finding], str]
    phrase: str = ""
    """Words that the finding's message or actual value must contain."""

    def explains(self, requirement: str, finding: Finding) -> bool:
        """True if the hint is for a finding like this."""
        told = f"{finding.message}\n{finding.actual or ''}"
        return requirement in self.requirements and self.phrase in told and self.fits(finding)


def _hint(
    ids: str,
    text: str | Callable[[Finding], str],
    *,
    fits: Callable[[Finding], bool] = lambda finding: True,
    phrase: str = "",
) -> Hint:
    return Hint(
        requirements=frozenset(ids.split()),
        fits=fits,
        text=text if callable(text) else lambda finding: str(text),
        phrase=phrase,
    )


def _expected(finding: Finding) -> str:
    return finding.expected or ""


def _actual(finding: Finding) -> str:
    return finding.actual or ""


def _hours_off(finding: Finding) -> Decimal | None:
    """Return the difference of two times in hours; None if it can't be that of two time zones."""
    said, wanted = parse_moment(_actual(finding)), parse_moment(_expected(finding).removesuffix(" UTC"))
    if said is None or wanted is None:
        return None
    minutes = round((said - wanted).total_seconds() / 60)
    return Decimal(minutes) / 60 if minutes and minutes % 15 == 0 and abs(minutes) <= 14 * 60 else None


def _is_unescaped(finding: Finding) -> bool:
    return (
        _actual(finding) != _expected(finding) and html.unescape(_actual(finding)).split() == _expected(finding).split()
    )


def _is_broken_at_cdata_end(finding: Finding) -> bool:
    """True if a text arrives up to the first ']]>', and no ']]>' arrives."""
    before, end, _ = _expected(finding).partition("]]>")
    actual = _actual(finding)
    return bool(end) and end not in html.unescape(actual) and bool(before) and actual.startswith(before.rstrip())


def _is_mojibake(finding: Finding) -> bool:
    try:
        decoded = _actual(finding).encode("cp1252").decode()
        return not decoded.isascii() and decoded in _expected(finding)
    except UnicodeError:
        return False


def _ratio(finding: Finding) -> Decimal:
    said, wanted = parse_decimal(_actual(finding).split(" ")[0]), parse_decimal(_expected(finding).split(" ")[0])
    return said / wanted if said and wanted else Decimal(0)


def _is_digits(finding: Finding) -> bool:
    return re.fullmatch(r"\d+", _actual(finding)) is not None


def _has_number_as_value(options: str) -> bool:
    return re.search(r": \d+\b(?!\w)", options) is not None


def _failed(finding: Finding) -> bool:
    """True if the reply was not a success: then its content is not the cause."""
    return re.match(r"status [13-5]\d\d|no reply", _actual(finding)) is not None


def _came_without_the_order(finding: Finding) -> bool:
    """True if the window was exported, and only the order is missing in it."""
    return _actual(finding).endswith("not this one")


def _days_off(finding: Finding) -> int | None:
    """Return how many days the recorded day is later than the day that was sent; None if either is no day."""
    try:
        return (date.fromisoformat(_actual(finding)) - date.fromisoformat(_expected(finding))).days
    except ValueError:
        return None


def _is_swapped_day(finding: Finding) -> bool:
    """True if the recorded day is the day that was sent, with day and month swapped."""
    if _days_off(finding) is None:
        return False
    sent, recorded = date.fromisoformat(_expected(finding)), date.fromisoformat(_actual(finding))
    return (recorded.day, recorded.month) == (sent.month, sent.day)


HINTS: tuple[Hint, ...] = (
    _hint(
        "ORD-5 ORD-6",
        lambda finding: f"the time is in the shop's zone, {_hours_off(finding):+g} h off UTC: format it in UTC",
        fits=lambda finding: _hours_off(finding) is not None,
    ),
    _hint("WIN-4", "start_date and end_date are read in the shop's or the server's zone: parse them as UTC"),
    _hint(
        "WIN-3",
        "the query filters by the order date: filter by the last change",
        phrase="when it was placed",
    ),
    _hint(
        "WIN-5",
        "bounds are widened to whole hours or days: compare to the minute",
        phrase="comes in a window",
    ),
    _hint(
        "WIN-6",
        "both bounds are exclusive, or seconds are cut off only one of them: take start ≤ t < end + 1 minute",
    ),
    _hint(
        "WIN-8",
        "exporting changes the order (a flag 'exported', a last-seen time): an export must not change orders",
    ),
    _hint(
        "WIN-11 SHP-15",
        "the change doesn't set the time by which the export selects orders",
        phrase="isn't exported in the window",
        fits=_came_without_the_order,
    ),
    _hint(
        "ORD-13 NOT-4 OPT-4 ITM-2 SHP-6",
        "the text is escaped twice, or HTML entities of the database are left in: decode once before writing XML",
        fits=_is_unescaped,
    ),
    _hint(
        "ORD-13 NOT-4 OPT-4 ITM-2 CON-7",
        "UTF-8 bytes were read as Latin-1: use one encoding from the database to the reply",
        fits=_is_mojibake,
    ),
    _hint(
        "ORD-13 NOT-4 OPT-4",
        "characters outside of a one-byte encoding become ?: use UTF-8 (utf8mb4) throughout",
        fits=lambda finding: "?" in _actual(finding) and "?" not in _expected(finding),
    ),
    _hint(
        "CON-7",
        "']]>' in a text ends a CDATA section: split it over two sections",
        phrase="']]>' in a text, which ends",
    ),
    _hint(
        "ORD-13",
        "']]>' in a text ends a CDATA section: split it over two sections",
        fits=_is_broken_at_cdata_end,
    ),
    _hint(
        "CON-7", "write each & of a text as &amp;, or put the text into a CDATA section", phrase="isn't written &amp;"
    ),
    _hint("CON-7", "write each < of a text as &lt;, or put the text into a CDATA section", phrase="isn't written &lt;"),
    _hint(
        "CON-7",
        "control characters have no form in XML, not even escaped: remove them from every text",
        phrase="which XML forbids",
    ),
    _hint(
        "CON-7",
        "names of HTML are not declared in XML: decode texts from HTML before they are escaped for XML",
        phrase="which XML does not know",
    ),
    _hint(
        "CON-7",
        "the texts are in another encoding than the document: use UTF-8 (utf8mb4) from the database to the reply, and "
        "cut texts between characters",
        phrase="the byte 0x",
    ),
    _hint(
        "CON-7",
        "the reply is cut off: look for a limit of time or memory, and for a Content-Length that counts characters",
        phrase="the end of the reply inside",
    ),
    _hint(
        "CON-7",
        "something is printed before the document (a warning, a blank line, a BOM): send errors to the log only",
        phrase="text before the",
    ),
    _hint(
        "CON-7",
        "something is printed after the document: end the script there, and send errors to the log only",
        phrase="text after the end of the document",
    ),
    _hint(
        "CON-7",
        "start and end tags don't match: a < in a text isn't written &lt;, or an element isn't closed",
        phrase="the end tag </",
    ),
    _hint(
        "CON-7",
        "an empty body: the script failed, or found no order; send <Orders/> instead",
        phrase="the body is empty",
    ),
    _hint(
        "CON-7",
        "an HTML page with status 200 in place of XML: answer errors with an error status",
        fits=lambda finding: "<html" in _actual(finding).lower(),
    ),
    _hint(
        "CON-2 CON-3",
        "the refusal is a sentence with status 200: answer 401 with WWW-Authenticate",
        fits=lambda finding: "denied" in _actual(finding).lower(),
    ),
    _hint(
        "CON-4",
        "the refusal is an answer with a status of success: answer 401 with WWW-Authenticate",
        phrase="although it changes nothing",
    ),
    _hint(
        "CON-4",
        "credentials are checked for the export only: check them before the action is read",
        fits=lambda finding: "although it changes nothing" not in finding.message,
    ),
    _hint(
        "CON-9 SHP-11 SHP-12",
        "errors are answered 200: ShipStation counts any 2xx as a success, and never sends the request again",
        phrase="status 2",
    ),
    _hint(
        "PAG-1",
        "without pages on page 1, ShipStation never asks for page 2",
        phrase="doesn't say",
    ),
    _hint(
        "PAG-2 PAG-3",
        "a query with LIMIT needs an ORDER BY that is unique, like (modified, id)",
        fits=lambda finding: not _failed(finding) and "copy of order" not in finding.message,
    ),
    _hint(
        "PAG-5",
        "page 0 becomes a negative OFFSET: clamp it to 1",
        fits=lambda finding: _actual(finding).startswith("status 5"),
    ),
    _hint(
        "WGT-3 WGT-4",
        "kilograms are labelled as grams: multiply by 1000",
        fits=lambda finding: _ratio(finding) == Decimal("0.001"),
    ),
    _hint(
        "WGT-3 WGT-4",
        "grams are labelled as kilograms: divide by 1000",
        fits=lambda finding: _ratio(finding) == Decimal(1000),
    ),
    _hint(
        "WGT-3",
        "pounds are labelled as kilograms, or kilograms as pounds: convert, or name the store's own unit",
        fits=lambda finding: any(
            abs(_ratio(finding) - factor) < Decimal("0.01") for factor in (Decimal("2.2046"), Decimal("0.4536"))
        ),
    ),
    _hint(
        "WGT-1",
        "the line's weight is multiplied by its quantity: send the weight of one unit",
        phrase="that of all",
    ),
    _hint("ORD-11", "an id of the payment method is sent in place of its name", fits=_is_digits),
    _hint("ORD-10", "an id of the shipping method is sent in place of its name", fits=_is_digits),
    _hint(
        "ORD-7 ORD-8 ITM-5",
        "the number is formatted for people: write it with a point and without a thousands separator",
        fits=lambda finding: "," in _actual(finding),
    ),
    _hint(
        "ORD-12",
        "the shop's currency is sent: send the currency of the order",
        phrase="It is the shop's currency",
    ),
    _hint(
        "ORD-15",
        "an order without a shipping address is exported with empty fields: leave it out",
        phrase="(empty fields)",
    ),
    _hint(
        "ORD-17",
        "a 24-hour clock with AM/PM after it (PHP: 'H:i A'): use 'H:i' or 'h:i A'",
        fits=lambda finding: re.search(r"\d\d:\d\d [AP]M", _actual(finding)) is not None,
    ),
    _hint(
        "DIS-2",
        "a discount is sent with a positive price: ShipStation would add it",
        fits=lambda finding: (parse_decimal(_actual(finding)) or 0) > 0,
    ),
    _hint(
        "GIF-2",
        "PHP prints false as an empty text: write 'true' or 'false'",
        fits=lambda finding: _actual(finding).strip() == "",
    ),
    _hint(
        "STA-3 WIN-7",
        "orders are selected by a fixed list of statuses: select all statuses",
        phrase="The order isn't exported",
        fits=lambda finding: not _failed(finding),
    ),
    _hint(
        "SHP-1 SHP-14 SHP-16 SHP-17 SHP-22 SHP-23",
        "the shipment is recorded before the script fails: ShipStation sends the notification again, so answer 200",
        phrase="although the shipment is recorded",
    ),
    _hint(
        "SHP-3",
        "carriers that aren't in a fixed list are dropped: keep the carrier that was sent",
        fits=lambda finding: _actual(finding) == "(nothing)",
    ),
    _hint(
        "SHP-9",
        "ShipStation sends a failed notification again: make order and tracking number unique in the database",
        fits=lambda finding: "recorded" in finding.message or "again" in finding.message,
    ),
    _hint(
        "SHP-14",
        "the order is looked up by its internal id: look it up by the number that the export sends as OrderNumber",
        fits=lambda finding: not _actual(finding).startswith(("status 5", "no reply")),
    ),
    _hint(
        "SHP-16",
        "the order waits for lines that aren't shipped (downloads, adjustments): count shippable lines only",
        fits=lambda finding: not _failed(finding),
    ),
    _hint(
        "SHP-18",
        "shipped items are matched by SKU alone: match by LineItemID first",
        fits=lambda finding: not _failed(finding),
    ),
    _hint(
        "SHP-22",
        "ShipDate is converted between time zones: it is a day without a time, so keep it as sent",
        fits=lambda finding: _days_off(finding) in (-1, 1),
    ),
    _hint(
        "SHP-22",
        "day and month of ShipDate are swapped: it is month/day/year",
        fits=lambda finding: _is_swapped_day(finding),
    ),
    _hint(
        "SHP-22",
        "a later day is recorded, like that of the notification: record the ShipDate that was sent",
        fits=lambda finding: (_days_off(finding) or 0) > 1,
    ),
    _hint(
        "LOC-1",
        "Location is empty: fill it from the field in which the shop keeps the place",
        fits=lambda finding: not _actual(finding).strip(),
    ),
    _hint(
        "OPT-1",
        "internal ids or names of options are sent: send the names and values that people read",
        fits=lambda finding: _has_number_as_value(_actual(finding)) and not _has_number_as_value(_expected(finding)),
    ),
)


def hint_for(requirement: str, finding: Finding) -> str | None:
    """Return the likely cause of a finding; None if it looks like no known bug."""
    known = next((hint.text(finding) for hint in HINTS if hint.explains(requirement, finding)), None)
    return known or value_hint_for(requirement, finding)
