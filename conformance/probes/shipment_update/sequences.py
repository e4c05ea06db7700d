"""SHP, WIN-11, STA-4, NOT-1, NOT-2: actions of ShipStation and staff after each other, compared with a model.

Each sequence has an order of its own. The sequences are carried out side by side: the first action of each, one export
of the minutes of these changes, the second action of each, and so on. After each action, reply, record and export are
compared with the model (``conformance/checks/shipment_model.py``). A sequence that deviates is shortened on further
orders until no action can be left out.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import msgspec

from conformance.checks.action_sequences import NOTIFICATIONS, PARTS, STAFF, Action, is_possible, sequences
from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.checks.matching import Pair
from conformance.checks.shipment_model import (
    Difference,
    Line,
    NamedItem,
    Notification,
    Observation,
    OrderState,
    Reply,
    compare,
    outcomes,
    units_of,
)
from conformance.client.exchange import Exchange
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, ShipNotice, ShippedLine, Window
from conformance.contract.fields import SHIP_NOTICE, cannot_tell
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.order_changes import (
    ExportOfOrders,
    content_beside_changes,
    export_of,
    export_of_changes,
)
from conformance.probes.paging import loses_orders_on_pages
from conformance.probes.prepared_orders import contents_of_exports, exported_statuses
from conformance.probes.shipment_update.notify import (
    is_accepted_and_shipped,
    lines_as_exported,
    normalized_code,
    notice_for,
    shipped_statuses,
    units_by_line,
    unmistakable_day,
)
from conformance.probes.shipment_update.partial_shipments import (
    notify_of_all_that_can_be_shipped,
    notify_of_two_lines_of_one_sku_in_one_parcel,
    notify_without_tracking_number,
    quantity_of_each_line_is_recorded,
    require_completing,
    require_items,
)
from conformance.probes.shipment_update.sequence_findings import (
    Deviation,
    expected_and_actual,
    problem_of,
    requirement_of,
)
from conformance.probes.side_by_side import POLL_INTERVAL_S, max_polls
from conformance.probes.time_window import require_last_change
from conformance.survey.pages import export_problem
from conformance.survey.specimens import CreatedOrder
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute
from conformance.truth.source import OrderRefused
from mockstore.orders.draft import Draft
from mockstore.orders.model import Discount, Option, Order, Shipment
from mockstore.orders.specimens import BOSTON, SpecimenMaker
from mockstore.shop.facts import StoreFacts

CARRIERS = ("UPS", "FedEx", "USPS")
SERVICES = ("Ground", "Priority Mail", "Express Saver")
"""Each parcel of an order has another carrier, service, fee, note and day than the one before."""
TWINS = "TEE"
"""The SKU of two lines."""
NAMINGS = ("by LineItemID", "by SKU", "the first line by SKU", "the two lines of one SKU by SKU")
"""How a sequence names items in its notifications."""
VALUES = {"carrier": "SHP-3", "service": "SHP-4", "cost": "SHP-5", "notes": "SHP-6", "shipped_on": "SHP-22"}
"""Field of a shipment → the requirement that reports it for the first parcel of an order. SHP-10 reports the others."""
SHOWN = {"shipped_on": "day of a shipment is", "notes": "notes of a shipment are", "cost": "fee of a shipment is"}
"""How a finding names some of these fields."""
CUSTOMER_NOTE = "Please leave it with the neighbours."
STAFF_NOTE = "Packed by Kim."
REPORTED = (
    *("SHP-1", "SHP-2", "SHP-3", "SHP-4", "SHP-5", "SHP-6", "SHP-7", "SHP-8", "SHP-9", "SHP-10", "SHP-13", "SHP-16"),
    *("SHP-17", "SHP-18", "SHP-19", "SHP-22", "SHP-23", "NOT-1", "NOT-2"),
    *("SHP-15", "STA-1", "STA-4", "WIN-11"),
)
"""The requirements that sequences can break. The last four are seen in exports."""
PLAINNESS = {action: place for place, action in enumerate(Action)}
"""Of two sequences that show the same, the one with the plainer actions is reported."""
MAX_TRIES = 12
"""At most this many shorter sequences are tried in a run, for all deviations together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A sequence to carry out: its actions, and what varies from sequence to sequence.

    ``name`` makes the order and the tracking numbers unmistakable.
    """

    name: str
    actions: tuple[Action, ...]
    naming: str = NAMINGS[0]
    is_discounted: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """An action that was carried out, the order before and after it, and the exchange of a notification."""

    action: Action
    before: Order
    after: Order
    exchange: Exchange | None = None
    notice: ShipNotice | None = None
    sent: Notification | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedExport:
    """An order in the export before the first action and after a later one, beside the record to expect."""

    action: Action
    before: Pair
    after: Pair

    @property
    def is_otherwise_unchanged(self) -> bool:
        """True if nothing but the fields that a change may touch differs."""
        return content_beside_changes(self.before.exported) == content_beside_changes(self.after.exported)


@dataclass
class Terms:
    """On what terms sequences are judged.

    ``known``: requirements that plain notifications break. ``exports``: the changed orders are exported after each
    action. ``shows_changes``: an export has shown a changed order, so that one that is missing counts.
    """

    known: frozenset[str]
    exports: bool
    shows_changes: bool = False


@dataclass(frozen=True)
class PlayedSequences:
    """What all sequences showed."""

    deviations: tuple[Deviation, ...]
    exports: tuple[ChangedExport, ...]
    why_no_exports: str


@dataclass(kw_only=True)
class Play:
    """One sequence on its order: what was done so far, and what the model expects."""

    plan: Plan
    created: Order
    lines: tuple[ShippedLine, ...]
    state: OrderState
    exported: Pair | None = None
    last: Order
    steps: list[Step] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    deviations: list[Deviation] = field(default_factory=list)
    exports: list[ChangedExport] = field(default_factory=list)
    staff_note: str = ""
    staff_note_before: str = ""
    has_ended: bool = False

    @property
    def notices(self) -> list[tuple[ShipNotice, Notification]]:
        """The notifications so far, without repetitions."""
        found = {id(step.notice): (step.notice, step.sent) for step in self.steps if step.action in NOTIFICATIONS}
        return [(notice, sent) for notice, sent in found.values() if notice is not None and sent is not None]

    @property
    def done(self) -> tuple[Action, ...]:
        """The actions so far."""
        return tuple(step.action for step in self.steps)

    def deviates(
        self,
        requirement: str,
        aspect: str,
        problem: str,
        expected: str,
        actual: str,
        exchange: int | None = None,
        xpath: str | None = None,
    ) -> None:
        """Add a deviation of the last action, unless one of the same requirement and aspect is known."""
        if any((each.requirement, each.aspect) == (requirement, aspect) for each in self.deviations):
            return
        made = self.steps[-1].exchange
        self.deviations.append(
            Deviation(
                requirement=requirement,
                aspect=aspect,
                actions=self.done,
                steps=tuple(self.words),
                problem=problem,
                expected=expected,
                actual=actual,
                order=self.created.order_number,
                exchange=exchange or (made.number if made is not None else None),
                xpath=xpath,
            )
        )


# ---------------------------------------------------------------------- requests


def play_sequences(survey: Survey) -> PlayedSequences:
    """Carry out every sequence, and shorten those that deviate. This is done once in a run.

    Raises:
        NotExercised: if plain parcels aren't booked (SHP-1, SHP-7, SHP-8, SHP-10), or the suite can't make orders.
    """

    def make() -> PlayedSequences:
        require_completing(survey)
        if not cannot_tell(survey.facts, "shipments.items"):
            require_items(survey)
        plan = [
            Plan(
                name=f"s{place}",
                actions=actions,
                naming=NAMINGS[place % len(NAMINGS)],
                is_discounted=bool(place % 2),
            )
            for place, actions in enumerate(sequences())
        ]
        why = _why_no_exports(survey)
        terms = Terms(_known(survey), exports=not why)
        plays = _play(survey, plan, terms)
        deviations = _second_parcels(each for play in plays for each in play.deviations)
        shortened = tuple(_shortened(survey, deviations, plays, terms))
        return PlayedSequences(shortened, tuple(each for play in plays for each in play.exports), why)

    return survey.cached("sequences of actions", make)


def play_sequences_and_export(survey: Survey) -> PlayedSequences:
    """Carry out every sequence, with an export of the changed orders after each action.

    Raises:
        NotExercised: if the export can't show changes, or the sequences can't be carried out.
    """
    played = play_sequences(survey)
    if played.why_no_exports:
        raise NotExercised(played.why_no_exports)
    return played


def orders_exported_again(survey: Survey) -> tuple[Pair, ...]:
    """Return orders that were exported again after they had been changed, beside what the store has to hold of them.

    These are all orders that differ in more than status, notes and time from the export before the change, and one for
    each kind of change.
    """
    exports = play_sequences_and_export(survey).exports
    if not exports:
        raise NotExercised("no changed order was exported again: fix WIN-11 or SHP-15 first")
    return survey.cached("orders exported again", lambda: _worth_judging(exports))


def _worth_judging(exports: Sequence[ChangedExport]) -> tuple[Pair, ...]:
    one_of_each = {id(each) for each in {each.action: each for each in reversed(exports)}.values()}
    return tuple(each.after for each in exports if id(each) in one_of_each or not each.is_otherwise_unchanged)


def _why_no_exports(survey: Survey) -> str:
    """Return why the export can't show changes; empty if it can."""
    if not survey.knows_modification_times:
        return f"{survey.truth_name} doesn't tell when orders are changed"
    try:
        require_last_change(survey)
    except NotExercised as why:
        return str(why)
    return ""


