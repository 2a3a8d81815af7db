"""What one step changes, folded from the effects of all its inputs: what opens and closes within it leaves no row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.kernel import effects as fx


@dataclass(frozen=True)
class Head:
    """What rows copy from their case. lanes: of procedure.yaml."""

    case_id: int
    public_key: str
    procedure: str
    number: str
    title: str
    applicant_name: str
    lanes: Mapping[str, Mapping[str, Any]]


@dataclass
class Changes:
    """The effects of one step, folded by token. moved: token -> the element at which a changeover put it."""

    opened: dict[int, fx.OpenTask] = field(default_factory=dict)
    renewed: dict[int, fx.RenewTask] = field(default_factory=dict)
    dues: dict[int, fx.SetTaskDue] = field(default_factory=dict)
    moved: dict[int, str] = field(default_factory=dict)
    closed: dict[int, str] = field(default_factory=dict)
    requested: dict[int, fx.RequestCall] = field(default_factory=dict)
    cancelled_calls: set[int] = field(default_factory=set)
    timers: dict[int, fx.SetTimer] = field(default_factory=dict)
    cancelled_timers: set[int] = field(default_factory=set)
    subscribed: dict[int, fx.Subscribe] = field(default_factory=dict)
    unsubscribed: set[int] = field(default_factory=set)
    raised: dict[int, fx.RaiseIncident] = field(default_factory=dict)
    resolved: set[int] = field(default_factory=set)
    # What was sent, each with the waits of this step that listened by then.
    published: list[tuple[fx.PublishMessage | fx.PublishSignal, frozenset[int]]] = field(
        default_factory=list
    )
    ended: fx.CaseEnded | None = None

    def sent(self) -> list[tuple[fx.PublishMessage | fx.PublishSignal, set[int]]]:
        """What the case sent, each with its waits that began to listen only after that."""
        return [(effect, self.subscribed.keys() - before) for effect, before in self.published]

    def take(self, effects: Iterable[fx.Effect]) -> list[fx.RequestCall]:
        """Folds the effects in; returns the calls they ask for and do not cancel again, in order."""
        asked: dict[int, fx.RequestCall] = {}
        for effect in effects:
            match effect:
                case fx.OpenTask():
                    self.opened[effect.token] = effect
                case fx.RenewTask():
                    self._renew(effect)
                case fx.SetTaskDue():
                    self._set_due(effect)
                case fx.Trace(what="moved", token=int(token)):
                    self.moved[token] = effect.node
                case fx.CloseTask():
                    self.opened.pop(effect.token, None)
                    self.renewed.pop(effect.token, None)
                    self.dues.pop(effect.token, None)
                    self.closed[effect.token] = effect.outcome
                case fx.RequestCall():
                    asked[effect.token] = effect
                case fx.CancelCall():
                    asked.pop(effect.token, None)
                    self.requested.pop(effect.token, None)
                    self.cancelled_calls.add(effect.token)
                case fx.SetTimer():
                    self.timers[effect.token] = effect
                case fx.CancelTimer():
                    self.timers.pop(effect.token, None)
                    self.cancelled_timers.add(effect.token)
                case fx.Subscribe():
                    self.subscribed[effect.token] = effect
                case fx.Unsubscribe():
                    self.subscribed.pop(effect.token, None)
                    self.unsubscribed.add(effect.token)
                case fx.RaiseIncident():
                    self.raised[effect.token] = effect
                case fx.ResolveIncident():
                    self.raised.pop(effect.token, None)
                    self.resolved.add(effect.token)
                case fx.PublishMessage() | fx.PublishSignal():
                    self.published.append((effect, frozenset(self.subscribed)))
                case fx.CaseEnded():
                    self.ended = effect
                case _:
                    pass
        return list(asked.values())

    def _renew(self, effect: fx.RenewTask) -> None:
        opened = self.opened.get(effect.token)
        if opened is None:  # before this step
            self.renewed[effect.token] = effect
            return
        due = opened.due if effect.keeps_due else effect.task.due
        self.opened[effect.token] = replace(effect.task, due=due)

    def _set_due(self, effect: fx.SetTaskDue) -> None:
        opened = self.opened.get(effect.token)
        if opened is None:  # before this step
            self.dues[effect.token] = effect
        else:
            self.opened[effect.token] = replace(opened, due=effect.due)
