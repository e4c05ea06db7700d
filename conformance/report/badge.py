"""badge.svg and badge.json: the verdict as a badge, drawn here or by shields.io (endpoint badge)."""

from __future__ import annotations

from html import escape

import msgspec

from conformance.core.exit_status import FAILED
from conformance.report.grouping import entries_of
from conformance.report.model import Report
from conformance.report.wording import verdict_word

LABEL = "ShipStation conformance"

_COLOURS = {
    "CONFORMS": ("brightgreen", "#2e7d32"),
    "PASSES": ("yellowgreen", "#6b7d1c"),
    "DEVIATES": ("red", "#c62828"),
    "INCOMPLETE": ("yellow", "#8a6100"),
}
_OTHER = ("lightgrey", "#616161")


def badge_text(report: Report) -> str:
    """Return the verdict in few words: ``conforms 97/97``, ``2 of 97 deviate`` or ``incomplete, 95/97 judged``.

    The numbers are MUST requirements in scope.
    """
    word = verdict_word(report)
    entries = entries_of(report)
    judged = f"{report.summary.must_judged}/{report.summary.must_in_scope}"
    deviating = sum("deviates" in entry.versions and entry.requirement.level == "must" for entry in entries)
    known = sum("known" in entry.versions for entry in entries)
    if word == "DEVIATES" and deviating:
        total = max(report.summary.must_in_scope, deviating)
        return f"{deviating} of {total} {'deviates' if deviating == 1 else 'deviate'}"
    if word == "INCOMPLETE":
        return f"incomplete, {judged} judged"
    if word == "PASSES" and (known or report.summary.must_accepted):
        parts = [f"{known} known"] if known else []
        parts += [f"{report.summary.must_accepted} not exercised"] if report.summary.must_accepted else []
        return ", ".join(["passes", *parts])
    return f"{word.lower()} {judged}" if word in ("CONFORMS", "PASSES") else word.lower()


def endpoint(report: Report) -> bytes:
    """Return badge.json, in the schema of shields.io's endpoint badge."""
    content = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": badge_text(report),
        "color": _COLOURS.get(verdict_word(report), _OTHER)[0],
        "isError": report.summary.exit_status == FAILED,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _width(text: str) -> int:
    """Return the approximate width in pixels of a text in 11px Verdana; ``textLength`` corrects it."""
    narrow, wide = "fijlrt.,:;!|/() 'I", "mwMW%@"
    return 12 + round(sum(4.2 if c in narrow else 10 if c in wide else 6.9 for c in text))


def svg(report: Report) -> str:
    """Return badge.svg, which loads nothing."""
    words, colour = badge_text(report), _COLOURS.get(verdict_word(report), _OTHER)[1]
    left, right = _width(LABEL), _width(words)

    def text_element(text: str, middle: float, width: int) -> str:
        return f'<text x="{middle:g}" y="14" textLength="{width - 12}">{escape(text)}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(LABEL)}: {escape(words)}">'
        f"<title>{escape(LABEL)}: {escape(words)}</title>"
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{text_element(LABEL, left / 2, left)}{text_element(words, left + right / 2, right)}</g></svg>\n"
    )
