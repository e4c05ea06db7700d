"""The verdict as a badge: an SVG of our own, and JSON for shields.io's endpoint badge."""

from __future__ import annotations

from html import escape

import msgspec

from conformance.report.grouping import entries
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


def message(report: Report) -> str:
    """``conforms 97/97``, ``2 of 97 deviate`` or ``incomplete, 95/97 judged``, of MUST in scope."""
    word = verdict_word(report)
    folded = entries(report)
    judged = f"{report.summary.must_judged}/{report.summary.must_in_scope}"
    deviating = sum("deviates" in e.versions and e.requirement.level == "must" for e in folded)
    known = sum("known" in e.versions for e in folded)
    if word == "DEVIATES" and deviating:
        total = max(report.summary.must_in_scope, deviating)
        return f"{deviating} of {total} {'deviates' if deviating == 1 else 'deviate'}"
    if word == "INCOMPLETE":
        return f"incomplete, {judged} judged"
    if word == "PASSES" and known:
        return f"passes, {known} known"
    return f"{word.lower()} {judged}" if word in ("CONFORMS", "PASSES") else word.lower()


def endpoint(report: Report) -> bytes:
    """badge.json, in the schema of shields.io's endpoint badge."""
    content = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message(report),
        "color": _COLOURS.get(verdict_word(report), _OTHER)[0],
        "isError": report.summary.exit_status == 2,
    }
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def _width(text: str) -> int:
    """Pixels of the text in 11px Verdana, near enough; ``textLength`` does the rest."""
    narrow, wide = "fijlrt.,:;!|/() 'I", "mwMW%@"
    return 12 + round(sum(4.2 if c in narrow else 10 if c in wide else 6.9 for c in text))


def svg(report: Report) -> str:
    """badge.svg, self-contained."""
    said, colour = message(report), _COLOURS.get(verdict_word(report), _OTHER)[1]
    left, right = _width(LABEL), _width(said)

    def words(text: str, middle: float, width: int) -> str:
        return f'<text x="{middle:g}" y="14" textLength="{width - 12}">{escape(text)}</text>'

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(LABEL)}: {escape(said)}">'
        f"<title>{escape(LABEL)}: {escape(said)}</title>"
        f'<clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{words(LABEL, left / 2, left)}{words(said, left + right / 2, right)}</g></svg>\n"
    )
