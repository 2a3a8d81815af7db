"""Flows side by side that write the same variable: which value stays is chance, and the record says so.

While more than one token stands in a scope, the state keeps for each variable that several could write who wrote it and
which other tokens stood there then: the write is not behind them. What moves keeps its place in that list, all branches of a fork have the place of
the flow that forked, and a join has one only when all flows it joins had one. A token that is new there, or was told
something by the case itself (a message, a signal, a condition), counts as behind the write: rather no warning than a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from engine.bpmn.contended import contended
from engine.bpmn.model import Node
from engine.kernel import scoping
from engine.kernel.effects import Trace
from engine.kernel.run import Run
from engine.kernel.state import Scope, Token, Writer

# Of a variable of which was told: nothing more is said of it until its scope has one token left.
TOLD = Writer("", ())


def write(run: Run, token: Token, node: Node, name: str, value: Any) -> None:
    """Writes the result of the node by the rule of scoping.target; tells when a flow beside it wrote another value meanwhile."""
    stands_in = run.state.scopes[token.scope]
    at = scoping.target(run.state, stands_in, name)
    before = run.write_local(at, name, value)
    if at is stands_in and at.live == 1:
        return
    known = contended(run.process_of(at))
    if known is not None and name not in known:
        return
    is_other = before != at.variables.texts()[name]
    for scope, mine in _places(run, stands_in, token.id):
        if scope.live > 1:
            _note(run, scope, mine, node, name, is_other)
        if scope is at:
            return


def follow(run: Run, token: Token, after: Iterable[int]) -> None:
    """These tokens go on where the token stood."""
    held = run.state.writers.get(token.scope)
    for name, writer in (held or {}).items():
        if token.id in writer.beside:
            others = (one for one in writer.beside if one != token.id)
            _keep(run, token.scope, name, replace(writer, beside=(*others, *after)))


def join(run: Run, token: Token, group: Iterable[Token]) -> None:
    """The token goes on for all of the group: behind whatever one of them was behind."""
    tokens = [one.id for one in group]
    for name, writer in run.state.writers.get(token.scope, {}).items():
        if not all(one in writer.beside for one in tokens):
            _take_out(run, token.scope, name, writer, token.id)


def told(run: Run, scope: Scope, token: int) -> None:
    """What stands there (0: no token, the scope itself) has heard from the case: it is behind all that was written."""
    if not run.state.writers:
        return
    for at, mine in _places(run, scope, token):
        for name, writer in run.state.writers.get(at.id, {}).items():
            _take_out(run, at.id, name, writer, mine)


def forget(run: Run, names: Iterable[str]) -> None:
    """An operator wrote these variables: who wrote them before says nothing any more."""
    for scope in run.state.writers:
        for name in names:
            _keep(run, scope, name, None)


def tidy(run: Run) -> None:
    """At the end of a step: what nothing stands beside any more is forgotten."""
    state = run.state
    for scope, held in list(state.writers.items()):
        kept: dict[str, Writer] = {}
        if scope in state.scopes and state.scopes[scope].live > 1:
            for name, writer in held.items():
                beside = tuple(one for one in writer.beside if one in state.tokens)
                if beside or writer == TOLD:
                    kept[name] = replace(writer, beside=beside)
        if kept:
            state.writers[scope] = kept
        else:
            del state.writers[scope]


def _places(run: Run, scope: Scope, token: int) -> Iterator[tuple[Scope, int]]:
    """The scope with the token that stands there, and each scope around it with the token that stands there for it."""
    at, mine = scope, token
    while True:
        yield at, mine
        if not at.parent:
            return
        mine = at.owner or mine
        at = run.state.scopes[at.parent]


def _note(run: Run, scope: Scope, mine: int, node: Node, name: str, is_other: bool) -> None:
    held = run.state.writers.get(scope.id, {}).get(name)
    if held == TOLD:
        return
    if held is not None and mine in held.beside:
        if not is_other:
            return
        run.tell(Trace(node.drawn, "overwrote", mine, name, held.node))
        _keep(run, scope.id, name, TOLD)
        return
    beside = [t.id for t in run.state.tokens.values() if t.scope == scope.id and t.id != mine]
    _keep(run, scope.id, name, Writer(node.drawn, tuple(beside)))


def _take_out(run: Run, scope: int, name: str, writer: Writer, token: int) -> None:
    if token in writer.beside:
        others = tuple(one for one in writer.beside if one != token)
        _keep(run, scope, name, replace(writer, beside=others))


def _keep(run: Run, scope: int, name: str, writer: Writer | None) -> None:
    """Another dict each time, so that the phase can be taken back."""
    before = run.state.writers.get(scope)
    held = dict(before or {})
    if writer is None:
        held.pop(name, None)
    else:
        held[name] = writer
    run.state.writers[scope] = held
    run.journal.append((scope, before))
