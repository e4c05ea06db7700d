"""CS-Cart's REST API as source of truth: right stores conform, wrong ones deviate, and nothing is left in the shop."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.client.recording import FOLDER
from conformance.contract.fields import BY_RECORD
from conformance.contract.paths import FEATURES
from conformance.contract.requirements import features
from conformance.report.model import Report
from conformance.runner import run_record as records
from conformance.runner.run import judge_again, run
from conformance.runner.settings import RunSettings, Selection, UrlTarget
from conformance.suite.required_fields import FIELDS_BY_SENTENCE
from conformance.truth.cscart_client import CsCartClient
from conformance.truth.cscart_drafts import unsupported_parts
from conformance.truth.cscart_orders import MISSING_FIELDS, adds_up, order_of, shipment_of, tells_options
from conformance.truth.settings import ControlAccess, CsCartAccess, Secret
from conformance.truth.source import TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Customer, Item, Option
from tests.support.broken_control import broken_control
from tests.support.scripted import Asked
from tests.support.store_in_thread import EMAIL, KEY, Served, served


def settings_of(
    store: Served, *, control: bool = False, writes: bool = True, only: tuple[str, ...] = (), **access: Any
) -> RunSettings:
    """The settings of a run against a store."""
    shop = store.store.shop
    api = CsCartAccess(f"{store.base}/api", EMAIL, Secret(KEY), ("Complete",))
    truth = ControlAccess(store.store.control_url, Secret(store.store.control_token)) if control else api
    target = UrlTarget(
        store.store.url,
        shop.username,
        Secret(shop.password),
        truth=msgspec.structs.replace(truth, **access),
        allow_writes=writes,
    )
    return RunSettings(targets=(target,), selection=Selection(only))


def judged(store: Served, **options: Any) -> Report:
    """The report of a run against a store."""
    return run(settings_of(store, **options))


def deviating(report: Report) -> set[str]:
    """The requirements that deviate. No result may be an error."""
    assert not [result for result in report.results if result.verdict == "error"], report.notices
    return {result.requirement for result in report.results if result.verdict == "deviates"}


def conforming(report: Report) -> set[str]:
    return {result.requirement for result in report.results if result.verdict == "conforms"}


# ---------------------------------------------------------------------- right stores


UNTOLD = (
    ("GIF-1", "gift"),
    ("LOC-1", "items.location"),
    ("WGT-4", "items.weight"),
    ("IMG-1", "items.image_url"),
    ("WGT-3", "items.weight"),
    ("ORD-12", "currency"),
    ("WIN-3", "modified_at"),
    ("SHP-4", "service"),
    ("SHP-5", "cost"),
)


@pytest.mark.parametrize(
    "version", ["4.3.6", *(pytest.param(name, marks=pytest.mark.slow) for name in ("4.0.1", "4.2.3", "4.3.1", "4.6.3"))]
)
def test_a_right_store_conforms_in_every_version(version: str) -> None:
    """Most is judged, the rest has the reason that the API doesn't tell a field, and all test orders are deleted."""
    with served(version, count=60, now=None, timezone="Europe/Berlin", weight_unit="kg") as store:
        before = [store.ask(f"/api/2.0/{entity}?items_per_page=0").json[entity] for entity in ("orders", "products")]
        report = judged(store)
        after = [store.ask(f"/api/2.0/{entity}?items_per_page=0").json[entity] for entity in ("orders", "products")]
    assert deviating(report) == set()
    assert len(conforming(report)) > 95
    assert {"ORD-5", "ORD-7", "CUS-4", "ITM-5", "SHP-1", "SHP-22", "WIN-1", "WIN-4", "WIN-11", "STA-4"} <= conforming(
        report
    )
    assert before == after
    reasons = {result.requirement: result.reason for result in report.results if result.verdict == "not-exercised"}
    for requirement, field in UNTOLD:
        assert "CS-Cart's REST API doesn't tell" in reasons[requirement]
        assert field in reasons[requirement]


