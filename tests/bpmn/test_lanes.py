"""What a lane names and is not there, and what stands in two lanes, is told of: the lane decides who gets a task."""

from __future__ import annotations

import pytest

from engine.bpmn import reader
from engine.errors import Problem
from tests.bpmn.test_reader import BPMN, with_shapes


def lane(id: str, *names: str, inside: str = "") -> str:
    named = "".join(f"<flowNodeRef>{name}</flowNodeRef>" for name in names)
    inside = f"<childLaneSet>{inside}</childLaneSet>" if inside else ""
    return f'<lane id="{id}" name="課{id}">{named}{inside}</lane>'


def problems(*sets: str) -> list[Problem]:
    lanes = "".join(f"<laneSet>{one}</laneSet>" for one in sets)
    xml = f"""<definitions xmlns="{BPMN}"><process id="p">{lanes}<startEvent id="s"/><userTask id="u"/>
      <sequenceFlow id="f" sourceRef="s" targetRef="u"/></process></definitions>"""
    return list(reader.read(with_shapes(xml).encode(), file="a.bpmn").problems)


def test_what_a_lane_names_and_is_not_there_is_one_warning_of_the_lane() -> None:
    [gone] = problems(lane("A", "u", *(f"x{i}" for i in range(7))))
    assert (gone.element, gone.severity) == ("A", "warning")
    assert gone.problem == (
        "レーンに入る要素「x0」、「x1」、「x2」、「x3」、「x4」ほか2個がありません。"
    )


@pytest.mark.parametrize(
    ("sets", "first", "last"),
    [
        ((lane("A", "u") + lane("B", "u"),), "A", "B"),
        ((lane("A", "u"), lane("B", "u")), "A", "B"),
        ((lane("A", "s", inside=lane("C", "u")) + lane("B", "u"),), "C", "B"),
        ((lane("A", inside=lane("C", "u") + lane("B", "u")),), "C", "B"),
    ],
)
def test_a_task_in_two_lanes_is_a_warning_that_names_both(
    sets: tuple[str, ...], first: str, last: str
) -> None:
    [two] = problems(*sets)
    assert (two.element, two.severity) == ("u", "warning")
    assert f"「課{first}」「課{last}」" in two.problem and f"担当は「課{last}」" in two.problem


@pytest.mark.parametrize(
    "named",
    [
        lane("A", "s", "u", "u"),
        lane("A", "s", "u", inside=lane("B", "u", inside=lane("C", "u"))),
        lane("A", "s") + lane("B", "u"),
    ],
)
def test_a_lane_inside_the_lane_that_names_the_task_too_is_no_second_one(named: str) -> None:
    assert problems(named) == []
