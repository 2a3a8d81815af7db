"""Plays a process the way the rest of the engine would: every step through the text of its state."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from engine import kernel
from engine.bpmn import reader
from engine.bpmn.model import Process
from engine.feel.values import from_feel
from engine.kernel import effects as e

NOW = datetime(2026, 5, 12, 1, 0, tzinfo=UTC)  # Tuesday 10:00 in Tokyo


def read(xml: bytes) -> dict[str, Process]:
    """The processes of a file that may be deployed."""
    document = reader.read(xml, file="test.bpmn")
    assert not [p for p in document.problems if p.severity == "error"], document.problems
    return dict(document.processes)


class Play:
    """A case of the first process of the file. Remembers effects; every step goes through dump and load."""

    def __init__(
        self,
        xml: bytes,
        *,
        start: Mapping[str, Any] | None = None,
        event: str | None = None,
        payload: Any = None,
        limits: kernel.Limits | None = None,
        **env: Any,
    ) -> None:
        self.processes = read(xml)
        self.process = next(iter(self.processes.values()))
        self.now = NOW
        self.env_parts = {**env, "limits": limits or kernel.Limits()}
        self.text = kernel.dump(kernel.new_state(self.process))
        self.effects: list[Any] = []
        self.last: tuple[Any, ...] = ()
        self.inputs: list[tuple[Any, datetime]] = []
        # Number of inputs before a changeover -> the processes left.
        self.left: dict[int, dict[str, Process]] = {}
        self.give(e.Start(start or {}, event, payload))

    @property
    def state(self) -> kernel.State:
        return kernel.load(self.text, self.process)

    def env(self, now: datetime) -> kernel.Env:
        return kernel.Env(now, processes=self.processes, **self.env_parts)

    def give(self, input: Any) -> Play:
        self.inputs.append((input, self.now))
        step = kernel.advance(self.process, self.state, input, self.env(self.now))
        return self._take(step)

    def change_over(
        self,
        xml: bytes,
        nodes: Mapping[str, str] | None = None,
        timers: Mapping[str, str] | None = None,
    ) -> Play:
        """The case goes on in the first process of that file. Raises ChangeoverHindered, and nothing has changed."""
        left, state, processes = self.processes, self.state, read(xml)
        process = next(iter(processes.values()))
        input = e.Changeover(nodes or {}, timers or {}, "新しい版へ")
        env = kernel.Env(self.now, processes=processes, left=left, **self.env_parts)
        step = kernel.advance(process, state, input, env)
        self.left[len(self.inputs)] = left
        self.inputs.append((input, self.now))
        self.processes, self.process = processes, process
        return self._take(step)

    def _take(self, step: kernel.Step) -> Play:
        self.text = kernel.dump(step.state)
        self.last = step.effects
        self.effects += step.effects
        check(step.state, self.text, self.process)
        if step.state.status == "ended":
            check_end(self)
        return self

    # --- what a test does

    def complete(self, node: str, answers: Mapping[str, Any] | None = None) -> Play:
        return self.give(e.Completed(self.token(node, "task"), answers or {}))

    def answer(self, node: str, result: Any = None) -> Play:
        return self.give(e.CallDone(self.token(node, "call"), result))

    def refuse(self, node: str, code: str, data: Any = None) -> Play:
        return self.give(e.CallRefused(self.token(node, "call"), code, data))

    def message(self, node: str, payload: Any = None) -> Play:
        return self.give(e.Message(self.token(node, "message"), payload))

    def wait(self, **period: float) -> Play:
        """Time passes; every timer that falls due fires in order."""
        until = self.now + timedelta(**period)
        while True:
            due = [w for w in kernel.open_waits(self.state) if w.kind == "timer"]
            due = [w for w in due if datetime.fromisoformat(w.detail) <= until]
            if not due:
                self.now = until
                return self
            first = min(due, key=lambda w: (w.detail, w.token))
            self.now = max(self.now, datetime.fromisoformat(first.detail))
            self.give(e.TimerDue(first.token))

    # --- what a test looks at

    def token(self, node: str, kind: str) -> int:
        """The first open wait of that kind at the node."""
        for wait in kernel.open_waits(self.state):
            if wait.node == node and wait.kind == kind:
                return wait.token
        raise AssertionError(f"no open {kind} at {node}: {self.open}")

    @property
    def open(self) -> list[str]:
        """`node` for tasks, `node:kind` for the rest, in order of arrival."""
        return [
            w.node if w.kind == "task" else f"{w.node}:{w.kind}"
            for w in kernel.open_waits(self.state)
        ]

    @property
    def ended(self) -> str | None:
        """The end event by which the case ended; 取消し; None while it runs."""
        ends = [x for x in self.effects if isinstance(x, e.CaseEnded)]
        assert len(ends) <= 1
        return (ends[0].end_event or ends[0].outcome) if ends else None

    @property
    def variables(self) -> dict[str, Any]:
        return {k: from_feel(v) for k, v in kernel.variables(self.state).items()}

    @property
    def path(self) -> list[str]:
        """Nodes in the order they were entered."""
        return [x.node for x in self.effects if isinstance(x, e.Trace) and x.what == "entered"]

    def of(self, kind: type) -> list[Any]:
        return [x for x in self.effects if isinstance(x, kind)]

    @property
    def incidents(self) -> list[str]:
        return [w.detail for w in kernel.open_waits(self.state) if w.kind == "incident"]


def check(state: kernel.State, text: str, process: Process) -> None:
    """What must hold after every step, whatever the model."""
    assert kernel.dump(kernel.load(text, process)) == text
    kinds = {scope.id: scope.kind for scope in state.scopes.values()}
    for scope in state.scopes.values():
        assert scope.live == sum(t.scope == scope.id for t in state.tokens.values())
        assert not scope.parent or scope.parent in state.scopes
        assert not scope.owner or scope.owner in state.tokens
        if scope.kind == "local":
            assert state.tokens[scope.owner].local == scope.id
        if scope.kind == "loop" and scope.loop is not None and scope.loop.total:
            loop, inside = scope.loop, [s for s in state.scopes.values() if s.parent == scope.id]
            assert loop.active == len(inside)
            assert loop.total == loop.completed + loop.terminated + loop.active + len(loop.items)
    for token in state.tokens.values():
        assert token.status != "ready", token
        assert not token.local or kinds[token.local] == "local"
        assert not token.flow or token.status in ("join", "incident", "stopped")
    for wait in state.waits.values():
        assert not wait.host or wait.host in state.tokens
        assert kinds[wait.scope] != "kept"
    needed = {scope.parent for scope in state.scopes.values()}
    for record in state.records.values():
        assert record.scope in state.scopes
        assert not record.kept or kinds[record.kept] == "kept"
        needed |= {record.scope, record.kept}
    if not any("undo" in (token.status, token.phase) for token in state.tokens.values()):
        assert {id for id, kind in kinds.items() if kind == "kept"} <= needed
    if state.status == "running":
        assert kernel.open_waits(state), "a case with no open wait and no incident has ended"
    else:
        assert not state.tokens and not state.waits and len(state.scopes) <= 1


def check_end(play: Play) -> None:
    """What must hold when a case is over: everything it opened outside is closed, once, and the record is complete."""
    given = [i for i, _ in play.inputs]
    called = [i.token for i in given if isinstance(i, e.CallDone | e.CallRefused | e.CallFailed)]
    fired = [i.token for i in given if isinstance(i, e.TimerDue)]

    def tokens(kind: type) -> Counter[int]:
        return Counter(x.token for x in play.of(kind))

    assert tokens(e.OpenTask) == tokens(e.CloseTask)
    # A changeover may subscribe a wait anew that is open already.
    assert set(tokens(e.Subscribe)) == set(tokens(e.Unsubscribe))
    assert set(tokens(e.Unsubscribe).values()) <= {1}
    assert tokens(e.RaiseIncident) == tokens(e.ResolveIncident)
    assert tokens(e.SetTimer) == Counter(fired) + tokens(e.CancelTimer)
    assert set(tokens(e.RequestCall)) == set(called) | set(tokens(e.CancelCall))
    traced: dict[str, Counter[tuple[str, int | None]]] = defaultdict(Counter)
    for x in play.of(e.Trace):
        traced[x.what]["" if play.left else x.node, x.token] += 1
    gone = traced["left"] + traced["cancelled"]
    # What is cancelled or skipped before its turn was never entered; what leaves was.
    skipped = {i.token for i in given if isinstance(i, e.SkipIncident)}
    left = {at for at in traced["left"] if at[1] not in skipped}
    assert left <= set(traced["entered"]) <= set(gone)
    assert play.left or set(gone.values()) <= {1}


def replay(play: Play) -> str:
    """The state text after the same inputs again, kept in memory all the way."""
    versions = [*play.left.values(), play.processes]
    process = next(iter(versions[0].values()))
    state = kernel.new_state(process)
    for number, (input, now) in enumerate(play.inputs):
        left = play.left.get(number, {})
        if left:
            versions.pop(0)
            process = next(iter(versions[0].values()))
        env = kernel.Env(now, processes=versions[0], left=left, **play.env_parts)
        state = kernel.advance(process, state, input, env).state
    return kernel.dump(state)
