"""Broken importers: the right one with one thing wrong, chosen by name.

broken.py NAME pull|ship … (as correct.py)
"""

import base64
import html
import json
import re
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import correct

RIGHT = {name: getattr(correct, name) for name in dir(correct)}
WRONG = {}


def broken(name, sentence, *caught_by):
    """Register what makes an importer wrong, and the requirements that catch it."""

    def register(change):
        WRONG[name] = (sentence, frozenset(caught_by), change)
        return change

    return register


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


# ---------------------------------------------------------------------- reading


@broken("cut-at-cdata-end", "Takes ]]> in a text for its end.", "IMP-5")
def cut_at_cdata_end():
    correct.text = lambda element, path: RIGHT["text"](element, path).partition("]]>")[0]


@broken("grams-always", "Takes every weight for grams.", "IMP-5")
def grams_always():
    def weight(element, unit):
        value = correct.text(element, "Weight")
        return {"value": value, "unit": "g"} if value else None

    correct.weight = weight


@broken("pounds-always", "Takes every weight for pounds.", "IMP-5", "IMP-7")
def pounds_always():
    def weight(element, unit):
        value = correct.text(element, "Weight")
        return {"value": value, "unit": "lbs"} if value else None

    correct.weight = weight


@broken("billing-for-shipping", "Ships to the billing side's name.", "IMP-5")
def billing_for_shipping():
    def order(element):
        made = RIGHT["order"](element)
        made["customer"]["shipping"]["name"] = made["customer"]["billing"]["name"]
        return made

    correct.order = order


@broken("discounts-added", "Takes an adjustment for one more product.", "IMP-5")
def discounts_added():
    def order(element):
        for each in element.iterfind("Items/Item"):
            if correct.truth(correct.text(each, "Adjustment")):
                each.find("Adjustment").text = "false"
                each.find("UnitPrice").text = correct.text(each, "UnitPrice").lstrip("-")
        return RIGHT["order"](element)

    correct.order = order


@broken("spellings", "Knows three spellings of units, and drops any other weight.", "IMP-7")
def spellings():
    def weight(element, unit):
        return RIGHT["weight"](element, unit if unit in ("Pounds", "Ounces", "Grams") else "")

    correct.weight = weight


@broken("still-escaped", "Unescapes nothing, since all text is in CDATA.", "IMP-7")
def still_escaped():
    def document(reply, body):
        root = RIGHT["document"](reply, body)
        if b"<![CDATA[" not in body:
            for each in root.iter():
                each.text = html.escape(each.text) if each.text else each.text
        return root

    correct.document = document


@broken("by-place", "Reads the status by its place.", "IMP-7")
def by_place():
    def order(element):
        return {**RIGHT["order"](element), "status": "".join(element[3].itertext()).strip()}

    correct.order = order


@broken("no-afternoon", "Reads the hour, and not AM or PM.", "IMP-7")
def no_afternoon():
    correct.moment = lambda written: RIGHT["moment"](re.sub(r" ?[AP]M$", "", written.strip()))


@broken("twelve-more", "Adds twelve to every hour that says PM, and drops what no clock shows then.", "IMP-7")
def twelve_more():
    def moment(written):
        found = correct.MOMENT.fullmatch(written.strip())
        if (found[7] or "").upper() == "PM" and int(found[4]) > 12:
            return None
        return RIGHT["moment"](written)

    correct.moment = moment


@broken("needs-company", "Fails where an optional element is missing.", "IMP-7")
def needs_company():
    def address(element):
        element.find("Company").itertext()
        return RIGHT["address"](element)

    correct.address = address


# ---------------------------------------------------------------------- addresses and statuses


@broken("stops-without-address", "Stops at the first order without a shipping address.", "IMP-8")
def stops_without_address():
    def imported(elements, held, *rest):
        whole = []
        for element in elements:
            if not correct.has_address(correct.order(element)):
                break
            whole.append(element)
        RIGHT["imported"](whole, held, *rest)

    correct.imported = imported


@broken("imports-without-address", "Imports an order without a shipping address.", "IMP-8")
def imports_without_address():
    correct.has_address = lambda made: True


@broken("silent-without-address", "Leaves out an order without a shipping address, and says nothing.", "IMP-8")
def silent_without_address():
    correct.leave_out = lambda made, left: None


@broken("unknown-is-paid", "Takes a status that it doesn't know for paid.", "IMP-9")
def unknown_is_paid():
    correct.state_of = lambda status, meanings: RIGHT["state_of"](status, meanings) or "paid"


@broken("silent-unmapped", "Says nothing of a status that it doesn't know.", "IMP-9")
def silent_unmapped():
    def imported(elements, held, meanings, left, unmapped):
        RIGHT["imported"](elements, held, meanings, left, [])

    correct.imported = imported


# ---------------------------------------------------------------------- notifications


@broken("told-once-only", "Sends a notification once, whatever becomes of it.", "IMP-13")
def told_once_only():
    def send(shop, shipment):
        RIGHT["send"](shop, shipment)
        return True

    correct.send = send


@broken("only-200", "Takes 201 and 204 for failures, and sends again.", "IMP-13")
def only_200():
    correct.answered = lambda reply: reply.status == 200

    def ship(options, shop):
        RIGHT["ship"](options, shop)
        return 0

    correct.ship = ship


@broken("empty-notice", "Says everything in the query, and sends no body.", "IMP-12")
def empty_notice():
    correct.notice = lambda shipment: b""


@broken("another-parcel", "Names another tracking number in the body than in the query.", "IMP-12")
def another_parcel():
    correct.notice = lambda shipment: RIGHT["notice"]({**shipment, "tracking_number": "1Z" + shipment["carrier"]})


@broken("no-cost", "Leaves out what the carrier took.", "IMP-12")
def no_cost():
    correct.notice = lambda shipment: re.sub(rb"<ShippingCost>.*</ShippingCost>", b"", RIGHT["notice"](shipment))


@broken("iso-ship-date", "Writes the day as ISO has it.", "IMP-12")
def iso_ship_date():
    correct.day = lambda iso: iso


@broken("one-of-each", "Says that one of each line is in the parcel.", "IMP-12")
def one_of_each():
    def notice(shipment):
        items = [{**each, "quantity": 1} for each in shipment["items"]]
        return RIGHT["notice"]({**shipment, "items": items})

    correct.notice = notice


if __name__ == "__main__":
    WRONG[sys.argv[1]][2]()
    sys.exit(correct.main(sys.argv[2:]))
