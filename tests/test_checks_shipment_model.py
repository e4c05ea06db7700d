"""The model of an order and its parcels: every outcome that the rulings allow is accepted, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.checks.shipment_model import (
    Aspect,
    Difference,
    Line,
    NamedItem,
    Notification,
    Observation,
    OrderState,
    Reply,
    Units,
    compare,
    is_judged,
    outcomes,
)

MUG, RED, BLUE = Line("11", "MUG", 4), Line("12", "TEE", 2), Line("13", "TEE", 3)
NEW = OrderState(lines=(MUG, RED, BLUE), status="Paid")
ALL: Units = (("11", 4), ("12", 2), ("13", 3))


def by_id(*items: tuple[str, str, int], number: str = "1z") -> Notification:
    """A notification whose items name SKU, line and quantity."""
    return Notification(number, tuple(NamedItem(sku, quantity, key) for sku, key, quantity in items))


def by_sku(*items: tuple[str, int], number: str = "1z", may_need_keys: bool = False) -> Notification:
    """A notification whose items name only their SKU."""
    return Notification(number, tuple(NamedItem(sku, quantity) for sku, quantity in items), may_need_keys=may_need_keys)


WHOLE = by_id(("MUG", "11", 4), ("TEE", "12", 2), ("TEE", "13", 3))
PART = by_id(("MUG", "11", 1))


def seen(
    units: Units | None = None,
    status: str = "Paid",
    *,
    reply: Reply = Reply.ACCEPTED,
    before: str = "Paid",
    added: int | None = None,
    number: str = "1z",
) -> Observation:
    """What a store did: it added a parcel of these units, or none."""
    count = (units is not None) if added is None else added
    return Observation(reply, number, int(count), units, before, status, status == "Shipped")


def verdict(state: OrderState, sent: Notification, what: Observation) -> Aspect | None:
    """The aspect that differs; None if all is allowed."""
    result = compare(state, outcomes(state, sent), what)
    return result.aspect if isinstance(result, Difference) else None


def after(state: OrderState, sent: Notification, what: Observation) -> OrderState:
    """The order after a notification whose effect is allowed."""
    result = compare(state, outcomes(state, sent), what)
    assert isinstance(result, OrderState)
    return result


PARTLY = after(NEW, PART, seen((("11", 1),)))
SHIPPED = after(NEW, WHOLE, seen(ALL, "Shipped"))
REFUSED = seen(reply=Reply.REFUSED)
FAILED = seen(reply=Reply.FAILED)


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (seen((("11", 1),)), None),
        (seen((("11", 1),), "Partly shipped"), None),
        (seen((("11", 1),), "Shipped"), Aspect.STATUS),
        (seen((("11", 2),)), Aspect.ITEMS),
        (seen((("12", 1),)), Aspect.ITEMS),
        (seen(), Aspect.PARCELS),
        (seen((("11", 1),), added=2), Aspect.PARCELS),
        (REFUSED, Aspect.REPLY),
        (FAILED, Aspect.REPLY),
    ],
)
def test_a_part_is_booked_and_does_not_ship_the_order(what: Observation, wrong: Aspect | None) -> None:
    """A store may have a status of its own for it."""
    assert verdict(NEW, PART, what) is wrong


def test_what_completes_the_order_ships_it() -> None:
    """In one parcel or in several."""
    assert verdict(NEW, WHOLE, seen(ALL, "Shipped")) is None
    assert verdict(NEW, WHOLE, seen(ALL)) is Aspect.STATUS
    rest = by_id(("MUG", "11", 3), ("TEE", "12", 2), ("TEE", "13", 3), number="2z")
    units = (("11", 3), ("12", 2), ("13", 3))
    assert verdict(PARTLY, rest, seen(units, "Shipped")) is None
    assert verdict(PARTLY, rest, seen(units)) is Aspect.STATUS


@pytest.mark.parametrize(
    ("state", "status"),
    [(PARTLY, "Paid"), (SHIPPED, "Shipped"), (replace(PARTLY, status="Hold", is_held=True), "Hold")],
)
def test_a_repetition_is_accepted_and_changes_nothing(state: OrderState, status: str) -> None:
    """Neither parcels nor status, whatever the status is."""
    sent = PART if state is not SHIPPED else WHOLE
    assert verdict(state, sent, seen(status=status, before=status)) is None
    assert verdict(state, sent, seen((("11", 1),), status, before=status)) is Aspect.PARCELS
    assert verdict(state, sent, seen(status="Other", before=status)) is Aspect.STATUS
    assert verdict(state, sent, seen(status=status, before=status, reply=Reply.REFUSED)) is Aspect.REPLY


def test_a_cancelled_order_may_refuse_everything_and_stays_cancelled() -> None:
    """A new parcel for it is not judged, a repetition must not revive it."""
    state = replace(PARTLY, status="Cancelled", is_cancelled=True)
    kept = seen(status="Cancelled", before="Cancelled")
    assert verdict(state, PART, kept) is None
    assert verdict(state, PART, replace(kept, reply=Reply.REFUSED)) is None
    assert verdict(state, PART, replace(kept, status="Paid")) is Aspect.STATUS
    another = replace(WHOLE, number="2z")
    assert verdict(state, another, replace(kept, reply=Reply.REFUSED)) is None
    assert verdict(state, another, kept) is None


def test_an_order_on_hold_may_refuse_a_parcel_but_no_part_ships_it() -> None:
    """The store may keep the status, too."""
    state = replace(NEW, status="Hold", is_held=True)
    assert verdict(state, PART, seen(reply=Reply.REFUSED, status="Hold", before="Hold")) is None
    assert verdict(state, PART, seen((("11", 1),), "Hold", before="Hold")) is None
    assert verdict(state, PART, seen((("11", 1),), "Paid", before="Hold")) is None
    assert verdict(state, PART, seen((("11", 1),), "Shipped", before="Hold")) is Aspect.STATUS
    assert verdict(state, WHOLE, seen(ALL, "Shipped", before="Hold")) is None
    assert verdict(state, WHOLE, seen(ALL, "Hold", before="Hold")) is None
    assert verdict(state, WHOLE, seen(ALL, "Paid", before="Hold")) is Aspect.STATUS


def test_a_parcel_that_was_refused_on_hold_must_be_booked_later() -> None:
    """It comes again after staff have given the order another status."""
    held = replace(NEW, status="Hold", is_held=True)
    refused = after(held, PART, seen(reply=Reply.REFUSED, status="Hold", before="Hold"))
    resumed = replace(refused, status="Paid", is_held=False)
    assert verdict(resumed, PART, seen()) is Aspect.PARCELS
    assert verdict(resumed, PART, REFUSED) is Aspect.REPLY
    assert verdict(resumed, PART, seen((("11", 1),))) is None


# ---------------------------------------------------------------------- orders that staff open, cancel or mark

REOPENED = replace(SHIPPED, status="Paid", is_shipped=False, is_reopened=True)
BY_HAND = replace(PARTLY, status="Shipped", is_by_hand=True)
REST = by_id(("MUG", "11", 3), ("TEE", "12", 2), ("TEE", "13", 3), number="2z")
REST_UNITS: Units = (("11", 3), ("12", 2), ("13", 3))
CANCELLED = replace(NEW, status="Cancelled", is_cancelled=True)


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (seen(), None),
        (seen(status="Shipped"), Aspect.STATUS),
        (seen(ALL), Aspect.PARCELS),
        (REFUSED, Aspect.REPLY),
    ],
)
def test_a_repetition_leaves_an_order_open_that_staff_have_opened_again(
    what: Observation, wrong: Aspect | None
) -> None:
    """It is recorded once, whatever its order's status is now."""
    assert verdict(REOPENED, WHOLE, what) is wrong


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (seen((), "Paid", number="2z"), None),
        (seen((), "Shipped", number="2z"), None),
        (seen(number="2z"), None),
        (replace(REFUSED, number="2z"), None),
        (replace(FAILED, number="2z"), Aspect.REPLY),
        (seen((), "Partly shipped", number="2z"), None),
        (replace(REFUSED, number="2z", status="Shipped", is_shipped=True), Aspect.STATUS),
        (seen((("11", 1),), number="2z"), Aspect.ITEMS),
    ],
)
def test_an_open_order_of_which_nothing_is_left_may_get_any_status(what: Observation, wrong: Aspect | None) -> None:
    """A further parcel may be refused, ignored, or recorded without items. It never has more than was ordered."""
    assert verdict(REOPENED, by_id(("MUG", "11", 1), number="2z"), what) is wrong


