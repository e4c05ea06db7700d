"""SHP, WIN-11, STA-4, NOT-1, NOT-2: actions of ShipStation and staff after each other, compared with a model.

Each sequence has an order of its own. The sequences are carried out side by side: the first action of each, one export
of the minutes of these changes, the second action of each, and so on. After each action, reply, record and export are
compared with the model (``conformance/checks/shipment_model.py``). A sequence that deviates is shortened on further
orders until no action can be left out.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import msgspec
from msgspec import structs

from conformance.checks.action_sequences import (
    NOTIFICATIONS,
    PARTS,
    STAFF,
    STOPS,
    Action,
    is_possible,
    rows,
    sequences,
)
from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.checks.matching import Pair
from conformance.checks.parcel_forms import (
    COSTS,
    CUSTOM_FIELDS,
    EMPTIED,
    FILLED,
    FLAGS,
    LITERAL_NOTES,
    LITERAL_SERVICES,
    NUMBERS,
    ORDER_NUMBERS,
    SHORT,
    SHOWN_EMPTY,
    SURE,
    UPC,
    USUAL_PARCEL,
    ParcelForm,
    day_of,
    forms,
    neighbour,
    order_numbers,
    places,
)
from conformance.checks.parcel_forms import FACTORS as PARCEL_FACTORS
from conformance.checks.shipment_model import (
    Aspect,
    Difference,
    Line,
    NamedItem,
    Notification,
    Observation,
    OrderState,
    Reply,
    compare,
    is_judged,
    outcomes,
    units_of,
)
from conformance.client.exchange import Exchange
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder
from conformance.client.shipstation import MINUTE, Recipient, ShipNotice, ShippedLine, Window
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
from conformance.probes.shipment_update.notify import PLAIN as NOTIFIED
from conformance.probes.shipment_update.notify import (
    SKU_LIMITS,
    is_accepted_and_shipped,
    lines_as_exported,
    misnamed_items,
    normalized_code,
    notice_for,
    result_of,
    shipped_statuses,
    tracking_number,
    units_by_line,
    unmistakable_day,
)
from conformance.probes.shipment_update.partial_shipments import (
    books_items_by_sku,
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
from conformance.probes.shipment_update.sequence_orders import (
    FACTORS,
    HOMES,
    PLAIN,
    SKUS,
    USUAL_HOME,
    USUAL_SKUS,
    Form,
    form_of,
    is_unnamed,
    order_of,
)
from conformance.probes.side_by_side import POLL_INTERVAL_S, Case, Existing, NewOrder, RecordOf, max_polls
from conformance.probes.time_window import require_last_change
from conformance.survey.pages import export_problem
from conformance.survey.specimens import Build, CreatedOrder
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute
from conformance.truth.source import OrderRefused, TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Item, Order, Shipment
from mockstore.orders.specimens import SpecimenMaker
from mockstore.shop.facts import StoreFacts

CARRIERS = ("UPS", "FedEx", "USPS")
SERVICES = ("Ground", "Priority Mail", "Express Saver")
"""Each parcel of an order has another carrier, service, fee, note and day than the one before."""
NAMED_DOWNLOAD = FACTORS["download"][1]
VALUES = {"carrier": "SHP-3", "service": "SHP-4", "cost": "SHP-5", "notes": "SHP-6", "shipped_on": "SHP-22"}
"""Field of a shipment → the requirement that reports it for the first parcel of an order. SHP-10 reports the others."""
SHOWN = {"shipped_on": "day of a shipment is", "notes": "notes of a shipment are", "cost": "fee of a shipment is"}
"""How a finding names some of these fields."""
REPORTED = (
    *("SHP-1", "SHP-2", "SHP-3", "SHP-4", "SHP-5", "SHP-6", "SHP-7", "SHP-8", "SHP-9", "SHP-10", "SHP-13", "SHP-14"),
    *("SHP-16", "SHP-17", "SHP-18", "SHP-19", "SHP-22", "SHP-23", "NOT-1", "NOT-2"),
    *("SHP-15", "STA-1", "STA-4", "WIN-11"),
)
"""The requirements that sequences can break. The last four are seen in exports."""
PLAINNESS = {action: place for place, action in enumerate(Action)}
"""Of two sequences that show the same, the one with the plainer actions is reported."""
NOT_FOUND = 404
SEVERAL = 2
"""With this many parcels, their tracking numbers can resemble each other."""
SHARED = 3
"""How much further the numbers of an order's other parcels are if the first one is shared; there are two at most."""
OF_PARCELS = ("SHP-13", "SHP-17", "SHP-18")
"""The requirements about special parcels."""
OTHER_ORDER = "another order"
"""The aspect of a parcel that is recorded on another order. It needs both orders, so nothing shorter shows it."""
ROUNDS_OF_NOTIFICATIONS = 3
"""So many times, single notifications are sent side by side, and the records read, before the last ones are sent."""
MAX_TRIES = 24
"""At most this many shorter sequences are tried in a run, for all deviations together."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A sequence to carry out: its actions, and the form of its order.

    ``name`` makes the order and the tracking numbers unmistakable. ``shares`` is the name of an earlier
    plan, if the first parcels of both have the same tracking number: one parcel may hold two orders. ``further`` tells
    the numbers of its other parcels from those of the earlier plan. ``parcels`` has
    the form of each action's parcel. ``numbers`` tells how the order's tracking numbers resemble each other. ``beside``
    is in what the order's number differs from that of another order, and whether it is the second of both; None if it
    is a usual one. ``skus`` tells what the order's SKUs look like, ``home`` where the buyer lives.
    """

    name: str
    actions: tuple[Action, ...]
    parcels: tuple[ParcelForm, ...]
    form: Form = PLAIN
    shares: str = ""
    further: int = 0
    numbers: str = NUMBERS[0]
    beside: tuple[str, int] | None = None
    skus: str = USUAL_SKUS
    home: str = USUAL_HOME


