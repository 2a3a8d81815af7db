"""Files of other makers: one element x between a start and an end, and what the reader makes of it."""

from __future__ import annotations

from engine.bpmn import reader
from engine.bpmn.document import Document
from engine.bpmn.model import Node
from engine.errors import Problem
from tests.support.shapes import with_shapes

ROOT = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' xmlns:activiti="http://activiti.org/bpmn" xmlns:flowable="http://flowable.org/bpmn"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    ' xmlns:maker="http://maker.example/bpmn" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
)


def drawn(body: str, *, roots: str = "", start: str = "", process: str = "") -> bytes:
    """start > x > end around one element x."""
    return with_shapes(
        f'{ROOT}{roots}<process id="p"{process}>\n<startEvent id="s"{start}/>'
        '<sequenceFlow id="f1" sourceRef="s" targetRef="x"/>\n'
        f'{body}\n<sequenceFlow id="f2" sourceRef="x" targetRef="e"/><endEvent id="e"/></process></definitions>'
    ).encode()


def read(body: str, **parts: str) -> Document:
    return reader.read(drawn(body, **parts), file="a.bpmn")


def node(body: str, **parts: str) -> Node:
    """The element x of a file without any problem."""
    document = read(body, **parts)
    assert document.problems == ()
    return document.processes["p"].by_id["x"]


def only(body: str, **parts: str) -> Problem:
    [problem] = read(body, **parts).problems
    assert problem.line is not None
    return problem


def user(attributes: str = "", extensions: str = "") -> str:
    return (
        f'<userTask id="x" name="審査" {attributes}><extensionElements>{extensions}</extensionElements>'
        "</userTask>"
    )
