"""The course of a case in words for the applicant: no names of staff, no inner steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import tasks
from engine.cases import CaseRow
from web.portal.papers import LetterLine
from web.portal.status import Standing, step_of
from web.words import full_day

# How the end stands in the course, by the kind of Standing.
KINDS = {"done": "done", "returned": "bad", "withdrawn": ""}


@dataclass(frozen=True)
class Event:
    """One line of the course of a case. kind: "" | done | bad | stopped."""

    at: datetime
    what: str
    who: str = ""
    note: str = ""
    kind: str = ""


def timeline(
    row: CaseRow,
    every: list[tasks.Task],
    papers: list[LetterLine],
    settings: Mapping[str, Any],
    end: Standing,
) -> list[Event]:
    """What happened, newest first, in words for the applicant: no names of staff, no inner steps.

    end: where the case stands, for one that is over.
    """
    events = [Event(row.arrived_at, "届きました", note=f"受付番号 {row.number}", kind="done")]
    for one in every:
        if one.audience == "applicant":
            until = f"期限 {full_day(one.due_on)}" if one.due_on else ""
            events.append(Event(one.opened_at, "補正をお願いしました", note=until, kind="stopped"))
            if one.status == "done" and one.closed_at:
                events.append(Event(one.closed_at, "補正が届きました", kind="done"))
        elif one.status == "done" and one.closed_at and _stands(one, every, settings):
            words = settings.get("finished", {}).get(one.node)
            events.append(Event(one.closed_at, words or f"「{one.name}」が終わりました"))
    for paper in papers:
        if paper.opened_at:
            events.append(Event(paper.opened_at, f"「{paper.title}」を開きました"))
    if row.ended_at:
        events.append(Event(row.ended_at, end.headline, kind=KINDS[end.kind]))
    return sorted(events, key=lambda event: event.at, reverse=True)


def _stands(done: tasks.Task, every: list[tasks.Task], settings: Mapping[str, Any]) -> bool:
    """Whether the work was over when it was completed: it led straight neither to the applicant nor back.

    What came later changes nothing: what the applicant has read once stays, with its time.
    """
    assert done.closed_at
    later = sorted((one for one in every if one.opened_at >= done.closed_at), key=_opened)
    if not later:
        return True
    following = later[0]
    if following.audience == "applicant":
        return False
    if following.opened_at > done.closed_at:
        return True
    # Sent back: the work before it was opened in the same step.
    step, here = step_of(following, settings), step_of(done, settings)
    if step is not None and here is not None and step != here:
        # It may come for the first time when somebody sends it back: the steps know its place.
        return step > here
    first = {one.node: one.opened_at for one in sorted(every, key=_opened, reverse=True)}
    return first[following.node] > first[done.node]


def _opened(task: tasks.Task) -> datetime:
    return task.opened_at