def test_what_a_reopened_order_has_in_no_parcel_may_be_shipped_or_not() -> None:
    """A store that recorded no items of a parcel may know that all is shipped."""
    state = after(NEW, Notification("1z", None), seen((), "Shipped"))
    state = replace(state, status="Paid", is_shipped=False, is_reopened=True)
    another = by_id(("MUG", "11", 1), number="2z")
    for units in ((), (("11", 1),)):
        for status in ("Paid", "Shipped"):
            assert verdict(state, another, seen(units, status, number="2z")) is None


@pytest.mark.parametrize(
    ("units", "status", "wrong"),
    [
        (REST_UNITS, "Shipped", None),
        ((), "Shipped", None),
        (REST_UNITS, "Paid", Aspect.STATUS),
        ((), "Paid", Aspect.STATUS),
        (ALL, "Shipped", Aspect.ITEMS),
        (None, "Shipped", Aspect.PARCELS),
    ],
)
def test_the_rest_of_an_order_that_staff_marked_as_shipped_keeps_its_number(
    units: Units | None, status: str, wrong: Aspect | None
) -> None:
    """Its items may be recorded or not. The order stays shipped."""
    assert verdict(BY_HAND, REST, seen(units, status, before="Shipped", number="2z")) is wrong


def test_the_rest_of_an_order_that_staff_marked_as_shipped_may_be_refused_each_time() -> None:
    """Then it must be refused again, or recorded: it isn't lost. A repetition of the part is accepted."""
    refused = seen(status="Shipped", before="Shipped", number="2z", reply=Reply.REFUSED)
    state = after(BY_HAND, REST, refused)
    assert verdict(state, REST, refused) is None
    assert verdict(state, REST, replace(refused, reply=Reply.ACCEPTED)) is Aspect.PARCELS
    state = after(state, PART, seen(status="Shipped", before="Shipped"))
    assert verdict(state, REST, replace(refused, reply=Reply.ACCEPTED)) is Aspect.PARCELS
    assert verdict(state, PART, seen(status="Paid", before="Shipped")) is Aspect.STATUS


