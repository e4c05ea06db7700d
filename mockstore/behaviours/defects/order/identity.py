"""Defects of an order's id, number and elements."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_text,
    set_element,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document


@defect(
    "order-id-of-the-revision",
    "OrderID changes with every modification of the order.",
    "ORD-2",
)
def order_id_of_the_revision(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderID", lambda order: f"{order.order_id}-{order.modified_at.timestamp():.0f}")


@defect("unknown-element", "Each order has an element that the schema does not know.", "ORD-1")
def unknown_element(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderUrl", lambda order: f"https://shop.example/orders/{order.order_id}")


@defect("order-id-missing", "OrderID is missing.", "ORD-2 ORD-17")
def order_id_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderID", lambda order: None)


@defect("order-id-of-the-shop", "OrderID is the storefront's id, the same for all orders.", "ORD-2")
def order_id_of_the_shop(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderID", lambda order: "1")


@defect("order-id-is-place-on-page", "OrderID is the position of the order on its page.", "ORD-2")
def order_id_is_place_on_page(behaviour: Behaviour) -> Behaviour:
    def serialise(document: Document) -> bytes:
        for place, fields in enumerate(document.orders, start=1):
            fields["OrderID"] = str(place)
        return behaviour.serialise(document)

    return replace(behaviour, serialise=serialise)


@defect("order-id-of-the-export", "OrderID changes with every export.", "ORD-2")
def order_id_of_the_export(behaviour: Behaviour) -> Behaviour:
    ids = count(10**6)
    return set_element(behaviour, "OrderID", lambda order: f"x{next(ids)}")


@defect("order-number-is-id", "OrderNumber is the internal id.", "ORD-3", seen="CS-Cart, Craft")
def order_number_is_id(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderNumber", lambda order: order.order_id)


@defect("order-number-changes", "OrderNumber ends with a counter that grows with each exported order.", "ORD-3 PAG-3")
def order_number_changes(behaviour: Behaviour) -> Behaviour:
    exports = count(1)
    return set_element(behaviour, "OrderNumber", lambda order: f"{order.order_number[:42]}-{next(exports)}")


@defect("order-number-with-zeros", "OrderNumber has leading zeros: 00001001.", "ORD-3")
def order_number_with_zeros(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "OrderNumber", lambda number: number.zfill(10))
