"""Attributes of Camunda 7 and 8, Activiti, Flowable and SpiffWorkflow: honoured, told of, or refused; never silent."""

from __future__ import annotations

import time

import pytest

from engine.bpmn import checks, reader
from engine.bpmn.model import Document, Node
from engine.errors import Problem

ROOT = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:activiti="http://activiti.org/bpmn" xmlns:flowable="http://flowable.org/bpmn"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:maker="http://maker.example/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


def drawn(body: str, *, roots: str = "", start: str = "", process: str = "") -> bytes:
    """start > x > end around one element x."""
    return (
        f'{ROOT}{roots}<process id="p"{process}>\n<startEvent id="s"{start}/>'
        '<sequenceFlow id="f1" sourceRef="s" targetRef="x"/>\n'
        f'{body}\n<sequenceFlow id="f2" sourceRef="x" targetRef="e"/><endEvent id="e"/></process></definitions>'
    ).encode()


def read(body: str, **parts: str) -> Document:
    return reader.read(drawn(body, **parts), file="a.bpmn")


def node(body: str, **parts: str) -> Node:
    """The element x of a file without any problem."""
    document = read(body, **parts)
    assert document.problems == ()
    return document.processes["p"].by_id["x"]


def only(body: str, **parts: str) -> Problem:
    [problem] = read(body, **parts).problems
    assert problem.line is not None
    return problem


def user(attributes: str = "", extensions: str = "") -> str:
    return (
        f'<userTask id="x" name="審査" {attributes}><extensionElements>{extensions}</extensionElements>'
        "</userTask>"
    )


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
            "<camunda:value>= 1 + 1</camunda:value></camunda:list></camunda:inputParameter>"
            '<camunda:inputParameter name="b"><camunda:map><camunda:entry key="k">v</camunda:entry></camunda:map>'
            '</camunda:inputParameter><camunda:inputParameter name="c"/></camunda:inputOutput>'
        )
    )
    assert [line.source.source.strip() for line in x.inputs] == [
        '["x\\"y", ( 1 + 1)]',
        '{"k": "v"}',
        "null",
    ]


def test_a_script_in_an_input_parameter_is_refused() -> None:
    script = (
        '<camunda:inputOutput><camunda:inputParameter name="a"><camunda:script scriptFormat="groovy">1</camunda:script>'
        "</camunda:inputParameter></camunda:inputOutput>"
    )
    assert "スクリプト" in only(user(extensions=script)).problem


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


@pytest.mark.parametrize(
    "attributes",
    [
        'camunda:asyncBefore="true"',
        'camunda:asyncAfter="true"',
        'camunda:exclusive="false"',
        'camunda:jobPriority="3"',
        'camunda:priority="50"',
        'camunda:followUpDate="= today()"',
        'zeebe:modelerTemplate="t"',
        'camunda:somethingNew="1"',
        'maker:colour="1"',
    ],
)
def test_what_only_tunes_another_engine_is_one_warning_per_file(attributes: str) -> None:
    twice = (
        f'<userTask id="x" {attributes}/><userTask id="y" {attributes}/>'
        '<sequenceFlow id="f3" sourceRef="s" targetRef="y"/><sequenceFlow id="f4" sourceRef="y" targetRef="e"/>'
    )
    problem = only(twice)
    assert (problem.element, problem.severity) == ("x", "warning")


def test_settings_of_the_process_itself_are_warnings() -> None:
    problem = only(user(), process=' camunda:historyTimeToLive="180"')
    assert (problem.element, problem.severity) == ("p", "warning")
    assert "retention" in problem.remedy


def test_many_unknown_elements_of_one_kind_are_one_warning() -> None:
    x = "".join(
        f'<task id="{i}"><extensionElements><maker:meta/></extensionElements></task>'
        f'<sequenceFlow id="a{i}" sourceRef="s" targetRef="{i}"/>'
        for i in ("x", "y", "z")
    )
    assert only(x).severity == "warning"


