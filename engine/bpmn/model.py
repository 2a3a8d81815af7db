"""A process as the kernel runs it: frozen, compiled once per version; flows and nodes know each other by index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.feel import Expression

# Operations of the engine itself that the model does not name: a call activity begins a case of its own
# (engine/called_cases.py); an element sends its message strictly: somebody must wait for it, and only one.
BEGIN_CASE, SEND_STRICTLY = "case.begin", "message.send"
# A text of the model that is either fixed or computed from the variables of the case.
Text = str | Expression


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A sequence flow. condition None: always taken."""

    index: int
    id: str
    name: str
    source: int
    target: int
    condition: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """What an event waits for or does.

    kind: none | message | signal | timer | conditional | error | escalation | compensate | cancel | link | terminate
    | multiple (its definitions are the node's parts).
    name: of the message, signal or link.  code: error or escalation code, None catches every code.
    key: correlation key of a message.  timer: ISO 8601 text or FEEL; timer_kind: date | duration | cycle.
    condition: of a conditional event.  activity: id of the one activity a compensation is thrown for.
    waits: the compensation is over before the flow goes on.  all: a multiple event needs every part.
    """

    kind: str = "none"
    name: str = ""
    code: str | None = None
    key: Text | None = None
    timer: Text | None = None
    timer_kind: str = ""
    condition: Expression | None = None
    activity: str | None = None
    waits: bool = True
    all: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """One line of an ioMapping: the value of source is written to target (a dotted path)."""

    source: Expression
    target: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """Multi-instance: one run per item of collection, or count times."""

    sequential: bool
    collection: Expression | None
    count: Expression | None
    element: str | None
    output: str | None
    output_element: Expression | None
    completion: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Repeat:
    """Standard loop: runs again while the condition is true, at most `maximum` times.  first: asked before the first run too."""

    condition: Expression | None
    first: bool
    maximum: int | None


@dataclass(frozen=True, slots=True, eq=False)
class AdHoc:
    """An ad hoc subprocess.  active: FEEL list of the ids that begin, None: every activity no flow comes to.

    completion: asked after every activity; true ends it, and what still runs when cancel_rest.
    """

    sequential: bool
    active: Expression | None
    completion: Expression | None
    cancel_rest: bool


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The inside of a process or subprocess: indexes of its start events, its event subprocesses and all its nodes."""

    starts: tuple[int, ...] = ()
    event_subprocesses: tuple[int, ...] = ()
    nodes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Work:
    """What an activity does, as far as its kind has it.

    instructions: what a user task without a form says is to be done (its documentation).
    operation: job type of a service or send task.  result: variable that receives the result.
    decision: id of the called decision.  script: FEEL of a script task.  called: id of the called process.
    see_all: a called process sees the caller's variables.  give_all: and hands all its own back.
    procedure: code of the one of which a call activity begins a case.  version: its number, None for the newest.
    """

    form: str | None = None
    instructions: str = ""
    operation: str | None = None
    retries: int | None = None
    result: str | None = None
    decision: str | None = None
    script: Expression | None = None
    called: Text | None = None
    see_all: bool = True
    give_all: bool = True
    procedure: str | None = None
    version: int | None = None
    assignee: Text | None = None
    groups: Text | None = None
    due: Text | None = None


NO_WORK = Work()
NO_EVENT = Event()


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A flow node. kind is the BPMN element's name (userTask, exclusiveGateway, boundaryEvent, eventSubProcess, ...).

    parent: index of the enclosing subprocess or None.  default: index of the default flow.
    boundaries: indexes of the boundary events attached here.  host: index of the activity a boundary event stands on.
    compensation: index of the activity that undoes this one.  undoes: is such an activity.
    begins: how an event gateway or receive task begins a case: one | all of its events are needed, "" not at all.
    is_cut: a flow to or from it, or what it stands on, was refused; never of a version that was published.
    parts: the single definitions of a multiple event, each as a node with this node's index and an id of its own.
    """

    index: int
    id: str
    name: str
    kind: str
    file: str
    line: int
    parent: int | None
    lane: str | None
    incoming: tuple[int, ...] = ()
    outgoing: tuple[int, ...] = ()
    default: int | None = None
    event: Event = NO_EVENT
    interrupting: bool = True
    host: int | None = None
    boundaries: tuple[int, ...] = ()
    level: Level | None = None
    loop: Loop | None = None
    repeat: Repeat | None = None
    ad_hoc: AdHoc | None = None
    compensation: int | None = None
    undoes: bool = False
    begins: str = ""
    parts: tuple[Node, ...] = ()
    inputs: tuple[Transfer, ...] = ()
    outputs: tuple[Transfer, ...] = ()
    work: Work = NO_WORK
    is_cut: bool = False
    properties: Mapping[str, Text] = field(default_factory=dict)

    @property
    def drawn(self) -> str:
        """Id of the element in the diagram: a part of a multiple event is drawn with the whole."""
        return drawn_id(self.id)

    @property
    def form(self) -> str | None:
        return self.work.form

    @property
    def operation(self) -> str | None:
        return self.work.operation

    @property
    def decision(self) -> str | None:
        return self.work.decision

    @property
    def result(self) -> str | None:
        """The variable that receives the result when no output mapping does."""
        if self.kind == "userTask":
            return self.form or self.id
        return self.event.name if self.kind == "receiveTask" else self.work.result

    @property
    def writes(self) -> frozenset[str]:
        """The variables one run of it writes: those its output mappings name, without any its result."""
        names = frozenset(line.target[0] for line in self.outputs)
        return names or frozenset(filter(None, [self.result]))

    @property
    def called(self) -> str | None:
        """The id of the called process when the model fixes it, None when it is computed."""
        return self.work.called if isinstance(self.work.called, str) else None


