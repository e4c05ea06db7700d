"""Wrong in what they ask, and in what becomes of it where the store is in trouble."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import correct
from wrong import RIGHT, broken

# ---------------------------------------------------------------------- requests


@broken("no-paging", "Asks for the first page only.", "IMP-3")
def no_paging():
    def window(shop, since, until):
        bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
        reply, body = shop.ask("GET", [("action", "export"), *bounds, ("page", "1")])
        return list(correct.document(reply, body).iterfind("Order"))

    correct.window = window


@broken("until-empty", "Asks for pages until one is empty.", "IMP-3")
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


@broken("local-time", "Writes bounds in its own time zone.", "IMP-2")
def local_time():
    correct.bound = lambda moment: moment.astimezone().strftime("%m/%d/%Y %H:%M")


@broken("bounds-unpadded", "Writes bounds without leading zeros.", "IMP-2")
def bounds_unpadded():
    def bound(moment):
        utc = moment.astimezone(correct.UTC)
        return f"{utc.month}/{utc.day}/{utc.year} {utc.hour}:{utc.minute:02}"

    correct.bound = bound


@broken("loses-query", "Keeps of the store URL's query what it knows only.", "IMP-2")
def loses_query():
    def target(shop, parameters):
        more = [f"{name}={quote(value, safe='')}" for name, value in parameters]
        return "/?" + "&".join(["dispatch=shipstation", *more])

    correct.Shop.target = target


@broken("credentials-in-url", "Puts user name and password into the URL, too.", "IMP-1")
def credentials_in_url():
    target = correct.Shop.target

    def more(shop, parameters):
        user, _, password = base64.b64decode(shop.headers["Authorization"].split()[1]).decode().partition(":")
        return target(shop, [*parameters, ("auth_user", user), ("auth_pass", password)])

    correct.Shop.target = more


@broken("waits-for-challenge", "Sends credentials only when it is asked for them.", "IMP-1")
def waits_for_challenge():
    ask = correct.Shop.ask

    def twice(shop, method, parameters, body=None):
        headers = shop.headers
        shop.headers = {name: value for name, value in headers.items() if name != "Authorization"}
        try:
            came = ask(shop, method, parameters, body)
        finally:
            shop.headers = headers
        refused = came[0].status == 401 or b"denied" in came[1][:100]
        return ask(shop, method, parameters, body) if refused else came

    correct.Shop.ask = twice


@broken("password-escaped", "Escapes the password as if it stood in a URL.", "IMP-1")
def password_escaped():
    start = correct.Shop.__init__

    def escaped(shop, url, user, password, timeout):
        start(shop, url, user, quote(password, safe=""), timeout)

    correct.Shop.__init__ = escaped


@broken("minute-left-out", "Begins a minute after the last window ended.", "IMP-2", "IMP-4")
def minute_left_out():
    def since(options, since):
        return since + timedelta(minutes=1)

    correct.open_since = since


@broken("no-compression", "Takes no compressed replies.", "IMP-14")
def no_compression():
    start = correct.Shop.__init__

    def plain(shop, *given):
        start(shop, *given)
        shop.headers["Accept-Encoding"] = "identity"

    correct.Shop.__init__ = plain


@broken("new-connections", "Opens a connection for each page.", "IMP-14")
def new_connections():
    ask = correct.Shop.ask

    def alone(shop, *given):
        came = ask(shop, *given)
        shop.connection.close()
        shop.connection = None
        return came

    correct.Shop.ask = alone


@broken("hammers", "Asks again at once whatever it is told.", "IMP-14")
def hammers():
    ask = correct.Shop.ask

    def again(shop, *given):
        came = ask(shop, *given)
        return ask(shop, *given) if came[0].status == 429 else came

    correct.Shop.ask = again


# ---------------------------------------------------------------------- trouble


@broken("window-lost", "Says success after a failure, and goes on with the next window.", "IMP-4", "IMP-11")
def window_lost():
    def pull(options, shop):
        status = RIGHT["pull"](options, shop)
        result = json.loads(Path(options.result).read_text())
        if status == 3 and result["problem"] != "refused":
            correct.save(options.state, "open.json", options.until.isoformat())
            Path(options.result).write_text(json.dumps({**result, "problem": ""}))
            return 0
        return status

    correct.pull = pull


@broken("no-xml-is-no-orders", "Takes what is no XML for no orders.", "IMP-11")
def no_xml_is_no_orders():
    def document(reply, body):
        try:
            return RIGHT["document"](reply, body)
        except correct.Failed:
            if reply.status == 200 and b"<Orders" not in body and b"denied" not in body:
                return ElementTree.Element("Orders")
            raise

    correct.document = document


@broken("half-a-document", "Takes of a truncated document what is there.", "IMP-11")
def half_a_document():
    def document(reply, body):
        if reply.status == 200 and b"</Orders>" not in body and b"</Order>" in body:
            body = body[: body.rindex(b"</Order>")] + b"</Order></Orders>"
        return RIGHT["document"](reply, body)

    correct.document = document


@broken("refusal-is-success", "Says success where it was refused.", "IMP-10")
def refusal_is_success():
    def document(reply, body):
        return ElementTree.Element("Orders") if reply.status == 401 else RIGHT["document"](reply, body)

    correct.document = document


@broken("refusal-is-no-xml", "Reads a refusal as a document, and says that it is none.", "IMP-10")
def refusal_is_no_xml():
    def document(reply, body):
        if reply.status == 401:
            raise correct.Failed("syntax error: line 1, column 0")
        return RIGHT["document"](reply, body)

    correct.document = document


@broken("refusal-loop", "Tries until it is let in.", "IMP-10")
def refusal_loop():
    ask = correct.Shop.ask

    def forever(shop, *given):
        while (came := ask(shop, *given))[0].status == 401:
            pass
        return came

    correct.Shop.ask = forever


# ---------------------------------------------------------------------- keeping


@broken("imports-twice", "Adds an order again when it comes again.", "IMP-6")
def imports_twice():
    def add(held, made):
        place = made["order_number"]
        while place in held:
            place += "'"
        held[place] = made

    correct.add = add


@broken("never-updates", "Leaves an order as it came first.", "IMP-6")
def never_updates():
    correct.add = lambda held, made: held.setdefault(made["order_number"], made)


@broken("updates-status-only", "Takes of an order that comes again the status only.", "IMP-6")
def updates_status_only():
    def add(held, made):
        known = held.setdefault(made["order_number"], made)
        known["status"] = made["status"]

    correct.add = add


@broken("first-version", "Keeps of an order that comes twice in one import the first version.", "IMP-6")
def first_version():
    def imported(elements, held, *rest):
        first = {}
        for each in elements:
            first.setdefault(correct.text(each, "OrderNumber"), each)
        RIGHT["imported"](first.values(), held, *rest)

    correct.imported = imported


@broken("pages-by-pattern", "Looks for the number of pages in double quotes.", "IMP-3")
def pages_by_pattern():
    def document(reply, body):
        root = RIGHT["document"](reply, body)
        found = re.search(rb'<Orders pages="(\d+)">', body)
        root.attrib = {"pages": found[1].decode()} if found else {}
        return root

    correct.document = document


@broken("bounds-with-seconds", "Writes bounds with seconds.", "IMP-2")
def bounds_with_seconds():
    correct.bound = lambda moment: moment.astimezone(UTC).strftime("%m/%d/%Y %H:%M:%S")


@broken("resumes-at-page", "Goes on after a failure at the page that failed, whatever moved meanwhile.", "IMP-11")
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
        status = RIGHT["pull"](options, shop)
        if status == 3:
            held = correct.load(options.state, "orders.json", {})
            for each in shop.came:
                correct.add(held, correct.order(each))
            correct.save(options.state, "orders.json", held)
        return status

    correct.window, correct.pull = window, pull


@broken("skips-a-page", "Goes on with the next page where one fails.", "IMP-4", "IMP-11")
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


@broken("trusts-its-clock", "Begins the next window by the store's clock.", "IMP-4", "IMP-11")
def trusts_its_clock():
    ask = correct.Shop.ask

    def timed(shop, *given):
        came = ask(shop, *given)
        shop.date = came[0].headers.get("Date")
        return came

    def pull(options, shop):
        status = RIGHT["pull"](options, shop)
        if status == 0:
            ahead = (parsedate_to_datetime(shop.date) - datetime.now(UTC)).total_seconds()
            correct.save(options.state, "ahead.json", ahead if abs(ahead) > 60 else 0)
        return status

    def since_then(options, since):
        return RIGHT["open_since"](options, since) + timedelta(seconds=correct.load(options.state, "ahead.json", 0))

    correct.Shop.ask, correct.pull, correct.open_since = timed, pull, since_then
