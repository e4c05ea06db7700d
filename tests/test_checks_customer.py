"""CUS: who bought the order, and where it goes. Each finding is tested beside what is still accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from conformance.checks import customer as judge
from conformance.checks.matching import Pair
from mockstore.orders.model import Account, Address, Order
from tests.support.judged import (
    BERLIN,
    BOSTON,
    FACTS,
    ORDER,
    customer,
    document,
    edited,
    element_of,
    exported,
    found,
    pair,
)

EMAIL = "Customer/BillTo/Email"
SHIP_TO = "Customer/ShipTo/"
LONDON = Address("Robin Pattern", "", "+44 20 7946 0958", "1 Mill Lane", "", "London", "", "SW1A 1AA", "GB")


def places(findings: Any) -> list[str | None]:
    """Where the findings are."""
    return [each[0] for each in found(findings)]


def going(address: Address, edits: Mapping[str, str | None] | None = None) -> Pair:
    """An order that goes there, beside its export."""
    return pair(customer(shipping=address), edits)


def test_a_right_export_has_no_finding() -> None:
    """Every check of the feature accepts the plain order."""
    for check in (
        judge.email_matches,
        judge.phones_match,
        judge.ship_to_matches,
        judge.billing_name_matches,
        judge.companies_match,
    ):
        assert not found(check(pair())), check
    for wire in (
        judge.code_present,
        judge.address_complete,
        judge.state_code_valid,
        judge.billing_name_present,
        judge.no_spaces_around,
    ):
        assert not found(wire(exported())), wire


@pytest.mark.parametrize("text", ["marta@example.org", "Marta@Example.ORG", " marta@example.org "])
def test_an_email_address_is_the_same_in_any_case(text: str) -> None:
    """CUS-1: mail arrives in any letter case."""
    assert not found(judge.email_matches(pair(edits={EMAIL: text})))


@pytest.mark.parametrize("text", ["", None, "account@example.org", "marta &amp; co@example.org"])
def test_another_email_address_is_found(text: str | None) -> None:
    """CUS-1: an empty address, the account's and a damaged one are found."""
    assert places(judge.email_matches(pair(edits={EMAIL: text}))) == [EMAIL]


def test_a_damaged_email_address_is_found() -> None:
    """CUS-1: the plus sign of a tag became a space, an apostrophe became an entity."""
    held = customer(email="o'neil+shop@example.org")
    assert not found(judge.email_matches(pair(held)))
    for text in ("o'neil shop@example.org", "o&#039;neil+shop@example.org"):
        assert found(judge.email_matches(pair(held, {EMAIL: text})))


TWO = customer(phone="+49 30 901820", billing=BERLIN, shipping=BOSTON)


def test_swapped_phones_are_found_on_both_sides() -> None:
    """CUS-2: each address has its own number."""
    swapped = {"Customer/BillTo/Phone": BOSTON.phone, "Customer/ShipTo/Phone": BERLIN.phone}
    assert len(found(judge.phones_match(pair(TWO, swapped)))) == 2
    spelt = {"Customer/BillTo/Phone": "+49-30-901820", "Customer/ShipTo/Phone": "+16175550142"}
    assert not found(judge.phones_match(pair(TWO, spelt)))


@pytest.mark.parametrize("text", ["49 30 901820", "0", "+49 30 9018", "null", ""])
def test_a_damaged_phone_is_found(text: str) -> None:
    """CUS-2: a number without its plus sign, printed as an integer, cut or empty."""
    assert places(judge.phones_match(pair(TWO, {"Customer/BillTo/Phone": text}))) == ["Customer/BillTo/Phone"]


SILENT = msgspec.structs.replace(BERLIN, phone="")


def test_a_recipient_without_a_number_has_the_buyers_or_none() -> None:
    """CUS-2: if the buyer's number is in BillTo, ShipTo may be empty."""
    held = customer(shipping=SILENT)
    for text in ("", BERLIN.phone):
        assert not found(judge.phones_match(pair(held, {"Customer/ShipTo/Phone": text})))
    assert found(judge.phones_match(pair(held, {"Customer/ShipTo/Phone": "+1 1"})))
    lost = {"Customer/ShipTo/Phone": "", "Customer/BillTo/Phone": ""}
    assert found(judge.phones_match(pair(held, lost)))


