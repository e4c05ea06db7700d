"""What a run judges: the names that ``--only``, ``--scenario`` and ``explain`` take, and what failed last time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

import click
from click import UsageError

from mockstore.shop.suggestions import did_you_mean

if TYPE_CHECKING:
    from conformance.core.model import Role
    from conformance.report.summary import GateLevel
    from conformance.runner.settings import Selection

REPORT = "report.json"
"""The report within its folder."""


class SelectionOptions(Protocol):
    """The options that decide what is judged."""

    @property
    def only(self) -> tuple[str, ...]:
        """Return requirements and features."""

    @property
    def scenario(self) -> tuple[str, ...]:
        """Return parts of the names of scenarios."""

    @property
    def failed(self) -> bool:
        """True to judge what failed last time."""

    @property
    def report_dir(self) -> str:
        """Return the folder of the reports, of the last one and of this one."""

    @property
    def level(self) -> Literal["must", "should"]:
        """Return the lowest level whose deviations fail a run."""


def selection_of(given: SelectionOptions, role: Role) -> Selection:
    """Return the selection that the options describe.

    Raises:
        click.UsageError: a name selects nothing, or the last report cannot be read.
    """
    from conformance.runner.settings import Selection

    only = check_selection(given.only, role)
    if given.failed:
        if only:
            raise UsageError("--failed and --only both say which requirements are judged: give one of them")
        only = failed_last_time(Path(given.report_dir) / REPORT, role, given.level)
        if not only:
            click.echo(f"Nothing failed in {Path(given.report_dir) / REPORT}: judging everything.", err=True)
    if given.scenario:
        only = requirements_of(given.scenario, Selection(only), role)
    return Selection(only, given.scenario)


def check_selection(only: tuple[str, ...], *roles: Role) -> tuple[str, ...]:
    """Return the names if each is a requirement or feature of these roles.

    Raises:
        click.UsageError: a name is neither a requirement nor a feature, so that it would select nothing.
    """
    if not only:
        return ()
    from conformance.contract.requirements import requirements

    listed = [each for role in roles for each in requirements(role)]
    known = {name for each in listed for name in (each.id, each.id.partition("-")[0], each.feature)}
    folded = {name.casefold() for name in known}
    for word in only:
        if word.casefold() not in folded:
            raise UsageError(
                f"no requirement or feature is called {word!r}.{did_you_mean(word, sorted(known))} "
                "'conformance list' shows all of them."
            )
    return only


def requirements_of(parts: tuple[str, ...], selection: Selection, role: Role) -> tuple[str, ...]:
    """Return the selected requirements that have a scenario whose name contains one of the parts.

    Raises:
        click.UsageError: a part is in no name.
    """
    from conformance.contract.paths import FEATURES
    from conformance.contract.requirements import features

    found = features(FEATURES / role)
    feature_of = {each.id: each.feature for each in found.requirements}
    scenarios = [each for each in found.scenarios if selection.takes(each.requirement, feature_of[each.requirement])]
    for part in parts:
        if not any(part.casefold() in each.full_name.casefold() for each in scenarios):
            names = sorted({each.name for each in scenarios})
            of_those = " of the selected requirements" if selection.only else ""
            raise UsageError(
                f"no scenario{of_those} has {part!r} in its name.{did_you_mean(part, names)} "
                "'conformance explain ID' shows the scenarios of a requirement."
            )
    asked = [part.casefold() for part in parts]
    return tuple(
        dict.fromkeys(
            each.requirement for each in scenarios if any(part in each.full_name.casefold() for part in asked)
        )
    )


def failed_last_time(path: Path, role: Role, level: GateLevel) -> tuple[str, ...]:
    """Return the requirements that failed the run of a report: deviations beyond the baseline, and errors.

    Raises:
        click.UsageError: there is no report, it cannot be read, or it is of the other role.
    """
    from conformance.contract.requirements import requirements
    from conformance.report import views
    from conformance.report.summary import failing_levels, is_new

    if not path.is_file():
        raise UsageError(f"--failed: there is no report {path} of an earlier run; name its folder with --report-dir")
    report = views.read(path)
    if report.role != role:
        raise UsageError(f"--failed: {path} is a report on {'an importer' if role == 'store' else 'a store'}")
    levels = {each.id: each.level for each in requirements(role)}
    failing = failing_levels(level)
    return tuple(
        dict.fromkeys(
            each.requirement
            for each in report.results
            if each.verdict == "error" or (is_new(each) and levels.get(each.requirement) in failing)
        )
    )
