"""Judge many importers of tests/importers in one process, and print what each requirement says of each.

    python -m tests.support.importer_table PROGRAM[:NAME] … [--only ID …]

Importers run in forks (see forked_importers.py); no report is written. Used by the tests of broken importers.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict

import tests.support.forked_importers  # noqa: F401 - replaces how commands are run
from conformance.core.verdict import Outcome, verdict_of
from conformance.importer.command import IMPORT_PLACEHOLDERS, SHIP_PLACEHOLDERS, parse_command
from conformance.runner.importer_run import judge
from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.settings import Selection
from mockstore.shop.versions import LATEST
from tests.support.importing import commands


def verdicts(program: str, only: tuple[str, ...], jobs: int = 6) -> dict[str, str]:
    """Return the verdict of each requirement on an importer; of errors also the reason."""
    _, pulls, _, ships = commands(program)
    settings = ImporterSettings(
        import_command=parse_command("--import-command", pulls, IMPORT_PLACEHOLDERS),
        shown=program,
        versions=(LATEST,),
        ship_command=parse_command("--ship-command", ships, SHIP_PLACEHOLDERS),
        selection=Selection(only),
        jobs=jobs,
    )
    outcomes: dict[str, list[Outcome]] = defaultdict(list)
    for each in judge(settings, lambda event: None).outcomes:
        outcomes[each.requirement].append(each)
    found = {}
    for requirement, of in outcomes.items():
        verdict, reason = verdict_of(of)
        found[requirement] = f"error: {reason}" if verdict == "error" else verdict
    return found


def main(words: list[str]) -> None:
    """Print a line of JSON for each importer: its name, and its verdicts."""
    programs = [word for word in words if not word.startswith("--only=")]
    only = tuple(word.removeprefix("--only=") for word in words if word.startswith("--only="))
    for program in programs:
        print(json.dumps([program, verdicts(program, only)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
