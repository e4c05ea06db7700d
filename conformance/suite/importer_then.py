"""Then: how the evidence of an occasion is judged. Each sentence names a check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_bdd import parsers, then

import mockstore.traffic.rules as rules
from conformance.importer.checks import imported_orders, notifications, pages_and_windows, requests, trouble
from conformance.importer.checks.breaches import conduct as breaks
from conformance.importer.evidence import OccasionEvidence
from conformance.suite.scenario import Found, ScenarioRun

THEN: dict[str, Callable[[Any], Found]] = {
    "every request carries the credentials in its header": breaks(rules.credentials_in_header, requirement="IMP-1"),
    "no request carries credentials in its URL": breaks(rules.no_credentials_in_url, requirement="IMP-1"),
    "every request is let in": requests.let_in,
    "the bounds are written as agreed": breaks(
        rules.bounds_in_agreed_format, rules.method_and_action, requirement="IMP-2"
    ),
    "the query of the store's URL is kept": breaks(rules.query_kept, requirement="IMP-2"),
    "the window asked for is the one to be imported, in UTC": requests.whole_window,
    "every page is asked for, and none past the last": breaks(
        rules.every_page_requested, rules.pages_in_bounds, requirement="IMP-3"
    ),
    "no time between the windows is left out": pages_and_windows.gapless,
    "the windows leave no gap after the failed poll": pages_and_windows.window_made_good,
    "every order is imported": imported_orders.arrives,
    "the orders of every page are imported": imported_orders.all_pages_arrive,
    "no order is imported twice": imported_orders.once,
    "the order is imported as it is now, and once": imported_orders.updated,
    "the order without a shipping address is left out and said so, and the others arrive": imported_orders.left_out,
    "every status is mapped as configured, and an unmapped one is reported": imported_orders.mapped,
    "the refusal is reported as one": trouble.reported_refusal,
    "the request is not repeated in a tight loop": trouble.no_loop,
    "refusals are not answered by more requests": breaks(rules.refusals_respected, requirement="IMP-10"),
    "no order is lost when the store is back": trouble.nothing_lost,
    "the notification is valid": notifications.valid,
    "query and body agree": breaks(rules.notice_agrees_with_query, rules.method_and_action, requirement="IMP-12"),
    "the notification is sent again until it is answered with success": notifications.sent_again,
    "it is not sent again once it was answered with success": notifications.not_again,
    "compressed replies are accepted": breaks(rules.compressed_replies, requirement="IMP-14"),
    "the connection is used again": breaks(rules.connection_kept, requirement="IMP-14"),
    "what came is not asked for again at once": breaks(rules.pages_not_repeated, requirement="IMP-14"),
    "the importer comes back no sooner than it was told": requests.waits,
}
"""The index from sentence to function."""


@then(parsers.parse("what was imported of {part} is what the store holds"))
def part_right(case: ScenarioRun, part: str) -> None:
    case.judge(lambda evidence: imported_orders.right(evidence, part))


@then(parsers.parse("the notification carries the {part}"))
def carries(case: ScenarioRun, part: str) -> None:
    case.judge(lambda evidence: notifications.carries(evidence, part))


@then(parsers.parse("everything is read as from a plain store, in {what}"))
def read_alike(case: ScenarioRun, what: str) -> None:
    case.judge(lambda read: imported_orders.alike(read, what))


def _judged(check: Callable[[OccasionEvidence], Found]) -> Callable[[ScenarioRun], None]:
    def step(case: ScenarioRun) -> None:
        case.judge(check)

    return step


for _text, _check in THEN.items():
    then(parsers.string(_text))(_judged(_check))
