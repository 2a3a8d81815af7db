"""Small changes of Python code, one at a time: what a test suite ought to notice.

Left alone is what no behaviour hangs on: annotations, docstrings, decorators, asserts (written for the type checker)
and the texts of errors and incidents.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Break: ast.Continue,
    ast.Continue: ast.Break,
}
OPERATORS = (ast.cmpop, ast.boolop, ast.operator)
# Their arguments are sentences for people.
SAYING = ("Stop", "NotFound", "StepRefused", "StateUnreadable", "Hindrance", "misfit", "_wrong")
# They make nothing but such sentences.
SENTENCES = ("named", "short", "misfit")
UNTOUCHED = ("annotation", "returns", "decorator_list", "type_params")


@dataclass(frozen=True)
class Mutant:
    """One changed place. slot, variant: its number among the places of the file, and which change of it.

    first, last: the lines of the statement, without the body of a compound one; running none of them tells nothing.
    Of the first line of a function, the lines of its body.  function: the one around it, empty for what runs at import.
    """

    path: Path
    slot: int
    variant: int
    line: int
    first: int
    last: int
    function: str
    before: str
    after: str


@dataclass(frozen=True)
class _Slot:
    """A place in a tree that holds a node. index: where in a list, None for a single one."""

    owner: ast.AST
    field: str
    index: int | None
    node: ast.AST
    statement: ast.stmt
    function: ast.FunctionDef | None

    def put(self, node: ast.AST) -> None:
        if self.index is None:
            setattr(self.owner, self.field, node)
        else:
            getattr(self.owner, self.field)[self.index] = node


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of the file, in the order of its text."""
    found = []
    for number, slot in enumerate(_slots(_tree(path))):
        first, last = _head(slot.statement)
        # An operator has no text of its own.
        shown = slot.owner if isinstance(slot.node, OPERATORS) else slot.node
        line, before = getattr(shown, "lineno", first), _text(shown)
        for variant, node in enumerate(_variants(slot)):
            slot.put(node)
            after = _text(node if shown is slot.node else shown)
            slot.put(slot.node)
            function = slot.function.name if slot.function else ""
            found.append(Mutant(path, number, variant, line, first, last, function, before, after))
    return found


def compiled(mutant: Mutant) -> CodeType:
    """The code of the file with this one change."""
    tree = _tree(mutant.path)
    slot = list(_slots(tree))[mutant.slot]
    node = _variants(slot)[mutant.variant]
    slot.put(node if hasattr(slot.node, "ctx") else ast.copy_location(node, slot.node))
    return compile(ast.fix_missing_locations(tree), str(mutant.path), "exec")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _slots(
    owner: ast.AST, statement: ast.stmt | None = None, function: ast.FunctionDef | None = None
) -> Iterator[_Slot]:
    for field, held in ast.iter_fields(owner):
        if field in UNTOUCHED:
            continue
        for index, node in enumerate(held if isinstance(held, list) else [held]):
            if not isinstance(node, ast.AST) or _says_nothing(node):
                continue
            here = node if isinstance(node, ast.stmt) else statement
            inside = node if isinstance(node, ast.FunctionDef) else function
            if here is not None:
                at = index if isinstance(held, list) else None
                yield _Slot(owner, field, at, node, here, inside)
            yield from _slots(node, here, inside)


def _says_nothing(node: ast.AST) -> bool:
    """Whether nothing in the node is worth a mutant."""
    if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.FunctionDef) and node.name in SENTENCES:
        return True
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "__slots__"):
        return True
    # An alias of types is an annotation.
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp) and _is_type(node.value):
        return True
    if isinstance(node, ast.Call) and ast.unparse(node.func) in (*SAYING, "cast"):
        return True
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_type(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.BitOr) and _is_type(node.left) and _is_type(node.right)
    return isinstance(node, ast.Name) and node.id[:1].isupper()


def _variants(slot: _Slot) -> list[ast.AST]:
    """The changed nodes that may stand in the place of the slot's node."""
    node = slot.node
    made: list[ast.AST] = []
    swap = SWAPPED.get(type(node))
    if isinstance(node, ast.stmt):
        if swap is not None:
            made.append(swap())
        if _can_go(node, slot.function):
            made.append(ast.Pass())
    elif swap is not None:
        made.append(swap())
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        made.append(ast.Constant(not node.value))
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        made += [ast.Constant(node.value + 1), ast.Constant(node.value - 1)]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        made.append(node.operand)
    elif slot.field in ("test", "ifs") and not isinstance(node, ast.Compare):
        made.append(ast.UnaryOp(ast.Not(), node))
    if isinstance(node, ast.Return) and _is_value(node.value):
        made.append(ast.Return(ast.Constant(None)))
    if isinstance(node, ast.Slice):
        made += [_without(node, field) for field in ("lower", "upper") if getattr(node, field)]
    if isinstance(node, ast.Call):
        made += [_without(node, "keywords", at) for at, k in enumerate(node.keywords) if k.arg]
    return made


def _can_go(node: ast.stmt, function: ast.FunctionDef | None) -> bool:
    """Whether the statement can be left out without naming what is then nowhere defined."""
    if isinstance(
        node, ast.Expr | ast.AugAssign | ast.Delete | ast.Raise | ast.Break | ast.Continue
    ):
        return True
    if isinstance(node, ast.Return):
        return node.value is None
    if not isinstance(node, ast.Assign) or function is None:
        return False
    names = [n for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    written = [n.id for n in names if isinstance(n.ctx, ast.Store)]
    return all(_is_set_elsewhere(name, node, function) for name in written)


def _is_set_elsewhere(name: str, here: ast.stmt, function: ast.FunctionDef) -> bool:
    inside = set(map(id, ast.walk(here)))
    arguments = [a.arg for a in (*function.args.args, *function.args.kwonlyargs)]
    return name in arguments or any(
        isinstance(n, ast.Name)
        and n.id == name
        and isinstance(n.ctx, ast.Store)
        and id(n) not in inside
        for n in ast.walk(function)
    )


def _is_value(node: ast.expr | None) -> bool:
    return node is not None and not (
        isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, bool))
    )


def _without(node: ast.AST, field: str, index: int | None = None) -> ast.AST:
    made = copy.deepcopy(node)
    if index is None:
        setattr(made, field, None)
    else:
        del getattr(made, field)[index]
    return made


def _head(statement: ast.stmt) -> tuple[int, int]:
    """First and last line that are run when the statement is."""
    if isinstance(statement, ast.FunctionDef):
        return statement.body[0].lineno, statement.end_lineno or 0
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if body else statement.end_lineno
    return statement.lineno, max(statement.lineno, last or 0)


def _text(node: ast.AST) -> str:
    return "" if isinstance(node, ast.Pass) else " ".join(ast.unparse(node).split())