PHONE_IN_BILL_TO = "Customer/BillTo/Phone"
NO_BUYERS_NUMBER = {"billing": msgspec.structs.replace(BERLIN, phone=""), "shipping": BOSTON, "phone": ""}
"""Only the recipient has a number."""


@pytest.mark.parametrize("shown", ["", BOSTON.phone])
def test_a_buyer_without_a_number_has_none_or_the_recipients(shown: str) -> None:
    """CUS-2: BillTo may be empty or hold the recipient's number."""
    assert not found(judge.phones_match(pair(customer(**NO_BUYERS_NUMBER), {PHONE_IN_BILL_TO: shown})))


def test_a_buyer_without_a_number_does_not_get_an_invented_one() -> None:
    """CUS-2: a number that belongs to nobody in the order is invented."""
    assert [
        each[0]
        for each in found(judge.phones_match(pair(customer(**NO_BUYERS_NUMBER), {PHONE_IN_BILL_TO: "+49 30 1"})))
    ] == [PHONE_IN_BILL_TO]


def test_a_buyers_own_number_has_to_arrive() -> None:
    """CUS-2: an empty element loses the number."""
    assert [each[0] for each in found(judge.phones_match(pair(customer(shipping=BOSTON), {PHONE_IN_BILL_TO: ""})))] == [
        PHONE_IN_BILL_TO
    ]


def test_the_accounts_number_stands_in() -> None:
    """CUS-2: if the order has no number, the account's must be used."""
    held = customer(phone="", billing=SILENT, shipping=SILENT, account=Account("", "+49 40 428230"))
    assert found(judge.phones_match(pair(held)))
    assert not found(judge.phones_match(pair(held, {"Customer/BillTo/Phone": "+49 40 428230"})))


@pytest.mark.parametrize("text", ["", " ", None, "x" * 101])
def test_a_customer_has_a_code(text: str | None) -> None:
    """CUS-3: 1 to 50 characters; up to 100 are accepted, and the finding says why."""
    assert places(judge.code_present(exported(edits={"Customer/CustomerCode": text}))) == ["Customer/CustomerCode"]
    assert not found(judge.code_present(exported(edits={"Customer/CustomerCode": "x" * 100})))


def orders_of(*buyers: tuple[str | None, str, str]) -> list[Pair]:
    """Orders of these customers: the store's code, e-mail address, exported code."""
    pairs = []
    for number, (code, mail, shown) in enumerate(buyers, start=1):
        held = msgspec.structs.replace(customer(code=code, email=mail), order_number=str(number))
        pairs.append(pair(held, {"Customer/CustomerCode": shown}))
    return pairs


def test_one_customer_has_one_code() -> None:
    """CUS-3: any code is right, but not one for each order."""
    assert not list(judge.one_code_per_customer(orders_of(("7", "a@x", "A"), ("7", "a@x", "A"))))
    assert len(list(judge.one_code_per_customer(orders_of(("7", "a@x", "1"), ("7", "a@x", "2"))))) == 1


@pytest.mark.parametrize(
    ("codes", "findings"),
    [
        (("a@x", "b@x", "a@x"), 0),
        (("7", "b@x", "7"), 1),
        (("c1", "c1", "c2"), 1),
        (("c1", "c2", "c1"), 0),
    ],
)
def test_a_customer_with_two_addresses_has_one_code(codes: tuple[str, str, str], findings: int) -> None:
    """CUS-3: unless the store makes the code of the e-mail address."""
    emails = ("a@x", "b@x", "a@x")
    orders = orders_of(*(("7", email, code) for email, code in zip(emails, codes, strict=True)))
    assert len(list(judge.one_code_per_customer(orders))) == findings


