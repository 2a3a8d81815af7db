"""Closures of function calls and function definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS
from engine.feel.callables import FeelFunction, Signature
from engine.feel.dates import parse_date, parse_time
from engine.feel.durations import parse as parse_duration
from engine.feel.problems import FeelProblem
from engine.feel.run import Function, Run
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import MISFIT, coerce, resolve, word
from engine.feel.unknown import function_remedy

if TYPE_CHECKING:
    from engine.feel.compiler import Compiler


_PARSERS: dict[str, Callable[[str], Any]] = {
    "date": parse_date,
    "time": parse_time,
    "duration": parse_duration,
}


def call(compiler: Compiler, node: n.Call, scope: Scope) -> Evaluate:
    """callee(arguments): positional or named."""
    callee, at = _callee(compiler, node.callee, scope), node.at
    arguments = compiler.all(node.arguments, scope)
    if isinstance(node.callee, n.Name) and not scope.lookup(node.callee.name)[1]:
        compiler.called.setdefault(node.callee.name, node.at)
    names = node.names
    names_twice = bool(names is not None and len(set(names)) != len(names))

    def invoke(run: Run, local: dict[str, Any]) -> Any:
        function = callee(run, local)
        if not isinstance(function, FeelFunction):
            if function is not None or not run.diagnostics:
                text = f"{word(function)}を関数として呼ぶことはできません。"
                run.fail("call", text, at)
            return None
        if names_twice:
            run.fail("call", "同じ名前の引数が二つあります。", at)
            return None
        run.spend(1)
        values = [argument(run, local) for argument in arguments]
        run.enter()
        try:
            if names is None:
                return function.invoke(run, values, at)
            return with_names(function, dict(zip(names, values, strict=True)), run, at)
        finally:
            run.depth -= 1

    name = node.callee.name if isinstance(node.callee, n.Name) else ""
    fixed = None if name in compiler.functions or scope.lookup(name)[1] else _constant(node)
    if fixed is None:
        return invoke
    # The model may define a function of that name.
    return lambda run, local: fixed if name not in run.root else invoke(run, local)


def _constant(node: n.Call) -> Any:
    """The value of date("..."), time("...") or duration("..."), None for any other call."""
    parse = _PARSERS.get(node.callee.name) if isinstance(node.callee, n.Name) else None
    if parse is None or node.names is not None or len(node.arguments) != 1:
        return None
    argument = node.arguments[0]
    if isinstance(argument, n.Literal) and isinstance(argument.value, str):
        return parse(argument.value)
    return None


def _callee(compiler: Compiler, node: n.Node, scope: Scope) -> Evaluate:
    """A name that is called prefers functions: data of the same name never hides a built-in."""
    is_new = isinstance(node, n.Name) and node.name not in compiler.names
    evaluate = compiler.compile(node, scope)
    if not isinstance(node, n.Name) or scope.lookup(node.name)[1]:
        return evaluate
    name, at, slots = node.name, node.at, scope.lookup(node.name)[0]
    if is_new and (name in BUILTINS or name in compiler.functions):
        compiler.names.pop(name, None)
    builtin = BUILTINS.get(name)

    def find(run: Run, local: dict[str, Any]) -> Any:
        if builtin is not None and name not in run.functions:
            found = run.root.get(name)
            return found if isinstance(found, FeelFunction) else builtin
        own = run.functions.get(name)
        if own is not None and not isinstance(run.root.get(name), FeelFunction):
            return own_function(own)
        if builtin is None and name not in run.root and not slots:
            run.fail(
                "unknown-function",
                f"「{name}」という関数はありません。",
                at,
                lambda: function_remedy(name, (*run.functions, *BUILTINS)),
            )
            return None
        return evaluate(run, local)

    return find


def with_names(function: FeelFunction, given: dict[str, Any], run: Run, at: int) -> Any:
    if function.named is not None:
        return function.named(run, given, at)
    signature = Signature(function.parameters, function.is_last_optional)
    wrong = signature.misfit(given)
    if wrong:
        run.fail("call", f"関数 {function.name} に{wrong}", at, signature.remedy(function.name))
        return None
    values = [given[name] for name in function.parameters if name in given]
    return function.invoke(run, values, at)


def own_function(function: Function) -> FeelFunction:
    """One of our own functions (calendar and the like) as a FEEL value."""

    def shape() -> str:
        return Signature(function.parameters, function.is_last_optional).remedy(function.name)

    def invoke(run: Run, values: list[Any], at: int) -> Any:
        if len(values) > len(function.parameters):
            text = f"関数 {function.name} の引数は{len(function.parameters)}個までです。"
            run.fail("call", text, at, shape)
            return None
        return _perform(run, values, at)

    def _perform(run: Run, values: list[Any], at: int) -> Any:
        try:
            result = function.call(*values)
            if type(result) is str:
                run.grow(len(result))
            return result
        except FeelProblem as problem:
            run.fail("function", f"{function.name}: {problem.text}", at, problem.remedy or shape)
        except TypeError:
            text = f"関数 {function.name} の引数の数か種類が合いません。"
            run.fail("function", text, at, shape)
        return None

    return FeelFunction(
        function.name,
        function.parameters,
        None,
        invoke,
        is_last_optional=function.is_last_optional,
    )


def function(compiler: Compiler, node: n.FunctionOf, scope: Scope) -> Evaluate:
    """function(parameters) body: a value that remembers the local variables of its place."""
    if node.external:

        def refuse(run: Run, local: dict[str, Any]) -> Any:
            run.fail("external", "外部の関数（external）は実行しません。", node.at)

        return refuse
    names = tuple(name for name, _ in node.parameters)
    types = tuple(resolve(wanted, compiler.types) for _, wanted in node.parameters)
    body = compiler.compile(node.body, scope.bind(*names))
    return lambda run, local: closure("", names, types, body, run, local)


def closure(
    name: str,
    names: tuple[str, ...],
    types: tuple[Any, ...],
    body: Evaluate,
    place: Run,
    local: dict[str, Any],
) -> FeelFunction:
    """A function of FEEL text, seeing the names of its own place wherever it is called.

    Arguments are converted to the types of its parameters.
    """
    root, source = place.root, place.source

    def invoke(run: Run, values: list[Any], at: int) -> Any:
        if len(values) != len(names):
            text = f"引数は{len(names)}個必要ですが、{len(values)}個あります。"
            run.fail("call", text, at, f"{name}({', '.join(names)}) の形で書いてください。")
            return None
        inside = dict(local)
        for parameter, wanted, value in zip(names, types, values, strict=True):
            fitted = coerce(value, wanted)
            if fitted is MISFIT:
                run.fail("argument", f"引数「{parameter}」に{word(value)}は渡せません。", at)
                return None
            inside[parameter] = fitted
        run.spend(1)
        run.enter()
        outer, run.root, run.source = (run.root, run.source), root, source
        try:
            return body(run, inside)
        finally:
            run.depth -= 1
            run.root, run.source = outer

    return FeelFunction(name, names, types, invoke)
