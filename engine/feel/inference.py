"""What type an expression always has, as far as it shows without any data: from literals, operators, built-ins, paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from engine.feel import day_names, known_numbers
from engine.feel import nodes as n
from engine.feel.callables import Signature
from engine.feel.compare import zoned
from engine.feel.joined_types import free, joined, together
from engine.feel.properties import BY_KIND, NUMBERS
from engine.feel.temporal import literal
from engine.feel.types import ANY, INTEGER, Type, kind_of, one_of

DAYS, MONTHS, _POINT = "days and time duration", "years and months duration", "date and time"
ORDERED = ("number", "string", "date", "time", _POINT, DAYS, MONTHS)
_RESULTS = {
    **dict.fromkeys(
        ("string", "upper case", "lower case", "substring", "substring before", "substring after", "replace",
         "string join", "trim"), "string"),
    **dict.fromkeys(
        ("number", "decimal", "modulo", "round up", "round down", "round half up", "round half down", "floor", "ceiling",
         "sqrt", "exp", "log"), "number"),
    **dict.fromkeys(("contains", "starts with", "ends with", "matches", "list contains", "not", "is empty",
                     "is defined", "odd", "even"), "boolean"),
    **{"date": "date", "today": "date", "time": "time", "date and time": _POINT, "now": _POINT, "split": "list",
       "years and months duration": MONTHS, "range": "range"},
}  # fmt: skip
# Those that give one of few texts.
_LISTED = {
    name: one_of(names)
    for name, names in (("day of week", day_names.WEEKDAYS), ("month of year", day_names.MONTHS))
}  # fmt: skip
# Those that give the list they take, its elements chosen or put in another order.
_KEPT = ("sort", "reverse", "sublist", "remove", "distinct values")
# What each operation makes of two kinds; of those that are not here it makes nothing.
_SAME = {(kind, kind): kind for kind in ("number", DAYS, MONTHS)}
_MOVED = {("date", DAYS): "date", ("date", MONTHS): "date", (_POINT, DAYS): _POINT, (_POINT, MONTHS): _POINT,
          ("time", DAYS): "time"}  # fmt: skip
_SCALED = {("number", "number"): "number", (DAYS, "number"): DAYS, (MONTHS, "number"): MONTHS}
_BETWEEN = {(a, b): DAYS for a in ("date", _POINT) for b in ("date", _POINT)}
ARITHMETIC: Mapping[str, Mapping[tuple[str, str], str]] = {
    "+": {**_SAME, **_MOVED, **{(b, a): k for (a, b), k in _MOVED.items()}, ("string", "string"): "string"},
    "-": {**_SAME, **_MOVED, **_BETWEEN, ("time", "time"): DAYS},
    "*": {**_SCALED, **{(b, a): k for (a, b), k in _SCALED.items()}},
    "/": {**_SCALED, (DAYS, DAYS): "number", (MONTHS, MONTHS): "number"},
}  # fmt: skip
_BOOLEAN = (n.Comparison, n.Between, n.In, n.InstanceOf, n.Quantified, n.Logic)

# The types of the names an expression sees; Any: of that name nothing is known.
Env = dict[str, Type]
Functions = Mapping[str, Signature]
NONE: Functions = MappingProxyType({})


def infer(node: n.Node | None, env: Env, functions: Functions = NONE) -> Type:
    """The type, Any when it depends on data. functions: those that are no built-ins."""
    made = _OF.get(type(node))
    return ANY if made is None else made(node, env, functions)


def children(
    node: n.Node, env: Env, functions: Functions = NONE
) -> Iterator[tuple[n.Node | None, Env]]:
    """The nodes inside a node, each with the names seen there."""
    if isinstance(node, n.For | n.Quantified):
        for iterator in node.iterators:
            yield iterator.source, env
            env = env | {iterator.name: _item(infer(iterator.source, env, functions))}
        body = node.body if isinstance(node, n.For) else node.condition
        yield body, env | {"partial": ANY}
    elif isinstance(node, n.FunctionOf):
        yield node.body, env | {name: ANY for name, _ in node.parameters}
    elif isinstance(node, n.ContextOf):
        for name, entry in node.entries:
            yield entry, env
            env = env | {name: infer(entry, env, functions)}
    elif isinstance(node, n.Filter):
        yield node.base, env
        yield node.condition, _inside(infer(node.base, env, functions), env)
    elif isinstance(node, n.Chain):
        yield node.first, env
        yield from ((operand, env) for _, operand, _ in node.rest)
    elif isinstance(node, n.Tests | n.In):
        inside = env
        if isinstance(node, n.In):
            yield node.value, env
            inside = env | {"?": infer(node.value, env, functions)}
        yield from ((test.operand, inside) for test in node.tests)
    else:
        for name in node.__dataclass_fields__:
            value = getattr(node, name)
            for child in value if isinstance(value, tuple) else (value,):
                if isinstance(child, n.Node):
                    yield child, env


def entries_of(whole: Type) -> Mapping[str, Type] | None:
    """The entries a path can name: those of a context, or of each one in a list; None when they are not known."""
    return whole.inner.fields if whole.kind == "list" and whole.inner else whole.fields


class Everything(dict[str, Type]):
    """Knows the types of some names and sees every other: inside a filter it may be an entry of the elements."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Type:
        return ANY

    def get(self, name: str, default: Any = None) -> Any:
        return self[name]

    def __or__(self, more: Any) -> Any:
        return Everything({**self, **more})


