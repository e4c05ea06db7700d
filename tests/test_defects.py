"""The defects of the mock store: where they are."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

import mockstore.behaviours.defects as package

FEATURES = Path(__file__).parents[1] / "features" / "store"


def test_defects_are_filed_under_the_names_of_the_features() -> None:
    """Each feature file has a module or package of defects of the same name, and there are no others."""
    assert {module.name for module in iter_modules(package.__path__)} == {path.stem for path in FEATURES.iterdir()}
