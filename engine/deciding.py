"""A decision of a procedure, made with the dated parameters of the day it names, and the reasons for it. No database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine import dmn
from engine.calendar import jst_date
from engine.feel import DEFAULT, Clock, Function, Limits
from engine.feel.values import FeelDate, from_feel
from engine.kernel import DecisionResult
from engine.parameters import Parameters

# An input of this name says as of which day a decision is made (event, filing or decision date).
DECIDED_ON = "decided_on"


def decide(
    model: dmn.Model,
    name: str,
    context: Mapping[str, Any],
    *,
    parameters: Parameters,
    clock: Clock,
    functions: Mapping[str, Function],
    limits: Limits = DEFAULT,
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
    return jst_date(clock.now)


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
