"""Binds the scenarios of ``features/store`` to their steps."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.store_steps import *  # noqa: F403 -- pytest-bdd finds steps in this namespace

scenarios(str(FEATURES / "store"))
