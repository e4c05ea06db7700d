"""SHP, CON-4: how the results of notifications are judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from conformance.client.shipstation import ShipNotice, ShippedLine
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.notes import customer_notes_are_kept
from conformance.probes.shipment_update.idempotency import (
    RepeatedNotification,
    SimultaneousNotifications,
    each_is_recorded_once,
    is_recorded_on_the_second_order_too,
    is_recorded_once,
    no_accepted_parcel_is_lost,
    order_stays_shipped,
)
from conformance.probes.shipment_update.notify import (
    DebatableNotification,
    InvalidNotification,
    ValidNotification,
    is_accepted_and_shipped,
    shipped_statuses,
)
from conformance.probes.shipment_update.partial_shipments import (
    LinesOfOneSku,
    TwoParcels,
    are_two_shipments,
    items_of_the_first_are_recorded,
    only_the_second_ships_the_order,
    order_is_not_shipped_yet,
    quantity_is_recorded_on_the_right_line,
    quantity_of_each_line_is_recorded,
    second_has_the_same_values,
)
from conformance.probes.shipment_update.recorded_values import (
    OrdersOfManyKinds,
    carrier_is_recorded,
    fee_is_recorded,
    items_are_recorded,
    items_of_whole_orders_are_recorded,
    notes_to_the_buyer_are_recorded,
    orders_of_every_kind_are_accepted_and_shipped,
    service_is_recorded,
    ship_date_is_recorded,
    tracking_number_is_recorded,
)
from conformance.probes.shipment_update.rejected_notifications import (
    NotificationOfNamesake,
    is_answered_with_an_error,
    is_refused_and_changes_nothing,
    is_refused_with_4xx_and_changes_nothing,
    order_of_that_number_is_found,
    other_order_is_unchanged,
    tracking_number_is_recorded_or_notification_refused,
)
from mockstore.orders.model import Discount, Item, Order, Shipment, ShippedItem
from mockstore.shop.shop import Status
from tests.support.judged import FACTS, ORDER, exchange, order

DAY = date(2026, 3, 20)
NOTICE = ShipNotice("1001", "77", "1Z1", "UPS", "Ground", "12.34", "Enjoy it", ship_date=DAY)
PARCEL = Shipment("1Z1", "UPS", "Ground", Decimal("12.34"), "Enjoy it", DAY)
WHOLE = (ShippedItem("MUG", 2, "11"), ShippedItem("LAMP", 1, "12"))


def parcel(*items: ShippedItem, **changes: Any) -> Shipment:
    """A recorded shipment of these items."""
    return structs.replace(PARCEL, items=items, **changes)


def stored(*shipments: Shipment, status: str = "Processed", **changes: Any) -> Order:
    """The order with these shipments."""
    return order(shipments=shipments, status=status, **changes)


def result(
    after: Order | None = None,
    before: Order = ORDER,
    status: int = 200,
    of: type[Any] = ValidNotification,
    **changes: Any,
) -> Any:
    """The result of a notification: nothing but the reply, unless the order afterwards is given."""
    made = of(NOTICE, before, exchange(b"", status=status), after or before, FACTS, "with something special")
    return structs.replace(made, **changes)


def found(judge: Callable[[Any], Iterable[Finding]], evidence: Any) -> list[str]:
    """The messages of what a judge finds."""
    return [finding.message for finding in judge(evidence)]


# ---------------------------------------------------------------------- whole orders


def test_a_valid_notification_is_accepted_and_ships_the_order() -> None:
    """SHP-1: each is found by itself."""
    assert not found(is_accepted_and_shipped, result(stored(parcel(*WHOLE), status="Complete")))
    assert found(is_accepted_and_shipped, result(stored(parcel(*WHOLE)))) == [
        "The order doesn't have the shipped status."
    ]
    (message,) = found(is_accepted_and_shipped, result(status=500))
    assert message == "A valid notification with something special isn't answered 2xx."


def test_the_shipped_status_is_the_stores_own_or_the_one_mapped_to_shipped() -> None:
    """Where nobody knows it, nothing is judged."""
    assert shipped_statuses(FACTS) == {"Complete"}
    mapped = structs.replace(FACTS, statuses=(Status("Sent", "shipped"), Status("New", "paid")))
    assert shipped_statuses(mapped) == {"Sent"}
    with pytest.raises(NotExercised, match="--shipped-status"):
        shipped_statuses(structs.replace(FACTS, statuses=(Status("New", "paid"),)))


@pytest.mark.parametrize(
    ("judge", "changes"),
    [
        (tracking_number_is_recorded, {"tracking_number": "1z1"}),
        (carrier_is_recorded, {"carrier": ""}),
        (service_is_recorded, {"service": "Air"}),
        (fee_is_recorded, {"cost": None}),
        (notes_to_the_buyer_are_recorded, {"notes": "Enjoy"}),
        (ship_date_is_recorded, {"shipped_on": date(2026, 3, 19)}),
    ],
)
def test_each_value_is_recorded_as_sent(judge: Callable[[Any], Iterable[Finding]], changes: dict[str, Any]) -> None:
    """SHP-2 to SHP-6, SHP-22: another value is found."""
    assert not found(judge, result(stored(PARCEL)))
    assert len(found(judge, result(stored(parcel(**changes))))) == 1


def test_carriers_are_compared_without_case() -> None:
    """SHP-3: a store may write its own names."""
    assert not found(carrier_is_recorded, result(stored(parcel(carrier="ups"))))


@pytest.mark.parametrize("judge", [service_is_recorded, fee_is_recorded, items_are_recorded])
def test_a_refused_notification_records_nothing(judge: Callable[[Any], Iterable[Finding]]) -> None:
    """SHP-1 reports the refusal, SHP-2 a shipment that isn't there."""
    with pytest.raises(NotExercised, match="SHP-1"):
        found(judge, result(status=500))
    with pytest.raises(NotExercised, match="SHP-2"):
        found(judge, result())


