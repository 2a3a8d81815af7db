"""Examples of decisions are kept in a plain file, tried again at every check, and say what came out instead."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from engine import (
    decision_examples,
    deploy,
    example_runs,
    feel,
    operations,
    procedure,
    procedure_checks,
)
from engine.access import SYSTEM
from engine.calendar import TOKYO
from engine.database import Database
from engine.decision_examples import Example
from engine.errors import ModelRejected, Problem
from engine.feel.values import to_feel, to_json
from tests.support import models

TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="手数料" namespace="urn:d">
  <inputData id="in" name="kind"><variable id="v1" name="kind"/></inputData>
  <decision id="fee" name="手数料"><variable id="v2" name="fee"/>
    <informationRequirement id="r"><requiredInput href="#in"/></informationRequirement>
    <decisionTable id="T" hitPolicy="FIRST"><input id="i"><inputExpression id="e"><text>kind</text></inputExpression></input>
      <output id="o" name="fee"/>
      <rule id="x1"><inputEntry id="c1"><text>"新規"</text></inputEntry><outputEntry id="p1"><text>parameters.fee</text></outputEntry></rule>
      <rule id="x2"><inputEntry id="c2"><text>"更新"</text></inputEntry><outputEntry id="p2"><text>{other}</text></outputEntry></rule>
    </decisionTable></decision></definitions>"""
FILE = "decisions/fee.examples.yaml"
FILES = {
    "decisions/fee.dmn": TABLE.replace("{other}", "100"),
    "parameters.yaml": "fee: {unit: 円, values: [{from: 2020-04-01, value: 300}, {from: 2026-04-01, value: 350}]}",
    FILE: """
- {例: 去年の新規, 判定: fee, 日: 2025-05-07, 入力: {kind: 新規}, 結果: 300}
- {例: 今年の新規, 判定: fee, 日: 2026-05-07, 入力: {kind: 新規}, 結果: 350}
- {例: 更新, 判定: fee, 日: 2026-05-07, 入力: {kind: 更新}, 結果: 100}
- {例: ほかの種類は決まらない, 判定: fee, 日: 2026-05-07, 入力: {kind: 変更}, 結果: null}
""",
}


def run_all(files: dict[str, str]) -> example_runs.Report:
    read = procedure.read(procedure.Folder("sample", files))
    return example_runs.run_all(files, read.models, read.dated)


def failures(files: dict[str, str]) -> dict[str, str]:
    return {one.example.name: one.failure for one in run_all(files).tried}


def check(files: dict[str, str], **given: Any) -> list[Problem]:
    folder = models.folder(
        models.process(
            models.line(models.user_task("fix")),
            lanes={"examiner": ("start", "fix"), "system": ("end",)},
        )
    )
    folder = procedure.Folder(folder.name, {**folder.files, **files})
    found = procedure_checks.examine(
        folder, operations=dict.fromkeys(operations.names()), **given
    ).problems
    return [one for one in found if one.severity == "error"]


def test_each_example_is_decided_with_the_values_of_its_day() -> None:
    assert failures(FILES) == {
        "去年の新規": "",
        "今年の新規": "",
        "更新": "",
        "ほかの種類は決まらない": "",
    }
    assert check(FILES) == []


def test_a_changed_table_is_told_what_came_out_instead_and_cannot_be_deployed(
    database: Database,
) -> None:
    changed = FILES | {"decisions/fee.dmn": TABLE.replace("{other}", "120")}
    assert failures(changed)["更新"] == "期待は 100、実際は 120 です。"
    (problem,) = check(changed)
    assert (problem.file, problem.element, problem.severity) == (FILE, "更新", "error")
    assert problem.line == 4
    folder = models.folder(
        models.process(
            models.line(models.user_task("fix")),
            lanes={"examiner": ("start", "fix"), "system": ("end",)},
        )
    )
    folder = procedure.Folder(folder.name, {**folder.files, **changed})
    with pytest.raises(ModelRejected) as refused:
        deploy.publish(
            database,
            folder,
            operations=dict.fromkeys(operations.names()),
            actor=SYSTEM,
            now=models.NOW,
        )
    assert "実際は 120" in refused.value.problems[0].problem


def test_an_example_whose_decision_or_table_is_gone_says_so() -> None:
    renamed = FILES | {
        "decisions/fee.dmn": FILES["decisions/fee.dmn"].replace('id="fee"', 'id="f"')
    }
    assert "判定「fee」が decisions/fee.dmn にありません" in failures(renamed)["更新"]
    (problem,) = check({FILE: FILES[FILE]})
    assert "decisions/fee.dmn がない" in problem.problem


