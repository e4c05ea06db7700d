"""The page Trouble: faults, clock and reset, by form."""

from __future__ import annotations

from typing import get_args

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
