"""Orders that several scenarios need, made together: with one call where the store offers that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import chain, repeat

import msgspec

from conformance.checks.change_plan import FIELD, LATE, PLAN, ROUNDS, Kind, Walk, note_of, status_for
from conformance.checks.window_model import (
    AFTER_LONG_AGO,
    CACHED_TOGETHER,
    CLOCK_CHANGE,
    LONG_AGO,
    TURN_OF_YEAR,
    last_turn_of_year,
    orders_around,
)
from conformance.core.clock_changes import ClockChange, last_clock_changes
from conformance.core.errors import NotExercised
from conformance.survey.specimens import Build, CreatedOrder
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable
from mockstore.orders.draft import Draft
from mockstore.orders.model import Customer, Discount, Option, Order
from mockstore.orders.specimens import BOSTON, SpecimenMaker, last_clock_change_back

LATECOMER = LATE.name
"""The order that is changed last of all, after those of the plan of changes."""
FRESH = {"placed now, to be paid": "unpaid", "placed now, paid": "paid"}
"""Name of an order that is placed at the beginning of the run → the meaning of its status."""
AUTHOR = {Kind.CUSTOMER: "Buyer", Kind.STAFF: "Staff"}
"""How the notes that the suite writes begin."""
PLACED_BEFORE = timedelta(days=1)
"""Orders that are changed were placed so long before. So a window of their changes doesn't hold their OrderDate."""
LATECOMER_PLACED_BEFORE = timedelta(days=5)
"""The latecomer was placed so long before the first specimen."""
RICH_SPECIMENS = ("mix-85", "mix-1", "mix-58", "mix-10", "mix-27", "mix-52")
"""The specimens that have the most properties together. Orders that are changed have their content.

The first that are exported are used: what breaks an export would break that of every order that is changed.
"""
AWAY_FROM_SPECIMENS = timedelta(days=10)
"""The orders of windows are modified longer than this before the specimens."""


def midnight_of_windows(survey: Survey) -> datetime:
    """Return the turn of the year around which orders are made."""
    return last_turn_of_year(survey.specimens_begin - AWAY_FROM_SPECIMENS)


def clock_change_of_windows(survey: Survey) -> datetime:
    """Return when the clocks of the store's zone were set back; orders are made around it."""
    return last_clock_change_back(survey.facts.timezone, survey.specimens_begin - AWAY_FROM_SPECIMENS)


def zone_changes(survey: Survey) -> dict[str, ClockChange]:
    """Return the last changes of the clocks of the store's zone; "skipped" and "repeated" name them.

    None for a zone without summer time.
    """
    changes = last_clock_changes(survey.facts.timezone, survey.specimens_begin - AWAY_FROM_SPECIMENS)
    return {word: each for word, each in zip(("skipped", "repeated"), changes, strict=True) if each is not None}


def times_of_windows(survey: Survey) -> dict[str, datetime]:
    """Return the names of the orders that windows are tried with, and when they are modified."""
    midnight, change = midnight_of_windows(survey), clock_change_of_windows(survey)
    found = {name: midnight + after for name, after in (TURN_OF_YEAR | CACHED_TOGETHER).items()}
    found |= {name: change + after for name, after in CLOCK_CHANGE.items()} | LONG_AGO | AFTER_LONG_AGO
    for word, each in zone_changes(survey).items():
        found |= orders_around(each, word)
    return found


