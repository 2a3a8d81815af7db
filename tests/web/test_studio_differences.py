"""What the studio says of two texts of one file: the change an analyst made, and nothing an editor merely wrote otherwise."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from web.studio import comparing, differences

MODELS = Path(__file__).parents[2] / "process_models"
DIAGRAM = (MODELS / "sanpai_vehicle_change/process.bpmn").read_text(encoding="utf-8")
TABLE = (MODELS / "sanpai_vehicle_change/decisions/row_rules.dmn").read_text(encoding="utf-8")
FORM = (MODELS / "sanpai_vehicle_change/forms/notice.form").read_text(encoding="utf-8")
BPMN_SPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def said(path: str, old: str, new: str) -> list[str]:
    """kind what「name」, then label: before → after, a line each."""
    found = differences.of(path, old, new)
    assert found is not None
    return [
        line
        for part in found
        for line in (
            f"{part.kind} {part.what}「{part.name}」",
            *(f"  {d.label}: {d.before} → {d.after}" for d in part.details),
        )
    ]


def diagram(*inside: str, drawn: str = "", more: str = "") -> str:
    return (
        f'<definitions xmlns="{BPMN_SPACE}" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
        'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC">'
        f'<process id="p">{"".join(inside)}</process>{more}'
        f'<bpmndi:BPMNDiagram><bpmndi:BPMNPlane bpmnElement="p">{drawn}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
        "</definitions>"
    )


def shape(element: str, x: str) -> str:
    return (
        f'<bpmndi:BPMNShape id="{element}_di" bpmnElement="{element}">'
        f'<dc:Bounds x="{x}" y="0" width="100" height="80"/></bpmndi:BPMNShape>'
    )


def other_tool(xml: str) -> str:
    """The same diagram as another tool writes it: a prefix, a line for each element, defaults, ends of flows, numbers."""
    text = re.sub(r"<(/?)([a-zA-Z]+[ >/])", r"<\1b:\2", xml).replace("xmlns=", "xmlns:b=")
    text = text.replace('cancelActivity="false"', "cancelActivity='false'")
    text = re.sub(r'(<b:process id="[^"]*")', r'\1 isClosed="false"', text)
    text = re.sub(r'x="(\d+)"', r'x="\1.0"', text)
    return text.replace("><", ">\n<")


def test_a_diagram_another_tool_wrote_anew_is_the_same() -> None:
    again = other_tool(DIAGRAM)
    assert len(set(again.splitlines()) - set(DIAGRAM.splitlines())) > 300
    assert differences.of("process.bpmn", DIAGRAM, again) == ()
    assert comparing.changes({"process.bpmn": DIAGRAM}, {"process.bpmn": again})[0].parts == ()


def test_the_one_change_in_a_diagram_written_anew_is_all_that_is_said() -> None:
    again = other_tool(DIAGRAM.replace('formId="examination"', 'formId="confirmation"'))
    [change] = comparing.changes({"process.bpmn": DIAGRAM}, {"process.bpmn": again})
    assert change.parts is not None
    assert {d.label for part in change.parts for d in part.details} == {"使うフォーム"}
    assert {line.strip() for sign, line in change.lines if sign in "+-"} == {
        '<zeebe:formDefinition formId="examination" />',
        '<zeebe:formDefinition formId="confirmation" />',
    }


def test_added_removed_and_changed_elements_are_named_with_what_they_say() -> None:
    old = diagram(
        '<userTask id="a" name="審査"/><task id="b" name="古い作業"/>',
        '<sequenceFlow id="f" sourceRef="a" targetRef="b"/>',
    )
    new = diagram(
        '<userTask id="a" name="書面の審査"><extensionElements><zeebe:taskSchedule dueDate="=d"/></extensionElements></userTask>',
        '<serviceTask id="c" name="照会"><extensionElements><zeebe:taskDefinition type="x.ask"/></extensionElements></serviceTask>',
        '<sequenceFlow id="f" sourceRef="a" targetRef="c"/>',
    )
    assert said("process.bpmn", old, new) == [
        "added システムの作業「照会」",
        "  操作: None → x.ask",
        "removed 作業（種類なし）「古い作業」",
        "changed 人の作業「書面の審査」",
        "  名称: 審査 → 書面の審査",
        "  期限: None → =d",
        "changed 流れ「書面の審査 → 照会」",
        "  先: 古い作業 → 照会",
    ]


def test_a_shape_that_was_only_moved_is_said_to_be_moved() -> None:
    inside = '<task id="a" name="作業"/>'
    old, new = (diagram(inside, drawn=shape("a", x)) for x in ("10", "60"))
    assert said("process.bpmn", old, new) == ["moved 作業（種類なし）「作業」"]
    changed = diagram('<task id="a" name="別"/>', drawn=shape("a", "60"))
    assert said("process.bpmn", old, changed)[0].startswith("changed")


def test_a_node_that_changes_its_lane_says_who_works_now() -> None:
    lanes = '<laneSet id="s"><lane id="l1" name="受付">{}</lane><lane id="l2" name="係長">{}</lane></laneSet>'
    node = "<flowNodeRef>a</flowNodeRef>"
    old, new = (
        diagram(lanes.format(*inside), '<task id="a" name="確認"/>')
        for inside in ((node, ""), ("", node))
    )
    assert said("process.bpmn", old, new) == [
        "changed 作業（種類なし）「確認」",
        "  担当（レーン）: 受付 → 係長",
    ]


def test_the_order_in_which_a_gateway_asks_its_conditions_is_part_of_the_model() -> None:
    nodes = '<exclusiveGateway id="g" name="額"/><task id="a" name="甲"/><task id="b" name="乙"/>'
    flows = [
        '<sequenceFlow id="fa" sourceRef="g" targetRef="a"/>',
        '<sequenceFlow id="fb" sourceRef="g" targetRef="b"/>',
    ]
    assert said("process.bpmn", diagram(nodes, *flows), diagram(nodes, *reversed(flows))) == [
        "changed 排他分岐「額」",
        "  条件を調べる順: 額 → 甲、額 → 乙 → 額 → 乙、額 → 甲",
    ]


def test_a_message_the_diagram_does_not_draw_is_compared_too() -> None:
    message = '<message id="m" name="届いた"><extensionElements><zeebe:subscription correlationKey="{}"/></extensionElements></message>'
    old, new = (diagram(more=message.format(key)) for key in ("=a", "=b"))
    assert said("process.bpmn", old, new) == [
        "changed メッセージの定義「届いた」",
        "  照合キー: =a → =b",
    ]


def test_the_settings_of_every_kind_of_event_and_loop_are_said_in_words() -> None:
    old = diagram(
        '<boundaryEvent id="b" name="変わった" attachedToRef="a"><conditionalEventDefinition id="c"><condition>=x</condition></conditionalEventDefinition></boundaryEvent>',
        '<subProcess id="s" name="くり返し"><standardLoopCharacteristics id="l" loopMaximum="3"><loopCondition>=y</loopCondition></standardLoopCharacteristics></subProcess>',
        '<task id="a" name="仕事"/>',
    )
    new = old.replace("=x", "=x &gt; 1").replace(
        'loopMaximum="3"', 'loopMaximum="5" testBefore="true"'
    )
    assert said("process.bpmn", old, new) == [
        "changed 条件・境界イベント「変わった」",
        "  条件式: =x → =x > 1",
        "changed サブプロセス「くり返し」",
        "  繰り返す上限: 3 → 5",
        "  はじめの回の前にも条件を確かめる: None → はい",
    ]


def test_a_changed_cell_is_named_by_its_rule_and_column() -> None:
    assert TABLE.count('<text>"013"</text>') > 0
    new = TABLE.replace('<text>"013"</text>', '<text>"014"</text>', 1)
    assert said("decisions/row_rules.dmn", TABLE, new) == [
        "changed 規則「使用権原　規則2：東京都：貸渡用は不可」",
        '  許可の自治体: "013" → "014"',
    ]


def test_a_table_another_tool_wrote_anew_is_the_same() -> None:
    again = TABLE.replace("><", ">\n  <").replace('hitPolicy="UNIQUE"', "")
    assert again != TABLE
    assert differences.of("decisions/row_rules.dmn", TABLE, again) == ()


def table(*rules: tuple[str, str], policy: str = "FIRST", ids: bool = True) -> str:
    rows = "".join(
        f"<rule{f' id={chr(34)}{name}{chr(34)}' if ids else ''}><inputEntry><text>{name}</text></inputEntry>"
        f"<outputEntry><text>{value}</text></outputEntry></rule>"
        for name, value in rules
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="t"><decision id="d" name="判定">'
        f'<decisionTable id="t" hitPolicy="{policy}"><input id="i" label="区分"><inputExpression><text>k</text></inputExpression></input>'
        f'<output id="o" label="額" name="fee"/>{rows}</decisionTable></decision></definitions>'
    )


@pytest.mark.parametrize("ids", [True, False])
def test_an_inserted_rule_is_the_only_one_said_to_be_new(ids: bool) -> None:
    old = table(("a", "1"), ("b", "2"), ids=ids)
    new = table(("a", "1"), ("n", "9"), ("b", "2"), ids=ids)
    assert said("decisions/t.dmn", old, new) == [
        "added 規則「判定　規則2」",
        "  区分: None → n",
        "  額: None → 9",
    ]
    assert said("decisions/t.dmn", new, old) == ["removed 規則「判定　規則2」"]


@pytest.mark.parametrize(("policy", "kind"), [("FIRST", "changed"), ("UNIQUE", "reordered")])
def test_another_order_of_rules_is_a_change_where_the_order_decides(policy: str, kind: str) -> None:
    old = table(("a", "1"), ("b", "2"), ("c", "3"), policy=policy)
    new = table(("c", "3"), ("a", "1"), ("b", "2"), policy=policy)
    assert said("decisions/t.dmn", old, new) == [
        f"{kind} 判定「判定」",
        "  規則の順番（前の番号で）: 1、2、3 → 3、1、2",
    ]


def form(*components: dict[str, Any], **more: Any) -> str:
    return json.dumps({"type": "default", "id": "f", "components": components, **more})


NAME = {"type": "textfield", "key": "name", "id": "F1", "label": "氏名"}
KIND = {
    "type": "radio",
    "key": "kind",
    "id": "F2",
    "label": "区分",
    "values": [{"label": "甲", "value": "a"}],
}
DAY = {"type": "datetime", "key": "day", "id": "F3", "label": "日"}


def test_changed_fields_of_a_form_are_named_with_their_settings() -> None:
    new = form(
        NAME | {"validate": {"required": True}},
        KIND | {"values": [{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}]},
        DAY,
    )
    assert said("forms/f.form", form(NAME, KIND), new) == [
        "added 日付「日」",
        "  キー: None → day",
        "changed 1行の文字「氏名」",
        "  必須: None → はい",
        "changed 選択（丸ボタン）「区分」",
        "  選択肢: 甲（a） → 甲（a）、乙（b）",
    ]


def test_a_field_whose_key_was_changed_is_still_the_same_field() -> None:
    assert said("forms/f.form", form(NAME, KIND), form(NAME | {"key": "full_name"}, KIND)) == [
        "changed 1行の文字「氏名」",
        "  キー: name → full_name",
    ]


def test_the_field_that_was_moved_is_the_one_said_to_stand_elsewhere() -> None:
    assert said("forms/f.form", form(NAME, KIND, DAY), form(DAY, NAME, KIND)) == [
        "reordered 日付「日」"
    ]


def test_what_the_form_editor_writes_for_itself_is_no_difference() -> None:
    written = json.loads(FORM)
    written["exporter"] = {"name": "form-js", "version": "1.23"}
    written["schemaVersion"] = 99
    for number, component in enumerate(written["components"]):
        component["layout"] = {"row": f"Row_{number}"}
        component["showOutline"] = True
    new = json.dumps(written, ensure_ascii=False, indent=2)
    assert differences.of("forms/notice.form", FORM, new) == ()


def test_a_changed_check_between_fields_is_said() -> None:
    check = {"rule": "=a < b", "message": "順が逆です", "fields": ["a"]}
    old, new = (form(NAME, checks=[check | more]) for more in ({}, {"rule": "=a <= b"}))
    assert said("forms/f.form", old, new) == [
        "changed 項目の間の検査「順が逆です」",
        "  規則: =a < b → =a <= b",
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("process.bpmn", "<definitions"),
        ("decisions/t.dmn", "plain"),
        ("forms/f.form", "{"),
        ("forms/f.form", "[]"),
    ],
)
def test_what_cannot_be_read_is_compared_as_text(path: str, text: str) -> None:
    [change] = comparing.changes({path: text}, {path: text + "\n x"})
    assert change.parts is None
    assert change.added == 1


def test_files_without_a_meaning_of_their_own_are_compared_as_they_are_written() -> None:
    [change] = comparing.changes({"letters/a.html": "a\nb"}, {"letters/a.html": "a\nc"})
    assert (change.parts, change.lines[1:]) == (None, ((" ", "a"), ("-", "b"), ("+", "c")))


def test_a_form_nested_without_end_is_compared_as_text() -> None:
    deep = '{"components":[' * 400 + "]}" * 400
    assert (
        comparing.changes({"forms/f.form": deep}, {"forms/f.form": deep + " "})[0].kind == "changed"
    )


def test_a_flow_with_a_name_is_told_from_others_of_that_name_by_its_ends() -> None:
    nodes = '<task id="a" name="甲"/><task id="b" name="乙"/>'
    flow = '<sequenceFlow id="f" name="はい" sourceRef="a" targetRef="b"/>'
    loop = '<sequenceFlow id="g" sourceRef="g" targetRef="g"/>'
    assert said("process.bpmn", diagram(nodes), diagram(nodes, flow, loop))[0::3] == [
        "added 流れ「はい（甲 → 乙）」",
        "added 流れ「g → g」",
    ]


def test_a_diagram_larger_than_people_draw_is_compared_by_its_text() -> None:
    text = diagram(f'<task id="a" name="{"長" * 1_000_000}"/>')
    assert differences.of("process.bpmn", text, text.replace('id="a"', 'id="b"')) is None
