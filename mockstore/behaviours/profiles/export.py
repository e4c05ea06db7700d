"""The export of the real add-on: times in the shop's zone, every value in CDATA, pages by insertion.

Differences between CS-Cart versions are read from the version's facts. Where nothing is known,
these choices were made: a window ends with the first second of its last minute, as PHP reads the
time; a bound that is not a date is the beginning of 1970; an SQL error is a 500 without a body.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

from mockstore.behaviours.profiles.payments import payment_id
from mockstore.endpoint.export import read_bound
from mockstore.endpoint.message import Document, Fields, OrderSelection, Page, Refusal, Request, RequestedWindow
from mockstore.endpoint.presentation import money
from mockstore.orders.model import Address, Item, Option, Order, Weight
from mockstore.shop.shop import GRAMS_PER_UNIT, Shop
from mockstore.shop.versions import version
from mockstore.store.store import Store

KNOWN_UNITS = {"lbs": "lbs", "oz": "oz"}
"""Units that the add-on exports under their names. It calls every other unit grams, and converts nothing."""

NO_WEIGHT = "0.000"

_NUMBER = re.compile(r"\s*([+-]?\d{1,18})", re.ASCII)
_ORIGIN = datetime(1970, 1, 1, tzinfo=UTC)


# ---------------------------------------------------------------------- from the request to a page


def _bound(request: Request, name: str, shop: Shop) -> datetime:
    try:
        return read_bound(request.query.get(name), name).replace(tzinfo=shop.zone)
    except Refusal:
        return _ORIGIN


def read_window(request: Request, shop: Shop) -> RequestedWindow:
    """Return the window; its bounds are read in the shop's zone."""
    return RequestedWindow(_bound(request, "start_date", shop), _bound(request, "end_date", shop))


def select(store: Store, window: RequestedWindow) -> OrderSelection:
    """Return the orders placed or modified in the window, sorted by insertion as in the database table."""
    return store.active(window.start, window.end)


def read_page(request: Request) -> int:
    """Return the page as PHP converts it to a number: 1 if none is named, 0 if it is not a number."""
    text = request.query.get("page", "")
    number = _NUMBER.match(text)
    return 1 if text == "" else int(number.group(1)) if number else 0


def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
    """Return the page with that number, by the rules of the version's database layer.

    Raises:
        Refusal: 500, the database query fails in this version.
    """
    known = version(shop.version)
    if number < 1:
        rule = known.page_zero if number == 0 else known.page_negative
        if rule == "error":
            raise Refusal(500, "")
        number = 1
    size = shop.orders_per_page
    return Page(selection.slice((number - 1) * size, size), number, max(1, -(-len(selection) // size)))


def is_exportable(order: Order) -> bool:
    """True: every order is exported, also without a shipping address."""
    return True


def state_pages(page: Page) -> str | None:
    """Return the number of pages, on the first page only, and only if there are several."""
    return str(page.pages) if page.number == 1 and page.pages > 1 else None


# ---------------------------------------------------------------------- an order


def moment(time: datetime, shop: Shop) -> str:
    """Return a time in the shop's zone, in PHP's format ``n/j/Y H:i A``: 24 hours, and AM or PM as well."""
    local = time.astimezone(shop.zone)
    half = "AM" if local.hour < 12 else "PM"
    return f"{local.month}/{local.day}/{local.year} {local.hour:02}:{local.minute:02} {half}"


def tax(amount: Decimal, shop: Shop) -> str:
    """Return the tax as PHP prints a number; 0 in versions that sum only taxes by product."""
    if version(shop.version).tax_subtotal == "by-product":
        return "0"
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def weight(value: Weight | None, shop: Shop, decimals: int) -> str:
    """Return a weight in the shop's unit, with the decimals of its column."""
    if value is None:
        return NO_WEIGHT
    amount = value.value
    if value.unit != shop.weight_unit:
        amount = amount * GRAMS_PER_UNIT[value.unit] / GRAMS_PER_UNIT[shop.weight_unit]
    return str(amount.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _option(chosen: Option, shop: Shop) -> Fields:
    return {"Name": chosen.name, "Value": chosen.value, "Weight": weight(chosen.weight, shop, 3)}


def item(line: Item, shop: Shop) -> Fields:
    """Return a line. It has no id and no location, and its image URL begins with http."""
    fields: Fields = {
        "SKU": line.sku,
        "Name": line.name,
        "ImageUrl": re.sub(r"\Ahttps:", "http:", line.image_url),
        "Weight": weight(line.weight, shop, version(shop.version).weight_decimals),
        "WeightUnits": KNOWN_UNITS.get(shop.weight_unit, "grams"),
        "Quantity": str(line.quantity),
        "UnitPrice": money(line.unit_price),
        "Location": "",
    }
    if line.options:
        fields["Options"] = {"Option": [_option(chosen, shop) for chosen in line.options]}
    return fields


def collated(text: str) -> str:
    """Return the text by which MySQL sorts a name: without case and accents."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def present(order: Order, shop: Shop) -> Fields:
    """Return the Order element. ShipTo has the company of the billing address too."""
    customer = order.customer
    billing, shipping = customer.billing, customer.shipping or Address(name=" ")
    phone = customer.account.phone if customer.account else customer.phone
    return {
        "OrderID": order.order_id,
        "OrderNumber": order.order_id,
        "OrderDate": moment(order.placed_at, shop),
        "OrderStatus": order.status.lower(),
        "LastModified": moment(order.modified_at, shop),
        "ShippingMethod": order.shipping_method,
        "PaymentMethod": payment_id(order.payment_method)[:1],
        "OrderTotal": money(order.total),
        "TaxAmount": tax(order.tax, shop),
        "ShippingAmount": money(order.shipping_amount),
        "CustomerNotes": order.customer_notes,
        "InternalNotes": order.internal_notes,
        "Customer": {
            "CustomerCode": customer.email,
            "BillTo": {
                "Name": billing.name,
                "Company": billing.company,
                "Phone": billing.phone or phone,
                "Email": customer.email,
            },
            "ShipTo": {
                "Name": shipping.name,
                "Company": billing.company,
                "Address1": shipping.address1,
                "Address2": shipping.address2,
                "City": shipping.city,
                "State": shipping.state,
                "PostalCode": shipping.postal_code,
                "Country": shipping.country,
                "Phone": shipping.phone or phone,
            },
        },
        "Items": {"Item": [item(line, shop) for line in sorted(order.items, key=lambda line: collated(line.name))]},
    }


# ---------------------------------------------------------------------- as XML


def _element(name: str, content: str | Fields | list[Fields] | None, out: list[str]) -> None:
    if isinstance(content, str):
        out.append(f"<{name}><![CDATA[{content}]]></{name}>")
    elif isinstance(content, list):
        for each in content:
            _element(name, each, out)
    elif content is not None:
        out.append(f"<{name}>")
        for child, value in content.items():
            _element(child, value, out)
        out.append(f"</{name}>")


def serialise(document: Document) -> bytes:
    """Return the document in one line, with every value in CDATA and nothing escaped."""
    attribute = "" if document.pages is None else f' pages="{document.pages}" '
    out = [f'<?xml version="1.0" standalone="yes" ?><Orders{attribute}>']
    for order in document.orders:
        _element("Order", order, out)
    out.append("</Orders>")
    return "".join(out).encode("utf-8", "replace")