def prepared_orders(survey: Survey) -> Mapping[str, CreatedOrder | NotExercised | TruthUnavailable]:
    """Make the orders of the plan of changes, and those that windows are tried with. Return each by its name.

    An order that could not be made is replaced by the error.

    Raises:
        NotExercised: if the suite may not make orders.
    """

    def make() -> Mapping[str, CreatedOrder | NotExercised | TruthUnavailable]:
        others: dict[str, Build] = {LATECOMER: partial(_latecomer, survey)}
        if survey.knows_modification_times:
            others |= {name: partial(_modified_at, name, moment) for name, moment in times_of_windows(survey).items()}
            others |= {name: partial(_fresh, survey, name) for name in FRESH}
        contents, nothing = contents_of_exports(survey), frozenset[str]()
        made: dict[str, CreatedOrder | NotExercised | TruthUnavailable] = {}
        walks: Sequence[Walk] = PLAN
        moments: list[datetime] = []
        rich = _rich_drafts(survey)
        # not every source of truth can make a discount, or an order placed long ago
        for content, is_old in ((contents, True), (nothing, True), (nothing, False)):
            builds = {
                walk.name: partial(_to_change, survey, walk, draft, content, moments, is_old)
                for walk, draft in zip(walks, chain(rich, repeat(None)), strict=False)
            }
            made |= survey.new_orders({**builds, **others})
            walks, others, rich = [walk for walk in PLAN if isinstance(made[walk.name], NotExercised)], {}, ()
            if not walks:
                break
        return made

    return survey.cached_or_refused("prepared orders", make)


def exported_statuses(survey: Survey) -> frozenset[str]:
    """Return the statuses of orders that were exported; WIN-7 reports the others."""
    return survey.cached("exported statuses", lambda: frozenset(pair.truth.status for pair in survey.pairs))


def contents_of_exports(survey: Survey) -> frozenset[str]:
    """Return what orders that are changed have besides lines: all that the survey's orders have shown in exports.

    What breaks an export would break that of every order that is changed during the run.
    """
    tests: dict[str, Callable[[Order], object]] = {
        "gift": lambda order: order.gift_message,
        "discounts": lambda order: any(each.coupon for each in order.discounts),
        "options": lambda order: any(item.options for item in order.items),
        "customer_notes": lambda order: order.customer_notes,
        "internal_notes": lambda order: order.internal_notes,
        "shipping": lambda order: order.customer.shipping not in (None, order.customer.billing),
    }

    def find() -> frozenset[str]:
        return frozenset(name for name, has in tests.items() if any(has(pair.truth) for pair in survey.pairs))

    return survey.cached("contents of exports", find)


def note_for_change(survey: Survey, kind: Kind, form: str, place: int) -> str:
    """Return the note of this form that a change writes; a plain one if no order with such characters was exported."""

    def find() -> set[str | int]:
        return _breaking("\n".join(getattr(pair.truth, FIELD[kind]) for pair in survey.pairs))

    note, shown = note_of(AUTHOR[kind], form, place), survey.cached(("characters of notes", kind), find)
    return note if _breaking(note) <= shown else note_of(AUTHOR[kind], "plain", place)


def _breaking(text: str) -> set[str | int]:
    """Return what of a text could break an export: markup, and beyond ASCII the numbers of bytes of characters."""
    markup = {mark for mark in ("&", "<", "]]>") if mark in text}
    return markup | {len(char.encode("utf-8", "surrogatepass")) for char in set(text) if not char.isascii()}


def _rich_drafts(survey: Survey) -> tuple[Draft, ...]:
    """Return the drafts of specimens that were exported and have many properties; fewer than wanted if they weren't."""
    made = [survey.specimens[name] for name in RICH_SPECIMENS if name in survey.specimens]
    return tuple(each.draft for each in made if each.stored.order_number in survey.arrived)


def _customer_of(rich: Draft, plain: Draft) -> Customer:
    """Return the customer of one order with the identity of another's."""
    code = rich.customer.code and f"{rich.customer.code}-{plain.customer.email.partition('@')[0][-8:]}"
    return msgspec.structs.replace(rich.customer, email=plain.customer.email, code=code)


def _with_content(plain: Draft, rich: Draft) -> Draft:
    """Return a new order with the content of another one, except for what identifies it."""
    return msgspec.structs.replace(
        rich,
        order_number=plain.order_number,
        customer=_customer_of(rich, plain),
        modified_at=plain.modified_at,
    )


