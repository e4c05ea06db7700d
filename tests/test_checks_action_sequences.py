"""The sequences of actions on orders: every pair that can be judged is in one, and every kind of order and parcel."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations, product

import pytest

from conformance.checks.action_sequences import (
    BEGINNINGS,
    MAX_ACTIONS,
    NOTIFICATIONS,
    STAFF,
    STOPS,
    Action,
    covered,
    goals,
    is_possible,
    pairs,
    rows,
    sequences,
)
from conformance.checks.action_sequences import why_not as why_no_pair
from conformance.checks.parcel_forms import FACTORS as PARCELS
from conformance.checks.parcel_forms import (
    LONG_AGO,
    NUMBERS,
    ON_SUNDAY,
    ORDER_NUMBERS,
    TO_COME,
    ParcelForm,
    day_of,
    neighbour,
    order_numbers,
    places,
)
from conformance.checks.parcel_table import TABLE
from conformance.probes.shipment_update.sequence_orders import FACTORS, HOMES, SKUS, form_of, is_unnamed
from conformance.probes.shipment_update.sequences import plans
from tests.support.action_sequences import (
    MIN_ACTIONS,
    SITUATIONS,
    WITH_ITEMS,
    has_more_than_is_left_of_a_line,
    levels_of_actions,
    pairs_of_levels,
    situations,
    surely_booked,
    ways_of_naming,
)
from tests.support.action_triples import joint_triples, shown, why_not
from tests.support.parcel_forms import all_pairs, first_levels

MAX_NOTIFICATIONS, MAX_CHANGES = 67, 13
EVERY_PAIR = frozenset(product(Action, Action))


def test_every_pair_of_consecutive_actions_and_every_chain_occurs_or_has_a_reason() -> None:
    """The table was computed with the present goals: ``python -m tests.support.action_sequences``."""
    found = frozenset[tuple[Action, ...]]().union(*map(covered, sequences()))
    assert found >= goals()
    assert all(why_no_pair(*pair) for pair in EVERY_PAIR - pairs())
    assert not any(why_no_pair(*pair) for pair in pairs())


def test_every_three_actions_that_can_act_together_occur_or_have_a_reason() -> None:
    """The last action reads what both others wrote. ``docs/how-we-know.md`` tells the numbers."""
    found = shown(sequences())
    assert [triple for triple in joint_triples() - found if not why_not(*triple, found)] == []
    assert (len(joint_triples()), len(joint_triples() & found)) == (52, 20)


def test_a_triple_that_no_sequence_shows_has_no_reason_by_itself() -> None:
    """If the sequences lacked a chain, the test above would fail."""
    for triple in ((Action.REST, Action.STATUS, Action.AGAIN), (Action.PART, Action.SHIPPED, Action.AGAIN)):
        assert triple in joint_triples()
        assert not why_not(*triple, ())


def test_every_action_follows_and_is_followed() -> None:
    """No action is left out."""
    assert {first for first, _ in pairs()} == {*Action} == {second for _, second in pairs()}


def test_each_change_of_the_status_comes_before_the_first_notification() -> None:
    """An order's first notification may come after another status, a stop, or the shipped status."""
    assert {sequence[:2] for sequence in sequences()} >= {*BEGINNINGS}
    assert {first for first, _ in BEGINNINGS} == {*STAFF} - {Action.NOTE}


def test_each_notification_follows_a_part_unless_something_is_left_then() -> None:
    """A plain parcel with a part has every follower that can be judged, and each change by staff two kinds of them."""
    after_part = {second for first, second in pairs() if first is Action.PART}
    assert after_part == {*Action} - {Action.LATE, Action.CANCEL}
    for action in {*STAFF} - {Action.SHIPPED}:
        assert {first for first, second in pairs() if second is action} & {*NOTIFICATIONS}
        assert {second for first, second in pairs() if first is action} & {*NOTIFICATIONS}
    assert {second for first, second in pairs() if first is Action.SHIPPED} == {Action.REST, Action.AGAIN}


