"""The store's side, bound: every feature file of ``features/store``."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.store_steps import *  # noqa: F403 -- pytest-bdd finds steps in this namespace

scenarios(str(FEATURES / "store"))
