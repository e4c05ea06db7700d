"""The checks of an adapter that make, change and delete a few orders. They leave none behind."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from conformance.core.errors import Abandoned, Inconclusive
from conformance.core.interrupts import deferred
from conformance.core.times import rfc3339
from conformance.truth.control import ControlTruth
from conformance.truth.control_check.calls import Answer, Calls, outcome_of, path_of
from conformance.truth.control_check.kept import Difference, differences, is_made_from, shown_value
from conformance.truth.control_check.messages import moment_of
from conformance.truth.control_check.reading import MAX_AHEAD, NO_SUCH_ORDER, ReadingCheck
from conformance.truth.control_forms import (
    CreatedOrder,
    Refusal,
    RemovedOrders,
    with_right_names,
    without_positions,
)
from conformance.truth.lacks import is_lacking, without_lacking
from conformance.truth.source import TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Discount, Option, Order
from mockstore.orders.specimens import BOSTON, SpecimenMaker

DAYS_BACK = timedelta(days=45)
"""How long ago the orders of a check were placed and modified."""
HARMLESS = ("on_hold", None, "paid", "unpaid")
"""Meanings of statuses to which a shop lets a paid order change; those tried first come first."""
NO_SUCH_STATUS = "no such status"
MINUTE = timedelta(minutes=1)
NEEDS_WRITES = "it changes the shop: add --allow-writes"


class WritingCheck:
    """Checks the calls that change the shop. ``run_id`` marks the e-mail addresses of the orders that it makes."""

    def __init__(self, calls: Calls, reading: ReadingCheck, now: datetime, run_id: str) -> None:
        self._calls, self._reading, self._now = calls, reading, now
        base = (now - DAYS_BACK).replace(second=17, microsecond=0)
        self._make = SpecimenMaker(reading.facts, base, run_id)
        self._left: dict[str, Draft] = {}
        """Number → draft, for the orders that were made and are not known to be gone."""
        self._own: set[str] = set()
        """Numbers of orders that were read back: they are not somebody else's."""
        self._unconfirmed: list[Draft] = []
        """Drafts of which the shop may have made orders whose numbers nobody knows."""

    def run(self) -> None:
        """Make all checks that the capabilities allow."""
        can, results = self._reading.facts.capabilities, self._calls.results
        if "create" not in can or "delete" not in can:
            what = "create" if "create" not in can else "delete"
            results.skip("creating, changing and deleting orders", f"capabilities doesn't name {what}")
            return
        draft = self._draft("whole")
        with results.check("POST /orders makes an order, and every member of it is kept (capability create)"):
            number = self._created(draft)
            stored = self._stored(draft, number) if number else None
        if number is None or stored is None:
            for what in ("refusing wrong orders", "changing orders", "deleting orders"):
                results.skip(what, "the order to try it with could not be made and read back")
            return
        with results.check("calls with a wrong token, and without one, change nothing"):
            self._check_tokens(number)
        with results.check("POST /orders refuses what the shop can't hold"):
            self._check_refusals()
        if "update" in can:
            with results.check("PATCH /orders/{order_number} changes an order (capability update)"):
                self._check_changes(draft, number)
        if "batch" in can:
            with results.check("POST /orders/batch and /orders/remove make and delete several orders"):
                self._check_batch()
        if "faults" in can:
            with results.check("POST /faults takes faults (capability faults)"):
                self._calls.has_status(self._calls.send("POST", "/faults", {"faults": []}), 204)
        with results.check("DELETE /orders/{order_number} deletes an order, and can be repeated (capability delete)"):
            self._check_deletion(number)

    def clean_up(self, truth: ControlTruth) -> list[str]:
        """Delete the orders that are left, and return the numbers of those that the shop kept."""
        numbers = [number for number in self._left if number in self._own]
        with contextlib.suppress(TruthUnavailable, Inconclusive):
            for number, draft in self._left.items():
                if number not in self._own:
                    answer = self._calls.send("GET", path_of(number))
                    is_own = answer.status == 200 and is_made_from(draft, with_right_names(answer.members, Order))
                    if is_own:
                        numbers.append(number)
                    else:
                        self._unconfirmed.append(draft)
            numbers += [each for each in truth.made_from(self._unconfirmed) if each not in numbers]
        return truth.delete_all(numbers) if numbers else []

    # ------------------------------------------------------------------ making orders

    def _draft(self, name: str) -> Draft:
        """Return the draft of an order with every member that the shop can keep."""
        make = self._make
        items = (
            make.item(
                sku="CHECK-1",
                name="Check: Zoë's mug",
                quantity=2,
                unit_price=Decimal("19.90"),
                discount=Decimal("1.10"),
                options=(Option("Size", "L"), Option("Colour", "Rosé")),
            ),
            make.item(2, sku="CHECK-2", name="Check: poster"),
            make.item(3, sku="CHECK-3", name="Check: voucher", weight=None, shippable=False),
        )
        customer = msgspec.structs.replace(make.customer(f"check-{name}"), shipping=BOSTON)
        whole = make.draft(
            f"check-{name}",
            *items,
            customer=customer,
            discounts=(Discount("Check sale", Decimal("5.00"), "CHECK5"),),
            gift=True,
            gift_message="Happy birthday, Zoë!",
            customer_notes="Please ring twice.",
            internal_notes="Made by a check.",
        )
        return without_lacking(whole, self._reading.facts)

    def _created(self, draft: Draft) -> str | None:
        """Make an order, and return its number; None if that failed, which is a fault."""
        answer = self._post_order(draft, draft)
        if not answer.succeeded:
            self._calls.has_status(answer, 201, why="the order is made")
            return None
        if answer.status != 201:
            self._calls.fault(answer, "status 201", outcome_of(answer), "Answer 201.", note=True)
        self._calls.has_form(answer, CreatedOrder)
        number = answer.members.get("order_number")
        return number if isinstance(number, str) and number else None

    def _post_order(self, draft: Draft, body: object) -> Answer:
        """Send an order. If it is made, it will be deleted."""
        return self._post("/orders", body, [draft], lambda answer: [answer.members])

    def _post(
        self, path: str, body: object, drafts: Sequence[Draft], made: Callable[[Answer], Sequence[object]]
    ) -> Answer:
        """Send orders and note those that were made. A stop takes effect after that."""
        with deferred():
            try:
                answer = self._calls.send("POST", path, body)
            except Abandoned:
                self._unconfirmed += drafts
                raise
            rows = made(answer)
            if len(rows) != len(drafts):
                self._unconfirmed += drafts
                return answer
            for row, draft in zip(rows, drafts, strict=True):
                number = str(row.get("order_number") or "") if isinstance(row, dict) else ""
                if number and number not in self._left:
                    self._left[number] = draft
                elif number or not isinstance(row, dict) or not row.get("error"):
                    self._unconfirmed.append(draft)
        return answer

    def _stored(self, draft: Draft, number: str) -> Mapping[str, Any] | None:
        """Return an order that was made from a draft; None if it can't be read. What was not kept is a fault."""
        answer = self._calls.send("GET", path_of(number))
        if not self._calls.has_status(answer, 200, why=f"order {number} was just made"):
            return None
        stored = with_right_names(answer.members, Order)
        if not is_made_from(draft, stored):
            self._left.pop(number, None)
            self._unconfirmed.append(draft)
            advice = "Reply with the number of the new order. This one is neither changed nor deleted."
            self._calls.fault(answer, f"the order of {draft.customer.email}", "another order", advice)
            return None
        self._own.add(number)
        self._reading.check_order(answer, answer.content, number)
        for each in differences(draft, stored):
            self._add(answer, each)
        if draft.modified_at and not is_lacking(self._reading.facts, "modified_at"):
            self._must_list(number, draft.modified_at, draft.modified_at)
        return answer.members

    def _add(self, answer: Answer, each: Difference) -> None:
        """Add what an order has otherwise than its draft."""
        if each.was_dropped:
            field = without_positions(each.path)
            advice = f'Store it, and send it back; if the shop can\'t, name "{field}" in "lacks".'
        else:
            advice = "Store it as it was sent, and send back what is stored."
            one, other = moment_of(each.sent), moment_of(each.stored)
            if one is not None and other is not None:
                advice += self._reading.zone_hint(other - one)
        self._calls.fault(
            answer, shown_value(each.sent), shown_value(each.stored), advice, path=each.path, note=each.is_choice
        )

    def _must_list(self, number: str, start: datetime, end: datetime, *, is_there: bool = True) -> None:
        """Check that a list has an order, or has it no longer."""
        seen: list[Answer] = []
        found = self._reading.orders_modified(start, end, seen=seen)
        if found is None or (number in {each.number for each in found}) == is_there:
            return
        window = f"from {rfc3339(start)} to {rfc3339(end)}"
        if is_there:
            advice = "List orders by the time of their last change, in UTC."
            self._calls.fault(seen[-1], f"order {number} in the list {window}", f"{len(found)} others", advice)
        else:
            advice = "List each order only in the period of its last change, and no deleted one."
            self._calls.fault(seen[-1], f"order {number} no longer in the list {window}", "it is there", advice)

    # ------------------------------------------------------------------ the single checks

    def _check_tokens(self, number: str) -> None:
        wrong = {"customer": {"billing": {}}, "status": NO_SUCH_STATUS}  # no adapter makes an order of this
        self._calls.must_be_refused("POST", "/orders", wrong)
        self._calls.must_be_refused("PATCH", path_of(number), {"customer_notes": "Changed with a wrong token."})
        if "batch" in self._reading.facts.capabilities:
            self._calls.must_be_refused("POST", "/orders/batch", {"orders": []})
            self._calls.must_be_refused("POST", "/orders/remove", {"order_numbers": []})
        self._calls.must_be_refused("DELETE", path_of(number))

    def _check_refusals(self) -> None:
        draft = self._draft("refused")
        content = msgspec.to_builtins(draft)
        answer = self._post_order(draft, {**content, "status": NO_SUCH_STATUS})
        self._calls.is_refusal(answer, "the shop has no such status", "status")
        first, *others = content["items"]
        answer = self._post_order(draft, {**content, "items": [{**first, "quantity": 0}, *others]})
        self._calls.is_refusal(answer, "the quantity of the first item is 0", "quantity")

    def _check_changes(self, draft: Draft, number: str) -> None:
        facts = self._reading.facts
        others = sorted(
            (status for status in facts.statuses if status.name != draft.status),
            key=lambda status: HARMLESS.index(status.maps_to) if status.maps_to in HARMLESS else len(HARMLESS),
        )
        wanted = {"customer_notes": "Changed by a check.", "internal_notes": "Changed, too."}
        wanted = {name: text for name, text in wanted.items() if not is_lacking(facts, name)}
        wanted |= {"status": others[0].name} if others else {}
        answer = self._calls.send("PATCH", path_of(number), wanted)
        if not self._calls.has_status(answer, 200):
            return
        self._must_be_changed(answer, number, wanted)
        read = self._calls.send("GET", path_of(number))
        if self._calls.has_status(read, 200):
            self._must_be_changed(read, number, wanted)
        if not is_lacking(facts, "modified_at"):
            self._check_change_times(draft, number, answer)
        bad = self._calls.send("PATCH", path_of(number), {"status": NO_SUCH_STATUS})
        self._calls.is_refusal(bad, "the shop has no such status", "status")
        self._calls.has_status(self._calls.send("PATCH", path_of(NO_SUCH_ORDER), wanted), 404)

    def _must_be_changed(self, answer: Answer, number: str, wanted: Mapping[str, str]) -> None:
        if not self._reading.check_order(answer, answer.content, number):
            return
        for name, text in wanted.items():
            if answer.members.get(name) != text:
                found = shown_value(answer.members.get(name))
                self._calls.fault(answer, repr(text), found, "Answer with the changed order.", path=name)

    def _check_change_times(self, draft: Draft, number: str, changed: Answer) -> None:
        """Check the time of a change: the present by default, else the one that was sent."""
        moment = moment_of(changed.members.get("modified_at"))
        if moment is not None and abs(moment - changed.now) > MAX_AHEAD:
            hint = self._reading.zone_hint(moment - changed.now)
            self._calls.fault(
                changed,
                f"the present, {rfc3339(changed.now)}",
                str(changed.members["modified_at"]),
                f"Without modified_at, set the time of the last change to the present, in UTC.{hint}",
                path="modified_at",
            )
        elif moment is not None:
            self._must_list(number, changed.now - MINUTE, changed.now + MINUTE)
        if draft.modified_at is None:
            return
        self._must_list(number, draft.modified_at, draft.modified_at, is_there=False)
        later = draft.modified_at + timedelta(hours=1)
        answer = self._calls.send("PATCH", path_of(number), {"modified_at": rfc3339(later)})
        if self._calls.has_status(answer, 200) and moment_of(answer.members.get("modified_at")) != later:
            self._calls.fault(
                answer,
                rfc3339(later),
                shown_value(answer.members.get("modified_at")),
                "With modified_at, set the time of the last change to exactly this.",
                path="modified_at",
            )

    def _check_batch(self) -> None:
        drafts = [self._draft(name) for name in ("first", "wrong", "second")]
        bodies = [*map(msgspec.to_builtins, drafts)]
        bodies[1]["status"] = NO_SUCH_STATUS
        answer = self._post("/orders/batch", {"orders": bodies}, drafts, lambda found: _results(found) or ())
        if not self._calls.has_status(answer, 200):
            return
        results = self._results_of(answer, len(drafts))
        if results is None:
            return
        numbers: list[str] = []
        for place, result in enumerate(results):
            where = f"results[{place}]"
            if place == 1:
                if isinstance(result, dict) and "error" in result:
                    self._calls.fits(answer, result, Refusal, where)
                    self._calls.names_field(answer, str(result.get("path") or ""), "status", f"{where}.path")
                else:
                    advice = "Refuse this order for itself, with error and path, and make the others."
                    self._calls.fault(
                        answer, "error and path: the shop has no such status", "no error", advice, path=where
                    )
            elif self._calls.fits(answer, result, CreatedOrder, where):
                numbers.append(result["order_number"])
        stored = {}
        for draft, number in zip((drafts[0], drafts[2]), numbers, strict=False):
            if (order := self._stored(draft, number)) is not None:
                stored[number] = order
        asked = [*stored, NO_SUCH_ORDER]
        self._reading.check_found(self._calls.send("POST", "/orders/lookup", {"order_numbers": asked}), asked, stored)
        own = [*stored]
        self._check_removal([*own[:1], NO_SUCH_ORDER, *own[1:]])

    def _check_removal(self, numbers: Sequence[str]) -> None:
        """Check that a batch call deletes orders, and that it may be repeated."""
        for again in (False, True):
            answer = self._calls.send("POST", "/orders/remove", {"order_numbers": numbers})
            wanted = [number != NO_SUCH_ORDER and not again for number in numbers]
            if not self._calls.has_status(answer, 200) or not self._calls.has_form(answer, RemovedOrders):
                return
            if answer.members["results"] != wanted:
                self._calls.fault(
                    answer,
                    f"{json.dumps(wanted)}: true for each order that was deleted{', now none' if again else ''}",
                    json.dumps(answer.members["results"]),
                    "Answer true if the order was there, and false if not.",
                    path="results",
                )
                return
        for number in numbers:
            if number != NO_SUCH_ORDER:
                self._must_be_gone(number)

    def _results_of(self, answer: Answer, count: int) -> list[Any] | None:
        """Return the results of a batch call; None if there are not as many as orders, which is a fault."""
        results = _results(answer)
        if results is not None and len(results) == count:
            return results
        found = "no list" if results is None else f"{len(results)} results"
        advice = "Answer each order at its place, in the same sequence."
        self._calls.fault(answer, f'a list "results" with {count} results', found, advice, path="results")
        return None

    def _check_deletion(self, number: str) -> None:
        listed = self._calls.send("GET", path_of(number)).members.get("modified_at")
        answer = self._calls.send("DELETE", path_of(number))
        if not answer.succeeded:
            self._calls.has_status(answer, 204)
            return
        if answer.status != 204:
            self._calls.fault(answer, "status 204", outcome_of(answer), "Answer 204, without a body.", note=True)
        self._must_be_gone(number)
        if (moment := moment_of(listed)) is not None:
            self._must_list(number, moment.replace(microsecond=0), moment.replace(microsecond=0), is_there=False)
        again = self._calls.send("DELETE", path_of(number))
        if again.status != 404 and not again.succeeded:
            advice = "Answer 404 to an order that is already gone: the suite may ask twice."
            self._calls.fault(again, "status 404: the order is already gone", outcome_of(again), advice)

    def _must_be_gone(self, number: str) -> None:
        answer = self._calls.send("GET", path_of(number))
        if answer.status == 404:
            self._left.pop(number, None)
            return
        advice = "Delete the order, so that nothing finds it any more."
        self._calls.fault(answer, "status 404: the order was deleted", outcome_of(answer), advice)


def _results(answer: Answer) -> list[Any] | None:
    found = answer.members.get("results")
    return found if isinstance(found, list) else None


def skip_all(calls: Calls, can: Sequence[str]) -> None:
    """Note the checks that need permission to change the shop."""
    offered = [each for each in ("create", "update", "delete") if each in can]
    if offered:
        what = f"the capabilities {', '.join(offered)}{' and the other calls of batch' if 'batch' in can else ''}"
        calls.results.skip(what, NEEDS_WRITES)
