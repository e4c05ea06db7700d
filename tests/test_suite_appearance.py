"""No verdict without evidence: what must appear in an order before its form is judged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, get_type_hints

import msgspec
import pytest

from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from conformance.core.finding import Finding, SharedProperty
from conformance.core.masking import NO_SECRETS, Secrets
from conformance.core.verdict import Outcome, verdict_of
from conformance.suite.appearance import THINGS
from conformance.suite.scenario import SUPPORTING, ScenarioRun
from conformance.suite.store_sentences import STORE
from conformance.suite.then import PER_ORDER
from mockstore.orders.model import Discount
from tests.support.judged import FACTS, MUG, ORDER, adjustment, order, reading, worked

CUT = "\n".join(["Ring twice, please: <b>loud</b> & long."] * 40)
RICH = order(
    gift=True,
    gift_message="All the best & more",
    customer_notes=CUT,
    internal_notes="Pays late, so call first & ask.",
    discounts=(Discount("Spring", Decimal("5.00"), "SPRING"), Discount("Loyal", Decimal("1.00"))),
    items=(MUG, msgspec.structs.replace(MUG, line_id="12", location="B7")),
)
"""An order that has everything that the sentences judge."""


def pieces(piece: Pair) -> dict[str, Pair | ExportedOrder]:
    """Return for each sentence what its function judges: the order beside its record, or alone."""
    hints = {sentence: get_type_hints(THINGS[sentence].appears) for sentence in THINGS}
    return {sentence: piece if Pair in found.values() else piece.exported for sentence, found in hints.items()}


def test_each_thing_appears_in_a_full_order_and_in_no_bare_one() -> None:
    """Whatever the record has, an order that is exported with little shows little."""
    full = worked(RICH, adjustment("Spring", "-6.00"))
    assert [sentence for sentence, each in pieces(full).items() if not THINGS[sentence].appears(each)] == []
    bare = Pair(reading("<Orders><Order><OrderNumber>1001</OrderNumber></Order></Orders>").orders[0], ORDER, FACTS)
    assert [sentence for sentence, each in pieces(bare).items() if THINGS[sentence].appears(each)] == []


def test_each_sentence_judges_orders() -> None:
    """A row for a sentence that doesn't exist would be silent."""
    assert set(THINGS) <= set(PER_ORDER)
    assert all(STORE.sentences["Then"][sentence].thing is thing for sentence, thing in THINGS.items())


@dataclass
class JudgedTarget:
    """A target whose evidence the test gives."""

    name: str = "shop"
    survey: Any = None
    notices: list[str] = field(default_factory=list)
    secrets: Secrets = NO_SECRETS
    unjudged_part: str = ""

    def skip_reason(self, requirement: str, needs: frozenset[str]) -> str:
        """Skip nothing."""
        return ""

    def confirmed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Confirm everything."""
        return list(findings)

    def with_shared(
        self, requirement: str, findings: Sequence[Finding], evidence: Any
    ) -> tuple[Sequence[Finding], tuple[SharedProperty, ...]]:
        """Look for nothing in common."""
        return findings, ()


def judged(appears: Sequence[bool], deviates: Sequence[bool]) -> Outcome:
    """Return the outcome for orders in which a thing appears or not, and which deviate or not."""
    run = ScenarioRun("GIF-3", "GIF-3, The message", frozenset({"truth"}), [JudgedTarget()])
    run.obtain(lambda survey: tuple(range(len(appears))))
    run.judge_each(
        lambda each: [Finding(message="wrong")] if deviates[each] else [], lambda each: appears[each], "no gift came"
    )
    return run.outcomes[0]


@pytest.mark.parametrize(
    ("appears", "deviates", "verdict"),
    [
        ((True, True), (False, False), "conforms"),
        ((True, False), (False, False), "conforms"),
        ((False, False), (False, False), "not-exercised"),
        ((False, False), (False, True), "deviates"),
    ],
)
def test_only_orders_in_which_the_thing_appears_are_judged(
    appears: Sequence[bool], deviates: Sequence[bool], verdict: str
) -> None:
    """A finding counts in any order."""
    outcome = judged(appears, deviates)
    assert verdict_of([outcome])[0] == verdict
    assert outcome.judged == sum(a or b for a, b in zip(appears, deviates, strict=True))
    assert (outcome.reason == "no gift came") is (verdict == "not-exercised")


def test_orders_that_arrive_support_a_verdict_and_make_none() -> None:
    """That orders with a coupon come doesn't show that their coupons can be recognised."""
    run = ScenarioRun("DIS-4", "DIS-4, Orders with a coupon arrive", frozenset(), [JudgedTarget()], SUPPORTING)
    run.obtain(lambda survey: "orders")
    run.judge(lambda evidence: [])
    (arrival,) = run.outcomes
    lacking = Outcome(requirement="DIS-4", scenario="DIS-4, Coupon codes", target="shop", reason="no adjustment came")
    assert verdict_of([lacking, arrival]) == ("not-exercised", "no adjustment came")
    assert verdict_of([arrival])[0] == "conforms"
    assert verdict_of([replace(lacking, judged=1), arrival])[0] == "conforms"


@dataclass(frozen=True)
class Replies:
    """Evidence of some replies."""

    replies: tuple[str, ...]


@dataclass(frozen=True)
class Losses:
    """Evidence in which nothing wrong is nothing at all."""

    lost: tuple[str, ...] = ()
    requested: int = 3


@pytest.mark.parametrize(
    ("evidence", "verdict"),
    [(Replies(()), "not-exercised"), (Replies(("200",)), "conforms"), ((), "not-exercised"), (Losses(), "conforms")],
)
def test_evidence_of_nothing_is_not_judged(evidence: object, verdict: str) -> None:
    """If no reply could be read, nothing shows that the store conforms."""
    run = ScenarioRun("WIN-1", "WIN-1, Midnight", frozenset(), [JudgedTarget()])
    run.obtain(lambda survey: evidence)
    run.judge(lambda judged: [])
    assert verdict_of(run.outcomes)[0] == verdict
