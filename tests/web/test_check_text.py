"""What `tetsuzuki check` prints for a person."""

from __future__ import annotations

import json

from engine import dmn
from engine.errors import Problem
from web.checking import SHOWN_MAX, Report, proven


def test_an_element_is_named_by_its_name_and_its_id() -> None:
    problem = Problem("a.bpmn", "誤りです。", "直してください。", element="x1", name="受付", line=3)
    text = Report("a.bpmn", (problem,), (), 1).as_text()
    assert "a.bpmn 3行目 「受付」（x1）誤りです。" in text


def test_of_many_problems_the_text_has_the_first_and_json_all() -> None:
    remarks = [
        Problem("a.bpmn", f"注{i}。", "見る。", severity="warning") for i in range(SHOWN_MAX)
    ]
    mistakes = [Problem("a.bpmn", f"誤{i}。", "直す。") for i in range(1300)]
    whole = Report("a.bpmn", (*remarks, *mistakes), (), 1)
    lines = whole.as_text().splitlines()[1:]
    assert [line.split()[0] for line in lines[:-1]] == ["誤り"] * SHOWN_MAX
    assert lines[-1].strip().startswith("ほかに1,300件あります。")
    assert len(json.loads(whole.as_json())["problems"]) == SHOWN_MAX + 1300
    few = Report("a.bpmn", tuple(remarks), (), 1).as_text()
    assert "ほかに" not in few and len(few.splitlines()) == SHOWN_MAX + 1


def test_a_proof_says_what_a_missing_value_does() -> None:
    whole = proven(dmn.TableProof("a.dmn", "t", "表", True, True))
    assert whole == "は、どの入力にも（値がないときも）、ちょうど一つの結果を出します。"
    lacking = proven(dmn.TableProof("a.dmn", "t", "表", True, True, (), ("種別",), ("上限",)))
    assert lacking == (
        "は、値のあるどの入力にも、ちょうど一つの結果を出します。"
        "「種別」の値がない（null の）ときは、複数の行が当てはまり、案件が止まることがあります。"
        "「上限」の値がない（null の）ときは、範囲の端が決まらず、案件が止まることがあります。"
    )
