"""The office around one scenario: the kernel's state, a clock, registers, calls, mails, all in memory.

The engine's own operations mean here what they mean in the database (engine/operations.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from engine import environment, history, kernel, letter_values, used_calendars
from engine.calendar import jst_date
from engine.errors import TetsuzukiError
from engine.feel.values import to_feel
from engine.kernel import effects as fx
from engine.letter_checks import LETTER
from engine.procedure import Procedure
from engine.scenarios import own_operations
from engine.scenarios.registers import Entry, Registers
from engine.second_engine import Move
from forms.letters import decisions_named

MOST_INPUTS = 2000
RECEIPT = "receipt"


class Broken(Exception):
    """The scenario cannot go on; the message says in Japanese what was expected and what was found."""


@dataclass
class Said:
    """What a scenario's case has said to the outside so far, in order."""

    letters: list[str] = field(default_factory=list)
    letter_values: dict[str, dict[str, Any]] = field(default_factory=dict)  # the last of each
    mails: list[str] = field(default_factory=list)
    mail_bodies: dict[str, str] = field(default_factory=dict)  # the last of each mail
    calls: list[str] = field(default_factory=list)
    decisions: dict[str, list[tuple[int, ...]]] = field(default_factory=dict)  # rules by decision
    decided: list[Mapping[str, Any]] = field(default_factory=list)  # as the history keeps them
    incidents: dict[int, fx.RaiseIncident] = field(default_factory=dict)  # open ones by token