class Step(msgspec.Struct, frozen=True):
    """An action that was carried out, the order before and after it, and the exchange of a notification."""

    action: Action
    before: Order
    after: Order
    exchange: Exchange | None = None
    notice: ShipNotice | None = None
    sent: Notification | None = None


class ChangedExport(msgspec.Struct, frozen=True, kw_only=True):
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
    action. ``books_by_sku``: the store books the items of a plain parcel that only their SKUs name. ``shows_changes``:
    an export has shown a changed order, so that one that is missing counts. ``documents``: the exports that could be
    read.
    """

    known: frozenset[str]
    exports: bool
    books_by_sku: bool = False
    shows_changes: bool = False
    documents: list[ExportPage] = field(default_factory=list)


class PlayedSequences(msgspec.Struct, frozen=True):
    """What all sequences showed."""

    deviations: tuple[Deviation, ...]
    exports: tuple[ChangedExport, ...]
    documents: tuple[ExportPage, ...]
    why_no_exports: str


@dataclass(kw_only=True)
class Play:
    """One sequence on its order: what was done so far, and what the model expects."""

    plan: Plan
    created: Order
    lines: Mapping[str, ShippedLine]
    """Key of a line in the model → the line as the export shows it; without lines that aren't exported."""
    state: OrderState
    books_by_sku: bool
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


def plans() -> list[Plan]:
    """Return the sequences to carry out, each with an order of another form.

    Each kind of resemblance of tracking numbers and of order numbers occurs. Two orders with alike numbers get their
    first notifications at the same time. An order that shares the number of a parcel has numbers of the same kind.
    """
    forms_of_orders, parcels_of = [form_of(row) for row in rows()], forms()
    beside = _pairs_of_orders()
    sharing = _sharing(forms_of_orders, beside)
    kinds = _kinds_of_numbers({*sharing})
    skus = _kinds_of_skus(forms_of_orders)
    return [
        Plan(
            name=f"s{place}",
            actions=actions,
            parcels=tuple(parcels_of.get((place, each), USUAL_PARCEL) for each in range(len(actions))),
            form=form,
            shares=f"s{sharing[place]}" if place in sharing else "",
            further=SHARED * (1 + [*sharing.values()][: [*sharing].index(place)].count(sharing[place]))
            if place in sharing
            else 0,
            numbers=kinds[sharing.get(place, place)],
            beside=beside.get(place),
            skus=skus[place],
            home=[*HOMES][place % len(HOMES)],
        )
        for place, (actions, form) in enumerate(zip(sequences(), forms_of_orders, strict=True))
    ]


def _pairs_of_orders() -> dict[int, tuple[str, int]]:
    """Return which orders have alike numbers: place of the sequence → in what they differ, and 0 or 1.

    An order that staff stop first has a usual number: a store may refuse its first parcel.
    """
    found: dict[int, tuple[str, int]] = {}
    waiting: dict[int, int] = {}
    kinds = iter(ORDER_NUMBERS)
    for place, actions in enumerate(sequences()):
        first = next(each for each, action in enumerate(actions) if action in NOTIFICATIONS)
        if actions[0] in STOPS:
            continue
        if first not in waiting:
            waiting[first] = place
        elif (kind := next(kinds, None)) is not None:
            found |= {waiting.pop(first): (kind, 0), place: (kind, 1)}
    return found


def _sharing(orders: Sequence[Form], beside: Mapping[int, tuple[str, int]]) -> dict[int, int]:
    """Return which orders share the number of the first parcel of an earlier one.

    An order with several parcels shares that of an order with few, so that each kind of numbers occurs in several. An
    order that staff change first shares none, and two orders with alike numbers don't share one.
    """
    found: dict[int, int] = {}
    for place, form in enumerate(orders):
        alike = beside.get(place, ("", 0))[0]
        begun = [
            each
            for each in range(place)
            if each not in found
            and sequences()[each][0] in SURE
            and (not alike or beside.get(each, ("", 0))[0] != alike)
        ]
        sign = 1 if _sure_parcels(place) >= SEVERAL else -1
        if form.shares_number and begun and sequences()[place][0] not in STAFF:
            found[place] = min(begun, key=lambda each: (sign * _sure_parcels(each), [*found.values()].count(each)))
    return found


def _sure_parcels(place: int) -> int:
    return min(SEVERAL, sum(row == place for row, _ in places()))


def _kinds_of_numbers(sharing: Collection[int]) -> dict[int, str]:
    """Return how the tracking numbers of each order resemble each other, for orders that share none."""
    own = sorted(set(range(len(sequences()))) - {*sharing}, key=_sure_parcels, reverse=True)
    return {place: NUMBERS[(rank + 1) % len(NUMBERS)] for rank, place in enumerate(own)}


