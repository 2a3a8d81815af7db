"""The standing answers of a scenario (照会の答え): which of them answers a call, and which can answer none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.bpmn.model import BEGIN_CASE, Process
from engine.errors import Problem
from engine.feel.near import suggestion
from engine.kernel import effects as fx
from engine.scenarios import expecting
from engine.scenarios.reading import ANSWERS, Scenario

ENDLESS = 10_000


class Standing:
    """What is left of a scenario's answers. used: positions of those that have answered a call."""

    def __init__(self, answers: tuple[Mapping[str, Any], ...]):
        self.answers = answers
        self.left = [answer.get("回数", ENDLESS) for answer in answers]
        self.used: set[int] = set()

    def take(self, call: fx.RequestCall) -> Mapping[str, Any] | None:
        """The first answer that fits the call, which is used once more; None when there is none."""
        for at, answer in enumerate(self.answers):
            if self.left[at] <= 0 or answer["照会"] != call.operation:
                continue
            if expecting.matches(answer.get("条件") or {}, dict(call.parameters)):
                self.left[at] -= 1
                self.used.add(at)
                return answer
        return None


def unknown(scenario: Scenario, processes: Iterable[Process]) -> Iterator[str]:
    """A sentence for every answer, written in the scenario itself, of an operation that no element of the diagrams asks for."""
    if scenario.answers_of != scenario.name:
        return
    asked: set[str] = set()
    for process in processes:
        for node in process.nodes:
            asked |= {BEGIN_CASE} if node.work.procedure is not None else {node.operation or ""}
    asked.discard("")
    for operation in dict.fromkeys(answer["照会"] for answer in scenario.answers):
        if operation not in asked:
            yield (
                f"{ANSWERS}: 操作「{operation}」を使う要素が図にありません。"
                + suggestion(str(operation), asked)
            ).rstrip()


def unused(scenarios: Iterable[Scenario], used: Mapping[str, Iterable[int]]) -> list[Problem]:
    """A warning for every answer that no scenario used. used: positions by name, of the scenarios that passed.

    An answer that others take over (もと) is used when one of them uses it; nothing is said while one has not passed.
    """
    found = []
    scenarios = list(scenarios)
    for owner in scenarios:
        sharing = [one.name for one in scenarios if one.answers_of == owner.name]
        if owner.answers_of != owner.name or any(name not in used for name in sharing):
            continue
        needed = {at for name in sharing for at in used[name]}
        for at, answer in enumerate(owner.answers):
            if at not in needed:
                found.append(
                    Problem(
                        owner.file,
                        f"{at + 1}件目の答え（{answer['照会']}）は、一度も使われません。",
                        "条件と順番を確かめるか、消してください。",
                        element=ANSWERS,
                        severity="warning",
                    )
                )
    return found
