"""Broken importers of the feature *Trouble*: IMP-4, IMP-10, IMP-11."""

import json
import sys
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import correct
from registry import CORRECT, broken


@broken("window-lost", "Reports success after a failure, and continues with the next window.", "IMP-4", "IMP-11")
def window_lost():
    def pull(options, shop):
        status = CORRECT["pull"](options, shop)
        result = json.loads(Path(options.result).read_text())
        if status == 3 and result["problem"] != "refused":
            correct.save(options.state, "open.json", options.until.isoformat())
            Path(options.result).write_text(json.dumps({**result, "problem": ""}))
            return 0
        return status

    correct.pull = pull


@broken("no-xml-is-no-orders", "Treats a reply that is no XML as an empty list of orders.", "IMP-11")
def no_xml_is_no_orders():
    def document(reply, body):
        try:
            return CORRECT["document"](reply, body)
        except correct.Failed:
            if reply.status == 200 and b"<Orders" not in body and b"denied" not in body:
                return ElementTree.Element("Orders")
            raise

    correct.document = document


@broken("half-a-document", "Imports what is left of a truncated document.", "IMP-11")
def half_a_document():
    def document(reply, body):
        if reply.status == 200 and b"</Orders>" not in body and b"</Order>" in body:
            body = body[: body.rindex(b"</Order>")] + b"</Order></Orders>"
        return CORRECT["document"](reply, body)

    correct.document = document


@broken("refusal-is-success", "Reports success after a refusal.", "IMP-10")
def refusal_is_success():
    def document(reply, body):
        return ElementTree.Element("Orders") if reply.status == 401 else CORRECT["document"](reply, body)

    correct.document = document


@broken("refusal-is-no-xml", "Parses a refusal as a document, and reports a syntax error.", "IMP-10")
def refusal_is_no_xml():
    def document(reply, body):
        if reply.status == 401:
            raise correct.Failed("syntax error: line 1, column 0")
        return CORRECT["document"](reply, body)

    correct.document = document


@broken("refusal-loop", "Repeats a refused request until the store accepts it.", "IMP-10")
def refusal_loop():
    ask = correct.Shop.ask

    def forever(shop, *given):
        while (came := ask(shop, *given))[0].status == 401:
            pass
        return came

    correct.Shop.ask = forever


@broken(
    "resumes-at-page",
    "Resumes at the page that failed, although orders may have moved.",
    "IMP-11",
)
def resumes_at_page():
    def window(shop, since, until):
        at = Path(shop.state, "page.json")
        page = int(at.read_text()) if at.exists() else 1
        pages, shop.came = None, []
        while pages is None or page <= pages:
            at.write_text(str(page))
            bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
            root = correct.document(*shop.ask("GET", [("action", "export"), *bounds, ("page", str(page))]))
            pages = pages or int(root.get("pages") or 1)
            shop.came += root.iterfind("Order")
            page += 1
        at.unlink()
        return shop.came

    def pull(options, shop):
        shop.state, shop.came = options.state, []
        status = CORRECT["pull"](options, shop)
        if status == 3:
            held = correct.load(options.state, "orders.json", {})
            for each in shop.came:
                correct.add(held, correct.order(each))
            correct.save(options.state, "orders.json", held)
        return status

    correct.window, correct.pull = window, pull


@broken("skips-a-page", "Continues with the next page after one that failed.", "IMP-4", "IMP-11")
def skips_a_page():
    def window(shop, since, until):
        bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]

        def page(number):
            return correct.document(*shop.ask("GET", [("action", "export"), *bounds, ("page", str(number))]))

        root = page(1)
        found = list(root.iterfind("Order"))
        for number in range(2, int(root.get("pages") or 1) + 1):
            try:
                found += page(number).iterfind("Order")
            except correct.Failed:
                continue
        return found

    correct.window = window


@broken("trusts-its-clock", "Starts the next window by the store's clock.", "IMP-4", "IMP-11")
def trusts_its_clock():
    ask = correct.Shop.ask

    def timed(shop, *given):
        came = ask(shop, *given)
        shop.date = came[0].headers.get("Date")
        return came

    def pull(options, shop):
        status = CORRECT["pull"](options, shop)
        if status == 0:
            ahead = (parsedate_to_datetime(shop.date) - datetime.now(UTC)).total_seconds()
            correct.save(options.state, "ahead.json", ahead if abs(ahead) > 60 else 0)
        return status

    def since_then(options, since):
        return CORRECT["open_since"](options, since) + timedelta(seconds=correct.load(options.state, "ahead.json", 0))

    correct.Shop.ask, correct.pull, correct.open_since = timed, pull, since_then


def trying(times, then):
    """Request a page again, up to so many times, while the store is bad; then do ``then`` with the last failure."""
    ask = correct.Shop.ask

    def again(shop, method, parameters, body=None):
        if method != "GET":
            return ask(shop, method, parameters, body)
        for _ in range(times):
            try:
                reply, came = ask(shop, method, parameters, body)
            except correct.Failed as error:
                failure = error
                continue
            if reply.status < 500:
                return reply, came
            failure = correct.Failed(f"status {reply.status}")
        return then(failure)

    correct.Shop.ask = again


def raise_it(failure):
    raise failure


@broken(
    "window-lost-after-three-tries", "Tries three times, and continues with the next window then.", "IMP-4", "IMP-11"
)
def window_lost_after_three_tries():
    trying(3, raise_it)

    def pull(options, shop):
        status = CORRECT["pull"](options, shop)
        result = json.loads(Path(options.result).read_text())
        if status == 3 and result["problem"] != "refused":
            correct.save(options.state, "open.json", options.until.isoformat())
            Path(options.result).write_text(json.dumps({**result, "problem": ""}))
            return 0
        return status

    correct.pull = pull


@broken("hammers-while-bad", "Requests a page fifty times without a pause while the store is bad.", "IMP-14")
def hammers_while_bad():
    trying(50, raise_it)


@broken("waits-for-ever", "Has no time limit for a reply.", "IMP-11")
def waits_for_ever():
    start = correct.Shop.__init__

    def patient(shop, url, user, password, timeout):
        start(shop, url, user, password, None)

    correct.Shop.__init__ = patient


@broken("doubles-after-failure", "Keeps the pages of a failed call in addition to those of the next one.", "IMP-6")
def doubles_after_failure():
    def window(shop, since, until):
        found, page, pages = [], 1, 1
        bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
        while page <= pages:
            try:
                root = correct.document(*shop.ask("GET", [("action", "export"), *bounds, ("page", str(page))]))
            except correct.Failed as error:
                broken_off.append(error)
                return found
            pages = int(root.get("pages") or 1) if page == 1 else pages
            found += root.iterfind("Order")
            page += 1
        return found

    def add(held, made):
        place = made["order_number"]
        while place in held:
            place += "'"
        held[place] = made

    def pull(options, shop):
        correct.add = add if correct.load(options.state, "failed.json", False) else CORRECT["add"]
        opened = correct.load(options.state, "open.json", None)
        status = CORRECT["pull"](options, shop)
        correct.save(options.state, "failed.json", bool(broken_off))
        if broken_off:
            correct.save(options.state, "open.json", opened or options.since.isoformat())
            print(broken_off[-1], file=sys.stderr)
            return 3
        return status

    broken_off = []
    correct.window, correct.pull = window, pull
