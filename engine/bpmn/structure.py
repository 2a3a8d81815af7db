"""Whether the nodes and flows of a process fit together: what the kernel relies on, checked while reading."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.findings import Findings
from engine.bpmn.kinds import ACTIVITIES, GATEWAYS, LEVELS, NODES, THROWING
from engine.bpmn.model import Level, Node, Process
from engine.safe_xml import Element

# What can be waited for on the way.
_AWAITED = ("message", "signal", "timer", "conditional")
# What an event subprocess may begin with.
_HANDLED = (*_AWAITED, "error", "escalation", "compensate", "multiple")
# What a process may begin with.
_BEGINNING = ("none", *_AWAITED, "multiple")
# Kinds whose outgoing flows may carry conditions.
_CHOOSING = ("exclusiveGateway", "inclusiveGateway", *ACTIVITIES)


def check(
    found: Findings, process: Process, elements: Mapping[int, Element], root: Element
) -> None:
    """Adds a problem for everything the kernel could not run as drawn. elements: of the nodes that have an id of their own."""
    _check_level(found, process, process.level, None, root)
    cancelled = {
        n.host for n in process.nodes if n.kind == "boundaryEvent" and n.event.kind == "cancel"
    }
    for node in process.nodes:
        if node.kind not in NODES or node.index not in elements:
            continue  # refused as a whole
        element = elements[node.index]
        if node.level is not None:
            _check_level(found, process, node.level, node, element)
        _check_flows(found, process, node, element)
        if node.kind == "startEvent" and node.parent is None:
            _check_beginning(found, node, element)
        _check_place(found, process, node, element)
        if node.event.kind == "cancel" and not node.is_cut:
            _check_cancel(found, process, node, element, cancelled)


def _check_level(
    found: Findings, process: Process, level: Level, around: Node | None, element: Element
) -> None:
    starts = [process.nodes[i] for i in level.starts]
    if around is not None and around.kind == "eventSubProcess":
        if len(starts) != 1 or starts[0].event.kind not in _HANDLED:
            found.error(
                element,
                "イベントサブプロセスの開始イベントは、種類の付いたもの一つです。",
                "開始イベントを一つにし、メッセージなどの種類を選んでください。",
            )
        elif starts[0].event.kind == "compensate" and around.parent is None:
            found.error(
                element,
                "補償で始まるイベントサブプロセスが、サブプロセスの中にありません。",
                "元に戻す範囲をサブプロセスにし、その中に置いてください。",
            )
        return
    if around is not None and around.kind == "adHocSubProcess":
        _check_ad_hoc(found, process, around, element)
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
    if not starts and not (around is None and process.start_nodes):
        found.error(element, "開始イベントがありません。", "開始イベントを置いてください。")


def _check_beginning(found: Findings, start: Node, element: Element) -> None:
    """What a case may begin with."""
    if {start.event.kind, *(part.event.kind for part in start.parts)} - {*_BEGINNING}:
        found.error(
            element,
            f"開始イベント「{start.name or start.id}」からは始められません。",
            "種類のないもの、メッセージ、シグナル、タイマー、条件の開始イベントを使ってください。",
        )
    elif start.event.all and any(part.event.kind == "conditional" for part in start.parts):
        # What a condition reads before any case (dated values, the date) changes without a step of the case.
        found.error(
            element,
            f"開始イベント「{start.name or start.id}」では、条件がほかのイベントとそろうのを待てません。",
            "条件を消し、始まったあとの条件の中間イベントにしてください。",
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
    if node.kind == "boundaryEvent" and node.event.kind == "compensate" and node.outgoing:
        found.error(
            element,
            "補償の境界イベントから流れは引けません。",
            "流れを消し、補償の作業へ関連（点線）で結んでください。",
        )
    if (
        node.kind == "boundaryEvent"
        and not node.outgoing
        and not node.is_cut
        and node.event.kind not in ("compensate", "none")
    ):
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
        bare = [f for f in out if f.condition is None and f.index != node.default]
        if len(bare) == 1 and node.default is None and element.get("default"):
            bare = []  # meant to be the default flow that is told of as gone
        for flow in bare:
            found.error(
                element,
                f"流れ「{flow.name or flow.id}」に条件がありません。",
                "条件を書くか、既定の流れにしてください。",
            )
    if node.kind in GATEWAYS and not out and not node.is_cut:
        found.error(element, "ゲートウェイから出る流れがありません。", "流れをつないでください。")


def _check_place(found: Findings, process: Process, node: Node, element: Element) -> None:
    if node.begins and (node.incoming or node.parent is not None):
        found.error(
            element,
            "案件を始める（instantiate）要素へは流れを引けず、サブプロセスの中にも置けません。",
            "流れを消すか、instantiate を外してください。",
        )
    if node.kind == "eventBasedGateway":
        _check_event_gateway(found, process, node, element)
    events = [node.event, *(part.event for part in node.parts)]
    if (
        node.kind in ("boundaryEvent", "startEvent")
        and not node.interrupting
        and any(event.kind in ("error", "cancel", "compensate") for event in events)
    ):
        found.error(
            element,
            "エラー・キャンセル・補償のイベントは必ず作業を中断します。",
            "中断する形にしてください。",
        )
    if node.parts:
        _check_parts(found, node, element)
    if node.event.kind == "compensate" and node.event.activity is not None:
        _check_compensated(found, process, node, element)
    if node.kind == "transaction" and (node.loop is not None or node.repeat is not None):
        found.error(
            element,
            "トランザクションは繰り返せません。",
            "サブプロセスで囲んで繰り返してください。",
        )
    if node.loop is not None and node.repeat is not None:
        found.error(
            element,
            "マルチインスタンスと標準ループが両方付いています。",
            "どちらか一つにしてください。",
        )
    if (
        node.event.kind == "multiple"
        and node.event.all
        and any(event.kind in ("error", "escalation") for event in events)
    ):
        found.error(
            element,
            "エラーやエスカレーションは、ほかのイベントがそろうのを待てません。",
            "イベントを分けてください。",
        )


def _check_parts(found: Findings, node: Node, element: Element) -> None:
    """What a multiple event needs of its parts, so that none of them is silently nothing."""
    throws = node.kind in THROWING
    if throws and any(p.event.kind == "message" and not p.event.name for p in node.parts):
        found.error(
            element, "送るメッセージが決まっていません。", "メッセージの名前を指定してください。"
        )
    if node.event.all and node.outputs:
        found.error(
            element,
            "すべてがそろうのを待つイベントに、出力マッピングは使えません。",
            "出力マッピングを消し、メッセージと同じ名前の変数を使ってください。",
        )


def _check_cancel(
    found: Findings, process: Process, node: Node, element: Element, cancelled: set[int | None]
) -> None:
    """cancelled: the transactions with a cancel event on their edge."""
    around = process.nodes[node.host] if node.host is not None else None
    if node.kind == "endEvent" and node.parent is not None:
        around = process.nodes[node.parent]
    if around is None or around.kind != "transaction":
        found.error(
            element,
            "キャンセルのイベントがトランザクションのものではありません。",
            "トランザクションの中の終了イベントか、その縁の境界イベントとして置いてください。",
        )
    elif node.kind == "endEvent" and around.index not in cancelled:
        found.error(
            element,
            "キャンセルの行き先（トランザクションの縁のキャンセルの境界イベント）がありません。",
            "トランザクションの縁にキャンセルの境界イベントを置いてください。",
        )


def _check_compensated(found: Findings, process: Process, node: Node, element: Element) -> None:
    named = process.by_id.get(node.event.activity or "")
    level = node.parent
    # Inside an event subprocess, the activities of the level around may be named too.
    levels = {level}
    while level is not None and process.nodes[level].kind == "eventSubProcess":
        level = process.nodes[level].parent
        levels.add(level)
    if named is None or named.parent not in levels:
        found.error(
            element,
            "元に戻す作業が同じ階層にありません。",
            "同じ階層の作業を選ぶか、指定を消してください。",
        )
    elif named.compensation is None and named.kind not in LEVELS:
        found.error(
            element,
            f"「{named.name or named.id}」には補償の作業がありません。",
            "縁に補償の境界イベントを置き、元に戻す作業を結んでください。",
        )


def _check_ad_hoc(found: Findings, process: Process, around: Node, element: Element) -> None:
    """No start or end events; something that can begin."""
    level = process.level_of(around.index)
    if any(process.nodes[i].kind in ("startEvent", "endEvent") for i in level.nodes):
        found.error(
            element,
            "アドホックサブプロセスに開始・終了イベントがあります。",
            "開始・終了イベントを消し、作業だけを置いてください。",
        )
    if not process.beginning(around.index):
        found.error(
            element,
            "アドホックサブプロセスに、始められる作業がありません。",
            "ほかから流れの来ない作業を置いてください。",
        )


def _check_event_gateway(found: Findings, process: Process, node: Node, element: Element) -> None:
    if not node.incoming and not node.begins and not node.is_cut:
        found.error(
            element,
            "イベントゲートウェイへ来る流れがありません。",
            "流れをつなぐか、ここから案件が始まるなら instantiate を付けてください。",
        )
    if element.get("eventGatewayType") == "Parallel" and not node.begins:
        found.error(
            element,
            "案件を始めないイベントゲートウェイは、並列にできません（BPMN 10.6.6）。",
            "並行ゲートウェイを使ってください。",
        )
    for index in node.outgoing:
        target = process.nodes[process.flows[index].target]
        waits = target.kind == "receiveTask" or (
            target.kind == "intermediateCatchEvent" and target.event.kind in _AWAITED
        )
        if target.kind not in NODES:
            continue
        if not waits or len(target.incoming) != 1:
            found.error(
                element,
                f"イベントゲートウェイの先「{target.name or target.id}」が、"
                "このゲートウェイだけから来る受信イベントではありません。",
                "メッセージかタイマーの中間イベントに直接つないでください。",
            )
        elif target.boundaries:
            found.error(
                element,
                f"イベントゲートウェイの先「{target.name or target.id}」に境界イベントがあります。",
                "境界イベントを外してください。",
            )