def _known(survey: Survey) -> frozenset[str]:
    """Return the requirements that plain notifications break, of those that may be the cause in sequences, too."""
    found = set()
    with contextlib.suppress(NotExercised):
        if any(is_accepted_and_shipped(notify_of_all_that_can_be_shipped(survey))):
            found.add("SHP-16")
    with contextlib.suppress(NotExercised):
        if any(is_accepted_and_shipped(notify_without_tracking_number(survey))):
            found.add("SHP-23")
    with contextlib.suppress(NotExercised):
        if any(quantity_of_each_line_is_recorded(notify_of_two_lines_of_one_sku_in_one_parcel(survey))):
            found.add("SHP-18")
    return frozenset(found)


def _order(plan: Plan, contents: frozenset[str], make: SpecimenMaker) -> Draft:
    """Return an order with a value in every field that a change could spoil."""

    def options(name: str, value: str) -> tuple[Option, ...]:
        return (Option(name, value),) if "options" in contents else ()

    customer = make.customer(plan.name)
    if "shipping" in contents:
        customer = make.customer(plan.name, shipping=BOSTON)
    return make.draft(
        plan.name,
        make.item(1, quantity=4, options=options("Size", "L")),
        make.item(2, sku=TWINS, name="T-shirt", quantity=2, options=options("Colour", "Red")),
        make.item(3, sku=TWINS, name="T-shirt", quantity=3, options=options("Colour", "Blue")),
        customer=customer,
        discounts=(Discount("Coupon", Decimal("1.50"), "AGAIN15"),)
        if plan.is_discounted and "discounts" in contents
        else (),
        gift="gift" in contents,
        gift_message="Happy birthday!" if "gift" in contents else "",
        customer_notes=CUSTOMER_NOTE if "customer_notes" in contents else "",
        internal_notes=STAFF_NOTE if "internal_notes" in contents else "",
    )


