"""Where a case stands, for everybody who looks at it: stage in words, clock and expected end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import deadlines
from engine.calendar import Calendar, jst_date
from engine.kernel import effects as fx
from engine.versions import Version


@dataclass(frozen=True)
class OpenTask:
    """An open task as the case's stage and clock need it."""

    node: str
    name: str
    audience: str


def progress(
    case: Any,
    version: Version,
    calendar: Calendar,
    *,
    tasks: Sequence[OpenTask],
    active: Sequence[str],
    ended: fx.CaseEnded | None,
    now: datetime,
) -> dict[str, Any]:
    """Columns clock, due_on and stage, from what is open now.

    tasks: the open ones in the order they were opened.  active: nodes with a token.  ended: when the case is over.
    """
    today = jst_date(now)
    clock = deadlines.load(case.clock) or deadlines.start(
        version.settings, jst_date(case.arrived_at)
    )
    clock = deadlines.stopped_by(clock, version.settings)
    clock = deadlines.follow(clock, [task.node for task in tasks], today)
    stage = ended.outcome or "終了" if ended is not None else _stage(version, tasks, active)
    return {
        "clock": deadlines.dump(clock),
        "due_on": deadlines.expected_end(clock, calendar, today),
        "stage": stage,
    }


def _stage(version: Version, tasks: Sequence[OpenTask], active: Sequence[str]) -> str:
    """Where the case stands, in words of the procedure; what is with the applicant comes first."""
    stages = version.settings["stages"]
    ordered = sorted(tasks, key=lambda task: task.audience != "applicant")
    for node in [task.node for task in ordered] + list(active):
        if node in stages:
            return str(stages[node])
    return str(ordered[0].name) if ordered else "処理中"
