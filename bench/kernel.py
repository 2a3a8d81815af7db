"""CPU of one user task completion in the kernel, beside stock SpiffWorkflow doing the same work.

A completion is: load the state text, advance to the next wait, dump.  Cases: a loop around one review task with 5 and
with 40 activities, its 1,000th round, ten open waits beside it, three call activities, 200 runs of a multi-instance
open at once, ten fork/join blocks of three, 300 subprocesses deep.  What stock SpiffWorkflow cannot do is told as it
happened: it has 90 s and 2 GB for each case.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median

from lxml import etree

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.support import kernel_models as models
from engine import kernel
from engine.bpmn import reader
from engine.bpmn.model import Process
from engine.kernel import effects as e

ENV = kernel.Env(datetime(2026, 5, 12, 1, 0, tzinfo=UTC))
GOAL_US = 150.0
GOAL_PER_WAIT_US = 5.0
GOAL_STATE_BYTES = 1_500
BATCH = 50
ANSWERS = {"decision": "ok", "comment": "適当と認める。", "count": 3}
VARIABLES = {"stop": False, "notice": {"holder": "株式会社多摩クリーン運輸", "rows": [1, 2, 3]}}
STOCK_S = 90
STOCK_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Case:
    """xml: the model.  completions: how many ours does; stock does no more than `stock`.

    stays: each completion begins at the first wait again, so that all waits are open.
    """

    xml: str
    completions: int = 300
    stock: int = 40
    stays: bool = False


CASES = {
    "activities_5": Case(models.chain(5)),
    "activities_40": Case(models.chain(40)),
    "round_1000": Case(models.chain(1), completions=1000, stock=1000),
    "calls_3": Case(models.calls(3)),
    "blocks_10_of_3": Case(models.blocks(10, width=3), stock=30),
    "waits_1": Case(models.chain(5, waits=1), stock=0),
    "waits_10": Case(models.chain(5, waits=10)),
    "instances_200": Case(models.instances(200), completions=100, stock=20, stays=True),
    "deep_1": Case(models.deep(1), completions=100, stock=0),
    "deep_300": Case(models.deep(300), completions=100, stock=3),
}


def read(xml: str) -> dict[str, Process]:
    stock, ours = models.OURS
    document = reader.read(xml.replace(stock, ours).encode(), file="bench.bpmn")
    wrong = [one for one in document.problems if one.severity == "error"]
    assert not wrong, wrong
    return dict(document.processes)


def complete(process: Process, text: str, env: kernel.Env) -> str:
    """One completion, of the task that was opened last."""
    state = kernel.load(text, process)
    token = max(t.id for t in state.tokens.values() if t.status == "task")
    return kernel.dump(kernel.advance(process, state, e.Completed(token, ANSWERS), env).state)


def walk(case: Case) -> tuple[float, str]:
    """(CPU µs of a completion, last state text). A case that ends is begun again."""
    processes = read(case.xml)
    process = processes["p"]
    env = kernel.Env(ENV.now, processes=processes)
    first = text = kernel.dump(kernel.advance(process, None, e.Start(VARIABLES), env).state)
    spent = []
    for _ in range(case.completions):
        began = time.process_time_ns()
        after = complete(process, text, env)
        spent.append((time.process_time_ns() - began) / 1000)
        text = first if case.stays or kernel.load(after, process).status == "ended" else after
    return quietest(spent[-300:]), text


def quietest(spent: list[float]) -> float:
    """The median of the quietest batch: another program on the machine is no cost of ours."""
    batch = min(BATCH, len(spent))
    return min(median(spent[i : i + batch]) for i in range(0, len(spent) - batch + 1, batch))


def structure_bytes(text: str) -> int:
    """What a state takes besides the values of its variables."""
    return len(text.partition("\n")[0].encode())


# --- stock SpiffWorkflow --------------------------------------------------------------------------


def stock(name: str) -> tuple[float | None, str]:
    """(CPU µs of a completion in stock SpiffWorkflow, or None; what happened where it did not do it)."""
    command = [sys.executable, __file__, "--stock", name]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        said, errors = running.communicate(timeout=STOCK_S)
        what = (errors.strip().splitlines() or ["no word"])[-1][:120]
    except subprocess.TimeoutExpired:
        running.kill()
        said, what = running.communicate()[0], f"stopped after {STOCK_S} s"
    lines = said.splitlines() or ["nothing"]
    if running.returncode == 0:
        us, happened = json.loads(lines[-1])
        return us, happened
    return None, f"{what}; reached: {lines[-1]}"


def run_stock(case: Case) -> None:
    """Prints what was reached, last [µs, what happened]."""
    resource.setrlimit(resource.RLIMIT_AS, (STOCK_BYTES, STOCK_BYTES))
    from SpiffWorkflow.bpmn.parser import BpmnParser  # noqa: PLC0415  only in the process that measures it
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer  # noqa: PLC0415
    from SpiffWorkflow.bpmn.workflow import BpmnWorkflow  # noqa: PLC0415
    from SpiffWorkflow.util.task import TaskState  # noqa: PLC0415

    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(case.xml, etree.XMLParser(huge_tree=True)))
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    print("the model is read", flush=True)
    workflow.task_tree.data.update(VARIABLES)
    workflow.do_engine_steps()
    print(f"the first wait, {len(workflow.tasks):,} tasks", flush=True)
    serializer = BpmnWorkflowSerializer()
    first = text = serializer.serialize_json(workflow)
    print(f"the first state, {len(text):,} characters", flush=True)
    spent: list[float] = []
    happened = ""
    for done in range(case.stock):
        began = time.process_time_ns()
        workflow = serializer.deserialize_json(text)
        task = next(islice(workflow.get_tasks(state=TaskState.READY, manual=True), 1), None)
        if task is None:
            happened = (
                f"nothing is open after {done} completions, completed: {workflow.is_completed()}"
            )
            break
        task.data.update({task.task_spec.bpmn_id: ANSWERS})
        task.run()
        workflow.do_engine_steps()
        after = serializer.serialize_json(workflow)
        spent.append((time.process_time_ns() - began) / 1000)
        text = first if case.stays else after
        print(f"{done + 1} completions, {len(text):,} characters", flush=True)
    print(json.dumps([quietest(spent[-40:]) if spent else None, happened]))


# --- what is printed --------------------------------------------------------------------------------


def main() -> None:
    figures: dict[str, float | None] = {}
    mine: dict[str, float] = {}
    told: list[str] = []
    for name, case in CASES.items():
        mine[name], text = walk(case)
        figures[f"{name}_us"] = round(mine[name], 1)
        if name == "activities_40":
            figures["state_40_bytes"] = structure_bytes(text)
        if not case.stock:
            continue
        theirs, happened = stock(name)
        figures[f"stock_{name}_us"] = None if theirs is None else round(theirs, 1)
        figures[f"ratio_{name}"] = None if theirs is None else round(theirs / mine[name], 1)
        if happened:
            told.append(f"stock, {name}: {happened}")
    per_wait = {
        "per_open_wait": (mine["waits_10"] - mine["waits_1"]) / 9,
        "per_instance": (mine["instances_200"] - mine["waits_1"]) / 199,
        "per_level": (mine["deep_300"] - mine["deep_1"]) / 299,
    }
    figures |= {f"{name}_us": round(us, 2) for name, us in per_wait.items()}
    for name, value in figures.items():
        print(f"{name:28} {'—' if value is None else value}")
    print(*told, sep="\n")
    few = [us for name, us in mine.items() if name not in ("instances_200", "deep_300")]
    goals: dict[str, Callable[[], bool]] = {
        f"completion with up to ten open waits under {GOAL_US:g} us": lambda: max(few) <= GOAL_US,
        f"a further open wait or scope under {GOAL_PER_WAIT_US:g} us": lambda: (
            max(per_wait.values()) <= GOAL_PER_WAIT_US
        ),
        f"state of 40 activities under {GOAL_STATE_BYTES:,} bytes without values": lambda: (
            (figures["state_40_bytes"] or 0) <= GOAL_STATE_BYTES
        ),
    }
    holds = {name: check() for name, check in goals.items()}
    for name, held in holds.items():
        print(f"{'holds' if held else 'FAILS'}: {name}")
    print(json.dumps({"bench": "kernel", "figures": figures, "goals": list(goals), "holds": holds}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stock"]:
        run_stock(CASES[sys.argv[2]])
    else:
        main()
