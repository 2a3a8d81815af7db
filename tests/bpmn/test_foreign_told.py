"""What other makers write and we do not run as they do: told of once, or refused with what to write; never silent."""

from __future__ import annotations

import pytest

from tests.bpmn.foreign import only, read, user


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


def test_a_field_of_foreign_code_is_told_with_where_values_go() -> None:
    field = '<camunda:field name="to"><camunda:string>a</camunda:string></camunda:field>'
    problem = only(user(extensions=field))
    assert (problem.severity, "camunda:field" in problem.problem) == ("warning", True)
    assert "入力マッピング" in problem.remedy


def test_the_filter_of_a_condition_is_told_as_what_changes_when_it_is_asked() -> None:
    problem = only(user(extensions='<zeebe:conditionalFilter variableNames="a"/>'))
    assert problem.severity == "warning"
    assert "動作は変わりません" not in problem.problem
    assert "条件が読む変数が変わるたびに" in problem.remedy


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("procedrue", "procedure"),
        ("batchh", "batch"),
        ("correction_off", "correction_of"),
        ("oneperkey", "onePerKey"),
    ],
)
def test_a_misspelled_property_is_told_with_the_name_that_is_meant(name: str, meant: str) -> None:
    said = f'<zeebe:properties><zeebe:property name="{name}" value="x"/></zeebe:properties>'
    problem = only(user(extensions=said))
    assert (problem.element, problem.severity) == ("x", "warning")
    assert f"「{name}」" in problem.problem and f"「{meant}」" in problem.remedy


@pytest.mark.parametrize("name", ["status", "branch", "note_of_the_office", "batch", "担当"])
def test_another_property_is_data_of_the_model_and_silent(name: str) -> None:
    said = f'<camunda:properties><camunda:property name="{name}" value="x"/></camunda:properties>'
    assert read(user(extensions=said)).problems == ()