def test_all_customers_do_not_share_one_code() -> None:
    """CUS-3: some customers, all guests, and accounts of one address may share a code."""
    assert (
        len(list(judge.one_code_per_customer(orders_of(("7", "a@x", "c"), ("8", "b@x", "c"), ("9", "d@x", "c"))))) == 1
    )
    assert not list(judge.one_code_per_customer(orders_of(("7", "a@x", "c"), ("8", "b@x", "c"), ("9", "d@x", "d"))))
    assert not list(judge.one_code_per_customer(orders_of(*((None, f"{n}@x", "guest") for n in range(5)))))
    assert not list(judge.one_code_per_customer(orders_of(*((str(n), "a@x", "a@x") for n in range(5)))))


def test_a_code_stays_the_same() -> None:
    """CUS-3: a second export of an order names the same customer."""
    first, second = exported(), exported(edits={"Customer/CustomerCode": "c9"})
    assert len(list(judge.code_stays([first, second]))) == 1
    assert not list(judge.code_stays([first, exported()]))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Name", BERLIN.name),
        ("Address1", "12 Oak St Apt 2"),
        ("Address1", "12 Oak"),
        ("Address2", ""),
        ("City", BERLIN.city),
        ("State", "CA"),
        ("PostalCode", "2108"),
        ("Country", "DE"),
    ],
)
def test_every_line_of_the_address_is_judged(name: str, text: str) -> None:
    """CUS-4: lines of the other address, joined, cut, dropped or turned into numbers."""
    assert places(judge.ship_to_matches(pair(edits={SHIP_TO + name: text}))) == [SHIP_TO + name]


def test_a_state_is_the_same_by_code_and_by_name() -> None:
    """CUS-4: CUS-6 judges whether the code is needed."""
    named = msgspec.structs.replace(BOSTON, state="Massachusetts")
    assert not found(judge.ship_to_matches(going(named, {SHIP_TO + "State": "MA"})))
    assert not found(judge.ship_to_matches(going(BOSTON, {SHIP_TO + "State": "Massachusetts"})))
    bavaria = msgspec.structs.replace(BERLIN, state="BY")
    assert not found(judge.ship_to_matches(going(bavaria, {SHIP_TO + "State": "Bayern"})))
    assert found(judge.ship_to_matches(going(bavaria, {SHIP_TO + "State": "BE"})))


@pytest.mark.parametrize(
    ("state", "text", "right"),
    [("Ontario", "ON", False), ("PA", "Pennsylvania", False), ("PA", "Pará", True), ("Ontario", "ONT", True)],
)
def test_a_state_is_not_looked_up_in_the_table_of_another_country(state: str, text: str, right: bool) -> None:
    """CUS-4: a state may be exported by its code or its name, but not by those of a US state with this name or code."""
    address = msgspec.structs.replace(BERLIN, state=state)
    assert (not found(judge.ship_to_matches(going(address, {SHIP_TO + "State": text})))) is right


@pytest.mark.parametrize(("text", "right"), [("", True), ("--", True), ("N/A", True), ("London", True), ("CA", False)])
def test_an_address_without_a_state_does_not_get_another_orders(text: str, right: bool) -> None:
    """CUS-4: the guide asks for two characters, so a placeholder is accepted, but not another order's state."""
    assert (not found(judge.ship_to_matches(going(LONDON, {SHIP_TO + "State": text})))) is right


def test_a_country_that_is_no_code_is_one_finding() -> None:
    """CUS-5 reports UK, which isn't an ISO 3166-1 code; CUS-4 doesn't."""
    damaged = {SHIP_TO + "Country": "UK"}
    assert not found(judge.ship_to_matches(going(LONDON, damaged)))
    assert places(judge.address_complete(going(LONDON, damaged).exported)) == [SHIP_TO + "Country"]


@pytest.mark.parametrize("name", ["Name", "Address1", "City", "PostalCode", "Country"])
@pytest.mark.parametrize("text", ["", " ", None])
def test_an_address_is_complete(name: str, text: str | None) -> None:
    """CUS-5: each of the five values is required."""
    assert places(judge.address_complete(exported(edits={SHIP_TO + name: text}))) == [SHIP_TO + name]


