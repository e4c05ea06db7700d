"""Binds the scenarios of ``features/importer`` to their steps."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.importer_steps import *  # noqa: F403 -- pytest-bdd finds steps in this namespace
from conformance.suite.steps import scenario_run  # noqa: F401 -- a fixture

scenarios(str(FEATURES / "importer"))
