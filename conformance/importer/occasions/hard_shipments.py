"""The parcels of the feature *Notifications* whose values careless code damages. Data only.

Each parcel belongs to an order of its own, and several of its values are hard at once: what one careless conversion
leaves right, another one damages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from conformance.importer.stores import base_time
from mockstore.orders.draft import Draft
from mockstore.orders.model import Item, Shipment, ShippedItem
from mockstore.orders.specimens import SpecimenMaker
from mockstore.shop.facts import StoreFacts

EAST, WEST = "Pacific/Auckland", "Pacific/Honolulu"
"""Time zones of importers on both sides of the date line: a day that becomes a moment is another day in one of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardParcel:
    """A parcel and its order. ``what`` says in reports what is hard about it, ``zone`` is the importer's time zone."""

    what: str
    number: str
    lines: tuple[tuple[str, str, int], ...]
    """Id, SKU and quantity of each line of the order."""
    packed: dict[str, int]
    """Id of each line in the parcel → its quantity there."""
    shipment: Shipment
    zone: str = "UTC"

    def told(self) -> Shipment:
        """Return the shipment as the importer is told of it, with its items."""
        skus = {line: sku for line, sku, _ in self.lines}
        items = tuple(ShippedItem(skus[line], count, line) for line, count in self.packed.items())
        return Shipment(
            **{name: getattr(self.shipment, name) for name in Shipment.__struct_fields__ if name != "items"},
            items=items,
        )


PARCELS = (
    HardParcel(
        what="an order number with leading zeros that is not the order's id",
        number="00042",
        lines=(("0077", "000123", 10),),
        packed={"0077": 10},
        shipment=Shipment("00340434161094042557", "DHL", "Paket", Decimal("4.00"), "Danke!", date(2026, 1, 1)),
    ),
    HardParcel(
        what="some of the units of one of two lines, and lower-case letters",
        number="a-1b",
        lines=(("8001", "mug-blue", 3), ("8002", "MUG-BLUE", 1)),
        packed={"8001": 2},
        shipment=Shipment("1z999aa10123456784", "UPS", "Ground", Decimal("0.00"), "", date(2026, 12, 31)),
        zone=EAST,
    ),
    HardParcel(
        what="the second of two lines with the same SKU",
        number="A-2B",
        lines=(("9001", "SOCK", 2), ("9002", "SOCK", 5)),
        packed={"9002": 5},
        shipment=Shipment(
            "94001118992231978565", "USPS", "Priority Mail", Decimal("1234.50"), "2 of 2", date(2026, 3, 8)
        ),
        zone=WEST,
    ),
    HardParcel(
        what="letters of other scripts, markup, and notes of several lines",
        number="ДОМ/7 №2",
        lines=(("9101", "Größe-ß", 1), ("9102", "B&B <2>", 4)),
        packed={"9101": 1, "9102": 3},
        shipment=Shipment(
            "T&C 7+1",
            "FedEx",
            "Größe L & mehr",
            Decimal("7.05"),
            'Zeile 1: bitte klingeln\nZeile 2: <Hof> & "Tor"\n漢字 ]]> é 😀',
            date(2026, 11, 1),
        ),
        zone=EAST,
    ),
)
"""The parcels, in the order in which the importer is told of them."""


def orders_of_parcels(known: StoreFacts, now: datetime) -> Iterable[Draft]:
    """Return the order of each parcel, an hour apart."""
    make = SpecimenMaker(known, base_time(now))
    return [
        make.draft(
            f"parcel-{place}",
            *(Item(line, sku, f"Product {sku}", quantity, Decimal("2.00")) for line, sku, quantity in parcel.lines),
            order_number=parcel.number,
        )
        for place, parcel in enumerate(PARCELS, start=1)
    ]
