"""Walks on SpiffWorkflow, in a process of its own with a time limit."""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Node, Process
from engine.feel import Clock
from engine.feel.values import to_feel, to_json
from engine.kernel import effects as e
from engine.kernel.state import compact
from engine.second_engine.subset import COMPUTED, outside
from engine.second_engine.translation import translate
from engine.second_engine.walk import Taken, Walk

PARAMETERS = "parameters"
AGREES, OUTSIDE, DISAGREES, BROKEN = "agrees", "outside", "disagrees", "broken"


@dataclass(frozen=True)
class Comparison:
    """status: agrees | outside | disagrees | broken (a fault of ours stopped it). detail: which element or step, and why."""

    status: str
    detail: str = ""


def compare(process: Process, walk: Walk, *, limit_s: float = 20.0) -> Comparison:
    """Whether SpiffWorkflow goes the same way, or which element puts the walk outside what it runs correctly."""
    return compare_all([(process, walk)], limit_s=limit_s)[0]


def compare_all(
    walks: Sequence[tuple[Process, Walk]], *, limit_s: float = 20.0
) -> list[Comparison]:
    """One comparison for each walk, in order. limit_s: for each."""
    found = [Comparison(OUTSIDE, outside(process, walk) or "") for process, walk in walks]
    inside = [n for n, comparison in enumerate(found) if not comparison.detail]
    if not inside:
        return found
    # fork: compiled expressions and calendar functions cannot be sent to a fresh interpreter.
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(there, [walks[n] for n in inside]), daemon=True)
    child.start()
    there.close()
    why = f"{limit_s:g}秒以内に結果が出ない"
    try:
        for n in inside:
            if not here.poll(limit_s):
                break
            found[n] = Comparison(*here.recv())
    except EOFError:
        why = "SpiffWorkflow が結果を出さずに終わった"
    finally:
        child.kill()
        child.join()
        here.close()
    return [one if one.detail else Comparison(OUTSIDE, why) for one in found]


def _answer(pipe: Connection, walks: Sequence[tuple[Process, Walk]]) -> None:
    for process, walk in walks:
        try:
            pipe.send(_walk(process, walk))
        except Exception as error:  # whatever SpiffWorkflow does must not look like agreement
            pipe.send((DISAGREES, f"SpiffWorkflow が止まりました: {type(error).__name__}: {error}"))
    pipe.close()


class _Variables(PythonScriptEngine):  # type: ignore[misc]
    """Conditions and scripts in our FEEL over one set of variables."""

    def __init__(self, process: Process, walk: Walk) -> None:
        super().__init__()
        self.process = process
        self.walk = walk
        self.held: dict[str, Any] = {PARAMETERS: walk.parameters}
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
        node = self.process.nodes[int(script.strip().removeprefix("node"))]
        local = self.local(node)
        if node.kind == "businessRuleTask":
            result = self.decided[node.id].pop(0)
        elif node.kind == "scriptTask":
            result = self.value(node.work.script, local)
        else:
            result = None
        self.write(node, result, local)
        return True

    def local(self, node: Node) -> dict[str, Any]:
        """The variables of its input mappings, as they are now."""
        made: dict[str, Any] = {}
        for line in node.inputs:
            made[line.target[0]] = _nest(made, line.target, self.value(line.source, made))
        return made

    def write(self, node: Node, result: Any, local: Mapping[str, Any]) -> None:
        """What the element writes: its output mappings, all computed before the first is written, else its result."""
        if node.outputs:
            seen = {**local}
            if node.kind != "intermediateThrowEvent":
                names = (node.form, node.work.result, node.event.name)
                seen |= {**(result if isinstance(result, dict) else {}), "result": result}
                seen |= {name: result for name in names if name}
            made = [(line.target, self.value(line.source, seen)) for line in node.outputs]
            for target, value in made:
                self.held[target[0]] = _nest(self.held, target, value)
            return
        name = node.event.name if node.kind == "intermediateCatchEvent" else node.result
        if name and (result is not None or node.kind in COMPUTED):
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
    # Of each open task the variables of its input mappings: computed when it opens, not when it is completed.
    inputs: dict[Any, Mapping[str, Any]] = {}
    for number, step in enumerate(walk.steps, 1):
        engine.now = step.now
        for name, value in step.decided:
            engine.decided.setdefault(name, []).append(value)
        if isinstance(step.input, e.Start | e.SetVariables):
            engine.held |= {n: to_feel(v) for n, v in step.input.variables.items()}
        else:
            task = next((t for t in _open(workflow) if t.task_spec.bpmn_id == step.node), None)
            if task is None:
                return DISAGREES, f"{number}手目: SpiffWorkflow では「{step.node}」が開いていません"
            node = process.by_id[step.node or ""]
            engine.write(node, _result(step.input), inputs.pop(task.id))
            task.run()
        workflow.do_engine_steps()
        for task in _open(workflow):
            if task.id not in inputs:
                inputs[task.id] = engine.local(process.by_id[task.task_spec.bpmn_id])
        theirs = tuple(sorted(t.task_spec.bpmn_id for t in _open(workflow)))
        if theirs != step.waiting:
            return (
                DISAGREES,
                f"{number}手目: 開いている作業は {_listed(step.waiting)}、SpiffWorkflow では {_listed(theirs)}",
            )
        differing = _differing(process, step, engine.held)
        if differing:
            return DISAGREES, f"{number}手目: {differing}"
        if workflow.is_completed() != step.ended:
            return (
                DISAGREES,
                f"{number}手目: 案件は{'終わり、SpiffWorkflow では続いています' if step.ended else '続き、SpiffWorkflow では終わっています'}",
            )
    return AGREES, f"{len(walk.steps)}手"


def _differing(process: Process, step: Taken, held: Mapping[str, Any]) -> str:
    """The first variable that is another one there, with both values; "" when all are the same.

    held: the one set of variables of the second engine, so it also holds what stays inside a subprocess of ours.
    """
    if step.variables is None:
        return ""
    theirs = {n: compact(to_json(v)) for n, v in held.items() if n != PARAMETERS}
    names = set(step.variables)
    if all(node.kind != "subProcess" for node in process.nodes):
        names |= set(theirs)
    for name in sorted(names):
        ours, other = step.variables.get(name), theirs.get(name)
        if ours != other:
            return f"変数 {name} は {ours or 'なし'}、SpiffWorkflow では {other or 'なし'}"
    return ""


def _listed(nodes: Sequence[str]) -> str:
    return "、".join(nodes) or "なし"


def _open(workflow: Any) -> list[Any]:
    return [t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.manual]


def _result(input: e.Input) -> Any:
    if isinstance(input, e.Completed):
        return to_feel(input.answers)
    if isinstance(input, e.CallDone):
        return to_feel(input.result)
    return to_feel(input.payload) if isinstance(input, e.Message | e.Signal) else None
