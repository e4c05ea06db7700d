"""What must appear in a reply before a *Then* can judge its form: no verdict without evidence.

A check of form finds nothing wrong in an order that lacks the thing which it judges, because another requirement
reports what is missing. Such an order is not counted as judged. If the thing appears in no order, the scenario is not
exercised, and the reason names the requirement to fix first.

Sentences about what must *not* be in an order need no row, nor do those that report what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conformance.checks.compare import is_special, normalized
from conformance.checks.matching import Pair
from conformance.checks.notes import MAX_NOTE_CHARS, shows_staff_notes
from conformance.checks.order import typed_texts
from conformance.checks.weight import has_exported_weight
from conformance.client.parsing.order import ExportedOrder


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a check judges if it appears in an order. ``first`` are the requirements that report its lack."""

    name: str
    appears: Callable[[Any], bool]
    first: str = ""

    @property
    def reason(self) -> str:
        """Return why nothing was judged."""
        return f"no exported order that was read has {self.name}{f': fix {self.first} first' if self.first else ''}"


def _has_gift(pair: Pair) -> bool:
    gift = pair.exported["Gift"]
    return pair.exported["GiftMessage"].filled or (gift.filled and gift.boolean is not False)


def _has_message(order: ExportedOrder) -> bool:
    return order["GiftMessage"].filled


def _has_adjustment(pair: Pair) -> bool:
    return bool(pair.exported.adjustments)


def _has_note(wanted: Callable[[str], bool]) -> Callable[[Pair], bool]:
    """Return the predicate for orders that are exported with a note for which ``wanted`` is true."""

    def appears(pair: Pair) -> bool:
        notes = (("CustomerNotes", pair.truth.customer_notes), ("InternalNotes", pair.truth.internal_notes))
        return any(wanted(normalized(note)) and pair.exported[name].filled for name, note in notes)

    return appears


def _has_options(pair: Pair) -> bool:
    return any(line.options for line in pair.exported.lines)


def _has_location(pair: Pair) -> bool:
    return any(line["Location"].filled for line in pair.exported.lines)


def _has_weight(pair: Pair) -> bool:
    return has_exported_weight(pair.exported)


def _has_special_text(pair: Pair) -> bool:
    return any(value.filled and is_special(normalized(text)) for text, value, _ in typed_texts(pair))


ADJUSTMENT = Thing("an adjustment", _has_adjustment, "DIS-1")
WEIGHT = Thing("a weight", _has_weight, "WGT-1")

THINGS: dict[str, Thing] = {
    "GiftMessage is what the customer wrote": Thing("a gift", _has_gift, "GIF-1"),
    "there is no GiftMessage unless Gift is true": Thing("a GiftMessage", _has_message),
    "the adjustments add up to the order's discount": ADJUSTMENT,
    "each coupon's code is in an adjustment's name or SKU": ADJUSTMENT,
    "all discounts arrive": ADJUSTMENT,
    "staff notes appear only in InternalNotes": Thing(
        "notes of the staff that can be told from its other texts", shows_staff_notes
    ),
    "line breaks and special characters in notes are preserved": Thing(
        "notes with special characters", _has_note(is_special), "NOT-1 or NOT-2"
    ),
    "the notes are cut to 1000 characters": Thing(
        "notes over 1000 characters", _has_note(lambda note: len(note) > MAX_NOTE_CHARS), "NOT-1 or NOT-2"
    ),
    "the options are as they were typed": Thing("options", _has_options, "OPT-1"),
    "each line has its own Location, or none": Thing("a Location", _has_location, "LOC-1"),
    "Weight and WeightUnits agree with the store's weight": WEIGHT,
    "lines and options together weigh what the order weighs": WEIGHT,
    "text is as it was typed": Thing("a text with special characters", _has_special_text),
}
"""*Then* sentence → what must appear in an order that it judges."""
