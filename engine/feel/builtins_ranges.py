"""Built-ins that compare points and ranges (Allen's relations), and range()."""

from __future__ import annotations

import re
from typing import Any

from engine.feel import compare, numbers
from engine.feel.problems import FeelProblem
from engine.feel.ranges import Range
from engine.feel.registry import Table
from engine.feel.run import Run
from engine.feel.temporal import literal

TABLE = Table()


def _order(one: Any, other: Any) -> int:
    result = compare.order(one, other)
    if result is None:
        raise FeelProblem("大小を比べられない値です。")
    return result


def _range(value: Any) -> Range:
    if not isinstance(value, Range):
        raise FeelProblem("範囲が必要です。")
    return value


def _point(value: Any) -> Any:
    if isinstance(value, Range) or value is None:
        raise FeelProblem("範囲でない値が必要です。")
    return value


def _ends(run: Run, one: Any, other: Any) -> tuple[Range, Range]:
    return _range(one), _range(other)


@TABLE.function("before", "point1: any, point2: any")
@TABLE.function("before", "range1: any, range2: any")
@TABLE.function("before", "point: any, range: any")
@TABLE.function("before", "range: any, point: any")
def before(run: Run, one: Any, other: Any) -> Any:
    end, end_in = (one.end, one.end_included) if isinstance(one, Range) else (_point(one), True)
    start, start_in = (
        (other.start, other.start_included) if isinstance(other, Range) else (_point(other), True)
    )
    result = _order(end, start)
    return result < 0 or (result == 0 and not (end_in and start_in))


@TABLE.function("after", "point1: any, point2: any")
@TABLE.function("after", "range1: any, range2: any")
@TABLE.function("after", "point: any, range: any")
@TABLE.function("after", "range: any, point: any")
def after(run: Run, one: Any, other: Any) -> Any:
    return before(run, other, one)


@TABLE.function("meets", "range1: range, range2: range")
def meets(run: Run, one: Range, other: Range) -> Any:
    return one.end_included and other.start_included and _order(one.end, other.start) == 0


@TABLE.function("met by", "range1: range, range2: range")
def met_by(run: Run, one: Range, other: Range) -> Any:
    return meets(run, other, one)


@TABLE.function("overlaps", "range1: range, range2: range")
def overlaps(run: Run, one: Range, other: Range) -> Any:
    return not before(run, one, other) and not before(run, other, one)


@TABLE.function("overlaps before", "range1: range, range2: range")
def overlaps_before(run: Run, one: Range, other: Range) -> Any:
    starts, across, ends = (
        _order(one.start, other.start),
        _order(one.end, other.start),
        _order(one.end, other.end),
    )
    return (
        (starts < 0 or (starts == 0 and one.start_included and not other.start_included))
        and (across > 0 or (across == 0 and one.end_included and other.start_included))
        and (ends < 0 or (ends == 0 and (not one.end_included or other.end_included)))
    )


@TABLE.function("overlaps after", "range1: range, range2: range")
def overlaps_after(run: Run, one: Range, other: Range) -> Any:
    across, starts, ends = (
        _order(other.end, one.start),
        _order(other.start, one.start),
        _order(other.end, one.end),
    )
    return (
        (starts < 0 or (starts == 0 and other.start_included and not one.start_included))
        and (across > 0 or (across == 0 and other.end_included and one.start_included))
        and (ends < 0 or (ends == 0 and (not other.end_included or one.end_included)))
    )


@TABLE.function("finishes", "point: any, range: any")
@TABLE.function("finishes", "range1: any, range2: any")
def finishes(run: Run, one: Any, other: Any) -> Any:
    outer = _range(other)
    if not isinstance(one, Range):
        return outer.end_included and _order(_point(one), outer.end) == 0
    if one.end_included != outer.end_included or _order(one.end, outer.end) != 0:
        return False
    starts = _order(one.start, outer.start)
    return starts > 0 or (starts == 0 and (not one.start_included or outer.start_included))


@TABLE.function("finished by", "range: any, point: any")
@TABLE.function("finished by", "range1: any, range2: any")
def finished_by(run: Run, one: Any, other: Any) -> Any:
    return finishes(run, other, one)


@TABLE.function("includes", "range: any, point: any")
@TABLE.function("includes", "range1: any, range2: any")
def includes(run: Run, one: Any, other: Any) -> Any:
    outer = _range(one)
    if not isinstance(other, Range):
        inside = compare.contains(outer, _point(other))
        if inside is None:
            raise FeelProblem("大小を比べられない値です。")
        return inside
    starts, ends = _order(outer.start, other.start), _order(outer.end, other.end)
    return (
        starts < 0 or (starts == 0 and (outer.start_included or not other.start_included))
    ) and (ends > 0 or (ends == 0 and (outer.end_included or not other.end_included)))


@TABLE.function("during", "point: any, range: any")
@TABLE.function("during", "range1: any, range2: any")
def during(run: Run, one: Any, other: Any) -> Any:
    return includes(run, other, one)


@TABLE.function("starts", "point: any, range: any")
@TABLE.function("starts", "range1: any, range2: any")
def starts(run: Run, one: Any, other: Any) -> Any:
    outer = _range(other)
    if not isinstance(one, Range):
        return outer.start_included and _order(_point(one), outer.start) == 0
    if one.start_included != outer.start_included or _order(one.start, outer.start) != 0:
        return False
    ends = _order(one.end, outer.end)
    return ends < 0 or (ends == 0 and (not one.end_included or outer.end_included))


@TABLE.function("started by", "range: any, point: any")
@TABLE.function("started by", "range1: any, range2: any")
def started_by(run: Run, one: Any, other: Any) -> Any:
    return starts(run, other, one)


@TABLE.function("coincides", "point1: any, point2: any")
@TABLE.function("coincides", "range1: any, range2: any")
def coincides(run: Run, one: Any, other: Any) -> Any:
    if isinstance(one, Range) and isinstance(other, Range):
        shape = (one.start_included, one.end_included) == (other.start_included, other.end_included)
        return shape and _order(one.start, other.start) == 0 and _order(one.end, other.end) == 0
    return _order(_point(one), _point(other)) == 0


_RANGE = re.compile(r"\s*([\[\](])\s*(.*?)\s*\.\.\s*(.*?)\s*([\])\[])\s*\Z", re.DOTALL)


@TABLE.function("range", "from: string")
def range_of_text(run: Run, text: str) -> Any:
    found = _RANGE.match(text) if len(text) < 1000 else None
    if not found:
        raise FeelProblem("範囲として読めません（例: [1..10]）。")
    start, end = _endpoint(found[2]), _endpoint(found[3])
    if start is None and end is None:
        raise FeelProblem("範囲の両端がありません。")
    if start is not None and end is not None and _order(start, end) > 0:
        raise FeelProblem("範囲の始まりが終わりより後です。")
    opened, closed = found[1] == "[", found[4] == "]"
    if (start is None and opened) or (end is None and closed):
        raise FeelProblem("端のない側は閉じられません。")
    return Range(start, end, opened, closed, start is not None, end is not None)


def _endpoint(text: str) -> Any:
    if text in ("", "null"):
        return None
    value: Any = None
    if text.startswith('"') and text.endswith('"') and len(text) > 1 and '"' not in text[1:-1]:
        value = text[1:-1]
    elif found := re.fullmatch(
        r'(?:@|date|time|date and time|duration)\s*\(?\s*"([^"]*)"\s*\)?', text
    ):
        value = literal(found[1])
    else:
        value = numbers.parse(text)
    if value is None:
        raise FeelProblem("範囲の端が読めません。")
    return value
