"""Mistakes that show without any data: a call with too many arguments, a number compared with a text, a date that is none.

Only what can never be right is told; what depends on data is left to the evaluation.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.feel import nodes as n
from engine.feel import numbers, regexes
from engine.feel.builtins import OVERLOADS
from engine.feel.dates import parse_date, parse_date_time, parse_time
from engine.feel.durations import parse as parse_duration
from engine.feel.inference import Env, children, entries_of, infer
from engine.feel.problems import FeelProblem
from engine.feel.registry import Overload
from engine.feel.temporal import literal
from engine.feel.types import ANY, JAPANESE, SIMPLE, Type

_DAYS, _MONTHS, _POINT = "days and time duration", "years and months duration", "date and time"
_ORDERED = ("number", "string", "date", "time", _POINT, _DAYS, _MONTHS)
_SAME = {(kind, kind) for kind in ("number", _DAYS, _MONTHS)}
_MOVED = {("date", _DAYS), ("date", _MONTHS), (_POINT, _DAYS), (_POINT, _MONTHS), ("time", _DAYS)}
_SCALED = {("number", "number"), (_DAYS, "number"), (_MONTHS, "number")}
_ARITHMETIC = {
    "+": _SAME | _MOVED | {(b, a) for a, b in _MOVED} | {("string", "string")},
    "-": _SAME | _MOVED | {(a, b) for a in ("date", _POINT) for b in ("date", _POINT)} | {("time", "time")},
    "*": _SCALED | {(b, a) for a, b in _SCALED},
    "/": _SCALED | _SAME,
}  # fmt: skip
_WORDS = {"+": "足し算", "-": "引き算", "*": "掛け算", "/": "割り算"}
_TEXTS = {
    "date": (parse_date, "2026-05-07"),
    "time": (parse_time, "10:00:00"),
    "date and time": (lambda t: parse_date(t) or parse_date_time(t), "2026-05-07T10:00:00"),
    "duration": (parse_duration, "P10D"),
    "number": (numbers.parse, "12.5"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """at: offset in the text.  remedy: how to mend it."""

    at: int
    message: str
    remedy: str


@dataclass
class Faults:
    """types: of the names an expression may read.  functions: our own, with their parameters.  tested: type of `?`.

    named: the types a model defines.
    """

    types: Mapping[str, Type] = field(default_factory=dict)
    functions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tested: Type = ANY
    named: Collection[str] = ()

    def find(self, node: n.Node, bound: Iterable[str] = ()) -> Iterator[Fault]:
        """The faults of a tree; bound: names of local variables, of which nothing is known."""
        yield from self.inside(node, {**self.types, "?": self.tested, **dict.fromkeys(bound, ANY)})

    def inside(self, node: n.Node | None, env: Env) -> Iterator[Fault]:
        """The faults of a node and of everything in it."""
        if node is None:
            return
        yield from self.of_node(node, env)
        for child, seen in children(node, env, self.functions):
            yield from self.inside(child, seen)

    def of_node(self, node: n.Node, env: Env) -> Iterator[Fault]:
        if isinstance(node, n.At) and literal(node.text) is None:
            text = f'@"{node.text}" は日付・時刻・期間のどれでもありません。'
            yield Fault(node.at, text, '@"2026-05-07" や @"P10D" のように書いてください。')
        elif isinstance(node, n.Call) and isinstance(node.callee, n.Name):
            yield from self.of_call(node, node.callee.name, env)
        elif isinstance(node, n.Chain):
            yield from self.of_chain(node, env)
        elif isinstance(node, n.Comparison):
            yield from self.of_pair(
                node.operator, self.kind(node.left, env), self.kind(node.right, env), node.at
            )
        elif isinstance(node, n.Tests | n.In):
            tested = self.tested.kind if isinstance(node, n.Tests) else self.kind(node.value, env)
            for test in node.tests:
                yield from self.of_test(test, tested, env)
        elif isinstance(node, n.If | n.Quantified):
            yield from self.of_condition(node.condition, env)
        elif isinstance(node, n.Logic):
            for operand in node.operands:
                yield from self.of_condition(operand, env)
        elif isinstance(node, n.InstanceOf):
            yield from self.of_type(node.type, node.at)
        elif isinstance(node, n.FunctionOf):
            for _, wanted in node.parameters:
                yield from self.of_type(wanted, node.at)
        elif isinstance(node, n.Path):
            fields = entries_of(infer(node.base, env, self.functions))
            if fields is not None and node.name not in fields:
                whole = f"「{node.base.name}」" if isinstance(node.base, n.Name) else "この値"
                text = f"{whole}に「{node.name}」という項目はありません。"
                known = "・".join(sorted(fields)[:20])
                remedy = nearest(node.name, fields) or f"ある項目（{known}）を書いてください。"
                yield Fault(node.at, text, remedy)

    def of_type(self, wanted: Type, at: int) -> Iterator[Fault]:
        """The types that nobody has defined, inside of others too."""
        if wanted.kind == "named" and wanted.name not in self.named:
            yield Fault(
                at,
                f"「{wanted.name}」という型はありません。",
                nearest(wanted.name, [*SIMPLE, *self.named])
                or "number、string、boolean、date などの型を書いてください。",
            )
        for inner in (
            *(wanted.fields or {}).values(),
            *(wanted.parameters or ()),
            *(one for one in (wanted.inner, wanted.result) if one is not None),
        ):
            yield from self.of_type(inner, at)

    def of_call(self, node: n.Call, name: str, env: Env) -> Iterator[Fault]:
        if name in env:
            return
        if name in self.functions:
            reason = _own_misfit(node, self.functions[name])
            if reason:
                remedy = f"{name}({', '.join(self.functions[name])}) の形で書いてください。"
                yield Fault(node.at, f"関数 {name} の{reason}", remedy)
            return
        overloads = OVERLOADS.get(name)
        if overloads is None:
            return
        kinds = [self.kind(argument, env) for argument in node.arguments]
        reasons = [_misfit(overload, node.names, kinds) for overload in overloads]
        if all(reasons):
            remedy = "、".join(dict.fromkeys(_shape(overload) for overload in overloads))
            yield Fault(node.at, f"関数 {name} の{reasons[-1]}", f"{remedy} の形で書いてください。")
        else:
            yield from _of_texts(node, name)

    def of_chain(self, node: n.Chain, env: Env) -> Iterator[Fault]:
        left = self.kind(node.first, env)
        for operator, operand, at in node.rest:
            right = self.kind(operand, env)
            if left and right and "null" not in (left, right):
                if (left, right) not in _ARITHMETIC[operator]:
                    text = f"{JAPANESE[left]}と{JAPANESE[right]}の{_WORDS[operator]}はできません。"
                    yield Fault(at, text, "string(...) や number(...) で種類をそろえてください。")
                    return
                left = left if left == right and left in ("number", "string") else None
            else:
                left = None

    def of_pair(
        self, operator: str, left: str | None, right: str | None, at: int
    ) -> Iterator[Fault]:
        if left is None or right is None or "null" in (left, right):
            return
        if left != right:
            text = f"{JAPANESE[left]}と{JAPANESE[right]}は比べられません。"
            yield Fault(at, text, "同じ種類の値と比べてください。")
        elif operator not in ("=", "!=") and left not in _ORDERED:
            yield Fault(
                at, f"{JAPANESE[left]}に大小はありません。", "「=」か「!=」を使ってください。"
            )

    def of_test(self, test: n.Test, tested: str | None, env: Env) -> Iterator[Fault]:
        operand = test.operand
        if test.uses_value or tested not in (*_ORDERED, "boolean"):
            return
        ends = (operand.start, operand.end) if isinstance(operand, n.RangeOf) else (operand,)
        for end in ends:
            kind = None if end is None else self.kind(end, env)
            # A boolean may be a condition of its own, a function a test.
            if kind in _ORDERED:
                yield from self.of_pair(test.operator or "=", tested, kind, operand.at)

    def of_condition(self, node: n.Node, env: Env) -> Iterator[Fault]:
        kind = self.kind(node, env)
        if kind not in (None, "null", "boolean"):
            text = f"条件が真偽ではなく{JAPANESE[kind or '']}です。"
            yield Fault(node.at, text, "「=」や「>」で比べる条件にしてください。")

    def kind(self, node: n.Node, env: Env) -> str | None:
        """The kind a node always has, None when it depends on data."""
        found = infer(node, env, self.functions).kind
        return found if found in JAPANESE else None


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy that names the one most like it, "" when none is."""
    found = difflib.get_close_matches(name, sorted(known), n=1)
    return f"「{found[0]}」の誤りではないか確かめてください。" if found else ""


