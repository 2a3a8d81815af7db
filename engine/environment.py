"""What a step of a version may know of the world: the kernel's Env for one instant and one office calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from engine import feel
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
    limits: Limits,
    left: Procedure | None = None,
    is_called: bool = False,
) -> Env:
    """The Env of a step at `now` (aware). Parameters are those of the JST day of now.

    limits: of the database the case is in.  left: what a changeover comes from.
    is_called: another case waits for the end of this one.
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
        is_called=is_called,
    )


def recorded(limits: Limits) -> dict[str, Any]:
    """The limits that are not the default ones, as an input's record carries them; empty when all are."""
    if limits == DEFAULT_LIMITS:
        return {}
    return _differing(asdict(limits), asdict(DEFAULT_LIMITS))


def of_record(found: Mapping[str, Any]) -> Limits:
    """The limits under which an input was taken whose record carries these."""
    values = {**found, "feel": feel.Limits(**found.get("feel", {}))}
    return Limits(**values)


def _differing(values: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _differing(value, others[name]) if isinstance(value, dict) else value
        for name, value in values.items()
        if value != others[name]
    }


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
