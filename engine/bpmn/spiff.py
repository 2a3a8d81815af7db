"""What SpiffWorkflow writes into a model and we do not run: each refused with what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.bpmn.elements import SPIFF, attribute, children, local, text
from engine.bpmn.findings import Findings
from engine.safe_xml import Element


def _script(found: Findings, inner: Element) -> None:
    way = "入力" if local(inner) == "preScript" else "出力"
    lines = found.assignments(text(inner))
    if lines is None:
        remedy = (
            f"{way}マッピング（zeebe:ioMapping）かスクリプトタスクに、FEELの式で書いてください。"
        )
    else:
        said = "、".join(f"「{name}」に「= {source}」" for name, source in lines)
        remedy = f"{way}マッピング（zeebe:ioMapping）で、変数{said}を入れてください。"
    found.error(inner, f"「spiffworkflow:{local(inner)}」はPythonで、実行できません。", remedy)


def _operator(found: Findings, inner: Element) -> None:
    name = attribute(inner, "id") or ""
    result = attribute(inner, "resultVariable")
    remedy = "操作（taskDefinition の type）に「アダプター.操作」、引数を入力マッピングに書いてください。"
    if result:
        remedy += f"結果は出力マッピングで「= result」を変数「{result}」に入れてください。"
    found.error(inner, f"「spiffworkflow:serviceTaskOperator」（{name}）は実行できません。", remedy)


def _decision(found: Findings, inner: Element) -> None:
    name = text(inner)
    found.error(
        inner,
        f"「spiffworkflow:calledDecisionId」（{name}）には、結果を入れる変数がありません。",
        f'zeebe:calledDecision に decisionId="{name}" と resultVariable を書いてください。',
    )


def _properties(found: Findings, inner: Element) -> None:
    for line in children(inner, "property", SPIFF):
        name, value = attribute(line, "name") or "", attribute(line, "value") or ""
        if name == "formJsonSchemaFilename":
            form = value.removesuffix(".json").removesuffix("-schema")
            found.error(
                inner,
                f"JSON Schemaのフォーム「{value}」は表示できません。",
                f'forms/{form}.form を作り、zeebe:formDefinition に formId="{form}" と書いてください。',
            )
        elif name != "formUiSchemaFilename":
            found.warn_once(
                f"spiff {name}",
                inner,
                f"「spiffworkflow:property {name}」は使いません。",
                "必要な設定なら、zeebe:properties に書いてください。",
            )


# By the name of the extension element.
REFUSED: Mapping[str, Callable[[Findings, Element], None]] = {
    "preScript": _script,
    "postScript": _script,
    "serviceTaskOperator": _operator,
    "calledDecisionId": _decision,
    "properties": _properties,
}
