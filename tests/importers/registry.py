"""The broken importers, by name. Each replaces some functions of the correct importer by wrong ones."""

from collections.abc import Callable
from typing import NamedTuple

import correct

CORRECT = {name: getattr(correct, name) for name in dir(correct)}
"""The functions of the correct importer, as they were before one was replaced."""


class BrokenImporter(NamedTuple):
    """What an importer does wrong, the requirements that catch it, and the function that breaks it."""

    sentence: str
    caught_by: frozenset
    break_it: Callable


BROKEN = {}


def broken(name, sentence, *caught_by):
    """Register a broken importer."""

    def register(break_it):
        BROKEN[name] = BrokenImporter(sentence, frozenset(caught_by), break_it)
        return break_it

    return register
