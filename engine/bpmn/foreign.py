"""What other makers' attributes and elements say: honoured elsewhere, told of, or refused here with its remedy.

Everything outside BPMN's own namespace is looked at once per file. What would change how a case runs is an error at its
element; what only tunes another engine is one warning per file, so that a list of problems stays readable.
The table for people is in docs/bpmn-support.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn import spiff
from engine.bpmn.elements import (
    BPMN,
    CAMUNDA,
    SPIFF,
    ZEEBE,
    attribute,
    child,
    extension,
    local,
    namespace,
)
from engine.bpmn.findings import Findings
from engine.safe_xml import Element

# Activiti and Flowable say the same with the same names: Camunda 7 began as Activiti.
_SAME = ("http://activiti.org/bpmn", "http://flowable.org/bpmn")
_PREFIX = {CAMUNDA: "camunda", ZEEBE: "zeebe", SPIFF: "spiffworkflow"}
# Namespaces whose attributes only draw or name types.
_COSMETIC = (
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/XML/1998/namespace",
    "http://www.omg.org/XMI",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
    "http://bpmn.io/schema/bpmn/biocolor/1.0",
    "http://camunda.org/schema/modeler/1.0",
)
# Read by work.py, called.py, markers.py and events.py, or refused there.
_READ_ATTRIBUTES = {
    "assignee", "candidateGroups", "dueDate", "formKey", "formRef", "topic", "type", "class",
    "delegateExpression", "expression", "resultVariable", "resultVariableName", "decisionRef",
    "mapDecisionResult", "calledElementBinding", "calledElementVersion",
    "calledElementVersionTag", "decisionRefBinding", "collection",
    "elementVariable", "errorCodeVariable", "escalationCodeVariable", "elementIndexVariable",
}  # fmt: skip
# Elements that are read, each with the attributes that are; what is said beside them is told of.
_READ_ELEMENTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    ZEEBE: {
        "formDefinition": ("formId", "formKey", "externalReference", "bindingType"),
        "taskSchedule": ("dueDate",),
        "assignmentDefinition": ("assignee", "candidateGroups"),
        "properties": (),
        "taskDefinition": ("type", "retries"),
        "ioMapping": (),
        "taskHeaders": (),
        "calledDecision": ("decisionId", "resultVariable", "bindingType"),
        "script": ("expression", "resultVariable"),
        "calledElement": (
            "processId", "propagateAllParentVariables", "propagateAllChildVariables", "bindingType",
            "versionTag",
        ),
        "publishMessage": ("correlationKey", "messageId", "timeToLive"),
        "loopCharacteristics": ("inputCollection", "inputElement", "outputCollection", "outputElement"),
        "subscription": ("correlationKey",),
        "userTask": (),
        "versionTag": ("value",),
        "adHoc": ("activeElementsCollection",),
    },
    CAMUNDA: {"properties": (), "inputOutput": ()},
}  # fmt: skip

_STEP = (
    "待ち状態から次の待ち状態までが一つの取引で、失敗すればインシデントになります。指定は消せます。"
)
_NO_CODE = "スクリプトタスク（FEEL）かサービスタスクを図に置いて、同じことをさせてください。"
# Attributes that tune another engine and leave the course of a case as it is: told once per file.
_TUNING = {
    **dict.fromkeys(("asyncBefore", "asyncAfter", "async", "exclusive"), _STEP),
    **dict.fromkeys(("jobPriority", "taskPriority"), "ジョブは期限の順に処理します。指定は消せます。"),
    "priority": "作業は期限の近い順に並びます。指定は消せます。",
    "followUpDate": "期限は dueDate に書いてください。",
    "historyTimeToLive": "保存期間は procedure.yaml の retention に書いてください。",
    "versionTag": "版は公開のたびに付きます。指定は消せます。",
    "isStartableInTasklist": "届出できる人は procedure.yaml の filing.by に書いてください。",
    "candidateStarterUsers": "届出できる人は procedure.yaml の filing.by に書いてください。",
    "candidateStarterGroups": "届出できる人は procedure.yaml の filing.by に書いてください。",
    "formRefBinding": "フォームは案件と同じ版のものを使います。指定は消せます。",
    "modelerTemplate": "ひな型の設定値（操作・入出力）だけを使います。",
    "modelerTemplateVersion": "ひな型の設定値（操作・入出力）だけを使います。",
    "modelerTemplateIcon": "図の飾りです。指定は消せます。",
}  # fmt: skip
_PEOPLE = (
    "作業が届く人はレーンで決まります。レーンの職を procedure.yaml の lanes に書いてください。"
)
# Attributes that say something else than we do: told at every element.
_DIFFERENT = {
    "candidateUsers": _PEOPLE,
    "initiator": "届け出た人の名前や連絡先は、届出のフォームの項目から取ってください（例: = application.name）。",
    "variableName": "条件が読む変数が変わるたびに調べます。条件の式にその変数を書いてください。",
    "variableEvents": "条件が読む変数が変わるたびに調べます。",
}
# Attributes that make the case run otherwise: refused.
_REFUSED = {
    "formHandlerClass": "フォームは forms/ に置き、確かめることは checks に書いてください。",
    "errorMessageVariable": "出力マッピングで「= error.data」を変数に入れてください。",
    "resource": "式を図の中（zeebe:script）に書いてください。",
    "caseRef": "呼び出すプロセス（calledElement）を指定してください。",
    "variableMappingClass": "入力と出力の対応を camunda:in、camunda:out か zeebe:ioMapping に書いてください。",
    "variableMappingDelegateExpression": "入力と出力の対応を camunda:in、camunda:out か zeebe:ioMapping に書いてください。",
    "skipExpression": "前に排他ゲートウェイを置き、飛ばす条件を流れに書いてください。",
    "scope": "一つの案件の中だけで知らせるには、エスカレーションのイベントを使ってください。",
    "outputCollection": "中の作業の出力マッピングで、結果を変数に入れてください。",
    "outputElement": "中の作業の出力マッピングで、結果を変数に入れてください。",
    "scriptsOnInstances": "繰返しの中身をサブプロセスにし、その中にスクリプトタスク（FEEL）を置いてください。",
}  # fmt: skip
_TUNING_ELEMENTS = {
    "field": "操作に渡す値は入力マッピング（zeebe:ioMapping の input）に書いてください。",
    "failedJobRetryTimeCycle": "再試行はアダプターの決まりに従います。回数は taskDefinition の retries に書けます。",
    "potentialStarter": "届出できる人は procedure.yaml の filing.by に書いてください。",
    "priorityDefinition": "作業は期限の近い順に並びます。指定は消せます。",
    "jobPriorityDefinition": "ジョブは期限の順に処理します。指定は消せます。",
    "unitTests": "筋書き（scenarios/*.yaml）に書いてください。",
    "customProperties": "必要な設定なら、この製品の設定項目で指定してください。",
}
_DIFFERENT_ELEMENTS = {
    "conditionalFilter": _DIFFERENT["variableName"],
    "instructionsForEndUser": "フォームの先頭に文（text）の部品として書いてください。",
    "guestConfirmation": "フォームの先頭に文（text）の部品として書いてください。",
    "allowGuest": "アカウントなしで受けるには procedure.yaml の filing.by に guest と書いてください。",
}
_FORM = "forms/ にフォームを作り、そのidを zeebe:formDefinition の formId に書いてください。"
_MESSAGE = "相手を決める鍵は zeebe:subscription の correlationKey、送る値は入力マッピングに書いてください。"
_REFUSED_ELEMENTS = {
    **dict.fromkeys(
        ("executionListener", "executionListeners", "taskListener", "taskListeners", "eventListener"),
        _NO_CODE,
    ),
    "connector": "操作（taskDefinition の type）に「アダプター.操作」を指定してください。",
    "linkedResources": "操作（taskDefinition の type）に「アダプター.操作」を指定してください。",
    "errorEventDefinition": "アダプターが断ったとき（Refused）のコードを、エラーの境界イベントで受けてください。",
    "formData": _FORM,
    "formProperty": _FORM,
    "userTaskForm": "埋め込まれたフォームを forms/ に一つのファイルとして置き、そのidを formId に書いてください。",
    "messagePayload": _MESSAGE,
    "messageVariable": "出力マッピングで、届いた値を入れる変数を決めてください。",
    "processVariableCorrelation": _MESSAGE,
    "payloadExpression": "送る値を入力マッピング（zeebe:ioMapping の input）に書いてください。",
    "variableName": "出力マッピングで、届いた値を入れる変数を決めてください。",
}  # fmt: skip


def unify(root: Element, xml: bytes) -> None:
    """Attributes and elements of Activiti and Flowable stand in the namespace of Camunda 7 afterwards."""
    plain = xml.replace(b"\0", b"")  # in UTF-16 every other byte of a name is 0
    if not any(space.encode() in plain for space in _SAME):
        return
    for element in root.iter("*"):
        if namespace(element) in _SAME:
            element.tag = f"{{{CAMUNDA}}}{local(element)}"
        for key in [k for k in element.attrib if _space(str(k)) in _SAME]:
            name = str(key).rpartition("}")[2]
            element.set(f"{{{CAMUNDA}}}{name}", element.attrib.pop(key))


def check(found: Findings, root: Element) -> None:
    """Tells of everything in the file that is not BPMN and that nobody else reads."""
    for element in root.iter(f"{{{BPMN}}}*"):
        for key in element.attrib:
            if str(key).startswith("{"):
                _attribute(found, element, str(key))
        if local(element) == "extensionElements":
            for inner in element:
                _element(found, inner, element.getparent())
        elif local(element) in ("dataInputAssociation", "dataOutputAssociation"):
            _association(found, element)
        elif local(element) in ("correlationSubscription", "correlationKey"):
            found.warn_once(
                local(element),
                element,
                f"BPMNの照合（{local(element)}）は使いません。",
                "メッセージの照合キー（zeebe:subscription の correlationKey）にFEELで書いてください。",
            )
        elif local(element) == "startEvent":
            _start_form(found, element)
        elif local(element).endswith(("erformer", "otentialOwner")):
            found.warn_once(
                "performer",
                element.getparent(),
                f"担当者の指定（{local(element)}）は使いません。",
                _PEOPLE,
            )


def _attribute(found: Findings, element: Element, key: str) -> None:
    space, name = _space(key), key.rpartition("}")[2]
    if space in _COSMETIC or (space == CAMUNDA and name in _READ_ATTRIBUTES):
        return
    if space not in _PREFIX:
        found.warn_once(
            space,
            element,
            f"他の製品の属性（{space}）は使いません。",
            "必要な設定なら、この製品の設定項目で指定してください。",
        )
        return
    _tell(found, element, f"{_PREFIX[space]}:{name}", name)


def _tell(found: Findings, element: Element, said: str, name: str) -> None:
    """Refuses or tells of an attribute that nobody reads. said: how the file calls it."""
    if name in _REFUSED:
        found.error(element, f"「{said}」は実行できません。", _REFUSED[name])
    elif name in _DIFFERENT:
        found.warn(element, f"「{said}」は使いません。", _DIFFERENT[name])
    else:
        found.warn_once(
            said,
            element,
            f"「{said}」は使いません。",
            _TUNING.get(name, "必要な設定なら、この製品の設定項目で指定してください。"),
        )


def _element(found: Findings, inner: Element, around: Element | None) -> None:
    name, space = local(inner), namespace(inner)
    if not name:
        return
    read = _READ_ELEMENTS.get(space, {}).get(name)
    if read is not None:
        for key in map(str, inner.attrib):
            if key not in read:
                _tell(found, inner, f"{_PREFIX[space]}:{name} {key}", key)
        return
    said = f"{_PREFIX[space]}:{name}" if space in _PREFIX else name
    if space == CAMUNDA and name in ("in", "out"):
        if around is None or local(around) != "callActivity":
            found.error(
                inner,
                f"「{said}」はコールアクティビティのほかでは使えません。",
                "入力・出力マッピング（zeebe:ioMapping）に書いてください。",
            )
    elif space == SPIFF and name in spiff.REFUSED:
        spiff.REFUSED[name](found, inner)
    elif space in _PREFIX and name in _REFUSED_ELEMENTS:
        found.error(inner, f"「{said}」は実行できません。", _REFUSED_ELEMENTS[name])
    elif space in _PREFIX and name in _DIFFERENT_ELEMENTS:
        found.warn(inner, f"「{said}」は使いません。", _DIFFERENT_ELEMENTS[name])
    else:
        tuning = _TUNING_ELEMENTS if space in _PREFIX else {}
        found.warn_once(
            f"{space} {name}",
            inner,
            f"拡張要素「{said}」は使いません。動作は変わりません。",
            tuning.get(name, "必要な設定なら、この製品の設定項目で指定してください。"),
        )


def _start_form(found: Findings, element: Element) -> None:
    names = [attribute(element, name, CAMUNDA) for name in ("formKey", "formRef")]
    if any(names) or extension(element, "formDefinition", ZEEBE) is not None:
        found.warn(
            element,
            "開始イベントのフォームは使いません。",
            "届出のフォームは procedure.yaml の filing.form に書いてください。",
        )


def _association(found: Findings, element: Element) -> None:
    if child(element, "assignment") is not None or child(element, "transformation") is not None:
        found.warn_once(
            "assignment",
            element,
            "データの関連に書かれた値の代入は使いません。",
            "入力・出力マッピング（zeebe:ioMapping）に書いてください。",
        )


def _space(key: str) -> str:
    """The namespace of an attribute as lxml names it."""
    return key[1:].partition("}")[0] if key.startswith("{") else ""
