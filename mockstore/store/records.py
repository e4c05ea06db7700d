"""What the ledger keeps of an order: the order itself, and which notification each of its shipments came with."""

from __future__ import annotations

import time

import msgspec

from mockstore.orders.model import Order, Shipment


class Record(msgspec.Struct, frozen=True):
    """An order, and for each of its shipments a key and a time.

    ``keys`` identify notifications; a shipment whose key is None is never a repetition. ``recorded`` tells which
    shipment was recorded first, in nanoseconds since 1970.
    """

    order: Order
    keys: tuple[str | None, ...] = ()
    recorded: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check that each shipment has a key and a time.

        Raises:
            ValueError: it is not so.
        """
        if not len(self.order.shipments) == len(self.keys) == len(self.recorded):
            raise ValueError("it has not as many keys and times as shipments")

    @classmethod
    def of(cls, order: Order) -> Record:
        """Return the record of an order. The tracking number is the key of its first shipment that has the number."""
        keys: list[str | None] = []
        for shipment in order.shipments:
            key = shipment.tracking_number or None
            keys.append(None if key in keys else key)
        return cls(order, tuple(keys), (time.time_ns(),) * len(keys))

    def has(self, key: str | None) -> bool:
        """True if there is a shipment with that key. None is no key."""
        return key is not None and key in self.keys

    def with_shipment(self, shipment: Shipment, key: str | None, **changes: object) -> Record:
        """Return the record with one more shipment, and with these changes of the order."""
        shipments = (*self.order.shipments, shipment)
        order = msgspec.structs.replace(self.order, shipments=shipments, **changes)
        return Record(order, (*self.keys, key), (*self.recorded, time.time_ns()))
