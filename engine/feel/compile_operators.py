"""Closures of arithmetic, comparison and three-valued logic."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import arithmetic, compare, remedies
from engine.feel import nodes as n
from engine.feel.dates import YEAR_MAX
from engine.feel.run import Run
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import JAPANESE, kind_of, word

if TYPE_CHECKING:
    from engine.feel.compiler import Compiler

WORDS = {"+": "足し算", "-": "引き算", "*": "掛け算", "/": "割り算"}
_POINTS = ("date", "date and time")
_SPANS = {"days and time duration", "years and months duration"}
_NOT_BY_ZERO = "割る数が0のときの値を「if 割る数 = 0 then … else …」で決めてください。"


def chain(compiler: Compiler, node: n.Chain, scope: Scope) -> Evaluate:
    """a + b - c ... or a * b / c ..., from the left."""
    first = compiler.compile(node.first, scope)
    rest = [
        (arithmetic.OPERATIONS[op], op, compiler.compile(operand, scope), at)
        for op, operand, at in node.rest
    ]

    def calculate(run: Run, local: dict[str, Any]) -> Any:
        value = first(run, local)
        for operation, operator, operand, at in rest:
            other = operand(run, local)
            try:
                result = operation(value, other, run)
            except arithmetic.FAILURES:
                if operator == "/" and not other:
                    reason, remedy = "0で割ることはできません。", _NOT_BY_ZERO
                else:
                    reason, remedy = "数の範囲を超えました。", ""
                run.fail("arithmetic", reason, at, remedy)
                return None
            if result is None:
                _refuse(operator, value, other, run, at)
                return None
            value = result
        return value

    return calculate


def _refuse(operator: str, left: Any, right: Any, run: Run, at: int) -> None:
    kinds = kind_of(left), kind_of(right)
    moment = next((kind for kind in kinds if kind in _POINTS), "")
    if (
        moment
        and set(kinds) & _SPANS
        and (operator == "+" or (operator == "-" and moment == kinds[0]))
    ):
        text = f"{JAPANESE[moment]}が扱える範囲（±{YEAR_MAX:,}年）を超えました。"
        run.fail("arithmetic", text, at, "足し引きする期間の大きさを確かめてください。")
        return
    remedy = remedies.calculated(operator, *kinds)
    text = f"{word(left)}と{word(right)}の{WORDS[operator]}はできません。"
    run.fail("arithmetic", text, at, remedy)


def power(compiler: Compiler, node: n.Power, scope: Scope) -> Evaluate:
    """base ** exponent."""
    base, exponent, at = (
        compiler.compile(node.base, scope),
        compiler.compile(node.exponent, scope),
        node.at,
    )

    def calculate(run: Run, local: dict[str, Any]) -> Any:
        left, right = base(run, local), exponent(run, local)
        try:
            result = arithmetic.power(left, right)
        except arithmetic.FAILURES:
            run.fail("arithmetic", "べき乗の結果が数の範囲を超えました。", at)
            return None
        if result is None:
            remedy = remedies.calculated("**", kind_of(left), kind_of(right))
            run.fail("arithmetic", f"{word(left)}と{word(right)}のべき乗はできません。", at, remedy)
        return result

    return calculate


def negation(compiler: Compiler, node: n.Negation, scope: Scope) -> Evaluate:
    """-operand."""
    if isinstance(node.operand, n.Literal) and type(node.operand.value) is Decimal:
        constant = arithmetic.negate(node.operand.value)
        return lambda run, local: constant
    operand, at = compiler.compile(node.operand, scope), node.at

    def negate(run: Run, local: dict[str, Any]) -> Any:
        value = operand(run, local)
        result = arithmetic.negate(value)
        if result is None:
            remedy = remedies.calculated("-", "number", kind_of(value))
            run.fail("arithmetic", f"{word(value)}に負号は付けられません。", at, remedy)
        return result

    return negate


def logic(compiler: Compiler, node: n.Logic, scope: Scope) -> Evaluate:
    """and, or: a side that is not a boolean counts as null."""
    operands = [(compiler.compile(operand, scope), operand.at) for operand in node.operands]
    decisive = node.operator == "or"

    def decide(run: Run, local: dict[str, Any]) -> Any:
        unknown = False
        for operand, at in operands:
            value = operand(run, local)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                unknown = True
                if value is not None:
                    run.fail("logic", f"and・or の項が真偽ではなく{word(value)}です。", at)
        return None if unknown else not decisive

    return decide


def comparison(compiler: Compiler, node: n.Comparison, scope: Scope) -> Evaluate:
    """left operator right."""
    left, right = compiler.compile(node.left, scope), compiler.compile(node.right, scope)
    operator, at = node.operator, node.at
    if operator in ("=", "!="):
        return _equality(left, right, at, negated=operator == "!=")
    greater, inclusive = operator[0] == ">", operator in ("<=", ">=")
    holds = compare.holds

    def ordered(run: Run, local: dict[str, Any]) -> Any:
        one, other = left(run, local), right(run, local)
        if type(one) is Decimal and type(other) is Decimal:
            if inclusive:
                return one >= other if greater else one <= other
            return one > other if greater else one < other
        result = holds(operator, one, other)
        if result is None and one is not None and other is not None:
            same = kind_of(one) if kind_of(one) == kind_of(other) else ""
            remedy = (
                remedies.ordered(same) if same else remedies.compared(kind_of(one), kind_of(other))
            )
            text = f"{word(one)}と{word(other)}は大小を比べられません。"
            if compare.zones_differ(one, other):
                text, remedy = remedies.zones(same)
            run.fail("comparison", text, at, remedy)
        return result

    return ordered


def _equality(left: Evaluate, right: Evaluate, at: int, *, negated: bool) -> Evaluate:
    equal = compare.equal

    def compares(run: Run, local: dict[str, Any]) -> Any:
        one, other = left(run, local), right(run, local)
        result = equal(one, other, run)
        if result is None:
            remedy = remedies.compared(kind_of(one), kind_of(other))
            text = f"{word(one)}と{word(other)}は等しいか比べられません。"
            run.fail("comparison", text, at, remedy)
            return None
        return result is not negated

    return compares


def between(compiler: Compiler, node: n.Between, scope: Scope) -> Evaluate:
    """value between low and high, both included."""
    value, low, high = (compiler.compile(part, scope) for part in (node.value, node.low, node.high))
    at = node.at

    def lies(run: Run, local: dict[str, Any]) -> Any:
        middle, bottom, top = value(run, local), low(run, local), high(run, local)
        above, below = compare.holds(">=", middle, bottom), compare.holds("<=", middle, top)
        if above is None or below is None:
            if middle is not None and bottom is not None and top is not None:
                end = bottom if above is None else top
                text = f"{word(middle)}が{word(bottom)}と{word(top)}の間にあるかは比べられません。"
                remedy = remedies.compared(kind_of(middle), kind_of(end))
                if compare.zones_differ(middle, end):
                    text, remedy = remedies.zones(kind_of(middle))
                run.fail("comparison", text, at, remedy)
            return None
        return above and below

    return lies
