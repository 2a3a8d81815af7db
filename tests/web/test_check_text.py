"""What `tetsuzuki check` prints for a person."""

from __future__ import annotations

from engine import dmn
from engine.errors import Problem
from web.checking import Report, proven


def test_an_element_is_named_by_its_name_and_its_id() -> None:
    problem = Problem("a.bpmn", "誤りです。", "直してください。", element="x1", name="受付", line=3)
    text = Report("a.bpmn", (problem,), (), 1).as_text()
    assert "a.bpmn 3行目 「受付」（x1）誤りです。" in text


def test_a_proof_says_what_a_missing_value_does() -> None:
    whole = proven(dmn.TableProof("a.dmn", "t", "表", True, True))
    assert whole == "は、どの入力にも（値がないときも）、ちょうど一つの結果を出します。"
    lacking = proven(dmn.TableProof("a.dmn", "t", "表", True, True, (), ("種別",), ("上限",)))
    assert lacking == (
        "は、値のあるどの入力にも、ちょうど一つの結果を出します。"
        "「種別」の値がない（null の）ときは、複数の行が当てはまり、案件が止まることがあります。"
        "「上限」の値がない（null の）ときは、範囲の端が決まらず、案件が止まることがあります。"
    )
