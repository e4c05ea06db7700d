"""The table of versions: it is complete, has sources, and agrees with the attributes that code reads."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from mockstore.orders.virtual import VirtualOrders
from mockstore.shop.shop import Shop
from mockstore.shop.versions import VERSIONS, Fact, UnknownVersion, Version, differences, facts, version

ROOT = Path(__file__).parent.parent
VISIBLE = {"weight_decimals", "variant_code"}
"""Facts that change the orders themselves."""


def test_a_version_that_the_table_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that was added to VERSIONS only leads to a message that says what to add."""
    monkeypatch.setattr("mockstore.shop.versions.VERSIONS", (*VERSIONS, "4.9.9"))
    with pytest.raises(LookupError, match=r"versions.toml has no \[\[version\]\] with the name '4.9.9'.*: add one"):
        version("4.9.9")


def test_there_are_26_versions_in_the_order_of_their_release() -> None:
    """All 26 are there, oldest first; only those of 4.6 have no known release date."""
    assert len(VERSIONS) == 26
    dates = [version(name).released for name in VERSIONS]
    known = [date for date in dates if date is not None]
    assert known == sorted(known)
    assert dates[-2:] == [None, None]
    assert len(known) == 24


def test_facts_and_the_attributes_of_a_version_are_the_same_things() -> None:
    """Each fact of the table is an attribute of Version, and each attribute is a fact."""
    attributes = {field.name for field in msgspec.structs.fields(Version)} - {"name", "released"}
    assert [fact.name for fact in facts()] == list(dict.fromkeys(fact.name for fact in facts()))
    assert {fact.name for fact in facts()} == attributes


@pytest.mark.parametrize("fact", facts(), ids=lambda fact: fact.name)
def test_a_fact_says_where_it_is_known_from(fact: Fact) -> None:
    """Each value has a source; a value that the source does not state outright is marked as inferred."""
    assert fact.about.endswith(".")
    changes = fact.changes
    assert [change.since for change in changes] == sorted({c.since for c in changes}, key=VERSIONS.index)
    for change in changes:
        if "may have begun" in change.source:
            assert change.inferred
        sourced = any(mark in change.source for mark in ("CL ", "SRC", "DOC", "upgrade guide"))
        assert sourced or change.inferred or change.source.startswith("before ")
    for before, after in pairwise(changes):
        assert before.value != after.value or before.inferred != after.inferred


@pytest.mark.parametrize(
    ("fact", "last", "first", "values"),
    [
        ("min_php", "4.3.5", "4.3.6", ("5.3.0", "5.3.6")),
        ("weight_decimals", "4.3.5", "4.3.6", (2, 3)),
        ("tax_subtotal", "4.1.2", "4.1.3", ("by-product", "all")),
        ("carrier_keys", "4.3.10", "4.4.1", ("position", "code")),
        ("page_size_setting", "4.3.10", "4.4.1", ("admin_orders_per_page", "admin_elements_per_page")),
        ("page_zero", "4.2.2", "4.2.3", ("error", "first")),
        ("page_negative", "4.3.6", "4.3.7", ("error", "first")),
        ("shipment_statuses", "4.3.6", "4.3.7", ((), ("P", "A", "S"))),
        ("product_variations", "4.4.2", "4.6.1", (False, True)),
        ("rest_default_version", "4.2.4", "4.3.1", ("1.0", "2.0")),
        ("rest_delete_status", "4.3.1", "4.3.2", (200, 204)),
        ("rest_error_colon", "4.2.2", "4.2.3", (True, False)),
        ("rest_required_message", "4.1.2", "4.1.3", (False, True)),
        ("quantity_limit", "4.3.9", "4.3.10", (65535, 16777215)),
    ],
)
def test_a_fact_changes_at_its_version(fact: str, last: str, first: str, values: tuple[object, object]) -> None:
    """A value holds up to the version before the next change, and the new one from there on."""
    place = VERSIONS.index(first)
    assert VERSIONS[place - 1] == last
    assert {getattr(version(name), fact) for name in VERSIONS[:place]} == {values[0]}
    assert {getattr(version(name), fact) for name in VERSIONS[place:]} == {values[1]}


@pytest.mark.parametrize(("before", "after"), list(pairwise(VERSIONS)))
def test_neighbours_differ_in_what_the_table_says_and_in_nothing_else(before: str, after: str) -> None:
    """Each difference between neighbouring versions has an entry with a source, and each entry is one."""
    entries = differences(before, after)
    asked = {
        name: (getattr(version(before), name), getattr(version(after), name))
        for name in (field.name for field in msgspec.structs.fields(Version))
        if name not in ("name", "released")
    }
    seen = {name: values for name, values in asked.items() if values[0] != values[1]}
    assert {entry.fact: (entry.first, entry.second) for entry in entries} == seen
    assert all(entry.source for entry in entries)

    opened = datetime(2026, 1, 1, tzinfo=UTC)
    shops = (VirtualOrders(Shop(name), version(name), 60, opened) for name in (before, after))
    first, second = ([orders.order(index) for index in range(60)] for orders in shops)
    assert (first != second) == bool(VISIBLE & seen.keys())


def test_differences_are_the_same_in_either_direction() -> None:
    """In the other direction the values are swapped, and the sources are the same."""
    there, back = differences("4.0.1", "4.6.3"), differences("4.6.3", "4.0.1")
    assert [(d.fact, d.second, d.first, d.source) for d in there] == [tuple(d) for d in back]
    assert differences("4.3.4", "4.3.4") == []


def test_what_is_inferred_says_so_in_a_difference() -> None:
    """An inferred source is marked, so that the reader knows that the version is uncertain."""
    sources = {entry.fact: entry.source for entry in differences("4.4.2", "4.6.1")}
    assert sources["phone_limit"].startswith("inferred: ")
    assert not sources["max_php"].startswith("inferred: ")


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("4.3.11", ("4.3.10", "4.4.1", "4.3.1")),
        ("4.5.2", ("4.4.2", "4.6.1")),
        ("3.0.6", ("4.0.1",)),
        ("4.18.2", ("4.6.3",)),
        ("v4.3.4", ("4.3.4",)),
        ("4.3.4 ", ("4.3.4",)),
        ("latest", ("4.0.1", "4.6.3")),
        ("", ("4.0.1", "4.6.3")),
    ],
)
def test_an_unknown_version_is_told_the_nearest_ones(name: str, near: tuple[str, ...]) -> None:
    """The error is one sentence that names the unknown version and the nearest ones."""
    with pytest.raises(UnknownVersion) as refusal:
        version(name)
    assert refusal.value.nearest == near
    assert repr(name) in str(refusal.value)
    assert all(known in str(refusal.value) for known in near)
    assert str(refusal.value).count(". ") == 0


def test_importing_versions_and_shop_reads_and_loads_nothing() -> None:
    """The command line can name the versions without reading the table or importing heavy libraries."""
    code = (
        "import sys, mockstore.shop.shop, mockstore.shop.versions as v; "
        "print(v._table.cache_info().currsize, "
        "*{'faker', 'psycopg', 'aiohttp', 'lxml'} & set(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["0"]
