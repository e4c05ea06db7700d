"""PAG: paging."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.checks.matching import pair_orders
from conformance.client.parsing.document import ExportPage, parse_export
from conformance.client.parsing.values import parse_integer
from conformance.client.shipstation import MINUTE, Window, export_parameters
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.items import order_once
from conformance.probes.time_window import usual_shift
from conformance.survey.pages import export_problem, stated_pages
from conformance.survey.survey import Survey
from conformance.survey.windows import ANY_ZONE_MARGIN, floor_to_minute
from mockstore.orders.model import Order

MOST_PAGES = 32767
TRIES = 3
"""How often two replies may differ because somebody changed an order between them."""
ODD_PAGES = {"0": "0", "-1": "-1", "abc": "abc", "1.5": "1.5", "none at all": None}


def _several(survey: Survey) -> tuple[Window, tuple[ExportPage, ...]]:
    window, _ = survey.largest_window
    pages = survey.exported.pages_of(window)
    if len(pages) < 2:
        raise NotExercised("no window of the survey has more orders than fit on one page")
    return window, pages


def stated(survey: Survey) -> Iterator[Finding]:
    """PAG-1: when the result has several pages, page 1 states how many."""
    if survey.exported.understated_pages is not None:
        first, beyond = survey.exported.understated_pages
        said = "(no pages)" if first.pages_attribute is None else repr(first.pages_attribute)
        if not (first.pages_attribute or "").strip():
            message = "Page 1 doesn't say that there are more pages."
        elif parse_integer(first.pages_attribute or "") is None:
            raise NotExercised(f"pages is no number (PAG-6): {said}")
        elif repeated(survey):
            raise NotExercised("pages overlap (PAG-2), so that how many there are can't be told")
        else:
            message = "Page 1 states fewer pages than there are: behind them come orders that stood on no page before."
        orders = ", ".join(beyond.order_numbers[:3])
        yield Finding(
            message=message,
            order=beyond.order_numbers[0],
            xpath="/Orders/@pages",
            expected=f"the number of pages, {orders} included",
            actual=said,
            exchange=first.exchange.number,
        )
        return
    survey.stability.require_unchanged_by_export()
    window, pages = _several(survey)
    number = parse_integer(pages[0].pages_attribute or "")
    if number is not None and not 0 <= number <= MOST_PAGES:
        raise NotExercised(f"pages is no number of pages (PAG-6): {number}")
    size = max(len(page.orders) for page in pages)
    held = len(survey.modified_in(window)) if survey.has_truth else None
    came = sum(len(page.orders) for page in pages)
    filled = max((place for place, page in enumerate(pages, start=1) if page.orders), default=0)
    most = max(filled, -(-held // size) if held else filled + 1)
    if number is not None and number > most and came and (survey.exported.complete or filled < len(pages)):
        yield Finding(
            message="Page 1 states more pages than there are.",
            order=None,
            xpath="/Orders/@pages",
            expected=f"{most} ({held or came} orders, {size} a page)",
            actual=pages[0].pages_attribute,
            exchange=pages[0].exchange.number,
        )


def full_page(survey: Survey) -> tuple[Window, int]:
    """A window with exactly as many orders as fit on a page, and how many those are.

    Raises:
        NotExercised: where none can be drawn.
    """
    _, pages = _several(survey)
    if repeated(survey):
        raise NotExercised("pages overlap (PAG-2), so that how many orders fit on one can't be told")
    size = max(len(page.orders) for page in pages[:-1])
    names = {pair.truth.order_number for pair in survey.pairs}
    run: list[Order] = []
    for order in sorted(survey.known_orders, key=lambda order: (order.modified_at, order.order_number)):
        if order.order_number not in names or order.customer.shipping is None:
            run = []
            continue
        run.append(order)
        if len(run) > size + 1:
            run.pop(0)
        minutes = [floor_to_minute(each.modified_at) for each in run]
        # one order before and one after, in minutes of their own, so that both bounds are certain
        if len(run) == size + 1 and minutes[0] + MINUTE < minutes[1] and minutes[-1] - minutes[1] < 2 * ANY_ZONE_MARGIN:
            window = Window(minutes[1] - MINUTE, minutes[-1] + MINUTE)
            if len(survey.modified_in(window)) == size:
                return window, size
    raise NotExercised("no window could be drawn around exactly as many orders as fit on a page")


def exactly_full(survey: Survey) -> Iterator[Finding]:
    """PAG-1: as many orders as fit on one page are one page, and the second is empty."""
    survey.stability.require_unchanged_by_export()
    if usual_shift(survey):
        raise NotExercised("bounds aren't taken as UTC (WIN-4), so that no window can be drawn around a full page")
    window, size = full_page(survey)
    first, second = survey.shipstation.export(window), survey.shipstation.export(window, 2)
    expected = [order for order in survey.known_orders if window.holds(order.modified_at)]
    if pair_orders((*first.orders, *second.orders), expected, survey.facts)[1]:
        raise NotExercised(f"the window of {size} orders gave others, too (WIN-2, WIN-5, WIN-12)")
    if len(first.orders) != size:
        raise NotExercised(f"the window of {size} orders gave {len(first.orders)} on page 1 (WIN-5, PAG-2)")
    number = parse_integer(first.pages_attribute or "1")
    if number is not None and number > 1:
        yield _pages(first, f"{size} orders, exactly one page, are said to be several.", "1, or no pages")


def repeated(survey: Survey) -> list[tuple[str, int, ExportPage]]:
    """Orders that come more than once over the pages of one window: number, how often, the last page."""
    found = []
    for window in survey.windows:
        pages = survey.exported.pages_of(window)
        often = Counter((order.number, order.id) for page in pages for order in page.orders)
        found += [(number, count, pages[-1]) for (number, _), count in often.items() if count > 1]
    return found


def each_once(survey: Survey) -> Iterator[Finding]:
    """PAG-2: over all pages every order of the window comes exactly once."""
    survey.stability.require_unchanged_by_export()
    survey.stability.require_unchanged_by_others()
    for number, count, last in repeated(survey):
        yield Finding(
            message=f"The order comes {count} times over the pages of one window.",
            order=number,
            xpath="/Orders/Order",
            expected="once",
            actual=f"{count} times",
            exchange=last.exchange.number,
        )
    for order in survey.completeness.lost_between_pages:
        yield Finding(
            message="The order is on no page, but comes when its minute is asked for.",
            order=order.order_number,
            xpath="/Orders/Order",
            expected="on one of the pages",
            actual="on none",
        )
    yield from order_once(survey)


TIES = ("tie-1", "tie-2", "tie-3")


def ties(survey: Survey) -> Iterator[Finding]:
    """PAG-2: also where a page ends between orders of one second.

    The window is drawn so that one does, whether the export begins with what is old or with what is new.
    """
    survey.stability.require_unchanged_by_export()
    _, pages = _several(survey)
    if repeated(survey) or survey.completeness.lost_between_pages:
        raise NotExercised("pages overlap or lose orders anyhow")
    if usual_shift(survey):
        raise NotExercised("bounds aren't taken as UTC (WIN-4), so that no window can be drawn around a page's end")
    came = {pair.truth.order_number for pair in survey.pairs}
    alike = [survey.specimens[name].stored for name in TIES if name in survey.specimens]
    if len(alike) < len(TIES) or any(order.order_number not in came for order in alike):
        raise NotExercised("the store has no three orders of one second")
    around = Window(
        floor_to_minute(alike[0].modified_at - ANY_ZONE_MARGIN), floor_to_minute(alike[0].modified_at + ANY_ZONE_MARGIN)
    )
    held = sorted(survey.modified_in(around), key=lambda mention: mention.modified_at)
    first = next(place for place, mention in enumerate(held) if mention.modified_at == alike[0].modified_at)
    beside = max(len(page.orders) for page in pages[:-1]) - 1
    start, end = first - beside, first + len(alike) - 1 + beside
    if not 0 <= start <= end < len(held):
        raise NotExercised("too few orders lie around those of one second to fill a page")
    window = Window(floor_to_minute(held[start].modified_at), floor_to_minute(held[end].modified_at) + MINUTE)
    stated = stated_pages(survey.first_page(window)) or 1
    if stated == 1:
        raise NotExercised("page 1 of the window doesn't say that there are more (PAG-1)")
    replies = [survey.page(window, number) for number in range(1, min(stated, len(TIES) + 2) + 1)]
    if not all(reading.is_orders for reading in replies):
        raise NotExercised("a page of the window can't be read (CON-7)")
    found, _ = pair_orders((order for reading in replies for order in reading.orders), alike, survey.facts)
    often = Counter(pair.truth.order_number for pair in found)
    for order in alike if found else ():  # all missing is a matter of windows (WIN-5)
        if often[order.order_number] != 1:
            yield Finding(
                message="Of orders of one second, one is lost or comes twice where a page ends between them.",
                order=order.order_number,
                xpath="/Orders/Order",
                expected=f"once over the pages of {window}",
                actual=f"{often[order.order_number]} times",
                exchange=replies[-1].exchange.number,
            )


def loses_ties(survey: Survey) -> bool:
    """Whether orders of one second get lost between pages, as far as that was tried."""

    def find() -> bool:
        try:
            return any(ties(survey))
        except NotExercised:
            return False

    return survey.cached("loses ties", find)


def several_pages(survey: Survey) -> None:
    """Look only where there are several pages.

    Raises:
        NotExercised: where there are none.
    """
    _several(survey)


def same_again(survey: Survey) -> Iterator[Finding]:
    """PAG-3: asking for a page again gives the same orders."""
    if survey.stability.export_changes:
        raise NotExercised("exporting changes the orders (WIN-8)")
    survey.stability.require_repeated_pages()
    survey.stability.require_unchanged_by_others()
    for each in survey.stability.repeated_pages:
        before, after = each.first, each.second
        if sorted(before.order_numbers) != sorted(after.order_numbers):
            gone = sorted(set(before.order_numbers) - set(after.order_numbers))
            yield Finding(
                message="The same page asked again holds other orders.",
                order=gone[0] if gone else None,
                xpath="/Orders",
                expected=f"{len(before.orders)} orders as in exchange {before.exchange.number}",
                actual=export_problem(after) or f"without {', '.join(gone[:5]) or 'none'}, {len(after.orders)} orders",
                exchange=after.exchange.number,
            )


def past_last(survey: Survey) -> Iterator[Finding]:
    """PAG-4: a page past the last has no orders again and doesn't fail."""
    for number, reading in survey.pages_past_end:
        exchange = reading.exchange
        if exchange.refused or (reading.is_orders and not reading.orders):
            continue
        yield Finding(
            message=f"Page {number}, past the last, isn't empty."
            if reading.is_orders
            else f"Page {number}, past the last, fails.",
            order=None,
            xpath="/Orders",
            expected="an empty Orders document, or status 4xx",
            actual=export_problem(reading) or f"{len(reading.orders)} orders",
            exchange=exchange.number,
        )