def _play(survey: Survey, plans: Sequence[Plan], terms: Terms) -> list[Play]:
    """Carry out sequences side by side: the first action of each, then the second, and so on."""
    plays: list[Play] = []
    contents = contents_of_exports(survey)
    made = survey.new_orders({plan.name: partial(_order, plan, contents) for plan in plans})
    for plan in plans:
        created = made[plan.name]
        if not isinstance(created, CreatedOrder):
            raise created
        order = created.stored
        lines = tuple(lines_as_exported(survey, order))
        plays.append(
            Play(
                plan=_named_as_possible(plan, order, lines),
                created=order,
                last=order,
                lines=lines,
                state=_state_of(order, survey.facts),
                staff_note=order.internal_notes,
                staff_note_before=order.internal_notes,
            )
        )
    if terms.exports:
        _export_before(survey, plays)
    for place in range(max(len(play.plan.actions) for play in plays)):
        acting = [play for play in plays if not play.has_ended and place < len(play.plan.actions)]
        acted = [play for play in acting if _act(survey, play, play.plan.actions[place])]
        _read_records(survey, acted)
        for play in acted:
            _judge_record(survey, play, terms.known)
        if terms.exports and acted:
            _judge_exports(survey, acted, export_of_changes(survey, [play.last for play in acted]), terms)
    return plays


