"""The check of a folder says each mistake once, in words that lead to its place."""

from __future__ import annotations

import pytest

from engine import operations, procedure, procedure_checks, yaml_checks
from engine.errors import Problem
from tests.support import models

TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="判定" namespace="n">'
    '<decision id="chosen" name="判定"><variable id="v" name="chosen"/>'
    "<literalExpression id='l'><text>{}</text></literalExpression></decision></definitions>"
)
RULE = (
    '<bpmn:businessRuleTask id="judge" name="判定"><bpmn:extensionElements>'
    '<zeebe:calledDecision decisionId="chosen" resultVariable="decided"/>'
    "</bpmn:extensionElements></bpmn:businessRuleTask>"
)


ENDS = {"end": {"headline": "決まりました", "next": []}}


def _found(changed: dict[str, str], **settings: object) -> list[Problem]:
    bpmn = models.process(
        models.line(models.user_task("fix"), RULE),
        lanes={"examiner": ("start", "fix"), "system": ("judge", "end")},
    )
    folder = models.folder(bpmn, settings={"ends": ENDS} | settings)
    files = dict(folder.files) | {"decisions/chosen.dmn": TABLE.format("1")} | changed
    return procedure_checks.examine(
        procedure.Folder(folder.name, files), operations=dict.fromkeys(operations.names())
    ).problems


def test_the_folder_of_these_tests_is_in_order() -> None:
    assert _found({}) == []


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("decisions/chosen.dmn", TABLE.format("&gt;&gt; 0")),
        ("decisions/chosen.dmn", "<definitions"),
        ("forms/review.form", "{"),
        ("forms/notice.form", "{"),
        ("process.bpmn", "<bpmn:definitions"),
        ("parameters.yaml", "fee: ["),
        ("procedure.yaml", "id: ["),
    ],
)
def test_a_file_that_cannot_be_read_is_the_only_one_named(file: str, text: str) -> None:
    assert {one.file for one in _found({file: text})} == {file}


def test_a_table_or_form_that_is_not_there_is_still_said() -> None:
    files = {"decisions/chosen.dmn": TABLE.replace("chosen", "other").format("1")}
    assert [one.element for one in _found(files)] == ["judge"]
    missing = _found({}, search=[{"field": "nothing.holder", "kind": "name"}])
    assert [one.element for one in missing] == ["search.nothing.holder"]
    [one] = _found({}, search=[{"field": "notice.holdr", "kind": "name"}])
    assert (one.element, one.line is None) == ("search.notice.holdr", False)
    assert "「holder」の誤り" in one.remedy


@pytest.mark.parametrize(
    ("key", "settings"),
    [
        ("stages", {"stages": {"T13": "後日の照合"}}),
        ("finished", {"finished": {"T13": "後日の照合"}}),
        ("ends", {"ends": {**ENDS, "T13": {"headline": "終わり", "next": []}}}),
        ("standard_period.stops", {"standard_period": {"days": 5, "unit": "days", "stops": ["T13"]}}),
        ("correcting.ends", {"correcting": {"label": "訂正", "ends": ["T13"]}}),
    ],
)  # fmt: skip
def test_a_setting_about_an_element_that_is_gone_says_which_and_what_to_do(
    key: str, settings: dict[str, object]
) -> None:
    (found,) = _found({}, **settings)
    assert (found.file, found.element) == ("procedure.yaml", f"{key}.T13")
    assert f"（{key}）" in found.problem and "「T13」" in found.problem
    assert f"{key} からも「T13」を消してください" in found.remedy
    assert ("（後日の照合）" in found.problem) == (key in ("stages", "finished"))


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("parameters.yaml", "fee: {unit: 円, unit: 千円, values: []}\n", ("unit", 1)),
        ("parameters.yaml", "fee: {values: []}\nfee: {values: []}\n", ("fee", 2)),
        ("scenarios/01_x.yaml", "シナリオ: あ\nおわり: {}\nシナリオ: い\n", ("シナリオ", 3)),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_line(
    file: str, text: str, said: tuple[str, int]
) -> None:
    problems = [one for one in _found({file: text}) if "行目にあります" in one.problem]
    assert [(one.file, one.element, one.line, one.severity) for one in problems] == [
        (file, *said, "error")
    ]