def test_an_example_that_cannot_be_read_is_told_with_its_line() -> None:
    text = FILES[FILE] + "- {例: '', 判定: fee, 日: 2026-05-07, 入力: {}, 結果: 1}\n"
    (problem,) = check(FILES | {FILE: text})
    assert (problem.line, problem.problem.startswith("5件目の例")) == (6, True)


def test_a_result_of_another_kind_does_not_agree() -> None:
    text = FILES[FILE].replace("結果: 100", '結果: "100"')
    assert failures(FILES | {FILE: text})["更新"] == '期待は "100"、実際は 100 です。'


TYPED = {
    "decisions/fee.dmn": FILES["decisions/fee.dmn"].replace(
        '<variable id="v1" name="kind"/>', '<variable id="v1" name="kind" typeRef="string"/>'
    )
}


@pytest.mark.parametrize(
    ("inputs", "table", "said"),
    [
        ("{kind: 5}", TYPED, "案件はここで止まります。「kind」"),
        ("{knid: 変更}", {}, "入力データ「knid」が decisions/fee.dmn にありません。「kind」の誤り"),
        ("{kind: 更新}", {"decisions/fee.dmn": TABLE.replace("{other}", "1 / 0")}, "案件はここで止まります。"),
        (
            "{kind: 更新}",
            {"decisions/fee.dmn": FILES["decisions/fee.dmn"].replace('"FIRST"', '"UNIQUE"').replace('"新規"', '"更新"')},
            "案件はここで止まります。一意（UNIQUE）の表で複数の行",
        ),
    ],
)  # fmt: skip
def test_null_from_a_mistake_is_no_result_to_expect(
    inputs: str, table: dict[str, str], said: str
) -> None:
    text = f"- {{例: 誤り, 判定: fee, 日: 2026-05-07, 入力: {inputs}, 結果: null}}"
    (one,) = run_all(FILES | table | {FILE: text}).tried
    assert one.failure.startswith(said) and one.actual == ""


def test_an_entry_that_the_type_of_an_input_does_not_have_is_told() -> None:
    table = TYPED["decisions/fee.dmn"].replace('typeRef="string"', 'typeRef="tNotice"')
    table = table.replace(
        "<inputData",
        '<itemDefinition id="t" name="tNotice"><itemComponent id="t1" name="permit"><typeRef>string</typeRef>'
        "</itemComponent></itemDefinition><inputData",
        1,
    ).replace("<text>kind</text>", "<text>kind.permit</text>")
    text = "- {例: 誤り, 判定: fee, 日: 2026-05-07, 入力: {kind: {premit: 変更}}, 結果: null}"
    said = failures(FILES | {"decisions/fee.dmn": table, FILE: text})["誤り"]
    assert (
        said
        == "入力データ「kind」に「premit」という項目はありません。「permit」の誤りではないか確かめてください。"
    )
    good = text.replace("premit", "permit")
    assert failures(FILES | {"decisions/fee.dmn": table, FILE: good})["誤り"] == ""