def test_whole_orders_of_every_kind_are_recorded_and_shipped() -> None:
    """SHP-1, SHP-7: fewer units than were sent are found; a part of an order is judged elsewhere."""
    lamp = ShippedLine("LAMP", 1, "12")
    sent = replace(NOTICE, items=(ShippedLine("MUG", 2, "11"), lamp))
    right = result(stored(parcel(*WHOLE), status="Complete"), notice=sent)
    wrong = result(stored(parcel(ShippedItem("MUG", 1, "11"), WHOLE[1])), notice=sent)
    part = result(stored(parcel(WHOLE[1])), notice=replace(sent, items=(lamp,)))
    for judge in (items_of_whole_orders_are_recorded, orders_of_every_kind_are_accepted_and_shipped):
        assert not found(judge, OrdersOfManyKinds((right, part), ()))
        assert len(found(judge, OrdersOfManyKinds((right, wrong, part), ()))) == 1


def test_a_discounted_order_that_stays_open_is_reported_once() -> None:
    """SHP-16 reports it where no order with a coupon is shipped."""
    discount = Discount("Coupon", Decimal(1), "ONE")
    before = order(discounts=(discount,))
    sent = replace(NOTICE, items=(ShippedLine("MUG", 2, "11"), ShippedLine("LAMP", 1, "12")))
    still_open = result(stored(parcel(*WHOLE), discounts=(discount,)), before, notice=sent)
    judge = orders_of_every_kind_are_accepted_and_shipped
    assert found(judge, OrdersOfManyKinds((still_open,), ()))
    assert not found(judge, OrdersOfManyKinds((still_open,), (), ships_discounted=False))


def test_items_are_recorded_by_line() -> None:
    """SHP-7: all of a whole order, and of a part only its own."""
    assert not found(items_are_recorded, result(stored(parcel(*WHOLE))))
    assert found(items_are_recorded, result(stored(parcel(WHOLE[0]))))
    part = TwoParcels(result(stored(parcel(WHOLE[0]))), result())
    assert not found(items_of_the_first_are_recorded, part)
    assert found(items_of_the_first_are_recorded, TwoParcels(result(stored(parcel(*WHOLE))), result()))
    with pytest.raises(NotExercised, match="SHP-10"):
        found(items_of_the_first_are_recorded, TwoParcels(result(), result()))


