"""Why a case cannot go on under another version of its procedure: everything that stands somewhere is asked for. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.bpmn.model import Node, Process
from engine.errors import TetsuzukiError
from engine.kernel.counterparts import Counterparts
from engine.kernel.state import CALLED, RECHECK, Record, Scope, State, Token, Wait
from engine.kernel.threads import joins, threads

WHY = {
    "missing": "新しい版にありません。対応する要素を選んでください。",
    "kind": "新しい版では、要素の種類が違います。同じ種類の要素を選んでください。",
    "place": "新しい版では、ほかのサブプロセスの中か外にあります。同じ囲みの中の要素を選んでください。",
    "host": "新しい版では、ほかの作業に付いています。付いている作業の対応も確かめてください。",
    "repeat": "新しい版では、繰返しのしかたが違います。繰返しが終わってから移してください。",
    "operation": "外部への照会の回答を待っています。新しい版では、ここで別の照会をします。回答が来てから移してください。",
    "called": "呼び出したプロセスが動いています。新しい版では、ここから別のプロセスを呼び出します。終わってから移してください。",
    "case": "呼び出した案件が続いています。新しい版では、ここから別の手続の案件を始めます。終わってから移してください。",
    "flow": "合流で待っている流れが、新しい版の合流に入りません。合流を過ぎてから移してください。",
    "starved": "新しい版の合流は、この案件にはない流れを待ち続けます。合流を過ぎてから移してください。",
    "doubled": "並行する流れが、新しい版ではひとつの流れに重なり、先が二重に進みます。並行する流れが合わさってから移してください。",
    "outputs": "新しい版は繰返しの結果を集めますが、終わった回の結果が残っていません。繰返しが終わってから移してください。",
    "record": "終わった作業の取消しが、新しい版にありません。取り消せなくなります。",
    "behind": "新しい版では、このゲートウェイの先にありません。",
}


@dataclass(frozen=True, slots=True)
class Hindrance:
    """node, name: the element in the version left.  code: of WHY, or that of a kernel.Stop.  why: without values of the case."""

    node: str
    name: str
    code: str
    why: str


class ChangeoverHindered(TetsuzukiError):
    """The case cannot go on under that version; nothing was changed."""

    def __init__(self, hindrances: Sequence[Hindrance]):
        super().__init__(
            "the case cannot change over: " + "; ".join(f"{h.node} ({h.code})" for h in hindrances)
        )
        self.hindrances = tuple(hindrances)


def hindrances(state: State, counterparts: Counterparts) -> list[Hindrance]:
    """Every one, each element and reason once, in order of arrival."""
    return list(dict.fromkeys(_Search(state, counterparts).all()))


class _Search:
    def __init__(self, state: State, counterparts: Counterparts):
        self.state = state
        self.parts = counterparts

    def all(self) -> Iterator[Hindrance]:
        for scope in self.state.scopes.values():
            yield from self._scope(scope)
        for token in self.state.tokens.values():
            yield from self._token(token)
        for wait in self.state.waits.values():
            yield from self._wait(wait)
        for record in self.state.records.values():
            yield from self._record(record)
        for scope in self.state.scopes.values():
            yield from self._meeting(scope)

    def _old(self, scope_id: int, node: str) -> tuple[str, Node]:
        process = self.state.scopes[scope_id].process
        return process, self.parts.old(process, node)

    def _static(self, process: str, old: Node) -> Iterator[Hindrance]:
        code = self.parts.why_not(process, old)
        if code:
            yield _because(old, code)

    def _scope(self, scope: Scope) -> Iterator[Hindrance]:
        if scope.kind == "process" or (scope.kind == "kept" and self.parts.is_given_up(scope.node)):
            return
        around = self.state.scopes[scope.parent].process
        old = self.parts.old(around, scope.node)
        yield from self._static(around, old)
        new = self.parts.find(around, scope.node)
        if new is None:
            return
        if scope.kind in CALLED:
            process = self.parts.process(scope.process)
            is_fixed = new.called is not None or new.work.procedure is not None
            if process is None or (is_fixed and new.called != process.id):
                yield _because(old, "called")
        elif scope.kind == "adhoc" and scope.loop is not None:
            for item in scope.loop.items:
                yield from self._static(around, self.parts.old(around, item))
        elif scope.kind == "loop" and scope.loop is not None and new.loop and old.loop:
            collects_now = new.loop.output and not old.loop.output
            if collects_now and scope.loop.completed:
                yield _because(old, "outputs")

    def _token(self, token: Token) -> Iterator[Hindrance]:
        if token.phase == RECHECK and self.parts.is_given_up(token.node):
            return
        process, old = self._old(token.scope, token.node)
        found = list(self._static(process, old))
        yield from found
        new = self.parts.find(process, token.node)
        if new is None or found:
            return
        is_asked = "call" in (token.status, token.phase)
        if is_asked and old.operation != new.operation:
            yield _because(old, "operation")
        elif is_asked and old.work.procedure != new.work.procedure:
            yield _because(old, "case")
        if token.flow and joins(old):
            flow = self.parts.flow(process, old, token.flow)
            if flow is None:
                yield _because(old, "flow")
        named = _named_start(token)
        if named:
            yield from self._static(process, self.parts.old(process, named))

    def _wait(self, wait: Wait) -> Iterator[Hindrance]:
        process, old = self._old(wait.scope, wait.node)
        if self.parts.is_given_up(wait.node):
            return
        found = list(self._static(process, old))
        yield from found
        host = self.state.tokens.get(wait.host)
        if found or host is None or host.status != "events" or host.node == old.drawn:
            return
        gateway = self.parts.find(process, host.node)
        new = self.parts.get(process, wait.node)
        reached = self.parts.process(process)
        if gateway is None or reached is None:
            return
        if new.index not in {reached.flows[i].target for i in gateway.outgoing}:
            yield _because(old, "behind")

    def _record(self, record: Record) -> Iterator[Hindrance]:
        stood = self.state.scopes[record.scope]
        if self.parts.is_given_up(record.node) or (
            stood.kind == "kept" and self.parts.is_given_up(stood.node)
        ):
            return
        process, old = self._old(record.scope, record.node)
        found = list(self._static(process, old))
        yield from found
        if found or old.compensation is None:
            return
        if self.parts.get(process, record.node).compensation is None:
            yield _because(old, "record")

    # --- the flows of one scope together

    def _meeting(self, scope: Scope) -> Iterator[Hindrance]:
        """Whether the flows that run side by side still meet as the new version has them meet."""
        process = self.parts.left[scope.process]
        there = self.parts.process(scope.process)
        tokens = self.state.tokens.values()
        stand = [t for t in tokens if t.scope == scope.id and not t.is_aside]
        if there is None or not stand or any(self._image(scope, t) is None for t in stand):
            return
        before = _Flows(process, [(process.by_id[t.node], t.flow) for t in stand])
        moved = []
        for token in stand:
            new = self._image(scope, token)
            assert new is not None
            flow = self.parts.flow(scope.process, process.by_id[token.node], token.flow)
            moved.append((new, flow.id if flow is not None and token.flow else ""))
        after = _Flows(there, moved)
        starved_before = {self.parts.find(scope.process, node) for node in before.starved()}
        for join in after.starved():
            if there.by_id[join] not in starved_before:
                yield _because(process.by_id[stand[0].node], "starved")
        for first, second in after.together() - before.together():
            yield _because(process.by_id[stand[max(first, second)].node], "doubled")

    def _image(self, scope: Scope, token: Token) -> Node | None:
        return self.parts.find(scope.process, token.node)


class _Flows:
    """The tokens of one scope on their threads (kernel.threads). standing: (node, flow by which it waits at a join)."""

    def __init__(self, process: Process, standing: list[tuple[Node, str]]):
        self.process = process
        self.standing = standing
        self.threads = threads(process, standing[0][0].parent)
        self.on = [self._thread(node, flow) for node, flow in standing]

    def _thread(self, node: Node, flow: str) -> object:
        """Of a token that waits at a join: the branch it came by."""
        return (node.id, flow) if flow and joins(node) else self.threads.of.get(node.index, node.id)

    def together(self) -> set[tuple[int, int]]:
        """Pairs of tokens, by their place in the list, that stand on one thread."""
        by_thread: dict[object, list[int]] = defaultdict(list)
        for at, thread in enumerate(self.on):
            by_thread[thread].append(at)
        return {(a, b) for same in by_thread.values() for a in same for b in same if a < b}

    def starved(self) -> list[str]:
        """Ids of the parallel joins that some of the tokens will wait at for a flow none of the others can come by."""
        found = []
        for join in self.process.nodes:
            if join.kind == "parallelGateway" and joins(join) and join.index in self.threads.of:
                flows = [self.process.flows[i] for i in join.incoming]
                branches = self._leading_to(join)
                waits = any(node is join for node, _ in self.standing)
                if not waits and not branches & set(self.on):
                    continue
                if not all(self._supplied(join, flow.id, flow.source) for flow in flows):
                    found.append(join.id)
        return found

    def _leading_to(self, join: Node) -> set[int]:
        """The threads that end at the join, and those that end at a join on one of them."""
        of = self.threads.of
        into = [
            (of[flow.source], of[flow.target])
            for flow in self.process.flows
            if flow.source in of and joins(self.process.nodes[flow.target])
        ]
        found = {of[self.process.flows[i].source] for i in join.incoming}
        while more := {here for here, there in into if there in found} - found:
            found |= more
        return found - {of[join.index]}

    def _supplied(self, join: Node, flow: str, source: int) -> bool:
        ahead = self._before(source, join)
        return any(
            by == flow if node is join else node.index in ahead for node, by in self.standing
        )

    def _before(self, source: int, join: Node) -> set[int]:
        """Nodes from which a token comes to the source without passing the join: not in another round of a loop."""
        found, at = {source}, [source]
        while at:
            node = self.process.nodes[at.pop()]
            back = [self.process.flows[i].source for i in node.incoming]
            back += [] if node.host is None else [node.host]
            more = {index for index in back if index != join.index} - found
            found |= more
            at += sorted(more)
        return found


def _named_start(token: Token) -> str:
    """The event that a token that stands still goes on with: it stands in what is to be repeated."""
    if token.phase == "handle":
        return str(token.payload["start"])
    if token.phase in ("part", "begin", "await"):
        return str(token.payload[0])
    return ""


def _because(node: Node, code: str) -> Hindrance:
    return Hindrance(node.drawn, node.name, code, WHY[code])
