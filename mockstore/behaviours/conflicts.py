"""Tells which of the defects and variants that are switched on together contradict each other.

Most can be combined: a step of one calls the step of the one before. There are three ways in which they cannot:

- two variants are forms of the same thing (:data:`ALTERNATIVES`);
- one replaces a step whole, so that what an earlier one changed in this step is never called;
- one writes over what an earlier one wrote, so that every order is exported as without the earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial, reduce
from itertools import combinations
from types import CodeType, FunctionType, MethodType

from mockstore.behaviours.current import About
from mockstore.behaviours.defects import Change, defects
from mockstore.behaviours.registry import build_behaviour
from mockstore.behaviours.variants import variants
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document
from mockstore.orders.covering import covering_orders
from mockstore.orders.draft import make_order
from mockstore.orders.model import Order
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import store_facts
from mockstore.shop.shop import Shop

ALTERNATIVES = (
    {"utf-16", "latin-1-declared", "byte-order-mark", "no-declaration", "standalone"},
    {"application-xml", "content-type-suffix", "latin-1-declared"},
    {"twelve-hours", "twelve-hours-seconds", "seconds", "short-times"},
    {"amounts-short", "amounts-four-decimals", "amounts-one-decimal"},
    {"weights-in-pounds", "weights-in-ounces", "weights-in-grams", "option-weights-in-line"},
    {"optionals-left-out", "empty-optionals", "zeros-left-out", "booleans-as-numbers", "weightless-says-zero"},
    {"one-adjustment", "full-price-and-adjustment", "adjustments-first", "lines-by-name"},
    {"elements-backwards", "elements-by-name"},
    {"everything-in-cdata", "escaped-text", "character-references", "comments"},
    {"refusal-403", "refusal-empty", "refusal-json"},
    {"pages-on-first-only", "pages-when-several", "no-pages-of-nothing"},
    {"notified-201", "notified-204"},
    {"unknown-order-400", "unknown-order-422"},
    {"coupons-in-custom-fields", "more-elements", "one-adjustment"},
    {"names-with-options", "cut-with-ellipsis"},
    {"options-sorted", "options-of-one-name-joined"},
    # without its first or last minute, a window of two minutes would be refused
    {"end-exclusive", "start-exclusive", "equal-bounds-refused"},
    {"end-exclusive", "start-exclusive", "end-is-an-instant"},
    {"equal-bounds-hold-nothing", "equal-bounds-refused"},
    {"gzip", "gzip-always", "gzip-by-old-name"},
    {
        "cancelled-orders-not-shipped",
        "cancelled-orders-ignore-parcels",
        "cancelled-orders-record-later",
        "parcel-undoes-cancellation",
    },
    # a parcel that names a download would have more units than it records
    {"downloads-not-recorded", "too-much-refused"},
    # the status of a partly shipped order means on hold: its other parcels would be refused
    {"held-orders-not-shipped", "partly-shipped-has-a-status"},
)
"""Variants that change the same thing: a store can have only one of each group."""

STEPS = {
    "show_picture": "the pictures of products",
    "authenticate": "the check of the credentials",
    "read_action": "the reading of the action",
    "fail": "the answer to a failure",
    "refuse": "the replies to refused requests",
    "read_window": "the reading of the window",
    "select": "the choice of a window's orders",
    "read_page": "the reading of the page's number",
    "paginate": "the division into pages",
    "is_exportable": "the choice of orders with an address",
    "after_export": "what follows an export",
    "present": "the content of orders",
    "state_pages": "the number of pages",
    "serialise": "the XML",
    "send": "the headers of an export",
    "read_notice": "the reading of a notification",
    "find_order": "the search for the order of a notification",
    "pack": "the items of a parcel",
    "record": "the content of a shipment",
    "status_after": "the status after a shipment",
    "repetition_key": "the recognition of repetitions",
    "book": "the recording of a shipment",
    "acknowledge": "the reply to a notification",
}
"""The steps of a behaviour that are functions, in words."""
EXPORT_STEPS = frozenset({"is_exportable", "present", "serialise"})
MAX_COMPARED = 24
"""Most switches whose exports are compared: each needs an export of its own."""
SAMPLE_TIME = datetime(2026, 3, 10, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Switch:
    """A defect or a variant that is on."""

    kind: str
    name: str
    change: Change

    def __str__(self) -> str:
        return f"the {self.kind} {self.name}"


@dataclass(frozen=True)
class Hidden:
    """A switch that has no effect because of another one; on one step, or on no exported order."""

    switch: Switch
    by: Switch
    step: str = ""

    @property
    def sentence(self) -> str:
        """The sentence about it."""
        if self.step:
            return f"T{str(self.by)[1:]} replaces {STEPS[self.step]}, so {self.switch} has no effect on it."
        return f"T{str(self.by)[1:]} hides {self.switch}: orders are exported as without it."


@lru_cache(maxsize=16)
def conflicts(about: About, shop: Shop) -> tuple[str, ...]:
    """Return a sentence about each conflict among what is switched on in a store of this shop."""
    on = _switches(about)
    if len(on) < 2:
        return ()
    replaced = list(_replaced(build_behaviour(about.profile), on))
    known = {(each.switch, each.by) for each in replaced}
    written_over = [each for each in _written_over(about.profile, on, shop) if (each.switch, each.by) not in known]
    exclusive = [
        f"The variants {one} and {other} exclude each other: a correct store has one of them at most."
        for one, other in combinations(about.variants, 2)
        if any({one, other} <= group for group in ALTERNATIVES)
    ]
    return (*exclusive, *(each.sentence for each in (*replaced, *written_over)))


def _switches(about: About) -> tuple[Switch, ...]:
    """Return what is on, in the order in which it is applied."""
    chosen = [Switch("variant", name, variants()[name].change) for name in about.variants]
    return (*chosen, *(Switch("defect", name, defects()[name].change) for name in about.defects))


# ------------------------------------------------------------------ steps that are replaced whole


def _replaced(behaviour: Behaviour, on: Sequence[Switch]) -> Iterator[Hidden]:
    """Yield each switch of which a later one leaves a step uncalled."""
    changed_by: dict[str, list[Switch]] = {}
    for each in on:
        changed = each.change(behaviour)
        for step in STEPS:
            before, after = getattr(behaviour, step), getattr(changed, step)
            if after is before:
                continue
            if not _calls(after, before):
                yield from (Hidden(earlier, each, step) for earlier in changed_by.pop(step, ()))
            changed_by.setdefault(step, []).append(each)
        behaviour = changed


def _calls(function: object, sought: object) -> bool:
    """True if a function may call another one: it holds it, or holds a behaviour and uses the step by its name."""
    seen, left = set(), [function]
    while left:
        value = left.pop()
        if value is sought:
            return True
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, partial):
            left += [value.func, *value.args, *value.keywords.values()]
        elif isinstance(value, MethodType):
            left += [value.__self__, value.__func__]
        elif isinstance(value, FunctionType):
            names = set(_names(value.__code__))
            held = [cell.cell_contents for cell in value.__closure__ or ()]
            held += [*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()]
            for each in held:
                is_behaviour = isinstance(each, Behaviour)
                left += [getattr(each, step) for step in STEPS if step in names] if is_behaviour else [each]
    return False


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names of attributes that code uses, also in functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


# ------------------------------------------------------------------ content that is written over


def _written_over(profile: str, on: Sequence[Switch], shop: Shop) -> Iterator[Hidden]:
    """Yield each switch without which the others export the same orders, although alone it changes some."""
    base = build_behaviour(profile)
    changing = [each for each in on if _changes_export(each, base)]
    if not 2 <= len(changing) <= MAX_COMPARED:
        return

    def exports(*switches: Switch) -> list[bytes]:
        return _exports(reduce(lambda behaviour, each: each.change(behaviour), switches, base), shop)

    plain, together = exports(), exports(*changing)
    for each in changing:
        others = [other for other in changing if other is not each]
        if exports(*others) != together or exports(each) == plain:
            continue
        for other in others:
            pair = (each, other) if changing.index(each) < changing.index(other) else (other, each)
            if exports(*pair) == exports(other):
                yield Hidden(each, other)
                break


def _changes_export(switch: Switch, base: Behaviour) -> bool:
    changed = switch.change(base)
    return any(getattr(changed, step) is not getattr(base, step) for step in EXPORT_STEPS)


@lru_cache(maxsize=4)
def _sample(shop: Shop) -> tuple[Order, ...]:
    """Return the orders whose exports are compared: those that the suite makes."""
    facts = store_facts(shop)
    drafts = [each.draft for each in (*specimens(facts, SAMPLE_TIME), *covering_orders(facts, SAMPLE_TIME))]
    return tuple(make_order(draft, shop, SAMPLE_TIME) for draft in drafts)


def _exports(behaviour: Behaviour, shop: Shop) -> list[bytes]:
    """Return what a behaviour exports of each order of the sample; b"" for none, and for an order on which it fails."""
    return [_export(behaviour, order, shop) for order in _sample(shop)]


def _export(behaviour: Behaviour, order: Order, shop: Shop) -> bytes:
    try:
        if not behaviour.is_exportable(order):
            return b""
        return behaviour.serialise(Document([behaviour.present(order, shop)], "1"))
    except Exception:  # a defect may fail on purpose, or because of another one
        return b""
