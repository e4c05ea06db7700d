"""The mutation score: how many mutants the suite finds, compared with the list, and as a page of the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from conformance.runner.mutants.generate import LEFT_OUT, MODULES, PACKAGE, Mutant
from conformance.runner.mutants.judge import Judged
from conformance.runner.mutants.listed import Kind, Listed

CHANGES = (
    ("comparison", "`==` for `!=`, `<=` for `<`, `is` for `is not` …"),
    ("constant", "a number one higher or lower, `True` for `False`, another text"),
    ("and, or", "`or` for `and`; one operand left out"),
    ("condition", "`not` before a condition; `x` for `not x`"),
    ("arithmetic", "`+` for `-`, `*` for `/`; no minus sign; one of two joined dictionaries"),
    ("function", "`any` for `all`, `max` for `min`"),
    ("call", "a method without arguments is not called: `text` for `text.strip()`"),
    ("part", "an entry of a dictionary, or an element of a list or tuple, left out"),
    (
        "attribute",
        "the attribute of the same object that the function reads next: `address.company` for `address.name`",
    ),
    ("slice", "a slice without its start, end or step"),
    ("statement", "a statement left out"),
)
"""The changes that make mutants, for the page."""
TITLES: dict[Kind, tuple[str, str]] = {
    "open": ("Not found yet", "The suite should find these."),
    "allowed": ("Allowed", "The contract, or a [ruling](rulings.md), lets a store behave like these."),
    "equivalent": ("Equivalent", "No request can tell these from the reference."),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """What became of the judged mutants, compared with the list."""

    judged: int
    found: int
    unlisted: tuple[str, ...]
    """Mutants that are not found, and not listed."""
    outdated: tuple[Judged, ...]
    """Mutants that are listed, but found."""
    errors: tuple[str, ...]
    """Errors of the suite."""

    @property
    def is_right(self) -> bool:
        """True if exactly the listed mutants are not found, and the suite did not fail."""
        return not self.unlisted and not self.outdated and not self.errors


def compare(judged: Sequence[Judged], listed: Listed) -> Comparison:
    """Return what the results and the list disagree on."""
    kinds = listed.kinds
    return Comparison(
        judged=len(judged),
        found=sum(each.state == "found" for each in judged),
        unlisted=tuple(each.mutant for each in judged if each.state == "survives" and each.mutant not in kinds),
        outdated=tuple(each for each in judged if each.state == "found" and each.mutant in kinds),
        errors=tuple(f"{each.mutant}\n    {error}" for each in judged for error in _errors(each)),
    )


def _errors(judged: Judged) -> tuple[str, ...]:
    return judged.errors or ((judged.detail,) if judged.state == "error" else ())


def as_text(comparison: Comparison) -> list[str]:
    """Return what is wrong, as lines for a terminal."""
    lines = [f"not found, and not listed: {name}" for name in comparison.unlisted]
    lines += [f"listed, but {each.detail} finds it: {each.mutant}" for each in comparison.outdated]
    return lines + [f"error of the suite: {error}" for error in comparison.errors]


def sample(mutants: Iterable[Mutant], listed: Listed, percent: int) -> tuple[Mutant, ...]:
    """Return about this share of the mutants. It stays the same when other mutants come or go.

    Mutants that are not found yet are left out: nobody has to judge them to see that the suite became better.
    """
    kinds = listed.kinds
    return tuple(
        each
        for each in mutants
        if kinds.get(each.id) != "open" and int.from_bytes(sha256(each.id.encode()).digest()[:4]) % 100 < percent
    )


# ---------------------------------------------------------------------- the page


def page(mutants: Sequence[Mutant], listed: Listed) -> str:
    """Return the score as a page of the documentation, as it is if exactly the listed mutants are not found."""
    kinds = listed.kinds
    total = _Row("**all**", [each.id for each in mutants], kinds)
    rows = [_Row(f"`{module}`", [each.id for each in mutants if each.module == module], kinds) for module in MODULES]
    lines = [
        "# Mutation score",
        "",
        "Written by `conformance selfcheck --mutants --declared --page docs/mutation-score.md`. A test compares it "
        "with the code, and judges a sample. `make mutants` judges all.",
        "",
        "A *mutant* is the reference implementation with its code changed in one place. "
        f"The suite finds {total.found} of {total.mutants} mutants. Of the others, {total.number('equivalent')} cannot "
        f"be told from the reference, {total.number('allowed')} do something else that is allowed, and "
        f"{total.number('open')} should be found. The score is the share of the mutants that are found, without those "
        f"that are equivalent or allowed: **{total.score}**.",
        "",
        f"| module of `{PACKAGE}` | mutants | found | equivalent | allowed | not found yet | score |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(row.line for row in (*rows, total)),
        "",
        "A mutant is *found* if a MUST or SHOULD requirement deviates, or if the store does not start or gives no "
        "answer.",
        "",
        "## Changes",
        "",
        "| change | what stands there instead |",
        "|---|---|",
        *(f"| {name} | {what} |" for name, what in CHANGES),
        "",
        "Types, docstrings, lines of the log and the sentences of refusals stay as they are. So do these modules:",
        "",
        *(f"- `{name}` {why}." for name, why in LEFT_OUT.items()),
    ]
    for kind, (title, sentence) in TITLES.items():
        groups = [group for group in listed.groups if group.kind == kind]
        if groups:
            lines += ["", f"## {title}", "", sentence]
        for group in groups:
            lines += ["", f"{group.reason}", "", "```text", *group.mutants, "```"]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Row:
    """A row of the table: the mutants of a module, or all."""

    name: str
    ids: Sequence[str]
    kinds: Mapping[str, Kind]

    @property
    def mutants(self) -> int:
        return len(self.ids)

    def number(self, kind: Kind) -> int:
        return sum(self.kinds.get(each) == kind for each in self.ids)

    @property
    def found(self) -> int:
        return sum(each not in self.kinds for each in self.ids)

    @property
    def score(self) -> str:
        """The score in percent, rounded down: 100 % means all."""
        return f"{1000 * self.found // max(1, self.found + self.number('open')) / 10:g} %"

    @property
    def line(self) -> str:
        numbers = (self.mutants, self.found, self.number("equivalent"), self.number("allowed"), self.number("open"))
        return f"| {self.name} | {' | '.join(map(str, numbers))} | {self.score} |"