def drawn_id(node: str) -> str:
    """The element's id without the number of a part; # cannot stand in an id."""
    return node.partition("#")[0]


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """A lane; parent is the id of the lane it is nested in."""

    id: str
    name: str
    parent: str | None


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """One process of a file."""

    id: str
    name: str
    file: str
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    by_id: Mapping[str, Node]
    level: Level
    lanes: Mapping[str, Lane]
    # Marked isExecutable="false" beside one that runs, and here only because it is called.
    is_drawn: bool = False
    # Filled on first use: it depends on nothing but the process, so nobody can see when.
    _reach: dict[tuple[int, tuple[int, ...]], frozenset[int]] = field(
        default_factory=dict, repr=False
    )
    _contended: list[frozenset[str] | None] = field(default_factory=list, repr=False)

    @property
    def start_nodes(self) -> tuple[Node, ...]:
        """The start events, and the events and receive tasks that begin a case as one does."""
        found = [self.nodes[i] for i in self.level.starts]
        for node in self.nodes:
            if node.begins and node.kind == "eventBasedGateway":
                found += [self.nodes[self.flows[f].target] for f in node.outgoing]
            elif node.begins:
                found.append(node)
        return tuple(found)

    def gateway_before(self, node: Node) -> Node | None:
        """The instantiating event gateway that the node stands behind."""
        sources = (self.nodes[self.flows[f].source] for f in node.incoming)
        return next((n for n in sources if n.begins), None)

    def level_of(self, parent: int | None) -> Level:
        """The inside of the subprocess with that index, of the process for None."""
        level = self.level if parent is None else self.nodes[parent].level
        return level if level is not None else Level()

    def beginning(self, parent: int) -> list[Node]:
        """What an ad hoc subprocess can begin with: its activities no flow comes to, in the order of the file."""
        inside = (self.nodes[i] for i in self.level_of(parent).nodes)
        return [
            n
            for n in inside
            if not n.incoming
            and not n.undoes
            and n.kind not in ("boundaryEvent", "eventSubProcess")
        ]

    def reaching(self, index: int, flows: tuple[int, ...]) -> frozenset[int]:
        """Indexes of the nodes from which a token can come to this node by one of the flows without passing it first."""
        found = self._reach.get((index, flows))
        if found is None:
            found = self._reach[index, flows] = self._search_back(index, flows)
        return found

    def _search_back(self, index: int, flows: tuple[int, ...]) -> frozenset[int]:
        seen: set[int] = set()
        ahead = [self.flows[f].source for f in flows]
        while ahead:
            at = ahead.pop()
            if at in seen or at == index:
                continue
            seen.add(at)
            node = self.nodes[at]
            ahead.extend(self.flows[f].source for f in node.incoming)
            if node.host is not None:
                ahead.append(node.host)
        return frozenset(seen)
