"""The importer's side, bound: every feature file of ``features/importer``."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.importer_steps import *  # noqa: F403 -- pytest-bdd finds steps in this namespace

scenarios(str(FEATURES / "importer"))
