"""A surface: one kind of input of a program, a generator of such inputs, and a way to give one to the program."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random
from typing import Literal

Feed = Callable[[bytes], str]
"""Gives an input to the program, and returns the outcome in a word, such as a status. It raises for any fault."""


class Fault(AssertionError):
    """The program did what it promised not to do."""


@dataclass(frozen=True, kw_only=True)
class Surface:
    """One kind of input. Every input is ``bytes``, so that it can be kept in a file.

    ``open`` starts the program afresh, or sets up what stands for it. After ``batch`` inputs that is done again.
    ``share`` is the number of inputs of a million; ``ci`` is the number in CI.
    """

    name: str
    program: Literal["mockstore", "conformance"]
    share: int
    ci: int
    make: Callable[[Random], bytes]
    open: Callable[[], AbstractContextManager[Feed]]
    batch: int = 500