def test_countries_without_postal_codes_need_none() -> None:
    """CUS-5: Hong Kong has no postal codes, Germany has."""
    assert not found(judge.address_complete(exported(edits={SHIP_TO + "Country": "HK", SHIP_TO + "PostalCode": ""})))
    assert found(judge.address_complete(exported(edits={SHIP_TO + "Country": "DE", SHIP_TO + "PostalCode": ""})))


@pytest.mark.parametrize(
    ("changes", "whole"),
    [
        ({}, True),
        ({"name": " "}, False),
        ({"city": ""}, False),
        ({"country": "Germany"}, False),
        ({"state": "Massachusetts"}, True),
        ({"state": "Bavaria"}, False),
        ({"country": "HK", "postal_code": "", "state": ""}, True),
    ],
)
def test_what_the_store_lacks_is_not_asked_of_its_export(changes: dict[str, str], whole: bool) -> None:
    """CUS-5, CUS-6: an address is judged only if the store itself has it complete."""
    assert judge.is_deliverable(msgspec.structs.replace(BOSTON, **changes)) is whole
    assert not judge.is_deliverable(None)


@pytest.mark.parametrize(
    ("text", "right"), [("MA", True), ("ma", True), ("Massachusetts", False), ("", False), ("QU", False)]
)
def test_a_us_state_is_a_code(text: str, right: bool) -> None:
    """CUS-6: two letters that are the code of a state."""
    assert (not found(judge.state_code_valid(exported(edits={SHIP_TO + "State": text})))) is right


def test_only_north_america_has_codes() -> None:
    """CUS-6: a German address isn't judged."""
    assert judge.is_north_american(exported())
    assert not judge.is_north_american(going(BERLIN).exported)


def test_the_billing_name_is_there() -> None:
    """CUS-7: some name must stand there, and it is the billing name if the store has one."""
    name = "Customer/BillTo/Name"
    assert places(judge.billing_name_present(exported(edits={name: " "}))) == [name]
    for text in ("Marta", BOSTON.name):
        assert places(judge.billing_name_matches(pair(edits={name: text}))) == [name]
    guest = customer(billing=msgspec.structs.replace(BERLIN, name=""))
    for text in ("Guest", BOSTON.name, "Marta Muster"):
        assert not found(judge.billing_name_matches(pair(guest, {name: text})))


@pytest.mark.parametrize("path", ["BillTo/Name", "ShipTo/City", "CustomerCode", "ShipTo/Phone"])
@pytest.mark.parametrize("form", [" {}", "{} ", "\n{}\n", "{}\u00a0"])
def test_blanks_around_a_value_are_found_where_they_stand(path: str, form: str) -> None:
    """CUS-8: in any of several orders; spaces inside a value are right."""
    damaged = edited(element_of(ORDER), {f"Customer/{path}": form.format("A B")})
    second = document(element_of(ORDER), damaged).orders[1]
    assert [finding.xpath for finding in judge.no_spaces_around(second)] == [f"/Orders/Order[2]/Customer/{path}"]


@pytest.mark.parametrize("text", ["", " ", "A B"])
def test_an_empty_value_has_no_blanks_around_it(text: str) -> None:
    """CUS-8: an empty value and a clean one have no finding."""
    assert not found(judge.no_spaces_around(exported(edits={SHIP_TO + "Address2": text})))


COMPANIES = customer(
    billing=msgspec.structs.replace(BERLIN, company="Muster GmbH"),
    shipping=msgspec.structs.replace(BOSTON, company="Dock 7"),
)


@pytest.mark.parametrize("side", ["BillTo", "ShipTo"])
@pytest.mark.parametrize("text", ["", "null", "Dock 7, Muster GmbH"])
def test_a_company_is_that_of_its_address(side: str, text: str) -> None:
    """CUS-9: dropped, invented and swapped companies are found."""
    path = f"Customer/{side}/Company"
    assert places(judge.companies_match(pair(COMPANIES, {path: text}))) == [path]


def test_no_company_is_invented() -> None:
    """CUS-9: the billing company isn't the recipient's."""
    held = customer(billing=msgspec.structs.replace(BERLIN, company="Nur GmbH"), shipping=BERLIN)
    assert places(judge.companies_match(pair(held, {SHIP_TO + "Company": "Nur GmbH"}))) == [SHIP_TO + "Company"]


