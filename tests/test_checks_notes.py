"""NOT: whose notes stand where, who sees them, and whether their text survives."""

from __future__ import annotations

import pytest

from conformance.checks import notes as judge
from conformance.core.errors import NotExercised
from conformance.probes.exported_again import StaffNotesExportedAgain
from conformance.probes.notes import only_the_staffs_text_is_there
from mockstore.orders.model import Option, Order
from mockstore.orders.specimens import SEVERAL_LINES
from tests.support.judged import found, one_line, order, pair, worked

CUSTOMER = "Please ring twice."
STAFF = "Customer complained twice before."
NOTED = order(customer_notes=CUSTOMER, internal_notes=STAFF)
LONG = order(customer_notes="Note " + "🎁" * 1200, internal_notes="s" * 1001)


def test_a_right_export_has_no_finding() -> None:
    """Every check of the feature accepts every kind of notes."""
    for held in (order(), NOTED, order(customer_notes=SEVERAL_LINES, internal_notes=f"staff {SEVERAL_LINES}")):
        for check in (
            judge.customer_notes_match,
            judge.internal_notes_match,
            judge.staff_notes_hidden,
            judge.special_text_is_preserved,
            judge.cut_at_limit,
        ):
            assert not found(check(pair(held))), check


@pytest.mark.parametrize("text", ["", "Array", "Please ring", f"{CUSTOMER}\nGift message: for you"])
def test_other_notes_of_the_customer_are_found(text: str) -> None:
    """NOT-1: empty notes, what PHP prints for nothing, a part, and additional text."""
    assert len(found(judge.customer_notes_match(pair(NOTED, {"CustomerNotes": text})))) == 1


def test_empty_notes_stay_empty() -> None:
    """NOT-1, NOT-2: the notes of another order and placeholders are found."""
    assert len(found(judge.customer_notes_match(pair(edits={"CustomerNotes": "Of the order before"})))) == 1
    for text in ("null", "Array", "N/A"):
        assert len(found(judge.internal_notes_match(pair(edits={"InternalNotes": text})))) == 1


def test_a_store_may_add_text_to_the_staffs_notes() -> None:
    """NOT-2: a list of activities may be added, but the staff's text must be there."""
    assert not found(judge.internal_notes_match(pair(NOTED, {"InternalNotes": f"10:02 paid\n{STAFF}"})))
    assert not found(judge.internal_notes_match(pair(edits={"InternalNotes": "10:02 paid"})))
    for text in ("", "10:02 paid", CUSTOMER):
        assert len(found(judge.internal_notes_match(pair(NOTED, {"InternalNotes": text})))) == 1


@pytest.mark.parametrize(
    ("held", "text", "is_own"),
    [
        (NOTED, f"Status: Paid\n{STAFF}", True),
        (order(), "Status: Paid", True),
        (NOTED, STAFF, False),
        (order(), "", False),
        (NOTED, "Status: Paid", False),
        (LONG, "s" * 1000, False),
    ],
)
def test_text_that_the_staff_did_not_write_is_recognised(held: Order, text: str, is_own: bool) -> None:
    """NOT-2: text around the staff's notes, or in their place; not a note that is missing or cut."""
    assert judge.has_own_text(pair(held, {"InternalNotes": text})) is is_own


def test_after_a_change_only_a_store_that_adds_text_to_every_order_may_add_some() -> None:
    """NOT-2: a line about the change is found, unless orders that nobody changed have such lines, too."""
    changed = (pair(NOTED), pair(NOTED, {"InternalNotes": f"{STAFF}\nStatus: Paid"}))
    assert len(found(only_the_staffs_text_is_there(StaffNotesExportedAgain(changed, has_own_text=False)))) == 1
    with pytest.raises(NotExercised):
        found(only_the_staffs_text_is_there(StaffNotesExportedAgain(changed, has_own_text=True)))


def test_the_customers_notes_are_not_the_staffs() -> None:
    """NOT-2: also if the staff wrote nothing."""
    held = order(customer_notes=CUSTOMER, gift=True, gift_message="For you")
    for text in (CUSTOMER, "For you"):
        assert len(found(judge.internal_notes_match(pair(held, {"InternalNotes": text})))) == 1


@pytest.mark.parametrize(
    "path",
    ["CustomerNotes", "GiftMessage", "CustomField1", "PaymentMethod", "Customer/ShipTo/Company", "Items/Item/Name"],
)
@pytest.mark.parametrize("form", ["{}", "Note: {}", "{} <br/>", "&quot;{}&quot;", "{:.28}…"])
def test_staff_notes_show_nowhere_else(path: str, form: str) -> None:
    """NOT-3: in no element that a customer may see, not even damaged."""
    (finding,) = found(judge.staff_notes_hidden(pair(NOTED, {path: form.format(STAFF)})))
    assert finding[0] is not None
    assert finding[0].replace("[1]", "") == path


def test_staff_notes_are_recognised_by_their_longest_line() -> None:
    """NOT-3: also with <br> in place of line ends."""
    held = order(internal_notes="Hi\nThe address was confirmed by phone.\nKim")
    shown = "Hi<br />\nThe address was confirmed by phone.<br />\nKim"
    assert found(judge.staff_notes_hidden(pair(held, {"CustomerNotes": shown})))