def _kinds_of_skus(orders: Sequence[Form]) -> dict[int, str]:
    """Return what the SKUs of each order look like.

    Each kind occurs where a short SKU alone names the first line, and staff don't stop the order before its parcels.
    """

    def is_plain(place: int) -> bool:
        form, actions = orders[place], sequences()[place]
        by_sku = is_unnamed(form, is_twin=False, is_download=False)
        return by_sku and form.long_skus != FACTORS["long_skus"][1] and actions[0] not in STOPS

    kinds = [*SKUS]
    ranked = sorted(range(len(orders)), key=is_plain, reverse=True)
    return {place: kinds[(rank + 1) % len(kinds)] for rank, place in enumerate(ranked)}


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
        why = _why_no_exports(survey)
        terms = Terms(_known(survey), exports=not why, books_by_sku=books_items_by_sku(survey))
        plays = _play(survey, plans(), terms)
        deviations = _second_parcels(each for play in plays for each in play.deviations)
        documents = tuple(terms.documents)
        shortened = tuple(_shortened(survey, deviations, plays, terms))
        return PlayedSequences(shortened, tuple(each for play in plays for each in play.exports), documents, why)

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


def documents_after_changes(survey: Survey) -> tuple[ExportPage, ...]:
    """Return the documents that the store exported after each action.

    Raises:
        NotExercised: if there is none.
    """
    documents = play_sequences_and_export(survey).documents
    if not documents:
        raise NotExercised("no document that could be read was exported after a change: fix WIN-11 or SHP-15 first")
    return documents


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


def _play(survey: Survey, plans: Sequence[Plan], terms: Terms) -> list[Play]:
    """Carry out sequences side by side: the first action of each, then the second, and so on."""
    orders = _orders_of(survey, plans)
    exported = _export_before(survey, list(orders.values())) if terms.exports else {}
    plays: list[Play] = []
    for plan in plans:
        order = orders[plan.name]
        before = exported.get(order.order_number)
        lines = _lines_by_key(survey, order, before)
        plays.append(
            Play(
                plan=_named_as_possible(plan, order, lines),
                created=order,
                last=order,
                lines=lines,
                state=_state_of(order, survey.facts),
                books_by_sku=terms.books_by_sku,
                exported=before,
                staff_note=order.internal_notes,
                staff_note_before=order.internal_notes,
            )
        )
    for place in range(max(len(play.plan.actions) for play in plays)):
        acting = [play for play in plays if not play.has_ended and place < len(play.plan.actions)]
        acted = [play for play in acting if _act(survey, play, play.plan.actions[place], play.plan.parcels[place])]
        _read_records(survey, acted)
        _judge_other_orders(acted)
        for play in acted:
            if not play.has_ended:
                _judge_record(survey, play, terms.known)
        if terms.exports and acted:
            _judge_exports(survey, acted, export_of_changes(survey, [play.last for play in acted]), terms)
    return plays


def _orders_of(survey: Survey, plans: Sequence[Plan]) -> dict[str, Order]:
    """Return an order for each plan. If the store can't hold an order of its form, it is a plain one.

    Raises:
        NotExercised: if the store can't hold a plain one, either.
        TruthUnavailable: if the store replies that it made an order, but then doesn't have it.
    """
    contents = contents_of_exports(survey)
    made = _made_before(survey, plans)
    made |= _new_orders(
        survey,
        {plan.name: partial(_order_beside, survey.run_id, plan, contents) for plan in plans if plan.name not in made},
    )
    refused = {name for name, each in made.items() if isinstance(each, NotExercised)} | _taken_for_others(made)
    if refused:
        usual = {f"{plan.name}usual": plan.form for plan in plans if plan.name in refused and plan.beside is not None}
        again = _new_orders(survey, {name: partial(order_of, form, name, contents) for name, form in usual.items()})
        made |= {name.removesuffix("usual"): each for name, each in again.items()}
        refused = {name for name, each in made.items() if isinstance(each, NotExercised)}
    if refused:
        made |= _new_orders(survey, {name: partial(order_of, PLAIN, f"{name}plain", contents) for name in refused})
    found: dict[str, Order] = {}
    for name, each in made.items():
        if not isinstance(each, Order):
            raise each.with_traceback(None)
        found[name] = each
    return found


Made = dict[str, Order | NotExercised | TruthUnavailable]
"""Name of a plan → its order, or why there is none."""


def _new_orders(survey: Survey, wanted: Mapping[str, Build]) -> Made:
    if not wanted:
        return {}
    made = survey.new_orders(wanted)
    return {name: each.stored if isinstance(each, CreatedOrder) else each for name, each in made.items()}


def _made_before(survey: Survey, plans: Sequence[Plan]) -> Made:
    """Return the orders that were made together with those of single notifications, and that none of these changed."""
    found: Made = {}
    for plan in plans:
        if (case := _case_of(plan)) in NOTIFIED:
            try:
                order = result_of(survey, case)
            except (NotExercised, TruthUnavailable) as why:
                found[plan.name] = why
            else:
                found |= {} if order is None else {plan.name: order}
    return found


def _case_of(plan: Plan) -> str:
    return f"order of {plan.name}"


