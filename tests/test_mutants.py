"""The mutants of the reference implementation: how they are made, judged and listed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.runner.mutants import score
from conformance.runner.mutants.generate import LEFT_OUT, MODULES, PACKAGE, all_mutants, mutants_of
from conformance.runner.mutants.judge import Judged
from conformance.runner.mutants.listed import Listed, Survivors, listed

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "mutation-score.md"


def changes(code: str) -> list[str]:
    """Return what is changed in a function with this body: the code before and after."""
    source = "def f(a, b):\n" + "".join(f"    {line}\n" for line in code.splitlines())
    return [mutant.id.partition(": ")[2] for mutant in mutants_of("m", source)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return a < b", ["return a < b → return a <= b", "return a < b → return a >= b"]),
        ("return a is b", ["return a is b → return a is not b"]),
        (
            "return a and b",
            ["return a and b → return a or b", "return a and b → return b", "return a and b → return a"],
        ),
        ("return -a", ["return -a → return a"]),
        ("return a.strip()", ["return a.strip() → return a"]),
        ("return a[:b]", ["return a[:b] → return a[:]"]),
        ("return 7", ["return 7 → return 8", "return 7 → return 6"]),
        ("return True", ["return True → return False"]),
        ("return 'text'", ["return 'text' → return 'textx'"]),
        ("return all(a)", ["return all(a) → return any(a)"]),
        ("return {a: b}", ["return {a: b} → return {}"]),
        ("return (a, b)", ["return (a, b) → return (b,)", "return (a, b) → return (a,)"]),
        ("return a if b else a", ["return a if b else a → return a if not b else a"]),
        ("a.name\nreturn a.size", ["a.name → nothing", "a.name → a.size", "return a.size → return a.name"]),
        ("a(b)\nreturn b", ["a(b) → nothing"]),
    ],
)
def test_changes_of_a_piece_of_code(code: str, expected: list[str]) -> None:
    """Each operator changes the code in one place."""
    assert changes(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        '"""A docstring."""\nreturn a',
        "log.error(7)\nreturn a",
        "b: int = a\nreturn b",
        'raise Refusal(a, "a sentence")',
        "x, y = (a, b)\nreturn x",
        "return zip(a, b, strict=True)",
    ],
)
def test_what_the_contract_does_not_judge_stays(code: str) -> None:
    """Docstrings, types, log lines and the words of refusals are not changed, nor what must have a certain length."""
    assert [change for change in changes(code) if not change.endswith("→ nothing")] == []


def test_every_module_of_the_steps_is_changed_or_left_out_with_a_reason() -> None:
    """A new module of the steps is not forgotten."""
    modules = {path.stem for path in (ROOT / PACKAGE.replace(".", "/")).glob("*.py")} - {"__init__"}
    assert modules == {*MODULES, *LEFT_OUT}


def test_names_are_unique_and_every_change_can_be_compiled() -> None:
    """No two mutants have the same name, and each is a module that Python accepts."""
    names = [mutant.id for mutant in all_mutants()]
    assert len(names) == len(set(names))
    for mutant in all_mutants()[::40]:
        compile(mutant.changed(), mutant.module, "exec")


def test_a_name_stays_the_same_when_other_code_changes() -> None:
    """A line before a function does not change the names of its mutants."""
    before, after = (
        mutants_of("m", "def f(a):\n    return a < 1\n"),
        mutants_of("m", "X = 1\n\n\ndef f(a):\n    return a < 1\n"),
    )
    assert {mutant.id for mutant in before} <= {mutant.id for mutant in after}


def test_the_list_names_only_mutants_that_exist_each_once() -> None:
    """survivors.toml has no mutant of code that was changed since."""
    assert listed().unknown(mutant.id for mutant in all_mutants()) == []
    assert listed().repeated() == []


def test_the_page_is_current() -> None:
    """docs/mutation-score.md is what ``conformance selfcheck --mutants --declared --page`` writes."""
    assert PAGE.read_text(encoding="utf-8") == score.page(all_mutants(), listed())


def test_results_are_compared_with_the_list() -> None:
    """A survivor that is not listed, a listed mutant that is found, and an error of the suite are each reported."""
    known = Listed((Survivors("allowed", "any order", ("a", "b")), Survivors("open", "not yet", ("c",))))
    judged = [
        Judged("a", "survives"),
        Judged("b", "found", "SHP-1"),
        Judged("c", "survives"),
        Judged("d", "survives"),
        Judged("e", "found", "SHP-2"),
        Judged("f", "error", "TypeError"),
    ]
    comparison = score.compare(judged, known)
    assert not comparison.is_right
    assert score.as_text(comparison) == [
        "not found, and not listed: d",
        "listed, but SHP-1 finds it: b",
        "error of the suite: f\n    TypeError",
    ]
    assert score.compare([Judged("a", "survives"), Judged("e", "found", "SHP-2")], known).is_right


def test_a_sample_has_no_mutant_that_is_open() -> None:
    """A sample is judged in CI. A suite that finds more must not fail there."""
    chosen = score.sample(all_mutants(), listed(), 5)
    assert 0.02 * len(all_mutants()) < len(chosen) < 0.08 * len(all_mutants())
    assert "open" not in {listed().kinds.get(mutant.id) for mutant in chosen}


@pytest.mark.slow
def test_a_sample_of_the_mutants_is_found_or_listed() -> None:
    """Of a sample, exactly the listed mutants are not found."""
    command = [sys.executable, "-m", "conformance", "selfcheck", "--mutants", "--sample", "5", "--jobs", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
