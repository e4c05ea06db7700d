"""The table of fields agrees with the schemas, the store's record and the requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from conformance.contract.fields import (
    ALL,
    BY_RECORD,
    ITEM,
    OPTION,
    ORDER,
    SHIP_NOTICE,
    SHIPPED_ITEM,
    Field,
    cannot_tell,
)
from conformance.contract.paths import FEATURES, SCHEMAS
from conformance.contract.requirements import features, requirements
from conformance.suite.required_fields import FIELDS_BY_SENTENCE, fields_of
from mockstore.orders.model import (
    Account,
    Address,
    Customer,
    Discount,
    Item,
    Option,
    Order,
    Shipment,
    ShippedItem,
    Weight,
)
from mockstore.shop.facts import StoreFacts

XS = "{http://www.w3.org/2001/XMLSchema}"
TABLES = [
    pytest.param("orders.xsd", "Order", ORDER, id="Order"),
    pytest.param("orders.xsd", "Item", ITEM, id="Item"),
    pytest.param("orders.xsd", "Option", OPTION, id="Option"),
    pytest.param("shipnotice.xsd", "ShipNotice", SHIP_NOTICE, id="ShipNotice"),
    pytest.param("shipnotice.xsd", "Item", SHIPPED_ITEM, id="shipped Item"),
]
LISTS = {"Items", "Options"}


class Schema:
    """The elements of a schema, with the longest text that each allows."""

    def __init__(self, name: str) -> None:
        root = etree.parse(SCHEMAS / name).getroot()
        self._types = {node.get("name"): node for node in root.iterchildren(f"{XS}complexType", f"{XS}simpleType")}

    def lengths(self, type_name: str, prefix: str = "") -> Iterator[tuple[str, int | None]]:
        """Each element below a type by its path, and its length; None if it has none."""
        for element in self._types[type_name].iter(f"{XS}element"):
            name, of = element.get("name", ""), element.get("type", "")
            if name in LISTS or self._types[of].tag == f"{XS}simpleType":
                yield f"{prefix}{name}", self._length(of) if name not in LISTS else None
            else:
                yield from self.lengths(of, f"{prefix}{name}/")

    def _length(self, type_name: str) -> int | None:
        node = self._types.get(type_name)
        if node is None:
            return None
        definition = node[-1]
        for facet in definition.iterchildren(f"{XS}maxLength", f"{XS}length"):
            return int(facet.get("value", ""))
        below = definition.get("base") or definition.get("memberTypes", "").split()[0]
        return self._length(below)


@pytest.mark.parametrize(("schema", "type_name", "table"), TABLES)
def test_the_table_has_each_element_with_the_length_of_its_schema(
    schema: str, type_name: str, table: Mapping[str, Field]
) -> None:
    """No element is missing, none is invented, and every length is that of the schema."""
    assert dict(Schema(schema).lengths(type_name)) == {path: field.schema for path, field in table.items()}


@pytest.mark.parametrize("type_name", ["Order", "Item", "Option"])
def test_the_strict_schema_takes_the_shorter_length(type_name: str) -> None:
    """``orders-strict.xsd`` takes the stricter source everywhere, but for SKU: see schemas/README.md."""
    table = {"Order": ORDER, "Item": ITEM, "Option": OPTION}[type_name]
    expected = {path: min(field.limits, default=None) for path, field in table.items()}
    if type_name == "Item":
        expected["SKU"] = 100
    strict = dict(Schema("orders-strict.xsd").lengths(type_name))
    codes = {path for path, field in table.items() if field.kind == "code"}  # their form is stricter than a length
    assert {path: length for path, length in strict.items() if path not in codes} == {
        path: length for path, length in expected.items() if path not in codes
    }


WEIGHT = Weight(Decimal(1), "kg")
FULL = Order(
    order_number="1",
    order_id="2",
    status="Open",
    placed_at=datetime(2026, 1, 1, tzinfo=UTC),
    modified_at=datetime(2026, 1, 1, tzinfo=UTC),
    currency="EUR",
    customer=Customer("a@b", "1", Address(), Address(), code="c", account=Account()),
    discounts=(Discount("Sale", Decimal(1), "SALE"),),
    weight=WEIGHT,
    items=(Item(options=(Option("Size", "L", WEIGHT),), weight=WEIGHT),),
    shipments=(Shipment(cost=Decimal(1), shipped_on=date(2026, 1, 1), items=(ShippedItem("S", 1),)),),
)


@pytest.mark.parametrize("record", sorted(BY_RECORD))
def test_the_record_has_each_field(record: str) -> None:
    """Names are those of the control protocol."""
    value = msgspec.to_builtins(FULL)
    for name in record.split("."):
        if isinstance(value, list | tuple):
            (value,) = value
        assert name in value
        value = value[name]


def test_a_field_is_read_from_the_order_the_line_or_the_option() -> None:
    """Each row knows its place in what has it."""
    line = FULL.items[0]
    assert ORDER["Customer/BillTo/Email"].read(FULL) == "a@b"
    assert ITEM["Weight"].read(line) == WEIGHT
    assert OPTION["Value"].read(line.options[0]) == "L"
    assert SHIP_NOTICE["ShippingCost"].read(FULL.shipments[0]) == Decimal(1)


def test_the_requirements_exist() -> None:
    """Every id in the table stands in a feature file."""
    assert {each for field in ALL for each in field.requirements} <= {each.id for each in requirements()}


def test_the_sentences_that_need_a_field_name_one() -> None:
    """A misspelt field would switch the rule off."""
    assert {field for named in FIELDS_BY_SENTENCE.values() for field in named} <= BY_RECORD.keys()


ONLY_IN_THE_TABLE_OF_FIELDS = {
    # a worksheet has the time of the last change from the export itself; other sources judge these without it
    (requirement, "modified_at")
    for requirement in ("PAG-1", "PAG-2", "WIN-1", "WIN-4", "WIN-6", "WIN-7")
}
ONLY_IN_THE_TABLE_OF_SENTENCES = {
    # no worksheet is asked about these, because they need notifications
    ("SHP-15", "modified_at"),
}


def test_sentences_and_requirements_need_the_same_fields() -> None:
    """The fields that the sentences of a requirement rely on are those of the table of fields."""
    named = {field for fields in FIELDS_BY_SENTENCE.values() for field in fields}
    by_table = {(requirement, row.record) for row in ALL for requirement in row.requirements if row.record in named}
    by_sentence = {
        (scenario.requirement, field)
        for scenario in features(FEATURES / "store").scenarios
        for field in fields_of(step.sentence for step in scenario.steps)
    }
    assert by_table - by_sentence == ONLY_IN_THE_TABLE_OF_FIELDS
    assert by_sentence - by_table == ONLY_IN_THE_TABLE_OF_SENTENCES


def test_every_scenario_about_a_recorded_value_relies_on_its_field() -> None:
    """If the store's record doesn't tell a value of shipments, no scenario lets its requirement conform."""
    judged_by = [row for row in SHIP_NOTICE.values() if row.requirements]
    without = {
        scenario.name
        for scenario in features(FEATURES / "store").scenarios
        for row in judged_by
        if scenario.requirement in row.requirements
        and row.record not in fields_of(step.sentence for step in scenario.steps)
    }
    assert judged_by
    assert not without


@pytest.mark.parametrize("lacks", ["items.weight", "weight"])
def test_a_source_may_name_what_it_lacks_by_the_last_part(lacks: str) -> None:
    """``weight`` stands for the weight of lines, too."""
    assert cannot_tell(StoreFacts(lacks=(lacks,)), "items.weight")
    assert not cannot_tell(StoreFacts(lacks=(lacks,)), "items.location")


def test_where_the_sources_differ_both_lengths_are_known() -> None:
    """A value may be cut at either; the longer one decides what is too long."""
    assert (ITEM["SKU"].limits, ITEM["SKU"].longest) == ((50, 100), 100)
    assert (ORDER["Customer/BillTo/Email"].limits, ITEM["Quantity"].limits) == ((100,), ())
    assert ORDER["Customer/BillTo/City"].guide is None
