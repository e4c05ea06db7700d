"""Defects of the shipping method and the payment method."""

from __future__ import annotations

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_text,
    set_element,
)
from mockstore.endpoint.behaviour import Behaviour


@defect("shipping-method-is-id", "ShippingMethod is the id of the method.", "ORD-10")
def shipping_method_is_id(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "ShippingMethod", lambda name: str(len(name)))


@defect("shipping-method-missing", "ShippingMethod is empty: the code reads the wrong key.", "ORD-10")
def shipping_method_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "ShippingMethod", lambda order: "")


@defect("shipping-method-with-price", "ShippingMethod ends with its price.", "ORD-10")
def shipping_method_with_price(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "ShippingMethod", lambda name: f"{name} - $4.90"[:100])


@defect("payment-method-is-id", "PaymentMethod is the id of the method.", "ORD-11", seen="CS-Cart")
def payment_method_is_id(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "PaymentMethod", lambda name: str(len(name))[:1])


@defect("payment-method-is-processor", "PaymentMethod is the name of the payment processor.", "ORD-11")
def payment_method_is_processor(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "PaymentMethod", lambda order: "paypal_express")


@defect("payment-method-with-card", "PaymentMethod ends with digits of the card.", "ORD-11")
def payment_method_with_card(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "PaymentMethod", lambda name: f"{name} (**** 4242)"[:50])
