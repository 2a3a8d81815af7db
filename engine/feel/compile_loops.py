"""Closures of filters, for, some and every."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from engine.feel import compare, numbers, remedies
from engine.feel import nodes as n
from engine.feel.dates import FeelDate, date_of, days_of
from engine.feel.ranges import Range
from engine.feel.run import Run
from engine.feel.scope import Evaluate, Scope
from engine.feel.types import kind_of, word

if TYPE_CHECKING:
    from engine.feel.compiler import Compiler


_EMPTY = "空のときは、get or else(リスト, []) のように空のリストを渡してください。"
# name, source, place, whether the source is a range without brackets
_Iterator = tuple[str, Evaluate, int, bool]


def filtered(compiler: Compiler, node: n.Filter, scope: Scope) -> Evaluate:
    """base[condition]: by position when the condition is a number, else the elements it holds for."""
    base, inner = compiler.compile(node.base, scope), scope.filter()
    condition, slot, at = compiler.compile(node.condition, inner), inner.slot or "", node.at

    def choose(run: Run, local: dict[str, Any]) -> Any:
        value = base(run, local)
        if type(value) is not list:
            value = [] if value is None else [value]
        inside, found = dict(local), []
        if not value:
            return _from_empty(condition, run, inside, slot)
        for item in value:
            run.spend(1)
            inside[slot] = inside["item"] = item
            kept = condition(run, dict(inside))
            if kept is True:
                found.append(item)
            elif type(kept) is Decimal:
                return at_position(value, kept, run, at)
            elif kept is not False and kept is not None:
                text = f"絞り込みの条件が真偽でも数でもなく{word(kept)}です。"
                run.fail("filter", text, at)
                return None
        return found

    return choose


def _from_empty(condition: Evaluate, run: Run, inside: dict[str, Any], slot: str) -> Any:
    inside[slot] = inside["item"] = None
    before = len(run.diagnostics)
    kept = condition(run, inside)
    del run.diagnostics[before:]
    return None if type(kept) is Decimal else []


def at_position(items: list[Any], position: Decimal, run: Run, at: int) -> Any:
    """The element at a 1-based position, from the end when negative."""
    index = numbers.to_int(position)
    if index and -len(items) <= index <= len(items):
        return items[index - 1 if index > 0 else index]
    run.fail("index", f"{len(items)}件のリストに{position}番目はありません。", at)
    return None


def domain(value: Any, run: Run, at: int, *, bare: bool = False) -> Iterable[Any] | None:
    """What a loop runs over; None (with a diagnostic) when it cannot.  bare: 3..1 without brackets counts down."""
    if type(value) is list:
        return value
    if type(value) is Range:
        return _range_items(value, run, at, bare=bare)
    if value is None:
        run.fail("loop", "繰り返す対象が null です。", at, _EMPTY)
        return None
    return [value]


def _range_items(bounds: Range, run: Run, at: int, *, bare: bool) -> Iterator[Any] | None:
    start, end = bounds.start, bounds.end
    if not bare and compare.order(start, end) == 1:
        run.fail("loop", "範囲の始まりが終わりより後です。", at, "小さい方を先に書いてください。")
        return None
    if type(start) is Decimal and type(end) is Decimal:
        low, high = numbers.to_int(start), numbers.to_int(end)
        if low is not None and high is not None:
            return map(Decimal, _steps(low, high, bounds))
    elif type(start) is FeelDate and type(end) is FeelDate:
        return (date_of(day) for day in _steps(days_of(start), days_of(end), bounds))
    run.fail("loop", "繰り返せる範囲は、両端が整数か日付のものだけです。", at)
    return None


def _steps(low: int, high: int, bounds: Range) -> range:
    step = 1 if low <= high else -1
    if not bounds.start_included:
        low += step
    if not bounds.end_included:
        high -= step
    return range(low, high + step, step)


def _rounds(
    iterators: list[_Iterator], run: Run, local: dict[str, Any], level: int = 0
) -> Iterator[dict[str, Any] | None]:
    """The local variables of every round; None once when a source cannot be looped over."""
    name, source, at, bare = iterators[level]
    values = domain(source(run, local), run, at, bare=bare)
    if values is None:
        yield None
        return
    last = level + 1 == len(iterators)
    for value in values:
        run.spend(1)
        inside = {**local, name: value}
        if last:
            yield inside
        else:
            yield from _rounds(iterators, run, inside, level + 1)


def _iterators(
    compiler: Compiler, iterators: tuple[n.Iterator, ...], scope: Scope
) -> tuple[list[_Iterator], Scope]:
    found: list[_Iterator] = []
    for iterator in iterators:
        source = iterator.source
        bare = isinstance(source, n.RangeOf) and source.bare
        found.append((iterator.name, compiler.compile(source, scope), source.at, bare))
        scope = scope.bind(iterator.name)
    return found, scope


def loop(compiler: Compiler, node: n.For, scope: Scope) -> Evaluate:
    """for ... return: the list of the results; `partial` is the list so far."""
    iterators, inner = _iterators(compiler, node.iterators, scope)
    own = any(iterator.name == "partial" for iterator in node.iterators)
    before = compiler.partials
    body = compiler.compile(node.body, inner if own else inner.bind("partial"))
    uses_partial = compiler.partials > before and not own

    def collect(run: Run, local: dict[str, Any]) -> Any:
        results: list[Any] = []
        for inside in _rounds(iterators, run, local):
            if inside is None:
                return None
            run.grow(1)
            if uses_partial:
                inside["partial"] = so_far(results, run)
            results.append(body(run, inside))
        return results

    return collect


def so_far(results: list[Any], run: Run) -> list[Any]:
    """The results as they stand: a copy, or a round that keeps them would contain itself."""
    run.spend(len(results) // 64)
    return list(results)


def quantified(compiler: Compiler, node: n.Quantified, scope: Scope) -> Evaluate:
    """some or every ... satisfies, in three-valued logic."""
    iterators, inner = _iterators(compiler, node.iterators, scope)
    condition, decisive, at = compiler.compile(node.condition, inner), not node.every, node.at

    def decide(run: Run, local: dict[str, Any]) -> Any:
        unknown = False
        for inside in _rounds(iterators, run, local):
            if inside is None:
                return None
            value = condition(run, inside)
            if value is decisive:
                return decisive
            if value is not True and value is not False:
                unknown = True
                if value is not None:
                    text = f"satisfies の条件が真偽ではなく{word(value)}です。"
                    run.fail("condition", text, at, remedies.condition(kind_of(value)))
        return None if unknown else not decisive

    return decide
