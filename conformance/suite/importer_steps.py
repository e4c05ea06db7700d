"""Steps of the importer's side: which occasion is looked at, and which function judges it."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any

from pytest_bdd import parsers, then, when

import mockstore.traffic.rules as conduct
from conformance.importer import checks, notifications, occasions
from conformance.importer.evidence import OccasionEvidence
from conformance.suite.scenario import Found, ScenarioRun

Occasion = Callable[..., Coroutine[Any, Any, Any]]

WHEN: dict[str, tuple[Occasion, ...] | tuple[Occasion, str]] = {
    "the importer imports an order for each hard case": (occasions.hard,),
    "the importer imports a few plain orders": (occasions.few,),
    "the importer imports from a store whose password has special characters": (occasions.special_password,),
    "the importer imports from a store whose URL has more in its query": (occasions.more_query,),
    "the importer imports windows that follow each other": (occasions.following,),
    "the importer imports windows that follow each other from a store that takes their end as exclusive": (
        occasions.following,
        "end-exclusive",
    ),
    "an order is changed between two imports": (occasions.changed,),
    "the importer imports from a store with the real add-on": (occasions.real_addon,),
    "the importer imports from stores of every version": (occasions.every_version,),
    "the importer imports from a store that exports an order without a shipping address": (occasions.without_address,),
    "the importer is given a wrong password": (occasions.refused,),
    "the importer tells of a shipment": (occasions.told,),
    "the importer tells of a shipment whose service has special characters": (occasions.told_specially,),
}
"""What is done, and with what."""

WHEN_VARIED: dict[str, Occasion] = {
    "the importer imports in the time zone {zone}": occasions.in_zone,
    "the importer imports from a store in the time zone {zone}": occasions.store_in_zone,
    "the importer imports a window with {size}": occasions.sized,
    "from a store of the variant {variant} comes a window with {size}": occasions.sized_otherwise,
    "{what} comes while the importer imports": occasions.on_two_pages,
    "{what} befalls page {page:d} of an import": occasions.trouble,
    "the importer imports from stores that write {what} otherwise": occasions.written_otherwise,
    "the importer tells of a shipment and the answer is {answer}": occasions.told_in_trouble,
    "the importer tells of a shipment and is answered {status}": occasions.told_and_answered,
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


THEN: dict[str, Callable[[Any], Found]] = {
    "every request carries the credentials in its header": checks.conduct(
        conduct.credentials_in_header, requirement="IMP-1"
    ),
    "no request carries credentials in its URL": checks.conduct(conduct.no_credentials_in_url, requirement="IMP-1"),
    "every request is let in": checks.let_in,
    "the bounds are written as agreed": checks.conduct(
        conduct.bounds_as_agreed, conduct.method_and_action, requirement="IMP-2"
    ),
    "the query of the store's URL is kept": checks.conduct(conduct.query_kept, requirement="IMP-2"),
    "the window asked for is the one to be imported, in UTC": checks.whole_window,
    "every page is asked for, and none past the last": checks.conduct(
        conduct.every_page, conduct.pages_in_bounds, requirement="IMP-3"
    ),
    "no time between the windows is left out": checks.gapless,
    "the windows leave no gap after the failed poll": checks.window_made_good,
    "every order is imported": checks.arrives,
    "the orders of every page are imported": checks.all_pages_arrive,
    "no order is imported twice": checks.once,
    "the order is imported as it is now, and once": checks.updated,
    "the order without a shipping address is left out and said so, and the others arrive": checks.left_out,
    "every status is mapped as configured, and an unmapped one is reported": checks.mapped,
    "the refusal is reported as one": checks.reported_refusal,
    "the request is not repeated in a tight loop": checks.no_loop,
    "refusals are not answered by more requests": checks.conduct(conduct.refusals_respected, requirement="IMP-10"),
    "no order is lost when the store is back": checks.nothing_lost,
    "the notification is valid": notifications.valid,
    "query and body agree": checks.conduct(conduct.notice_agrees, conduct.method_and_action, requirement="IMP-12"),
    "the notification is sent again until it is answered with success": checks.sent_again,
    "it is not sent again once it was answered with success": checks.not_again,
    "compressed replies are accepted": checks.conduct(conduct.compressed_replies, requirement="IMP-14"),
    "the connection is used again": checks.conduct(conduct.connection_kept, requirement="IMP-14"),
    "what came is not asked for again at once": checks.conduct(conduct.paced, requirement="IMP-14"),
    "the importer comes back no sooner than it was told": checks.waits,
}
"""The index from sentence to function."""


@then(parsers.parse("what was imported of {part} is what the store holds"))
def part_right(case: ScenarioRun, part: str) -> None:
    case.judge(lambda evidence: checks.right(evidence, part))


@then(parsers.parse("the notification carries the {part}"))
def carries(case: ScenarioRun, part: str) -> None:
    case.judge(lambda evidence: notifications.carries(evidence, part))


@then(parsers.parse("everything is read as from a plain store, in {what}"))
def read_alike(case: ScenarioRun, what: str) -> None:
    case.judge(lambda read: checks.alike(read, what))


def _judged(check: Callable[[OccasionEvidence], Found]) -> Callable[[ScenarioRun], None]:
    def step(case: ScenarioRun) -> None:
        case.judge(check)

    return step


for _text, _check in THEN.items():
    then(parsers.string(_text))(_judged(_check))
