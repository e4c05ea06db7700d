"""Orders and shipments as the API shows them: with PHP's types and the fields of the version.

Ids and amounts of money are texts, as in the database. Computed values are numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from mockstore.orders.model import Address, Item, Option, Order, Shipment
from mockstore.orders.totals import lines_total
from mockstore.rest.message import Row
from mockstore.rest.numbers import item_id, option_id, payment_id, shipping_id, user_id, variant_id
from mockstore.rest.products import product_id
from mockstore.shop.shop import Shop
from mockstore.shop.versions import Version
from mockstore.store.statuses import LetteredStatus
from mockstore.store.store import Store

SHIPMENT_IDS_PER_ORDER = 1000
"""Numbers for shipments of one order: a shipment's id is made of the order's id and a position."""

TRACKING_URLS = {
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
    "ups": "https://www.ups.com/track?tracknum=",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr=",
    "dhl": "https://www.dhl.com/en/express/tracking.html?AWB=",
}


def unix_time(moment: datetime) -> str:
    """Return a time as Unix seconds."""
    return str(int(moment.timestamp()))


def money(amount: Decimal) -> str:
    """Return an amount as in the database."""
    return f"{amount:.2f}"


def split_name(full: str) -> tuple[str, str]:
    """Return first and last name."""
    bare = full.lstrip()
    first, _, last = bare.partition(" ")
    return full[: len(full) - len(bare)] + first, last


def letter_of(status: str, known: tuple[LetteredStatus, ...]) -> str:
    """Return the letter of a status."""
    return next((each.letter for each in known if each.name == status), "O")


def _address(prefix: str, address: Address | None, phone_limit: int) -> Row:
    address = address or Address()
    first, last = split_name(address.name)
    values = {
        "firstname": first,
        "lastname": last,
        "address": address.address1,
        "address_2": address.address2,
        "city": address.city,
        "county": "",
        "state": address.state,
        "country": address.country,
        "zipcode": address.postal_code,
        "phone": address.phone[:phone_limit],
        "state_descr": address.state,
        "country_descr": address.country,
    }
    return {f"{prefix}_{name}": value for name, value in values.items()}


def _person(order: Order) -> tuple[str, str]:
    customer = order.customer
    shipping = customer.shipping.name if customer.shipping else ""
    return split_name(customer.billing.name or shipping)


def listed_order(order: Order, letter: str, known: Version) -> Row:
    """Return an order as it is in lists."""
    first, last = _person(order)
    return {
        "order_id": order.order_id,
        "issuer_id": None,
        "user_id": user_id(order.customer),
        "is_parent_order": "N",
        "parent_order_id": "0",
        "company_id": "1",
        "timestamp": unix_time(order.placed_at),
        "firstname": first,
        "lastname": last,
        "email": order.customer.email,
        "phone": order.customer.phone[: known.phone_limit],
        "status": letter,
        "total": money(order.total),
        "invoice_id": None,
        "credit_memo_id": None,
    }


def full_order(order: Order, store: Store, letter: str, shipment_ids: tuple[str, ...]) -> Row:
    """Return an order with everything that the API has: no warehouse location, no gift, no modification time."""
    known, customer = store.version, order.customer
    off = sum((discount.amount for discount in order.discounts), Decimal(0))
    amount: Any = float if known.rest_discount_numbers else money
    shown = float(lines_total(order))
    codes = {each.coupon: [str(n)] for n, each in enumerate(order.discounts, start=1) if each.coupon}
    shippable = any(item.shippable for item in order.items)
    return {
        **listed_order(order, letter, known),
        "company": customer.billing.company,
        "fax": "",
        "url": "",
        **_address("b", customer.billing, known.phone_limit),
        **_address("s", customer.shipping, known.phone_limit),
        "s_address_type": "",
        "fields": {},
        "subtotal": shown,
        "display_subtotal": shown,
        "discount": amount(sum((item.discount * item.quantity for item in order.items), Decimal(0))),
        "subtotal_discount": amount(off),
        "payment_surcharge": amount(Decimal(0)),
        "shipping_ids": shipping_id(order.shipping_method) if order.shipping_method else "",
        "shipping_cost": money(order.shipping_amount),
        "display_shipping_cost": money(order.shipping_amount),
        "shipping": [
            {
                "shipping_id": shipping_id(order.shipping_method),
                "shipping": order.shipping_method,
                "rate": float(order.shipping_amount),
                "group_key": 0,
                "group_name": store.shop.name,
                "need_shipment": bool(unshipped(order)),
            }
        ]
        if order.shipping_method
        else [],
        "shipment_ids": list(shipment_ids),
        "need_shipping": shippable,
        "need_shipment": False if order.shipping_method else bool(unshipped(order)),
        "notes": order.customer_notes,
        "details": order.internal_notes,
        "promotions": {
            str(number): {"name": discount.name, "short_description": "", "bonuses": []}
            for number, discount in enumerate(order.discounts, start=1)
        }
        or [],
        "promotion_ids": ",".join(str(number) for number in range(1, len(order.discounts) + 1)),
        **({"coupons": codes} if codes else {}),
        "taxes": _taxes(order) or [],
        "tax_subtotal": float(order.tax) if known.tax_subtotal == "all" else 0,
        "tax_exempt": "N",
        "payment_id": payment_id(order.payment_method) or "0",
        "payment_method": _payment(order.payment_method, known),
        "payment_info": [],
        "products": {
            item_id(item): _product(item, order, store, number) for number, item in enumerate(order.items, start=1)
        }
        or [],
        "product_groups": [],
        "doc_ids": [],
        "secondary_currency": order.currency,
        "lang_code": "en",
        "ip_address": "127.0.0.1",
        "repaid": "0",
        "validation_code": "",
        "localization_id": "0",
        "profile_id": "0",
    }


def _taxes(order: Order) -> Row:
    if not order.tax:
        return {}
    taxed = lines_total(order) or Decimal(1)
    return {
        "6": {
            "rate_type": "P",
            "rate_value": f"{order.tax / taxed * 100:.3f}",
            "price_includes_tax": "N",
            "regnumber": "1234242",
            "priority": "0",
            "tax_subtotal": float(order.tax),
            "description": "VAT",
            "applies": {"P": float(order.tax), "S": 0, "items": {}},
        }
    }


def _payment(name: str, known: Version) -> Row | list[object]:
    if not name:
        return []
    return {
        "payment_id": payment_id(name),
        "company_id": "1",
        "status": "A",
        "payment": name,
        "description": "",
        "processor": None,
        "processor_id": "0",
        **({"processor_params": ""} if known.rest_processor_params else {}),
    }


def _product(item: Item, order: Order, store: Store, number: int) -> Row:
    chosen = {option_id(option.name): variant_id(option.name, option.value) for option in item.options}
    shown = float(item.unit_price * item.quantity)
    sent = shipped(order).get(item_id(item), 0)
    full = item.unit_price + item.discount
    return {
        "item_id": item_id(item),
        "order_id": order.order_id,
        "product_id": product_id(item, store),
        "product_code": item.sku,
        "price": money(item.unit_price),
        "amount": str(item.quantity),
        "product": item.name,
        "product_status": "A",
        "deleted_product": False,
        "discount": float(item.discount),
        "company_id": "1",
        "base_price": float(full),
        "original_price": float(full),
        "cart_id": item_id(item),
        "tax_value": 0,
        "subtotal": shown,
        "display_subtotal": shown,
        "shipped_amount": sent,
        "shipment_amount": max(0, item.quantity - sent) if item.shippable else 0,
        "is_accessible": "N" if item.shippable else "Y",
        "extra": {
            "product_options": chosen or [],
            **({"product_options_value": [_option(option) for option in item.options]} if item.options else {}),
            "product": item.name,
            "company_id": "1",
            "is_edp": "N" if item.shippable else "Y",
            "product_place": number,
        },
    }


def _option(option: Option) -> Row:
    """Return an option as it was chosen when the order was placed: with its names, without its weight."""
    return {
        "option_id": option_id(option.name),
        "option_type": "S",
        "option_name": option.name,
        "option_text": "",
        "description": "",
        "inner_hint": "",
        "incorrect_message": "",
        "modifier": "0.000",
        "modifier_type": "A",
        "position": "0",
        "variant_name": option.value,
        "value": variant_id(option.name, option.value),
    }


def shipped(order: Order) -> dict[str, int]:
    """Return how many units of each line are in shipments, by the line's id."""
    found: dict[str, int] = {}
    for shipment in order.shipments:
        for key, amount in shipped_items(shipment, order).items():
            found[key] = found.get(key, 0) + amount
    return found


