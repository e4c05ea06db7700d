"""The profiles of the real add-on: they equal the recordings byte for byte, and show its known behaviour."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from mockstore.behaviours.profiles.payments import PAYMENT_IDS, payment_id
from mockstore.behaviours.registry import build_behaviour, profiles
from mockstore.endpoint.message import Reply, Request
from mockstore.orders.model import Account, Item, Option, Order, Weight
from mockstore.shop.shop import Clock, Shop
from mockstore.shop.versions import VERSIONS, version
from mockstore.store.store import Store
from tests.support import recorded

ADDON = build_behaviour("addon-1.0.12")
AUTHORIZATION = "Basic " + b64encode(f"{recorded.USERNAME}:{recorded.PASSWORD}".encode()).decode()


def asked(store: Store, action: str, *, method: str = "GET", body: bytes = b"", **query: str) -> Reply:
    headers = {"authorization": AUTHORIZATION}
    return ADDON.answer(Request(method, {"action": action, **query}, headers, body), store)


def exported(store: Store, start: str = "03/10/2026 00:00", end: str = "03/10/2026 23:59", **query: Any) -> str:
    return asked(store, "export", start_date=start, end_date=end, **query).body.decode()


def numbers(text: str) -> list[str]:
    return re.findall(r"<OrderID><!\[CDATA\[(.*?)]]>", text)


def notice(*items: tuple[str, int]) -> bytes:
    lines = "".join(f"<Item><SKU>{sku}</SKU><Quantity>{count}</Quantity></Item>" for sku, count in items)
    return (
        "<ShipNotice><OrderNumber>1</OrderNumber><NotesToCustomer>Enjoy</NotesToCustomer>"
        "<ShipDate>03/11/2026</ShipDate><Carrier>UPS</Carrier><Service>Ground</Service>"
        f"<TrackingNumber>T1</TrackingNumber><ShippingCost>4.95</ShippingCost><Items>{lines}</Items></ShipNotice>"
    ).encode()


def notified(store: Store, number: str, *items: tuple[str, int], body: bytes | None = None, **query: Any) -> Reply:
    query = {"tracking_number": "T1", "carrier": "UPS", "order_number": number, **query}
    return asked(store, "shipnotify", method="POST", body=notice(*items) if body is None else body, **query)


def one(version: str = "4.6.3", shop: Shop | None = None, **changes: object) -> Store:
    """A store with one order: the first recorded order, changed."""
    store = Store(shop or recorded.shop(version), count=0, clock=Clock(recorded.SHIPPED_AT, running=False))
    store.add_initial_orders([msgspec.structs.replace(recorded.orders()[0], **changes)])
    return store


def item(**changes: object) -> Item:
    return msgspec.structs.replace(recorded.orders()[0].items[0], **changes)


def held(store: Store, number: str = "1001") -> Order:
    order = store.find(number)
    assert order is not None
    return order


def as_of(text: bytes, name: str) -> bytes:
    """Return a recorded answer as a shop of that version gives it: tax and weights depend on its facts."""
    known = version(name)
    if known.tax_subtotal == "by-product":
        text = re.sub(rb"(?<=<TaxAmount><!\[CDATA\[)[\d.]+", b"0", text)
    if known.weight_decimals == 2:
        text = re.sub(rb"(</ImageUrl><Weight><!\[CDATA\[\d+\.\d\d)\d", rb"\1", text)
    return text


# ---------------------------------------------------------------------- recordings


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize("profile", ["addon-1.0.12", "addon-1.0.10"])
def test_a_profile_answers_what_was_recorded(profile: str, name: str) -> None:
    """Status, headers and every byte of the body are equal in every version, except for its facts."""
    store, chosen = recorded.store(name), build_behaviour(profile)
    found = recorded.recordings(profile)
    assert len(found) == 12
    for recording in found:
        reply = chosen.answer(recording.request, store)
        assert reply.status == recording.status, recording.name
        assert {k.lower(): v for k, v in reply.headers.items()} == {
            k.lower(): v for k, v in recording.headers.items()
        }, recording.name
        assert reply.body == as_of(recording.body, name), recording.name


def test_profiles_are_told_by_their_names() -> None:
    """The list begins with the reference."""
    assert list(profiles()) == ["reference", "addon-1.0.12", "addon-1.0.10"]


# ---------------------------------------------------------------------- export


def test_times_are_of_the_shops_zone_with_twelve_and_twenty_four_hours_mixed() -> None:
    """Midnight is 00, and the hours of the afternoon go up to 23 with PM after them."""
    store = one(placed_at=datetime(2026, 1, 10, 5, 5, tzinfo=UTC), modified_at=datetime(2026, 7, 10, 20, tzinfo=UTC))
    text = exported(store, "01/10/2026 00:05", "01/10/2026 00:05")
    assert "<OrderDate><![CDATA[1/10/2026 00:05 AM]]></OrderDate>" in text
    assert "<LastModified><![CDATA[7/10/2026 16:00 PM]]></LastModified>" in text


def test_what_was_placed_in_the_window_is_exported_whenever_it_was_modified() -> None:
    """Orders modified in the window are exported as well, in the sequence of their numbers."""
    store = recorded.store("4.6.3")
    assert numbers(exported(store, "03/10/2026 04:00", "03/10/2026 04:10")) == ["1001", "1011"]
    assert numbers(exported(store, "03/10/2026 05:00", "03/10/2026 05:10")) == ["1001", "1002", "1011"]


def test_a_window_over_virtual_orders_holds_what_it_should() -> None:
    """The result equals that of checking every order, touched and deleted ones included."""
    now = datetime(2026, 3, 29, tzinfo=UTC)
    store = Store(Shop("4.6.3", orders_per_page=1000), count=300, clock=Clock(now, running=False))
    store.change("1290", customer_notes="changed")
    store.change("1100", customer_notes="changed", modified_at=now - timedelta(days=9))
    store.delete("1292")
    store.create(msgspec.structs.replace(held(store, "1200"), order_number="", order_id=""))
    for days, hours in ((0, 30), (6, 50), (12, 24), (25, 400), (9, 1)):
        start, end = now - timedelta(days=days, hours=hours), now - timedelta(days=days)
        expected = {
            order.order_number
            for order in store.orders()
            if start <= order.modified_at <= end or start <= order.placed_at <= end
        }
        view = store.active(start, end)
        found = [order.order_number for order in view.slice(0, 10_000)]
        assert found == sorted(expected, key=int)
        assert len(view) == len(found)
        assert [order.order_number for n in range(0, len(found), 7) for order in view.slice(n, 7)] == found


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize(("page", "fact"), [("0", "page_zero"), ("abc", "page_zero"), ("-1", "page_negative")])
def test_a_page_that_is_none_is_the_first_or_an_sql_error(name: str, page: str, fact: str) -> None:
    """It depends on the version's database layer; no page at all is the first page in any version."""
    store = recorded.store(name)
    window: dict[str, Any] = {"start_date": "03/10/2026 00:00", "end_date": "03/10/2026 23:59"}
    first = asked(store, "export", **window)
    reply = asked(store, "export", page=page, **window)
    if getattr(version(name), fact) == "error":
        assert (reply.status, reply.body) == (500, b"")
    else:
        assert reply == first
    assert asked(store, "export", page="", **window) == first


