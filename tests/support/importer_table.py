"""Judge importers of tests/importers in this process; importers run in forks (forked_importers.py)."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from click.testing import CliRunner

from conformance.cli.importer import importer
from conformance.core.events import ignore_event
from conformance.core.verdict import Outcome, verdict_of
from conformance.importer.command import IMPORT_PLACEHOLDERS, SHIP_PLACEHOLDERS, parse_command
from conformance.runner.importer_run import judge
from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.settings import Selection
from mockstore.shop.versions import LATEST
from tests.support.forked_importers import importers_in_forks
from tests.support.importing import Run, commands


def verdicts_on(program: str, *only: str, jobs: int = 6) -> dict[str, str]:
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
    with importers_in_forks():
        for each in judge(settings, ignore_event).outcomes:
            outcomes[each.requirement].append(each)
    found = {}
    for requirement, of in outcomes.items():
        verdict, reason = verdict_of(of)
        found[requirement] = f"error: {reason}" if verdict == "error" else verdict
    return found


def conformance_importer_in_forks(folder: Path, *words: str) -> Run:
    """Run the command as ``conformance_importer`` does, but in this process."""
    report = folder / "report"
    with importers_in_forks():
        done = CliRunner().invoke(importer, ["--report-dir", str(report), *words])
    content = json.loads((report / "report.json").read_text(encoding="utf-8"))
    return Run(done.exit_code, done.output, content)
