"""Two states of a diagram compared by the ids of its elements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.safe_xml import Element
from web.element_kinds import EVENTS, KINDS
from web.studio.differences import xml
from web.studio.differences.difference import Difference, Said, between, put

# Parts that stand beside the diagram, not on it.
DEFINED = frozenset({"message", "error", "escalation", "signal"})
_WORDS = xml.Words(
    labels={
        "name": "名称",
        "documentation": "説明",
        "textAnnotation": "文",
        "taskDefinition.type": "操作",
        "formId": "使うフォーム",
        "dueDate": "期限",
        "assignee": "担当する人",
        "candidateGroups": "担当する職",
        "retries": "試す回数",
        "decisionId": "判定表",
        "resultVariable": "結果を入れる変数",
        "expression": "式",
        "processId": "呼び出すプロセス",
        "propagateAllChildVariables": "結果の変数をすべて受け取る",
        "propagateAllParentVariables": "いまの変数をすべて渡す",
        "inputCollection": "繰り返す一覧",
        "inputElement": "1件の変数名",
        "outputCollection": "結果の一覧",
        "outputElement": "1件の結果",
        "loopCardinality": "繰り返す回数",
        "loopCondition": "繰り返す条件",
        "loopMaximum": "繰り返す上限",
        "testBefore": "はじめの回の前にも条件を確かめる",
        "completionCondition": "終わる条件",
        "isSequential": "1件ずつ順番に行う",
        "ordering": "進め方",
        "cancelRemainingInstances": "終わる条件で残りを取りやめる",
        "activeElementsCollection": "はじめに開く作業の一覧",
        "isForCompensation": "取消しのための作業",
        "activityRef": "取り消す作業",
        "waitForCompletion": "取消しが終わるのを待つ",
        "triggeredByEvent": "イベントで始まる",
        "parallelMultiple": "すべてがそろうのを待つ",
        "conditionExpression": "条件式",
        "condition": "条件式",
        "default": "既定の流れ",
        "sourceRef": "元",
        "targetRef": "先",
        "attachedToRef": "付く先",
        "cancelActivity": "元の作業を中断する",
        "isInterrupting": "元の流れを中断する",
        "messageRef": "メッセージ",
        "errorRef": "エラー",
        "errorCode": "エラーコード",
        "escalationRef": "エスカレーション",
        "escalationCode": "エスカレーションコード",
        "signalRef": "シグナル",
        "linkEventDefinition.name": "リンクの名前",
        "timeDate": "日時",
        "timeDuration": "時間",
        "timeCycle": "繰り返し",
        "correlationKey": "照合キー",
        "isExecutable": "実行する",
    },
    pairs={
        "input": ("入力", "target", "source"),
        "output": ("出力", "target", "source"),
        "property": ("プロパティ", "name", "value"),
        "header": ("見出し", "key", "value"),
    },
    # What only repeats the flows, the lanes (said by each node) or the drawing.
    skipped=frozenset({"incoming", "outgoing", "flowNodeRef", "processRef", "BPMNDiagram"}),
    references=frozenset(
        "sourceRef targetRef attachedToRef default messageRef errorRef escalationRef signalRef activityRef".split()
    ),
)


@dataclass(frozen=True)
class Diagram:
    """One state of the file. parts: by id.  drawn: id -> where, as one text.  lanes: id of a node -> id of its lane."""

    parts: Mapping[str, Element]
    drawn: Mapping[str, str]
    lanes: Mapping[str, str]

    def name(self, key: str) -> str:
        """What the part is called; a flow without a name by its ends; else its id."""
        part = self.parts.get(key.rpartition(":")[2])
        return key if part is None else _own_name(part) or self._ends(part) or key

    def title(self, key: str) -> str:
        """The name; of a flow with its ends, because many are called はい."""
        ends = self._ends(self.parts[key])
        name = self.name(key)
        return f"{name}（{ends}）" if ends and name != ends else name

    def _ends(self, part: Element) -> str:
        if xml.local(part) not in ("sequenceFlow", "association", "messageFlow"):
            return ""
        keys = [part.get(end, "").rpartition(":")[2] for end in ("sourceRef", "targetRef")]
        ends = [(key, self.parts.get(key)) for key in keys]
        return " → ".join(key if end is None else _own_name(end) or key for key, end in ends)

    def said(self, key: str, name: Callable[[str], str]) -> Said:
        """Everything the part says, by label. name: what an id is called."""
        part = self.parts[key]
        found = xml.said(part, _WORDS, is_part=_is_part, name=name)
        put(found, "種類", kind(part))
        if key in self.lanes:
            put(found, "担当（レーン）", name(self.lanes[key]))
        owner = part.getparent()
        if owner is not None and owner.get("id") in self.parts and xml.local(owner) != "process":
            put(found, "含まれるところ", name(owner.get("id", "")))
        return found


def differences(old: str, new: str) -> list[Difference] | None:
    """What differs between two texts of a diagram; None when one of them cannot be read."""
    roots = xml.read(old), xml.read(new)
    if roots[0] is None or roots[1] is None:
        return None
    before, after = (_diagram(root) for root in roots if root is not None)

    def title(key: str, is_new: bool) -> tuple[str, str]:
        state = after if is_new else before
        return kind(state.parts[key]), state.title(key)

    def name(key: str) -> str:
        # Both states call a part by its newest name: a task that was renamed changes none of its flows.
        return (after if key.rpartition(":")[2] in after.parts else before).name(key)

    said = [{key: state.said(key, name) for key in state.parts} for state in (before, after)]
    for key, order in _orders(before, after, name).items():
        for state, value in zip(said, order, strict=True):
            state[key]["条件を調べる順"] = value
    found = between(said[0], said[1], title)
    known = {one.id for one in found}
    moved = [
        Difference(key, "moved", *title(key, True))
        for key, place in after.drawn.items()
        if before.drawn.get(key) not in (None, place) and key in after.parts and key not in known
    ]
    return found + moved


def kind(part: Element) -> str:
    """The kind of part in words; an event by what it waits for or sends."""
    word = KINDS.get(xml.local(part), xml.local(part))
    events = [
        xml.local(child).removesuffix("EventDefinition")
        for child in xml.children(part)
        if xml.local(child).endswith("EventDefinition")
    ]
    if not events or xml.local(part) in DEFINED:
        return word
    event = EVENTS.get(events[0], events[0]) if len(events) == 1 else "複数"
    return f"{event}・{word}"


def _own_name(part: Element) -> str:
    text = part.get("name") or ""
    if not text and xml.local(part) == "textAnnotation":
        text = next((child.text or "" for child in part if xml.local(child) == "text"), "")
    return " ".join(text.split())


def _is_part(element: Element) -> bool:
    return (
        xml.local(element) in KINDS
        and xml.prefixed(element.tag).startswith("bpmn:")
        and bool(element.get("id"))
    )


def _diagram(root: Element) -> Diagram:
    parts = {element.get("id", ""): element for element in _tags(root) if _is_part(element)}
    lanes: dict[str, str] = {}
    drawn: dict[str, str] = {}
    for element in _tags(root):
        if xml.local(element) == "flowNodeRef" and element.text:
            owner = element.getparent()
            # Lanes are read from outside in, so the innermost stays.
            lanes[element.text.strip()] = "" if owner is None else owner.get("id", "")
        shape = element.get("bpmnElement")
        if shape and xml.local(element) in ("BPMNShape", "BPMNEdge"):
            drawn[shape] = _place(element)
    return Diagram(parts, drawn, lanes)


def _orders(
    before: Diagram, after: Diagram, name: Callable[[str], str]
) -> dict[str, tuple[str, str]]:
    """Exclusive gateways whose flows are asked in another order: id -> the order before and after."""
    flows = [_exits(state) for state in (before, after)]
    found = {}
    for key, exits in flows[1].items():
        common = [flow for flow in exits if flow in flows[0].get(key, [])]
        earlier = [flow for flow in flows[0].get(key, []) if flow in common]
        if common != earlier and xml.local(after.parts[key]) == "exclusiveGateway":
            found[key] = ("、".join(map(name, earlier)), "、".join(map(name, common)))
    return found


def _exits(state: Diagram) -> dict[str, list[str]]:
    exits: dict[str, list[str]] = {}
    for key, part in state.parts.items():
        source = part.get("sourceRef", "")
        if xml.local(part) == "sequenceFlow" and source in state.parts:
            exits.setdefault(source, []).append(key)
    return exits


def _place(shape: Element) -> str:
    """Where and how a part is drawn, whatever way its numbers are written."""
    return " ".join(
        f"{xml.local(element)}.{name.rpartition('}')[2]}={xml.number(value)}"
        for element in _tags(shape)
        for name, value in sorted(xml.attributes(element))
        if name not in ("id", "bpmnElement", "isMarkerVisible")
    )


def _tags(root: Element) -> Iterator[Element]:
    return (element for element in root.iter() if isinstance(element.tag, str))
