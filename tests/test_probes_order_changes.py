"""WIN-11, STA-4 and others: which changes are made, and how the exports after them are judged."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from conformance.checks.change_plan import (
    CONTENT_KINDS,
    ELEMENT,
    LATE,
    NOTES,
    PLAN,
    READ_ROUNDS,
    ROUNDS,
    Kind,
    status_for,
)
from conformance.client.shipstation import Window
from conformance.core.errors import NotExercised
from conformance.probes.order_changes import (
    FreshOrder,
    OrderChanges,
    SeenChange,
    are_exported_again,
    customer_codes_stay,
    new_notes_show,
    new_statuses_show,
    order_ids_stay,
)
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Status
from tests.support.judged import FACTS, ORDER, document, edited, element_of, reading

WINDOW = Window(ORDER.modified_at, ORDER.modified_at)
BEFORE = document(edited(element_of(ORDER), {"InternalNotes": "old note", "CustomerNotes": "old note"}))


def seen(kind: Kind, text: str | None, new: str = "new note", **changes: str) -> SeenChange:
    """A change, and the export after it: with this text in the element of the change; None if the order is missing."""
    element = edited(element_of(ORDER), {ELEMENT[kind]: text or "", **changes})
    page = reading("<Orders/>") if text is None else document(element)
    return SeenChange(
        kind=kind,
        steps=("an edited note of the staff", kind.value),
        old="old note",
        new=new,
        order_number=ORDER.order_number,
        window=WINDOW,
        page=page,
        before=BEFORE.orders[0],
        after=None if text is None else page.orders[0],
        is_same_request=True,
    )


def test_every_kind_of_change_follows_every_kind() -> None:
    """Each pair of kinds once, and each kind is the first of an order: the same request comes after it alone."""
    pairs = [pair for walk in PLAN for pair in pairwise(walk.changes)]
    assert sorted(map(str, pairs)) == sorted(map(str, product(CONTENT_KINDS, CONTENT_KINDS)))
    assert {walk.changes[0] for walk in PLAN} == set(CONTENT_KINDS)
    assert set(LATE.changes) == set(Kind) - set(CONTENT_KINDS)
    assert {len(walk.changes) for walk in PLAN} == {ROUNDS}


def test_notes_change_to_each_hard_value() -> None:
    """Special characters only in rounds after which the records are read. Some orders begin without a note."""
    for kind, new in ((Kind.CUSTOMER, 0), (Kind.STAFF, 1)):
        written = [
            (place, walk.notes[place + 2])
            for walk in PLAN
            for place, change in enumerate(walk.changes)
            if change is kind
        ]
        assert {form for _, form in written} >= {"special", "plain", "none"}
        assert {place for place, form in written if form not in ("plain", "none")} <= set(READ_ROUNDS)
        assert {walk.notes[new] for walk in PLAN} >= {"none", "lines" if new else "special"}
    assert all(len(walk.notes) == 2 + ROUNDS for walk in PLAN)
    beyond_basic_plane = {name for name, note in NOTES.items() if any(ord(char) > 0xFFFF for char in note)}
    assert beyond_basic_plane == {"special", "lines"}


def test_an_unpaid_order_is_paid() -> None:
    """Orders get each usual meaning, and each walk has a meaning for each change of status."""
    assert {pair for walk in PLAN for pair in pairwise(walk.meanings)} >= {("unpaid", "paid"), ("on_hold", "paid")}
    assert {meaning for walk in PLAN for meaning in walk.meanings} == {"unpaid", "paid", "on_hold", "cancelled"}
    for walk in PLAN:
        assert len(walk.meanings) == 1 + walk.changes.count(Kind.STATUS)


@pytest.mark.parametrize(
    ("meaning", "now", "among", "expected"),
    [
        ("paid", "", (), "Processed"),
        ("paid", "Processed", (), "Zoll"),
        ("on_hold", "", (), "Processed"),
        ("paid", "", ("Zoll",), "Zoll"),
        ("paid", "", ("Complete",), None),
    ],
)
def test_a_status_is_chosen_by_its_meaning(
    meaning: str, now: str, among: tuple[str, ...], expected: str | None
) -> None:
    """Or another one that an order can have without a shipment."""
    assert status_for(FACTS, meaning, now=now, among=among) == expected
    assert status_for(StoreFacts(statuses=(Status("Done", "shipped"),)), meaning) is None


def test_a_changed_order_has_to_come_again() -> None:
    """In the window of the change. The finding names all changes so far."""
    assert not list(are_exported_again(OrderChanges((seen(Kind.STAFF, "new note"),))))
    (finding,) = are_exported_again(OrderChanges((seen(Kind.STAFF, None),)))
    assert finding.actual == "0 orders, not this one"
    assert "an edited note of the staff, then an edited note of the staff" in finding.message


def test_a_window_that_was_empty_has_to_show_an_order_that_was_moved_into_it() -> None:
    """A cache may have kept the empty reply."""
    shown, empty = seen(Kind.STAFF, "new note"), reading("<Orders/>")
    assert not list(are_exported_again(OrderChanges((shown,), moved=FreshOrder(ORDER, WINDOW, shown.page, True))))
    (finding,) = are_exported_again(OrderChanges((shown,), moved=FreshOrder(ORDER, WINDOW, empty, False)))
    assert (finding.order, finding.actual) == (ORDER.order_number, "0 orders, not this one")


@pytest.mark.parametrize("kind", [Kind.CUSTOMER, Kind.STAFF])
@pytest.mark.parametrize(("text", "findings"), [("new note", 0), ("old note", 1), ("old note\nnew note", 0), ("", 0)])
def test_the_old_note_alone_is_found(kind: Kind, text: str, findings: int) -> None:
    """Notes that never were the order's are reported by NOT-1 and NOT-2."""
    assert len(list(new_notes_show(OrderChanges((seen(kind, text),))))) == findings


@pytest.mark.parametrize(("text", "findings"), [("Processed", 1), ("PROCESSED", 1), ("Zoll", 0), ("Whatever", 0)])
def test_the_old_status_is_found(text: str, findings: int) -> None:
    """STA-1 reports a status that never was the order's."""
    assert len(list(new_statuses_show(OrderChanges((seen(Kind.STATUS, text, "Zoll"),))))) == findings


def test_nothing_is_judged_without_evidence() -> None:
    """A status that nobody changed, and orders that are missing (WIN-11 reports those)."""
    for judge, reason in ((new_statuses_show, "can't hold another status"), (order_ids_stay, "WIN-11")):
        with pytest.raises(NotExercised, match=reason):
            list(judge(OrderChanges((seen(Kind.STAFF, None),))))


def test_orders_that_are_missing_for_another_reason_are_not_judged() -> None:
    """Those that came are."""
    changes = OrderChanges((seen(Kind.STAFF, None), seen(Kind.STAFF, "old note")), why_missing="fix PAG-2 first")
    with pytest.raises(NotExercised, match="PAG-2"):
        list(are_exported_again(changes))
    assert len(list(new_notes_show(changes))) == 1


def test_ids_and_codes_stay() -> None:
    """OrderID and CustomerCode are the same after a change."""
    stays = OrderChanges((seen(Kind.STAFF, "new note"),))
    assert not list(order_ids_stay(stays))
    assert not list(customer_codes_stay(stays))
    moves = OrderChanges((seen(Kind.STAFF, "new note", **{"OrderID": "78", "Customer/CustomerCode": "c2"}),))
    assert [finding.actual for finding in order_ids_stay(moves)] == ["78"]
    assert [finding.actual for finding in customer_codes_stay(moves)] == ["c2"]
