"""What an activity calls: a decision, another process of the same procedure, or a case of another procedure."""

from __future__ import annotations

import re
from typing import Any

from engine.bpmn.elements import (
    CAMUNDA,
    ZEEBE,
    attribute,
    extension,
    extensions,
    properties,
    whole_number,
)
from engine.bpmn.expressions import is_juel
from engine.bpmn.findings import Findings
from engine.bpmn.model import BEGIN_CASE
from engine.safe_xml import Element

# Property of a call activity: the code of the procedure of which it begins a case.
PROCEDURE = "procedure"
_CODE = re.compile(r"^[a-z][a-z0-9_]*$")


def decision(
    found: Findings, element: Element, result: str | None
) -> tuple[str | None, str | None]:
    called = extension(element, "calledDecision", ZEEBE)
    if called is not None:
        decision = attribute(called, "decisionId")
        binding = attribute(called, "bindingType") or "deployment"
        _check_bound(found, element, binding, "判定表", "bindingType")
        result = attribute(called, "resultVariable") or result
    else:
        decision = attribute(element, "decisionRef", CAMUNDA)
        if decision is not None:
            _check_decided(found, element)
    if not decision or decision.startswith("=") or is_juel(decision):
        found.error(
            element,
            "判定表のidが式になっています。" if decision else "使う判定表が決まっていません。",
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


def callee(found: Findings, element: Element) -> dict[str, Any]:
    """What of Work the call activity says: a process inside its case, or the procedure of which it begins a case."""
    for name, inner in properties(element):
        if name == PROCEDURE:
            return _case(found, element, attribute(inner, "value") or "")
    return _process(found, element)


def _process(found: Findings, element: Element) -> dict[str, Any]:
    zeebe = extension(element, "calledElement", ZEEBE)
    source = _process_id(element, zeebe)
    see_all, give_all = _handed_whole(element, zeebe)
    if zeebe is None and give_all and _is_listed(element, "out"):
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
    _check_bound(
        found, element, _binding(element, zeebe) or "deployment", "プロセス", "bindingType"
    )
    if isinstance(called, str):
        called = called.rpartition(":")[2]
    return {"called": called, "see_all": see_all is not False, "give_all": give_all is not False}


def _process_id(element: Element, zeebe: Element | None) -> str | None:
    named = attribute(zeebe, "processId") if zeebe is not None else None
    return named or attribute(element, "calledElement")


def _binding(element: Element, zeebe: Element | None) -> str | None:
    named = attribute(zeebe, "bindingType") if zeebe is not None else None
    return named or attribute(element, "calledElementBinding", CAMUNDA)


def _handed_whole(element: Element, zeebe: Element | None) -> tuple[bool | None, bool | None]:
    """Whether all variables go in, and all come back; None where the model does not say."""
    if zeebe is not None:
        said = (
            attribute(zeebe, name)
            for name in ("propagateAllParentVariables", "propagateAllChildVariables")
        )
        see, give = (None if value is None else value == "true" for value in said)
        return see, give
    handed = [inner for side in ("in", "out") for inner in extensions(element, side, CAMUNDA)]
    if not handed:
        return None, None
    # Camunda 7 hands over what is listed and nothing else.
    see, give = (
        any(attribute(inner, "variables") == "all" for inner in extensions(element, side, CAMUNDA))
        for side in ("in", "out")
    )
    return see, give


def _is_listed(element: Element, side: str) -> bool:
    return any(attribute(inner, "target") for inner in extensions(element, side, CAMUNDA))


def _case(found: Findings, element: Element, code: str) -> dict[str, Any]:
    zeebe = extension(element, "calledElement", ZEEBE)
    if not _CODE.match(code):
        found.error(
            element,
            f"案件を始める手続（{PROCEDURE}）「{code}」が、手続のidではありません。",
            "式でなく、手続のid（英小文字、数字、下線）をそのまま書いてください。",
        )
    process = (_process_id(element, zeebe) or code).rpartition(":")[2]
    if process != code:
        found.error(
            element,
            f"手続「{code}」の案件は主プロセス（{code}）から始まり、「{process}」からは始まりません。",
            f"呼び出すプロセス（processId、calledElement）を「{code}」にするか、消してください。",
        )
    if True in _handed_whole(element, zeebe):
        found.error(
            element,
            f"手続「{code}」の案件に、すべての変数を渡すことも、すべてを受け取ることもできません。",
            "渡す値は入力マッピング、受け取る値は出力マッピングにひとつずつ書き、"
            "propagateAll…Variables（camunda:in、camunda:out の variables）を消してください。",
        )
    return {
        "operation": BEGIN_CASE,
        "procedure": code,
        "version": _version(found, element, zeebe),
        "see_all": False,
        "give_all": False,
    }


def _version(found: Findings, element: Element, zeebe: Element | None) -> int | None:
    """The number of the version that is named; None for the newest."""
    binding = _binding(element, zeebe) or "latest"
    if binding == "latest":
        return None
    if binding not in ("version", "versionTag"):
        found.error(
            element,
            f"ほかの手続の版は、この手続の版とは別に決まります（{binding} は使えません）。",
            "bindingType を latest（いちばん新しい版）か versionTag（版の番号）にしてください。",
        )
        return None
    said = attribute(zeebe, "versionTag") if zeebe is not None else None
    for name in ("calledElementVersion", "calledElementVersionTag"):
        said = said or attribute(element, name, CAMUNDA)
    number = whole_number(said or "")
    if not number:
        found.error(
            element,
            f"呼び出す版「{said or ''}」が、版の番号ではありません。",
            "公開した版の番号（第3版なら 3）を書いてください。",
        )
    return number or None


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
