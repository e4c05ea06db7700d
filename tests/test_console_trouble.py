"""The page Trouble: faults, clock and reset, by form."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import get_args

from mockstore.behaviours.current import About
from mockstore.console.fault_texts import EXPLANATIONS
from mockstore.console.switches import changed, switches
from mockstore.traffic.faults import Fault, FaultScript, Kind
from tests.support.console_store import console_store

PATH = "/console/trouble"


def test_each_kind_of_fault_is_explained() -> None:
    """A new kind needs a sentence."""
    assert set(EXPLANATIONS) == set(get_args(Kind))


def test_faults_clock_and_reset() -> None:
    """Each form does what it says, and the page shows it. Wrong values are named, and change nothing."""
    with console_store(orders=3) as store:
        cookie = store.cookie()
        token = {"form_token": store.form_token(cookie)}

        def send(what: str, **inputs: str) -> tuple[int, str]:
            status, _, page = store.send_form(f"{PATH}/{what}", {**token, **inputs}, cookie)
            return status, page

        good = {"kind": "status", "action": "export", "times": "2", "status": "429", "page": "2"}
        assert send("faults", **good)[0] == 303
        assert send("faults", kind="clock-skew", seconds="-3600")[0] == 303
        fault, skewed = store.faults.coming
        assert (skewed.kind, skewed.seconds) == ("clock-skew", -3600)
        assert (fault.kind, fault.action, fault.times, fault.status, fault.page) == ("status", "export", 2, 429, 2)
        shown = store.ask(PATH, headers={"Cookie": cookie})[2]
        assert "Applies to the next 2 requests of the action export for page 2: status 429." in shown
        assert "The fault status applies" in shown
        assert "Applies to the next request: -3600 seconds." in shown
        status, page = send("faults", kind="no", action="no", times="0", status="99", page="x", seconds="-1")
        assert status == 422
        assert all(f'id="error-{name}"' in page for name in ("kind", "action", "times", "status", "page", "seconds"))
        assert send("faults/clear")[0] == 303
        assert store.faults.coming == ()
        store.store.delete("1001")
        assert send("reset")[0] == 303
        assert store.store.find("1001") is not None
        assert store.journal.latest == 0


def test_the_clock_is_set_stopped_and_started() -> None:
    """The page says whether the clock runs, and preselects it. What is said of the time names its zone."""
    with console_store(orders=1) as store:
        cookie, clock = store.cookie(), store.store.clock
        token = {"form_token": store.form_token(cookie)}

        def page() -> str:
            return store.ask(PATH, headers={"Cookie": cookie})[2]

        def send(now: str, motion: str) -> int:
            return store.send_form(f"{PATH}/clock", {**token, "now": now, "motion": motion}, cookie)[0]

        assert send("2026-05-01T08:00:00+02:00", "stands") == 303
        assert (clock.now(), clock.is_running) == (datetime(2026, 5, 1, 6, tzinfo=UTC), False)
        shown = page()
        assert "It is 2026-05-01 06:00:00 UTC in the store, and the clock stands still." in shown
        assert "The clock stands still.</p>" in shown
        assert '<option value="stands" selected>' in shown
        assert send("", "runs") == 303
        assert clock.is_running
        assert clock.now() - datetime(2026, 5, 1, 6, tzinfo=UTC) < timedelta(hours=1)
        shown = page()
        assert "The clock runs.</p>" in shown
        assert '<option value="runs" selected>' in shown
        assert "the clock runs</dd>" in store.ask("/console/", headers={"Cookie": cookie})[2]
        for wrong in ("soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
            assert send(wrong, "stands") == 422
        assert send("", "jumps") == 422
        assert clock.is_running


def test_a_fault_is_removed_alone() -> None:
    """The others stay, in their order. A fault that has applied in part is the same; one that is used up is gone."""
    first, second = Fault(kind="cut", times=2), Fault(kind="cut", times=5)
    third = Fault(kind="status", headers={"Retry-After": '"7"'}, action="export")
    with console_store(orders=1) as store:
        cookie = store.cookie()
        token = {"form_token": store.form_token(cookie)}
        page = ""

        def remove(place: int) -> None:
            nonlocal page
            shown = re.findall(r'name="fault" value="([^"]*)"', page)
            store.send_form(f"{PATH}/faults/remove", {**token, "fault": unescape(shown[place])}, cookie)
            page = store.ask(PATH, headers={"Cookie": cookie})[2]

        store.faults.script(FaultScript((first, second, third)))
        page = store.ask(PATH, headers={"Cookie": cookie})[2]
        assert "status 503, header Retry-After: &#34;7&#34;." in page
        before = page
        remove(1)
        assert "The fault cut was removed." in page
        assert list(store.faults.coming) == [first, third]
        store.faults.next("export", "1")
        page = before
        remove(0)
        assert list(store.faults.coming) == [third]
        page = before
        remove(0)
        assert "The fault cut was gone already" in page
        remove(0)
        assert list(store.faults.coming) == []
        for wrong in ("", "{}", '{"kind": "no"}', "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")):
            assert store.send_form(f"{PATH}/faults/remove", {**token, "fault": wrong}, cookie)[0] == 404


def test_what_a_page_says_of_a_redirect_is_true() -> None:
    """The explanation names the place to which the reply leads."""
    with console_store(orders=1) as store:
        store.faults.script(FaultScript((Fault(kind="redirect"),)))
        status, headers, _ = store.ask("/?dispatch=shipstation&action=export", headers={"Authorization": "Basic x"})
        assert status == 302
        assert headers["Location"] in EXPLANATIONS["redirect"]


def test_defects_and_variants_are_switched_by_form() -> None:
    """The list is complete and searchable. What is ticked is on from then on, and a wrong name changes nothing."""
    path = f"{PATH}/behaviour"
    with console_store(defects=("country-uk",), orders=3) as store:
        cookie = store.cookie()
        token = {"form_token": store.form_token(cookie)}
        login = {"Cookie": cookie}
        page = store.ask(path, headers=login)[2]
        assert all(f'value="{value}"' in page for value in switches())
        assert 'name="was" value="defect:country-uk"' in page
        page = store.ask(f"{path}?q=CUS-5+uk", headers=login)[2]
        assert 'value="defect:country-uk"' in page
        assert 'value="defect:booked-but-500"' not in page
        page = store.ask(f"{path}?q=SHP-1", headers=login)[2]
        assert 'value="defect:booked-but-500"' in page
        assert not any(f'value="{each.value}"' in page for each in switches().values() if each.breaks == "SHP-11")
        wrong = {**token, "profile": "no", "on": "defect:<no>"}
        status, _, page = store.send_form(path, wrong, cookie)
        assert status == 422
        assert 'id="error-profile"' in page
        assert "defect:&lt;no&gt;" in page
        assert store.current.about == About(defects=("country-uk",))
        assert store.send_form(path, {**token, "profile": "reference", "on": "variant:utf-16"}, cookie)[0] == 303
        assert store.current.about == About(defects=("country-uk",), variants=("utf-16",))
        for shown in (store.ask(place, headers=login)[2] for place in ("/console/", PATH, path)):
            assert "<code>utf-16</code>" in shown
            assert "<code>country-uk</code>" in shown
        assert store.send_form(f"{path}/off", token, cookie)[0] == 303
        assert store.current.about == About()
        assert store.send_form(path, {"profile": "reference"}, cookie)[0] == 403


def test_contradicting_switches_are_named() -> None:
    """The message after the switch tells that there are some, and both pages name them."""
    with console_store(orders=1) as store:
        cookie = store.cookie()
        inputs = {"form_token": store.form_token(cookie), "profile": "reference"}
        for name in ("country-in-three-letters", "country-uk"):
            store.send_form(f"{PATH}/behaviour", {**inputs, "on": f"defect:{name}"}, cookie)
        page = store.ask(f"{PATH}/behaviour", headers={"Cookie": cookie})[2]
        assert "Some contradict each other: see below." in page
        for shown in (page, store.ask(PATH, headers={"Cookie": cookie})[2]):
            assert "The defect country-in-three-letters hides the defect country-uk" in shown


def test_only_the_boxes_that_were_changed_count() -> None:
    """What another tab or a search hides stays as it is."""
    about = About(defects=("a", "b"), variants=("v",))
    assert changed(about, "reference", ("defect:a",), ("defect:c",)) == About(defects=("b", "c"), variants=("v",))
    assert changed(about, "reference", ("defect:a", "variant:v"), ("defect:a",)) == About(defects=("a", "b"))
    assert changed(about, "addon-1.0.12", (), ("defect:a",)) == About(
        profile="addon-1.0.12", defects=("a", "b"), variants=("v",)
    )
