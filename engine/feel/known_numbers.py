"""What is known of the numbers that expressions give, whatever the data: that they are whole, the ends they stay within."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any

from engine.feel import nodes as n
from engine.feel.durations import DAY, DaysDuration
from engine.feel.temporal import literal
from engine.feel.text import source_of
from engine.feel.types import INTEGER, Type

# How a type says that only whole numbers go in, without white space.
_WHOLE = ("floor(?)=?", "?=floor(?)", "ceiling(?)=?", "?=ceiling(?)", "modulo(?,1)=0")


def is_whole(constraint: str) -> bool:
    """Whether it says that only whole numbers go in."""
    return "".join(constraint.split()) in _WHOLE


def are_whole(*types: Type) -> bool:
    """Whether all are types of whole numbers."""
    return all(one.kind == "number" and any(map(is_whole, one.constraints)) for one in types)


def _limited(base: Type, text: str, allowed: Callable[[Any], bool]) -> Type:
    whole = base.allowed or (lambda value: True)
    return Type(
        "number",
        allowed=lambda value: whole(value) and allowed(value),
        constraints=(*base.constraints, text),
    )


def _within(low: int, high: int) -> Type:
    return _limited(INTEGER, f"[{low}..{high}]", lambda value: low <= value <= high)


def number_among(values: Collection[Decimal]) -> Type:
    """A number that is one of these."""
    base = INTEGER if all(value == value.to_integral_value() for value in values) else _NUMBER
    text = ", ".join(source_of(value) for value in values)
    return _limited(base, text, frozenset(values).__contains__)


_NUMBER = Type("number")
_COUNT = _limited(INTEGER, ">= 0", lambda value: value >= 0)
# Seconds may have a fraction.
_CALENDAR = {"year": INTEGER, "month": _within(1, 12), "day": _within(1, 31), "weekday": _within(1, 7)}  # fmt: skip
_CLOCK = {
    "hour": _within(0, 23),
    "minute": _within(0, 59),
    "second": _limited(_NUMBER, "[0..60)", lambda value: 0 <= value < 60),
}
_PROPERTIES: Mapping[str, Mapping[str, Type]] = {
    "date": _CALENDAR,
    "time": _CLOCK,
    "date and time": {**_CALENDAR, **_CLOCK},
    "days and time duration": {
        "days": INTEGER,
        "hours": _within(-23, 23),
        "minutes": _within(-59, 59),
        "seconds": _limited(_NUMBER, "(-60..60)", lambda value: -60 < value < 60),
    },
    "years and months duration": {"years": INTEGER, "months": _within(-11, 11)},
}
_RESULTS = {
    "count": _COUNT,
    "string length": _COUNT,
    "day of year": _within(1, 366),
    "week of year": _within(1, 53),
}
# Of whole numbers these make whole ones, whatever else they are given.
_KEEPING = ("abs", "min", "max", "sum", "product", "modulo")
_ROUNDING = (
    "floor", "ceiling", "decimal", "round up", "round down", "round half up", "round half down",
)  # fmt: skip
# What tells whether a rounded number is whole: how many places stay.
_SCALE = "scale"


def of_property(kind: str, name: str) -> Type:
    """The number that a property of a value of this kind is."""
    return _PROPERTIES.get(kind, {}).get(name, _NUMBER)


def of_call(name: str, node: n.Call, given: Sequence[Type]) -> Type | None:
    """The number that a built-in gives; None when nothing more than its kind is known. given: types of the arguments."""
    if name in _RESULTS:
        return _RESULTS[name]
    if name in _ROUNDING:
        return INTEGER if _is_rounded(node, given) else None
    if name not in _KEEPING or not given:
        return None
    if name in ("abs", "modulo") or len(given) > 1:
        parts: list[Type | None] = list(given)
    else:
        parts = [given[0].inner if given[0].kind == "list" else given[0]]
    if not all(part is not None and are_whole(part) for part in parts):
        return None
    if name == "modulo" and node.names is None and len(node.arguments) == 2:
        divisor = _constant(node.arguments[1])
        # The remainder of a larger one is rounded.
        if divisor is not None and divisor > 0 and divisor.adjusted() < 34:
            top = source_of(divisor)
            return _limited(INTEGER, f"[0..{top})", lambda value: 0 <= value < divisor)
    return INTEGER


def _is_rounded(node: n.Call, given: Sequence[Type]) -> bool:
    """Whether a rounding leaves no places behind the point."""
    names = node.names or ("n", _SCALE)[: len(node.arguments)]
    arguments = dict(zip(names, zip(node.arguments, given, strict=True), strict=False))
    if "n" in arguments and are_whole(arguments["n"][1]):
        return True
    if _SCALE not in arguments:
        # Only these two may go without.
        return (
            node.callee.name in ("floor", "ceiling") if isinstance(node.callee, n.Name) else False
        )
    scale = _constant(arguments[_SCALE][0])
    return scale is not None and scale <= 0


def of_chain(node: n.Chain, given: Sequence[Type], *, is_between_dates: bool) -> Type:
    """The number that + - * / make. given: types of the operands. is_between_dates: the first is date - date."""
    if all(operator in ("+", "-", "*") for operator, _, _ in node.rest):
        return INTEGER if are_whole(*given) else _NUMBER
    counts_days = is_between_dates and len(node.rest) == 1 and _is_one_day(node.rest[0][1])
    return INTEGER if counts_days else _NUMBER


def _is_one_day(node: n.Node) -> bool:
    text = node.text if isinstance(node, n.At) else None
    if isinstance(node, n.Call) and isinstance(node.callee, n.Name) and len(node.arguments) == 1:
        argument = node.arguments[0]
        if node.callee.name == "duration" and isinstance(argument, n.Literal):
            text = argument.value
    day = literal(text) if isinstance(text, str) else None
    return isinstance(day, DaysDuration) and day.nanos == DAY


def of_power(node: n.Power, base: Type) -> Type:
    """The number that base ** exponent gives."""
    exponent = _constant(node.exponent)
    is_natural = exponent is not None and exponent >= 0 and exponent == exponent.to_integral_value()
    return INTEGER if is_natural and are_whole(base) else _NUMBER


def _constant(node: n.Node) -> Decimal | None:
    is_negative = isinstance(node, n.Negation)
    inner = node.operand if isinstance(node, n.Negation) else node
    value = inner.value if isinstance(inner, n.Literal) else None
    if type(value) is not Decimal:
        return None
    return -value if is_negative else value
