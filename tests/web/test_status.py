from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from web.portal.course import timeline
from web.portal.status import Standing, place, standing, steps, withdrawal_words

STEPS = [
    "届出の入力",
    "国の登録との照合",
    "審査（違いがあるとき）",
    "係長の決定",
    "台帳に登録して完了通知",
]
SETTINGS: dict[str, Any] = {
    "office": {"name": "産業廃棄物対策課"},
    "steps": STEPS,
    "stages": {
        "T7": "審査しています",
        "T9": "決定を待っています",
        "T13": "登録が終わりました（再照合の結果を確かめています）",
    },
    "finished": {"T9": "係長が決定しました"},
    "ends": {
        "E1": {"kind": "done", "chip": "終了", "headline": "車両台帳に登録しました"},
        "E3": {"kind": "returned", "chip": "返戻", "headline": "届出を返戻しました"},
        "E4": {"kind": "withdrawn", "chip": "取下げ", "headline": "取り下げました"},
    },
}
TODAY = date(2026, 5, 12)


@dataclass
class Case:
    status: str = "open"
    stage: str = "審査しています"
    due_on: date | None = date(2026, 5, 19)
    outcome: str | None = None
    end_event: str | None = None
    ended_at: datetime | None = None
    channel: str = "account"


@dataclass
class Task:
    node: str = "T7"
    name: str = "審査"
    audience: str = "staff"
    status: str = "open"
    due_on: date | None = None
    data: dict[str, Any] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("stage", "step"),
    [
        ("国の自動車登録情報と照合しています", 1),
        ("国の登録に載るのを待って、もう一度照合します", 1),
        ("審査しています", 2),
        ("決定を待っています", 3),
        ("登録が終わりました（後日もう一度照合します）", 4),
        ("写真を確かめています", 1),
    ],
)
def test_a_stage_is_found_at_the_step_it_speaks_of(stage: str, step: int) -> None:
    assert place(STEPS, stage) == step


def test_a_stage_no_step_speaks_of_stays_where_the_case_had_come_to() -> None:
    every = [Task(status="done"), Task("T8", "補正", "applicant")]
    found = steps(Case(stage="補正をお願いしています"), tasks=every, settings=SETTINGS)
    assert [step.state for step in found] == ["done", "done", "stopped", "todo", "todo"]
    assert found[2].text == "直していただくのを待っています"


def test_a_step_that_comes_only_in_some_cases_is_not_called_done_when_it_did_not_come() -> None:
    for case in (Case(stage="決定を待っています"), Case(status="ended", outcome="登録完了")):
        decided = Task("T9", "確認・決定", status="done")
        found = steps(case, tasks=[decided], settings=SETTINGS)
        assert (found[2].state, found[2].text) == ("skipped", "今回はありませんでした")
        found = steps(case, tasks=[Task(status="done"), decided], settings=SETTINGS)
        assert found[2].state == "done"


def test_words_that_are_a_sentence_already_are_not_wrapped_in_another() -> None:
    found = standing(Case(), open_tasks=[Task()], settings=SETTINGS, today=TODAY)
    assert found.headline == "審査しています"
    found = standing(Case(stage="審査中"), open_tasks=[], settings=SETTINGS, today=TODAY)
    assert found.headline == "産業廃棄物対策課で審査中です"


def test_a_late_case_says_so_and_does_not_promise_a_day_that_has_passed() -> None:
    found = standing(Case(due_on=date(2026, 5, 11)), open_tasks=[], settings=SETTINGS, today=TODAY)
    assert "遅れています" in found.expected


def test_a_stopped_case_asks_nothing_of_the_applicant() -> None:
    found = standing(Case(status="incident"), open_tasks=[], settings=SETTINGS, today=TODAY)
    assert found.kind == "stopped"
    assert "あなたがすることはありません" in "".join(found.next)


def test_a_correction_names_its_last_day() -> None:
    task = Task("T8", "補正", "applicant", due_on=date(2026, 5, 26))
    found = standing(Case(), open_tasks=[task], settings=SETTINGS, today=TODAY)
    assert found.kind == "yours"
    assert "2026年（令和8年）5月26日（火）までに" in found.next[0]


@pytest.mark.parametrize(
    ("label", "words"), [("取下げ", "取下げする"), ("届出を取り下げる", "届出を取り下げる")]
)
def test_the_button_of_the_withdrawal_reads_as_an_action(label: str, words: str) -> None:
    assert withdrawal_words({"withdrawal": {"label": label}}) == words