def test_a_parcel_for_a_cancelled_order_is_not_judged_and_its_repetition_is() -> None:
    """Whatever the store recorded, it has the number then."""
    kept = seen((), "Cancelled", before="Cancelled")
    assert not is_judged(CANCELLED, PART)
    assert is_judged(after(CANCELLED, PART, kept), PART)
    assert is_judged(NEW, PART)


@pytest.mark.parametrize(
    ("first", "wrong_if_nothing_is_recorded"),
    [
        (seen(reply=Reply.REFUSED, status="Cancelled", before="Cancelled"), Aspect.PARCELS),
        (seen(status="Cancelled", before="Cancelled"), None),
        (seen((), "Cancelled", before="Cancelled"), None),
        (seen((("11", 1),), "Cancelled", before="Cancelled"), None),
    ],
    ids=["refused", "ignored", "without items", "recorded"],
)
def test_a_parcel_for_a_cancelled_order_comes_again_when_it_is_open(
    first: Observation, wrong_if_nothing_is_recorded: Aspect | None
) -> None:
    """It must be recorded then if it was refused. It may be if it was ignored, and is never recorded twice."""
    state = replace(after(CANCELLED, PART, first), status="Paid", is_cancelled=False)
    assert verdict(state, PART, seen()) is wrong_if_nothing_is_recorded
    assert verdict(state, PART, seen((("11", 1),))) is (Aspect.PARCELS if first.added else None)
    assert verdict(state, PART, REFUSED) is Aspect.REPLY


# ---------------------------------------------------------------------- more than is left, and unknown items


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (REFUSED, None),
        (FAILED, None),
        (seen(ALL, "Shipped"), None),
        (seen((("11", 4),)), None),
        (seen((("11", 5), ("12", 2), ("13", 3)), "Shipped"), Aspect.ITEMS),
    ],
)
def test_more_than_is_left_is_never_booked(what: Observation, wrong: Aspect | None) -> None:
    """It may be refused, or be booked up to what is left."""
    assert verdict(NEW, by_id(("MUG", "11", 5), ("TEE", "12", 9), ("TEE", "13", 3)), what) is wrong


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (REFUSED, None),
        (FAILED, Aspect.REPLY),
        (seen((("11", 1),)), None),
        (seen(()), Aspect.ITEMS),
        (seen(), Aspect.PARCELS),
    ],
)
def test_a_parcel_with_an_unknown_item_is_refused_or_keeps_its_number_and_items(
    what: Observation, wrong: Aspect | None
) -> None:
    """It must not fail or be lost."""
    assert verdict(NEW, by_id(("MUG", "11", 1), ("STRANGER", "", 1)), what) is wrong


@pytest.mark.parametrize("units", [(("12", 1), ("13", 1)), (("12", 2),), (("13", 2),), (("TEE", 2),)])
def test_items_named_by_sku_are_booked_on_any_line_with_it(units: Units) -> None:
    """Also by a store whose record doesn't tell lines."""
    assert verdict(NEW, by_sku(("TEE", 1), ("TEE", 1)), seen(units)) is None


def test_items_named_by_sku_are_never_booked_beyond_a_line() -> None:
    """Nor in part, nor on another SKU."""
    for units in ((("12", 3),), (("12", 1),), (("11", 3),)):
        assert verdict(NEW, by_sku(("TEE", 3)), seen(units)) is Aspect.ITEMS


