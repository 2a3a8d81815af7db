"""Built-ins on lists, and not()."""

from __future__ import annotations

from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from engine.feel import compare, numbers
from engine.feel.callables import FeelFunction
from engine.feel.problems import FeelProblem
from engine.feel.registry import Table
from engine.feel.run import Run

TABLE = Table()


@TABLE.function("not", "negand: any")
def negated(run: Run, value: Any) -> Any:
    if type(value) is bool:
        return not value
    if value is None:
        return None
    raise FeelProblem("not は真偽だけに使えます。")


def same(one: Any, other: Any, run: Run) -> bool:
    """Whether two elements count as the same."""
    return compare.equal(one, other, run) is True


def produced(run: Run, items: list[Any]) -> list[Any]:
    """The list, its size charged to the run."""
    run.spend(len(items))
    run.grow(len(items))
    return items


@TABLE.function("list contains", "list: list, element: any")
def list_contains(run: Run, items: list[Any], element: Any) -> Any:
    run.spend(len(items))
    return any(same(item, element, run) for item in items)


@TABLE.function("count", "list: list")
def count(run: Run, items: list[Any]) -> Any:
    return Decimal(len(items))


@TABLE.function("sublist", "list: list, start position: number, length?: number")
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None) -> Any:
    first = numbers.to_int(start)
    count = None if length is None else numbers.to_int(length)
    if (
        not first
        or abs(first) > len(items)
        or (length is not None and (count is None or count < 0))
    ):
        raise FeelProblem("開始位置か件数がリストの外です。")
    begin = first - 1 if first > 0 else len(items) + first
    if count is not None and begin + count > len(items):
        raise FeelProblem("件数がリストの外です。")
    return produced(run, items[begin:] if count is None else items[begin : begin + count])


@TABLE.function("append", "list: list, +item: any")
def append(run: Run, items: list[Any], added: list[Any]) -> Any:
    return produced(run, [*items, *added])


@TABLE.function("concatenate", "...lists: any")
def concatenate(run: Run, lists: list[Any]) -> Any:
    result: list[Any] = []
    for part in lists:
        if part is None:
            raise FeelProblem("つなげるリストに null があります。")
        result.extend(produced(run, part if isinstance(part, list) else [part]))
    return result


@TABLE.function("insert before", "list: list, position: number, newItem: any")
def insert_before(run: Run, items: list[Any], position: Decimal, item: Any) -> Any:
    index = _index(items, position)
    return produced(run, [*items[:index], item, *items[index:]])


@TABLE.function("remove", "list: list, position: number")
def remove(run: Run, items: list[Any], position: Decimal) -> Any:
    index = _index(items, position)
    return produced(run, [*items[:index], *items[index + 1 :]])


@TABLE.function("list replace", "list: list, position: number, newItem: any")
@TABLE.function("list replace", "list: list, match: function, newItem: any")
def list_replace(run: Run, items: list[Any], chosen: Any, item: Any) -> Any:
    if isinstance(chosen, FeelFunction):
        return produced(run, [item if _chosen(run, chosen, old, item) else old for old in items])
    index = _index(items, chosen)
    return produced(run, [*items[:index], item, *items[index + 1 :]])


def _chosen(run: Run, match: FeelFunction, old: Any, new: Any) -> bool:
    if len(match.parameters) != 2:
        raise FeelProblem("match は引数が二つの関数です。")
    result = match.invoke(run, [old, new], 0)
    if type(result) is not bool:
        raise FeelProblem("match が真偽を返しませんでした。")
    return result


def _index(items: list[Any], position: Decimal) -> int:
    place = int(position) if position.adjusted() < 20 else 0
    if not place or abs(place) > len(items):
        raise FeelProblem(f"{len(items)}件のリストに{position}番目はありません。")
    return place - 1 if place > 0 else len(items) + place


@TABLE.function("reverse", "list: list")
def reverse(run: Run, items: list[Any]) -> Any:
    return produced(run, items[::-1])


@TABLE.function("index of", "list: list, match: any")
def index_of(run: Run, items: list[Any], match: Any) -> Any:
    run.spend(len(items))
    return [Decimal(place) for place, item in enumerate(items, 1) if same(item, match, run)]


@TABLE.function("union", "...lists: any")
def union(run: Run, lists: list[Any]) -> Any:
    return distinct(run, concatenate(run, lists))


@TABLE.function("distinct values", "list: list")
def distinct(run: Run, items: list[Any]) -> Any:
    found: list[Any] = []
    for item in items:
        run.spend(len(found) // 8 + 1)
        if not any(same(item, other, run) for other in found):
            found.append(item)
    return found


@TABLE.function("flatten", "list: list")
def flatten(run: Run, items: list[Any]) -> Any:
    result: list[Any] = []
    for item in items:
        run.spend(1)
        if isinstance(item, list):
            result.extend(produced(run, flatten(run, item)))
        else:
            result.append(item)
    return result


@TABLE.function("sort", "list: list, precedes?: function")
def sort(run: Run, items: list[Any], precedes: FeelFunction | None) -> Any:
    def before(one: Any, other: Any) -> bool:
        if precedes is None:
            result = compare.order(one, other)
            if result is None:
                raise FeelProblem("大小を比べられない要素があります。")
            return result < 0
        answer = precedes.invoke(run, [one, other], 0)
        if type(answer) is not bool:
            raise FeelProblem("precedes が真偽を返しませんでした。")
        return answer

    def ordered(one: Any, other: Any) -> int:
        run.spend(1)
        return -1 if before(one, other) else (1 if before(other, one) else 0)

    if precedes is not None and len(precedes.parameters) != 2:
        raise FeelProblem("precedes は引数が二つの関数です。")
    return sorted(items, key=cmp_to_key(ordered))
