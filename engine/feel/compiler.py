"""Syntax tree -> Python closures."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from engine.feel import compile_calls, compile_loops, compile_operators, compile_tests, remedies
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.near import suggestion
from engine.feel.problems import FeelProblem
from engine.feel.properties import properties_of, property_of
from engine.feel.ranges import Range
from engine.feel.run import Run
from engine.feel.scope import MISSING, Evaluate, Scope
from engine.feel.temporal import literal
from engine.feel.types import Type, is_instance, kind_of, resolve, word
from engine.feel.unknown import name_remedy


class Compiler:
    """Compiles one tree.

    names: free names met, filled as it goes.  reads: those and the ones in filters, which the data may settle.
    paths: a free name and the entry read of it.  partials: how often `partial` was read.  types: the named types.
    """

    def __init__(self, types: Mapping[str, Type], functions: frozenset[str]) -> None:
        self.types = types
        self.functions = functions
        self.names: dict[str, int] = {}
        self.reads: set[str] = set()
        self.called: dict[str, int] = {}
        self.paths: set[tuple[str, str]] = set()
        self.partials = 0

    def compile(self, node: n.Node, scope: Scope) -> Evaluate:
        """The closure of a node."""
        return COMPILERS[type(node)](self, node, scope)

    def all(self, nodes: tuple[n.Node, ...], scope: Scope) -> tuple[Evaluate, ...]:
        return tuple(self.compile(node, scope) for node in nodes)


def _literal(compiler: Compiler, node: n.Literal, scope: Scope) -> Evaluate:
    value = node.value
    return lambda run, local: value


def _at(compiler: Compiler, node: n.At, scope: Scope) -> Evaluate:
    value, at, text = literal(node.text), node.at, node.text
    if value is not None:
        return lambda run, local: value

    def fails(run: Run, local: dict[str, Any]) -> Any:
        run.fail("literal", f'@"{text}" は日付・時刻・期間のどれでもありません。', at)

    return fails


def _name(compiler: Compiler, node: n.Name, scope: Scope) -> Evaluate:
    name, at = node.name, node.at
    slots, is_local = scope.lookup(name)
    compiler.partials += name == "partial"
    if is_local and not slots:
        return lambda run, local: local[name]
    # Inside a filter the name may be an entry of the elements, which only the data can tell.
    if not is_local and not slots:
        compiler.names.setdefault(name, at)
    if not is_local:
        compiler.reads.add(name)
    if not slots:
        return _free_name(name, at)
    outside = (lambda run, local: local[name]) if is_local else _free_name(name, at)

    def in_filter(run: Run, local: dict[str, Any]) -> Any:
        for slot in slots:
            element = local[slot]
            if type(element) is dict and name in element:
                return element[name]
        return outside(run, local)

    return in_filter


def _free_name(name: str, at: int) -> Evaluate:
    def free(run: Run, local: dict[str, Any]) -> Any:
        value = run.root.get(name, MISSING)
        if value is not MISSING:
            return value
        own = run.functions.get(name)
        if own is not None:
            return compile_calls.own_function(own)
        builtin = BUILTINS.get(name)
        if builtin is not None:
            return builtin
        run.fail(
            "unknown-name",
            f"「{name}」という名前はありません。",
            at,
            lambda: _name_meant(name, run),
        )
        return None

    return free


def _name_meant(name: str, run: Run) -> str:
    """How to mend a name that nothing gives a value."""
    entries = {whole: value for whole, value in run.root.items() if isinstance(value, dict)}
    return name_remedy(name, (*run.root, *run.functions, *BUILTINS), entries)


def _path(compiler: Compiler, node: n.Path, scope: Scope) -> Evaluate:
    base, name, at = compiler.compile(node.base, scope), node.name, node.at
    if isinstance(node.base, n.Name):
        slots, is_local = scope.lookup(node.base.name)
        if not slots and not is_local:
            compiler.paths.add((node.base.name, name))

    def path(run: Run, local: dict[str, Any]) -> Any:
        value = base(run, local)
        if type(value) is dict:
            return _entry(value, name, run, at)
        return _member(value, name, run, at)

    return path


def _entry(value: dict[str, Any], name: str, run: Run, at: int) -> Any:
    found = value.get(name, MISSING)
    if found is MISSING:
        text = f"「{name}」という項目はありません。"
        run.fail("unknown-entry", text, at, lambda: suggestion(name, value))
        return None
    return found


def _member(value: Any, name: str, run: Run, at: int) -> Any:
    if value is None:
        return None
    if type(value) is list:
        run.spend(len(value))
        return [
            _entry(item, name, run, at) if type(item) is dict else _member(item, name, run, at)
            for item in value
        ]
    # The parameters of a decision are a dict that notes what is read of it.
    try:
        found = value.get(name, MISSING) if isinstance(value, dict) else property_of(value, name)
    except FeelProblem as problem:
        run.fail("unknown-entry", problem.text, at, problem.remedy)
        return None
    if found is MISSING:
        text = f"{word(value)}に「{name}」という項目はありません。"
        known = value if isinstance(value, dict) else properties_of(value)
        run.fail("unknown-entry", text, at, lambda: _entry_of(name, value, known))
        return None
    return found


def _entry_of(name: str, value: Any, known: Collection[str]) -> str:
    """How to write an entry or property that is not there; functions are no methods of values."""
    if name in BUILTINS:
        return f"関数は {name}(値) のように書いてください。"
    near = suggestion(name, known)
    if near or not known:
        return near or "項目がある値（項目の集まり）か、日付や期間に使ってください。"
    return f"ある項目（{'・'.join(sorted(known)[:20])}）を書いてください。"


def _list(compiler: Compiler, node: n.ListOf, scope: Scope) -> Evaluate:
    items = compiler.all(node.items, scope)

    def make(run: Run, local: dict[str, Any]) -> Any:
        return [item(run, local) for item in items]

    return make


def _context(compiler: Compiler, node: n.ContextOf, scope: Scope) -> Evaluate:
    entries: list[tuple[str, Evaluate]] = []
    for name, child in node.entries:
        entries.append((name, compiler.compile(child, scope)))
        scope = scope.bind(name)

    def make(run: Run, local: dict[str, Any]) -> Any:
        local, result = dict(local), {}
        for name, entry in entries:
            local[name] = result[name] = entry(run, local)
        return result

    return make


def _range(compiler: Compiler, node: n.RangeOf, scope: Scope) -> Evaluate:
    nothing: Evaluate = lambda run, local: None  # noqa: E731
    start = compiler.compile(node.start, scope) if node.start else nothing
    end = compiler.compile(node.end, scope) if node.end else nothing
    if all(part is None or is_constant(part) for part in (node.start, node.end)):
        fixed = _constant_range(node)
        if fixed is not None:
            return lambda run, local: fixed
    has_start, has_end, at = _bounds(node.start), _bounds(node.end), node.at
    start_included, end_included = node.start_included, node.end_included

    def make(run: Run, local: dict[str, Any]) -> Any:
        low, high = start(run, local), end(run, local)
        if (
            has_start
            and has_end
            and low is not None
            and high is not None
            and type(low) is not type(high)
        ):
            text = f"範囲の両端の種類が違います（{word(low)}と{word(high)}）。"
            run.fail("range", text, at)
            return None
        return Range(low, high, start_included, end_included, has_start, has_end)

    return make


def _bounds(end: n.Node | None) -> bool:
    """Whether an end bounds its range: a null that is written leaves it open, one out of the data does not."""
    return end is not None and not (isinstance(end, n.Literal) and end.value is None)


def _instance(compiler: Compiler, node: n.InstanceOf, scope: Scope) -> Evaluate:
    value, wanted, at = (
        compiler.compile(node.value, scope),
        resolve(node.type, compiler.types),
        node.at,
    )
    if wanted.kind == "named":

        def unknown(run: Run, local: dict[str, Any]) -> Any:
            run.fail("unknown-type", f"「{wanted.name}」という型はありません。", at)

        return unknown
    return lambda run, local: is_instance(value(run, local), wanted)


def _if(compiler: Compiler, node: n.If, scope: Scope) -> Evaluate:
    condition = compiler.compile(node.condition, scope)
    then, otherwise, at = (
        compiler.compile(node.then, scope),
        compiler.compile(node.otherwise, scope),
        node.condition.at,
    )

    def choose(run: Run, local: dict[str, Any]) -> Any:
        value = condition(run, local)
        if value is True:
            return then(run, local)
        if value is not False:
            remedy = remedies.condition(kind_of(value))
            run.fail("condition", f"条件が真偽ではなく{word(value)}です。", at, remedy)
        return otherwise(run, local)

    return choose


def _constant_range(node: n.RangeOf) -> Range | None:
    """The range of two constants of one kind, None when it has to be made (and explained) at run time."""
    low, high = _constant(node.start), _constant(node.end)
    if (node.start and low is None) or (node.end and high is None):
        return None
    if low is not None and high is not None and type(low) is not type(high):
        return None
    return Range(
        low, high, node.start_included, node.end_included, low is not None, high is not None
    )


def _constant(node: n.Node | None) -> Any:
    if isinstance(node, n.Negation) and isinstance(node.operand, n.Literal):
        return -node.operand.value
    return node.value if isinstance(node, n.Literal) else None


def is_constant(node: n.Node) -> bool:
    """Whether a node is a plain value (a literal or a negative number)."""
    if isinstance(node, n.Negation):
        return isinstance(node.operand, n.Literal) and type(node.operand.value) is Decimal
    return isinstance(node, n.Literal)


COMPILERS: dict[type, Callable[[Any, Any, Scope], Evaluate]] = {
    n.Literal: _literal,
    n.At: _at,
    n.Name: _name,
    n.Path: _path,
    n.ListOf: _list,
    n.ContextOf: _context,
    n.RangeOf: _range,
    n.InstanceOf: _instance,
    n.If: _if,
    n.Filter: compile_loops.filtered,
    n.For: compile_loops.loop,
    n.Quantified: compile_loops.quantified,
    n.Chain: compile_operators.chain,
    n.Power: compile_operators.power,
    n.Negation: compile_operators.negation,
    n.Logic: compile_operators.logic,
    n.Comparison: compile_operators.comparison,
    n.Between: compile_operators.between,
    n.In: compile_tests.membership,
    n.Tests: compile_tests.unary,
    n.Call: compile_calls.call,
    n.FunctionOf: compile_calls.function,
}
