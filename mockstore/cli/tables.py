"""What the listing commands print: plain columns, the same on every terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from textwrap import wrap

from mockstore.cli.errors import UsageError
from mockstore.shop.versions import VERSIONS, UnknownVersion, Value, differences, facts, version

WIDTH = 80
"""Columns that a table tries to keep to, by breaking its last column."""
LEAST = 30


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows under a head, the last column broken over lines where it is too long."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(_columns(line[place]) for line in lines) for place in range(len(head))]
    left = sum(widths[:-1]) + 2 * (len(widths) - 1)
    room = max(LEAST, WIDTH - left)
    out = []
    for number, line in enumerate(lines):
        first, *more = wrap(line[-1], room, break_long_words=False, break_on_hyphens=False) or [""]
        cells = [cell + " " * (width - _columns(cell)) for cell, width in zip(line[:-1], widths, strict=False)]
        out.append("  ".join([*cells, first]).rstrip())
        out += [" " * left + rest for rest in more]
        if number == 0:
            out.append("  ".join("-" * width for width in (*widths[:-1], min(widths[-1], room))))
    return "\n".join(out)


def said(value: Value) -> str:
    """A fact's value in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value) if value != "" else "none"


def versions(first: str | None, second: str | None) -> str:
    """All versions, or what is known of one, or what differs between two.

    Raises:
        Refused: where one is unknown.
    """
    try:
        if first is None:
            return _all_versions()
        if second is None:
            return _one_version(first)
        found = differences(first, second)
    except UnknownVersion as unknown:
        raise UsageError(str(unknown)) from None
    if not found:
        return f"CS-Cart {first} and {second} do not differ in anything that the table knows."
    rows = [(entry.fact, said(entry.first), said(entry.second), entry.source) for entry in found]
    return "\n\n".join(
        f"{fact}\n  {first}: {one}\n  {second}: {other}\n  source: {source}" for fact, one, other, source in rows
    )


def _all_versions() -> str:
    rows = []
    for place, name in enumerate(VERSIONS):
        known = version(name)
        changed = differences(VERSIONS[place - 1], name) if place else []
        released = known.released.isoformat() if known.released else "unknown"
        rows.append((name, released, known.min_php, ", ".join(entry.fact for entry in changed)))
    return table(("version", "released", "PHP", "differs from the one before in"), rows)


def _one_version(name: str) -> str:
    known = version(name)
    released = known.released.isoformat() if known.released else "unknown"
    rows = []
    for fact in facts():
        at = fact.at(name)
        rows.append((fact.name, fact.area, said(at.value), "inferred: " * at.inferred + at.source))
    told = [f"CS-Cart {name}, released {released}", ""]
    for fact_name, area, value, source in rows:
        told += [f"{fact_name} ({area}): {value}", f"  source: {source}"]
    return "\n".join(told)


def defects() -> str:
    """Every defect."""
    from mockstore.behaviours.defects import defects as known

    told = ["Each with the requirements that it breaks.", ""]
    for defect in known().values():
        told += wrap(f"{defect.id}: {' '.join(sorted(defect.caught_by))}", WIDTH, subsequent_indent="    ")
        sentence = defect.sentence + (f" Seen: {defect.seen}." if defect.seen else "")
        told += wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(told)


def variants() -> str:
    """Every variant."""
    from mockstore.behaviours.variants import variants as known

    return table(("variant", "why it is right"), [(variant.id, variant.sentence) for variant in known().values()])


def profiles() -> str:
    """Every profile."""
    from mockstore.behaviours.profiles import PROFILES

    return table(("profile", "whose ways"), [("reference", "Right in every requirement."), *PROFILES.items()])
