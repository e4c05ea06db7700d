"""The changes that make mutants. Each operator takes a place in the code, and yields what can stand there instead."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

Path = tuple[tuple[str, int | None], ...]
"""The way from a node to a node inside it: names of fields, each with an index if the field is a list."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the code: a node, and the nodes around it, from the module inwards."""

    node: ast.AST
    path: Path
    parents: tuple[ast.AST, ...]
    neighbours: Mapping[tuple[str, str], str]
    """An expression and the name of its attribute → the attribute that the same function reads from it next."""

    @property
    def parent(self) -> ast.AST:
        """The node around this one."""
        return self.parents[-1]

    @property
    def field(self) -> str:
        """The field of the parent that holds this node."""
        return self.path[-1][0]


Replacement = ast.expr | ast.stmt | ast.Slice
Operator = Callable[[Site], Iterator[Replacement]]

_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
}
_OPPOSITES = {"all": "any", "any": "all", "min": "max", "max": "min"}
_COMPARED_TO_ITS_OPPOSITE = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)


def other_comparison(site: Site) -> Iterator[Replacement]:
    """Yield the comparison with another operator."""
    if isinstance(site.node, ast.Compare):
        for place, operator in enumerate(site.node.ops):
            for other in _COMPARISONS[type(operator)]:
                changed = deepcopy(site.node)
                changed.ops[place] = other()
                yield changed


def other_constant(site: Site) -> Iterator[Replacement]:
    """Yield a number one higher and one lower, the other truth value, or another text."""
    if not isinstance(site.node, ast.Constant):
        return
    value = site.node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield ast.Constant(value + 1)
        yield ast.Constant(value - 1)
    elif isinstance(value, str):
        yield ast.Constant(value + "x")
    elif isinstance(value, bytes):
        yield ast.Constant(value + b"x")


def other_boolean(site: Site) -> Iterator[Replacement]:
    """Yield ``or`` for ``and`` and the reverse, and the operands with one of them left out."""
    if isinstance(site.node, ast.BoolOp):
        changed = deepcopy(site.node)
        changed.op = ast.And() if isinstance(site.node.op, ast.Or) else ast.Or()
        yield changed
        for place in range(len(site.node.values)):
            left = [deepcopy(each) for index, each in enumerate(site.node.values) if index != place]
            yield left[0] if len(left) == 1 else ast.BoolOp(deepcopy(site.node.op), left)


def negated_condition(site: Site) -> Iterator[Replacement]:
    """Yield a condition with ``not``, unless another comparison says the same; ``not x`` becomes ``x``."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield deepcopy(node.operand)
    elif isinstance(node, ast.expr) and _is_condition(site):
        opposite = isinstance(node, ast.Compare) and isinstance(node.ops[0], _COMPARED_TO_ITS_OPPOSITE)
        if not opposite:
            yield ast.UnaryOp(ast.Not(), deepcopy(node))


def _is_condition(site: Site) -> bool:
    return (isinstance(site.parent, ast.If | ast.IfExp | ast.While) and site.field == "test") or (
        isinstance(site.parent, ast.comprehension) and site.field == "ifs"
    )


def other_arithmetic(site: Site) -> Iterator[Replacement]:
    """Yield plus for minus, times for divided by, and a number without its minus; ``a | b`` becomes one of both."""
    node = site.node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield deepcopy(node.operand)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield deepcopy(node.left)
        yield deepcopy(node.right)
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC and not _joins_texts(node):
        changed = deepcopy(node)
        changed.op = _ARITHMETIC[type(node.op)]()
        yield changed


def _joins_texts(node: ast.BinOp) -> bool:
    """True if texts are joined, so that every other operator would fail at once."""
    return any(
        isinstance(each, ast.JoinedStr) or (isinstance(each, ast.Constant) and isinstance(each.value, str | bytes))
        for each in ast.walk(node)
    )


def opposite_function(site: Site) -> Iterator[Replacement]:
    """Yield ``any`` for ``all``, ``max`` for ``min``, and the reverse."""
    if isinstance(site.node, ast.Name) and site.node.id in _OPPOSITES and isinstance(site.parent, ast.Call):
        yield ast.Name(_OPPOSITES[site.node.id], ast.Load())


def without_call(site: Site) -> Iterator[Replacement]:
    """Yield ``text`` for ``text.strip()``: a method without arguments is not called."""
    node = site.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args and not node.keywords:
        yield deepcopy(node.func.value)


def without_part(site: Site) -> Iterator[Replacement]:
    """Yield a dictionary, a list or a tuple with one part left out."""
    node = site.node
    if isinstance(node, ast.Dict):
        for place in range(len(node.keys)):
            entries = deepcopy(node)
            del entries.keys[place], entries.values[place]
            yield entries
    elif isinstance(node, ast.Tuple | ast.List | ast.Set) and len(node.elts) > 1 and not _is_unpacked(site):
        for place in range(len(node.elts)):
            parts = deepcopy(node)
            del parts.elts[place]
            yield parts


def _is_unpacked(site: Site) -> bool:
    """True if a tuple must have its length, because names are given to its parts."""
    node, parent = site.node, site.parent
    if isinstance(node, ast.Tuple | ast.List) and not isinstance(node.ctx, ast.Load):
        return True
    return isinstance(parent, ast.Subscript) or (
        isinstance(parent, ast.Assign) and any(isinstance(target, ast.Tuple) for target in parent.targets)
    )


def neighbouring_attribute(site: Site) -> Iterator[Replacement]:
    """Yield the attribute of the same object that the function reads next, as ``company`` for ``name``."""
    node = site.node
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        other = site.neighbours.get((ast.unparse(node.value), node.attr))
        if other is not None and not (isinstance(site.parent, ast.Call) and site.field == "func"):
            yield ast.Attribute(deepcopy(node.value), other, ast.Load())


def wider_slice(site: Site) -> Iterator[Replacement]:
    """Yield a slice without its start, its end, or its step."""
    if isinstance(site.node, ast.Slice):
        for bound in ("lower", "upper", "step"):
            if getattr(site.node, bound) is not None:
                changed = deepcopy(site.node)
                setattr(changed, bound, None)
                yield changed


def without_statement(site: Site) -> Iterator[Replacement]:
    """Yield nothing in place of a statement, if the function can run without it."""
    node = site.node
    if isinstance(node, ast.Expr | ast.Raise | ast.AugAssign | ast.Break | ast.Continue):
        yield ast.Pass()
    elif isinstance(node, ast.Return):
        around = site.parent
        is_last = isinstance(around, ast.FunctionDef) and around.body[-1] is node
        if not is_last:
            yield ast.Pass()
    elif isinstance(node, ast.Assign) and _is_bound_elsewhere(site, node):
        yield ast.Pass()


def _is_bound_elsewhere(site: Site, statement: ast.Assign) -> bool:
    """True if all that a statement assigns has a value also without it."""
    function = next((each for each in reversed(site.parents) if isinstance(each, ast.FunctionDef)), None)
    if function is None:
        return False
    names = [
        each.id
        for target in statement.targets
        for each in ast.walk(target)
        if isinstance(each, ast.Name) and _binds(each)
    ]
    bound = [each.id for each in ast.walk(function) if isinstance(each, ast.Name) and _binds(each)]
    bound += [each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)]
    return all(bound.count(name) > names.count(name) for name in names)


def _binds(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


OPERATORS: tuple[Operator, ...] = (
    other_comparison,
    other_constant,
    other_boolean,
    negated_condition,
    other_arithmetic,
    opposite_function,
    without_call,
    without_part,
    neighbouring_attribute,
    wider_slice,
    without_statement,
)
