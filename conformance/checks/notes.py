"""NOT: the notes of customer and staff."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from conformance.checks.compare import (
    is_beginning,
    is_same_but_damaged,
    is_same_text,
    is_special,
    normalized,
    readings,
)
from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.checks.order import check_text
from conformance.client.parsing.order import Value, text_of
from conformance.contract.fields import ORDER
from conformance.core.finding import Finding
from mockstore.orders.model import Order

MAX_NOTE_CHARS = ORDER["CustomerNotes"].limits[0]
"""The length of CustomerNotes and of InternalNotes, in characters."""
INTERNAL_ELEMENTS = frozenset(("InternalNotes", "RequestedWarehouse", "Source"))
"""The elements that no customer sees."""
MAX_REPLACEMENT_SIGNS = 4
"""A broken character may show as this many question marks, at most: one for each of its bytes."""
MAX_PROBE_LETTERS = 24
"""The suite searches other elements for this many letters of the staff's notes, at most."""
MIN_PROBE_LETTERS = 8
"""Shorter notes of the staff aren't searched for."""


def has_customer_notes(pair: Pair) -> bool:
    """True if the customer wrote something."""
    return bool(pair.truth.customer_notes.strip())


def has_internal_notes(pair: Pair) -> bool:
    """True if the staff wrote something."""
    return bool(pair.truth.internal_notes.strip())


def has_special_notes(pair: Pair) -> bool:
    """True if a note has line breaks or special characters."""
    return any(is_special(normalized(note)) for note in (pair.truth.customer_notes, pair.truth.internal_notes))


def has_long_notes(pair: Pair) -> bool:
    """True if a note is longer than its field."""
    return has_note_over_limit(pair.truth)


def has_note_over_limit(order: Order) -> bool:
    """True if a note of the order is longer than its field."""
    return any(len(normalized(note)) > MAX_NOTE_CHARS for note in (order.customer_notes, order.internal_notes))


PLACEHOLDERS = frozenset(("null", "none", "nil", "undefined", "nan", "n/a", "(null)", "false", "array", "[]", "{}"))
"""Texts that careless code prints for an empty text."""


def customer_notes_match(pair: Pair) -> Iterator[Finding]:
    """NOT-1: CustomerNotes is what the customer wrote at checkout, and empty if the customer wrote nothing.

    NOT-3 reports the staff's notes in this field. NOT-5 reports a text that is cut too short.
    """
    value = pair.exported["CustomerNotes"]
    if not is_staff_text(pair, value.text) and not _is_cut_short(pair.truth.customer_notes, value.text):
        yield from check_text(pair, ORDER["CustomerNotes"])


def internal_notes_match(pair: Pair) -> Iterator[Finding]:
    """NOT-2: InternalNotes is what the staff wrote.

    A store may add text of its own to every order, such as a list of the order's activities. If the staff wrote
    nothing, InternalNotes must have no text of the customer and no placeholder.
    """
    value, staff = pair.exported["InternalNotes"], pair.truth.internal_notes
    if not staff.strip():
        others = {normalized(note) for note in (pair.truth.customer_notes, pair.truth.gift_message)} - {""}
        if normalized(value.text).casefold() in PLACEHOLDERS or normalized(value.text) in others:
            yield at(value, pair.exported, "InternalNotes is not empty, but the staff wrote nothing.", "(nothing)")
    elif normalized(staff) not in normalized(value.text) and not _is_cut_short(staff, value.text):
        yield from check_text(pair, ORDER["InternalNotes"])


def has_own_text(pair: Pair) -> bool:
    """True if InternalNotes has text of the store's own around what the staff wrote, or where the staff wrote nothing.

    A text that is cut or damaged is no text of the store's own.
    """
    shown, staff = pair.exported["InternalNotes"].text, pair.truth.internal_notes
    return (
        bool(normalized(shown))
        and normalized(staff) in normalized(shown)
        and not is_same_but_damaged(staff, shown, MAX_NOTE_CHARS)
    )


def staff_notes_hidden(pair: Pair) -> Iterator[Finding]:
    """NOT-3: no element that the customer may see has the staff's notes."""
    probe = _probe(pair.truth)
    for element in pair.exported.element.iter(etree.Element) if probe else ():
        if len(element) or element.tag in INTERNAL_ELEMENTS or not _shows(probe, text_of(element)):
            continue
        place = element.getroottree().getelementpath(element).partition("/")[2]
        value = Value(text_of(element), pair.exported.xpath, place)
        yield at(value, pair.exported, f"Staff notes show in {element.tag!s}.", "no staff notes")


