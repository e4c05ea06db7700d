"""The list of all defects and variants on the page *Trouble*, and the choice of those that are on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from urllib.parse import urlencode

import msgspec

from mockstore.behaviours.current import About
from mockstore.behaviours.defects import defects
from mockstore.behaviours.profiles import PROFILES
from mockstore.behaviours.variants import variants
from mockstore.console.forms import Form
from mockstore.console.visits import Answer, Route, Sent, Shown, Visit, get, post

PATH = "/console/trouble/behaviour"
MAX_SEARCH = 100
LABELS = {"profile": "Profile", "on": "Defects and variants"}
PROFILE_CHOICES = (
    ("reference", "reference: meets every requirement"),
    *((name, f"{name}: {sentence}") for name, sentence in PROFILES.items()),
)


@dataclass(frozen=True)
class Switch:
    """A defect or a variant, as the page shows it. ``value`` is the kind and the name, like ``defect:country-uk``."""

    kind: str
    name: str
    group: str
    sentence: str
    breaks: str = ""

    @property
    def value(self) -> str:
        """The value of its box."""
        return f"{self.kind}:{self.name}"

    def matches(self, words: Sequence[str]) -> bool:
        """True if each word is in the name, the sentence or the group, or is a requirement: SHP-1 is not SHP-11."""
        text = f"{self.kind} {self.name} {self.sentence} {self.group}".casefold()
        broken = self.breaks.casefold().split(", ")
        return all(
            word in text or word in broken or any(each.partition("-")[0] == word for each in broken) for word in words
        )


def _group(module: str, prefix: str) -> str:
    name = module.removeprefix(f"{prefix}.").partition(".")[0].replace("_", " ")
    return name[0].upper() + name[1:]


@cache
def switches() -> dict[str, Switch]:
    """Return every defect and every variant by its value: defects by feature, then variants."""
    found = [
        Switch(
            "defect",
            each.id,
            _group(each.change.__module__, "mockstore.behaviours.defects"),
            each.sentence,
            ", ".join(sorted(each.caught_by)),
        )
        for each in defects().values()
    ]
    found.sort(key=lambda each: (each.group, each.name))
    others = [
        Switch("variant", each.id, _group(each.change.__module__, "mockstore.behaviours.variants"), each.sentence)
        for each in variants().values()
    ]
    others.sort(key=lambda each: (each.group, each.name))
    return {each.value: each for each in (*found, *others)}


def on_now(about: About) -> tuple[Switch, ...]:
    """Return what is switched on, the variants first, as they are applied."""
    known = switches()
    names = [f"variant:{name}" for name in about.variants] + [f"defect:{name}" for name in about.defects]
    return tuple(known[name] for name in names)


async def conflicts_now(visit: Visit) -> tuple[str, ...]:
    """Return a sentence about each conflict among what is switched on."""
    from mockstore.behaviours.conflicts import conflicts

    return await asyncio.to_thread(conflicts, visit.inside.current.about, visit.inside.store.shop)


async def _page(visit: Visit, search: str, form: Form | None = None) -> Shown:
    about = visit.inside.current.about
    on = on_now(about)
    words = search.casefold().split()
    found = [each for each in switches().values() if each.matches(words)]
    groups = [
        (kind, group, tuple(members)) for (kind, group), members in groupby(found, lambda each: (each.kind, each.group))
    ]
    values = {
        "form": form or Form({"profile": about.profile, "on": [each.value for each in on]}),
        "search": Form({"q": search}),
        "label": LABELS.__getitem__,
        "q": search,
        "profile": about.profile,
        "on": on,
        "conflicts": await conflicts_now(visit),
        "on_values": frozenset(each.value for each in on),
        "groups": groups,
        "found": len(found),
        "all": len(switches()),
        "profiles": PROFILE_CHOICES,
    }
    return Shown("switches.html.j2", values, status=422 if form and form.errors else 200)


async def show(visit: Visit) -> Answer:
    """Show the defects and variants that match the search."""
    return await _page(visit, visit.query.text("q")[:MAX_SEARCH])


def changed(about: About, profile: str, was: Sequence[str], wanted: Sequence[str]) -> About:
    """Return what is on after a form: only the boxes that the user changed count, so that two tabs can be used."""
    lists: dict[str, tuple[str, ...]] = {}
    for kind, now in (("defect", about.defects), ("variant", about.variants)):
        before = {value.partition(":")[2] for value in was if value.startswith(f"{kind}:")}
        after = [value.partition(":")[2] for value in wanted if value.startswith(f"{kind}:")]
        kept = [name for name in now if name not in before or name in after]
        lists[f"{kind}s"] = (*kept, *(name for name in after if name not in before and name not in kept))
    return msgspec.structs.replace(about, profile=profile, **lists)


def _sentence(about: About) -> str:
    names = [*about.variants, *about.defects]
    return f"From the next request on: profile {about.profile}, {len(names) or 'no'} defects and variants."


async def apply(visit: Visit) -> Answer:
    """Switch on and off what the user changed."""
    form, current = visit.form, visit.inside.current
    search = form.text("q")[:MAX_SEARCH]
    profile = form.choice("profile", dict(PROFILE_CHOICES), default=current.about.profile)
    wanted, was = form.choices("on", switches()), form.choices("was", switches())
    if form.errors:
        return await _page(visit, search, form)
    current.switch(changed(current.about, profile, was, wanted))
    place = f"{PATH}?{urlencode({'q': search})}" if search else PATH
    sentence = _sentence(current.about)
    if await conflicts_now(visit):
        return Sent(place, f"{sentence} Some contradict each other: see below.", "problem")
    return Sent(place, sentence)


async def turn_off(visit: Visit) -> Answer:
    """Switch everything off."""
    visit.inside.current.switch(About())
    return Sent(PATH, "The store behaves as the reference: no defect, no variant.")


ROUTES: tuple[Route, ...] = (get(PATH, show), post(PATH, apply), post(f"{PATH}/off", turn_off))
