"""The syntax tree of FEEL; `at` is the offset in the source."""

from __future__ import annotations

from collections.abc import Iterator as Many
from dataclasses import dataclass
from typing import Any

from engine.feel.types import Type


@dataclass(frozen=True, slots=True)
class Node:
    at: int


@dataclass(frozen=True, slots=True)
class Literal(Node):
    value: Any


@dataclass(frozen=True, slots=True)
class At(Node):
    """@"2026-05-07": a temporal literal."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Path(Node):
    base: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    base: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """names is None for positional arguments, else one name per argument."""

    callee: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """first op operand op operand ...: + and -, or * and /, from the left."""

    first: Node
    rest: tuple[tuple[str, Node, int], ...]


@dataclass(frozen=True, slots=True)
class Power(Node):
    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """operator: "and" or "or"."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    value: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One unary test.  operator: "" for an expression, else a comparison with the tested value."""

    operator: str
    operand: Node
    uses_value: bool


@dataclass(frozen=True, slots=True)
class Tests(Node):
    """Any of the tests (no tests: everything matches), turned around by negated."""

    tests: tuple[Test, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class In(Node):
    value: Node
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    value: Node
    type: Type


@dataclass(frozen=True, slots=True)
class If(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iterator:
    name: str
    source: Node


@dataclass(frozen=True, slots=True)
class For(Node):
    iterators: tuple[Iterator, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """every: True for `every`, False for `some`."""

    every: bool
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class ContextOf(Node):
    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class RangeOf(Node):
    start: Node | None
    end: Node | None
    start_included: bool
    end_included: bool
    bare: bool = False


@dataclass(frozen=True, slots=True)
class FunctionOf(Node):
    parameters: tuple[tuple[str, Type], ...]
    body: Node
    external: bool


def walk(tree: Any) -> Many[Node]:
    """Every node of a tree."""
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Node):
            yield one
        if isinstance(one, tuple):
            waiting += reversed(one)
        elif isinstance(one, Node | Iterator):
            waiting += [getattr(one, name) for name in reversed(one.__dataclass_fields__)]


def start(node: Node) -> int:
    """The offset where a node begins; `at` of an operation is its operator."""
    while True:
        if isinstance(node, Chain):
            node = node.first
        elif isinstance(node, Comparison):
            node = node.left
        elif isinstance(node, Power | Path | Filter):
            node = node.base
        elif isinstance(node, Between | In | InstanceOf):
            node = node.value
        elif isinstance(node, Logic):
            node = node.operands[0]
        else:
            return node.at