def _named_as_possible(plan: Plan, order: Order, lines: Sequence[ShippedLine]) -> Plan:
    """Return the plan; if the export shows other SKUs (ITM-2), items are named by LineItemID.

    Raises:
        NotExercised: if the export shows neither SKUs nor ids.
    """
    if all(line.sku.strip() == item.sku.strip() for line, item in zip(lines, order.items, strict=True)):
        return plan
    if not all(line.line_item_id for line in lines):
        raise NotExercised("the export shows other SKUs than the store's record, and no LineItemIDs: fix ITM-2 first")
    return replace(plan, naming=NAMINGS[0])


def _state_of(order: Order, facts: StoreFacts) -> OrderState:
    quantities: Counter[tuple[str, str]] = Counter()
    for item in order.items:
        quantities[item.line_id or item.sku, item.sku] += item.quantity
    lines = tuple(Line(key, sku, quantity) for (key, sku), quantity in quantities.items())
    return OrderState(lines=lines, status=order.status, is_shipped=order.status in shipped_statuses(facts))


def _export_before(survey: Survey, plays: Sequence[Play]) -> None:
    """Export all orders before the first action, in one window."""
    orders = [play.created for play in plays]
    moments = [order.modified_at for order in orders]
    window = Window(floor_to_minute(min(moments)) - MINUTE, floor_to_minute(max(moments)) + MINUTE)
    found = export_of(survey, window, orders).exported
    for play in plays:
        exported = found.get(play.created.order_number)
        play.exported = None if exported is None else Pair(exported, play.created, survey.facts)


def _act(survey: Survey, play: Play, action: Action) -> bool:
    """Carry out one action. False if the store or the order's state doesn't allow it: then it is left out."""
    if action in STAFF:
        return _change_as_staff(survey, play, action)
    made = _notification(survey, play, action)
    if made is None:
        return False
    notice, sent = made
    exchange = survey.shipstation.notify(notice)
    play.steps.append(Step(action, play.last, play.last, exchange, notice, sent))
    play.words.append(_in_words(action, sent, play.state))
    return True


def _in_words(action: Action, sent: Notification, state: OrderState) -> str:
    if action not in PARTS and action is not Action.REST:
        return str(action.value)
    units, whole = sum(item.quantity for item in sent.items or ()), sum(line.quantity for line in state.lines)
    return "a parcel with everything" if units == whole else f"{action.value} ({units} of {whole} units)"


def _change_as_staff(survey: Survey, play: Play, action: Action) -> bool:
    if "update" not in survey.facts.capabilities:
        return False
    if action is Action.NOTE:
        if "internal_notes" in survey.facts.lacks:
            return False
        changes = {"internal_notes": f"Called the customer, {len(play.steps) + 1}."}
    else:
        status = _other_status(survey.facts, play.last.status, action, exported_statuses(survey))
        if status is None:
            return False
        changes = {"status": status}
    try:
        survey.truth.change(play.created.order_number, **changes)
    except OrderRefused:
        return False
    play.steps.append(Step(action, play.last, play.last))
    play.words.append(action.value if action is Action.NOTE else f"{action.value} ({changes['status']})")
    return True


def _other_status(facts: StoreFacts, now: str, action: Action, exported: Collection[str]) -> str | None:
    """Return the status that staff give an order, if possible one that an export has shown; None if there is none."""
    wanted: dict[Action, tuple[str | None, ...]] = {Action.HOLD: ("on_hold",), Action.CANCEL: ("cancelled",)}
    shipped = {status.name for status in facts.statuses if status.shipped or status.maps_to == "shipped"}
    found: list[str] = [
        status.name
        for meaning in wanted.get(action, ("paid", None))
        for status in facts.statuses
        if status.maps_to == meaning
        and status.name not in {now, *shipped}
        and (not exported or status.name in exported)
    ]
    return found[0] if found else None


