"""Where the tokens of a case stand, and where each of them may be moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.model import Node, Process
from engine.errors import NotFound
from engine.kernel.state import RUNS, Scope, State, Token
from engine.kernel.threads import joins, threads


@dataclass(frozen=True, slots=True)
class Standing:
    """A token as people see it. status, since: see state.Token.

    depth: activities around it.  turn: which run of its multi-instance or loop it is, from 1; 0 for none.
    grows: whether an activity can be added to what runs inside it, of an ad hoc subprocess.
    """

    token: int
    node: str
    process: str
    status: str
    since: int
    depth: int
    turn: int
    grows: bool


def standing(state: State) -> list[Standing]:
    """Every token, each followed by those that stand inside its activity."""
    return list(_Inside(state).of(state.root, 0, 0)) if state.scopes else []


class _Inside:
    """What stands in each scope, looked up once: a case may have thousands of tokens and as many scopes."""

    def __init__(self, state: State):
        self.tokens: defaultdict[int, list[Token]] = defaultdict(list)  # by scope
        self.owned: defaultdict[int, list[Scope]] = defaultdict(list)  # by the token that waits
        self.parts: defaultdict[int, list[Scope]] = defaultdict(list)  # by the scope around
        for token in state.tokens.values():
            self.tokens[token.scope].append(token)
        for scope in state.scopes.values():
            self.owned[scope.owner].append(scope)
            self.parts[scope.parent].append(scope)

    def of(self, scope: Scope, depth: int, turn: int) -> Iterator[Standing]:
        for token in self.tokens[scope.id]:
            yield Standing(
                token.id,
                token.node,
                scope.process,
                token.status,
                token.since,
                depth,
                turn,
                grows(token),
            )
            for inner in self.owned[token.id]:
                if inner.kind == "loop":
                    for each in self.parts[inner.id]:
                        yield from self.of(each, depth + 1, each.index + 1)
                else:
                    yield from self.of(inner, depth + 1, 0)


def grows(token: Token) -> bool:
    """Whether the inside of the activity is open; that of an ad hoc subprocess stays so when nothing is left to begin."""
    return token.status == "scope" or (token.status == "incident" and token.phase == "adhoc")


@dataclass(frozen=True, slots=True)
class Target:
    """A node of the process a token stands in. why: why the token cannot be moved there; empty where it can."""

    node: str
    why: str


def targets(state: State, processes: Mapping[str, Process], token: int) -> list[Target]:
    """Every node of the process the token stands in, in the order of the file. Raises NotFound for a token that is not open."""
    held = state.tokens.get(token)
    if held is None:
        raise NotFound(f"token {token} is not open in the case of {state.process}")
    process = processes[state.scopes[held.scope].process]
    judge = _Judge(state, process, held)
    return [Target(node.id, judge.why_not(node)) for node in process.nodes if not node.undoes]


def why_not(state: State, process: Process, token: Token, there: Node) -> str:
    """Why the token cannot be moved to the node; empty when it can. process: that of its scope."""
    return _Judge(state, process, token).why_not(there)


class _Judge:
    """What of a token decides where it may go, looked up once."""

    def __init__(self, state: State, process: Process, token: Token):
        self.process = process
        self.here = process.by_id[token.node]
        self.is_aside = token.is_aside
        self.scope = state.scopes[token.scope]
        self.threads = threads(process, self.here.parent)
        self.thread = self._thread(token)
        self.is_alone = not any(
            other.scope == token.scope
            and other is not token
            and not other.is_aside
            and process.by_id[other.node].kind != "eventSubProcess"
            for other in state.tokens.values()
        )

    def _thread(self, token: Token) -> int:
        """That of the branch the token came by when it waits at a join; -1 when that branch has no node."""
        if not token.flow or not joins(self.here):
            return self.threads.of[self.here.index]
        by = next(flow for flow in self.process.flows if flow.id == token.flow)
        thread = self.threads.of[by.source]
        return -1 if thread == self.threads.of[self.here.index] else thread

    def why_not(self, there: Node) -> str:
        if self.is_aside:
            return "先へ進む流れではありません（脇で続く取消しか、条件の障害です）。"
        if self.scope.kind in RUNS:
            return "繰返しの1回の途中です。繰返し全体を動かすか、この1回を取り除いてください。"
        if self.scope.kind == "undo" or self.here.undoes or there.undoes:
            return "前の作業を取り消すための作業です。取消しのイベントだけが始めます。"
        if self.here.kind == "eventSubProcess":
            return "イベントサブプロセスは、できごとが始めます。中の作業を動かしてください。"
        if self.here.parent != there.parent:
            return self._other_level(there)
        if there.kind in _NOT_ENTERED:
            return _NOT_ENTERED[there.kind]
        if joins(there):
            return "流れの合流です。ほかの流れと数が合わなくなります。合流の先か、手前を選んでください。"
        thread = self.threads.of[there.index]
        if thread == self.thread:
            return ""
        if not self.is_alone:
            return "並行して進む別の流れです。分かれ目か合流をまたぐと、流れが二重になるか、合流が待ち続けます。"
        if thread in self.threads.awaited:
            return "並行する流れのひとつです。ほかの流れがないため、合流が待ち続けます。分かれ目の手前を選んでください。"
        return ""

    def _other_level(self, there: Node) -> str:
        if there.parent is None:
            return "外側の流れです。まわりのサブプロセス全体を動かしてください。"
        around = self.process.nodes[there.parent]
        return f"「{around.name or around.id}」の中です。サブプロセスごと選んでください。"


_NOT_ENTERED = {
    "startEvent": "始まりです。次の要素を選んでください。",
    "boundaryEvent": "作業の途中で起きるできごとです。その先の要素を選んでください。",
    "eventSubProcess": "できごとが始めるものです。",
}