def _new_order(plan: Plan, survey: Survey) -> Case[Order | None]:
    """Make the order of a plan. Return it if it is the same after all notifications of other orders, else None."""
    order: Order = yield NewOrder(partial(_order_beside, survey.run_id, plan, contents_of_exports(survey)))
    for _ in range(ROUNDS_OF_NOTIFICATIONS):
        yield Existing(())
    after = yield RecordOf(order)
    return order if after == order else None


NOTIFIED |= {_case_of(plan): partial(_new_order, plan) for plan in plans()}


def _order_beside(run_id: str, plan: Plan, contents: frozenset[str], make: SpecimenMaker) -> Draft:
    """Return the order of a plan, with the number that resembles that of another order."""
    draft = order_of(plan.form, plan.name, contents, make, skus=plan.skus, home=plan.home)
    if plan.beside is None:
        return draft
    kind, place = plan.beside
    return structs.replace(draft, order_number=order_numbers(kind, run_id)[place])


def _taken_for_others(made: Made) -> set[str]:
    """Return the names of orders that the store's record doesn't tell from others, because their numbers are alike."""
    stored = {name: each for name, each in made.items() if isinstance(each, Order)}
    numbers = Counter(order.order_number for order in stored.values())
    ids = Counter(order.order_id for order in stored.values() if order.order_id)
    return {name for name, order in stored.items() if numbers[order.order_number] > 1 or ids[order.order_id] > 1}


def _key(item: Item) -> str:
    return item.line_id or item.sku


def _lines_by_key(survey: Survey, order: Order, exported: Pair | None) -> dict[str, ShippedLine]:
    """Return the lines as the export shows them. A line that can't be shipped may be missing there."""
    came = {_key(item): line for line, item in exported.lines.matched} if exported is not None else {}
    return {
        _key(item): line
        for item, line in zip(order.items, lines_as_exported(survey, order, exported), strict=True)
        if item.shippable or exported is None or _key(item) in came
    }


def _named_as_possible(plan: Plan, order: Order, lines: Mapping[str, ShippedLine]) -> Plan:
    """Return the plan; if the export shows other SKUs (ITM-2), items are named by LineItemID.

    Raises:
        NotExercised: if the export shows neither SKUs nor ids.
    """
    shown = [(item, lines[_key(item)]) for item in order.items if _key(item) in lines]
    if all(is_same_text(item.sku, line.sku, *SKU_LIMITS) for item, line in shown):
        return plan
    if not all(line.line_item_id for _, line in shown):
        raise NotExercised("the export shows other SKUs than the store's record, and no LineItemIDs: fix ITM-2 first")
    return structs.replace(plan, form=structs.replace(plan.form, naming=PLAIN.naming))


def _state_of(order: Order, facts: StoreFacts) -> OrderState:
    quantities: Counter[tuple[str, str, bool]] = Counter()
    for item in order.items:
        quantities[_key(item), item.sku, item.shippable] += item.quantity
    lines = tuple(Line(key, sku, quantity, shippable) for (key, sku, shippable), quantity in quantities.items())
    return OrderState(lines=lines, status=order.status, is_shipped=order.status in shipped_statuses(facts))


def _export_before(survey: Survey, orders: Sequence[Order]) -> dict[str, Pair]:
    """Export all orders before the first action, in one window, and return those that came, by number."""
    moments = [order.modified_at for order in orders]
    window = Window(floor_to_minute(min(moments)) - MINUTE, floor_to_minute(max(moments)) + MINUTE)
    found = export_of(survey, window, orders).exported
    by_number = {order.order_number: order for order in orders}
    return {number: Pair(exported, by_number[number], survey.facts) for number, exported in found.items()}


def _act(survey: Survey, play: Play, action: Action, form: ParcelForm) -> bool:
    """Carry out one action. False if the store or the order's state doesn't allow it: then it is left out."""
    if action in STAFF:
        return _change_as_staff(survey, play, action)
    made = _notification(survey, play, action, form)
    if made is None:
        return False
    notice, sent = made
    exchange = survey.shipstation.notify_in_form(notice, form.request)
    play.words.append(_in_words(play, action, sent, form))
    play.steps.append(Step(action, play.last, play.last, exchange, notice, sent))
    return True


def _in_words(play: Play, action: Action, sent: Notification, form: ParcelForm) -> str:
    """Return an action as a finding names it: with what is in the parcel, how its items are named, what is special."""
    if action not in PARTS and action is not Action.REST:
        return str(action.value)
    is_shippable = {line.sku: line.is_shippable for line in play.state.lines}
    units = sum(item.quantity for item in sent.items or () if is_shippable.get(item.sku, True))
    whole = sum(line.quantity for line in play.state.lines if line.is_shippable)
    details = [] if units == whole else [f"{units} of {whole} units"]
    details += ["and a download"] if any(not is_shippable.get(item.sku, True) for item in sent.items or ()) else []
    has_ids = any(line.line_item_id for line in play.lines.values())
    unnamed = any(not item.key and item.sku in is_shippable for item in sent.items or ())
    details += ["by SKU alone"] if has_ids and unnamed else []
    details += ["with the number of another order's parcel"] if play.plan.shares and not play.notices else []
    details += [f"with {each}" for each in form.words]
    what = "a parcel with everything" if units == whole else action.value
    return f"{what} ({', '.join(details)})" if details else what


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
    if action is Action.SHIPPED:
        named = [status.name for status in facts.statuses if status.name in shipped_statuses(facts)]
        return next((name for name in named if name != now), None)
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