def test_a_redacted_recording_gives_the_same_verdicts(tmp_path: Path) -> None:
    """Orders that were made with the API are made again with the same requests. The user's e-mail is not recorded."""
    with served() as store:
        asked = settings_of(store, only=("CUS", "WIN-4", "SHP-2"))
        first = run(msgspec.structs.replace(asked, record=str(tmp_path / FOLDER), redact=True))
    assert "conforms" in {result.verdict for result in first.results}
    assert judge_again(records.read(tmp_path)).results == first.results
    kept = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in (tmp_path / FOLDER).iterdir()
    )
    assert EMAIL.encode() not in kept


def test_a_store_can_be_judged_read_only() -> None:
    """Exported orders are looked up, and none is made."""
    with served("4.3.6", count=60, now=None) as store:
        report = judged(store, writes=False)
        assert len(store.ask("/api/2.0/orders?items_per_page=0").json["orders"]) == 60
    assert deviating(report) == set()
    assert {"ORD-5", "ORD-7", "CUS-4", "ITM-1", "ITM-5", "OPT-1", "OPT-2", "OPT-4"} <= conforming(report)
    assert report.requests < 116


# ---------------------------------------------------------------------- wrong stores


@pytest.mark.parametrize(
    ("profile", "defects", "only"),
    [
        pytest.param("addon-1.0.12", (), (), marks=pytest.mark.slow),
        ("reference", ("window-in-shop-zone",), ("WIN",)),
        ("reference", ("last-modified-is-now",), ("ORD", "WIN")),
        ("reference", ("options-as-ids",), ("OPT",)),
        ("reference", ("nothing-escaped",), ("ORD", "CUS", "CON")),
    ],
)
def test_less_truth_gives_no_other_deviations(profile: str, defects: tuple[str, ...], only: tuple[str, ...]) -> None:
    """What deviates by the API deviates by the control protocol, too, which knows everything."""
    with served("4.3.6", count=30, now=None, profile=profile, defects=defects, timezone="Asia/Kolkata") as store:
        by_api, by_control = (deviating(judged(store, only=only, control=control)) for control in (False, True))
    assert by_api
    assert by_api <= by_control


# ---------------------------------------------------------------------- what is wrong with the run


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": Secret("wrong")}, "check --cscart-user"),
        ({"url": "http://127.0.0.1:9/api"}, "failed: no reply"),
        ({"shipped": ("Sent",)}, "has no status 'Sent'; it has Processed, Complete"),
    ],
)
def test_an_api_that_cannot_be_used_ends_the_run_with_a_sentence(changes: dict[str, Any], said: str) -> None:
    """Nothing is judged, and the notice says what to do."""
    with served("4.6.3", count=5, now=None) as store:
        report = judged(store, only=("ORD",), **changes)
    assert conforming(report) == deviating(report) == set()
    assert any(said in notice for notice in report.notices), report.notices


# ---------------------------------------------------------------------- reading


ROW: dict[str, Any] = {
    "order_id": "97",
    "user_id": "3",
    "timestamp": "1456917981",
    "status": "O",
    "total": "27.95",
    "shipping_cost": "3.00",
    "subtotal_discount": 1,
    "payment_surcharge": 0.0,
    "email": "kim@example.org",
    "phone": "+1 617 555 0142",
    "company": "Kim & Co",
    "b_firstname": "Kim",
    "b_lastname": "van der Berg",
    "s_firstname": "Lou",
    "s_lastname": None,
    "s_address": "1 Dock",
    "s_country": "US",
    "notes": None,
    "details": "ok",
    "shipping": [{"shipping_id": "1", "shipping": "Custom"}],
    "payment_method": {"payment": "Check"},
    "promotions": {"7": {"name": "Sale"}},
    "coupons": {"SAVE": ["7"]},
    "taxes": {
        "6": {"price_includes_tax": "N", "tax_subtotal": 5.95},
        "7": {"price_includes_tax": "Y", "tax_subtotal": 9},
    },
    "products": {
        "111": {"item_id": 111, "product_code": "A", "product": "Thing", "amount": "2", "price": "10.00", "discount": 0}
    },
}


