"""Memos: texts that the store remembers until a reset, for what orders do not hold."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from mockstore.store.errors import LedgerError

T = TypeVar("T")


def read_memo(text: str | None, form: type[T]) -> T:
    """Return the value of a memo; the default of its type if there is none.

    Raises:
        LedgerError: the text is damaged.
    """
    if text is None:
        return form()
    try:
        return msgspec.json.decode(text, type=form)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise LedgerError(f"The store's records can't be read: a memo is damaged: {error}.") from None
