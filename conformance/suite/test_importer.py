"""The importer's side, bound: every feature file of ``features/importer``."""

from pytest_bdd import scenarios

from conformance.contract import FEATURES
from conformance.suite.steps_importer import *  # noqa: F403 -- pytest-bdd finds steps in this namespace

scenarios(str(FEATURES / "importer"))
