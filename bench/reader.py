"""CPU seconds to check a 10 MB BPMN file, by shape, beside parsing the same bytes with lxml alone in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lxml import etree

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.support import bpmn_shapes
from web import checking

SIZE_BYTES = 10_000_000
GOAL_S = 5.0


def seconds(name: str) -> tuple[float, float, int]:
    """(CPU s of the check, CPU s of lxml alone, problems found) of the shape, in a process of its own."""
    made = subprocess.run(
        [sys.executable, __file__, "--shape", name], capture_output=True, text=True, check=True
    )
    checked_s, parsed_s, problems = json.loads(made.stdout)
    return checked_s, parsed_s, problems


def measure(name: str) -> None:
    xml = bpmn_shapes.of_size(name, SIZE_BYTES)
    began = time.process_time()
    etree.fromstring(xml, etree.XMLParser(huge_tree=True))
    parsed_s = time.process_time() - began
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.bpmn"
        path.write_bytes(xml)
        began = time.process_time()
        [report] = checking.check([path], operations={})
    print(json.dumps([time.process_time() - began, parsed_s, len(report.problems)]))


def main() -> None:
    figures: dict[str, float] = {}
    print(f"{'shape':24} {'check s':>8} {'lxml s':>7} {'ratio':>6} {'problems':>9}")
    slowest_s = 0.0
    for name in bpmn_shapes.SHAPES:
        checked_s, parsed_s, problems = seconds(name)
        slowest_s = max(slowest_s, checked_s)
        figures[f"{name}_s"] = round(checked_s, 2)
        figures[f"{name}_ratio"] = round(checked_s / parsed_s, 1)
        print(
            f"{name:24} {checked_s:8.2f} {parsed_s:7.2f} {checked_s / parsed_s:6.1f} {problems:9,}"
        )
    goal = f"10 MB of any shape in {GOAL_S:g} s of CPU"
    print(f"{'holds' if slowest_s <= GOAL_S else 'FAILS'}: {goal}")
    print(
        json.dumps(
            {
                "bench": "reader",
                "figures": figures,
                "goals": [goal],
                "holds": {goal: slowest_s <= GOAL_S},
            }
        )
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--shape"]:
        measure(sys.argv[2])
    else:
        main()
