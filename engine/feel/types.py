"""FEEL types: what a value is, whether it conforms, and the implicit conversions of the standard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.feel.dates import FeelDate, FeelDateTime, FeelTime
from engine.feel.durations import DaysDuration, MonthsDuration
from engine.feel.ranges import Range


@dataclass(frozen=True)
class Type:
    """kind: Any, a simple kind, list, range, context, function or named (name is looked up later).

    inner: of list and range; None: anything.  fields: of a context.  allowed: an extra constraint.
    constraints: how the constraint is written, for checks.  zoned: whether times have a time zone, None: either way.
    """

    kind: str
    name: str = ""
    inner: Type | None = None
    fields: Mapping[str, Type] | None = None
    parameters: tuple[Type, ...] | None = None
    result: Type | None = None
    allowed: Callable[[Any], bool] | None = field(default=None, compare=False)
    constraints: tuple[str, ...] = field(default=(), compare=False)
    zoned: bool | None = None


ANY = Type("Any")
INTEGER = Type(
    "number",
    allowed=lambda value: value == value.to_integral_value(),
    constraints=("floor(?) = ?",),
)
SIMPLE = {
    "Any": "Any",
    "any": "Any",
    "number": "number",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "date and time": "date and time",
    "dateTime": "date and time",
    "days and time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "years and months duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
    "list": "list",
    "context": "context",
    "function": "function",
    "range": "range",
    "null": "null",
    "Null": "null",
}
_KINDS: dict[type, str] = {
    bool: "boolean",
    Decimal: "number",
    str: "string",
    FeelDate: "date",
    FeelTime: "time",
    FeelDateTime: "date and time",
    DaysDuration: "days and time duration",
    MonthsDuration: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    type(None): "null",
}
# Words for messages to people.
JAPANESE = {
    "boolean": "真偽",
    "number": "数",
    "string": "文字列",
    "date": "日付",
    "time": "時刻",
    "date and time": "日時",
    "days and time duration": "日数の期間",
    "years and months duration": "年月の期間",
    "list": "リスト",
    "context": "項目の集まり",
    "range": "範囲",
    "function": "関数",
    "null": "null",
}


def kind_of(value: Any) -> str:
    """The kind of a FEEL value."""
    return _KINDS.get(type(value)) or ("context" if isinstance(value, dict) else "function")


def kind_of_type(python: type) -> str:
    """The kind of the values of a Python type."""
    return _KINDS[python]


def word(value: Any) -> str:
    """The kind of a value in Japanese."""
    return JAPANESE[kind_of(value)]


def named_type(name: str) -> Type:
    return Type(SIMPLE[name]) if name in SIMPLE else Type("named", name)


def names_of(whole: Type) -> Iterator[str]:
    """The names of the types in a type that have to be looked up."""
    if whole.kind == "named":
        yield whole.name
    inner = (whole.inner, whole.result, *(whole.fields or {}).values(), *(whole.parameters or ()))
    for one in inner:
        if one is not None:
            yield from names_of(one)


def one_of(texts: Iterable[str]) -> Type:
    """A text that is one of these."""
    known = tuple(texts)
    written = (one.replace("\\", "\\\\").replace('"', '\\"') for one in known)
    constraint = ", ".join(f'"{one}"' for one in written)
    return Type("string", allowed=known.__contains__, constraints=(constraint,))


def list_type(inner: Type) -> Type:
    return Type("list", inner=inner)


def range_type(inner: Type) -> Type:
    return Type("range", inner=inner)


def context_type(fields: Mapping[str, Type]) -> Type:
    return Type("context", fields=dict(fields))


def function_type(parameters: tuple[Type, ...], result: Type) -> Type:
    return Type("function", parameters=parameters, result=result)


def resolve(wanted: Type, types: Mapping[str, Type]) -> Type:
    """The type with the named types looked up; an unknown name stays."""
    if wanted.kind == "named":
        return types.get(wanted.name, wanted)
    if wanted.inner is None and wanted.fields is None and wanted.parameters is None:
        return wanted
    return Type(
        wanted.kind,
        wanted.name,
        resolve(wanted.inner, types) if wanted.inner else None,
        {k: resolve(t, types) for k, t in wanted.fields.items()}
        if wanted.fields is not None
        else None,
        tuple(resolve(t, types) for t in wanted.parameters)
        if wanted.parameters is not None
        else None,
        resolve(wanted.result, types) if wanted.result else None,
        wanted.allowed,
        wanted.constraints,
    )


def conforms(value: Any, wanted: Type) -> bool:
    """Whether a value is of the type; null is of every type."""
    if value is None or (wanted.kind == "Any" and wanted.allowed is None):
        return True
    if not _fits(value, wanted):
        return False
    return wanted.allowed is None or wanted.allowed(value)


def _fits(value: Any, wanted: Type) -> bool:
    kind = wanted.kind
    if kind == "Any":
        return True
    if kind_of(value) != kind:
        return False
    if kind == "list" and wanted.inner is not None:
        return all(conforms(item, wanted.inner) for item in value)
    if kind == "range" and wanted.inner is not None:
        return conforms(value.start, wanted.inner) and conforms(value.end, wanted.inner)
    if kind == "context" and wanted.fields is not None:
        return all(
            name in value and conforms(value[name], inner) for name, inner in wanted.fields.items()
        )
    if kind == "function" and wanted.parameters is not None:
        return _function_fits(value, wanted)
    return True


def _function_fits(value: Any, wanted: Type) -> bool:
    parameters = wanted.parameters or ()
    if value.types is None or len(value.types) != len(parameters):
        return value.types is None
    result = wanted.result or ANY
    return all(
        accepts(mine, theirs) for mine, theirs in zip(value.types, parameters, strict=True)
    ) and (
        # Nothing is known of the result of a function that declares none.
        value.result == ANY or accepts(result, value.result)
    )


def accepts(wide: Type, narrow: Type) -> bool:
    """Whether every value of narrow is one of wide."""
    if wide.kind == "Any" or narrow.kind == "null":
        return True
    if wide.kind != narrow.kind:
        return False
    if wide.kind in ("list", "range"):
        return wide.inner is None or (
            narrow.inner is not None and accepts(wide.inner, narrow.inner)
        )
    if wide.kind == "context" and wide.fields is not None:
        mine = narrow.fields or {}
        return all(
            name in mine and accepts(inner, mine[name]) for name, inner in wide.fields.items()
        )
    if wide.kind == "function" and wide.parameters is not None:
        theirs = narrow.parameters
        return (
            theirs is not None
            and len(theirs) == len(wide.parameters)
            and all(accepts(n, w) for w, n in zip(wide.parameters, theirs, strict=True))
            and accepts(wide.result or ANY, narrow.result or ANY)
        )
    return True


def is_instance(value: Any, wanted: Type) -> bool:
    """`instance of`: like conforms, but null is only an instance of null."""
    if value is None:
        return wanted.kind == "null"
    return conforms(value, wanted)


MISFIT = object()


def coerce(value: Any, wanted: Type) -> Any:
    """The value as the type wants it (singleton lists, date to date and time), MISFIT when it cannot be."""
    if conforms(value, wanted):
        return value
    if wanted.kind == "list":
        wrapped = [value]
        return wrapped if type(value) is not list and conforms(wrapped, wanted) else MISFIT
    if type(value) is list and len(value) == 1 and conforms(value[0], wanted):
        return value[0]
    if wanted.kind == "date and time" and type(value) is FeelDate:
        return FeelDateTime(value, FeelTime(0, 0, 0, 0, 0))
    return MISFIT
