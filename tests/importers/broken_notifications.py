"""Broken importers of the feature *Notifications*: IMP-12, IMP-13."""

import re
import time
from datetime import UTC, datetime

import correct
from registry import CORRECT, broken


@broken("told-once-only", "Sends a notification once, whatever the reply.", "IMP-13")
def told_once_only():
    def send(shop, shipment):
        CORRECT["send"](shop, shipment)
        return True

    correct.send = send


@broken("only-200", "Treats 201 and 204 as failures, and sends the notification again.", "IMP-13")
def only_200():
    correct.answered = lambda reply: reply.status == 200

    def ship(options, shop):
        CORRECT["ship"](options, shop)
        return 0

    correct.ship = ship


@broken("empty-notice", "Sends all values in the query, and no body.", "IMP-12")
def empty_notice():
    correct.notice = lambda shipment: b""


@broken("another-parcel", "Sends one tracking number in the query and another in the body.", "IMP-12")
def another_parcel():
    correct.notice = lambda shipment: CORRECT["notice"]({**shipment, "tracking_number": "1Z" + shipment["carrier"]})


@broken("no-cost", "Leaves out the shipping cost.", "IMP-12")
def no_cost():
    correct.notice = lambda shipment: re.sub(rb"<ShippingCost>.*</ShippingCost>", b"", CORRECT["notice"](shipment))


@broken("iso-ship-date", "Writes the ship date in ISO form.", "IMP-12")
def iso_ship_date():
    correct.day = lambda iso: iso


@broken("one-of-each", "Sends the quantity 1 for each item.", "IMP-12")
def one_of_each():
    def notice(shipment):
        items = [{**each, "quantity": 1} for each in shipment["items"]]
        return CORRECT["notice"]({**shipment, "items": items})

    correct.notice = notice


@broken("as-it-is", "Does not escape the values in the query.", "IMP-12")
def as_it_is():
    def target(shop, parameters):
        own = [shop.parts.query] if shop.parts.query else []
        more = [f"{name}={value.replace(' ', '%20')}" for name, value in parameters]
        return (shop.parts.path or "/") + "?" + "&".join(own + more)

    correct.Shop.target = target


@broken("reset-is-success", "Treats a missing reply as success.", "IMP-13")
def reset_is_success():
    def send(shop, shipment):
        try:
            reply, _ = shop.ask("POST", correct.query(shipment), correct.notice(shipment))
        except correct.Failed:
            return True
        return correct.answered(reply)

    correct.send = send


# ---------------------------------------------------------------------- values


def told(change):
    """Change each shipment before it is told, in query and body."""
    correct.notice = lambda shipment: CORRECT["notice"](change(shipment))
    correct.query = lambda shipment: CORRECT["query"](change(shipment))


def in_items(change):
    """Change each item of a shipment."""
    told(lambda shipment: {**shipment, "items": [{**each, **change(each)} for each in shipment["items"]]})


@broken("id-for-number", "Names the order by its id in the query.", "IMP-12")
def id_for_number():
    correct.query = lambda shipment: CORRECT["query"]({**shipment, "order_number": shipment["order_id"]})


@broken("id-for-number-in-body", "Writes the order's id as its number in the body.", "IMP-12")
def id_for_number_in_body():
    correct.notice = lambda shipment: CORRECT["notice"]({**shipment, "order_number": shipment["order_id"]})


@broken("number-for-id", "Writes the order's number as its id.", "IMP-12")
def number_for_id():
    correct.notice = lambda shipment: CORRECT["notice"]({**shipment, "order_id": shipment["order_number"]})


def as_integer(text):
    return str(int(text)) if text.isascii() and text.isdigit() else text


@broken("number-as-integer", "Keeps the order's number as an integer.", "IMP-12")
def number_as_integer():
    told(lambda shipment: {**shipment, "order_number": as_integer(shipment["order_number"])})


@broken("number-in-capitals", "Writes order numbers in capitals.", "IMP-12")
def number_in_capitals():
    told(lambda shipment: {**shipment, "order_number": shipment["order_number"].upper()})


