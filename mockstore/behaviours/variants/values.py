"""Variants of values: other forms of the same times, amounts, weights and texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from mockstore.behaviours.patch import (
    edit_lines,
    edit_options,
    edit_order,
    edit_order_after_change,
    edit_order_after_shipment,
    edit_text,
    element_at,
    is_adjustment,
    lines_of,
    options_of,
    product_lines,
    set_element,
    text_of,
)
from mockstore.behaviours.variants import variant
from mockstore.endpoint import presentation
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Discount, Item, Order, Weight
from mockstore.orders.totals import converted
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop

MAX_NOTE_CHARS = 1000


def set_times(behaviour: Behaviour, write: Callable[[datetime], str]) -> Behaviour:
    """Set both times of an order."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["OrderDate"], fields["LastModified"] = write(order.placed_at), write(order.modified_at)

    return edit_order(behaviour, change)


@variant("twelve-hours", "Times have a 12-hour clock with AM and PM.")
def twelve_hours(behaviour: Behaviour) -> Behaviour:
    return set_times(behaviour, lambda time: time.strftime("%m/%d/%Y %I:%M %p"))


@variant("seconds", "Times have seconds.")
def seconds(behaviour: Behaviour) -> Behaviour:
    return set_times(behaviour, lambda time: time.strftime("%m/%d/%Y %H:%M:%S"))


@variant("short-times", "Times have no leading zeros.")
def short_times(behaviour: Behaviour) -> Behaviour:
    return set_times(behaviour, lambda time: f"{time.month}/{time.day}/{time.year} {time.hour}:{time.minute:02}")


@variant("twelve-hours-seconds", "Times have a 12-hour clock with seconds, and AM or PM without a space.")
def twelve_hours_seconds(behaviour: Behaviour) -> Behaviour:
    return set_times(behaviour, lambda time: time.strftime("%m/%d/%Y %I:%M:%S%p"))


MONEY = ("OrderTotal", "TaxAmount", "ShippingAmount")