class World:
    """One running case. Everything an input brings about is worked off before `take` returns."""

    def __init__(
        self,
        procedure: Procedure,
        now: datetime,
        registers: Registers,
        limits: kernel.Limits,
    ):
        self.procedure = procedure
        self.calendar = used_calendars.unedited(procedure.settings)
        self.now = now
        self.registers = registers
        self.limits = limits
        self.state = kernel.new_state(procedure.main)
        self.tasks: dict[int, fx.OpenTask] = {}
        self.calls: dict[int, fx.RequestCall] = {}
        self.timers: dict[int, fx.SetTimer] = {}
        self.subscriptions: dict[int, fx.Subscribe] = {}
        self.published: list[fx.PublishMessage] = []
        self.told: list[fx.Message] = []  # messages for the case itself, from its own operations
        self.said = Said()
        self.ended: fx.CaseEnded | None = None
        self.moves: list[Move] = []
        self.entered: list[str] = []  # nodes
        self.taken: list[str] = []  # flows
        self.numbers: dict[str, int] = {}  # by sign
        self.is_called = False
        self.corrects: Mapping[str, Any] | None = None  # the case it puts right
        self.corrected: list[Entry] = []  # the registers as they were before that case

    @property
    def today(self) -> date:
        return jst_date(self.now)

    def environment(self) -> kernel.Env:
        return environment.build(
            self.procedure,
            now=self.now,
            calendar=self.calendar,
            limits=self.limits,
            is_called=self.is_called,
        )

    def variables(self, token: int | None = None) -> Mapping[str, Any]:
        return kernel.variables(self.state, token)

    def take(self, *items: fx.Input) -> None:
        """The case has taken the inputs and the answers of its own operations. Raises Broken for a loop without a wait."""
        waiting: deque[fx.Input | fx.RequestCall] = deque(items)
        count = 0
        while waiting:
            count += 1
            if count > MOST_INPUTS:
                raise Broken(
                    f"1回の操作で{MOST_INPUTS}を超える処理が続きました（輪になった流れ）。"
                )
            one = waiting.popleft()
            if isinstance(one, fx.RequestCall):
                if one.token not in self.calls:
                    continue  # cancelled by what came before it
                answer = self._carry_out(one)
                if answer is None:
                    continue
                waiting += self.told
                self.told.clear()
                del self.calls[one.token]
                one = answer
            if isinstance(one, fx.Signal) and one.token not in self.subscriptions:
                continue  # another wait for the signal took this one away
            step = kernel.advance(self.procedure.main, self.state, one, self.environment())
            self.moves.append(Move(one, self.state, step, self.now))
            self.state = step.state
            waiting.extend(self._apply(step.effects))

    def listeners(self, signal: str, payload: Any) -> list[fx.Signal]:
        """What each wait that listens to the signal now hears."""
        return [
            fx.Signal(wait.token, payload)
            for wait in self.subscriptions.values()
            if (wait.kind, wait.name) == ("signal", signal)
        ]

    def order_receipt(self) -> None:
        """The receipt the engine makes by itself when a filing arrives."""
        if RECEIPT in self.procedure.letters and RECEIPT not in self.said.letters:
            self.note_letter(RECEIPT, self.variables())

    def note_letter(self, name: str, data: Mapping[str, Any], *, number: str | None = None) -> None:
        """The letter has gone out; what it says can be read with `通知書の文`. data: FEEL values."""
        reasons = self.reasons(self.procedure.letters[name])
        self.said.letters.append(name)
        self.said.letter_values[name] = letter_values.values(
            self.procedure.settings,
            data if reasons is None else {**data, letter_values.DECISIONS: reasons},
            number=number,
            dated_on=self.today,
            case_number=str(self.variables()["case"]["number"]),
            url="https://example.tokyo/cases/scenario",
        )

    def reasons(self, template: str) -> dict[str, Any] | None:
        """Of the decisions that a letter or mail names; None when it names none."""
        wanted = decisions_named(template)
        return letter_values.reasons(reversed(self.said.decided), wanted) if wanted else None

    def next_timer(self, until: datetime) -> fx.SetTimer | None:
        """The first timer due at or before the instant."""
        due = [t for t in self.timers.values() if t.due_at <= until]
        return min(due, key=lambda t: (t.due_at, t.token), default=None)

    def fire(self, timer: fx.SetTimer) -> None:
        """The timer has fired at its own time."""
        self.now = max(self.now, timer.due_at)
        del self.timers[timer.token]
        self.take(fx.TimerDue(timer.token))

    def _apply(self, effects: tuple[fx.Effect, ...]) -> list[fx.Input | fx.RequestCall]:
        """What has to go in next."""
        following: list[fx.Input | fx.RequestCall] = []
        for effect in effects:
            match effect:
                case fx.OpenTask():
                    self.tasks[effect.token] = effect
                case fx.CloseTask():
                    self.tasks.pop(effect.token, None)
                case fx.RequestCall():
                    self.calls[effect.token] = effect
                    following.append(effect)
                case fx.CancelCall():
                    self.calls.pop(effect.token, None)
                case fx.SetTimer():
                    self.timers[effect.token] = effect
                case fx.CancelTimer():
                    self.timers.pop(effect.token, None)
                case fx.Subscribe():
                    self.subscriptions[effect.token] = effect
                    following += self._buffered(effect)
                case fx.Unsubscribe():
                    self.subscriptions.pop(effect.token, None)
                case fx.PublishMessage():
                    following += self._publish(effect)
                case fx.PublishSignal():
                    following += self.listeners(effect.name, effect.payload)
                case _:
                    self._note(effect)
        return following

    def _note(self, effect: fx.Effect) -> None:
        match effect:
            case fx.RaiseIncident():
                self.said.incidents[effect.token] = effect
            case fx.ResolveIncident():
                self.said.incidents.pop(effect.token, None)
            case fx.Decided():
                self._note_decision(effect)
            case fx.CaseEnded():
                self.ended = effect
            case fx.Trace(node=node, what="entered"):
                self.entered.append(node)
            case fx.Trace(node=node, what="taken"):
                self.taken.append(node)

    def _note_decision(self, decided: fx.Decided) -> None:
        """The rules that matched, under the name of each table and, when it is the only one, of the decision."""
        self.said.decided.append({"effects": [history.dump_effect(decided)]})
        for table in decided.matched:
            rules = tuple(int(rule["number"]) for rule in table["rules"])
            names = {str(table["table"])} | (
                {decided.decision} if len(decided.matched) == 1 else set()
            )
            for name in names:
                self.said.decisions.setdefault(name, []).append(rules)

    def _buffered(self, wait: fx.Subscribe) -> list[fx.Input | fx.RequestCall]:
        if wait.kind != "message":
            return []  # a signal is heard by whoever listens when it is sent
        for message in self.published:
            if (message.name, message.key) == (wait.name, wait.key):
                self.published.remove(message)
                return [fx.Message(wait.token, message.payload)]
        return []

    def tell(self, message: fx.PublishMessage) -> None:
        """The first of the case's waits for the message, if there is one, is told of it after the answer."""
        self.told += self._heard(message)

    def _publish(self, message: fx.PublishMessage) -> list[fx.Message]:
        heard = self._heard(message)
        if not heard:
            self.published.append(message)
        return heard

    def _heard(self, message: fx.PublishMessage) -> list[fx.Message]:
        wanted = ("message", message.name, message.key)
        return [
            fx.Message(wait.token, message.payload)
            for wait in self.subscriptions.values()
            if (wait.kind, wait.name, wait.key) == wanted
        ][:1]

    def _carry_out(self, call: fx.RequestCall) -> fx.Input | None:
        """The answer of an operation of the engine itself, None for an adapter's."""
        run = own_operations.find(call.operation)
        if run is None:
            return None
        self.said.calls.append(call.operation)
        try:
            result = run(self, call.parameters)
            if call.operation == LETTER:
                own = call.parameters.get("data") or {}
                data = {**self.variables(call.token), **own}
                self.note_letter(result["letter"], data, number=result["number"])
            return fx.CallDone(call.token, to_feel(result))
        except TetsuzukiError as error:
            return fx.CallFailed(call.token, type(error).__name__, f"{call.node}: {error}")