def _notification(survey: Survey, play: Play, action: Action) -> tuple[ShipNotice, Notification] | None:
    """Return a notification as ShipStation would send it now; None if nothing fits the action."""
    sent_before = play.notices
    if action is Action.AGAIN:
        return sent_before[-1] if sent_before else None
    if action is Action.EARLIER:
        if not sent_before:
            return None
        notice, sent = sent_before[0]
        label = notice.label_created
        return replace(notice, label_created=None if label is None else label - timedelta(hours=1)), sent
    items = _items(survey, play, action)
    if items is not None and not items:
        return None
    place = len(sent_before) + 1
    values: dict[str, object] = {
        "carrier": CARRIERS[place % len(CARRIERS)],
        "service": SERVICES[place % len(SERVICES)],
        "cost": f"{4 + place}.{10 + place}",
        "notes": f"This is parcel {place} of your order.",
        "ship_date": _day(survey, place),
        "customer_notes": "",
        "internal_notes": "",
    }
    if action is Action.UNTRACKED:
        values["tracking_number"] = ""
    shown = None if items is None else [line for line, _ in items]
    notice = notice_for(survey, play.created, f"{play.plan.name}p{place}", shown, **values)
    named = None if items is None else tuple(item for _, item in items)
    has_ids = any(line.line_item_id for line in play.lines)
    return notice, Notification(normalized_code(notice.tracking_number), named, may_need_keys=has_ids)


def _day(survey: Survey, place: int) -> date:
    """Return a day that is no date if day and month are swapped, another one for each second parcel."""
    day = unmistakable_day(survey.now)
    if place % 2:
        return day
    return day - timedelta(days=1) if day.day > 13 else day.replace(day=1) - timedelta(days=1)


def _items(survey: Survey, play: Play, action: Action) -> list[tuple[ShippedLine, NamedItem]] | None:
    """Return the items of a notification, as they are sent and as the model knows them; None for no Items element."""
    left = play.state.left
    by_key = {(item.line_id or item.sku): line for item, line in zip(play.created.items, play.lines, strict=True)}
    keys = list(left)
    first, twins = keys[0], keys[1:]

    def item(key: str, quantity: int) -> tuple[ShippedLine, NamedItem]:
        line = by_key[key]
        unnamed = {
            NAMINGS[0]: False,
            NAMINGS[1]: True,
            NAMINGS[2]: key == first,
            NAMINGS[3]: key != first,
        }[play.plan.naming]
        # whether an item without LineItemID counts as unknown is another question than what an unknown item does
        line_id = "" if unnamed and action is not Action.UNKNOWN else line.line_item_id
        sku = next(each.sku for each in play.state.lines if each.key == key)
        named = NamedItem(sku, quantity, key if line_id else "")
        return replace(line, quantity=quantity, line_item_id=line_id), named

    def available(wanted: Iterable[tuple[str, int]]) -> list[tuple[ShippedLine, NamedItem]]:
        return [item(key, quantity) for key, quantity in wanted if left[key] >= quantity]

    match action:
        case Action.PART:
            return available([(first, 1)]) or available([(twins[-1], 1)])
        case Action.TWINS:
            return available((key, 1) for key in twins)
        case Action.TWICE:
            key = first if left[first] >= 2 else twins[-1]
            return available([(key, 1), (key, 1)]) if left[key] >= 2 else []
        case Action.UNKNOWN:
            sku = f"NOT-IN-{survey.run_id}"
            stranger = ShippedLine(sku, 1, "", "Not of this order"), NamedItem(sku, 1)
            known = available([(twins[-1], 1)])
            return [stranger, *known]  # SHP-13 has a scenario in which it comes last
        case Action.REST | Action.UNTRACKED:
            return [item(key, count) for key, count in left.items() if count]
        case Action.MORE:
            return [item(key, count + 2) for key, count in left.items() if count]
        case _:
            return None


def _read_records(survey: Survey, plays: Sequence[Play]) -> None:
    """Read the orders as the store holds them now. Those that the model doesn't expect are read again for a while."""
    waiting = list(plays)
    polls = max_polls(survey, [step.exchange for play in plays if (step := play.steps[-1]).exchange is not None])
    for poll in range(polls + 1):
        if poll:
            survey.shipstation.session.wait(POLL_INTERVAL_S)
        found = survey.truth.orders([play.created.order_number for play in waiting])
        for play, order in zip(waiting, found, strict=True):
            if isinstance(order, Order):
                play.steps[-1] = replace(play.steps[-1], after=order)
            else:
                play.has_ended = True  # the record can't be read: nothing more is judged
        waiting = [play for play in waiting if not play.has_ended and _is_unexpected(survey, play)]
        if not waiting:
            return


# ---------------------------------------------------------------------- judging


