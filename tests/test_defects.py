"""The defects of the mock store: where they are."""

from __future__ import annotations

from pathlib import Path
from pkgutil import iter_modules

import mockstore.behaviours.defects as package
from mockstore.behaviours.defects import defects
from tests.support.changed_behaviours import behaviours_in

FEATURES = Path(__file__).parents[1] / "features" / "store"


def test_defects_are_filed_under_the_names_of_the_features() -> None:
    """Each feature file has a module or package of defects of the same name, and there are no others."""
    assert {module.name for module in iter_modules(package.__path__)} == {path.stem for path in FEATURES.iterdir()}


def test_the_defects_and_variants_of_changed_files_are_found() -> None:
    """``make check`` judges those that a change touches; other files have none."""
    found = behaviours_in(["mockstore/behaviours/defects/gift.py", "README.md", "mockstore/store/store.py"])
    assert found
    assert all(defects()[name].change.__module__ == "mockstore.behaviours.defects.gift" for name in found)
