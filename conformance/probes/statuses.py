"""STA: requirements that need more evidence than one exported order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import statuses
from conformance.core.finding import Finding
from conformance.probes.order import ExportBesideRecords


def no_two_differ_in_letter_case(export: ExportBesideRecords) -> Iterator[Finding]:
    """STA-2, judged from the export alone: no two spellings differ only in letter case or spaces."""
    return statuses.no_spelling_variants(export.orders, export.facts)