def test_a_store_that_exports_line_ids_may_need_them() -> None:
    """Then an item without one may be refused, or be as unknown as an item of another order."""
    sent = by_sku(("TEE", 3), may_need_keys=True)
    assert verdict(NEW, sent, REFUSED) is None
    assert verdict(NEW, sent, seen(())) is None
    assert verdict(NEW, sent, seen((("12", 3),))) is Aspect.ITEMS
    assert verdict(NEW, by_sku(("TEE", 3)), REFUSED) is Aspect.REPLY


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        (seen((("11", 3), ("12", 2), ("13", 3)), "Shipped"), None),
        (seen((), "Shipped"), None),
        (seen(ALL, "Shipped"), Aspect.ITEMS),
        (seen((("11", 3), ("12", 2), ("13", 3))), Aspect.STATUS),
        (REFUSED, Aspect.REPLY),
    ],
)
def test_a_notification_without_items_ships_what_is_left(what: Observation, wrong: Aspect | None) -> None:
    """Its items may be recorded or not."""
    assert verdict(PARTLY, Notification("2z", None), what) is wrong


def test_without_a_tracking_number_the_parcel_need_not_be_recorded() -> None:
    """The status must change all the same."""
    sent = replace(WHOLE, number="")
    assert verdict(NEW, sent, seen(ALL, "Shipped")) is None
    assert verdict(NEW, sent, seen(status="Shipped")) is None
    assert verdict(NEW, sent, seen()) is Aspect.STATUS


def test_a_store_whose_record_tells_no_items_is_judged_by_its_status() -> None:
    """The model goes on with what was sent."""
    state = after(NEW, PART, seen(added=1))
    assert state.left == {"11": 3, "12": 2, "13": 3}
    assert verdict(NEW, WHOLE, seen(added=1, status="Shipped")) is None


def test_when_nothing_is_left_a_parcel_books_nothing() -> None:
    """It may be refused, ignored, or kept without items."""
    another = by_id(("MUG", "11", 1), number="2z")
    still = seen(status="Shipped", before="Shipped")
    for what in (still, replace(still, reply=Reply.REFUSED), seen((), "Shipped", before="Shipped")):
        assert verdict(SHIPPED, another, what) is None
    assert verdict(SHIPPED, another, seen((("11", 1),), "Shipped", before="Shipped")) is Aspect.ITEMS


# ---------------------------------------------------------------------- lines that can't be shipped

DOWNLOAD = Line("14", "E-BOOK", 20, is_shippable=False)
MIXED = OrderState(lines=(MUG, DOWNLOAD), status="Paid")
GOODS, BOTH = (("11", 4),), (("11", 4), ("14", 20))


@pytest.mark.parametrize(
    ("sent", "what", "wrong"),
    [
        (by_id(("MUG", "11", 4)), seen(GOODS, "Shipped"), None),
        (by_id(("MUG", "11", 4)), seen(GOODS), Aspect.STATUS),
        (by_id(("MUG", "11", 4), ("E-BOOK", "14", 20)), seen(BOTH, "Shipped"), None),
        (by_id(("MUG", "11", 4), ("E-BOOK", "14", 20)), seen(GOODS, "Shipped"), None),
        (by_id(("MUG", "11", 4), ("E-BOOK", "14", 20)), REFUSED, Aspect.REPLY),
        (by_id(("MUG", "11", 1), ("E-BOOK", "14", 20)), seen((("11", 1), ("14", 20))), None),
        (by_id(("MUG", "11", 1), ("E-BOOK", "14", 20)), seen((("11", 1), ("14", 20)), "Shipped"), Aspect.STATUS),
        (by_id(("MUG", "11", 1), ("E-BOOK", "14", 20)), seen((("14", 20),)), Aspect.ITEMS),
        (by_sku(("MUG", 1), ("E-BOOK", 20)), seen((("11", 1),)), None),
        (Notification("1z", None), seen(BOTH, "Shipped"), None),
        (Notification("1z", None), seen(GOODS, "Shipped"), None),
        (Notification("1z", None), seen((), "Shipped"), None),
        (Notification("1z", None), seen((("14", 20),), "Shipped"), Aspect.ITEMS),
    ],
)
def test_downloads_may_be_booked_and_are_not_needed(
    sent: Notification, what: Observation, wrong: Aspect | None
) -> None:
    """ShipStation names them, too. Only goods complete an order."""
    assert verdict(MIXED, sent, what) is wrong


def test_when_all_goods_are_shipped_a_mark_may_book_the_downloads() -> None:
    """But no goods again."""
    shipped = after(MIXED, by_id(("MUG", "11", 4)), seen(GOODS, "Shipped"))
    mark = Notification("1z2", None)
    assert verdict(shipped, mark, seen((("14", 20),), "Shipped", before="Shipped", number="1z2")) is None
    assert verdict(shipped, mark, seen((), "Shipped", before="Shipped", number="1z2")) is None
    assert verdict(shipped, mark, seen(GOODS, "Shipped", before="Shipped", number="1z2")) is Aspect.ITEMS
