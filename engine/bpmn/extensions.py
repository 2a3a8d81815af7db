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
    text,
    whole_number,
)
from engine.bpmn.expressions import is_juel
from engine.bpmn.findings import Findings
from engine.bpmn.model import AdHoc, Loop, Repeat, Text, Work
from engine.feel import Expression
from engine.safe_xml import Element

# Attributes of Camunda 7 that change how an activity runs and that we do not run.
_FOREIGN_CODE = ("class", "delegateExpression", "expression")
# Forms that are a page of another product.
_FOREIGN_FORM = re.compile(r"^(embedded|app|camunda-forms:bpmn|camunda-forms:app):")


def work(found: Findings, element: Element, kind: str) -> Work:
    """What the activity (or message throw event) does; a problem for everything that would need foreign code."""
    headers = {
        attribute(h, "key") or "": h.get("value") or ""
        for box in extensions(element, "taskHeaders", ZEEBE)
        for h in children(box, "header", ZEEBE)
    }
    operation, retries = _operation(found, element)
    result = headers.get("resultVariable") or attribute(element, "resultVariable", CAMUNDA)
    result = result or attribute(element, "resultVariableName", CAMUNDA)
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


def loop(found: Findings, element: Element) -> Loop | None:
    """The multi-instance marker."""
    marker = child(element, "multiInstanceLoopCharacteristics")
    if marker is None:
        return None
    zeebe = extension(marker, "loopCharacteristics", ZEEBE)
    inside = zeebe if zeebe is not None else marker
    collection = attribute(inside, "inputCollection") or attribute(marker, "collection", CAMUNDA)
    # The names of BPMN itself: Activiti, Flowable and SpiffWorkflow read them as variables.
    collection = collection or text(child(marker, "loopDataInputRef"))
    count = text(child(marker, "loopCardinality"))
    if not collection and not count:
        found.error(
            marker,
            "マルチインスタンスに、繰り返す一覧も回数もありません。",
            "一覧（inputCollection）にFEELの式を指定してください（例: = notice.vehicles）。",
        )
    done = text(child(marker, "completionCondition"))
    each = attribute(inside, "outputElement") or _item(marker, "outputDataItem")
    if attribute(marker, "behavior") not in (None, "All"):
        found.error(
            marker,
            "繰返しの途中で起こすイベント（behavior）は実行できません。",
            "behavior を消し、イベントを繰返しの後に置いてください。",
        )
    if attribute(marker, "elementIndexVariable", CAMUNDA) is not None:
        found.error(
            marker,
            "回数を入れる変数の名前（elementIndexVariable）は変えられません。",
            "loopCounter（1から数えます）を使ってください。",
        )
    return Loop(
        sequential=attribute(marker, "isSequential") == "true",
        collection=found.expression(marker, collection, "一覧") if collection else None,
        count=found.expression(marker, count, "回数") if count and not collection else None,
        element=attribute(inside, "inputElement")
        or attribute(marker, "elementVariable", CAMUNDA)
        or _item(marker, "inputDataItem"),
        output=attribute(inside, "outputCollection")
        or text(child(marker, "loopDataOutputRef"))
        or None,
        output_element=found.expression(marker, each, "結果の要素") if each else None,
        completion=found.expression(marker, done, "完了条件") if done else None,
    )