def billed_instead(held: Order) -> Pair:
    """The order, sent to its billing address."""
    wrong = msgspec.structs.replace(
        held, customer=msgspec.structs.replace(held.customer, shipping=held.customer.billing)
    )
    return Pair(exported(wrong), held, FACTS)


def test_another_name_may_stand_in_for_a_missing_recipient() -> None:
    """CUS-4: ShipTo needs a name; the buyer's or the company's is accepted."""
    nameless = msgspec.structs.replace(LONDON, name="")
    assert not found(judge.ship_to_matches(going(nameless, {f"{SHIP_TO}Name": "Dock 7 Inc."})))
    assert places(judge.ship_to_matches(going(LONDON, {f"{SHIP_TO}Name": "Dock 7 Inc."}))) == [f"{SHIP_TO}Name"]


def test_the_billing_address_in_ship_to_is_one_cause() -> None:
    """CUS-4 alone reports it; CUS-2 and CUS-9 don't report phone and company of that address."""
    wrong = billed_instead(COMPANIES)
    assert found(judge.ship_to_matches(wrong))
    assert not found(judge.companies_match(wrong))
    assert not found(judge.phones_match(wrong))


def orders_of_guest(*orders: tuple[str, Address, str], mail: str = "a@x") -> list[Pair]:
    """Orders of one guest: the name in the billing address, the address, and the exported code."""
    pairs = []
    for number, (name, where, shown) in enumerate(orders, start=1):
        held = customer(code=None, email=mail, billing=msgspec.structs.replace(where, name=name))
        pairs.append(pair(msgspec.structs.replace(held, order_number=str(number)), {"Customer/CustomerCode": shown}))
    return pairs


HOME, AWAY = Address(address1="1 Way", postal_code="10115"), Address(address1="2 Way", postal_code="20095")


@pytest.mark.parametrize(
    ("orders", "findings"),
    [
        ([("Ann", HOME, "A"), ("Ann", HOME, "A"), ("Ann", AWAY, "B")], 1),
        ([("Ann", AWAY, "B"), ("Ann", HOME, "A"), ("Ann", HOME, "A")], 1),
        ([("Ann", HOME, "A"), ("Ann", HOME, "A"), ("Ann", AWAY, "A")], 0),
        # each order has a code of its own
        ([("Ann", HOME, "A"), ("Ann", HOME, "B"), ("Ann", AWAY, "C")], 0),
        # another person with the same address
        ([("Ann", HOME, "A"), ("Ann", HOME, "A"), ("Ben", AWAY, "B")], 0),
        # nothing shows that the store recognises guests
        ([("Ann", HOME, "A"), ("Ann", AWAY, "B")], 0),
    ],
)
def test_a_guest_who_is_recognised_has_one_code(orders: list[tuple[str, Address, str]], findings: int) -> None:
    """CUS-3: a guest who moved is the same guest, if the store recognises guests."""
    assert len(list(judge.one_code_per_customer(orders_of_guest(*orders)))) == findings


LONG_PHONE = "+49 (0) 30 / 90 18 20 - 4711, Pforte 2, Frau Beispiel-Muster"


@pytest.mark.parametrize(
    ("came", "right"),
    [
        (LONG_PHONE[:50], True),
        (LONG_PHONE[:47] + "...", True),
        (LONG_PHONE[:50].translate(str.maketrans("", "", " -().")), True),
        (LONG_PHONE.translate(str.maketrans("", "", " -()./,"))[:50], True),
        (LONG_PHONE[:40], False),
        ("", False),
    ],
)
def test_a_phone_over_50_characters_may_be_cut(came: str, right: bool) -> None:
    """CUS-2: before or after its punctuation is removed."""
    where = msgspec.structs.replace(SILENT, phone=LONG_PHONE)
    held = customer(phone=LONG_PHONE, billing=where, shipping=where)
    edits = {f"Customer/{side}/Phone": came for side in ("BillTo", "ShipTo")}
    assert (not found(judge.phones_match(pair(held, edits)))) is right
