"""A scenario sends what another case would: a signal. And it says once how its last step stops the case."""

from __future__ import annotations

from typing import Any

import yaml

from engine import deploy, procedure, scenarios
from tests.support import models

HEAR = (
    '<bpmn:startEvent id="start"/><bpmn:eventBasedGateway id="first"/>'
    '<bpmn:intermediateCatchEvent id="hear"><bpmn:signalEventDefinition signalRef="law"/></bpmn:intermediateCatchEvent>'
    '<bpmn:intermediateCatchEvent id="late"><bpmn:timerEventDefinition>'
    "<bpmn:timeDuration>P30D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    '<bpmn:endEvent id="end"/><bpmn:endEvent id="heard"/>'
)
FOLDER = models.folder(
    models.process(
        HEAR
        + models.user_task("fix")
        + models.flows("start", "first", "hear", "fix", "heard")
        + models.flows("first", "late", "end"),
        lanes={"examiner": ("fix",), "system": ("start", "first", "hear", "late", "end", "heard")},
        extra='<bpmn:signal id="law" name="法改正"/><bpmn:message id="m" name="知らせ"/>',
    )
)
FIX = {"作業": "fix", "回答": {"decision": "ok"}}


def run(folder: procedure.Folder, *steps: Any, **end: Any) -> tuple[Any, scenarios.Report]:
    told = {
        "シナリオ": "聞く",
        "はじめ": "2026-05-07 10:00",
        "届出": {"holder": "甲社", "email": "a@example.jp"},
        "手順": list(steps),
        "おわり": end,
    }
    text = yaml.dump(told, allow_unicode=True, sort_keys=False)
    compiled = procedure.compile(
        procedure.Folder(folder.name, {**folder.files, "scenarios/a.yaml": text})
    )
    return compiled, scenarios.run_all(compiled)


def failures(folder: procedure.Folder, *steps: Any, **end: Any) -> list[str]:
    _, report = run(folder, *steps, **end)
    return [one for result in report.results for one in result.failures]


def test_a_signal_of_another_case_reaches_the_end_behind_it_with_its_content() -> None:
    told = {"シグナル": "法改正", "内容": {"law": "令和8年法律第1号"}}
    compiled, report = run(
        FOLDER, told, FIX, 終了="heard", 変数={"法改正": {"law": "令和8年法律第1号"}}
    )
    assert report.results[0].failures == ()
    assert [p.element for p in report.problems if p.severity == "error"] == ["end"]
    [tried] = deploy.try_scenarios(compiled, report)
    assert (tried.second, tried.passed) == ("outside", True)


def test_a_signal_without_content_brings_an_empty_one_as_a_thrower_without_inputs() -> None:
    assert failures(FOLDER, {"シグナル": "法改正"}, FIX, 終了="heard", 変数={"法改正": {}}) == []


def test_a_signal_nobody_waits_for_is_told_unless_that_is_said() -> None:
    [failure] = failures(FOLDER, {"シグナル": "改正"}, 開いている作業=[])
    assert "手順1（シグナル 改正）: シグナル「改正」を待っている所がありません" in failure
    assert failures(FOLDER, {"シグナル": "改正", "届かない": True}, 開いている作業=[]) == []
    [failure] = failures(FOLDER, {"シグナル": "法改正", "届かない": True}, 開いている作業=[])
    assert "期待は「法改正」を聞かないこと" in failure


def test_a_message_is_not_taken_by_a_wait_for_a_signal_of_its_name() -> None:
    [failure] = failures(FOLDER, {"メッセージ": "法改正"}, 開いている作業=[])
    assert "メッセージ「法改正」を待っている所がありません" in failure


STOPS = models.folder(
    models.process(
        models.line(
            models.user_task("fix"),
            '<bpmn:scriptTask id="compute"><bpmn:extensionElements><zeebe:script '
            'expression="=1 + &quot;x&quot;" resultVariable="sum"/></bpmn:extensionElements></bpmn:scriptTask>',
        ),
        lanes={"examiner": ("fix",), "system": ("start", "compute", "end")},
    )
)


def test_a_stop_of_the_last_step_is_told_once_at_the_end() -> None:
    assert failures(STOPS, FIX, 異常=["FEEL"]) == []
    assert failures(STOPS, {**FIX, "確認": {"異常": ["FEEL"]}}, 異常=["FEEL"]) == []
    [failure] = failures(STOPS, FIX, 異常=["JOIN"])
    assert failure.startswith("おわり: 異常")
    [first, second] = failures(STOPS, FIX, 終了=None)
    assert "手順1" in first and "異常で止まりました" in first and second.startswith("おわり")


def test_a_stop_before_the_last_step_is_told_where_it_is() -> None:
    [failure] = failures(STOPS, FIX, {"時刻": "2026-06-01 09:00"}, 異常=["FEEL"])
    assert "手順1" in failure and "異常で止まりました" in failure