@pytest.mark.parametrize(("unit", "sent"), [("lbs", "lbs"), ("oz", "oz"), ("kg", "grams"), ("g", "grams")])
def test_weights_go_out_as_they_are_under_a_unit_that_is_known_or_grams(unit: str, sent: str) -> None:
    """In a shop that uses kilograms, weights seem a thousand times too small."""
    shop = msgspec.structs.replace(recorded.shop("4.6.3"), weight_unit=unit)
    text = exported(one(shop=shop, items=(item(weight=Weight(Decimal("1.5"), unit)),)))
    assert f"<Weight><![CDATA[1.500]]></Weight><WeightUnits><![CDATA[{sent}]]></WeightUnits>" in text


@pytest.mark.parametrize(("name", "zero"), [("4.3.5", "0.00"), ("4.3.6", "0.000")])
def test_no_weight_is_not_a_weight_of_nothing(name: str, zero: str) -> None:
    """The add-on writes a missing weight with three decimals, other weights with those of the version."""
    lines = (item(name="a", weight=None), item(name="b", line_id="2", weight=Weight(Decimal(0), "lbs")))
    assert re.findall(r"<Weight><!\[CDATA\[(.*?)]]>", exported(one(name, items=lines))) == ["0.000", zero]


def test_texts_are_neither_cut_nor_escaped() -> None:
    """``]]>`` ends a section early, and a control character is sent unchanged."""
    note = "a ]]> b \x0b <c> &amp; " + "x" * 3000
    assert f"<CustomerNotes><![CDATA[{note}]]></CustomerNotes>" in exported(one(customer_notes=note))


def test_what_is_never_sent() -> None:
    """Gift, discounts, currency, line ids and warehouse locations are not exported."""
    text = exported(one(gift=True, gift_message="Happy birthday", currency="EUR"))
    assert not re.search("Gift|Happy|Currency|EUR|LineItemID|Adjustment|A1-B2", text)
    assert "<Location><![CDATA[]]></Location>" in text


