"""What joins the nodes of a process: sequence flows, links, boundary events and the activities that undo others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from engine import feel
from engine.bpmn.elements import BPMN, CAMUNDA, attribute, child, reference, text
from engine.bpmn.findings import Findings
from engine.bpmn.kinds import ACTIVITIES, HOLDING, NODES
from engine.bpmn.model import Flow
from engine.bpmn.raws import Raw
from engine.safe_xml import Element

NEVER = feel.compile("false")
# So many flows with the same fault are named in its problem.
_NAMED_MOST = 5


def flows(
    found: Findings, root: Element, raws: Sequence[Raw], by_id: Mapping[str, Raw]
) -> tuple[Flow, ...]:
    """The sequence flows in the order of the file, then one from every throwing link to its catching one."""
    made: list[Flow] = []
    lost: dict[str, list[Element]] = {}  # flows without one of their ends, by its id
    levels = {root, *(raw.element for raw in raws if raw.kind in HOLDING)}
    for element in root.iter(f"{{{BPMN}}}sequenceFlow"):
        if element.getparent() not in levels:
            continue  # inside of what was refused
        flow_id = attribute(element, "id") or f"flow-{element.sourceline}-{len(made)}"
        source = by_id.get(attribute(element, "sourceRef") or "")
        target = by_id.get(attribute(element, "targetRef") or "")
        if source is None or target is None or source.parent != target.parent:
            for cut in filter(None, (source, target)):
                cut.is_cut = True
        if source is None or target is None:
            ends = _missing(element, by_id)
            lost.setdefault(next(filter(None, ends.values()), flow_id), []).append(element)
            continue
        if source.parent != target.parent:
            found.error(
                element,
                "流れがサブプロセスの境をまたいでいます。",
                "境をまたぐときは、サブプロセスそのものにつないでください。",
            )
            continue
        condition = child(element, "conditionExpression")
        expression = None
        # A condition that cannot be read, or stands elsewhere, is one problem, not also a missing condition.
        if condition is not None and text(condition):
            expression = found.formal(element, condition, "条件") or NEVER
        elif condition is not None and attribute(condition, "resource", CAMUNDA) is not None:
            expression = NEVER
        name = attribute(element, "name") or ""
        _join(made, Flow(len(made), flow_id, name, source.index, target.index, expression), raws)
    for source, target in _links(found, raws):
        flow_id = f"{source.id}→{target.id}"
        _join(made, Flow(len(made), flow_id, "", source.index, target.index), raws)
    _tell_lost(found, raws, by_id, lost)
    return tuple(made)


def _missing(flow: Element, by_id: Mapping[str, Raw]) -> dict[str, str]:
    """Which ends of the flow there are not: sourceRef or targetRef -> the id."""
    ends = ((name, attribute(flow, name) or "") for name in ("sourceRef", "targetRef"))
    return {name: end for name, end in ends if end not in by_id}


def _tell_lost(
    found: Findings,
    raws: Sequence[Raw],
    by_id: Mapping[str, Raw],
    lost: Mapping[str, Sequence[Element]],
) -> None:
    """One problem for every end that there is not. What no flow comes to is taken for it, and is no problem of its own."""
    for first, *more in lost.values():
        ends = "、".join(f'{name}="{end}"' for name, end in _missing(first, by_id).items())
        named = "、".join(f"「{attribute(one, 'id') or ''}」" for one in more[:_NAMED_MOST])
        others = len(more) - _NAMED_MOST
        named += f"ほか{others}本" if others > 0 else ""
        also = f"流れ{named}も同じです。" if more else ""
        found.error(
            first,
            f"流れの元か先の要素がありません（{ends}）。{also}",
            "流れを消すか、要素につなぎ直してください。",
        )
    at: dict[Element | None, int] = {raw.element: raw.index for raw in raws}
    missed = Counter(
        at.get(flow.getparent())
        for flows in lost.values()
        if (flow := next((f for f in flows if "targetRef" in _missing(f, by_id)), None)) is not None
    )
    for raw in raws:
        begins = raw.kind in ("startEvent", "boundaryEvent", "eventSubProcess") or raw.undoes
        if missed[raw.parent] and not begins and not raw.incoming:
            missed[raw.parent] -= 1
            raw.is_cut = True


def _join(made: list[Flow], flow: Flow, raws: Sequence[Raw]) -> None:
    made.append(flow)
    raws[flow.source].outgoing.append(flow.index)
    raws[flow.source].flow_ids[flow.id] = flow.index
    raws[flow.target].incoming.append(flow.index)


def _links(found: Findings, raws: Sequence[Raw]) -> list[tuple[Raw, Raw]]:
    """(throwing, catching) link events of the same name on the same level."""
    pairs: list[tuple[Raw, Raw]] = []
    links = [
        (raw, attribute(link, "name") or "")
        for raw in raws
        if raw.kind.startswith("intermediate")
        and (link := child(raw.element, "linkEventDefinition")) is not None
    ]
    catching: dict[tuple[int | None, str], Raw] = {}
    for raw, name in links:
        if raw.kind != "intermediateCatchEvent":
            continue
        if raw.incoming:
            found.error(
                raw.element, "受けるリンクへ入る流れは引けません。", "流れを消してください。"
            )
        if catching.setdefault((raw.parent, name), raw) is not raw:
            found.error(
                raw.element,
                f"リンク「{name}」を受けるイベントが二つあります。",
                "受けるリンクを一つにするか、名前を変えてください。",
            )
    for raw, name in links:
        if raw.kind == "intermediateCatchEvent":
            continue
        target = catching.get((raw.parent, name))
        if target is None:
            found.error(
                raw.element,
                f"リンク「{name}」を受けるイベントが同じ階層にありません。",
                "同じ名前の受けるリンクを置いてください。",
            )
        elif raw.outgoing:
            found.error(
                raw.element, "投げるリンクから出る流れは引けません。", "流れを消してください。"
            )
        else:
            pairs.append((raw, target))
    return pairs


def attach(found: Findings, raws: Sequence[Raw], by_id: Mapping[str, Raw]) -> None:
    """Every boundary event knows its activity and the other way round."""
    for raw in raws:
        if raw.kind != "boundaryEvent":
            continue
        host = by_id.get(reference(attribute(raw.element, "attachedToRef")) or "")
        if host is None or host.kind not in ACTIVITIES or host.parent != raw.parent:
            raw.is_cut = True
            if host is None or (host.kind in NODES and not host.is_doubled):
                found.error(
                    raw.element,
                    "境界イベントが作業に付いていません。",
                    "作業かサブプロセスの縁に置いてください。",
                )
            continue
        raw.host = host.index
        host.boundaries.append(raw.index)


def compensations(
    found: Findings, root: Element, raws: Sequence[Raw], by_id: Mapping[str, Raw]
) -> None:
    """Every activity knows the one that undoes it: drawn as an association from its compensation boundary event."""
    ends: dict[str, list[str]] = {}
    for element in root.iter(f"{{{BPMN}}}association"):
        source = reference(attribute(element, "sourceRef"))
        target = reference(attribute(element, "targetRef"))
        if source and target:
            ends.setdefault(source, []).append(target)
            ends.setdefault(target, []).append(source)
    used: set[int] = set()
    for raw in raws:
        if raw.kind != "boundaryEvent" or child(raw.element, "compensateEventDefinition") is None:
            continue
        handlers = [by_id[e] for e in ends.get(raw.id, ()) if e in by_id and by_id[e].undoes]
        used.update(handler.index for handler in handlers)
        if raw.host is None:
            continue
        if len(handlers) != 1 or handlers[0].parent != raw.parent:
            found.error(
                raw.element,
                "補償の境界イベントに、元に戻す作業が一つだけ結ばれていません。",
                "同じ階層に補償の作業（isForCompensation）を置き、関連（点線）で結んでください。",
            )
            continue
        host = raws[raw.host]
        if host.compensation is not None:
            found.error(
                raw.element,
                "補償の境界イベントが二つ付いています。",
                "補償の境界イベントを一つにしてください。",
            )
        host.compensation = handlers[0].index
    for raw in raws:
        if not raw.undoes:
            continue
        if raw.incoming or raw.outgoing:
            found.error(
                raw.element,
                "補償の作業に流れがつながっています。",
                "流れを消し、補償の境界イベントと関連（点線）だけで結んでください。",
            )
        if raw.index not in used:
            found.error(
                raw.element,
                "補償の作業を呼ぶ境界イベントがありません。",
                "元に戻したい作業の縁に補償の境界イベントを置き、関連（点線）で結んでください。",
            )
