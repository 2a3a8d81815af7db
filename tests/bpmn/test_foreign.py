"""Attributes of Camunda 7 and 8, Activiti and Flowable that are honoured: what they mean there they mean here."""

from __future__ import annotations

import pytest

from engine.bpmn import reader
from tests.bpmn.foreign import drawn, node, only, read, user


def test_a_camunda_7_user_task_keeps_form_people_and_due_date() -> None:
    x = node(
        user(
            'camunda:formKey="review" camunda:assignee="sato" camunda:candidateGroups="a,b"'
            ' camunda:dueDate="= today()"'
        )
    )
    assert (x.form, x.work.assignee, x.work.groups) == ("review", "sato", "a,b")
    assert not isinstance(x.work.due, str | None)


def test_a_camunda_8_user_task_keeps_form_people_and_due_date() -> None:
    x = node(
        user(
            extensions='<zeebe:userTask/><zeebe:formDefinition formId="review"/>'
            '<zeebe:assignmentDefinition assignee="sato" candidateGroups="a"/>'
            '<zeebe:taskSchedule dueDate="= today()"/>'
        )
    )
    assert (x.form, x.work.assignee, x.work.groups) == ("review", "sato", "a")


@pytest.mark.parametrize(("no", "yes"), [("0", "1"), ("false", "true")])
def test_a_boolean_may_be_written_as_a_digit(no: str, yes: str) -> None:
    body = (
        f'<userTask id="x"><multiInstanceLoopCharacteristics isSequential="{yes}">'
        "<loopCardinality>=2</loopCardinality></multiInstanceLoopCharacteristics></userTask>"
        f'<boundaryEvent id="b" attachedToRef="x" cancelActivity="{no}"><timerEventDefinition>'
        "<timeDuration>P1D</timeDuration></timerEventDefinition></boundaryEvent>"
        '<sequenceFlow id="f3" sourceRef="b" targetRef="e"/>'
    )
    found = node(body)
    assert found.loop is not None and found.loop.sequential
    assert read(body).processes["p"].by_id["b"].interrupting is False


@pytest.mark.parametrize("maker", ["activiti", "flowable"])
def test_activiti_and_flowable_mean_what_camunda_7_means(maker: str) -> None:
    assert node(user(f'{maker}:formKey="review"')).form == "review"
    assert only(user(f'{maker}:assignee="${{boss}}"')).remedy == "「= boss」と書いてください。"
    listener = f'<{maker}:taskListener event="create" class="a.B"/>'
    assert only(user(extensions=listener)).severity == "error"


def test_a_form_file_beside_the_model_is_the_form_of_that_name() -> None:
    assert node(user('camunda:formKey="camunda-forms:deployment:review.form"')).form == "review"


@pytest.mark.parametrize(
    "form",
    [
        'camunda:formKey="embedded:app:forms/a.html"',
        'camunda:formKey="app:a.jsf"',
        'camunda:formKey="${form}"',
        'camunda:formRef="= form"',
    ],
)
def test_a_form_of_another_product_or_computed_is_refused(form: str) -> None:
    assert only(user(form)).severity == "error"


@pytest.mark.parametrize(
    "body",
    [
        '<serviceTask id="x" camunda:type="external" camunda:topic="charge" />',
        '<serviceTask id="x" flowable:type="external-worker" flowable:topic="charge" />',
        '<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="charge" /></extensionElements></serviceTask>',
        '<sendTask id="x" camunda:type="external" camunda:topic="charge" />',
    ],
)
def test_a_job_type_or_topic_stands_for_the_operation_it_is_mapped_to(body: str) -> None:
    document = reader.read(drawn(body), file="a.bpmn", operations={"charge": "payments.request"})
    assert document.problems == ()
    assert document.processes["p"].by_id["x"].operation == "payments.request"
    assert node(body).operation == "charge"


@pytest.mark.parametrize(
    "body",
    [
        '<serviceTask id="x" camunda:class="a.B" />',
        '<serviceTask id="x" camunda:delegateExpression="${b}" />',
        '<serviceTask id="x" camunda:expression="${b.run()}" />',
        '<serviceTask id="x" activiti:class="a.B" />',
        '<serviceTask id="x" camunda:type="mail" />',
        '<serviceTask id="x" flowable:type="http" />',
    ],
)
def test_foreign_code_is_refused(body: str) -> None:
    assert only(body).severity == "error"
    assert "アダプター.操作" in only(body).remedy


def test_lists_and_maps_of_an_input_parameter_are_values() -> None:
    x = node(
        user(
            extensions='<camunda:inputOutput><camunda:inputParameter name="a"><camunda:list><camunda:value>x"y</camunda:value>'
            "<camunda:value>= 1 + 1</camunda:value><camunda:list><camunda:value>z</camunda:value></camunda:list>"
            "</camunda:list></camunda:inputParameter>"
            '<camunda:inputParameter name="b"><camunda:map><camunda:entry key="k">v</camunda:entry></camunda:map>'
            '</camunda:inputParameter><camunda:inputParameter name="c"/></camunda:inputOutput>'
        )
    )
    assert [line.source.source.strip() for line in x.inputs] == [
        '["x\\"y", ( 1 + 1), ["z"]]',
        '{"k": "v"}',
        "null",
    ]


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        "<camunda:list><camunda:value>1</camunda:value>{}</camunda:list>",
        "<camunda:list><camunda:list>{}</camunda:list></camunda:list>",
        '<camunda:map><camunda:entry key="k">{}</camunda:entry></camunda:map>',
        '<camunda:map><camunda:entry key="k"><camunda:list>{}</camunda:list></camunda:entry></camunda:map>',
    ],
)
def test_a_script_in_an_input_parameter_is_refused(value: str) -> None:
    script = value.format('<camunda:script scriptFormat="groovy">1 + 1</camunda:script>')
    parameter = f'<camunda:inputParameter name="a">{script}</camunda:inputParameter>'
    problem = only(user(extensions=f"<camunda:inputOutput>{parameter}</camunda:inputOutput>"))
    assert problem.severity == "error"
    assert "変数の受渡し「a」にスクリプト" in problem.problem


