"""Stored states of every format, each of several shapes, with the model it is of and how its case ends.

`states/format_<n>.txt` is what a program of that format wrote. It is never written again: whoever changes the format
adds the file of the new one with `python -m tests.kernel.stored_states NUMBER` and leaves those before it as they are.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import kernel
from engine.bpmn.model import Process
from engine.kernel import effects as e
from engine.kernel.effects import Input
from tests.kernel import drawn, playing
from tests.kernel.playing import NOW, Play

FOLDER = Path(__file__).parent / "states"
# What is set before a stored case goes on, so that nothing stops it any more.
MENDED = {"bad": "9", "worse": "9", "worst": "1", "level": 1, "again": False}


@dataclass(frozen=True)
class Stored:
    """text: the state.  end: event at which its case ends when it goes on.  variables: JSON texts of those it has then."""

    shape: str
    model: str
    text: str
    end: str
    variables: dict[str, str]


def read(format: int) -> list[Stored]:
    """Every state of the file: `== shape | model | end | variables`, then the text."""
    found = []
    for part in (FOLDER / f"format_{format}.txt").read_text().removeprefix("== ").split("\n== "):
        head, _, text = part.partition("\n")
        shape, model, end, variables = head.split(" | ", 3)
        found.append(Stored(shape, model, text.removesuffix("\n"), end, json.loads(variables)))
    return found


def processes_of(model: str) -> dict[str, Process]:
    return playing.read((FOLDER / f"{model}.bpmn").read_bytes())


def gone_on(processes: dict[str, Process], text: str) -> tuple[str, dict[str, str]]:
    """(end event, JSON texts of the variables) of the case after everything it waits for has happened in order."""
    process = next(iter(processes.values()))
    env = kernel.Env(NOW, processes=processes)
    for count in range(60):
        item = next_input(text, process) if count else e.SetVariables(MENDED)
        step = kernel.advance(process, kernel.load(text, process), item, env)
        text = kernel.dump(step.state)
        playing.check(step.state, text, process)
        ended = [x for x in step.effects if isinstance(x, e.CaseEnded)]
        if ended:
            return str(ended[0].end_event), dict(step.state.root.variables.texts())
    raise AssertionError(f"never ends: {kernel.open_waits(kernel.load(text, process))}")


def next_input(text: str, process: Process) -> Input:
    """What is open is answered: work first, so that what stands beside it is over with it."""
    waits = kernel.open_waits(kernel.load(text, process))
    answers: dict[str, Callable[[int], Input]] = {
        "incident": e.RetryIncident,
        "task": lambda token: e.Completed(token, {"ok": True, "value": 1}),
        "call": lambda token: e.CallDone(token, 300),
        "message": lambda token: e.Message(token, {"n": 1, "text": "はい", "reason": "都合"}),
        "signal": lambda token: e.Signal(token, {"number": 1}),
        "timer": e.TimerDue,
        "condition": lambda token: e.SetVariables({"flag": True}),
    }
    for kind, answer in answers.items():
        for wait in waits:
            if wait.kind == kind:
                return answer(wait.token)
    raise AssertionError(f"nothing is open: {text}")


# --- written once, by the program of the format -----------------------------------------------------------

Shape = tuple[str, str, dict[str, Any], Callable[[Play], object]]


def started(play: Play) -> None:
    """Nothing more: as it stands after the start."""


SHAPES: dict[int, list[Shape]] = {
    1: [
        ("one of two branches waits at the join", "parallel", {}, lambda p: p.complete("a", {"n": 1})),
        ("typed values, inputs of a task", "user_task", {"case": {"officer": "佐藤", "notes": [date(2026, 5, 1), Decimal("1.50"), timedelta(days=3), None]}}, started),
        ("one of three runs done", "parallel_instances", {"rows": ["a", date(2026, 5, 1), {"n": 2}]}, lambda p: p.complete("each", {"value": Decimal("2.0")})),
        ("runs one after the other", "sequential_instances", {"rows": ["a", "b", "c"]}, lambda p: p.complete("each", {"value": 1})),
        ("runs of a subprocess", "subprocess_instances", {"rows": [1, 2]}, started),
        ("second round of a loop", "standard_loop", {"n": 0, "limit": 2}, lambda p: p.complete("review", {"ok": False})),
        ("reminded once", "boundary_timer", {}, lambda p: p.wait(days=1)),
        ("messages beside a subprocess", "boundary_message", {"case": {"number": "R8-1"}}, lambda p: p.message("note")),
        ("an event subprocess beside its work", "event_subprocess", {"case": {"number": "R8-1"}}, lambda p: p.wait(days=1)),
        ("a called process", "call_activity", {"x": 1}, started),
        ("ad hoc, one after the other", "ad_hoc_sequential", {}, lambda p: p.complete("photo")),
        ("an event gateway", "event_gateway", {"case": {"number": 7}}, started),
        ("a message on the way", "send_receive", {"a": 1, "key": "k"}, started),
        ("signals", "signals", {}, started),
        ("a condition that is true", "condition_boundaries", {"level": 5}, started),
        ("a condition that could not be computed", "condition_boundaries", {"level": "x"}, started),
        ("half of what is needed has come", "parallel_multiple", {"n": 0}, lambda p: p.message("both", {"n": 1})),
        ("results that could not be written", "repeats_and_fails", {"n": 0, "bad": "9", "worse": "x", "worst": "9"}, lambda p: p.answer("one", {"on": date(2026, 5, 1)})),
        ("stopped by the step budget", "stopped_ad_hoc", {}, started),
        ("is being undone beside", "compensation_beside", {}, lambda p: p.complete("a")),
        ("a cancelled transaction", "transaction", {}, lambda p: p.complete("a").complete("b", {"stop": True})),
    ],
    2: [
        ("done and could be undone", "compensation_of_subprocess", {"total": 1}, lambda p: p.complete("a").complete("b")),
        ("is being undone", "compensation", {}, lambda p: p.answer("hotel", "R1").answer("train", "S1").complete("decide", {"stop": True})),
        ("is being undone by an event subprocess", "compensation_event_subprocess", {}, lambda p: p.complete("a")),
        ("several runs could be undone", "compensation_of_many", {"rows": [1, 2]}, lambda p: p.answer("book", 1)),
        ("stopped while it undoes", "stopped_while_undoing", {}, started),
    ],
    3: [
        ("one of two that write the same has written", "side_by_side", {}, lambda p: p.complete("a", {"ok": True})),
        ("the other has written too", "side_by_side", {}, lambda p: p.complete("a", {"ok": True}).complete("b", {"ok": False})),
    ],
}  # fmt: skip
BUDGETS = {"stopped by the step budget": 9, "stopped while it undoes": 4}


def write(format: int) -> None:
    """The file of the format this program writes, and the models in it as they are now."""
    parts = []
    for shape, model, start, act in SHAPES[format]:
        limits = kernel.Limits(steps=BUDGETS.get(shape, kernel.Limits().steps))
        (FOLDER / f"{model}.bpmn").write_bytes(drawn.MODELS[model])
        play = Play(drawn.MODELS[model], start=start, limits=limits)
        act(play)
        end, variables = gone_on(play.processes, play.text)
        said = json.dumps(variables, ensure_ascii=False)
        parts.append(f"== {shape} | {model} | {end} | {said}\n{play.text}\n")
    (FOLDER / f"format_{format}.txt").write_text("".join(parts))


if __name__ == "__main__":
    write(int(sys.argv[1]))
