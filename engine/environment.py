"""What a step of a version may know of the world: the kernel's Env for one instant and one office calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine import dmn
from engine.calendar import Calendar
from engine.feel import DEFAULT, Clock, Function
from engine.feel import Limits as FeelLimits
from engine.feel.values import FeelDate, from_feel
from engine.feel_functions import feel_functions
from engine.kernel import DecisionResult, Env, Limits
from engine.kernel.env import DEFAULT_LIMITS, Decision
from engine.parameters import Parameters
from engine.procedure import Procedure

JST = ZoneInfo("Asia/Tokyo")
# An input of this name says as of which day a decision is made (event, filing or decision date).
DECIDED_ON = "decided_on"


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
        parameters=procedure.parameters.on(now.astimezone(JST).date()),
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


def decide(
    model: dmn.Model,
    name: str,
    context: Mapping[str, Any],
    *,
    parameters: Parameters,
    clock: Clock,
    functions: Mapping[str, Function],
    limits: FeelLimits = DEFAULT,
) -> DecisionResult:
    """The decision with its reasons: the rules that matched, the inputs of the tables, the dated parameters it read.

    Raises NotFound for an unknown name, LimitExceeded.
    """
    day = _day(context, clock)
    used = _Noting(parameters.on(day))
    decided = dmn.evaluate(
        model, name, context, clock=clock, functions=functions, parameters=used, limits=limits
    )
    inputs: dict[str, Any] = {}
    for match in decided.matched:
        inputs |= match.inputs
    return DecisionResult(
        value=decided.value,
        inputs=inputs,
        matched=tuple(
            {
                "table": match.table,
                "rules": [
                    {"id": rule.id, "number": rule.number, "annotation": rule.annotation}
                    for rule in match.rules
                ],
            }
            for match in decided.matched
        ),
        parameters={key: parameters.used(key, day) for key in sorted(used.noted)},
        diagnostics=tuple(map(str, decided.diagnostics)),
    )


def _day(context: Mapping[str, Any], clock: Clock) -> date:
    """The JST day whose parameters count: the input `decided_on`, else today."""
    given = context.get(DECIDED_ON)
    if isinstance(given, FeelDate):
        found = from_feel(given)
        if isinstance(found, date):
            return found
    return clock.now.astimezone(JST).date()


class _Noting(dict[str, Any]):
    """A context that notes which of its entries were read, for the reasons of a decision."""

    def __init__(self, values: Mapping[str, Any]):
        super().__init__(values)
        self.noted: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.noted.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            self.noted.add(name)
        return super().get(name, default)
