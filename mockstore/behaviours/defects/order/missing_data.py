"""Defects of orders that lack something: an address, lines, a phone number, a total."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_order,
    fail_on,
    filter_orders,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.orders.model import Address, Order
from mockstore.shop.shop import Shop


@defect("order-for-nothing-left-out", "An order with a total of 0 is not exported.", "WIN-1")
def order_for_nothing_left_out(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: bool(order.total))


@defect("no-lines-no-items", "An order without lines has no Items element.", "ORD-1", seen="Craft")
def no_lines_no_items(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if not order.items:
            del fields["Items"]

    return edit_order(behaviour, change)


def _fill_in_address(behaviour: Behaviour, address: Callable[[Order], Address]) -> Behaviour:
    """Export orders that have no shipping address, with ``address`` in its place."""

    def present(order: Order, shop: Shop) -> Fields:
        if order.customer.shipping is None:
            customer = msgspec.structs.replace(order.customer, shipping=address(order))
            order = msgspec.structs.replace(order, customer=customer)
        return behaviour.present(order, shop)

    return replace(behaviour, present=present, is_exportable=lambda order: True)


@defect(
    "no-address-blank-fields",
    "An order without a shipping address is exported with an empty ShipTo.",
    "ORD-1 ORD-15 ORD-17",
    seen="CS-Cart",
)
def no_address_blank_fields(behaviour: Behaviour) -> Behaviour:
    return _fill_in_address(behaviour, lambda order: Address())


@defect("no-address-shops-own", "An order without a shipping address has the shop's own address.", "ORD-15")
def no_address_shops_own(behaviour: Behaviour) -> Behaviour:
    own = Address("Shop", "", "", "1 Store Plaza", "", "Boston", "MA", "02116", "US")
    return _fill_in_address(behaviour, lambda order: own)


@defect(
    "no-address-of-order-before", "An order without a shipping address has the address of the previous order.", "ORD-15"
)
def no_address_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = Address("Nobody", "", "", "1 Nowhere", "", "Boston", "MA", "02116", "US")

    def present(order: Order, shop: Shop) -> Fields:
        nonlocal last
        last = order.customer.shipping or last
        return standing_in.present(order, shop)

    standing_in = _fill_in_address(behaviour, lambda order: last)
    return replace(standing_in, present=present)


@defect(
    "no-address-of-same-customer",
    "An order without a shipping address has that of another order with the same e-mail address.",
    "ORD-15",
)
def no_address_of_same_customer(behaviour: Behaviour) -> Behaviour:
    known: dict[str, Address] = {}

    def present(order: Order, shop: Shop) -> Fields:
        if order.customer.shipping is not None:
            known.setdefault(order.customer.email, order.customer.shipping)
        return standing_in.present(order, shop)

    standing_in = _fill_in_address(behaviour, lambda order: known.get(order.customer.email, order.customer.billing))
    return replace(standing_in, present=present)


@defect(
    "no-address-country-only",
    "An order without a shipping address is exported with the shop's country.",
    "ORD-15 ORD-17",
)
def no_address_country_only(behaviour: Behaviour) -> Behaviour:
    return _fill_in_address(behaviour, lambda order: Address(country="US", state="NY"))


@defect("no-address-breaks-export", "An order without a shipping address crashes the export.", "CON-12 ORD-15")
def no_address_breaks_export(behaviour: Behaviour) -> Behaviour:
    breaking = fail_on(behaviour, lambda order: order.customer.shipping is None)
    return replace(breaking, is_exportable=lambda order: True)


@defect(
    "bare-order-breaks-export", "An order without phone, company, notes and image crashes the export.", "CON-12 ORD-16"
)
def bare_order_breaks_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(
        behaviour,
        lambda order: (
            not order.customer.phone
            and not order.customer.billing.phone
            and not order.customer.billing.company
            and not order.customer_notes
            and not order.internal_notes
            and not any(item.image_url or item.options for item in order.items)
        ),
    )


@defect("no-lines-breaks-export", "An order without lines crashes the export.", "CON-12 ORD-16", seen="Craft")
def no_lines_breaks_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: not order.items)
