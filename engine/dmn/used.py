"""The data that cells of a table read beside its input columns, for the reasons of a decision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.feel import nodes as n
from engine.feel.run import Run
from engine.feel.values import is_storable

# Characters and elements of one value; a larger one (a list of many rows) is left out of the reasons.
LARGEST = 1_000
# A name, and the entries that are read of it.
Read = tuple[str, ...]


def reads(tree: n.Node | None) -> frozenset[Read]:
    """What an expression reads, names it binds itself left out; the dated parameters are noted elsewhere."""
    parts = list(n.walk(tree))
    inside = {id(one.base) for one in parts if isinstance(one, n.Path)}
    left_out = {"?", "parameters", *_bound(parts)}
    chains = (_chain(one) for one in parts if id(one) not in inside)
    return frozenset(chain for chain in chains if chain and chain[0] not in left_out)


def values_of(read: frozenset[Read], run: Run, local: dict[str, Any]) -> dict[str, Any]:
    """The values of what is read, as it is written; of an entry that only elements of a list have, the list."""
    found: dict[str, Any] = {}
    for name, *entries in sorted(read):
        where = local if name in local else run.root
        if name not in where:
            continue
        value, written = where[name], name
        for entry in entries:
            if type(value) is not dict or entry not in value:
                break
            value, written = value[entry], f"{written}.{entry}"
        if is_storable(value, LARGEST):
            found[written] = value
    return found


def _chain(node: n.Node) -> Read:
    """`a.b.c` as its names; empty for anything else."""
    entries: list[str] = []
    while isinstance(node, n.Path):
        entries.append(node.name)
        node = node.base
    return (node.name, *reversed(entries)) if isinstance(node, n.Name) else ()


def _bound(parts: list[n.Node]) -> Iterator[str]:
    for one in parts:
        if isinstance(one, n.For | n.Quantified):
            yield from (iterator.name for iterator in one.iterators)
        elif isinstance(one, n.FunctionOf):
            yield from (name for name, _ in one.parameters)
        elif isinstance(one, n.ContextOf):
            yield from (name for name, _ in one.entries)
