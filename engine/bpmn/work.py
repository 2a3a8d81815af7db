"""What Zeebe and Camunda say about the work of an activity, where they mean what ours mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.bpmn import called, elements, iso8601
from engine.bpmn.elements import (
    CAMUNDA,
    ZEEBE,
    attribute,
    child,
    children,
    extension,
    extensions,
    text,
    whole_number,
)
from engine.bpmn.findings import Findings
from engine.bpmn.model import Text, Work
from engine.bpmn.settings import RESULT_HEADER
from engine.feel import Expression
from engine.safe_xml import Element

# Property of an element that sends a message.
STRICT = "strict"
# Names of properties that somebody reads: here, called.py, engine.starts, and of a task its pages.
PROPERTIES = (STRICT, called.PROCEDURE, "onePerKey", "batch", "correction_of", "notes")
# Attributes of Camunda 7 that change how an activity runs and that we do not run.
_FOREIGN_CODE = ("class", "delegateExpression", "expression")
# Forms that are a page of another product.
_FOREIGN_FORM = re.compile(r"^(embedded|app|camunda-forms:bpmn|camunda-forms:app):")


def read(found: Findings, element: Element, kind: str) -> Work:
    """What the activity (or message throw event) does; a problem for everything that would need foreign code."""
    operation, retries = _operation(found, element)
    result = _result(element)
    script = decision = None
    calls: dict[str, Any] = {}
    if kind == "scriptTask" and operation is None:
        script, result = _script(found, element, result)
    elif kind == "businessRuleTask" and operation is None:
        decision, result = called.decision(found, element, result)
    elif kind == "callActivity":
        calls = called.callee(found, element)
    elif kind == "serviceTask" and operation is None:
        found.error(
            element,
            "サービスタスクの操作が決まっていません。",
            "操作（taskDefinition の type）に「アダプター.操作」を指定してください。",
        )
    form = _form(found, element) if kind == "userTask" else None
    is_without = kind == "userTask" and form is None
    return Work(
        form=form,
        instructions=elements.text(child(element, "documentation")) if is_without else "",
        operation=calls.pop("operation", operation),
        retries=retries,
        result=result,
        decision=decision,
        script=script,
        assignee=_zeebe_text(found, element, "assignmentDefinition", "assignee", "assignee"),
        groups=_zeebe_text(
            found, element, "assignmentDefinition", "candidateGroups", "candidateGroups"
        ),
        due=_due(found, element),
        **calls,
    )


def _due(found: Findings, element: Element) -> Text | None:
    due = _zeebe_text(found, element, "taskSchedule", "dueDate", "dueDate")
    if isinstance(due, str) and not (iso8601.read_date(due) or iso8601.read_duration(due)):
        found.error(
            element,
            f"期限「{due}」は、日付でも期間でもありません。",
            "日付（2026-05-20）、日時、期間（P3D）か、式（= で始める）にしてください。",
        )
    return due


def strictly(found: Findings, element: Element, said: Mapping[str, Text], *, is_sent: bool) -> bool:
    """Whether the property `strict` asks that exactly one case takes the message the element sends.

    is_sent: the element sends one message, and calls no operation.
    """
    value = said.get(STRICT)
    if value not in ("true", "false"):
        if value is not None:
            found.error(
                element,
                f"プロパティ「{STRICT}」が、true でも false でもありません。",
                "true か false をそのまま書いてください。",
            )
        return False
    if not is_sent:
        found.error(
            element,
            f"プロパティ「{STRICT}」は、メッセージを一つ送る要素だけが使います。",
            "メッセージを送るタスク・中間イベント・終了イベントに書いてください。",
        )
        return False
    return value == "true"


def properties(found: Findings, element: Element) -> dict[str, Text]:
    """Name and value of zeebe:properties and camunda:properties; values that begin with = are FEEL."""
    values: dict[str, Text] = {}
    for name, inner in elements.properties(element):
        value = inner.get("value") or ""
        meant = found.meant(name, PROPERTIES)
        if meant:
            found.warn(inner, f"プロパティ「{name}」は使いません。", meant)
        values[name] = found.text(inner, value, f"プロパティ「{name}」") or value
    return values


def _result(element: Element) -> str | None:
    for box in extensions(element, "taskHeaders", ZEEBE):
        for header in children(box, "header", ZEEBE):
            if attribute(header, "key") == RESULT_HEADER and attribute(header, "value"):
                return attribute(header, "value")
    names = (attribute(element, n, CAMUNDA) for n in ("resultVariable", "resultVariableName"))
    return next((name for name in names if name), None)


def _operation(found: Findings, element: Element) -> tuple[str | None, int | None]:
    definition = extension(element, "taskDefinition", ZEEBE)
    if definition is not None:
        name, said = attribute(definition, "type"), attribute(definition, "retries")
        if name and name.startswith("="):
            found.error(
                definition,
                "操作の名前が式になっています。",
                "「アダプター.操作」をそのまま書いてください。",
            )
            return "", None
        retries = None if said is None else whole_number(said)
        if said is not None and retries is None:
            found.error(
                definition, "再試行の回数が数ではありません。", "0以上の整数を書いてください。"
            )
        return name, retries
    for place in (element, child(element, "messageEventDefinition")):
        if place is None:
            continue
        topic = attribute(place, "topic", CAMUNDA)
        if topic:
            return topic, None
        for name in _FOREIGN_CODE:
            if attribute(place, name, CAMUNDA) is not None:
                found.error(
                    element,
                    f"camunda:{name} は外部のプログラムを呼ぶ指定で、実行できません。",
                    "操作（taskDefinition の type）に「アダプター.操作」を指定してください。",
                )
                return "", None
        foreign = attribute(place, "type", CAMUNDA)
        if foreign is not None and foreign not in ("external", "external-worker"):
            found.error(
                element,
                f"組込みの処理（camunda:type 「{foreign}」）は実行できません。",
                "操作（taskDefinition の type）に「アダプター.操作」を指定してください"
                + ("（メールは notify）。" if foreign == "mail" else "。"),
            )
            return "", None
    return None, None


def _form(found: Findings, element: Element) -> str | None:
    definition = extension(element, "formDefinition", ZEEBE)
    form: str | None = None
    if definition is not None:
        form = attribute(definition, "formId") or attribute(definition, "formKey")
    if definition is not None and form is None and attribute(definition, "externalReference"):
        found.error(
            definition,
            "ほかの製品のフォーム（externalReference）は表示できません。",
            "forms/ にフォームを作り、そのidを formId に書いてください。",
        )
    form = form or attribute(element, "formRef", CAMUNDA) or attribute(element, "formKey", CAMUNDA)
    if form is None:
        return None
    if form.startswith("="):
        found.error(element, "フォームの名前が式になっています。", "idをそのまま書いてください。")
        return None
    if _FOREIGN_FORM.match(form) or found.text(element, form, "フォーム") is None:
        if _FOREIGN_FORM.match(form):
            found.error(
                element,
                f"フォーム「{form}」はほかの製品のページです。",
                "forms/ にフォームを作り、そのidを指定してください。",
            )
        return None
    # A form file deployed beside the model is the form of that name.
    return form.removeprefix("camunda-forms:deployment:").removesuffix(".form")


def _script(
    found: Findings, element: Element, result: str | None
) -> tuple[Expression | None, str | None]:
    zeebe = extension(element, "script", ZEEBE)
    if zeebe is not None:
        source, result = (
            attribute(zeebe, "expression"),
            attribute(zeebe, "resultVariable") or result,
        )
    else:
        language = (attribute(element, "scriptFormat") or "").lower()
        source = text(child(element, "script")) or None
        if source and "feel" not in language:
            found.error(
                element,
                f"スクリプトの言語「{language or '指定なし'}」は実行できません。",
                _scripted(found, source, result),
            )
            return None, result
    if not source:
        found.error(element, "スクリプトの式がありません。", "FEELの式を書いてください。")
        return None, result
    if not result:
        found.error(
            element,
            "スクリプトの結果を入れる変数がありません。",
            "結果の変数（resultVariable）を決めてください。",
        )
    return found.expression(element, source, "スクリプト"), result


def _scripted(found: Findings, source: str, result: str | None) -> str:
    lines = found.assignments(source)
    if lines is not None and len(lines) == 1:
        name, said = lines[0]
        return f'zeebe:script に expression="= {said}" と resultVariable="{result or name}" を書いてください。'
    return "FEELの式（zeebe:script）に書き直してください。変数を二つ以上決めるときは、タスクを分けてください。"


def _zeebe_text(
    found: Findings, element: Element, box: str, name: str, camunda: str
) -> Text | None:
    inner = extension(element, box, ZEEBE)
    value = attribute(inner, name) if inner is not None else None
    value = value or attribute(element, camunda, CAMUNDA)
    return found.text(element, value, name)
