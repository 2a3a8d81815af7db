"""Reads what brackets hold: calls, filters, lists, ranges, contexts."""

from __future__ import annotations

from engine.feel import nodes as n
from engine.feel.type_reader import TypeReader

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
# How tightly comparisons bind; what binds tighter may stand at the end of a range.
COMPARE = 3


class BracketReader(TypeReader):
    """A reader that also reads brackets and what follows a value; the expressions in them are a parser's."""

    in_endpoint = False

    def expression(self, floor: int = 0) -> n.Node:
        """Read an expression whose operators bind tighter than floor."""
        raise NotImplementedError

    def postfix(self, node: n.Node) -> n.Node:
        rounds = 0
        while self.token.kind == "op" and self.token.text in (".", "[", "("):
            token = self.token
            rounds += 1
            if rounds > self.depth:
                raise self.problem(
                    f"参照の連なりが長すぎます（上限 {self.depth}）。",
                    "式をいくつかに分けてください。",
                )
            if token.text == ".":
                self.take()
                node = n.Path(token.at, node, self.name())
            elif token.text == "(":
                node = self.call(node)
            elif self.in_endpoint and self.closes_range():
                return node
            else:
                self.take()
                # A filter is a place of its own: a bracket inside it closes no range outside.
                outer, self.in_endpoint = self.in_endpoint, False
                condition = self.expression()
                self.in_endpoint = outer
                self.expect("]")
                node = n.Filter(token.at, node, condition)
        return node

    def closes_range(self) -> bool:
        """True when the `[` here ends a range such as [1..3[ (nothing that could be a filter follows)."""
        after = self.tokens[self.index + 1]
        if after.kind == "end" or (after.kind == "op" and after.text not in "(-[{@]"):
            return True
        return after.kind == "name" and after.text in (
            "and",
            "or",
            "return",
            "satisfies",
            "then",
            "else",
        )

    def endpoint(self) -> n.Node:
        outer, self.in_endpoint = self.in_endpoint, True
        node = self.expression(COMPARE)
        self.in_endpoint = outer
        return node

    def call(self, callee: n.Node) -> n.Node:
        at = self.expect("(").at
        outer, self.in_endpoint = self.in_endpoint, False
        arguments: list[n.Node] = []
        names: list[str] = []
        while not self.is_op(")"):
            name = self.key()
            if name is not None:
                self.expect(":")
                names.append(name)
            arguments.append(self.expression())
            if not self.more(")"):
                break
        self.in_endpoint = outer
        self.expect(")")
        if names and len(names) != len(arguments):
            raise self.problem(
                "名前付きの引数と名前のない引数が混ざっています。",
                "どちらかにそろえてください。",
                at,
            )
        return n.Call(callee.at, callee, tuple(arguments), tuple(names) if names else None)

    def is_comparison(self) -> bool:
        return self.token.kind == "op" and self.token.text in COMPARISONS

    def parenthesis(self) -> n.Node:
        at = self.expect("(").at
        outer, self.in_endpoint = self.in_endpoint, False
        if self.is_comparison():
            node: n.Node = self.operator_range()
            self.in_endpoint = outer
            self.expect(")")
            return node
        node = self.expression()
        self.in_endpoint = outer
        if self.is_op(".."):
            return self.range_rest(at, node, included=False)
        self.expect(")")
        return node

    def operator_range(self) -> n.Node:
        """(> 5), or > 5 in a list, written as a value: a range open at one end."""
        operator = self.take()
        operand = self.endpoint()
        if operator.text == "=":
            return n.RangeOf(operator.at, operand, operand, True, True)
        if operator.text == "!=":
            raise self.problem(
                "「!=」だけの範囲はありません。", "not(...) を使ってください。", operator.at
            )
        included = operator.text in ("<=", ">=")
        if operator.text[0] == ">":
            return n.RangeOf(operator.at, operand, None, included, False)
        return n.RangeOf(operator.at, None, operand, False, included)

    def bracket(self) -> n.Node:
        at = self.expect("[").at
        outer, self.in_endpoint = self.in_endpoint, False
        items: list[n.Node] = []
        while not self.is_op("]"):
            item = self.operator_range() if self.is_comparison() else self.expression()
            if self.is_op("..") and not items:
                node = self.range_rest(at, item, included=True, maybe_list=True)
                self.in_endpoint = outer
                return node
            if self.is_op(".."):
                item = self.bare_range(item)
            items.append(item)
            if not self.more("]"):
                break
        self.in_endpoint = outer
        self.expect("]")
        return n.ListOf(at, tuple(items))

    def bare_range(self, start: n.Node) -> n.Node:
        self.expect("..")
        return n.RangeOf(start.at, start, self.endpoint(), True, True, True)

    def range_rest(
        self, at: int, start: n.Node, *, included: bool, maybe_list: bool = False
    ) -> n.Node:
        """Read `.. end` and the closing bracket of a range."""
        self.expect("..")
        end = self.endpoint()
        if self.is_op("]") or self.is_op(")") or self.is_op("["):
            closing = self.take().text
            return n.RangeOf(at, start, end, included, closing == "]")
        raise self.problem("範囲が閉じていません。", "「]」「)」または「[」で閉じてください。")

    def context(self) -> n.Node:
        at = self.expect("{").at
        outer, self.in_endpoint = self.in_endpoint, False
        known, single = {k: list(v) for k, v in self.known.items()}, set(self.single)
        entries: list[tuple[str, n.Node]] = []
        while not self.is_op("}"):
            if self.token.kind == "str":
                name: str | None = self.take().text
            else:
                name = self.key()
            if name is None:
                raise self.problem("項目の名前がありません。", "{名前: 値} の形で書いてください。")
            if any(name == other for other, _ in entries):
                raise self.problem(
                    f"項目「{name}」が二つあります。", "名前を変えるか一つにしてください。"
                )
            self.expect(":")
            entries.append((name, self.expression()))
            self.learn(name)
            if not self.more("}"):
                break
        self.known, self.single = known, single
        self.in_endpoint = outer
        self.expect("}")
        return n.ContextOf(at, tuple(entries))
