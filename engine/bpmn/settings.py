"""What each kind of element reads of what can be said at it; everything else is told of, or refused with its remedy.

What would make the case run otherwise is an error, what only names people, pages or data for nothing is a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.bpmn.elements import (
    BPMN,
    CAMUNDA,
    ZEEBE,
    attribute,
    child,
    children,
    extension,
    extensions,
)
from engine.bpmn.findings import Findings
from engine.bpmn.kinds import THROWING
from engine.bpmn.model import SEND_STRICTLY, Node, Process
from engine.safe_xml import Element

RESULT_HEADER = "resultVariable"


@dataclass(frozen=True)
class Setting:
    """said: whether the element says it.  what, remedy: for the problem where nothing reads it.  refused: an error there."""

    said: Callable[[Element], bool]
    what: str
    remedy: str
    refused: bool = False


def _mapped(way: str) -> Callable[[Element], bool]:
    def said(element: Element) -> bool:
        lines = [
            i for box in extensions(element, "ioMapping", ZEEBE) for i in children(box, way, ZEEBE)
        ]
        lines += [
            inner
            for box in extensions(element, "inputOutput", CAMUNDA)
            for inner in children(box, f"{way}Parameter", CAMUNDA)
        ]
        return bool(lines)

    return said


def _zeebe(box: str, *names: str) -> Callable[[Element], bool]:
    def said(element: Element) -> bool:
        inner = extension(element, box, ZEEBE)
        return inner is not None and (not names or any(attribute(inner, name) for name in names))

    return said


def _camunda(*names: str) -> Callable[[Element], bool]:
    return lambda element: any(attribute(element, name, CAMUNDA) is not None for name in names)


def _any(*ways: Callable[[Element], bool]) -> Callable[[Element], bool]:
    return lambda element: any(said(element) for said in ways)


def _child(name: str) -> Callable[[Element], bool]:
    return lambda element: child(element, name) is not None


def _headers(element: Element) -> Iterator[str | None]:
    for box in extensions(element, "taskHeaders", ZEEBE):
        for header in children(box, "header", ZEEBE):
            yield attribute(header, "key")


def _topic(element: Element) -> bool:
    place = child(element, "messageEventDefinition")
    return any(
        attribute(e, "topic", CAMUNDA) is not None for e in (element, place) if e is not None
    )


_LOOP = "繰返しの印を外し、繰り返したい作業に付けてください。"
_USER = "ユーザータスクに書いてください。"
SETTINGS: Mapping[str, Setting] = {
    "inputs": Setting(
        _mapped("input"),
        "入力マッピング",
        "使う作業かイベントの入力マッピングに書いてください。",
        refused=True,
    ),
    "outputs": Setting(
        _mapped("output"),
        "出力マッピング",
        "前か後の作業の出力マッピングか、スクリプトタスクに書いてください。",
        refused=True,
    ),
    "loop": Setting(
        _child("multiInstanceLoopCharacteristics"), "マルチインスタンス", _LOOP, refused=True
    ),
    "repeat": Setting(_child("standardLoopCharacteristics"), "標準ループ", _LOOP, refused=True),
    "operation": Setting(
        _any(_zeebe("taskDefinition"), _topic),
        "操作（taskDefinition の type、topic）",
        "サービスタスクにするか、操作の指定を消してください。",
        refused=True,
    ),
    "script": Setting(
        _any(_zeebe("script"), _child("script")),
        "スクリプト",
        "スクリプトタスクにするか、指定を消してください。",
        refused=True,
    ),
    "decision": Setting(
        _any(_zeebe("calledDecision"), _camunda("decisionRef")),
        "判定表（decisionId）",
        "ビジネスルールタスクにするか、指定を消してください。",
        refused=True,
    ),
    "called": Setting(
        _any(_zeebe("calledElement"), lambda e: attribute(e, "calledElement") is not None),
        "呼び出すプロセス（calledElement）",
        "コールアクティビティにするか、指定を消してください。",
        refused=True,
    ),
    "message": Setting(
        lambda e: attribute(e, "messageRef") is not None,
        "メッセージ（messageRef）",
        "送信・受信タスクかメッセージイベントにするか、指定を消してください。",
        refused=True,
    ),
    "publish": Setting(
        _zeebe("publishMessage"),
        "送るメッセージの鍵（publishMessage）",
        "送信タスクかメッセージの送信イベントに書いてください。",
        refused=True,
    ),
    "ad_hoc": Setting(
        _zeebe("adHoc"),
        "始める作業の一覧（zeebe:adHoc）",
        "アドホックサブプロセスに書いてください。",
    ),
    "result": Setting(
        _any(
            lambda e: RESULT_HEADER in _headers(e),
            _camunda("resultVariable", "resultVariableName"),
        ),
        "結果の変数（resultVariable）",
        "出力マッピングに書いてください。",
    ),
    "headers": Setting(
        lambda e: any(key != RESULT_HEADER for key in _headers(e)),
        "ヘッダー（taskHeaders）",
        "操作に渡す値は入力マッピングに書いてください。",
    ),
    "form": Setting(
        _any(_zeebe("formDefinition"), _camunda("formKey", "formRef")), "フォーム", _USER
    ),
    "assignee": Setting(
        _any(_zeebe("assignmentDefinition", "assignee"), _camunda("assignee")),
        "担当者（assignee）",
        _USER,
    ),
    "groups": Setting(
        _any(_zeebe("assignmentDefinition", "candidateGroups"), _camunda("candidateGroups")),
        "担当の職（candidateGroups）",
        _USER,
    ),
    "due": Setting(
        _any(_zeebe("taskSchedule", "dueDate"), _camunda("dueDate")), "期限（dueDate）", _USER
    ),
}

# Attributes that say no setting, and the children in which settings stand.
_PLAIN = frozenset(
    {
        "id",
        "name",
        "default",
        "attachedToRef",
        "cancelActivity",
        "isInterrupting",
        "triggeredByEvent",
    }
)
_SAYING = frozenset(
    f"{{{BPMN}}}{name}"
    for name in (
        "extensionElements", "multiInstanceLoopCharacteristics", "standardLoopCharacteristics", "script",
        "messageEventDefinition",
    )
)  # fmt: skip

_ACTIVITY = frozenset({"inputs", "outputs", "loop", "repeat"})
_CALL = _ACTIVITY | {"operation", "result"}
_EVENT = frozenset({"inputs", "outputs"})
_GIVES = frozenset({"outputs"})
_NOTHING: frozenset[str] = frozenset()
READ: Mapping[str, frozenset[str]] = {
    "task": _ACTIVITY,
    "manualTask": _ACTIVITY,
    "userTask": _ACTIVITY | {"form", "assignee", "groups", "due"},
    "serviceTask": _CALL,
    "sendTask": _ACTIVITY | {"message"},  # and what _sent says
    "scriptTask": _CALL | {"script"},
    "businessRuleTask": _CALL | {"decision"},
    "receiveTask": _ACTIVITY | {"message"},
    "callActivity": _ACTIVITY | {"called"},
    "subProcess": _ACTIVITY,
    "transaction": _ACTIVITY,
    "adHocSubProcess": _ACTIVITY | {"ad_hoc"},
    "eventSubProcess": _EVENT,
    # The form of a start event is told of by foreign.py, with its own remedy.
    "startEvent": _GIVES | {"form"},
    "intermediateCatchEvent": _EVENT,
    "intermediateThrowEvent": _EVENT,
    "endEvent": _EVENT,
    "boundaryEvent": _GIVES,
    "exclusiveGateway": _NOTHING,
    "inclusiveGateway": _NOTHING,
    "parallelGateway": _NOTHING,
    "eventBasedGateway": _NOTHING,
}
# What else stands in the way of the operation of a task: only one of the two could count.
_EITHER = ("script", "decision", "publish")


def read_by(process: Process, node: Node) -> frozenset[str]:
    """The settings that count at the node."""
    kind, event = node.kind, node.event
    events = {event.kind, *(part.event.kind for part in node.parts)}
    if kind in THROWING:
        if events & {"error", "cancel"}:  # The token ends there and then.
            return frozenset({"inputs"}) if "message" in events or "signal" in events else _NOTHING
        return _EVENT | _sent(node) if event.kind == "message" else _EVENT
    if event.kind == "link" or (kind == "boundaryEvent" and event.kind == "compensate"):
        return _NOTHING
    if kind in ("receiveTask", "intermediateCatchEvent") and (
        node.begins or _is_behind_gateway(process, node)
    ):
        return _GIVES | (READ[kind] & {"message"})
    if kind == "sendTask":
        return READ[kind] | _sent(node)
    return READ.get(kind, frozenset(SETTINGS))  # an element that cannot run is refused as a whole


def _sent(node: Node) -> frozenset[str]:
    """What a sending element reads: it calls an operation, or it sends a message."""
    return frozenset(
        {"operation", "publish"}
        | ({"result"} if node.operation not in (None, SEND_STRICTLY) else set())
    )


def check(found: Findings, process: Process, node: Node, element: Element) -> None:
    """Tells of every setting at the element that nothing reads."""
    if _says_something(element):
        _check_said(found, process, node, element)


def _says_something(element: Element) -> bool:
    """Most elements say nothing; looking for every setting at each of them took a second of 10 MB."""
    return not _PLAIN.issuperset(element.attrib) or any(inner.tag in _SAYING for inner in element)


def _check_said(found: Findings, process: Process, node: Node, element: Element) -> None:
    read = read_by(process, node)
    if node.operation is None and _names_result(element):
        read -= {"result"}
    for name, setting in SETTINGS.items():
        if name not in read and setting.said(element):
            tell = found.error if setting.refused else found.warn
            tell(element, f"{setting.what}は、ここでは使われません。", setting.remedy)
    if "operation" in read and SETTINGS["operation"].said(element):
        for name in _EITHER:
            if name in read and SETTINGS[name].said(element):
                found.error(
                    element,
                    f"操作と{SETTINGS[name].what}が両方あり、どちらか一つしか使えません。",
                    "どちらかを消してください。",
                )
        if node.event.name:
            found.warn(
                element,
                f"操作を呼ぶので、メッセージ「{node.event.name}」は送りません。",
                "操作がメッセージを届けるなら、このままで構いません。",
            )


def _names_result(element: Element) -> bool:
    """Whether the script or decision names the variable of its result itself."""
    return any(
        attribute(inner, "resultVariable") is not None
        for name in ("script", "calledDecision")
        for inner in extensions(element, name, ZEEBE)
    )


def _is_behind_gateway(process: Process, node: Node) -> bool:
    sources = (process.nodes[process.flows[index].source] for index in node.incoming)
    return any(source.kind == "eventBasedGateway" for source in sources)