def _own_misfit(node: n.Call, parameters: tuple[str, ...]) -> str:
    """Why a call of one of our own functions cannot work, empty when it can; every parameter is needed."""
    if node.names is not None:
        unknown = [name for name in node.names if name not in parameters]
        missing = [name for name in parameters if name not in node.names]
        if unknown:
            return f"引数「{unknown[0]}」はありません。"
        return f"引数「{missing[0]}」がありません。" if missing else ""
    if len(node.arguments) != len(parameters):
        return f"引数は{len(parameters)}個ですが、{len(node.arguments)}個あります。"
    return ""


def _misfit(overload: Overload, names: tuple[str, ...] | None, kinds: list[str | None]) -> str:
    """Why a signature cannot take the arguments, empty when it may."""
    parameters = overload.parameters
    needed = sum(not parameter.optional for parameter in parameters)
    if names is not None:
        known = [parameter.name for parameter in parameters]
        unknown = [name for name in names if name not in known]
        if unknown:
            return f"引数「{unknown[0]}」はありません。"
        missing = [p.name for p in parameters if not p.optional and p.name not in names]
        if missing:
            return f"引数「{missing[0]}」がありません。"
        pairs = [
            (parameters[known.index(name)], kind) for name, kind in zip(names, kinds, strict=True)
        ]
    else:
        if len(kinds) < needed:
            return f"引数が足りません（{needed}個必要です）。"
        if len(kinds) > len(parameters) and not (parameters and parameters[-1].variadic):
            return f"引数は{len(parameters)}個までです（{len(kinds)}個あります）。"
        pairs = list(zip(parameters, kinds, strict=False))
    for parameter, kind in pairs:
        if kind is not None and not _may_take(parameter.type, kind):
            return f"引数「{parameter.name}」に{JAPANESE[kind]}は渡せません。"
    return ""


