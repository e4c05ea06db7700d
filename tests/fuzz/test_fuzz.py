"""A small, fixed part of ``make fuzz``: the same damaged inputs in every run, to every surface of both programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import campaign, driver
from tests.fuzz.surface import Fault, Feed, Surface
from tests.fuzz.surfaces import SURFACES

SEED = 20_261_127


@pytest.mark.parametrize("surface", [pytest.param(each, id=each.name.replace(" ", "-")) for each in SURFACES])
def test_damaged_inputs_find_no_fault(surface: Surface) -> None:
    """Every input is answered or refused as it is promised for its surface."""
    told = campaign.run(surface, SEED, range(surface.ci))
    assert [f"{each.kind}\n{each.inputs}\n{each.text}" for each in told.found] == []
    assert told.inputs == surface.ci


@settings(max_examples=60, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(random=st.randoms(use_true_random=False), surface=st.sampled_from([each for each in SURFACES if each.ci >= 500]))
def test_hypothesis_finds_no_smaller_fault(random: Random, surface: Surface) -> None:
    """The generators are driven by Hypothesis: of a fault it shows the smallest input."""
    with surface.open() as feed:
        feed(surface.make(random))


# ---------------------------------------------------------------------- the harness itself


@contextmanager
def fragile() -> Iterator[Feed]:
    """Stand for a program that fails for an input with an ``x`` after one with a ``y``."""
    seen = b""

    def feed(data: bytes) -> str:
        nonlocal seen
        seen += data
        if b"z" in data:
            raise ValueError("z")
        if b"y" in seen and b"x" in data:
            raise Fault("x after y")
        return "fine"

    yield feed


FRAGILE = Surface(
    name="fragile",
    program="mockstore",
    share=1,
    ci=1,
    make=lambda rng: bytes(rng.choice(b"abcdefgxyz") for _ in range(3)),
    open=fragile,
    batch=50,
)


def test_a_fault_is_counted_once_for_each_kind_and_made_small() -> None:
    """The inputs that lead to it are searched: one, or the sequence that is needed."""
    told = campaign.run(FRAGILE, 1, range(50))
    assert told.inputs == 50
    assert told.outcomes["fine"] + sum(told.kinds.values()) == 50
    found = {each.kind: each.inputs for each in told.found}
    assert found["ValueError"] == (b"z",)
    *before, last = found["x after y"]
    assert b"x" in last
    assert len(before) <= 1


def test_a_failing_input_is_kept_with_the_command_that_replays_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table counts it, and the command shows its traceback."""
    monkeypatch.setattr(driver, "SURFACES", (FRAGILE,))
    told = campaign.run(FRAGILE, 1, range(50))
    assert driver.report({"fragile": told}, tmp_path) > 0
    printed = capsys.readouterr().out
    assert "fragile: ValueError" in printed
    lines = printed.splitlines()
    command = lines[lines.index(next(line for line in lines if line.startswith("fragile: ValueError"))) + 2]
    *_, verb, name, file = command.split()
    assert (verb, name) == ("replay", "'fragile'")
    with fragile() as feed, pytest.raises(ValueError, match="z"):
        feed(Path(file).read_bytes())


def test_the_same_seed_makes_the_same_inputs() -> None:
    """So a fault in CI can be repeated elsewhere."""
    for surface in SURFACES:
        assert campaign.generated(surface, 7, 3) == campaign.generated(surface, 7, 3)


def test_the_shares_add_up_to_a_million() -> None:
    """``make fuzz`` gives each surface its share of a million inputs."""
    assert sum(each.share for each in SURFACES) == driver.MILLION
