"""Files from strangers: read, or refused with element, line and remedy; never an exception."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from engine.bpmn import checks, reader
from engine.bpmn.expressions import feel_of
from engine.bpmn.model import BEGIN_CASE
from engine.errors import Problem
from engine.safe_xml import Limits
from tests.kernel.drawing import (
    Item,
    again,
    boundary,
    catch,
    end,
    error,
    file,
    gateway,
    many,
    message,
    one,
    process,
    signal,
    start,
    sub,
    task,
    throw,
    timer,
    user,
)
from tests.support.shapes import with_shapes

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def problems(xml: bytes) -> list[Problem]:
    document = reader.read(xml, file="a.bpmn")
    return [*document.problems, *checks.check(document)]


def errors_of(xml: bytes) -> list[Problem]:
    return [p for p in problems(xml) if p.severity == "error"]


def around(body: str, *, roots: str = "") -> bytes:
    """start > x > end around one element x."""
    return with_shapes(
        f'<definitions xmlns="{BPMN}" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
        f'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0">{roots}<process id="p">\n'
        '<startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="x"/>\n'
        f'{body}\n<sequenceFlow id="f2" sourceRef="x" targetRef="e"/><endEvent id="e"/></process></definitions>'
    ).encode()


def condition(source: str) -> bytes:
    """start > gateway x > end, by this condition."""
    xml = around(
        '<exclusiveGateway id="x" default="f3"/><sequenceFlow id="f3" sourceRef="x" targetRef="e"/>'
    )
    said = (
        f"<conditionExpression><![CDATA[{source}]]></conditionExpression></sequenceFlow><endEvent"
    )
    return xml.replace(b"/><endEvent", b">" + said.encode())


def script(source: str) -> bytes:
    return around(
        f'<scriptTask id="x" scriptFormat="python"><script>{source}</script></scriptTask>'
    )


LONG = 100_000


@pytest.mark.parametrize(
    "xml",
    [
        condition('= x = "' + '\\"' * LONG),
        condition("x == 1 " + "if a " * LONG),
        condition("x == " + "a." * LONG),
        condition("x == 1" + " " * LONG + "y"),
        condition("x == 1 && " + "a." * LONG + "b (x"),
        script("a = x" + " " * LONG + "x"),
        script("a = b == 1\n" * LONG),
    ],
    ids=["open string", "ifs", "path", "spaces", "method", "script line", "script lines"],
)
def test_a_long_expression_of_another_language_is_refused_at_once(xml: bytes) -> None:
    began = time.process_time()
    [problem] = errors_of(xml)
    assert time.process_time() - began < 3
    assert problem.element in ("x", "f2")
    assert problem.remedy


@pytest.mark.parametrize("number", ["9" * 5000, "²", "-1"])
@pytest.mark.parametrize(
    "body",
    [
        '<userTask id="x"><standardLoopCharacteristics loopMaximum="{}"/></userTask>',
        '<serviceTask id="x"><extensionElements><zeebe:taskDefinition type="a.b" retries="{}"/>'
        "</extensionElements></serviceTask>",
        '<intermediateCatchEvent id="x"><timerEventDefinition><timeDuration>P{}D</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<receiveTask id="x" messageRef="m"/><boundaryEvent id="b" attachedToRef="x" cancelActivity="false">'
        "<timerEventDefinition><timeCycle>R{}/P1D</timeCycle></timerEventDefinition></boundaryEvent>"
        '<sequenceFlow id="f3" sourceRef="b" targetRef="e"/>',
    ],
    ids=["loop", "retries", "duration", "cycle"],
)
def test_a_number_that_cannot_be_is_a_problem_at_its_element(body: str, number: str) -> None:
    found = errors_of(around(body.format(number), roots='<message id="m" name="m"/>'))
    assert found
    assert {p.element for p in found} <= {"x", "b"}


def test_an_entity_bomb_is_refused_and_never_expanded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12)
    )
    xml = f'{bomb}]><definitions xmlns="{BPMN}"><process id="p" name="&m;"/></definitions>'
    [problem] = problems(xml.encode())
    assert problem.severity == "error"
    assert problem.remedy


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"not xml",
        b"<a",
        b"\x00\xff\xfe",
        b"<a/>",
        b'<definitions xmlns="http://elsewhere"/>',
        f'<definitions xmlns="{BPMN}"/>'.encode(),
        f'<!DOCTYPE a SYSTEM "file:///etc/passwd"><definitions xmlns="{BPMN}"/>'.encode(),
        ("<a>" * 5000 + "</a>" * 5000).encode(),
    ],
)
def test_what_is_no_bpmn_is_one_clear_problem(xml: bytes) -> None:
    [problem] = problems(xml)
    assert (problem.file, problem.severity) == ("a.bpmn", "error")
    assert problem.remedy


def nested(levels: int) -> bytes:
    """So many subprocesses in each other, with nothing in the innermost."""
    inside = "".join(f'<subProcess id="b{i}"><startEvent id="s{i}"/>' for i in range(levels))
    text = f'<definitions xmlns="{BPMN}"><process id="p"><startEvent id="s"/>{inside}'
    return (text + "</subProcess>" * levels + "</process></definitions>").encode()


def test_subprocesses_nest_300_deep_and_deeper_than_the_limit_is_one_clear_problem() -> None:
    document = reader.read(with_shapes(nested(300).decode()).encode(), file="a.bpmn")
    assert not document.problems
    assert len(document.processes["p"].nodes) == 601
    for levels in (399, 3000):
        [problem] = problems(nested(levels))
        assert "400段" in problem.problem
        assert problem.remedy


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_of_a_deep_file_are_refused_in_any_encoding(encoding: str) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]>' + nested(300).decode()
    [problem] = problems(bomb.replace('id="p"', 'id="&b;"').encode(encoding))
    assert "DOCTYPE" in problem.problem


def test_a_deep_file_that_is_cut_off_is_refused() -> None:
    [problem] = problems(nested(300)[:-20])
    assert "途中で切れている" in problem.problem


def test_a_file_beyond_the_size_limit_is_refused() -> None:
    document = reader.read(b"<a>" + b" " * 2000 + b"</a>", file="a", limits=Limits(size_bytes=1000))
    assert "1,000" in document.problems[0].problem


def test_any_prefix_and_nested_lanes_are_fine() -> None:
    xml = f"""<semantic:definitions xmlns:semantic="{BPMN}"><semantic:collaboration id="c">
      <semantic:participant id="pool" processRef="p"/><semantic:participant id="black"/>
      </semantic:collaboration><semantic:process id="p"><semantic:laneSet><semantic:lane id="office">
      <semantic:flowNodeRef>s</semantic:flowNodeRef><semantic:flowNodeRef>u</semantic:flowNodeRef>
      <semantic:childLaneSet><semantic:lane id="chief"><semantic:flowNodeRef>u</semantic:flowNodeRef>
      </semantic:lane></semantic:childLaneSet></semantic:lane></semantic:laneSet>
      <semantic:startEvent id="s"/><semantic:sequenceFlow id="f" sourceRef="s" targetRef="u"/>
      <semantic:userTask id="u"/></semantic:process></semantic:definitions>"""
    document = reader.read(with_shapes(xml).encode(), file="a.bpmn")
    assert not document.problems
    found = document.processes["p"]
    assert (found.by_id["s"].lane, found.by_id["u"].lane) == ("office", "chief")
    assert found.lanes["chief"].parent == "office"


def test_lanes_inside_a_subprocess_hold_what_stands_in_it() -> None:
    xml = f"""<definitions xmlns="{BPMN}"><process id="p"><laneSet><lane id="office">
      <flowNodeRef>b</flowNodeRef></lane></laneSet><startEvent id="s"/>
      <sequenceFlow id="f" sourceRef="s" targetRef="b"/><subProcess id="b"><laneSet><lane id="chief">
      <flowNodeRef>u</flowNodeRef></lane></laneSet><startEvent id="t"/>
      <sequenceFlow id="g" sourceRef="t" targetRef="u"/><userTask id="u"/></subProcess></process></definitions>"""
    document = reader.read(with_shapes(xml).encode(), file="a.bpmn")
    assert not document.problems
    found = document.processes["p"]
    assert [found.by_id[node].lane for node in ("b", "t", "u")] == ["office", "office", "chief"]


def test_what_a_boundary_event_and_an_association_name_may_have_a_prefix() -> None:
    xml = f"""<definitions xmlns="{BPMN}" xmlns:tns="urn:x" targetNamespace="urn:x"><process id="p">
      <startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="u"/><userTask id="u"/>
      <boundaryEvent id="b" attachedToRef="tns:u"><compensateEventDefinition/></boundaryEvent>
      <task id="undo" isForCompensation="true"/>
      <association id="a" sourceRef="tns:b" targetRef="tns:undo"/></process></definitions>"""
    document = reader.read(with_shapes(xml).encode(), file="a.bpmn")
    assert not document.problems
    found = document.processes["p"]
    assert found.by_id["u"].compensation == found.by_id["undo"].index


@pytest.mark.parametrize(
    "namespace",
    ["http://schema.omg.org/spec/BPMN/2.0", "http://www.omg.org/spec/CMMN/20151109/MODEL"],
)
def test_a_file_of_another_standard_or_version_names_its_namespace(namespace: str) -> None:
    [problem] = problems(f'<definitions xmlns="{namespace}"/>'.encode())
    assert namespace in problem.problem
    assert BPMN in problem.remedy


@pytest.mark.parametrize(
    "body",
    [
        '<complexGateway id="x"/>',
        '<transaction id="x"/>',
        '<transaction id="x"><startEvent id="y"/><multiInstanceLoopCharacteristics><loopCardinality>2'
        "</loopCardinality></multiInstanceLoopCharacteristics></transaction>",
        '<transaction id="x"><startEvent id="y"/><standardLoopCharacteristics loopMaximum="2"/></transaction>',
        '<adHocSubProcess id="x"/>',
        '<adHocSubProcess id="x"><startEvent id="y"/><task id="z"/></adHocSubProcess>',
        '<callChoreography id="x"><incoming>f1</incoming></callChoreography>',
        '<task id="x" isForCompensation="true"/>',
        '<task id="x"><standardLoopCharacteristics/></task>',
        '<task id="x"><standardLoopCharacteristics loopMaximum="0"/></task>',
        '<task id="x"><multiInstanceLoopCharacteristics/></task>',
        '<userTask id="x" camunda:dueDate="soon"/>',
        '<serviceTask id="x"/>',
        '<serviceTask id="x" camunda:class="a.B"/>',
        '<serviceTask id="x" camunda:delegateExpression="${b}"/>',
        '<scriptTask id="x" scriptFormat="javascript"><script>x = 1</script></scriptTask>',
        '<businessRuleTask id="x"/>',
        '<callActivity id="x"/>',
        '<callActivity id="x" calledElement="p" camunda:calledElementBinding="version"/>',
        '<callActivity id="x"><extensionElements><zeebe:calledElement processId="p" bindingType="versionTag"/>'
        "</extensionElements></callActivity>",
        '<sendTask id="x"/>',
        '<receiveTask id="x"/>',
        '<intermediateCatchEvent id="x"/>',
        '<intermediateCatchEvent id="x"><signalEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="x"><conditionalEventDefinition/></intermediateCatchEvent>',
        '<intermediateThrowEvent id="x"><linkEventDefinition name="a"/></intermediateThrowEvent>',
        '<intermediateThrowEvent id="x"><compensateEventDefinition activityRef="s"/></intermediateThrowEvent>',
        '<intermediateCatchEvent id="x"><linkEventDefinition/></intermediateCatchEvent>',
        '<endEvent id="x"><cancelEventDefinition/></endEvent>',
        '<endEvent id="x"><eventDefinitionRef>nothing</eventDefinitionRef></endEvent>',
        '<intermediateCatchEvent id="x"><compensateEventDefinition/><timerEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="x"><timerEventDefinition/></intermediateCatchEvent>',
        '<intermediateCatchEvent id="x"><timerEventDefinition><timeDuration>3 days</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<intermediateCatchEvent id="x"><messageEventDefinition/></intermediateCatchEvent>',
        '<endEvent id="x"><messageEventDefinition/><terminateEventDefinition/></endEvent>',
        '<endEvent id="x"><messageEventDefinition/><messageEventDefinition/></endEvent>',
        '<intermediateCatchEvent id="x" parallelMultiple="true"><extensionElements><zeebe:ioMapping>'
        '<zeebe:output source="=a" target="b"/></zeebe:ioMapping></extensionElements><conditionalEventDefinition>'
        "<condition>a</condition></conditionalEventDefinition><timerEventDefinition><timeDuration>P1D</timeDuration>"
        "</timerEventDefinition></intermediateCatchEvent>",
        '<subProcess id="x"/>',
        '<boundaryEvent id="x" attachedToRef="nothing"><errorEventDefinition/></boundaryEvent>',
        '<task id="x" default="nothing"/>',
        '<task id="s"/>',
        '<scriptTask id="x"><extensionElements><zeebe:script expression="= 1 +" resultVariable="a"/></extensionElements></scriptTask>',
    ],
)
def test_what_we_cannot_run_names_element_line_and_remedy(body: str) -> None:
    found = errors_of(around(body))
    assert found
    assert any(p.element in ("x", "s") and p.line == 3 for p in found), found
    assert all(p.problem and p.remedy for p in found)


BEGINS = '<zeebe:properties><zeebe:property name="procedure" value="permit"/></zeebe:properties>'


def begins(inside: str = "", *, attributes: str = "", property: str = BEGINS) -> str:
    return around(
        f'<callActivity id="x" {attributes}><extensionElements>{property}{inside}</extensionElements></callActivity>'
    )


@pytest.mark.parametrize(
    ("inside", "attributes", "version"),
    [
        ("", "", None),
        ("", 'calledElement="permit"', None),
        ('<zeebe:calledElement processId="permit" bindingType="latest"/>', "", None),
        (
            '<zeebe:calledElement processId="permit" propagateAllParentVariables="false" '
            'propagateAllChildVariables="false" bindingType="versionTag" versionTag="3"/>', "", 3,
        ),
        ("", 'camunda:calledElementBinding="version" camunda:calledElementVersion="12"', 12),
        ("", 'camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="2"', 2),
    ],
)  # fmt: skip
def test_a_call_activity_with_a_procedure_begins_a_case_of_it(
    inside: str, attributes: str, version: int | None
) -> None:
    document = reader.read(begins(inside, attributes=attributes), file="a.bpmn")
    assert document.problems == ()
    work = document.processes["p"].by_id["x"].work
    assert (work.procedure, work.version, work.operation) == ("permit", version, BEGIN_CASE)
    assert (work.called, work.see_all, work.give_all) == (None, False, False)


@pytest.mark.parametrize(
    "xml",
    [
        begins(property=BEGINS.replace("permit", "=which")),
        begins(property=BEGINS.replace("permit", "")),
        begins(attributes='calledElement="other"'),
        begins('<zeebe:calledElement processId="permit" bindingType="deployment"/>'),
        begins(attributes='camunda:calledElementBinding="version" camunda:calledElementVersion="new"'),
        begins('<zeebe:calledElement processId="permit" bindingType="versionTag"/>'),
        begins('<zeebe:calledElement processId="permit" propagateAllParentVariables="true"/>'),
        begins('<zeebe:calledElement processId="permit" propagateAllChildVariables="true"/>'),
        begins('<camunda:in variables="all"/>'),
        begins('<camunda:out variables="all"/>'),
        begins('<zeebe:taskDefinition type="demo.ask"/>'),
    ],
)  # fmt: skip
def test_what_cannot_count_at_a_call_of_another_procedure_is_refused(xml: bytes) -> None:
    found = errors_of(xml)
    assert found and all(p.element == "x" and p.problem and p.remedy for p in found), found


def test_what_a_case_escalates_never_comes_to_the_one_that_called_it() -> None:
    edge = '<boundaryEvent id="b" attachedToRef="x"><escalationEventDefinition/></boundaryEvent>'
    body = f'<callActivity id="x"><extensionElements>{BEGINS}</extensionElements></callActivity>'
    found = [p for p in problems(around(body + edge)) if "エスカレーション" in p.problem]
    assert [(p.element, p.severity) for p in found] == [("b", "warning")]


def test_a_call_of_the_latest_version_is_told_that_it_stays_on_the_version_of_the_case() -> None:
    called = '<zeebe:calledElement processId="p" bindingType="latest"/>'
    body = f'<callActivity id="x"><extensionElements>{called}</extensionElements></callActivity>'
    [warning] = problems(around(body))
    assert (warning.element, warning.severity) == ("x", "warning")


@pytest.mark.parametrize(
    ("event", "declared", "word"),
    [
        (signal("s"), {"signals": "s"}, "シグナル"),
        (message("s"), {"messages": {"s": ""}}, "メッセージ"),
    ],
)
def test_a_message_or_signal_without_a_name_goes_by_its_id_and_is_told_of_once(
    event: str, declared: dict[str, Any], word: str
) -> None:
    xml = one(catch("x", event), catch("y", event), lines="start > x > y > end", **declared)
    id = f"{'signal' if word == 'シグナル' else 'message'}-s"
    nameless = xml.replace(f'id="{id}" name="s"'.encode(), f'id="{id}"'.encode())
    assert problems(xml) == []
    [told] = problems(nameless)
    assert (told.element, told.severity) == ("x", "warning")
    assert told.problem == f"{word}「{id}」に名前がなく、idを名前として使います。"
    assert told.remedy.startswith(f"{word}の名前（name）を書いてください。")
    process = reader.read(nameless, file="a.bpmn").processes["p"]
    assert process.by_id["x"].event.name == id


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("${amount > 3 && ok == true}", "= amount > 3 and ok = true"),
        ("${kind == 'new' || !done}", '= kind = "new" or not(done)'),
        ("#{a.b != null}", "= a.b != null"),
        ("x == 3 and y is not None", "= x = 3 and y != null"),
        ("${service.find(a)}", "FEELの式に書き直してください"),
    ],
)
def test_java_and_python_conditions_are_refused_with_the_feel_that_says_the_same(
    condition: str, said: str
) -> None:
    escaped = condition.replace("&", "&amp;").replace("<", "&lt;")
    body = (
        '<exclusiveGateway id="x" default="f2"/><endEvent id="e2"/>'
        f'<sequenceFlow id="f3" sourceRef="x" targetRef="e2"><conditionExpression>{escaped}'
        "</conditionExpression></sequenceFlow>"
    )
    [problem] = errors_of(around(body))
    assert problem.element == "f3"
    assert said in problem.remedy


def test_feel_itself_is_left_alone() -> None:
    assert feel_of("a > 1 and b = 2") == "a > 1 and b = 2"


def test_a_function_that_an_expression_makes_is_called_at_its_path() -> None:
    assert errors_of(condition("{fee: function(cars) cars * 300}.fee(n) > 900")) == []


@pytest.mark.parametrize(
    ("source", "called", "remedy"),
    [
        ("fees.fee(n) > 900", "fee", "FEELの関数を、関数名(値) の形で書いてください（例: sum(金額の一覧)）。"),
        ("items.sum(price) > 900", "sum", "sum(値) の形で書いてください。"),
        ("a.b.startsWith(c)", "startsWith", "関数の名前を「starts with」に直してください。"),
        ("rows.size() > 3", "size", "「= count(rows) > 3」と書いてください。"),
    ],
)  # fmt: skip
def test_a_call_at_a_path_is_told_with_the_function_that_is_meant(
    source: str, called: str, remedy: str
) -> None:
    [problem] = errors_of(condition(source))
    assert f"「.{called}(…)」は呼べません。値の中に関数はありません。" in problem.problem
    assert problem.remedy == remedy


def test_a_call_at_a_path_in_what_feel_cannot_read_is_of_another_language() -> None:
    [foreign] = errors_of(condition("service.find(a)[0].ok ? 1 : 2 ;"))
    assert "FEELではありません" in foreign.problem


def test_a_typical_camunda_7_user_task_process_runs() -> None:
    body = (
        '<userTask id="x" camunda:formKey="review" camunda:assignee="sato" camunda:candidateGroups="a,b">'
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="k">v</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements></userTask>"
    )
    document = reader.read(around(body), file="a.bpmn")
    assert document.problems == ()
    node = document.processes["p"].by_id["x"]
    assert (node.form, node.work.assignee, node.work.groups) == ("review", "sato", "a,b")


def test_flows_that_do_not_fit_are_refused() -> None:
    def wrong(*items, lines: str, **roots) -> list[str]:
        return [
            p.element or ""
            for p in errors_of(file(process("p", start(), *items, end(), lines=lines), **roots))
        ]

    assert "g" in wrong(gateway("g"), task("a"), lines="start > g; g > a; g > end ? x; a > end")
    assert "g" in wrong(
        gateway("g", "parallel"), task("a"), lines="start > g; g > a ? x; g > end; a > end"
    )
    assert "g" in wrong(gateway("g", "eventBased"), task("a"), lines="start > g > a > end")
    assert "b" in wrong(
        user("u"), boundary("b", "u", error(), interrupting=False), lines="start > u > end; b > end"
    )
    assert "b" in wrong(user("u"), boundary("b", "u", timer("P1D")), lines="start > u > end")
    assert "lost" in wrong(task("lost"), lines="start > end; lost > end")
    assert "n" in wrong(
        sub("n", start("s2", message("m")), end("e2"), lines="s2 > e2"),
        lines="start > n > end",
        messages={"m": ""},
    )
    assert "c" in wrong(catch("c", timer("R/P1D", "Cycle")), lines="start > c > end")


def test_two_parallel_writers_of_one_variable_are_refused() -> None:
    xml = file(
        process(
            "p",
            start(),
            gateway("f", "parallel"),
            user("a", "same"),
            user("b", "same"),
            gateway("j", "parallel"),
            end(),
            lines="start > f; f > a > j; f > b > j; j > end",
        )
    )
    [problem] = errors_of(xml)
    assert (problem.element, "same" in problem.problem) == ("b", True)


@pytest.mark.parametrize(
    ("fork", "lines"),
    [
        (gateway("f", "inclusive"), "start > f; f > a > j ? x; f > b > j ? y; j > end"),
        (task("f"), "start > f; f > a > j; f > b > j; j > end"),
        (task("f"), "start > f; f > a > j ? x; f > b > j; j > end"),
        (gateway("f", "parallel"), "start > m > f; f > a > j; f > b > j; j > g; g > end ? x; g > m : on"),
    ],
    ids=["inclusive", "activity", "condition", "in a loop"],
)  # fmt: skip
def test_two_writers_behind_any_fork_are_refused(fork: Item, lines: str) -> None:
    items = [user("a", "same"), user("b", "same"), gateway("m"), gateway("g", default="on")]
    used = [item for item in items if item.id in lines.replace(";", " ").split()]
    xml = file(process("p", start(), fork, *used, gateway("j", "inclusive"), end(), lines=lines))
    [problem] = errors_of(xml)
    assert (problem.element, "same" in problem.problem) == ("b", True)


@pytest.mark.parametrize(
    ("fork", "lines"),
    [
        (gateway("f", default="on"), "f > a > end ? x; f > b > end : on"),
        (gateway("f", "inclusive", default="on"), "f > a > end ? x; f > b > end : on"),
        (task("f", default="on"), "f > a > end ? x; f > b > end : on"),
        (task("f"), "f > j; f > j; j > a > b > end"),
    ],
    ids=["exclusive", "default of inclusive", "default of activity", "after the join"],
)
def test_two_writers_that_never_run_at_once_are_accepted(fork: Item, lines: str) -> None:
    writers = user("a", "same"), user("b", "same")
    join = [gateway("j", "parallel")] if "j" in lines.split() else []
    xml = file(process("p", start(), fork, *writers, *join, end(), lines=f"start > f; {lines}"))
    assert not errors_of(xml)


@pytest.mark.parametrize(
    ("first", "second", "refused"),
    [
        (many("=rows"), many("=rows"), ""),
        (many("=rows"), "", ""),
        (many("=rows", output="all", each="=same"), many("=rows"), ""),
        (many("=rows", output="all", each="=same"), many("=rows", output="all", each="=same"), "all"),
        (many("=rows", output="same", each="=same"), "", "same"),
        (again("=x", most=3), "", "same"),
    ],
)  # fmt: skip
def test_what_a_multi_instance_writes_beside_another_is_its_output_collection(
    first: str, second: str, refused: str
) -> None:
    xml = one(
        gateway("f", "parallel"),
        user("a", "same", loop=first),
        user("b", "same", loop=second),
        gateway("j", "parallel"),
        lines="start > f; f > a > j; f > b > j; j > end",
    )
    problems = [p.problem for p in errors_of(xml)]
    assert problems == ([f"並行する「a」と同じ変数「{refused}」に書きます。"] if refused else [])


def test_a_flow_across_a_subprocess_edge_is_refused() -> None:
    xml = file(
        process(
            "p",
            start(),
            sub("n", start("s2"), user("u"), lines="s2 > u"),
            end(),
            lines="start > n > end; u > end",
        )
    )
    assert any("境" in p.problem for p in errors_of(xml))


@pytest.mark.parametrize(
    ("item", "value", "problem"),
    [
        (catch("a", message("m")), "true", "メッセージを一つ送る要素だけが使います"),
        (throw("a", signal("s")), "true", "メッセージを一つ送る要素だけが使います"),
        (throw("a", message("m") + signal("s")), "true", "メッセージを一つ送る要素だけが使います"),
        (throw("a", message("m")), "yes", "true でも false でもありません"),
        (throw("a", message("m")), "=x", "true でも false でもありません"),
    ],
)
def test_sending_strictly_is_refused_where_no_single_message_is_sent(item, value, problem) -> None:
    said = f'<zeebe:properties><zeebe:property name="strict" value="{value}"/></zeebe:properties>'
    drawn = one(
        replace(item, extensions=said), lines="start > a > end", messages={"m": ""}, signals="s"
    )
    document = reader.read(drawn, file="strict.bpmn")
    assert [p.element for p in document.problems if problem in p.problem] == ["a"]


def test_a_message_is_not_sent_strictly_where_the_property_says_no() -> None:
    said = '<zeebe:properties><zeebe:property name="strict" value="false"/></zeebe:properties>'
    drawn = one(
        replace(throw("a", message("m")), extensions=said),
        lines="start > a > end",
        messages={"m": ""},
    )
    document = reader.read(drawn, file="strict.bpmn")
    assert not document.problems
    assert document.processes["p"].by_id["a"].operation is None


@pytest.mark.parametrize(
    ("beside", "severity"),
    [
        ('<choreography id="x"/>', "error"),
        ('<globalChoreographyTask id="x"/>', "error"),
        ('<globalUserTask id="x"/>', "warning"),
        ('<collaboration id="x"><conversation id="c"/></collaboration>', None),
    ],
)
def test_what_stands_beside_the_processes_and_does_not_run_is_told(
    beside: str, severity: str | None
) -> None:
    xml = with_shapes(
        '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t">'
        f'{beside}<process id="p"><startEvent id="s"/><endEvent id="e"/>'
        '<sequenceFlow id="f" sourceRef="s" targetRef="e"/></process></definitions>'
    )
    found = reader.read(xml.encode(), file="t.bpmn").problems
    assert [(p.element, p.severity) for p in found] == ([("x", severity)] if severity else [])
