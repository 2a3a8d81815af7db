"""Built-ins on numbers."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from engine.feel import numbers
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.problems import FeelProblem
from engine.feel.registry import Table
from engine.feel.run import Run

TABLE = Table()
SCALE_MIN, SCALE_MAX = -6111, 6176
# Wide enough that rounding itself never loses a digit.
_WIDE = decimal.Context(prec=13_000, Emin=-99_999, Emax=99_999, traps=[decimal.InvalidOperation])


def _round(value: Decimal, scale: Decimal | None, mode: str) -> Decimal:
    places = (
        0
        if scale is None
        else numbers.to_int(Decimal(int(scale)) if scale.adjusted() < 10 else scale)
    )
    if places is None or not SCALE_MIN <= places <= SCALE_MAX:
        raise FeelProblem(f"小数の桁数は{SCALE_MIN}から{SCALE_MAX}までです。")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= places:
        return value
    result = value.quantize(Decimal((0, (1,), -places)), rounding=mode, context=_WIDE)
    return numbers.CONTEXT.plus(result)


@TABLE.function("decimal", "n: number, scale: number")
def decimal_(run: Run, value: Decimal, scale: Decimal) -> Any:
    return _round(value, scale, decimal.ROUND_HALF_EVEN)


@TABLE.function("floor", "n: number, scale?: number")
def floor(run: Run, value: Decimal, scale: Decimal | None) -> Any:
    return _round(value, scale, decimal.ROUND_FLOOR)


@TABLE.function("ceiling", "n: number, scale?: number")
def ceiling(run: Run, value: Decimal, scale: Decimal | None) -> Any:
    return _round(value, scale, decimal.ROUND_CEILING)


@TABLE.function("round up", "n: number, scale: number")
def round_up(run: Run, value: Decimal, scale: Decimal) -> Any:
    return _round(value, scale, decimal.ROUND_UP)


@TABLE.function("round down", "n: number, scale: number")
def round_down(run: Run, value: Decimal, scale: Decimal) -> Any:
    return _round(value, scale, decimal.ROUND_DOWN)


@TABLE.function("round half up", "n: number, scale: number")
def round_half_up(run: Run, value: Decimal, scale: Decimal) -> Any:
    return _round(value, scale, decimal.ROUND_HALF_UP)


@TABLE.function("round half down", "n: number, scale: number")
def round_half_down(run: Run, value: Decimal, scale: Decimal) -> Any:
    return _round(value, scale, decimal.ROUND_HALF_DOWN)


@TABLE.function("abs", "n: number")
@TABLE.function("abs", "n: days and time duration")
@TABLE.function("abs", "n: years and months duration")
def absolute(run: Run, value: Any) -> Any:
    if isinstance(value, DaysDuration):
        return DaysDuration(abs(value.nanos))
    if isinstance(value, MonthsDuration):
        return MonthsDuration(abs(value.total))
    return numbers.CONTEXT.abs(value)


@TABLE.function("modulo", "dividend: number, divisor: number")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Any:
    if not divisor:
        raise FeelProblem("0で割ることはできません。")
    rest = _WIDE.remainder(dividend, divisor)
    if rest and (rest < 0) != (divisor < 0):
        rest = _WIDE.add(rest, divisor)
    return numbers.CONTEXT.plus(rest)


@TABLE.function("sqrt", "number: number")
def sqrt(run: Run, value: Decimal) -> Any:
    if value < 0:
        raise FeelProblem("負の数の平方根はありません。")
    return numbers.CONTEXT.sqrt(value)


@TABLE.function("log", "number: number")
def log(run: Run, value: Decimal) -> Any:
    if value <= 0:
        raise FeelProblem("0以下の数の対数はありません。")
    return numbers.CONTEXT.ln(value)


@TABLE.function("exp", "number: number")
def exp(run: Run, value: Decimal) -> Any:
    return numbers.CONTEXT.exp(value)


@TABLE.function("odd", "number: number")
def odd(run: Run, value: Decimal) -> Any:
    return _parity(value) == 1


@TABLE.function("even", "number: number")
def even(run: Run, value: Decimal) -> Any:
    return _parity(value) == 0


def _parity(value: Decimal) -> int | None:
    if value != value.to_integral_value():
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        return 0
    return int(value) % 2
