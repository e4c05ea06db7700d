"""NOT: requirements that need more evidence than one exported order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.compare import normalized
from conformance.checks.findings import at
from conformance.checks.notes import has_own_text, letters_of
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.exported_again import StaffNotesExportedAgain
from conformance.probes.shipment_update.notify import ValidNotification

MIN_LETTERS = 20
"""A note to the buyer is recognised by its first letters, as many as this."""


def customer_notes_are_kept(result: ValidNotification) -> Iterator[Finding]:
    """NOT-1: a notification doesn't change what the customer wrote.

    Raises:
        NotExercised: if the order has no note of the customer.
    """
    before, after = normalized(result.before.customer_notes), normalized(result.after.customer_notes)
    if not before:
        raise NotExercised("the order that is shipped has no note of the customer")
    if before not in after:
        yield result.finding("A notification replaced what the customer wrote.", before, after)
        return
    added = after.replace(before, "", 1)
    if letters_of(added) and letters_of(result.notice.notes)[:MIN_LETTERS] not in letters_of(added):
        yield result.finding("A notification added a text that is not the note to the buyer.", before, after)


def only_the_staffs_text_is_there(notes: StaffNotesExportedAgain) -> Iterator[Finding]:
    """NOT-2: after a change, InternalNotes has nothing besides what the staff wrote.

    Raises:
        NotExercised: if the store puts text of its own into InternalNotes of every order.
    """
    if notes.has_own_text:
        raise NotExercised("the store adds text of its own to InternalNotes of orders that nobody changed, too")
    for pair in filter(has_own_text, notes.pairs):
        yield at(
            pair.exported["InternalNotes"],
            pair.exported,
            "After a change, InternalNotes has a text that the staff didn't write.",
            pair.truth.internal_notes or "(nothing)",
        )