@pytest.mark.parametrize("sequence", sequences(), ids=lambda each: "-".join(action.name for action in each))
def test_a_sequence_can_be_carried_out(sequence: tuple[Action, ...]) -> None:
    """Each has two to five actions."""
    assert MIN_ACTIONS <= len(sequence) <= MAX_ACTIONS
    assert is_possible(sequence)


def test_the_sequences_cost_few_requests() -> None:
    """A run may send 300 requests to the endpoint and 60 to the control protocol."""
    actions = [action for sequence in sequences() for action in sequence]
    assert sum(action in NOTIFICATIONS for action in actions) <= MAX_NOTIFICATIONS
    assert sum(action in STAFF for action in actions) <= MAX_CHANGES


@pytest.mark.parametrize(
    "actions",
    [
        (Action.AGAIN,),
        (Action.PART, Action.EARLIER),
        (Action.REST, Action.PART),
        (Action.CANCEL, Action.REST),
        (Action.UNTRACKED, Action.AGAIN),
        (Action.PART, Action.LATE),
        (Action.REST, Action.HOLD, Action.LATE),
        (Action.REST, Action.SHIPPED),
        (Action.HOLD, Action.SHIPPED),
        (Action.SHIPPED, Action.REST, Action.LATE),
        (Action.SHIPPED, Action.PART),
    ],
)
def test_impossible_sequences_are_not_made(actions: tuple[Action, ...]) -> None:
    """Nothing is repeated that wasn't sent, and nothing is shipped after all is shipped or cancelled."""
    assert not is_possible(actions)


def test_every_pair_of_levels_occurs() -> None:
    """Orders and notifications: two levels of different factors meet in some sequence."""
    sizes = [len(levels) for levels in FACTORS.values()]
    wanted = {
        (one, other, str(first), str(second))
        for one, other in combinations(range(len(sizes)), 2)
        for first in range(sizes[one])
        for second in range(sizes[other])
    }
    assert pairs_of_levels(rows()) == wanted


def test_each_parcel_with_items_names_them_in_two_ways_at_least() -> None:
    """By LineItemID and by SKU; and with several levels of each factor, if it occurs often enough."""
    assert len(ways_of_naming(rows(), sequences())) >= 2 * len(WITH_ITEMS) - 1  # one of them occurs once
    found = levels_of_actions(rows(), sequences())
    times = {action: sum(action in sequence for sequence in sequences()) for action in WITH_ITEMS}
    for action in WITH_ITEMS:
        for factor in range(len(FACTORS)):
            levels = [level for each, place, level in found if (each, place) == (action, factor)]
            assert len(levels) >= min(2, times[action] - 1), (action, [*FACTORS][factor])


def test_each_parcel_with_items_occurs_where_no_store_may_leave_out_an_item() -> None:
    """All its items are named in one way."""
    assert surely_booked(rows(), sequences()) >= {(action,) for action in WITH_ITEMS}


def test_a_parcel_has_more_than_is_left_of_a_line() -> None:
    """A part of the line is shipped, and a part is left: a store may confuse what is left with what was ordered."""
    assert has_more_than_is_left_of_a_line(rows(), sequences())


def test_every_telling_situation_occurs() -> None:
    """On orders with several units, and with LineItemIDs where a store may not choose a line."""
    assert situations(rows(), sequences()) == {*SITUATIONS}


def test_an_order_that_shares_a_number_comes_after_the_one_that_has_it() -> None:
    """The first parcel of the other order is sent before."""
    sharing = [plan for plan in plans() if plan.form.shares_number]
    assert len(sharing) > 2
    by_name = {plan.name: (place, plan) for place, plan in enumerate(plans())}
    for place, plan in enumerate(plans()):
        if plan.shares:
            earlier, other = by_name[plan.shares]
            assert earlier < place
            assert other.actions[0] in NOTIFICATIONS
            assert plan.beside is None or other.beside is None or plan.beside[0] != other.beside[0]


