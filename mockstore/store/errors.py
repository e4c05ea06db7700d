"""The errors of a store. Each message is a sentence for people."""

from __future__ import annotations

from mockstore.errors import MockStoreError


class NoSuchOrder(MockStoreError, KeyError):
    """There is no order with that number."""

    def __init__(self, order_number: str = "") -> None:
        super().__init__(order_number)
        self.order_number = order_number

    def __str__(self) -> str:
        return f"There is no order {self.order_number!r}."


class OrderExists(MockStoreError, ValueError):
    """Another order has that number or id."""

    def __init__(self, order_number: str, order_id: str = "") -> None:
        id_ = f" or id {order_id!r}" if order_id not in ("", order_number) else ""
        super().__init__(f"There is an order with number {order_number!r}{id_} already.")
        self.order_number, self.order_id = order_number, order_id


class LedgerError(MockStoreError):
    """The database failed. Nothing of the transaction is stored."""


class Duplicate(LedgerError):
    """A unique number, id or key is in use."""


class OrderChanged(LedgerError):
    """Another process changed the order meanwhile. Nothing of the transaction is stored."""


class StateMismatch(MockStoreError):
    """The state belongs to a store with other settings."""

    def __init__(self, where: str, differences: list[tuple[str, str, str]]) -> None:
        kept = ", ".join(f"{name} {there}" for name, there, _ in differences)
        asked = ", ".join(f"{name} {here}" for name, _, here in differences)
        super().__init__(f"The state in {where} belongs to a store with {kept}, but this store has {asked}.")


class UnreadableState(MockStoreError):
    """The state cannot be read."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"The state in {where} can't be read: {why}.")
