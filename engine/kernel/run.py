"""One step while it runs: the copy of the state it changes, what it may know, its effects and its agenda."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from engine.bpmn.kinds import JOINING
from engine.bpmn.model import Flow, Node, Process, Text
from engine.bpmn.problems import named
from engine.errors import NotFound
from engine.feel import Clock, EvaluationError, Expression
from engine.kernel import scoping
from engine.kernel.effects import Effect, RaiseIncident, ResolveIncident, Trace
from engine.kernel.env import Env
from engine.kernel.state import RUNS, Scope, State, Token, Variables, Wait, Writer
from engine.kernel.stop import StepRefused, Stop, uncomputable
from engine.limits import how_to_change


class Run:
    """The working copy of one advance(). Nothing here outlives the step."""

    __slots__ = (
        "agenda", "changed", "clock", "effects", "env", "fresh", "journal", "now_s", "process", "processes", "readers",
        "state", "unsettled",
    )  # fmt: skip

    def __init__(self, process: Process, state: State, env: Env) -> None:
        self.process = process
        self.processes = env.processes
        self.state = state
        self.env = env
        self.clock = Clock(env.now)
        self.now_s = int(env.now.timestamp())
        self.effects: list[Effect] = []
        # (phase, token id or scope id, payload)
        self.agenda: deque[tuple[str, int, Any]] = deque()
        # Names written and conditional events armed since conditions were last looked at.
        self.changed: set[str] = set()
        self.fresh: set[int] = set()
        # Conditional events to be looked at, a heap; and those that read a name, once somebody asked (conditions.settle).
        self.unsettled: list[int] = []
        self.readers: dict[str, set[int]] | None = None
        # What the phase that runs has written, each with the JSON text before, and told.
        # Of a variable: the variables it stands in, its name.  Of a scope: who had written what in it.
        self.journal: list[
            tuple[Variables, str, str | None] | tuple[int, dict[str, Writer] | None] | Effect
        ] = []

    # --- where things are

    def process_of(self, scope: Scope) -> Process:
        if scope.process == self.process.id:
            return self.process
        found = self.processes.get(scope.process)
        if found is None:
            raise NotFound(f"process {scope.process} is not part of this version; deploy it again")
        return found

    def node_of(self, token: Token | Wait) -> Node:
        return self.process_of(self.state.scopes[token.scope]).by_id[token.node]

    def scope_of(self, token: Token) -> Scope:
        """The scope its expressions see: that of its input mappings, else the one it stands in."""
        return self.state.scopes[token.local or token.scope]

    def is_in_own_iteration(self, token: Token) -> bool:
        scope = self.state.scopes[token.scope]
        return scope.kind in RUNS and scope.node == token.node

    # --- tokens

    def open_token(self, number: int, status: str) -> Token:
        """The token with that status; raises NotFound when it has none or is gone."""
        token = self.state.tokens.get(number)
        if token is None or token.status != status:
            raise NotFound(
                f"token {number} has no open {status} in the case of {self.state.process}; "
                "it was answered or cancelled before"
            )
        return token

    def next_id(self) -> int:
        made = self.state.next_id
        self.state.next_id = made + 1
        return made

    def check_room(self, node: Node, more: int) -> None:
        """Raises Stop when so many more tokens would be too many."""
        if more > 0 and len(self.state.tokens) + more > self.env.limits.tokens:
            raise Stop(
                "TOKEN_LIMIT",
                f"{named(node)}で、案件の中の流れの数が上限（{self.env.limits.tokens:,}）に達しました。",
                "流れが際限なく分かれていないか、図を確かめてください。" + how_to_change("tokens"),
            )

    def place(self, scope: Scope, node: Node, flow: Flow | None = None) -> Token:
        """A new token at the node, not yet on the agenda."""
        joins = flow is not None and len(node.incoming) > 1 and node.kind in JOINING
        token = Token(
            self.next_id(),
            scope.id,
            node.id,
            "ready",
            self.now_s,
            flow.id if joins and flow is not None else "",
        )
        self.state.tokens[token.id] = token
        scope.live += 1
        return token

    def put(self, scope: Scope, node: Node, flow: Flow | None = None) -> None:
        """A new token at the node that is entered next."""
        self.agenda.append(("enter", self.place(scope, node, flow).id, None))

    def drop(self, token: Token) -> None:
        """The token is consumed; an empty scope is closed when its turn comes."""
        del self.state.tokens[token.id]
        scope = self.state.scopes[token.scope]
        scope.live -= 1
        if not scope.live:
            self.agenda.append(("close", scope.id, None))

    def open_scope(self, parent: Scope, owner: int, kind: str, node: Node, process: str) -> Scope:
        """A new scope; raises Stop when scopes nest too deep."""
        depth, at = 1, parent
        while at.parent:
            depth, at = depth + 1, self.state.scopes[at.parent]
        if depth >= self.env.limits.depth:
            raise Stop(
                "SCOPE_DEPTH",
                f"{named(node)}で、入れ子の深さが上限（{self.env.limits.depth}）に達しました。",
                "プロセスが自分自身を呼び続けていないか、図を確かめてください。"
                + how_to_change("depth"),
            )
        scope = Scope(self.next_id(), parent.id, owner, kind, node.id, process, Variables())
        self.state.scopes[scope.id] = scope
        return scope

    # --- effects

    def trace(self, node: str, what: str, token: int | None = None, note: str = "") -> None:
        self.effects.append(Trace(node, what, token, note))

    def incident(self, token: Token, stop: Stop, phase: str, payload: Any) -> None:
        """The token stays where it is and waits for an operator."""
        token.status = "incident"
        token.detail = stop.code
        token.phase = phase
        token.payload = payload
        self.effects.append(
            RaiseIncident(token.id, token.node, stop.code, stop.message, stop.remedy)
        )

    def resolve(self, token: Token) -> tuple[str, Any]:
        """The incident is over; returns the phase and payload to repeat."""
        again = token.phase, token.payload
        token.status, token.detail, token.phase, token.payload = "ready", "", "", None
        self.effects.append(ResolveIncident(token.id))
        return again

    # --- values

    def value(
        self,
        expression: Expression,
        scope: Scope,
        node: Node,
        extra: Mapping[str, Any] | None = None,
    ) -> Any:
        """What the expression gives in the scope; raises Stop for every null that came from a mistake."""
        context = scoping.context(self.state, scope, expression.reads, self.env.parameters)
        if extra:
            context.update(extra)
        try:
            return expression.strict(
                context,
                clock=self.clock,
                functions=self.env.functions,
                limits=self.env.limits.feel,
            )
        except EvaluationError as error:
            raise uncomputable(expression, node, error) from error

    def holds(
        self,
        condition: Expression,
        scope: Scope,
        node: Node,
        which: str,
        extra: Mapping[str, Any] | None = None,
    ) -> bool:
        """Whether the condition is true; raises Stop when it is neither true nor false. which: how a message calls it."""
        value = self.value(condition, scope, node, extra)
        if value is True or value is False:
            return value
        raise Stop(
            "CONDITION",
            f"{named(node)}{which}が、真でも偽でもありません。",
            "条件が使う変数を直して再試行してください。",
        )

    def text(
        self,
        text: Text | None,
        scope: Scope,
        node: Node,
        extra: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value of a text of the model: fixed as it stands, or computed."""
        if text is None or isinstance(text, str):
            return text
        return self.value(text, scope, node, extra)

    def write(self, scope: Scope, name: str, value: Any) -> None:
        """Writes by the rule of scoping.target; raises StepRefused beyond the size limit."""
        self.write_local(scoping.target(self.state, scope, name), name, value)

    def write_local(self, scope: Scope, name: str, value: Any) -> str | None:
        """Declares the variable in this very scope; its JSON text before. Raises StepRefused beyond the size limit."""
        limit = self.env.limits.variable_size
        if exceeds(value, limit):
            raise StepRefused(
                f"変数「{name}」が、大きさの上限（{limit:,}文字・要素）を超えるため、何も変えていません。"
                "大きな内容はファイルにしてください。" + how_to_change("variable_size")
            )
        try:
            before = scope.variables.set(name, value)
        except TypeError as error:
            raise StepRefused(
                f"変数「{name}」に入るものが値ではない（関数など）ため、何も変えていません。値になるように直してください。"
            ) from error
        self.changed.add(name)
        self.journal.append((scope.variables, name, before))
        return before

    def tell(self, effect: Effect) -> None:
        """Adds an effect that reaches others, and must reach them once only."""
        self.journal.append(effect)
        self.effects.append(effect)

    def take_back(self) -> None:
        """What the phase wrote and told does not stand: when it is repeated, it does that again."""
        for done in reversed(self.journal):
            if isinstance(done, tuple):
                self._restore(done)
            else:
                del self.effects[max(i for i, one in enumerate(self.effects) if one is done)]
        self.journal.clear()

    def _restore(
        self, done: tuple[Variables, str, str | None] | tuple[int, dict[str, Writer] | None]
    ) -> None:
        if len(done) == 3:
            variables, name, before = done
            variables.restore(name, before)
        elif done[1] is None:
            self.state.writers.pop(done[0], None)
        else:
            self.state.writers[done[0]] = done[1]


def exceeds(value: Any, limit: int) -> bool:
    """Whether the value has more characters and elements than the limit."""
    left = limit
    ahead: list[Any] = [value]
    while ahead:
        at = ahead.pop()
        left -= 1
        if type(at) is str:
            left -= len(at)
        elif type(at) is dict:
            left -= sum(map(len, at))
            ahead.extend(at.values())
        elif type(at) is list:
            ahead.extend(at)
        if left < 0:
            return True
    return False
