"""What a scenario's sentences show of values: as the scenario would write them, never as Python does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from engine import procedure, safe_yaml, scenarios
from engine.feel.values import to_feel
from engine.scenarios.showing import shown

INQUIRY = Path(__file__).parents[2] / "process_models/inquiry"
FIRST = "01_answered"


def failures(*changes: tuple[str, str], diagram: tuple[str, str] = ("", "")) -> str:
    """What the first scenario of the inquiry tells with text of it, and of the diagram, replaced."""
    folder = procedure.read_folder(INQUIRY)
    files = {**folder.files, "process.bpmn": folder.files["process.bpmn"].replace(*diagram)}
    compiled = procedure.compile(procedure.Folder(folder.name, files))
    text = compiled.scenarios[FIRST]
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    report = scenarios.run_all(replace(compiled, scenarios={FIRST: text}))
    return "\n".join(report.results[0].failures)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "なし"),
        (True, "true"),
        (Decimal("10.5"), "10.5"),
        ("回答", "回答"),
        ("01300", '"01300"'),
        ("", '""'),
        ("no", '"no"'),
        (date(2026, 5, 7), "2026-05-07"),
        (["a", None], "[a, null]"),
        (("a", 1), "[a, 1]"),
        (
            {"day": date(2026, 5, 7), "rows": [{"ok": False}]},
            "{day: 2026-05-07, rows: [{ok: false}]}",
        ),
    ],
)
def test_a_value_is_shown_as_the_scenario_writes_it(value: object, text: str) -> None:
    assert shown(value) == text
    assert shown(to_feel(value)) == text
    if value is not None:
        assert to_feel(safe_yaml.load(text)) == to_feel(value)


def test_a_task_without_a_due_day_says_so_and_an_id_is_named_once() -> None:
    told = failures(("作業: 回答の確認", "作業: 決裁"), diagram=('name="回答の確認"', 'name="T2"'))
    assert "実際に開いている作業は T2（" in told and "期限 2026-05-11）" in told
    due = '<zeebe:taskSchedule dueDate="=workdays(today(), parameters.confirm_days)" />'
    told = failures(("作業: 回答の確認", "作業: 決裁"), diagram=(due, ""))
    assert "期限なし）" in told and "None" not in told


def test_no_value_of_a_difference_is_shown_as_python_does() -> None:
    end = "変数: {decision: {ok: true, to: null}, checked: [1, null]}\n  取下げできる: true"
    told = failures(("通知書: [reply]", end))
    assert "取下げできる: 期待は true、実際は false" in told
    assert "期待は {ok: true, to: null}" in told
    assert not any(word in told for word in ("True", "False", "None", "Decimal", "'"))


def test_a_date_that_is_left_out_is_told_without_python() -> None:
    told = failures(("届出:", "訂正: {番号: R8-1, 到達: }\n届出:"))
    assert "日付「なし」が読めません" in told
