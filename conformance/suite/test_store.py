"""The store's side, bound: every feature file of ``features/store``."""

from pytest_bdd import scenarios

from conformance.contract import FEATURES
from conformance.suite.steps_asking import *  # noqa: F403 -- pytest-bdd finds steps in this namespace
from conformance.suite.steps_judging import *  # noqa: F403

scenarios(str(FEATURES / "store"))