def shows_staff_notes(pair: Pair) -> bool:
    """True if the staff's notes would be recognised in any element of the export."""
    return bool(_probe(pair.truth))


def is_staff_text(pair: Pair, shown: str) -> bool:
    """True if a text contains the staff's notes, even damaged."""
    return _shows(_probe(pair.truth), shown)


def _shows(probe: str, text: str) -> bool:
    if not probe or _is_shorter(text, probe):
        return False  # no reading of an ASCII text has more letters than the text has characters
    return any(probe in letters_of(reading) for reading in readings(text))


def _is_shorter(text: str, probe: str) -> bool:
    """True if a text certainly has fewer letters than the probe. Letters beyond ASCII may become several."""
    return len(text) < len(probe) and text.isascii()


def _probe(order: Order) -> str:
    """Return the letters that identify the staff's notes in other elements: the beginning of their longest line.

    Empty if the notes are too short, or if another text of the order has the same letters.
    """
    probe = letters_of(max(normalized(order.internal_notes).split("\n"), key=len))[:MAX_PROBE_LETTERS]
    known = len(probe) >= MIN_PROBE_LETTERS and not any(
        probe in letters_of(own) for own in _own_texts(order) if not _is_shorter(own, probe)
    )
    return probe if known else ""


def _own_texts(order: Order) -> Iterator[str]:
    yield from (order.customer_notes, order.gift_message, order.status, order.shipping_method, order.payment_method)
    yield order.customer.email
    for address in (order.customer.billing, order.customer.shipping or order.customer.billing):
        yield from (address.name, address.company, address.address1, address.address2, address.city)
    for item in order.items:
        yield from (item.name, item.sku, item.location)
        yield from (each for option in item.options for each in (option.name, option.value))
    yield from (each for discount in order.discounts for each in (discount.name, discount.coupon))


def letters_of(text: str) -> str:
    """Return the letters and digits of a text, in lower case."""
    return "".join(filter(str.isalnum, text)).casefold()


def special_text_is_preserved(pair: Pair) -> Iterator[Finding]:
    """NOT-4: line breaks and special characters in notes are preserved."""
    for name, note in _notes(pair):
        value = pair.exported[name]
        if is_special(normalized(note)) and not is_same_text(note, value.text, MAX_NOTE_CHARS):
            if name == "InternalNotes" and normalized(note) in normalized(value.text):
                continue
            if is_same_but_damaged(note, value.text, MAX_NOTE_CHARS):
                yield at(value, pair.exported, f"{name} lost line breaks or special characters.", note)


def cut_at_limit(pair: Pair) -> Iterator[Finding]:
    """NOT-5: notes over 1000 characters are cut to 1000 without breaking a character.

    NOT-1 and NOT-2 report another text in the field. NOT-4 reports damaged characters.
    """
    for name, note in _notes(pair):
        value = pair.exported[name]
        if len(normalized(note)) > MAX_NOTE_CHARS and (
            len(normalized(value.text)) > MAX_NOTE_CHARS or _is_cut_short(note, value.text)
        ):
            yield at(
                value,
                pair.exported,
                f"{name} isn't cut to its first {MAX_NOTE_CHARS} characters.",
                normalized(note)[:MAX_NOTE_CHARS],
            )


def _is_cut_short(note: str, shown: str) -> bool:
    """True if a note that had to be cut was cut before its field was full, or inside a character."""
    bare = normalized(shown).rstrip("?\ufffd")
    if (
        len(normalized(note)) <= MAX_NOTE_CHARS
        or is_same_text(note, shown, MAX_NOTE_CHARS)
        or not is_beginning(note, bare)
    ):
        return False
    broken = 0 < len(normalized(shown)) - len(bare) <= MAX_REPLACEMENT_SIGNS
    return broken or not is_same_but_damaged(note, shown, MAX_NOTE_CHARS)


def _notes(pair: Pair) -> tuple[tuple[str, str], ...]:
    return ("CustomerNotes", pair.truth.customer_notes), ("InternalNotes", pair.truth.internal_notes)