def _notification(
    survey: Survey, play: Play, action: Action, form: ParcelForm
) -> tuple[ShipNotice, Notification] | None:
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
    carrier, service = LITERAL_SERVICES.get(form.service, (None, SERVICES[place % len(SERVICES)]))
    values: dict[str, object] = {
        "carrier": CARRIERS[place % len(CARRIERS)] if carrier is None else carrier,
        "service": service,
        "cost": COSTS.get(form.cost, f"{4 + place}.{10 + place}"),
        "notes": LITERAL_NOTES.get(form.notes, f"This is parcel {place} of your order."),
        "ship_date": day_of(form, _day(survey, place), survey.now.date()),
        "customer_notes": "",
        "internal_notes": "",
        "notify_customer": FLAGS.get(form.notify_customer),
        "tracking_number": "" if action is Action.UNTRACKED else _number(survey, play.plan, place),
        "recipient": _recipient(play.created, form),
        "shows_empty": form.beside == SHOWN_EMPTY,
    }
    if form.beside == FILLED:
        values |= {"customer_code": _customer_code(play), "custom_fields": CUSTOM_FIELDS}
    if action is Action.UNTRACKED:
        # the scenario of SHP-23 has the elements, but empty
        values |= {"carrier": "", "service": "", "notes": "", "cost": None, "omits_empty": True}
    upc = UPC if form.beside == FILLED else ""
    shown = None if items is None else [replace(line, upc=upc) for line, _ in items]
    notice = notice_for(survey, play.created, "", shown, **values)
    named = None if items is None else tuple(item for _, item in items)
    return notice, Notification(
        normalized_code(notice.tracking_number), named, may_need_keys=_may_need_keys(play, named)
    )


def _recipient(order: Order, form: ParcelForm) -> Recipient | None:
    """Return the address to which a parcel goes; None if the notification tells none."""
    where = order.customer.shipping or order.customer.billing
    if not form.recipient or where is None:
        return None
    lacking = {SHORT: None, EMPTIED: ""}
    return Recipient(
        name=where.name,
        company=lacking.get(form.recipient, where.company),
        address1=where.address1,
        address2=lacking.get(form.recipient, where.address2),
        city=where.city,
        state=where.state,
        postal_code=where.postal_code,
        country=where.country,
    )


def _customer_code(play: Play) -> str:
    """Return the code that the export showed, which ShipStation sends back."""
    return play.exported.exported["CustomerCode"].text.strip() if play.exported is not None else ""


def _number(survey: Survey, plan: Plan, place: int) -> str:
    """Return the tracking number of a parcel, which resembles those of the order's other parcels."""
    own = tracking_number(survey, f"{plan.shares or plan.name}p")
    further = plan.further if place > 1 else 0
    return neighbour(plan.numbers, own, f"{int(own.encode().hex(), 16)}"[-18:], place + further)


def _may_need_keys(play: Play, items: Sequence[NamedItem] | None) -> bool:
    """True if the store may be unable to book an item without LineItemID.

    It exports LineItemIDs, and didn't book a plain parcel without them, or some of the items have one.
    """
    has_ids = any(line.line_item_id for line in play.lines.values())
    return has_ids and not (play.books_by_sku and not any(item.key for item in items or ()))


def _day(survey: Survey, place: int) -> date:
    """Return a day that is no date if day and month are swapped, another one for each second parcel."""
    day = unmistakable_day(survey.now)
    if place % 2:
        return day
    return day - timedelta(days=1) if day.day > 13 else day.replace(day=1) - timedelta(days=1)


def _items(survey: Survey, play: Play, action: Action) -> list[tuple[ShippedLine, NamedItem]] | None:
    """Return the items of a notification, as they are sent and as the model knows them; None for no Items element."""
    left, form = play.state.left, play.plan.form
    first, *twins = (line.key for line in play.state.lines if line.is_shippable)
    downloads = [key for key in left if key in play.lines and key not in play.state.goods]

    def item(key: str, quantity: int) -> tuple[ShippedLine, NamedItem]:
        line = play.lines[key]
        unnamed = is_unnamed(form, is_twin=key in twins, is_download=key in downloads)
        # whether an item without LineItemID counts as unknown is another question than what an unknown item does
        line_id = "" if unnamed and action is not Action.UNKNOWN else line.line_item_id
        sku = next(each.sku for each in play.state.lines if each.key == key)
        named = NamedItem(sku, quantity, key if line_id else "")
        return replace(line, quantity=quantity, line_item_id=line_id), named

    def available(wanted: Iterable[tuple[str, int]]) -> list[tuple[ShippedLine, NamedItem]]:
        return [item(key, quantity) for key, quantity in wanted if left[key] >= quantity]

    def one_unit() -> list[tuple[ShippedLine, NamedItem]]:
        return next((found for key in (first, *reversed(twins)) if (found := available([(key, 1)]))), [])

    # ShipStation can't know which lines are downloads, and names them, too, if they are in the export
    beside = [item(key, left[key]) for key in downloads if left[key] and form.download == NAMED_DOWNLOAD]
    match action:
        case Action.PART:
            return [*one_unit(), *beside]
        case Action.TWINS:
            return [*available((key, 1) for key in twins), *beside]
        case Action.TWICE:
            key = next((each for each in (first, *reversed(twins)) if left[each] >= 2), first)
            return available([(key, 1), (key, 1)]) if left[key] >= 2 else []
        case Action.UNKNOWN:
            sku = f"NOT-IN-{survey.run_id}"
            stranger = ShippedLine(sku, 1, "", "Not of this order"), NamedItem(sku, 1)
            known = available([((twins or [first])[-1], 1)])
            return [stranger, *known]  # SHP-13 has a scenario in which it comes last
        case Action.REST | Action.UNTRACKED:
            return [*(item(key, left[key]) for key in (first, *twins) if left[key]), *beside]
        case Action.MORE:
            return [*(item(key, left[key] + 2) for key in (first, *twins) if left[key]), *beside]
        case Action.LATE:
            return [item(first, 1)]
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
            if isinstance(order, Order) and order.order_id == play.created.order_id:
                play.steps[-1] = structs.replace(play.steps[-1], after=order)
            else:
                play.has_ended = True  # the record can't be read: nothing more is judged
        waiting = [play for play in waiting if not play.has_ended and _is_unexpected(survey, play)]
        if not waiting:
            return