@broken("number-in-ascii", "Leaves out characters beyond ASCII in order numbers.", "IMP-12")
def number_in_ascii():
    told(lambda shipment: {**shipment, "order_number": shipment["order_number"].encode("ascii", "ignore").decode()})


@broken("number-without-blanks", "Leaves out spaces in order numbers.", "IMP-12")
def number_without_blanks():
    told(lambda shipment: {**shipment, "order_number": shipment["order_number"].replace(" ", "")})


@broken("tracking-as-integer", "Keeps a tracking number of digits as an integer.", "IMP-12")
def tracking_as_integer():
    told(lambda shipment: {**shipment, "tracking_number": as_integer(shipment["tracking_number"])})


@broken("tracking-as-float", "Keeps a tracking number of digits as a floating-point number.", "IMP-12")
def tracking_as_float():
    def rounded(text):
        return str(int(float(text))) if text.isascii() and text.isdigit() and text[0] != "0" else text

    told(lambda shipment: {**shipment, "tracking_number": rounded(shipment["tracking_number"])})


@broken("tracking-in-capitals", "Writes tracking numbers in capitals.", "IMP-12")
def tracking_in_capitals():
    told(lambda shipment: {**shipment, "tracking_number": shipment["tracking_number"].upper()})


@broken("tracking-only-digits", "Leaves out characters that are no letter or digit in tracking numbers.", "IMP-12")
def tracking_only_digits():
    told(lambda shipment: {**shipment, "tracking_number": re.sub(r"\W", "", shipment["tracking_number"])})


@broken("no-tracking-in-query", "Leaves the tracking number out of the query.", "IMP-12")
def no_tracking_in_query():
    correct.query = lambda shipment: [pair for pair in CORRECT["query"](shipment) if pair[0] != "tracking_number"]


@broken("body-only", "Sends all values in the body, and no query but the action.", "IMP-12")
def body_only():
    correct.query = lambda shipment: CORRECT["query"](shipment)[:1]


@broken("one-carrier", "Writes the same carrier for all parcels.", "IMP-12")
def one_carrier():
    told(lambda shipment: {**shipment, "carrier": "FedEx"})


@broken("carrier-for-service", "Writes the carrier as the service.", "IMP-12")
def carrier_for_service():
    told(lambda shipment: {**shipment, "service": shipment["carrier"]})


@broken("service-in-ascii", "Writes question marks for characters beyond ASCII in the service.", "IMP-12")
def service_in_ascii():
    told(lambda shipment: {**shipment, "service": shipment["service"].encode("ascii", "replace").decode()})


@broken("service-escaped-twice", "Escapes the service twice in the body.", "IMP-12")
def service_escaped_twice():
    def escaped(shipment):
        return {**shipment, "service": shipment["service"].replace("&", "&amp;")}

    correct.notice = lambda shipment: CORRECT["notice"](escaped(shipment))


@broken("cost-in-whole-units", "Writes the cost without cents.", "IMP-12")
def cost_in_whole_units():
    told(lambda shipment: {**shipment, "cost": shipment["cost"] and shipment["cost"].partition(".")[0]})


@broken("cost-with-thousands", "Writes a comma between thousands.", "IMP-12")
def cost_with_thousands():
    told(lambda shipment: {**shipment, "cost": shipment["cost"] and f"{float(shipment['cost']):,.2f}"})


@broken("cost-with-comma", "Writes the cost with a decimal comma.", "IMP-12")
def cost_with_comma():
    told(lambda shipment: {**shipment, "cost": shipment["cost"] and shipment["cost"].replace(".", ",")})


@broken("free-is-no-cost", "Leaves out a cost of 0, and writes the last one.", "IMP-12")
def free_is_no_cost():
    told(lambda shipment: {**shipment, "cost": "5.00" if shipment["cost"] == "0.00" else shipment["cost"]})


