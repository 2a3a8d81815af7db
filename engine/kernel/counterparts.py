"""Which element of another version stands for which of this one, and why one has none that would do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bpmn.model import Flow, Node, Process, Text, drawn_id
from engine.feel import Expression
from engine.kernel.effects import NOTHING
from engine.kernel.threads import threads


class Counterparts:
    """The elements of the version left, looked up in the version a case goes to.

    left, to: processes by id.  main: of each, the process of the case.  nodes: as in effects.Changeover.
    A process is the one with the same id; the main one stands for the main one, whatever it is called.
    """

    def __init__(
        self,
        left: Mapping[str, Process],
        left_main: str,
        to: Mapping[str, Process],
        main: Process,
        nodes: Mapping[str, str],
    ) -> None:
        self.left = left
        self._left_main = left_main
        self._to = to
        self.main = main
        self._nodes = nodes

    def process(self, process_id: str) -> Process | None:
        """The process that stands for the one with that id."""
        return self.main if process_id == self._left_main else self._to.get(process_id)

    def old(self, process_id: str, node_id: str) -> Node:
        """The element as it was."""
        return self.left[process_id].by_id[node_id]

    def find(self, process_id: str, node_id: str) -> Node | None:
        """What stands for the element, fit or not; a part of a multiple event has the part of the same number."""
        process = self.process(process_id)
        whole, mark, number = node_id.partition("#")
        if process is None:
            return None
        return process.by_id.get(self._nodes.get(whole, whole) + mark + number)

    def get(self, process_id: str, node_id: str) -> Node:
        """The same, once it is known that there is one."""
        found = self.find(process_id, node_id)
        assert found is not None
        return found

    def named(self, node_id: str) -> str | None:
        """Id of what stands for the element, in whichever process; None when nothing does. "" stays ""."""
        new = self._nodes.get(node_id, node_id)
        is_there = any(new in process.by_id for process in (self.main, *self._to.values()))
        return new if is_there or not node_id else None

    def is_given_up(self, node_id: str) -> bool:
        """Whether what waits at the element is to be given up."""
        return self._nodes.get(drawn_id(node_id)) == NOTHING

    def images(self, process_id: str, nodes: Iterator[Node]) -> set[str]:
        """Ids of what stands for these elements, each part of a multiple event by itself."""
        found = (self.find(process_id, part.id) for node in nodes for part in node.parts or (node,))
        return {new.id for new in found if new is not None}

    def why_not(self, process_id: str, old: Node) -> str:
        """missing | kind | place | host | repeat: why what stands for the element cannot go on with what waits there; "" when it can."""
        new = self.find(process_id, old.id)
        if new is None:
            return "missing"
        if (old.kind, old.event.kind, old.undoes) != (new.kind, new.event.kind, new.undoes):
            return "kind"
        process = self.left[process_id]
        if self._index(process, old.parent) != new.parent:
            return "place"
        if self._index(process, old.host) != new.host:
            return "host"
        if _repetition(old) != _repetition(new):
            return "repeat"
        return ""

    def _index(self, process: Process, old: int | None) -> int | None:
        if old is None:
            return None
        new = self.find(process.id, process.nodes[old].id)
        return -1 if new is None else new.index

    def flow(self, process_id: str, join: Node, flow_id: str) -> Flow | None:
        """The flow into what stands for the join by which a token came that came by this one.

        That of the same id; else the only one from what stands for its source; else the only one of that branch.
        """
        process, there = self.process(process_id), self.find(process_id, join.id)
        left = self.left[process_id]
        old = next((left.flows[i] for i in join.incoming if left.flows[i].id == flow_id), None)
        if process is None or there is None or old is None:
            return None
        incoming = [process.flows[index] for index in there.incoming]
        same = [flow for flow in incoming if flow.id == flow_id]
        source = self._index(left, old.source)
        if not same:
            same = [flow for flow in incoming if flow.source == source]
        if not same and source is not None:
            of = threads(process, there.parent).of
            same = [flow for flow in incoming if of[flow.source] == of.get(source)]
        return same[0] if len(same) == 1 else None


def _repetition(node: Node) -> tuple[bool, bool | None]:
    return node.repeat is not None, None if node.loop is None else node.loop.sequential


def said(text: Text | Expression | None) -> str | None:
    """The text of a model as it stands there, to be compared with another."""
    return text if text is None or isinstance(text, str) else f"={text.source}"
