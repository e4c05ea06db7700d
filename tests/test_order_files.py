"""Files of orders: what ``mockstore orders --save`` writes, ``serve --orders-from`` reads."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockstore.orders import order_files
from mockstore.orders.model import Order
from mockstore.orders.order_files import UnreadableOrders, made_orders, read_orders, write_orders
from mockstore.shop.shop import Clock, Shop
from mockstore.store.specimens import add_specimens
from mockstore.store.store import Store

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SHOP = Shop("4.6.3")


@pytest.fixture(scope="module")
def held() -> list[Order]:
    """The orders of a store, with all specimens."""
    store = Store(SHOP, count=60, clock=Clock(NOW, running=False))
    add_specimens(store)
    return list(store.orders())


def refusal(path: Path, content: str | bytes) -> str:
    """Return why a file is refused."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UnreadableOrders) as refused:
        made_orders(read_orders(path), SHOP, NOW, path)
    return str(refused.value).replace(str(path), path.name)


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl", "orders.csv"])
def test_saved_orders_are_read_as_they_were(name: str, held: list[Order], tmp_path: Path) -> None:
    """Every specimen survives, with its id and its shipments, and a store holds it so."""
    path = tmp_path / name
    assert write_orders(path, held) == len(held)
    store = Store(SHOP, count=0, clock=Clock(NOW, running=False))
    store.add_initial_orders(made_orders(read_orders(path), SHOP, NOW, path))
    assert list(store.orders()) == held
    store.delete(held[0].order_number)
    store.reset()
    assert list(store.orders()) == held


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl", "orders.csv"])
def test_no_orders_are_saved_and_read_too(name: str, tmp_path: Path) -> None:
    """A store without orders can be saved."""
    write_orders(tmp_path / name, [])
    assert read_orders(tmp_path / name) == ()


def test_a_spreadsheet_is_read_with_columns_named_by_paths(tmp_path: Path) -> None:
    """Lists have numbered columns, empty cells are left out, and a semicolon may separate the cells."""
    path = tmp_path / "orders.csv"
    path.write_text(
        "\ufefforder_number;customer.email;customer.shipping.city;items[0].sku;items[0].quantity;items[1].sku;gift\r\n"
        'A-1;a@example.org;"Köln;\nAltstadt";TEE;2;CAP;true\r\n\r\nA-2;b@example.org;;MUG;;;\r\n',
        encoding="utf-8",
    )
    first, second = made_orders(read_orders(path), SHOP, NOW, path)
    assert first.customer.shipping is not None
    assert first.customer.shipping.city == "Köln;\nAltstadt"
    assert [(item.sku, item.quantity) for item in first.items] == [("TEE", 2), ("CAP", 1)]
    assert (first.gift, second.gift, second.customer.shipping, second.placed_at) == (True, False, None, NOW)


