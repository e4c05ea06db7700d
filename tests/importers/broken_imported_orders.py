"""Broken importers of the feature *Imported orders*: IMP-5 to IMP-9."""

import html
import re
from decimal import Decimal

import correct
from registry import CORRECT, broken


@broken("cut-at-cdata-end", "Cuts a text at ]]>.", "IMP-5")
def cut_at_cdata_end():
    correct.text = lambda element, path: CORRECT["text"](element, path).partition("]]>")[0]


@broken("grams-always", "Reads every weight as grams.", "IMP-5")
def grams_always():
    def weight(element, unit):
        value = correct.text(element, "Weight")
        return {"value": value, "unit": "g"} if value else None

    correct.weight = weight


@broken("pounds-always", "Reads every weight as pounds.", "IMP-5", "IMP-7")
def pounds_always():
    def weight(element, unit):
        value = correct.text(element, "Weight")
        return {"value": value, "unit": "lbs"} if value else None

    correct.weight = weight


@broken("billing-for-shipping", "Uses the billing name in the shipping address.", "IMP-5")
def billing_for_shipping():
    def order(element):
        made = CORRECT["order"](element)
        made["customer"]["shipping"]["name"] = made["customer"]["billing"]["name"]
        return made

    correct.order = order


@broken("discounts-added", "Reads an adjustment as a product.", "IMP-5")
def discounts_added():
    def order(element):
        for each in element.iterfind("Items/Item"):
            if correct.truth(correct.text(each, "Adjustment")):
                each.find("Adjustment").text = "false"
                each.find("UnitPrice").text = correct.text(each, "UnitPrice").lstrip("-")
        return CORRECT["order"](element)

    correct.order = order


@broken("spellings", "Knows three spellings of units, and drops weights with any other.", "IMP-7")
def spellings():
    def weight(element, unit):
        return CORRECT["weight"](element, unit if unit in ("Pounds", "Ounces", "Grams") else "")

    correct.weight = weight


@broken("still-escaped", "Does not unescape texts outside of CDATA.", "IMP-7")
def still_escaped():
    def document(reply, body):
        root = CORRECT["document"](reply, body)
        if b"<![CDATA[" not in body:
            for each in root.iter():
                each.text = html.escape(each.text) if each.text else each.text
        return root

    correct.document = document


@broken("by-place", "Reads the status by its place in the order.", "IMP-7")
def by_place():
    def order(element):
        return {**CORRECT["order"](element), "status": "".join(element[3].itertext()).strip()}

    correct.order = order


@broken("no-afternoon", "Ignores AM and PM.", "IMP-7")
def no_afternoon():
    correct.moment = lambda written: CORRECT["moment"](re.sub(r" ?[AP]M$", "", written.strip()))


@broken("twelve-more", "Adds 12 to every hour with PM, and drops hours beyond 24.", "IMP-7")
def twelve_more():
    def moment(written):
        found = correct.MOMENT.fullmatch(written.strip())
        if (found[7] or "").upper() == "PM" and int(found[4]) > 12:
            return None
        return CORRECT["moment"](written)

    correct.moment = moment


@broken("needs-company", "Fails if an optional element is missing.", "IMP-7")
def needs_company():
    def address(element):
        element.find("Company").itertext()
        return CORRECT["address"](element)

    correct.address = address


@broken("latin-1", "Reads every document as ISO-8859-1.", "IMP-5", "IMP-7")
def latin_1():
    def document(reply, body):
        if reply.status == 200 and b"<Orders" in body:
            text = re.sub(r"^\W*<\?xml[^>]*>", "", body.decode("latin-1"))
            body = text.encode()
        return CORRECT["document"](reply, body)

    correct.document = document


@broken("grams-are-ounces", "Reads grams as ounces.", "IMP-5", "IMP-7")
def grams_are_ounces():
    correct.UNITS.update({name: "oz" for name, unit in correct.UNITS.items() if unit == "g"})


@broken("lb-is-ounces", "Reads the unit lb as ounces.", "IMP-7")
def lb_is_ounces():
    correct.UNITS["lb"] = "oz"


@broken("one-of-each-weighs", "Adds up the weights of the lines without their quantities.", "IMP-5")
def one_of_each_weighs():
    correct.total_weight = lambda lines: CORRECT["total_weight"]([{**each, "quantity": "1"} for each in lines])


@broken("flags-in-words", "Knows only true as the value of a flag, not 1.", "IMP-7")
def flags_in_words():
    correct.truth = lambda written: written == "true"


