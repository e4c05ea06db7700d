"""The recordings of the real add-on, and the orders that the shop had at that time."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from mockstore.endpoint.message import Request
from mockstore.orders.model import Address, Customer, Item, Option, Order, Weight
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import Store

FOLDER = Path(__file__).parents[1] / "recordings"
USERNAME, PASSWORD = "ship-user", "s3cret-Pass"
SHIPPED_AT = datetime(2026, 11, 24, 0, 29, tzinfo=UTC)
"""The time of the notifications."""


@dataclass(frozen=True)
class Recording:
    """A request and the add-on's reply."""

    name: str
    request: Request
    status: int
    headers: dict[str, str]
    body: bytes


def recordings(profile: str) -> list[Recording]:
    """Return the recordings of one release of the add-on, oldest first."""
    return [_recording(path) for path in sorted((FOLDER / profile).glob("*.request"))]


def _headers(lines: list[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines)


def _recording(path: Path) -> Recording:
    head, _, body = path.read_bytes().partition(b"\n\n")
    first, *lines = head.decode().split("\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, value in _headers(lines).items()}
    if "authorization" in headers:
        password = "wrong" if "wrong" in headers["authorization"] else PASSWORD
        headers["authorization"] = "Basic " + b64encode(f"{USERNAME}:{password}".encode()).decode()
    query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    reply_head, _, reply_body = path.with_suffix(".reply").read_bytes().partition(b"\n\n")
    status, *lines = reply_head.decode().split("\n")
    return Recording(
        path.stem,
        Request(method, query, headers, body, target),
        int(status.split(" ")[1]),
        _headers(lines),
        reply_body,
    )


def shop(version: str) -> Shop:
    """Return the recorded shop, with this CS-Cart version."""
    return Shop(version, orders_per_page=10, username=USERNAME, password=PASSWORD)


def store(version: str) -> Store:
    """Return a store with the recorded shop's orders."""
    made = Store(shop(version), count=0, clock=Clock(SHIPPED_AT, running=False))
    made.add_initial_orders(orders())
    return made


def _address(name: str, company: str, phone: str, *lines: str) -> Address:
    address1, address2, city, state, postal_code, country = lines
    return Address(name, company, phone, address1, address2, city, state, postal_code, country)


def _people(address2: str) -> list[tuple[str, Address, Address]]:
    oak = ("12 Oak St", address2, "New York", "NY", "10001", "US")
    chiyoda = ("1-1 Chiyoda", address2, "Tokyo", "", "100-0001", "JP")
    ann = _address("Ann Lee", "Lee & Co", "+1 212 555 0101", *oak)
    jurgen = _address("Jürgen Müller", "", "+49 30 901820", "Turmweg 5", "", "Berlin", "", "10115", "DE")
    taro = _address("山田 太郎", "", "+81 3 1234 5678", *chiyoda)
    zoe = _address("Zoë O'Neil", "Ray Ltd", "613-555-0199", "5 Elm Rd", "", "Ottawa", "ON", "K1A 0B1", "CA")
    return [
        ("ann@example.org", ann, ann),
        ("juergen@example.org", jurgen, taro),
        ("taro@example.org", taro, taro),
        ("zoe@example.org", zoe, ann),
    ]


def _items(number: int) -> tuple[Item, ...]:
    goods = [
        ("Blue mug", 1, "9.99", "0.5", ()),
        ("T-shirt “Ünï”", 2, "19.90", "0.3", (Option("Color", "Red & Blue"),)),
        ("Lamp & shade", 3, "45.00", "2", ()),
    ]
    return tuple(
        Item(
            line_id=str(place + 1),
            sku=f"SKU-{number}-{place}",
            name=name,
            quantity=quantity,
            unit_price=Decimal(price),
            weight=Weight(Decimal(pounds), "lbs"),
            image_url=f"http://shop.example/images/detailed/{place}/p{number}.jpg",
            location="A1-B2",
            options=options,
        )
        for place, (name, quantity, price, pounds, options) in enumerate(goods[: number % 3 + 1])
    )


def orders() -> list[Order]:
    """Return the thirteen orders of the recorded shop."""
    made = []
    for number in range(13):
        email, billing, shipping = _people("" if number % 3 else "Apt 2")[number % 4]
        total, tax = [("18.38", "0.89"), ("61.71", "4.42"), ("208.69", "16.40")][number % 3]
        placed = datetime(2026, 3, 10, 8 + number % 10, number * 7 % 60, tzinfo=UTC)
        made.append(
            Order(
                order_number=str(1001 + number),
                order_id=str(1001 + number),
                status=["Processed", "Open", "Complete", "Canceled", "Backordered"][number % 5],
                placed_at=placed,
                modified_at=placed + timedelta(hours=1),
                currency="USD",
                customer=Customer(email, billing.phone, billing, shipping),
                shipping_method="UPS Ground",
                payment_method=["Credit card", "Phone ordering", "Check"][number % 3],
                total=Decimal(total),
                tax=Decimal(tax),
                shipping_amount=Decimal("7.50"),
                customer_notes="" if number % 4 else "Please ring twice.\nThank you",
                internal_notes="checked by staff" if number % 4 == 1 else "",
                items=_items(number),
            )
        )
    return made
