"""The When sentences of the importer's features. Each names the occasion that it runs."""

from __future__ import annotations

import re

from pytest_bdd import parsers, when

from conformance.importer.occasions import imported_orders, notifications, pages_and_windows, requests, trouble
from conformance.importer.target import Occasion, OccasionCall
from conformance.suite.scenario import ScenarioRun

WHEN = {
    # requests
    "the importer imports three plain orders": OccasionCall(requests.import_plain_orders),
    "the importer imports from a store whose password has special characters": OccasionCall(
        requests.import_with_special_password
    ),
    "the importer imports from a store whose URL has further query parameters": OccasionCall(
        requests.import_with_more_query
    ),
    # pages and windows
    "the importer imports three consecutive windows": OccasionCall(pages_and_windows.import_consecutive_windows),
    "the importer imports three consecutive windows from a store that excludes their last minute": OccasionCall(
        pages_and_windows.import_consecutive_windows, ("end-exclusive",)
    ),
    # imported orders
    "the importer imports one order for each hard case": OccasionCall(imported_orders.import_hard_cases),
    "an order is changed between two imports": OccasionCall(imported_orders.import_around_change),
    "the importer imports from a store with the real add-on": OccasionCall(imported_orders.import_real_addon),
    "the importer imports from stores of every version": OccasionCall(imported_orders.import_every_version),
    "the importer imports from a store that exports an order without a shipping address": OccasionCall(
        imported_orders.import_without_address
    ),
    # trouble
    "the importer imports with a wrong password": OccasionCall(trouble.import_with_wrong_password),
    # notifications
    "the importer notifies the store of a shipment": OccasionCall(notifications.notify),
    "the importer notifies the store of a shipment whose service has special characters": OccasionCall(
        notifications.notify_special_service
    ),
}
"""Sentence → occasion."""

WHEN_WITH_VALUES: dict[str, Occasion] = {
    "the importer imports in the time zone {zone}": requests.import_in_zone,
    "the importer imports from a store in the time zone {zone}": requests.import_from_zone,
    "the importer imports a window with {size}": pages_and_windows.import_window,
    "from a store of the variant {variant}, the importer imports a window with {size}": (
        pages_and_windows.import_window_of_variant
    ),
    "{event} while the importer imports": imported_orders.import_during,
    "the importer imports from stores that write {part} differently": imported_orders.import_forms,
    "page {page:d} of an import meets {trouble}": trouble.import_in_trouble,
    "the importer notifies the store, and the reply is {reply}": notifications.notify_with_reply,
}
"""Sentence with values → occasion, which takes the values in their order."""

_PATTERNS = [
    (parsers.parse(sentence), re.findall(r"{(\w+)", sentence), occasion)
    for sentence, occasion in WHEN_WITH_VALUES.items()
]


def occasion_of(sentence: str) -> OccasionCall | None:
    """Return the occasion that a sentence runs, or None if it is not one of these sentences."""
    if sentence in WHEN:
        return WHEN[sentence]
    for pattern, names, occasion in _PATTERNS:
        if pattern.is_matching(sentence) and (values := pattern.parse_arguments(sentence)):
            return OccasionCall(occasion, tuple(values[name] for name in names))
    return None


class OccasionParser(parsers.StepParser):
    """Matches the sentences of this module."""

    def is_matching(self, name: str) -> bool:
        """True if the sentence runs an occasion."""
        return occasion_of(name) is not None

    def parse_arguments(self, name: str) -> dict[str, OccasionCall | None]:
        """Return the occasion as the argument ``occasion``."""
        return {"occasion": occasion_of(name)}


@when(OccasionParser("an occasion"))
def run_occasion(scenario_run: ScenarioRun, occasion: OccasionCall) -> None:
    scenario_run.obtain(lambda occasions: occasions.evidence_of(occasion))
