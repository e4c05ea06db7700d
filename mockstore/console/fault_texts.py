"""Says in words what a fault does, and to which requests."""

from __future__ import annotations

from mockstore.traffic.faults import KINDS_WITH_A_TRUE_REPLY, REDIRECT_TARGET, Fault

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
    "redirect": f"The reply redirects to {REDIRECT_TARGET}, where nothing answers.",
    "duplicate-page": "The reply has the page before the requested one.",
    "order-changes": "The first order of the window is modified first, so that the others move up.",
    "clock-skew": "The Date header of the reply is wrong by the seconds.",
}
"""What each kind of fault does."""
TIMED_KINDS = ("hang", "slow-start", "slow-body", "clock-skew")
"""The kinds that use the seconds of a fault."""


def fault_sentence(fault: Fault) -> str:
    """Return in words to which requests a fault applies, and what it was told beside its kind."""
    requests = "the next request" if fault.times == 1 else f"the next {fault.times:,} requests"
    parts = [f"of the action {fault.action}"] if fault.action else []
    parts += [f"for page {fault.page}"] if fault.page is not None else []
    settings = []
    if fault.kind == "status":
        settings.append(f"status {fault.status}")
        settings += [f"header {name}: {value}" for name, value in fault.headers.items()]
    if fault.kind in TIMED_KINDS:
        settings.append(f"{fault.seconds:g} seconds")
    if fault.after_booking and fault.kind not in KINDS_WITH_A_TRUE_REPLY:
        settings.append("the shipment of a notification is recorded")
    sentence = " ".join(["Applies to", requests, *parts])
    return f"{sentence}: {', '.join(settings)}." if settings else f"{sentence}."
