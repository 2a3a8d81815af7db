"""A letter may not be handed a value under the name of a variable: refused at deployment."""

from __future__ import annotations

import pytest

from engine import operations, procedure
from tests.support import models


def _problems(data: str) -> list[tuple[str | None, str]]:
    bpmn = models.process(
        models.line(
            models.service_task("find", "register.find", {"register": '"p"', "key": '"1"'}, result="permit"),
            models.service_task("issue", "letter.issue", {"letter": '"done"', "data": data}),
        ),
        lanes={"system": ("start", "find", "issue", "end")},
    )  # fmt: skip
    folder = models.folder(
        bpmn,
        settings={"letters": {"done": {"title": "完了通知"}}},
        files={"letters/done.html": "<p>{{ case.number }}</p>"},
    )
    found = procedure.check(folder, operations=dict.fromkeys(operations.names()))
    return [(one.element, one.problem) for one in found if "通知書に渡す値" in one.problem]


@pytest.mark.parametrize("name", ["permit", "notice", "case", "office", "title"])
def test_data_that_hides_a_variable_is_refused_with_the_element(name: str) -> None:
    ((element, problem),) = _problems(f"{{{name}: 1}}")
    assert element == "issue" and f"「{name}」" in problem


def test_data_under_names_of_its_own_is_fine() -> None:
    assert _problems("{reason: permit.data.status, lines: [notice.holder]}") == []
