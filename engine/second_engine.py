"""Compares a walk of the kernel with SpiffWorkflow 3.2, for the part of BPMN that it runs correctly.

SpiffWorkflow gets the process written anew from our model: whatever waits (task, call, message, timer) is a manual
task there, its conditions and scripts are our FEEL, its task data is replaced by one set of variables of ours, its
state is never stored. So what is compared is the token game: after every step the same tasks must be open, and the
case must end at the same step. It runs in a process of its own with a time limit.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any
from xml.sax.saxutils import quoteattr

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine import kernel
from engine.bpmn.model import Node, Process
from engine.feel import Clock, Function
from engine.feel.values import to_feel
from engine.kernel import effects as e

AGREES, OUTSIDE, DISAGREES = "agrees", "outside", "disagrees"
_WAITING = ("userTask", "receiveTask", "serviceTask", "intermediateCatchEvent")
_PASSING = ("task", "manualTask", "sendTask", "intermediateThrowEvent")
_COMPUTED = ("scriptTask", "businessRuleTask")


@dataclass(frozen=True)
class Taken:
    """One step of a walk: the input, the node it answered, and the nodes that wait after it (with repetition)."""

    input: e.Input
    node: str | None
    now: datetime
    waiting: tuple[str, ...]
    ended: bool
    decided: tuple[tuple[str, Any], ...] = ()
    stopped: bool = False  # by an incident, which SpiffWorkflow does not know


@dataclass(frozen=True)
class Walk:
    """A scenario as the kernel walked it. process: id of the main process."""

    process: str
    steps: tuple[Taken, ...]
    functions: Mapping[str, Function] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """status: agrees | outside | disagrees. detail: which element or step, and why."""

    status: str
    detail: str = ""


def taken(before: kernel.State, input: e.Input, step: kernel.Step, now: datetime) -> Taken:
    """The step of a walk that advance() made of the input."""
    token = getattr(input, "token", None)
    node = next((w.node for w in kernel.open_waits(before) if w.token == token), None)
    decided = tuple((x.node, x.outputs) for x in step.effects if isinstance(x, e.Decided))
    return Taken(
        input,
        node,
        now,
        _waiting(step.state),
        step.state.status == "ended",
        decided,
        any(isinstance(x, e.RaiseIncident) for x in step.effects),
    )


def _waiting(state: kernel.State) -> tuple[str, ...]:
    # Waits beside a task (boundary events) are no place where a token stands.
    own = [w.node for w in kernel.open_waits(state) if not w.host and w.token in state.tokens]
    return tuple(sorted(own))


def compare(processes: Mapping[str, Process], walk: Walk, *, limit_s: float = 20.0) -> Comparison:
    """Whether SpiffWorkflow goes the same way, or which element puts the walk outside what it runs correctly."""
    process = processes[walk.process]
    why = outside(process, walk)
    if why is not None:
        return Comparison(OUTSIDE, why)
    # fork: compiled expressions and calendar functions cannot be sent to a fresh interpreter.
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(there, process, walk), daemon=True)
    child.start()
    there.close()
    try:
        if not here.poll(limit_s):
            return Comparison(OUTSIDE, f"no result within {limit_s:g} s")
        return Comparison(*here.recv())
    except EOFError:
        return Comparison(OUTSIDE, "the second engine ended without a result")
    finally:
        child.kill()
        child.join()
        here.close()


def outside(process: Process, walk: Walk) -> str | None:
    """The first element or input that SpiffWorkflow does not run correctly; None when the walk can be compared."""
    for node in process.nodes:
        reason = _reason(process, node)
        if reason is not None:
            return f"{node.id}: {reason}"
    for step in walk.steps:
        name = type(step.input).__name__
        if step.stopped:
            return f"{step.node or walk.process}: this walk has an incident"
        if isinstance(step.input, e.SetVariables) and step.input.token is None:
            continue
        if not isinstance(step.input, e.Start | e.Completed | e.CallDone | e.Message | e.TimerDue):
            return f"{step.node or walk.process}: {name} is compared nowhere yet"
        answered = process.by_id.get(step.node or "")
        if isinstance(step.input, e.Start):
            if step.input.start_event is not None:
                return f"{step.input.start_event}: begins by a start event that is no filing"
            continue
        if answered is None or answered.kind not in _WAITING:
            kind = answered.kind if answered else "called process"
            return f"{step.node}: this walk fires a {kind}"
    return None


_OUTSIDE_KINDS = (
    "inclusiveGateway", "eventBasedGateway", "callActivity", "transaction", "adHocSubProcess",
)  # fmt: skip
_OUTSIDE_EVENTS = ("signal", "conditional", "link", "compensate", "cancel", "multiple")


def _reason(process: Process, node: Node) -> str | None:
    if node.loop is not None:
        return "multi-instance"
    if node.repeat is not None:
        return "standard loop"
    if node.kind in _OUTSIDE_KINDS:
        return node.kind
    if node.event.kind in _OUTSIDE_EVENTS:
        return f"{node.event.kind} event"
    if node.kind == "endEvent" and node.event.kind not in ("none", "message"):
        return f"{node.event.kind} end"
    if node.kind in ("endEvent", *_PASSING, *_COMPUTED) and node.operation:
        return f"{node.kind} with a call"
    if node.kind == "intermediateThrowEvent" and node.event.kind == "escalation":
        return "escalation"
    if node.kind == "subProcess" and (node.inputs or node.outputs):
        return "subprocess with variables of its own"
    if "Gateway" not in node.kind and any(
        process.flows[f].condition is not None for f in node.outgoing
    ):
        return "conditional flow out of an activity"
    if "Gateway" not in node.kind and len(node.outgoing) > 1:
        return "fork without a gateway (SpiffWorkflow does not read it)"
    if node.kind == "parallelGateway" and node.index in _behind(process, node):
        return "parallel gateway inside a loop (SpiffWorkflow joins too early)"
    return None


def _behind(process: Process, node: Node) -> set[int]:
    seen: set[int] = set()
    ahead = [process.flows[f].target for f in node.outgoing]
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += [process.flows[f].target for f in process.nodes[at].outgoing]
    return seen


# --- in the process of its own --------------------------------------------------------------------


def _answer(pipe: Connection, process: Process, walk: Walk) -> None:
    try:
        pipe.send(_walk(process, walk))
    except Exception as error:  # whatever SpiffWorkflow does must not look like agreement
        pipe.send((DISAGREES, f"SpiffWorkflow stopped: {type(error).__name__}: {error}"))
    pipe.close()


class _Variables(PythonScriptEngine):  # type: ignore[misc]
    """Conditions and scripts in our FEEL over one set of variables."""

    def __init__(self, process: Process, walk: Walk) -> None:
        super().__init__()
        self.process = process
        self.walk = walk
        self.held: dict[str, Any] = {"parameters": walk.parameters}
        self.now = walk.steps[0].now
        self.decided: dict[str, list[Any]] = {}

    def value(self, expression: Any, extra: Mapping[str, Any] | None = None) -> Any:
        return expression.strict(
            {**self.held, **(extra or {})},
            clock=Clock(self.now),
            functions=self.walk.functions,
        )

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        return self.value(self.process.flows[int(expression.removeprefix("flow"))].condition)

    def execute(self, task: Any, script: str, external_context: Any = None) -> bool:
        if script.strip() == "pass":
            return True
        node = self.process.nodes[int(script.strip().removeprefix("node"))]
        local = self.local(node)
        if node.kind == "businessRuleTask":
            result = self.decided[node.id].pop(0)
        else:
            result = self.value(node.work.script, local)
        self.write(node, result, local)
        return True

    def local(self, node: Node) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for line in node.inputs:
            made[line.target[0]] = _nest(made, line.target, self.value(line.source, made))
        return made

    def write(self, node: Node, result: Any, local: Mapping[str, Any]) -> None:
        if node.outputs:
            names = (node.form, node.work.result, node.event.name)
            seen = {**local, **(result if isinstance(result, dict) else {}), "result": result}
            seen |= {name: result for name in names if name}
            for line in node.outputs:
                value = self.value(line.source, seen)
                self.held[line.target[0]] = _nest(self.held, line.target, value)
            return
        name = node.work.result
        if node.kind == "userTask":
            name = node.form or node.id
        elif node.event.kind == "message":
            name = node.event.name
        if name and (result is not None or node.kind in _COMPUTED):
            self.held[name] = result


def _nest(held: Mapping[str, Any], path: tuple[str, ...], value: Any) -> Any:
    root = held.get(path[0])
    if len(path) == 1:
        return value
    made = dict(root) if isinstance(root, dict) else {}
    made[path[1]] = _nest(made, path[1:], value)
    return made


def _walk(process: Process, walk: Walk) -> tuple[str, str]:
    parser = BpmnParser()
    parser.add_bpmn_str(translate(process))
    spec = parser.get_spec(process.id)
    engine = _Variables(process, walk)
    workflow = BpmnWorkflow(spec, parser.get_subprocess_specs(process.id), script_engine=engine)
    for number, step in enumerate(walk.steps, 1):
        engine.now = step.now
        for name, value in step.decided:
            engine.decided.setdefault(name, []).append(value)
        if isinstance(step.input, e.Start | e.SetVariables):
            engine.held |= {n: to_feel(v) for n, v in step.input.variables.items()}
        else:
            task = next((t for t in _open(workflow) if t.task_spec.bpmn_id == step.node), None)
            if task is None:
                return DISAGREES, f"step {number}: {step.node} is not open in SpiffWorkflow"
            node = process.by_id[step.node or ""]
            engine.write(node, _result(step.input), engine.local(node))
            task.run()
        workflow.do_engine_steps()
        theirs = tuple(sorted(t.task_spec.bpmn_id for t in _open(workflow)))
        if theirs != step.waiting:
            return (
                DISAGREES,
                f"step {number}: open {list(step.waiting)}, SpiffWorkflow has {list(theirs)}",
            )
        if workflow.is_completed() != step.ended:
            return DISAGREES, f"step {number}: ended {step.ended}, SpiffWorkflow says otherwise"
    return AGREES, f"{len(walk.steps)} steps"


def _open(workflow: Any) -> list[Any]:
    return [t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]


def _result(input: e.Input) -> Any:
    if isinstance(input, e.Completed):
        return to_feel(input.answers)
    if isinstance(input, e.CallDone):
        return to_feel(input.result)
    return to_feel(input.payload) if isinstance(input, e.Message) else None


def translate(process: Process) -> bytes:
    """The process as plain BPMN: waits become manual tasks, conditions and scripts numbers of ours.

    Boundary events and event subprocesses are left out: a walk that fires one is outside.
    """
    body = _level(process, None)
    return (
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" '
        'targetNamespace="second">'
        f'<process id={quoteattr(process.id)} isExecutable="true">{body}</process></definitions>'
    ).encode()


def _level(process: Process, parent: int | None) -> str:
    kept = [
        n
        for n in process.nodes
        if n.parent == parent and n.kind not in ("boundaryEvent", "eventSubProcess")
    ]
    kept = [n for n in kept if n.kind == "startEvent" or n.incoming]
    inside = {n.index for n in kept}
    reached = _from_start(process, kept)
    made = [_element(process, n, reached) for n in kept if n.index in reached]
    for flow in process.flows:
        if flow.source in inside & reached and flow.target in inside & reached:
            condition = (
                f"<conditionExpression>flow{flow.index}</conditionExpression>"
                if flow.condition is not None
                else ""
            )
            made.append(
                f"<sequenceFlow id={quoteattr(flow.id)} sourceRef={quoteattr(process.nodes[flow.source].id)} "
                f"targetRef={quoteattr(process.nodes[flow.target].id)}>{condition}</sequenceFlow>"
            )
    return "".join(made)


def _from_start(process: Process, kept: list[Node]) -> set[int]:
    """What a token can come to without a boundary event."""
    seen: set[int] = set()
    ahead = [n.index for n in kept if n.kind == "startEvent" and n.event.kind == "none"]
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += [process.flows[f].target for f in process.nodes[at].outgoing]
    return seen


def _element(process: Process, node: Node, reached: set[int]) -> str:
    inside = ""
    tag = node.kind
    default = ""
    if node.kind in _WAITING:
        tag = "manualTask"
    elif node.kind in _PASSING:
        # A plain task waits for a person in SpiffWorkflow.
        tag, inside = "scriptTask", "<script>pass</script>"
    elif node.kind in _COMPUTED:
        tag, inside = "scriptTask", f"<script>node{node.index}</script>"
    elif node.kind == "subProcess":
        inside = _level(process, node.index)
    elif node.default is not None:
        default = f" default={quoteattr(process.flows[node.default].id)}"
    links = "".join(
        f"<incoming>{process.flows[f].id}</incoming>"
        for f in node.incoming
        if process.flows[f].source in reached
    )
    links += "".join(f"<outgoing>{process.flows[f].id}</outgoing>" for f in node.outgoing)
    return f"<{tag} id={quoteattr(node.id)}{default}>{links}{inside}</{tag}>"
