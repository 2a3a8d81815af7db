"""The models of kernel.py, as BPMN text that our reader and stock SpiffWorkflow both take."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="b">'
)
# Python for stock SpiffWorkflow; ours reads it as FEEL.
STOP = "stop == True"
OURS = STOP, "= stop"


def chain(activities: int, *, waits: int = 0) -> str:
    """start > (fork to `waits` tasks that stay open) > task 1 .. n > back to the first, for ever."""
    ids = [f"t{i}" for i in range(activities)]
    if not waits:
        return _definitions(_process("p", *_again(_tasks(ids), list(pairwise(ids)), ids)))
    nodes, flows = _again(_tasks(ids), list(pairwise(ids)), ids)
    beside = [f"w{i}" for i in range(waits)]
    flows.remove(("s", "again"))
    flows += [("s", "fork"), ("fork", "again"), *(("fork", one) for one in beside)]
    return _definitions(
        _process("p", [*nodes, '<parallelGateway id="fork"/>', *_tasks(beside)], flows)
    )


def calls(number: int) -> str:
    """start > call activity 1 .. n > back to the first, for ever; each calls a process with one task."""
    ids = [f"c{i}" for i in range(number)]
    callers = [f'<callActivity id="{one}" calledElement="called-{one}"/>' for one in ids]
    called = [
        _process(
            f"called-{one}",
            [
                f'<startEvent id="s-{one}"/>',
                f'<endEvent id="e-{one}"/>',
                f'<userTask id="t-{one}"/>',
            ],
            [(f"s-{one}", f"t-{one}"), (f"t-{one}", f"e-{one}")],
        )
        for one in ids
    ]
    return _definitions(_process("p", *_again(callers, list(pairwise(ids)), ids)), *called)


def blocks(number: int, *, width: int) -> str:
    """start > n blocks in a row, each a fork to `width` tasks and their join > end."""
    nodes, flows, last = ['<startEvent id="s"/>', '<endEvent id="e"/>'], [], "s"
    for block in range(number):
        fork, join = f"fork{block}", f"join{block}"
        ids = [f"t{block}-{i}" for i in range(width)]
        nodes += [
            f'<parallelGateway id="{fork}"/>',
            f'<parallelGateway id="{join}"/>',
            *_tasks(ids),
        ]
        flows.append((last, fork))
        flows += [flow for one in ids for flow in ((fork, one), (one, join))]
        last = join
    return _definitions(_process("p", nodes, [*flows, (last, "e")]))


def instances(number: int) -> str:
    """start > one task for each of so many, side by side > end."""
    task = (
        '<userTask id="t"><multiInstanceLoopCharacteristics><loopCardinality>'
        f"{number}</loopCardinality></multiInstanceLoopCharacteristics></userTask>"
    )
    nodes = [task, '<startEvent id="s"/>', '<endEvent id="e"/>']
    return _definitions(_process("p", nodes, [("s", "t"), ("t", "e")]))


def deep(levels: int) -> str:
    """start > a subprocess in a subprocess … so many deep; innermost a task, for ever > end of each."""
    inside = _inside(*_again(_tasks(["t"]), [], ["t"]))
    for level in range(levels):
        start, box, end = f"s{level}", f"b{level}", f"e{level}"
        inside = (
            _inside(
                [f'<startEvent id="{start}"/>', f'<endEvent id="{end}"/>'],
                [(start, box), (box, end)],
            )
            + f'<subProcess id="{box}">{inside}</subProcess>'
        )
    return _definitions(f'<process id="p" isExecutable="true">{inside}</process>')


def _again(
    nodes: list[str], flows: list[tuple[str, str]], ids: list[str]
) -> tuple[list[str], list[tuple[str, str]]]:
    """The nodes in a loop around the first to the last, left only when `stop` is true."""
    loop = [
        '<exclusiveGateway id="again"/>',
        '<exclusiveGateway id="enough" default="enough-again"/>',
    ]
    ends = ['<startEvent id="s"/>', '<endEvent id="e"/>']
    around = [
        ("s", "again"),
        ("again", ids[0]),
        (ids[-1], "enough"),
        ("enough", "again"),
        ("enough", "e"),
    ]
    return [*nodes, *loop, *ends], [*flows, *around]


def _tasks(ids: Iterable[str]) -> list[str]:
    return [f'<userTask id="{one}"/>' for one in ids]


def _process(name: str, nodes: Iterable[str], flows: Iterable[tuple[str, str]]) -> str:
    return f'<process id="{name}" isExecutable="true">{_inside(nodes, flows)}</process>'


def _inside(nodes: Iterable[str], flows: Iterable[tuple[str, str]]) -> str:
    return "".join([*nodes, *(_flow(source, target) for source, target in flows)])


def _flow(source: str, target: str) -> str:
    condition = (
        f"<conditionExpression>{STOP}</conditionExpression>"
        if (source, target) == ("enough", "e")
        else ""
    )
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'


def _definitions(*processes: str) -> str:
    return HEAD + "".join(processes) + "</definitions>"
