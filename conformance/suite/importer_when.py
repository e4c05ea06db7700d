"""When: what is done with the importer. Each sentence names an occasion."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any

from pytest_bdd import parsers, when

from conformance.importer.occasions import imported_orders, notifications, pages_and_windows, requests, trouble
from conformance.suite.scenario import ScenarioRun

Occasion = Callable[..., Coroutine[Any, Any, Any]]

WHEN: dict[str, tuple[Occasion, ...] | tuple[Occasion, str]] = {
    "the importer imports an order for each hard case": (imported_orders.hard,),
    "the importer imports a few plain orders": (requests.few,),
    "the importer imports from a store whose password has special characters": (requests.special_password,),
    "the importer imports from a store whose URL has more in its query": (requests.more_query,),
    "the importer imports windows that follow each other": (pages_and_windows.following,),
    "the importer imports windows that follow each other from a store that takes their end as exclusive": (
        pages_and_windows.following,
        "end-exclusive",
    ),
    "an order is changed between two imports": (imported_orders.changed,),
    "the importer imports from a store with the real add-on": (imported_orders.real_addon,),
    "the importer imports from stores of every version": (imported_orders.every_version,),
    "the importer imports from a store that exports an order without a shipping address": (
        imported_orders.without_address,
    ),
    "the importer is given a wrong password": (trouble.refused,),
    "the importer tells of a shipment": (notifications.told,),
    "the importer tells of a shipment whose service has special characters": (notifications.told_specially,),
}
"""What is done, and with what."""

WHEN_VARIED: dict[str, Occasion] = {
    "the importer imports in the time zone {zone}": requests.in_zone,
    "the importer imports from a store in the time zone {zone}": requests.store_in_zone,
    "the importer imports a window with {size}": pages_and_windows.sized,
    "from a store of the variant {variant} comes a window with {size}": pages_and_windows.sized_otherwise,
    "{what} comes while the importer imports": imported_orders.on_two_pages,
    "{what} befalls page {page:d} of an import": trouble.trouble,
    "the importer imports from stores that write {what} otherwise": imported_orders.written_otherwise,
    "the importer tells of a shipment and the answer is {answer}": notifications.told_in_trouble,
    "the importer tells of a shipment and is answered {status}": notifications.told_and_answered,
}
"""What is done in one of several ways; the words that vary are handed over in their order."""

_VARIED = [(parsers.parse(form), re.findall(r"{(\w+)", form), work) for form, work in WHEN_VARIED.items()]


def occasion_of(text: str) -> tuple[object, ...] | None:
    """The occasion that a sentence brings about, and the words that vary; None where it is none."""
    if text in WHEN:
        return WHEN[text]
    for form, names, work in _VARIED:
        if form.is_matching(text) and (found := form.parse_arguments(text)):
            return work, *(found[name] for name in names)
    return None


class AnOccasion(parsers.StepParser):
    """Any sentence that brings about an occasion."""

    def is_matching(self, name: str) -> bool:
        """Whether there is one."""
        return occasion_of(name) is not None

    def parse_arguments(self, name: str) -> dict[str, Any]:
        """The occasion."""
        return {"occasion": occasion_of(name)}


@when(AnOccasion("an occasion"))
def brought_about(case: ScenarioRun, occasion: tuple[Any, ...]) -> None:
    case.take(lambda done: done.of(*occasion), "")
