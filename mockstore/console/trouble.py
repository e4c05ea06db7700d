"""The page *Trouble*: faults of the next replies, defects and variants, the store's clock, and a reset."""

from __future__ import annotations

from typing import get_args

import msgspec

from mockstore.console import switches
from mockstore.console.forms import Form
from mockstore.console.visits import Answer, Inside, Page, Sent, Shown, Visit, get, post
from mockstore.orders.draft import InvalidField, check_moment
from mockstore.traffic.faults import Fault, FaultScript, Kind

PATH = "/console/trouble"
EXPLANATIONS = {
    "status": "The reply has this status, and no orders.",
    "hang": "No reply comes; the connection is closed after the seconds.",
    "slow-start": "The reply begins after the seconds.",
    "slow-body": "The second half of the reply comes after the seconds.",
    "cut": "The connection breaks in the middle of the reply.",
    "reset": "The connection breaks before the reply.",
    "html": "The reply is an HTML page with status 200.",
    "truncated": "The reply ends early, and its length says that this is all.",
    "wrong-type": "The reply is right, but its content type is not.",
    "redirect": "The reply leads to a login page.",
    "duplicate-page": "The reply has the page before the requested one.",
    "order-changes": "The first order of the window is modified first, so that the others move up.",
    "clock-skew": "The Date header of the reply is wrong by the seconds.",
}
KINDS = tuple((kind, f"{kind}: {EXPLANATIONS[kind]}") for kind in get_args(Kind))
ACTIONS = (("", "any"), ("export", "export"), ("shipnotify", "shipnotify"))
MAX_FAULTS = 100


def _page(visit: Visit, *, fault_form: Form | None = None, clock_form: Form | None = None) -> Shown:
    inside: Inside = visit.inside
    now = inside.store.clock.now()
    fault = fault_form or Form({"kind": "status", "status": "503", "times": "1", "seconds": "5"})
    clock = clock_form or Form({"now": f"{now:%Y-%m-%d %H:%M:%S}", "motion": "stands"})
    values = {
        "fault_form": fault,
        "clock_form": clock,
        "coming": [(each, EXPLANATIONS[each.kind]) for each in inside.faults.coming],
        "kinds": KINDS,
        "actions": ACTIONS,
        "now": now,
        "about": inside.current.about,
    }
    return Shown("trouble.html.j2", values, status=422 if fault.errors or clock.errors else 200)


async def show(visit: Visit) -> Answer:
    """Show what is wrong with the next replies, and the clock."""
    return _page(visit)


async def add_fault(visit: Visit) -> Answer:
    """Add a fault to those that have not applied yet."""
    form, faults = visit.form, visit.inside.faults
    kind = form.choice("kind", EXPLANATIONS)
    action = form.choice("action", dict(ACTIONS))
    given = {
        "kind": kind,
        "action": action,
        "times": form.whole("times", least=1, most=10_000, default=1),
        "status": form.whole("status", least=200, most=599, default=503),
        "seconds": form.whole("seconds", least=0, most=600, default=0),
        "page": form.whole("page", least=1, most=1_000_000) if form.text("page") else None,
        "after_booking": form.flag("after_booking"),
    }
    if len(faults.coming) >= MAX_FAULTS:
        form.refuse("kind", f"{MAX_FAULTS} faults are waiting already. Remove them first.")
    if form.errors:
        return _page(visit, fault_form=form)
    faults.script(FaultScript((*faults.coming, msgspec.convert(given, Fault))))
    return Sent(PATH, f"The fault {kind} applies to the next request that matches it.")


async def clear_faults(visit: Visit) -> Answer:
    """Remove all faults."""
    visit.inside.faults.clear()
    return Sent(PATH, "There are no faults any more.")


async def set_clock(visit: Visit) -> Answer:
    """Set the store's time, and let it run or stand."""
    form = visit.form
    now = form.moment("now", required=True)
    motion = form.choice("motion", ("runs", "stands"))
    if now is not None:
        try:
            check_moment(now, "now")
        except InvalidField as wrong:
            form.refuse("now", f"{wrong.why[0].upper()}{wrong.why[1:]}.")
    if form.errors or now is None:
        return _page(visit, clock_form=form)
    visit.inside.store.clock.set(now, running=motion == "runs")
    return Sent(PATH, f"The clock {motion} at {now:%Y-%m-%d %H:%M:%S}.")


async def reset(visit: Visit) -> Answer:
    """Restore the first orders, and empty journal and faults."""
    inside = visit.inside
    inside.store.reset()
    inside.journal.clear()
    inside.faults.clear()
    return Sent(PATH, "The store has its first orders again, no faults, and an empty journal.")


PAGE = Page(
    "Trouble",
    PATH,
    (
        get(PATH, show),
        post(f"{PATH}/faults", add_fault),
        post(f"{PATH}/faults/clear", clear_faults),
        post(f"{PATH}/clock", set_clock),
        post(f"{PATH}/reset", reset),
        *switches.ROUTES,
    ),
)
