"""The page Trouble: faults, clock and reset, by form."""

from __future__ import annotations

from typing import get_args

from mockstore.behaviours.current import About
from mockstore.console.switches import changed, switches
from mockstore.console.trouble import EXPLANATIONS
from mockstore.traffic.faults import Kind
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
        (fault,) = store.faults.coming
        assert (fault.kind, fault.action, fault.times, fault.status, fault.page) == ("status", "export", 2, 429, 2)
        shown = store.ask(PATH, headers={"Cookie": cookie})[2]
        assert "next 2 requests of the action export, page 2, status 429" in shown
        assert "The fault status applies" in shown
        status, page = send("faults", kind="no", action="no", times="0", status="99", page="x", seconds="-1")
        assert status == 422
        assert all(f'id="error-{name}"' in page for name in ("kind", "action", "times", "status", "page", "seconds"))
        assert send("faults/clear")[0] == 303
        assert store.faults.coming == ()
        assert send("clock", now="2026-05-01 08:00", motion="stands")[0] == 303
        assert f"{store.store.clock.now():%Y-%m-%d %H:%M}" == "2026-05-01 08:00"
        for wrong in ("", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
            assert send("clock", now=wrong, motion="stands")[0] == 422
        store.store.delete("1001")
        assert send("reset")[0] == 303
        assert store.store.find("1001") is not None
        assert store.journal.latest == 0


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


def test_only_the_boxes_that_were_changed_count() -> None:
    """What another tab or a search hides stays as it is."""
    about = About(defects=("a", "b"), variants=("v",))
    assert changed(about, "reference", ("defect:a",), ("defect:c",)) == About(defects=("b", "c"), variants=("v",))
    assert changed(about, "reference", ("defect:a", "variant:v"), ("defect:a",)) == About(defects=("a", "b"))
    assert changed(about, "addon-1.0.12", (), ("defect:a",)) == About(
        profile="addon-1.0.12", defects=("a", "b"), variants=("v",)
    )
