"""The REST API of the mock store, tested over HTTP and with an independent client."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import cscart
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockstore.rest.access import ApiAccount, RestAccess
from mockstore.rest.message import RestError, target_of
from mockstore.rest.presentation import split_name
from mockstore.shop.versions import VERSIONS, version
from tests.support.store_in_thread import EMAIL, KEY, ROOT, Served, served

BUYER = {
    "email": "kim@example.org",
    "company": "Kim & Co",
    "b_firstname": "Kim",
    "b_lastname": "van der Berg",
    "b_address": "12 Oak St",
    "b_city": "Boston",
    "b_state": "MA",
    "b_country": "US",
    "b_zipcode": "02134",
    "b_phone": "+1 617 555 0142",
    "s_firstname": "Lou",
    "s_address": "1 Dock",
    "s_city": "Salem",
    "s_country": "US",
}


@pytest.fixture(scope="module")
def latest() -> Iterator[Served]:
    with served("4.6.3") as store:
        yield store


@pytest.fixture(scope="module")
def oldest() -> Iterator[Served]:
    with served("4.0.1") as store:
        yield store


def draft(**changes: object) -> dict[str, object]:
    plain = {"payment_id": "2", "shipping_id": "1", "products": {"1": {"amount": "2"}}, "user_data": BUYER}
    return {**plain, **changes}


def placed(store: Served, **changes: object) -> str:
    reply = store.send("POST", "/api/orders", draft(**changes))
    assert reply.status == 201, reply.body
    return str(reply.json["order_id"])


def order(store: Served, number: str) -> Any:
    return store.ask(f"/api/orders/{number}").json


# ---------------------------------------------------------------------- a client that others wrote


def test_a_client_from_the_registry_reads_orders_shipments_and_statuses(latest: Served) -> None:
    """cscart-api-client, which was not written for this store, can read it."""
    client = cscart.Client(f"{latest.base}/api/", EMAIL, KEY)
    listed = client.get_orders(params={"items_per_page": 3, "page": 2}).json()
    assert len(listed["orders"]) == 3
    latest.send("POST", "/api/shipments", {"order_id": placed(latest), "shipping_id": "1"})
    one = client.get_orders(listed["orders"][0]["order_id"]).json()
    assert one["total"] == listed["orders"][0]["total"]
    shipment = client.get_shipments(params={"items_per_page": 1}).json()["shipments"][0]
    assert client.get_shipments(shipment["shipment_id"]).json() == shipment
    statuses = client.get_statuses().json()["statuses"]
    assert {"P", "C", "O", "F", "D", "B", "I", "Y"} <= {status["status"] for status in statuses}
    assert client.get_statuses(1).json()["description"] == "Processed"
    for rows in (client.get_payment_methods, client.get_shipping_methods, client.get_products, client.get_taxes):
        assert rows().status_code == 200


# ---------------------------------------------------------------------- URLs


@pytest.mark.parametrize("path", ["/api/orders", "/api/orders/", "/api/2.0/orders", "/api.php?_d=orders&ajax_custom=1"])
def test_a_list_is_had_by_every_way_to_write_its_url(latest: Served, path: str) -> None:
    """URLs work with and without rewriting, version and trailing slash."""
    reply = latest.ask(path)
    assert reply.status == 200
    assert set(reply.json) == {"orders", "params"}


def test_an_order_is_had_by_its_id_and_behind_its_storefront(latest: Served) -> None:
    """Nested URLs name the same order; an unknown storefront has no orders."""
    assert order(latest, "1003") == latest.ask("/api/stores/1/orders/1003").json
    assert latest.ask("/api.php?_d=2.0/orders/1003").json == order(latest, "1003")
    assert latest.ask("/api/stores/2/orders/1003").status == 404
    user = order(latest, "1003")["user_id"]
    listed = latest.ask(f"/api/users/{user}/orders").json["orders"]
    assert {row["user_id"] for row in listed} == {user}


@pytest.mark.parametrize(
    "path", ["", "/nothing", "/orders/1003/what", "/orders/1003/orders/1", "/3/orders", "/a/b/c/d/e"]
)
def test_what_is_no_entity_is_not_found(latest: Served, path: str) -> None:
    """The answer is 404 in the form of the API."""
    reply = latest.ask(f"/api{path}")
    assert (reply.status, reply.json) == (404, {"message": "Not Found", "status": 404})


def test_the_first_version_of_the_api_gives_all_rows_bare(latest: Served, oldest: Served) -> None:
    """This holds if the URL names 1.0, or names no version in a shop before 4.3.1."""
    rows = latest.ask("/api/1.0/orders").json
    assert isinstance(rows, list)
    assert len(rows) >= 30
    assert len(oldest.ask("/api/orders").json) == 30
    assert len(oldest.ask("/api/2.0/orders").json["orders"]) == 10
    assert len(oldest.ask("/api/2/orders").json["orders"]) == 10
    assert latest.ask("/api/2/orders").status == 404


@given(st.text(alphabet="orders/0123456789.aé ", max_size=30))
def test_any_path_names_something_or_nothing(path: str) -> None:
    """No path crashes the API."""
    for name in ("4.0.1", "4.6.3"):
        with suppress(RestError):
            assert target_of(path, version(name)).entity


# ---------------------------------------------------------------------- who may ask


@pytest.mark.parametrize(
    ("name", "key"), [(EMAIL, "wrong"), (EMAIL, ""), ("other@shop.example", KEY), (EMAIL.upper(), KEY)]
)
def test_missing_credentials_are_answered_with_a_challenge(latest: Served, name: str, key: str) -> None:
    """Without credentials the answer is 401 with a challenge."""
    for reply in (latest.as_(name, key).ask("/api/orders"), latest.ask("/api/orders", Authorization="Bearer x")):
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"] == 'Basic realm="User email/API key"'
        assert reply.json == {"message": "Unauthorized", "status": 401}


def test_the_version_decides_which_accounts_have_access() -> None:
    """Customers, disabled users, tokens, plain HTTP, and administrators who are not root."""
    access = RestAccess(
        (
            ROOT,
            ApiAccount("buyer@shop.example", KEY, kind="customer"),
            ApiAccount("gone@shop.example", KEY, disabled=True),
            ApiAccount("clerk@shop.example", KEY, root=False, privileges=frozenset()),
            ApiAccount("app@shop.example", KEY, token="t0ken"),
        )
    )

    def status(store: Served, name: str, key: str = KEY, path: str = "/api/orders") -> int:
        return store.as_(name, key).ask(path).status

    with served("4.1.3", access=access) as old, served("4.6.3", access=access) as new:
        assert [status(each, "buyer@shop.example") for each in (old, new)] == [403, 401]
        assert [status(each, "gone@shop.example") for each in (old, new)] == [200, 401]
        assert [status(each, "t0ken", "") for each in (old, new)] == [401, 200]
        assert [status(each, "clerk@shop.example", path="/api/shipments") for each in (old, new)] == [403, 200]
        clerks = [each.as_("clerk@shop.example", KEY) for each in (old, new)]
        assert [each.send("PUT", "/api/orders/1001", {"status": "C"}).status for each in clerks] == [200, 403]
        assert [each.ask("/api/orders/1002", "DELETE").status for each in clerks] == [403, 204]


def test_plain_http_is_refused_where_the_shop_says_so() -> None:
    """The answer is 403 with a reason."""
    access = RestAccess((ROOT,), https_only=True)
    with served("4.1.3", access=access) as old, served("4.1.5", access=access) as new:
        assert old.ask("/api/orders").status == 200
        reply = new.ask("/api/orders")
        assert (reply.status, reply.json["message"]) == (403, "Forbidden: The API is only accessible over HTTPS")
        assert new.ask("/api/orders", X_Forwarded_Proto="https").status == 200


# ---------------------------------------------------------------------- lists


def test_pages_and_sequences_are_as_asked_for() -> None:
    """All pages together hold every order once, sorted by any key in either direction."""
    with served(count=30) as store:
        pages = [store.ask(f"/api/orders?items_per_page=7&page={page}").json["orders"] for page in range(1, 7)]
        rising = store.ask("/api/orders?items_per_page=0&sort_by=total&sort_order=asc").json
    numbers = [row["order_id"] for page in pages for row in page]
    assert [len(page) for page in pages] == [7, 7, 7, 7, 2, 0]
    assert len(set(numbers)) == 30
    times = [int(row["timestamp"]) for page in pages for row in page]
    assert times == sorted(times, reverse=True)
    totals = [float(row["total"]) for row in rising["orders"]]
    assert totals == sorted(totals)
    assert rising["params"]["sort_order_rev"] == "desc"


def test_filters_leave_what_they_name(latest: Served) -> None:
    """Filters by status, e-mail and storefront; an unknown value gives no orders."""
    found = latest.ask("/api/orders?status=C&items_per_page=100").json["orders"]
    assert {row["status"] for row in found} == {"C"}
    mail = found[0]["email"]
    assert {row["email"] for row in latest.ask(f"/api/orders?email={mail}").json["orders"]} == {mail}
    assert latest.ask("/api/orders?company_id=7").json["orders"] == []
    assert latest.ask("/api/orders?email=nobody@example.org").json["params"]["total_items"] == "0"


def test_a_large_store_is_listed_by_the_page() -> None:
    """With ten million orders, a page reads only its own orders; requests that would need all are refused."""
    with served(count=10_000_000) as store:
        last = store.ask("/api/orders?items_per_page=2&page=5000000").json["orders"]
        assert [row["order_id"] for row in last] == ["1001", "1000"]
        assert store.ask("/api/orders?status=C").status == 400
        assert store.ask("/api/shipments").status == 400
        assert store.ask("/api/shipments?order_id=1003").status == 200


# ---------------------------------------------------------------------- orders


@pytest.mark.parametrize("name", ["4.0.1", "4.2.3", "4.3.6", "4.3.7", "4.6.3"])
def test_an_order_is_placed_read_changed_and_deleted(name: str) -> None:
    """In every version its fields are those that were sent, and its sums are those of its lines."""
    with served(name) as store:
        number = placed(store)
        made = order(store, number)
        assert (made["b_firstname"], made["b_lastname"]) == ("Kim", "van der Berg")
        assert (made["s_firstname"], made["s_lastname"], made["s_city"]) == ("Lou", "", "Salem")
        assert (made["email"], made["company"], made["status"], made["user_id"]) == (
            BUYER["email"],
            "Kim & Co",
            "O",
            "0",
        )
        assert made["payment_method"]["payment"] == "Phone ordering"
        (line,) = made["products"].values()
        assert (line["product_id"], line["amount"]) == ("1", "2")
        assert float(made["total"]) == float(line["price"]) * 2 + float(made["shipping_cost"])
        changed = store.send("PUT", f"/api/orders/{number}", {"status": "P", "notes": "ring <twice>", "details": "ok"})
        assert (changed.status, str(changed.json["order_id"])) == (200, number)
        after = order(store, number)
        assert (after["status"], after["notes"], after["details"]) == ("P", "ring <twice>", "ok")
        deleted = store.ask(f"/api/orders/{number}", "DELETE")
        assert deleted.status == version(name).rest_delete_status
        assert deleted.body == (b"" if deleted.status == 204 else b'{"message":"Ok"}')
        assert store.ask(f"/api/orders/{number}").status == 404


def test_an_order_placed_over_the_api_is_exported(latest: Served) -> None:
    """An order created in the API is in the add-on's export."""
    number = placed(latest, notes="From the API")
    password = latest.store.shop.password
    reply = latest.as_(latest.store.shop.username, password).ask(
        "/?dispatch=shipstation&action=export&start_date=04/02/2026+11:58&end_date=04/02/2026+12:10&page=1"
    )
    assert f"<OrderNumber>{number}</OrderNumber>" in reply.body.decode()
    assert "From the API" in reply.body.decode()


