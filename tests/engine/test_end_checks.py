"""Every end a case can come to needs words for the applicant; the check says which has none, without blocking."""

from __future__ import annotations

import pytest

from engine import operations, procedure_checks
from engine.errors import Problem
from tests.support import models

LATE = "<bpmn:timerEventDefinition><bpmn:timeDuration>P3D</bpmn:timeDuration></bpmn:timerEventDefinition>"
GONE = '<bpmn:message id="m" name="gone"/>'
TOLD = {"end": {"headline": "決まりました", "next": []}}


def _problems(beside: str, *, told: dict[str, object] = TOLD) -> list[Problem]:
    """What is said of the ends of a process with one task and with this beside it."""
    bpmn = models.process(
        models.line(models.user_task("review")) + beside,
        lanes={"filer": ("start",), "examiner": ("review", "end")},
        extra=GONE,
    )
    found = procedure_checks.examine(
        models.folder(bpmn, settings={"ends": told}), operations=dict.fromkeys(operations.names())
    ).problems
    return [one for one in found if "見せる言葉がありません" in one.problem]


def _boundary(end: str = "", *, cancels: bool) -> str:
    return (
        f'<bpmn:boundaryEvent id="late" attachedToRef="review" cancelActivity="{str(cancels).lower()}">{LATE}'
        f'</bpmn:boundaryEvent><bpmn:endEvent id="aside" name="期限切れ">{end}</bpmn:endEvent>'
        + models.flows("late", "aside")
    )


def _event_subprocess(interrupts: bool) -> str:
    return (
        '<bpmn:subProcess id="leave" triggeredByEvent="true">'
        f'<bpmn:startEvent id="left" isInterrupting="{str(interrupts).lower()}">'
        '<bpmn:messageEventDefinition messageRef="m"/></bpmn:startEvent>'
        '<bpmn:endEvent id="aside" name="取下げ"/>'
        + models.flows("left", "aside")
        + "</bpmn:subProcess>"
    )


def test_an_end_without_words_is_a_warning_that_says_where_to_write_them() -> None:
    (found,) = _problems("", told={})
    assert (found.element, found.severity) == ("end", "warning")
    assert "「完了」" in found.problem and "ends に「end」を加え" in found.remedy


def test_an_end_with_words_is_in_order() -> None:
    assert _problems("") == []


@pytest.mark.parametrize(
    ("beside", "said"),
    [
        (_boundary(cancels=True), True),
        (_boundary(cancels=False), False),
        (_boundary("<bpmn:terminateEventDefinition/>", cancels=False), True),
        (_event_subprocess(interrupts=True), True),
        (_event_subprocess(interrupts=False), False),
    ],
)
def test_an_end_counts_where_the_case_can_end_with_it(beside: str, said: bool) -> None:
    assert [one.element for one in _problems(beside)] == (["aside"] if said else [])
