"""Adds to findings what helps people to repair: the reply at the place of the fault, and the order's specimen."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from conformance.client.exchange import Exchange
from conformance.client.parsing.places import (
    MAX_SEARCHED_BYTES,
    Place,
    Places,
    in_utf8,
    number_of_order_before,
    places_in,
)
from conformance.core.finding import Excerpt, Finding
from conformance.core.verdict import Outcome

MAX_FINDINGS = 25
"""Findings of one scenario that a report keeps; the number of the others is stated."""
CONTEXT_CHARS = 40
"""Characters shown before and after the fault."""
MAX_FAULT_CHARS = 160
"""Characters shown of the faulty element."""
WINDOW_BYTES = 2_000
"""Bytes around the fault in which secrets are hidden before the text is cut."""


def with_evidence(
    outcomes: Sequence[Outcome],
    exchanges: Mapping[int, Exchange],
    specimens: Mapping[str, str],
    hide: Callable[[str], str],
) -> list[Outcome]:
    """Return the outcomes; each finding that a report keeps has an excerpt of its reply, and its specimen's name.

    ``specimens`` is order number → name. ``hide`` removes secrets from a text.
    """
    kept = [finding for outcome in outcomes for finding in outcome.findings[:MAX_FINDINGS]]
    paths: dict[int, set[str]] = {}
    for finding in kept:
        if finding.exchange is not None and finding.exchange in exchanges:
            paths.setdefault(finding.exchange, set()).add(finding.xpath or "")
    bodies = {number: in_utf8(exchanges[number].body) for number in paths if _may_be_searched(exchanges[number])}
    places = {number: places_in(body, paths[number]) for number, body in bodies.items()}

    def enriched(finding: Finding) -> Finding:
        specimen = specimens.get(finding.order or "", "")
        if finding.exchange not in bodies:
            return replace(finding, specimen=specimen) if specimen else finding
        excerpt = excerpt_of(finding, bodies[finding.exchange], places[finding.exchange], hide)
        return replace(finding, specimen=specimen, excerpt=excerpt)

    return [
        replace(
            outcome,
            findings=(*map(enriched, outcome.findings[:MAX_FINDINGS]), *outcome.findings[MAX_FINDINGS:]),
        )
        if outcome.findings
        else outcome
        for outcome in outcomes
    ]


def _may_be_searched(exchange: Exchange) -> bool:
    return exchange.method == "GET" and exchange.succeeded and 0 < len(exchange.reply_body) <= MAX_SEARCHED_BYTES


def excerpt_of(finding: Finding, body: bytes, places: Places, hide: Callable[[str], str]) -> Excerpt | None:
    """Return the reply around the fault of a finding; None if the finding has no place in the reply."""
    place = places.found.get(finding.xpath or "")
    if place is None and not finding.order and body.lstrip().startswith(b"<"):  # else it is no XML at all
        place = places.broken
    if place is None:
        return None
    order = finding.order or hide(number_of_order_before(body, place.start))
    return Excerpt(order=order, **_texts(body, place, hide))


def _texts(body: bytes, place: Place, hide: Callable[[str], str]) -> dict[str, str]:
    def text(part: bytes) -> str:
        return hide(part.decode("utf-8", "replace"))

    before = _on_one_line(text(body[max(0, place.start - WINDOW_BYTES) : place.start]))
    fault = text(body[place.start : min(place.end, place.start + WINDOW_BYTES)])
    after = _on_one_line(text(body[place.end : place.end + WINDOW_BYTES]))
    return {
        "before": before[-CONTEXT_CHARS:],
        "fault": fault if len(fault) <= MAX_FAULT_CHARS else f"{fault[:MAX_FAULT_CHARS]}…",
        "after": after[:CONTEXT_CHARS],
    }


def _on_one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)