def test_options_choose_the_variant(latest: Served) -> None:
    """Options are sent as ids and returned as ids with their names; the line has the code of the variant."""
    listed = latest.ask("/api/orders?items_per_page=0").json["orders"]
    lines = [line for row in listed for line in order(latest, row["order_id"])["products"].values()]
    line = next(each for each in lines if len(each["extra"]["product_options"]) > 1)
    chosen = line["extra"]["product_options"]
    number = placed(latest, products={line["product_id"]: {"amount": 1, "product_options": chosen}})
    (made,) = order(latest, number)["products"].values()
    assert made["product_code"] == line["product_code"]
    assert made["extra"]["product_options"] == chosen
    named = made["extra"]["product_options_value"]
    assert {each["option_id"]: each["value"] for each in named} == chosen
    stored = latest.store.store.find_by_id(number)
    assert stored is not None
    assert [(each["option_name"], each["variant_name"]) for each in named] == [
        (each.name, each.value) for each in stored.items[0].options
    ]
    without = next(each for each in lines if not each["extra"]["product_options"])
    assert "product_options_value" not in without["extra"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"payment_id": None}, "payment_id"),
        ({"payment_id": "99"}, "payment_id"),
        ({"shipping_id": ""}, "shipping_id"),
        ({"shipping_id": "999"}, "shipping_id"),
        ({"products": {}}, "products"),
        ({"products": "many"}, "products"),
        ({"products": {"1": {"amount": "two"}}}, "products.1.amount"),
        ({"products": {"1": {"amount": 0}}}, "products.1.amount"),
        ({"products": {"777": {"amount": 1}}}, "products.777"),
        ({"products": {"1": {"amount": 1, "product_options": {"1": "2"}}}}, "products.1.product_options"),
        ({"user_data": None}, "user_data"),
        ({"user_data": None, "payment_id": None}, "user_data"),
        ({"user_data": {"b_firstname": "Kim"}}, "user_data.email"),
        ({"user_data": {**BUYER, "b_city": ["Boston"]}}, "user_data.b_city"),
        ({"user_id": "31337"}, "user_id"),
        ({"timestamp": "yesterday"}, "timestamp"),
    ],
)
def test_a_wrong_field_is_named_by_its_path(latest: Served, changes: dict[str, object], said: str) -> None:
    """The answer is 400 with the field in its text, and no order is created."""
    before = latest.ask("/api/orders").json["params"]["total_items"]
    reply = latest.send("POST", "/api/orders", draft(**changes))
    assert reply.status == 400
    assert reply.json["status"] == 400
    assert reply.json["message"].startswith(f"Bad Request: {said}")
    assert latest.ask("/api/orders").json["params"]["total_items"] == before


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/api/orders", b"{", {"Content_Type": "application/json"}, 400),
        ("POST", "/api/orders", b"[1]", {"Content_Type": "application/json"}, 400),
        ("POST", "/api/orders", b'"\xff"', {"Content_Type": "application/json"}, 400),
        ("POST", "/api/orders", b"<order/>", {"Content_Type": "text/xml"}, 415),
        ("POST", "/api/orders", b"", {"Content_Type": "application/json"}, 405),
        ("POST", "/api/orders", b"{}", {"Content_Type": "application/json"}, 405),
        ("POST", "/api/orders", b"[]", {"Content_Type": "application/json"}, 405),
        ("PUT", "/api/orders/1003", b"{}", {"Content_Type": "application/json"}, 405),
        ("POST", "/api/orders/1003", b"{}", {"Content_Type": "application/json"}, 405),
        ("PUT", "/api/orders", b"{}", {"Content_Type": "application/json"}, 405),
        ("DELETE", "/api/orders", None, {}, 405),
        ("PATCH", "/api/orders/1003", b"{}", {"Content_Type": "application/json"}, 405),
        ("GET", "/api/orders", None, {"Accept": "application/xml"}, 406),
        ("GET", "/api/users", None, {}, 501),
        ("POST", "/api/taxes", b'{"a":1}', {"Content_Type": "application/json"}, 405),
        ("PUT", "/api/orders/77", b'{"status":"P"}', {"Content_Type": "application/json"}, 404),
        ("PUT", "/api/orders/1003", b'{"status":"?"}', {"Content_Type": "application/json"}, 400),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    latest: Served, method: str, path: str, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    """Status and body agree, in the form of the API."""
    reply = latest.ask(path, method, body, **headers)
    assert (reply.status, reply.json["status"]) == (status, status)
    assert set(reply.json) == {"message", "status"}


def test_old_versions_say_less_of_an_error(oldest: Served) -> None:
    """The text ends in a colon and does not name the missing field. For an unknown order it has no colon."""
    assert oldest.ask("/api/nothing").json["message"] == "Not Found: "
    assert oldest.ask("/api/orders/77").json["message"] == "Not Found"
    assert oldest.send("POST", "/api/orders", {"notes": "x"}).json["message"] == "Bad Request: "


@pytest.mark.parametrize("name", VERSIONS)
def test_each_version_accepts_its_own_form_of_shipping_method(name: str) -> None:
    """As optional shipping_ids, as shipping_id, or as one for each group of products."""
    rule = version(name).rest_order_shipping
    ways: tuple[dict[str, Any], ...] = ({}, {"shipping_ids": "2"}, {"shipping_id": "2"}, {"shipping_id": {"0": "2"}})
    with served(name, count=0) as store:
        plain = {key: value for key, value in draft().items() if key != "shipping_id"}
        made = [store.send("POST", "/api/orders", plain | way) for way in ways]
        chosen = [
            order(store, str(each.json["order_id"]))["shipping_ids"] if each.status == 201 else each.status
            for each in made
        ]
    assert (
        chosen
        == {
            "optional": ["1", "2", "1", "1"],
            "required": [400, 400, "2", 400],
            "grouped": [400, 400, "2", "2"],
        }[rule]
    )


# ---------------------------------------------------------------------- shipments


def test_shipments_are_made_whole_or_in_part_and_keep_their_ids(latest: Served) -> None:
    """Without products a shipment holds everything left; deleting one changes no other's id."""
    number = placed(latest, products={"1": {"amount": 3}})
    (line,) = order(latest, number)["products"]
    some = {"order_id": number, "shipping_id": "1", "tracking_number": "T1", "carrier": "ups", "products": {line: 1}}
    first = latest.send("POST", "/api/shipments", some).json["shipment_id"]
    second = latest.send("POST", "/api/shipments", {"order_id": number, "shipping_id": "1"}).json["shipment_id"]
    rows = latest.ask(f"/api/shipments?order_id={number}").json["shipments"]
    assert [(row["shipment_id"], row["products"]) for row in rows] == [
        (str(first), {line: "1"}),
        (str(second), {line: "2"}),
    ]
    assert rows[0]["carrier_info"]["name"] == "UPS"
    assert order(latest, number)["shipment_ids"] == [str(first), str(second)]
    assert latest.send("POST", "/api/shipments", {"order_id": number, "shipping_id": "1"}).status == 400
    assert latest.ask(f"/api/shipments/{first}", "DELETE").status == 204
    assert latest.ask(f"/api/shipments/{first}").status == 404
    assert latest.ask(f"/api/shipments/{second}").json["products"] == {line: "2"}
    third = latest.send("POST", "/api/shipments", {"order_id": number, "shipping_id": "1"}).json["shipment_id"]
    assert third not in (first, second)
    assert order(latest, number)["products"][line]["shipped_amount"] == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"order_id": "9"}, "order_id"),
        ({"order_id": None}, "order_id"),
        ({"shipping_id": None}, "shipping_id"),
        ({"shipping_id": "888"}, "shipping_id"),
        ({"products": {"12": 1}}, "products.12"),
        ({"products": {"12": "all"}}, "products.12"),
        ({"status": "Z"}, "status"),
    ],
)
def test_a_shipment_with_a_wrong_field_is_refused(latest: Served, changes: dict[str, object], said: str) -> None:
    """The answer is 400 with the field, and nothing is added."""
    number = placed(latest)
    plain = {"order_id": number, "shipping_id": "1"}
    reply = latest.send("POST", "/api/shipments", {**plain, **changes})
    assert reply.status == 400
    assert said in reply.json["message"]
    assert order(latest, number)["shipment_ids"] == []


