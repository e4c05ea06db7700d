"""The elements of an exported order: one function for each part, with the texts of the XML.

Each function takes a part of an order and the shop, so that a defect or a profile can replace it.
Nothing here depends on XML or HTTP.
"""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from mockstore.endpoint.message import Fields
from mockstore.orders.model import Address, Discount, Item, Option, Order, Weight
from mockstore.orders.states import state_code
from mockstore.orders.totals import converted
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop

CENT = Decimal("0.01")

SENT_UNIT = {"kg": ("Grams", "g"), "g": ("Grams", "g"), "lbs": ("Pounds", "lbs"), "oz": ("Ounces", "oz")}
"""Weight unit of a shop → the text of WeightUnits, and the unit that this text means (WGT-2)."""

_TWO = tuple(f"{number:02}" for number in range(60))


def cut(text: str, limit: int) -> str:
    """Return a text cut to the length of its field, in code points (ORD-14)."""
    return text.strip()[:limit].rstrip()


def money(amount: Decimal) -> str:
    """Return an amount as a plain decimal with two places (ORD-7)."""
    return str(amount.quantize(CENT, ROUND_HALF_UP))


def moment(time: datetime) -> str:
    """Return a time in the format of the guide, 24-hour UTC (ORD-4)."""
    return f"{_TWO[time.month]}/{_TWO[time.day]}/{time.year:04} {_TWO[time.hour]}:{_TWO[time.minute]}"


def weight(value: Weight | None) -> str | None:
    """Return a weight in the unit that is sent for it, with two decimals (WGT-3)."""
    if value is None:
        return None
    unit = SENT_UNIT[value.unit][1]
    amount = value.value
    if unit != value.unit:
        amount = amount * GRAMS_PER_UNIT[value.unit] / GRAMS_PER_UNIT[unit]
    return str(amount.quantize(CENT, ROUND_HALF_UP))


def in_unit_of_line(line: Item) -> Item:
    """Return a line whose options weigh in the line's unit, because the wire has one unit for a line (WGT-4)."""
    weighed = [each for each in (line.weight, *(option.weight for option in line.options)) if each is not None]
    units = {each.unit for each in weighed}
    if len(units) < 2:
        return line
    unit = weighed[0].unit
    options = tuple(
        msgspec.structs.replace(option, weight=converted(option.weight, unit)) if option.weight else option
        for option in line.options
    )
    return msgspec.structs.replace(line, options=options)


def with_unit(line: Item) -> Item:
    """Return a line without a weight whose options weigh something with the weight 0, which states their unit."""
    if line.weight is not None:
        return line
    weighed = next((option.weight for option in line.options if option.weight is not None), None)
    return line if weighed is None else msgspec.structs.replace(line, weight=Weight(Decimal(0), weighed.unit))


def state(address: Address) -> str:
    """Return US and Canadian states as two letters (CUS-6), any other unchanged."""
    return state_code(address.country, address.state)


def bill_to(order: Order, shop: Shop) -> Fields:
    """Return the BillTo element. It always has a name (CUS-7)."""
    customer, address = order.customer, order.customer.billing
    shipping = customer.shipping or Address()
    phones = (address.phone, customer.phone, customer.account.phone if customer.account else "")
    return {
        "Name": cut(next((name for name in (address.name, shipping.name) if name.strip()), "Guest"), 100),
        "Company": cut(address.company, 100),
        "Phone": cut(next(filter(None, phones), ""), 50),
        "Email": cut(customer.email, 100),
    }


def ship_to(order: Order, shop: Shop) -> Fields:
    """Return the ShipTo element, with each line of the address (CUS-4); company or buyer stand in for a name."""
    customer, address = order.customer, order.customer.shipping or Address()
    account = customer.account.phone if customer.account else ""
    phones = (address.phone, customer.billing.phone, customer.phone, account)
    names = (address.name, address.company, customer.billing.name)
    return {
        "Name": cut(next(filter(str.strip, names), ""), 100),
        "Company": cut(address.company, 100),
        "Address1": cut(address.address1, 200),
        "Address2": cut(address.address2, 200),
        "City": cut(address.city, 100),
        "State": cut(state(address), 100),
        "PostalCode": cut(address.postal_code, 50),
        "Country": address.country,
        "Phone": cut(next(filter(None, phones), ""), 50),
    }


