"""FEEL and decision tables beside plain Python's eval in the same run.

Prints microseconds per job; the last line is one JSON object {"bench", "figures", "goals", "holds"}.
"""

from __future__ import annotations

import json
import statistics
import sys
import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from engine import dmn, feel
from engine.feel.values import to_feel

CLOCK = feel.Clock(datetime(2026, 6, 1, 1, 0, tzinfo=UTC))
GOALS = {"condition_us": 5, "date_us": 10, "table_10_us": 30}


def microseconds(job: Callable[[], Any]) -> float:
    """The median time of one call, in microseconds."""
    count, _ = timeit.Timer(job).autorange()
    count = max(count // 4, 1)
    return statistics.median(timeit.repeat(job, number=count, repeat=7)) / count * 1e6


def table(rows: int) -> dmn.Model:
    rules = "".join(
        f"<rule><inputEntry><text>[{n * 10}..{n * 10 + 9}]</text></inputEntry><inputEntry><text>-</text></inputEntry>"
        f'<outputEntry><text>"class {n}"</text></outputEntry></rule>'
        for n in range(rows)
    )
    xml = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" namespace="ns"><decision id="d" name="d">'
        "<decisionTable><input><inputExpression><text>amount</text></inputExpression></input>"
        "<input><inputExpression><text>kind</text></inputExpression></input>"
        f'<output name="o"/>{rules}</decisionTable></decision></definitions>'
    )
    return dmn.read(xml.encode(), file="bench.dmn")


def main() -> None:
    data = {"amount": 64, "kind": "新規", "holder": {"age": 40}}
    condition = feel.compile('amount > 50 and kind = "新規" and holder.age >= 18')
    date = feel.compile('date("2026-05-07") + duration("P30D") > date("2026-06-01")')
    code = compile("amount > 50 and kind == '新規' and holder['age'] >= 18", "bench", "eval")
    small, large = table(10), table(1000)
    context = to_feel(data)
    far = {**context, "amount": to_feel(9995)}
    figures = {
        "condition_us": microseconds(lambda: condition.evaluate(to_feel(data), clock=CLOCK)),
        "condition_converted_us": microseconds(lambda: condition.evaluate(context, clock=CLOCK)),
        "date_us": microseconds(lambda: date.evaluate(context, clock=CLOCK)),
        "table_10_us": microseconds(lambda: dmn.evaluate(small, "d", to_feel(data), clock=CLOCK)),
        "table_1000_us": microseconds(lambda: dmn.evaluate(large, "d", far, clock=CLOCK)),
        "python_eval_us": microseconds(lambda: eval(code, {}, data)),  # noqa: S307 - the baseline, on our own text
        "compile_us": microseconds(lambda: feel.compile('amount > 50 and kind = "新規"')),
    }
    figures = {name: round(value, 2) for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:24}{value:10.2f}   {value / figures['python_eval_us']:8.1f} x eval")
    holds = all(figures[name] <= goal for name, goal in GOALS.items())
    print(json.dumps({"bench": "feel", "figures": figures, "goals": GOALS, "holds": holds}))


if __name__ == "__main__":
    main()