@broken("notes-in-one-line", "Writes the notes in one line.", "IMP-12")
def notes_in_one_line():
    told(lambda shipment: {**shipment, "notes": " ".join(shipment["notes"].split())})


@broken("notes-without-markup", "Removes what looks like markup from the notes.", "IMP-12")
def notes_without_markup():
    told(lambda shipment: {**shipment, "notes": re.sub(r"<[^>]*>", "", shipment["notes"])})


@broken("notes-in-latin-1", "Writes question marks for characters beyond Latin-1 in the notes.", "IMP-12")
def notes_in_latin_1():
    told(lambda shipment: {**shipment, "notes": shipment["notes"].encode("latin-1", "replace").decode("latin-1")})


@broken("notes-cut-short", "Cuts the notes at 30 characters.", "IMP-12")
def notes_cut_short():
    told(lambda shipment: {**shipment, "notes": shipment["notes"][:30]})


@broken("first-line-of-notes", "Sends the first line of the notes.", "IMP-12")
def first_line_of_notes():
    told(lambda shipment: {**shipment, "notes": shipment["notes"].partition("\n")[0]})


@broken("ship-date-as-moment", "Takes the day for midnight in its own zone, and writes it in UTC.", "IMP-12")
def ship_date_as_moment():
    def day(iso):
        return datetime.fromisoformat(iso).astimezone(UTC).strftime("%m/%d/%Y")

    correct.day = day


@broken("ship-date-as-utc-moment", "Takes the day for midnight in UTC, and writes it in its own zone.", "IMP-12")
def ship_date_as_utc_moment():
    def day(iso):
        return datetime.fromisoformat(iso).replace(tzinfo=UTC).astimezone().strftime("%m/%d/%Y")

    correct.day = day


@broken("ship-date-is-today", "Writes the day of the notification.", "IMP-12")
def ship_date_is_today():
    correct.day = lambda iso: datetime.now(UTC).strftime("%m/%d/%Y")


@broken("day-before-month", "Writes the day before the month.", "IMP-12")
def day_before_month():
    correct.day = lambda iso: datetime.fromisoformat(iso).strftime("%d/%m/%Y")


@broken("skus-in-capitals", "Writes SKUs in capitals.", "IMP-12")
def skus_in_capitals():
    in_items(lambda item: {"sku": item["sku"].upper()})


@broken("skus-as-integers", "Keeps SKUs of digits as integers.", "IMP-12")
def skus_as_integers():
    in_items(lambda item: {"sku": as_integer(item["sku"])})


@broken("skus-in-ascii", "Leaves out characters beyond ASCII in SKUs.", "IMP-12")
def skus_in_ascii():
    in_items(lambda item: {"sku": item["sku"].encode("ascii", "ignore").decode()})


@broken("line-ids-as-integers", "Keeps LineItemIDs as integers.", "IMP-12")
def line_ids_as_integers():
    in_items(lambda item: {"line_id": as_integer(item["line_id"])})


@broken("lines-numbered-anew", "Numbers the items of a parcel from 1.", "IMP-12")
def lines_numbered_anew():
    def numbered(shipment):
        items = [{**each, "line_id": str(place)} for place, each in enumerate(shipment["items"], start=1)]
        return {**shipment, "items": items}

    told(numbered)


def held_order(options_of_call, shipment):
    """Return the imported order of a shipment."""
    return correct.load(options_of_call[0].state, "orders.json", {}).get(shipment["order_number"], {"items": []})


def with_order(change):
    """Change each shipment by what was imported of its order."""
    calls = []
    flush = CORRECT["flush"]

    def remembering(options, shop):
        calls[:] = [options]
        return flush(options, shop)

    correct.flush = remembering
    correct.notice = lambda shipment: CORRECT["notice"](change(shipment, held_order(calls, shipment)))


@broken("whole-order", "Sends all items of the order, whatever is in the parcel.", "IMP-12")
def whole_order():
    with_order(lambda shipment, order: {**shipment, "items": order["items"] and shipment["items"] and order["items"]})


