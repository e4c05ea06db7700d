"""Correct importers with habits of their own: each is the correct one, and does something that is allowed.

habits.py NAME[,NAME…] pull|ship … (as correct.py)
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import correct

HABITS = {}


def habit(name, sentence):
    """Register a habit: a function that changes the correct importer."""

    def register(take_on):
        HABITS[name] = sentence, take_on
        return take_on

    return register


def before_pulls(work):
    """Do ``work`` with options and shop before each import."""
    pull = correct.pull

    def both(options, shop):
        work(options, shop)
        return pull(options, shop)

    correct.pull = both


def request_page(shop, since, until, page=1, method="GET"):
    bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
    return shop.ask(method, [("action", "export"), *bounds, ("page", str(page))])


@habit("tests-the-connection", "Requests the last five minutes before each import, and ignores what comes.")
def tests_the_connection():
    def work(options, shop):
        now = datetime.now(UTC)
        try:
            request_page(shop, now - timedelta(minutes=5), now)
        except correct.Failed as error:
            print(error, file=sys.stderr)

    before_pulls(work)


@habit("requests-an-old-window", "Requests a day of 2020 before each import, and ignores what comes.")
def requests_an_old_window():
    def work(options, shop):
        try:
            request_page(shop, datetime(2020, 2, 1, tzinfo=UTC), datetime(2020, 2, 2, tzinfo=UTC))
        except correct.Failed as error:
            print(error, file=sys.stderr)

    before_pulls(work)


@habit("asks-with-head-first", "Sends HEAD before each import.")
def asks_with_head_first():
    def work(options, shop):
        try:
            request_page(shop, options.since, options.until, method="HEAD")
        except correct.Failed as error:
            print(error, file=sys.stderr)

    before_pulls(work)


@habit("looks-back-an-hour", "Begins each window an hour earlier.")
def looks_back_an_hour():
    open_since = correct.open_since
    correct.open_since = lambda options, since: open_since(options, since) - timedelta(hours=1)


@habit("reads-backwards", "Reads page 1, and then the others from the last one on.")
def reads_backwards():
    def window(shop, since, until):
        first = correct.document(*request_page(shop, since, until))
        found = [list(first.iterfind("Order"))]
        for page in range(int(first.get("pages") or 1), 1, -1):
            found.insert(1, list(correct.document(*request_page(shop, since, until, page)).iterfind("Order")))
        return [order for page in found for order in page]

    correct.window = window


@habit("reads-pages-at-once", "Requests the pages after the first at the same time, over connections of their own.")
def reads_pages_at_once():
    def window(shop, since, until):
        first = correct.document(*request_page(shop, since, until))

        def read(page):
            own = object.__new__(correct.Shop)
            own.parts, own.timeout, own.headers, own.connection = shop.parts, shop.timeout, shop.headers, None
            return correct.document(*request_page(own, since, until, page))

        with ThreadPoolExecutor(3) as pool:
            others = list(pool.map(read, range(2, int(first.get("pages") or 1) + 1)))
        return [order for root in (first, *others) for order in root.iterfind("Order")]

    correct.window = window


@habit("tries-three-times", "Tries a request that fails three times, with a short pause.")
def tries_three_times():
    ask = correct.Shop.ask

    def again(shop, method, parameters, body=None):
        for last in (False, False, True):
            try:
                reply, came = ask(shop, method, parameters, body)
            except correct.Failed:
                if last:
                    raise
            else:
                if last or (reply.status < 500 and reply.status != 429):
                    return reply, came
            time.sleep(1.1 if not last else 0)
        raise AssertionError

    correct.Shop.ask = again


@habit("names-items-by-sku", "Sends no LineItemID.")
def names_items_by_sku():
    notice = correct.notice

    def without(shipment):
        root = correct.ElementTree.fromstring(notice(shipment))
        for item in root.iterfind("Items/Item"):
            item.remove(item.find("LineItemID"))
        return correct.ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)

    correct.notice = without


@habit("writes-no-order-id", "Sends no OrderID, and the time of the label, which differs from try to try.")
def writes_no_order_id():
    notice = correct.notice

    def without(shipment):
        root = correct.ElementTree.fromstring(notice(shipment))
        root.remove(root.find("OrderID"))
        correct.ElementTree.SubElement(root, "LabelCreateDate").text = datetime.now(UTC).strftime("%m/%d/%Y %H:%M")
        return correct.ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)

    correct.notice = without


@habit("service-in-query-only", "Sends carrier and service in the query only.")
def service_in_query_only():
    notice = correct.notice

    def without(shipment):
        root = correct.ElementTree.fromstring(notice(shipment))
        for name in ("Carrier", "Service"):
            root.remove(root.find(name))
        return correct.ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)

    correct.notice = without


@habit("reports-few-fields", "Reports the number of each order, and SKU and quantity of its lines.")
def reports_few_fields():
    pull = correct.pull

    def shorter(options, shop):
        status = pull(options, shop)
        result = json.loads(Path(options.result).read_text())
        result["orders"] = [
            {
                "order_number": each["order_number"],
                "items": [{"sku": line["sku"], "quantity": line["quantity"]} for line in each["items"]],
            }
            for each in result["orders"]
        ]
        Path(options.result).write_text(json.dumps(result))
        return status

    correct.pull = shorter


@habit("reports-changes-only", "Reports the orders of this call only.")
def reports_changes_only():
    called = []
    add = correct.add

    def remembering(held, made):
        called.append(made["order_number"])
        add(held, made)

    correct.add = remembering
    correct.values = lambda held: [held[number] for number in dict.fromkeys(called)]


if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        HABITS[name][1]()
    sys.exit(correct.main(sys.argv[2:]))
