"""Generates the mutants of a module. Pure: from source text to mutants, without importing the module."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path as FilePath

from conformance.runner.mutants.operators import OPERATORS, Path, Replacement, Site

PACKAGE = "mockstore.endpoint"
"""The steps of an answer of the reference implementation."""
MODULES = ("authentication", "behaviour", "export", "presentation", "shipment", "xml")
"""The modules of the package that are changed."""
LEFT_OUT = {
    "fast_writer": "writes the same bytes as `presentation` and `xml`; a test compares them",
    "images": "draws the picture of a product, and any picture is allowed",
    "message": "holds the values that the steps pass on",
}
"""The other modules of the package, with the reason why they are not changed."""

SHORT_CHARS = 24
"""A shorter piece of code is shown with what is around it."""
LONG_CHARS = 100
"""At most this much code is shown around a change."""
Shown = ast.expr | ast.Return | ast.Assign | ast.AugAssign | ast.Expr | ast.Raise | ast.keyword | ast.comprehension


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with a change in one place.

    ``id`` names module and function, and shows the code before and after. So it stays the same when other code changes.
    """

    id: str
    module: str
    function: str
    tree: ast.Module
    """The code of the module without the change."""
    path: Path
    replacement: Replacement

    def changed(self) -> ast.Module:
        """Return the code of the module with the change."""
        module = _replaced(self.tree, self.path, self.replacement)
        assert isinstance(module, ast.Module)
        return ast.fix_missing_locations(module)


@cache
def all_mutants() -> tuple[Mutant, ...]:
    """Return the mutants of all modules."""
    return tuple(mutant for module in MODULES for mutant in mutants_of(module, source_of(module)))


def source_of(module: str) -> str:
    """Return the source of a module of the package."""
    spec = find_spec(f"{PACKAGE}.{module}")
    assert spec is not None
    assert spec.origin is not None
    return FilePath(spec.origin).read_text(encoding="utf-8")


def mutants_of(module: str, source: str) -> tuple[Mutant, ...]:
    """Return the mutants of a module, in the order of its code. No two of them have the same id."""
    tree = ast.parse(source)
    found: list[Mutant] = []
    used = Counter[str]()
    for function, site in _sites(tree):
        for operator in OPERATORS:
            for replacement in operator(site):
                name = f"{module}.{function}: {_described(site, replacement)}"
                used[name] += 1
                number = f" ({used[name]})" if used[name] > 1 else ""
                found.append(Mutant(name + number, module, function, tree, site.path, replacement))
    return tuple(found)


# ---------------------------------------------------------------------- places


def _sites(tree: ast.Module) -> Iterator[tuple[str, Site]]:
    """Yield every place that may be changed, with the name of the function or constant that it belongs to."""
    for index, statement in enumerate(tree.body):
        path: Path = (("body", index),)
        if isinstance(statement, ast.FunctionDef):
            yield from _sites_in(statement, statement.name, path, (tree,))
        elif isinstance(statement, ast.ClassDef):
            for place, member in enumerate(statement.body):
                inside: Path = (*path, ("body", place))
                if isinstance(member, ast.FunctionDef):
                    yield from _sites_in(member, f"{statement.name}.{member.name}", inside, (tree, statement))
        elif isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name.isupper() and len(name) > 1:  # any other name is that of a type, or of a helper such as a logger
                yield from _sites_in(statement, name, path, (tree,))


def _sites_in(
    top: ast.FunctionDef | ast.Assign, name: str, path: Path, parents: tuple[ast.AST, ...]
) -> Iterator[tuple[str, Site]]:
    neighbours = _neighbours(top)
    for node, inside, around in _walk(top, path, parents):
        if node is not top:
            yield name, Site(node, inside, around, neighbours)


def _walk(
    node: ast.AST, path: Path, parents: tuple[ast.AST, ...]
) -> Iterator[tuple[ast.AST, Path, tuple[ast.AST, ...]]]:
    """Yield a node and all nodes in it, except those without influence on what the contract judges."""
    yield node, path, parents
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for index, child in enumerate(children):
            if isinstance(child, ast.AST) and not _is_left_out(node, field, index, child):
                step = (field, index if isinstance(value, list) else None)
                yield from _walk(child, (*path, step), (*parents, node))


def _is_left_out(parent: ast.AST, field: str, index: int, child: ast.AST) -> bool:
    """True for types, decorators, docstrings, lines of the log, and sentences of refusals."""
    if field in ("annotation", "returns", "decorator_list", "ctx"):
        return True
    if isinstance(child, ast.Expr):
        if isinstance(child.value, ast.Constant):
            return True  # a docstring
        called = child.value.func if isinstance(child.value, ast.Call) else None
        if isinstance(called, ast.Attribute) and ast.unparse(called.value) == "log":
            return True
    if isinstance(parent, ast.Call) and ast.unparse(parent.func) == "Refusal":
        return field == "args" and index == 1  # the contract does not judge its words
    return isinstance(parent, ast.keyword) and parent.arg == "strict"  # of zip: the lengths are always equal


def _neighbours(top: ast.AST) -> Mapping[tuple[str, str], str]:
    """Return for each attribute the one that is read next from the same expression; for the last one the first."""
    called = {id(node.func) for node in ast.walk(top) if isinstance(node, ast.Call)}
    read: dict[str, dict[str, None]] = {}
    for node, _, _ in _walk(top, (), ()):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and id(node) not in called:
            read.setdefault(ast.unparse(node.value), {})[node.attr] = None
    return {
        (base, name): names[(place + 1) % len(names)]
        for base, names in ((base, list(found)) for base, found in read.items())
        if len(names) > 1
        for place, name in enumerate(names)
    }


# ---------------------------------------------------------------------- texts


def _described(site: Site, replacement: Replacement) -> str:
    """Return the code before and after a change in one line, with as much around it as a reader needs."""
    if isinstance(replacement, ast.Pass):
        return f"{_text(site.node)} → nothing"
    around, way = site.node, 0
    for parent in reversed(site.parents):
        if len(_text(around)) >= SHORT_CHARS or not isinstance(parent, Shown) or len(_text(parent)) > LONG_CHARS:
            break
        around, way = parent, way + 1
    inside = site.path[len(site.path) - way :]
    return f"{_text(around)} → {_text(_replaced(around, inside, replacement))}"


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Slice):
        return f"[{ast.unparse(node)}]"
    return " ".join(ast.unparse(ast.fix_missing_locations(node)).split())


def _replaced(node: ast.AST, path: Path, replacement: Replacement) -> ast.AST:
    """Return a copy of a node in which the node at the path is replaced."""
    if not path:
        return deepcopy(replacement)
    copy = deepcopy(node)
    at = copy
    for field, index in path[:-1]:
        child = getattr(at, field)
        at = child if index is None else child[index]
    field, index = path[-1]
    if index is None:
        setattr(at, field, deepcopy(replacement))
    else:
        getattr(at, field)[index] = deepcopy(replacement)
    return copy


def chosen_mutants(names: Iterable[str]) -> tuple[Mutant, ...]:
    """Return the mutants of these modules and functions, or all. A name is ``shipment`` or ``shipment.pack``."""
    wanted = frozenset(names)
    return tuple(
        mutant
        for mutant in all_mutants()
        if not wanted or mutant.module in wanted or f"{mutant.module}.{mutant.function}" in wanted
    )
