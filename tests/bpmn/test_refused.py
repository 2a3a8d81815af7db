"""A mistake is told once: what hangs on a refused element, or on a refused flow, is no problem of its own."""

from __future__ import annotations

import pytest

from tests.bpmn.test_reader import errors_of
from tests.kernel.drawing import (
    CANCEL,
    UNDOES,
    Item,
    again,
    boundary,
    catch,
    compensate,
    end,
    gateway,
    one,
    start,
    sub,
    task,
    timer,
    user,
)

COMPLEX = gateway("x", "complex")
INSIDE = sub("part", start("s"), gateway("x", "complex"), end("e"), lines="s > x > e")
FOREIGN = Item("subChoreography", "x", children=(task("t"), task("u")), lines="t > u")
LATE = timer("P1D")


@pytest.mark.parametrize(
    ("xml", "told"),
    [
        (one(COMPLEX, end("other"), lines="start > x; x > end ? no; x > other"), "x"),
        (one(INSIDE, lines="start > part > end"), "x"),
        (one(FOREIGN, lines="start > x > end"), "x"),
        (one(COMPLEX, boundary("b", "x", LATE), end("o"), lines="start > x > end; b > o"), "x"),
        (
            one(
                gateway("wait", "eventBased"),
                gateway("x", "complex"),
                catch("c", LATE),
                lines="start > wait; wait > x > end; wait > c > end",
            ),
            "x",
        ),
        (one(user("u"), boundary("b", "start", LATE), end("o"), lines="start > u > end; b > o"), "b"),
        (
            one(
                user("u"),
                task("undo", **UNDOES),
                boundary("b", "start", compensate()),
                lines="start > u > end",
                ties="b > undo",
            ),
            "b",
        ),
        (one(user("u"), boundary("b", "start", CANCEL), lines="start > u > end; b > end"), "b"),
    ],
)  # fmt: skip
def test_what_hangs_on_a_refused_element_is_no_problem_of_its_own(xml: bytes, told: str) -> None:
    assert [problem.element for problem in errors_of(xml)] == [told]


@pytest.mark.parametrize(
    ("joins", "instead"),
    [
        (b'sourceRef="b" targetRef="end"', b'sourceRef="b" targetRef="gone"'),
        (b'sourceRef="u" targetRef="g"', b'sourceRef="gone" targetRef="g"'),
        (b'sourceRef="g" targetRef="end"', b'sourceRef="g" targetRef="gone"'),
    ],
)
def test_what_a_refused_flow_comes_from_or_goes_to_is_no_problem_of_its_own(
    joins: bytes, instead: bytes
) -> None:
    late = boundary("b", "u", LATE)
    xml = one(user("u"), late, gateway("g"), lines="start > u > g > end; b > end")
    [problem] = errors_of(xml.replace(joins, instead))
    assert "流れの元か先の要素がありません" in problem.problem


def test_a_mistake_of_one_setting_is_told_once() -> None:
    never = task("x", loop=again(most=0).replace(">", ' loopMaximum="0">', 1))
    [limit] = errors_of(one(never, lines="start > x > end"))
    assert "上限" in limit.problem
    both = catch("x", compensate() + LATE)
    [together] = errors_of(one(both, lines="start > x > end"))
    assert "組み合わせられません" in together.problem
