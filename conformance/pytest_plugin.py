"""The pytest plug-in of the suite: ``pytest --pyargs conformance --conformance-url URL``.

Every pytest run of an environment loads this plug-in if the package is installed there. So it adds options, defines no
fixture, and imports nothing but pytest. It loads the rest when pytest collects a module of the suite.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from conformance.core.pytest_options import LISTS, SWITCHES, VALUES, WrongUse

SUITE = Path(__file__).parent / "suite"
"""The folder of the modules that bind the scenarios."""

IN_ONE_PROCESS = (
    "the conformance suite can't be divided among the processes of pytest-xdist: run it with -n 0, "
    "apart from tests that need several processes"
)
REFUSED = "conformance_refused"
"""Key of the message in what a process of pytest-xdist hands over at its end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options ``--conformance-…``."""
    group = parser.getgroup("conformance", "ShipStation-CS-Cart conformance (pytest --pyargs conformance)")
    for name, text in VALUES.items():
        group.addoption(f"--conformance-{name}", metavar=name.upper(), help=text)
    for name, text in LISTS.items():
        group.addoption(f"--conformance-{name}", metavar=name.upper(), action="append", default=[], help=text)
    for name, text in SWITCHES.items():
        group.addoption(f"--conformance-{name}", action="store_true", help=text)


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, object, object]:
    """End with exit status 2 if the suite can't run like this."""
    try:
        return (yield)
    except pytest.UsageError as error:
        if not isinstance(error.__cause__, WrongUse):
            raise
        sys.stderr.write(f"ERROR: {error}\n")
        return 2


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run the suite in several processes, as far as the arguments tell.

    Raises:
        pytest.UsageError: an argument names the suite, and pytest-xdist is to run it.
    """
    if config.pluginmanager.hasplugin("dsession") and any(_is_suite(config, argument) for argument in config.args):
        raise pytest.UsageError(IN_ONE_PROCESS) from WrongUse()


def _is_suite(config: pytest.Config, argument: str) -> bool:
    """True if an argument of pytest names the suite or a part of it."""
    place = argument.partition("::")[0]
    if config.option.pyargs and place.partition(".")[0] == "conformance":
        return True
    path = Path(config.invocation_params.dir, place).resolve()
    return SUITE in (path, *path.parents)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Load the rest of the plug-in before the first module of the suite is imported.

    Raises:
        pytest.Collector.CollectError: this is a process of pytest-xdist, or the plug-in of pytest-bdd is turned off.
    """
    if module_path.parent != SUITE or parent.config.pluginmanager.hasplugin("conformance-scenarios"):
        return
    if (output := getattr(parent.config, "workeroutput", None)) is not None:
        output[REFUSED] = IN_ONE_PROCESS
        raise pytest.Collector.CollectError(IN_ONE_PROCESS)
    from conformance.cli import plain_pytest

    plain_pytest.load(parent.config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say that nothing was judged if there are options for the suite, and pytest has not collected it."""
    given = any(config.getoption(f"--conformance-{name}") for name in (*VALUES, *LISTS, *SWITCHES))
    if given and not config.pluginmanager.hasplugin("conformance-scenarios"):
        terminalreporter.section("conformance")
        terminalreporter.line("Nothing was judged: to run the suite, add --pyargs conformance")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """End the run of pytest-xdist if one of its processes has collected the suite.

    Raises:
        pytest.UsageError: one has.
    """
    if message := getattr(node, "workeroutput", {}).get(REFUSED):
        raise pytest.UsageError(message) from WrongUse()
