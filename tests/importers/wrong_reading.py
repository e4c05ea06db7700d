"""Wrong in what they read, and in what they make of addresses and statuses."""

import html
import re
from decimal import Decimal

import correct
from wrong import RIGHT, broken

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


@broken("discounts-added", "Takes an adjustment for one more product.", "IMP-5", "IMP-7")
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


# ---------------------------------------------------------------------- where a form differs


@broken("latin-1", "Takes every document for ISO-8859-1.", "IMP-5", "IMP-7")
def latin_1():
    def document(reply, body):
        if reply.status == 200 and b"<Orders" in body:
            text = re.sub(r"^\W*<\?xml[^>]*>", "", body.decode("latin-1"))
            body = text.encode()
        return RIGHT["document"](reply, body)

    correct.document = document


@broken("grams-are-ounces", "Takes grams for ounces.", "IMP-5", "IMP-7")
def grams_are_ounces():
    correct.UNITS.update({name: "oz" for name, unit in correct.UNITS.items() if unit == "g"})


@broken("lb-is-ounces", "Takes lb, which isn't lbs, for ounces.", "IMP-7")
def lb_is_ounces():
    correct.UNITS["lb"] = "oz"


@broken("one-of-each-weighs", "Adds up what one of each line weighs.", "IMP-5")
def one_of_each_weighs():
    correct.total_weight = lambda lines: RIGHT["total_weight"]([{**each, "quantity": "1"} for each in lines])


@broken("flags-in-words", "Knows flags as true only.", "IMP-7")
def flags_in_words():
    correct.truth = lambda written: written == "true"


@broken("cents", "Takes amounts for cents with a point in them.", "IMP-7")
def cents():
    def order(element):
        made = RIGHT["order"](element)
        return {**made, "total": str(Decimal(made["total"].replace(".", "")) / 100)}

    correct.order = order


@broken("one-guest", "Knows customers by their code, guests as well.", "IMP-7")
def one_guest():
    known = {}

    def order(element):
        made = RIGHT["order"](element)
        if code := made["customer"]["code"]:
            made["customer"] = known.setdefault(code, made["customer"])
        return made

    correct.order = order


@broken("goods-before-discounts", "Takes what stands behind the first adjustment for no line.", "IMP-7")
def goods_before_discounts():
    def order(element):
        lines = []
        for each in element.iterfind("Items/Item"):
            if correct.truth(correct.text(each, "Adjustment")):
                break
            lines.append(correct.line(each))
        return {**RIGHT["order"](element), "items": lines}

    correct.order = order
