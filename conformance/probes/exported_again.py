"""Selects the orders that were exported again after a change, by staff or by a shipment."""

from __future__ import annotations

import msgspec

from conformance.checks.items import has_lines
from conformance.checks.matching import Pair
from conformance.checks.missing_lines import MissingLine, explain, explaining_properties
from conformance.checks.notes import has_own_text
from conformance.core.errors import NotExercised
from conformance.probes import order_changes
from conformance.probes.items import OrderLines
from conformance.probes.shipment_update import recorded_values, sequences
from conformance.survey.survey import Survey


def orders_exported_again(survey: Survey) -> tuple[Pair, ...]:
    """Return orders that were exported again after changes, beside what the store has to hold of them.

    Raises:
        NotExercised: if no changed order was exported again.
    """
    found: list[Pair] = []
    reason: NotExercised | None = None
    for orders in (_changed_by_staff, sequences.orders_exported_again, recorded_values.rich_orders_exported_again):
        try:
            found += orders(survey)
        except NotExercised as why:
            reason = reason or why
    if not found:
        raise reason or NotExercised("no changed order was exported again: fix WIN-11 first")
    return tuple(found)


def _changed_by_staff(survey: Survey) -> tuple[Pair, ...]:
    return order_changes.change_orders_again_and_again(survey).exported_again


class StaffNotesExportedAgain(msgspec.Struct, frozen=True):
    """Orders that were exported again after a change.

    ``has_own_text``: the store puts text of its own into InternalNotes of orders that nobody changed, too.
    """

    pairs: tuple[Pair, ...]
    has_own_text: bool


def staff_notes_exported_again(survey: Survey) -> StaffNotesExportedAgain:
    """Return the orders that were exported again after a change, to compare their staff notes.

    Raises:
        NotExercised: if no changed order was exported again.
    """
    return StaffNotesExportedAgain(orders_exported_again(survey), any(map(has_own_text, survey.pairs)))


def lines_exported_again(survey: Survey) -> OrderLines:
    """Return the lines of the orders that were exported again after a change.

    A line is missing for the reason that explains lines missing from orders that nobody changed, if there is one.

    Raises:
        NotExercised: if no changed order was exported again, or none has lines.
    """
    pairs = orders_exported_again(survey)
    if not any(map(has_lines, pairs)):
        raise NotExercised("no changed order has lines")
    known = explaining_properties(survey.pairs)
    missing = (
        MissingLine(each.pair, each.item, next((way for way in known if way.holds(each.item, each.pair.truth)), None))
        for each in explain(pairs)
    )
    return OrderLines("", pairs, tuple(missing))