def with_rich_texts(survey: Survey, plain: Draft, place: int) -> Draft:
    """Return an order with the same lines and amounts, and with texts that a change could spoil.

    ``place`` tells which specimen the customer and the gift are taken from. The notes have special characters; at odd
    places the customer wrote none. The order stays as it is if no such specimen was exported.
    """
    every = _rich_drafts(survey)
    if not every:
        return plain
    rich = every[place % len(every)]
    forms = {Kind.CUSTOMER: "none" if place % 2 else "special", Kind.STAFF: "lines"}
    notes = {FIELD[kind]: note_for_change(survey, kind, form, ROUNDS + 1 + place) for kind, form in forms.items()}
    return msgspec.structs.replace(
        plain,
        customer=_customer_of(rich, plain),
        gift=rich.gift,
        gift_message=rich.gift_message,
        shipping_method=rich.shipping_method,
        payment_method=rich.payment_method,
        **{name: note for name, note in notes.items() if name not in survey.facts.lacks},
    )


def _to_change(
    survey: Survey,
    walk: Walk,
    rich: Draft | None,
    contents: frozenset[str],
    moments: list[datetime],
    is_old: bool,
    make: SpecimenMaker,
) -> Draft:
    """Return an order of the plan of changes, with a value in every field that a change could spoil.

    It has the content of ``rich``, if that is given. All of them are modified at the same moment, which is kept. An old
    one was placed long before.
    """
    name = f"changed-{walk.name.replace(' ', '-')}"
    options = (Option("Size", "L"),) if "options" in contents else ()
    plain = make.draft(
        name,
        make.item(1, quantity=2, options=options),
        make.item(2),
        customer=make.customer(name, **({"shipping": BOSTON} if "shipping" in contents else {})),
        discounts=(Discount("Coupon", Decimal("1.50"), "AGAIN15"),) if "discounts" in contents else (),
        gift="gift" in contents,
        gift_message="Happy birthday!" if "gift" in contents else "",
    )
    plain = plain if rich is None else _with_content(plain, rich)
    assert plain.modified_at is not None
    # not in the first second: a store may take the end of a window for an instant
    moments.append(plain.modified_at.replace(second=5))
    forms = walk.notes[:2] if rich is not None else ("plain", "plain")
    notes = {
        FIELD[kind]: note_for_change(survey, kind, form, 0)
        for kind, form in zip((Kind.CUSTOMER, Kind.STAFF), forms, strict=True)
    }
    kept = {name: note for name, note in notes.items() if name not in survey.facts.lacks}
    status = status_for(survey.facts, walk.meanings[0], among=exported_statuses(survey))
    return msgspec.structs.replace(
        plain,
        status=status or plain.status,
        placed_at=moments[0] - (PLACED_BEFORE if is_old else timedelta(0)),
        modified_at=moments[0],
        **kept,
    )


def _latecomer(survey: Survey, make: SpecimenMaker) -> Draft:
    """Return an order that was placed before all specimens, so that it can be modified at any time since then."""
    plain = make.draft("changed-later-on")
    return msgspec.structs.replace(plain, placed_at=survey.specimens_begin - LATECOMER_PLACED_BEFORE)


def _fresh(survey: Survey, name: str, make: SpecimenMaker) -> Draft:
    """Return an order that is placed now, by the suite's own clock, and not changed since."""
    now = survey.now.replace(microsecond=0)
    plain = make.draft(name.replace(" ", "-").replace(",", ""), moment=now, placed_at=now)
    status = status_for(survey.facts, FRESH[name], among=exported_statuses(survey))
    return msgspec.structs.replace(plain, status=status or plain.status)


def _modified_at(name: str, moment: datetime, make: SpecimenMaker) -> Draft:
    return make.draft(name.replace(" ", "-"), moment=moment, placed_at=moment)
