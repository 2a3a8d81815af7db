"""What is wrong with a model as a whole: what nothing comes to, pools, and many branches checked in time."""

from __future__ import annotations

import time

import pytest

from engine.bpmn import checks, reader
from tests.bpmn.foreign import ROOT, drawn, read
from tests.support.shapes import with_shapes


def test_of_what_hangs_together_only_the_beginning_is_told_to_be_unreachable() -> None:
    lost = "".join(
        f'<task id="l{i}"/><sequenceFlow id="k{i}" sourceRef="l{i}" targetRef="l{i + 1}"/>'
        for i in range(3)
    )
    ring = (
        '<task id="r1"/><task id="r2"/><sequenceFlow id="r3" sourceRef="r1" targetRef="r2"/>'
        '<sequenceFlow id="r4" sourceRef="r2" targetRef="r1"/>'
    )
    document = read(f'{lost}<task id="l3"/>{ring}<task id="x"/>')
    assert [p.element for p in checks.check(document)] == ["l0", "r1"]


def test_a_process_without_a_start_event_is_one_problem() -> None:
    xml = with_shapes(
        f'{ROOT}<process id="p"><task id="a"/><task id="b"/>'
        '<sequenceFlow id="f" sourceRef="a" targetRef="b"/></process></definitions>'
    )
    document = reader.read(xml.encode(), file="a.bpmn")
    found = [*document.problems, *checks.check(document)]
    assert [p.problem for p in found] == ["開始イベントがありません。"]


@pytest.mark.parametrize("prefix", ["", "bpmn:", "semantic:", "ns0:"])
def test_two_pools_with_message_flows_are_read_each_by_itself(prefix: str) -> None:
    def pool(name: str) -> str:
        return (
            f'<{prefix}process id="{name}"><{prefix}startEvent id="{name}s"/><{prefix}task id="{name}t"/>'
            f'<{prefix}endEvent id="{name}e"/><{prefix}sequenceFlow id="{name}1" sourceRef="{name}s" targetRef="{name}t"/>'
            f'<{prefix}sequenceFlow id="{name}2" sourceRef="{name}t" targetRef="{name}e"/></{prefix}process>'
        )

    space = f"xmlns:{prefix.rstrip(':')}" if prefix else "xmlns"
    xml = with_shapes(
        f'<{prefix}definitions {space}="http://www.omg.org/spec/BPMN/20100524/MODEL">'
        f'<{prefix}collaboration id="c"><{prefix}participant id="pa" processRef="a"/>'
        f'<{prefix}participant id="pb" processRef="b"/><{prefix}participant id="black"/>'
        f'<{prefix}messageFlow id="m1" sourceRef="at" targetRef="pb"/>'
        f'<{prefix}messageFlow id="m2" sourceRef="black" targetRef="bt"/></{prefix}collaboration>'
        f"{pool('a')}{pool('b')}</{prefix}definitions>"
    )
    document = reader.read(xml.encode(), file="a.bpmn")
    assert document.problems == ()
    assert list(document.processes) == ["a", "b"]


def test_many_parallel_gateways_whose_branches_write_one_variable_are_checked_in_time() -> None:
    """A search from every gateway took 10 s of CPU for this model; the limit is generous to slow machines."""
    rounds = 1_500
    body = "".join(
        f'<parallelGateway id="g{i}"/><parallelGateway id="j{i}"/>'
        f'<userTask id="l{i}" camunda:formKey="a"/><userTask id="r{i}" camunda:formKey="a"/>'
        + "".join(
            f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>'
            for a, b in (
                (f"g{i}", f"l{i}"),
                (f"g{i}", f"r{i}"),
                (f"l{i}", f"j{i}"),
                (f"r{i}", f"j{i}"),
                (f"j{i}", f"g{i + 1}" if i + 1 < rounds else "x"),
            )
        )
        for i in range(rounds)
    )
    xml = drawn(f'{body}<task id="x"/>').decode().replace('targetRef="x"', 'targetRef="g0"', 1)
    document = reader.read(xml.encode(), file="a.bpmn")
    assert document.problems == ()
    begun = time.process_time()
    found = checks.check(document)
    assert time.process_time() - begun < 3
    assert [p.element for p in found] == [f"r{i}" for i in range(rounds)]
