"""Which requirement a deviation in a sequence of actions breaks, and what the finding says. All functions are pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping

import msgspec

from conformance.checks.action_sequences import REPETITIONS, Action
from conformance.checks.shipment_model import (
    Aspect,
    Difference,
    Notification,
    Observation,
    OrderState,
    StatusAfter,
    Units,
    total,
)
from conformance.core.finding import Finding, shorten

OF_ACTION: dict[Action, str] = {
    Action.TWINS: "SHP-18",
    Action.UNKNOWN: "SHP-13",
    Action.MARK: "SHP-17",
    Action.UNTRACKED: "SHP-23",
    Action.AGAIN: "SHP-9",
    Action.EARLIER: "SHP-9",
}
"""Action → the requirement about it. Other parcels have requirements for their aspects."""


MANY = 2
"""With this many lines, a SKU names none of them."""


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """One action that has not the effect that a requirement demands, and the actions before it.

    ``aspect`` tells deviations of one requirement apart. ``steps`` are the actions in words.
    """

    requirement: str
    aspect: str
    actions: tuple[Action, ...]
    steps: tuple[str, ...]
    problem: str
    expected: str
    actual: str
    order: str
    exchange: int | None = None
    xpath: str | None = None

    @property
    def kind(self) -> tuple[str, str, bool]:
        """What deviations with the same cause have in common."""
        return self.requirement, self.aspect, self.actions[-1] in REPETITIONS

    @property
    def finding(self) -> Finding:
        """The deviation as a finding."""
        return Finding(
            message=f"{self.problem} after: {', then '.join(self.steps)}.",
            order=self.order,
            xpath=self.xpath,
            expected=shorten(self.expected),
            actual=shorten(self.actual) or "(nothing)",
            exchange=self.exchange,
        )


def requirement_of(
    action: Action,
    difference: Difference,
    state: OrderState,
    sent: Notification,
    seen: Observation,
    known: frozenset[str],
) -> str:
    """Return the requirement that a difference breaks.

    ``known`` are requirements that plain notifications break already. If one of them may be the cause, it is reported.
    """
    aspect = difference.aspect
    if aspect is Aspect.ITEMS:
        return _of_items(action, difference, state, sent, seen, known)
    if aspect is Aspect.STATUS and not seen.is_shipped and ("SHP-16" in known or _only_downloads_left(state, seen)):
        return "SHP-16"
    if action is Action.UNTRACKED and aspect is Aspect.REPLY and not state.booked:
        return "SHP-23"  # its elements are left out, and not only empty
    if action in OF_ACTION and (action not in (Action.TWINS, Action.UNTRACKED) or OF_ACTION[action] in known):
        return OF_ACTION[action]
    if aspect is Aspect.STATUS:
        return "SHP-8" if state.booked or seen.is_shipped else "SHP-1"
    if state.booked:
        return "SHP-10"
    return "SHP-1" if aspect is Aspect.REPLY else "SHP-2"


def _only_downloads_left(state: OrderState, seen: Observation) -> bool:
    """True if the order has units left, but none that can be shipped."""
    booked = total([*(each.units for each in state.booked), seen.units or ()])
    left = {line.key for line in state.lines if booked[line.key] < line.quantity}
    return not state.is_shipped and bool(left) and not left & state.goods


def _of_items(
    action: Action,
    difference: Difference,
    state: OrderState,
    sent: Notification,
    seen: Observation,
    known: frozenset[str],
) -> str:
    found = total([*(each.units for each in state.booked), seen.units or ()])
    skus = [line.sku for line in state.lines]
    twins = {line.key for line in state.lines if skus.count(line.sku) > 1} | {s for s in skus if skus.count(s) > 1}
    right = {units for each in difference.allowed if (units := each.units) is not None}
    wrong_lines = {key for key, count in (seen.units or ()) if all((key, count) not in units for units in right)}
    wrong_lines |= {key for units in right for key, _ in units if key not in dict(seen.units or ())}
    named = [item.sku for item in sent.items or ()]
    sku_of = {line.key: line.sku for line in state.lines}
    ordered = total(((line.sku, line.quantity),) for line in state.lines)
    booked = total(((sku_of.get(key, key), count),) for key, count in found.items())
    too_much = {sku for sku in ordered if booked[sku] > ordered[sku]} if action in (Action.MORE, Action.LATE) else set()
    if too_much - twins:
        return "SHP-19"  # a SKU of one line can't be booked on the wrong one
    if "SHP-18" in known and (wrong_lines & twins or len({*named}) < len(named)):
        return "SHP-18"
    if action in (Action.MARK, *REPETITIONS):
        return OF_ACTION[action]
    if too_much:
        return "SHP-19"
    named_lines = {key for units in right for key, _ in units}
    seen_lines = dict(seen.units or ()).keys()
    if any(sku_of.get(key, key) not in named for key in seen_lines):
        return "SHP-7"  # on a line with another SKU
    names_one_line = action in (Action.TWICE, Action.UNKNOWN) and all(
        item.key or skus.count(item.sku) < MANY for item in sent.items or ()
    )
    if not twins & seen_lines or (names_one_line and seen_lines <= named_lines):
        return "SHP-7"  # the units are lost, and not on a wrong line
    by_line = all(key in sku_of for key in seen_lines)
    as_seen = _units_of_twins(seen.units or (), twins, sku_of, by_line=by_line)
    is_right = any(as_seen == _units_of_twins(units, twins, sku_of, by_line=by_line) for units in right)
    return "SHP-7" if is_right else "SHP-18"


def _units_of_twins(units: Units, twins: Container[str], sku_of: Mapping[str, str], *, by_line: bool) -> Counter[str]:
    """Return the units of lines that share a SKU, by line, or by SKU if the record doesn't tell lines."""
    return total(((key if by_line else sku_of.get(key, key), count),) for key, count in units if key in twins)


