"""What can go wrong with a store's records; each message is one sentence for people."""

from __future__ import annotations


class NoSuchOrder(KeyError):
    """There is no order of that number."""

    def __init__(self, order_number: str = "") -> None:
        super().__init__(order_number)
        self.order_number = order_number

    def __str__(self) -> str:
        return f"There is no order {self.order_number!r}."


class OrderExists(ValueError):
    """An order has that number or id already."""

    def __init__(self, order_number: str, order_id: str = "") -> None:
        id_ = f" or id {order_id!r}" if order_id not in ("", order_number) else ""
        super().__init__(f"There is an order with number {order_number!r}{id_} already.")
        self.order_number, self.order_id = order_number, order_id


class LedgerError(Exception):
    """The database failed; nothing of what was asked for has been done."""


class Duplicate(LedgerError):
    """A unique number, id or key is taken."""


class OrderChanged(LedgerError):
    """The order is no longer the one that a change was decided from; nothing has been done."""


class StateMismatch(Exception):
    """The state that was kept is another store's."""

    def __init__(self, where: str, differences: list[tuple[str, str, str]]) -> None:
        kept = ", ".join(f"{name} {there}" for name, there, _ in differences)
        asked = ", ".join(f"{name} {here}" for name, _, here in differences)
        super().__init__(f"The state in {where} is of a store with {kept}, and this one has {asked}.")


class UnreadableState(Exception):
    """What is there can't be read as a store's state."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The state in {where} can't be read: {why}.")