def test_a_shipment_is_changed_where_the_version_allows_it() -> None:
    """Before 4.4 only in shops with single shipments, later only a shipment of the whole order."""
    single = RestAccess((ROOT,), several_shipments=False)
    change = {"tracking_number": "T2", "comments": "Fragile", "timestamp": "1775000000"}
    for name, access, status, comments in (
        ("4.3.6", RestAccess((ROOT,)), 400, ""),
        ("4.3.6", single, 200, ""),
        ("4.3.7", single, 200, "Fragile"),
        ("4.6.3", RestAccess((ROOT,)), 200, "Fragile"),
    ):
        with served(name, access=access) as store:
            number = placed(store)
            sent = {"order_id": number, "shipping_id": "1", "tracking_number": "T1"}
            made = store.send("POST", "/api/shipments", sent).json["shipment_id"]
            assert store.send("PUT", f"/api/shipments/{made}", change).status == status
            row = store.ask(f"/api/shipments/{made}").json
            assert (row["tracking_number"], row["comments"]) == ("T1" if status == 400 else "T2", comments)


def test_what_the_add_on_books_is_a_shipment_of_the_api(latest: Served) -> None:
    """A shipment of a notification can be read in the API."""
    number = placed(latest)
    body = (
        f"<ShipNotice><OrderNumber>{number}</OrderNumber><Carrier>UPS</Carrier><TrackingNumber>1Z9</TrackingNumber>"
        "<ShipDate>04/01/2026</ShipDate><NotesToCustomer>Enjoy</NotesToCustomer></ShipNotice>"
    )
    shop = latest.store.shop
    notified = latest.as_(shop.username, shop.password).ask(
        f"/?dispatch=shipstation&action=shipnotify&order_number={number}&tracking_number=1Z9&carrier=UPS",
        "POST",
        body.encode(),
        Content_Type="text/xml",
    )
    assert notified.status == 200
    (row,) = latest.ask(f"/api/shipments?order_id={number}").json["shipments"]
    assert (row["tracking_number"], row["carrier"], row["comments"], row["one_full"]) == ("1Z9", "ups", "Enjoy", True)
    assert datetime.fromtimestamp(int(row["shipment_timestamp"]), UTC).isoformat() == "2026-04-01T04:00:00+00:00"
    assert order(latest, number)["status"] == "C"


