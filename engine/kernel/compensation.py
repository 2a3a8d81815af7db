"""Compensation: what is remembered of completed activities, and undoing it in reverse order."""

from __future__ import annotations

from engine.bpmn.kinds import HOLDING
from engine.bpmn.model import Node
from engine.kernel.run import Run
from engine.kernel.state import Record, Scope, Token

# Scopes inside which a throw also means the activities of the scope around.
_INSIDE = ("event", "undo")


def remember(run: Run, token: Token, node: Node, inner: Scope | None) -> bool:
    """Keeps the activity that was just completed when it can be undone; True when its own scope has to stay.

    The scope stays with its variables as they are now, until the scope around it ends or the activity was undone.
    """
    # Undone from inside when nothing else says how. (A called process is not: it is over when the call is.)
    keeps = inner is not None and node.kind in HOLDING
    if node.compensation is None and not (keeps and inner is not None and _undoable(run, inner)):
        return False
    stands = run.state.scopes[token.scope]
    if node.kind == "eventSubProcess" and stands.kind == "undo":
        return False  # it undid something itself
    at, kept = stands.id, 0
    if run.is_in_own_iteration(token):
        at, kept = run.state.scopes[stands.parent].parent, stands.id
    if inner is not None and keeps:
        inner.kind, inner.owner = "kept", 0
        kept = inner.id
    record = Record(run.next_id(), at, node.id, kept)
    run.state.records[record.id] = record
    return bool(inner is not None and keeps)


def keep_run(run: Run, iteration: Scope, around: int) -> bool:
    """Whether a run of a loop stays because what was done in it can be undone; it then belongs to the scope around the loop."""
    inside = {iteration.id} | {s.id for s in run.state.scopes.values() if s.parent == iteration.id}
    if not any(r.kept in inside for r in run.state.records.values()):
        return False
    iteration.kind, iteration.parent = "kept", around
    return True


def throw(run: Run, token: Token, node: Node) -> None:
    """Claims what the event means for the token, which then undoes one after the other (phase "undo")."""
    scope = run.state.scopes[token.scope]
    inside = {scope.id}
    while scope.kind in _INSIDE:
        scope = run.state.scopes[scope.parent]
        inside.add(scope.id)
    for record in run.state.records.values():
        meant = record.scope in inside and node.event.activity in (None, record.node)
        if meant and not record.claim:
            record.claim = token.id
    token.status = "undo"
    go_on(run, token)


def go_on(run: Run, token: Token) -> None:
    """The token undoes the next activity when its turn comes; an incident then does not make it forget what it is."""
    run.agenda.append(("undo", token.id, token.detail or None))


def undo_next(run: Run, token: Token) -> bool:
    """Starts undoing the youngest activity the token claimed; False when nothing is left.

    A subprocess without an activity of its own that undoes it is undone by its compensation event subprocess,
    else activity by activity.
    """
    token.status = "undo"
    while True:
        mine = [r for r in run.state.records.values() if r.claim == token.id]
        if not mine:
            sweep(run)
            return False
        record = mine[-1]
        scope = run.state.scopes[record.kept or record.scope]
        process = run.process_of(scope)
        node = process.by_id[record.node]
        if node.compensation is not None:
            undo = run.open_scope(scope, token.id, "undo", node, scope.process)
            run.put(undo, process.nodes[node.compensation])
        elif (handler := _event_subprocess(run, scope)) is not None:
            undo = run.open_scope(scope, token.id, "undo", node, scope.process)
            holder = run.place(undo, handler)
            run.trace(handler.id, "entered", holder.id)
            start = process.nodes[process.level_of(handler.index).starts[0]]
            run.agenda.append(("handle", holder.id, {"start": start.id, "payload": None}))
        else:
            for inner in run.state.records.values():
                if inner.scope == scope.id:
                    inner.claim = token.id
            del run.state.records[record.id]
            continue
        del run.state.records[record.id]
        return True


def release(run: Run, token: Token) -> None:
    """What the token claimed and did not come to can be claimed again."""
    for record in run.state.records.values():
        if record.claim == token.id:
            record.claim = 0


def forget(run: Run) -> None:
    """The process is over: nothing can be undone any more."""
    run.state.records.clear()
    for scope in [s for s in run.state.scopes.values() if s.kind == "kept"]:
        del run.state.scopes[scope.id]


def _undoable(run: Run, scope: Scope) -> bool:
    return (
        any(r.scope == scope.id for r in run.state.records.values())
        or _event_subprocess(run, scope) is not None
    )


def _event_subprocess(run: Run, scope: Scope) -> Node | None:
    """The compensation event subprocess of a completed subprocess."""
    process = run.process_of(scope)
    level = process.level_of(process.by_id[scope.node].index)
    for index in level.event_subprocesses:
        if process.nodes[process.level_of(index).starts[0]].event.kind == "compensate":
            return process.nodes[index]
    return None


def sweep(run: Run) -> None:
    """Kept scopes that nothing refers to any more are gone."""
    used = {r.scope for r in run.state.records.values()}
    used |= {r.kept for r in run.state.records.values()}
    # A kept scope inside another is the younger one.
    for scope in sorted(run.state.scopes.values(), key=lambda s: -s.id):
        if scope.kind == "kept" and scope.id not in used:
            del run.state.scopes[scope.id]
        else:
            used.add(scope.parent)
