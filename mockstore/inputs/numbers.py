"""Numbers from outside: of any length, in any digits."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

MAX_DIGITS = 18
"""Most digits of a whole number: it then fits into 64 bits, as databases need it."""
MAX_WHOLE = 10**MAX_DIGITS - 1
"""The number that stands for all larger ones where only the size matters."""
MAX_AMOUNT = Decimal(10) ** 12
"""Amounts and weights are smaller than this, so that every sum and every conversion can be computed."""
MIN_EXPONENT = -100


def read_whole(text: str) -> int | None:
    """Return a whole number from 0 on, written in ASCII digits; :data:`MAX_WHOLE` for a larger one; None for no number.

    ``int()`` alone also reads other digits, underscores and signs, and refuses more than 4300 digits.
    """
    text = text.strip(" \t")
    if not (text.isascii() and text.isdigit()):
        return None
    digits = text.lstrip("0")
    return MAX_WHOLE if len(digits) > MAX_DIGITS else int(digits or "0")


def read_amount(text: str) -> Decimal | None:
    """Return an amount; None if the text is not one, or if :func:`is_amount` is false for it."""
    written = text.strip()
    if not written:
        return None
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return None
    return amount if is_amount(amount) else None


def is_amount(value: Decimal) -> bool:
    """True if the store can compute with the number: it is finite, and neither too large nor too precise."""
    if not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    return -MAX_AMOUNT < value < MAX_AMOUNT and isinstance(exponent, int) and exponent >= MIN_EXPONENT