def test_an_order_without_a_shipping_address_is_exported() -> None:
    """It has an empty name, empty fields, and the account's phone number."""
    plain = recorded.orders()[0].customer
    customer = msgspec.structs.replace(plain, shipping=None, account=Account("x@example.org", "+1 555"))
    text = exported(one(customer=customer))
    assert "<ShipTo><Name><![CDATA[ ]]></Name>" in text
    assert "<Address1><![CDATA[]]></Address1>" in text
    assert "<Phone><![CDATA[+1 555]]></Phone></ShipTo>" in text


def test_pictures_are_named_by_http() -> None:
    """This holds in shops with https too; a missing image is an empty element."""
    lines = (item(image_url="https://shop.example/a.png"), item(line_id="2", image_url=""))
    text = exported(one(items=lines))
    assert "<ImageUrl><![CDATA[http://shop.example/a.png]]></ImageUrl>" in text
    assert "<ImageUrl><![CDATA[]]></ImageUrl>" in text


@pytest.mark.parametrize("decimal", ["2.50", "0.00", "16", "100.00"])
def test_tax_is_printed_as_a_number(decimal: str) -> None:
    """Trailing zeros are missing."""
    assert f"<TaxAmount><![CDATA[{float(decimal):g}]]></TaxAmount>" in exported(one(tax=Decimal(decimal)))


def test_a_payment_method_is_the_first_digit_of_its_id() -> None:
    """The methods of the demo shop have its ids; any other method always has the same id."""
    assert payment_id("Check") == "3"
    assert payment_id("") == ""
    assert payment_id("Überweisung") == payment_id("Überweisung") not in map(str, PAYMENT_IDS.values())
    assert "<PaymentMethod><![CDATA[1]]>" in exported(one(payment_method="PayPal"))


def test_options_are_listed_all() -> None:
    """More than ten options are exported; their weights have three decimals in every version."""
    options = tuple(Option(f"o{n}", "v", Weight(Decimal("0.25"), "lbs")) for n in range(12))
    text = exported(one("4.0.1", items=(item(options=options),)))
    assert text.count("<Option>") == 12
    assert "<Value><![CDATA[v]]></Value><Weight><![CDATA[0.250]]></Weight>" in text


def test_a_bound_that_is_no_date_is_the_beginning_of_1970() -> None:
    """So a wrong start gives all orders, and a wrong end none."""
    store = recorded.store("4.6.3")
    assert len(numbers(exported(store, "yesterday"))) == 10
    assert numbers(exported(store, end="tomorrow")) == []


# ---------------------------------------------------------------------- notifications


@pytest.mark.parametrize("name", VERSIONS)
def test_a_carrier_is_kept_if_the_list_of_carriers_has_codes(name: str) -> None:
    """Case does not count. A carrier that is not in the list, or any in a list of numbers, is empty."""
    knows = version(name).carrier_keys == "code"
    for carrier, kept in (("UPS", "ups"), ("FedEx", "fedex"), ("Royal Mail", "")):
        store = one(name)
        assert notified(store, "1001", ("SKU-0-0", 1), carrier=carrier).status == 200
        assert held(store).shipments[0].carrier == (kept if knows else "")


def test_a_shipment_keeps_number_notes_date_and_items() -> None:
    """Service and cost are not stored; the order becomes shipped and is modified."""
    store = one()
    assert notified(store, "1001", ("SKU-0-0", 1)) == Reply(200, b"", {
        "Content-Type": "text/xml;charset=UTF-8", "Plugin-Version": "1.0.12",
    })  # fmt: skip
    order = held(store)
    assert order.status == "Complete"
    assert order.modified_at == recorded.SHIPPED_AT
    (shipment,) = order.shipments
    assert (shipment.tracking_number, shipment.notes, str(shipment.shipped_on)) == (
        "T1",
        "Enjoy",
        "2026-03-11",
    )
    assert (shipment.service, shipment.cost) == ("", None)
    assert [(line.sku, line.quantity) for line in shipment.items] == [("SKU-0-0", 1)]


def test_the_first_repetition_is_stored_and_the_next_refused() -> None:
    """The refusal is a 404 with two words."""
    store = one()
    replies = [notified(store, "1001", ("SKU-0-0", 1)) for _ in range(3)]
    assert [(reply.status, reply.body) for reply in replies] == [
        (200, b""),
        (200, b""),
        (404, b"All shipped"),
    ]
    assert len(held(store).shipments) == 2


def test_a_part_changes_neither_status_nor_time() -> None:
    """The shipment that completes the order changes both."""
    store = recorded.store("4.6.3")
    before = held(store, "1002")
    notified(store, "1002", ("SKU-1-0", 1))
    after = held(store, "1002")
    assert (after.status, after.modified_at) == (before.status, before.modified_at)
    assert len(after.shipments) == 1
    notified(store, "1002", ("SKU-1-1", 2), tracking_number="T2")
    assert (held(store, "1002").status, held(store, "1002").modified_at) == ("Complete", recorded.SHIPPED_AT)


