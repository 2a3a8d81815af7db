"""What the checks of a procedure call who files: as its kind has it."""

from __future__ import annotations

import pytest

from engine import operations, procedure_checks
from tests.engine.test_letter_checks import RULE
from tests.support import models

BPMN = models.process(
    models.line(
        RULE.format(loop=""),
        models.service_task("tell", "notify", {"to": '"aplicant"', "mail": '"done"'}),
    ),
    lanes={"system": ("rule", "tell")},
)
MAIL = {"letters/done.mail.txt": "件名: 決定\n{{ decisions.kind.result }}"}


@pytest.mark.parametrize(
    ("kind", "who"), [("届出", "届出者"), ("申請", "申請者"), ("職権", "申請者")]
)
def test_the_checks_call_who_files_as_the_kind_of_procedure_has_it(kind: str, who: str) -> None:
    folder = models.folder(BPMN, settings={"kind": kind, "summary": "○○の手続"}, files=MAIL)
    found = procedure_checks.examine(folder, operations=dict.fromkeys(operations.names())).problems
    told = [f"{one.problem}{one.remedy}" for one in found]
    for words in (
        f"「applicant」（{who}）と書いてください",
        f"メールには書けません。{who}のことが分かる値",
        f"公開すると{who}や職員が読みます",
    ):
        assert any(words in one for one in told), told
