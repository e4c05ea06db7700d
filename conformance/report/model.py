"""The JSON report: the stable interface to other programs.

``report.json`` is one :class:`Report`, encoded; JUnit, HTML, Markdown and terminal are views of it.
``schemas/report.schema.json`` describes it for other languages. This module does not depend on the judging.
"""

from __future__ import annotations

import msgspec

from conformance.core.model import Requirement, Role, Scope, Verdict

SCHEMA_VERSION = 1
EMBEDDED = "embedded mock store"
"""Beginning of ``target`` if embedded stores were judged; options such as ``--defect`` follow."""
TRAFFIC = "recorded traffic in "
"""Beginning of ``target`` if a folder of recorded traffic was judged."""


class Excerpt(msgspec.Struct, frozen=True, kw_only=True):
    """The reply at the place of a fault: some characters before, the fault itself, and some characters after.

    ``order`` is the number of the order there, or of the last order before; empty if there is none.
    """

    before: str
    fault: str
    after: str
    order: str = ""


class FindingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, or one observation for an INFO requirement.

    ``exchange`` is the number of the exchange (``exchanges/<version>/<n>.txt``), or None if the finding belongs to no
    single exchange. ``hint`` names a likely cause; it has no influence on the verdict. ``shared`` is the property that
    the order has in common with all orders that fail in the same way: ``property`` of a :class:`SharedProperty`.
    ``specimen`` is the name of the order if the suite made it. If ``more`` is not 0, the record stands for so many
    further findings, which the report does not list.
    """

    scenario: str
    message: str = ""
    order: str | None = None
    xpath: str | None = None
    expected: str | None = None
    actual: str | None = None
    exchange: int | None = None
    hint: str | None = None
    shared: str | None = None
    specimen: str = ""
    excerpt: Excerpt | None = None
    more: int = 0


class SharedProperty(msgspec.Struct, frozen=True, kw_only=True):
    """What the failing orders of a scenario have in common. It has no influence on the verdict.

    All ``failing`` orders have ``property``, and none of the ``others`` has it. If every judged order fails,
    ``property`` is "". If only the findings at one element share the property, ``place`` is that element. If ``among``
    is not 0, that many orders fail, and only ``failing`` of them have the property.
    """

    scenario: str
    property: str
    failing: int
    others: int
    place: str = ""
    among: int = 0


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict on one requirement for one store version."""

    requirement: str
    version: str
    verdict: Verdict
    reason: str = ""
    evidence: tuple[FindingRecord, ...] = ()
    known: str | None = None
    """The baseline's reason if the deviation is a known one."""
    accepted: str | None = None
    """The baseline's reason if the requirement is accepted as not exercised here."""
    shared: tuple[SharedProperty, ...] = ()
    duration_s: float = 0.0
    """The time that the scenarios of the requirement took. What they share is counted for the first one."""


class Tally(msgspec.Struct, frozen=True):
    """Number of results by verdict."""

    conforms: int = 0
    deviates: int = 0
    not_exercised: int = 0
    error: int = 0


class Summary(msgspec.Struct, frozen=True):
    """The figures of a run. ``conformant`` is true only if every MUST in scope was judged and conforms."""

    conforms: int
    deviates: int
    not_exercised: int
    error: int
    by_level: dict[str, Tally]
    by_feature: dict[str, Tally]
    conformant: bool
    must_judged: int
    must_in_scope: int
    exit_status: int
    must_accepted: int = 0
    """MUST requirements in scope that were not judged, and which the baseline accepts as not exercised."""


class ExchangeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A request and its reply as evidence. Credentials are masked, and long bodies are cut."""

    number: int
    version: str
    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: str
    status: int | None
    reason: str
    reply_headers: tuple[tuple[str, str], ...]
    reply_body: str
    duration_ms: float
    curl: str
    error: str | None = None


class Report(msgspec.Struct, frozen=True):
    """A whole run. ``started_at`` is RFC 3339 in UTC, ``duration_s`` is wall-clock seconds."""

    schema: int
    suite_version: str
    target: str
    role: Role
    scope: Scope
    seed: int
    store_versions: tuple[str, ...]
    started_at: str
    duration_s: float
    requests: int
    requirements: tuple[Requirement, ...]
    results: tuple[Result, ...]
    summary: Summary
    notices: tuple[str, ...] = ()
    """Remarks on the run itself: interrupted, orders not deleted, clocks that differ."""
    exchanges: tuple[ExchangeRecord, ...] = ()
    """The exchanges that the evidence names."""
    stopped: str = ""
    """What stopped the run before its end, a signal or the deadline; "" if nothing did."""
    command: tuple[str, ...] = ()
    """The words of the command that judges the same target in the same way, without secrets and selection."""