def _inside(base: Type, env: Env) -> Env:
    """What the condition of a filter sees: the entries of the elements before everything else."""
    entries = entries_of(base)
    return Everything() if entries is None else env | {"item": _item(base), **entries}


def _item(whole: Type) -> Type:
    """Of the elements of a list or a range; a single value stands for a list of one."""
    return whole.inner or ANY if whole.kind in ("list", "range") else whole


def _literal(node: n.Literal, env: Env, functions: Functions) -> Type:
    value = node.value
    is_whole = type(value) is Decimal and value == value.to_integral_value()
    return INTEGER if is_whole else Type(kind_of(value))


def _of_text(text: str) -> Type:
    """The type of what a text stands for, Any when it is no date, time or duration."""
    value = literal(text)
    return ANY if value is None else Type(kind_of(value), zoned=zoned(value))


def _at(node: n.At, env: Env, functions: Functions) -> Type:
    return _of_text(node.text)


def _list(node: n.ListOf, env: Env, functions: Functions) -> Type:
    return Type("list", inner=joined(infer(item, env, functions) for item in node.items))


def _range(node: n.RangeOf, env: Env, functions: Functions) -> Type:
    ends = [infer(end, env, functions) for end in (node.start, node.end) if end is not None]
    return Type("range", inner=joined(ends)) if ends else Type("range")


def _for(node: n.For, env: Env, functions: Functions) -> Type:
    body, inside = list(children(node, env, functions))[-1]
    return Type("list", inner=infer(body, inside, functions))


def _context(node: n.ContextOf, env: Env, functions: Functions) -> Type:
    fields: Env = {}
    for name, entry in node.entries:
        fields[name] = infer(entry, env | fields, functions)
    return Type("context", fields=fields)


def _if(node: n.If, env: Env, functions: Functions) -> Type:
    values = list(_branches(node))
    texts = [value for value in values if isinstance(value, str)]
    amounts = [value for value in values if type(value) is Decimal]
    if texts and len(texts) == len(values):
        return one_of(dict.fromkeys(texts))
    if amounts and len(amounts) == len(values):
        return known_numbers.number_among(dict.fromkeys(amounts))
    return joined(infer(one, env, functions) for one in (node.then, node.otherwise))


def _branches(node: n.If) -> Iterator[Any]:
    """The values that an `if` chooses among, without null; the nodes of those that are calculated."""
    for one in (node.then, node.otherwise):
        if isinstance(one, n.If):
            yield from _branches(one)
        elif not isinstance(one, n.Literal):
            yield one
        elif one.value is not None:
            yield one.value


def _negation(node: n.Negation, env: Env, functions: Functions) -> Type:
    found = infer(node.operand, env, functions)
    # What else holds of a number need not hold of its negative.
    return INTEGER if known_numbers.are_whole(found) else free(found)