def _may_take(wanted: Type, kind: str) -> bool:
    # A single value stands for a list of one, and the other way round.
    if wanted.kind in ("Any", "list", kind) or kind in ("null", "list"):
        return True
    return wanted.kind == _POINT and kind == "date"


def _shape(overload: Overload) -> str:
    parts = [
        parameter.name + ("?" if parameter.optional else "") + ("..." if parameter.variadic else "")
        for parameter in overload.parameters
    ]
    return f"{overload.name}({', '.join(parts)})"


def _of_texts(node: n.Call, name: str) -> Iterator[Fault]:
    """Constant texts that a function can never read."""
    texts = [
        argument.value
        if isinstance(argument, n.Literal) and isinstance(argument.value, str)
        else None
        for argument in node.arguments
    ]
    if name in _TEXTS and len(texts) == 1 and texts[0] is not None:
        read, example = _TEXTS[name]
        if read(texts[0]) is None:
            text = f'{name}("{texts[0]}") は読めません。'
            yield Fault(node.at, text, f'{name}("{example}") のように書いてください。')
    if name in ("matches", "replace", "split") and node.names is None and len(texts) > 1:
        pattern, flags = (
            texts[1],
            texts[-1] if len(texts) == {"matches": 3, "replace": 4}.get(name) else "",
        )
        if pattern is not None and flags is not None:
            try:
                regexes.compiled(pattern, flags)
            except FeelProblem as problem:
                yield Fault(node.at, problem.text, "正規表現を直してください。")
