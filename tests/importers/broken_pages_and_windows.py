"""Broken importers of the feature *Pages and windows*: IMP-3. (broken_trouble.py has those that break IMP-4.)"""

import re
from datetime import timedelta
from itertools import count

import correct
from registry import CORRECT, broken


@broken("no-paging", "Requests only the first page.", "IMP-3")
def no_paging():
    def window(shop, since, until):
        bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
        reply, body = shop.ask("GET", [("action", "export"), *bounds, ("page", "1")])
        return list(correct.document(reply, body).iterfind("Order"))

    correct.window = window


@broken("until-empty", "Requests pages until one is empty.", "IMP-3")
def until_empty():
    def window(shop, since, until):
        found, page = [], 1
        bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
        while True:
            reply, body = shop.ask("GET", [("action", "export"), *bounds, ("page", str(page))])
            came = list(correct.document(reply, body).iterfind("Order"))
            if not came:
                return found
            found += came
            page += 1

    correct.window = window


@broken("pages-as-text", "Compares page numbers as text: 2 is past 12.", "IMP-3")
def pages_as_text():
    def document(reply, body):
        root = CORRECT["document"](reply, body)
        last = root.get("pages") or "1"
        root.set("pages", str(next(page for page in count(1) if str(page + 1) > last)))
        return root

    correct.document = document


@broken("pages-by-pattern", "Finds the number of pages in double quotes only.", "IMP-3")
def pages_by_pattern():
    def document(reply, body):
        root = CORRECT["document"](reply, body)
        found = re.search(rb'<Orders pages="(\d+)">', body)
        root.attrib = {"pages": found[1].decode()} if found else {}
        return root

    correct.document = document


@broken("fails-on-nothing", "Fails if a window has no order.", "IMP-3")
def fails_on_nothing():
    def window(shop, since, until):
        found = CORRECT["window"](shop, since, until)
        if not found:
            raise correct.Failed("no order")
        return found

    correct.window = window


@broken("last-hour-only", "Requests the last hour of each window.", "IMP-2", "IMP-4", "IMP-5", "IMP-7", "IMP-11")
def last_hour_only():
    correct.open_since = lambda options, since: options.until - timedelta(hours=1)


def until_page(is_last):
    """Read pages until one of them is the last by what it has."""

    def window(shop, since, until):
        bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
        found, page, pages, first = [], 1, 1, None
        while page <= pages:
            root = correct.document(*shop.ask("GET", [("action", "export"), *bounds, ("page", str(page))]))
            orders = list(root.iterfind("Order"))
            if page == 1:
                pages, first = int(root.get("pages") or 1), len(orders)
            found += orders
            if is_last(len(orders), first):
                break
            page += 1
        return found

    correct.window = window


@broken("empty-page-is-last", "Stops at the first page without orders.", "IMP-3")
def empty_page_is_last():
    until_page(lambda count, first: count == 0)


@broken("shorter-page-is-last", "Stops at the first page with fewer orders than page 1.", "IMP-3")
def shorter_page_is_last():
    until_page(lambda count, first: count < first)


@broken("start-rounded-up", "Begins a window with the first whole minute.", "IMP-4")
def start_rounded_up():
    correct.window = lambda shop, since, until: CORRECT["window"](shop, since + timedelta(seconds=59), until)
