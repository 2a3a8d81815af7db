"""Reads what brackets hold: calls, filters, lists, ranges, contexts; the expressions in them are the parser's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.feel import nodes as n

if TYPE_CHECKING:
    from engine.feel.parser import Parser

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
# How tightly comparisons bind; what binds tighter may stand at the end of a range.
COMPARE = 3


def postfix(parser: Parser, node: n.Node) -> n.Node:
    rounds = 0
    while parser.token.kind == "op" and parser.token.text in (".", "[", "("):
        token = parser.token
        rounds += 1
        if rounds > parser.depth:
            raise parser.problem(
                f"参照の連なりが長すぎます（上限 {parser.depth}）。",
                "式をいくつかに分けてください。",
            )
        if token.text == ".":
            parser.take()
            node = n.Path(token.at, node, parser.name())
        elif token.text == "(":
            node = call(parser, node)
        elif parser.in_endpoint and closes_range(parser):
            return node
        else:
            parser.take()
            # A filter is a place of its own: a bracket inside it closes no range outside.
            outer, parser.in_endpoint = parser.in_endpoint, False
            condition = parser.expression()
            parser.in_endpoint = outer
            parser.expect("]")
            node = n.Filter(token.at, node, condition)
    return node


def closes_range(parser: Parser) -> bool:
    """True when the `[` here ends a range such as [1..3[ (nothing that could be a filter follows)."""
    after = parser.tokens[parser.index + 1]
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


def endpoint(parser: Parser) -> n.Node:
    outer, parser.in_endpoint = parser.in_endpoint, True
    node = parser.expression(COMPARE)
    parser.in_endpoint = outer
    return node


def call(parser: Parser, callee: n.Node) -> n.Node:
    at = parser.expect("(").at
    outer, parser.in_endpoint = parser.in_endpoint, False
    arguments: list[n.Node] = []
    names: list[str] = []
    while not parser.is_op(")"):
        name = parser.key()
        if name is not None:
            parser.expect(":")
            names.append(name)
        arguments.append(parser.expression())
        if not parser.more(")"):
            break
    parser.in_endpoint = outer
    parser.expect(")")
    if names and len(names) != len(arguments):
        raise parser.problem(
            "名前付きの引数と名前のない引数が混ざっています。",
            "どちらかにそろえてください。",
            at,
        )
    return n.Call(callee.at, callee, tuple(arguments), tuple(names) if names else None)


def is_comparison(parser: Parser) -> bool:
    return parser.token.kind == "op" and parser.token.text in COMPARISONS


def parenthesis(parser: Parser) -> n.Node:
    at = parser.expect("(").at
    outer, parser.in_endpoint = parser.in_endpoint, False
    if is_comparison(parser):
        node: n.Node = operator_range(parser)
        parser.in_endpoint = outer
        parser.expect(")")
        return node
    node = parser.expression()
    parser.in_endpoint = outer
    if parser.is_op(".."):
        return range_rest(parser, at, node, included=False)
    parser.expect(")")
    return node


def operator_range(parser: Parser) -> n.Node:
    """(> 5), or > 5 in a list, written as a value: a range open at one end."""
    operator = parser.take()
    operand = endpoint(parser)
    if operator.text == "=":
        return n.RangeOf(operator.at, operand, operand, True, True)
    if operator.text == "!=":
        raise parser.problem(
            "「!=」だけの範囲はありません。", "not(...) を使ってください。", operator.at
        )
    included = operator.text in ("<=", ">=")
    if operator.text[0] == ">":
        return n.RangeOf(operator.at, operand, None, included, False)
    return n.RangeOf(operator.at, None, operand, False, included)


def bracket(parser: Parser) -> n.Node:
    at = parser.expect("[").at
    outer, parser.in_endpoint = parser.in_endpoint, False
    items: list[n.Node] = []
    while not parser.is_op("]"):
        item = operator_range(parser) if is_comparison(parser) else parser.expression()
        if parser.is_op("..") and not items:
            node = range_rest(parser, at, item, included=True)
            parser.in_endpoint = outer
            return node
        if parser.is_op(".."):
            item = bare_range(parser, item)
        items.append(item)
        if not parser.more("]"):
            break
    parser.in_endpoint = outer
    parser.expect("]")
    return n.ListOf(at, tuple(items))


def bare_range(parser: Parser, start: n.Node) -> n.Node:
    parser.expect("..")
    return n.RangeOf(start.at, start, endpoint(parser), True, True, True)


def range_rest(parser: Parser, at: int, start: n.Node, *, included: bool) -> n.Node:
    """Read `.. end` and the closing bracket of a range."""
    parser.expect("..")
    end = endpoint(parser)
    if parser.is_op("]") or parser.is_op(")") or parser.is_op("["):
        closing = parser.take().text
        return n.RangeOf(at, start, end, included, closing == "]")
    raise parser.problem("範囲が閉じていません。", "「]」「)」または「[」で閉じてください。")


def context(parser: Parser) -> n.Node:
    at = parser.expect("{").at
    outer, parser.in_endpoint = parser.in_endpoint, False
    known, single = {k: list(v) for k, v in parser.known.items()}, set(parser.single)
    entries: list[tuple[str, n.Node]] = []
    while not parser.is_op("}"):
        if parser.token.kind == "str":
            name: str | None = parser.take().text
        else:
            name = parser.key()
        if name is None:
            raise parser.problem("項目の名前がありません。", "{名前: 値} の形で書いてください。")
        if any(name == other for other, _ in entries):
            raise parser.problem(
                f"項目「{name}」が二つあります。", "名前を変えるか一つにしてください。"
            )
        parser.expect(":")
        entries.append((name, parser.expression()))
        parser.learn(name)
        if not parser.more("}"):
            break
    parser.known, parser.single = known, single
    parser.in_endpoint = outer
    parser.expect("}")
    return n.ContextOf(at, tuple(entries))
