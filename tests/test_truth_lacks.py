"""What a store declares that it lacks is not created, and nothing is judged by it."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from conformance.report.model import Result
from conformance.runner.run import run
from conformance.runner.settings import RunSettings, Selection, UrlTarget
from conformance.truth.lacks import unjudged_for_lack, without_lacking
from conformance.truth.settings import ControlAccess, Secret
from mockstore.orders.draft import Draft
from mockstore.orders.model import Discount
from tests.support.judged import FACTS, ORDER
from tests.support.store_in_thread import Served, served

FIELDS = Draft.__struct_fields__
DRAFT = Draft(**{name: getattr(ORDER, name) for name in FIELDS})


def lacking(*fields: str) -> dict[str, str]:
    """Return what can't be judged if a store lacks these fields."""
    return unjudged_for_lack(msgspec.structs.replace(FACTS, lacks=fields))


@pytest.mark.parametrize(
    ("field", "unjudged", "judged"),
    [
        ("payment_method", {"ORD-11"}, {"ORD-10"}),
        ("discounts", {"DIS-1", "DIS-5", "DIS-7"}, {"ORD-7"}),
        ("internal_notes", {"NOT-2", "NOT-3"}, {"NOT-1", "NOT-4"}),
        ("shipments", {"SHP-2", "SHP-7"}, {"ITM-1"}),
        ("items.options", {"OPT-1", "ITM-7"}, {"ITM-3"}),
        ("company", {"CUS-9"}, {"CUS-4"}),
        ("customer.shipping", {"CUS-4", "CUS-9", "ORD-15"}, {"CUS-1"}),
        ("modified_at", set(), {"ORD-6", "WIN-1"}),
        ("something_else", set(), {"ORD-11"}),
    ],
)
def test_requirements_that_need_a_lacking_field(field: str, unjudged: set[str], judged: set[str]) -> None:
    """Those that need it are not judged; others are."""
    found = lacking(field)
    assert unjudged <= found.keys()
    assert not judged & found.keys()


def test_notes_are_judged_while_one_of_two_is_told() -> None:
    """NOT-4 is about both kinds of notes."""
    assert "NOT-4" in lacking("customer_notes", "internal_notes")


def test_a_draft_has_nothing_that_is_lacking() -> None:
    """The total is that of what is left; what an order needs stays."""
    draft = msgspec.structs.replace(
        DRAFT, gift=True, gift_message="Enjoy!", discounts=(Discount("Sale", Decimal("5.00"), "FIVE"),)
    )
    facts = msgspec.structs.replace(FACTS, lacks=("gift", "discounts", "location", "name", "tax"))
    left = without_lacking(draft, facts)
    assert (left.gift, left.gift_message, left.discounts, left.tax) == (False, "", (), Decimal(0))
    assert {item.location for item in left.items} == {""}
    assert [item.name for item in left.items] == [item.name for item in draft.items]
    assert left.total == sum(item.unit_price * item.quantity for item in draft.items) + draft.shipping_amount
    assert without_lacking(draft, FACTS) == draft


def judged(store: Served, *only: str) -> dict[str, Result]:
    """Return the results of a run that may write."""
    shop = store.store.shop
    truth = ControlAccess(store.store.control_url, Secret(store.store.control_token))
    target = UrlTarget(store.store.url, shop.username, Secret(shop.password), truth=truth, allow_writes=True)
    report = run(RunSettings(targets=(target,), selection=Selection(only), scope="full", timeout_s=20))
    assert not [result for result in report.results if result.verdict in ("error", "deviates")]
    return {result.requirement: result for result in report.results}


def test_no_sum_that_includes_it_is_judged() -> None:
    """A store without discounts and payment methods is not accused, and the reasons name what it lacks."""
    with served("4.3.4", count=0, now=None, lacks=("discounts", "payment_method")) as store:
        found = judged(store, "ORD-7", "ORD-9", "ORD-11", "DIS-1", "DIS-5")
    for requirement in ("ORD-9", "ORD-11", "DIS-1", "DIS-5"):
        assert found[requirement].verdict == "not-exercised", requirement
        assert "the store declares that it lacks" in found[requirement].reason
    assert found["ORD-7"].verdict == "conforms"


def test_with_read_alone_nothing_is_created() -> None:
    """The reason names the capability; the store's own orders are judged."""
    with served("4.3.4", count=30, now=None, capabilities=("read",)) as store:
        before: set[str] = {order.order_number for order in store.store.store.orders()}
        found = judged(store, "ORD-7", "GIF-4", "SHP-1", "WIN-11")
        assert {order.order_number for order in store.store.store.orders()} == before
        assert not [entry for entry in store.store.journal.after(0)[1] if "control" in entry.target]
    assert found["ORD-7"].verdict == "conforms"
    assert "doesn't have the capability create (it has: read)" in found["SHP-1"].reason
    assert "the capability" in found["WIN-11"].reason
