"""BPMN 2.0 XML -> Document. Never raises for what a file says: every finding is a Problem with its remedy."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn import (
    beside,
    checks,
    connections,
    definitions,
    drawn,
    edges,
    foreign,
    nodes,
    raws,
    settings,
    shapes,
    structure,
)
from engine.bpmn.definitions import Definitions
from engine.bpmn.document import Document, Drawn
from engine.bpmn.elements import BPMN, attribute, children, local, namespace
from engine.bpmn.findings import Findings
from engine.bpmn.lanes import read_lanes
from engine.bpmn.model import Level, Process
from engine.errors import Problem
from engine.safe_xml import LARGEST, Element, Limits, parse

NO_OPERATIONS: Mapping[str, str] = {}


def read(
    xml: bytes,
    *,
    file: str,
    limits: Limits = LARGEST,
    operations: Mapping[str, str] = NO_OPERATIONS,
    main: str | None = None,
) -> Document:
    """The processes of the file and everything wrong with it; a process with problems is still returned.

    operations: job type or topic as the file has it -> the operation it stands for; others are operations themselves.
    main: id of the procedure's main process, which runs also when it says that it does not.
    """
    root = parse(xml, file=file, limits=limits)
    if isinstance(root, Problem):
        return Document(file, {}, (root,))
    found = Findings(file)
    if namespace(root) != BPMN or local(root) != "definitions":
        what = f"最初の要素が「{local(root)}」"
        if local(root) == "definitions":  # an earlier draft of BPMN, CMMN, DMN
            what = f"definitions の名前空間が「{namespace(root)}」"
        found.error(
            root,
            f"BPMN 2.0のファイルではありません（{what}です）。",
            f"BPMN 2.0（{BPMN}）の definitions から始まるファイルとして保存してください。",
        )
        return Document(file, {}, tuple(found.problems))
    foreign.unify(root, xml)
    only_drawn = drawn.take_out(root, main=main)
    foreign.check(found, root)
    defined = definitions.read(found, root)
    processes: dict[str, Process] = {}
    for element in children(root, "process"):
        process = _process(found, element, defined, operations)
        if process is None:
            continue
        if process.id in processes:
            found.error(
                element, f"id「{process.id}」が二つあります。", "片方のidを変えてください。"
            )
        processes[process.id] = process
    if not processes:
        found.error(
            root,
            "動かせるプロセスがありません。",
            "開始イベントから始まるプロセスを描いてください。",
        )
    beside.check(found, root)
    shapes.check(found, root, processes)
    others = (_drawn(file, element, defined, operations) for element in only_drawn)
    return Document(
        file, processes, tuple(found.problems), tuple(one for one in others if one is not None)
    )


def _drawn(
    file: str, element: Element, defined: Definitions, operations: Mapping[str, str]
) -> Drawn | None:
    found = Findings(file)
    foreign.check(found, element)
    process = _process(found, element, defined, operations)
    if process is None:
        return None
    problems = (*found.problems, *checks.check(Document(file, {process.id: process})))
    return Drawn(process, problems, drawn.notice(file, element))


def _process(
    found: Findings, element: Element, defined: Definitions, operations: Mapping[str, str]
) -> Process | None:
    all_raws, by_id = raws.collect(found, element)
    process_id = attribute(element, "id")
    if not all_raws:
        found.warn(
            element, "中身のないプロセスです。", "使わないプールなら、このままで構いません。"
        )
        return None
    if process_id is None:
        found.error(element, "プロセスにidがありません。", "idを付けてください。")
        process_id = ""
    flows = connections.flows(found, element, all_raws, by_id)
    connections.attach(found, all_raws, by_id)
    connections.compensations(found, element, all_raws, by_id)
    lanes = read_lanes(found, element)
    levels = raws.levels(all_raws)
    made = tuple(
        nodes.read(found, raw, all_raws, levels, lanes, defined, operations) for raw in all_raws
    )
    process = Process(
        id=process_id,
        name=attribute(element, "name") or process_id,
        file=found.file,
        nodes=made,
        flows=flows,
        by_id={n.id: n for node in made for n in (node, *node.parts)},
        level=levels.get(None, Level()),
        lanes=lanes.lanes,
    )
    structure.check(
        found, process, {raw.index: raw.element for raw in all_raws if not raw.is_doubled}, element
    )
    for node, raw in zip(made, all_raws, strict=True):
        settings.check(found, process, node, raw.element)
        edges.check(found, process, node, raw.element)
    return process
