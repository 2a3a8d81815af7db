"""Events on the edge of an activity: whether they can ever happen there."""

from __future__ import annotations

from engine.bpmn.findings import Findings
from engine.bpmn.kinds import CALLING, LEVELS, PASSING
from engine.bpmn.model import SEND_STRICTLY, Event, Node, Process
from engine.safe_xml import Element

# What errors and escalations can come out of.
_AROUND = (*LEVELS, "callActivity")


def check(found: Findings, process: Process, node: Node, element: Element) -> None:
    """Tells of a boundary event that can never happen at its activity, or only once where it says often."""
    if node.kind != "boundaryEvent" or node.host is None:
        return
    host = process.nodes[node.host]
    if host.begins:
        found.error(
            element,
            "案件を始める受信タスクの縁のイベントは、起きません。",
            "次の作業の縁に置いてください。",
        )
        return
    events = [e for e in (node.event, *(p.event for p in node.parts)) if e.kind != "multiple"]
    if all(event.kind == "compensate" for event in events):
        return
    if _passes(host):
        found.warn(
            element,
            f"待たずに通る「{host.name or host.id}」の縁のイベントは、起きません。",
            "待つ作業の縁に置くか、消してください。",
        )
    elif not any(_can_come(event, host) for event in events):
        found.warn(
            element,
            f"「{host.name or host.id}」からは、ここで受けるエラーやエスカレーションは出ません。",
            "出す作業の縁に置くか、消してください。",
        )
    elif node.event.timer_kind == "cycle" and node.interrupting:
        found.warn(
            element,
            "作業を中断する繰返しのタイマーは、一度しか起きません。",
            "期間（timeDuration）にするか、中断しないイベントにしてください。",
        )


def _can_come(event: Event, host: Node) -> bool:
    """Whether an event of that kind can happen at the activity: only some throw errors and escalations."""
    if event.kind == "error":
        return host.kind in _AROUND or host.work.operation not in (None, SEND_STRICTLY)
    # What a case escalates stays in it, also when it was called.
    return event.kind != "escalation" or (host.kind in _AROUND and host.work.procedure is None)


def _passes(host: Node) -> bool:
    """Whether the activity is over in the step in which it begins."""
    if host.kind in CALLING:
        is_sent = host.work.operation in (None, SEND_STRICTLY)
        return is_sent and host.kind != "serviceTask"
    return host.kind in PASSING
