"""FEEL and decision tables beside SpiffWorkflow's evaluation and Python's plain eval in the same run.

Prints microseconds per job; the last line is one JSON object {"bench", "figures", "goals", "holds"}.
"""

from __future__ import annotations

import datetime as datetime_module
import json
import statistics
import sys
import time
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine import dmn, feel
from engine.feel.values import to_feel
from tests.tck import run

CLOCK = feel.Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
GOALS = {"condition_us": 5, "date_us": 10, "table_10_us": 30, "table_1000_us": 50, "tck_s": 3}
# The same condition, date and table in the language of SpiffWorkflow: Python, evaluated as text.
SPIFF_CONDITION = "amount > 50 and kind == '新規' and holder['age'] >= 18"
SPIFF_DATE = "datetime.date(2026, 5, 7) + datetime.timedelta(days=30) > datetime.date(2026, 6, 1)"


def microseconds(job: Callable[[], Any]) -> float:
    """The median CPU time of one call, in microseconds; what else runs on the machine does not count."""
    timer = timeit.Timer(job, timer=time.process_time)
    count, _ = timer.autorange()
    count = max(count // 4, 1)
    return statistics.median(timer.repeat(number=count, repeat=7)) / count * 1e6


def table(rows: int) -> dmn.Model:
    rules = "".join(
        f"<rule><inputEntry><text>[{n * 10}..{n * 10 + 9}]</text></inputEntry><inputEntry><text>-</text></inputEntry>"
        f'<outputEntry><text>"class {n}"</text></outputEntry></rule>'
        for n in range(rows)
    )
    xml = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="ns">'
        '<inputData id="amount" name="amount"><variable name="amount"/></inputData>'
        '<inputData id="kind" name="kind"><variable name="kind"/></inputData><decision id="d" name="d">'
        '<informationRequirement><requiredInput href="#amount"/></informationRequirement>'
        '<informationRequirement><requiredInput href="#kind"/></informationRequirement>'
        "<decisionTable><input><inputExpression><text>amount</text></inputExpression></input>"
        "<input><inputExpression><text>kind</text></inputExpression></input>"
        f'<output name="o"/>{rules}</decisionTable></decision></definitions>'
    )
    return dmn.read(xml.encode(), file="bench.dmn")


def spiff_table(rows: int) -> Any:
    """SpiffWorkflow's decision of the same table."""
    parser = BpmnDmnParser()
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{n * 10} &lt;= ? &lt;= {n * 10 + 9}</text></inputEntry>'
        f'<inputEntry id="k{n}"><text></text></inputEntry>'
        f"<outputEntry id=\"o{n}\"><text>'class {n}'</text></outputEntry></rule>"
        for n in range(rows)
    )
    xml = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="x"><decision id="d" name="d">'
        '<decisionTable id="t"><input id="a" label="amount"><inputExpression id="e" typeRef="integer">'
        '<text>amount</text></inputExpression></input><input id="b" label="kind"><inputExpression id="f" '
        'typeRef="string"><text>kind</text></inputExpression></input><output id="o" name="o" typeRef="string"/>'
        f"{rules}</decisionTable></decision></definitions>"
    )
    parser.add_dmn_xml(etree.fromstring(xml.encode()), "bench.dmn")
    parser.dmn_parsers["d"].parse()
    return DMNEngine(parser.dmn_parsers["d"].decision.decisionTables[0])


def spiff_task(scripts: Any, data: dict[str, Any]) -> Any:
    """What SpiffWorkflow evaluates for: a task with its data."""
    workflow = SimpleNamespace(script_engine=scripts)
    return SimpleNamespace(data=dict(data), workflow=workflow, task_spec=SimpleNamespace(name="d"))


def tck_seconds() -> float | None:
    """CPU seconds of the shared part of the TCK, None where it is absent."""
    folder = run.default_folder()
    if not folder.is_dir():
        return None
    started = time.process_time()
    sum(1 for _ in run.outcomes(folder))
    return time.process_time() - started


def main() -> None:
    data = {"amount": 64, "kind": "新規", "holder": {"age": 40}}
    condition = feel.compile('amount > 50 and kind = "新規" and holder.age >= 18')
    date = feel.compile('date("2026-05-07") + duration("P30D") > date("2026-06-01")')
    code = compile(SPIFF_CONDITION, "bench", "eval")
    small, large = table(10), table(1000)
    far = {**data, "amount": 9995}
    scripts = PythonScriptEngine(TaskDataEnvironment({"datetime": datetime_module}))
    spiff = spiff_table(10)
    assert dmn.evaluate(large, "d", to_feel(far), clock=CLOCK).value == "class 999"
    assert spiff.result(spiff_task(scripts, data)) == {"o": "class 6"}
    figures: dict[str, float | None] = {
        "condition_us": microseconds(lambda: condition.evaluate(to_feel(data), clock=CLOCK)),
        "date_us": microseconds(lambda: date.evaluate({}, clock=CLOCK)),
        "table_10_us": microseconds(lambda: dmn.evaluate(small, "d", to_feel(data), clock=CLOCK)),
        "table_1000_us": microseconds(lambda: dmn.evaluate(large, "d", to_feel(far), clock=CLOCK)),
        "compile_us": microseconds(lambda: feel.compile('amount > 50 and kind = "新規"')),
        "compile_table_1000_us": microseconds(lambda: table(1000)),
        "spiff_condition_us": microseconds(
            lambda: scripts.evaluate(spiff_task(scripts, data), SPIFF_CONDITION)
        ),
        "spiff_date_us": microseconds(
            lambda: scripts.evaluate(spiff_task(scripts, {}), SPIFF_DATE)
        ),
        "spiff_table_10_us": microseconds(lambda: spiff.result(spiff_task(scripts, data))),
        "python_eval_us": microseconds(lambda: eval(code, {}, data)),  # noqa: S307 - a baseline, on our own text
        "tck_s": tck_seconds(),
    }
    known = {name: round(value, 2) for name, value in figures.items() if value is not None}
    for name, value in known.items():
        baseline = known.get(f"spiff_{name}")
        print(
            f"{name:24}{value:12.2f}"
            + (f"{baseline / value:8.1f} x as fast as SpiffWorkflow" if baseline else "")
        )
    holds = all(known[name] <= goal for name, goal in GOALS.items() if name in known)
    print(json.dumps({"bench": "feel", "figures": known, "goals": GOALS, "holds": holds}))


if __name__ == "__main__":
    main()
