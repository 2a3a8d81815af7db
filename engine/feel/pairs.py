"""Mistakes of two values together: compared, tested, calculated with, though their kinds never go together."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from engine.feel import constants, remedies
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS, OVERLOADS
from engine.feel.callables import Signature
from engine.feel.compile_operators import WORDS
from engine.feel.day_names import english
from engine.feel.inference import ARITHMETIC, DAYS, ORDERED, Env, infer
from engine.feel.list_calls import never_in
from engine.feel.lookalikes import Found
from engine.feel.near import suggestion
from engine.feel.registry import Parameter, written_as
from engine.feel.signatures import misfit
from engine.feel.text import source_of
from engine.feel.types import ANY, JAPANESE, Type, conforms

_DATES = ("date", "date and time")
_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Fault:
    """at: offset in the text.  remedy: how to mend it.  certain: False for what may be meant so, if hardly."""

    at: int
    message: str
    remedy: str
    certain: bool = True


@dataclass
class Pairs:
    """types: of the names an expression may read.  functions: our own.  tested: type of `?`.

    named: the types a model defines.  names: further names that hold a value, whatever it is.
    is_closed: whether no name holds a value but those, so that any other in a filter has to be an entry.
    """

    types: Mapping[str, Type] = field(default_factory=dict)
    functions: Mapping[str, Signature] = field(default_factory=dict)
    tested: Type = ANY
    named: Collection[str] = ()
    names: Collection[str] = ()
    is_closed: bool = False
    # The dates without quotes in the text that is looked at, by their offset; of those, the ones that may be sums.
    dates: dict[int, Found] = field(default_factory=dict, init=False)
    sums: set[int] = field(default_factory=set, init=False)
    # Where values are joined in a cell, which is told as such.
    joined: set[int] = field(default_factory=set, init=False)
    is_cell: bool = field(default=False, init=False)

    def kind(self, node: n.Node, env: Env) -> str | None:
        """The kind a node always has, None when it depends on data."""
        if isinstance(node, n.Name) and self.is_function(node.name, env):
            return "function"
        found = infer(node, env, self.functions).kind
        return found if found in JAPANESE else None

    def is_function(self, name: str, env: Env) -> bool:
        """Whether a name, read as a value, is a function and no data."""
        return name not in env and (name in BUILTINS or name in self.functions)

    def of_function(self, node: n.Name, *, certain: bool = True) -> Fault:
        """A function named where a value is wanted."""
        text = f"「{node.name}」は関数で、値ではありません。"
        remedy = _call_of(node.name, self.functions.get(node.name))
        if self.is_cell and node.name in ("any", "all"):
            remedy = "何にでも当てはまるセルは「-」と書いてください。"
        return Fault(node.at, text, remedy, certain)

    def of_operations(self, node: n.Chain, env: Env) -> Iterator[Fault]:
        left = self.kind(node.first, env)
        for part in (node.first, *(operand for _, operand, _ in node.rest)):
            if isinstance(part, n.Name) and self.is_function(part.name, env):
                yield self.of_function(part)
                return
        if self.is_cell and all(
            isinstance(part, n.Literal) and isinstance(part.value, str) and operator in "/"
            for operator, part, _ in (("", node.first, 0), *node.rest)
        ):
            yield _listed(node)
            return
        for operator, operand, at in node.rest:
            right = self.kind(operand, env)
            if left and right and "null" not in (left, right):
                result = ARITHMETIC[operator].get((left, right))
                date = self.dates.get(n.start(operand))
                if date is not None and left in _DATES:
                    yield Fault(date.start, date.message, date.remedy)
                    return
                if result is None:
                    text = f"{JAPANESE[left]}と{JAPANESE[right]}の{WORDS[operator]}はできません。"
                    yield Fault(at, text, self.calculated(operator, operand, left, right))
                    return
                left = result
            else:
                left = None

    def calculated(self, operator: str, operand: n.Node, left: str, right: str) -> str:
        remedy = remedies.calculated(operator, left, right)
        if left in _DATES and isinstance(operand, n.Literal) and isinstance(operand.value, str):
            return constants.rewritten(operand, DAYS) or remedy
        if left in _DATES and right == "number" and operator in "+-":
            counted = [
                f"{name}({', '.join(signature.needed)})"
                for name, signature in self.functions.items()
                if signature.parameters[:2] == ("date", "n")
            ]
            if isinstance(operand, n.Literal):
                remedy = remedy.replace("P30D", f"P{operand.value:f}D")
            if counted:
                remedy += f"期限や開庁日の数え方には {'、'.join(counted)} があります。"
        return remedy

    def of_pair(
        self, operator: str, left: n.Node, right: n.Node, at: int, env: Env
    ) -> Iterator[Fault]:
        one, other = self.kind(left, env), self.kind(right, env)
        if isinstance(left, n.Comparison) and left.operator not in ("=", "!=") and operator != "=":
            text = "比べる式を二つ続けて書くことはできません。"
            yield Fault(at, text, "「1 <= x and x < 10」のように and でつなぐか、「x in [1..10)」のように範囲で書いてください。")  # fmt: skip
            return
        for node, kind in ((left, other), (right, one)):
            yield from self.of_date(node, kind)
            if isinstance(node, n.Name) and self.is_function(node.name, env):
                is_ordered = operator not in ("=", "!=")
                if is_ordered or kind not in (None, "function", "null"):
                    yield self.of_function(node)
                    return
        yield from self.of_kinds(operator, one, other, right, at)
        first, second = (infer(node, env, self.functions) for node in (left, right))
        yield from self.of_zones(first, second, at)
        if operator in ("=", "!="):
            yield from _of_listed(first, right)
            yield from _of_listed(second, left)

    def of_zones(self, left: Type, right: Type, at: int) -> Iterator[Fault]:
        """Two times of which only one has a time zone."""
        if left.kind == right.kind and {left.zoned, right.zoned} == {True, False}:
            yield Fault(at, *remedies.zones(left.kind))

    def of_date(self, node: n.Node, kind: str | None) -> Iterator[Fault]:
        """A date without quotes, compared with a value of this kind."""
        date = self.dates.get(n.start(node))
        if date is not None and kind == "number":
            self.sums.add(date.start)
        elif date is not None:
            yield Fault(date.start, date.message, date.remedy)

    def of_kinds(
        self, operator: str, left: str | None, right: str | None, node: n.Node, at: int
    ) -> Iterator[Fault]:
        """Two kinds that cannot be compared; node: the right one, which the remedy may rewrite."""
        if operator not in ("=", "!=") and "null" in (left, right):
            text = "null との大小は比べられません。"
            yield Fault(
                at, text, "値がないことは「= null」、あることは「!= null」で調べてください。"
            )
            return
        if left is None or right is None or "null" in (left, right):
            return
        if n.start(node) in self.dates:
            return
        if left != right:
            text = f"{JAPANESE[left]}と{JAPANESE[right]}は比べられません。"
            yield Fault(at, text, constants.rewritten(node, left) or remedies.compared(left, right))
        elif operator not in ("=", "!=") and left not in ORDERED:
            text = f"{JAPANESE[left]}に大小はありません。"
            yield Fault(at, text, remedies.ordered(left))

    def of_test(self, test: n.Test, whole: Type, env: Env, *, is_cell: bool) -> Iterator[Fault]:
        """whole: the type of the tested value."""
        operand, tested = test.operand, whole.kind if whole.kind in JAPANESE else None
        if test.uses_value:
            return
        if isinstance(operand, n.Name) and self.is_function(operand.name, env):
            if test.operator or not self.is_test(operand.name, tested):
                yield self.of_function(operand)
            return
        if is_cell and isinstance(operand, n.Logic):
            yield from self.of_values_joined(operand)
        if is_cell and isinstance(operand, n.ListOf) and tested == "number":
            yield from self.of_two_values(operand)
        is_ordered = isinstance(operand, n.RangeOf) or test.operator not in ("", "=", "!=")
        ends = (operand.start, operand.end) if isinstance(operand, n.RangeOf) else (operand,)
        for end in ends:
            if end is None:
                continue
            kind = self.kind(end, env)
            if kind == "list" and not test.operator:
                apart = never_in(infer(end, env, self.functions), whole)
                is_date = any(n.start(one) in self.dates for one in n.walk(end))
                if apart and not is_date:
                    yield Fault(end.at, *apart)
            if is_ordered and tested == "string" and is_cell and kind == "number":
                text = "文字列の列では、数との大小は比べられません。"
                yield Fault(end.at, text, "見出しの型を number（数）にしてください。")
                continue
            yield from self.of_date(end, tested)
            if is_ordered and tested == "string":
                yield from self.of_digits(end)
            yield from self.of_zones(whole, infer(end, env, self.functions), end.at)
            if not is_cell and not is_ordered:
                yield from _of_listed(whole, end)
            # A boolean that is calculated may be a condition of its own, a function a test, a list many values.
            if tested in (*ORDERED, "boolean") and (
                kind in (*ORDERED, "function", "context", "null")
                or (kind == "boolean" and (isinstance(end, n.Literal) or test.operator))
            ):
                operator = test.operator or ("<=" if isinstance(operand, n.RangeOf) else "=")
                yield from self.of_kinds(operator, tested, kind, end, end.at)

    def of_two_values(self, node: n.ListOf) -> Iterator[Fault]:
        """[1000, 2000], which a person would read as a range."""
        values = [constants.value_of(item) for item in node.items]
        if len(values) == 2 and all(isinstance(one, Decimal) for one in values):
            low, high = values
            if low < high:
                shown = f"[{low:f}..{high:f}]"
                text = f"「[{low:f},{high:f}]」は範囲ではなく、二つの値のどちらかと読まれます。"
                remedy = f"範囲なら {shown}、二つの値なら {low:f}, {high:f} と書いてください。"
                yield Fault(node.at, text, remedy, certain=False)

    def of_digits(self, node: n.Node) -> Iterator[Fault]:
        """A text of nothing but digits, before or after which other texts are to come."""
        if isinstance(node, n.Literal) and isinstance(node.value, str) and node.value.isdigit():
            text = f'"{node.value}" は文字列なので、大小は文字の順で比べます（"9" は "10" より後です）。'
            remedy = '数として比べるなら、型を number（数）にして、「"」を付けずに書いてください。'
            yield Fault(node.at, text, remedy, certain=False)

    def is_test(self, name: str, tested: str | None) -> bool:
        """Whether a function named in a cell can be called with the tested value."""
        kinds = [tested if tested in JAPANESE else None]
        overloads = OVERLOADS.get(name, [])
        called = n.Call(0, n.Name(0, name), (), None)
        if infer(called, {}, self.functions).kind not in ("Any", "boolean"):
            return False  # a count is no answer
        if name in self.functions:
            return True
        is_single = kinds[0] not in (None, "list")
        return any(
            not (is_single and one.parameters and _takes_many(one.parameters[0]))
            and not misfit(one, None, kinds)
            for one in overloads
        )

    def of_values_joined(self, node: n.Logic) -> Iterator[Fault]:
        """ "a" or "b" in a cell."""
        if all(
            isinstance(one, n.Literal) and not isinstance(one.value, bool) for one in node.operands
        ):
            self.joined.add(node.at)
            text = f"値を「{node.operator}」でつなぐことはできません。"
            yield Fault(node.operands[0].at, text, 'どれかに当てはまることは、「"a", "b"」のように「,」で区切って書いてください。')  # fmt: skip
            for operand in node.operands[1:]:
                self.dates.pop(operand.at, None)


def _of_listed(whole: Type, node: n.Node) -> Iterator[Fault]:
    """A text that a value of the type is never equal to; those of cells are told as cells (engine/dmn/cell_checks.py)."""
    value = node.value if isinstance(node, n.Literal) else None
    if not isinstance(value, str) or whole.kind != "string" or conforms(value, whole):
        return
    listed = "、".join(" ".join(text.split()) for text in whole.constraints)
    meant = english(value)
    remedy = f'"{meant}" と書いてください。' if meant and conforms(meant, whole) else ""
    remedy = remedy or suggestion(value, _QUOTED.findall(listed))
    text = f"値が {source_of(value)} になることはありません。"
    yield Fault(node.at, text, remedy or f"{listed} のどれかと比べてください。")


def _takes_many(parameter: Parameter) -> bool:
    return parameter.spread or parameter.type.kind == "list"


def _listed(node: n.Chain) -> Fault:
    """ "a"/"b" in a cell, which a person reads as a or b."""
    parts = (node.first, *(operand for _, operand, _ in node.rest))
    values = ", ".join(f'"{part.value}"' for part in parts if isinstance(part, n.Literal))
    text = "値を「/」で区切ることはできません。"
    return Fault(node.rest[0][2], text, f"どれかに当てはまることは {values} と「,」で区切って書いてください。")  # fmt: skip


def _call_of(name: str, signature: Signature | None) -> str:
    """How to write a function that is called."""
    if signature is not None:
        return signature.remedy(name)
    overloads = OVERLOADS[name]
    if any(overload.parameters for overload in overloads):
        return written_as(overloads)
    return f"{name}() と、括弧を付けて書いてください。"
