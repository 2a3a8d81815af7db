"""Runs one scenario on the kernel: no database, no network, the clock set by the scenario."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError

from adapters.base import Operation
from engine import kernel, schema_faults
from engine.access import SYSTEM
from engine.errors import TetsuzukiError
from engine.feel import FeelError
from engine.feel.values import to_feel
from engine.kernel import effects as fx
from engine.kernel.env import DEFAULT_LIMITS
from engine.procedure import Procedure
from engine.procedure_file import REGISTER_CHANGED
from engine.scenarios import asking, expecting, standing
from engine.scenarios.reading import JST, Failure, Scenario, Step, Unreadable, day
from engine.scenarios.registers import Entry, Registers
from engine.scenarios.showing import shown
from engine.scenarios.walk import Walk
from engine.scenarios.world import Broken, World
from engine.sources import GIVEN
from forms.validation import InvalidAnswers


@dataclass(frozen=True)
class Result:
    """How one scenario went. told: sentences 「手順3: … 期待は A、実際は B」, none when it passed.

    answered: positions of its standing answers that answered a call.
    """

    procedure: str
    name: str
    file: str
    title: str
    told: tuple[Failure, ...]
    walk: Walk | None
    answered: frozenset[int] = frozenset()

    @property
    def passed(self) -> bool:
        return not self.told

    @property
    def failures(self) -> tuple[str, ...]:
        """The sentences, each with its line."""
        return tuple(map(str, self.told))

    def as_text(self) -> str:
        head = f"{'合格' if self.passed else '不合格'} {self.procedure}/{self.file} {self.title}"
        return "\n".join([head, *(f"  {failure}" for failure in self.failures)])

    def as_json(self) -> str:
        return json.dumps(
            {
                "procedure": self.procedure,
                "file": self.file,
                "title": self.title,
                "passed": self.passed,
                "failures": list(self.failures),
            },
            ensure_ascii=False,
        )


def run(
    procedure: Procedure,
    scenario: Scenario,
    *,
    operations: Mapping[str, Operation],
    limits: kernel.Limits = DEFAULT_LIMITS,
) -> Result:
    """The scenario has run to its end or to the first step that cannot be done; then its end is compared."""
    begins = scenario.begins.astimezone(UTC)
    world = _world(procedure, scenario, begins, limits=limits)
    runner = _Runner(world, scenario, operations)
    unknown = standing.unknown(scenario, procedure.processes.values())
    told = [*map(Failure, unknown), *runner.failures()]
    walk = Walk(
        process=procedure.code,
        moves=tuple(world.moves),
        entered=tuple(world.entered),
        taken=tuple(world.taken),
        end=world.ended.end_event if world.ended else None,
        variables=world.variables(),
    )
    return Result(
        procedure.code,
        scenario.name,
        scenario.file,
        scenario.title,
        tuple(told),
        walk,
        frozenset(runner.standing.used),
    )


def filed_answers(procedure: Procedure, scenario: Scenario, *, now: datetime) -> dict[str, Any]:
    """The checked answers with which the scenario files, as of `now`. Raises InvalidAnswers."""
    return asking.filing(_world(procedure, scenario, now), scenario.filing)


class _Runner:
    """One scenario in its world."""

    def __init__(self, world: World, scenario: Scenario, operations: Mapping[str, Operation]):
        self.world = world
        self.scenario = scenario
        self.operations = operations
        self.standing = standing.Standing(scenario.answers)

    def failures(self) -> Iterator[Failure]:
        try:
            self.begin()
        except _TROUBLE as error:
            yield Failure(f"はじめ: {_told(error)}")
            return
        told: set[str] = set()
        for step in self.scenario.steps:
            where = f"手順{step.number}（{f'{step.action} {step.subject}'.strip()}）"
            try:
                for problem in self.step(step):
                    told.add(problem)
                    yield step.place.failure(f"{where}: {problem}")
            except _TROUBLE as error:
                yield step.place.failure(f"{where}: {_told(error)}")
                # Most likely what kept the step from being done.
                stops = (one for one in expecting.stops(self.world) if one not in told)
                yield from (step.place.failure(f"{where}: {one}") for one in stops)
                return
        for problem in expecting.differences(self.world, self.scenario.end):
            yield Failure(f"おわり: {problem}")

    def begin(self) -> None:
        world, scenario = self.world, self.scenario
        now = to_feel(world.now)
        case = {
            "number": scenario.case_number,
            "arrived_at": now,
            "arrived_on": to_feel(world.today),
            "channel": scenario.channel,
            "public_key": "scenario",
            "filer": scenario.filer,
        }
        variables = {"case": case, "corrects": world.corrects}
        if scenario.start is not None:
            variables["case"] = {**case, "channel": "event", "filer": SYSTEM.name}
            event, payload = scenario.start["イベント"], scenario.start.get("内容")
            node = world.procedure.main.by_id.get(event)
            if node is not None and node.event.kind == "none":
                # Another procedure begins it: with the values it takes, and its errors are for that one.
                world.is_called = True
                if ours := GIVEN.intersection(payload or ()):
                    raise Broken(
                        f"「開始」の内容の「{min(ours)}」は、システムが入れる名前です。別の名前にしてください。"
                    )
                world.take(fx.Start({**(payload or {}), **variables}, event))
            else:
                world.take(fx.Start(variables, event, payload))
        else:
            form = world.procedure.settings["filing"].get("form")
            if form is None:
                raise Broken("この手続は届出を受けません。「届出」でなく「開始」を書いてください。")
            world.take(fx.Start({form: asking.filing(world, scenario.filing), **variables}))
            world.order_receipt()
        self.answer_calls()

    def step(self, step: Step) -> Iterator[str]:
        """The problems of the step, which is done all the same. Raises Broken when it cannot be done."""
        if step.at is not None:
            self.wait_until(step.at)
        if step.action == "作業":
            yield from self.work(step)
        elif step.action == "照会":
            self.call(step)
        elif step.action == "メッセージ":
            self.message(step)
        elif step.action == "シグナル":
            self.signal(step)
        elif step.action == "台帳変更":
            self.change_register(step)
        self.answer_calls()
        # After the last step stands what おわり is about: a stop that it tells need not be told twice.
        is_last = step.number == len(self.scenario.steps)
        yield from expecting.differences(
            self.world, step.expect, stop_is_told=is_last and "異常" in self.scenario.end
        )

    def wait_until(self, at: datetime) -> None:
        """The clock stands at the instant; every timer due until then has fired at its own time."""
        until = at.astimezone(UTC)
        if until < self.world.now:
            raise Broken(f"日時 {at:%Y-%m-%d %H:%M} は、いま（{_jst(self.world.now)}）より前です。")
        while (timer := self.world.next_timer(until)) is not None:
            self.world.fire(timer)
            self.answer_calls()
        self.world.now = until

    def work(self, step: Step) -> Iterator[str]:
        world = self.world
        found = [t for t in world.tasks.values() if step.subject in (t.node, t.name)]
        if not found:
            raise Broken(
                f"期待は作業「{step.subject}」が開いていること、実際に開いている作業は {expecting.shown_tasks(world)}"
            )
        task = found[0]
        yield from expecting.task_differences(world, task, step.words)
        wrong = step.words.get("誤り")
        try:
            answers = asking.task(world, task.token, step.words.get("回答") or {})
        except InvalidAnswers as error:
            if wrong is None:
                raise
            paths = [one.path for one in error.errors]
            if paths != wrong:
                yield f"期待は誤り {shown(wrong)}、実際は {shown(paths)}"
            return
        if wrong is not None:
            yield f"期待は誤り {shown(wrong)}、実際は受け付けられました"
        world.take(fx.Completed(task.token, answers))

    def call(self, step: Step) -> None:
        condition = step.words.get("条件") or {}
        for token, call in self.world.calls.items():
            if call.operation == step.subject and expecting.matches(
                condition, dict(call.parameters)
            ):
                self.reply(token, step.words)
                return
        waiting = [
            f"{c.operation} {shown(c.parameters)[:200]}" for c in self.world.calls.values()
        ] or ["なし"]
        raise Broken(
            f"期待は照会「{step.subject}」（{shown(condition) if condition else '条件なし'}）、実際に待っている照会は {'、'.join(waiting)}"
        )

    def answer_calls(self) -> None:
        """Every waiting call that has a standing answer is answered with the first one that fits."""
        going = True
        while going:
            going = False
            for token, call in list(self.world.calls.items()):
                answer = self.standing.take(call)
                if answer is not None:
                    self.reply(token, answer)
                    going = True
                    break

    def reply(self, token: int, words: Mapping[str, Any]) -> None:
        """The call is answered; `返事なし` leaves it waiting for ever."""
        call = self.world.calls[token]
        if words.get("返事なし"):
            return
        self.world.said.calls.append(call.operation)
        self.check_parameters(call)
        if "拒否" in words:
            item: fx.Input = fx.CallRefused(token, str(words["拒否"]))
        elif "失敗" in words:
            item = fx.CallFailed(token, "failed", str(words["失敗"]))
        else:
            item = fx.CallDone(token, self.result(call, words.get("答え") or {}))
        del self.world.calls[token]
        self.world.take(item)

    def check_parameters(self, call: fx.RequestCall) -> None:
        operation = self.operations.get(call.operation)
        if operation is None:
            return
        wrong = operation.parameters.validate(_wire(call.parameters))
        if wrong:
            told = schema_faults.in_words(wrong)
            raise Broken(f"照会「{call.operation}」の引数が約束と違います。{told}")

    def result(self, call: fx.RequestCall, given: Mapping[str, Any]) -> Any:
        operation = self.operations.get(call.operation)
        if operation is None:
            return to_feel(given)
        try:
            return to_feel(operation.result.load(_wire(given)))
        except ValidationError as error:
            told = schema_faults.in_words(error.messages_dict)
            raise Broken(f"照会「{call.operation}」の答えが約束と違います。{told}") from error

    def message(self, step: Step) -> None:
        for wait in list(self.world.subscriptions.values()):
            if (wait.kind, wait.name) == ("message", step.subject):
                if step.words.get("届かない"):
                    raise Broken(
                        f"期待は「{step.subject}」を受け付けないこと、実際は待っています。"
                    )
                self.world.take(fx.Message(wait.token, to_feel(step.words.get("内容") or {})))
                return
        if not step.words.get("届かない"):
            raise Broken(f"メッセージ「{step.subject}」を待っている所がありません。")

    def signal(self, step: Step) -> None:
        """Another case sent the signal: every wait that listens to it now hears it."""
        heard = self.world.listeners(step.subject, to_feel(step.words.get("内容") or {}))
        if heard and step.words.get("届かない"):
            raise Broken(f"期待は「{step.subject}」を聞かないこと、実際は待っています。")
        if not heard and not step.words.get("届かない"):
            raise Broken(f"シグナル「{step.subject}」を待っている所がありません。")
        self.world.take(*heard)

    def change_register(self, step: Step) -> None:
        """Another case or person changed a register: with データ a new entry, without one the end of it."""
        words, key = step.words, str(step.words["鍵"])
        if "データ" in words:
            self.world.registers.write(_entry(step.subject, words))
        else:
            self.world.registers.close(step.subject, key, day(words["まで"]))
        for wait in list(self.world.subscriptions.values()):
            if (wait.name, wait.key) == (REGISTER_CHANGED + step.subject, key):
                self.world.take(fx.Message(wait.token, to_feel({"key": key})))


_TROUBLE = (Broken, Unreadable, TetsuzukiError, InvalidAnswers, FeelError, KeyError)


def _told(error: BaseException) -> str:
    if isinstance(error, InvalidAnswers):
        return "受け付けられない回答です。" + "、".join(
            f"{e.path}: {e.message}" for e in error.errors
        )
    return str(error) if not isinstance(error, KeyError) else f"「{error.args[0]}」がありません。"


def _world(
    procedure: Procedure,
    scenario: Scenario,
    now: datetime,
    *,
    limits: kernel.Limits = DEFAULT_LIMITS,
) -> World:
    """The office on that day, with the registers of the scenario and the case it corrects."""
    registers = Registers(_entries(scenario.register_entries))
    world = World(procedure, now, registers, limits)
    if scenario.corrects is not None:
        arrived = to_feel(day(scenario.corrects["到達"]))
        world.corrects = {
            "number": str(scenario.corrects["番号"]),
            "arrived_on": arrived,
            "first_arrived_on": arrived,
        }
        world.corrected = _entries(scenario.corrects.get("台帳") or {})
    return world


def _entries(registers: Mapping[str, list[Mapping[str, Any]]]) -> list[Entry]:
    return [_entry(register, row) for register, rows in registers.items() for row in rows or ()]


def _entry(register: str, row: Mapping[str, Any]) -> Entry:
    owner = row.get("持ち主")
    entry = Entry(
        register,
        str(row["鍵"]),
        to_feel(dict(row.get("データ") or {})),
        day(row["から"]),
        owner=None if owner is None else str(owner),
    )
    return replace(entry, valid_to=day(row["まで"])) if row.get("まで") else entry


def _wire(value: Any) -> Any:
    """As it would go over the wire: dates as ISO text, whole numbers as int."""
    if isinstance(value, Mapping):
        return {name: _wire(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_wire(one) for one in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _jst(at: datetime) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M")
