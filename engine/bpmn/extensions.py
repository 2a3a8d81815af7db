"""What the extension elements of Zeebe and Camunda say about an activity, where they mean what ours mean."""

from __future__ import annotations

import re

from engine.bpmn.elements import (
    CAMUNDA,
    ZEEBE,
    attribute,
    child,
    children,
    extension,
    extensions,
    local,
    namespace,
    text,
)
from engine.bpmn.findings import Findings
from engine.bpmn.model import AdHoc, Loop, Repeat, Text, Transfer, Work
from engine.feel import Expression
from engine.safe_xml import Element

_NAME = re.compile(r"^[^\W\d][\w ]*(\.[^\W\d][\w ]*)*$")
_KNOWN = {
    ZEEBE: {
        "formDefinition", "taskSchedule", "assignmentDefinition", "properties", "taskDefinition",
        "ioMapping", "taskHeaders", "calledDecision", "script", "calledElement",
        "loopCharacteristics", "subscription", "userTask", "versionTag", "adHoc",
    },
    CAMUNDA: {"properties", "inputOutput", "field"},
}  # fmt: skip
# Attributes of Camunda 7 that change how an activity runs and that we do not run.
_FOREIGN_CODE = ("class", "delegateExpression", "expression")


def warn_unknown(found: Findings, element: Element) -> None:
    """A warning for every extension element that is read past."""
    for box in children(element, "extensionElements"):
        for inner in box:
            name, space = local(inner), namespace(inner)
            if not name or name in _KNOWN.get(space, ()):
                continue
            found.warn(
                inner,
                f"拡張要素「{name}」は使いません。動作は変わりません。",
                "必要な設定なら、この製品の設定項目で指定してください。",
            )


def work(found: Findings, element: Element, kind: str) -> Work:
    """What the activity (or message throw event) does; a problem for everything that would need foreign code."""
    headers = {
        attribute(h, "key") or "": h.get("value") or ""
        for box in extensions(element, "taskHeaders", ZEEBE)
        for h in children(box, "header", ZEEBE)
    }
    operation, retries = _operation(found, element)
    result = headers.get("resultVariable") or attribute(element, "resultVariable", CAMUNDA)
    script = decision = None
    called: Text | None = None
    see_all = give_all = True
    if kind == "scriptTask" and operation is None:
        script, result = _script(found, element, result)
    elif kind == "businessRuleTask" and operation is None:
        decision, result = _decision(found, element, result)
    elif kind == "callActivity":
        called, see_all, give_all = _called(found, element)
    elif kind == "serviceTask" and operation is None:
        found.error(
            element,
            "サービスタスクの操作が決まっていません。",
            "操作（taskDefinition の type）に「アダプター.操作」を指定してください。",
        )
    is_user = kind == "userTask"
    return Work(
        form=_form(found, element) if is_user else None,
        operation=operation,
        retries=retries,
        headers=headers,
        result=result,
        decision=decision,
        script=script,
        called=called,
        see_all=see_all,
        give_all=give_all,
        assignee=_zeebe_text(found, element, "assignmentDefinition", "assignee", "assignee"),
        groups=_zeebe_text(
            found, element, "assignmentDefinition", "candidateGroups", "candidateGroups"
        ),
        due=_zeebe_text(found, element, "taskSchedule", "dueDate", "dueDate"),
    )


def properties(found: Findings, element: Element) -> dict[str, Text]:
    """Name and value of zeebe:properties and camunda:properties; values that begin with = are FEEL."""
    values: dict[str, Text] = {}
    for space in (ZEEBE, CAMUNDA):
        for box in extensions(element, "properties", space):
            for inner in children(box, "property", space):
                name = attribute(inner, "name")
                if name:
                    value = inner.get("value") or ""
                    values[name] = found.text(inner, value, f"プロパティ「{name}」") or value
    return values


