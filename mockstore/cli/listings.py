"""The listings of versions, defects, variants and profiles: plain text, the same on every terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from textwrap import wrap

from mockstore.cli.errors import UsageError
from mockstore.shop.versions import VERSIONS, UnknownVersion, Value, differences, facts, version

WIDTH = 80
"""Most characters in a line of a table. A longer last column is broken into several lines."""
MIN_LAST_COLUMN = 30
"""Fewest characters in the last column, even if the table becomes wider than :data:`WIDTH`."""


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: East Asian characters take two."""
    return sum(
        0 if unicodedata.combining(letter) else 1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under a head. A last column that is too long is broken into several lines."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(_columns(line[place]) for line in lines) for place in range(len(head))]
    left = sum(widths[:-1]) + 2 * (len(widths) - 1)
    room = max(MIN_LAST_COLUMN, WIDTH - left)
    out = []
    for number, line in enumerate(lines):
        first, *more = wrap(line[-1], room, break_long_words=False, break_on_hyphens=False) or [""]
        cells = [cell + " " * (width - _columns(cell)) for cell, width in zip(line[:-1], widths, strict=False)]
        out.append("  ".join([*cells, first]).rstrip())
        out += [" " * left + rest for rest in more]
        if number == 0:
            out.append("  ".join("-" * width for width in (*widths[:-1], min(widths[-1], room))))
    return "\n".join(out)


def text_of(value: Value) -> str:
    """Return the value of a fact in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value) if value != "" else "none"


def versions(first: str | None, second: str | None) -> str:
    """Return a list of all versions, the facts of one, or the differences of two.

    Raises:
        UsageError: a version is unknown.
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
        return f"CS-Cart {first} and {second} do not differ in any known fact."
    rows = [(entry.fact, text_of(entry.first), text_of(entry.second), entry.source) for entry in found]
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
    return table(("version", "released", "PHP", "changed since the version before"), rows)


def _one_version(name: str) -> str:
    known = version(name)
    released = known.released.isoformat() if known.released else "unknown"
    rows = []
    for fact in facts():
        at = fact.at(name)
        rows.append((fact, text_of(at.value), "inferred: " * at.inferred + at.source))
    lines = [f"CS-Cart {name}, released {released}", ""]
    for fact, value, source in rows:
        lines += [f"{fact.name} ({fact.area}): {value}", f"  {fact.about}", f"  source: {source}"]
    return "\n".join(lines)


def defects() -> str:
    """Return every defect with the requirements that it breaks."""
    from mockstore.behaviours.defects import defects as known

    lines = ["Each defect with the requirements that it breaks.", ""]
    for defect in known().values():
        lines += wrap(f"{defect.id}: {' '.join(sorted(defect.caught_by))}", WIDTH, subsequent_indent="    ")
        sentence = defect.sentence + (f" Seen: {defect.seen}." if defect.seen else "")
        lines += wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(lines)


def variants() -> str:
    """Return every variant with the reason why it conforms."""
    from mockstore.behaviours.variants import variants as known

    return table(("variant", "why it conforms"), [(variant.id, variant.sentence) for variant in known().values()])


def profiles() -> str:
    """Return every profile."""
    from mockstore.behaviours.profiles import PROFILES

    return table(
        ("profile", "what it imitates"), [("reference", "A store that meets every requirement."), *PROFILES.items()]
    )
