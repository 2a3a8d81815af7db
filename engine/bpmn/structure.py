"""Whether the nodes and flows of a process fit together: what the kernel relies on, checked while reading."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.findings import Findings
from engine.bpmn.model import Level, Node, Process
from engine.bpmn.safe_xml import Element

_ACTIVITIES = (
    "task", "userTask", "manualTask", "serviceTask", "scriptTask", "businessRuleTask", "sendTask",
    "receiveTask", "callActivity", "subProcess",
)  # fmt: skip
# Kinds whose outgoing flows may carry conditions.
_CHOOSING = ("exclusiveGateway", "inclusiveGateway", *_ACTIVITIES)


def check(
    found: Findings, process: Process, elements: Mapping[int, Element], root: Element
) -> None:
    """Adds a problem for everything the kernel could not run as drawn."""
    _check_level(found, process, process.level, None, root)
    for node in process.nodes:
        element = elements[node.index]
        if node.level is not None:
            _check_level(found, process, node.level, node, element)
        _check_flows(found, process, node, element)
        _check_place(found, process, node, element)


def _check_level(
    found: Findings, process: Process, level: Level, around: Node | None, element: Element
) -> None:
    starts = [process.nodes[i] for i in level.starts]
    if around is not None and around.kind == "eventSubProcess":
        if len(starts) != 1 or starts[0].event.kind not in (
            "message",
            "timer",
            "error",
            "escalation",
        ):
            found.error(
                element,
                "イベントサブプロセスの開始イベントは、メッセージ・タイマー・エラー・"
                "エスカレーションのどれか一つです。",
                "開始イベントを一つにし、種類を選んでください。",
            )
        return
    if around is not None and any(s.event.kind != "none" for s in starts):
        found.error(
            element,
            "サブプロセスの開始イベントに種類が付いています。",
            "種類のない開始イベントにしてください。",
        )
    plain = [s for s in starts if s.event.kind == "none"]
    if len(plain) > 1:
        found.error(
            element,
            "種類のない開始イベントが二つ以上あります。",
            "開始イベントを一つにしてください。",
        )
    if not starts:
        found.error(element, "開始イベントがありません。", "開始イベントを置いてください。")
    if around is None:
        for start in starts:
            if start.event.kind not in ("none", "message"):
                found.error(
                    element,
                    f"開始イベント「{start.name or start.id}」（{start.event.kind}）からは始められません。",
                    "種類のない開始イベントかメッセージの開始イベントを使ってください。",
                )


def _check_flows(found: Findings, process: Process, node: Node, element: Element) -> None:
    out = [process.flows[i] for i in node.outgoing]
    conditions = [f for f in out if f.condition is not None]
    if node.kind in ("startEvent", "eventSubProcess") and node.incoming:
        found.error(element, "ここへ入る流れは引けません。", "流れを消してください。")
    if node.kind in ("endEvent", "eventSubProcess") and node.outgoing:
        found.error(element, "ここから出る流れは引けません。", "流れを消してください。")
    if node.kind == "boundaryEvent" and node.incoming:
        found.error(element, "境界イベントへ入る流れは引けません。", "流れを消してください。")
    if node.kind == "boundaryEvent" and not node.outgoing:
        found.error(
            element,
            "境界イベントから出る流れがありません。",
            "次の作業か終了イベントへつないでください。",
        )
    if conditions and node.kind not in _CHOOSING:
        found.error(
            element,
            "ここから出る流れの条件は使われません。",
            "条件を消すか、排他ゲートウェイを置いてください。",
        )
    if node.default is not None and node.kind not in _CHOOSING:
        found.error(element, "ここでは既定の流れは使われません。", "既定の印を外してください。")
    if node.default is not None and process.flows[node.default].condition is not None:
        found.error(element, "既定の流れに条件が付いています。", "条件を消してください。")
    if node.kind in ("exclusiveGateway", "inclusiveGateway") and len(out) > 1:
        for flow in out:
            if flow.condition is None and flow.index != node.default:
                found.error(
                    element,
                    f"流れ「{flow.name or flow.id}」に条件がありません。",
                    "条件を書くか、既定の流れにしてください。",
                )
    if node.kind.endswith("Gateway") and not out:
        found.error(element, "ゲートウェイから出る流れがありません。", "流れをつないでください。")


def _check_place(found: Findings, process: Process, node: Node, element: Element) -> None:
    if node.kind == "eventBasedGateway":
        _check_event_gateway(found, process, node, element)
    if node.kind == "eventSubProcess" and node.loop is not None:
        found.error(
            element, "イベントサブプロセスは繰り返せません。", "繰返しの印を外してください。"
        )
    if node.kind == "boundaryEvent" and node.event.kind == "error" and not node.interrupting:
        found.error(
            element,
            "エラーの境界イベントは必ず作業を中断します。",
            "中断する境界イベントにしてください。",
        )
    if node.kind == "startEvent" and node.event.kind == "error" and not node.interrupting:
        found.error(
            element,
            "エラーで始まるイベントサブプロセスは必ず中断します。",
            "中断する形にしてください。",
        )


def _check_event_gateway(found: Findings, process: Process, node: Node, element: Element) -> None:
    if element.get("instantiate") == "true" or not node.incoming:
        found.error(
            element,
            "イベントゲートウェイからプロセスを始めることはできません。",
            "メッセージの開始イベントを使ってください。",
        )
    if element.get("eventGatewayType") == "Parallel":
        found.error(
            element,
            "並列のイベントゲートウェイは実行できません。",
            "並行ゲートウェイを使ってください。",
        )
    for index in node.outgoing:
        target = process.nodes[process.flows[index].target]
        waits = target.kind == "receiveTask" or (
            target.kind == "intermediateCatchEvent" and target.event.kind in ("message", "timer")
        )
        if not waits or len(target.incoming) != 1:
            found.error(
                element,
                f"イベントゲートウェイの先「{target.name or target.id}」が、"
                "このゲートウェイだけから来る受信イベントではありません。",
                "メッセージかタイマーの中間イベントに直接つないでください。",
            )
        elif target.boundaries or target.loop is not None:
            found.error(
                element,
                f"イベントゲートウェイの先「{target.name or target.id}」に境界イベントか繰返しがあります。",
                "境界イベントと繰返しを外してください。",
            )
