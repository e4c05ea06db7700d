"""CUS: the customer of an order, with billing and shipping address."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from conformance.checks.compare import is_same_but_damaged, is_same_phone, is_same_text, normalized
from conformance.checks.findings import about, at
from conformance.checks.matching import Pair
from conformance.checks.order import ADDRESS_LINES, SHIP_TO, address_line, check_id, check_text
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.countries import COUNTRIES, WITH_STATE, WITHOUT_POSTAL_CODE
from conformance.contract.fields import ORDER, Field, cannot_tell
from conformance.core.finding import Finding
from mockstore.orders.model import Address
from mockstore.orders.states import STATE_CODES, state_code

BILL_TO = "Customer/BillTo/"
CUSTOMER_VALUES = tuple(
    path
    for path, field in ORDER.items()
    if path.startswith("Customer/") and (path.startswith(SHIP_TO) or field.guide is not None)
)
"""All values in Customer, except the lines of the billing address, which the guide doesn't have."""
MAX_CODE_CHARS = 50
MIN_CUSTOMERS_SHARING_A_CODE = 3
"""If all customers have the same CustomerCode, and there are at least this many, it isn't a customer's code."""


def email_matches(pair: Pair) -> Iterator[Finding]:
    """CUS-1: BillTo/Email is the order's e-mail address, in any letter case."""
    field = ORDER[f"{BILL_TO}Email"]
    value, expected = pair.exported[field.element], pair.truth.customer.email
    if not is_same_text(expected.casefold(), value.text.casefold(), *field.limits):
        yield at(value, pair.exported, "Email isn't the order's e-mail address.", expected)


def phones_match(pair: Pair) -> Iterator[Finding]:
    """CUS-2: ShipTo has the shipping phone, BillTo the billing phone. Another phone may replace a missing one."""
    customer = pair.truth.customer
    account = customer.account.phone if customer.account else ""
    shipping = customer.shipping.phone if customer.shipping else ""
    own = (customer.phone, account)
    if customer.shipping is not None and not is_sent_to_billing_address(pair):
        # ShipTo may lack a phone if the recipient has none and the buyer's phone is in BillTo
        reachable = pair.exported[f"{BILL_TO}Phone"].filled
        yield from _check_phone(
            pair, ORDER[f"{SHIP_TO}Phone"], shipping, (customer.billing.phone, *own), optional=reachable
        )
    # if the buyer has no phone, BillTo may have the recipient's phone, or none
    optional = not any(phone.strip() for phone in (customer.billing.phone, *own))
    yield from _check_phone(pair, ORDER[f"{BILL_TO}Phone"], customer.billing.phone, (*own, shipping), optional=optional)


def _check_phone(
    pair: Pair, field: Field, first: str, others: tuple[str, ...], *, optional: bool = False
) -> Iterator[Finding]:
    value = pair.exported[field.element]
    if not first.strip() and cannot_tell(pair.facts, "customer.account"):
        return  # this may be the account's phone, which the source of truth doesn't tell
    accepted = [first] if first.strip() else [phone for phone in others if phone.strip()]
    limit = field.limits[0]
    if any(
        is_same_phone(phone, value.text, limit) or is_same_text(phone, value.text, *field.limits) for phone in accepted
    ):
        return
    if optional and not first.strip() and not value.filled:
        return
    if accepted:
        yield at(
            value, pair.exported, "Phone isn't a phone number of the customer.", " or ".join(dict.fromkeys(accepted))
        )
    elif value.filled:
        yield at(value, pair.exported, "There is a Phone, but the customer gave no number.", "(nothing)")


