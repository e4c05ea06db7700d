"""The page *Orders*: the orders of the store, and one order as it is held beside what is exported of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import msgspec
from lxml import etree

from mockstore.console import order_form, shipment_form
from mockstore.console.forms import Form
from mockstore.console.visits import Answer, Inside, Page, PageNotFound, Sent, Shown, Visit, get, post
from mockstore.endpoint import message
from mockstore.endpoint.message import Refusal
from mockstore.inputs.numbers import read_whole
from mockstore.orders.draft import InvalidField
from mockstore.orders.model import Order
from mockstore.store.creation import create_order, replace_order
from mockstore.store.errors import NoSuchOrder, OrderChanged
from mockstore.store.statuses import current_statuses
from mockstore.store.store import Store

PATH = "/console/orders"
ROWS = 50
SEARCHED = 2_000
"""Orders that a search looks at, the latest first: a store may have a billion."""
MAX_QUERY_CHARS = 200

_ADDRESS = {
    "name": "Name",
    "company": "Company",
    "phone": "Phone",
    "address1": "Address1",
    "address2": "Address2",
    "city": "City",
    "state": "State",
    "postal_code": "PostalCode",
    "country": "Country",
}
ELEMENTS = {
    "order_number": "OrderNumber",
    "order_id": "OrderID",
    "status": "OrderStatus",
    "placed_at": "OrderDate",
    "modified_at": "LastModified",
    "currency": "CurrencyCode",
    "total": "OrderTotal",
    "tax": "TaxAmount",
    "shipping_amount": "ShippingAmount",
    "shipping_method": "ShippingMethod",
    "payment_method": "PaymentMethod",
    "gift": "Gift",
    "gift_message": "GiftMessage",
    "customer_notes": "CustomerNotes",
    "internal_notes": "InternalNotes",
    "customer.code": "Customer/CustomerCode",
    "customer.email": "Customer/BillTo/Email",
    **{f"customer.billing.{name}": f"Customer/BillTo/{element}" for name, element in _ADDRESS.items()},
    **{f"customer.shipping.{name}": f"Customer/ShipTo/{element}" for name, element in _ADDRESS.items()},
}
"""The element in which each field of an order is exported."""
ITEM_ELEMENTS = {
    "line_id": "LineItemID",
    "sku": "SKU",
    "name": "Name",
    "quantity": "Quantity",
    "unit_price": "UnitPrice",
    "weight.value": "Weight",
    "weight.unit": "WeightUnits",
    "image_url": "ImageUrl",
    "location": "Location",
}
"""The same for a line."""
OPTION_ELEMENTS = {"name": "Name", "value": "Value", "weight.value": "Weight"}
"""The same for an option of a line."""
_ITEM = re.compile(r"items\[(\d+)\]\.(?:options\[(\d+)\]\.)?(.*)")


@dataclass(frozen=True)
class Pair:
    """A field as the store holds it, and as it is exported; "" where there is none."""

    field: str
    held: str
    element: str
    exported: str


def element_of(field: str) -> str:
    """Return the element in which a field is exported; "" if none is."""
    if line := _ITEM.fullmatch(field):
        place = f"Items/Item[{int(line[1]) + 1}]"
        if line[2]:
            place += f"/Options/Option[{int(line[2]) + 1}]"
        known = (OPTION_ELEMENTS if line[2] else ITEM_ELEMENTS).get(line[3])
        return f"{place}/{known}" if known else ""
    return ELEMENTS.get(field, "")


def held_fields(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the fields of an order with their paths, without those that have no value."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from held_fields(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from held_fields(inner, f"{path}[{place}]")
    elif value is not None:
        yield path, str(value)


def exported_fields(element: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of an exported order with their paths."""
    for child in element:
        tag = str(child.tag)
        again = len(element.findall(tag)) > 1 or tag in ("Item", "Option")
        place = f"[{element.findall(tag).index(child) + 1}]" if again else ""
        inner = f"{path}/{tag}{place}" if path else f"{tag}{place}"
        if len(child):
            yield from exported_fields(child, inner)
        else:
            yield inner, child.text or ""


