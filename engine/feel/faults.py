"""Mistakes that show without any data: a call with too many arguments, a number compared with a text, a date that is none.

Only what can never be right is told as certain; what depends on data is left to the evaluation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from engine.feel import constants, remedies
from engine.feel import nodes as n
from engine.feel.builtins import BUILTINS, OVERLOADS
from engine.feel.callables import Signature
from engine.feel.entries import key_misfit, path_misfit
from engine.feel.inference import (
    DAYS,
    MONTHS,
    Env,
    children,
    entries_of,
    infer,
)
from engine.feel.list_calls import list_misfit
from engine.feel.lookalikes import blanked, dates, dotted, grouped, spans
from engine.feel.near import suggestion
from engine.feel.pairs import Fault, Pairs
from engine.feel.registry import written_as
from engine.feel.signatures import misfit, own_misfit, wanted_types
from engine.feel.text import source_of
from engine.feel.types import ANY, JAPANESE, SIMPLE, Type, names_of
from engine.feel.unknown import function_remedy, type_remedy


class Faults(Pairs):
    """What finds the faults of trees."""

    @cached_property
    def env(self) -> Env:
        """What every tree sees; made once, as there can be many names and many trees."""
        return {**dict.fromkeys(self.names, ANY), **self.types, "?": self.tested}

    def find(self, tree: n.Node, source: str = "", bound: Iterable[str] = ()) -> Iterator[Fault]:
        """The faults of a tree and its text, one a place; bound: names of local variables, of which nothing is known."""
        text, self.is_cell = blanked(source), isinstance(tree, n.Tests)
        self.dates, self.sums = (
            {one.start: one for one in dates(text) if text[one.start].isdigit()},
            set(),
        )
        self.joined = set()
        local = dict.fromkeys(bound, ANY)
        told: set[int] = set()
        for fault in self.all(tree, text, self.env | local if local else self.env):
            if fault.at not in told:
                told.add(fault.at)
                yield fault

    def all(self, tree: n.Node, text: str, env: Env) -> Iterator[Fault]:
        if isinstance(tree, n.Name) and self.is_function(tree.name, env):
            # A model may give a function as its value.
            yield self.of_function(tree, certain=False)
        yield from self.inside(tree, env)
        for at, date in self.dates.items():
            # 2026-04-01 is 2021: where a number is wanted it may be meant so, but nobody writes it.
            yield Fault(at, date.message, date.remedy, certain=at not in self.sums)
        for span in dotted(text):
            yield Fault(span.start, span.message, span.remedy, certain=False)
        for number in grouped(text):
            is_cell = isinstance(tree, n.Tests) and number.at in _starts(tree)
            if number.has_zeros or number.is_end or is_cell:
                yield Fault(number.at, number.message, number.remedy, certain=number.has_zeros)
        if isinstance(tree, n.Tests):
            for span in spans(text):
                if span.start in _starts(tree):
                    yield Fault(span.start, span.message, span.remedy, certain=False)
            yield from _of_both_sides(tree)
            if self.tested.kind == "string" and not self.tested.constraints:
                yield from _of_wildcards(tree)

    def inside(self, node: n.Node | None, env: Env) -> Iterator[Fault]:
        """The faults of a node and of everything in it."""
        if node is None:
            return
        yield from self.of_node(node, env)
        for child, seen in children(node, env, self.functions):
            yield from self.inside(child, seen)

    def of_node(self, node: n.Node, env: Env) -> Iterator[Fault]:
        if isinstance(node, n.At):
            wrong = constants.of_at(node)
            if wrong:
                yield Fault(node.at, *wrong)
        elif isinstance(node, n.Call):
            yield from self.of_called(node, env)
        elif isinstance(node, n.Chain):
            yield from self.of_operations(node, env)
        elif isinstance(node, n.Comparison):
            yield from self.of_pair(node.operator, node.left, node.right, node.at, env)
        elif isinstance(node, n.Between):
            for end in (node.low, node.high):
                yield from self.of_pair("<=", node.value, end, node.at, env)
        elif isinstance(node, n.Tests | n.In):
            is_cell = isinstance(node, n.Tests)
            tested = self.tested
            if isinstance(node, n.In):
                tested = infer(node.value, env, self.functions)
            for test in node.tests:
                yield from self.of_test(test, tested, env, is_cell=is_cell)
        elif isinstance(node, n.If | n.Quantified):
            yield from self.of_condition(node.condition, env)
        elif isinstance(node, n.Logic):
            for operand in () if node.at in self.joined else node.operands:
                yield from self.of_condition(operand, env)
        elif isinstance(node, n.Negation):
            kind = self.kind(node.operand, env)
            if kind not in (None, "number", DAYS, MONTHS):
                text = f"{JAPANESE[kind or '']}に負号は付けられません。"
                yield Fault(node.at, text, remedies.calculated("-", "number", kind or ""))
        elif isinstance(node, n.Filter):
            if isinstance(node.condition, n.Literal) and node.condition.value == 0:
                text = "リストの位置は1から数えるので、0番目はありません。"
                yield Fault(node.condition.at, text, "最初の要素は [1]、最後は [-1] と書いてください。")  # fmt: skip
            if self.is_closed:
                yield from self.of_filter(node, env)
        elif isinstance(node, n.InstanceOf):
            yield from self.of_types(node.at, node.type)
        elif isinstance(node, n.FunctionOf):
            if node.external:
                text = "外部の関数（external）は実行しません。"
                yield Fault(node.at, text, remedies.REMEDIES["external"])
            yield from self.of_types(node.at, *(wanted for _, wanted in node.parameters))
        elif isinstance(node, n.Path):
            wrong = path_misfit(node, env, self.functions)
            if wrong:
                yield Fault(node.at, *wrong)

    def of_filter(self, node: n.Filter, env: Env) -> Iterator[Fault]:
        """The names in a filter that neither the elements nor anything around it has."""
        fields = entries_of(infer(node.base, env, self.functions))
        if fields is None:
            return
        [*_, (condition, inside)] = children(node, env, self.functions)
        for one, seen in self.names_in(condition, inside):
            if one.name not in seen and not self.is_function(one.name, seen):
                text = f"リストの要素に「{one.name}」という項目はなく、ほかにこの名前の値もありません。"
                known = f"ある項目（{'・'.join(sorted(fields)[:20])}）を書いてください。"
                known += f'文字なら "{one.name}" のように「"」で囲んでください。'
                yield Fault(one.at, text, suggestion(one.name, [*fields, *env]) or known)

    def names_in(self, node: n.Node | None, env: Env) -> Iterator[tuple[n.Name, Env]]:
        """The names that are read as values in a node, each with the names seen there."""
        if isinstance(node, n.Name):
            yield node, env
        elif isinstance(node, n.Call):
            # What is called is a function: of_called tells of it.
            for argument in node.arguments:
                yield from self.names_in(argument, env)
        elif node is not None:
            for child, seen in children(node, env, self.functions):
                yield from self.names_in(child, seen)

    def of_types(self, at: int, *types: Type) -> Iterator[Fault]:
        """The types that nobody has defined."""
        for name in (name for one in types for name in names_of(one)):
            if name not in self.named:
                remedy = type_remedy(name, (*SIMPLE, *self.named))
                remedy = remedy or remedies.REMEDIES["unknown-type"]
                yield Fault(at, f"「{name}」という型はありません。", remedy)

    def of_called(self, node: n.Call, env: Env) -> Iterator[Fault]:
        for argument in node.arguments:
            date = self.dates.get(n.start(argument))
            if date is not None:
                yield Fault(date.start, date.message, date.remedy)
                return
        if isinstance(node.callee, n.FunctionOf):
            yield from self.of_function_called(node, node.callee, env)
        if not isinstance(node.callee, n.Name):
            return
        name = node.callee.name
        # Data never hides a function that is called; a local variable may be one itself.
        if name in env and not (name in self.functions and name in self.names):
            return
        kinds = [self.kind(argument, env) for argument in node.arguments]
        if name in self.functions:
            signature = self.functions[name]
            is_told = False
            for argument, wanted in zip(
                node.arguments, wanted_types(node, signature), strict=False
            ):
                if isinstance(argument, n.Name) and self.is_function(argument.name, env):
                    # A function of a model may take functions.
                    is_sure = wanted.kind not in ("Any", "function")
                    is_told |= is_sure
                    if wanted.kind != "function":
                        yield self.of_function(argument, certain=is_sure)
            reason = "" if is_told else own_misfit(node, signature, kinds)
            if reason:
                yield Fault(node.at, f"関数 {name} の{reason}", signature.remedy(name))
            return
        overloads = OVERLOADS.get(name)
        if overloads is None:
            remedy = function_remedy(name, (*BUILTINS, *self.functions))
            remedy = remedy or remedies.REMEDIES["unknown-function"]
            yield Fault(node.at, f"「{name}」という関数はありません。", remedy)
            return
        reasons = [misfit(overload, node.names, kinds) for overload in overloads]
        if all(reasons):
            remedy = written_as(overloads)
            if self.is_cell and not any(_uses_tested(one) for one in node.arguments):
                remedy += "セルで比べる値は「?」と書きます。"
            yield Fault(node.at, f"関数 {name} の{reasons[-1]}", remedy)
        else:
            yield from (Fault(node.at, *wrong) for wrong in constants.of_call(node, name))
            wrong = constants.of_constants(node) or list_misfit(node, name, env, self.functions)
            if name == "get value":
                wrong = wrong or key_misfit(node, env, self.functions)
            if wrong:
                yield Fault(node.at, *wrong)

    def of_function_called(self, node: n.Call, called: n.FunctionOf, env: Env) -> Iterator[Fault]:
        """A function that is called where it is written: its body, with what it is given."""
        names = tuple(name for name, _ in called.parameters)
        # A type that a model names is not looked up here.
        types = tuple(ANY if one.kind == "named" else one for _, one in called.parameters)
        kinds = [self.kind(argument, env) for argument in node.arguments]
        reason = own_misfit(node, Signature(names, types=types), kinds)
        if reason:
            yield Fault(node.at, f"この関数の{reason}", remedies.REMEDIES["argument"])
            return
        given = {
            name: infer(argument, env, self.functions)
            for name, argument in zip(node.names or names, node.arguments, strict=True)
        }
        declared = {name: wanted for (name, wanted) in called.parameters if wanted.kind != "Any"}
        yield from self.inside(called.body, env | given | declared)

    def of_condition(self, node: n.Node, env: Env) -> Iterator[Fault]:
        kind = self.kind(node, env)
        if kind not in (None, "null", "boolean"):
            text = f"条件が真偽ではなく{JAPANESE[kind or '']}です。"
            remedy = remedies.condition(kind or "")
            if isinstance(node, n.Literal):
                remedy = '比べる相手も書いてください（例「区分 = "a" or 区分 = "b"」）。'
            yield Fault(node.at, text, remedy)


def _uses_tested(node: n.Node) -> bool:
    """Whether a node reads the value a cell is compared with."""
    return any(isinstance(one, n.Name) and one.name == "?" for one in n.walk(node))


def _of_both_sides(tree: n.Tests) -> Iterator[Fault]:
    """>= 1000, < 2000: the comma is an "or", so that everything passes."""
    low, high = (
        [test for test in tree.tests if test.operator in signs]
        for signs in ((">", ">="), ("<", "<="))
    )
    if len(tree.tests) == 2 and low and high and not tree.negated:
        bottom, top = (constants.value_of(one[0].operand) for one in (low, high))
        if type(bottom) is type(top) and bottom is not None and bottom < top:
            opened = "[" if low[0].operator == ">=" else "("
            closed = "]" if high[0].operator == "<=" else ")"
            ends = "..".join(source_of(one) for one in (bottom, top))
            text = "「,」は「または」なので、このセルにはどの値も当てはまります。"
            remedy = f"両方に当てはまる値だけなら {opened}{ends}{closed} と書いてください。"
            yield Fault(tree.tests[0].at, text, remedy, certain=False)


def _of_wildcards(tree: n.Tests) -> Iterator[Fault]:
    """ "東京*": the star is a letter like any other."""
    for test in tree.tests:
        value = test.operand.value if isinstance(test.operand, n.Literal) else None
        if isinstance(value, str) and len(value) > 1 and value[-1] in "*＊%" and not test.operator:
            start = source_of(value[:-1])
            text = f"「{value[-1]}」は記号そのものと比べられます（「どの文字でも」の意味はありません）。"
            remedy = f"{start} で始まる文字なら starts with(?, {start}) と書いてください。"
            yield Fault(test.at, text, remedy, certain=False)


def _starts(tree: n.Tests) -> set[int]:
    """Where the values of a cell's tests begin."""
    return {n.start(test.operand) for test in tree.tests}