def odd_page(survey: Survey, kind: str) -> Iterator[Finding]:
    """PAG-5: page 0, negative, not a number or missing is taken as 1 or refused with 4xx."""
    survey.stability.require_repeatable_pages()
    window, first = survey.largest_window
    if export_problem(first) is not None:
        raise NotExercised(f"page 1 fails, too: {export_problem(first)}")
    for _ in range(TRIES):
        reading = parse_export(survey.shipstation.get(export_parameters(window, ODD_PAGES[kind])))
        if reading.exchange.refused:
            return
        if not reading.is_orders:
            break
        if sorted(reading.order_numbers) == sorted(first.order_numbers):
            return
        first = survey.shipstation.export(window)  # what others changed since, or was made (WIN-2)
        if sorted(reading.order_numbers) == sorted(first.order_numbers):
            return
    yield Finding(
        message=f"page={kind} is neither taken as 1 nor refused.",
        order=None,
        xpath="/Orders",
        expected=f"the {len(first.orders)} orders of page 1, or status 4xx",
        actual=export_problem(reading) or f"{len(reading.orders)} orders, not those of page 1",
        exchange=reading.exchange.number,
    )


def number_of_pages(survey: Survey) -> Iterator[Finding]:
    """PAG-6: ``pages`` is a whole number from 0 to 32767, and the same on every page that states it."""
    readings = [(None, survey.empty_export), *((each.window, each.page) for each in survey.exported.pages)]
    stated_before: dict[object, ExportPage] = {}
    for window, reading in readings:
        if not reading.is_orders or reading.pages_attribute is None:
            continue
        number = parse_integer(reading.pages_attribute)
        if number is None or not 0 <= number <= MOST_PAGES:
            yield _pages(reading, "pages is no whole number from 0 to 32767.", "0 to 32767")
        elif window is None:
            if number > 1 and not reading.orders:
                yield _pages(reading, "An empty document states several pages.", "0, 1, or no pages")
        else:
            first = stated_before.setdefault(window, reading)
            if parse_integer(first.pages_attribute or "") != number and not survey.stability.export_changes:
                yield _pages(reading, "pages is another than on the page before.", first.pages_attribute or "")


def _pages(reading: ExportPage, message: str, expected: str) -> Finding:
    return Finding(
        message=message,
        order=None,
        xpath="/Orders/@pages",
        expected=expected,
        actual=reading.pages_attribute,
        exchange=reading.exchange.number,
    )


def sizes(survey: Survey) -> Iterator[str]:
    """PAG-7: orders, bytes and time a page."""
    pages = [reading for reading in survey.exported.valid_pages if reading.orders]
    if not pages:
        raise NotExercised("the store exported no order")
    most = max(pages, key=lambda reading: len(reading.orders))
    slowest = max(reading.exchange.duration_ms for reading in pages)
    yield (
        f"up to {len(most.orders)} orders and {len(most.exchange.body):,} bytes a page, "
        f"the slowest took {slowest:.0f} ms"
    )