def pairs_of(order: Order, exported: etree._Element | None) -> list[Pair]:
    """Return each field beside its element. Fields and elements without the other follow as they come."""
    elements = dict(exported_fields(exported)) if exported is not None else {}
    pairs = []
    for field, held in held_fields(msgspec.to_builtins(order)):
        element = element_of(field)
        text = elements.pop(element, None)
        pairs.append(Pair(field, held, element if text is not None else "", text or ""))
    return pairs + [Pair("", "", element, text) for element, text in elements.items()]


def exported_xml(inside: Inside, order: Order) -> bytes | None:
    """Return the document of an export that has this order alone; None if the order is not exported."""
    behaviour = inside.current.behaviour
    if not behaviour.is_exportable(order):
        return None
    return behaviour.write(message.Page([order], 1, 1), inside.store)


def readable_xml(exported: etree._Element) -> str:
    """Return an exported order with each element in a line of its own."""
    copied = deepcopy(exported)
    copied.tail = None
    etree.indent(copied)
    return etree.tostring(copied, encoding="unicode")


def order_path(number: str) -> str:
    """Return the path of an order's page. A query, because a number may have any characters."""
    return f"{PATH}/one?{urlencode({'number': number})}"


def matches(order: Order, text: str) -> bool:
    """True if number, status, buyer or a line of an order has the text, which is casefolded."""
    customer = order.customer
    parts = [order.order_number, order.order_id, order.status, customer.email, customer.billing.name]
    parts += [customer.shipping.name, customer.shipping.country] if customer.shipping is not None else []
    parts += [part for item in order.items for part in (item.sku, item.name)]
    parts += [shipment.tracking_number for shipment in order.shipments]
    return any(text in part.casefold() for part in parts)


async def show(visit: Visit) -> Answer:
    """Show the orders that were modified last, or those that a search finds among them."""
    store = visit.inside.store
    text = visit.query.value("q").strip()[:MAX_QUERY_CHARS]
    skipped = read_whole(visit.query.value("skip")) or 0
    view = store.window(None, None)
    count = len(view)
    if text:
        start = max(0, count - SEARCHED)
        found = [order for order in view.slice(start, SEARCHED)[::-1] if matches(order, text.casefold())]
        exact = store.find(text)
        if exact is not None and exact.order_number not in {order.order_number for order in found}:
            found.insert(0, exact)
        rows, left = found[skipped : skipped + ROWS], max(0, len(found) - skipped - ROWS)
    else:
        end = max(0, count - skipped)
        start = max(0, end - ROWS)
        rows, left = list(view.slice(start, end - start))[::-1], start
    query = {"q": text} if text else {}
    values = {
        "rows": [(order, order_path(order.order_number)) for order in rows],
        "form": visit.query,
        "text": text,
        "count": count,
        "searched": min(count, SEARCHED),
        "older": f"{PATH}?{urlencode({**query, 'skip': skipped + ROWS})}" if left else "",
    }
    return Shown("orders.html.j2", values)


def _order(visit: Visit, number: str) -> Order:
    order = visit.inside.store.find(number)
    if order is None:
        raise PageNotFound(f"The store has no order {number[:MAX_QUERY_CHARS]!r}.")
    return order


