"""NOT: what customer and staff wrote."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from conformance.checks.compare import (
    is_beginning,
    is_same_text,
    is_special,
    normalized,
    readings,
    same_apart_from_damage,
)
from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.checks.order import check_text
from conformance.client.parsing.order import Value, text_of
from conformance.core.finding import Finding
from mockstore.orders.model import Order

LIMIT = 1000
INTERNAL_ELEMENTS = frozenset(("InternalNotes", "RequestedWarehouse", "Source"))
"""Elements that no customer sees."""
MAX_BROKEN_CHARACTERS = 4
"""Signs that may stand for what is left of one broken character."""
MAX_PROBE_LETTERS = 24
MIN_PROBE_LETTERS = 8
"""Letters of the staff's notes that are looked for elsewhere, at most and at least."""


def has_customer_notes(pair: Pair) -> bool:
    """Whether the customer wrote something."""
    return bool(pair.truth.customer_notes.strip())


def has_internal_notes(pair: Pair) -> bool:
    """Whether the staff wrote something."""
    return bool(pair.truth.internal_notes.strip())


def has_special_notes(pair: Pair) -> bool:
    """Whether a note has line breaks or special characters."""
    return any(is_special(normalized(note)) for note in (pair.truth.customer_notes, pair.truth.internal_notes))


def has_long_notes(pair: Pair) -> bool:
    """Whether a note is longer than its field."""
    return has_note_over_limit(pair.truth)


def has_note_over_limit(order: Order) -> bool:
    """Whether a note of the order is longer than its field."""
    return any(len(normalized(note)) > LIMIT for note in (order.customer_notes, order.internal_notes))


PLACEHOLDERS = frozenset(("null", "none", "nil", "undefined", "nan", "n/a", "(null)", "false", "array", "[]", "{}"))
"""What code prints where there is nothing."""


def customer_notes_match(pair: Pair) -> Iterator[Finding]:
    """NOT-1: CustomerNotes is what the customer wrote at checkout, and nothing where nothing was written."""
    value = pair.exported["CustomerNotes"]
    if not is_staff_text(pair, value.text) and not _is_cut_short(pair.truth.customer_notes, value.text):
        yield from check_text(pair, "CustomerNotes", pair.truth.customer_notes, LIMIT)


def internal_notes_match(pair: Pair) -> Iterator[Finding]:
    """NOT-2: InternalNotes is what the staff wrote.

    The staff's text must stand there; what a store adds of its own (order activities, S18) may
    follow, but where the staff wrote nothing, not what the customer did.
    """
    value, staff = pair.exported["InternalNotes"], pair.truth.internal_notes
    if not staff.strip():
        others = {normalized(note) for note in (pair.truth.customer_notes, pair.truth.gift_message)} - {""}
        if normalized(value.text).casefold() in PLACEHOLDERS or normalized(value.text) in others:
            yield at(value, pair.exported, "Nobody of the staff wrote that.", "(nothing)")
    elif normalized(staff) not in normalized(value.text) and not _is_cut_short(staff, value.text):
        yield from check_text(pair, "InternalNotes", staff, LIMIT)


def staff_notes_hidden(pair: Pair) -> Iterator[Finding]:
    """NOT-3: staff notes never show where the customer may see them: anywhere but in InternalNotes."""
    probe = _probe(pair.truth)
    for element in pair.exported.element.iter(etree.Element) if probe else ():
        if len(element) or element.tag in INTERNAL_ELEMENTS or not _shows(probe, text_of(element)):
            continue
        place = element.getroottree().getelementpath(element).partition("/")[2]
        value = Value(text_of(element), f"{pair.exported.xpath}/{place}")
        yield at(value, pair.exported, f"Staff notes show in {element.tag!s}.", "nothing of the staff's notes")


def is_staff_text(pair: Pair, shown: str) -> bool:
    """Whether a text shows the staff's notes, be they spoilt."""
    return _shows(_probe(pair.truth), shown)


def _shows(probe: str, text: str) -> bool:
    return bool(probe) and bool(text.strip()) and any(probe in _letters(reading) for reading in readings(text))


def _probe(order: Order) -> str:
    """What the staff's notes are known by elsewhere: the beginning of their longest line.

    Nothing for notes of a word or two, or that say what the order says anyway.
    """
    probe = _letters(max(normalized(order.internal_notes).split("\n"), key=len))[:MAX_PROBE_LETTERS]
    known = len(probe) >= MIN_PROBE_LETTERS and not any(probe in _letters(own) for own in _own_texts(order))
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


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def special_text_survives(pair: Pair) -> Iterator[Finding]:
    """NOT-4: line breaks and special characters in notes survive."""
    for name, note in _notes(pair):
        value = pair.exported[name]
        if is_special(normalized(note)) and not is_same_text(note, value.text, LIMIT):
            if name == "InternalNotes" and normalized(note) in normalized(value.text):
                continue
            if same_apart_from_damage(note, value.text, LIMIT):
                yield at(value, pair.exported, f"{name} lost line breaks or special characters.", note)


def cut_at_limit(pair: Pair) -> Iterator[Finding]:
    """NOT-5: notes over 1000 characters are cut to 1000 without breaking a character.

    Which text stands there is NOT-1's and NOT-2's matter, and whether it is spoilt NOT-4's.
    """
    for name, note in _notes(pair):
        value = pair.exported[name]
        if len(normalized(note)) > LIMIT and (len(normalized(value.text)) > LIMIT or _is_cut_short(note, value.text)):
            yield at(
                value,
                pair.exported,
                f"{name} isn't cut to its first {LIMIT} characters.",
                normalized(note)[:LIMIT],
            )


def _is_cut_short(note: str, shown: str) -> bool:
    """Whether a note that had to be cut was cut before it was full, or inside a character."""
    bare = normalized(shown).rstrip("?\ufffd")
    if len(normalized(note)) <= LIMIT or is_same_text(note, shown, LIMIT) or not is_beginning(note, bare):
        return False
    broken = 0 < len(normalized(shown)) - len(bare) <= MAX_BROKEN_CHARACTERS
    return broken or not same_apart_from_damage(note, shown, LIMIT)


def _notes(pair: Pair) -> tuple[tuple[str, str], ...]:
    return ("CustomerNotes", pair.truth.customer_notes), ("InternalNotes", pair.truth.internal_notes)
