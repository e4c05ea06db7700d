"""The page *Overview*: which store this is, how it behaves, and what a client needs to reach it."""

from __future__ import annotations

from mockstore.console.fault_texts import EXPLANATIONS, fault_sentence
from mockstore.console.visits import Answer, Inside, Page, Shown, Visit, get
from mockstore.shop.versions import version
from mockstore.store.example_request import example_command, example_query, held_orders


def behaviours(inside: Inside) -> list[tuple[str, str, str, str]]:
    """Return what makes this store differ from the reference: kind, name, explanation, and broken requirements."""
    about = inside.current.about
    rows: list[tuple[str, str, str, str]] = []
    if about.profile != "reference":
        from mockstore.behaviours.profiles import PROFILES

        rows.append(("Profile", about.profile, PROFILES.get(about.profile, ""), ""))
    if about.variants:
        from mockstore.behaviours.variants import variants

        rows += [("Variant", name, variants()[name].sentence, "") for name in about.variants]
    if about.defects:
        from mockstore.behaviours.defects import defects

        for name in about.defects:
            known = defects()[name]
            rows.append(("Defect", name, known.sentence, ", ".join(sorted(known.caught_by))))
    faults = inside.faults.coming
    rows += [("Fault", fault.kind, f"{EXPLANATIONS[fault.kind]} {fault_sentence(fault)}", "") for fault in faults]
    return rows


async def show(visit: Visit) -> Answer:
    """Show the page."""
    inside = visit.inside
    held = held_orders(inside.store)
    _, entries = inside.journal.after(0)
    values = {
        "url": inside.url,
        "shop": inside.store.shop,
        "setup": inside.setup,
        "about": inside.current.about,
        "released": version(inside.store.shop.version).released,
        "curl": example_command(
            inside.url,
            example_query(inside.store, held),
            username=inside.store.shop.username,
            shell_password=inside.setup.shell_password,
            ca_file=inside.setup.ca_file,
        ),
        "behaviours": behaviours(inside),
        "held": held,
        "now": inside.store.clock.now(),
        "clock_runs": inside.store.clock.is_running,
        "requests": inside.journal.latest,
        "last_request": entries[-1] if entries else None,
    }
    return Shown("overview.html.j2", values)


PAGE = Page("Overview", "/console/", (get("/console/", show),))
