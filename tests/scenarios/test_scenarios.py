"""What a scenario may say, and how it tells that a model does something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine import procedure, scenarios
from engine.errors import NotFound
from engine.scenarios import reading
from engine.scenarios.registers import Entry, Registers

ROOT = Path(__file__).parents[2]
FIRST = "01_answered"


@pytest.fixture(scope="module")
def inquiry():
    return procedure.compile(procedure.read_folder(ROOT / "process_models/inquiry"))


def played(inquiry, **changes: str):
    """The failures of the first scenario with text replaced in it."""
    text = inquiry.scenarios[FIRST]
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    changed = replace(inquiry, scenarios={FIRST: text})
    return scenarios.run_all(changed)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "担当: 受付",
            "担当: 課長",
            "「回答を書く」の担当: 期待は 課長、実際は clerk・sanpai.reception・受付",
        ),
        (
            "期限: 2026-05-12",
            "期限: 2026-05-13",
            "「回答を書く」の期限: 期待は 2026-05-13、実際は 2026-05-12",
        ),
        (
            "作業: 回答の確認",
            "作業: 決裁",
            "期待は作業「決裁」が開いていること、実際に開いている作業は T2",
        ),
        ("通知書: [reply]", "通知書: []", "通知書: 期待は []、実際は [reply]"),
        ("通知書: [reply]", "メールの文: {reply: あした}", "メール reply の文: 期待は あした"),
        ("通知書: [reply]", "通知書の文: {reply: 却下}", "通知書 reply の文: 期待は 却下"),
        (
            "通知書: [reply]",
            "通知書の文: {other: 回答}",
            "通知書 other の文: 期待は 回答、実際は 出していない",
        ),
        (
            "通知書: [reply]",
            "メールの文: {other: 回答}",
            "メール other の文: 期待は 回答、実際は 送っていない",
        ),
        ("終了: E1", "終了: E9", "終了: 期待は E9、実際は E1 回答済み"),
        ("decision: approve", "decision: perhaps", "decision: "),
        ("はじめ: 2026-05-07 16:59", "はじめ: 2026-05-09 16:59", "より前です"),
    ],
)
def test_a_difference_names_step_expected_and_found(inquiry, old, new, message):
    report = played(inquiry, change=(old, new))
    result = report.results[0]
    assert not result.passed
    assert any(message in failure for failure in result.failures), result.failures
    assert any(p.file == f"scenarios/{FIRST}.yaml" for p in report.problems)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("シナリオ:", "しなりお:", "知らない言葉"),
        ("はじめ: 2026-05-07 16:59", "はじめ: きのう", "日時「きのう」が読めません"),
        ("手順:", "手順:\n  - {作業: T1, 照会: x}", "どれか一つ"),
        ("届出:", "もと: どこか\n届出:", "「どこか」がありません"),
        ("届出:", "届出: [", "YAMLとして読めません"),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_its_reason(inquiry, old, new, message):
    result = played(inquiry, change=(old, new)).results[0]
    assert message in result.failures[0]


def test_every_step_and_value_that_cannot_be_read_is_told_with_its_line(inquiry):
    steps = "手順:\n  - {作業: T1, 照会: x}\n  - {作業: T1, 回等: {}}"
    told = played(inquiry, change=("手順:", steps)).results[0].failures
    numbers = [int(one.partition("行目")[0]) for one in told]
    assert len(told) == 2 and numbers[1] == numbers[0] + 1
    assert "どれか一つ" in told[0] and "「回答」の誤り" in told[1]
    values = "はじめ: 2026-05-32 10:00:00\n根拠: 2026-02-30"
    first, second = played(inquiry, change=("はじめ: 2026-05-07 16:59", values)).results[0].failures
    assert "行目: 「2026-05-32 10:00:00」は、ありえない日付" in first
    assert "行目: 「2026-02-30」は、ありえない日付" in second


def test_the_problem_of_a_step_has_its_line_and_names_it_once(inquiry):
    unread = "手順:\n  - {作業: T1, 照会: x}"
    undone = "手順:\n  - {作業: どこか}"
    for steps in (unread, undone):
        report = played(inquiry, change=("手順:", steps))
        problem = next(one for one in report.problems if "手順1" in one.problem)
        assert problem.file == report.results[0].file
        assert problem.line is not None and "行目" not in problem.problem
        assert report.results[0].failures[0] == f"{problem.line}行目 {problem.problem}"


def test_a_step_that_a_stopped_case_does_not_reach_names_the_reason():
    folder = procedure.read_folder(ROOT / "process_models/inquiry")
    bpmn = folder.files["process.bpmn"]
    good = "workdays(today(), parameters.confirm_days)"
    assert good in bpmn
    files = {**folder.files, "process.bpmn": bpmn.replace(good, "today() + 1 / 0")}
    read = procedure.compile(procedure.Folder(folder.name, files))
    result = scenarios.run_all(replace(read, scenarios={FIRST: read.scenarios[FIRST]})).results[0]
    said = [one for one in result.failures if "手順2" in one]
    assert "期待は作業「回答の確認」が開いていること" in said[0]
    told = [one for one in result.failures if "異常で止まりました（T2、" in one]
    assert len(told) == 1 and "0" in told[0]


def test_a_loop_of_bases_is_refused(inquiry):
    texts = {"a": "もと: b", "b": "もと: a"}
    with pytest.raises(reading.Unreadable, match="輪"):
        reading.read("a", texts)


def test_an_end_event_no_scenario_reaches_is_an_error(inquiry):
    report = scenarios.run_all(replace(inquiry, scenarios={}))
    assert [p.element for p in report.problems if p.severity == "error"] == ["E1"]


def test_rows_are_merged_by_position_and_a_further_row_starts_from_the_last(inquiry):
    base = {"rows": [{"a": 1, "b": 1}], "x": 1}
    assert reading.merge(base, {"rows": [{"a": 2}, {"a": 3}]}) == {
        "rows": [{"a": 2, "b": 1}, {"a": 3, "b": 1}],
        "x": 1,
    }
    assert reading.merge(base, {"rows": []}) == {"rows": [], "x": 1}


def test_a_register_keeps_what_lies_outside_a_change():
    day = date(2026, 5, 1)
    register = Registers([Entry("v", "k", {"plate": "A"}, date(2020, 1, 1), owner="one")])
    register.remember()
    register.write(Entry("v", "k", {"plate": "B"}, day))
    assert register.find("v", "k", on=date(2026, 4, 30)).data == {"plate": "A"}
    assert register.find("v", "k", on=day).data == {"plate": "B"}
    assert register.find("v", "k", on=day).owner == "one"
    register.close("v", "k", date(2026, 6, 1))
    assert register.find("v", "k", on=date(2026, 6, 1)) is None
    with pytest.raises(NotFound):
        register.close("v", "k", date(2026, 7, 1))
    register.undo("v")
    assert register.find("v", "k", on=date(2026, 7, 1)).data == {"plate": "A"}


def test_a_correcting_case_undoes_its_own_writes_only():
    day = date(2026, 5, 1)
    register = Registers([Entry("v", "k", {"plate": "wrong"}, day)])
    register.put_back("v", [Entry("v", "k", {"plate": "old"}, date(2020, 1, 1))])
    register.remember()
    register.write(Entry("v", "k", {"plate": "right"}, day))
    register.undo("v")
    assert register.find("v", "k", on=day).data == {"plate": "old"}


def test_applying_several_changes_is_one_version_of_the_owners_list():
    register = Registers()
    entries = [
        {"action": "write", "key": key, "data": {}, "valid_from": date(2026, 5, 1)}
        for key in ("a", "b")
    ]
    assert register.apply("v", "one", entries) == 1
    assert register.apply("v", "one", entries) == 2
    assert [e.key for e in register.list_of_owner("v", "one", on=date(2026, 5, 2))] == ["a", "b"]


def test_how_many_have_run_is_told_before_each(inquiry):
    told = []
    scenarios.run_all(inquiry, progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 2), (1, 2)]
