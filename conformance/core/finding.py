"""A finding: one place where a reply differs from what the contract requires."""

from __future__ import annotations

from dataclasses import dataclass, replace

MAX_SHOWN_VALUE = 600
"""A finding shows at most this many characters of a value."""
MAX_SHOWN_TEXT = 1000
"""A report shows at most this many characters of any other text: a message, a reason, a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The reply at the place of a fault: some characters before, the fault itself, and some characters after.

    ``order`` is the number of the order there, or of the last order before; empty if there is none.
    """

    before: str
    fault: str
    after: str
    order: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One difference: the problem, its place, the expected and the actual value.

    ``exchange`` is the number of the exchange with the reply. ``shared`` is the name of the property that the finding's
    order shares with all orders that fail in the same way (:class:`SharedProperty`). ``specimen`` is the name of the
    order if the suite made it.
    """

    message: str
    order: str | None = None
    xpath: str | None = None
    expected: str | None = None
    actual: str | None = None
    exchange: int | None = None
    shared: str | None = None
    specimen: str = ""
    excerpt: Excerpt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedProperty:
    """A property that all failing orders of a scenario have, and no other judged order has.

    If every judged order fails, ``name`` is "". If only the findings at one element share the property, ``place`` is
    that element. ``failing`` and ``others`` are numbers of orders. If only ``failing`` orders of all that fail have the
    property, ``among`` is the number of all.
    """

    name: str
    failing: int
    others: int
    place: str = ""
    among: int = 0


def shorten(text: str, limit: int = MAX_SHOWN_VALUE) -> str:
    """Return a text, cut if it is longer than ``limit``; its full length is stated then."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def shorten_finding(finding: Finding) -> Finding:
    """Return a finding, each of its texts cut if it is too long."""

    def cut(text: str | None) -> str | None:
        return text and shorten(text, MAX_SHOWN_TEXT)

    return replace(
        finding,
        message=shorten(finding.message, MAX_SHOWN_TEXT),
        order=cut(finding.order),
        xpath=cut(finding.xpath),
        expected=cut(finding.expected),
        actual=cut(finding.actual),
    )