# ---------------------------------------------------------------------- judging


def _is_unexpected(survey: Survey, play: Play) -> bool:
    """True if the record isn't as the model expects it, or may not be final."""
    step = play.steps[-1]
    if step.sent is None or step.exchange is None or not is_judged(play.state, step.sent):
        return False
    allowed, seen = outcomes(play.state, step.sent), _seen(survey, play, step)
    # a parcel that the store may leave out may also be booked a moment later
    may_come = step.exchange.succeeded and not seen.added and any(each.units is not None for each in allowed)
    return may_come or isinstance(compare(play.state, allowed, seen), Difference)


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
    seen = _seen(survey, play, step)
    result = compare(before, outcomes(before, step.sent), seen)
    if not is_judged(before, step.sent):
        _go_on_unjudged(play, result, lost)
        return
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
        is_not_found = step.exchange.status == NOT_FOUND and bool(step.notice.tracking_number)
        is_first_reply = result.aspect is Aspect.REPLY and not before.booked
        if is_first_reply and is_not_found and play.plan.beside is not None:
            broken = "SHP-14"  # the order has another number than its id, and a special one
        if play.plan.shares and not before.booked and broken == "SHP-2":
            broken = "SHP-1"  # a second order in the parcel of another one
        play.deviates(broken, result.aspect.value, problem_of(result.aspect), expected, actual)
        return
    play.state = result
    if added:
        _judge_values(survey, play, step.notice, added[0])
    _judge_notes(play, step, is_repetition=is_repetition)


def _judge_other_orders(plays: Sequence[Play]) -> None:
    """Report parcels that are recorded on an order whose number resembles that of their own order.

    A repeated notification changes nothing on its own order. What changes on another one has another cause.
    """
    for play in plays:
        step = play.steps[-1]
        if play.has_ended or step.notice is None or not step.notice.tracking_number or _added_and_lost(step)[0]:
            continue
        if step.sent is not None and play.state.has_parcel(step.sent.number):
            continue
        for other in plays:
            notice = other.steps[-1].notice
            is_own = notice is not None and notice.tracking_number == step.notice.tracking_number
            if other is play or is_own or play.plan.beside is None or other.plan.beside is None:
                continue
            if _has_got(other.steps[-1], step.notice.tracking_number):
                play.has_ended = other.has_ended = True
                play.deviates(
                    "SHP-14",
                    OTHER_ORDER,
                    f"The parcel is recorded on another order, {other.created.order_number}",
                    play.created.order_number,
                    other.created.order_number,
                )


def _has_got(step: Step, tracking_number: str) -> bool:
    """True if an order has more shipments with this number than before. Its own parcel may change one that it had."""
    before, after = (
        sum(each.tracking_number == tracking_number for each in order.shipments) for order in (step.before, step.after)
    )
    return after > before


def _go_on_unjudged(play: Play, result: OrderState | Difference, lost: Sequence[Shipment]) -> None:
    """Go on after a notification that is not judged, unless the model can't tell the order's parcels any more."""
    if lost or isinstance(result, Difference):
        play.has_ended = True
    else:
        play.state = result


def _effective(play: Play, step: Step) -> Action:
    """Return the action that a notification repeats, if the store didn't book it the first time."""
    same = [each.action for each in play.steps if each.sent == step.sent]
    return same[0]


def _follow_staff(play: Play, step: Step) -> None:
    status = step.after.status
    if step.after.shipments != step.before.shipments:
        play.has_ended = True  # the store records a parcel of its own, or takes parcels back
    if step.action is Action.NOTE:
        play.staff_note_before, play.staff_note = play.staff_note, step.after.internal_notes
    play.state = replace(
        play.state,
        status=status,
        is_held=step.action is Action.HOLD or (play.state.is_held and step.action is Action.NOTE),
        is_cancelled=step.action is Action.CANCEL or (play.state.is_cancelled and step.action is Action.NOTE),
        is_shipped=play.state.is_shipped and step.action is Action.NOTE,
        is_by_hand=step.action is Action.SHIPPED or (play.state.is_by_hand and step.action is Action.NOTE),
        is_reopened=play.state.is_reopened or (play.state.is_shipped and step.action is not Action.NOTE),
    )


