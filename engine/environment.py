"""What a step of a version may know of the world: the kernel's Env for one instant and one office calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.calendar import Calendar, jst_date
from engine.deciding import decide
from engine.feel import Clock, Function
from engine.feel_functions import feel_functions
from engine.kernel import DecisionResult, Env, Limits
from engine.kernel.env import DEFAULT_LIMITS, Decision
from engine.procedure import Procedure


def build(
    procedure: Procedure,
    *,
    now: datetime,
    calendar: Calendar,
    limits: Limits = DEFAULT_LIMITS,
    left: Procedure | None = None,
) -> Env:
    """The Env of a step at `now` (aware). Parameters are those of the JST day of now.

    left: what a changeover comes from.
    """
    functions = feel_functions(calendar)
    return Env(
        now=now,
        calendar_version=calendar.version,
        processes=procedure.processes,
        functions=functions,
        decisions={
            name: _decision(procedure, name, functions, limits) for name in procedure.decisions
        },
        parameters=procedure.parameters.on(jst_date(now)),
        limits=limits,
        left={} if left is None else left.processes,
    )


def _decision(
    procedure: Procedure, name: str, functions: Mapping[str, Function], limits: Limits
) -> Decision:
    def run(context: Mapping[str, Any], clock: Clock) -> DecisionResult:
        return decide(
            procedure.decisions[name],
            name,
            context,
            parameters=procedure.parameters,
            clock=clock,
            functions=functions,
            limits=limits.feel,
        )

    return run
