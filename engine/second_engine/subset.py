"""What of BPMN SpiffWorkflow 3.2 runs correctly; the rest is named, not compared."""

from __future__ import annotations

from engine.bpmn import kinds
from engine.bpmn.model import Node, Process
from engine.kernel import effects as e
from engine.second_engine.walk import Walk

WAITING = ("userTask", "receiveTask", "serviceTask", "intermediateCatchEvent")
PASSING = (*kinds.PASSING, "sendTask", "intermediateThrowEvent")
COMPUTED = ("scriptTask", "businessRuleTask")
_OUTSIDE_KINDS = {
    "inclusiveGateway": "包含ゲートウェイ",
    "eventBasedGateway": "イベントゲートウェイ",
    "callActivity": "コールアクティビティ",
    "transaction": "トランザクション",
    "adHocSubProcess": "アドホックサブプロセス",
}
# Subprocesses in each other; its reader stops at 256 elements.
_DEEPEST = 200
_OUTSIDE_EVENTS = {
    "signal": "シグナルのイベント",
    "conditional": "条件のイベント",
    "link": "リンクのイベント",
    "compensate": "補償のイベント",
    "cancel": "キャンセルのイベント",
    "multiple": "複数のイベント",
}
_OUTSIDE_ENDS = {
    "error": "エラーの終了イベント",
    "escalation": "エスカレーションの終了イベント",
    "terminate": "強制終了の終了イベント",
}

_COMPARED = (e.Start, e.Completed, e.CallDone, e.Message, e.Signal, e.TimerDue)


def outside(process: Process, walk: Walk) -> str | None:
    """`id: why` of the first element or input that SpiffWorkflow does not run correctly, in Japanese; None when the
    walk can be compared.
    """
    element = outside_element(process)
    if element is not None:
        return element
    for step in walk.steps:
        name = type(step.input).__name__
        if step.stopped:
            return f"{step.node or walk.process}: この道すじで障害が起きる"
        if isinstance(step.input, e.SetVariables) and step.input.token is None:
            continue
        if not isinstance(step.input, _COMPARED):
            return f"{step.node or walk.process}: この入力（{name}）は比べられない"
        answered = process.by_id.get(step.node or "")
        if isinstance(step.input, e.Start):
            if step.input.start_event is not None:
                return f"{step.input.start_event}: 届出でない開始イベントから始まる"
            continue
        if answered is None or answered.kind not in WAITING:
            what = "境界イベントかイベントサブプロセス" if answered else "呼び出したプロセスの要素"
            return f"{step.node}: この道すじで進むのが{what}"
    return None


def outside_element(process: Process) -> str | None:
    """`id: why` of the first element that it does not run correctly, whatever the walk; None when there is none."""
    for node in process.nodes:
        reason = _reason(process, node)
        if reason is not None:
            return f"{node.id}: {reason}"
    return None


def _reason(process: Process, node: Node) -> str | None:
    if node.loop is not None:
        return "マルチインスタンス"
    if node.repeat is not None:
        return "標準ループ"
    if node.kind in _OUTSIDE_KINDS:
        return _OUTSIDE_KINDS[node.kind]
    is_heard = (node.kind, node.event.kind) == ("intermediateCatchEvent", "signal")
    if node.event.kind in _OUTSIDE_EVENTS and not is_heard:
        return _OUTSIDE_EVENTS[node.event.kind]
    if node.kind == "endEvent" and node.event.kind in _OUTSIDE_ENDS:
        return _OUTSIDE_ENDS[node.event.kind]
    if node.kind in ("startEvent", "endEvent") and node.outputs:
        return "出力マッピングのある開始・終了イベント"
    if node.kind in ("endEvent", *PASSING, *COMPUTED) and node.operation:
        return "操作を呼ぶ、待たない要素"
    if node.kind == "intermediateThrowEvent" and node.event.kind == "escalation":
        return "エスカレーションのイベント"
    if node.kind == "subProcess" and _depth(process, node) > _DEEPEST:
        return f"{_DEEPEST}段を超えるサブプロセスの入れ子"
    if node.kind == "subProcess" and (node.inputs or node.outputs):
        return "入力・出力マッピングのあるサブプロセス"
    if "Gateway" not in node.kind and any(
        process.flows[f].condition is not None for f in node.outgoing
    ):
        return "作業から出る条件つきの流れ"
    if "Gateway" not in node.kind and len(node.outgoing) > 1:
        return "ゲートウェイのない分岐（SpiffWorkflow が読めない）"
    if node.kind == "parallelGateway" and node.index in _behind(process, node):
        return "ループの中の並行ゲートウェイ（SpiffWorkflow は早く合流する）"
    return None


def _depth(process: Process, node: Node) -> int:
    """How many subprocesses the node is and stands in."""
    depth, at = 1, node.parent
    while at is not None:
        depth, at = depth + 1, process.nodes[at].parent
    return depth


def _behind(process: Process, node: Node) -> set[int]:
    seen: set[int] = set()
    ahead = [process.flows[f].target for f in node.outgoing]
    while ahead:
        at = ahead.pop()
        if at not in seen:
            seen.add(at)
            ahead += [process.flows[f].target for f in process.nodes[at].outgoing]
    return seen