def test_the_course_calls_no_work_finished_that_was_sent_back_and_keeps_what_it_told() -> None:
    def worked(node: str, name: str, opened: int, closed: int | None = None) -> Any:
        return SimpleNamespace(
            node=node,
            name=name,
            audience="applicant" if node == "T8" else "staff",
            status="done" if closed else "open",
            opened_at=datetime(2026, 5, 12, opened, tzinfo=UTC),
            closed_at=datetime(2026, 5, 12, closed, tzinfo=UTC) if closed else None,
            due_on=None,
        )

    def course(*every: Any) -> list[str]:
        arrived = datetime(2026, 5, 12, 0, tzinfo=UTC)
        case: Any = SimpleNamespace(arrived_at=arrived, number="R8-1", ended_at=None)
        found = timeline(case, list(every), [], SETTINGS, Standing("office", "", "", ()))
        return [event.what for event in reversed(found)][1:]

    asked = [worked("C5", "写真の確認", 1, 2), worked("T7", "審査", 2, 3), worked("T8", "補正", 3)]
    told = ["「写真の確認」が終わりました", "補正をお願いしました"]
    assert course(*asked) == told
    corrected = [*asked[:2], worked("T8", "補正", 3, 4), worked("C5", "写真の確認", 4)]
    assert course(*corrected) == [*told, "補正が届きました"]
    again = [*corrected[:3], worked("C5", "写真の確認", 4, 5)]
    assert course(*again) == [*told, "補正が届きました", "「写真の確認」が終わりました"]
    sent_back = [
        worked("T7", "審査", 1, 2),
        worked("T9", "確認・決定", 2, 3),
        worked("T7", "審査", 3),
    ]
    examined = "「審査」が終わりました"
    assert course(*sent_back) == course(*sent_back[:1]) == [examined]
    decided = [*sent_back[:2], worked("T7", "審査", 3, 4), worked("T9", "確認・決定", 4, 5)]
    assert course(*decided) == [examined, examined, "係長が決定しました"]

    # Nothing differed from the register, so the case came to the chief first and to the examiner from there.
    unexamined = [worked("T9", "確認・決定", 1, 2), worked("T7", "審査", 2)]
    assert course(*unexamined) == []
    decided = [*unexamined[:1], worked("T7", "審査", 2, 3), worked("T9", "確認・決定", 3, 4)]
    assert course(*decided) == ["「審査」が終わりました", "係長が決定しました"]
    after = worked("T13", "後日照合の確認", 5, 6)
    assert course(*decided, after)[1:] == [
        "係長が決定しました",
        "「後日照合の確認」が終わりました",
    ]


def test_a_suspended_case_reads_as_one_that_is_being_looked_into() -> None:
    found = standing(Case(status="suspended"), open_tasks=[], settings=SETTINGS, today=TODAY)
    assert found.kind == "stopped" and "一時的に止まっています" in found.headline


def test_a_cancelled_case_is_not_called_finished() -> None:
    case = Case(status="ended", outcome="取消し", ended_at=datetime(2026, 5, 12, 1, tzinfo=UTC))
    found = standing(case, open_tasks=[], settings=SETTINGS, today=TODAY)
    assert found.headline == "処理が取り消されました" and "結論は出ていません" in found.next[0]
    assert [one.title for one in steps(case, tasks=[], settings=SETTINGS)] == [STEPS[0], "取消し"]


def ended(end: str, outcome: str) -> Case:
    at = datetime(2026, 5, 12, 1, tzinfo=UTC)
    return Case(status="ended", outcome=outcome, end_event=end, ended_at=at)


def test_a_returned_case_is_told_in_the_words_of_its_procedure_and_not_as_a_success() -> None:
    found = standing(
        ended("E3", "許可失効"),
        open_tasks=[],
        settings=SETTINGS,
        today=TODAY,
        told=("理由：許可の有効期間が終わっています。",),
    )
    assert (found.kind, found.chip, found.headline) == ("returned", "返戻", "届出を返戻しました")
    assert found.next == ("理由：許可の有効期間が終わっています。",)
    assert found.expected == "終わった日 2026年（令和8年）5月12日（火）"


@pytest.mark.parametrize(
    ("tasks", "course"),
    [
        ([], ["届出の入力"]),
        ([Task("T7", status="cancelled")], ["届出の入力", "国の登録との照合"]),
        (
            [Task("T7", status="done"), Task("T8", "補正", "applicant", "cancelled")],
            ["届出の入力", "国の登録との照合", "審査（違いがあるとき）"],
        ),
        (
            [Task("T9", "確認・決定", status="done"), Task("T7", status="done")],
            ["届出の入力", "国の登録との照合", "審査（違いがあるとき）"],
        ),
        ([Task("T9", "確認・決定", status="done")], STEPS[:4]),
        (
            [Task("T9", "確認・決定", status="done"), Task("T13", "確認", status="done")],
            STEPS,
        ),
    ],
    ids=["at_once", "while_examined", "no_correction", "sent_back", "decided", "undone"],
)
def test_steps_a_returned_case_did_not_take_are_not_shown_as_taken(
    tasks: list[Task], course: list[str]
) -> None:
    for end, chip, kind in (("E3", "返戻", "returned"), ("E4", "取下げ", "withdrawn")):
        found = steps(ended(end, "許可失効"), tasks=tasks, settings=SETTINGS)
        assert [step.title for step in found] == [*course, chip]
        assert found[-1].state == kind
        assert {step.state for step in found[:-1]} <= {"done", "skipped"}


def test_the_course_ends_with_what_became_of_the_case_not_with_the_name_of_an_element() -> None:
    for end, words, kind in (
        ("E1", "車両台帳に登録しました", "done"),
        ("E3", "届出を返戻しました", "bad"),
        ("E4", "取り下げました", ""),
    ):
        case: Any = ended(end, "許可失効")
        case.arrived_at, case.number = datetime(2026, 5, 12, tzinfo=UTC), "R8-1"
        found = standing(case, open_tasks=[], settings=SETTINGS, today=TODAY)
        last = timeline(case, [], [], SETTINGS, found)[0]
        assert (last.what, last.kind) == (words, kind)