def repeat(found: Findings, element: Element) -> Repeat | None:
    """The marker of a standard loop."""
    marker = child(element, "standardLoopCharacteristics")
    if marker is None:
        return None
    source, said = text(child(marker, "loopCondition")), attribute(marker, "loopMaximum")
    most = None if said is None else whole_number(said)
    if said is not None and not most:
        found.error(marker, "繰返しの上限が1以上の整数ではありません。", "回数を書いてください。")
    if not source and not most:
        found.error(
            marker,
            "標準ループに、続ける条件も回数の上限もありません。",
            "条件（loopCondition）にFEELの式を書くか、上限（loopMaximum）を決めてください。",
        )
    return Repeat(
        condition=found.expression(marker, source, "続ける条件") if source else None,
        first=attribute(marker, "testBefore") == "true",
        maximum=most or None,
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


def _item(marker: Element, name: str) -> str | None:
    item = child(marker, name)
    return None if item is None else attribute(item, "name") or attribute(item, "id")


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


def _decision(
    found: Findings, element: Element, result: str | None
) -> tuple[str | None, str | None]:
    called = extension(element, "calledDecision", ZEEBE)
    if called is not None:
        decision = attribute(called, "decisionId")
        result = attribute(called, "resultVariable") or result
    else:
        decision = attribute(element, "decisionRef", CAMUNDA)
        if decision is not None:
            _check_decided(found, element)
    if not decision or decision.startswith("=") or is_juel(decision):
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


def _check_decided(found: Findings, element: Element) -> None:
    """Where Camunda 7 wraps the result and we do not."""
    wrapped = attribute(element, "mapDecisionResult", CAMUNDA) or "resultList"
    if wrapped == "resultList":
        found.warn(
            element,
            "判定の結果は一覧に包まずに入ります（mapDecisionResult が resultList）。",
            "後の式で結果をそのまま使ってください。列が一つなら値、二つ以上なら「結果.列」です。",
        )
    elif wrapped == "singleResult":
        found.warn(
            element,
            "出力の列が一つの判定表では、結果は値そのものです（mapDecisionResult が singleResult）。",
            "列が一つなら、後の式で「結果.列」でなく結果をそのまま使ってください。",
        )
    binding = attribute(element, "decisionRefBinding", CAMUNDA) or "deployment"
    _check_bound(found, element, binding, "判定表", "decisionRefBinding")


def _called(found: Findings, element: Element) -> tuple[Text | None, bool, bool]:
    zeebe = extension(element, "calledElement", ZEEBE)
    source = attribute(element, "calledElement")
    see_all, give_all = "true", "true"
    if zeebe is not None:
        source = attribute(zeebe, "processId") or source
        see_all = attribute(zeebe, "propagateAllParentVariables") or see_all
        give_all = attribute(zeebe, "propagateAllChildVariables") or give_all
    handed = [
        (side, inner) for side in ("in", "out") for inner in extensions(element, side, CAMUNDA)
    ]
    if handed and zeebe is None:  # Camunda 7 hands over what is listed and nothing else
        every = {side for side, inner in handed if attribute(inner, "variables") == "all"}
        see_all, give_all = str("in" in every).lower(), str("out" in every).lower()
        if "out" in every and any(side == "out" and attribute(i, "target") for side, i in handed):
            found.error(
                element,
                "すべての変数を戻す指定（camunda:out variables）と、ひとつずつの指定が両方あります。",
                "戻す変数を camunda:out でひとつずつ書いてください。",
            )
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
    binding = attribute(zeebe, "bindingType") if zeebe is not None else None
    binding = binding or attribute(element, "calledElementBinding", CAMUNDA) or "deployment"
    _check_bound(found, element, binding, "プロセス", "bindingType")


def _check_bound(found: Findings, element: Element, binding: str, what: str, name: str) -> None:
    """What is called stands in the same procedure and version; another one asked for by name is no guess of ours."""
    if binding == "deployment":
        return
    if binding == "latest":
        found.warn(
            element,
            f"最新版（latest）でなく、案件と同じ版の手続の{what}を呼び出します。",
            "進行中の案件は版を変えません。新しい版は、新しい案件から使われます。",
        )
        return
    found.error(
        element,
        f"版を指定した呼出し（{binding}）は実行できません。",
        f"同じ手続の{what}を呼び出し、版の指定（{name}）を外してください。",
    )


def _zeebe_text(
    found: Findings, element: Element, box: str, name: str, camunda: str
) -> Text | None:
    inner = extension(element, box, ZEEBE)
    value = attribute(inner, name) if inner is not None else None
    value = value or attribute(element, camunda, CAMUNDA)
    return found.text(element, value, name)
