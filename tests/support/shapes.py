"""The positions of a diagram for the models that tests write as text."""

from __future__ import annotations

import re

from engine.bpmn.kinds import WRITTEN

_NODE = re.compile(rf"<(?:\w+:)?(?:{'|'.join(WRITTEN)})\b[^>]*?\sid=\"([^\"]+)\"")


def with_shapes(bpmn: str) -> str:
    """The file with a shape for every element of its flows, so that nothing is said of its diagram."""
    shapes = "".join(
        f'<di:BPMNShape id="{node}_di" bpmnElement="{node}">'
        f'<dc:Bounds x="{200 + 150 * at}" y="100" width="100" height="80"/></di:BPMNShape>'
        for at, node in enumerate(_NODE.findall(bpmn))
    )
    inside, end = bpmn[: (at := bpmn.rindex("</"))], bpmn[at:]
    return (
        f'{inside}<di:BPMNDiagram xmlns:di="http://www.omg.org/spec/BPMN/20100524/DI" '
        f'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><di:BPMNPlane>{shapes}</di:BPMNPlane></di:BPMNDiagram>{end}'
    )
