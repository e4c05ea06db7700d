"""CUS: who bought, and where it goes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from conformance.checks.compare import is_same_phone, is_same_text, normalized, same_apart_from_damage
from conformance.checks.findings import about, at
from conformance.checks.matching import Pair
from conformance.checks.order import ADDRESS_FIELDS, ADDRESS_LIMITS, check_text
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.fields import cannot_tell
from conformance.core.finding import Finding
from mockstore.orders.model import Address
from mockstore.orders.states import STATE_CODES, state_code

COUNTRIES = frozenset(
    (
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW "
        "BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI "
        "FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN "
        "IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME "
        "MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF "
        "PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
        "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK "
        "YE YT ZA ZM ZW"
    ).split()
)
"""ISO 3166-1 alpha-2, and XK, which posts use for Kosovo."""

STATE_REQUIRED = frozenset(("AU", "BR", "CN", "IN", "MX", "MY"))
"""Beside the US and Canada: countries where a postal address isn't whole without its state."""

CUSTOMER_VALUES = (
    "CustomerCode",
    *(f"BillTo/{name}" for name in ("Name", "Company", "Phone", "Email")),
    *(f"ShipTo/{name}" for name in (*ADDRESS_FIELDS, "State", "Country", "Phone")),
)

NO_POSTAL_CODE = frozenset(
    (
        "AE AG AO AW BF BI BJ BO BQ BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GN GQ GY HK IE JM KE KI "
        "KM KN KP LC LY ML MO MR MW NR NU PA QA RW SB SC SL SO SR SS ST SX SY TD TF TG TK TL TO TT TV UG VC VU WS YE ZW"
    ).split()
)
"""Countries where an address may have no postal code."""


def email_matches(pair: Pair) -> Iterator[Finding]:
    """CUS-1: BillTo/Email is the order's e-mail address, letter case apart."""
    value = pair.exported["Customer/BillTo/Email"]
    if not is_same_text(pair.truth.customer.email.casefold(), value.text.casefold(), 100):
        yield at(value, pair.exported, "Email isn't the order's.", pair.truth.customer.email)


def phones_match(pair: Pair) -> Iterator[Finding]:
    """CUS-2: the shipping phone in ShipTo, the billing phone in BillTo, the account's where there is none."""
    customer = pair.truth.customer
    account = customer.account.phone if customer.account else ""
    shipping = customer.shipping.phone if customer.shipping else ""
    own = (customer.phone, account)
    if customer.shipping is not None and not is_sent_to_billing_address(pair):
        # a receiver without a number of their own may have none, where the payer's number came
        told = pair.exported["Customer/BillTo/Phone"].filled
        yield from _phone(pair, "Customer/ShipTo/Phone", shipping, (customer.billing.phone, *own), optional=told)
    # who has no number of their own may be reached at the shipping address, or may have none
    optional = not any(phone.strip() for phone in (customer.billing.phone, *own))
    yield from _phone(pair, "Customer/BillTo/Phone", customer.billing.phone, (*own, shipping), optional=optional)


def _phone(pair: Pair, path: str, first: str, others: tuple[str, ...], *, optional: bool = False) -> Iterator[Finding]:
    value = pair.exported[path]
    if not first.strip() and cannot_tell(pair.facts, "customer.account"):
        return  # the account's may stand in, which nobody knows
    accepted = [first] if first.strip() else [phone for phone in others if phone.strip()]
    if any(is_same_phone(phone, value.text) or is_same_text(phone, value.text, 50) for phone in accepted):
        return
    if optional and not first.strip() and not value.filled:
        return
    if accepted:
        yield at(value, pair.exported, "Phone isn't the customer's.", " or ".join(dict.fromkeys(accepted)))
    elif value.filled:
        yield at(value, pair.exported, "The customer gave no phone number.", "(nothing)")