def _judge_values(survey: Survey, play: Play, notice: ShipNotice, shipment: Shipment) -> None:
    """Compare the values of a new shipment with those that were sent."""
    sent_cost = Decimal(notice.cost) if notice.cost else None
    same = {
        "carrier": not notice.carrier or normalized_code(shipment.carrier) == normalized_code(notice.carrier),
        "service": not notice.service or is_same_text(notice.service, shipment.service, *SHIP_NOTICE["Service"].limits),
        # a fee of 0 is no fee
        "cost": not sent_cost or is_same_amount(sent_cost, shipment.cost),
        "notes": is_same_text(notice.notes, shipment.notes, *SHIP_NOTICE["NotesToCustomer"].limits)
        if notice.notes
        else normalized(shipment.notes) not in _other_notes(play),
        "shipped_on": shipment.shipped_on == notice.ship_date,
    }
    sent = {
        "carrier": notice.carrier,
        "service": notice.service,
        "cost": notice.cost,
        "notes": notice.notes or "none, or other ones",
        "shipped_on": notice.ship_date,
    }
    for name, is_same in same.items():
        if not is_same and not cannot_tell(survey.facts, f"shipments.{name}"):
            play.deviates(
                VALUES[name],
                name if len(play.state.booked) < 2 else f"{name} of another parcel",
                f"The {SHOWN.get(name, f'{name} of a shipment is')} wrong",
                str(sent[name] or ""),
                str(getattr(shipment, name) or ""),
            )
    for line, sku in misnamed_items(play.created, [shipment]):
        play.deviates("SHP-7", "SKU of an item", "The SKU of a recorded item is not that of its line", line.sku, sku)
    wanted = normalized_code(notice.tracking_number)
    if normalized_code(shipment.tracking_number) != wanted:
        name = "number" if len(play.state.booked) < 2 else "number of another parcel"
        play.deviates("SHP-2", name, "The tracking number is wrong", notice.tracking_number, shipment.tracking_number)


def _other_notes(play: Play) -> set[str]:
    """Return the notes that are not for the buyer of a parcel without notes: of other parcels, customer and staff."""
    others = {notice.notes for notice, _ in play.notices}
    order = play.steps[-1].before
    return {normalized(text) for text in (*others, order.customer_notes, order.internal_notes)} - {""}


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
    """Return the deviations, those with one cause with one requirement.

    What is wrong only with another parcel than the first is reported by SHP-10. An order that isn't shipped for another
    reason than its downloads is reported by SHP-8.
    """
    listed = list(deviations)
    plain = {(each.requirement, each.aspect) for each in listed}
    found = []
    for each in listed:
        if each.requirement == "SHP-10" and (of_first := {("SHP-1", each.aspect), ("SHP-2", each.aspect)} & plain):
            found.append(structs.replace(each, requirement=min(of_first)[0]))
            continue
        if each.aspect == "parcels" and each.requirement in OF_PARCELS:
            lost = next((of for of in ("SHP-1", "SHP-10") if (of, "parcels") in plain), None)
            if lost is not None:  # a plain parcel is lost, too: the second of an order, or that of another order
                found.append(structs.replace(each, requirement=lost))
                continue
        if (each.requirement, each.aspect) == ("SHP-16", "status") and ("SHP-8", "status") in plain:
            found.append(structs.replace(each, requirement="SHP-8"))
            continue
        name, of, _ = each.aspect.partition(" of another parcel")
        if of:
            first_is_wrong = (each.requirement, name) in plain
            found.append(
                structs.replace(each, aspect=name) if first_is_wrong else structs.replace(each, requirement="SHP-10")
            )
        else:
            found.append(each)
    return found


# the export after each action