def test_an_order_is_read_in_all_types_of_php() -> None:
    """Numbers may be texts, texts may be numbers, and null is empty. Included taxes are left out."""
    order = order_of(ROW, {"O": "Open"}, ())
    assert (order.order_number, order.status, order.total, order.tax) == (
        "97",
        "Open",
        Decimal("27.95"),
        Decimal("5.95"),
    )
    assert order.placed_at == datetime(2016, 3, 2, 11, 26, 21, tzinfo=UTC)
    assert (order.customer.billing.name, order.customer.billing.company) == ("Kim van der Berg", "Kim & Co")
    assert order.customer.shipping is not None
    assert (order.customer.shipping.name, order.customer.shipping.company) == ("Lou", "")
    assert [(each.name, each.amount, each.coupon) for each in order.discounts] == [("Sale", Decimal(1), "SAVE")]
    (item,) = order.items
    assert (item.line_id, item.sku, item.quantity, item.unit_price) == ("111", "A", 2, Decimal(10))
    assert adds_up(ROW)
    assert not adds_up({**ROW, "total": "20.00"})
    assert not adds_up({**ROW, "is_parent_order": "Y"})


def _with_options(chosen: object, named: object) -> dict[str, Any]:
    line = {**ROW["products"]["111"], "extra": {"product_options": chosen, "product_options_value": named}}
    return {**ROW, "products": {"111": line}}


SIZE = {"option_id": "5", "option_type": "S", "option_name": "Size", "variant_name": "Large", "value": "12"}


@pytest.mark.parametrize("named", [[SIZE], {"0": SIZE}, {"5": SIZE}])
def test_options_are_read_with_their_names(named: object) -> None:
    """The ids of options and values are nothing that people read."""
    row = _with_options({"5": "12"}, named)
    assert tells_options(row)
    assert order_of(row, {}, ()).items[0].options == (Option("Size", "Large"),)


@pytest.mark.parametrize(
    ("chosen", "named"),
    [
        pytest.param({"5": "12"}, None, id="no names"),
        pytest.param({"5": "12", "6": "x"}, [SIZE], id="one without names"),
        pytest.param({"5": ""}, [{**SIZE, "variant_name": ""}], id="an empty text"),
        pytest.param({"5": "12"}, [{**SIZE, "option_name": None}], id="a deleted option"),
        pytest.param({"5": "12"}, [{**SIZE, "option_type": "C"}], id="a box"),
        pytest.param({"5": "12"}, [{**SIZE, "option_type": "F"}], id="a file"),
    ],
)
def test_an_order_whose_options_have_no_readable_names_is_unknown(chosen: object, named: object) -> None:
    """Nobody can say what an export has to show then. Lines without options are always known."""
    assert not tells_options(_with_options(chosen, named))
    assert tells_options(_with_options([], None))
    assert tells_options(ROW)


def test_an_order_of_empty_arrays_is_read() -> None:
    """PHP writes an empty object as an empty array."""
    empty = {
        **ROW,
        "products": [],
        "taxes": [],
        "promotions": [],
        "payment_method": [],
        "shipping": [],
        "s_address": "",
    }
    order = order_of({**empty, "s_city": None, "user_id": "0", "status": "Q"}, {}, ())
    assert (
        order.items,
        order.tax,
        order.payment_method,
        order.customer.shipping,
        order.customer.code,
        order.status,
    ) == ((), Decimal(0), "", None, None, "Q")


@pytest.mark.parametrize("change", [{"timestamp": "soon"}, {"total": "1,00"}, {"timestamp": "9" * 30}])
def test_a_field_that_cannot_be_read_is_named(change: dict[str, str]) -> None:
    """In a sentence with its value."""
    with pytest.raises(TruthUnavailable, match=next(iter(change))):
        order_of({**ROW, **change}, {}, ())


@given(
    st.dictionaries(st.sampled_from(sorted(ROW)), st.none() | st.integers() | st.text(max_size=5) | st.lists(st.none()))
)
def test_no_reply_makes_the_conversion_fail(changes: dict[str, Any]) -> None:
    """It gives an order or TruthUnavailable."""
    try:
        order = order_of({**ROW, **changes}, {}, ())
    except TruthUnavailable:
        return
    assert order.modified_at == order.placed_at