def customer_code(order: Order) -> str:
    """Return the customer's code in the store, or else the e-mail address, or else a code for a guest (CUS-3)."""
    return cut(order.customer.code or order.customer.email or f"guest-{order.order_id}", 50)


def customer(order: Order, shop: Shop) -> Fields:
    """Return the Customer element."""
    return {
        "CustomerCode": customer_code(order),
        "BillTo": bill_to(order, shop),
        "ShipTo": ship_to(order, shop),
    }


def option(chosen: Option, shop: Shop) -> Fields:
    """Return a chosen option in readable words (OPT-1)."""
    return {"Name": cut(chosen.name, 100), "Value": cut(chosen.value, 100), "Weight": weight(chosen.weight)}


def item(line: Item, shop: Shop) -> Fields:
    """Return a line of the order (ITM-*, WGT-*, IMG-*, OPT-*, LOC-*)."""
    line = with_unit(in_unit_of_line(line))
    return {
        "LineItemID": line.line_id,
        "SKU": cut(line.sku, 50),
        "Name": cut(line.name, 200),
        "ImageUrl": line.image_url if len(line.image_url) <= 500 else None,
        "Weight": weight(line.weight),
        "WeightUnits": SENT_UNIT[line.weight.unit][0] if line.weight else None,
        "Quantity": str(line.quantity),
        "UnitPrice": money(line.unit_price),
        "Location": cut(line.location, 100),
        "Options": {"Option": [option(chosen, shop) for chosen in line.options[:10]]} if line.options else None,
    }


def adjustment(discount: Discount, number: int, shop: Shop) -> Fields:
    """Return a discount as a line with a negative price that shows the coupon (DIS-1, DIS-2, DIS-4)."""
    name = f"{discount.name} ({discount.coupon})" if discount.coupon else discount.name
    return {
        "LineItemID": f"discount-{number}",
        "SKU": cut(discount.coupon or "DISCOUNT", 50),
        "Name": cut(name or "Discount", 200),
        "Quantity": "1",
        "UnitPrice": money(-discount.amount),
        "Adjustment": "true",
    }


def adjustments(order: Order, shop: Shop) -> list[Fields]:
    """Return one line for each discount on the order; none for an order without discounts (DIS-5, DIS-6)."""
    return [
        adjustment(discount, number, shop)
        for number, discount in enumerate(order.discounts, start=1)
        if discount.amount > 0
    ]


def items(order: Order, shop: Shop) -> list[Fields]:
    """Return the order's lines, each once (ITM-1)."""
    return [item(line, shop) for line in order.items]


def present(order: Order, shop: Shop) -> Fields:
    """Return the Order element."""
    return {
        "OrderID": order.order_id,
        "OrderNumber": order.order_number,
        "OrderDate": moment(order.placed_at),
        "OrderStatus": cut(order.status, 50),
        "LastModified": moment(order.modified_at),
        "ShippingMethod": cut(order.shipping_method, 100),
        "PaymentMethod": cut(order.payment_method, 50),
        "CurrencyCode": order.currency,
        "OrderTotal": money(order.total),
        "TaxAmount": money(order.tax),
        "ShippingAmount": money(order.shipping_amount),
        "CustomerNotes": cut(order.customer_notes, 1000),
        "InternalNotes": cut(order.internal_notes, 1000),
        "Gift": "true" if order.gift else "false",
        "GiftMessage": cut(order.gift_message, 1000) if order.gift and order.gift_message else None,
        "Customer": customer(order, shop),
        "Items": {"Item": items(order, shop) + adjustments(order, shop)},
    }