def test_tracking_numbers_resemble_each_other_in_every_way() -> None:
    """Each kind occurs on an order with two parcels that no store may refuse. All numbers of an order differ."""
    kinds = {
        plan.numbers for plan in plans() if sum(f"s{row}" == plan.name for row, _ in places()) > 1 and plan.numbers
    }
    assert kinds >= {*NUMBERS[1:]}
    for kind in NUMBERS:
        numbers = [neighbour(kind, "1Z00AAS10P000000000000", "123456789012345678", place) for place in range(1, 10)]
        assert len({*numbers[:5]}) == 5
        assert max(map(len, numbers)) <= 50


def test_numbers_of_two_orders_resemble_each_other_in_every_way() -> None:
    """Both orders get their first notifications at the same time. No number is longer than an export can show."""
    first: dict[str, list[int]] = {}
    for plan in plans():
        if plan.beside is not None:
            place = next(each for each, action in enumerate(plan.actions) if action in NOTIFICATIONS)
            first.setdefault(plan.beside[0], []).append(place)
    assert {*first} == {*ORDER_NUMBERS}
    assert all(len(each) == 2 and len({*each}) == 1 for each in first.values())
    for kind in ORDER_NUMBERS:
        one, other = order_numbers(kind, "19ac0f2b3d1")
        assert one != other
        assert len(other) <= 50


def test_every_pair_of_special_values_occurs() -> None:
    """The table was computed with the present sequences: ``python -m tests.support.parcel_forms``."""
    assert pairs_of_levels(TABLE.split()) == all_pairs()


def test_each_special_value_occurs_in_a_first_parcel() -> None:
    """A value that is wrong only in another parcel is reported by SHP-10."""
    assert first_levels(TABLE.split()) == {
        (factor, str(level)) for factor, levels in enumerate(PARCELS.values()) for level in range(len(levels))
    }


@pytest.mark.parametrize("today", [date(2026, month, day) for month in range(1, 13) for day in (1, 13, 28)])
def test_special_days_are_what_they_say(today: date) -> None:
    """No day can be read as a month."""
    found = {level: day_of(ParcelForm(day=level), today, today) for level in PARCELS["day"]}
    assert found[""] == today
    assert timedelta(days=2) <= found[TO_COME] - today < timedelta(days=20)
    assert timedelta(days=40) <= today - found[LONG_AGO] < timedelta(days=60)
    assert found[ON_SUNDAY].weekday() == 6
    assert all(day.day > 12 for level, day in found.items() if level)


def test_skus_of_each_look_alone_name_the_first_line_of_an_order_that_staff_do_not_stop() -> None:
    """A SKU with a LineItemID beside it may be ignored, and an export may cut a long SKU."""
    _, first, _ = FACTORS["long_skus"]
    found = {
        plan.skus
        for plan in plans()
        if is_unnamed(plan.form, is_twin=False, is_download=False)
        and plan.form.long_skus != first
        and plan.actions[0] not in STOPS
    }
    assert found >= {*SKUS} - {"words"}
    assert all(len({*pair}) == 2 for pair in SKUS.values())


def test_an_export_follows_a_mail_to_a_country_with_decimal_commas() -> None:
    """Of the notifications that are sent between two exports, the last one with NotifyCustomer decides."""
    last: dict[int, str] = {}
    for plan in plans():
        for step, form in enumerate(plan.parcels):
            if form.notify_customer == "NotifyCustomer true":
                last[step] = HOMES[plan.home][1].country
    assert last[0] in ("BR", "DE", "FR")
    assert {plan.home for plan in plans()} == {*HOMES}


def test_addresses_differ_in_what_a_recipient_could_overwrite() -> None:
    """Phone, company, second line and city: a value that an address takes from the other one shows."""
    for billing, shipping in HOMES.values():
        assert all((shipping.company, shipping.address2, shipping.phone))
        assert not {billing.phone, billing.company, billing.city} & {shipping.phone, shipping.company, shipping.city}


def test_a_row_tells_the_form_of_an_order() -> None:
    """A digit for each factor."""
    form = form_of("1210101")
    assert (form.naming, form.long_skus, form.download) == ("by SKU", "the two lines of one SKU", "in the notification")
    assert (form.is_discounted, form.has_customer_code) == (False, True)
    assert (form.shares_number, form.is_first_line_single) == (False, True)