def test_a_notification_leaves_the_customers_notes() -> None:
    """NOT-1: only the note to the buyer may be added."""
    before = order(customer_notes="Ring twice.")
    assert not found(customer_notes_are_kept, result(order(customer_notes=f"Ring twice. {NOTICE.notes}"), before))
    assert not found(
        customer_notes_are_kept, result(order(customer_notes=f"Shop: {NOTICE.notes}\nRing twice."), before)
    )
    assert found(customer_notes_are_kept, result(order(customer_notes="Ring twice. Sent by UPS, 1Z1."), before))
    assert found(customer_notes_are_kept, result(order(customer_notes="Sent."), before))
    with pytest.raises(NotExercised):
        found(customer_notes_are_kept, result(ORDER, order(customer_notes="")))


# ---------------------------------------------------------------------- parcels


FIRST, SECOND = parcel(WHOLE[0]), parcel(WHOLE[1], tracking_number="1Z2")


def parcels(first_status: str = "Processed", second_status: str = "Complete", *recorded: Shipment) -> TwoParcels:
    """The order in two parcels, and its status after each."""
    first = result(stored(FIRST, status=first_status))
    shipments = recorded or (FIRST, SECOND)
    notice = replace(NOTICE, tracking_number="1Z2")
    return TwoParcels(first, result(stored(*shipments, status=second_status), first.after, notice=notice))


def test_only_the_second_parcel_ships_the_order() -> None:
    """SHP-8: not the first, and the second certainly."""
    assert not found(only_the_second_ships_the_order, parcels())
    assert found(only_the_second_ships_the_order, parcels("Complete")) == ["A partial shipment made the order shipped."]
    assert len(found(only_the_second_ships_the_order, parcels("Complete", "Processed"))) == 2
    refused = TwoParcels(result(status=500), result())
    assert len(found(only_the_second_ships_the_order, refused)) == 1


def test_two_parcels_are_two_shipments() -> None:
    """SHP-10: with two numbers, if the store keeps numbers."""
    assert not found(are_two_shipments, parcels())
    assert not found(are_two_shipments, parcels("Processed", "Complete", parcel(tracking_number=""), PARCEL))
    assert found(are_two_shipments, parcels("Processed", "Complete", FIRST))
    assert found(are_two_shipments, parcels("Processed", "Complete", FIRST, FIRST))


@pytest.mark.parametrize("lost", [{"notes": ""}, {"cost": None}, {"carrier": ""}, {"service": ""}])
def test_the_second_parcel_has_the_values_of_the_first(lost: dict[str, Any]) -> None:
    """SHP-10: a value of both is recorded for both. If it is recorded for neither, another requirement reports it."""
    assert not found(second_has_the_same_values, parcels())
    without = parcel(WHOLE[1], tracking_number="1Z2", **lost)
    assert found(second_has_the_same_values, parcels("Processed", "Complete", FIRST, without))
    neither = structs.replace(
        parcels("Processed", "Complete", FIRST, without), first=result(stored(parcel(WHOLE[0], **lost)))
    )
    assert not found(second_has_the_same_values, neither)


def test_an_order_with_a_line_left_is_not_shipped() -> None:
    """SHP-8: also if the line is free."""
    assert not found(order_is_not_shipped_yet, result(stored(FIRST)))
    assert found(order_is_not_shipped_yet, result(stored(FIRST, status="Complete")))
    assert not found(order_is_not_shipped_yet, result(stored(FIRST, status="Complete"), status=500))


RED = Item(line_id="1", sku="TEE", name="T-shirt", quantity=1, unit_price=Decimal(9))
BLUE = Item(line_id="2", sku="TEE", name="T-shirt", quantity=3, unit_price=Decimal(9))


def of_tees(line_id: str, quantity: int, *, sent: int, status: str = "Processed") -> ValidNotification:
    """Of two lines of one SKU one is sent, and so many are booked on a line."""
    before = order(items=(RED, BLUE))
    after = order(items=(RED, BLUE), shipments=(parcel(ShippedItem("TEE", quantity, line_id)),), status=status)
    made: ValidNotification = result(after, before, notice=replace(NOTICE, items=(ShippedLine("TEE", sent),)))
    return made


