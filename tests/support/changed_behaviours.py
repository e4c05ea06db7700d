"""Print the defects and variants of the files that differ from the last commit: ``make check`` judges them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from mockstore.behaviours.defects import Defect, defects
from mockstore.behaviours.variants import Variant, variants

ROOT = Path(__file__).parents[2]


def behaviours_in(files: Iterable[str]) -> list[str]:
    """Return the names of the defects and variants that are defined in these files, given from the root."""
    modules = {file.removesuffix(".py").replace("/", ".") for file in files if file.endswith(".py")}
    every: list[Defect | Variant] = [*defects().values(), *variants().values()]
    return [each.id for each in every if each.change.__module__ in modules]


def changed_files() -> list[str]:
    """Return the files that differ from the last commit, new ones included."""
    commands = (("diff", "--name-only", "HEAD"), ("ls-files", "--others", "--exclude-standard"))
    printed = (
        subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for words in commands
    )
    return [line for text in printed for line in text.splitlines()]


if __name__ == "__main__":
    print(*behaviours_in(changed_files()))
