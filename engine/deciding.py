"""A decision of a procedure, made with the dated parameters of the day it names, and the reasons for it. No database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from engine import dmn
from engine.calendar import both_dates, jst_date
from engine.feel import DEFAULT, Clock, FeelProblem, Function, Limits
from engine.feel_functions import day_of
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
    """The decision with its reasons: the rules that matched, the values the tables used, the dated parameters it read.

    Raises NotFound for an unknown name, LimitExceeded.
    """
    day, problem = _day(context, clock)
    later = {
        name: one.values[0].valid_from
        for name, one in parameters.items()
        if one.find_on(day) is None and one.values
    }
    used = _Noting(parameters.on(day), later=later, day=day)
    decided = dmn.evaluate(
        model, name, context, clock=clock, functions=functions, parameters=used, limits=limits
    )
    inputs: dict[str, Any] = {}
    for match in decided.matched:
        inputs |= match.inputs
    for match in decided.matched:
        for written, value in match.used.items():
            inputs.setdefault(written, value)
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
        diagnostics=(*problem, *map(str, decided.diagnostics)),
    )


def _day(context: Mapping[str, Any], clock: Clock) -> tuple[date, tuple[str, ...]]:
    """The JST day whose parameters count (the input `decided_on`, else today), and why it is not the one named."""
    today = jst_date(clock.now)
    if DECIDED_ON not in context:
        return today, ()
    try:
        return day_of(context[DECIDED_ON]), ()
    except FeelProblem as problem:
        return today, (f"いつの日の値で判定するか（{DECIDED_ON}）が分かりません。{problem.text}",)


class _Noting(dict[str, Any]):
    """The parameters of a day, which note what is read of them, for the reasons of a decision.

    later: the first day of those that hold only after that day; reading one raises FeelProblem.
    """

    def __init__(self, values: Mapping[str, Any], *, later: Mapping[str, date], day: date):
        super().__init__(values)
        self.later, self.day = later, day
        self.noted: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        self.noted.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        if name in self:
            self.noted.add(name)
        elif name in self.later:
            first = both_dates(self.later[name], weekday=False)
            raise FeelProblem(
                f"「parameters.{name}」は{first}からの値で、判定の日（{both_dates(self.day, weekday=False)}）にはまだありません。",
                "その日の値をパラメーターに加えるか、判定の日を確かめてください。",
            )
        return super().get(name, default)
