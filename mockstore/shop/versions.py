"""The 26 CS-Cart versions that the ShipStation add-on supports, and their differences.

Code reads a fact of a :class:`Version` (``version.weight_decimals``) and never compares
version numbers. The facts and their sources are in ``versions.toml`` beside this module. The
file is read when the first version is used, not on import.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from mockstore.errors import MockStoreError
from mockstore.shop import suggestions

VERSIONS: tuple[str, ...] = (
    *("4.0.1", "4.0.2", "4.0.3"),
    *("4.1.1", "4.1.2", "4.1.3", "4.1.4", "4.1.5"),
    *("4.2.1", "4.2.2", "4.2.3", "4.2.4"),
    *("4.3.1", "4.3.2", "4.3.3", "4.3.4", "4.3.5", "4.3.6", "4.3.7", "4.3.8", "4.3.9", "4.3.10"),
    *("4.4.1", "4.4.2", "4.6.1", "4.6.3"),
)
"""The names of the versions, oldest first."""

LATEST = VERSIONS[-1]

Area = Literal["data", "export", "rest", "store"]
Value = bool | int | str | tuple[str, ...]


class Version(msgspec.Struct, frozen=True):
    """One version, with the value of every fact. ``about`` in the table says what each fact means.

    No code reads some of the facts, for example those of the area ``store``: they are for people, who
    see them with ``mockstore versions``. They are fields too, so that the types below are checked for
    every value of the table.
    """

    name: str
    released: date | None

    min_php: str
    max_php: str
    closed_store_status: int
    awaiting_call_status: bool
    admin_page_past_end: Literal["empty", "last"]
    ipv6: bool
    multiple_shipments: Literal["setting", "always"]
    shipment_needs_tracking: bool
    tracking_needs_carrier: bool
    tracking_links: bool

    weight_decimals: int
    variant_code: bool
    product_variations: bool
    line_name_language: Literal["current", "requested"]
    product_code_limit: int
    phone_limit: int
    quantity_limit: int
    large_order_ids: bool
    nullable_notes: bool
    empty_contacts: bool

    tax_subtotal: Literal["by-product", "all"]
    shipping_cost_holds_tax: bool
    carrier_keys: Literal["position", "code"]
    carriers: tuple[str, ...]
    carrier_names: tuple[str, ...]
    page_size_setting: str
    page_size_default: int
    page_zero: Literal["error", "first"]
    page_negative: Literal["error", "first"]
    page_size_empty: Literal["none", "default"]
    shipment_statuses: tuple[str, ...]
    shipment_status: str
    image_timestamp: bool
    https_image_path: bool

    rest_default_version: Literal["1.0", "2.0"]
    rest_list_form: Literal["array", "object"]
    rest_short_prefix: bool
    rest_page_size_setting: str
    rest_delete_status: int
    rest_second_delete_status: int
    rest_error_colon: bool
    rest_required_message: bool
    rest_entities: tuple[str, ...]
    rest_https_only: bool
    rest_customer_status: int
    rest_disabled_users: bool
    rest_tokens: bool
    rest_status_privilege: bool
    rest_any_admin: bool
    rest_product_id: Literal["string", "number"]
    rest_staff_notes: bool
    rest_customer_notes: bool
    rest_order_shipping: Literal["optional", "required", "grouped"]
    rest_order_products: bool
    rest_timestamps: bool
    rest_discount_numbers: bool
    rest_processor_params: bool
    rest_date_fields: Literal["text", "timestamp"]
    rest_shipment_company: bool
    rest_carrier_info: bool
    rest_shipment_update: Literal["single-mode", "whole-order"]
    rest_shipment_update_fields: tuple[str, ...]


class FactChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The value of a fact from a version on, and its source."""

    since: str
    value: Value
    source: str
    inferred: bool = False


class Fact(msgspec.Struct, frozen=True):
    """A fact that may differ between versions, with its values, oldest first."""

    name: str
    area: Area
    about: str
    changes: tuple[FactChange, ...]

    def at(self, name: str) -> FactChange:
        """Return the value in the version of that name, with its source."""
        place = VERSIONS.index(name)
        return [change for change in self.changes if VERSIONS.index(change.since) <= place][-1]


class Difference(NamedTuple):
    """A fact in which two versions differ, and the source of the difference."""

    fact: str
    first: Value
    second: Value
    source: str


class UnknownVersion(MockStoreError, ValueError):
    """The version is not one of the supported versions."""

    def __init__(self, name: str, nearest: tuple[str, ...]) -> None:
        super().__init__(
            f"CS-Cart {name!r} is not one of the {len(VERSIONS)} supported versions; the nearest: {', '.join(nearest)}."
        )
        self.name, self.nearest = name, nearest


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    released: date | None = None


class _FactRow(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    area: Area
    about: str
    value: Value
    source: str
    inferred: bool = False
    change: tuple[FactChange, ...] = ()


class _Table(msgspec.Struct, forbid_unknown_fields=True):
    version: tuple[_Row, ...]
    fact: tuple[_FactRow, ...]


@cache
def _table() -> _Table:
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Table)


@cache
def facts() -> tuple[Fact, ...]:
    """Return every fact of the table, with its values and their sources."""
    return tuple(
        Fact(
            row.name,
            row.area,
            row.about,
            (FactChange(VERSIONS[0], row.value, row.source, row.inferred), *row.change),
        )
        for row in _table().fact
    )


@cache
def version(name: str) -> Version:
    """Return the version of that name.

    Raises:
        UnknownVersion: it is not one of the supported versions.
    """
    if name not in VERSIONS:
        raise UnknownVersion(name, nearest_versions(name))
    rows = [row for row in _table().version if row.name == name]
    if not rows:
        raise LookupError(f"versions.toml has no [[version]] with the name {name!r}, which is in VERSIONS: add one.")
    released = rows[0].released
    values = {fact.name: fact.at(name).value for fact in facts()}
    return msgspec.convert({"name": name, "released": released, **values}, Version)


def nearest_versions(name: str) -> tuple[str, ...]:
    """Return the supported versions that a wrong name probably meant, at most three."""
    try:
        wanted = tuple(int(part) for part in name.strip().removeprefix("v").split("."))
    except ValueError:
        return suggestions.nearest(name, VERSIONS) or (VERSIONS[0], LATEST)
    numbers = [tuple(int(part) for part in known.split(".")) for known in VERSIONS]
    if wanted in numbers:
        return (VERSIONS[numbers.index(wanted)],)
    above = sum(number < wanted for number in numbers)
    around = VERSIONS[max(0, above - 1) : above + 1]
    slip = name.strip()[:-1]  # the name has a digit too many
    return (*around, slip) if slip in VERSIONS and slip not in around else around


def differences(first: str, second: str) -> list[Difference]:
    """Return the facts in which two versions differ, in the order of the table.

    The source lists the source of each change between the two versions; inferred ones are marked.

    Raises:
        UnknownVersion: one of them is not a supported version.
    """
    places = sorted(VERSIONS.index(version(name).name) for name in (first, second))
    between = VERSIONS[places[0] + 1 : places[1] + 1]
    found = []
    for fact in facts():
        values = fact.at(first).value, fact.at(second).value
        if values[0] != values[1]:
            steps = (change for change in fact.changes if change.since in between)
            sources = ("inferred: " * step.inferred + step.source for step in steps)
            found.append(Difference(fact.name, *values, "; ".join(sources)))
    return found
