"""Likely causes: where a finding looks like a bug that real integrations shipped, what to mend.

A hint never decides anything: it is made of a finding that stands already.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from conformance.client.parsing.values import parse_decimal, parse_moment
from conformance.core.finding import Finding


@dataclass(frozen=True, slots=True)
class Hint:
    """A cause: the requirements that it shows in, what a finding of it looks like, and what to say."""

    requirements: frozenset[str]
    fits: Callable[[Finding], bool]
    text: Callable[[Finding], str]


def _of(ids: str, fits: Callable[[Finding], bool], text: str | Callable[[Finding], str]) -> Hint:
    return Hint(frozenset(ids.split()), fits, text if callable(text) else lambda finding: str(text))


def _expected(finding: Finding) -> str:
    return finding.expected or ""


def _actual(finding: Finding) -> str:
    return finding.actual or ""


def _hours_off(finding: Finding) -> Decimal | None:
    """Full or half hours between two times, None for anything else."""
    said, wanted = parse_moment(_actual(finding)), parse_moment(_expected(finding).removesuffix(" UTC"))
    if said is None or wanted is None:
        return None
    minutes = round((said - wanted).total_seconds() / 60)
    return Decimal(minutes) / 60 if minutes and minutes % 15 == 0 and abs(minutes) <= 14 * 60 else None


def _is_unescaped(finding: Finding) -> bool:
    return (
        _actual(finding) != _expected(finding) and html.unescape(_actual(finding)).split() == _expected(finding).split()
    )


def _is_mojibake(finding: Finding) -> bool:
    try:
        return _actual(finding).encode("cp1252").decode() in _expected(finding)
    except UnicodeError:
        return False


def _ratio(finding: Finding) -> Decimal:
    said, wanted = parse_decimal(_actual(finding).split(" ")[0]), parse_decimal(_expected(finding).split(" ")[0])
    return said / wanted if said and wanted else Decimal(0)


HINTS: tuple[Hint, ...] = (
    _of(
        "ORD-5 ORD-6",
        lambda finding: _hours_off(finding) is not None,
        lambda finding: f"the time is in the shop's zone, {_hours_off(finding):+g} h off UTC: format it in UTC",
    ),
    _of(
        "WIN-4",
        lambda finding: True,
        "start_date and end_date are read in the shop's or the server's zone: parse them as UTC",
    ),
    _of(
        "WIN-3",
        lambda finding: "when it was placed" in _actual(finding),
        "the query filters on the order date: filter on the last change",
    ),
    _of(
        "WIN-5",
        lambda finding: "comes in a window" in finding.message,
        "bounds are widened to whole hours or days: compare to the minute",
    ),
    _of(
        "WIN-6",
        lambda finding: True,
        "both bounds are exclusive, or seconds are cut off one of them only: take start ≤ t < end + 1 minute",
    ),
    _of(
        "WIN-8",
        lambda finding: True,
        "exporting touches the order (a flag 'exported', a last-seen time): don't write while reading",
    ),
    _of(
        "WIN-11 SHP-15",
        lambda finding: "isn't exported" in finding.message,
        "the change doesn't set the time that the export's query looks at",
    ),
    _of(
        "ORD-13 NOT-4 OPT-4 ITM-2 SHP-6",
        _is_unescaped,
        "the text is escaped twice, or HTML entities of the database are left in: decode once before writing XML",
    ),
    _of(
        "ORD-13 NOT-4 OPT-4 ITM-2 CON-7",
        _is_mojibake,
        "UTF-8 bytes were read as Latin-1: one encoding from the database to the reply",
    ),
    _of(
        "ORD-13 NOT-4 OPT-4",
        lambda finding: "?" in _actual(finding) and "?" not in _expected(finding),
        "characters outside of a one-byte encoding become ?: use UTF-8 (utf8mb4) throughout",
    ),
    _of(
        "CON-7 ORD-13",
        lambda finding: "CDATA" in _actual(finding) or "]]>" in _expected(finding),
        "']]>' in a text ends a CDATA section: split it over two sections",
    ),
    _of(
        "CON-7",
        lambda finding: "empty" in _actual(finding),
        "an empty body: the script died, or nothing was found; answer <Orders/> instead",
    ),
    _of(
        "CON-7",
        lambda finding: "<html" in _actual(finding).lower(),
        "an HTML page with status 200 in place of XML: answer errors with an error status",
    ),
    _of(
        "CON-2 CON-3",
        lambda finding: "denied" in _actual(finding).lower(),
        "the refusal is a sentence with status 200: answer 401 with WWW-Authenticate",
    ),
    _of(
        "CON-4",
        lambda finding: True,
        "credentials are checked for the export only: check them before the action is looked at",
    ),
    _of(
        "CON-9 SHP-11 SHP-12",
        lambda finding: "status 2" in _actual(finding),
        "errors are answered 200: ShipStation takes any 2xx as stored, and never sends again",
    ),
    _of(
        "PAG-1",
        lambda finding: "doesn't say" in finding.message,
        "without pages on page 1, ShipStation never asks for page 2",
    ),
    _of(
        "PAG-2 PAG-3",
        lambda finding: True,
        "a query with LIMIT needs an ORDER BY that is unique, like (modified, id)",
    ),
    _of("PAG-5", lambda finding: "50" in _actual(finding), "page 0 becomes a negative OFFSET: clamp it to 1"),
    _of(
        "WGT-3 WGT-4",
        lambda finding: _ratio(finding) in (Decimal("0.001"), Decimal(1000)),
        "kilograms are labelled grams, unconverted: multiply by 1000",
    ),
    _of(
        "WGT-3",
        lambda finding: abs(_ratio(finding) - Decimal("2.2046")) < Decimal("0.01"),
        "pounds are labelled kilograms or the other way round: convert, or name the store's own unit",
    ),
    _of(
        "WGT-1",
        lambda finding: "all" in finding.message,
        "the line's weight is multiplied by its quantity: send one unit's",
    ),
    _of(
        "ORD-11",
        lambda finding: re.fullmatch(r"\d+", _actual(finding)) is not None,
        "an id of the payment method is sent in place of its name",
    ),
    _of(
        "ORD-10",
        lambda finding: re.fullmatch(r"\d+", _actual(finding)) is not None,
        "an id of the shipping method is sent in place of its name",
    ),
    _of(
        "ORD-7 ORD-8 ITM-5",
        lambda finding: "," in _actual(finding),
        "a number formatted for people: write it with a point and no thousands mark",
    ),
    _of("ORD-12", lambda finding: True, "the store's default currency is sent: send the order's"),
    _of(
        "ORD-15",
        lambda finding: "(blank" in _actual(finding),
        "an order without a shipping address is exported with empty fields: leave it out",
    ),
    _of(
        "ORD-17",
        lambda finding: re.search(r"\d\d:\d\d [AP]M", _actual(finding)) is not None,
        "a 24-hour clock with AM/PM behind it (PHP: 'H:i A'): use 'H:i' or 'h:i A'",
    ),
    _of("DIS-2", lambda finding: True, "a discount goes out with a positive price: ShipStation would add it"),
    _of(
        "GIF-2",
        lambda finding: _actual(finding).strip() == "",
        "a false printed as text is empty in PHP: write 'true' or 'false'",
    ),
    _of(
        "STA-3 WIN-7",
        lambda finding: "isn't exported" in finding.message,
        "orders are selected by a fixed list of statuses: select them all",
    ),
    _of(
        "SHP-3",
        lambda finding: _actual(finding) == "(nothing)",
        "carriers are looked up in a fixed list, and others dropped: keep what was sent",
    ),
    _of(
        "SHP-9",
        lambda finding: "recorded" in finding.message or "again" in finding.message,
        "ShipStation sends a failed notification again: make order and tracking number unique in the database",
    ),
    _of(
        "SHP-14",
        lambda finding: True,
        "the order is looked up by its internal id: OrderNumber is what the export called OrderNumber",
    ),
    _of(
        "SHP-16",
        lambda finding: True,
        "lines that aren't shipped (downloads, adjustments) are waited for: count shippable lines only",
    ),
    _of("SHP-18", lambda finding: True, "shipped items are matched by SKU alone: match by LineItemID first"),
    _of("SHP-22", lambda finding: True, "ShipDate is moved between zones: it is a day, keep it as sent"),
    _of(
        "LOC-1",
        lambda finding: not _actual(finding).strip(),
        "Location is always empty: fill it from where the shop keeps its bins",
    ),
    _of(
        "OPT-1",
        lambda finding: re.search(r": \d+", _actual(finding)) is not None,
        "internal ids or names of options are sent: send what people read",
    ),
)


def hint_for(requirement: str, finding: Finding) -> str | None:
    """What a finding looks like, or nothing."""
    return next(
        (each.text(finding) for each in HINTS if requirement in each.requirements and each.fits(finding)),
        None,
    )