@pytest.mark.parametrize(
    "held",
    [
        order(internal_notes="DHL Paket"),
        order(internal_notes="Processed"),
        one_line(name="Mug with a handle", options=(Option("Text", "Blue letters"),)),
        order(internal_notes="ok", customer_notes="ok, thanks"),
        order(internal_notes=CUSTOMER, customer_notes=f"{CUSTOMER} Thanks."),
    ],
)
def test_notes_that_repeat_the_order_are_no_leak(held: Order) -> None:
    """NOT-3: the shipping method, the status or the customer's words may stand elsewhere."""
    assert not found(judge.staff_notes_hidden(pair(held)))


def test_staff_notes_in_internal_elements_are_no_leak() -> None:
    """NOT-3: InternalNotes, Source and the warehouse."""
    assert not found(judge.staff_notes_hidden(pair(NOTED, {"Source": STAFF, "RequestedWarehouse": STAFF})))


def test_a_leak_is_reported_once() -> None:
    """NOT-3 reports it, and NOT-1 doesn't."""
    leak = pair(NOTED, {"CustomerNotes": f"{CUSTOMER}\n{STAFF}"})
    assert found(judge.staff_notes_hidden(leak))
    assert not found(judge.customer_notes_match(leak))


SPECIAL = order(customer_notes=SEVERAL_LINES, internal_notes='Kim\'s "note" & more')


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("CustomerNotes", " ".join(SEVERAL_LINES.split())),
        ("CustomerNotes", SEVERAL_LINES.replace("\n", "<br />\n")),
        ("CustomerNotes", "first line"),
        ("CustomerNotes", SEVERAL_LINES.replace("<b>", "").replace("</b>", "")),
        ("InternalNotes", "Kim&#039;s &quot;note&quot; &amp; more"),
        ("InternalNotes", 'Kim\\\'s \\"note\\" & more'),
    ],
)
def test_damaged_notes_are_reported_once(path: str, text: str) -> None:
    """NOT-4 reports them, and NOT-1 and NOT-2 don't."""
    damaged = pair(SPECIAL, {path: text})
    assert [each[0] for each in found(judge.special_text_is_preserved(damaged))] == [path]
    assert not found(judge.customer_notes_match(damaged))
    assert not found(judge.internal_notes_match(damaged))


def test_line_ends_of_any_kind_survive() -> None:
    """NOT-4: CR LF and LF are the same."""
    windows = worked(SPECIAL, edits={"CustomerNotes": SEVERAL_LINES.replace("\n", "\r\n")})
    assert not found(judge.special_text_is_preserved(windows))


def test_other_notes_are_not_damaged_ones() -> None:
    """NOT-4: NOT-1 reports another text."""
    assert not found(judge.special_text_is_preserved(pair(SPECIAL, {"CustomerNotes": "Something else"})))


def test_long_notes_are_cut_at_the_limit() -> None:
    """NOT-5: counted in characters, with an ellipsis or without."""
    for text in (LONG.customer_notes[:1000], f"{LONG.customer_notes[:999]}…", f"{LONG.customer_notes[:997]}..."):
        cut = pair(LONG, {"CustomerNotes": text, "InternalNotes": "s" * 1000})
        assert not found(judge.cut_at_limit(cut))
        assert not found(judge.customer_notes_match(cut))
        assert not found(judge.special_text_is_preserved(cut))


@pytest.mark.parametrize(
    "text",
    [
        LONG.customer_notes,
        LONG.customer_notes[:255],
        LONG.customer_notes.encode()[:1000].decode(errors="replace"),
        LONG.customer_notes.encode()[:1000].decode(errors="ignore"),
        LONG.customer_notes[:999] + "??",
    ],
)
def test_notes_that_are_cut_elsewhere_are_reported_once(text: str) -> None:
    """NOT-5 reports notes that are not cut, cut at 255, by bytes or inside a character; NOT-1 and NOT-4 don't."""
    cut = pair(LONG, {"CustomerNotes": text, "InternalNotes": "s" * 1000})
    assert [each[0] for each in found(judge.cut_at_limit(cut))] == ["CustomerNotes"]
    assert not found(judge.special_text_is_preserved(cut))
    assert not found(judge.customer_notes_match(cut)) or len(text) > 1000


def test_long_notes_that_are_missing_or_damaged_are_reported_once() -> None:
    """NOT-1 reports missing notes, NOT-4 damaged ones, NOT-5 neither."""
    for text in ("", "Something else", "Note " + "?" * 995):
        shown = pair(LONG, {"CustomerNotes": text, "InternalNotes": "s" * 1000})
        assert not found(judge.cut_at_limit(shown))


def test_notes_that_fit_are_not_cut() -> None:
    """NOT-1: exactly 1000 characters arrive whole."""
    held = order(customer_notes="n" * 1000)
    assert not found(judge.customer_notes_match(pair(held)))
    assert found(judge.customer_notes_match(pair(held, {"CustomerNotes": "n" * 999})))


def test_which_orders_are_judged() -> None:
    """Each scenario looks at orders with notes, special notes or long notes."""
    assert judge.has_customer_notes(pair(NOTED))
    assert judge.has_internal_notes(pair(NOTED))
    assert not judge.has_customer_notes(pair(order(customer_notes=" ")))
    assert judge.has_special_notes(pair(SPECIAL))
    assert not judge.has_special_notes(pair(NOTED))
    assert judge.has_long_notes(pair(LONG))
    assert not judge.has_long_notes(pair(order(customer_notes="n" * 1000)))
