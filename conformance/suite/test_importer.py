"""The importer's side, bound: every feature file of ``features/importer``."""

from pytest_bdd import scenarios

from conformance.contract.paths import FEATURES
from conformance.suite.importer_then import *  # noqa: F403 -- pytest-bdd finds steps in this namespace
from conformance.suite.importer_when import *  # noqa: F403

scenarios(str(FEATURES / "importer"))
