"""Broken importers of the feature *Pages and windows*: IMP-3. (broken_trouble.py has those that break IMP-4.)"""

import re

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


@broken("pages-by-pattern", "Finds the number of pages in double quotes only.", "IMP-3")
def pages_by_pattern():
    def document(reply, body):
        root = CORRECT["document"](reply, body)
        found = re.search(rb'<Orders pages="(\d+)">', body)
        root.attrib = {"pages": found[1].decode()} if found else {}
        return root

    correct.document = document
