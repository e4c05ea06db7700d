"""Wrong in how they tell of shipments."""

import re

import correct
from wrong import RIGHT, broken

# ---------------------------------------------------------------------- notifications


@broken("told-once-only", "Sends a notification once, whatever becomes of it.", "IMP-13")
def told_once_only():
    def send(shop, shipment):
        RIGHT["send"](shop, shipment)
        return True

    correct.send = send


@broken("only-200", "Takes 201 and 204 for failures, and sends again.", "IMP-13")
def only_200():
    correct.answered = lambda reply: reply.status == 200

    def ship(options, shop):
        RIGHT["ship"](options, shop)
        return 0

    correct.ship = ship


@broken("empty-notice", "Says everything in the query, and sends no body.", "IMP-12")
def empty_notice():
    correct.notice = lambda shipment: b""


@broken("another-parcel", "Names another tracking number in the body than in the query.", "IMP-12")
def another_parcel():
    correct.notice = lambda shipment: RIGHT["notice"]({**shipment, "tracking_number": "1Z" + shipment["carrier"]})


@broken("no-cost", "Leaves out what the carrier took.", "IMP-12")
def no_cost():
    correct.notice = lambda shipment: re.sub(rb"<ShippingCost>.*</ShippingCost>", b"", RIGHT["notice"](shipment))


@broken("iso-ship-date", "Writes the day as ISO has it.", "IMP-12")
def iso_ship_date():
    correct.day = lambda iso: iso


@broken("one-of-each", "Says that one of each line is in the parcel.", "IMP-12")
def one_of_each():
    def notice(shipment):
        items = [{**each, "quantity": 1} for each in shipment["items"]]
        return RIGHT["notice"]({**shipment, "items": items})

    correct.notice = notice


@broken("as-it-is", "Writes values into the query as they are.", "IMP-12")
def as_it_is():
    def target(shop, parameters):
        own = [shop.parts.query] if shop.parts.query else []
        more = [f"{name}={value.replace(' ', '%20')}" for name, value in parameters]
        return (shop.parts.path or "/") + "?" + "&".join(own + more)

    correct.Shop.target = target


@broken("reset-is-success", "Takes a reply that doesn't come for success.", "IMP-13")
def reset_is_success():
    def send(shop, shipment):
        try:
            reply, _ = shop.ask("POST", correct.query(shipment), correct.notice(shipment))
        except correct.Failed:
            return True
        return correct.answered(reply)

    correct.send = send
