"""Binds the scenarios of ``features/store`` to their steps."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.steps import scenario_run  # noqa: F401 -- a fixture
from conformance.suite.store_steps import *  # noqa: F403 -- pytest-bdd finds steps in this namespace

scenarios(str(FEATURES / "store"))