def _chain(node: n.Chain, env: Env, functions: Functions) -> Type:
    given = [infer(one, env, functions) for one in (node.first, *(one for _, one, _ in node.rest))]
    kind = given[0].kind
    for (operator, _, _), operand in zip(node.rest, given[1:], strict=True):
        made = ARITHMETIC[operator].get((kind, operand.kind))
        if made is None:
            return ANY
        kind = made
    if kind != "number":
        return Type(kind)
    is_between_dates = isinstance(node.first, n.Chain) and _is_between_dates(
        node.first, env, functions
    )
    return known_numbers.of_chain(node, given, is_between_dates=is_between_dates)


def _is_between_dates(node: n.Chain, env: Env, functions: Functions) -> bool:
    operands = (node.first, *(one for _, one, _ in node.rest))
    return len(operands) == 2 and all(infer(o, env, functions).kind == "date" for o in operands)


def _power(node: n.Power, env: Env, functions: Functions) -> Type:
    base, exponent = (infer(one, env, functions) for one in (node.base, node.exponent))
    if {base.kind, exponent.kind} != {"number"}:
        return ANY
    return known_numbers.of_power(node, base)


def _function(node: n.FunctionOf, env: Env, functions: Functions) -> Type:
    return Type("function")


def _name(node: n.Name, env: Env, functions: Functions) -> Type:
    found: Type = env.get(node.name, ANY)
    return found


def _path(node: n.Path, env: Env, functions: Functions) -> Type:
    base = infer(node.base, env, functions)
    if node.name in BY_KIND.get(base.kind, ()):
        return known_numbers.of_property(base.kind, node.name) if node.name in NUMBERS else ANY
    found = (entries_of(base) or {}).get(node.name, ANY)
    return Type("list", inner=found) if base.kind == "list" else found


def _filter(node: n.Filter, env: Env, functions: Functions) -> Type:
    """By position one element, by a condition a list of them."""
    base = infer(node.base, env, functions)
    by = infer(node.condition, _inside(base, env), functions).kind
    if base.kind == "list" and by == "number":
        return _item(base)
    return base if base.kind == "list" and by == "boolean" else ANY


def _call(node: n.Call, env: Env, functions: Functions) -> Type:
    name = node.callee.name if isinstance(node.callee, n.Name) else ""
    if name in functions and name not in env:
        return functions[name].result
    if name in env or not name:
        return ANY
    if name in ("duration", "time", _POINT) and len(node.arguments) == 1:
        text = node.arguments[0]
        written = text.value if isinstance(text, n.Literal) else None
        found = _of_text(written) if isinstance(written, str) else ANY
        if found.kind in ((DAYS, MONTHS) if name == "duration" else (name,)):
            return found
    if name == "now":
        return Type(_POINT, zoned=True)
    if name == "concatenate" and node.names is None:
        parts = [infer(one, env, functions) for one in node.arguments]
        return joined(parts) if all(part.kind == "list" for part in parts) else Type("list")
    if name == "context merge" and node.names is None:
        whole = node.arguments[0] if len(node.arguments) == 1 else None
        items = whole.items if isinstance(whole, n.ListOf) else ()
        parts = [infer(one, env, functions) for one in items]
        if parts and all(part.kind == "context" for part in parts):
            return together(parts, lambda found: found[-1])
        return Type("context")
    if name in _KEPT and node.arguments and node.names is None:
        kept = infer(node.arguments[0], env, functions)
        return kept if kept.kind == "list" else Type("list")
    if name in _LISTED:
        return _LISTED[name]
    given = [infer(one, env, functions) for one in node.arguments]
    number = known_numbers.of_call(name, node, given)
    if number is not None:
        return number
    return Type(_RESULTS[name]) if name in _RESULTS else ANY


_OF: dict[Any, Callable[[Any, Env, Functions], Type]] = {
    n.Literal: _literal,
    n.At: _at,
    **dict.fromkeys(_BOOLEAN, lambda node, env, functions: Type("boolean")),
    n.ListOf: _list,
    n.RangeOf: _range,
    n.For: _for,
    n.ContextOf: _context,
    n.If: _if,
    n.Negation: _negation,
    n.Chain: _chain,
    n.Power: _power,
    n.FunctionOf: _function,
    n.Name: _name,
    n.Path: _path,
    n.Filter: _filter,
    n.Call: _call,
}