def call(lines: str) -> str:
    return f'<callActivity id="x" calledElement="p"><extensionElements>{lines}</extensionElements></callActivity>'


def test_camunda_7_hands_a_called_process_what_is_listed_and_nothing_else() -> None:
    x = node(call('<camunda:in source="a" target="b"/><camunda:out source="c" target="d"/>'))
    assert [line.target for line in (*x.inputs, *x.outputs)] == [("b",), ("d",)]
    assert (x.work.see_all, x.work.give_all) == (False, False)
    x = node(call('<camunda:in variables="all"/>'))
    assert (x.work.see_all, x.work.give_all) == (True, False)
    x = node(call('<camunda:out variables="all"/>'))
    assert (x.work.see_all, x.work.give_all) == (False, True)


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        ('<camunda:in businessKey="#{execution.processBusinessKey}"/>', "warning"),
        ('<camunda:in target="b"/>', "error"),
        ('<camunda:in sourceExpression="${a + 1}" target="b"/>', "error"),
        ('<camunda:out variables="all"/><camunda:out source="a" target="b"/>', "error"),
    ],
)
def test_what_cannot_be_handed_over_is_told(lines: str, severity: str) -> None:
    assert only(call(lines)).severity == severity


def test_variables_handed_to_something_else_than_a_call_are_refused() -> None:
    signal = (
        '<intermediateThrowEvent id="x"><signalEventDefinition signalRef="g"><extensionElements>'
        '<camunda:in source="a" target="b"/></extensionElements></signalEventDefinition></intermediateThrowEvent>'
    )
    assert only(signal, roots='<signal id="g" name="g"/>').severity == "error"


def test_a_list_and_its_item_are_found_under_every_name_makers_give_them() -> None:
    for marker in (
        '<multiInstanceLoopCharacteristics camunda:collection="rows" camunda:elementVariable="row"/>',
        "<multiInstanceLoopCharacteristics><loopDataInputRef>rows</loopDataInputRef>"
        '<inputDataItem id="row"/></multiInstanceLoopCharacteristics>',
        '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="= rows"'
        ' inputElement="row"/></extensionElements></multiInstanceLoopCharacteristics>',
    ):
        loop = node(f'<task id="x">{marker}</task>').loop
        assert loop is not None
        assert loop.collection is not None
        assert loop.element == "row"


@pytest.mark.parametrize(
    "attributes", ['behavior="One"', 'camunda:elementIndexVariable="i" behavior="All"']
)
def test_what_a_multi_instance_cannot_do_is_refused(attributes: str) -> None:
    marker = f'<multiInstanceLoopCharacteristics {attributes} camunda:collection="rows"/>'
    assert only(f'<task id="x">{marker}</task>').severity == "error"


def rule(attributes: str) -> str:
    return f'<businessRuleTask id="x" camunda:decisionRef="d" camunda:resultVariable="r" {attributes}/>'


def test_a_decision_gives_its_plain_result_and_says_so_where_camunda_7_wraps_it() -> None:
    assert node(rule('camunda:mapDecisionResult="singleEntry"')).decision == "d"
    assert node(rule('camunda:mapDecisionResult="collectEntries"')).work.result == "r"
    for wrapped in ("", 'camunda:mapDecisionResult="singleResult"'):
        assert only(rule(wrapped)).severity == "warning"
    single = 'camunda:mapDecisionResult="singleEntry"'
    assert only(rule(f'{single} camunda:decisionRefBinding="latest"')).severity == "warning"
    assert only(rule(f'{single} camunda:decisionRefBinding="version"')).severity == "error"


def test_the_code_of_a_caught_error_goes_into_the_variable_camunda_7_names() -> None:
    body = (
        '<serviceTask id="x" camunda:type="external" camunda:topic="t"/>'
        '<boundaryEvent id="b" attachedToRef="x"><errorEventDefinition camunda:errorCodeVariable="code"/></boundaryEvent><sequenceFlow id="f3" sourceRef="b" targetRef="e"/>'
    )
    document = read(body)
    assert document.problems == ()
    [line] = document.processes["p"].by_id["b"].outputs
    assert (line.source.source.strip("= "), line.target) == ("error.code", ("code",))


def test_the_key_of_a_sent_message_may_stand_at_the_event() -> None:
    body = (
        '<intermediateThrowEvent id="x"><extensionElements><zeebe:publishMessage correlationKey="= key" {}/>'
        '</extensionElements><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
    )
    roots = '<message id="m" name="m"/>'
    assert node(body.format(""), roots=roots).event.key is not None
    assert only(body.format('messageId="= 1"'), roots=roots).severity == "error"