@broken("cents", "Reads amounts as cents.", "IMP-7")
def cents():
    def order(element):
        made = CORRECT["order"](element)
        return {**made, "total": str(Decimal(made["total"].replace(".", "")) / 100)}

    correct.order = order


@broken("one-guest", "Identifies all customers by their code, guests too.", "IMP-5", "IMP-7")
def one_guest():
    known = {}

    def order(element):
        made = CORRECT["order"](element)
        if code := made["customer"]["code"]:
            made["customer"] = known.setdefault(code, made["customer"])
        return made

    correct.order = order


@broken("goods-before-discounts", "Ignores the lines after the first adjustment.", "IMP-7")
def goods_before_discounts():
    def order(element):
        lines = []
        for each in element.iterfind("Items/Item"):
            if correct.truth(correct.text(each, "Adjustment")):
                break
            lines.append(correct.line(each))
        return {**CORRECT["order"](element), "items": lines}

    correct.order = order


@broken("imports-twice", "Adds an order again that it already has.", "IMP-6")
def imports_twice():
    def add(held, made):
        place = made["order_number"]
        while place in held:
            place += "'"
        held[place] = made

    correct.add = add


@broken("never-updates", "Keeps an order as it was when it first came.", "IMP-6")
def never_updates():
    correct.add = lambda held, made: held.setdefault(made["order_number"], made)


@broken("updates-status-only", "Updates only the status of an order that it already has.", "IMP-6")
def updates_status_only():
    def add(held, made):
        known = held.setdefault(made["order_number"], made)
        known["status"] = made["status"]

    correct.add = add


@broken("newer-minute-only", "Updates an order only if its time of modification differs.", "IMP-6")
def newer_minute_only():
    def add(held, made):
        known = held.get(made["order_number"])
        if known is None or known["modified_at"] != made["modified_at"]:
            held[made["order_number"]] = made

    correct.add = add


@broken("keeps-deleted-text", "Keeps the note of an order if the new version has none.", "IMP-6")
def keeps_deleted_text():
    def add(held, made):
        known = held.get(made["order_number"], {})
        made["customer_notes"] = made["customer_notes"] or known.get("customer_notes", "")
        held[made["order_number"]] = made

    correct.add = add


@broken("first-version", "Keeps the first version of an order that comes twice in one import.", "IMP-6")
def first_version():
    def imported(elements, held, *rest):
        first = {}
        for each in elements:
            first.setdefault(correct.text(each, "OrderNumber"), each)
        CORRECT["imported"](first.values(), held, *rest)

    correct.imported = imported


@broken("stops-without-address", "Stops at the first order without a shipping address.", "IMP-8")
def stops_without_address():
    def imported(elements, held, *rest):
        whole = []
        for element in elements:
            if not correct.has_address(correct.order(element)):
                break
            whole.append(element)
        CORRECT["imported"](whole, held, *rest)

    correct.imported = imported


@broken("imports-without-address", "Imports an order without a shipping address.", "IMP-8")
def imports_without_address():
    correct.has_address = lambda made: True


@broken("silent-without-address", "Leaves out an order without a shipping address, and does not report it.", "IMP-8")
def silent_without_address():
    correct.leave_out = lambda made, left: None


@broken("unknown-is-paid", "Maps an unknown status to paid.", "IMP-9")
def unknown_is_paid():
    correct.state_of = lambda status, meanings: CORRECT["state_of"](status, meanings) or "paid"


@broken("silent-unmapped", "Does not report an unknown status.", "IMP-9")
def silent_unmapped():
    def imported(elements, held, meanings, left, unmapped):
        CORRECT["imported"](elements, held, meanings, left, [])

    correct.imported = imported


@broken("fails-without-address", "Fails if an order has no shipping address.", "IMP-8")
def fails_without_address():
    def leave_out(made, left):
        raise correct.Failed(f"order {made['order_number']} has no shipping address")

    correct.leave_out = leave_out


@broken(
    "one-order-is-none",
    "Reads a document with one order as if it had none, like a library that gives no list.",
    "IMP-5",
)
def one_order_is_none():
    def window(shop, since, until):
        found = CORRECT["window"](shop, since, until)
        return [] if len(found) == 1 else found

    correct.window = window