def test_a_table_that_cannot_be_read_is_the_only_one_named() -> None:
    assert {one.file for one in check(FILES | {"decisions/fee.dmn": "<definitions"})} == {
        "decisions/fee.dmn"
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- [1]", "1件目の例: 「項目: 値」の形"),
        ("例: a", "「判定」「日」「入力」「結果」がありません"),
        ("- {例: a, 判定: fee, 日: 5月, 入力: {}, 結果: 1}", "「日」の「5月」は日付では"),
        ("- {例: '', 判定: fee, 日: 2026-05-07, 入力: {}, 結果: 1}", "「例」が空"),
        ("- {例: a, 判定: fee, 日: 2026-05-07, 入力: 3, 結果: 1}", "「入力」が「項目: 値」"),
        ("- {例: a, 判定: fee, 日: 2026-05-07, 入力: {kind: =1 +}, 結果: 1}", "式「=1 +」"),
        ("- {例: a, 判定: fee, 日: 2026-05-07, 入力: {}, 結果: 2026-05-07 10:00:00}", "「結果」の値「2026-05-07 10:00:00」"),
        ("- {例: a, 判定: fee, 日: 2026-05-07, 入力: {}, 結課: 1}", "「結課」は知らない"),
        ("- {例: a, 判定: fee, 日: 2026-05-32, 入力: {}, 結果: 1}", "1件目の例: 「2026-05-32」は、ありえない日付"),
        ("- {例: a, 判定: fee, 日: 2026-05-07, 入力: {}, 結果: 1, 余分: 2}", "「余分」は知らない"),
        ("- &a {例: a, 判定: fee, 日: 2026-05-07, 入力: {}, 結果: 1}\n- *a", "2件目の例: 同じ名前"),
        ("- {例: [", "YAMLとして読めません"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_read_says_what_is_missing(text: str, said: str) -> None:
    report = run_all(FILES | {FILE: text})
    assert [said in one.problem for one in report.problems] == [True]
    assert report.tried == ()


def test_everything_wrong_in_a_file_of_examples_is_told_at_its_line() -> None:
    text = """
- {例: 日が悪い, 判定: fee, 日: 2026-05-32, 入力: {}, 結果: 1}
- 例: 三つ悪い
  判定: fee
  日: 5月
  入力: {kind: =1 +}
  結課: 1
- {例: よい, 判定: fee, 日: 2026-05-07, 入力: {kind: 更新}, 結果: 100}
- 例: 日が二つ悪い
  判定: fee
  日: 2026-13-01
  入力: {kind: 2026-02-30}
  結果: null
- {例: よい, 判定: fee, 日: 2026-05-07, 入力: {kind: 更新}, 結果: 100}
"""
    with pytest.raises(ModelRejected) as refused:
        decision_examples.read(text, file=FILE)
    expected = [
        (2, "1件目の例: 「2026-05-32」は、ありえない日付", "ある日付（2026-04-01"),
        (5, "2件目の例: 「日」の「5月」は日付ではありません", "2026-05-07 の形"),
        (6, "2件目の例: 「入力」の式「=1 +」", "「=」のあとの式を"),
        (7, "2件目の例: 「結課」は知らない言葉です", "「結果」の誤りではないか"),
        (11, "4件目の例: 「2026-13-01」は、ありえない日付", "ある日付（2026-04-01"),
        (12, "4件目の例: 「2026-02-30」は、ありえない日付", "ある日付（2026-04-01"),
        (14, "5件目の例: 同じ名前の例がもうあります", "ほかと違う名前に"),
    ]
    assert [
        (one.line, one.problem[: len(problem)], one.remedy[: len(remedy)])
        for one, (_, problem, remedy) in zip(refused.value.problems, expected, strict=True)
    ] == expected


def test_a_model_without_end_is_stopped_and_told() -> None:
    endless = FILES["decisions/fee.dmn"].replace(
        "100", "count(for a in 1..100000, b in 1..100000 return a * b)"
    )
    assert failures(FILES | {"decisions/fee.dmn": endless})["更新"].startswith("計算を止めました")


@pytest.mark.parametrize(
    "value",
    [
        None, True, "文字", "=1", "2026-05-07", "no", "12", "", "a\nb: c", 12, -5, "0.1", date(2026, 5, 7), [], {},
        [1, {"a": [None, "x"]}], {"鍵 一": date(2026, 5, 7), "二": "2026-05-07"},
    ],
)  # fmt: skip
def test_what_is_written_comes_back_the_same(value: Any) -> None:
    came_back(to_feel(value))


@pytest.mark.parametrize(
    "source",
    [
        "0.1", "1/3", "1e300", "12345678901234567890", '@"P1Y"', '@"P1DT1H"', '@"10:00:00"', "[1..5)",
        '@"2026-05-07T10:00:00@Asia/Tokyo"', '[{a: @"-12026-01-01"}]',
    ],
)  # fmt: skip
def test_so_does_what_yaml_has_no_word_for(source: str) -> None:
    clock = decision_examples.clock_of(date(2026, 5, 7))
    came_back(feel.compile(source).strict({}, clock=clock))


def came_back(value: Any) -> None:
    one = Example("例", "fee", date(2026, 5, 7), {"x": value}, value)
    other = Example("ほか", "fee", date(2026, 5, 7), {}, Decimal(1))
    text = decision_examples.write([one, other])
    first, _ = decision_examples.read(text, file=FILE)
    assert to_json(first.result) == to_json(value)
    assert to_json(first.inputs["x"]) == to_json(value)
    assert "&" not in text


def test_an_example_takes_the_place_of_the_one_it_was_made_from() -> None:
    first = decision_examples.read(FILES[FILE], file=FILE)
    new = Example("更新は120円", "fee", date(2026, 5, 7), {}, Decimal(120))
    names = [one.name for one in decision_examples.put(first, new, instead_of="更新")]
    assert names == ["去年の新規", "今年の新規", "更新は120円", "ほかの種類は決まらない"]
    assert decision_examples.put(first, new)[-1] is new


def test_the_calendar_counts() -> None:
    table = FILES["decisions/fee.dmn"].replace("100", 'workdays(@"2026-05-01", 1)')
    text = FILES[FILE].replace("結果: 100", "結果: 2026-05-07")
    assert failures({**FILES, "decisions/fee.dmn": table, FILE: text})["更新"] == ""
    assert TOKYO.next_open(date(2026, 5, 2)) == date(2026, 5, 7)
