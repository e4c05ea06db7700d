"""Reads the file that ``--baseline`` names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.core.model import Role
    from conformance.report.baseline import Baseline


def baseline_from(path: str | None, role: Role = "store") -> Baseline | None:
    """Return the baseline in a file, or None without a file. Its entries name requirements of this role.

    Raises:
        BaselineError: the file cannot be read, or an entry is wrong.
    """
    if path is None:
        return None
    from conformance.contract.requirements import requirements
    from conformance.report.baseline import read_baseline

    return read_baseline(Path(path), {requirement.id for requirement in requirements(role)})