@pytest.mark.parametrize("attributes", ['camunda:candidateUsers="a"', 'camunda:initiator="i"'])
def test_what_says_something_else_than_we_do_is_told_at_every_element(attributes: str) -> None:
    assert only(user(attributes)).severity == "warning"


def test_a_form_of_the_start_event_is_told() -> None:
    problem = only(user(), start=' camunda:formKey="application"')
    assert (problem.element, problem.severity) == ("s", "warning")


@pytest.mark.parametrize(
    "extensions",
    [
        '<camunda:taskListener event="create" class="a.B"/>',
        '<camunda:executionListener event="start" class="a.B"/>',
        "<camunda:connector/>",
        '<camunda:errorEventDefinition errorRef="e"/>',
        "<camunda:formData/>",
        '<activiti:formProperty id="a"/>',
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="a"/></zeebe:executionListeners>',
        '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="a"/></zeebe:taskListeners>',
        '<zeebe:formDefinition externalReference="https://example.jp/"/>',
    ],
)
def test_what_would_change_a_user_task_is_refused(extensions: str) -> None:
    problem = only(user(extensions=extensions))
    assert (problem.element, problem.name, problem.severity) == ("x", "審査", "error")


def test_listeners_of_flows_and_processes_are_found_too() -> None:
    listener = '<extensionElements><camunda:executionListener class="a.B"/></extensionElements>'
    body = (
        f'{listener}<task id="x"/><task id="y"/><sequenceFlow id="f3" sourceRef="x" targetRef="y">'
        f'{listener}</sequenceFlow><sequenceFlow id="f4" sourceRef="y" targetRef="e"/>'
    )
    assert [(p.element, p.severity) for p in read(body).problems] == [
        ("p", "error"),
        ("f3", "error"),
    ]


@pytest.mark.parametrize(
    "attributes",
    [
        'camunda:formHandlerClass="a"',
        'flowable:skipExpression="${a}"',
    ],
)
def test_attributes_that_change_the_course_are_refused(attributes: str) -> None:
    assert only(user(attributes)).severity == "error"


@pytest.mark.parametrize(
    ("extensions", "severity", "said"),
    [
        ("<spiffworkflow:preScript>a = b == 'x'</spiffworkflow:preScript>", "error", '「= b = "x"」'),
        ("<spiffworkflow:postScript>del a</spiffworkflow:postScript>", "error", "出力マッピング"),
        (
            "<spiffworkflow:properties><spiffworkflow:property name='formJsonSchemaFilename' value='ask-schema.json'/>"
            "</spiffworkflow:properties>",
            "error",
            "forms/ask.form",
        ),
        (
            "<spiffworkflow:instructionsForEndUser>hello</spiffworkflow:instructionsForEndUser>",
            "warning",
            "フォーム",
        ),
        ("<spiffworkflow:calledDecisionId>fee</spiffworkflow:calledDecisionId>", "error", 'decisionId="fee"'),
        ("<spiffworkflow:unitTests/>", "warning", "scenarios"),
    ],
)  # fmt: skip
def test_spiffworkflow_says_what_to_write_instead(
    extensions: str, severity: str, said: str
) -> None:
    problem = only(user(extensions=extensions))
    assert problem.severity == severity
    assert said in problem.remedy


def test_a_spiffworkflow_service_task_says_which_operation_and_result_to_write() -> None:
    operator = '<spiffworkflow:serviceTaskOperator id="http/Get" resultVariable="answer"/>'
    body = f'<serviceTask id="x"><extensionElements>{operator}</extensionElements></serviceTask>'
    said = [p for p in read(body).problems if "http/Get" in p.problem]
    assert [p.severity for p in said] == ["error"]
    assert "answer" in said[0].remedy


