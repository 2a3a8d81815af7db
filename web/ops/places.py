"""Where the cases of a procedure wait: the diagram with its heat, the same numbers in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, abort, render_template, request

from engine import versions, watch
from engine.bpmn.model import Node
from engine.versions import Version
from web.ops.blueprint import blueprint, tabs
from web.parts import now, parts

KINDS = {"task": "作業", "call": "照会", "timer": "時計", "incident": "障害"}
# average days -> level of the colour; the legend of the page says the same
LEVELS = ((1, 0), (3, 1), (5, 2))
HOTTEST = 3
LEGEND = ("1日未満", "1～3日", "3～5日", "5日以上")
BOUNDARY = "boundaryEvent"  # its timer watches over a task that is counted itself


@dataclass(frozen=True)
class Line:
    """One element. level: of the colour; None when the time of waiting says nothing."""

    node: str
    name: str
    lane: str
    kind: str
    count: int
    average_days: float | None
    longest_days: float | None
    level: int | None


@blueprint.get("/places")
def places() -> str:
    with parts().database.reading() as db:
        current = {one.procedure: one for one in versions.list_current(db)}
        chosen = request.args.get("procedure") or next(iter(sorted(current)), "")
        if chosen and chosen not in current:
            abort(404)
        version = current.get(chosen)
        lines = _lines(watch.places(db, chosen, now()), version) if version else []
        standing = watch.standing(db, chosen, now()) if version else None
    return render_template(
        "ops/places.html",
        tabs=tabs(),
        names={code: one.settings["short_name"] for code, one in current.items()},
        chosen=chosen,
        version=version,
        lines=lines,
        badges=_badges(lines),
        standing=standing,
        legend=LEGEND,
        kinds=KINDS,
    )


@blueprint.get("/procedures/<code>/diagram.bpmn")
def diagram(code: str) -> Response:
    with parts().database.reading() as db:
        version = versions.current(db, code)
    return Response(
        version.diagram,
        content_type="application/xml; charset=utf-8",
    )


def _lines(found: list[watch.Place], version: Version) -> list[Line]:
    nodes = {node.id: node for process in version.processes.values() for node in process.nodes}
    return [
        _line(place, nodes.get(place.node))
        for place in found
        if not (place.node in nodes and nodes[place.node].kind == BOUNDARY)
    ]


def _line(place: watch.Place, node: Node | None) -> Line:
    return Line(
        node=place.node,
        name=(node.name or node.id)
        if node
        else f"{place.node or '案件全体'}（いまの版の図にない）",
        lane=(node.lane or "") if node else "",
        kind=place.kind,
        count=place.count,
        average_days=place.average_days,
        longest_days=place.longest_days,
        level=None if place.average_days is None else level_of(place.average_days),
    )


def level_of(days: float) -> int:
    """0 below a day … 3 from five days."""
    return next((level for limit, level in LEVELS if days < limit), HOTTEST)


def _badges(lines: list[Line]) -> dict[str, Any]:
    """Node -> what the diagram shows on it: the slowest kind of waiting, all that wait there."""
    found: dict[str, Any] = {}
    for node in dict.fromkeys(line.node for line in lines):
        here = [line for line in lines if line.node == node]
        count = sum(line.count for line in here)
        average = max(
            (line.average_days for line in here if line.average_days is not None), default=None
        )
        text = f"{count}件" if average is None else f"{average:.1f}日・{count}件"
        found[node] = (
            {"text": text} if average is None else {"text": text, "level": level_of(average)}
        )
    return found
