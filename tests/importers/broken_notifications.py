"""Broken importers of the feature *Notifications*: IMP-12, IMP-13."""

import re

import correct
from registry import CORRECT, broken


@broken("told-once-only", "Sends a notification once, whatever the reply.", "IMP-13")
def told_once_only():
    def send(shop, shipment):
        CORRECT["send"](shop, shipment)
        return True

    correct.send = send


@broken("only-200", "Treats 201 and 204 as failures, and sends the notification again.", "IMP-13")
def only_200():
    correct.answered = lambda reply: reply.status == 200

    def ship(options, shop):
        CORRECT["ship"](options, shop)
        return 0

    correct.ship = ship


@broken("empty-notice", "Sends all values in the query, and no body.", "IMP-12")
def empty_notice():
    correct.notice = lambda shipment: b""


@broken("another-parcel", "Sends one tracking number in the query and another in the body.", "IMP-12")
def another_parcel():
    correct.notice = lambda shipment: CORRECT["notice"]({**shipment, "tracking_number": "1Z" + shipment["carrier"]})


@broken("no-cost", "Leaves out the shipping cost.", "IMP-12")
def no_cost():
    correct.notice = lambda shipment: re.sub(rb"<ShippingCost>.*</ShippingCost>", b"", CORRECT["notice"](shipment))


@broken("iso-ship-date", "Writes the ship date in ISO form.", "IMP-12")
def iso_ship_date():
    correct.day = lambda iso: iso


@broken("one-of-each", "Sends the quantity 1 for each item.", "IMP-12")
def one_of_each():
    def notice(shipment):
        items = [{**each, "quantity": 1} for each in shipment["items"]]
        return CORRECT["notice"]({**shipment, "items": items})

    correct.notice = notice


@broken("as-it-is", "Does not escape the values in the query.", "IMP-12")
def as_it_is():
    def target(shop, parameters):
        own = [shop.parts.query] if shop.parts.query else []
        more = [f"{name}={value.replace(' ', '%20')}" for name, value in parameters]
        return (shop.parts.path or "/") + "?" + "&".join(own + more)

    correct.Shop.target = target


@broken("reset-is-success", "Treats a missing reply as success.", "IMP-13")
def reset_is_success():
    def send(shop, shipment):
        try:
            reply, _ = shop.ask("POST", correct.query(shipment), correct.notice(shipment))
        except correct.Failed:
            return True
        return correct.answered(reply)

    correct.send = send
