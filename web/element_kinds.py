"""What the elements of a diagram are called on the pages, by their BPMN names."""

from __future__ import annotations

from engine.bpmn.model import Node

KINDS = {
    "process": "手続のプロセス",
    "participant": "プール",
    "lane": "レーン",
    "collaboration": "図の全体",
    "textAnnotation": "注釈",
    "association": "関連",
    "group": "グループ",
    "messageFlow": "メッセージの流れ",
    "dataObjectReference": "データ",
    "dataStoreReference": "データストア",
    "sequenceFlow": "流れ",
    "userTask": "人の作業",
    "serviceTask": "システムの作業",
    "sendTask": "送信",
    "receiveTask": "受信",
    "manualTask": "手作業",
    "businessRuleTask": "判定",
    "scriptTask": "計算",
    "callActivity": "別の流れの呼出し",
    "task": "作業（種類なし）",
    "subProcess": "サブプロセス",
    "adHocSubProcess": "アドホックサブプロセス",
    "transaction": "トランザクション",
    "exclusiveGateway": "排他分岐",
    "parallelGateway": "並行分岐",
    "inclusiveGateway": "包含分岐",
    "eventBasedGateway": "イベント分岐",
    "complexGateway": "複合分岐",
    "startEvent": "開始",
    "endEvent": "終了",
    "intermediateCatchEvent": "中間（受信）",
    "intermediateThrowEvent": "中間（送信）",
    "boundaryEvent": "境界イベント",
    "message": "メッセージの定義",
    "error": "エラーの定義",
    "escalation": "エスカレーションの定義",
    "signal": "シグナルの定義",
}
EVENTS = {
    "message": "メッセージ",
    "timer": "タイマー",
    "error": "エラー",
    "escalation": "エスカレーション",
    "signal": "シグナル",
    "conditional": "条件",
    "compensate": "補償",
    "link": "リンク",
    "terminate": "全体を終わらせる",
    "cancel": "キャンセル",
}


def kind_of(node: Node) -> str:
    """「タイマー・境界イベント」: what it is, with what an event is about before it."""
    word = KINDS.get(node.kind, node.kind)
    event = EVENTS.get(node.event.kind)
    return f"{event}・{word}" if event else word