def code_present(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-3: CustomerCode is there, 1–50 characters (the published schema allows 100)."""
    value = order["Customer/CustomerCode"]
    if not 1 <= len(value.text.strip()) <= 100:
        yield at(value, order, f"It has {len(value.text.strip())} characters.", "1 to 50 characters")


MIN_CUSTOMERS_SHARING_A_CODE = 3
"""So many customers of the store's with one CustomerCode aren't one customer."""


def code_stays(orders: Sequence[ExportedOrder]) -> Iterator[Finding]:
    """CUS-3: every export of one order names one CustomerCode."""
    seen: dict[str, ExportedOrder] = {}
    for order in orders:
        first = seen.setdefault(order.number, order)
        code, before = order["Customer/CustomerCode"], first["Customer/CustomerCode"]
        if code.text.strip() != before.text.strip():
            yield at(code, order, "The same order had another CustomerCode before.", before.text)


def one_code_per_customer(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """CUS-3: orders of one customer, by the store's own code for them, have one CustomerCode; all customers don't.

    Some customers may share one (people of one company); guests have none in the store.
    """
    seen: dict[str, Pair] = {}
    codes: set[str] = set()
    for pair in pairs:
        if not pair.truth.customer.code or not pair.truth.customer.email:
            continue
        first = seen.setdefault(f"{pair.truth.customer.code} {pair.truth.customer.email.casefold()}", pair)
        code = pair.exported["Customer/CustomerCode"]
        before = first.exported["Customer/CustomerCode"]
        codes.add(code.text.strip())
        if code.text.strip() != before.text.strip():
            yield at(
                code,
                pair.exported,
                f"Order {first.exported.label} of the same customer has another.",
                before.text,
            )
    people = {pair.truth.customer.email.casefold(): pair for pair in seen.values()}
    if len(codes) == 1 and "" not in codes and len(people) >= MIN_CUSTOMERS_SHARING_A_CODE:
        last = list(people.values())[-1].exported
        message = f"{len(people)} customers have one CustomerCode between them."
        yield at(last["Customer/CustomerCode"], last, message, "a code of the customer's own")


def ship_to_matches(pair: Pair) -> Iterator[Finding]:
    """CUS-4: ShipTo is the shipping address, line by line; for a name that it lacks another may stand."""
    address = pair.truth.customer.shipping
    assert address is not None
    for name, field in ADDRESS_FIELDS.items():
        if name != "Company" and (name != "Name" or address.name.strip()):
            yield from check_text(pair, f"Customer/ShipTo/{name}", getattr(address, field), ADDRESS_LIMITS[name])
    country = pair.exported["Customer/ShipTo/Country"]
    came = country.text.strip().upper()
    if address.country and came != address.country.upper() and came in COUNTRIES:  # any other is CUS-5's matter
        yield at(country, pair.exported, "Country isn't the shipping address's.", address.country)
    yield from _state(pair, address)


def is_sent_to_billing_address(pair: Pair) -> bool:
    """Whether ShipTo is the billing address where that is another: CUS-4's matter, phone and company included."""
    shipping, billing = pair.truth.customer.shipping, pair.truth.customer.billing
    return (
        shipping is not None
        and not _is_whole(pair, shipping, IDENTIFYING_LINES)
        and _is_whole(pair, billing, ADDRESS_FIELDS.keys())
    )


IDENTIFYING_LINES = ADDRESS_FIELDS.keys() - {"Company"}
"""What makes an address another: a company alone is CUS-9's matter."""


def _is_whole(pair: Pair, address: Address, names: Collection[str]) -> bool:
    return all(
        same_apart_from_damage(
            getattr(address, field), pair.exported[f"Customer/ShipTo/{name}"].text, ADDRESS_LIMITS[name]
        )
        for name, field in ADDRESS_FIELDS.items()
        if name in names
    )


def _state(pair: Pair, address: Address) -> Iterator[Finding]:
    value = pair.exported["Customer/ShipTo/State"]
    country = address.country.upper()
    wanted, came = (state_code(country, state).strip() for state in (address.state, value.text))
    if country in STATE_CODES:
        if value.filled and normalized(wanted).casefold() != normalized(came).casefold():
            yield at(value, pair.exported, "State isn't the shipping address's.", wanted)
    elif not address.state.strip():
        if value.filled and not _stands_for_none(pair, value.text):
            yield at(value, pair.exported, "The shipping address has no state.", "(nothing)")
    elif country in STATE_REQUIRED and not value.filled:
        yield at(value, pair.exported, "State is missing.", wanted)
    elif value.filled and not same_apart_from_damage(wanted, came, 100) and not _may_be_code(wanted, came):
        yield at(value, pair.exported, "State isn't the shipping address's.", wanted)


def _stands_for_none(pair: Pair, state: str) -> bool:
    """What may stand where an address has no state, since the guide asks for two characters: no other's state."""
    place = (pair.exported[f"Customer/ShipTo/{name}"].text for name in ("City", "Country"))
    return len(state.strip("-–—./ ")) < 2 or state.strip().upper() in ("N/A", "NA", "NONE") or state in place


def _may_be_code(wanted: str, came: str) -> bool:
    """A code where the store has a name, or the other way round: which is which can't be told."""
    return min(len(wanted), len(came)) <= 4 and len(wanted) != len(came)


def is_deliverable(address: Address | None) -> bool:
    """Whether the store's own address has all that CUS-5 and CUS-6 ask for."""
    if address is None or not all((address.name.strip(), address.address1.strip(), address.city.strip())):
        return False
    country = address.country.upper()
    if country not in COUNTRIES or not (address.postal_code.strip() or country in NO_POSTAL_CODE):
        return False
    return (
        country not in STATE_CODES
        or state_code(country, address.state).strip().upper() in STATE_CODES[country].values()
    )


def address_complete(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-5: ShipTo has Name, Address1, City, PostalCode and a two-letter country."""
    country = order["Customer/ShipTo/Country"]
    for name in ("Name", "Address1", "City", "PostalCode"):
        value = order[f"Customer/ShipTo/{name}"]
        if not value.filled and not (name == "PostalCode" and country.text.strip().upper() in NO_POSTAL_CODE):
            yield at(value, order, f"{name} is empty.", f"a {name}")
    if country.text.strip().upper() not in COUNTRIES:
        yield at(country, order, "Country is no ISO 3166-1 code.", "two letters, like DE")


def state_code_valid(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-6: US and Canadian addresses carry the two-letter state or province."""
    country = order["Customer/ShipTo/Country"].text.strip().upper()
    value = order["Customer/ShipTo/State"]
    if country in STATE_CODES and value.text.strip().upper() not in STATE_CODES[country].values():
        yield at(value, order, f"State is no {country} state's code.", "two letters, like NY")


def is_north_american(order: ExportedOrder) -> bool:
    """Whether the order goes to the US or to Canada."""
    return order["Customer/ShipTo/Country"].text.strip().upper() in STATE_CODES


def billing_name_present(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-7: BillTo/Name is never empty."""
    if not order["Customer/BillTo/Name"].filled:
        yield at(
            order["Customer/BillTo/Name"],
            order,
            "The billing name is empty.",
            "the account's or the recipient's",
        )


def billing_name_matches(pair: Pair) -> Iterator[Finding]:
    """CUS-7: BillTo/Name is the billing name; where that is empty, any name may stand in."""
    name, value = pair.truth.customer.billing.name, pair.exported["Customer/BillTo/Name"]
    if name.strip() and value.filled and not same_apart_from_damage(name, value.text, 100):
        yield at(value, pair.exported, "BillTo/Name isn't the billing name.", name)


def no_blanks_around(order: ExportedOrder) -> Iterator[Finding]:
    """CUS-8: customer values come without blanks around them."""
    for path in CUSTOMER_VALUES:
        value = order[f"Customer/{path}"]
        bare = value.text.strip(" \t\r\n\f\v\u00a0")
        if bare and bare != value.text:
            yield about(order, "There are blanks around the value.", repr(bare), repr(value.text), value.xpath)


def companies_match(pair: Pair) -> Iterator[Finding]:
    """CUS-9: Company is the address's own."""
    customer = pair.truth.customer
    yield from check_text(pair, "Customer/BillTo/Company", customer.billing.company, 100)
    known = not cannot_tell(pair.facts, "customer.shipping.company")
    if customer.shipping is not None and known and not is_sent_to_billing_address(pair):
        yield from check_text(pair, "Customer/ShipTo/Company", customer.shipping.company, 100)
