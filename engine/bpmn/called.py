"""What an activity calls: a decision or another process of the same procedure."""

from __future__ import annotations

from engine.bpmn.elements import CAMUNDA, ZEEBE, attribute, extension, extensions
from engine.bpmn.expressions import is_juel
from engine.bpmn.findings import Findings
from engine.bpmn.model import Text
from engine.safe_xml import Element


def decision(
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


def process(found: Findings, element: Element) -> tuple[Text | None, bool, bool]:
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