def _judge_exports(survey: Survey, plays: Sequence[Play], export: ExportOfOrders, terms: Terms) -> None:
    """Compare the export of the changed orders with the model."""
    terms.shows_changes = terms.shows_changes or bool(export.exported)
    if export.page.exchange.succeeded and not export.page.is_orders:
        return  # CON-7 reports an export that can't be read
    if export.page.is_orders:
        terms.documents.append(export.page)
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
        truth = structs.replace(
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


def _exported_names(survey: Survey) -> Mapping[str, Collection[str]]:
    """Return status → the names by which it is exported, in lower case."""

    def find() -> Mapping[str, Collection[str]]:
        found: dict[str, set[str]] = {}
        for pair in survey.pairs:
            found.setdefault(pair.truth.status, set()).add(pair.exported["OrderStatus"].text.strip().casefold())
        return found

    return survey.cached("exported names of statuses", find)


def _judge_status(survey: Survey, play: Play, exported: ExportedOrder) -> None:
    """Check that the export shows the order's status, by the name that it has in other exported orders."""
    if any(each.aspect == "exported status" for each in play.deviations):
        return
    names = _exported_names(survey).get(play.last.status, frozenset())
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
    """Yield one deviation of each kind, on as plain an order and after as few and as plain actions as show it."""
    plans = {play.created.order_number: play.plan for play in plays}
    found: dict[tuple[str, str, bool], Deviation] = {}
    for each in sorted(deviations, key=lambda each: _plainness(each, plans[each.order])):
        found.setdefault(each.kind, each)
    tries = 0
    for best in found.values():
        given = plans[best.order]
        plan = structs.replace(given, actions=best.actions, parcels=given.parcels[: len(best.actions)], beside=None)
        untried = [] if best.aspect == OTHER_ORDER else [*_plainer_orders(plan), *_simpler(plan)]
        while untried and tries < MAX_TRIES:
            tries += 1
            simpler = structs.replace(untried.pop(0), name=f"t{tries}")
            again = _tried(survey, simpler, best, terms)
            if again is not None:
                best, untried = again, [*_plainer_parcels(simpler), *_simpler(simpler)]
        yield best


def _tried(survey: Survey, plan: Plan, wanted: Deviation, terms: Terms) -> Deviation | None:
    """Return the deviation if its kind shows in another sequence, too, after the last action."""
    kinds = {wanted.kind}
    if wanted.requirement == "SHP-10":
        # what another parcel than the first breaks may be broken by a first parcel like it, too
        kinds |= {(requirement, *wanted.kind[1:]) for requirement in ("SHP-1", "SHP-2", "SHP-23")}
    if wanted.requirement == "SHP-16":
        # an order without downloads may stay open, too
        kinds.add(("SHP-8", *wanted.kind[1:]))
    if wanted.requirement in OF_PARCELS:
        # what a special parcel breaks may be broken by a plain one, too
        kinds |= {(requirement, *wanted.kind[1:]) for requirement in ("SHP-1", "SHP-2", "SHP-10")}
    with contextlib.suppress(NotExercised):
        (play,) = _play(survey, [plan], replace(terms, exports=wanted.xpath is not None))
        for each in _second_parcels(play.deviations):
            if each.kind in kinds and each.actions == plan.actions:
                return each
    return None


def _plainer_orders(plan: Plan) -> list[Plan]:
    """Return the same actions on plainer orders: on a plain one, with little that is special, or with an own number.

    First all parcels, SKUs and addresses are usual, too. Then they are as they were.
    """
    form = plan.form
    named = structs.replace(PLAIN, naming=form.naming)
    forms = [PLAIN, structs.replace(PLAIN, download=form.download), named]
    forms += [structs.replace(named, long_skus=form.long_skus), structs.replace(named, download=form.download)]
    plainer = [structs.replace(plan, form=each, shares="") for each in dict.fromkeys(forms) if each != form]
    found = [*plainer, *([structs.replace(plan, form=named)] if plan.shares and form != named else [])]
    usual = {
        "parcels": (USUAL_PARCEL,) * len(plan.actions),
        "numbers": NUMBERS[0],
        "skus": USUAL_SKUS,
        "home": USUAL_HOME,
    }
    if structs.replace(plan, **usual) == plan:
        return found
    as_usual = [structs.replace(each, **usual) for each in (*found, plan)]
    return [*as_usual[:1], *found[:1], *as_usual[1:], *found[1:]]


def _plainer_parcels(plan: Plan) -> list[Plan]:
    """Return the plans with one special value for several, and those with usual numbers, SKUs or addresses."""
    special = {
        (name, value)
        for parcel in plan.parcels
        for name in PARCEL_FACTORS
        if (value := getattr(parcel, name)) and parcel != ParcelForm(**{name: value})
    }
    single = [
        structs.replace(
            plan,
            parcels=tuple(
                ParcelForm(**{name: value}) if getattr(parcel, name) == value else USUAL_PARCEL
                for parcel in plan.parcels
            ),
        )
        for name, value in sorted(special)
    ]
    usual = (
        structs.replace(plan, numbers=NUMBERS[0]),
        structs.replace(plan, skus=USUAL_SKUS),
        structs.replace(plan, home=USUAL_HOME),
    )
    return [*(each for each in usual if each != plan), *single]


def _simpler(plan: Plan) -> list[Plan]:
    """Return the plans with one action less, and those with a plain parcel for a special one."""
    both, places = [*zip(plan.actions, plan.parcels, strict=True)], range(len(plan.actions))
    shorter = [[*both[:place], *both[place + 1 :]] for place in places[:-1]]
    special = [place for place in places if both[place][0] in PARTS and both[place][0] is not Action.PART]
    plainer = [[*both[:place], (Action.PART, both[place][1]), *both[place + 1 :]] for place in special]
    return [
        structs.replace(plan, actions=actions, parcels=tuple(parcel for _, parcel in each))
        for each in (*shorter, *plainer)
        if is_possible(actions := tuple(action for action, _ in each))
    ]


def _plainness(deviation: Deviation, plan: Plan) -> tuple[int, list[int], int]:
    special = sum(getattr(plan.form, name) != getattr(PLAIN, name) for name in FACTORS)
    special += sum(len(parcel.words) for parcel in plan.parcels[: len(deviation.actions)])
    return len(deviation.actions), [PLAINNESS[action] for action in deviation.actions], special


def deviations_from(played: PlayedSequences, requirement: str) -> Iterator[Finding]:
    """Yield what the sequences show about one requirement."""
    for each in played.deviations:
        if each.requirement == requirement:
            yield each.finding