def unshipped(order: Order) -> dict[str, int]:
    """Return how many units of each line are not shipped yet, by the line's id."""
    sent = shipped(order)
    left = {item_id(item): item.quantity - sent.get(item_id(item), 0) for item in order.items if item.shippable}
    return {key: amount for key, amount in left.items() if amount > 0}


def shipped_items(shipment: Shipment, order: Order) -> dict[str, int]:
    """Return how many units of each line a shipment holds, by the line's id."""
    by_line = {item.line_id: item_id(item) for item in order.items}
    by_sku = {item.sku: item_id(item) for item in reversed(order.items)}
    found: dict[str, int] = {}
    for each in shipment.items:
        key = by_line.get(each.line_id) or by_sku.get(each.sku)
        if key is not None:
            found[key] = found.get(key, 0) + each.quantity
    return found


def carrier_code(carrier: str, known: Version) -> str:
    """Return the carrier of a shipment: the code of the shop's carrier if it has one."""
    return carrier.lower() if carrier.lower() in known.carriers else carrier


def shipment_row(number: str, shipment: Shipment, order: Order, store: Store, statuses: Mapping[str, str]) -> Row:
    """Return a shipment. ``statuses`` has the changed statuses, by the shipment's id."""
    known, customer = store.version, order.customer
    first, last = split_name(customer.shipping.name if customer.shipping else "")
    carrier = carrier_code(shipment.carrier, known)
    row: Row = {
        "shipment_id": number,
        "shipment_timestamp": sent_at(shipment, order, store.shop),
        "comments": shipment.notes,
        "order_id": order.order_id,
        "order_timestamp": unix_time(order.placed_at),
        "s_firstname": first,
        "s_lastname": last,
        "user_id": user_id(customer),
        "shipping_id": shipping_id(order.shipping_method),
        "shipping": order.shipping_method,
        "tracking_number": shipment.tracking_number,
        "carrier": carrier,
        "products": {key: str(amount) for key, amount in shipped_items(shipment, order).items()} or [],
        "group_key": "0",
        "one_full": len(order.shipments) == 1 and not unshipped(order),
    }
    if known.rest_shipment_company:
        row["status"] = statuses.get(number, known.shipment_status)
        row["company"] = customer.billing.company
    if known.rest_carrier_info:
        names_of = dict(zip(known.carriers, known.carrier_names, strict=True))
        url = TRACKING_URLS.get(carrier, "")
        row["carrier_info"] = (
            {"name": names_of.get(carrier, carrier), "tracking_url": url + shipment.tracking_number if url else ""}
            if carrier
            else []
        )
    return row


def sent_at(shipment: Shipment, order: Order, shop: Shop) -> str:
    """Return when a shipment was sent: the start of its day in the shop's zone, or else the order's last change."""
    if shipment.shipped_on is None:
        return unix_time(order.modified_at)
    return unix_time(datetime.combine(shipment.shipped_on, time(), shop.zone))
