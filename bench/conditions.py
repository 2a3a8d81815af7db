"""CPU µs per conditional event when all that wait happen in one step, beside as few of them in the same run.

Whatever stands beside each other is looked through now and then, so a thousand cost a little more each than ten; were
every condition looked at again whenever one has happened, they would cost a hundred times as much.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine import kernel
from engine.bpmn import reader
from engine.bpmn.model import Process
from engine.kernel import effects as e
from tests.kernel.drawing import (
    Item,
    boundary,
    catch,
    condition,
    end,
    many,
    one,
    start,
    sub,
    user,
)

ENV = kernel.Env(datetime(2026, 5, 20, tzinfo=UTC))
COUNTS = (10, 100, 1000)
MOST = 6.0


def model(*inside: Item, lines: str) -> Process:
    """So many runs of a subprocess as there are rows, in each of them one conditional event."""
    whole = sub("b", start("s"), *inside, end("t"), lines=lines, loop=many("=rows"))
    document = reader.read(one(whole, lines="start > b > end"), file="bench.bpmn")
    wrong = [one for one in document.problems if one.severity == "error"]
    assert not wrong, wrong
    return document.processes["p"]


def _edge(*, interrupting: bool) -> Process:
    event = boundary("c", "u", condition("=go > item"), interrupting=interrupting)
    return model(user("u"), event, end("z"), lines="s > u > t; c > z")


def _handler() -> Process:
    begins = start("c", condition("=go > item"), isInterrupting="false")
    handler = sub("h", begins, end("z"), lines="c > z", on_event=True)
    return model(user("u"), handler, lines="s > u > t")


MODELS = {
    "caught": model(catch("c", condition("=go > item")), lines="s > c > t"),
    "beside": _edge(interrupting=False),
    "interrupting": _edge(interrupting=True),
    "event_subprocess": _handler(),
}


def us_each(process: Process, count: int) -> float:
    """CPU µs of the step in which all become true, for each of them; the least of three."""
    rows = e.Start({"rows": [1] * count, "go": 0})
    waiting = kernel.advance(process, None, rows, ENV).state
    spent = []
    for _ in range(3):
        began = time.process_time_ns()
        kernel.advance(process, waiting, e.SetVariables({"go": 5}), ENV)
        spent.append((time.process_time_ns() - began) / 1000 / count)
    return min(spent)


def main() -> None:
    figures: dict[str, float] = {}
    for name, process in MODELS.items():
        each = {count: us_each(process, count) for count in COUNTS}
        figures |= {f"{name}_{count}_us": round(us, 1) for count, us in each.items()}
        figures[f"{name}_ratio"] = round(each[COUNTS[-1]] / each[COUNTS[0]], 1)
    for name, value in figures.items():
        print(f"{name:28} {value}")
    goal = f"one of 1,000 costs at most {MOST:g} times one of 10"
    held = all(value <= MOST for name, value in figures.items() if name.endswith("ratio"))
    print(f"{'holds' if held else 'FAILS'}: {goal}")
    print(
        json.dumps(
            {"bench": "conditions", "figures": figures, "goals": [goal], "holds": {goal: held}}
        )
    )


if __name__ == "__main__":
    main()
