"""Defects of the customer: buyer, contact data and addresses."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count
from urllib.parse import unquote_plus

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_order,
    edit_order_after_shipment,
    edit_text,
    element_at,
    fail_on,
    set_element,
    text_of,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import cut
from mockstore.orders.model import Address, Order
from mockstore.orders.states import STATE_CODES, state_code
from mockstore.shop.shop import Shop

EMAIL = "Customer/BillTo/Email"
CODE = "Customer/CustomerCode"
BILL_TO = "Customer/BillTo/"
SHIP_TO = "Customer/ShipTo/"

COUNTRY_NAMES = {"US": "United States", "DE": "Germany", "GB": "United Kingdom", "CA": "Canada"}


def _account_phone(order: Order) -> str:
    return order.customer.account.phone if order.customer.account else ""


def _set_ship_to_field(
    behaviour: Behaviour, name: str, value: Callable[[Address], str], limit: int | None = 100
) -> Behaviour:
    """Set a field of ShipTo, cut at its limit."""
    return set_element(behaviour, SHIP_TO + name, lambda order: value(order.customer.shipping or Address())[:limit])


# ---------------------------------------------------------------- CUS-1 to CUS-3: the buyer


@defect("email-of-the-account", "Email is the address of the account, not of the order.", "CUS-1 ORD-14 ORD-17")
def email_of_the_account(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        EMAIL,
        lambda order: (order.customer.account and order.customer.account.email) or order.customer.email,
    )


@defect("email-missing-for-guests", "Email is read from the account, which guests do not have.", "CUS-1")
def email_missing_for_guests(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, EMAIL, lambda order: "", of=lambda order: not order.customer.code)


@defect("email-url-decoded", "Email is URL-decoded: its + becomes a space.", "CUS-1")
def email_url_decoded(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, EMAIL, unquote_plus)


@defect("phones-swapped", "The phone numbers of BillTo and ShipTo are swapped.", "CUS-2")
def phones_swapped(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        bill_to, ship_to = element_at(fields, "Customer", "BillTo"), element_at(fields, "Customer", "ShipTo")
        bill_to["Phone"], ship_to["Phone"] = text_of(ship_to, "Phone"), text_of(bill_to, "Phone")

    return edit_order(behaviour, change)


@defect(
    "phone-of-the-order-on-both-sides",
    "BillTo and ShipTo both have the order's phone number, not those of the addresses.",
    "CUS-2",
)
def phone_of_the_order_on_both_sides(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = set_element(
            behaviour, side + "Phone", lambda order: cut(order.customer.phone or _account_phone(order), 50)
        )
    return behaviour


@defect("phone-not-from-account", "The phone number of the account is not used if the order has none.", "CUS-2")
def phone_not_from_account(behaviour: Behaviour) -> Behaviour:
    billed = set_element(
        behaviour, BILL_TO + "Phone", lambda order: cut(order.customer.billing.phone or order.customer.phone, 50)
    )

    def ship_to_phone(order: Order) -> str:
        customer = order.customer
        return cut((customer.shipping or Address()).phone or customer.billing.phone or customer.phone, 50)

    return set_element(billed, SHIP_TO + "Phone", ship_to_phone)


@defect("phone-without-plus", "Phone numbers keep only their digits, without the plus.", "CUS-2")
def phone_without_plus(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = edit_text(behaviour, side + "Phone", lambda phone: re.sub(r"\D", "", phone))
    return behaviour


@defect(
    "customer-code-is-order-id", "CustomerCode is the order's id, so that each order has a different customer.", "CUS-3"
)
def customer_code_is_order_id(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, CODE, lambda order: order.order_id)


@defect(
    "customer-code-empty-for-guests", "CustomerCode is the account's number, which guests do not have.", "CUS-3 ORD-17"
)
def customer_code_empty_for_guests(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, CODE, lambda order: order.customer.code or "")


@defect("customer-code-of-the-export", "CustomerCode changes with every export.", "CUS-3")
def customer_code_of_the_export(behaviour: Behaviour) -> Behaviour:
    codes = count(1)
    return set_element(behaviour, CODE, lambda order: f"c{next(codes)}")


@defect("customer-code-for-all", "CustomerCode is the same for all customers.", "CUS-3")
def customer_code_for_all(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, CODE, lambda order: "customer")


@defect(
    "customer-code-of-the-first-address",
    "The account is looked up by e-mail address, so that a customer who gives another one gets a second CustomerCode.",
    "CUS-3",
)
def customer_code_of_the_first_address(behaviour: Behaviour) -> Behaviour:
    known: dict[str, str] = {}

    def code(order: Order) -> str:
        customer = order.customer
        return cut(customer.code or "", 50) if is_known(order) else _code_of(order, "")

    def is_known(order: Order) -> bool:
        return known.setdefault(order.customer.code or "", order.customer.email) == order.customer.email

    return set_element(behaviour, CODE, code, of=lambda order: bool(order.customer.code))


@defect("phone-of-the-account-first", "The phone number of the account goes before those of the addresses.", "CUS-2")
def phone_of_the_account_first(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = set_element(
            behaviour,
            side + "Phone",
            lambda order: cut(_account_phone(order), 50),
            of=lambda order: bool(_account_phone(order)),
        )
    return behaviour


# ---------------------------------------------------------------- CUS-4 to CUS-6: the address


@defect("ship-to-is-billing-address", "ShipTo is the billing address.", "CUS-4 CUS-9 CUS-2")
def ship_to_is_billing_address(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        address = order.customer.billing
        if address.name.strip():
            element_at(fields, "Customer", "ShipTo").update(
                Name=cut(address.name, 100),
                Company=cut(address.company, 100),
                Address1=cut(address.address1, 200),
                Address2=cut(address.address2, 200),
                City=cut(address.city, 100),
                State=state_code(address.country, address.state),
                PostalCode=address.postal_code,
                Country=address.country,
                Phone=cut(address.phone or order.customer.phone or _account_phone(order), 50),
            )

    return edit_order(behaviour, change)


@defect("recipient-is-buyer", "ShipTo/Name is the name of the buyer.", "CUS-4")
def recipient_is_buyer(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        SHIP_TO + "Name",
        lambda order: cut(order.customer.billing.name, 100),
        of=lambda order: bool(order.customer.billing.name.strip()),
    )


@defect("email-cut-at-64", "The e-mail address is cut at 64 characters.", "CUS-1")
def email_cut_at_64(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "Customer/BillTo/Email", lambda address: address[:64])


@defect("email-not-cut", "An e-mail address of more than 100 characters is exported whole.", "ORD-14 ORD-17")
def email_not_cut(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "Customer/BillTo/Email", lambda order: order.customer.email)


@defect("phone-cut-at-20", "Phone numbers are cut at 20 characters.", "CUS-2")
def phone_cut_at_20(behaviour: Behaviour) -> Behaviour:
    billed = edit_text(behaviour, "Customer/BillTo/Phone", lambda number: number[:20])
    return edit_text(billed, SHIP_TO + "Phone", lambda number: number[:20])


@defect("address2-dropped", "The second line of the address is not exported.", "CUS-4")
def address2_dropped(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, SHIP_TO + "Address2", lambda order: "")


@defect("address-lines-joined", "Both lines of the address are in the first line.", "CUS-4")
def address_lines_joined(behaviour: Behaviour) -> Behaviour:
    joined = _set_ship_to_field(
        behaviour, "Address1", lambda address: f"{address.address1} {address.address2}".strip(), 200
    )
    return set_element(joined, SHIP_TO + "Address2", lambda order: "")


@defect("address-cut-at-35", "The first line of the address is cut at 35 characters.", "CUS-4")
def address_cut_at_35(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "Address1", lambda line: line[:35].rstrip())


@defect("postal-code-is-a-number", "Postal codes lose leading zeros.", "CUS-4")
def postal_code_is_a_number(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "PostalCode", lambda code: code.lstrip("0"))


@defect("postal-code-without-state-is-a-number", "Postal codes lose leading zeros where there is no state.", "CUS-4")
def postal_code_without_state_is_a_number(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        if not text_of(ship_to, "State"):
            ship_to["PostalCode"] = text_of(ship_to, "PostalCode").lstrip("0")

    return edit_order(behaviour, change)


@defect("state-of-order-before", "An address without a state has the state of the previous order.", "CUS-4")
def state_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = "CA"

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        nonlocal last
        ship_to = element_at(fields, "Customer", "ShipTo")
        ship_to["State"] = last = text_of(ship_to, "State") or last

    return edit_order(behaviour, change)


@defect("postal-code-missing", "PostalCode is missing.", "CUS-4 CUS-5")
def postal_code_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, SHIP_TO + "PostalCode", lambda order: "")


@defect("city-missing", "City is empty: the code reads the wrong key.", "CUS-4 CUS-5 ORD-17")
def city_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, SHIP_TO + "City", lambda order: "")


@defect("country-by-name", "Country is the name of the country.", "CUS-5 ORD-1")
def country_by_name(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "Country", lambda code: COUNTRY_NAMES.get(code, f"Land of {code}"))


@defect("country-in-three-letters", "Country is the three-letter code.", "CUS-5 ORD-1")
def country_in_three_letters(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "Country", lambda code: {"US": "USA", "DE": "DEU"}.get(code, f"{code}X"))


@defect("country-uk", "The United Kingdom is called UK, which is not an ISO 3166-1 code.", "CUS-5")
def country_uk(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "Country", lambda code: "UK" if code == "GB" else code)


@defect("state-by-name", "US and Canadian states are exported by name.", "CUS-6 ORD-17")
def state_by_name(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        names = {code: name.title() for name, code in STATE_CODES.get(text_of(ship_to, "Country"), {}).items()}
        ship_to["State"] = names.get(text_of(ship_to, "State"), text_of(ship_to, "State"))

    return edit_order(behaviour, change)


@defect("state-of-fifty-only", "The list of states lacks the District of Columbia.", "CUS-6 ORD-17")
def state_of_fifty_only(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "State", lambda code: "District of Columbia" if code == "DC" else code)


@defect("state-as-stored", "States are exported as they are stored, some of them by name.", "CUS-6 ORD-17")
def state_as_stored(behaviour: Behaviour) -> Behaviour:
    return _set_ship_to_field(behaviour, "State", lambda address: address.state)


@defect("state-cut-to-two-letters", "A state's name is cut to its first two letters.", "CUS-4 CUS-6")
def state_cut_to_two_letters(behaviour: Behaviour) -> Behaviour:
    return _set_ship_to_field(
        behaviour,
        "State",
        lambda address: address.state[:2].upper() if address.country in STATE_CODES else address.state,
    )


# ---------------------------------------------------------------- CUS-7 to CUS-9: names and companies


@defect(
    "guest-name-empty",
    "BillTo/Name is empty if the order has no billing name.",
    "CUS-7 ORD-17",
    seen="WooCommerce",
)
def guest_name_empty(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, BILL_TO + "Name", lambda order: order.customer.billing.name.strip()[:100])


@defect("buyer-is-recipient", "BillTo/Name is the name of the recipient.", "CUS-7")
def buyer_is_recipient(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        BILL_TO + "Name",
        lambda order: (order.customer.shipping or Address()).name.strip()[:100] or "Guest",
    )


@defect("first-name-only", "BillTo/Name is the first name only.", "CUS-7 ORD-13")
def first_name_only(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, BILL_TO + "Name", lambda name: name.split()[0])


@defect("no-billing-name-breaks-export", "An order without a billing name crashes the export.", "CON-12 CUS-7")
def no_billing_name_breaks_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: not order.customer.billing.name.strip())


@defect("blanks-kept", "Spaces typed around names and cities are exported.", "CUS-8")
def blanks_kept(behaviour: Behaviour) -> Behaviour:
    named = _set_ship_to_field(behaviour, "Name", lambda address: address.name or address.company or "Guest")
    return _set_ship_to_field(named, "City", lambda address: address.city)


@defect("blank-for-second-name", "If an address has no second name, the name ends with a space.", "CUS-8")
def blank_for_second_name(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, BILL_TO + "Name", lambda name: f"{name} " if len(name) < 100 else name)


@defect("companies-dropped", "Company is always empty.", "CUS-9")
def companies_dropped(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = set_element(behaviour, side + "Company", lambda order: "")
    return behaviour


@defect("company-of-billing-in-ship-to", "ShipTo has the company of the billing address.", "CUS-9", seen="CS-Cart")
def company_of_billing_in_ship_to(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, SHIP_TO + "Company", lambda order: order.customer.billing.company[:100])


@defect("company-null", "A missing company is exported as null.", "CUS-9")
def company_null(behaviour: Behaviour) -> Behaviour:
    for side in ("BillTo", "ShipTo"):
        behaviour = edit_order(
            behaviour,
            lambda fields, order, shop, side=side: element_at(fields, "Customer", side).update(  # type: ignore[misc]
                Company=text_of(element_at(fields, "Customer", side), "Company") or "null"
            ),
        )
    return behaviour


@defect("address2-in-company", "The second line of the address is in Company.", "CUS-4 CUS-9")
def address2_in_company(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        if text_of(ship_to, "Address2"):
            ship_to["Company"], ship_to["Address2"] = text_of(ship_to, "Address2")[:100], ""

    return edit_order(behaviour, change)


@defect("names-in-capitals-anew", "Names keep a capital letter only at the start of each word.", "ORD-13 CUS-4 CUS-7")
def names_in_capitals_anew(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = edit_text(behaviour, side + "Name", lambda name: " ".join(map(str.capitalize, name.split(" "))))
    return behaviour


@defect("company-instead-of-name", "Without a recipient's name, the company is in Name and not in Company.", "CUS-9")
def company_instead_of_name(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        SHIP_TO + "Company",
        lambda order: "",
        of=lambda order: not (order.customer.shipping or Address()).name.strip(),
    )


@defect("company-instead-of-billing-name", "Without a billing name, BillTo has no Company.", "CUS-9")
def company_instead_of_billing_name(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour, BILL_TO + "Company", lambda order: "", of=lambda order: not order.customer.billing.name.strip()
    )


@defect("second-line-once", "A second line that says the same as the first is left out.", "CUS-4")
def second_line_once(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        SHIP_TO + "Address2",
        lambda order: "",
        of=lambda order: (to := order.customer.shipping or Address()).address2.strip() == to.address1.strip(),
    )


@defect("company-once", "A company with the recipient's own name is left out.", "CUS-9")
def company_once(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        SHIP_TO + "Company",
        lambda order: "",
        of=lambda order: (to := order.customer.shipping or Address()).company.strip() == to.name.strip(),
    )


@defect("phone-without-extension", "A shipping phone that begins with the billing phone counts as the same.", "CUS-2")
def phone_without_extension(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        SHIP_TO + "Phone",
        lambda order: cut(order.customer.billing.phone, 50),
        of=lambda order: (
            bool(order.customer.billing.phone)
            and (order.customer.shipping or Address()).phone.startswith(order.customer.billing.phone)
        ),
    )


@defect("names-turned-at-commas", "A name with a comma is turned around: the last name counts as first.", "CUS-4 CUS-7")
def names_turned_at_commas(behaviour: Behaviour) -> Behaviour:
    def turned(name: str) -> str:
        last, comma, first = name.partition(",")
        return f"{first.strip()} {last.strip()}" if comma else name

    return edit_text(edit_text(behaviour, BILL_TO + "Name", turned), SHIP_TO + "Name", turned)


@defect("phone-cut-at-15", "Phone numbers are cut at 15 characters.", "CUS-2")
def phone_cut_at_15(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = edit_text(behaviour, side + "Phone", lambda phone: phone[:15].strip())
    return behaviour


@defect("last-name-first", "BillTo/Name has the last name first.", "CUS-7")
def last_name_first(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, BILL_TO + "Name", lambda name: " ".join(reversed(name.split())))


@defect("recipient-with-company", "ShipTo/Name ends with the company.", "CUS-4")
def recipient_with_company(behaviour: Behaviour) -> Behaviour:
    def name(to: Address) -> str:
        return ", ".join(filter(None, (to.name.strip(), to.company.strip())))[:100].strip() or "Guest"

    return _set_ship_to_field(behaviour, "Name", name)


@defect("company-of-billing-dropped", "BillTo has no Company.", "CUS-9")
def company_of_billing_dropped(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, BILL_TO + "Company", lambda order: None)


# ---------------------------------------------------------------- several orders of one customer


def _code_of(order: Order, more: str) -> str:
    return f"{sum((order.customer.email + more).encode())}-{len(more)}"


@defect("customer-code-of-the-place", "CustomerCode is made of e-mail address and postal code.", "CUS-3")
def customer_code_of_the_place(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, CODE, lambda order: _code_of(order, order.customer.billing.postal_code))


@defect("guest-code-of-the-place", "A guest's CustomerCode is made of e-mail address and postal code.", "CUS-3")
def guest_code_of_the_place(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        CODE,
        lambda order: _code_of(order, order.customer.billing.postal_code),
        of=lambda order: not order.customer.code,
    )


@defect("guest-code-of-the-destination", "A guest's CustomerCode is made of e-mail and shipping address.", "CUS-3")
def guest_code_of_the_destination(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        CODE,
        lambda order: _code_of(order, (order.customer.shipping or Address()).address1),
        of=lambda order: not order.customer.code,
    )


@defect("guest-code-of-the-phone", "A guest's CustomerCode is made of e-mail address and phone number.", "CUS-3")
def guest_code_of_the_phone(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        CODE,
        lambda order: _code_of(order, order.customer.phone),
        of=lambda order: not order.customer.code,
    )


@defect(
    "address-of-the-customers-first-order",
    "ShipTo is the address of the first order with the same e-mail address.",
    "CUS-2 CUS-4 CUS-9 ORD-13",
)
def address_of_the_customers_first_order(behaviour: Behaviour) -> Behaviour:
    known: dict[str, Fields] = {}

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        ship_to.update(known.setdefault(order.customer.email, dict(ship_to)))

    return edit_order(behaviour, change)


@defect(
    "company-of-the-customers-other-order",
    "ShipTo has the company of another order with the same e-mail address if it has none.",
    "CUS-9",
)
def company_of_the_customers_other_order(behaviour: Behaviour) -> Behaviour:
    known: dict[str, str] = {}

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        company = text_of(ship_to, "Company") or known.get(order.customer.email, "")
        ship_to["Company"] = known[order.customer.email] = company

    return edit_order(behaviour, change)


# ---------------------------------------------------------------- states in other letters, and long phone numbers


def _look_up_state(behaviour: Behaviour, is_found: Callable[[str], bool], otherwise: Callable[[str], str]) -> Behaviour:
    """Change US and Canadian states that are not found in a table."""
    return _set_ship_to_field(
        behaviour,
        "State",
        lambda address: (
            otherwise(address.state)
            if address.country in STATE_CODES and not is_found(address.state)
            else state_code(address.country, address.state)
        ),
    )


@defect(
    "states-in-capitals-unknown",
    "The table of states has no name in capitals: NEW JERSEY is not found, and cut to two letters.",
    "CUS-4 CUS-6",
)
def states_in_capitals_unknown(behaviour: Behaviour) -> Behaviour:
    return _look_up_state(
        behaviour, lambda state: len(state) <= 2 or not state.isupper(), lambda state: state[:2].upper()
    )


@defect("states-in-lower-case-unknown", "A state's name in lower case is not found, and left out.", "CUS-6 ORD-17")
def states_in_lower_case_unknown(behaviour: Behaviour) -> Behaviour:
    return _look_up_state(behaviour, lambda state: len(state) <= 2 or not state.islower(), lambda state: "")


@defect("state-codes-in-lower-case-unknown", "A state's code in lower case is not found, and left out.", "CUS-6 ORD-17")
def state_codes_in_lower_case_unknown(behaviour: Behaviour) -> Behaviour:
    return _look_up_state(behaviour, lambda state: len(state) > 2 or not state.islower(), lambda state: "")


@defect("phone-over-50-left-out", "A phone number of more than 50 characters is left out.", "CUS-2")
def phone_over_50_left_out(behaviour: Behaviour) -> Behaviour:
    for side in (BILL_TO, SHIP_TO):
        behaviour = edit_text(behaviour, side + "Phone", lambda phone: "" if len(phone) >= 49 else phone)
    return behaviour


@defect("phone-over-50-not-cut", "A phone number of more than 50 characters is sent uncut.", "ORD-1 ORD-14")
def phone_over_50_not_cut(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        BILL_TO + "Phone",
        lambda order: order.customer.billing.phone,
        of=lambda order: bool(order.customer.billing.phone.strip()),
    )


@defect("billing-name-of-blanks", "BillTo/Name is the billing name also if that consists of spaces.", "CUS-7 ORD-17")
def billing_name_of_blanks(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour, BILL_TO + "Name", lambda order: "", of=lambda order: order.customer.billing.name.isspace()
    )


@defect("city-in-capitals", "City is in capitals.", "CUS-4 ORD-13")
def city_in_capitals(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, SHIP_TO + "City", str.upper)


@defect(
    "shipment-drops-letters-beyond-ascii",
    "A notification saves the shipping address anew, without letters beyond ASCII.",
    "ORD-13",
)
def shipment_drops_letters_beyond_ascii(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        ship_to = element_at(fields, "Customer", "ShipTo")
        for name in list(ship_to):
            ship_to[name] = text_of(ship_to, name).encode("ascii", "replace").decode()

    return edit_order_after_shipment(behaviour, change)


# ---------------------------------------------------------------- names that mean something in another table


@defect(
    "state-codes-in-every-country",
    "The table of US and Canadian states is applied to every country: Florida in England becomes FL.",
    "CUS-4",
)
def state_codes_in_every_country(behaviour: Behaviour) -> Behaviour:
    def code(address: Address) -> str:
        countries = dict.fromkeys((address.country, *STATE_CODES))
        codes = (state_code(country, address.state) for country in countries)
        return next((found for found in codes if found != address.state), address.state)

    return _set_ship_to_field(behaviour, "State", code)


@defect(
    "cities-named-as-countries",
    "The table of countries is applied to cities, too: Lebanon in the US becomes LB.",
    "CUS-4",
)
def cities_named_as_countries(behaviour: Behaviour) -> Behaviour:
    codes = {"Lebanon": "LB", "Cuba": "CU", "Norway": "NO", "Gibraltar": "GI"}
    return edit_text(behaviour, SHIP_TO + "City", lambda city: codes.get(city, city))


@defect(
    "state-codes-read-as-names-of-us-states",
    "A code of a state is replaced by the name of the US state with this code: PA in Brazil becomes Pennsylvania.",
    "CUS-4",
)
def state_codes_read_as_names_of_us_states(behaviour: Behaviour) -> Behaviour:
    names = {code: name.title() for name, code in STATE_CODES["US"].items()}
    return _set_ship_to_field(
        behaviour,
        "State",
        lambda address: (
            state_code(address.country, address.state)
            if address.country in STATE_CODES
            else names.get(address.state, address.state)
        ),
    )


@defect(
    "companies-named-true-left-out", "A company whose name is a word of the code (true, null) is left out.", "CUS-9"
)
def companies_named_true_left_out(behaviour: Behaviour) -> Behaviour:
    words = frozenset(("true", "null", "none", "undefined", "nan"))
    return edit_text(behaviour, SHIP_TO + "Company", lambda name: "" if name.lower() in words else name)


def _send_companies_to(behaviour: Behaviour, country: str, *, of: Callable[[Fields], bool]) -> Behaviour:
    """Change the country of shipping addresses with a company for which ``of`` is true."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        address = element_at(fields, "Customer", "ShipTo")
        if text_of(address, "Company") and of(address):
            address["Country"] = country

    return edit_order(behaviour, change)


@defect("country-of-tax-number", "The country of a company is that of its tax number: EL for Greece.", "CUS-5")
def country_of_tax_number(behaviour: Behaviour) -> Behaviour:
    return _send_companies_to(behaviour, "EL", of=lambda address: text_of(address, "Country") == "GR")


@defect("customs-territory-as-country", "The country of a company in Northern Ireland is XI.", "CUS-5")
def customs_territory_as_country(behaviour: Behaviour) -> Behaviour:
    def is_in_north(address: Fields) -> bool:
        return text_of(address, "Country") == "GB" and text_of(address, "PostalCode").startswith("BT")

    return _send_companies_to(behaviour, "XI", of=is_in_north)