def test_keys_that_are_not_the_same_and_anchors_used_again_are_let_be() -> None:
    text = "a: &one {x: 1, y: 2}\nb: *one\nc: {<<: *one, x: 3}\n1: あ\n'1': い\n"
    assert list(yaml_checks.problems(text, file="scenarios/01_x.yaml")) == []


TEXTS = {
    "a.yaml": "fee:\n  values: 3\nlanes:\n  clerk: {post: x}\nfacts:\n  - {label: 年}\n  - label: 1.5倍\nends: {E.1: {}}\n"
    "stops:\n  - T1\n  - T2\nlaws:\n  - law: 法\n  - law: 令\n",
    "b.bpmn": "<a/>",
    "c.yaml": "a: [",
}


@pytest.mark.parametrize(
    ("element", "line"),
    [
        ("fee", 1),
        ("fee.values", 2),
        ("fee.unit", 1),
        ("lanes.clerk", 4),
        ("facts.1.5倍", 7),
        ("facts.日", 5),
        ("ends.E.1", 8),
        ("stops.T2", 11),
        ("laws.1.article", 14),
        ("laws.law", 12),
        ("fe", None),
        ("x.fee", None),
    ],
)
def test_a_problem_of_a_yaml_file_has_the_line_of_what_it_names(
    element: str, line: int | None
) -> None:
    one = Problem("a.yaml", "だめです。", "直してください。", element=element)
    assert [p.line for p in yaml_checks.with_lines([one], TEXTS)] == [line]


@pytest.mark.parametrize(
    ("file", "element", "line", "kept"),
    [
        ("a.yaml", "fee", 9, 9),
        ("a.yaml", None, None, None),
        ("b.bpmn", "fee", None, None),
        ("c.yaml", "a", None, None),
        ("d.yaml", "a", None, None),
    ],
)
def test_a_line_that_is_known_and_a_file_that_has_none_are_let_be(
    file: str, element: str | None, line: int | None, kept: int | None
) -> None:
    one = Problem(file, "だめです。", "直してください。", element=element, line=line)
    assert [p.line for p in yaml_checks.with_lines([one], TEXTS)] == [kept]


def test_a_wrong_parameter_is_told_with_its_line() -> None:
    [problem] = _found({"parameters.yaml": "days:\n  unit: 日\n\nfee:\n  unit: 円\n"})[:1]
    assert (problem.file, problem.element, problem.line) == ("parameters.yaml", "days", 1)


def test_a_word_of_the_parameters_that_says_nothing_is_told() -> None:
    text = "fee:\n  unitt: 円\n  values: [{from: 2020-04-01, value: 300, until: 2021-03-31}]\n"
    found = [one for one in _found({"parameters.yaml": text}) if one.file == "parameters.yaml"]
    assert [(one.element, one.line) for one in found] == [("fee.unitt", 2), ("fee.values", 3)]
    assert "「unit」の誤り" in found[0].remedy and "from、value" in found[1].remedy


def test_a_mistake_in_a_form_is_told_with_its_line() -> None:
    form = '{"type": "default", "id": "review", "schemaVersion": 16, "components": [\n'
    form += '{"type": "textaria", "key": "decision",\n "label": "決定", "id": "x"}]}'
    [one] = [one for one in _found({"forms/review.form": form}) if one.file == "forms/review.form"]
    assert (one.element, one.line) == ("decision", 2)


def test_of_a_form_that_nobody_fills_in_it_is_said_so() -> None:
    given = {"title": "=other.holder", "applicant": "=notice.holder", "email": "=notice.email"}
    filing = {**models.SETTINGS["filing"], **given}
    [one] = _found({"forms/other.form": models.form("other", "holder")}, filing=filing)
    assert "フォーム「other」を使う作業も届出もありません" in one.remedy