def _page(
    visit: Visit,
    order: Order,
    *,
    status_form: Form | None = None,
    shipment: Form | None = None,
    changed: bool = False,
) -> Shown:
    """Return the page of an order. ``changed`` says that the order is another one than that of the shipment's form."""
    status_form = status_form or Form()
    shipment_typed = shipment or Form(shipment_form.inputs_of(order))
    body = exported_xml(visit.inside, order)
    root = None
    if body is not None:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, strip_cdata=False
        )
        try:
            root = etree.fromstring(body, parser).find("Order")
        except (etree.XMLSyntaxError, ValueError):
            root = None  # a defect may write what is no XML: the page shows it as it is
    values = {
        "order": order,
        "pairs": pairs_of(order, root),
        "readable": readable_xml(root) if root is not None else "",
        "xml": body.decode("utf-8", "replace") if body is not None else None,
        "statuses": [known.name for known in current_statuses(visit.inside.store)],
        "form": status_form,
        "shipment": shipment_typed,
        "shipment_is_open": shipment is not None,
        "shipment_label": shipment_form.label_of,
        "lines": list(shipment_form.lines_left(order)),
        "digest": order_form.digest_of(order),
        "changed": changed,
        "edit": f"{PATH}/edit?{urlencode({'number': order.order_number})}",
        "copy": f"{PATH}/new?{urlencode({'copy': order.order_number})}",
        "ship": f"/console/shipstation?order={quote(order.order_number, safe='')}",
    }
    status = 409 if changed else 422 if status_form.errors or shipment_typed.errors else 200
    return Shown("order.html.j2", values, status)


async def show_one(visit: Visit) -> Answer:
    """Show an order as it is held, beside what is exported of it."""
    return _page(visit, _order(visit, visit.query.value("number")))


def _form_page(
    visit: Visit,
    form: Form,
    held: Order | None,
    *,
    conflict: bool = False,
    latest: tuple[str, str] | None = None,
    status: int = 200,
) -> Shown:
    """Return the page of the form. After a conflict it also shows what the stored order has otherwise.

    ``latest`` is an order that the page offers to copy.
    """
    known = [each.name for each in current_statuses(visit.inside.store)]
    values = {
        "form": form,
        "held": held,
        "digest": order_form.digest_of(held) if held is not None else "",
        "action": f"{PATH}/edit" if held is not None else f"{PATH}/new",
        "back": order_path(held.order_number) if held is not None else PATH,
        "modified_at": order_form.inputs_of(held)["modified_at"] if held is not None else "",
        "conflict": conflict,
        "latest": latest,
        "others": order_form.differences(form, held) if conflict and held is not None else {},
        "statuses": known,
        "units": tuple(sorted(order_form.UNITS, key=lambda unit: unit != visit.inside.store.shop.weight_unit)),
        "address": order_form.ADDRESS,
        "rows": order_form.rows_of(form),
        "label": order_form.label_of,
        "full_label": order_form.full_label,
        "anchor": order_form.anchor_of,
    }
    return Shown("order_form.html.j2", values, status)


def _conflict_page(visit: Visit, form: Form, number: str) -> Shown:
    """Return the page of a form whose order was changed or deleted meanwhile."""
    held = visit.inside.store.find(number)
    if held is None:
        return _form_page(visit, form.changed({"order_number": number}), None, conflict=True, status=409)
    if form.value("modified_at") == form.value("shown_modified_at"):  # it was left to the store
        form = form.changed({"modified_at": order_form.inputs_of(held)["modified_at"]})
    return _form_page(visit, form, held, conflict=True, status=409)


def _with_pressed(form: Form) -> Form | None:
    """Return the form with a row more or less if such a button was pressed; None if it is to be saved."""
    verb, _, place = form.value("do").partition(":")
    change = {"add": order_form.with_row, "remove": order_form.without_row}.get(verb)
    return change(form, place) if change else None


def _latest(store: Store) -> tuple[str, str] | None:
    """Return number and path of the order to copy that was modified last; None without orders."""
    view = store.window(None, None)
    found = [order.order_number for order in view.slice(max(0, len(view) - 1), 1)]
    return (found[0], f"{PATH}/new?{urlencode({'copy': found[0]})}") if found else None


