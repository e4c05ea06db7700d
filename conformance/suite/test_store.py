"""The store's side, bound: every feature file of ``features/store``."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.given_when import *  # noqa: F403 -- pytest-bdd finds steps in this namespace
from conformance.suite.then import *  # noqa: F403

scenarios(str(FEATURES / "store"))