def _is_unexpected(survey: Survey, play: Play) -> bool:
    step = play.steps[-1]
    if step.sent is None or step.exchange is None:
        return False
    allowed = outcomes(play.state, step.sent)
    return isinstance(compare(play.state, allowed, _seen(survey, play, step)), Difference)


def _seen(survey: Survey, play: Play, step: Step) -> Observation:
    assert step.exchange is not None
    assert step.sent is not None
    added, _ = _added_and_lost(step)
    succeeded, refused = step.exchange.succeeded, step.exchange.refused
    units = None if cannot_tell(survey.facts, "shipments.items") else units_of(units_by_line(play.created, added))
    return Observation(
        reply=Reply.ACCEPTED if succeeded else Reply.REFUSED if refused else Reply.FAILED,
        number=step.sent.number,
        added=len(added),
        units=units,
        status_before=step.before.status,
        status=step.after.status,
        is_shipped=step.after.status in shipped_statuses(survey.facts),
    )


def _added_and_lost(step: Step) -> tuple[list[Shipment], list[Shipment]]:
    """Return the shipments that the record has now and had not before, and those that it no longer has."""
    before, after = Counter(step.before.shipments), Counter(step.after.shipments)
    return list((after - before).elements()), list((before - after).elements())


def _judge_record(survey: Survey, play: Play, known: frozenset[str]) -> None:
    """Compare reply and record of the last action with the model, and go on with the order as it is now."""
    step, before = play.steps[-1], play.state
    play.last = step.after
    if step.sent is None or step.exchange is None or step.notice is None:
        _follow_staff(play, step)
        return
    is_repetition = before.has_parcel(step.sent.number)
    action = _effective(play, step) if not is_repetition else step.action
    requirement = "SHP-9" if is_repetition else "SHP-10"
    added, lost = _added_and_lost(step)
    if lost:
        play.has_ended = True
        play.deviates(
            requirement,
            "earlier parcels",
            "Shipments that were recorded before are changed",
            "; ".join(map(_parcel_in_words, lost)),
            "; ".join(map(_parcel_in_words, added)) or "no longer there",
        )
        return
    seen = _seen(survey, play, step)
    result = compare(before, outcomes(before, step.sent), seen)
    if isinstance(result, Difference):
        play.has_ended = True
        skus = Counter(item.sku for item in play.created.items)
        named = {
            item.line_id or item.sku: item.sku if skus[item.sku] < 2 else f"{item.sku} of line {item.line_id}"
            for item in play.created.items
        }
        expected, actual = expected_and_actual(
            result, seen, step.exchange.outcome, shipped_statuses(survey.facts), named
        )
        broken = "SHP-9" if is_repetition else requirement_of(action, result, before, step.sent, seen, known)
        play.deviates(broken, result.aspect.value, problem_of(result.aspect), expected, actual)
        return
    play.state = result
    if added:
        _judge_values(survey, play, step.notice, added[0])
    _judge_notes(play, step, is_repetition=is_repetition)


def _effective(play: Play, step: Step) -> Action:
    """Return the action that a notification repeats, if the store didn't book it the first time."""
    same = [each.action for each in play.steps if each.sent == step.sent]
    return same[0]


def _follow_staff(play: Play, step: Step) -> None:
    status = step.after.status
    if step.action is Action.NOTE:
        play.staff_note_before, play.staff_note = play.staff_note, step.after.internal_notes
    play.state = replace(
        play.state,
        status=status,
        is_held=step.action is Action.HOLD or (play.state.is_held and step.action is Action.NOTE),
        is_cancelled=step.action is Action.CANCEL or (play.state.is_cancelled and step.action is Action.NOTE),
        is_shipped=play.state.is_shipped and step.action is Action.NOTE,
    )