async def show_new(visit: Visit) -> Answer:
    """Show the form of a new order, or of a copy."""
    store = visit.inside.store
    number = visit.query.value("copy")
    if number:
        return _form_page(visit, Form(order_form.inputs_of_copy(_order(visit, number))), None)
    empty = Form(order_form.inputs_of_new(current_statuses(store)[0].name, store.shop.currency))
    return _form_page(visit, empty, None, latest=_latest(store))


async def create(visit: Visit) -> Answer:
    """Create the order that a form describes."""
    store, form = visit.inside.store, order_form.numbered(visit.form)
    changed = _with_pressed(form)
    if changed is not None:
        return _form_page(visit, changed, None)
    draft = order_form.read_order(form, [known.name for known in current_statuses(store)])
    if draft is not None:
        try:
            number = create_order(store, draft).order_number
            return Sent(order_path(number), f"The order {number} was created.")
        except InvalidField as wrong:
            form.refuse(wrong.path, f"The value {wrong.why}.")
    return _form_page(visit, form, None, status=422)


async def show_edit(visit: Visit) -> Answer:
    """Show the form of an order."""
    order = _order(visit, visit.query.value("number"))
    return _form_page(visit, Form(order_form.inputs_of(order)), order)


async def edit(visit: Visit) -> Answer:
    """Replace an order by the one that a form describes, if it is still the order that the form showed."""
    store, form = visit.inside.store, order_form.numbered(visit.form)
    number = form.value("held")
    order = store.find(number)
    if order is None or order_form.digest_of(order) != form.value("digest"):
        return _conflict_page(visit, form, number)
    changed = _with_pressed(form)
    if changed is not None:
        return _form_page(visit, changed, order)
    draft = order_form.read_order(form, [known.name for known in current_statuses(store)], order)
    if draft is not None:
        try:
            replace_order(store, order, draft)
            return Sent(order_path(number), f"The order {number} was saved.")
        except InvalidField as wrong:
            form.refuse(wrong.path, f"The value {wrong.why}.")
        except (OrderChanged, NoSuchOrder):
            return _conflict_page(visit, form, number)
    return _form_page(visit, form, order, status=422)


async def set_status(visit: Visit) -> Answer:
    """Change the status of an order, which is modified now."""
    store, form = visit.inside.store, visit.form
    order = _order(visit, form.value("number"))
    status = form.choice("status", [known.name for known in current_statuses(store)])
    if form.errors:
        return _page(visit, order, status_form=form)
    store.change(order.order_number, status=status)
    return Sent(order_path(order.order_number), f"The order {order.order_number} has the status {status} now.")


async def ship(visit: Visit) -> Answer:
    """Record a shipment of the order, if it is still the order that the form showed."""
    store, form = visit.inside.store, visit.form
    order = _order(visit, form.value("number"))
    if order_form.digest_of(order) != form.value("digest"):
        return _page(visit, order, shipment=form, changed=True)
    notice = shipment_form.read_notice(form, order)
    if form.errors:
        return _page(visit, order, shipment=form)
    try:
        shipment_form.record_shipment(store, notice)
    except Refusal:
        raise PageNotFound(f"The order {order.order_number} was deleted meanwhile.") from None
    after = _order(visit, order.order_number)
    told = f"The shipment was recorded. The order {order.order_number} has the status {after.status} now."
    return Sent(order_path(order.order_number), told)


async def delete(visit: Visit) -> Answer:
    """Delete an order."""
    order = _order(visit, visit.form.value("number"))
    visit.inside.store.delete(order.order_number)
    return Sent(PATH, f"The order {order.order_number} was deleted.")


PAGE = Page(
    "Orders",
    PATH,
    (
        get(PATH, show),
        get(f"{PATH}/one", show_one),
        get(f"{PATH}/new", show_new),
        post(f"{PATH}/new", create),
        get(f"{PATH}/edit", show_edit),
        post(f"{PATH}/edit", edit),
        post(f"{PATH}/status", set_status),
        post(f"{PATH}/ship", ship),
        post(f"{PATH}/delete", delete),
    ),
)