def test_a_python_script_of_one_assignment_is_refused_with_its_feel() -> None:
    problem = only(
        '<scriptTask id="x"><script>total = len(rows) if rows else 0</script></scriptTask>'
    )
    assert 'expression="= if rows then count(rows) else 0"' in problem.remedy
    assert 'resultVariable="total"' in problem.remedy


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("${a ? 'x' : 'y'}", '= if a then "x" else "y"'),
        ("${a eq 'x' and b gt 3}", '= a = "x" and b > 3'),
        ("${not empty rows}", "= not(is empty(rows))"),
        ("${empty rows}", "= is empty(rows)"),
        ("${!empty rows || b}", "= not(is empty(rows)) or b"),
        ("${a div 2 == 1}", "= a / 2 = 1"),
        ("not a and b", "= not(a) and b"),
        ("${rows.size() > 1}", "= count(rows) > 1"),
        ("${execution.getVariable('a')}", "= a"),
        ("bpmn:getDataObject('a')", "= a"),
        ("len(rows) > 1", "= count(rows) > 1"),
        ("row['a'] == 1", "= row.a = 1"),
        ('row.get("a") == 1', "= row.a = 1"),
        ("a is None", "= a = null"),
        ("a in ['x', 'y']", '= a in ["x", "y"]'),
        ("${bean.find(a)}", "FEELの式に書き直してください"),
        ("${find(a).first()}", "FEELの式に書き直してください"),
        ("${find(a)}", "FEELの式に書き直してください"),
        ("${a mod 2 == 0}", "FEELの式に書き直してください"),
        ("${a instanceof B}", "FEELの式に書き直してください"),
        ("not a == b", "FEELの式に書き直してください"),
        ("a // b == 2", "FEELの式に書き直してください"),
        ("${a} and ${b}", "FEELの式に書き直してください"),
        ("#{a}-#{b}", "FEELの式に書き直してください"),
    ],
)
def test_what_java_and_python_say_is_refused_with_the_feel_that_says_the_same(
    source: str, said: str
) -> None:
    marker = f"<standardLoopCharacteristics><loopCondition>{source.replace('>', '&gt;')}</loopCondition></standardLoopCharacteristics>"
    problem = only(f'<task id="x">{marker}</task>')
    assert problem.severity == "error"
    assert said in problem.remedy


def test_an_expression_of_java_is_refused_wherever_a_text_stands() -> None:
    for body in (
        user('camunda:assignee="#{boss}"'),
        user('camunda:candidateGroups="a-#{b}"'),
        '<intermediateCatchEvent id="x"><timerEventDefinition><timeDuration>#{wait}</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<callActivity id="x" calledElement="${other}"/>',
    ):
        assert only(body).severity == "error"


def test_assignments_of_data_and_people_in_bpmn_itself_are_told_once() -> None:
    body = (
        '<userTask id="x"><ioSpecification/><dataInputAssociation><assignment><from>1</from><to>a</to></assignment>'
        "</dataInputAssociation><potentialOwner/><humanPerformer/></userTask>"
    )
    found = read(body).problems
    assert [(p.element, p.severity) for p in found] == [("x", "warning"), ("x", "warning")]


def test_of_what_hangs_together_only_the_beginning_is_told_to_be_unreachable() -> None:
    lost = "".join(
        f'<task id="l{i}"/><sequenceFlow id="k{i}" sourceRef="l{i}" targetRef="l{i + 1}"/>'
        for i in range(3)
    )
    ring = (
        '<task id="r1"/><task id="r2"/><sequenceFlow id="r3" sourceRef="r1" targetRef="r2"/>'
        '<sequenceFlow id="r4" sourceRef="r2" targetRef="r1"/>'
    )
    document = read(f'{lost}<task id="l3"/>{ring}<task id="x"/>')
    assert [p.element for p in checks.check(document)] == ["l0", "r1"]


def test_a_process_without_a_start_event_is_one_problem() -> None:
    xml = (
        f'{ROOT}<process id="p"><task id="a"/><task id="b"/>'
        '<sequenceFlow id="f" sourceRef="a" targetRef="b"/></process></definitions>'
    )
    document = reader.read(xml.encode(), file="a.bpmn")
    found = [*document.problems, *checks.check(document)]
    assert [p.problem for p in found] == ["開始イベントがありません。"]