def transfers(found: Findings, element: Element, direction: str) -> tuple[Transfer, ...]:
    """The input or output lines of zeebe:ioMapping and camunda:inputOutput in order."""
    lines: list[Transfer] = []
    for box in extensions(element, "ioMapping", ZEEBE):
        for inner in children(box, direction, ZEEBE):
            source, target = inner.get("source") or "", attribute(inner, "target") or ""
            lines += _transfer(found, inner, source, target)
    for box in extensions(element, "inputOutput", CAMUNDA):
        for inner in children(box, f"{direction}Parameter", CAMUNDA):
            if len(inner):
                found.error(
                    inner,
                    f"変数の受渡し「{attribute(inner, 'name')}」にスクリプト・リスト・マップが使われています。",
                    "値をFEELの式（zeebe:ioMapping）で書いてください。",
                )
                continue
            lines += _transfer(found, inner, text(inner), attribute(inner, "name") or "")
    return tuple(lines)


def loop(found: Findings, element: Element) -> Loop | None:
    """The multi-instance marker."""
    marker = child(element, "multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    zeebe = extension(marker, "loopCharacteristics", ZEEBE)
    inside = zeebe if zeebe is not None else marker
    collection = attribute(inside, "inputCollection") or attribute(marker, "collection", CAMUNDA)
    count = text(child(marker, "loopCardinality"))
    if not collection and not count:
        found.error(
            marker,
            "マルチインスタンスに、繰り返す一覧も回数もありません。",
            "一覧（inputCollection）にFEELの式を指定してください（例: = notice.vehicles）。",
        )
    done = text(child(marker, "completionCondition"))
    each = attribute(inside, "outputElement")
    return Loop(
        sequential=attribute(marker, "isSequential") == "true",
        collection=found.expression(marker, collection, "一覧") if collection else None,
        count=found.expression(marker, count, "回数") if count and not collection else None,
        element=attribute(inside, "inputElement") or attribute(marker, "elementVariable", CAMUNDA),
        output=attribute(inside, "outputCollection"),
        output_element=found.expression(marker, each, "結果の要素") if each else None,
        completion=found.expression(marker, done, "完了条件") if done else None,
    )


def repeat(found: Findings, element: Element) -> Repeat | None:
    """The marker of a standard loop."""
    marker = child(element, "standardLoopCharacteristics")
    if marker is None:
        return None
    source, most = text(child(marker, "loopCondition")), attribute(marker, "loopMaximum")
    if most is not None and (not most.isdigit() or most == "0"):
        found.error(marker, "繰返しの上限が1以上の整数ではありません。", "回数を書いてください。")
        most = None
    if not source and most is None:
        found.error(
            marker,
            "標準ループに、続ける条件も回数の上限もありません。",
            "条件（loopCondition）にFEELの式を書くか、上限（loopMaximum）を決めてください。",
        )
    return Repeat(
        condition=found.expression(marker, source, "続ける条件") if source else None,
        first=attribute(marker, "testBefore") == "true",
        maximum=int(most) if most else None,
    )


def ad_hoc(found: Findings, element: Element) -> AdHoc:
    """How the activities of an ad hoc subprocess are begun and when it is over."""
    zeebe = extension(element, "adHoc", ZEEBE)
    active = attribute(zeebe, "activeElementsCollection") if zeebe is not None else None
    done = text(child(element, "completionCondition"))
    return AdHoc(
        sequential=attribute(element, "ordering") == "Sequential",
        active=found.expression(element, active, "始める作業の一覧") if active else None,
        completion=found.expression(element, done, "完了条件") if done else None,
        cancel_rest=attribute(element, "cancelRemainingInstances") != "false",
    )


def _operation(found: Findings, element: Element) -> tuple[str | None, int | None]:
    definition = extension(element, "taskDefinition", ZEEBE)
    if definition is not None:
        name, retries = attribute(definition, "type"), attribute(definition, "retries")
        if name and name.startswith("="):
            found.error(
                definition,
                "操作の名前が式になっています。",
                "「アダプター.操作」をそのまま書いてください。",
            )
            return "", None
        if retries is not None and not retries.isdigit():
            found.error(
                definition, "再試行の回数が数ではありません。", "0以上の整数を書いてください。"
            )
            retries = None
        return name, int(retries) if retries is not None else None
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
    return None, None


def _form(found: Findings, element: Element) -> str | None:
    definition = extension(element, "formDefinition", ZEEBE)
    form = None
    if definition is not None:
        form = attribute(definition, "formId") or attribute(definition, "formKey")
    form = form or attribute(element, "formRef", CAMUNDA) or attribute(element, "formKey", CAMUNDA)
    if extension(element, "formData", CAMUNDA) is not None:
        found.error(
            element,
            "フォームの項目がBPMNの中（camunda:formData）に書かれています。",
            "forms/ にフォームを作り、そのidを指定してください。",
        )
    return form


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
                "FEELの式（zeebe:script）に書き直してください。",
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


def _decision(
    found: Findings, element: Element, result: str | None
) -> tuple[str | None, str | None]:
    called = extension(element, "calledDecision", ZEEBE)
    if called is not None:
        decision = attribute(called, "decisionId")
        result = attribute(called, "resultVariable") or result
    else:
        decision = attribute(element, "decisionRef", CAMUNDA)
    if not decision or decision.startswith(("=", "${")):
        found.error(
            element,
            "使う判定表が決まっていません。",
            "判定表のid（decisionId）をそのまま書いてください。",
        )
        return None, result
    if not result:
        found.error(
            element,
            "判定の結果を入れる変数がありません。",
            "結果の変数（resultVariable）を決めてください。",
        )
    return decision, result


def _called(found: Findings, element: Element) -> tuple[Text | None, bool, bool]:
    zeebe = extension(element, "calledElement", ZEEBE)
    source = attribute(element, "calledElement")
    see_all, give_all = "true", "true"
    if zeebe is not None:
        source = attribute(zeebe, "processId") or source
        see_all = attribute(zeebe, "propagateAllParentVariables") or see_all
        give_all = attribute(zeebe, "propagateAllChildVariables") or give_all
    called = found.text(element, source, "呼び出すプロセス")
    if source is None:
        found.error(
            element,
            "呼び出すプロセスが決まっていません。",
            "プロセスのid（processId）を指定してください。",
        )
    _check_binding(found, element, zeebe)
    if isinstance(called, str):
        called = called.rpartition(":")[2]
    return called, see_all == "true", give_all == "true"


def _check_binding(found: Findings, element: Element, zeebe: Element | None) -> None:
    """What is called stands in the same procedure and version; another one asked for by name is no guess of ours."""
    binding = attribute(zeebe, "bindingType") if zeebe is not None else None
    binding = binding or attribute(element, "calledElementBinding", CAMUNDA) or "deployment"
    if binding == "deployment":
        return
    if binding == "latest":
        found.warn(
            element,
            "最新版（latest）でなく、案件と同じ版の手続のプロセスを呼び出します。",
            "進行中の案件は版を変えません。新しい版は、新しい案件から使われます。",
        )
        return
    found.error(
        element,
        f"版を指定した呼出し（{binding}）は実行できません。",
        "同じ手続のプロセスを呼び出し、版の指定（bindingType）を外してください。",
    )


def _zeebe_text(
    found: Findings, element: Element, box: str, name: str, camunda: str
) -> Text | None:
    inner = extension(element, box, ZEEBE)
    value = attribute(inner, name) if inner is not None else None
    value = value or attribute(element, camunda, CAMUNDA)
    return found.text(element, value, name)


def _transfer(found: Findings, element: Element, source: str, target: str) -> list[Transfer]:
    if not _NAME.match(target):
        found.error(
            element,
            f"変数の名前「{target}」は使えません。",
            "文字で始まる名前（入れ子は a.b）にしてください。",
        )
        return []
    if source.strip().startswith("=") or "${" in source:
        expression = found.expression(element, source, f"変数「{target}」")
    else:
        quoted = source.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        expression = found.expression(element, f'"{quoted}"', f"変数「{target}」")
    return [Transfer(expression, tuple(target.split(".")))] if expression is not None else []
