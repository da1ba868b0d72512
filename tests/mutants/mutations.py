"""Small changes to a function's source, each of which a test ought to notice."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from attrs import frozen

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@frozen
class Mutant:
    """One change. `function` is the qualified name of the function that it is in."""

    function: str
    line: int
    what: str
    tree: ast.Module

    def __str__(self) -> str:
        return f"{self.line}: {self.function}: {self.what}"


def mutants_of(source: str) -> Iterator[Mutant]:
    """Each change to the functions of a module, in the order of its lines. What only types a thing is left alone."""
    tree = ast.parse(source)
    for function, path in _functions(tree):
        node = _at(tree, path)
        for inner, steps in _nodes(node):
            for what, changed in _changes(inner):
                mutated = copy.deepcopy(tree)
                _put(mutated, [*path, *steps], changed)
                yield Mutant(function, getattr(inner, "lineno", 0), what, ast.fix_missing_locations(mutated))


Path = list[tuple[str, int | None]]


def _functions(tree: ast.Module) -> Iterator[tuple[str, Path]]:
    """Each function and method that stands in the module or in a class of it."""
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, [("body", number)]
        elif isinstance(node, ast.ClassDef):
            for inner, method in enumerate(node.body):
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{node.name}.{method.name}", [("body", number), ("body", inner)]


def _nodes(function: ast.AST) -> Iterator[tuple[ast.AST, Path]]:
    """Each node of a function's body, with the way to it; not its decorators, defaults, annotations and docstring."""
    body = getattr(function, "body", [])
    for number, statement in enumerate(body):
        is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not is_text and not isinstance(statement, ast.Assert):
            yield from _walk(statement, [("body", number)])


def _walk(node: ast.AST, path: Path) -> Iterator[tuple[ast.AST, Path]]:
    yield node, path
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        if isinstance(value, ast.AST):
            yield from _walk(value, [*path, (name, None)])
        elif isinstance(value, list):
            for number, child in enumerate(value):
                if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr | ast.Assert):
                    yield from _walk(child, [*path, (name, number)])


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """What a node can be changed into."""
    if isinstance(node, ast.Compare):
        for number, operator in enumerate(node.ops):
            other = _COMPARISONS[type(operator)]
            changed = copy.deepcopy(node)
            changed.ops[number] = other()
            yield f"{type(operator).__name__} becomes {other.__name__}", changed
    elif isinstance(node, ast.BoolOp):
        other_op: ast.boolop = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield f"{type(node.op).__name__} becomes {type(other_op).__name__}", ast.BoolOp(other_op, node.values)
        for number in range(len(node.values)):
            rest = [value for at, value in enumerate(node.values) if at != number]
            yield f"part {number} is left out", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not is left out", node.operand
    elif isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        yield (
            f"{type(node.op).__name__} becomes another",
            ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right),
        )
    elif isinstance(node, ast.IfExp):
        yield "its branches are swapped", ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            yield f"{node.value} becomes {not node.value}", ast.Constant(not node.value)
        elif isinstance(node.value, int | float):
            yield f"{node.value} becomes {node.value + 1}", ast.Constant(node.value + 1)
    elif isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "it returns None", ast.Return(ast.Constant(None))
    elif isinstance(node, ast.If):
        yield "the condition is always false", ast.If(ast.Constant(False), node.body, node.orelse)
        yield "the condition is always true", ast.If(ast.Constant(True), node.body, node.orelse)
    elif (
        isinstance(node, ast.Expr | ast.Assign | ast.AugAssign)
        and _has_effect(node)
        or isinstance(node, ast.Raise | ast.Continue | ast.Break)
    ):
        yield "the statement is left out", ast.Pass()


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _has_effect(node: ast.Expr | ast.Assign | ast.AugAssign) -> bool:
    """Logging is not looked at; a name that is assigned may be unbound without it, which every test would notice."""
    if isinstance(node, ast.Expr):
        return "log." not in ast.unparse(node)
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return isinstance(node, ast.AugAssign) or any(
        isinstance(target, ast.Attribute | ast.Subscript) for target in targets
    )


def _at(tree: ast.AST, path: Path) -> ast.AST:
    node: ast.AST = tree
    for name, number in path:
        value = getattr(node, name)
        node = value if number is None else value[number]
    return node


def _put(tree: ast.AST, path: Path, changed: ast.AST) -> None:
    parent = _at(tree, path[:-1])
    name, number = path[-1]
    if number is None:
        setattr(parent, name, copy.deepcopy(changed))
    else:
        getattr(parent, name)[number] = copy.deepcopy(changed)
