"""Built-ins that make one value of a list: min, sum, mean, all, any and the like."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel import arithmetic, compare, numbers
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.problems import FeelProblem
from engine.feel.registry import Table
from engine.feel.run import Run

TABLE = Table()


def _numbers(run: Run, items: list[Any]) -> list[Decimal]:
    run.spend(len(items))
    if any(type(item) is not Decimal for item in items):
        raise FeelProblem("数でない要素があります。")
    return items


def _extreme(run: Run, items: list[Any], sign: int) -> Any:
    run.spend(len(items))
    if not items:
        return None
    best = items[0]
    for item in items:
        result = compare.order(item, best)
        if result is None:
            raise FeelProblem("大小を比べられない要素があります。")
        if result == sign:
            best = item
    return best


@TABLE.function("min", "...list: any")
def minimum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, -1)


@TABLE.function("max", "...list: any")
def maximum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, items, 1)


@TABLE.function("sum", "...list: any")
def total(run: Run, items: list[Any]) -> Any:
    if not items:
        return None
    run.spend(len(items))
    result = items[0]
    if type(result) not in (Decimal, DaysDuration, MonthsDuration):
        raise FeelProblem("数でも期間でもない要素があります。")
    for item in items[1:]:
        if type(item) is not type(result):
            raise FeelProblem("足せない要素があります。")
        result = arithmetic.add(result, item, run)
    return result


@TABLE.function("mean", "...list: any")
def mean(run: Run, items: list[Any]) -> Any:
    if not items:
        return None
    return arithmetic.divide(total(run, items), Decimal(len(items)), run)


@TABLE.function("product", "...list: any")
def product(run: Run, items: list[Any]) -> Any:
    if not items:
        return None
    result = Decimal(1)
    for item in _numbers(run, items):
        result = numbers.CONTEXT.multiply(result, item)
    return result


@TABLE.function("median", "...list: any")
def median(run: Run, items: list[Any]) -> Any:
    if not items:
        return None
    ordered = sorted(_numbers(run, items))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return numbers.CONTEXT.divide(
        numbers.CONTEXT.add(ordered[middle - 1], ordered[middle]), Decimal(2)
    )


@TABLE.function("stddev", "...list: any")
def stddev(run: Run, items: list[Any]) -> Any:
    if len(items) < 2:
        raise FeelProblem("標準偏差には二つ以上の数が要ります。")
    values, context = _numbers(run, items), numbers.CONTEXT
    middle = mean(run, values)
    squares = total(
        run, [context.multiply(d, d) for d in (context.subtract(v, middle) for v in values)]
    )
    return context.sqrt(context.divide(squares, Decimal(len(values) - 1)))


@TABLE.function("mode", "...list: any")
def mode(run: Run, items: list[Any]) -> Any:
    counts: dict[Decimal, int] = {}
    for item in _numbers(run, items):
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(value for value, count in counts.items() if count == most)


@TABLE.function("all", "...list: any")
def all_true(run: Run, items: list[Any]) -> Any:
    return _logic(run, items, decisive=False)


@TABLE.function("and", "...list: any")
def and_true(run: Run, items: list[Any]) -> Any:
    return _logic(run, items, decisive=False)


@TABLE.function("any", "...list: any")
def any_true(run: Run, items: list[Any]) -> Any:
    return _logic(run, items, decisive=True)


@TABLE.function("or", "...list: any")
def or_true(run: Run, items: list[Any]) -> Any:
    return _logic(run, items, decisive=True)


def _logic(run: Run, items: list[Any], *, decisive: bool) -> bool | None:
    run.spend(len(items))
    if any(item is decisive for item in items):
        return decisive
    if any(type(item) is not bool and item is not None for item in items):
        raise FeelProblem("真偽でない値が入っています。")
    return None if None in items else not decisive


def sorted_values(items: list[Any]) -> list[Any]:
    """The values in ascending order; raises FeelProblem when two have none."""

    def order(one: Any, other: Any) -> int:
        result = compare.order(one, other)
        if result is None:
            raise FeelProblem("大小を比べられない要素があります。")
        return result

    return sorted(items, key=cmp_to_key(order))