def test_the_line_that_was_sent_is_booked() -> None:
    """SHP-18: red or blue, and the second completes the order."""
    blue, red = of_tees("2", 3, sent=3), of_tees("1", 1, sent=1, status="Complete")
    assert not found(quantity_is_recorded_on_the_right_line, LinesOfOneSku(blue, red, red))
    assert found(quantity_is_recorded_on_the_right_line, LinesOfOneSku(of_tees("1", 3, sent=3), red, red)) == [
        "The quantity is booked on another line of the same SKU."
    ]
    assert not found(quantity_is_recorded_on_the_right_line, LinesOfOneSku(of_tees("1", 3, sent=3), red, None))
    assert found(quantity_is_recorded_on_the_right_line, LinesOfOneSku(blue, of_tees("1", 1, sent=1), red))
    assert found(
        quantity_is_recorded_on_the_right_line,
        LinesOfOneSku(structs.replace(blue, exchange=exchange(b"", status=404)), red, None),
    )


def test_both_lines_of_one_parcel_are_booked() -> None:
    """SHP-18: four units in all."""
    assert found(quantity_of_each_line_is_recorded, of_tees("2", 3, sent=4)) == [
        "Not every unit of two lines of one SKU in a parcel is recorded."
    ]
    assert not found(quantity_of_each_line_is_recorded, of_tees("2", 4, sent=4, status="Complete"))


# ---------------------------------------------------------------------- repeats


def repeated(*after: Order) -> RepeatedNotification:
    """A notification, and the order after each repeat."""
    first = result(stored(FIRST))
    again, before = [], first.after
    for each in after:
        again.append(result(each, before))
        before = each
    return RepeatedNotification(first, tuple(again))


def test_a_repeat_is_recorded_once() -> None:
    """SHP-9: no further shipment, no items again, no refusal."""
    assert not found(is_recorded_once, repeated(stored(FIRST), stored(FIRST)))
    assert found(is_recorded_once, repeated(stored(FIRST, FIRST))) == [
        "The same notification is recorded a second time."
    ]
    assert found(is_recorded_once, repeated(stored(FIRST), stored(FIRST, FIRST))) == [
        "The same notification is recorded a third time."
    ]
    booked_twice = stored(parcel(ShippedItem("MUG", 4, "11")))
    assert found(is_recorded_once, repeated(booked_twice)) == ["The same notification books its items again."]
    refused = RepeatedNotification(result(stored(FIRST)), (result(stored(FIRST), stored(FIRST), status=404),))
    assert found(is_recorded_once, refused) == ["The same notification is refused the second time."]


def test_a_repeat_leaves_the_shipped_status() -> None:
    """SHP-9: an order that wasn't shipped may get any status."""
    shipped = stored(FIRST, SECOND, status="Complete")
    assert not found(order_stays_shipped, RepeatedNotification(result(), (result(shipped, shipped),)))
    assert found(order_stays_shipped, RepeatedNotification(result(), (result(stored(FIRST, SECOND), shipped),)))
    assert not found(order_stays_shipped, repeated(stored(FIRST, status="Zoll")))


def test_a_parcel_of_two_orders_is_recorded_on_both_and_ships_both() -> None:
    """SHP-1: a refusal, a lost parcel and a status that stays are found."""
    assert not found(is_recorded_on_the_second_order_too, result(stored(FIRST, status="Complete")))
    assert found(is_recorded_on_the_second_order_too, result()) == [
        "The parcel isn't recorded on a second order with the same tracking number."
    ]
    assert found(is_recorded_on_the_second_order_too, result(stored(FIRST))) == [
        "The parcel doesn't ship a second order with the same tracking number."
    ]
    assert len(found(is_recorded_on_the_second_order_too, result(status=409))) == 1


@pytest.mark.parametrize(("numbers", "findings"), [("12", 0), ("1", 1), ("11", 1), ("112", 1)])
def test_simultaneous_notifications_are_each_recorded_once(numbers: str, findings: int) -> None:
    """SHP-21: none is lost, none comes twice."""
    after = stored(*(parcel(tracking_number=number) for number in numbers))
    evidence = result(after, of=SimultaneousNotifications, parcels=2)
    assert len(found(each_is_recorded_once, evidence)) == findings