def test_of_two_lines_with_one_sku_the_first_gets_everything() -> None:
    """The order is never complete."""
    store = one(items=(item(), item(line_id="2")))
    notified(store, "1001", ("SKU-0-0", 1), ("SKU-0-0", 1))
    order = held(store)
    assert [(line.line_id, line.quantity) for line in order.shipments[0].items] == [("1", 2)]
    assert order.status == "Processed"


def test_of_an_order_number_the_digits_at_the_beginning_count() -> None:
    """PHP reads 1001 of 1001abc, and nothing of abc1001."""
    store = one()
    assert notified(store, "1001abc", ("SKU-0-0", 1)).status == 200
    assert len(held(store).shipments) == 1
    assert notified(store, "abc1001", ("SKU-0-0", 1)).status == 404


def test_a_negative_quantity_is_stored_as_none() -> None:
    """One shipment with 0 units; the order isn't complete."""
    store = one()
    assert notified(store, "1001", ("SKU-0-0", -3)).status == 200
    (shipment,) = held(store).shipments
    assert [(line.sku, line.quantity) for line in shipment.items] == [("SKU-0-0", 0)]
    assert held(store).status == "Processed"


def test_the_suite_judges_the_profile_as_the_real_add_on() -> None:
    """What the real add-on does wrong with lengths, options and numbers is found; lines of one SKU are judged."""
    wanted = ("ORD-14", "NOT-5", "OPT-3", "CUS-8", "ITM-7", "SHP-11")
    target = EmbeddedTarget("4.3.4", profile="addon-1.0.12")
    report = run(RunSettings(targets=(target,), selection=Selection(wanted)))
    assert {result.requirement: result.verdict for result in report.results} == {
        **dict.fromkeys(wanted, "deviates"),
        "ITM-7": "conforms",
    }


@pytest.mark.parametrize("query", [{"order_number": "999999"}, {"order_number": ""}, {"tracking_number": ""}], ids=str)
def test_without_order_or_tracking_number_it_is_not_found(query: dict[str, Any]) -> None:
    """The answer is an empty 404, whatever the body is; nothing is stored."""
    store = one()
    number = query.pop("order_number", "1001")
    reply = notified(store, number, ("SKU-0-0", 1), **query)
    assert (reply.status, reply.body) == (404, b"")
    assert held(store).shipments == ()


BOMB = (
    b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8))
    + b"]><ShipNotice><Items><Item><SKU>&i;</SKU><Quantity>1</Quantity></Item></Items></ShipNotice>"
)


@pytest.mark.parametrize(
    "body",
    [b"", b"<ShipNotice", b"hello", b"<ShipNotice/>", notice(("OTHER", 1)), notice(("SKU-0-0", 0)), BOMB],
    ids=["empty", "malformed", "text", "no items", "unknown SKU", "zero", "bomb"],
)
def test_a_notification_without_known_items_changes_nothing(body: bytes) -> None:
    """The answer is 200, and the order is unchanged."""
    store = one()
    reply = notified(store, "1001", body=body)
    assert (reply.status, reply.body) == (200, b"")
    assert held(store).shipments == ()


def test_notifying_by_get_does_nothing() -> None:
    """The answer is 200."""
    store = one()
    reply = asked(store, "ShipNotify", order_number="1001", tracking_number="T1")
    assert (reply.status, reply.body, held(store).shipments) == (200, b"", ())


def test_wrong_credentials_are_refused_for_all_actions_by_1_0_12_and_for_exports_by_1_0_10() -> None:
    """The refusal is a 200 with a sentence; 1.0.10 stores notifications without credentials."""
    old = build_behaviour("addon-1.0.10")
    for chosen, action, denied in (
        (ADDON, "export", True),
        (ADDON, "shipnotify", True),
        (old, "export", True),
        (old, "shipnotify", False),
    ):
        store = one()
        query = {"action": action, "order_number": "1001", "tracking_number": "T1"}
        reply = chosen.answer(Request("POST", query, {}, notice(("SKU-0-0", 1))), store)
        assert reply.status == 200
        assert (reply.body == b"Access denied - Wrong username or password") == denied
        assert len(held(store).shipments) == (not denied)


def test_what_fails_inside_ends_in_an_empty_500(caplog: pytest.LogCaptureFixture) -> None:
    """This is the reply of PHP after a fatal error."""
    store = one()
    store.active = None  # type: ignore[assignment]
    reply = asked(store, "export", start_date="03/10/2026 00:00", end_date="03/10/2026 23:59")
    assert (reply.status, reply.body) == (500, b"")
    assert caplog.records
