"""What the diagram of a file does not show is told, and stops nothing."""

from __future__ import annotations

import re

from engine.bpmn import reader
from tests.bpmn.foreign import ROOT
from tests.kernel.drawing import end, file, one, process, start, user
from tests.support.shapes import with_shapes


def _without(xml: bytes, *nodes: str) -> bytes:
    for node in nodes:
        xml, taken = re.subn(
            rf'<bpmndi:BPMNShape id="shape-{node}".*?</bpmndi:BPMNShape>'.encode(), b"", xml
        )
        assert taken == 1
    return xml


def test_a_file_without_any_position_is_one_warning() -> None:
    pools = [process(id, start(f"{id}s"), end(f"{id}e"), lines=f"{id}s > {id}e") for id in "ab"]
    xml = re.sub(rb"<bpmndi:BPMNDiagram.*</bpmndi:BPMNDiagram>", b"", file(*pools))
    document = reader.read(xml, file="x.bpmn")
    [told] = document.problems
    assert list(document.processes) == ["a", "b"]
    assert (told.file, told.element, told.severity) == ("x.bpmn", "a", "warning")
    assert "位置がありません" in told.problem
    assert "スタジオ" in told.remedy


def test_a_file_too_large_for_the_studio_to_lay_out_is_to_be_placed_elsewhere() -> None:
    many = "".join(f'<task id="t{number}"/>' for number in range(1000))
    xml = f'{ROOT}<process id="p"><startEvent id="s"/>{many}</process></definitions>'
    [told] = reader.read(xml.encode(), file="x.bpmn").problems
    assert "位置がありません" in told.problem
    assert "スタジオ" not in told.remedy
    assert "図を作った道具" in told.remedy
    assert reader.read(with_shapes(xml).encode(), file="x.bpmn").problems == ()


def test_elements_without_a_position_beside_others_are_named_in_one_warning() -> None:
    names = [f"u{number}" for number in range(8)]
    xml = one(*(user(name) for name in names), lines=f"start > {' > '.join(names)} > end")
    assert reader.read(xml, file="x.bpmn").problems == ()
    [alone] = reader.read(_without(xml, "u3"), file="x.bpmn").problems
    assert (alone.element, alone.severity) == ("u3", "warning")
    assert "同じです" not in alone.problem
    [told] = reader.read(_without(xml, *names), file="x.bpmn").problems
    assert told.element == "u0"
    assert "「u1」（u1）" in told.problem
    assert "「u5」（u5）ほか2個も同じです" in told.problem
    assert "u6" not in told.problem


def test_a_shape_that_names_its_element_with_a_prefix_is_its_position() -> None:
    xml = one(user("u"), lines="start > u > end")
    assert b'bpmnElement="u"' in xml
    prefixed = xml.replace(b'bpmnElement="u"', b'bpmnElement="tns:u"')
    assert reader.read(prefixed, file="x.bpmn").problems == ()
