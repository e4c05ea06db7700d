"""Print docs/broken-importers.md: ``python tests/importers/table.py > docs/broken-importers.md``."""

from itertools import groupby

import broken  # noqa: F401 - registers all importers
from habits import HABITS
from registry import BROKEN

HEAD = """# Broken importers

How do we know that `conformance importer` finds mistakes, and accuses nobody? Each program below is a correct importer
with one mistake. Tests run each against the mock stores: exactly the requirements of its row must deviate. Most of them
come from real programs, or from how people use their libraries.

The programs are in `tests/importers/`. CI judges each by the requirements of its row, and some by all requirements;
`make test-long` judges each by all.
"""
TITLES = {
    "broken_requests": "Requests",
    "broken_pages_and_windows": "Pages and windows",
    "broken_imported_orders": "Imported orders",
    "broken_notifications": "Notifications",
    "broken_trouble": "Trouble",
}
CORRECT = """## Correct importers with habits of their own

Of these no MUST may deviate.

| importer | what it does |
|---|---|
"""


def by_number(requirement):
    """Return the sort key of a requirement: IMP-2 comes before IMP-10."""
    return int(requirement.partition("-")[2])


def page():
    """Return the page."""
    parts = [HEAD]
    module = {name: each.break_it.__module__ for name, each in BROKEN.items()}
    ordered = sorted(BROKEN, key=lambda name: (list(TITLES).index(module[name]), name))
    for file, names in groupby(ordered, key=module.get):
        parts.append(f"\n## {TITLES[file]}\n\n| importer | mistake | deviates |\n|---|---|---|\n")
        for name in names:
            caught_by = ", ".join(sorted(BROKEN[name].caught_by, key=by_number))
            parts.append(f"| `{name}` | {BROKEN[name].sentence} | {caught_by} |\n")
    parts += ["\n", CORRECT, *(f"| `{name}` | {sentence} |\n" for name, (sentence, _) in HABITS.items())]
    return "".join(parts)


if __name__ == "__main__":
    print(page(), end="")
