"""What is wrong in procedure.yaml is told in Japanese, with the value, the line and what to write instead."""

from __future__ import annotations

import pytest
import yaml

from engine import procedure_checks
from engine.errors import Problem
from engine.procedure import Folder
from tests.support import models

FILE = "procedure.yaml"


def found(old: str, new: str) -> list[Problem]:
    """The problems of procedure.yaml when one line of it reads otherwise."""
    settings = {**models.SETTINGS, "laws": [{"law": "法", "article": "1条"}]}
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False, width=200)
    assert text.count(old) == 1, text
    folder = models.folder(models.process(models.line(models.user_task("fix")), lanes={}))
    files = {**folder.files, FILE: text.replace(old, new)}
    checked = procedure_checks.examine(Folder(folder.name, files), operations={})
    return [one for one in checked.problems if one.file == FILE]


@pytest.mark.parametrize(
    ("old", "new", "element", "problem", "remedy"),
    [
        ("kind: 届出", "kind: 届け出", "kind", "「届け出」は、ここに書けない値", "申請、届出、職権"),
        ("days: 5", "days: 五", "standard_period.days", "「五」は、整数では", "半角の整数"),
        ("days: 5", "days: 0", "standard_period.days", "「0」は、小さすぎ", "1 以上"),
        ("summary: テストのための手続", "summary:", "summary", "空にはできません", "値を書いて"),
        ("summary: テストのための手続", "summary: 5", "summary", "「5」は、文字では", "囲みます"),
        ("  - fix", "    fix", "standard_period.stops", "「fix」は、一覧では", "[A, B]"),
        ("article: 1条", "valid_from: 平成6年\n  article: 1条", "laws.0.valid_from", "「平成6年」は、日付", "2026-04-01"),
        ("post: sanpai.examiner", "pst: x", "lanes.examiner.pst", "知らない項目", "「post」の誤り"),
        ("post: sanpai.examiner", "colour: x", "lanes.examiner.colour", "知らない項目", "audience、post です"),
        ("    post: sanpai.examiner", "  - x", "lanes.examiner", "「項目: 値」の集まりでは", "字下げして"),
        ("id: sample", "id: Sample", "id", "英小文字で始まり", "docs/procedures.md"),
        ("- guest", "- gest", "filing.by.1", "「gest」は、ここに書けない値", "account、guest、counter"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_told(
    old: str, new: str, element: str, problem: str, remedy: str
) -> None:
    [one] = [one for one in found(old, new) if one.element == element]
    assert (problem in one.problem, remedy in one.remedy) == (True, True), one
    assert one.line is not None


def test_of_a_misspelt_setting_both_the_right_and_the_wrong_name_are_told() -> None:
    missing, unknown = found("short_name: 見本", "shortname: 見本")
    assert (missing.element, missing.problem) == ("short_name", "この項目がありません。")
    assert unknown.element == "shortname" and unknown.remedy.startswith("「short_name」の誤り")


def test_a_retention_that_does_not_say_why_is_told_and_stops_nothing() -> None:
    [told] = [
        one for one in found("rule: 文書管理規程", "from: completion") if one.element == "retention"
    ]
    assert (told.severity, told.line is not None) == ("warning", True)
    assert "根拠（retention.rule）" in told.problem and "規程の名前" in told.remedy
    assert not [one for one in found("years: 5", "years: 6") if one.element == "retention"]