def test_the_day_of_a_shipment_is_in_the_shops_time_zone() -> None:
    """It is unknown if the zone is."""
    from zoneinfo import ZoneInfo

    row = {"shipment_timestamp": "1456873200", "products": {"111": "2"}, "carrier": "ups", "comments": None}
    items = order_of(ROW, {}, ()).items
    shipment = shipment_of(row, items, ZoneInfo("Europe/Berlin"))
    assert str(shipment.shipped_on) == "2016-03-02"
    assert [(each.sku, each.quantity, each.line_id) for each in shipment.items] == [("A", 2, "111")]
    assert shipment_of(row, items, None).shipped_on is None


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example", "https://shop.example/api/2.0/orders/5?page=1"),
        ("https://shop.example/sub/", "https://shop.example/sub/api/2.0/orders/5?page=1"),
        ("https://shop.example/api", "https://shop.example/api/2.0/orders/5?page=1"),
        ("https://shop.example/api/1.0/", "https://shop.example/api/1.0/orders/5?page=1"),
        ("https://shop.example/api.php", "https://shop.example/api.php?_d=2.0/orders/5&ajax_custom=1&page=1"),
    ],
)
def test_a_url_is_completed(url: str, target: str) -> None:
    """The URL of the shop, of the API with or without a version, or of the script."""
    client = CsCartClient(url, EMAIL, KEY, None)  # type: ignore[arg-type]  # nothing is sent
    assert client.url_of("orders/5", page="1") == target


@pytest.mark.parametrize("url", ["/api/1.0", "/api.php", ""])
def test_every_way_to_name_the_api_gives_the_same_orders(url: str) -> None:
    """API 1.0 replies with arrays instead of objects."""
    with served("4.2.3", count=15, now=None) as store:
        report = judged(store, writes=False, only=("ORD-7",), url=store.base + url)
    assert conforming(report) == {"ORD-7"}


# ---------------------------------------------------------------------- drafts and tables


def draft(**changes: Any) -> Draft:
    plain = {"customer": Customer("kim@example.org"), "items": (Item(sku="A", name="A", unit_price=Decimal(1)),)}
    return Draft(**{**plain, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"gift": True},
        {"order_number": "CT-1"},
        {"items": ()},
        {"items": (Item(sku="A", unit_price=Decimal(1), options=(Option("Size", "L"),)),)},
        {"items": (Item(sku="A", unit_price=Decimal(0)),)},
        {"shipping_method": "DHL Paket & Spätzustellung"},
    ],
)
def test_a_draft_that_the_api_cannot_hold_has_a_reason(changes: dict[str, Any]) -> None:
    """Otherwise the shop would make another order of it."""
    assert list(unsupported_parts(draft(**changes)))


def test_sentences_that_rely_on_fields_stand_in_the_features() -> None:
    """No entry of the table is left behind when a feature is reworded, and each names a field of the record."""
    sentences = {step.sentence for scenario in features(FEATURES / "store").scenarios for step in scenario.steps}
    assert not FIELDS_BY_SENTENCE.keys() - sentences
    assert {field for fields in FIELDS_BY_SENTENCE.values() for field in fields} <= BY_RECORD.keys()
    assert {*MISSING_FIELDS} <= {part for name in BY_RECORD for part in (name, name.rpartition(".")[2])}


def test_an_order_that_cannot_be_read_costs_only_itself() -> None:
    """Wrong amounts, wrong types and a failing request are named, and every other order is judged."""
    wrong: dict[str, int] = {}

    def alter(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        if asked.path.startswith("/api/2.0/settings"):
            return 500, {"message": "no settings"}
        if asked.path.startswith("/api/2.0/orders/") and status == 200 and (asked.path in wrong or len(wrong) < 3):
            match wrong.setdefault(asked.path, len(wrong)):
                case 0:
                    content["total"] = "1e999999999"
                case 1:
                    content["timestamp"] = "soon"
                case 2:
                    return 500, {"message": "the database is away"}
        return status, content

    with served(now=None, count=20) as store, broken_control(store, alter, base=store.base) as api:
        report = run(settings_of(store, writes=False, only=("ITM-2", "CUS-1"), url=f"{api.place}/api"))
    assert not deviating(report)
    assert conforming(report) == {"ITM-2", "CUS-1"}
    notices = "\n".join(report.notices)
    assert "3 orders are left out" in notices
    assert "no settings" in notices
