"""What a task gives the engine's own operations is checked before a case meets it."""

from __future__ import annotations

import pytest

from engine import operations, procedure, procedure_checks
from engine.errors import Problem
from engine.operation_parameters import TAKEN, WrongParameters, text_of
from tests.support import models

MAIL = "件名: お知らせ\n\nお知らせします。\n"


def found(operation: str, inputs: dict[str, str]) -> list[Problem]:
    body = models.line(models.user_task("fix"), models.service_task("tell", operation, inputs))
    folder = models.folder(
        models.process(body, lanes={"examiner": ("start", "fix"), "system": ("tell", "end")})
    )
    files = {**folder.files, "letters/told.mail.txt": MAIL}
    checked = procedure_checks.examine(
        procedure.Folder(folder.name, files), operations=dict.fromkeys(operations.names())
    ).problems
    return [p for p in checked if p.element == "tell" and p.severity == "error"]


def test_every_own_operation_says_what_it_takes() -> None:
    assert sorted(TAKEN) == sorted(operations.names())


def test_a_task_that_gives_what_is_taken_is_in_order() -> None:
    assert found("notify", {"to": '"applicant"', "mail": '"told"'}) == []


def test_an_input_that_another_line_reads_is_no_parameter() -> None:
    inputs = {"kind": '"told"', "to": '"applicant"', "mail": "kind"}
    assert found("notify", inputs) == []


@pytest.mark.parametrize(
    ("operation", "inputs", "lacking"),
    [
        ("notify", {"mail": '"told"'}, "to"),
        ("notify", {"to": '"applicant"'}, "mail"),
        ("number.take", {}, "sign"),
        ("letter.issue", {}, "letter"),
        ("register.find", {"register": '"r"'}, "key"),
    ],
)
def test_a_missing_parameter_is_an_error_that_names_it(
    operation: str, inputs: dict[str, str], lacking: str
) -> None:
    [problem] = found(operation, inputs)
    assert f"要る引数「{lacking}」がありません" in problem.problem and lacking in problem.remedy


def test_an_unknown_parameter_is_an_error_that_names_the_nearest() -> None:
    inputs = {"to": '"applicant"', "mail": '"told"', "dta": "1"}
    [problem] = found("notify", inputs)
    assert "引数「dta」はありません" in problem.problem and "「data」の誤り" in problem.remedy


@pytest.mark.parametrize(
    ("operation", "inputs", "told"),
    [
        ("notify", {"to": '"applicant"', "mail": '"tld"'}, "メール「tld」がありません"),
        ("letter.issue", {"letter": '"none"'}, "通知書「none」がありません"),
        ("notify", {"to": '"aplicant"', "mail": '"told"'}, "宛先「aplicant」がありません"),
    ],
)
def test_a_mail_or_letter_that_does_not_exist_is_an_error(
    operation: str, inputs: dict[str, str], told: str
) -> None:
    [problem] = found(operation, inputs)
    assert told in problem.problem and problem.remedy


def test_a_wrong_value_met_by_a_case_is_told_in_japanese() -> None:
    with pytest.raises(WrongParameters, match="引数「sign」は文字で渡します"):
        text_of({"sign": 3}, "sign")