@pytest.mark.parametrize(
    ("numbers", "accepted", "findings"),
    [("12", "12", 0), ("112", "12", 0), ("1", "12", 1), ("1", "1", 0), ("", "2", 1)],
)
def test_an_accepted_parcel_is_not_lost(numbers: str, accepted: str, findings: int) -> None:
    """SHP-2: what was answered 2xx is recorded; a parcel that was refused need not be."""
    after = stored(*(parcel(tracking_number=number) for number in numbers))
    evidence = result(after, of=SimultaneousNotifications, parcels=2, accepted=tuple(accepted))
    assert len(found(no_accepted_parcel_is_lost, evidence)) == findings


@pytest.mark.parametrize(("numbers", "findings"), [("1122", 0), ("12", 0), ("11", 1), ("1", 1)])
def test_where_each_repetition_is_recorded_only_a_lost_one_counts(numbers: str, findings: int) -> None:
    """SHP-21: SHP-9 reports the repetitions."""
    after = stored(*(parcel(tracking_number=number) for number in numbers))
    evidence = result(after, of=SimultaneousNotifications, parcels=2, may_repeat=True)
    assert len(found(each_is_recorded_once, evidence)) == findings


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(("status", "no_success", "only_4xx"), [(400, 0, 0), (200, 1, 1), (500, 0, 1)])
def test_an_invalid_notification_is_refused(status: int, no_success: int, only_4xx: int) -> None:
    """CON-4 and SHP-20 want no success, SHP-12 wants 4xx."""
    evidence = result(status=status, of=InvalidNotification)
    assert len(found(is_refused_and_changes_nothing, evidence)) == no_success
    assert len(found(is_refused_with_4xx_and_changes_nothing, evidence)) == only_4xx


@pytest.mark.parametrize("after", [stored(FIRST), stored(status="Complete")])
def test_an_invalid_notification_changes_nothing(after: Order) -> None:
    """Also if it is refused."""
    evidence = result(after, status=400, of=InvalidNotification)
    assert found(is_refused_and_changes_nothing, evidence) == [
        "A notification with something special changed the order."
    ]


def test_a_refused_notification_leaves_its_number_free() -> None:
    """SHP-12: the correct notification with the same number is no repetition."""
    lost = result(notice=replace(NOTICE, tracking_number="1Z9"))
    evidence = result(status=400, of=InvalidNotification, lost=lost)
    assert found(is_refused_with_4xx_and_changes_nothing, evidence) == [
        "After a notification with something special, the correct one with the same tracking number isn't recorded."
    ]


def test_a_get_without_credentials_may_get_a_page() -> None:
    """CON-4: as long as it does nothing."""
    evidence = result(of=InvalidNotification, what="with no credentials, by GET")
    assert not found(is_refused_and_changes_nothing, evidence)


def test_an_unknown_order_is_no_success() -> None:
    """SHP-11: and the finding names the number that was sent."""
    assert not found(is_answered_with_an_error, result(status=404, of=InvalidNotification))
    evidence = result(of=InvalidNotification, notice=replace(NOTICE, order_number="9"))
    (finding,) = is_answered_with_an_error(evidence)
    assert finding.order == "9"


def test_an_unknown_item_keeps_the_tracking_number_or_is_refused() -> None:
    """SHP-13: it doesn't fail inside."""
    judge = tracking_number_is_recorded_or_notification_refused
    assert not found(judge, result(status=422, of=DebatableNotification))
    assert not found(judge, result(stored(PARCEL), of=DebatableNotification))
    assert len(found(judge, result(of=DebatableNotification))) == 1
    assert len(found(judge, result(status=500, of=DebatableNotification))) == 1


def test_the_order_of_a_number_is_found_and_no_other() -> None:
    """SHP-14."""
    assert not found(order_of_that_number_is_found, result(stored(PARCEL)))
    assert len(found(order_of_that_number_is_found, result())) == 1
    other = order(order_number="CT-14")
    assert not found(other_order_is_unchanged, NotificationOfNamesake(result(), other, other))
    booked = structs.replace(other, shipments=(PARCEL,))
    assert len(found(other_order_is_unchanged, NotificationOfNamesake(result(), other, booked))) == 1