def test_an_order_alone_and_the_message_of_the_protocol_are_read_too(tmp_path: Path) -> None:
    """A file without a known end is known by how it begins."""
    for content in ('{"customer": {}}', '[{"customer": {}}]', '{"orders": [{"customer": {}}]}'):
        for name in ("orders.json", "orders"):
            if name == "orders" and "orders" in content:
                continue
            (tmp_path / name).write_text(content, encoding="utf-8")
            assert len(read_orders(tmp_path / name)) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("o.json", '[\n{"customer": {}},\n{"customer": {}, "totl": 1}\n]', "o.json, line 3: totl: is no field"),
        ("o.json", '[{"customer": {}}\n,{"customer": {}]', "o.json, line 2, column 17: it is not JSON"),
        ("o.json", '[{"customer": {}}\n{"customer": {}}]', "o.json, line 2: it is not JSON: a comma"),
        ("o.json", '[{"customer": {}},]', "o.json, line 1: it is not JSON"),
        ("o.json", '[{"customer": {}}] x', "o.json, line 1: it is not JSON: something follows"),
        ("o.json", '[{"customer": {}, "customer": {}}]', "o.json, line 1: an object has the member 'customer' twice"),
        ("o.json", '[{"customer": {}, "total": NaN}]', "NaN is not a number in JSON"),
        ("o.json", "[" * 100_000, "nested too deeply"),
        ("o.json", '[{"customer": {}, "total": 1' + "0" * 5000 + "}]", "o.json, line 1: "),
        ("o.json", '["text", 3]', "o.json has 2 wrong places:\n  line 1: body: Expected `object`, got `str`"),
        ("o.json", '[{"customer": {"email": "\\ud800"}}]', "o.json, line 1: body: has a half of a surrogate pair"),
        ("o.json", '[{"customer": {}, "total": "\\ud800"}]', "o.json, line 1: body: has a half of a surrogate pair"),
        ("o.json", '[{"customer": {}, "status": "Lost"}]', "o.json, line 1: status: is not a status of this store"),
        ("o.json", '[{"customer": {}, "placed_at": "2026-01-01"}]', "o.json, line 1: placed_at: "),
        ("o.jsonl", '{"customer": {}}\n\n{"customer": {}', "o.jsonl, line 3, column 16: it is not JSON"),
        ("o.jsonl", '{"customer": {}} {"customer": {}}', "o.jsonl, line 1, column 17: something follows the order"),
        (
            "o.jsonl",
            '{"order_number": "1", "customer": {}}\n{"order_number": "1", "customer": {}}',
            "o.jsonl, line 2: order_number: '1' is also in line 1",
        ),
        ("o.csv", "order_number,customer.emial\n1,a@b.example\n", "o.csv, line 2: customer.emial: is no field of an"),
        ("o.csv", "order_number,total\n1,2\n", "o.csv, line 2: customer: "),
        (
            "o.csv",
            "customer.email,items[0].quantity\na,1\nb,many\n",
            "o.csv, line 3: items[0].quantity: Expected `int`",
        ),
        ("o.csv", "customer.email\na,b\n", "o.csv, line 2: it has 2 cells, but there are 1 columns"),
        ("o.csv", "Customer Name\na\n", "o.csv, line 1, column 1: 'Customer Name' names no field"),
        ("o.csv", "customer.email,customer.email\na,b\n", "o.csv, line 1: the column 'customer.email' is there twice"),
        ("o.csv", "items,items[0].sku\n[],a\n", "o.csv, line 2, column items[0].sku: another column has"),
        ("o.csv", "items[9999].sku\na\n", "o.csv, line 1, column 1: 'items[9999].sku' has a place above 1000"),
        ("o.csv", 'customer.email\n"a\n', "o.csv, line 2: it is not CSV"),
        ("o.csv", "customer.email,items\na,[1\n", "o.csv, line 2, column 3: it is not JSON"),
        ("o.csv", b"PK\x03\x04\xff\xfe", "o.csv is not text in UTF-8: save the orders as JSON, JSON Lines or CSV."),
        ("o.json", "  \n", "o.json is empty."),
        ("o.txt", "hello", "o.txt has no known form: name it .json, .jsonl or .csv."),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_field(
    name: str, content: str | bytes, message: str, tmp_path: Path
) -> None:
    """No order is left out without a word, and no field either."""
    assert message in refusal(tmp_path / name, content)


def test_a_long_list_of_wrong_orders_is_cut(tmp_path: Path) -> None:
    """The message has ten orders and says how many there are."""
    message = refusal(tmp_path / "o.jsonl", '{"customer": 1}\n' * 30)
    assert "o.jsonl has 30 wrong places" in message
    assert message.endswith("and 20 more")
    assert message.count("\n") == 11


def test_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders are held in memory, so a file has limits."""
    monkeypatch.setattr(order_files, "MAX_ORDERS", 2)
    assert "o.jsonl has more than 2 orders." in refusal(tmp_path / "o.jsonl", '{"customer": {}}\n' * 3)
    monkeypatch.setattr(order_files, "MAX_BYTES", 10)
    assert "o.jsonl can't be read: it has more than" in refusal(tmp_path / "o.jsonl", '{"customer": {}}\n')


def test_a_file_that_cannot_be_written_or_read_is_named(held: list[Order], tmp_path: Path) -> None:
    """A folder that does not exist, an end of a name that tells no form, and a folder in place of a file."""
    for name, message in (("no/orders.json", "can't be written: No such file"), ("orders.xlsx", "has no known end")):
        with pytest.raises(UnreadableOrders, match=message):
            write_orders(tmp_path / name, held[:1])
    with pytest.raises(UnreadableOrders, match="can't be read: Is a directory"):
        read_orders(tmp_path)
