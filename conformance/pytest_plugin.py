"""The pytest plug-in of the suite. Each hook calls runner/scenarios.py or cli/plain_pytest.py.

Every pytest run of an environment loads this plug-in if the package is installed there. So it imports little, and does
nothing unless the suite is collected.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from conformance.cli import plain_pytest
from conformance.core.interrupts import check
from conformance.runner import scenarios

if TYPE_CHECKING:
    from pytest_bdd.parser import Feature, Scenario

    from conformance.suite.scenario import ScenarioRun


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--conformance-…``."""
    plain_pytest.add_options(parser)


@pytest.fixture
def scenario_run(request: pytest.FixtureRequest) -> ScenarioRun:
    """Return the scenario that runs."""
    return scenarios.scenario_run_of(request.node)


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_apply_tag(tag: str, function: Any) -> bool | None:
    """Keep the tags of the suite's features from becoming pytest markers."""
    return scenarios.is_own_tag(tag)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the scenarios of requirements that aren't selected."""
    if "pytest_bdd" in sys.modules:
        scenarios.select(config, items, begin=plain_pytest.begin)


def pytest_runtest_setup() -> None:
    """End the session if the run was stopped; also before tests that are none of the suite."""
    check()


@pytest.hookimpl(optionalhook=True)
def pytest_bdd_before_scenario(request: pytest.FixtureRequest, feature: Feature, scenario: Scenario) -> None:
    """Begin a scenario, for all targets."""
    scenarios.begin(request, feature, scenario)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """End a scenario: record its outcomes, and let the test item pass, fail or be skipped accordingly."""
    return (yield from scenarios.record(pyfuncitem))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """End a run that plain pytest drove; its exit status is the suite's."""
    plain_pytest.end(session, exitstatus)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the verdict of a run that plain pytest drove."""
    plain_pytest.print_verdict(terminalreporter, config)
