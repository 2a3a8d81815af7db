"""A letter may not be handed a value under the name of a variable: refused at deployment."""

from __future__ import annotations

import pytest

from engine import operations, procedure_checks
from tests.support import models


def _problems(data: str) -> list[tuple[str | None, str]]:
    bpmn = models.process(
        models.line(
            models.service_task("find", "register.find", {"register": '"p"', "key": '"1"'}, result="permit"),
            models.service_task("issue", "letter.issue", {"letter": '"done"', "data": data}),
        ),
        lanes={"system": ("start", "find", "issue", "end")},
    )  # fmt: skip
    folder = models.folder(
        bpmn,
        settings={"letters": {"done": {"title": "完了通知"}}},
        files={"letters/done.html": "<p>{{ case.number }}</p>"},
    )
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    return [(one.element, one.problem) for one in found if "通知書に渡す値" in one.problem]


@pytest.mark.parametrize("name", ["permit", "notice", "case", "office", "title"])
def test_data_that_hides_a_variable_is_refused_with_the_element(name: str) -> None:
    ((element, problem),) = _problems(f"{{{name}: 1}}")
    assert element == "issue" and f"「{name}」" in problem


def test_data_under_names_of_its_own_is_fine() -> None:
    assert _problems("{reason: permit.data.status, lines: [notice.holder]}") == []


RULE = (
    '<bpmn:businessRuleTask id="rule"><bpmn:extensionElements>'
    '<zeebe:calledDecision decisionId="kind" resultVariable="kind"/></bpmn:extensionElements>{loop}</bpmn:businessRuleTask>'
)
LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]" '
    'inputElement="row"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
)


def _of_reasons(letter: str, *, loop: str = "") -> list[tuple[str, str | None, int | None]]:
    issue = models.service_task("issue", "letter.issue", {"letter": '"done"'})
    bpmn = models.process(
        models.line(RULE.format(loop=loop), issue), lanes={"system": ("rule", "issue")}
    )
    folder = models.folder(
        bpmn,
        settings={"letters": {"done": {"title": "完了通知"}}},
        files={"letters/done.html": letter},
    )
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    return [(p.problem, p.element, p.line) for p in found if p.file == "letters/done.html"]


def _of_mail(mail: str) -> list[tuple[str, str | None, int | None]]:
    tell = models.service_task("tell", "notify", {"to": '"applicant"', "mail": '"done"'})
    bpmn = models.process(
        models.line(RULE.format(loop=""), tell), lanes={"system": ("rule", "tell")}
    )
    folder = models.folder(bpmn, files={"letters/done.mail.txt": mail})
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    return [(p.problem, p.element, p.line) for p in found if p.file == "letters/done.mail.txt"]


def test_a_mail_may_give_the_rules_and_the_law_of_a_decision() -> None:
    text = "件名: 決定\n{{ decisions.kind.rules[0].annotation }}{{ decisions.kind.parameters.fee.law }}"
    assert _of_mail(text) == []


@pytest.mark.parametrize(
    "use",
    [
        "{{ decisions.kind.result }}",
        "{{ decisions['kind']['inputs'] }}",
        "{% set why = decisions.kind %}{{ why.inputs }}",
    ],
)
def test_a_mail_that_would_name_a_value_of_a_person_is_refused(use: str) -> None:
    ((problem, _, line),) = _of_mail(f"件名: 決定\n\n{use}")
    assert "メールには書けません" in problem and line == 3


def test_a_mail_is_checked_as_a_letter_is() -> None:
    ((problem, _, _),) = _of_mail("件名: 決定\n{{ decisions.kinds.rules }}")
    assert problem == "判定「kinds」を行う作業が流れにありません。"
    ((problem, _, line),) = _of_mail("件名: 決定\n{{ office.name }")
    assert problem.startswith("様式が読めません") and line == 2


def test_a_letter_may_give_the_reasons_of_a_decision_the_model_makes() -> None:
    assert _of_reasons("<p>{{ decisions.kind.result }}{{ decisions['kind'].rules }}</p>") == []


def test_a_letter_that_names_an_unknown_decision_is_refused_with_its_line() -> None:
    ((problem, element, line),) = _of_reasons("<p></p>\n<p>{{ decisions.kinds.result }}</p>")
    assert (problem, element, line) == ("判定「kinds」を行う作業が流れにありません。", "kinds", 2)


def test_decisions_without_an_id_is_refused() -> None:
    ((problem, _, _),) = _of_reasons("{% for d in decisions %}x{% endfor %}")
    assert problem == "decisions のあとに判定のidがありません。"


def test_the_reason_of_a_decision_made_for_every_row_is_refused() -> None:
    ((problem, element, _),) = _of_reasons("<p>{{ decisions.kind.result }}</p>", loop=LOOP)
    assert "繰り返しの中" in problem and element == "kind"