# ---------------------------------------------------------------------- statuses and products


def test_a_status_is_made_used_renamed_and_deleted(latest: Served) -> None:
    """It gets a letter; renaming it changes its orders, and it can't be deleted while an order has it."""
    made = latest.send("POST", "/api/statuses", {"description": "At the customs", "params": {"notify": "N"}})
    assert made.status == 201
    path = f"/api/statuses/{made.json['status_id']}"
    row = latest.ask(path).json
    assert (row["description"], row["params"], row["is_default"]) == ("At the customs", {"notify": "N"}, "N")
    number = placed(latest)
    assert latest.send("PUT", f"/api/orders/{number}", {"status": row["status"]}).status == 200
    assert latest.send("PUT", path, {"description": "Customs & tax"}).status == 200
    assert order(latest, number)["status"] == row["status"]
    held = latest.store.store.find(number)
    assert held is not None
    assert held.status == "Customs & tax"
    assert latest.ask(path, "DELETE").status == 400
    assert latest.send("PUT", f"/api/orders/{number}", {"status": "O"}).status == 200
    assert latest.ask(path, "DELETE").status == 204
    assert latest.ask(path).status == 404


@pytest.mark.parametrize("sent", [{}, {"description": "Processed"}, {"description": "New", "type": "X"}])
def test_a_status_without_a_name_of_its_own_is_refused(latest: Served, sent: dict[str, str]) -> None:
    """The answer is 400. The shop's own statuses can't be deleted or renamed."""
    assert latest.send("POST", "/api/statuses", {**sent, "email_subj": "x"}).status == 400
    assert latest.ask("/api/statuses/1", "DELETE").status == 400
    assert latest.send("PUT", "/api/statuses/1", {"description": "Paid"}).status == 400
    assert latest.ask("/api/statuses/1").json["description"] == "Processed"