def code_present(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-3: CustomerCode is present and has 1 to 50 characters; up to 100 are accepted, as the schema allows them."""
    yield from check_id(order, ORDER["Customer/CustomerCode"])


def code_stays(orders: Sequence[ExportedOrder]) -> Iterator[Finding]:
    """CUS-3: every export of an order has the same CustomerCode."""
    seen: dict[str, ExportedOrder] = {}
    for order in orders:
        first = seen.setdefault(order.number, order)
        code, before = order["Customer/CustomerCode"], first["Customer/CustomerCode"]
        if code.text.strip() != before.text.strip():
            yield at(code, order, "An earlier export gave the order another CustomerCode.", before.text)


def one_code_per_customer(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """CUS-3: all orders of a customer have one CustomerCode, and not all customers share it.

    A customer is identified by the store's own code and the e-mail address. If the store recognises a customer
    whatever the e-mail address, all orders with the customer's code must have one CustomerCode. Some customers may
    share a CustomerCode, like people of one company. Guests have no code: see :func:`one_code_per_guest`.
    """
    yield from one_code_per_guest(pairs)
    customers: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.truth.customer.code and pair.truth.customer.email:
            customers.setdefault(pair.truth.customer.code, []).append(pair)
    for orders in customers.values():
        whoever = _recognised_account(orders)
        seen: dict[str, Pair] = {}
        for pair in orders:
            first = whoever or seen.setdefault(pair.truth.customer.email.casefold(), pair)
            yield from _check_code(pair, first, "customer")
    codes = {_code(pair) for orders in customers.values() for pair in orders}
    people = {pair.truth.customer.email.casefold(): pair for orders in customers.values() for pair in orders}
    if len(codes) == 1 and "" not in codes and len(people) >= MIN_CUSTOMERS_SHARING_A_CODE:
        last = list(people.values())[-1].exported
        message = f"All {len(people)} customers have the same CustomerCode."
        yield at(last["Customer/CustomerCode"], last, message, "a code of the customer's own")


def _code(pair: Pair) -> str:
    return pair.exported["Customer/CustomerCode"].text.strip()


def _recognised_account(orders: Sequence[Pair]) -> Pair | None:
    """Return an order of a customer that shows that the store recognises the customer whatever the e-mail address.

    Either its CustomerCode is the store's own code, or an order with another e-mail address has the same one. None if
    there is no such order: the store may make the CustomerCode of the e-mail address.
    """
    address_of: dict[str, str] = {}
    for pair in orders:
        address = pair.truth.customer.email.casefold()
        is_own_code = _code(pair) == (pair.truth.customer.code or "").strip()[:MAX_CODE_CHARS]
        if is_own_code or address_of.setdefault(_code(pair), address) != address:
            return pair
    return None


def _check_code(pair: Pair, first: Pair, who: str) -> Iterator[Finding]:
    """Check that two orders of the same person have the same CustomerCode."""
    code, before = pair.exported["Customer/CustomerCode"], first.exported["Customer/CustomerCode"]
    if code.text.strip() != before.text.strip():
        message = f"Order {first.exported.label} of the same {who} has another CustomerCode."
        yield at(code, pair.exported, message, before.text)


def one_code_per_guest(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """CUS-3: if a store recognises a guest, it does so wherever the guest lives.

    A guest is identified by e-mail address and billing name. A store may give each order of a guest a CustomerCode
    of its own. But if two orders that agree in everything about the guest have one code, all orders must have it.
    """
    guests: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        customer = pair.truth.customer
        if not customer.code and customer.email and customer.billing.name.strip():
            key = customer.email.casefold(), normalized(customer.billing.name).casefold()
            guests.setdefault(key, []).append(pair)
    for orders in guests.values():
        if (recognised := _recognised(orders)) is not None:
            for pair in orders:
                yield from _check_code(pair, recognised, "guest")


def _recognised(orders: Sequence[Pair]) -> Pair | None:
    """Return the first of two orders with one CustomerCode that agree in everything about the customer."""
    return next(
        (
            one
            for one, two in combinations(orders, 2)
            if one.truth.customer == two.truth.customer
            and one.exported["Customer/CustomerCode"].text == two.exported["Customer/CustomerCode"].text
        ),
        None,
    )


def ship_to_matches(pair: Pair) -> Iterator[Finding]:
    """CUS-4: ShipTo is the shipping address, line by line. If the address has no name, any name is accepted."""
    address = pair.truth.customer.shipping
    assert address is not None
    for field in ADDRESS_LINES:
        if field.name != "Company" and (field.name != "Name" or address.name.strip()):
            yield from check_text(pair, field)
    country = pair.exported[f"{SHIP_TO}Country"]
    sent = country.text.strip().upper()
    if address.country and sent != address.country.upper() and sent in COUNTRIES:  # CUS-5 reports other codes
        yield at(country, pair.exported, "Country isn't that of the shipping address.", address.country)
    yield from _check_state(pair, address)


def is_sent_to_billing_address(pair: Pair) -> bool:
    """True if ShipTo holds a billing address that differs from the shipping address.

    CUS-4 reports that. Phone and company of the billing address are then not reported again.
    """
    shipping, billing = pair.truth.customer.shipping, pair.truth.customer.billing
    return shipping is not None and not _is_in_ship_to(pair, shipping, but="Company") and _is_in_ship_to(pair, billing)


def _is_in_ship_to(pair: Pair, address: Address, but: str = "") -> bool:
    """True if ShipTo has all lines of an address. The line ``but`` isn't compared: CUS-9 reports a wrong company."""
    return all(
        is_same_but_damaged(address_line(address, field), pair.exported[field.element].text, *field.limits)
        for field in ADDRESS_LINES
        if field.name != but
    )


def _check_state(pair: Pair, address: Address) -> Iterator[Finding]:
    field = ORDER[f"{SHIP_TO}State"]
    value = pair.exported[field.element]
    country = address.country.upper()
    wanted, sent = (state_code(country, state).strip() for state in (address.state, value.text))
    if country in STATE_CODES:
        if value.filled and normalized(wanted).casefold() != normalized(sent).casefold():
            yield at(value, pair.exported, "State isn't that of the shipping address.", wanted)
    elif not address.state.strip():
        if value.filled and not _stands_for_none(pair, value.text):
            yield at(value, pair.exported, "There is a State, but the shipping address has none.", "(nothing)")
    elif country in WITH_STATE and not value.filled:
        yield at(value, pair.exported, "State is missing.", wanted)
    elif value.filled and not is_same_but_damaged(wanted, sent, *field.limits) and not _may_be_code(wanted, sent):
        yield at(value, pair.exported, "State isn't that of the shipping address.", wanted)


def _stands_for_none(pair: Pair, state: str) -> bool:
    """True for a placeholder. The guide asks for two characters, so a store may fill State even without a state."""
    place = (pair.exported[f"{SHIP_TO}{name}"].text for name in ("City", "Country"))
    return len(state.strip("-–—./ ")) < 2 or state.strip().upper() in ("N/A", "NA", "NONE") or state in place


def _may_be_code(wanted: str, sent: str) -> bool:
    """True if one text may be the code of the state, and the other its name. For these countries there is no table.

    The code of a US state or Canadian province with the same name is not the code of a state of another country.
    """
    is_from_elsewhere = any(
        table.get(name.casefold()) == code.upper()
        for table in STATE_CODES.values()
        for name, code in ((wanted, sent), (sent, wanted))
    )
    return min(len(wanted), len(sent)) <= 4 and len(wanted) != len(sent) and not is_from_elsewhere


def is_deliverable(address: Address | None) -> bool:
    """True if the store's own address has everything that CUS-5 and CUS-6 require."""
    if address is None or not all((address.name.strip(), address.address1.strip(), address.city.strip())):
        return False
    country = address.country.upper()
    if country not in COUNTRIES or not (address.postal_code.strip() or country in WITHOUT_POSTAL_CODE):
        return False
    return (
        country not in STATE_CODES
        or state_code(country, address.state).strip().upper() in STATE_CODES[country].values()
    )


def address_complete(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-5: ShipTo has Name, Address1, City, PostalCode and a two-letter country."""
    country = order[f"{SHIP_TO}Country"]
    for name in ("Name", "Address1", "City", "PostalCode"):
        value = order[f"{SHIP_TO}{name}"]
        if not value.filled and not (name == "PostalCode" and country.text.strip().upper() in WITHOUT_POSTAL_CODE):
            yield at(value, order, f"{name} is empty.", f"a {name}")
    if country.text.strip().upper() not in COUNTRIES:
        yield at(country, order, "Country isn't an ISO 3166-1 code.", "two letters, like DE")


def state_code_valid(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-6: US and Canadian addresses have the two-letter code of the state or province."""
    country = order[f"{SHIP_TO}Country"].text.strip().upper()
    value = order[f"{SHIP_TO}State"]
    if country in STATE_CODES and value.text.strip().upper() not in STATE_CODES[country].values():
        yield at(value, order, f"State isn't the code of a state or province of {country}.", "two letters, like NY")


def is_north_american(order: ExportedOrder) -> bool:
    """True if the order goes to the US or to Canada."""
    return order[f"{SHIP_TO}Country"].text.strip().upper() in STATE_CODES


def billing_name_present(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-7: BillTo/Name is the billing name, and never empty."""
    value = order[f"{BILL_TO}Name"]
    if not value.filled:
        yield at(value, order, "The billing name is empty.", "the account's or the recipient's name")


def billing_name_matches(pair: Pair) -> Iterator[Finding]:
    """CUS-7: BillTo/Name is the billing name. If the store has none, any name is accepted."""
    field = ORDER[f"{BILL_TO}Name"]
    name, value = pair.truth.customer.billing.name, pair.exported[field.element]
    if name.strip() and value.filled and not is_same_but_damaged(name, value.text, *field.limits):
        yield at(value, pair.exported, "BillTo/Name isn't the billing name.", name)


def no_spaces_around(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-8: customer values have no spaces around them."""
    for path in CUSTOMER_VALUES:
        value = order[path]
        bare = value.text.strip(" \t\r\n\f\v\u00a0")
        if bare and bare != value.text:
            yield about(order, "There are spaces around the value.", repr(bare), repr(value.text), value.xpath)


def companies_match(pair: Pair) -> Iterator[Finding]:
    """CUS-9: BillTo has the company of the billing address, ShipTo that of the shipping address."""
    yield from check_text(pair, ORDER[f"{BILL_TO}Company"])
    known = not cannot_tell(pair.facts, "customer.shipping.company")
    if pair.truth.customer.shipping is not None and known and not is_sent_to_billing_address(pair):
        yield from check_text(pair, ORDER[f"{SHIP_TO}Company"])
