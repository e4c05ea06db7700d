"""A shop's order statuses with their letters: those it was set up with, and those made since."""

from __future__ import annotations

from string import ascii_uppercase

import msgspec

from mockstore.shop.shop import Status
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
"""CS-Cart's own; N (incomplete) and T (parent order) are never dealt out."""

MEMO_NAME = "statuses"


class LetteredStatus(msgspec.Struct, frozen=True):
    """A status. ``own`` were there from the start; ``params`` and mails are what the REST API keeps of it."""

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
    """What was changed of the statuses: those made or altered, by number, and the next number."""

    altered: tuple[LetteredStatus, ...] = ()
    following: int = 0


def _initial_statuses(store: Store) -> tuple[LetteredStatus, ...]:
    taken = {
        CS_CART_LETTERS[key] for status in store.shop.statuses if (key := status.name.casefold()) in CS_CART_LETTERS
    }
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
        for number, status in enumerate(store.shop.statuses, start=1)
    )


def read_changes(text: str | None) -> StatusChanges:
    """What a memo says."""
    return StatusChanges() if text is None else msgspec.json.decode(text, type=StatusChanges)


def _with_changes(store: Store, written: StatusChanges) -> tuple[LetteredStatus, ...]:
    found = {status.number: status for status in (*_initial_statuses(store), *written.altered)}
    return tuple(found.values())


def lettered_statuses(store: Store, work: StoreTransaction | None = None) -> tuple[LetteredStatus, ...]:
    """Every status of the shop, by number; as a transaction sees them, if one is given."""
    return _with_changes(store, read_changes(store.memo(MEMO_NAME) if work is None else work.memo(MEMO_NAME)))


def current_statuses(store: Store) -> tuple[Status, ...]:
    """The same as the store's settings name them."""
    return tuple(Status(status.name, status.maps_to, status.shipped) for status in lettered_statuses(store))


def save_status(store: Store, work: StoreTransaction, status: LetteredStatus) -> LetteredStatus:
    """Keep a status that was made (number 0) or altered."""
    written = read_changes(work.memo(MEMO_NAME))
    known = _with_changes(store, written)
    following = max(written.following, max((each.number for each in known), default=0) + 1)
    if status.number == 0:
        status, following = msgspec.structs.replace(status, number=following), following + 1
    altered = (*(each for each in written.altered if each.number != status.number), status)
    work.remember(MEMO_NAME, msgspec.json.encode(StatusChanges(altered, following)).decode())
    return status


def delete_status(work: StoreTransaction, number: int) -> None:
    """Forget a status that was made."""
    written = read_changes(work.memo(MEMO_NAME))
    left = tuple(each for each in written.altered if each.number != number)
    work.remember(MEMO_NAME, msgspec.json.encode(StatusChanges(left, written.following)).decode())


def free_letter(known: tuple[LetteredStatus, ...]) -> str | None:
    """A letter that no status has; None where there is none left."""
    taken = {status.letter for status in known} | {"N", "T", *CS_CART_LETTERS.values()}
    return next((letter for letter in ascii_uppercase if letter not in taken), None)
