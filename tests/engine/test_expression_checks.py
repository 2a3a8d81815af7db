"""A name nobody writes, or a field a form does not have, is refused at deployment; what the engine gives is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine import expression_checks, operations, procedure_checks
from engine.errors import Problem
from tests.support import models

LOOP = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
    '<zeebe:loopCharacteristics inputCollection="{collection}" inputElement="one" outputCollection="all"'
    ' outputElement="={output}"/></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>'
)
FEE = "fee: {unit: 円, values: [{from: 2020-04-01, value: 300}]}"
MESSAGE = '<bpmn:message id="paid" name="paid"/>'


def _found(
    body: str, *, extra: str = "", settings: Mapping[str, Any] | None = None
) -> list[Problem]:
    bpmn = models.process(body, lanes={"system": ()}, extra=extra)
    folder = models.folder(bpmn, settings=settings, files={"parameters.yaml": FEE})
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    marks = ("どこからも値が入りません", "という項目はありません", "文字目")
    return [one for one in found if any(mark in one.problem for mark in marks)]


def _gateway(condition: str) -> str:
    return (
        '<bpmn:startEvent id="start"/>'
        + models.user_task("examine")
        + '<bpmn:exclusiveGateway id="chosen" name="結果は" default="f_chosen_end"/>'
        + '<bpmn:endEvent id="end"/><bpmn:endEvent id="returned"/>'
        + models.flows("start", "examine", "chosen", "end")
        + '<bpmn:sequenceFlow id="back" name="差戻し" sourceRef="chosen" targetRef="returned">'
        + f"<bpmn:conditionExpression>={condition}</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )


CHOICE = (
    '{"type": "default", "id": "review", "schemaVersion": 16, "components": [{"type": "radio", "id": "decision",'
    ' "key": "decision", "label": "決定", "values": [{"label": "決める", "value": "approve"},'
    ' {"label": "戻す", "value": "return"}]}, {"type": "checklist", "id": "checks", "key": "checks", "label": "確認",'
    ' "values": [{"label": "写真", "value": "photo"}]}]}'
)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("review.decision = &quot;return&quot;", None),
        ("review.decision != null", None),
        ("review.decision = &quot;retrn&quot;", "「return」の誤り"),
        ("some one in review.checks satisfies one = &quot;photos&quot;", "「photo」の誤り"),
    ],
)
def test_a_choice_is_never_equal_to_what_cannot_be_chosen(condition: str, told: str | None) -> None:
    bpmn = models.process(_gateway(condition), lanes={"examiner": ("examine",)})
    folder = models.folder(bpmn, files={"forms/review.form": CHOICE})
    found = [
        p for p in procedure_checks.examine(folder, operations={}).problems if p.element == "back"
    ]
    assert [told in p.remedy for p in found if told] == ([True] if told else [])
    assert told or found == []


def _script(source: str) -> str:
    return models.line(
        models.user_task("examine"),
        f'<bpmn:scriptTask id="compute" name="計算"><bpmn:extensionElements><zeebe:script expression="={source}"'
        ' resultVariable="sum"/></bpmn:extensionElements></bpmn:scriptTask>',
    )


def _examined(inside: str) -> str:
    task = models.user_task("examine")
    head, tail = "</bpmn:extensionElements>", "</bpmn:userTask>"
    mapping, _, loop = inside.partition("|")
    return models.line(
        task.replace(head, mapping + head, 1).replace(tail, loop + tail, 1), models.user_task("sign")
    )  # fmt: skip


def test_a_misspelt_field_in_a_condition_is_refused_with_flow_and_nearest_field() -> None:
    (found,) = _found(_gateway('review.desicion = "return"'))
    assert (found.severity, found.element, found.name) == ("error", "back", "差戻し")
    assert "「desicion」" in found.problem and "「decision」" in found.remedy


def test_a_name_without_a_source_is_refused_with_the_nearest_name() -> None:
    (found,) = _found(_gateway('reviw.decision = "return"'))
    assert (found.severity, found.element) == ("error", "back")
    assert "「reviw」" in found.problem and "「review」" in found.remedy


@pytest.mark.parametrize(
    ("condition", "place", "right"),
    [
        ("case.arrived_on &lt; 2026-04-01", "1行20文字目", '@"2026-04-01"'),
        ("case.arrived_on = 令和8年4月1日", "1行20文字目", '@"2026-04-01"'),
        ("case.arrived_on + 30 &lt; today()", "1行18文字目", '@"P30D"'),
        ("case.arrived_on &lt; today", "1行20文字目", "today()"),
        ('IF(review.decision = "ok", true, false)', "1行2文字目", "then"),
        ("review.decision = 承認", "1行20文字目", '"承認"'),
        ("review.decision &lt;> 1", "1行18文字目", "「!=」"),
        ("review.decision = 1", "1行18文字目", '"1"'),
    ],
)
def test_a_miswritten_condition_is_refused_with_place_and_remedy(
    condition: str, place: str, right: str
) -> None:
    found = _found(_gateway(condition))
    assert [one.severity for one in found] == ["error"], found
    assert found[0].element == "back"
    assert place in found[0].problem
    assert right in found[0].remedy


def test_a_form_no_task_uses_is_no_source() -> None:
    body = _gateway('review.decision = "return"').replace('formId="review"', 'formId="notice"')
    assert ["「review」" in one.problem for one in _found(body)] == [True]


@pytest.mark.parametrize(
    "body",
    [
        _script("reviw"),
        models.line(models.service_task("find", "register.find", {"key": "notice.holdr"})),
        _examined('<zeebe:ioMapping><zeebe:output source="=decison" target="said"/></zeebe:ioMapping>'),
        _examined('<zeebe:taskSchedule dueDate="=notice.emial"/>'),
        _examined("|" + LOOP.format(collection="=notice.holders", output="one")),
        _examined("|" + LOOP.format(collection="=[1]", output="on")),
        models.line(
            '<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition>'
            "<bpmn:timeDuration>=notice.emial</bpmn:timeDuration>"
            "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
        ),
        models.line(
            '<bpmn:intermediateCatchEvent id="wait"><bpmn:conditionalEventDefinition>'
            "<bpmn:condition>=notic.email = null</bpmn:condition>"
            "</bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>"
        ),
    ],
    ids=["script", "input", "output", "due", "loop", "loop output", "timer", "condition"],
)  # fmt: skip
def test_every_kind_of_expression_is_looked_at(body: str) -> None:
    assert len(_found(body)) == 1


@pytest.mark.parametrize(
    ("settings", "element", "said"),
    [
        ({"filing": {"title": "=notice.hodler"}}, "filing.title", "「hodler」という項目はありません"),
        ({"filing": {"email": "=notise.email"}}, "filing.email", "「notise」は、この手続のどこからも"),
        ({"facts": [{"label": "期限", "value": "=notice.hodler"}]}, "facts.期限", "「hodler」という項目"),
        ({"retention": {"years": 5, "from": "=notice.hodler"}}, "retention.from", "「hodler」という項目"),
    ],
)  # fmt: skip
def test_the_expressions_of_the_settings_are_looked_at(
    settings: dict[str, Any], element: str, said: str
) -> None:
    if "filing" in settings:
        settings = {"filing": models.SETTINGS["filing"] | settings["filing"]}
    (found,) = _found(models.line(models.user_task("examine")), settings=settings)
    assert (found.file, found.element) == ("procedure.yaml", element)
    assert said in found.problem


def test_what_settings_read_of_registers_and_letters_is_left_alone() -> None:
    settings = {
        "prefill": {"holder": "=permit.holder_name"},
        "ends": {"end": {"headline": "完了", "next": ["=anything.of_the_letter"]}},
    }
    assert _found(models.line(models.user_task("examine")), settings=settings) == []


def test_the_key_of_a_message_is_looked_at_and_its_name_is_a_source() -> None:
    wait = (
        '<bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="paid"/>'
        "</bpmn:intermediateCatchEvent>"
    )
    keyed = MESSAGE.replace(
        "/>",
        '><bpmn:extensionElements><zeebe:subscription correlationKey="=notice.hodler"/>'
        "</bpmn:extensionElements></bpmn:message>",
    )
    body = models.line(wait, models.service_task("find", "register.find", {"key": "paid.amount"}))
    assert [one.element for one in _found(body, extra=keyed)] == ["wait"]
    assert _found(body, extra=keyed.replace("hodler", "holder")) == []


@pytest.mark.parametrize(
    "source",
    [
        "case.number",
        "corrects.first_arrived_on",
        "corrects = null",
        "parameters.fee",
        "count([review.decision, notice.holder])",
        "for v in [1] return v",
        "for review in [{a: 1}] return review.a",
        "[{a: 1}][a = 1]",
        "{a: 1, b: a}",
        "sort([2, 1], function(x, y) x &lt; y)",
        "sum + 1",
        "workdays(today(), 5)",
    ],
)
def test_what_the_engine_or_the_expression_gives_is_known(source: str) -> None:
    assert _found(_script(source)) == []


def test_what_a_mapping_adds_to_the_answers_of_a_form_is_a_field() -> None:
    mapping = '<zeebe:ioMapping><zeebe:output source="=decision" target="review.final"/></zeebe:ioMapping>'
    body = _examined(mapping)
    use = models.service_task("find", "register.find", {"key": "review.final"})
    body = body.replace('<bpmn:endEvent id="end"', use + '<bpmn:endEvent id="end"', 1)
    assert _found(body) == []


def test_what_comes_from_outside_may_be_mapped_under_any_name() -> None:
    task = models.service_task("find", "register.find", {"key": "notice.holder"})
    output = '<zeebe:output source="=data.status" target="status"/>'
    body = models.line(
        task.replace("</zeebe:ioMapping>", output + "</zeebe:ioMapping>"),
        models.service_task("again", "register.find", {"key": "status"}),
    )
    assert output in body and _found(body) == []


def test_every_name_without_a_source_is_told_and_the_first_five_hundred_with_the_one_meant() -> (
    None
):
    """To compare one with all that have a value takes 3 ms: a diagram of 10 MB full of them took minutes."""
    names = [f"reviews{i:03}" for i in range(700)]
    bpmn = models.process(_script(" + ".join(names)), lanes={"examiner": ("examine",)})
    folder = models.folder(bpmn, files={"forms/review.form": CHOICE})
    found = [
        p
        for p in procedure_checks.examine(folder, operations={}).problems
        if "どこからも値が入りません" in p.problem
    ]
    assert len(found) == 700
    assert sum("「review」の誤り" in p.remedy for p in found) == 500
    assert sum("名前を直すか、値を入れる" in p.remedy for p in found) == 200


def test_what_many_elements_see_alike_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A procedure of 10 MB has as many names as elements: copies of all of them for each took half a minute."""
    made: list[Any] = []
    Faults = expression_checks.Faults

    def counted(*args: Any, **more: Any) -> Any:
        made.append(args)
        return Faults(*args, **more)

    monkeypatch.setattr(expression_checks, "Faults", counted)
    mapping = '<zeebe:ioMapping><zeebe:output source="=decision" target="given"/></zeebe:ioMapping>'
    tasks = [models.user_task(f"ask{i}") for i in range(30)]
    body = models.line(*(t.replace("</bpmn:ext", mapping + "</bpmn:ext") for t in tasks))
    assert _found(body) == []
    assert 1 <= len(made) <= 3
