"""A running case goes on under another version of its procedure: everything that is open stands at its counterpart there.

What is open stays open under its own token, so that whoever answers it finds it. What the new version lets wait beside
it is armed, unless the old version had it too: then it happened already, or waits and goes along.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from engine.bpmn.model import Node
from engine.errors import NotFound
from engine.kernel import (
    activities,
    compensation,
    conditions,
    loops,
    mappings,
    timers,
    user_tasks,
    waiting,
)
from engine.kernel.counterparts import Counterparts, said
from engine.kernel.effects import (
    KEEP,
    RESTART,
    CancelTimer,
    Changeover,
    RenewTask,
    SetTimer,
    Subscribe,
)
from engine.kernel.hindrances import ChangeoverHindered, Hindrance, hindrances
from engine.kernel.run import Run
from engine.kernel.state import CALLED, INSIDES, LEVELS, WAITING, Scope, Token, Wait
from engine.kernel.stop import Stop

# Status of a token, and phase of one that stands still, at which the variables of its input mappings are made.
_WAITING = (*WAITING, "events")
_STOPPED = ("call", "done", "caught", "part")
# Phases of a token that stands still in which what stands on the edge of its activity is armed.
_ARMED = ("call", "done", "adhoc", "gather")


def change_over(run: Run, input: Changeover) -> None:
    """Raises ChangeoverHindered; NotFound for a case that is not running."""
    state = run.state
    if state.status != "running":
        raise NotFound(f"case of {state.process} is {state.status}, not running")
    parts = Counterparts(run.env.left, state.process, run.processes, run.process, input.nodes)
    found = hindrances(state, parts)
    if found:
        raise ChangeoverHindered(found)
    _Changing(run, parts, input).all()


class _Changing:
    """olds: of each token, wait and scope that has one, its element in the version left."""

    def __init__(self, run: Run, parts: Counterparts, input: Changeover):
        self.run, self.parts, self.input = run, parts, input
        state = run.state
        self.processes = {scope.id: scope.process for scope in state.scopes.values()}
        stand: list[Token | Wait] = [*state.tokens.values(), *state.waits.values()]
        self.olds = {one.id: parts.old(self.processes[one.scope], one.node) for one in stand}
        self.olds |= {
            scope.id: parts.old(self.processes[scope.parent], scope.node)
            for scope in state.scopes.values()
            if scope.kind != "process"
        }

    def all(self) -> None:
        run, state = self.run, self.run.state
        self._give_up()
        self._keep_writers()
        end = self.parts.find(state.process, state.end)
        state.end = end.id if end is not None and end.kind == "endEvent" else ""
        state.process = run.process.id
        for token in state.tokens.values():
            self._stand(token)
        for record in state.records.values():
            record.node = self._new(record.scope, record.node).id
        for scope in state.scopes.values():
            self._be(scope)
        at: Token | Wait | Scope
        try:
            # Before anything is armed: what waits beside them sees them.
            for at in list(state.tokens.values()):
                self._inputs(at)
            for at in list(state.waits.values()):
                self._wait(at)
            for at in list(state.tokens.values()):
                self._go_on(at)
            for at in list(state.scopes.values()):
                self._arm_handlers(at)
        except Stop as stop:
            old = self.olds.get(at.id)
            node, name = (old.drawn, old.name) if old is not None else (run.process.id, "")
            raise ChangeoverHindered([Hindrance(node, name, stop.code, stop.message)]) from stop

    def _new(self, scope_id: int, node: str) -> Node:
        return self.parts.get(self.processes[scope_id], node)

    # --- everything stands at its counterpart

    def _give_up(self) -> None:
        """What is not awaited any more is disarmed; what is not to be undone is forgotten, with what was done inside it."""
        state = self.run.state
        for wait in list(state.waits.values()):
            if self.parts.is_given_up(wait.node):
                waiting.remove(self.run, wait, fired=False)
        if not any(self.parts.is_given_up(r.node) for r in state.records.values()):
            return
        gone = {r.kept for r in state.records.values() if self.parts.is_given_up(r.node)}
        for record in list(state.records.values()):
            if self.parts.is_given_up(record.node) or record.scope in gone:
                del state.records[record.id]
        compensation.sweep(self.run)

    def _keep_writers(self) -> None:
        """Who wrote what stays known: the flows stand beside each other as before. Of what is gone, nothing more is said."""
        self.run.state.writers = {
            scope: {
                name: replace(writer, node=node)
                for name, writer in held.items()
                if (node := self.parts.named(writer.node)) is not None
            }
            for scope, held in self.run.state.writers.items()
        }

    def _stand(self, token: Token) -> None:
        old = self.olds[token.id]
        new = self._new(token.scope, token.node)
        if token.flow:
            flow = self.parts.flow(self.processes[token.scope], old, token.flow)
            token.flow = flow.id if flow is not None else ""
        if token.phase == "handle":
            start = self._new(token.scope, token.payload["start"]).id
            token.payload = {**token.payload, "start": start}
        elif token.phase in ("part", "begin", "await"):
            token.payload = [self._new(token.scope, token.payload[0]).id, token.payload[1]]
        if token.node != new.id:
            self.run.trace(new.id, "moved", token.id, token.node)
            token.node = new.id

    def _be(self, scope: Scope) -> None:
        process = self.parts.process(scope.process)
        assert process is not None
        scope.process = process.id
        if scope.kind == "process":
            return
        old, new = self.olds[scope.id], self._new(scope.parent, scope.node)
        scope.node = new.id
        if scope.kind in CALLED:
            scope.kind = "call" if new.work.see_all else "isolated"
        elif scope.kind == "adhoc" and scope.loop is not None:
            scope.loop.items = tuple(self._new(scope.id, item).id for item in scope.loop.items)
        elif scope.kind == "loop" and scope.loop is not None and new.loop and old.loop:
            if not new.loop.output:
                scope.loop.outputs = ()
            elif not old.loop.output:
                scope.loop.outputs = (None,) * scope.loop.total
        elif scope.kind == "iteration" and new.loop and old.loop:
            given, wanted = old.loop.element, new.loop.element
            if wanted and given and wanted != given and given in scope.variables:
                self.run.write_local(scope, wanted, scope.variables[given])
            loops.declare_output(self.run, scope, new.loop)

    # --- what waits

    def _inputs(self, token: Token) -> None:
        """Input mappings that the new version changes or adds are carried out now; the others were when the work began."""
        run, old, new = self.run, self.olds[token.id], self.run.node_of(token)
        if new.level is not None or (token.status not in _WAITING and token.phase not in _STOPPED):
            return
        before, after = _lines(old), _lines(new)
        if before == after:
            return
        if not token.local:
            outer = run.state.scopes[token.scope]
            token.local = run.open_scope(outer, token.id, "local", new, outer.process).id
        local = run.state.scopes[token.local]
        changed = {n for n in before.keys() | after.keys() if before.get(n) != after.get(n)}
        for name in sorted(changed):
            local.variables.remove(name)
        mappings.write_inputs(run, new, local, only=changed)

    def _wait(self, wait: Wait) -> None:
        """An event that is armed goes along."""
        run = self.run
        old, new = self.olds[wait.id], self._new(wait.scope, wait.node)
        host = run.state.tokens.get(wait.host)
        sees = waiting.seen_beside(run, run.state.scopes[wait.scope], host)
        wait = replace(wait, node=new.id)
        if wait.kind == "timer":
            wait = self._timer(wait, old, new, sees)
        elif wait.kind in ("message", "signal"):
            key = self._subscription(wait.id, wait.detail, old, new, sees)
            wait = replace(wait, detail=key)
        elif _condition(old) != _condition(new):
            # One that could not be computed has its incident already.
            wait = replace(wait, left=wait.left & conditions.BROKEN)
            run.fresh.add(wait.id)
        run.state.waits[wait.id] = wait

    def _timer(self, wait: Wait, old: Node, new: Node, sees: Scope) -> Wait:
        """Keeps the instant for which it is set, or is set anew; how often it comes is as the new version says."""
        run = self.run
        due, left = datetime.fromisoformat(wait.detail), wait.left
        was_cycle, is_cycle = (n.event.timer_kind == "cycle" for n in (old, new))
        if self._restarts(old):
            due, left = timers.first(run, sees, new)
        elif not is_cycle:
            left = 0
        elif not was_cycle:
            left = timers.first(run, sees, new)[1]
        self._set(wait.id, wait.detail, due, old, new)
        return replace(wait, detail=due.isoformat(), left=left)

    def _restarts(self, old: Node) -> bool:
        return self.input.timers.get(old.drawn, KEEP) == RESTART

    def _set(self, id: int, before: str, due: datetime, old: Node, new: Node) -> None:
        if (before, old.drawn) != (due.isoformat(), new.drawn):
            self.run.effects += [CancelTimer(id), SetTimer(id, new.drawn, due)]

    def _subscription(self, id: int, key: str, old: Node, new: Node, sees: Scope) -> str:
        """The key it waits for: as it was computed then, unless the new version says another."""
        before = old.drawn, old.event.name, key
        if said(old.event.key) != said(new.event.key):
            key = waiting.message_key(self.run, new, sees) or ""
        if before != (new.drawn, new.event.name, key):
            kind = "signal" if new.event.kind == "signal" else "message"
            self.run.effects.append(Subscribe(id, new.drawn, kind, new.event.name, key or None))
        return key

    def _go_on(self, token: Token) -> None:
        """What the token itself waits for, and what waits beside it."""
        run, old = self.run, self.olds[token.id]
        new = run.node_of(token)
        sees = run.scope_of(token)
        if token.status == "task":
            keeps_due = bool(old.work.due and new.work.due) and not self._restarts(old)
            task = user_tasks.opened(run, token, new)
            task = replace(task, due=None) if keeps_due else task
            run.effects.append(RenewTask(token.id, new.id, task, keeps_due))
        elif token.status in ("message", "signal"):
            token.detail = self._subscription(token.id, token.detail, old, new, sees)
        elif token.status == "timer":
            due = datetime.fromisoformat(token.detail)
            if self._restarts(old):
                due = timers.first(run, sees, new)[0]
            self._set(token.id, token.detail, due, old, new)
            token.detail = due.isoformat()
        elif token.status == "condition" and _condition(old) != _condition(new):
            run.fresh.add(token.id)
        self._arm_beside(token, old, new)

    # --- what the new version lets wait, and the old one did not

    def _arm_beside(self, token: Token, old: Node, new: Node) -> None:
        run = self.run
        scope = run.state.scopes[token.scope]
        process, left = run.process_of(scope), self.parts.left[self.processes[token.scope]]
        if token.status == "events":
            if new.kind == "eventBasedGateway":
                here = [process.nodes[process.flows[i].target] for i in new.outgoing]
                there = [left.nodes[left.flows[i].target] for i in old.outgoing]
            else:
                here, there = [new], [old]
        elif self._is_armed(token, new):
            here = [process.nodes[i] for i in new.boundaries]
            there = [left.nodes[i] for i in old.boundaries]
        else:
            return
        self._arm(here, left.id, iter(there), scope, token)

    def _is_armed(self, token: Token, node: Node) -> bool:
        """Whether what stands on the edge of the activity is armed."""
        if node.kind not in activities.START or activities.passes(node):
            return False
        at_work = token.status in ("task", "call", "message", "scope", "loop")
        return (at_work or token.phase in _ARMED) and not self.run.is_in_own_iteration(token)

    def _arm_handlers(self, scope: Scope) -> None:
        if scope.kind not in LEVELS or self._is_shut(scope):
            return
        process, left = self.run.process_of(scope), self.parts.left[self.processes[scope.id]]
        inside = scope.kind in INSIDES
        here = process.level_of(process.by_id[scope.node].index if inside else None)
        there = left.level_of(self.olds[scope.id].index if inside else None)
        self._arm(
            [process.nodes[process.level_of(i).starts[0]] for i in here.event_subprocesses],
            left.id,
            (left.nodes[left.level_of(i).starts[0]] for i in there.event_subprocesses),
            scope,
            None,
        )

    def _is_shut(self, scope: Scope) -> bool:
        """Whether an event subprocess has interrupted the scope, or its transaction is being cancelled."""
        process = self.run.process_of(scope)
        for token in self.run.state.tokens.values():
            if token.scope == scope.id:
                node = process.by_id[token.node]
                if node.kind == "eventSubProcess":
                    if process.nodes[process.level_of(node.index).starts[0]].interrupting:
                        return True
                elif node.kind == "endEvent" and node.event.kind == "cancel":
                    return True
        return False

    def _arm(
        self, here: list[Node], left: str, there: Iterator[Node], scope: Scope, host: Token | None
    ) -> None:
        known = self.parts.images(left, there)
        sees = waiting.seen_beside(self.run, scope, host)
        for node in here:
            for part in node.parts or (node,):
                if part.id not in known:
                    waiting.arm(self.run, part, stands_in=scope, sees=sees, host=host)


def _condition(node: Node) -> str | None:
    return said(node.event.condition)


def _lines(node: Node) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The input mappings by the variable they make."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for line in node.inputs:
        found.setdefault(line.target[0], []).append((line.target, line.source.source))
    return found
