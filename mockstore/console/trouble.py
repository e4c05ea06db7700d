"""The page *Trouble*: faults of the next replies, defects and variants, the store's clock, and a reset."""

from __future__ import annotations

from datetime import UTC
from typing import get_args

import msgspec

from mockstore.console import switches
from mockstore.console.fault_texts import EXPLANATIONS, fault_sentence
from mockstore.console.forms import Form
from mockstore.console.visits import Answer, Inside, Page, PageNotFound, Sent, Shown, Visit, get, post
from mockstore.orders.draft import InvalidField, check_moment
from mockstore.traffic.faults import Fault, FaultScript, Kind

PATH = "/console/trouble"
KINDS = tuple((kind, f"{kind}: {EXPLANATIONS[kind]}") for kind in get_args(Kind))
ACTIONS = (("", "any"), ("export", "export"), ("shipnotify", "shipnotify"))
MAX_FAULTS = 100
MAX_DELAY_S = 600
MAX_SKEW_S = 100_000
MOTIONS = {"runs": "runs", "stands": "stands still"}
LABELS = {
    "kind": "Kind",
    "action": "Action",
    "times": "Times",
    "page": "Page",
    "status": "Status",
    "seconds": "Seconds",
    "after_booking": "Record the shipment of a notification although its reply fails",
    "now": "Time",
    "motion": "Then it",
}


async def _page(visit: Visit, *, fault_form: Form | None = None, clock_form: Form | None = None) -> Shown:
    inside: Inside = visit.inside
    store_clock = inside.store.clock
    motion = "runs" if store_clock.is_running else "stands"
    fault = fault_form or Form({"kind": "status", "status": "503", "times": "1", "seconds": "5"})
    clock = clock_form or Form({"motion": motion})
    values = {
        "fault_form": fault,
        "clock_form": clock,
        "label": LABELS.__getitem__,
        "coming": [
            (each, EXPLANATIONS[each.kind], fault_sentence(each), msgspec.json.encode(each).decode())
            for each in inside.faults.coming
        ],
        "kinds": KINDS,
        "actions": ACTIONS,
        "now": store_clock.now(),
        "motion": MOTIONS[motion],
        "motions": tuple(MOTIONS.items()),
        "requests": inside.journal.latest,
        "state": inside.setup.state,
        "about": inside.current.about,
        "conflicts": await switches.conflicts_now(visit),
    }
    return Shown("trouble.html.j2", values, status=422 if fault.errors or clock.errors else 200)


async def show(visit: Visit) -> Answer:
    """Show what is wrong with the next replies, and the clock."""
    return await _page(visit)


async def add_fault(visit: Visit) -> Answer:
    """Add a fault to those that have not applied yet."""
    form, faults = visit.form, visit.inside.faults
    kind = form.choice("kind", EXPLANATIONS)
    action = form.choice("action", dict(ACTIONS))
    least_s, most_s = (-MAX_SKEW_S, MAX_SKEW_S) if kind == "clock-skew" else (0, MAX_DELAY_S)
    given = {
        "kind": kind,
        "action": action,
        "times": form.whole("times", least=1, most=10_000, default=1),
        "status": form.whole("status", least=200, most=599, default=503),
        "seconds": form.whole("seconds", least=least_s, most=most_s, default=0),
        "page": form.whole("page", least=1, most=1_000_000) if form.text("page") else None,
        "after_booking": form.flag("after_booking"),
    }
    if len(faults.coming) >= MAX_FAULTS:
        form.refuse("kind", f"{MAX_FAULTS} faults are waiting already. Remove them first.")
    if form.errors:
        return await _page(visit, fault_form=form)
    faults.script(FaultScript((*faults.coming, msgspec.convert(given, Fault))))
    return Sent(PATH, f"The fault {kind} applies to the next request that matches it.")


async def remove_fault(visit: Visit) -> Answer:
    """Remove one fault."""
    try:
        fault = msgspec.json.decode(visit.form.value("fault"), type=Fault)
    except (msgspec.DecodeError, UnicodeError):
        raise PageNotFound("The form names no fault.") from None
    if visit.inside.faults.remove(fault):
        return Sent(PATH, f"The fault {fault.kind} was removed.")
    return Sent(PATH, f"The fault {fault.kind} was gone already: it has applied, or somebody removed it.", "problem")


async def clear_faults(visit: Visit) -> Answer:
    """Remove all faults."""
    visit.inside.faults.clear()
    return Sent(PATH, "There are no faults any more.")


async def set_clock(visit: Visit) -> Answer:
    """Set the store's time, and let it run or stand. Without a time, the time stays."""
    form, clock = visit.form, visit.inside.store.clock
    typed = form.moment("now")
    motion = form.choice("motion", MOTIONS)
    if typed is not None:
        try:
            check_moment(typed, "now")
        except InvalidField as wrong:
            form.refuse("now", f"{wrong.why[0].upper()}{wrong.why[1:]}.")
    if form.errors:
        return await _page(visit, clock_form=form)
    now = clock.now() if typed is None else typed.astimezone(UTC)
    clock.set(now, running=motion == "runs")
    return Sent(PATH, f"It is {now:%Y-%m-%d %H:%M:%S} UTC in the store, and the clock {MOTIONS[motion]}.")


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
        post(f"{PATH}/faults/remove", remove_fault),
        post(f"{PATH}/faults/clear", clear_faults),
        post(f"{PATH}/clock", set_clock),
        post(f"{PATH}/reset", reset),
        *switches.ROUTES,
    ),
)