def test_statuses_count_the_page_and_not_all(latest: Served) -> None:
    """total_items is the size of the page, as in CS-Cart."""
    listed = latest.ask("/api/statuses?items_per_page=3").json
    assert (len(listed["statuses"]), listed["params"]["total_items"]) == (3, 3)


def test_a_product_is_made_ordered_and_deleted(latest: Served) -> None:
    """Its name, code, price and weight stay in the order after it is deleted."""
    sent = {"product": "Ünïque <thing>", "category_ids": [1], "price": "7.25", "product_code": "A/B&C", "weight": 0.5}
    made = latest.send("POST", "/api/products", sent)
    assert made.status == 201
    product = str(made.json["product_id"])
    assert latest.ask(f"/api/products/{product}").json["weight"] == "0.500"
    number = placed(latest, products={product: {"amount": 4}})
    assert latest.ask(f"/api/products/{product}", "DELETE").status == 204
    (line,) = order(latest, number)["products"].values()
    assert (line["product"], line["product_code"], line["price"], line["product_id"]) == (
        "Ünïque <thing>",
        "A/B&C",
        "7.25",
        product,
    )
    assert latest.send("POST", "/api/products", {"product": "x", "price": "-1", "category_ids": [1]}).status == 400
    assert latest.ask("/api/products/1", "DELETE").status == 403


# ---------------------------------------------------------------------- what lasts, and what doesn't


def test_a_reset_forgets_what_was_made_over_the_api() -> None:
    """Orders, statuses and products are in their initial state."""
    with served(count=5) as store:
        placed(store)
        store.send("POST", "/api/statuses", {"description": "New"})
        store.send("POST", "/api/products", {"product": "x", "price": "1", "category_ids": [1]})
        store.ask("/api/orders/1001", "DELETE")
        reply = store.ask("/control/v1/reset", "POST", b"", Authorization=f"Bearer {store.store.control_token}")
        assert reply.status == 204
        assert store.ask("/api/orders").json["params"]["total_items"] == "5"
        assert "New" not in store.ask("/api/statuses").body.decode()
        assert store.ask("/api/products/10001").status == 404


def test_a_name_is_parted_and_joined_again() -> None:
    """First and last name together give the name, with leading spaces."""
    for full in ("Kim", "Kim Lee", "Kim van der Berg", "  Marta Beispiel", ""):
        first, last = split_name(full)
        assert (f"{first} {last}" if last else first) == full