def _judge_values(survey: Survey, play: Play, notice: ShipNotice, shipment: Shipment) -> None:
    """Compare the values of a new shipment with those that were sent."""
    sent_cost = Decimal(notice.cost) if notice.cost else None
    same = {
        "carrier": normalized_code(shipment.carrier) == normalized_code(notice.carrier),
        "service": is_same_text(notice.service, shipment.service, *SHIP_NOTICE["Service"].limits),
        "cost": sent_cost is None or is_same_amount(sent_cost, shipment.cost),
        "notes": is_same_text(notice.notes, shipment.notes, *SHIP_NOTICE["NotesToCustomer"].limits),
        "shipped_on": shipment.shipped_on == notice.ship_date,
    }
    sent = {"carrier": notice.carrier, "service": notice.service, "cost": notice.cost, "notes": notice.notes}
    for name, is_same in same.items():
        if not is_same and not cannot_tell(survey.facts, f"shipments.{name}"):
            play.deviates(
                VALUES[name],
                name if len(play.state.booked) < 2 else f"{name} of another parcel",
                f"The {SHOWN.get(name, f'{name} of a shipment is')} wrong",
                str(sent.get(name) or notice.ship_date),
                str(getattr(shipment, name) or ""),
            )
    wanted = normalized_code(notice.tracking_number)
    if normalized_code(shipment.tracking_number) != wanted:
        name = "number" if len(play.state.booked) < 2 else "number of another parcel"
        play.deviates("SHP-2", name, "The tracking number is wrong", notice.tracking_number, shipment.tracking_number)


def _judge_notes(play: Play, step: Step, *, is_repetition: bool) -> None:
    """Check that a notification leaves the notes of customer and staff as they were."""
    for name, requirement in (("customer_notes", "NOT-1"), ("internal_notes", "NOT-2")):
        before, after = getattr(step.before, name), getattr(step.after, name)
        wrong_before = any(each.aspect == name for each in play.deviations)
        if normalized(before) not in normalized(after) and not wrong_before:
            whose = "customer" if name == "customer_notes" else "staff"
            play.deviates(
                "SHP-9" if is_repetition else requirement,
                name,
                f"A notification changed what the {whose} wrote",
                before,
                after,
            )


def _parcel_in_words(shipment: Shipment) -> str:
    values = (shipment.tracking_number, shipment.carrier, shipment.service, shipment.cost, shipment.notes)
    items = ", ".join(f"{item.quantity} × {item.sku}" for item in shipment.items)
    return " · ".join(str(value) for value in (*values, shipment.shipped_on, items) if value)


def _second_parcels(deviations: Iterable[Deviation]) -> list[Deviation]:
    """Return the deviations; a value that is wrong only in another parcel than the first is reported by SHP-10."""
    listed = list(deviations)
    plain = {(each.requirement, each.aspect) for each in listed}
    found = []
    for each in listed:
        name, of, _ = each.aspect.partition(" of another parcel")
        if of:
            first_is_wrong = (each.requirement, name) in plain
            found.append(replace(each, aspect=name) if first_is_wrong else replace(each, requirement="SHP-10"))
        else:
            found.append(each)
    return found


# the export after each action


def _judge_exports(survey: Survey, plays: Sequence[Play], export: ExportOfOrders, terms: Terms) -> None:
    """Compare the export of the changed orders with the model."""
    terms.shows_changes = terms.shows_changes or bool(export.exported)
    if export.page.exchange.succeeded and not export.page.is_orders:
        return  # CON-7 reports an export that can't be read
    for play in plays:
        if play.has_ended or play.exported is None:
            continue
        exported = export.exported.get(play.created.order_number)
        if exported is None:
            if terms.shows_changes:
                _judge_missing(survey, play, export)
            continue
        _judge_status(survey, play, exported)
        _judge_staff_note(play, exported)
        truth = msgspec.structs.replace(
            play.created,
            status=play.last.status,
            modified_at=play.last.modified_at,
            internal_notes=play.last.internal_notes,
            customer_notes=play.last.customer_notes,
        )
        after = Pair(exported, truth, survey.facts)
        play.exports.append(ChangedExport(action=play.steps[-1].action, before=play.exported, after=after))


def _judge_missing(survey: Survey, play: Play, export: ExportOfOrders) -> None:
    """A change by staff, and a shipment that ships the order, must show in the window of the change."""
    step = play.steps[-1]
    shipped = step.after.status in shipped_statuses(survey.facts) and step.before.status != step.after.status
    yesterday = floor_to_minute(survey.now) - timedelta(days=1)
    if step.action in STAFF and step.after.modified_at < yesterday:
        return  # the store's record doesn't show the change
    if loses_orders_on_pages(survey):
        return  # PAG-2 reports pages that lose orders
    if all(pair.truth.status != step.after.status for pair in survey.pairs):
        return  # WIN-7 reports statuses that are never exported
    if step.action in STAFF or shipped:
        play.deviates(
            "WIN-11" if step.action in STAFF else "SHP-15",
            "missing",
            "The order isn't exported in the minutes of the change",
            "the order",
            export_problem(export.page) or f"{len(export.page.orders)} orders, not this one",
            export.page.exchange.number,
            "/Orders/Order",
        )


