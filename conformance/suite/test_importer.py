"""Binds the scenarios of ``features/importer`` to their steps."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.importer_steps import *  # noqa: F403 -- pytest-bdd finds steps in this namespace

scenarios(str(FEATURES / "importer"))