@broken("ordered-quantities", "Sends the ordered quantity of each item in the parcel.", "IMP-12")
def ordered_quantities():
    def ordered(shipment, order):
        quantities = {each["line_id"]: each["quantity"] for each in order["items"]}
        items = [{**each, "quantity": quantities.get(each["line_id"], each["quantity"])} for each in shipment["items"]]
        return {**shipment, "items": items}

    with_order(ordered)


@broken("first-line-of-sku", "Sends the LineItemID of the first line with the SKU.", "IMP-12")
def first_line_of_sku():
    def first(shipment, order):
        lines = {each["sku"]: each["line_id"] for each in reversed(order["items"])}
        items = [{**each, "line_id": lines.get(each["sku"], each["line_id"])} for each in shipment["items"]]
        return {**shipment, "items": items}

    with_order(first)


@broken("first-item-only", "Sends the first item of a parcel.", "IMP-12")
def first_item_only():
    told(lambda shipment: {**shipment, "items": shipment["items"][:1]})


@broken("none-as-text", "Writes None for a missing cost.", "IMP-12")
def none_as_text():
    told(lambda shipment: {**shipment, "cost": "None" if shipment["cost"] is None else shipment["cost"]})


@broken("invents-carrier", "Writes another carrier where none was given.", "IMP-12")
def invents_carrier():
    told(lambda shipment: {**shipment, "carrier": shipment["carrier"] or "Other"})


# ---------------------------------------------------------------------- tries


def trying(times, change=lambda shipment, place: shipment, pause=0.0):
    """Send a notification again at once, up to so many times, until the store accepts it."""

    def send(shop, shipment):
        for place in range(times):
            if CORRECT["send"](shop, change(shipment, place)):
                return True
            time.sleep(pause)
        return False

    correct.send = send


@broken("gives-up-after-three", "Tries three times, and forgets the notification then.", "IMP-13")
def gives_up_after_three():
    trying(3)
    send = correct.send

    def once(shop, shipment):
        send(shop, shipment)
        return True

    correct.send = once


@broken("tries-without-items", "Leaves out the items when it sends a notification again.", "IMP-13")
def tries_without_items():
    trying(2, lambda shipment, place: {**shipment, "items": []} if place else shipment)


@broken("tries-without-body", "Sends no body when it sends a notification again.", "IMP-12", "IMP-13")
def tries_without_body():
    sent = []

    def notice(shipment):
        sent.append(shipment)
        return b"" if len(sent) > 1 else CORRECT["notice"](shipment)

    correct.notice = notice
    trying(2)


@broken("tries-without-credentials", "Sends no credentials when it sends a notification again.", "IMP-1")
def tries_without_credentials():
    def send(shop, shipment):
        if CORRECT["send"](shop, shipment):
            return True
        headers = shop.headers
        shop.headers = {name: value for name, value in headers.items() if name != "Authorization"}
        CORRECT["send"](shop, shipment)
        shop.headers = headers
        return CORRECT["send"](shop, shipment)

    correct.send = send


@broken("counts-its-tries", "Adds the number of the try to the tracking number.", "IMP-13")
def counts_its_tries():
    def counted(shipment, place):
        number = shipment["tracking_number"]
        return {**shipment, "tracking_number": f"{number}-{place}" if place else number}

    trying(2, counted)


@broken("hammers-notifications", "Sends a failed notification fifty times without a pause.", "IMP-14")
def hammers_notifications():
    trying(50)


# ---------------------------------------------------------------------- stores that stay bad


@broken("one-parcel-waits", "Keeps the latest notification only while the store stays bad.", "IMP-13")
def one_parcel_waits():
    def ship(options, shop):
        correct.save(options.state, "outbox.json", [])
        CORRECT["ship"](options, shop)
        return 0

    correct.ship = ship


@broken("any-4xx-is-final", "Never sends a notification again that was answered with a status of 4xx.", "IMP-13")
def any_4xx_is_final():
    correct.answered = lambda reply: 200 <= reply.status < 300 or 400 <= reply.status < 500