@broken("one-order-on-a-page-is-none", "Loses the order of a page that has only one.", "IMP-5")
def one_order_on_a_page_is_none():
    def document(reply, body):
        root = CORRECT["document"](reply, body)
        if root.get("pages") not in (None, "1") and len(root) == 1:
            root.remove(root[0])
        return root

    correct.document = document


@broken("mapped-by-part", "Maps a status that contains the name of a mapped one.", "IMP-9")
def mapped_by_part():
    def state_of(status, meanings):
        return CORRECT["state_of"](status, meanings) or next(
            (meaning for name, meaning in meanings.items() if name.lower() in status.lower()), None
        )

    correct.state_of = state_of


@broken("mapped-by-beginning", "Maps a status that a mapped one begins with.", "IMP-9")
def mapped_by_beginning():
    def state_of(status, meanings):
        return CORRECT["state_of"](status, meanings) or next(
            (meaning for name, meaning in meanings.items() if name.lower().startswith(status.lower())), None
        )

    correct.state_of = state_of


@broken("mapped-by-first-letters", "Maps a status by its first four letters.", "IMP-9")
def mapped_by_first_letters():
    def state_of(status, meanings):
        return CORRECT["state_of"](status, meanings) or next(
            (meaning for name, meaning in meanings.items() if name.lower()[:4] == status.lower()[:4]), None
        )

    correct.state_of = state_of


@broken("mapped-is-unmapped", "Reports mapped statuses as unmapped, and no state.", "IMP-9")
def mapped_is_unmapped():
    def imported(elements, held, meanings, left, unmapped):
        CORRECT["imported"](elements, held, meanings, left, unmapped)
        for made in held.values():
            made.pop("state", None)
            if made["status"] not in unmapped:
                unmapped.append(made["status"])

    correct.imported = imported


@broken("follows-no-redirect", "Treats a redirect within the store as a failure.", "IMP-7")
def follows_no_redirect():
    correct.Shop.redirected = lambda shop, method, reply, target: None


# ---------------------------------------------------------------------- changes between two imports


@broken("keeps-old-lines", "Keeps the lines of an order that it already has.", "IMP-6")
def keeps_old_lines():
    def add(held, made):
        known = held.get(made["order_number"], made)
        held[made["order_number"]] = {**made, "items": known["items"], "weight": known["weight"]}

    correct.add = add


@broken("removed-lines-stay", "Updates and adds lines of an order that it has, but removes none.", "IMP-6", "IMP-7")
def removed_lines_stay():
    def add(held, made):
        known = held.get(made["order_number"], made)
        lines = {each["line_id"]: each for each in [*known["items"], *made["items"]]}
        held[made["order_number"]] = {**made, "items": list(lines.values())}

    correct.add = add


@broken("left-out-for-good", "Leaves out an order for good once it had no shipping address.", "IMP-6")
def left_out_for_good():
    pull = correct.pull

    def remembering(options, shop):
        gone = set(correct.load(options.state, "gone.json", []))
        correct.has_address = lambda made: (
            made["order_number"] not in gone and (CORRECT["has_address"](made) or bool(gone.add(made["order_number"])))
        )
        status = pull(options, shop)
        correct.save(options.state, "gone.json", sorted(gone))
        return status

    correct.pull = remembering


@broken("unmapped-for-good", "Gives an order no state once its status had no mapping.", "IMP-6")
def unmapped_for_good():
    def add(held, made):
        known = held.get(made["order_number"], made)
        held[made["order_number"]] = {**made, "state": made["state"] if known["state"] else None}

    correct.add = add


@broken("stops-at-known-page", "Stops at a page on which it knows every order, unchanged.", "IMP-6")
def stops_at_known_page():
    pull = correct.pull

    def remembering(options, shop):
        held = correct.load(options.state, "orders.json", {})
        ask = shop.ask

        def is_known(element):
            known = held.get(correct.text(element, "OrderNumber"))
            return known is not None and known["modified_at"] == correct.moment(correct.text(element, "LastModified"))

        def window(shop, since, until):
            page, pages, found = 1, 1, []
            while page <= pages:
                bounds = [("start_date", correct.bound(since)), ("end_date", correct.bound(until))]
                reply, body = ask("GET", [("action", "export"), *bounds, ("page", str(page))])
                root = correct.document(reply, body)
                pages = int(root.get("pages") or 1) if page == 1 else pages
                came = list(root.iterfind("Order"))
                if came and all(map(is_known, came)):
                    break
                found += came
                page += 1
            return found

        correct.window = window
        return pull(options, shop)

    correct.pull = remembering