def problem_of(aspect: Aspect) -> str:
    """Return what is wrong, as the beginning of a sentence."""
    return {
        Aspect.REPLY: "The notification isn't answered as it should be",
        Aspect.PARCELS: "The store has the wrong number of shipments",
        Aspect.ITEMS: "The recorded items are wrong",
        Aspect.STATUS: "The order's status is wrong",
    }[aspect]


def expected_and_actual(
    difference: Difference, seen: Observation, outcome: str, shipped: Iterable[str], names: Mapping[str, str]
) -> tuple[str, str]:
    """Return in words what is allowed and what was seen. ``names`` are those of lines; ``outcome`` is the reply."""
    match difference.aspect:
        case Aspect.REPLY:
            return " or ".join(sorted({each.reply.value for each in difference.allowed})), outcome
        case Aspect.PARCELS:
            wanted = sorted({0 if each.units is None else 1 for each in difference.allowed})
            return f"{' or '.join(map(str, wanted))} more", f"{seen.added} more"
        case Aspect.ITEMS:
            allowed = sorted(units for each in difference.allowed if (units := each.units) is not None)
            each_once = dict.fromkeys(_units(units, names) for units in allowed)
            return " or ".join(list(each_once)[:4]), _units(seen.units or (), names)
        case Aspect.STATUS:
            wanted_status = {each.status for each in difference.allowed}
            words = {
                StatusAfter.SAME: f"still {seen.status_before}",
                StatusAfter.NOT_SHIPPED: f"not shipped yet: {seen.status_before}",
                StatusAfter.SHIPPED: " or ".join(sorted(shipped)),
                StatusAfter.ANY: "any",
            }
            return " or ".join(words[each] for each in StatusAfter if each in wanted_status), seen.status


def _units(units: Iterable[tuple[str, int]], names: Mapping[str, str]) -> str:
    return ", ".join(f"{count} × {names.get(key, key)}" for key, count in units) or "nothing"
