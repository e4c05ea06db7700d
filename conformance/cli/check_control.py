"""``conformance check-control``: tests an adapter for the control protocol before a shop is judged by it."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

import click

from conformance.cli import options
from conformance.cli.credentials import check_url, hide, read_secret
from conformance.cli.run_options import check_certificates
from conformance.core.exit_status import CONFORMING, INCOMPLETE
from conformance.truth.settings import ControlAccess

if TYPE_CHECKING:
    from conformance.truth.control_check.problems import Problem, Results

EXIT_STATUSES = """
\b
Exit status:
  0  the adapter is usable
  2  wrong use, or an error of the suite itself
  3  the adapter is not usable: it has faults, is not reachable, or a
     signal stopped the check
"""
WIDTH = 80


@click.command("check-control", epilog=EXIT_STATUSES, short_help="Test an adapter for the control protocol.")
@click.argument("url")
@options.control_token
@click.option("--allow-writes", is_flag=True, help="Also make a few orders, change them and delete them again.")
@options.ca_file
@options.timeout
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@options.quiet
def check_control(
    url: str,
    control_token_env: str | None,
    control_token_file: str | None,
    allow_writes: bool,
    ca_file: str | None,
    timeout: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Test the adapter for the control protocol at URL, before any shop is judged by it.

    Checks the token, the facts about the shop, lists, orders, the declared capabilities and wrong calls. Names each
    fault with its call and its path in the reply, what was expected, and what to do. Only reads, unless --allow-writes
    is given. docs/control-protocol.md describes the protocol, and schemas/control.openapi.yaml its messages.
    """
    address = check_url(url, "the control protocol's URL")
    token = read_secret(control_token_env, control_token_file, "CONFORMANCE_CONTROL_TOKEN", "control token")
    if ca_file:
        check_certificates(ca_file)
    from conformance.runner.check_control import CheckSettings, check_adapter

    results = check_adapter(
        CheckSettings(
            access=ControlAccess(address, token), allow_writes=allow_writes, timeout_s=timeout, ca_file=ca_file
        )
    )
    if as_json:
        click.echo(hide(_as_json(address, results)))
    else:
        click.echo(headline(results))
        if not quiet:
            _show(results)
    sys.exit(INCOMPLETE if results.faults else CONFORMING)


def headline(results: Results) -> str:
    """Return the answer in one line."""
    made = [each for each in results.checks if each.outcome != "not checked"]
    left = len(results.checks) - len(made)
    also = [_count(len(results.notes), "note")] if results.notes else []
    also += [f"{left} not checked"] if left else []
    more = f" ({', '.join(also)})" if also else ""
    if results.faults:
        failed = sum(each.outcome == "failed" for each in made)
        return f"NOT USABLE: {_count(len(results.faults), 'fault')}, in {failed} of {_count(len(made), 'check')}{more}"
    return f"USABLE: {_count(len(made), 'check')} passed{more}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _show(results: Results) -> None:
    for title, problems in (("Faults", results.faults), ("Notes: the suite copes with these", results.notes)):
        if problems:
            click.echo(f"\n{title}")
        for number, each in enumerate(problems, start=1):
            click.echo(f"\n{number:3}. {_printable(_place(each))}")
            for label, text in (("expected", each.expected), ("found", each.found), ("to do", each.advice)):
                click.echo(_paragraph(label, text))
    click.echo("\nChecks")
    for check in results.checks:
        mark = {"passed": "ok", "failed": "FAULT", "not checked": "-"}[check.outcome]
        reason = f": not checked, because {check.reason}" if check.reason else ""
        click.echo(_paragraph(mark, f"{check.title}{reason}", indent=2))


def _place(problem: Problem) -> str:
    """Return where a problem is."""
    times = f" (and {problem.times - 1} more like this)" if problem.times > 1 else ""
    return f"{'  '.join(filter(None, (problem.call, problem.path))) or 'every call'}{times}"


def _paragraph(label: str, text: str, indent: int = 5) -> str:
    head = f"{' ' * indent}{label:9} "
    return textwrap.fill(
        _printable(text), WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    )


def _printable(text: str) -> str:
    from conformance.report.wording import one_line

    return one_line(hide(text))


def _as_json(url: str, results: Results) -> str:
    import json

    def problem(each: Problem) -> dict[str, object]:
        return {
            "call": each.call,
            "path": each.path,
            "expected": each.expected,
            "found": each.found,
            "advice": each.advice,
            "times": each.times,
        }

    content = {
        "url": url,
        "usable": not results.faults,
        "faults": [problem(each) for each in results.faults],
        "notes": [problem(each) for each in results.notes],
        "checks": [{"title": each.title, "outcome": each.outcome, "reason": each.reason} for each in results.checks],
    }
    return json.dumps(content, indent=2)