@pytest.mark.parametrize("prefix", ["", "bpmn:", "semantic:", "ns0:"])
def test_two_pools_with_message_flows_are_read_each_by_itself(prefix: str) -> None:
    def pool(name: str) -> str:
        return (
            f'<{prefix}process id="{name}"><{prefix}startEvent id="{name}s"/><{prefix}task id="{name}t"/>'
            f'<{prefix}endEvent id="{name}e"/><{prefix}sequenceFlow id="{name}1" sourceRef="{name}s" targetRef="{name}t"/>'
            f'<{prefix}sequenceFlow id="{name}2" sourceRef="{name}t" targetRef="{name}e"/></{prefix}process>'
        )

    space = f"xmlns:{prefix.rstrip(':')}" if prefix else "xmlns"
    xml = (
        f'<{prefix}definitions {space}="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<{prefix}collaboration id="c"><{prefix}participant id="pa" processRef="a"/>'
        f'<{prefix}participant id="pb" processRef="b"/><{prefix}participant id="black"/>'
        f'<{prefix}messageFlow id="m1" sourceRef="at" targetRef="pb"/>'
        f'<{prefix}messageFlow id="m2" sourceRef="black" targetRef="bt"/></{prefix}collaboration>'
        f"{pool('a')}{pool('b')}</{prefix}definitions>"
    )
    document = reader.read(xml.encode(), file="a.bpmn")
    assert document.problems == ()
    assert list(document.processes) == ["a", "b"]


def test_many_parallel_gateways_whose_branches_write_one_variable_are_checked_in_time() -> None:
    """A search from every gateway took 10 s of CPU for this model; the limit is generous to slow machines."""
    rounds = 1_500
    body = "".join(
        f'<parallelGateway id="g{i}"/><parallelGateway id="j{i}"/>'
        f'<userTask id="l{i}" camunda:formKey="a"/><userTask id="r{i}" camunda:formKey="a"/>'
        + "".join(
            f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>'
            for a, b in (
                (f"g{i}", f"l{i}"),
                (f"g{i}", f"r{i}"),
                (f"l{i}", f"j{i}"),
                (f"r{i}", f"j{i}"),
                (f"j{i}", f"g{i + 1}" if i + 1 < rounds else "x"),
            )
        )
        for i in range(rounds)
    )
    xml = drawn(f'{body}<task id="x"/>').decode().replace('targetRef="x"', 'targetRef="g0"', 1)
    document = reader.read(xml.encode(), file="a.bpmn")
    assert document.problems == ()
    begun = time.process_time()
    found = checks.check(document)
    assert time.process_time() - begun < 3
    assert [p.element for p in found] == [f"r{i}" for i in range(rounds)]


def test_a_file_of_flowable_means_the_same_in_any_encoding() -> None:
    xml = drawn('<userTask id="x" flowable:formKey="review"/>').decode()
    for encoding in ("utf-16-le", "utf-16-be"):
        encoded = f'\ufeff<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode(encoding)
        document = reader.read(encoded, file="a.bpmn")
        assert document.problems == ()
        assert document.processes["p"].by_id["x"].form == "review"


@pytest.mark.parametrize("name", ["Shift_JIS", "Windows-31J", "MS932", "x-sjis"])
def test_shift_jis_is_read_as_machines_in_japan_write_it(name: str) -> None:
    xml = drawn('<task id="x" name="①髙橋～"/>').decode()
    encoded = f'<?xml version="1.0" encoding="{name}"?>{xml}'.encode("cp932")
    document = reader.read(encoded, file="a.bpmn")
    assert document.problems == ()
    assert document.processes["p"].by_id["x"].name == "①髙橋～"


def test_a_file_in_another_encoding_than_it_says_is_told_so() -> None:
    for xml in (
        drawn('<task id="x" name="受付"/>').decode().encode("cp932"),
        b'<?xml version="1.0" encoding="klingon"?>' + drawn('<task id="x"/>'),
    ):
        [problem] = reader.read(xml, file="a.bpmn").problems
        assert "文字コード" in problem.problem
        assert "UTF-8" in problem.remedy