def format_amounts(behaviour: Behaviour, write: Callable[[Decimal], str]) -> Behaviour:
    """Format every amount of an order."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name in MONEY:
            if text_of(fields, name):
                fields[name] = write(Decimal(text_of(fields, name)))
        for line in lines_of(fields):
            line["UnitPrice"] = write(Decimal(str(line["UnitPrice"])))

    return edit_order(behaviour, change)


@variant("amounts-short", "Amounts have only the decimals they need: 5, 5.5.")
def amounts_short(behaviour: Behaviour) -> Behaviour:
    return format_amounts(behaviour, lambda amount: f"{amount.normalize():f}")


@variant("amounts-one-decimal", "Amounts have one decimal if that is enough: 5.0.")
def amounts_one_decimal(behaviour: Behaviour) -> Behaviour:
    return format_amounts(behaviour, lambda amount: f"{amount:.2f}".removesuffix("0"))


@variant("amounts-four-decimals", "Amounts have four decimals, as in the database.")
def amounts_four_decimals(behaviour: Behaviour) -> Behaviour:
    return format_amounts(behaviour, lambda amount: f"{amount:.4f}")


def convert_weights(behaviour: Behaviour, unit: str, own: str, step: str) -> Behaviour:
    """Convert weights to another unit, rounded to a step."""

    def write(order: Order, fields: Fields) -> None:
        for line, item in product_lines(fields, order):
            if item.weight is not None:
                line["Weight"], line["WeightUnits"] = convert(item.weight.value, item.weight.unit), unit
                for option, chosen in zip(options_of(line), item.options, strict=False):
                    option["Weight"] = convert(chosen.weight.value, chosen.weight.unit) if chosen.weight else None

    def convert(value: Decimal, of: str) -> str:
        return str((value * GRAMS_PER_UNIT[of] / GRAMS_PER_UNIT[own]).quantize(Decimal(step), ROUND_HALF_UP))

    return edit_order(behaviour, lambda fields, order, shop: write(order, fields))


@variant("weights-in-pounds", "Weights are in pounds, with the unit lb, whatever the shop's unit is.")
def weights_in_pounds(behaviour: Behaviour) -> Behaviour:
    return convert_weights(behaviour, "lb", "lbs", "0.01")


@variant("weights-in-ounces", "Weights are in ounces, with the unit OZ.")
def weights_in_ounces(behaviour: Behaviour) -> Behaviour:
    return convert_weights(behaviour, "OZ", "oz", "0.01")


@variant("weights-in-grams", "Weights are in whole grams, with the unit gm.")
def weights_in_grams(behaviour: Behaviour) -> Behaviour:
    return convert_weights(behaviour, "gm", "g", "1")


@variant("option-weights-in-line", "A line's weight includes its options' weights, which are not exported themselves.")
def option_weights_in_line(behaviour: Behaviour) -> Behaviour:
    def whole(item: Item) -> Item:
        weights = [each for each in (item.weight, *(option.weight for option in item.options)) if each]
        if not weights:
            return item
        unit = weights[0].unit
        weight = Weight(sum((converted(each, unit).value for each in weights), Decimal(0)), unit)
        options = tuple(msgspec.structs.replace(option, weight=None) for option in item.options)
        return msgspec.structs.replace(item, weight=weight, options=options)

    def present(order: Order, shop: Shop) -> Fields:
        return behaviour.present(msgspec.structs.replace(order, items=tuple(map(whole, order.items))), shop)

    return replace(behaviour, present=present)


@variant("weightless-says-zero", "A line without a weight has the weight 0 and a unit.")
def weightless_says_zero(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for line, item in product_lines(fields, order):
            if item.weight is None and not any(option.weight for option in item.options):
                line["Weight"], line["WeightUnits"] = "0", "Grams"

    return edit_order(behaviour, change)


@variant("optionals-left-out", "Optional elements without a value are missing.")
def optionals_left_out(behaviour: Behaviour) -> Behaviour:
    def prune(fields: Fields) -> None:
        for name, value in list(fields.items()):
            if value == "" and name not in ("SKU",):
                del fields[name]
            elif isinstance(value, dict):
                prune(value)
            elif isinstance(value, list):
                for each in value:
                    prune(each)

    return edit_order(behaviour, lambda fields, order, shop: prune(fields))


@variant("zeros-left-out", "A tax of 0 and a Gift of false are missing.")
def zeros_left_out(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if not order.tax:
            fields["TaxAmount"] = None
        if not order.gift:
            fields["Gift"] = None

    return edit_order(behaviour, change)


@variant("empty-optionals", "Optional elements without a value are exported as empty elements.")
def empty_optionals(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name in ("GiftMessage", "CustomField1", "RequestedWarehouse", "Source"):
            if not fields.get(name):
                fields[name] = ""
        for line in lines_of(fields):
            for name in ("ImageUrl", "Location"):
                line.setdefault(name, "")

    return edit_order(behaviour, change)


@variant("booleans-as-numbers", "Flags are 1 and 0.")
def booleans_as_numbers(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["Gift"] = "1" if order.gift else "0"
        for line in lines_of(fields):
            line["Adjustment"] = "1" if line.get("Adjustment") == "true" else "0"

    return edit_order(behaviour, change)


@variant("more-elements", "A custom field, source, warehouse, UPC and BillTo's address are exported too.")
def more_elements(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields |= {"CustomField1": "web", "Source": "shop", "RequestedWarehouse": "Main"}
        bill_to = element_at(fields, "Customer", "BillTo")
        address = order.customer.billing
        bill_to |= {"Address1": address.address1[:200], "City": address.city[:100], "PostalCode": address.postal_code}
        for line in lines_of(fields):
            line["UPC"] = "012345678905"

    return edit_order(behaviour, change)


@variant("statuses-lower-case", "Statuses are always in lower case.")
def statuses_lower_case(behaviour: Behaviour) -> Behaviour:
    return edit_order(behaviour, lambda fields, order, shop: fields.update(OrderStatus=order.status.lower()[:50]))


@variant("cut-with-ellipsis", "A text that is too long is cut and ends in an ellipsis.")
def cut_with_ellipsis(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name, note in (("CustomerNotes", order.customer_notes), ("InternalNotes", order.internal_notes)):
            if len(note) > 1000:
                fields[name] = note[:997] + "..."
        for line, item in product_lines(fields, order):
            if len(item.name) > 200:
                line["Name"] = item.name[:199] + "…"

    return edit_order(behaviour, change)


@variant("sku-cut-at-100", "A SKU is cut at the limit of the published schema, not of the guide.")
def sku_cut_at_100(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for line, item in product_lines(fields, order):
            line["SKU"] = item.sku.strip()[:100]

    return edit_order(behaviour, change)


@variant("sku-placeholder", "A product without a SKU has the SKU NO-SKU.")
def sku_placeholder(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for line, item in product_lines(fields, order):
            if not item.sku.strip():
                line["SKU"] = "NO-SKU"

    return edit_order(behaviour, change)


@variant("one-adjustment", "Several discounts are one adjustment that names all coupons.")
def one_adjustment(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        taken = [discount for discount in order.discounts if discount.amount > 0]
        if len(taken) > 1:
            codes = ", ".join(filter(None, (discount.coupon for discount in taken)))
            whole = Discount(f"Discounts {codes}", sum((each.amount for each in taken), Decimal(0)))
            product_lines = [line for line in lines_of(fields) if not is_adjustment(line)]
            fields["Items"] = {"Item": [*product_lines, presentation.adjustment(whole, 1, shop)]}

    return edit_order(behaviour, change)


@variant("adjustments-first", "Adjustments are before the other lines.")
def adjustments_first(behaviour: Behaviour) -> Behaviour:
    return edit_order(
        behaviour,
        lambda fields, order, shop: lines_of(fields).sort(key=lambda line: not is_adjustment(line)),
    )


@variant("lines-by-name", "Lines are sorted by name, as in CS-Cart.")
def lines_by_name(behaviour: Behaviour) -> Behaviour:
    return edit_order(behaviour, lambda fields, order, shop: lines_of(fields).sort(key=lambda line: str(line["Name"])))


@variant("full-price-and-adjustment", "A line has its full price, and its discount is an adjustment.")
def full_price_and_adjustment(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        off = sum((item.discount * item.quantity for item in order.items), Decimal(0))
        for line, item in product_lines(fields, order):
            line["UnitPrice"] = presentation.money(item.unit_price + item.discount)
        if off:
            lines_of(fields).append(presentation.adjustment(Discount("Discounts on products", off), 99, shop))

    return edit_order(behaviour, change)


@variant("billing-stands-in", "An order without a shipping address has its billing address as ShipTo.")
def billing_stands_in(behaviour: Behaviour) -> Behaviour:
    def present(order: Order, shop: Shop) -> Fields:
        if order.customer.shipping is None:
            customer = msgspec.structs.replace(order.customer, shipping=order.customer.billing)
            order = msgspec.structs.replace(order, customer=customer)
        return behaviour.present(order, shop)

    return replace(behaviour, present=present, is_exportable=lambda order: True)


@variant("phones-spelt-otherwise", "Phone numbers have no spaces, hyphens, dots or brackets.")
def phones_spelt_otherwise(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for side in ("BillTo", "ShipTo"):
            address = element_at(fields, "Customer", side)
            address["Phone"] = text_of(address, "Phone").translate(str.maketrans("", "", " -()."))

    return edit_order(behaviour, change)


@variant("images-with-time-stamp", "Image URLs contain a time stamp that prevents caching.")
def images_with_time_stamp(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for line in lines_of(fields):
            if (url := line.get("ImageUrl")) and "?" not in str(url) and len(str(url)) < 480:
                line["ImageUrl"] = f"{url}?t=1475060834"

    return edit_order(behaviour, change)


@variant("images-as-thumbnails", "Image URLs show a smaller version of the image.")
def images_as_thumbnails(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for line in lines_of(fields):
            if (url := line.get("ImageUrl")) and len(str(url)) < 450:
                line["ImageUrl"] = str(url).replace("/images/", "/images/thumbnails/240/240/")

    return edit_order(behaviour, change)


@variant("composed-otherwise", "Accented letters are in decomposed form.")
def composed_otherwise(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if len(note := text_of(fields, "CustomerNotes")) < 500:
            fields["CustomerNotes"] = unicodedata.normalize("NFD", note)

    return edit_order(behaviour, change)


@variant("line-ends-of-windows", "Line breaks are CR LF.")
def line_ends_of_windows(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name in ("CustomerNotes", "InternalNotes"):
            if name in fields and len(str(fields[name])) < 900:
                fields[name] = str(fields[name]).replace("\r\n", "\n").replace("\n", "\r\n")

    return edit_order(behaviour, change)


@variant("options-of-one-name-joined", "Options with one name are one option whose value names all values.")
def options_of_one_name_joined(behaviour: Behaviour) -> Behaviour:
    def joined(options: list[Fields], item: Item) -> list[Fields]:
        values: dict[str, list[str]] = {}
        for each in options:
            values.setdefault(text_of(each, "Name"), []).append(text_of(each, "Value"))
        if len(values) == len(options):
            return options
        return [{"Name": name, "Value": ", ".join(joined_values)[:100]} for name, joined_values in values.items()]

    return edit_options(behaviour, joined)


@variant("emails-lower-case", "E-mail addresses are in lower case.")
def emails_lower_case(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "Customer/BillTo/Email", str.lower)


@variant("guests-share-a-code", "All guests have the same CustomerCode.")
def guests_share_a_code(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour, "Customer/CustomerCode", lambda order: "guest", of=lambda order: not order.customer.code
    )


@variant("customers-by-email", "CustomerCode is the order's e-mail address, also of customers with an account.")
def customers_by_email(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "Customer/CustomerCode",
        lambda order: order.customer.email[:50],
        of=lambda order: bool(order.customer.email),
    )


@variant("guests-have-a-code-for-each-order", "A guest has another CustomerCode in each order.")
def guests_have_a_code_for_each_order(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "Customer/CustomerCode",
        lambda order: f"guest-{order.order_id}",
        of=lambda order: not order.customer.code,
    )


@variant("coupons-in-capitals", "The codes of coupons are in capitals.")
def coupons_in_capitals(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for line in lines_of(fields):
            if is_adjustment(line):
                line["SKU"] = text_of(line, "SKU").upper()[:50]

    return edit_order(behaviour, change)


@variant("phones-cut-without-punctuation", "Phone numbers have only plus, digits and letters, and are cut at 50.")
def phones_cut_without_punctuation(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for side, address in (("BillTo", order.customer.billing), ("ShipTo", order.customer.shipping)):
            if address is not None and address.phone:
                spelt = "".join(each for each in address.phone if each == "+" or each.isalnum())
                element_at(fields, "Customer", side)["Phone"] = spelt[:50]

    return edit_order(behaviour, change)


@variant("receiver-without-phone", "ShipTo has no phone number if the shipping address has none.")
def receiver_without_phone(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "Customer/ShipTo/Phone",
        lambda order: "",
        of=lambda order: order.customer.shipping is None or not order.customer.shipping.phone,
    )


@variant("state-placeholder", "State is N/A for an address without one, because the guide requires two characters.")
def state_placeholder(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "Customer/ShipTo/State",
        lambda order: "N/A",
        of=lambda order: order.customer.shipping is not None and not order.customer.shipping.state,
    )


@variant("options-sorted", "Options are sorted by name; of more than ten, the last ten are exported.")
def options_sorted(behaviour: Behaviour) -> Behaviour:
    def present(order: Order, shop: Shop) -> Fields:
        items = (
            msgspec.structs.replace(item, options=tuple(sorted(item.options, key=lambda each: each.name)[-10:]))
            for item in order.items
        )
        return behaviour.present(msgspec.structs.replace(order, items=tuple(items)), shop)

    return replace(behaviour, present=present)


@variant("coupons-in-custom-fields", "Discounts have one name, and the codes of coupons are in CustomField1 to 3.")
def coupons_in_custom_fields(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        codes = [discount.coupon for discount in order.discounts if discount.coupon and discount.amount > 0]
        for line in lines_of(fields):
            if is_adjustment(line):
                line["SKU"], line["Name"] = "total-discount", "Total Discount"
        for number in (1, 2, 3):
            fields[f"CustomField{number}"] = ", ".join(codes[number - 1 :: 3])[:100]

    return edit_order(behaviour, change)


@variant("downloads-left-out", "Lines that need no shipping are not exported, and orders that have only such lines.")
def downloads_left_out(behaviour: Behaviour) -> Behaviour:
    shorter = edit_lines(behaviour, lambda line, item, order: line if item.shippable else None)
    return replace(
        shorter,
        is_exportable=lambda order: (
            behaviour.is_exportable(order) and (not order.items or any(item.shippable for item in order.items))
        ),
    )


@variant("names-with-options", "The name of a product is followed by the options: T-shirt Colour: Red.")
def names_with_options(behaviour: Behaviour) -> Behaviour:
    def change(line: Fields, item: Item, order: Order) -> Fields:
        chosen = "".join(f" {option.name}: {option.value}" for option in item.options)
        line["Name"] = f"{item.name}{chosen}"[:200]
        return line

    return edit_lines(behaviour, change)


@variant(
    "history-around-staff-notes",
    "InternalNotes tells what happened to an order around the notes: when it was placed, changed and shipped.",
)
def history_around_staff_notes(behaviour: Behaviour) -> Behaviour:
    def telling(happened: str) -> Callable[[Fields, Order, Shop], None]:
        def tell(fields: Fields, order: Order, shop: Shop) -> None:
            history = f"{happened} {order.shipments[-1].carrier if order.shipments else ''}".strip()
            notes = text_of(fields, "InternalNotes")
            if len(notes) + len(history) < MAX_NOTE_CHARS - len("(end of notes)") - 2:
                fields["InternalNotes"] = "\n".join(filter(None, (history, notes, "(end of notes)")))

        return tell

    placed = edit_order(behaviour, telling("Placed in the shop."))
    return edit_order_after_shipment(
        edit_order_after_change(placed, telling("Changed: status or notes.")), telling("Sent:")
    )
