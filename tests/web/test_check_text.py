"""What `tetsuzuki check` prints for a person."""

from __future__ import annotations

from engine.errors import Problem
from web.checking import Report


def test_an_element_is_named_by_its_name_and_its_id() -> None:
    problem = Problem("a.bpmn", "誤りです。", "直してください。", element="x1", name="受付", line=3)
    text = Report("a.bpmn", (problem,), (), 1).as_text()
    assert "a.bpmn 3行目 「受付」（x1）誤りです。" in text
