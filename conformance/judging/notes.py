"""NOT: what customer and staff wrote."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.judging.compare import is_special, normal, readings, same_text
from conformance.judging.finding import Finding, at
from conformance.judging.order import text
from conformance.judging.pairing import Pair
from conformance.reading.values import boolean

LIMIT = 1000
SEEN_BY_CUSTOMERS = (
    "CustomerNotes",
    "GiftMessage",
    "CustomField1",
    "CustomField2",
    "CustomField3",
    "ShippingMethod",
)


def has_customer_notes(pair: Pair) -> bool:
    """Whether the customer wrote something."""
    return bool(pair.truth.customer_notes.strip())


def has_internal_notes(pair: Pair) -> bool:
    """Whether the staff wrote something."""
    return bool(pair.truth.internal_notes.strip())


def has_special_notes(pair: Pair) -> bool:
    """Whether a note has line breaks or special characters."""
    return any(is_special(normal(note)) for note in (pair.truth.customer_notes, pair.truth.internal_notes))


def has_long_notes(pair: Pair) -> bool:
    """Whether a note is longer than its field."""
    return any(len(normal(note)) > LIMIT for note in (pair.truth.customer_notes, pair.truth.internal_notes))


PLACEHOLDERS = frozenset(("null", "none", "nil", "undefined", "nan", "n/a", "(null)", "false", "array", "[]", "{}"))
"""What code prints where there is nothing."""


def customer_notes(pair: Pair) -> Iterator[Finding]:
    """NOT-1: CustomerNotes is what the customer wrote at checkout, and nothing where nothing was written."""
    if not _is_staff_text(pair, pair.exported["CustomerNotes"].text):
        yield from text(pair, "CustomerNotes", pair.truth.customer_notes, LIMIT)


def internal_notes(pair: Pair) -> Iterator[Finding]:
    """NOT-2: InternalNotes is what the staff wrote.

    The staff's text must stand there; what a store adds of its own (order activities, S18) may follow.
    """
    value = pair.exported["InternalNotes"]
    if not pair.truth.internal_notes.strip():
        if normal(value.text).casefold() in PLACEHOLDERS:
            yield at(value, pair.exported, "Nobody of the staff wrote that.", "(nothing)")
        return
    if normal(pair.truth.internal_notes) not in normal(value.text):
        yield from text(pair, "InternalNotes", pair.truth.internal_notes, LIMIT)


def staff_notes_stay_inside(pair: Pair) -> Iterator[Finding]:
    """NOT-3: staff notes never show where the customer may see them."""
    for name in SEEN_BY_CUSTOMERS:
        value = pair.exported[name]
        if _is_staff_text(pair, value.text):
            yield at(value, pair.exported, f"Staff notes show in {name}.", "nothing of the staff's notes")
    for line in pair.exported.all_lines:
        for part in (line, *line.options):
            for name in ("Name", "Value"):
                if boolean(part[name].text) is None and _is_staff_text(pair, part[name].text):
                    yield at(
                        part[name],
                        pair.exported,
                        "Staff notes show in an item.",
                        "nothing of the staff's notes",
                    )


def _is_staff_text(pair: Pair, shown: str) -> bool:
    staff, customer = normal(pair.truth.internal_notes), normal(pair.truth.customer_notes)
    probe = " ".join(staff.split())[:60]
    if len(probe) < 8 or probe in " ".join(customer.split()) or probe in " ".join(pair.truth.gift_message.split()):
        return False
    return any(probe in " ".join(reading.split()) for reading in readings(normal(shown)))


def special_text_survives(pair: Pair) -> Iterator[Finding]:
    """NOT-4: line breaks and special characters in notes survive."""
    for name, note in (
        ("CustomerNotes", pair.truth.customer_notes),
        ("InternalNotes", pair.truth.internal_notes),
    ):
        value = pair.exported[name]
        if value.filled and is_special(normal(note)) and not same_text(note, value.text, LIMIT):
            if name == "InternalNotes" and normal(note) in normal(value.text):
                continue
            if not _is_staff_text(pair, value.text) or name == "InternalNotes":
                yield at(value, pair.exported, f"{name} lost line breaks or special characters.", note)


def cut_well(pair: Pair) -> Iterator[Finding]:
    """NOT-5: notes over 1000 characters are cut to 1000 without breaking a character."""
    for name, note in (
        ("CustomerNotes", pair.truth.customer_notes),
        ("InternalNotes", pair.truth.internal_notes),
    ):
        value = pair.exported[name]
        if len(normal(note)) > LIMIT and (len(normal(value.text)) > LIMIT or not same_text(note, value.text, LIMIT)):
            yield at(
                value,
                pair.exported,
                f"{name} isn't cut to its first {LIMIT} characters.",
                normal(note)[:LIMIT],
            )
