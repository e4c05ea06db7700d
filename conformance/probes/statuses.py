"""STA: requirements that need more evidence than one exported order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import statuses
from conformance.checks.compare import normalized
from conformance.checks.findings import at
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.order import ExportBesideRecords
from conformance.probes.time_window import ChangedOrder


def no_two_differ_in_letter_case(export: ExportBesideRecords) -> Iterator[Finding]:
    """STA-2, judged from the export alone: no two spellings differ only in letter case or spaces."""
    return statuses.no_spelling_variants(export.orders, export.facts)


def new_status_shows(change: ChangedOrder) -> Iterator[Finding]:
    """STA-4: a change of status shows in the next export.

    Raises:
        NotExercised: if the changed order isn't exported (WIN-11).
    """
    after, before = change.export_after.exported, change.export_before.exported
    if after is None:
        raise NotExercised("the changed order isn't exported: fix WIN-11 first")
    value = after["OrderStatus"]
    # STA-1 reports a wrong name of the status; here the name must only differ from the one before
    was = before["OrderStatus"].text if before is not None else change.before.status
    if normalized(value.text).casefold() == normalized(was).casefold():
        yield at(value, after, "The new status doesn't show in the export.", change.after.status)