def test_other_encodings_are_read() -> None:
    xml = drawn('<task id="x" name="受付"/>').decode()
    utf16 = f'<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode("utf-16")
    sjis = f'<?xml version="1.0" encoding="Shift_JIS"?>{xml}'.encode("shift_jis")
    for encoded in (utf16, sjis, b"\xef\xbb\xbf" + xml.encode()):
        document = reader.read(encoded, file="a.bpmn")
        assert document.processes["p"].by_id["x"].name == "受付"


def test_the_correlation_of_bpmn_is_told_of() -> None:
    roots = (
        '<message id="m" name="m"/><collaboration id="c"><correlationKey id="ck"/></collaboration>'
    )
    body = '<correlationSubscription id="cs" correlationKeyRef="ck"/><receiveTask id="x" messageRef="m"/>'
    found = read(body, roots=roots).problems
    assert [(p.severity, "correlationKey" in p.remedy) for p in found] == [("warning", True)] * 2


@pytest.mark.parametrize("language", ["groovy", "http://www.java.com/java", "juel"])
@pytest.mark.parametrize(
    "body",
    [
        '<userTask id="x"><standardLoopCharacteristics><loopCondition {}>a = 1</loopCondition>'
        "</standardLoopCharacteristics></userTask>",
        '<userTask id="x"><multiInstanceLoopCharacteristics><loopCardinality {}>a</loopCardinality>'
        "</multiInstanceLoopCharacteristics></userTask>",
        '<userTask id="x"><multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality>'
        "<completionCondition {}>a = 1</completionCondition></multiInstanceLoopCharacteristics></userTask>",
        '<intermediateCatchEvent id="x"><conditionalEventDefinition><condition {}>a = 1</condition>'
        "</conditionalEventDefinition></intermediateCatchEvent>",
        '<adHocSubProcess id="x"><task id="y"/><completionCondition {}>a = 1</completionCondition>'
        "</adHocSubProcess>",
        '<userTask id="x"/><sequenceFlow id="f3" sourceRef="x" targetRef="x">'
        "<conditionExpression {}>a = 1</conditionExpression></sequenceFlow>",
    ],
)
def test_an_expression_that_says_it_is_of_another_language_is_refused(
    body: str, language: str
) -> None:
    problem = only(body.format(f'language="{language}"'))
    assert problem.severity == "error"
    assert language in problem.problem
    assert read(body.format('language="feel"')).problems == ()
    assert (
        read(body.format('language="https://www.omg.org/spec/DMN/20191111/FEEL/"')).problems == ()
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (user(extensions='<zeebe:assignmentDefinition candidateUsers="a"/>'), "candidateUsers"),
        (user(extensions='<zeebe:taskSchedule followUpDate="P1D"/>'), "followUpDate"),
        (user(extensions='<zeebe:formDefinition formId="f" versionTag="1"/>'), "versionTag"),
        (
            '<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="a.b" other="1"/>'
            "</extensionElements></serviceTask>",
            "other",
        ),
    ],
)
def test_what_an_element_of_zeebe_says_beside_what_is_read_is_told(body: str, said: str) -> None:
    problem = only(body)
    assert (problem.element, problem.severity) == ("x", "warning")
    assert said in problem.problem


def test_results_of_an_ad_hoc_subprocess_of_zeebe_are_refused() -> None:
    body = (
        '<adHocSubProcess id="x"><extensionElements><zeebe:adHoc outputCollection="all"'
        ' outputElement="= 1"/></extensionElements><task id="y"/></adHocSubProcess>'
    )
    assert {(p.severity, p.element) for p in read(body).problems} == {("error", "x")}


def test_a_decision_of_another_version_is_refused() -> None:
    body = (
        '<businessRuleTask id="x"><extensionElements><zeebe:calledDecision decisionId="d"'
        ' resultVariable="r" bindingType="{}"/></extensionElements></businessRuleTask>'
    )
    assert read(body.format("deployment")).problems == ()
    assert only(body.format("latest")).severity == "warning"
    assert only(body.format("versionTag")).severity == "error"
