"""The kinds of orders for notifications: each has its properties, and meets a whole parcel and a part."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from conformance.probes.shipment_update.kinds_of_orders import (
    KINDS,
    PART_KINDS,
    QUANTITIES,
    SHIPPED_BY_STAFF,
    WHOLE_CURRENCY,
    WHOLE_KINDS,
    draft_of_kind,
)
from conformance.probes.shipment_update.notify import all_cases, two_lines
from mockstore.orders.draft import make_order
from mockstore.orders.factors import FACTORS
from mockstore.orders.specimens import SpecimenMaker
from mockstore.shop.embedded_shops import shop_of
from mockstore.shop.facts import store_facts
from mockstore.shop.versions import VERSIONS
from tests.test_covering import holds_of

BASE = datetime(2026, 3, 10, 6, tzinfo=UTC)


def test_every_kind_meets_a_whole_parcel_and_a_part() -> None:
    """The cases exist, and no kind is left out."""
    import conformance.suite.when  # noqa: F401 -- the modules add their cases when they are imported

    assert set(WHOLE_KINDS.values()) == set(PART_KINDS.values()) == set(range(len(KINDS)))
    assert {*WHOLE_KINDS, *PART_KINDS, SHIPPED_BY_STAFF} <= {*all_cases()}


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_an_order_has_every_property_of_its_kind(kind: int) -> None:
    """Told from the draft alone; the store accepts the draft."""
    shop = shop_of(VERSIONS[0])
    facts = store_facts(shop)
    make = SpecimenMaker(facts, BASE)
    draft = draft_of_kind(make, make.draft("kind", *two_lines(make)), kind)
    holds = holds_of(facts.currency)
    assert [each for each in KINDS[kind].items() if not holds[each](draft)] == []
    assert make_order(draft, shop, BASE).items
    names = {factor.name: factor.levels for factor in FACTORS}
    assert all(level in names[name] for name, level in KINDS[kind].items())


def test_whole_parcels_have_more_units_than_15_and_16_bits_hold() -> None:
    """The contract allows 99,999 units of a line."""
    assert QUANTITIES.keys() <= WHOLE_KINDS.keys()
    assert sorted(units > limit for units in QUANTITIES.values() for limit in (32767, 65535)) == [
        False,
        True,
        True,
        True,
    ]


def test_a_store_that_lacks_gifts_gets_none() -> None:
    """What a store declares under lacks isn't made; the rest of the kind is."""
    facts = store_facts(shop_of(VERSIONS[0]))
    make = SpecimenMaker(facts, BASE)
    draft = draft_of_kind(make, make.draft("kind", *two_lines(make)), 0, {"gift"})
    assert (draft.gift, draft.currency) == (False, WHOLE_CURRENCY)
