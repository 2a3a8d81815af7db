"""Elements of a flow that have no place in the diagram of their file: they run, and nobody sees them."""

from __future__ import annotations

from collections.abc import Mapping

from engine.bpmn.elements import attribute, children, reference
from engine.bpmn.findings import Findings
from engine.bpmn.model import Process
from engine.bpmn.problems import named, problem_at
from engine.safe_xml import Element

_BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
# So many elements of a process are named.
_NAMED_MOST = 5
# The studio lays out no more at once (frontend/src/drawable.js).
_LAID_OUT_MOST = 1000
_PLACE = "図を作った道具で配置して保存し、そのファイルを入れ直してください。"
_OPEN = "スタジオの編集画面で開くと自動で並びます。そこで保存すると、位置が図に入ります。"
_OPEN_WITHOUT = (
    "または、「文字で編集」で bpmndi:BPMNDiagram の要素をすべて消してからスタジオの編集画面で開くと、"
    "全体が自動で並びます。そこで保存してください。"
)


def check(found: Findings, root: Element, processes: Mapping[str, Process]) -> None:
    """One warning for a file without any place, else one for every process some of whose elements have none."""
    placed = {reference(shape.get("bpmnElement")) for shape in root.iter(f"{{{_BPMNDI}}}BPMNShape")}
    size = sum(len(process.nodes) for process in processes.values())
    can_lay_out = size <= _LAID_OUT_MOST
    if size and not placed:
        found.warn(
            next(
                one
                for one in children(root, "process")
                if (attribute(one, "id") or "") in processes
            ),
            "図に、要素の位置がありません。案件はこのままでも動きます。",
            _OPEN if can_lay_out else _PLACE,
        )
        return
    for process in processes.values():
        # What has no id of its own is a problem already.
        lacking = [node for node in process.nodes if node.id not in placed and not node.is_cut]
        if not lacking:
            continue
        first, *more = lacking
        others = len(more) - _NAMED_MOST
        also = "".join(named(node) for node in more[:_NAMED_MOST])
        also += f"ほか{others}個" if others > 0 else ""
        found.problems.append(
            problem_at(
                first,
                "図に位置がないため、表示されません（案件では動きます）。"
                + (f"{also}も同じです。" if more else ""),
                _PLACE + (_OPEN_WITHOUT if can_lay_out else ""),
                severity="warning",
            )
        )
