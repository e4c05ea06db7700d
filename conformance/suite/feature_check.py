"""Checks the feature files of a role before a run."""

from __future__ import annotations

from pathlib import Path

from conformance.contract.paths import FEATURES
from conformance.contract.requirements import features
from conformance.core.model import Role
from conformance.suite.sentences import Vocabulary, check


def check_features(role: Role = "store", folder: Path | None = None) -> None:
    """Check all feature files of a role. ``folder`` is another folder with feature files of that role.

    Raises:
        FeatureError: if a sentence is unknown or doesn't fit those before it, or if a file has another mistake.
    """
    check(features(folder or FEATURES / role).scenarios, _vocabulary(role))


def _vocabulary(role: Role) -> Vocabulary:
    # the vocabulary of the other role is not loaded, because importing its modules takes time
    if role == "store":
        from conformance.suite.store_sentences import STORE

        return STORE
    from conformance.suite.importer_sentences import IMPORTER

    return IMPORTER