def _judge_status(survey: Survey, play: Play, exported: ExportedOrder) -> None:
    """Check that the export shows the order's status, by the name that it has in other exported orders."""
    if any(each.aspect == "exported status" for each in play.deviations):
        return
    names = {
        pair.exported["OrderStatus"].text.strip().casefold()
        for pair in survey.pairs
        if pair.truth.status == play.last.status
    }
    value = exported["OrderStatus"]
    if names and value.text.strip().casefold() not in {*names, play.last.status.casefold()}:
        is_shipped = play.last.status in shipped_statuses(survey.facts)
        requirement = "STA-4" if play.steps[-1].action in STAFF else "SHP-15" if is_shipped else "STA-1"
        play.deviates(
            requirement,
            "exported status",
            "The export doesn't show the order's status",
            play.last.status,
            value.text,
            exported.exchange,
            value.xpath,
        )


def _judge_staff_note(play: Play, exported: ExportedOrder) -> None:
    """Check that the export shows the staff's note, if it showed the note before."""
    assert play.exported is not None
    if any(each.aspect == "internal_notes" for each in play.deviations):
        return  # the record has lost the note
    note, value = play.staff_note, exported["InternalNotes"]
    showed = normalized(play.created.internal_notes) in normalized(play.exported.exported["InternalNotes"].text)
    if not note or not showed or normalized(note) in normalized(value.text):
        return
    is_old = play.staff_note_before and normalized(play.staff_note_before) in normalized(value.text)
    play.deviates(
        "WIN-11" if is_old else "NOT-2",
        "exported note",
        "The export still shows the staff's old note" if is_old else "The export doesn't show the staff's note",
        note,
        value.text,
        exported.exchange,
        value.xpath,
    )


# ---------------------------------------------------------------------- shortening


def _shortened(
    survey: Survey, deviations: Sequence[Deviation], plays: Sequence[Play], terms: Terms
) -> Iterator[Deviation]:
    """Yield one deviation of each kind, after as few and as plain actions as show it."""
    plans = {play.created.order_number: play.plan for play in plays}
    found: dict[tuple[str, str, bool], Deviation] = {}
    for each in sorted(deviations, key=_plainness):
        found.setdefault(each.kind, each)
    tries = 0
    for first in found.values():
        best, untried = first, list(_simpler(first.actions))
        while untried and tries < MAX_TRIES:
            tries += 1
            plan = replace(plans[first.order], name=f"t{tries}", actions=untried.pop(0))
            again = _tried(survey, plan, first, terms)
            if again is not None:
                best, untried = again, list(_simpler(again.actions))
        yield best


def _tried(survey: Survey, plan: Plan, wanted: Deviation, terms: Terms) -> Deviation | None:
    """Return the deviation if its kind shows in another sequence, too, after the last action."""
    with contextlib.suppress(NotExercised):
        (play,) = _play(survey, [plan], replace(terms, exports=wanted.xpath is not None))
        for each in _second_parcels(play.deviations):
            if each.kind == wanted.kind and each.actions == plan.actions:
                return each
    return None


def _simpler(actions: tuple[Action, ...]) -> list[tuple[Action, ...]]:
    """Return the sequences with one action less, and those with a plain parcel for a special one."""
    places = range(len(actions) - 1)
    shorter = [(*actions[:place], *actions[place + 1 :]) for place in places]
    special = [place for place in places if actions[place] in PARTS and actions[place] is not Action.PART]
    plainer = [(*actions[:place], Action.PART, *actions[place + 1 :]) for place in special]
    return [each for each in (*shorter, *plainer) if is_possible(each)]


def _plainness(deviation: Deviation) -> tuple[int, list[int]]:
    return len(deviation.actions), [PLAINNESS[action] for action in deviation.actions]


def deviations_from(played: PlayedSequences, requirement: str) -> Iterator[Finding]:
    """Yield what the sequences show about one requirement."""
    for each in played.deviations:
        if each.requirement == requirement:
            yield each.finding
