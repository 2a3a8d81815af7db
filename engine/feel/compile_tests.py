"""Closures of `in` and of unary tests (the cells of decision tables)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.feel import compare, remedies
from engine.feel import nodes as n
from engine.feel.callables import FeelFunction
from engine.feel.ranges import Range
from engine.feel.run import Run
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import kind_of, word

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.feel.compiler import Compiler

# run, locals, tested value -> True, False or None
TestClosure = "Callable[[Run, dict[str, Any], Any], bool | None]"


def membership(compiler: Compiler, node: n.In, scope: Scope) -> Evaluate:
    """value in tests."""
    value = compiler.compile(node.value, scope)
    tests = [_test(compiler, test, scope.bind("?")) for test in node.tests]

    def member(run: Run, local: dict[str, Any]) -> Any:
        tested = value(run, local)
        return _any(tests, run, {**local, "?": tested}, tested)

    return member


def unary(compiler: Compiler, node: n.Tests, scope: Scope) -> Evaluate:
    """Unary tests of the local variable `?`; three-valued."""
    tests = [_test(compiler, test, scope) for test in node.tests]
    negated = node.negated
    if len(tests) == 1 and not negated:
        only = tests[0]
        return lambda run, local: only(run, local, local["?"])
    if not tests:
        return lambda run, local: True

    def decide(run: Run, local: dict[str, Any]) -> Any:
        result = _any(tests, run, local, local["?"])
        return (None if result is None else not result) if negated else result

    return decide


def _any(tests: list[Any], run: Run, local: dict[str, Any], tested: Any) -> bool | None:
    unknown = False
    for test in tests:
        result = test(run, local, tested)
        if result is True:
            return True
        unknown = unknown or result is None
    return None if unknown else False


def _test(
    compiler: Compiler, test: n.Test, scope: Scope
) -> Callable[[Run, dict[str, Any], Any], bool | None]:
    operand, at = compiler.compile(test.operand, scope), test.at
    if test.operator:
        return _operator_test(test.operator, operand, at)
    if test.uses_value:
        return _boolean_test(operand, at)
    literal = isinstance(test.operand, n.Literal)

    def matches(run: Run, local: dict[str, Any], tested: Any) -> bool | None:
        wanted = operand(run, local)
        if type(wanted) is bool and type(tested) is not bool and not literal:
            return wanted
        if isinstance(wanted, FeelFunction) and not isinstance(tested, FeelFunction):
            result = wanted.invoke(run, [tested], at)
            return result if type(result) is bool else None
        found = compare.matches(tested, wanted, run)
        if found is None and tested is not None and wanted is not None:
            _refuse(run, tested, wanted, at)
        return found

    return matches


def _boolean_test(operand: Evaluate, at: int) -> Callable[[Run, dict[str, Any], Any], bool | None]:
    def holds(run: Run, local: dict[str, Any], tested: Any) -> bool | None:
        result = operand(run, local)
        if type(result) is bool:
            return result
        if result is not None:
            found = compare.matches(tested, result, run)
            if found is None:
                _refuse(run, tested, result, at)
            return found
        return None

    return holds


def _refuse(run: Run, tested: Any, wanted: Any, at: int) -> None:
    text = f"{word(tested)}と{word(wanted)}は比べられません。"
    remedy = remedies.compared(kind_of(tested), kind_of(wanted))
    if type(wanted) is Range and wanted.lacks_end:
        text, remedy = remedies.NO_END
    elif compare.zones_differ(tested, wanted):
        text, remedy = remedies.zones(kind_of(tested))
    run.fail("comparison", text, at, remedy)


def _operator_test(
    operator: str, operand: Evaluate, at: int
) -> Callable[[Run, dict[str, Any], Any], bool | None]:
    def holds(run: Run, local: dict[str, Any], tested: Any) -> bool | None:
        wanted = operand(run, local)
        if operator in ("=", "!="):
            result = compare.equal(tested, wanted, run)
            if result is not None:
                return result if operator == "=" else not result
        else:
            result = compare.holds(operator, tested, wanted)
        if result is None and tested is not None and wanted is not None:
            _refuse(run, tested, wanted, at)
        return result

    return holds
