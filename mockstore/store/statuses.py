"""The order statuses of a shop with their letters: the shop's own, and those that the REST API created or changed."""

from __future__ import annotations

from functools import lru_cache
from string import ascii_uppercase

import msgspec

from mockstore.shop.shop import Status
from mockstore.store.memos import read_memo
from mockstore.store.store import Store, StoreTransaction

CS_CART_LETTERS = {
    "processed": "P",
    "complete": "C",
    "open": "O",
    "failed": "F",
    "declined": "D",
    "backordered": "B",
    "canceled": "I",
    "awaiting call": "Y",
}
"""The letters of CS-Cart's own statuses. N (incomplete) and T (parent order) are never given to others."""

MEMO_NAME = "statuses"


class LetteredStatus(msgspec.Struct, frozen=True):
    """A status with its number and letter.

    ``own`` is true for the statuses of the shop's settings. ``params`` and the e-mail fields are kept
    for the REST API.
    """

    number: int
    letter: str
    name: str
    maps_to: str | None = None
    shipped: bool = False
    own: bool = True
    params: dict[str, str] = {}
    email_subj: str = ""
    email_header: str = ""


class StatusChanges(msgspec.Struct, frozen=True):
    """The changes of statuses: those created or changed, and the number of the next one."""

    altered: tuple[LetteredStatus, ...] = ()
    following: int = 0


@lru_cache(maxsize=64)
def _initial_statuses(named: tuple[Status, ...]) -> tuple[LetteredStatus, ...]:
    taken = {CS_CART_LETTERS[key] for status in named if (key := status.name.casefold()) in CS_CART_LETTERS}
    free = iter([letter for letter in ascii_uppercase + "0123456789" if letter not in taken | {"N", "T"}])
    return tuple(
        LetteredStatus(
            number,
            CS_CART_LETTERS.get(status.name.casefold()) or next(free),
            status.name,
            status.maps_to,
            status.shipped,
            params={"inventory": "I" if status.maps_to == "cancelled" else "D", "notify": "Y"},
        )
        for number, status in enumerate(named, start=1)
    )


def read_changes(text: str | None) -> StatusChanges:
    """Return the changes that a memo holds; no changes if there is no memo."""
    return read_memo(text, StatusChanges)


def _with_changes(store: Store, written: StatusChanges) -> tuple[LetteredStatus, ...]:
    found = {status.number: status for status in (*_initial_statuses(store.shop.statuses), *written.altered)}
    return tuple(found.values())


def lettered_statuses(store: Store, work: StoreTransaction | None = None) -> tuple[LetteredStatus, ...]:
    """Return every status of the shop, by number; as the transaction ``work`` sees them, if it is given."""
    return _with_changes(store, read_changes(store.memo(MEMO_NAME) if work is None else work.memo(MEMO_NAME)))


def current_statuses(store: Store) -> tuple[Status, ...]:
    """Return every status of the shop, in the form of the shop's settings."""
    return tuple(Status(status.name, status.maps_to, status.shipped) for status in lettered_statuses(store))


def save_status(store: Store, work: StoreTransaction, status: LetteredStatus) -> LetteredStatus:
    """Save a status that was created (number 0) or changed, and return it with its number."""
    written = read_changes(work.memo(MEMO_NAME))
    known = _with_changes(store, written)
    following = max(written.following, max((each.number for each in known), default=0) + 1)
    if status.number == 0:
        status, following = msgspec.structs.replace(status, number=following), following + 1
    altered = (*(each for each in written.altered if each.number != status.number), status)
    work.remember(MEMO_NAME, msgspec.json.encode(StatusChanges(altered, following)).decode())
    return status


def delete_status(work: StoreTransaction, number: int) -> None:
    """Delete a status that was created."""
    written = read_changes(work.memo(MEMO_NAME))
    left = tuple(each for each in written.altered if each.number != number)
    work.remember(MEMO_NAME, msgspec.json.encode(StatusChanges(left, written.following)).decode())


def free_letter(known: tuple[LetteredStatus, ...]) -> str | None:
    """Return a letter that no status has; None if there is no free letter."""
    taken = {status.letter for status in known} | {"N", "T", *CS_CART_LETTERS.values()}
    return next((letter for letter in ascii_uppercase if letter not in taken), None)
