"""schemas/control.openapi.yaml: it is valid, and describes the messages of suite, mock store and examples."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from conformance.runner.run import run
from conformance.runner.settings import RunSettings, Selection, UrlTarget
from conformance.truth.control_forms import CreatedOrder, ListedOrder, OrderList, Refusal, members_of
from conformance.truth.settings import ControlAccess, Secret
from mockstore.control.messages import NumberBatch, OrderBatch, OrderPatch
from mockstore.orders import model
from mockstore.orders.draft import Draft
from mockstore.shop.facts import CAPABILITIES, StoreFacts
from mockstore.shop.shop import STATUS_MEANINGS, Status
from mockstore.traffic.journal import JournalEntry
from tests.support.broken_control import broken_control
from tests.support.control_schema import EXTENSIONS, document, problems, schema
from tests.support.scripted import Asked
from tests.support.store_in_thread import served

FORMS: dict[str, type[msgspec.Struct]] = {
    "Store": StoreFacts,
    "Status": Status,
    "OrderList": OrderList,
    "ListedOrder": ListedOrder,
    "CreatedOrder": CreatedOrder,
    "Refusal": Refusal,
    "Order": model.Order,
    "OrderFields": model.OrderFields,
    "Customer": model.Customer,
    "Account": model.Account,
    "Address": model.Address,
    "Weight": model.Weight,
    "Discount": model.Discount,
    "Item": model.Item,
    "Option": model.Option,
    "Shipment": model.Shipment,
    "ShippedItem": model.ShippedItem,
}
"""Schema → the type that the suite reads the message with."""
TYPES = {"text": "string", "flag": "boolean", "count": "integer", "amount": "Amount", "moment": "Moment", "day": "date"}


def properties_of(name: str) -> dict[str, Any]:
    """Return the properties of a schema, with those of the schemas that it extends."""
    found: dict[str, Any] = {}
    for each in schema(name).get("allOf", ()):
        found |= properties_of(each["$ref"].rpartition("/")[2])
    return {**found, **schema(name).get("properties", {})}


def type_of(described: dict[str, Any]) -> str:
    """Return the type of a property besides null: that of JSON, or the name of a schema; for a list with ``[]``."""
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        return "string" if name in ("Currency", "WeightUnit") else str(name)
    if "anyOf" in described:
        return type_of(next(each for each in described["anyOf"] if each != {"type": "null"}))
    if "enum" in described:
        return "string"
    kinds = described["type"]
    kind = next(each for each in ([kinds] if isinstance(kinds, str) else kinds) if each != "null")
    if kind == "array":
        return f"{type_of(described['items'])}[]"
    return str(described.get("format", kind)) if described.get("format") == "date" else str(kind)


def test_the_document_is_valid() -> None:
    """It is OpenAPI 3.1, and every schema in it is a JSON schema."""
    validate(document())
    assert document()["openapi"].startswith("3.1")


@pytest.mark.parametrize("name", FORMS)
def test_the_members_are_those_of_the_suite(name: str) -> None:
    """Each message has the same members, with the same types, and the same ones are needed."""
    members, properties = members_of(FORMS[name]), properties_of(name)
    assert members.keys() == properties.keys()
    schema_of = {form: each for each, form in FORMS.items()}
    for each, member in members.items():
        kind = schema_of[member.form] if member.form else TYPES[member.kind]
        assert type_of(properties[each]) == f"{kind}{'[]' if member.is_list else ''}", each
    if name != "OrderFields":
        assert {each for each, member in members.items() if member.is_needed} == set(schema(name).get("required", ()))
        assert schema(name)["unevaluatedProperties"] is False


def test_the_requests_are_those_of_the_mock_store() -> None:
    """The messages that only stores read have the members that the mock store reads."""
    for name, form in {"Change": OrderPatch, "Drafts": OrderBatch, "OrderNumbers": NumberBatch, "Draft": Draft}.items():
        assert properties_of(name).keys() == set(form.__struct_fields__), name
    assert schema("Draft")["required"] == [each.name for each in msgspec.structs.fields(Draft) if each.required]
    assert set(schema("JournalEntry")["required"]) <= set(JournalEntry.__struct_fields__)
    assert schema("Status")["properties"]["maps_to"]["enum"] == [*STATUS_MEANINGS, None]


def test_the_calls_are_those_of_the_mock_store() -> None:
    """It describes each call of the mock store, but those that only the mock store has."""
    described = {
        (method.upper(), path.replace("{order_number}", "{number}"))
        for path, operations in document()["paths"].items()
        for method in operations.keys() & {"get", "post", "patch", "delete", "put"}
    }
    with served(count=1) as store:
        calls = {call for call in store.store.control._table if call[1] not in EXTENSIONS}
    assert described == calls
    tags = {tag for path in document()["paths"].values() for each in path.values() for tag in _tags(each)}
    assert tags == set(CAPABILITIES) - {each.removeprefix("/") for each in EXTENSIONS}


def _tags(operation: object) -> list[str]:
    return operation.get("tags", []) if isinstance(operation, dict) else []


def test_a_session_with_the_mock_store_fits() -> None:
    """Every call of a run that makes, changes and deletes orders fits, and so does every reply of the mock store."""
    found: list[str] = []

    def look(asked: Asked, status: int, content: Any) -> tuple[int, Any]:
        body = json.loads(asked.body) if asked.body else None
        found.extend(problems(asked.method, asked.path, body, status, content))
        return status, content

    with served(count=12, now=None) as store, broken_control(store, look, batch=True) as server:
        shop = store.store.shop
        truth = ControlAccess(server.place, Secret(store.store.control_token))
        target = UrlTarget(store.store.url, shop.username, Secret(shop.password), truth=truth, allow_writes=True)
        run(RunSettings(targets=(target,), selection=Selection(("WIN-11", "SHP-2", "SHP-7"))))
        methods = {asked.method for asked in server.asked}
    assert not found, found[:10]
    assert methods == {"GET", "POST", "PATCH"}
